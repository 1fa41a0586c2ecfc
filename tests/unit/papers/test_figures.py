"""Counts, ratios, rules and times as papers write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from fractions import Fraction

import pytest

from definitions.flow import VoteRule
from workflow.domain.votes import needed
from workflow.papers import figures
from workflow.papers.figures import percent_text, rule_text, verdict_text

RULE = VoteRule("bo", "council", "all_members", 80, False)


@pytest.mark.parametrize(
    ("yes", "base", "rule", "text"),
    [
        (12, 15, RULE, "80,00%"),
        (14, 15, RULE, "93,33%"),
        (35, 44, RULE, "79,55%"),
        (7, 9, RULE, "77,78%"),
        (0, 9, RULE, "0,00%"),
        (9, 9, RULE, "100,00%"),
        (0, 0, RULE, ""),
        (79_999, 100_000, RULE, "79,99%"),  # 80,00 % would read as passed
        (1, 2, replace(RULE, percent=50, strict=True), "50,00%"),
        (50_001, 100_000, replace(RULE, percent=50, strict=True), "50,01%"),  # 50,00 % would read as failed
        (2, 3, replace(RULE, percent=67, share=(2, 3)), "66,67%"),
        (2, 3, replace(RULE, percent=67, share=(2, 3), strict=True), "66,66%"),
    ],
)
def test_percent(yes: int, base: int, rule: VoteRule, text: str) -> None:
    assert percent_text(yes, base, rule) == text


@pytest.mark.parametrize(
    "rule",
    [
        *(replace(RULE, percent=each, strict=strict) for each in (50, 67, 80, 90, 100) for strict in (False, True)),
        replace(RULE, share=(2, 3)), replace(RULE, share=(2, 3), strict=True), replace(RULE, share=(3, 7)),
    ],
)  # fmt: skip
def test_no_percent_ever_reads_as_the_other_side_of_the_threshold(rule: VoteRule) -> None:
    numerator, denominator = rule.ratio
    threshold = Fraction(numerator, denominator) * 100
    for base in [*range(1, 120), 7_500, 9_999, 30_000]:
        least = needed(rule, base)
        for yes in range(max(0, least - 3), min(base, least + 3) + 1):
            shown = Fraction(percent_text(yes, base, rule).removesuffix("%").replace(",", "."))
            exact = Fraction(yes * 100, base)
            assert abs(shown - exact) < Fraction(1, 100)
            if yes >= least:
                assert shown > threshold or (shown == threshold == exact) or (shown == threshold and not rule.strict)
            elif exact != threshold:
                assert shown < threshold
            else:
                assert shown <= threshold


def test_a_rule_is_told_with_all_its_parts() -> None:
    assert rule_text(RULE) == "Đạt khi có từ 80% trở lên tổng số thành viên Hội đồng đồng ý"
    whole = replace(RULE, quorum=(2, 3), quorum_counts="present", chair_must_agree=True, recusal="leaves_base")
    assert rule_text(whole) == (
        "Đạt khi có từ 80% trở lên tổng số thành viên Hội đồng (không tính người không tham gia biểu quyết) đồng ý, "
        "trong đó có Chủ tịch Hội đồng, với ít nhất 2/3 tổng số thành viên Hội đồng có mặt"
    )
    tied = replace(RULE, base="present", percent=50, strict=True, tie="chair_decides", quorum=(1, 2))
    assert rule_text(tied) == (
        "Đạt khi có trên 50% số thành viên Hội đồng tham gia đồng ý, với ít nhất 1/2 tổng số thành viên Hội đồng "
        "tham gia, khi ngang phiếu thì Chủ tịch Hội đồng quyết định"
    )
    assert rule_text(replace(RULE, base="cast", share=(2, 3))) == "Đạt khi có từ 2/3 trở lên số phiếu đã bỏ đồng ý"
    assert "Thường trực" in rule_text(replace(RULE, body="standing_members"))
    assert "đơn vị thành viên" in rule_text(replace(RULE, body="cluster"))


def test_a_verdict_says_why_where_the_ratio_does_not() -> None:
    assert verdict_text(True, ()) == "Đạt"
    assert verdict_text(False, ("vote_not_passed",)) == "Không đạt"
    assert verdict_text(False, ("quorum", "chair")) == (
        "Không đạt (không đủ số thành viên tham gia; Chủ tịch Hội đồng không đồng ý)"
    )


def test_days_times_and_numbers_leave_room_for_a_pen() -> None:
    assert figures.day_text(date(2026, 1, 5)) == "ngày 05 tháng 01 năm 2026"
    assert figures.day_text(None, 2026).split() == ["ngày", "tháng", "năm", "2026"]
    assert figures.day_text(None).split() == ["ngày", "tháng", "năm"]
    assert figures.time_text(time(8, 5)) == "08 giờ 05"
    assert figures.time_text(None).split() == ["giờ"]
    assert figures.number_line("TTr-VTĐKT", 7) == "Số: 07/TTr-VTĐKT"
    assert figures.number_line("TTr-VTĐKT", 120) == "Số: 120/TTr-VTĐKT"
    assert figures.number_line("QĐ-BKHCN", None).split() == ["Số:", "/QĐ-BKHCN"]
    assert figures.number_line("", 7) == ""
    assert figures.number_text(1114) == "1.114"
    assert figures.weekday_text(date(2026, 1, 18)) == "Chủ nhật"
    assert [figures.roman(each) for each in (1, 4, 9, 14, 40)] == ["I", "IV", "IX", "XIV", "XXXX"]
