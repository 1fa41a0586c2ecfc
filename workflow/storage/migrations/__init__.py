"""Brings a database to the tables of this program, in one transaction, and tells whether it is there.

The steps lie in `versions/`, written out; they never go back: an older program does not know the newer rows,
and its restore is the backup made before. A step is made with `./dev migration`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from workflow.storage.database import read, sqlite_file, translated
from workflow.storage.errors import Damaged, DowngradeRefused, NotMigrated, Unreachable

FOLDER = Path(__file__).parent
_KEPT_SINCE = "0002"  # the step that made the tables of order and of words
_TABLE = "alembic_version"
_LOCK = 0x6B68656E  # "khen": one program migrates a PostgreSQL database at a time


def head() -> str:
    """The version that this program needs: the last step's, by the names of their files."""
    # Asked at the start of every command: alembic would tell the same, and takes longer to load than most of them run.
    steps = sorted(path.name for path in (FOLDER / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py"))
    if not steps:
        raise NotMigrated(found="-", expected="-")
    return steps[-1].partition("_")[0].removeprefix("r")


def current(engine: Engine) -> str | None:
    """The version of this database; None when it holds none of our tables yet."""
    with read(engine) as connection:
        return _current(connection)


def require_current(engine: Engine) -> None:
    """Raise `NotMigrated` unless the tables are those of this program."""
    found, expected = current(engine), head()
    if found != expected:
        raise NotMigrated(found=found or "-", expected=expected)


def upgrade(engine: Engine, to: str = "head") -> str:
    """Bring the database to `to` and return the version reached. All of it or nothing; nothing to do is fine.

    A SQLite file and its folder are made when they are missing. Raises `NotMigrated` when the database was
    made by a newer program.
    """
    from alembic import command

    _make_file(engine)
    with _transaction(engine) as connection:
        _refuse_a_newer(connection)
        found = _current(connection)
        command.upgrade(config(connection), to)
        reached = _current(connection)
        if found is not None and found < _KEPT_SINCE and reached == head():
            _fill(connection)
    return reached or "-"


def _fill(connection: Connection) -> None:
    """Rows that this program keeps beside those an older one wrote."""
    from workflow.domain.vietnamese import fold
    from workflow.storage import indexing

    indexing.complete(connection, fold)


def downgrade(engine: Engine, to: str) -> None:
    """Refuse. An older program would not know what newer rows mean; restore the backup made before the upgrade."""
    raise DowngradeRefused(found=current(engine) or "-", expected=to)


def differences(engine: Engine) -> list[str]:
    """What a model has that the database has not, or the other way round; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with read(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours})
        return [repr(each) for each in compare_metadata(context, metadata())]


def metadata() -> Any:
    """All tables: those of the outbox and those of the roof."""
    from sqlmodel import SQLModel

    # Both must be loaded for the metadata to be whole.
    import notifications.tables  # noqa: F401
    import workflow.storage.tables
    import workflow.storage.tables_access
    import workflow.storage.tables_appraisal
    import workflow.storage.tables_council
    import workflow.storage.tables_desk  # noqa: F401

    return SQLModel.metadata


def config(connection: Connection) -> Any:
    """Alembic's configuration for a command on this connection, in its transaction."""
    from alembic.config import Config

    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return made


def _make_file(engine: Engine) -> None:
    """An empty file that only we may read: the tables hold names, and the usual mask lets everybody in."""
    if engine.dialect.name != "sqlite":
        return
    path = sqlite_file(engine.url)
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unreachable(detail=f"{path}: {error.strerror}") from error


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {_TABLE}").scalar_one_or_none()
    return found


def _refuse_a_newer(connection: Connection) -> None:
    from alembic.script import ScriptDirectory

    found = _current(connection)
    known = {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}
    if found is not None and found not in known:
        raise NotMigrated(found=found, expected=head())


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name != _TABLE


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    """One writer, one transaction. SQLite rebuilds tables to change them, which needs foreign keys off; they are
    proved before the commit instead."""
    with translated(), engine.connect() as connection:
        driver = connection.connection.driver_connection
        sqlite = driver if isinstance(driver, sqlite3.Connection) else None
        if sqlite:
            sqlite.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
                if sqlite:
                    _prove_foreign_keys(connection)
        finally:
            if sqlite:
                sqlite.execute("PRAGMA foreign_keys = ON")


def _prove_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise Damaged(detail=f"foreign keys: {broken[:5]}")
