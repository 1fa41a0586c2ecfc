"""Sessions of browsers: begun at sign-in, found at every request, ended when idle, too old, or on request.

A browser holds a random token, the table only its SHA-256. Times here are the machine's: half an hour without a click
is half an hour also in a rehearsal whose clock stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlmodel import col

from workflow.services.desk import Desk
from workflow.storage.database import read, write
from workflow.storage.tables import Person
from workflow.storage.tables_access import Account, WebSession

_S: Table = WebSession.__table__  # type: ignore[attr-defined]
SEEN_EVERY = timedelta(minutes=1)
"""A click within this time of the last one is not written down: pages must not cost a write each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives without a click, and at the most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that is in force, and whose it is."""

    token_sha256: str
    account_id: int
    person: str
    login: str
    email: str
    person_language: str
    language: str
    csrf: str
    way: str
    second_factor: bool
    proved_at: datetime
    seen_at: datetime


def digest(token: str) -> str:
    """What the table knows of a token."""
    return sha256(token.encode()).hexdigest()


def begin(
    connection: Connection,
    desk: Desk,
    account_id: int,
    now: datetime,
    limits: Limits,
    *,
    way: str,
    second_factor: bool = False,
    address: str = "",
    browser: str = "",
    language: str = "",
) -> str:
    """A new session in the caller's transaction; its token, which is told once. `now` is the machine's."""
    token = desk.entropy(32)
    connection.execute(
        insert(_S).values(
            token_sha256=digest(token), account_id=account_id, csrf=desk.entropy(24), way=way,
            second_factor=second_factor, address=address[:64], browser=browser[:200], language=language,
            created_at=now, seen_at=now, proved_at=now, expires_at=now + limits.absolute,
        )
    )  # fmt: skip
    connection.execute(update(Account).where(col(Account.id) == account_id).values(signed_in_at=now))
    return token


def find(desk: Desk, token: str, now: datetime, limits: Limits) -> SignedIn | None:
    """The session behind a cookie, if it is in force and its account is not disabled. Marks it seen."""
    with read(desk.engine) as connection:
        found = _find(connection, token, now, limits)
    if found is not None and now - found.seen_at >= SEEN_EVERY:
        with write(desk.engine) as connection:
            connection.execute(update(_S).where(_S.c.token_sha256 == found.token_sha256).values(seen_at=now))
    return found


# Asked with every page: put together once.
_IN_FORCE = (
    select(
        _S, col(Account.login), col(Person.root_unit), col(Person.code), col(Person.email),
        col(Person.language).label("person_language"),
    )
    .join(Account, col(Account.id) == _S.c.account_id)
    .join(Person, col(Person.id) == col(Account.person_id))
    .where(_S.c.token_sha256 == bindparam("token"), _S.c.ended_at.is_(None), _S.c.expires_at > bindparam("now"))
    .where(_S.c.seen_at > bindparam("idle_since"), col(Account.disabled_at).is_(None), col(Person.erased_at).is_(None))
)  # fmt: skip


def _find(connection: Connection, token: str, now: datetime, limits: Limits) -> SignedIn | None:
    asked = {"token": digest(token), "now": now, "idle_since": now - limits.idle}
    row = connection.execute(_IN_FORCE, asked).first()
    if row is None:
        return None
    return SignedIn(
        row.token_sha256, row.account_id, f"{row.root_unit}/{row.code}", row.login, row.email, row.person_language,
        row.language, row.csrf, row.way, row.second_factor, row.proved_at, row.seen_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One of somebody's own sessions as his account page shows it."""

    token_sha256: str
    way: str
    second_factor: bool
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime


def listed(desk: Desk, account_id: int, now: datetime, limits: Limits) -> list[Listed]:
    """The sessions of this account that are in force, the one seen last first."""
    columns = (
        _S.c.token_sha256,
        _S.c.way,
        _S.c.second_factor,
        _S.c.address,
        _S.c.browser,
        _S.c.created_at,
        _S.c.seen_at,
    )
    query = select(*columns).where(
        _S.c.account_id == account_id, _S.c.ended_at.is_(None), _S.c.expires_at > now,
        _S.c.seen_at > now - limits.idle,
    )  # fmt: skip
    with read(desk.engine) as connection:
        return [Listed(*row) for row in connection.execute(query.order_by(_S.c.seen_at.desc(), _S.c.token_sha256))]


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A session that nobody ended and that ran out by itself: whose it was, and the token its forms carry."""

    account_id: int
    csrf: str


def timed_out(desk: Desk, token: str) -> TimedOut | None:
    """The session behind this token if it only ran out. Ask after `find` has found none in force."""
    query = (
        select(_S.c.account_id, _S.c.csrf)
        .join(Account, col(Account.id) == _S.c.account_id)
        .where(_S.c.token_sha256 == digest(token), _S.c.ended_at.is_(None), col(Account.disabled_at).is_(None))
    )
    with read(desk.engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else TimedOut(row.account_id, row.csrf)


def prove(desk: Desk, token_sha256: str, now: datetime, *, second_factor: bool = False) -> None:
    """Whoever sits there has just shown again who he is; with `second_factor`, by a code."""
    values: dict[str, object] = {"proved_at": now, **({"second_factor": True} if second_factor else {})}
    with write(desk.engine) as connection:
        connection.execute(update(_S).where(_S.c.token_sha256 == token_sha256).values(**values))


def end_all(connection: Connection, account_id: int, now: datetime, *, keep: str = "") -> int:
    """End every session of an account but `keep`, in the caller's transaction; how many ended."""
    open_ = (_S.c.account_id == account_id, _S.c.ended_at.is_(None), _S.c.token_sha256 != keep)
    return int(connection.execute(update(_S).where(*open_).values(ended_at=now)).rowcount)


def end_own(desk: Desk, account_id: int, token_sha256: str, now: datetime) -> bool:
    """End one session of this account; False when it has none such."""
    with write(desk.engine) as connection:
        own = (_S.c.token_sha256 == token_sha256, _S.c.account_id == account_id, _S.c.ended_at.is_(None))
        return connection.execute(update(_S).where(*own).values(ended_at=now)).rowcount == 1


def end(desk: Desk, token_sha256: str, now: datetime) -> None:
    """End one session; an ended one stays ended."""
    with write(desk.engine) as connection:
        connection.execute(
            update(_S).where(_S.c.token_sha256 == token_sha256, _S.c.ended_at.is_(None)).values(ended_at=now)
        )


def speak(desk: Desk, token_sha256: str, language: str) -> None:
    """Pages of this session come in `language` from now on."""
    with write(desk.engine) as connection:
        connection.execute(update(_S).where(_S.c.token_sha256 == token_sha256).values(language=language))
