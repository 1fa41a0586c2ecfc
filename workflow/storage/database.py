"""Opens a database so that what was confirmed stays, and gives transactions: `write` and `read`.

SQLite: `BEGIN IMMEDIATE` for whoever may write (a deferred one loses against another writer when it first
writes), `synchronous` never below what survives a power cut, and the write-ahead log only on a library that
does not lose pages in it. Every setting is read back; a database that does not hold it is refused.
PostgreSQL: psycopg 3, named in the address. No table, no query and no rule is known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError as PoolTimeout

from notifications.prepared import put
from workflow.storage.errors import Busy, StorageError, Unreachable, WrongSettings, translate

READER = "khen_reader"
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "lustre"}
)
WAL_PAGES = 10_000
"""Pages between checkpoints: with the default of 1,000 every hundredth commit is ten times slower."""

_SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}


@dataclass(frozen=True, slots=True)
class Journal:
    """How SQLite keeps a commit safe, and why this way."""

    mode: str
    synchronous: str
    reason: str


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite has the fix of 2026 for the log reset that could lose pages between two connections."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def journal_for(version: tuple[int, int, int], file_system: str) -> Journal:
    """WAL + FULL where it is safe, else DELETE + EXTRA. Never anything that a power cut could undo."""
    if file_system in NETWORK_FILE_SYSTEMS:
        return Journal("DELETE", "EXTRA", f"network file system {file_system}")
    if not wal_is_safe(version):
        return Journal("DELETE", "EXTRA", f"SQLite {'.'.join(map(str, version))} lacks the WAL-reset fix")
    return Journal("WAL", "FULL", "")


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`, out of the text of /proc/self/mountinfo; "" if not listed."""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = fields[4].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind


def open_engine(url: str | URL, *, pool_size: int = 5, busy_seconds: float = 10.0, echo: bool = False) -> Engine:
    """An engine whose connections are durable, or a `StorageError` on first use if they cannot be.

    `url` is `sqlite:///FILE` (absolute: four slashes) or `postgresql+psycopg://…`. `busy_seconds` is how long
    a writer waits for another, and anybody for a free connection of the pool, before `Busy`. Opening does no
    I/O; `health` or the first transaction does.
    """
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, pool_size=pool_size, busy_seconds=busy_seconds, echo=echo)
    return _open_postgres(address, pool_size=pool_size, busy_seconds=busy_seconds, echo=echo)


def parse_url(url: str | URL) -> URL:
    """The address, or `WrongSettings` saying which two kinds there are."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise WrongSettings(detail="sqlite:///FILE | postgresql+psycopg://USER@HOST/NAME") from error
    if address.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise WrongSettings(detail=f"{address.drivername}: sqlite:///FILE | postgresql+psycopg://USER@HOST/NAME")
    if address.get_backend_name() == "sqlite" and address.database in {None, "", ":memory:"}:
        raise WrongSettings(detail="sqlite: no file named; a database in memory forgets everything")
    return address


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed when the block ends, undone when it raises.

    On SQLite the write lock is taken at the beginning, so what was read inside cannot change before the commit.
    """
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one moment of the database and is refused every change (`ReadOnly`)."""
    with translated(), engine.connect() as connection:
        with connection.execution_options(**{READER: True}).begin():
            if engine.dialect.name == "postgresql":
                # By statement: the engine's own option needs its first connection made, which two threads may race for.
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection


def health(engine: Engine) -> dict[str, str]:
    """Facts for `doctor`, read from a live connection: product, version, what durability rests on, where it lies."""
    with read(engine) as connection:
        if engine.dialect.name == "sqlite":
            return _sqlite_facts(engine, connection)
        names = ("server_version", "synchronous_commit", "fsync", "full_page_writes", "TimeZone", "server_encoding")
        facts = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names}
        return {"product": "PostgreSQL", "version": facts.pop("server_version"), **facts}


@contextmanager
def translated() -> Iterator[None]:
    """Give driver errors about the state of the database our names; constraint violations pass as they are."""
    try:
        yield
    except PoolTimeout as error:
        raise Busy(detail="every connection of this process is in use") from error
    except DBAPIError as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


# ------------------------------------------------------------------------------------------------------ SQLite


def sqlite_file(url: URL) -> Path:
    """Where the file of a SQLite address lies."""
    return Path(url.database or "").absolute()


def _open_sqlite(url: URL, *, pool_size: int, busy_seconds: float, echo: bool) -> Engine:
    path = sqlite_file(url)
    journal = journal_for(sqlite3.sqlite_version_info[:3], file_system_of(path.parent.resolve(), _mounts()))
    engine = create_engine(
        url,
        echo=echo,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=busy_seconds,
        connect_args={"timeout": busy_seconds, "cached_statements": 512, "check_same_thread": False},
    )
    settings = (
        ("foreign_keys", "ON", "1"),
        ("journal_mode", journal.mode, journal.mode.lower()),
        ("synchronous", journal.synchronous, str(_level(journal.synchronous))),
        ("wal_autocheckpoint", str(WAL_PAGES), str(WAL_PAGES)),
        ("trusted_schema", "OFF", "0"),
    )

    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own transactions are deferred; with None it begins nothing and our BEGIN below counts.
        connection.isolation_level = None
        for name, value, expected in settings:
            connection.execute(f"PRAGMA {name} = {value}")
            hold_setting(name, expected, connection)

    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READER, False)
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # narrows the type; we opened it ourselves
        if connection.info.get(READER) is not reading:
            # Only where it changes: after this pragma SQLite compiles every statement of the connection anew.
            driver.execute(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
            connection.info[READER] = reading
        # Whoever did not say that he only reads is a writer: the safe mistake.
        put(connection, "BEGIN" if reading else "BEGIN IMMEDIATE", ())

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    event.listen(engine, "handle_error", _keep_when_interrupted)
    return engine


def _keep_when_interrupted(context: ExceptionContext) -> None:
    """After a Ctrl-C the connection is rolled back, not thrown away.

    Thrown away it would keep its transaction, and with it the lock on the file, until its last cursor is collected.
    """
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False


def hold_setting(name: str, expected: str, connection: sqlite3.Connection) -> None:
    """Refuse the connection when SQLite did not take a setting: it says nothing by itself."""
    row = connection.execute(f"PRAGMA {name}").fetchone()
    found = str(row[0]) if row else "?"
    if found != expected:
        raise WrongSettings(detail=f"PRAGMA {name} = {found}, {expected} expected")


def _level(synchronous: str) -> int:
    return next(number for number, name in _SYNCHRONOUS.items() if name == synchronous)


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _sqlite_facts(engine: Engine, connection: Connection) -> dict[str, str]:
    path = sqlite_file(engine.url)
    kind = file_system_of(path.parent.resolve(), _mounts())

    def pragma(name: str) -> str:
        return str(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

    return {
        "product": "SQLite",
        "version": sqlite3.sqlite_version,
        "file": str(path),
        "file_system": kind or "?",
        "journal_mode": pragma("journal_mode").upper(),
        "synchronous": _SYNCHRONOUS[int(pragma("synchronous"))],
        "journal_reason": journal_for(sqlite3.sqlite_version_info[:3], kind).reason,
        "foreign_keys": pragma("foreign_keys"),
        "bytes": str(int(pragma("page_count")) * int(pragma("page_size"))),
    }


# -------------------------------------------------------------------------------------------------- PostgreSQL


def _open_postgres(url: URL, *, pool_size: int, busy_seconds: float, echo: bool) -> Engine:
    try:
        engine = create_engine(
            url,
            echo=echo,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=busy_seconds,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 10,
                "application_name": "khen",
                # Instants are sent with their zone; the session's zone only decides how the server prints them.
                "options": f"-c lock_timeout={int(busy_seconds * 1000)} -c timezone=UTC",
            },
        )
    except ModuleNotFoundError as error:
        raise Unreachable(detail="psycopg: pip install 'khen[postgres]'") from error

    def prepare(connection: Any, _record: Any) -> None:
        level = connection.execute("SHOW synchronous_commit").fetchone()[0]
        connection.rollback()
        if level not in {"on", "remote_apply", "remote_write", "local"}:
            raise WrongSettings(detail=f"synchronous_commit = {level}, on expected")

    event.listen(engine, "connect", prepare)
    return engine


__all__ = [
    "Journal",
    "StorageError",
    "file_system_of",
    "health",
    "journal_for",
    "open_engine",
    "parse_url",
    "read",
    "sqlite_file",
    "translated",
    "wal_is_safe",
    "write",
]
