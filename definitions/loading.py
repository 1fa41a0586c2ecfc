"""Folder or text → flows, or every problem they have. The only room here that opens files.

Reading changes nothing: what may act is what was published, and that is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli

from definitions import checking, form
from definitions.flow import Flow
from definitions.merging import Merged, fingerprint, merge, resolved_text
from definitions.parsing import flow_of
from definitions.problems import FlowsRefused, Issue, Path as Key, Problem, in_order
from definitions.reading import LARGEST_FILE, Source, read
from definitions.schema import TABLES
from definitions.vocabulary import DEFAULT, Vocabulary


@dataclass(frozen=True)
class LoadedFlow:
    """A flow without a problem of its own, and what publishing it would store.

    `sha256` is that of `resolved_text`. `merged` knows the file and line of every value. `warnings` keep nobody from
    publishing it.
    """

    flow: Flow
    file: str
    resolved_text: str
    sha256: str
    merged: Merged = field(repr=False, compare=False)
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class LoadedFolder:
    """What a folder of flow files holds. A flow with a problem is not among `flows`."""

    flows: Mapping[str, LoadedFlow]
    parts: Mapping[str, Source]
    problems: tuple[Problem, ...]

    def all_or_refuse(self) -> Mapping[str, LoadedFlow]:
        """The flows, when nothing at all is wrong with the folder; else raises FlowsRefused."""
        if self.problems:
            raise FlowsRefused(self.problems)
        return self.flows


def load_folder(folder: Path, vocabulary: Vocabulary = DEFAULT) -> LoadedFolder:
    """Every `*.toml` of the folder, read and checked. Raises nothing for a bad file: see `problems`."""
    problems: list[Problem] = []
    sources = {path.stem: source for path in _files(folder) if (source := _read_file(path, problems))}
    parts = {name: source for name, source in sources.items() if is_part(source)}
    broken = {path.stem for path in _files(folder)} - set(sources)
    for part in parts.values():
        problems.extend(_part_problems(part))
    flows: dict[str, LoadedFlow] = {}
    for name, source in sources.items():
        if name not in parts and not broken & set(map(str, source.data.get("extends", ()))):
            _keep(flows, source, sources, vocabulary, problems)
    problems.extend(_problems_between(flows))
    return LoadedFolder(flows, parts, in_order(problems))


def load_text(
    name: str, text: str | bytes, parts: Mapping[str, Source] | None = None, vocabulary: Vocabulary = DEFAULT
) -> LoadedFlow:
    """One flow out of a text that need not be in a folder yet. `name` is a file name, `<id>.toml`.

    Raises FlowsRefused with every problem.
    """
    source = read(name, text.encode("utf-8") if isinstance(text, str) else text)
    return _load(source, parts or {}, vocabulary)


def flow_from_resolved(text: str) -> Flow:
    """The flow in a resolved text that was checked when it was published; nothing is checked again."""
    return flow_of(tomli.loads(text))


def is_part(source: Source) -> bool:
    return source.data.get("abstract") is True


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def _read_file(path: Path, problems: list[Problem]) -> Source | None:
    try:
        with path.open("rb") as file:
            return read(path.name, file.read(LARGEST_FILE * 2))
    except FlowsRefused as refused:
        problems.extend(refused.problems)
    except OSError as error:
        problems.append(Problem(path.name, 1, 1, "unreadable", {"detail": error.strerror or str(error)}))
    return None


def _keep(
    flows: dict[str, LoadedFlow],
    source: Source,
    sources: Mapping[str, Source],
    vocabulary: Vocabulary,
    problems: list[Problem],
) -> None:
    try:
        loaded = _load(source, sources, vocabulary)
        flows[loaded.flow.id] = loaded
    except FlowsRefused as refused:
        problems.extend(refused.problems)


def _load(source: Source, parts: Mapping[str, Source], vocabulary: Vocabulary) -> LoadedFlow:
    merged, problems = merge(source, parts)
    wrong = form.issues_in(merged.data)
    data = form.mended(merged.data, wrong) if wrong else merged.data

    def where(path: Key) -> tuple[str, int]:
        origin, at = merged.origin(path)
        return origin.name, origin.positions.of(at)[0]

    flow = flow_of(data, where)
    issues = [*_name_issues(source), *form.making_issues(source.data), *wrong]
    mended = bool(wrong or problems)
    issues += checking.check(flow, data, vocabulary, mended=mended, lost=_lost(wrong, problems))
    problems += [merged.problem(each) for each in issues]
    if problems:
        raise FlowsRefused(problems)
    text = resolved_text(merged.data)
    warnings = in_order(merged.problem(each) for each in checking.warnings(flow))
    return LoadedFlow(flow, source.name, text, fingerprint(text), merged, warnings)


def _lost(wrong: list[Issue], problems: list[Problem]) -> frozenset[str]:
    """A part that is not there could have held anything."""
    return frozenset(TABLES) if problems else form.lost_tables(wrong)


def _part_problems(part: Source) -> Iterator[Problem]:
    """What can be said of a part alone: its form, but not what it leaves for others to complete."""
    alone = Merged(dict(part.data), (part,))
    for issue in [*_name_issues(part), *form.issues_in(alone.data, complete=False)]:
        yield alone.problem(issue)
    for key in ("extends", "drop"):
        if key in part.data:
            yield part.problem(Issue((key,), "part_of_part", {"name": key}, key=True))


def _name_issues(source: Source) -> Iterator[Issue]:
    name = source.data.get("id")
    stem = source.name.rsplit("/", 1)[-1].removesuffix(".toml")
    if isinstance(name, str) and name != stem:
        yield Issue(("id",), "file_name", {"name": name, "file": stem})


def _problems_between(flows: Mapping[str, LoadedFlow]) -> Iterator[Problem]:
    for name, issue in checking.check_together([each.flow for each in flows.values()]):
        yield flows[name].merged.problem(issue)
