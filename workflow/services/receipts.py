"""The receipt of a submission: which lines were handed in, when and by whom, what comes next, and until when.

It is read from the history each time, so that it can be opened again and is never a copy that ages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import col

from definitions.flow import Words
from workflow.services.desk import Desk
from workflow.services.handing_in import LineShown, UnknownSubmission, Work, hands_over
from workflow.services.mail_words import UNIT_ROLES
from workflow.services.viewing import Viewer
from workflow.storage.database import read
from workflow.storage.sight import seen
from workflow.storage.tables import Act, Deadline, Event, Nomination

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_E: Table = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Received:
    """A line that was handed in: on which legal day, when that was recorded, and who did it."""

    code: str
    name: str
    award: Words
    occurred_on: date
    recorded_at: datetime
    actor_name: str
    again: bool


@dataclass(frozen=True, slots=True)
class Next:
    """Where lines stand now, in the reader's words, whose turn it is, and the day by which that is expected."""

    label: Words
    role: str
    until: date | None
    lines: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """`received` in the order of the list; `following` says what comes next for how many of them."""

    received: tuple[Received, ...]
    following: tuple[Next, ...]


def has_one(work: Work) -> bool:
    """Whether any line was handed in, as far as its reader may see: it no longer stands in the unit's own hands."""
    return any(_is_in(line) for line in work.lines)


def _is_in(line: LineShown) -> bool:
    return line.version > 0 and line.state.owner not in UNIT_ROLES and line.state.outcome != "unit_rejected"


def of(desk: Desk, viewer: Viewer, work: Work) -> Receipt:
    """Raises UnknownSubmission when nothing of it was handed in yet."""
    with read(desk.engine) as connection:
        query = (
            select(
                _N.c.id, _N.c.code, _N.c.name, _N.c.line_no, _E.c.transition, _E.c.flow_version_id, _E.c.occurred_on,
                _E.c.recorded_at, col(Act.actor_name),
            )
            .join(_E, _E.c.nomination_id == _N.c.id)
            .join(Act, col(Act.id) == _E.c.act_id)
            .where(_N.c.submission_id == work.id, seen(viewer.sight))
            .order_by(_N.c.line_no, _N.c.id, _E.c.version)
        )  # fmt: skip
        last: dict[str, Received] = {}
        for row in connection.execute(query):
            flow = desk.flows.get(connection, row.flow_version_id).flow
            transition = flow.transitions.get(row.transition)
            if transition is not None and hands_over(flow, transition):
                last[row.code] = Received(
                    row.code, row.name, flow.title, row.occurred_on, row.recorded_at, row.actor_name, row.code in last
                )
        until = _until(connection, [line.code for line in work.lines if line.code in last])
    if not last:
        raise UnknownSubmission(str(work.id))
    return Receipt(tuple(last.values()), _following(work, last, until))


def _until(connection: Any, codes: list[str]) -> dict[str, date]:
    """By line: the day by which the state it stands in is to be left."""
    if not codes:
        return {}
    table: Table = Deadline.__table__  # type: ignore[attr-defined]
    query = (
        select(_N.c.code, table.c.due_on)
        .join(table, table.c.nomination_id == _N.c.id)
        .where(_N.c.code.in_(codes), table.c.name == "state." + _N.c.state, _N.c.state == _N.c.shown_state)
        .where(table.c.closed_on.is_(None), table.c.stopped_on.is_(None), table.c.due_on.is_not(None))
    )
    return {row.code: row.due_on for row in connection.execute(query)}


def _following(work: Work, last: dict[str, Received], until: dict[str, date]) -> tuple[Next, ...]:
    piles: dict[tuple[str, str, date | None], list[LineShown]] = {}
    for line in work.lines:
        if line.code in last:
            key = (line.label.vi, line.state.owner or "", until.get(line.code))
            piles.setdefault(key, []).append(line)
    return tuple(Next(lines[0].label, role, day, len(lines)) for (_, role, day), lines in piles.items())


__all__ = ["Next", "Receipt", "Received", "UnknownSubmission", "has_one", "of"]
