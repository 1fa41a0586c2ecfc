"""A rendered mail as the bytes that go over the wire: 7-bit, one recipient, nothing injected.

The standard library's modern API does all of it, but only once per thing that changes: an
`EmailMessage` made and flattened for each mail takes 4 ms, most of it for headers and a structure
that are the same every time. So the structure is flattened once around two empty places, each
header is folded once per value, and a mail costs the folding of its subject.
"""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

from notifications import addresses
from notifications.errors import SettingsRefused
from notifications.mail import RenderedMail
from notifications.markdown import one_line

# No base64 line can contain this: the alphabet has no underscore.
_BOUNDARY = "=_khen_part"
_TEXT, _HTML, _CALENDAR = "text goes here", "html goes here", "calendar goes here"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: an address of ours, how it is shown, where answers go, and the id of the list."""

    address: str
    name: str = ""
    reply_to: str = ""
    list_id: str = ""

    def __post_init__(self) -> None:
        addresses.parse(self.address)
        if self.reply_to:
            addresses.parse(self.reply_to)
        for what, value in (("name", self.name), ("list_id", self.list_id)):
            if value != _literal(value):
                raise SettingsRefused("header_characters", what=what)


def build(
    rendered: RenderedMail,
    sender: Sender,
    *,
    address: str,
    name: str,
    message_id: str,
    thread_id: str,
    date: datetime,
    calendar: str = "",
) -> bytes:
    """The message with CRLF line ends, all ASCII. The same arguments give the same bytes.

    `address` must be one plain address; `name` may be anything, it cannot leave its header. `calendar` is an
    appointment (iCalendar text) that mail programs offer to put into the reader's own.
    """
    before, between, *last = _structure(rendered.language, _method(calendar))
    ending = last if not calendar else [last[0], _base64(calendar), last[1]]
    return b"".join(
        (
            _sender_headers(sender),
            _recipient_header(address, _literal(name)[:200]),
            _header("Subject", _literal(rendered.subject)),
            _header("Message-ID", message_id),
            _thread_headers(thread_id),
            _header("Date", format_datetime(date)),
            before,
            _base64(rendered.text),
            between,
            _base64(rendered.html),
            *ending,
        )
    )


def _method(calendar: str) -> str:
    """What an appointment asks of the reader's calendar; the header must say the same as the text. Empty for none."""
    if not calendar:
        return ""
    return "CANCEL" if "\nMETHOD:CANCEL" in calendar else "PUBLISH"


def _literal(value: str) -> str:
    """One line that says what it says.

    The library decodes an encoded word in a value it is given, and writes out what it finds in
    there, line breaks included: `=?utf-8?q?=0D=0ABcc:_x?=` as a unit's name adds a header.
    """
    return one_line(value).replace("=?", "= ?")


def _folded(name: str, value: str) -> bytes:
    """One header, folded and encoded as the standard library does it."""
    if not value.isascii():
        return f"{name}: {_words(name, value)}\r\n".encode("ascii")
    folded: str = policy.SMTP.header_factory(name, value).fold(policy=policy.SMTP)
    return folded.encode("ascii")


def _words(name: str, value: str) -> str:
    """A text that is not ASCII, as encoded words.

    By the older part of the library: where the modern one folds a long text, it loses a blank or adds one in some
    versions of Python, and a reader finds “đơnvị”.
    """
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return Header(whole, "utf-8", header_name=name).encode(linesep="\r\n")


def _mailbox(header: str, address: str, name: str) -> bytes:
    """A header that holds one address, with the name it is shown by."""
    if name.isascii():
        folded: str = policy.SMTP.header_factory(header, Address(name, addr_spec=address)).fold(policy=policy.SMTP)
        return folded.encode("ascii")
    return f"{header}: {_words(header, name)}\r\n <{address}>\r\n".encode("ascii")


@lru_cache(maxsize=1024)
def _header(name: str, value: str) -> bytes:
    return _folded(name, value)


@lru_cache(maxsize=4096)
def _recipient_header(address: str, name: str) -> bytes:
    return _mailbox("To", addresses.parse(address), name)


@lru_cache(maxsize=8)
def _sender_headers(sender: Sender) -> bytes:
    headers = [_mailbox("From", addresses.parse(sender.address), sender.name)]
    if sender.reply_to:
        headers.append(_mailbox("Reply-To", addresses.parse(sender.reply_to), sender.name))
    if sender.list_id:
        headers.append(_header("List-Id", f"<{sender.list_id}>"))
    # RFC 3834: no vacation note answers this. The second line says the same to Exchange.
    headers += [_header("Auto-Submitted", "auto-generated"), _header("X-Auto-Response-Suppress", "All")]
    return b"".join(headers)


@lru_cache(maxsize=1024)
def _thread_headers(thread_id: str) -> bytes:
    return _header("In-Reply-To", thread_id) + _header("References", thread_id) if thread_id else b""


@lru_cache(maxsize=8)
def _structure(language: str, calendar: str) -> tuple[bytes, ...]:
    """What stands before, between and after the bodies of a message, made by the library."""
    message = EmailMessage(policy=policy.SMTP)
    message.set_content(_TEXT, cte="base64")
    message.add_alternative(_HTML, subtype="html", cte="base64")
    if calendar:
        message.add_alternative(_CALENDAR, subtype="calendar", cte="base64", params={"method": calendar})
    message.set_boundary(_BOUNDARY)
    message["Content-Language"] = language
    before, _, rest = message.as_bytes().partition(_base64(f"{_TEXT}\n"))
    between, _, after = rest.partition(_base64(f"{_HTML}\n"))
    if not calendar:
        return before, between, after
    middle, _, after = after.partition(_base64(f"{_CALENDAR}\n"))
    return before, between, middle, after


def _base64(text: str) -> bytes:
    canonical = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return encodebytes(canonical.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
