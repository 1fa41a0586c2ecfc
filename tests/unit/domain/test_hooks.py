"""Signatures of messages to programs, and when a message is tried again."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from workflow.domain.hooks import LIFETIME, WAITS, next_attempt, settled, signature

MADE = datetime(2026, 12, 1, tzinfo=UTC)


def test_the_signature_is_what_a_receiver_can_work_out_from_the_body_and_the_time() -> None:
    expected = hmac.new(b"secret", b'1764547200.{"a":1}', sha256).hexdigest()
    assert signature("secret", 1764547200, b'{"a":1}') == f"t=1764547200,v1={expected}"
    assert signature("secret", 1764547201, b'{"a":1}') != signature("secret", 1764547200, b'{"a":1}')


def test_waits_grow_and_the_last_one_repeats_until_three_days_are_over() -> None:
    now, attempts, waited = MADE, 0, []
    while (again := next_attempt(MADE, (attempts := attempts + 1), now)) is not None:
        waited.append(again - now)
        now = again
    assert tuple(waited[: len(WAITS)]) == WAITS
    assert set(waited[len(WAITS) :]) == {WAITS[-1]}
    assert LIFETIME - WAITS[-1] < now - MADE <= LIFETIME


def test_only_a_plain_success_settles() -> None:
    assert [settled(code) for code in (200, 204, 299, 301, 404, 500, None)] == [True, True, True, *[False] * 4]
    assert next_attempt(MADE, 1, MADE + timedelta(hours=73)) is None
