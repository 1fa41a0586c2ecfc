"""Every call to the database as a point at which something can happen: nothing, the death of the process, an error.

The judge sits outside: a process is forked, dies at its point, and another one looks at what it left behind.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from workflow.storage.database import read

Window = Literal["before", "inside", "after"]
WRITES = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE")
WINDOWS: tuple[Window, ...] = ("before", "inside", "after")


@dataclass(frozen=True, slots=True)
class Point:
    """One call, before (`entered` False) or after it was made. `commits` counts the writes confirmed by then."""

    number: int
    call: str
    entered: bool
    commits: int
    window: Window


@dataclass(slots=True)
class Watch:
    """Counts the points of one run, and acts when its own is reached."""

    at: int | None = None
    happen: Callable[[], None] | None = None
    after_commit: Callable[[], None] | None = None
    points: list[Point] = field(default_factory=list)
    commits: int = 0
    writing: bool = False

    def pass_(self, call: str, entered: bool) -> None:
        window: Window = "inside" if self.writing else "after" if self.commits else "before"
        self.points.append(Point(len(self.points), call, entered, self.commits, window))
        if self.at == len(self.points) - 1 and self.happen is not None:
            self.happen()

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        self.pass_(call, False)
        yield
        if call.startswith(WRITES):
            self.writing = True
        elif call == "COMMIT" and self.writing:
            self.writing = False
            self.commits += 1
            if self.after_commit is not None:
                self.after_commit()
        elif call == "ROLLBACK":
            self.writing = False
        self.pass_(call, True)


_watch: list[Watch | None] = [None]


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Every call of a watched engine passes by `watch` while this lasts."""
    _watch[0] = watch
    try:
        yield watch
    finally:
        _watch[0] = None


@contextmanager
def _point(call: str) -> Iterator[None]:
    watch = _watch[0]
    if watch is None:
        yield
        return
    with watch.around(" ".join(call.split())[:60]):
        yield


# ── SQLite: the driver's own classes, sub-classed ────────────────────────────────────────────────


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with _point(sql):
            return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with _point(sql):
            return super().executemany(sql, *values)


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with _point(sql):
            return super().execute(sql, *values)

    def commit(self) -> None:
        with _point("COMMIT"):
            super().commit()

    def rollback(self) -> None:
        with _point("ROLLBACK"):
            super().rollback()


def watch_engine(engine: Engine) -> Engine:
    """From its next connection on every call of this engine is a point."""

    def sqlite(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = _Connection

    def postgres(_dialect: Any, _record: Any, arguments: Any, parameters: dict[str, Any]) -> Any:
        return _postgres_connection(arguments, parameters)

    event.listen(engine, "do_connect", sqlite if engine.dialect.name == "sqlite" else postgres)
    return engine


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────


def _postgres_connection(arguments: Any, parameters: dict[str, Any]) -> Any:
    import psycopg

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *values: Any, **more: Any) -> Any:
            with _point(str(query)):
                return super().execute(query, *values, **more)

        def executemany(self, query: Any, *values: Any, **more: Any) -> Any:
            with _point(str(query)):
                return super().executemany(query, *values, **more)

    class Connection(psycopg.Connection[Any]):
        def commit(self) -> None:
            with _point("COMMIT"):
                super().commit()

        def rollback(self) -> None:
            with _point("ROLLBACK"):
                super().rollback()

    return Connection.connect(*arguments, **parameters, cursor_factory=Cursor)


# ── a process that dies ──────────────────────────────────────────────────────────────────────────


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], Any]) -> Any:
    """Runs `work` in a forked process and returns what it returned; None if it was killed."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside the threads of a test runner
        child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            gc.freeze()  # what thousands of tests have left is not looked through again by every child
            answer = pickle.dumps(("done", work()))
        except BaseException as error:
            answer = pickle.dumps(("failed", repr(error)))
        os.write(writer, answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    kind, value = pickle.loads(answer)
    assert kind == "done", value
    return value


# ── what is there ────────────────────────────────────────────────────────────────────────────────


def amounts_of(engine: Engine) -> dict[str, int]:
    """How many rows each table holds."""
    with read(engine) as connection:
        return {
            table.name: connection.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


def state_on_server(engine: Engine, but: int = 0) -> str:
    """One digest for every row of every table, read once nobody else (`but` these) has a session in the database."""
    alone = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with read(engine) as connection:
            if connection.exec_driver_sql(alone).scalar_one() <= but:
                found = {
                    table.name: sorted(map(repr, connection.execute(table.select())))
                    for table in SQLModel.metadata.sorted_tables
                }
                return sha256(json.dumps(found).encode()).hexdigest()
        time.sleep(0.01)
    raise TimeoutError("a session of a process that is dead is still there")


def state_of(path: Path) -> str:
    """One digest for every row of every table of a SQLite file. Raises if the file is not sound."""
    with closing(sqlite3.connect(path)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert sound == "ok", sound
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        rows = {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for (name,) in tables}
    return sha256(json.dumps(rows).encode()).hexdigest()
