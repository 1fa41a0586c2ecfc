"""What the award history of a nominee holds: years of a title or rating, in a row or not, and the last award.

Which rule asks for it, and with what effect, is in `across`.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from definitions.flow import Need
from workflow.domain.facts import AwardRecord

# Decree 152/2025, Art. 4.3: an award for one deed or one campaign is no basis for an award for merit.
NO_BASIS = frozenset({"ad_hoc", "thematic"})
# Best first: whoever was rated excellent in a year was rated good in it too.
RATINGS = ("excellent", "good", "completed")


def shortfalls(need: Need, records: tuple[AwardRecord, ...], year: int) -> tuple[str, ...]:
    """What the history lacks, each as `name found/wanted`; empty when the need is met.

    Ad hoc and thematic awards are not counted (Art. 4.3). Years after `year` are not either. Years
    in a row must end in `year` or the year before it: a row of long ago has been broken.
    """
    if need.kind == "all":
        return tuple(each for child in need.children for each in shortfalls(child, records, year))
    if need.kind == "any":
        short = [shortfalls(child, records, year) for child in need.children]
        return () if not all(short) else tuple(each for child in short for each in child)
    if need.kind == "not":
        met = not shortfalls(need.children[0], records, year)
        return (f"not {_named(need.children[0])}",) if met else ()
    found = _years(need, records, year)
    amount = _row(found, year) if need.consecutive else len(found)
    return () if amount >= need.years else (f"{need.name} {amount}/{need.years}",)


def _named(need: Need) -> str:
    return need.name or need.kind


def _years(need: Need, records: tuple[AwardRecord, ...], year: int) -> frozenset[int]:
    good = RATINGS[: RATINGS.index(need.name) + 1] if need.name in RATINGS else (need.name,)
    return frozenset(
        each.year
        for each in records
        if each.kind not in NO_BASIS
        and each.year <= year
        and (each.award == need.name if need.kind == "award" else each.rating in good)
    )


def _row(years: frozenset[int], year: int) -> int:
    """How many years in a row end in `year`, or in the year before it where `year` is not decided yet."""
    last = year if year in years else year - 1
    length = 0
    while last - length in years:
        length += 1
    return length


def last_basis(award: str, records: tuple[AwardRecord, ...]) -> date | None:
    """The day from which the wait for the next award counts; None where none was given (Art. 33.7).

    It is the end of the achievement that the last decision names, else the day of that decision;
    a record with neither counts from the end of its year.
    """
    days = [
        each.achievement_to or each.decided_on or date(each.year, 12, 31)
        for each in records
        if each.award == award and each.kind not in NO_BASIS
    ]
    return max(days, default=None)


def years_after(day: date, years: int) -> date:
    """The same day so many years on; 29 February becomes the 28th."""
    year = day.year + years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))
