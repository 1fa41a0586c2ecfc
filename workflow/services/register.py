"""The register: units, people and their roles, substitutes, rounds, and award history brought in from elsewhere.

Each public function is one transaction and leaves one entry in the audit chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from definitions.nearest import nearest
from definitions.vocabulary import ROLES
from notifications import addresses
from notifications.columns import to_json
from notifications.errors import AddressRefused
from workflow.domain import vietnamese
from workflow.services.desk import Desk
from workflow.storage import chain, directory
from workflow.storage.database import read, write
from workflow.storage.tables import Grant, History, Person, Round, Substitution, Unit

UNIT_KINDS = ("vu", "cuc", "vp", "tt", "dvsn", "dn", "so", "other")
SCOPES = ("unit", "field", "cluster", "council", "all")
MINISTRY = "BO"
"""Root unit of the people of the desk and the council, who belong to no proposing unit."""


class RegisterError(ValueError):
    """An entry cannot be taken as given. `code` and `params` name the sentence; nothing was written."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """One organisation as it is entered. `until_on` is its first day of not existing."""

    code: str
    name: str
    kind: str
    from_on: date
    until_on: date | None = None
    successor: str | None = None
    cluster: str = ""
    mailbox: str = ""
    language: Literal["vi", "en"] = "vi"


@dataclass(frozen=True, slots=True)
class RoleEntry:
    role: str
    scope_kind: str = "all"
    scope: str = ""
    from_on: date = date(2020, 1, 1)
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person with an account or a mailbox, and the roles he holds."""

    code: str
    name: str
    root_unit: str = MINISTRY
    email: str = ""
    language: Literal["vi", "en"] = "vi"
    roles: tuple[RoleEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundEntry:
    """An award round. `cutoffs` maps a flow id (or `*`) to the last day to submit; no flows means all."""

    code: str
    title: str
    year: int
    opens_on: date
    closes_on: date
    flows: tuple[str, ...] = ()
    cutoffs: Mapping[str, date] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One award or rating given earlier, as the ministry's own lists have it."""

    unit: str
    name: str
    nominee: str
    year: int
    award: str = ""
    kind: str = "merit"
    rating: str = ""
    person: str | None = None
    number: str = ""
    decided_on: date | None = None
    achievement_to: date | None = None


# ── units ────────────────────────────────────────────────────────────────────────────────────────


def add_units(desk: Desk, entries: Sequence[UnitEntry], by: str, now: datetime) -> int:
    """Enter units; all or none. Raises RegisterError for the first that cannot be taken."""
    for entry in entries:
        _check_unit(entry)
    with write(desk.engine) as connection:
        taken = set(
            connection.execute(select(col(Unit.code)).where(col(Unit.code).in_([e.code for e in entries]))).scalars()
        )
        if taken:
            raise RegisterError("unit_exists", code=", ".join(sorted(taken)))
        connection.execute(insert(Unit), [_unit_row(entry) for entry in entries])
        note(connection, desk, "units", {"codes": sorted(e.code for e in entries)}, by, now)
    return len(entries)


def _check_unit(entry: UnitEntry) -> None:
    if entry.kind not in UNIT_KINDS:
        raise RegisterError("unit_kind", kind=entry.kind, known=", ".join(UNIT_KINDS))
    if not entry.code.isalnum() or len(entry.code) > 20 or not entry.code.isascii():
        raise RegisterError("unit_code", code=entry.code)
    check_name(entry.name, entry.code)
    if entry.until_on is not None and entry.until_on <= entry.from_on:
        raise RegisterError("period", code=entry.code)
    check_address(entry.mailbox)


def check_name(name: str, code: str) -> None:
    """Raises RegisterError for no name, and for one with letters that only look like those of its language."""
    if not vietnamese.clean_name(name):
        raise RegisterError("name_missing", code=code)
    if strange := vietnamese.strange_letters(name):
        raise RegisterError("name_letters", code=code, letters=", ".join(strange))


def check_address(address: str) -> None:
    """Raises RegisterError for what is not one plain address; none at all is allowed."""
    if not address:
        return
    try:
        addresses.parse(address)
    except AddressRefused as error:
        raise RegisterError("address", address=address) from error


def _unit_row(entry: UnitEntry) -> dict[str, Any]:
    name = vietnamese.clean_name(entry.name)
    return {
        "code": entry.code, "name": name, "kind": entry.kind, "name_folded": vietnamese.fold(name),
        "sort_key": vietnamese.sort_key(name), "from_on": entry.from_on, "until_on": entry.until_on,
        "successor_code": entry.successor, "cluster": entry.cluster, "mailbox": entry.mailbox,
        "language": entry.language,
    }  # fmt: skip


def change_unit(desk: Desk, code: str, changes: Mapping[str, Any], by: str, now: datetime) -> None:
    """Change a unit's mailbox, cluster, name, end or successor. Raises RegisterError."""
    allowed = {"name", "until_on", "successor_code", "cluster", "mailbox", "language"}
    if unknown := set(changes) - allowed:
        raise RegisterError("unknown_field", name=", ".join(sorted(unknown)))
    values = dict(changes)
    check_address(str(values.get("mailbox") or ""))
    if "name" in values:
        check_name(values["name"], code)
        values["name"] = vietnamese.clean_name(values["name"])
        values |= {"name_folded": vietnamese.fold(values["name"]), "sort_key": vietnamese.sort_key(values["name"])}
    with write(desk.engine) as connection:
        if connection.execute(update(Unit).where(col(Unit.code) == code).values(**values)).rowcount != 1:
            raise RegisterError("unit_unknown", code=code)
        note(connection, desk, "unit", {"code": code, "changed": sorted(changes)}, by, now)


def units(desk: Desk, on: date | None = None) -> list[Any]:
    """Units in Vietnamese order; with a day, only those that exist on it."""
    table = Unit.__table__  # type: ignore[attr-defined]
    query = select(table).order_by(table.c.sort_key, table.c.code)
    if on is not None:
        query = query.where(table.c.from_on <= on, (table.c.until_on.is_(None)) | (table.c.until_on > on))
    with read(desk.engine) as connection:
        return list(connection.execute(query))


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def add_people(desk: Desk, entries: Sequence[PersonEntry], by: str, now: datetime) -> int:
    """Enter people with their roles; all or none. Raises RegisterError."""
    for entry in entries:
        if not entry.code or "/" in entry.code or len(entry.code) > 40:
            raise RegisterError("person_code", code=entry.code)
        check_name(entry.name, entry.code)
        check_address(entry.email)
        for role in entry.roles:
            _check_role(role)
    with write(desk.engine) as connection:
        ids: list[int] = []
        for entry in entries:
            if directory.find(connection, directory.key_of(entry.root_unit, entry.code)):
                raise RegisterError("person_exists", code=directory.key_of(entry.root_unit, entry.code))
            result = connection.execute(insert(Person).values(**_person_row(entry)))
            assert result.inserted_primary_key is not None
            ids.append(int(result.inserted_primary_key[0]))
        grants = [_grant_row(id_, role) for id_, entry in zip(ids, entries, strict=True) for role in entry.roles]
        if grants:
            connection.execute(insert(Grant), grants)
        note(connection, desk, "people", {"persons": ids, "grants": len(grants)}, by, now)
    return len(entries)


def _check_role(entry: RoleEntry) -> None:
    if entry.role not in ROLES:
        raise RegisterError("role_unknown", role=entry.role, nearest=nearest(entry.role, ROLES) or "")
    if entry.scope_kind not in SCOPES:
        raise RegisterError("scope", scope=entry.scope_kind, known=", ".join(SCOPES))
    if entry.scope_kind in ("unit", "field", "cluster") and not entry.scope:
        raise RegisterError("scope_missing", role=entry.role, scope=entry.scope_kind)


def _person_row(entry: PersonEntry) -> dict[str, Any]:
    name = vietnamese.clean_name(entry.name)
    return {
        "code": entry.code, "root_unit": entry.root_unit, "name": name, "name_folded": vietnamese.fold(name),
        "sort_key": vietnamese.person_sort_key(name), "email": entry.email, "language": entry.language,
        "provisional": False,
    }  # fmt: skip


def _grant_row(person_id: int, entry: RoleEntry) -> dict[str, Any]:
    return {
        "person_id": person_id, "role": entry.role, "scope_kind": entry.scope_kind, "scope": entry.scope,
        "from_on": entry.from_on, "until_on": entry.until_on,
    }  # fmt: skip


def grant(desk: Desk, person: str, entry: RoleEntry, by: str, now: datetime) -> None:
    """Give a person a role from a day on. Raises RegisterError."""
    _check_role(entry)
    with write(desk.engine) as connection:
        row = _person(connection, person)
        connection.execute(insert(Grant).values(**_grant_row(row.id, entry)))
        note(connection, desk, "grant", {"person": row.id, "role": entry.role, "scope": entry.scope}, by, now)


def revoke_grant(desk: Desk, person: str, role: str, until_on: date, by: str, now: datetime) -> int:
    """End a role on a day (the first day without it); returns how many grants ended. Raises RegisterError."""
    with write(desk.engine) as connection:
        row = _person(connection, person)
        ended = connection.execute(
            update(Grant)
            .where(col(Grant.person_id) == row.id, col(Grant.role) == role, col(Grant.until_on).is_(None))
            .values(until_on=until_on)
        ).rowcount
        if not ended:
            raise RegisterError("grant_unknown", person=person, role=role)
        note(connection, desk, "grant_end", {"person": row.id, "role": role, "on": until_on.isoformat()}, by, now)
    return int(ended)


def substitute(
    desk: Desk, principal: str, stand_in: str, from_on: date, until_on: date, document: str, by: str, now: datetime
) -> None:
    """From `from_on` to `until_on` (both included) the stand-in has the principal's roles and mails too."""
    if until_on < from_on:
        raise RegisterError("period", code=principal)
    with write(desk.engine) as connection:
        one, other = _person(connection, principal), _person(connection, stand_in)
        if one.id == other.id:
            raise RegisterError("substitute_self", code=principal)
        connection.execute(
            insert(Substitution).values(
                principal_id=one.id, substitute_id=other.id, from_on=from_on, until_on=until_on, document=document
            )
        )
        note(connection, desk, "substitution", {"principal": one.id, "substitute": other.id}, by, now)


def _person(connection: Connection, key: str) -> Any:
    row = directory.find(connection, key)
    if row is None:
        raise RegisterError("person_unknown", code=key)
    return row


def people(desk: Desk, on: date, *, role: str | None = None) -> list[tuple[Any, list[Any]]]:
    """People who hold roles on `on`, by given name in Vietnamese order, each with the grants in force."""
    person, grants = Person.__table__, Grant.__table__  # type: ignore[attr-defined]
    query = (
        select(person, grants.c.role, grants.c.scope_kind, grants.c.scope)
        .join(grants, grants.c.person_id == person.c.id)
        .where(grants.c.from_on <= on, (grants.c.until_on.is_(None)) | (grants.c.until_on > on))
        .order_by(person.c.sort_key, person.c.id, grants.c.id)
    )
    if role is not None:
        query = query.where(grants.c.role == role)
    found: dict[int, tuple[Any, list[Any]]] = {}
    with read(desk.engine) as connection:
        for row in connection.execute(query):
            found.setdefault(row.id, (row, []))[1].append(row)
    return list(found.values())


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────


def add_round(desk: Desk, entry: RoundEntry, by: str, now: datetime) -> None:
    """Open a new round. Raises RegisterError."""
    if entry.closes_on < entry.opens_on:
        raise RegisterError("period", code=entry.code)
    with write(desk.engine) as connection:
        if connection.execute(select(col(Round.id)).where(col(Round.code) == entry.code)).first():
            raise RegisterError("round_exists", code=entry.code)
        connection.execute(
            insert(Round).values(
                code=entry.code, title=entry.title, year=entry.year, opens_on=entry.opens_on,
                closes_on=entry.closes_on, flows=list(entry.flows),
                cutoffs={name: day.isoformat() for name, day in entry.cutoffs.items()}, counts=dict(entry.counts),
            )
        )  # fmt: skip
        note(connection, desk, "round", {"code": entry.code}, by, now)


def copy_round(
    desk: Desk, source: str, code: str, year: int, move: Callable[[date], date], by: str, now: datetime
) -> None:
    """A new round with last time's flows and days; `move` says which day each old one becomes."""
    with read(desk.engine) as connection:
        old = round_row(connection, source)
    entry = RoundEntry(
        code=code, title=old.title.replace(str(old.year), str(year)), year=year, opens_on=move(old.opens_on),
        closes_on=move(old.closes_on), flows=tuple(old.flows),
        cutoffs={name: move(date.fromisoformat(day)) for name, day in old.cutoffs.items()},
    )  # fmt: skip
    add_round(desk, entry, by, now)


def set_counts(desk: Desk, code: str, counts: Mapping[str, int], by: str, now: datetime) -> None:
    """Enter round-wide numbers that rules need (how many collectives lead their cluster). Raises RegisterError."""
    with write(desk.engine) as connection:
        row = round_row(connection, code)
        connection.execute(update(Round).where(col(Round.id) == row.id).values(counts={**row.counts, **counts}))
        note(connection, desk, "round_counts", {"code": code, "counts": dict(counts)}, by, now)


def close_round(desk: Desk, code: str, by: str, now: datetime) -> None:
    """No more submissions; what is under way goes on. Raises RegisterError."""
    with write(desk.engine) as connection:
        row = round_row(connection, code)
        connection.execute(update(Round).where(col(Round.id) == row.id).values(closed_at=now))
        note(connection, desk, "round_closed", {"code": code}, by, now)


def round_row(connection: Connection, code: str) -> Any:
    """The round with this code. Raises RegisterError."""
    row = connection.execute(select(Round.__table__).where(col(Round.code) == code)).first()  # type: ignore[attr-defined]
    if row is None:
        raise RegisterError("round_unknown", code=code)
    return row


def rounds(desk: Desk) -> list[Any]:
    table = Round.__table__  # type: ignore[attr-defined]
    with read(desk.engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.year.desc(), table.c.code)))


# ── history ──────────────────────────────────────────────────────────────────────────────────────


def add_history(desk: Desk, entries: Sequence[HistoryEntry], source: str, by: str, now: datetime) -> int:
    """Bring in awards and ratings of earlier years; a line already there (same nominee, award, year) is left out.

    A person is linked by his code at his unit, and entered when nobody has it yet: history comes before lists.
    Nobody is ever matched by name alone.
    """
    with write(desk.engine) as connection:
        once = {_same(row): row for row in (_history_row(connection, entry, source) for entry in entries)}
        rows = [row for row in once.values() if not _has(connection, row)]
        if rows:
            connection.execute(insert(History), rows)
        note(connection, desk, "history", {"lines": len(rows), "source": source}, by, now)
    return len(rows)


def _history_row(connection: Connection, entry: HistoryEntry, source: str) -> dict[str, Any]:
    return {
        "person_id": _nominee(connection, entry) if entry.person else None, "unit_code": entry.unit,
        "name_folded": vietnamese.fold(vietnamese.clean_name(entry.name)), "nominee": entry.nominee,
        "award": entry.award, "kind": entry.kind, "rating": entry.rating, "year": entry.year,
        "number": entry.number, "decided_on": entry.decided_on, "achievement_to": entry.achievement_to,
        "source": source,
    }  # fmt: skip


def _nominee(connection: Connection, entry: HistoryEntry) -> int:
    """The person with this code at this unit; a new one when there is none, so that his later nominations find it."""
    assert entry.person is not None
    known = directory.find(connection, directory.key_of(entry.unit, entry.person))
    if known is not None:
        return int(known.id)
    person = PersonEntry(entry.person, entry.name, entry.unit)
    result = connection.execute(insert(Person).values(**_person_row(person)))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


_SAME = ("unit_code", "name_folded", "award", "rating", "year")


def _same(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two lines of the history one."""
    return (row["person_id"], *(row[name] for name in _SAME))


def _has(connection: Connection, row: Mapping[str, Any]) -> bool:
    table = History.__table__  # type: ignore[attr-defined]
    same = [table.c[name] == row[name] for name in _SAME]
    person = table.c.person_id == row["person_id"] if row["person_id"] else table.c.person_id.is_(None)
    return connection.execute(select(table.c.id).where(*same, person).limit(1)).first() is not None


def note(connection: Connection, desk: Desk, kind: str, payload: Mapping[str, Any], by: str, now: datetime) -> None:
    """One audit entry; who did it is a commitment, so that a person can be erased later."""
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(by))}, now=now)
