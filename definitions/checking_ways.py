"""Can every dossier get to an end, and only by ways that a person can take? The graph of states and its owners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from definitions.checking_look import Look
from definitions.flow import Transition
from definitions.merging import value_at
from definitions.problems import Issue, Path

Ways = Mapping[str, frozenset[str]]


def issues(look: Look) -> Iterator[Issue]:
    """States nobody can reach or leave, ways that are ambiguous, states without a turn."""
    yield from _reach(look)
    yield from _owners(look)
    for transition in look.flow.transitions.values():
        yield from _sources(look, transition)
        yield from _branches(look, transition)
        yield from _actors(transition)
    initial = look.flow.states.get(look.flow.initial)
    if initial and initial.final:
        yield Issue(("initial",), "initial_is_final", {"name": look.flow.initial})


def ways(look: Look) -> Ways:
    """State → the states one act further. A misspelt state counts as the one that was meant."""
    found: dict[str, set[str]] = {name: set() for name in look.flow.states}
    backwards: list[str] = []
    for transition, _, branch in look.branches():
        for source in filter(None, map(look.state, transition.sources)):
            if branch.to == "previous":
                backwards.append(source)
            elif branch.to != "same":
                found[source] |= {look.state(branch.to) or source}
    for source in backwards:  # one goes back to where one came from
        found[source] |= {name for name, nexts in found.items() if source in nexts}
    return {name: frozenset(nexts) for name, nexts in found.items()}


def reached(start: Iterable[str], along: Ways) -> frozenset[str]:
    """The states that can be reached from these, themselves included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += along.get(name, ())
    return frozenset(seen)


def _reach(look: Look) -> Iterator[Issue]:
    states, along = look.flow.states, ways(look)
    initial = look.state(look.flow.initial)
    can_come = reached([initial], along) if initial else frozenset(states)
    dead = {name for name, state in states.items() if state.final is None and not along[name] - {name}}
    ends = dead | {name for name, state in states.items() if state.final}
    circling: set[str] = set()
    for name in states:
        if name not in can_come:
            yield Issue(("state", name), "unreachable_state", {"name": name}, key=True)
        elif name in dead:
            yield Issue(("state", name), "dead_end", {"name": name}, key=True)
        elif name not in circling and not ends & reached([name], along):
            circling |= reached([name], along)
            yield Issue(("state", name), "no_way_to_an_end", {"name": name}, key=True)


def _owners(look: Look) -> Iterator[Issue]:
    """Whose turn it is must be able to do something. In a final state an owner is only who is reminded."""
    roles = set(look.words.roles)
    for name, state in look.flow.states.items():
        able = {role for each in look.flow.leaving(name) for role in each.by}
        if state.final:
            continue
        if state.owner is None:
            yield Issue(("state", name), "owner_missing", {"name": name}, key=True)
        elif able and state.owner not in able and able | {state.owner} <= roles:
            yield Issue(
                ("state", name, "owner"),
                "owner_powerless",
                {"name": state.owner, "state": name, "able": tuple(sorted(able))},
            )


def _sources(look: Look, transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id, "from")
    seen: set[str] = set()
    for index, name in enumerate(transition.sources):
        if name in seen:
            yield Issue((*at, index), "source_twice", {"name": name})
        seen.add(name)
    if not transition.sources:
        yield Issue(at, "no_source", {"name": transition.id})
    moves = any(branch.to != "same" for branch in transition.branches)
    for name in transition.sources:
        state = look.flow.states.get(name)
        if state and state.final and moves and not transition.exceptional:
            yield Issue(at, "exit_from_final", {"name": transition.id, "state": name}, word=name)


def _branches(look: Look, transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id, "branch")
    if value_at(look.data, at) is None:
        return
    *guarded, last = transition.branches
    for index, branch in enumerate(guarded):
        if not branch.require:
            yield Issue((*at, index), "branch_hides_rest", {"name": transition.id})
    if last.require:
        yield Issue((*at, len(guarded)), "last_branch_guarded", {"name": transition.id})


def _actors(transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id)
    if not transition.by:
        yield Issue((*at, "by"), "nobody_acts", {"name": transition.id})
    if transition.id in transition.not_by:
        yield Issue((*at, "not_by"), "not_by_itself", {"name": transition.id}, word=transition.id)
