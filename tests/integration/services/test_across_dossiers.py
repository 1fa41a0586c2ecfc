"""Rules that look beyond one dossier, on rows: imported history, other nominations, the round's numbers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.support.ministry import REASON, UNIT_TALLY, Ministry
from workflow.services import acts, register
from workflow.services.register import HistoryEntry

AWARD = "Bằng khen của Bộ trưởng"
PASS = {"tieu_chuan": REASON, "trung_thanh_tich": REASON}


def entry(
    year: int,
    award: str = "cstd_co_so",
    *,
    person: str = "NV-1",
    name: str = "Nguyễn Văn An",
    kind: str = "merit",
    **more: object,
) -> HistoryEntry:
    return HistoryEntry("CVT", name, "individual", year, award=award, kind=kind, person=person, **more)  # type: ignore[arg-type]


def ready(m: Ministry, *lines: tuple[str, ...], unit: str = "CVT") -> tuple[str, ...]:
    """Nominations that only need to be submitted."""
    codes = m.bring_in(lines, unit=unit)
    m.walk(codes, "unit_voted", unit=unit)
    m.attach(codes, "to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt", unit=unit)
    return codes


def submit(m: Ministry, code: str, **overrides: str) -> list[str]:
    (line,) = m.act("submit", [code], "unit_head", letter_no="07", overrides=overrides).results
    return [reason.code for reason in line.reasons]


# ── history ──────────────────────────────────────────────────────────────────────────────────────


def test_a_history_nobody_entered_is_not_known_and_does_not_count_as_none(m: Ministry) -> None:
    (code,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD))
    (line,) = m.act("submit", [code], "unit_head", letter_no="07").results
    assert [(each.code, each.overridable, each.params.get("known")) for each in line.reasons] == [
        ("history", True, False)
    ]


def test_two_years_in_a_row_on_record_meet_the_criterion(m: Ministry) -> None:
    m.history(entry(2025), entry(2026))
    (code,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD))
    assert submit(m, code) == []


@pytest.mark.parametrize(
    "entries",
    [
        [entry(2024), entry(2026)],
        [entry(2026)],
        [entry(2025, kind="ad_hoc"), entry(2026, kind="ad_hoc")],
        [entry(2025, person="NV-2", name="Nguyễn Văn An"), entry(2026, person="NV-2", name="Nguyễn Văn An")],
        [entry(2025, person=""), entry(2026, person="")],
    ],
)
def test_a_gap_one_year_ad_hoc_awards_and_others_of_the_name_do_not(m: Ministry, entries: list[HistoryEntry]) -> None:
    m.history(*entries)
    (code,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD))
    assert submit(m, code) == ["history"]
    assert submit(m, code, tieu_chuan=REASON) == []


def test_a_collective_is_found_by_its_name_within_its_unit(m: Ministry) -> None:
    name = "Phòng Đổi mới sáng tạo"
    m.history(*(HistoryEntry("CVT", name, "collective", year, rating="excellent") for year in (2025, 2026)))
    m.history(HistoryEntry("CTS", "Phòng khác", "collective", 2026, rating="excellent"))
    (mine,) = ready(m, ("", "PHÒNG ĐỔI MỚI SÁNG TẠO", AWARD))
    assert submit(m, mine) == []
    (other,) = ready(m, ("", name, AWARD), unit="CTS")
    (line,) = m.act("submit", [other], "unit_head", unit="CTS", letter_no="07").results
    assert [each.code for each in line.reasons] == ["history"]


def test_an_award_once_revoked_no_longer_counts(m: Ministry) -> None:
    m.history(entry(2025), entry(2026))
    m.sql("UPDATE history SET revoked_on = '2026-12-01' WHERE year = 2025")
    (code,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD))
    assert submit(m, code) == ["history"]


def test_what_this_house_decides_is_history_for_the_next_round(m: Ministry) -> None:
    (code,) = m.bring_in([("NV-1", "Nguyễn Văn An", AWARD)])
    m.walk([code], "decided")
    found = m.all("SELECT award, kind, year, number, source, nominee FROM history WHERE nomination_id IS NOT NULL")
    assert found == [("bang_khen_bo", "merit", 2026, "1201/QĐ-BKHCN", "decision", "individual")]


# ── other nominations ────────────────────────────────────────────────────────────────────────────


def test_two_dossiers_for_one_award_in_one_round_block_each_other(m: Ministry) -> None:
    one, two = (ready(m, ("NV-1", "Nguyễn Văn An", AWARD))[0] for _ in range(2))
    assert submit(m, one, **PASS) == ["duplicate"]
    m.done("withdraw", [two], "unit_head", letter_no="9")
    assert submit(m, one, **PASS) == []


def test_somebody_of_the_same_name_is_somebody_else(m: Ministry) -> None:
    one, two = ready(m, ("NV-1", "Nguyễn Văn An", AWARD), ("NV-2", "Nguyễn Văn An", AWARD, "Thành tích khác"))
    assert submit(m, one, **PASS) == []
    assert submit(m, two, **PASS) == []


def test_one_achievement_for_two_awards_is_asked_about_and_can_be_answered(m: Ministry) -> None:
    m.publish("bang_khen_dot_xuat")
    deed = "Dũng cảm cứu người trong bão"
    (one,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD, deed))
    (other,) = m.bring_in([("NV-1", "Nguyễn Văn An", "Bằng khen đột xuất", deed)])
    (line,) = m.act("submit", [one], "unit_head", letter_no="07", overrides={"tieu_chuan": REASON}).results
    assert [(each.code, each.params["codes"]) for each in line.reasons] == [("same_achievement", (other,))]
    assert submit(m, one, **PASS) == []


def test_the_same_words_for_another_time_are_another_achievement(m: Ministry) -> None:
    m.publish("bang_khen_dot_xuat")
    deed = "Hoàn thành xuất sắc nhiệm vụ"
    (one,) = ready(m, ("NV-1", "Nguyễn Văn An", AWARD, deed))
    m.bring_in([("NV-1", "Nguyễn Văn An", "Bằng khen đột xuất", deed)])
    m.sql("UPDATE nomination SET achievement_from = '2026-01-01', achievement_to = '2026-12-31' WHERE id = 1")
    m.sql("UPDATE nomination SET achievement_from = '2025-01-01', achievement_to = '2025-12-31' WHERE id = 2")
    assert submit(m, one, tieu_chuan=REASON) == []


# ── the round ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def flags(m: Ministry) -> tuple[Ministry, list[str]]:
    """Three flags of the Government in appraisal, all leading their cluster."""
    m.publish("co_thi_dua_cp")
    codes = [m.bring_in([("", f"Phòng số {name}", "Cờ thi đua của Chính phủ")])[0] for name in ("Một", "Hai", "Ba")]
    m.walk(codes, "unit_voted")
    m.done("ask_cluster", codes, "unit_head")
    m.done(
        "close_cluster_vote",
        codes,
        "cluster_head",
        lines={code: {"tally": {**UNIT_TALLY, "rank": 1}} for code in codes},
    )
    m.attach(codes, "to_trinh", "danh_sach", "bao_cao_tt", "bb_suy_ton", "bb_binh_xet")
    for code in codes:
        m.done("submit", [code], "unit_head", letter_no="07")
    m.on(m.today + timedelta(days=1))
    m.done("receive", codes, "secretariat", paper_on=m.today, file_on=m.today)
    m.done("appraise", codes, "appraiser")
    m.done("open_consult", codes, "secretariat", bodies=["Vụ A"])
    m.done("close_consult", codes, "secretariat", body="Vụ A", reply="Nhất trí")
    return m, codes


def schedule(m: Ministry, codes: list[str]) -> dict[str, list[str]]:
    report = m.act("schedule", codes, "secretariat", session="Phiên 1", session_on=m.today + timedelta(days=5))
    return {each.code: [reason.code for reason in each.reasons] for each in report.results}


def test_a_cap_counts_those_that_passed_and_all_that_ask_now(flags: tuple[Ministry, list[str]]) -> None:
    m, codes = flags
    assert schedule(m, codes[:1]) == {codes[0]: ["ratio_cap"]}  # the round's figure is not known yet
    register.set_counts(m.desk, "2026", {"cluster_leaders": 14}, "QT", m.now)  # 20 % of 14 are two
    assert schedule(m, codes) == {code: ["ratio_cap"] for code in codes}
    assert schedule(m, codes[:2]) == {codes[0]: [], codes[1]: []}
    report = m.act("schedule", codes[2:], "secretariat", session="Phiên 1", session_on=m.today + timedelta(days=5))
    (reason,) = report.results[0].reasons
    assert {name: reason.params[name] for name in ("count", "base", "limit")} == {"count": 3, "base": 14, "limit": 2}
    m.done("withdraw", codes[:1], "unit_head", letter_no="9")
    assert schedule(m, codes[2:]) == {codes[2]: []}


def test_only_the_leader_of_its_cluster_may_be_put_forward(m: Ministry) -> None:
    m.publish("co_thi_dua_cp")
    (code,) = m.bring_in([("", "Phòng số Một", "Cờ thi đua của Chính phủ")])
    m.walk([code], "unit_voted")
    m.done("ask_cluster", [code], "unit_head")
    m.done("close_cluster_vote", [code], "cluster_head", lines={code: {"tally": {**UNIT_TALLY, "rank": 2}}})
    m.attach([code], "to_trinh", "danh_sach", "bao_cao_tt", "bb_suy_ton", "bb_binh_xet")
    (line,) = m.act("submit", [code], "unit_head", letter_no="07", overrides={"dan_dau_cum": REASON}).results
    assert [(each.code, each.overridable) for each in line.reasons] == [("leads_cluster", False)]


def test_a_preview_of_many_asks_the_same_as_the_act(flags: tuple[Ministry, list[str]]) -> None:
    m, codes = flags
    register.set_counts(m.desk, "2026", {"cluster_leaders": 14}, "QT", m.now)
    request = m.request("schedule", codes, "secretariat", session="Phiên 1", session_on=date(2026, 12, 20))
    assert acts.preview(m.desk, request, m.now).results == acts.perform(m.desk, request, m.now).results
