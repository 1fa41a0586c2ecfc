"""Coverage looks away for a while: being watched doubles the time of a test, and many walk where others have been."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""What tells a child process that it is watched."""


@contextmanager
def unwatched() -> Iterator[None]:
    """Neither this process nor children that are started meanwhile are measured."""
    coverage = sys.modules.get("coverage")
    watch = coverage.Coverage.current() if coverage else None
    if watch is None:
        yield
        return
    told = os.environ.pop(CHILDREN, None)
    watch.stop()
    try:
        yield
    finally:
        watch.start()
        if told is not None:
            os.environ[CHILDREN] = told
        _threads_anew()


def _threads_anew() -> None:
    """Threads that ran meanwhile are not measured again: the one that all tests share is left alone from now on."""
    browsing = sys.modules.get("tests.support.browsing")
    if browsing is not None:
        browsing.event_loop.cache_clear()
