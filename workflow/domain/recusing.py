"""Who steps aside, and why: the nominee, people of the nominee's own unit, and those who say so themselves.

The same at the council's table and at an appraisal before it; what stepping aside does to a base is in `votes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Cause = Literal["nominee", "own_unit", "declared"]
CAUSES: tuple[Cause, ...] = ("nominee", "own_unit", "declared")


@dataclass(frozen=True, slots=True)
class Recusal:
    """One person who takes no part. `note` is his own reason, where he declared it."""

    person: str
    cause: Cause
    note: str = ""


def recusals(
    people: Iterable[str],
    *,
    nominee: str | None,
    unit: str,
    own_units: Mapping[str, Collection[str]],
    declared: Mapping[str, str],
    of_own_unit: bool = True,
    selves: Mapping[str, Collection[str]] | None = None,
) -> tuple[Recusal, ...]:
    """Who of `people` steps aside on a nomination, each once, with the first of the causes that holds.

    `nominee` is the nominated person's key (None for a collective or for one without a code), `own_units` the units
    that each person belongs to, `declared` a reason by person. `selves` names whom a person stands for: a substitute
    and his principal count as one. Without `of_own_unit` only the nominee and those who declared it step aside.
    """
    found = []
    for person in people:
        everyone = {person, *((selves or {}).get(person, ()))}
        units = {each for one in everyone for each in own_units.get(one, ())}
        if nominee is not None and nominee in everyone:
            found.append(Recusal(person, "nominee"))
        elif of_own_unit and unit in units:
            found.append(Recusal(person, "own_unit"))
        elif person in declared:
            found.append(Recusal(person, "declared", declared[person]))
    return tuple(found)
