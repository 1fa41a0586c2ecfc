"""The audit chain in the database: appended to as the last step of a transaction, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text
from sqlmodel import col

from notifications.columns import to_json
from notifications.prepared import Prepared
from workflow.domain import audit
from workflow.storage.tables import AuditEntry, AuditOpening

_LOCK = 7_504_120_210  # any fixed number: the chain's own advisory lock


_HEAD = Prepared(select(col(AuditEntry.number), col(AuditEntry.hash)).order_by(col(AuditEntry.number).desc()).limit(1))
_ENTRY = Prepared(insert(AuditEntry))
_OPENING = Prepared(insert(AuditOpening))


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; (0, genesis) for an empty chain."""
    row = _HEAD.first(connection)
    return (row[0], row[1]) if row else (0, audit.GENESIS)


def append(
    connection: Connection,
    *,
    kind: str,
    payload: Mapping[str, Any],
    secrets: Mapping[str, tuple[str, str]],
    now: datetime,
) -> str:
    """Add one entry and return its hash. `secrets` maps a name to (salt, text); only commitments enter the chain."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    number, prev = head(connection)
    commitments = {name: audit.commitment(salt, value) for name, (salt, value) in secrets.items()}
    body = to_json({**payload, "commitments": commitments})
    digest = audit.link(prev, number + 1, stamp(now), kind, body)
    entry = dict(number=number + 1, prev=prev, hash=digest, recorded_at=now, kind=kind, payload=body)
    _ENTRY.run(connection, entry)
    if secrets:
        rows = [
            {"number": number + 1, "name": name, "salt": salt, "value": value}
            for name, (salt, value) in secrets.items()
        ]
        _OPENING.run(connection, *rows)
    return digest


def stamp(instant: datetime) -> str:
    """An instant as the chain spells it: UTC, microseconds, Z."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """The whole chain in order, as the stand-alone verifier reads it."""
    table = AuditEntry.__table__  # type: ignore[attr-defined]
    for row in connection.execution_options(yield_per=1000).execute(select(table).order_by(table.c.number)):
        yield _entry(row)


def _entry(row: Any) -> dict[str, Any]:
    return {
        "number": row.number, "prev": row.prev, "hash": row.hash,
        "recorded_at": stamp(row.recorded_at), "kind": row.kind, "payload": row.payload,
    }  # fmt: skip


def last(connection: Connection, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest entries, newest first, as `entries` gives them."""
    table = AuditEntry.__table__  # type: ignore[attr-defined]
    query = select(table).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.number < before)
    return [_entry(row) for row in connection.execute(query)]


def openings(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """What these entries committed to, by number and name, as far as nobody was erased."""
    table = AuditOpening.__table__  # type: ignore[attr-defined]
    found: dict[int, dict[str, str]] = {}
    for row in connection.execute(select(table).where(table.c.number.in_(numbers))):
        found.setdefault(row.number, {})[row.name] = row.value
    return found
