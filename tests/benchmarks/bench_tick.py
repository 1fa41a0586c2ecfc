"""What a tick costs: the product's sweep beside plain sqlite3 doing the same reads and writes on the same disk.

    python -m tests.benchmarks tick

Both sides get the same rows in a file of their own, opened with the same journal and durability, and take
turns. The plain side has its recipients, texts and next instants ready; it only finds, encodes, inserts and
marks. At the end both files must hold the same reminders, lines and marks. Only ratios count.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from definitions.calendar import at_eight, shipped
from definitions.flow import DeadlineRule, Ladder, Span
from definitions.loading import flow_from_resolved
from tests.benchmarks.frame import Line, Setting, beside, clocked, in_turns, limit, ratio
from workflow.domain import deadlines, reminding
from workflow.services.desk import Desk
from workflow.services.reminders import BATCH, sweep
from workflow.storage import flows, migrations
from workflow.storage.database import health, open_engine, write
from workflow.storage.tables import Deadline, Grant, Nomination, Person, Round, Submission, Unit
from workflow.storage.writing import TableWriter

GOAL = 2.0
UNMOVED = 1.5
"""What counts as unmoved: rows that lie further apart are on more pages, and each page read costs
something: thirty times as many rows are one level more in every tree."""
UNITS, FIELDS, PER_NOMINATION = 40, 8, 4
FIRST = date(2027, 1, 4)
CALENDAR = shipped()
FLOW = """
id = "mau"
title = { vi = "Bằng khen của Bộ trưởng", en = "Certificate of the Minister" }
award = "bang_khen_bo"
kind = "merit"
level = "ministry"
signer = "minister"
nominee = ["individual"]
version = "2027.1"
valid = { from = 2026-01-01 }
from_units = ["cuc"]
initial = "appraising"
[state.appraising]
label = { vi = "Đang thẩm định", en = "In appraisal" }
unit = { vi = "Đang xét", en = "Under review" }
owner = "appraiser"
"""
RULE = DeadlineRule("state.appraising", within=Span(10, "working_days"), remind=Ladder((), True, 200))


def day_of(turn: int) -> date:
    """The working day of a round; every round sweeps rows of its own."""
    return CALENDAR.add_working(FIRST, turn)


def now_of(turn: int) -> datetime:
    return at_eight(day_of(turn)) + timedelta(minutes=5)


# ── the rows ─────────────────────────────────────────────────────────────────────────────────────


def build(file: Path, amount: int, due: int, turns: int) -> None:
    """A file with `amount` open deadlines, `due` of them for each turn, the rest after all turns."""
    engine = open_engine(f"sqlite:///{file}")
    migrations.upgrade(engine)
    nominations = amount // PER_NOMINATION
    with write(engine) as connection:
        version = flows.publish(connection, flow_from_resolved(FLOW), FLOW, "0" * 64, now_of(0), "admin")
        people = _people()
        for table, rows in ((Unit, _units()), (Person, people[0]), (Grant, people[1]), (Round, [_round()])):
            connection.execute(insert(table), rows)
        connection.execute(insert(Submission), [_submission(unit) for unit in range(1, UNITS + 1)])
        rows_of = _nominations(nominations, version)
        TableWriter(_table(Nomination), _NOMINATION, connection.dialect).insert(connection, rows_of)
        TableWriter(_table(Deadline), _DEADLINE, connection.dialect).insert(
            connection, islice(_deadlines(nominations, due, turns), amount)
        )
    engine.dispose()


def _table(model: Any) -> Any:
    return model.__table__


def _units() -> list[dict[str, Any]]:
    return [
        dict(id=unit, code=f"U{unit}", name=f"Cục số {unit}", kind="cuc", name_folded="", sort_key="", cluster="",
             from_on=FIRST, mailbox=f"u{unit}@bo.example", language="vi")
        for unit in range(1, UNITS + 1)
    ]  # fmt: skip


def _people() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An appraiser for each field, an officer in three of four units; the others' mail goes to the unit."""
    persons, grants = [], []
    scopes = [("appraiser", "field", f"f{field}") for field in range(FIELDS)]
    scopes += [("unit_officer", "unit", f"U{unit}") for unit in range(1, UNITS + 1) if unit % 4]
    for number, (role, kind, scope) in enumerate(scopes, start=1):
        persons.append(
            dict(id=number, code=f"P{number}", root_unit="BO", name=f"Người {number}", name_folded="", sort_key="",
                 email=f"p{number}@bo.example", language="vi", provisional=False)
        )  # fmt: skip
        grants.append(dict(person_id=number, role=role, scope_kind=kind, scope=scope, from_on=date(2020, 1, 1)))
    return persons, grants


def _round() -> dict[str, Any]:
    return dict(id=1, code="2027", title="Đợt 2027", year=2027, opens_on=FIRST, closes_on=date(2027, 12, 31),
                flows=["mau"], cutoffs={}, counts={})  # fmt: skip


def _submission(unit: int) -> dict[str, Any]:
    return dict(id=unit, unit_id=unit, round_id=1, letter_number="01", title="", list_sha256="",
                created_at=now_of(0), created_by="x")  # fmt: skip


_NOMINATION = (
    "id", "code", "submission_id", "unit_id", "round_id", "flow_id", "flow_version_id", "pinned", "award", "kind",
    "nominee", "name", "name_folded", "sort_key", "position", "workplace", "achievement", "field_of_work", "line_no",
    "line_key", "state", "shown_state", "version", "entered_on", "entered_at", "memory",
)  # fmt: skip


def _nominations(amount: int, version: int) -> Iterator[tuple[Any, ...]]:
    for number in range(1, amount + 1):
        unit = number % UNITS + 1
        yield (
            number, f"BK-2027-{number:07d}", unit, unit, 1, "mau", version, True, "bang_khen_bo", "merit",
            "individual", f"Nguyễn Thị {number}", f"nguyen thi {number}", f"n{number}", "", "", "",
            f"f{number % FIELDS}", number, str(number), "appraising", "appraising", 1, FIRST, now_of(0), {},
        )  # fmt: skip


_DEADLINE = (
    "nomination_id", "name", "run", "rule", "derivation", "opened_on", "due_on", "next_reminder_at"
)  # fmt: skip


def _deadlines(nominations: int, due: int, turns: int) -> Iterator[tuple[Any, ...]]:
    """Four for each nomination; those that are due lie scattered over the whole file."""
    packed = [reminding.pack(RULE, owner) for owner in ("appraiser", "unit_officer")]
    kept = deadlines.derivation(RULE, FIRST, CALENDAR)
    later = [CALENDAR.add_working(day_of(turns), 20 + step) for step in range(60)]
    stride = nominations // (due * turns)
    for number in range(1, nominations + 1):
        place, off = divmod(number, stride)
        turn = place % turns if off == 0 and place <= due * turns else None
        for each in range(PER_NOMINATION):
            name = "state.appraising" if each == 0 else f"named_{each}"
            day = day_of(turn) if turn is not None and each == 0 else later[number % 60]
            yield number, name, 1, packed[number // 2 % 2], kept, FIRST, day, at_eight(day)


# ── the plain side ───────────────────────────────────────────────────────────────────────────────


class Plain:
    """The least that any program must do on this file, by prepared statements on one connection."""

    def __init__(self, file: Path, settings: dict[str, str]) -> None:
        self.db = sqlite3.connect(file, isolation_level=None, cached_statements=512)
        for pragma in ("foreign_keys = ON", f"journal_mode = {settings['journal_mode']}",
                       f"synchronous = {settings['synchronous']}", "wal_autocheckpoint = 10000"):  # fmt: skip
            self.db.execute(f"PRAGMA {pragma}")
        self.units = {row[0]: row[1] for row in self.db.execute("SELECT id, name FROM unit")}
        self.people = {
            (role, scope): (email, name)
            for role, scope, email, name in self.db.execute(
                "SELECT g.role, g.scope, p.email, p.name FROM grant_of_role g JOIN person p ON p.id = g.person_id"
            )
        }

    def probe(self, now: str) -> Any:
        return self.db.execute(
            "SELECT 1 FROM deadline WHERE closed_on IS NULL AND next_reminder_at <= ? LIMIT 1", (now,)
        ).fetchone()

    def sweep(self, turn: int) -> None:
        now, day = _text(now_of(turn)), day_of(turn)
        next_at = _text(at_eight(CALENDAR.add_working(day, 200)))
        shown = day.strftime("%d/%m/%Y")
        while True:
            self.db.execute("BEGIN IMMEDIATE")
            rows = self.db.execute(
                "SELECT d.nomination_id, d.name, d.run, d.rule, d.due_on, d.next_reminder_at, n.code, n.name, n.state, "
                "n.unit_id, n.field_of_work FROM deadline d JOIN nomination n ON n.id = d.nomination_id "
                "WHERE d.closed_on IS NULL AND d.next_reminder_at <= ? ORDER BY +d.due_on, n.code LIMIT ?",
                (now, BATCH),
            ).fetchall()
            if rows:
                self._write(rows, now, day, next_at, shown)
            self.db.execute("COMMIT")
            if len(rows) < BATCH:
                return

    def _write(self, rows: Sequence[tuple[Any, ...]], now: str, day: date, next_at: str, shown: str) -> None:
        piles: dict[str, list[tuple[Any, ...]]] = {}
        reminders = []
        for row in rows:
            unit = self.units[row[9]]
            role = ("appraiser", row[10]) if "appraiser" in row[3] else ("unit_officer", f"U{row[9]}")
            holder = self.people.get(role)
            address = holder[0] if holder else f"u{row[9]}@bo.example"
            reminders.append((row[0], row[1], row[2], "on", address, now, False))
            context = json.dumps(
                {"award": "Bằng khen của Bộ trưởng", "code": row[6], "days": 0, "due_on": shown, "kind": "reminder",
                 "label": "Đang thẩm định", "name": row[7], "state_label": "Đang thẩm định", "unit": unit},
                ensure_ascii=False,
            )  # fmt: skip
            piles.setdefault(address, []).append((f"deadline:{row[0]}:{row[1]}", "reminder", "digest", context))
        self.db.executemany(
            "UPDATE deadline SET next_reminder_at = ? WHERE nomination_id = ? AND name = ? AND run = ? "
            "AND next_reminder_at = ? AND closed_on IS NULL",
            [(next_at, row[0], row[1], row[2], row[5]) for row in rows],
        )
        self.db.executemany("INSERT INTO reminder VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", reminders)
        cause = f"digest:{day.isoformat()}"
        lines = []
        for address, pile in piles.items():
            known = self.db.execute(
                "SELECT id, line_count FROM mail WHERE cause = ? AND address = ?", (cause, address)
            ).fetchone()
            if known is None:
                mail_id, at = self._mail(cause, address, now, len(pile)), 0
            else:
                mail_id, at = known
                self.db.execute("UPDATE mail SET line_count = line_count + ? WHERE id = ?", (len(pile), mail_id))
            lines += [(mail_id, number, *line) for number, line in enumerate(pile, start=at + 1)]
        self.db.executemany(
            "INSERT INTO mail_line (mail_id, number, reference, topic, section, context) VALUES (?,?,?,?,?,?)", lines
        )

    def _mail(self, cause: str, address: str, now: str, lines: int) -> Any:
        context = json.dumps({"occurred_on": cause, "due_on": cause, "unit_name": "", "contact_name": "",
                              "contact_email": "", "contact_phone": "", "audit_head": ""})  # fmt: skip
        return self.db.execute(
            "INSERT INTO mail (cause, address, name, language, template, context, why, line_count, message_id, "
            "thread_id, state, hold, reason, created_at, queued_at, useless_after, next_attempt_at, owner, fence, "
            "attempts, unknowns, deaths, last_answer) VALUES (?,?,'Người','vi','digest',?,'appraiser',?,?,'','queued',"
            "'','',?,?,?,?,'',0,0,0,0,'') RETURNING id",
            (cause, address, context, lines, f"<{os.urandom(16).hex()}@khen.invalid>", now, now, now, now),
        ).fetchone()[0]


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


# ── measuring ────────────────────────────────────────────────────────────────────────────────────


def facts(file: Path) -> list[tuple[Any, ...]]:
    """What both sides must agree on, message ids and encodings left out."""
    with sqlite3.connect(file) as db:
        return [
            *db.execute("SELECT nomination_id, name, run, recipient FROM reminder ORDER BY 1, 2, 3, 4"),
            *db.execute(
                "SELECT m.cause, m.address, m.line_count, l.number, l.reference FROM mail m "
                "JOIN mail_line l ON l.mail_id = m.id ORDER BY 1, 2, 4"
            ),
            *db.execute("SELECT next_reminder_at, count(*) FROM deadline GROUP BY 1 ORDER BY 1"),
        ]


def lines(setting: Setting) -> list[Line]:
    """The bars of the common table: a sweep of a thousand due among a million."""
    folder, amount, due = setting.room("tick"), setting.size(1_000_000, 1_000), setting.size(1_000, 10)
    swept, *idle = measure(setting, folder, amount, due)
    return [swept, unmoved(setting, folder, amount, due), *idle]


def measure(setting: Setting, folder: Path, amount: int, due: int) -> list[Line]:
    """The sweep beside the plain one, an idle tick, and what a sweep holds."""
    ours, theirs = folder / "khen.db", folder / "plain.db"
    rounds, times = setting.rounds, setting.size(300, 3)
    turns = rounds + 2  # one to warm up, one for memory
    build(ours, amount, due, turns)
    shutil.copyfile(ours, theirs)
    desk = _desk(ours)
    plain = Plain(theirs, health(desk.engine))
    taken = in_turns(setting, lambda turn: sweep(desk, now_of(turn)), plain.sweep)
    found = [ratio(f"tick: {due:,} due of {amount:,}", *taken, GOAL), *_idle(desk, plain, rounds, times)]
    found.append(_memory(desk, rounds + 1, due))
    plain.sweep(rounds + 1)
    plain.db.close()
    desk.engine.dispose()
    if facts(ours) != facts(theirs):
        raise SystemExit("the two files differ: the comparison is void")
    return found


def _desk(file: Path) -> Desk:
    return Desk(open_engine(f"sqlite:///{file}"), CALENDAR, lambda n: os.urandom(n).hex(), file.parent)


def unmoved(setting: Setting, folder: Path, amount: int, due: int) -> Line:
    """The same sweep among many and among few: what is not due must not be felt.

    Both files are new, and their due rows lie as far apart as each file is long.
    """
    turns = setting.rounds + 1
    few = due * turns * PER_NOMINATION
    files = folder / "many.db", folder / "few.db"
    for file, open_ in zip(files, (amount, few), strict=True):
        build(file, open_, due, turns)
    among_many, among_few = map(_desk, files)
    taken = in_turns(setting, lambda turn: sweep(among_many, now_of(turn)), lambda turn: sweep(among_few, now_of(turn)))
    among_many.engine.dispose()
    among_few.engine.dispose()
    return ratio(f"tick: {due:,} due of {amount:,}, beside {due:,} due of {few:,}", *taken, UNMOVED)


def _idle(desk: Desk, plain: Plain, turn: int, times: int) -> list[Line]:
    """A tick that finds nothing, in the hours of digests and outside them; no floor is as cheap as one probe."""
    open_, closed = now_of(turn), now_of(turn) - timedelta(hours=3)
    probe = _text(open_)
    runs = [
        (clocked(lambda: sweep(desk, open_)), clocked(lambda: sweep(desk, closed)), clocked(lambda: plain.probe(probe)))
        for _ in range(times)
    ]
    ours, shut, theirs = zip(*runs, strict=True)
    return [
        beside("tick: nothing due", ours, theirs),
        beside("tick: outside the hours of digests", shut, theirs),
    ]


def _memory(desk: Desk, turn: int, due: int) -> Line:
    """What a sweep holds at its peak."""
    tracemalloc.start()
    report = sweep(desk, now_of(turn))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.reminders == due, report
    return limit(f"tick: what a sweep of {due:,} holds", peak / 1e6, 50, "MB")
