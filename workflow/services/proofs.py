"""The names that will be printed on a decision, as the unit sees them before it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce
from sqlmodel import col

from workflow.services.desk import Desk
from workflow.services.viewing import Viewer
from workflow.storage.database import read
from workflow.storage.nominations import chunks
from workflow.storage.sight import seen
from workflow.storage.tables import Act, Deadline, Event, Nomination, Unit

_N = Nomination.__table__  # type: ignore[attr-defined]
MOST = 5000


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A line as it will be printed. `proof` is sent or confirmed; `by` and `at` say who confirmed it and when."""

    code: str
    name: str
    position: str
    workplace: str
    award: str
    unit: str
    proof: str
    due_on: date | None
    by: str = ""
    at: datetime | None = None


def listed(desk: Desk, viewer: Viewer, *, code: str = "") -> tuple[ProofLine, ...]:
    """Every line whose proof was sent to its unit and that is not decided yet, as far as this person may see it.

    In the order of units and lines; with a code, the lines of that dossier's letter alone.
    """
    with read(desk.engine) as connection:
        query = (
            select(_N, col(Unit.name).label("unit_name"))
            .join(Unit, col(Unit.id) == _N.c.unit_id)
            .where(seen(viewer.sight), _N.c.outcome.is_(None), _N.c.decision_id.is_(None), _N.c.archived_at.is_(None))
            .where(type_coerce(_N.c.memory, Text).contains('"proof":'))
            .order_by(col(Unit.sort_key), _N.c.submission_id, _N.c.line_no, _N.c.id)
            .limit(MOST)
        )
        if code:
            same = select(_N.c.submission_id).where(_N.c.code == code, seen(viewer.sight)).scalar_subquery()
            query = query.where(_N.c.submission_id == same)
        rows = [row for row in connection.execute(query) if row.memory.get("proof") in ("sent", "confirmed")]
        acts = {
            each.id
            for version in {row.flow_version_id for row in rows}
            for each in desk.flows.get(connection, version).flow.transitions.values()
            if each.effect == "confirm_proof"
        }
        due, confirmed = _due(connection, rows), _confirmed(connection, rows, acts)
    return tuple(
        ProofLine(
            row.code, row.name, row.position, row.workplace, row.award, row.unit_name, row.memory["proof"],
            due.get(row.id), *(confirmed.get(row.id, ("", None)) if row.memory["proof"] == "confirmed" else ("", None)),
        )
        for row in rows
    )  # fmt: skip


def _due(connection: Connection, rows: Sequence[Any]) -> dict[int, date | None]:
    """By when each unit is to answer: the limit that its flow calls `proof`."""
    found: dict[int, date | None] = {}
    for part in chunks([row.id for row in rows]):
        query = select(col(Deadline.nomination_id), col(Deadline.due_on)).where(
            col(Deadline.nomination_id).in_(part), col(Deadline.name) == "proof", col(Deadline.closed_on).is_(None)
        )
        found.update((id_, due_on) for id_, due_on in connection.execute(query))
    return found


def _confirmed(connection: Connection, rows: Sequence[Any], acts: set[str]) -> dict[int, tuple[str, datetime]]:
    """Who confirmed each line last, and when."""
    found: dict[int, tuple[str, datetime]] = {}
    for part in chunks([row.id for row in rows]):
        query = (
            select(col(Event.nomination_id), col(Act.actor_name), col(Event.recorded_at))
            .join(Act, col(Act.id) == col(Event.act_id))
            .where(col(Event.nomination_id).in_(part), col(Event.transition).in_(acts))
            .order_by(col(Event.version))
        )
        found.update((id_, (name, at)) for id_, name, at in connection.execute(query))
    return found
