"""Parts, `drop` and a flow's own tables → one mapping, and the place each of its values came from.

Knows how tables are laid over each other, not what they mean. A resolved text is written here:
loading it alone gives the same flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import tomli_w

from definitions.nearest import named
from definitions.problems import Issue, Path, Problem
from definitions.reading import Source

# How a file says what it is made of; gone once it is made.
MAKING = ("abstract", "extends", "drop")

# One value each, though written as a table: half of an old one and half of a new one mean nothing.
_WHOLE = frozenset({"within", "lasts", "fixed", "needs"})

# What stands in a file once can be dropped as it stands; of other tables only entries.
_WHOLE_TABLES = (("appraisal",),)

# To set one of these is to unset the others.
_ALTERNATIVES = (("within", "on", "fixed"), ("to", "branch"), ("from", "except"), ("percent", "share"))

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole of a flow as plain tables. `sources` are its parts in order, then its own file."""

    data: Data
    sources: tuple[Source, ...]
    dropped: tuple[Path, ...] = ()
    stories: tuple[tuple[Source, int], ...] = ()

    @property
    def own(self) -> Source:
        return self.sources[-1]

    def problem(self, issue: Issue) -> Problem:
        """The issue at its place: in the file the value came from, or at the table around it."""
        source, path = self.origin(self._with_word(issue))
        return source.problem(replace(issue, path=path))

    def origin(self, path: Path) -> tuple[Source, Path]:
        """The last file that says something about this path, and the path in that file."""
        if path[:1] == ("scenario",) and len(path) > 1 and isinstance(path[1], int) and path[1] < len(self.stories):
            source, index = self.stories[path[1]]
            return source, ("scenario", index, *path[2:])
        for length in range(len(path), 0, -1):
            for source in reversed(self.sources):
                if _holds(source.data, path[:length]) and not self._lost(source, path[:length]):
                    return source, path
        return self.own, ()

    def _with_word(self, issue: Issue) -> Path:
        found = value_at(self.data, issue.path)
        if issue.word is None or not isinstance(found, list) or issue.word not in found:
            return issue.path
        return (*issue.path, found.index(issue.word))

    def _lost(self, source: Source, path: Path) -> bool:
        return source is not self.own and any(path[: len(each)] == each for each in self.dropped)


def merge(own: Source, parts: Mapping[str, Source]) -> tuple[Merged, list[Problem]]:
    """The parts one after the other, then `drop`, then the file's own tables.

    Problems are those of the making itself: a part that is not there, a `drop` of nothing.
    """
    problems: list[Problem] = []
    taken = list(_parts_of(own, parts, problems))
    data: Data = {}
    for part in taken:
        data = lay(data, _tables(part))
    dropped = list(_dropped(own, data, problems))
    for path in dropped:
        data = _without(data, path)
    data = lay(data, _tables(own))
    stories = [(source, index) for source in (*taken, own) for index in range(len(_list(source.data, "scenario")))]
    if stories:
        data["scenario"] = [source.data["scenario"][index] for source, index in stories]
    return Merged(data, (*taken, own), tuple(dropped), tuple(stories)), problems


def lay(under: Mapping[str, Any], over: Mapping[str, Any], at: Path = ()) -> Data:
    """`over` upon `under`, table by table; a list or a value replaces. Neither is changed."""
    made = dict(under)
    if len(at) > 1 and "with" not in at and at != ("appraisal", "criteria"):
        made = _without_alternatives(made, over)
    for key, value in over.items():
        old = under.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and not _is_whole((*at, key)):
            made[key] = lay(old, value, (*at, key))
        else:
            made[key] = value
    return made


def resolved_text(data: Mapping[str, Any]) -> str:
    """The flow as one TOML text in a fixed form, the same for the same flow."""
    return tomli_w.dumps(_canonical(data))


def fingerprint(text: str) -> str:
    """SHA-256 of a resolved text, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()


def _without_alternatives(under: Data, over: Mapping[str, Any]) -> Data:
    gone = {key for group in _ALTERNATIVES if any(each in over for each in group) for key in group}
    return {key: value for key, value in under.items() if key not in gone}


def value_at(data: Any, path: Path) -> Any:
    """What stands at this path, or None."""
    for name in path:
        if not isinstance(data, (dict, list)):
            return None
        try:
            data = data[name]  # type: ignore[index]
        except (LookupError, TypeError):
            return None
    return data


def _is_whole(path: Path) -> bool:
    return len(path) > 2 and (path[-1] in _WHOLE or (len(path) == 4 and path[2] == "with"))


def _holds(data: Mapping[str, Any], path: Path) -> bool:
    return value_at(data, path) is not None


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    return found if isinstance(found, list) else []


def _tables(source: Source) -> Data:
    return {key: value for key, value in source.data.items() if key not in (*MAKING, "scenario")}


def _parts_of(own: Source, parts: Mapping[str, Source], problems: list[Problem]) -> Iterator[Source]:
    seen: set[str] = set()
    for index, name in enumerate(_list(own.data, "extends")):
        at: Path = ("extends", index)
        part = parts.get(name) if isinstance(name, str) else None
        if part is None:
            problems.append(own.problem(Issue(at, "unknown_part", named(name, parts))))
        elif part.data.get("abstract") is not True:
            problems.append(own.problem(Issue(at, "part_not_abstract", {"name": name})))
        elif name in seen:
            problems.append(own.problem(Issue(at, "part_twice", {"name": name})))
        else:
            seen.add(name)
            yield part


def _dropped(own: Source, data: Data, problems: list[Problem]) -> Iterator[Path]:
    for index, name in enumerate(_list(own.data, "drop")):
        path = tuple(str(name).split("."))
        if (len(path) > 1 or path in _WHOLE_TABLES) and _holds(data, path):
            yield path
        else:
            known = [f"{table}.{key}" for table, rows in data.items() if isinstance(rows, dict) for key in rows]
            problems.append(own.problem(Issue(("drop", index), "drop_nothing", named(name, known))))


def _without(data: Data, path: Path) -> Data:
    head, *rest = path
    if not rest:
        return {key: value for key, value in data.items() if key != head}
    return {**data, str(head): _without(data[str(head)], tuple(rest))}


def _canonical(data: Mapping[str, Any]) -> Data:
    """Fields written in short are written out: TOML puts plain values before tables, and their order matters."""
    made = dict(data)
    if "transition" in made:
        made["transition"] = {name: _with_fields(table) for name, table in made["transition"].items()}
    return made


def _with_fields(transition: Mapping[str, Any]) -> Data:
    if "with" not in transition:
        return dict(transition)
    fields = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in transition["with"].items()}
    return {**transition, "with": fields}
