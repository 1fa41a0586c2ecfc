"""docs/an-toan.md: every attack has a test that proves its answer, and a test says which attacks it answers."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "an-toan.md").read_text(encoding="utf-8")
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| (S\d+a?) \| .+ \| .+ \| .+ \|$", PAGE, re.MULTILINE)}
PROOF = re.compile(r"`(tests/[^`]+\.py)::(test_\w+)`")
NOWHERE = "Không có chỗ"
"""How the last column of a row begins where khen has nothing that could be attacked so; the reason follows."""


@cache
def marked(path: str) -> dict[str, frozenset[str]]:
    """Test → attacks that its mark names, of one file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name: marks_of(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


def marks_of(test: ast.FunctionDef) -> frozenset[str]:
    marks = [each for each in test.decorator_list if isinstance(each, ast.Call)]
    return frozenset(
        ast.literal_eval(number)
        for mark in marks
        if ast.unparse(mark.func) == "pytest.mark.attack"
        for number in mark.args
    )


def told() -> set[tuple[str, str]]:
    """(attack, test) as the page has them."""
    return {(number, f"{path}::{test}") for number, row in ROWS.items() for path, test in PROOF.findall(row)}


def proved() -> set[tuple[str, str]]:
    """(attack, test) as the tests have them."""
    files = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    return {
        (number, f"{path}::{test}") for path in files for test, numbers in marked(path).items() for number in numbers
    }


def test_every_attack_has_its_row() -> None:
    assert list(ROWS) == [
        *(f"S{number:02d}" for number in range(1, 51)),
        "S50a",
        *(f"S{n:02d}" for n in range(51, 109)),
    ]
    assert len(re.findall(r"^\| S\d", PAGE, re.MULTILINE)) == len(ROWS)


@pytest.mark.parametrize("number", ROWS)
def test_an_attack_has_a_test_or_a_reason(number: str) -> None:
    last = ROWS[number].rstrip(" |").rpartition(" | ")[2]
    assert PROOF.findall(last) or re.fullmatch(f"{NOWHERE}: .{{20,}}", last)


def test_the_page_and_the_marks_say_the_same() -> None:
    """A test that is renamed, or no longer proves it, is missed on the page; a new one wants its place there."""
    assert told() - proved() == set()
    assert proved() - told() == set()


def test_the_rule_sees_what_it_looks_for() -> None:
    (test,) = ast.parse('@pytest.mark.attack("S01", "S02")\n@pytest.mark.slow\ndef test_x() -> None: ...').body
    assert isinstance(test, ast.FunctionDef)
    assert marks_of(test) == {"S01", "S02"}
    assert len(told()) > 150
