"""Numbers of letters: a list may come before its letter has one, and still has to be told from the unit's others."""

from __future__ import annotations

_MARK = "("


def nameless(digest: str) -> str:
    """What stands for the number of a letter that has none yet: the same file gives the same one."""
    return f"{_MARK}chưa có số) {digest[:8]}"


def has_number(number: str) -> bool:
    """Whether this is a letter's own number."""
    return not number.startswith(_MARK)
