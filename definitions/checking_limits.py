"""Can every deadline start, be due and end? Lengths, ladders, start moments, ends.

A deadline only reminds; whether it should be there at all is for the people who write the flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from definitions.checking_look import Look, unknown
from definitions.checking_ways import reached, ways
from definitions.flow import DeadlineRule, Task, Transition
from definitions.merging import value_at
from definitions.nearest import named
from definitions.problems import Issue, Path

# A generous count of working days in one of each unit: a ladder that is longer than this is surely too long.
_WORKING_DAYS = {"working_days": 1, "calendar_days": 1, "months": 23, "years": 262}
_NO_LEAP_YEAR = 2027


def issues(look: Look) -> Iterator[Issue]:
    """What keeps a deadline from working."""
    for path, rule in look.deadlines:
        yield from _start(look, path, rule)
        yield from _due(look, path, rule)
        yield from _ladder(look, path, rule)
        yield from _end(look, path, rule)
    for name, task in look.flow.tasks.items():
        yield from _task(look, ("task", name), task)


def _start(look: Look, path: Path, rule: DeadlineRule) -> Iterator[Issue]:
    if path[0] == "deadline":
        known = (*look.moments, *look.words.dates, *look.flow.transitions)
        yield from unknown((*path, "from"), "unknown_start", [rule.start], known)
    elif rule.start != "entered":
        yield from unknown((*path, "from"), "unknown_moment", [rule.start], (*look.moments, "entered"))


def _due(look: Look, path: Path, rule: DeadlineRule) -> Iterator[Issue]:
    if rule.fixed and not _is_a_day(rule.fixed.month, rule.fixed.day):
        yield Issue((*path, "fixed"), "no_such_day", {"day": rule.fixed.day, "month": rule.fixed.month})
    where, _, name = (rule.on or "").partition(".")
    if where == "fact":
        yield from unknown((*path, "on"), "unknown_fact", [name], look.words.dates)
    elif where == "act":
        yield from _brought(look, path, rule, name)


def _is_a_day(month: int, day: int) -> bool:
    try:
        date(_NO_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def _brought(look: Look, path: Path, rule: DeadlineRule, name: str) -> Iterator[Issue]:
    """Each act that starts the deadline must bring the day it is due."""
    for transition in _starters(look, path, rule):
        dates = [field.name for field in transition.fields if field.type == "date"]
        if name not in dates:
            yield Issue((*path, "on"), "date_not_brought", {**named(name, dates), "transition": transition.id})


def _starters(look: Look, path: Path, rule: DeadlineRule) -> Iterator[Transition]:
    """Acts that mark the start moment; of a state's deadline those that enter it, except the way back into it."""
    if rule.start != "entered":
        # A day that the dossier brings with it starts counting when the file is complete.
        start = "complete" if rule.start in look.words.dates else rule.start
        yield from (each for each in look.flow.transitions.values() if start in (*each.marks, each.id))
    elif path[0] == "state":
        entering = (each for each, _, branch in look.branches() if branch.to == path[1])
        yield from {each.id: each for each in entering}.values()


def _ladder(look: Look, path: Path, rule: DeadlineRule) -> Iterator[Issue]:
    if rule.within is None:
        return
    length = rule.within.amount * _WORKING_DAYS[rule.within.unit]
    raw = value_at(look.data, (*path, "remind", "before")) or []
    for index, days in enumerate(raw):
        if days > length:
            params = {"days": days, "amount": rule.within.amount, "unit": rule.within.unit}
            yield Issue((*path, "remind", "before", index), "reminder_before_start", params)


def _end(look: Look, path: Path, rule: DeadlineRule) -> Iterator[Issue]:
    """After the start, something that ends the deadline must still be able to happen."""
    if path[0] != "deadline" or any(_goal_is_unknown(look, goal) for goal in rule.until):
        return
    starters = list(_starters(look, path, rule))
    after = reached(_left_in(look, starters), ways(look))
    if starters and not any(_can_happen(look, goal, after) for goal in rule.until):
        yield Issue((*path, "until"), "until_never", {"name": ", ".join(rule.until), "start": rule.start})


def _goal_is_unknown(look: Look, goal: str) -> bool:
    return goal.removeprefix("state.") not in (look.flow.states if goal.startswith("state.") else look.flow.transitions)


def _left_in(look: Look, starters: Iterable[Transition]) -> Iterator[str]:
    """The states in which these acts leave a dossier."""
    along = ways(look)
    for transition in starters:
        for branch in transition.branches:
            for source in transition.sources:
                if branch.to == "same":
                    yield source
                elif branch.to == "previous":
                    yield from along.get(source, ())
                else:
                    yield branch.to


def _can_happen(look: Look, goal: str, after: frozenset[str]) -> bool:
    if goal.startswith("state."):
        return goal.removeprefix("state.") in after
    return any(source in after for source in look.flow.transitions[goal].sources)


def _task(look: Look, path: Path, task: Task) -> Iterator[Issue]:
    for key in ("remind", "escalate", "to"):
        if task.within is None and value_at(look.data, (*path, key)) is not None:
            yield Issue((*path, key), "remind_without_limit", {"name": task.id, "key": key}, key=True)
    if task.within and task.lasts and task.within.unit == task.lasts.unit and task.within.amount < task.lasts.amount:
        yield Issue(
            (*path, "within"),
            "task_due_too_soon",
            {"name": task.id, "amount": task.lasts.amount, "unit": task.lasts.unit},
        )
