"""Published flow versions: stored whole, found by id or by day, compiled once per process."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Connection, Table, func, insert, select
from sqlmodel import col

from definitions.flow import Flow
from definitions.loading import flow_from_resolved
from notifications.prepared import Prepared
from notifications.sql import among_given
from workflow.domain.machine import CompiledFlow
from workflow.storage.tables import FlowVersion


@dataclass(frozen=True, slots=True)
class Published:
    """One published version without its text."""

    id: int
    flow_id: str
    number: int
    label: str
    award: str
    kind: str
    level: str
    title: str
    valid_from: date
    valid_until: date | None
    sha256: str
    published_at: datetime
    published_by: str

    def valid_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


_T: Table = FlowVersion.__table__  # type: ignore[attr-defined]
_ALL = select(*(_T.c[name] for name in Published.__slots__)).order_by(_T.c.flow_id, _T.c.number.desc())
_VERSIONS = Prepared(_ALL, Published)
_VERSIONS_OF = Prepared(_ALL.where(among_given(_T.c.flow_id, "flows")), Published)


def versions(connection: Connection, flow_id: str | None = None) -> list[Published]:
    """Every published version, newest first within its flow."""
    return _versions(connection, None if flow_id is None else [flow_id])


def _versions(connection: Connection, flow_ids: Collection[str] | None) -> list[Published]:
    return _VERSIONS.all(connection) if flow_ids is None else _VERSIONS_OF.all(connection, flows=flow_ids)


def in_force(connection: Connection, on: date, flow_ids: Collection[str] | None = None) -> dict[str, Published]:
    """For each flow (of `flow_ids`, if given) the version that acts on `on`.

    The newest version valid that day; else, loudly by the caller, the newest already begun (a flow
    past its end without a successor goes on); a flow that begins later is absent.
    """
    found: dict[str, Published] = {}
    for each in _versions(connection, flow_ids):
        if each.valid_from > on:
            continue
        best = found.get(each.flow_id)
        if best is None or (each.valid_on(on) and not best.valid_on(on)):
            found[each.flow_id] = each
    return found


def text_of(connection: Connection, version_id: int) -> str:
    return str(connection.execute(select(col(FlowVersion.text)).where(col(FlowVersion.id) == version_id)).scalar_one())


def publish(connection: Connection, flow: Flow, text: str, sha256: str, now: datetime, by: str) -> int:
    """Store a new version with the next number; returns its id."""
    last = connection.execute(
        select(func.max(col(FlowVersion.number))).where(col(FlowVersion.flow_id) == flow.id)
    ).scalar()
    values = dict(
        flow_id=flow.id, number=(last or 0) + 1, label=flow.version, award=flow.award, kind=flow.kind,
        level=flow.level, title=flow.title.vi, valid_from=flow.valid_from, valid_until=flow.valid_until,
        text=text, sha256=sha256, published_at=now, published_by=by,
    )  # fmt: skip
    result = connection.execute(insert(FlowVersion).values(**values))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


@lru_cache(maxsize=64)
def _compiled(text: str) -> CompiledFlow:
    """The flow of this text, whichever database it stands in."""
    return CompiledFlow(flow_from_resolved(text))


class FlowCache:
    """Compiled flows by version id. A published text never changes, so nothing is ever stale."""

    def __init__(self) -> None:
        self._compiled: dict[int, CompiledFlow] = {}

    def get(self, connection: Connection, version_id: int) -> CompiledFlow:
        compiled = self._compiled.get(version_id)
        if compiled is None:
            compiled = self._compiled[version_id] = _compiled(text_of(connection, version_id))
        return compiled

    def get_all(self, connection: Connection, ids: Iterable[int]) -> dict[int, CompiledFlow]:
        return {id_: self.get(connection, id_) for id_ in ids}
