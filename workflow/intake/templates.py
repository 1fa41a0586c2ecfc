"""Writes an empty list for a set of awards, for a unit to fill in. `reading` reads it back as it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from workflow.intake.sentences import word
from workflow.intake.values import AwardChoice
from workflow.intake.writing import plain_workbook

# Role, width. Codes are kept as text, so that 0012 keeps its noughts.
COLUMNS = (
    ("tt", 6),
    ("code", 16),
    ("name", 36),
    ("position", 24),
    ("workplace", 34),
    ("award", 36),
    ("period", 22),
    ("achievement", 60),
    ("sex", 10),
    ("direct", 14),
    ("note", 24),
)
HEADER_ROW = 4
ROWS = 500


def write_template(awards: Sequence[AwardChoice], *, unit_name: str = "", language: str = "vi") -> bytes:
    """An empty list with a header, a choice of these awards in its column, and a sheet that lists them."""
    buffer = io.BytesIO()
    with plain_workbook(buffer) as book:
        title = book.add_format({"bold": True, "align": "center", "font_name": "Times New Roman", "font_size": 13})
        plain = book.add_format({"align": "center", "italic": True, "font_name": "Times New Roman"})
        head = book.add_format(
            {
                "bold": True,
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "bg_color": "#DDEBF7",
            }
        )
        sheet = book.add_worksheet(word("template", "sheet", language))
        catalogue = book.add_worksheet(word("template", "awards", language))
        _titles(sheet, unit_name, language, title, plain)
        for column, (role, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width, book.add_format({"num_format": "@", "text_wrap": True}))
            sheet.write_string(HEADER_ROW, column, word("column", role, language), head)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        _offer(sheet, catalogue, awards, language, head)
    return buffer.getvalue()


def _titles(sheet: Any, unit_name: str, language: str, title: Any, plain: Any) -> None:
    last = len(COLUMNS) - 1
    sheet.write_string(0, 0, unit_name.upper())
    sheet.merge_range(1, 0, 1, last, "", title)
    sheet.write_string(1, 0, word("template", "title", language), title)
    sheet.merge_range(2, 0, 2, last, "", plain)
    sheet.write_string(2, 0, word("template", "letter", language), plain)
    sheet.merge_range(3, 0, 3, last, "", plain)
    sheet.write_string(3, 0, word("template", "how", language), plain)


def _offer(sheet: Any, catalogue: Any, awards: Sequence[AwardChoice], language: str, head: Any) -> None:
    """The awards on a sheet of their own, and a choice among them in the column of awards."""
    catalogue.set_column(0, 0, 60)
    catalogue.set_column(1, 1, 24)
    catalogue.write_string(0, 0, word("column", "award", language), head)
    catalogue.write_string(0, 1, word("template", "for", language), head)
    for row, choice in enumerate(awards, start=1):
        kinds = word("nominee", choice.nominee[0], language) if len(choice.nominee) == 1 else None
        catalogue.write_string(row, 0, choice.title)
        catalogue.write_string(row, 1, kinds or word("template", "both", language))
    column = [role for role, _width in COLUMNS].index("award")
    names = f"='{catalogue.get_name()}'!$A$2:$A${len(awards) + 1}"
    choices = {"validate": "list", "source": names, "error_message": word("template", "not_listed", language)}
    sheet.data_validation(HEADER_ROW + 1, column, HEADER_ROW + ROWS, column, choices)
