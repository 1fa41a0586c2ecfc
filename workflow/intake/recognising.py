"""Tells the lines of a list from its titles, headings, totals and signatures.

Every row below a header becomes a line or is skipped with a cause; no row is lost in silence.
Judges no line: a row with half its cells empty is a line that checking will refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from definitions.flow import Nominee
from workflow.domain.vietnamese import fold
from workflow.intake.grids import Grid
from workflow.intake.headers import Header, begins_another, find_header, header_at
from workflow.intake.headings import (
    ARABIC,
    LETTER,
    NUMBER,
    ROMAN,
    Alone,
    alone,
    are_column_numbers,
    award_within,
    begins,
    one_line,
    section_kind,
)
from workflow.intake.letters import Counts, is_place_and_day, read_counts
from workflow.intake.lines import Above, line_at
from workflow.intake.persons import with_blanks_as_no
from workflow.intake.synonyms import Synonyms, key_of, marked
from workflow.intake.values import Role, Row, Section, SectionFrom, SkipCause, Skipped, Table, Total

_SHOWN = 80
_FIELDS: tuple[Role, ...] = ("code", "name", "position", "workplace", "award", "achievement", "period", "note")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was found on one sheet."""

    tables: tuple[Table, ...]
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]


def recognise(grid: Grid, synonyms: Synonyms) -> Recognised | None:
    """The tables of a sheet with their lines; None when no header is found on it."""
    header = find_header(grid, synonyms)
    if header is None:
        return None
    written = header.roles.get("errors")
    if written is not None:
        # What this program wrote last time is no part of the list, and names awards and numbers of its own.
        grid = grid.blanked(written, header.last)
    titles = [" ".join(text.split()) for number in range(1, header.first) for text in grid.row(number) if text]
    error_column = written or grid.last_column + 1
    reader = _Reader(grid, synonyms, header, award_in_titles(titles, synonyms), error_column)
    reader.pass_by(header)
    number = header.last + 1
    while number <= grid.height:
        number = reader.take(number)
    title = next((title for title in titles if "danh sach" in fold(title)), titles[0] if titles else "")
    return Recognised(reader.tables(title), with_blanks_as_no(reader.rows, synonyms), tuple(reader.skipped))


def award_in_titles(titles: Sequence[str], synonyms: Synonyms) -> str:
    """The award that the titles above a list name (`… ĐỀ NGHỊ TẶNG BẰNG KHEN CỦA BỘ TRƯỞNG`)."""
    return next((award for title in titles if (award := award_within(title, synonyms))), "")


@dataclass(slots=True)
class _Open:
    """The heading that the lines below it stand under, and how many there are so far."""

    number: int
    level: int
    text: str
    nominee: Nominee | None
    award: str
    rows: int = 0


@dataclass(slots=True)
class _Reader:
    """Walks down a sheet. The header may change on the way; a signature ends a table."""

    grid: Grid
    synonyms: Synonyms
    header: Header
    title_award: str
    error_column: int
    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _headers: list[Header] = field(default_factory=list)
    _sections: list[_Open] = field(default_factory=list)
    _above: list[_Open] = field(default_factory=list)
    _totals: list[Total] = field(default_factory=list)
    _signed: bool = False

    def __post_init__(self) -> None:
        self._headers.append(self.header)

    def pass_by(self, header: Header) -> None:
        """Name the rows of the titles and of the first header."""
        for number in range(1, header.last + 1):
            filled = _filled(self.grid.row(number))
            self._skip(number, "header" if number >= header.first else "title" if filled else "empty", filled)

    def take(self, number: int) -> int:
        """Place one row; the number of the next one."""
        texts = self.grid.row(number)
        filled = _filled(texts)
        if not filled:
            return self._skip(number, "empty", filled)
        if begins_another(self.grid, number, self.synonyms):
            again = header_at(self.grid, number, self.synonyms)
            if again is not None:
                return self._header_again(again, filled)
        row = line_at(self.grid, number, self.header, self.synonyms, self._above_row())
        if self._continues(number):
            return self._continue(number, row, filled)
        cause = self._cause(number, row, filled)
        if cause is not None:
            return self._skip(number, cause, filled)
        self._signed = False
        if self._sections:
            self._sections[-1].rows += 1
        self.rows.append(row)
        return number + 1

    def tables(self, title: str) -> tuple[Table, ...]:
        bounds = [*(header.first for header in self._headers[1:]), self.grid.height + 1]
        return tuple(self._table(title, header, until) for header, until in zip(self._headers, bounds, strict=True))

    def _table(self, title: str, header: Header, until: int) -> Table:
        within = range(header.first, until)
        return Table(
            sheet=self.grid.name,
            title=title,
            header_row=header.first,
            header_end=header.last,
            columns=header.columns,
            ignored=header.ignored,
            sections=tuple(
                Section(each.number, each.text, each.nominee, each.rows)
                for each in self._sections
                if each.number in within
            ),
            totals=tuple(total for total in self._totals if total.number in within),
            award="" if "award" in header.roles else self.title_award,
            rows=sum(row.number in within for row in self.rows),
            error_column=self.error_column,
        )

    def _skip(self, number: int, cause: SkipCause, filled: list[str]) -> int:
        self.skipped.append(Skipped(self.grid.name, number, cause, " ".join(filled)[:_SHOWN]))
        return number + 1

    def _header_again(self, header: Header, filled: list[str]) -> int:
        if header.roles != self.header.roles:
            self._headers.append(header)
        self.header, self._signed = header, False
        for number in range(header.first, header.last + 1):
            self._skip(number, "header_again", filled)
        return header.last + 1

    def _continues(self, number: int) -> bool:
        """A name merged over several rows is one line; the rows below bring more of its text."""
        keys = [self.header.roles[role] for role in ("name", "award") if role in self.header.roles]
        return bool(self.rows) and all((number, column) in self.grid.copied for column in keys)

    def _continue(self, number: int, row: Row, filled: list[str]) -> int:
        last = self.rows[-1]
        more = row.achievement if row.achievement not in last.achievement else ""
        self.rows[-1] = replace(last, achievement=f"{last.achievement}\n{more}".strip())
        return self._skip(number, "continuation", filled)

    # ── what a row is ────────────────────────────────────────────────────────────────────────────

    def _cause(self, number: int, row: Row, filled: list[str]) -> SkipCause | None:
        """Why a row is no line; None when it is one."""
        given = sum(bool(getattr(row, role)) for role in _FIELDS) - (row.award_from != "cell")
        if are_column_numbers(filled):
            return "column_numbers"
        if len(filled) == 1 and NUMBER.fullmatch(filled[0]):
            return "number_only"
        if not self._numbered(number) and self._take_total(number, " ".join(filled)):
            return "total"
        named = (row.name or row.code) and row.award and row.award_from == "cell"
        signs = [is_place_and_day(text) or self._signs(fold(text)) for text in filled]
        if given <= 2 and (all(signs) if named else any(signs)):
            self._signed = True
            return "signature"
        if named:
            return None
        return self._cause_of_little(number, row, filled, given)

    def _cause_of_little(self, number: int, row: Row, filled: list[str], given: int) -> SkipCause | None:
        """Of a row without an award of its own: a heading, the rest of a signature, a stray text, or a line."""
        text = alone(filled)
        heading = self._heading(number, row, text) if text is not None else None
        if heading is not None:
            return heading
        if self._signed and given <= 2:
            return "signature"
        if given <= 1 and not (row.name or row.code or self._numbered(number)):
            return "stray_text"
        return None

    def _take_total(self, number: int, line: str) -> bool:
        lower = marked(line)
        if not any(_opens_total(lower, words) for words in self.synonyms.total_begins):
            return False
        counts = read_counts(line, self.synonyms)
        if counts != Counts():
            since = self._sections[-1].number if self._sections else 0
            text = line[:_SHOWN]
            self._totals.append(
                Total(self.grid.name, number, text, counts.collectives, counts.individuals, counts.all, since)
            )
        return True

    def _signs(self, folded: str) -> bool:
        return any(begins(folded, words) for words in self.synonyms.signature_begins)

    def _heading(self, number: int, row: Row, said: Alone) -> SkipCause | None:
        """What a row with a single text says: whom, or which award, the lines below it are about."""
        across = number in self.grid.across
        numeral = said.level in (LETTER, ROMAN)
        nominee = section_kind(said.text, self.synonyms, whole=said.level == ARABIC)
        award = award_within(said.text, self.synonyms)
        if not (numeral or across or not row.name or key_of(said.text) == award):
            award = ""
        if nominee is not None or award:
            self._open(number, said, nominee, award)
            return "section"
        return "heading" if numeral or across else None

    def _open(self, number: int, said: Alone, nominee: Nominee | None, award: str) -> None:
        """A heading closes those of its own level and below, and keeps what those above it say."""
        self._above = [above for above in self._above if above.level < said.level]
        for above in reversed(self._above):
            nominee, award = nominee or above.nominee, award or above.award
        opened = _Open(number, said.level, said.text[:_SHOWN], nominee, award)
        self._above.append(opened)
        self._sections.append(opened)

    def _numbered(self, number: int) -> bool:
        """Whether the running number is given: then somebody meant this row as a line."""
        column, texts = self.header.roles.get("tt"), self.grid.row(number)
        return column is not None and column <= len(texts) and NUMBER.fullmatch(texts[column - 1]) is not None

    # ── what a line takes from above ─────────────────────────────────────────────────────────────

    def _above_row(self) -> Above:
        section = self._sections[-1] if self._sections else None
        nominee, said_by = self._kind_above(section)
        if section is not None and section.award:
            return Above(nominee, said_by, section.award, "section")
        return Above(nominee, said_by, self.title_award, "title")

    def _kind_above(self, section: _Open | None) -> tuple[Nominee | None, SectionFrom]:
        if section is not None and section.nominee:
            return section.nominee, "section"
        by_sheet = section_kind(self.grid.name, self.synonyms, whole=True)
        if by_sheet:
            return by_sheet, "sheet"
        headers = (key_of(column.header) for column in self.header.columns if column.role == "name")
        of_collectives = any(key in self.synonyms.collective_names for key in headers)
        return ("collective", "header") if of_collectives else (None, "")


def _opens_total(line: str, words: str) -> bool:
    """`Tổng cộng: 8`. Marks count, for `Tổng công ty`; of a single word no other word may follow, for `Cộng đồng`."""
    behind = line[len(words) :].lstrip(" :(")
    return begins(line, words) and (" " in words or behind[:1].isdigit() or not behind)


def _filled(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one_line(text) for text in texts if text))
