"""What a unit sees of its own dossiers at one look: what it owes and by when, what goes on, what has ended.

Everything is in released words: the state that is shown, limits that the unit's own people owe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Flow, Language, State
from workflow.domain import reminding
from workflow.services import dossier
from workflow.services.desk import Desk
from workflow.services.dossier import Dossier
from workflow.services.looking import deadline_label
from workflow.services.mail_words import UNIT_ROLES
from workflow.services.viewing import Viewer
from workflow.storage.database import read
from workflow.storage.sight import seen
from workflow.storage.tables import Act, Deadline, Event, Nomination, Round

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_D: Table = Deadline.__table__  # type: ignore[attr-defined]
_E: Table = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Owed:
    """Something the unit is to do about a dossier, and by when. `days` are working days left, negative once past."""

    code: str
    name: str
    award: str
    submission_id: int
    what: str
    due_on: date | None
    days: int
    asked: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of the unit's own dossiers stand in one shown state."""

    label: str
    final: str | None
    owner: str
    amount: int


@dataclass(frozen=True, slots=True)
class Home:
    """`owed` by due day, the most urgent first; `standing` in the order of the flows."""

    owed: tuple[Owed, ...]
    standing: tuple[Standing, ...]
    recent: tuple[Any, ...]


MOST_OWED = 500
MOST_RECENT = 20


def look(desk: Desk, viewer: Viewer, now: datetime) -> Home:
    """The unit's own dossiers of rounds that are not closed."""
    today = local_day(now)
    with read(desk.engine) as connection:
        return Home(
            tuple(sorted(_owed(connection, desk, viewer, today), key=lambda each: (each.due_on or date.max, each.code)))
            [:MOST_OWED],
            _standing(connection, desk, viewer),
            _recent(connection, viewer),
        )  # fmt: skip


def _owed(connection: Connection, desk: Desk, viewer: Viewer, today: date) -> Iterator[Owed]:
    query = (
        select(
            _N.c.code, _N.c.name, _N.c.submission_id, _N.c.state, _N.c.shown_state, _N.c.flow_version_id, _D.c.name
            .label("deadline"), _D.c.due_on, _D.c.rule,
        )
        .join(_D, _D.c.nomination_id == _N.c.id)
        .where(seen(viewer.sight), _D.c.closed_on.is_(None), _D.c.stopped_on.is_(None), _N.c.archived_at.is_(None))
        .where(_N.c.state == _N.c.shown_state)
    )  # fmt: skip
    told: set[str] = set()
    for row in connection.execute(query):
        if UNIT_ROLES.isdisjoint(reminding.unpack(row.rule).to):
            continue
        flow = desk.flows.get(connection, row.flow_version_id).flow
        days = desk.calendar.working_between(today, row.due_on) if row.due_on else 0
        told.add(row.code)
        yield Owed(
            row.code, row.name, flow.title.in_(viewer.language), row.submission_id,
            deadline_label(flow, row.deadline, viewer.language), row.due_on, days,
            asked=flow.states[row.state].clock == "restarts",
        )  # fmt: skip

    yield from _waiting(connection, desk, viewer, told)


def _waiting(connection: Connection, desk: Desk, viewer: Viewer, told: set[str]) -> Iterator[Owed]:
    """Dossiers in the unit's own hands for which no day is set."""
    query = (
        select(_N.c.code, _N.c.name, _N.c.submission_id, _N.c.state, _N.c.flow_version_id)
        .where(seen(viewer.sight), _N.c.archived_at.is_(None), _N.c.outcome.is_(None), _N.c.state == _N.c.shown_state)
        .order_by(_N.c.id)
    )
    for row in connection.execute(query):
        flow = desk.flows.get(connection, row.flow_version_id).flow
        state = flow.states.get(row.state)
        if row.code not in told and state is not None and state.owner in UNIT_ROLES and state.final is None:
            yield Owed(
                row.code, row.name, flow.title.in_(viewer.language), row.submission_id,
                state.unit.in_(viewer.language), None, 0, asked=state.clock == "restarts",
            )  # fmt: skip


def _standing(connection: Connection, desk: Desk, viewer: Viewer) -> tuple[Standing, ...]:
    query = (
        select(_N.c.flow_version_id, _N.c.shown_state, _N.c.id)
        .join(Round, col(Round.id) == _N.c.round_id)
        .where(seen(viewer.sight), col(Round.closed_at).is_(None))
    )
    found: Counter[tuple[str, str | None, str]] = Counter()
    for row in connection.execute(query):
        state = desk.flows.get(connection, row.flow_version_id).flow.states.get(row.shown_state)
        if state is not None:
            found[state.unit.in_(viewer.language), state.final, state.owner or ""] += 1
    return tuple(Standing(*key, amount) for key, amount in found.items())


def _recent(connection: Connection, viewer: Viewer) -> tuple[Any, ...]:
    query = (
        select(_N.c.code, _N.c.name, _N.c.shown_state, _N.c.flow_version_id, _N.c.submission_id)
        .where(seen(viewer.sight))
        .order_by(_N.c.id.desc())
        .limit(MOST_RECENT)
    )
    return tuple(connection.execute(query))


# ── the road of one dossier ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the road in released words: done (with its day), where it stands now, or still ahead."""

    label: str
    status: str
    on: date | None = None
    role: str = ""


def road(found: Dossier, language: Language) -> tuple[Stage, ...]:
    """The steps a dossier has taken and has still to take, as its unit may know them, each label once."""
    stages: dict[str, Stage] = {}
    for event in found.timeline:
        if event.state is not None:
            label = event.state.unit.in_(language)
            stages.pop(label, None)
            stages[label] = Stage(label, "done", event.on)
    if found.state is None:
        return tuple(stages.values())
    here = found.state.unit.in_(language)
    entered = stages.pop(here, None)
    stages[here] = Stage(
        here, "ended" if found.state.final else "now", entered.on if entered else None, found.state.owner or ""
    )
    if not found.state.final:
        for state in ahead(found.flow, found.state.id):
            label = state.unit.in_(language)
            stages.setdefault(label, Stage(label, "ahead"))
    return tuple(stages.values())


def ahead(flow: Flow, start: str) -> tuple[State, ...]:
    """The states on the shortest way from here to a good end, by ordinary transitions; empty when there is none."""
    came: dict[str, str] = {start: ""}
    waiting = [start]
    while waiting:
        state = waiting.pop(0)
        if flow.states[state].final == "positive":
            way = []
            while state != start:
                way.append(flow.states[state])
                state = came[state]
            return tuple(reversed(way))
        for transition in flow.leaving(state):
            if transition.exceptional or transition.effect == "change_award":
                continue
            for branch in transition.branches:
                if branch.to in flow.states and branch.to not in came:
                    came[branch.to] = state
                    waiting.append(branch.to)
    return ()


# ── what a supplement asks for ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a supplement: by whom it was made is the desk's affair; all its defects, at once."""

    on: date
    due_on: date | None
    defects: tuple[str, ...]


def asked(desk: Desk, viewer: Viewer, code: str) -> Asked | None:
    """The last request that is still open for this dossier; None when nothing is asked. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
        flow = desk.flows.get(connection, row.flow_version_id).flow
        state = flow.states.get(row.state)
        if row.state != row.shown_state or state is None or state.clock != "restarts":
            return None
        event = connection.execute(
            select(_E.c.data, _E.c.occurred_on, col(Act.fields).label("act_fields"))
            .join(Act, col(Act.id) == _E.c.act_id)
            .where(_E.c.nomination_id == row.id, _E.c.to_state == row.state)
            .order_by(_E.c.version.desc())
            .limit(1)
        ).first()
        due_on = connection.execute(
            select(_D.c.due_on).where(
                _D.c.nomination_id == row.id, _D.c.name == f"state.{row.state}", _D.c.closed_on.is_(None)
            )
        ).scalar()
    if event is None:
        return None
    fields: Mapping[str, Any] = {**event.act_fields, **event.data.get("fields", {})}
    defects = next((tuple(map(str, value)) for value in fields.values() if isinstance(value, list)), ())
    return Asked(event.occurred_on, due_on, defects)
