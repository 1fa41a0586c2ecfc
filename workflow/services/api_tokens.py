"""Keys of programs: made by a person, for some of what he may do, until a day; told once and kept as a digest.

Times are the machine's: a key of ninety days ends after ninety real days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlmodel import col

from notifications.columns import to_json
from workflow.services.desk import Desk
from workflow.services.sessions import digest
from workflow.storage import chain
from workflow.storage.database import read, write
from workflow.storage.tables import Person
from workflow.storage.tables_access import Account, ApiToken

SCOPES = ("read", "act", "import", "export", "events")
"""What a key may be for. None of them lets its holder do what his person may not."""
LONGEST_DAYS = 366
MARK = "khen_"
_T: Table = ApiToken.__table__  # type: ignore[attr-defined]
_SEEN_EVERY = timedelta(minutes=1)


class TokenRefused(ValueError):
    """The key cannot be made. `code` and `params` name the sentence; nothing was written."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key it is, and what for."""

    token_id: int
    account_id: int
    person: str
    email: str
    language: str
    scopes: frozenset[str]


def make(
    desk: Desk,
    account_id: int,
    person: str,
    name: str,
    scopes: Iterable[str],
    days: int,
    *,
    machine_now: datetime,
    now: datetime,
) -> str:
    """A new key of this account; returned once, never to be seen again. Raises TokenRefused.

    It ends by the machine's clock; `now`, the business clock, is what the audit chain goes by.
    """
    wanted = [each for each in SCOPES if each in set(scopes)]
    unknown = sorted(set(scopes) - set(SCOPES))
    if not name.strip():
        raise TokenRefused("token_name")
    if unknown or not wanted:
        raise TokenRefused("token_scopes", known=SCOPES, unknown=unknown)
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenRefused("token_days", most=LONGEST_DAYS)
    token = MARK + desk.entropy(24)
    with write(desk.engine) as connection:
        made = connection.execute(
            insert(_T).values(
                token_sha256=digest(token), account_id=account_id, name=name.strip()[:120], scopes=wanted,
                created_at=machine_now, expires_at=machine_now + timedelta(days=days),
            )
        )  # fmt: skip
        assert made.inserted_primary_key is not None
        number = int(made.inserted_primary_key[0])
        _note(desk, connection, "token_made", {"token": number, "scopes": wanted}, person, now)
    return token


def of_account(desk: Desk, account_id: int) -> Sequence[Any]:
    """The account's keys, newest first, ended ones included; never the keys themselves."""
    columns = (_T.c.id, _T.c.name, _T.c.scopes, _T.c.created_at, _T.c.expires_at, _T.c.used_at, _T.c.revoked_at)
    query = select(*columns).where(_T.c.account_id == account_id).order_by(_T.c.id.desc())
    with read(desk.engine) as connection:
        return connection.execute(query).all()


def revoke(desk: Desk, account_id: int, token_id: int, person: str, *, machine_now: datetime, now: datetime) -> bool:
    """End a key of this account, at once; False when there is no such key in force."""
    with write(desk.engine) as connection:
        ended = connection.execute(
            update(_T)
            .where(_T.c.id == token_id, _T.c.account_id == account_id, _T.c.revoked_at.is_(None))
            .values(revoked_at=machine_now)
        )
        if ended.rowcount:
            _note(desk, connection, "token_ended", {"token": token_id}, person, now)
        return bool(ended.rowcount)


def find(desk: Desk, token: str, now: datetime) -> Holder | None:
    """The holder of a key in force whose account is not disabled; None otherwise. Marks the key used."""
    if not token.startswith(MARK):
        return None
    query = (
        select(
            _T.c.id, _T.c.account_id, _T.c.scopes, _T.c.used_at, col(Person.root_unit), col(Person.code),
            col(Person.email), col(Person.language),
        )
        .join(Account, col(Account.id) == _T.c.account_id)
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(_T.c.token_sha256 == digest(token), _T.c.revoked_at.is_(None), _T.c.expires_at > now)
        .where(col(Account.disabled_at).is_(None), col(Person.erased_at).is_(None))
    )  # fmt: skip
    with read(desk.engine) as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    if row.used_at is None or now - row.used_at >= _SEEN_EVERY:
        with write(desk.engine) as connection:
            connection.execute(update(_T).where(_T.c.id == row.id).values(used_at=now))
    person = f"{row.root_unit}/{row.code}"
    return Holder(row.id, row.account_id, person, row.email, row.language, frozenset(row.scopes))


def _note(desk: Desk, connection: Any, kind: str, payload: dict[str, Any], person: str, now: datetime) -> None:
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(person))}, now=now)
