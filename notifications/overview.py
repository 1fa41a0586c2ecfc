"""What the outbox looks like: counts, lists, one mail with its history. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from notifications.errors import UnknownMail
from notifications.mail import Context, MailState
from notifications.outbox import MAIL_QUEUE
from notifications.tables import ATTEMPT, LINE, MAIL, QUEUE

OVERDUE = timedelta(hours=1)
"""A mail due for longer than this while the queue runs means that no worker does."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Whether mails may leave, and if not, since when and why."""

    paused_at: datetime | None = None
    paused_by: str = ""
    reason: str = ""
    detail: str = ""
    failures: int = 0
    lane_detail: str = ""
    retry_at: datetime | None = None
    handed_over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The outbox in numbers. `counts` has every state that occurs, `held` every hold.

    `uncertain` are unknown mails that nobody sends again by itself: a person must look.
    """

    queue: Queue
    counts: Mapping[str, int]
    held: Mapping[str, int]
    due: int
    overdue: int
    uncertain: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailHead:
    """One mail in a list. `edited_by` wrote its words for this mail alone."""

    id: int
    cause: str
    address: str
    name: str
    template: str
    language: str
    state: MailState
    hold: str
    reason: str
    subject: str | None
    lines: int
    attempts: int
    unknowns: int
    created_at: datetime
    next_attempt_at: datetime | None
    done_at: datetime | None
    last_code: int | None
    last_answer: str
    resend_of: int | None
    edited_at: datetime | None
    edited_by: str | None

    @property
    def maybe_twice(self) -> bool:
        """An attempt ended without an answer, so the reader may have it twice."""
        return self.unknowns > 0


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a mail, open or cancelled."""

    number: int
    reference: str
    topic: str
    section: str
    context: Context
    cancelled_at: datetime | None
    cancel_reason: str | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt, with what the server said. `stage` "offered": the server may have got the mail."""

    number: int
    owner: str
    stage: str
    claimed_at: datetime
    offered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    code: int | None
    answer: str


@dataclass(frozen=True, slots=True)
class MailDetail:
    """All there is to know about one mail. `subject`, `text` and `html` are what really went out, or what goes out
    as somebody edited it; `edited_text` is their source then."""

    head: MailHead
    why: str
    context: Context
    message_id: str
    thread_id: str
    not_before: datetime | None
    useless_after: datetime | None
    text: str | None
    html: str | None
    edited_text: str | None
    rendered_lines: int | None
    lines: tuple[LineView, ...]
    attempts: tuple[AttemptView, ...]

    @property
    def is_stale(self) -> bool:
        """Whether it was edited for other lines than it has now, so that it is not sent as it stands."""
        open_lines = sum(each.cancelled_at is None for each in self.lines)
        return self.edited_text is not None and self.rendered_lines != open_lines


def queue_of(connection: Connection, *, queue: str = MAIL_QUEUE) -> Queue:
    """The state of a queue. One that was never paused and never failed has no row, and runs."""
    columns = [QUEUE.c[name] for name in Queue.__slots__]
    row = connection.execute(select(*columns).where(QUEUE.c.name == queue)).one_or_none()
    return Queue(**row._mapping) if row else Queue()


def summary(connection: Connection, now: datetime) -> Summary:
    """Count the outbox. Costs an index scan over all mails: for a page and a check, not for a loop."""
    counts = connection.execute(select(MAIL.c.state, func.count()).group_by(MAIL.c.state)).all()
    held = connection.execute(
        select(MAIL.c.hold, func.count()).where(MAIL.c.state == "held").group_by(MAIL.c.hold)
    ).all()
    due = MAIL.c.next_attempt_at <= now
    number, oldest = connection.execute(select(func.count(), func.min(MAIL.c.next_attempt_at)).where(due)).one()
    overdue = select(func.count()).where(MAIL.c.next_attempt_at <= now - OVERDUE)
    uncertain = select(func.count()).where(MAIL.c.state == "unknown", MAIL.c.next_attempt_at.is_(None))
    return Summary(
        queue=_as_tried(connection, queue_of(connection)),
        counts=dict(sorted((state, count) for state, count in counts)),
        held=dict(sorted((hold, count) for hold, count in held)),
        due=number,
        overdue=connection.execute(overdue).scalar_one(),
        uncertain=connection.execute(uncertain).scalar_one(),
        oldest_due_at=oldest,
    )


def _as_tried(connection: Connection, queue: Queue) -> Queue:
    """The queue, unreachable also where too few mails waited to try every lane: the next of them says why and when."""
    if queue.retry_at is not None:
        return queue
    unanswered = (MAIL.c.state == "queued", MAIL.c.last_code == 0, MAIL.c.last_answer != "")
    found = select(MAIL.c.next_attempt_at, MAIL.c.last_answer).where(*unanswered)
    row = connection.execute(found.order_by(MAIL.c.next_attempt_at, MAIL.c.id).limit(1)).first()
    return queue if row is None else replace(queue, retry_at=row.next_attempt_at, lane_detail=row.last_answer)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person must look at: mails that failed or ran out of time lately, may have gone
    twice, are held for him, or do not leave."""

    paused: bool
    failed: int
    expired: int
    uncertain: int
    held: int
    overdue: int


LATELY = timedelta(days=14)
"""A mail that failed or ran out of time before that is history: somebody saw it, or it matters no more."""


def trouble(connection: Connection, now: datetime, *, meant: Collection[str] = ()) -> Trouble:
    """Cheap enough for a front page: every count goes by an index of states. `meant`: holds that end by themselves."""
    amount = select(func.count())
    failed = amount.where(MAIL.c.state == "failed", MAIL.c.done_at >= now - LATELY)
    expired = amount.where(MAIL.c.state == "expired", MAIL.c.done_at >= now - LATELY)
    uncertain = amount.where(MAIL.c.state == "unknown", MAIL.c.next_attempt_at.is_(None))
    held = amount.where(MAIL.c.state == "held", MAIL.c.hold.not_in(list(meant)))
    overdue = amount.where(MAIL.c.next_attempt_at <= now - OVERDUE)
    found = [connection.execute(each).scalar_one() for each in (failed, expired, uncertain, held, overdue)]
    return Trouble(queue_of(connection).paused_at is not None, *found)


def holds(connection: Connection) -> list[str]:
    """The names of all holds that hold a mail now."""
    return list(connection.execute(select(MAIL.c.hold).where(MAIL.c.state == "held").distinct()).scalars())


_HEAD = tuple(name for name in MailHead.__slots__ if name != "lines")


def list_mails(
    connection: Connection,
    *,
    state: str | None = None,
    reference: str | None = None,
    address: str | None = None,
    cause: str | None = None,
    hold: str | None = None,
    under: str | None = None,
    words: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[MailHead]:
    """Mails, newest first. The next page is `before` the last number of this one.

    `reference` finds the mails with a line about it, `under` those with a line whose reference begins so.
    `words` must stand in the recipient's address or name.
    """
    statement = select(*(MAIL.c[name] for name in _HEAD), MAIL.c.line_count.label("lines"))
    if state is not None:
        statement = statement.where(MAIL.c.state == state)
    if address is not None:
        statement = statement.where(MAIL.c.address == address)
    if cause is not None:
        statement = statement.where(MAIL.c.cause == cause)
    if reference is not None:
        statement = statement.where(MAIL.c.id.in_(select(LINE.c.mail_id).where(LINE.c.reference == reference)))
    if under is not None:
        near = LINE.c.reference.startswith(under, autoescape=True)
        statement = statement.where(MAIL.c.id.in_(select(LINE.c.mail_id).where(near)))
    if hold is not None:
        statement = statement.where(MAIL.c.hold == hold)
    if words:
        columns = (MAIL.c.address, MAIL.c.name)
        statement = statement.where(or_(*(each.icontains(words, autoescape=True) for each in columns)))
    if before is not None:
        statement = statement.where(MAIL.c.id < before)
    rows = connection.execute(statement.order_by(MAIL.c.id.desc()).limit(limit))
    return [MailHead(**row._mapping) for row in rows]


def show_mail(connection: Connection, mail_id: int) -> MailDetail:
    """One mail with its lines and attempts. Raises `UnknownMail`."""
    row = connection.execute(select(MAIL).where(MAIL.c.id == mail_id)).one_or_none()
    if row is None:
        raise UnknownMail("mail_unknown", mail=mail_id)
    mail = row._mapping
    return MailDetail(
        head=MailHead(**{name: mail[name] for name in _HEAD}, lines=mail["line_count"]),
        **{name: mail[name] for name in ("why", "context", "message_id", "thread_id", "not_before")},
        **{name: mail[name] for name in ("useless_after", "text", "html", "edited_text", "rendered_lines")},
        lines=tuple(LineView(**found) for found in _rows_of(connection, LINE, LineView, mail_id)),
        attempts=tuple(AttemptView(**found) for found in _rows_of(connection, ATTEMPT, AttemptView, mail_id)),
    )


def _rows_of(connection: Connection, table: Any, view: type[LineView | AttemptView], mail_id: int) -> list[Any]:
    columns = [table.c[name] for name in view.__slots__]
    statement = select(*columns).where(table.c.mail_id == mail_id).order_by(table.c.number)
    return [row._mapping for row in connection.execute(statement)]
