"""Calendar files of invitations, read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, cast

import pytest
from icalendar import Calendar

from workflow.papers.calendars import calendar_file
from workflow.papers.samples import whole
from workflow.papers.shapes import Invitation

AT = datetime(2026, 1, 8, 2, 30, tzinfo=UTC)
INVITATION = cast(Invitation, whole("giay_moi"))


def event(invitation: Invitation) -> tuple[Any, Any]:
    calendar: Any = Calendar.from_ical(calendar_file(invitation, AT))
    (found,) = calendar.walk("VEVENT")
    return calendar, found


def test_the_session_is_told_in_utc() -> None:
    calendar, found = event(INVITATION)

    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    assert found["uid"] == "PH-2026-01@khen.example"
    assert found["dtstart"].dt == datetime(2026, 1, 15, 1, 30, tzinfo=UTC)
    assert found["dtend"].dt == datetime(2026, 1, 15, 4, 30, tzinfo=UTC)
    assert found["dtstamp"].dt == AT
    assert (found["summary"], found["status"], found["sequence"]) == (INVITATION.session, "CONFIRMED", 0)
    assert found["location"] == INVITATION.venue
    assert "Cờ thi đua" in found["description"]
    assert "attendee" not in found


def test_a_changed_session_moves_and_a_cancelled_one_goes() -> None:
    calendar, found = event(replace(INVITATION, changes=2, cancelled=True))

    assert (calendar["method"], found["status"], found["sequence"]) == ("CANCEL", "CANCELLED", 2)


def test_a_session_without_a_time_is_the_whole_day() -> None:
    _, found = event(replace(INVITATION, begins=None))

    assert (found["dtstart"].dt, found["dtend"].dt) == (date(2026, 1, 15), date(2026, 1, 16))


def test_a_session_without_an_end_takes_two_hours() -> None:
    for ends in (None, time(7, 0)):
        _, found = event(replace(INVITATION, ends=ends))
        assert found["dtend"].dt == datetime(2026, 1, 15, 3, 30, tzinfo=UTC)


def test_text_cannot_become_a_line_of_the_file() -> None:
    wicked = replace(INVITATION, venue="Phòng 1\r\nATTENDEE:mailto:a@b.example;X=1,2")
    content = calendar_file(wicked, AT)

    assert b"\r\nATTENDEE" not in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert event(wicked)[1]["location"] == "Phòng 1 ATTENDEE:mailto:a@b.example;X=1,2"


def test_an_event_without_a_name_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="uid"):
        calendar_file(replace(INVITATION, uid=""), AT)
