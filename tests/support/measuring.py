"""Coverage looks away for a while: being watched doubles the time of a test, and many walk where others have been."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def leave_children_alone() -> None:
    """Processes that a test starts are not measured: watched, a child that checks a flow takes three times as long."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@contextmanager
def unwatched() -> Iterator[None]:
    coverage = sys.modules.get("coverage")
    watch = coverage.Coverage.current() if coverage else None
    if watch is None:
        yield
        return
    watch.stop()
    try:
        yield
    finally:
        watch.start()
        leave_children_alone()
        _threads_anew()


def _threads_anew() -> None:
    """Threads that ran meanwhile are not measured again: the one that all tests share is left alone from now on."""
    browsing = sys.modules.get("tests.support.browsing")
    if browsing is not None:
        browsing.event_loop.cache_clear()
