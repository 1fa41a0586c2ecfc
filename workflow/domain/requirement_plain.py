"""Plain requirements: papers, votes, the round, flags, fields, moments, the proof, the subject of a revocation.

One function for each kind: every reason why it does not hold, with the roles that can mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from definitions.flow import Document, Flow, Requirement, Transition, VoteRule
from workflow.domain import votes
from workflow.domain.facts import TallyFacts
from workflow.domain.reasons import Reason
from workflow.domain.requirement_view import NONE, Reasons, RequirementView

SECRETARIAT = ("secretariat",)


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def documents(requirement: Requirement, view: RequirementView) -> Reasons:
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


def vote_passed(requirement: Requirement, view: RequirementView) -> Reasons:
    body = requirement.names[0]
    tally = view.facts.tallies.get(body)
    faults = _no_result(body, tally, view)
    if tally is None or faults:
        return faults
    rule = view.flow.votes[body]
    counted = votes.result(rule, tally)
    if counted.passed:
        return NONE
    params = _figures(rule, tally, counted)
    again = rule.revotes > 0 or counted.may_answer > 0
    menders = tuple(recorders(view.flow, body)) if again else ()
    return tuple(Reason(code, params, menders) for code in counted.reason_codes)


def quorum(requirement: Requirement, view: RequirementView) -> Reasons:
    body = requirement.names[0]
    tally = view.facts.tallies.get(body)
    faults = _no_result(body, tally, view)
    if tally is None or faults:
        return faults
    rule = view.flow.votes[body]
    counted = votes.result(rule, tally)
    if counted.quorum_met:
        return NONE
    return (Reason("quorum", _figures(rule, tally, counted), tuple(recorders(view.flow, body))),)


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


def _figures(rule: VoteRule, tally: TallyFacts, counted: votes.VoteResult) -> dict[str, Any]:
    return {
        "body": rule.name,
        "yes": counted.yes,
        "needed": counted.needed,
        "base": counted.base,
        "still_needed": counted.still_needed,
        "may_answer": counted.may_answer,
        "took_part": votes.counted_for_quorum(rule, tally),
        "members": tally.members,
        "quorum_needed": counted.quorum_needed or 0,
    }


def recorders(flow: Flow, body: str) -> Iterator[str]:
    """The roles that can record this body's vote."""
    return roles_that(flow, lambda each: each.vote == body)


def roles_that(flow: Flow, chosen: Callable[[Transition], bool]) -> Iterator[str]:
    return iter(dict.fromkeys(role for each in flow.transitions.values() if chosen(each) for role in each.by))


# ── the round, flags, fields, moments ────────────────────────────────────────────────────────────


def round_open(_: Requirement, view: RequirementView) -> Reasons:
    round_ = view.facts.round
    opens_on = round_.opens_on
    if round_.is_open and (opens_on is None or opens_on <= view.occurred_on):
        return NONE
    return (Reason("round_closed", {"round": round_.code}, SECRETARIAT, opens_on if round_.is_open else None),)


def is_flagged(requirement: Requirement, view: RequirementView) -> bool:
    return requirement.names[0] in view.facts.flags


def flag_raised(requirement: Requirement, view: RequirementView) -> Reasons:
    if is_flagged(requirement, view):
        return NONE
    name = requirement.names[0]
    return (Reason("flag", {"flag": name}, tuple(roles_that(view.flow, lambda each: name in each.raises))),)


def field_given(requirement: Requirement, view: RequirementView) -> Reasons:
    name, *wanted = requirement.names
    value = view.fields[name] if name in view.fields else view.facts.fields.get(name)
    if _given(value) if not wanted else _spelt(value) == wanted[0]:
        return NONE
    menders = tuple(roles_that(view.flow, lambda each: any(brought.name == name for brought in each.fields)))
    return (Reason("field", {"field": name, "wanted": tuple(wanted)}, menders),)


def _given(value: object) -> bool:
    """Nought is something brought; an unticked box, an empty text and an empty list are not."""
    return value is not None and value is not False and value not in ("", (), [])


def _spelt(value: object) -> str:
    """A value as a flow file writes it after `is`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def moment(requirement: Requirement, view: RequirementView) -> Reasons:
    name = requirement.names[0]
    if name in view.facts.moments:
        return NONE
    return (Reason("moment", {"moment": name}, tuple(roles_that(view.flow, lambda each: name in each.marks))),)


def recent(requirement: Requirement, view: RequirementView) -> Reasons:
    name, span = requirement.names[0], requirement.span
    since = view.facts.achievement_to if name == "achievement_to" else view.facts.moments.get(name)
    if since is None or span is None:
        return (Reason("too_old", {"name": name, "since": "", "until": "", "known": False}, ("unit_officer",)),)
    until = view.calendar.add(since, span)
    if view.occurred_on <= until:
        return NONE
    return (Reason("too_old", {"name": name, "since": since.isoformat(), "until": until.isoformat()}),)


def proof(requirement: Requirement, view: RequirementView) -> Reasons:
    wanted = requirement.names[0]
    if view.facts.proof == wanted:
        return NONE
    menders = tuple(roles_that(view.flow, lambda each: each.effect == "confirm_proof"))
    return (Reason("proof", {"proof": view.facts.proof, "wanted": wanted}, menders),)


def subject(requirement: Requirement, view: RequirementView) -> Reasons:
    wanted, state = requirement.names[0], view.facts.subject_state
    if state == wanted:
        return NONE
    params: dict[str, Any] = {"wanted": wanted, "state": state or ""}
    if state is None:
        params["known"] = False
    return (Reason("subject", params, SECRETARIAT),)
