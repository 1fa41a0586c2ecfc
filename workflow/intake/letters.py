"""Reads what titles and totals say: letter number and date, periods, counts. Suggests; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflow.domain.vietnamese import fold, read_date
from workflow.intake.synonyms import Synonyms, marked
from workflow.intake.values import Letter

_LONGEST = 600
_NUMBER = re.compile(r"số[ :.]{0,5}(\d{1,6}) ?/ ?([^\s,;()]{1,40})", re.IGNORECASE)
_DAY = re.compile(
    r"(?<!\d)(?:\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?\d{4}|\d{1,2} ?tháng ?\d{1,2} ?năm ?\d{4})(?!\d)", re.IGNORECASE
)
_PLACE_AND_DAY = re.compile(r"[^\d,]{0,60},? ?ngày .{0,20}tháng .{0,20}năm", re.IGNORECASE)
_MONTH = re.compile(r"(?<![\d/])(\d{1,2}) ?/ ?(\d{4})(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


def find_letter(titles: Iterable[str], synonyms: Synonyms) -> Letter:
    """The letter that the rows above the header name, as far as they do; empty when they name none."""
    for title in titles:
        line = " ".join(title.split())[:_LONGEST]
        begins = _after_name(line, synonyms)
        found = _NUMBER.search(line, begins) if begins is not None else None
        if found is not None:
            days = days_in(line[found.end() :])
            return Letter(f"{found[1]}/{found[2].rstrip('.')}", days[0] if days else None)
    return Letter()


def _after_name(line: str, synonyms: Synonyms) -> int | None:
    lower = marked(line)
    places = [lower.find(name) for name in synonyms.letter_names if name in lower]
    # Lower case may be longer than what it came from; a place in it is good only where it is not.
    return min(places) if places and len(lower) == len(line) else None


def days_in(text: str) -> tuple[date, ...]:
    """Every day that a text names, in order; impossible ones (31/02) are left out."""
    days = []
    for found in _DAY.finditer(text):
        try:
            days.append(read_date(found.group()))
        except ValueError:
            continue
    return tuple(days)


def is_place_and_day(text: str) -> bool:
    """`Hà Nội, ngày 02 tháng 12 năm 2026`, or the same with the day left open, over a signature."""
    return _PLACE_AND_DAY.match(text[:_LONGEST]) is not None


def read_period(text: str) -> tuple[date, date] | None:
    """First and last day of a period: of days, of months or of years; None when none can be read."""
    line = text[:_LONGEST]
    days = days_in(line)
    if days:
        return min(days), max(days)
    try:
        months = [date(int(year), int(month), 1) for month, year in _MONTH.findall(line)]
    except ValueError:
        return None
    if months:
        return min(months), _last_of_month(max(months))
    years = [int(year) for year in _YEAR.findall(line)]
    return (date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def _last_of_month(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers in a total row; None where it does not say."""

    collectives: int | None = None
    individuals: int | None = None
    all: int | None = None


def read_counts(text: str, synonyms: Synonyms) -> Counts:
    """`08 tập thể, 17 cá nhân` or `Tập thể: 08; cá nhân: 17`; a number alone counts all lines."""
    line = fold(text)[:_LONGEST]
    kinds = (synonyms.total_collective, synonyms.total_individual, synonyms.total_all)
    counts = [_before(line, words) for words in kinds]
    if counts == [None, None, None]:
        counts = [_behind(line, words) for words in kinds]
    if counts == [None, None, None]:
        alone = re.search(r"(?<!\d)\d{1,6}(?!\d)", line)
        counts[2] = int(alone.group()) if alone else None
    return Counts(*counts)


def _before(line: str, words: tuple[str, ...]) -> int | None:
    found = re.search(rf"(?<!\d)(\d{{1,6}}) ?(?:{_any(words)})\b", line)
    return int(found[1]) if found else None


def _behind(line: str, words: tuple[str, ...]) -> int | None:
    found = re.search(rf"\b(?:{_any(words)}) ?[:=] ?(\d{{1,6}})(?!\d)", line)
    return int(found[1]) if found else None


def _any(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in words)
