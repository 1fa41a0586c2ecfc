"""Requirements written in Python, for what a flow file cannot say: found by entry point, asked by name.

A rule is a callable `rule(view) -> tuple[Reason, ...]`, empty when it holds, with an optional
attribute `needs`: names of the fields of `NominationFacts` it reads. It must be pure. The rules
that are installed are loaded once, at start, and handed to `RequirementView.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from workflow.domain.reasons import Reason
from workflow.domain.requirements import RequirementView

GROUP = "khen.requirements"


class RulesError(Exception):
    """Rules that are installed and cannot be used, all of them at once. `faults` are pairs of (name, fault).

    Nothing may start with half of its rules: a requirement would be unmet for no reason of the law.
    """

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule under its name. Its reasons carry that name; if it breaks down it is unmet and says so."""

    name: str
    ask: Callable[[RequirementView], Iterable[Reason]]
    needs: frozenset[str] = frozenset()

    def __call__(self, view: RequirementView) -> tuple[Reason, ...]:
        try:
            return tuple(self.ask(view))
        except Exception as error:  # somebody else's code: one broken rule must not take the desk down with it
            broken = f"{type(error).__name__}: {error}"
            return (Reason("rule", {"rule": self.name, "error": broken, "known": False}, ("admin",), rule=self.name),)


def installed() -> Mapping[str, Rule]:
    """The rules of every installed package, by name. Raises RulesError."""
    return load(entry_points(group=GROUP))


def load(found: Iterable[EntryPoint]) -> Mapping[str, Rule]:
    """The rules behind these entry points, by name. Raises RulesError naming every one that cannot be used."""
    rules: dict[str, Rule] = {}
    faults: list[tuple[str, str]] = []
    for point in sorted(found, key=lambda each: (each.name, each.value)):
        try:
            loaded = point.load()
        except Exception as error:  # an import may raise anything; the others are still looked at
            faults.append((point.name, f"{point.value} cannot be loaded: {type(error).__name__}: {error}"))
            continue
        if point.name in rules:
            faults.append((point.name, f"{point.value} takes a name that is taken"))
        elif not callable(loaded):
            faults.append((point.name, f"{point.value} is not callable"))
        else:
            rules[point.name] = Rule(point.name, loaded, frozenset(getattr(loaded, "needs", ())))
    if faults:
        raise RulesError(tuple(faults))
    return rules
