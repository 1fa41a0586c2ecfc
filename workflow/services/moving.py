"""Writing what was decided: rows moved, events, counts, deadlines. The caller owns the transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from definitions.calendar import WorkCalendar
from definitions.flow import DeadlineRule, Flow
from notifications.prepared import Prepared
from workflow.domain import deadlines, reminding
from workflow.domain.decision import DeadlineOpened, Decision
from workflow.domain.memory import Memory, plain, remember
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict
from workflow.services.requests import ActRequest
from workflow.storage import limits, nominations
from workflow.storage.nominations import Line
from workflow.storage.tables import CalendarVersion, Event, StateCount
from workflow.storage.writing import TableWriter

_DIALECTS: Mapping[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class LostRace(RuntimeError):
    """Somebody else moved one of these nominations between reading and writing. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line about to be written: what was decided, the memory after it, and the flow it goes on under.

    `data` is what its event keeps beyond the act.
    """

    line: Line
    decision: Decision
    memory: Memory
    flow: Flow
    flow_version_id: int
    decision_id: int | None
    data: Mapping[str, Any]

    @property
    def shown_state(self) -> str:
        """What the unit sees: the old state while any result is held back."""
        return self.line.shown_state if self.memory.get("holds") else self.decision.to_state


def move(verdict: Verdict, gathered: Gathered, *, decision_id: int | None, data: Mapping[str, Any]) -> Move:
    """The move of a line whose act was decided."""
    decision = verdict.outcome
    assert isinstance(decision, Decision)
    line = verdict.line
    actor = gathered.actor
    persons = (actor.person, *sorted(actor.selves - {actor.person}))
    return Move(
        line, decision, remember(line.memory, decision, persons), gathered.flow(line), line.flow_version_id,
        line.decision_id if decision_id is None else decision_id, data,
    )  # fmt: skip


def data_of(verdict: Verdict, gathered: Gathered, request: ActRequest, before: Mapping[str, str]) -> dict[str, Any]:
    """What the event keeps: the line's own fields, warnings passed with their reasons, whom the actor stood for, and
    what a correction replaced."""
    decision, actor = verdict.outcome, gathered.actor
    assert isinstance(decision, Decision)
    data: dict[str, Any] = {}
    if fields := request.line_fields.get(verdict.line.code):
        data["fields"] = plain(fields)
    if decision.warnings:
        data["warnings"] = [
            {"rule": each.rule, "code": each.code, "reason": request.overrides[each.rule]} for each in decision.warnings
        ]
    if principals := actor.selves - {actor.person}:
        data["stood_for"] = sorted(principals)
    if before:
        data["before"] = dict(before)
    return data or _NO_DATA


_NO_DATA: dict[str, Any] = {}
"""One for all events that keep nothing, so that it is encoded once. Never changed."""


def write(
    connection: Connection, desk: Desk, gathered: Gathered, moves: Sequence[Move], act_id: int, now: datetime
) -> None:
    """Rows, events, counts and deadlines of all moves. Raises `LostRace` when a row had another version."""
    written = nominations.advance(connection, [_row(each, now) for each in moves])
    if written != len(moves):
        raise LostRace(f"{len(moves) - written} of {len(moves)} rows had changed")
    _events(connection, moves, act_id, now)
    _counts(connection, moves)
    _deadlines(connection, desk, moves, now)


def _row(each: Move, now: datetime) -> tuple[Any, ...]:
    line, decision = each.line, each.decision
    moved = decision.to_state != decision.from_state
    return (
        decision.to_state,
        each.shown_state,
        line.state if moved else line.previous_state,
        line.version + 1,
        line.pinned or decision.pins,
        decision.occurred_on if moved else line.entered_on,
        now,
        decision.moments.get("complete") or _complete_on(line),
        decision.outcome,
        now if decision.archives else None if decision.unarchives else line.archived_at,
        each.decision_id,
        each.memory,
        each.flow.id,
        each.flow_version_id,
        each.flow.award,
        each.flow.kind,
        line.id,
        line.version,
    )


def _complete_on(line: Line) -> date | None:
    day = line.memory.get("moments", {}).get("complete")
    return date.fromisoformat(day) if day else None


_EVENT = (
    "nomination_id", "version", "act_id", "transition", "branch", "from_state", "to_state", "flow_version_id",
    "occurred_on", "recorded_at", "data",
)  # fmt: skip


def _events(connection: Connection, moves: Sequence[Move], act_id: int, now: datetime) -> None:
    rows = [
        (
            each.line.id, each.line.version + 1, act_id, each.decision.transition, each.decision.branch,
            each.decision.from_state, each.decision.to_state, each.line.flow_version_id, each.decision.occurred_on,
            now, _data(each),
        )
        for each in moves
    ]  # fmt: skip
    TableWriter(Event.__table__, _EVENT, connection.dialect).insert(connection, rows)  # type: ignore[attr-defined]


def _data(each: Move) -> Mapping[str, Any]:
    """With the flow version it goes on under, where that is another one: a pin, a change of award."""
    if each.flow_version_id == each.line.flow_version_id:
        return each.data
    return {**each.data, "flow_version": each.flow_version_id}


def _counts(connection: Connection, moves: Sequence[Move]) -> None:
    change: Counter[tuple[int, str, str]] = Counter()
    for each in moves:
        change[each.line.round_id, each.line.flow_id, each.decision.from_state] -= 1
        change[each.line.round_id, each.flow.id, each.decision.to_state] += 1
    count(connection, change)


def count(connection: Connection, change: Counter[tuple[int, str, str]]) -> None:
    """Add to the counts per (round, flow, state)."""
    rows = [
        {"round_id": round_id, "flow_id": flow_id, "state": state, "amount": amount}
        for (round_id, flow_id, state), amount in sorted(change.items())
        if amount
    ]
    if not rows:
        return
    _add_to_count(connection.dialect.name).run(connection, *rows)


@cache
def _add_to_count(dialect_name: str) -> Prepared:
    statement = _DIALECTS[dialect_name](StateCount)
    added = StateCount.__table__.c.amount + statement.excluded.amount  # type: ignore[attr-defined]
    key = ["round_id", "flow_id", "state"]
    return Prepared(statement.on_conflict_do_update(index_elements=key, set_={"amount": added}))


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────


def _deadlines(connection: Connection, desk: Desk, moves: Sequence[Move], now: datetime) -> None:
    closing: dict[tuple[date, str], list[tuple[int, str]]] = {}
    for each in moves:
        for name in each.decision.deadlines_closed:
            closing.setdefault((each.decision.occurred_on, each.decision.transition), []).append((each.line.id, name))
    for (on, cause), rows in closing.items():
        limits.close(connection, rows, on, cause)
    opening = _Opening(desk, now)
    rows_opened = [row for each in moves for row in opening.rows(each)]
    if rows_opened:
        remember_calendar(connection, desk, now)
    limits.open_(connection, rows_opened)
    _clocks(connection, desk, moves, now)


def begin_limits(
    connection: Connection, desk: Desk, made: Iterable[tuple[int, Flow, DeadlineOpened]], now: datetime
) -> None:
    """The first run of the limits with which new nominations begin, by nomination id."""
    opening = _Opening(desk, now)
    rows = [opening.row(id_, flow, opened, 1) for id_, flow, opened in made]
    if rows:
        remember_calendar(connection, desk, now)
    limits.open_(connection, rows)


class _Opening:
    """Makes deadline rows; the same rule and day are worked out once for the whole act."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self._desk = desk
        self._now = now
        self._made: dict[Any, tuple[str, str, datetime | None]] = {}

    def rows(self, each: Move) -> list[tuple[Any, ...]]:
        runs = each.memory.get("runs", {})
        opened = each.decision.deadlines_opened
        return [self.row(each.line.id, each.flow, limit, runs[limit.name]) for limit in opened]

    def row(self, nomination_id: int, flow: Flow, opened: DeadlineOpened, run: int) -> tuple[Any, ...]:
        rule, derivation, next_at = self._work_out(flow, opened)
        return nomination_id, opened.name, run, rule, derivation, opened.start_on, opened.due_on, next_at

    def _work_out(self, flow: Flow, opened: DeadlineOpened) -> tuple[str, str, datetime | None]:
        rule, due_on = opened.rule, opened.due_on
        key = (flow.id, rule.name, opened.start_on, due_on, opened.given)
        found = self._made.get(key)
        if found is None:
            calendar = self._desk.calendar
            found = self._made[key] = (
                reminding.pack(rule, owner_of(flow, rule)),
                _derivation(rule, opened.start_on, calendar, opened.given),
                reminding.next_reminder(rule.remind, rule.escalate, due_on, calendar, self._now),
            )
        return found


@lru_cache(maxsize=1024)
def _derivation(rule: DeadlineRule, start_on: date, calendar: WorkCalendar, given: date | None) -> str:
    return deadlines.derivation(rule, start_on, calendar, given=given)


def owner_of(flow: Flow, rule: DeadlineRule) -> str:
    """Whose turn it is for a deadline: the owner of its state, or the first role that works its task."""
    kind, _, name = rule.name.partition(".")
    if kind == "state" and name in flow.states:
        return flow.states[name].owner or ""
    if kind == "task" and name in flow.tasks:
        return flow.tasks[name].by[0]
    return ""


def remember_calendar(connection: Connection, desk: Desk, now: datetime) -> None:
    """Keep the calendar that due days were computed with, so that `explain` can read it again."""
    calendar = desk.calendar
    # Its text is long and almost always there already.
    if _KNOWN_CALENDAR.first(connection, sha256=calendar.sha256) is None:
        row = {"sha256": calendar.sha256, "text": calendar.text, "first_used_at": now}
        connection.execute(_keep_calendar(connection.dialect.name), row)


_KNOWN_CALENDAR = Prepared(
    select(col(CalendarVersion.sha256)).where(col(CalendarVersion.sha256) == bindparam("sha256"))
)


@cache
def _keep_calendar(dialect_name: str) -> Any:
    return _DIALECTS[dialect_name](CalendarVersion).on_conflict_do_nothing(index_elements=["sha256"])


def _clocks(connection: Connection, desk: Desk, moves: Sequence[Move], now: datetime) -> None:
    """Stop and resume the clocks that the decisions name; rare, so row by row."""
    asked = [each for each in moves if each.decision.clocks_stopped or each.decision.clocks_resumed]
    if not asked:
        return
    remember_calendar(connection, desk, now)
    by_id = {each.line.id: each for each in asked}
    for limit in limits.open_of(connection, by_id):
        decision = by_id[limit.nomination_id].decision
        if limit.name in decision.clocks_stopped and limit.stopped_on is None:
            limits.change(connection, limit, stopped_on=decision.occurred_on, next_reminder_at=None)
        elif limit.name in decision.clocks_resumed and limit.stopped_on is not None:
            _resume(connection, desk, limit, decision.occurred_on, now)


def _resume(connection: Connection, desk: Desk, limit: limits.OpenLimit, on: date, now: datetime) -> None:
    assert limit.stopped_on is not None
    due_on, derivation = deadlines.resumed(limit.derivation, limit.due_on, limit.stopped_on, on, desk.calendar)
    packed = reminding.unpack(limit.rule)
    next_at = reminding.next_reminder(packed.remind, packed.escalate, due_on, desk.calendar, now) if due_on else None
    limits.change(connection, limit, stopped_on=None, due_on=due_on, derivation=derivation, next_reminder_at=next_at)
