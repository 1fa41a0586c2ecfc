"""Builds the application out of its settings: the one place where engine, calendar, mail and chance meet."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update
from sqlmodel import col

from definitions.calendar import WorkCalendar, shipped
from workflow.services.desk import Contact, Desk
from workflow.settings import Settings
from workflow.storage import migrations
from workflow.storage.database import open_engine, read, write
from workflow.storage.tables import Installation

ENTERED = "calendar"
"""The fact that holds the days off and make-up days entered on a page."""
BACKUP = "backup"
"""The fact that names the instant of the last copy made of this database."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything a face needs."""

    settings: Settings
    desk: Desk

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    def now(self) -> datetime:
        """The business clock: the machine's, or in a rehearsed database the rehearsal's, which went on from there."""
        with read(self.engine) as connection:
            return clock(connection)


def open_app(settings: Settings, *, upgrade: bool = False) -> App:
    """Open the database and build the desk. `upgrade` brings the tables up to date first.

    Raises `StorageError` (unreachable, not migrated, wrong settings) and `CalendarRefused`.
    """
    engine = engine_for(settings)
    if upgrade:
        bring_up_to_date(engine)
    else:
        migrations.require_current(engine)
    return with_calendar(App(settings, desk_for(settings, engine)))


def engine_for(settings: Settings) -> Engine:
    """The engine that the settings name."""
    database = settings.database
    return open_engine(database.address, pool_size=database.pool_size, busy_seconds=float(database.busy_seconds))


def bring_up_to_date(engine: Engine) -> str:
    """Make the tables or bring them to this program's version, which is returned; a new database gets its identity."""
    version = migrations.upgrade(engine)
    if fact(engine, "instance") is None:
        put(engine, "instance", secrets.token_hex(8))
    return version


def desk_for(settings: Settings, engine: Engine, entropy: Callable[[int], str] = secrets.token_hex) -> Desk:
    """The desk over an open engine."""
    mail = settings.mail
    return Desk(
        engine=engine,
        calendar=calendar_for(settings),
        entropy=entropy,
        files=Path(settings.files.folder),
        contact=Contact(mail.contact_name, mail.contact_email, mail.contact_phone),
        mail_domain=mail.sender_address.rpartition("@")[2] or "khen.invalid",
        backdating_days=settings.desk.backdating_days,
        hold_mail=mail.mode == "hold",
        flood_guard=settings.desk.flood_guard,
        base_url=settings.web.base_url,
        certificates=settings.signing.certificates,
        largest_file=settings.web.upload_megabytes * 1024 * 1024,
    )


def calendar_for(settings: Settings, days: str = "") -> WorkCalendar:
    """The shipped calendar with the ministry's file laid on it, and `days` (what was entered on a page) on top.

    Raises CalendarRefused.
    """
    path = settings.calendar.file
    return _laid(str(path or ""), Path(path).read_text(encoding="utf-8") if path else "", days)


@lru_cache(maxsize=4)
def _laid(file: str, text: str, days: str) -> WorkCalendar:
    calendar = shipped()
    if text:
        calendar = calendar.overridden(text, file)
    return calendar.overridden(days, ENTERED) if days else calendar


def with_calendar(app: App) -> App:
    """The application on the calendar in use now: days entered on a page count in every process, without a restart."""
    calendar = calendar_for(app.settings, fact(app.engine, ENTERED) or "")
    if calendar.sha256 == app.desk.calendar.sha256:
        return app
    return replace(app, desk=replace(app.desk, calendar=calendar))


# ── the business clock ───────────────────────────────────────────────────────────────────────────


def clock(connection: Connection, real: datetime | None = None) -> datetime:
    """Now, as acts and deadlines count it (see `App.now`)."""
    real = real or datetime.now(UTC)
    row = connection.execute(select(col(Installation.value)).where(col(Installation.name) == "clock")).first()
    if row is None:
        return real
    stood_at, set_at = (datetime.fromisoformat(each) for each in row[0].split(" "))
    return stood_at + (real - set_at)


def set_clock(engine: Engine, stood_at: datetime) -> None:
    """Let a rehearsed database go on from `stood_at` (an instant)."""
    value = f"{stood_at.isoformat()} {datetime.now(UTC).isoformat()}"
    put(engine, "clock", value)


def put(engine: Engine, name: str, value: str) -> None:
    """Keep a fact about this database."""
    with write(engine) as connection:
        changed = connection.execute(update(Installation).where(col(Installation.name) == name).values(value=value))
        if not changed.rowcount:
            connection.execute(insert(Installation).values(name=name, value=value))


def fact(engine: Engine, name: str) -> str | None:
    with read(engine) as connection:
        row = connection.execute(select(col(Installation.value)).where(col(Installation.name) == name)).first()
    return row[0] if row else None


__all__ = ["App", "calendar_for", "clock", "desk_for", "fact", "open_app", "put", "replace", "set_clock"]
