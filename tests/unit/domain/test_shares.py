"""The make-up of an agenda, and caps of a round, with everything unknown kept apart."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from definitions.flow import Across
from workflow.domain.shares import (
    Entry,
    MakeUp,
    Share,
    cap,
    falls_short,
    known_shares,
    limit_of,
    line_of_cap,
    lines_of,
    make_up,
)
from workflow.wording import lines

FLAG = Across("ty_le", "ratio_cap", "block", ("schedule",), percent=20, of="cluster_leaders")
CERTIFICATE, FIGHTER = "bang_khen_bo", "cstd_bo"


def person(award: str, woman: bool | None = None, direct: bool | None = None) -> Entry:
    return Entry(award, "individual", woman, direct)


AGENDA = [
    person(CERTIFICATE, True, True),
    person(FIGHTER, False, False),
    person(CERTIFICATE, False, True),
    Entry(CERTIFICATE, "collective"),
    person(CERTIFICATE, True, None),
    person(CERTIFICATE, None, False),
]


def test_each_award_is_counted_and_the_whole_agenda_last() -> None:
    first, second, whole = make_up(AGENDA)
    assert first == MakeUp(CERTIFICATE, 4, 1, Share(2, 3, 1), Share(2, 3, 1))
    assert second == MakeUp(FIGHTER, 1, 0, Share(0, 1, 0), Share(0, 1, 0))
    assert whole == MakeUp("", 5, 1, Share(2, 4, 1), Share(2, 4, 1))
    assert make_up([]) == ()


def test_a_ratio_is_exact_and_the_unknown_bound_it() -> None:
    share = make_up(AGENDA)[0].women
    assert share.ratio == Fraction(2, 3)
    assert share.bounds == (Fraction(1, 2), Fraction(3, 4))
    assert (Share(0, 0, 0).ratio, Share(0, 0, 0).bounds) == (None, None)
    assert (Share(0, 0, 2).ratio, Share(0, 0, 2).bounds) == (None, (Fraction(0), Fraction(1)))


def test_a_rule_may_be_asked_only_of_what_is_known_of_everybody() -> None:
    first, second, _ = make_up(AGENDA)
    assert known_shares(first) == {}
    assert known_shares(second) == {"women": (0, 1), "direct_workers": (0, 1)}
    (collectives, _) = make_up([Entry("co_thi_dua_bo", "collective")])
    assert known_shares(collectives) == {}


def test_the_make_up_is_read_before_the_vote() -> None:
    first, second, _ = make_up(AGENDA)
    assert lines(lines_of(first), "vi") == (
        "Tỷ lệ nữ: 2/3 cá nhân đã rõ (66,67 %); 1 người chưa rõ.",
        "Tỷ lệ người lao động trực tiếp: 2/3 cá nhân đã rõ (66,67 %); 1 người chưa rõ.",
    )
    assert lines(lines_of(second), "vi")[0] == "Tỷ lệ nữ: 0/1 cá nhân (0 %)."
    (nobody, _) = make_up([person(FIGHTER), person(FIGHTER)])
    assert lines(lines_of(nobody), "vi")[0] == "Tỷ lệ nữ: chưa rõ, danh sách không ghi (2 cá nhân)."
    (collectives, _) = make_up([Entry("co_thi_dua_bo", "collective")])
    assert lines_of(collectives) == ()


def encouraged(percent: int | None, of: str = "women") -> Across:
    return Across("co_cau", "share", "hint", ("schedule",), percent=percent, of=of)


def test_fewer_than_encouraged_is_a_hint_and_what_is_not_known_may_still_be_enough() -> None:
    certificates, _, whole = make_up(AGENDA)
    assert falls_short(encouraged(50), certificates) is None
    below = falls_short(encouraged(80), certificates)
    assert below is not None
    assert lines([below], "vi") == (
        "Lưu ý: nữ ít hơn mức khuyến khích 80 % (có 2, cần từ 4 trên 4 cá nhân). Đây chỉ là lời nhắc.",
    )
    perhaps = falls_short(encouraged(75, "direct_workers"), certificates)
    assert perhaps is not None
    assert perhaps.code == "shares.may_be_below"
    assert (perhaps.params["wanted"], perhaps.params["unknown"]) == (3, 1)
    assert falls_short(encouraged(None), whole) is None
    assert falls_short(encouraged(50, "co_gi_khac"), whole) is None
    assert falls_short(encouraged(50), make_up([Entry("co_thi_dua_bo", "collective")])[0]) is None


ENTRIES = st.builds(
    Entry,
    st.sampled_from([CERTIFICATE, FIGHTER, "giay_khen"]),
    st.sampled_from(["individual", "collective"]),
    st.sampled_from([True, False, None]),
    st.sampled_from([True, False, None]),
)


@given(st.lists(ENTRIES, min_size=1, max_size=30))
def test_awards_add_up_to_the_whole_and_the_truth_lies_within_the_bounds(drawn: list[Entry]) -> None:
    *awards, whole = make_up(drawn)
    assert sum(each.individuals + each.collectives for each in awards) == len(drawn)
    for name in ("women", "direct_workers"):
        parts, total = [getattr(each, name) for each in awards], getattr(whole, name)
        added = Share(*(sum(getattr(each, field) for each in parts) for field in ("count", "known", "unknown")))
        assert added == total
        if total.bounds is not None:
            for more in range(total.unknown + 1):
                truth = Fraction(total.count + more, total.known + total.unknown)
                assert total.bounds[0] <= truth <= total.bounds[1]


# ── caps ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("percent", "base", "floor", "ceil"),
    [(20, 34, 6, 7), (20, 35, 7, 7), (20, 4, 0, 1), (20, 0, 0, 0), (15, 10, 1, 2), (100, 7, 7, 7), (0, 7, 0, 0)],
)
def test_a_cap_takes_whole_ones_only(percent: int, base: int, floor: int, ceil: int) -> None:
    assert limit_of(percent, base, "floor") == floor
    assert limit_of(percent, base, "ceil") == ceil


@given(st.integers(0, 100), st.integers(0, 5_000))
def test_no_cap_is_passed_by_rounding_down(percent: int, base: int) -> None:
    down, up = limit_of(percent, base, "floor"), limit_of(percent, base, "ceil")
    assert Fraction(down) <= Fraction(percent * base, 100) < down + 1
    assert up - 1 < Fraction(percent * base, 100) <= Fraction(up)


def test_the_flags_of_a_round_are_counted_against_the_leaders_of_clusters() -> None:
    figures = {"cluster_leaders": 34}
    within = cap(FLAG, "co_thi_dua_cp", figures, already=2, on_agenda=3)
    assert (within.limit, within.count, within.over, within.free) == (6, 5, 0, 1)
    over = cap(FLAG, "co_thi_dua_cp", figures, already=2, on_agenda=6)
    assert (over.over, over.free) == (2, 0)
    unknown = cap(FLAG, "co_thi_dua_cp", {}, already=0, on_agenda=9)
    assert (unknown.limit, unknown.over, unknown.free) == (None, 0, None)
    of = "số tập thể dẫn đầu khối, cụm thi đua"
    assert lines((line_of_cap(within), line_of_cap(over), line_of_cap(unknown)), "vi") == (
        f"Cờ thi đua của Chính phủ: 5 trong đợt, được tối đa 6 (20 % của 34: {of}); còn 1.",
        f"Cờ thi đua của Chính phủ: 8 trong đợt, quá 2 so với tối đa 6 (20 % của 34: {of}).",
        f"Cờ thi đua của Chính phủ: 9 trong đợt; chưa nhập {of} của đợt nên chưa tính được tỷ lệ 20 %.",
    )


def test_a_cap_may_be_of_another_award() -> None:
    rule = Across("x", "ratio_cap", "warn", ("decide",), percent=15, of="ldtt", award="cstd_co_so", rounding="ceil")
    found = cap(rule, "ldtt", {"ldtt": 10}, already=0, on_agenda=2)
    assert (found.award, found.limit) == ("cstd_co_so", 2)
