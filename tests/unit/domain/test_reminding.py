"""Reminders around Tết, after outages and on clocks that jump, at the level of pure values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from definitions.calendar import LOCAL, at_eight, shipped
from definitions.flow import DeadlineRule, Escalation, Ladder, Span, Words
from workflow.domain import deadlines, reminding
from workflow.domain.reminding import Owed, Packed, Rung

CALENDAR = shipped()
LADDER = Ladder(before=(5, 3, 1), on_day=True, after_every=2)
HEAD = Escalation(3, ("secretariat_head",))
DUE = date(2026, 3, 23)  # a Monday


def at(day: date, hour: int = 8, minute: int = 0, second: int = 0) -> datetime:
    """An instant on a wall in Vietnam."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=LOCAL)


def owed(now: datetime, since: datetime | None = None, due_on: date = DUE) -> Owed:
    return reminding.owed(LADDER, HEAD, due_on, CALENDAR, None, now, since=since)


def names(due_on: date, first: date, last: date) -> list[tuple[str, str]]:
    found = reminding.rungs(LADDER, HEAD, due_on, CALENDAR, first, last)
    return [(each.name, f"{each.day:%d/%m}") for each in found]


# ── the ladder ───────────────────────────────────────────────────────────────────────────────────


def test_a_ladder_stands_on_working_days_and_escalates_from_its_day_on() -> None:
    assert names(DUE, date(2026, 3, 1), date(2026, 4, 2)) == [
        ("before:5", "16/03"),
        ("before:3", "18/03"),
        ("before:1", "20/03"),
        ("on", "23/03"),
        ("after:2", "25/03"),
        ("escalate:3", "26/03"),
        ("escalate:4", "27/03"),
        ("escalate:6", "31/03"),
        ("escalate:8", "02/04"),
    ]


def test_the_owner_climbs_the_ladder_and_the_escalation_joins_him() -> None:
    found = reminding.rungs(LADDER, HEAD, DUE, CALENDAR, date(2026, 3, 20), date(2026, 3, 27))
    assert [each.to for each in found] == ["owner", "owner", "owner", "escalation", "escalation"]
    assert found[0] == Rung("before:1", date(2026, 3, 20), "owner")
    assert found[0].at == at(date(2026, 3, 20))


def test_around_tet_reminders_come_on_the_last_day_before_and_the_first_day_after() -> None:
    # due on the first day after Tết: what would fall into it comes before
    assert names(date(2026, 2, 23), date(2026, 2, 1), date(2026, 2, 26))[2:5] == [
        ("before:1", "13/02"),
        ("on", "23/02"),
        ("after:2", "25/02"),
    ]
    # due on the last day before Tết: overdue days begin after it
    assert names(date(2026, 2, 13), date(2026, 2, 13), date(2026, 2, 27)) == [
        ("on", "13/02"),
        ("after:2", "24/02"),
        ("escalate:3", "25/02"),
        ("escalate:4", "26/02"),
    ]


def test_a_strict_due_day_inside_tet_is_reminded_of_on_the_last_working_day_before() -> None:
    assert names(date(2026, 2, 17), date(2026, 2, 1), date(2026, 2, 26)) == [
        ("before:5", "09/02"),
        ("before:3", "11/02"),
        ("before:1", "13/02"),
        ("on", "13/02"),
        ("after:2", "24/02"),
        ("escalate:3", "25/02"),
        ("escalate:4", "26/02"),
    ]
    told = owed(at(date(2026, 2, 13)), at(date(2026, 2, 13)), date(2026, 2, 17))
    assert (told.rung, told.skipped) == ("on", ("before:1",))


@pytest.mark.parametrize("year", range(2020, 2028))
def test_nobody_is_ever_reminded_on_a_day_off_least_of_all_on_the_first_of_the_lunar_year(year: int) -> None:
    for shift in range(120):
        due_on = date(year, 1, 1) + timedelta(days=shift)
        found = reminding.rungs(LADDER, HEAD, due_on, CALENDAR, date(year, 1, 1), date(year, 6, 30))
        assert found
        assert all(CALENDAR.is_working(each.day) for each in found)


def test_a_make_up_saturday_is_a_day_for_reminders() -> None:
    assert names(date(2026, 1, 12), date(2026, 1, 10), date(2026, 1, 10)) == [("before:1", "10/01")]


def test_an_escalation_without_a_ladder_stands_alone() -> None:
    found = reminding.rungs(Ladder(), HEAD, DUE, CALENDAR, date(2026, 1, 1), date(2026, 12, 31))
    assert found == (Rung("escalate:3", date(2026, 3, 26), "escalation"),)
    assert reminding.next_reminder(Ladder(), HEAD, DUE, CALENDAR, at(date(2026, 3, 26))) is None


def test_an_escalation_on_the_due_day_itself_takes_the_place_of_the_reminder() -> None:
    at_once = Escalation(0, ("secretariat_head",))
    found = reminding.rungs(LADDER, at_once, DUE, CALENDAR, DUE, date(2026, 3, 25))
    assert [(each.name, each.to) for each in found] == [("escalate:0", "escalation"), ("escalate:2", "escalation")]


def test_without_a_ladder_nothing_is_ever_owed() -> None:
    assert reminding.next_reminder(Ladder(), None, DUE, CALENDAR, at(date(2026, 1, 5))) is None
    assert reminding.owed(Ladder(), None, DUE, CALENDAR, None, at(DUE)) == Owed(None, "owner", (), None, None)


# ── next ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (at(date(2026, 3, 2)), date(2026, 3, 16)),
        (at(date(2026, 3, 16), 7, 59, 59), date(2026, 3, 16)),
        (at(date(2026, 3, 16)), date(2026, 3, 18)),  # opened at that very digest: the next one
        (at(date(2026, 3, 16), 9), date(2026, 3, 18)),
        (at(date(2026, 3, 19), 23, 59, 59), date(2026, 3, 20)),
        (at(date(2026, 3, 20), 0), date(2026, 3, 20)),
        (at(date(2026, 3, 21)), date(2026, 3, 23)),
        (at(date(2026, 3, 23), 8, 0, 1), date(2026, 3, 25)),
        (at(date(2026, 4, 2)), date(2026, 4, 6)),
        (at(date(2027, 2, 3), 9), date(2027, 2, 12)),  # 220 days overdue before Tết 2027, so the second day after
    ],
)
def test_the_next_reminder_lies_after_the_instant_on_a_rung(after: datetime, expected: date) -> None:
    assert reminding.next_reminder(LADDER, HEAD, DUE, CALENDAR, after) == at(expected)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
def test_the_zone_of_the_server_changes_no_reminder(zone: str) -> None:
    for instant in (at(date(2026, 3, 8), 6, 30), at(date(2026, 3, 16), 7, 59, 59), at(date(2026, 3, 16))):
        there = instant.astimezone(ZoneInfo(zone))
        assert reminding.next_reminder(LADDER, HEAD, DUE, CALENDAR, there) == reminding.next_reminder(
            LADDER, HEAD, DUE, CALENDAR, instant
        )
        assert owed(there, there) == owed(instant, instant)


def test_a_deadline_opened_late_reminds_of_nothing_that_is_past() -> None:
    assert reminding.next_reminder(LADDER, HEAD, DUE, CALENDAR, at(date(2026, 3, 19), 10)) == at(date(2026, 3, 20))


def test_a_ladder_that_ends_has_no_next_reminder() -> None:
    ladder = Ladder(before=(1,), on_day=True)
    assert reminding.next_reminder(ladder, None, DUE, CALENDAR, at(DUE)) is None
    assert reminding.owed(ladder, None, DUE, CALENDAR, None, at(DUE), since=at(DUE)) == Owed(
        "on", "owner", (), at(DUE), None
    )


# ── E1–E9: outages and clocks ────────────────────────────────────────────────────────────────────


def test_on_time_one_rung_is_owed_and_the_next_is_named() -> None:
    told = owed(at(date(2026, 3, 16)), since=at(date(2026, 3, 16)))
    assert told == Owed("before:5", "owner", (), at(date(2026, 3, 16)), at(date(2026, 3, 18)))
    assert not told.escalates


def test_e1_after_an_outage_one_reminder_is_owed_and_the_others_are_recorded_as_skipped() -> None:
    # down from before Wednesday 18/03 to Monday 23/03, 11:00: three rungs missed
    told = owed(at(date(2026, 3, 23), 11), since=at(date(2026, 3, 18)))
    assert told == Owed("on", "owner", ("before:3", "before:1"), at(date(2026, 3, 23)), at(date(2026, 3, 25)))
    # down for five reminder times
    told = owed(at(date(2026, 3, 27), 8, 5), since=at(date(2026, 3, 20)))
    assert told.skipped == ("before:1", "on", "after:2", "escalate:3")
    assert (told.rung, told.escalates) == ("escalate:4", True)


@pytest.mark.parametrize("late", [timedelta(seconds=2), timedelta(hours=1), timedelta(days=1)])
def test_e2_a_late_sweep_still_owes_the_reminder_and_knows_how_late_it_is(late: timedelta) -> None:
    now = at(date(2026, 3, 18)) + late
    told = owed(now, since=at(date(2026, 3, 18)))
    assert told.rung == "before:3"
    assert told.due_at
    assert now - told.due_at == late


def test_e3_a_clock_that_jumps_ahead_and_back_repeats_nothing() -> None:
    ahead = owed(at(date(2026, 3, 19), 9), since=at(date(2026, 3, 16)))
    assert (ahead.rung, ahead.skipped) == ("before:3", ("before:5",))
    back = owed(at(date(2026, 3, 16), 9), since=ahead.next_at)
    assert back.rung is None
    assert owed(at(date(2026, 3, 20)), since=ahead.next_at).rung == "before:1"


def test_e4_a_clock_set_back_a_day_loses_no_rung() -> None:
    monday = owed(at(date(2026, 3, 16), 8, 1), since=at(date(2026, 3, 16)))
    assert owed(at(date(2026, 3, 15), 8, 1), since=monday.next_at).rung is None
    assert owed(at(date(2026, 3, 18), 8, 1), since=monday.next_at).rung == "before:3"


def test_e5_two_sweeps_in_one_second_name_the_same_rung_so_one_key_holds() -> None:
    now = at(date(2026, 3, 18), 8, 0, 1)
    assert owed(now, since=at(date(2026, 3, 18))) == owed(now, since=at(date(2026, 3, 18)))


def test_e6_e7_a_deadline_opened_again_has_its_whole_ladder_before_it_again() -> None:
    rule = DeadlineRule("state.appraising", within=Span(10, "working_days"), remind=LADDER)
    first = deadlines.due(rule, date(2026, 3, 2), CALENDAR).due_on
    second = deadlines.due(rule, date(2026, 3, 24), CALENDAR).due_on
    assert first
    assert second
    assert names(first, date(2026, 3, 1), first)[0] == ("before:5", "09/03")
    assert names(second, date(2026, 3, 1), second)[0] == ("before:5", "31/03")
    assert reminding.next_reminder(LADDER, None, second, CALENDAR, at(date(2026, 3, 24), 10)) == at(date(2026, 3, 31))


def test_e8_a_due_day_that_moved_has_a_ladder_of_its_own() -> None:
    now = at(date(2026, 3, 20), 9)
    assert reminding.next_reminder(LADDER, HEAD, DUE, CALENDAR, now) == at(DUE)
    assert reminding.next_reminder(LADDER, HEAD, date(2026, 4, 6), CALENDAR, now) == at(date(2026, 3, 30))


def test_e9_a_machine_that_slept_over_tet_owes_one_reminder_when_it_wakes() -> None:
    due_on = date(2026, 2, 12)
    told = owed(at(date(2026, 2, 23), 8, 30), since=at(date(2026, 2, 11)), due_on=due_on)
    assert told == Owed("after:2", "owner", ("before:1", "on"), at(date(2026, 2, 23)), at(date(2026, 2, 24)))


def test_a_service_that_comes_back_inside_tet_or_at_night_waits_for_the_next_digest() -> None:
    due_on, since = date(2026, 2, 12), at(date(2026, 2, 11))
    for now in (at(date(2026, 2, 17), 10), at(date(2026, 2, 14)), at(date(2026, 2, 23), 7, 59, 59)):
        assert not reminding.digest_open(CALENDAR, now)
        told = owed(now, since, due_on)
        assert (told.rung, told.skipped, told.next_at) == (None, (), since), "no rung may be lost while waiting"
    assert reminding.digest_open(CALENDAR, at(date(2026, 2, 13), 23, 59, 59))
    assert owed(at(date(2026, 2, 13), 23, 59, 59), since, due_on).rung == "on"


def test_the_last_digest_bounds_what_is_owed_as_well_as_the_row_does() -> None:
    now = at(date(2026, 3, 23), 9)
    by_last = reminding.owed(LADDER, HEAD, DUE, CALENDAR, at(date(2026, 3, 18)), now)
    assert (by_last.rung, by_last.skipped) == ("on", ("before:1",))
    assert by_last == owed(now, since=at(date(2026, 3, 18), 8, 0, 1))
    assert reminding.owed(LADDER, HEAD, DUE, CALENDAR, now, now).rung is None
    assert reminding.owed(LADDER, HEAD, DUE, CALENDAR, None, now).skipped == ("before:5", "before:3", "before:1")


# ── every day of two seasons ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("due_on", [date(2026, 2, 13), date(2026, 2, 17), date(2026, 2, 23), date(2026, 9, 3)])
def test_sweeping_every_morning_sends_each_rung_once_and_sweeping_rarely_accounts_for_all(due_on: date) -> None:
    first, last = due_on - timedelta(days=40), due_on + timedelta(days=40)
    expected = [each.name for each in reminding.rungs(LADDER, HEAD, due_on, CALENDAR, first, last)]
    for every in (1, 2, 5, 11):
        told: list[str] = []
        since = reminding.next_reminder(LADDER, HEAD, due_on, CALENDAR, at(first, 0))
        day = first
        while day <= last:
            if since and since <= at(day):
                found = owed(at(day), since, due_on)
                told += [*found.skipped, *([found.rung] if found.rung else [])]
                since = found.next_at
            day += timedelta(days=every)
        assert told == expected[: len(told)]
        assert len(told) >= len(expected) - 8


# ── the rule in a row ────────────────────────────────────────────────────────────────────────────


def test_a_packed_rule_reads_back_and_names_whom_to_tell() -> None:
    label = Words("Thẩm định", "Appraisal")
    rule = DeadlineRule("state.appraising", remind=LADDER, escalate=HEAD, label=label, legal="Điều 35")
    assert reminding.unpack(reminding.pack(rule, "appraiser")) == Packed(LADDER, HEAD, ("appraiser",), label, "Điều 35")
    named = DeadlineRule("ministry", remind=Ladder(on_day=True), to=("secretariat_head", "admin"))
    assert reminding.unpack(reminding.pack(named, "appraiser")).to == ("secretariat_head", "admin")


def test_an_empty_rule_packs_to_nothing_and_the_same_rule_to_the_same_text() -> None:
    assert reminding.pack(DeadlineRule("x"), "") == "{}"
    assert reminding.unpack("{}") == Packed(Ladder(), None, (), None, "")
    rule = DeadlineRule("state.appraising", remind=LADDER, escalate=HEAD)
    assert reminding.unpack(reminding.pack(rule, "a")) is reminding.unpack(reminding.pack(rule, "a"))


def test_a_thousand_rows_are_worked_out_in_far_less_than_a_second() -> None:
    now, text = at(date(2026, 3, 18), 8, 0, 1), reminding.pack(DeadlineRule("x", remind=LADDER, escalate=HEAD), "a")
    started = process_time()
    for _ in range(1000):
        packed = reminding.unpack(text)
        reminding.owed(packed.remind, packed.escalate, DUE, CALENDAR, None, now, since=at_eight(date(2026, 3, 18)))
    assert process_time() - started < 0.5  # usually 15 ms


def test_an_instant_without_a_zone_is_not_guessed_at() -> None:
    naive = datetime(2026, 3, 16, 8)  # noqa: DTZ001 - that is the case
    with pytest.raises(ValueError, match="time zone"):
        reminding.next_reminder(LADDER, HEAD, DUE, CALENDAR, naive)
    with pytest.raises(ValueError, match="time zone"):
        owed(at(DUE), since=naive)
    with pytest.raises(ValueError, match="time zone"):
        reminding.digest_open(CALENDAR, naive)
    assert owed(datetime(2026, 3, 23, 1, tzinfo=UTC)).rung == "on"
