"""Options: every act of the flow for one person, possible or with all that stands in the way, and where it leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from definitions.flow import Requirement
from tests.support.small_flow import DAY, PASSED, compiled, context, facts, flow, judge, who
from workflow.domain.decision import Decision
from workflow.domain.decisions import Option, options
from workflow.domain.facts import AcrossFacts, Actor, AwardRecord, TaskFacts
from workflow.domain.machine import CompiledFlow


def seen(actor: Actor, machine: CompiledFlow | None = None, **changes: Any) -> dict[str, Option]:
    return {each.transition.id: each for each in options(machine or compiled(), facts(**changes), actor, context())}


def why(option: Option) -> list[str]:
    return [reason.code for reason in option.reasons]


def test_every_act_of_the_flow_is_shown_and_none_is_missing_without_a_reason() -> None:
    found = seen(who("auditor"))
    assert list(found) == list(flow().transitions)
    assert all(why(each) for each in found.values())


def test_an_act_is_possible_for_whoever_holds_its_role_in_its_state() -> None:
    found = seen(who("appraiser"))
    assert {name for name, each in found.items() if not each.reasons} == {"ask"}
    assert why(found["submit"]) == ["role", "wrong_state", "history"]
    assert why(seen(who("appraiser"), state="gone")["ask"]) == ["unknown_state"]


def test_what_the_act_brings_is_named_and_is_not_missing() -> None:
    vote = seen(who("council_secretary"), state="voting")["close_vote"]
    assert why(vote) == []
    assert [field.name for field in vote.fields] == ["tally"]
    assert vote.to_states == ("signing", "rejected")
    choose = seen(who("minister_office"), state="signing")["choose"]
    assert (why(choose), choose.to_states) == ([], ("appraising", "rejected"))


def test_a_requirement_on_a_field_the_act_brings_is_not_counted_even_inside_another() -> None:
    require = (
        Requirement("any", children=(Requirement("field", ("due_on",)), Requirement("flag", ("x",)))),
        Requirement("flag", ("y",)),
    )
    ask = replace(flow().transitions["ask"], require=require)
    machine = CompiledFlow(replace(flow(), transitions={**flow().transitions, "ask": ask}))
    assert why(seen(who("appraiser"), machine)["ask"]) == ["flag"]


def test_a_vote_taken_earlier_is_still_asked_of_the_act_that_needs_it() -> None:
    decide = replace(flow().transitions["decide"], require=(Requirement("vote_passed", ("ministry",)),))
    machine = CompiledFlow(replace(flow(), transitions={**flow().transitions, "decide": decide}))
    assert why(seen(who("clerk"), machine, state="signing")["decide"]) == ["vote_missing"]


def test_a_way_back_names_the_state_it_leads_to() -> None:
    assert seen(who("secretariat_head"), state="suspended", previous_state="signing")["resume"].to_states == (
        "signing",
    )
    lost = seen(who("secretariat_head"), state="suspended")["resume"]
    assert (lost.to_states, why(lost)) == (("previous",), ["no_way_back"])


def test_an_archived_dossier_is_not_offered_for_archiving() -> None:
    assert why(seen(who("secretariat"), state="decided")["archive"]) == []
    assert why(seen(who("secretariat"), state="decided", archived=True)["archive"]) == ["archived"]


def test_rules_across_dossiers_and_requirements_stand_in_the_way_before_the_act_is_tried() -> None:
    assert why(seen(who("unit_head"), state="draft", documents=frozenset())["submit"]) == ["documents", "history"]
    assert why(seen(who("council_secretary"))["open_vote"]) == ["tasks_open"]


def test_a_person_with_two_roles_sees_both() -> None:
    both = Actor("BO/X", "X", (*who("appraiser").held, *who("secretariat").held))
    assert {name for name, each in seen(both).items() if not each.reasons} >= {"ask", "send_proof", "open_consult"}


def test_what_is_offered_is_what_deciding_allows() -> None:
    """An act shown as possible goes through once its fields are brought; one that is not, does not."""
    history = AcrossFacts(history=tuple(AwardRecord("cstd_co_so", "merit", year) for year in (2025, 2026)))
    brings: dict[str, dict[str, Any]] = {
        "submit": {"letter_no": "07"},
        "ask": {"due_on": date(2027, 1, 4)},
        "close_vote": {"tally": PASSED},
        "decide": {"decision": {"number": 7, "symbol": "QĐ", "issued_on": DAY}},
        "choose": {"back": True},
        "extend": {"due_on": date(2027, 1, 4)},
        "open_consult": {"bodies": ["A"]},
        "close_consult": {"body": "A", "reply": "x"},
        "close_publish": {"reply": "x"},
    }
    asked = 0
    for state in flow().states:
        for flags in (frozenset[str](), frozenset({"held", "proof_sent"})):
            known: dict[str, Any] = {
                "state": state,
                "across": history,
                "flags": flags,
                "previous_state": "appraising",
                "proof": "confirmed",
                "tasks": (TaskFacts("consult", "A", DAY, None, DAY), TaskFacts("publish", "", date(2026, 11, 2), None)),
            }
            for transition in flow().transitions.values():
                if transition.id == "change_award":
                    continue  # its reasons are those of the flow that is named
                for actor in (who(transition.by[0]), who("auditor")):
                    offered = not seen(actor, **known)[transition.id].reasons
                    outcome = judge(transition.id, actor=actor, fields=brings.get(transition.id, {}), **known)
                    assert isinstance(outcome, Decision) == offered, (state, transition.id, outcome)
                    asked += 1
    assert asked > 500
