"""Writes the errors back into the workbook a unit sent: one more column, everything else as it was.

Evaluates no formula and follows no link. A workbook too large or too odd to be kept is answered
with a plain one that holds its lines and the errors. Pictures and charts do not survive.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from workflow.intake.headers import letter_of
from workflow.intake.limits import LIMITS, Limits
from workflow.intake.mending import Overlay
from workflow.intake.opening import open_package
from workflow.intake.scanning import scan
from workflow.intake.sentences import say_problem, say_problems, word
from workflow.intake.values import Checked, ListRead, Problem, Row, Table

Place = tuple[str, int]
_RED, _YELLOW = "FFFFC7CE", "FFFFF2CC"
_DARK_RED = "FF9C0006"
_WIDTH = 60
_PLAIN = ("sheet", "row", "code", "name", "position", "workplace", "award", "achievement", "period", "note", "errors")
# What a spreadsheet would take for a formula when the cell is edited, also in full width.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class WrittenBack:
    """A workbook with the errors in it. `kept` tells whether it is the unit's own, or a plain one."""

    data: bytes
    kept: bool


@dataclass(frozen=True, slots=True)
class _Note:
    """What is written beside a row, and whether it must be mended."""

    text: str
    must: bool


def write_back(
    source: bytes | Path,
    read: ListRead,
    checked: Checked,
    *,
    language: str = "vi",
    limits: Limits = LIMITS,
    overlay: Overlay | None = None,
) -> WrittenBack:
    """The workbook with a last column of errors; `read` and `checked` are what came of the same file.

    A column of errors written earlier is written anew; cells of the `overlay` stand in it as they were mended.
    Raises `Unreadable` as reading does.
    """
    package = open_package(source, limits)
    scanned = scan(package, limits)
    notes = _notes(checked, language)
    kept = None
    if scanned.cells <= limits.kept_cells and scanned.spread <= limits.spread:
        kept = _into(
            package.packed({name: sheet.data for name, sheet in scanned.sheets.items()}),
            read,
            notes,
            overlay or {},
            language,
        )
    return WrittenBack(_plain(read.rows, notes, language) if kept is None else kept, kept is not None)


def _notes(checked: Checked, language: str) -> dict[Place, _Note]:
    warned: dict[Place, list[Problem]] = {}
    for warning in checked.warnings:
        warned.setdefault((warning.sheet, warning.number), []).append(warning.problem)
    look = {"vi": "Lưu ý", "en": "Note"}[language]
    notes = {
        place: _Note(f"{look}: " + "\n".join(say_problem(problem, language) for problem in problems), must=False)
        for place, problems in warned.items()
    }
    for bad in checked.bad:
        place = (bad.row.sheet, bad.row.number)
        notes[place] = _Note(say_problems(bad.problems, language), must=True)
    return notes


# ── into the unit's own workbook ─────────────────────────────────────────────────────────────────


def _into(data: bytes, read: ListRead, notes: Mapping[Place, _Note], overlay: Overlay, language: str) -> bytes | None:
    """The same workbook with the notes; None for one that openpyxl cannot hold, though Excel can."""
    with warnings.catch_warnings():
        # It warns of extensions it leaves out; whoever wrote them is not here to read that.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), rich_text=True)
        except Exception:  # odd styles and links come out as any kind of error
            return None
        _mend(book, read, overlay)
        _add(book, read, notes, language)
        buffer = io.BytesIO()
        try:
            book.save(buffer)
        except Exception:
            return None
    return buffer.getvalue()


def _mend(book: Workbook, read: ListRead, overlay: Overlay) -> None:
    """Cells as a person typed them; one for which the list has no column of its own stays in the lines alone."""
    for sheet, rows in overlay.items():
        for number, cells in ((int(number), cells) for number, cells in rows.items()):
            table = next((t for t in reversed(read.understood.tables) if _holds(t, sheet, number)), None)
            columns = {column.role: column.index for column in table.columns} if table else {}
            for role, text in cells.items():
                index = next((index for known, index in columns.items() if known == role), None)
                if index is not None:
                    _write(_cell(book[sheet], number, index), text)


def _holds(table: Table, sheet: str, number: int) -> bool:
    return table.sheet == sheet and table.header_end < number


def _add(book: Workbook, read: ListRead, notes: Mapping[Place, _Note], language: str) -> None:
    columns = {table.sheet: table.error_column for table in read.understood.tables}
    for table in read.understood.tables:
        written_before = any(column.role == "errors" for column in table.columns)
        if written_before or any(sheet == table.sheet for sheet, _number in notes):
            _head(book[table.sheet], table, language)
    for (sheet, number), note in notes.items():
        _beside(book[sheet], number, columns[sheet], note)


def _head(sheet: Worksheet, table: Table, language: str) -> None:
    """The heading of the column, dressed like its neighbour; what stood below it from before goes."""
    column = table.error_column
    for number in range(table.header_end + 1, sheet.max_row + 1):
        if (number, column) in sheet._cells:  # asking for a cell would make it
            _clear(_cell(sheet, number, column))
    head = _cell(sheet, table.header_row, column)
    beside = sheet.cell(table.header_row, max(column - 1, 1))
    for part in ("border", "alignment", "fill"):
        setattr(head, part, copy(getattr(beside, part)))
    head.font = Font(name=beside.font.name, size=beside.font.size, bold=True, color=_DARK_RED)
    _write(head, word("column", "errors", language))
    _widen(sheet, column)


def _beside(sheet: Worksheet, number: int, column: int, note: _Note) -> None:
    cell = _cell(sheet, number, column)
    _write(cell, note.text)
    colour = _RED if note.must else _YELLOW
    cell.fill = PatternFill(fill_type="solid", start_color=colour, end_color=colour)
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _cell(sheet: Worksheet, number: int, column: int) -> Cell:
    """The cell itself; a merged range that covers it is taken apart."""
    cell = sheet.cell(number, column)
    if isinstance(cell, MergedCell):
        covering = next(each for each in sheet.merged_cells.ranges if cell.coordinate in each)
        sheet.unmerge_cells(covering.coord)
        cell = sheet.cell(number, column)
    assert isinstance(cell, Cell)
    return cell


def _write(cell: Cell, text: str) -> None:
    """Text, and never anything but text."""
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_FORMULA_SIGNS):
        cell.quotePrefix = True


def _clear(cell: Cell) -> None:
    cell.value = None
    cell.fill = PatternFill()


def _widen(sheet: Worksheet, column: int) -> None:
    """A width of its own; a group of columns that covers it ends before it, else Excel finds the file broken."""
    for group in list(sheet.column_dimensions.values()):
        if group.min is not None and group.max is not None and group.min < column <= group.max:
            group.max = column - 1
    own = sheet.column_dimensions[letter_of(column)]
    own.width, own.hidden, own.min, own.max = _WIDTH, False, column, column


# ── a plain one ──────────────────────────────────────────────────────────────────────────────────


def _plain(rows: Sequence[Row], notes: Mapping[Place, _Note], language: str) -> bytes:
    """The lines and the errors, without the unit's formatting."""
    buffer = io.BytesIO()
    with plain_workbook(buffer) as book:
        sheet = book.add_worksheet(word("template", "sheet", language))
        bold = book.add_format({"bold": True, "text_wrap": True, "border": 1})
        red = book.add_format({"text_wrap": True, "valign": "top", "bg_color": f"#{_RED[2:]}"})
        yellow = book.add_format({"text_wrap": True, "valign": "top", "bg_color": f"#{_YELLOW[2:]}"})
        for column, key in enumerate(_PLAIN):
            sheet.write_string(0, column, word("column", key, language), bold)
        sheet.set_column(len(_PLAIN) - 1, len(_PLAIN) - 1, _WIDTH)
        for line, row in enumerate(rows, start=1):
            texts = (row.sheet, str(row.number), *(getattr(row, key) for key in _PLAIN[2:-1]))
            for column, text in enumerate(texts):
                sheet.write_string(line, column, text)
            note = notes.get((row.sheet, row.number))
            if note is not None:
                sheet.write_string(line, len(_PLAIN) - 1, note.text, red if note.must else yellow)
    return buffer.getvalue()


def plain_workbook(buffer: io.BytesIO) -> Any:
    """A new workbook in which a text stays a text: no formula, no link, no number is made of it."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    return xlsxwriter.Workbook(buffer, options)
