"""Councils, sessions, agendas and votes as rows: read and written for the services, no rule known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, delete, func, insert, select, update
from sqlalchemy.engine import Engine

from notifications.sql import among
from workflow.domain.councils import Counts, Seat as SeatFacts
from workflow.storage.directory import key_of
from workflow.storage.tables import Nomination, Person, Unit
from workflow.storage.tables_council import (
    AgendaLine,
    BallotBox,
    BallotRoll,
    Council,
    CouncilSession,
    OpenBallot,
    PaperCount,
    PaperRecount,
    Recusal,
    Seat,
    SessionMember,
    VoteClosing,
)

COUNCIL: Table = Council.__table__  # type: ignore[attr-defined]
SEAT: Table = Seat.__table__  # type: ignore[attr-defined]
SESSION: Table = CouncilSession.__table__  # type: ignore[attr-defined]
LINE: Table = AgendaLine.__table__  # type: ignore[attr-defined]
MEMBER: Table = SessionMember.__table__  # type: ignore[attr-defined]
RECUSAL: Table = Recusal.__table__  # type: ignore[attr-defined]
ROLL: Table = BallotRoll.__table__  # type: ignore[attr-defined]
BOX: Table = BallotBox.__table__  # type: ignore[attr-defined]
OPEN: Table = OpenBallot.__table__  # type: ignore[attr-defined]
COUNT: Table = PaperCount.__table__  # type: ignore[attr-defined]
RECOUNT: Table = PaperRecount.__table__  # type: ignore[attr-defined]
CLOSING: Table = VoteClosing.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]
_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]


class CouncilRow(NamedTuple):
    """A council; `unit` is the code of the unit whose council it is."""

    id: int
    code: str
    title: str
    kind: str
    unit: str
    cluster: str
    from_on: date
    until_on: date | None


class SessionRow(NamedTuple):
    """A session with its council's code, kind, unit and cluster."""

    id: int
    code: str
    council_id: int
    body: str
    title: str
    form: str
    ballots: str
    held_on: date
    held_time: str
    place: str
    answers_due_on: date | None
    state: str
    opened_at: datetime | None
    closed_at: datetime | None
    minutes_number: str
    minutes_sha256: str
    minutes_name: str
    list_sha256: str
    cancel_reason: str
    early_reason: str
    polls_closed_at: datetime | None
    council: str
    council_title: str
    kind: str
    unit: str
    cluster: str


class MemberRow(NamedTuple):
    """Who may vote in a session."""

    person_id: int
    person: str
    name: str
    email: str
    language: str
    number: int
    post: str
    attendance: str
    note: str


class LineRow(NamedTuple):
    """A line of an agenda with its nomination as it stands now."""

    id: int
    session_id: int
    number: int
    attempt: int
    nomination_id: int
    award: str
    state: str
    rule: Mapping[str, Any]
    tally: Mapping[str, Any]
    passed: bool | None
    chair_agrees: bool | None
    statement: str
    rank: int | None
    note: str
    code: str
    name: str
    position: str
    nominee: str
    person_id: int | None
    unit: str
    unit_name: str
    nomination_state: str
    version: int
    flow_version_id: int
    sort_key: str
    woman: bool | None
    direct_worker: bool | None


_COUNCIL = select(
    COUNCIL.c.id, COUNCIL.c.code, COUNCIL.c.title, COUNCIL.c.kind, func.coalesce(_U.c.code, ""), COUNCIL.c.cluster,
    COUNCIL.c.from_on, COUNCIL.c.until_on,
).outerjoin(_U, _U.c.id == COUNCIL.c.unit_id)  # fmt: skip
_SESSION = (
    select(
        *(SESSION.c[name] for name in SessionRow._fields[:21]),
        COUNCIL.c.code, COUNCIL.c.title, COUNCIL.c.kind, func.coalesce(_U.c.code, ""), COUNCIL.c.cluster,
    )
    .join(COUNCIL, COUNCIL.c.id == SESSION.c.council_id)
    .outerjoin(_U, _U.c.id == COUNCIL.c.unit_id)
)  # fmt: skip
_LINE = (
    select(
        *(LINE.c[name] for name in LineRow._fields[:14]),
        _N.c.code, _N.c.name, _N.c.position, _N.c.nominee, _N.c.person_id, _U.c.code, _U.c.name, _N.c.state,
        _N.c.version, _N.c.flow_version_id, _N.c.sort_key, _N.c.woman, _N.c.direct_worker,
    )
    .join(_N, _N.c.id == LINE.c.nomination_id)
    .join(_U, _U.c.id == _N.c.unit_id)
)  # fmt: skip


# ── councils ─────────────────────────────────────────────────────────────────────────────────────


def councils(connection: Connection) -> list[CouncilRow]:
    """Every council, the ministry's first."""
    order = _COUNCIL.order_by(COUNCIL.c.kind != "council", COUNCIL.c.code)
    return [CouncilRow(*row) for row in connection.execute(order)]


def council(connection: Connection, code: str) -> CouncilRow | None:
    row = connection.execute(_COUNCIL.where(COUNCIL.c.code == code)).first()
    return None if row is None else CouncilRow(*row)


def seats(connection: Connection, council_id: int) -> list[SeatFacts]:
    """Every seat of a council, past and future ones too, in the order they were given."""
    query = (
        select(_P.c.root_unit, _P.c.code, _P.c.name, SEAT.c.post, SEAT.c.standing, SEAT.c.votes, SEAT.c.from_on,
               SEAT.c.until_on)
        .join(_P, _P.c.id == SEAT.c.person_id)
        .where(SEAT.c.council_id == council_id)
        .order_by(SEAT.c.id)
    )  # fmt: skip
    return [SeatFacts(key_of(root, code), *rest) for root, code, *rest in connection.execute(query)]


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────


def session(connection: Connection, code: str, *, lock: bool = False) -> SessionRow | None:
    query = _SESSION.where(SESSION.c.code == code)
    if lock:
        query = query.with_for_update(of=SESSION)
    row = connection.execute(query).first()
    return None if row is None else SessionRow._make(row)


def sessions(
    connection: Connection, *, states: Collection[str] = (), council_ids: Collection[int] | None = None,
    person_id: int | None = None, limit: int = 200,
) -> list[SessionRow]:  # fmt: skip
    """Sessions, the latest day first; of these councils, or those in which a person may vote."""
    query = _SESSION.order_by(SESSION.c.held_on.desc(), SESSION.c.id.desc()).limit(limit)
    if states:
        query = query.where(SESSION.c.state.in_(sorted(states)))
    if council_ids is not None:
        query = query.where(SESSION.c.council_id.in_(sorted(council_ids)))
    if person_id is not None:
        mine = select(MEMBER.c.session_id).where(MEMBER.c.person_id == person_id)
        seated = select(SEAT.c.council_id).where(
            SEAT.c.person_id == person_id,
            SEAT.c.votes,
            SEAT.c.standing | (SESSION.c.body != "standing_members"),
            SEAT.c.from_on <= SESSION.c.held_on,
            SEAT.c.until_on.is_(None) | (SEAT.c.until_on > SESSION.c.held_on),
        )
        query = query.where(
            SESSION.c.id.in_(mine)
            | and_(SESSION.c.state.in_(["planned", "cancelled"]), SESSION.c.council_id.in_(seated))
        )
    return [SessionRow._make(row) for row in connection.execute(query)]


def change_session(connection: Connection, session_id: int, **values: Any) -> None:
    connection.execute(update(SESSION).where(SESSION.c.id == session_id).values(**values))


def members(connection: Connection, session_id: int) -> list[MemberRow]:
    """Who may vote in this session, in the order of the list; empty before it opens."""
    query = (
        select(_P.c.id, _P.c.root_unit, _P.c.code, _P.c.name, _P.c.email, _P.c.language, MEMBER.c.number, MEMBER.c.post,
               MEMBER.c.attendance, MEMBER.c.note)
        .join(_P, _P.c.id == MEMBER.c.person_id)
        .where(MEMBER.c.session_id == session_id)
        .order_by(MEMBER.c.number)
    )  # fmt: skip
    return [MemberRow(id_, key_of(root, code), *rest) for id_, root, code, *rest in connection.execute(query)]


def add_members(connection: Connection, session_id: int, rows: Iterable[tuple[int, str]]) -> None:
    """(person id, post) in the order of the list."""
    found = [
        {"session_id": session_id, "person_id": person, "number": number, "post": post, "attendance": "unknown",
         "note": ""}
        for number, (person, post) in enumerate(rows, 1)
    ]  # fmt: skip
    if found:
        connection.execute(insert(MEMBER), found)


def set_attendance(connection: Connection, session_id: int, person_id: int, attendance: str, note: str) -> int:
    return connection.execute(
        update(MEMBER)
        .where(MEMBER.c.session_id == session_id, MEMBER.c.person_id == person_id)
        .values(attendance=attendance, note=note)
    ).rowcount


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def lines(connection: Connection, session_id: int) -> list[LineRow]:
    """The agenda in the order of its numbers, a vote taken again after the first one."""
    query = _LINE.where(LINE.c.session_id == session_id).order_by(LINE.c.number, LINE.c.attempt)
    return [LineRow._make(row) for row in connection.execute(query)]


def lines_of_nomination(connection: Connection, nomination_id: int) -> list[tuple[LineRow, str, date]]:
    """Where a nomination was or is on an agenda: the line, the session's code and day."""
    query = (
        _LINE.add_columns(SESSION.c.code, SESSION.c.held_on)
        .join(SESSION, SESSION.c.id == LINE.c.session_id)
        .where(LINE.c.nomination_id == nomination_id)
        .order_by(LINE.c.id)
    )
    width = len(LineRow._fields)
    return [(LineRow._make(row[:width]), row[width], row[width + 1]) for row in connection.execute(query)]


def lines_of_sessions(connection: Connection, session_ids: Collection[int], state: str) -> list[LineRow]:
    """The lines in this state of several sessions at once."""
    query = _LINE.where(among(connection, LINE.c.session_id, sorted(session_ids)), LINE.c.state == state)
    return [LineRow._make(row) for row in connection.execute(query.order_by(LINE.c.session_id, LINE.c.number))]


def unreleased(connection: Connection, session_id: int) -> tuple[str, ...]:
    """Codes of what this session decided and units are not told yet, in the order of the agenda."""
    query = (
        select(_N.c.code)
        .join(LINE, LINE.c.nomination_id == _N.c.id)
        .where(LINE.c.session_id == session_id, LINE.c.state == "decided", _N.c.state != _N.c.shown_state)
        .order_by(LINE.c.number)
    )
    return tuple(dict.fromkeys(connection.execute(query).scalars()))


def waiting_elsewhere(connection: Connection, nomination_ids: Collection[int], session_id: int) -> dict[int, str]:
    """Nominations that are on another session's agenda and not yet decided there: its code, by nomination."""
    query = (
        select(LINE.c.nomination_id, SESSION.c.code)
        .join(SESSION, SESSION.c.id == LINE.c.session_id)
        .where(
            among(connection, LINE.c.nomination_id, list(nomination_ids)),
            LINE.c.state.in_(["tabled", "open"]),
            SESSION.c.state.in_(["planned", "open"]),
            SESSION.c.id != session_id,
        )
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def add_lines(connection: Connection, session_id: int, rows: Iterable[tuple[int, int, int, str]]) -> None:
    """(number, attempt, nomination id, award)."""
    found = [
        {"session_id": session_id, "number": number, "attempt": attempt, "nomination_id": nomination, "award": award,
         "state": "tabled", "rule": {}, "tally": {}, "statement": "", "note": ""}
        for number, attempt, nomination, award in rows
    ]  # fmt: skip
    if found:
        connection.execute(insert(LINE), found)


def change_lines(connection: Connection, line_ids: Collection[int], **values: Any) -> int:
    if not line_ids:
        return 0
    return connection.execute(
        update(LINE).where(among(connection, LINE.c.id, sorted(line_ids))).values(**values)
    ).rowcount


def recusals(connection: Connection, session_id: int) -> dict[int, dict[int, tuple[str, str]]]:
    """(cause, words) by line id and person id."""
    query = (
        select(RECUSAL.c.line_id, RECUSAL.c.person_id, RECUSAL.c.cause, RECUSAL.c.words)
        .join(LINE, LINE.c.id == RECUSAL.c.line_id)
        .where(LINE.c.session_id == session_id)
    )
    found: dict[int, dict[int, tuple[str, str]]] = {}
    for line, person, cause, words in connection.execute(query):
        found.setdefault(line, {})[person] = (cause, words)
    return found


def add_recusals(connection: Connection, rows: Iterable[tuple[int, int, str, str]]) -> None:
    """(line id, person id, cause, words)."""
    found = [dict(zip(("line_id", "person_id", "cause", "words"), row, strict=True)) for row in rows]
    if found:
        connection.execute(insert(RECUSAL), found)


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


def roll(connection: Connection, line_ids: Collection[int]) -> dict[int, set[int]]:
    """Who voted on each line, whether in secret or by name."""
    found: dict[int, set[int]] = {}
    for table in (ROLL, OPEN):
        query = select(table.c.line_id, table.c.person_id).where(among(connection, table.c.line_id, sorted(line_ids)))
        for line, person in connection.execute(query):
            found.setdefault(line, set()).add(person)
    return found


def cast(connection: Connection, person_id: int, ballots: Iterable[tuple[int, str, str]]) -> None:
    """Secret ballots, (line id, receipt, choice): roll and box in one transaction. IntegrityError when twice."""
    found = list(ballots)
    connection.execute(insert(ROLL), [{"line_id": line, "person_id": person_id} for line, _, _ in found])
    # The box in the order of its random keys, whatever the order of the lines.
    by_receipt = sorted((receipt, line, choice) for line, receipt, choice in found)
    connection.execute(
        insert(BOX), [dict(zip(("receipt", "line_id", "choice"), each, strict=True)) for each in by_receipt]
    )


def cast_openly(connection: Connection, person_id: int, ballots: Iterable[tuple[int, str, str]]) -> None:
    """Ballots by name, (line id, choice, words)."""
    rows = [{"line_id": line, "person_id": person_id, "choice": c, "words": words} for line, c, words in ballots]
    connection.execute(insert(OPEN), rows)


def box(connection: Connection, line_ids: Collection[int]) -> list[tuple[int, str, str]]:
    """(line id, receipt, choice) of every secret ballot on these lines. For closing a vote, and nothing else."""
    query = select(BOX.c.line_id, BOX.c.receipt, BOX.c.choice).where(among(connection, BOX.c.line_id, sorted(line_ids)))
    return sorted((line, receipt, choice) for line, receipt, choice in connection.execute(query))


def level_roll(connection: Connection, line_ids: Collection[int]) -> None:
    """Write the roll of these lines anew, in the order of people: nothing is left of the order in which they voted."""
    which = among(connection, ROLL.c.line_id, sorted(line_ids))
    rows = sorted((row.line_id, row.person_id) for row in connection.execute(select(ROLL).where(which)))
    if rows:
        connection.execute(delete(ROLL).where(which))
        connection.execute(insert(ROLL), [{"line_id": line, "person_id": person} for line, person in rows])


def empty_box(connection: Connection, line_ids: Collection[int]) -> None:
    """Take these ballots out for good: on SQLite their bytes are overwritten."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    connection.execute(delete(BOX).where(among(connection, BOX.c.line_id, sorted(line_ids))))


def sweep_box(engine: Engine) -> None:
    """After a vote has closed and its transaction has ended: leave no trace of the emptied box in the files.

    PostgreSQL keeps deleted rows, with the number of the transaction that wrote them, until they are swept; SQLite
    keeps old pages in its write-ahead log until that is cut off.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM (FULL) ballot_box")
            connection.exec_driver_sql("VACUUM (FULL) ballot_roll")
    if engine.dialect.name == "sqlite":
        driver = engine.raw_connection()
        try:
            driver.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            driver.close()


def open_ballots(connection: Connection, line_ids: Collection[int]) -> dict[int, list[tuple[int, str, str]]]:
    """(person id, choice, words) of every ballot by name, by line id."""
    query = select(OPEN.c.line_id, OPEN.c.person_id, OPEN.c.choice, OPEN.c.words).where(
        among(connection, OPEN.c.line_id, sorted(line_ids))
    )
    found: dict[int, list[tuple[int, str, str]]] = {}
    for line, person, choice, words in connection.execute(query.order_by(OPEN.c.line_id, OPEN.c.person_id)):
        found.setdefault(line, []).append((person, choice, words))
    return found


def paper_counts(connection: Connection, line_ids: Collection[int]) -> dict[int, dict[int, tuple[Counts, str]]]:
    """What each teller counted and who he is, by line id and entry."""
    query = select(
        COUNT.c.line_id, COUNT.c.entry, COUNT.c.counted_by, COUNT.c.yes, COUNT.c.no, COUNT.c.blank, COUNT.c.invalid
    ).where(among(connection, COUNT.c.line_id, sorted(line_ids)))
    found: dict[int, dict[int, tuple[Counts, str]]] = {}
    for line, entry, by, *numbers in connection.execute(query):
        found.setdefault(line, {})[entry] = (Counts(*numbers), by)
    return found


def keep_count(connection: Connection, entry: int, counts: Mapping[int, Counts], by: str, now: datetime) -> None:
    """One teller's count of these lines, instead of what he entered before."""
    which = (COUNT.c.entry == entry, among(connection, COUNT.c.line_id, sorted(counts)))
    connection.execute(delete(COUNT).where(*which))
    rows = [
        {"line_id": line, "entry": entry, "yes": each.yes, "no": each.no, "blank": each.blank, "invalid": each.invalid,
         "counted_by": by, "counted_at": now}
        for line, each in counts.items()
    ]  # fmt: skip
    connection.execute(insert(COUNT), rows)


class Recount(NamedTuple):
    """How often the two counts of a line were put aside, and whose they were."""

    times: int
    tellers: tuple[str, str]


def recounts(connection: Connection, line_ids: Collection[int]) -> dict[int, Recount]:
    """Lines whose counts were put aside, by line id."""
    query = select(RECOUNT).where(among(connection, RECOUNT.c.line_id, sorted(line_ids)))
    return {row.line_id: Recount(row.times, (row.first_by, row.second_by)) for row in connection.execute(query)}


def put_counts_aside(connection: Connection, line_ids: Collection[int], tellers: tuple[str, str]) -> None:
    """Both counts of these lines count for nothing: each teller counts them anew."""
    connection.execute(delete(COUNT).where(among(connection, COUNT.c.line_id, sorted(line_ids))))
    before = recounts(connection, line_ids)
    connection.execute(delete(RECOUNT).where(among(connection, RECOUNT.c.line_id, sorted(line_ids))))
    connection.execute(
        insert(RECOUNT),
        [
            {"line_id": line, "times": before[line].times + 1 if line in before else 1, "first_by": tellers[0],
             "second_by": tellers[1]}
            for line in sorted(line_ids)
        ],
    )  # fmt: skip


def closing(connection: Connection, session_id: int, actor: str, request_key: str) -> tuple[str, Any] | None:
    """The digest of the command and the answer that this request of this person was given before."""
    query = select(CLOSING.c.command_sha256, CLOSING.c.answer).where(
        CLOSING.c.session_id == session_id, CLOSING.c.actor == actor, CLOSING.c.request_key == request_key
    )
    row = connection.execute(query).first()
    return None if row is None else (row.command_sha256, row.answer)


def keep_closing(
    connection: Connection, session_id: int, actor: str, request_key: str, sha256: str, answer: Mapping[str, Any]
) -> None:
    connection.execute(
        insert(CLOSING).values(
            session_id=session_id, actor=actor, request_key=request_key, command_sha256=sha256, answer=answer
        )
    )


def list_text(connection: Connection, session_id: int) -> str:
    """The published list of ballots; empty where there is none."""
    return str(connection.execute(select(SESSION.c.list_text).where(SESSION.c.id == session_id)).scalar_one())


def own_units(connection: Connection, person_ids: Collection[int]) -> dict[int, str]:
    """The root unit of each of these people."""
    query = select(_P.c.id, _P.c.root_unit).where(_P.c.id.in_(sorted(person_ids)))
    return {row[0]: row[1] for row in connection.execute(query)}
