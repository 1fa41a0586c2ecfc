"""Rules across dossiers: history and its gaps, once, waiting, caps, doubles, and what an override may pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest

from definitions.flow import Across, Need
from definitions.messages import package_catalogue
from tests.unit.domain.making import W, facts, flow
from workflow.domain.across import _RULES, Crossing, crossing, findings, is_override, needs
from workflow.domain.award_history import shortfalls
from workflow.domain.facts import AcrossFacts, AwardRecord, RoundFacts, TallyFacts
from workflow.domain.reasons import Reason

ON = date(2026, 12, 24)
THREE_IN_A_ROW = Need("award", "cstd_co_so", 3, consecutive=True)
RULES = get_args(get_type_hints(Across)["rule"])


def rule(kind: str, effect: str = "warn", **more: Any) -> Across:
    return Across("quy_tac", kind, effect, ("submit", "schedule"), **more)  # type: ignore[arg-type]


def ask(asked: Across, overrides: dict[str, str] | None = None, at: str = "submit", **known: Any) -> Crossing:
    return crossing(flow(across=(asked,)), facts(**known), at, overrides or {}, ON)


def one(asked: Across, at: str = "submit", **known: Any) -> Reason:
    (reason,) = ask(asked, at=at, **known).blocking
    return reason


def given(*years: int, award: str = "cstd_co_so", kind: str = "merit", rating: str = "") -> tuple[AwardRecord, ...]:
    return tuple(AwardRecord(award, kind, year, rating=rating) for year in years)


def history(*records: AwardRecord) -> AcrossFacts:
    return AcrossFacts(history=records)


# ── before a vote ────────────────────────────────────────────────────────────────────────────────


def test_all_that_is_found_of_one_nominee_is_told_whatever_act_asks_it_what_blocks_first() -> None:
    rules = (
        Across("nhac", "duplicate", "hint", ("decide",)), Across("tran", "ratio_cap", "block", ("submit",), percent=20),
        Across("trung", "same_achievement", "warn", ("submit",)), Across("mot_lan", "once", "block", ("schedule",)),
        Across("co_cau", "share", "hint", ("submit",)), Across("khong", "once", "block", ("submit",), award="hcld_ba"),
    )  # fmt: skip
    known = replace(history(*given(2024, award="bang_khen_bo")), duplicates=("BKB-2026-00002-8",),
                    same_achievement=("BKB-2026-00003-6",))  # fmt: skip
    found = findings(flow(across=rules, award="bang_khen_bo"), facts(across=known), ON)
    assert [(each.effect, each.reason.rule) for each in found] == [
        ("block", "mot_lan"), ("warn", "trung"), ("hint", "nhac"),
    ]  # fmt: skip


# ── effects ──────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_asked_at_its_own_transitions_only() -> None:
    assert ask(rule("duplicate"), at="receive", across=AcrossFacts(duplicates=("BKB-2026-00002-8",))) == ((), (), ())


def test_a_block_blocks_whatever_reason_is_given() -> None:
    twice = AcrossFacts(duplicates=("BKB-2026-00002-8",))
    found = ask(rule("duplicate", "block"), {"quy_tac": "Chủ tịch Hội đồng đồng ý"}, across=twice)
    assert [reason.overridable for reason in found.blocking] == [False]
    assert (found.warnings, found.hints) == ((), ())


def test_a_warning_blocks_until_a_reason_is_given_under_its_id() -> None:
    twice = AcrossFacts(duplicates=("BKB-2026-00002-8",))
    (waiting,) = ask(rule("duplicate", label=W), {"khac": "Chủ tịch Hội đồng đồng ý"}, across=twice).blocking
    assert waiting == Reason(
        "duplicate",
        {"codes": ("BKB-2026-00002-8",)},
        ("unit_officer", "secretariat"),
        overridable=True,
        rule="quy_tac",
        label=W,
    )
    found = ask(rule("duplicate", label=W), {"quy_tac": "Hai thành tích khác nhau"}, across=twice)
    assert found == ((), (waiting,), ())


def test_a_hint_never_blocks() -> None:
    found = ask(rule("duplicate", "hint"), across=AcrossFacts(duplicates=("BKB-2026-00002-8",)))
    assert (found.blocking, found.warnings, len(found.hints)) == ((), (), 1)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (None, False),
        ("", False),
        ("ok", False),
        ("     .     .     ", False),
        ("hồ sơ cũ!!", True),
        ("hồ sơ  cũ", False),
    ],
)
def test_a_dot_is_no_reason_that_one_could_answer_for(text: str | None, counts: bool) -> None:
    assert is_override(text) is counts


def test_every_rule_that_finds_something_is_given_at_once() -> None:
    asked = (rule("duplicate", "block"), rule("same_achievement"), rule("share", "hint"))
    known = AcrossFacts(duplicates=("A",), same_achievement=("B",))
    found = crossing(flow(across=asked), facts(across=known), "submit", {})
    assert [reason.code for reason in found.blocking] == ["duplicate", "same_achievement"]
    assert [reason.code for reason in found.hints] == ["share"]


# ── history ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("years", "holds"),
    [
        ((2024, 2025, 2026), True),
        ((2023, 2024, 2025), True),  # the year itself is not decided yet
        ((2022, 2023, 2024), False),  # broken since
        ((2023, 2024, 2026), False),
        ((2024, 2025, 2026, 2027), True),  # a year that has not come does not count
        ((2025, 2026, 2027), False),
        ((), False),
    ],
)
def test_three_years_in_a_row_end_now_or_last_year(years: tuple[int, ...], holds: bool) -> None:
    found = ask(rule("history", need=THREE_IN_A_ROW), across=history(*given(*years)))
    assert (found.blocking == ()) is holds


def test_what_the_history_lacks_is_counted() -> None:
    reason = one(rule("history", need=THREE_IN_A_ROW), across=history(*given(2025, 2026)))
    assert (reason.params, reason.menders) == ({"missing": ("cstd_co_so 2/3",)}, ("secretariat",))


def test_years_that_need_not_follow_are_counted_once_each() -> None:
    need = Need("award", "cstd_co_so", 3)
    assert shortfalls(need, given(2015, 2018, 2024), 2026) == ()
    assert shortfalls(need, given(2018, 2018, 2024), 2026) == ("cstd_co_so 2/3",)


@pytest.mark.parametrize("kind", ["ad_hoc", "thematic"])
def test_ad_hoc_and_thematic_awards_are_no_basis_for_merit(kind: str) -> None:
    mixed = (*given(2024, 2025), *given(2026, kind=kind))
    assert one(rule("history", need=THREE_IN_A_ROW), across=history(*mixed)).params == {"missing": ("cstd_co_so 2/3",)}


def test_a_better_rating_counts_as_the_lesser_one_too() -> None:
    need = Need("all", children=(Need("rating", "good", 5), Need("rating", "excellent", 1)))
    good, excellent = given(2021, 2022, 2023, 2024, rating="good"), given(2025, rating="excellent")
    assert shortfalls(need, (*good, *excellent), 2026) == ()
    assert shortfalls(need, good, 2026) == ("good 4/5", "excellent 0/1")


def test_a_rating_of_ones_own_words_counts_as_itself_only() -> None:
    need = Need("rating", "tieu_bieu", 1)
    assert shortfalls(need, given(2025, rating="tieu_bieu"), 2026) == ()
    assert shortfalls(need, given(2025, rating="excellent"), 2026) == ("tieu_bieu 0/1",)


def test_one_alternative_is_enough_and_otherwise_all_are_named() -> None:
    need = Need("any", children=(Need("award", "cstd_co_so", 2, True), Need("rating", "excellent", 2, True)))
    assert shortfalls(need, given(2025, 2026), 2026) == ()
    assert shortfalls(need, given(2026), 2026) == ("cstd_co_so 1/2", "excellent 0/2")


def test_a_history_that_must_not_hold_something_is_read_too() -> None:
    need = Need("not", children=(Need("award", "huy_chuong", 1),))
    assert shortfalls(need, given(2026), 2026) == ()
    assert shortfalls(need, given(2020, award="huy_chuong"), 2026) == ("not huy_chuong",)
    either = Need("not", children=(Need("any", children=need.children),))
    assert shortfalls(either, given(2020, award="huy_chuong"), 2026) == ("not any",)


@pytest.mark.parametrize(
    "asked",
    [rule("history", need=THREE_IN_A_ROW), rule("once"), rule("waiting", years=5)],
)
def test_a_history_that_is_not_known_holds_nothing(asked: Across) -> None:
    reason = one(asked, across=AcrossFacts(history=None))
    assert (reason.code, reason.params["known"], reason.menders) == (asked.rule, False, ("secretariat",))


def test_a_history_rule_without_a_need_holds_nothing() -> None:
    assert one(rule("history"), across=history(*given(2026))).params["known"] is False


# ── once, waiting ────────────────────────────────────────────────────────────────────────────────


def test_an_award_for_life_is_given_once_whatever_its_kind() -> None:
    asked = rule("once", "block", award="ky_niem_chuong")
    assert ask(asked, across=history(*given(2020))).blocking == ()
    given_before = (*given(2020, award="ky_niem_chuong"), *given(2012, award="ky_niem_chuong", kind="ad_hoc"))
    assert one(asked, across=history(*given_before)).params == {"award": "ky_niem_chuong", "years": (2012, 2020)}


def test_without_a_name_the_flows_own_award_is_meant() -> None:
    assert one(rule("once"), across=history(*given(2020, award="bang_khen_bo"))).params["award"] == "bang_khen_bo"


def record(**more: Any) -> AwardRecord:
    return AwardRecord("bang_khen_bo", more.pop("kind", "merit"), more.pop("year", 2021), **more)


@pytest.mark.parametrize(
    ("last", "from_on"),
    [
        (record(decided_on=date(2022, 5, 15), achievement_to=date(2021, 12, 31)), date(2026, 12, 31)),
        (record(decided_on=date(2022, 5, 15)), date(2027, 5, 15)),
        (record(year=2023), date(2028, 12, 31)),
        (record(achievement_to=date(2024, 2, 29)), date(2029, 2, 28)),
    ],
)
def test_waiting_counts_from_the_end_of_the_last_achievement_else_from_the_decision(
    last: AwardRecord, from_on: date
) -> None:
    older = record(year=2010, achievement_to=date(2010, 12, 31))
    reason = one(rule("waiting", years=5), across=history(older, last))
    assert (reason.code, reason.from_on, reason.params["years"]) == ("waiting", from_on, 5)


def test_waiting_is_over_on_the_very_day() -> None:
    asked = rule("waiting", years=5)
    for end, holds in ((date(2021, 12, 24), True), (date(2021, 12, 25), False)):
        assert (ask(asked, across=history(record(achievement_to=end))).blocking == ()) is holds


def test_the_day_of_the_proposal_counts_and_not_how_long_it_was_looked_at() -> None:
    asked, last = rule("waiting", years=5), history(record(achievement_to=date(2021, 12, 24)))
    assert ask(asked, across=last, moments={"submitted": date(2026, 12, 1)}).blocking != ()
    assert ask(asked, across=last).blocking == ()


def test_without_a_day_of_the_act_waiting_counts_to_the_entry_into_the_state() -> None:
    flow_, last = flow(across=(rule("waiting", years=5),)), history(record(achievement_to=date(2021, 12, 1)))
    assert crossing(flow_, facts(across=last, entered_on=date(2026, 12, 1)), "submit", {}).blocking == ()
    assert crossing(flow_, facts(across=last, entered_on=date(2026, 11, 30)), "submit", {}).blocking != ()


def test_an_ad_hoc_award_starts_no_waiting() -> None:
    assert ask(rule("waiting", years=5), across=history(record(kind="ad_hoc", decided_on=ON))).blocking == ()


# ── other nominations ────────────────────────────────────────────────────────────────────────────


def test_one_achievement_is_not_commended_twice() -> None:
    asked = rule("same_achievement")
    assert ask(asked).blocking == ()
    assert one(asked, across=AcrossFacts(same_achievement=("BKB-2026-00002-8",))).params["codes"] == (
        "BKB-2026-00002-8",
    )


def test_the_same_award_for_a_period_that_ends_the_same_day_is_the_same_achievement() -> None:
    asked, end = rule("same_achievement"), date(2026, 6, 30)
    known = history(record(year=2026, achievement_to=end))
    assert one(asked, across=known, achievement_to=end).params["codes"] == ("bang_khen_bo 2026",)
    assert ask(asked, across=known, achievement_to=date(2026, 12, 31)).blocking == ()
    assert ask(asked, across=history(record(year=2026)), achievement_to=None).blocking == ()
    assert ask(asked, across=history(record(kind="ad_hoc", achievement_to=end)), achievement_to=end).blocking == ()


# ── the round ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("leaders", "flags", "rounding", "holds"),
    [(14, 2, "floor", True), (14, 3, "floor", False), (14, 3, "ceil", True), (15, 3, "floor", True),
     (4, 1, "floor", False)],
)  # fmt: skip
def test_government_flags_are_at_most_a_fifth_of_the_cluster_leaders_rounded_down(
    leaders: int, flags: int, rounding: str, holds: bool
) -> None:
    asked = rule("ratio_cap", "block", percent=20, of="cluster_leaders", award="flags", rounding=rounding)
    found = ask(asked, across=AcrossFacts(counts={"cluster_leaders": leaders, "flags": flags}))
    assert (found.blocking == ()) is holds


def test_a_cap_that_is_passed_says_the_numbers() -> None:
    asked = rule("ratio_cap", percent=20, of="cluster_leaders")
    reason = one(asked, across=AcrossFacts(counts={"cluster_leaders": 14, "quy_tac": 3}))
    assert reason.params == {"percent": 20, "of": "cluster_leaders", "count": 3, "base": 14, "limit": 2}


@pytest.mark.parametrize("name", ["quy_tac", "bang_khen_bo"])
def test_a_cap_is_held_against_the_count_of_the_rule_or_of_the_award(name: str) -> None:
    asked = rule("ratio_cap", percent=20, of="cluster_leaders")
    assert one(asked, across=AcrossFacts(counts={"cluster_leaders": 14, name: 3})).params["count"] == 3


def test_without_a_count_of_its_own_a_cap_counts_who_passed_and_all_who_ask_now() -> None:
    asked = rule("ratio_cap", percent=20, of="cluster_leaders")

    def count(**numbers: int) -> object:
        counts = {"cluster_leaders": 5, **{f"{name}:schedule": number for name, number in numbers.items()}}
        return one(asked, at="schedule", across=AcrossFacts(counts=counts)).params["count"]

    assert count(passed=2, asked=4) == 6
    assert count(passed=2, asked=0) == 3  # asked beforehand: this one would come on top
    counts = {"cluster_leaders": 5, "passed:schedule": 2, "asked:schedule": 1}
    again = one(asked, at="schedule", across=AcrossFacts(counts=counts), done_by={"schedule": ("CVT/1",)})
    assert again.params["count"] == 2  # it was among those who passed already


@pytest.mark.parametrize(
    ("counts", "percent"),
    [({}, 20), ({"cluster_leaders": 14}, 20), ({"quy_tac": 1}, 20), ({"cluster_leaders": 14, "quy_tac": 1}, None)],
)
def test_a_cap_without_its_numbers_is_not_kept(counts: dict[str, int], percent: int | None) -> None:
    asked = rule("ratio_cap", percent=percent, of="cluster_leaders")
    assert one(asked, across=AcrossFacts(counts=counts)).params["known"] is False


@pytest.mark.parametrize(
    ("rank", "field", "holds", "known"),
    [(1, None, True, True), (2, None, False, True), (None, 1, True, True), (None, None, False, False),
     (2, 1, False, True)],
)  # fmt: skip
def test_a_flag_is_for_who_leads_the_cluster(rank: int | None, field: int | None, holds: bool, known: bool) -> None:
    tallies = {"cluster": TallyFacts(6, 6, yes=6, rank=rank)}
    found = ask(rule("leads_cluster", "block"), tallies=tallies, fields={"cluster_rank": field} if field else {})
    assert (found.blocking == ()) is holds
    assert all((reason.params.get("known") is not False) is known for reason in found.blocking)


def test_without_a_vote_of_the_cluster_nobody_is_known_to_lead_it() -> None:
    assert one(rule("leads_cluster"), cluster="khối 3").params == {"cluster": "khối 3", "rank": 0, "known": False}


def test_a_share_is_said_with_its_numbers() -> None:
    shares = AcrossFacts(shares={"truc_tiep": (3, 10)})
    (hint,) = ask(rule("share", "hint", of="truc_tiep"), across=shares).hints
    assert hint.params == {"of": "truc_tiep", "percent": 0, "count": 3, "base": 10}


def test_a_share_with_a_percent_is_said_while_there_are_fewer() -> None:
    shares = AcrossFacts(shares={"quy_tac": (3, 10)})
    assert len(ask(rule("share", "hint", percent=31), across=shares).hints) == 1
    assert ask(rule("share", "hint", percent=30), across=shares).hints == ()
    (unknown,) = ask(rule("share", "hint", percent=30)).hints
    assert unknown.params["known"] is False


# ── what must be loaded, what is said ────────────────────────────────────────────────────────────


def test_every_rule_can_be_asked_names_what_it_reads_and_has_words() -> None:
    catalogue = package_catalogue("workflow")
    assert set(_RULES) == set(RULES)
    for name in RULES:
        assert needs(rule(name))
        assert f"reason.{name}" in catalogue


@pytest.mark.parametrize("name", RULES)
def test_the_sentence_of_every_finding_has_all_it_needs(name: str) -> None:
    catalogue = package_catalogue("workflow")
    asked = rule(name, need=THREE_IN_A_ROW, years=5, percent=20, of="x")
    unknown = AcrossFacts(history=None, same_achievement=("A",), duplicates=("B",))
    known = AcrossFacts(
        history=(*given(2026), record(decided_on=ON)),
        counts={"x": 1, "quy_tac": 2},
        same_achievement=("A",),
        duplicates=("B",),
        shares={"x": (1, 10)},
    )
    for seen in (unknown, known):
        reason = one(asked, across=seen, round=RoundFacts("2026", 2026))
        for language in ("vi", "en"):
            assert catalogue.say(f"reason.{name}", language, **reason.params)
