"""For every test: `engine` on SQLite and on PostgreSQL, Hypothesis profiles, and no KHEN_* left in the environment.

`engine` gives a database of the test's own with all tables, a copy of one that was migrated once.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy.util import LRUCache

from tests import postgres
from tests.support import dealing
from tests.support.measuring import leave_children_alone, unwatched

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
# A failure as it was found: for the exam of the battery, which asks only whether there is one.
settings.register_profile("unshrunk", settings.get_profile("dev"), phases=(Phase.explicit, Phase.generate))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

_numbers = itertools.count()

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Let databases lie in memory where there is room: on a disk every commit of theirs waits for it."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None
    config.pluginmanager.register(dealing)  # its hook comes after those that leave tests out
    if "PYTEST_XDIST_WORKER" in os.environ:  # the processes among which tests are dealt out are measured themselves
        leave_children_alone()


# What somebody has exported must not decide whether a test passes.
for _name in [name for name in os.environ if name.startswith("KHEN_") and not name.startswith("KHEN_TEST_")]:
    del os.environ[_name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that asks for the server by name is as slow to start as one that gets it by parameter. And one that runs
    on both databases walks the same lines twice: on SQLite they are measured."""
    if not LONG and (long := [item for item in items if item.get_closest_marker("long")]):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    names = {item.nodeid for item in items}
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
        if "postgres" in item.name and item.nodeid.replace("postgres", "sqlite") in names:
            item.add_marker("unmeasured")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("unmeasured")  # what chance happens to walk through is not proven by it


def pytest_collection_finish() -> None:
    """What was read to find the tests stays to the end. Looking through it for rubbish, again and again, took a tenth
    of the time of all tests; and a process that was forked copied all of it as it looked."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    if item.get_closest_marker("unmeasured") is None:
        return (yield)
    with unwatched():
        return (yield)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One PostgreSQL server per test process. Without one: skipped on a desk, failed under CI."""
    try:
        server = postgres.start()
    except postgres.NoServer as reason:
        if os.environ.get("CI"):
            pytest.fail(f"no PostgreSQL under CI: {reason}")
        pytest.skip(f"no PostgreSQL: {reason}")
    yield server
    if server in _administrations:
        _administrations.pop(server).close()
    server.stop()


_administrations: dict[postgres.Server, Any] = {}
_first: dict[str, Engine] = {}
_compiled: dict[str, Any] = {}


def opened(url: str | URL) -> Engine:
    """An engine as the program opens it, that knows what engines before it have compiled for the same product.

    Each for itself would compile each statement again: a process in the field opens one engine, tests open thousands.
    """
    from workflow.storage.database import open_engine

    engine = open_engine(url)
    product = engine.dialect.name
    first = _first.setdefault(product, engine)
    if first is engine:
        engine.connect().close()  # what a dialect learns of the server, it learns with its first connection
    engine.dialect = first.dialect
    engine.update_execution_options(compiled_cache=_compiled.setdefault(product, LRUCache(4_000)))
    return engine


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    from workflow.storage import migrations

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = opened(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: postgres.Server) -> str:
    """The name of a PostgreSQL database with all tables, to be cloned."""
    from workflow.storage import migrations

    name = f"khen_template_{os.getpid()}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    engine = opened(postgres_server.url(name))
    migrations.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def opening() -> Callable[[str], Engine]:
    """How SQLite is opened for a test; a room that watches the driver has its own way."""
    return opened


@pytest.fixture
def sqlite_engine(migrated_sqlite: Path, tmp_path: Path, opening: Callable[[str], Engine]) -> Iterator[Engine]:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "khen.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = opening(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_server: postgres.Server, migrated_postgres: str) -> Iterator[Engine]:
    """A migrated PostgreSQL database of the test's own."""
    yield from _postgres_database(postgres_server, f" TEMPLATE {migrated_postgres} {_by_files(postgres_server)}")


@pytest.fixture
def empty_postgres_engine(postgres_server: postgres.Server) -> Iterator[Engine]:
    """A PostgreSQL database of the test's own without tables."""
    yield from _postgres_database(postgres_server, "")


@pytest.fixture
def empty_sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database of the test's own without tables; the file is not there yet."""
    engine = opened(f"sqlite:///{tmp_path / 'empty.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=postgres.BOTH)
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated database of the test's own, on each product."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture(params=postgres.BOTH)
def empty_engine(request: pytest.FixtureRequest) -> Engine:
    """A database without tables, on each product."""
    engine: Engine = request.getfixturevalue(f"empty_{request.param}_engine")
    return engine


def _postgres_database(server: postgres.Server, like: str) -> Iterator[Engine]:
    name = f"khen_{os.getpid()}_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name}{like}")
    engine = opened(server.url(name))
    yield engine
    engine.dispose()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _by_files(server: postgres.Server) -> str:
    """Copied file by file a database costs half; older servers know no other way, and no word for it."""
    return "STRATEGY FILE_COPY" if _administration(server).info.server_version >= 150_000 else ""


def _administrator(server: postgres.Server) -> str:
    address = server.url("postgres").set(drivername="postgresql")
    return address.render_as_string(hide_password=False)


def _administer(server: postgres.Server, statement: str) -> None:
    _administration(server).execute(statement)


def _administration(server: postgres.Server) -> Any:
    """One connection to make and drop databases with: to open one took as long as a third of the copying."""
    import psycopg

    kept = _administrations.get(server)
    if kept is None or kept.closed:
        kept = _administrations[server] = psycopg.connect(_administrator(server), autocommit=True)
    return kept
