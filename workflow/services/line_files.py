"""A CSV or XLSX file with what an act brings for each nomination: the count of votes of a session, a list of defects.

The first column holds codes, the others are named like the options of `--with` (`tally.yes`, `minutes`); a heading may
say it in words first and give that name in brackets at its end. Form only: what the values mean is for `brought`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from workflow.intake.grids import read_grids
from workflow.intake.opening import open_package
from workflow.intake.scanning import scan
from workflow.services.register import RegisterError

LARGEST = 5 * 1024 * 1024


def read_lines(path: Path) -> dict[str, list[tuple[str, str]]]:
    """(name, text) pairs by code, empty cells left out; several values of a list stand between bars.

    Comma or semicolon, UTF-8. Raises RegisterError naming the line: nothing to read, no code, a code twice.
    """
    return _lines(_of_csv(_text(path)), path.name)


def read_content(content: bytes, file_name: str) -> dict[str, list[tuple[str, str]]]:
    """The same, of a file as somebody sent it. Raises RegisterError; Unreadable for a workbook that is none."""
    return _lines(rows_of(content, file_name), file_name)


def rows_of(content: bytes, file_name: str) -> list[list[str]]:
    """The rows of a CSV or XLSX file as texts, its heading first. Raises RegisterError, Unreadable."""
    if len(content) > LARGEST:
        raise RegisterError("file_too_large", path=file_name)
    if content.startswith(b"PK"):
        package = open_package(content)
        grids, _ = read_grids(package, scan(package))
        return [list(row) for row in grids[0].texts] if grids else []
    try:
        return _of_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RegisterError("file_unreadable", path=file_name, detail=str(error)) from error


NOT_READ = "-"
"""The name of a column that is there for the eye."""
_NAME = re.compile(r"\[([^\[\]]+)\]\s*\Z")


def template_of(
    columns: Sequence[tuple[str, str]], names: Mapping[str, str], code_label: str, name_label: str
) -> bytes:
    """An XLSX file to fill in: one row per nomination (`names` by code), one column per (name, label)."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "text_wrap": True})
    as_text = book.add_format({"num_format": "@"})
    headings = [code_label, f"{name_label} [{NOT_READ}]", *(f"{label} [{name}]" for name, label in columns)]
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    sheet.set_column(0, len(headings) - 1, 24, as_text)
    for row, (code, name) in enumerate(names.items(), start=1):
        sheet.write_string(row, 0, code)
        sheet.write_string(row, 1, name)
    sheet.freeze_panes(1, 2)
    book.close()
    return buffer.getvalue()


def _of_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))


def _lines(rows: Iterable[Sequence[str]], file_name: str) -> dict[str, list[tuple[str, str]]]:
    rows = [list(row) for row in rows if any(row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise RegisterError("lines_empty", path=file_name)
    names = [_name(each) for each in rows[0][1:]]
    found: dict[str, list[tuple[str, str]]] = {}
    for number, (code, *values) in enumerate(rows[1:], start=2):
        if not code.strip() or len(values) > len(names) or code.strip() in found:
            raise RegisterError("lines_row", path=file_name, number=number, code=code.strip() or "–")
        found[code.strip()] = [
            (name, part.strip())
            for name, value in zip(names, values, strict=False)
            if name != NOT_READ
            for part in value.split("|")
            if part.strip()
        ]
    return found


def _name(heading: str) -> str:
    match = _NAME.search(heading)
    return match[1].strip() if match else heading.strip()


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise RegisterError("file_too_large", path=path.name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegisterError("file_unreadable", path=path.name, detail=str(error)) from error


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","
