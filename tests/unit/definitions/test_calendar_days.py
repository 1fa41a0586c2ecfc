"""The shipped calendar against dates worked out by hand from the announced holiday plans."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from definitions.calendar import LOCAL, SHIPPED, Cause, Step, WorkCalendar, at_eight, local_day, shipped
from definitions.flow import Span, Words

CALENDAR = shipped()


def day(text: str) -> date:
    """`30/01/2026` as the people who checked these cases write it."""
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date()


# ── the table of the domain study, section 5 ─────────────────────────────────────────────────────

GOLDEN = [
    ("30/12/2025", 10, "14/01/2026"),  # the Saturday 10/01 is worked for Friday 02/01
    ("30/01/2026", 20, "06/03/2026"),
    ("02/02/2026", 30, "23/03/2026"),
    ("12/02/2026", 10, "05/03/2026"),
    ("23/04/2026", 10, "12/05/2026"),
    ("20/08/2026", 5, "26/08/2026"),  # the Saturday 22/08 counts
    ("21/08/2026", 10, "08/09/2026"),
    ("20/11/2026", 10, "07/12/2026"),  # 24/11 is off since 2026
]


@pytest.mark.parametrize(("start", "amount", "due"), GOLDEN)
def test_the_golden_cases_of_the_domain_study_hold(start: str, amount: int, due: str) -> None:
    assert CALENDAR.add_working(day(start), amount) == day(due)
    assert CALENDAR.working_between(day(start), day(due)) == amount


def test_2026_has_249_working_days() -> None:
    assert CALENDAR.working_between(date(2025, 12, 31), date(2026, 12, 31)) == 249


# Every weekday off and every weekend day worked, year by year, from the announced plans.
OFF = {
    2020: "01/01 23/01 24/01 27/01 28/01 29/01 02/04 30/04 01/05 02/09",
    2021: "01/01 10/02 11/02 12/02 15/02 16/02 21/04 30/04 03/05 02/09 03/09",
    2022: "03/01 31/01 01/02 02/02 03/02 04/02 11/04 02/05 03/05 01/09 02/09",
    2023: "02/01 20/01 23/01 24/01 25/01 26/01 01/05 02/05 03/05 01/09 04/09",
    2024: "01/01 08/02 09/02 12/02 13/02 14/02 18/04 29/04 30/04 01/05 02/09 03/09",
    2025: "01/01 27/01 28/01 29/01 30/01 31/01 07/04 30/04 01/05 02/05 01/09 02/09",
    2026: "01/01 02/01 16/02 17/02 18/02 19/02 20/02 27/04 30/04 01/05 31/08 01/09 02/09 24/11",
    2027: "01/01 04/02 05/02 08/02 09/02 10/02 16/04 30/04 03/05 02/09 03/09 24/11",
}
WORKED = {2024: "04/05", 2025: "26/04", 2026: "10/01 22/08"}


@pytest.mark.parametrize("year", OFF)
def test_the_weekdays_off_of_a_year_are_those_announced(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    weekdays = [each for each in days if each.year == year and each.weekday() < 5]
    off = [f"{each:%d/%m}" for each in weekdays if not CALENDAR.is_working(each)]
    assert off == OFF[year].split()


@pytest.mark.parametrize("year", OFF)
def test_the_weekend_days_worked_in_a_year_are_those_announced(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    weekends = [each for each in days if each.year == year and each.weekday() >= 5]
    assert [f"{each:%d/%m}" for each in weekends if CALENDAR.is_working(each)] == WORKED.get(year, "").split()


# ── counted by hand ──────────────────────────────────────────────────────────────────────────────

WORKING_DAYS = [
    # Tết 2026: off from Saturday 14/02 to Sunday 22/02
    ("13/02/2026", 1, "23/02/2026"),  # the last day before
    ("13/02/2026", 3, "25/02/2026"),
    ("09/02/2026", 4, "13/02/2026"),
    ("09/02/2026", 5, "23/02/2026"),
    ("14/02/2026", 1, "23/02/2026"),  # inside, on the Saturday before
    ("17/02/2026", 1, "23/02/2026"),  # mùng 1
    ("17/02/2026", 5, "27/02/2026"),
    ("20/02/2026", 10, "06/03/2026"),
    ("22/02/2026", 1, "23/02/2026"),
    ("23/02/2026", 1, "24/02/2026"),  # the first day after
    # make-up Saturdays
    ("09/01/2026", 1, "10/01/2026"),
    ("09/01/2026", 2, "12/01/2026"),
    ("10/01/2026", 1, "12/01/2026"),  # an event on a make-up Saturday is day zero
    ("01/01/2026", 1, "05/01/2026"),
    ("31/12/2025", 5, "09/01/2026"),
    ("31/12/2025", 6, "10/01/2026"),
    ("25/04/2025", 1, "26/04/2025"),
    ("25/04/2025", 4, "05/05/2025"),
    ("26/04/2025", 3, "05/05/2025"),
    ("03/05/2024", 1, "04/05/2024"),
    ("26/04/2024", 1, "02/05/2024"),
    ("26/04/2024", 3, "04/05/2024"),
    ("26/04/2024", 4, "06/05/2024"),
    # ends of years and of months
    ("31/12/2026", 1, "04/01/2027"),
    ("24/12/2026", 5, "31/12/2026"),
    ("30/09/2026", 22, "30/10/2026"),
    ("28/02/2028", 1, "29/02/2028"),  # beyond the covered years only weekends are known
    ("27/12/2027", 5, "03/01/2028"),
    # Tết 2027 by rule: off from Thursday 04/02 to Wednesday 10/02
    ("03/02/2027", 1, "11/02/2027"),
    ("06/02/2027", 2, "12/02/2027"),
    # National Day and its neighbours
    ("28/08/2026", 1, "03/09/2026"),
    ("29/08/2026", 2, "04/09/2026"),
    ("31/08/2023", 1, "05/09/2023"),
    # nothing to count
    ("17/02/2026", 0, "17/02/2026"),
    ("23/02/2026", 0, "23/02/2026"),
    # backwards, for reminders
    ("23/02/2026", -1, "13/02/2026"),
    ("17/02/2026", -1, "13/02/2026"),
    ("25/02/2026", -5, "11/02/2026"),
    ("12/01/2026", -1, "10/01/2026"),
    ("01/01/2020", -1, "31/12/2019"),
]


@pytest.mark.parametrize(("start", "amount", "due"), WORKING_DAYS)
def test_working_days_counted_by_hand(start: str, amount: int, due: str) -> None:
    assert CALENDAR.add_working(day(start), amount) == day(due)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "roll", "due"),
    [
        # Civil Code 148: a last day off moves to the next working day
        ("16/01/2026", 30, "calendar_days", "next", "23/02/2026"),  # 15/02 lies in Tết
        ("16/01/2026", 30, "calendar_days", "previous", "13/02/2026"),
        ("16/01/2026", 30, "calendar_days", "strict", "15/02/2026"),
        ("31/12/2025", 10, "calendar_days", "next", "10/01/2026"),  # a Saturday, but worked
        ("01/01/2026", 10, "calendar_days", "next", "12/01/2026"),
        ("08/10/2026", 45, "calendar_days", "next", "23/11/2026"),
        # a month without that day ends on its last day
        ("31/08/2026", 6, "months", "next", "01/03/2027"),  # 28/02/2027 is a Sunday
        ("31/08/2026", 6, "months", "previous", "26/02/2027"),
        ("31/08/2026", 6, "months", "strict", "28/02/2027"),
        ("31/03/2026", 1, "months", "strict", "30/04/2026"),
        ("31/03/2026", 1, "months", "next", "04/05/2026"),  # 30/04, 01/05, a weekend
        ("31/03/2026", 1, "months", "previous", "29/04/2026"),
        ("28/02/2026", 1, "months", "strict", "28/03/2026"),  # the same number, not the last day
        ("30/11/2026", 3, "months", "strict", "28/02/2027"),
        ("31/12/2026", 1, "months", "next", "01/02/2027"),  # 31/01/2027 is a Sunday
        ("15/12/2026", 2, "months", "next", "15/02/2027"),
        # 29 February
        ("29/02/2028", 1, "years", "strict", "28/02/2029"),
        ("29/02/2028", 4, "years", "strict", "29/02/2032"),
        ("28/02/2027", 1, "years", "strict", "28/02/2028"),
        ("31/08/2027", 6, "months", "strict", "29/02/2028"),
        ("29/02/2028", 12, "months", "next", "28/02/2029"),
        ("15/06/2022", 5, "years", "next", "15/06/2027"),
        # nothing to count, on a day off
        ("17/02/2026", 0, "working_days", "next", "23/02/2026"),
        ("17/02/2026", 0, "working_days", "strict", "17/02/2026"),
        ("17/02/2026", 0, "working_days", "previous", "23/02/2026"),  # never before the start
        ("14/02/2026", 1, "calendar_days", "previous", "23/02/2026"),
        ("17/02/2026", 5, "working_days", "previous", "27/02/2026"),
    ],
)
def test_spans_counted_by_hand(start: str, amount: int, unit: str, roll: str, due: str) -> None:
    span = Span(amount, unit)  # type: ignore[arg-type]
    assert CALENDAR.add(day(start), span, roll) == day(due)  # type: ignore[arg-type]
    steps = CALENDAR.explain(day(start), span, roll)  # type: ignore[arg-type]
    assert (steps[-1].day if steps else day(start)) == day(due)


def test_rolling_lands_on_the_neighbouring_working_day() -> None:
    assert [CALENDAR.rolled(date(2027, 1, 31), each) for each in ("next", "previous", "strict")] == [
        date(2027, 2, 1),
        date(2027, 1, 29),
        date(2027, 1, 31),
    ]
    assert CALENDAR.add_working(date(2027, 1, 31), 0, "previous") == date(2027, 1, 29)
    assert CALENDAR.next_working(date(2026, 2, 13)) == CALENDAR.previous_working(date(2026, 2, 13)) == date(2026, 2, 13)


def test_working_between_counts_back_as_it_counts_forward() -> None:
    assert CALENDAR.working_between(date(2026, 2, 23), date(2026, 2, 12)) == -2
    assert CALENDAR.working_between(date(2027, 12, 30), date(2028, 1, 4)) == 3
    assert CALENDAR.working_between(date(2026, 2, 14), date(2026, 2, 22)) == 0


# ── why a day is off ─────────────────────────────────────────────────────────────────────────────


def test_a_day_off_names_its_cause_and_the_document_that_says_so() -> None:
    assert CALENDAR.cause(date(2026, 1, 2)) == Cause(
        "day_off",
        Words("Nghỉ hoán đổi, làm bù ngày 10/01/2026", "Swapped day off, made up on 10/01/2026"),
        "12729/VPCP-KGVX",
    )
    made_up = CALENDAR.cause(date(2026, 1, 10))
    assert made_up
    assert (made_up.kind, made_up.document) == ("made_up", "12729/VPCP-KGVX")
    assert CALENDAR.cause(date(2026, 1, 11)) == Cause("weekend", Words("Nghỉ hằng tuần", "Weekend"))
    assert CALENDAR.cause(date(2026, 1, 12)) is None


def test_a_holiday_on_a_weekend_is_named_as_the_holiday() -> None:
    cause = CALENDAR.cause(date(2027, 2, 6))
    assert cause
    assert cause.name.vi == "Tết Nguyên Đán"


def test_every_marked_day_names_a_document_and_no_swap_is_left_without_its_own() -> None:
    causes = [*CALENDAR.off.values(), *CALENDAR.worked.values()]
    assert {each.document for each in causes if "VPCP" not in each.document} == {
        "Bộ luật Lao động 2012, Điều 115",
        "Bộ luật Lao động 2019, Điều 112",
        "Nghị quyết 80-NQ/TW",
        "Kế hoạch nghỉ lễ, Tết năm 2026 (theo gói dữ liệu holidays)",
    }


def test_an_explanation_lists_each_day_with_its_number_or_its_cause() -> None:
    steps = CALENDAR.explain(date(2026, 2, 12), Span(2, "working_days"))
    assert [(f"{each.day:%d/%m}", each.number, each.cause.name.vi if each.cause else "") for each in steps] == [
        ("13/02", 1, ""),
        ("14/02", None, "Nghỉ hằng tuần"),
        ("15/02", None, "Nghỉ hằng tuần"),
        ("16/02", None, "Giao thừa Tết Nguyên Đán"),
        ("17/02", None, "Tết Nguyên Đán"),
        ("18/02", None, "Mùng hai Tết Nguyên Đán"),
        ("19/02", None, "Mùng ba Tết Nguyên Đán"),
        ("20/02", None, "Mùng bốn Tết Nguyên Đán"),
        ("21/02", None, "Nghỉ hằng tuần"),
        ("22/02", None, "Nghỉ hằng tuần"),
        ("23/02", 2, ""),
    ]


def test_an_explanation_of_months_shows_the_last_day_and_what_it_was_rolled_over() -> None:
    weekend = CALENDAR.weekend
    assert CALENDAR.explain(date(2026, 8, 31), Span(6, "months")) == (
        Step(date(2027, 2, 28), True, 6, weekend),
        Step(date(2027, 3, 1), False, None, None),
    )
    assert CALENDAR.explain(date(2026, 8, 31), Span(6, "months"), "previous") == (
        Step(date(2027, 2, 28), True, 6, weekend),
        Step(date(2027, 2, 27), False, None, weekend),
        Step(date(2027, 2, 26), False, None, None),
    )
    assert CALENDAR.explain(date(2026, 8, 31), Span(0, "months"), "strict") == ()


# ── how sure ─────────────────────────────────────────────────────────────────────────────────────


def test_a_count_that_touches_an_unconfirmed_year_is_provisional() -> None:
    assert not CALENDAR.provisional(date(2025, 12, 1), date(2026, 12, 31))
    assert CALENDAR.provisional(date(2026, 12, 1), date(2027, 1, 4))
    assert CALENDAR.provisional(date(2019, 12, 31), date(2020, 1, 2))


def test_from_october_the_next_year_asks_to_be_confirmed() -> None:
    assert CALENDAR.to_confirm(date(2026, 9, 30)) == ()
    assert CALENDAR.to_confirm(date(2026, 10, 1)) == (2027,)
    assert CALENDAR.to_confirm(date(2027, 1, 2)) == (2027,)
    assert CALENDAR.to_confirm(date(2027, 12, 31)) == (2027, 2028)


# ── local days ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-02-13T16:59:59", "13/02/2026"),  # 23:59:59 in Vietnam
        ("2026-02-13T17:00:00", "14/02/2026"),  # 00:00:00
        ("2026-03-08T06:59:59", "08/03/2026"),  # the hour that New York skips
        ("2026-12-31T16:59:59", "31/12/2026"),
        ("2026-12-31T17:00:00", "01/01/2027"),
        ("2028-02-28T17:00:00", "29/02/2028"),
    ],
)
def test_the_local_day_does_not_depend_on_the_zone_of_the_server(zone: str, utc: str, local: str) -> None:
    instant = datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert local_day(instant) == day(local)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
def test_a_process_in_another_zone_computes_the_same_days(zone: str) -> None:
    program = (
        "from datetime import date, datetime, UTC\n"
        "from definitions.calendar import *\n"
        "print(local_day(datetime(2026, 2, 13, 17, 0, tzinfo=UTC)), at_eight(date(2026, 2, 13)).isoformat(),"
        " shipped().add_working(date(2026, 1, 30), 20))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"TZ": zone, "PYTHONPATH": "."}
    )
    assert said.stdout.split() == ["2026-02-14", "2026-02-13T01:00:00+00:00", "2026-03-06"]


def test_a_naive_instant_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 2, 13, 17, 0))  # noqa: DTZ001 - that is the case


def test_eight_in_the_morning_is_one_oclock_utc() -> None:
    assert at_eight(date(2026, 2, 13)) == datetime(2026, 2, 13, 1, tzinfo=UTC)
    assert at_eight(date(2026, 2, 13)).tzinfo is UTC
    assert at_eight(date(2026, 2, 13)).astimezone(LOCAL).hour == 8


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


def test_loading_it_does_not_wait_for_the_holidays_library() -> None:
    program = "import sys; from definitions.calendar import shipped; shipped(); print('holidays' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


@pytest.mark.pace
def test_it_loads_in_a_few_milliseconds_and_counts_in_microseconds() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    started = process_time()
    for _ in range(5):
        WorkCalendar.from_text(text)
    assert (process_time() - started) / 5 < 0.050  # usually 3 ms; the limit is for a busy machine
    started = process_time()
    for _ in range(1000):
        CALENDAR.add_working(date(2026, 2, 2), 30)
    assert (process_time() - started) / 1000 < 0.000_020  # usually 0.3 µs


def test_calendars_are_equal_when_their_texts_are() -> None:
    again = WorkCalendar.from_text(CALENDAR.text)
    assert again == CALENDAR
    assert hash(again) == hash(CALENDAR)
    assert again != CALENDAR.overridden("confirmed = [2027]")
    assert CALENDAR.sha256 != CALENDAR
