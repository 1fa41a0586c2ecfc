"""Finds the header of a list and what each column is. Reads no line under it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflow.intake.grids import Grid
from workflow.intake.synonyms import Synonyms, key_of
from workflow.intake.values import Column, Role

_IN_BRACKETS = re.compile(r"\([^()]*\)")
_LONGEST = 80
_DEEPEST = 50
_HEADER_ROWS = 3
_EXACT, _BEGINS, _CONTAINS = 3000, 2000, 1000


@dataclass(frozen=True, slots=True)
class Header:
    """A header from row `first` to row `last`; `roles` maps a role to its column, counted from 1."""

    first: int
    last: int
    roles: Mapping[Role, int]
    columns: tuple[Column, ...]
    ignored: tuple[Column, ...]


def find_header(grid: Grid, synonyms: Synonyms) -> Header | None:
    """The first row that reads like a header; None when the sheet has none near its top."""
    for number in range(1, min(grid.height, _DEEPEST) + 1):
        header = header_at(grid, number, synonyms)
        if header is not None:
            return header
    return None


def header_at(grid: Grid, number: int, synonyms: Synonyms) -> Header | None:
    """The header that begins in this row: a name, and an award or two other known columns."""
    if len(set(filter(None, grid.row(number)))) < 2:
        return None
    last = _last_row(grid, number)
    texts = _texts(grid, number, last)
    roles = _roles(texts, synonyms)
    known = set(roles) - {"errors"}
    if "name" not in known or ("award" not in known and len(known) < 3):
        return None
    by_index = {index: role for role, index in roles.items()}
    columns = [Column(index, letter_of(index), " ".join(parts), by_index.get(index)) for index, parts in texts.items()]
    return Header(
        first=number,
        last=last,
        roles=roles,
        columns=tuple(column for column in columns if column.role is not None),
        ignored=tuple(column for column in columns if column.role is None),
    )


def begins_another(grid: Grid, number: int, synonyms: Synonyms) -> bool:
    """Whether this row, below a header, is worth reading as a second one: two cells are a header's very words."""
    found = 0
    for text in grid.row(number):
        found += 0 < len(text) <= _LONGEST and key_of(text) in synonyms.headers
        if found == 2:
            return True
    return False


def letter_of(column: int) -> str:
    """`A` for 1, `AA` for 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _last_row(grid: Grid, number: int) -> int:
    """A header cell merged downwards makes a header of several rows; one merged over the list does not."""
    ends = [grid.spans.get((number, column), number) for column in range(1, len(grid.row(number)) + 1)]
    return max((end for end in ends if end < number + _HEADER_ROWS), default=number)


def _texts(grid: Grid, first: int, last: int) -> dict[int, list[str]]:
    """The different texts of each column of the header, from the top down."""
    texts: dict[int, list[str]] = {}
    for number in range(first, last + 1):
        for index, text in enumerate(grid.row(number), start=1):
            line = " ".join(text.split())
            if line and line not in texts.setdefault(index, []):
                texts[index].append(line)
    return {index: parts for index, parts in sorted(texts.items()) if parts}


def _roles(texts: Mapping[int, Sequence[str]], synonyms: Synonyms) -> dict[Role, int]:
    """Every role at most once, the best match first; the leftmost where two match alike."""
    matches = [(*_best(parts, synonyms), index) for index, parts in texts.items()]
    roles: dict[Role, int] = {}
    for score, role, index in sorted(matches, key=lambda match: (-match[0], match[2])):
        if score and role is not None:
            roles.setdefault(role, index)
    if "name" not in roles:
        weak = next((index for index, parts in texts.items() if _is_weak_name(parts, synonyms)), None)
        if weak is not None:
            roles = {role: index for role, index in roles.items() if index != weak} | {"name": weak}
    return roles


def _is_weak_name(parts: Sequence[str], synonyms: Synonyms) -> bool:
    return any(key_of(part) in synonyms.weak_names for part in parts)


def _best(parts: Sequence[str], synonyms: Synonyms) -> tuple[int, Role | None]:
    """What a column is, with how sure that is; a lower row of the header says it better than the one above."""
    matches = (_match(part, synonyms) for part in reversed(parts))
    return next((match for match in matches if match[0]), (0, None))


def _match(text: str, synonyms: Synonyms) -> tuple[int, Role | None]:
    if len(text) > _LONGEST:
        return 0, None
    full, bare = key_of(text), key_of(_IN_BRACKETS.sub(" ", text))
    return max(
        ((max(_score(full, phrase), _score(bare, phrase)), role) for phrase, role in synonyms.headers.items()),
        key=lambda pair: pair[0],
    )


def _score(key: str, phrase: str) -> int:
    """Whole, at the start, or anywhere as whole words; of two that fit, the longer phrase says more."""
    if key == phrase:
        return _EXACT + len(phrase)
    if key.startswith(phrase + " "):
        return _BEGINS + len(phrase)
    # One short word inside a longer header says nothing: "Mã" stands in many.
    return _CONTAINS + len(phrase) if " " in phrase and f" {phrase} " in f" {key} " else 0
