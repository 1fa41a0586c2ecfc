"""A mail server that misbehaves exactly as told, for tests of ours and of whoever builds on us."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notifications.catchall import Hangup, MailServer, Session, Store

Stage = Literal["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "DOT", "QUIT", "RSET"]
Trick = Literal["4xx", "5xx", "421", "drop", "silent", "drip", "garbage", "endless", "kept_drop", "kept_silent"]
STAGES: tuple[Stage, ...] = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "DOT", "QUIT")

_CODES: dict[str, tuple[int, int]] = {
    "CONNECT": (450, 554),
    "STARTTLS": (454, 501),
    "AUTH": (454, 535),
    "MAIL": (451, 550),
    "RCPT": (450, 550),
    "DATA": (451, 554),
    "DOT": (452, 554),
}


@dataclass(slots=True)
class Fault:
    """At this stage, do this; `times` times (None: always), and only for a recipient that has `only_to` in it.

    `kept_drop` and `kept_silent` are for DOT: the mail is kept, and nobody says so.
    """

    stage: Stage
    trick: Trick
    times: int | None = None
    only_to: str = ""
    code: int | None = None
    landed: int = 0


class HostileServer(MailServer):
    """A server with faults. `offers_tls` and `user` decide what EHLO offers.

    `seen` counts the commands, so that a test can prove that what it provoked really happened.
    """

    def __init__(
        self,
        store: Store,
        *faults: Fault,
        clock: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        user: str = "",
        password: str = "",
        size: int | None = None,
        extended: bool = True,
    ) -> None:
        super().__init__(store, clock=clock, host=host, port=port, tls=tls)
        self.faults: Sequence[Fault] = faults
        self.seen: dict[str, int] = {}
        self.encrypted_mails = 0
        self._user, self._password = user, password
        self._size, self._extended = size, extended

    async def at(self, stage: str, session: Session) -> bool:
        """Misbehave where a fault says so."""
        self.seen[stage] = self.seen.get(stage, 0) + 1
        if stage == "EHLO" and not self._extended:
            await session.say("502 only HELO here")
            return False
        for fault in self.faults:
            if fault.stage == stage and self._applies(fault, session):
                fault.landed += 1
                await self._act(fault, session)
                return False
        if stage == "DOT":
            self.encrypted_mails += session.encrypted
        return True

    def _applies(self, fault: Fault, session: Session) -> bool:
        spent = fault.times is not None and fault.landed >= fault.times
        return not spent and (not fault.only_to or any(fault.only_to in each for each in session.recipients))

    async def _act(self, fault: Fault, session: Session) -> None:
        soft, hard = _CODES.get(fault.stage, (450, 550))
        match fault.trick:
            case "4xx":
                await session.say(f"{fault.code or soft} not now")
            case "5xx":
                await session.say(f"{fault.code or hard} never")
            case "421":
                await session.say("421 closing")
                raise Hangup
            case "drop" | "kept_drop":
                if fault.trick == "kept_drop":
                    await self.keep(session)
                raise Hangup
            case "silent" | "kept_silent":
                if fault.trick == "kept_silent":
                    await self.keep(session)
                await asyncio.sleep(3600)
            case "drip":
                await _drip(session)
            case "garbage":
                await session.say("\x00\x1b[31mwhat\x07 is this")
            case "endless":
                await session.say(*["250 and"] * 20_000)
        if fault.stage == "CONNECT":
            raise Hangup

    def extensions(self, session: Session) -> list[str]:
        """What EHLO offers, by the settings of this server."""
        offers = [each for each in super().extensions(session) if self._size is None or "SIZE" not in each]
        if self._size is not None:
            offers.append(f"250 SIZE {self._size}")
        return [*offers, "250 AUTH PLAIN LOGIN CRAM-MD5"] if self._user else offers

    async def _do_auth(self, session: Session, rest: str) -> None:
        method, _, given = rest.partition(" ")
        wanted = base64.b64encode(f"\0{self._user}\0{self._password}".encode()).decode()
        if method.upper() == "PLAIN" and given == wanted:
            session.user = self._user
            await session.say("235 welcome")
            return
        await session.say("535 wrong")


async def _drip(session: Session) -> None:
    """An answer so slow that each byte comes in time and the whole never does."""
    for letter in b"250 " + b"slow " * 200:
        session.writer.write(bytes([letter]))
        await session.writer.drain()
        await asyncio.sleep(0.05)
