"""The sheets of a scanned workbook as grids of clean text. Knows nothing of headers or awards.

Values come from python-calamine, which gives a formula's last result; that a cell is a formula,
and that an error stands in it, is known from the scan.
"""

from __future__ import annotations

import io
import math
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import Element

import python_calamine as calamine
from defusedxml import ElementTree

from workflow.domain.vietnamese import CONTROL, INVISIBLE, nfc, short_date
from workflow.intake.limits import LIMITS, Limits
from workflow.intake.opening import Package
from workflow.intake.scanning import Cell, Scan, SheetScan
from workflow.intake.values import IgnoredSheet, Unreadable

# Where the value reader looks; a workbook that keeps them elsewhere is not one that Excel wrote.
WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. Rows and columns count from 1; `texts` holds clean text, lines kept apart by `\\n`.

    A text of a merged range stands in every row of its first column; those copies are in `copied`.
    `across` are rows whose first filled cell is merged over several columns.
    """

    name: str
    texts: tuple[tuple[str, ...], ...]
    copied: frozenset[Cell] = frozenset()
    across: frozenset[int] = frozenset()
    spans: Mapping[Cell, int] = field(default_factory=dict)
    formulas: frozenset[Cell] = frozenset()
    errors: frozenset[Cell] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    last_column: int = 0

    def row(self, number: int) -> tuple[str, ...]:
        return self.texts[number - 1] if 0 < number <= len(self.texts) else ()

    @property
    def height(self) -> int:
        return len(self.texts)

    def blanked(self, column: int, below: int) -> Grid:
        """The same sheet with nothing in this column under this row."""
        texts = (
            row[: column - 1] + ("",) * (column <= len(row)) + row[column:] if number > below else row
            for number, row in enumerate(self.texts, start=1)
        )
        return replace(self, texts=tuple(texts))


def read_grids(
    package: Package, scanned: Scan, limits: Limits = LIMITS
) -> tuple[tuple[Grid, ...], tuple[IgnoredSheet, ...]]:
    """Every visible sheet with cells, in order, and the sheets left out. Raises `Unreadable`."""
    places = _sheet_entries(package)
    _refuse_too_large(places, scanned, limits)
    data = package.packed({name: sheet.data for name, sheet in scanned.sheets.items()})
    grids: list[Grid] = []
    ignored: list[IgnoredSheet] = []
    with _our_reasons(), calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for meta in book.sheets_metadata:
            looked_at = scanned.sheets.get(places.get(meta.name, ""))
            cause = _not_read(meta, looked_at)
            if cause or looked_at is None:
                ignored.append(IgnoredSheet(meta.name, cause))
            else:
                grids.append(_grid(meta.name, book.get_sheet_by_name(meta.name), looked_at, limits))
    return tuple(grids), tuple(ignored)


@contextmanager
def _our_reasons() -> Iterator[None]:
    """Turns what the value reader raises into our own reason; a panic of it is not an `Exception`."""
    try:
        yield
    except Unreadable:
        raise
    except calamine.PasswordError as error:
        raise Unreadable("password") from error
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise Unreadable("broken") from error
        raise


def _not_read(meta: calamine.SheetMetadata, looked_at: SheetScan | None) -> str:
    if meta.typ != calamine.SheetTypeEnum.WorkSheet or looked_at is None:
        return "not_a_table"
    if meta.visible != calamine.SheetVisibleEnum.Visible:
        return "hidden"
    return "" if looked_at.last_row else "empty"


def _refuse_too_large(places: Mapping[str, str], scanned: Scan, limits: Limits) -> None:
    names = {place: name for name, place in places.items()}
    for place, sheet in scanned.sheets.items():
        name = names.get(place, place)
        if sheet.last_row > limits.rows:
            raise Unreadable("too_many_rows", sheet=name, row=sheet.last_row, max=limits.rows)
        if sheet.last_column > limits.columns + 1:  # a list of that width comes back with its column of errors
            raise Unreadable("too_many_columns", sheet=name, column=sheet.last_column, max=limits.columns)


def _sheet_entries(package: Package) -> dict[str, str]:
    """The entry of each sheet by the sheet's name."""
    links = _targets(package)
    sheets = [each for each in _parsed(package, WORKBOOK).iter() if _local(each.tag) == "sheet"]
    entries = {sheet.get("name", ""): links.get(_link(sheet), "") for sheet in sheets}
    if len(entries) < len(sheets):
        # Two sheets of one name: what is shown of one could be read from the other.
        raise Unreadable("broken")
    return entries


def _link(sheet: Element) -> str:
    return next((value for key, value in sheet.items() if key.startswith("{") and _local(key) == "id"), "")


def _targets(package: Package) -> dict[str, str]:
    """The entry behind each relationship of the workbook."""
    by_lower = {name.lower(): name for name in package.entries}
    targets = {}
    for each in _parsed(package, RELATIONS):
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(WORKBOOK), each.get("Target", "")))
        targets[each.get("Id", "")] = by_lower.get(path.lstrip("/").lower(), "")
    return targets


def _parsed(package: Package, path: str) -> Element:
    data = next((data for name, data in package.entries.items() if name.lower() == path), None)
    if data is None:
        raise Unreadable("broken")
    root: Element = ElementTree.fromstring(data, forbid_dtd=True)
    return root


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _grid(name: str, sheet: calamine.CalamineSheet, looked_at: SheetScan, limits: Limits) -> Grid:
    cache: dict[str, str] = {}
    rows = [[_text(value, cache) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    copied: set[Cell] = set()
    across: set[int] = set()
    spans: dict[Cell, int] = {}
    for top, left, bottom, right in _merged(sheet, rows, limits):
        if right > left and not any(rows[top][:left]):
            across.add(top + 1)
        spans[top + 1, left + 1] = bottom + 1
        for below in range(top + 1, min(bottom + 1, len(rows))):
            if not rows[below][left]:
                rows[below][left] = rows[top][left]
                copied.add((below + 1, left + 1))
    return Grid(
        name=name,
        texts=tuple(tuple(row) for row in rows),
        copied=frozenset(copied),
        across=frozenset(across),
        spans=spans,
        formulas=frozenset(looked_at.formulas),
        errors=frozenset(looked_at.errors),
        hidden_rows=frozenset(looked_at.hidden_rows),
        last_column=looked_at.last_column,
    )


def _merged(
    sheet: calamine.CalamineSheet, rows: Sequence[Sequence[str]], limits: Limits
) -> Iterator[tuple[int, int, int, int]]:
    """The merged ranges that begin among the cells, counted from 0; refused where they cover too many."""
    room = limits.spread
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < len(rows) and left < len(rows[top]):
            room -= min(bottom, len(rows) - 1) - top + 1
            if room < 0:
                raise Unreadable("too_many_merged", sheet=sheet.name, max=limits.spread)
            yield top, left, bottom, right


def _text(value: Any, cache: dict[str, str]) -> str:
    """A value as a person reads it: whole numbers without a point, days as day/month/year."""
    if isinstance(value, str):
        found = cache.get(value)
        if found is None:
            found = cache[value] = tidy(value)
        return found
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "#NUM!"
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return short_date(value.date())
    if isinstance(value, date):
        return short_date(value)
    return str(value)


def tidy(text: str) -> str:
    """NFC, nothing invisible, single spaces; lines stay apart, empty ones go."""
    visible = nfc(CONTROL.sub("", INVISIBLE.sub("", text)))
    return "\n".join(_filled(visible))


def _filled(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = " ".join(line.split())
        if words:
            yield words
