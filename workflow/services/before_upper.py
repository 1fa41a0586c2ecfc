"""What was put before a higher authority: letter by letter, how long it has waited, and what came back.

Nothing here knows a step by name. What marks the moment `forwarded` leads to a higher authority; from there an act that
brings a decision leads on, and what can be forwarded once more was returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from definitions.flow import Flow, Words
from workflow.domain.memory import recall
from workflow.services.desk import Desk
from workflow.services.flow_book import book
from workflow.services.viewing import Viewer
from workflow.storage import awaiting
from workflow.storage.awaiting import Which
from workflow.storage.database import read

Where = Literal["waiting", "returned"]
MOST = 5000


@dataclass(frozen=True, slots=True)
class Sent:
    """Dossiers of one award and kind that stand alike before a higher authority, under one letter.

    `letter` is the last letter about them: that which put them there, or that which returned them. `since` is the later
    of the days on which paper and files went, where both are kept, else that on which they came to stand here; `days`
    working days have passed since. `asked` is what a return asks for, `ground` its legal ground, `answer_by` the day it
    names. `due_on` is the earliest limit that runs.
    """

    where: Where
    award: str
    kind: str
    round: str
    state: Words
    letter: str
    paper_on: date | None
    file_on: date | None
    since: date
    days: int
    due_on: date | None
    ground: str
    asked: str
    answer_by: date | None
    codes: tuple[str, ...]
    names: tuple[str, ...]


def sent(desk: Desk, viewer: Viewer, today: date) -> tuple[Sent, ...]:
    """Everything that this person sees of it, what was returned first, then the longest wait."""
    with read(desk.engine) as connection:
        known = book(desk, connection)
        where = {
            (version, name): place for version, flow in known.flows.items() for name, place in places(flow).items()
        }
        if not where:
            return ()
        states = known.states_where(lambda state: state.final is None)
        wanted = frozenset(name for _, name in where)
        rows = awaiting.before_upper(connection, Which(viewer.sight, states), sorted(wanted), MOST)
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        place = where.get((row.flow_version_id, row.state))
        if place is not None:
            fields = recall(row.memory)["fields"]
            paper, file = _day(fields.get("paper_on")), _day(fields.get("file_on"))
            later = max(paper, file) if paper and file and place == "waiting" else None
            label = known.flows[row.flow_version_id].states[row.state].label
            key = (place, row.award, row.kind, row.round, row.state, label, _text(fields, "letter_no"), paper, file,
                   later or row.entered_on, _text(fields, "legal_ground"), _text(fields, "asked"),
                   _day(fields.get("answer_by")))  # fmt: skip
            groups.setdefault(key, []).append(row)
    found = [_sent(desk, key, each, today) for key, each in groups.items()]
    return tuple(sorted(found, key=lambda each: (each.where != "returned", each.since, each.award, each.letter)))


def places(flow: Flow) -> dict[str, Where]:
    """The states of a flow in which a dossier is before a higher authority or came back from there."""
    forwards = [each for each in flow.transitions.values() if "forwarded" in each.marks]
    waiting = {branch.to for each in forwards for branch in each.branches}
    again = {source for each in forwards for source in each.sources}
    plain = [each for each in flow.transitions.values() if not each.exceptional and each.task is None]
    deciding = {
        source for each in plain if any(field.type == "decision" for field in each.fields) for source in each.sources
    }
    targets = {branch.to for each in plain if set(each.sources) & waiting for branch in each.branches}
    waiting |= {each for each in targets & deciding if forwards}
    found: dict[str, Where] = {each: "waiting" for each in waiting if each in flow.states}
    return found | {each: "returned" for each in targets & again if each not in waiting}


def beside(desk: Desk, viewer: Viewer, today: date, code: str) -> tuple[str, ...]:
    """The codes of all dossiers that stand with this one; none where it does not stand there, or is not his to see."""
    return next((each.codes for each in sent(desk, viewer, today) if code in each.codes), ())


def _sent(desk: Desk, key: Sequence[Any], rows: Sequence[Any], today: date) -> Sent:
    place, award, kind, round_, _, label, letter, paper, file, since, ground, asked, answer_by = key
    due = min((row.due_on for row in rows if row.due_on is not None), default=None)
    return Sent(
        place, award, kind, round_, label, letter, paper, file, since, desk.calendar.working_between(since, today), due,
        ground if place == "returned" else "", asked if place == "returned" else "",
        answer_by if place == "returned" else None, tuple(row.code for row in rows), tuple(row.name for row in rows),
    )  # fmt: skip


def _text(fields: Any, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
