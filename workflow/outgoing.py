"""The one door to other programs: sends what webhooks are owed, follows no redirect, waits for nobody long.

What is owed and what an answer means, `services.hooks` says. No transaction is open while something is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx2
import structlog

from workflow.domain.hooks import signature
from workflow.services import hooks
from workflow.services.desk import Desk

TIMEOUT = 10.0
LARGEST_ANSWER = 300
log = structlog.get_logger("khen.outgoing")


def send(desk: Desk, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Owe what has happened, then send what is due; how many were taken. `clock` is the machine's."""
    hooks.owe(desk, clock())
    taken = 0
    with httpx2.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        while not stop():
            due = hooks.claim(desk, clock())
            if not due:
                return taken
            for each in due:
                code, answer = _post(client, each, clock())
                taken += hooks.record(desk, each, code, answer, clock()) == "done"
    return taken


def _post(client: httpx2.Client, owed: hooks.Owed, now: datetime) -> tuple[int | None, str]:
    headers = {
        "Content-Type": "application/json",
        "Khen-Delivery": str(owed.id),
        "Khen-Signature": signature(owed.secret, int(now.timestamp()), owed.body),
        "User-Agent": "khen",
    }
    try:
        with client.stream("POST", owed.url, content=owed.body, headers=headers) as response:
            answer = next(response.iter_bytes(LARGEST_ANSWER), b"")
            return response.status_code, answer.decode("utf-8", "replace")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        log.warning("webhook", delivery=owed.id, error=type(error).__name__)
        return None, f"{type(error).__name__}: {error}"
