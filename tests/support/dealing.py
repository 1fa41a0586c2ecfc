"""In which order tests are dealt out to processes: the longest first, those of milliseconds last.

A process that begins a long test when the others have nothing left keeps one processor at work and the rest idle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

LONGEST = ("test_story.py", "test_crawl.py", "test_season.py")
"""A minute and more each: one for each process to begin with."""
LIGHT = frozenset({"architecture", "documentation", "unit"})
"""Rooms of thousands of tests that take a minute together: what is dealt last, and changes hands at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = dealt(items, int(workers))


def dealt(items: Sequence[pytest.Item], hands: int) -> list[pytest.Item]:
    """The items, hand after hand, as many in each as the processes take in turn at the beginning.

    Modules stay together, so that what is built once for a module is built once; light ones fill up what is left.
    """
    found: list[list[pytest.Item]] = [[] for _ in range(hands)]
    modules = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    modules.sort(key=lambda module: _place(module[0].path))
    light: list[pytest.Item] = []
    for number, module in enumerate(modules):
        if _is_light(module[0].path):
            light += module
        elif module[0].path.name in LONGEST:
            found[number % hands] += module
        else:
            min(found, key=len).extend(module)
    left = len(items)
    for at, hand in enumerate(found):
        size = left // (hands - at)
        left -= size
        room = max(0, size - len(hand))
        hand += light[:room]
        del light[:room]
    return [item for hand in found for item in hand] + light


def _place(path: Path) -> int:
    return LONGEST.index(path.name) if path.name in LONGEST else len(LONGEST)


def _is_light(path: Path) -> bool:
    return path.relative_to(Path(__file__).parents[1]).parts[0] in LIGHT


__all__ = ["LIGHT", "LONGEST", "dealt"]
