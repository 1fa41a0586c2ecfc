"""How a worker takes mails out of the outbox and says what became of them. Never commits, never sends.

A claim is a lease with a fence. The order of a worker: `claim`, commit; `offer`, commit; talk to
the server with no transaction open; `record`, commit at once. A worker that dies leaves a lease
that ends, and `rescue` knows from the attempt's stage whether the server may have the mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from notifications.mail import (
    Claim,
    Expired,
    Failed,
    HandedOver,
    Later,
    LineRequest,
    Outcome,
    RenderedMail,
    Uncertain,
)
from notifications.outbox import HELD_BY_EDIT
from notifications.prepared import Prepared
from notifications.sql import among
from notifications.tables import ATTEMPT, LINE, MAIL

MOST_DEATHS = 5
LONGEST_ANSWER = 500


class Rescued(NamedTuple):
    """What `rescue` did with the mails of workers that died: back in the queue, in doubt, given up."""

    queued: int
    unknown: int
    failed: int


def claim(connection: Connection, *, now: datetime, limit: int, lease: timedelta, owner: str) -> list[Claim]:
    """Take up to `limit` due mails, oldest first, for `lease`. Each attempt is recorded before it begins.

    Two workers never get the same mail. A mail whose worker died before is taken at most one at a
    time, so that one that kills its worker drags no others along. One whose edited words no longer
    fit its lines is held again, for a person to look at.
    """
    rows = _take(connection, MAIL.c.deaths == 0, now, limit, lease, owner)
    if len(rows) < limit:
        rows += _take(connection, MAIL.c.deaths > 0, now, 1, lease, owner)
    lines = _open_lines(connection, [row.id for row in rows])
    empty = [row for row in rows if row.line_count and not lines.get(row.id)]
    _cancel(connection, empty, now)
    stale = [row for row in rows if row not in empty and _is_stale(row, lines.get(row.id, ()))]
    _hold(connection, stale)
    taken = [row for row in sorted(rows, key=lambda row: row.id) if row not in empty and row not in stale]
    if taken:
        connection.execute(
            insert(ATTEMPT),
            [
                {"mail_id": row.id, "number": row.fence, "owner": owner, "claimed_at": now, **_NEW_ATTEMPT}
                for row in taken
            ],
        )
    return [_claim_of(row, lines.get(row.id, ()), owner) for row in taken]


_NEW_ATTEMPT = {"stage": "claimed", "outcome": "", "answer": ""}


def _take(
    connection: Connection, which: ColumnElement[bool], now: datetime, limit: int, lease: timedelta, owner: str
) -> list[Row[Any]]:
    # On SQLite the lock clause is silently left out; there one writer at a time does the same.
    due = (
        select(MAIL.c.id)
        .where(MAIL.c.next_attempt_at <= now, _still_useful(now), which)
        .order_by(MAIL.c.next_attempt_at, MAIL.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = connection.execute(
        update(MAIL)
        .where(MAIL.c.id.in_(select(due.c.id)))
        .values(state="sending", fence=MAIL.c.fence + 1, owner=owner, lease_until=now + lease, next_attempt_at=None)
        .returning(MAIL)
    )
    return list(taken.all())


def _still_useful(now: datetime) -> ColumnElement[bool]:
    return or_(MAIL.c.useless_after.is_(None), MAIL.c.useless_after > now)


def _open_lines(connection: Connection, mail_ids: Sequence[int]) -> dict[int, tuple[LineRequest, ...]]:
    if not mail_ids:
        return {}
    found: dict[int, list[LineRequest]] = defaultdict(list)
    rows = connection.execute(
        select(LINE.c.mail_id, LINE.c.reference, LINE.c.topic, LINE.c.section, LINE.c.context)
        .where(LINE.c.mail_id.in_(mail_ids), LINE.c.cancelled_at.is_(None))
        .order_by(LINE.c.mail_id, LINE.c.number)
    )
    for mail_id, reference, topic, section, context in rows:
        found[mail_id].append(LineRequest(reference, topic, section, context))
    return {mail_id: tuple(lines) for mail_id, lines in found.items()}


def _cancel(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Lines cancelled while a worker had the mail: it came back, and nothing of it is left to say."""
    if rows:
        connection.execute(
            update(MAIL)
            .where(MAIL.c.id.in_([row.id for row in rows]))
            .values(state="cancelled", reason="no_lines", lease_until=None, done_at=now)
        )


def _is_stale(row: Row[Any], lines: Sequence[LineRequest]) -> bool:
    """Whether a person wrote its words for other lines: neither those nor the template's are what he wants sent."""
    return row.edited_text is not None and row.rendered_lines != len(lines) and not row.unknowns


def _hold(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    if rows:
        connection.execute(
            update(MAIL)
            .where(MAIL.c.id.in_([row.id for row in rows]))
            .values(state="held", hold=HELD_BY_EDIT, reason=f"held_{HELD_BY_EDIT}", owner="", lease_until=None)
        )


def _claim_of(row: Row[Any], lines: tuple[LineRequest, ...], owner: str) -> Claim:
    # A frozen text that counts other lines than are open now is stale, unless it may be out already.
    holds = row.subject is not None and (row.rendered_lines == len(lines) or row.unknowns > 0)
    frozen = RenderedMail(row.subject, row.text, row.html, row.language) if holds else None
    return Claim(
        mail_id=row.id,
        fence=row.fence,
        owner=owner,
        lease_until=row.lease_until,
        address=row.address,
        name=row.name,
        language=row.language,
        template=row.template,
        context=row.context,
        lines=lines,
        why=row.why,
        message_id=row.message_id,
        thread_id=row.thread_id,
        queued_at=row.queued_at,
        useless_after=row.useless_after,
        attempts=row.attempts,
        unknowns=row.unknowns,
        resend_of=row.resend_of,
        frozen=frozen,
    )


def offer(connection: Connection, taken: Claim, rendered: RenderedMail, *, now: datetime, lease: timedelta) -> bool:
    """Freeze the text and note that from now on the server may have the mail. False: no longer ours.

    Commit before the server hears of it. A crash after this leaves the outcome unknown; a crash
    before it leaves the mail surely unsent.
    """
    values = {"text": rendered.text, "html": rendered.html, "rendered_lines": len(taken.lines)}
    changed = _write(connection, _OFFER, taken, values | {"subject": rendered.subject, "lease_until": now + lease})
    if changed:
        _write(connection, _OFFER_ATTEMPT, taken, {"stage": "offered", "offered_at": now})
    return changed


def record(connection: Connection, taken: Claim, outcome: Outcome, now: datetime) -> bool:
    """Write down what became of an attempt. False: refused, for another worker has claimed the mail since.

    Accepted late, too, as long as nobody else claimed: what this worker saw is the truth. The
    attempt's own row is written in any case.
    """
    kept = _write(connection, _RECORD, taken, _UNCHANGED | {"unknowns": taken.unknowns} | _values(taken, outcome, now))
    _write(connection, _RECORD_ATTEMPT, taken, _attempt_values(outcome, now, kept=kept))
    return kept


def _written(table: Table, number: str, columns: str, *where: ColumnElement[bool]) -> Prepared:
    """An update of one mail or attempt, made once: building it anew costs more than running it."""
    key = "id" if table is MAIL else "mail_id"
    ours = (table.c[key] == bindparam("the_mail"), table.c[number] == bindparam("the_fence"))
    new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns.split()}
    return Prepared(update(table).where(*ours, *where).values(new))


_OFFER = _written(MAIL, "fence", "subject text html rendered_lines lease_until", MAIL.c.state == "sending")
_OFFER_ATTEMPT = _written(ATTEMPT, "number", "stage offered_at")
_RECORD = _written(
    MAIL,
    "fence",
    "state reason next_attempt_at done_at attempts unknowns last_code last_answer lease_until owner",
    or_(MAIL.c.state == "sending", MAIL.c.state == "unknown"),
)
_RETURNED = ("state", "next_attempt_at", "lease_until", "owner")
_RETURN = _written(MAIL, "fence", " ".join(_RETURNED), MAIL.c.state == "sending")
_RECORD_ATTEMPT = _written(ATTEMPT, "number", "ended_at outcome code answer")
_UNCHANGED: dict[str, Any] = {"lease_until": None, "owner": "", "done_at": None, "next_attempt_at": None, "reason": ""}


def _write(connection: Connection, statement: Prepared, taken: Claim, values: dict[str, Any]) -> bool:
    """Run one of these for a claim. False: the row is no longer this claim's."""
    new = {f"new_{name}": value for name, value in values.items()}
    return statement.run(connection, new | {"the_mail": taken.mail_id, "the_fence": taken.fence}) == 1


def _values(taken: Claim, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The mail's columns after this outcome, where they are not `_UNCHANGED`."""
    done = {"attempts": taken.attempts + 1, "done_at": now}
    match outcome:
        case HandedOver(receipt):
            return done | {"state": "handed_over", **_answer(receipt.code, receipt.text)}
        case Later(at, code, text, attempted):
            attempts = taken.attempts + attempted
            return {"state": "queued", "next_attempt_at": at, "attempts": attempts, **_answer(code, text)}
        case Failed(reason, code, text):
            return done | {"state": "failed", "reason": reason, **_answer(code, text)}
        case Expired(reason, code, text):
            return done | {"state": "expired", "reason": reason, **_answer(code, text)}
        case Uncertain(again_at, code, text):
            doubt = {"state": "unknown", "next_attempt_at": again_at, "reason": "no_answer"}
            return doubt | {"attempts": taken.attempts + 1, "unknowns": taken.unknowns + 1, **_answer(code, text)}


def _answer(code: int, text: str) -> dict[str, Any]:
    return {"last_code": code, "last_answer": text[:LONGEST_ANSWER]}


def _attempt_values(outcome: Outcome, now: datetime, *, kept: bool) -> dict[str, Any]:
    names: dict[type, str] = {HandedOver: "handed_over", Failed: "failed", Expired: "expired", Uncertain: "unknown"}
    answer = outcome.receipt if isinstance(outcome, HandedOver) else outcome
    name = names.get(type(outcome)) or ("later" if isinstance(outcome, Later) and outcome.attempted else "returned")
    text = answer.text[:LONGEST_ANSWER] + ("" if kept else " (late)")
    return {"outcome": name, "code": answer.code, "answer": text, "ended_at": now}


def renew(connection: Connection, *, mails: Collection[int], owner: str, until: datetime) -> int:
    """A sign of life: those of these mails that `owner` still has stay his until then. Says how many."""
    if not mails:
        return 0
    return connection.execute(
        update(MAIL)
        .where(MAIL.c.id.in_(tuple(mails)), MAIL.c.state == "sending", MAIL.c.owner == owner)
        .values(lease_until=until)
    ).rowcount


def give_back(connection: Connection, unsent: Collection[Claim], now: datetime) -> int:
    """Return claimed mails that were not offered to any server: it costs them nothing. Says how many."""
    queued = _UNCHANGED | {"state": "queued", "next_attempt_at": now}
    returned = {"outcome": "returned", "code": None, "answer": "", "ended_at": now}
    back = 0
    for taken in unsent:
        back += _write(connection, _RETURN, taken, {name: queued[name] for name in _RETURNED})
        _write(connection, _RECORD_ATTEMPT, taken, returned)
    return back


def rescue(
    connection: Connection,
    now: datetime,
    *,
    unknown_wait: timedelta = timedelta(seconds=600),
    unknown_resends: int = 1,
    owner: str | None = None,
) -> Rescued:
    """Free the mails whose lease is over, and those of `owner`, a worker known to be dead.

    Offered ones become unknown and wait; the others are queued again at once. A mail that five
    workers died of before it was offered is failed, visibly, instead of killing a sixth.
    """
    over = MAIL.c.lease_until < now
    dead = and_(MAIL.c.state == "sending", or_(over, MAIL.c.owner == owner) if owner else over)
    offered = exists().where(
        and_(ATTEMPT.c.mail_id == MAIL.c.id, ATTEMPT.c.number == MAIL.c.fence, ATTEMPT.c.stage == "offered")
    )
    free = {"lease_until": None, "owner": ""}
    doubt = free | {"state": "unknown", "reason": "worker_died", "attempts": MAIL.c.attempts + 1}
    doubt |= {"unknowns": MAIL.c.unknowns + 1}
    again = _ids(
        connection, dead, offered, MAIL.c.unknowns < unknown_resends, doubt | {"next_attempt_at": now + unknown_wait}
    )
    stuck = _ids(connection, dead, offered, MAIL.c.unknowns >= unknown_resends, doubt)
    deaths = free | {"deaths": MAIL.c.deaths + 1}
    poison = deaths | {"state": "failed", "reason": "poison", "done_at": now}
    failed = _ids(connection, dead, ~offered, MAIL.c.deaths + 1 >= MOST_DEATHS, poison)
    queued = _ids(
        connection,
        dead,
        ~offered,
        MAIL.c.deaths + 1 < MOST_DEATHS,
        deaths | {"state": "queued", "next_attempt_at": now},
    )
    _end_attempts(connection, again + stuck, "unknown", now)
    _end_attempts(connection, queued + failed, "died", now)
    return Rescued(len(queued), len(again) + len(stuck), len(failed))


def _ids(
    connection: Connection,
    dead: ColumnElement[bool],
    stage: ColumnElement[bool],
    which: ColumnElement[bool],
    values: dict[str, Any],
) -> list[int]:
    return [
        row[0]
        for row in connection.execute(update(MAIL).where(dead, stage, which).values(**values).returning(MAIL.c.id))
    ]


def _end_attempts(connection: Connection, mail_ids: list[int], outcome: str, now: datetime) -> None:
    if mail_ids:
        connection.execute(
            update(ATTEMPT)
            .where(among(connection, ATTEMPT.c.mail_id, mail_ids), ATTEMPT.c.ended_at.is_(None))
            .values(ended_at=now, outcome=outcome)
        )


def expire(connection: Connection, now: datetime) -> int:
    """End the waiting mails whose time is over, held ones too: nothing about the past is ever mailed.

    One whose outcome is unknown is not sent again, and stays unknown.
    """
    useless = MAIL.c.useless_after <= now
    connection.execute(
        update(MAIL)
        .where(MAIL.c.state == "unknown", MAIL.c.next_attempt_at.is_not(None), useless)
        .values(next_attempt_at=None)
    )
    return connection.execute(
        update(MAIL)
        .where(MAIL.c.state.in_(("queued", "held")), useless)
        .values(state="expired", reason="useless", hold="", next_attempt_at=None, done_at=now)
    ).rowcount


def hold_back(connection: Connection, hold: str, *, allowed: Collection[str] | None = None) -> int:
    """Hold every queued mail whose address is not in `allowed` (None: all), until `outbox.release(hold)`.

    `@domain` in `allowed` stands for every address of that domain. One whose outcome is unknown is
    not sent again by itself. Returns how many mails are held now that were not.
    """
    other: list[ColumnElement[bool]] = []
    if allowed is not None:
        address = func.lower(MAIL.c.address)
        one = tuple(each.lower() for each in allowed if not each.startswith("@"))
        domains = [address.endswith(each.lower(), autoescape=True) for each in allowed if each.startswith("@")]
        other = [~or_(address.in_(one), *domains)]
    connection.execute(
        update(MAIL)
        .where(MAIL.c.state == "unknown", MAIL.c.next_attempt_at.is_not(None), *other)
        .values(next_attempt_at=None)
    )
    return connection.execute(
        update(MAIL)
        .where(MAIL.c.state == "queued", *other)
        .values(state="held", hold=hold, reason=f"held_{hold}", next_attempt_at=None)
    ).rowcount
