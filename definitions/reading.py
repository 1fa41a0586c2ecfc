"""Bytes → a plain mapping, with limits before anything is parsed and every text in one Unicode form.

Knows TOML and nothing of flows. `tomli` takes seconds and gigabytes over a small file with one
very long dotted key, so size, lines, depth and dots are counted first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tomli

from definitions.positions import Place, Positions
from definitions.problems import FlowsRefused, Issue, Path, Problem

LARGEST_FILE = 256 * 1024  # bytes
LONGEST_LINE = 4_000  # characters
MOST_LINES = 10_000
MOST_VALUES = 20_000
DEEPEST = 24  # brackets inside brackets
MOST_KEY_PARTS = 8  # a.b.c.…

_BOM = b"\xef\xbb\xbf"
_TOKENS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+"
    r"|[.=\[\]{},\n]",
    re.DOTALL,
)


@dataclass(frozen=True)
class Source:
    """One file that could be parsed: its name as people see it, its mapping and its places."""

    name: str
    data: Mapping[str, Any]
    text: bytes

    @cached_property
    def positions(self) -> Positions:
        return Positions(self.text)

    def problem(self, issue: Issue) -> Problem:
        """The issue at its place in this file."""
        line, column = self.positions.of_key(issue.path) if issue.key else self.positions.of(issue.path)
        return Problem(self.name, line, column, issue.code, issue.params)


def read(name: str, data: bytes) -> Source:
    """The mapping in these bytes, all texts in NFC. Raises FlowsRefused.

    A byte order mark and CRLF (Notepad) are accepted.
    """
    data = data.removeprefix(_BOM)
    if len(data) > LARGEST_FILE:
        raise _refused(name, (1, 1), "file_too_large", size=len(data) // 1024, limit=LARGEST_FILE // 1024)
    text = _decoded(name, data)
    _keep_limits(name, text)
    return _normal(Source(name, _parsed(name, text), data))


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].split(b"\n")
        column = len(before[-1].decode("utf-8", errors="replace")) + 1
        raise _refused(name, (len(before), column), "not_utf8") from None


def _keep_limits(name: str, text: str) -> None:
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise _refused(name, (MOST_LINES + 1, 1), "too_many_lines", limit=MOST_LINES)
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise _refused(name, (number, LONGEST_LINE + 1), "line_too_long", limit=LONGEST_LINE)
    _keep_shape(name, text)


def _keep_shape(name: str, text: str) -> None:
    """Depth, key parts and number of values, counted outside texts and comments."""
    depth = dots = values = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark == ".":
            dots += 1
        elif mark in ("[", "{"):
            depth, dots = depth + 1, 0
        elif mark in ("]", "}"):
            depth, dots = max(depth - 1, 0), 0
        elif mark in ("=", ",", "\n"):
            dots, values = 0, values + (mark != "\n")
        for code, count, limit in (
            ("too_deep", depth, DEEPEST),
            ("key_too_dotted", dots + 1, MOST_KEY_PARTS),
            ("too_many_values", values, MOST_VALUES),
        ):
            if count > limit:
                raise _refused(name, _place(text, token.start()), code, limit=limit)


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place = (error.lineno, error.colno)
        if error.msg.startswith("Cannot"):  # overwrite a value, declare twice, mutate
            raise _refused(name, place, "duplicate_key") from None
        raise _refused(name, place, "toml_syntax", detail=error.msg) from None


def _normal(source: Source) -> Source:
    problems: list[Problem] = []
    data = _nfc(source.data, (), source, problems)
    if problems:
        raise FlowsRefused(problems)
    return Source(source.name, data, source.text)


def _nfc(value: Any, path: Path, source: Source, problems: list[Problem]) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_nfc(each, (*path, index), source, problems) for index, each in enumerate(value)]
    if isinstance(value, dict):
        return dict(_nfc_pairs(value, path, source, problems))
    return value


def _nfc_pairs(table: dict[str, Any], path: Path, source: Source, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """TOML takes the same Vietnamese word, composed and decomposed, for two keys. People do not."""
    seen = set()
    for key, value in table.items():
        name = unicodedata.normalize("NFC", key)
        if name in seen:
            problems.append(source.problem(Issue((*path, name), "duplicate_key", key=True)))
        seen.add(name)
        yield name, _nfc(value, (*path, name), source, problems)


def _place(text: str, offset: int) -> Place:
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _refused(name: str, place: Place, code: str, **params: str | int) -> FlowsRefused:
    return FlowsRefused([Problem(name, *place, code, params)])
