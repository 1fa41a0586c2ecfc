"""The mailbox of a rehearsal: every mail that the catch-all server took. There is no such page in earnest."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from starlette.responses import Response

from notifications.catchall import Kept, read_ledger, read_message
from workflow.domain import vietnamese
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.web.templating import moment

MOST = 100
_ADDRESS = re.compile(r"https?://[^\s<>\"'()]+[^\s<>\"'().,;:!?]")


def listed(ask: Ask) -> Response:
    """Newest first; found by recipient or subject, with or without marks."""
    words = vietnamese.fold(ask.query.get("tim")[:200])
    start = ask.query.get("tu")
    first = int(start) if start.isdecimal() and len(start) < 10 else 0
    found = [each for each in reversed(read_ledger(_folder(ask))) if _has(each, words)]
    rows = found[first : first + MOST]
    given = {"tim": ask.query.get("tim")} if words else {}
    return page(
        ask, "mails/mailbox.html", rows=rows, total=len(found), caught_at=_moment, tim=ask.query.get("tim"),
        newer=ask.path("mailbox", **given, tu=max(0, first - MOST)) if first else "",
        older=ask.path("mailbox", **given, tu=first + MOST) if first + MOST < len(found) else "",
    )  # fmt: skip


def _moment(at: str) -> str:
    return moment(datetime.fromisoformat(at))


def _has(kept: Kept, words: str) -> bool:
    return words in vietnamese.fold(f"{kept.recipient} {kept.subject}")


def show(ask: Ask) -> Response:
    """One caught mail: its text part, in which our own links and others can be followed."""
    name = ask.part("name")
    try:
        raw = read_message(_folder(ask), name)
    except (FileNotFoundError, ValueError, IsADirectoryError):
        raise NotHere from None
    if not name.endswith(".eml"):
        raise NotHere
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    text = str(part.get_content()) if isinstance(part, MIMEPart) else ""
    own = ask.house.app.settings.web.base_url.rstrip("/")
    headers = [
        (each, str(message[each])) for each in ("From", "To", "Date", "Message-ID", "References") if message[each]
    ]
    return page(
        ask, "mails/caught.html", subject=str(message["Subject"] or ""), headers=headers, text=linked(text, own),
        size=len(raw),
    )  # fmt: skip


def linked(text: str, own: str) -> list[tuple[str, str]]:
    """(words, address) of every piece of a text: no address, no link. Those that begin with `own` lead into this
    system, under whatever name the reader has opened it."""
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match[0]
        inside = address.startswith((own + "/", own + "?")) or address == own
        href = (address.removeprefix(own) or "/") if inside else address
        parts += [(text[end : match.start()], ""), (address, href)]
        end = match.end()
    return [*parts, (text[end:], "")]


def _folder(ask: Ask) -> Path:
    if not ask.house.demo or ask.house.mailbox is None:
        raise NotHere
    return ask.house.mailbox
