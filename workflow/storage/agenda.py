"""What could be put on an agenda, how many lines stand where, and the order of an agenda. Reads for lists, mostly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, exists, false, func, or_, select, update

from notifications.sql import among
from workflow.storage.council import LINE, MEMBER, RECUSAL, SEAT, SESSION, MemberRow
from workflow.storage.directory import key_of
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import Nomination, Person, Unit

_N = Nomination.__table__  # type: ignore[attr-defined]
_P = Person.__table__  # type: ignore[attr-defined]
_U = Unit.__table__  # type: ignore[attr-defined]


def line_counts(connection: Connection, session_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many lines stand in each state, by session: a line that is voted on again counts once, as it stands now."""
    later = LINE.alias()
    query = (
        select(LINE.c.session_id, LINE.c.state, func.count())
        .where(
            among(connection, LINE.c.session_id, sorted(session_ids)),
            ~exists().where(
                later.c.session_id == LINE.c.session_id, later.c.number == LINE.c.number,
                later.c.attempt > LINE.c.attempt,
            ),
        )
        .group_by(LINE.c.session_id, LINE.c.state)
    )  # fmt: skip
    found: dict[int, dict[str, int]] = {}
    for session_id, state, amount in connection.execute(query):
        found.setdefault(session_id, {})[state] = amount
    return found


class CandidateRow(NamedTuple):
    """A nomination that could be put on an agenda."""

    id: int
    code: str
    name: str
    position: str
    nominee: str
    unit: str
    unit_name: str
    award: str
    flow_version_id: int
    state: str
    version: int


def candidates(
    states: Mapping[int, Collection[str]], sight: Sight, unit_ids: Collection[int] | None = None
) -> Select[Any]:
    """The query for nominations in these states, by flow version, that are on no running agenda and may be seen; of
    these units, where the council is not for all."""
    there = [and_(_N.c.flow_version_id == version, _N.c.state.in_(sorted(names))) for version, names in states.items()]
    running = exists().where(
        LINE.c.nomination_id == _N.c.id, LINE.c.state.in_(["tabled", "open"]), SESSION.c.id == LINE.c.session_id,
        SESSION.c.state.in_(["planned", "open"]),
    )  # fmt: skip
    query = (
        select(_N.c.id, _N.c.code, _N.c.name, _N.c.position, _N.c.nominee, _U.c.code, _U.c.name, _N.c.award,
               _N.c.flow_version_id, _N.c.state, _N.c.version)
        .join(_U, _U.c.id == _N.c.unit_id)
        .where(or_(*there) if there else false(), seen(sight), _N.c.archived_at.is_(None), ~running)
    )  # fmt: skip
    return query if unit_ids is None else query.where(_N.c.unit_id.in_(sorted(unit_ids)))


def candidate_rows(connection: Connection, query: Select[Any], limit: int) -> list[CandidateRow]:
    ordered = query.order_by(_N.c.flow_version_id, _U.c.code, _N.c.sort_key, _N.c.id).limit(limit)
    return [CandidateRow._make(row) for row in connection.execute(ordered)]


def candidate_counts(connection: Connection, query: Select[Any]) -> dict[int, int]:
    """How many there are, by flow version."""
    found = query.with_only_columns(_N.c.flow_version_id, func.count()).group_by(_N.c.flow_version_id)
    return {row[0]: row[1] for row in connection.execute(found)}


def renumber(connection: Connection, session_id: int, numbers: Mapping[int, int]) -> None:
    """Give lines of an agenda other numbers, by line id. Aside first: a number stands for one line at a time."""
    for line_id, number in numbers.items():
        connection.execute(update(LINE).where(LINE.c.id == line_id).values(number=-number))
    connection.execute(
        update(LINE).where(LINE.c.session_id == session_id, LINE.c.number < 0).values(number=-LINE.c.number)
    )


def unit_ids(connection: Connection, *, codes: Collection[str] = (), cluster: str = "") -> frozenset[int]:
    """The units with these codes, or those of a cluster."""
    which = _U.c.cluster == cluster if cluster else _U.c.code.in_(sorted(codes))
    return frozenset(connection.execute(select(_U.c.id).where(which)).scalars())


def member_of(connection: Connection, session_ids: Collection[int], person_id: int) -> dict[int, MemberRow]:
    """The place of one person on the rolls of these sessions, by session."""
    query = (
        select(MEMBER.c.session_id, _P.c.id, _P.c.root_unit, _P.c.code, _P.c.name, _P.c.email, _P.c.language,
               MEMBER.c.number, MEMBER.c.post, MEMBER.c.attendance, MEMBER.c.note)
        .join(_P, _P.c.id == MEMBER.c.person_id)
        .where(among(connection, MEMBER.c.session_id, sorted(session_ids)), MEMBER.c.person_id == person_id)
    )  # fmt: skip
    return {
        session_id: MemberRow(id_, key_of(root, code), *rest)
        for session_id, id_, root, code, *rest in connection.execute(query)
    }


def recused(connection: Connection, line_ids: Collection[int], person_id: int) -> frozenset[int]:
    """The lines among these on which this person steps aside."""
    query = select(RECUSAL.c.line_id).where(
        among(connection, RECUSAL.c.line_id, sorted(line_ids)), RECUSAL.c.person_id == person_id
    )
    return frozenset(connection.execute(query).scalars())


def codes_beginning(connection: Connection, beginning: str) -> frozenset[str]:
    """Codes of sessions that begin so."""
    query = select(SESSION.c.code).where(SESSION.c.code.startswith(beginning, autoescape=True))
    return frozenset(connection.execute(query).scalars())


def emails(connection: Connection, council_id: int) -> dict[str, str]:
    """The mail address of everybody who ever had a seat on this council, by person; empty where there is none."""
    query = (
        select(_P.c.root_unit, _P.c.code, _P.c.email)
        .join(SEAT, SEAT.c.person_id == _P.c.id)
        .where(SEAT.c.council_id == council_id)
    )
    return {key_of(root, code): email for root, code, email in connection.execute(query)}
