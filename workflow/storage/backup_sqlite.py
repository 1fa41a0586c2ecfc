"""Copies a SQLite file while it is used, proves a copy, and moves an old file out of the way. Marks nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from workflow.storage.errors import Busy, Damaged, StorageError, of_sqlite

WAIT_SECONDS = 10.0


def copy_out(engine: Engine, part: Path) -> None:
    """The whole database into `part`, in one step: in several, each writer in between would make it begin again."""
    with engine.connect() as connection, _told(), closing(_open(part)) as copy:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(copy)
        _one_file(copy)


def copy_in(file: Path, part: Path) -> None:
    """A backup file into `part`."""
    with _told(), closing(_read_only(file)) as source, closing(_open(part)) as copy:
        source.backup(copy)
        _one_file(copy)


def close_whole(engine: Engine) -> None:
    """Let go of a file that is about to be moved, with nothing of it left in a log beside it."""
    path = Path(engine.url.database or "")
    engine.dispose()
    with _told(), closing(_open(path)) as opened:
        _one_file(opened)


def prove(file: Path) -> str:
    """The migration of a copy whose pages and foreign keys are whole; else `Damaged`."""
    with _told(), closing(_read_only(file)) as opened:
        found = [row[0] for row in opened.execute("PRAGMA integrity_check(5)")]
        found = [] if found == ["ok"] else found
        found += [f"foreign key: {row}" for row in opened.execute("PRAGMA foreign_key_check").fetchmany(5)]
        if found:
            raise Damaged(detail=f"{file}: {'; '.join(found)}")
        try:
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            raise Damaged(detail=f"{file}: {error}") from error
    if row is None:
        raise Damaged(detail=f"{file}: no version")
    return str(row[0])


def set_aside(target: Path, ending: str) -> Path:
    """Move a database file and its journals: a journal left behind would be played into the file that follows.

    Raises `Busy` when another process is using the file. A damaged one is moved as it is.
    """
    try:
        with closing(_open(target, seconds=1)) as old:
            old.execute("BEGIN EXCLUSIVE")
            old.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if of_sqlite(error) is Busy:
            raise Busy(detail=str(error)) from error
    aside = target.with_name(f"{target.name}.{ending}")
    for part in ("-journal", "-wal", "-shm", ""):
        old_file = target.with_name(target.name + part)
        if old_file.exists():
            old_file.replace(aside.with_name(aside.name + part))
    return aside


def _open(path: Path, seconds: float = WAIT_SECONDS) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=seconds, isolation_level=None)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS, isolation_level=None)


def _one_file(connection: sqlite3.Connection) -> None:
    """One file that can be carried, with no log beside it."""
    connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise (of_sqlite(error) or StorageError)(detail=str(error)) from error
