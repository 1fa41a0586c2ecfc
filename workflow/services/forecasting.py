"""Which reminders would go out in the next days, to whom: the sweep's own rules on a clock that runs ahead.

Assumes that nobody does anything meanwhile. Writes nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from definitions.calendar import WorkCalendar, at_eight, local_day
from workflow.domain import reminding
from workflow.domain.reminding import Owed, digest_open, unpack
from workflow.services.desk import Desk
from workflow.services.digests import Kind, Telling
from workflow.services.reminders import looked_back, put_off, silent, told, waited_for
from workflow.storage import sweeping
from workflow.storage.database import read
from workflow.storage.sweeping import DueRow

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """One line that would stand in the digest of `on`. Without an `address` the role leads to nobody."""

    on: date
    address: str
    recipient: str
    role: str
    kind: Kind
    code: str
    name: str
    deadline: str
    label: str
    due_on: date
    rung: str


def forecast(desk: Desk, now: datetime, days: int, *, most: int = MOST) -> list[Forecast]:
    """Every reminder of the next `days` days, by day, recipient, due day and code; at most of `most` deadlines."""
    until = now + timedelta(days=days)
    telling = Telling(desk, local_day(now))
    with read(desk.engine) as connection:
        rows = [row for row in sweeping.upcoming(connection, until, most) if not silent(row)]
        telling.prepare(connection, rows)
        found = [each for row in rows for each in _of(connection, desk, telling, row, now, until)]
    return sorted(found, key=lambda each: (each.on, each.recipient, each.address, each.due_on, each.code, each.role))


def _of(
    connection: Connection, desk: Desk, telling: Telling, row: DueRow, now: datetime, until: datetime
) -> Iterator[Forecast]:
    assert row.due_on is not None  # narrows the type; `silent` rows are left out
    for at, owed in _ahead(connection, desk.calendar, row, now, until):
        assert owed.rung is not None  # narrows the type
        for kind, role in told(row, escalates=owed.escalates):
            boxes, _ = telling.recipients(role, row)
            for address, name, language in [(box.address, box.name, box.language) for box in boxes] or [("", "", "vi")]:
                label = str(telling.line(row, kind, role, language).context["label"])
                yield Forecast(
                    local_day(at), address, name, role, kind, row.code, row.name, row.deadline, label, row.due_on,
                    owed.rung,
                )  # fmt: skip


def _ahead(
    connection: Connection, calendar: WorkCalendar, row: DueRow, now: datetime, until: datetime
) -> Iterator[tuple[datetime, Owed]]:
    """(instant, what is owed then) for every digest until `until` in which this row stands."""
    packed = unpack(row.rule)
    assert row.due_on is not None  # narrows the type
    first = _digest(calendar, max(row.next_at, now))
    owed = waited_for(row, calendar, first)
    if put_off(row) or owed.rung is None:
        owed = looked_back(connection, row, calendar, first)
    at: datetime | None = first
    while at is not None and at <= until:
        if owed.rung is not None:
            yield at, owed
        last, at = at, owed.next_at
        if at is not None:
            owed = reminding.owed(packed.remind, packed.escalate, row.due_on, calendar, last, at)


def _digest(calendar: WorkCalendar, at: datetime) -> datetime:
    """The instant itself if digests go out then, else 08:00 of the first day after on which they do."""
    if digest_open(calendar, at):
        return at
    today = local_day(at)
    first = today if at < at_eight(today) else today + timedelta(days=1)
    return at_eight(calendar.next_working(first))
