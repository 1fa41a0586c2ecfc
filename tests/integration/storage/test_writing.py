"""Rows written by the thousand are read back by SQLAlchemy as they were given, on both products."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, StatementError

from workflow.storage.database import open_engine, read, write
from workflow.storage.migrations import metadata
from workflow.storage.writing import TableWriter

ROUND = metadata().tables["round"]
REMINDER = metadata().tables["reminder"]
PERSON = metadata().tables["person"]
ROUND_COLUMNS = ("code", "title", "year", "opens_on", "closes_on", "closed_at", "flows", "cutoffs", "counts")
REMINDER_COLUMNS = ("nomination_id", "name", "run", "rung", "recipient", "made_at", "skipped")
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2026, 2, 11, 8, 0, tzinfo=HANOI)


def round_row(code: str, *, closed_at: datetime | None = None) -> tuple[Any, ...]:
    return (
        code,
        "Đợt khen thưởng tổng kết năm 2026 % ? :x",
        2026,
        date(2026, 1, 5),
        date(2026, 3, 31),
        closed_at,
        ["bang_khen_bo", "co_thi_dua_bo"],
        {"*": "2026-03-31", "bang_khen_bo": "2026-03-20"},
        {"Tập thể": 12},
    )


def reminder_row(number: int) -> tuple[Any, ...]:
    return (number, "tham_dinh", 1, "before_3", f"can.bo.{number}@bo.gov.vn", AT, False)


def test_values_are_read_back_as_they_were_given(engine: Engine) -> None:
    given = [
        round_row("2026-1"),
        round_row("2026-2", closed_at=AT),
        round_row("2026-3", closed_at=datetime(2026, 2, 11, 1, 0, 0, 123456, tzinfo=UTC)),
    ]
    with write(engine) as connection:
        assert TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(connection, given) == 3
    with read(engine) as connection:
        found = connection.execute(select(*(ROUND.c[name] for name in ROUND_COLUMNS)).order_by(ROUND.c.code)).all()
    assert [tuple(row) for row in found] == given
    assert found[1].closed_at.tzinfo is UTC


def test_the_stored_text_is_the_one_sqlalchemy_would_store(sqlite_engine: Engine) -> None:
    """Else comparisons in SQL, which compare text, would go wrong between rows written in two ways."""
    with write(sqlite_engine) as connection:
        TableWriter(ROUND, ROUND_COLUMNS, sqlite_engine.dialect).insert(connection, [round_row("a", closed_at=AT)])
        connection.execute(ROUND.insert().values(dict(zip(ROUND_COLUMNS, round_row("b", closed_at=AT), strict=True))))
        raw = connection.exec_driver_sql(f"SELECT {', '.join(ROUND_COLUMNS[1:])} FROM round").fetchall()
    assert raw[0] == raw[1]


def test_an_update_counts_only_rows_it_found(engine: Engine) -> None:
    with write(engine) as connection:
        TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(connection, map(round_row, "abc"))
        writer = TableWriter(ROUND, ("year", "closed_at"), engine.dialect)
        rows = [(2027, AT, "a", 2026), (2027, AT, "b", 1999), (2028, None, "c", 2026), (2029, None, "z", 2026)]
        changed = writer.update(connection, ("year", "closed_at"), ("code", "year"), rows)
    assert changed == 2
    with read(engine) as connection:
        found = connection.execute(select(ROUND.c.code, ROUND.c.year, ROUND.c.closed_at).order_by(ROUND.c.code)).all()
    assert [tuple(row) for row in found] == [("a", 2027, AT), ("b", 2026, None), ("c", 2028, None)]


def test_an_update_may_have_a_further_condition(engine: Engine) -> None:
    with write(engine) as connection:
        TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(
            connection, [round_row("open"), round_row("shut", closed_at=AT)]
        )
        writer = TableWriter(ROUND, ("closed_at",), engine.dialect)
        rows = [(AT + timedelta(days=1), "open"), (AT + timedelta(days=1), "shut")]
        assert writer.update(connection, ("closed_at",), ("code",), rows, also="closed_at IS NULL") == 1


def test_no_rows_is_no_statement(engine: Engine) -> None:
    with write(engine) as connection:
        writer = TableWriter(ROUND, ROUND_COLUMNS, engine.dialect)
        assert writer.insert(connection, []) == 0
        assert writer.update(connection, ("year",), ("code",), []) == 0


def test_more_rows_than_one_batch(engine: Engine) -> None:
    with write(engine) as connection:
        rows = (reminder_row(number) for number in range(20_001))
        assert TableWriter(REMINDER, REMINDER_COLUMNS, engine.dialect).insert(connection, rows) == 20_001
        assert connection.exec_driver_sql("SELECT count(*) FROM reminder").scalar_one() == 20_001


def test_a_column_without_which_no_row_can_be_is_named_before_anything_is_written(engine: Engine) -> None:
    with write(engine) as connection, pytest.raises(ValueError, match="round: no value for closes_on"):
        TableWriter(ROUND, [name for name in ROUND_COLUMNS if name != "closes_on"], engine.dialect).insert(
            connection, [()]
        )


def test_a_column_that_is_not_there_is_named(engine: Engine) -> None:
    with write(engine) as connection, pytest.raises(ValueError, match="round has no column colour"):
        TableWriter(ROUND, ("colour",), engine.dialect).update(connection, ("colour",), ("id",), [("red", 1)])


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # that is the case
    with write(engine) as connection, pytest.raises((ValueError, StatementError), match="time zone"):
        TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(connection, [round_row("x", closed_at=naive)])


@pytest.mark.parametrize("wrong", [round_row("x")[:-1], (*round_row("x"), 1)])
def test_a_row_of_another_length_stops_everything(engine: Engine, wrong: tuple[Any, ...]) -> None:
    with write(engine) as connection, pytest.raises(ValueError, match=r"zip|rows of"):
        TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(connection, [wrong, round_row("y")])


def test_a_constraint_speaks_for_itself(engine: Engine) -> None:
    with pytest.raises(IntegrityError), write(engine) as connection:
        TableWriter(ROUND, ROUND_COLUMNS, engine.dialect).insert(connection, [round_row("x"), round_row("x")])


@pytest.mark.pace
def test_ten_thousand_rows_cost_about_what_the_driver_costs(tmp_path: Path) -> None:
    """Against `sqlite3.executemany` of ready text values, best of nine, interleaved; both without the commit."""
    engine = open_engine(f"sqlite:///{tmp_path / 'speed.db'}")
    metadata().create_all(engine, tables=[REMINDER])
    rows = [reminder_row(number) for number in range(10_000)]
    ready = [(*row[:5], "2026-02-11 01:00:00.000000", row[6]) for row in rows]
    sql = f"INSERT INTO reminder ({', '.join(REMINDER_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
    writer = TableWriter(REMINDER, REMINDER_COLUMNS, engine.dialect)
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(9):
        with engine.connect() as connection, connection.begin() as transaction:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            floor.append(timed(partial(driver.executemany, sql, ready)))
            transaction.rollback()
        with engine.connect() as connection, connection.begin() as transaction:
            ours.append(timed(partial(writer.insert, connection, rows)))
            transaction.rollback()
    engine.dispose()
    ratio = min(ours) / min(floor)
    print(f"10,000 rows: {min(ours) * 1000:.1f} ms, {ratio:.2f} x sqlite3.executemany")
    # The goal is 1.15; the bar leaves room for a machine that does something else at the same time.
    assert ratio < 1.5


def timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
