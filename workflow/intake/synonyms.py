"""The words by which a list is understood, from the shipped table and an installation's own.

Knows the shape of the table and no word of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast, get_args

from definitions.nearest import nearest
from workflow.domain.reasons import Plain
from workflow.domain.vietnamese import fold, nfc
from workflow.intake.values import Problem, Role

Words = tuple[str, ...]
# Tables whose keys are writings, free to choose; everywhere else the keys are given.
_WRITINGS = (("award", "parts"), ("award", "names"))
_NOT_WORD = re.compile(r"[^\w']+")


class SynonymsRefused(Exception):
    """The installation's own words cannot be used. Carries every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.code for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Everything folded, but `total_begins`, `nominee_*`, `letter_names` and words about a person: in lower case, with
    their marks.

    `headers` maps a header to its role, None for a column that is known and not used. `weak_names`
    are headers of a name where nothing better is found, `collective_names` those of collectives.
    `award_parts` are put right in their order. `bare_offices` are the words of a collective without
    marks, less those that are a family name without them.
    """

    headers: Mapping[str, Role | None]
    weak_names: frozenset[str]
    collective_names: frozenset[str]
    section_collective: Words
    section_individual: Words
    total_begins: Words
    total_collective: Words
    total_individual: Words
    total_all: Words
    signature_begins: Words
    award_words: Words
    award_leads: Words
    award_fillers: frozenset[str]
    award_parts: tuple[tuple[str, str], ...]
    award_names: Mapping[str, str]
    nominee_words: Words
    nominee_signs: Words
    bare_offices: Words
    surnames: frozenset[str]
    letter_names: Words
    female: frozenset[str]
    male: frozenset[str]
    ticks: frozenset[str]
    direct_yes: frozenset[str]
    direct_no: frozenset[str]
    leading: Words
    working: Words


def key_of(text: str) -> str:
    """Folded, without signs: `Chức vụ,\\nđơn vị` and `CHỨC VỤ / ĐƠN VỊ` are the same header."""
    return " ".join(_NOT_WORD.sub(" ", fold(text)).split())


def marked(text: str) -> str:
    """Lower case with its marks, one space between words: for words that differ by a mark only."""
    return " ".join(nfc(text).casefold().split())


def load_synonyms(own: Path | None = None) -> Synonyms:
    """The shipped words, and those of the file `own` added, as it is now.

    Raises SynonymsRefused with everything wrong in that file.
    """
    if own is None:
        return _shipped()
    try:
        text = own.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SynonymsRefused((Problem("synonyms_not_toml", {"what": "UTF-8"}),)) from error
    return build(extended(_table(), text))


@cache
def _shipped() -> Synonyms:
    return build(_table())


def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("synonyms.toml").read_text(encoding="utf-8"))


def extended(shipped: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The shipped table with the lists of another one appended. The tables must have the same keys."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SynonymsRefused((Problem("synonyms_not_toml", {"what": str(error)}),)) from error
    problems: list[Problem] = []
    merged = _merge(shipped, own, (), problems)
    if problems:
        raise SynonymsRefused(tuple(problems))
    return merged


def _merge(
    base: Mapping[str, Any], own: Mapping[str, Any], at: tuple[str, ...], problems: list[Problem]
) -> dict[str, Any]:
    if at in _WRITINGS:
        # What an installation adds comes first: of the writings of a part, the first that fits is put right.
        base = {**dict.fromkeys(own, ""), **base}
    merged = dict(base)
    for key, value in own.items():
        if key in base:
            merged[key] = _merged(base[key], value, (*at, key), problems)
        else:
            params: dict[str, Plain] = {"key": ".".join((*at, key)), "nearest": nearest(key, base) or ""}
            problems.append(Problem("synonyms_unknown_key", params))
    return merged


def _merged(known: Any, value: Any, place: tuple[str, ...], problems: list[Problem]) -> Any:
    if isinstance(known, dict) and isinstance(value, dict):
        return _merge(known, value, place, problems)
    if isinstance(known, list) and isinstance(value, list) and all(isinstance(word, str) for word in value):
        return [*known, *value]
    if isinstance(known, str) and isinstance(value, str):
        return value
    problems.append(Problem("synonyms_wrong_kind", {"key": ".".join(place)}))
    return known


def build(table: Mapping[str, Any]) -> Synonyms:
    """The table made ready for matching. Raises SynonymsRefused where a header has two meanings."""
    name, award, total, nominee = table["columns"]["name"], table["award"], table["total"], table["nominee"]
    person = {key: tuple(marked(word) for word in words) for key, words in table["person"].items()}
    surnames = frozenset(fold(name) for name in nominee["surnames"])
    return Synonyms(
        headers=_headers(table),
        weak_names=frozenset(_keys(name["weak"])),
        collective_names=frozenset(_keys(name["collective"])),
        section_collective=_keys(table["section"]["collective"]),
        section_individual=_keys(table["section"]["individual"]),
        total_begins=tuple(marked(words) for words in total["begins"]),
        total_collective=_keys(total["collective"]),
        total_individual=_keys(total["individual"]),
        total_all=_keys(total["all"]),
        signature_begins=tuple(fold(words) for words in table["signature"]["begins"]),
        award_words=_keys(award["words"]),
        award_leads=_keys(award["leads"]),
        award_fillers=frozenset(_keys(award["fillers"])),
        award_parts=tuple((key_of(written), key_of(meant)) for written, meant in award["parts"].items()),
        award_names={key_of(a): key_of(b) for a, b in award["names"].items()},
        nominee_words=tuple(marked(words) for words in nominee["collective_words"]),
        nominee_signs=tuple(nfc(sign).casefold() for sign in nominee["collective_signs"]),
        bare_offices=tuple(fold(word) for word in nominee["collective_words"] if fold(word) not in surnames),
        surnames=surnames,
        letter_names=tuple(marked(name) for name in table["letter"]["names"]),
        female=frozenset(person["female"]),
        male=frozenset(person["male"]),
        ticks=frozenset(person["ticks"]),
        direct_yes=frozenset(person["yes"]),
        direct_no=frozenset(person["no"]),
        leading=person["leads"],
        working=person["works"],
    )


def _keys(words: list[str]) -> Words:
    return tuple(sorted({key_of(each) for each in words}, key=lambda word: (-len(word), word)))


def _headers(table: Mapping[str, Any]) -> dict[str, Role | None]:
    roles: list[tuple[Role | None, list[str]]] = [
        (cast("Role", role), entry["phrases"]) for role, entry in table["columns"].items() if role in get_args(Role)
    ]
    roles += [(None, phrases) for phrases in table["unused"].values()]
    headers: dict[str, Role | None] = {}
    problems = []
    for role, phrases in roles:
        for phrase in phrases:
            key = key_of(phrase)
            if headers.setdefault(key, role) != role:
                problems.append(Problem("synonyms_two_meanings", {"phrase": phrase}))
    if problems:
        raise SynonymsRefused(tuple(problems))
    return headers
