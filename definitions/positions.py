"""Where in a TOML text a value stands: path → (line, column), counted from 1, columns in characters.

Only places are read here, never values; a path that the text does not hold degrades to the
closest table around it, so that a problem always has a line to point at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import tomli
import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from definitions.problems import Path

Place = tuple[int, int]
_TOML = Language(tree_sitter_toml.language())


@dataclass(slots=True)
class _Spot:
    """A key and its value. `body` are nodes whose entries are only looked at when somebody asks."""

    key: Node | None = None
    value: Node | None = None
    children: dict[str | int, _Spot] = field(default_factory=dict)
    body: list[Node] = field(default_factory=list)

    def child(self, name: str | int) -> _Spot:
        return self.children.setdefault(name, _Spot())

    def open(self) -> dict[str | int, _Spot]:
        for node in self.body:
            _enter(node, self)
        self.body.clear()
        return self.children


class Positions:
    """The places of one text, which must be valid TOML (its bytes without a byte order mark)."""

    def __init__(self, text: bytes) -> None:
        self._lines = text.split(b"\n")
        self._root = _Spot()
        for node in Parser(_TOML).parse(text).root_node.named_children:
            _declare(node, self._root)

    def of(self, path: Path) -> Place:
        """Of the value, or of the name in a table's heading."""
        spot = self._find(path)
        return self._place(spot.value or spot.key)

    def of_key(self, path: Path) -> Place:
        """Of the name that stands before the value."""
        spot = self._find(path)
        return self._place(spot.key or spot.value)

    def _find(self, path: Path) -> _Spot:
        spot = seen = self._root
        for name in path:
            following = spot.open().get(name)
            if following is None:
                break
            spot = following
            seen = spot if spot.key or spot.value else seen
        return seen

    def _place(self, node: Node | None) -> Place:
        if node is None:
            return (1, 1)
        row, column = node.start_point
        return row + 1, len(self._lines[row][:column].decode("utf-8", errors="replace")) + 1


def _declare(node: Node, root: _Spot) -> None:
    """A top-level pair, `[table]` or `[[array of tables]]`."""
    if node.type == "pair":
        _pair(node, root)
    elif node.type in ("table", "table_array_element"):
        keys = list(_keys(node.named_children[0]))
        spot = root
        for name, key in keys[:-1]:
            spot = _last(spot.child(name))
            spot.key = spot.key or key
        name, key = keys[-1]
        spot = spot.child(name)
        if node.type == "table_array_element":
            spot.key = spot.key or key
            spot = spot.child(len(spot.children))
        spot.key = key
        spot.body.append(node)


def _last(spot: _Spot) -> _Spot:
    """`[a.b]` after `[[a]]` speaks of the last element of `a`."""
    index = len(spot.children) - 1
    return spot.children.get(index, spot)


def _enter(node: Node, spot: _Spot) -> None:
    if node.type == "array":
        values = [each for each in node.named_children if each.type not in ("comment", "ERROR")]
        for index, each in enumerate(values):
            _value(each, spot.child(index))
    else:
        for each in node.named_children:
            if each.type == "pair":
                _pair(each, spot)


def _pair(node: Node, spot: _Spot) -> None:
    named = [each for each in node.named_children if each.type not in ("comment", "ERROR")]
    for name, key in _keys(named[0]):
        spot = spot.child(name)
        spot.key = spot.key or key
    spot.key = key
    _value(named[-1], spot)


def _value(node: Node, spot: _Spot) -> None:
    spot.value = node
    if node.type in ("array", "inline_table"):
        spot.body.append(node)


def _keys(node: Node) -> Iterator[tuple[str, Node]]:
    """The names of a bare, quoted or dotted key, outermost first."""
    if node.type == "dotted_key":
        for each in node.named_children:
            yield from _keys(each)
    else:
        text = (node.text or b"").decode("utf-8")
        name = next(iter(tomli.loads(f"{text}=0"))) if node.type == "quoted_key" else text
        yield unicodedata.normalize("NFC", name), node
