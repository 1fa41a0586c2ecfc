"""Databases for the outbox: SQLite always, PostgreSQL where KHEN_TEST_PG_URL names a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlmodel import SQLModel

from notifications.tables import Attempt, Mail, MailLine, QueueState

TABLES = [SQLModel.metadata.tables[model.__tablename__] for model in (Mail, MailLine, Attempt, QueueState)]


def sqlite_engine(path: Path) -> Engine:
    """As the product opens it: writers begin immediately, nothing is confirmed before it is on disk."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 20})

    @event.listens_for(engine, "connect")
    def _settings(connection, _record):
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def databases() -> list[str]:
    return ["sqlite", *(["postgresql"] if os.environ.get("KHEN_TEST_PG_URL") else [])]


@pytest.fixture(params=databases())
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_engine(tmp_path / "outbox.db")
    else:
        engine = create_engine(os.environ["KHEN_TEST_PG_URL"])
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS mail_attempt, mail_line, mail, mail_queue"))
    SQLModel.metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection
