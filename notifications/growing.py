"""Mails that grow until they leave: one per recipient and cause, however often lines are owed to it.

Takes the caller's `Connection` and never commits, as `outbox` does. A mail that has left, was cancelled
or may be out already is never touched; what is owed then goes into a successor, `cause:2`, `cause:3`, …
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select

from notifications import addresses, outbox
from notifications.columns import to_json
from notifications.errors import AddressRefused
from notifications.mail import Context, LineRequest, MailRequest
from notifications.sql import among, placeholders
from notifications.tables import LINE, MAIL

Order = Callable[[Context], Any]


class Owed(NamedTuple):
    """How many mails are new, and how many that were waiting got more lines."""

    new: int
    grown: int


class _Waiting(NamedTuple):
    """A mail that can take more lines: its number, its last line's and that line's context."""

    mail_id: int
    last: int
    context: Context | None


def add(
    connection: Connection,
    requests: Iterable[MailRequest],
    *,
    now: datetime,
    message_id_of: Callable[[str, str], str],
    mode: str = "send",
    order: Order | None = None,
) -> Owed:
    """Owe these lines, in the waiting mail of their (cause, address) where there is one, else in a new mail.

    Of a waiting mail only the lines change. `order` gives the place of a line by its context; a mail
    whose new lines would stand out of place is numbered anew. An address that cannot be mailed has one
    failed mail, which goes on collecting what could not be said.
    """
    asked: dict[tuple[str, str], MailRequest] = {}
    for request in requests:
        key = (request.cause, _spelled(request))
        asked[key] = replace(asked[key], lines=asked[key].lines + request.lines) if key in asked else request
    new: list[MailRequest] = []
    grown: list[tuple[_Waiting, MailRequest]] = []
    turn = 1
    while asked:
        found = _found(connection, asked, turn)
        for key, request in list(asked.items()):
            waiting = found.get(key, "none")
            if waiting is None:  # it has left: the next one
                continue
            if isinstance(waiting, _Waiting):
                grown.append((waiting, request))
            else:
                new.append(replace(request, cause=_numbered(request.cause, turn)))
            del asked[key]
        turn += 1
    _grow(connection, grown, order)
    outbox.enqueue(connection, new, now=now, message_id_of=message_id_of, mode=mode)
    return Owed(len(new), len(grown))


def _spelled(request: MailRequest) -> str:
    """The address as the outbox keeps it."""
    try:
        return addresses.parse(request.address)
    except AddressRefused:
        return request.address.strip()[:200] or f"? {request.name}"


def _numbered(cause: str, turn: int) -> str:
    return cause if turn == 1 else f"{cause}:{turn}"


def _found(
    connection: Connection, asked: Mapping[tuple[str, str], MailRequest], turn: int
) -> dict[tuple[str, str], _Waiting | None]:
    """The mail of this turn for each (cause, address) that has one: waiting, or None if it is past changing."""
    causes = {_numbered(cause, turn): cause for cause, _ in asked}
    rows = connection.execute(
        select(MAIL.c.id, MAIL.c.cause, MAIL.c.address, MAIL.c.state, MAIL.c.unknowns, MAIL.c.reason)
        .where(MAIL.c.cause.in_(causes), among(connection, MAIL.c.address, [address for _, address in asked]))
        .order_by(MAIL.c.id)
        .with_for_update()  # on SQLite left out: whoever writes there is alone
    ).all()
    open_ = [row.id for row in rows if _open(row)]
    last = _last_lines(connection, open_)
    return {(causes[row.cause], row.address): last.get(row.id) for row in rows}


def _open(row: Any) -> bool:
    if row.unknowns:  # it may be out already, and its text is frozen for that
        return False
    return row.state in ("queued", "held") or (row.state == "failed" and row.reason.startswith("address_"))


def _last_lines(connection: Connection, mail_ids: Sequence[int]) -> dict[int, _Waiting]:
    if not mail_ids:
        return {}
    last = (
        select(LINE.c.mail_id, func.max(LINE.c.number).label("number"))
        .where(among(connection, LINE.c.mail_id, mail_ids))
        .group_by(LINE.c.mail_id)
        .subquery()
    )
    lines = connection.execute(
        select(LINE.c.mail_id, LINE.c.number, LINE.c.context).join(
            last, (last.c.mail_id == LINE.c.mail_id) & (last.c.number == LINE.c.number)
        )
    )
    found = {mail_id: _Waiting(mail_id, 0, None) for mail_id in mail_ids}
    return found | {mail_id: _Waiting(mail_id, number, context) for mail_id, number, context in lines}


def _grow(connection: Connection, grown: Sequence[tuple[_Waiting, MailRequest]], order: Order | None) -> None:
    rows: list[tuple[Any, ...]] = []
    for waiting, request in grown:
        if order is not None and _out_of_place(waiting, request.lines, order):
            _number_anew(connection, waiting.mail_id, request.lines, order)
        else:
            numbers = range(waiting.last + 1, waiting.last + 1 + len(request.lines))
            rows += [
                (waiting.mail_id, number, *_line(line)) for number, line in zip(numbers, request.lines, strict=True)
            ]
    _insert(connection, rows, ("mail_id", "number", "reference", "topic", "section", "context"))
    marks = placeholders(connection, 1)
    if grown:
        connection.exec_driver_sql(
            f"UPDATE mail SET line_count = line_count + {marks} WHERE id = {marks}",
            [(len(request.lines), waiting.mail_id) for waiting, request in grown],
        )


def _line(line: LineRequest) -> tuple[str, str, str, str]:
    return line.reference, line.topic, line.section, to_json(line.context)


def _insert(connection: Connection, rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> None:
    if rows:
        marks = placeholders(connection, len(columns))
        connection.exec_driver_sql(f"INSERT INTO mail_line ({','.join(columns)}) VALUES ({marks})", rows)


def _out_of_place(waiting: _Waiting, lines: Sequence[LineRequest], order: Order) -> bool:
    return bool(lines) and waiting.context is not None and order(lines[0].context) < order(waiting.context)


def _number_anew(connection: Connection, mail_id: int, lines: Sequence[LineRequest], order: Order) -> None:
    """All lines of the mail in their order, cancelled ones too. Rare: only where a later pass owes earlier lines."""
    names = ("reference", "topic", "section", "context", "cancelled_at", "cancel_reason")
    kept = connection.exec_driver_sql(
        f"SELECT {','.join(names)} FROM mail_line WHERE mail_id = {placeholders(connection, 1)} ORDER BY number",
        (mail_id,),
    ).all()
    rows = [tuple(row) for row in kept] + [(*_line(line), None, None) for line in lines]
    rows.sort(key=lambda row: order(json.loads(row[3])))
    connection.execute(delete(LINE).where(LINE.c.mail_id == mail_id))
    _insert(
        connection, [(mail_id, number, *row) for number, row in enumerate(rows, start=1)], ("mail_id", "number", *names)
    )
