"""After the calendar changed: which open due days move, seen first and then done as one act; and why a day is due.

A stored due day never moves by itself. Reminders in waiting mails about a day that moved are taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from definitions.calendar import WorkCalendar, at_eight, local_day
from notifications import outbox
from notifications.columns import to_json
from workflow.domain import deadlines, reminding
from workflow.domain.deadlines import Explanation
from workflow.services import moving
from workflow.services.desk import Desk
from workflow.services.looking import UnknownNomination, canonical
from workflow.services.mailing import reminder_reference
from workflow.storage import chain, recounting
from workflow.storage.database import read, write
from workflow.storage.recounting import ListedRow, OpenRow
from workflow.storage.tables import Deadline, Nomination, Unit


@dataclass(frozen=True, slots=True)
class Change:
    """An open deadline whose due day is another on the calendar in use now.

    `held` names one that a person or a later rule had set to a day its count never gave: it is told and not moved.
    """

    code: str
    nomination_id: int
    deadline: str
    run: int
    due_before: date
    due_after: date
    held: bool = False


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recount did or would do: the days it moves and those it only tells of, reminders that come at another
    time although their day stays, and lines in waiting mails that it took back."""

    changes: tuple[Change, ...]
    moved_reminders: int
    cancelled_lines: int = 0

    @property
    def moved(self) -> int:
        return sum(not each.held for each in self.changes)


@dataclass(frozen=True, slots=True)
class Explained:
    """One deadline of a nomination with its due day counted out. `provisional`: a year in it is not confirmed yet."""

    code: str
    deadline: str
    run: int
    opened_on: date
    due_on: date | None
    stopped_on: date | None
    closed_on: date | None
    legal: str
    explanation: Explanation
    provisional: bool


@dataclass(frozen=True, slots=True)
class OpenFilter:
    """Which open deadlines: every given condition holds.

    `late_on` asks for those whose due day lies before it, `until_on` for those due by that day. `unit_scope`
    narrows to these units whatever else is asked (what the viewer may see).
    """

    unit: str = ""
    state: str = ""
    flow: str = ""
    round: int | None = None
    deadline: str = ""
    late_on: date | None = None
    until_on: date | None = None
    unit_scope: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Open deadlines, the earliest due first; `after` continues the list, None at its end."""

    rows: tuple[ListedRow, ...]
    after: tuple[date, int, str] | None


# ── another calendar ─────────────────────────────────────────────────────────────────────────────


def preview(desk: Desk, now: datetime) -> Recomputed:
    """What `apply` would do at `now`, in the order of the nominations. Writes nothing."""
    with read(desk.engine) as connection:
        work = _worked_out(connection, desk, now, lock=False)
    return Recomputed(tuple(work.changes), len(work.nexts))


def apply(desk: Desk, by: str, now: datetime) -> Recomputed:
    """Move them, with one audit entry; `by` is the person who decided it. Doing it again changes nothing.

    Reminders of open deadlines stand on the new calendar's working days from then on, also where no due
    day moved. A deadline whose clock stands keeps standing.
    """
    with write(desk.engine) as connection:
        work = _worked_out(connection, desk, now, lock=True)
        recounting.change(connection, work.dues)
        recounting.change_next(connection, work.nexts)
        cancelled = 0
        if work.dues:
            moving.remember_calendar(connection, desk, now)
            cancelled = outbox.cancel_lines(connection, references=work.references, reason="due_moved", now=now).lines
            _record(connection, desk, work.moved, by, now)
    return Recomputed(tuple(work.changes), len(work.nexts), cancelled)


def _worked_out(connection: Connection, desk: Desk, now: datetime, *, lock: bool) -> _Work:
    counting = _Counting(connection, desk.calendar)
    work = _Work(desk.calendar, now)
    for row in recounting.open_rows(connection, lock=lock):
        work.take(row, counting.change(row))
    return work


class _Counting:
    """Due days on the calendar in use; the same derivation is counted once however many rows share it."""

    def __init__(self, connection: Connection, calendar: WorkCalendar) -> None:
        self._connection = connection
        self._calendar = calendar
        self._known: dict[str, WorkCalendar] = {calendar.sha256: calendar}
        self._counted: dict[str, tuple[date | None, date | None]] = {}

    def change(self, row: OpenRow) -> Change | None:
        assert row.due_on is not None  # narrows the type; rows without a due day are not read
        before, after = self._count(row.derivation)
        if after is None or after in (row.due_on, before):
            return None
        return Change(row.code, row.nomination_id, row.deadline, row.run, row.due_on, after, held=before != row.due_on)

    def _count(self, derivation: str) -> tuple[date | None, date | None]:
        """The due day on the calendars it was counted on, and on the one in use."""
        found = self._counted.get(derivation)
        if found is None:
            before = deadlines.explain(derivation, self._calendars(derivation)).due_on
            found = self._counted[derivation] = (before, deadlines.recomputed(derivation, self._calendar)[0])
        return found

    def _calendars(self, derivation: str) -> Mapping[str, WorkCalendar]:
        wanted = deadlines.calendars_of(derivation)
        if missing := wanted - self._known.keys():
            self._known.update(recounting.calendars(self._connection, missing))
        return self._known


class _Work:
    """All that a recount writes."""

    def __init__(self, calendar: WorkCalendar, now: datetime) -> None:
        self.changes: list[Change] = []
        self.dues: list[tuple[date | None, str, datetime | None, int, str, int]] = []
        self.nexts: list[tuple[datetime | None, int, str, int]] = []
        self._calendar = calendar
        self._now = now
        # A day that moves is told in today's digest too, even if that has gone out with the old one.
        self._morning = at_eight(local_day(now)) - timedelta(microseconds=1)
        self._nexts: dict[tuple[str, date, datetime], datetime | None] = {}

    @property
    def moved(self) -> list[Change]:
        return [each for each in self.changes if not each.held]

    @property
    def references(self) -> list[str]:
        return [reminder_reference(each.nomination_id, each.deadline) for each in self.moved]

    def take(self, row: OpenRow, change: Change | None) -> None:
        if change is not None:
            self.changes.append(change)
        if change is None or change.held:
            self._move_reminder(row)
            return
        derivation = deadlines.recomputed(row.derivation, self._calendar)[1]
        next_at = None if row.stopped_on else self._next(row, change.due_after, self._morning)
        self.dues.append((change.due_after, derivation, next_at, row.nomination_id, row.deadline, row.run))

    def _move_reminder(self, row: OpenRow) -> None:
        """A rung stands on working days: where those changed it moves, unless it is owed already."""
        assert row.due_on is not None  # narrows the type
        if row.next_at is None or row.next_at <= self._now:
            return
        next_at = self._next(row, row.due_on, self._now)
        if next_at != row.next_at:
            self.nexts.append((next_at, row.nomination_id, row.deadline, row.run))

    def _next(self, row: OpenRow, due_on: date, after: datetime) -> datetime | None:
        key = (row.rule, due_on, after)
        if key not in self._nexts:
            packed = reminding.unpack(row.rule)
            self._nexts[key] = reminding.next_reminder(packed.remind, packed.escalate, due_on, self._calendar, after)
        return self._nexts[key]


def _record(connection: Connection, desk: Desk, moved: Iterable[Change], by: str, now: datetime) -> None:
    """One audit entry: which calendar, how many, and a digest over every day before and after."""
    lines = sorted((each.nomination_id, each.deadline, each.run, each.due_before, each.due_after) for each in moved)
    text = "".join(f"{id_}\t{name}\t{run}\t{before}\t{after}\n" for id_, name, run, before, after in lines)
    chain.append(
        connection,
        kind="recompute",
        payload={
            "calendar": desk.calendar.sha256,
            "moved": len(lines),
            "lines": sha256(text.encode()).hexdigest(),
        },
        secrets={"by": (desk.entropy(16), to_json(by))},
        now=now,
    )


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


def explain(desk: Desk, code: str, deadline: str | None = None) -> tuple[Explained, ...]:
    """How the due days of a nomination came about, line by line, on the calendars they were counted on.

    Its open deadlines; or, with a name, every run of that one. Raises `UnknownNomination`, and
    `recounting.UnknownCalendar` where a calendar was not kept.
    """
    with read(desk.engine) as connection:
        rows = recounting.of_code(connection, canonical(code))
        if not rows and not _known(connection, code):
            raise UnknownNomination(code)
        wanted = [row for row in rows if (row.name == deadline if deadline else row.closed_on is None)]
        return tuple(explained(connection, row.code, row) for row in wanted)


def _known(connection: Connection, code: str) -> bool:
    query = select(col(Nomination.id)).where(col(Nomination.code) == canonical(code))
    return connection.execute(query).first() is not None


def explained(connection: Connection, code: str, row: Any) -> Explained:
    """One row of a deadline, counted out. Raises `recounting.UnknownCalendar`."""
    derivation, due_on = row.derivation, row.due_on
    calendars = recounting.calendars(connection, deadlines.calendars_of(derivation))
    told = deadlines.explain(derivation, calendars, due_on)
    last = told.due_on or told.start_on
    return Explained(
        code=code,
        deadline=row.name,
        run=row.run,
        opened_on=row.opened_on,
        due_on=due_on,
        stopped_on=row.stopped_on,
        closed_on=row.closed_on,
        legal=reminding.unpack(row.rule).legal,
        explanation=told,
        provisional=any(each.provisional(told.start_on, last) for each in calendars.values()),
    )


def list_open(
    desk: Desk, wanted: OpenFilter = OpenFilter(), *, after: tuple[date, int, str] | None = None, limit: int = 50
) -> OpenPage:
    """A page of open deadlines, the earliest due first; `after` is the last page's `after`."""
    with read(desk.engine) as connection:
        rows = recounting.page(connection, list(_conditions(wanted)), after, limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    last = shown[-1] if more else None
    return OpenPage(tuple(shown), (last.due_on, last.nomination_id, last.deadline) if last and last.due_on else None)


def _conditions(wanted: OpenFilter) -> Iterator[Any]:
    if wanted.unit:
        yield col(Unit.code) == wanted.unit
    if wanted.unit_scope is not None:
        yield col(Unit.code).in_(wanted.unit_scope)
    if wanted.state:
        yield col(Nomination.state) == wanted.state
    if wanted.flow:
        yield col(Nomination.flow_id) == wanted.flow
    if wanted.round is not None:
        yield col(Nomination.round_id) == wanted.round
    if wanted.deadline:
        yield col(Deadline.name) == wanted.deadline
    if wanted.late_on is not None:
        yield col(Deadline.due_on) < wanted.late_on
    if wanted.until_on is not None:
        yield col(Deadline.due_on) <= wanted.until_on
