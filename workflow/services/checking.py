"""Does the database keep its promises: events replayed, counts recounted, mails accounted for, the chain verified.

The replay (`replaying`) reads events, acts and flows alone and shares no code with the fold it judges.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import col

from definitions.flow import Flow
from notifications.columns import to_json
from notifications.tables import LINE, MAIL
from workflow.domain import audit
from workflow.services import auditing, repairing, replaying
from workflow.services.desk import Desk
from workflow.storage import chain, papers
from workflow.storage.database import read
from workflow.storage.tables import Act, AuditOpening, Deadline, Event, Nomination, StateCount


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: kept or not, with what was found (codes of at most ten rows)."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(each.ok for each in self.checks)


def check(desk: Desk) -> Report:
    """Every promise, each on its own read of the database."""
    found = []
    for name, ask in _CHECKS.items():
        wrong = list(ask(desk))
        found.append(Check(name, not wrong, ", ".join(wrong[:10]) + ("…" if len(wrong) > 10 else "")))
    return Report(tuple(found))


_COLUMNS = (
    "state", "shown_state", "previous_state", "version", "outcome", "complete_on", "archived", "flow_version_id",
)  # fmt: skip


def _events(desk: Desk) -> Iterator[str]:
    """Each nomination's columns and memory follow from its events, one after the other without a gap."""
    nomination = Nomination.__table__  # type: ignore[attr-defined]
    with read(desk.engine) as connection:
        history = _history(connection)
        brought = _brought(connection)
        for line in connection.execute(select(nomination).order_by(nomination.c.id)):
            try:
                told = replaying.told(line, history.get(line.id, ()), brought, _flow_of(desk, connection))
            except replaying.Impossible as error:
                yield f"{line.code} ({error})"
                continue
            if wrong := [name for name, value in _actual(line).items() if value != told[name]]:
                yield f"{line.code} ({', '.join(wrong)})"


def _history(connection: Connection) -> dict[int, list[Any]]:
    event = Event.__table__  # type: ignore[attr-defined]
    found: dict[int, list[Any]] = {}
    for row in connection.execute(select(event).order_by(event.c.nomination_id, event.c.version)):
        found.setdefault(row.nomination_id, []).append(row)
    return found


def _brought(connection: Connection) -> dict[int, dict[str, Any]]:
    """What each act brought for all its lines; why it was backdated is the act's own."""
    rows = connection.execute(select(col(Act.id), col(Act.fields)))
    return {int(id_ or 0): {k: v for k, v in fields.items() if k != "backdating_reason"} for id_, fields in rows}


def _flow_of(desk: Desk, connection: Connection) -> Callable[[int], Flow]:
    return lambda version_id: desk.flows.get(connection, version_id).flow


def _actual(line: Any) -> dict[str, Any]:
    columns = {name: getattr(line, name) for name in _COLUMNS if name != "archived"}
    columns["archived"] = line.archived_at is not None
    return columns | {name: line.memory.get(name, nothing) for name, nothing in replaying.NOTHING.items()}


def _acts(desk: Desk) -> Iterator[str]:
    """Each act did to its lines what the audit chain says, and who did it and what he brought is as committed."""
    with read(desk.engine) as connection:
        lines: dict[int, list[Any]] = {}
        for rows in _history(connection).values():
            for row in rows:
                lines.setdefault(row.act_id, []).append(row)
        openings = _openings(connection)
        acts = {row.id: row for row in connection.execute(select(Act.__table__))}  # type: ignore[attr-defined]
        for entry in chain.entries(connection):
            payload = json.loads(entry["payload"])
            said = openings.get(entry["number"], {})
            if any(payload["commitments"].get(n) != audit.commitment(*each) for n, each in said.items()):
                yield f"{entry['number']}: commitment"
            if entry["kind"] == "act":
                act = acts.pop(payload["act"], None)
                if act is None or not _as_chained(act, lines.get(act.id, ()), payload, said):
                    yield f"{entry['number']}: act {payload['act']}"
        yield from (f"act {id_}" for id_, act in sorted(acts.items()) if act.transition not in ("import", "repair"))


def _openings(connection: Connection) -> dict[int, dict[str, tuple[str, str]]]:
    found: dict[int, dict[str, tuple[str, str]]] = {}
    for row in connection.execute(select(AuditOpening.__table__)):  # type: ignore[attr-defined]
        found.setdefault(row.number, {})[row.name] = (row.salt, row.value)
    return found


def _as_chained(act: Any, rows: Iterable[Any], payload: dict[str, Any], said: dict[str, tuple[str, str]]) -> bool:
    rows = list(rows)
    lines = audit.digest_of_lines((each.nomination_id, each.version, each.from_state, each.to_state) for each in rows)
    own = {each.nomination_id: each.data["fields"] for each in rows if "fields" in each.data}
    known = {
        "actor": [act.actor, act.actor_name, act.os_user],
        "fields": {k: v for k, v in act.fields.items() if k != "backdating_reason"},
    }
    if "fields" in said:
        opened = json.loads(said["fields"][1])
        committed = sorted(map(to_json, opened["lines"].values()))
        if opened["act"] != known["fields"] or not set(map(to_json, own.values())) <= set(committed):
            return False
    if "actor" in said and json.loads(said["actor"][1]) != known["actor"]:
        return False
    same = (payload["done"], payload["transition"], payload["occurred_on"], payload["lines"])
    return same == (len(rows), act.transition, act.occurred_on.isoformat(), lines) and act.done == len(rows)


def _counts(desk: Desk) -> Iterator[str]:
    nomination, kept = Nomination.__table__, StateCount.__table__  # type: ignore[attr-defined]
    with read(desk.engine) as connection:
        columns = (nomination.c.round_id, nomination.c.flow_id, nomination.c.state)
        real = Counter(
            {row[:3]: row[3] for row in connection.execute(select(*columns, func.count()).group_by(*columns))}
        )
        stored = Counter({(r.round_id, r.flow_id, r.state): r.amount for r in connection.execute(select(kept))})
    for key in sorted({*real, *stored}, key=str):
        if real[key] != stored[key]:
            yield f"{key[1]}/{key[2]}: {stored[key]} ≠ {real[key]}"


def _deadlines(desk: Desk) -> Iterator[str]:
    """At most one run of a deadline is open, and none of a state that was left."""
    deadline, nomination = Deadline.__table__, Nomination.__table__  # type: ignore[attr-defined]
    query = (
        select(nomination.c.code, deadline.c.name, func.count())
        .join(nomination, nomination.c.id == deadline.c.nomination_id)
        .where(deadline.c.closed_on.is_(None))
        .group_by(nomination.c.code, deadline.c.name)
        .having(func.count() > 1)
    )
    left = (
        select(nomination.c.code, deadline.c.name)
        .join(nomination, nomination.c.id == deadline.c.nomination_id)
        .where(deadline.c.closed_on.is_(None), deadline.c.stopped_on.is_(None), deadline.c.name.startswith("state."))
        .where(deadline.c.name != "state." + nomination.c.state)
    )
    with read(desk.engine) as connection:
        for row in connection.execute(query):
            yield f"{row.code} {row.name}"
        for row in connection.execute(left):
            yield f"{row.code} {row.name}"


def _mails(desk: Desk) -> Iterator[str]:
    """A queued mail has a line that is not cancelled (or never had one); a final one says when it ended."""
    open_lines = select(LINE.c.mail_id).where(LINE.c.cancelled_at.is_(None))
    with read(desk.engine) as connection:
        empty = select(MAIL.c.id).where(MAIL.c.state == "queued", MAIL.c.line_count > 0, MAIL.c.id.not_in(open_lines))
        for row in connection.execute(empty):
            yield f"#{row.id}"
        ended = ("handed_over", "failed", "expired", "cancelled")
        for row in connection.execute(select(MAIL.c.id).where(MAIL.c.state.in_(ended), MAIL.c.done_at.is_(None))):
            yield f"#{row.id}"


def _chain(desk: Desk) -> Iterator[str]:
    for fault in auditing.verify(desk).faults:
        yield f"{fault.number}: {fault.code}"


def _states(desk: Desk) -> Iterator[str]:
    for code, flow, state in repairing.lost(desk):
        yield f"{code} ({flow}: {state})"


def _papers(desk: Desk) -> Iterator[str]:
    with read(desk.engine) as connection:
        for digest in sorted(papers.hashes(connection)):
            if not papers.place(desk.files, digest).exists():
                yield digest[:12]


def _foreign_keys(desk: Desk) -> Iterator[str]:
    with read(desk.engine) as connection:
        if connection.dialect.name != "sqlite":
            return
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{row[0]}:{row[1]}"
        for row in connection.exec_driver_sql("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield str(row[0])


_CHECKS: dict[str, Callable[[Desk], Iterator[str]]] = {
    "storage": _foreign_keys,
    "events": _events,
    "acts": _acts,
    "states": _states,
    "counts": _counts,
    "deadlines": _deadlines,
    "mails": _mails,
    "papers": _papers,
    "chain": _chain,
}

__all__ = ["Check", "Report", "check"]
