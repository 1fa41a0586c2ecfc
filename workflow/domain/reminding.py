"""Which reminder a deadline owes at an instant, and when the next one is. No rows, no mails, no people.

A ladder's rungs stand on working days: `before:N` is the N-th working day before the due day, `on`
the due day (the working day before it, where a strict rule leaves it on a day off), `after:N` and
`escalate:N` the N-th working day after it. So what would fall into Tết comes on the last working
day before it or the first one after it, and never on mùng 1. Each rung belongs to the digest of
08:00 in Vietnam. After an outage one reminder is owed, the latest; those it overtook are named as
skipped. A reminder decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from definitions.calendar import EIGHT, WorkCalendar, at_eight, local
from definitions.flow import DeadlineRule, Escalation, Ladder, Words

To = Literal["owner", "escalation"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder. `escalation` means the owner and the escalation's roles."""

    name: str
    day: date
    to: To

    @property
    def at(self) -> datetime:
        return at_eight(self.day)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a deadline owes now.

    `rung` is None when nothing is. `skipped` are rungs that this one overtook, oldest first.
    `due_at` is when the rung should have gone out. `next_at` is the next instant to look again;
    None when the ladder has ended.
    """

    rung: str | None
    to: To
    skipped: tuple[str, ...]
    due_at: datetime | None
    next_at: datetime | None

    @property
    def escalates(self) -> bool:
        return self.rung is not None and self.to == "escalation"


# ── the ladder ───────────────────────────────────────────────────────────────────────────────────


def rungs(
    ladder: Ladder, escalate: Escalation | None, due_on: date, calendar: WorkCalendar, first: date, last: date
) -> tuple[Rung, ...]:
    """The rungs from `first` to `last`, both included, oldest first."""
    found: list[Rung] = []
    for rung in _ladder(ladder, escalate, due_on, calendar, first):
        if rung.day > last:
            break
        if rung.day >= first:
            found.append(rung)
    return tuple(found)


def next_reminder(
    ladder: Ladder, escalate: Escalation | None, due_on: date, calendar: WorkCalendar, after: datetime
) -> datetime | None:
    """The first digest after `after` (not at it) in which this deadline stands; None when there is none."""
    first = _digest_day(after)
    for rung in _ladder(ladder, escalate, due_on, calendar, first):
        if rung.day >= first:
            return rung.at
    return None


def _ladder(
    ladder: Ladder, escalate: Escalation | None, due_on: date, calendar: WorkCalendar, first: date
) -> Iterator[Rung]:
    """Every rung up to the due day, then those past it from `first` on; days never go back."""
    yield from _until_due(ladder, escalate, due_on, calendar)
    yield from _after_due(ladder, escalate, due_on, calendar, first)


def _until_due(ladder: Ladder, escalate: Escalation | None, due_on: date, calendar: WorkCalendar) -> Iterator[Rung]:
    for count in sorted(ladder.before, reverse=True):
        yield Rung(f"before:{count}", calendar.add_working(due_on, -count), "owner")
    at_once = escalate is not None and escalate.after == 0
    if ladder.on_day or at_once:
        day = calendar.previous_working(due_on)
        yield Rung("escalate:0", day, "escalation") if at_once else Rung("on", day, "owner")


def _after_due(
    ladder: Ladder, escalate: Escalation | None, due_on: date, calendar: WorkCalendar, first: date
) -> Iterator[Rung]:
    """The rungs past the due day that fall on `first` or later, without end where the ladder has none."""
    count = calendar.working_between(due_on, first - _DAY) if first > due_on else 0
    while (step := _next_count(ladder, escalate, count)) is not None:
        count = step
        escalated = escalate is not None and count >= escalate.after
        name = f"{'escalate' if escalated else 'after'}:{count}"
        yield Rung(name, calendar.add_working(due_on, count), "escalation" if escalated else "owner")


def _next_count(ladder: Ladder, escalate: Escalation | None, count: int) -> int | None:
    """The next number of working days past the due day, after `count`, with a rung on it."""
    steps = [escalate.after] if escalate and escalate.after > count else []
    if ladder.after_every:
        steps.append((count // ladder.after_every + 1) * ladder.after_every)
    return min(steps, default=None)


# ── now ──────────────────────────────────────────────────────────────────────────────────────────


def digest_open(calendar: WorkCalendar, now: datetime) -> bool:
    """Whether a reminder may go out at `now`: from 08:00 to midnight in Vietnam on a working day."""
    wall = local(now)
    return wall.time() >= EIGHT and calendar.is_working(wall.date())


def owed(
    ladder: Ladder,
    escalate: Escalation | None,
    due_on: date,
    calendar: WorkCalendar,
    last: datetime | None,
    now: datetime,
    *,
    since: datetime | None = None,
) -> Owed:
    """What an open deadline owes at `now`: one reminder at most, however many were missed.

    Rungs at `last` or before are dealt with; or, for a row that keeps when it is next to be looked
    at, rungs before `since` are. Outside the hours of `digest_open` nothing is owed and `next_at`
    stays where it was, so that no rung is lost.
    """
    first = _digest_day(last) if last else _first_day(since)
    today = _digest_day(now) - _DAY
    found = rungs(ladder, escalate, due_on, calendar, first, today)
    if not found:
        return Owed(None, "owner", (), None, next_reminder(ladder, escalate, due_on, calendar, now))
    if not digest_open(calendar, now):
        return Owed(None, "owner", (), None, found[0].at)
    rung = found[-1]
    next_at = next_reminder(ladder, escalate, due_on, calendar, now)
    return Owed(rung.name, rung.to, tuple(each.name for each in found[:-1]), rung.at, next_at)


def _digest_day(after: datetime) -> date:
    """The first day whose 08:00 lies after that instant."""
    wall = local(after)
    return wall.date() if wall.time() < EIGHT else wall.date() + _DAY


def _first_day(since: datetime | None) -> date:
    """The first day whose 08:00 is not before that instant; without one, the beginning."""
    if since is None:
        return date.min + _DAY
    wall = local(since)
    return wall.date() if wall.time() <= EIGHT else wall.date() + _DAY


# ── the rule as a row keeps it ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Packed:
    """What a sweep needs of a rule: when to remind, whom, and what the deadline is called."""

    remind: Ladder
    escalate: Escalation | None
    to: tuple[str, ...]
    label: Words | None
    legal: str


@lru_cache(maxsize=1024)
def pack(rule: DeadlineRule, owner: str) -> str:
    """The rule's reminders as compact JSON; `owner` is whose turn it is, where the rule names nobody."""
    plain: dict[str, Any] = {
        "before": rule.remind.before,
        "on_day": rule.remind.on_day,
        "after_every": rule.remind.after_every,
        "escalate": [rule.escalate.after, rule.escalate.to] if rule.escalate else None,
        "to": rule.to or ((owner,) if owner else ()),
        "label": [rule.label.vi, rule.label.en] if rule.label else None,
        "legal": rule.legal,
    }
    kept = {key: value for key, value in plain.items() if value}
    return _encode(kept)


# Kept: `json.dumps` with arguments makes a new encoder for each call.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


@lru_cache(maxsize=4096)
def unpack(text: str) -> Packed:
    """What `pack` wrote. A season has a few hundred different rules, a sweep a million rows."""
    plain = json.loads(text)
    escalate, label = plain.get("escalate"), plain.get("label")
    return Packed(
        Ladder(tuple(plain.get("before", ())), plain.get("on_day", False), plain.get("after_every")),
        Escalation(escalate[0], tuple(escalate[1])) if escalate else None,
        tuple(plain.get("to", ())),
        Words(*label) if label else None,
        plain.get("legal", ""),
    )
