"""One of several processes at a time: a lock that ends with whoever holds it, however he ends.

PostgreSQL: an advisory lock of a transaction, so that it also holds behind a pooler. SQLite: an exclusive
transaction on a small empty file beside the database, which every system that runs SQLite can do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

from sqlalchemy import Connection, Engine, text

from workflow.storage.database import sqlite_file

_ROOM = 7_504_120 << 32  # ours among the advisory locks of a database


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[bool]:
    """Whether this block may run: True for one holder of `name` at a time, at once False for the others.

    Never waits. It does not make what runs inside exclusive by itself: whoever calls that work without
    asking (a command beside the worker) must find it safe to run twice.
    """
    if engine.dialect.name == "postgresql":
        yield from _alone_on_the_server(engine, key_of(name))
        return
    with closing(sqlite3.connect(lock_file(engine, name), timeout=0, isolation_level=None)) as file:
        yield _begin(file)


def in_turn(connection: Connection, name: str) -> None:
    """Wait until no other transaction is inside `name`; held to the end of this one.

    On SQLite there is nothing to do: a transaction that may write is alone already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key_of(name)})


def key_of(name: str) -> int:
    """The number PostgreSQL knows a lock by."""
    return _ROOM | crc32(name.encode())


def lock_file(engine: Engine, name: str) -> Path:
    """The file that stands for a lock beside a SQLite database. It stays empty, and may be deleted when idle."""
    database = sqlite_file(engine.url)
    return database.with_name(f"{database.name}.{name}.lock")


def _alone_on_the_server(engine: Engine, key: int) -> Iterator[bool]:
    # A connection of its own: those who wait inside for one of the engine's few must not be who holds them.
    pool = engine.pool.recreate()
    connection = pool.connect()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (key,))
        found = cursor.fetchone()
        yield bool(found and found[0])
    finally:
        connection.close()
        pool.dispose()


def _begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True
