"""Which version of a flow a dossier runs on: provisional, pinned at its complete file, never stranded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from definitions.problems import FlowsRefused
from tests.support.ministry import START, Ministry
from tests.support.replay import differences
from workflow.flow_checks import SHIPPED
from workflow.services import checking, flows, repairing
from workflow.services.looking import UnknownNomination, history
from workflow.services.register import RegisterError


def newer(m: Ministry, *, label: str = "2026.2", begins: str = "2026-12-02", days: int = 20, drop: str = "") -> None:
    """Publish a version of the award with another limit, valid from `begins`."""

    def change(text: str) -> str:
        text = text.replace('version = "2026.1"', f'version = "{label}"').replace(
            "working_days = 25", f"working_days = {days}"
        )
        text = text.replace("from = 2026-10-01", f"from = {begins}")
        assert f"working_days = {days}" in text
        return text

    m.publish("bang_khen_bo", change=change)


def versions(m: Ministry, code: str) -> tuple[int, bool]:
    (row,) = m.all(
        "SELECT v.number, n.pinned FROM nomination n JOIN flow_version v ON v.id = n.flow_version_id WHERE n.code = :c",
        c=code,
    )
    return int(row[0]), bool(row[1])


def ok(m: Ministry) -> None:
    report = checking.check(m.desk)
    assert report.ok, report
    assert differences(m.engine) == []


# ── the pin ──────────────────────────────────────────────────────────────────────────────────────


def test_a_dossier_is_pinned_to_the_version_valid_on_the_day_its_file_was_complete(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    assert versions(m, code) == (1, False)
    newer(m)
    m.on(START + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    assert versions(m, code) == (2, True)
    assert m.one("SELECT complete_on FROM nomination WHERE code = :c", c=code) in (m.today, m.today.isoformat())
    ok(m)


def test_a_pinned_dossier_has_the_limits_of_its_own_version(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    newer(m, days=20)
    m.on(START + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    limits = m.limits(code)
    assert limits["ministry"] == m.calendar.add_working(m.today, 20)
    assert limits["state.received"] == m.calendar.add_working(m.today, 3)
    assert set(limits) == {"ministry", "state.received"}


def test_a_version_that_begins_later_does_not_bind_an_earlier_file(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    newer(m, begins="2026-12-03")
    m.on(START + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    assert versions(m, code) == (1, True)
    assert m.limits(code)["ministry"] == m.calendar.add_working(m.today, 25)


def test_the_legal_day_decides_and_not_the_day_of_recording(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    newer(m, begins="2026-12-02")
    m.on(START + timedelta(days=3))
    request = replace(
        m.request("receive", [code], "secretariat", on=START), backdating_reason="Dấu bưu điện ngày 01/12/2026"
    )
    from workflow.services import acts

    assert acts.perform(m.desk, request, m.now).done == 1
    assert versions(m, code) == (1, True)
    assert str(m.one("SELECT complete_on FROM nomination")) == START.isoformat()


def test_a_supplement_never_pins_anew(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "received")
    newer(m, begins=(m.today + timedelta(days=1)).isoformat())
    m.on(m.today + timedelta(days=1))
    m.done(
        "request_supplement",
        [code],
        "secretariat",
        due_on=m.today + timedelta(days=7),
        lines={code: {"defects": ["Thiếu"]}},
    )
    m.done("resubmit", [code], "unit_officer")
    m.on(m.today + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    assert versions(m, code) == (1, True)
    assert str(m.one("SELECT complete_on FROM nomination")) == m.today.isoformat()
    assert m.limits(code)["ministry"] == m.calendar.add_working(m.today, 25)
    runs = m.all("SELECT run, closed_on IS NULL FROM deadline WHERE name = 'ministry' ORDER BY run")
    assert [(run, bool(is_open)) for run, is_open in runs] == [(1, False), (2, True)]
    ok(m)


def test_reopening_does_not_pin_anew_either(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "appraising")
    newer(m, begins=m.today.isoformat())
    m.done("mark_ineligible", [code], "secretariat_head", lines={code: {"legal_ground": "Điều 5 khoản 3 Nghị định"}})
    m.done("reopen", [code], "secretariat_head", reason="Có tài liệu mới về thành tích", document="1")
    assert versions(m, code) == (1, True)


@pytest.mark.attack("S81")
def test_a_version_without_the_state_is_not_taken(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    newer(m)
    m.sql("UPDATE flow_version SET text = replace(text, 'received', 'taken_in') WHERE number = 2")
    m.on(START + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    assert versions(m, code) == (1, True)


def test_a_list_brought_in_today_begins_under_the_version_of_today(m: Ministry) -> None:
    newer(m)
    (code,) = m.drafts()
    assert versions(m, code) == (1, False)
    m.on(START + timedelta(days=1))
    (code,) = m.drafts(first=2)
    assert versions(m, code) == (2, False)


def test_a_flow_past_its_end_without_a_successor_goes_on(m: Ministry) -> None:
    m.on(date(2027, 4, 1))
    (code,) = m.drafts()
    assert versions(m, code) == (1, False)
    assert not flows.in_force(m.desk, m.today)["bang_khen_bo"].valid_on(m.today)


# ── a published version cannot be taken away ─────────────────────────────────────────────────────


@pytest.mark.attack("S73")
def test_deleted_and_broken_files_touch_no_dossier(m: Ministry, tmp_path: Path) -> None:
    (code,) = m.drafts()
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "bang_khen_bo.toml").write_text('id = "bang_khen_bo"\nawrd = 3\n', encoding="utf-8")
    before = m.snapshot()
    with pytest.raises(FlowsRefused):
        flows.publish(m.desk, folder, "QT", m.now)
    assert m.snapshot() == before
    m.desk = m.another_desk()  # nothing remembered: the text in the database alone
    m.walk([code], "received")


@pytest.mark.slow
def test_publishing_is_one_transaction_and_the_same_text_is_no_new_version(m: Ministry) -> None:
    first = flows.publish(m.desk, SHIPPED, "QT", m.now, only=["cstd_bo", "giay_khen"])
    assert dict(first.published) == {"cstd_bo": 1, "giay_khen": 1}
    before = m.snapshot()
    again = flows.publish(m.desk, SHIPPED, "QT", m.now, only=["cstd_bo", "giay_khen"])
    assert (again.published, set(again.unchanged)) == ((), {"cstd_bo", "giay_khen"})
    assert m.snapshot() == before
    m.sql("UPDATE flow_version SET sha256 = 'another' WHERE flow_id = 'giay_khen'")
    before = m.snapshot()
    with pytest.raises(FlowsRefused) as caught:
        flows.publish(m.desk, SHIPPED, "QT", m.now, only=["giay_khen"])
    assert [each.code for each in caught.value.problems] == ["label_taken"]
    assert m.snapshot() == before


# ── a dossier that is lost is put right by a person, on record ───────────────────────────────────

REASON = "Quy trình mới bỏ trạng thái này"


@pytest.mark.attack("S81")
def test_a_dossier_in_a_state_its_flow_lost_is_mended_by_an_admin_and_by_nobody_else(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "received")
    m.sql("UPDATE nomination SET state = 'gone', shown_state = 'gone' WHERE code = :c", c=one)
    m.sql("UPDATE event SET to_state = 'gone' WHERE nomination_id = 1 AND to_state = 'received'")
    m.sql("INSERT INTO state_count VALUES (1, 'bang_khen_bo', 'gone', 1)")
    m.sql("UPDATE state_count SET amount = 1 WHERE state = 'received'")
    assert repairing.lost(m.desk) == [(one, "bang_khen_bo", "gone")]
    assert m.refused("appraise", [one], "appraiser") == ["unknown_state"]

    def refused(actor: str, code: str, to: str, why: str) -> str:
        before = m.snapshot()
        with pytest.raises(RegisterError) as caught:
            repairing.repair(m.desk, actor, code, to, why, m.now)
        assert m.snapshot() == before
        return caught.value.code

    assert refused("BO/SECRETARIAT", one, "received", REASON) == "repair_admin"
    assert refused("BO/ADMIN", two, "received", REASON) == "repair_not_needed"
    assert refused("BO/ADMIN", one, "recieved", REASON) == "repair_state"
    assert refused("BO/ADMIN", one, "suspended", REASON) == "repair_state"
    assert refused("BO/ADMIN", one, "received", "Vì") == "repair_reason"
    with pytest.raises(UnknownNomination):
        repairing.repair(m.desk, "BO/ADMIN", "X-1", "received", REASON, m.now)
    mails = m.mails()
    repairing.repair(m.desk, "BO/ADMIN", one.lower(), "received", REASON, m.now)
    assert m.state(one) == "received"
    assert m.mails() == mails
    assert history(m.desk, one)[-1].transition == "repair"
    assert repairing.lost(m.desk) == []
    m.done("appraise", [one], "appraiser")
    counts = dict(m.all("SELECT state, amount FROM state_count WHERE amount <> 0"))
    assert counts == {"received": 1, "appraising": 1}


def test_a_suspended_dossier_that_forgot_where_it_came_from_is_lost_too(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "received")
    m.done("suspend", [code], "secretariat_head", reason="Đang thanh tra đơn vị", document="1/QĐ")
    m.sql("UPDATE nomination SET previous_state = NULL")
    assert m.refused("resume", [code], "secretariat_head", document="2/KL") == ["no_way_back"]
    assert repairing.lost(m.desk) == [(code, "bang_khen_bo", "suspended")]
    repairing.repair(m.desk, "BO/ADMIN", code, "received", REASON, m.now)
    m.done("appraise", [code], "appraiser")
    assert checking.check(m.desk).checks[3].ok
