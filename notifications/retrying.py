"""What a failed attempt means for its mail: when to try again, or why not. Pure: values in, a value out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.errors import DeliveryError, SettingsRefused
from notifications.mail import Expired, Failed, Later, Outcome, Uncertain

SHORTEST_LIFETIME = timedelta(hours=72)
"""RFC 5321, 4.5.4.1: give up after 4 to 5 days as a rule; a long weekend must not lose a mail."""


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How patient the outbox is.

    `first_minutes` are the waits after the first failures, `then_minutes` every wait after them,
    until `lifetime` has passed since the mail was queued. A mail with an unknown outcome waits
    `unknown_wait` (the server may still be working on it) and is sent again `unknown_resends`
    times by itself. `lane_minutes` are the waits while no server can be reached.
    """

    first_minutes: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    then_minutes: int = 66
    lifetime: timedelta = timedelta(days=5)
    unknown_wait: timedelta = timedelta(seconds=600)
    unknown_resends: int = 1
    lane_minutes: tuple[int, ...] = (1, 2, 4, 8, 15)

    def __post_init__(self) -> None:
        if self.lifetime < SHORTEST_LIFETIME:
            raise SettingsRefused("lifetime_too_short", hours=int(self.lifetime.total_seconds() // 3600))

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after the `attempts`-th attempt (1 is the first) failed for now."""
        steps = self.first_minutes
        return timedelta(minutes=steps[attempts - 1] if attempts <= len(steps) else self.then_minutes)

    def lane_wait(self, failures: int) -> timedelta:
        """How long to leave the server alone after `failures` connections in a row failed."""
        return timedelta(minutes=self.lane_minutes[min(failures, len(self.lane_minutes)) - 1])


def after_failure(
    error: DeliveryError,
    plan: RetryPlan,
    *,
    attempts: int,
    unknowns: int,
    queued_at: datetime,
    useless_after: datetime | None,
    now: datetime,
) -> Outcome:
    """What becomes of a mail whose attempt failed.

    `attempts` counts this one, `unknowns` the earlier attempts whose outcome nobody knows. Faults
    of the connection or of our settings cost the mail nothing: it keeps its place in the queue.
    """
    last = min(queued_at + plan.lifetime, useless_after or queued_at + plan.lifetime)
    match error.kind:
        case "permanent":
            return Failed(error.reason, error.code, error.text)
        case "configuration" | "lane":
            return Later(now, error.code, error.text, attempted=False)
        case "unknown":
            again_at = now + plan.unknown_wait
            may_repeat = unknowns < plan.unknown_resends and again_at <= last
            return Uncertain(again_at if may_repeat else None, error.code, error.text)
        case "temporary":
            again_at = now + plan.wait(attempts)
            if again_at <= last:
                return Later(again_at, error.code, error.text)
            return Expired("useless" if last == useless_after else "lifetime", error.code, error.text)
