"""Flows as an admin meets them: check a folder with its stories, publish, list and show what is in force."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlmodel import col

from definitions.calendar import WorkCalendar
from definitions.flow import Scenario
from definitions.loading import LoadedFlow, LoadedFolder, load_folder
from definitions.problems import FlowsRefused, Issue, Problem
from definitions.vocabulary import DEFAULT, Vocabulary
from notifications.columns import to_json
from workflow.domain import rehearsal
from workflow.domain.machine import CompiledFlow
from workflow.services.desk import Desk
from workflow.storage import chain, flows
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.tables import FlowVersion

SHIPPED = Path(__file__).resolve().parents[2] / "definitions" / "flows"


@dataclass(frozen=True, slots=True)
class CheckedFlow:
    """One flow file with everything wrong with it, its stories run.

    `coverage` is the share (0 to 1) of its transitions that its scenarios take with every branch. `warnings` keep
    nobody from publishing it.
    """

    id: str
    file: str
    problems: tuple[Problem, ...]
    scenarios: int
    coverage: float
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """A folder of flows, checked: `problems` that belong to no single flow (a part, a clash) stand apart."""

    flows: tuple[CheckedFlow, ...]
    problems: tuple[Problem, ...]
    loaded: LoadedFolder

    @property
    def green(self) -> bool:
        return not self.problems and not any(each.problems for each in self.flows)


def check(
    folder: Path,
    calendar: WorkCalendar,
    *,
    only: Iterable[str] = (),
    vocabulary: Vocabulary = DEFAULT,
    progress: Callable[[str], None] = lambda name: None,
) -> CheckedFolder:
    """Read, check and rehearse the flows of a folder. Reads files, writes nothing, raises nothing for a bad one."""
    loaded = load_folder(folder, vocabulary)
    compiled = _with_targets({name: CompiledFlow(each.flow) for name, each in loaded.flows.items()})
    wanted = set(only) or set(loaded.flows) | {Path(each.file).stem for each in loaded.problems}
    by_file: dict[str, list[Problem]] = {}
    for problem in loaded.problems:
        by_file.setdefault(Path(problem.file).stem, []).append(problem)
    checked = []
    for name in sorted(wanted - set(loaded.parts)):
        progress(name)
        found = loaded.flows.get(name)
        if found is None:
            checked.append(CheckedFlow(name, f"{name}.toml", tuple(by_file.pop(name, ())), 0, 0.0))
            continue
        problems, coverage = _rehearse(found, compiled, calendar)
        wrong = (*by_file.pop(name, ()), *problems)
        checked.append(CheckedFlow(name, found.file, wrong, len(found.flow.scenarios), coverage, found.warnings))
    rest = tuple(problem for each in by_file.values() for problem in each)
    return CheckedFolder(tuple(checked), rest if not only else (), loaded)


def _with_targets(own: Mapping[str, CompiledFlow]) -> Mapping[str, CompiledFlow]:
    """These flows, and of those that ship the ones that a story changes the award to and this folder lacks."""
    steps = (step for each in own.values() for scenario in each.flow.scenarios for step in scenario.steps)
    lacking = {str(step.fields["to_flow"]) for step in steps if "to_flow" in step.fields} - set(own)
    if not lacking:
        return own
    shipped = load_folder(SHIPPED).flows
    return {**{name: CompiledFlow(shipped[name].flow) for name in lacking & set(shipped)}, **own}


def _rehearse(
    loaded: LoadedFlow, compiled: Mapping[str, CompiledFlow], calendar: WorkCalendar
) -> tuple[tuple[Problem, ...], float]:
    flow = loaded.flow
    taken: set[tuple[str, int]] = set()
    problems: list[Problem] = []
    for scenario in flow.scenarios:
        told = rehearsal.rehearse(compiled[flow.id], scenario, calendar, compiled)
        taken |= told.taken
        problems += [_story_problem(scenario, fault) for fault in told.faults]
    share, missing = rehearsal.coverage(flow, taken)
    for name, branch in missing:
        branches = len(flow.transitions[name].branches)
        code = "not_taken" if branches == 1 else "branch_not_taken"
        issue = Issue(("transition", name), code, {"name": name, "branch": branch + 1}, key=True)
        problems.append(loaded.merged.problem(issue))
    return tuple(problems), share


def _story_problem(scenario: Scenario, fault: rehearsal.Fault) -> Problem:
    """A fault of a story, at its step's line in the file the story came from."""
    shown = {
        name: ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value
        for name, value in fault.params.items()
    }
    return Problem(scenario.file, fault.line or scenario.line or 1, 1, fault.code, {"title": scenario.title, **shown})


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


def seconds_to_check(folder: Path, calendar: WorkCalendar) -> float:
    """How long a whole check takes; for benchmarks."""
    began = time.perf_counter()
    check(folder, calendar)
    return time.perf_counter() - began
