"""Casting a ballot: one a member and line, final once cast. No answer here tells what anybody chose.

A secret ballot leaves two rows that nothing joins: a name on the roll and a choice in the box (`storage.tables_council`
says how). The receipts that a member is shown for his ballots are kept with no name: whoever loses them cannot ask
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from definitions.calendar import local_day
from notifications.columns import to_json
from workflow.domain import ballots, vietnamese
from workflow.domain.ballots import CHOICES, RECEIPT_BYTES
from workflow.domain.councils import Turnout, entitled
from workflow.services.council_sessions import Agenda, gather_session, read_locked
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.storage import chain, council as rows
from workflow.storage.council import LineRow, MemberRow, SessionRow
from workflow.storage.database import read, write

LONGEST_DISSENT = 2000


@dataclass(frozen=True, slots=True)
class BallotLine:
    """One line as a member sees it: `why_not` is a code where he may not vote (any more), None where he may."""

    line: LineRow
    secret: bool
    why_not: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class MyBallot:
    """A session as one member sees it, with what is still his to do."""

    row: SessionRow
    member: MemberRow | None
    lines: tuple[BallotLine, ...]

    @property
    def owed(self) -> int:
        """Lines that he may still vote on."""
        return sum(each.why_not is None for each in self.lines)


@dataclass(frozen=True, slots=True)
class Cast:
    """What was taken. `receipts` by line number, for secret ballots; shown once and kept with no name."""

    lines: int
    receipts: Mapping[int, str]


def my_ballot(desk: Desk, code: str, person: str, now: datetime) -> MyBallot:
    """What this member may vote on. Raises CouncilError (unknown session, or one that is not his), UnknownActor.

    Before it opens, whoever sits on the council sees the agenda; after, those on the roll.
    """
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        who = find_actor(connection, person, local_day(now))
        if row is None:
            raise CouncilError("session_unknown", session=code)
        agenda = gather_session(connection, desk, row)
        member = next((each for each in agenda.members if each.person == who.person), None)
        if member is None and not _will_sit(connection, row, who.person):
            raise CouncilError("session_unknown", session=code)
        shown = agenda.latest()
        voted = rows.roll(connection, [line.id for line in shown])
        aside = rows.recusals(connection, row.id)
    lines = (
        BallotLine(line, _secret(line), why_not(row, line, member, voted, aside), line.passed)
        for line in shown if line.state != "taken_off"
    )  # fmt: skip
    return MyBallot(row, member, tuple(lines))


def _will_sit(connection: Connection, row: SessionRow, person: str) -> bool:
    """Whether he may vote in a session whose roll is not fixed yet (or never was), as its council stands on its day."""
    if row.state not in ("planned", "cancelled"):
        return False
    seats = entitled(rows.seats(connection, row.council_id), row.body, row.held_on)  # type: ignore[arg-type]
    return any(each.person == person for each in seats)


def _secret(line: LineRow) -> bool:
    return bool(line.rule) and line.rule["ballot"] == "secret"


def why_not(
    row: SessionRow, line: LineRow, member: MemberRow | None, voted: Mapping[int, set[int]],
    aside: Mapping[int, Mapping[int, tuple[str, str]]],
) -> str | None:  # fmt: skip
    """Why this member may not cast a ballot on this line, as a code; None when he may."""
    if line.rule and line.rule["ballot"] == "show_of_hands":
        return "show_of_hands"
    if row.ballots == "paper" and member is not None and member.attendance == "present":
        return "on_paper"
    return ballots.why_not(
        open_=row.state == "open" and line.state == "open",
        decided=line.state == "decided",
        member=member is not None,
        recused=member is not None and member.person_id in aside.get(line.id, {}),
        voted=member is not None and member.person_id in voted.get(line.id, ()),
        attendance=member.attendance if member else "unknown",  # type: ignore[arg-type]
        written=bool(line.rule) and bool(line.rule["written"]),
        form=row.form,
        polls_closed=row.polls_closed_at is not None,
    )


def cast(
    desk: Desk,
    code: str,
    person: str,
    choices: Mapping[int, str],
    now: datetime,
    words: Mapping[int, str] | None = None,
) -> Cast:
    """This member's ballots on these lines, all of them or none. Nobody casts one for another, no substitute either.

    `words` are dissents for the minutes, only where the vote is by name. Raises CouncilError: `ballot_refused` with
    (line, code) for each that cannot be, `answers_over` after the last day; UnknownActor.
    """  # fmt: skip
    with write(desk.engine) as connection:
        agenda, row = read_locked(connection, desk, code)
        who = find_actor(connection, person, local_day(now))
        member = next((each for each in agenda.members if each.person == who.person), None)
        if member is None:
            raise CouncilError("not_a_member", person=who.name)
        lines = {line.number: line for line in agenda.latest()}
        _check(connection, row, lines, member, choices, local_day(now))
        secret = {number: choices[number] for number in sorted(choices) if _secret(lines[number])}
        open_ = {number: choices[number] for number in sorted(choices) if not _secret(lines[number])}
        receipts = {number: ballots.receipt(desk.entropy(RECEIPT_BYTES)) for number in secret}
        said = {number: vietnamese.nfc(text.strip())[:LONGEST_DISSENT] for number, text in (words or {}).items()}
        try:
            if secret:
                taken = [(lines[number].id, receipts[number], choice) for number, choice in secret.items()]
                rows.cast(connection, member.person_id, taken)
            if open_:
                named = [(lines[number].id, choice, said.get(number, "")) for number, choice in open_.items()]
                rows.cast_openly(connection, member.person_id, named)
        except IntegrityError as error:
            raise CouncilError("ballot_refused", lines=tuple((n, "already_voted") for n in sorted(choices))) from error
        chain.append(
            connection,
            kind="ballots",
            payload={"session": code, "lines": len(choices)},
            secrets={"by": (desk.entropy(16), to_json(who.person))},
            now=now,
        )
    return Cast(len(choices), receipts)


def _check(
    connection: Connection, row: SessionRow, lines: Mapping[int, LineRow], member: MemberRow,
    choices: Mapping[int, str], today: date,
) -> None:  # fmt: skip
    if not choices:
        raise CouncilError("ballot_empty")
    wrong = tuple(number for number, choice in choices.items() if choice not in CHOICES)
    if wrong:
        raise CouncilError("ballot_choice", lines=wrong, choices=CHOICES)
    if row.answers_due_on is not None and today > row.answers_due_on:
        raise CouncilError("answers_over", due_on=row.answers_due_on)
    known = [lines[number] for number in choices if number in lines]
    voted = rows.roll(connection, [line.id for line in known])
    aside = rows.recusals(connection, row.id)
    refused = [(number, "line_unknown") for number in choices if number not in lines]
    for line in known:
        reason = why_not(row, line, member, voted, aside)
        if reason is not None:
            refused.append((line.number, reason))
    if refused:
        raise CouncilError("ballot_refused", lines=tuple(sorted(refused)))


# ── who took part ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Waiting:
    """A member who is still to answer, and on how many open lines."""

    member: MemberRow
    lines: int


def waiting(agenda: Agenda, voted: Mapping[int, set[int]], aside: Mapping[int, Mapping[int, tuple[str, str]]]) -> (
    list[Waiting]
):  # fmt: skip
    """Who may still answer, by the lines that are open: neither at a table with paper, nor on the roll, nor aside."""
    open_lines = [line for line in agenda.latest() if line.state == "open"]
    found = []
    for member in agenda.members:
        owed = sum(why_not(agenda.row, line, member, voted, aside) is None for line in open_lines)
        if owed:
            found.append(Waiting(member, owed))
    return found


def turnout(
    agenda: Agenda, line: LineRow, voted: Mapping[int, set[int]], aside: Mapping[int, Mapping[int, tuple[str, str]]]
) -> Turnout:
    """Who took part in the vote on one line; for its tally, and for the live sentence before that."""
    by_id = {each.person_id: each.person for each in agenda.members}
    return Turnout(
        members=tuple(each.person for each in agenda.members),
        attendance={each.person: each.attendance for each in agenda.members},  # type: ignore[misc]
        recused=frozenset(by_id[each] for each in aside.get(line.id, {}) if each in by_id),
        voted=frozenset(by_id[each] for each in voted.get(line.id, ()) if each in by_id),
    )
