"""Speaks SMTP. One message in, a receipt or a `DeliveryError` out. The only room that imports aiosmtplib.

No retries, no database, no templates: `retrying` says what a failure means, `delivery` acts on it.
The library's convenience calls are not used: they send to several recipients and return half
failures, upgrade to TLS only if it suits the server, try a refused password once per method, and
do not tell whether a mail had left when the connection broke.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from notifications.building import Sender
from notifications.errors import DeliveryError, DeliveryKind, SettingsRefused
from notifications.mail import Receipt

TlsMode = Literal["starttls", "tls", "none"]
TLS_MODES: tuple[TlsMode, ...] = ("starttls", "tls", "none")
_DOT_AT_START = re.compile(rb"(?m)^\.")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for the answer to each command (RFC 5321, 4.5.3.2), never for a whole mail.

    `dot` is long on purpose: a server that has all of a mail but has not answered yet may well
    keep it, and giving up early is what makes mails arrive twice.
    """

    connect: float = 30
    greeting: float = 300
    ehlo: float = 300
    tls: float = 60
    auth: float = 120
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    dot: float = 600
    quit: float = 5


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the relay. `tls` is what must be, never what would be nice.

    `none` is for a server on this machine or in the same house, and never carries a password to
    another machine. `cert_bundle` adds a home-made authority to those of the system.
    """

    host: str
    sender: Sender
    port: int = 587
    tls: TlsMode = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    cert_bundle: Path | None = None
    local_hostname: str = "localhost"
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        if not self.host or not self.host.isprintable() or " " in self.host:
            raise SettingsRefused("host_missing")
        if not 0 < self.port < 65536:
            raise SettingsRefused("port_impossible", port=self.port)
        if self.tls not in TLS_MODES:
            raise SettingsRefused("tls_word", tls=self.tls)
        if self.user and not self.password:
            raise SettingsRefused("password_missing", user=self.user)
        if self.user and self.in_clear:
            raise SettingsRefused("password_in_clear", host=self.host)
        if self.cert_bundle is not None and not self.cert_bundle.is_file():
            raise SettingsRefused("bundle_unreadable", path=str(self.cert_bundle))

    @property
    def in_clear(self) -> bool:
        """Mails cross a network unencrypted, because the settings say so."""
        return self.tls == "none" and not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether this name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class SmtpLane:
    """One kept connection, for one mail at a time.

    After a `DeliveryError` the lane is either ready for the next mail or closed; `send` opens it
    again. `may_have_left` says of the mail in hand whether its last dot went out: what a
    cancelled `send` means depends on it.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: aiosmtplib.SMTP | None = None
        self._used = 0
        self.may_have_left = False

    @property
    def is_open(self) -> bool:
        return self._smtp is not None and self._smtp.is_connected

    @property
    def offers(self) -> Mapping[str, str]:
        """The extensions of the server, by name, after `connect`."""
        return dict(self._smtp.esmtp_extensions) if self._smtp is not None else {}

    async def connect(self) -> None:
        """Greeting, EHLO, TLS as set, AUTH. Raises `DeliveryError` of kind lane or configuration."""
        if self.is_open:
            return
        self._used = 0
        try:
            await self._connect()
        except BaseException:
            self._drop()
            raise

    async def send(self, message: bytes, sender: str, recipient: str) -> Receipt:
        """Hand one message for one recipient over. Returns only after the server's 250.

        A kept connection that the server has closed meanwhile is opened again, once: no mail is
        charged for having waited.
        """
        reused = self.is_open and self._used > 0
        try:
            return await self._send(message, sender, recipient)
        except DeliveryError as error:
            if not (reused and error.kind == "lane"):
                raise
        return await self._send(message, sender, recipient)

    def abandon(self) -> None:
        """Hang up at once, without a word."""
        self._drop()

    async def close(self) -> None:
        """QUIT, politely and briefly. Call it after the last mail is recorded: some never answer."""
        if self._smtp is not None and self.is_open:
            transport = self._smtp.transport
            # Everything was said before; how the other side hangs up changes nothing.
            with suppress(SMTPException, OSError, ValueError):
                await self._smtp.quit(timeout=self._settings.timeouts.quit)
            hang_up(transport)  # under TLS the library would wait for a goodbye that may never come
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            hang_up(self._smtp.transport)
            self._smtp.close()
        self._smtp = None

    # ── connecting ──────────────────────────────────────────────────────────────────────────────

    async def _connect(self) -> None:
        settings, waits = self._settings, self._settings.timeouts
        plain_socket = await _tcp(settings.host, settings.port, waits.connect)
        smtp = self._smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            sock=plain_socket,
            use_tls=settings.tls == "tls",
            start_tls=False,
            tls_context=_tls_context(settings.cert_bundle) if settings.tls != "none" else None,
            local_hostname=settings.local_hostname,
        )
        await _step("connect", smtp.connect(timeout=waits.greeting))
        await self._greet(smtp)
        if settings.tls == "starttls":
            if not smtp.supports_extension("starttls"):
                _refuse("configuration", 0, "STARTTLS is not offered", "starttls", "tls")
            await _step("starttls", smtp.starttls(timeout=waits.tls))
            await self._greet(smtp)
        if settings.user:
            await self._log_in(smtp)

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        try:
            await smtp.ehlo(timeout=self._settings.timeouts.ehlo)
        except aiosmtplib.SMTPHeloError as error:
            # A server that knows no EHLO may take mail all the same, but has neither TLS nor AUTH.
            if not 500 <= error.code < 600 or not smtp.is_connected:
                raise _connection_error("ehlo", error) from error
            await _step("helo", smtp.helo(timeout=self._settings.timeouts.ehlo))
        except (SMTPException, OSError) as error:
            raise _connection_error("ehlo", error) from error

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> None:
        # One method, one try: the library's `login` would offer a wrong password three times.
        user, password, wait = self._settings.user, self._settings.password, self._settings.timeouts.auth
        methods = smtp.server_auth_methods
        if "plain" in methods:
            await _step("auth", smtp.auth_plain(user, password, timeout=wait))
        elif "login" in methods:
            await _step("auth", smtp.auth_login(user, password, timeout=wait))
        elif "cram-md5" in methods:
            await _step("auth", smtp.auth_crammd5(user, password, timeout=wait))
        else:
            _refuse("configuration", 0, "AUTH is not offered", "auth", "auth")

    # ── one mail ────────────────────────────────────────────────────────────────────────────────

    async def _send(self, message: bytes, sender: str, recipient: str) -> Receipt:
        await self.connect()
        smtp = self._smtp
        assert smtp is not None
        self._used += 1
        try:
            receipt = await self._transaction(smtp, message, sender, recipient)
        except DeliveryError as error:
            self.may_have_left = False
            await self._tidy(smtp, error)
            raise
        self.may_have_left = False
        return receipt

    async def _transaction(self, smtp: aiosmtplib.SMTP, message: bytes, sender: str, recipient: str) -> Receipt:
        waits = self._settings.timeouts
        size = _size_limit(smtp)
        if size and len(message) > size:
            _refuse("permanent", 552, f"{len(message)} bytes; the server takes {size}", "size", "too_big")
        options = [f"SIZE={len(message)}"] if smtp.supports_extension("size") else []
        await _step("mail", smtp.mail(sender, options=options, timeout=waits.mail))
        await _step("rcpt", smtp.rcpt(recipient, timeout=waits.rcpt))
        answer = await _step("data", smtp.execute_command(b"DATA", timeout=waits.data))
        if answer.code != 354:
            raise _answered("data", answer.code, answer.message)
        self.may_have_left = True
        answer = await _step("dot", self._body(smtp, message))
        if not 200 <= answer.code < 300:
            raise _answered("dot", answer.code, answer.message)
        return Receipt(answer.code, clean(answer.message))

    async def _body(self, smtp: aiosmtplib.SMTP, message: bytes) -> aiosmtplib.SMTPResponse:
        protocol = smtp.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        protocol.write(_DOT_AT_START.sub(b"..", message) + b".\r\n")
        return await protocol.read_response(timeout=self._settings.timeouts.dot)

    async def _tidy(self, smtp: aiosmtplib.SMTP, error: DeliveryError) -> None:
        """Make the lane ready for another mail, or close it: a half-said transaction spoils the next."""
        answered = 400 <= error.code < 600 and error.code != 421
        if not answered or not smtp.is_connected:
            self._drop()
            return
        try:
            await smtp.rset(timeout=self._settings.timeouts.mail)
        except (SMTPException, OSError):
            self._drop()


def probe(settings: SmtpSettings) -> Mapping[str, str]:
    """Connect, encrypt and log in as for a mail, send none, and say what the server offers.

    For a check of the settings. Raises `DeliveryError`, whose stage, kind and text explain.
    """

    async def look() -> Mapping[str, str]:
        lane = SmtpLane(settings)
        try:
            await lane.connect()
            return lane.offers
        finally:
            await lane.close()

    return asyncio.run(look())


def hang_up(transport: asyncio.BaseTransport | None) -> None:
    """At once: what the other side has not taken yet is not waited for, and its socket is free."""
    # Of a TLS connection that has been closed twice, Python 3.11.2 (Debian 12) says that it has none to abort.
    if isinstance(transport, asyncio.WriteTransport):
        with suppress(AttributeError):
            transport.abort()


async def _tcp(host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket to the first address that answers within `timeout` seconds."""
    loop = asyncio.get_running_loop()
    problem: Exception | None = None
    try:
        found = await asyncio.wait_for(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise DeliveryError(
            "lane", 0, clean(f"{host}: {str(error) or 'no answer from DNS'}"), stage="connect"
        ) from error
    for family, kind, protocol, _, address in found:
        candidate = socket.socket(family, kind, protocol)
        candidate.setblocking(False)
        try:
            await asyncio.wait_for(loop.sock_connect(candidate, address), timeout)
        except (OSError, TimeoutError) as error:
            candidate.close()
            problem = error
        except BaseException:
            candidate.close()
            raise
        else:
            return candidate
    text = clean(f"{host}:{port}: {str(problem or '') or 'no answer'}")
    raise DeliveryError("lane", 0, text, stage="connect") from problem


@lru_cache(maxsize=4)
def _tls_context(bundle: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if bundle is not None:
        context.load_verify_locations(cafile=bundle)
    return context


def _size_limit(smtp: aiosmtplib.SMTP) -> int:
    limit = smtp.esmtp_extensions.get("size", "")
    return int(limit) if limit.isascii() and limit.isdigit() else 0


async def _step(stage: str, doing: Awaitable[_T]) -> _T:
    """One command, with whatever goes wrong said as a `DeliveryError`."""
    try:
        return await doing
    except SMTPResponseException as error:
        if stage in _CONNECTING:
            raise _connection_error(stage, error) from error
        raise _answered(stage, error.code, error.message) from error
    except (SMTPException, OSError, TimeoutError) as error:
        if stage in _CONNECTING:
            raise _connection_error(stage, error) from error
        raise DeliveryError(_SILENT[stage], 0, clean(str(error)), stage=stage) from error
    except (ValueError, UnicodeError) as error:
        # The library will not put this address on a command line.
        raise DeliveryError("permanent", 0, clean(str(error)), stage=stage) from error


_CONNECTING = frozenset({"connect", "ehlo", "helo", "starttls", "auth"})

# Before the recipient is named nothing can be the mail's own fault; after the dot nobody knows.
_SILENT: dict[str, DeliveryKind] = {"mail": "lane", "rcpt": "temporary", "data": "temporary", "dot": "unknown"}


def _connection_error(stage: str, error: Exception) -> DeliveryError:
    """A failure before any mail had its turn: of the settings if only a person can mend it."""
    code = error.code if isinstance(error, SMTPResponseException) else 0
    text = error.message if isinstance(error, SMTPResponseException) else str(error)
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return DeliveryError("configuration", code, clean(str(cause)), stage=stage, reason="tls")
    # A 4xx at STARTTLS or AUTH passes by itself. Nothing goes out in clear meanwhile.
    if stage in ("starttls", "auth") and 500 <= code < 600:
        reason = "tls" if stage == "starttls" else "auth"
        return DeliveryError("configuration", code, clean(text), stage=stage, reason=reason)
    return DeliveryError("lane", max(code, 0), clean(text), stage=stage)


def _answered(stage: str, code: int, text: str) -> DeliveryError:
    """What a server's refusal of one mail means, by the stage at which it came."""
    said = clean(text)
    if 400 <= code < 500:
        kind: DeliveryKind = "lane" if stage == "mail" and code == 421 else "temporary"
        return DeliveryError(kind, code, said, stage=stage)
    if 500 <= code < 600:
        if code in (530, 535) and stage != "dot":
            return DeliveryError("configuration", code, said, stage=stage, reason="auth")
        if stage == "mail" and code != 552:
            return DeliveryError("configuration", code, said, stage=stage, reason="sender")
        return DeliveryError("permanent", code, said, stage=stage, reason="too_big" if stage == "mail" else "refused")
    # Neither success nor refusal: not SMTP at all. Whether it took the mail, only the dot decides.
    return DeliveryError(_SILENT[stage], 0, said, stage=stage)


def _refuse(kind: DeliveryKind, code: int, text: str, stage: str, reason: str) -> NoReturn:
    raise DeliveryError(kind, code, text, stage=stage, reason=reason)


def clean(text: str) -> str:
    """A server's words for rows and logs: one line, printable, at most 500 characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:2000]).split())[:500]
