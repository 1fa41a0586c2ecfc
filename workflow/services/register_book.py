"""The register as an admin reads and mends it page by page: people with every role they had, substitutes, rounds.

`register` enters things; this looks at them, changes what may be changed, and ends what ends. One transaction each,
one entry in the audit chain each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select, update
from sqlmodel import col

from definitions.nearest import nearest
from workflow.domain import vietnamese
from workflow.services import register
from workflow.services.desk import Desk
from workflow.services.register import MINISTRY, PersonEntry, RegisterError, RoleEntry, RoundEntry
from workflow.storage import directory
from workflow.storage.database import read, write
from workflow.storage.flows import versions
from workflow.storage.tables import Grant, Nomination, Person, Round, Substitution, Unit
from workflow.storage.tables_access import Account

_P: Table = Person.__table__  # type: ignore[attr-defined]
_G: Table = Grant.__table__  # type: ignore[attr-defined]
_S: Table = Substitution.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]
_R: Table = Round.__table__  # type: ignore[attr-defined]
_A: Table = Account.__table__  # type: ignore[attr-defined]
OF_UNIT = ("unit_officer", "unit_head", "unit_council")
OF_COUNCIL = ("council_secretary", "council_member", "council_chair", "standing_member")
NEED_A_SCOPE = {"cluster_head": "cluster", "field_lead": "field"}


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody has, had or will have. `until_on` is the first day without it."""

    id: int
    role: str
    scope_kind: str
    scope: str
    from_on: date
    until_on: date | None

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of the register. `account` is "" without one, else `open`, `invited` (no password yet) or `stopped`."""

    id: int
    root_unit: str
    code: str
    name: str
    email: str
    language: str
    account: str
    held: tuple[Held, ...]

    @property
    def key(self) -> str:
        return f"{self.root_unit}/{self.code}"


@dataclass(frozen=True, slots=True)
class StandIn:
    """From `from_on` to `until_on`, both included, the substitute has the principal's roles and gets his mails too."""

    id: int
    principal: str
    principal_name: str
    substitute: str
    substitute_name: str
    from_on: date
    until_on: date
    document: str

    def in_force(self, on: date) -> bool:
        return self.from_on <= on <= self.until_on


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def fields_held(desk: Desk) -> list[str]:
    """Fields that somebody answers for, or did."""
    query = select(_G.c.scope).where(_G.c.scope_kind == "field").distinct().order_by(_G.c.scope)
    with read(desk.engine) as connection:
        return [str(each) for each in connection.execute(query).scalars()]


def people(
    desk: Desk, *, words: str = "", role: str = "", unit: str = "", on: date | None = None, limit: int = 200
) -> list[PersonRow]:
    """People with an account, a mailbox or a role, by given name. Each condition narrows; `role` is one held on `on`.

    Whoever is only known from lists and history is not among them.
    """
    roles = select(_G.c.person_id)
    if role:
        roles = roles.where(_G.c.role == role)
        if on is not None:
            roles = roles.where(_G.c.from_on <= on, or_(_G.c.until_on.is_(None), _G.c.until_on > on))
    query = _person_query().where(_P.c.erased_at.is_(None))
    known = or_(_P.c.id.in_(select(_G.c.person_id)), _P.c.email != "", _A.c.id.is_not(None))
    query = query.where(_P.c.id.in_(roles) if role else known)
    if unit:
        query = query.where(_P.c.root_unit == unit)
    if words:
        folded = vietnamese.fold(words)
        query = query.where(
            or_(
                _P.c.name_folded.contains(folded, autoescape=True),
                _P.c.email.icontains(words, autoescape=True),
                _P.c.code.icontains(words, autoescape=True),
            )
        )
    with read(desk.engine) as connection:
        rows = connection.execute(query.order_by(_P.c.sort_key, _P.c.id).limit(limit)).all()
        held = _held(connection, [row.id for row in rows])
    return [_row(row, held) for row in rows]


def person(desk: Desk, key: str) -> PersonRow:
    """Raises RegisterError."""
    with read(desk.engine) as connection:
        found = _found(connection, key)
        row = connection.execute(_person_query().where(_P.c.id == found.id)).one()
        return _row(row, _held(connection, [found.id]))


def _person_query() -> Any:
    columns = [_P.c[name] for name in ("id", "root_unit", "code", "name", "email", "language")]
    account = (_A.c.id.label("account_id"), _A.c.password_hash, _A.c.subject, _A.c.disabled_at)
    return select(*columns, *account).outerjoin(_A, _A.c.person_id == _P.c.id)


def _row(row: Any, held: Mapping[int, Sequence[Held]]) -> PersonRow:
    account = (
        "" if row.account_id is None else "stopped" if row.disabled_at is not None
        else "open" if row.password_hash is not None or row.subject is not None else "invited"
    )  # fmt: skip
    own = tuple(held.get(row.id, ()))
    return PersonRow(row.id, row.root_unit, row.code, row.name, row.email, row.language, account, own)


def _held(connection: Connection, ids: Sequence[int]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    rows = connection.execute(select(_G).where(_G.c.person_id.in_(ids)).order_by(_G.c.from_on, _G.c.id))
    for row in rows:
        found.setdefault(row.person_id, []).append(
            Held(row.id, row.role, row.scope_kind, row.scope, row.from_on, row.until_on)
        )
    return found


def _found(connection: Connection, key: str) -> Any:
    row = directory.find(connection, key)
    if row is None:
        raise RegisterError("person_unknown", code=key)
    return row


def change_person(desk: Desk, key: str, name: str, email: str, language: str, by: str, now: datetime) -> None:
    """Mend how a person is called and where mail for him goes. Raises RegisterError."""
    clean = vietnamese.clean_name(name)
    register.check_name(name, key)
    register.check_address(email)
    values = dict(
        name=clean, name_folded=vietnamese.fold(clean), sort_key=vietnamese.person_sort_key(clean), email=email,
        language="en" if language == "en" else "vi",
    )  # fmt: skip
    with write(desk.engine) as connection:
        row = _found(connection, key)
        connection.execute(update(_P).where(_P.c.id == row.id).values(**values))
        register.note(connection, desk, "person", {"person": row.id, "changed": sorted(values)}, by, now)


def scoped(role: str, scope: str, root_unit: str, from_on: date, until_on: date | None = None) -> RoleEntry:
    """A role with the scope it needs: a unit's roles that of the unit named, else of the person's own."""
    if role in OF_UNIT:
        unit = scope or (root_unit if root_unit != MINISTRY else "")
        return RoleEntry(role, "unit", unit, from_on, until_on)
    if role in NEED_A_SCOPE:
        return RoleEntry(role, NEED_A_SCOPE[role], scope, from_on, until_on)
    if role == "consulted_body" and scope:
        return RoleEntry(role, "field", scope, from_on, until_on)
    return RoleEntry(role, "council" if role in OF_COUNCIL else "all", "", from_on, until_on)


def end_grant(desk: Desk, key: str, grant_id: int, until_on: date, by: str, now: datetime) -> None:
    """End one role of a person on a day, the first without it. Raises RegisterError."""
    with write(desk.engine) as connection:
        row = _found(connection, key)
        held = connection.execute(select(_G).where(_G.c.id == grant_id, _G.c.person_id == row.id)).first()
        if held is None:
            raise RegisterError("grant_unknown", person=key, role="?")
        if until_on < held.from_on:
            raise RegisterError("period", code=key)
        connection.execute(update(_G).where(_G.c.id == grant_id).values(until_on=until_on))
        payload = {"person": row.id, "role": held.role, "on": until_on.isoformat()}
        register.note(connection, desk, "grant_end", payload, by, now)


def refuse_unknown_units(desk: Desk, entries: Iterable[PersonEntry]) -> None:
    """Raises RegisterError for the first unit that these people are said to be of, or to act for, and that is not."""
    with read(desk.engine) as connection:
        codes = set(connection.execute(select(_U.c.code)).scalars())
    for entry in entries:
        named = [entry.root_unit] if entry.root_unit != MINISTRY else []
        named += [role.scope for role in entry.roles if role.scope_kind == "unit"]
        for code in named:
            if code not in codes:
                raise RegisterError("unit_unknown", code=code, nearest=nearest(code, codes) or "…")


# ── substitutes ──────────────────────────────────────────────────────────────────────────────────


def stand_ins(desk: Desk, *, since: date | None = None) -> list[StandIn]:
    """Substitutes, the latest first; with a day, those that are not over by then."""
    one, other = _P.alias("one"), _P.alias("other")
    query = (
        select(_S, one.c.root_unit, one.c.code, one.c.name, other.c.root_unit, other.c.code, other.c.name)
        .join(one, one.c.id == _S.c.principal_id)
        .join(other, other.c.id == _S.c.substitute_id)
        .order_by(_S.c.from_on.desc(), _S.c.id.desc())
    )
    if since is not None:
        query = query.where(_S.c.until_on >= since)
    with read(desk.engine) as connection:
        rows = connection.execute(query).all()
    return [
        StandIn(row.id, f"{row[-6]}/{row[-5]}", row[-4], f"{row[-3]}/{row[-2]}", row[-1], row.from_on, row.until_on,
                row.document)
        for row in rows
    ]  # fmt: skip


def end_stand_in(desk: Desk, id_: int, last_on: date, by: str, now: datetime) -> None:
    """The substitute stands in for the last time on `last_on`; one that has not begun never does.

    Raises RegisterError.
    """
    with write(desk.engine) as connection:
        row = connection.execute(select(_S).where(_S.c.id == id_)).first()
        if row is None:
            raise RegisterError("substitution_unknown")
        # A period needs a last day not before its first; the day before the first says that there was none.
        last = max(last_on, row.from_on - timedelta(days=1))
        connection.execute(update(_S).where(_S.c.id == id_).values(until_on=min(last, row.until_on)))
        payload = {"principal": row.principal_id, "substitute": row.substitute_id, "on": last.isoformat()}
        register.note(connection, desk, "substitution_end", payload, by, now)


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────


def moved(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def next_round(old: Any) -> RoundEntry:
    """Last time's round a year on, to be looked at before it is entered: every day moved, no figures taken along."""
    year = old.year + 1
    code = old.code.replace(str(old.year), str(year)) if str(old.year) in old.code else f"{old.code}-{year}"
    return RoundEntry(
        code, old.title.replace(str(old.year), str(year)), year, moved(old.opens_on, 1), moved(old.closes_on, 1),
        tuple(old.flows), {name: moved(date.fromisoformat(day), 1) for name, day in old.cutoffs.items()},
    )  # fmt: skip


def round_of(desk: Desk, code: str) -> Any:
    """Raises RegisterError."""
    with read(desk.engine) as connection:
        return register.round_row(connection, code)


def change_round(desk: Desk, code: str, entry: RoundEntry, by: str, now: datetime) -> None:
    """Mend title, days and flows of a round that is not closed. Raises RegisterError."""
    check_round(desk, entry)
    with write(desk.engine) as connection:
        row = register.round_row(connection, code)
        if row.closed_at is not None:
            raise RegisterError("round_is_closed", code=code)
        values = dict(
            title=entry.title, year=entry.year, opens_on=entry.opens_on, closes_on=entry.closes_on,
            flows=list(entry.flows), cutoffs={name: day.isoformat() for name, day in entry.cutoffs.items()},
        )  # fmt: skip
        connection.execute(update(_R).where(_R.c.id == row.id).values(**values))
        register.note(connection, desk, "round_changed", {"code": code, "changed": sorted(values)}, by, now)


def check_round(desk: Desk, entry: RoundEntry) -> None:
    """What can be said of a round before it is entered. Raises RegisterError for a day or a flow that cannot be."""
    if entry.closes_on < entry.opens_on:
        raise RegisterError("period", code=entry.code)
    with read(desk.engine) as connection:
        known = {each.flow_id for each in versions(connection)}
    for name in [*entry.flows, *(each for each in entry.cutoffs if each != "*")]:
        if name not in known:
            raise RegisterError("flow_unknown", name=name, nearest=nearest(name, known) or "…")


def dossiers_in(desk: Desk) -> dict[str, tuple[int, int]]:
    """Round → (dossiers, those of them that are over)."""
    query = (
        select(_R.c.code, func.count(), func.count(col(Nomination.outcome)))
        .join(Nomination, col(Nomination.round_id) == _R.c.id)
        .group_by(_R.c.code)
    )
    with read(desk.engine) as connection:
        return {code: (amount, over) for code, amount, over in connection.execute(query)}
