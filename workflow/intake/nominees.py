"""Tells a person from a collective where a list does not say: by its words, code and award.

Weighs signs and names the strongest; a close call is marked so that a person looks at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from definitions.flow import Nominee
from workflow.domain.vietnamese import fold, split_honorific
from workflow.intake.headings import begins, starts_with_office
from workflow.intake.synonyms import Synonyms, marked
from workflow.intake.values import Row

_CLOSE = 15


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of what a nominee is. `ground` is a key `ground.<ground>` of the catalogue."""

    nominee: Nominee
    weight: int
    ground: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a nominee was taken for and why; `doubtful` when other signs say nearly as much."""

    nominee: Nominee
    ground: str
    doubtful: bool


def judge_nominee(row: Row, award_for: Iterable[Nominee], synonyms: Synonyms) -> Judged:
    """A heading decides; else the weight of the signs, of which an award made for one kind is one."""
    of_itself = tuple(_signs(row, synonyms))
    if row.section is not None:
        against = sum(sign.weight if sign.nominee != row.section else -sign.weight for sign in of_itself)
        return Judged(row.section, row.section_from or "section", against >= 40)
    kinds = frozenset(award_for)
    signs = [*of_itself, *(Sign(kind, 30, "award") for kind in kinds if len(kinds) == 1)]
    if not signs:
        return Judged("individual", "none", doubtful=True)
    for_persons = sum(sign.weight if sign.nominee == "individual" else -sign.weight for sign in signs)
    nominee: Nominee = "individual" if for_persons >= 0 else "collective"
    strongest = max((sign for sign in signs if sign.nominee == nominee), key=lambda sign: sign.weight, default=None)
    return Judged(nominee, strongest.ground if strongest else "none", abs(for_persons) < _CLOSE)


def _signs(row: Row, synonyms: Synonyms) -> Iterator[Sign]:
    if not row.name:
        return
    yield from _signs_of_name(row.name, synonyms)
    if row.code:
        yield Sign("individual", 20, "code")
    if row.position:
        yield Sign("individual", 25, "position")


def _signs_of_name(name: str, synonyms: Synonyms) -> Iterator[Sign]:
    honorific, bare = split_honorific(name)
    words = marked(bare).split()
    if starts_with_office(name, synonyms) or _bare_office(name, synonyms):
        yield Sign("collective", 60, "words")
        return
    if honorific:
        yield Sign("individual", 60, "honorific")
    if any(sign in marked(name) for sign in synonyms.nominee_signs):
        yield Sign("collective", 15, "words")
    if any(letter.isdigit() for letter in bare):
        yield Sign("collective", 15, "digits")
    elif 2 <= len(words) <= 6 and fold(words[0]) in synonyms.surnames:
        yield Sign("individual", 45, "surname")
    elif len(words) > 6:
        yield Sign("collective", 15, "long_name")


def _bare_office(name: str, synonyms: Synonyms) -> bool:
    """A name typed without marks (`PHONG TONG HOP`), when it does not begin like a family name too."""
    lower = marked(name)
    return lower == fold(name) and any(begins(lower, word) for word in synonyms.bare_offices)
