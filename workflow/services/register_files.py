"""Units, people and award history out of TOML or workbook files: form only, all mistakes at once with their lines.

A TOML file has tables `[[unit]]`, `[[person]]`, `[[history]]`. A workbook has one sheet whose first row names the
columns in Vietnamese or by the field's name; of a person it takes one role a row, and rows of one code are one person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import tomli

from workflow.domain import vietnamese
from workflow.intake.grids import read_grids
from workflow.intake.opening import open_package
from workflow.intake.scanning import scan
from workflow.services import register, register_book
from workflow.services.desk import Desk
from workflow.services.register import MINISTRY, HistoryEntry, PersonEntry, RegisterError, RoleEntry, UnitEntry

T = TypeVar("T")
Kind = Literal["unit", "person", "history"]
KINDS: tuple[Kind, ...] = ("unit", "person", "history")
LARGEST = 5 * 1024 * 1024


def read_units(path: Path) -> list[UnitEntry]:
    """`[[unit]]` tables with the fields of `UnitEntry`. Raises RegisterError with every fault."""
    return _units(*_file(path))


def read_people(path: Path) -> list[PersonEntry]:
    """`[[person]]` tables; `roles = [{ role = "…", scope_kind = "unit", scope = "CVT" }]`. Raises RegisterError."""
    return _people(*_file(path))


def read_history(path: Path) -> list[HistoryEntry]:
    """`[[history]]` tables with the fields of `HistoryEntry`. Raises RegisterError."""
    return _history(*_file(path))


def take(desk: Desk, kind: str, name: str, content: bytes, by: str, now: datetime) -> int:
    """Enter what an uploaded file holds, all or none; how many. Raises RegisterError, Unreadable."""
    match kind:
        case "unit":
            return register.add_units(desk, _units(name, content), by, now)
        case "person":
            people = _people(name, content)
            register_book.refuse_unknown_units(desk, people)
            return register.add_people(desk, people, by, now)
        case "history":
            return register.add_history(desk, _history(name, content), name[:200], by, now)
    raise RegisterError("file_kind", kind=kind)


def _file(path: Path) -> tuple[str, bytes]:
    if path.stat().st_size > LARGEST:
        raise RegisterError("file_too_large", path=path.name)
    return path.name, path.read_bytes()


def _units(name: str, content: bytes) -> list[UnitEntry]:
    return _entries(name, content, "unit", lambda row: UnitEntry(**row), UnitEntry)


def _people(name: str, content: bytes) -> list[PersonEntry]:
    return _entries(name, content, "person", _person, PersonEntry)


def _history(name: str, content: bytes) -> list[HistoryEntry]:
    return _entries(name, content, "history", lambda row: HistoryEntry(**row), HistoryEntry)


def _person(row: Mapping[str, Any]) -> PersonEntry:
    return PersonEntry(**{**row, "roles": tuple(RoleEntry(**each) for each in row.get("roles", ()))})


def _entries(name: str, content: bytes, kind: Kind, make: Callable[[Mapping[str, Any]], T], of: type[Any]) -> list[T]:
    if len(content) > LARGEST:
        raise RegisterError("file_too_large", path=name)
    rows, faults = _from_workbook(name, content, kind) if content[:2] == b"PK" else _from_toml(name, content, kind)
    made: list[T] = []
    for place, row in rows:
        try:
            made.append(make(row))
        except (TypeError, ValueError) as error:
            faults.append(f"{place}: {error}")
    if faults:
        raise RegisterError("file_entries", path=name, faults="; ".join(faults), kind=of.__name__)
    return made


def _from_toml(name: str, content: bytes, kind: Kind) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
    try:
        data = tomli.loads(content.decode("utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RegisterError("file_unreadable", path=name, detail=str(error)) from error
    faults = [f"{', '.join(sorted(unknown))}?"] if (unknown := set(data) - {kind}) else []
    return [(f"[[{kind}]] {number}", row) for number, row in enumerate(data.get(kind, ()), start=1)], faults


# ── workbooks ────────────────────────────────────────────────────────────────────────────────────

COLUMNS: Mapping[Kind, Mapping[str, tuple[str, str]]] = {
    "unit": {
        "code": ("Mã đơn vị", "Code"), "name": ("Tên đơn vị", "Name"), "kind": ("Loại", "Kind"),
        "from_on": ("Từ ngày", "From"), "until_on": ("Đến trước ngày", "Until"),
        "successor": ("Đơn vị kế thừa", "Successor"), "cluster": ("Khối, cụm", "Cluster"),
        "mailbox": ("Hộp thư", "Mailbox"),
    },
    "person": {
        "code": ("Mã người", "Code"), "name": ("Họ và tên", "Name"), "root_unit": ("Mã đơn vị", "Unit"),
        "email": ("Thư điện tử", "Email"), "role": ("Vai trò", "Role"), "scope": ("Phạm vi", "Scope"),
        "from_on": ("Từ ngày", "From"),
    },
    "history": {
        "unit": ("Mã đơn vị", "Unit"), "name": ("Họ và tên", "Name"), "nominee": ("Cá nhân, tập thể", "Nominee"),
        "year": ("Năm", "Year"), "award": ("Hình thức", "Award"), "kind": ("Loại", "Kind"),
        "rating": ("Xếp loại", "Rating"), "person": ("Mã người", "Person"), "number": ("Số quyết định", "Number"),
        "decided_on": ("Ngày quyết định", "Decided"),
    },
}  # fmt: skip
"""Field → the heading of its column, in Vietnamese and in English."""
_DAYS = ("from_on", "until_on", "decided_on")


def columns(kind: Kind, language: str) -> list[str]:
    """The headings that a workbook of this kind has."""
    return [said[language == "en"] for said in COLUMNS[kind].values()]


def _from_workbook(name: str, content: bytes, kind: Kind) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
    """Rows under the headings, each with its place. Raises Unreadable."""
    package = open_package(content)
    grids, _ = read_grids(package, scan(package))
    texts = grids[0].texts if grids else ()
    headings = {_folded(said): field for field, both in COLUMNS[kind].items() for said in (field, *both)}
    fields = [headings.get(_folded(cell), "") for cell in (texts[0] if texts else ())]
    faults = [f"“{cell}”?" for cell, field in zip(texts[0] if texts else (), fields, strict=True) if cell and not field]
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for number, cells in enumerate(texts[1:], start=2):
        row = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell}
        if not row:
            continue
        try:
            rows.append((f"{name} {number}", _typed(row)))
        except ValueError as error:
            faults.append(f"{name} {number}: {error}")
    return (_by_person(rows) if kind == "person" else rows), faults


def _folded(heading: str) -> str:
    return vietnamese.fold(heading).replace("_", " ").strip()


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    """Cells as values: days out of texts, a year as a number."""
    found: dict[str, Any] = dict(row)
    for field in _DAYS:
        if field in found:
            found[field] = vietnamese.read_date(found[field])
    if "year" in found:
        found["year"] = int(found["year"])
    return found


def _by_person(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Rows of one person become one entry with several roles."""
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for place, row in rows:
        root = row.get("root_unit", MINISTRY)
        known = {key: value for key, value in row.items() if key not in ("role", "scope", "from_on")}
        _, entry = found.setdefault((root, row.get("code", "")), (place, {**known, "roles": []}))
        if "role" in row:
            since = row.get("from_on", date(2020, 1, 1))
            role = register_book.scoped(row["role"], row.get("scope", ""), root, since)
            shape = dict(role=role.role, scope_kind=role.scope_kind, scope=role.scope, from_on=role.from_on)
            entry["roles"].append(shape)
    return list(found.values())
