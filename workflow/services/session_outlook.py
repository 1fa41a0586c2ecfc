"""How each open line of a session stands, as far as somebody may know before the vote is closed.

A secret vote is told by its turnout alone: what is in the box, and what tellers counted of it, is never asked for.
Where the vote is by name or by hands, the desk is told the counts too: what was said before everybody is no secret. Not
so a member who still owes his own answer on the line: he would vote with the others' in view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from workflow.domain import ballots, votes
from workflow.domain.councils import Counts, Turnout, rule_from, tally
from workflow.domain.outlook import (
    Participation,
    Pending,
    lines_of,
    lines_of_turnout,
    outlook,
    outlook_of_turnout,
)
from workflow.domain.reasons import Line
from workflow.services.balloting import turnout, why_not
from workflow.services.closing import agreed_so_far, chair_says
from workflow.services.council_sessions import Agenda
from workflow.storage import council as rows
from workflow.storage.council import LineRow

Aside = Mapping[int, Mapping[int, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Stand:
    """One open line: `answered` have taken part, `told` says what that means. `sure` and `lost` are its verdict, where
    nothing that may still come can change it."""

    answered: int
    told: tuple[Line, ...]
    sure: bool = False
    lost: bool = False


def stands(
    connection: Connection, agenda: Agenda, voted: Mapping[int, set[int]], aside: Aside, today: date, looker: str = ""
) -> dict[int, Stand]:
    """Every open line by its id. `looker` is the key of whoever may be told counts; without one nobody is."""
    open_ = [line for line in agenda.latest() if line.state == "open"]
    counts = _counts(connection, agenda, [line for line in open_ if line.rule["ballot"] != "secret"]) if looker else {}
    by_name = rows.open_ballots(connection, list(counts)) if counts else {}
    me = next((each for each in agenda.members if each.person == looker), None)
    chair = next((each.person_id for each in agenda.members if each.post == "chair"), None)
    found = {}
    for line in open_:
        came = turnout(agenda, line, voted, aside)
        owes = me is not None and why_not(agenda.row, line, me, voted, aside) is None
        known = None if owes else counts.get(line.id)
        says = chair_says(line, by_name, chair)
        found[line.id] = _stand(agenda, line, came, today, known, says)
    return found


def _counts(connection: Connection, agenda: Agenda, lines: Sequence[LineRow]) -> dict[int, Counts]:
    """What was said so far on lines that are not secret; on paper only where its counting is done and agreed."""
    ids = [line.id for line in lines]
    if not ids:
        return {}
    named = rows.open_ballots(connection, ids)
    found = {id_: ballots.count([choice for _, choice, _ in named.get(id_, ())]) for id_ in ids}
    if agenda.row.ballots != "paper":
        return {line.id: found[line.id] for line in lines if line.rule["ballot"] == "open"}
    return {id_: found[id_] + each for id_, each in agreed_so_far(connection, lines).items()}


def _stand(
    agenda: Agenda, line: LineRow, came: Turnout, today: date, counts: Counts | None, chair: bool | None
) -> Stand:
    rule = rule_from(line.rule)
    on_paper = agenda.row.ballots == "paper" or rule.ballot == "show_of_hands"
    silent = [each for each in came.members if each not in came.recused and each not in came.voted]
    marks = [came.attendance.get(each) for each in silent]
    # Of a meeting nobody is away before he is marked so, however late; where the others write, whoever did not come is.
    to_come = agenda.row.form == "meeting" or (agenda.row.form == "mixed" and today <= agenda.row.held_on)
    pending = Pending(
        at_table=0 if on_paper else marks.count("present"),
        expected=marks.count("unknown") if to_come else 0,
        until_on=agenda.row.answers_due_on,
    )
    if agenda.row.polls_closed_at is not None:
        pending = Pending(at_table=pending.at_table, until_on=date.min)  # whatever day was set, it is past
    letters = sum(each not in came.recused and came.attendance.get(each) == "wrote" for each in came.members)
    answered = came.present + came.written if on_paper else len(came.voted - came.recused) + letters
    if counts is not None:
        so_far = tally(came, counts, chair_agrees=chair, held_on=agenda.row.held_on, minutes="", rank=line.rank)
        if not votes.problems(rule, so_far):
            seen = outlook(rule, so_far, pending, today)
            return Stand(answered, lines_of(seen), seen.position == "passed", seen.position == "cannot_pass")
    takes_part = Participation(len(came.members), came.present, came.written, len(came.recused))
    by_turnout = outlook_of_turnout(rule, takes_part, pending, today)
    return Stand(answered, lines_of_turnout(by_turnout), lost=not by_turnout.can_pass)
