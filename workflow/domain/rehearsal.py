"""Runs the stories inside a flow file: pretend dossiers on a pretend clock, by the same `decide` as in earnest.

Nothing is written and nothing is sent. A story that does not come out as told is a list of faults,
each with its line in the file; what it took is counted for the flow's coverage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from definitions.calendar import WorkCalendar, at_eight
from definitions.flow import DeadlineRule, Flow, Scenario, ScenarioStep
from workflow.domain import deadlines, reminding
from workflow.domain.decision import Command, DeadlineOpened, Decision
from workflow.domain.decisions import Context, decide, first_limit, under
from workflow.domain.facts import AcrossFacts, Actor, AwardRecord, Held, NominationFacts, RoundFacts, TaskFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.memory import Memory, counted, recall, remember
from workflow.domain.reasons import Refused

UNIT_ROLES = frozenset({"unit_officer", "unit_head", "unit_council"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a story did not come out as told: the line of its step, what was expected and what came."""

    line: int
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a scenario did: its faults (none when it holds) and every (transition, branch) it took."""

    title: str
    faults: tuple[Fault, ...]
    taken: frozenset[tuple[str, int]]


@dataclass(slots=True)
class _Limit:
    rule: DeadlineRule
    owner: str
    due_on: date
    derivation: str
    next_at: datetime | None
    stopped_on: date | None = None


@dataclass(slots=True)
class _Stage:
    """The pretend world between two steps."""

    compiled: CompiledFlow
    facts: NominationFacts
    today: date
    memory: Memory = field(default_factory=dict)
    limits: dict[str, _Limit] = field(default_factory=dict)
    held: list[tuple[str, str, str]] = field(default_factory=list)
    taken: set[tuple[str, int]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


def coverage(flow: Flow, taken: Iterable[tuple[str, int]]) -> tuple[float, tuple[tuple[str, int], ...]]:
    """The share of the flow's transitions with every branch taken, and the (transition, branch) pairs not taken."""
    seen = set(taken)
    missing = tuple(
        (each.id, index)
        for each in flow.transitions.values()
        for index in range(len(each.branches))
        if (each.id, index) not in seen
    )
    total = len(flow.transitions)
    return ((total - len({name for name, _ in missing})) / total if total else 1.0), missing


def rehearse(
    compiled: CompiledFlow,
    scenario: Scenario,
    calendar: WorkCalendar,
    targets: Mapping[str, CompiledFlow] | None = None,
) -> Told:
    """Play one scenario from its first step to its last; goes on after a fault, so that all are told at once."""
    stage = _open_stage(compiled, scenario, calendar)
    for step in scenario.steps:
        if step.on is not None and step.on < stage.today:
            stage.faults.append(Fault(step.line, "scenario_back_in_time", {"on": step.on.isoformat()}))
        {"do": _do, "attach": _attach, "wait": _wait, "expect": _expect, "fact": _fact}[step.verb](
            stage, step, calendar, targets or {}
        )
    return Told(scenario.title, tuple(stage.faults), frozenset(stage.taken))


# ── the beginning ────────────────────────────────────────────────────────────────────────────────


def _open_stage(compiled: CompiledFlow, scenario: Scenario, calendar: WorkCalendar) -> _Stage:
    given = scenario.given
    flow = compiled.flow
    on = given.get("on")
    if not isinstance(on, date):
        on = next((each.on for each in scenario.steps if each.on), date(2026, 12, 1))
    round_given = given.get("round", {})
    assert isinstance(round_given, Mapping)
    nominee = str(given.get("nominee", flow.nominee[0]))
    facts = NominationFacts(
        id=1,
        code="MAU-2026-00001-0",
        unit=str(given.get("unit", "CVT")),
        unit_kind=str(given.get("unit_kind", flow.from_units[0] if flow.from_units else "cuc")),
        nominee=nominee,
        name=str(given.get("name", "Nguyễn Văn A")),
        state=flow.initial,
        version=0,
        entered_on=on,
        round=_round(round_given, on),
        person=str(given["person"]) if "person" in given else None,
        field_of_work=str(given.get("field", "")),
        cluster=str(given.get("cluster", "")),
        achievement_to=_as_date(given.get("achievement_to")),
        documents=papers_named(flow, nominee, given.get("documents", ())),  # type: ignore[arg-type]
        subject_state=str(given["subject_state"]) if "subject_state" in given else None,
        across=_across(given),
    )
    stage = _Stage(compiled, facts, on)
    opened = first_limit(
        flow, on, Context(calendar, on), cutoff=facts.round.cutoff, achievement_to=facts.achievement_to
    )
    if opened is not None:
        stage.memory = counted(stage.memory, (opened,))
        _begin(stage, opened, on, calendar)
    return stage


def papers_named(flow: Flow, nominee: str, words: Iterable[str]) -> frozenset[str]:
    """The codes a story names; `all`, `submission` and `nomination` stand for what the checklist requires there."""
    named = frozenset(words)
    whole = named & {"all", "submission", "nomination"}
    required = {
        each.code
        for each in flow.documents.values()
        if each.required and nominee in each.nominee and ("all" in whole or each.per in whole)
    }
    return (named - whole) | required


def _as_date(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _round(given: Mapping[str, Any], on: date) -> RoundFacts:
    return RoundFacts(
        code=str(given.get("code", on.year)),
        year=int(given.get("year", on.year)),
        is_open=bool(given.get("open", True)),
        opens_on=_as_date(given.get("opens_on")),
        cutoff=_as_date(given.get("closes_on")),
    )


def _across(given: Mapping[str, Any]) -> AcrossFacts:
    history = given.get("history")
    return AcrossFacts(
        history=None if history is None else tuple(_record(each) for each in history),
        counts=dict(given.get("counts", {})),
        same_achievement=tuple(given.get("same_achievement", ())),
        duplicates=tuple(given.get("duplicates", ())),
        shares={name: (int(a), int(b)) for name, (a, b) in dict(given.get("shares", {})).items()},
    )


def _record(given: Mapping[str, Any]) -> AwardRecord:
    return AwardRecord(
        award=str(given.get("award", "")),
        kind=str(given.get("kind", "merit")),
        year=int(given["year"]),
        decided_on=_as_date(given.get("decided_on")),
        achievement_to=_as_date(given.get("achievement_to")),
        rating=str(given.get("rating", "")),
    )


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def _actor(stage: _Stage, step: ScenarioStep) -> Actor:
    """Each role is another person, unless `as` says otherwise; unit roles are of the dossier's own unit."""
    facts = stage.facts
    scope_kind, scope = "all", ""
    if step.by in UNIT_ROLES:
        scope_kind, scope = "unit", facts.unit
    elif step.by == "cluster_head":
        scope_kind, scope = ("cluster", facts.cluster) if facts.cluster else ("all", "")
    elif step.by == "field_lead":
        scope_kind, scope = ("field", facts.field_of_work) if facts.field_of_work else ("all", "")
    return Actor(step.as_ or step.by, step.as_ or step.by, (Held(step.by, scope_kind, scope),))


def _do(stage: _Stage, step: ScenarioStep, calendar: WorkCalendar, targets: Mapping[str, CompiledFlow]) -> None:
    on = step.on or stage.today
    _let_pass(stage, on, calendar)
    actor = _actor(stage, step)
    context = Context(calendar, on, backdating_days=3650, targets=targets)
    outcome = decide(stage.compiled, stage.facts, Command(step.name, on, step.fields, step.overrides), actor, context)
    if isinstance(outcome, Refused):
        _refused(stage, step, outcome)
    elif step.refused is not None:
        stage.faults.append(Fault(step.line, "scenario_not_refused", {"do": step.name, "expected": step.refused}))
    else:
        stage.taken.add((step.name, outcome.branch))
        _compare_mails(stage, step, _apply(stage, outcome, actor, calendar, targets, context))
    if step.state is not None and step.state != stage.facts.state:
        stage.faults.append(Fault(step.line, "scenario_state", {"expected": step.state, "found": stage.facts.state}))


def _refused(stage: _Stage, step: ScenarioStep, outcome: Refused) -> None:
    found = tuple(sorted({reason.code for reason in outcome.reasons}))
    if step.refused is None:
        stage.faults.append(Fault(step.line, "scenario_refused", {"do": step.name, "found": found}))
    elif tuple(sorted(set(step.refused))) != found:
        stage.faults.append(
            Fault(step.line, "scenario_reasons", {"do": step.name, "expected": step.refused, "found": found})
        )


def _compare_mails(stage: _Stage, step: ScenarioStep, found: list[tuple[str, str]]) -> None:
    if step.mails is not None and Counter(step.mails) != Counter(found):
        stage.faults.append(
            Fault(step.line, "scenario_mails", {"expected": _mail_words(step.mails), "found": _mail_words(found)})
        )


def _mail_words(mails: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{send} → {to}" for send, to in mails))


def _attach(stage: _Stage, step: ScenarioStep, calendar: WorkCalendar, targets: Mapping[str, CompiledFlow]) -> None:
    if step.on:
        _let_pass(stage, step.on, calendar)
    papers = papers_named(stage.compiled.flow, stage.facts.nominee, step.documents)
    stage.facts = replace(stage.facts, documents=stage.facts.documents | papers)


def _wait(stage: _Stage, step: ScenarioStep, calendar: WorkCalendar, targets: Mapping[str, CompiledFlow]) -> None:
    found = _let_pass(stage, step.on or stage.today, calendar)
    if step.mails is not None and set(step.mails) != found:
        stage.faults.append(
            Fault(step.line, "scenario_mails", {"expected": _mail_words(step.mails), "found": _mail_words(found)})
        )


def _expect(stage: _Stage, step: ScenarioStep, calendar: WorkCalendar, targets: Mapping[str, CompiledFlow]) -> None:
    if step.state != stage.facts.state:
        stage.faults.append(Fault(step.line, "scenario_end", {"expected": step.state, "found": stage.facts.state}))


def _fact(stage: _Stage, step: ScenarioStep, calendar: WorkCalendar, targets: Mapping[str, CompiledFlow]) -> None:
    """The world changes from outside: the round closes, a history is imported, the subject is decided."""
    if step.on:
        _let_pass(stage, step.on, calendar)
    given, facts = step.fields, stage.facts
    across = facts.across
    if "counts" in given or "history" in given or "same_achievement" in given or "duplicates" in given:
        fresh = _across(given)
        across = AcrossFacts(
            history=fresh.history if "history" in given else across.history,
            counts={**across.counts, **fresh.counts},
            same_achievement=fresh.same_achievement if "same_achievement" in given else across.same_achievement,
            duplicates=fresh.duplicates if "duplicates" in given else across.duplicates,
            shares=across.shares,
        )
    round_ = facts.round
    if "round_open" in given:
        round_ = replace(round_, is_open=bool(given["round_open"]))
    if "cutoff" in given:
        round_ = replace(round_, cutoff=_as_date(given["cutoff"]))
    subject = str(given["subject_state"]) if "subject_state" in given else facts.subject_state
    stage.facts = replace(facts, across=across, round=round_, subject_state=subject)


# ── what an act does to the pretend world ────────────────────────────────────────────────────────


def _apply(
    stage: _Stage,
    decision: Decision,
    actor: Actor,
    calendar: WorkCalendar,
    targets: Mapping[str, CompiledFlow],
    context: Context,
) -> list[tuple[str, str]]:
    facts = stage.facts
    if decision.effect == "change_award":
        stage.compiled = targets[str(decision.fields["to_flow"])]
        decision = under(stage.compiled.flow, facts, decision, tuple(stage.limits), context)
    stage.memory = remember(stage.memory, decision, (actor.person,))
    moved = decision.to_state != decision.from_state
    stage.facts = replace(
        facts,
        state=decision.to_state,
        previous_state=decision.from_state if moved else facts.previous_state,
        version=facts.version + 1,
        entered_on=decision.occurred_on if moved else facts.entered_on,
        pinned=facts.pinned or decision.pins,
        outcome=decision.outcome,
        archived=(facts.archived and not decision.unarchives) or decision.archives,
        tasks=_tasks(facts.tasks, decision),
        **recall(stage.memory),
    )
    _change_limits(stage, decision, calendar)
    return _mails(stage, decision)


def _tasks(before: tuple[TaskFacts, ...], decision: Decision) -> tuple[TaskFacts, ...]:
    change = decision.task
    if change is None:
        return before
    if change.change == "open":
        name = f"task.{change.task}"
        due_on = next((each.due_on for each in decision.deadlines_opened if each.name == name), None)
        kept = tuple(each for each in before if each.task != change.task or each.body not in change.bodies)
        return kept + tuple(TaskFacts(change.task, body, decision.occurred_on, due_on) for body in change.bodies)
    return tuple(
        replace(each, closed_on=decision.occurred_on, reply=change.reply)
        if each.task == change.task and each.body in change.bodies and each.closed_on is None
        else each
        for each in before
    )


def _change_limits(stage: _Stage, decision: Decision, calendar: WorkCalendar) -> None:
    day = decision.occurred_on
    for name in decision.deadlines_closed:
        stage.limits.pop(name, None)
    for opened in decision.deadlines_opened:
        _begin(stage, opened, day, calendar)
    for name in decision.clocks_stopped:
        if name in stage.limits:
            stage.limits[name].stopped_on = day
    for name in decision.clocks_resumed:
        limit = stage.limits.get(name)
        if limit and limit.stopped_on:
            due_on, limit.derivation = deadlines.resumed(
                limit.derivation, limit.due_on, limit.stopped_on, day, calendar
            )
            limit.due_on, limit.stopped_on = due_on or limit.due_on, None
            limit.next_at = reminding.next_reminder(
                limit.rule.remind, limit.rule.escalate, limit.due_on, calendar, _noon(day)
            )
    if decision.effect == "extend" and (limit := stage.limits.get(f"state.{decision.to_state}")):
        limit.due_on = decision.fields["due_on"]
        limit.next_at = reminding.next_reminder(
            limit.rule.remind, limit.rule.escalate, limit.due_on, calendar, _noon(day)
        )


def _begin(stage: _Stage, opened: DeadlineOpened, day: date, calendar: WorkCalendar) -> None:
    rule = opened.rule
    stage.limits[opened.name] = _Limit(
        rule,
        _owner(stage.compiled.flow, rule),
        opened.due_on,
        deadlines.derivation(rule, opened.start_on, calendar, given=opened.given),
        reminding.next_reminder(rule.remind, rule.escalate, opened.due_on, calendar, _noon(day)),
    )


def _noon(day: date) -> datetime:
    """An instant inside the local day, past the morning's digest: acts happen in office hours."""
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def _owner(flow: Flow, rule: DeadlineRule) -> str:
    kind, _, name = rule.name.partition(".")
    if kind == "state" and name in flow.states:
        return flow.states[name].owner or ""
    return flow.tasks[name].by[0] if kind == "task" and name in flow.tasks else ""


def _mails(stage: _Stage, decision: Decision) -> list[tuple[str, str]]:
    """What goes out now: unheld notices, and those that this act releases."""
    now = [(plan.send, plan.to) for plan in decision.notices if plan.hold is None]
    stage.held += [(plan.hold, plan.send, plan.to) for plan in decision.notices if plan.hold is not None]
    now += [(send, to) for hold, send, to in stage.held if hold in decision.releases]
    stage.held = [each for each in stage.held if each[0] not in decision.releases]
    return now


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


def _let_pass(stage: _Stage, until: date, calendar: WorkCalendar) -> set[tuple[str, str]]:
    """Let the pretend clock go on to `until` (its morning included); collects the digests' reminders."""
    told: set[tuple[str, str]] = set()
    day = stage.today
    while day < until:
        day += timedelta(days=1)
        if calendar.is_working(day):
            for limit in stage.limits.values():
                told |= _remind(limit, at_eight(day), calendar)
    stage.today = max(stage.today, until)
    return told


def _remind(limit: _Limit, now: datetime, calendar: WorkCalendar) -> set[tuple[str, str]]:
    if limit.stopped_on or limit.next_at is None or limit.next_at > now:
        return set()
    rule = limit.rule
    owed = reminding.owed(rule.remind, rule.escalate, limit.due_on, calendar, None, now, since=limit.next_at)
    limit.next_at = owed.next_at
    told = {("reminder", role) for role in (rule.to or (limit.owner,)) if role}
    if owed.escalates and rule.escalate:
        told |= {("escalation", role) for role in rule.escalate.to}
    return told
