"""How often one browser may search: a search is the dearest thing that a page can be asked for."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

AT_ONCE = 60
EACH = timedelta(seconds=1)
KEPT = 10_000


class Pace:
    """A bucket for each session: `AT_ONCE` searches, and another one every `EACH`."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def allows(self, session: str, now: datetime) -> bool:
        """Whether this session may search now; counts it when it may."""
        with self._lock:
            left, since = self._left.pop(session, (float(AT_ONCE), now))
            left = min(float(AT_ONCE), left + max(0.0, (now - since) / EACH))
            allowed = left >= 1
            self._left[session] = (left - 1 if allowed else left, now)
            while len(self._left) > KEPT:
                self._left.popitem(last=False)
            return allowed
