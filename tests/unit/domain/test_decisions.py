"""Deciding: who may, when, with what; which way; what follows; and every reason at once."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from definitions.flow import Requirement
from definitions.messages import package_catalogue
from tests.support.small_flow import (
    DAY,
    FAILED,
    PASSED,
    Dossier,
    codes,
    compiled,
    context,
    decided,
    facts,
    flow,
    judge,
    other_flow,
    who,
)
from workflow.domain.decision import NoticePlan, TaskChange
from workflow.domain.decisions import covers
from workflow.domain.facts import AcrossFacts, Actor, AwardRecord, Held, TallyFacts, TaskFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Reason, Refused
from workflow.domain.rules import Rule

LATER = date(2027, 1, 4)
HISTORY = AcrossFacts(history=tuple(AwardRecord("cstd_co_so", "merit", year) for year in (2025, 2026)))
SUBMIT: dict[str, Any] = {"state": "draft", "fields": {"letter_no": "07/TTr"}, "across": HISTORY}


def reason(outcome: object, code: str) -> Reason:
    assert isinstance(outcome, Refused), outcome
    return next(each for each in outcome.reasons if each.code == code)


# ── who ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_act_the_flow_does_not_have_is_unknown() -> None:
    outcome = judge("sign_everything", actor=who("clerk"))
    assert codes(outcome) == ["unknown_transition"]
    assert reason(outcome, "unknown_transition").params == {"transition": "sign_everything"}


def test_only_who_holds_a_role_of_the_act_may_and_the_others_read_whose_it_is() -> None:
    found = reason(judge("ask", actor=who("clerk"), fields={"due_on": LATER}), "role")
    assert (found.params, found.menders) == ({"needed": ("appraiser",)}, ("appraiser",))
    assert reason(judge("ask", actor=Actor("BO/NOBODY"), fields={"due_on": LATER}), "role")


def test_a_role_of_another_unit_is_not_a_role_here() -> None:
    assert codes(judge("submit", actor=who("unit_head", unit="CTS"), **SUBMIT)) == ["other_unit"]
    assert decided("submit", actor=who("unit_head", unit="CVT"), **SUBMIT)


@pytest.mark.parametrize(
    ("held", "covered"),
    [
        (Held("x"), True),
        (Held("x", "council"), True),
        (Held("x", "all", "CTS"), True),
        (Held("x", "unit", "CVT"), True),
        (Held("x", "unit", "CTS"), False),
        (Held("x", "unit", ""), False),
        (Held("x", "field", "vien_thong"), True),
        (Held("x", "field", "buu_chinh"), False),
        (Held("x", "cluster", "khoi_2"), True),
        (Held("x", "cluster", "khoi_1"), False),
    ],
)
def test_a_grant_reaches_as_far_as_its_scope(held: Held, covered: bool) -> None:
    assert covers(held, facts()) is covered


@pytest.mark.parametrize("kind", ["field", "cluster", "unit"])
def test_an_empty_scope_reaches_nothing_even_where_the_dossier_has_none(kind: str) -> None:
    assert not covers(Held("x", kind, ""), facts(field_of_work="", cluster="", unit=""))


def test_who_is_nominated_takes_no_part_in_his_own_nor_does_his_substitute() -> None:
    me = who("unit_head", person="CVT/AN")
    assert codes(judge("submit", actor=me, person="CVT/AN", **SUBMIT)) == ["own_case"]
    for_me = who("unit_head", person="CVT/BINH", via="CVT/AN")
    assert codes(judge("submit", actor=for_me, person="CVT/AN", **SUBMIT)) == ["own_case"]
    assert decided("submit", actor=me, person="CVT/CUONG", **SUBMIT)


def test_who_did_the_one_step_may_not_do_the_other_and_a_substitute_is_his_principal() -> None:
    done_by = {"submit": ("CVT/AN",)}
    for actor in (who("appraiser", person="CVT/AN"), who("appraiser", person="BO/X", via="CVT/AN")):
        found = reason(judge("ask", actor=actor, done_by=done_by, fields={"due_on": LATER}), "not_by")
        assert found.params == {"transition": "submit"}
        assert found.label == flow().transitions["submit"].label
    assert decided("ask", actor=who("appraiser", person="BO/X"), done_by=done_by, fields={"due_on": LATER})


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_dossier_that_moved_since_it_was_seen_is_stale() -> None:
    found = reason(judge("ask", fields={"due_on": LATER}, expected_version=2), "stale")
    assert found.params == {"expected": 2, "version": 3}
    assert decided("ask", fields={"due_on": LATER}, expected_version=3)


@pytest.mark.attack("S108")
def test_no_act_is_dated_tomorrow_nor_further_back_than_is_allowed() -> None:
    tomorrow = DAY + timedelta(days=1)
    found = reason(judge("ask", on=tomorrow, today=DAY, fields={"due_on": LATER}), "future_date")
    assert found.from_on == tomorrow
    world = context(DAY, backdating_days=5)
    late: dict[str, Any] = {"world": world, "fields": {"due_on": LATER}, "backdating_reason": "Theo dấu bưu điện"}
    assert decided("ask", on=DAY - timedelta(days=5), **late)
    found = reason(judge("ask", on=DAY - timedelta(days=6), world=world, fields={"due_on": LATER}), "backdated")
    assert found.params == {"on": "2026-12-01", "days": 5}


def test_an_act_dated_back_says_why() -> None:
    yesterday = DAY - timedelta(days=1)
    asked: dict[str, Any] = {"on": yesterday, "today": DAY, "fields": {"due_on": LATER}}
    found = reason(judge("ask", **asked), "backdating_reason")
    assert found.params == {"on": yesterday.isoformat()}
    assert codes(judge("ask", **asked, backdating_reason="  quên      ")) == ["backdating_reason"]
    assert decided("ask", **asked, backdating_reason="Theo dấu bưu điện").occurred_on == yesterday


# ── in which state ───────────────────────────────────────────────────────────────────────────────


def test_an_act_in_the_wrong_state_says_from_where_it_goes() -> None:
    found = reason(judge("ask", state="decided", fields={"due_on": LATER}), "wrong_state")
    assert found.params == {"state": "decided", "sources": ("appraising",)}


def test_a_state_that_the_flow_lost_is_named_for_what_it_is() -> None:
    found = reason(judge("ask", state="gone", fields={"due_on": LATER}), "unknown_state")
    assert (found.params, found.menders) == ({"state": "gone"}, ("admin",))


def test_all_reasons_are_told_at_once() -> None:
    outcome = judge(
        "submit",
        actor=who("unit_head", person="CVT/AN", unit="CTS"),
        state="draft",
        person="CVT/AN",
        documents=frozenset(),
        across=AcrossFacts(history=(), duplicates=("M-2",)),
        expected_version=9,
        on=LATER,
        today=DAY,
        fields={"x": 1},
    )
    assert codes(outcome) == [
        "other_unit",
        "own_case",
        "stale",
        "future_date",
        "field_missing",
        "field_invalid",
        "documents",
        "history",
        "duplicate",
    ]


def test_in_the_wrong_state_who_and_when_are_told_too_but_not_what_only_matters_there() -> None:
    assert codes(judge("submit", actor=who("clerk"), state="signing", expected_version=1)) == [
        "role",
        "stale",
        "wrong_state",
    ]


# ── rules across dossiers ────────────────────────────────────────────────────────────────────────


def test_a_warning_is_passed_with_a_reason_one_can_answer_for() -> None:
    unknown = {**SUBMIT, "across": AcrossFacts()}
    assert reason(judge("submit", **unknown), "history").overridable
    assert codes(judge("submit", **unknown, overrides={"lich_su": "Có"})) == ["history"]
    outcome = decided("submit", **unknown, overrides={"lich_su": "Đã đối chiếu bản giấy"})
    assert [each.rule for each in outcome.warnings] == ["lich_su"]


def test_a_block_is_not_passed_and_a_hint_is_only_said() -> None:
    twice = {**SUBMIT, "across": replace(HISTORY, duplicates=("M-2",))}
    assert codes(judge("submit", **twice, overrides={"trung": "Đã đối chiếu bản giấy"})) == ["duplicate"]
    assert [each.code for each in decided("submit", **SUBMIT).hints] == ["share"]
    assert decided("submit", **SUBMIT).warnings == ()


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_takes_the_branch_that_its_own_tally_opens() -> None:
    passed = decided("close_vote", state="voting", fields={"tally": PASSED})
    assert (passed.branch, passed.to_state, passed.outcome) == (0, "signing", None)
    assert passed.tally == ("ministry", TallyFacts(15, 14, 13, 1))
    failed = decided("close_vote", state="voting", fields={"tally": FAILED})
    assert (failed.branch, failed.to_state, failed.outcome) == (1, "rejected", "council_rejected")


def test_a_vote_without_a_quorum_is_no_vote_and_nothing_is_rejected_by_it() -> None:
    few = {"members": 15, "present": 9, "yes": 9}
    assert codes(judge("close_vote", state="voting", fields={"tally": few})) == ["quorum"]


def test_counts_that_cannot_be_true_are_refused() -> None:
    wrong = {"members": 15, "present": 14, "yes": 15}
    outcome = judge("close_vote", state="voting", fields={"tally": wrong})
    assert codes(outcome) == ["tally_impossible"]
    assert reason(outcome, "tally_impossible").params["problem"] == "more_ballots_than_voters"


@pytest.mark.parametrize(
    ("brought", "code"),
    [({}, "field_missing"), ({"tally": {"members": 15}}, "field_invalid"), ({"tally": "13/15"}, "field_invalid")],
)
def test_a_vote_without_readable_counts_says_so_and_misses_the_vote(brought: dict[str, Any], code: str) -> None:
    assert codes(judge("close_vote", state="voting", fields=brought)) == [code, "vote_missing"]


def test_an_earlier_tally_does_not_stand_in_for_the_one_to_be_brought() -> None:
    before = {"ministry": TallyFacts(15, 14, 13, 1)}
    assert codes(judge("close_vote", state="voting", tallies=before)) == ["field_missing"]


# ── effects ──────────────────────────────────────────────────────────────────────────────────────


def test_archiving_is_a_mark_and_is_made_once() -> None:
    outcome = decided("archive", state="decided", outcome="awarded")
    assert (outcome.archives, outcome.to_state, outcome.outcome) == (True, "decided", "awarded")
    assert codes(judge("archive", state="decided", archived=True)) == ["archived"]


def test_the_proof_list_is_sent_and_confirmed() -> None:
    assert decided("send_proof").proof == "sent"
    assert decided("confirm_proof", flags=frozenset({"proof_sent"})).proof == "confirmed"
    assert decided("ask", fields={"due_on": LATER}).proof is None


def test_a_change_of_award_leads_to_a_flow_that_can_take_the_dossier() -> None:
    world = context(targets={"khac": other_flow(), "mau": compiled()})
    outcome = decided("change_award", world=world, fields={"to_flow": "khac"})
    assert (outcome.effect, outcome.voids, outcome.to_state) == ("change_award", ("ministry",), "appraising")


@pytest.mark.parametrize(
    ("target", "changes", "problems"),
    [
        ("khong_co", {}, ["unknown"]),
        ("mau", {}, ["unknown"]),
        ("khac", {"states": {}}, ["state"]),
        ("khac", {"nominee": ("collective",)}, ["nominee"]),
        ("khac", {"from_units": ("so",)}, ["unit"]),
        ("khac", {"states": {}, "nominee": ("collective",), "from_units": ("so",)}, ["state", "nominee", "unit"]),
    ],
)
def test_a_change_of_award_says_why_the_other_flow_cannot_take_it(
    target: str, changes: dict[str, Any], problems: list[str]
) -> None:
    machine = other_flow()
    machine.flow = replace(machine.flow, **changes)
    outcome = judge(
        "change_award", world=context(targets={"khac": machine, "mau": compiled()}), fields={"to_flow": target}
    )
    assert isinstance(outcome, Refused)
    assert [each.params for each in outcome.reasons] == [{"flow": target, "problem": each} for each in problems]


def test_a_change_of_award_that_names_no_flow_misses_it() -> None:
    assert codes(judge("change_award")) == ["field_missing", "target_flow"]


# ── which way ────────────────────────────────────────────────────────────────────────────────────


def test_a_field_of_the_act_chooses_its_branch() -> None:
    assert decided("choose", state="signing", fields={"back": True}).to_state == "appraising"
    assert decided("choose", state="signing", fields={"back": False}).to_state == "rejected"


def test_nobody_goes_back_to_where_nobody_came_from() -> None:
    assert decided("resume", state="suspended", previous_state="signing").to_state == "signing"
    for previous in (None, "gone"):
        found = reason(judge("resume", state="suspended", previous_state=previous), "no_way_back")
        assert (found.params, found.menders) == ({"state": "suspended"}, ("admin",))


def test_a_requirement_in_python_is_asked_and_a_missing_one_is_unmet() -> None:
    own = replace(flow().transitions["ask"], require=(Requirement("rule", ("own",)),))
    machine = CompiledFlow(replace(flow(), transitions={**flow().transitions, "ask": own}))
    assert codes(judge("ask", machine=machine, fields={"due_on": LATER})) == ["rule"]
    rules = {"own": Rule("own", lambda view: () if view.facts.version == 3 else (Reason("rule", {"rule": "own"}),))}
    assert decided("ask", machine=machine, world=context(rules=rules), fields={"due_on": LATER})
    assert codes(judge("ask", machine=machine, world=context(rules=rules), fields={"due_on": LATER}, version=4)) == [
        "rule"
    ]


# ── what follows ─────────────────────────────────────────────────────────────────────────────────


def test_moments_are_set_to_the_day_of_the_act_and_the_first_complete_one_pins() -> None:
    outcome = decided("submit", on=DAY, today=LATER, backdating_reason="Theo dấu bưu điện", **SUBMIT)
    assert outcome.moments == {"submitted": DAY, "complete": DAY}
    assert outcome.pins
    again = decided("give", state="supplement", pinned=True)
    assert again.moments == {"complete": DAY}
    assert not again.pins


def test_flags_votes_and_holds_follow_from_the_act() -> None:
    outcome = decided("close_vote", state="voting", fields={"tally": PASSED})
    assert (outcome.raises, outcome.lowers, outcome.hold, outcome.releases) == (("held",), (), "results", ())
    assert outcome.notices == (NoticePlan("unit", "council_result", "results"),)
    assert decided("open_vote", tasks=(TaskFacts("consult", "A", DAY, None, DAY),)).voids == ("ministry",)


def test_only_what_is_held_is_released() -> None:
    held = {"state": "signing", "flags": frozenset({"held"})}
    assert decided("release", **held, holds=frozenset({"results"})).releases == ("results",)
    assert decided("release", **held).releases == ()


def test_each_recipient_of_a_notice_is_a_notice() -> None:
    assert decided("submit", **SUBMIT).notices == (
        NoticePlan("secretariat", "submitted"),
        NoticePlan("unit", "submitted"),
    )


def test_a_task_is_opened_for_bodies_and_closed_for_one() -> None:
    opened = decided("open_consult", fields={"bodies": ["Vụ A", "Vụ B"]})
    assert opened.task == TaskChange("consult", "open", ("Vụ A", "Vụ B"))
    closed = decided(
        "close_consult", fields={"body": "Vụ A", "reply": "Nhất trí"}, tasks=(TaskFacts("consult", "Vụ A", DAY, None),)
    )
    assert closed.task == TaskChange("consult", "close", ("Vụ A",), "Nhất trí")
    assert decided("open_publish").task == TaskChange("publish", "open", ("",))
    assert decided("ask", fields={"due_on": LATER}).task is None


# ── the outcome ──────────────────────────────────────────────────────────────────────────────────


def test_an_outcome_is_written_once() -> None:
    assert decided("drop", state="suspended").outcome == "council_rejected"
    assert decided("revoke", state="decided", outcome="awarded").outcome == "awarded"
    assert decided("revoke", state="decided").outcome == "revoked"
    assert (
        decided("release", state="rejected", outcome="council_rejected", flags=frozenset({"held"})).outcome
        == "council_rejected"
    )


def test_reopening_clears_the_outcome_and_only_reopening_does() -> None:
    assert decided("reopen", state="rejected", outcome="council_rejected").outcome is None
    assert decided("suspend", outcome="awarded").outcome == "awarded"


# ── a whole life ─────────────────────────────────────────────────────────────────────────────────


def test_a_life_from_draft_to_revocation_in_pure_values() -> None:
    it = Dossier(across=HISTORY)
    it.do("submit", person="CVT/TT", fields={"letter_no": "07"})
    assert it.facts.pinned
    it.do("ask", fields={"due_on": LATER})
    it.do("give")
    it.do("suspend")
    it.do("resume")
    assert it.facts.state == "appraising"
    it.do("send_proof")
    it.do("confirm_proof")
    it.consulted()
    it.do("open_vote")
    it.do("close_vote", fields={"tally": PASSED})
    assert it.facts.holds == {"results"}
    it.do("release")
    assert it.facts.holds == frozenset()
    it.do("decide", fields={"decision": {"number": 7, "symbol": "QĐ", "issued_on": DAY}})
    assert (it.facts.outcome, it.facts.moments["decided"]) == ("awarded", DAY)
    it.do("revoke")
    it.facts = replace(it.facts, state="rejected", outcome="council_rejected")
    it.do("reopen")
    assert it.facts.outcome is None
    assert it.facts.tallies == {}
    assert it.facts.visits["appraising"] == 4


def test_every_reason_that_deciding_can_give_has_its_sentence() -> None:
    catalogue = package_catalogue("workflow")
    for code in (
        "unknown_transition",
        "role",
        "other_unit",
        "own_case",
        "not_by",
        "stale",
        "future_date",
        "backdated",
        "wrong_state",
        "unknown_state",
        "no_way_back",
        "archived",
        "target_flow",
        "field_missing",
        "field_invalid",
        "late_reason",
        "tally_impossible",
        "held_back",
        "unknown_code",
        "mixed_awards",
        "number_used",
    ):
        assert f"reason.{code}" in catalogue


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_alike_for_many_dossiers_is_decided_once() -> None:
    world, fields = context(), {"due_on": LATER}
    first, second = (decided("ask", world=world, fields=fields, code=code) for code in ("M-1", "M-2"))
    assert first is second
    assert first.deadlines_opened
    assert decided("ask", world=world, fields={"due_on": LATER + timedelta(days=1)}) != first
    assert decided("ask", world=context(), fields=fields) == first
    # Another version of the flow, with the same limit: the day is known already.
    assert decided("ask", world=world, fields=fields, machine=CompiledFlow(deepcopy(flow()))) == first
