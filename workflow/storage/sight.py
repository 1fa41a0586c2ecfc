"""Which nominations somebody may see, as a value and as the condition that every list and look-up carries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_, select, true
from sqlmodel import col

from workflow.storage.tables import Event, Nomination, Task, Unit

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_BEFORE_COUNCIL = ("council_pending", "council_voting")


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything; or what is of these units, clusters and fields, came before the council, or asks these bodies."""

    everything: bool = False
    units: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    council: bool = False
    bodies: tuple[str, ...] = ()


def seen(sight: Sight) -> ColumnElement[bool]:
    """The condition on `nomination` that keeps to this sight; nothing at all for an empty one.

    Units are named by id through a sub-query, so that the caller need not have joined them.
    """
    if sight.everything:
        return true()
    ways: list[ColumnElement[bool]] = []
    if sight.units:
        ways.append(_N.c.unit_id.in_(select(col(Unit.id)).where(col(Unit.code).in_(sight.units))))
    if sight.clusters:
        of_cluster = _N.c.unit_id.in_(select(col(Unit.id)).where(col(Unit.cluster).in_(sight.clusters)))
        ways.append(and_(of_cluster, _reached(("cluster_voting",))))
    if sight.fields:
        ways.append(and_(_N.c.field_of_work.in_(sight.fields), _N.c.version > 0))
    if sight.council:
        ways.append(_reached(_BEFORE_COUNCIL))
    if sight.bodies:
        ways.append(_N.c.id.in_(select(col(Task.nomination_id)).where(col(Task.body).in_(sight.bodies))))
    return or_(*ways) if ways else false()


def _reached(states: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the dossier was ever in one of these states."""
    return exists().where(col(Event.nomination_id) == _N.c.id, col(Event.to_state).in_(states))
