"""Flows as an admin meets them: publish a folder that was checked, list and show what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlmodel import col

from definitions.loading import LoadedFlow, LoadedFolder
from definitions.problems import FlowsRefused, Issue, Problem
from definitions.vocabulary import DEFAULT, Vocabulary
from notifications.columns import to_json
from workflow.flow_checks import check
from workflow.services.desk import Desk
from workflow.storage import chain, flows
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.tables import FlowVersion

# ── publishing ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PublishReport:
    """Which flows got a new version (id, number), and which were in force already as they are."""

    published: tuple[tuple[str, int], ...]
    unchanged: tuple[str, ...]


def publish(
    desk: Desk,
    folder: Path,
    by: str,
    now: datetime,
    *,
    only: Iterable[str] = (),
    vocabulary: Vocabulary = DEFAULT,
    prove: Callable[[LoadedFolder], tuple[Problem, ...]] = lambda loaded: (),
    progress: Callable[[str], None] = lambda name: None,
) -> PublishReport:
    """Store new versions of every flow (or of `only`) whose resolved text changed, in one transaction.

    Refused whole (FlowsRefused) when anything is wrong with what is published, its stories
    included, when its mail texts cannot be proven, or when a version label stands for another text.
    """
    checked = check(folder, desk.calendar, only=only, vocabulary=vocabulary, progress=progress)
    problems = [*checked.problems, *(each for flow in checked.flows for each in flow.problems)]
    problems += prove(checked.loaded)
    if problems:
        raise FlowsRefused(tuple(problems))
    published: list[tuple[str, int]] = []
    unchanged: list[str] = []
    with write(desk.engine) as connection:
        in_turn(connection, "publish")  # versions are numbered one after the other
        for each in checked.flows:
            loaded = checked.loaded.flows[each.id]
            if _same_text(connection, loaded):
                unchanged.append(each.id)
                continue
            flows.publish(connection, loaded.flow, loaded.resolved_text, loaded.sha256, now, by)
            published.append((each.id, flows.versions(connection, each.id)[0].number))
        if published:
            chain.append(
                connection,
                kind="publish",
                payload={"flows": {name: checked.loaded.flows[name].sha256 for name, _ in published}},
                secrets={"by": (desk.entropy(16), to_json(by))},
                now=now,
            )
    return PublishReport(tuple(published), tuple(unchanged))


def _same_text(connection: Connection, loaded: LoadedFlow) -> bool:
    """Whether this text is stored already. Raises FlowsRefused when its label stands for another one."""
    row = connection.execute(
        select(col(FlowVersion.sha256)).where(
            col(FlowVersion.flow_id) == loaded.flow.id, col(FlowVersion.label) == loaded.flow.version
        )
    ).first()
    if row is None:
        return False
    if row.sha256 != loaded.sha256:
        issue = Issue(("version",), "label_taken", {"label": loaded.flow.version})
        raise FlowsRefused((loaded.merged.problem(issue),))
    return True


def published(desk: Desk, flow_id: str | None = None) -> list[flows.Published]:
    """Every published version, newest first within its flow."""
    with read(desk.engine) as connection:
        return flows.versions(connection, flow_id)


def in_force(desk: Desk, on: date) -> dict[str, flows.Published]:
    """The version of each flow that acts on `on`."""
    with read(desk.engine) as connection:
        return flows.in_force(connection, on)


def text(desk: Desk, version_id: int) -> str:
    with read(desk.engine) as connection:
        return flows.text_of(connection, version_id)
