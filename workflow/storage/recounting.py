"""Open deadlines by key, for lists and for a recount on another calendar; and the calendars they were counted on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select, tuple_

from definitions.calendar import WorkCalendar
from workflow.storage.tables import CalendarVersion, Deadline, Nomination, Unit
from workflow.storage.writing import TableWriter

PAGE = 5_000

_D = Deadline.__table__  # type: ignore[attr-defined]
_N = Nomination.__table__  # type: ignore[attr-defined]
_U = Unit.__table__  # type: ignore[attr-defined]
_C = CalendarVersion.__table__  # type: ignore[attr-defined]


class OpenRow(NamedTuple):
    """An open deadline as a recount sees it."""

    nomination_id: int
    deadline: str
    run: int
    code: str
    rule: str
    derivation: str
    due_on: date | None
    stopped_on: date | None
    next_at: datetime | None


class ListedRow(NamedTuple):
    """An open deadline as a list shows it."""

    nomination_id: int
    deadline: str
    run: int
    code: str
    name: str
    unit: str
    state: str
    flow_version_id: int
    rule: str
    opened_on: date
    due_on: date | None
    stopped_on: date | None
    next_reminder_at: datetime | None


class UnknownCalendar(LookupError):
    """The calendar that a due day was counted on is not kept in this database."""


def open_rows(connection: Connection, *, lock: bool = False) -> Iterator[OpenRow]:
    """Every open deadline with a due day, by key, a page at a time; locked to the end where there are row locks."""
    columns = (
        _D.c.nomination_id, _D.c.name, _D.c.run, _N.c.code, _D.c.rule, _D.c.derivation, _D.c.due_on, _D.c.stopped_on,
        _D.c.next_reminder_at,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(_N, _N.c.id == _D.c.nomination_id)
        .where(_D.c.closed_on.is_(None), _D.c.due_on.is_not(None))
        .order_by(_D.c.nomination_id, _D.c.name, _D.c.run)
        .limit(PAGE)
    )
    if lock:
        query = query.with_for_update(of=_D)
    key: tuple[Any, ...] = (0, "", 0)
    while True:
        rows = connection.execute(query.where(_after(key, _D.c.nomination_id, _D.c.name, _D.c.run))).all()
        yield from map(OpenRow._make, rows)
        if len(rows) < PAGE:
            return
        key = tuple(rows[-1][:3])


def page(
    connection: Connection, conditions: Sequence[Any], after: tuple[date, int, str] | None, limit: int
) -> list[ListedRow]:
    """Open deadlines that meet these conditions, the earliest due day first."""
    query: Select[Any] = (
        select(
            _D.c.nomination_id, _D.c.name, _D.c.run, _N.c.code, _N.c.name, _U.c.code, _N.c.state,
            _N.c.flow_version_id, _D.c.rule, _D.c.opened_on, _D.c.due_on, _D.c.stopped_on, _D.c.next_reminder_at,
        )
        .join(_N, _N.c.id == _D.c.nomination_id)
        .join(_U, _U.c.id == _N.c.unit_id)
        .where(_D.c.closed_on.is_(None), _D.c.due_on.is_not(None), *conditions)
        .order_by(_D.c.due_on, _D.c.nomination_id, _D.c.name)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        query = query.where(_after(after, _D.c.due_on, _D.c.nomination_id, _D.c.name))
    return [ListedRow._make(row) for row in connection.execute(query)]


def _after(key: tuple[Any, ...], *columns: Any) -> Any:
    return tuple_(*columns) > tuple_(*key)


def change(connection: Connection, rows: Sequence[tuple[date | None, str, datetime | None, int, str, int]]) -> int:
    """Set (due day, derivation, next reminder) of open deadlines, found by their key; returns how many were open."""
    return _update(connection, ("due_on", "derivation", "next_reminder_at"), rows)


def change_next(connection: Connection, rows: Sequence[tuple[datetime | None, int, str, int]]) -> int:
    """Set the next reminder of open deadlines; returns how many were open."""
    return _update(connection, ("next_reminder_at",), rows)


def _update(connection: Connection, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> int:
    if not rows:
        return 0
    key = ("nomination_id", "name", "run")
    writer = TableWriter(_D, (*columns, *key), connection.dialect)
    return writer.update(connection, columns, key, rows, also="closed_on IS NULL")


def of_code(connection: Connection, code: str) -> list[Any]:
    """Every deadline of the nomination with this code, closed ones too, the latest run of each first."""
    query = (
        select(_D, _N.c.code.label("code"), _N.c.flow_version_id)
        .join(_N, _N.c.id == _D.c.nomination_id)
        .where(_N.c.code == code)
        .order_by(_D.c.closed_on.is_not(None), _D.c.due_on, _D.c.name, _D.c.run.desc())
    )
    return list(connection.execute(query))


def calendars(connection: Connection, wanted: Collection[str]) -> dict[str, WorkCalendar]:
    """Calendars by the hash of their text. Raises `UnknownCalendar` for one that is not kept."""
    rows = connection.execute(select(_C.c.sha256, _C.c.text).where(_C.c.sha256.in_(sorted(wanted))))
    found = {sha256: _calendar(text) for sha256, text in rows}
    for sha256 in wanted:
        if sha256 not in found:
            raise UnknownCalendar(sha256)
    return found


@lru_cache(maxsize=32)
def _calendar(text: str) -> WorkCalendar:
    return WorkCalendar.from_text(text)
