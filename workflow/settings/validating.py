"""Turns what pydantic says of a value into a `Fault` with a place, and never repeats the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from definitions.reading import Source
from workflow.settings.faults import Fault
from workflow.settings.model import PREFIX, SECTIONS

_CODES = {
    "literal_error": "choice",
    "greater_than_equal": "range",
    "less_than_equal": "range",
    "address": "address",
    "database": "database",
    "secret_in_address": "secret_in_address",
    "sender_missing": "sender_missing",
    "trial_empty": "trial_empty",
    "password_in_clear": "password_in_clear",
    "role": "role",
    "oidc_half": "oidc_half",
}


def place_of(source: Source, path: tuple[str | int, ...]) -> str:
    """`config.toml:12`, the line of the key or of the nearest table around it."""
    return f"{source.name}:{source.positions.of_key(path)[0]}"


def fault_of(error: ErrorDetails, source: Source | None, origins: Mapping[str, str]) -> Fault:
    """The fault behind one of pydantic's errors."""
    where = tuple(part for part in error["loc"][:2] if isinstance(part, str))
    name = ".".join(where)
    origin = origins.get(name, "")
    in_file = source if not origin.startswith(PREFIX) else None
    place = place_of(in_file, where) if in_file else origin or name
    code = _CODES.get(error["type"], "type")
    return Fault(place, f"settings.{code}", {"key": name, **_limits(where), **_ours(error)})


def _ours(error: ErrorDetails) -> dict[str, Any]:
    """What our own checks say beside their code; pydantic's own parameters are English words."""
    return {name: value for name, value in error.get("ctx", {}).items() if name in {"variable", "mode", "host", "role"}}


def _limits(where: tuple[str, ...]) -> dict[str, Any]:
    """What may be set there, in words that need no language: the least and the most, or the kind."""
    if len(where) != 2:
        return {}
    each = SECTIONS[where[0]].model_fields[where[1]]
    found: dict[str, Any] = {"kind": _kind(str(each.annotation))}
    if get_origin(each.annotation) is Literal:
        found["expected"] = ", ".join(f'"{choice}"' for choice in get_args(each.annotation))
    for rule in _rules(each):
        found |= {"least": rule.ge} if getattr(rule, "ge", None) is not None else {}
        found |= {"most": rule.le} if getattr(rule, "le", None) is not None else {}
    return found


def _rules(each: FieldInfo) -> Iterator[Any]:
    for source in (each, *getattr(each.annotation, "__args__", ())):
        for rule in getattr(source, "metadata", getattr(source, "__metadata__", ())):
            yield rule
            yield from getattr(rule, "metadata", ())


def _kind(annotation: str) -> str:
    if "tuple" in annotation:
        return '["…", "…"]'
    return "123" if "int" in annotation else '"…"'
