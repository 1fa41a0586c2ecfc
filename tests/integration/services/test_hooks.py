"""Webhooks: owed in the chain's order, sent to a real server, tried again, never to a host nobody allowed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.ministry import UNIT_TALLY, Ministry
from workflow.domain.hooks import signature
from workflow.outgoing import send
from workflow.services import events, hooks
from workflow.services.hooks import HookRefused
from workflow.storage.sight import Sight

MACHINE = datetime(2026, 12, 1, 3, tzinfo=UTC)
ALL = Sight(everything=True)


class Receiver:
    """Another program: keeps what it is told and answers as the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers.items()), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/khen"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def ministry(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path / "papers")


def pass_unit_vote(m: Ministry, codes: Sequence[str]) -> None:
    m.done("close_unit_vote", codes, "unit_council", lines={code: {"tally": UNIT_TALLY} for code in codes})


def make(m: Ministry, url: str, *transitions: str) -> tuple[int, str]:
    return hooks.make(m.desk, url, transitions, ["127.0.0.1"], "BO/ADMIN", machine_now=MACHINE, now=m.now)


def test_each_act_after_it_was_made_is_told_once_signed_and_in_order(ministry: Ministry, receiver: Receiver) -> None:
    codes = ministry.drafts(2)
    ministry.done("start_unit_vote", codes, "unit_officer")
    _, secret = make(ministry, receiver.url)
    pass_unit_vote(ministry, codes)
    taken = send(ministry.desk, lambda: MACHINE)
    assert taken == len(receiver.got) >= 1
    bodies = [json.loads(body) for _, body in receiver.got]
    assert [each["entry"] for each in bodies] == sorted(each["entry"] for each in bodies)
    told = [event["transition"] for body in bodies for event in body["events"]]
    assert "start_unit_vote" not in told
    assert "close_unit_vote" in told
    for headers, body in receiver.got:
        assert headers["Khen-Signature"] == signature(secret, int(MACHINE.timestamp()), body)
        assert "Nguyễn" not in body.decode()
    assert send(ministry.desk, lambda: MACHINE) == 0


def test_what_is_not_taken_is_sent_again_under_the_same_id_and_given_up_after_three_days(
    ministry: Ministry, receiver: Receiver
) -> None:
    hook, _ = make(ministry, receiver.url)
    codes = ministry.drafts()
    ministry.done("start_unit_vote", codes, "unit_officer")
    receiver.answers = [500, 302]
    now = MACHINE
    assert send(ministry.desk, lambda: now) == 0
    assert len(receiver.got) == 1
    now += timedelta(seconds=29)
    send(ministry.desk, lambda: now)
    assert len(receiver.got) == 1
    now += timedelta(seconds=2)
    send(ministry.desk, lambda: now)
    assert len(receiver.got) == 2
    assert len({headers["Khen-Delivery"] for headers, _ in receiver.got}) == 1
    now += timedelta(minutes=3)
    assert send(ministry.desk, lambda: now) == 1
    (shown,) = hooks.listed(ministry.desk)
    assert shown["amounts"] == {"owed": 0, "done": 1, "given_up": 0}
    assert "secret" not in shown

    receiver.answers = [500] * 40
    pass_unit_vote(ministry, codes)
    end = now + timedelta(hours=90)
    while now < end:
        send(ministry.desk, lambda at=now: at)  # type: ignore[misc]
        now += timedelta(hours=6)
    assert hooks.listed(ministry.desk)[0]["amounts"]["owed"] == 0
    assert hooks.listed(ministry.desk)[0]["amounts"]["given_up"] >= 1
    assert hooks.stop(ministry.desk, hook, "BO/ADMIN", machine_now=now, now=ministry.now)
    assert not hooks.stop(ministry.desk, hook, "BO/ADMIN", machine_now=now, now=ministry.now)


def test_nobody_there_is_a_failure_like_any_other(ministry: Ministry, receiver: Receiver) -> None:
    make(ministry, "http://127.0.0.1:9/khen")
    codes = ministry.drafts()
    ministry.done("start_unit_vote", codes, "unit_officer")
    assert send(ministry.desk, lambda: MACHINE) == 0
    (shown,) = hooks.listed(ministry.desk)
    assert shown["amounts"]["owed"] == 1
    assert shown["last"].last_answer.startswith("Connect")


def test_only_some_acts_may_be_asked_for(ministry: Ministry, receiver: Receiver) -> None:
    make(ministry, receiver.url, "close_unit_vote")
    codes = ministry.drafts()
    ministry.done("start_unit_vote", codes, "unit_officer")
    assert send(ministry.desk, lambda: MACHINE) == 0
    pass_unit_vote(ministry, codes)
    assert send(ministry.desk, lambda: MACHINE) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://169.254.169.254/latest", "hook_host"),
        ("http://other.example/", "hook_host"),
        ("file:///etc/passwd", "hook_url"),
        ("http://user:secret@127.0.0.1/", "hook_url"),
        ("http://127.0.0.1:99999/", "hook_url"),
        ("not an address", "hook_url"),
        ("http://127.0.0.1/\r\nX: y", "hook_url"),
    ],
)
def test_no_way_out_to_a_host_that_the_settings_do_not_name(ministry: Ministry, url: str, code: str) -> None:
    with pytest.raises(HookRefused) as refused:
        make(ministry, url)
    assert refused.value.code == code
    assert hooks.listed(ministry.desk) == []


def test_two_workers_do_not_send_the_same_message(ministry: Ministry, receiver: Receiver) -> None:
    make(ministry, receiver.url)
    codes = ministry.drafts()
    ministry.done("start_unit_vote", codes, "unit_officer")
    hooks.owe(ministry.desk, MACHINE)
    assert len(hooks.claim(ministry.desk, MACHINE)) == 1
    assert hooks.claim(ministry.another_desk(), MACHINE) == []
    assert len(hooks.claim(ministry.desk, MACHINE + hooks.LEASE)) == 1


def test_events_go_on_from_a_point_and_keep_to_what_may_be_seen(ministry: Ministry) -> None:
    codes = ministry.drafts(2)
    ministry.done("start_unit_vote", codes, "unit_officer")
    pass_unit_vote(ministry, codes)
    found, point = [], 0
    while True:
        part = events.since(ministry.desk, ALL, point, 1)
        found += part.events
        if not part.more:
            break
        assert part.next > point
        point = part.next
    assert [each.transition for each in found] == ["start_unit_vote"] * 2 + ["close_unit_vote"] * 2
    assert events.since(ministry.desk, ALL, part.next).events == ()
    assert events.since(ministry.desk, Sight(units=("CTS",)), 0).events == ()
    assert len(events.since(ministry.desk, Sight(units=("CVT",)), 0).events) == 4
