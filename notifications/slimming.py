"""Tables of a mail made as narrow as a telephone: what is empty goes, what never changes is said once above.

Works on the blocks of the Markdown parser; knows neither text nor HTML. A table with a single row
is no table: it is said line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

LONGEST_WHOLE = 24  # characters of a code, number or date that must not be broken over two lines


def slimmed(tokens: Sequence[Token]) -> list[Token]:
    """The blocks with every table narrowed. Lines made out of columns stand in a paragraph before their table."""
    kept: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            kept += tokens[start:index]
            start = index
        elif token.type == "table_close":
            kept += _narrowed(tokens[start : index + 1])
            start = index + 1
    return [*kept, *tokens[start:]]


@dataclass(frozen=True, slots=True)
class _Cells:
    """The words of a table: its header, its rows, and for each token the column it belongs to (-1: none)."""

    header: list[Token]
    rows: list[list[Token]]
    columns: list[int]


def _cells(table: Sequence[Token]) -> _Cells:
    """A cell is three tokens: open, words, close."""
    column, columns, rows = -1, [-1] * len(table), list[list[Token]]()
    for index, token in enumerate(table):
        if token.type == "tr_open":
            column = -1
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            column += 1
            columns[index : index + 3] = [column] * 3
            rows[-1].append(table[index + 1])
    return _Cells(rows[0], rows[1:], columns)


def _narrowed(table: Sequence[Token]) -> list[Token]:
    cells = _cells(table)
    filled = [each for each in range(len(cells.header)) if any(row[each].content for row in cells.rows)]
    above = _said_once(cells, filled)
    lines = _lines([(cells.header[each], cells.rows[0][each]) for each in above])
    if not cells.rows or len(above) == len(filled):
        return lines
    wanted = set(filled) - set(above)
    kept = [token for token, place in zip(table, cells.columns, strict=True) if place == -1 or place in wanted]
    _keep_whole(kept)
    return [*lines, *kept]


def _said_once(cells: _Cells, filled: Sequence[int]) -> list[int]:
    """Columns in which every row says the same; never all of them, unless there is one row only."""
    same = [each for each in filled if len({row[each].content for row in cells.rows}) == 1]
    return same if len(cells.rows) == 1 or len(same) < len(filled) else same[1:]


def _lines(pairs: Sequence[tuple[Token, Token]]) -> list[Token]:
    """`**Header:** words`, one to a line, in one paragraph."""
    if not pairs:
        return []
    children: list[Token] = []
    for header, words in pairs:
        children += [Token("hardbreak", "br", 0)] if children else []
        children += [Token("strong_open", "strong", 1), *(header.children or ()), _text(":")]
        children += [Token("strong_close", "strong", -1), _text(" "), *(words.children or ())]
    inline = Token("inline", "", 0, content="lines", children=children)
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _keep_whole(table: Sequence[Token]) -> None:
    """A code, a number or a date is never broken over two lines."""
    for index, token in enumerate(table):
        if token.type == "td_open":
            words = "".join(child.content for child in table[index + 1].children or ())
            if words and len(words) <= LONGEST_WHOLE and " " not in words:
                token.attrSet("nowrap", "nowrap")
