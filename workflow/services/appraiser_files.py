"""Appraisers out of a file: one row a dossier and person, looked at whole before anything is written.

CSV or XLSX. Two columns are read, by their headings: the dossier's code and the person's; several people of one cell
stand between commas, semicolons or bars. Every row that cannot be is told at once, and then nothing is written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from workflow.domain import vietnamese
from workflow.services import appraisers
from workflow.services.appraisers import Proposal, Refused, Wanted
from workflow.services.appraising import AppraisalError
from workflow.services.desk import Desk
from workflow.services.line_files import rows_of

CODE = ("ma ho so", "ho so", "ma", "code", "nomination")
PERSON = ("ma nguoi cham", "nguoi cham", "ma nguoi", "person", "appraiser")
"""Headings of the two columns, as `vietnamese.fold` makes them; the first found counts."""
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file asks for, and what of it cannot be."""

    wanted: tuple[Wanted, ...]
    refused: tuple[Refused, ...]

    @property
    def dossiers(self) -> int:
        return len({each.code for each in self.wanted})


def check(desk: Desk, content: bytes, file_name: str, actor: str, now: datetime) -> Checked:
    """Read a file and judge every row; writes nothing.

    Raises AppraisalError (`appraiser_file`, `not_assigning`), RegisterError, Unreadable, UnknownActor.
    """
    wanted = read(content, file_name)
    return Checked(wanted, appraisers.look(desk, wanted, actor, now))


def take(desk: Desk, content: bytes, file_name: str, actor: str, now: datetime) -> int:
    """Ask everybody whom a file names, all or none; returns how many are new. Raises as `check`, and NotAsked."""
    return appraisers.ask(desk, read(content, file_name), actor, now, how="file")


def read(content: bytes, file_name: str) -> tuple[Wanted, ...]:
    """The rows of a file: who is wanted for which dossier. Raises AppraisalError, RegisterError, Unreadable."""
    rows = rows_of(content, file_name)[: MOST_ROWS + 1]
    headings = [vietnamese.fold(cell).strip() for cell in (rows[0] if rows else ())]
    code, person = _column(headings, CODE), _column(headings, PERSON)
    if code is None or person is None:
        raise AppraisalError("appraiser_file", path=file_name)
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [row[at].strip() if at < len(row) else "" for at in (code, person)]
        if any(cells):
            people = [each for part in re.split(r"[,;|]", cells[1]) if (each := part.strip())]
            found += [Wanted(cells[0][:40], each[:80], str(number)) for each in people or [""]]
    if not found:
        raise AppraisalError("appraiser_file", path=file_name)
    return tuple(dict.fromkeys(found))


def _column(headings: Sequence[str], names: Collection[str]) -> int | None:
    return next((headings.index(name) for name in names if name in headings), None)


def template(proposals: Sequence[Proposal], headings: Sequence[str], names: Sequence[Sequence[str]]) -> bytes:
    """A workbook to fill in: the dossiers that are appraised now, and whom the rule would ask.

    `headings` are those of code, nominee, unit and person; `names` the nominee and unit of each proposal.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold, as_text = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "@"})
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    sheet.set_column(0, len(headings) - 1, 26, as_text)
    for row, (each, (name, unit)) in enumerate(zip(proposals, names, strict=True), start=1):
        people = ", ".join(chosen.person for chosen, _ in each.chosen)
        for column, text in enumerate((each.code, name, unit, people)):
            sheet.write_string(row, column, text)
    sheet.freeze_panes(1, 1)
    book.close()
    return buffer.getvalue()
