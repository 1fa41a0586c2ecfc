"""Words of the mail pillar for these pages: states, reasons, holds, what a mail is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from definitions.messages import package_catalogue
from notifications.overview import MailHead
from workflow.services import mails
from workflow.web.asking import Ask


@dataclass(frozen=True, slots=True)
class Row:
    """A mail as a list shows it. `subject` of one not written yet is what its template is about."""

    id: int
    to: str
    name: str
    subject: str
    written: bool
    state: str
    state_words: str
    hold: str
    maybe_twice: bool
    again: bool
    edited: bool
    lines: int
    attempts: int
    created_at: datetime
    done_at: datetime | None
    next_attempt_at: datetime | None
    answer: str


def row(ask: Ask, head: MailHead) -> Row:
    return Row(
        head.id, head.address, head.name, head.subject or mails.template_names(ask.language).get(head.template, ""),
        head.subject is not None, head.state, mail_word(ask, f"mail_state.{head.state}"),
        hold_name(ask, head.hold) if head.hold else "", head.maybe_twice, head.resend_of is not None,
        head.edited_at is not None, head.lines, head.attempts, head.created_at, head.done_at, head.next_attempt_at,
        f"{head.last_code or ''} {head.last_answer}".strip(),
    )  # fmt: skip


def mail_word(ask: Ask, code: str) -> str:
    """A word of the mail pillar; what follows the dot where it has none, since a mail's reader may have own words."""
    words = package_catalogue("notifications")
    return words.say(code, ask.language) if code in words else code.partition(".")[2]


def hold_name(ask: Ask, hold: str) -> str:
    """Why mails under this hold wait, in a few words."""
    code = f"mails.hold.{hold}"
    return ask.say(code) if code in ask.house.words else hold
