"""`khen demo`: build an empty world, rehearse the season with a catch-all mail server, tell what happened."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from definitions.calendar import LOCAL
from definitions.flow import Flow
from notifications.catchall import FolderStore, MailServer, in_thread
from notifications.tables import MAIL
from workflow.bootstrap import App, bring_up_to_date, desk_for, engine_for, fact, put, set_clock
from workflow.demo import world
from workflow.demo.season import Season
from workflow.flow_checks import SHIPPED
from workflow.running import delivery
from workflow.services import auditing, flows, register
from workflow.services.looking import counts
from workflow.settings import Settings, load_settings
from workflow.storage.database import read
from workflow.storage.tables import Act, DecisionPaper, Event, Nomination, Reminder

MARK = "demo"


class NotADemo(Exception):
    """The folder holds something that is not a rehearsal; nothing was touched."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A season that was played: its figures as `khen demo --json` prints them, and the story's findings."""

    figures: Mapping[str, Any]
    rows: tuple[tuple[str, str, int], ...]
    surprises: tuple[str, ...]
    lists: tuple[tuple[str, int, int], ...]
    app: App
    config: Path


CONFIG = """# Cấu hình của bản diễn tập. Xóa cả thư mục này là xóa hết bản diễn tập.
# Settings of the rehearsal. Deleting this folder deletes all of it.
[database]
url = "sqlite:///khen.db"

[files]
folder = "papers"
{definitions}
[mail]
mode = "send"
host = "127.0.0.1"
port = {port}
tls = "none"
sender_address = "khen@bo.example"
sender_name = "Hội đồng Thi đua, Khen thưởng (diễn tập)"
lanes = 4
contact_name = "Cơ quan thường trực Hội đồng"
contact_email = "thuongtruc@bo.example"
contact_phone = "024 0000 0000"

[papers]
ministry = "Bộ Khoa học và Công nghệ"
office = "Vụ Tổ chức cán bộ"
ministry_symbol = "BKHCN"
office_symbol = "TCCB"

[desk]
backdating_days = 60

[web]
port = {web_port}
base_url = "http://127.0.0.1:{web_port}"
"""


def prepare(folder: Path, flows_folder: Path | None, port: int) -> Settings:
    """An empty place for a rehearsal; an earlier one there is removed. Raises NotADemo for anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".khen-demo").exists():
            raise NotADemo(str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".khen-demo").write_text("khen demo\n", encoding="utf-8")
    return write_settings(folder, flows_folder, port)


def write_settings(folder: Path, flows_folder: Path | None, port: int, web_port: int = 8080) -> Settings:
    """The rehearsal's settings, with the ports of the catch-all server and of the pages."""
    extra = f'\n[definitions]\nfolder = "{flows_folder.resolve()}"\n' if flows_folder else ""
    text = CONFIG.format(port=port, web_port=web_port, definitions=extra)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return load_settings(folder / "config.toml", {})


def rehearse(
    folder: Path,
    *,
    scale: int = 1,
    seed: int = 2026,
    flows_folder: Path | None = None,
    server: MailServer,
    say: Callable[[date, str, Mapping[str, Any]], None],
    progress: Callable[[str], None] = lambda name: None,
    settings: Settings | None = None,
) -> Rehearsed:
    """Play the season into `folder`; `server` catches every mail. The same seed gives the same figures but seconds."""
    began = time.perf_counter()
    settings = settings or prepare(folder, flows_folder, server.port)
    engine = engine_for(settings)
    event.listen(engine, "connect", _no_waiting)
    bring_up_to_date(engine)
    rng = random.Random(seed)  # noqa: S311 - a rehearsal is to be repeatable
    desk = desk_for(settings, engine, lambda n: rng.randbytes(n).hex())
    app = App(settings, desk)
    put(engine, MARK, str(seed))
    now = datetime(2026, 10, 1, 7, tzinfo=LOCAL)
    progress("flows")
    flows.publish(desk, flows_folder or SHIPPED, "demo", now, progress=progress)
    published = _published(app, now)
    units = {each.code: each for each in world.units()}
    active = {code: each for code, each in units.items() if each.until_on is None}
    register.add_units(desk, list(units.values()), "demo", now)
    register.add_people(desk, world.people(active.values(), rng), "demo", now)
    season = Season(desk, published, active, rng, scale, say, progress, now=now)
    season.worker = delivery(app, lambda: season.now)
    tally = season.run()
    set_clock(engine, season.now)
    figures = _figures(app, len(active), tally, time.perf_counter() - began)
    rows = tuple((row.flow_id, row.state, row.amount) for row in counts(desk, world.ROUND))
    return Rehearsed(figures, rows, tuple(tally.surprises), tuple(tally.lists), app, folder / "config.toml")


def _no_waiting(connection: Any, _record: Any) -> None:
    """Do not wait for the disk at each commit: a rehearsal that a power cut spoils is played again.

    It holds for these connections alone; whoever opens the file afterwards is as careful as ever.
    """
    connection.execute("PRAGMA synchronous = OFF")


def _published(app: App, now: datetime) -> dict[str, Flow]:
    found = flows.in_force(app.desk, date(2026, 12, 1))
    with read(app.engine) as connection:
        return {name: app.desk.flows.get(connection, each.id).flow for name, each in sorted(found.items())}


def _figures(app: App, units: int, tally: Any, seconds: float) -> dict[str, Any]:
    with read(app.engine) as connection:

        def total(table: Any) -> int:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

        def by(column: Any) -> Counter[str]:
            rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
            return Counter({row[0]: row[1] for row in rows})

        states = by(MAIL.c.state)
        most = connection.execute(
            select(func.count()).where(MAIL.c.cause.startswith("act:")).group_by(MAIL.c.cause, MAIL.c.address)
        ).scalars()
        figures = {
            "units": units,
            "nominations": total(Nomination),
            "acts": total(Act),
            "events": total(Event),
            "mails": {
                "queued": sum(states.values()) - states["cancelled"] - states["held"],
                "handed_over": states["handed_over"],
                "failed": states["failed"] + states["expired"],
                "held": states["held"],
                "cancelled": states["cancelled"],
                "most_to_one_recipient_in_one_act": max(most, default=0),
            },
            "reminders": total(Reminder),
            "decisions": total(DecisionPaper),
            "by_state": dict(by(Nomination.__table__.c.state)),  # type: ignore[attr-defined]
            "scorecards": tally.cards,
            "surprises": len(tally.surprises),
        }
    proof = auditing.verify(app.desk)
    return {
        **figures,
        "audit": "ok" if not proof.faults else "broken",
        "audit_entries": proof.entries,
        "audit_head": proof.head.short,
        "seconds": round(seconds, 1),
    }


def is_demo(app: App) -> bool:
    """Whether this database is a rehearsal."""
    return fact(app.engine, MARK) is not None


def catch_all(folder: Path, port: int, stack: ExitStack) -> MailServer:
    """Start the catch-all server for as long as the stack lives; port 0 takes a free one."""
    store = FolderStore(folder, durable=False)
    return stack.enter_context(in_thread(MailServer(store, clock=lambda: datetime.now(LOCAL), port=port)))
