"""Is every name in a flow declared by it, or known to this house? And may it be a name at all?

Only looks names up. What follows from them is for the other proofs.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checking_look import Look, unknown
from definitions.flow import Notice, Scenario, ScenarioStep, Transition
from definitions.problems import Issue, Path
from definitions.reserved import is_reserved

# Requirement kind → what its first name must be.
_SCOPES = ("all", "submission", "nomination")


def issues(look: Look) -> Iterator[Issue]:
    """Every name that is unknown or may not be used, wherever it stands."""
    yield from _reserved(look)
    yield from _top(look)
    for name in look.flow.states:
        yield from _state(look, name)
    yield from _deadlines(look)
    for name in look.flow.tasks:
        yield from _task(look, name)
    for transition in look.flow.transitions.values():
        yield from _transition(look, transition)
    yield from _appraisal(look)
    yield from _targets(look)
    yield from _requirements(look)
    for rule in look.flow.across:
        yield from unknown(("across", rule.id, "at"), "unknown_transition", rule.at, look.flow.transitions)
    for index, scenario in enumerate(look.flow.scenarios):
        yield from _scenario(look, ("scenario", index), scenario)


def _reserved(look: Look) -> Iterator[Issue]:
    for table, names in (("state", look.flow.states), ("transition", look.data.get("transition", ()))):
        for name in names:
            if is_reserved(name):
                yield Issue((table, name), "reserved_name", {"name": name}, key=True)


def _top(look: Look) -> Iterator[Issue]:
    yield from unknown(("initial",), "unknown_state", [look.flow.initial], look.flow.states)
    yield from unknown(("signer",), "unknown_signer", [look.flow.signer], look.words.signers)


def _state(look: Look, name: str) -> Iterator[Issue]:
    owner = look.flow.states[name].owner
    if owner is not None:
        yield from unknown(("state", name, "owner"), "unknown_role", [owner], look.words.roles)


def _deadlines(look: Look) -> Iterator[Issue]:
    flow = look.flow
    goals = (*flow.transitions, *(f"state.{name}" for name in flow.states))
    for path, rule in look.deadlines:
        yield from unknown((*path, "to"), "unknown_recipient", rule.to, look.words.remindable)
        if rule.escalate:
            to: Path = (*path, "escalate", "to")
            yield from unknown(to, "unknown_recipient", rule.escalate.to, look.words.remindable)
        yield from unknown((*path, "until"), "unknown_goal", rule.until, goals)
        yield from unknown((*path, "stops_in"), "unknown_state", rule.stops_in, flow.states)


def _task(look: Look, name: str) -> Iterator[Issue]:
    task = look.flow.tasks[name]
    yield from unknown(("task", name, "during"), "unknown_state", task.during, look.flow.states)
    yield from unknown(("task", name, "by"), "unknown_role", task.by, look.words.roles)


def _appraisal(look: Look) -> Iterator[Issue]:
    appraisal = look.flow.appraisal
    if appraisal is not None:
        yield from unknown(("appraisal", "by"), "unknown_role", appraisal.by, look.words.roles)
        for at, role in enumerate(appraisal.by):
            if role in look.words.roles and role not in look.words.appraisers:
                yield Issue(("appraisal", "by", at), "cannot_appraise", {"name": role})
        yield from unknown(("appraisal", "during"), "unknown_state", appraisal.during, look.flow.states)


def _transition(look: Look, transition: Transition) -> Iterator[Issue]:
    flow, at = look.flow, ("transition", transition.id)
    row = look.data.get("transition", {}).get(transition.id, {})
    yield from unknown((*at, "from"), "unknown_state", transition.sources, flow.states)
    yield from unknown((*at, "except"), "unknown_state", row.get("except", ()), flow.states)
    yield from unknown((*at, "by"), "unknown_role", transition.by, look.words.roles)
    yield from unknown((*at, "not_by"), "unknown_transition", transition.not_by, flow.transitions)
    yield from unknown((*at, "voids"), "unknown_vote", transition.voids, flow.votes)
    if transition.vote is not None:
        yield from unknown((*at, "vote"), "unknown_vote", [transition.vote], flow.votes)
    yield from _mail(look, (*at, "mail"), transition.mail)


def _targets(look: Look) -> Iterator[Issue]:
    for _, path, branch in look.branches():
        yield from unknown(path, "unknown_state", [branch.to], (*look.flow.states, "same", "previous"))
        yield from _mail(look, (*path[:-1], "mail"), branch.mail)


def _mail(look: Look, path: Path, notices: tuple[Notice, ...]) -> Iterator[Issue]:
    for index, notice in enumerate(notices):
        yield from unknown((*path, index, "to"), "unknown_recipient", notice.to, look.words.recipients)
        yield from unknown((*path, index, "send"), "unknown_mail", [notice.send], look.words.templates)
        if not notice.to:
            yield Issue((*path, index, "to"), "notice_to_nobody", {"name": notice.send})


def _requirements(look: Look) -> Iterator[Issue]:
    flow, words = look.flow, look.words
    known = {
        "documents": ("unknown_document", (*flow.documents, *_SCOPES)),
        "vote_passed": ("unknown_vote", tuple(flow.votes)),
        "quorum": ("unknown_vote", tuple(flow.votes)),
        "tasks_done": ("unknown_task", tuple(flow.tasks)),
        "task_lasted": ("unknown_task", tuple(flow.tasks)),
        "rule": ("unknown_rule", words.rules),
    }
    for path, requirement in look.requirements:
        if requirement.kind in known:
            code, names = known[requirement.kind]
            yield from unknown((*path, requirement.kind), code, requirement.names, names)


# In a story, as in a requirement: every paper the checklist requires, there or altogether.
_WHOLE = ("all", "submission", "nomination")


def _scenario(look: Look, path: Path, scenario: Scenario) -> Iterator[Issue]:
    given = scenario.given
    documents = given.get("documents", ())
    if isinstance(documents, list):
        yield from unknown(
            (*path, "given", "documents"), "unknown_document", documents, (*_WHOLE, *look.flow.documents)
        )
    if "nominee" in given and given["nominee"] not in look.flow.nominee:
        yield Issue((*path, "given", "nominee"), "scenario_nominee", {"name": str(given["nominee"])})
    for index, step in enumerate(scenario.steps):
        yield from _step(look, (*path, "step", index), step)


def _step(look: Look, path: Path, step: ScenarioStep) -> Iterator[Issue]:
    flow, words = look.flow, look.words
    yield from unknown((*path, "attach"), "unknown_document", step.documents, (*_WHOLE, *flow.documents))
    if step.verb == "expect":
        yield from unknown((*path, "expect"), "unknown_state", [step.state or ""], flow.states)
    elif step.state is not None:
        yield from unknown((*path, "state"), "unknown_state", [step.state], flow.states)
    if step.verb == "do":
        yield from _act(look, path, step)
    for index, (template, recipient) in enumerate(step.mails or ()):
        sent = ("reminder", "escalation") if step.verb == "wait" else words.templates
        yield from unknown((*path, "mails", index), "unknown_mail", [template], sent)
        yield from unknown((*path, "mails", index), "unknown_recipient", [recipient], words.recipients)


def _act(look: Look, path: Path, step: ScenarioStep) -> Iterator[Issue]:
    flow, words = look.flow, look.words
    yield from unknown((*path, "do"), "unknown_transition", [step.name], flow.transitions)
    yield from unknown((*path, "by"), "unknown_role", [step.by], words.roles)
    yield from unknown((*path, "refused"), "unknown_reason", step.refused or (), words.reasons)
    rules = tuple(each.id for each in flow.across)
    for name in step.overrides:
        yield from unknown((*path, "override", name), "unknown_across", [name], rules)
    if step.name in flow.transitions and step.refused is None:
        fields = tuple(each.name for each in flow.transitions[step.name].fields)
        for name in step.fields:
            yield from unknown((*path, "with", name), "unknown_brought", [name], fields)
