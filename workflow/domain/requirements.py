"""What must hold before a transition: each kind of requirement, and every reason why one does not hold.

Pure, and a closed set: a flow file can say nothing else. Rules that look at other dossiers are in
`across`, the arithmetic of votes in `votes`, rules written in Python in `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Protocol

from definitions.flow import Document, Flow, Requirement, RequirementKind, Span, Task
from workflow.domain import votes
from workflow.domain.facts import NominationFacts, TallyFacts, TaskFacts
from workflow.domain.reasons import Reason

Reasons = tuple[Reason, ...]
NONE: Reasons = ()
SECRETARIAT = ("secretariat",)


class Calendar(Protocol):
    """What requirements need of `definitions.calendar.WorkCalendar`.

    `add` gives the last day of a span; a last day off has moved to the next working day, as the
    Civil Code has it for every period (Art. 148.5), also for the age of an achievement.
    """

    def add(self, start: date, span: Span) -> date: ...


class NamedRule(Protocol):
    """A requirement written in Python; see `workflow.domain.rules`."""

    @property
    def needs(self) -> frozenset[str]: ...

    def __call__(self, view: RequirementView) -> Reasons: ...


@dataclass(frozen=True, slots=True)
class RequirementView:
    """All that a requirement can see.

    `fields` is what this act brings; those of earlier acts are in the facts. A tally that this
    act brings is already among `facts.tallies`. `occurred_on` is the legal day of the act.
    """

    flow: Flow
    facts: NominationFacts
    occurred_on: date
    fields: Mapping[str, Any]
    calendar: Calendar
    rules: Mapping[str, NamedRule] = field(default_factory=dict)


def unmet(requirement: Requirement, view: RequirementView) -> Reasons:
    """Every reason why the requirement does not hold; empty when it does.

    What is not known does not hold, and neither does its `not`. Such a reason has the parameter
    `known` = False.
    """
    found = _KINDS[requirement.kind](requirement, view)
    if found and requirement.label is not None:
        return tuple(replace(reason, label=requirement.label) for reason in found)
    return found


def needs(requirement: Requirement, rules: Mapping[str, NamedRule] | None = None) -> frozenset[str]:
    """Names of the fields of `NominationFacts` that must be filled before this requirement is asked.

    A named rule that is not installed needs nothing: it is unmet whatever the facts are.
    """
    found: set[str] = set()
    for each in requirement.walk():
        found.update(_NEEDS.get(each.kind, ()))
        if each.kind == "recent":
            found.add("achievement_to" if each.names[0] == "achievement_to" else "moments")
        elif each.kind == "rule" and rules and each.names[0] in rules:
            found |= rules[each.names[0]].needs
    return frozenset(found)


_NEEDS: Mapping[RequirementKind, tuple[str, ...]] = {
    "documents": ("documents",),
    "vote_passed": ("tallies",),
    "quorum": ("tallies",),
    "round": ("round",),
    "flag": ("flags",),
    "field": ("fields",),
    "tasks_done": ("tasks",),
    "task_lasted": ("tasks",),
    "proof": ("proof",),
    "moment": ("moments",),
    "subject": ("subject_state",),
}


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def _documents(requirement: Requirement, view: RequirementView) -> Reasons:
    on_file = view.facts.documents
    missing = [each for each in asked_documents(requirement, view) if each.code not in on_file]
    if not missing:
        return NONE
    menders = tuple(dict.fromkeys("unit_officer" if each.source == "unit" else each.source for each in missing))
    return (Reason("documents", {"missing": tuple(each.code for each in missing)}, menders),)


def asked_documents(requirement: Requirement, view: RequirementView) -> Iterator[Document]:
    """The lines of the checklist that a `documents` requirement asks of this nomination.

    `all`, `submission` and `nomination` ask what the checklist marks as required; a list of codes
    asks those. Lines for the other kind of nominee are never asked.
    """
    names, nominee = requirement.names, view.facts.nominee
    scope = names[0] if len(names) == 1 and names[0] in ("all", "submission", "nomination") else None
    for each in view.flow.documents.values():
        if nominee not in each.nominee:
            continue
        if each.code in names if scope is None else each.required and scope in ("all", each.per):
            yield each


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


def _vote_passed(requirement: Requirement, view: RequirementView) -> Reasons:
    body = requirement.names[0]
    tally = view.facts.tallies.get(body)
    faults = _no_result(body, tally, view)
    if tally is None or faults:
        return faults
    rule = view.flow.votes[body]
    counted = votes.result(rule, tally)
    if counted.passed:
        return NONE
    params = _figures(body, tally, counted)
    again = rule.revotes > 0 or counted.may_answer > 0
    menders = tuple(recorders(view.flow, body)) if again else ()
    return tuple(Reason(code, params, menders) for code in counted.reason_codes)


def _quorum(requirement: Requirement, view: RequirementView) -> Reasons:
    body = requirement.names[0]
    tally = view.facts.tallies.get(body)
    faults = _no_result(body, tally, view)
    if tally is None or faults:
        return faults
    counted = votes.result(view.flow.votes[body], tally)
    if counted.quorum_met:
        return NONE
    return (Reason("quorum", _figures(body, tally, counted), tuple(recorders(view.flow, body))),)


def _no_result(body: str, tally: TallyFacts | None, view: RequirementView) -> Reasons:
    """Why nothing can be said about this vote: not recorded, no rule to count by, or impossible counts."""
    rule = view.flow.votes.get(body)
    if rule is None or tally is None:
        return (Reason("vote_missing", {"body": body, "known": False}, tuple(recorders(view.flow, body))),)
    problems = votes.problems(rule, tally)
    menders = tuple(recorders(view.flow, body)) if problems else ()
    return tuple(
        Reason("tally_impossible", {"body": body, "problem": problem, "known": False}, menders) for problem in problems
    )


def _figures(body: str, tally: TallyFacts, counted: votes.VoteResult) -> dict[str, Any]:
    return {
        "body": body,
        "yes": counted.yes,
        "needed": counted.needed,
        "base": counted.base,
        "still_needed": counted.still_needed,
        "may_answer": counted.may_answer,
        "took_part": votes.took_part(tally),
        "members": tally.members,
        "quorum_needed": counted.quorum_needed or 0,
    }


def recorders(flow: Flow, body: str) -> Iterator[str]:
    """The roles that can record this body's vote."""
    return _roles(flow, lambda each: each.vote == body)


def _roles(flow: Flow, chosen: Callable[[Any], bool]) -> Iterator[str]:
    return iter(dict.fromkeys(role for each in flow.transitions.values() if chosen(each) for role in each.by))


# ── the round, flags, fields, moments ────────────────────────────────────────────────────────────


def _round(_: Requirement, view: RequirementView) -> Reasons:
    round_ = view.facts.round
    opens_on = round_.opens_on
    if round_.is_open and (opens_on is None or opens_on <= view.occurred_on):
        return NONE
    return (Reason("round_closed", {"round": round_.code}, SECRETARIAT, opens_on if round_.is_open else None),)


def _is_flagged(requirement: Requirement, view: RequirementView) -> bool:
    return requirement.names[0] in view.facts.flags


def _flag(requirement: Requirement, view: RequirementView) -> Reasons:
    if _is_flagged(requirement, view):
        return NONE
    name = requirement.names[0]
    return (Reason("flag", {"flag": name}, tuple(_roles(view.flow, lambda each: name in each.raises))),)


def _field(requirement: Requirement, view: RequirementView) -> Reasons:
    name, *wanted = requirement.names
    value = view.fields[name] if name in view.fields else view.facts.fields.get(name)
    if _given(value) if not wanted else _spelt(value) == wanted[0]:
        return NONE
    menders = tuple(_roles(view.flow, lambda each: any(brought.name == name for brought in each.fields)))
    return (Reason("field", {"field": name, "wanted": tuple(wanted)}, menders),)


def _given(value: object) -> bool:
    """Nought is something brought; an unticked box, an empty text and an empty list are not."""
    return value is not None and value is not False and value not in ("", (), [])


def _spelt(value: object) -> str:
    """A value as a flow file writes it after `is`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _moment(requirement: Requirement, view: RequirementView) -> Reasons:
    name = requirement.names[0]
    if name in view.facts.moments:
        return NONE
    return (Reason("moment", {"moment": name}, tuple(_roles(view.flow, lambda each: name in each.marks))),)


def _recent(requirement: Requirement, view: RequirementView) -> Reasons:
    name, span = requirement.names[0], requirement.span
    since = view.facts.achievement_to if name == "achievement_to" else view.facts.moments.get(name)
    if since is None or span is None:
        return (Reason("too_old", {"name": name, "since": "", "until": "", "known": False}, ("unit_officer",)),)
    until = view.calendar.add(since, span)
    if view.occurred_on <= until:
        return NONE
    return (Reason("too_old", {"name": name, "since": since.isoformat(), "until": until.isoformat()}),)


def _proof(requirement: Requirement, view: RequirementView) -> Reasons:
    wanted = requirement.names[0]
    if view.facts.proof == wanted:
        return NONE
    menders = tuple(_roles(view.flow, lambda each: each.effect == "confirm_proof"))
    return (Reason("proof", {"proof": view.facts.proof, "wanted": wanted}, menders),)


def _subject(requirement: Requirement, view: RequirementView) -> Reasons:
    wanted, state = requirement.names[0], view.facts.subject_state
    if state == wanted:
        return NONE
    params: dict[str, Any] = {"wanted": wanted, "state": state or ""}
    if state is None:
        params["known"] = False
    return (Reason("subject", params, SECRETARIAT),)


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────


def _tasks_done(requirement: Requirement, view: RequirementView) -> Reasons:
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


def _task_lasted(requirement: Requirement, view: RequirementView) -> Reasons:
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


# ── rules in Python, and words that join requirements ────────────────────────────────────────────


def _rule(requirement: Requirement, view: RequirementView) -> Reasons:
    name = requirement.names[0]
    rule = view.rules.get(name)
    if rule is None:
        return (Reason("rule", {"rule": name, "known": False}, ("admin",), rule=name),)
    return rule(view)


def _all(requirement: Requirement, view: RequirementView) -> Reasons:
    return tuple(reason for child in requirement.children for reason in unmet(child, view))


def _any(requirement: Requirement, view: RequirementView) -> Reasons:
    found: list[Reason] = []
    for child in requirement.children:
        reasons = unmet(child, view)
        if not reasons:
            return NONE
        found += reasons
    first_days = [reason.from_on for reason in found if reason.from_on is not None]
    params: dict[str, Any] = {"codes": tuple(dict.fromkeys(reason.code for reason in found))}
    if not _is_known(requirement, view):
        params["known"] = False
    menders = tuple(dict.fromkeys(role for reason in found for role in reason.menders))
    return (Reason("any", params, menders, min(first_days, default=None)),)


def _not(requirement: Requirement, view: RequirementView) -> Reasons:
    child = requirement.children[0]
    # By far the commonest `not`, in every act of thousands: no need to find out who could raise the flag.
    if child.kind == "flag" and not _is_flagged(child, view):
        return NONE
    met = not unmet(child, view)
    if not met and _is_known(child, view):
        return NONE
    params: dict[str, Any] = {"kind": child.kind, "names": child.names}
    if not met:
        params["known"] = False
    return (Reason("not", params, tuple(_undoers(child, view.flow))),)


def _undoers(child: Requirement, flow: Flow) -> Iterable[str]:
    """Who can make a requirement that holds hold no longer: known for flags and tasks in hand only."""
    if child.kind == "flag":
        return _roles(flow, lambda each: child.names[0] in each.lowers)
    return ()


def _is_known(requirement: Requirement, view: RequirementView) -> bool:
    """Whether a requirement that does not hold is known not to, rather than not known to.

    One alternative that may yet hold leaves `any` open; one that is known to fail settles `all`.
    """
    if requirement.kind in ("all", "any"):
        settled = (_is_known(child, view) for child in requirement.children if unmet(child, view))
        return any(settled) if requirement.kind == "all" else all(settled)
    return not any(reason.params.get("known") is False for reason in unmet(requirement, view))


_KINDS: Mapping[RequirementKind, Callable[[Requirement, RequirementView], Reasons]] = {
    "documents": _documents,
    "vote_passed": _vote_passed,
    "quorum": _quorum,
    "round": _round,
    "flag": _flag,
    "field": _field,
    "tasks_done": _tasks_done,
    "task_lasted": _task_lasted,
    "proof": _proof,
    "recent": _recent,
    "moment": _moment,
    "subject": _subject,
    "rule": _rule,
    "all": _all,
    "any": _any,
    "not": _not,
}
