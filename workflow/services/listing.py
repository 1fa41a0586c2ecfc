"""The list of nominations as somebody may see it: what an address asks for, checked; the rows, their words, the pages.

One list for all. The desk and the council read inner states; everybody else reads what is released, has fewer columns
and filters, and no way to ask about what he may not see: a state, a unit or a person of which he must not know is
answered as one that there is not.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select

from definitions.flow import Language
from workflow.domain import codes, vietnamese
from workflow.services.desk import Desk
from workflow.services.flow_book import UNIT_ROLES, Book, book
from workflow.services.viewing import Viewer
from workflow.storage import listing
from workflow.storage.database import read
from workflow.storage.indexing import words_of
from workflow.storage.listing import By, Cursor, Found, Order, Search, StateSet, Wanted
from workflow.storage.tables import Round, Sequence as Numbers, Unit
from workflow.wording import award_name, letter_label, role_label, say

PER_PAGE = 50
MOST_PER_PAGE = 300
LONGEST = 200
MOST_WORDS = 8
SOON = 5
"""Working days before the due day in which a dossier counts as nearly due."""


class ListRefused(ValueError):
    """The address asks for something that there is not. `code` says what, `params` name it; nothing was read."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


# ── what can be asked ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list. `inner` ones are for those who read inner states; `sort` is the order it gives, if any."""

    key: str
    sort: By | None = None
    inner: bool = False
    numeric: bool = False


COLUMNS: Mapping[str, Column] = {
    each.key: each
    for each in (
        Column("ma", "code"), Column("ten", "name"), Column("don-vi", "unit"), Column("hinh-thuc"),
        Column("trang-thai", "state"), Column("luot"), Column("han", "due"), Column("tu-ngay", "entered", inner=True),
        Column("cho", inner=True, numeric=True), Column("phu-trach", inner=True), Column("dot"), Column("doi-tuong"),
        Column("chuc-vu"), Column("noi-cong-tac"), Column("thanh-tich"), Column("linh-vuc"), Column("du-ho-so"),
        Column("to-trinh"), Column("ngay-to-trinh"), Column("quyet-dinh"), Column("ngay-quyet-dinh"),
        Column("ket-qua", inner=True),
    )
}  # fmt: skip
DESK_COLUMNS = ("ma", "ten", "don-vi", "hinh-thuc", "trang-thai", "luot", "han")
UNIT_COLUMNS = ("ma", "ten", "hinh-thuc", "trang-thai", "han", "to-trinh")

FILTERS = ("tim", "dot", "hinh-thuc", "quy-trinh", "trang-thai", "luot", "don-vi", "doi-tuong", "han", "phu-trach",
           "ket-qua", "du", "to-trinh", "quyet-dinh", "phien")  # fmt: skip
INNER_FILTERS = frozenset({"phu-trach", "ket-qua", "phien"})
SEVERAL = frozenset({"trang-thai", "luot", "don-vi", "cot"})
LAYOUT = ("cot", "xep", "so")
PAGING = ("sau", "truoc")
NOMINEES = {"ca-nhan": "individual", "tap-the": "collective"}
DUE = ("qua-han", "hom-nay", "sap-den")


@dataclass(frozen=True, slots=True)
class Query:
    """What an address asks for, as text, each parameter known and each layout word checked."""

    filters: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    by: By = "new"
    descending: bool = True
    size: int = PER_PAGE
    after: str = ""
    before: str = ""

    def one(self, name: str) -> str:
        return next((value for key, value in self.filters if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.filters if key == name)

    @property
    def sort(self) -> str:
        """The order as it stands in an address; nothing for the usual one."""
        key = next((each.key for each in COLUMNS.values() if each.sort == self.by), "")
        return f"-{key}" if key and self.descending else key

    def pairs(self, *, layout: bool = True) -> list[tuple[str, str]]:
        """The parameters of an address that asks for this, from its first page on."""
        found = list(self.filters)
        if layout:
            found += [("cot", ",".join(self.columns))] if self.columns else []
            found += [("xep", self.sort)] if self.sort else []
            found += [("so", str(self.size))] if self.size != PER_PAGE else []
        return found


def parse(viewer: Viewer, pairs: Iterable[tuple[str, str]]) -> Query:
    """Read an address. Raises ListRefused for a parameter, a column or an order that there is not for this person."""
    known = {*FILTERS, *LAYOUT, *PAGING} - (frozenset() if viewer.inner else INNER_FILTERS)
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        if key not in known:
            raise ListRefused("unknown_parameter", name=_short(key))
        if len(value) > LONGEST and key not in (*PAGING, "cot"):
            raise ListRefused("too_long", name=key)
        if "\x00" in value or not _encodable(value):
            raise ListRefused("wrong_value", name=key, value="")
        if value.strip():
            given.setdefault(key, []).append(value.strip())
    filters = [(key, value) for key in FILTERS for value in given.get(key, ())[: None if key in SEVERAL else 1]]
    by, descending = _sort(viewer, (given.get("xep") or [""])[0])
    size = (given.get("so") or [""])[0]
    return Query(
        filters=tuple(dict.fromkeys(filters)),
        columns=_columns(viewer, given.get("cot", ())),
        by=by,
        descending=descending,
        size=max(1, min(MOST_PER_PAGE, int(size[:9]))) if size.isascii() and size.isdigit() else PER_PAGE,
        after=(given.get("sau") or [""])[0],
        before=(given.get("truoc") or [""])[0],
    )


def _short(text: str) -> str:
    return "".join(letter for letter in text[:40] if letter.isprintable())


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _columns(viewer: Viewer, given: Sequence[str]) -> tuple[str, ...]:
    wanted = [key for value in given for key in value.split(",") if key]
    for key in wanted:
        if key not in COLUMNS or (COLUMNS[key].inner and not viewer.inner):
            raise ListRefused("unknown_column", name=_short(key))
    return tuple(dict.fromkeys(wanted))


def _sort(viewer: Viewer, given: str) -> tuple[By, bool]:
    if not given:
        return "new", True
    column = COLUMNS.get(given.removeprefix("-"))
    if column is None or column.sort is None or (column.inner and not viewer.inner):
        raise ListRefused("unknown_sort", name=_short(given))
    return column.sort, given.startswith("-")


def columns_for(viewer: Viewer, query: Query) -> tuple[Column, ...]:
    """The columns to show, in the order wanted."""
    usual = DESK_COLUMNS if viewer.inner else UNIT_COLUMNS
    if not viewer.inner and len(_places(viewer)) != 1:
        usual = (*usual[:2], "don-vi", *usual[2:])
    return tuple(COLUMNS[key] for key in query.columns or usual)


def all_columns(viewer: Viewer) -> tuple[Column, ...]:
    return tuple(each for each in COLUMNS.values() if viewer.inner or not each.inner)


def _places(viewer: Viewer) -> tuple[str, ...]:
    sight = viewer.sight
    return (*sight.units, *sight.clusters, *sight.fields, *sight.bodies)


# ── around the list ──────────────────────────────────────────────────────────────────────────────

_U: Table = Unit.__table__  # type: ignore[attr-defined]
_R: Table = Round.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every list needs beside its rows: flows, units this person may know of in Vietnamese order, rounds."""

    viewer: Viewer
    book: Book
    units: tuple[Any, ...]
    rounds: tuple[Any, ...]
    today: date

    @property
    def unit_ids(self) -> dict[str, int]:
        return {unit.code: unit.id for unit in self.units}


def surroundings(desk: Desk, connection: Connection, viewer: Viewer, today: date) -> Surroundings:
    """Three queries, however long the list."""
    columns = (_U.c.id, _U.c.code, _U.c.name, _U.c.name_folded, _U.c.sort_key, _U.c.cluster)
    units = sorted(connection.execute(select(*columns)), key=lambda unit: (unit.sort_key, unit.code))
    if not viewer.inner:
        sight = viewer.sight
        units = [
            unit for unit in units if unit.code in sight.units or (unit.cluster and unit.cluster in sight.clusters)
        ]
    rounds = connection.execute(select(_R.c.id, _R.c.code, _R.c.title, _R.c.year).order_by(_R.c.year.desc(), _R.c.code))
    return Surroundings(viewer, book(desk, connection), tuple(units), tuple(rounds), today)


# ── from words to conditions ─────────────────────────────────────────────────────────────────────


def wanted(desk: Desk, connection: Connection, around: Surroundings, query: Query) -> Wanted:
    """The conditions that a query means for this person. Raises ListRefused for a value that there is not."""
    viewer, made = around.viewer, Wanted(sight=around.viewer.sight)
    flows_of = around.book
    made = replace(
        made,
        released=not viewer.inner,
        limits=None if viewer.inner else flows_of.unit_limits,
        round=_known(query, "dot", {each.code: each.id for each in around.rounds}),
        award=_known(query, "hinh-thuc", {each: each for each in flows_of.awards()}) or "",
        nominee=_known(query, "doi-tuong", NOMINEES) or "",
        complete={"co": True, "chua": False, None: None}[_known(query, "du", {"co": "co", "chua": "chua"})],
        submission=_number(query, "to-trinh"),
        decision=vietnamese.fold(query.one("quyet-dinh")),
        session=query.one("phien"),
        outcome=_known(query, "ket-qua", {each: each for each in _outcomes(flows_of)}) or "",
        assigned={"toi": viewer.person, "chua": "-"}.get(query.one("phu-trach"), query.one("phu-trach")),
    )
    flow = _known(query, "quy-trinh", {each: each for each in flows_of.newest})
    made = replace(made, flows=(flow,) if flow else (), units=_units(around, query))
    made = _with_states(made, around, query)
    due = query.one("han")
    if due and due not in DUE:
        raise ListRefused("wrong_value", name="han", value=_short(due))
    if due:
        made = replace(made, due=_due(desk, due, around.today))
    if query.one("tim"):
        made = replace(made, search=_search(connection, around, query.one("tim")))
    return made


def _known(query: Query, name: str, values: Mapping[str, Any]) -> Any:
    value = query.one(name)
    if value and value not in values:
        raise ListRefused("wrong_value", name=name, value=_short(value))
    return values[value] if value else None


def _number(query: Query, name: str) -> int | None:
    value = query.one(name)
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ListRefused("wrong_value", name=name, value=_short(value))
    return int(value)


def _outcomes(flows_of: Book) -> dict[str, None]:
    return {s.outcome: None for flow in flows_of.newest.values() for s in flow.states.values() if s.outcome}


def _units(around: Surroundings, query: Query) -> tuple[int, ...] | None:
    """Ids of the units asked for. To a unit, another one and one that there is not are the same: nothing is found."""
    given = query.all("don-vi")
    if not given:
        return None
    ids = around.unit_ids
    unknown = [code for code in given if code not in ids]
    if unknown and around.viewer.inner:
        raise ListRefused("wrong_value", name="don-vi", value=_short(unknown[0]))
    return tuple(ids[code] for code in given if code in ids) or (0,)


def slug(words: str) -> str:
    """Words for units as they stand in an address."""
    return re.sub(r"[^a-z0-9]+", "-", vietnamese.fold(words)).strip("-")


def _with_states(made: Wanted, around: Surroundings, query: Query) -> Wanted:
    viewer, flows_of = around.viewer, around.book
    states, turns = query.all("trang-thai"), query.all("luot")
    sets: list[StateSet] = []
    if states and viewer.inner:
        for each in states:
            if each != "dang-xu-ly" and each not in flows_of.rank:
                raise ListRefused("wrong_value", name="trang-thai", value=_short(each))
        named = frozenset(states)
        going_on = "dang-xu-ly" in named
        sets.append(flows_of.states_where(lambda s: s.id in named or (going_on and s.final is None)))
    elif states:
        slugs = frozenset(states)
        known = {slug(each) for each in flows_of.unit_labels(viewer.language)} | {"dang-xu-ly"}
        if slugs - known:
            raise ListRefused("wrong_value", name="trang-thai", value=_short(next(iter(slugs - known))))
        going_on = "dang-xu-ly" in slugs
        language = viewer.language
        sets.append(
            flows_of.states_where(lambda s: slug(s.unit.in_(language)) in slugs or (going_on and s.final is None))
        )
    if turns:
        sets.append(flows_of.owned_by(_turns(around, turns)))
    if viewer.inner and (made.complete is False or made.assigned == "-"):
        # Who asks what is still missing means what still goes on.
        sets.append(flows_of.open_states())
    return replace(made, states=tuple(sets)) if viewer.inner else replace(made, shown=tuple(sets))


def _turns(around: Surroundings, turns: Sequence[str]) -> frozenset[str]:
    viewer = around.viewer
    found: set[str] = set()
    for each in turns:
        if each == "toi":
            found |= viewer.roles
        elif each == "don-vi":
            found |= UNIT_ROLES
        elif each == "cap-xet":
            found |= set(around.book.owners()) - UNIT_ROLES
        elif each in UNIT_ROLES or (viewer.inner and each in around.book.owners()):
            found.add(each)
        else:
            raise ListRefused("wrong_value", name="luot", value=_short(each))
    return frozenset(found)


def _due(desk: Desk, which: str, today: date) -> tuple[date | None, date | None]:
    if which == "qua-han":
        return None, today
    last = today if which == "hom-nay" else desk.calendar.add_working(today, SOON)
    return today, last + timedelta(days=1)


_PART_OF_CODE = re.compile(r"([A-Za-z]{1,8})[-. ]?(\d{4})[-. ](\d{1,12})")


def _search(connection: Connection, around: Surroundings, text: str) -> Search:
    words = tuple(dict.fromkeys(vietnamese.fold(text).split()))[:MOST_WORDS]
    units = tuple(
        unit.id
        for unit in around.units
        if words and all(any(own.startswith(word) for own in _unit_words(unit)) for word in words)
    )
    return Search(words, units, _codes(connection, text))


def _unit_words(unit: Any) -> frozenset[str]:
    return words_of(f"{unit.name_folded} {vietnamese.fold(unit.code)}")


def _codes(connection: Connection, text: str) -> tuple[str, ...]:
    """Codes that somebody may mean: a whole one, one without its check digit, or the number alone in any year."""
    text = text.strip()
    try:
        return (codes.normalise(text),)
    except codes.CodeError:
        pass
    found = _PART_OF_CODE.fullmatch(text)
    if found and int(found[3]) and int(found[2]) >= 1000:
        return (codes.make(found[1].upper(), int(found[2]), int(found[3])),)
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and int(text)):
        return ()
    names = connection.execute(select(Numbers.name)).scalars()  # type: ignore[call-overload]
    series = [name.rpartition("-") for name in names]
    return tuple(
        codes.make(prefix, int(year), int(text))
        for prefix, _, year in series
        if codes.PREFIX.fullmatch(prefix) and year.isdigit() and len(year) == 4 and int(year) >= 1000
    )


# ── a page ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list in words. `late` is past its due day; `end` the class of an end, None while it goes on.

    `days` counts working days to `due_on`, negative once it has passed.
    """

    id: int
    code: str
    name: str
    version: int
    late: bool
    end: str | None
    due_on: date | None
    days: int | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page. `total` is None for more than can be counted at once; cursors lead on where there is more."""

    query: Query
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    total: int | None
    previous: str
    next: str
    around: Surroundings = field(repr=False)


def nominations(desk: Desk, viewer: Viewer, query: Query, today: date, *, few: int = listing.FEW) -> Listed:
    """A page of the list. `few`: up to so many matches are counted and sorted, more are walked. Raises ListRefused."""
    with read(desk.engine) as connection:
        around = surroundings(desk, connection, viewer, today)
        found = find(desk, connection, around, query, few=few)
        limits = None if viewer.inner else around.book.unit_limits
        rows = listing.rows(connection, found.ids, limits)
    columns = columns_for(viewer, query)
    lines = tuple(line(desk, around, row, columns) for row in rows)
    return Listed(
        query, columns, lines, found.total, write_cursor(found.first) if found.before else "",
        write_cursor(found.last) if found.after else "", around,
    )  # fmt: skip


def find(desk: Desk, connection: Connection, around: Surroundings, query: Query, *, few: int = listing.FEW) -> Found:
    """Ids of a page of the list, in a transaction of the caller's. Raises ListRefused."""
    asked = replace(wanted(desk, connection, around, query), few=few)
    met = listing.conditions(connection, asked)
    total = _total(connection, around, asked, met)
    cursor = read_cursor(query.before or query.after, query.by) if query.before or query.after else None
    return listing.page(
        connection, met, order_of(around, query, asked), query.size, cursor, backwards=bool(query.before), total=total,
        few=total is not None and total <= few,
    )  # fmt: skip


def _total(connection: Connection, around: Surroundings, asked: Wanted, met: listing.Met) -> int | None:
    of_award = around.book.flows_of_award(asked.award) if asked.award else ()
    kept = listing.kept_count(connection, asked, of_award or None)
    return kept if kept is not None else listing.count_few(connection, met)


def order_of(around: Surroundings, query: Query, asked: Wanted) -> Order:
    """The order wanted, with what it goes by for this person."""
    sight, ids = around.viewer.sight, around.unit_ids
    only: tuple[int, ...] | None = asked.units if asked.units is not None and len(asked.units) == 1 else None
    if only is None and len(sight.units) == 1 and len(_places(around.viewer)) == 1 and not sight.council:
        only = tuple(ids[code] for code in sight.units if code in ids)
    states = around.book.order
    for each in (*asked.states, *asked.shown):
        names = frozenset(each.names)
        states = tuple(state for state in states if state in names)
    return Order(
        by=query.by,
        descending=query.descending,
        states=states,
        units=asked.units if asked.units is not None else tuple(ids.values()),
        limits=asked.limits,
        one_unit=only[0] if only else None,
        shown=not around.viewer.inner,
    )


_CURSOR_TYPES: Mapping[By, tuple[type, ...]] = {
    "new": (str, int), "code": (str, str, int), "name": (str, str, int), "unit": (int, str, int),
    "state": (str, str, int), "entered": (str, str, int), "due": (str, str, int),
}  # fmt: skip


def write_cursor(cursor: Cursor | None) -> str:
    """Where a page ends, as an address carries it."""
    text = json.dumps(cursor, ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, by: By) -> Cursor:
    """What `write_cursor` wrote, for this order. Raises ListRefused for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text[:4000] + "=" * (-len(text) % 4)))
        cursor = tuple(found) if isinstance(found, list) else ()
        # By state, a unit's list goes by id alone within each.
        shapes = (_CURSOR_TYPES[by], (str, int)) if by == "state" else (_CURSOR_TYPES[by],)
        fits = any(len(cursor) == len(s) and all(type(v) is t for v, t in zip(cursor, s, strict=True)) for s in shapes)
        if not fits or not all(_encodable(value) for value in cursor if isinstance(value, str)):
            raise ValueError(text)
        if abs(cursor[-1]) >= 2**31:
            raise ValueError(text)
        if by in ("entered", "due", "state") and len(cursor) == 3:
            date.fromisoformat(cursor[1])
    except (ValueError, RecursionError):
        raise ListRefused("wrong_cursor") from None
    return cursor


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def line(desk: Desk, around: Surroundings, row: Any, columns: Sequence[Column]) -> Line:
    """One row in the words of this person."""
    spoken = _Spoken(desk, around, row)
    days = None if row.due_on is None else desk.calendar.working_between(around.today, row.due_on)
    return Line(
        row.id, row.code, row.name, row.version, spoken.late, spoken.end, row.due_on, days,
        tuple(_CELLS[column.key](spoken) for column in columns),
    )  # fmt: skip


@dataclass(slots=True)
class _Spoken:
    """One row, as this person may read it."""

    desk: Desk
    around: Surroundings
    row: Any

    @property
    def language(self) -> Language:
        return self.around.viewer.language

    @property
    def inner(self) -> bool:
        return self.around.viewer.inner

    @property
    def stands(self) -> Any:
        """The state that may be told of."""
        row, flows_of = self.row, self.around.book
        if self.inner:
            return flows_of.state(row.flow_version_id, row.state)
        return flows_of.shown(row.flow_version_id, row.shown_state, row.state)

    @property
    def released(self) -> bool:
        return self.inner or self.row.state == self.row.shown_state

    @property
    def late(self) -> bool:
        return self.row.due_on is not None and self.row.due_on < self.around.today

    @property
    def end(self) -> str | None:
        return self.stands.final if self.stands else None

    @property
    def state(self) -> str:
        if self.stands is None:
            return str(self.row.state) if self.inner else ""
        label = self.stands.label if self.inner else self.stands.unit
        return str(label.in_(self.language))

    @property
    def turn(self) -> str:
        # An end waits for somebody only while a limit runs there: what a revoked award brought is handed back.
        waits = self.stands is not None and (self.stands.final is None or self.row.due_on is not None)
        owner = self.stands.owner if waits else None
        if not owner:
            return ""
        if self.inner or owner in UNIT_ROLES:
            return capitalised(role_label(owner, self.language))
        return say("listing.at_the_ministry", self.language)

    @property
    def award(self) -> str:
        flow = self.around.book.flows.get(self.row.flow_version_id)
        return flow.title.in_(self.language) if flow else award_name(self.row.award, self.language)

    @property
    def waits(self) -> str:
        if self.end is not None:
            return ""
        return str(self.desk.calendar.working_between(self.row.entered_on, self.around.today))

    @property
    def outcome(self) -> str:
        flow = self.around.book.flows.get(self.row.flow_version_id)
        states = flow.states.values() if flow and self.row.outcome else ()
        return next(
            (s.label.in_(self.language) for s in states if s.outcome == self.row.outcome), self.row.outcome or ""
        )


def capitalised(words: str) -> str:
    """As words stand at the beginning of a cell."""
    return words[:1].upper() + words[1:]


def _day(value: date | None) -> str:
    return "" if value is None else vietnamese.short_date(value)


_CELLS: Mapping[str, Callable[[_Spoken], str]] = {
    "ma": lambda s: s.row.code,
    "ten": lambda s: s.row.name,
    "don-vi": lambda s: s.row.unit_name,
    "hinh-thuc": lambda s: s.award,
    "trang-thai": lambda s: s.state,
    "luot": lambda s: s.turn,
    "han": lambda s: _day(s.row.due_on),
    "tu-ngay": lambda s: _day(s.row.entered_on),
    "cho": lambda s: s.waits,
    "phu-trach": lambda s: s.row.assigned_name or "",
    "dot": lambda s: s.row.round,
    "doi-tuong": lambda s: say(f"listing.{s.row.nominee}", s.language),
    "chuc-vu": lambda s: s.row.position,
    "noi-cong-tac": lambda s: s.row.workplace,
    "thanh-tich": lambda s: s.row.achievement,
    "linh-vuc": lambda s: s.row.field_of_work,
    "du-ho-so": lambda s: _day(s.row.complete_on),
    "to-trinh": lambda s: letter_label(s.row.letter_number, s.language),
    "ngay-to-trinh": lambda s: _day(s.row.letter_on),
    "quyet-dinh": lambda s: (s.row.decision or "") if s.released else "",
    "ngay-quyet-dinh": lambda s: _day(s.row.decided_on) if s.released else "",
    "ket-qua": lambda s: s.outcome,
}


# ── all of it: exports and acts on many ──────────────────────────────────────────────────────────


def how_many(desk: Desk, viewer: Viewer, query: Query, today: date) -> int | None:
    """The number of nominations a query finds; None for more than can be counted at once. Raises ListRefused."""
    with read(desk.engine) as connection:
        around = surroundings(desk, connection, viewer, today)
        asked = wanted(desk, connection, around, query)
        return _total(connection, around, asked, listing.conditions(connection, asked))


def codes_of(desk: Desk, viewer: Viewer, query: Query, today: date, most: int) -> tuple[str, ...]:
    """Codes of all that a query finds, in order of entry; one more than `most` where there are more: then it is too
    many. What an act on “all that match” is about. Raises ListRefused."""
    with read(desk.engine) as connection:
        around = surroundings(desk, connection, viewer, today)
        met = listing.conditions(connection, wanted(desk, connection, around, query))
        return tuple(listing.codes(connection, met, most))


def every_id(desk: Desk, viewer: Viewer, query: Query, today: date, most: int) -> tuple[Surroundings, list[int]]:
    """Ids of all that a query finds in its order, at most one more than `most`. Raises ListRefused."""
    with read(desk.engine) as connection:
        around = surroundings(desk, connection, viewer, today)
        asked = wanted(desk, connection, around, query)
        met = listing.conditions(connection, asked)
        total = _total(connection, around, asked, met)
        few = total is not None and total <= listing.FEW
        order = order_of(around, query, asked)
        found = listing.page(connection, met, order, most + 1, total=total, few=few)
    return around, list(found.ids)


def lines_of(desk: Desk, around: Surroundings, ids: Sequence[int], columns: Sequence[Column]) -> list[Line]:
    """These nominations in words."""
    limits = None if around.viewer.inner else around.book.unit_limits
    with read(desk.engine) as connection:
        rows = listing.rows(connection, ids, limits)
    return [line(desk, around, row, columns) for row in rows]
