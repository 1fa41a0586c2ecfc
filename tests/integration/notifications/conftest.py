"""Databases with the tables of the outbox alone, opened as the product opens them: this pillar stands by itself."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests import postgres
from tests.integration.notifications.factory import TABLES, create_tables, sqlite_at


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


@pytest.fixture(params=postgres.BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_at(tmp_path / "outbox.db")
        create_tables(engine)
        yield engine
        engine.dispose()
        return
    engine = request.getfixturevalue("outbox_postgres")
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE " + ", ".join(table.name for table in TABLES) + " RESTART IDENTITY"))
    yield engine


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """For tests about mail servers rather than databases."""
    engine = sqlite_at(tmp_path / "outbox.db", durable=False)
    create_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


@dataclass(frozen=True)
class TlsFiles:
    """Two self-signed certificates: `certificate` is for 127.0.0.1, `other` for another host."""

    certificate: Path
    other: Path

    def context(self, which: str = "right") -> ssl.SSLContext:
        path = self.other if which == "other" else self.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, path.with_suffix(".key"))
        return context


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """Made anew each time: a private key has no place among the sources."""
    folder = tmp_path_factory.mktemp("tls")
    made = []
    for name, host in (("right", "IP:127.0.0.1"), ("other", "DNS:other.example")):
        path = folder / f"{name}.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
        command += ["-subj", "/CN=khen test", "-addext", f"subjectAltName={host}"]
        command += ["-keyout", str(path.with_suffix(".key")), "-out", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        made.append(path)
    return TlsFiles(*made)
