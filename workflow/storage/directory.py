"""Units, people and the roles they hold: who may act, and where mail for a role goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, bindparam, null, or_, select, union_all

from notifications.prepared import Prepared
from notifications.sql import among, among_given
from workflow.domain.facts import Actor, Held
from workflow.domain.notices import Holder, Mailbox
from workflow.storage.tables import Grant, Person, Substitution


class PersonRow(NamedTuple):
    """The columns of a person that others ask for."""

    id: int
    root_unit: str
    code: str
    name: str
    email: str
    language: str


# ── questions ────────────────────────────────────────────────────────────────────────────────────

_P: Table = Person.__table__  # type: ignore[attr-defined]
_G: Table = Grant.__table__  # type: ignore[attr-defined]
_S: Table = Substitution.__table__  # type: ignore[attr-defined]

_HELD_ON = and_(_G.c.from_on <= bindparam("on"), or_(_G.c.until_on.is_(None), _G.c.until_on > bindparam("on")))
_STANDING_IN = and_(_S.c.from_on <= bindparam("on"), _S.c.until_on >= bindparam("on"))
_PERSON = select(_P.c.id, _P.c.root_unit, _P.c.code, _P.c.name, _P.c.email, _P.c.language).where(
    _P.c.erased_at.is_(None), _P.c.code == bindparam("code")
)
_BY_CODE = Prepared(_PERSON.limit(2), PersonRow)
_BY_KEY = Prepared(_PERSON.where(_P.c.root_unit == bindparam("root")).limit(2), PersonRow)
_GRANT = (_G.c.role, _G.c.scope_kind, _G.c.scope)
_GRANTS = Prepared(
    union_all(
        select(*_GRANT, null(), null()).where(_G.c.person_id == bindparam("person"), _HELD_ON),
        select(*_GRANT, _P.c.root_unit, _P.c.code)
        .join(_P, _P.c.id == _G.c.person_id)
        .join(_S, _S.c.principal_id == _P.c.id)
        .where(_S.c.substitute_id == bindparam("person"), _STANDING_IN, _HELD_ON),
    )
)
_HOLDERS = Prepared(
    select(*_GRANT, _G.c.person_id, _P.c.email, _P.c.name, _P.c.language)
    .join(_P, _P.c.id == _G.c.person_id)
    .where(among_given(_G.c.role, "roles"), _HELD_ON, _P.c.erased_at.is_(None))
    .order_by(_G.c.id)
)
_STAND_INS = Prepared(
    select(_S.c.principal_id, _P.c.email, _P.c.name, _P.c.language)
    .join(_P, _P.c.id == _S.c.substitute_id)
    .where(_STANDING_IN)
)
_KEYS = Prepared(select(_P.c.id, _P.c.root_unit, _P.c.code).where(among_given(_P.c.id, "ids")))


def key_of(root_unit: str, code: str) -> str:
    """How a person is named everywhere: `ROOT/CODE`; a code alone is only unique within its root unit."""
    return f"{root_unit}/{code}"


def find(connection: Connection, key: str) -> PersonRow | None:
    """The person behind `ROOT/CODE`, or behind a bare code that only one person has; None otherwise."""
    root, slash, code = key.partition("/")
    rows = _BY_KEY.all(connection, root=root, code=code) if slash else _BY_CODE.all(connection, code=key)
    return rows[0] if len(rows) == 1 else None


def actor(connection: Connection, key: str, on: date) -> Actor | None:
    """The person named by `key` and every role in force on `on`, a principal's roles included."""
    row = find(connection, key)
    if row is None:
        return None
    held = tuple(
        Held(role, kind, scope, via=None if code is None else key_of(root, code))
        for role, kind, scope, root, code in _GRANTS.all(connection, person=row.id, on=on)
    )
    return Actor(key_of(row.root_unit, row.code), row.name, held)


def keys_of_role(connection: Connection, role: str, scope_kind: str, scope: str, on: date) -> list[str]:
    """Keys of the people who hold this role for this very scope on `on`."""
    query = (
        select(_P.c.root_unit, _P.c.code)
        .join(_G, _G.c.person_id == _P.c.id)
        .where(_G.c.role == role, _G.c.scope_kind == scope_kind, _G.c.scope == scope, _HELD_ON)
        .where(_P.c.erased_at.is_(None))
        .order_by(_G.c.id)
    )
    return list(dict.fromkeys(key_of(*row) for row in connection.execute(query, {"on": on})))


def holders(connection: Connection, roles: Iterable[str], on: date) -> dict[str, tuple[Holder, ...]]:
    """Who holds each role on `on`, substitutes beside their principals; people without an address are left out."""
    wanted = sorted(set(roles))
    found: dict[str, list[Holder]] = {role: [] for role in wanted}
    stand_ins = _stand_ins(connection, on)
    for role, kind, scope, person_id, email, name, language in _HOLDERS.all(connection, roles=wanted, on=on):
        for mailbox in (Mailbox(email, name, language), *stand_ins.get(person_id, ())):
            if mailbox.address:
                found[role].append(Holder(mailbox, kind, scope))
    return {role: tuple(each) for role, each in found.items()}


class OnDuty(NamedTuple):
    """Somebody who may act for a role today; `stands_for` names the principal of a substitute."""

    key: str
    name: str
    scope_kind: str
    scope: str
    stands_for: str = ""


def on_duty(connection: Connection, role: str, on: date) -> list[OnDuty]:
    """Who holds this role on `on`, in the order of their grants, each followed by those who stand in for him."""
    substitute = _P.alias("substitute")
    query = (
        select(_P.c.root_unit, _P.c.code, _P.c.name, _G.c.scope_kind, _G.c.scope,
               substitute.c.root_unit, substitute.c.code, substitute.c.name)
        .join(_P, _P.c.id == _G.c.person_id)
        .outerjoin(_S, and_(_S.c.principal_id == _P.c.id, _STANDING_IN))
        .outerjoin(substitute, and_(substitute.c.id == _S.c.substitute_id, substitute.c.erased_at.is_(None)))
        .where(_G.c.role == role, _HELD_ON, _P.c.erased_at.is_(None))
        .order_by(_G.c.id, _S.c.id)
    )  # fmt: skip
    found: dict[OnDuty, None] = {}
    for root, code, name, kind, scope, stand_root, stand_code, stand_name in connection.execute(query, {"on": on}):
        found[OnDuty(key_of(root, code), name, kind, scope)] = None
        if stand_code is not None:
            found[OnDuty(key_of(stand_root, stand_code), stand_name, kind, scope, name)] = None
    return list(found)


def _stand_ins(connection: Connection, on: date) -> dict[int, tuple[Mailbox, ...]]:
    found: dict[int, list[Mailbox]] = {}
    for principal_id, email, name, language in _STAND_INS.all(connection, on=on):
        found.setdefault(principal_id, []).append(Mailbox(email, name, language))
    return {principal: tuple(each) for principal, each in found.items()}


def stand_ins_of(connection: Connection, person_ids: Iterable[int], on: date) -> dict[int, list[PersonRow]]:
    """Who stands in for each of these people on `on`."""
    query = (
        select(_S.c.principal_id, _P.c.id, _P.c.root_unit, _P.c.code, _P.c.name, _P.c.email, _P.c.language)
        .join(_P, _P.c.id == _S.c.substitute_id)
        .where(among(connection, _S.c.principal_id, sorted(person_ids)), _STANDING_IN, _P.c.erased_at.is_(None))
        .order_by(_S.c.id)
    )
    found: dict[int, list[PersonRow]] = {}
    for principal, *person in connection.execute(query, {"on": on}):
        found.setdefault(principal, []).append(PersonRow(*person))
    return found


def person_keys(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Persons' keys (`ROOT/CODE`) by id."""
    return {id_: key_of(root, code) for id_, root, code in _KEYS.all(connection, ids=sorted(set(ids)))}
