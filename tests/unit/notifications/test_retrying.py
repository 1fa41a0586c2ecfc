"""When a mail is tried again, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.errors import DeliveryError, SettingsRefused
from notifications.mail import Expired, Failed, Later, Uncertain
from notifications.retrying import RetryPlan, after_failure

NOW = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
TEMPORARY = DeliveryError("temporary", 451, "busy")


def after(error: DeliveryError, plan: RetryPlan | None = None, **changes: Any):
    known = {"attempts": 1, "unknowns": 0, "queued_at": NOW, "useless_after": None, "now": NOW}
    return after_failure(error, plan or RetryPlan(), **(known | changes))


def test_the_waits_double_to_half_an_hour_and_then_stay_at_66_minutes() -> None:
    waits = [RetryPlan().wait(attempts).total_seconds() / 60 for attempts in range(1, 10)]
    assert waits == [1, 2, 4, 8, 16, 32, 66, 66, 66]


def test_a_temporary_refusal_costs_an_attempt_and_waits() -> None:
    assert after(TEMPORARY, attempts=3) == Later(NOW + timedelta(minutes=4), 451, "busy")


def test_a_mail_is_tried_through_a_long_weekend() -> None:
    now, attempts, tries = NOW, 1, 0
    while isinstance(outcome := after(TEMPORARY, attempts=attempts, now=now), Later):
        now, attempts, tries = outcome.at, attempts + 1, tries + 1
    assert now - NOW > timedelta(hours=118)
    assert tries > 100
    assert outcome == Expired("lifetime", 451, "busy")


def test_a_lifetime_below_72_hours_is_refused() -> None:
    RetryPlan(lifetime=timedelta(hours=72))
    with pytest.raises(SettingsRefused, match="lifetime_too_short"):
        RetryPlan(lifetime=timedelta(hours=71))


def test_a_mail_that_would_come_too_late_is_not_tried_again() -> None:
    soon = NOW + timedelta(seconds=59)
    assert after(TEMPORARY, useless_after=soon) == Expired("useless", 451, "busy")
    assert isinstance(after(TEMPORARY, useless_after=NOW + timedelta(seconds=61)), Later)


def test_a_permanent_refusal_is_final_and_keeps_its_reason() -> None:
    assert after(DeliveryError("permanent", 550, "no such user")) == Failed("refused", 550, "no such user")
    assert after(DeliveryError("permanent", 552, "big", reason="too_big")) == Failed("too_big", 552, "big")


@pytest.mark.parametrize("kind", ["lane", "configuration"])
def test_a_fault_that_is_not_the_mails_costs_it_nothing(kind: Any) -> None:
    assert after(DeliveryError(kind, 0, "down"), attempts=9) == Later(NOW, 0, "down", attempted=False)


def test_an_unknown_outcome_is_sent_once_more_after_ten_minutes_and_then_left_to_a_person() -> None:
    unknown = DeliveryError("unknown", 0, "silence")
    assert after(unknown) == Uncertain(NOW + timedelta(seconds=600), 0, "silence")
    assert after(unknown, unknowns=1) == Uncertain(None, 0, "silence")
    assert after(unknown, useless_after=NOW + timedelta(seconds=599)) == Uncertain(None, 0, "silence")


def test_a_server_that_cannot_be_reached_is_asked_less_and_less_often() -> None:
    plan = RetryPlan()
    assert [plan.lane_wait(failures).total_seconds() / 60 for failures in range(1, 8)] == [1, 2, 4, 8, 15, 15, 15]
