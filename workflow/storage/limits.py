"""Deadline rows: opened, closed, stopped and let run on, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select, update
from sqlmodel import col

from notifications.prepared import Prepared
from notifications.sql import among_given
from workflow.storage.tables import Deadline
from workflow.storage.writing import TableWriter

_T: Table = Deadline.__table__  # type: ignore[attr-defined]
_OPENED = (
    "nomination_id", "name", "run", "rule", "derivation", "opened_on", "due_on", "next_reminder_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """One open deadline as a row."""

    nomination_id: int
    name: str
    run: int
    rule: str
    derivation: str
    opened_on: date
    due_on: date | None
    stopped_on: date | None
    next_reminder_at: datetime | None


_OPEN = Prepared(
    select(*(_T.c[name] for name in OpenLimit.__slots__))
    .where(among_given(_T.c.nomination_id, "ids"), _T.c.closed_on.is_(None))
    .order_by(_T.c.nomination_id, _T.c.name, _T.c.run),
    OpenLimit,
)


def close(connection: Connection, rows: Sequence[tuple[int, str]], on: date, cause: str) -> int:
    """Close these (nomination, name) wherever they are open; returns how many were."""
    if not rows:
        return 0
    writer = TableWriter(
        _T, ("closed_on", "close_cause", "next_reminder_at", "nomination_id", "name"), connection.dialect
    )
    return writer.update(
        connection,
        ("closed_on", "close_cause", "next_reminder_at"),
        ("nomination_id", "name"),
        [(on, cause, None, nomination_id, name) for nomination_id, name in rows],
        also="closed_on IS NULL",
    )


def open_(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert deadlines; a row holds the values of `_OPENED` in order."""
    if rows:
        TableWriter(_T, _OPENED, connection.dialect).insert(connection, rows)


def open_of(connection: Connection, nomination_ids: Iterable[int]) -> list[OpenLimit]:
    """Every open deadline of these nominations."""
    return _OPEN.all(connection, ids=sorted(set(nomination_ids)))


def change(connection: Connection, limit: OpenLimit, **values: Any) -> None:
    """Set columns of one deadline (a new due day, a stop, the derivation that explains it)."""
    connection.execute(
        update(Deadline)
        .where(
            col(Deadline.nomination_id) == limit.nomination_id,
            col(Deadline.name) == limit.name,
            col(Deadline.run) == limit.run,
        )
        .values(**values)
    )


def history_of(connection: Connection, nomination_id: int) -> list[Any]:
    """Every deadline of a nomination, closed ones too, oldest first."""
    query = select(_T).where(_T.c.nomination_id == nomination_id).order_by(_T.c.opened_on, _T.c.name, _T.c.run)
    return list(connection.execute(query))
