"""Transitions out of their mapping: sources, branches, fields, requirements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from definitions import flow as f
from definitions.parsing_values import many, maybe_span, maybe_words, notices, words

REQUIREMENT_KINDS: tuple[f.RequirementKind, ...] = get_args(f.RequirementKind)


def transition_of(
    name: str, row: Mapping[str, Any], still_open: tuple[str, ...], tasks: Mapping[str, f.Task]
) -> f.Transition:
    act = _task_tie(name, tasks)
    return f.Transition(
        id=name,
        label=words(row["label"]),
        sources=_sources(row, still_open),
        branches=tuple(map(_branch, row["branch"])) if "branch" in row else (f.Branch(row["to"]),),
        by=tuple(row["by"]),
        not_by=tuple(row.get("not_by", ())),
        fields=tuple(_field(key, value) for key, value in row.get("with", {}).items()),
        require=_with_least_duration(_requirements(row), act, tasks),
        mail=notices(row),
        marks=many(row.get("marks", ())),
        marks_on=many(row.get("marks_on", ())),
        raises=tuple(row.get("raises", ())),
        lowers=tuple(row.get("lowers", ())),
        voids=tuple(row.get("voids", ())),
        vote=row.get("vote"),
        hold=row.get("hold"),
        releases=tuple(row.get("releases", ())),
        exceptional=row.get("exceptional", False),
        effect=row.get("effect"),
        task=act,
        legal=row.get("legal", ""),
    )


def _task_tie(name: str, tasks: Mapping[str, f.Task]) -> tuple[str, Literal["open", "close"]] | None:
    change, _, task = name.partition("_")
    if task not in tasks or change not in ("open", "close"):
        return None
    return task, "open" if change == "open" else "close"


def _with_least_duration(
    require: tuple[f.Requirement, ...],
    act: tuple[str, Literal["open", "close"]] | None,
    tasks: Mapping[str, f.Task],
) -> tuple[f.Requirement, ...]:
    """Closing a task that must run for some time asks for that time, whatever else the file asks for."""
    if act is None or act[1] == "open" or tasks[act[0]].lasts is None:
        return require
    lasted = f.Requirement("task_lasted", (act[0],))
    asked = any((each.kind, each.names) == (lasted.kind, lasted.names) for each in require)
    return require if asked else (*require, lasted)


def _sources(row: Mapping[str, Any], still_open: tuple[str, ...]) -> tuple[str, ...]:
    states = still_open if row["from"] == "open" else tuple(row["from"])
    return tuple(state for state in states if state not in row.get("except", ()))


def _branch(row: Mapping[str, Any]) -> f.Branch:
    return f.Branch(row["to"], _requirements(row), notices(row))


def _field(name: str, value: str | Mapping[str, Any]) -> f.Field:
    row: Mapping[str, Any] = {"type": value} if isinstance(value, str) else value
    required = row.get("required", True)
    return f.Field(
        name=name,
        type=row["type"],
        required=("always" if required else "never") if isinstance(required, bool) else f"after:{required['after']}",
        per=row.get("per", "act"),
        min=row.get("min"),
        max=row.get("max"),
        choices=tuple(row.get("choices", ())),
        label=maybe_words(row),
        usual=maybe_span(row, "usual"),
    )


def _requirements(row: Mapping[str, Any]) -> tuple[f.Requirement, ...]:
    return tuple(map(requirement_of, row.get("require", ())))


def requirement_of(row: Mapping[str, Any]) -> f.Requirement:
    """One requirement and those inside it."""
    kind = next(each for each in REQUIREMENT_KINDS if each in row)
    value = row[kind]
    label = maybe_words(row)
    if kind in ("all", "any"):
        return f.Requirement(kind, children=tuple(map(requirement_of, value)), label=label)
    if kind == "not":
        return f.Requirement(kind, children=(requirement_of(value),), label=label)
    names = () if value is True else many(value)
    if kind == "field" and "is" in row:
        names = (*names, row["is"])
    return f.Requirement(kind, names, span=maybe_span(row, "within"), label=label)
