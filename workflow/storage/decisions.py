"""Issued decisions as rows: a page of them, one with its lines, what corrected or revoked it, its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, Table, and_, cast, exists, func, insert, literal, or_, select

from notifications.tables import LINE, MAIL
from workflow.storage.indexing import DECISION
from workflow.storage.listing import numbered
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import Act, DecisionPaper, Event, Nomination, Submission, Unit
from workflow.storage.tables_desk import DecisionFile, ListOrder

_P: Table = DecisionPaper.__table__  # type: ignore[attr-defined]
_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_A: Table = Act.__table__  # type: ignore[attr-defined]
_E: Table = Event.__table__  # type: ignore[attr-defined]
_F: Table = DecisionFile.__table__  # type: ignore[attr-defined]
_O: Table = ListOrder.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions: with a line that `sight` lets see, and as every given value says. `words` begin parts of the
    number; `untold` are states in which a line was not notified yet; `lacking` keeps to decisions without a file."""

    sight: Sight
    year: int | None = None
    award: str = ""
    words: tuple[str, ...] = ()
    lacking: bool = False
    untold: tuple[str, ...] = ()


def _amount(sight: Sight, *more: ColumnElement[bool]) -> Any:
    query = select(func.count()).select_from(_N).where(_N.c.decision_id == _P.c.id, seen(sight), *more)
    return query.correlate(_P).scalar_subquery()


def _has_file(*kinds: str) -> ColumnElement[bool]:
    return exists().where(_F.c.decision_id == _P.c.id, _F.c.kind.in_(kinds))


def _columns(wanted: Wanted) -> list[Any]:
    return [
        *_P.c,
        _amount(wanted.sight).label("lines"),
        _amount(wanted.sight, _N.c.state == "revoked").label("revoked"),
        _amount(wanted.sight, _N.c.state != _N.c.shown_state).label("held"),
        _amount(wanted.sight, _N.c.state.in_(wanted.untold)).label("untold"),
        _has_file("signed").label("signed"),
        _has_file("scan").label("scanned"),
    ]


def _visible(sight: Sight) -> ColumnElement[bool]:
    return exists().where(_N.c.decision_id == _P.c.id, seen(sight))


def page(connection: Connection, wanted: Wanted, limit: int, after: int | None = None) -> list[Any]:
    """Decisions, the newest first; `after` is the id of the one that the page before ended with."""
    query = select(*_columns(wanted)).where(_visible(wanted.sight))
    if wanted.year is not None:
        query = query.where(_P.c.year == wanted.year)
    if wanted.award:
        query = query.where(_P.c.award == wanted.award)
    if wanted.words:
        query = query.where(_P.c.id.in_(numbered(DECISION, wanted.words)))
    if wanted.lacking:
        query = query.where(~_has_file("signed", "scan"))
    if after is not None:
        last = select(_P.c.issued_on).where(_P.c.id == after).scalar_subquery()
        query = query.where(or_(_P.c.issued_on < last, and_(_P.c.issued_on == last, _P.c.id < after)))
    return list(connection.execute(query.order_by(_P.c.issued_on.desc(), _P.c.id.desc()).limit(limit)))


def years_and_awards(connection: Connection) -> list[tuple[int, str]]:
    """Every (year, award) that there is a decision of."""
    query = select(_P.c.year, _P.c.award).distinct().order_by(_P.c.year.desc(), _P.c.award)
    return [(year, award) for year, award in connection.execute(query)]


def one(connection: Connection, wanted: Wanted, id_: int) -> Any | None:
    """The decision with the act that recorded it; None where there is none, or no line of it may be seen."""
    act = [_A.c[name].label(f"act_{name}") for name in ("actor", "actor_name", "on_behalf_of", "os_user", "recorded_at",
                                                         "occurred_on", "transition", "fields")]  # fmt: skip
    query = select(*_columns(wanted), *act).join(_A, _A.c.id == _P.c.act_id)
    return connection.execute(query.where(_P.c.id == id_, _visible(wanted.sight))).first()


def by_number(connection: Connection, sight: Sight, symbol: str, number: int, year: int | None) -> int | None:
    """The id of the newest decision of this number, or of that of the year."""
    query = select(_P.c.id).where(_P.c.symbol == symbol, _P.c.number == number, _visible(sight))
    if year is not None:
        query = query.where(_P.c.year == year)
    return connection.execute(query.order_by(_P.c.year.desc()).limit(1)).scalar()


def lines(
    connection: Connection, sight: Sight, id_: int, limit: int | None = None, after: int | None = None
) -> list[Any]:
    """The annex: collectives first, then persons, both in Vietnamese order; what a revocation is about beside it."""
    about, paper = _N.alias("about"), _P.alias("about_paper")
    query = (
        select(
            _N.c.id, _N.c.code, _N.c.name, _N.c.nominee, _N.c.position, _N.c.workplace, _N.c.achievement, _N.c.state,
            _N.c.shown_state, _N.c.flow_version_id, _N.c.memory, _N.c.unit_id, _N.c.round_id, _U.c.code.label("unit"),
            _U.c.name.label("unit_name"), _S.c.letter_number, about.c.code.label("about_code"),
            paper.c.full_number.label("about_number"), paper.c.issued_on.label("about_on"),
        )
        .join(_O, _O.c.nomination_id == _N.c.id)
        .join(_U, _U.c.id == _N.c.unit_id)
        .join(_S, _S.c.id == _N.c.submission_id)
        .outerjoin(about, about.c.id == _N.c.subject_id)
        .outerjoin(paper, paper.c.id == about.c.decision_id)
        .where(_N.c.decision_id == id_, seen(sight))
        .order_by(_N.c.nominee, _O.c.name_key, _N.c.id)
    )  # fmt: skip
    if limit is not None:
        query = query.limit(limit)
    if after is not None:
        last = select(_N.c.nominee, _O.c.name_key).join(_O, _O.c.nomination_id == _N.c.id).where(_N.c.id == after)
        found = connection.execute(last).first()
        if found is None:
            return []
        query = query.where(beyond(found.nominee, found.name_key, after))
    return list(connection.execute(query))


def units(connection: Connection, sight: Sight, id_: int) -> list[Any]:
    """Units with released lines in the decision, in Vietnamese order: code, name, how many lines."""
    query = (
        select(_U.c.code, _U.c.name, func.count().label("amount"))
        .join(_N, _N.c.unit_id == _U.c.id)
        .where(_N.c.decision_id == id_, seen(sight), _N.c.state == _N.c.shown_state)
        .group_by(_U.c.code, _U.c.name, _U.c.sort_key)
        .order_by(_U.c.sort_key)
    )
    return list(connection.execute(query))


def of_unit(connection: Connection, unit_id: int, award: str, kind: str, rounds: Sequence[int]) -> list[Any]:
    """All that a unit proposed for this award and kind in these rounds, with the decision on it where there is one.

    Also what is not released yet: the caller leaves that out.
    """
    query = (
        select(
            _N.c.id, _N.c.code, _N.c.name, _N.c.nominee, _N.c.position, _N.c.workplace, _N.c.award, _N.c.state,
            _N.c.shown_state, _N.c.flow_version_id, _N.c.memory, _N.c.decision_id, _S.c.letter_number, _S.c.letter_on,
            _P.c.full_number, _P.c.issued_on, _P.c.authority,
        )
        .join(_O, _O.c.nomination_id == _N.c.id)
        .join(_S, _S.c.id == _N.c.submission_id)
        .outerjoin(_P, _P.c.id == _N.c.decision_id)
        .where(_N.c.unit_id == unit_id, _N.c.award == award, _N.c.kind == kind, _N.c.round_id.in_(rounds))
        .order_by(_N.c.nominee, _O.c.name_key, _N.c.id)
    )  # fmt: skip
    return list(connection.execute(query))


def last_events(connection: Connection, nominations: Sequence[int]) -> list[Any]:
    """What brought these dossiers where they are: transition, and what its act was given; the newest of each."""
    newest = (
        select(_E.c.nomination_id, func.max(_E.c.version).label("version"))
        .where(_E.c.nomination_id.in_(nominations), _E.c.from_state != _E.c.to_state)
        .group_by(_E.c.nomination_id)
        .subquery()
    )
    query = (
        select(_E.c.nomination_id, _E.c.transition, _E.c.flow_version_id, _E.c.data, _A.c.fields.label("act_fields"))
        .join(newest, and_(newest.c.nomination_id == _E.c.nomination_id, newest.c.version == _E.c.version))
        .join(_A, _A.c.id == _E.c.act_id)
    )
    return list(connection.execute(query))


def beyond(nominee: str, key: str, id_: int) -> ColumnElement[bool]:
    """Nominations that come after this one where collectives stand first and names are in order."""
    return or_(
        _N.c.nominee > nominee,
        and_(_N.c.nominee == nominee, _O.c.name_key > key),
        and_(_N.c.nominee == nominee, _O.c.name_key == key, _N.c.id > id_),
    )


def followed(
    connection: Connection, sight: Sight, id_: int, act_id: int, transitions: Sequence[str], most: int
) -> list[Any]:
    """What later acts of these kinds left in the history of its lines, oldest first."""
    query = (
        select(
            _E.c.act_id, _E.c.transition, _E.c.flow_version_id, _E.c.occurred_on, _E.c.recorded_at, _E.c.data,
            _A.c.actor, _A.c.actor_name, _A.c.fields, _N.c.id, _N.c.code, _N.c.name,
        )
        .join(_N, _N.c.id == _E.c.nomination_id)
        .join(_A, _A.c.id == _E.c.act_id)
        .where(_N.c.decision_id == id_, seen(sight), _E.c.act_id > act_id, _E.c.transition.in_(transitions))
        .order_by(_E.c.act_id, _N.c.id)
        .limit(most)
    )  # fmt: skip
    return list(connection.execute(query))


def mails(connection: Connection, sight: Sight, id_: int, acts: Sequence[int], most: int) -> list[Any]:
    """Mails that these acts owed about lines of this decision, oldest first."""
    about = literal("nomination:") + cast(_N.c.id, String)
    those = select(LINE.c.mail_id).where(
        LINE.c.reference.in_(select(about).where(_N.c.decision_id == id_, seen(sight)))
    )
    causes = [f"act:{each}" for each in acts]
    of_acts = or_(MAIL.c.cause.in_(causes), *(MAIL.c.cause.like(f"{each}:%") for each in causes))
    columns = [MAIL.c[name] for name in ("id", "cause", "address", "name", "template", "state", "hold", "subject",
                                         "line_count", "created_at", "done_at", "unknowns")]  # fmt: skip
    query = select(*columns).where(MAIL.c.id.in_(those), of_acts).order_by(MAIL.c.id).limit(most)
    return list(connection.execute(query))


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def files(connection: Connection, id_: int) -> list[Any]:
    """Its files, the newest first."""
    return list(connection.execute(select(_F).where(_F.c.decision_id == id_).order_by(_F.c.id.desc())))


def add_file(
    connection: Connection, *, decision_id: int, kind: str, file_name: str, media_type: str, size: int, sha256: str,
    verdict: Any, now: datetime, by: str, by_name: str,
) -> tuple[int, bool]:  # fmt: skip
    """Record a file; returns its number among those of its kind and whether it is new. The same bytes change nothing.

    The caller has seen to it that two of them are numbered one after the other.
    """
    newest = connection.execute(
        select(_F.c.number, _F.c.sha256)
        .where(_F.c.decision_id == decision_id, _F.c.kind == kind)
        .order_by(_F.c.number.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.sha256 == sha256:
        return int(newest.number), False
    number = int(newest.number) + 1 if newest is not None else 1
    connection.execute(
        insert(_F).values(
            decision_id=decision_id, kind=kind, number=number, file_name=file_name[-200:], media_type=media_type,
            size=size, sha256=sha256, verdict=verdict, added_at=now, added_by=by, added_by_name=by_name,
        )
    )  # fmt: skip
    return number, True


__all__ = ["Wanted", "add_file", "beyond", "by_number", "files", "followed", "last_events", "lines", "mails", "of_unit",
           "one", "page", "units", "years_and_awards"]  # fmt: skip
