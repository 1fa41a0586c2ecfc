"""The door to `transitions`: callables only, no transition of its own, and one answer from machine and table."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from transitions import MachineError

from definitions.flow import Branch, Flow, State, Transition, Words
from tests.support import small_flow
from tests.support.ministry import shipped_flows
from tests.unit.domain.making import flow as any_flow
from workflow.domain.machine import CompiledFlow

W = Words("chữ", "words")
SHIPPED = sorted(shipped_flows())


@pytest.fixture(scope="module")
def shipped() -> dict[str, CompiledFlow]:
    return {name: CompiledFlow(shipped_flows()[name].flow) for name in SHIPPED}


def answer(ask: Any, *given_: Any) -> Any:
    """What it answers, a refusal to start included."""
    try:
        return ask(*given_)
    except MachineError:
        return "does not start there"


def agree(compiled: CompiledFlow, transition: str, state: str, previous: str | None, open_: tuple[bool, ...]) -> Any:
    fired = answer(compiled.fire, transition, state, previous, open_)
    assert fired == answer(compiled.step, transition, state, previous, open_)
    return fired


# ── machine and table are one ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", SHIPPED)
def test_machine_and_table_agree_wherever_a_shipped_flow_can_stand(name: str, shipped: dict[str, CompiledFlow]) -> None:
    compiled = shipped[name]
    flow, asked = compiled.flow, 0
    for transition in flow.transitions.values():
        branches = len(transition.branches)
        open_ways = {
            (True,) * branches,
            (False,) * branches,
            *((False,) * (n - 1) + (True,) for n in range(1, branches + 1)),
        }
        for state in flow.states:
            for previous in (None, "appraising", state):
                for open_ in open_ways:
                    taken = agree(
                        compiled,
                        transition.id,
                        state,
                        previous,
                        tuple(open_[:branches]) + (False,) * (branches - len(open_)),
                    )
                    asked += 1
                    assert (taken == "does not start there") == (state not in transition.sources)
    assert asked > 100


@pytest.mark.parametrize("name", SHIPPED)
def test_machine_and_table_agree_on_long_random_walks(name: str, shipped: dict[str, CompiledFlow]) -> None:
    compiled, rng = shipped[name], random.Random(name)
    for _ in range(20):
        state, previous = compiled.flow.initial, None
        for _ in range(40):
            transition = rng.choice(list(compiled.flow.transitions.values()))
            open_ = tuple(rng.random() < 0.7 for _ in transition.branches)
            taken = agree(compiled, transition.id, state, previous, open_)
            if isinstance(taken, tuple):
                assert taken[1] in compiled.flow.states
                assert open_[taken[0]]
                state, previous = taken[1], state if taken[1] != state else previous


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow: a few states, acts between them, back, or nowhere; branches in any number."""
    states = [f"s{number}" for number in range(draw(st.integers(1, 5)))]
    target = st.sampled_from([*states, "same", "previous"])
    made = {}
    for number in range(draw(st.integers(1, 6))):
        sources = tuple(draw(st.lists(st.sampled_from(states), min_size=1, unique=True)))
        branches = tuple(Branch(draw(target)) for _ in range(draw(st.integers(1, 4))))
        made[f"t{number}"] = Transition(f"t{number}", W, sources, branches, ("secretariat",))
    return replace(any_flow(), initial="s0", states={name: State(name, W, W) for name in states}, transitions=made)


@settings(max_examples=60)
@given(flows(), st.data())
def test_machine_and_table_agree_on_any_flow(flow: Flow, data: st.DataObject) -> None:
    compiled = CompiledFlow(flow)
    for _ in range(10):
        transition = data.draw(st.sampled_from(list(flow.transitions.values())))
        state = data.draw(st.sampled_from(list(flow.states)))
        previous = data.draw(st.sampled_from([None, "gone", *flow.states]))
        open_ = tuple(data.draw(st.booleans()) for _ in transition.branches)
        agree(compiled, transition.id, state, previous, open_)


# ── what the library is given ────────────────────────────────────────────────────────────────────


def test_the_library_makes_no_transition_of_its_own(shipped: dict[str, CompiledFlow]) -> None:
    for compiled in shipped.values():
        assert set(compiled.machine.events) == set(compiled.flow.transitions)
        assert not [name for name in compiled.machine.events if name.startswith("to_") or name == "initial"]


@pytest.mark.attack("S82")
def test_the_library_is_handed_functions_and_never_a_string(shipped: dict[str, CompiledFlow]) -> None:
    seen = 0
    for compiled in shipped.values():
        for event in compiled.machine.events.values():
            for each in (one for found in event.transitions.values() for one in found):
                assert [*each.before, *each.after, *each.prepare] == []
                assert [callable(condition.func) for condition in each.conditions] == [True]
                seen += 1
        for state in compiled.machine.states.values():
            assert [*state.on_enter, *state.on_exit] == []
    assert seen > 500


@pytest.mark.attack("S82")
def test_a_dotted_name_in_a_flow_is_a_name_and_nothing_is_imported_for_it() -> None:
    transition = Transition("os.system", W, ("appraising",), (Branch("same"),), ("secretariat",))
    flow = replace(any_flow(), transitions={"os.system": transition})
    assert CompiledFlow(flow).fire("os.system", "appraising", None, (True,)) == (0, "appraising")


def test_a_compiled_flow_holds_no_dossier() -> None:
    compiled = small_flow.compiled()
    assert compiled.fire("submit", "draft", None, (True,)) == (0, "appraising")
    assert compiled.fire("submit", "draft", None, (True,)) == (0, "appraising")
    assert compiled.machine.models == []


# ── branches and ways back ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["fire", "step"])
def test_the_first_open_branch_is_taken_in_the_order_of_the_file(way: str) -> None:
    ask = getattr(small_flow.compiled(), way)
    assert ask("close_vote", "voting", None, (True, True)) == (0, "signing")
    assert ask("close_vote", "voting", None, (False, True)) == (1, "rejected")
    assert ask("close_vote", "voting", None, (False, False)) is None


@pytest.mark.parametrize("way", ["fire", "step"])
def test_a_way_back_leads_where_the_dossier_came_from_and_nowhere_else(way: str) -> None:
    ask = getattr(small_flow.compiled(), way)
    assert ask("resume", "suspended", "signing", (True,)) == (0, "signing")
    assert ask("resume", "suspended", None, (True,)) is None
    assert ask("resume", "suspended", "a_state_of_another_flow", (True,)) is None


@pytest.mark.parametrize("way", ["fire", "step"])
@pytest.mark.parametrize(
    ("transition", "state"), [("submit", "decided"), ("no_such_act", "draft"), ("submit", "no_such_state")]
)
def test_what_does_not_start_here_is_an_error_and_no_silence(way: str, transition: str, state: str) -> None:
    with pytest.raises(MachineError):
        getattr(small_flow.compiled(), way)(transition, state, None, (True,))
