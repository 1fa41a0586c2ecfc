"""Sweeps beside each other, beside acts, after faults; and one digest a day that grows until it leaves."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from definitions.calendar import at_eight, shipped
from definitions.flow import Escalation
from notifications import claims
from notifications.mail import HandedOver, Later, LineRequest, Outcome, Receipt, RenderedMail, Uncertain
from notifications.rendering import Renderer, read_templates
from tests.integration.services.reminder_house import MONDAY, NINE, House, rule
from workflow.domain import reminding
from workflow.services import acts
from workflow.services.desk import Desk
from workflow.services.forecasting import forecast
from workflow.services.reminders import SweepReport, sweep
from workflow.services.requests import ActRequest
from workflow.storage import chain
from workflow.storage.database import open_engine, write
from workflow.storage.tables import Deadline, Unit

BINH = "binh@bo.example"


# ── one digest a day ─────────────────────────────────────────────────────────────────────────────


def test_several_batches_fill_one_digest_in_order(house: House) -> None:
    for days in (5, 2, 0, -2, 2, 5, 0):
        house.due(days)
    seen: list[SweepReport] = []
    report = sweep(house.desk, NINE, batch=2, progress=seen.append)
    assert [each.reminders for each in seen] == [2, 4, 6, 7]
    assert (report.reminders, report.mails) == (7, 1)
    assert list(house.mails()) == [f"digest:2027-01-11 {BINH}"]
    assert [line["days"] for line in house.lines(BINH)] == [-2, 0, 0, 2, 2, 5, 5]
    assert house.one("SELECT line_count FROM mail") == 7


def test_a_digest_waits_for_the_batches_after_the_first_but_a_small_one_does_not(house: House) -> None:
    house.due()
    sweep(house.desk, NINE)
    assert house.one("SELECT not_before FROM mail") is None
    house.person("LAN", "secretariat")
    for _ in range(2):
        house.due(owner="secretariat")
    sweep(house.desk, NINE, batch=1)
    with write(house.engine) as connection:
        at_once = claims.claim(connection, now=NINE, limit=9, lease=timedelta(minutes=5), owner="w")
        half_a_minute_on = NINE + timedelta(seconds=31)
        later = claims.claim(connection, now=half_a_minute_on, limit=9, lease=timedelta(minutes=5), owner="w")
    assert ([each.address for each in at_once], [len(each.lines) for each in later]) == ([BINH], [2])


def test_a_later_sweep_of_the_morning_joins_the_waiting_digest_at_its_place(house: House) -> None:
    house.due(2)
    house.due(5)
    sweep(house.desk, NINE)
    house.due(0)
    house.due(2)
    sweep(house.desk, NINE + timedelta(minutes=3))
    assert [line["days"] for line in house.lines(BINH)] == [0, 2, 2, 5]
    assert house.all("SELECT number FROM mail_line ORDER BY number") == [(1,), (2,), (3,), (4,)]
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "queued"}


def test_what_is_due_after_the_digest_has_left_goes_into_a_second_one(house: House) -> None:
    house.due()
    sweep(house.desk, NINE)
    _send(house, NINE)
    house.due()
    sweep(house.desk, NINE + timedelta(minutes=3))
    house.due()
    sweep(house.desk, NINE + timedelta(minutes=4))
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "handed_over", f"digest:2027-01-11:2 {BINH}": "queued"}
    _send(house, NINE + timedelta(minutes=5))
    house.due()
    sweep(house.desk, NINE + timedelta(minutes=6))
    assert house.mails()[f"digest:2027-01-11:3 {BINH}"] == "queued"
    assert len(house.codes(BINH)) == 4


def test_a_digest_that_the_server_put_off_still_grows_but_one_that_may_be_out_does_not(house: House) -> None:
    house.due()
    sweep(house.desk, NINE)
    _try(house, NINE, Later(NINE + timedelta(minutes=1), 451, "sau"))
    house.due()
    sweep(house.desk, NINE)
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "queued"}
    _try(house, NINE + timedelta(minutes=1), Uncertain(NINE + timedelta(minutes=11), 0, ""))
    _try(house, NINE + timedelta(minutes=11), Later(NINE + timedelta(minutes=12), 451, "sau"))
    house.due()
    sweep(house.desk, NINE + timedelta(minutes=11))
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "queued", f"digest:2027-01-11:2 {BINH}": "queued"}
    assert house.all("SELECT line_count FROM mail ORDER BY id") == [(2,), (1,)]


def test_each_day_has_its_own_digest(house: House) -> None:
    house.due()
    house.due(today=date(2027, 1, 12))
    sweep(house.desk, NINE)
    sweep(house.desk, NINE + timedelta(days=1))
    assert list(house.mails()) == [f"digest:2027-01-11 {BINH}", f"digest:2027-01-12 {BINH}"]


def test_a_held_outbox_holds_digests_too_and_they_still_grow(house: House) -> None:
    house.desk = replace(house.desk, hold_mail=True)
    house.due()
    sweep(house.desk, NINE)
    house.due()
    sweep(house.desk, NINE)
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "held"}
    assert len(house.codes(BINH)) == 2


def test_a_mailbox_that_cannot_be_mailed_has_one_failed_digest(house: House) -> None:
    house.change(Unit, 1, mailbox="sai địa chỉ")
    for _ in range(3):
        house.due(owner="unit_head")
    sweep(house.desk, NINE, batch=1)
    assert house.all("SELECT cause, state, reason, line_count FROM mail") == [
        ("digest:2027-01-11", "failed", "address_invalid", 3)
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_digest_reads_well_in_the_shipped_template(house: House, language: str) -> None:
    with write(house.engine) as connection:
        chain.append(connection, kind="test", payload={}, secrets={}, now=NINE)
    house.person("LAN", "secretariat_head", language=language)
    house.due(-2, of=rule(to=("secretariat_head",)))
    house.due(2, of=rule(to=("secretariat_head",)))
    sweep(house.desk, NINE)
    with write(house.engine) as connection:
        mail = claims.claim(connection, now=NINE, limit=1, lease=timedelta(minutes=5), owner="w")[0]
    said = Renderer(read_templates()).render(
        mail.template, mail.language, mail.context, mail.lines, recipient=mail.name, why=mail.why
    )
    expected = {
        "vi": ("Nhắc việc ngày 11/01/2027", "quá hạn 2 ngày làm việc", "còn 2 ngày làm việc", "Mã cuối của nhật ký"),
        "en": ("Reminders of 11/01/2027", "2 working days late", "2 working days left", "Head of the audit log"),
    }[language]
    assert expected[0] in said.subject
    assert [words for words in expected[1:] if words not in said.text] == []
    assert str(mail.context["audit_head"]) in said.html
    assert said.text.index("BK-2027-00001") < said.text.index("BK-2027-00002")


@pytest.mark.parametrize(("language", "rest"), [("vi", "còn 50 việc nữa"), ("en", "50 more")])
def test_a_digest_of_hundreds_names_the_most_urgent_and_counts_the_others(language: str, rest: str) -> None:
    lines = tuple(
        LineRequest(f"deadline:{number}:x", "reminder", "digest", {
            "code": f"BK-2027-{number:05d}", "name": "Nguyễn Văn A", "unit": "", "due_on": "13/01/2027", "days": 2,
            "kind": "reminder", "label": "Thẩm định",
        })
        for number in range(250)
    )  # fmt: skip
    said = Renderer(read_templates()).render("digest", language, {}, lines, recipient="Lan")
    assert ("BK-2027-00199" in said.text, "BK-2027-00200" in said.text) == (True, False)
    assert rest in said.text
    assert len(said.html) < 60_000


# ── beside acts ──────────────────────────────────────────────────────────────────────────────────


def test_leaving_the_step_takes_back_the_line_that_had_not_left(house: House) -> None:
    first, second = house.due(), house.due()
    sweep(house.desk, NINE)
    _act(house, "ask", first)
    assert house.codes(BINH) == [f"BK-2027-{second:05d}"]
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "queued"}
    _act(house, "ask", second)
    assert house.mails() == {f"digest:2027-01-11 {BINH}": "cancelled"}
    house.due()
    sweep(house.desk, NINE + timedelta(minutes=9))
    assert house.mails()[f"digest:2027-01-11:2 {BINH}"] == "queued"


def test_a_dossier_that_left_and_returned_is_reminded_on_its_new_visit(house: House) -> None:
    house.person("VY", "unit_officer")
    number = house.due()
    sweep(house.desk, NINE)
    _act(house, "ask", number)
    _act(house, "give", number, by="BO/VY")
    assert sweep(house.desk, at_eight(date(2027, 1, 18))).reminders == 1
    assert len(house.all("SELECT DISTINCT run FROM reminder")) == 2


def test_an_extension_takes_back_the_waiting_reminder_of_the_old_day_and_the_new_one_is_told(house: House) -> None:
    number = house.due(0)
    sweep(house.desk, NINE)
    assert [line["days"] for line in house.lines(BINH)] == [0]
    _act(house, "extend", number, fields={"due_on": date(2027, 1, 18)})
    assert house.lines(BINH) == []
    assert house.next_at(number) == at_eight(date(2027, 1, 14))
    assert sweep(house.desk, at_eight(date(2027, 1, 14))).reminders == 1
    assert [line["due_on"] for line in house.lines(BINH)] == ["18/01/2027"]


def test_a_row_that_an_act_holds_is_left_to_the_act(postgres_engine: Engine, tmp_path: Path) -> None:
    house = House(postgres_engine, tmp_path)
    held, other = house.due(), house.due()
    with write(house.engine) as acting:
        acting.execute(text("UPDATE deadline SET closed_on = '2027-01-11' WHERE nomination_id = :id"), {"id": held})
        assert sweep(house.desk, NINE).reminders == 1
    assert sweep(house.desk, NINE) == SweepReport()
    assert house.codes(BINH) == [f"BK-2027-{other:05d}"]


def test_a_reminder_that_somebody_else_is_just_making_is_left_to_him(postgres_engine: Engine, tmp_path: Path) -> None:
    """Whoever goes past the sweep's turn: his row is there first, so his mail is the one."""
    house = House(postgres_engine, tmp_path)
    taken, free = house.due(), house.due()
    reports: list[SweepReport] = []
    with write(house.engine) as other:
        row = (taken, "state.appraising", 1, "before:2@270113", BINH, NINE, False)
        other.exec_driver_sql("INSERT INTO reminder VALUES (%s, %s, %s, %s, %s, %s, %s)", row)
        beside = threading.Thread(target=lambda: reports.append(sweep(house.desk, NINE)))
        beside.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
        end = time.monotonic() + 8
        while not house.one(waiting) and time.monotonic() < end:
            time.sleep(0.01)
    beside.join()
    assert [(each.reminders, each.failed) for each in reports] == [(1, ())]
    assert house.codes(BINH) == [f"BK-2027-{free:05d}"]


# ── two at once ──────────────────────────────────────────────────────────────────────────────────


def test_two_sweeps_at_the_same_instant_make_each_reminder_once(house: House) -> None:
    house.person("LAN", "secretariat_head")
    for _ in range(40):
        house.due(of=rule(to=("appraiser", "secretariat_head")))
    together = threading.Barrier(3)
    reports: list[SweepReport] = []

    def one() -> None:
        together.wait()
        reports.append(sweep(house.desk, NINE, batch=7))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.reminders for each in reports) == 80
    assert all(each.failed == () for each in reports)
    assert len(house.reminders()) == 80
    assert len(house.codes(BINH)) == len(set(house.codes(BINH))) == 40
    assert len(house.mails()) == 2


def _sweep_elsewhere(url: str, start: float, files: str, seed: int) -> None:
    numbers = count(seed)
    desk = Desk(open_engine(url), shipped(), lambda n: f"{next(numbers):032x}", Path(files))
    time.sleep(max(0.0, start - time.time()))
    sweep(desk, NINE, batch=5)


@pytest.mark.slow
def test_two_processes_at_the_same_instant_make_each_reminder_once(house: House) -> None:
    for _ in range(30):
        house.due()
    spawn = multiprocessing.get_context("spawn")
    url = house.engine.url.render_as_string(hide_password=False)
    start = time.time() + 1.5
    workers = [
        spawn.Process(target=_sweep_elsewhere, args=(url, start, str(house.files), seed * 10**6)) for seed in (1, 2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(house.reminders()) == len(set(house.codes(BINH))) == len(house.codes(BINH)) == 30


# ── faults ───────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """As a process that ends in the middle: nothing catches it."""


def test_a_sweep_that_dies_in_a_batch_leaves_nothing_of_it_and_the_next_one_does_it(house: House) -> None:
    for owner in ("appraiser", "appraiser", "unit_head"):
        house.due(owner=owner)
    working: Callable[[int], str] = house.desk.entropy
    calls = count()

    def dies(n: int) -> str:
        if next(calls) == 1:
            raise Killed
        return working(n)

    with pytest.raises(Killed):
        sweep(replace(house.desk, entropy=dies), NINE, batch=2)
    assert len(house.reminders()) == len(house.codes(BINH)) == 2
    sweep(house.desk, NINE)
    assert [recipient for _, _, recipient, _ in house.reminders()] == [BINH, BINH, "cvt@bo.example"]
    assert len(house.codes(BINH)) == 2


def test_a_bad_row_is_put_off_and_told_and_the_others_are_reminded(house: House) -> None:
    first, bad, last = (house.due() for _ in range(3))
    house.change(Deadline, bad, rule="{hỏng")
    report = sweep(house.desk, NINE)
    assert report.reminders == 2
    assert [(each.nomination_id, each.deadline) for each in report.failed] == [(bad, "state.appraising")]
    assert "JSONDecodeError" in report.failed[0].error
    assert house.codes(BINH) == [f"BK-2027-{number:05d}" for number in (first, last)]
    assert house.next_at(bad) == NINE + timedelta(hours=1)
    assert sweep(house.desk, NINE + timedelta(minutes=59)) == SweepReport()


def test_a_row_that_was_put_off_gets_its_reminder_once_it_is_mended(house: House) -> None:
    bad = house.due()
    house.change(Deadline, bad, rule="{hỏng")
    sweep(house.desk, NINE)
    sweep(house.desk, NINE + timedelta(hours=1))
    house.change(Deadline, bad, rule=reminding.pack(rule(), "appraiser"))
    report = sweep(house.desk, NINE + timedelta(hours=2))
    assert (report.reminders, report.failed) == (1, ())
    assert (bad, "before:2@270113", BINH, False) in house.reminders()
    assert house.next_at(bad) == at_eight(date(2027, 1, 13))


def test_a_row_put_off_after_an_earlier_reminder_does_not_repeat_that_one(house: House) -> None:
    number = house.due(5)
    sweep(house.desk, NINE)
    house.change(Deadline, number, rule="{hỏng")
    thursday = at_eight(date(2027, 1, 14))
    assert len(sweep(house.desk, thursday).failed) == 1
    house.change(Deadline, number, rule=reminding.pack(rule(), "appraiser"))
    report = sweep(house.desk, thursday + timedelta(hours=1))
    assert (report.reminders, report.skipped) == (1, 0)
    assert [rung for _, rung, _, _ in house.reminders()] == ["before:2@270118", "before:5@270118"]


def test_a_reminder_that_is_on_record_is_not_sent_again(house: House) -> None:
    number = house.due()
    sweep(house.desk, NINE)
    house.change(Deadline, number, next_reminder_at=at_eight(MONDAY))  # as if the mark had been lost
    assert sweep(house.desk, NINE).reminders == 0
    assert len(house.codes(BINH)) == 1


def test_a_sweep_can_be_told_to_end_between_batches(house: House) -> None:
    for _ in range(4):
        house.due()
    asked = count()
    report = sweep(house.desk, NINE, batch=1, stop=lambda: next(asked) >= 2)
    assert (report.reminders, report.stopped) == (2, True)
    assert sweep(house.desk, NINE).reminders == 2


# ── ahead ────────────────────────────────────────────────────────────────────────────────────────


def test_the_forecast_names_what_the_sweeps_of_the_next_days_then_send(house: House) -> None:
    house.person("LAN", "secretariat_head")
    house.due(2, of=rule(escalate=Escalation(3, ("secretariat_head",))))
    house.due(5)
    house.due(-1, unit="VKH", owner="unit_head")
    told = forecast(house.desk, NINE, 14)
    sent = []
    for day in range(15):
        now = NINE + timedelta(days=day)
        before = len([each for each in house.reminders() if not each[3]])
        sweep(house.desk, now)
        rows = house.all(
            "SELECT m.address, l.reference FROM mail m JOIN mail_line l ON l.mail_id = m.id WHERE m.cause = :cause",
            cause=f"digest:{now.date().isoformat()}",
        )
        sent += [(now.date(), address, reference) for address, reference in rows]
        assert len([each for each in house.reminders() if not each[3]]) - before == len(rows)
    foreseen = [(each.on, each.address, f"deadline:{int(each.code[-5:])}:{each.deadline}") for each in told]
    assert sorted(foreseen) == sorted(sent)
    assert {each.kind for each in told} == {"reminder", "escalation"}
    assert house.one("SELECT count(*) FROM mail") == len({(each.on, each.address) for each in told})


def test_a_forecast_says_where_a_role_leads_to_nobody(house: House) -> None:
    house.due(owner="council_secretary")
    found = forecast(house.desk, NINE, 1)
    assert [(each.role, each.address, each.on) for each in found] == [("council_secretary", "", MONDAY)]
    assert house.mails() == {}


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────


def _send(house: House, now: datetime) -> None:
    _try(house, now, HandedOver(Receipt(250, "ok")))


def _try(house: House, now: datetime, outcome: Outcome) -> None:
    words = RenderedMail("Nhắc việc", "…", "…")
    with write(house.engine) as connection:
        for taken in claims.claim(connection, now=now, limit=9, lease=timedelta(minutes=5), owner="w"):
            claims.offer(connection, taken, words, now=now, lease=timedelta(minutes=5))
            claims.record(connection, taken, outcome, now)


def _act(
    house: House, transition: str, number: int, by: str = "BO/BINH", fields: Mapping[str, object] | None = None
) -> None:
    code = f"BK-2027-{number:05d}"
    request = ActRequest(by, transition, (code,), request_key=f"{transition}{number}", fields=fields or {})
    assert acts.perform(house.desk, request, NINE + timedelta(minutes=1)).done == 1
