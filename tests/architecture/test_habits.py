"""House rules that no linter knows: who may ask for the time, and who may put SQL together."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import calls, inside, modules

# Faces and the places that build the application: everybody else is given `now`.
CLOCKS = (
    "notifications.catchall",
    "notifications.testing",
    "workflow.__main__",
    "workflow.bootstrap",
    "workflow.cli",
    "workflow.demo",
    "workflow.doctor",
    "workflow.running",
    "workflow.scheduler",
    "workflow.web",
)
ASKS_THE_TIME = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip

# SQL made of pieces: of column names, marks and settings of our own, never of input.
SQL_ROOMS = (
    "notifications.claims",
    "notifications.growing",
    "notifications.outbox",
    "notifications.overview",
    "notifications.sql",
    "workflow.storage",
    "workflow.verify_audit",
)
SQL_WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "PRAGMA", "CREATE", "DROP", "ALTER", "WITH")

MODULES = modules()


@pytest.mark.parametrize("module", [name for name in MODULES if not inside(name, CLOCKS)])
def test_the_clock_is_an_argument(module: str) -> None:
    found = [f"line {line}: {name}" for line, name, _ in calls(MODULES[module]) if name in ASKS_THE_TIME]
    assert found == []


@pytest.mark.parametrize("module", [name for name in MODULES if not inside(name, SQL_ROOMS)])
def test_sql_is_put_together_only_beside_the_tables(module: str) -> None:
    pieces = [node for node in ast.walk(MODULES[module]) if isinstance(node, ast.JoinedStr)]
    found = [node.lineno for node in pieces if starts_like_sql(node)]
    assert found == []


def starts_like_sql(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    return isinstance(first, ast.Constant) and str(first.value).lstrip().startswith(SQL_WORDS)


@pytest.mark.parametrize("module", list(MODULES))
def test_nothing_is_unpickled_or_evaluated(module: str) -> None:
    forbidden = {"eval", "exec", "pickle.load", "pickle.loads", "marshal.loads", "yaml.load", "__import__"}
    assert [name for _, name, _ in calls(MODULES[module]) if name in forbidden] == []


@pytest.mark.parametrize("module", list(MODULES))
def test_a_module_says_what_it_is_for(module: str) -> None:
    """Empty packages may stay silent; everything else says in its first line what lives here."""
    tree = MODULES[module]
    if tree.body:
        assert ast.get_docstring(tree), f"{module} has no first line"


def test_the_rules_see_what_they_look_for() -> None:
    tree = ast.parse('x = datetime.now(UTC)\ny = f"SELECT {z}"\n')
    assert [name for _, name, _ in calls(tree)] == ["datetime.now"]
    assert [starts_like_sql(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)] == [True]
    assert inside("workflow.cli.main", CLOCKS)
    assert not inside("workflow.climate", CLOCKS)
