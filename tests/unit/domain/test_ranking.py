"""Ranks with ties, the cut, and what a chair may do about a tie."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from definitions.flow import VoteRule
from workflow.domain.ranking import Contender, Ranking, RankingError, lines_of, rank, ranked
from workflow.wording import lines

ONE = VoteRule("cluster", "cluster", "all_members", 50, True, rank_by="yes")
TWO = replace(ONE, top=2)
CHAIR = replace(TWO, tie="chair_decides", prefer_women=(7, 10))


def contenders(**points: int) -> list[Contender]:
    return [Contender(key, each) for key, each in points.items()]


def told(ranking: Ranking) -> tuple[str, ...]:
    return lines(lines_of(ranking), "vi")


def test_equals_share_a_rank_and_the_next_one_is_further_down() -> None:
    places = ranked(contenders(a=5, b=7, c=7, d=3, e=3, f=3))
    assert [(each.rank, each.key) for each in places] == [(1, "b"), (1, "c"), (3, "a"), (4, "d"), (4, "e"), (4, "f")]
    assert places[0].tied == ("c",)
    assert places[-1].tied == ("d", "e")


def test_points_that_differ_by_less_than_is_shown_are_not_equal() -> None:
    close = [
        Contender("a", Fraction(857, 10)),
        Contender("b", Fraction(8571, 100)),
        Contender("c", Fraction(8570, 100)),
    ]
    assert [(each.rank, each.key) for each in ranked(close)] == [(1, "b"), (2, "a"), (2, "c")]


def test_who_did_not_pass_stands_behind_and_is_never_chosen() -> None:
    found = rank(TWO, [Contender("a", 9, passed=False), Contender("b", 5), Contender("c", 9, passed=False)])
    assert [(each.rank, each.key) for each in found.places] == [(1, "b"), (2, "a"), (2, "c")]
    assert found.chosen == ("b",)
    assert found.recorded == {"b": 1, "a": 3, "c": 3}
    assert rank(ONE, [Contender("a", 9, passed=False)]).recorded == {"a": 2}


def test_the_first_are_chosen() -> None:
    found = rank(TWO, contenders(a=5, b=7, c=6))
    assert (found.chosen, found.settled, found.recorded) == (("b", "c"), True, {"b": 1, "c": 2, "a": 3})
    assert told(found) == ("Được chọn 2/2: b, c.",)


def test_a_tie_above_the_cut_or_below_it_hurts_nobody() -> None:
    assert rank(TWO, contenders(a=7, b=7, c=6)).chosen == ("a", "b")
    assert rank(TWO, contenders(a=7, b=6, c=5, d=5)).chosen == ("a", "b")
    assert rank(TWO, contenders(a=7)).chosen == ("a",)
    assert rank(TWO, []).chosen == ()


def test_a_tie_across_the_cut_takes_nobody_where_the_rule_has_no_chair() -> None:
    found = rank(TWO, contenders(a=7, b=6, c=6, d=5))
    assert (found.chosen, found.tied_out, found.undecided, found.settled) == (("a",), ("b", "c"), (), True)
    assert found.recorded == {"a": 1, "b": 3, "c": 3, "d": 4}
    assert told(found) == (
        "Được chọn 1/2: a.",
        "Bằng nhau mà chỉ còn 1 chỗ, theo quy chế không chọn hồ sơ nào trong số này: b, c.",
    )


def test_two_leaders_of_one_cluster_are_no_leader() -> None:
    """The rule "leads its cluster" asks for rank 1: a tie must not let two through where one is chosen."""
    assert rank(ONE, contenders(a=7, b=7)).recorded == {"a": 2, "b": 2}


def test_a_chair_is_waited_for_and_then_followed() -> None:
    tied = contenders(a=7, b=6, c=6, d=6)
    waiting = rank(CHAIR, tied)
    assert (waiting.chosen, waiting.undecided, waiting.open_places) == (("a",), ("b", "c", "d"), 1)
    assert not waiting.settled
    assert told(waiting)[1] == "Bằng nhau, còn 1 chỗ, Chủ tịch chọn và ghi vào biên bản: b, c, d."
    found = rank(CHAIR, tied, by_chair=["c"])
    assert (found.chosen, found.settled, found.open_places) == (("a", "c"), True, 0)
    assert found.recorded == {"a": 1, "c": 2, "b": 4, "d": 4}
    assert told(found) == ("Được chọn 2/2: a, c.",)


def test_a_chair_who_named_too_few_is_waited_for_still() -> None:
    found = rank(CHAIR, contenders(a=6, b=6, c=6), by_chair=["b"])
    assert (found.chosen, found.undecided, found.open_places) == (("b",), ("a", "c"), 1)


@pytest.mark.parametrize(
    ("rule", "named", "code", "keys"),
    [
        (CHAIR, ["d"], "not_tied", ("d",)),
        (CHAIR, ["a"], "not_tied", ("a",)),
        (CHAIR, ["b", "x"], "not_tied", ("x",)),
        (CHAIR, ["b", "c"], "too_many", ("b", "c")),
        (TWO, ["b"], "not_tied", ("b",)),
    ],
)
def test_a_chair_s_word_that_does_not_fit_is_refused(
    rule: VoteRule, named: list[str], code: str, keys: tuple[str, ...]
) -> None:
    with pytest.raises(RankingError) as refused:
        rank(rule, contenders(a=7, b=6, c=6, d=5), by_chair=named)
    assert (refused.value.code, refused.value.keys) == (code, keys)


def test_women_are_only_named_to_whoever_decides() -> None:
    tied = [
        Contender("mother", 6, women=(1, 1)),
        Contender("team", 6, women=(7, 10)),
        Contender("crew", 6, women=(69, 100)),
        Contender("father", 6, women=(0, 1)),
        Contender("unknown", 6),
        Contender("nobody", 6, women=(0, 0)),
    ]
    found = rank(replace(CHAIR, top=1), tied)
    assert found.preferred == ("mother", "team")
    assert found.chosen == ()
    assert "ưu tiên nữ" in told(found)[-1]
    assert rank(replace(CHAIR, top=1, prefer_women=None), tied).preferred == ()
    assert rank(replace(CHAIR, top=1), tied[:2]).preferred == ()
    assert rank(replace(CHAIR, top=6), tied).preferred == ()


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=9),
    st.integers(1, 6),
    st.sampled_from(["fails", "chair_decides"]),
)
def test_no_order_of_asking_changes_it_and_nobody_better_is_passed_over(
    drawn: list[tuple[int, bool]], top: int, tie: str
) -> None:
    rule = replace(ONE, top=top, tie=tie)  # type: ignore[arg-type]
    given_ = [Contender(f"k{at}", points, passed) for at, (points, passed) in enumerate(drawn)]
    found = rank(rule, given_)
    assert found == rank(rule, given_[::-1])
    of = {each.key: each for each in given_}
    # a rank is one more than the number of those who are better
    for place in found.places:
        mine = of[place.key]
        better = [each for each in given_ if (each.passed, each.points) > (mine.passed, mine.points)]
        assert place.rank == len(better) + 1
    assert len(found.chosen) <= top
    for key in found.chosen:
        assert of[key].passed
        assert found.recorded[key] <= top
    for key in set(of) - set(found.chosen):
        assert found.recorded[key] > top
        assert not any(of[each].points < of[key].points for each in found.chosen if of[key].passed)
