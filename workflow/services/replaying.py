"""What the events say a dossier must be: told again from events, acts and flows, to hold a row against.

Shares no code with what it judges (`domain.memory`, `domain.decisions`). Decides nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from definitions.flow import Flow, Transition

NOTHING: Mapping[str, Any] = {
    "moments": {}, "visits": {}, "flags": [], "fields": {}, "tallies": {}, "holds": [], "proof": "none",
}  # fmt: skip
"""What a dossier's memory holds, by name, as long as nothing has happened to it."""
_COUNTS = ("members", "present", "yes", "no", "blank", "invalid", "written", "recused")
_TOLD = {"chair_agrees": None, "rank": None, "held_on": None, "minutes": ""}


class Impossible(ValueError):
    """An event that no flow allows, or that does not follow on the one before it."""


def told(
    line: Any, events: Iterable[Any], fields_of: Mapping[int, Mapping[str, Any]], flow_of: Callable[[int], Flow]
) -> dict[str, Any]:
    """The columns and memory of a dossier after its events, oldest first. Raises Impossible.

    `fields_of` gives what an act brought for all its lines, by act id.
    """
    events = list(events)
    version_id = events[0].flow_version_id if events else line.flow_version_id
    state = flow_of(version_id).initial
    now: dict[str, Any] = {
        "state": state,
        "shown_state": state,
        "previous_state": None,
        "version": 0,
        "outcome": None,
        "complete_on": None,
        "archived": False,
        "flow_version_id": version_id,
        **{name: _copy(value) for name, value in NOTHING.items()},
    }
    for event in events:
        if (event.version, event.from_state) != (now["version"] + 1, now["state"]):
            raise Impossible("order")
        if event.flow_version_id != now["flow_version_id"]:
            raise Impossible("flow")
        if event.transition == "repair":
            now |= {"state": event.to_state, "shown_state": event.to_state, "previous_state": None}
        else:
            _step(now, event, {**fields_of.get(event.act_id, {}), **event.data.get("fields", {})}, flow_of)
        now["version"] = event.version
        now["flow_version_id"] = event.data.get("flow_version", event.flow_version_id)
    now["complete_on"] = date.fromisoformat(now["moments"]["complete"]) if "complete" in now["moments"] else None
    return now


def _copy(value: Any) -> Any:
    return value if isinstance(value, str) else type(value)(value)


def _step(now: dict[str, Any], event: Any, fields: Mapping[str, Any], flow_of: Callable[[int], Flow]) -> None:
    flow = flow_of(event.flow_version_id)
    transition = flow.transitions.get(event.transition)
    if transition is None or event.from_state not in transition.sources or not _leads(transition, event, now):
        raise Impossible("transition")
    moved = event.to_state != event.from_state
    if moved:
        now["previous_state"] = event.from_state
        now["visits"][event.to_state] = now["visits"].get(event.to_state, 0) + 1
    came = [str(fields[name]) for name in transition.marks_on if fields.get(name)]
    now["moments"].update(dict.fromkeys(transition.marks, max(came, default=event.occurred_on.isoformat())))
    now["flags"] = sorted({*now["flags"], *transition.raises} - set(transition.lowers))
    now["holds"] = sorted({*now["holds"], *((transition.hold,) if transition.hold else ())} - set(transition.releases))
    now["fields"].update(fields)
    _vote(now, transition, fields)
    now["proof"] = {"send_proof": "sent", "confirm_proof": "confirmed"}.get(transition.effect or "", now["proof"])
    left_final = moved and flow.states[event.from_state].final is not None
    now["archived"] = transition.effect == "archive" or (now["archived"] and not left_final)
    _outcome(now, flow, event)
    now["state"] = event.to_state
    if not now["holds"]:
        now["shown_state"] = event.to_state


def _leads(transition: Transition, event: Any, now: Mapping[str, Any]) -> bool:
    if not 0 <= event.branch < len(transition.branches):
        return False
    to = transition.branches[event.branch].to
    return bool(event.to_state == {"same": event.from_state, "previous": now["previous_state"]}.get(to, to))


def _vote(now: dict[str, Any], transition: Transition, fields: Mapping[str, Any]) -> None:
    for body in transition.voids:
        now["tallies"].pop(body, None)
    if transition.vote:
        brought = next(fields[each.name] for each in transition.fields if each.type == "tally")
        given = {name: value for name, value in brought.items() if value is not None}
        now["tallies"][transition.vote] = {**dict.fromkeys(_COUNTS, 0), **_TOLD, **given}


def _outcome(now: dict[str, Any], flow: Flow, event: Any) -> None:
    """Written once; cleared by a way out of a final state."""
    # A change of award may have led to a state that only the other flow has.
    before, after = flow.states[event.from_state], flow.states[event.to_state]
    reopened = before.final is not None and after.final is None
    now["outcome"] = None if reopened else now["outcome"] or after.outcome
