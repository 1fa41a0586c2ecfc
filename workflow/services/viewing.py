"""Who looks, and what he may see: one value that every reading use case of a page or of the API is given.

A unit sees its own dossiers and those of the units it succeeded, in the released form, and nothing that tells of
another's existence. The desk sees all. A council member sees what has come before the council; the head of a cluster
and the lead unit of a field see theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, select
from sqlmodel import col

from definitions.flow import Language
from workflow.domain.facts import Actor, Held
from workflow.services.access import action
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.storage.database import read
from workflow.storage.sight import Sight
from workflow.storage.tables import Unit

DESK = frozenset({"secretariat", "secretariat_head", "appraiser", "council_secretary", "clerk", "minister_office",
                  "signer", "auditor", "admin"})  # fmt: skip
"""Roles that see every dossier in the desk's words."""
COUNCIL = frozenset({"council_member", "council_chair", "standing_member"})
"""Roles that see, in the desk's words, what has come before the council."""
UNIT = frozenset({"unit_officer", "unit_head", "unit_council"})
"""Roles that see their unit's dossiers in the words for units."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody signed in, with the roles in force today, and which dossiers those let him see."""

    actor: Actor
    sight: Sight
    language: Language = "vi"
    account_id: int | None = None
    email: str = ""
    roles: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", frozenset(each.role for each in self.actor.held))

    @property
    def person(self) -> str:
        """His key, `ROOT/CODE`."""
        return self.actor.person

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def is_desk(self) -> bool:
        """Whether he reads the desk's words about every dossier."""
        return not self.roles.isdisjoint(DESK)

    @property
    def inner(self) -> bool:
        """Whether he reads inner states, votes and reasons; else only what is released to the unit."""
        return not self.roles.isdisjoint(DESK | COUNCIL)

    @property
    def own_units(self) -> tuple[str, ...]:
        """Codes of the units he acts for, in the order of his grants."""
        return tuple(dict.fromkeys(each.scope for each in self.actor.held if each.role in UNIT and each.scope))

    def may(self, name: str) -> bool:
        """Whether the table opens this action to him. Raises UnknownAction for one without a row."""
        return action(name).allows(self.roles)


def viewer(
    connection: Connection,
    person: str,
    on: date,
    *,
    language: Language = "vi",
    account_id: int | None = None,
    email: str = "",
) -> Viewer:
    """The person with this key as he may look on `on` (local day). Raises UnknownActor."""
    actor = find_actor(connection, person, on)
    return Viewer(actor, _sight(connection, actor.held), language, account_id, email)


def person_viewer(desk: Desk, person: str, on: date, language: Language = "vi") -> Viewer:
    """`viewer`, for who has no connection in hand."""
    with read(desk.engine) as connection:
        return viewer(connection, person, on, language=language)


def overseer(language: Language = "vi") -> Viewer:
    """Whoever works at the machine that keeps the database: sees every dossier and, as nobody, may do nothing."""
    return Viewer(Actor(""), Sight(everything=True), language)


def _sight(connection: Connection, held: Iterable[Held]) -> Sight:
    held = tuple(held)
    if any(each.role in DESK for each in held):
        return Sight(everything=True)
    return Sight(
        units=with_predecessors(connection, {each.scope for each in held if each.role in UNIT and each.scope}),
        clusters=tuple(sorted({each.scope for each in held if each.role == "cluster_head" and each.scope})),
        fields=tuple(sorted({each.scope for each in held if each.role == "field_lead" and each.scope})),
        council=any(each.role in COUNCIL for each in held),
        bodies=tuple(sorted({each.scope for each in held if each.role == "consulted_body" and each.scope})),
    )


def with_predecessors(connection: Connection, units: set[str]) -> tuple[str, ...]:
    """These units and every unit that they succeeded, however far back: dossiers follow."""
    if not units:
        return ()
    rows = connection.execute(select(col(Unit.code), col(Unit.successor_code)).where(col(Unit.successor_code) != ""))
    came_from: dict[str, list[str]] = {}
    for code, successor in rows:
        came_from.setdefault(successor or "", []).append(code)
    found, waiting = set(units), list(units)
    while waiting:
        for code in came_from.get(waiting.pop(), ()):
            if code not in found:
                found.add(code)
                waiting.append(code)
    return tuple(sorted(found))
