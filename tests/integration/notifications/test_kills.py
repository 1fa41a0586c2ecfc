"""Workers killed in every window: no mail is lost, and one kill brings at most one extra copy, with the same id."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from notifications.catchall import Hangup, MemoryStore, Session, in_thread
from notifications.testing import HostileServer
from tests.integration.notifications import dying
from tests.integration.notifications.factory import (
    Clock,
    create_tables,
    enqueue,
    ids,
    line,
    mail,
    message_id_of,
    sqlite_at,
    states,
)

pytestmark = pytest.mark.unmeasured

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.integration.notifications.dying"])


class KillingServer(HostileServer):
    """Kills the worker it talks to, once: when a stage is reached, or when its mail is kept, or when 250 was said."""

    victim: BaseProcess | None = None
    at_stage = ""
    killed = 0

    def _kill(self) -> None:
        if self.victim is not None and self.victim.pid is not None and not self.killed:
            self.killed = 1
            os.kill(self.victim.pid, signal.SIGKILL)

    async def at(self, stage: str, session: Session) -> bool:
        if stage == self.at_stage:
            self._kill()
        return await super().at(stage, session)

    async def keep(self, session: Session) -> None:
        await super().keep(session)
        if self.at_stage == "KEPT":
            self._kill()
        if self.at_stage == "SAID" and not self.killed:
            await session.say("250 kept")
            self._kill()
            raise Hangup


@pytest.fixture
def outbox_file(tmp_path: Path) -> Path:
    path = tmp_path / "outbox.db"
    engine = sqlite_at(path)
    create_tables(engine)
    engine.dispose()
    return path


def owe(path: Path, count: int) -> set[str]:
    engine = sqlite_at(path)
    enqueue(engine, *(mail(number, lines=(line(number),)) for number in range(count)), now=AN_HOUR_AGO)
    engine.dispose()
    return {message_id_of("act:1", f"unit{number}@bo.example") for number in range(count)}


_started: list[BaseProcess] = []


def run(path: Path, port: int, late: float, **changes: Any) -> BaseProcess:
    process = processes.Process(target=dying.run, args=(path, port, late), kwargs=changes, daemon=True)
    process.start()
    _started.append(process)
    return process


@pytest.fixture(autouse=True)
def no_worker_survives() -> Iterator[None]:
    """A test that failed half-way may leave one that is frozen, and the interpreter would wait for it."""
    yield
    while _started:
        process = _started.pop()
        process.kill()
        process.join(10)


def finish(process: BaseProcess) -> int | None:
    process.join(30)
    return process.exitcode


def recover(path: Path, port: int) -> Engine:
    """Later workers, after the leases and after the wait of what is in doubt."""
    for late in (15, 30):
        assert finish(run(path, port, late)) == 0
    return sqlite_at(path)


def judge(path: Path, server: HostileServer, owed: set[str], kills: int) -> None:
    assert isinstance(server.store, MemoryStore)
    copies = ids(server.store)
    assert set(copies) == owed, "lost, or sent under another id"
    assert sum(copies.values()) - len(owed) <= kills
    engine = sqlite_at(path)
    assert set(states(engine).values()) == {"handed_over"}
    engine.dispose()


def a_server(stage: str = "") -> KillingServer:
    server = KillingServer(MemoryStore(), clock=Clock())
    server.at_stage = stage
    return server


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "KEPT", "SAID", "QUIT"])
def test_a_kill_while_talking_to_the_server_loses_nothing(outbox_file: Path, stage: str) -> None:
    owed = owe(outbox_file, 3)
    server = a_server(stage)
    with in_thread(server):
        server.victim = process = run(outbox_file, server.port, 0)
        assert finish(process) == -signal.SIGKILL
        assert server.killed == 1
        recover(outbox_file, server.port).dispose()
        judge(outbox_file, server, owed, kills=1)


@pytest.mark.parametrize("when", ["die_before", "die_after"])
def test_a_kill_at_any_commit_loses_nothing(outbox_file: Path, when: str) -> None:
    # Two mails over one lane: prepare, claim, offer, record, offer, record, claim, finish.
    expected = 8
    for number in range(1, expected + 1):
        path = outbox_file.with_name(f"{when}{number}.db")
        path.write_bytes(outbox_file.read_bytes())
        owed = owe(path, 2)
        server = a_server()
        with in_thread(server):
            assert finish(run(path, server.port, 0, **{when: number})) == -signal.SIGKILL
            recover(path, server.port).dispose()
            judge(path, server, owed, kills=1)
    server = a_server()
    owe(outbox_file, 2)
    with in_thread(server):
        assert finish(run(outbox_file, server.port, 0, **{when: expected + 1})) == 0, "a commit more than was tried"


def test_random_kills_of_a_busy_worker_lose_nothing(outbox_file: Path) -> None:
    chance = random.Random(20270104)
    owed = owe(outbox_file, 80)
    server, kills, late = a_server(), 0, 0.0
    with in_thread(server):
        while kills < 12:
            before = server.mails
            process = run(outbox_file, server.port, late, lanes=4)
            while server.mails < before + 2 and process.is_alive():
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.03))
            if not process.is_alive():
                break
            process.kill()
            assert finish(process) == -signal.SIGKILL
            kills, late = kills + 1, late + 15
        for more in (15, 30, 45):
            assert finish(run(outbox_file, server.port, late + more)) == 0
    assert kills >= 5
    assert isinstance(server.store, MemoryStore)
    copies = ids(server.store)
    engine = sqlite_at(outbox_file)
    found = Counter(states(engine).values())
    engine.dispose()
    # A mail in doubt twice waits for a person, who is told; it may or may not have arrived.
    assert set(found) <= {"handed_over", "unknown"}
    assert found["unknown"] <= 4 * kills // 2
    assert len(owed - set(copies)) <= found["unknown"]
    assert set(copies) <= owed
    assert sum(copies.values()) - len(copies) <= 4 * kills, "one extra copy per lane and kill at most"
    assert max(copies.values()) <= 2


def test_two_workers_on_one_outbox_send_each_mail_once(outbox_file: Path) -> None:
    owed = owe(outbox_file, 60)
    server = a_server()
    with in_thread(server):
        both = [run(outbox_file, server.port, 0, lanes=2) for _ in range(2)]
        assert [finish(process) for process in both] == [0, 0]
        assert ids(server.store) == Counter(owed)  # type: ignore[arg-type]
    judge(outbox_file, server, owed, kills=0)


def test_a_frozen_worker_that_wakes_up_late_changes_nothing(outbox_file: Path) -> None:
    owed = owe(outbox_file, 1)
    server = a_server()

    async def freeze(session: Session) -> None:
        await HostileServer.keep(server, session)
        if not server.killed and server.victim is not None and server.victim.pid is not None:
            server.killed = 1
            os.kill(server.victim.pid, signal.SIGSTOP)

    server.keep = freeze  # type: ignore[method-assign]
    with in_thread(server):
        server.victim = sleeper = run(outbox_file, server.port, 0, patience=60)
        while not server.killed:
            time.sleep(0.01)
        recover(outbox_file, server.port).dispose()
        assert sleeper.pid is not None
        os.kill(sleeper.pid, signal.SIGCONT)
        assert finish(sleeper) == 0
        judge(outbox_file, server, owed, kills=1)
    engine = sqlite_at(outbox_file)
    with engine.connect() as connection:
        fence, attempts = connection.exec_driver_sql("SELECT fence, attempts FROM mail").one()
        answers = connection.exec_driver_sql("SELECT outcome, answer FROM mail_attempt ORDER BY number").all()
    engine.dispose()
    assert (fence, attempts) == (2, 2)
    assert [answer.outcome for answer in answers] == ["handed_over", "handed_over"]
    assert answers[0].answer.endswith("(late)")
