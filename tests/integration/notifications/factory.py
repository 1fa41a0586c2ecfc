"""The smallest mails a test may ask for, and how it looks at what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlmodel import SQLModel

from notifications import outbox
from notifications.building import Sender
from notifications.catchall import MemoryStore
from notifications.delivery import Delivery, DeliverySettings
from notifications.mail import LineRequest, MailRequest
from notifications.rendering import Renderer, read_templates
from notifications.smtp import SmtpSettings, Timeouts
from notifications.tables import ATTEMPT, LINE, MAIL, QUEUE

NOW = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
TABLES = [MAIL, LINE, ATTEMPT, QUEUE]


def sqlite_at(path: Path, *, durable: bool = True, **arguments: Any) -> Engine:
    """As the product opens it: writers begin immediately, nothing is confirmed before it is on disk.

    `durable=False` is for tests in which nobody dies.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 20, **arguments})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")

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


class Clock:
    """An instant that moves only when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def enqueue(engine: Engine, *requests: MailRequest, now: datetime = NOW, mode: str = "send") -> int:
    with engine.begin() as connection:
        return outbox.enqueue(connection, requests, now=now, message_id_of=message_id_of, mode=mode)


QUICK = Timeouts(0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3)
SENDER = Sender("tdkt@bo.example", "Hội đồng Thi đua, Khen thưởng")
RENDERER = Renderer(read_templates())


def smtp_to(port: int, **changes: Any) -> SmtpSettings:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none", "timeouts": QUICK, "sender": SENDER}
    return SmtpSettings(**(values | changes))


def worker(
    engine: Engine, smtp: SmtpSettings, clock: Callable[[], datetime], *, renderer: Renderer = RENDERER, **changes: Any
) -> Delivery:
    settings = DeliverySettings(**({"lanes": 1} | changes))
    return Delivery(engine, smtp, settings, renderer=lambda _: renderer, clock=clock)


def row(engine: Engine, cause: str = "act:1") -> Any:
    """The only mail with this cause."""
    with engine.connect() as connection:
        return connection.execute(select(MAIL).where(MAIL.c.cause == cause)).one()


def ids(store: MemoryStore) -> Counter[str]:
    """How often the sink got each Message-ID: the judge of what was lost and what came twice."""
    return Counter(kept.message_id for kept, _ in store.mails)
