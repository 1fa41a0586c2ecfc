"""“Việc của tôi”: what waits for this person, for others, what is late or nearly so, and how much stands where.

Every figure is that of a list and leads to it. The number of queries does not grow with the number of dossiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from definitions.flow import Flow, Transition
from workflow.services import listing
from workflow.services.desk import Desk
from workflow.services.flow_book import UNIT_ROLES
from workflow.services.listing import Line, Query, Surroundings, slug
from workflow.services.viewing import Viewer
from workflow.storage import listing as rows, tallying
from workflow.storage.database import read
from workflow.wording import award_name, role_label, say

FIRST = 8
"""Lines of each part; the rest is a click away."""
FIRST_ACTS = 3
"""Acts named beside what waits: enough to know what is to be done, the dossiers' own pages have them all."""


@dataclass(frozen=True, slots=True)
class Part:
    """The first lines of a list, how many there are (None for more than can be counted), and the list's parameters."""

    key: str
    total: int | None
    lines: tuple[Line, ...]
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits for this person in one state, and the first acts that are his there, in the flows' own order."""

    state: str
    acts: tuple[str, ...]
    amount: int
    days: int | None
    query: Query


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody else's turn: whose, on how many dossiers, the longest wait in working days where it may be told."""

    who: str
    amount: int
    days: int | None
    query: Query


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many stand where: awards down, states across; both with the words and parameters of their lists."""

    states: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[int, ...]], ...]
    parameter: str = "trang-thai"

    @property
    def total(self) -> int:
        return sum(sum(amounts) for _, _, amounts in self.rows)


@dataclass(frozen=True, slots=True)
class Work:
    """The front page of a person."""

    todo: tuple[Todo, ...]
    parts: tuple[Part, ...]
    others: tuple[Turn, ...]
    tallies: Tallies
    around: Surroundings


def of(desk: Desk, viewer: Viewer, today: date) -> Work:
    """What there is to do for this person today (local day)."""
    with read(desk.engine) as connection:
        around = listing.surroundings(desk, connection, viewer, today)
        parts = tuple(_part(desk, connection, around, key, query) for key, query in _lists(viewer))
        standing = _standing(connection, around)
    return Work(
        _todo(desk, around, standing), parts, _others(desk, around, standing), _tallies(around, standing), around
    )


_COLUMNS = ("ma", "ten", "don-vi", "hinh-thuc", "trang-thai", "luot", "han")
_KNOWN = {"waiting": ("luot",)}
"""Columns that say the same in every line of a part."""


def _lists(viewer: Viewer) -> list[tuple[str, Query]]:
    """The lists of the front page; a unit's are about what it must do itself."""

    one_unit = not viewer.inner and "don-vi" not in {column.key for column in listing.columns_for(viewer, Query())}

    def query(key: str, *filters: tuple[str, str]) -> tuple[str, Query]:
        same = (*_KNOWN.get(key, ()), *(("don-vi",) if one_unit else ()))
        columns = tuple(each for each in _COLUMNS if each not in same)
        return key, Query(filters, by="due", descending=False, size=FIRST, columns=columns)

    found = [query("waiting", ("luot", "toi"))]
    if viewer.inner:
        found.insert(0, query("assigned", ("trang-thai", "dang-xu-ly"), ("phu-trach", "toi")))
    return [*found, query("late", ("han", "qua-han")), query("soon", ("han", "sap-den"))]


def _part(desk: Desk, connection: Connection, around: Surroundings, key: str, query: Query) -> Part:
    found = listing.find(desk, connection, around, query)
    columns = listing.columns_for(around.viewer, query)
    limits = None if around.viewer.inner else around.book.unit_limits
    lines = tuple(listing.line(desk, around, row, columns) for row in rows.rows(connection, found.ids, limits))
    keys = tuple(column.key for column in columns)
    return Part(key, found.total, lines, keys, Query(query.filters, by="due", descending=False))


# ── how much stands where ────────────────────────────────────────────────────────────────────────


def _standing(connection: Connection, around: Surroundings) -> list[tallying.Standing]:
    if around.viewer.sight.everything:
        awards = {flow: newest.award for flow, newest in around.book.newest.items()}
        return tallying.kept(connection, around.book.open_states().names, awards)
    # A unit's own are few; what the council may see are all there ever were, and of these only what still goes on.
    narrow = around.book.open_states().names if around.viewer.inner else None
    return tallying.seen_by(connection, around.viewer.sight, narrow)


def _flow_of(around: Surroundings, each: tallying.Standing) -> Flow | None:
    return around.book.flows.get(each.version) if each.version else around.book.newest.get(each.flow)


def _state_of(around: Surroundings, each: tallying.Standing) -> Any:
    flow = _flow_of(around, each)
    if flow is None:
        return None
    if around.viewer.inner:
        return flow.states.get(each.state)
    return flow.states.get(each.shown) or flow.states.get(each.state)


def _todo(desk: Desk, around: Surroundings, standing: Iterable[tallying.Standing]) -> tuple[Todo, ...]:
    """By state, in the order dossiers meet them: one line leads to all that can be done together."""
    viewer, language = around.viewer, around.viewer.language
    amounts: Counter[str] = Counter()
    words: dict[str, str] = {}
    places: dict[str, int] = {}
    since: dict[str, date] = {}
    acts: dict[str, dict[str, None]] = {}
    for each in standing:
        state, flow = _state_of(around, each), _flow_of(around, each)
        if flow is None or state is None or state.final is not None or state.owner not in viewer.roles:
            continue
        if not each.amount or not (viewer.inner or each.state == each.shown):
            continue
        told = state.label.in_(language) if viewer.inner else state.unit.in_(language)
        key = state.id if viewer.inner else slug(told)
        words.setdefault(key, told)
        places[key] = min(around.book.rank.get(state.id, 0), places.get(key, 10**6))
        amounts[key] += each.amount
        if each.since is not None:
            since[key] = min(each.since, since.get(key, each.since))
        acts.setdefault(key, {}).update(dict.fromkeys(_own_acts(flow, state.id, viewer)))
    return tuple(
        Todo(
            words[key], tuple(acts[key])[:FIRST_ACTS], amounts[key],
            desk.calendar.working_between(since[key], around.today) if key in since else None,
            Query((("trang-thai", key), ("luot", "toi")), by="due", descending=False),
        )
        for key in sorted(amounts, key=lambda key: places[key])
    )  # fmt: skip


def _own_acts(flow: Flow, state: str, viewer: Viewer) -> list[str]:
    """What somebody of these roles usually does from here: no exceptions, nothing that stays where it is, and what
    ends badly last.
    """
    found = [
        each
        for each in flow.leaving(state)
        if not each.exceptional
        and not viewer.roles.isdisjoint(each.by)
        and any(branch.to not in ("same", state) for branch in each.branches)
    ]
    return [each.label.in_(viewer.language) for each in sorted(found, key=lambda each: _ends_badly(flow, each))]


def _ends_badly(flow: Flow, transition: Transition) -> bool:
    ends = [flow.states[branch.to].final for branch in transition.branches if branch.to in flow.states]
    return bool(ends) and all(end in ("negative", "neutral") for end in ends)


def _others(desk: Desk, around: Surroundings, standing: Iterable[tallying.Standing]) -> tuple[Turn, ...]:
    viewer = around.viewer
    amounts: Counter[str] = Counter()
    since: dict[str, date] = {}
    for each in standing:
        state = _state_of(around, each)
        owner = state.owner if state is not None and state.final is None else None
        if owner is None or owner in viewer.roles:
            continue
        who = owner if viewer.inner or owner in UNIT_ROLES else ""
        amounts[who] += each.amount
        # When a dossier came to a state that is not released yet is nothing a unit may know.
        if each.since is not None and (viewer.inner or each.state == each.shown):
            since[who] = min(each.since, since.get(who, each.since))
    order = {role: place for place, role in enumerate(around.book.owners())}
    return tuple(
        Turn(
            listing.capitalised(role_label(who, viewer.language))
            if who
            else say("listing.at_the_ministry", viewer.language),
            amounts[who],
            desk.calendar.working_between(since[who], around.today) if who in since else None,
            Query((("luot", who or "cap-xet"),), by="due", descending=False),
        )
        for who in sorted(amounts, key=lambda who: order.get(who, len(order)))
        if amounts[who] > 0
    )


def _tallies(around: Surroundings, standing: Iterable[tallying.Standing]) -> Tallies:
    language, inner = around.viewer.language, around.viewer.inner
    cells: Counter[tuple[str, str]] = Counter()
    words: dict[str, str] = {}
    places: dict[str, int] = {}
    for each in standing:
        state = _state_of(around, each)
        if state is None or state.final is not None or not each.amount:
            continue
        told = state.label.in_(language) if inner else state.unit.in_(language)
        key = state.id if inner else slug(told)
        words.setdefault(key, told)
        places[key] = min(around.book.rank.get(state.id, 0), places.get(key, 10**6))
        cells[each.award, key] += each.amount
    states = sorted(words, key=lambda key: places[key])
    awards = [award for award in around.book.awards() if any(cells[award, key] for key in states)]
    return Tallies(
        tuple((key, words[key]) for key in states),
        tuple((award, award_name(award, language), tuple(cells[award, key] for key in states)) for award in awards),
    )


__all__ = ["FIRST", "Part", "Tallies", "Todo", "Turn", "Work", "of"]
