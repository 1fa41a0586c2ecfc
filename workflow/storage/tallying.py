"""How many nominations stand where, and since when: from the counts that acts keep, or within what somebody sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, case, func, literal, select, union_all

from workflow.storage.listing import StateSet
from workflow.storage.sight import Sight, seen
from workflow.storage.tables import Deadline, DecisionPaper, Nomination, StateCount

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_C: Table = StateCount.__table__  # type: ignore[attr-defined]


class Standing(NamedTuple):
    """So many of a flow in a state. `version` 0 and `award` empty where only the flow is known."""

    flow: str
    version: int
    award: str
    state: str
    shown: str
    amount: int
    since: date | None


def kept(connection: Connection, states: Sequence[str], awards: dict[str, str]) -> list[Standing]:
    """All there are, by flow and state; `since` is the earliest day in that state, of whatever flow."""
    query = select(_C.c.flow_id, _C.c.state, func.sum(_C.c.amount)).group_by(_C.c.flow_id, _C.c.state)
    amounts = connection.execute(query).all()
    # One look into the index of states for each state, however many stand in it.
    oldest = [
        select(literal(state).label("state"), func.min(_N.c.entered_on).label("since")).where(_N.c.state == state)
        for state in states
    ]
    since: dict[str, date] = dict(tuple(row) for row in connection.execute(union_all(*oldest))) if oldest else {}
    return [
        Standing(flow, 0, awards.get(flow, ""), state, state, int(amount), since.get(state))
        for flow, state, amount in amounts
    ]


def seen_by(connection: Connection, sight: Sight, states: Sequence[str] | None = None) -> list[Standing]:
    """Those that this sight lets see, counted now; `states` narrows to some, where all would be too many to count."""
    columns = (_N.c.flow_id, _N.c.flow_version_id, _N.c.award, _N.c.state, _N.c.shown_state)
    query = select(*columns, func.count(), func.min(_N.c.entered_on)).where(seen(sight)).group_by(*columns)
    if states is not None:
        query = query.where(_N.c.state.in_(states))
    return [Standing(*row) for row in connection.execute(query)]


# ── for statistics ───────────────────────────────────────────────────────────────────────────────

_D: Table = Deadline.__table__  # type: ignore[attr-defined]
_P: Table = DecisionPaper.__table__  # type: ignore[attr-defined]


def by_state(connection: Connection, sight: Sight, round_id: int) -> dict[str, int]:
    """How many of a round stand in each state."""
    if sight.everything:
        query = select(_C.c.state, func.sum(_C.c.amount)).where(_C.c.round_id == round_id).group_by(_C.c.state)
    else:
        query = select(_N.c.state, func.count()).where(_N.c.round_id == round_id, seen(sight)).group_by(_N.c.state)
    return {state: int(amount) for state, amount in connection.execute(query)}


def by_age(
    connection: Connection, sight: Sight, states: StateSet, bounds: Sequence[date]
) -> list[tuple[str, tuple[int, ...]]]:
    """For each state: how many came to it on or after the first bound, after the second, …, before the last."""
    came = _N.c.entered_on
    edges = [came >= bounds[0], *(and_(came < new, came >= old) for new, old in pairwise(bounds)), came < bounds[-1]]
    sums = [func.sum(case((edge, 1), else_=0)) for edge in edges]
    query = select(_N.c.state, *sums).where(states.among(_N.c.state)).group_by(_N.c.state)
    if not sight.everything:
        query = query.where(seen(sight))
    return [(state, tuple(int(amount or 0) for amount in amounts)) for state, *amounts in connection.execute(query)]


def by_due_day(connection: Connection, sight: Sight, until: date) -> dict[date, int]:
    """How many limits that run are due on each day before `until`, past days among them."""
    query = (
        select(_D.c.due_on, func.count())
        .where(_D.c.closed_on.is_(None), _D.c.stopped_on.is_(None), _D.c.due_on < until)
        .group_by(_D.c.due_on)
    )
    if not sight.everything:
        query = query.join(_N, _N.c.id == _D.c.nomination_id).where(seen(sight))
    return {on: int(amount) for on, amount in connection.execute(query)}


def by_decision(connection: Connection, sight: Sight) -> list[tuple[int, str, int]]:
    """(year of the decision, award, how many), without those whose decision was revoked since."""
    amounts = select(_N.c.decision_id, func.count().label("amount")).where(_N.c.decision_id.is_not(None))
    if not sight.everything:
        amounts = amounts.where(seen(sight))
    counted = amounts.group_by(_N.c.decision_id).subquery()
    gone = (
        select(_N.c.decision_id, func.count().label("amount"))
        .where(_N.c.state == "revoked", _N.c.decision_id.is_not(None))
        .group_by(_N.c.decision_id)
    )
    if not sight.everything:
        gone = gone.where(seen(sight))
    revoked = gone.subquery()
    total = func.sum(counted.c.amount - func.coalesce(revoked.c.amount, 0))
    query = (
        select(_P.c.year, _P.c.award, total)
        .join(counted, counted.c.decision_id == _P.c.id)
        .outerjoin(revoked, revoked.c.decision_id == _P.c.id)
        .where(_P.c.kind != "revocation")
        .group_by(_P.c.year, _P.c.award)
    )
    return [(year, award, int(amount)) for year, award, amount in connection.execute(query)]
