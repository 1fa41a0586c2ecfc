"""Reading for an act: rows, everything rules may see beside them, and the verdict on each line. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from definitions.calendar import LOCAL, local_day
from definitions.flow import Flow
from workflow.domain.decision import Command, Decision
from workflow.domain.decisions import ANY_SCOPE, Context, decide
from workflow.domain.facts import Actor, NominationFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Reason, Refused
from workflow.services.desk import Desk
from workflow.services.requests import ActRequest
from workflow.storage import crossing, directory, nominations
from workflow.storage.nominations import Around, FactsOf, LastEvent, Line


class UnknownActor(LookupError):
    """No person has this code. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that an act reads, in the order its lines were asked for."""

    actor: Actor
    on: date
    lines: tuple[Line, ...]
    unknown: tuple[str, ...]
    flows: Mapping[int, CompiledFlow]
    around: Around
    context: Context

    def flow(self, line: Line) -> Flow:
        return self.flows[line.flow_version_id].flow


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line with what was decided about it."""

    line: Line
    facts: NominationFacts
    outcome: Decision | Refused


def find_actor(connection: Connection, code: str, on: date) -> Actor:
    """The person with the roles in force on `on`. Raises `UnknownActor`."""
    found = directory.actor(connection, code, on)
    if found is None:
        raise UnknownActor(code)
    return found


ENTERS_FOR_UNITS = frozenset({"secretariat", "secretariat_head", "council_secretary"})


class NotForUnit(ValueError):
    """The actor may not enter acts for this person, or that person holds no role in a unit. Nothing was written."""


def find_acting(connection: Connection, request: ActRequest, on: date) -> Actor:
    """Who acts in this request: the actor, with the unit roles of the person on whose behalf he enters it.

    He stands for that person as a substitute would, so that `not_by` counts them as one. Raises `UnknownActor`,
    `NotForUnit`.
    """
    actor = find_actor(connection, request.actor, on)
    if not request.on_behalf_of:
        return actor
    other = find_actor(connection, request.on_behalf_of, on)
    theirs = tuple(replace(each, via=other.person) for each in other.held if each.scope_kind == "unit")
    desk = any(each.role in ENTERS_FOR_UNITS and each.scope_kind in ANY_SCOPE for each in actor.held)
    if not desk or not theirs:
        raise NotForUnit(other.person)
    return replace(actor, held=(*actor.held, *theirs))


def gather(
    connection: Connection, desk: Desk, request: ActRequest, now: datetime, *, lock: bool, actor: Actor | None = None
) -> Gathered:
    """Read the lines (locked when they will be written) and what their flows' rules ask for."""
    today = local_day(now)
    on = request.occurred_on or today
    actor = actor or find_acting(connection, request, today)
    found = nominations.lines_by_code(connection, request.codes, lock=lock)
    asked = dict.fromkeys(request.codes)
    lines = tuple(found[code] for code in asked if code in found)
    flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
    targets = desk.targets(connection, on) if _changes_award(flows, request.transition) else {}
    return Gathered(
        actor=actor,
        on=on,
        lines=lines,
        unknown=tuple(code for code in asked if code not in found),
        flows=flows,
        around=surroundings(connection, lines, flows, request.transition),
        context=desk.context(today, targets),
    )


def _changes_award(flows: Mapping[int, CompiledFlow], transition: str) -> bool:
    return any(
        (each := compiled.flow.transitions.get(transition)) is not None and each.effect == "change_award"
        for compiled in flows.values()
    )


def surroundings(
    connection: Connection, lines: Sequence[Line], flows: Mapping[int, CompiledFlow], transition: str | None
) -> Around:
    """Facts beside the rows; with a transition given, only those its rules ask for."""
    wants = _wants(flows, transition)
    return Around(
        units=nominations.units(connection, {line.unit_id for line in lines}),
        rounds=nominations.rounds(connection, {line.round_id for line in lines}),
        people=directory.person_keys(connection, {line.person_id for line in lines if line.person_id}),
        documents=nominations.documents(connection, lines) if "documents" in wants else {},
        tasks=nominations.tasks(connection, lines) if "tasks" in wants else {},
        across=crossing.facts(connection, lines, flows, transition) if "across" in wants else {},
        subjects=nominations.subject_states(connection, lines) if "subject" in wants else {},
    )


EVERYTHING = frozenset({"documents", "tasks", "across", "subject"})


def _wants(flows: Mapping[int, CompiledFlow], transition: str | None) -> frozenset[str]:
    if transition is None:
        return EVERYTHING
    wants: set[str] = set()
    for compiled in flows.values():
        each = compiled.flow.transitions.get(transition)
        if each is None:
            continue
        kinds = {requirement.kind for requirement in each.requirements()}
        if "rule" in kinds:
            return EVERYTHING  # what a rule of the installation looks at, it alone knows
        wants |= {"documents"} if "documents" in kinds else set()
        wants |= {"tasks"} if kinds & {"tasks_done", "task_lasted"} or each.task else set()
        wants |= {"subject"} if "subject" in kinds else set()
        wants |= {"across"} if any(transition in rule.at for rule in compiled.flow.across) else set()
    return frozenset(wants)


def judge(gathered: Gathered, request: ActRequest) -> tuple[Verdict, ...]:
    """Decide every line. Lines of one act share award and kind where the act issues a decision."""
    facts_of = FactsOf(gathered.around, gathered.on)
    mixed = _mixed(gathered, request.transition)
    common = Command(
        request.transition, gathered.on, request.fields, request.overrides, None, request.backdating_reason
    )
    verdicts = []
    for line in gathered.lines:
        facts = facts_of(line)
        command = _command(request, line.code, common)
        outcome = decide(gathered.flows[line.flow_version_id], facts, command, gathered.actor, gathered.context)
        if mixed:
            reasons = outcome.reasons if isinstance(outcome, Refused) else ()
            outcome = Refused(request.transition, (*reasons, Reason("mixed_awards", {"awards": mixed})))
        verdicts.append(Verdict(line, facts, outcome))
    return tuple(verdicts)


def _command(request: ActRequest, code: str, common: Command) -> Command:
    """What is asked for this line: the same for all, but for its own fields and the version that was seen."""
    own, seen = request.line_fields.get(code), request.expected.get(code)
    if not own and seen is None:
        return common
    fields = {**request.fields, **own} if own else request.fields
    return replace(common, fields=fields, expected_version=seen)


def _mixed(gathered: Gathered, transition: str) -> tuple[str, ...]:
    """The different (award, kind, signer), if an act that issues a decision was asked for on more than one."""
    found: set[tuple[str, str, str]] = set()
    issues = False
    for line in gathered.lines:
        flow = gathered.flow(line)
        each = flow.transitions.get(transition)
        issues = issues or (each is not None and any(field.type == "decision" for field in each.fields))
        found.add((line.award, line.kind, flow.signer))
    return tuple("/".join(each) for each in sorted(found)) if issues and len(found) > 1 else ()


# ── who was faster ───────────────────────────────────────────────────────────────────────────────

OVERTAKEN = frozenset({"stale", "wrong_state"})


def name_who_was_faster(connection: Connection, gathered: Gathered, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Where a line is no longer where the actor thought: by whom (`who`), by what act (`what`) and when (`when`)."""
    late = [each for each in verdicts if isinstance(each.outcome, Refused) and _overtaken(each.outcome)]
    if not late:
        return tuple(verdicts)
    last = nominations.last_events(connection, [each.line for each in late])
    return tuple(_told(each, last.get(each.line.id)) for each in verdicts)


def _overtaken(refused: Refused) -> bool:
    return any(reason.code in OVERTAKEN for reason in refused.reasons)


def _told(verdict: Verdict, last: LastEvent | None) -> Verdict:
    refused = verdict.outcome
    if last is None or not isinstance(refused, Refused):
        return verdict
    when = last.recorded_at.astimezone(LOCAL)
    told = {"who": last.actor_name, "what": last.transition, "when": f"{when:%H:%M %d/%m/%Y}"}
    reasons = tuple(
        replace(each, params={**each.params, **told}) if each.code in OVERTAKEN else each for each in refused.reasons
    )
    return replace(verdict, outcome=Refused(refused.transition, reasons))
