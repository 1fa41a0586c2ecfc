"""What is wrong with this installation and how to mend it: each finding on its own, none stops the others."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from definitions.calendar import LOCAL, local_day

Level = Literal["ok", "warn", "bad"]
OLDEST = ((3, 11, 15), (3, 12, 13), (3, 13, 12), (3, 14, 3))
"""Python releases with the fix for header injection in its mail package; ours does not rely on it."""
OLDEST_BACKUP = timedelta(days=2)
"""A copy made before that is told as missing: one is made every night."""
ROOM_NEEDED = 500_000_000
"""Bytes below which the next list or paper may no longer find room."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `name` is the catalogue's key for what it is and for how to mend it."""

    name: str
    level: Level
    detail: str


def examine(load: Callable[[], Any], engine: Any = None) -> list[Finding]:
    """Everything that can be looked at; `load` gives the settings and may raise.

    `engine` is one that is open already; without it the database is opened as the settings say.
    """
    findings = [*_program()]
    try:
        settings = load()
    except Exception as error:  # whatever is wrong with the settings is the finding
        return [*findings, Finding("settings", "bad", str(error))]
    findings.append(Finding("settings", "ok", f"{len(settings.origins)}"))
    for look in (_database, _calendar, _files, _disk, _papers, _certificates, _mail):
        try:
            findings += look(settings, engine)
        except Exception as error:  # a broken part must not hide the others
            findings.append(Finding(look.__name__.strip("_"), "bad", f"{type(error).__name__}: {error}"))
    return findings


def _program() -> Iterator[Finding]:
    version = sys.version_info[:3]
    fixed = any(version[:2] == each[:2] and version >= each for each in OLDEST) or version[:2] > OLDEST[-1][:2]
    yield Finding("python", "ok" if fixed else "warn", platform.python_version())


def _database(settings: Any, engine: Any) -> Iterator[Finding]:
    from notifications import overview
    from workflow.bootstrap import BACKUP, clock, engine_for, fact
    from workflow.storage import heartbeats, migrations
    from workflow.storage.database import health, read

    engine = engine if engine is not None else engine_for(settings)
    facts = health(engine)
    yield Finding("database", "ok", ", ".join(f"{name} {value}" for name, value in facts.items()))
    found, expected = migrations.current(engine), migrations.head()
    yield Finding("tables", "ok" if found == expected else "bad", f"{found or '–'} / {expected}")
    if found != expected:
        return
    with read(engine) as connection:
        now = clock(connection)
        summary = overview.summary(connection, now)
        trouble = overview.trouble(connection, now)
    stuck = trouble.overdue or trouble.uncertain or trouble.expired
    level: Level = "bad" if trouble.paused else "warn" if stuck else "ok"
    yield Finding("outbox", level, ", ".join(f"{name} {amount}" for name, amount in summary.counts.items()) or "0")
    yield _relay(summary.queue)
    with read(engine) as connection:
        beat = heartbeats.last(connection, "sweep")
    late = beat is None or not beat.ok or beat.late(now)
    yield Finding("worker", "warn" if late else "ok", f"{beat.at.isoformat()} {beat.error}".strip() if beat else "–")
    made = fact(engine, BACKUP)
    fresh = made is not None and datetime.now(UTC) - datetime.fromisoformat(made) < OLDEST_BACKUP
    yield Finding("backup", "ok" if fresh else "warn", made or "–")


def _relay(queue: Any) -> Finding:
    """Whether the mail server could be reached when it was last tried; before the first try there is nothing to say."""
    if queue.retry_at is not None:
        return Finding("relay", "warn", queue.lane_detail or "–")
    at = queue.handed_over_at
    return Finding("relay", "ok", at.astimezone(LOCAL).isoformat(timespec="seconds") if at else "–")


def _calendar(settings: Any, engine: Any) -> Iterator[Finding]:
    from workflow.bootstrap import ENTERED, calendar_for, clock, engine_for, fact
    from workflow.storage.database import read

    engine = engine if engine is not None else engine_for(settings)
    calendar = calendar_for(settings, fact(engine, ENTERED) or "")
    with read(engine) as connection:
        missing = calendar.to_confirm(local_day(clock(connection)))
    yield Finding("calendar", "warn" if missing else "ok", ", ".join(map(str, missing)) or calendar.sha256[:12])


def _files(settings: Any, engine: Any) -> Iterator[Finding]:
    folder = Path(settings.files.folder)
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".write-test"
    probe.write_bytes(b"")
    probe.unlink()
    yield Finding("files", "ok", str(folder))


def _disk(settings: Any, engine: Any) -> Iterator[Finding]:
    """Room where papers and the database's file are written."""
    free = shutil.disk_usage(Path(settings.files.folder)).free
    level: Level = "bad" if free < ROOM_NEEDED else "warn" if free < 5 * ROOM_NEEDED else "ok"
    yield Finding("disk", level, f"{free / 1e9:.1f} GB")


def _papers(settings: Any, engine: Any) -> Iterator[Finding]:
    """Papers need a name at their head; the house's own templates must have no tag that is wrong."""
    from workflow.papers.checking import tags_of_folder

    house, own = settings.papers, settings.papers.templates
    missing = [f"[papers] {name}" for name in ("ministry", "council", "office") if not getattr(house, name)]
    if own is not None and not own.is_dir():
        yield Finding("papers", "bad", str(own))
        return
    wrong = [each.path.name for each in tags_of_folder(own) if each.faults] if own is not None else []
    told = ", ".join((*wrong, *missing)) or str(own or house.ministry)
    yield Finding("papers", "bad" if wrong else "warn" if missing else "ok", told)


def _certificates(settings: Any, engine: Any) -> Iterator[Finding]:
    """Whose digital signatures are trusted: with certificates that cannot be read no signed decision can be taken."""
    from workflow.services.decision_files import trusted
    from workflow.storage.papers import PaperRefused

    place = settings.signing.certificates
    try:
        amount = len(trusted(place))
    except PaperRefused:
        yield Finding("certificates", "bad", str(place))
        return
    yield Finding("certificates", "ok", f"{place}: {amount}" if place is not None else "–")


def _mail(settings: Any, engine: Any) -> Iterator[Finding]:
    from workflow.running import smtp_settings

    if settings.mail.mode == "hold":
        yield Finding("mail", "warn", "hold")
        return
    relay = smtp_settings(settings)
    yield Finding("mail", "ok", f"{settings.mail.mode}: {relay.host}:{relay.port} ({relay.tls})")
