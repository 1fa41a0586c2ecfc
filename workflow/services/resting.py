"""Lets Python's cycle collector rest while an act on thousands is made. Knows no act."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 500
"""From so many lines on it pays."""


@contextmanager
def collector_at_rest(lines: int) -> Iterator[None]:
    """What is made for many lines are hundreds of thousands of values without circles, all of them needed to the end.

    The collector would go through them again and again and find nothing: a third of the time. They are freed as soon
    as nobody holds them, collector or not. Whoever had switched it off keeps it off.
    """
    if lines < MANY or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
