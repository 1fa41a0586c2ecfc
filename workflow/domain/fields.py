"""What an act brings: is everything there, and of the right shape. Values arrive parsed, not as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from definitions.flow import Field, Transition
from workflow.domain import capacities, votes
from workflow.domain.facts import NominationFacts, TallyFacts
from workflow.domain.reasons import Reason
from workflow.domain.vietnamese import clean_name, nfc, strange_letters

LONGEST = 10_000
"""Letters of a text for which its flow has no bound of its own."""
LARGEST = 10**9
LARGEST_DECISION = 999_999
LONGEST_SYMBOL = 40


def missing_or_wrong(
    transition: Transition, given: Mapping[str, Any], facts: NominationFacts, on: date
) -> Iterator[Reason]:
    """A reason for each field that is absent though required, of the wrong shape, or not known."""
    for field in transition.fields:
        value = given.get(field.name)
        if value is None or value == "" or value == () or value == []:
            if is_required(field, facts, on):
                code = "late_reason" if field.required.startswith("after:") else "field_missing"
                yield Reason(code, {"field": field.name}, menders=transition.by, label=field.label)
        elif problem := _SHAPES[field.type](field, value) or _printed(transition, field, value):
            yield Reason("field_invalid", {"field": field.name, "problem": problem}, transition.by, label=field.label)
    known = {field.name for field in transition.fields}
    for name in given:
        if name not in known:
            yield Reason("field_invalid", {"field": name, "problem": "unknown"}, transition.by)


def _printed(transition: Transition, field: Field, value: Any) -> str:
    """What is wrong with a corrected name as it will be printed; a list that comes in is asked the same."""
    if transition.effect != "correct" or field.name != "name":
        return ""
    if not clean_name(value):
        return "too_short"
    return "strange_letters" if strange_letters(value) else ""


def is_required(field: Field, facts: NominationFacts, on: date) -> bool:
    """Whether the field must be brought on day `on`: always, never, or once the cut-off is past."""
    if field.required == "after:round.cutoff":
        return facts.round.cutoff is not None and on > facts.round.cutoff
    return field.required == "always"


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        return "not_text"
    size = len(nfc(value.strip()))
    return "too_long" if size > LONGEST else _bounds(field, size, "too_short", "too_long")


def _bounds(field: Field, size: int, low: str, high: str) -> str:
    if field.min is not None and size < field.min:
        return low
    return high if field.max is not None and size > field.max else ""


def _date(field: Field, value: Any) -> str:
    return "" if isinstance(value, date) else "not_a_date"


def _integer(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "not_a_number"
    if abs(value) > LARGEST:
        return "too_large" if value > 0 else "too_small"
    return _bounds(field, value, "too_small", "too_large")


def _flag(field: Field, value: Any) -> str:
    return "" if isinstance(value, bool) else "not_yes_or_no"


def _choice(field: Field, value: Any) -> str:
    return "" if value in field.choices else "not_a_choice"


def _list(field: Field, value: Any) -> str:
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) and each.strip() for each in value):
        return "not_a_list"
    if any(len(each) > LONGEST for each in value):
        return "too_long"
    return _bounds(field, len(value), "too_few", "too_many")


def _decision(field: Field, value: Any) -> str:
    if not isinstance(value, Mapping):
        return "not_a_decision"
    number, issued_on = value.get("number"), value.get("issued_on")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= LARGEST_DECISION:
        return "decision_number"
    symbol = value.get("symbol")
    if not isinstance(symbol, str) or not 0 < len(symbol.strip()) <= LONGEST_SYMBOL:
        return "decision_symbol"
    return capacities.problem(value) if isinstance(issued_on, date) else "decision_date"


def _tally(field: Field, value: Any) -> str:
    if not isinstance(value, (Mapping, TallyFacts)):
        return "not_a_tally"
    try:
        votes.tally_from(value)
    except votes.TallyError:
        return "not_a_tally"
    return ""


_SHAPES: Mapping[str, Callable[[Field, Any], str]] = {
    "text": _text,
    "date": _date,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "list": _list,
    "decision": _decision,
    "tally": _tally,
    "flow": _text,
    "unit": _text,
}
