"""The calendar against a counter that looks at one day after another and shares no code with it."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from definitions.calendar import Roll, WorkCalendar, shipped
from definitions.flow import Span

CALENDAR = shipped()
RAW = tomllib.loads(CALENDAR.text)
DAY = timedelta(days=1)

days = st.dates(date(2019, 11, 1), date(2028, 3, 31))
rolls: st.SearchStrategy[Roll] = st.sampled_from(["next", "previous", "strict"])
units: st.SearchStrategy[Any] = st.sampled_from(["working_days", "calendar_days", "months", "years"])
spans = st.builds(Span, st.integers(0, 60), units)  # years reach far beyond the covered ones


def worked(day: date, raw: dict[str, Any] = RAW) -> bool:
    if any(row["on"] == day for row in raw["work"]):
        return True
    return day.isoweekday() <= 5 and all(row["on"] != day for row in raw["off"])


WORKED = {day for n in range(3800) if worked(day := date(2018, 6, 1) + n * DAY)}


def slowly(start: date, amount: int) -> date:
    step = DAY if amount > 0 else -DAY
    while amount:
        start += step
        if start in WORKED:
            amount -= 1 if amount > 0 else -1
    return start


@pytest.mark.slow
@given(days, st.integers(-120, 120))
@settings(max_examples=2500)
def test_adding_working_days_agrees_with_counting_them_one_by_one(start: date, amount: int) -> None:
    assert CALENDAR.add_working(start, amount) == slowly(start, amount)


@pytest.mark.slow
@given(days, days)
@settings(max_examples=500)
def test_working_days_between_two_days_agree_with_counting_them(a: date, b: date) -> None:
    first, last = min(a, b), max(a, b)
    count = sum(first + n * DAY in WORKED for n in range(1, (last - first).days + 1))
    assert CALENDAR.working_between(a, b) == (count if a <= b else -count)


@given(days, st.integers(0, 200))
def test_adding_is_undone_by_counting(start: date, amount: int) -> None:
    assert CALENDAR.working_between(start, CALENDAR.add_working(start, amount)) == amount


@given(days, spans, rolls)
def test_a_span_never_ends_before_it_starts(start: date, span: Span, roll: Roll) -> None:
    assert CALENDAR.add(start, span, roll) >= start


@given(days, spans, rolls)
def test_a_longer_span_never_ends_earlier(start: date, span: Span, roll: Roll) -> None:
    assert CALENDAR.add(start, Span(span.amount + 1, span.unit), roll) >= CALENDAR.add(start, span, roll)


@given(days, spans, rolls)
def test_a_later_start_never_ends_earlier(start: date, span: Span, roll: Roll) -> None:
    assert CALENDAR.add(start + DAY, span, roll) >= CALENDAR.add(start, span, roll)


@given(days, spans)
def test_a_due_day_is_worked_unless_the_rule_is_strict(start: date, span: Span) -> None:
    assert worked(CALENDAR.add(start, span, "next"))
    assert worked(CALENDAR.add(start, span, "previous"))


@given(days, spans, rolls)
def test_an_explanation_ends_on_the_due_day_and_counts_to_the_amount(start: date, span: Span, roll: Roll) -> None:
    steps = CALENDAR.explain(start, span, roll)
    assert (steps[-1].day if steps else start) == CALENDAR.add(start, span, roll)
    assert max((each.number for each in steps if each.number), default=0) == span.amount
    assert [each.number for each in steps if each.counted] == [each.number for each in steps if each.number]
    if span.unit == "working_days":
        assert [each.day for each in steps if each.counted] == [each.day for each in steps if worked(each.day)][
            : span.amount
        ]
    assert all(each.cause for each in steps if not worked(each.day))


@pytest.mark.slow
@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=12), st.data())
@settings(max_examples=60)
def test_an_override_moves_counts_exactly_by_its_own_days(off: set[date], data: st.DataObject) -> None:
    work = data.draw(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)).filter(lambda day: day not in off)))
    text = "".join(f'[[off]]\non = {day}\nname = {{ vi = "A", en = "B" }}\ndocument = "1"\n' for day in off)
    text += "".join(f'[[work]]\non = {day}\ndocument = "1"\n' for day in work)
    changed: WorkCalendar = CALENDAR.overridden(text)
    year = [date(2026, 1, 1) + n * DAY for n in range(365)]
    expected = {day for day in year if day in work or (day in WORKED and day not in off)}
    assert {day for day in year if changed.is_working(day)} == expected
    assert changed.working_between(date(2025, 12, 31), date(2026, 12, 31)) == len(expected)
