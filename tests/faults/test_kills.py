"""Killed at every single call to the database: everything of a step is there, or nothing of it.

One run without a fault tells a command's calls and what is in the database after each commit. Then one process
is killed before each call, and one after it; what it left must be exactly one of those states. Outside the long runs
an act on one line and a decision are killed at each of their calls, others at each change and each fourth question.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from tests.faults.commands import COMMANDS, SPOILT, Scene, set_up
from tests.faults.points import (
    WINDOWS,
    Point,
    Watch,
    die,
    in_child,
    state_of,
    state_on_server,
    watch_engine,
    watching,
)
from tests.postgres import Server
from tests.support.ministry import Ministry
from tests.support.replay import differences
from workflow.services import checking
from workflow.storage.database import open_engine

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
WHOLE = ("act on one line", "decision")
"""Commands that are killed at each of their calls: what an act does, and all that can be beside it."""


def told(work: Callable[[], int], state: Callable[[], str]) -> tuple[list[Point], list[str]]:
    """The points of a run without a fault, and the state of the database before it and after each commit."""

    def run() -> tuple[list[Point], list[str]]:
        states = [state()]
        watch = Watch(after_commit=lambda: states.append(state()))
        with watching(watch):
            assert work() > 0
        return watch.points, states

    points, states = in_child(run)
    assert len(set(states)) == len(states) >= 2
    return points, states


def killed(work: Callable[[], int], point: Point) -> None:
    """A process that does the work, up to this point."""

    def run() -> None:
        with watching(Watch(at=point.number, happen=die)):
            work()

    assert in_child(run) is None, f"{point} was not reached"


def healthy(engine: Engine, files: Path) -> None:
    report = checking.check(Ministry(engine, files, empty=True).desk)
    assert report.ok, report
    assert differences(engine) == []


def say(name: str, hits: Counter[tuple[str, str]]) -> None:
    """How many kills landed in which window, and what they left; a window that none hit proves nothing."""
    print(f"\n{name}: {hits.total()} kills, " + ", ".join(f"{n} {where}: {what}" for (where, what), n in hits.items()))
    assert {window for window, _ in hits} == set(WINDOWS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_process_killed_at_any_call_leaves_all_of_a_step_or_nothing(
    name: str, sqlite_engine: Engine, tmp_path: Path
) -> None:
    scene: Scene = set_up(COMMANDS[name], watch_engine(sqlite_engine), tmp_path)
    in_child(scene.work)
    scene.reset()
    points, states = told(scene.work, lambda: state_of(scene.path))
    hits: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    for point in chosen(name, points):
        scene.reset()
        killed(scene.work, point)
        left = state_of(scene.path)
        assert left == states[point.commits], point
        hits[point.window, "everything" if point.commits else "nothing"] += 1
        if left not in seen and name != SPOILT:
            engine = open_engine(f"sqlite:///{scene.path}")
            healthy(engine, scene.m.files)
            engine.dispose()
        seen.add(left)
    say(name, hits)
    assert seen == set(states)


def chosen(name: str, points: list[Point]) -> Iterator[Point]:
    """The points at which this command is killed."""
    questions = 0
    for each in points:
        # After one call and before the next nothing differs but what a command does outside the database, which it does
        # around its commits: both sides of every call only in the long runs.
        if not (LONG or not each.entered or each.call == "COMMIT" or each is points[-1]):
            continue
        questions += each.call.startswith("SELECT")
        if LONG or name in WHOLE or not each.call.startswith("SELECT") or questions % 4 == 1:
            yield each


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["act on twenty lines", "decision", "list of twenty lines", "sweep"])
def test_the_same_on_postgresql(name: str, postgres_server: Server, postgres_engine: Engine, tmp_path: Path) -> None:
    """Sampled: a copy of the database costs more than the kill. Every call around the commit is among them."""
    from tests.conftest import _administer

    (tmp_path / "flows").mkdir()
    m = Ministry(postgres_engine, tmp_path / "files")
    work = COMMANDS[name](m, tmp_path / "flows")
    database = str(postgres_engine.url.database)
    copy = open_engine(postgres_engine.url.set(database=f"{database}_copy"))
    m.desk = m.another_desk(engine=watch_engine(copy), flows=m.desk.flows)
    postgres_engine.dispose()

    def reset() -> None:
        copy.dispose()
        _administer(postgres_server, f"DROP DATABASE IF EXISTS {database}_copy WITH (FORCE)")
        _administer(postgres_server, f"CREATE DATABASE {database}_copy TEMPLATE {database}")

    def state() -> str:
        outside = open_engine(copy.url)
        try:
            assert isinstance(copy.pool, QueuePool)
            return state_on_server(outside, but=copy.pool.checkedin() + copy.pool.checkedout())
        finally:
            outside.dispose()

    reset()
    points, states = told(work, state)
    commit = next(point.number for point in points if point.call == "COMMIT" and point.window == "inside")
    chosen = {*range(0, len(points), max(1, len(points) // 12)), *range(commit - 1, len(points))}
    hits: Counter[tuple[str, str]] = Counter()
    for point in (points[number] for number in sorted(chosen)):
        reset()
        killed(work, point)
        assert state() == states[point.commits], point
        hits[point.window, "everything" if point.commits else "nothing"] += 1
    healthy(copy, m.files)
    say(name, hits)
    copy.dispose()
    _administer(postgres_server, f"DROP DATABASE {database}_copy WITH (FORCE)")
