"""What the proofs look at: the flow, the mapping it came from, the words it may use, and what it declares itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from definitions.flow import Branch, DeadlineRule, Flow, Requirement, Transition
from definitions.merging import value_at
from definitions.nearest import named, nearest
from definitions.problems import Issue, Path
from definitions.vocabulary import Vocabulary


@dataclass(frozen=True)
class Look:
    """One flow under examination."""

    flow: Flow
    data: Mapping[str, Any]
    words: Vocabulary

    @cached_property
    def moments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.flow.transitions.values() for name in each.marks))

    @cached_property
    def flags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.flow.transitions.values() for name in each.raises))

    @cached_property
    def holds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.hold for each in self.flow.transitions.values() if each.hold))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(field.name for each in self.flow.transitions.values() for field in each.fields))

    @cached_property
    def requirements(self) -> tuple[tuple[Path, Requirement], ...]:
        """Every requirement of every transition with its path, nested ones included."""
        return tuple(found for each in self.flow.transitions.values() for found in _requirements(each))

    @cached_property
    def deadlines(self) -> tuple[tuple[Path, DeadlineRule], ...]:
        """Every deadline with the path of its table: of states, of tasks, spanning."""
        flow = self.flow
        return (
            *((("state", each.id, "deadline"), each.deadline) for each in flow.states.values() if each.deadline),
            *((("task", each.id), each.deadline) for each in flow.tasks.values() if each.deadline),
            *((("deadline", name), each) for name, each in flow.deadlines.items()),
        )

    def branches(self) -> Iterator[tuple[Transition, Path, Branch]]:
        """Every way a transition can go, with the path that says where to."""
        for each in self.flow.transitions.values():
            if "branch" in (value_at(self.data, ("transition", each.id)) or {}):
                for index, branch in enumerate(each.branches):
                    yield each, ("transition", each.id, "branch", index, "to"), branch
            else:
                yield each, ("transition", each.id, "to"), each.branches[0]

    def state(self, name: str) -> str | None:
        """The state of that name, or the one most likely meant: one slip should not look like five."""
        return name if name in self.flow.states else nearest(name, self.flow.states)


def unknown(path: Path, code: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Issue]:
    """An issue for each name that is not known. `path` is that of the name, or of the list that holds it."""
    known = tuple(known)
    for name in names:
        if name not in known:
            yield Issue(path, code, named(name, known), word=name)


def _requirements(transition: Transition) -> Iterator[tuple[Path, Requirement]]:
    at: Path = ("transition", transition.id)
    for index, requirement in enumerate(transition.require):
        yield from _nested((*at, "require", index), requirement)
    for number, branch in enumerate(transition.branches):
        for index, requirement in enumerate(branch.require):
            yield from _nested((*at, "branch", number, "require", index), requirement)


def _nested(path: Path, requirement: Requirement) -> Iterator[tuple[Path, Requirement]]:
    yield path, requirement
    for index, child in enumerate(requirement.children):
        inner: Path = (requirement.kind,) if requirement.kind == "not" else (requirement.kind, index)
        yield from _nested((*path, *inner), child)
