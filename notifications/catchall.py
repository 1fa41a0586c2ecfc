"""A mail server that keeps every mail and delivers none, for the demo and for trying out.

It listens on this machine only. `MailServer` is the conversation; `testing` makes it misbehave.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import IO, Any, Protocol, Self

from notifications.errors import SettingsRefused
from notifications.smtp import hang_up, is_loopback

LEDGER = "ledger.jsonl"
LARGEST = 20_000_000
LONGEST_LINE = 4_096


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail that was caught. `name` is its file, where there is one."""

    name: str
    at: str
    sender: str
    recipient: str
    message_id: str
    subject: str
    size: int


class Store(Protocol):
    """Where caught mails go. `keep` returns only when the mail would survive a crash."""

    def keep(self, kept: Kept, message: bytes) -> None: ...


class MemoryStore:
    """Keeps mails for as long as the process lives."""

    def __init__(self) -> None:
        self.mails: list[tuple[Kept, bytes]] = []

    def keep(self, kept: Kept, message: bytes) -> None:
        self.mails.append((kept, message))


class FolderStore:
    """Keeps each mail as a file that any mail program opens, and one line about it in a ledger."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.durable = durable

    def keep(self, kept: Kept, message: bytes) -> None:
        with (self.folder / kept.name).open("xb") as file:
            file.write(message)
            self._settle(file)
        line = json.dumps(asdict(kept), ensure_ascii=False) + "\n"
        with (self.folder / LEDGER).open("a", encoding="utf-8") as ledger:
            ledger.write(line)
            self._settle(ledger)

    def _settle(self, file: IO[Any]) -> None:
        """What was answered with 250 is on the disk, unless nobody will ask for it after a power cut."""
        file.flush()
        if self.durable:
            os.fsync(file.fileno())


def read_message(folder: Path, name: str) -> bytes:
    """One caught mail as it came. Raises `FileNotFoundError`, for a name that is no plain file name too."""
    if Path(name).name != name:
        raise FileNotFoundError(name)
    return (folder / name).read_bytes()


def read_ledger(folder: Path) -> list[Kept]:
    """What a folder has caught, oldest first. A line cut short by a crash is left out."""
    path = folder / LEDGER
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError, TypeError):
            found.append(Kept(**json.loads(line)))
    return found


@dataclass(slots=True)
class Session:
    """One conversation: who is there and what was said so far."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encrypted: bool = False
    user: str = ""
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    message: bytes = b""

    def forget(self) -> None:
        """Ready for another mail."""
        self.sender, self.recipients, self.message = None, (), b""

    async def say(self, *lines: str) -> None:
        """A reply of one or more lines; the last has a blank after its code."""
        rest, last = lines[:-1], lines[-1]
        text = "".join(f"{line[:3]}-{line[4:]}\r\n" for line in rest) + f"{last}\r\n"
        self.writer.write(text.encode("utf-8"))
        await self.writer.drain()


class Hangup(Exception):
    """The conversation is over."""


_ROUNDS_TO_LET_IN = 3
"""Of the loop, from a connection that is accepted to one that is let in."""


class MailServer:
    """Answers SMTP the way a well-behaved server does, and keeps what it gets in a store.

    Listens on a loopback address only; port 0 takes a free one. Use it with `async with`, or
    `in_thread` from a program that has no event loop.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not is_loopback(host):
            raise SettingsRefused("not_loopback", host=host)
        self.store = store
        self.host = host
        self.port = port
        self.sessions = 0
        self.mails = 0
        self._clock = clock
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._let_in, self.host, self.port, limit=LARGEST)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        # Whoever is at the door is let in before it is closed: a closed server drops him with his connection open.
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening)
        for _ in range(_ROUNDS_TO_LET_IN):
            await asyncio.sleep(0)
        self._server.close()
        conversations = dict(self._open)
        for task, writer in conversations.items():
            task.cancel()
            # One that was cancelled before it began closes nothing by itself; and what waits for a reader is not sent.
            hang_up(writer.transport)
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # the loop hangs up in its next round

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Called as soon as somebody is connected: from then on he is one of those to whom it is closed."""
        task = asyncio.get_running_loop().create_task(self._meet(reader, writer))
        self._open[task] = writer
        task.add_done_callback(lambda over: self._open.pop(over, None))

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        try:
            await self.converse(Session(reader, writer))
        except (Hangup, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            pass  # however it ends, every mail answered with 250 is kept
        except asyncio.CancelledError:
            pass  # the server closes
        finally:
            writer.close()
            with contextlib.suppress(OSError):  # until all is sent he is one of those who are hung up on
                await writer.wait_closed()

    async def converse(self, session: Session) -> None:
        """From greeting to goodbye."""
        if await self.at("CONNECT", session):
            await session.say(f"220 {self.host} khen catch-all")
        while True:
            line = await self._line(session)
            verb, _, rest = line.partition(" ")
            step = getattr(self, f"_do_{verb.lower()}", None) if verb.isalpha() else None
            if step is None:
                await session.say("500 what does that mean")
                continue
            if await self.at(verb.upper(), session):
                await step(session, rest.strip())

    async def at(self, stage: str, session: Session) -> bool:
        """Called before each command is answered. False: it was answered already, do nothing."""
        return True

    def extensions(self, session: Session) -> list[str]:
        """What EHLO offers."""
        offers = [f"250 SIZE {LARGEST}", "250 8BITMIME"]
        return [*offers, "250 STARTTLS"] if self._tls is not None and not session.encrypted else offers

    async def _line(self, session: Session) -> str:
        raw = await session.reader.readuntil(b"\n")
        if len(raw) > LONGEST_LINE:
            raise Hangup
        return raw.decode("utf-8", "replace").strip()

    async def _do_ehlo(self, session: Session, _: str) -> None:
        await session.say(f"250 {self.host}", *self.extensions(session))

    async def _do_helo(self, session: Session, _: str) -> None:
        await session.say(f"250 {self.host}")

    async def _do_starttls(self, session: Session, _: str) -> None:
        if self._tls is None or session.encrypted:
            await session.say("502 not here")
            return
        await session.say("220 go ahead")
        await session.writer.start_tls(self._tls)
        session.encrypted = True

    async def _do_mail(self, session: Session, rest: str) -> None:
        if session.sender is not None:
            await session.say("503 one mail at a time")
            return
        session.sender = _between_brackets(rest)
        await session.say("250 fine")

    async def _do_rcpt(self, session: Session, rest: str) -> None:
        if session.sender is None:
            await session.say("503 who writes?")
            return
        session.recipients += (_between_brackets(rest),)
        await session.say("250 fine")

    async def _do_data(self, session: Session, _: str) -> None:
        if not session.recipients:
            await session.say("503 to whom?")
            return
        await session.say("354 go on, end with a dot")
        message = await session.reader.readuntil(b"\r\n.\r\n")
        session.message = message[:-3].replace(b"\r\n..", b"\r\n.")
        if await self.at("DOT", session):
            await self.keep(session)
            await session.say("250 kept")
        session.forget()

    async def keep(self, session: Session) -> None:
        """Store the mail once per recipient, before the 250 that promises it."""
        message = session.message
        headers = message_from_bytes(message.partition(b"\r\n\r\n")[0], policy=policy.default)
        message_id = str(headers["Message-ID"] or "").strip()
        for recipient in session.recipients:
            now = self._clock()
            self.mails += 1
            name = f"{now:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{self.mails}.eml"
            subject, size = str(headers["Subject"] or ""), len(message)
            kept = Kept(name, now.isoformat(), session.sender or "", recipient, message_id, subject, size)
            self.store.keep(kept, message)

    async def _do_rset(self, session: Session, _: str) -> None:
        session.forget()
        await session.say("250 fine")

    async def _do_noop(self, session: Session, _: str) -> None:
        await session.say("250 fine")

    async def _do_quit(self, session: Session, _: str) -> None:
        await session.say("221 goodbye")
        raise Hangup


def _between_brackets(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


@contextlib.contextmanager
def in_thread(server: MailServer) -> Iterator[MailServer]:
    """Run a server beside a program that has no event loop, and stop it at the end."""
    loop, done = asyncio.new_event_loop(), asyncio.Event()
    started: Future[None] = Future()

    async def serve() -> None:
        try:
            async with server:
                started.set_result(None)
                await done.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="catch-all", daemon=True)
    thread.start()
    try:
        started.result(10)
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()
