"""Which nominations there are, and which story of its flow each of them lives.

Every flow brings its own script: its scenarios. So an award that an admin adds is rehearsed like
the shipped ones, with nothing to write here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from definitions.flow import Flow, Scenario, ScenarioStep

VOLUMES: Mapping[str, int] = {
    "bang_khen_bo": 60, "cstd_bo": 48, "tt_ldxs": 65, "co_thi_dua_bo": 30, "co_thi_dua_cp": 5, "bang_khen_tt": 13,
    "hcld_ba": 6, "hcld_nhi": 2, "hcld_nhat": 1, "cstd_toan_quoc": 3, "bang_khen_dot_xuat": 15,
    "bang_khen_chuyen_de": 12, "ky_niem_chuong": 10, "ldtt": 8, "cstd_co_so": 5, "tt_ldtt": 4, "giay_khen": 5,
    "huy_bo": 2,
}  # fmt: skip
"""Lines of the generated lists, by flow; the four sample lists add 74. A flow not named here gets five."""
OTHERS = 5
LEADERS = 42
"""Collectives that lead their cluster in the season: what the share of flags for the Government is taken of."""
HOME = "CVT"
"""Titles that a unit gives itself are shown for this unit only."""
SIDE_STORY_EVERY = 10
"""Each tenth nomination lives another story than the main one."""
LINES_PER_UNIT = 8
"""Lines of one award on one unit's list, about."""
WAVES = (0, 14)
"""Units act in two waves: some a fortnight after the others, days."""


@dataclass(frozen=True, slots=True)
class Cast:
    """One nomination's part: its flow's scenario, played for this unit with these dates moved by `shift` days."""

    flow: Flow
    scenario: Scenario
    unit: str
    shift: int
    name: str = ""
    position: str = ""
    workplace: str = ""
    person: str = ""
    is_person: bool = False


def main_story(flow: Flow) -> Scenario:
    """The first scenario that ends well; without one, the first."""
    return next((each for each in flow.scenarios if _ends_well(flow, each)), flow.scenarios[0])


def _ends_well(flow: Flow, scenario: Scenario) -> bool:
    last = next((step.state for step in reversed(scenario.steps) if step.verb == "expect"), "")
    state = flow.states.get(last or "")
    return state is not None and state.final == "positive"


def playable(flow: Flow) -> list[Scenario]:
    """The flow's stories that can be lived beside the others, the main one first."""
    main = main_story(flow)
    return [main, *(each for each in flow.scenarios if each is not main and not _forgets(each))]


def _forgets(scenario: Scenario) -> bool:
    """Whether an award of old is taken back in it: a story may suppose so, but no register unlearns what it knows."""
    known = _records(scenario.given)
    for step in scenario.steps:
        if step.verb == "fact" and "history" in step.fields:
            later = _records(step.fields)
            if any(record not in later for record in known):
                return True
            known = later
    return False


def _records(facts: Mapping[str, object]) -> tuple[object, ...]:
    found = facts.get("history", ())
    return tuple(found) if isinstance(found, Sequence) else ()


def amounts(flows: Mapping[str, Flow], scale: int) -> dict[str, int]:
    """How many lines each flow gets on generated lists."""
    return {name: VOLUMES.get(name, OTHERS) * scale for name in sorted(flows)}


def stories(flow: Flow, amount: int, rng: random.Random, played: set[str]) -> list[Scenario]:
    """A story for each of `amount` nominations: mostly the main one; here and there another, those not yet
    `played` anywhere first, so that a season shows them all."""
    main, *side = playable(flow)
    chosen = [main] * amount
    side.sort(key=lambda each: each.title in played)
    slots = range(min(2, amount - 1), amount, SIDE_STORY_EVERY)
    for each, slot in zip(side, slots, strict=False):
        chosen[slot] = each
        played.add(each.title)
    rng.shuffle(chosen)
    return chosen


def is_left_open(flow: Flow, scenario: Scenario) -> bool:
    """Whether a story stops where its unit may still take the dossier back: at a desk it would lie there for ever."""
    last = _last_state(flow, scenario)
    decided = any(
        field.type == "decision"
        for step in scenario.steps
        if step.verb == "do" and step.refused is None and step.name in flow.transitions
        for field in flow.transitions[step.name].fields
    )
    return "withdraw" in flow.transitions and last in flow.transitions["withdraw"].sources and not decided


def tail(flow: Flow, scenario: Scenario) -> list[tuple[int, ScenarioStep]]:
    """The main story from where this one stops without an end; nothing where it ends, or may be taken back."""
    last = _last_state(flow, scenario)
    if flow.states[last].final is not None or is_left_open(flow, scenario):
        return []
    steps = [
        (number, step)
        for number, step in enumerate(main_story(flow).steps, start=1)
        if step.verb in ("do", "attach", "fact") and step.refused is None
    ]
    starts = [
        place
        for place, (_, step) in enumerate(steps)
        if step.verb == "do" and last in flow.transitions[step.name].sources
    ]
    if not starts:
        return []
    first = starts[0]
    while first and steps[first - 1][1].verb != "do":
        first -= 1
    return steps[first:]


def _last_state(flow: Flow, scenario: Scenario) -> str:
    return next((step.state for step in reversed(scenario.steps) if step.state), None) or flow.initial


def plain(flow: Flow) -> bool:
    """Whether a flow of the ministry asks nothing of earlier years: its story can be lived again a year later."""
    steps = {step.name for step in main_story(flow).steps}
    return (
        flow.level == "ministry"
        and flow.subject == "nominee"
        and {"submit", "receive"} <= steps
        and all(rule.effect != "block" or rule.rule == "duplicate" for rule in flow.across)
    )


def up_to(flow: Flow, transition: str) -> list[tuple[Scenario, int]]:
    """The first story of the flow in which this act is done, and how many acts that takes; none where there is none."""
    for scenario in flow.scenarios:
        acts = [step.name for step in scenario.steps if step.verb == "do" and step.refused is None]
        if transition in acts:
            return [(scenario, acts.index(transition) + 1)]
    return []


def first_day(scenario: Scenario) -> date:
    """The day the story begins."""
    days = [each.on for each in scenario.steps if each.on] + [
        d for d in (scenario.given.get("on"),) if isinstance(d, date)
    ]
    return min(days)


def last_day(scenario: Scenario) -> date:
    return max(each.on for each in scenario.steps if each.on)
