"""What people call the ids of a flow: papers, tasks, marks, moments, entries, bodies that vote.

A mark or a moment has no name of its own; people know the act that brings it about. An id for which nobody has words
stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from definitions.flow import Flow, Language, Requirement, RequirementKind, Transition
from definitions.messages import package_catalogue

Kind = Literal["state", "transition", "document", "task", "flag", "moment", "field", "body"]
SCOPES = ("all", "submission", "nomination")
_KIND_OF: Mapping[RequirementKind, Kind] = {
    "documents": "document",
    "vote_passed": "body",
    "quorum": "body",
    "flag": "flag",
    "field": "field",
    "tasks_done": "task",
    "task_lasted": "task",
    "moment": "moment",
    "recent": "moment",
}


def called(flow: Flow, kind: Kind, name: str, language: Language) -> str:
    """The words for one id of this flow; empty where there are none."""
    return _NAMES[kind](flow, name, language)


def names_of(flow: Flow, requirement: Requirement, language: Language) -> tuple[str, ...]:
    """The arguments of a requirement in words; a field's value and an unknown id as they are."""
    kind = _KIND_OF.get(requirement.kind)
    if kind is None:
        return requirement.names
    if kind == "field":
        name, *value = requirement.names
        return (" = ".join((called(flow, kind, name, language) or name, *value)),)
    return tuple(called(flow, kind, each, language) or each for each in requirement.names)


def _state(flow: Flow, name: str, language: Language) -> str:
    found = flow.states.get(name)
    return found.label.in_(language) if found else ""


def _transition(flow: Flow, name: str, language: Language) -> str:
    found = flow.transitions.get(name)
    return found.label.in_(language) if found else ""


def _document(flow: Flow, name: str, language: Language) -> str:
    found = flow.documents.get(name)
    if found is None and name in SCOPES:
        return _say(f"papers.{name}", language)
    return found.title.in_(language) if found else ""


def _task(flow: Flow, name: str, language: Language) -> str:
    found = flow.tasks.get(name)
    return found.label.in_(language) if found else ""


def _flag(flow: Flow, name: str, language: Language) -> str:
    return _acts(flow, lambda each: name in each.raises, language)


def _moment(flow: Flow, name: str, language: Language) -> str:
    code = f"moment.{name}"
    if code in package_catalogue("definitions"):
        return _say(code, language)
    return _acts(flow, lambda each: name in each.marks, language)


def _acts(flow: Flow, chosen: Callable[[Transition], bool], language: Language) -> str:
    """The acts that bring something about, each named once; those that mend something only if there is no other."""
    found = [each for each in flow.transitions.values() if chosen(each)]
    ordinary = [each for each in found if not each.exceptional]
    return " / ".join(dict.fromkeys(each.label.in_(language) for each in ordinary or found))


def _field(flow: Flow, name: str, language: Language) -> str:
    found = (each for act in flow.transitions.values() for each in act.fields if each.name == name and each.label)
    label = next((each.label for each in found), None)
    return label.in_(language) if label else ""


def _body(flow: Flow, name: str, language: Language) -> str:
    rule = flow.votes.get(name)
    return _say(f"body.{rule.body}", language) if rule else ""


def _say(code: str, language: Language) -> str:
    return package_catalogue("definitions").say(code, language)


_NAMES: Mapping[Kind, Callable[[Flow, str, Language], str]] = {
    "state": _state,
    "transition": _transition,
    "document": _document,
    "task": _task,
    "flag": _flag,
    "moment": _moment,
    "field": _field,
    "body": _body,
}
