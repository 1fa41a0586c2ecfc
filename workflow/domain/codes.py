"""Codes of dossiers that people read aloud, such as `BKB-2026-00017-3`: flow, year, number, check digit.

Numbers are given out elsewhere (a sequence in storage); here a code is only written and read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = re.compile(r"[A-Z]{1,8}")
# Between dashes a number may be short of its noughts. Where it runs into its check digit it may not:
# `BKB-2026-17` would be read as number 1 with check digit 7, which is right once in ten times.
SPACED = re.compile(r"([A-Z]{1,8})[\s./-]*(\d{4})[\s./-]+(\d{1,12})[\s./-]+(\d)")
CLOSED = re.compile(r"([A-Z]{1,8})[\s./-]*(\d{4})[\s./-]*(\d{5,12})(\d)")
DASHES = str.maketrans("‐‑‒–—−_", "-------")
VOWELS = frozenset("aeiouy")

# The quasigroup of H. Michael Damm (2004), totally anti-symmetric: every single wrong digit and
# every swap of two neighbours changes the check digit. ISO 7064 mod 11,10 misses some swaps.
DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class CodeError(ValueError):
    """The text is not a dossier code. `fault` is `form` (it does not look like one) or `check` (a digit is wrong)."""

    def __init__(self, text: str, fault: str) -> None:
        super().__init__(f"{text!r}: {fault}")
        self.text = text
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Code:
    """The parts of a code whose check digit is right."""

    prefix: str
    year: int
    number: int

    def __str__(self) -> str:
        return make(self.prefix, self.year, self.number)


def make(prefix: str, year: int, number: int) -> str:
    """The code as it is printed and stored. The number has at least five digits.

    Raises ValueError for a prefix that is not one to eight letters A to Z, a year that has not
    four digits, or a number below 1.
    """
    if not PREFIX.fullmatch(prefix) or not 1000 <= year <= 9999 or not 1 <= number < 10**12:
        raise ValueError(f"no code can be made of {prefix!r}, {year}, {number}")
    return f"{prefix}-{year}-{number:05d}-{check_digit(prefix, year, number)}"


def check_digit(prefix: str, year: int, number: int) -> str:
    """Damm's digit over the letters (A is 10, Z is 35), the year and the number as printed."""
    digits = "".join(str(int(letter, 36)) for letter in prefix) + f"{year}{number:05d}"
    row = 0
    for digit in digits:
        row = int(DAMM[row][int(digit)])
    return str(row)


def parse(text: str) -> Code:
    """Read a code as people type it: lower case, other dashes or none; between dashes, noughts left out.

    Raises `CodeError`.
    """
    typed = text.strip().translate(DASHES).upper()
    found = SPACED.fullmatch(typed) or CLOSED.fullmatch(typed)
    if found is None or not typed.isascii() or int(found[2]) < 1000 or int(found[3]) < 1:
        raise CodeError(text, "form")
    code = Code(found[1], int(found[2]), int(found[3]))
    if len(found[3]) > max(5, len(str(code.number))):
        # More noughts than are ever printed: a first digit that was mistyped, and the check digit is not over it.
        raise CodeError(text, "check")
    if check_digit(code.prefix, code.year, code.number) != found[4]:
        raise CodeError(text, "check")
    return code


def normalise(text: str) -> str:
    """The printed form of a code that somebody typed. Raises `CodeError`."""
    return str(parse(text))


def prefix_of(flow_id: str) -> str:
    """Letters for a flow: the first of each word, and short forms whole, as the field writes them.

    `bang_khen_bo` is BKB, `cstd_co_so` is CSTDCS, `tt_ldxs` is TTLDXS. Two flows may get the same
    letters; whoever numbers dossiers keeps them apart.
    """
    words = [re.sub(r"[^a-z]", "", word) for word in flow_id.lower().split("_")]
    letters = "".join(word if not VOWELS & set(word) else word[0] for word in words)
    if not letters:
        raise ValueError(f"no letters in {flow_id!r}")
    return letters[:8].upper()
