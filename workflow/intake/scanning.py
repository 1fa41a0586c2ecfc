"""Looks over the XML of an unpacked workbook before a parser builds anything from it.

It takes no values: it refuses document types (and with them every entity), counts rows, columns,
cells and text, and notes what the value reader does not tell: formulas, error values, hidden rows.
Trailing rows that hold only formatting are cut off, so that nobody pays for them later.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from workflow.intake.limits import LIMITS, Limits
from workflow.intake.opening import Package
from workflow.intake.values import Unreadable

Cell = tuple[int, int]
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(slots=True)
class SheetScan:
    """What one sheet holds. `last_row` and `last_column` bound the cells that have content.

    `spread` counts the cells that merged ranges and links cover; `data` is the sheet without its
    trailing empty rows.
    """

    last_row: int = 0
    last_column: int = 0
    cells: int = 0
    spread: int = 0
    formulas: set[Cell] = field(default_factory=set)
    errors: set[Cell] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    texts: array[int] = field(default_factory=lambda: array("L"))
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Scan:
    """The sheets of a workbook by the name of their entry."""

    sheets: Mapping[str, SheetScan]

    @property
    def cells(self) -> int:
        return sum(sheet.cells for sheet in self.sheets.values())

    @property
    def spread(self) -> int:
        return sum(sheet.spread for sheet in self.sheets.values())


def scan(package: Package, limits: Limits = LIMITS) -> Scan:
    """Look over every XML part. Raises `Unreadable` where a limit or the form is broken."""
    sheets: dict[str, SheetScan] = {}
    lengths: list[int] = []
    for name, data in package.entries.items():
        if not name.lower().endswith((".xml", ".rels")):
            continue
        scanner = _Scanner(limits)
        scanner.run(data)
        if scanner.root == "worksheet":
            sheets[name] = scanner.sheet
        elif scanner.root == "sst":
            lengths = scanner.lengths
    _refuse_amplified_text(sheets, lengths, limits)
    return Scan(sheets)


def cell_at(reference: str) -> Cell | None:
    """Row and column of a reference such as `B12`; None when it is not one."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _area(reference: str) -> int:
    """How many cells a range covers; one that cannot be read covers too many."""
    first, _, last = reference.replace("$", "").partition(":")
    start, end = cell_at(first), cell_at(last or first)
    if start is None or end is None:
        return 1 << 40
    return (abs(end[0] - start[0]) + 1) * (abs(end[1] - start[1]) + 1)


def _refuse_amplified_text(sheets: Mapping[str, SheetScan], lengths: list[int], limits: Limits) -> None:
    if max(lengths, default=0) > limits.cell_text:
        raise Unreadable("cell_too_long", max=limits.cell_text)
    referred = sum(lengths[index] for sheet in sheets.values() for index in sheet.texts if 0 <= index < len(lengths))
    if referred > limits.text:
        raise Unreadable("too_much_text", max=limits.text)


class _Scanner:
    """One pass over one XML part; which elements count depends on its root."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.root = ""
        self.sheet = SheetScan()
        self.lengths: list[int] = []
        self._depth = self._elements = 0
        self._row = self._column = 0
        self._type = ""
        self._filled = self._in_data = False
        self._value: list[str] | None = None
        self._cut_from = self._cut_to = -1
        self._cells_kept = 0

    def run(self, data: bytes) -> None:
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Unreadable("broken") from error
        self._cut_trailing_rows(data)

    def _cut_trailing_rows(self, data: bytes) -> None:
        self.sheet.data = data
        if 0 <= self._cut_from < self._cut_to:
            self.sheet.data = data[: self._cut_from] + data[self._cut_to :]
            self.sheet.cells = self._cells_kept

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise Unreadable("entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._depth += 1
        self._elements += 1
        if self._depth == 1:
            self.root = name
        elif self._depth > self.limits.depth:
            raise Unreadable("broken")
        elif self._elements > self.limits.elements:
            raise Unreadable("too_many_elements", max=self.limits.elements)
        if self.root == "worksheet":
            self._start_in_sheet(name, attributes)
        elif self.root == "sst" and name == "si":
            self.lengths.append(0)
        elif self.root == "sst" and name == "t":
            self._value = []

    def _start_in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "f", "is"):
            self._content(name)
        elif name == "row":
            self._start_row(attributes)
        elif name == "sheetData":
            self._in_data = self._cut_to < 0
        elif name in ("mergeCell", "hyperlink"):
            self.sheet.spread += _area(attributes.get("ref", ""))

    def _start_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "")
        self._row = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 8 else self._row + 1
        self._column = 0
        if attributes.get("hidden") in ("1", "true") and self._row <= self.limits.rows:
            self.sheet.hidden_rows.add(self._row)
        if self._in_data and self._cut_from < 0:
            self._cut_from, self._cells_kept = self._parser.CurrentByteIndex, self.sheet.cells

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.sheet.cells += 1
        place = cell_at(attributes.get("r", ""))
        self._row, self._column = place or (self._row, self._column + 1)
        self._type = attributes.get("t", "n")
        self._filled = False

    def _content(self, name: str) -> None:
        sheet = self.sheet
        self._cut_from = -1
        sheet.last_row = max(sheet.last_row, self._row)
        sheet.last_column = max(sheet.last_column, self._column)
        if self._row > self.limits.rows:
            return
        if name == "f":
            sheet.formulas.add((self._row, self._column))
        elif self._type == "e":
            sheet.errors.add((self._row, self._column))
        if name == "v" and self._type == "s":
            self._value = []

    def _text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = tag.rpartition(":")[2]
        if name == "sheetData" and self._in_data:
            self._in_data, self._cut_to = False, self._parser.CurrentByteIndex
        elif self._value is not None and name in ("v", "t"):
            self._take("".join(self._value))

    def _take(self, text: str) -> None:
        self._value = None
        if self.root == "sst":
            if self.lengths:
                self.lengths[-1] += len(text)
        elif text.strip().isascii() and text.strip().isdigit() and len(text) < 12:
            self.sheet.texts.append(int(text))
