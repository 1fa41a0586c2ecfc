"""What a dossier remembers: the fold of its decisions, its way into JSON and back."""

from __future__ import annotations

import json
from dataclasses import fields as fields_of, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.support import small_flow
from tests.support.small_flow import DAY, FAILED, PASSED, Dossier
from workflow.domain.decision import DeadlineOpened, Decision
from workflow.domain.facts import NominationFacts, TallyFacts
from workflow.domain.memory import plain, recall, remember

MOVE = Decision("submit", 0, "draft", "appraising", DAY)
STAY = Decision("extend", 0, "appraising", "appraising", DAY)


def folded(*decisions: Decision, persons: tuple[str, ...] = ("BO/A",)) -> dict[str, Any]:
    memory: dict[str, Any] = {}
    for each in decisions:
        memory = remember(memory, each, persons)
        assert json.loads(json.dumps(memory)) == memory
    return memory


def test_moments_keep_the_last_day_they_were_marked() -> None:
    memory = folded(
        replace(MOVE, moments={"complete": DAY}), replace(MOVE, moments={"complete": date(2027, 1, 4), "x": DAY})
    )
    assert recall(memory)["moments"] == {"complete": date(2027, 1, 4), "x": DAY}


def test_a_visit_counts_when_the_state_is_entered_and_not_while_it_stays() -> None:
    assert recall(folded(MOVE, STAY, MOVE))["visits"] == {"appraising": 2}


def test_who_did_what_is_kept_with_everyone_he_stood_for() -> None:
    memory = folded(MOVE, persons=("BO/B", "BO/A"))
    memory = remember(memory, MOVE, ("BO/C",))
    assert recall(memory)["done_by"] == {"submit": ("BO/A", "BO/B", "BO/C")}


def test_flags_are_raised_and_lowered_and_lowering_wins() -> None:
    memory = folded(replace(STAY, raises=("a", "b")), replace(STAY, lowers=("a",)))
    assert recall(memory)["flags"] == {"b"}
    assert recall(folded(replace(STAY, raises=("a",), lowers=("a",))))["flags"] == frozenset()


def test_fields_of_later_acts_replace_earlier_ones_and_the_others_stay() -> None:
    memory = folded(replace(STAY, fields={"a": 1, "on": DAY}), replace(STAY, fields={"a": 2}))
    assert recall(memory)["fields"] == {"a": 2, "on": "2026-12-07"}


def test_a_tally_is_recorded_voided_and_recorded_anew() -> None:
    first, second = TallyFacts(15, 14, 13), TallyFacts(15, 15, 15, held_on=DAY, chair_agrees=True)
    memory = folded(replace(STAY, tally=("ministry", first)), replace(STAY, tally=("unit", second)))
    assert recall(memory)["tallies"] == {"ministry": first, "unit": second}
    memory = remember(memory, replace(STAY, voids=("ministry",)), ("x",))
    assert recall(memory)["tallies"] == {"unit": second}
    memory = remember(memory, replace(STAY, voids=("unit",), tally=("unit", first)), ("x",))
    assert recall(memory)["tallies"] == {"unit": first}


def test_holds_stay_until_they_are_released() -> None:
    memory = folded(replace(STAY, hold="results"))
    assert recall(memory)["holds"] == {"results"}
    assert recall(remember(memory, replace(STAY, releases=("results",)), ("x",)))["holds"] == frozenset()


def test_the_proof_keeps_its_last_word() -> None:
    assert recall({})["proof"] == "none"
    assert recall(folded(replace(STAY, proof="sent"), STAY, replace(STAY, proof="confirmed")))["proof"] == "confirmed"


def test_runs_of_a_deadline_are_counted() -> None:
    rule = small_flow.flow().deadlines["ministry"]
    opened = replace(STAY, deadlines_opened=(DeadlineOpened("ministry", rule, DAY, DAY),))
    assert folded(opened, STAY, opened)["runs"] == {"ministry": 2}


def test_an_empty_memory_is_a_dossier_nothing_has_happened_to() -> None:
    known = {each.name: each.default for each in fields_of(NominationFacts)}
    facts = small_flow.facts(**recall({}))
    assert (facts.moments, facts.visits, facts.done_by, facts.fields, facts.tallies) == ({}, {}, {}, {}, {})
    assert (facts.flags, facts.holds, facts.proof) == (frozenset(), frozenset(), known["proof"])


def test_the_memory_before_an_act_is_left_as_it_was() -> None:
    memory = folded(
        replace(MOVE, raises=("a",), fields={"x": 1}, tally=("unit", TallyFacts(1, 1, 1)), moments={"m": DAY})
    )
    before = json.dumps(memory)
    remember(
        memory,
        replace(MOVE, raises=("b",), fields={"x": 2}, voids=("unit",), hold="h", moments={"m": date(2027, 1, 1)}),
        ("y",),
    )
    assert json.dumps(memory) == before


def test_values_become_plain_json() -> None:
    tally = TallyFacts(3, 3, 2, held_on=DAY)
    found = plain(
        {"on": DAY, "list": (1, DAY), "tally": tally, "deep": {"d": [DAY]}, "text": "chữ", "none": None, "yes": True}
    )
    assert found["on"] == "2026-12-07"
    assert found["list"] == [1, "2026-12-07"]
    assert found["tally"]["held_on"] == "2026-12-07"
    assert found["tally"]["yes"] == 2
    assert json.loads(json.dumps(found)) == found


@given(
    st.builds(
        TallyFacts,
        *(st.integers(0, 99),) * 8,
        chair_agrees=st.none() | st.booleans(),
        rank=st.none() | st.integers(1, 9),
        held_on=st.none() | st.dates(),
        minutes=st.text(max_size=10),
    )
)
def test_any_tally_comes_back_from_memory_as_it_was(tally: TallyFacts) -> None:
    stored = json.loads(json.dumps(folded(replace(STAY, tally=("ministry", tally)))))
    assert recall(stored)["tallies"] == {"ministry": tally}


@pytest.mark.parametrize("tally", [PASSED, FAILED])
def test_a_whole_life_folds_the_same_through_json_at_every_step(tally: dict[str, Any]) -> None:
    """What storage does between two acts changes nothing."""
    one, other = Dossier(), Dossier()
    for step, act in (
        ("submit", {"fields": {"letter_no": "07"}, "overrides": {"lich_su": "Đã đối chiếu hồ sơ giấy"}}),
        ("ask", {"fields": {"due_on": DAY}}),
        ("give", {}),
        ("send_proof", {}),
        ("confirm_proof", {}),
        ("open_vote", {}),
        ("close_vote", {"fields": {"tally": tally}}),
        ("release", {}),
    ):
        for each in (one, other):
            each.consulted()
            each.do(step, **act)
        other.memory = json.loads(json.dumps(other.memory))
        other.facts = replace(other.facts, **recall(other.memory))
        assert one.memory == other.memory
        assert one.facts == other.facts


def test_what_is_no_value_of_ours_stays_as_it_is() -> None:
    assert plain(2.5) == 2.5
    assert plain({"a": (date(2026, 12, 2), 2.5)}) == {"a": ["2026-12-02", 2.5]}


def test_recalled_tallies_can_be_counted_listed_and_shown() -> None:
    tallies = recall({"tallies": {"unit": plain(TallyFacts(members=9, present=9, yes=8))}})["tallies"]
    assert len(tallies) == 1
    assert list(tallies) == ["unit"]
    assert "yes=8" in repr(tallies)
