"""No pattern of ours can be made to think for long: each is tried on long texts that look almost right."""

from __future__ import annotations

import importlib
import re
import time
from itertools import product

import pytest

from tests.architecture.sources import modules

LONG = 4_000
SOON = 0.01
"""Seconds of processor time for both looks at four thousand letters: what is done by then needs no second look."""
MOST = 0.2
"""What no pattern takes, however it grows, and however busy the machine is."""
GROWTH = 8
"""Between 4, for a pattern that takes four times as long for four times the letters, and 16, for the square of it."""
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


def thinks_for_long(pattern: re.Pattern[str]) -> str:
    """The first text over which it does, as a rule for making it; empty where there is none.

    How long a search takes says as much of the machine as of the pattern: one that is not done at once is tried on a
    quarter of the text too, and is told by how its time grows.
    """
    for beginning, repeated in product(BEGINNINGS, REPEATED):
        if _seconds(pattern, _text(beginning, repeated, LONG)) < SOON:
            continue
        short, long = (
            min(_seconds(pattern, _text(beginning, repeated, letters)) for _ in range(5))
            for letters in (LONG // 4, LONG)
        )
        if long > MOST or (long > SOON and long > GROWTH * short):
            return f"{beginning!r} + {repeated!r} * n: {short:.4f} s, then {long:.4f} s"
    return ""


def _text(beginning: str, repeated: str, letters: int) -> str:
    return (beginning + repeated * (letters // len(repeated)))[:letters] + "\x01"


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    pattern.search(text)
    pattern.fullmatch(text)
    return time.process_time() - began


@pytest.mark.attack("S46")
@pytest.mark.parametrize("pattern", [pattern for _, pattern in PATTERNS], ids=[name for name, _ in PATTERNS])
def test_s46_a_pattern_of_ours_is_done_in_an_instant(pattern: re.Pattern[str]) -> None:
    assert thinks_for_long(pattern) == ""


def test_the_rule_finds_a_pattern_that_thinks_for_long() -> None:
    assert len(PATTERNS) > 40
    assert thinks_for_long(re.compile(r"\s+$"))
    assert not thinks_for_long(re.compile(r"[^,]{0,200}z")), "slow, but no slower by the letter"
