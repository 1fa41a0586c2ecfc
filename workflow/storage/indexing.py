"""What makes lists and searches quick: a row of order for each nomination, and its words. Kept as names are written.

Acts write none of it: a dossier that moves keeps its name. Everything is made in the transaction that makes the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, select, update

from workflow.storage.tables import DecisionPaper, Nomination, Submission
from workflow.storage.tables_desk import ListOrder, SearchWord
from workflow.storage.writing import TableWriter

NAME, LETTER, DECISION = "name", "letter", "decision"
SIGNS = " -(./&,+\"'"
"""After one of these a word begins: `media` finds `VNPT-Media`, `TTr` finds `07/TTr-CVT`."""
_BEGINS = re.compile(f"(?<=[{re.escape(SIGNS)}])")
LONGEST = 300

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_O: Table = ListOrder.__table__  # type: ignore[attr-defined]
_W: Table = SearchWord.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]
_D: Table = DecisionPaper.__table__  # type: ignore[attr-defined]


def words_of(folded: str) -> frozenset[str]:
    """Where a word of a folded text begins, and all that follows it up to the next blank."""
    return frozenset(
        part[start:][:LONGEST]
        for part in folded.split()
        for start in (0, *(found.start() for found in _BEGINS.finditer(part)))
        if start < len(part)
    )


def add_nominations(connection: Connection, rows: Iterable[tuple[int, int, str, str]]) -> None:
    """New nominations: (id, unit id, folded name, sort key)."""
    rows = list(rows)
    order = [(id_, unit, key) for id_, unit, _, key in rows]
    TableWriter(_O, ("nomination_id", "unit_id", "name_key"), connection.dialect).insert(connection, order)
    _add_words(connection, ((NAME, word, id_) for id_, _, folded, _ in rows for word in sorted(words_of(folded))))


def rename(connection: Connection, id_: int, folded: str, sort_key: str) -> None:
    """A nomination whose name was mended."""
    connection.execute(update(_O).where(_O.c.nomination_id == id_).values(name_key=sort_key))
    before = connection.execute(select(_N.c.name_folded).where(_N.c.id == id_)).scalar_one()
    gone, new = words_of(before) - words_of(folded), words_of(folded) - words_of(before)
    if gone:
        connection.execute(delete(_W).where(and_(_W.c.kind == NAME, _W.c.word.in_(gone), _W.c.ref == id_)))
    _add_words(connection, ((NAME, word, id_) for word in sorted(new)))


def add_number(connection: Connection, kind: str, ref: int, folded: str) -> None:
    """The number of a letter or of a decision."""
    _add_words(connection, ((kind, word, ref) for word in sorted(words_of(folded))))


def complete(connection: Connection, fold: Any) -> int:
    """Make what is missing, as after an upgrade from a version without it; returns how many nominations it was."""
    done = 0
    query = (
        select(_N.c.id, _N.c.unit_id, _N.c.name_folded, _N.c.sort_key)
        .outerjoin(_O, _O.c.nomination_id == _N.c.id)
        .where(_O.c.nomination_id.is_(None))
        .order_by(_N.c.id)
        .limit(5_000)
    )
    while rows := connection.execute(query).all():
        add_nominations(connection, (tuple(row) for row in rows))
        done += len(rows)
    for kind, id_, number in ((LETTER, _S.c.id, _S.c.letter_number), (DECISION, _D.c.id, _D.c.full_number)):
        known = select(_W.c.ref).where(_W.c.kind == kind)
        for ref, text in connection.execute(select(id_, number).where(id_.not_in(known))).all():
            add_number(connection, kind, ref, fold(text))
    return done


def _add_words(connection: Connection, rows: Iterator[tuple[str, str, int]]) -> None:
    found = list(rows)
    if found:
        TableWriter(_W, ("kind", "word", "ref"), connection.dialect).insert(connection, found)
