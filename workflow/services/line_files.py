"""A CSV file with what an act brings for each nomination: the count of votes of a session, a list of defects.

The first column holds codes, the others are named like the options of `--with` (`tally.yes`, `minutes`). Form only:
what the values mean is for `brought`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from workflow.services.register import RegisterError

LARGEST = 5 * 1024 * 1024


def read_lines(path: Path) -> dict[str, list[tuple[str, str]]]:
    """(name, text) pairs by code, empty cells left out; several values of a list stand between bars.

    Comma or semicolon, UTF-8. Raises RegisterError naming the line: nothing to read, no code, a code twice.
    """
    text = _text(path)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text)) if any(row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise RegisterError("lines_empty", path=path.name)
    names = [each.strip() for each in rows[0][1:]]
    found: dict[str, list[tuple[str, str]]] = {}
    for number, (code, *values) in enumerate(rows[1:], start=2):
        if not code.strip() or len(values) > len(names) or code.strip() in found:
            raise RegisterError("lines_row", path=path.name, number=number, code=code.strip() or "–")
        found[code.strip()] = [
            (name, part.strip())
            for name, value in zip(names, values, strict=False)
            for part in value.split("|")
            if part.strip()
        ]
    return found


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
