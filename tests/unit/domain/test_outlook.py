"""The live line of a vote: judged by trying every way in which it can still end, with exact fractions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts
from workflow.domain.outlook import (
    Outlook,
    Participation,
    Pending,
    TurnoutOutlook,
    lines_of,
    lines_of_turnout,
    outlook,
    outlook_of_turnout,
)
from workflow.wording import lines

TODAY, DUE = date(2026, 12, 8), date(2026, 12, 12)
EIGHTY = VoteRule("ministry", "council", "all_members", 80, False, quorum=(2, 3), written=True)
NINETY = replace(EIGHTY, percent=90, quorum=None)
HALF = VoteRule("ministry", "standing_members", "cast", 50, True, ballot="open")
NOBODY = Pending()


def seen(rule: VoteRule, tally: TallyFacts, pending: Pending = NOBODY, on: date = TODAY) -> Outlook:
    return outlook(rule, tally, pending, on)


def told(rule: VoteRule, tally: TallyFacts, pending: Pending = NOBODY, on: date = TODAY) -> tuple[str, ...]:
    return lines(lines_of(seen(rule, tally, pending, on)), "vi")


def turnout(rule: VoteRule, who: Participation, pending: Pending = NOBODY, on: date = TODAY) -> TurnoutOutlook:
    return outlook_of_turnout(rule, who, pending, on)


def turnout_told(rule: VoteRule, who: Participation, pending: Pending = NOBODY) -> tuple[str, ...]:
    return lines(lines_of_turnout(turnout(rule, who, pending)), "vi")


# ── an oracle that knows nothing of integer thresholds ───────────────────────────────────────────


def passes(rule: VoteRule, tally: TallyFacts) -> bool:
    """Whether a finished vote passes, with fractions."""
    took = tally.present + tally.written
    if (
        rule.quorum
        and (tally.present if rule.quorum_counts == "present" else took) < Fraction(*rule.quorum) * tally.members
    ):
        return False
    if rule.chair_must_agree and tally.chair_agrees is not True:
        return False
    aside = 0 if rule.recusal == "leaves_base" else tally.recused
    base = {
        "all_members": tally.members - tally.recused + aside,
        "present": took + aside,
        "cast": tally.yes + tally.no + tally.blank + tally.invalid,
    }[rule.base]
    if tally.yes == 0:
        return False
    part, share = Fraction(tally.yes, base), Fraction(*rule.ratio)
    if rule.strict and part == share == Fraction(1, 2) and rule.tie == "chair_decides":
        return tally.chair_agrees is True
    return part > share if rule.strict else part >= share


def endings(rule: VoteRule, tally: TallyFacts, pending: Pending, in_time: bool) -> Iterator[TallyFacts]:
    """Every way in which the vote can end: who may answer says yes, says something else, or does not answer."""
    away = tally.members - tally.present - tally.written - tally.recused - pending.expected
    may_write = away if rule.written and in_time else 0
    chairs = (True, False, None) if tally.chair_agrees is None else (tally.chair_agrees,)
    for table_yes, table_no, come_yes, come_no, write_yes, write_no in product(
        *(range(n + 1) for n in (pending.at_table, pending.expected, may_write) for _ in "yn")
    ):
        if table_yes + table_no > pending.at_table:
            continue
        if come_yes + come_no > pending.expected or write_yes + write_no > may_write:
            continue
        for chair in chairs:
            yield replace(
                tally,
                present=tally.present + come_yes + come_no,
                written=tally.written + write_yes + write_no,
                yes=tally.yes + table_yes + come_yes + write_yes,
                no=tally.no + table_no + come_no + write_no,
                chair_agrees=chair,
            )


@st.composite
def votes_running(draw: st.DrawFn) -> tuple[VoteRule, TallyFacts, Pending, bool]:
    rule = VoteRule(
        "x", "council",
        base=draw(st.sampled_from(["all_members", "present", "cast"])),
        percent=draw(st.sampled_from([50, 67, 80, 90, 100])),
        strict=draw(st.booleans()),
        share=draw(st.sampled_from([None, None, (2, 3), (1, 2)])),
        quorum=draw(st.sampled_from([None, (2, 3), (4, 5)])),
        quorum_counts=draw(st.sampled_from(["taking_part", "present"])),
        written=draw(st.booleans()),
        chair_must_agree=draw(st.booleans()),
        tie=draw(st.sampled_from(["chair_decides", "fails"])),
        recusal=draw(st.sampled_from(["none", "stays_in_base", "leaves_base"])),
    )  # fmt: skip
    members = draw(st.integers(1, 9))
    recused = draw(st.integers(0, min(2, members - 1)))
    present = draw(st.integers(0, members - recused))
    written = draw(st.integers(0, members - recused - present)) if rule.written else 0
    expected = draw(st.integers(0, min(3, members - recused - present - written)))
    at_table = draw(st.integers(0, min(3, present)))
    ballots = present + written - at_table
    yes = draw(st.integers(0, ballots))
    no = draw(st.integers(0, ballots - yes))
    blank = draw(st.integers(0, ballots - yes - no))
    tally = TallyFacts(
        members, present, yes, no, blank, written=written, recused=recused,
        chair_agrees=draw(st.sampled_from([True, False, None])),
    )  # fmt: skip
    in_time = draw(st.booleans())
    return rule, tally, Pending(at_table, expected, DUE if draw(st.booleans()) or not in_time else None), in_time


@settings(max_examples=600, deadline=None)
@given(votes_running())
def test_the_position_is_true_of_every_way_it_can_end(running: tuple[VoteRule, TallyFacts, Pending, bool]) -> None:
    rule, tally, pending, in_time = running
    found = seen(rule, tally, pending, TODAY if in_time else date(2026, 12, 13))
    ends = list(endings(rule, tally, pending, in_time))
    results = [passes(rule, each) for each in ends]
    unheard = [passes(rule, each) for each in ends if each.chair_agrees == tally.chair_agrees]
    expected = "passed" if all(unheard) else "can_pass" if any(results) else "cannot_pass"
    assert found.position == expected
    assert (found.blocked_by == ()) == (found.position != "cannot_pass")
    assert found.now.passed == passes(rule, tally)
    assert found.most_yes == max(each.yes for each in ends)
    assert bool(lines_of(found))


@settings(max_examples=300, deadline=None)
@given(votes_running())
def test_so_many_more_yes_votes_are_enough_and_one_less_is_not_sure(
    running: tuple[VoteRule, TallyFacts, Pending, bool],
) -> None:
    drawn, tally, pending, in_time = running
    rule = replace(drawn, quorum=None, chair_must_agree=False, tie="fails")
    found = seen(rule, tally, pending, TODAY if in_time else date(2026, 12, 13))
    ends = list(endings(rule, tally, pending, in_time))
    for end in ends:
        if end.yes - tally.yes >= found.still_needed:
            assert passes(rule, end)
    if 0 < found.still_needed <= found.may_answer:
        assert not all(passes(rule, end) for end in ends if end.yes - tally.yes == found.still_needed - 1)


@settings(max_examples=300, deadline=None)
@given(votes_running())
def test_before_closing_nothing_depends_on_what_was_chosen(
    running: tuple[VoteRule, TallyFacts, Pending, bool],
) -> None:
    """It can pass exactly when some filling of the ballots lets it, and says one thing for all of them."""
    rule, tally, pending, in_time = running
    who = Participation(tally.members, tally.present, tally.written, tally.recused)
    found = turnout(rule, who, pending, TODAY if in_time else date(2026, 12, 13))
    ballots = tally.present + tally.written - pending.at_table
    possible = any(
        passes(rule, end)
        for yes in range(ballots + 1)
        for end in endings(
            rule, replace(tally, yes=yes, no=ballots - yes, blank=0, chair_agrees=True), pending, in_time
        )
    )
    assert found.can_pass == possible
    assert found.answered == ballots


# ── what people are told ─────────────────────────────────────────────────────────────────────────


def test_two_more_yes_votes_and_who_may_still_give_them() -> None:
    tally = TallyFacts(members=15, present=12, yes=10, no=2)
    assert told(EIGHTY, tally, Pending(until_on=DUE)) == (
        "Cần thêm 2 phiếu đồng ý: hiện có 10/15, tính trên tổng số thành viên (cần 12).",
        "3 thành viên vắng mặt còn có thể trả lời bằng văn bản đến hết ngày 12/12/2026.",
    )
    assert seen(EIGHTY, tally, Pending(until_on=DUE)).may_answer == 3


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    tally, pending = TallyFacts(members=15, present=12, yes=10, no=2), Pending(until_on=DUE)
    assert seen(EIGHTY, tally, pending, DUE).position == "can_pass"
    late = seen(EIGHTY, tally, pending, date(2026, 12, 13))
    assert (late.position, late.may_write, late.blocked_by) == ("cannot_pass", 0, ("vote_not_passed",))
    assert lines(lines_of(late), "vi") == (
        "Không thể đạt nữa: nhiều nhất chỉ có thể có 10/15 phiếu đồng ý, tính trên tổng số thành viên (cần 12).",
    )


def test_enough_is_enough_whatever_the_others_say() -> None:
    tally = TallyFacts(members=15, present=13, yes=13)
    found = seen(EIGHTY, tally, Pending(until_on=DUE))
    assert found.position == "passed"
    assert lines(lines_of(found), "vi") == (
        "Đã đạt: 13/15 đồng ý, tính trên tổng số thành viên (cần 12).",
        "2 người chưa trả lời không thay đổi được kết quả nữa.",
    )
    assert told(replace(EIGHTY, written=False), tally) == (
        "Đã đạt: 13/15 đồng ý, tính trên tổng số thành viên (cần 12).",
    )


def test_a_quorum_that_is_missing_is_said_beside_the_votes() -> None:
    tally = TallyFacts(members=15, present=8, yes=8)
    assert told(EIGHTY, tally, Pending(expected=1)) == (
        "Cần thêm 4 phiếu đồng ý: hiện có 8/15, tính trên tổng số thành viên (cần 12).",
        "Chưa đủ số thành viên tham gia: cần thêm 2 người (cần 10/15).",
        "1 thành viên chưa ghi có mặt hay vắng mặt.",
        "6 thành viên vắng mặt còn có thể trả lời bằng văn bản.",
    )
    alone = replace(EIGHTY, base="cast", written=False)
    assert told(alone, tally) == (
        "Không thể đạt nữa: dù mọi người còn có thể trả lời đều tham gia thì vẫn chưa đủ 10/15 thành viên.",
    )
    assert told(alone, tally, Pending(expected=2)) == (
        "Đã đủ phiếu đồng ý: 8/10, tính trên số phiếu (cần 8).",
        "Chưa đủ số thành viên tham gia: cần thêm 2 người (cần 10/15).",
        "2 thành viên chưa ghi có mặt hay vắng mặt.",
    )


def test_answers_in_writing_do_not_make_a_quorum_where_only_those_present_count() -> None:
    tally = TallyFacts(members=15, present=9, yes=12, written=4)
    assert seen(EIGHTY, tally).position == "passed"
    found = seen(replace(EIGHTY, quorum_counts="present"), tally)
    assert (found.position, found.quorum_missing, found.blocked_by) == ("cannot_pass", 1, ("quorum",))


def test_a_share_that_silence_would_leave_is_told_as_it_stands_and_as_it_may_become() -> None:
    tally = TallyFacts(members=9, present=9, yes=3, no=2)
    assert told(HALF, tally, Pending(at_table=4)) == (
        "Cần thêm 2 phiếu đồng ý: hiện có 3/9, tính trên số phiếu (cần 5).",
        "Nếu kết thúc lúc này thì đạt: 3/5 (cần 3).",
        "4 thành viên dự họp chưa bỏ phiếu.",
    )


@pytest.mark.parametrize(
    ("agrees", "position", "vi"),
    [
        (None, "can_pass", "Đã đủ phiếu đồng ý: 13/15, tính trên tổng số thành viên (cần 12)."),
        (True, "passed", "Đã đạt: 13/15 đồng ý, tính trên tổng số thành viên (cần 12)."),
        (
            False,
            "cannot_pass",
            "Không thể đạt nữa: biên bản ghi Chủ tịch Hội đồng không đồng ý",
        ),
    ],
)
def test_a_chair_who_must_agree_is_waited_for(agrees: bool | None, position: str, vi: str) -> None:
    rule = replace(EIGHTY, chair_must_agree=True)
    found = seen(rule, TallyFacts(15, 15, yes=13, no=2, chair_agrees=agrees))
    said = lines(lines_of(found), "vi")
    assert found.position == position
    assert said[0].startswith(vi)
    assert found.chair_missing == (agrees is None)
    assert any("biên bản" in each for each in said[1:]) == (agrees is None)


@pytest.mark.parametrize(
    ("agrees", "position", "first"),
    [
        (None, "can_pass", "Ngang phiếu: 7/14 đồng ý. Chủ tịch Hội đồng quyết định"),
        (True, "passed", "Đã đạt: 7/14 đồng ý"),
        (False, "cannot_pass", "Không thể đạt nữa: nhiều nhất chỉ có thể có 7/14"),
    ],
)
def test_a_tie_waits_for_the_chair(agrees: bool | None, position: str, first: str) -> None:
    rule = replace(HALF, base="all_members", tie="chair_decides")
    found = seen(rule, TallyFacts(14, 14, yes=7, no=7, chair_agrees=agrees))
    assert found.position == position
    assert lines(lines_of(found), "vi")[0].startswith(first)
    assert found.chair_decides == (agrees is None)


def test_when_no_more_than_a_tie_can_be_reached_that_is_said() -> None:
    rule = replace(HALF, base="all_members", tie="chair_decides")
    found = seen(rule, TallyFacts(14, 14, yes=6, no=7), Pending(at_table=1))
    assert (found.position, found.only_by_chair, found.chair_decides) == ("can_pass", True, False)
    assert lines(lines_of(found), "vi")[0] == (
        "Chỉ còn có thể ngang phiếu, khi có thêm 1 phiếu đồng ý; khi đó Chủ tịch Hội đồng quyết định."
    )
    assert seen(replace(rule, tie="fails"), TallyFacts(14, 14, yes=6, no=7), Pending(at_table=1)).position == (
        "cannot_pass"
    )


# ── before a secret vote is closed ───────────────────────────────────────────────────────────────


def test_one_absent_member_who_may_not_write_is_the_end_at_ninety_percent_of_nine() -> None:
    who = Participation(members=9, present=8)
    rule = replace(NINETY, written=False)
    assert turnout_told(rule, who, Pending(at_table=3)) == (
        "Không thể đạt nữa: dù mọi người đã và còn có thể trả lời đều đồng ý thì cũng chỉ có 8/9 phiếu (cần 9).",
        "Đã có 5/9 thành viên trả lời.",
    )
    assert turnout_told(NINETY, who, Pending(at_table=3, until_on=DUE)) == (
        "Đã có 5/9 thành viên trả lời.",
        "Cần ít nhất 9 phiếu đồng ý trên 9 thành viên.",
        "3 thành viên dự họp chưa bỏ phiếu.",
        "1 thành viên vắng mặt còn có thể trả lời bằng văn bản đến hết ngày 12/12/2026.",
        "Cần mọi người còn lại trả lời: thiếu một người là không thể đạt.",
    )


def test_how_many_answers_may_stay_away_is_told_before_it_is_too_late() -> None:
    found = turnout(EIGHTY, Participation(members=15, present=10))
    assert (found.can_pass, found.spare, found.may_answer) == (True, 3, 5)
    assert turnout_told(EIGHTY, Participation(members=15, present=10))[-1] == (
        "Còn được thiếu nhiều nhất 3 người trả lời; thiếu hơn nữa thì không thể đạt."
    )
    enough = turnout(EIGHTY, Participation(members=15, present=13))
    assert enough.spare == 3
    assert not [each for each in lines_of_turnout(enough) if "spare" in each.code]
    assert turnout(replace(EIGHTY, base="cast"), Participation(members=15, present=10)).spare is None


def test_a_chair_s_statement_is_asked_for_and_never_looked_at() -> None:
    rule = replace(EIGHTY, chair_must_agree=True)
    assert turnout_told(rule, Participation(members=15, present=9, written=1), Pending(until_on=TODAY))[-1] == (
        "Ngoài phiếu kín, cần ghi riêng vào biên bản ý kiến đồng ý của Chủ tịch Hội đồng."
    )


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        ("all_members", "Cần ít nhất 12 phiếu đồng ý trên 15 thành viên."),
        ("present", "Nếu mọi người còn lại đều trả lời thì cần ít nhất 12 phiếu đồng ý trên 15 người tham gia."),
        ("cast", "Nếu mọi người còn lại đều trả lời thì cần ít nhất 12 phiếu đồng ý trên 15 phiếu."),
    ],
)
def test_what_is_needed_is_told_from_the_rule_alone(base: Any, sentence: str) -> None:
    told_of = turnout_told(replace(EIGHTY, base=base), Participation(members=15, present=12), Pending(at_table=3))
    assert told_of[1] == sentence


def test_a_quorum_still_to_come_and_one_out_of_reach() -> None:
    few = Participation(members=15, present=8)
    assert turnout_told(EIGHTY, few)[2] == "Chưa đủ số thành viên tham gia: cần thêm 2 người (cần 10/15)."
    found = turnout(replace(EIGHTY, base="cast", written=False), few)
    assert found.blocked_by == ("quorum",)
    assert lines(lines_of_turnout(found), "vi")[0].startswith("Không thể đạt nữa: dù mọi người")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_can_be_said_in_both_languages(language: Any) -> None:
    rules = [
        replace(rule, base=base, written=written, chair_must_agree=chair, tie="chair_decides")  # type: ignore[arg-type]
        for rule, base, written, chair in product(
            (EIGHTY, NINETY, HALF), ("all_members", "present", "cast"), (True, False), (True, False)
        )
    ]
    spoken: set[str] = set()
    for rule, yes, agrees, pending in product(
        rules, range(9), (True, False, None), (NOBODY, Pending(2, 1), Pending(1, 1, DUE))
    ):
        tally = TallyFacts(10, 6 + pending.at_table, min(yes, 6), 6 - min(yes, 6), chair_agrees=agrees)
        said = [*lines_of(seen(rule, tally, pending))]
        said += lines_of_turnout(turnout(rule, Participation(10, tally.present), pending))
        spoken |= {each.code for each in said}
        for sentence in lines(said, language):
            assert "{" not in sentence
            assert sentence[0].isupper() or sentence[0].isdigit()
    assert len(spoken) >= 20
