"""What somebody had typed when his session ended, kept for him alone until he has signed in again.

Neither passwords nor files nor the form's own token are kept. A form that nobody asks for is forgotten after a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, insert, select

from workflow.services.desk import Desk
from workflow.services.sessions import digest
from workflow.storage.database import read, write
from workflow.storage.tables_access import KeptForm

_K: Table = KeptForm.__table__  # type: ignore[attr-defined]
LIVES = timedelta(days=7)
NEVER = ("csrf", "password", "otp")
"""A field whose name has one of these in it is not kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: where to, its fields in order, and the names of the files it had."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    created_at: datetime


def keep(
    desk: Desk, account_id: int, path: str, pairs: Iterable[tuple[str, str]], files: Sequence[str], now: datetime
) -> str:
    """Keep it for this account; the token under which it is asked for."""
    fields = [[name, value] for name, value in pairs if not any(word in name.lower() for word in NEVER)]
    token = desk.entropy(16)
    with write(desk.engine) as connection:
        connection.execute(delete(_K).where(_K.c.created_at < now - LIVES))
        connection.execute(
            insert(_K).values(
                token_sha256=digest(token), account_id=account_id, path=path,
                fields={"fields": fields, "files": list(files)}, created_at=now,
            )
        )  # fmt: skip
    return token


def find(desk: Desk, account_id: int, token: str, now: datetime) -> Kept | None:
    """The form behind this token, for the account it was kept for and no other."""
    with read(desk.engine) as connection:
        row = connection.execute(
            select(_K).where(
                _K.c.token_sha256 == digest(token), _K.c.account_id == account_id, _K.c.created_at > now - LIVES
            )
        ).first()
    if row is None:
        return None
    fields = tuple((name, value) for name, value in row.fields["fields"])
    return Kept(row.path, fields, tuple(row.fields["files"]), row.created_at)


def discard(desk: Desk, account_id: int, token: str) -> None:
    """It was sent after all, or is not wanted any more."""
    with write(desk.engine) as connection:
        connection.execute(delete(_K).where(_K.c.token_sha256 == digest(token), _K.c.account_id == account_id))
