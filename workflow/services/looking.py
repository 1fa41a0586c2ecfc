"""Looking without touching: lists by key, one nomination in full, why an act may not happen, its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Flow, Language
from workflow.domain import codes, vietnamese
from workflow.domain.decisions import Option, options
from workflow.domain.facts import Actor, NominationFacts
from workflow.services.desk import Desk
from workflow.services.judging import find_actor, surroundings
from workflow.storage import limits, nominations, papers
from workflow.storage.database import read
from workflow.storage.nominations import FactsOf, Line
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import (
    Act,
    Deadline,
    DecisionPaper,
    Event,
    Nomination,
    Round,
    StateCount,
    Submission,
    Unit,
)

_N = Nomination.__table__  # type: ignore[attr-defined]


class UnknownNomination(LookupError):
    """No nomination has this code."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which nominations: every given condition holds. `text` is searched without accents in names and codes.

    `unit_scope` narrows to these units, `sight` to what somebody may see, whatever else is asked. `shown_state` is what
    units see of a state.
    """

    unit: str = ""
    round: str = ""
    award: str = ""
    flow: str = ""
    state: str = ""
    text: str = ""
    submission: int | None = None
    outcome: str = ""
    overdue_on: date | None = None
    unit_scope: tuple[str, ...] | None = None
    shown_state: str = ""
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order of entry; `next_after` continues the list, None at its end."""

    rows: tuple[Any, ...]
    next_after: int | None


def nominations_page(desk: Desk, wanted: Filter, *, after: int = 0, limit: int = 50) -> Page:
    """A page of nominations by key: as quick at a million rows as at ten."""
    query = _filtered(wanted).where(_N.c.id > after).order_by(_N.c.id).limit(limit + 1)
    with read(desk.engine) as connection:
        rows = list(connection.execute(query))
    return Page(tuple(rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def codes_of(desk: Desk, wanted: Filter) -> tuple[str, ...]:
    """Codes of every nomination the filter matches, in order of entry: the selection of an act on many."""
    query = _filtered(wanted).with_only_columns(_N.c.code).order_by(_N.c.id)
    with read(desk.engine) as connection:
        return tuple(connection.execute(query).scalars())


def count(desk: Desk, wanted: Filter) -> int:
    query = _filtered(wanted).with_only_columns(func.count(), maintain_column_froms=True)
    with read(desk.engine) as connection:
        return int(connection.execute(query).scalar_one())


_LIST = (
    _N.c.id, _N.c.code, _N.c.name, _N.c.nominee, _N.c.award, _N.c.kind, _N.c.flow_id, _N.c.flow_version_id, _N.c.state,
    _N.c.shown_state, _N.c.entered_on, _N.c.outcome, _N.c.position, _N.c.workplace, _N.c.version,
)  # fmt: skip


def _filtered(wanted: Filter) -> Select[Any]:
    query = (
        select(*_LIST, col(Unit.code).label("unit"), col(Round.code).label("round"))
        .join(Unit, col(Unit.id) == _N.c.unit_id)
        .join(Round, col(Round.id) == _N.c.round_id)
    )
    exact = {_N.c.award: wanted.award, _N.c.flow_id: wanted.flow, _N.c.state: wanted.state,
             _N.c.shown_state: wanted.shown_state, _N.c.outcome: wanted.outcome,
             col(Unit.code): wanted.unit, col(Round.code): wanted.round}  # fmt: skip
    query = query.where(*(column == value for column, value in exact.items() if value))
    if wanted.submission is not None:
        query = query.where(_N.c.submission_id == wanted.submission)
    if wanted.sight is not None:
        query = query.where(seen(wanted.sight))
    if wanted.unit_scope is not None:
        query = query.where(col(Unit.code).in_(wanted.unit_scope))
    if wanted.text:
        folded = vietnamese.fold(wanted.text)
        query = query.where(
            _N.c.name_folded.contains(folded, autoescape=True) | (_N.c.code == wanted.text.strip().upper())
        )
    if wanted.overdue_on is not None:
        late = select(col(Deadline.nomination_id)).where(
            col(Deadline.closed_on).is_(None), col(Deadline.due_on) < wanted.overdue_on
        )
        query = query.where(_N.c.id.in_(late))
    return query


# ── one nomination ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Shown:
    """One nomination in full, with its flow's words."""

    row: Any
    flow: Flow
    facts: NominationFacts
    unit: Any
    round: Any
    submission: Any
    decision: Any | None
    deadlines: tuple[Any, ...]
    documents: tuple[Any, ...]


def show(desk: Desk, code: str, on: date) -> Shown:
    """Everything about one nomination. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        line, facts, flow = _facts(connection, desk, code, on)
        row = connection.execute(select(_N).where(_N.c.id == line.id)).one()
        return Shown(
            row=row,
            flow=flow,
            facts=facts,
            unit=connection.execute(select(Unit.__table__).where(col(Unit.id) == row.unit_id)).one(),  # type: ignore[attr-defined]
            round=connection.execute(select(Round.__table__).where(col(Round.id) == row.round_id)).one(),  # type: ignore[attr-defined]
            submission=connection.execute(
                select(Submission.__table__).where(col(Submission.id) == row.submission_id)  # type: ignore[attr-defined]
            ).one(),
            decision=connection.execute(
                select(DecisionPaper.__table__).where(col(DecisionPaper.id) == row.decision_id)  # type: ignore[attr-defined]
            ).first(),
            deadlines=tuple(limits.history_of(connection, line.id)),
            documents=tuple(papers.of_nomination(connection, line.id, line.submission_id)),
        )


def canonical(code: str) -> str:
    """The printed form of a code as somebody typed it; as typed when it cannot be read."""
    try:
        return codes.normalise(code)
    except codes.CodeError:
        return code.strip().upper()


def _facts(connection: Connection, desk: Desk, code: str, on: date) -> tuple[Line, NominationFacts, Flow]:
    code = canonical(code)
    line = nominations.lines_by_code(connection, [code]).get(code)
    if line is None:
        raise UnknownNomination(code)
    flows = desk.flows.get_all(connection, {line.flow_version_id})
    facts = FactsOf(surroundings(connection, [line], flows, None), on)(line)
    return line, facts, flows[line.flow_version_id].flow


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Every transition of a nomination's flow for one actor: possible, or with all that stands in the way."""

    facts: NominationFacts
    flow: Flow
    actor: Actor
    options: tuple[Option, ...]


def why(desk: Desk, code: str, actor: str, now: datetime) -> WhyNot:
    """What this person may do with it now, and why not the rest. Raises UnknownNomination, UnknownActor."""
    today = local_day(now)
    with read(desk.engine) as connection:
        person = find_actor(connection, actor, today)
        line, facts, flow = _facts(connection, desk, code, today)
        compiled = desk.flows.get(connection, line.flow_version_id)
        context = desk.context(today, desk.targets(connection, today))
    return WhyNot(facts, flow, person, options(compiled, facts, person, context))


def history(desk: Desk, code: str) -> tuple[Any, ...]:
    """Every event of a nomination with the act behind it, oldest first. Raises UnknownNomination."""
    event, act = Event.__table__, Act.__table__  # type: ignore[attr-defined]
    with read(desk.engine) as connection:
        found = connection.execute(select(_N.c.id).where(_N.c.code == canonical(code))).first()
        if found is None:
            raise UnknownNomination(code)
        query = (
            select(
                event, act.c.actor, act.c.actor_name, act.c.on_behalf_of, act.c.os_user,
                act.c.fields.label("act_fields"),
                act.c.done.label("act_done"),
            )
            .join(act, act.c.id == event.c.act_id)
            .where(event.c.nomination_id == found.id)
            .order_by(event.c.version)
        )  # fmt: skip
        return tuple(connection.execute(query))


@dataclass(frozen=True, slots=True)
class ForUnit:
    """What one unit may be told of some of its nominations: the words it reads for where they stand now."""

    unit: str
    words: str
    lines: tuple[tuple[str, str], ...]


def for_units(desk: Desk, codes: Sequence[str], language: Language) -> tuple[ForUnit, ...]:
    """These nominations by unit and by the state that it is shown, as (code, name), in the order of the codes."""
    found: dict[str, Any] = {}
    piles: dict[tuple[str, str], list[tuple[str, str]]] = {}
    with read(desk.engine) as connection:
        for part in nominations.chunks(list(dict.fromkeys(codes))):
            query = select(
                _N.c.code, _N.c.name, _N.c.shown_state, _N.c.flow_version_id, col(Unit.name).label("unit")
            ).join(Unit, col(Unit.id) == _N.c.unit_id)
            found.update((row.code, row) for row in connection.execute(query.where(_N.c.code.in_(part))))
        for row in (found[code] for code in dict.fromkeys(codes) if code in found):
            state = desk.flows.get(connection, row.flow_version_id).flow.states.get(row.shown_state)
            words = state.unit.in_(language) if state else ""
            piles.setdefault((row.unit, words), []).append((row.code, row.name))
    return tuple(ForUnit(unit, words, tuple(lines)) for (unit, words), lines in piles.items())


# ── counts ───────────────────────────────────────────────────────────────────────────────────────


def counts(desk: Desk, round_code: str = "") -> tuple[Any, ...]:
    """How many nominations stand where: (round, flow, state, amount), from the counts kept by each act."""
    table = StateCount.__table__  # type: ignore[attr-defined]
    query = (
        select(col(Round.code).label("round"), table.c.flow_id, table.c.state, table.c.amount)
        .join(Round, col(Round.id) == table.c.round_id)
        .where(table.c.amount != 0)
        .order_by(col(Round.code), table.c.flow_id, table.c.state)
    )
    if round_code:
        query = query.where(col(Round.code) == round_code)
    with read(desk.engine) as connection:
        return tuple(connection.execute(query))


def submissions(desk: Desk, round_code: str = "", units: Sequence[str] | None = None) -> tuple[Any, ...]:
    """Submissions with how many lines each has."""
    table = Submission.__table__  # type: ignore[attr-defined]
    query = (
        select(table, col(Unit.code).label("unit"), col(Round.code).label("round"), func.count(_N.c.id).label("lines"))
        .join(Unit, col(Unit.id) == table.c.unit_id)
        .join(Round, col(Round.id) == table.c.round_id)
        .outerjoin(Nomination, _N.c.submission_id == table.c.id)
        .group_by(*table.c, col(Unit.code), col(Round.code))
        .order_by(table.c.id)
    )
    if round_code:
        query = query.where(col(Round.code) == round_code)
    if units is not None:
        query = query.where(col(Unit.code).in_(units))
    with read(desk.engine) as connection:
        return tuple(connection.execute(query))


# ── words of flows ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FlowWords:
    """Title and state labels of one flow version, in one language."""

    title: str
    states: Mapping[str, str]


def flow_words(desk: Desk, version_ids: Iterable[int], language: Language) -> dict[int, FlowWords]:
    """Words of these flow versions, by version id."""
    found: dict[int, FlowWords] = {}
    with read(desk.engine) as connection:
        for version_id in set(version_ids):
            flow = desk.flows.get(connection, version_id).flow
            found[version_id] = FlowWords(
                flow.title.in_(language), {name: state.label.in_(language) for name, state in flow.states.items()}
            )
    return found


def flows_of(desk: Desk, version_ids: Iterable[int]) -> dict[int, Flow]:
    """These flow versions in full, by version id."""
    with read(desk.engine) as connection:
        return {each: desk.flows.get(connection, each).flow for each in set(version_ids)}


def flow_of_code(desk: Desk, code: str) -> Flow:
    """The flow that this nomination runs on. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = connection.execute(select(_N.c.flow_version_id).where(_N.c.code == canonical(code))).first()
        if row is None:
            raise UnknownNomination(code)
        return desk.flows.get(connection, row.flow_version_id).flow


def deadline_label(flow: Flow, name: str, language: Language) -> str:
    """A deadline in words: its own label, or that of the state or task it belongs to."""
    kind, _, rest = name.partition(".")
    rule = flow.deadlines.get(name)
    if rule is not None:
        return rule.label.in_(language) if rule.label else name
    thing = flow.states.get(rest) if kind == "state" else flow.tasks.get(rest) if kind == "task" else None
    if thing is None:
        return name
    own = thing.deadline.label if thing.deadline else None
    return (own or thing.label).in_(language)
