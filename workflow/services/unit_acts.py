"""An act on the lines of a submission, in two looks: typed once for all of them, shown with what it will do, then done.

What was typed is kept with the versions that were seen, so that the page in between survives a reload and pressing
twice is one act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from definitions.flow import Flow, Transition
from workflow.services import acts, drafting, handing_in
from workflow.services.brought import typed
from workflow.services.desk import Desk
from workflow.services.handing_in import Step, UnknownSubmission, Work
from workflow.services.requests import ActReport, ActRequest
from workflow.services.viewing import Viewer
from workflow.storage.database import read, write
from workflow.storage.tables_desk import ActDraft

_D: Table = ActDraft.__table__  # type: ignore[attr-defined]
Pairs = Sequence[tuple[str, str]]


class UnknownStep(LookupError):
    """There is no such step or prepared act, or not for this person."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed: for all lines, for single ones by code, reasons for warnings by rule, and for whom."""

    pairs: Pairs = ()
    lines: Mapping[str, Pairs] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared act: what it is, on which lines as they were seen, and what it will do, or did once it is `done`."""

    id: str
    submission_id: int
    transition: Transition
    flow: Flow
    versions: Mapping[str, int]
    given: Given
    report: ActReport
    done: bool


def prepare(
    desk: Desk, viewer: Viewer, submission_id: int, transition: str, codes: Sequence[str], given: Given, now: datetime
) -> str:
    """Keep what was typed for a step of this submission; returns the id of the prepared act.

    Raises UnknownSubmission, UnknownStep, NotTyped for what cannot be read; nothing is kept then.
    """
    work = handing_in.find(desk, viewer, submission_id, now)
    step = _step(work, transition)
    chosen = {code for code in codes if code in step.ready or code in step.stuck}
    versions = {line.code: line.version for line in work.lines if line.code in chosen}
    if not versions or (given.on_behalf_of and given.on_behalf_of not in step.stand_ins):
        raise UnknownStep(transition)
    typed(step.transition, given.pairs)
    for pairs in given.lines.values():
        typed(step.transition, pairs)
    with write(desk.engine) as connection:
        id_ = desk.entropy(16)
        connection.execute(
            insert(_D).values(
                id=id_, person=viewer.person, transition=transition, request_key=desk.entropy(16),
                lines=[list(each) for each in versions.items()],
                fields={"submission": submission_id, **_packed(given)}, back="", state="preview", answer={},
                created_at=now,
            )
        )  # fmt: skip
    return id_


def give_reasons(desk: Desk, viewer: Viewer, id_: str, overrides: Mapping[str, str]) -> None:
    """Reasons for passing the warnings that the look in between named, by rule. Raises UnknownStep."""
    with write(desk.engine) as connection:
        row = _row(connection, viewer, id_)
        fields = {**row.fields, "overrides": {**row.fields["overrides"], **overrides}}
        connection.execute(update(_D).where(_D.c.id == id_, _D.c.state == "preview").values(fields=fields))


def look(desk: Desk, viewer: Viewer, id_: str, now: datetime) -> Prepared:
    """What the act will do, or what it did. Raises UnknownStep, UnknownSubmission, UnknownActor."""
    with read(desk.engine) as connection:
        row = _row(connection, viewer, id_)
    transition, flow, given = _what(desk, viewer, row, now)
    request = _request(viewer, row, transition, given)
    # The same key gives the same answer, without a second act.
    report = acts.perform(desk, request, now) if row.state == "done" else acts.preview(desk, request, now)
    report = drafting.as_told(desk, viewer, request, report)
    return Prepared(
        id_, int(row.fields["submission"]), transition, flow, dict(row.lines), given, report, row.state == "done"
    )


def perform(desk: Desk, viewer: Viewer, id_: str, now: datetime) -> ActReport:
    """Do it. Lines that may not move are refused with their reasons; twice is once. A wholly refused act stays open.

    Raises UnknownStep, UnknownActor, FloodGuard.
    """
    with read(desk.engine) as connection:
        row = _row(connection, viewer, id_)
    transition, _, given = _what(desk, viewer, row, now)
    report = acts.perform(desk, _request(viewer, row, transition, given), now)
    if report.act_id is not None:
        with write(desk.engine) as connection:
            connection.execute(
                update(_D)
                .where(_D.c.id == id_, _D.c.state != "done")
                .values(state="done", act_id=report.act_id, ended_at=now)
            )
    return report


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _step(work: Work, transition: str) -> Step:
    step = work.step(transition)
    if step is None or not step.mine:
        raise UnknownStep(transition)
    return step


def _row(connection: Connection, viewer: Viewer, id_: str) -> Any:
    row = connection.execute(select(_D).where(_D.c.id == id_, _D.c.person == viewer.person)).first()
    if row is None or "submission" not in row.fields:
        raise UnknownStep(id_)
    return row


def _what(desk: Desk, viewer: Viewer, row: Any, now: datetime) -> tuple[Transition, Flow, Given]:
    """The transition in the flow of the first line that has it, and what was typed."""
    given = Given(
        [(name, value) for name, value in row.fields["pairs"]],
        {code: [(name, value) for name, value in pairs] for code, pairs in row.fields["lines"].items()},
        row.fields["overrides"],
        row.fields["on_behalf_of"],
    )
    flow = handing_in.flow_with(desk, viewer, [code for code, _ in row.lines], row.transition)
    if flow is None:
        raise UnknownStep(row.transition)
    return flow.transitions[row.transition], flow, given


def _request(viewer: Viewer, row: Any, transition: Transition, given: Given) -> ActRequest:
    return ActRequest(
        actor=viewer.person,
        transition=transition.id,
        codes=tuple(code for code, _ in row.lines),
        request_key=row.request_key,
        fields=typed(transition, given.pairs),
        line_fields={code: typed(transition, pairs) for code, pairs in given.lines.items() if pairs},
        overrides=given.overrides,
        expected={code: int(version) for code, version in row.lines},
        on_behalf_of=given.on_behalf_of or None,
    )


def _packed(given: Given) -> dict[str, Any]:
    return {
        "pairs": [list(each) for each in given.pairs],
        "lines": {code: [list(each) for each in pairs] for code, pairs in given.lines.items()},
        "overrides": dict(given.overrides),
        "on_behalf_of": given.on_behalf_of,
    }


__all__ = ["Given", "Prepared", "UnknownStep", "UnknownSubmission", "give_reasons", "look", "perform", "prepare"]
