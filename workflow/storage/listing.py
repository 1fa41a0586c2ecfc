"""Lists of nominations in any order, a page at a time by key, as quick at a million rows as at ten.

Two ways. Few rows match: they are found by what they match, and sorted. Many match: an index that has the order wanted
is walked, passing over what does not match; many matches make the walk short. Which of the two is found by a count
that stops early. An order without an index of its own (by unit, by state) is walked in parts, one
for each unit or state, since each part has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    Table,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlmodel import col

from notifications.columns import to_json
from notifications.sql import among
from workflow.storage.indexing import DECISION, LETTER, NAME, SIGNS
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import (
    Act,
    Deadline,
    DecisionPaper,
    Event,
    Nomination,
    Round,
    StateCount,
    Submission,
    Unit,
)
from workflow.storage.tables_desk import Assignment, ListOrder, SearchWord

FEW = 10_000
"""Up to so many matches are sorted, and counted to the last one."""
RANKED = 4 * FEW
ENDINGS = 20
PARTS_AT_ONCE = 8
LAST_LETTER = "\U0010ffff"

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_O: Table = ListOrder.__table__  # type: ignore[attr-defined]
_W: Table = SearchWord.__table__  # type: ignore[attr-defined]
_D: Table = Deadline.__table__  # type: ignore[attr-defined]
_P: Table = DecisionPaper.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]
_G: Table = Assignment.__table__  # type: ignore[attr-defined]
_C: Table = StateCount.__table__  # type: ignore[attr-defined]

Cursor = tuple[Any, ...]
"""Where a page ends: the part it ends in, the values it is sorted by, the id."""
By = Literal["new", "code", "name", "unit", "state", "entered", "due"]


@dataclass(frozen=True, slots=True)
class StateSet:
    """States of flows: `whole` in whatever version, `some` as (flow version, state)."""

    whole: tuple[str, ...] = ()
    some: tuple[tuple[int, str], ...] = ()

    def among(self, column: Any) -> ColumnElement[bool]:
        """The condition that the nomination's `column` (state or shown state) is one of these."""
        ways: list[ColumnElement[bool]] = [column.in_(self.whole)] if self.whole else []
        by_state: dict[str, list[int]] = {}
        for version, state in self.some:
            by_state.setdefault(state, []).append(version)
        ways += [and_(column == state, _N.c.flow_version_id.in_(versions)) for state, versions in by_state.items()]
        return or_(*ways) if ways else false()

    @property
    def names(self) -> tuple[str, ...]:
        """Every state that is in it in some version."""
        return tuple(dict.fromkeys((*self.whole, *(state for _, state in self.some))))


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed, folded, and what of it is known already: units of that name, codes it may be."""

    words: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which nominations: every condition that is given holds, and `sight` whatever is given.

    `states` and `shown` hold sets of which each must hold. `limits` holds the states whose deadlines count for `due`,
    None for all; `released` keeps to decisions that are released; `due` is a half-open range of days. `assigned` is a
    person's key, or `-` for nobody.
    """

    sight: Sight
    units: tuple[int, ...] | None = None
    round: int | None = None
    award: str = ""
    flows: tuple[str, ...] = ()
    states: tuple[StateSet, ...] = ()
    shown: tuple[StateSet, ...] = ()
    nominee: str = ""
    outcome: str = ""
    complete: bool | None = None
    submission: int | None = None
    decision: str = ""
    released: bool = False
    session: str = ""
    assigned: str = ""
    limits: StateSet | None = None
    due: tuple[date | None, date | None] | None = None
    search: Search | None = None
    few: int = FEW


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted. `states` and `units` are in the order they are to come in."""

    by: By = "new"
    descending: bool = False
    states: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    limits: StateSet | None = None
    one_unit: int | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Ids in their order, where the page begins and ends, whether there is more; `total` None for too many to count."""

    ids: tuple[int, ...]
    first: Cursor | None
    last: Cursor | None
    before: bool
    after: bool
    total: int | None


# ── which ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Met:
    """What a nomination must meet. `many`: nothing but common words is asked for, so that counting is in vain."""

    terms: tuple[ColumnElement[bool], ...]
    many: bool = False
    few: int = FEW


def conditions(connection: Connection, wanted: Wanted) -> Met:
    """What a nomination must meet, in terms of its table."""
    found = [] if wanted.sight.everything else [seen(wanted.sight)]
    equal = {"round_id": wanted.round, "award": wanted.award or None, "nominee": wanted.nominee or None,
             "outcome": wanted.outcome or None, "submission_id": wanted.submission}  # fmt: skip
    found += [_N.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.units is not None:
        found.append(_one_or_several(_N.c.unit_id, wanted.units))
    if wanted.flows:
        found.append(_one_or_several(_N.c.flow_id, wanted.flows))
    found += [each.among(_N.c.state) for each in wanted.states]
    found += [each.among(_N.c.shown_state) for each in wanted.shown]
    if wanted.complete is not None:
        found.append(_N.c.complete_on.is_not(None) if wanted.complete else _N.c.complete_on.is_(None))
    if wanted.decision:
        found.append(_decided(wanted, (wanted.decision,)))
    if wanted.session:
        found.append(_N.c.id.in_(_scheduled(wanted.session)))
    if wanted.assigned:
        found.append(_assigned(wanted.assigned))
    if wanted.due is not None:
        found += [_N.c.id.in_(_due_between(*wanted.due, wanted.limits)), *_of_turn(wanted.limits)]
    if wanted.search is None:
        return Met(tuple(found), few=wanted.few)
    words = wanted.search.words
    ids = None if _is_narrow(wanted) or not words else _ids_of_words(connection, words, wanted.few)
    many = not found and ids is None and bool(words)
    return Met((*found, _matches(connection, wanted, ids)), many, wanted.few)


def _is_narrow(wanted: Wanted) -> bool:
    """Whether so little is looked at that its rows can be asked one by one."""
    one = wanted.units is not None and len(wanted.units) == 1
    return bool(wanted.sight.units) or one or wanted.submission is not None


def _one_or_several(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _assigned(person: str) -> ColumnElement[bool]:
    if person == "-":
        return ~exists().where(_G.c.nomination_id == _N.c.id, _G.c.until_at.is_(None))
    return _N.c.id.in_(select(_G.c.nomination_id).where(_G.c.person == person, _G.c.until_at.is_(None)))


def _running(limits: StateSet | None) -> list[ColumnElement[bool]]:
    """Open limits whose clock runs; together with `_of_turn` those of the states in `limits` alone."""
    open_: list[ColumnElement[bool]] = [_D.c.closed_on.is_(None), _D.c.stopped_on.is_(None), _D.c.due_on.is_not(None)]
    return [*open_, *_named(_D, limits)]


def _named(table: Any, limits: StateSet | None) -> list[ColumnElement[bool]]:
    return [] if limits is None else [table.c.name.in_([f"state.{name}" for name in limits.names])]


def _of_turn(limits: StateSet | None) -> list[ColumnElement[bool]]:
    """That the nomination stands in one of these states, of its own flow, and that this is released.

    A limit of a state that a unit may not know of yet would tell it how its vote went.
    """
    return [] if limits is None else [limits.among(_N.c.state), _N.c.state == _N.c.shown_state]


def _due_between(since: date | None, until: date | None, limits: StateSet | None) -> Select[Any]:
    """Nominations whose earliest running limit is due in this half-open range."""
    query = select(_D.c.nomination_id).where(*_running(limits))
    if until is not None:
        query = query.where(_D.c.due_on < until)
    if since is not None:
        earlier = _D.alias("earlier")
        sooner = exists().where(
            earlier.c.nomination_id == _D.c.nomination_id, earlier.c.closed_on.is_(None),
            earlier.c.stopped_on.is_(None), earlier.c.due_on < since,
            *_named(earlier, limits),
        )  # fmt: skip
        query = query.where(_D.c.due_on >= since, ~sooner)
    return query


def _scheduled(session: str) -> Select[Any]:
    """Nominations that an act put on the agenda of a session of this name."""
    act, event = Act.__table__, Event.__table__  # type: ignore[attr-defined]
    return (
        select(event.c.nomination_id)
        .join(act, act.c.id == event.c.act_id)
        .where(act.c.transition == "schedule", _field_is(act.c.fields, "session", session))
    )


def _field_is(column: Any, name: str, value: str) -> ColumnElement[bool]:
    """A text field of the stored JSON has this value: the text is written by one writer, in one form."""
    found: ColumnElement[bool] = type_coerce(column, Text).contains(to_json({name: value})[1:-1], autoescape=True)
    return found


# ── search ───────────────────────────────────────────────────────────────────────────────────────


def _matches(connection: Connection, wanted: Wanted, ids: list[int] | None) -> ColumnElement[bool]:
    """What was typed is in the name, or is a unit, a letter, a decision or a code: one of them holds all its words.

    `ids` are those of the names, None to ask each row.
    """
    search = wanted.search
    assert search is not None  # narrows the type
    if not search.words:
        return false()
    *whole, last = search.words
    ways = [
        and_(*(_has_word(word, whole=True) for word in whole), _has_word(last))
        if ids is None
        else among(connection, _N.c.id, ids),
        _N.c.submission_id.in_(numbered(LETTER, search.words)),
        _decided(wanted, search.words),
    ]
    if search.units:
        ways.append(_N.c.unit_id.in_(search.units))
    if search.codes:
        ways.append(_N.c.code.in_(search.codes))
    return or_(*ways)


def _has_word(word: str, *, whole: bool = False) -> ColumnElement[bool]:
    """As the table of words has it, but asked of a row at hand: a word, or the beginning of one."""
    name: Any = _N.c.name_folded
    if whole:
        name = name.concat(" ")
        word = f"{word} "
    return or_(
        name.startswith(word, autoescape=True), *(name.contains(f"{sign}{word}", autoescape=True) for sign in SIGNS)
    )


def _ids_of_words(connection: Connection, words: Sequence[str], few: int) -> list[int] | None:
    """Nominations in whose name each word stands, the last one perhaps unfinished; None when they are many.

    The rarest word leads, and each of its names is looked up under the others.
    """
    *whole, last = words
    ways = [*(_word_is(word) for word in whole), _beginning(NAME, last)]
    sizes = connection.execute(select(*(_bounded(each) for each in ways))).one()
    lead = min(range(len(words)), key=lambda place: (sizes[place], -len(words[place])))
    query = select(_W.c.ref).where(ways[lead])
    for place, word in enumerate(whole):
        if place != lead:
            other = _W.alias()
            query = query.where(
                exists().where(other.c.kind == NAME, other.c.word == word, other.c.ref == _W.c.ref).correlate(_W)
            )
    if len(words) > 1 and lead != len(words) - 1:
        endings = list(connection.execute(_vocabulary(last)).scalars())
        if len(endings) <= ENDINGS:
            other = _W.alias()
            there = exists().where(other.c.kind == NAME, other.c.word.in_(endings), other.c.ref == _W.c.ref)
            query = query.where(there.correlate(_W))
        else:
            query = query.join(_N, _N.c.id == _W.c.ref).where(_has_word(last))
    elif len(words) == 1 and sizes[0] > few:
        return None
    found = list(dict.fromkeys(connection.execute(query.limit(few + 1)).scalars()))
    return found if len(found) <= few else None


def _vocabulary(beginning: str) -> Select[Any]:
    """The different words that begin so, one look-up each however many names have them."""
    until = beginning + LAST_LETTER
    first = select(func.min(_W.c.word).label("word")).where(_beginning(NAME, beginning))
    known = first.cte("known", recursive=True)
    after = _W.alias()
    following = select(func.min(after.c.word)).where(
        after.c.kind == NAME, after.c.word > known.c.word, after.c.word < until
    )
    known = known.union_all(select(following.correlate(known).scalar_subquery()).where(known.c.word.is_not(None)))
    return select(known.c.word).where(known.c.word.is_not(None)).limit(ENDINGS + 1)


def _bounded(way: ColumnElement[bool]) -> Any:
    """How many rows of the table of words there are, as far as it is worth counting."""
    return select(func.count()).select_from(select(_W.c.ref).where(way).limit(RANKED).subquery()).scalar_subquery()


def _word_is(word: str) -> ColumnElement[bool]:
    return and_(_W.c.kind == NAME, _W.c.word == word)


def _beginning(kind: str, word: str) -> ColumnElement[bool]:
    return and_(_W.c.kind == kind, _W.c.word >= word, _W.c.word < word + LAST_LETTER)


def _decided(wanted: Wanted, words: Sequence[str]) -> ColumnElement[bool]:
    """A decision of this number is on it, and may be told of."""
    found = _N.c.decision_id.in_(numbered(DECISION, words))
    return and_(found, _N.c.state == _N.c.shown_state) if wanted.released else found


def numbered(kind: str, words: Sequence[str]) -> Select[Any]:
    """Letters or decisions in whose number each of these begins a word."""
    query = select(_W.c.ref).where(_beginning(kind, words[0]))
    for word in words[1:]:
        other = _W.alias()
        query = query.where(
            _W.c.ref.in_(
                select(other.c.ref).where(other.c.kind == kind, other.c.word >= word, other.c.word < word + LAST_LETTER)
            )
        )
    return query


# ── how many ─────────────────────────────────────────────────────────────────────────────────────


def count_few(connection: Connection, met: Met) -> int | None:
    """How many nominations meet these; None for more than a few."""
    if met.many:
        return None
    inner = select(_N.c.id).where(*met.terms).limit(met.few + 1).subquery()
    found = int(connection.execute(select(func.count()).select_from(inner)).scalar_one())
    return found if found <= met.few else None


def kept_count(connection: Connection, wanted: Wanted, flows: tuple[str, ...] | None) -> int | None:
    """The number from the counts that acts keep, where these answer: everything is seen, and only round, flow, state
    are asked for. `flows` are those of the award asked for, None when that is not known."""
    plain = Wanted(
        sight=Sight(everything=True), round=wanted.round, award=wanted.award, flows=wanted.flows, states=wanted.states,
        few=wanted.few,
    )  # fmt: skip
    if wanted != plain or any(each.some for each in wanted.states) or (wanted.award and flows is None):
        return None
    query = select(func.coalesce(func.sum(_C.c.amount), 0))
    if wanted.round is not None:
        query = query.where(_C.c.round_id == wanted.round)
    for names in (wanted.flows, flows if wanted.award else ()):
        if names:
            query = query.where(_C.c.flow_id.in_(names))
    for each in wanted.states:
        query = query.where(_C.c.state.in_(each.whole))
    return int(connection.execute(query).scalar_one())


# ── in which order ───────────────────────────────────────────────────────────────────────────────


_BY_ID = "NOT INDEXED"
_BY_CODE = "INDEXED BY sqlite_autoindex_nomination_2"
_BY_STATE = "INDEXED BY ix_nomination_desk"
_BY_DUE = "INDEXED BY ix_deadline_open"
# Without figures of its own SQLite takes any equality for rare, and would sort half of a table to begin a page.


@dataclass(frozen=True, slots=True)
class _Part:
    """One stretch of a list: rows that meet `condition`, sorted by `keys` and then by id.

    `driver` is the table whose index has that order, where it is not `nomination`; the hints tell SQLite to keep to it.
    `filler` stands where other parts have a key.
    """

    name: Any
    keys: tuple[Any, ...] = ()
    condition: tuple[ColumnElement[bool], ...] = ()
    driver: Table | None = None
    hint: str = ""
    driver_hint: str = ""
    filler: Any = None


@dataclass(frozen=True, slots=True)
class _Way:
    """Parts one after the other; or all at once, where only the order within them counts (`merged`)."""

    parts: tuple[_Part, ...]
    merged: bool = False


def page(
    connection: Connection,
    met: Met,
    order: Order,
    limit: int,
    cursor: Cursor | None = None,
    *,
    backwards: bool = False,
    total: int | None = None,
    few: bool,
) -> Found:
    """`limit` nominations after the cursor, or before it. `few`: so few match that sorting all of them is quicker."""
    one_units = order.one_unit is not None and order.by not in ("name", "new")
    if few or one_units:
        return _gathered(connection, met, order, limit, cursor, backwards, total)
    way = _way(order)
    keys = _walk(connection, met, way, limit + 1, cursor, order.descending is not backwards)
    more = len(keys) > limit
    keys = keys[:limit]
    if backwards:
        keys.reverse()
    before, after = (more, cursor is not None) if backwards else (cursor is not None, more)
    return _found(keys, before, after, total)


def _found(keys: Sequence[Cursor], before: bool, after: bool, total: int | None) -> Found:
    ids = tuple(int(key[-1]) for key in keys)
    return Found(ids, keys[0] if keys else None, keys[-1] if keys else None, before, after, total)


def _way(order: Order) -> _Way:
    if order.by == "code":
        return _Way((_Part("", (_N.c.code,), hint=_BY_CODE),))
    if order.by == "name":
        mine = () if order.one_unit is None else (_O.c.unit_id == order.one_unit,)
        return _Way((_Part("", (_O.c.name_key,), mine, _O, _BY_ID),))
    if order.by == "unit":
        parts = (_Part(unit, (_O.c.name_key,), (_O.c.unit_id == unit,), _O, _BY_ID) for unit in order.units)
        return _Way(tuple(parts))
    if order.by == "due":
        return _Way(_parts_by_due(order.limits))
    if order.by in ("state", "entered") and not order.shown:
        parts = (_Part(name, (_N.c.entered_on,), (_N.c.state == name,), hint=_BY_STATE) for name in order.states)
        return _Way(tuple(parts), merged=order.by == "entered")
    if order.by == "state":
        return _Way(tuple(_Part(name, (), (_N.c.shown_state == name,)) for name in order.states))
    return _Way((_Part("", hint=_BY_ID),))


def _parts_by_due(limits: StateSet | None) -> tuple[_Part, ...]:
    """First what has a due day, each nomination at its earliest, then the rest."""
    sooner = _D.alias("sooner")
    earliest = ~exists().where(
        sooner.c.nomination_id == _D.c.nomination_id, sooner.c.closed_on.is_(None), sooner.c.stopped_on.is_(None),
        tuple_(sooner.c.due_on, sooner.c.name) < tuple_(_D.c.due_on, _D.c.name),
        *_named(sooner, limits),
    )  # fmt: skip
    nothing = ~exists().where(_D.c.nomination_id == _N.c.id, *_running(limits))
    turn = _of_turn(limits)
    if turn:
        nothing = or_(nothing, not_(and_(*turn)))
    return (
        _Part("due", (_D.c.due_on,), (*_running(limits), *turn, earliest), _D, _BY_ID, _BY_DUE),
        _Part("none", (), (nothing,), hint=_BY_ID, filler=literal(date.max)),
    )


def _walk(
    connection: Connection,
    met: Met,
    way: _Way,
    limit: int,
    cursor: Cursor | None,
    descending: bool,
) -> list[Cursor]:
    """Keys of the next rows that meet the conditions, in the direction wanted."""
    parts = list(way.parts[::-1] if descending else way.parts)
    if way.merged:
        return _keys(connection, met, parts, limit, cursor, descending, merged=True)
    if cursor is not None:
        names = [_plain(part.name) for part in parts]
        # A part that is gone (a state no flow has any more) leaves nothing to go on from.
        parts = parts[names.index(cursor[0]) :] if cursor[0] in names else []
    found: list[Cursor] = []
    while parts and len(found) < limit:
        batch, parts = parts[:PARTS_AT_ONCE], parts[PARTS_AT_ONCE:]
        found += _keys(connection, met, batch, limit - len(found), cursor, descending, merged=False)
    return found


def _keys(
    connection: Connection,
    met: Met,
    parts: Sequence[_Part],
    limit: int,
    cursor: Cursor | None,
    descending: bool,
    *,
    merged: bool,
) -> list[Cursor]:
    queries = []
    for place, part in enumerate(parts):
        follows = cursor is not None and (merged or _plain(part.name) == cursor[0])
        queries.append(_query(met, part, place, limit, cursor if follows else None, descending))
    if len(queries) == 1:
        rows = connection.execute(queries[0]).all()
    else:
        together = union_all(*(select(each.subquery()) for each in queries)).subquery()
        part_no, *keys = together.c
        by = [_directed(key, descending) for key in keys]
        rows = connection.execute(select(together).order_by(*(by if merged else [part_no, *by])).limit(limit)).all()
    return [(_plain(parts[row[0]].name), *(_plain(value) for value in row[1:-1]), row[-1]) for row in rows]


def _query(met: Met, part: _Part, place: int, limit: int, cursor: Cursor | None, descending: bool) -> Select[Any]:
    driver = part.driver if part.driver is not None else _N
    id_ = driver.c.nomination_id if part.driver is not None else _N.c.id
    keys = [*part.keys, id_]
    shown = keys if part.filler is None else [part.filler, *keys]
    query = select(literal(place).label("part"), *(key.label(f"k{number}") for number, key in enumerate(shown)))
    if part.driver is not None:
        query = query.select_from(driver).join(_N, _N.c.id == _leading(id_))
        if part.driver_hint:
            query = query.with_hint(driver, part.driver_hint, "sqlite")
    if part.hint:
        query = query.with_hint(_N, part.hint, "sqlite")
    query = query.where(*part.condition, *met.terms)
    if cursor is not None:
        values = [_typed(key, value) for key, value in zip(keys, cursor[-len(keys) :], strict=True)]
        here, there = tuple_(*keys), tuple_(*(literal(value) for value in values))
        query = query.where(here < there if descending else here > there)
    return query.order_by(*(_directed(key, descending) for key in keys)).limit(limit)


def _leading(column: Any) -> Any:
    """The same value, but no way back: from it to its table no index leads, so that its table comes first."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _directed(column: Any, descending: bool) -> Any:
    return column.desc() if descending else column


def _plain(value: Any) -> Any:
    """A key as a cursor carries it through an address."""
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def _typed(column: Any, value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def _gathered(
    connection: Connection,
    met: Met,
    order: Order,
    limit: int,
    cursor: Cursor | None,
    backwards: bool,
    total: int | None,
) -> Found:
    """Sort all that match and cut the page out."""
    part, rank, keys = _sorting(order)
    direction = order.descending is not backwards
    columns = [*(() if rank is None else (rank,)), *keys, _N.c.id]
    query = select(part, *(key.label(f"k{number}") for number, key in enumerate([*keys, _N.c.id]))).where(*met.terms)
    if order.by in ("name", "unit"):
        query = query.join(_O, _O.c.nomination_id == _N.c.id)
    if cursor is not None:
        values = [_typed(key, value) for key, value in zip(keys, cursor[1:-1], strict=True)]
        place = () if rank is None else (_rank_of(order, cursor[0]),)
        here, there = tuple_(*columns), tuple_(*(literal(value) for value in (*place, *values, cursor[-1])))
        query = query.where(here < there if direction else here > there)
    query = query.order_by(*(_directed(column, direction) for column in columns)).limit(limit + 1)
    found = [(row[0], *map(_plain, row[1:-1]), row[-1]) for row in connection.execute(query)]
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    before, after = (more, cursor is not None) if backwards else (cursor is not None, more)
    return _found(found, before, after, total)


def _sorting(order: Order) -> tuple[Any, Any, list[Any]]:
    """The part a row is in, that part's place, and what rows of a part are sorted by before their id."""
    nothing = literal("")
    if order.by == "code":
        return nothing, None, [_N.c.code]
    if order.by == "name":
        return nothing, None, [_O.c.name_key]
    if order.by == "unit":
        return _N.c.unit_id, _ranked(_N.c.unit_id, order.units), [_O.c.name_key]
    if order.by == "state":
        column = _N.c.shown_state if order.shown else _N.c.state
        return column, _ranked(column, order.states), [] if order.shown else [_N.c.entered_on]
    if order.by == "entered":
        return nothing, None, [_N.c.entered_on]
    if order.by == "due":
        due = due_of(order.limits)
        rank = case((due.is_not(None), 0), else_=1)
        return case((due.is_not(None), "due"), else_="none"), rank, [func.coalesce(due, date.max, type_=Date)]
    return nothing, None, []


def _ranked(column: Any, values: tuple[Any, ...]) -> Any:
    return case({value: place for place, value in enumerate(values)}, value=column, else_=len(values))


def _rank_of(order: Order, name: Any) -> int:
    values: tuple[Any, ...] = order.units if order.by == "unit" else order.states if order.by == "state" else ()
    if values:
        return values.index(name) if name in values else len(values)
    return 1 if name == "none" else 0


# ── the rows themselves ──────────────────────────────────────────────────────────────────────────


def due_of(limits: StateSet | None) -> Any:
    """The earliest day by which something is due of a nomination, among limits that run."""
    query = select(func.min(_D.c.due_on)).where(_D.c.nomination_id == _N.c.id, *_running(limits), *_of_turn(limits))
    return query.correlate(_N).scalar_subquery()


_SHOWN = (
    "id code name nominee award kind flow_id flow_version_id state shown_state entered_on complete_on outcome position "
    "workplace achievement field_of_work version line_no unit_id decision_id"
).split()


def rows(connection: Connection, ids: Sequence[int], limits: StateSet | None) -> list[Any]:
    """These nominations with what a list may show of them, in the order of the ids."""
    query = (
        select(
            *(_N.c[name] for name in _SHOWN), col(Unit.code).label("unit"), col(Unit.name).label("unit_name"),
            col(Round.code).label("round"), _S.c.letter_number, _S.c.letter_on,
            _P.c.full_number.label("decision"), _P.c.issued_on.label("decided_on"),
            _G.c.person.label("assigned"), _G.c.person_name.label("assigned_name"), due_of(limits).label("due_on"),
        )
        .join(Unit, col(Unit.id) == _N.c.unit_id)
        .join(Round, col(Round.id) == _N.c.round_id)
        .join(_S, _S.c.id == _N.c.submission_id)
        .outerjoin(_P, _P.c.id == _N.c.decision_id)
        .outerjoin(_G, and_(_G.c.nomination_id == _N.c.id, _G.c.until_at.is_(None)))
        .where(among(connection, _N.c.id, ids))
    )  # fmt: skip
    found = {row.id: row for row in connection.execute(query)}
    return [found[id_] for id_ in ids if id_ in found]


def codes(connection: Connection, met: Met, most: int) -> list[str]:
    """Codes of all that match, by id, one more than `most` when there are more."""
    query = select(_N.c.code).where(*met.terms).order_by(_N.c.id).limit(most + 1)
    return list(connection.execute(query).scalars())
