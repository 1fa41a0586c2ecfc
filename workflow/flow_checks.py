"""A folder of flows, checked whole: read, compiled, every story of theirs rehearsed.

As a process of its own (`python -m workflow.flow_checks`) it checks a folder that somebody has typed, within limits of
time and memory; and without the services, which take longer to import than most flows take to check.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from definitions.calendar import WorkCalendar
from definitions.flow import Scenario
from definitions.loading import LoadedFlow, LoadedFolder, load_folder
from definitions.problems import Issue, Problem, in_order
from definitions.vocabulary import DEFAULT, Vocabulary
from workflow.domain import rehearsal
from workflow.domain.machine import CompiledFlow

SHIPPED = Path(__file__).resolve().parents[1] / "definitions" / "flows"
SECONDS, MEGABYTES = 60, 1_500
"""What a process of its own may take: seconds of processor, memory."""


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


# ── as a process ─────────────────────────────────────────────────────────────────────────────────


def _main() -> None:
    """The task comes on the standard input, the answer goes to the standard output."""
    import resource  # not on every system that khen's commands run on

    task = json.load(sys.stdin)
    size = MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = {Path(each).stem for each in task["files"]}
    checked = check(Path(task["folder"]), WorkCalendar.from_text(task["calendar"]), only=wanted)
    json.dump(_answer(checked, wanted), sys.stdout)


def _answer(checked: CheckedFolder, wanted: Collection[str]) -> dict[str, Any]:
    """What was found of the wanted files, and of the parts they take."""
    loaded = checked.loaded
    others = {f"{name}.toml" for name in loaded.flows} - {f"{name}.toml" for name in wanted}
    stories = [problem for each in checked.flows for problem in each.problems]
    problems = in_order([*(each for each in loaded.problems if each.file not in others), *stories])
    return {
        "flows": [
            {
                "id": each.id, "scenarios": each.scenarios, "coverage": each.coverage,
                "resolved": loaded.flows[each.id].resolved_text, "sha256": loaded.flows[each.id].sha256,
            }
            for each in checked.flows
            if each.id in loaded.flows
        ],
        "problems": [_plain(each) for each in problems],
        "warnings": [_plain(each) for each in in_order(each for flow in checked.flows for each in flow.warnings)],
    }  # fmt: skip


def _plain(problem: Problem) -> dict[str, Any]:
    return {**asdict(problem), "params": dict(problem.params)}


if __name__ == "__main__":
    _main()
