"""Councils and their members with dated terms, and who may run a council's sessions.

A seat and the role that goes with it are entered together, so that the mails of a flow reach whoever sits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from workflow.domain import vietnamese
from workflow.domain.councils import POSTS, Body, Post, Seat as SeatFacts
from workflow.domain.decisions import ANY_SCOPE
from workflow.domain.facts import Actor
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.services.register import note
from workflow.services.viewing import with_predecessors
from workflow.storage import agenda, council as rows, directory
from workflow.storage.council import CouncilRow
from workflow.storage.database import read, write
from workflow.storage.tables import Grant, Unit
from workflow.storage.tables_council import Council, Seat

KINDS = ("council", "unit_council", "cluster")
ROLE_OF: dict[Post, str] = {
    "chair": "council_chair", "vice_chair": "council_member", "member": "council_member",
    "secretary": "council_secretary",
}  # fmt: skip
"""The role of the register that goes with a post on the ministry's council."""
RUNS = {"council": ("council_secretary",), "unit_council": ("unit_council",), "cluster": ("cluster_head",)}
"""Who runs the sessions of each kind of council; a unit's or a cluster's only for his own."""
PREPARES = {**RUNS, "council": ("council_secretary", "secretariat", "secretariat_head")}
"""Who may plan a session and put dossiers on its agenda, as far as their flows let him."""


class CouncilError(ValueError):
    """What is asked of a council, a session or a vote cannot be. `code` and `params` name the sentence.

    Nothing was written.
    """

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class CouncilEntry:
    """A council as it is entered. `unit` is a unit's code, `cluster` a cluster's; only the kind that has one."""

    code: str
    title: str
    kind: str
    from_on: date
    until_on: date | None = None
    unit: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class SeatEntry:
    """A person's seat as it is entered. `votes` None: everybody but a secretary who is no member."""

    person: str
    post: Post
    from_on: date
    until_on: date | None = None
    standing: bool = False
    votes: bool | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class CouncilView:
    """A council with the seats of one day, in the order of a list."""

    row: CouncilRow
    seats: tuple[SeatFacts, ...]


def add_council(desk: Desk, entry: CouncilEntry, by: str, now: datetime) -> None:
    """Enter a council. Raises CouncilError."""
    if entry.kind not in KINDS or not entry.code.strip() or not entry.title.strip():
        raise CouncilError("council_entry", kinds=KINDS)
    if (entry.kind == "unit_council") != bool(entry.unit) or (entry.kind == "cluster") != bool(entry.cluster):
        raise CouncilError("council_of_whom", kind=entry.kind)
    with write(desk.engine) as connection:
        if rows.council(connection, entry.code) is not None:
            raise CouncilError("council_exists", council=entry.code)
        unit_id = None
        if entry.unit:
            unit_id = connection.execute(select(col(Unit.id)).where(col(Unit.code) == entry.unit)).scalar()
            if unit_id is None:
                raise CouncilError("council_unit", unit=entry.unit)
        connection.execute(
            insert(Council).values(
                code=entry.code.strip(), title=vietnamese.nfc(entry.title.strip()), kind=entry.kind, unit_id=unit_id,
                cluster=entry.cluster, from_on=entry.from_on, until_on=entry.until_on,
            )
        )  # fmt: skip
        note(connection, desk, "council", {"code": entry.code}, by, now)


def seat(desk: Desk, council: str, entries: Sequence[SeatEntry], by: str, now: datetime) -> int:
    """Give people seats, all or none; the ministry's council gives its role with each. Returns how many are new.

    A seat that is there already (same person, same first day) is left as it is. Raises CouncilError.
    """
    with write(desk.engine) as connection:
        found = known(connection, council)
        seated = rows.seats(connection, found.id)
        new = 0
        for entry in entries:
            new += _seat(connection, found, entry, seated)
        if new:
            note(connection, desk, "seats", {"council": council, "seats": new}, by, now)
    return new


def _seat(connection: Connection, council: CouncilRow, entry: SeatEntry, seated: list[SeatFacts]) -> int:
    person = directory.find(connection, entry.person)
    if person is None:
        raise CouncilError("person_unknown", code=entry.person)
    if entry.post not in POSTS:
        raise CouncilError("seat_post", post=entry.post, posts=POSTS)
    if entry.until_on is not None and entry.until_on <= entry.from_on:
        raise CouncilError("seat_term", person=person.name)
    votes = entry.post != "secretary" if entry.votes is None else entry.votes
    key = directory.key_of(person.root_unit, person.code)
    place = SeatFacts(key, person.name, entry.post, entry.standing, votes, entry.from_on, entry.until_on)
    for other in seated:
        if other.person == key and other.from_on == entry.from_on:
            return 0
        if _meet(other, place) and other.person == key:
            raise CouncilError("seat_twice", person=person.name)
        if _meet(other, place) and entry.post == "chair" == other.post:
            raise CouncilError("second_chair", person=person.name, other=other.name)
    connection.execute(
        insert(Seat).values(
            council_id=council.id, person_id=person.id, post=entry.post, standing=entry.standing, votes=votes,
            from_on=entry.from_on, until_on=entry.until_on, document=entry.document[:200],
        )
    )  # fmt: skip
    seated.append(place)
    for role, kind, scope in _roles(council, entry):
        _grant(connection, person.id, role, kind, scope, entry)
    return 1


def _meet(one: SeatFacts, other: SeatFacts) -> bool:
    """Whether two terms share a day."""
    ends = (
        one.until_on is None or other.from_on < one.until_on,
        other.until_on is None or one.from_on < other.until_on,
    )
    return all(ends)


def _roles(council: CouncilRow, entry: SeatEntry) -> list[tuple[str, str, str]]:
    """Roles that come with a seat. A unit's council is run by whoever holds that role in the unit already."""
    if council.kind != "council":
        return []
    standing = [("standing_member", "council", "")] if entry.standing else []
    return [(ROLE_OF[entry.post], "council", ""), *standing]


def _grant(connection: Connection, person_id: int, role: str, kind: str, scope: str, entry: SeatEntry) -> None:
    table = Grant.__table__  # type: ignore[attr-defined]
    held = connection.execute(
        select(table.c.id).where(
            table.c.person_id == person_id, table.c.role == role, table.c.from_on <= entry.from_on,
            table.c.until_on.is_(None) | (table.c.until_on > entry.from_on),
        )
    ).first()  # fmt: skip
    if held is None:
        values = dict(person_id=person_id, role=role, scope_kind=kind, scope=scope, from_on=entry.from_on,
                      until_on=entry.until_on)  # fmt: skip
        connection.execute(insert(Grant).values(**values))


def end_seat(desk: Desk, council: str, person: str, until_on: date, by: str, now: datetime) -> None:
    """From this day somebody sits no more; his role on the council ends with it. Raises CouncilError."""
    with write(desk.engine) as connection:
        found = known(connection, council)
        row = directory.find(connection, person)
        if row is None:
            raise CouncilError("person_unknown", code=person)
        table = Seat.__table__  # type: ignore[attr-defined]
        running = (
            table.c.council_id == found.id, table.c.person_id == row.id, table.c.from_on < until_on,
            table.c.until_on.is_(None) | (table.c.until_on > until_on),
        )  # fmt: skip
        if not connection.execute(update(table).where(*running).values(until_on=until_on)).rowcount:
            raise CouncilError("seat_none", person=row.name)
        if found.kind == "council":
            grants = Grant.__table__  # type: ignore[attr-defined]
            roles = ("council_chair", "council_member", "standing_member")
            connection.execute(
                update(grants)
                .where(grants.c.person_id == row.id, grants.c.role.in_(roles), grants.c.from_on < until_on)
                .where(grants.c.until_on.is_(None) | (grants.c.until_on > until_on))
                .values(until_on=until_on)
            )
        note(connection, desk, "seat_ended", {"council": council, "until": until_on.isoformat()}, by, now)


def councils(desk: Desk, on: date) -> list[CouncilView]:
    """Every council with its seats of that day."""
    with read(desk.engine) as connection:
        return [_view(connection, row, on) for row in rows.councils(connection)]


def council(desk: Desk, code: str, on: date) -> CouncilView:
    """One council with its seats of that day. Raises CouncilError."""
    with read(desk.engine) as connection:
        return _view(connection, known(connection, code), on)


def seats(desk: Desk, code: str) -> list[SeatFacts]:
    """Every seat of a council, past and future ones too. Raises CouncilError."""
    with read(desk.engine) as connection:
        return rows.seats(connection, known(connection, code).id)


def _view(connection: Connection, row: CouncilRow, on: date) -> CouncilView:
    held = [each for each in rows.seats(connection, row.id) if each.held_on(on)]
    return CouncilView(row, tuple(sorted(held, key=lambda each: POSTS.index(each.post))))


def known(connection: Connection, code: str) -> CouncilRow:
    """The council with this code. Raises CouncilError."""
    found = rows.council(connection, code)
    if found is None:
        raise CouncilError("council_unknown", council=code)
    return found


def running(
    connection: Connection, person: str, kind: str, unit: str, cluster: str, on: date, *, only_prepares: bool = False
) -> Actor:
    """The person who runs (or at least prepares) sessions of such a council, with his roles of `on`.

    Raises CouncilError for one who may not, and UnknownActor.
    """
    roles = PREPARES[kind] if only_prepares else RUNS[kind]
    actor = find_actor(connection, person, on)
    if not holds(actor, roles, kind, unit, cluster):
        raise CouncilError("not_running", needed=roles)
    return actor


def runs(actor: Actor, kind: str, unit: str, cluster: str) -> bool:
    """Whether this person may run sessions of such a council."""
    return holds(actor, RUNS[kind], kind, unit, cluster)


def prepares(actor: Actor, kind: str, unit: str, cluster: str) -> bool:
    """Whether this person may plan sessions of such a council."""
    return holds(actor, PREPARES[kind], kind, unit, cluster)


def holds(actor: Actor, roles: tuple[str, ...], kind: str, unit: str, cluster: str) -> bool:
    """Whether he holds one of these roles where this council is."""
    for held in actor.held:
        if held.role not in roles:
            continue
        if kind == "council" and held.scope_kind in ANY_SCOPE:
            return True
        if kind == "unit_council" and held.scope_kind == "unit" and held.scope == unit:
            return True
        if kind == "cluster" and held.scope_kind == "cluster" and held.scope == cluster:
            return True
    return False


def covered(connection: Connection, unit: str, cluster: str) -> frozenset[int] | None:
    """The units whose dossiers may come before a council: its own unit and those it succeeded, its cluster's; None for
    the ministry's, which is for all."""
    if unit:
        return agenda.unit_ids(connection, codes=with_predecessors(connection, {unit}))
    return agenda.unit_ids(connection, cluster=cluster) if cluster else None


def kind_of(body: Body | str) -> str:
    """The kind of council that a body of a vote rule belongs to."""
    return "council" if body in ("council", "standing_members") else str(body)


def people_ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Persons' ids by key; those nobody knows are left out."""
    found = {key: directory.find(connection, key) for key in keys}
    return {key: int(row.id) for key, row in found.items() if row is not None}
