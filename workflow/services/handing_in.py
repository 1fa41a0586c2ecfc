"""A submission as its unit works with it: its lines, the papers it still owes, and what is to do next for all at once.

The desk does the same on a unit's behalf. What may happen is for the flows to say: nothing here knows a step by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, case, func, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Document, Flow, State, Transition, Words
from workflow.domain import letters
from workflow.domain.decisions import Context, option
from workflow.domain.facts import Actor, NominationFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Reason
from workflow.domain.released import told
from workflow.services.desk import Desk
from workflow.services.dossier import outside_of
from workflow.services.judging import ENTERS_FOR_UNITS, find_actor, surroundings
from workflow.services.mail_words import UNIT_ROLES, hands_over
from workflow.services.viewing import Viewer
from workflow.storage import directory, nominations
from workflow.storage.database import read
from workflow.storage.nominations import FactsOf, Line
from workflow.storage.sight import seen
from workflow.storage.tables import Document as Paper, Nomination, Round, Submission, Unit

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]
_P: Table = Paper.__table__  # type: ignore[attr-defined]
WHO = frozenset({"role", "other_unit"})
"""Reasons that are about who asks: the step may be taken, by somebody else."""


class UnknownSubmission(LookupError):
    """There is no such submission, or not for this person."""


# ── the list of submissions ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Head:
    """A submission in a list. `drafts` are lines that never moved, `owed` those that wait for the unit."""

    id: int
    unit: str
    unit_name: str
    round: str
    letter_number: str
    letter_on: date | None
    created_at: datetime
    lines: int
    drafts: int
    ended: int


def heads(desk: Desk, viewer: Viewer, *, round_code: str = "", unit: str = "", before: int | None = None,
          limit: int = 50) -> tuple[Head, ...]:  # fmt: skip
    """Submissions of which this person sees a line, newest first; `before` continues a list under an id."""
    query = (
        select(
            _S.c.id, col(Unit.code).label("unit"), col(Unit.name).label("unit_name"), col(Round.code).label("round"),
            _S.c.letter_number, _S.c.letter_on, _S.c.created_at,
            func.count(_N.c.id).label("lines"),
            func.sum(case((_N.c.version == 0, 1), else_=0)).label("drafts"),
            func.sum(case((_N.c.outcome.is_not(None), 1), else_=0)).label("ended"),
        )
        .join(_N, _N.c.submission_id == _S.c.id)
        .join(Unit, col(Unit.id) == _S.c.unit_id)
        .join(Round, col(Round.id) == _S.c.round_id)
        .where(seen(viewer.sight))
        .group_by(_S.c.id, col(Unit.code), col(Unit.name), col(Round.code), _S.c.letter_number, _S.c.letter_on,
                  _S.c.created_at)
        .order_by(_S.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    if round_code:
        query = query.where(col(Round.code) == round_code)
    if unit:
        query = query.where(col(Unit.code) == unit)
    if before is not None:
        query = query.where(_S.c.id < before)
    with read(desk.engine) as connection:
        return tuple(_head(row) for row in connection.execute(query))


def _head(row: Any) -> Head:
    return Head(
        row.id, row.unit, row.unit_name, row.round, row.letter_number, row.letter_on, row.created_at, int(row.lines),
        int(row.drafts or 0), int(row.ended or 0),
    )  # fmt: skip


# ── one submission ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as whoever looks may read it: `state` is the released one for a unit, the true one at the desk."""

    code: str
    number: int
    name: str
    nominee: str
    position: str
    workplace: str
    award: Words
    state: State
    label: Words
    version: int
    person_code: str
    missing: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A paper of the checklist that is kept once for all lines, with its versions, the newest first.

    `codes` are the lines whose award asks for it, `awards` the titles of those awards; none when it is all of them.
    """

    document: Document
    versions: tuple[Any, ...]
    codes: tuple[str, ...]
    awards: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class OwnPaper:
    """A paper of the checklist that lines have each for themselves.

    `codes` are the lines that take one, `owed` those of them that have none yet.
    """

    document: Document
    codes: tuple[str, ...]
    owed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something the unit can do with several lines at once.

    `ready` are codes of lines that may go now (by somebody who holds one of `roles`), `stuck` those that may not yet,
    with their reasons. `mine` tells whether whoever looks may do it, `stand_ins` on whose behalf he would, where he
    does not hold the role himself. `main` is the next step on the road; the others are ways aside, among them what
    wipes a vote that was already taken: `undoes` counts the lines for which it would.
    """

    transition: Transition
    flow: Flow
    roles: tuple[str, ...]
    ready: tuple[str, ...]
    stuck: Mapping[str, tuple[Reason, ...]]
    mine: bool
    stand_ins: tuple[str, ...]
    main: bool
    undoes: int


@dataclass(frozen=True, slots=True)
class Work:
    """A submission with everything that can be done to it."""

    id: int
    unit: str
    unit_name: str
    unit_kind: str
    round: str
    round_title: str
    letter_number: str
    letter_on: date | None
    created_at: datetime
    lines: tuple[LineShown, ...]
    slots: tuple[Slot, ...]
    own_papers: tuple[OwnPaper, ...]
    steps: tuple[Step, ...]

    def step(self, transition: str) -> Step | None:
        return next((each for each in self.steps if each.transition.id == transition), None)

    @property
    def has_letter(self) -> bool:
        """Whether its letter has a number yet; a list may be brought in before."""
        return letters.has_number(self.letter_number)


def find(desk: Desk, viewer: Viewer, submission_id: int, now: datetime) -> Work:
    """Raises UnknownSubmission."""
    today = local_day(now)
    with read(desk.engine) as connection:
        row = _row(connection, submission_id)
        shown = _shown_rows(connection, viewer, submission_id)
        if row is None or not shown:
            raise UnknownSubmission(str(submission_id))
        lines = list(nominations.lines_by_id(connection, [each.id for each in shown]).values())
        flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
        facts_of = FactsOf(surroundings(connection, lines, flows, None), today)
        facts = {line.id: facts_of(line) for line in lines}
        people = directory.person_keys(connection, {each.person_id for each in shown if each.person_id})
        stand_ins = _StandIns(connection, find_actor(connection, viewer.person, today), row.unit, today)
        open_ = [line for line in lines if viewer.inner or not facts[line.id].holds]
        steps = _steps(desk, viewer, open_, flows, facts, stand_ins, today)
        slots = _slots(connection, submission_id, shown, flows)
    # What a unit may do while a result is held back would tell it the result: of such lines no step is offered.
    return Work(
        row.id, row.unit, row.unit_name, row.unit_kind, row.round, row.round_title, row.letter_number, row.letter_on,
        row.created_at,
        tuple(_shown(each, flows[each.flow_version_id].flow, facts[each.id], viewer, people) for each in shown),
        slots, _own_papers(shown, flows, facts), steps,
    )  # fmt: skip


def _row(connection: Connection, submission_id: int) -> Any:
    return connection.execute(
        select(
            _S.c.id, _S.c.letter_number, _S.c.letter_on, _S.c.created_at, col(Unit.code).label("unit"),
            col(Unit.name).label("unit_name"), col(Unit.kind).label("unit_kind"), col(Round.code).label("round"),
            col(Round.title).label("round_title"),
        )
        .join(Unit, col(Unit.id) == _S.c.unit_id)
        .join(Round, col(Round.id) == _S.c.round_id)
        .where(_S.c.id == submission_id)
    ).first()  # fmt: skip


def _shown_rows(connection: Connection, viewer: Viewer, submission_id: int) -> list[Any]:
    query = select(_N).where(_N.c.submission_id == submission_id, seen(viewer.sight)).order_by(_N.c.line_no, _N.c.id)
    return list(connection.execute(query))


def _shown(row: Any, flow: Flow, facts: NominationFacts, viewer: Viewer, people: Mapping[int, str]) -> LineShown:
    name = row.state if viewer.inner else row.shown_state
    # The shown state may be one that a change of award left behind.
    state = flow.states.get(name) or flow.states[row.state]
    key = people.get(row.person_id, "") if row.person_id else ""
    code = key.rpartition("/")[2]
    return LineShown(
        row.code, row.line_no, row.name, row.nominee, row.position, row.workplace, flow.title, state,
        state.label if viewer.inner else state.unit, row.version, "" if code.startswith("~") else code,
        tuple(each for each in flow.documents.values() if _is_owed(each, row.nominee, facts.documents)),
    )  # fmt: skip


def _is_owed(document: Document, nominee: str, on_file: Iterable[str]) -> bool:
    """Whether the unit still owes this paper for a single line."""
    return (
        document.per == "nomination" and document.source == "unit" and document.required
        and nominee in document.nominee and document.code not in on_file
    )  # fmt: skip


def _slots(
    connection: Connection, submission_id: int, shown: Sequence[Any], flows: Mapping[int, CompiledFlow]
) -> tuple[Slot, ...]:
    wanted: dict[str, Document] = {}
    asking: dict[str, list[Any]] = {}
    for row in shown:
        for each in flows[row.flow_version_id].flow.documents.values():
            if each.per == "submission" and each.source == "unit":
                known = wanted.get(each.code)
                wanted[each.code] = each if known is None or not known.required else known
                asking.setdefault(each.code, []).append(row)
    query = select(_P).where(_P.c.submission_id == submission_id).order_by(_P.c.code, _P.c.number.desc())
    on_file: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        on_file.setdefault(row.code, []).append(row)
    return tuple(
        Slot(each, tuple(on_file.get(code, ())), tuple(row.code for row in asking[code]),
             _awards(asking[code], flows) if len(asking[code]) < len(shown) else ())
        for code, each in wanted.items()
    )  # fmt: skip


def _own_papers(
    shown: Sequence[Any], flows: Mapping[int, CompiledFlow], facts: Mapping[int, NominationFacts]
) -> tuple[OwnPaper, ...]:
    wanted: dict[str, Document] = {}
    taking: dict[str, list[Any]] = {}
    for row in shown:
        for each in flows[row.flow_version_id].flow.documents.values():
            if each.per == "nomination" and each.source == "unit" and row.nominee in each.nominee:
                known = wanted.get(each.code)
                wanted[each.code] = each if known is None or not known.required else known
                taking.setdefault(each.code, []).append(row)
    return tuple(
        OwnPaper(each, tuple(row.code for row in taking[code]),
                 tuple(row.code for row in taking[code] if code not in facts[row.id].documents))
        for code, each in wanted.items()
    )  # fmt: skip


def _awards(rows: Iterable[Any], flows: Mapping[int, CompiledFlow]) -> tuple[Words, ...]:
    return tuple({flow.award: flow.title for flow in (flows[row.flow_version_id].flow for row in rows)}.values())


def flow_with(desk: Desk, viewer: Viewer, codes: Sequence[str], transition: str) -> Flow | None:
    """The flow of the first of these lines that knows this transition, among those that this person sees."""
    query = select(_N.c.flow_version_id).where(_N.c.code.in_(codes), seen(viewer.sight)).order_by(_N.c.id)
    with read(desk.engine) as connection:
        for version_id in dict.fromkeys(connection.execute(query).scalars()):
            flow = desk.flows.get(connection, version_id).flow
            if transition in flow.transitions:
                return flow
    return None


# ── what is to do next ───────────────────────────────────────────────────────────────────────────


class _StandIns:
    """Whether whoever looks may take a step himself, or for whom of the unit he may enter it."""

    def __init__(self, connection: Connection, actor: Actor, unit: str, on: date) -> None:
        self._connection = connection
        self.actor = actor
        self._unit = unit
        self._on = on
        self._enters = any(each.role in ENTERS_FOR_UNITS for each in actor.held)
        self._keys: dict[str, list[str]] = {}

    def holds(self, roles: Sequence[str]) -> bool:
        return any(each.role in roles and each.scope == self._unit for each in self.actor.held)

    def of(self, roles: Sequence[str]) -> tuple[str, ...]:
        if not self._enters or self.holds(roles):
            return ()
        found: dict[str, None] = {}
        for role in roles:
            if role not in self._keys:
                self._keys[role] = directory.keys_of_role(self._connection, role, "unit", self._unit, self._on)
            found.update(dict.fromkeys(self._keys[role]))
        return tuple(found)


@dataclass(slots=True)
class _Pile:
    """The growing step: lines of several flows that are asked for the same."""

    transition: Transition
    flow: Flow
    main: bool
    undoes: int = 0
    ready: list[str] = field(default_factory=list)
    stuck: dict[str, tuple[Reason, ...]] = field(default_factory=dict)


def _steps(
    desk: Desk,
    viewer: Viewer,
    lines: Sequence[Line],
    flows: Mapping[int, CompiledFlow],
    facts: Mapping[int, NominationFacts],
    stand_ins: _StandIns,
    today: date,
) -> tuple[Step, ...]:
    context = desk.context(today)
    piles: dict[tuple[Any, ...], _Pile] = {}
    for line in lines:
        compiled, outside = flows[line.flow_version_id], outside_of(viewer, line)
        for transition, found, main in _ways(compiled, facts[line.id], stand_ins.actor, context):
            reasons = found if outside is None else told(compiled.flow, transition, found, outside)
            key = (transition.id, transition.fields)
            pile = piles.get(key)
            if pile is None:
                pile = piles[key] = _Pile(transition, compiled.flow, main)
            pile.main = pile.main or main
            pile.undoes += _undoes(transition, facts[line.id])
            if reasons:
                pile.stuck[line.code] = reasons
            else:
                pile.ready.append(line.code)
    steps = [_step(pile, stand_ins) for pile in piles.values()]
    return tuple(sorted(steps, key=lambda each: (not each.main, not each.ready)))


def _step(pile: _Pile, stand_ins: _StandIns) -> Step:
    roles = tuple(role for role in pile.transition.by if role in UNIT_ROLES)
    others = stand_ins.of(roles)
    return Step(
        pile.transition, pile.flow, roles, tuple(pile.ready), pile.stuck, stand_ins.holds(roles) or bool(others),
        others, pile.main, pile.undoes,
    )  # fmt: skip


def _ways(
    compiled: CompiledFlow, facts: NominationFacts, actor: Actor, context: Context
) -> Iterable[tuple[Transition, tuple[Reason, ...], bool]]:
    """Each step of the unit from where this line stands: what is in its way beside who asks, and whether it is next.

    Next is what hands the line over to others, if the votes for that were taken; while they are missing, what leads to
    a vote.
    """
    flow = compiled.flow
    ways = [each for each in flow.leaving(facts.state) if not each.exceptional and UNIT_ROLES.intersection(each.by)]
    found = [(each, _in_the_way(compiled, each, facts, actor, context)) for each in ways]
    unvoted = {
        each.id: any(reason.code in _OF_VOTES for reason in reasons)
        for each, reasons in found
        if hands_over(flow, each)
    }
    for each, reasons in found:
        if each.id in unvoted:
            if not unvoted[each.id]:
                yield each, reasons, not _undoes(each, facts)
        elif _is_aside(flow, each, facts.state):
            yield each, reasons, False
        else:
            yield each, reasons, all(unvoted.values()) and not _undoes(each, facts)


def _undoes(transition: Transition, facts: NominationFacts) -> bool:
    """Whether the step would wipe a vote that this line has already been through."""
    return any(body in facts.tallies for body in transition.voids)


_OF_VOTES = frozenset({"vote_missing", "vote_not_passed", "quorum", "chair", "tally_impossible"})


def _in_the_way(
    compiled: CompiledFlow, transition: Transition, facts: NominationFacts, actor: Actor, context: Context
) -> tuple[Reason, ...]:
    found = option(compiled, transition, facts, actor, context)
    return tuple(reason for reason in found.reasons if reason.code not in WHO and not reason.overridable)


def _is_aside(flow: Flow, transition: Transition, state: str) -> bool:
    """Whether the step leaves the road: out of the round, or in a state where it is not the unit's turn."""
    ends = all(each.to in flow.states and flow.states[each.to].final is not None for each in transition.branches)
    return ends or (flow.states[state].owner not in UNIT_ROLES and transition.effect != "confirm_proof")


__all__ = ["Head", "LineShown", "OwnPaper", "Slot", "Step", "UnknownSubmission", "Work", "find", "hands_over", "heads"]
