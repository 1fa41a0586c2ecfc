"""Points before the table: exact until they are shown, and seen only by those who may."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from definitions.flow import Appraisal, Criterion
from tests.unit.domain.making import W, facts
from workflow.domain.facts import Actor, Held
from workflow.domain.points import hundredths
from workflow.domain.scoring import Chosen, Scorecard, Sight, asked, choose, faults, score, scores, sight

RULE = Appraisal(
    by=("appraiser", "field_lead"),
    during=("appraising",),
    criteria={
        "result": Criterion("result", W, 60, 10),
        "idea": Criterion("idea", W, 30, 5),
        "law": Criterion("law", W, 10, 1),
    },
)
ABC = ("BO/A", "BO/B", "BO/C")


def card(appraiser: str, *points: int) -> Scorecard:
    return Scorecard(appraiser, dict(zip(RULE.criteria, points, strict=True)))


# ── points ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((10, 5, 1), Fraction(100)),
        ((0, 0, 0), Fraction(0)),
        ((10, 0, 0), Fraction(60)),
        ((7, 3, 1), Fraction(42) + Fraction(18) + Fraction(10)),
        ((9, 4, 0), Fraction(54) + Fraction(24)),
    ],
)
def test_each_criterion_counts_by_its_weight_whatever_its_greatest_number_is(
    points: tuple[int, ...], expected: Fraction
) -> None:
    assert score(RULE, card("x", *points).points) == expected


def test_weights_need_not_add_up_to_a_hundred_and_the_scale_is_free() -> None:
    thirds = Appraisal((), (), {each: Criterion(each, W, 1, 3) for each in "abc"}, scale=10)
    assert score(thirds, {"a": 3, "b": 1, "c": 0}) == Fraction(40, 9)
    assert hundredths(Fraction(40, 9)) == 444


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(0), 0),
        (Fraction(100), 10_000),
        (Fraction(85665, 1000), 8567),
        (Fraction(85664, 1000), 8566),
        (Fraction(856649999, 10_000_000), 8566),
        (Fraction(1, 200), 1),
        (Fraction(1, 201), 0),
        (Fraction(2, 3), 67),
    ],
)
def test_what_is_shown_is_rounded_half_up(value: Fraction, shown: int) -> None:
    assert hundredths(value) == shown


@given(st.fractions(min_value=0, max_value=1000))
def test_what_is_shown_is_nearest(value: Fraction) -> None:
    shown = hundredths(value)
    assert abs(Fraction(shown, 100) - value) <= Fraction(1, 200)
    assert Fraction(shown, 100) - value != Fraction(-1, 200)


def test_mean_and_median_leave_out_who_abstains_and_who_is_missing() -> None:
    cards = [card("BO/A", 10, 5, 1), card("BO/B", 0, 0, 0), Scorecard("BO/C", abstains=True), card("BO/X", 1, 1, 1)]
    found = scores(RULE, cards, (*ABC, "BO/D"))
    assert found.cards == {"BO/A": Fraction(100), "BO/B": Fraction(0)}
    assert (found.mean, found.median) == (Fraction(50), Fraction(50))
    assert found.criteria == {"result": Fraction(5), "idea": Fraction(5, 2), "law": Fraction(1, 2)}
    assert (found.abstained, found.missing) == (("BO/C",), ("BO/D",))


def test_a_mean_of_three_is_exact_and_the_median_is_the_middle() -> None:
    found = scores(RULE, [card("BO/A", 10, 5, 1), card("BO/B", 10, 5, 0), card("BO/C", 1, 0, 0)], ABC)
    assert (found.mean, found.median) == (Fraction(196, 3), Fraction(90))
    assert hundredths(found.mean or Fraction()) == 6533


def test_nobody_s_points_come_to_nothing_and_not_to_nought() -> None:
    found = scores(RULE, [Scorecard("BO/A", abstains=True)], ABC)
    assert (found.mean, found.median, found.criteria, found.cards) == (None, None, {}, {})
    assert found.missing == ("BO/B", "BO/C")


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=9))
def test_the_mean_of_scores_is_the_score_of_mean_points(drawn: list[tuple[int, int, int]]) -> None:
    people = [f"p{at}" for at in range(len(drawn))]
    found = scores(RULE, [card(name, *points) for name, points in zip(people, drawn, strict=True)], people)
    means = found.criteria
    assert found.mean == 60 * means["result"] / 10 + 30 * means["idea"] / 5 + 10 * means["law"]
    assert 0 <= min(found.cards.values()) <= (found.median or 0) <= max(found.cards.values()) <= RULE.scale


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"result": 10, "idea": 5, "law": 1}, ()),
        ({"result": 0, "idea": 0, "law": 0}, ()),
        ({"result": 10}, (("idea", "missing"), ("law", "missing"))),
        ({"result": 11, "idea": -1, "law": 1}, (("result", "too_large"), ("idea", "too_small"))),
        ({"result": True, "idea": 2.5, "law": "1"}, tuple((name, "not_a_number") for name in RULE.criteria)),
        ({"result": 1, "idea": 1, "law": 1, "luck": 1}, (("luck", "unknown"),)),
        ({}, tuple((name, "missing") for name in RULE.criteria)),
    ],
)
def test_a_card_that_cannot_be_taken_names_every_fault(
    points: dict[str, Any], expected: tuple[tuple[str, str], ...]
) -> None:
    assert faults(RULE, Scorecard("BO/A", points)) == expected


def test_who_abstains_gives_no_points() -> None:
    assert faults(RULE, Scorecard("BO/A", abstains=True)) == ()
    assert faults(RULE, Scorecard("BO/A", {"result": 1}, abstains=True)) == (("result", "abstains"),)


# ── who scores ───────────────────────────────────────────────────────────────────────────────────

DOSSIER = replace(facts(), unit="CVT", field_of_work="vien_thong", person="CVT/N")
EVERYBODY = Actor("BO/A", "A", (Held("appraiser"),))
OF_FIELD = Actor("BO/B", "B", (Held("clerk"), Held("field_lead", "field", "vien_thong")))
OF_OTHER = Actor("BO/C", "C", (Held("field_lead", "field", "so_huu_tri_tue"),))
CLERK = Actor("BO/D", "D", (Held("clerk"),))
ACTORS = (EVERYBODY, OF_FIELD, OF_OTHER, CLERK)


def test_holders_of_the_roles_score_and_by_field_only_those_of_the_field() -> None:
    assert asked(RULE, ACTORS, DOSSIER, {}, {}).people == ("BO/A", "BO/B")
    assert asked(replace(RULE, who="field"), ACTORS, DOSSIER, {}, {}).people == ("BO/B",)
    assert asked(replace(RULE, who="field"), ACTORS, replace(DOSSIER, field_of_work=""), {}, {}).people == ()


def test_nobody_scores_himself_his_unit_or_what_he_declared() -> None:
    own = Actor("CVT/N", "N", (Held("appraiser"),))
    stands_in = Actor("BO/E", "E", (Held("appraiser", via="CVT/N"),))
    found = asked(RULE, (*ACTORS, own, stands_in), DOSSIER, {"BO/A": ["CVT"]}, {"BO/B": "Người thân"})
    assert found.people == ()
    assert [(each.person, each.cause) for each in found.aside] == [
        ("BO/A", "own_unit"), ("BO/B", "declared"), ("CVT/N", "nominee"), ("BO/E", "nominee"),
    ]  # fmt: skip


# ── who sees what ────────────────────────────────────────────────────────────────────────────────

NOTHING = Sight(frozenset(), False, False)


@pytest.mark.parametrize(
    ("visible", "handed_in", "cards", "result"),
    [
        ("never", (), (), False),
        ("never", ("BO/A", "BO/B"), ("BO/A",), False),
        ("after_own", ("BO/B",), (), False),
        ("after_own", ("BO/A", "BO/B"), ("BO/A", "BO/B"), True),
        ("always", ("BO/B",), ("BO/B",), True),
        ("always", (), (), True),
    ],
)
def test_an_appraiser_sees_what_the_rule_lets_him(
    visible: Any, handed_in: tuple[str, ...], cards: tuple[str, ...], result: bool
) -> None:
    seen = sight(replace(RULE, visible=visible), "BO/A", ABC, handed_in)
    assert seen == Sight(frozenset(cards), result, True)


def test_a_blind_appraiser_reads_no_names_and_who_leads_reads_all() -> None:
    blind = replace(RULE, blind=True, visible="never")
    assert sight(blind, "BO/A", ABC, ABC) == Sight(frozenset({"BO/A"}), False, False)
    assert sight(blind, "BO/Z", ABC, ("BO/A",), oversees=True) == Sight(frozenset({"BO/A"}), True, True)


@pytest.mark.parametrize("visible", ["never", "after_own", "always"])
def test_a_stranger_sees_nothing_even_with_a_card(visible: Any) -> None:
    assert sight(replace(RULE, visible=visible), "CVT/N", ABC, (*ABC, "CVT/N")) == NOTHING


# ── whom the rule asks ───────────────────────────────────────────────────────────────────────────


def test_without_a_number_everybody_who_may_is_asked() -> None:
    assert choose(RULE, ABC, {}) == tuple(Chosen(person, "everybody") for person in ABC)
    assert [each.why for each in choose(replace(RULE, who="field"), ABC, {})] == ["field"] * 3


def test_with_a_number_those_with_the_fewest_dossiers_in_hand_are_asked() -> None:
    two = replace(RULE, people=2)
    loads = {"BO/A": 3, "BO/B": 1}
    assert choose(two, ABC, loads) == (Chosen("BO/C", "fewest", 0, 3), Chosen("BO/B", "fewest", 1, 3))
    assert choose(two, ABC, loads, already=1) == (Chosen("BO/C", "fewest", 0, 1),)
    assert choose(two, ABC, loads, already=2) == choose(two, ABC, loads, already=5) == ()


def test_equal_loads_go_by_key_and_too_few_people_are_all_asked() -> None:
    two = replace(RULE, people=2)
    assert [each.person for each in choose(two, reversed_of(ABC), {})] == ["BO/A", "BO/B"]
    assert choose(two, ABC[:2], {"BO/A": 2}) == (Chosen("BO/B", "all_there_are"), Chosen("BO/A", "all_there_are", 2))
    assert choose(two, (), {}) == ()


def reversed_of(people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(reversed(people))
