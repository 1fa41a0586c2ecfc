"""Sessions as people look at them: a list, one for the desk, one for a member. Reads only, in few queries.

Before a secret vote is closed nothing here knows what anybody chose: what is in the box, and what tellers counted, is
never asked. How open lines stand is told by `session_outlook`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Flow, VoteRule, Words
from workflow.domain import ballots, ranking, votes
from workflow.domain.councils import Counts, entitled, rule_from
from workflow.domain.facts import TallyFacts
from workflow.domain.ranking import Contender
from workflow.domain.reasons import Line, Plain
from workflow.domain.votes import VoteResult
from workflow.services import appraisal_views, balloting, councils, session_mails
from workflow.services.appraisal_views import Summary
from workflow.services.balloting import BallotLine, MyBallot, Waiting, waiting, why_not
from workflow.services.before_vote import BeforeVote, before_vote
from workflow.services.closing import MissingCounts, may_still_answer, missing_counts
from workflow.services.council_sessions import Agenda, gather_session
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.dossier import seen_of
from workflow.services.session_outlook import Stand, stands
from workflow.services.viewing import Viewer
from workflow.storage import agenda as agendas, council as rows, directory
from workflow.storage.council import LineRow, SessionRow
from workflow.storage.database import read

T = TypeVar("T")
WATCHES = frozenset({"auditor"})
"""Roles that look at every session and change none."""


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Card:
    """A session in a list. `owed` are the lines on which the reader may still vote; `desk` says that its page for the
    desk is open to him, `prepares` that he may change it."""

    row: SessionRow
    lines: int
    open: int
    decided: int
    owed: int
    sits: bool
    desk: bool
    prepares: bool


def cards(desk: Desk, viewer: Viewer, now: datetime) -> tuple[Card, ...]:
    """The sessions that this person prepares, watches or sits in, the latest day first."""
    today = local_day(now)
    with read(desk.engine) as connection:
        me = directory.find(connection, viewer.person)
        sat_in = rows.sessions(connection, person_id=me.id) if me is not None else []
        wanted = [each.id for each in rows.councils(connection) if _opens(viewer, each.kind, each.unit, each.cluster)]
        prepared = rows.sessions(connection, council_ids=wanted) if wanted else []
        found = {each.id: each for each in (*prepared, *sat_in)}
        counts = agendas.line_counts(connection, found)
        owed = _owed(connection, [each for each in sat_in if each.state == "open"], int(me.id) if me else 0, today)
    mine = {each.id for each in sat_in}
    told = [
        Card(
            each, sum(amount for state, amount in counts.get(each.id, {}).items() if state != "taken_off"),
            counts.get(each.id, {}).get("open", 0), counts.get(each.id, {}).get("decided", 0), owed.get(each.id, 0),
            each.id in mine, _opens(viewer, each.kind, each.unit, each.cluster),
            councils.prepares(viewer.actor, each.kind, each.unit, each.cluster),
        )
        for each in found.values()
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda card: (card.row.held_on, card.row.id), reverse=True))


@dataclass(frozen=True, slots=True)
class Owed:
    """A session in which the reader may still vote on so many lines."""

    row: SessionRow
    lines: int


def owed_by(desk: Desk, viewer: Viewer, now: datetime) -> tuple[Owed, ...]:
    """Where this person is still awaited, the nearest last day first; for everybody's front page, so in few queries."""
    with read(desk.engine) as connection:
        me = directory.find(connection, viewer.person)
        running = rows.sessions(connection, states=("open",), person_id=me.id) if me is not None else []
        owed = _owed(connection, running, int(me.id), local_day(now)) if me is not None and running else {}
    found = [Owed(each, owed[each.id]) for each in running if each.id in owed]
    return tuple(sorted(found, key=lambda each: each.row.answers_due_on or each.row.held_on))


def _owed(connection: Connection, sessions: Sequence[SessionRow], person_id: int, today: date) -> dict[int, int]:
    """On how many lines this person may still vote, by session."""
    running = [each for each in sessions if not is_over(each, today)]
    if not running:
        return {}
    ids = [each.id for each in running]
    seats = agendas.member_of(connection, ids, person_id)
    lines = rows.lines_of_sessions(connection, ids, "open")
    line_ids = [each.id for each in lines]
    voted, aside = rows.roll(connection, line_ids), agendas.recused(connection, line_ids, person_id)
    by_id = {each.id: each for each in running}
    owed: Counter[int] = Counter()
    for line in lines:
        row, member = by_id[line.session_id], seats.get(line.session_id)
        stands_aside = {line.id: {person_id: ("", "")}} if line.id in aside else {}
        if member is not None and why_not(row, line, member, voted, stands_aside) is None:
            owed[row.id] += 1
    return dict(owed)


def is_over(row: SessionRow, today: date) -> bool:
    """Whether the last day for answers is past."""
    return row.answers_due_on is not None and today > row.answers_due_on


def plans_for(desk: Desk, viewer: Viewer, on: date) -> list[rows.CouncilRow]:
    """The councils that stand on this day and for which this person may plan a session."""
    with read(desk.engine) as connection:
        return [
            each for each in rows.councils(connection)
            if councils.prepares(viewer.actor, each.kind, each.unit, each.cluster)
            and each.from_on <= on and (each.until_on is None or on < each.until_on)
        ]  # fmt: skip


def free_code(desk: Desk, beginning: str) -> str:
    """A code that no session has yet: `HD-2026-01`, `HD-2026-02` …"""
    with read(desk.engine) as connection:
        taken = agendas.codes_beginning(connection, f"{beginning}-")
    number = next(at for at in range(1, len(taken) + 2) if f"{beginning}-{at:02d}" not in taken)
    return f"{beginning}-{number:02d}"


# ── one session, whoever looks ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Result:
    """What a closed vote on a line came to, under the rule that was fixed for it."""

    attempt: int
    tally: TallyFacts
    rule: VoteRule
    vote: VoteResult


class Standing(NamedTuple):
    """Lines of which the same is to be told, by number, and that in sentences."""

    numbers: tuple[int, ...]
    told: tuple[Line, ...]


class Ranked(NamedTuple):
    """A line among those that were ranked together: its recorded rank and the numbers of those that share it."""

    rank: int
    line: LineRow
    yes: int
    passed: bool
    tied: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """Lines of one flow that are voted on under one rule. `standings` tells of those that are open how they stand.

    `ranks` has those whose vote is closed in their order, where the rule puts them in one; `of_ranks` tells what is
    tied, and who is chosen.
    """

    title: Words
    rule: VoteRule | None
    lines: tuple[T, ...]
    standings: tuple[Standing, ...] = ()
    ranks: tuple[Ranked, ...] = ()
    of_ranks: tuple[Line, ...] = ()


def results(lines: Sequence[LineRow]) -> dict[int, tuple[Result, ...]]:
    """Every closed vote, by the number of its line, in the order they were held."""
    found: dict[int, list[Result]] = {}
    for line in lines:
        if line.state == "decided":
            tally, rule = votes.tally_from(line.tally), rule_from(line.rule)
            found.setdefault(line.number, []).append(Result(line.attempt, tally, rule, votes.result(rule, tally)))
    return {number: tuple(held) for number, held in found.items()}


def _grouped(
    shown: Iterable[T], line_of: Callable[[T], LineRow], rule_of: Callable[[LineRow], VoteRule | None],
    flows: Mapping[int, Flow], told_of: Callable[[T], tuple[Line, ...]] = lambda _: (),
) -> tuple[Group[T], ...]:  # fmt: skip
    """The lines by flow and rule, in the order in which each group begins."""
    found: dict[tuple[str, str], list[T]] = {}
    for each in shown:
        line = line_of(each)
        found.setdefault((flows[line.flow_version_id].id, repr(rule_of(line))), []).append(each)
    groups = []
    for members in found.values():
        first = line_of(members[0])
        told = [(line_of(each).number, told_of(each)) for each in members if line_of(each).state == "open"]
        title, rule = flows[first.flow_version_id].title, rule_of(first)
        ranks, of_ranks = _ranked(rule, [line_of(each) for each in members])
        groups.append(Group(title, rule, tuple(members), standings(told), ranks, of_ranks))
    return tuple(groups)


def _ranked(rule: VoteRule | None, lines: Iterable[LineRow]) -> tuple[tuple[Ranked, ...], tuple[Line, ...]]:
    """The order in which closed votes stand; what follows from it is told where yes votes alone made it."""
    tallies = {line.number: (line, votes.tally_from(line.tally)) for line in lines if line.state == "decided"}
    found = [
        Ranked(tally.rank, line, tally.yes, bool(line.passed), ())
        for line, tally in tallies.values() if tally.rank is not None
    ]  # fmt: skip
    if rule is None or rule.rank_by is None or not found:
        return (), ()
    by_yes = ranking.rank(rule, [Contender(each.line.code, each.yes, each.passed, _woman(each.line)) for each in found])
    made_by_votes = all(by_yes.recorded[each.line.code] == each.rank for each in found)
    places = {each.key: each.tied for each in by_yes.places} if made_by_votes else {}
    numbers = {each.line.code: each.line.number for each in found}
    return (
        tuple(
            each._replace(tied=tuple(numbers[code] for code in places.get(each.line.code, ())))
            for each in sorted(found, key=lambda one: (one.rank, one.line.number))
        ),
        ranking.lines_of(by_yes) if made_by_votes else (),
    )


def _woman(line: LineRow) -> tuple[int, int] | None:
    return None if line.woman is None else (int(line.woman), 1)


def standings(told: Iterable[tuple[int, tuple[Line, ...]]]) -> tuple[Standing, ...]:
    """Each thing that is told once, with its lines; what is told of most lines first."""
    found: dict[str, Standing] = {}
    for number, lines in told:
        before = found.get(repr(lines), Standing((), lines))
        found[repr(lines)] = Standing((*before.numbers, number), lines)
    return tuple(sorted((each for each in found.values() if each.told), key=lambda each: -len(each.numbers)))


def _rules(agenda: Agenda) -> Callable[[LineRow], VoteRule | None]:
    """The rule of a line: as it was fixed when its vote opened, before that as its flow has it now."""

    def of(line: LineRow) -> VoteRule | None:
        if line.rule:
            return rule_from(line.rule)
        acts = agenda.acts.get(line.flow_version_id)
        return acts.vote if acts else None

    return of


def _flows(connection: Connection, desk: Desk, lines: Iterable[LineRow]) -> dict[int, Flow]:
    found = desk.flows.get_all(connection, {each.flow_version_id for each in lines})
    return {version: compiled.flow for version, compiled in found.items()}


# ── for the desk ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Aside:
    """Somebody who takes no part in the vote on a line: `cause` is nominee, own_unit or declared."""

    name: str
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A line as the desk sees it: how it stands while its vote is open, of `asked` people who may take part.

    `held` are the votes on it that are closed, `points` what its appraisal comes to, where the reader may know.
    """

    line: LineRow
    stand: Stand
    asked: int
    aside: tuple[Aside, ...]
    held: tuple[Result, ...]
    points: Summary | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may vote: with a mark for his attendance once the vote is open, and how many lines he owes."""

    person: str
    name: str
    post: str
    email: str
    attendance: str
    note: str
    owed: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its desk sees it. `members` are fixed once it has opened, before that as they will be on its day.

    `step` says what to do next: a code and its figures. `invitations` is how often the council was invited. `before` is
    what the council must see of its agenda before it votes.
    """

    row: SessionRow
    members: tuple[Member, ...]
    fixed: bool
    groups: tuple[Group[DeskLine], ...]
    taken_off: tuple[LineRow, ...]
    owing: tuple[Waiting, ...]
    invitations: int
    prepares: bool
    runs: bool
    step: Line
    before: BeforeVote
    counted: frozenset[int]
    differ: tuple[int, ...]
    codes_seen: frozenset[str]

    @property
    def lines(self) -> list[DeskLine]:
        return [line for group in self.groups for line in group.lines]

    def count(self, state: str) -> int:
        """How many lines stand in this state."""
        return sum(each.line.state == state for each in self.lines)


def for_desk(desk: Desk, viewer: Viewer, code: str, now: datetime) -> SessionView:
    """A session for those who prepare, run or watch it. Raises CouncilError (session_unknown) for everybody else."""
    with read(desk.engine) as connection:
        row = _for_desk(connection, viewer, code)
        agenda = gather_session(connection, desk, row)
        open_ids = [line.id for line in agenda.latest() if line.state == "open"]
        voted, aside = rows.roll(connection, open_ids), rows.recusals(connection, row.id)
        before = before_vote(connection, desk, agenda, local_day(now))
        standing = stands(connection, agenda, voted, aside, local_day(now), viewer.person)
        flows = _flows(connection, desk, agenda.lines)
        ids = [line.nomination_id for line in agenda.lines]
        points = appraisal_views.for_member(connection, desk, viewer.actor, ids, local_day(now))
        owing = tuple(waiting(agenda, voted, aside)) if row.state == "open" else ()
        members = _members(connection, agenda, owing)
        invitations = session_mails.next_turn(connection, code) - 1
        paper = missing_counts(connection, agenda)
        codes = [line.code for line in agenda.lines]
        seen = set(codes) if viewer.sight.everything else set(seen_of(connection, viewer, codes))
    rule_of = _rules(agenda)
    held = results(agenda.lines)
    names = {each.person_id: each.name for each in agenda.members}
    lines = [
        _desk_line(
            agenda, line, standing.get(line.id), aside, names, held.get(line.number, ()),
            points.get(line.nomination_id),
        )
        for line in agenda.latest() if line.state != "taken_off"
    ]  # fmt: skip
    groups = _grouped(lines, lambda each: each.line, rule_of, flows, lambda each: each.stand.told)
    return SessionView(
        row=row, members=members, fixed=bool(agenda.members), groups=groups,
        taken_off=tuple(line for line in agenda.latest() if line.state == "taken_off"), owing=owing,
        invitations=invitations, prepares=councils.prepares(viewer.actor, row.kind, row.unit, row.cluster),
        runs=councils.runs(viewer.actor, row.kind, row.unit, row.cluster),
        step=_step(agenda, members, owing, invitations, paper, local_day(now)), before=before,
        counted=frozenset(paper.counted), differ=paper.differ, codes_seen=frozenset(seen),
    )  # fmt: skip


def _for_desk(connection: Connection, viewer: Viewer, code: str) -> SessionRow:
    row = rows.session(connection, code)
    if row is None or not _opens(viewer, row.kind, row.unit, row.cluster):
        raise CouncilError("session_unknown", session=code)
    return row


def _opens(viewer: Viewer, kind: str, unit: str, cluster: str) -> bool:
    """Whether this person may see the desk's page of such a council's sessions."""
    return not viewer.roles.isdisjoint(WATCHES) or councils.prepares(viewer.actor, kind, unit, cluster)


def row_for_desk(desk: Desk, viewer: Viewer, code: str) -> SessionRow:
    """The session alone, for those who may see it whole. Raises CouncilError as `for_desk` does."""
    with read(desk.engine) as connection:
        return _for_desk(connection, viewer, code)


def _members(connection: Connection, agenda: Agenda, owing: Iterable[Waiting]) -> tuple[Member, ...]:
    owed = {each.member.person: each.lines for each in owing}
    if agenda.members:
        return tuple(
            Member(each.person, each.name, each.post, each.email, each.attendance, each.note, owed.get(each.person, 0))
            for each in agenda.members
        )
    row = agenda.row
    seats = entitled(rows.seats(connection, row.council_id), row.body, row.held_on)  # type: ignore[arg-type]
    emails = agendas.emails(connection, row.council_id)
    return tuple(Member(each.person, each.name, each.post, emails.get(each.person, ""), "", "", 0) for each in seats)


def _desk_line(
    agenda: Agenda, line: LineRow, stand: Stand | None, aside: Mapping[int, Mapping[int, tuple[str, str]]],
    names: Mapping[int, str], held: tuple[Result, ...], points: Summary | None,
) -> DeskLine:  # fmt: skip
    away = tuple(
        Aside(names[person], cause, words) for person, (cause, words) in aside.get(line.id, {}).items()
        if person in names
    )  # fmt: skip
    return DeskLine(line, stand or Stand(0, ()), len(agenda.members) - len(away), away, held, points)


def _step(
    agenda: Agenda, members: Sequence[Member], owing: Sequence[Waiting], invitations: int, paper: MissingCounts,
    today: date,
) -> Line:  # fmt: skip
    """What to do next, as a code of the page's words with its figures: the first thing that is still missing."""
    row, lines = agenda.row, agenda.latest()
    tabled, open_ = (sum(line.state == state for line in lines) for state in ("tabled", "open"))
    figures: dict[str, Plain] = {
        "lines": open_, "tabled": tabled, "members": len(members), "held_on": row.held_on.isoformat(),
        "due_on": row.answers_due_on.isoformat() if row.answers_due_on else "", "owing": len(owing),
        "unknown": sum(each.attendance == "unknown" for each in members),
        "missing": len(paper.missing), "differ": len(paper.differ),
    }  # fmt: skip
    meets = row.form != "written"
    planned = (
        ("no_members", not members),
        ("put", not tabled),
        ("invite", not invitations and today <= row.held_on),
        ("wait_for_day", today < row.held_on),
        ("open", True),
    )
    stopped = row.polls_closed_at is not None
    chair_spoke = any(line.chair_agrees is not None for line in lines if line.state == "open")
    running = (
        ("chair", stopped and not chair_spoke),
        ("close", stopped),
        ("open_more", bool(tabled)),
        ("attend", meets and bool(figures["unknown"])),
        ("wait_for_answers", bool(owing) and may_still_answer(agenda, today)),
        ("count", bool(paper.missing)),
        ("recount", bool(paper.differ)),
        ("minutes", row.ballots == "paper" and not row.minutes_sha256),
        ("close", True),
    )
    ways = {"planned": planned, "open": running}.get(row.state, ((row.state, True),))
    return Line(next(code for code, holds in ways if holds), figures)


def how_it_stands(desk: Desk, code: str, now: datetime, viewer: Viewer | None = None) -> dict[int, Stand]:
    """How each open line stands, by number; with counts only for a person who may open the page of its desk.

    Raises CouncilError (session_unknown).
    """
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        agenda = gather_session(connection, desk, row)
        open_ = {line.id: line.number for line in agenda.latest() if line.state == "open"}
        voted, aside = rows.roll(connection, list(open_)), rows.recusals(connection, row.id)
        looker = viewer.person if viewer and _opens(viewer, row.kind, row.unit, row.cluster) else ""
        found = stands(connection, agenda, voted, aside, local_day(now), looker)
    return {open_[line]: each for line, each in found.items()}


def before_its_vote(desk: Desk, code: str, now: datetime) -> BeforeVote:
    """What the council must see of its agenda before it votes. Raises CouncilError (session_unknown)."""
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        return before_vote(connection, desk, gather_session(connection, desk, row), local_day(now))


# ── for a member ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A line as one member sees it: whether he may vote on it and why not, and its closed votes.

    `points` is what its appraisal comes to, where the flow lays that before the council.
    """

    ballot: BallotLine
    held: tuple[Result, ...]
    leads_on: bool
    points: Summary | None

    @property
    def line(self) -> LineRow:
        return self.ballot.line


@dataclass(frozen=True, slots=True)
class MemberView:
    """A session as one member sees it. `members` is how many may vote; `over` that the time for answers is past.

    `before` is what he must see of the agenda before he votes.
    """

    row: SessionRow
    ballot: MyBallot
    members: int
    groups: tuple[Group[MemberLine], ...]
    over: bool
    before: BeforeVote

    @property
    def lines(self) -> list[MemberLine]:
        return [line for group in self.groups for line in group.lines]

    @property
    def owed(self) -> list[MemberLine]:
        """Those on which he may vote now."""
        return [] if self.over else [each for each in self.lines if each.ballot.why_not is None]


def for_member(desk: Desk, viewer: Viewer, code: str, now: datetime) -> MemberView:
    """A session for somebody who sits in it. Raises CouncilError (session_unknown) for everybody else."""
    found = balloting.my_ballot(desk, code, viewer.person, now)
    with read(desk.engine) as connection:
        agenda = gather_session(connection, desk, found.row)
        flows = _flows(connection, desk, agenda.lines)
        before = before_vote(connection, desk, agenda, local_day(now))
        codes = [each.line.code for each in found.lines]
        seen = set(codes) if viewer.sight.everything else set(seen_of(connection, viewer, codes))
        members = len(agenda.members) or len(
            entitled(rows.seats(connection, found.row.council_id), found.row.body, found.row.held_on)  # type: ignore[arg-type]
        )
        ids = [each.line.nomination_id for each in found.lines]
        points = appraisal_views.for_member(connection, desk, viewer.actor, ids, local_day(now))
    held = results(agenda.lines)
    lines = [
        MemberLine(each, held.get(each.line.number, ()), each.line.code in seen, points.get(each.line.nomination_id))
        for each in found.lines
    ]
    groups = _grouped(lines, lambda each: each.line, _rules(agenda), flows)
    return MemberView(found.row, found, members, groups, is_over(found.row, local_day(now)), before)


def may_read_list(desk: Desk, viewer: Viewer, code: str, now: datetime) -> SessionRow:
    """A session whose published list this person may take: one of the desk's, or of his own. Raises CouncilError."""
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
    if row is not None and _opens(viewer, row.kind, row.unit, row.cluster):
        return row
    return balloting.my_ballot(desk, code, viewer.person, now).row


def unreleased(desk: Desk, session_id: int) -> tuple[str, ...]:
    """Dossiers of a closed session whose result no unit may know yet, by their numbers on the agenda."""
    with read(desk.engine) as connection:
        return rows.unreleased(connection, session_id)


def recorded(desk: Desk, code: str) -> dict[str, Counts]:
    """What each closed vote of a session was recorded with, by its label in the published list. For closed sessions."""
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        lines = rows.lines(connection, row.id)
    found: dict[str, Counts] = {}
    for line in lines:
        if line.state == "decided":
            tally = votes.tally_from(line.tally)
            label = ballots.label(line.number, line.attempt)
            found[label] = Counts(tally.yes, tally.no, tally.blank, tally.invalid)
    return found
