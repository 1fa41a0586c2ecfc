"""Roles × actions: who may do what, read from one table. What has no row is refused.

Opens doors only: which dossiers a person sees is for `viewing`, whether an act may happen for its flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import tomli

ANONYMOUS = "anonymous"
ANYBODY = "*"


class UnknownAction(LookupError):
    """No row of the table has this name: a fault of ours, never of the person who asked."""


@dataclass(frozen=True, slots=True)
class Action:
    """One row: the roles that it is open to."""

    name: str
    roles: frozenset[str]

    @property
    def open_to_all(self) -> bool:
        """Whether nobody has to sign in for it."""
        return ANONYMOUS in self.roles

    def allows(self, roles: Iterable[str]) -> bool:
        """Whether somebody signed in with these roles may pass."""
        return self.open_to_all or ANYBODY in self.roles or not self.roles.isdisjoint(roles)


@cache
def actions() -> Mapping[str, Action]:
    """The whole table, by name."""
    text = resources.files("workflow.services").joinpath("access.toml").read_text(encoding="utf-8")
    return {each.name: each for each in _rows(tomli.loads(text), ())}


def action(name: str) -> Action:
    """The row of this name. Raises UnknownAction."""
    try:
        return actions()[name]
    except KeyError:
        raise UnknownAction(name) from None


def _rows(table: Mapping[str, object], at: tuple[str, ...]) -> Iterable[Action]:
    roles = table.get("roles")
    if isinstance(roles, list):
        yield Action(".".join(at), frozenset(map(str, roles)))
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _rows(value, (*at, key))
