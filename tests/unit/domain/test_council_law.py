"""Councils of 5 to 25 members under every rule a ministry may write, judged with exact fractions.

The judge knows no integer threshold: it asks whether a fraction is at least (or more than) another. What it says is
tried on both sides of every edge: one yes more or less, one person more or less for the quorum, one who stepped aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import pytest

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts
from workflow.domain.outlook import Participation, Pending, outlook, outlook_of_turnout
from workflow.domain.votes import problems, result

SIZES = range(5, 26)
DAY = date(2026, 12, 8)
# What must say yes, and whether it must be more than that.
THRESHOLDS = tuple(product(("50", "2/3", "80", "90"), (False, True)))
QUORUMS = (None, (2, 3), (4, 5))
BASES = ("all_members", "present", "cast")
RECUSALS = ("none", "stays_in_base", "leaves_base")


def rule_of(threshold: str, strict: bool, **more: Any) -> VoteRule:
    named = "/" in threshold
    share = tuple(map(int, threshold.split("/"))) if named else None
    percent = 0 if named else int(threshold)
    return VoteRule("x", "council", percent=percent, strict=strict, share=share, **more)  # type: ignore[arg-type]


@cache
def enough(yes: int, base: int, threshold: str, strict: bool) -> bool:
    """Whether so many of so many are a share of at least the threshold, or more than it."""
    if yes == 0:
        return False
    wanted = Fraction(threshold) if "/" in threshold else Fraction(int(threshold), 100)
    return Fraction(yes, base) > wanted if strict else Fraction(yes, base) >= wanted


@cache
def is_quorum(took_part: int, members: int, quorum: tuple[int, int] | None) -> bool:
    return quorum is None or Fraction(took_part, members) >= Fraction(*quorum)


def attendances(members: int) -> Iterator[tuple[int, int]]:
    """(took part, stepped aside): everybody, and one on each side of either quorum."""
    edges = {members, *(-(-members * 2 // 3) - off for off in (0, 1)), *(-(-members * 4 // 5) - off for off in (0, 1))}
    for took_part in sorted(edges):
        yield took_part, 0
        if took_part < members:
            yield took_part, 1


@pytest.mark.unmeasured
@pytest.mark.parametrize("members", SIZES)
def test_every_council_under_every_rule(members: int) -> None:
    judged = 0
    for (threshold, strict), base, quorum, recusal in product(THRESHOLDS, BASES, QUORUMS, RECUSALS):
        rule = rule_of(threshold, strict, base=base, quorum=quorum, recusal=recusal, written=True)
        for took_part, aside in attendances(members):
            stays = 0 if recusal == "leaves_base" else aside
            for yes in range(took_part + 1):
                blank = (took_part - yes) % 2
                tally = TallyFacts(
                    members, took_part - 1, yes, took_part - yes - blank, blank, written=1, recused=aside
                )
                whole = {"all_members": members - aside + stays, "present": took_part + stays, "cast": took_part}[base]
                expected = is_quorum(took_part, members, quorum) and enough(yes, whole, threshold, strict)
                assert problems(rule, tally) == ()
                assert result(rule, tally).passed == expected, (rule, tally)
                judged += 1
    assert judged > 2_000


@pytest.mark.unmeasured
@pytest.mark.parametrize("members", SIZES)
def test_every_council_with_a_chair_whose_word_counts(members: int) -> None:
    halves = [(each, True) for each in ("50", "1/2")]
    chair = product((*THRESHOLDS, *halves), BASES, ("fails", "chair_decides"), (True, False), (True, False, None))
    for (threshold, strict), base, tie, must_agree, agrees in chair:
        rule = rule_of(threshold, strict, base=base, tie=tie, chair_must_agree=must_agree)
        for yes in range(members + 1):
            tally = TallyFacts(members, members, yes, members - yes, chair_agrees=agrees)
            tied = strict and threshold in ("50", "1/2") and yes * 2 == members
            carried = enough(yes, members, threshold, strict) or (tied and tie == "chair_decides" and agrees is True)
            expected = carried and (agrees is True or not must_agree)
            assert result(rule, tally).passed == expected, (rule, tally)
            assert (outlook(rule, tally, Pending(), DAY).position == "passed") == expected


@pytest.mark.parametrize("members", SIZES)
def test_a_council_knows_before_closing_how_many_may_stay_away(members: int) -> None:
    for (threshold, strict), absent in product(THRESHOLDS, range(members + 1)):
        rule = rule_of(threshold, strict, base="all_members")
        found = outlook_of_turnout(rule, Participation(members, members - absent), Pending(members - absent), DAY)
        assert found.can_pass == enough(members - absent, members, threshold, strict)
        if found.can_pass:
            assert found.spare is not None
            assert enough(members - absent - found.spare, members, threshold, strict)
            assert not enough(members - absent - found.spare - 1, members, threshold, strict)


# ── the table that secretaries use ───────────────────────────────────────────────────────────────

# members: 2/3 quorum, > 50 %, 80 %, 90 %
HANDBOOK = {
    7: (5, 4, 6, 7),
    9: (6, 5, 8, 9),
    11: (8, 6, 9, 10),
    13: (9, 7, 11, 12),
    15: (10, 8, 12, 14),
    17: (12, 9, 14, 16),
    18: (12, 10, 15, 17),
    19: (13, 10, 16, 18),
    21: (14, 11, 17, 19),
}


def fewest_yes(rule: VoteRule, members: int) -> int:
    """Found by counting votes up until the line passes."""
    return next(yes for yes in range(members + 1) if result(rule, TallyFacts(members, members, yes)).passed)


def fewest_people(rule: VoteRule, members: int) -> int:
    return next(each for each in range(members + 1) if result(rule, TallyFacts(members, each, 0)).quorum_met)


@pytest.mark.parametrize("members", HANDBOOK)
def test_the_handbook_s_table(members: int) -> None:
    whole = {"base": "all_members", "quorum": (2, 3)}
    found = (
        fewest_people(rule_of("80", False, **whole), members),
        fewest_yes(rule_of("50", True, **whole), members),
        fewest_yes(rule_of("80", False, **whole), members),
        fewest_yes(rule_of("90", False, **whole), members),
    )
    assert found == HANDBOOK[members]


@pytest.mark.parametrize("members", SIZES)
def test_two_thirds_are_not_sixty_seven_percent(members: int) -> None:
    thirds, percent = (fewest_yes(rule_of(each, False, base="all_members"), members) for each in ("2/3", "67"))
    assert (percent > thirds) == (members % 3 == 0)


@pytest.mark.parametrize(("yes", "members"), [(35, 44), (39, 49), (43, 54), (47, 59)])
def test_what_rounds_up_to_eighty_percent_does_not_pass(yes: int, members: int) -> None:
    rule = rule_of("80", False, base="all_members")
    tally = TallyFacts(members, members, yes, members - yes)
    assert f"{100 * yes / members:.0f}" == "80"
    assert not result(rule, tally).passed
    seen = outlook(rule, tally, Pending(), DAY)
    assert (seen.position, seen.still_needed) == ("cannot_pass", 1)
    assert result(rule, TallyFacts(members, members, yes + 1)).passed


def test_the_law_s_titles_in_a_council_of_nine() -> None:
    """90 % of all nine is all nine: whoever is away and does not write stops every line."""
    rule = rule_of("90", False, base="all_members", quorum=(2, 3), written=True)
    for away in range(1, 4):
        assert not result(rule, TallyFacts(9, 9 - away, 9 - away)).passed
        assert result(rule, TallyFacts(9, 9 - away, 9, written=away)).passed
