"""Requirements on work that runs beside the state: is it done, has it lasted long enough."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from definitions.flow import Requirement, Task
from workflow.domain.facts import TaskFacts
from workflow.domain.reasons import Reason
from workflow.domain.requirement_view import NONE, Reasons, RequirementView


def tasks_done(requirement: Requirement, view: RequirementView) -> Reasons:
    asked = requirement.names or tuple(view.flow.tasks)
    found = (_task_open(view.flow.tasks[name], name in requirement.names, view) for name in asked)
    return tuple(reason for reason in found if reason is not None)


def _task_open(task: Task, named: bool, view: RequirementView) -> Reason | None:
    """A task that must be done is opened and every body has answered; any other task only holds up while open.

    Where silence does not block, a body that let its time pass no longer holds anybody up.
    """
    rows = [each for each in view.facts.tasks if each.task == task.id]
    waiting = [each for each in rows if each.closed_on is None and not _may_be_silent(task, each, view.occurred_on)]
    if not waiting and (rows or not (named or task.required)):
        return None
    bodies = tuple(each.body for each in waiting if each.body)
    params: dict[str, Any] = {"task": task.id, "opened": bool(rows), "bodies": bodies, "waiting": bodies or ("–",)}
    return Reason("tasks_open", params, task.by, _silence_ends(task, waiting))


def _may_be_silent(task: Task, row: TaskFacts, on: date) -> bool:
    return task.silence == "does_not_block" and row.due_on is not None and on > row.due_on


def _silence_ends(task: Task, waiting: list[TaskFacts]) -> date | None:
    """The first day on which silence alone settles the task, when it can."""
    dues = [each.due_on for each in waiting if each.due_on is not None]
    if task.silence == "blocks" or not dues or len(dues) < len(waiting):
        return None
    return max(dues) + timedelta(days=1)


def task_lasted(requirement: Requirement, view: RequirementView) -> Reasons:
    task = view.flow.tasks[requirement.names[0]]
    body = view.fields.get("body")
    rows = [each for each in view.facts.tasks if each.task == task.id and body in (None, "", each.body)]
    still_open = [each for each in rows if each.closed_on is None]
    if not rows:
        return (Reason("task_not_open", {"task": task.id}, task.by),)
    early = [
        until
        for row in still_open or rows
        if task.lasts is not None
        and (row.closed_on or view.occurred_on) < (until := view.calendar.add(row.opened_on, task.lasts))
    ]
    if not early:
        return NONE
    from_on = max(early) if still_open else None  # what was closed too early stays too short
    return (Reason("task_too_short", {"task": task.id}, from_on=from_on),)
