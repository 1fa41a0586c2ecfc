"""What was put before a higher authority: the later of paper and files counts, returns, one decision for many."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from definitions.loading import flow_from_resolved
from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry, decision, shipped_flows
from workflow.services import papers
from workflow.services.before_upper import Sent, beside, places, sent
from workflow.services.viewing import Viewer, viewer
from workflow.storage.database import read

AWARD = "Bằng khen của Thủ tướng Chính phủ"


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Ministry:
    ministry = Ministry(engine, tmp_path / "papers")
    ministry.publish("bang_khen_tt")
    return ministry


def looking(m: Ministry, person: str = "BO/SECRETARIAT") -> Viewer:
    with read(m.engine) as connection:
        return viewer(connection, person, m.today)


def seen(m: Ministry, person: str = "BO/SECRETARIAT") -> tuple[Sent, ...]:
    return sent(m.desk, looking(m, person), m.today)


def forwarded(m: Ministry, amount: int = 2, first: int = 1) -> tuple[str, ...]:
    """Dossiers that went up: paper two days before the files."""
    codes = m.drafts(amount, award=AWARD, first=first)
    m.sql("UPDATE nomination SET achievement_to = :day", day="2026-11-30")
    m.walk(codes, "submitted")
    m.on(m.today + timedelta(days=1))
    m.done("receive", codes, "secretariat", paper_on=m.today, file_on=m.today)
    m.walk(codes, "appraising", skip=("unit_voted", "submitted", "received"))
    m.done("open_consult", codes, "secretariat", bodies=["UBND thành phố Hà Nội"])
    m.done("close_consult", codes, "secretariat", body="UBND thành phố Hà Nội", reply="Nhất trí")
    m.walk(codes, "signing", skip=("unit_voted", "submitted", "received", "appraising"))
    paper = m.today
    m.on(paper + timedelta(days=2))
    m.done("forward", codes, "secretariat", letter_no="12/TTr-BKHCN", paper_on=paper, file_on=m.today)
    return codes


def test_the_states_are_read_off_the_flow() -> None:
    found = {
        name: places(flow_from_resolved(loaded.resolved_text))
        for name, loaded in shipped_flows().items()
        if name in ("bang_khen_bo", "bang_khen_tt", "hcld_nhat")
    }
    assert found["bang_khen_bo"] == {}
    assert found["bang_khen_tt"] == {"forwarded": "waiting", "upper_returned": "returned"}
    assert found["hcld_nhat"] == {"forwarded": "waiting", "pm_proposed": "waiting", "upper_returned": "returned"}


def test_the_wait_counts_from_the_later_of_paper_and_files(m: Ministry) -> None:
    codes = forwarded(m)
    went = m.today
    m.on(went + timedelta(days=14))
    (one,) = seen(m)
    assert (one.where, one.letter, one.codes) == ("waiting", "12/TTr-BKHCN", codes)
    assert (one.file_on, one.since) == (went, went)
    assert one.paper_on == went - timedelta(days=2)
    assert one.days == m.calendar.working_between(went, m.today)
    assert one.due_on == m.calendar.add_working(went, 20)
    assert beside(m.desk, looking(m), m.today, codes[1]) == codes
    assert beside(m.desk, looking(m), m.today, "BKB-2026-00001-2") == ()
    for person in ("CTS/CB", "CTS/TT"):
        assert seen(m, person) == ()


def test_what_was_returned_says_why_what_is_asked_and_by_when(m: Ministry) -> None:
    first, second = forwarded(m)
    m.done(
        "upper_return", [first], "secretariat", letter_no="99/BNV-BTĐKT",
        legal_ground="Nghị định 152/2025/NĐ-CP, Điều 35", asked="Bổ sung ý kiến của UBND thành phố",
        answer_by=m.today + timedelta(days=9),
    )  # fmt: skip
    back, waiting = seen(m)
    assert (back.where, back.letter, back.codes) == ("returned", "99/BNV-BTĐKT", (first,))
    assert (back.asked, back.answer_by) == ("Bổ sung ý kiến của UBND thành phố", m.today + timedelta(days=9))
    assert back.due_on == m.calendar.add_working(m.today, 5)
    assert (waiting.where, waiting.codes, waiting.asked) == ("waiting", (second,), "")


def test_one_decision_from_above_is_recorded_for_all_of_a_letter_on_the_page(m: Ministry, tmp_path: Path) -> None:
    codes = forwarded(m, 3)
    pages = Pages(m, tmp_path)
    office = pages.browser("BO/SECRETARIAT")
    shown = office.get("/cap-tren")
    assert shown.status_code == 200
    assert "12/TTr-BKHCN" in shown.text
    went = office.post("/cap-tren", data={"csrf": csrf(shown), "ho_so": codes[0]})
    assert went.status_code == 303
    assert "upper_decide" in office.get(went.headers["location"]).text
    assert office.post("/cap-tren", data={"csrf": csrf(shown), "ho_so": "BKB-2026-99999-9"}).status_code == 404
    given = decision(1234, date(2026, 12, 30), "QĐ-TTg")
    m.on(date(2027, 1, 4))
    report = m.done("upper_decide", codes, "secretariat", decision=given)
    assert len(report.results) == 3
    assert m.all("SELECT count(DISTINCT decision_id), count(*) FROM nomination WHERE decision_id IS NOT NULL") == [
        (1, 3)
    ]
    more = forwarded(m, 1, first=50)
    assert m.refused("upper_decide", more, "secretariat", decision=given) == ["number_used"]
    assert [each.codes for each in seen(m)] == [more]


def test_a_receipt_of_the_higher_authority_is_kept_with_each_dossier(m: Ministry) -> None:
    codes = forwarded(m, 2)
    papers.attach(
        m.desk, "BO/SECRETARIAT", codes, "bien_nhan_cap_tren", b"%PDF-1.4\n%%EOF\n", "bien-nhan.pdf", m.now
    )  # fmt: skip
    assert m.one("SELECT count(*) FROM document WHERE code = 'bien_nhan_cap_tren'") == 2
