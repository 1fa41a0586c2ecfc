"""Limits and outcomes of the shipped flows where the engine needs more than one state to get them right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import definitions
from definitions.calendar import shipped
from definitions.loading import LoadedFolder, load_folder
from workflow.domain.decision import Command, Decision
from workflow.domain.decisions import Context, decide
from workflow.domain.facts import Actor, Held, NominationFacts, RoundFacts, TaskFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Refused
from workflow.domain.rehearsal import rehearse

ON = date(2026, 12, 7)
BOTH_CAME = {"paper_on": date(2026, 12, 4), "file_on": ON}


@pytest.fixture(scope="module")
def folder() -> LoadedFolder:
    return load_folder(Path(definitions.__file__).parent / "flows")


def dossier(state: str, **changes: Any) -> NominationFacts:
    facts = NominationFacts(
        id=1, code="X", unit="CVT", unit_kind="cuc", nominee="individual", name="A", state=state, version=3,
        entered_on=ON, round=RoundFacts("2026", 2026),
        documents=frozenset({"to_trinh", "danh_sach", "bao_cao_tt", "bb_xet_kt"}),
    )  # fmt: skip
    return replace(facts, **changes)


def act(
    folder: LoadedFolder, flow: str, name: str, role: str, facts: NominationFacts, fields: dict[str, Any]
) -> Decision:
    actor = Actor(role, role, (Held(role),))
    compiled = CompiledFlow(folder.flows[flow].flow)
    outcome = decide(compiled, facts, Command(name, ON, fields), actor, Context(shipped(), ON))
    assert isinstance(outcome, Decision), outcome
    return outcome


def test_the_age_of_the_achievement_is_a_limit_from_the_day_the_file_is_complete(folder: LoadedFolder) -> None:
    facts = dossier("submitted", achievement_to=date(2026, 11, 30))
    opened = {
        each.name: each.due_on
        for each in act(folder, "bang_khen_tt", "receive", "secretariat", facts, BOTH_CAME).deadlines_opened
    }
    # 30 May 2027 is a Sunday: to be on the safe side the last working day before it counts.
    assert opened["achievement_age"] == date(2027, 5, 28)


def test_without_an_achievement_period_there_is_no_such_limit(folder: LoadedFolder) -> None:
    decision = act(folder, "bang_khen_tt", "receive", "secretariat", dossier("submitted"), BOTH_CAME)
    assert "achievement_age" not in {each.name for each in decision.deadlines_opened}
    assert "ministry" in {each.name for each in decision.deadlines_opened}


def test_the_flag_of_the_government_is_due_on_thirty_june(folder: LoadedFolder) -> None:
    facts = dossier(
        "submitted", nominee="collective", documents=frozenset(folder.flows["co_thi_dua_cp"].flow.documents)
    )
    opened = {
        each.name: each.due_on
        for each in act(folder, "co_thi_dua_cp", "receive", "secretariat", facts, BOTH_CAME).deadlines_opened
    }
    assert opened["bo_noi_vu"] == date(2027, 6, 30)


def test_a_silent_body_is_nobodys_reminder_once_the_dossier_has_moved_on(folder: LoadedFolder) -> None:
    silent = TaskFacts("consult", "UBND", date(2026, 11, 2), date(2026, 11, 16))
    facts = dossier("appraising", tasks=(silent,))
    with_reason = {"session": "1", "session_on": date(2026, 12, 24)}
    compiled = CompiledFlow(folder.flows["bang_khen_tt"].flow)
    command = Command("schedule", ON, with_reason, {"tieu_chuan": "Lịch sử khen thưởng chưa nhập"})
    actor = Actor("s", "s", (Held("secretariat"),))
    outcome = decide(compiled, facts, command, actor, Context(shipped(), ON))
    assert isinstance(outcome, Decision)
    assert "task.consult" in outcome.deadlines_closed


def test_a_suspension_stops_the_limit_of_a_task_and_its_end_lets_it_run_on(folder: LoadedFolder) -> None:
    papers = {"reason": "Có đơn tố cáo đang xem xét", "document": "05/TB"}
    stopped = act(folder, "bang_khen_tt", "suspend", "secretariat_head", dossier("appraising"), papers)
    assert {"task.consult", "state.appraising", "ministry"} <= set(stopped.clocks_stopped)
    back = dossier("suspended", previous_state="appraising")
    resumed = act(folder, "bang_khen_tt", "resume", "secretariat_head", back, {"document": "06/KL"})
    assert {"task.consult", "state.appraising", "ministry"} <= set(resumed.clocks_resumed)


def test_a_restored_dossier_has_no_outcome_any_more(folder: LoadedFolder) -> None:
    facts = dossier("withdrawn", outcome="withdrawn")
    reason = {"reason": "Đơn vị đề nghị xét lại"}
    assert act(folder, "bang_khen_bo", "reopen_withdrawn", "secretariat_head", facts, reason).outcome is None


def test_a_story_may_ask_for_all_papers_of_the_checklist(folder: LoadedFolder) -> None:
    flow = folder.flows["cstd_bo"].flow
    whole = [each for each in flow.scenarios if each.given.get("documents") == ["all"]]
    story = next(each for each in whole if any(step.name == "receive" and step.refused is None for step in each.steps))
    without = replace(story, given={**story.given, "documents": ["submission"]})
    compiled = CompiledFlow(flow)
    targets = {name: CompiledFlow(each.flow) for name, each in folder.flows.items()}
    assert not rehearse(compiled, story, shipped(), targets).faults
    found = rehearse(compiled, without, shipped(), targets).faults
    assert ("documents",) in [each.params.get("found") for each in found]


@pytest.mark.parametrize(("first", "last"), [("paper_on", "file_on"), ("file_on", "paper_on")])
def test_a_dossier_for_the_state_is_complete_on_the_day_the_later_of_paper_and_files_came(
    folder: LoadedFolder, first: str, last: str
) -> None:
    """Decree 152/2025, Article 33(12): whatever day the act is recorded on."""
    facts = replace(dossier("submitted"), entered_on=date(2026, 12, 1))
    came = {first: date(2026, 12, 2), last: date(2026, 12, 4)}
    decision = act(folder, "bang_khen_tt", "receive", "secretariat", facts, came)
    assert decision.occurred_on == ON
    assert decision.moments == {"complete": date(2026, 12, 4)}
    (limit,) = [each for each in decision.deadlines_opened if each.name == "ministry"]
    assert limit.start_on == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("came", "code"),
    [(date(2026, 12, 8), "future_date"), (date(2026, 11, 30), "before_entry"), (date(2025, 12, 4), "before_entry")],
)
def test_a_day_of_arrival_that_cannot_be_is_refused(folder: LoadedFolder, came: date, code: str) -> None:
    facts = replace(dossier("submitted"), entered_on=date(2026, 12, 1))
    command = Command("receive", ON, {"paper_on": min(came, date(2026, 11, 30)), "file_on": came})
    actor = Actor("secretariat", "secretariat", (Held("secretariat"),))
    outcome = decide(CompiledFlow(folder.flows["bang_khen_tt"].flow), facts, command, actor, Context(shipped(), ON))
    assert isinstance(outcome, Refused)
    assert [each.code for each in outcome.reasons] == [code]
