"""What a unit handed in, kept each time: the texts of a line and its papers, so that two versions can be compared.

Written in the transaction of the act that takes a line from the unit's hands; `comparing` reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from workflow.services.mail_words import UNIT_ROLES
from workflow.services.moving import Move
from workflow.storage.nominations import chunks
from workflow.storage.tables import Document, Nomination
from workflow.storage.tables_desk import LineVersion
from workflow.storage.writing import TableWriter

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_P: Table = Document.__table__  # type: ignore[attr-defined]
_V: Table = LineVersion.__table__  # type: ignore[attr-defined]
TEXTS = ("name", "position", "workplace", "achievement", "achievement_from", "achievement_to")
_COLUMNS = ("nomination_id", "number", "act_id", "texts", "papers", "made_at")


def keep(connection: Connection, moves: Sequence[Move], act_id: int, now: datetime) -> None:
    """Keep the texts and papers of every line that this act takes from its unit's hands into others'."""
    ids = [each.line.id for each in moves if _is_handed_over(each)]
    rows: list[tuple[Any, ...]] = []
    for part in chunks(ids):
        kept = _kept(connection, part)
        papers = papers_of(connection, part)
        query = select(_N.c.id, *(_N.c[name] for name in TEXTS)).where(_N.c.id.in_(part))
        for row in connection.execute(query):
            texts = {name: plain(getattr(row, name)) for name in TEXTS}
            rows.append((row.id, kept.get(row.id, 0) + 1, act_id, texts, papers.get(row.id, {}), now))
    TableWriter(_V, _COLUMNS, connection.dialect).insert(connection, rows)


def _is_handed_over(move: Move) -> bool:
    before = move.flow.states.get(move.decision.from_state)
    after = move.flow.states.get(move.decision.to_state)
    return (
        before is not None and after is not None and before.owner in UNIT_ROLES
        and after.owner not in UNIT_ROLES and after.final is None
    )  # fmt: skip


def _kept(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    query = select(_V.c.nomination_id, func.max(_V.c.number)).where(_V.c.nomination_id.in_(ids))
    return {id_: int(number) for id_, number in connection.execute(query.group_by(_V.c.nomination_id))}


def papers_of(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, list[Any]]]:
    """The newest version of every paper of these lines and of their submissions: code → [number, SHA-256, name]."""
    owners = {row.id: row.submission_id for row in connection.execute(
        select(_N.c.id, _N.c.submission_id).where(_N.c.id.in_(ids))
    )}  # fmt: skip
    mine = _P.c.nomination_id.in_(ids) | _P.c.submission_id.in_(set(owners.values()))
    own: dict[int, dict[str, list[Any]]] = {}
    shared: dict[int, dict[str, list[Any]]] = {}
    for row in connection.execute(select(_P).where(mine).order_by(_P.c.number)):
        place = (
            own.setdefault(row.nomination_id, {})
            if row.submission_id is None
            else shared.setdefault(row.submission_id, {})
        )
        place[row.code] = [row.number, row.sha256, row.file_name]
    return {id_: {**shared.get(submission, {}), **own.get(id_, {})} for id_, submission in owners.items()}


def plain(value: Any) -> str:
    return "" if value is None else str(value)
