"""What somebody outside may be told of why an act may not happen: no votes, no other dossier, no inner step."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from definitions.messages import package_catalogue
from tests.support.ministry import shipped_flows
from workflow.domain import released
from workflow.domain.reasons import Reason
from workflow.domain.released import AT_THE_DESK, RESULT_PENDING, Outside, Step, shown_states, told
from workflow.wording import sentence

FLOW = shipped_flows()["bang_khen_bo"].flow
UNIT = Outside(frozenset({"unit_officer", "unit_head"}), "council_voting")
SECRET = "BKB-2026-000777-1"
LOADED = {
    "state": "signing", "sources": ("signing", "council_voting"), "body": "ministry", "yes": 41, "needed": 43,
    "base": 47,
    "still_needed": 2, "may_answer": 3, "took_part": 46, "members": 47, "quorum_needed": 32, "codes": (SECRET,),
    "count": 41, "limit": 43, "percent": 20, "of": "cluster_leaders", "cluster": "khoi_2", "rank": 43,
    "task": "consult",
    "bodies": ("Thanh tra Chính phủ",), "waiting": ("Thanh tra Chính phủ",), "who": "Lê Thư Ký", "what": "close_vote",
    "when": "09:00 01/12/2026", "expected": 41, "version": 43, "awards": ("x/merit/minister",), "number": "41/QĐ",
    "year": 2026, "problem": "rank", "missing": ("bb_kiem_phieu",), "flag": "results_held", "moment": "complete",
    "name": "complete", "field": "cluster_rank", "wanted": (), "names": ("results_held",), "rule": "x", "opened": True,
}  # fmt: skip
HIDDEN = re.compile(r"41|43|47|46|777|Thanh tra|Lê Thư Ký|09:00|Trình ký|bỏ phiếu|khoi_2|signing")


def every_code() -> list[str]:
    """Every kind of reason that the engine has a sentence for, without those made here."""
    made = {"at_the_desk", "result_pending", "not_from_here", "stale_elsewhere", "duplicate_elsewhere",
            "same_achievement_elsewhere", "ratio_cap_reached", "labelled"}  # fmt: skip
    found = (code.removeprefix("reason.") for code in package_catalogue("workflow") if code.startswith("reason."))
    return sorted(each for each in found if each not in made and not each.endswith(("_unknown", "_alone")))


def test_every_kind_of_reason_was_thought_about() -> None:
    known = (
        released.AS_IT_IS
        | released.IF_MENDED_HERE
        | released.OF_A_VOTE
        | released.NEVER
        | frozenset(released.SHORTENED)
    )
    assert set(every_code()) == known


@pytest.mark.parametrize("transition", ["submit", "withdraw", "resubmit", "confirm_proof", "close_unit_vote"])
@pytest.mark.parametrize("code", [each for each in every_code() if each not in released.AS_IT_IS])
def test_no_figure_no_name_and_no_inner_step_passes(code: str, transition: str) -> None:
    reason = Reason(code, LOADED, ("secretariat",))
    for outside in (UNIT, replace(UNIT, held=True), replace(UNIT, shown="draft")):
        for each in told(FLOW, FLOW.transitions[transition], [reason], outside):
            text = sentence(each, "vi", FLOW)
            assert not HIDDEN.search(text), (code, text)


def test_a_kind_that_nobody_has_thought_about_does_not_pass() -> None:
    assert told(FLOW, FLOW.transitions["submit"], [Reason("of_tomorrow", {"x": SECRET})], UNIT) == (AT_THE_DESK,)


def test_while_a_result_is_held_an_act_waits_whatever_the_result_is() -> None:
    held, withdraw = replace(UNIT, held=True), FLOW.transitions["withdraw"]
    would = told(FLOW, withdraw, [], held)  # passed: it could be withdrawn
    would_not = told(FLOW, withdraw, [Reason("wrong_state", {"state": "council_rejected", "sources": ()})], held)
    assert would == would_not == (RESULT_PENDING,)


def test_the_unit_reads_its_own_papers_votes_and_steps() -> None:
    submit = FLOW.transitions["submit"]
    papers = Reason("documents", {"missing": ("bao_cao_tt", "bb_kiem_phieu")}, ("unit_officer", "secretariat"))
    (own,) = told(FLOW, submit, [papers], UNIT)
    assert own.params["missing"] == ("bao_cao_tt",)
    vote = Reason("vote_missing", {"body": "unit", "known": False}, ("unit_council",))
    assert told(FLOW, submit, [vote], UNIT) == (vote,)
    (step,) = told(FLOW, submit, [Reason("wrong_state", {"state": "signing", "sources": submit.sources})], UNIT)
    assert sentence(step, "vi", FLOW).startswith("Hồ sơ đang ở “Đang xét”")


def test_codes_pass_where_the_reader_may_open_each_of_them() -> None:
    reason = Reason("duplicate", {"codes": (SECRET,)}, ("unit_officer",))
    submit = FLOW.transitions["submit"]
    assert told(FLOW, submit, [reason], replace(UNIT, codes=frozenset({SECRET}))) == (reason,)
    assert [each.code for each in told(FLOW, submit, [reason], UNIT)] == ["duplicate_elsewhere"]


def test_the_shown_state_stands_still_while_a_result_is_held() -> None:
    steps = [
        Step(FLOW, "open_vote", "council_voting"),
        Step(FLOW, "close_vote", "signing"),
        Step(FLOW, "release_results", "signing"),
    ]
    assert shown_states("council_pending", steps) == ("council_voting", "council_voting", "signing")


def test_whose_act_it_is_and_what_is_about_the_reader_himself_pass_each_once() -> None:
    assert released.may_do(FLOW.transitions["submit"], UNIT)
    assert not released.may_do(FLOW.transitions["close_vote"], UNIT)
    own = Reason("role", {"needed": ("unit_head",)})
    assert told(FLOW, FLOW.transitions["submit"], (own, own), UNIT) == (own,)


def test_an_act_that_the_flow_no_longer_has_holds_nothing_back() -> None:
    assert shown_states("draft", (Step(FLOW, "an_act_of_old", "submitted"),)) == ("submitted",)
