"""An error instead of an answer, at any call: the step is whole or nothing, and the same desk goes on at once.

Asked again with the same request after an error that came too late, a person gets the answer of the act he made.
"""

from __future__ import annotations

import gc
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.faults.commands import COMMANDS, SPOILT, Scene, set_up
from tests.faults.points import Point, Watch, amounts_of, in_child, state_of, watch_engine, watching
from tests.faults.test_kills import LONG, told
from tests.support.ministry import Ministry
from tests.support.replay import differences
from workflow.services import checking
from workflow.services.register import RegisterError
from workflow.storage.errors import StorageError

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]
EVERY = 4 if LONG else 8
"""One call of so many, each command beginning elsewhere: over all commands and errors every kind of call is met."""


def full() -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def gone() -> None:
    raise sqlite3.OperationalError("something nobody has thought of")


def out_of_memory() -> None:
    raise MemoryError


def interrupted() -> None:
    raise KeyboardInterrupt


ERRORS: dict[str, Callable[[], None]] = {
    "full disk": full,
    "unknown error": gone,
    "no memory": out_of_memory,
    "Ctrl-C": interrupted,
}


def disturbed(
    work: Callable[[], Any], point: Point, happen: Callable[[], None], state: Callable[[], str]
) -> tuple[str, str]:
    """What was raised ("" where the command got over it by itself), and what was there then."""
    try:
        with watching(Watch(at=point.number, happen=happen)):
            work()
    except (Exception, KeyboardInterrupt) as error:
        return type(error).__name__, state()
    return "", state()


@pytest.mark.parametrize("name", COMMANDS)
def test_an_error_at_any_call_leaves_all_or_nothing_and_the_desk_goes_on(
    name: str, sqlite_engine: Engine, tmp_path: Path
) -> None:
    scene = set_up(COMMANDS[name], watch_engine(sqlite_engine), tmp_path)
    in_child(scene.work)
    scene.reset()
    points, states = told(scene.work, lambda: state_of(scene.path))
    once = done_once(scene)
    raised: Counter[str] = Counter()
    for number, point in enumerate(points[list(COMMANDS).index(name) % EVERY :: EVERY]):
        kind, happen = list(ERRORS.items())[number % len(ERRORS)]

        def run(point: Point = point, happen: Callable[[], None] = happen) -> tuple[str, str, dict[str, int], bool]:
            error, left = disturbed(scene.work, point, happen, lambda: state_of(scene.path))
            gc.collect()  # an error that is kept keeps its statement open, and a desk forgets an error once it is told
            try:
                scene.work()
            except RegisterError:
                assert name == SPOILT  # the dossier is mended already
            checked = Ministry(scene.m.engine, scene.m.files, empty=True).desk
            sound = checking.check(checked).ok and differences(scene.m.engine) == []
            return error, left, amounts_of(scene.m.engine), sound

        scene.reset()
        error, left, amounts, sound = in_child(run)
        if error:
            assert left == states[point.commits], (kind, point)
        assert sound or name == SPOILT
        assert amounts == once, (kind, point)
        raised[f"{kind} → {error or 'nothing noticed'}"] += 1
    print(f"\n{name}: {dict(raised)}")
    assert raised.total() >= 40 // EVERY


def done_once(scene: Scene) -> dict[str, int]:
    """How many rows each table has after the work was done once."""
    scene.reset()

    def run() -> dict[str, int]:
        scene.work()
        return amounts_of(scene.m.engine)

    found: dict[str, int] = in_child(run)
    return found


def test_errors_of_the_database_come_in_our_words(sqlite_engine: Engine, tmp_path: Path) -> None:
    scene = set_up(COMMANDS["act on one line"], watch_engine(sqlite_engine), tmp_path)
    points, _ = told(scene.work, lambda: state_of(scene.path))
    inside = [
        point for point in points if point.window == "inside" and not point.entered and point.call.startswith("INSERT")
    ]
    for point in inside:
        scene.reset()
        with watching(Watch(at=point.number, happen=full)), pytest.raises(StorageError) as caught:
            scene.work()
        assert caught.value.code == "disk_full"
    assert len(inside) >= 4
