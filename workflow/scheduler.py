"""The clock of a worker: calls functions of `now` at their times, and nothing else. The one door to APScheduler.

No fact lives in a job: what is due stands in tables, every function finds it there and may run twice. So
jobs are kept in memory, a late one still runs, several missed times are one, and none overlaps itself.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time as machine_time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from threading import Condition, Event, Thread
from types import FrameType
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import Engine

from definitions.calendar import LOCAL
from workflow.storage import heartbeats
from workflow.storage.database import read, write
from workflow.storage.heartbeats import Heartbeat
from workflow.storage.locking import alone

log = structlog.get_logger("khen.scheduler")

STOP_SECONDS = 10.0
_DAY = 86_400.0
_LONG_AGO = datetime(2000, 1, 1, tzinfo=LOCAL)
"""Due at once, whatever the machine's clock says."""
_SILENT = 1.4
"""Intervals without a run before the watchdog steps in: with its own step, a run within two intervals."""
_TAKEN = 0.9
"""Of an interval: so long a run by another worker counts as ours."""
_BEAT_SECONDS = 30.0
"""A job that runs every few seconds does not write to the disk every few seconds to say so."""


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, this many seconds after the last start."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at this time on a wall in Vietnam; soon after the start, if the last day was missed."""

    at: time

    @property
    def seconds(self) -> float:
        return _DAY


@dataclass(frozen=True, slots=True)
class Job:
    """A function of the instant it is called at. `name` is also its heartbeat's and its lock's.

    With `alone` one of several workers runs it at a time, and no other before the interval is nearly over.
    """

    name: str
    when: Every | Daily
    run: Callable[[datetime], None]
    alone: bool = True


@dataclass(slots=True)
class _Pulse:
    """What this process knows of one job, in seconds of the monotonic clock."""

    begun: float
    running: bool = False
    woken: bool = False
    told_at: float | None = None
    told_ok: bool = True


@dataclass(slots=True)
class Clock:
    """Runs jobs in threads of this process from `start` to `stop`; `run` does both and waits for a signal.

    `now` gives the instant that jobs are called with; the scheduling itself goes by the machine's clock,
    and a watchdog on monotonic time keeps it going when somebody sets that one back.
    """

    engine: Engine
    jobs: Sequence[Job]
    now: Callable[[], datetime]
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    _scheduler: Any = field(init=False, default=None)
    _pulses: dict[str, _Pulse] = field(init=False, default_factory=dict)
    _stopping: Event = field(init=False, default_factory=Event)
    _idle: Condition = field(init=False, default_factory=Condition)
    _signal: int | None = field(init=False, default=None)
    _watchdog: Thread | None = field(init=False, default=None)

    # ── the whole life ──

    def run(self, seconds: float = STOP_SECONDS) -> bool:
        """Work until SIGTERM or SIGINT, then finish what runs; True when all of it ended within `seconds`.

        Only for the main thread. After False a job still runs: the process may end at once nevertheless,
        since whatever is not committed is done again.
        """
        before = {number: signal.signal(number, self._asked_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            # Not one long wait: a handler must not touch the lock that the waiting thread may hold.
            while self._signal is None and not self._stopping.wait(0.2):
                pass
            log.info("stopping", signal=self._signal)
            return self.stop(seconds)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _asked_to_stop(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number

    @property
    def stopping(self) -> bool:
        """True from the first request to stop; long work asks between its batches."""
        return self._signal is not None or self._stopping.is_set()

    def start(self) -> None:
        """Begin in threads of their own and return. Jobs with an interval run for the first time at once."""
        self._scheduler = self._make()
        begun = machine_time.monotonic()
        self._pulses = {job.name: _Pulse(begun) for job in self.jobs}
        for job in self.jobs:
            self._add(job)
        self._scheduler.start()
        self._watchdog = Thread(target=self._watch, name="khen-watchdog", daemon=True)
        self._watchdog.start()
        log.info("started", jobs=[job.name for job in self.jobs], worker=self.worker)

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Begin nothing more and wait for what runs. True when nothing runs any more."""
        self._stopping.set()
        self._scheduler.shutdown(wait=False)
        if self._watchdog is not None:
            self._watchdog.join(seconds)
        with self._idle:
            done = self._idle.wait_for(lambda: not any(each.running for each in self._pulses.values()), seconds)
        log.info("stopped", finished=done)
        return done

    def wake(self, name: str) -> None:
        """Run this job now, or once more when its present run ends: somebody knows that there is work."""
        self._pulses[name].woken = True
        self._start_at_once(name)

    def _start_at_once(self, name: str) -> None:
        if not self.stopping:
            self._scheduler.modify_job(name, next_run_time=_LONG_AGO)

    # ── APScheduler ──

    def _make(self) -> Any:
        # Its own words would be one line for each skipped overlap; errors of jobs never reach it.
        logger = logging.getLogger("apscheduler.khen")
        logger.setLevel(logging.ERROR)
        return BackgroundScheduler(
            logger=logger,
            timezone=LOCAL,
            executors={"default": ThreadPoolExecutor(max(1, len(self.jobs)))},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def _add(self, job: Job) -> None:
        at_once = isinstance(job.when, Every) or self._missed_a_day(job)
        first = {"next_run_time": _LONG_AGO} if at_once else {}
        self._scheduler.add_job(self._call, _Next(job.when), args=[job], id=job.name, **first)

    def _missed_a_day(self, job: Job) -> bool:
        try:
            with read(self.engine) as connection:
                found = heartbeats.last(connection, job.name)
        except Exception as error:  # a database that is away now must not keep the worker from starting
            log.warning("heartbeat_not_read", job=job.name, error=str(error))
            return False
        return found is not None and self.now() - found.at > timedelta(days=1)

    # ── one run ──

    def _call(self, job: Job) -> None:
        """Run a job, and again as long as it was woken meanwhile; whatever it raises is told, never thrown."""
        pulse = self._pulses[job.name]
        while self._may_begin(pulse):
            woken, pulse.woken = pulse.woken, False
            pulse.begun = machine_time.monotonic()
            try:
                self._run(job, pulse, woken)
            except Exception as error:
                log.error("job_not_run", job=job.name, error=f"{type(error).__name__}: {error}", exc_info=True)
            with self._idle:
                pulse.running = False
                self._idle.notify_all()
            if not pulse.woken:
                return

    def _may_begin(self, pulse: _Pulse) -> bool:
        with self._idle:
            pulse.running = not self.stopping
            return pulse.running

    def _run(self, job: Job, pulse: _Pulse, woken: bool) -> None:
        """One run: not beside another worker's, nor so soon after it that it would find nothing to do."""
        with alone(self.engine, job.name) if job.alone else nullcontext(True) as mine:
            if not mine or (job.alone and not woken and self._done_by_another(job)):
                return
            error = ""
            try:
                job.run(self.now())
            except Exception as raised:
                error = f"{type(raised).__name__}: {raised}"
                log.error("job_failed", job=job.name, error=error, exc_info=True)
            self._tell(job, pulse, error)

    def _done_by_another(self, job: Job) -> bool:
        with read(self.engine) as connection:
            found = heartbeats.last(connection, job.name)
        if found is None or found.by == self.worker or not found.ok:
            return False
        return timedelta(0) <= self.now() - found.at < timedelta(seconds=job.when.seconds * _TAKEN)

    def _tell(self, job: Job, pulse: _Pulse, error: str) -> None:
        """Keep the heartbeat; a job that went well must not fail because it could not say so."""
        at = machine_time.monotonic()
        fresh = pulse.told_at is not None and at - pulse.told_at < _BEAT_SECONDS
        if fresh and pulse.told_ok is (not error) and job.when.seconds < _BEAT_SECONDS:
            return
        every = max(job.when.seconds, _BEAT_SECONDS)
        taken = int((at - pulse.begun) * 1000)
        try:
            with write(self.engine) as connection:
                heartbeats.beat(
                    connection, job.name, Heartbeat(self.now(), every, not error, taken, self.worker, error[:500])
                )
        except Exception as raised:
            log.warning("heartbeat_not_kept", job=job.name, error=str(raised))
            return
        pulse.told_at, pulse.told_ok = at, not error

    # ── the watchdog ──

    def _watch(self) -> None:
        """Wake jobs that are silent for too long: the wall clock was set back, and APScheduler waits for it."""
        step = max(0.02, min(15.0, min((job.when.seconds for job in self.jobs), default=_DAY) / 4))
        while not self._stopping.wait(step):
            for job in self.jobs:
                with _logged(job.name):
                    self._nudge(job)

    def _nudge(self, job: Job) -> None:
        pulse = self._pulses[job.name]
        if pulse.running:
            return
        silent = machine_time.monotonic() - pulse.begun
        if silent >= _SILENT * job.when.seconds:
            log.warning("clock_moved", job=job.name, silent_seconds=round(silent))
            pulse.begun += silent  # nudged once per interval, not at every step
            self._start_at_once(job.name)
        elif pulse.woken:  # APScheduler skipped it: the run before had ended for us, but not yet for it
            self._start_at_once(job.name)


class _Next(BaseTrigger):  # type: ignore[misc]
    """The next time is always in the future: a clock that jumps by years is one run, not a list of a million."""

    def __init__(self, when: Every | Daily) -> None:
        self.when = when

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        if isinstance(self.when, Every):
            return now + timedelta(seconds=self.when.seconds)
        today = datetime.combine(now.astimezone(LOCAL), self.when.at, LOCAL)
        return today if today > now else today + timedelta(days=1)


@contextmanager
def _logged(job: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.error("watchdog_failed", job=job, error=str(error))
