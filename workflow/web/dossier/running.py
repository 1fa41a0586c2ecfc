"""Acts on many dossiers run beside the pages: one thread each, with a transaction of its own. Remembers which run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

LEFT_ALONE = timedelta(minutes=2)
"""For so long an act that another process may be doing is not taken for one that a crash ended."""

_running: set[str] = set()
_begun: set[str] = set()
_lock = threading.Lock()


def begin(name: str, work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own; until it ends it is not over."""

    def run() -> None:
        try:
            work()
        finally:
            with _lock:
                _running.discard(name)

    with _lock:
        _running.add(name)
        _begun.add(name)
    # Not a daemon: a server that is asked to stop lets an act that has begun come to its end.
    threading.Thread(target=run, name=f"act {name}").start()


def is_over(name: str, started_at: datetime | None, now: datetime) -> bool:
    """Whether nobody is doing it any more: this process has ended it, or another one would have long ago.

    Whoever takes it up again then does no harm if that is a mistake: one request key is one act.
    """
    with _lock:
        if name in _running:
            return False
        begun_here = name in _begun
    return begun_here or started_at is None or now - started_at > LEFT_ALONE
