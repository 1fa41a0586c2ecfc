"""Units, people and award history out of TOML or workbook files: form only, all mistakes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import tomli

from workflow.services.register import HistoryEntry, PersonEntry, RegisterError, RoleEntry, UnitEntry

T = TypeVar("T")
LARGEST = 5 * 1024 * 1024


def read_units(path: Path) -> list[UnitEntry]:
    """`[[unit]]` tables with the fields of `UnitEntry`. Raises RegisterError with every fault."""
    return _entries(path, "unit", lambda row: UnitEntry(**row), UnitEntry)


def read_people(path: Path) -> list[PersonEntry]:
    """`[[person]]` tables; `roles = [{ role = "…", scope_kind = "unit", scope = "CVT" }]`. Raises RegisterError."""
    return _entries(path, "person", _person, PersonEntry)


def _person(row: Mapping[str, Any]) -> PersonEntry:
    return PersonEntry(**{**row, "roles": tuple(RoleEntry(**each) for each in row.get("roles", ()))})


def read_history(path: Path) -> list[HistoryEntry]:
    """`[[history]]` tables with the fields of `HistoryEntry`. Raises RegisterError."""
    return _entries(path, "history", lambda row: HistoryEntry(**row), HistoryEntry)


def _entries(path: Path, name: str, make: Callable[[Mapping[str, Any]], T], kind: type[Any]) -> list[T]:
    if path.stat().st_size > LARGEST:
        raise RegisterError("file_too_large", path=path.name)
    try:
        data = tomli.loads(path.read_text(encoding="utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegisterError("file_unreadable", path=path.name, detail=str(error)) from error
    made: list[T] = []
    faults: list[str] = []
    for number, row in enumerate(data.get(name, ()), start=1):
        try:
            made.append(make(row))
        except (TypeError, ValueError) as error:
            faults.append(f"[[{name}]] {number}: {error}")
    if unknown := set(data) - {name}:
        faults.append(f"{', '.join(sorted(unknown))}?")
    if faults:
        raise RegisterError("file_entries", path=path.name, faults="; ".join(faults), kind=kind.__name__)
    return made
