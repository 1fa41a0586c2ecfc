"""What awaits a signature, as rows: by award, kind and round, then the letters behind a list, then its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, false, func, select

from workflow.storage.decisions import beyond
from workflow.storage.listing import StateSet, due_of
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import Document, Nomination, Round, Submission, Unit
from workflow.storage.tables_desk import ListOrder

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_O: Table = ListOrder.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]
_D: Table = Document.__table__  # type: ignore[attr-defined]
_R: Table = Round.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Which:
    """Nominations in these states that this sight lets see; of one round, award and kind where those are given."""

    sight: Sight
    states: StateSet
    round: str = ""
    award: str = ""
    kind: str = ""

    def terms(self) -> list[ColumnElement[bool]]:
        """The conditions on `nomination` joined with `round`."""
        found = [seen(self.sight), self.states.among(_N.c.state)]
        for column, value in ((_R.c.code, self.round), (_N.c.award, self.award), (_N.c.kind, self.kind)):
            if value:
                found.append(column == value)
        return found


class GroupRow(NamedTuple):
    """One list: so many of an award, kind and round; `due_on` is the earliest day, `late` how many are past theirs."""

    award: str
    kind: str
    round: str
    round_title: str
    amount: int
    units: int
    letters: int
    since: date
    due_on: date | None
    late: int


def groups(connection: Connection, which: Which, today: date) -> list[GroupRow]:
    """Every list that awaits a signature, the one that is due first first. One query."""
    lines = (
        select(
            _N.c.award, _N.c.kind, _N.c.nominee, _N.c.unit_id, _N.c.submission_id, _N.c.entered_on,
            _R.c.code.label("round"), _R.c.title.label("round_title"), due_of(None).label("due_on"),
        )
        .join(_R, _R.c.id == _N.c.round_id)
        .where(*which.terms())
        .subquery()
    )  # fmt: skip
    due = func.min(lines.c.due_on)
    query = (
        select(
            lines.c.award, lines.c.kind, lines.c.round, lines.c.round_title, func.count(),
            func.count(func.distinct(lines.c.unit_id)), func.count(func.distinct(lines.c.submission_id)),
            func.min(lines.c.entered_on), due, func.sum(case((lines.c.due_on < today, 1), else_=0)),
        )
        .group_by(lines.c.award, lines.c.kind, lines.c.round, lines.c.round_title)
        .order_by(due.is_(None), due, lines.c.round, lines.c.award, lines.c.kind)
    )  # fmt: skip
    # A sum is a decimal number to PostgreSQL.
    return [GroupRow._make((*row[:-1], int(row[-1] or 0))) for row in connection.execute(query)]


def letters(connection: Connection, which: Which) -> list[Any]:
    """The submissions behind a list, in the order of their units; `code` is one of their nominations in it."""
    query = (
        select(
            _S.c.id, _S.c.letter_number, _S.c.letter_on, _U.c.code.label("unit"), _U.c.name.label("unit_name"),
            func.count().label("amount"), func.min(_N.c.code).label("code"),
        )
        .join(_R, _R.c.id == _N.c.round_id)
        .join(_S, _S.c.id == _N.c.submission_id)
        .join(_U, _U.c.id == _S.c.unit_id)
        .where(*which.terms())
        .group_by(_S.c.id, _S.c.letter_number, _S.c.letter_on, _U.c.code, _U.c.name, _U.c.sort_key)
        .order_by(_U.c.sort_key, _S.c.id)
    )  # fmt: skip
    return list(connection.execute(query))


def papers(connection: Connection, which: Which) -> list[Any]:
    """The newest version of each paper that is kept once for a submission behind the list."""
    behind = select(_N.c.submission_id).join(_R, _R.c.id == _N.c.round_id).where(*which.terms())
    newest = (
        select(_D.c.submission_id, _D.c.code, func.max(_D.c.number).label("number"))
        .where(_D.c.submission_id.in_(behind))
        .group_by(_D.c.submission_id, _D.c.code)
        .subquery()
    )
    same = and_(
        _D.c.submission_id == newest.c.submission_id, _D.c.code == newest.c.code, _D.c.number == newest.c.number
    )
    query = select(_D.c.id, _D.c.submission_id, _D.c.code, _D.c.file_name, _D.c.size).join(newest, same)
    return list(connection.execute(query.order_by(_D.c.submission_id, _D.c.id)))


def lines(connection: Connection, which: Which, limit: int, after: int | None = None) -> list[Any]:
    """The lines of a list as a decision names them: collectives first, then persons, both in Vietnamese order.

    `after` is the id of the nomination that the page before ended with.
    """
    query = (
        _lines(which)
        .with_only_columns(
            _N.c.id, _N.c.code, _N.c.name, _N.c.nominee, _N.c.position, _N.c.workplace, _N.c.state, _N.c.entered_on,
            _N.c.flow_version_id, _N.c.memory, _N.c.version, _O.c.name_key, _U.c.code.label("unit"),
            _U.c.name.label("unit_name"), _S.c.letter_number, due_of(None).label("due_on"), maintain_column_froms=True,
        )
        .order_by(_N.c.nominee, _O.c.name_key, _N.c.id)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        last = select(_N.c.nominee, _O.c.name_key).join(_O, _O.c.nomination_id == _N.c.id).where(_N.c.id == after)
        found = connection.execute(last).first()
        query = query.where(beyond(found.nominee, found.name_key, after) if found else false())
    return list(connection.execute(query))


def before_upper(connection: Connection, which: Which, states: Sequence[str], most: int) -> list[Any]:
    """Nominations in these states as far as they are seen, by award and name, with what their acts brought."""
    query = (
        _lines(which)
        .with_only_columns(
            _N.c.code, _N.c.name, _N.c.award, _N.c.kind, _N.c.state, _N.c.flow_version_id, _N.c.entered_on, _N.c.memory,
            _R.c.code.label("round"), due_of(None).label("due_on"), maintain_column_froms=True,
        )
        .where(_N.c.state.in_(states))
        .order_by(_N.c.award, _N.c.nominee, _O.c.name_key, _N.c.id)
        .limit(most)
    )  # fmt: skip
    return list(connection.execute(query))


def codes(connection: Connection, which: Which, most: int) -> list[str]:
    """Codes of the whole list in its order, one more than `most` when there are more."""
    query = _lines(which).with_only_columns(_N.c.code, maintain_column_froms=True)
    return list(connection.execute(query.order_by(_N.c.nominee, _O.c.name_key, _N.c.id).limit(most + 1)).scalars())


def _lines(which: Which) -> Select[Any]:
    return (
        select(_N.c.id)
        .join(_O, _O.c.nomination_id == _N.c.id)
        .join(_R, _R.c.id == _N.c.round_id)
        .join(_S, _S.c.id == _N.c.submission_id)
        .join(_U, _U.c.id == _N.c.unit_id)
        .where(*which.terms())
    )


def versions(connection: Connection, which: Which) -> Sequence[int]:
    """The flow versions under which the lines of a list stand."""
    query = select(_N.c.flow_version_id).join(_R, _R.c.id == _N.c.round_id).where(*which.terms()).distinct()
    return list(connection.execute(query.order_by(_N.c.flow_version_id)).scalars())


__all__ = ["GroupRow", "Which", "codes", "groups", "letters", "lines", "papers", "versions"]
