"""Stories on values alone: what comes out otherwise than told is a fault with its line, and the story goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
import tomli

from definitions.calendar import shipped
from definitions.flow import Flow, Scenario
from definitions.loading import flow_from_resolved
from tests.support.ministry import shipped_flows
from tests.support.small_flow import TEXT, other_flow
from workflow.domain.machine import CompiledFlow
from workflow.domain.rehearsal import Fault, Told, coverage, rehearse

TWO_YEARS = 'history = [{ award = "cstd_co_so", year = 2025 }, { award = "cstd_co_so", year = 2026 }]'
KNOWN = f'documents = ["to_trinh"], {TWO_YEARS}'
SUBMIT = '{ do = "submit", by = "unit_head", on = 2026-12-07, with = { letter_no = "07" } }'
TALLY = "with = { tally = { members = 15, present = 14, yes = 13, no = 1 } }"


def story(*steps: str, given: str = KNOWN, on: str = "on = 2026-12-01,", text: str = TEXT) -> tuple[Flow, Scenario]:
    text = f'{text}\n[[scenario]]\ntitle = "Truyện"\ngiven = {{ {on} {given} }}\nstep = [\n{",".join(steps)}\n]\n'
    flow = flow_from_resolved(text)
    return flow, flow.scenarios[0]


def told(*steps: str, targets: Any = None, **more: str) -> Told:
    flow, scenario = story(*steps, **more)
    return rehearse(CompiledFlow(flow), scenario, shipped(), targets)


def faults(*steps: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(each.code, dict(each.params)) for each in told(*steps, **more).faults]


# ── what holds ───────────────────────────────────────────────────────────────────────────────────


@cache
def compiled() -> dict[str, CompiledFlow]:
    return {name: CompiledFlow(loaded.flow) for name, loaded in shipped_flows().items()}


@pytest.mark.parametrize("name", sorted(shipped_flows()))
def test_every_shipped_story_holds_and_takes_every_branch(name: str) -> None:
    flow = compiled()[name].flow
    taken: set[tuple[str, int]] = set()
    for scenario in flow.scenarios:
        found = rehearse(compiled()[name], scenario, shipped(), compiled())
        assert found.faults == (), scenario.title
        taken |= found.taken
    assert coverage(flow, taken) == (1.0, ())


def test_a_story_that_holds_tells_what_it_took() -> None:
    found = told(
        SUBMIT,
        '{ do = "suspend", by = "secretariat_head" }',
        '{ do = "resume", by = "secretariat_head", state = "appraising" }',
        '{ expect = "appraising" }',
    )
    assert found == Told("Truyện", (), frozenset({("submit", 0), ("suspend", 0), ("resume", 0)}))


def test_coverage_is_the_share_of_transitions_with_every_branch_taken() -> None:
    flow = other_flow().flow
    share, missing = coverage(flow, {("close_vote", 0), *((name, 0) for name in flow.transitions if name != "revoke")})
    assert set(missing) == {("close_vote", 1), ("choose", 1), ("revoke", 0)}
    assert share == (len(flow.transitions) - 3) / len(flow.transitions)
    assert coverage(other_flow(transitions={}).flow, ()) == (1.0, ())


# ── what does not ────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_that_was_not_told_is_a_fault_with_its_reasons_and_the_line_of_its_step() -> None:
    flow, scenario = story('{ do = "submit", by = "clerk", on = 2026-12-07 }')
    scenario = replace(scenario, steps=(replace(scenario.steps[0], line=42),))
    (fault,) = rehearse(CompiledFlow(flow), scenario, shipped()).faults
    assert fault == Fault(42, "scenario_refused", {"do": "submit", "found": ("field_missing", "role")})


def test_other_reasons_than_told_are_a_fault_and_the_same_are_none() -> None:
    assert faults('{ do = "submit", by = "clerk", refused = ["field_missing", "role"] }') == []
    found = faults('{ do = "submit", by = "clerk", refused = ["role"] }')
    assert found == [("scenario_reasons", {"do": "submit", "expected": ("role",), "found": ("field_missing", "role")})]


def test_an_act_that_should_have_been_refused_is_a_fault_and_does_not_move_the_dossier() -> None:
    refused = SUBMIT.replace(" }", ', refused = ["role"] }').replace('"07", refused = ["role"] }', '"07" }')
    assert faults(refused, '{ expect = "draft" }') == [
        ("scenario_not_refused", {"do": "submit", "expected": ("role",)})
    ]


def test_another_state_than_told_is_a_fault_and_the_story_goes_on() -> None:
    wrong = SUBMIT[:-1] + ', state = "decided" }'
    assert faults(wrong, '{ expect = "draft" }') == [
        ("scenario_state", {"expected": "decided", "found": "appraising"}),
        ("scenario_end", {"expected": "draft", "found": "appraising"}),
    ]


def test_other_mails_than_told_are_a_fault() -> None:
    right = SUBMIT[:-1] + ', mails = ["submitted → secretariat", "submitted → unit"] }'
    assert faults(right) == []
    wrong = SUBMIT[:-1] + ', mails = ["submitted → secretariat"] }'
    expected = {"expected": ("submitted → secretariat",), "found": ("submitted → secretariat", "submitted → unit")}
    assert faults(wrong) == [("scenario_mails", expected)]


def test_a_step_back_in_time_is_a_fault() -> None:
    assert faults("{ wait = 2026-12-10 }", SUBMIT) == [("scenario_back_in_time", {"on": "2026-12-07"})]


def test_other_reminders_than_told_are_a_fault() -> None:
    found = faults(SUBMIT, "{ wait = 2026-12-21, mails = [] }")
    assert found == [("scenario_mails", {"expected": (), "found": ("reminder → appraiser",)})]


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def test_every_role_is_another_person_unless_one_acts_as_the_other() -> None:
    assert faults(SUBMIT, '{ do = "ask", by = "appraiser", with = { due_on = 2026-12-21 } }') == []
    same = '{ do = "ask", by = "appraiser", as = "unit_head", with = { due_on = 2026-12-21 }, refused = ["not_by"] }'
    assert faults(SUBMIT, same) == []


def test_the_nominee_is_a_person_who_may_not_act_on_his_own() -> None:
    own = SUBMIT[:-1] + ', as = "CVT/AN", refused = ["own_case"] }'
    assert faults(own, given=KNOWN + ', person = "CVT/AN"') == []


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("cluster_head", 'cluster = "khoi_1"'),
        ("cluster_head", "cluster = ''"),
        ("field_lead", 'field = "buu_chinh"'),
        ("field_lead", "field = ''"),
    ],
)
def test_heads_of_clusters_and_fields_are_those_of_the_dossier(role: str, given: str) -> None:
    text = TEXT.replace('by = ["unit_head"]', f'by = ["{role}"]', 1)
    assert faults(SUBMIT.replace("unit_head", role), given=f"{KNOWN}, {given}", text=text) == []


# ── the world of a story ─────────────────────────────────────────────────────────────────────────


def test_a_story_without_a_day_begins_with_its_first_step_or_on_a_day_of_its_own() -> None:
    assert faults(SUBMIT, on="") == []
    assert faults(SUBMIT.replace(" on = 2026-12-07,", ""), on="") == []


def test_what_is_not_given_is_not_known() -> None:
    assert faults(SUBMIT[:-1] + ', refused = ["documents", "history"] }', given='unit = "CVT"') == []


def test_papers_may_be_named_one_by_one_or_as_the_checklist_has_them() -> None:
    for papers in ('["all"]', '["submission"]', '["to_trinh"]'):
        assert faults(f"{{ attach = {papers}, on = 2026-12-02 }}", SUBMIT, given=KNOWN.replace('"to_trinh"', "")) == []
    missing = SUBMIT[:-1] + ', refused = ["documents"] }'
    assert faults('{ attach = ["nomination"] }', missing, given=KNOWN.replace('"to_trinh"', "")) == []


def test_a_story_knows_other_dossiers_shares_and_the_subject_of_a_revocation() -> None:
    given = (
        KNOWN
        + ', duplicates = ["M-2"], shares = { co_cau = [1, 4] }, same_achievement = ["M-3"]'
        + ', subject_state = "decided", counts = { x = 3 }'
    )
    assert faults(SUBMIT[:-1] + ', refused = ["duplicate"] }', given=given) == []


def test_the_world_changes_while_the_story_goes_on() -> None:
    refused = SUBMIT[:-1] + ', refused = ["duplicate", "history"] }'
    assert (
        faults(
            '{ fact = { history = [], duplicates = ["M-9"], same_achievement = ["M-3"] }, on = 2026-12-02 }',
            "{ fact = { counts = { x = 1 } } }",
            refused,
            "{ fact = { duplicates = [] } }",
            "{ fact = { counts = { x = 2 } } }",
            f"{{ fact = {{ {TWO_YEARS} }} }}",
            '{ fact = { round_open = false, cutoff = 2026-12-20, subject_state = "revoked" } }',
            SUBMIT,
        )
        == []
    )


def test_a_round_of_a_story_has_its_code_its_year_and_its_cutoff() -> None:
    given = (
        KNOWN + ', round = { code = "2026-2", year = 2026, open = true, opens_on = 2026-11-01, closes_on = 2026-12-20 }'
    )
    assert faults(SUBMIT, given=given) == []


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


def test_reminders_come_on_working_mornings_and_escalate_without_deciding_anything() -> None:
    assert (
        faults(
            SUBMIT,
            '{ wait = 2026-12-17, mails = ["reminder → appraiser"] }',
            "{ wait = 2026-12-20, mails = [] }",
            '{ wait = 2026-12-21, mails = ["reminder → appraiser"] }',
            '{ wait = 2026-12-23, mails = ["reminder → appraiser", "escalation → secretariat_head"] }',
            "{ wait = 2027-03-01 }",
            '{ expect = "appraising" }',
        )
        == []
    )


def test_the_limit_of_the_first_state_runs_from_the_beginning_of_the_story() -> None:
    draft = '[state.draft.deadline]\non = "round.cutoff"\nroll = "strict"\n'
    text = TEXT.replace(draft, f"{draft}remind = {{ before = [2], on_day = true }}\n")
    assert text != TEXT
    given = KNOWN + ", round = { closes_on = 2026-12-10 }"
    steps = (
        "{ wait = 2026-12-07, mails = [] }",
        '{ wait = 2026-12-08, mails = ["reminder → unit_officer"] }',
        '{ wait = 2026-12-10, mails = ["reminder → unit_officer"] }',
    )
    assert faults(*steps, given=given, text=text) == []
    assert faults(SUBMIT, "{ wait = 2026-12-10, mails = [] }", given=given, text=text) == []


def test_a_stopped_clock_reminds_nobody_and_runs_on_after_it() -> None:
    assert (
        faults(
            SUBMIT,
            '{ do = "suspend", by = "secretariat_head", on = 2026-12-14 }',
            "{ wait = 2026-12-25, mails = [] }",
            '{ do = "resume", by = "secretariat_head", on = 2026-12-28 }',
            "{ wait = 2026-12-30, mails = [] }",
            '{ wait = 2026-12-31, mails = ["reminder → appraiser"] }',
            '{ wait = 2027-01-05, mails = ["reminder → appraiser"] }',
        )
        == []
    )


def test_an_extension_moves_the_reminders() -> None:
    assert (
        faults(
            SUBMIT,
            '{ do = "extend", by = "secretariat_head", on = 2026-12-14, with = { due_on = 2026-12-28 } }',
            "{ wait = 2026-12-23, mails = [] }",
            '{ wait = 2026-12-24, mails = ["reminder → appraiser"] }',
        )
        == []
    )


def test_an_extension_where_no_limit_runs_moves_nothing() -> None:
    head, limit = TEXT.split("[state.appraising.deadline]\n")
    text = head + limit[limit.index("[state.supplement]") :]
    extend = '{ do = "extend", by = "secretariat_head", with = { due_on = 2026-12-28 } }'
    assert faults(SUBMIT, extend, "{ wait = 2027-01-15, mails = [] }", text=text) == []


def test_a_named_limit_tells_whom_it_names_and_the_task_whoever_works_it() -> None:
    text = TEXT.replace('to = ["unit_officer"]\n', 'to = ["unit_officer"]\nremind = { on_day = true }\n').replace(
        "per_body = true\n", "per_body = true\nremind = { on_day = true }\n"
    )
    steps = (
        SUBMIT,
        '{ do = "send_proof", by = "secretariat" }',
        '{ do = "open_consult", by = "secretariat", with = { bodies = ["A", "B"] } }',
        '{ wait = 2026-12-09, mails = ["reminder → unit_officer"] }',
        '{ do = "confirm_proof", by = "unit_officer", on = 2026-12-10 }',
        '{ do = "close_consult", by = "secretariat", with = { body = "A", reply = "x" } }',
        '{ wait = 2026-12-21, mails = ["reminder → secretariat", "reminder → appraiser"] }',
        '{ do = "close_consult", by = "secretariat", on = 2026-12-22, with = { body = "B", reply = "x" } }',
        '{ do = "open_consult", by = "secretariat", with = { bodies = ["B"] } }',
    )
    assert faults(*steps, text=text) == []


# ── results held back, and another flow ──────────────────────────────────────────────────────────


def test_what_is_held_goes_out_with_the_act_that_releases_it() -> None:
    road = (
        SUBMIT,
        '{ do = "open_consult", by = "secretariat", with = { bodies = ["A"] } }',
        '{ do = "close_consult", by = "secretariat", with = { body = "A", reply = "x" } }',
        '{ do = "open_vote", by = "council_secretary" }',
    )
    assert (
        faults(
            *road,
            f'{{ do = "close_vote", by = "council_secretary", {TALLY}, mails = [], state = "signing" }}',
            '{ do = "release", by = "council_secretary", mails = ["council_result → unit"] }',
        )
        == []
    )


def test_a_change_of_award_goes_on_under_the_other_flow() -> None:
    change = '{ do = "change_award", by = "secretariat", on = 2026-12-08, with = { to_flow = "khac" } }'
    known = {"khac": other_flow()}
    assert faults(SUBMIT, change, '{ expect = "appraising" }', targets=known) == []
    assert faults(SUBMIT, change[:-1] + ', refused = ["target_flow"] }') == []


def test_the_text_these_stories_run_in_is_a_flow() -> None:
    assert tomli.loads(TEXT)["id"] == "mau"
    assert date(2026, 12, 1) in {step.on for step in story("{ wait = 2026-12-01 }")[1].steps}
