"""Cells that a person mended on a page, laid over what the workbook says. The workbook itself stays as it was sent.

An overlay is `{sheet: {row: {column: text}}}`; columns are roles of `MENDABLE`, rows count from 1 and are text, since
that is how it is kept. Nothing is checked here: a mended list is checked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workflow.intake.grids import tidy
from workflow.intake.headings import one_line
from workflow.intake.limits import LIMITS
from workflow.intake.values import ListRead, Row

Cells = Mapping[str, str]
Overlay = Mapping[str, Mapping[str, Cells]]

TEXTS = ("name", "code", "position", "workplace", "award", "achievement", "period", "note")
NOMINEE = "nominee"
MENDABLE = (*TEXTS, NOMINEE)
"""What may be typed anew for a row; `nominee` says whether it is a person or a collective."""
_LINES = frozenset({"achievement", "note"})
_KINDS = ("individual", "collective")


def mended(read: ListRead, overlay: Overlay) -> ListRead:
    """The same list with these cells as a person typed them; rows that the list does not have are passed over."""
    if not overlay:
        return read
    return replace(read, rows=tuple(_mended(row, cells_of(overlay, row.sheet, row.number)) for row in read.rows))


def cells_of(overlay: Overlay, sheet: str, number: int) -> Cells:
    """What was typed for this row; nothing for most."""
    return overlay.get(sheet, {}).get(str(number), {})


def laid_over(overlay: Overlay, rows: Iterable[Row], typed: Iterable[tuple[str, int, str, str]]) -> dict[str, Any]:
    """The overlay with more cells typed: (sheet, row, column, text). `rows` are those of the workbook as it was sent.

    What is typed as the workbook has it anyway is no mending and is dropped; so is what names no row or column.
    """
    sent = {(row.sheet, row.number): row for row in rows}
    found: dict[str, dict[str, dict[str, str]]] = {
        sheet: {number: dict(cells) for number, cells in numbers.items()} for sheet, numbers in overlay.items()
    }
    for sheet, number, column, text in typed:
        row = sent.get((sheet, number))
        if row is None or column not in MENDABLE:
            continue
        cells = found.setdefault(sheet, {}).setdefault(str(number), {})
        clean = _clean(column, text)
        # Where a formula stands, an empty box was left alone; whatever was typed there takes its place.
        untouched = not clean if column in row.formulas | row.errors else clean == _sent(row, column)
        if untouched:
            cells.pop(column, None)
        else:
            cells[column] = clean
    kept = {sheet: {number: cells for number, cells in rows.items() if cells} for sheet, rows in found.items()}
    return {sheet: rows for sheet, rows in kept.items() if rows}


def _clean(column: str, text: str) -> str:
    """As a cell of a workbook is read: NFC, nothing invisible, and no longer than a cell can be."""
    clean = tidy(text[: LIMITS.cell_text])
    return clean if column in _LINES else one_line(clean)


def _sent(row: Row, column: str) -> str:
    return (row.section or "") if column == NOMINEE else str(getattr(row, column))


def _mended(row: Row, cells: Cells) -> Row:
    changes: dict[str, Any] = {column: cells[column] for column in TEXTS if column in cells}
    if not changes and cells.get(NOMINEE) not in _KINDS:
        return row
    typed = frozenset(changes)
    if "award" in changes:
        changes["award_from"] = "cell"
    if cells.get(NOMINEE) in _KINDS:
        changes |= {"section": cells[NOMINEE], "section_from": "mended"}
    # Whoever types the place or the post anew has mended the cell that held both.
    both = {"position_workplace"} if typed & {"position", "workplace"} else set()
    return replace(row, **changes, formulas=row.formulas - typed - both, errors=row.errors - typed - both)
