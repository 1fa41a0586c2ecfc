"""Copies of the database: made while it is used, proved before they count, put back without sending old mail.

How a product is copied, `backup_sqlite` and `backup_postgres` know. Papers are files and not part of it. A restored
database comes up with its outbox paused and an identity of its own: what was handed over after the backup stands in
it as still to be sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, Insert
from sqlalchemy.dialects import postgresql, sqlite

from notifications.tables import QUEUE
from workflow.storage import backup_postgres, backup_sqlite, migrations
from workflow.storage.database import open_engine, parse_url, read, sqlite_file, write
from workflow.storage.errors import Exists, Unreachable
from workflow.storage.tables import Installation

PAUSED = "restored"
"""Why the outbox stands still after a restore, as `mail_queue.reason`."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A proved backup file: its migration and its size."""

    file: Path
    version: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `waiting` mails may have left since the backup; `set_aside` is the file that was there."""

    version: str
    waiting: int
    set_aside: Path | None


def back_up(engine: Engine, target: Path, *, overwrite: bool = False, tools: Path | None = None) -> Copy:
    """Copy the database into a file that only we may read, and prove it. `tools`: where pg_dump lies, if not on PATH.

    The file appears under its name when it is whole. Raises `Exists`, `NoTool`, `Damaged`, `StorageError`.
    """
    if target.exists() and not overwrite:
        raise Exists(file=str(target))
    with _beside(target) as part:
        if engine.dialect.name == "sqlite":
            backup_sqlite.copy_out(engine, part)
        else:
            backup_postgres.dump(engine.url, part, tools)
        made = verify(part, tools=tools)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    return Copy(target, made.version, made.bytes)


def verify(file: Path, *, tools: Path | None = None) -> Copy:
    """Prove that a backup can be read whole: integrity and foreign keys of SQLite, every row of a dump."""
    try:
        with file.open("rb") as opened:
            start = opened.read(16)
    except OSError as error:
        raise Unreachable(detail=f"{file}: {error.strerror}") from error
    is_dump = start.startswith(backup_postgres.MAGIC)
    version = backup_postgres.prove(file, tools) if is_dump else backup_sqlite.prove(file)
    return Copy(file, version, file.stat().st_size)


def restore(
    file: Path, url: str | URL, *, now: datetime, instance: str, overwrite: bool = False, tools: Path | None = None
) -> Restored:
    """Put a backup in the place of the database at `url`; `instance` is its new identity (random).

    An older backup is brought to the tables of this program. Stop the other processes first. A SQLite file
    that was there is set aside, never deleted; PostgreSQL's tables are replaced in one transaction.
    Raises `Exists` unless `overwrite`, and changes nothing then.
    """
    verify(file, tools=tools)
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        return _restore_sqlite(file, sqlite_file(address), now, instance, overwrite)
    return _restore_postgres(file, address, now, instance, overwrite, tools)


def marks(now: datetime, instance: str, file: Path, product: str) -> list[Insert]:
    """The statements that pause the outbox and name the database anew, with when and from what."""
    dialect = postgresql if product == "postgresql" else sqlite
    values = {"paused_at": now, "paused_by": "khen db restore", "reason": PAUSED, "detail": file.name}
    queue = dialect.insert(QUEUE).values(name="mail", failures=0, lane_detail="", **values)
    statements: list[Insert] = [
        queue.on_conflict_do_update(index_elements=["name"], set_={name: queue.excluded[name] for name in values})
    ]
    for name, value in (("instance", instance), ("restored", f"{now.isoformat()} {file.name}")):
        fact = dialect.insert(Installation).values(name=name, value=value)
        statements.append(fact.on_conflict_do_update(index_elements=["name"], set_={"value": fact.excluded.value}))
    return statements


def _restore_sqlite(file: Path, target: Path, now: datetime, instance: str, overwrite: bool) -> Restored:
    if target.exists() and not overwrite:
        raise Exists(file=str(target))
    with _beside(target) as part:
        backup_sqlite.copy_in(file, part)
        engine = open_engine(f"sqlite:///{part}")
        migrations.upgrade(engine)
        with write(engine) as connection:
            for statement in marks(now, instance, file, "sqlite"):
                connection.execute(statement)
            waiting = _may_have_left(connection)
        backup_sqlite.close_whole(engine)
        version = backup_sqlite.prove(part)
        _sync(part)
        aside = backup_sqlite.set_aside(target, f"before-{now:%Y%m%dT%H%M%S}") if target.exists() else None
        part.replace(target)
        _sync(target.parent)
    return Restored(version, waiting, aside)


def _restore_postgres(
    file: Path, url: URL, now: datetime, instance: str, overwrite: bool, tools: Path | None
) -> Restored:
    engine = open_engine(url)
    try:
        with read(engine) as connection:
            taken = connection.exec_driver_sql("SELECT to_regclass('public.alembic_version')").scalar() is not None
        if taken and not overwrite:
            raise Exists(file=str(url.database))
        backup_postgres.replay(file, url, marks(now, instance, file, "postgresql"), tools)
        version = migrations.upgrade(engine)
        with read(engine) as connection:
            waiting = _may_have_left(connection)
    finally:
        engine.dispose()
    return Restored(version, waiting, None)


def _may_have_left(connection: Connection) -> int:
    statement = "SELECT count(*) FROM mail WHERE state IN ('queued', 'sending', 'unknown')"
    return int(connection.exec_driver_sql(statement).scalar_one())


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file next to the target that nobody else may read; gone afterwards unless it was moved."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Unreachable(detail=f"{part}: {error.strerror}") from error
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
