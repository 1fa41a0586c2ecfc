"""When a rule is due, and what a stopped clock does to it: days in, days out, on a `WorkCalendar`.

No text and no explanation (`deadlines`), no reminders (`reminding`). A deadline never decides anything.

The clock. Day zero is the day of the event (Civil Code, article 147); the due day is the last day
in time, until 24:00 in Vietnam. A clock that stops keeps what it has left: the day of the stop is
still used, what remains of the span runs on with the day of the resumption as its day zero. So a
stop of no days changes nothing, and no stop ever shortens. A span of working days keeps working
days; other spans keep calendar days to the due day that people saw. A limit that had already run
out stays where it was: a stop mends no delay. Days named by law, by the round or by an act do not
move with a clock. A state whose clock *restarts* needs nothing here: it is a new deadline from the
new day on which the dossier is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from definitions.calendar import WorkCalendar
from definitions.flow import DeadlineRule, Span, YearDay

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Due:
    """The last local day in time; None when the day it hangs on is not known.

    `given` is a day named by the round, the act or the law, before rolling. `provisional` says
    that the count touches a year whose calendar nobody has confirmed.
    """

    due_on: date | None
    provisional: bool = False
    given: date | None = None


# ── due ──────────────────────────────────────────────────────────────────────────────────────────


def due(
    rule: DeadlineRule,
    start_on: date,
    calendar: WorkCalendar,
    *,
    cutoff: date | None = None,
    fields: Mapping[str, Any] = NO_FIELDS,
) -> Due:
    """When `rule` is due for a clock that starts on `start_on` (day zero).

    `cutoff` is the round's last day for this flow; `fields` hold what the act brings (and facts by
    name). A span never ends before its start; a day named by the round or the act may.
    """
    if rule.within:
        last = calendar.add(start_on, rule.within, rule.roll)
        # Months and calendar days ask the calendar only about the day they end on.
        asked_from = start_on if rule.within.unit == "working_days" else calendar.nominal(start_on, rule.within)
        sure = rule.roll == "strict" and rule.within.unit != "working_days"
        return Due(last, not sure and calendar.provisional(asked_from, last))
    given = fixed_day(rule.fixed, start_on, rule, calendar) if rule.fixed else _named(rule.on or "", cutoff, fields)
    if given is None:
        return Due(None)
    last = calendar.rolled(given, rule.roll)
    return Due(last, rule.roll != "strict" and calendar.provisional(given, last), given)


def _named(on: str, cutoff: date | None, fields: Mapping[str, Any]) -> date | None:
    if on == "round.cutoff":
        return cutoff
    value = fields.get(on.partition(".")[2])
    if isinstance(value, str):  # a date that came back out of stored JSON
        return _iso(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def fixed_day(fixed: YearDay, start_on: date, rule: DeadlineRule, calendar: WorkCalendar) -> date:
    """That day of the year; with `year = 0` the first one whose rolled day is not before the start."""
    day = _year_day(fixed, start_on.year + fixed.year)
    if fixed.year == 0 and calendar.rolled(day, rule.roll) < start_on:
        return _year_day(fixed, start_on.year + 1)
    return day


def _year_day(fixed: YearDay, year: int) -> date:
    """30 June of that year; 29 February is the 28th where there is none."""
    try:
        return date(year, fixed.month, fixed.day)
    except ValueError:
        return date(year, fixed.month + 1, 1) - timedelta(days=1)


# ── a clock that stopped ─────────────────────────────────────────────────────────────────────────


def resume(
    due_before: date, start_on: date, stopped_on: date, resumed_on: date, rule: DeadlineRule, calendar: WorkCalendar
) -> date:
    """The due day after a stop; see the top of this module. Never earlier than `due_before`."""
    rest = run_on(due_before, start_on, stopped_on, resumed_on, rule, calendar)
    return max(due_before, calendar.add(*rest, rule.roll)) if rest else due_before


def run_on(
    due_before: date, start_on: date, stopped_on: date, resumed_on: date, rule: DeadlineRule, calendar: WorkCalendar
) -> tuple[date, Span] | None:
    """From which day a stopped clock runs on and what it has left; None when the stop changes nothing.

    A stop before the start began with the start; a resumption not after the stop is a stop of no days.
    """
    stopped_on = max(stopped_on, start_on)
    if rule.within is None or stopped_on > due_before or resumed_on <= stopped_on:
        return None
    if rule.within.unit == "working_days":
        return resumed_on, Span(calendar.working_between(stopped_on, due_before), "working_days")
    return resumed_on, Span((due_before - stopped_on).days, "calendar_days")
