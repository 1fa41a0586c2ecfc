"""Owing, cancelling, releasing and repeating mails, inside the caller's transaction."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from sqlalchemy import Connection, Engine, text

from notifications import outbox
from notifications.errors import NotResendable, UnknownMail
from tests.integration.notifications.factory import NOW, column, line, mail, message_id_of, states


def enqueue(connection: Connection, *requests, mode: str = "send") -> int:
    return outbox.enqueue(connection, requests, now=NOW, message_id_of=message_id_of, mode=mode)


def test_a_mail_asked_for_twice_is_owed_once(connection: Connection) -> None:
    assert enqueue(connection, mail(1, lines=(line(1), line(2))), mail(2)) == 2
    assert enqueue(connection, mail(1, lines=(line(1), line(3))), mail(3)) == 1
    assert column(connection, "SELECT reference FROM mail_line") == ["nomination:1", "nomination:2"]
    assert set(states(connection).values()) == {"queued"}


def test_what_is_released_leaves_at_once_whatever_zone_the_clock_speaks(connection: Connection) -> None:
    held = [mail(number, lines=(line(number),), hold="results") for number in (1, 2, 3)]
    assert enqueue(connection, *held) == 3
    here = NOW.astimezone(timezone(timedelta(hours=7)))
    outbox.release(connection, "results", ["nomination:1"], NOW)
    outbox.release(connection, "results", ["nomination:2"], here)
    outbox.release_mails(connection, [3], here)
    leaves = column(connection, "SELECT next_attempt_at FROM mail")
    assert len(leaves) == 3
    assert len(set(leaves)) == 1


def test_a_rolled_back_act_owes_nothing(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        enqueue(connection, mail(1, lines=(line(1),)))
        transaction.rollback()
    assert states(engine) == {}


def test_two_notices_to_one_recipient_become_one_mail_with_the_lines_of_both(connection: Connection) -> None:
    first = mail(1, lines=(line(1), line(2)))
    second = mail(1, template="not_awarded", lines=(line(2), line(3, section="not_awarded")))
    assert enqueue(connection, first, second) == 1
    found = connection.execute(text("SELECT reference, section, number FROM mail_line ORDER BY number")).all()
    assert [tuple(row) for row in found] == [
        ("nomination:1", "received", 1),
        ("nomination:2", "received", 2),
        ("nomination:3", "not_awarded", 3),
    ]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "address_missing"),
        ("a@bo.example, b@evil.example", "address_invalid"),
        ("a@bo.example\r\nRCPT TO:<b@evil.example>", "address_characters"),
    ],
)
def test_a_bad_address_blocks_no_act_and_is_seen(connection: Connection, address: str, reason: str) -> None:
    assert enqueue(connection, mail(1, address=address, name="Cục A"), mail(1, address=address, name="Cục B")) >= 1
    assert set(column(connection, "SELECT state || ' ' || reason FROM mail")) == {f"failed {reason}"}


def test_units_without_a_mailbox_are_told_apart(connection: Connection) -> None:
    enqueue(connection, mail(1, address="", name="Cục A"))
    enqueue(connection, mail(1, address="", name="Cục B"))
    assert len(states(connection)) == 2


def test_nothing_leaves_before_its_time(connection: Connection) -> None:
    tomorrow = NOW + timedelta(days=1)
    enqueue(connection, mail(1, not_before=tomorrow), mail(2, not_before=NOW - timedelta(days=1)))
    found = column(connection, "SELECT next_attempt_at FROM mail ORDER BY id")
    assert str(found[0])[:19].replace("T", " ") == "2027-01-05 01:00:00"
    assert str(found[1])[:19].replace("T", " ") == "2027-01-04 01:00:00"


def test_in_hold_mode_every_mail_is_held(connection: Connection) -> None:
    enqueue(connection, mail(1), mail(2, hold="results"), mode="hold")
    assert column(connection, "SELECT state || ' ' || hold FROM mail ORDER BY id") == ["held mode", "held results"]


def test_a_mail_whose_last_line_is_cancelled_is_cancelled(connection: Connection) -> None:
    reminders = (line(1, topic="reminder"), line(2, topic="reminder"))
    enqueue(connection, mail(1, lines=reminders), mail(2, lines=(line(1), line(9))))
    done = outbox.cancel_lines(
        connection, references=["nomination:1"], topics=["reminder"], reason="state_left", now=NOW
    )
    assert done == (1, 0)
    done = outbox.cancel_lines(connection, references={"nomination:2", "nomination:7"}, reason="state_left", now=NOW)
    assert done == (1, 1)
    assert states(connection) == {"act:1 unit1@bo.example": "cancelled", "act:1 unit2@bo.example": "queued"}
    assert column(connection, "SELECT reason FROM mail WHERE state = 'cancelled'") == ["state_left"]


def test_cancelling_is_silent_about_what_is_gone(connection: Connection) -> None:
    enqueue(connection, mail(1, lines=(line(1),)))
    connection.execute(text("UPDATE mail SET state = 'handed_over', next_attempt_at = NULL"))
    assert outbox.cancel_lines(connection, references=["nomination:1"], reason="x", now=NOW) == (0, 0)
    assert outbox.cancel_lines(connection, references=[], reason="x", now=NOW) == (0, 0)


def test_a_release_lets_go_whole_mails(connection: Connection) -> None:
    enqueue(connection, mail(1, hold="results", lines=(line(1), line(2))), mail(2, hold="other", lines=(line(1),)))
    assert outbox.release(connection, "results", ["nomination:1", "nomination:2"], NOW) == (1, 0)
    assert list(states(connection).values()) == ["queued", "held"]


def test_a_partial_release_moves_only_those_lines(connection: Connection) -> None:
    enqueue(connection, mail(1, hold="results", lines=tuple(line(n) for n in range(1, 6))))
    assert outbox.release(connection, "results", ["nomination:2", "nomination:4"], NOW) == (1, 1)
    assert outbox.release(connection, "results", ["nomination:1"], NOW) == (1, 1)
    found = connection.execute(
        text(
            "SELECT cause, state, line_count, (SELECT count(*) FROM mail_line WHERE mail_id = id) AS lines,"
            " message_id FROM mail ORDER BY id"
        )
    ).all()
    assert [(row.cause, row.state, row.line_count, row.lines) for row in found] == [
        ("act:1", "held", 2, 2),
        ("act:1~2", "queued", 2, 2),
        ("act:1~3", "queued", 1, 1),
    ]
    assert len({row.message_id for row in found}) == 3
    assert outbox.release(connection, "results", None, NOW) == (1, 0)
    assert set(states(connection).values()) == {"queued"}


def test_a_release_keeps_the_hour_before_which_a_mail_may_not_leave(connection: Connection) -> None:
    tomorrow = NOW + timedelta(days=1)
    enqueue(connection, mail(1, hold="results", not_before=tomorrow), mail(2, hold="results"))
    outbox.release(connection, "results", None, NOW)
    found = [str(value)[:19].replace("T", " ") for value in column(connection, "SELECT next_attempt_at FROM mail")]
    assert sorted(found) == ["2027-01-04 01:00:00", "2027-01-05 01:00:00"]


def test_a_mail_sent_again_is_a_mail_of_its_own(connection: Connection) -> None:
    enqueue(connection, mail(1, lines=(line(1),)))
    old = column(connection, "SELECT id FROM mail")[0]
    with pytest.raises(NotResendable):
        outbox.resend(connection, old, NOW)
    connection.execute(text("UPDATE mail SET state = 'failed', next_attempt_at = NULL"))
    new = outbox.resend(connection, old, NOW)
    outbox.resend(connection, old, NOW)
    found = connection.execute(text("SELECT cause, state, resend_of, message_id FROM mail ORDER BY id")).all()
    assert [(row.cause, row.state, row.resend_of) for row in found] == [
        ("act:1", "failed", None),
        ("act:1~again2", "queued", old),
        ("act:1~again3", "queued", old),
    ]
    assert len({row.message_id for row in found}) == 3
    assert column(connection, f"SELECT reference FROM mail_line WHERE mail_id = {new}") == ["nomination:1"]
    with pytest.raises(UnknownMail):
        outbox.resend(connection, 999, NOW)


def test_a_pause_keeps_its_first_reason_until_somebody_resumes(connection: Connection) -> None:
    assert outbox.pause(connection, now=NOW, reason="auth", detail="535 bad password")
    assert not outbox.pause(connection, now=NOW, reason="restored")
    assert column(connection, "SELECT reason FROM mail_queue") == ["auth"]
    assert outbox.resume(connection)
    assert not outbox.resume(connection)
