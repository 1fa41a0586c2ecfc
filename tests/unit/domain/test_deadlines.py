"""Due days, stopped clocks and their explanations, against days counted by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from definitions.calendar import WorkCalendar, shipped
from definitions.flow import DeadlineRule, Span, YearDay
from workflow.domain import deadlines
from workflow.domain.deadlines import Due, Line

CALENDAR = shipped()
LATER = CALENDAR.overridden(
    '[[off]]\non = 2026-03-09\nname = { vi = "Quốc tang", en = "State mourning" }\ndocument = "9/TB"\n'
)


def days(amount: int, unit: Any = "working_days", roll: Any = "next") -> DeadlineRule:
    return DeadlineRule("state.appraising", within=Span(amount, unit), roll=roll)


def named(on: str, roll: Any = "next") -> DeadlineRule:
    return DeadlineRule("state.supplement_requested", on=on, roll=roll)


def yearly(month: int, day: int, year: int = 0, roll: Any = "next") -> DeadlineRule:
    return DeadlineRule("flags", fixed=YearDay(month, day, year), roll=roll)


# ── due ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "start", "due_on"),
    [
        (days(30), date(2026, 2, 2), date(2026, 3, 23)),
        (days(25), date(2026, 1, 5), date(2026, 2, 6)),  # 10/01 is worked
        (days(20), date(2026, 1, 30), date(2026, 3, 6)),
        (days(10), date(2026, 8, 21), date(2026, 9, 8)),
        (days(45, "calendar_days"), date(2026, 10, 8), date(2026, 11, 23)),
        (days(6, "months"), date(2026, 8, 31), date(2027, 3, 1)),
        (days(6, "months", "strict"), date(2026, 8, 31), date(2027, 2, 28)),
        (days(1, "years", "strict"), date(2028, 2, 29), date(2029, 2, 28)),
        (days(0), date(2026, 2, 17), date(2026, 2, 23)),
        # Cờ của Chính phủ: 30/06 each year
        (yearly(6, 30), date(2026, 3, 2), date(2026, 6, 30)),
        (yearly(6, 30), date(2026, 6, 30), date(2026, 6, 30)),
        (yearly(6, 30), date(2026, 7, 1), date(2027, 6, 30)),
        # CSTĐ toàn quốc: 31/12 of the year after the decision
        (yearly(12, 31, 1), date(2025, 3, 10), date(2026, 12, 31)),
        (yearly(12, 31, 1, "previous"), date(2026, 3, 10), date(2027, 12, 31)),
        # a day that a round fixed on a Sunday
        (yearly(1, 31), date(2027, 1, 4), date(2027, 2, 1)),
        (yearly(1, 31), date(2027, 2, 1), date(2027, 2, 1)),  # rolled: still in time
        (yearly(1, 31), date(2027, 2, 2), date(2028, 1, 31)),
        (yearly(1, 31, 0, "previous"), date(2027, 1, 4), date(2027, 1, 29)),
        (yearly(1, 31, 0, "strict"), date(2027, 1, 4), date(2027, 1, 31)),
        (yearly(1, 31, 0, "strict"), date(2027, 2, 1), date(2028, 1, 31)),
        (yearly(2, 29, 0, "strict"), date(2028, 1, 4), date(2028, 2, 29)),
        (yearly(2, 29, 1, "strict"), date(2026, 1, 5), date(2027, 2, 28)),
    ],
)
def test_rules_counted_by_hand(rule: DeadlineRule, start: date, due_on: date) -> None:
    assert deadlines.due(rule, start, CALENDAR).due_on == due_on
    assert deadlines.explain(deadlines.derivation(rule, start, CALENDAR), CALENDAR).due_on == due_on


def test_a_rule_of_the_round_follows_its_cutoff_and_its_policy() -> None:
    sunday = date(2027, 2, 28)
    assert deadlines.due(named("round.cutoff"), date(2027, 1, 4), CALENDAR, cutoff=sunday) == Due(
        date(2027, 3, 1), True, sunday
    )
    assert deadlines.due(named("round.cutoff", "previous"), date(2027, 1, 4), CALENDAR, cutoff=sunday) == Due(
        date(2027, 2, 26), True, sunday
    )
    assert deadlines.due(named("round.cutoff", "strict"), date(2027, 1, 4), CALENDAR, cutoff=sunday) == Due(
        sunday, False, sunday
    )
    assert deadlines.due(named("round.cutoff"), date(2027, 1, 4), CALENDAR) == Due(None)


@pytest.mark.parametrize("value", [date(2026, 3, 12), "2026-03-12"])
def test_a_rule_of_the_act_takes_the_day_the_act_brings(value: object) -> None:
    due = deadlines.due(named("act.due_on"), date(2026, 3, 2), CALENDAR, fields={"due_on": value})
    assert due == Due(date(2026, 3, 12), False, date(2026, 3, 12))
    assert deadlines.due(named("fact.due_on"), date(2026, 3, 2), CALENDAR, fields={"due_on": value}) == due


@pytest.mark.parametrize("value", [None, "next week", 12, datetime(2026, 3, 12, tzinfo=UTC)])
def test_a_day_that_is_not_known_gives_no_due_day(value: object) -> None:
    fields = {"due_on": value}
    assert deadlines.due(named("act.due_on"), date(2026, 3, 2), CALENDAR, fields=fields) == Due(None)
    assert deadlines.due(named("act.other"), date(2026, 3, 2), CALENDAR, fields=fields) == Due(None)


@pytest.mark.parametrize(
    ("rule", "start", "provisional"),
    [
        (days(5), date(2026, 12, 24), False),
        (days(6), date(2026, 12, 24), True),
        (days(6, "months"), date(2026, 8, 31), True),
        (days(6, "months", "strict"), date(2026, 8, 31), False),
        (days(5, "working_days", "strict"), date(2026, 12, 30), True),
        (days(7, "years"), date(2019, 3, 2), False),  # only the last day asks the calendar
        (yearly(6, 30), date(2027, 1, 4), True),
        (yearly(6, 30, 0, "strict"), date(2027, 1, 4), False),
    ],
)
def test_a_due_day_that_hangs_on_an_unconfirmed_year_is_provisional(
    rule: DeadlineRule, start: date, provisional: bool
) -> None:
    assert deadlines.due(rule, start, CALENDAR).provisional is provisional


# ── a clock that stopped ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "start", "stopped", "resumed", "before", "after"),
    [
        # 30 working days from 02/02; stopped after 12, 18 left
        (days(30), date(2026, 2, 2), date(2026, 2, 25), date(2026, 3, 5), date(2026, 3, 23), date(2026, 3, 31)),
        # stopped and let run on within a day: nothing changes
        (days(30), date(2026, 2, 2), date(2026, 2, 25), date(2026, 2, 25), date(2026, 3, 23), date(2026, 3, 23)),
        # over a weekend the clock did not run anyway
        (days(30), date(2026, 2, 2), date(2026, 2, 27), date(2026, 3, 1), date(2026, 3, 23), date(2026, 3, 23)),
        # over Tết neither
        (days(10), date(2026, 2, 9), date(2026, 2, 13), date(2026, 2, 22), date(2026, 3, 2), date(2026, 3, 2)),
        # stopped on the day zero
        (days(10), date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 16), date(2026, 3, 18)),
        # stopped on the last day: nothing left, due on the day of the resumption
        (days(10), date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 20), date(2026, 3, 16), date(2026, 3, 20)),
        (days(10), date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 21), date(2026, 3, 16), date(2026, 3, 23)),
        # already overdue: a stop mends no delay
        (days(10), date(2026, 3, 2), date(2026, 3, 17), date(2026, 3, 30), date(2026, 3, 16), date(2026, 3, 16)),
        # dated before the stop, or before the start
        (days(10), date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 4), date(2026, 3, 16), date(2026, 3, 16)),
        (days(10), date(2026, 3, 2), date(2026, 2, 25), date(2026, 3, 4), date(2026, 3, 16), date(2026, 3, 18)),
        # calendar days keep calendar days: 24 left
        (
            days(45, "calendar_days"), date(2026, 10, 8), date(2026, 10, 30), date(2026, 11, 9),
            date(2026, 11, 23), date(2026, 12, 3),
        ),
        (
            days(6, "months"), date(2026, 8, 31), date(2027, 2, 26), date(2027, 3, 8),
            date(2027, 3, 1), date(2027, 3, 11),
        ),
        # a day of the law does not move
        (yearly(6, 30), date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 4), date(2026, 6, 30), date(2026, 6, 30)),
    ],
)  # fmt: skip
def test_stops_counted_by_hand(
    rule: DeadlineRule, start: date, stopped: date, resumed: date, before: date, after: date
) -> None:
    assert deadlines.due(rule, start, CALENDAR).due_on == before
    assert deadlines.resume(before, start, stopped, resumed, rule, CALENDAR) == after
    text = deadlines.derivation(rule, start, CALENDAR)
    due_on, text = deadlines.resumed(text, before, stopped, resumed, CALENDAR)
    assert due_on == after
    assert text == deadlines.derivation(rule, start, CALENDAR, [(stopped, resumed)])
    assert deadlines.explain(text, CALENDAR).due_on == after


def test_a_day_off_given_by_a_person_is_not_shortened_by_a_stop_over_the_weekend() -> None:
    sunday = date(2026, 3, 15)
    for roll in ("next", "previous", "strict"):
        rule = days(10, "working_days", roll)
        assert (
            deadlines.resume(sunday, date(2026, 3, 2), date(2026, 3, 13), date(2026, 3, 14), rule, CALENDAR) >= sunday
        )


def test_a_deadline_without_a_day_stays_without_one_after_a_stop() -> None:
    text = deadlines.derivation(named("act.due_on"), date(2026, 3, 2), CALENDAR)
    due_on, text = deadlines.resumed(text, None, date(2026, 3, 4), date(2026, 3, 6), CALENDAR)
    assert due_on is None
    assert [each.what for each in deadlines.explain(text, CALENDAR).lines] == ["start"]


# ── the derivation ───────────────────────────────────────────────────────────────────────────────


def test_a_derivation_names_start_rule_calendar_and_stops() -> None:
    text = deadlines.derivation(days(30), date(2026, 2, 2), CALENDAR, [(date(2026, 2, 25), date(2026, 3, 5))])
    assert json.loads(text) == {
        "from": "2026-02-02",
        "rule": {"within": [30, "working_days"], "roll": "next"},
        "calendar": CALENDAR.sha256,
        "stops": [["2026-02-25", "2026-03-05"]],
    }
    assert " " not in text


def test_the_explanation_lists_each_skipped_day_with_its_cause_and_each_stop() -> None:
    text = deadlines.derivation(days(4), date(2026, 2, 12), CALENDAR, [(date(2026, 2, 24), date(2026, 2, 26))])
    told = deadlines.explain(text, CALENDAR)
    assert [
        (each.what, f"{each.day:%d/%m}", each.number, each.cause.name.vi if each.cause else "") for each in told.lines
    ] == [
        ("start", "12/02", None, ""),
        ("counted", "13/02", 1, ""),
        ("skipped", "14/02", None, "Nghỉ hằng tuần"),
        ("skipped", "15/02", None, "Nghỉ hằng tuần"),
        ("skipped", "16/02", None, "Giao thừa Tết Nguyên Đán"),
        ("skipped", "17/02", None, "Tết Nguyên Đán"),
        ("skipped", "18/02", None, "Mùng hai Tết Nguyên Đán"),
        ("skipped", "19/02", None, "Mùng ba Tết Nguyên Đán"),
        ("skipped", "20/02", None, "Mùng bốn Tết Nguyên Đán"),
        ("skipped", "21/02", None, "Nghỉ hằng tuần"),
        ("skipped", "22/02", None, "Nghỉ hằng tuần"),
        ("counted", "23/02", 2, ""),
        ("counted", "24/02", 3, ""),
        ("stopped", "24/02", 1, ""),
        ("counted", "27/02", 1, ""),
        ("due", "27/02", None, ""),
    ]
    assert told.lines[-3].until == date(2026, 2, 26)
    assert told.due_on == date(2026, 2, 27)
    assert told.start_on == date(2026, 2, 12)


def test_a_make_up_saturday_is_counted_and_says_why() -> None:
    told = deadlines.explain(deadlines.derivation(days(1), date(2026, 1, 9), CALENDAR), CALENDAR)
    (saturday,) = [each for each in told.lines if each.what == "counted"]
    assert (saturday.day, saturday.number) == (date(2026, 1, 10), 1)
    assert saturday.cause
    assert saturday.cause.document == "12729/VPCP-KGVX"


def test_rolling_is_told_day_by_day_up_to_the_day_it_lands_on() -> None:
    text = deadlines.derivation(named("round.cutoff"), date(2027, 1, 4), CALENDAR, given=date(2027, 2, 28))
    weekend = CALENDAR.weekend
    assert deadlines.explain(text, CALENDAR).lines == (
        Line("start", date(2027, 1, 4)),
        Line("named", date(2027, 2, 28), cause=weekend),
        Line("rolled", date(2027, 3, 1)),
        Line("due", date(2027, 3, 1)),
    )
    text = deadlines.derivation(named("round.cutoff", "previous"), date(2027, 1, 4), CALENDAR, given=date(2027, 2, 28))
    assert [each.day.day for each in deadlines.explain(text, CALENDAR).lines] == [4, 28, 27, 26, 26]


def test_what_is_left_of_months_is_not_listed_day_by_day() -> None:
    text = deadlines.derivation(days(6, "months"), date(2026, 3, 2), CALENDAR, [(date(2026, 4, 1), date(2026, 4, 20))])
    assert [(each.what, each.day, each.number) for each in deadlines.explain(text, CALENDAR).lines] == [
        ("start", date(2026, 3, 2), None),
        ("stopped", date(2026, 4, 1), 155),  # 03/09 is the first working day after 02/09
        ("counted", date(2026, 9, 22), 155),
        ("due", date(2026, 9, 22), None),
    ]


def test_an_unwritten_day_is_taken_from_the_deadline_itself() -> None:
    text = deadlines.derivation(named("act.due_on"), date(2026, 3, 2), CALENDAR)
    told = deadlines.explain(text, CALENDAR, date(2026, 3, 12))
    assert told.lines[1:] == (Line("named", date(2026, 3, 12)), Line("due", date(2026, 3, 12)))


def test_a_due_day_that_the_derivation_does_not_give_is_told_as_such() -> None:
    text = deadlines.derivation(days(2), date(2026, 3, 2), CALENDAR)
    told = deadlines.explain(text, CALENDAR, date(2026, 3, 20))
    assert told.due_on == date(2026, 3, 20)
    assert [each.what for each in told.lines[-2:]] == ["set", "due"]


def test_an_extension_keeps_what_was_before_and_later_stops_count_from_it() -> None:
    text = deadlines.derivation(days(3), date(2026, 3, 2), CALENDAR)
    text = deadlines.extended(text, date(2026, 3, 12), date(2026, 3, 4))
    assert deadlines.explain(text, CALENDAR).due_on == date(2026, 3, 12)
    due_on, text = deadlines.resumed(text, date(2026, 3, 12), date(2026, 3, 10), date(2026, 3, 16), CALENDAR)
    assert due_on == date(2026, 3, 18)
    told = deadlines.explain(text, CALENDAR)
    assert told.due_on == due_on
    assert [(each.what, each.day.day) for each in told.lines] == [
        ("start", 2), ("counted", 3), ("counted", 4), ("counted", 5),
        ("extended", 4), ("stopped", 10), ("counted", 17), ("counted", 18), ("due", 18),
    ]  # fmt: skip
    assert told.lines[4].until == date(2026, 3, 12)


def test_an_extension_of_a_named_day_does_not_pass_for_the_day_that_was_named() -> None:
    text = deadlines.derivation(named("act.due_on"), date(2026, 3, 2), CALENDAR)
    text = deadlines.extended(text, date(2026, 3, 12), date(2026, 3, 4))
    told = deadlines.explain(text, CALENDAR, date(2026, 3, 12))
    assert [each.what for each in told.lines] == ["start", "extended", "due"]


# ── a calendar that changed ──────────────────────────────────────────────────────────────────────


def test_a_day_off_decided_later_changes_nothing_until_a_person_recomputes() -> None:
    text = deadlines.derivation(days(10), date(2026, 3, 2), CALENDAR)
    assert deadlines.explain(text, {CALENDAR.sha256: CALENDAR, LATER.sha256: LATER}).due_on == date(2026, 3, 16)
    due_on, again = deadlines.recomputed(text, LATER)
    assert due_on == date(2026, 3, 17)
    assert deadlines.calendars_of(again) == {LATER.sha256}
    assert deadlines.explain(again, LATER).due_on == due_on


def test_a_stop_is_counted_with_the_calendar_of_its_own_day() -> None:
    text = deadlines.derivation(days(10), date(2026, 3, 2), CALENDAR)
    due_on, text = deadlines.resumed(text, date(2026, 3, 16), date(2026, 3, 4), date(2026, 3, 6), LATER)
    assert due_on == date(2026, 3, 18)  # the day held, 16/03, was seven days away without 09/03
    assert deadlines.calendars_of(text) == {CALENDAR.sha256, LATER.sha256}
    told = deadlines.explain(text, {CALENDAR.sha256: CALENDAR, LATER.sha256: LATER})
    assert told.due_on == due_on
    assert [each.number for each in told.lines if each.what == "stopped"] == [7]
    assert deadlines.recomputed(text, LATER)[0] == date(2026, 3, 19)  # all ten days without 09/03


def test_recomputing_reaches_the_derivation_inside_an_extension() -> None:
    text = deadlines.derivation(days(10), date(2026, 3, 2), CALENDAR)
    text = deadlines.extended(text, date(2026, 3, 20), date(2026, 3, 4))
    assert deadlines.calendars_of(text) == {CALENDAR.sha256}
    due_on, text = deadlines.recomputed(text, LATER)
    assert due_on == date(2026, 3, 20), "a person's day is not moved by a calendar"
    assert deadlines.calendars_of(text) == {LATER.sha256}


def test_an_explanation_needs_the_calendar_that_counted() -> None:
    text = deadlines.derivation(days(10), date(2026, 3, 2), CALENDAR)
    with pytest.raises(LookupError):
        deadlines.explain(text, LATER)


def test_a_stored_calendar_explains_what_it_counted() -> None:
    stored = WorkCalendar.from_text(CALENDAR.text)
    text = deadlines.derivation(days(30), date(2026, 2, 2), CALENDAR)
    assert deadlines.explain(text, stored).due_on == date(2026, 3, 23)


def test_a_stop_after_an_extension_leaves_the_count_before_it_as_history() -> None:
    text = deadlines.extended(
        deadlines.derivation(days(5), date(2026, 3, 2), CALENDAR), date(2026, 3, 20), date(2026, 3, 3)
    )
    due_on, text = deadlines.resumed(text, date(2026, 3, 20), date(2026, 3, 4), date(2026, 3, 6), CALENDAR)
    assert due_on == date(2026, 3, 24)
    told = deadlines.explain(text, CALENDAR)
    before = told.lines[: [each.what for each in told.lines].index("extended")]
    assert [each.number for each in before if each.what == "counted"] == [1, 2, 3, 4, 5]
