"""What an act brings: absent though required, of the wrong shape, out of bounds, or not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from definitions.flow import Field, FieldType, Words
from tests.support.small_flow import PASSED, facts
from tests.unit.domain.making import transition
from workflow.domain.facts import RoundFacts, TallyFacts
from workflow.domain.fields import _SHAPES, is_required, missing_or_wrong

ON = date(2026, 12, 7)
LABEL = Words("Số văn bản", "Number")


def reasons(field: Field, value: Any = None, **changes: Any) -> list[tuple[str, Any]]:
    act = transition("submit", "unit_head", fields=(field,))
    given = {} if value is None else {field.name: value}
    found = list(missing_or_wrong(act, given, facts(**changes), ON))
    assert all(reason.menders == ("unit_head",) for reason in found)
    assert all(reason.label == field.label for reason in found if reason.params.get("field") == field.name)
    return [(reason.code, reason.params.get("problem")) for reason in found]


def field(kind: FieldType = "text", **more: Any) -> Field:
    return Field("x", kind, label=LABEL, **more)


@pytest.mark.parametrize("nothing", [None, "", (), []])
def test_a_required_field_that_is_empty_is_missing(nothing: Any) -> None:
    act = transition("submit", "unit_head", fields=(field(),))
    (reason,) = missing_or_wrong(act, {"x": nothing}, facts(), ON)
    assert (reason.code, reason.params, reason.label) == ("field_missing", {"field": "x"}, LABEL)
    assert list(missing_or_wrong(replace(act, fields=(field(required="never"),)), {"x": nothing}, facts(), ON)) == []


def test_nought_and_no_are_something() -> None:
    assert reasons(field("integer"), 0) == []
    assert reasons(field("flag"), False) == []


@pytest.mark.parametrize(
    ("cutoff", "required"), [(None, False), (ON, False), (date(2026, 12, 6), True), (date(2026, 12, 8), False)]
)
def test_a_reason_for_being_late_is_asked_for_once_the_cutoff_is_past(cutoff: date | None, required: bool) -> None:
    late = field(required="after:round.cutoff")
    assert is_required(late, facts(round=RoundFacts("2026", 2026, cutoff=cutoff)), ON) is required
    assert reasons(late, round=RoundFacts("2026", 2026, cutoff=cutoff)) == ([("late_reason", None)] if required else [])


def test_what_the_act_does_not_know_is_refused_by_name() -> None:
    act = transition("submit", "unit_head", fields=(field(),))
    found = list(missing_or_wrong(act, {"x": "07", "y": "?"}, facts(), ON))
    assert [(each.code, each.params) for each in found] == [("field_invalid", {"field": "y", "problem": "unknown"})]


GOOD: dict[str, list[Any]] = {
    "text": ["07/TTr", "a\u0323" * 10_000],
    "date": [ON],
    "integer": [0, -3, 12],
    "flag": [True, False],
    "choice": ["a"],
    "list": [["a"], ("a", "b")],
    "decision": [{"number": 1, "symbol": "QĐ-BKHCN", "issued_on": ON}],
    "tally": [PASSED, TallyFacts(3, 3, 3)],
    "flow": ["bang_khen_bo"],
    "unit": ["CVT"],
}
BAD: list[tuple[FieldType, Any, str]] = [
    ("text", 7, "not_text"),
    ("date", "2026-12-07", "not_a_date"),
    ("integer", "7", "not_a_number"),
    ("integer", True, "not_a_number"),
    ("integer", 7.0, "not_a_number"),
    ("flag", "yes", "not_yes_or_no"),
    ("flag", 1, "not_yes_or_no"),
    ("choice", "c", "not_a_choice"),
    ("list", "a, b", "not_a_list"),
    ("list", ["a", " "], "not_a_list"),
    ("list", ["a", 3], "not_a_list"),
    ("decision", "1201/QĐ", "not_a_decision"),
    ("decision", {"symbol": "QĐ", "issued_on": ON}, "decision_number"),
    ("decision", {"number": 0, "symbol": "QĐ", "issued_on": ON}, "decision_number"),
    ("text", "x" * 10_001, "too_long"),
    ("list", ["a", "x" * 10_001], "too_long"),
    ("integer", 10**18, "too_large"),
    ("integer", -(10**18), "too_small"),
    ("decision", {"number": 10**18, "symbol": "QĐ", "issued_on": ON}, "decision_number"),
    ("decision", {"number": 1, "symbol": "Q" * 41, "issued_on": ON}, "decision_symbol"),
    ("decision", {"number": True, "symbol": "QĐ", "issued_on": ON}, "decision_number"),
    ("decision", {"number": 1, "issued_on": ON}, "decision_symbol"),
    ("decision", {"number": 1, "symbol": "  ", "issued_on": ON}, "decision_symbol"),
    ("decision", {"number": 1, "symbol": "QĐ", "issued_on": "2026-12-07"}, "decision_date"),
    ("tally", {"members": 15}, "not_a_tally"),
    ("tally", "12/15", "not_a_tally"),
    ("flow", 3, "not_text"),
    ("unit", None.__class__, "not_text"),
]


@pytest.mark.parametrize("kind", sorted(_SHAPES))
def test_every_type_takes_its_own_values(kind: FieldType) -> None:
    for value in GOOD[kind]:
        assert reasons(field(kind, choices=("a", "b")), value) == []


@pytest.mark.attack("S93", "S94")
@pytest.mark.parametrize(("kind", "value", "problem"), BAD)
def test_every_type_refuses_what_is_not_its_own(kind: FieldType, value: Any, problem: str) -> None:
    assert reasons(field(kind, choices=("a", "b")), value) == [("field_invalid", problem)]


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("text", "ab", "too_short"),
        ("text", "  ab   ", "too_short"),
        ("text", "abcdef", "too_long"),
        ("text", "abc", None),
        ("integer", 2, "too_small"),
        ("integer", 6, "too_large"),
        ("integer", 3, None),
        ("integer", 5, None),
        ("list", ["a", "b"], "too_few"),
        ("list", ["a"] * 6, "too_many"),
        ("list", ["a"] * 5, None),
    ],
)
def test_bounds_are_kept_and_belong_to_it(kind: FieldType, value: Any, problem: str | None) -> None:
    assert reasons(field(kind, min=3, max=5), value) == ([("field_invalid", problem)] if problem else [])


@pytest.mark.attack("S86", "S87", "S88")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Nguyễn Văn An", None), ("Ðỗ Văn An", "strange_letters"), ("Nguyễn Văn \u0410n", "strange_letters"),
        ("\u200b\u202e \ufeff", "too_short"),
    ],
)  # fmt: skip
def test_a_name_that_is_corrected_is_looked_over_like_one_that_comes_in(name: str, problem: str | None) -> None:
    own, other = Field("name", "text"), Field("position", "text")
    act = transition("correct_proof", "unit_officer", effect="correct", fields=(own, other))
    found = list(missing_or_wrong(act, {"name": name, "position": "Ð"}, facts(), ON))
    assert [(each.code, each.params["problem"]) for each in found] == ([("field_invalid", problem)] if problem else [])
    act = transition("submit", "unit_head", fields=(own, other))
    assert list(missing_or_wrong(act, {"name": name, "position": "x"}, facts(), ON)) == []


def test_every_fault_is_told_at_once() -> None:
    act = transition("submit", "unit_head", fields=(Field("a", "text"), Field("b", "date"), Field("c", "integer")))
    found = [
        (each.code, each.params["field"]) for each in missing_or_wrong(act, {"b": "?", "c": "?", "d": 1}, facts(), ON)
    ]
    assert found == [("field_missing", "a"), ("field_invalid", "b"), ("field_invalid", "c"), ("field_invalid", "d")]
