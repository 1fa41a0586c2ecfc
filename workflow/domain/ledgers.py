"""The text in which a deadline keeps how its due day came about, as values and back. Counts nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from definitions.flow import DeadlineRule, Span, YearDay


@dataclass(frozen=True, slots=True)
class Stop:
    """From `stopped_on` to `resumed_on`; what was left was counted with the calendar of that day."""

    stopped_on: date
    resumed_on: date
    calendar: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """A derivation as values: day zero, the rule, the calendar, and every stop in order.

    `given` is the day that a rule outside itself hangs on. With an `extension`, a person's day
    replaces what the rule gives, and the stops are those after it.
    """

    start_on: date
    rule: DeadlineRule
    calendar: str
    stops: tuple[Stop, ...]
    given: date | None = None
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """On `on` a person gave `due_on`; `was` is how the day before it had come about."""

    on: date
    due_on: date
    was: Ledger


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


def write(ledger: Ledger) -> str:
    """Compact JSON, one spelling for the same ledger."""
    return _encode(_plain(ledger))


# Kept: `json.dumps` with arguments makes a new encoder for each call.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _plain(ledger: Ledger) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "from": ledger.start_on.isoformat(),
        "rule": _plain_rule(ledger.rule),
        "calendar": ledger.calendar,
        "stops": [_plain_stop(stop, ledger.calendar) for stop in ledger.stops],
    }
    if ledger.given:
        plain["given"] = ledger.given.isoformat()
    if ledger.extension:
        on, due_on = ledger.extension.on.isoformat(), ledger.extension.due_on.isoformat()
        plain["extended"] = {"on": on, "due": due_on, "was": _plain(ledger.extension.was)}
    return plain


def _plain_rule(rule: DeadlineRule) -> dict[str, Any]:
    plain: dict[str, Any] = {"roll": rule.roll}
    if rule.within:
        plain["within"] = [rule.within.amount, rule.within.unit]
    elif rule.fixed:
        plain["fixed"] = [rule.fixed.month, rule.fixed.day, rule.fixed.year]
    else:
        plain["on"] = rule.on
    return plain


def _plain_stop(stop: Stop, calendar: str) -> list[str]:
    days = [stop.stopped_on.isoformat(), stop.resumed_on.isoformat()]
    return days if stop.calendar == calendar else [*days, stop.calendar]


def read(text: str) -> Ledger:
    """What `write` wrote. Our own text from our own table: nothing is checked again."""
    return _ledger(json.loads(text))


def _ledger(plain: Mapping[str, Any]) -> Ledger:
    day = date.fromisoformat
    return Ledger(
        start_on=day(plain["from"]),
        rule=_rule(plain["rule"]),
        calendar=plain["calendar"],
        stops=tuple(
            Stop(day(stop[0]), day(stop[1]), stop[2] if len(stop) > 2 else plain["calendar"]) for stop in plain["stops"]
        ),
        given=day(plain["given"]) if "given" in plain else None,
        extension=_extension(plain["extended"]) if "extended" in plain else None,
    )


def _extension(plain: Mapping[str, Any]) -> Extension:
    return Extension(date.fromisoformat(plain["on"]), date.fromisoformat(plain["due"]), _ledger(plain["was"]))


def _rule(plain: Mapping[str, Any]) -> DeadlineRule:
    """Only what counting needs; whom it reminds stands in the deadline's own column."""
    return DeadlineRule(
        name="",
        within=Span(*plain["within"]) if "within" in plain else None,
        fixed=YearDay(*plain["fixed"]) if "fixed" in plain else None,
        on=plain.get("on"),
        roll=plain["roll"],
    )


def moved(ledger: Ledger, calendar: str) -> Ledger:
    """The same ledger with every count on one calendar."""
    extension = ledger.extension
    return replace(
        ledger,
        calendar=calendar,
        stops=tuple(replace(stop, calendar=calendar) for stop in ledger.stops),
        extension=replace(extension, was=moved(extension.was, calendar)) if extension else None,
    )
