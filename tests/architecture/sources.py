"""The modules of the three packages as syntax trees, for rules that no linter has."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("definitions", "notifications", "workflow")


@cache
def modules() -> dict[str, Path]:
    """Dotted name → file, of every module that ships."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def tree_of(module: str) -> ast.Module:
    """Read when its first rule is asked, since every process among which tests are dealt out collects all of them."""
    path = modules()[module]
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def calls(tree: ast.AST) -> tuple[tuple[int, str, ast.Call], ...]:
    """(line, dotted name as written, call). Several rules ask for those of each module."""
    return tuple((node.lineno, ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def inside(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)
