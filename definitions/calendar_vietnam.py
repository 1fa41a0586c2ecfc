"""Resolves the shipped calendar: public data of the package `holidays` with our override on top.

`python -m definitions.calendar_vietnam` writes the file anew. Nothing that acts imports this: the
package takes a fifth of a second to load, and its guesses must not change under open deadlines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from definitions import calendar_text
from definitions.calendar import SHIPPED
from definitions.calendar_text import CalendarData, MarkedDay
from definitions.flow import Words

YEARS = (2020, 2027)
OVERRIDE = SHIPPED.with_name("vn.toml")
_BANNER = """\
# Generated from the package `holidays` and vn.toml by `python -m definitions.calendar_vietnam`.
# Do not edit: change vn.toml, or lay an override of your own on top.
"""
_CULTURE_DAY = (11, 24)
_NONE = Words("", "")
_UNKNOWN = "holidays"


def resolved() -> str:
    """The text that the shipped file must have."""
    base = _public_data()
    over = calendar_text.parse(OVERRIDE.read_text(encoding="utf-8"), OVERRIDE.name, base)
    return _BANNER + calendar_text.write(calendar_text.merge(base, over))


def _public_data() -> CalendarData:
    import holidays

    years = range(YEARS[0], YEARS[1] + 1)
    vi = holidays.country_holidays("VN", years=years, language="vi")
    en = holidays.country_holidays("VN", years=years, language="en_US")
    off = tuple(MarkedDay(on, Words(vi[on], en[on]), _paper(on, vi[on])) for on in sorted(vi) if on.year in years)
    worked = tuple(MarkedDay(on, _NONE, _UNKNOWN) for on in sorted(vi.weekend_workdays) if on.year in years)
    # The words of the head stand in the override; a text without them would be refused.
    return CalendarData(_NONE, YEARS, (), _NONE, _NONE, off, worked)


def _paper(on: date, name: str) -> str:
    """The paper that gives a day off, as far as the package tells; swapped days need the override's."""
    if "(thay cho" in name:
        return _UNKNOWN
    if (on.month, on.day) == _CULTURE_DAY:
        return "Nghị quyết 80-NQ/TW"
    return "Bộ luật Lao động 2019, Điều 112" if on.year >= 2021 else "Bộ luật Lao động 2012, Điều 115"


def main(arguments: Sequence[str]) -> None:
    """Write the resolved calendar over the shipped file, or to the path given."""
    target = Path(arguments[0]) if arguments else SHIPPED
    target.write_text(resolved(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
