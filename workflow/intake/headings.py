"""Reads single texts of a list: numbering, headings, offices, combined cells. Walks no sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from definitions.flow import Nominee
from workflow.domain.vietnamese import fold
from workflow.intake.synonyms import Synonyms, key_of, marked

NUMBER = re.compile(r"\(?\d{1,5}(?:\.\d{1,3})*\)?[.)]?")
_NUMERAL = re.compile(r"(?:[IVXLC]{1,6}|[A-ZĐ])(?:\.\d{1,2})*")
_NUMBERING = re.compile(r"(?:([IVXLC]{1,6}|[A-ZĐ])|\d{1,3})(?:\.\d{1,2})*(?:[.)/:\-–]+ ?| )(?=\S)")
_COUNT_BEHIND = re.compile(r"[ :(\-–]{0,10}\d{0,5} ?[^\W\d]{0,12}(?: [^\W\d]{1,12})?[ ):.]{0,10}")
LETTER, ROMAN, ARABIC, NONE = range(4)


@dataclass(frozen=True, slots=True)
class Alone:
    """The only text of a row, without its numbering. `level` is that of the numbering, `LETTER` the highest."""

    level: int
    text: str


def alone(filled: Sequence[str]) -> Alone | None:
    """What a row with one text says; None when it has several."""
    first, rest = filled[0].rstrip(".):/- "), filled[1:]
    if len(rest) == 1 and (_NUMERAL.fullmatch(first) or NUMBER.fullmatch(filled[0])):
        return Alone(_level(first), rest[0])
    if rest:
        return None
    found = _NUMBERING.match(filled[0])
    return Alone(_level(found.group()), filled[0][found.end() :]) if found else Alone(NONE, filled[0])


def _level(numbering: str) -> int:
    sign = re.sub(r"\W.*", "", numbering.lstrip("("))
    if sign.isdecimal():
        return ARABIC
    return ROMAN if len(sign) > 1 or sign in "IVX" else LETTER


def section_kind(text: str, synonyms: Synonyms, *, whole: bool) -> Nominee | None:
    """Whom a heading announces. `whole`: only where it says nothing else (but how many)."""
    key = fold(text)
    kinds: tuple[tuple[Nominee, tuple[str, ...]], ...] = (
        ("collective", synonyms.section_collective),
        ("individual", synonyms.section_individual),
    )
    for nominee, phrases in kinds:
        for phrase in phrases:
            if key.startswith(phrase) and _COUNT_BEHIND.fullmatch(key[len(phrase) :]):
                return nominee
            if not whole and begins(key, phrase) and (text.isupper() or award_within(text, synonyms)):
                return nominee
    return None


def award_within(text: str, synonyms: Synonyms) -> str:
    """The part of a text that begins with the words of an award; empty when it names none."""
    key = key_of(text)
    places = [place.start() for word in synonyms.award_words for place in re.finditer(rf"\b{re.escape(word)}\b", key)]
    return key[min(places) :] if places else ""


def split_place(text: str, synonyms: Synonyms) -> tuple[str, str]:
    """Position and workplace of a combined cell, split at its first comma or line.

    What begins with the name of an office has no position; without a comma what is not an office
    is a position.
    """
    if starts_with_office(text, synonyms):
        return "", one_line(text.replace("\n", ", "))
    first, mark, rest = re.sub(r"\n|;", ",", text, count=1).partition(",")
    return (one_line(first), one_line(rest)) if mark else (one_line(text), "")


def starts_with_office(text: str, synonyms: Synonyms) -> bool:
    """Whether a text begins with a word such as Phòng or Trung tâm; marks count: Vụ is no Vũ."""
    lower = marked(text)
    return any(begins(lower, word) for word in synonyms.nominee_words)


def one_line(text: str) -> str:
    return " ".join(text.split())


def begins(text: str, words: str) -> bool:
    """Whether a text begins with these words, the last of them whole."""
    return text.startswith(words) and not (words[-1:].isalnum() and text[len(words) :][:1].isalnum())


def are_column_numbers(filled: Sequence[str]) -> bool:
    """`(1) (2) (3)` or `A B 1 2` under a header."""
    bare = [text.strip("()[] .") for text in filled]
    if len(bare) < 3 or not all(text and len(text) <= 2 for text in bare):
        return False
    digits = [int(text) for text in bare if text.isdecimal()]
    letters = sum(text in ("A", "B", "C", "D") for text in bare)
    return len(digits) + letters == len(bare) == len(set(bare)) and digits == sorted(digits)
