"""The text of a calendar ⇄ its days off and worked days. Knows no arithmetic; that is `calendar`.

One shape serves two kinds of file. A whole calendar names the years it covers and the words for
weekends; an override is laid on top of one and names only what differs, with the document that
says so. Text is refused whole, with every problem found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any, NoReturn

import tomli

from definitions.flow import Words
from definitions.problems import FlowsRefused, Problem

LARGEST_TEXT = 64 * 1024  # bytes
# The parser takes gigabytes over one very long dotted key; a line this short cannot hold one.
LONGEST_LINE = 500  # characters

_TOP = frozenset({"title", "years", "confirmed", "weekend", "make_up", "off", "work"})
_DAY = frozenset({"on", "name", "document"})
_NO_WORDS = Words("", "")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*(off|work)[ \t]*\]\]", re.MULTILINE)


class CalendarRefused(FlowsRefused):
    """This calendar text may not be used. Carries every problem; the calendar in force stays."""


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """A day that differs from what its weekday says, and the document that says so."""

    on: date
    name: Words
    document: str


@dataclass(frozen=True, slots=True)
class CalendarData:
    """What a calendar text says. `years` are the first and the last one covered.

    `off` are days without work (weekends need no entry); `work` are days worked although the
    weekday, or the calendar below an override, says otherwise.
    """

    title: Words
    years: tuple[int, int]
    confirmed: tuple[int, ...]
    weekend: Words
    make_up: Words
    off: tuple[MarkedDay, ...]
    work: tuple[MarkedDay, ...]


def parse(text: str, file: str, base: CalendarData | None = None) -> CalendarData:
    """What the text says. An override has the years of `base` besides its own, and its words where
    it has none. Raises CalendarRefused."""
    reader = _Reader(text, file, base)
    data = reader.data()
    if reader.problems:
        raise CalendarRefused(reader.problems)
    return data


def merge(base: CalendarData, over: CalendarData) -> CalendarData:
    """`base` with `over`, parsed against it, on top: a day that `over` names is only what `over` says."""
    named = {each.on for each in (*over.off, *over.work)}
    return replace(
        over,
        confirmed=tuple(sorted({*base.confirmed, *over.confirmed})),
        off=_laid(base.off, over.off, named),
        work=_laid(base.work, over.work, named),
    )


def _laid(below: Iterable[MarkedDay], above: Iterable[MarkedDay], named: set[date]) -> tuple[MarkedDay, ...]:
    kept = (each for each in below if each.on not in named)
    return tuple(sorted((*kept, *above), key=lambda each: each.on))


def write(data: CalendarData) -> str:
    """The one spelling of a whole calendar: the same days give the same text, so the same digest."""
    return "\n".join([*_head(data), *_days("off", data.off), *_days("work", data.work)]) + "\n"


def _head(data: CalendarData) -> Iterator[str]:
    yield f"title = {_words(data.title)}"
    yield f"years = [{data.years[0]}, {data.years[1]}]"
    yield f"confirmed = [{', '.join(map(str, data.confirmed))}]"
    yield f"weekend = {_words(data.weekend)}"
    yield f"make_up = {_words(data.make_up)}"


def _days(table: str, days: Iterable[MarkedDay]) -> Iterator[str]:
    for each in days:
        yield ""
        yield f"[[{table}]]"
        yield f"on = {each.on.isoformat()}"
        yield f"name = {_words(each.name)}"
        yield f"document = {_quoted(each.document)}"


def _words(words: Words) -> str:
    return f"{{ vi = {_quoted(words.vi)}, en = {_quoted(words.en)} }}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Reader:
    """Walks the parsed text once and gathers every problem with its line."""

    def __init__(self, text: str, file: str, base: CalendarData | None) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._base = base
        self._text = text
        self._headers: dict[str, list[int]] = {"off": [], "work": []}
        self._table = self._parsed()

    def data(self) -> CalendarData:
        for key in self._table.keys() - _TOP:
            self._problem(self._line(key), "unknown_key", key=key, known=tuple(sorted(_TOP)))
        years, base = self._years(), self._base
        title = self._words_at("title", base.title if base else None)
        weekend = self._words_at("weekend", base.weekend if base else None)
        make_up = self._words_at("make_up", base.make_up if base else None)
        off = tuple(self._marked("off", years, None))
        work = tuple(self._marked("work", years, make_up))
        self._once(off, work)
        return CalendarData(title, years, self._confirmed(years), weekend, make_up, _sorted(off), _sorted(work))

    # ── the text ──

    def _parsed(self) -> Mapping[str, Any]:
        if len(self._text.encode()) > LARGEST_TEXT:
            self._refuse(1, "too_large", limit=LARGEST_TEXT // 1024)
        for number, line in enumerate(self._text.splitlines(), start=1):
            if len(line) > LONGEST_LINE:
                self._refuse(number, "line_too_long", limit=LONGEST_LINE)
        for each in _HEADER.finditer(self._text):
            self._headers[each[1]].append(self._text.count("\n", 0, each.start()) + 1)
        try:
            return tomli.loads(self._text)
        except tomli.TOMLDecodeError as error:
            self._refuse(error.lineno, "syntax", detail=error.msg)

    def _problem(self, line: int, code: str, **params: Any) -> None:
        self.problems.append(Problem(self._file, line, 1, f"calendar_{code}", params))

    def _refuse(self, line: int, code: str, **params: Any) -> NoReturn:
        self._problem(line, code, **params)
        raise CalendarRefused(self.problems)

    def _line(self, key: str) -> int:
        found = re.search(rf"^[ \t]*\"?{re.escape(key)}\"?[ \t]*[=.]", self._text, re.MULTILINE)
        return self._text.count("\n", 0, found.start()) + 1 if found else 1

    def _line_of_day(self, table: str, index: int) -> int:
        headers = self._headers[table]
        return headers[index] if index < len(headers) else self._line(table)

    # ── the head ──

    def _years(self) -> tuple[int, int]:
        below = self._base.years if self._base else (MAXYEAR, MINYEAR)
        value = self._table.get("years", list(below) if self._base else None)
        if value is None:
            self._problem(1, "missing", key="years")
        elif not (_is_years(value) and len(value) == 2 and value[0] <= value[1]):
            self._problem(self._line("years"), "years")
        else:
            return (min(value[0], below[0]), max(value[1], below[1]))
        return (MINYEAR, MAXYEAR)  # the text is refused; its days are not blamed for its years

    def _confirmed(self, years: tuple[int, int]) -> tuple[int, ...]:
        value = self._table.get("confirmed", [])
        if not _is_years(value):
            self._problem(self._line("confirmed"), "confirmed")
            return ()
        for year in value:
            if not years[0] <= year <= years[1]:
                self._problem(self._line("confirmed"), "outside", on=str(year), first=years[0], last=years[1])
        return tuple(sorted(set(value)))

    def _words_at(self, key: str, default: Words | None) -> Words:
        if key in self._table:
            return self._read_words(self._table[key], self._line(key), key)
        if default is None:
            self._problem(1, "missing", key=key)
        return default or _NO_WORDS

    def _read_words(self, value: Any, line: int, key: str) -> Words:
        if isinstance(value, dict) and set(value) == {"vi", "en"} and all(map(_is_text, value.values())):
            return Words(value["vi"].strip(), value["en"].strip())
        self._problem(line, "words", key=key)
        return _NO_WORDS

    # ── the days ──

    def _marked(self, table: str, years: tuple[int, int], default: Words | None) -> Iterator[MarkedDay]:
        rows = self._table.get(table, [])
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            self._problem(self._line_of_day(table, 0), "rows", key=table)
            return
        for index, row in enumerate(rows):
            line = self._line_of_day(table, index)
            day = self._day(row, line, default)
            if day is None:
                continue
            if not years[0] <= day.on.year <= years[1]:
                self._problem(line, "outside", on=_spoken(day.on), first=years[0], last=years[1])
            yield day

    def _day(self, row: Mapping[str, Any], line: int, default: Words | None) -> MarkedDay | None:
        """One day, after noting everything that is wrong with it; None where it has no date."""
        for key in row.keys() - _DAY:
            self._problem(line, "unknown_key", key=key, known=tuple(sorted(_DAY)))
        on, document = row.get("on"), row.get("document")
        if not isinstance(on, date) or isinstance(on, datetime):
            self._problem(line, "date")
            on = None
        name = default if default and "name" not in row else self._read_words(row.get("name"), line, "name")
        if not _is_text(document):
            self._problem(line, "document")
        return MarkedDay(on, name, str(document).strip()) if on else None

    def _once(self, off: Iterable[MarkedDay], work: Iterable[MarkedDay]) -> None:
        """Each day stands once in the whole text: a day both off and worked is a slip of the pen."""
        seen: set[date] = set()
        for each in (*off, *work):
            if each.on in seen:
                self._problem(self._line_of_twin(each.on), "twice", on=_spoken(each.on))
            seen.add(each.on)

    def _line_of_twin(self, on: date) -> int:
        last = [each.start() for each in re.finditer(re.escape(on.isoformat()), self._text)][-1]
        return self._text.count("\n", 0, last) + 1


def _sorted(days: Iterable[MarkedDay]) -> tuple[MarkedDay, ...]:
    return tuple(sorted(days, key=lambda each: each.on))


def _is_years(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int and 1 <= each <= 9998 for each in value)


def _is_text(value: Any) -> bool:
    """One line of words: what could not be written back and read again is no text here."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _spoken(day: date) -> str:
    return f"{day:%d/%m/%Y}"
