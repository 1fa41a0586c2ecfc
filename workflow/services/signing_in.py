"""Who may come in: by password and, where there is one, a second factor; by a trusted proxy; by an identity provider.

Every way ends in a new session with a new token. Nothing here tells whether an account exists. Passwords are compared
outside any transaction: that takes long, and a database may have one writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from workflow.domain import vietnamese
from workflow.services import second_factor, sessions, throttling
from workflow.services.accounts import When, forget_old_links, make, note
from workflow.services.desk import Desk
from workflow.services.sessions import Limits, digest
from workflow.services.throttling import TooMany
from workflow.storage import directory
from workflow.storage.database import read, write
from workflow.storage.tables import Person
from workflow.storage.tables_access import Account, OneTimeToken, WebSession

_A: Table = Account.__table__  # type: ignore[attr-defined]
_S: Table = WebSession.__table__  # type: ignore[attr-defined]
_T: Table = OneTimeToken.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]

BETWEEN = timedelta(minutes=5)
"""How long the right password waits for its code."""
KNOWN_FOR = timedelta(days=30)
"""For so long an address from which somebody signed in counts as his own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where somebody signs in from, as his own list of sessions will say it."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `token` goes into the cookie and is told once."""

    token: str
    account_id: int


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right; `token` stands for that until the code comes too."""

    token: str


class Wrong:
    """Not right, or no such account: nobody is told which."""


class Over:
    """Too long since the password: begin again."""


# ── password, then code ──────────────────────────────────────────────────────────────────────────


def by_password(
    desk: Desk, login: str, password: str, caller: Caller, at: When, limits: Limits
) -> SignedIn | CodeNeeded | Wrong | TooMany:
    """Try this login and password."""
    name = vietnamese.nfc(login).strip().lower()[:254]
    row, known_here = _account(desk, name, caller.address, at.machine)
    counted = throttling.count(desk, throttling.bounds(name, caller.address, known_here=known_here), at.machine)
    if isinstance(counted, TooMany):
        return counted
    right = desk.passwords.is_right(password, row.password_hash if row is not None else None)
    if not right or row is None or row.disabled_at is not None:
        return Wrong()
    rehashed = desk.passwords.hashed(password) if desk.passwords.is_outdated(row.password_hash) else None
    with write(desk.engine) as connection:
        throttling.strike_off(connection, counted)
        if rehashed is not None:
            connection.execute(update(_A).where(_A.c.id == row.id).values(password_hash=rehashed))
        forget_old_links(connection, at.machine)
        if row.totp_confirmed_at is not None:
            return CodeNeeded(_wait_for_code(connection, desk, row, at.machine))
        return _begin(connection, desk, row, caller, at, limits, way="password")


def _account(desk: Desk, login: str, address: str, now: datetime) -> tuple[Any, bool]:
    """The account of this login, and whether its owner has lately signed in from this address."""
    with read(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.login == login)).first()
        if row is None:
            return None, False
        mine = select(_S.c.account_id).where(
            _S.c.account_id == row.id, _S.c.address == address[:64], _S.c.created_at > now - KNOWN_FOR
        )
        return row, connection.execute(mine.limit(1)).first() is not None


def _wait_for_code(connection: Connection, desk: Desk, row: Any, now: datetime) -> str:
    token = desk.entropy(32)
    connection.execute(
        insert(_T).values(
            token_sha256=digest(token), kind="second", person_id=row.person_id, payload={}, created_at=now,
            expires_at=now + BETWEEN,
        )
    )  # fmt: skip
    return token


def by_code(
    desk: Desk, token: str, typed: str, caller: Caller, at: When, limits: Limits
) -> SignedIn | Wrong | Over | TooMany:
    """Try this code after the password whose `CodeNeeded` carried `token`."""
    row = _waiting(desk, token, at.machine)
    if row is None:
        return Over()
    counted = throttling.count(desk, throttling.bounds(row.login, caller.address, known_here=True), at.machine)
    if isinstance(counted, TooMany):
        return counted
    with write(desk.engine) as connection:
        found = second_factor.use(connection, row.id, typed, at.machine)
        if not found:
            return Wrong()
        throttling.strike_off(connection, counted)
        connection.execute(delete(_T).where(_T.c.token_sha256 == digest(token)))
        if found == "recovery":
            note(connection, desk, "account_recovery_used", {"account": row.id}, "", at.business)
        return _begin(connection, desk, row, caller, at, limits, way="password", second_factor=True)


def is_code(desk: Desk, account_id: int, typed: str, caller: Caller, now: datetime) -> bool | TooMany:
    """Whether this is a code of somebody who is signed in; it is used up, and wrong ones count as failures."""
    with read(desk.engine) as connection:
        login = connection.execute(select(_A.c.login).where(_A.c.id == account_id)).scalar_one()
    counted = throttling.count(desk, throttling.bounds(login, caller.address, known_here=True), now)
    if isinstance(counted, TooMany):
        return counted
    with write(desk.engine) as connection:
        if not second_factor.use(connection, account_id, typed, now):
            return False
        throttling.strike_off(connection, counted)
    return True


def _waiting(desk: Desk, token: str, now: datetime) -> Any:
    query = (
        select(_A)
        .join(_T, _T.c.person_id == _A.c.person_id)
        .where(_T.c.token_sha256 == digest(token), _T.c.kind == "second", _T.c.expires_at > now)
        .where(_T.c.used_at.is_(None), _A.c.disabled_at.is_(None))
    )
    with read(desk.engine) as connection:
        return connection.execute(query).first()


def _begin(
    connection: Connection,
    desk: Desk,
    row: Any,
    caller: Caller,
    at: When,
    limits: Limits,
    *,
    way: str,
    second_factor: bool = False,
) -> SignedIn:
    token = sessions.begin(
        connection, desk, row.id, at.machine, limits, way=way, second_factor=second_factor, address=caller.address,
        browser=caller.browser,
    )  # fmt: skip
    return SignedIn(token, row.id)


def as_owner(desk: Desk, account_id: int, caller: Caller, at: When, limits: Limits) -> SignedIn:
    """Whoever has just taken up the invitation of this account is in."""
    with write(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
        return _begin(connection, desk, row, caller, at, limits, way="password")


# ── others vouch ─────────────────────────────────────────────────────────────────────────────────


def by_proxy(desk: Desk, name: str, caller: Caller, at: When, limits: Limits) -> SignedIn | None:
    """A trusted proxy says that this is `name`, a person's key or a login. None without an account in force."""
    with write(desk.engine) as connection:
        row = _named(connection, name)
        return None if row is None else _begin(connection, desk, row, caller, at, limits, way="proxy")


def _named(connection: Connection, name: str) -> Any:
    login = vietnamese.nfc(name).strip().lower()[:254]
    row = connection.execute(select(_A).where(_A.c.login == login, _A.c.disabled_at.is_(None))).first()
    if row is not None:
        return row
    person = directory.find(connection, name)
    if person is None:
        return None
    return connection.execute(select(_A).where(_A.c.person_id == person.id, _A.c.disabled_at.is_(None))).first()


def by_subject(
    desk: Desk, subject: str, verified_email: str, caller: Caller, at: When, limits: Limits, *, link: bool
) -> SignedIn | None:
    """An identity provider vouches for `subject` (`issuer|sub`). None without an account in force.

    Only where `link` allows it, and once, an account that has no subject yet is found by an address that the provider
    has verified: after that the subject alone counts, since addresses are given to others.
    """
    with write(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.subject == subject)).first()
        if row is None and link and verified_email:
            row = _to_link(connection, vietnamese.nfc(verified_email).strip().lower())
            if row is not None:
                connection.execute(update(_A).where(_A.c.id == row.id).values(subject=subject))
                note(connection, desk, "account_linked", {"account": row.id}, "", at.business)
        if row is None or row.disabled_at is not None:
            return None
        return _begin(connection, desk, row, caller, at, limits, way="oidc", second_factor=True)


def _to_link(connection: Connection, email: str) -> Any:
    query = (
        select(_A)
        .join(_P, _P.c.id == _A.c.person_id)
        .where(_A.c.subject.is_(None), _A.c.disabled_at.is_(None), (_A.c.login == email) | (_P.c.email == email))
    )
    rows = connection.execute(query.limit(2)).all()
    return rows[0] if len(rows) == 1 else None


# ── a rehearsal ──────────────────────────────────────────────────────────────────────────────────


def as_person(desk: Desk, person: str, caller: Caller, at: When, limits: Limits) -> SignedIn | None:
    """Be this person of a rehearsal. Whoever calls has made sure that the database is one. None for nobody."""
    with write(desk.engine) as connection:
        found = directory.find(connection, person)
        if found is None:
            return None
        row = connection.execute(select(_A).where(_A.c.person_id == found.id)).first()
        if row is None:
            login = directory.key_of(found.root_unit, found.code).lower()
            account_id = make(connection, found.id, login, "demo", at.machine)
            row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
        if row.disabled_at is not None:
            return None
        return _begin(connection, desk, row, caller, at, limits, way="demo")
