"""The values of this pillar: what is asked for, what it becomes, what a server said. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Plain = str | int | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]
Context = Mapping[str, Plain]

MailState = Literal["queued", "held", "sending", "handed_over", "unknown", "failed", "expired", "cancelled"]
STATES: tuple[MailState, ...] = (
    "queued",
    "held",
    "sending",
    "handed_over",
    "unknown",
    "failed",
    "expired",
    "cancelled",
)
FINAL: tuple[MailState, ...] = ("handed_over", "failed", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One line of a mail: what it is about and the words it needs.

    `reference` is opaque to this pillar ("nomination:123") and finds the line again to cancel or
    release it; `topic` groups lines that are cancelled together ("reminder"). `section` is the
    template whose text describes this line.
    """

    reference: str
    topic: str
    section: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailRequest:
    """One mail to one recipient. (cause, address) is its identity: asked for twice, it is one mail.

    `thread` groups mails in the reader's mail program. `hold` names what must be released before
    the mail may leave (None: nothing). `why` says to the recipient why he gets it. After
    `useless_after` (an instant) it is not sent any more, before `not_before` not yet.
    """

    cause: str
    address: str
    name: str
    language: str
    template: str
    context: Context
    lines: tuple[LineRequest, ...] = ()
    thread: str = ""
    hold: str | None = None
    why: str = ""
    useless_after: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail in words: subject on one line, the same body as text and as HTML.

    `language` is the one it was really written in: a template missing in the asked language falls
    back to Vietnamese, and `fell_back` says so.
    """

    subject: str
    text: str
    html: str
    language: str = "vi"
    fell_back: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A server took over responsibility for a mail. It does not say that anybody got it."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that one worker may send until `lease_until`, with all it needs to render and send it.

    `fence` grows with each claim; what an older claim reports about the mail is refused.
    `frozen` is the text of an earlier rendering that still holds.
    """

    mail_id: int
    fence: int
    owner: str
    lease_until: datetime
    address: str
    name: str
    language: str
    template: str
    context: Context
    lines: tuple[LineRequest, ...]
    why: str
    message_id: str
    thread_id: str
    queued_at: datetime
    useless_after: datetime | None
    attempts: int
    unknowns: int
    resend_of: int | None
    frozen: RenderedMail | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The server answered 250 after the last dot."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the mail goes back into the queue until `at`. `attempted` counts it as an attempt."""

    at: datetime
    code: int
    text: str
    attempted: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """Never again by itself. `reason` is a word of the catalogue (`mail_reason.<reason>`)."""

    reason: str
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Too late to be of use (`useless`), or tried for as long as a mail is tried (`lifetime`)."""

    reason: str
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody knows whether the server kept it. Sent once more at `again_at`; None: a person decides."""

    again_at: datetime | None
    code: int
    text: str


Outcome = HandedOver | Later | Failed | Expired | Uncertain
