"""Who has a dossier in hand: claimed, given to another, handed back. Moves nothing; the rows are the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Table, insert, select, update
from sqlmodel import col

from notifications.columns import to_json
from workflow.services.access import action
from workflow.services.desk import Desk
from workflow.services.dossier import find
from workflow.services.judging import UnknownActor, find_actor
from workflow.services.viewing import Viewer
from workflow.storage import chain, directory
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.tables_desk import Assignment

_T: Table = Assignment.__table__  # type: ignore[attr-defined]


class InHand(ValueError):
    """Somebody else has it in hand already, since when. Nothing was written."""

    def __init__(self, name: str, since: datetime) -> None:
        super().__init__(name)
        self.name = name
        self.since = since


class NotForDesk(ValueError):
    """The person named does no work at the desk. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who has it in hand, since when, and who gave it to him."""

    person: str
    name: str
    since: datetime
    given_by: str


def of_one(desk: Desk, viewer: Viewer, code: str) -> Hold | None:
    """Who has this dossier in hand now. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        return _open(connection, find(connection, viewer, code).id)


def of_many(connection: Connection, nomination_ids: Sequence[int]) -> dict[int, Hold]:
    """Who has these dossiers in hand now, by id: for lists."""
    query = select(_T).where(_T.c.nomination_id.in_(nomination_ids), _T.c.until_at.is_(None))
    return {
        row.nomination_id: Hold(row.person, row.person_name, row.from_at, row.given_by)
        for row in connection.execute(query)
    }


def claim(desk: Desk, viewer: Viewer, code: str, now: datetime) -> Hold:
    """Take it in hand. Claiming what one has changes nothing. Raises InHand, UnknownNomination."""
    with write(desk.engine) as connection:
        row = find(connection, viewer, code)
        in_turn(connection, f"assignment {row.id}")
        held = _open(connection, row.id)
        if held is not None:
            if held.person != viewer.person:
                raise InHand(held.name, held.since)
            return held
        return _give(connection, desk, row.id, viewer.person, viewer.name, viewer, now)


def reassign(desk: Desk, viewer: Viewer, code: str, person: str, now: datetime) -> Hold:
    """Give it to this person, whoever has it. Raises NotForDesk, UnknownActor, UnknownNomination."""
    with write(desk.engine) as connection:
        row = find(connection, viewer, code)
        in_turn(connection, f"assignment {row.id}")
        other = find_actor(connection, person, now.date())
        if not action("nomination.assign").allows({each.role for each in other.held}):
            raise NotForDesk(person)
        held = _open(connection, row.id)
        if held is not None and held.person == other.person:
            return held
        _end(connection, row.id, viewer, now)
        return _give(connection, desk, row.id, other.person, other.name, viewer, now)


def hand_back(desk: Desk, viewer: Viewer, code: str, now: datetime) -> bool:
    """Nobody has it in hand any more; False when nobody had. Raises UnknownNomination."""
    with write(desk.engine) as connection:
        row = find(connection, viewer, code)
        in_turn(connection, f"assignment {row.id}")
        held = _open(connection, row.id)
        if held is None:
            return False
        _end(connection, row.id, viewer, now)
        _record(connection, desk, row.id, "handed_back", held.person, viewer, now)
        return True


def colleagues(desk: Desk, on: date) -> list[tuple[str, str]]:
    """(key, name) of everybody to whom a dossier may be given."""
    found: dict[str, str] = {}
    with read(desk.engine) as connection:
        for role in sorted(action("nomination.assign").roles):
            found.update((each.key, each.name) for each in directory.on_duty(connection, role, on))
    return sorted(found.items(), key=lambda each: each[1])


def _open(connection: Connection, nomination_id: int) -> Hold | None:
    return of_many(connection, [nomination_id]).get(nomination_id)


def _end(connection: Connection, nomination_id: int, viewer: Viewer, now: datetime) -> None:
    connection.execute(
        update(_T)
        .where(_T.c.nomination_id == nomination_id, col(Assignment.until_at).is_(None))
        .values(until_at=now, ended_by=viewer.person)
    )


def _give(
    connection: Connection, desk: Desk, nomination_id: int, person: str, name: str, viewer: Viewer, now: datetime
) -> Hold:
    connection.execute(
        insert(_T).values(
            nomination_id=nomination_id, person=person, person_name=name, from_at=now, given_by=viewer.person,
            until_at=None, ended_by="",
        )
    )  # fmt: skip
    _record(connection, desk, nomination_id, "given", person, viewer, now)
    return Hold(person, name, now, viewer.person)


def _record(
    connection: Connection, desk: Desk, nomination_id: int, what: str, person: str, viewer: Viewer, now: datetime
) -> None:
    chain.append(
        connection,
        kind="assignment",
        payload={"nomination": nomination_id, "what": what},
        secrets={"by": (desk.entropy(16), to_json([viewer.person, person]))},
        now=now,
    )


__all__ = ["Hold", "InHand", "NotForDesk", "UnknownActor", "claim", "colleagues", "hand_back", "of_many", "of_one",
           "reassign"]  # fmt: skip
