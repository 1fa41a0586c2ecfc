"""The working-day calendar: which local days are worked and why not, and counting in them.

Pure arithmetic on a frozen value. The text of a calendar is read by `calendar_text`; the shipped
one was resolved from public data and our override by `calendar_vietnam`, so that nothing here
waits for that library. Law: Civil Code 2015, articles 147–148 (the day of the event is not
counted; a month without that day ends on its last day; a last day off moves to the next working
day). Outside the years covered only Saturdays and Sundays are known, and results are provisional.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from definitions import calendar_text
from definitions.calendar_text import CalendarData, CalendarRefused, MarkedDay
from definitions.flow import Span, Words

__all__ = [
    "EIGHT", "LOCAL", "SHIPPED", "CalendarRefused", "Cause", "Roll", "Step", "WorkCalendar", "at_eight", "local",
    "local_day", "shipped",
]  # fmt: skip

Roll = Literal["next", "previous", "strict"]

# Raises at import where the machine has no time zone data: better no start than a wrong day.
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
SHIPPED = Path(__file__).parent / "calendars" / "vn-2020-2027.toml"
EIGHT = time(8)
_DAY = timedelta(days=1)


def local(instant: datetime) -> datetime:
    """Day and hour in Vietnam. Raises ValueError for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(LOCAL)


def local_day(instant: datetime) -> date:
    """The day in Vietnam. Raises ValueError for an instant without a time zone."""
    return local(instant).date()


def at_eight(day: date) -> datetime:
    """08:00 of that day in Vietnam, in UTC: when digests go out."""
    return datetime.combine(day, EIGHT, LOCAL).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a day is not what its weekday says, or is a weekend. `made_up` days are worked."""

    kind: Literal["weekend", "day_off", "made_up"]
    name: Words
    document: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One day of a count. `number` is its place in the span; days skipped or rolled over have none."""

    day: date
    counted: bool
    number: int | None = None
    cause: Cause | None = None


@dataclass(frozen=True, eq=False, slots=True)
class WorkCalendar:
    """Days off, worked days and the years they are known for. Equal when their texts are.

    `working` holds every working day of the covered years in order: counting is a bisection.
    """

    text: str
    sha256: str
    first_year: int
    last_year: int
    confirmed_years: frozenset[int]
    off: Mapping[date, Cause]
    worked: Mapping[date, Cause]
    weekend: Cause
    working: tuple[date, ...]

    @classmethod
    def from_text(cls, text: str, file: str = "calendar") -> WorkCalendar:
        """The calendar that a whole calendar's text describes. Raises CalendarRefused."""
        return _built(calendar_text.parse(text, file), text)

    def overridden(self, text: str, file: str = "override") -> WorkCalendar:
        """This calendar with an installation's own days on top. Raises CalendarRefused."""
        base = calendar_text.parse(self.text, file)
        over = calendar_text.parse(text, file, base)
        merged = calendar_text.write(calendar_text.merge(base, over))
        return WorkCalendar.from_text(merged, file)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkCalendar) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    # ── one day ──

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def cause(self, day: date) -> Cause | None:
        """Why `day` is off, or why it is worked although it would be off; None for a plain weekday."""
        found = self.worked.get(day) or self.off.get(day)
        return found or (self.weekend if day.weekday() >= 5 else None)

    def next_working(self, day: date) -> date:
        """`day` itself, or the first working day after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def previous_working(self, day: date) -> date:
        """`day` itself, or the last working day before it."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def rolled(self, day: date, roll: Roll) -> date:
        """Where a last day off moves under this policy; `strict` leaves it."""
        if roll == "strict":
            return day
        return self.next_working(day) if roll == "next" else self.previous_working(day)

    # ── counting ──

    def add_working(self, start: date, amount: int, roll: Roll = "strict") -> date:
        """The `amount`-th working day after `start` (before it, when negative); start is day zero.

        Nothing to count gives `start` itself, rolled if asked.
        """
        if amount == 0:
            return self.rolled(start, roll)
        days = self.working
        index = bisect_right(days, start) - 1 + amount if amount > 0 else bisect_left(days, start) + amount
        # A start outside the tuple bisects to its edge, from where counting on would be wrong.
        if 0 <= index < len(days) and self.first_year <= start.year <= self.last_year:
            return days[index]
        return self._walk(start, amount)

    def _walk(self, start: date, amount: int) -> date:
        """The same by single days, for counts that leave the covered years."""
        step = _DAY if amount > 0 else -_DAY
        day, left = start, abs(amount)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def working_between(self, after: date, until: date) -> int:
        """How many working days lie after `after` up to and with `until`; negative when it lies before."""
        if after > until:
            return -self.working_between(until, after)
        if self.first_year <= after.year and until.year <= self.last_year:
            return bisect_right(self.working, until) - bisect_right(self.working, after)
        return sum(map(self.is_working, _days(after, until)))

    def add(self, start: date, span: Span, roll: Roll = "next") -> date:
        """The last day of `span` counted from `start`, never before `start`.

        Rolling back over the start (a weekend, a short span) goes forward instead.
        """
        return self._settled(start, self.nominal(start, span), roll)

    def nominal(self, start: date, span: Span) -> date:
        """The last day of `span` before any rolling. Months end on the same day number or their last day."""
        if span.unit == "working_days":
            return self.add_working(start, span.amount)
        if span.unit == "calendar_days":
            return start + timedelta(days=span.amount)
        return _months_later(start, span.amount * (12 if span.unit == "years" else 1))

    def _settled(self, start: date, last: date, roll: Roll) -> date:
        day = self.rolled(last, roll)
        return day if day >= start else self.next_working(last)

    # ── telling ──

    def explain(self, start: date, span: Span, roll: Roll = "next") -> tuple[Step, ...]:
        """The count day by day, ending on the due day (no step: due on `start`).

        Working days: every day after `start`, counted or skipped with its cause. Calendar days:
        every day, counted. Months and years: only their last day. Then the days a last day off is
        rolled over, none of them counted, each with its cause, and the day it lands on.
        """
        last = self.nominal(start, span)
        return (*self._counted(start, last, span), *self.rolling(last, self._settled(start, last, roll)))

    def _counted(self, start: date, last: date, span: Span) -> Iterator[Step]:
        if span.unit in ("months", "years"):
            if last != start:
                yield Step(last, True, span.amount, self.cause(last))
            return
        number = 0
        for day in _days(start, last):
            counts = span.unit == "calendar_days" or self.is_working(day)
            number += counts
            yield Step(day, counts, number if counts else None, self.cause(day))

    def rolling(self, last: date, landing: date) -> Iterator[Step]:
        """The days after `last` that rolling passes, and the one it lands on; none of them counted."""
        step = _DAY if landing > last else -_DAY
        while last != landing:
            last += step
            yield Step(last, False, None, self.cause(last))

    # ── how sure ──

    def provisional(self, one: date, other: date) -> bool:
        """Whether the days between the two touch a year that nobody has confirmed."""
        first, last = sorted((one.year, other.year))
        return any(year not in self.confirmed_years for year in range(first, last + 1))

    def to_confirm(self, on: date) -> tuple[int, ...]:
        """Years an admin must confirm now: this one, and from October the next."""
        years = (on.year, on.year + 1) if on.month >= 10 else (on.year,)
        return tuple(year for year in years if year not in self.confirmed_years)


@cache
def shipped() -> WorkCalendar:
    """The calendar that comes with khen: Vietnam's public sector, 2020–2027."""
    return WorkCalendar.from_text(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)


def _built(data: CalendarData, text: str) -> WorkCalendar:
    off = {each.on: _cause("day_off", each) for each in data.off}
    worked = {each.on: _cause("made_up", each) for each in data.work}
    draft = WorkCalendar(
        text=text,
        sha256=sha256(text.encode()).hexdigest(),
        first_year=data.years[0],
        last_year=data.years[1],
        confirmed_years=frozenset(data.confirmed),
        off=off,
        worked=worked,
        weekend=Cause("weekend", data.weekend),
        working=(),
    )
    days = _days(date(data.years[0], 1, 1) - _DAY, date(data.years[1], 12, 31))
    return replace(draft, working=tuple(filter(draft.is_working, days)))


def _cause(kind: Literal["day_off", "made_up"], marked: MarkedDay) -> Cause:
    return Cause(kind, marked.name, marked.document)


def _days(after: date, until: date) -> Iterator[date]:
    """Every day after `after` up to and with `until`."""
    return map(date.fromordinal, range(after.toordinal() + 1, until.toordinal() + 1))


def _months_later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
