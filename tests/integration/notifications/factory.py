"""The smallest mails a test may ask for, and how it looks at what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlmodel import SQLModel

from notifications.mail import LineRequest, MailRequest
from notifications.tables import ATTEMPT, LINE, MAIL, QUEUE

NOW = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
TABLES = [MAIL, LINE, ATTEMPT, QUEUE]


def sqlite_at(path: Path) -> Engine:
    """As the product opens it: writers begin immediately, nothing is confirmed before it is on disk."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 20})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def create_tables(engine: Engine) -> None:
    SQLModel.metadata.create_all(engine, tables=TABLES)


def message_id_of(cause: str, address: str) -> str:
    return f"<{sha256(f'{cause} {address}'.encode()).hexdigest()[:20]}@bo.example>"


def line(number: int, *, topic: str = "notice", section: str = "received") -> LineRequest:
    context = {"code": f"BK-2026-{number:03d}", "name": f"Nguyễn Văn {number}", "award": "Bằng khen của Bộ trưởng"}
    return LineRequest(f"nomination:{number}", topic, section, context)


def mail(number: int = 1, *, lines: tuple[LineRequest, ...] = (), **changes: Any) -> MailRequest:
    values: dict[str, Any] = {
        "cause": "act:1",
        "address": f"unit{number}@bo.example",
        "name": f"Cục {number}",
        "language": "vi",
        "template": "received",
        "context": {"unit_name": f"Cục {number}", "letter_number": "07/TTr-CVT"},
        "lines": lines,
        "thread": "submission:1",
    }
    return MailRequest(**(values | changes))


def states(source: Connection | Engine) -> dict[str, str]:
    """cause and address of every mail, with its state."""
    if isinstance(source, Engine):
        with source.connect() as connection:
            return states(connection)
    rows = source.execute(text("SELECT cause, address, state FROM mail ORDER BY id"))
    return {f"{row.cause} {row.address}": row.state for row in rows}


def column(source: Connection, sql: str) -> list[Any]:
    return [row[0] for row in source.execute(text(sql))]
