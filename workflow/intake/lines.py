"""Makes a line of a row: its cells by their roles, with what the headings above it say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.flow import Nominee
from workflow.intake.grids import Grid
from workflow.intake.headers import Header
from workflow.intake.headings import one_line, split_place
from workflow.intake.scanning import Cell
from workflow.intake.synonyms import Synonyms
from workflow.intake.values import Role, Row, SectionFrom

AwardFrom = Literal["cell", "section", "title"]


@dataclass(frozen=True, slots=True)
class Above:
    """What stands over a row: the kind of nominee, the award, and where each is said."""

    nominee: Nominee | None
    nominee_from: SectionFrom
    award: str
    award_from: AwardFrom


def line_at(grid: Grid, number: int, header: Header, synonyms: Synonyms, above: Above) -> Row:
    """The row as a line, whatever it holds."""
    texts = grid.row(number)
    cells = {role: texts[column - 1] for role, column in header.roles.items() if column <= len(texts)}
    first, second = split_place(cells.get("position_workplace", ""), synonyms)
    award, award_from = _award(cells, header, above)
    return Row(
        sheet=grid.name,
        number=number,
        name=one_line(cells.get("name", "")),
        code=one_line(cells.get("code", "")),
        position=one_line(cells.get("position", "")) or first,
        workplace=one_line(cells.get("workplace", "")) or second,
        award=award,
        achievement=cells.get("achievement", ""),
        period=one_line(cells.get("period", "")),
        note=cells.get("note", ""),
        sex=_sex(cells, header),
        direct=one_line(cells.get("direct", "")),
        formulas=_roles_at(number, grid.formulas, header),
        errors=_roles_at(number, grid.errors, header),
        section=above.nominee,
        section_from=above.nominee_from,
        award_from=award_from,
    )


def _sex(cells: Mapping[Role, str], header: Header) -> str:
    """One column that says it, or a tick in one of two; in both, or in a column of men alone, it says nothing."""
    female, male = one_line(cells.get("female", "")), one_line(cells.get("male", ""))
    if "sex" in header.roles or "female" not in header.roles or bool(female) == bool(male):
        return one_line(cells.get("sex", ""))
    return "Nữ" if female else "Nam"


def _award(cells: Mapping[Role, str], header: Header, above: Above) -> tuple[str, AwardFrom]:
    if "award" in header.roles:
        # An empty cell of an award column was forgotten; no heading may fill it.
        return one_line(cells.get("award", "")), "cell"
    return above.award, above.award_from


def _roles_at(number: int, places: frozenset[Cell], header: Header) -> frozenset[str]:
    if not places:
        return frozenset()
    return frozenset(role for role, column in header.roles.items() if (number, column) in places)
