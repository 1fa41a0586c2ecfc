"""An office in a test: a real `khen serve` over a database of its own, and a mail server that catches what it sends.

What was done before the first page is opened stands in `furnish`: units and people of the register, the round, the
flows, the invitations. From there on the test has pages and mailboxes, and nothing else.
"""

from __future__ import annotations

import html
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import Engine

from definitions.calendar import LOCAL
from notifications.catchall import FolderStore, Kept, MailServer, in_thread, read_ledger, read_message
from tests.support.ministry import Ministry, shipped_flows
from workflow.bootstrap import bring_up_to_date, desk_for, engine_for, set_clock
from workflow.demo import world
from workflow.running import machine_now
from workflow.services import accounts, register
from workflow.services.register import RoundEntry
from workflow.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
MORNING = datetime(2026, 12, 4, 9, tzinfo=LOCAL)
"""The Friday on which the sample lists are dated, a day before the cut-off of the round."""
PATIENCE = 40
"""Seconds after which something that should have come is taken not to come."""
CONFIG = """
[database]
url = "sqlite:///khen.db"
[files]
folder = "papers"
[mail]
mode = "send"
host = "127.0.0.1"
port = {mail_port}
tls = "none"
sender_address = "khen@bo.example"
sender_name = "Hội đồng Thi đua, Khen thưởng"
contact_name = "Cơ quan thường trực Hội đồng"
contact_email = "thuongtruc@bo.example"
contact_phone = "024 0000 0000"
[scheduler]
tick_seconds = 120
[web]
port = {port}
base_url = "http://127.0.0.1:{port}"
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it arrived: to whom, its subject and its plain text."""

    to: str
    subject: str
    text: str
    raw: str

    def link(self, path: str) -> str:
        """The one address in it that leads below this path."""
        found = set(re.findall(rf"https?://[^\s<>\"]*{re.escape(path)}[^\s<>\")]*", html.unescape(self.text)))
        assert len(found) == 1, (path, self.text)
        return found.pop()


@dataclass
class Office:
    """A running house: its address, its people, its mailboxes."""

    folder: Path
    url: str
    engine: Engine
    mailbox: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    # ── mail ──

    def letters(self, to: str = "") -> list[Letter]:
        """Every mail that has arrived (for this mailbox), oldest first."""
        return [_opened(self.mailbox, kept) for kept in read_ledger(self.mailbox) if to in ("", kept.recipient)]

    def letter(self, to: str, about: str) -> Letter:
        """The newest mail in this mailbox whose subject holds these words; waited for."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = [each for each in self.letters(to) if about in each.subject]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no mail “{about}” for {to}: {[(each.to, each.subject) for each in self.letters()]}")

    # ── time ──

    def turn_to(self, moment: datetime) -> None:
        """The business clock goes on from here, as in a rehearsal; pages ask for it anew each time."""
        set_clock(self.engine, moment)


@cache
def _opened(mailbox: Path, kept: Kept) -> Letter:
    """A mail does not change: whoever waits for one asks for all of them again and again."""
    message = message_from_bytes(read_message(mailbox, kept.name), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return Letter(kept.recipient, kept.subject, body.get_content(), _unfolded(message))


def _unfolded(message: Any) -> str:
    """Everything that a reader of this mail could find in it: headers and every readable part."""
    parts = [each.get_content() for each in message.walk() if each.get_content_maintype() == "text"]
    return "\n".join((*(f"{name}: {value}" for name, value in message.items()), *parts))


# ── before the first page ────────────────────────────────────────────────────────────────────────


def furnish(folder: Path, settings: Settings, invited: tuple[str, ...]) -> Engine:
    """Tables, flows, the register, the round, an invitation for each of these people."""
    engine = engine_for(settings)
    bring_up_to_date(engine)
    set_clock(engine, MORNING)
    desk = desk_for(settings, engine)
    ministry = Ministry(engine, folder / "papers", now=MORNING, empty=True)
    ministry.publish(*shipped_flows())
    units = world.units()
    register.add_units(desk, units, "QT", MORNING)
    active = [each for each in units if each.until_on is None]
    register.add_people(desk, world.people(active, random.Random(2026)), "QT", MORNING)
    season = RoundEntry(
        "2026", "Công tác năm 2026", 2026, date(2026, 11, 1), date(2026, 12, 31), cutoffs={"*": date(2026, 12, 5)}
    )
    register.add_round(desk, season, "QT", MORNING)
    when = accounts.When(MORNING, machine_now())
    rules = accounts.Rules(base_url=settings.web.base_url)
    for person in invited:
        accounts.invite(desk, person, person.replace("/", ".").lower(), "QT", when, rules)
    return engine


# ── the process ──────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(folder: Path, invited: tuple[str, ...]) -> Iterator[Office]:
    """The house with its doors open: `khen serve`, pages, clock and delivery in one process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        mailbox = folder / "mailbox"
        store = FolderStore(mailbox, durable=False)
        sink = stack.enter_context(in_thread(MailServer(store, clock=lambda: datetime.now(LOCAL))))
        port = _free_port()
        config = folder / "config.toml"
        config.write_text(CONFIG.format(mail_port=sink.port, port=port), encoding="utf-8")
        engine = furnish(folder, load_settings(config, {}), invited)
        stack.callback(engine.dispose)
        office = Office(folder, f"http://127.0.0.1:{port}", engine, mailbox)
        stack.enter_context(_serving(office, config))
        yield office


@contextmanager
def _serving(office: Office, config: Path) -> Iterator[None]:
    log = office.folder / "serve.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "workflow", "--config", str(config), "serve"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait_for(office.url, process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    told = log.read_text(encoding="utf-8")
    assert process.returncode == 0, told
    assert "Traceback" not in told, told
    assert '"level": "error"' not in told, told


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, ConnectionError), urlopen(f"{url}/song", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody answers at {url}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
