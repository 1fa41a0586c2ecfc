"""Finds the award that a cell means among those of the round, or the nearest one.

Compares names only: whether this nominee may have that award from this unit is asked by `checking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflow.intake.synonyms import Synonyms, key_of
from workflow.intake.values import AwardChoice

_YEAR_BEHIND = re.compile(r" (?:nam(?: hoc| cong tac)? )?(?:19|20)\d\d(?: (?:19|20)\d\d)?$")
_CLASS = re.compile(r"\A(.+ hang) (.+)")
_BETWEEN = re.compile(r"[;\n+]| và |, ")
_LONGEST = 150
# Comparing letters costs time; a list with more different wrong names than this is not a list of slips.
_MOST_COMPARED = 300


@dataclass(frozen=True, slots=True)
class Found:
    """What a text may mean. `choices` are the awards it names (one name may stand for several flows).

    Without choices: `nearest` is the title that comes closest, empty when nothing is near;
    `classes` are the titles that differ from the text in the class only; `several` are the awards
    of a cell that names more than one.
    """

    choices: tuple[AwardChoice, ...] = ()
    nearest: str = ""
    classes: tuple[str, ...] = ()
    several: tuple[str, ...] = ()


class AwardNames:
    """The names of a round's awards. Answers are kept: a list asks for the same few names thousands of times."""

    def __init__(self, awards: Iterable[AwardChoice], synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._by_key: dict[str, list[AwardChoice]] = {}
        self._answers: dict[str, Found] = {}
        self._compared = 0
        for choice in awards:
            for name in dict.fromkeys((choice.title, *choice.aliases)):
                meant = self._by_key.setdefault(award_key(name, synonyms), [])
                if choice not in meant:
                    meant.append(choice)

    def find(self, text: str) -> Found:
        """The awards a text means."""
        found = self._answers.get(text)
        if found is None:
            found = self._answers[text] = self._found(text)
        return found

    def _found(self, text: str) -> Found:
        choices = self._exactly(text)
        if choices:
            return Found(choices)
        several = [self._exactly(part) for part in _BETWEEN.split(text[:_LONGEST])]
        if len(several) > 1 and all(several):
            return Found(several=tuple(dict.fromkeys(choices[0].title for choices in several)))
        key = award_key(text[:_LONGEST], self._synonyms)
        classes = tuple(self._by_key[known][0].title for known in self._by_key if _differ_in_class(key, known))
        return Found(nearest=self._nearest(key), classes=tuple(dict.fromkeys(classes)))

    def _exactly(self, text: str) -> tuple[AwardChoice, ...]:
        if len(text) > _LONGEST:
            return ()
        key = award_key(text, self._synonyms)
        return tuple(self._by_key.get(key) or self._by_key.get(_YEAR_BEHIND.sub("", key)) or ())

    def _nearest(self, key: str) -> str:
        """By the fewest changed letters, at most two of five; else the longest name that stands in the text."""
        best = max((known for known in self._by_key if known and f" {known} " in f" {key} "), key=len, default="")
        self._compared += 1
        room = max(2, len(key) * 2 // 5) if self._compared <= _MOST_COMPARED else -1
        for known in self._by_key:
            away = distance(key, known, room)
            if away is not None:
                room, best = away - 1, known
        return self._by_key[best][0].title if best else ""


def award_key(text: str, synonyms: Synonyms) -> str:
    """What is compared: folded, abbreviations written out, without `tặng`, `của` and the like."""
    key = f" {key_of(text)} "
    for written, meant in synonyms.award_parts:
        key = key.replace(f" {written} ", f" {meant} ")
    key = _without_leads(key.strip(), synonyms)
    bare = _without_fillers(key, synonyms)
    return _names(synonyms).get(bare, bare)


def _names(synonyms: Synonyms) -> Mapping[str, str]:
    return {_without_fillers(a, synonyms): _without_fillers(b, synonyms) for a, b in synonyms.award_names.items()}


def _without_leads(key: str, synonyms: Synonyms) -> str:
    lead = next((lead for lead in synonyms.award_leads if key.startswith(lead + " ")), None)
    return key if lead is None else _without_leads(key[len(lead) + 1 :], synonyms)


def _without_fillers(key: str, synonyms: Synonyms) -> str:
    return " ".join(word for word in key.split() if word not in synonyms.award_fillers)


def _differ_in_class(key: str, known: str) -> bool:
    one, other = _CLASS.fullmatch(key), _CLASS.fullmatch(known)
    return one is not None and other is not None and one[1] == other[1]


def distance(one: str, other: str, room: int) -> int | None:
    """How many letters must be put in, left out or changed; None when more than `room`."""
    if abs(len(one) - len(other)) > room:
        return None
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for place, wanted in enumerate(other, start=1):
            above = row[place]
            row[place] = min(above + 1, row[place - 1] + 1, before + (letter != wanted))
            before = above
        if min(row) > room:
            return None
    return row[-1] if row[-1] <= room else None
