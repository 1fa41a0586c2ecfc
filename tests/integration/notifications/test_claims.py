"""How workers share the outbox: one claim per mail, fences, rescue, expiry. On both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from notifications import claims, outbox, overview
from notifications.mail import Claim, Expired, Failed, HandedOver, Later, Outcome, Receipt, RenderedMail, Uncertain
from tests.integration.notifications.factory import NOW, column, line, mail, message_id_of

LEASE = timedelta(minutes=10)
LATER = NOW + timedelta(minutes=11)
WRITTEN = RenderedMail("Tiêu đề", "chữ", "<p>chữ</p>")
DONE = HandedOver(Receipt(250, "kept"))


def owe(connection: Connection, *requests: Any) -> None:
    outbox.enqueue(connection, requests, now=NOW, message_id_of=message_id_of)


def claim(connection: Connection, now: Any = NOW, *, limit: int = 10, owner: str = "w1") -> list[Claim]:
    return claims.claim(connection, now=now, limit=limit, lease=LEASE, owner=owner)


def claim_one(connection: Connection, now: Any = NOW, *, owner: str = "w1") -> Claim:
    (taken,) = claim(connection, now, owner=owner)
    return taken


def offer(connection: Connection, taken: Claim) -> bool:
    return claims.offer(connection, taken, WRITTEN, now=NOW, lease=LEASE)


def states(connection: Connection) -> list[str]:
    return column(connection, "SELECT state FROM mail ORDER BY id")


def test_a_claim_carries_all_that_is_needed_and_records_the_attempt_before_the_send(connection: Connection) -> None:
    owe(connection, mail(1, lines=(line(1), line(2)), why="unit"))
    taken = claim_one(connection)
    assert (taken.address, taken.name, taken.fence, taken.attempts) == ("unit1@bo.example", "Cục 1", 1, 0)
    assert [each.reference for each in taken.lines] == ["nomination:1", "nomination:2"]
    assert taken.context["letter_number"] == "07/TTr-CVT"
    attempts = connection.execute(text("SELECT number, stage, outcome FROM mail_attempt")).all()
    assert [tuple(each) for each in attempts] == [(1, "claimed", "")]


def test_a_claimed_mail_is_claimed_by_nobody_else(connection: Connection) -> None:
    owe(connection, *(mail(number) for number in range(5)))
    first, second = claim(connection, limit=3), claim(connection, limit=3, owner="w2")
    assert (len(first), len(second)) == (3, 2)
    assert not {each.mail_id for each in first} & {each.mail_id for each in second}
    assert claim(connection) == []


def test_the_oldest_due_mail_goes_first_and_one_not_due_stays(connection: Connection) -> None:
    owe(connection, mail(1, not_before=NOW + timedelta(hours=1)), mail(2), mail(3))
    assert [each.address for each in claim(connection, limit=1)] == ["unit2@bo.example"]
    assert [each.address for each in claim(connection)] == ["unit3@bo.example"]


def test_what_is_handed_over_is_final_and_shows_the_servers_word(connection: Connection) -> None:
    owe(connection, mail(1))
    taken = claim_one(connection)
    assert offer(connection, taken)
    assert claims.record(connection, taken, HandedOver(Receipt(250, "2.0.0 queued as ABC")), NOW)
    shown = overview.show_mail(connection, taken.mail_id)
    assert (shown.head.state, shown.head.attempts, shown.head.subject) == ("handed_over", 1, "Tiêu đề")
    assert shown.head.last_answer == "2.0.0 queued as ABC"
    assert [(each.stage, each.outcome, each.code) for each in shown.attempts] == [("offered", "handed_over", 250)]


def test_each_outcome_has_its_state(connection: Connection) -> None:
    outcomes: list[tuple[Outcome, str, int]] = [
        (Later(LATER, 450, "later"), "queued", 1),
        (Later(NOW, 0, "down", attempted=False), "queued", 0),
        (Failed("refused", 550, "no"), "failed", 1),
        (Expired("lifetime", 450, "late"), "expired", 1),
        (Uncertain(LATER, 0, "silence"), "unknown", 1),
        (Uncertain(None, 0, "silence"), "unknown", 1),
    ]
    owe(connection, *(mail(number) for number in range(len(outcomes))))
    for taken, (outcome, state, attempts) in zip(claim(connection), outcomes, strict=True):
        assert claims.record(connection, taken, outcome, NOW)
        head = overview.show_mail(connection, taken.mail_id).head
        assert (head.state, head.attempts) == (state, attempts)
    assert overview.summary(connection, NOW).uncertain == 1


def test_a_late_word_about_a_mail_that_another_worker_has_is_refused(connection: Connection) -> None:
    owe(connection, mail(1))
    slow = claim_one(connection)
    offer(connection, slow)
    claims.rescue(connection, LATER)
    quick = claim_one(connection, LATER + timedelta(minutes=11), owner="w2")
    assert quick.fence == slow.fence + 1
    assert not claims.record(connection, slow, Failed("refused", 550, "no"), LATER)
    assert not offer(connection, slow)
    assert states(connection) == ["sending"]
    assert claims.record(connection, quick, DONE, LATER)
    assert states(connection) == ["handed_over"]
    answers = column(connection, "SELECT outcome FROM mail_attempt ORDER BY number")
    assert answers == ["failed", "handed_over"]


def test_a_late_word_is_heard_while_nobody_else_has_the_mail(connection: Connection) -> None:
    owe(connection, mail(1))
    slow = claim_one(connection)
    offer(connection, slow)
    claims.rescue(connection, LATER)
    assert states(connection) == ["unknown"]
    assert claims.record(connection, slow, DONE, LATER)
    assert states(connection) == ["handed_over"]
    assert claim(connection, LATER + timedelta(days=1)) == []


def test_rescue_knows_what_a_server_may_have(connection: Connection) -> None:
    owe(connection, mail(1), mail(2))
    first, _ = claim(connection)
    offer(connection, first)
    assert claims.rescue(connection, NOW + LEASE) == (0, 0, 0)
    assert claims.rescue(connection, LATER) == (1, 1, 0)
    assert states(connection) == ["unknown", "queued"]
    assert [each.address for each in claim(connection, LATER)] == ["unit2@bo.example"]
    again = claim_one(connection, LATER + timedelta(seconds=600))
    assert (again.message_id, again.unknowns, again.frozen) == (first.message_id, 1, WRITTEN)


def test_a_second_crash_in_doubt_leaves_the_mail_to_a_person(connection: Connection) -> None:
    owe(connection, mail(1))
    now = NOW
    for _ in range(2):
        offer(connection, claim_one(connection, now))
        now += timedelta(minutes=11)
        claims.rescue(connection, now)
        now += timedelta(minutes=11)
    assert claim(connection, now) == []
    summary = overview.summary(connection, now)
    assert (summary.counts, summary.uncertain) == ({"unknown": 1}, 1)


def test_a_worker_takes_back_its_own_leases_at_once(connection: Connection) -> None:
    owe(connection, mail(1), mail(2))
    claim(connection, limit=1, owner="desk-1")
    claim(connection, limit=1, owner="desk-2")
    assert claims.rescue(connection, NOW, owner="desk-1") == (1, 0, 0)


def test_a_sign_of_life_keeps_a_lease(connection: Connection) -> None:
    owe(connection, mail(1), mail(2))
    mine, other = claim(connection)
    assert claims.renew(connection, mails=[mine.mail_id], owner="w1", until=LATER + LEASE) == 1
    assert claims.renew(connection, mails=[other.mail_id], owner="w2", until=LATER + LEASE) == 0
    assert claims.renew(connection, mails=[], owner="w1", until=LATER) == 0
    assert claims.rescue(connection, LATER) == (1, 0, 0)


def test_a_mail_that_kills_its_workers_is_parked_and_drags_no_other_along(connection: Connection) -> None:
    owe(connection, *(mail(number) for number in range(6)))
    now = NOW
    for _ in range(12):
        for taken in sorted(claim(connection, now), key=lambda each: each.address == "unit3@bo.example"):
            if now > NOW and taken.address != "unit3@bo.example":
                claims.record(connection, taken, DONE, now)
        # Here the worker dies: of the first pile at once, later of mail 3 alone.
        now += timedelta(minutes=11)
        claims.rescue(connection, now)
    failed = overview.list_mails(connection, state="failed")
    assert [(each.address, each.reason) for each in failed] == [("unit3@bo.example", "poison")]
    assert overview.summary(connection, now).counts == {"failed": 1, "handed_over": 5}


def test_mails_whose_worker_died_are_taken_one_at_a_time(connection: Connection) -> None:
    owe(connection, mail(1), mail(2), mail(3))
    claim(connection)
    claims.rescue(connection, LATER)
    assert len(claim(connection, LATER)) == 1


def test_unsent_mails_go_back_for_nothing(connection: Connection) -> None:
    owe(connection, mail(1), mail(2))
    assert claims.give_back(connection, claim(connection), NOW) == 2
    assert [each.attempts for each in claim(connection)] == [0, 0]


def test_nothing_about_the_past_is_mailed_not_even_what_was_held(connection: Connection) -> None:
    soon = NOW + timedelta(hours=1)
    owe(connection, mail(1, useless_after=soon), mail(2, useless_after=soon, hold="results"), mail(3))
    assert claims.expire(connection, NOW) == 0
    assert [each.address for each in claim(connection, soon)] == ["unit3@bo.example"]
    assert claims.expire(connection, soon) == 2
    assert states(connection) == ["expired", "expired", "sending"]


def test_a_mail_whose_lines_were_cancelled_while_it_was_out_is_cancelled_when_it_comes_back(
    connection: Connection,
) -> None:
    owe(connection, mail(1, lines=(line(1),)), mail(2, lines=(line(1), line(2))))
    for taken in claim(connection):
        outbox.cancel_lines(connection, references=["nomination:1"], reason="step_left", now=NOW)
        claims.record(connection, taken, Later(NOW, 450, "later"), NOW)
    assert [each.address for each in claim(connection)] == ["unit2@bo.example"]
    assert states(connection) == ["cancelled", "sending"]


def test_a_frozen_text_holds_until_its_lines_change(connection: Connection) -> None:
    owe(connection, mail(1, lines=(line(1), line(2))))
    taken = claim_one(connection)
    offer(connection, taken)
    claims.record(connection, taken, Later(NOW, 450, "later"), NOW)
    taken = claim_one(connection)
    assert taken.frozen == WRITTEN
    claims.record(connection, taken, Later(NOW, 450, "later"), NOW)
    outbox.cancel_lines(connection, references=["nomination:1"], reason="step_left", now=NOW)
    assert claim_one(connection).frozen is None


def test_on_trial_only_listed_addresses_stay_queued(connection: Connection) -> None:
    owe(connection, mail(1), mail(2), mail(3, address="a@thu.example"), mail(4, address="b@x.thu.example"))
    assert claims.hold_back(connection, "trial", allowed=("UNIT2@bo.example", "@thu.example")) == 2
    assert states(connection) == ["held", "queued", "queued", "held"]
    assert outbox.release(connection, "trial", None, NOW) == (2, 0)


def test_two_workers_at_once_get_each_mail_once(engine: Engine) -> None:
    with engine.begin() as connection:
        owe(connection, *(mail(number) for number in range(40)))
    if engine.dialect.name == "sqlite":
        with engine.begin() as one:
            taken = claim(one, limit=25)
        with engine.begin() as two:
            taken += claim(two, limit=25, owner="w2")
    else:
        with engine.begin() as one, engine.begin() as two:
            taken = claim(one, limit=25) + claim(two, limit=25, owner="w2")
    assert len({each.mail_id for each in taken}) == len(taken) == 40


def test_the_outbox_in_numbers(connection: Connection) -> None:
    owe(connection, mail(1), mail(2, hold="results"), mail(3, address=""))
    later = NOW + timedelta(hours=2)
    summary = overview.summary(connection, later)
    assert summary.counts == {"failed": 1, "held": 1, "queued": 1}
    assert (summary.held, summary.due, summary.overdue, summary.oldest_due_at) == ({"results": 1}, 1, 1, NOW)
    outbox.pause(connection, now=NOW, reason="restored", by="admin")
    assert overview.summary(connection, later).queue.reason == "restored"


def test_mails_are_found_by_state_recipient_cause_and_matter(connection: Connection) -> None:
    owe(connection, mail(1, lines=(line(7),)), mail(2, lines=(line(8),)), mail(1, cause="act:2", lines=(line(7),)))
    everything = overview.list_mails(connection)
    assert [each.cause for each in everything] == ["act:2", "act:1", "act:1"]
    assert [each.id for each in overview.list_mails(connection, before=everything[0].id, limit=1)] == [everything[1].id]
    assert len(overview.list_mails(connection, reference="nomination:7")) == 2
    assert len(overview.list_mails(connection, address="unit2@bo.example")) == 1
    assert len(overview.list_mails(connection, cause="act:2", state="queued")) == 1
    assert overview.list_mails(connection, state="failed") == []
    shown = overview.show_mail(connection, everything[0].id)
    assert [each.reference for each in shown.lines] == ["nomination:7"]
