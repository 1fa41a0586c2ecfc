"""What goes to another program, and when it is tried again. Pure: no network, no clock."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""Between one attempt and the next; the last one again and again."""
LIFETIME = timedelta(hours=72)
"""As long as a mail is tried: a week-end with the other side switched off loses nothing."""


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 under the secret of the seconds, a full stop and the body.

    The time is signed too, so that an old message cannot be played again unnoticed.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={digest}"


def next_attempt(
    made_at: datetime, attempts: int, now: datetime, waits: Sequence[timedelta] = WAITS
) -> datetime | None:
    """When to try again after `attempts` failures; None when its time is up."""
    then = now + waits[min(attempts, len(waits)) - 1]
    return then if then - made_at <= LIFETIME else None


def settled(code: int | None) -> bool:
    """Whether the other side has it: any 2xx. A redirect is not followed and counts as a failure."""
    return code is not None and 200 <= code < 300
