"""The fold of a nomination's events: what later decisions must remember, as one plain mapping.

`remember` folds one decision in; `recall` gives the facts back. Replaying every event from an
empty memory gives the stored one, and a test and `khen db check` hold that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields as fields_of
from datetime import date
from typing import Any

from workflow.domain.decision import DeadlineOpened, Decision
from workflow.domain.facts import TallyFacts

Memory = dict[str, Any]
_TALLY_FIELDS = tuple(each.name for each in fields_of(TallyFacts))


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates as ISO text, tuples as lists, a tally as a mapping."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, TallyFacts):
        return {name: plain(getattr(value, name)) for name in _TALLY_FIELDS}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def remember(memory: Mapping[str, Any], decision: Decision, persons: tuple[str, ...]) -> Memory:
    """`memory` after `decision`, taken by `persons` (the actor first, then those he stood for)."""
    new: Memory = dict(memory)
    moved = decision.to_state != decision.from_state
    if decision.moments:
        new["moments"] = {**memory.get("moments", {}), **{k: v.isoformat() for k, v in decision.moments.items()}}
    if moved:
        visits = dict(memory.get("visits", {}))
        visits[decision.to_state] = visits.get(decision.to_state, 0) + 1
        new["visits"] = visits
    done = dict(memory.get("done_by", {}))
    done[decision.transition] = sorted({*done.get(decision.transition, ()), *persons})
    new["done_by"] = done
    if decision.raises or decision.lowers:
        new["flags"] = sorted({*memory.get("flags", ()), *decision.raises} - set(decision.lowers))
    if decision.fields:
        new["fields"] = {**memory.get("fields", {}), **{k: plain(v) for k, v in decision.fields.items()}}
    if decision.voids or decision.tally:
        new["tallies"] = _tallies(memory.get("tallies", {}), decision)
    if decision.hold or decision.releases:
        new["holds"] = sorted(
            ({*memory.get("holds", ())} | ({decision.hold} if decision.hold else set())) - set(decision.releases)
        )
    if decision.proof:
        new["proof"] = decision.proof
    return counted(new, decision.deadlines_opened) if decision.deadlines_opened else new


def counted(memory: Memory, opened: Iterable[DeadlineOpened]) -> Memory:
    """`memory` with one run more of each of these limits."""
    runs = dict(memory.get("runs", {}))
    for each in opened:
        runs[each.name] = runs.get(each.name, 0) + 1
    return {**memory, "runs": runs}


def _tallies(before: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    kept = {body: tally for body, tally in before.items() if body not in decision.voids}
    if decision.tally:
        body, tally = decision.tally
        kept[body] = plain(tally)
    return kept


def recall(memory: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `NominationFacts` that come from memory."""
    return {
        "moments": {name: date.fromisoformat(day) for name, day in memory.get("moments", {}).items()},
        "visits": memory.get("visits", {}),
        "done_by": {name: tuple(persons) for name, persons in memory.get("done_by", {}).items()},
        "flags": frozenset(memory.get("flags", ())),
        "fields": memory.get("fields", {}),
        "tallies": _Tallies(memory["tallies"]) if "tallies" in memory else {},
        "proof": memory.get("proof", "none"),
        "holds": frozenset(memory.get("holds", ())),
    }


class _Tallies(Mapping[str, TallyFacts]):
    """Tallies as they are stored, made into facts when somebody looks: most acts never do."""

    __slots__ = ("_stored",)

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._stored = stored

    def __getitem__(self, body: str) -> TallyFacts:
        return _tally(self._stored[body])

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __repr__(self) -> str:
        return repr(dict(self))


def _tally(stored: Mapping[str, Any]) -> TallyFacts:
    held_on = stored.get("held_on")
    return TallyFacts(**{**stored, "held_on": date.fromisoformat(held_on) if held_on else None})
