"""Does the database keep its promises: events replayed, counts recounted, mails accounted for, the chain verified.

The replay reads events and flows alone and shares no code with the fold it judges (`domain.memory`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from notifications.tables import LINE, MAIL
from workflow.services import auditing, repairing
from workflow.services.desk import Desk
from workflow.storage import papers
from workflow.storage.database import read
from workflow.storage.tables import Deadline, Event, Nomination, StateCount


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


def _events(desk: Desk) -> Iterator[str]:
    """Each nomination's state, version and moments follow from its events, one after the other without a gap."""
    event, nomination = Event.__table__, Nomination.__table__  # type: ignore[attr-defined]
    with read(desk.engine) as connection:
        lines = connection.execute(
            select(nomination.c.id, nomination.c.code, nomination.c.state, nomination.c.version,
                   nomination.c.complete_on)
        ).all()  # fmt: skip
        history: dict[int, list[Any]] = {}
        for row in connection.execute(select(event).order_by(event.c.nomination_id, event.c.version)):
            history.setdefault(row.nomination_id, []).append(row)
        for line in lines:
            rows = history.get(line.id, [])
            if not _follows(rows) or len(rows) != line.version or (rows and rows[-1].to_state != line.state):
                yield line.code
            elif _complete(desk, connection, rows) != line.complete_on:
                yield f"{line.code} (complete)"


def _follows(rows: list[Any]) -> bool:
    return all(
        row.version == number and (number == 1 or row.from_state == rows[number - 2].to_state)
        for number, row in enumerate(rows, start=1)
    )


def _complete(desk: Desk, connection: Connection, rows: list[Any]) -> Any:
    """The day of the last event whose transition marks `complete`."""
    found = None
    for row in rows:
        transition = desk.flows.get(connection, row.flow_version_id).flow.transitions.get(row.transition)
        if transition is not None and "complete" in transition.marks:
            found = row.occurred_on
    return found


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
    "states": _states,
    "counts": _counts,
    "deadlines": _deadlines,
    "mails": _mails,
    "papers": _papers,
    "chain": _chain,
}

__all__ = ["Check", "Report", "check"]
