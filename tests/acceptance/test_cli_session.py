"""A session of the council by the command line alone: planned, put to the vote, closed, recounted from its list."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Khen
from tests.acceptance.test_cli_desk import ONE, OTHER, OVERRIDE, act

pytestmark = pytest.mark.slow

MEMBERS = ("BO/TTT", "BO/TD1", "BO/VT", "BO/TT2", "BO/QT")


def to_the_council(desk: Khen) -> None:
    """Two dossiers whose appraisal is done, and a council of five."""
    for document in ("bao_cao_tt", "to_trinh", "danh_sach", "bb_xet_kt"):
        desk("nomination", "attach", document, "paper.pdf", ONE, OTHER, "--as", "CVT/CB")
    act(desk, "start_unit_vote", "CVT/CB")
    counts = ("tally.members=9", "tally.present=9", "tally.yes=9")
    act(desk, "close_unit_vote", "CVT/HD", *(word for each in counts for word in ("--with", each)))
    act(desk, "submit", "CVT/TT", "--with", "letter_no=07/TTr-CVT", *OVERRIDE)
    act(desk, "receive", "BO/TT1")
    act(desk, "appraise", "BO/TD1")
    desk(
        "council", "add", "HD", "--title", "Hội đồng Thi đua - Khen thưởng Bộ", "--from", "01/01/2026", "--as", "BO/QT"
    )
    desk("council", "seat", "HD", MEMBERS[0], "--post", "chair", "--from", "01/01/2026", "--as", "BO/QT")
    desk("council", "seat", "HD", *MEMBERS[1:], "--from", "01/01/2026", "--as", "BO/QT")
    assert "Hội đồng" in desk("council", "list").out
    assert "Chủ tịch" in desk("council", "show", "HD").out


def test_a_session_from_plan_to_recount(listed_desk: Khen) -> None:
    desk = listed_desk
    to_the_council(desk)
    secretary, office = ("--as", "BO/TK"), ("--as", "BO/TT1")
    desk("session", "plan", "PH1", "--council", "HD", "--title", "Phiên họp thứ nhất", "--on", "07/12/2026", *office)
    assert "2 hồ sơ" in desk("session", "table", "PH1", ONE, OTHER, *OVERRIDE, *office).out
    assert "5 giấy mời" in desk("session", "invite", "PH1", *office).out
    assert "2 trường hợp" in desk("session", "open", "PH1", *secretary).out
    assert "5 người" in desk("session", "attend", "PH1", "--present", "all", *secretary).out
    for number, member in enumerate(MEMBERS):
        choice = ("--agree", "1-2") if number < 3 else ("--agree", "1", "--against", "2")
        told = desk("session", "vote", "PH1", *choice, "--yes", "--as", member)
        assert "Mã biên nhận" in told.out
    assert "đã bỏ phiếu" in desk("session", "vote", "PH1", "--agree", "1", "--yes", "--as", MEMBERS[0], code=1).err
    open_still = desk("session", "show", "PH1", "--json").json
    assert [(line["voted"], line["passed"]) for line in open_still["lines"]] == [(5, None), (5, None)]
    assert "Cần ít nhất 4 phiếu đồng ý trên 5 thành viên." in open_still["lines"][0]["told"]
    assert "Trường hợp số 1–2:" in desk("session", "show", "PH1", *secretary).out
    desk("session", "ballots", "PH1", code=1)

    closed = desk("session", "close", "PH1", *secretary, "--json").json
    assert [(each["tally"]["yes"], each["passed"]) for each in closed["decided"]] == [(5, True), (3, False)]
    desk("session", "ballots", "PH1", "--to", "phieu.txt")
    again = desk("session", "recount", "phieu.txt", "--json").json
    assert again["counts"]["2"] == {"yes": 3, "no": 2, "blank": 0, "invalid": 0}
    assert again["sha256"] == closed["list_sha256"]
    assert desk("nomination", "show", OTHER, "--json").json["nomination"]["state"] == "council_rejected"
    assert desk("nomination", "upper", "--json", *office).json == []
    assert desk("audit", "verify").code == 0
    desk("session", "paper", "PH1", "bb_hop", "--to", "bien-ban.pdf", *office)
    desk("session", "paper", "PH1", "phieu_bau", "--to", "phieu.docx", *office)
    assert (desk.folder / "bien-ban.pdf").read_bytes().startswith(b"%PDF")
    assert (desk.folder / "phieu.docx").read_bytes().startswith(b"PK")
    assert "Có:" in desk("session", "paper", "PH1", "giay_khen", "--to", "x.pdf", *office, code=1).err


def test_a_list_that_was_changed_is_no_list(desk: Khen) -> None:
    (desk.folder / "phieu.txt").write_text("1\tA\tyes\n", encoding="utf-8")
    assert desk("session", "recount", "phieu.txt", code=1).err
    assert desk("session", "vote", "PH9", "--agree", "1-x", "--yes", "--as", "BO/TK", code=2).err
    assert "PH9" in desk("session", "close", "PH9", "--as", "BO/TK", code=1).err
