"""What delivering costs: the product's worker beside bare aiosmtplib on as many connections.

    python -m tests.benchmarks delivery

The mails are those of an act on the nominations of two hundred units, three lines each. The floor has every mail in
words already; it builds the same bytes with the same builder, commits before and after each mail, and sends. Wall time
is the bar; the processor time beside it has the rendering on one side only.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiosmtplib

from notifications import building
from notifications.building import Sender
from notifications.claims import claim
from notifications.delivery import Delivery, DeliverySettings
from notifications.mail import Claim, RenderedMail
from notifications.rendering import Renderer, read_templates
from notifications.smtp import SmtpSettings
from tests.benchmarks import sink, world
from tests.benchmarks.frame import Line, Setting, Took, ratio, took
from tests.benchmarks.plain import Plain, codes_of, copied
from workflow.services import acts
from workflow.services.requests import ActRequest
from workflow.storage.database import open_engine

BAR = 1.5
UNITS, EACH = 200, 3
AT = world.LATER + timedelta(hours=1)
SETTINGS = DeliverySettings()
SENDER = Sender("khen@bo.example", "Hội đồng Thi đua, Khen thưởng", list_id="khen.bo.example")


def lines(setting: Setting) -> list[Line]:
    template = setting.room("delivery") / "template.db"
    amount = prepare(template, setting.size(UNITS, 5))
    renderer = Renderer(read_templates())
    ready = rendered(template, renderer)
    ours: list[Took] = []
    floor: list[Took] = []
    with sink.running() as port:
        smtp = SmtpSettings("127.0.0.1", SENDER, port=port, tls="none")
        for turn in range(setting.rounds + 1):
            files = copied(template, "ours.db"), copied(template, "floor.db")
            sides = [(ours, lambda file=files[0]: deliver(file, smtp, renderer)),
                     (floor, lambda file=files[1]: bare(file, port, ready))]  # fmt: skip
            for taken, work in sides if turn % 2 else sides[::-1]:
                setting.settle()
                taken.append(took(work))
            check(*files, amount)
    what = f"delivery of {amount} mails over {SETTINGS.lanes} connections"
    return [ratio(what, ours[1:], floor[1:], BAR)]


def prepare(file: Path, units: int) -> int:
    """A file whose outbox owes a mail to each unit."""
    world.build(file, units, EACH)
    desk = world.desk(file)
    request = ActRequest("BO/SECRETARIAT", "receive", tuple(codes_of(file)), "receive")
    report = acts.perform(desk, request, world.LATER)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mail SET state = 'cancelled', next_attempt_at = NULL WHERE cause <> ?",
                                   (f"act:{report.act_id}",))  # fmt: skip
    desk.engine.dispose()
    return len(report.mails)


def deliver(file: Path, smtp: SmtpSettings, renderer: Renderer) -> None:
    """The product's worker, one pass."""
    engine = open_engine(f"sqlite:///{file}")
    Delivery(engine, smtp, SETTINGS, renderer=lambda _: renderer, clock=lambda: AT).deliver()
    engine.dispose()


# ── the floor ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail in words, as the product will word it."""

    claim: Claim
    words: RenderedMail


def rendered(template: Path, renderer: Renderer) -> list[Ready]:
    engine = open_engine(f"sqlite:///{copied(template, 'rendered.db')}")
    with engine.begin() as connection:
        taken = claim(connection, now=AT, limit=10_000, lease=SETTINGS.lease, owner="floor")
    engine.dispose()
    return [
        Ready(each, renderer.render(each.template, each.language, each.context, each.lines, recipient=each.name,
                                    why=each.why))
        for each in taken
    ]  # fmt: skip


def bare(file: Path, port: int, ready: Sequence[Ready]) -> None:
    """As many connections as the product keeps, one thread for the database, nothing else."""
    plain = ThreadPoolExecutor(1)
    asyncio.run(_bare(plain, plain.submit(Plain, file).result(), port, deque(ready)))
    plain.shutdown()


async def _bare(thread: ThreadPoolExecutor, plain: Plain, port: int, pile: deque[Ready]) -> None:
    loop = asyncio.get_running_loop()

    async def lane() -> None:
        smtp = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, use_tls=False, start_tls=False, local_hostname="localhost"
        )
        await smtp.connect()
        while pile:
            mail = pile.popleft()
            message = build(mail)
            await loop.run_in_executor(thread, _offer, plain.db, mail)
            code, answer = await smtp.sendmail(SENDER.address, [mail.claim.address], message)
            await loop.run_in_executor(thread, _record, plain.db, mail, str(code), answer)
        await smtp.quit()

    await asyncio.gather(*(lane() for _ in range(SETTINGS.lanes)))
    await loop.run_in_executor(thread, plain.close)


def build(mail: Ready) -> bytes:
    each = mail.claim
    return building.build(
        mail.words, SENDER, address=each.address, name=each.name, message_id=each.message_id, thread_id=each.thread_id,
        date=each.queued_at,
    )  # fmt: skip


def _offer(db: sqlite3.Connection, mail: Ready) -> None:
    now, words = _now(), mail.words
    db.execute("BEGIN IMMEDIATE")
    db.execute(
        "UPDATE mail SET state = 'sending', fence = fence + 1, owner = 'floor', next_attempt_at = NULL, "
        "lease_until = ?, subject = ?, text = ?, html = ?, rendered_lines = ? WHERE id = ?",
        (now, words.subject, words.text, words.html, len(mail.claim.lines), mail.claim.mail_id),
    )
    db.execute("INSERT INTO mail_attempt (mail_id, number, owner, claimed_at, stage, offered_at, outcome, answer) "
               "VALUES (?, 1, 'floor', ?, 'offered', ?, '', '')", (mail.claim.mail_id, now, now))  # fmt: skip
    db.execute("COMMIT")


def _record(db: sqlite3.Connection, mail: Ready, code: str, answer: str) -> None:
    now = _now()
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE mail SET state = 'handed_over', lease_until = NULL, owner = '', done_at = ?, "
               "attempts = attempts + 1, last_answer = ? WHERE id = ?", (now, answer, mail.claim.mail_id))  # fmt: skip
    db.execute("UPDATE mail_attempt SET ended_at = ?, outcome = 'handed_over', answer = ? "
               "WHERE mail_id = ? AND number = 1", (now, answer, mail.claim.mail_id))  # fmt: skip
    db.execute("COMMIT")


def _now() -> str:
    return AT.replace(tzinfo=None).isoformat(" ", "microseconds")


def check(ours: Path, floor: Path, amount: int) -> None:
    """Both handed the same words over to the same people."""
    query = "SELECT address, subject, text, html FROM mail WHERE state = 'handed_over' ORDER BY id"
    found = []
    for file in (ours, floor):
        with sqlite3.connect(file) as db:
            found.append(db.execute(query).fetchall())
    if found[0] != found[1] or len(found[0]) != amount:
        raise SystemExit("the two sides did not deliver the same: the comparison is void")
