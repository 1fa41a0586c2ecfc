"""The sweep: who is reminded of what, once, on working days, whatever happened before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from definitions.calendar import at_eight
from definitions.flow import Escalation, Ladder, Words
from tests.integration.services.reminder_house import MONDAY, NINE, House, rule
from workflow.services.reminders import SweepReport, sweep
from workflow.storage.tables import Deadline, Nomination, Unit

BINH = "binh@bo.example"


def test_a_due_reminder_goes_once_into_the_digest_of_the_day(house: House) -> None:
    number = house.due()
    report = sweep(house.desk, NINE)
    assert (report.reminders, report.escalations, report.skipped, report.mails, report.failed) == (1, 0, 0, 1, ())
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "queued"}
    assert house.reminders() == [(number, "before:2@270113", BINH, False)]
    assert house.next_at(number) == at_eight(date(2027, 1, 13))
    assert sweep(house.desk, NINE) == SweepReport()


def test_a_line_says_what_is_due_when_and_in_which_state(house: House) -> None:
    house.due()
    sweep(house.desk, NINE)
    assert house.lines(BINH) == [
        {
            "award": "Bằng khen của Bộ trưởng", "code": "BK-2027-00001", "days": 2, "due_on": "13/01/2027",
            "kind": "reminder", "label": "Đang thẩm định", "name": "Nguyễn Văn 1", "state_label": "Đang thẩm định",
            "unit": "Cục Viễn thông",
        }
    ]  # fmt: skip


def test_the_mail_tells_whom_to_ask_and_prints_the_audit_head_to_the_desk(house: House) -> None:
    from notifications.tables import MAIL
    from workflow.storage import chain
    from workflow.storage.database import read, write

    with write(house.engine) as connection:
        chain.append(connection, kind="test", payload={}, secrets={}, now=NINE)
        number, head = chain.head(connection)
    house.due()
    house.due(unit="VKH", owner="unit_officer")
    sweep(house.desk, NINE)
    with read(house.engine) as connection:
        found = {row.address: row for row in connection.execute(MAIL.select())}
    desk, unit = found[BINH], found["vkh@bo.example"]
    assert (desk.template, desk.why, desk.context["contact_email"]) == ("digest", "appraiser", "hoa@bo.example")
    assert desk.context["audit_head"] == f"{number} {head[:4]}-{head[4:8]}-{head[8:12]}-{head[12:16]}"
    assert desk.context["unit_name"] == ""
    assert unit.context["audit_head"] == ""
    assert unit.context["unit_name"] == "Vụ Khoa học"
    assert unit.useless_after == datetime(2027, 1, 14, 2, 0, tzinfo=UTC)


def test_one_digest_for_each_recipient_overdue_first_then_by_due_day_then_by_code(house: House) -> None:
    for days in (5, 2, 0, -2, 2):
        house.due(days)
    sweep(house.desk, NINE)
    assert [(line["code"][-1], line["days"]) for line in house.lines(BINH)] == [
        ("4", -2), ("3", 0), ("2", 2), ("5", 2), ("1", 5),
    ]  # fmt: skip


def test_every_holder_of_the_role_is_reminded_and_whoever_stands_in_for_one(house: House) -> None:
    head = house.person("LAN", "secretariat_head")
    house.substitute(head, house.person("MAI"))
    house.person("HOA", "appraiser")
    house.due(owner="appraiser", of=rule(to=("appraiser", "secretariat_head")))
    report = sweep(house.desk, NINE)
    assert (report.reminders, report.mails) == (4, 4)
    assert {mail.split()[1] for mail in house.mails()} == {
        BINH, "hoa@bo.example", "lan@bo.example", "mai@bo.example",
    }  # fmt: skip


def test_who_has_two_of_the_roles_gets_one_line(house: House) -> None:
    house.person("LAN", "secretariat", "secretariat_head")
    house.due(of=rule(to=("secretariat", "secretariat_head")))
    assert sweep(house.desk, NINE).reminders == 1
    assert len(house.codes("lan@bo.example")) == 1


def test_a_role_of_one_unit_is_not_told_of_another(house: House) -> None:
    house.person("VY", "unit_officer", scope=("unit", "VKH"))
    house.due(unit="CVT", owner="unit_officer")
    house.due(unit="VKH", owner="unit_officer")
    sweep(house.desk, NINE)
    assert house.codes("vy@bo.example") == ["BK-2027-00002"]
    assert house.codes("cvt@bo.example") == ["BK-2027-00001"]


@pytest.mark.parametrize("role", ["unit_officer", "unit_head", "unit_council"])
def test_a_unit_role_that_nobody_holds_is_the_units_mailbox(house: House, role: str) -> None:
    house.due(owner=role)
    sweep(house.desk, NINE)
    assert house.codes("cvt@bo.example") == ["BK-2027-00001"]
    assert house.one("SELECT why FROM mail") == "unit"


def test_a_unit_reads_the_state_that_was_released_to_it_in_its_language(house: House) -> None:
    house.unit("ICT", "ICT Department", language="en")
    number = house.due(unit="ICT", owner="unit_head")
    house.change(Nomination, number, state="appraising", shown_state="supplement")
    sweep(house.desk, NINE)
    line = house.lines("ict@bo.example")[0]
    assert (line["state_label"], line["award"]) == ("Papers asked for", "Certificate of the Minister")


def test_a_deadline_is_called_by_its_label_else_by_its_task(house: House) -> None:
    house.due(of=rule(label=Words("Hạn thẩm định", "Appraisal")))
    house.due(of=rule("task.consult"))
    sweep(house.desk, NINE)
    assert [line["label"] for line in house.lines(BINH)] == ["Hạn thẩm định", "Lấy ý kiến"]


def test_a_role_that_leads_to_nobody_is_reported_and_kept_and_stops_nothing(house: House) -> None:
    number = house.due(owner="council_secretary")
    house.due()
    report = sweep(house.desk, NINE)
    assert report.unaddressed == (("council_secretary", "BK-2027-00001"),)
    assert report.reminders == 1
    assert (number, "before:2@270113", "role:council_secretary", True) in house.reminders()
    assert house.next_at(number) == at_eight(date(2027, 1, 13))


def test_an_address_that_cannot_be_mailed_is_a_failed_mail_that_everybody_sees(house: House) -> None:
    house.change(Unit, 2, mailbox="không phải địa chỉ")
    house.due(unit="VKH", owner="unit_head")
    house.due(unit="CVT", owner="unit_head")
    assert sweep(house.desk, NINE).failed == ()
    assert sorted(house.mails().values()) == ["failed", "queued"]


def test_a_long_overdue_deadline_escalates_to_the_roles_above(house: House) -> None:
    house.person("LAN", "secretariat_head")
    house.due(-3, of=rule(escalate=Escalation(3, ("secretariat_head",))))
    report = sweep(house.desk, NINE)
    assert (report.reminders, report.escalations) == (1, 1)
    assert [line["kind"] for line in house.lines(BINH)] == ["reminder"]
    assert [(line["kind"], line["days"]) for line in house.lines("lan@bo.example")] == [("escalation", -3)]


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "late", [timedelta(seconds=2), timedelta(hours=1), timedelta(hours=14, minutes=59), timedelta(days=1)]
)
def test_a_late_reminder_is_sent_all_the_same(house: House, late: timedelta) -> None:
    house.due()
    assert sweep(house.desk, at_eight(MONDAY) + late).reminders == 1


@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 1, 11, 0, 59, 59, tzinfo=UTC),  # 07:59:59
        datetime(2027, 1, 10, 3, 0, tzinfo=UTC),  # Sunday
        datetime(2027, 2, 8, 3, 0, tzinfo=UTC),  # Tết
    ],
)
def test_nothing_goes_out_before_eight_nor_on_days_off(house: House, now: datetime) -> None:
    number = house.due(today=date(2027, 1, 8))
    before = house.next_at(number)
    assert sweep(house.desk, now) == SweepReport()
    assert house.next_at(number) == before
    assert house.mails() == {}


def test_an_outage_of_three_days_gives_one_reminder_and_names_those_it_overtook(house: House) -> None:
    number = house.due(2)
    report = sweep(house.desk, at_eight(date(2027, 1, 15)) + timedelta(minutes=5))
    assert (report.reminders, report.skipped, report.mails) == (1, 2, 1)
    assert house.reminders() == [
        (number, "after:2@270113", BINH, False),
        (number, "before:2@270113", BINH, True),
        (number, "on@270113", BINH, True),
    ]
    assert list(house.mails()) == [f"digest:2027-01-15 {BINH}"]


def test_over_a_block_of_holidays_reminders_stand_before_and_after_it(house: House) -> None:
    """Due on the Tuesday after Tết: the rung of the week before it, then the day itself; none in between."""
    number = house.nomination()
    back = house.calendar.next_working(date(2027, 2, 6))
    due_on = house.calendar.add_working(back, 1)
    start = house.calendar.add_working(due_on, -6)
    house.deadline(number, due_on, at_eight(house.calendar.add_working(due_on, -5)))
    sent: list[tuple[date, str]] = []
    day = start
    while day <= due_on:
        for hour in range(0, 24, 6):
            now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 7)
            if sweep(house.desk, now).reminders:
                sent.append((day, house.reminders()[-1][1]))
        day += timedelta(days=1)
    assert all(house.calendar.is_working(day) for day, _ in sent)
    assert [day for day, _ in sent] == [house.calendar.add_working(due_on, -count) for count in (5, 2, 0)]


def test_a_day_off_declared_overnight_loses_no_reminder(house: House) -> None:
    """Two days before the due Friday was Wednesday; with the Thursday off it is Tuesday, and Tuesday is over."""
    number = house.nomination()
    house.deadline(number, date(2027, 1, 15), at_eight(date(2027, 1, 13)))
    off = '[[off]]\non = 2027-01-14\nname = { vi = "Nghỉ", en = "Off" }\ndocument = "1/TB"\n'
    desk = replace(house.desk, calendar=house.calendar.overridden(off))
    assert sweep(desk, at_eight(date(2027, 1, 13))).reminders == 1
    assert house.lines(BINH)[0]["days"] == 1
    assert house.next_at(number) == at_eight(date(2027, 1, 15))
    assert sweep(desk, at_eight(date(2027, 1, 13)) + timedelta(hours=5)) == SweepReport()


def test_a_clock_that_jumped_ahead_and_back_repeats_nothing(house: House) -> None:
    house.due()
    assert sweep(house.desk, NINE + timedelta(days=3)).reminders == 1
    assert sweep(house.desk, NINE) == SweepReport()
    assert sweep(house.desk, NINE + timedelta(days=1)) == SweepReport()


# ── what owes nothing ────────────────────────────────────────────────────────────────────────────


def test_archived_left_stopped_and_closed_rows_remind_nobody(house: House) -> None:
    archived, left, stopped, closed = (house.due() for _ in range(4))
    house.change(Nomination, archived, archived_at=NINE)
    house.change(Nomination, left, state="supplement")
    house.change(Deadline, stopped, stopped_on=MONDAY)
    house.change(Deadline, closed, closed_on=MONDAY, close_cause="award")
    report = sweep(house.desk, NINE)
    assert (report.reminders, report.silent, report.mails) == (0, 3, 0)
    assert [house.next_at(number) for number in (archived, left, stopped)] == [None, None, None]
    assert sweep(house.desk, NINE) == SweepReport()


def test_a_deadline_that_spans_states_reminds_whatever_the_state_is(house: House) -> None:
    number = house.due(of=rule("ministry"))
    house.change(Nomination, number, state="supplement", shown_state="supplement")
    assert sweep(house.desk, NINE).reminders == 1


def test_a_ladder_that_has_ended_is_not_looked_at_again(house: House) -> None:
    number = house.due(0, of=rule(remind=Ladder(on_day=True)))
    assert sweep(house.desk, NINE).reminders == 1
    assert house.next_at(number) is None


def test_who_comes_back_to_a_step_is_reminded_again(house: House) -> None:
    number = house.due()
    sweep(house.desk, NINE)
    house.change(Deadline, number, closed_on=MONDAY, close_cause="ask", next_reminder_at=None)
    house.deadline(number, date(2027, 1, 13), at_eight(MONDAY), run=2)
    assert sweep(house.desk, NINE).reminders == 1
    assert len(house.all("SELECT run FROM reminder ORDER BY run")) == 2


def test_a_later_due_day_is_reminded_of_anew_on_the_same_rung(house: House) -> None:
    number = house.due()
    sweep(house.desk, NINE)
    house.change(Deadline, number, due_on=date(2027, 1, 15), next_reminder_at=at_eight(date(2027, 1, 13)))
    assert sweep(house.desk, NINE + timedelta(days=2)).reminders == 1
    assert [rung for _, rung, _, _ in house.reminders()] == ["before:2@270113", "before:2@270115"]
