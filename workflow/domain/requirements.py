"""What must hold before a transition: ask a requirement, and learn every reason why it does not hold.

Pure, and a closed set: a flow file can say nothing else. The kinds are in `requirement_plain` and
`requirement_tasks`, rules that look at other dossiers in `across`, rules written in Python in `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from definitions.flow import Flow, Requirement, RequirementKind
from workflow.domain import requirement_plain as plain, requirement_tasks as tasks
from workflow.domain.reasons import Reason
from workflow.domain.requirement_view import NONE, Calendar, NamedRule, Reasons, RequirementView

__all__ = ["Calendar", "NamedRule", "RequirementView", "needs", "unmet"]


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
    if child.kind == "flag" and not plain.is_flagged(child, view):
        return NONE
    met = not unmet(child, view)
    if not met and _is_known(child, view):
        return NONE
    params: dict[str, Any] = {"kind": child.kind, "names": child.names or (child.kind,)}
    if not met:
        params["known"] = False
    return (Reason("not", params, tuple(_undoers(child, view.flow))),)


def _undoers(child: Requirement, flow: Flow) -> Iterable[str]:
    """Who can make a requirement that holds hold no longer: so far only a flag tells."""
    if child.kind == "flag":
        return plain.roles_that(flow, lambda each: child.names[0] in each.lowers)
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
    "documents": plain.documents,
    "vote_passed": plain.vote_passed,
    "quorum": plain.quorum,
    "round": plain.round_open,
    "flag": plain.flag_raised,
    "field": plain.field_given,
    "tasks_done": tasks.tasks_done,
    "task_lasted": tasks.task_lasted,
    "proof": plain.proof,
    "recent": plain.recent,
    "moment": plain.moment,
    "subject": plain.subject,
    "rule": _rule,
    "all": _all,
    "any": _any,
    "not": _not,
}
