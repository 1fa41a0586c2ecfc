"""A vote rule as people read it, and shares that are never rounded over a threshold."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from definitions.flow import VoteRule
from definitions.messages import package_catalogue
from workflow.domain.vote_words import rule_lines
from workflow.domain.votes import hundredths
from workflow.wording import lines, percent


def rule(**more: object) -> VoteRule:
    given_: dict[str, object] = {"name": "ministry", "body": "council", "base": "all_members", "percent": 80,
                                 "strict": False, "written": True, **more}  # fmt: skip
    return VoteRule(**given_)  # type: ignore[arg-type]


def test_the_rule_of_the_ministry_says_how_many_are_needed_and_how_many_must_come() -> None:
    told = lines(rule_lines(rule(quorum=(2, 3), quorum_counts="present"), 15), "vi")
    assert told[0] == "Ít nhất 80 % tổng số 15 ủy viên: cần 12 phiếu đồng ý."
    assert told[1] == "Dự họp ít nhất 2/3: 10/15."
    assert told[2:4] == ("Bỏ phiếu kín.", "Ủy viên vắng mặt được trả lời bằng văn bản.")


def test_more_than_half_two_thirds_and_those_who_step_aside() -> None:
    assert lines(rule_lines(rule(percent=50, strict=True), 15), "vi")[0] == (
        "Trên 50 % tổng số 15 ủy viên: cần 8 phiếu đồng ý."
    )
    assert "Ít nhất 2/3 tổng số 15 ủy viên: cần 10" in lines(rule_lines(rule(share=(2, 3)), 15), "vi")[0]
    told = lines(rule_lines(rule(recusal="leaves_base"), 15, recused=2), "vi")
    assert told[0] == "Ít nhất 80 % tổng số 13 ủy viên: cần 11 phiếu đồng ý."
    assert "2" in told[1]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("base", ["all_members", "present", "cast"])
@pytest.mark.parametrize("strict", [True, False])
def test_every_rule_has_words(language: str, base: str, strict: bool) -> None:
    for ballot in ("secret", "open", "show_of_hands"):
        for recusal in ("none", "stays_in_base", "leaves_base"):
            for tie in ("fails", "chair_decides"):
                for counts in ("taking_part", "present"):
                    each = rule(base=base, strict=strict, percent=50, ballot=ballot, recusal=recusal, tie=tie,
                                quorum=(2, 3), quorum_counts=counts, written=strict, chair_must_agree=strict,
                                revotes=1, legal="Quy chế")  # fmt: skip
                    told = lines(rule_lines(each, 9, recused=1), language)  # type: ignore[arg-type]
                    assert len(told) >= 6
    assert "vote_rule.revotes" in package_catalogue("workflow")


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 100))
def test_a_share_that_is_shown_never_reaches_what_it_does_not(base: int, yes: int, threshold: int) -> None:
    yes = min(yes, base)
    shown = Fraction(hundredths(rule(percent=threshold), yes, base), 100)
    assert abs(shown - Fraction(yes * 100, base)) < Fraction(1, 100)
    assert (shown >= threshold) == (yes * 100 >= threshold * base)


def test_a_share_as_people_write_it() -> None:
    assert percent(hundredths(rule(), 35, 44), "vi") == "79,55 %"
    assert percent(hundredths(rule(), 12, 15), "vi") == "80 %"
    assert percent(hundredths(rule(), 1, 8), "en") == "12.5 %"
    assert percent(hundredths(rule(), 3, 0), "vi") == "0 %"
    assert percent(hundredths(rule(), 5_999, 7_500), "vi") == "79,99 %"
    assert percent(hundredths(rule(), 60_001, 75_000), "vi") == "80,01 %"
    assert percent(hundredths(rule(), 19_999, 25_000), "vi") == "79,99 %"
