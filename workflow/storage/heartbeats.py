"""The last sign of life of each job that runs by the clock, kept beside the facts of the installation.

What counts as late is said here too, so that `doctor`, a health page and a monitor give one answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from notifications.columns import to_json
from workflow.storage.tables import Installation

PREFIX = "heartbeat."
_T = Installation.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a job's last run ended. `every` is how often it should run, in seconds; `by` is host and process."""

    at: datetime
    every: float
    ok: bool
    milliseconds: int
    by: str
    error: str = ""

    def late(self, now: datetime) -> bool:
        """Two intervals without a sign, and a minute for the slowest commit. A clock set back counts as late."""
        return abs(now - self.at) > timedelta(seconds=2 * self.every + 60)


def beat(connection: Connection, job: str, heartbeat: Heartbeat) -> None:
    """Keep the last heartbeat of `job`; the one before is gone."""
    value = to_json({**asdict(heartbeat), "at": heartbeat.at.isoformat()})
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Installation).values(name=PREFIX + job, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def last(connection: Connection, job: str) -> Heartbeat | None:
    """The last heartbeat of one job; None if it never ran on this database."""
    value = connection.execute(select(_T.c.value).where(_T.c.name == PREFIX + job)).scalar()
    return _read(value) if value else None


def everyone(connection: Connection) -> Mapping[str, Heartbeat]:
    """The last heartbeat of every job that ever ran, by its name."""
    rows = connection.execute(select(_T).where(_T.c.name.startswith(PREFIX, autoescape=True)).order_by(_T.c.name))
    return {row.name.removeprefix(PREFIX): _read(row.value) for row in rows}


def _read(value: str) -> Heartbeat:
    found = json.loads(value)
    return Heartbeat(**{**found, "at": datetime.fromisoformat(found["at"])})
