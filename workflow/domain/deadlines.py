"""How a due day is kept so that a person can check it: derivations, their stops, and `explain`.

The days themselves come from `clocks`, the derivation's text from `ledgers`. No reminders
(`reminding`) and no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from definitions.calendar import Cause, Step, WorkCalendar
from definitions.flow import DeadlineRule, Span
from workflow.domain.clocks import Due, due, fixed_day, resume, run_on
from workflow.domain.ledgers import Extension, Ledger, Stop, moved, read, write

__all__ = [
    "Due", "Explanation", "Line", "calendars_of", "derivation", "due", "explain", "extended", "recomputed", "resume",
    "resumed",
]  # fmt: skip

_DAYS = frozenset({"counted", "skipped", "rolled"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation, in the order a person would count.

    start: day zero. counted: a day with its number in the span. skipped: a day off, with its
    cause. rolled: a day passed or landed on because the last day was off. named: a day given by
    the round, the act or the law. stopped: the clock stood from `day` to `until`, `number` days
    were left (None: it changed nothing). extended: on `day` a person gave `until` as the due day.
    set: the deadline holds `day` though the derivation says otherwise. due: the last day in time.
    """

    what: Literal["start", "counted", "skipped", "rolled", "named", "stopped", "extended", "set", "due"]
    day: date
    number: int | None = None
    cause: Cause | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a due day came about; the last line is the due day, where there is one."""

    start_on: date
    due_on: date | None
    lines: tuple[Line, ...]


def derivation(
    rule: DeadlineRule,
    start_on: date,
    calendar: WorkCalendar,
    stops: Sequence[tuple[date, date]] = (),
    *,
    given: date | None = None,
) -> str:
    """Compact JSON from which the due day can be computed again: start, rule, calendar, stops.

    `given` is `Due.given`, for rules that hang on a day outside the rule.
    """
    ledger = tuple(Stop(stopped_on, resumed_on, calendar.sha256) for stopped_on, resumed_on in stops)
    return write(Ledger(start_on, rule, calendar.sha256, ledger, given if rule.on else None))


def resumed(
    text: str, due_before: date | None, stopped_on: date, resumed_on: date, calendar: WorkCalendar
) -> tuple[date | None, str]:
    """The due day after a stop, and the derivation with that stop in its ledger."""
    ledger = read(text)
    stops = (*ledger.stops, Stop(stopped_on, resumed_on, calendar.sha256))
    after = due_before and resume(due_before, ledger.start_on, stopped_on, resumed_on, ledger.rule, calendar)
    return after, write(replace(ledger, stops=stops))


def extended(text: str, due_on: date, on: date) -> str:
    """The derivation after a person gave another due day on `on`; what was before stays inside it."""
    was = read(text)
    return write(Ledger(was.start_on, was.rule, was.calendar, (), extension=Extension(on, due_on, was)))


def recomputed(text: str, calendar: WorkCalendar) -> tuple[date | None, str]:
    """The same deadline on another calendar (days off were decided later): an explicit act, previewed first."""
    ledger = moved(read(text), calendar.sha256)
    return _Telling({calendar.sha256: calendar}).tell(ledger), write(ledger)


def calendars_of(text: str) -> frozenset[str]:
    """The SHA-256 of every calendar that `explain` needs for this derivation."""
    ledger = read(text)
    found = {ledger.calendar, *(stop.calendar for stop in ledger.stops)}
    while ledger.extension:
        ledger = ledger.extension.was
        found |= {ledger.calendar, *(stop.calendar for stop in ledger.stops)}
    return frozenset(found)


def explain(text: str, calendars: WorkCalendar | Mapping[str, WorkCalendar], due_on: date | None = None) -> Explanation:
    """Counts a derivation again, line by line. Raises LookupError for a calendar that is not given.

    `due_on` is the day the deadline holds: it names the day of a rule whose day was not written
    down, and where it differs from the count the explanation says so.
    """
    ledger = read(text)
    known = {calendars.sha256: calendars} if isinstance(calendars, WorkCalendar) else calendars
    telling = _Telling(known, due_on)
    last = telling.tell(ledger)
    if due_on and due_on != last:
        telling.lines.append(Line("set", due_on))
        last = due_on
    if last:
        telling.lines.append(Line("due", last))
    return Explanation(ledger.start_on, last, tuple(telling.lines))


class _Telling:
    """Computes a ledger's due day again and writes down each line on the way."""

    def __init__(self, calendars: Mapping[str, WorkCalendar], held: date | None = None) -> None:
        self.lines: list[Line] = []
        self._calendars = calendars
        self._held = held
        self._settled = 0  # lines before this one are history: a later stop leaves them as they are

    def tell(self, ledger: Ledger) -> date | None:
        """The due day that the ledger leads to; its lines are in `lines`."""
        due_on = self._extended(ledger.extension) if ledger.extension else self._opened(ledger)
        for stop in ledger.stops:
            due_on = due_on and self._stopped(ledger, stop, due_on)
        return due_on

    def _opened(self, ledger: Ledger) -> date | None:
        rule, start_on, calendar = ledger.rule, ledger.start_on, self._calendars[ledger.calendar]
        self.lines.append(Line("start", start_on))
        if rule.within:
            self._count(start_on, rule.within, rule, calendar)
            return calendar.add(start_on, rule.within, rule.roll)
        given = fixed_day(rule.fixed, start_on, rule, calendar) if rule.fixed else ledger.given or self._held
        if given is None:
            return None
        self.lines.append(Line("named", given, cause=calendar.cause(given)))
        last = calendar.rolled(given, rule.roll)
        self._roll(calendar.rolling(given, last))
        return last

    def _extended(self, extension: Extension) -> date:
        self._held = None  # the day held now is not the one that was
        self.tell(extension.was)
        self.lines.append(Line("extended", extension.on, until=extension.due_on))
        self._settled = len(self.lines)
        return extension.due_on

    def _stopped(self, ledger: Ledger, stop: Stop, due_on: date) -> date:
        calendar = self._calendars[stop.calendar]
        clock = (due_on, ledger.start_on, stop.stopped_on, stop.resumed_on, ledger.rule, calendar)
        rest = run_on(*clock)
        if rest is None:
            self.lines.append(Line("stopped", stop.stopped_on, until=stop.resumed_on))
            return due_on
        # Days after the stop were never counted: they come again after it, with other dates.
        run = self.lines[self._settled :]
        self.lines[self._settled :] = [each for each in run if each.what not in _DAYS or each.day <= stop.stopped_on]
        self.lines.append(Line("stopped", stop.stopped_on, rest[1].amount, until=stop.resumed_on))
        self._count(*rest, ledger.rule, calendar)
        return resume(*clock)

    def _count(self, start: date, span: Span, rule: DeadlineRule, calendar: WorkCalendar) -> None:
        """The days of one run of the clock, then those that its last day rolls over."""
        last = calendar.nominal(start, span)
        steps = calendar.explain(start, span, "strict")
        if span.unit == "calendar_days" and rule.within and rule.within.unit != span.unit:
            steps = steps[-1:]  # what is left of months or years is not listed day by day
        for each in steps:
            self.lines.append(Line("counted" if each.counted else "skipped", each.day, each.number, each.cause))
        self._roll(calendar.rolling(last, calendar.add(start, span, rule.roll)))

    def _roll(self, steps: Iterable[Step]) -> None:
        self.lines.extend(Line("rolled", each.day, cause=each.cause) for each in steps)
