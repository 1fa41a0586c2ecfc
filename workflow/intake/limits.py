"""How big a list may be. Nothing here opens a file.

A list of a whole corporation has some thousand lines; these limits are ten times that, and low
enough that no workbook can take the service down.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds for one workbook.

    `unpacked_bytes` and `entry_bytes` are counted while unpacking, not believed from the directory
    of the archive. `ratio` counts only above `ratio_from` bytes, because small sheets of equal
    rows honestly shrink a hundredfold. `elements` bounds what one part of the archive may hold,
    empty cells included. `text` bounds the characters of all cells together: one long shared text
    may be referred to by every cell. `spread` bounds the cells that merged ranges and links cover.
    `kept_cells` is how large a workbook may be to get the errors written into itself and not into
    a plain copy.
    """

    file_bytes: int = 20 * MEGABYTE
    entries: int = 2_000
    unpacked_bytes: int = 60 * MEGABYTE
    entry_bytes: int = 50 * MEGABYTE
    ratio: int = 200
    ratio_from: int = 20 * MEGABYTE
    depth: int = 100
    elements: int = 8_000_000
    rows: int = 20_000
    columns: int = 60
    text: int = 60 * MEGABYTE
    cell_text: int = 32_767
    spread: int = 200_000
    kept_cells: int = 400_000


LIMITS = Limits()
