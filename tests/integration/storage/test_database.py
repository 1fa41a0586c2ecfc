"""Transactions on both products: what is confirmed stays, readers cannot write, writers do not lose races."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from workflow.storage.database import health, open_engine, parse_url, read, write
from workflow.storage.errors import Busy, Damaged, DiskFull, ReadOnly, Unreachable, WrongSettings
from workflow.storage.migrations import metadata

INSTALLATION = metadata().tables["installation"]


def put(connection: Connection, name: str, value: str = "x") -> None:
    connection.execute(insert(INSTALLATION).values(name=name, value=value))


def names(engine: Engine) -> set[str]:
    with read(engine) as connection:
        return set(connection.execute(select(INSTALLATION.c.name)).scalars())


def test_what_a_block_wrote_is_there_after_it(engine: Engine) -> None:
    with write(engine) as connection:
        put(connection, "kept")
    assert "kept" in names(engine)


def test_a_block_that_raises_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(KeyError), write(engine) as connection:
        put(connection, "lost")
        raise KeyError
    assert "lost" not in names(engine)


def test_a_reader_is_refused_every_change(engine: Engine) -> None:
    with pytest.raises(ReadOnly), read(engine) as connection:
        put(connection, "never")
    assert "never" not in names(engine)


def test_a_connection_that_read_may_write_again(engine: Engine) -> None:
    for number in range(12):
        names(engine)
        with write(engine) as connection:
            put(connection, str(number))
    assert {str(number) for number in range(12)} <= names(engine)


def test_a_reader_sees_one_moment(engine: Engine) -> None:
    waits = engine.dialect.name == "sqlite" and health(engine)["journal_mode"] != "WAL"
    hasty = open_engine(engine.url, busy_seconds=0.1) if waits else engine
    with read(engine) as reader:
        before = set(reader.execute(select(INSTALLATION.c.name)).scalars())
        # Without the write-ahead log a writer cannot commit beside a reader: it waits, and then is told so.
        with pytest.raises(Busy) if waits else nullcontext(), write(hasty) as connection:
            put(connection, "meanwhile")
        assert set(reader.execute(select(INSTALLATION.c.name)).scalars()) == before


def test_a_violated_constraint_keeps_its_own_name(engine: Engine) -> None:
    with write(engine) as connection:
        put(connection, "once")
    with pytest.raises(IntegrityError), write(engine) as connection:
        put(connection, "once")


def test_a_row_that_points_nowhere_is_refused(engine: Engine) -> None:
    orphan = insert(metadata().tables["grant_of_role"]).values(
        person_id=4711, role="clerk", scope_kind="all", scope="", from_on=date(2026, 1, 1)
    )
    with pytest.raises(IntegrityError), write(engine) as connection:
        connection.execute(orphan)


def count_up(engine: Engine, times: int, failures: list[BaseException]) -> None:
    try:
        for _ in range(times):
            with write(engine) as connection:
                lock = "" if engine.dialect.name == "sqlite" else " FOR UPDATE"
                value = connection.exec_driver_sql(f"SELECT value FROM installation WHERE name = 'n'{lock}").scalar()
                connection.execute(
                    update(INSTALLATION).where(INSTALLATION.c.name == "n").values(value=str(int(value or 0) + 1))
                )
    except BaseException as error:
        failures.append(error)


def test_writers_who_read_first_lose_no_change_and_no_turn(engine: Engine) -> None:
    with write(engine) as connection:
        put(connection, "n", "0")
    failures: list[BaseException] = []
    threads = [threading.Thread(target=count_up, args=(engine, 15, failures)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with read(engine) as connection:
        assert connection.execute(select(INSTALLATION.c.value).where(INSTALLATION.c.name == "n")).scalar_one() == "60"


def test_a_writer_who_waited_too_long_is_told_so_and_may_try_again(engine: Engine) -> None:
    impatient = open_engine(engine.url, busy_seconds=0.1)
    with write(engine) as first:
        put(first, "held")
        with pytest.raises(Busy) as told, write(impatient) as second:
            put(second, "held")
    assert told.value.again
    with write(impatient) as second:
        put(second, "now")
    impatient.dispose()


def test_a_process_that_uses_all_its_connections_is_told_so(engine: Engine) -> None:
    small = open_engine(engine.url, pool_size=1, busy_seconds=0.1)
    with read(small), pytest.raises(Busy), read(small):
        pass
    with read(small):
        pass
    small.dispose()


def test_sqlite_keeps_a_commit_through_a_power_cut(sqlite_engine: Engine) -> None:
    facts = health(sqlite_engine)
    assert (facts["journal_mode"], facts["synchronous"]) in {("WAL", "FULL"), ("DELETE", "EXTRA")}
    assert facts["foreign_keys"] == "1"


def test_postgres_keeps_a_commit_through_a_crash(postgres_engine: Engine) -> None:
    assert health(postgres_engine)["synchronous_commit"] == "on"


def test_a_server_that_confirms_before_it_keeps_is_refused(postgres_engine: Engine) -> None:
    with postgres_engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
            f"ALTER DATABASE {postgres_engine.url.database} SET synchronous_commit = off"
        )
    fresh = open_engine(postgres_engine.url)
    with pytest.raises(WrongSettings, match="synchronous_commit"), read(fresh):
        pass
    fresh.dispose()


def test_a_full_disk_is_told_and_nothing_is_written(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    with pytest.raises(DiskFull), write(sqlite_engine) as connection:
        for number in range(2_000):
            put(connection, f"row {number}", "x" * 500)
    assert names(sqlite_engine) == set()


def test_a_file_that_may_not_be_written_is_told(sqlite_engine: Engine) -> None:
    with pytest.raises(ReadOnly), write(sqlite_engine) as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        put(connection, "x")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"this is not a database, it is a letter" * 100)
    with pytest.raises(Damaged), read(open_engine(f"sqlite:///{path}")):
        pass


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable), write(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'khen.db'}")):
        pass


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable), read(open_engine(f"postgresql+psycopg://nobody@/x?host={tmp_path}")):
        pass


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql://x/y", "postgresql+psycopg2://x/y", "khen.db"],
)
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(WrongSettings):
        parse_url(url)


def test_a_file_left_in_wal_mode_is_brought_to_the_mode_that_is_safe_here(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA journal_mode = WAL")
        old.execute("CREATE TABLE t (a)")
    old.close()
    engine = open_engine(f"sqlite:///{path}")
    assert health(engine)["journal_mode"] in {"WAL", "DELETE"}
    with write(engine) as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    engine.dispose()
