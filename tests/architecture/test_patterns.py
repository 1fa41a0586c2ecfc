"""No pattern of ours can be made to think for long: each is tried on long texts that look almost right."""

from __future__ import annotations

import importlib
import re
import time
from itertools import product

import pytest

from tests.architecture.sources import modules

LONG = 4_000
MOST = 0.01
"""Seconds of processor time for one search in four thousand letters: one sixteenth of a second for ten thousand."""
LEFT_OUT = ("workflow.storage.migrations", "workflow.demo", "workflow.__main__", "notifications.testing")
KNOWN = {"workflow.papers.scanning._TAG"}
"""Reads the ministry's own paper templates, which its admin puts on the server, a paragraph at a time."""
BEGINNINGS = ("", "a", "1", "[", "{{", "http://")
REPEATED = (
    "a",
    "1",
    " ",
    "\n",
    ".",
    "(",
    "a ",
    "1.",
    "a.",
    "\\",
    "*",
    "|",
    "a,",
    '"',
    "a-",
    "{",
    "đ/c ",
    "ông ",
    "a@",
    "1/",
)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every pattern of letters that a module keeps, with its name."""
    found: dict[str, re.Pattern[str]] = {}
    for name in modules():
        if name.startswith(LEFT_OUT):
            continue
        for key, value in vars(importlib.import_module(name)).items():
            each = value if isinstance(value, (list, tuple)) else [value]
            for one in each:
                if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                    found.setdefault(one.pattern, one)
                    found[one.pattern] = one
                    _NAMES.setdefault(one.pattern, f"{name}.{key}")
    named = ((_NAMES[text], pattern) for text, pattern in found.items())
    return sorted(each for each in named if each[0] not in KNOWN)


_NAMES: dict[str, str] = {}
PATTERNS = patterns()


def slowest(pattern: re.Pattern[str]) -> tuple[float, str]:
    """How long the worst of the texts takes, and which it is; it stops at the first that takes too long."""
    worst = (0.0, "")
    for beginning, repeated in product(BEGINNINGS, REPEATED):
        text = (beginning + repeated * (LONG // len(repeated)))[:LONG] + "\x01"
        worst = max(worst, (_seconds(pattern, text), f"{beginning!r} + {repeated!r} * n"))
        if worst[0] > MOST:
            worst = (min(_seconds(pattern, text) for _ in range(2)), worst[1])
            if worst[0] > MOST:
                break
    return worst


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    pattern.search(text)
    pattern.fullmatch(text)
    return time.process_time() - began


@pytest.mark.attack("S46")
@pytest.mark.parametrize("pattern", [pattern for _, pattern in PATTERNS], ids=[name for name, _ in PATTERNS])
def test_s46_a_pattern_of_ours_is_done_in_an_instant(pattern: re.Pattern[str]) -> None:
    took, text = slowest(pattern)
    assert took < MOST, text


def test_the_rule_finds_a_pattern_that_thinks_for_long() -> None:
    assert len(PATTERNS) > 40
    assert slowest(re.compile(r"\s+$"))[0] > MOST
