"""Every ladder against one that walks the days, and every sweep against what it must account for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from definitions.calendar import at_eight, shipped
from definitions.flow import Escalation, Ladder
from workflow.domain import reminding

CALENDAR = shipped()
DAY = timedelta(days=1)

ladders = st.builds(
    Ladder,
    before=st.lists(st.integers(1, 12), unique=True, max_size=3).map(tuple),
    on_day=st.booleans(),
    after_every=st.none() | st.integers(1, 7),
)
escalations = st.none() | st.builds(Escalation, st.integers(0, 9), st.just(("secretariat_head",)))
days = st.dates(date(2026, 1, 5), date(2026, 12, 1))
minutes = st.integers(-60 * 24 * 30, 60 * 24 * 30)


def walked(ladder: Ladder, escalate: Escalation | None, due_on: date) -> list[tuple[str, date]]:
    """The rungs within 40 days of the due day, by looking at one day after another."""
    found: list[tuple[str, date]] = []
    day, count = due_on, 0
    while day > due_on - 40 * DAY:
        day -= DAY
        count += CALENDAR.is_working(day)
        if CALENDAR.is_working(day) and count in ladder.before:
            found.insert(0, (f"before:{count}", day))
    on = due_on
    while not CALENDAR.is_working(on):
        on -= DAY
    if escalate and escalate.after == 0:
        found.append(("escalate:0", on))
    elif ladder.on_day:
        found.append(("on", on))
    day, count = due_on, 0
    while day < due_on + 40 * DAY:
        day += DAY
        count += CALENDAR.is_working(day)
        nagging = ladder.after_every is not None and count and count % ladder.after_every == 0
        escalated = escalate is not None and count >= escalate.after
        if CALENDAR.is_working(day) and (nagging or (escalate and count == escalate.after)):
            found.append((f"{'escalate' if escalated else 'after'}:{count}", day))
    return found


@pytest.mark.slow
@given(ladders, escalations, days)
@settings(max_examples=400)
def test_rungs_agree_with_walking_the_days(ladder: Ladder, escalate: Escalation | None, due_on: date) -> None:
    found = reminding.rungs(ladder, escalate, due_on, CALENDAR, due_on - 40 * DAY, due_on + 40 * DAY)
    assert [(each.name, each.day) for each in found] == walked(ladder, escalate, due_on)


@pytest.mark.slow
@given(ladders, escalations, days, minutes)
@settings(max_examples=400)
def test_the_next_reminder_is_the_first_rung_after_the_instant(
    ladder: Ladder, escalate: Escalation | None, due_on: date, shift: int
) -> None:
    after = at_eight(due_on) + timedelta(minutes=shift)
    found = reminding.next_reminder(ladder, escalate, due_on, CALENDAR, after)
    later = [at_eight(day) for _, day in walked(ladder, escalate, due_on) if at_eight(day) > after]
    if later:
        assert found == later[0]
    else:
        assert found is None or found > at_eight(due_on + 40 * DAY)


@pytest.mark.slow
@given(ladders, escalations, days, st.lists(st.integers(1, 60 * 24 * 6), min_size=1, max_size=20))
@settings(max_examples=400)
def test_however_rarely_it_is_swept_every_rung_is_sent_or_skipped_once_and_only_in_digest_hours(
    ladder: Ladder, escalate: Escalation | None, due_on: date, waits: list[int]
) -> None:
    now: datetime = at_eight(due_on - 30 * DAY) - timedelta(hours=8)
    opened, told = now, list[str]()
    since = reminding.next_reminder(ladder, escalate, due_on, CALENDAR, now)
    for wait in waits:
        now += timedelta(minutes=wait)
        if since is None or since > now:
            continue
        found = reminding.owed(ladder, escalate, due_on, CALENDAR, None, now, since=since)
        assert (found.rung is not None) == reminding.digest_open(CALENDAR, now)
        told += [*found.skipped, *([found.rung] if found.rung else [])]
        since = found.next_at
    until = since or now + DAY
    rungs = walked(ladder, escalate, due_on)
    assert told == [name for name, day in rungs if opened < at_eight(day) < until and at_eight(day) <= now]
