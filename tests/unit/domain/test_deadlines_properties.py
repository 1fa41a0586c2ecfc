"""What must hold of every deadline: never before its start, monotone, never shortened by a stop, explained."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from definitions.calendar import shipped
from definitions.flow import DeadlineRule, Span, YearDay
from workflow.domain import deadlines

CALENDAR = shipped()
DAY = timedelta(days=1)

days = st.dates(date(2020, 1, 1), date(2027, 6, 30))
rolls: st.SearchStrategy[Any] = st.sampled_from(["next", "previous", "strict"])
units: st.SearchStrategy[Any] = st.sampled_from(["working_days", "calendar_days", "months"])
amounts = st.integers(0, 60)


def rule(amount: int, unit: Any, roll: Any) -> DeadlineRule:
    return DeadlineRule("state.x", within=Span(amount, unit), roll=roll)


def on(rule: DeadlineRule, start: date) -> date:
    due_on = deadlines.due(rule, start, CALENDAR).due_on
    assert due_on
    return due_on


@given(days, amounts, units, rolls)
def test_a_due_day_is_never_before_the_start_and_never_earlier_for_a_longer_span(
    start: date, amount: int, unit: Any, roll: Any
) -> None:
    first, second = (on(rule(each, unit, roll), start) for each in (amount, amount + 1))
    assert start <= first <= second


@given(days, st.integers(1, 12), st.integers(1, 28), st.sampled_from([0, 1]), rolls)
def test_a_yearly_day_is_never_before_the_start_and_at_most_two_years_away(
    start: date, month: int, day: int, year: int, roll: Any
) -> None:
    due_on = on(DeadlineRule("flags", fixed=YearDay(month, day, year), roll=roll), start)
    assert due_on >= start or year == 1  # the year after, rolled back over New Year's Eve
    assert (due_on - start).days <= 366 + 366 + 15


@given(days, amounts, units, rolls, st.integers(-5, 90), st.integers(-5, 60))
@settings(max_examples=800)
def test_a_stop_never_shortens_and_a_longer_stop_never_shortens_more(
    start: date, amount: int, unit: Any, roll: Any, until_stop: int, length: int
) -> None:
    limit = rule(amount, unit, roll)
    before, stopped = on(limit, start), start + until_stop * DAY
    after = [
        deadlines.resume(before, start, stopped, stopped + each * DAY, limit, CALENDAR) for each in (length, length + 1)
    ]
    assert before <= after[0] <= after[1]


@given(days, st.integers(1, 60), rolls, st.integers(0, 90), st.integers(0, 60))
@settings(max_examples=800)
def test_a_stopped_clock_counts_exactly_the_working_days_it_ran(
    start: date, amount: int, roll: Any, until_stop: int, length: int
) -> None:
    """Count one day after another, leaving out those of the stop: no formula of the code is used."""
    limit = rule(amount, "working_days", roll)
    before, stopped = on(limit, start), start + until_stop * DAY
    resumed = stopped + length * DAY
    day, count = start, 0
    while count < amount:
        day += DAY
        count += CALENDAR.is_working(day) and not stopped < day <= resumed
    after = deadlines.resume(before, start, stopped, resumed, limit, CALENDAR)
    if stopped < before:
        assert after == day
    elif stopped > before:
        assert after == before


@given(
    days,
    amounts,
    units,
    rolls,
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=4),
    st.integers(0, 9),
)
@settings(max_examples=400)
def test_an_explanation_counts_to_the_day_that_the_deadline_holds(
    start: date, amount: int, unit: Any, roll: Any, gaps: list[tuple[int, int]], extension: int
) -> None:
    limit = rule(amount, unit, roll)
    due_on: date | None = on(limit, start)
    text = deadlines.derivation(limit, start, CALENDAR)
    day = start
    for run, pause in gaps:
        stopped, day = day + run * DAY, day + (run + pause) * DAY
        due_on, text = deadlines.resumed(text, due_on, stopped, day, CALENDAR)
        if extension == run:
            due_on = day + extension * DAY
            text = deadlines.extended(text, due_on, day)
    told = deadlines.explain(text, CALENDAR)
    assert told.due_on == due_on
    assert told.lines[0].day == told.start_on == start
    assert told.lines[-1].day == due_on
    assert all(each.cause for each in told.lines if each.what == "skipped")
    assert sum(each.what == "stopped" for each in told.lines) == len(gaps)
    assert deadlines.recomputed(text, CALENDAR) == (due_on, text)
