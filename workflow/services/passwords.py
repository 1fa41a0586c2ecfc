"""Passwords: which are taken, how they are kept, whether one is right. Knows no account and no table.

A password is compared exactly as typed, with one exception: the same Vietnamese letters may come as one code point or
as several, so both are brought to NFC first. Nothing is cut off, whatever its length.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflow.domain import vietnamese

SHORTEST = 8
"""Characters; only enough beside a second factor."""
LONGEST = 1_000
FREE = 6
"""Letters and figures that must be left when words that anybody can guess are taken out."""
OURS = ("khen", "thidua", "khenthuong", "hoidong", "botruong", "bothongtin", "bokhoahoc", "vietnam", "matkhau",
        "password", "abc", "admin", "quantri")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passwords:
    """Makes and compares what is kept of a password: Argon2id at the library's own cost (64 MiB, three passes)."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    def hashed(self, password: str) -> str:
        """What is kept of it. Takes about a fifth of a second, on purpose."""
        return self.hasher.hash(vietnamese.nfc(password))

    def is_right(self, password: str, kept: str | None) -> bool:
        """Whether this is the password behind `kept`. As slow when there is none: time must not tell who exists."""
        typed = vietnamese.nfc(password)
        if not _can_be_one(typed):
            typed, kept = "", None
        try:
            self.hasher.verify(kept or _nobodys(self.hasher), typed)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed at another cost than is usual now."""
        return self.hasher.check_needs_rehash(kept)


def fault(password: str, least: int, context: Iterable[str] = ()) -> str:
    """Why this cannot be a new password: `short`, `long`, `letters`, `common` or `guessable`; "" when it can.

    `context` is what is known of the person: name, login, unit. Length counts characters after NFC. No rule asks for
    capitals or signs.
    """
    typed = vietnamese.nfc(password)
    if len(typed) > LONGEST:
        return "long"
    if not _can_be_one(typed):
        return "letters"
    if len(typed) < max(SHORTEST, least):
        return "short"
    if typed.casefold() in _common() or _is_pattern(typed):
        return "common"
    return "guessable" if _left(typed, context) < FREE else ""


def _can_be_one(typed: str) -> bool:
    return len(typed) <= LONGEST and not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in typed)


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    text = resources.files("workflow.services").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("# "))


def _is_pattern(typed: str) -> bool:
    """One to three signs over and over, or a row of neighbours: 1111…, abababab…, 12345678…"""
    steps = {ord(after) - ord(before) for before, after in pairwise(typed)}
    return len(set(typed)) < 4 or steps <= {1, -9} or steps <= {-1, 9}


def _left(typed: str, context: Iterable[str]) -> int:
    """How many letters and figures remain when guessable words are taken out; years and the like count little."""
    bare = _bare(typed)
    words = {_bare(part) for each in context for part in (each, *each.replace("@", " ").split())} | set(OURS)
    for word in sorted((each for each in words if len(each) >= 3), key=len, reverse=True):
        bare = bare.replace(word, "")
    return len(bare)


def _bare(text: str) -> str:
    return "".join(letter for letter in vietnamese.fold(text) if letter.isalnum())
