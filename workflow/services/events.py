"""What happened since a point: for programs that keep a copy of where dossiers stand.

The point is the number of an entry of the audit chain. Entries are numbered in the order in which they were
committed, so that nobody who goes on from one can miss another; ids of acts are not, where several write at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlmodel import col

from workflow.services.desk import Desk
from workflow.storage.database import read
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import Act, AuditEntry, Event, Nomination, Unit

MOST_ENTRIES = 100
_E: Table = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: a dossier went from one state to another (or stayed) in an act. Names of people are left out."""

    entry: int
    act: int
    code: str
    unit: str
    flow: str
    version: int
    transition: str
    from_state: str
    to_state: str
    occurred_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Since:
    """Events after a point, in order; the next question begins at `next`. `more`: there are some already."""

    events: tuple[Happened, ...]
    next: int
    more: bool


def since(desk: Desk, sight: Sight, entry: int, limit: int = MOST_ENTRIES) -> Since:
    """Events of the next `limit` acts after entry number `entry`, of dossiers within sight."""
    limit = max(1, min(limit, MOST_ENTRIES))
    with read(desk.engine) as connection:
        acts = _acts(connection, entry, limit + 1)
        shown = dict(list(acts.items())[:limit])
        events = tuple(_events(connection, shown, sight))
    return Since(events, max(shown, default=entry), len(acts) > limit)


def of_entries(connection: Connection, entries: Iterable[int]) -> dict[int, tuple[Happened, ...]]:
    """Events of these entries, by entry, whatever dossiers they are about."""
    wanted = sorted(set(entries))
    rows = connection.execute(
        select(col(AuditEntry.number), col(AuditEntry.payload)).where(col(AuditEntry.number).in_(wanted))
    )
    acts = {row.number: _act_of(row.payload) for row in rows}
    found: dict[int, list[Happened]] = {number: [] for number in acts}
    for each in _events(connection, acts, Sight(everything=True)):
        found[each.entry].append(each)
    return {number: tuple(events) for number, events in found.items()}


def acts_after(connection: Connection, entry: int, limit: int) -> dict[int, tuple[int, str]]:
    """The next acts in the chain: entry number → (act id, transition)."""
    query = (
        select(col(AuditEntry.number), col(AuditEntry.payload))
        .where(col(AuditEntry.number) > entry, col(AuditEntry.kind) == "act")
        .order_by(col(AuditEntry.number))
        .limit(limit)
    )
    found = {}
    for row in connection.execute(query):
        payload = json.loads(row.payload)
        found[row.number] = (int(payload["act"]), str(payload["transition"]))
    return found


def _acts(connection: Connection, entry: int, limit: int) -> dict[int, int]:
    return {number: act for number, (act, _) in acts_after(connection, entry, limit).items()}


def _act_of(payload: str) -> int:
    return int(json.loads(payload)["act"])


def _events(connection: Connection, acts: Mapping[int, int], sight: Sight) -> Iterable[Happened]:
    entry_of = {act: entry for entry, act in acts.items()}
    nomination: Table = Nomination.__table__  # type: ignore[attr-defined]
    query = (
        select(
            _E.c.act_id, _E.c.version, _E.c.transition, _E.c.from_state, _E.c.to_state, _E.c.occurred_on,
            _E.c.recorded_at, nomination.c.code, nomination.c.flow_id, col(Unit.code).label("unit"),
        )
        .join(nomination, nomination.c.id == _E.c.nomination_id)
        .join(Unit, col(Unit.id) == nomination.c.unit_id)
        .join(Act, col(Act.id) == _E.c.act_id)
        .where(_E.c.act_id.in_(sorted(entry_of)), seen(sight))
        .order_by(_E.c.act_id, _E.c.nomination_id, _E.c.version)
    )  # fmt: skip
    rows: list[Any] = sorted(connection.execute(query), key=lambda row: entry_of[row.act_id])
    return (
        Happened(
            entry_of[row.act_id], row.act_id, row.code, row.unit, row.flow_id, row.version, row.transition,
            row.from_state, row.to_state, row.occurred_on, row.recorded_at,
        )
        for row in rows
    )  # fmt: skip
