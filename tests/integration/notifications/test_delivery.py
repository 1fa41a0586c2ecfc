"""Mails through a real mail server that misbehaves at every stage. The sink's own ledger is the judge."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from notifications import outbox, overview
from notifications.catchall import Hangup, MemoryStore, Session, in_thread
from notifications.rendering import Renderer, read_templates, split
from notifications.smtp import Timeouts
from notifications.testing import Fault, HostileServer
from tests.integration.notifications.factory import (
    NOW,
    Clock,
    enqueue,
    ids,
    line,
    mail,
    message_id_of,
    row,
    smtp_to,
    states,
    worker,
)


@contextmanager
def hostile(*faults: Fault, **settings: Any) -> Iterator[HostileServer]:
    server = HostileServer(MemoryStore(), *faults, clock=Clock(), **settings)
    with in_thread(server):
        yield server


def got(server: HostileServer) -> dict[str, int]:
    assert isinstance(server.store, MemoryStore)
    return dict(ids(server.store))


def test_a_mail_is_handed_over_with_its_words_and_its_fixed_id(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1, lines=(line(1), line(2)), why="unit"), mail(2))
    with hostile() as server:
        report = worker(sqlite, smtp_to(server.port), Clock()).deliver()
        assert (report.handed_over, report.stopped) == (2, "")
        assert got(server) == {message_id_of("act:1", f"unit{number}@bo.example"): 1 for number in (1, 2)}
        assert server.sessions == 1
        kept, message = server.store.mails[0]  # type: ignore[attr-defined]
        assert (kept.sender, kept.recipient) == ("tdkt@bo.example", "unit1@bo.example")
        assert kept.subject == "[TĐKT] Đã tiếp nhận hồ sơ – Tờ trình 07/TTr-CVT"
        assert all(byte < 128 for byte in message)
    with sqlite.connect() as connection:
        detail = overview.show_mail(connection, 1)
    assert detail.head.subject == kept.subject
    assert "BK-2026-001" in (detail.text or "")


# What a fault at a stage means: for the mail (state, attempts counted) and for the pass (why it stopped).
LANE = ("queued", 0, "lane")
PAUSE = ("queued", 0, "configuration")
LATER = ("queued", 1, "")
FAILED = ("failed", 1, "")
UNKNOWN = ("unknown", 1, "")
DONE = ("handed_over", 1, "")
MATRIX: dict[str, dict[str, tuple[str, int, str]]] = {
    "CONNECT": dict.fromkeys(("4xx", "5xx", "421", "drop", "silent", "drip", "garbage", "endless"), LANE),
    "EHLO": dict.fromkeys(("4xx", "421", "drop", "silent", "drip", "garbage", "endless"), LANE) | {"5xx": DONE},
    "STARTTLS": dict.fromkeys(("4xx", "421", "drop", "silent", "drip", "garbage"), LANE) | {"5xx": PAUSE},
    "AUTH": dict.fromkeys(("4xx", "421", "drop", "silent", "drip", "garbage"), LANE) | {"5xx": PAUSE},
    "MAIL": dict.fromkeys(("421", "drop", "silent", "drip", "garbage"), LANE) | {"4xx": LATER, "5xx": PAUSE},
    "RCPT": dict.fromkeys(("4xx", "421", "drop", "silent", "drip", "garbage", "endless"), LATER) | {"5xx": FAILED},
    "DATA": dict.fromkeys(("4xx", "421", "drop", "silent", "drip", "garbage", "endless"), LATER) | {"5xx": FAILED},
    "DOT": dict.fromkeys(("drop", "silent", "drip", "garbage", "kept_drop", "kept_silent"), UNKNOWN)
    | {"4xx": LATER, "421": LATER, "5xx": FAILED},
    "QUIT": dict.fromkeys(("4xx", "5xx", "421", "drop", "silent", "drip", "garbage"), DONE),
}
CASES = [(stage, trick) for stage, tricks in MATRIX.items() for trick in tricks]


@pytest.mark.parametrize(("stage", "trick"), CASES, ids=[f"{stage}-{trick}" for stage, trick in CASES])
def test_no_fault_of_a_server_loses_a_mail(sqlite: Engine, tls_files: Any, stage: Any, trick: Any) -> None:
    clock, fault = Clock(), Fault(stage, trick)
    state, attempts, stopped = MATRIX[stage][trick]
    changes: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    if stage in ("STARTTLS", "AUTH"):
        changes = {"tls": "starttls", "cert_bundle": tls_files.certificate}
        settings = {"tls": tls_files.context()}
    if stage == "AUTH":
        changes |= {"user": "tdkt", "password": "secret"}
        settings |= {"user": "tdkt", "password": "secret"}
    enqueue(sqlite, mail(1))
    with hostile(fault, **settings) as server:
        delivery = worker(sqlite, smtp_to(server.port, **changes), clock)
        report = delivery.deliver()
        assert fault.landed >= 1
        found = row(sqlite)
        assert (found.state, found.attempts, report.stopped) == (state, attempts, stopped)
        if state == "failed":
            assert (found.reason, found.last_code) == ("refused", {"RCPT": 550}.get(stage, 554))
            assert got(server) == {}
            return
        # The server is well again: whatever happened, the mail arrives, twice only where it was kept in silence.
        server.faults = ()
        with sqlite.begin() as connection:
            assert outbox.resume(connection) == (stopped == "configuration")
        clock.advance(minutes=11)
        delivery.deliver()
        assert row(sqlite).state == "handed_over"
        copies = 2 if trick.startswith("kept") else 1
        assert got(server) == {message_id_of("act:1", "unit1@bo.example"): copies}


@pytest.mark.parametrize("trick", ["5xx", "4xx"])
@pytest.mark.parametrize("stage", ["DATA", "DOT"])
def test_one_refused_mail_does_not_spoil_the_next_on_the_same_line(sqlite: Engine, stage: Any, trick: Any) -> None:
    enqueue(sqlite, mail(1), mail(2), mail(3))
    with hostile(Fault(stage, trick, only_to="unit2")) as server:
        report = worker(sqlite, smtp_to(server.port), Clock()).deliver()
        assert (report.handed_over, server.sessions) == (2, 1)
        assert list(got(server).values()) == [1, 1]


class Impatient(HostileServer):
    """Takes one mail per connection, then says 421 to the next."""

    async def at(self, stage: str, session: Session) -> bool:
        if stage == "MAIL" and session.user == "served":
            await session.say("421 you have been here long enough")
            raise Hangup
        if stage == "DOT":
            session.user = "served"
        return await super().at(stage, session)


def test_a_kept_connection_that_the_server_closed_is_opened_again_for_nothing(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1), mail(2), mail(3))
    server = Impatient(MemoryStore(), clock=Clock())
    with in_thread(server):
        report = worker(sqlite, smtp_to(server.port), Clock()).deliver()
    assert (report.handed_over, server.sessions) == (3, 3)
    assert [row_of(sqlite, number).attempts for number in (1, 2, 3)] == [1, 1, 1]


def row_of(engine: Engine, number: int) -> Any:
    with engine.connect() as connection:
        return overview.show_mail(connection, number).head


def test_a_server_that_is_down_costs_no_attempts_and_is_asked_less_often(sqlite: Engine) -> None:
    clock = Clock()
    enqueue(sqlite, *(mail(number) for number in range(5)))
    with hostile() as server:
        port = server.port
    delivery = worker(sqlite, smtp_to(port), clock, lanes=3)
    report = delivery.deliver()
    assert (report.stopped, report.handed_over) == ("lane", 0)
    assert delivery.deliver().stopped == "waiting"
    for minutes in (1, 2, 4):
        clock.advance(minutes=minutes, seconds=1)
        assert delivery.deliver().stopped == "lane"
        assert delivery.deliver().stopped == "waiting"
    assert {(row_of(sqlite, number).state, row_of(sqlite, number).attempts) for number in range(1, 6)} == {
        ("queued", 0)
    }
    with hostile(port=port) as server:
        clock.advance(minutes=9)
        assert delivery.deliver().handed_over == 5
    with sqlite.connect() as connection:
        queue = overview.queue_of(connection)
    assert (queue.failures, queue.retry_at, queue.handed_over_at) == (0, None, clock.now)


def test_one_lane_too_many_is_given_up_and_the_others_go_on(sqlite: Engine) -> None:
    enqueue(sqlite, *(mail(number) for number in range(6)))
    with hostile(Fault("CONNECT", "421", times=2)) as server:
        report = worker(sqlite, smtp_to(server.port), Clock(), lanes=3).deliver()
        assert (report.handed_over, report.stopped) == (6, "")
        assert set(got(server).values()) == {1}


def test_a_wrong_password_pauses_the_queue_after_one_try(sqlite: Engine) -> None:
    enqueue(sqlite, *(mail(number) for number in range(4)))
    with hostile(user="tdkt", password="right") as server:
        settings = smtp_to(server.port, user="tdkt", password="wrong")
        delivery = worker(sqlite, settings, Clock())
        report = delivery.deliver()
        assert (report.stopped, server.seen["AUTH"]) == ("configuration", 1)
        assert "wrong" not in repr(settings)
        assert delivery.deliver().stopped == "paused"
        with sqlite.begin() as connection:
            assert overview.queue_of(connection).reason == "auth"
            outbox.resume(connection)
        assert worker(sqlite, replace(settings, password="right"), Clock()).deliver().handed_over == 4


def test_a_refused_sender_pauses_the_queue(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1), mail(2))
    with hostile(Fault("MAIL", "5xx")) as server:
        assert worker(sqlite, smtp_to(server.port), Clock()).deliver().stopped == "configuration"
        assert server.seen["MAIL"] == 1
    with sqlite.connect() as connection:
        assert overview.queue_of(connection).reason == "sender"
    assert set(states(sqlite).values()) == {"queued"}


def test_a_mail_larger_than_the_server_takes_is_not_offered(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1))
    with hostile(size=500) as server:
        worker(sqlite, smtp_to(server.port), Clock()).deliver()
        assert "DATA" not in server.seen
    assert (row(sqlite).state, row(sqlite).reason) == ("failed", "too_big")


def test_a_server_without_any_extension_gets_its_mail(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1))
    with hostile(extended=False) as server:
        assert worker(sqlite, smtp_to(server.port), Clock()).deliver().handed_over == 1
        assert server.seen["HELO"] == 1


def test_a_greylisted_mail_arrives_with_a_later_try(sqlite: Engine) -> None:
    clock = Clock()
    enqueue(sqlite, mail(1))
    with hostile(Fault("RCPT", "4xx", times=3)) as server:
        delivery = worker(sqlite, smtp_to(server.port), clock)
        for minutes in (0, 1, 2):
            clock.advance(minutes=minutes)
            assert delivery.deliver().later == 1
            assert delivery.deliver().attempted == 0
        clock.advance(minutes=4)
        assert delivery.deliver().handed_over == 1


def test_a_mail_no_server_takes_for_five_days_expires_visibly(sqlite: Engine) -> None:
    clock = Clock()
    enqueue(sqlite, mail(1))
    with hostile(Fault("RCPT", "4xx")) as server:
        delivery = worker(sqlite, smtp_to(server.port), clock)
        delivery.deliver()
        clock.advance(hours=119, minutes=30)
        assert delivery.deliver().later == 1
        clock.advance(hours=1)
        assert delivery.deliver().expired == 1
    assert (row(sqlite).state, row(sqlite).reason, row(sqlite).last_code) == ("expired", "lifetime", 450)


def test_an_unknown_outcome_is_sent_once_more_by_itself_and_then_never(sqlite: Engine) -> None:
    clock = Clock()
    enqueue(sqlite, mail(1))
    with hostile(Fault("DOT", "kept_drop")) as server:
        delivery = worker(sqlite, smtp_to(server.port), clock)
        delivery.deliver()
        clock.advance(seconds=599)
        assert delivery.deliver().attempted == 0
        clock.advance(seconds=2)
        assert delivery.deliver().unknown == 1
        clock.advance(days=3)
        assert delivery.deliver().attempted == 0
        assert list(got(server).values()) == [2]
    with sqlite.connect() as connection:
        head = overview.list_mails(connection)[0]
        assert (head.state, head.maybe_twice, head.next_attempt_at) == ("unknown", True, None)
        assert overview.summary(connection, clock.now).uncertain == 1


def test_a_broken_template_fails_its_own_mail_and_a_mended_one_sends_it_again(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1), mail(2, template="test"))
    broken = read_templates()
    broken["vi", "received"] = split("vi", "received", "Subject: x\n\n{{ no_such_name }}")
    with hostile() as server:
        report = worker(sqlite, smtp_to(server.port), Clock(), renderer=Renderer(broken)).deliver()
        assert (report.handed_over, report.failed) == (1, 1)
        assert (row_of(sqlite, 1).state, row_of(sqlite, 1).reason) == ("failed", "template")
        assert "no_such_name" in row_of(sqlite, 1).last_answer
        with sqlite.begin() as connection:
            again = outbox.resend(connection, 1, NOW)
        assert worker(sqlite, smtp_to(server.port), Clock()).deliver().handed_over == 1
        assert row_of(sqlite, again).subject == "[Gửi lại] [TĐKT] Đã tiếp nhận hồ sơ – Tờ trình 07/TTr-CVT"
        assert len(got(server)) == 2


def test_what_went_out_before_goes_out_again_word_for_word(sqlite: Engine) -> None:
    clock = Clock()
    enqueue(sqlite, mail(1))
    changed = read_templates()
    changed["vi", "received"] = split("vi", "received", "Subject: Khác\n\nKhác")
    with hostile(Fault("DOT", "kept_drop", times=1)) as server:
        worker(sqlite, smtp_to(server.port), clock).deliver()
        clock.advance(minutes=11)
        worker(sqlite, smtp_to(server.port), clock, renderer=Renderer(changed)).deliver()
        (_, first), (_, second) = server.store.mails  # type: ignore[attr-defined]
        assert first == second


def test_in_hold_mode_nothing_leaves(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1), mail(2))
    with hostile() as server:
        report = worker(sqlite, smtp_to(server.port), Clock(), mode="hold").deliver()
        assert (report.held, report.stopped, server.sessions) == (2, "mode", 0)
        with sqlite.begin() as connection:
            assert overview.summary(connection, NOW).held == {"mode": 2}
            outbox.release(connection, outbox.HELD_BY_MODE, None, NOW)
        assert worker(sqlite, smtp_to(server.port), Clock()).deliver().handed_over == 2


def test_on_trial_only_listed_addresses_get_mail(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1), mail(2), mail(3))
    with hostile() as server:
        report = worker(
            sqlite, smtp_to(server.port), Clock(), mode="trial", trial_addresses=("unit2@bo.example",)
        ).deliver()
        assert (report.handed_over, report.held) == (1, 2)
        assert list(got(server)) == [message_id_of("act:1", "unit2@bo.example")]


def test_on_trial_a_mail_owed_while_others_leave_is_held_too(sqlite: Engine) -> None:
    enqueue(sqlite, mail(1))
    with hostile() as server:
        delivery = worker(
            sqlite, smtp_to(server.port), Clock(), mode="trial", trial_addresses=("unit1@bo.example",), batch=1
        )
        report = delivery.deliver(progress=lambda _: enqueue(sqlite, mail(2)))
        assert (report.handed_over, report.held) == (1, 1)


def test_a_pause_takes_effect_in_the_middle_of_a_pass(sqlite: Engine) -> None:
    enqueue(sqlite, *(mail(number) for number in range(5)))

    def pause(done: int) -> None:
        with sqlite.begin() as connection:
            outbox.pause(connection, now=NOW, reason="person", by="admin")

    with hostile() as server:
        report = worker(sqlite, smtp_to(server.port), Clock(), batch=1).deliver(progress=pause)
        assert (report.handed_over, report.stopped) == (1, "paused")
        assert len(got(server)) == 1


def test_a_pass_may_be_limited(sqlite: Engine) -> None:
    enqueue(sqlite, *(mail(number) for number in range(5)))
    with hostile() as server:
        delivery = worker(sqlite, smtp_to(server.port), Clock(), lanes=2, batch=2)
        assert delivery.deliver(limit=3).handed_over == 3
        assert delivery.deliver().handed_over == 2
        assert set(got(server).values()) == {1}


class Slow(HostileServer):
    """Thinks for a moment before it takes a mail."""

    async def at(self, stage: str, session: Session) -> bool:
        if stage == "DOT":
            await asyncio.sleep(0.15)
        return await super().at(stage, session)


def test_a_stop_lets_the_mail_under_way_finish_and_gives_the_others_back(sqlite: Engine) -> None:
    enqueue(sqlite, *(mail(number) for number in range(8)))
    done: list[int] = []
    server = Slow(MemoryStore(), clock=Clock())
    with in_thread(server):
        report = worker(sqlite, smtp_to(server.port), Clock()).deliver(stop=lambda: bool(done), progress=done.append)
    assert report.stopped == "stop"
    assert 1 <= report.handed_over == len(got(server)) < 8
    assert report.returned == 8 - report.handed_over
    assert Counter(states(sqlite).values()) == {"handed_over": report.handed_over, "queued": report.returned}
    assert {row_of(sqlite, number).attempts for number in range(1, 9)} == {0, 1}


@pytest.mark.parametrize(("stage", "state"), [("RCPT", "queued"), ("DOT", "unknown"), ("CONNECT", "queued")])
def test_a_stop_does_not_wait_for_a_server_that_is_silent(sqlite: Engine, stage: Any, state: str) -> None:
    enqueue(sqlite, mail(1), mail(2))
    fault = Fault(stage, "silent")
    with hostile(fault) as server:
        settings = smtp_to(server.port, timeouts=Timeouts())
        delivery = worker(sqlite, settings, Clock(), grace=timedelta(seconds=0.1))
        delivery.deliver(stop=lambda: fault.landed > 0)
    assert row_of(sqlite, 1).state == state
    assert row_of(sqlite, 2).state == "queued"


def test_many_lanes_hand_over_each_mail_once(engine: Engine) -> None:
    enqueue(engine, *(mail(number, lines=(line(number),)) for number in range(60)))
    with hostile() as server:
        report = worker(engine, smtp_to(server.port), Clock(), lanes=5, batch=7).deliver()
        assert report.handed_over == 60
        assert len(got(server)) == 60
        assert set(got(server).values()) == {1}
        assert server.sessions <= 5
