"""Requirements: each kind met and unmet, every reason at once, who can mend it, from when, and what is not known."""

from __future__ import annotations

import re
import timeit
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

import workflow
from definitions.calendar import shipped
from definitions.flow import Requirement, RequirementKind, Span, Words
from definitions.messages import package_catalogue
from tests.unit.domain.making import DAY, W, facts, flow, transition
from workflow.domain.facts import RoundFacts, TallyFacts, TaskFacts
from workflow.domain.reasons import Reason
from workflow.domain.requirements import _KINDS, RequirementView, needs, unmet

PASSED = TallyFacts(members=15, present=14, yes=13, no=1)
SUSPENDED = Requirement("flag", ("suspended",))
COMPLETE = Requirement("moment", ("complete",))
VOTED = Requirement("vote_passed", ("ministry",))
UNKNOWN = Requirement("rule", ("not_installed",))


def view(on: date = DAY, brings: dict[str, Any] | None = None, rules: Any = None, **known: Any) -> RequirementView:
    return RequirementView(flow(), facts(**known), on, brings or {}, shipped(), rules or {})


def codes(requirement: Requirement, seen: RequirementView) -> list[str]:
    return [reason.code for reason in unmet(requirement, seen)]


def negated(requirement: Requirement) -> Requirement:
    return Requirement("not", children=(requirement,))


# ── documents ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("names", "missing", "menders"),
    [
        (("all",), ("to_trinh", "bao_cao", "tham_dinh", "ly_lich"), ("unit_officer", "secretariat")),
        (("submission",), ("to_trinh",), ("unit_officer",)),
        (("nomination",), ("bao_cao", "tham_dinh", "ly_lich"), ("unit_officer", "secretariat")),
        (("anh", "tham_dinh"), ("tham_dinh", "anh"), ("secretariat", "unit_officer")),
    ],
)
def test_every_missing_paper_is_named_with_who_can_bring_it(
    names: tuple[str, ...], missing: tuple[str, ...], menders: tuple[str, ...]
) -> None:
    assert unmet(Requirement("documents", names), view()) == (Reason("documents", {"missing": missing}, menders),)
    assert unmet(Requirement("documents", names), view(documents=frozenset(missing))) == ()


def test_papers_of_persons_are_not_asked_of_collectives() -> None:
    (reason,) = unmet(Requirement("documents", ("all",)), view(nominee="collective"))
    assert reason.params["missing"] == ("to_trinh", "bao_cao", "tham_dinh")
    assert unmet(Requirement("documents", ("ly_lich",)), view(nominee="collective")) == ()


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_that_is_not_recorded_is_missing_and_neither_passed_nor_failed() -> None:
    missing = Reason("vote_missing", {"body": "ministry", "known": False}, ("council_secretary",))
    assert unmet(VOTED, view()) == (missing,)
    assert unmet(Requirement("quorum", ("ministry",)), view()) == (missing,)
    assert codes(negated(VOTED), view()) == ["not"]


def test_a_vote_without_a_rule_to_count_by_is_missing() -> None:
    assert codes(Requirement("vote_passed", ("cluster",)), view(tallies={"cluster": PASSED})) == ["vote_missing"]


def test_a_vote_that_passed_is_met() -> None:
    seen = view(tallies={"ministry": PASSED})
    assert unmet(VOTED, seen) == unmet(Requirement("quorum", ("ministry",)), seen) == ()
    assert codes(negated(VOTED), seen) == ["not"]


def test_a_vote_that_failed_says_how_many_are_short_and_who_may_still_answer() -> None:
    (reason,) = unmet(VOTED, view(tallies={"ministry": TallyFacts(15, 12, yes=10, no=2)}))
    assert (reason.code, reason.menders) == ("vote_not_passed", ("council_secretary",))
    assert reason.params == {
        "body": "ministry", "yes": 10, "needed": 12, "base": 15, "still_needed": 2, "may_answer": 3,
        "took_part": 12, "members": 15, "quorum_needed": 10,
    }  # fmt: skip


def test_nobody_can_mend_a_vote_that_all_have_cast() -> None:
    (reason,) = unmet(VOTED, view(tallies={"ministry": TallyFacts(15, 15, yes=10, no=5)}))
    assert reason.menders == ()


def test_a_vote_that_may_be_held_again_can_be_mended() -> None:
    again = transition("close_unit_vote", "unit_council", vote="unit")
    seen = replace(view(tallies={"unit": TallyFacts(9, 9, yes=4, no=5)}), flow=flow(transitions={again.id: again}))
    (reason,) = unmet(Requirement("vote_passed", ("unit",)), seen)
    assert (reason.code, reason.menders, reason.params["quorum_needed"]) == ("vote_not_passed", ("unit_council",), 0)


def test_a_lost_quorum_is_told_apart_from_a_lost_vote() -> None:
    seen = view(tallies={"ministry": TallyFacts(15, 9, yes=2, no=7)})
    assert codes(VOTED, seen) == ["quorum", "vote_not_passed"]
    assert codes(Requirement("quorum", ("ministry",)), seen) == ["quorum"]


@pytest.mark.parametrize("kind", ["vote_passed", "quorum"])
def test_counts_that_cannot_be_true_give_no_result_either_way(kind: RequirementKind) -> None:
    seen = view(tallies={"ministry": TallyFacts(15, 16, yes=16)})
    found = unmet(Requirement(kind, ("ministry",)), seen)
    assert [(each.code, each.params["problem"]) for each in found] == [
        ("tally_impossible", "more_people_than_members"),
        ("tally_impossible", "more_yes_than_members"),
    ]
    assert codes(negated(Requirement(kind, ("ministry",))), seen) == ["not"]


# ── round, flags, fields, moments ────────────────────────────────────────────────────────────────


def test_a_closed_round_stays_closed_and_one_that_opens_later_names_the_day() -> None:
    open_ = Requirement("round", ("open",))
    opens = date(2027, 1, 4)
    assert unmet(open_, view()) == ()
    assert unmet(open_, view(on=opens, round=RoundFacts("2027", 2027, opens_on=opens))) == ()
    (early,) = unmet(open_, view(round=RoundFacts("2027", 2027, opens_on=opens)))
    assert early == Reason("round_closed", {"round": "2027"}, ("secretariat",), opens)
    (closed,) = unmet(open_, view(round=RoundFacts("2026", 2026, is_open=False, opens_on=date(2026, 1, 1))))
    assert (closed.code, closed.from_on) == ("round_closed", None)


def test_a_flag_is_met_when_raised_and_its_not_when_lowered() -> None:
    assert unmet(SUSPENDED, view(flags=frozenset({"suspended"}))) == ()
    assert unmet(SUSPENDED, view()) == (Reason("flag", {"flag": "suspended"}, ("secretariat",)),)
    assert unmet(negated(SUSPENDED), view()) == ()
    assert unmet(negated(SUSPENDED), view(flags=frozenset({"suspended"}))) == (
        Reason("not", {"kind": "flag", "names": ("suspended",)}, ("secretariat_head",)),
    )


@pytest.mark.parametrize(
    ("names", "value", "holds"),
    [
        (("late",), "bão lụt", True),
        (("late",), 0, True),
        (("late",), True, True),
        (("late",), False, False),
        (("late",), "", False),
        (("late",), [], False),
        (("late",), None, False),
        (("late", "true"), True, True),
        (("late", "false"), False, True),
        (("late", "false"), True, False),
        (("late", "3"), 3, True),
        (("late", "2026-12-24"), DAY, True),
        (("late", "giấy"), "giấy", True),
        (("late", "giấy"), "điện tử", False),
    ],
)
def test_a_field_is_met_by_what_this_act_or_an_earlier_one_brought(
    names: tuple[str, ...], value: object, holds: bool
) -> None:
    requirement = Requirement("field", names)
    for seen in (view(brings={"late": value}), view(fields={"late": value})):
        assert (unmet(requirement, seen) == ()) is holds


def test_what_this_act_brings_stands_before_what_an_earlier_one_brought() -> None:
    seen = view(brings={"form": "giấy"}, fields={"form": "điện tử"})
    assert unmet(Requirement("field", ("form", "giấy")), seen) == ()


def test_a_missing_field_names_who_brings_it() -> None:
    (reason,) = unmet(Requirement("field", ("paper_on",)), view())
    assert reason == Reason("field", {"field": "paper_on", "wanted": ()}, ("secretariat", "appraiser"))


def test_a_moment_is_met_once_marked() -> None:
    assert unmet(COMPLETE, view(moments={"complete": DAY})) == ()
    assert unmet(COMPLETE, view()) == (Reason("moment", {"moment": "complete"}, ("secretariat", "appraiser")),)
    assert unmet(negated(COMPLETE), view()) == ()


@pytest.mark.parametrize(
    ("since", "holds"),
    [(date(2026, 6, 24), True), (date(2026, 6, 23), False), (date(2026, 12, 24), True), (None, False)],
)
def test_an_achievement_may_not_be_older_than_six_months(since: date | None, holds: bool) -> None:
    requirement = Requirement("recent", ("achievement_to",), Span(6, "months"))
    assert (unmet(requirement, view(achievement_to=since)) == ()) is holds
    moment = Requirement("recent", ("submitted",), Span(6, "months"))
    assert (unmet(moment, view(moments={"submitted": since} if since else {})) == ()) is holds


def test_a_limit_of_age_that_ends_on_a_sunday_ends_on_the_monday() -> None:
    requirement = Requirement("recent", ("achievement_to",), Span(6, "months"))
    ends_on_sunday = date(2026, 5, 29)  # the last day is Sunday 29 November 2026
    assert unmet(requirement, view(on=date(2026, 11, 30), achievement_to=ends_on_sunday)) == ()
    (reason,) = unmet(requirement, view(on=date(2026, 12, 1), achievement_to=ends_on_sunday))
    assert reason.params == {"name": "achievement_to", "since": "2026-05-29", "until": "2026-11-30"}


def test_an_age_that_is_not_known_is_neither_young_nor_old() -> None:
    requirement = Requirement("recent", ("achievement_to",), Span(6, "months"))
    (reason,) = unmet(requirement, view())
    assert (reason.params["known"], reason.menders) == (False, ("unit_officer",))
    assert codes(negated(requirement), view()) == ["not"]
    assert unmet(negated(requirement), view(achievement_to=date(2020, 1, 1))) == ()


def test_the_proof_must_be_confirmed() -> None:
    requirement = Requirement("proof", ("confirmed",))
    assert unmet(requirement, view(proof="confirmed")) == ()
    (reason,) = unmet(requirement, view(proof="sent"))
    assert reason == Reason("proof", {"proof": "sent", "wanted": "confirmed"}, ("unit_officer",))


def test_the_subject_of_a_revocation_must_be_a_decision() -> None:
    requirement = Requirement("subject", ("decided",))
    assert unmet(requirement, view(subject_state="decided")) == ()
    assert unmet(requirement, view(subject_state="revoked"))[0].params == {"wanted": "decided", "state": "revoked"}
    assert unmet(negated(requirement), view(subject_state="revoked")) == ()
    assert codes(negated(requirement), view()) == ["not"]


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────


def row(task: str, body: str = "", opened: date = date(2026, 12, 1), **more: Any) -> TaskFacts:
    return TaskFacts(task, body, opened, more.pop("due_on", None), **more)


def test_a_required_task_must_be_opened_and_closed() -> None:
    done = Requirement("tasks_done")
    (reason,) = unmet(done, view())
    assert reason.params == {"task": "publish", "opened": False, "bodies": (), "waiting": ("–",)}
    assert reason.menders == ("secretariat",)
    assert codes(done, view(tasks=(row("publish"),))) == ["tasks_open"]
    assert unmet(done, view(tasks=(row("publish", closed_on=DAY),))) == ()


def test_a_task_that_need_not_be_opened_holds_up_while_it_is_open() -> None:
    done, closed = Requirement("tasks_done"), row("publish", closed_on=DAY)
    (reason,) = unmet(done, view(tasks=(closed, row("field_review"))))
    assert (reason.params["task"], reason.params["opened"], reason.from_on) == ("field_review", True, None)
    assert unmet(done, view(tasks=(closed, row("field_review", closed_on=DAY)))) == ()


def test_a_body_that_let_its_time_pass_no_longer_holds_anybody_up() -> None:
    named = Requirement("tasks_done", ("consult",))
    bodies = (
        row("consult", "Bộ Công an", due_on=date(2026, 12, 24)),
        row("consult", "Bộ Tài chính", due_on=date(2026, 12, 25)),
        row("consult", "UBND tỉnh", due_on=date(2026, 12, 23), closed_on=date(2026, 12, 20)),
    )
    (reason,) = unmet(named, view(on=date(2026, 12, 24), tasks=bodies))
    assert reason.params["bodies"] == reason.params["waiting"] == ("Bộ Công an", "Bộ Tài chính")
    assert reason.from_on == date(2026, 12, 26)
    (reason,) = unmet(named, view(on=date(2026, 12, 25), tasks=bodies))
    assert reason.params["bodies"] == ("Bộ Tài chính",)
    assert unmet(named, view(on=date(2026, 12, 26), tasks=bodies)) == ()


def test_silence_without_a_due_day_never_ends() -> None:
    (reason,) = unmet(Requirement("tasks_done", ("consult",)), view(tasks=(row("consult", "Bộ Công an"),)))
    assert reason.from_on is None


def test_a_task_that_is_named_must_be_opened_even_if_the_flow_does_not_require_it() -> None:
    assert codes(Requirement("tasks_done", ("field_review",)), view()) == ["tasks_open"]


def test_a_publication_must_last_ten_working_days() -> None:
    lasted = Requirement("task_lasted", ("publish",))
    published = row("publish", opened=date(2026, 12, 1))  # ten working days after: 15 December
    assert codes(lasted, view()) == ["task_not_open"]
    (early,) = unmet(lasted, view(on=date(2026, 12, 14), tasks=(published,)))
    assert early == Reason("task_too_short", {"task": "publish"}, from_on=date(2026, 12, 15))
    assert unmet(lasted, view(on=date(2026, 12, 15), tasks=(published,))) == ()


def test_a_publication_that_was_closed_too_early_does_not_grow_longer_by_waiting() -> None:
    lasted = Requirement("task_lasted", ("publish",))
    closed = row("publish", opened=date(2026, 12, 1), closed_on=date(2026, 12, 10))
    (reason,) = unmet(lasted, view(on=date(2027, 3, 1), tasks=(closed,)))
    assert (reason.code, reason.from_on) == ("task_too_short", None)
    assert unmet(lasted, view(tasks=(replace(closed, closed_on=date(2026, 12, 15)),))) == ()


def test_only_the_body_that_answers_is_looked_at_when_its_task_is_closed() -> None:
    lasted = Requirement("task_lasted", ("publish",))
    rows = (row("publish", "báo", opened=date(2026, 12, 1)), row("publish", "cổng", opened=date(2026, 12, 23)))
    assert unmet(lasted, view(brings={"body": "báo"}, tasks=rows)) == ()
    assert codes(lasted, view(brings={"body": "cổng"}, tasks=rows)) == ["task_too_short"]
    assert codes(lasted, view(brings={"body": "đài"}, tasks=rows)) == ["task_not_open"]
    assert codes(lasted, view(tasks=rows)) == ["task_too_short"]


def test_a_task_without_a_least_duration_has_lasted_at_once() -> None:
    assert unmet(Requirement("task_lasted", ("consult",)), view(tasks=(row("consult", opened=DAY),))) == ()


# ── rules, and joining ───────────────────────────────────────────────────────────────────────────


def test_a_named_rule_gives_its_own_reasons_and_one_that_is_not_installed_is_unmet() -> None:
    rules = {"age": lambda seen: () if seen.facts.nominee == "individual" else (Reason("rule", {"rule": "age"}),)}
    age = Requirement("rule", ("age",))
    assert unmet(age, view(rules=rules)) == ()
    assert codes(age, view(rules=rules, nominee="collective")) == ["rule"]
    assert unmet(negated(age), view(rules=rules, nominee="collective")) == ()
    (reason,) = unmet(UNKNOWN, view())
    assert reason == Reason("rule", {"rule": "not_installed", "known": False}, ("admin",), rule="not_installed")
    assert codes(negated(UNKNOWN), view()) == ["not"]


def test_all_gives_every_reason_of_its_children() -> None:
    both = Requirement("all", children=(VOTED, COMPLETE, SUSPENDED, Requirement("proof", ("confirmed",))))
    seen = view(flags=frozenset({"suspended"}))
    assert codes(both, seen) == ["vote_missing", "moment", "proof"]
    assert unmet(Requirement("all"), seen) == ()


def test_any_is_met_by_one_and_otherwise_names_them_all_and_the_first_day() -> None:
    opens = date(2027, 1, 4)
    either = Requirement("any", children=(Requirement("round", ("open",)), COMPLETE, COMPLETE))
    later = RoundFacts("2027", 2027, opens_on=opens)
    assert unmet(either, view(moments={"complete": DAY}, round=later)) == ()
    (reason,) = unmet(either, view(round=later))
    assert reason == Reason("any", {"codes": ("round_closed", "moment")}, ("secretariat", "appraiser"), opens)


def test_what_is_not_known_stays_so_through_every_joining() -> None:
    def met(requirement: Requirement) -> bool:
        return not unmet(requirement, view(moments={"complete": DAY}))

    no, yes = SUSPENDED, COMPLETE
    for joined, expected in [
        (negated(UNKNOWN), False),
        (negated(negated(UNKNOWN)), False),
        (negated(Requirement("all", children=(UNKNOWN, no))), True),
        (negated(Requirement("all", children=(UNKNOWN, yes))), False),
        (negated(Requirement("any", children=(UNKNOWN, no))), False),
        (negated(Requirement("any", children=(no, no))), True),
        (negated(Requirement("any", children=(UNKNOWN, yes))), False),
        (negated(negated(yes)), True),
        (negated(negated(no)), False),
        (Requirement("any", children=(UNKNOWN, yes)), True),
        (negated(Requirement("all", children=(Requirement("any", children=(UNKNOWN, no)), yes))), False),
    ]:
        assert met(joined) is expected, joined


def test_the_flows_own_sentence_goes_with_every_reason() -> None:
    label = Words("Biên bản đã ký", "The minutes are signed")
    labelled = Requirement("all", children=(VOTED, replace(COMPLETE, label=W)), label=label)
    assert [reason.label for reason in unmet(labelled, view())] == [label, label]
    assert [reason.label for reason in unmet(replace(labelled, label=None), view())] == [None, W]
    assert unmet(replace(COMPLETE, label=label), view(moments={"complete": DAY})) == ()


# ── what must be loaded, what it costs, what is said ─────────────────────────────────────────────


class _Age:
    needs = frozenset({"person"})

    def __call__(self, seen: RequirementView) -> tuple[Reason, ...]:
        return ()


def test_a_requirement_names_the_facts_it_reads() -> None:
    asked = Requirement(
        "all",
        children=(
            VOTED,
            Requirement("documents", ("all",)),
            negated(Requirement("recent", ("achievement_to",), Span(6, "months"))),
            Requirement("any", children=(Requirement("rule", ("age",)), Requirement("tasks_done"))),
        ),
    )
    plain = {"tallies", "documents", "achievement_to", "tasks"}
    assert needs(asked) == needs(asked, {}) == plain
    assert needs(asked, {"age": _Age()}) == plain | {"person"}
    assert needs(Requirement("recent", ("complete",), Span(6, "months"))) == {"moments"}


def test_every_kind_of_requirement_can_be_asked() -> None:
    assert set(_KINDS) == set(get_args(RequirementKind))


@pytest.mark.pace
def test_four_requirements_that_hold_cost_microseconds() -> None:
    asked = (VOTED, COMPLETE, negated(SUSPENDED), Requirement("documents", ("all",)))
    seen = view(tallies={"ministry": PASSED}, moments={"complete": DAY}, documents=frozenset(flow().documents))
    assert all(unmet(each, seen) == () for each in asked)
    best = min(timeit.repeat(lambda: [unmet(each, seen) for each in asked], number=2_000, repeat=5)) / 2_000
    assert best < 100e-6, f"{best * 1e6:.1f} µs"


def test_every_reason_can_be_said_in_both_languages() -> None:
    catalogue = package_catalogue("workflow")
    failed = {"ministry": TallyFacts(15, 9, yes=2, no=7), "unit": TallyFacts(9, 9, yes=10)}
    chair = replace(flow().votes["ministry"], chair_must_agree=True)
    seen = replace(
        view(tallies=failed, tasks=(row("consult", "Bộ Công an"), row("publish", opened=DAY))),
        flow=flow(votes={**flow().votes, "ministry": chair}),
    )
    asked = (
        VOTED,
        Requirement("vote_passed", ("unit",)),
        Requirement("quorum", ("cluster",)),
        Requirement("documents", ("all",)),
        Requirement("round", ("open",)),
        SUSPENDED,
        Requirement("field", ("late",)),
        COMPLETE,
        Requirement("recent", ("achievement_to",), Span(6, "months")),
        Requirement("proof", ("confirmed",)),
        Requirement("subject", ("decided",)),
        Requirement("tasks_done"),
        Requirement("task_lasted", ("publish",)),
        Requirement("task_lasted", ("field_review",)),
        UNKNOWN,
        Requirement("any", children=(SUSPENDED, COMPLETE)),
        negated(UNKNOWN),
    )
    closed = replace(seen, facts=replace(seen.facts, round=RoundFacts("2026", 2026, is_open=False)))
    reasons = [reason for each in asked for reason in unmet(each, closed)]
    rooms = sorted((Path(workflow.__file__).parent / "domain").glob("requirement*.py"))
    source = "".join(room.read_text(encoding="utf-8") for room in rooms)
    written_out = set(re.findall(r'Reason\("(\w+)"', source)) | {"quorum", "vote_not_passed", "chair"}
    assert {reason.code for reason in reasons} == written_out
    for reason in reasons:
        for language in ("vi", "en"):
            assert "{" not in catalogue.say(f"reason.{reason.code}", language, **reason.params)
        for name in ("body", "problem"):
            if name in reason.params:
                assert f"word.{name}.{reason.params[name]}" in catalogue
