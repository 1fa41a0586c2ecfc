"""Votes: the tables of the rules, the traps of rounding and of the base, and tallies that cannot be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest
from hypothesis import given, strategies as st

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts
from workflow.domain.votes import (
    TallyError,
    base_of,
    needed,
    problems,
    quorum_needed,
    result,
    tally_from,
    tally_to,
)

RULE = VoteRule("ministry", "council", "all_members", percent=80, strict=False)
NINETY = replace(RULE, percent=90)
MORE_THAN_HALF = replace(RULE, percent=50, strict=True)
WRITTEN = replace(RULE, written=True)

# members, 2/3 quorum, > 50 %, 80 %, 90 %: as the secretaries' handbook has it
TABLE = [
    (7, 5, 4, 6, 7),
    (9, 6, 5, 8, 9),
    (11, 8, 6, 9, 10),
    (13, 9, 7, 11, 12),
    (15, 10, 8, 12, 14),
    (17, 12, 9, 14, 16),
    (18, 12, 10, 15, 17),
    (19, 13, 10, 16, 18),
    (21, 14, 11, 17, 19),
]


@pytest.mark.parametrize(("members", "quorum", "half", "eighty", "ninety"), TABLE)
def test_the_table_of_thresholds(members: int, quorum: int, half: int, eighty: int, ninety: int) -> None:
    found = (
        quorum_needed(replace(RULE, quorum=(2, 3)), members),
        needed(MORE_THAN_HALF, members),
        needed(RULE, members),
        needed(NINETY, members),
    )
    assert found == (quorum, half, eighty, ninety)


@pytest.mark.parametrize(("members", "quorum", "half", "eighty", "ninety"), TABLE)
def test_one_yes_below_each_threshold_fails_and_the_threshold_passes(
    members: int, quorum: int, half: int, eighty: int, ninety: int
) -> None:
    for rule, least in ((MORE_THAN_HALF, half), (RULE, eighty), (NINETY, ninety)):
        assert result(rule, TallyFacts(members, members, yes=least)).passed
        assert not result(rule, TallyFacts(members, members, yes=least - 1)).passed


@pytest.mark.unmeasured
@pytest.mark.parametrize("members", range(5, 26))
@pytest.mark.parametrize("base", ["all_members", "present", "cast"])
def test_every_council_under_every_rule_agrees_with_exact_fractions(members: int, base: str) -> None:
    percents, recusals = (50, 66, 67, 70, 75, 80, 90, 100), ("none", "stays_in_base", "leaves_base")
    for percent, strict, yes, absent, blank, recusal in product(
        percents, (False, True), range(members + 1), (0, 1, 3), (0, 1), recusals
    ):
        rule = VoteRule("x", "council", base, percent, strict, quorum=(2, 3), written=True)  # type: ignore[arg-type]
        share = Fraction(percent, 100)
        took_part = members - absent
        if yes + blank > took_part or (not absent and recusal != "none"):
            continue
        no = (took_part - yes - blank) // 2
        tally = TallyFacts(members, took_part - 1, yes, no, blank, written=1, recused=min(absent, 1))
        stays = 0 if recusal == "leaves_base" else tally.recused
        whole = {"all_members": members - tally.recused + stays, "present": took_part + stays, "cast": yes + no + blank}
        part = Fraction(yes, whole[base]) if whole[base] else Fraction(0)
        found = result(replace(rule, recusal=recusal), tally)  # type: ignore[arg-type]
        met = took_part >= Fraction(2, 3) * members
        assert found.base == whole[base]
        assert found.quorum_met == met
        assert found.passed == (met and yes > 0 and (part > share if strict else part >= share))
        assert found.needed == max(1, floor(share * whole[base]) + 1 if strict else ceil(share * whole[base]))


@pytest.mark.parametrize(("yes", "members"), [(35, 44), (39, 49), (43, 54), (47, 59)])
def test_a_ratio_that_only_rounds_up_to_the_threshold_does_not_pass(yes: int, members: int) -> None:
    assert round(100 * yes / members) == 80
    assert not result(RULE, TallyFacts(members, members, yes)).passed
    assert result(RULE, TallyFacts(members, members, yes + 1)).passed


def test_base_of_the_ratio_is_all_members_not_those_present() -> None:
    tally = TallyFacts(members=15, present=12, yes=11, no=1)
    found = result(RULE, tally)
    assert (found.passed, found.base, found.needed, found.still_needed) == (False, 15, 12, 1)
    assert result(replace(RULE, base="present"), tally).passed


def test_one_silent_absentee_stops_every_nomination_of_a_council_of_nine_at_ninety_percent() -> None:
    rule = replace(NINETY, written=True)
    found = result(rule, TallyFacts(members=9, present=8, yes=8))
    assert (found.passed, found.still_needed, found.may_answer) == (False, 1, 1)
    assert result(rule, TallyFacts(members=9, present=8, yes=9, written=1)).passed


def test_the_absent_are_only_waited_for_where_they_may_answer_in_writing() -> None:
    tally = TallyFacts(members=15, present=10, yes=10, written=0, recused=2)
    assert (result(RULE, tally).missing, result(RULE, tally).may_answer) == (3, 0)
    assert result(WRITTEN, tally).may_answer == 3


def test_answers_in_writing_count_for_the_quorum_and_for_a_base_of_those_present() -> None:
    rule = replace(WRITTEN, base="present", quorum=(2, 3))
    found = result(rule, TallyFacts(members=15, present=8, yes=8, written=2))
    assert (found.base, found.quorum_needed, found.quorum_met, found.passed) == (10, 10, True, True)


def test_blank_and_invalid_ballots_count_as_not_agreeing() -> None:
    rule = replace(RULE, base="cast")
    assert result(rule, TallyFacts(15, 15, yes=12, no=3)).passed
    found = result(rule, TallyFacts(15, 15, yes=11, no=2, blank=1, invalid=1))
    assert (found.base, found.passed) == (15, False)


@pytest.mark.parametrize(
    ("base", "recusal", "expected"),
    [
        ("all_members", "none", 15),
        ("all_members", "stays_in_base", 15),
        ("all_members", "leaves_base", 13),
        ("present", "none", 14),
        ("present", "stays_in_base", 14),
        ("present", "leaves_base", 12),
        ("cast", "stays_in_base", 11),
        ("cast", "leaves_base", 11),
    ],
)
def test_who_steps_aside_leaves_the_base_only_where_the_rule_takes_him_out(
    base: str, recusal: str, expected: int
) -> None:
    rule = replace(RULE, base=base, recusal=recusal)  # type: ignore[arg-type]
    assert base_of(rule, TallyFacts(15, 12, yes=10, no=1, recused=2)) == expected


def test_a_vote_without_a_quorum_is_no_result_however_many_said_yes() -> None:
    rule = replace(RULE, base="cast", quorum=(2, 3))
    found = result(rule, TallyFacts(members=15, present=9, yes=9))
    assert (found.passed, found.quorum_met, found.quorum_needed) == (False, False, 10)
    assert found.reason_codes == ("quorum",)


def test_only_those_present_make_a_quorum_where_the_rule_says_so() -> None:
    tally = TallyFacts(members=15, present=9, yes=13, written=4)
    assert result(replace(WRITTEN, quorum=(2, 3)), tally).quorum_met
    assert result(replace(WRITTEN, quorum=(2, 3), quorum_counts="present"), tally).reason_codes == ("quorum",)
    assert result(replace(WRITTEN, quorum=(3, 5), quorum_counts="present"), tally).passed


def test_every_ground_is_named_and_not_the_first_alone() -> None:
    rule = replace(RULE, quorum=(2, 3), chair_must_agree=True)
    found = result(rule, TallyFacts(members=15, present=9, yes=2))
    assert found.reason_codes == ("quorum", "vote_not_passed", "chair")


@pytest.mark.parametrize(("agrees", "passed"), [(True, True), (False, False), (None, False)])
def test_a_chair_who_must_agree_and_was_not_minuted_did_not_agree(agrees: bool | None, passed: bool) -> None:
    rule = replace(RULE, chair_must_agree=True)
    assert result(rule, TallyFacts(15, 15, yes=15, chair_agrees=agrees)).passed is passed


@pytest.mark.parametrize(
    ("tie", "yes", "agrees", "passed"),
    [
        ("chair_decides", 7, True, True),
        ("chair_decides", 7, False, False),
        ("chair_decides", 7, None, False),
        ("chair_decides", 6, True, False),
        ("chair_decides", 8, False, True),
        ("fails", 7, True, False),
    ],
)
def test_a_tie_is_for_the_chair_only_where_the_rule_says_so(
    tie: str, yes: int, agrees: bool | None, passed: bool
) -> None:
    rule = replace(MORE_THAN_HALF, tie=tie)  # type: ignore[arg-type]
    assert result(rule, TallyFacts(14, 14, yes, no=14 - yes, chair_agrees=agrees)).passed is passed


def test_half_is_a_tie_only_where_more_than_half_is_asked_for() -> None:
    halves = replace(RULE, percent=80, tie="chair_decides")
    assert not result(halves, TallyFacts(14, 14, yes=7, chair_agrees=True)).passed
    assert result(replace(MORE_THAN_HALF, strict=False), TallyFacts(14, 14, yes=7)).passed


@pytest.mark.parametrize("base", ["all_members", "present", "cast"])
def test_nobody_passes_anything_with_no_votes_at_all(base: str) -> None:
    rule = replace(MORE_THAN_HALF, base=base, strict=False, percent=0, tie="chair_decides")  # type: ignore[arg-type]
    found = result(rule, TallyFacts(members=15, present=0, yes=0, chair_agrees=True))
    assert (found.passed, found.needed) == (False, 1)
    strict = replace(rule, percent=50, strict=True)
    assert not result(strict, TallyFacts(members=15, present=0, yes=0, chair_agrees=True)).passed


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (TallyFacts(15, 12, yes=10, no=2), ()),
        (TallyFacts(15, 12, yes=13, written=2), ()),
        (TallyFacts(15, 12, yes=-1), ("negative",)),
        (TallyFacts(0, 0, yes=0), ("no_members",)),
        (TallyFacts(15, 15, yes=15, rank=0), ("rank",)),
        (TallyFacts(15, 15, yes=15, rank=1), ()),
        (TallyFacts(15, 12, yes=10, no=1, blank=1, invalid=1), ("more_ballots_than_voters",)),
        (TallyFacts(15, 14, yes=10, written=1, recused=1), ("more_people_than_members",)),
        (TallyFacts(15, 16, yes=16), ("more_people_than_members", "more_yes_than_members")),
    ],
)
def test_a_tally_that_cannot_be_true_is_named(tally: TallyFacts, expected: tuple[str, ...]) -> None:
    assert problems(WRITTEN, tally) == expected


def test_answers_in_writing_cannot_be_counted_where_the_rule_takes_none() -> None:
    assert problems(RULE, TallyFacts(15, 12, yes=13, written=1)) == ("written_not_allowed",)


def test_a_tally_is_read_from_what_an_act_brings_and_back_again() -> None:
    brought = {"members": 15, "present": 12, "yes": 11, "no": 1, "chair_agrees": True, "rank": None,
               "held_on": date(2026, 12, 24), "minutes": "01/BB-HĐ"}  # fmt: skip
    tally = tally_from(brought)
    assert tally == TallyFacts(15, 12, 11, 1, chair_agrees=True, held_on=date(2026, 12, 24), minutes="01/BB-HĐ")
    assert tally_to(tally)["held_on"] == "2026-12-24"
    assert tally_from(tally_to(tally)) == tally
    assert tally_from(tally) is tally
    assert tally_to(TallyFacts(5, 5, 5))["held_on"] is None


@pytest.mark.parametrize(
    ("brought", "faults"),
    [
        ({}, (("members", "missing"), ("present", "missing"), ("yes", "missing"))),
        ({"members": 15, "present": 15, "yes": True}, (("yes", "not_a_count"),)),
        ({"members": 15, "present": 15, "yes": "12"}, (("yes", "not_a_count"),)),
        ({"members": 15, "present": 15, "yes": 12.0}, (("yes", "not_a_count"),)),
        ({"members": 15, "present": 15, "yes": 12, "chair_agrees": 1}, (("chair_agrees", "not_a_flag"),)),
        ({"members": 15, "present": 15, "yes": 12, "held_on": "24/12/2026"}, (("held_on", "not_a_date"),)),
        ({"members": 15, "present": 15, "yes": 12, "held_on": datetime(2026, 12, 24)}, (("held_on", "not_a_date"),)),  # noqa: DTZ001
        ({"members": 15, "present": 15, "yes": 12, "minutes": 1}, (("minutes", "not_a_text"),)),
        ({"members": 15, "present": 15, "yes": 12, "yess": 1}, (("yess", "unknown"),)),
        ({"members": None, "present": 15, "yes": 1.5}, (("members", "missing"), ("yes", "not_a_count"))),
    ],
)
def test_what_is_no_tally_is_refused_with_every_fault(
    brought: dict[str, object], faults: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(TallyError) as refused:
        tally_from(brought)
    assert refused.value.faults == faults
    assert all(name in str(refused.value) for name, _ in faults)


@given(
    members=st.integers(1, 40),
    percent=st.integers(1, 100),
    strict=st.booleans(),
    base=st.sampled_from(["all_members", "present", "cast"]),
    data=st.data(),
)
def test_one_more_yes_in_place_of_a_no_never_turns_a_pass_into_a_failure(
    members: int, percent: int, strict: bool, base: str, data: st.DataObject
) -> None:
    rule = VoteRule("x", "council", base, percent, strict)  # type: ignore[arg-type]
    yes = data.draw(st.integers(0, members - 1))
    no = data.draw(st.integers(1, members - yes))
    before = result(rule, TallyFacts(members, yes + no, yes, no))
    after = result(rule, TallyFacts(members, yes + no, yes + 1, no - 1))
    assert after.passed >= before.passed
    assert after.still_needed <= before.still_needed
    assert before.passed == (before.still_needed == 0)
