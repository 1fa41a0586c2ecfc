"""What reading and checking a list pass on: frozen values, and nothing that reads or decides.

Rows and columns of a sheet are counted from 1, as people see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from definitions.flow import Nominee
from workflow.domain.reasons import Plain

Role = Literal[
    "tt",
    "code",
    "name",
    "position",
    "workplace",
    "position_workplace",
    "award",
    "achievement",
    "period",
    "note",
    "sex",
    "female",
    "male",
    "direct",
    "errors",
]
SectionFrom = Literal["", "section", "sheet", "header", "mended"]
SkipCause = Literal[
    "empty",
    "title",
    "header",
    "header_again",
    "column_numbers",
    "total",
    "section",
    "signature",
    "heading",
    "number_only",
    "stray_text",
    "continuation",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend (or, as a warning, to look at): a key of the catalogue with its parameters.

    `column` is the role of the cell it is about, empty when it is about the row or the file.
    """

    code: str
    params: Mapping[str, Plain] = field(default_factory=dict)
    column: str = ""


class Unreadable(Exception):
    """The file cannot be read as a list at all. Nothing was taken from it.

    `code` is a key `unreadable.<code>` of the catalogue.
    """

    def __init__(self, code: str, /, **params: Plain) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Plain] = params


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, as text, before anything is checked.

    `formulas` and `errors` name the roles whose cell holds a formula or an error value of the
    spreadsheet. `section` is the kind of nominee that its heading, its sheet's name, the header
    of its names or a person who mended the row says, `section_from` which of them. `award_from`
    tells whether the award stands in the row, in the heading above it or in the title of the list. `sex` and `direct`
    (whether a person works directly and leads nobody) are words as the list has them.
    """

    sheet: str
    number: int
    name: str = ""
    code: str = ""
    position: str = ""
    workplace: str = ""
    award: str = ""
    achievement: str = ""
    period: str = ""
    note: str = ""
    sex: str = ""
    direct: str = ""
    formulas: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    section: Nominee | None = None
    section_from: SectionFrom = ""
    award_from: Literal["cell", "section", "title"] = "cell"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is not a line of the list, and why. `text` is how it begins."""

    sheet: str
    number: int
    cause: SkipCause
    text: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter (tờ trình) that the title names. Either part may be missing; both are suggestions."""

    number: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list and what it was taken for. `role` is empty when it is not used."""

    index: int
    letter: str
    header: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading inside a list and the lines under it."""

    number: int
    text: str
    nominee: Nominee | None
    rows: int


@dataclass(frozen=True, slots=True)
class Total:
    """What a total row says. `since` is the last heading above it: a total may be that section's alone."""

    sheet: str
    number: int
    text: str
    collectives: int | None = None
    individuals: int | None = None
    all: int | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one sheet and how it was read; a second header on a sheet begins a second table.

    `header_end` is the last row of the header. `award` is the one the title names, where the table
    has no column for it. `error_column` is where errors are written: the first free column of the
    sheet, or the one written before.
    """

    sheet: str
    title: str
    header_row: int
    header_end: int
    columns: tuple[Column, ...]
    ignored: tuple[Column, ...]
    sections: tuple[Section, ...]
    totals: tuple[Total, ...]
    award: str
    rows: int
    error_column: int


@dataclass(frozen=True, slots=True)
class IgnoredSheet:
    """A sheet nothing was taken from: `no_header`, `hidden`, `empty` or `not_a_table`."""

    name: str
    cause: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a workbook, to be shown before anything is written.

    `skipped` counts the rows left out, by cause.
    """

    tables: tuple[Table, ...]
    ignored_sheets: tuple[IgnoredSheet, ...]
    letter: Letter
    rows: int
    skipped: Mapping[str, int]
    warnings: tuple[Problem, ...] = ()

    @property
    def totals(self) -> tuple[Total, ...]:
        return tuple(total for table in self.tables for total in table.totals)


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as it was read: every row of its sheets is either in `rows` or in `skipped`."""

    understood: Understood
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class AwardChoice:
    """An award that a list may ask for in this round, and through which flow.

    `nominee` are the kinds it is for, `from_units` the kinds of unit that may propose it (none
    named: any).
    """

    flow_id: str
    award: str
    title: str
    aliases: tuple[str, ...] = ()
    nominee: tuple[Nominee, ...] = ("individual", "collective")
    from_units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is good in form. `name` is without Ông/Bà; `ground` says how `nominee` was known.

    `line_key` is equal for the same nominee and flow in every list of the same unit. `woman` and `direct_worker` are of
    persons alone, and None where the list does not say it.
    """

    sheet: str
    number: int
    line_key: str
    flow_id: str
    award: str
    nominee: Nominee
    ground: str
    name: str
    name_folded: str
    honorific: str
    code: str | None
    position: str
    workplace: str
    achievement: str
    achievement_from: date | None
    achievement_to: date | None
    note: str
    woman: bool | None = None
    direct_worker: bool | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row with everything that is wrong with it."""

    row: Row
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class RowWarning:
    """Something to look at in a row that is (or may be) good."""

    sheet: str
    number: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A list checked in form: good lines, bad rows, and warnings that stop nothing."""

    good: tuple[Line, ...]
    bad: tuple[BadRow, ...]
    warnings: tuple[RowWarning, ...] = ()
