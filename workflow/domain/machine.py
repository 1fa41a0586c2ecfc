"""The one door to `transitions`: a flow as a compiled machine, and the table read out of it.

The library gets Python callables only, never a string out of a file (it imports and calls dotted
names). What it accepts in silence, `definitions.checking` has refused before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from transitions import EventData, Machine, MachineError

from definitions.flow import Branch, Flow


class _Walker:
    """Carries one row's state through the shared machine and remembers which branch was taken."""

    __slots__ = ("open", "previous", "state", "taken")

    def __init__(self, state: str, previous: str | None, open_: tuple[bool, ...]) -> None:
        self.state = state
        self.previous = previous
        self.open = open_
        self.taken = -1


def _condition(index: int, previous: str | None) -> Callable[[EventData], bool]:
    """Branch `index` is open; for a way back, the state to go back to is `previous`."""

    def holds(event: EventData) -> bool:
        walker: Any = event.model
        if not walker.open[index] or (previous is not None and walker.previous != previous):
            return False
        walker.taken = index
        return True

    return holds


Table = Mapping[tuple[str, str], tuple[Branch, ...]]


class CompiledFlow:
    """One published flow version, compiled once and shared. Holds no dossier.

    `kept` is for what others work out of the flow alone, so that nobody works it out for every dossier.
    """

    __slots__ = ("flow", "kept", "machine", "table")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.machine = _machine(flow)
        self.table = _table(self.machine, flow)
        self.kept: dict[Any, Any] = {}

    def fire(
        self, transition: str, state: str, previous: str | None, open_: tuple[bool, ...]
    ) -> tuple[int, str] | None:
        """The branch taken and the state reached, by the machine itself.

        `open_` says for each branch whether its requirements hold. None when no way is open.
        Raises `MachineError` when the transition does not start in `state`.
        """
        walker = _Walker(state, previous, open_)
        event = self.machine.events.get(transition)
        if event is None or state not in self.machine.states:
            raise MachineError(f"{transition!r} does not start in {state!r}")
        return (walker.taken, walker.state) if event.trigger(walker) else None

    def step(
        self, transition: str, state: str, previous: str | None, open_: tuple[bool, ...]
    ) -> tuple[int, str] | None:
        """The same answer out of the table, for acts on thousands; one suite holds the two together."""
        branches = self.table.get((transition, state))
        if branches is None:
            raise MachineError(f"{transition!r} does not start in {state!r}")
        for index, branch in enumerate(branches):
            if open_[index]:
                reached = _reached(branch.to, state, previous)
                if reached in self.flow.states:
                    return index, reached
        return None


def _reached(to: str, state: str, previous: str | None) -> str:
    """The state a branch leads to; "" for a way back from where nobody came."""
    return {"same": state, "previous": previous or ""}.get(to, to)


def _machine(flow: Flow) -> Machine:
    machine = Machine(
        model=None,
        states=list(flow.states),
        initial=flow.initial,
        auto_transitions=False,
        send_event=True,
        ignore_invalid_triggers=False,
    )
    for transition in flow.transitions.values():
        for source in transition.sources:
            for index, branch in enumerate(transition.branches):
                _add(machine, flow, transition.id, source, index, branch)
    return machine


def _add(machine: Machine, flow: Flow, trigger: str, source: str, index: int, branch: Branch) -> None:
    if branch.to == "previous":
        for state in flow.states:
            machine.add_transition(trigger, source, state, conditions=[_condition(index, state)])
        return
    target = source if branch.to == "same" else branch.to
    machine.add_transition(trigger, source, target, conditions=[_condition(index, None)])


def _table(machine: Machine, flow: Flow) -> Table:
    """Which transitions start where is read from the machine; the branches are the flow's own values."""
    return {
        (trigger, source): flow.transitions[trigger].branches
        for trigger, event in machine.events.items()
        for source in event.transitions
    }
