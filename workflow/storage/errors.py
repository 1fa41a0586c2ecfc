"""What can go wrong between us and the database, in our words; and how a driver's error becomes one of ours.

    StorageError
    ├── Busy            somebody else writes, or the server ended our transaction so that another could go on
    ├── DiskFull        no room for the change
    ├── ReadOnly        the database may be read but not written
    ├── Damaged         the file is not what we wrote
    ├── Unreachable     no connection, or it broke
    ├── WrongSettings   the database does not hold what durability needs
    ├── NotMigrated     tables and program are of different versions
    ├── DowngradeRefused  there is no way back to an older version but the backup
    ├── Unfit           a value is longer or larger than the place it has
    ├── Exists          a file or database is there that would be overwritten
    └── NoTool          a program of PostgreSQL's is missing here

Each carries a code, `storage.<code>` in `workflow/messages.toml`, and the parameters of its sentence. When
one of them leaves `write()`, nothing of that transaction was written. Constraint violations are not here:
they mean something, and only the service that wrote the row knows what.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError


class StorageError(Exception):
    """The database could not do it. Nothing of the transaction was written."""

    code = "failed"
    again = False
    """True when the same transaction, begun anew, may well pass."""

    def __init__(self, **params: str) -> None:
        super().__init__(self.code, params)
        self.params: Mapping[str, str] = params

    def __str__(self) -> str:
        said = "; ".join(f"{name}: {value}" for name, value in self.params.items())
        return f"storage.{self.code}" + (f" ({said})" if said else "")


class Busy(StorageError):
    """Another process or thread writes, or the server chose our transaction to end a deadlock."""

    code = "busy"
    again = True


class DiskFull(StorageError):
    """There is no room for the change."""

    code = "disk_full"


class ReadOnly(StorageError):
    """The file, folder or server refuses to be written."""

    code = "read_only"


class Damaged(StorageError):
    """The file is damaged or is no database. Never repaired silently: restore a backup."""

    code = "damaged"


class Unreachable(StorageError):
    """The file cannot be opened, or the server cannot be reached or went away."""

    code = "unreachable"


class WrongSettings(StorageError):
    """A setting that durability rests on does not hold (read back after it was set)."""

    code = "wrong_settings"


class NotMigrated(StorageError):
    """The tables are of another version than the program."""

    code = "not_migrated"


class DowngradeRefused(StorageError):
    """Steps only go forward; the way back is the backup made before."""

    code = "downgrade"


class Unfit(StorageError):
    """A text is longer, or a number larger, than its column takes. Whoever sent it must send less."""

    code = "unfit"


class Exists(StorageError):
    """What would be written over holds something. Nothing was touched; ask, then say so."""

    code = "exists"


class NoTool(StorageError):
    """pg_dump, pg_restore or psql is not installed."""

    code = "no_tool"


_SQLITE: Mapping[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_READONLY: ReadOnly,
    sqlite3.SQLITE_PERM: ReadOnly,
    sqlite3.SQLITE_CORRUPT: Damaged,
    sqlite3.SQLITE_NOTADB: Damaged,
    sqlite3.SQLITE_CANTOPEN: Unreachable,
    sqlite3.SQLITE_IOERR: DiskFull,
}
"""By primary result code. A failed write is told as a full disk: quota, file size limit and full disk look alike."""

_IOERR_READS = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}

_POSTGRES: tuple[tuple[str, type[StorageError]], ...] = (
    ("40001", Busy),
    ("40P01", Busy),
    ("55P03", Busy),
    ("53300", Busy),
    ("53100", DiskFull),
    ("22001", Unfit),
    ("22003", Unfit),
    ("25006", ReadOnly),
    ("42501", ReadOnly),
    ("XX001", Damaged),
    ("XX002", Damaged),
    ("57P", Unreachable),
    ("08", Unreachable),
    ("28", Unreachable),
    ("3D000", Unreachable),
)


def translate(error: DBAPIError) -> StorageError | None:
    """Our error for a driver's, or None when it is not about the state of the database (a constraint, a bug)."""
    driver = error.orig
    kind = of_sqlite(driver) if isinstance(driver, sqlite3.Error) else _of_postgres(error)
    return None if kind is None else kind(detail=" ".join(str(driver).split()))


def of_sqlite(driver: sqlite3.Error) -> type[StorageError] | None:
    """The kind of error behind one of SQLite's own."""
    code = getattr(driver, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in _IOERR_READS:
        return Damaged
    return _SQLITE.get(code & 0xFF)


def _of_postgres(error: DBAPIError) -> type[StorageError] | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return Unreachable if error.connection_invalidated or _never_connected(error) else None
    return next((kind for prefix, kind in _POSTGRES if state.startswith(prefix)), None)


def _never_connected(error: DBAPIError) -> bool:
    """psycopg gives no SQLSTATE when there never was a server to give one."""
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
