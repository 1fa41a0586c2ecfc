"""What others ask of the outbox: enqueue, cancel, release, edit, discard, send again, pause. In their transaction.

Every function takes the caller's `Connection` and never commits: a mail exists exactly when the
act that owes it does. Workers take mails through `claims`; `overview` only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Dialect,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from notifications import addresses
from notifications.columns import UtcDateTime, to_json
from notifications.errors import AddressRefused, NotDiscardable, NotEditable, NotResendable, UnknownMail
from notifications.mail import MailRequest, RenderedMail
from notifications.prepared import Prepared, put
from notifications.sql import among, among_given, placeholders
from notifications.tables import LINE, MAIL, QUEUE

HELD_BY_MODE = "mode"
HELD_BY_EDIT = "edited"
DISCARDED = "discarded"
MAIL_QUEUE = "mail"
MAILS_PER_STATEMENT = 200  # times 25 columns: far below what either database allows in one statement

_LINE_COLUMNS = ("mail_id", "number", "reference", "topic", "section", "context")


class Cancelled(NamedTuple):
    """How many lines were cancelled, and how many mails because no line of theirs was left."""

    lines: int
    mails: int


class Released(NamedTuple):
    """How many mails may leave now, and how many of them were split off a mail that stays held."""

    mails: int
    split: int


def enqueue(
    connection: Connection,
    requests: Iterable[MailRequest],
    *,
    now: datetime,
    message_id_of: Callable[[str, str], str],
    mode: str = "send",
) -> int:
    """Owe these mails. Returns how many are new: (cause, address) asked for again changes nothing.

    `message_id_of(cause, address)` gives the Message-ID (`<…@domain>`) kept for ever. Two requests
    for one recipient in one cause become one mail with the lines of both. In mode "hold" every
    mail is held by "mode". An address that is not one plain address gives a failed mail, so that a
    slip in a mailbox blocks no act and is still seen.
    """
    mails = [_addressed(request, mode) for request in _merged(requests)]
    instant = _instant_binder(connection)
    new: dict[tuple[str, str], int] = {}
    for start in range(0, len(mails), MAILS_PER_STATEMENT):
        chunk = mails[start : start + MAILS_PER_STATEMENT]
        rows = [_mail_row(mail, now, message_id_of, instant) for mail in chunk]
        new.update(_insert_mails(connection, rows))
    _insert_lines(connection, mails, new)
    return len(new)


@dataclass(frozen=True, slots=True)
class _Addressed:
    request: MailRequest
    problem: str = ""


def _merged(requests: Iterable[MailRequest]) -> list[MailRequest]:
    """One request per (cause, address), in order; a repeated one adds the lines it has more."""
    merged: dict[tuple[str, str], MailRequest] = {}
    for request in requests:
        key = (request.cause, request.address)
        known = merged.get(key)
        if known is None:
            merged[key] = request
            continue
        seen = {(line.reference, line.section) for line in known.lines}
        more = tuple(line for line in request.lines if (line.reference, line.section) not in seen)
        merged[key] = replace(known, lines=known.lines + more)
    return list(merged.values())


def _addressed(request: MailRequest, mode: str) -> _Addressed:
    if mode == "hold" and not request.hold:
        request = replace(request, hold=HELD_BY_MODE)
    try:
        return _Addressed(replace(request, address=addresses.parse(request.address)))
    except AddressRefused as error:
        # Two units without a mailbox are two failed mails, not one: the name tells them apart.
        shown = request.address.strip()[:200] or f"? {request.name}"
        return _Addressed(replace(request, address=shown), error.code)


def _mail_row(
    mail: _Addressed,
    now: datetime,
    message_id_of: Callable[[str, str], str],
    instant: Callable[[datetime | None], Any],
) -> dict[str, Any]:
    request = mail.request
    state = "failed" if mail.problem else "held" if request.hold else "queued"
    message_id = message_id_of(request.cause, request.address)
    earliest = max(now, request.not_before) if request.not_before else now
    return {
        "cause": request.cause,
        "address": request.address,
        "name": request.name,
        "language": request.language,
        "template": request.template,
        "context": to_json(request.context),
        "why": request.why,
        "line_count": len(request.lines),
        "message_id": message_id,
        "thread_id": thread_id_of(request.thread, message_id),
        "state": state,
        "hold": (request.hold or "") if state == "held" else "",
        "reason": mail.problem,
        "created_at": instant(now),
        "queued_at": instant(now),
        "not_before": instant(request.not_before),
        "useless_after": instant(request.useless_after),
        "next_attempt_at": instant(earliest) if state == "queued" else None,
        "done_at": instant(now) if state == "failed" else None,
        **_UNTOUCHED,
    }


# A statement that goes past the models knows none of their defaults.
_UNTOUCHED = {"owner": "", "fence": 0, "attempts": 0, "unknowns": 0, "deaths": 0, "last_answer": ""}


def thread_id_of(thread: str, message_id: str) -> str:
    """The id that all mails of a thread refer to. No mail has it: readers only need it to be the same."""
    if not thread:
        return ""
    domain = message_id.rstrip(">").rpartition("@")[2]
    return f"<thread.{sha256(thread.encode()).hexdigest()[:24]}@{domain}>"


def _insert_mails(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], int]:
    columns = tuple(rows[0])
    values = ",".join([f"({placeholders(connection, len(columns))})"] * len(rows))
    found = put(
        connection,
        f"INSERT INTO mail ({','.join(columns)}) VALUES {values} "
        "ON CONFLICT (cause, address) DO NOTHING RETURNING id, cause, address",
        tuple(value for row in rows for value in row.values()),
    ).fetchall()
    return {(cause, address): mail_id for mail_id, cause, address in found}


def _insert_lines(connection: Connection, mails: Sequence[_Addressed], new: dict[tuple[str, str], int]) -> None:
    rows = [
        (mail_id, number, line.reference, line.topic, line.section, to_json(line.context))
        for mail in mails
        if (mail_id := new.get((mail.request.cause, mail.request.address))) is not None
        for number, line in enumerate(mail.request.lines, start=1)
    ]
    if rows:
        put(
            connection,
            f"INSERT INTO mail_line ({','.join(_LINE_COLUMNS)}) "
            f"VALUES ({placeholders(connection, len(_LINE_COLUMNS))})",
            rows,
            many=True,
        )


def _instant_binder(connection: Connection) -> Callable[[datetime | None], Any]:
    """What the column type does to an instant, for statements that go past the column types."""
    return _binder(connection.dialect)


@lru_cache(maxsize=8)
def _binder(dialect: Dialect) -> Callable[[datetime | None], Any]:
    processor = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
    return processor if processor is not None else lambda value: value


_OPEN_LINE = LINE.c.cancelled_at.is_(None)
_NOT_GONE = exists().where(
    and_(
        MAIL.c.id == LINE.c.mail_id,
        MAIL.c.state.in_([literal_column(f"'{state}'") for state in ("queued", "held", "sending", "unknown")]),
    )
)
_CANCEL = (
    update(LINE)
    .where(_OPEN_LINE, among_given(LINE.c.reference, "references"), _NOT_GONE)
    .values(cancelled_at=bindparam("at"), cancel_reason=bindparam("why"))
    .returning(LINE.c.mail_id)
)
_CANCEL_ALL = Prepared(_CANCEL)
_CANCEL_TOPICS = Prepared(_CANCEL.where(among_given(LINE.c.topic, "topics")))


def cancel_lines(
    connection: Connection,
    *,
    references: Collection[str],
    topics: Collection[str] | None = None,
    reason: str,
    now: datetime,
) -> Cancelled:
    """Cancel the open lines about these references, of these topics (None: all), in mails not yet gone.

    A mail whose last line is cancelled is cancelled with the same reason; one that a worker is
    sending right now goes out once more than it should, at most.
    """
    if not references:
        return Cancelled(0, 0)
    if topics is None:
        rows = _CANCEL_ALL.all(connection, references=references, at=now, why=reason)
    else:
        rows = _CANCEL_TOPICS.all(connection, references=references, topics=topics, at=now, why=reason)
    touched = [mail_id for (mail_id,) in rows]
    return Cancelled(len(touched), _cancel_empty(connection, set(touched), reason, now))


def _cancel_empty(connection: Connection, mail_ids: set[int], reason: str, now: datetime) -> int:
    if not mail_ids:
        return 0
    has_open_line = exists().where(and_(LINE.c.mail_id == MAIL.c.id, _OPEN_LINE))
    return connection.execute(
        update(MAIL)
        .where(
            among(connection, MAIL.c.id, mail_ids),
            MAIL.c.state.in_(("queued", "held", "unknown")),
            ~has_open_line,
        )
        .values(state="cancelled", hold="", reason=reason, next_attempt_at=None, done_at=now)
    ).rowcount


def release(connection: Connection, hold: str, references: Collection[str] | None, now: datetime) -> Released:
    """Let go what `hold` holds back about these references (None: all of it).

    A mail all of whose open lines are released becomes queued. Of one that is released in part,
    only those lines move, into a mail of their own whose cause ends in `~2`, `~3`, …
    """
    held = _held(connection, hold, references)
    whole = [mail_id for mail_id, lines, named in held if references is None or (lines and named == lines)]
    parts = [mail_id for mail_id, lines, named in held if references is not None and 0 < named < lines]
    if whole:
        _queue(connection, whole, now)
    for mail_id in parts:
        _split(connection, mail_id, references or (), now)
    return Released(len(whole) + len(parts), len(parts))


def held_about(connection: Connection, hold: str, references: Collection[str]) -> int:
    """How many mails `release` would let go, whole or in part."""
    return sum(named > 0 for _, _, named in _held(connection, hold, references))


def _held(connection: Connection, hold: str, references: Collection[str] | None) -> list[tuple[int, int, int]]:
    """(mail, its open lines, those of them that are named) of every mail under this hold."""
    named = (
        literal(0)
        if references is None
        else func.count().filter(and_(_OPEN_LINE, among(connection, LINE.c.reference, references)))
    )
    rows = connection.execute(
        select(MAIL.c.id, func.count(LINE.c.number).filter(_OPEN_LINE), named)
        .select_from(MAIL)
        .outerjoin(LINE, LINE.c.mail_id == MAIL.c.id)
        .where(MAIL.c.state == "held", MAIL.c.hold == hold)
        .group_by(MAIL.c.id)
        .order_by(MAIL.c.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _queue(connection: Connection, mail_ids: Collection[int], now: datetime) -> None:
    at = literal(now, UtcDateTime())  # inside a function the value alone would be kept by its local clock
    not_before = func.coalesce(MAIL.c.not_before, at)
    later = func.max(not_before, at) if connection.dialect.name == "sqlite" else func.greatest(not_before, at)
    connection.execute(
        update(MAIL)
        .where(among(connection, MAIL.c.id, mail_ids), MAIL.c.state == "held")
        .values(state="queued", hold="", reason="", queued_at=now, next_attempt_at=later)
    )


def _split(connection: Connection, mail_id: int, references: Collection[str], now: datetime) -> None:
    new_id = _copy(connection, mail_id, "~", now, state="held")
    moved = connection.execute(
        update(LINE)
        .where(LINE.c.mail_id == mail_id, _OPEN_LINE, among(connection, LINE.c.reference, references))
        .values(mail_id=new_id)
    ).rowcount
    connection.execute(
        update(MAIL).where(MAIL.c.id == mail_id).values(line_count=MAIL.c.line_count - moved, rendered_lines=None)
    )
    connection.execute(update(MAIL).where(MAIL.c.id == new_id).values(line_count=moved))
    _queue(connection, [new_id], now)


def resend(connection: Connection, mail_id: int, now: datetime) -> int:
    """Owe the same mail once more, as a mail of its own that says so. Returns its number.

    For a mail that is over, or whose outcome nobody knows and that no worker will try again. The
    new one has its own Message-ID: a reader's mail program would hide a second copy of the old.
    Raises `UnknownMail` or `NotResendable`.
    """
    row = connection.execute(
        select(MAIL.c.state, MAIL.c.next_attempt_at, MAIL.c.address).where(MAIL.c.id == mail_id)
    ).one_or_none()
    if row is None:
        raise UnknownMail("mail_unknown", mail=mail_id)
    if row.state in ("queued", "held", "sending") or row.next_attempt_at is not None:
        raise NotResendable("mail_on_its_way", mail=mail_id, state=row.state)
    addresses.parse(row.address)
    new_id = _copy(connection, mail_id, "~again", now, state="queued")
    connection.execute(update(MAIL).where(MAIL.c.id == new_id).values(resend_of=mail_id))
    _copy_lines(connection, mail_id, new_id)
    return new_id


def _copy(connection: Connection, mail_id: int, mark: str, now: datetime, *, state: str) -> int:
    """A second mail out of the first: same words and recipient, own cause and Message-ID, no history."""
    old = connection.execute(select(MAIL).where(MAIL.c.id == mail_id)).one()._asdict()
    number = _next_number(connection, old["cause"], old["address"], mark)
    local, _, domain = old["message_id"].strip("<>").rpartition("@")
    kept = {name: old[name] for name in ("address", "name", "language", "template", "context", "why")}
    kept |= {name: old[name] for name in ("line_count", "thread_id", "not_before", "subject", "text", "html")}
    kept |= {name: old[name] for name in ("edited_text", "edited_by", "edited_at")}
    return int(
        connection.execute(
            insert(MAIL)
            .values(
                **kept,
                rendered_lines=old["rendered_lines"] if state == "queued" else None,
                cause=f"{old['cause']}{mark}{number}",
                message_id=f"<{local}.{mark.strip('~') or 'part'}{number}@{domain}>",
                useless_after=old["useless_after"] if state == "held" else None,
                state=state,
                hold=old["hold"] if state == "held" else "",
                next_attempt_at=None if state == "held" else now,
                created_at=now,
                queued_at=now,
            )
            .returning(MAIL.c.id)
        ).scalar_one()
    )


def _next_number(connection: Connection, cause: str, address: str, mark: str) -> int:
    taken = connection.execute(
        select(func.count()).where(MAIL.c.address == address, MAIL.c.cause.startswith(cause + mark, autoescape=True))
    ).scalar_one()
    return int(taken) + 2


def _copy_lines(connection: Connection, old_id: int, new_id: int) -> None:
    columns = [LINE.c[name] for name in _LINE_COLUMNS[1:]]
    source = select(literal(new_id), *columns).where(LINE.c.mail_id == old_id, _OPEN_LINE)
    connection.execute(insert(LINE).from_select(_LINE_COLUMNS, source))


def edit(connection: Connection, mail_id: int, source: str, rendered: RenderedMail, *, by: str, now: datetime) -> None:
    """This one mail says what a person wrote instead of its template: `rendered`, made of the Markdown `source`.

    Frozen for the lines that it has now: if one is taken back or released alone, the mail is held until somebody
    looks at it again. Only a held mail is edited; it stays held. Raises `UnknownMail` or `NotEditable`.
    """
    _must_be_held(connection, mail_id)
    open_lines = select(func.count()).where(LINE.c.mail_id == mail_id, _OPEN_LINE).scalar_subquery()
    words = dict(subject=rendered.subject, text=rendered.text, html=rendered.html, rendered_lines=open_lines)
    connection.execute(
        update(MAIL).where(MAIL.c.id == mail_id).values(**words, edited_text=source, edited_by=by, edited_at=now)
    )


def unedit(connection: Connection, mail_id: int) -> None:
    """Its template speaks again. Raises `UnknownMail` or `NotEditable`."""
    _must_be_held(connection, mail_id)
    words = dict.fromkeys(("subject", "text", "html", "rendered_lines", "edited_text", "edited_by", "edited_at"))
    connection.execute(update(MAIL).where(MAIL.c.id == mail_id).values(**words))


def _must_be_held(connection: Connection, mail_id: int) -> None:
    state = connection.execute(select(MAIL.c.state).where(MAIL.c.id == mail_id).with_for_update()).scalar()
    if state is None:
        raise UnknownMail("mail_unknown", mail=mail_id)
    if state != "held":
        raise NotEditable("mail_not_held", mail=mail_id)


def discard(connection: Connection, mail_id: int, why: str, now: datetime) -> None:
    """A held or failed mail is put aside for good; `why` is kept in the words of whoever did it.

    Raises `UnknownMail` or `NotDiscardable`.
    """
    put_aside = connection.execute(
        update(MAIL)
        .where(MAIL.c.id == mail_id, MAIL.c.state.in_(("held", "failed")))
        .values(state="cancelled", hold="", reason=DISCARDED, last_answer=why, next_attempt_at=None, done_at=now)
    ).rowcount
    if put_aside:
        return
    if connection.execute(select(MAIL.c.id).where(MAIL.c.id == mail_id)).first() is None:
        raise UnknownMail("mail_unknown", mail=mail_id)
    raise NotDiscardable("mail_not_discardable", mail=mail_id)


def pause(
    connection: Connection, *, now: datetime, reason: str, by: str = "", detail: str = "", queue: str = MAIL_QUEUE
) -> bool:
    """Stop sending until `resume`. Returns False if the queue was paused already (its reason stays)."""
    _ensure_queue(connection, queue)
    changed = connection.execute(
        update(QUEUE)
        .where(QUEUE.c.name == queue, QUEUE.c.paused_at.is_(None))
        .values(paused_at=now, paused_by=by, reason=reason, detail=detail)
    ).rowcount
    return changed == 1


def resume(connection: Connection, *, queue: str = MAIL_QUEUE) -> bool:
    """Send again, at once. Returns False if the queue was not paused."""
    _ensure_queue(connection, queue)
    paused = connection.execute(
        update(QUEUE)
        .where(QUEUE.c.name == queue, QUEUE.c.paused_at.is_not(None))
        .values(paused_at=None, paused_by="", reason="", detail="")
    ).rowcount
    connection.execute(update(QUEUE).where(QUEUE.c.name == queue).values(failures=0, retry_at=None, lane_detail=""))
    return paused == 1


def lane_failed(connection: Connection, retry_at: datetime, detail: str, *, queue: str = MAIL_QUEUE) -> None:
    """No server can be reached: leave it alone until `retry_at`. No mail is charged for it."""
    _ensure_queue(connection, queue)
    connection.execute(
        update(QUEUE)
        .where(QUEUE.c.name == queue)
        .values(failures=QUEUE.c.failures + 1, retry_at=retry_at, lane_detail=detail[:500])
    )


def lane_worked(connection: Connection, now: datetime, *, queue: str = MAIL_QUEUE) -> None:
    """A server took a mail: whatever was wrong with the connection is over."""
    _ensure_queue(connection, queue)
    connection.execute(
        update(QUEUE).where(QUEUE.c.name == queue).values(failures=0, retry_at=None, lane_detail="", handed_over_at=now)
    )


def _ensure_queue(connection: Connection, queue: str) -> None:
    connection.exec_driver_sql(
        "INSERT INTO mail_queue (name, paused_by, reason, detail, failures, lane_detail) "
        f"VALUES ({placeholders(connection, 6)}) ON CONFLICT (name) DO NOTHING",
        (queue, "", "", "", 0, ""),
    )


def release_mails(connection: Connection, mail_ids: Collection[int], now: datetime) -> int:
    """Let go these held mails, whatever holds them. Returns how many may leave now."""
    held = connection.execute(
        select(MAIL.c.id).where(among(connection, MAIL.c.id, mail_ids), MAIL.c.state == "held")
    ).scalars()
    found = list(held)
    if found:
        _queue(connection, found, now)
    return len(found)
