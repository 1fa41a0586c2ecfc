"""The people of a rehearsal: who they are, what each sees and does, and being one of them by one click.

On a rehearsed database only. Everywhere else there is no such page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from workflow.demo.casting import HOME
from workflow.demo.running import is_demo
from workflow.services import register, signing_in
from workflow.web.answering import page, see_other, signed_in
from workflow.web.asking import Ask
from workflow.web.doors.account import capital
from workflow.web.frame import NotHere
from workflow.wording import role_label

ORDER = (
    "secretariat", "secretariat_head", "appraiser", "council_secretary", "council_chair", "standing_member",
    "council_member", "signer", "minister_office", "clerk", "unit_officer", "unit_head", "unit_council", "cluster_head",
    "field_lead", "consulted_body", "admin", "auditor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """One person of the rehearsal."""

    person: str
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Part:
    """A role, what it sees and does, and who plays it."""

    role: str
    title: str
    tells: str
    people: tuple[Cast, ...]


def show(ask: Ask) -> Response:
    _only_here(ask)
    parts = _parts(ask, register.people(ask.desk, ask.today))
    first = [(part, _best(part)) for part in parts]
    return page(ask, "doors/people.html", parts=parts, first=first, me=ask.viewer.person if ask.viewer else "")


def be(ask: Ask) -> Response:
    """One click, and one is that person."""
    _only_here(ask)
    found = signing_in.as_person(ask.desk, ask.typed.get("person"), ask.caller, ask.when, ask.house.limits)
    if found is None:
        raise NotHere
    return signed_in(ask, see_other("/"), found.token)


def _only_here(ask: Ask) -> None:
    if not ask.house.demo or not is_demo(ask.house.app):
        raise NotHere


def _parts(ask: Ask, people: Iterable[tuple[Any, list[Any]]]) -> list[Part]:
    units = {each.code: each.name for each in register.units(ask.desk)}
    cast: dict[str, list[Cast]] = {}
    for person, grants in people:
        for grant in grants:
            key = f"{person.root_unit}/{person.code}"
            cast.setdefault(grant.role, []).append(Cast(key, person.name, _where(ask, grant, units)))
    known = [*(each for each in ORDER if each in cast), *sorted(each for each in cast if each not in ORDER)]
    return [
        Part(role, capital(role_label(role, ask.language)), ask.say(f"doors.people.role.{role}"), _sorted(cast[role]))
        for role in known
    ]


def _best(part: Part) -> Cast:
    """Whom to be first in this role: of units, the one that shows the most kinds of dossier."""
    return next((each for each in part.people if each.person.startswith(f"{HOME}/")), part.people[0])


def _where(ask: Ask, grant: Any, units: dict[str, str]) -> str:
    if grant.scope_kind == "unit":
        return f"{units.get(grant.scope, '')} ({grant.scope})"
    code = f"doors.people.{grant.scope_kind}.{grant.scope}"
    return ask.say(code) if grant.scope and code in ask.house.words else str(grant.scope)


def _sorted(people: list[Cast]) -> tuple[Cast, ...]:
    """By unit, since that is how one looks for somebody; within it in the order they came, by given name."""
    return tuple(sorted(people, key=lambda each: each.where))
