"""Reads a unit's workbook into lines, and says what it understood. Writes nothing, checks no line.

The way of a file: `opening` unpacks it within limits, `scanning` looks over its XML, `grids` takes
its values, `recognising` finds the lines.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from workflow.intake.grids import Grid, read_grids
from workflow.intake.letters import find_letter
from workflow.intake.limits import LIMITS, Limits
from workflow.intake.opening import open_package
from workflow.intake.recognising import Recognised, recognise
from workflow.intake.scanning import scan
from workflow.intake.synonyms import Synonyms, load_synonyms
from workflow.intake.values import IgnoredSheet, Letter, ListRead, Problem, Row, Understood, Unreadable


def read_list(source: bytes | Path, synonyms: Synonyms | None = None, *, limits: Limits = LIMITS) -> ListRead:
    """Every line of a workbook, and every other row with the cause for leaving it out.

    Raises `Unreadable` when the file is no workbook, breaks a limit, or holds no list at all.
    """
    synonyms = synonyms or load_synonyms()
    package = open_package(source, limits)
    grids, ignored = read_grids(package, scan(package, limits), limits)
    found = [(grid, recognise(grid, synonyms)) for grid in grids]
    lists = [(grid, recognised) for grid, recognised in found if recognised is not None]
    if not lists:
        raise Unreadable("no_list", sheets=tuple(grid.name for grid in grids))
    ignored += tuple(IgnoredSheet(grid.name, "no_header") for grid, recognised in found if recognised is None)
    rows = tuple(row for _grid, recognised in lists for row in recognised.rows)
    skipped = tuple(each for _grid, recognised in lists for each in recognised.skipped)
    understood = Understood(
        tables=tuple(table for _grid, recognised in lists for table in recognised.tables),
        ignored_sheets=ignored,
        letter=_letter(lists, synonyms),
        rows=len(rows),
        skipped=dict(Counter(each.cause for each in skipped)),
        warnings=tuple(_warnings(lists)),
    )
    return ListRead(understood, rows, skipped, package.sha256)


def typed_list(rows: Sequence[Row]) -> ListRead:
    """Lines that were typed one by one, as if a workbook had held them."""
    digest = hashlib.sha256(repr([(row.name, row.code, row.workplace, row.award) for row in rows]).encode())
    return ListRead(Understood((), (), Letter(), len(rows), {}), tuple(rows), (), digest.hexdigest())


def _letter(lists: Sequence[tuple[Grid, Recognised]], synonyms: Synonyms) -> Letter:
    titles = (
        text
        for grid, recognised in lists
        for number in range(1, recognised.tables[0].header_row)
        for text in grid.row(number)
        if text
    )
    return find_letter(titles, synonyms)


def _warnings(lists: Sequence[tuple[Grid, Recognised]]) -> Iterator[Problem]:
    for grid, recognised in lists:
        hidden = tuple(row.number for row in recognised.rows if row.number in grid.hidden_rows)
        if hidden:
            yield Problem("hidden_rows", {"sheet": grid.name, "rows": hidden[:20], "number": len(hidden)})
        if not recognised.rows:
            yield Problem("no_lines", {"sheet": grid.name})
