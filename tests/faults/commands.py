"""Commands that change the database, and what must stand there before: for tests that disturb them at any call."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import tomli
from sqlalchemy import Engine

from tests.support.ministry import PASSED, PDF, Ministry, decision, workbook
from workflow.flow_checks import SHIPPED
from workflow.services import acts, flows, papers, reminders, repairing, submissions
from workflow.storage.database import sqlite_file

Work = Callable[[], Any]
Prepare = Callable[[Ministry, Path], Work]
SPOILT = "repair"
"""The one command that needs a database somebody has spoilt."""


@dataclass
class Scene:
    """A database as it stands before a command, its engine warm so that a forked process is quick."""

    m: Ministry
    work: Work
    template: Path

    @property
    def path(self) -> Path:
        return sqlite_file(self.m.engine.url)

    def reset(self) -> None:
        self.m.engine.dispose()
        for leftover in self.path.parent.glob("khen.db*"):
            leftover.unlink()
        shutil.copyfile(self.template, self.path)


def set_up(prepare: Prepare, engine: Engine, folder: Path) -> Scene:
    """The database is made ready, and kept as it is then."""
    (folder / "flows").mkdir()
    m = Ministry(engine, folder / "files")
    work = prepare(m, folder / "flows")
    engine.dispose()
    shutil.copyfile(sqlite_file(engine.url), folder / "template.db")
    return Scene(m, work, folder / "template.db")


def _twenty(m: Ministry, to: str, amount: int = 20) -> tuple[str, ...]:
    codes = m.drafts(amount)
    m.walk(codes, to)
    m.now += timedelta(days=1)
    return codes


def receive(amount: int) -> Prepare:
    def prepare(m: Ministry, folder: Path) -> Work:
        request = m.request("receive", _twenty(m, "submitted", amount), "secretariat")
        return lambda: acts.perform(m.desk, request, m.now).done

    return prepare


def decide(m: Ministry, folder: Path) -> Work:
    """The act with the most beside it: a paper, history, held mails released, limits closed."""
    codes = m.drafts(3)
    m.walk(codes, "signing", skip=("released",))
    request = m.request("decide", codes, "clerk", decision=decision(1201, m.today))
    return lambda: acts.perform(m.desk, request, m.now).done


def vote(m: Ministry, folder: Path) -> Work:
    codes = _twenty(m, "council_voting", 3)
    request = m.request("close_vote", codes, "council_secretary", lines={code: {"tally": PASSED} for code in codes})
    return lambda: acts.perform(m.desk, request, m.now).done


def suspend(m: Ministry, folder: Path) -> Work:
    codes = _twenty(m, "appraising", 3)
    request = m.request("suspend", codes, "secretariat_head", reason="Đang thanh tra đơn vị", document="1/QĐ")
    return lambda: acts.perform(m.desk, request, m.now).done


def revoke(m: Ministry, folder: Path) -> Work:
    """An act inside an act."""
    m.publish("huy_bo")
    (subject,) = m.drafts()
    m.walk([subject], "decided")
    line = [("NV-00001", "Nguyễn Văn Nam B", "Hủy bỏ quyết định khen thưởng")]
    (code,) = m.bring_in(line, letter="70/TTr", subjects={m.look(line).new[0].line_key: subject})
    m.attach([code], "to_trinh", "tom_tat", "qd", "ket_luan")
    m.done("submit", [code], "unit_head", letter_no="70", ground="Gian dối trong kê khai thành tích")
    m.done("receive", [code], "secretariat")
    m.done("appraise", [code], "appraiser")
    m.done("propose", [code], "secretariat", letter_no="90/TTr")
    request = m.request("decide", [code], "clerk", decision=decision(1301, m.today))
    return lambda: acts.perform(m.desk, request, m.now).done


def bring_in(m: Ministry, folder: Path) -> Work:
    lines = [(f"NV-{number}", f"Nguyễn Văn {chr(65 + number)}", "Bằng khen của Bộ trưởng") for number in range(20)]
    request = submissions.ImportRequest("CVT/CB", "CVT", "2026", workbook(lines), "ds.xlsx", letter_number="07/TTr")
    return lambda: len(submissions.bring_in(m.desk, request, m.now).codes)


def publish(m: Ministry, folder: Path) -> Work:
    parts = (each for each in SHIPPED.glob("*.toml") if tomli.loads(each.read_text(encoding="utf-8")).get("abstract"))
    for file in (SHIPPED / "giay_khen.toml", *parts):
        shutil.copyfile(file, folder / file.name)
    return lambda: len(flows.publish(m.desk, folder, "BO/ADMIN", m.now, only=["giay_khen"]).published)


def sweep(m: Ministry, folder: Path) -> Work:
    _twenty(m, "submitted", 5)
    m.on(m.calendar.add_working(m.today, 3), 8)
    return lambda: reminders.sweep(m.desk, m.now).reminders


def attach(m: Ministry, folder: Path) -> Work:
    codes = m.drafts(3)
    return lambda: papers.attach(m.desk, "CVT/CB", codes, "bao_cao_tt", PDF, "a.pdf", m.now).owners


def repair(m: Ministry, folder: Path) -> Work:
    (code,) = _twenty(m, "received", 1)
    m.done("suspend", [code], "secretariat_head", reason="Đang thanh tra đơn vị", document="1/QĐ")
    m.sql("UPDATE nomination SET previous_state = NULL")
    return lambda: repairing.repair(m.desk, "BO/ADMIN", code, "received", "Quên mất trạng thái cũ", m.now) or 1


COMMANDS: dict[str, Prepare] = {
    "act on one line": receive(1),
    "act on twenty lines": receive(20),
    "decision": decide,
    "vote with held results": vote,
    "suspension": suspend,
    "revocation with its subject": revoke,
    "list of twenty lines": bring_in,
    "publishing a flow": publish,
    "sweep": sweep,
    "paper": attach,
    "repair": repair,
}
