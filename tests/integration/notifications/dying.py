"""A mail worker that dies on cue, run in a process of its own. Faults are put into the driver, not into our code."""

from __future__ import annotations

import os
import signal
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifications.smtp import Timeouts
from tests.integration.notifications.factory import smtp_to, sqlite_at, worker


class DyingConnection(sqlite3.Connection):
    """Kills its process before or after the commit with this number (1 is the first)."""

    die_before = 0
    die_after = 0
    commits = 0

    def commit(self) -> None:
        cls = type(self)
        cls.commits += 1
        if cls.commits == cls.die_before:
            die()
        super().commit()
        if cls.commits == cls.die_after:
            die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(
    path: Path, port: int, late: float, die_before: int = 0, die_after: int = 0, lanes: int = 1, patience: float = 0.3
) -> None:
    """One pass over the outbox at `path`, by a clock that is `late` minutes ahead."""
    DyingConnection.commits = 0
    DyingConnection.die_before, DyingConnection.die_after = die_before, die_after
    engine = sqlite_at(path, factory=DyingConnection)
    clock = lambda: datetime.now(UTC) + timedelta(minutes=late)  # noqa: E731
    smtp = smtp_to(port, timeouts=Timeouts(*[patience] * 10))
    worker(engine, smtp, clock, lanes=lanes, batch=8).deliver()
