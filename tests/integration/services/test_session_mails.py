"""What members are told of a session: the invitation with its appointment, its changes, and what they still owe."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import Engine

from notifications.rendering import Renderer, read_templates
from notifications.tables import MAIL
from tests.support.council import HELD, OFFICE, SECRETARY, Chamber
from tests.support.ministry import Ministry, at
from workflow.services import council_sessions, session_mails
from workflow.services.councils import CouncilError
from workflow.storage.database import read

DUE = date(2026, 12, 28)


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path))


def contexts(chamber: Chamber, template: str) -> dict[str, dict[str, object]]:
    with read(chamber.ministry.engine) as connection:
        found = connection.execute(MAIL.select().where(MAIL.c.template == template).order_by(MAIL.c.id))
        return {row.address: dict(row.context) for row in found}


def test_everybody_who_may_vote_is_invited_with_an_appointment(chamber: Chamber) -> None:
    chamber.plan(held_time="08:30", place="Phòng họp tầng 5")
    invited = session_mails.invite(chamber.ministry.desk, "PH1", OFFICE, chamber.ministry.now)
    assert (invited.mails, invited.without_mailbox) == (15, ())
    said = contexts(chamber, "session_invitation")["u03@bo.example"]
    (event,) = Calendar.from_ical(str(said["calendar"])).walk("VEVENT")
    assert event["SUMMARY"] == "Phiên họp thứ nhất"
    assert event["LOCATION"] == "Phòng họp tầng 5"
    assert event.decoded("DTSTART").isoformat() == "2026-12-22T01:30:00+00:00"
    mail = Renderer(read_templates()).render("session_invitation", "vi", said, recipient="Vũ Ủy Viên 3")
    assert "08:30" in mail.subject
    assert "Phòng họp tầng 5" in mail.text


def test_a_changed_session_is_told_again_and_replaces_the_appointment(chamber: Chamber) -> None:
    desk, now = chamber.ministry.desk, chamber.ministry.now
    chamber.plan()
    session_mails.invite(desk, "PH1", SECRETARY, now)
    council_sessions.change(desk, "PH1", {"held_on": HELD + timedelta(days=1)}, SECRETARY, now)
    session_mails.invite(desk, "PH1", SECRETARY, now)
    said = contexts(chamber, "session_invitation")["u03@bo.example"]
    (event,) = Calendar.from_ical(str(said["calendar"])).walk("VEVENT")
    assert (event["SEQUENCE"], event.decoded("DTSTART")) == (1, HELD + timedelta(days=1))
    assert said["changed"] is True
    council_sessions.cancel(desk, "PH1", "Hoãn sang tháng sau", SECRETARY, now)
    assert session_mails.tell_cancelled(desk, "PH1", now) == 15
    (event,) = Calendar.from_ical(str(contexts(chamber, "session_cancelled")["u03@bo.example"]["calendar"])).walk(
        "VEVENT"
    )
    assert event["STATUS"] == "CANCELLED"


def test_nobody_is_invited_to_a_day_that_is_past_since_no_mail_would_leave(chamber: Chamber) -> None:
    chamber.plan(form="mixed", answers_due_on=HELD + timedelta(days=3))
    desk, late = chamber.ministry.desk, at(HELD + timedelta(days=4))
    assert session_mails.invite(desk, "PH1", OFFICE, late - timedelta(days=1)).mails == 15
    with pytest.raises(CouncilError, match="invitation_late"):
        session_mails.invite(desk, "PH1", OFFICE, late)
    assert len(contexts(chamber, "session_invitation")) == 15


def test_a_unit_may_not_invite_the_council(chamber: Chamber) -> None:
    chamber.plan()
    with pytest.raises(CouncilError, match="not_running"):
        session_mails.invite(chamber.ministry.desk, "PH1", "CVT/CB", chamber.ministry.now)


def test_only_who_still_owes_an_answer_is_reminded_and_once_a_day(chamber: Chamber) -> None:
    chamber.voting(2, present=False, form="mixed", answers_due_on=DUE)
    chamber.attend(chamber.keys[:12])
    for person in chamber.keys[:12]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    chamber.cast("BO/U12", {1: "yes", 2: "no"})
    chamber.cast("BO/U13", {1: "yes"})
    ministry = chamber.ministry
    assert session_mails.remind(ministry.desk, ministry.on(date(2026, 12, 23)).now) == 0
    assert session_mails.remind(ministry.desk, ministry.on(date(2026, 12, 24)).now) == 2
    assert session_mails.remind(ministry.desk, ministry.on(date(2026, 12, 24), 15).now) == 0
    said = contexts(chamber, "ballot_reminder")
    assert {address: each["amount"] for address, each in said.items()} == {"u13@bo.example": 1, "u14@bo.example": 2}
    chamber.cast("BO/U13", {2: "yes"})
    # Days off in between, then the last day.
    assert session_mails.remind(ministry.desk, ministry.on(date(2026, 12, 26)).now) == 0
    assert session_mails.remind(ministry.desk, ministry.on(DUE).now) == 1
    assert contexts(chamber, "ballot_reminder")["u14@bo.example"]["last_day"] is True
    told = [address for address, _ in session_mails.reminded(ministry.desk, "PH1")]
    assert told == ["u13@bo.example", "u14@bo.example", "u14@bo.example"]
    assert session_mails.remind(ministry.desk, ministry.on(DUE + timedelta(days=1)).now) == 0
