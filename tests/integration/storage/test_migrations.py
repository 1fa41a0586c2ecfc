"""Steps lead to exactly the models, from an empty database and from a filled one, all or nothing, and never back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, event, inspect, select

from workflow.storage import migrations
from workflow.storage.database import open_engine, read, write
from workflow.storage.errors import Damaged, DowngradeRefused, NotMigrated, Unreachable

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

# What a CHECK asks for; every other column gets a value of its type.
CHOSEN = {
    ("grant_of_role", "scope_kind"): "unit",
    ("nomination", "nominee"): "individual",
    ("nomination", "outcome"): None,
    ("document", "submission_id"): None,
    ("mail", "state"): "queued",
    ("mail", "hold"): "",
    ("mail", "lease_until"): None,
    ("mail", "resend_of"): None,
    ("mail_attempt", "stage"): "claimed",
    ("mail_attempt", "outcome"): "",
    ("mail_attempt", "ended_at"): None,
    ("nomination", "grown_from_id"): None,
    ("nomination", "subject_id"): None,
    ("one_time_token", "kind"): "invite",
    ("comment", "audience"): "desk",
    ("act_draft", "state"): "preview",
    ("decision_file", "kind"): "scan",
    ("unit_mailbox", "wants"): "daily",
    ("mail_preference", "wants"): "owed",
    ("webhook_delivery", "state"): "owed",
    ("council", "kind"): "council",
    ("seat", "post"): "member",
    ("council_session", "body"): "council",
    ("council_session", "form"): "mixed",
    ("council_session", "ballots"): "online",
    ("council_session", "state"): "planned",
    ("agenda_line", "state"): "tabled",
    ("agenda_line", "rule"): "{}",
    ("agenda_line", "tally"): "{}",
    ("session_member", "attendance"): "present",
    ("recusal", "cause"): "declared",
    ("ballot_box", "choice"): "yes",
    ("open_ballot", "choice"): "no",
    ("paper_count", "entry"): 1,
    ("appraiser", "how"): "hand",
    ("appraiser", "why"): "{}",
    ("appraiser", "cause"): "",
    ("scorecard", "kind"): "given",
    ("scorecard", "points"): "{}",
}


def test_an_empty_database_gets_the_tables_of_the_models(empty_engine: Engine) -> None:
    assert migrations.current(empty_engine) is None
    assert migrations.upgrade(empty_engine) == migrations.head()
    assert migrations.current(empty_engine) == migrations.head()
    assert migrations.differences(empty_engine) == []
    migrations.require_current(empty_engine)


def test_the_last_step_is_the_one_that_the_library_finds_at_the_end_of_the_chain() -> None:
    assert migrations.head() == ScriptDirectory(str(migrations.FOLDER)).get_current_head()


def test_steps_and_models_make_the_same_schema_to_the_letter(empty_engine: Engine) -> None:
    """More than alembic compares: checks, names, conditions of indexes, tables without rowid."""
    migrations.metadata().create_all(empty_engine)
    by_models = schema(empty_engine)
    migrations.metadata().drop_all(empty_engine)
    migrations.upgrade(empty_engine)
    by_steps = schema(empty_engine)
    del by_steps["alembic_version"]
    assert by_steps == by_models


def test_a_difference_is_found(engine: Engine) -> None:
    with write(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE unit ADD COLUMN colour VARCHAR(3)")
        connection.exec_driver_sql("DROP INDEX ix_person_name_folded")
    found = migrations.differences(engine)
    assert len(found) == 2
    assert "colour" in found[0] + found[1]


def revisions() -> list[str]:
    from alembic.script import ScriptDirectory

    return [step.revision for step in reversed(list(ScriptDirectory(str(migrations.FOLDER)).walk_revisions()))]


def starts() -> Iterator[Any]:
    """From the oldest and from the last but one; from each of the others in the long runs."""
    *every, before, _ = revisions()
    for at, revision in enumerate([*every, before]):
        yield pytest.param(revision, marks=[pytest.mark.long] if 0 < at < len(every) else [])


@pytest.mark.parametrize("start", tuple(starts()))
def test_a_filled_database_keeps_its_rows_on_the_way_to_the_newest(empty_engine: Engine, start: str) -> None:
    migrations.upgrade(empty_engine, start)
    with write(empty_engine) as connection:
        filled = fill(connection)
    before = rows(empty_engine, filled)
    assert all(before.values())
    assert migrations.upgrade(empty_engine) == migrations.head()
    assert migrations.differences(empty_engine) == []
    after = rows(empty_engine, filled)
    assert {name: {key: row[key] for key in before[name]} for name, row in after.items()} == before


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    before = schema(engine)
    assert migrations.upgrade(engine) == migrations.head()
    assert schema(engine) == before


class _Stopped(Exception):
    pass


def test_an_upgrade_that_breaks_off_anywhere_leaves_nothing(empty_engine: Engine) -> None:
    statements = count_statements(empty_engine)
    assert statements > 40
    for stop_at in [*range(1, statements, 9 if LONG else 25), statements]:
        with pytest.raises(_Stopped):
            upgrade_until(empty_engine, stop_at)
        assert schema(empty_engine) == {}
    migrations.upgrade(empty_engine)
    assert migrations.differences(empty_engine) == []


def test_a_process_killed_in_the_middle_leaves_nothing(empty_sqlite_engine: Engine) -> None:
    address = empty_sqlite_engine.url
    child = os.fork()
    if child == 0:
        engine = open_engine(address)
        event.listen(engine, "before_cursor_execute", killer(60))
        migrations.upgrade(engine)
        os._exit(0)  # not reached: the killer was before
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77
    assert schema(empty_sqlite_engine) == {}
    assert migrations.upgrade(empty_sqlite_engine) == migrations.head()


def killer(at: int) -> Any:
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            os._exit(77)

    return count


def count_statements(engine: Engine) -> int:
    seen: list[str] = []
    fresh = open_engine(engine.url)
    event.listen(fresh, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with pytest.raises(_Stopped):
        upgrade_and_stop(fresh)
    fresh.dispose()
    return len(seen)


def upgrade_and_stop(engine: Engine) -> None:
    """All statements, but no commit."""

    def stop(_connection: Connection) -> None:
        raise _Stopped

    event.listen(engine, "commit", stop)
    migrations.upgrade(engine)


def upgrade_until(engine: Engine, stop_at: int) -> None:
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == stop_at:
            raise _Stopped

    fresh = open_engine(engine.url)
    event.listen(fresh, "before_cursor_execute", count)
    try:
        migrations.upgrade(fresh)
    finally:
        fresh.dispose()


def test_foreign_keys_hold_again_after_an_upgrade(engine: Engine) -> None:
    migrations.upgrade(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_rows_that_point_nowhere_stop_an_upgrade(empty_sqlite_engine: Engine) -> None:
    migrations.upgrade(empty_sqlite_engine)
    with empty_sqlite_engine.connect() as connection:
        connection.rollback()
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("INSERT INTO audit_entry VALUES (1, 'a', 'b', '2026-01-01 00:00:00.000000', 'x', '{}')")
        driver.execute("INSERT INTO task VALUES (1, 4711, 'x', '', 1, '2026-01-01', NULL, NULL, '')")
        driver.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(Damaged, match="foreign keys"):
        migrations.upgrade(empty_sqlite_engine)


def test_there_is_no_way_back(engine: Engine) -> None:
    with pytest.raises(DowngradeRefused) as told:
        migrations.downgrade(engine, "0000")
    assert told.value.params == {"found": migrations.head(), "expected": "0000"}


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine) -> None:
    with write(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotMigrated) as told:
        migrations.upgrade(engine)
    assert told.value.params == {"found": "9999", "expected": migrations.head()}
    with pytest.raises(NotMigrated):
        migrations.require_current(engine)


def test_a_database_without_tables_is_not_taken_for_ours(empty_engine: Engine) -> None:
    with pytest.raises(NotMigrated) as told:
        migrations.require_current(empty_engine)
    assert told.value.params == {"found": "-", "expected": migrations.head()}


def test_the_first_upgrade_makes_a_file_that_only_we_may_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "data" / "khen.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o007 == 0


def test_a_place_that_cannot_be_is_told_in_our_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unreachable):
        migrations.upgrade(open_engine(f"sqlite:///{tmp_path / 'file' / 'khen.db'}"))


# ------------------------------------------------------------------------------------------------------ helpers


def schema(engine: Engine) -> dict[str, Any]:
    """Everything the database itself knows of its tables."""
    with read(engine) as connection:
        if engine.dialect.name == "sqlite":
            found = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            tables: dict[str, Any] = {}
            for name, sql in found:
                # Line by line, since the order of constraints means nothing; a table made anew has its name in quotes.
                sql = sql.replace(f'CREATE TABLE "{name}"', f"CREATE TABLE {name}")
                lines = frozenset(part for line in sql.splitlines() for part in apart(line))
                tables.setdefault(name, set()).add(lines)
            return tables
        look = inspect(connection)
        return {name: described(look, name) for name in look.get_table_names()}


def apart(line: str) -> list[str]:
    """What stands on one line, a column added later too: SQLite puts that behind the one before."""
    parts, depth = [""], 0
    for letter in line.strip().rstrip(","):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def described(look: Any, name: str) -> dict[str, Any]:
    columns = look.get_columns(name)
    return {
        "columns": [(each["name"], str(each["type"]), each["nullable"], each["default"]) for each in columns],
        "key": look.get_pk_constraint(name),
        "foreign": sorted(look.get_foreign_keys(name), key=str),
        "unique": sorted(look.get_unique_constraints(name), key=str),
        "checks": sorted(look.get_check_constraints(name), key=str),
        "indexes": sorted(look.get_indexes(name), key=str),
    }


def fill(connection: Connection) -> list[str]:
    """One row in every table as it is now; returns the tables."""
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name != "alembic_version"]
    for table in tables:
        connection.execute(table.insert().values({column.name: value_of(table, column) for column in table.columns}))
    return [table.name for table in tables]


def value_of(table: Table, column: Any) -> Any:
    if (table.name, column.name) in CHOSEN:
        return CHOSEN[table.name, column.name]
    kind = column.type.python_type
    texts = {"context": "{}", "data": "{}"}
    values = {int: 1, bool: True, date: date(2026, 2, 11), datetime: datetime(2026, 2, 11, 1, tzinfo=UTC)}
    return values.get(kind, texts.get(column.name, "x"))


def rows(engine: Engine, names: list[str]) -> dict[str, dict[str, Any]]:
    """The one row of each table."""
    return dict(_rows(engine, names))


def _rows(engine: Engine, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    found = MetaData()
    with read(engine) as connection:
        found.reflect(connection)
        for name in names:
            yield name, dict(connection.execute(select(found.tables[name])).mappings().one())
