"""How mail comes to an address: at once, gathered at 08:00, or only what is owed; and a unit's further mailboxes.

A wish never delays or drops what somebody owes: a line with a due day, or whose turn it is, always goes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Table, delete, insert, select, update

from definitions.calendar import at_eight, local_day
from notifications import addresses, outbox
from notifications.columns import to_json
from notifications.mail import LineRequest, MailRequest
from notifications.prepared import Prepared
from notifications.sql import among_given
from workflow.domain.notices import Mailbox
from workflow.services.desk import Desk
from workflow.services.viewing import Viewer
from workflow.storage import chain, directory
from workflow.storage.database import read, write
from workflow.storage.tables import Unit
from workflow.storage.tables_access import OneTimeToken
from workflow.storage.tables_desk import MailPreference, UnitMailbox

Wish = Literal["at_once", "daily", "owed"]
WISHES: tuple[Wish, ...] = ("at_once", "daily", "owed")
DAILY = "daily"
LIVES = timedelta(days=3)
MOST_BOXES = 10
_B: Table = UnitMailbox.__table__  # type: ignore[attr-defined]
_P: Table = MailPreference.__table__  # type: ignore[attr-defined]
_T: Table = OneTimeToken.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]

# Every act asks these three.
_FURTHER = Prepared(
    select(_U.c.code, _U.c.name, _U.c.language, _B.c.address)
    .join(_B, _B.c.unit_id == _U.c.id)
    .where(among_given(_U.c.code, "units"), _B.c.confirmed_at.is_not(None))
    .order_by(_B.c.id)
)
_BOXES = Prepared(
    select(_B.c.address, _B.c.wants).where(among_given(_B.c.address, "addresses"), _B.c.confirmed_at.is_not(None))
)
_OWN = Prepared(select(_P.c.address, _P.c.wants).where(among_given(_P.c.address, "addresses")))


class WishRefused(ValueError):
    """The wish cannot be kept. `code`: not_yours, known, too_many, gone. Nothing was written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ── what the wishes do to the mails of an act ────────────────────────────────────────────────────


def further(connection: Connection, units: Iterable[str]) -> dict[str, tuple[Mailbox, ...]]:
    """Confirmed further mailboxes of these units, by unit code."""
    found: dict[str, tuple[Mailbox, ...]] = {}
    for code, name, language, address in _FURTHER.all(connection, units=sorted(units)):
        found[code] = (*found.get(code, ()), Mailbox(address, name, language))
    return found


def applied(
    connection: Connection, desk: Desk, requests: Iterable[MailRequest], now: datetime
) -> tuple[MailRequest, ...]:
    """The mails as their recipients want them. What is held back for a result is not touched."""
    requests = tuple(requests)
    wants = _wants(connection, {each.address for each in requests})
    if not wants:
        return requests
    found: list[MailRequest] = []
    for each in requests:
        wish = "at_once" if each.hold else wants.get(each.address, "at_once")
        if wish == "at_once":
            found.append(each)
            continue
        owed = tuple(line for line in each.lines if is_owed(each, line))
        if owed:
            found.append(replace(each, lines=owed, template=owed[0].section))
        rest = tuple(line for line in each.lines if line not in owed)
        if rest and wish == "daily":
            found.append(_daily(desk, each, rest, now))
    return tuple(found)


def is_owed(request: MailRequest, line: LineRequest) -> bool:
    """Whether a line asks its reader for something: it has a due day, or it is his turn."""
    return bool(request.context.get("due_on") or request.context.get("reply_by")
                or line.context.get("due_on") or line.context.get("turn"))  # fmt: skip


def _wants(connection: Connection, wanted: set[str]) -> dict[str, str]:
    if not wanted:
        return {}
    asked = sorted(wanted)
    found = {address: str(wish) for address, wish in _BOXES.all(connection, addresses=asked)}
    found.update({address: str(wish) for address, wish in _OWN.all(connection, addresses=asked)})
    return {address: wish for address, wish in found.items() if wish != "at_once"}


def _daily(desk: Desk, request: MailRequest, lines: tuple[LineRequest, ...], now: datetime) -> MailRequest:
    """These lines in the one mail that this address gets at the next 08:00 of a working day."""
    at = next_digest(desk, now)
    said = request.context
    note = str(said.get("reason") or said.get("legal_ground") or said.get("note") or "")
    context = {
        "occurred_on": _day(at), "contact_name": said.get("contact_name", ""),
        "contact_email": said.get("contact_email", ""), "contact_phone": said.get("contact_phone", ""),
        "unit_name": said.get("unit_name", ""), "link": f"{desk.base_url.rstrip('/')}/" if desk.base_url else "",
    }  # fmt: skip
    return replace(
        request, cause=f"daily:{local_day(at).isoformat()}", template=DAILY, context=context, not_before=at, thread="",
        lines=tuple(
            replace(line, section=DAILY, context={
                **line.context, "label": str(said.get("occurred_on", "")),
                "note": str(line.context.get("note") or note),
                "decision_number": str(line.context.get("decision_number") or said.get("decision_number") or ""),
                "decision_on": str(line.context.get("decision_on") or said.get("decision_on") or ""),
            })
            for line in lines
        ),
    )  # fmt: skip


def next_digest(desk: Desk, now: datetime) -> datetime:
    """The next 08:00 of a working day after `now`."""
    today = local_day(now)
    first = today if now < at_eight(today) else today + timedelta(days=1)
    return at_eight(desk.calendar.next_working(first))


def _day(at: datetime) -> str:
    return f"{local_day(at):%d/%m/%Y}"


# ── the wishes themselves ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox somebody may choose for. `number` is None for his own address and for a unit's main one."""

    number: int | None
    unit: str
    address: str
    label: str
    wants: str
    confirmed: bool


def boxes(desk: Desk, viewer: Viewer) -> tuple[Box, ...]:
    """His own address, then the mailboxes of his units: the main one and the further ones."""
    found: list[Box] = []
    with read(desk.engine) as connection:
        if viewer.email:
            found.append(Box(None, "", viewer.email, "", _own(connection, viewer.email), True))
        for code in _units(viewer):
            unit = connection.execute(select(_U).where(_U.c.code == code)).first()
            if unit is None:
                continue
            if unit.mailbox:
                found.append(Box(None, code, unit.mailbox, "", _own(connection, unit.mailbox), True))
            rows = connection.execute(select(_B).where(_B.c.unit_id == unit.id).order_by(_B.c.id))
            found += [
                Box(row.id, code, row.address, row.label, row.wants, row.confirmed_at is not None) for row in rows
            ]
    return tuple(found)


def _units(viewer: Viewer) -> tuple[str, ...]:
    """Units whose mailboxes he may see to."""
    return viewer.own_units if viewer.may("unit.settings") else ()


def _own(connection: Connection, address: str) -> str:
    found = connection.execute(select(_P.c.wants).where(_P.c.address == address)).scalar()
    return str(found) if found else "at_once"


def choose(desk: Desk, viewer: Viewer, address: str, wish: str, now: datetime) -> None:
    """Choose how mail to one of his addresses comes. Raises WishRefused for an address that is not his."""
    found = next((each for each in boxes(desk, viewer) if each.address == address), None)
    if found is None or wish not in WISHES:
        raise WishRefused("not_yours")
    with write(desk.engine) as connection:
        if found.number is not None:
            connection.execute(update(_B).where(_B.c.id == found.number).values(wants=wish))
        else:
            connection.execute(delete(_P).where(_P.c.address == address))
            connection.execute(insert(_P).values(address=address, wants=wish, changed_by=viewer.person, changed_at=now))
        _note(connection, desk, "mail_wish", {"wants": wish}, viewer.person, now)


def add(
    desk: Desk, viewer: Viewer, unit: str, address: str, label: str, path: str, now: datetime, machine_now: datetime
) -> None:
    """Add a further mailbox of his unit. It gets a mail with a link, the main one a notice; nothing more goes there
    before it is confirmed. `path` is where the link leads, before its token.

    Raises WishRefused, AddressRefused.
    """
    if unit not in _units(viewer):
        raise WishRefused("not_yours")
    address = addresses.parse(address)
    with write(desk.engine) as connection:
        row = connection.execute(select(_U).where(_U.c.code == unit)).one()
        there = [str(each) for each in connection.execute(select(_B.c.address).where(_B.c.unit_id == row.id)).scalars()]
        if address in (*there, row.mailbox):
            raise WishRefused("known")
        if len(there) >= MOST_BOXES:
            raise WishRefused("too_many")
        made = connection.execute(
            insert(_B).values(
                unit_id=row.id, address=address, label=label[:120], wants="at_once", added_by=viewer.person,
                added_at=now,
            )
        )  # fmt: skip
        assert made.inserted_primary_key is not None
        token = _token(connection, desk, viewer, made.inserted_primary_key[0], machine_now)
        link = f"{desk.base_url.rstrip('/')}{path}{token}"
        words = {"unit_name": row.name, "actor_name": viewer.name, "note": address, "contact_name": desk.contact.name,
                 "contact_email": desk.contact.email, "contact_phone": desk.contact.phone}  # fmt: skip
        requests = [MailRequest(f"mailbox:{desk.entropy(8)}", address, row.name, row.language, "mailbox",
                                {**words, "link": link})]  # fmt: skip
        if row.mailbox:
            requests.append(MailRequest(f"mailbox:{desk.entropy(8)}", row.mailbox, row.name, row.language,
                                        "mailbox_added", words))  # fmt: skip
        mode = "hold" if desk.hold_mail else "send"
        outbox.enqueue(
            connection, requests, now=now, mode=mode,
            message_id_of=lambda cause, to: f"<{desk.entropy(16)}@{desk.mail_domain}>",
        )  # fmt: skip
        _note(connection, desk, "mailbox_added", {"unit": row.id}, viewer.person, now)


def _token(connection: Connection, desk: Desk, viewer: Viewer, number: int, now: datetime) -> str:
    person = directory.find(connection, viewer.person)
    assert person is not None  # he is signed in
    token = desk.entropy(32)
    connection.execute(
        insert(_T).values(
            token_sha256=sha256(token.encode()).hexdigest(), kind="address", person_id=person.id,
            payload={"mailbox": number}, created_at=now, expires_at=now + LIVES,
        )
    )  # fmt: skip
    return token


def drop(desk: Desk, viewer: Viewer, number: int, now: datetime) -> None:
    """Remove a further mailbox. Raises WishRefused."""
    if not any(each.number == number for each in boxes(desk, viewer)):
        raise WishRefused("not_yours")
    with write(desk.engine) as connection:
        connection.execute(delete(_B).where(_B.c.id == number))
        _note(connection, desk, "mailbox_dropped", {"mailbox": number}, viewer.person, now)


def waiting(desk: Desk, token: str, machine_now: datetime) -> tuple[str, str] | None:
    """(address, unit's name) that a link would confirm, if it still works. Reading it uses nothing up."""
    with read(desk.engine) as connection:
        number = _mailbox_of(connection, token, machine_now)
        row = None if number is None else connection.execute(
            select(_B.c.address, _U.c.name).join(_U, _U.c.id == _B.c.unit_id).where(_B.c.id == number)
        ).first()  # fmt: skip
    return None if row is None else (row.address, row.name)


def confirm(desk: Desk, token: str, now: datetime, machine_now: datetime) -> None:
    """The mailbox receives from now on; the link is used. Raises WishRefused when it no longer works."""
    with write(desk.engine) as connection:
        number = _mailbox_of(connection, token, machine_now)
        changed = 0 if number is None else connection.execute(
            update(_B).where(_B.c.id == number, _B.c.confirmed_at.is_(None)).values(confirmed_at=now)
        ).rowcount  # fmt: skip
        if not changed:
            raise WishRefused("gone")
        connection.execute(
            update(_T).where(_T.c.token_sha256 == sha256(token.encode()).hexdigest()).values(used_at=machine_now)
        )


def _mailbox_of(connection: Connection, token: str, machine_now: datetime) -> int | None:
    row = connection.execute(
        select(_T.c.payload).where(
            _T.c.token_sha256 == sha256(token.encode()).hexdigest(), _T.c.kind == "address", _T.c.used_at.is_(None),
            _T.c.expires_at > machine_now,
        )
    ).first()  # fmt: skip
    return None if row is None or "mailbox" not in row.payload else int(row.payload["mailbox"])


def _note(connection: Connection, desk: Desk, kind: str, payload: Mapping[str, Any], by: str, now: datetime) -> None:
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(by))}, now=now)


__all__ = ["DAILY", "WISHES", "Box", "WishRefused", "add", "applied", "boxes", "choose", "confirm", "drop"]
