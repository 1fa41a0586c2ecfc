"""Vietnamese text: one spelling, a search form, names, alphabetical order, dates of official papers.

Words for people to read do not live here; they are in the message catalogues.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

# Nothing to see, yet two names that differ in it are two names to a computer: zero-width marks,
# soft hyphen, byte order mark, direction controls (U+061C, U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069).
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# What neither a paper, a mail nor PostgreSQL can hold: control characters, halves of letters, and two code points that
# are no letters. Those that end a line are a line feed; tab, line feed and carriage return stay.
UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
ENDS_A_LINE = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
SPACES = re.compile(r"\s+")
# Đ has two doubles in Unicode that no normalisation unites: Icelandic Ð and African Ɖ.
FOLDED = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})
DOUBLES = frozenset("ÐðƉɖ")


def nfc(text: str) -> str:
    """The one spelling that is stored: `Hòa` typed as 3 or as 4 code points is the same name."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The form that is searched: lower case, no marks, đ as d, one space between words.

    Both `Hoà` and `Hòa` fold to `hoa`, `Đỗ` to `do`. Names are never merged by it.
    """
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in opened if not unicodedata.combining(letter)).translate(FOLDED)
    return " ".join(INVISIBLE.sub("", bare).split())


def clean_name(text: str) -> str:
    """A name as it is kept: NFC, one space between words, nothing invisible. Letters are not changed."""
    return SPACES.sub(" ", nfc(CONTROL.sub("", INVISIBLE.sub("", text)))).strip()


def legible(text: str) -> str:
    """The text without what cannot be written down. Letters, blanks and lines are not changed."""
    return text if text.isprintable() else UNWRITABLE.sub("", ENDS_A_LINE.sub("\n", text))


def strange_letters(name: str) -> tuple[str, ...]:
    """Letters that only look Latin or Vietnamese: other scripts, and the doubles of Đ. Empty when all is well.

    A Cyrillic а in a name makes a second person of one; no machine may guess which letter was meant.
    """
    letters = dict.fromkeys(letter for letter in nfc(name) if letter.isalpha())
    return tuple(letter for letter in letters if letter in DOUBLES or not _is_latin(letter))


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


# ── names ────────────────────────────────────────────────────────────────────────────────────────

_HONORIFIC = re.compile(
    r"(?:(?:ông|bà|anh|chị|cô|bác|đồng chí|đ/c|đc|pgs|gs|ts|ths|bs|ks|cn)(?:\.\s*|,?\s+))+(?=\S+\s+\S)", re.IGNORECASE
)


def split_honorific(name: str) -> tuple[str, str]:
    """The form of address before a name, and the name: `Bà Vũ Văn Thảo` is `("Bà", "Vũ Văn Thảo")`.

    At least two words stay in the name. Ông is a family name too, if a rare one: whoever splits
    must show what was split off, and keep the text as it came.
    """
    cleaned = clean_name(name)
    found = _HONORIFIC.match(cleaned)
    return (found.group().strip(" ,"), cleaned[found.end() :]) if found else ("", cleaned)


# ── order ────────────────────────────────────────────────────────────────────────────────────────

# Sort keys are plain ASCII, to be compared byte by byte (SQLite BINARY, PostgreSQL COLLATE "C"):
# a level for letters, one for tones, one for case, as the Unicode rules for `vi` have it. The
# separator of levels is lower than every weight, so that a shorter word comes first.
ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
PUNCTUATION = " _-,;:!?.'\"()/&"
TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền hỏi ngã sắc nặng, after no tone at all
LETTER_MARKS = frozenset("\u0302\u0306\u031b")  # â ă ơ are letters of their own
_FIRST_LETTER = ord("A")
_PRIMARY = {
    **{sign: chr(ord("!") + place) for place, sign in enumerate(PUNCTUATION)},
    **{digit: digit for digit in "0123456789"},
    **{letter: chr(_FIRST_LETTER + place) for place, letter in enumerate(ALPHABET)},
}
_SECONDARY = {tone: str(place) for place, tone in enumerate(TONES, start=2)}


def sort_key(text: str) -> str:
    """A key whose byte order is the Vietnamese alphabet's: a ă â b c d đ e ê …, tones last, then case.

    At most twice as long as its text, or 120 signs where that is more.
    """
    text = nfc(text)
    letters, tones, case = _levels(text)
    return _short(f"{letters} {tones} {case}", text)


def person_sort_key(name: str) -> str:
    """As `sort_key`, but by given name (the last word) and only then by family and middle names.

    Vietnamese lists of persons are in this order. Case is looked at last of all, since one unit
    writes `NGUYỄN VĂN AN` and the other `Nguyễn Văn An`.
    """
    name = nfc(name)
    words = name.split()
    given, given_tones, given_case = _levels(words[-1] if words else "")
    rest, rest_tones, rest_case = _levels(" ".join(words[:-1]))
    return _short(f"{given} {given_tones} {rest} {rest_tones} {given_case} {rest_case}", name)


def _short(key: str, text: str) -> str:
    """What is cut off is case and late tones of very long texts; the columns are twice as long as names."""
    return key[: max(120, 2 * len(text))]


def _levels(text: str) -> tuple[str, str, str]:
    primary: list[str] = []
    tones: list[str] = []
    case: list[str] = []
    for letter in SPACES.sub(" ", text.strip()):
        base, tone = _split(letter)
        primary.append(_PRIMARY.get(base) or f"~{base}")
        tones.append(tone)
        case.append("2" if letter.isupper() else "1")
    return "".join(primary), "".join(tones).rstrip("1"), "".join(case).rstrip("1")


@lru_cache(maxsize=4096)
def _split(letter: str) -> tuple[str, str]:
    """The letter of the alphabet and the weight of its tone: ặ is (ă, nặng). Foreign marks weigh last."""
    opened = unicodedata.normalize("NFD", letter.lower())
    marks = opened[1:]
    kept = nfc(opened[0] + "".join(mark for mark in marks if mark in LETTER_MARKS))
    tones = [_SECONDARY.get(mark, "7") for mark in marks if mark not in LETTER_MARKS]
    return (kept, tones[0] if tones else "1") if kept in _PRIMARY else (opened[0], "7" if marks else "1")


def in_vietnamese_order(things: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """`things` by the Vietnamese alphabet of the text that `key` gives of each."""
    return sorted(things, key=lambda thing: sort_key(key(thing)))


# ── dates ────────────────────────────────────────────────────────────────────────────────────────


def long_date(day: date) -> str:
    """As official papers write it: `ngày 05 tháng 01 năm 2026`, `ngày 15 tháng 3 năm 2026`.

    Decree 30/2020 puts a nought before days under 10 and before months 1 and 2 only.
    """
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def short_date(day: date) -> str:
    """`05/01/2026`."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


_WRITTEN = re.compile(
    r"(?:ngày\s*)?(\d{1,2})\s*(?:[/.-]|tháng)\s*(\d{1,2})\s*(?:[/.-]|năm)\s*(\d{4})", re.IGNORECASE | re.ASCII
)


def read_date(text: str) -> date:
    """The day that a person wrote: `05/01/2026`, `5.1.2026`, `ngày 05 tháng 01 năm 2026`. Day first, always.

    Raises ValueError for anything else, two-figure years included.
    """
    found = _WRITTEN.fullmatch(clean_name(text))
    if found is None:
        raise ValueError(f"not a date as day/month/year: {text!r}")
    day, month, year = (int(part) for part in found.groups())
    return date(year, month, day)
