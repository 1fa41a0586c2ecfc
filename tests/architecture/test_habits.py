"""House rules that no linter knows: who may ask for the time, and who may put SQL together."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from tests.architecture.sources import calls, inside, modules, tree_of

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

MODULES = tuple(modules())


def others_than(rooms: tuple[str, ...]) -> list[str]:
    return [name for name in MODULES if not inside(name, rooms)]


def every_call(names: Iterable[str]) -> Iterator[tuple[str, str, ast.Call]]:
    """(module:line, dotted name as written, call)."""
    for module in names:
        for line, name, call in calls(tree_of(module)):
            yield f"{module}:{line}", name, call


def test_the_clock_is_an_argument() -> None:
    asked = [f"{at}: {name}" for at, name, _ in every_call(others_than(CLOCKS)) if name in ASKS_THE_TIME]
    assert asked == []


@pytest.mark.attack("S37")
def test_sql_is_put_together_only_beside_the_tables() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module in others_than(SQL_ROOMS)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.JoinedStr) and starts_like_sql(node)
    ]
    assert found == []


# Who may speak to another machine, or start a program of this one. Everybody else has no way out of the process.
NETWORK = ("socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "aiosmtplib", "httpx", "httpx2",
           "requests", "aiohttp", "urllib3", "xmlrpc", "telnetlib", "websockets", "socketserver",
           "http.server")  # fmt: skip
MAY_SPEAK = {
    "notifications.catchall": {"ssl"},  # listens on this machine only, in a rehearsal
    "notifications.delivery": {"socket"},  # the name of this machine
    "notifications.smtp": {"aiosmtplib", "socket", "ssl"},  # the relay of the settings
    "notifications.testing": {"ssl"},
    "workflow.cli.serving": {"socket"},  # whether a port is free
    "workflow.outgoing": {"httpx2"},  # webhooks, to hosts that the settings name
    "workflow.scheduler": {"socket"},  # the name of this machine
    "workflow.web.doors.provider": {"httpx2"},  # the identity provider of the settings
}
MAY_START = {
    "notifications.proving",
    "workflow.intake.signed",
    "workflow.services.flow_texts",
    "workflow.storage.backup_postgres",
    "workflow.storage.migrations.make",
}
"""Texts and signed copies are tried in a process of our own; PostgreSQL's tools make copies; ruff tidies revisions."""
OLD_MAIL = ("email.mime", "email.MIMEText", "email.utils.formataddr")


@cache
def imports(tree: ast.AST) -> set[str]:
    """Dotted names that a module imports, those of `from a import b` as `a.b` and as `a`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def those_of(names: set[str], kinds: tuple[str, ...]) -> set[str]:
    return {kind for kind in kinds for name in names if name == kind or name.startswith(kind + ".")}


@pytest.mark.attack("S50a")
def test_few_rooms_can_speak_to_another_machine() -> None:
    """So no address in a flow, a template, a name or a document is ever fetched: who reads it cannot."""
    speak = {module: those_of(imports(tree_of(module)), NETWORK) for module in MODULES}
    assert {module: found for module, found in speak.items() if found} == MAY_SPEAK


@pytest.mark.attack("S50")
def test_no_shell_is_ever_started() -> None:
    """Programs are started by a list of words and never by a line that a shell would read."""
    shells = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn", "os.exec",
              "os.spawn", "asyncio.create_subprocess_shell")  # fmt: skip
    assert [f"{at}: {name}" for at, name, _ in every_call(MODULES) if name.startswith(shells)] == []
    assert [at for at, _, call in every_call(MODULES) if any(each.arg == "shell" for each in call.keywords)] == []
    ways = {"subprocess", "pty", "multiprocessing", "concurrent.futures.ProcessPoolExecutor"}
    assert {module for module in MODULES if ways & imports(tree_of(module))} <= MAY_START


@pytest.mark.attack("S55")
def test_no_mail_is_put_together_by_the_old_library() -> None:
    """Its classes write a line break in a value out as a new header."""
    assert [module for module in MODULES if those_of(imports(tree_of(module)), OLD_MAIL)] == []


def starts_like_sql(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    return isinstance(first, ast.Constant) and str(first.value).lstrip().startswith(SQL_WORDS)


def test_nothing_is_unpickled_or_evaluated() -> None:
    forbidden = {"eval", "exec", "pickle.load", "pickle.loads", "marshal.loads", "yaml.load", "__import__"}
    assert [f"{at}: {name}" for at, name, _ in every_call(MODULES) if name in forbidden] == []


def test_a_module_says_what_it_is_for() -> None:
    """Empty packages may stay silent; everything else says in its first line what lives here."""
    trees = {module: tree_of(module) for module in MODULES}
    assert [module for module, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_the_rules_see_what_they_look_for() -> None:
    tree = ast.parse('x = datetime.now(UTC)\ny = f"SELECT {z}"\n')
    assert [name for _, name, _ in calls(tree)] == ["datetime.now"]
    assert [starts_like_sql(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)] == [True]
    assert len(MODULES) > 400
    assert inside("workflow.cli.main", CLOCKS)
    other = ast.parse("import urllib.request\nfrom email.mime.text import MIMEText\nfrom os import path\n")
    assert those_of(imports(other), NETWORK) == {"urllib.request"}
    assert those_of(imports(other), OLD_MAIL) == {"email.mime"}
    assert not inside("workflow.climate", CLOCKS)
