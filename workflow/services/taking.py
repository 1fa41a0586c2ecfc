"""A list taken out: exactly what is shown, in its order and words, as XLSX or CSV; and a note of who took it.

Cells are text and nothing else. A spreadsheet would calculate what begins with an equals sign: in XLSX every cell is
written as a string, in CSV such a text gets an apostrophe in front, as spreadsheets themselves mark text.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal

from sqlalchemy import insert

from workflow.services import listing
from workflow.services.desk import Desk
from workflow.services.listing import Query
from workflow.services.viewing import Viewer
from workflow.storage.database import write
from workflow.storage.tables_access import AccessLog

Form = Literal["xlsx", "csv"]
MOST = 50_000
"""Rows of one file: a spreadsheet opens more only to make its reader wait."""
AT_ONCE = 500
BLOCK = 1 << 16
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class TooMany(ValueError):
    """More rows than a file takes; `most` says how many. Nothing was read."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True, slots=True)
class Taken:
    """A file ready to be sent, a piece at a time."""

    pieces: Iterator[bytes]
    rows: int


def take(
    desk: Desk,
    viewer: Viewer,
    query: Query,
    form: Form,
    heads: Mapping[str, str],
    today: date,
    at: datetime,
    *,
    most: int = MOST,
) -> Taken:
    """All that the query finds. `heads` are the columns' words by key; `at` is the machine's clock, for the log.

    Raises ListRefused, TooMany. The file is whole before its first byte is sent: nobody who reads slowly keeps a
    transaction open, and rows are read a few hundred at a time.
    """
    around, ids = listing.every_id(desk, viewer, query, today, most)
    if len(ids) > most:
        raise TooMany(most)
    columns = listing.columns_for(viewer, query)
    rows = _rows(desk, around, ids, columns)
    file = _workbook if form == "xlsx" else _csv
    made = file([heads[column.key] for column in columns], rows)
    detail = f"{form}: {len(ids)}; " + "&".join(f"{key}={value}" for key, value in query.filters)
    with write(desk.engine) as connection:
        connection.execute(
            insert(AccessLog).values(at=at, person=viewer.person, action="nomination.export", detail=detail[:2_000])
        )
    return Taken(_sent(made), len(ids))


def _rows(desk: Desk, around: Any, ids: Sequence[int], columns: Sequence[listing.Column]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), AT_ONCE):
        for line in listing.lines_of(desk, around, ids[start : start + AT_ONCE], columns):
            yield line.cells


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(BLOCK):
            yield piece


def harmless(text: str) -> str:
    """The text as a CSV cell that no spreadsheet calculates."""
    return f"'{text}" if text.startswith(BEGINS_FORMULA) else text


def _csv(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(head) for head in heads])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    text.flush()
    text.detach()
    return file


def _workbook(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> IO[bytes]:
    import xlsxwriter

    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("Danh sách")
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for column, head in enumerate(heads):
            sheet.set_column(column, column, max(12, min(40, len(head) + 4)))
            sheet.write_string(0, column, head, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return file
