"""Codes and parameters become sentences: the one place where faces get their words about reasons and states.

Pure rooms give codes; the flow gives labels; the catalogue gives sentences. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from definitions.flow import Flow, Language
from definitions.messages import package_catalogue
from workflow.domain.reasons import Reason


def say(code: str, language: Language, /, **params: Any) -> str:
    """A sentence of the workflow's catalogue."""
    return package_catalogue("workflow").say(code, language, **params)


def role_label(role: str, language: Language) -> str:
    """How people call a role; the id itself for one the catalogue does not know."""
    catalogue = package_catalogue("workflow")
    return catalogue.say(f"role.{role}", language) if f"role.{role}" in catalogue else role


def sentence(reason: Reason, language: Language, flow: Flow | None = None) -> str:
    """The reason as a person reads it: the flow's own sentence first, then what exactly is the matter.

    Ids of states, transitions, documents, tasks and roles are replaced by their labels.
    """
    if reason.label is not None and reason.code in ("flag", "not"):  # the mark's own name would say nothing
        return say("reason.labelled", language, label=reason.label.in_(language))
    text = say(f"reason.{_sentence_of(reason)}", language, **_named(reason, language, flow))
    if "who" in reason.params:
        text += " " + say("moved_last", language, **_named(reason, language, flow))
    if reason.label is None or reason.code in ("not_by", "field_missing", "late_reason", "field_invalid"):
        return text
    return f"{reason.label.in_(language)}. {text}"


def _sentence_of(reason: Reason) -> str:
    """What is not known has its own sentence, where there is one: it is mended in another way."""
    unknown = f"{reason.code}_unknown"
    is_unknown = reason.params.get("known") is False and f"reason.{unknown}" in package_catalogue("workflow")
    return unknown if is_unknown else reason.code


def menders(reason: Reason, language: Language) -> str:
    """Who can mend it, in words; empty when nobody can."""
    return ", ".join(role_label(role, language) for role in reason.menders)


def _named(reason: Reason, language: Language, flow: Flow | None) -> dict[str, Any]:
    params: dict[str, Any] = dict(reason.params)
    if reason.label is not None and "field" in params:
        params["field"] = reason.label.in_(language)
    return {name: _word(name, value, language, flow) for name, value in params.items()}


def _word(name: str, value: Any, language: Language, flow: Flow | None) -> Any:
    if isinstance(value, (tuple, list)):
        return ", ".join(str(_word(name, each, language, flow)) for each in value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if not isinstance(value, str):
        return value
    if flow is not None and (label := _label(name, value, flow, language)):
        return label
    if name == "missing" and "/" in value:
        return _shortfall(value, language)
    if name in ("needed", "role"):
        return role_label(value, language)
    code = f"word.{name}.{value}"
    catalogue = package_catalogue("workflow")
    if code in catalogue:
        return catalogue.say(code, language)
    return _day(value)


def _label(name: str, value: str, flow: Flow, language: Language) -> str:
    tables: Mapping[str, Mapping[str, Any]] = {
        "state": flow.states, "sources": flow.states, "transition": flow.transitions, "what": flow.transitions,
        "missing": flow.documents, "task": flow.tasks, "tasks": flow.tasks,
    }  # fmt: skip
    found = tables.get(name, {}).get(value)
    words = getattr(found, "label", None) or getattr(found, "title", None)
    return str(words.in_(language)) if words else ""


def _shortfall(value: str, language: Language) -> str:
    """`cstd_co_so 1/2` as people say it: the title's name, what there is, what is needed."""
    head, _, figures = value.rpartition(" ")
    found, _, wanted = figures.partition("/")
    catalogue = package_catalogue("workflow")
    code = f"award_name.{head}"
    named = catalogue.say(code, language) if code in catalogue else head
    return say("word.shortfall", language, name=named, found=found, wanted=wanted)


def _day(value: str) -> str:
    """An ISO day among the parameters, as people write it; anything else as it is."""
    if len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value).strftime("%d/%m/%Y")
        except ValueError:
            return value
    return value
