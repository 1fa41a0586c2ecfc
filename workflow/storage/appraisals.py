"""Appraisers and their cards as rows: read and written for the services, no rule known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, false, func, insert, literal, or_, select, update

from notifications.sql import among
from workflow.storage.directory import key_of
from workflow.storage.tables import Deadline, Grant, Nomination, Person, Unit
from workflow.storage.tables_appraisal import Appraiser, Scorecard
from workflow.storage.tables_council import AgendaLine, CouncilSession

APPRAISER: Table = Appraiser.__table__  # type: ignore[attr-defined]
CARD: Table = Scorecard.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]
_G: Table = Grant.__table__  # type: ignore[attr-defined]
_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]
_D: Table = Deadline.__table__  # type: ignore[attr-defined]
_L: Table = AgendaLine.__table__  # type: ignore[attr-defined]
_S: Table = CouncilSession.__table__  # type: ignore[attr-defined]


class AppraiserRow(NamedTuple):
    """Who is asked about a dossier, or steps aside on it (`cause`)."""

    id: int
    nomination_id: int
    person: str
    name: str
    how: str
    why: Mapping[str, Any]
    cause: str
    words: str
    from_at: datetime
    asked_by: str
    ended_at: datetime | None
    ended_by: str


class CardRow(NamedTuple):
    """A card as it was handed in, with its version."""

    appraiser_id: int
    version: int
    flow_id: str
    kind: str
    points: Mapping[str, int]
    opinion: str
    given_at: datetime
    given_by: str
    given_by_name: str
    digest: str


class DossierRow(NamedTuple):
    """What an appraiser needs to know of a dossier, and whose it is."""

    id: int
    code: str
    name: str
    nominee: str
    position: str
    workplace: str
    achievement: str
    unit: str
    unit_name: str
    state: str
    flow_version_id: int


class SessionDay(NamedTuple):
    """A session to come that has a dossier on its agenda."""

    title: str
    held_on: date


_APPRAISER = select(
    APPRAISER.c.id, APPRAISER.c.nomination_id, APPRAISER.c.person, APPRAISER.c.person_name, APPRAISER.c.how,
    APPRAISER.c.why, APPRAISER.c.cause, APPRAISER.c.words, APPRAISER.c.from_at, APPRAISER.c.asked_by,
    APPRAISER.c.ended_at, APPRAISER.c.ended_by,
)  # fmt: skip
_NOW = APPRAISER.c.ended_at.is_(None)
_CARD = select(*(CARD.c[name] for name in CardRow._fields))
_DOSSIER = select(
    _N.c.id, _N.c.code, _N.c.name, _N.c.nominee, _N.c.position, _N.c.workplace, _N.c.achievement, _U.c.code, _U.c.name,
    _N.c.state, _N.c.flow_version_id,
).join(_U, _U.c.id == _N.c.unit_id)  # fmt: skip


# ── who is asked ─────────────────────────────────────────────────────────────────────────────────


def of_dossiers(connection: Connection, nomination_ids: Collection[int]) -> dict[int, list[AppraiserRow]]:
    """Who is asked about these dossiers now and who steps aside, in the order in which they came."""
    query = _APPRAISER.where(among(connection, APPRAISER.c.nomination_id, nomination_ids), _NOW)
    found: dict[int, list[AppraiserRow]] = {}
    for row in connection.execute(query.order_by(APPRAISER.c.id)):
        each = AppraiserRow._make(row)
        found.setdefault(each.nomination_id, []).append(each)
    return found


def of_people(
    connection: Connection, people: Collection[str], *, under_way: bool, limit: int | None = None
) -> list[AppraiserRow]:
    """What these people are asked for now on dossiers under way, or on those that came to an end; the latest first."""
    over = _N.c.outcome.is_(None) if under_way else _N.c.outcome.is_not(None)
    query = (
        _APPRAISER.join(_N, _N.c.id == APPRAISER.c.nomination_id)
        .where(APPRAISER.c.person.in_(sorted(people)), _NOW, APPRAISER.c.cause == "", over)
        .order_by(APPRAISER.c.id.desc())
    )
    return [AppraiserRow._make(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def one(connection: Connection, appraiser_id: int) -> AppraiserRow | None:
    """The row with this number, ended or not."""
    row = connection.execute(_APPRAISER.where(APPRAISER.c.id == appraiser_id)).first()
    return None if row is None else AppraiserRow._make(row)


def add(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Enter who is asked or steps aside; each mapping has the columns of `Appraiser`."""
    values = [{"why": {}, "cause": "", "words": "", "ended_at": None, "ended_by": "", **row} for row in rows]
    if values:
        connection.execute(insert(APPRAISER), values)


def end(connection: Connection, appraiser_id: int, by: str, now: datetime) -> None:
    connection.execute(update(APPRAISER).where(APPRAISER.c.id == appraiser_id).values(ended_at=now, ended_by=by))


def loads(connection: Connection, versions: Mapping[int, Collection[str]]) -> dict[str, int]:
    """How many cards each person still owes on dossiers that stand in one of the states of their flow's version."""
    query = (
        select(APPRAISER.c.person, func.count())
        .join(_N, _N.c.id == APPRAISER.c.nomination_id)
        .where(_NOW, APPRAISER.c.cause == "", _standing(versions), ~_handed())
        .group_by(APPRAISER.c.person)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _handed() -> ColumnElement[bool]:
    newer = CARD.alias("newer")
    is_last = ~exists().where(newer.c.appraiser_id == CARD.c.appraiser_id, newer.c.version > CARD.c.version)
    return exists().where(CARD.c.appraiser_id == APPRAISER.c.id, CARD.c.kind != "withdrawn", is_last)


def owed_by(
    connection: Connection, versions: Mapping[int, Collection[str]], since: date, until: date
) -> list[AppraiserRow]:
    """Who still owes a card that is wanted from `since` to `until`: by its state's due day, or for a session."""
    due = exists().where(_D.c.nomination_id == _N.c.id, *_of_state(), _D.c.due_on.between(since, until))
    tabled = exists().where(_L.c.nomination_id == _N.c.id, _L.c.session_id == _S.c.id, *_TO_COME,
                            _S.c.held_on.between(since, until))  # fmt: skip
    query = _APPRAISER.join(_N, _N.c.id == APPRAISER.c.nomination_id).where(
        _NOW, APPRAISER.c.cause == "", _standing(versions), ~_handed(), or_(due, tabled)
    )
    return [AppraiserRow._make(row) for row in connection.execute(query.order_by(APPRAISER.c.id))]


_TO_COME = (_L.c.state.in_(("tabled", "open")), _S.c.state.in_(("planned", "open")))


def _of_state() -> tuple[ColumnElement[bool], ...]:
    """The running limit of the state in which a dossier stands."""
    return (_D.c.name == literal("state.") + _N.c.state, _D.c.closed_on.is_(None), _D.c.stopped_on.is_(None),
            _D.c.due_on.is_not(None))  # fmt: skip


def due_days(connection: Connection, nomination_ids: Collection[int]) -> dict[int, date]:
    """The due day of the state in which each of these dossiers stands; those without one are left out."""
    query = select(_D.c.nomination_id, _D.c.due_on).join(_N, _N.c.id == _D.c.nomination_id)
    query = query.where(among(connection, _N.c.id, nomination_ids), *_of_state())
    return {row[0]: row[1] for row in connection.execute(query)}


def session_days(connection: Connection, nomination_ids: Collection[int]) -> dict[int, SessionDay]:
    """The first session to come that has each of these dossiers on its agenda."""
    query = (
        select(_L.c.nomination_id, _S.c.title, _S.c.held_on)
        .join(_S, _S.c.id == _L.c.session_id)
        .where(among(connection, _L.c.nomination_id, nomination_ids), *_TO_COME)
        .order_by(_S.c.held_on.desc(), _S.c.id.desc())
    )
    return {row[0]: SessionDay(row[1], row[2]) for row in connection.execute(query)}


def _standing(versions: Mapping[int, Collection[str]]) -> ColumnElement[bool]:
    """Whether a dossier stands in one of the states of its flow's version; states first: they have an index."""
    ways = [and_(_N.c.flow_version_id == version, _N.c.state.in_(sorted(each))) for version, each in versions.items()]
    everywhere = sorted({state for states in versions.values() for state in states})
    return and_(_N.c.state.in_(everywhere), _N.c.archived_at.is_(None), or_(false(), *ways))


def units_of(connection: Connection, people: Collection[str], on: date) -> dict[str, set[str]]:
    """The units that each person belongs to on `on`: the root of his key, and those he acts for."""
    found = {each: {each.partition("/")[0]} for each in people}
    held = and_(_G.c.from_on <= on, or_(_G.c.until_on.is_(None), _G.c.until_on > on))
    query = (
        select(_P.c.root_unit, _P.c.code, _G.c.scope)
        .join(_G, _G.c.person_id == _P.c.id)
        .where(among(connection, _P.c.code, [each.partition("/")[2] for each in people]))
        .where(_G.c.scope_kind == "unit", held)
    )
    for root, code, scope in connection.execute(query):
        if (key := key_of(root, code)) in found:
            found[key].add(scope)
    return found


# ── cards ────────────────────────────────────────────────────────────────────────────────────────


def cards(connection: Connection, appraiser_ids: Collection[int]) -> dict[int, CardRow]:
    """The card that holds for each of these, one that was taken back included."""
    query = _CARD.where(among(connection, CARD.c.appraiser_id, appraiser_ids)).order_by(CARD.c.version)
    return {row.appraiser_id: CardRow(*row) for row in connection.execute(query)}


def card_by_key(connection: Connection, person: str, request_key: str) -> CardRow | None:
    """What this person handed in under this key."""
    row = connection.execute(_CARD.where(CARD.c.given_by == person, CARD.c.request_key == request_key)).first()
    return None if row is None else CardRow(*row)


def keep(connection: Connection, **values: Any) -> None:
    """One more card."""
    connection.execute(insert(CARD).values(**values))


# ── dossiers ─────────────────────────────────────────────────────────────────────────────────────


def dossiers(connection: Connection, nomination_ids: Collection[int]) -> dict[int, DossierRow]:
    """These dossiers by id."""
    rows = connection.execute(_DOSSIER.where(among(connection, _N.c.id, nomination_ids)))
    return {row.id: DossierRow(*row) for row in rows}


def in_states(connection: Connection, versions: Mapping[int, Collection[str]]) -> list[DossierRow]:
    """Dossiers that stand in one of the states given for their flow's version, by code."""
    return [DossierRow(*row) for row in connection.execute(_DOSSIER.where(_standing(versions)).order_by(_N.c.code))]
