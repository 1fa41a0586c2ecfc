"""Every published flow at once, as lists and counts need it: words of states, whose turn, which states go on.

States of one id may differ from version to version; what is asked of them is asked of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from definitions.flow import Flow, Language, State
from workflow.services.desk import Desk
from workflow.storage import flows
from workflow.storage.flows import FlowCache, Published
from workflow.storage.listing import StateSet

UNIT_ROLES = frozenset({"unit_officer", "unit_head", "unit_council"})


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Published versions, newest first within their flow, and their flows by version id."""

    versions: tuple[Published, ...]
    flows: Mapping[int, Flow]
    newest: Mapping[str, Flow] = field(init=False)
    order: tuple[str, ...] = field(init=False)
    rank: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        newest: dict[str, Flow] = {}
        for each in self.versions:
            newest.setdefault(each.flow_id, self.flows[each.id])
        order = _merged([_road(flow) for flow in self.flows.values()])
        object.__setattr__(self, "newest", newest)
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "rank", {state: place for place, state in enumerate(order)})

    # ── one dossier ──

    def state(self, version: int, state: str) -> State | None:
        flow = self.flows.get(version)
        return flow.states.get(state) if flow else None

    def shown(self, version: int, shown: str, state: str) -> State | None:
        """What a unit is told of it; a change of award may leave a state behind that the flow does not know."""
        return self.state(version, shown) or self.state(version, state)

    def owner(self, version: int, state: str) -> str | None:
        found = self.state(version, state)
        return found.owner if found else None

    # ── all of them ──

    def states_where(self, holds: Callable[[State], bool]) -> StateSet:
        """States for which this holds: whole where it does in every version that has the state."""
        having: dict[str, list[int]] = {}
        true: dict[str, list[int]] = {}
        for version, flow in self.flows.items():
            for id_, state in flow.states.items():
                having.setdefault(id_, []).append(version)
                if holds(state):
                    true.setdefault(id_, []).append(version)
        whole = tuple(id_ for id_ in self.order if id_ in true and len(true[id_]) == len(having[id_]))
        some = tuple((version, id_) for id_ in true if id_ not in whole for version in true[id_])
        return StateSet(whole, some)

    def open_states(self) -> StateSet:
        """Where a dossier still goes on."""
        return self.states_where(lambda state: state.final is None)

    def owned_by(self, roles: Iterable[str]) -> StateSet:
        """Where it is the turn of one of these roles."""
        wanted = frozenset(roles)
        return self.states_where(lambda state: state.final is None and state.owner in wanted)

    def labels(self, language: Language) -> dict[str, str]:
        """How the desk calls each state, in their order; the newest version of the first flow that has it decides."""
        found: dict[str, str] = {}
        for flow in self.newest.values():
            for id_, state in flow.states.items():
                found.setdefault(id_, state.label.in_(language))
        for flow in self.flows.values():
            for id_, state in flow.states.items():
                found.setdefault(id_, state.label.in_(language))
        return {id_: found[id_] for id_ in self.order}

    def unit_labels(self, language: Language) -> list[str]:
        """The words for units, each once, in the order of states."""
        words: dict[str, None] = {}
        for id_ in self.order:
            for flow in self.newest.values():
                if id_ in flow.states:
                    words[flow.states[id_].unit.in_(language)] = None
        return list(words)

    def owners(self) -> tuple[str, ...]:
        """Roles that have a turn somewhere, in the order of the states."""
        found: dict[str, None] = {}
        for id_ in self.order:
            for flow in self.newest.values():
                owner = flow.states[id_].owner if id_ in flow.states else None
                if owner and flow.states[id_].final is None:
                    found[owner] = None
        return tuple(found)

    def awards(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.award for each in self.newest.values()))

    def flows_of_award(self, award: str) -> tuple[str, ...]:
        """Flows of which every version leads to this award."""
        return tuple(
            id_ for id_ in self.newest if {each.award for each in self.versions if each.flow_id == id_} == {award}
        )

    @property
    def unit_limits(self) -> StateSet:
        """States whose deadlines are the unit's own: those in which it is the unit's turn."""
        return self.owned_by(UNIT_ROLES)


_KEPT: WeakKeyDictionary[FlowCache, tuple[tuple[int, ...], Book]] = WeakKeyDictionary()


def book(desk: Desk, connection: Connection) -> Book:
    """The flows as published now; one query, and nothing else when none was published since."""
    versions = tuple(flows.versions(connection))
    ids = tuple(each.id for each in versions)
    known = _KEPT.get(desk.flows)
    if known is not None and known[0] == ids:
        return known[1]
    made = Book(versions, {id_: compiled.flow for id_, compiled in desk.flows.get_all(connection, ids).items()})
    _KEPT[desk.flows] = (ids, made)
    return made


_ENDS = {None: 0, "positive": 1, "neutral": 2, "negative": 3}


def _road(flow: Flow) -> tuple[str, ...]:
    """States as a dossier meets them on the shortest way, ends after all others, what is entered from anywhere last."""
    steps: dict[str, list[str]] = {}
    entered: dict[str, set[str]] = {}
    for transition in flow.transitions.values():
        if transition.exceptional:
            continue
        for source in transition.sources:
            targets = [branch.to for branch in transition.branches if branch.to in flow.states]
            steps.setdefault(source, []).extend(targets)
            for target in targets:
                entered.setdefault(target, set()).add(source)
    far = {flow.initial: 0}
    waiting = [flow.initial]
    for state in waiting:
        for target in steps.get(state, ()):
            if target not in far:
                far[target] = far[state] + 1
                waiting.append(target)
    going_on = sum(state.final is None for state in flow.states.values())
    place = {id_: number for number, id_ in enumerate(flow.states)}

    def key(id_: str) -> tuple[int, bool, int, int]:
        anywhere = 2 * len(entered.get(id_, ())) > going_on
        return _ENDS[flow.states[id_].final], anywhere, far.get(id_, len(place)), place[id_]

    return tuple(sorted(flow.states, key=key))


def _merged(orders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """One order of states out of many: by where a state stands on the average, as a share of the way."""
    places: dict[str, list[float]] = {}
    for order in orders:
        for place, id_ in enumerate(order):
            places.setdefault(id_, []).append(place / max(1, len(order) - 1))
    return tuple(sorted(places, key=lambda id_: (sum(places[id_]) / len(places[id_]), id_)))
