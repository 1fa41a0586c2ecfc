"""docs/cam-ket.md promises nothing without a test that is there, and no page calls a shipped flow the law."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cam-ket.md").read_text(encoding="utf-8")
ROWS = [row for row in PAGE.splitlines() if row.startswith("| **")]
PROOF = re.compile(r"`(tests/[^`]+\.py)::(test_\w+)`")
# Pages for those who choose, write or publish flows.
ABOUT_FLOWS = ("cam-ket.md", "quan-tri.md", "quy-trinh.md", "them-hinh-thuc.md")


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("**")[1][:40])
def test_a_promise_names_its_tests_and_they_are_there(row: str) -> None:
    named = PROOF.findall(row)
    assert named
    assert [f"{path}::{test}" for path, test in named if test not in names_in(path)] == []


def test_there_are_as_many_promises_as_were_made() -> None:
    assert len(ROWS) >= 18
    assert len(PROOF.findall(PAGE)) == PAGE.count("::test_")


@pytest.mark.parametrize("page", ABOUT_FLOWS)
def test_a_page_about_flows_says_that_they_are_models_to_be_reviewed(page: str) -> None:
    text = " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())
    assert re.search(r"\*\*mẫu\*\*[^.]*cơ quan thường trực[^.]*rà soát", text), page


def test_the_rule_sees_what_it_looks_for() -> None:
    assert PROOF.findall("| **Một điều** | | `tests/a/test_b.py::test_c` |") == [("tests/a/test_b.py", "test_c")]
    assert "test_there_are_as_many_promises_as_were_made" in names_in("tests/documentation/test_promises.py")
