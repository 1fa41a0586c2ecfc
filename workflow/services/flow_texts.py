"""A flow that came as text: checked in a child process with limits, its effect told, and published by the usual rules.

It is checked beside what acts now: shared parts (those that ship, and the installation's own) and every other flow in
force. Nothing that a text makes the check do reaches the process that serves pages.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli
from sqlalchemy import Connection, func, select
from sqlmodel import col

from definitions.calendar import WorkCalendar, local_day
from definitions.flow import Flow, Language
from definitions.loading import LoadedFolder, flow_from_resolved
from definitions.problems import FlowsRefused, Problem
from workflow.flow_checks import SECONDS, SHIPPED
from workflow.services import flows as publishing
from workflow.services.desk import Desk
from workflow.services.flows import PublishReport
from workflow.storage import flows
from workflow.storage.database import read
from workflow.storage.tables import Nomination

LARGEST = 400_000
"""Bytes of all texts together; the largest flow that ships has a tenth of it."""
Texts = Mapping[str, str]
"""File name (`bang_khen_bo.toml`) → text."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """One flow of the texts. `resolved` is what would be stored."""

    id: str
    scenarios: int
    coverage: float
    resolved: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found. `lines` has the text of each line that a problem or warning points to, by file and line."""

    flows: tuple[CheckedText, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def green(self) -> bool:
        return bool(self.flows) and not self.problems


@dataclass(frozen=True, slots=True)
class Impact:
    """What publishing one flow would change. Counts are of dossiers that are not over.

    `pinned` stay on the version they have; `provisional` take the new one when their file is complete, and those of
    them that stand in a state which the new version lacks are in `stranded`, by the state's label.
    """

    flow_id: str
    title: str
    label: str
    number_before: int | None
    label_before: str
    is_same: bool
    pinned: int
    provisional: int
    stranded: Mapping[str, int]
    states_added: tuple[str, ...]
    states_removed: tuple[str, ...]
    transitions_added: tuple[str, ...]
    transitions_removed: tuple[str, ...]


def name_of(text: str) -> str:
    """The file name that a text asks for by its id; `flow.toml` where it has none that could be read."""
    try:
        id_ = tomli.loads(text).get("id")
    except (tomli.TOMLDecodeError, RecursionError):
        return "flow.toml"
    return f"{id_}.toml" if isinstance(id_, str) and id_.isidentifier() and id_.isascii() else "flow.toml"


# ── checking ─────────────────────────────────────────────────────────────────────────────────────


def check(desk: Desk, texts: Texts, now: datetime, own: Path | None = None) -> Checked:
    """Everything wrong with these texts, their stories run. Raises nothing for a bad one; writes nothing.

    `own` is the installation's folder of flows, whose parts go before those that ship.
    """
    size = sum(len(text.encode()) for text in texts.values())
    if size > LARGEST:
        return Checked(problems=(_whole(texts, "file_too_large", size=size // 1024, limit=LARGEST // 1024),))
    with _room(desk, texts, now, own) as folder:
        answer = _in_child(folder, sorted(texts), desk.calendar)
        if isinstance(answer, str):
            return Checked(problems=(_whole(texts, answer, seconds=SECONDS),))
        problems = tuple(_problem(each) for each in answer["problems"])
        if not problems and not answer["flows"]:
            problems = (_whole(texts, "only_parts"),)
        warnings = tuple(_problem(each) for each in answer["warnings"])
        found = tuple(CheckedText(**each) for each in answer["flows"])
        return Checked(found, problems, warnings, dict(_lines(folder, (*problems, *warnings))))


def _whole(texts: Texts, code: str, **params: Any) -> Problem:
    return Problem(next(iter(texts), "flow.toml"), 1, 1, code, params)


def _problem(answer: Mapping[str, Any]) -> Problem:
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in answer["params"].items()}
    return Problem(**{**answer, "params": params})


def _lines(folder: Path, problems: Iterable[Problem]) -> Iterator[tuple[tuple[str, int], str]]:
    texts: dict[str, list[str]] = {}
    for each in problems:
        if each.file not in texts:
            path = folder / Path(each.file).name
            texts[each.file] = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
        if each.line <= len(texts[each.file]):
            yield (each.file, each.line), texts[each.file][each.line - 1]


@contextmanager
def _room(desk: Desk, texts: Texts, now: datetime, own: Path | None) -> Iterator[Path]:
    """A folder for as long as it is needed: shared parts, the flows in force, and the texts over all of them."""
    with read(desk.engine) as connection:
        acting = flows.in_force(connection, local_day(now))
        others = {f"{name}.toml": flows.text_of(connection, each.id) for name, each in acting.items()}
    parts = {path.name: path.read_text("utf-8", "replace") for path in _parts(own)}
    with tempfile.TemporaryDirectory(prefix="khen-flow-") as name:
        folder = Path(name)
        for file, text in {**others, **parts, **texts}.items():
            (folder / Path(file).name).write_text(text, encoding="utf-8", newline="")
        yield folder


def _parts(own: Path | None) -> list[Path]:
    folders = [SHIPPED, *([own] if own is not None and own.is_dir() else [])]
    found = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return [path for path in found if _is_part(path)]


def _is_part(path: Path) -> bool:
    try:
        return tomli.loads(path.read_text("utf-8")).get("abstract") is True
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError):
        return False


def _in_child(folder: Path, files: list[str], calendar: WorkCalendar) -> dict[str, Any] | str:
    """What the child found, or the code of why it did not come to an end."""
    task = {"folder": str(folder), "files": files, "calendar": calendar.text}
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        child = subprocess.run(
            [sys.executable, "-m", "workflow.flow_checks"],
            input=json.dumps(task).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            check=False,
            timeout=3 * SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "check_time"
    if child.returncode == 0:
        found: dict[str, Any] = json.loads(child.stdout)
        return found
    return "check_time" if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else "check_died"


# ── what it would change ─────────────────────────────────────────────────────────────────────────


def impact(desk: Desk, checked: CheckedText, language: Language, now: datetime) -> Impact:
    """What publishing this flow would change for the dossiers that are under way."""
    new = flow_from_resolved(checked.resolved)
    with read(desk.engine) as connection:
        before = flows.in_force(connection, local_day(now), [checked.id]).get(checked.id)
        old = desk.flows.get(connection, before.id).flow if before else None
        amounts, standing = _under_way(connection, checked.id)
    stranded = {
        old.states[state].label.in_(language) if old and state in old.states else state: amount
        for state, amount in standing.items()
        if state not in new.states
    }
    return Impact(
        checked.id, new.title.in_(language), new.version, before.number if before else None,
        before.label if before else "", before is not None and before.sha256 == checked.sha256,
        amounts[True], amounts[False], stranded,
        *_difference(old, new, lambda flow: _labels(flow.states, language)),
        *_difference(old, new, lambda flow: _labels(flow.transitions, language)),
    )  # fmt: skip


def _labels(things: Mapping[str, Any], language: Language) -> dict[str, str]:
    return {name: each.label.in_(language) for name, each in things.items()}


def _under_way(connection: Connection, flow_id: str) -> tuple[Counter[bool], Counter[str]]:
    """Dossiers of the flow that are not over: how many are pinned and not, and where the latter stand."""
    columns = (col(Nomination.pinned), col(Nomination.state))
    rows = connection.execute(
        select(*columns, func.count())
        .where(col(Nomination.flow_id) == flow_id, col(Nomination.outcome).is_(None))
        .group_by(*columns)
    )
    amounts, standing = Counter[bool](), Counter[str]()
    for pinned, state, amount in rows:
        amounts[bool(pinned)] += amount
        if not pinned:
            standing[state] += amount
    return amounts, standing


def _difference(
    old: Flow | None, new: Flow, labels: Callable[[Flow], Mapping[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels of what only the new one has, and of what only the old one had."""
    before, after = labels(old) if old else {}, labels(new)
    added = tuple(label for name, label in after.items() if name not in before) if old else ()
    return added, tuple(label for name, label in before.items() if name not in after)


# ── publishing ───────────────────────────────────────────────────────────────────────────────────


def publish(
    desk: Desk,
    texts: Texts,
    by: str,
    now: datetime,
    *,
    own: Path | None = None,
    prove: Callable[[LoadedFolder], tuple[Problem, ...]] = lambda loaded: (),
) -> PublishReport:
    """Store new versions of these flows, by the rules of `flows.publish`. Raises FlowsRefused with every problem.

    What is published was checked in the child first: only a text that came to an end there is read here.
    """
    checked = check(desk, texts, now, own)
    if not checked.green:
        raise FlowsRefused(checked.problems)
    with _room(desk, texts, now, own) as folder:
        return publishing.publish(desk, folder, by, now, only=[each.id for each in checked.flows], prove=prove)
