"""Decide first, write later: flow, facts, command and actor in; a `Decision` or every reason out.

Pure. The same functions answer "may I", "why not", and "what will happen if I press".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from definitions.calendar import WorkCalendar
from definitions.flow import Branch, DeadlineRule, Field, Flow, Notice, Requirement, State, Transition
from workflow.domain import across, deadlines, votes
from workflow.domain.decision import Command, DeadlineOpened, Decision, NoticePlan, TaskChange
from workflow.domain.facts import Actor, Held, NominationFacts, TallyFacts
from workflow.domain.fields import missing_or_wrong
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Reason, Refused
from workflow.domain.requirement_plain import recorders
from workflow.domain.requirements import NamedRule, RequirementView, unmet

ANY_SCOPE = frozenset({"all", "council"})
SHORTEST_BACKDATING = 10
"""Characters of a reason that somebody can answer for."""


@dataclass(frozen=True, slots=True)
class Context:
    """The world around a decision: the calendar, today (local day) and how far back an act may be dated.

    `targets` are the flows that `change_award` may name, by id; `rules` the requirements written in Python.
    `due_cache` only saves work: the same rule, start and calendar give the same due day. So does `alike`:
    dossiers that go the same way on the same day share one decision.
    """

    calendar: WorkCalendar
    today: date
    backdating_days: int = 30
    targets: Mapping[str, CompiledFlow] = field(default_factory=dict)
    rules: Mapping[str, NamedRule] = field(default_factory=dict)
    due_cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    alike: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Option:
    """One transition of the flow for one actor: possible now when `reasons` is empty.

    `fields` is what the act must bring; `to_states` where it can lead.
    """

    transition: Transition
    reasons: tuple[Reason, ...]
    fields: tuple[Field, ...]
    to_states: tuple[str, ...]


def decide(
    compiled: CompiledFlow, facts: NominationFacts, command: Command, actor: Actor, context: Context
) -> Decision | Refused:
    """What follows when `actor` fires the command's transition, or every reason why he may not."""
    flow = compiled.flow
    transition = flow.transitions.get(command.transition)
    if transition is None:
        return Refused(command.transition, (Reason("unknown_transition", {"transition": command.transition}),))
    reasons = [*_who(flow, transition, facts, actor), *_when(facts, command, context)]
    if facts.state not in transition.sources:
        reasons.append(_wrong_state(flow, transition, facts))
        return Refused(transition.id, tuple(reasons))
    reasons += missing_or_wrong(transition, command.fields, facts, command.occurred_on)
    reasons += _marked_when(transition, facts, command, context)
    tally, faults = _tally(flow, transition, command.fields)
    reasons += faults
    seen = facts if tally is None else replace(facts, tallies={**facts.tallies, tally[0]: tally[1]})
    reasons += _effect_reasons(flow, transition, seen, command.fields, context)
    view = RequirementView(flow, seen, command.occurred_on, command.fields, context.calendar, context.rules)
    for requirement in transition.require:
        reasons += unmet(requirement, view)
    blocking, warnings, hints = across.crossing(flow, seen, transition.id, command.overrides, command.occurred_on)
    reasons += blocking
    taken, branch_reasons = _branch(compiled, transition, seen, view)
    if taken is None or reasons:
        return Refused(transition.id, _once(reasons + branch_reasons))
    return _decision(compiled, transition, taken, facts, command, context, tally, warnings, hints)


def _once(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Each reason once: a tally that cannot be true stands in the way of the act, of its quorum and of its branches."""
    found: list[Reason] = []
    for each in reasons:
        if each not in found:
            found.append(each)
    return tuple(found)


def options(compiled: CompiledFlow, facts: NominationFacts, actor: Actor, context: Context) -> tuple[Option, ...]:
    """Every transition of the flow, possible or not, with all reasons; what an act brings is not counted as missing."""
    return tuple(option(compiled, each, facts, actor, context) for each in compiled.flow.transitions.values())


def option(
    compiled: CompiledFlow, transition: Transition, facts: NominationFacts, actor: Actor, context: Context
) -> Option:
    """One transition, as `options` gives each."""
    flow = compiled.flow
    reasons = list(_who(flow, transition, facts, actor))
    if facts.state not in transition.sources:
        reasons.append(_wrong_state(flow, transition, facts))
    if transition.effect == "archive" and facts.archived:
        reasons.append(Reason("archived", {}))
    view = RequirementView(flow, facts, context.today, {}, context.calendar, context.rules)
    for requirement in transition.require:
        if not _is_brought(requirement, transition):
            reasons += unmet(requirement, view)
    blocking, _, _ = across.crossing(flow, facts, transition.id, {}, context.today)
    reasons += blocking
    if facts.state in transition.sources and not any(
        _is_brought(each, transition) for branch in transition.branches for each in branch.require
    ):
        reasons += _branch(compiled, transition, facts, view)[1]
    to_states = tuple(
        (facts.previous_state or "previous") if each.to == "previous" else each.to for each in transition.branches
    )
    return Option(transition, tuple(reasons), transition.fields, to_states)


def _is_brought(requirement: Requirement, transition: Transition) -> bool:
    """Whether the act itself settles it: by the tally it records, or a field it brings."""
    brought = {field.name for field in transition.fields}
    return any(
        each.names == (transition.vote,) if each.kind in ("vote_passed", "quorum") else each.names[0] in brought
        for each in requirement.walk()
        if each.kind in ("vote_passed", "quorum", "field")
    )


# ── who ──────────────────────────────────────────────────────────────────────────────────────────


def covers(held: Held, facts: NominationFacts) -> bool:
    """Whether a grant's scope takes in this nomination."""
    if held.scope_kind in ANY_SCOPE:
        return True
    scope = {"unit": facts.unit, "field": facts.field_of_work, "cluster": facts.cluster}[held.scope_kind]
    return held.scope == scope and bool(scope)


def _who(flow: Flow, transition: Transition, facts: NominationFacts, actor: Actor) -> Iterator[Reason]:
    fitting = [held for held in actor.held if held.role in transition.by]
    if not fitting:
        yield Reason("role", {"needed": transition.by}, menders=transition.by)
    elif not any(covers(held, facts) for held in fitting):
        yield Reason("other_unit", {}, menders=transition.by)
    if facts.person is not None and facts.person in actor.selves:
        yield Reason("own_case", {}, menders=transition.by)
    for before in transition.not_by:
        if actor.selves & set(facts.done_by.get(before, ())):
            label = flow.transitions[before].label
            yield Reason("not_by", {"transition": before}, menders=transition.by, label=label)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def _when(facts: NominationFacts, command: Command, context: Context) -> Iterator[Reason]:
    if command.expected_version is not None and command.expected_version != facts.version:
        yield Reason("stale", {"expected": command.expected_version, "version": facts.version})
    if command.occurred_on > context.today:
        yield Reason("future_date", {"on": command.occurred_on.isoformat()}, from_on=command.occurred_on)
    elif command.occurred_on < context.today - timedelta(days=context.backdating_days):
        yield Reason("backdated", {"on": command.occurred_on.isoformat(), "days": context.backdating_days})
    elif command.occurred_on < context.today and len(command.backdating_reason.strip()) < SHORTEST_BACKDATING:
        yield Reason("backdating_reason", {"on": command.occurred_on.isoformat()})


def marked(transition: Transition, command: Command) -> Mapping[str, date]:
    """The moments that the act marks, each with its day: of several dates on which something came, the latest.

    Source: Decree 152/2025, Article 33(12): a dossier counts as received once both paper and files have arrived.
    """
    brought = (command.fields.get(name) for name in transition.marks_on)
    day = max((each for each in brought if isinstance(each, date)), default=command.occurred_on)
    return dict.fromkeys(transition.marks, day)


def _marked_when(
    transition: Transition, facts: NominationFacts, command: Command, context: Context
) -> Iterator[Reason]:
    """A day that is taken from what the act brings lies between the dossier's coming here and today."""
    if not transition.marks_on:
        return
    for day in set(marked(transition, command).values()):
        if day > context.today:
            yield Reason("future_date", {"on": day.isoformat()}, from_on=day)
        elif day < facts.entered_on:
            yield Reason("before_entry", {"on": day.isoformat(), "entered": facts.entered_on.isoformat()})


def _wrong_state(flow: Flow, transition: Transition, facts: NominationFacts) -> Reason:
    state = flow.states.get(facts.state)
    if state is None:
        return Reason("unknown_state", {"state": facts.state}, menders=("admin",))
    return Reason("wrong_state", {"state": facts.state, "sources": transition.sources})


# ── what the act brings ──────────────────────────────────────────────────────────────────────────


def _tally(flow: Flow, transition: Transition, given: Mapping[str, Any]) -> tuple[Any, list[Reason]]:
    """The tally this act records, as (body, facts), and what is impossible about it."""
    if transition.vote is None:
        return None, []
    brought = next((given.get(each.name) for each in transition.fields if each.type == "tally"), None)
    if not isinstance(brought, (Mapping, TallyFacts)):
        return None, []  # the field's own reason is given already
    try:
        tally = votes.tally_from(brought)
    except votes.TallyError:
        return None, []  # so it is here
    faults = [
        Reason(
            "tally_impossible",
            {"body": transition.vote, "problem": problem, "known": False},
            tuple(recorders(flow, transition.vote)),
        )
        for problem in votes.problems(flow.votes[transition.vote], tally)
    ]
    return (transition.vote, tally), faults


def _effect_reasons(
    flow: Flow, transition: Transition, facts: NominationFacts, given: Mapping[str, Any], context: Context
) -> Iterator[Reason]:
    if transition.effect == "archive" and facts.archived:
        yield Reason("archived", {})
    if transition.effect == "change_award":
        yield from _target_reasons(flow, facts, given, context)


def _target_reasons(flow: Flow, facts: NominationFacts, given: Mapping[str, Any], context: Context) -> Iterator[Reason]:
    name = str(given.get("to_flow", ""))
    target = context.targets.get(name)
    if target is None or name == flow.id:
        yield Reason("target_flow", {"flow": name, "problem": "unknown"})
        return
    if facts.state not in target.flow.states:
        yield Reason("target_flow", {"flow": name, "problem": "state"})
    if facts.nominee not in target.flow.nominee:
        yield Reason("target_flow", {"flow": name, "problem": "nominee"})
    if facts.unit_kind not in target.flow.from_units:
        yield Reason("target_flow", {"flow": name, "problem": "unit"})


# ── which way ────────────────────────────────────────────────────────────────────────────────────


def _branch(
    compiled: CompiledFlow, transition: Transition, facts: NominationFacts, view: RequirementView
) -> tuple[tuple[int, str] | None, list[Reason]]:
    closed = [[reason for each in branch.require for reason in unmet(each, view)] for branch in transition.branches]
    open_ = tuple(not reasons for reasons in closed)
    taken = compiled.step(transition.id, facts.state, facts.previous_state, open_)
    if taken is not None:
        return taken, []
    reasons = [reason for each in closed for reason in each]
    # An open branch that leads nowhere: the state to go back to is not known, or no longer in the flow.
    return None, reasons or [Reason("no_way_back", {"state": facts.state}, ("admin",))]


# ── what follows ─────────────────────────────────────────────────────────────────────────────────


def _decision(
    compiled: CompiledFlow,
    transition: Transition,
    taken: tuple[int, str],
    facts: NominationFacts,
    command: Command,
    context: Context,
    tally: Any,
    warnings: tuple[Reason, ...],
    hints: tuple[Reason, ...],
) -> Decision:
    index, to_state = taken
    changes = _changes(compiled, transition, index, to_state, facts)
    task = _task_change(transition, command.fields)
    closed, opened = _limits(compiled.flow, changes, facts, command, context, task)
    pins = changes.completes and not facts.pinned
    releases = tuple([name for name in transition.releases if name in facts.holds])
    outcome = _outcome(compiled.flow, facts, to_state)
    day, fields = command.occurred_on, command.fields

    def made() -> Decision:
        return Decision(
            transition=transition.id,
            branch=index,
            from_state=facts.state,
            to_state=to_state,
            occurred_on=day,
            fields=fields,
            moments=marked(transition, command),
            pins=pins,
            raises=transition.raises,
            lowers=transition.lowers,
            voids=transition.voids,
            tally=tally,
            task=task,
            hold=transition.hold,
            releases=releases,
            outcome=outcome,
            archives=transition.effect == "archive",
            unarchives=changes.reopens,
            proof=_PROOFS.get(transition.effect or ""),
            deadlines_closed=closed,
            deadlines_opened=opened,
            clocks_stopped=changes.stopped,
            clocks_resumed=changes.resumed,
            notices=changes.notices,
            effect=transition.effect,
            warnings=warnings,
            hints=hints,
        )

    if tally is not None or task is not None or warnings or hints:
        return made()
    # Nothing of it is this dossier's own. What stands beside the decision keeps alive what the key only points at.
    key = (id(changes), day, id(fields), pins, releases, outcome, *map(id, opened))
    found = context.alike.get(key)
    if found is None:
        found = context.alike[key] = (made(), changes)
    decision: Decision = found[0]
    return decision


_PROOFS: Mapping[str, str] = {"send_proof": "sent", "confirm_proof": "confirmed"}


def _notices(mail: tuple[Notice, ...], hold: str | None) -> tuple[NoticePlan, ...]:
    return tuple(NoticePlan(to, notice.send, hold) for notice in mail for to in notice.to)


def _task_change(transition: Transition, given: Mapping[str, Any]) -> TaskChange | None:
    if transition.task is None:
        return None
    task, change = transition.task
    if change == "open":
        return TaskChange(task, "open", tuple(given.get("bodies", ())) or ("",))
    return TaskChange(task, "close", (str(given.get("body", "")),), str(given.get("reply", "")))


def _outcome(flow: Flow, facts: NominationFacts, to_state: str) -> str | None:
    """The outcome after the act: written once, and cleared only by a reopening out of a final state."""
    before, after = flow.states[facts.state], flow.states[to_state]
    if before.final is not None and after.final is None:
        return None
    return facts.outcome or after.outcome


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a way through the flow does to limits, and whom it tells, whoever the dossier is about.

    `completes`: the file is complete by it. `reopens`: it leads out of a final state.
    """

    closed: tuple[str, ...]
    opened: tuple[DeadlineRule, ...]
    stopped: tuple[str, ...]
    resumed: tuple[str, ...]
    notices: tuple[NoticePlan, ...]
    completes: bool
    reopens: bool


def _changes(
    compiled: CompiledFlow, transition: Transition, index: int, to_state: str, facts: NominationFacts
) -> _Changes:
    """Worked out once for each way: a flow has few, and an act goes one of them ten thousand times."""
    key = (transition.id, index, facts.state, to_state, facts.previous_state, facts.achievement_to is None)
    found = compiled.kept.get(key)
    if found is None:
        found = compiled.kept[key] = _worked_out(compiled.flow, transition, transition.branches[index], to_state, facts)
    return found


def _worked_out(flow: Flow, transition: Transition, branch: Branch, to_state: str, facts: NominationFacts) -> _Changes:
    closed: list[str] = []
    stopped: list[str] = []
    resumed: list[str] = []
    opened: list[DeadlineRule] = []
    before, after = flow.states[facts.state], flow.states[to_state]
    if to_state != facts.state:
        back = branch.to == "previous"
        _leave(flow, before, after, closed, stopped, back, facts)
        _enter(before, after, opened, resumed, back)
        _spanning(flow, before, after, closed, stopped, resumed)
        _tasks_left(flow, before, after, closed, stopped, resumed)
    days = _days_brought(facts) if "complete" in transition.marks else {}
    _by_transition(flow, transition, to_state, {*days, *transition.marks}, closed, opened)
    return _Changes(
        closed=tuple(dict.fromkeys(closed)),
        opened=tuple(opened),
        stopped=tuple(dict.fromkeys(stopped)),
        resumed=tuple(dict.fromkeys(resumed)),
        notices=_notices((*transition.mail, *branch.mail), transition.hold),
        completes="complete" in transition.marks,
        reopens=to_state != facts.state and before.final is not None,
    )


def _limits(
    flow: Flow,
    changes: _Changes,
    facts: NominationFacts,
    command: Command,
    context: Context,
    task: TaskChange | None,
) -> tuple[tuple[str, ...], tuple[DeadlineOpened, ...]]:
    """Names of the limits that end, and the limits that begin."""
    closed, rules = list(changes.closed), list(changes.opened)
    _by_task(flow, task, facts, closed, rules)
    opened = []
    if rules:
        now = marked(flow.transitions[command.transition], command)
        known = {**_days_brought(facts), **facts.moments, **now}
        opened = [_open(rule, known, facts, command, context) for rule in rules]
    return tuple(dict.fromkeys(closed)), tuple([each for each in opened if each is not None])


def _days_brought(facts: NominationFacts) -> Mapping[str, date]:
    """Days a dossier brings with it instead of marking them; a limit from such a day runs once the file is complete."""
    return {} if facts.achievement_to is None else {"achievement_to": facts.achievement_to}


def returns(flow: Flow, state: str) -> bool:
    """Whether `state` is a side step: some transition leads from it back to where the dossier was."""
    return any(branch.to == "previous" for each in flow.leaving(state) for branch in each.branches)


def _leave(
    flow: Flow, before: State, after: State, closed: list[str], stopped: list[str], back: bool, facts: NominationFacts
) -> None:
    if before.deadline:
        pauses = after.clock == "stopped" and not back and returns(flow, after.id)
        (stopped if pauses else closed).append(before.deadline.name)
    if returns(flow, before.id) and not back and facts.previous_state:
        # The side step ends some other way: the limit it had stopped is over too.
        waiting = flow.states[facts.previous_state].deadline if facts.previous_state in flow.states else None
        if waiting:
            closed.append(waiting.name)


def _enter(before: State, after: State, opened: list[DeadlineRule], resumed: list[str], back: bool) -> None:
    if after.deadline:
        if back:
            resumed.append(after.deadline.name)
        else:
            opened.append(after.deadline)


def _spanning(
    flow: Flow, before: State, after: State, closed: list[str], stopped: list[str], resumed: list[str]
) -> None:
    for rule in flow.deadlines.values():
        if after.final or (after.clock == "restarts" and rule.start == "complete"):
            closed.append(rule.name)
        elif after.id in rule.stops_in:
            stopped.append(rule.name)
        elif before.id in rule.stops_in:
            resumed.append(rule.name)


def _tasks_left(
    flow: Flow, before: State, after: State, closed: list[str], stopped: list[str], resumed: list[str]
) -> None:
    """Where a task can no longer be closed, nobody is reminded of it; on a side step its limit waits."""
    for task in flow.tasks.values():
        if task.deadline is None:
            continue
        if before.id in task.during and after.id not in task.during:
            waits = after.clock == "stopped" and returns(flow, after.id)
            (stopped if waits else closed).append(task.deadline.name)
        elif returns(flow, before.id):
            (resumed if after.id in task.during else closed).append(task.deadline.name)


def _by_transition(
    flow: Flow,
    transition: Transition,
    to_state: str,
    moments: Collection[str],
    closed: list[str],
    opened: list[DeadlineRule],
) -> None:
    for rule in flow.deadlines.values():
        if transition.id in rule.until or f"state.{to_state}" in rule.until:
            closed.append(rule.name)
        if rule.start in moments or rule.start == transition.id:
            closed.append(rule.name)
            opened.append(rule)


def _by_task(
    flow: Flow, task: TaskChange | None, facts: NominationFacts, closed: list[str], opened: list[DeadlineRule]
) -> None:
    rule = flow.tasks[task.task].deadline if task else None
    if task is None or rule is None:
        return
    if task.change == "open":
        closed.append(rule.name)
        opened.append(rule)
    elif not [
        each for each in facts.tasks if each.task == task.task and not each.closed_on and each.body not in task.bodies
    ]:
        closed.append(rule.name)


def _open(
    rule: DeadlineRule, moments: Mapping[str, date], facts: NominationFacts, command: Command, context: Context
) -> DeadlineOpened | None:
    start, cutoff = moments.get(rule.start, command.occurred_on), facts.round.cutoff
    days = _days_named(rule, command.fields, facts.achievement_to)
    key = (id(rule), start, cutoff, *days.values())
    found = context.alike.get(key)
    if found is None:
        found = context.alike[key] = (_opened(rule, start, cutoff, days, context), rule)
    opened: DeadlineOpened | None = found[0]
    return opened


def _days_named(rule: DeadlineRule, fields: Mapping[str, Any], achievement_to: date | None) -> Mapping[str, Any]:
    """The day that the rule asks of the act or of the dossier, by its name; nothing for any other rule."""
    where, _, name = (rule.on or "").partition(".")
    if where == "fact":
        return {name: {"achievement_to": achievement_to}.get(name)}
    return {name: fields.get(name)} if where == "act" else {}


def _opened(
    rule: DeadlineRule, start: date, cutoff: date | None, days: Mapping[str, Any], context: Context
) -> DeadlineOpened | None:
    key = (rule.name, rule.within, rule.on, rule.fixed, start, cutoff, *days.values())
    due = context.due_cache.get(key)
    if due is None:
        due = context.due_cache[key] = deadlines.due(rule, start, context.calendar, cutoff=cutoff, fields=days)
    if due.due_on is None:
        return None
    return DeadlineOpened(rule.name, rule, start, due.due_on, due.provisional, due.given)


def first_limit(
    flow: Flow, on: date, context: Context, *, cutoff: date | None = None, achievement_to: date | None = None
) -> DeadlineOpened | None:
    """The limit of the state in which a dossier begins, from the day it was made: no act leads there to open it."""
    rule = flow.states[flow.initial].deadline
    return None if rule is None else _opened(rule, on, cutoff, _days_named(rule, {}, achievement_to), context)


def under(
    flow: Flow, facts: NominationFacts, decision: Decision, running: Collection[str], context: Context
) -> Decision:
    """The decision with its limits as another flow has them: after a change of award, or a pin to another version.

    `running` names the limits that are open before the act. Those that the other flow counts from a moment or a state
    begin anew; those that hang on an act or a task go on where the other flow has them too, and end where not.
    """
    opened = _opened_under(flow, facts, decision, context)
    anew = {each.name for each in opened}
    tasks = (task.deadline for task in flow.tasks.values())
    known = {*flow.deadlines, *(rule.name for rule in tasks if rule is not None)}
    ended = (name for name in running if name in anew or name not in known or _counts_from_moment(flow, name))
    closed = tuple(dict.fromkeys((*decision.deadlines_closed, *ended)))
    return replace(decision, deadlines_closed=closed, deadlines_opened=opened)


def _counts_from_moment(flow: Flow, name: str) -> bool:
    return name in flow.deadlines and flow.deadlines[name].start not in flow.transitions


def _opened_under(
    flow: Flow, facts: NominationFacts, decision: Decision, context: Context
) -> tuple[DeadlineOpened, ...]:
    """The limits that run for this dossier under another flow: its state's, and those whose moment is known."""
    moments = {**facts.moments, **decision.moments}
    if "complete" in moments:
        moments = {**_days_brought(facts), **moments}
    moved = decision.to_state != facts.state
    entered = decision.occurred_on if moved else facts.entered_on
    state = flow.states[decision.to_state]
    rules = [state.deadline] if state.deadline else []
    rules += [
        rule
        for rule in flow.deadlines.values()
        if rule.start in moments and not any(name in facts.done_by for name in rule.until)
    ]
    command = Command(decision.transition, decision.occurred_on, decision.fields)
    values = (_open(rule, {"entered": entered, **moments}, facts, command, context) for rule in rules)
    return tuple(each for each in values if each is not None)
