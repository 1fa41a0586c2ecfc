"""A calendar that changes: seen first, done as one act, and every due day can say how it came about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from definitions.calendar import at_eight
from definitions.flow import Span
from tests.integration.services.reminder_house import MONDAY, NINE, House, rule
from workflow.domain import deadlines
from workflow.services import recomputing
from workflow.services.looking import UnknownNomination
from workflow.services.recomputing import OpenFilter
from workflow.services.reminders import sweep
from workflow.storage.database import read
from workflow.storage.recounting import UnknownCalendar
from workflow.storage.tables import Deadline

FRIDAY_OFF = """
[[off]]
on = 2027-01-15
name = { vi = "Nghỉ theo thông báo", en = "Announced day off" }
document = "12/TB-VPCP"
"""
BINH = "binh@bo.example"


def counted(house: House, start_on: date = MONDAY, **values: object) -> int:
    """A nomination with ten working days from `start_on`, its next reminder where the sweep would put it."""
    number = house.nomination()
    due_on = house.calendar.add(start_on, Span(10, "working_days"))
    next_at = at_eight(house.calendar.add_working(due_on, -5))
    house.deadline(number, due_on, next_at, **({"start_on": start_on} | values))  # type: ignore[arg-type]
    return number


@pytest.fixture
def changed(house: House) -> House:
    """The same house after somebody laid a day off over its calendar."""
    house.desk = replace(house.desk, calendar=house.calendar.overridden(FRIDAY_OFF))
    return house


def due_days(house: House) -> dict[int, date]:
    columns = Deadline.__table__.c  # type: ignore[attr-defined]
    with read(house.engine) as connection:
        return {row[0]: row[1] for row in connection.execute(select(columns.nomination_id, columns.due_on))}


def test_a_new_day_off_moves_nothing_by_itself(changed: House) -> None:
    counted(changed)
    sweep(changed.desk, NINE)
    assert due_days(changed) == {1: date(2027, 1, 25)}


def test_the_preview_names_what_would_move_and_writes_nothing(changed: House) -> None:
    counted(changed, date(2026, 12, 21))  # over before the day off
    counted(changed)
    found = recomputing.preview(changed.desk, NINE)
    assert [(each.code, each.due_before, each.due_after) for each in found.changes] == [
        ("BK-2027-00002", date(2027, 1, 25), date(2027, 1, 26))
    ]
    assert due_days(changed)[2] == date(2027, 1, 25)
    assert changed.all("SELECT * FROM audit_entry") == []


def test_applying_moves_them_once_with_one_audit_entry(changed: House) -> None:
    for _ in range(3):
        counted(changed)
    foreseen = recomputing.preview(changed.desk, NINE)
    done = recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    assert (done.changes, done.moved, done.moved_reminders) == (foreseen.changes, 3, foreseen.moved_reminders)
    assert set(due_days(changed).values()) == {date(2027, 1, 26)}
    assert [changed.next_at(number) for number in (1, 2, 3)] == [at_eight(date(2027, 1, 19))] * 3
    assert changed.all("SELECT kind FROM audit_entry") == [("recompute",)]
    assert recomputing.apply(changed.desk, "BO/QUANTRI", NINE).changes == ()
    assert changed.all("SELECT kind FROM audit_entry") == [("recompute",)]


def test_who_applied_it_is_kept_as_a_commitment_only(changed: House) -> None:
    counted(changed)
    recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    payload = changed.one("SELECT payload FROM audit_entry")
    assert changed.desk.calendar.sha256 in payload
    assert "QUANTRI" not in payload
    assert "QUANTRI" in changed.one("SELECT value FROM audit_opening")


def test_a_waiting_reminder_of_the_old_day_is_taken_back_and_the_new_day_told_this_morning(changed: House) -> None:
    """Today is five working days before the old day and, with the Friday off, before the new one too."""
    number = counted(changed, date(2027, 1, 4))
    sweep(replace(changed.desk, calendar=changed.calendar), NINE)
    assert [line["due_on"] for line in changed.lines(BINH)] == ["18/01/2027"]
    done = recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    assert (done.moved, done.cancelled_lines) == (1, 1)
    assert changed.lines(BINH) == []
    assert changed.next_at(number) == at_eight(MONDAY)
    sweep(changed.desk, NINE + timedelta(minutes=5))
    assert [(line["due_on"], line["days"]) for line in changed.lines(BINH)] == [("19/01/2027", 5)]


def test_a_rung_moves_to_a_working_day_even_where_the_due_day_stays(changed: House) -> None:
    number = changed.nomination()
    due_on = date(2027, 1, 19)
    derived = deadlines.derivation(rule(within=1), date(2027, 1, 18), changed.calendar)
    changed.deadline(number, due_on, at_eight(date(2027, 1, 15)), derivation=derived)
    done = recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    assert (done.changes, done.moved_reminders) == ((), 1)
    assert changed.next_at(number) == at_eight(date(2027, 1, 14))


def test_a_day_that_a_person_had_set_is_told_and_not_moved(changed: House) -> None:
    number = counted(changed)
    changed.change(Deadline, number, due_on=date(2027, 2, 1))
    found = recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    assert [(each.due_before, each.held) for each in found.changes] == [(date(2027, 2, 1), True)]
    assert found.moved == 0
    assert due_days(changed) == {number: date(2027, 2, 1)}


def test_a_clock_that_stands_keeps_standing(changed: House) -> None:
    number = counted(changed)
    changed.change(Deadline, number, stopped_on=MONDAY, next_reminder_at=None)
    assert recomputing.apply(changed.desk, "BO/QUANTRI", NINE).moved == 1
    assert changed.next_at(number) is None


def test_closed_deadlines_are_history(changed: House) -> None:
    number = counted(changed)
    changed.change(Deadline, number, closed_on=MONDAY, close_cause="ask", next_reminder_at=None)
    assert recomputing.apply(changed.desk, "BO/QUANTRI", NINE).changes == ()


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


def test_a_due_day_is_explained_on_the_calendar_it_was_counted_on(changed: House) -> None:
    counted(changed)
    before = recomputing.explain(changed.desk, "BK-2027-00001")[0]
    recomputing.apply(changed.desk, "BO/QUANTRI", NINE)
    after = recomputing.explain(changed.desk, "BK-2027-00001")[0]
    friday = date(2027, 1, 15)
    assert [(line.what, line.number) for line in before.explanation.lines if line.day == friday] == [("counted", 4)]
    skipped = next(line for line in after.explanation.lines if line.day == friday)
    assert skipped.cause is not None
    assert (skipped.what, skipped.cause.document) == ("skipped", "12/TB-VPCP")
    assert (before.due_on, after.due_on) == (date(2027, 1, 25), date(2027, 1, 26))
    assert after.explanation.lines[-1].day == date(2027, 1, 26)
    assert after.provisional  # nobody has confirmed 2027 yet


def test_by_name_closed_runs_are_explained_too(house: House) -> None:
    number = counted(house)
    house.change(Deadline, number, closed_on=MONDAY, close_cause="ask", next_reminder_at=None)
    assert recomputing.explain(house.desk, "BK-2027-00001") == ()
    found = recomputing.explain(house.desk, "BK-2027-00001", "state.appraising")
    assert [(each.run, each.closed_on) for each in found] == [(1, MONDAY)]


def test_an_unknown_dossier_and_a_lost_calendar_are_told(house: House) -> None:
    with pytest.raises(UnknownNomination):
        recomputing.explain(house.desk, "BK-2027-99999")
    counted(house)
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM calendar_version")
    with pytest.raises(UnknownCalendar):
        recomputing.explain(house.desk, "BK-2027-00001")


def test_open_deadlines_are_listed_by_due_day_a_page_at_a_time(house: House) -> None:
    for days in (9, 3, 7, 3, 5):
        house.due(days)
    seen: list[str] = []
    after = None
    while True:
        page = recomputing.list_open(house.desk, after=after, limit=2)
        seen += [row.code[-1] for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == ["2", "4", "5", "3", "1"]


def test_open_deadlines_are_narrowed_by_unit_state_and_day(house: House) -> None:
    late, near, other = house.due(-2), house.due(1), house.due(1, unit="VKH")

    def listed(**values: object) -> list[int]:
        return [row.nomination_id for row in recomputing.list_open(house.desk, OpenFilter(**values)).rows]  # type: ignore[arg-type]

    assert listed(late_on=MONDAY) == [late]
    assert listed(until_on=date(2027, 1, 12)) == [late, near, other]
    assert listed(unit="VKH") == [other]
    assert listed(unit_scope=("CVT",)) == [late, near]
    assert listed(unit_scope=()) == []
    assert listed(state="supplement") == []
    assert listed(flow="mau", round=1, deadline="state.appraising") == [late, near, other]


def test_a_row_tells_when_it_reminds_next(house: House) -> None:
    house.due()
    row = recomputing.list_open(house.desk).rows[0]
    assert (row.unit, row.state, row.due_on, row.next_reminder_at) == (
        "CVT", "appraising", date(2027, 1, 13), at_eight(MONDAY),
    )  # fmt: skip
    assert isinstance(row.next_reminder_at, datetime)
