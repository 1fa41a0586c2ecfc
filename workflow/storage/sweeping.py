"""The rows of a sweep: deadlines that are open and due, their reminders, and the mark that one was dealt with.

Statements go straight to the driver: a sweep reads and writes by the thousand. Texts of days and instants
are converted once per different value, and no flow is read. What is owed is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from notifications.columns import UtcDateTime, to_json
from notifications.sql import among
from workflow.storage.locking import in_turn
from workflow.storage.tables import Deadline, Reminder, Unit
from workflow.storage.writing import TableWriter

_D = Deadline.__table__  # type: ignore[attr-defined]
_R = Reminder.__table__  # type: ignore[attr-defined]
_OPEN_AND_DUE = "d.closed_on IS NULL AND d.next_reminder_at <= {mark}"
_COLUMNS = (
    "d.nomination_id, d.name, d.run, d.rule, d.opened_on, d.due_on, d.stopped_on, d.next_reminder_at, "
    "n.code, n.name, n.state, n.shown_state, n.unit_id, n.field_of_work, n.flow_version_id, n.archived_at IS NOT NULL"
)
_REMINDER = ("nomination_id", "name", "run", "rung", "recipient", "made_at", "skipped")

Key = tuple[int, str, int]
"""Nomination, deadline, run."""


class DueRow(NamedTuple):
    """A deadline that is open and due, with what its reminder says of the nomination."""

    nomination_id: int
    deadline: str
    run: int
    rule: str
    opened_on: date
    due_on: date | None
    stopped: bool
    next_at: datetime
    code: str
    name: str
    state: str
    shown_state: str
    unit_id: int
    field_of_work: str
    flow_version_id: int
    archived: bool

    @property
    def key(self) -> Key:
        return self.nomination_id, self.deadline, self.run


class UnitBox(NamedTuple):
    """A unit as far as finding recipients goes."""

    code: str
    name: str
    cluster: str
    mailbox: str
    language: str


class ReminderRow(NamedTuple):
    """One reminder as it is kept; a skipped one was overtaken, or could reach nobody."""

    nomination_id: int
    deadline: str
    run: int
    rung: str
    recipient: str
    made_at: datetime
    skipped: bool


class OutOfStep(RuntimeError):
    """A row changed between reading and marking it. Nothing of the batch may be kept."""


# ── finding ──────────────────────────────────────────────────────────────────────────────────────


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Nominations with a deadline that is open and due at `now`: the most overdue first, then by code.

    One probe of a partial index when there is none. A nomination stands once, at its earliest due day.
    """
    mark = _mark(connection)
    # In one go the planner would walk all open deadlines in the order asked for, to find the few that are due.
    rows = connection.exec_driver_sql(
        "WITH due AS MATERIALIZED (SELECT d.nomination_id, d.due_on FROM deadline d "
        f"WHERE {_OPEN_AND_DUE.format(mark=mark)}) "
        "SELECT due.nomination_id FROM due JOIN nomination n ON n.id = due.nomination_id "
        f"ORDER BY due.due_on, n.code LIMIT {mark}",
        (_bound(connection, now), limit),
    )
    return list(dict.fromkeys(row[0] for row in rows))


def begin(connection: Connection) -> None:
    """Sweeps write one after the other, so that what one reads of reminders and mails no other is changing."""
    in_turn(connection, "sweep")


def rows(connection: Connection, ids: Sequence[int], now: datetime) -> list[DueRow]:
    """The due deadlines of these nominations, the most overdue first, then by code; locked to the end.

    A row that an act holds at this moment is left out: the act closes it, or the next sweep has it.
    """
    if connection.dialect.name == "postgresql":
        query = (
            f"SELECT {_COLUMNS} FROM deadline d JOIN nomination n ON n.id = d.nomination_id "
            f"WHERE d.nomination_id = ANY(%s) AND {_OPEN_AND_DUE.format(mark='%s')} "
            "ORDER BY d.due_on, n.code, d.name FOR UPDATE OF d SKIP LOCKED"
        )
        given: tuple[Any, ...] = (list(ids), now)
    else:
        # CROSS JOIN fixes the order: from these nominations to their rows, never over all that is due.
        query = (
            f"SELECT {_COLUMNS} FROM json_each(?) k CROSS JOIN deadline d ON d.nomination_id = k.value "
            f"CROSS JOIN nomination n ON n.id = k.value WHERE {_OPEN_AND_DUE.format(mark='?')} "
            "ORDER BY d.due_on, n.code, d.name"
        )
        given = (to_json(list(ids)), _bound(connection, now))
    return _due_rows(connection.exec_driver_sql(query, given).all())


def keys(connection: Connection, ids: Sequence[int], now: datetime) -> list[Key]:
    """Which deadlines of these nominations are due; reads no value that could be spoilt."""
    columns = (_D.c.nomination_id, _D.c.name, _D.c.run)
    which = (among(connection, _D.c.nomination_id, ids), _D.c.closed_on.is_(None), _D.c.next_reminder_at <= now)
    return [(row[0], row[1], row[2]) for row in connection.execute(select(*columns).where(*which).order_by(*columns))]


def upcoming(connection: Connection, until: datetime, limit: int) -> list[DueRow]:
    """Open deadlines whose next reminder is at `until` or before, the next first. Locks nothing."""
    mark = _mark(connection)
    query = (
        f"SELECT {_COLUMNS} FROM deadline d JOIN nomination n ON n.id = d.nomination_id "
        f"WHERE {_OPEN_AND_DUE.format(mark=mark)} ORDER BY d.next_reminder_at, d.due_on, n.code LIMIT {mark}"
    )
    return _due_rows(connection.exec_driver_sql(query, (_bound(connection, until), limit)).all())


def _due_rows(found: Iterable[Any]) -> list[DueRow]:
    return [
        DueRow(
            row[0], row[1], row[2], row[3], _day(row[4]), _day(row[5]) if row[5] else None, row[6] is not None,
            _instant(row[7]), row[8], row[9], row[10], row[11], row[12], row[13], row[14], bool(row[15]),
        )
        for row in found
    ]  # fmt: skip


def made(connection: Connection, ids: Sequence[int]) -> dict[Key, set[tuple[str, str]]]:
    """(rung, recipient) of every reminder these nominations have had, by deadline and run."""
    query = "SELECT nomination_id, name, run, rung, recipient FROM reminder WHERE nomination_id "
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(query + "= ANY(%s)", (list(ids),))
    else:
        found = connection.exec_driver_sql(query + "IN (SELECT value FROM json_each(?))", (to_json(list(ids)),))
    known: dict[Key, set[tuple[str, str]]] = {}
    for nomination_id, name, run, rung, recipient in found:
        known.setdefault((nomination_id, name, run), set()).add((rung, recipient))
    return known


def last_made(connection: Connection, row: DueRow) -> datetime | None:
    """When this deadline's last reminder was made."""
    query = select(func.max(_R.c.made_at, type_=UtcDateTime())).where(
        _R.c.nomination_id == row.nomination_id, _R.c.name == row.deadline, _R.c.run == row.run
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def units(connection: Connection, ids: Iterable[int]) -> dict[int, UnitBox]:
    """Units by id."""
    table = Unit.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in ("id", "code", "name", "cluster", "mailbox", "language")]
    query = select(*columns).where(table.c.id.in_(sorted(set(ids))))
    return {row[0]: UnitBox(*row[1:]) for row in connection.execute(query)}


# ── marking ──────────────────────────────────────────────────────────────────────────────────────


def keep(connection: Connection, reminders: Sequence[ReminderRow]) -> None:
    """Insert these reminders. Raises `OutOfStep` if one was there: whoever made it has sent it."""
    if not reminders:
        return
    mark = _mark(connection)
    made_at = _bound(connection, reminders[0].made_at)
    given = [(*row[:5], made_at, row.skipped) for row in reminders]
    added = connection.exec_driver_sql(
        f"INSERT INTO reminder ({', '.join(_REMINDER)}) VALUES ({', '.join([mark] * len(_REMINDER))}) "
        "ON CONFLICT DO NOTHING",
        given,
    ).rowcount
    if added != len(given):
        raise OutOfStep(f"{len(given) - added} of {len(given)} reminders were there already")


def move(connection: Connection, moves: Sequence[tuple[DueRow, datetime | None]]) -> None:
    """Set the next instant of each row, if it still has the one that was read. Raises `OutOfStep` otherwise."""
    if not moves:
        return
    writer = TableWriter(_D, ("next_reminder_at", "nomination_id", "name", "run"), connection.dialect)
    moved = writer.update(
        connection,
        ("next_reminder_at",),
        ("nomination_id", "name", "run", "next_reminder_at"),
        [(next_at, row.nomination_id, row.deadline, row.run, row.next_at) for row, next_at in moves],
        also="closed_on IS NULL",
    )
    if moved != len(moves):
        raise OutOfStep(f"{len(moves) - moved} of {len(moves)} deadlines had changed")


def put_off(connection: Connection, key: Key, now: datetime, until: datetime) -> None:
    """Look at this row again at `until`, if it is still open and due."""
    connection.execute(
        update(_D)
        .where(_D.c.nomination_id == key[0], _D.c.name == key[1], _D.c.run == key[2])
        .where(_D.c.closed_on.is_(None), _D.c.next_reminder_at <= now)
        .values(next_reminder_at=until)
    )


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def _bound(connection: Connection, instant: datetime) -> Any:
    """An instant as the column type hands it to the driver."""
    return instant if connection.dialect.name == "postgresql" else _as_text(instant)


@lru_cache(maxsize=1024)
def _as_text(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _day(value: date | str) -> date:
    return _day_of(value) if isinstance(value, str) else value


def _instant(value: datetime | str) -> datetime:
    return _instant_of(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)
def _day_of(text: str) -> date:
    return date.fromisoformat(text)


@lru_cache(maxsize=4096)
def _instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")
