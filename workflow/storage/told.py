"""What a mail says of a line beyond what an act reads of it: the post that is printed, the decision it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Table, select

from notifications.sql import among_given
from workflow.storage.tables import DecisionPaper, Nomination


class Paper(NamedTuple):
    """A signed decision as people name it: `05/QĐ-BKHCN` of its day."""

    full_number: str
    issued_on: date


_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_P: Table = DecisionPaper.__table__  # type: ignore[attr-defined]
_POSTS = select(_N.c.id, _N.c.position, _N.c.workplace).where(among_given(_N.c.id, "ids"))
_PAPERS = (
    select(_N.c.id, _P.c.full_number, _P.c.issued_on)
    .join(_P, _P.c.id == _N.c.decision_id)
    .where(among_given(_N.c.id, "ids"))
)


def posts(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Position and workplace as they are printed, by nomination id; empty where neither is known."""
    rows = connection.execute(_POSTS, {"ids": sorted(set(ids))}).all()
    return {row[0]: ", ".join(part for part in row[1:] if part) for row in rows}


def papers(connection: Connection, ids: Iterable[int]) -> dict[int, Paper]:
    """The signed decision that each of these nominations stands in, by nomination id; absent where there is none."""
    rows = connection.execute(_PAPERS, {"ids": sorted(set(ids))}).all()
    return {row[0]: Paper(row[1], row[2]) for row in rows}
