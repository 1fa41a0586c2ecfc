"""The log of who took what out or read something sensitive: written by those who hand it out, read by the auditor.

It is no part of the audit chain: reading changes nothing that could be put in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, insert, select

from workflow.services.desk import Desk
from workflow.storage.database import read, write
from workflow.storage.tables_access import AccessLog

_T: Table = AccessLog.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Access:
    """Who (`person`, his key) did what (`action`) and when; `detail` names what it was about, never what it said."""

    id: int
    at: datetime
    person: str
    action: str
    detail: str


def record(desk: Desk, person: str, action: str, detail: str, now: datetime) -> None:
    """`now` is the machine's clock."""
    with write(desk.engine) as connection:
        connection.execute(insert(_T).values(at=now, person=person, action=action[:60], detail=detail))


def listed(desk: Desk, *, person: str = "", before: int | None = None, limit: int = 100) -> list[Access]:
    """Newest first; the next page is `before` the last id of this one."""
    query = select(*(_T.c[name] for name in Access.__slots__)).order_by(_T.c.id.desc()).limit(limit)
    if person:
        query = query.where(_T.c.person == person)
    if before is not None:
        query = query.where(_T.c.id < before)
    with read(desk.engine) as connection:
        return [Access(*row) for row in connection.execute(query)]
