"""Accounts: made by invitation, given a password by their owner alone, stopped and opened again.

Each public function is one transaction; every change leaves one entry in the audit chain, never with a secret in it.
A link that a mail carries works once; whoever runs the system can send one, but never sees or chooses a password.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlmodel import col

from definitions.calendar import LOCAL, local_day
from notifications import addresses, outbox
from notifications.columns import to_json
from notifications.errors import AddressRefused
from notifications.mail import MailRequest
from workflow.domain import vietnamese
from workflow.services import passwords, throttling
from workflow.services.desk import Desk
from workflow.services.mailing import message_ids
from workflow.services.sessions import digest, end_all
from workflow.services.throttling import Bound
from workflow.storage import chain, directory
from workflow.storage.database import read, write
from workflow.storage.tables import Grant, Person, Unit
from workflow.storage.tables_access import Account, OneTimeToken

_A: Table = Account.__table__  # type: ignore[attr-defined]
_T: Table = OneTimeToken.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]

INVITE_LIVES = timedelta(days=7)
RESET_LIVES = timedelta(minutes=60)
INVITE_PATH = "/loi-moi/"
RESET_PATH = "/mat-khau-moi/"
"""Where the pages take a link up; the token follows."""
RESETS = Bound("", 3, timedelta(hours=1))
"""Mails with a new link that one account gets in an hour, however often it is asked for."""


class AccountError(ValueError):
    """It cannot be done as asked. `code` and `params` name the sentence; nothing was changed."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class When:
    """One moment on both clocks: what is recorded follows the business clock, what runs out the machine's."""

    business: datetime
    machine: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """What the house asks of passwords: characters without a second factor, and roles that need one."""

    length: int = 15
    second_factor_roles: frozenset[str] = frozenset()
    base_url: str = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation. `link` is told to whoever may pass it on, and is kept nowhere but in the mail."""

    account_id: int
    login: str
    link: str
    expires_at: datetime
    mailed_to: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a list shows it."""

    id: int
    person: str
    name: str
    login: str
    email: str
    has_password: bool
    has_second_factor: bool
    linked: bool
    disabled_at: datetime | None
    created_at: datetime
    signed_in_at: datetime | None


# ── inviting ─────────────────────────────────────────────────────────────────────────────────────


def invite(
    desk: Desk, person: str, login: str, by: str, at: When, rules: Rules, *, mail: bool = True, language: str = ""
) -> Invited:
    """Make the account if there is none and owe the person a link to choose a password. Raises AccountError.

    Asking again ends the links sent before. Without `mail` the link is only returned. An account that has a password
    is not invited: its owner asks for a new password himself.
    """
    folded = folded_login(login)
    with write(desk.engine) as connection:
        row = _person(connection, person)
        account_id = _account_to_invite(connection, row, folded, by, at.machine)
        to = _mailbox(row, folded) if mail else ""
        link, expires_at = _link(connection, desk, "invite", row.id, at.machine, INVITE_LIVES, rules, INVITE_PATH)
        if mail:
            _owe(connection, desk, "invite", row, to, link, expires_at, at, INVITE_LIVES, language, login=folded, by=by)
        note(connection, desk, "account_invited", {"account": account_id, "mailed": mail}, by, at.business)
    return Invited(account_id, folded, link, expires_at, to)


def folded_login(login: str) -> str:
    """How a login is kept and found: NFC, lower case, no blanks. Raises AccountError."""
    folded = vietnamese.nfc(login).strip().lower()
    if not folded or len(folded) > 254 or not folded.isprintable() or " " in folded:
        raise AccountError("account_login", login=login.strip()[:80])
    return folded


def _account_to_invite(connection: Connection, person: Any, login: str, by: str, now: datetime) -> int:
    known = connection.execute(select(_A).where(_A.c.person_id == person.id)).first()
    taken = connection.execute(select(_A.c.person_id).where(_A.c.login == login)).scalar()
    if taken is not None and taken != person.id:
        raise AccountError("account_login_taken", login=login)
    if known is None:
        return make(connection, person.id, login, by, now)
    if known.disabled_at is not None:
        raise AccountError("account_disabled", person=directory.key_of(person.root_unit, person.code))
    if known.password_hash is not None:
        raise AccountError("account_exists", person=directory.key_of(person.root_unit, person.code))
    connection.execute(update(_A).where(_A.c.id == known.id).values(login=login))
    return int(known.id)


def make(connection: Connection, person_id: int, login: str, by: str, now: datetime) -> int:
    """A new account without a password, in the caller's transaction; its number."""
    values = dict(person_id=person_id, login=login, recovery=[], totp_last_step=0, created_at=now, created_by=by[:80])
    made = connection.execute(insert(_A).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def _mailbox(person: Any, login: str) -> str:
    for given in (person.email, login):
        try:
            return addresses.parse(given)
        except AddressRefused:
            continue
    raise AccountError("account_no_mailbox", person=directory.key_of(person.root_unit, person.code))


# ── links ────────────────────────────────────────────────────────────────────────────────────────


def _link(
    connection: Connection,
    desk: Desk,
    kind: str,
    person_id: int,
    now: datetime,
    lives: timedelta,
    rules: Rules,
    path: str,
) -> tuple[str, datetime]:
    """A new link of this kind; those of the same kind that were out before end."""
    token = desk.entropy(32)
    waiting = (_T.c.person_id == person_id, _T.c.kind == kind, _T.c.used_at.is_(None))
    connection.execute(update(_T).where(*waiting).values(used_at=now))
    connection.execute(
        insert(_T).values(
            token_sha256=digest(token), kind=kind, person_id=person_id, payload={}, created_at=now,
            expires_at=now + lives,
        )
    )  # fmt: skip
    return f"{rules.base_url.rstrip('/')}{path}{token}", now + lives


def _owe(
    connection: Connection,
    desk: Desk,
    template: str,
    person: Any,
    to: str,
    link: str,
    expires_at: datetime,
    at: When,
    lives: timedelta,
    language: str,
    **words: str,
) -> None:
    context = {
        "actor_name": "", "due_on": _moment(expires_at), "note": words.get("login", ""), "link": link,
        "contact_name": desk.contact.name, "contact_email": desk.contact.email, "contact_phone": desk.contact.phone,
    }  # fmt: skip
    request = MailRequest(
        cause=f"{template}:{desk.entropy(8)}", address=to, name=person.name, language=language or person.language,
        template=template, context=context, useless_after=at.business + lives,
    )  # fmt: skip
    mode = "hold" if desk.hold_mail else "send"
    outbox.enqueue(connection, [request], now=at.business, message_id_of=message_ids(desk), mode=mode)


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(LOCAL):%H:%M %d/%m/%Y}"


def waiting(desk: Desk, kind: str, token: str, now: datetime) -> AccountRow | None:
    """Whose link this is, if it still works. Reading it uses nothing up: mail programs open links by themselves."""
    with read(desk.engine) as connection:
        person_id = _waiting(connection, kind, token, now)
        rows = [] if person_id is None else _rows(connection, _A.c.person_id == person_id)
    return rows[0] if rows and rows[0].disabled_at is None else None


def _waiting(connection: Connection, kind: str, token: str, now: datetime) -> int | None:
    query = select(_T.c.person_id).where(
        _T.c.token_sha256 == digest(token), _T.c.kind == kind, _T.c.used_at.is_(None), _T.c.expires_at > now
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def request_reset(desk: Desk, login: str, address: str, at: When, rules: Rules) -> throttling.TooMany | None:
    """Owe a link for a new password, if there is such an account. The caller learns nothing of whether there is.

    Only somebody at one address who asks again and again is told to wait.
    """
    name = vietnamese.nfc(login).strip().lower()[:254]
    asked = throttling.count(desk, [Bound(f"reset from {address}", 20, timedelta(hours=1))], at.machine)
    if isinstance(asked, throttling.TooMany):
        return asked
    often = throttling.count(desk, [Bound(f"reset {name}", RESETS.most, RESETS.window)], at.machine)
    if isinstance(often, throttling.TooMany):
        return None
    with write(desk.engine) as connection:
        account = connection.execute(select(_A).where(_A.c.login == name, _A.c.disabled_at.is_(None))).first()
        if account is None:
            return None
        person = connection.execute(select(_P).where(_P.c.id == account.person_id)).one()
        try:
            to = _mailbox(person, name)
        except AccountError:
            return None
        link, expires_at = _link(connection, desk, "reset", person.id, at.machine, RESET_LIVES, rules, RESET_PATH)
        _owe(connection, desk, "reset", person, to, link, expires_at, at, RESET_LIVES, "", login=name)
        note(connection, desk, "account_reset_asked", {"account": account.id}, "", at.business)
    return None


def code(desk: Desk, person: str, by: str, at: When, rules: Rules) -> Invited:
    """A link to choose a password, for the terminal: a first start without mail. Raises AccountError.

    For an account that has no password yet it is an invitation, else a reset.
    """
    with write(desk.engine) as connection:
        row = _person(connection, person)
        account = _account_of(connection, row, person)
        if account.disabled_at is not None:
            raise AccountError("account_disabled", person=person)
        kind, path = ("invite", INVITE_PATH) if account.password_hash is None else ("reset", RESET_PATH)
        link, expires_at = _link(connection, desk, kind, row.id, at.machine, RESET_LIVES, rules, path)
        note(connection, desk, "account_code", {"account": account.id, "kind": kind}, by, at.business)
    return Invited(int(account.id), account.login, link, expires_at, "")


# ── passwords ────────────────────────────────────────────────────────────────────────────────────


def choose(desk: Desk, kind: str, token: str, password: str, at: When, rules: Rules) -> int:
    """Take up an invitation or a reset: the password behind this link's account is now this; its number.

    The link is used up and every session of the account ends. Raises AccountError.
    """
    account = waiting(desk, kind, token, at.machine)
    if account is None:
        raise AccountError("link_over")
    _refuse_weak(desk, account.id, password, at, rules)
    kept = desk.passwords.hashed(password)
    with write(desk.engine) as connection:
        used = connection.execute(
            update(_T)
            .where(_T.c.token_sha256 == digest(token), _T.c.used_at.is_(None), _T.c.expires_at > at.machine)
            .values(used_at=at.machine)
        )
        if used.rowcount != 1:
            raise AccountError("link_over")
        _keep(connection, desk, account.id, kept, f"account_{kind}", account.person, at)
        end_all(connection, account.id, at.machine)
    return account.id


def change_password(
    desk: Desk, account_id: int, old: str, new: str, at: When, rules: Rules, *, keep: str, address: str = ""
) -> None:
    """The owner changes it; his other sessions end, `keep` (a token's SHA-256) goes on. Raises AccountError."""
    row = _checked(desk, account_id, old, at.machine, address)
    _refuse_weak(desk, account_id, new, at, rules)
    if row.password_hash is not None and vietnamese.nfc(old) == vietnamese.nfc(new):
        raise AccountError("password_same")
    kept = desk.passwords.hashed(new)
    with write(desk.engine) as connection:
        _keep(connection, desk, account_id, kept, "account_password", _key_of(connection, row.person_id), at)
        end_all(connection, account_id, at.machine, keep=keep)


def is_password(desk: Desk, account_id: int, password: str, now: datetime, address: str) -> bool:
    """Whether it is this account's. Wrong ones are counted as failures to sign in. Raises AccountError (too many)."""
    try:
        _checked(desk, account_id, password, now, address)
    except AccountError as error:
        if error.code == "password_wrong":
            return False
        raise
    return True


def _checked(desk: Desk, account_id: int, password: str, now: datetime, address: str) -> Any:
    """The account's row, after its password was given; one without a password has none to give. Raises AccountError."""
    with read(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
    if row.password_hash is None:
        return row
    counted = throttling.count(desk, throttling.bounds(row.login, address, known_here=True), now)
    if isinstance(counted, throttling.TooMany):
        raise AccountError("too_many", minutes=counted.minutes)
    if not desk.passwords.is_right(password, row.password_hash):
        raise AccountError("password_wrong")
    with write(desk.engine) as connection:
        throttling.strike_off(connection, counted)
    return row


def password_fault(desk: Desk, account_id: int, password: str, on: date, rules: Rules) -> str:
    """Why this cannot be the account's new password (see `passwords.fault`); "" when it can."""
    with read(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
        person = connection.execute(select(_P).where(_P.c.id == row.person_id)).one()
        unit = connection.execute(select(col(Unit.name)).where(col(Unit.code) == person.root_unit)).scalar() or ""
        least = least_length(connection, row, on, rules)
    context = (person.name, person.code, person.root_unit, unit, row.login, row.login.partition("@")[0], person.email)
    return passwords.fault(password, least, context)


def _refuse_weak(desk: Desk, account_id: int, password: str, at: When, rules: Rules) -> None:
    wrong = password_fault(desk, account_id, password, local_day(at.business), rules)
    if wrong:
        raise AccountError(f"password_{wrong}", least=shortest(desk, account_id, local_day(at.business), rules))


def shortest(desk: Desk, account_id: int, on: date, rules: Rules) -> int:
    """How many characters a new password of this account needs."""
    with read(desk.engine) as connection:
        return least_length(connection, connection.execute(select(_A).where(_A.c.id == account_id)).one(), on, rules)


def least_length(connection: Connection, account: Any, on: date, rules: Rules) -> int:
    """Eight beside a second factor that there is or must be, else as many as the house asks for."""
    if account.totp_confirmed_at is not None:
        return passwords.SHORTEST
    held = select(col(Grant.role)).where(
        col(Grant.person_id) == account.person_id, col(Grant.from_on) <= on,
        (col(Grant.until_on).is_(None)) | (col(Grant.until_on) > on),
    )  # fmt: skip
    roles = set(connection.execute(held).scalars())
    return rules.length if roles.isdisjoint(rules.second_factor_roles) else passwords.SHORTEST


def _keep(connection: Connection, desk: Desk, account_id: int, kept: str, kind: str, by: str, at: When) -> None:
    values = dict(password_hash=kept, password_changed_at=at.machine)
    connection.execute(update(_A).where(_A.c.id == account_id).values(**values))
    note(connection, desk, kind, {"account": account_id}, by, at.business)


# ── looking, stopping, opening again ─────────────────────────────────────────────────────────────


def accounts(desk: Desk) -> list[AccountRow]:
    """Every account, by the given name of its person."""
    with read(desk.engine) as connection:
        return _rows(connection)


def account(desk: Desk, account_id: int) -> AccountRow:
    with read(desk.engine) as connection:
        return _rows(connection, _A.c.id == account_id)[0]


def _rows(connection: Connection, *where: Any) -> list[AccountRow]:
    query = (
        select(_A, _P.c.root_unit, _P.c.code, _P.c.name, _P.c.email)
        .join(_P, _P.c.id == _A.c.person_id)
        .where(*where)
        .order_by(_P.c.sort_key, _A.c.id)
    )
    return [
        AccountRow(
            row.id, directory.key_of(row.root_unit, row.code), row.name, row.login, row.email,
            row.password_hash is not None, row.totp_confirmed_at is not None, row.subject is not None,
            row.disabled_at, row.created_at, row.signed_in_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def disable(desk: Desk, person: str, by: str, at: When) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out at his next click. Raises AccountError."""
    _switch(desk, person, at.machine, "account_disabled_by", by, at)


def enable(desk: Desk, person: str, by: str, at: When) -> None:
    """It may sign in again, with the password it had. Raises AccountError."""
    _switch(desk, person, None, "account_enabled", by, at)


def _switch(desk: Desk, person: str, disabled_at: datetime | None, kind: str, by: str, at: When) -> None:
    with write(desk.engine) as connection:
        row = _account_of(connection, _person(connection, person), person)
        connection.execute(update(_A).where(_A.c.id == row.id).values(disabled_at=disabled_at))
        if disabled_at is not None:
            end_all(connection, row.id, at.machine)
            connection.execute(
                update(_T).where(_T.c.person_id == row.person_id, _T.c.used_at.is_(None)).values(used_at=at.machine)
            )
        note(connection, desk, kind, {"account": row.id}, by, at.business)


def end_sessions(desk: Desk, person: str, by: str, at: When) -> int:
    """Sign this person out everywhere; how many sessions ended. Raises AccountError."""
    with write(desk.engine) as connection:
        row = _account_of(connection, _person(connection, person), person)
        ended = end_all(connection, row.id, at.machine)
        note(connection, desk, "account_sessions_ended", {"account": row.id, "sessions": ended}, by, at.business)
    return ended


def end_others(desk: Desk, account_id: int, keep: str, by: str, at: When) -> int:
    """The owner signs out everywhere but here (`keep`, a token's SHA-256); how many sessions ended."""
    with write(desk.engine) as connection:
        ended = end_all(connection, account_id, at.machine, keep=keep)
        note(connection, desk, "account_sessions_ended", {"account": account_id, "sessions": ended}, by, at.business)
    return ended


def drop_second_factor(desk: Desk, person: str, by: str, at: When) -> None:
    """For somebody who lost his telephone and his recovery codes. Ends his sessions. Raises AccountError."""
    with write(desk.engine) as connection:
        row = _account_of(connection, _person(connection, person), person)
        connection.execute(
            update(_A).where(_A.c.id == row.id).values(totp_secret=None, totp_confirmed_at=None, recovery=[])
        )
        end_all(connection, row.id, at.machine)
        note(connection, desk, "account_second_factor_dropped", {"account": row.id}, by, at.business)


def speak(desk: Desk, account_id: int, language: str, at: When) -> None:
    """Mails to this person, and pages after his next sign-in, come in `language`."""
    with write(desk.engine) as connection:
        person_id = connection.execute(select(_A.c.person_id).where(_A.c.id == account_id)).scalar_one()
        connection.execute(update(_P).where(_P.c.id == person_id).values(language=language))
        by = _key_of(connection, person_id)
        note(connection, desk, "account_language", {"account": account_id, "language": language}, by, at.business)


def roles_of(desk: Desk, account_id: int) -> Sequence[Any]:
    """Every role this account's person holds, held or will hold: (role, scope_kind, scope, from_on, until_on)."""
    grants = Grant.__table__  # type: ignore[attr-defined]
    query = (
        select(grants.c.role, grants.c.scope_kind, grants.c.scope, grants.c.from_on, grants.c.until_on)
        .join(_A, _A.c.person_id == grants.c.person_id)
        .where(_A.c.id == account_id)
        .order_by(grants.c.from_on, grants.c.id)
    )
    with read(desk.engine) as connection:
        return list(connection.execute(query))


def forget_old_links(connection: Connection, now: datetime) -> None:
    """Links that ended a month ago are of no use to anybody."""
    connection.execute(delete(_T).where(_T.c.expires_at < now - timedelta(days=30)))


def _person(connection: Connection, key: str) -> Any:
    row = directory.find(connection, key)
    if row is None:
        raise AccountError("account_person_unknown", person=key)
    return row


def _account_of(connection: Connection, person: Any, key: str) -> Any:
    row = connection.execute(select(_A).where(_A.c.person_id == person.id)).first()
    if row is None:
        raise AccountError("account_missing", person=key)
    return row


def _key_of(connection: Connection, person_id: int) -> str:
    return directory.person_keys(connection, [person_id])[person_id]


def note(connection: Connection, desk: Desk, kind: str, payload: Mapping[str, Any], by: str, now: datetime) -> None:
    """One audit entry; who did it is a commitment, so that a person can be erased later. No secret may be in it."""
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(by))}, now=now)
