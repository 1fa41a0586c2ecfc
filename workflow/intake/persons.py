"""What a list says of a person beside the name: a woman or a man, a direct worker or one who leads others.

Only words that the list has are believed, and what they do not say stays unknown: a first name tells nobody's sex.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workflow.intake.headings import begins
from workflow.intake.synonyms import Synonyms, marked
from workflow.intake.values import Row


def with_blanks_as_no(rows: Iterable[Row], synonyms: Synonyms) -> tuple[Row, ...]:
    """Where a sheet ticks its direct workers and says nothing else of anybody, a row without a tick says no."""
    found = tuple(rows)
    said: dict[str, set[str]] = {}
    for row in found:
        if row.direct:
            said.setdefault(row.sheet, set()).add(marked(row.direct))
    ticked = {sheet for sheet, words in said.items() if words <= synonyms.ticks}
    return tuple(replace(row, direct="Không") if row.sheet in ticked and not row.direct else row for row in found)


def woman_of(row: Row, honorific: str, synonyms: Synonyms) -> bool | None:
    """By the column of the sex, else by the form of address before the name."""
    for word in (marked(row.sex), marked(honorific).rstrip(".")):
        if word in synonyms.female:
            return True
        if word in synonyms.male:
            return False
    return None


def direct_of(row: Row, synonyms: Synonyms) -> bool | None:
    """By the column of direct workers, else by the post."""
    word = marked(row.direct)
    if word in synonyms.direct_yes | synonyms.ticks:
        return True
    if word in synonyms.direct_no:
        return False
    post = marked(row.position)
    if any(begins(post, each) for each in synonyms.leading):
        return False
    return True if any(begins(post, each) for each in synonyms.working) else None


def is_read(word: str, *known: frozenset[str]) -> bool:
    """Whether a cell is empty or one of the words that are understood."""
    return not word or any(marked(word) in words for words in known)
