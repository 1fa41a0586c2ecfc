"""What is wrong between flows that are each right alone: one name or one award that two of them claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from definitions.flow import Flow
from definitions.problems import Issue


def issues(flows: Sequence[Flow]) -> Iterator[tuple[str, Issue]]:
    """Each issue with the id of the flow to mend: the second in the order of ids."""
    for first, second in combinations(sorted(flows, key=lambda flow: flow.id), 2):
        if _valid_together(first, second):
            yield from ((second.id, issue) for issue in _aliases(first, second))
            yield from ((second.id, issue) for issue in _award(first, second))


def _valid_together(one: Flow, other: Flow) -> bool:
    """Validity is half-open: the last day named is no longer in it."""
    return (one.valid_until is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from < other.valid_until
    )


def _aliases(first: Flow, second: Flow) -> Iterator[Issue]:
    taken = {_folded(each) for each in first.aliases}
    for index, alias in enumerate(second.aliases):
        if _folded(alias) in taken:
            yield Issue(("aliases", index), "alias_taken", {"name": alias, "other": first.id})


def _folded(alias: str) -> str:
    return " ".join(alias.casefold().split())


def _award(first: Flow, second: Flow) -> Iterator[Issue]:
    """History and statistics count by award and kind; two ways to the same must at least be for different nominees."""
    same = (first.award, first.kind, first.subject) == (second.award, second.kind, second.subject)
    if same and set(first.nominee) & set(second.nominee):
        yield Issue(("award",), "award_taken", {"name": second.award, "kind": second.kind, "other": first.id})
