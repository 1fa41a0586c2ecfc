"""Whose paper a file is, by its name: the code of the dossier first, else the name of whoever is nominated.

Only what stands there whole counts: a name is found where its words are, between signs or the ends of the file's name,
with or without accents, run together or not. Nothing is guessed: what fits several is told as several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workflow.domain import codes
from workflow.domain.vietnamese import fold, split_honorific

_SIGNS = re.compile(r"[\W_]+")
_CODES = re.compile(r"[A-Za-z]{1,8}[\s.-]{0,3}\d{4}[\s.-]{0,3}\d{1,12}[\s.-]{0,3}\d(?!\d)", re.ASCII)
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")
MOST_WORDS = 60
"""Words of a file's name that are looked at; no name of a file on a disk has more."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Codes of the dossiers that a file's name fits, and what of it did: `code`, `name`, or nothing at all."""

    codes: tuple[str, ...] = ()
    by: str = ""


def fitting(file_name: str, names: Mapping[str, str]) -> Fitting:
    """The dossiers (`names` by code) that this file may belong to. One is certain, several are a question.

    A code of these awards that stands there decides, even where it is none of these dossiers: then the file is nobody's
    here. Of two names one of which is part of the other, the longer one counts.
    """
    stem = _ENDING.sub("", file_name)
    prefixes = {code.partition("-")[0] for code in names}
    said = {each for each in _said(stem) if each.partition("-")[0] in prefixes}
    if said:
        found = tuple(code for code in names if code in said)
        return Fitting(found, "code" if found else "")
    words = _words(stem)[:MOST_WORDS]
    places = {code: list(_places("".join(_words(split_honorific(name)[1])), words)) for code, name in names.items()}
    taken = [place for each in places.values() for place in each]
    found = tuple(
        code for code, own in places.items() if any(not any(_inside(each, other) for other in taken) for each in own)
    )
    return Fitting(found, "name" if found else "")


def _said(stem: str) -> set[str]:
    """Codes of dossiers in this text, those whose check digit is right."""
    found: set[str] = set()
    for each in _CODES.findall(stem.translate(codes.DASHES)):
        try:
            found.add(str(codes.parse(each)))
        except codes.CodeError:
            continue
    return found


def _words(text: str) -> list[str]:
    return [each for each in _SIGNS.split(fold(text)) if each]


def _places(name: str, words: list[str]) -> Iterator[tuple[int, int]]:
    """(first, after the last) word of each place where these words, run together, are the name."""
    for first in range(len(words)):
        text = ""
        for last in range(first, len(words)):
            text += words[last]
            if len(text) >= len(name):
                if text == name:
                    yield first, last + 1
                break


def _inside(place: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a place is a part of another, longer one."""
    return place != other and other[0] <= place[0] and place[1] <= other[1]


def twice(chosen: Iterable[str]) -> frozenset[str]:
    """Codes that several files claim: a paper has one file, so that a person must say which."""
    seen: set[str] = set()
    again: set[str] = set()
    for code in chosen:
        (again if code in seen else seen).add(code)
    return frozenset(again)
