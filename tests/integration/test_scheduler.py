"""The worker's clock: jobs run, run again, never two at once, survive a clock set back, and stop when told."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time as wall_time, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Engine

from workflow.scheduler import Clock, Daily, Every, Job
from workflow.storage import heartbeats
from workflow.storage.database import open_engine, read, write
from workflow.storage.heartbeats import Heartbeat
from workflow.storage.locking import alone, lock_file

NOW = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)


def machine() -> datetime:
    return datetime.now(UTC)


def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@contextmanager
def running(engine: Engine, *jobs: Job, now: Callable[[], datetime] = machine, worker: str = "a:1") -> Iterator[Clock]:
    clock = Clock(engine, jobs, now, worker=worker)
    clock.start()
    try:
        yield clock
    finally:
        assert clock.stop(5)


class Counting:
    def __init__(self, seconds: float = 0.0) -> None:
        self.at: list[datetime] = []
        self.seconds = seconds
        self.inside = 0
        self.most_inside = 0
        self._lock = threading.Lock()

    def __call__(self, now: datetime) -> None:
        with self._lock:
            self.at.append(now)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(self.seconds)
        with self._lock:
            self.inside -= 1


def test_a_job_runs_at_once_and_again_with_the_instant_it_is_given(engine: Engine) -> None:
    job = Counting()
    with running(engine, Job("tick", Every(0.05), job), now=lambda: NOW):
        until(lambda: len(job.at) >= 3)
    assert set(job.at) == {NOW}


def test_the_heartbeat_tells_when_it_ran_and_how(engine: Engine) -> None:
    with running(engine, Job("tick", Every(60), Counting()), now=lambda: NOW):
        until(lambda: _last(engine, "tick"))
    found = _last(engine, "tick")
    assert found is not None
    assert (found.at, found.ok, found.by, found.every) == (NOW, True, "a:1", 60)
    assert not found.late(NOW + timedelta(seconds=100))
    assert found.late(NOW + timedelta(seconds=181))
    assert found.late(NOW - timedelta(days=1))


def test_a_job_that_raises_is_told_and_runs_again(engine: Engine) -> None:
    seen: list[datetime] = []

    def fails_once(now: datetime) -> None:
        seen.append(now)
        if len(seen) == 1:
            raise ValueError("mất kết nối")

    with running(engine, Job("tick", Every(0.2), fails_once)):
        until(lambda: (found := _last(engine, "tick")) and not found.ok)
        failed = _last(engine, "tick")
        until(lambda: (found := _last(engine, "tick")) and found.ok)
    assert failed is not None
    assert failed.error == "ValueError: mất kết nối"


def test_a_job_slower_than_its_interval_does_not_overlap_itself(engine: Engine) -> None:
    job = Counting(seconds=0.15)
    with running(engine, Job("tick", Every(0.03), job, alone=False)):
        until(lambda: len(job.at) >= 3)
    assert job.most_inside == 1


def test_a_slow_job_does_not_hold_up_the_others(engine: Engine) -> None:
    slow, quick = Counting(seconds=0.5), Counting()
    with running(engine, Job("slow", Every(0.05), slow), Job("quick", Every(0.05), quick)):
        until(lambda: len(quick.at) >= 3)
        assert len(slow.at) == 1


def test_a_job_can_be_woken_before_its_time(engine: Engine) -> None:
    job = Counting()
    with running(engine, Job("mail", Every(600), job)) as clock:
        until(lambda: len(job.at) == 1)
        clock.wake("mail")
        until(lambda: len(job.at) == 2)


@pytest.mark.parametrize("days", [-1, -400, 3, 4000])
def test_a_clock_that_is_moved_silences_no_job(engine: Engine, days: int) -> None:
    job = Counting()
    with time_machine.travel(NOW, tick=True) as traveller:
        with running(engine, Job("tick", Every(0.3), job, alone=False)):
            until(lambda: len(job.at) >= 2)
            traveller.shift(timedelta(days=days))
            seen, moved_at = len(job.at), time.monotonic()
            until(lambda: len(job.at) >= seen + 3)
            assert time.monotonic() - moved_at < 6, "three intervals are a second; the rest is for a busy machine"


def test_a_daily_job_runs_when_its_hour_strikes_and_not_before(engine: Engine) -> None:
    job = Counting()
    with time_machine.travel(datetime(2027, 1, 4, 18, 59, 59, 500_000, tzinfo=UTC), tick=True):
        with running(engine, Job("nightly", Daily(wall_time(2, 0)), job)):  # 02:00 in Vietnam is 19:00 UTC
            time.sleep(0.2)
            assert job.at == []
            until(lambda: job.at)
    assert job.at[0] >= datetime(2027, 1, 4, 19, 0, tzinfo=UTC)


def test_a_daily_job_that_missed_its_night_runs_soon_after_the_start(engine: Engine) -> None:
    with write(engine) as connection:
        heartbeats.beat(connection, "nightly", Heartbeat(NOW - timedelta(days=2), 86_400, True, 5, "a:0"))
        heartbeats.beat(connection, "recent", Heartbeat(NOW - timedelta(hours=3), 86_400, True, 5, "a:0"))
    missed, recent = Counting(), Counting()
    hour = (machine() + timedelta(hours=19)).time().replace(tzinfo=None)  # twelve hours from now, in Vietnam
    with running(engine, Job("nightly", Daily(hour), missed), Job("recent", Daily(hour), recent), now=lambda: NOW):
        until(lambda: missed.at)
    assert recent.at == []


def test_a_database_that_is_away_for_a_while_does_not_end_the_clock(migrated_sqlite: Path, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'mounted' / 'khen.db'}")
    job = Counting()
    with running(engine, Job("tick", Every(0.1), job)):
        time.sleep(0.3)
        assert job.at == []
        (tmp_path / "mounted").mkdir()
        shutil.copyfile(migrated_sqlite, tmp_path / "mounted" / "khen.db")
        until(lambda: job.at)
    engine.dispose()


# ── several workers ──────────────────────────────────────────────────────────────────────────────


def test_only_one_holder_of_a_name_at_a_time(engine: Engine) -> None:
    with alone(engine, "tick") as first, alone(engine, "tick") as second, alone(engine, "other") as other:
        assert (first, second, other) == (True, False, True)
    with alone(engine, "tick") as again:
        assert again


def test_a_lock_is_free_again_when_its_block_raises(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), alone(engine, "tick"):
        raise ZeroDivisionError
    with alone(engine, "tick") as mine:
        assert mine


def test_two_workers_do_not_both_tick_in_one_interval(engine: Engine) -> None:
    job = Counting(seconds=0.02)
    began = time.monotonic()
    with running(engine, Job("tick", Every(1.0), job), worker="a:1"):
        time.sleep(0.6)  # out of step: the second begins late in the first one's interval
        with running(engine, Job("tick", Every(1.0), job), worker="b:2"):
            time.sleep(1.8)
    assert 2 <= len(job.at) <= 1 + (time.monotonic() - began) / 0.9


def test_another_worker_takes_over_when_the_first_is_gone(engine: Engine) -> None:
    job = Counting()
    with running(engine, Job("tick", Every(0.2), job), worker="a:1"):
        until(lambda: job.at)
    seen = len(job.at)
    with running(engine, Job("tick", Every(0.2), job), worker="b:2"):
        until(lambda: len(job.at) > seen)


def _hold(url: str, ready: multiprocessing.synchronize.Event) -> None:
    engine = open_engine(url)
    with alone(engine, "tick") as mine:
        assert mine
        ready.set()
        time.sleep(60)


def test_a_killed_process_leaves_no_lock_behind(engine: Engine) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    holder = spawn.Process(target=_hold, args=(engine.url.render_as_string(hide_password=False), ready))
    holder.start()
    assert ready.wait(20)
    with alone(engine, "tick") as mine:
        assert not mine
    holder.kill()
    holder.join()

    def free() -> bool:
        with alone(engine, "tick") as now_mine:
            return now_mine

    until(free)


def test_the_lock_of_sqlite_lies_beside_the_database_and_stays_empty(sqlite_engine: Engine) -> None:
    with alone(sqlite_engine, "tick"):
        pass
    found = lock_file(sqlite_engine, "tick")
    assert found.name == "khen.db.tick.lock"
    assert found.stat().st_size == 0


# ── the end ──────────────────────────────────────────────────────────────────────────────────────


def test_stopping_waits_for_what_runs_and_begins_nothing_more(engine: Engine) -> None:
    job = Counting(seconds=0.3)
    clock = Clock(engine, [Job("tick", Every(0.05), job)], machine)
    clock.start()
    until(lambda: job.inside)
    assert clock.stop(5)
    assert (job.inside, len(job.at)) == (0, 1)
    assert clock.stopping


def test_stopping_gives_up_on_a_job_that_does_not_end(engine: Engine) -> None:
    release = threading.Event()

    def hangs(now: datetime) -> None:
        release.wait(10)

    clock = Clock(engine, [Job("tick", Every(60), hangs)], machine)
    clock.start()
    until(lambda: clock._pulses["tick"].running)
    assert not clock.stop(0.1)
    release.set()
    until(lambda: not clock._pulses["tick"].running)


WORKER = """
    import sys, time
    from datetime import UTC, datetime
    from workflow.logs import configure
    from workflow.scheduler import Clock, Every, Job
    from workflow.storage.database import open_engine

    configure()  # to standard error: a line of the log in the middle of "begun" would be waited for in vain

    def work(now):
        print("begun", flush=True)
        time.sleep(0.5)
        print("ended", flush=True)

    clock = Clock(open_engine(sys.argv[1]), [Job("tick", Every(3600), work)], lambda: datetime.now(UTC))
    print("finished", clock.run(), flush=True)
"""


def test_sigterm_lets_the_work_in_hand_end(sqlite_engine: Engine) -> None:
    root = Path(__file__).parents[2]
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), str(sqlite_engine.url)],
        stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert worker.stdout is not None
    while "begun" not in (said := worker.stdout.readline()):
        assert said, "the worker ended before it began"
    asked_at = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    rest, _ = worker.communicate(timeout=20)
    assert "ended\n" in rest
    assert "finished True" in rest
    assert worker.returncode == 0
    assert time.monotonic() - asked_at < 10


def _last(engine: Engine, job: str) -> Heartbeat | None:
    with read(engine) as connection:
        return heartbeats.last(connection, job)
