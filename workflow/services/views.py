"""Saved views: a list's filters, columns and order under a name, for oneself or shared with the desk.

Nothing of a dossier is in it: whoever opens a shared view sees what he may see. Units are offered their own alone, so
that not even the name of a view of the desk reaches them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from workflow.domain import vietnamese
from workflow.services import listing
from workflow.services.desk import Desk
from workflow.services.listing import ListRefused, Query
from workflow.services.viewing import Viewer
from workflow.storage.database import read, write
from workflow.storage.tables import Person
from workflow.storage.tables_desk import SavedView

PAGE = "nominations"
LONGEST_NAME = 80
MOST = 40
_V: Table = SavedView.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]


class ViewRefused(ValueError):
    """`code`: name_missing, name_long, name_used, too_many, not_yours. Nothing was written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class View:
    """A view as it is offered. `owner` is empty for one's own."""

    id: int
    name: str
    query: str
    shared: bool
    preferred: bool
    owner: str = ""


def offered(desk: Desk, viewer: Viewer) -> tuple[View, ...]:
    """One's own in Vietnamese order, then, for the desk, those that others of the desk share."""
    with read(desk.engine) as connection:
        return offered_in(connection, viewer)


def offered_in(connection: Connection, viewer: Viewer) -> tuple[View, ...]:
    """As `offered`, in a transaction of the caller's."""
    mine = _V.c.person == viewer.person
    key = _P.c.root_unit.concat("/").concat(_P.c.code)
    query = (
        select(_V, func.coalesce(_P.c.name, "").label("owner_name"))
        .outerjoin(_P, key == _V.c.person)
        .where(_V.c.page == PAGE, or_(mine, _V.c.shared) if viewer.is_desk else mine)
    )
    found = [
        View(row.id, row.name, row.query, row.shared, row.preferred and row.person == viewer.person,
             "" if row.person == viewer.person else row.owner_name or row.person)
        for row in connection.execute(query)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda view: (bool(view.owner), vietnamese.sort_key(view.name), view.id)))


def write_query(query: Query) -> str:
    """A query as it is kept, and as it stands in an address."""
    return urlencode(query.pairs())


def read_query(viewer: Viewer, text: str) -> Query:
    """What `write_query` wrote, for this person. Raises ListRefused."""
    return listing.parse(viewer, parse_qsl(text, keep_blank_values=False))


def preferred(desk: Desk, viewer: Viewer) -> str:
    """The view that this person's list opens with; empty when there is none, or when it means nothing any more."""
    query = select(_V.c.query).where(_V.c.person == viewer.person, _V.c.page == PAGE, _V.c.preferred)
    with read(desk.engine) as connection:
        found = connection.execute(query).scalars().first()
    try:
        return write_query(read_query(viewer, found)) if found else ""
    except ListRefused:
        return ""


def save(desk: Desk, viewer: Viewer, name: str, query: Query, now: datetime, *, shared: bool, first: bool) -> int:
    """Keep a query under a name; the same name again replaces it. Raises ViewRefused."""
    name = _named(name)
    values = {"query": write_query(query), "shared": shared and viewer.is_desk}
    with write(desk.engine) as connection:
        known = connection.execute(select(_V.c.id).where(*_mine(viewer), _V.c.name == name)).scalar()
        if first:
            connection.execute(update(_V).where(*_mine(viewer)).values(preferred=False))
            values["preferred"] = True
        if known is not None:
            connection.execute(update(_V).where(_V.c.id == known).values(**values))
            return int(known)
        if connection.execute(select(func.count()).select_from(_V).where(*_mine(viewer))).scalar_one() >= MOST:
            raise ViewRefused("too_many")
        made = connection.execute(
            insert(_V).values(
                **{"preferred": False, **values}, person=viewer.person, page=PAGE, name=name, created_at=now
            )
        )
        assert made.inserted_primary_key is not None  # narrows the type
        return int(made.inserted_primary_key[0])


def change(desk: Desk, viewer: Viewer, id_: int, name: str, *, shared: bool, first: bool) -> None:
    """Another name, shared or not, opened first or not. Raises ViewRefused."""
    name = _named(name)
    with write(desk.engine) as connection:
        if first:
            connection.execute(update(_V).where(*_mine(viewer)).values(preferred=False))
        statement = update(_V).where(*_mine(viewer), _V.c.id == id_)
        try:
            done = connection.execute(
                statement.values(name=name, shared=shared and viewer.is_desk, preferred=first)
            ).rowcount
        except IntegrityError:
            raise ViewRefused("name_used") from None
        if not done:
            raise ViewRefused("not_yours")


def remove(desk: Desk, viewer: Viewer, id_: int) -> None:
    """Raises ViewRefused for one that is not there, or another's: the same answer for both."""
    with write(desk.engine) as connection:
        if not connection.execute(delete(_V).where(*_mine(viewer), _V.c.id == id_)).rowcount:
            raise ViewRefused("not_yours")


def _mine(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return _V.c.person == viewer.person, _V.c.page == PAGE


def _named(name: str) -> str:
    name = vietnamese.clean_name(name)
    if not name:
        raise ViewRefused("name_missing")
    if len(name) > LONGEST_NAME:
        raise ViewRefused("name_long")
    return name
