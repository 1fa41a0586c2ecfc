"""Units, people and the roles they hold: who may act, and where mail for a role goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, or_, select
from sqlmodel import col

from workflow.domain.facts import Actor, Held
from workflow.domain.notices import Holder, Mailbox
from workflow.storage.tables import Grant, Person, Substitution


def _in_force(on: date) -> Any:
    return and_(col(Grant.from_on) <= on, or_(col(Grant.until_on).is_(None), col(Grant.until_on) > on))


def _standing_in(on: date) -> Any:
    return and_(col(Substitution.from_on) <= on, col(Substitution.until_on) >= on)


def key_of(root_unit: str, code: str) -> str:
    """How a person is named everywhere: `ROOT/CODE`; a code alone is only unique within its root unit."""
    return f"{root_unit}/{code}"


def find(connection: Connection, key: str) -> Any | None:
    """The person behind `ROOT/CODE`, or behind a bare code that only one person has; None otherwise."""
    query = select(col(Person.id), col(Person.root_unit), col(Person.code), col(Person.name), col(Person.email),
                   col(Person.language)).where(col(Person.erased_at).is_(None))  # fmt: skip
    root, slash, code = key.partition("/")
    query = (
        query.where(col(Person.root_unit) == root, col(Person.code) == code)
        if slash
        else query.where(col(Person.code) == key)
    )
    rows = connection.execute(query.limit(2)).all()
    return rows[0] if len(rows) == 1 else None


def actor(connection: Connection, key: str, on: date) -> Actor | None:
    """The person named by `key` and every role in force on `on`, a principal's roles included."""
    row = find(connection, key)
    if row is None:
        return None
    held = [Held(*each) for each in _grants(connection, row.id, on)]
    principals = connection.execute(
        select(col(Person.id), col(Person.root_unit), col(Person.code))
        .join(Substitution, col(Substitution.principal_id) == col(Person.id))
        .where(col(Substitution.substitute_id) == row.id, _standing_in(on))
    ).all()
    for principal_id, root, code in principals:
        held += [Held(*each, via=key_of(root, code)) for each in _grants(connection, int(principal_id or 0), on)]
    return Actor(key_of(row.root_unit, row.code), row.name, tuple(held))


def _grants(connection: Connection, person_id: int, on: date) -> list[tuple[str, str, str]]:
    query = select(col(Grant.role), col(Grant.scope_kind), col(Grant.scope)).where(
        col(Grant.person_id) == person_id, _in_force(on)
    )
    return [(role, kind, scope) for role, kind, scope in connection.execute(query)]


def holders(connection: Connection, roles: Iterable[str], on: date) -> dict[str, tuple[Holder, ...]]:
    """Who holds each role on `on`, substitutes beside their principals; people without an address are left out."""
    wanted = sorted(set(roles))
    found: dict[str, list[Holder]] = {role: [] for role in wanted}
    grants: Any = (
        select(
            col(Grant.role), col(Grant.scope_kind), col(Grant.scope), col(Grant.person_id).label("holder"),
            col(Person.email), col(Person.name), col(Person.language),
        )
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(col(Grant.role).in_(wanted), _in_force(on), col(Person.erased_at).is_(None))
        .order_by(col(Grant.id))
    )  # fmt: skip
    stand_ins = _stand_ins(connection, on)
    for role, kind, scope, person_id, email, name, language in connection.execute(grants).all():
        for mailbox in (Mailbox(email, name, language), *stand_ins.get(person_id, ())):
            if mailbox.address:
                found[role].append(Holder(mailbox, kind, scope))
    return {role: tuple(each) for role, each in found.items()}


def _stand_ins(connection: Connection, on: date) -> dict[int, tuple[Mailbox, ...]]:
    query = (
        select(col(Substitution.principal_id), col(Person.email), col(Person.name), col(Person.language))
        .join(Person, col(Person.id) == col(Substitution.substitute_id))
        .where(_standing_in(on))
    )
    found: dict[int, list[Mailbox]] = {}
    for principal_id, email, name, language in connection.execute(query):
        found.setdefault(principal_id, []).append(Mailbox(email, name, language))
    return {principal: tuple(each) for principal, each in found.items()}


def person_keys(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Persons' keys (`ROOT/CODE`) by id."""
    wanted = sorted(set(ids))
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        query = select(col(Person.id), col(Person.root_unit), col(Person.code)).where(
            col(Person.id).in_(wanted[start : start + 500])
        )
        found.update((int(id_ or 0), key_of(root, code)) for id_, root, code in connection.execute(query))
    return found
