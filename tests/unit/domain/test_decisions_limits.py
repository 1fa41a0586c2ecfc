"""What a decision does to limits: opened, closed, stopped, resumed, begun anew, moved to another flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from definitions.flow import DeadlineRule, Span
from tests.support.small_flow import DAY, PASSED, context, decided, facts, flow, other_flow
from workflow.domain.decision import Decision
from workflow.domain.decisions import first_limit, returns, under
from workflow.domain.facts import AcrossFacts, AwardRecord, RoundFacts, TaskFacts
from workflow.domain.machine import CompiledFlow

LATER = date(2027, 1, 4)
SUBMIT: dict[str, Any] = {
    "state": "draft",
    "fields": {"letter_no": "07"},
    "across": AcrossFacts(history=tuple(AwardRecord("cstd_co_so", "merit", year) for year in (2025, 2026))),
}


def opened(decision: Decision) -> dict[str, date]:
    return {each.name: each.due_on for each in decision.deadlines_opened}


def four(decision: Decision) -> tuple[set[str], set[str], set[str], set[str]]:
    return (
        set(opened(decision)),
        set(decision.deadlines_closed),
        set(decision.clocks_stopped),
        set(decision.clocks_resumed),
    )


# ── of states and of moments ─────────────────────────────────────────────────────────────────────


def test_a_complete_file_opens_the_limit_of_its_state_and_that_of_the_whole_way() -> None:
    outcome = decided("submit", **SUBMIT)
    assert opened(outcome) == {"state.appraising": date(2026, 12, 21), "ministry": date(2027, 1, 12)}
    assert {each.start_on for each in outcome.deadlines_opened} == {DAY}
    assert "state.draft" in outcome.deadlines_closed


def test_a_day_the_dossier_brings_opens_its_limit_once_the_file_is_complete() -> None:
    outcome = decided("submit", **SUBMIT, achievement_to=date(2026, 11, 30))
    assert opened(outcome)["age"] == date(2027, 5, 31)
    assert next(each.start_on for each in outcome.deadlines_opened if each.name == "age") == date(2026, 11, 30)
    assert "age" not in opened(decided("ask", fields={"due_on": LATER}, achievement_to=date(2026, 11, 30)))


def test_a_day_that_the_act_brings_is_the_due_day_and_is_kept_as_given() -> None:
    sunday = date(2026, 12, 13)
    (limit,) = decided("ask", fields={"due_on": sunday}).deadlines_opened
    assert (limit.name, limit.due_on, limit.given) == ("state.supplement", date(2026, 12, 14), sunday)


def test_a_limit_that_hangs_on_a_day_nobody_gave_is_not_opened() -> None:
    back = decided("resume", state="suspended", previous_state="draft")
    assert opened(back) == {}
    rule = DeadlineRule("state.signing", on="act.nothing")
    states = {**flow().states, "signing": replace(flow().states["signing"], deadline=rule)}
    machine = CompiledFlow(replace(flow(), states=states))
    assert opened(decided("close_vote", machine=machine, state="voting", fields={"tally": PASSED})) == {}


def test_the_cutoff_of_the_round_is_the_limit_of_a_draft() -> None:
    states = {
        **flow().states,
        "supplement": replace(
            flow().states["supplement"], deadline=replace(flow().states["draft"].deadline, name="state.supplement")
        ),
    }  # type: ignore[type-var]
    machine = CompiledFlow(replace(flow(), states=states))
    outcome = decided(
        "ask", machine=machine, fields={"due_on": LATER}, round=RoundFacts("2026", 2026, cutoff=date(2027, 1, 9))
    )
    assert opened(outcome) == {"state.supplement": date(2027, 1, 9)}  # a Saturday, and strict


def test_leaving_a_state_closes_its_limit_and_staying_does_not() -> None:
    assert four(decided("open_vote", tasks=(TaskFacts("consult", "A", DAY, None, DAY),)))[1] == {
        "state.appraising",
        "task.consult",
    }
    assert four(decided("extend", fields={"due_on": LATER})) == (set(), set(), set(), set())


def test_a_named_limit_ends_with_its_act_or_its_state() -> None:
    fields = {"decision": {"number": 7, "symbol": "QĐ", "issued_on": DAY}}
    outcome = decided("decide", state="signing", proof="confirmed", fields=fields)
    assert {"ministry", "age"} <= set(outcome.deadlines_closed)
    assert opened(decided("send_proof")) == {"proof": date(2026, 12, 9)}
    assert four(decided("confirm_proof", flags=frozenset({"proof_sent"})))[1] == {"proof"}


def test_the_same_act_again_begins_its_limit_anew() -> None:
    again = decided("send_proof", done_by={"send_proof": ("BO/X",)})
    assert (set(opened(again)), set(again.deadlines_closed)) == ({"proof"}, {"proof"})


def test_a_final_state_ends_every_limit_that_spans_states() -> None:
    closed = four(decided("drop", state="suspended", previous_state="appraising"))[1]
    assert {"ministry", "age", "proof", "state.suspended", "state.appraising"} <= closed


# ── a supplement begins the clock anew ───────────────────────────────────────────────────────────


def test_asking_for_a_supplement_ends_the_clock_and_a_complete_file_starts_a_new_one() -> None:
    ask = decided("ask", fields={"due_on": LATER})
    assert "ministry" in ask.deadlines_closed
    later = date(2026, 12, 14)
    give = decided(
        "give", on=later, state="supplement", pinned=True, previous_state="appraising", moments={"complete": DAY}
    )
    assert opened(give) == {"state.appraising": date(2026, 12, 28), "ministry": date(2027, 1, 19)}


# ── a suspension stops the clock and lets it run on ──────────────────────────────────────────────


def test_a_suspension_stops_every_clock_and_the_resumption_lets_them_run_on() -> None:
    stop = decided("suspend")
    assert four(stop) == ({"state.suspended"}, set(), {"state.appraising", "ministry", "proof", "task.consult"}, set())
    go_on = decided("resume", state="suspended", previous_state="appraising")
    assert four(go_on) == (set(), {"state.suspended"}, set(), {"state.appraising", "ministry", "proof", "task.consult"})


def test_a_task_that_cannot_be_closed_where_the_dossier_goes_back_to_is_over() -> None:
    go_on = decided("resume", state="suspended", previous_state="signing")
    assert "task.consult" in go_on.deadlines_closed
    assert "task.consult" not in decided("suspend", state="signing", previous_state="voting").clocks_stopped


def test_a_side_step_that_ends_some_other_way_ends_what_it_had_stopped() -> None:
    for previous, ends in (("appraising", {"state.appraising"}), ("signing", set()), (None, set()), ("gone", set())):
        closed = four(decided("drop", state="suspended", previous_state=previous))[1]
        assert {each for each in closed if each == "state.appraising"} == ends


def test_only_a_state_with_a_way_back_is_a_side_step() -> None:
    assert [name for name in flow().states if returns(flow(), name)] == ["suspended"]


def test_a_stopped_clock_without_a_way_back_ends_the_limit_before_it() -> None:
    """A draft has a stopped clock too, and it is no side step."""
    again = replace(flow().transitions["give"], branches=(replace(flow().transitions["give"].branches[0], to="draft"),))
    machine = CompiledFlow(replace(flow(), transitions={**flow().transitions, "give": again}))
    outcome = decided("give", machine=machine, state="supplement")
    assert "state.supplement" in outcome.deadlines_closed
    assert opened(outcome)["state.draft"] == date(2026, 12, 5)


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────


def test_opening_a_task_again_gives_it_a_new_limit() -> None:
    assert four(decided("open_consult", fields={"bodies": ["A"]}))[:2] == ({"task.consult"}, {"task.consult"})


def test_a_task_is_over_when_the_last_body_has_answered() -> None:
    asked = (
        TaskFacts("consult", "A", DAY, LATER),
        TaskFacts("consult", "B", DAY, LATER),
        TaskFacts("publish", "", DAY, None),
    )
    answer = {"body": "A", "reply": "Nhất trí"}
    assert four(decided("close_consult", fields=answer, tasks=asked))[1] == set()
    last = (asked[0], replace(asked[1], closed_on=DAY), asked[2])
    assert four(decided("close_consult", fields=answer, tasks=last))[1] == {"task.consult"}


def test_a_task_without_a_limit_opens_and_closes_none() -> None:
    assert four(decided("open_publish")) == (set(), set(), set(), set())


# ── under another flow ───────────────────────────────────────────────────────────────────────────


def moved(
    running: tuple[str, ...], decision: Decision | None = None, machine: CompiledFlow | None = None, **changes: Any
) -> Decision:
    known: dict[str, Any] = {"moments": {"complete": date(2026, 12, 1)}, **changes}
    decision = decision or decided(
        "change_award", world=context(targets={"khac": other_flow()}), fields={"to_flow": "khac"}, **known
    )
    return under((machine or other_flow()).flow, facts(**known), decision, running, context())


def test_after_a_change_of_award_limits_run_as_the_new_flow_has_them_from_the_same_complete_day() -> None:
    outcome = moved(("state.appraising", "ministry"))
    assert opened(outcome) == {"state.appraising": date(2026, 12, 15), "ministry": date(2027, 1, 13)}
    assert {"state.appraising", "ministry"} <= set(outcome.deadlines_closed)


def test_what_hangs_on_an_act_or_a_task_goes_on_under_the_new_flow() -> None:
    outcome = moved(("state.appraising", "ministry", "proof", "task.consult"))
    assert not {"proof", "task.consult"} & {*outcome.deadlines_closed, *opened(outcome)}


def test_what_the_new_flow_does_not_know_is_over() -> None:
    bare = other_flow(deadlines={}, tasks={})
    assert {"ministry", "proof", "task.consult"} <= set(
        moved(("ministry", "proof", "task.consult"), machine=bare).deadlines_closed
    )


def test_a_limit_whose_moment_never_came_is_not_begun() -> None:
    assert opened(moved((), moments={})) == {"state.appraising": date(2026, 12, 15)}
    assert "age" in opened(moved((), achievement_to=date(2026, 11, 30)))


def test_a_limit_that_an_act_of_the_past_has_ended_is_not_begun_again() -> None:
    assert "ministry" not in opened(moved(("ministry",), done_by={"decide": ("BO/X",)}))


def test_a_state_entered_by_the_act_itself_counts_from_that_act() -> None:
    submit = decided("submit", **SUBMIT)
    outcome = under(other_flow().flow, facts(**SUBMIT | {"fields": {}}), submit, ("state.draft",), context())
    assert opened(outcome) == {"state.appraising": date(2026, 12, 21), "ministry": date(2027, 1, 19)}
    assert {"state.draft"} <= set(outcome.deadlines_closed)


def test_a_state_without_a_limit_begins_none_under_another_flow() -> None:
    target = other_flow()
    states = {**target.flow.states, "appraising": replace(target.flow.states["appraising"], deadline=None)}
    target.flow = replace(target.flow, states=states)
    assert "state.appraising" not in opened(moved(("state.appraising",), machine=target))
    rule = DeadlineRule("state.appraising", on="act.nothing", within=None)
    target.flow = replace(target.flow, states={**states, "appraising": replace(states["appraising"], deadline=rule)})
    assert "state.appraising" not in opened(moved((), machine=target))


# ── with which a dossier begins ──────────────────────────────────────────────────────────────────


def test_a_dossier_begins_with_the_limit_of_its_first_state() -> None:
    cutoff = date(2026, 12, 5)
    limit = first_limit(flow(), DAY, context(), cutoff=cutoff)
    assert limit is not None
    assert (limit.name, limit.start_on, limit.due_on) == ("state.draft", DAY, cutoff)
    assert first_limit(flow(), DAY, context()) is None  # a round without a cut-off


def test_a_first_state_without_a_limit_begins_none() -> None:
    states = {**flow().states, "draft": replace(flow().states["draft"], deadline=None)}
    assert first_limit(replace(flow(), states=states), DAY, context(), cutoff=DAY) is None


def with_last_day_of_achievement(state: str) -> CompiledFlow:
    """The limit of `state` is the last day of the achievement."""
    rule = DeadlineRule(f"state.{state}", on="fact.achievement_to", within=None)
    states = {**flow().states, state: replace(flow().states[state], deadline=rule)}
    return CompiledFlow(replace(flow(), states=states))


def test_a_limit_on_a_day_of_the_dossier_is_due_on_that_day() -> None:
    last = date(2027, 3, 31)
    machine = with_last_day_of_achievement("appraising")
    assert opened(decided("submit", machine=machine, **SUBMIT, achievement_to=last))["state.appraising"] == last
    assert "state.appraising" not in opened(decided("submit", machine=machine, **SUBMIT))
    limit = first_limit(with_last_day_of_achievement("draft").flow, DAY, context(), achievement_to=last)
    assert limit is not None
    assert limit.due_on == last


# ── computed once ────────────────────────────────────────────────────────────────────────────────


def test_the_same_rule_and_day_are_worked_out_once_for_an_act_on_many() -> None:
    world = context()
    one, other = decided("submit", world=world, **SUBMIT), decided("submit", world=world, **SUBMIT)
    assert opened(one) == opened(other)
    assert len(world.due_cache) == 2


def test_a_count_into_a_year_whose_calendar_is_not_confirmed_is_provisional() -> None:
    far = date(2033, 12, 20)
    assert {each.provisional for each in decided("submit", on=far, **SUBMIT).deadlines_opened} == {True}
    assert {each.provisional for each in decided("submit", on=date(2026, 10, 5), **SUBMIT).deadlines_opened} == {False}


@pytest.mark.parametrize("span", [Span(5, "working_days"), Span(1, "months"), Span(9, "calendar_days")])
def test_limits_of_other_spans_open_as_well(span: Span) -> None:
    rule = replace(flow().deadlines["ministry"], within=span)
    machine = CompiledFlow(replace(flow(), deadlines={**flow().deadlines, "ministry": rule}))
    assert opened(decided("submit", machine=machine, **SUBMIT))["ministry"] > DAY
