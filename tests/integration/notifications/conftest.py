"""Databases with the tables of the outbox alone, opened as the product opens them: this pillar stands by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests import postgres
from tests.integration.notifications.factory import TABLES, create_tables, sqlite_at

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def outbox_postgres(postgres_server: postgres.Server) -> Iterator[Engine]:
    """One PostgreSQL database for all tests of this folder; each finds its tables empty."""
    admin = create_engine(postgres_server.url("postgres"), isolation_level="AUTOCOMMIT")
    name = "khen_outbox"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(postgres_server.url(name))
    create_tables(engine)
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_at(tmp_path / "outbox.db")
        create_tables(engine)
        yield engine
        engine.dispose()
        return
    engine = request.getfixturevalue("outbox_postgres")
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE " + ", ".join(table.name for table in TABLES)))
    yield engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection
