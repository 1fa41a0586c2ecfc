"""What would become of a session if something were done now: put on, open, close. Writes nothing and locks nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Flow, Words
from workflow.domain import votes
from workflow.domain.councils import Seat, body_acts, entitled, rule_from
from workflow.domain.facts import TallyFacts
from workflow.services import acts, councils
from workflow.services.balloting import Waiting, turnout, waiting
from workflow.services.closing import MissingCounts, may_still_answer, missing_counts
from workflow.services.council_sessions import (
    Agenda,
    announced,
    gather_session,
    openable,
    requests,
    sort_out,
)
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.requests import ActReport, LineResult, MailPreview
from workflow.services.viewing import Viewer
from workflow.storage import agenda as agendas, council as rows, flows
from workflow.storage.agenda import CandidateRow
from workflow.storage.council import LineRow, SessionRow
from workflow.storage.database import read

MOST_SHOWN = 500
"""Candidates on one page; all of a kind may be put on at once, however many."""


# ── the agenda ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Kind:
    """Dossiers of one flow that are ready: how it is called, and how many there are."""

    flow_id: str
    title: Words
    amount: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """What could be put on an agenda: of which kinds, and the first of those asked for. `total` counts all of these."""

    kinds: tuple[Kind, ...]
    rows: tuple[tuple[CandidateRow, Flow], ...]
    total: int


def candidates(
    desk: Desk, viewer: Viewer, row: SessionRow, flow_id: str = "", limit: int = MOST_SHOWN, body: str = ""
) -> Candidates:
    """Dossiers that are ready for this session's body and on no running agenda, as far as this person sees them.

    `body` asks for another body of the same council.
    """
    with read(desk.engine) as connection:
        known = desk.flows.get_all(connection, [each.id for each in flows.versions(connection)])
        states = {version: _before_vote(compiled.flow, body or row.body) for version, compiled in known.items()}
        wanted = {version: names for version, names in states.items() if names}
        units = councils.covered(connection, row.unit, row.cluster)
        query = agendas.candidates(wanted, viewer.sight, units)
        amounts = agendas.candidate_counts(connection, query)
        if flow_id:
            wanted = {version: names for version, names in wanted.items() if known[version].flow.id == flow_id}
            query = agendas.candidates(wanted, viewer.sight, units)
        found = agendas.candidate_rows(connection, query, limit)
    kinds: dict[str, Kind] = {}
    for version, amount in sorted(amounts.items()):
        flow = known[version].flow
        before = kinds.get(flow.id)
        kinds[flow.id] = Kind(flow.id, flow.title, amount + (before.amount if before else 0))
    total = sum(each.amount for each in kinds.values() if not flow_id or each.flow_id == flow_id)
    return Candidates(tuple(kinds.values()), tuple((each, known[each.flow_version_id].flow) for each in found), total)


def waiting_for_others(desk: Desk, viewer: Viewer, row: SessionRow) -> tuple[tuple[str, int], ...]:
    """Other bodies of this council with dossiers that are ready for them, and how many."""
    others = [each for each in ("council", "standing_members") if each != row.body] if row.kind == "council" else []
    found = [(each, candidates(desk, viewer, row, limit=1, body=each).total) for each in others]
    return tuple((body, amount) for body, amount in found if amount)


def puts_on(viewer: Viewer, row: SessionRow, flow: Flow) -> bool:
    """Whether this person holds a role that puts dossiers of this flow on the agenda of the session's body."""
    acts_ = body_acts(flow, row.body)  # type: ignore[arg-type]
    return acts_ is None or acts_.table is None or not viewer.roles.isdisjoint(acts_.table.by)


def _before_vote(flow: Flow, body: str) -> frozenset[str]:
    """The states from which a dossier of this flow can come on an agenda of this body."""
    acts_ = body_acts(flow, body)  # type: ignore[arg-type]
    return frozenset(each for each in flow.states if acts_.stage(each)) if acts_ else frozenset()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would happen: codes that go their way, the others with their reasons, mails, and who has no mailbox."""

    codes: tuple[str, ...]
    refused: tuple[LineResult, ...]
    mails: tuple[MailPreview, ...]
    unaddressed: tuple[tuple[str, str], ...]
    flows: Mapping[str, Flow]
    """Of each code, for the words of its reasons."""

    @property
    def warnings(self) -> dict[str, LineResult]:
        """A line for each warning that a reason would pass, by the rule's id: what is asked before trying again."""
        return {reason.rule: each for each in self.refused for reason in each.reasons if reason.overridable}


def putting_on(
    desk: Desk, code: str, codes: Sequence[str], actor: str, now: datetime, overrides: Mapping[str, str] | None = None
) -> Foreseen:
    """What `council_sessions.table` would do. Raises CouncilError, UnknownActor."""
    with read(desk.engine) as connection:
        agenda = _agenda(connection, desk, code)
        row = agenda.row
        who = councils.running(connection, actor, row.kind, row.unit, row.cluster, local_day(now), only_prepares=True)
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        found = sort_out(connection, desk, agenda, codes)
        asked = requests(found.ready, found.tabling, who, "preview", announced(row), overrides)
        reports = [acts.foresee_in(connection, desk, each, now).report for each in asked]
        done = {each.code for report in reports for each in report.results if each.done}
        of = {each.code: desk.flows.get(connection, each.flow_version_id).flow for each in found.wanted}
    gone = tuple(each.code for each in found.wanted if each in found.listed or each.code in done)
    return _foreseen(gone, found.refused, reports, of)


def _foreseen(
    codes: tuple[str, ...], refused: Sequence[LineResult], reports: Sequence[ActReport], of: Mapping[str, Flow]
) -> Foreseen:
    held_back = [each for report in reports for each in report.results if not each.done]
    return Foreseen(
        codes, (*refused, *held_back), tuple(mail for report in reports for mail in report.mails),
        tuple(each for report in reports for each in report.unaddressed), of,
    )  # fmt: skip


def _agenda(connection: Connection, desk: Desk, code: str) -> Agenda:
    row = rows.session(connection, code)
    if row is None:
        raise CouncilError("session_unknown", session=code)
    return gather_session(connection, desk, row)


def flows_of(desk: Desk, code: str) -> dict[str, Flow]:
    """The flow of every dossier on an agenda, by code. Raises CouncilError."""
    with read(desk.engine) as connection:
        lines = _agenda(connection, desk, code).lines
        return {each.code: desk.flows.get(connection, each.flow_version_id).flow for each in lines}


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Opening:
    """What opening the vote would do: on which lines, and who would be on the roll from then on."""

    foreseen: Foreseen
    members: tuple[tuple[str, str], ...]
    """Name and post of each."""
    fixed: bool


def opening(desk: Desk, code: str, actor: str, now: datetime) -> Opening:
    """What `council_sessions.open_` would do. Raises CouncilError (nothing to open, no members), UnknownActor."""
    today = local_day(now)
    with read(desk.engine) as connection:
        agenda = _agenda(connection, desk, code)
        row = agenda.row
        who = councils.running(connection, actor, row.kind, row.unit, row.cluster, today)
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        waiting_ = openable(connection, agenda)
        seats: tuple[Seat, ...] = ()
        if not agenda.members:
            seats = entitled(rows.seats(connection, row.council_id), row.body, today)  # type: ignore[arg-type]
            if not seats:
                raise CouncilError("no_members", council=row.council, on=today)
        asked = requests(waiting_.lines, waiting_.opening, who, "preview")
        reports = [acts.foresee_in(connection, desk, each, now).report for each in asked]
        of = {each.code: desk.flows.get(connection, each.flow_version_id).flow for each in agenda.lines}
    done = tuple(each.code for report in reports for each in report.results if each.done)
    members = tuple((each.name, each.post) for each in (agenda.members or seats))
    codes = (*(line.code for line in waiting_.opened), *done)
    return Opening(_foreseen(codes, waiting_.refused, reports, of), members, bool(agenda.members))


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ClosingCheck:
    """What still stands in the way of closing, as far as the turnout and the papers tell; nothing of a result.

    `early`: members may still answer, so that a reason is needed. `no_quorum` and `no_chair` are lines on which too few
    take part, or the chair's word that the rule wants is not minuted. `again` are those that may be voted on once more.
    """

    lines: tuple[LineRow, ...]
    owing: tuple[Waiting, ...]
    early: bool
    due_on: date
    counts: MissingCounts
    minutes_missing: bool
    no_quorum: tuple[int, ...]
    no_chair: tuple[int, ...]
    again: frozenset[int]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing that only more work can bring."""
        return bool(self.lines) and not (
            self.counts.missing or self.counts.differ or self.minutes_missing or self.no_quorum
        )


def closing(desk: Desk, code: str, now: datetime) -> ClosingCheck:
    """What `closing.close` would miss. Raises CouncilError where no vote is open."""
    with read(desk.engine) as connection:
        agenda = _agenda(connection, desk, code)
        if agenda.row.state != "open":
            raise CouncilError("session_not_open", session=code, state=agenda.row.state)
        lines = tuple(line for line in agenda.latest() if line.state == "open")
        voted = rows.roll(connection, [line.id for line in lines])
        aside = rows.recusals(connection, agenda.row.id)
        counts = missing_counts(connection, agenda)
    owing = tuple(waiting(agenda, voted, aside))
    return ClosingCheck(
        lines=lines,
        owing=owing,
        early=bool(owing) and may_still_answer(agenda, local_day(now)),
        due_on=agenda.row.answers_due_on or agenda.row.held_on,
        counts=counts,
        minutes_missing=agenda.row.ballots == "paper" and not agenda.row.minutes_sha256,
        no_quorum=tuple(line.number for line in lines if _lacks_quorum(agenda, line, voted, aside)),
        no_chair=_without_chair(lines),
        again=frozenset(line.number for line in lines if line.attempt <= rule_from(line.rule).revotes),
    )


def _lacks_quorum(
    agenda: Agenda, line: LineRow, voted: Mapping[int, set[int]], aside: Mapping[int, Mapping[int, tuple[str, str]]]
) -> bool:
    rule, came = rule_from(line.rule), turnout(agenda, line, voted, aside)
    wanted = votes.quorum_needed(rule, len(came.members))
    so_far = TallyFacts(members=len(came.members), present=came.present, written=came.written, yes=0)
    return wanted is not None and votes.counted_for_quorum(rule, so_far) < wanted


def _without_chair(lines: Collection[LineRow]) -> tuple[int, ...]:
    """Lines whose rule listens to the chair and whose vote is not by name, with no word of his in the minutes."""
    return tuple(
        line.number
        for line in lines
        if line.chair_agrees is None and (rule := rule_from(line.rule)).chair_must_agree and rule.ballot != "open"
    )
