"""The desk's day on the command line: why, papers, many at once, the count of a session, one number, what is due."""

from __future__ import annotations

import json
import re

import pytest

from tests.acceptance.conftest import Khen
from tests.support.signing import Authority, decision_pdf, signed

pytestmark = pytest.mark.slow

ONE, OTHER = "BKB-2026-00007-3", "BKB-2026-00008-5"
OVERRIDE = ("--override", "tieu_chuan=Đã đối chiếu hồ sơ giấy tại đơn vị")
DECISION = (
    "--with", "decision.number=105", "--with", "decision.symbol=QĐ-BKHCN", "--with", "decision.issued_on=07/12/2026",
    "--with", "decision.signer=Bộ trưởng", "--with", "decision.capacity=BỘ TRƯỞNG",
)  # fmt: skip


def act(desk: Khen, name: str, by: str, *words: str) -> str:
    return desk("nomination", "do", name, ONE, OTHER, "--as", by, "--yes", *words).out


def to_the_desk(desk: Khen) -> None:
    """Two dossiers of Cục Viễn thông as far as they are taken in."""
    for document in ("bao_cao_tt", "to_trinh", "danh_sach", "bb_xet_kt"):
        desk("nomination", "attach", document, "paper.pdf", ONE, OTHER, "--as", "CVT/CB")
    act(desk, "start_unit_vote", "CVT/CB")
    counts = ("tally.members=9", "tally.present=9", "tally.yes=9")
    act(desk, "close_unit_vote", "CVT/HD", *(word for each in counts for word in ("--with", each)))
    act(desk, "submit", "CVT/TT", "--with", "letter_no=07/TTr-CVT", *OVERRIDE)
    act(desk, "receive", "BO/TT1")


def to_the_council(desk: Khen) -> None:
    """The same as far as the open vote."""
    to_the_desk(desk)
    act(desk, "appraise", "BO/TD1")
    act(desk, "send_proof", "BO/TT1")
    act(desk, "confirm_proof", "CVT/CB")
    session = ("--with", "session=Phiên 1/2026", "--with", "session_on=14/12/2026")
    act(desk, "schedule", "BO/TT1", *session, *OVERRIDE)
    act(desk, "open_vote", "BO/TK")


def test_two_dossiers_go_from_the_list_to_one_decision(listed_desk: Khen) -> None:
    desk = listed_desk
    to_the_council(desk)
    (desk.folder / "ket-qua.csv").write_text(
        f"mã;tally.members;tally.present;tally.yes;tally.no;tally.minutes\n{ONE};15;14;13;1;21/BB-HĐ\n"
        f"{OTHER};15;14;11;3;21/BB-HĐ\n",
        encoding="utf-8",
    )
    count = ("nomination", "do", "close_vote", "--lines", "ket-qua.csv", "--as", "BO/TK")
    seen = desk(*count, "--preview").out
    assert f"• {ONE} Đỗ Xuân Châu sẽ sang: Đang trình ký" in seen
    assert f"• {OTHER} Ngô Quang Cường sẽ sang: Hội đồng không thông qua" in seen
    assert "giữ lại tới khi công bố kết quả" in seen
    assert "chưa ghi gì" in seen
    shown = desk("nomination", "show", ONE, "--json").json["nomination"]
    assert shown["state"] == "council_voting"

    desk(*count, "--yes")
    hidden = desk("nomination", "show", OTHER).out
    assert "Trạng thái: Hội đồng không thông qua" in hidden
    assert "Đơn vị thấy: Đang xét" in hidden
    act(desk, "release_results", "BO/TK")
    assert "Đơn vị thấy: Hội đồng không thông qua" in desk("nomination", "show", OTHER).out

    assert "bang_khen_bo" in desk("signing", "list").out
    assert [row["amount"] for row in desk("signing", "list", "--json").json] == [1]
    to_signer = ("signing", "paper", "2026", "bang_khen_bo")
    assert "Đã ghi to-trinh.pdf." in desk(*to_signer, "to_trinh", "--to", "to-trinh.pdf", "--as", "BO/TK").out
    assert "Có: to_trinh, quyet_dinh" in desk(*to_signer, "x", "--to", "x.docx", "--as", "BO/TK", code=1).err
    assert "2019/bang_khen_bo/merit" in desk(
        "signing", "paper", "2019", "bang_khen_bo", "to_trinh", "--to", "x.docx", "--as", "BO/TK", code=1
    ).err  # fmt: skip
    assert ".docx hoặc .pdf" in desk(*to_signer, "to_trinh", "--to", "x.odt", "--as", "BO/TK", code=2).err
    decided = desk("nomination", "do", "decide", "--state", "signing", "--as", "BO/VT", *DECISION).out
    assert f"✓ {ONE} Đỗ Xuân Châu → Đã có quyết định" in decided
    assert "Thư tới Cục Viễn thông <tdkt@cvt.example>: 1 hồ sơ." in decided
    assert "Quyết định: 105/QĐ-BKHCN (07/12/2026)" in desk("nomination", "show", ONE).out

    _sign_the_decision(desk)

    story = [row["transition"] for row in desk("nomination", "history", ONE, "--json").json]
    assert story[-3:] == ["close_vote", "release_results", "decide"]
    assert "Thông báo kết quả cho đơn vị" in desk("deadline", "list").out
    assert "thứ Hai 07/12/2026: ngày phát sinh, chưa tính" in desk("deadline", "explain", ONE).out
    assert desk("mail", "list", "--json").json["counts"]
    assert desk("audit", "verify", "--json").json["audit"] == "ok"
    assert desk("db", "check", "--json").json["ok"] is True


def _sign_the_decision(desk: Khen) -> None:
    """The decision is drafted, signed by somebody's tool, checked and put on file; another one is refused."""
    number = "105/QĐ-BKHCN"
    assert "chưa có bản đã ký" in desk("decision", "list").out
    desk("decision", "draft", number, "--to", "du-thao.pdf", "--as", "BO/VT")
    duy = Authority().signer("Bùi Thế Duy")
    draft = (desk.folder / "du-thao.pdf").read_bytes()
    (desk.folder / "da-ky.pdf").write_bytes(signed(draft, duy))
    (desk.folder / "khac.pdf").write_bytes(signed(decision_pdf("99/QĐ-BKHCN", "ngày 07 tháng 12 năm 2026"), duy))
    told = desk("decision", "check", number, "da-ky.pdf").out
    assert "✓ Đây chính là bản dự thảo do hệ thống lập, chỉ thêm chữ ký." in told
    assert "Ký: Bùi Thế Duy (Bộ Khoa học và Công nghệ)" in told
    assert re.search(r"lúc \d\d:\d\d \d\d/\d\d/\d{4}$", told, re.MULTILINE)
    assert "✗ Tệp không mang số 105/QĐ-BKHCN" in desk("decision", "check", number, "khac.pdf", code=1).out
    refused = desk("decision", "attach", number, "khac.pdf", "--as", "BO/VT", code=1).err
    assert "Không nhận bản ký số này; chưa lưu gì." in refused
    assert "Đã lưu bản ký số, bản 1." in desk("decision", "attach", number, "da-ky.pdf", "--as", "BO/VT").out
    shown = desk("decision", "show", number).out
    assert "Người ký: Bộ trưởng" in shown
    assert "Đỗ Xuân Châu" in shown
    assert "chưa có bản đã ký" not in shown
    kept = desk("decision", "show", number, "--json").json["files"]
    assert [each["kind"] for each in kept] == ["signed", "draft"]
    desk("decision", "annex", number, "phu-luc.xlsx", "--as", "BO/VT")
    assert (desk.folder / "phu-luc.xlsx").read_bytes().startswith(b"PK")
    assert "Không có quyết định số 77/QĐ-BKHCN" in desk("decision", "show", "77/QĐ-BKHCN", code=1).err
    notice = ("decision", "paper", number, "thong_bao", "--to", "thong-bao.docx")
    assert "Đã ghi thong-bao.docx." in desk(*notice, "--unit", "CVT", "--as", "BO/VT").out
    assert "Đã ghi thong-bao.docx." in desk(*notice, "--as", "CVT/CB").out
    assert f"Không có quyết định số {number}" in desk(*notice, "--unit", "CTS", "--as", "CVT/CB", code=1).err
    desk("decision", "paper", number, "bang_khen", "--to", "bang-khen.pdf", "--as", "BO/VT")
    assert (desk.folder / "bang-khen.pdf").read_bytes().startswith(b"%PDF")


def test_why_shows_what_may_happen_from_here_and_names_the_rest(listed_desk: Khen) -> None:
    desk = listed_desk
    told = desk("nomination", "why", ONE, "--as", "CVT/TT").out
    assert "✓ Rút hồ sơ  [withdraw]\n    cần kèm: letter_no (Số văn bản đề nghị rút)" in told
    assert "✗ Gửi hồ sơ  [submit]" in told
    assert "– Chưa có kết quả bỏ phiếu của Hội đồng cơ sở. (khắc phục: Hội đồng Thi đua - Khen thưởng cơ sở)" in told
    assert "Chỉ làm được khi hồ sơ ở trạng thái khác" in told
    assert "[close_vote]" not in told

    everything = desk("nomination", "why", ONE, "--as", "CVT/TT", "--all").out
    assert "✗ Đóng bỏ phiếu  [close_vote]" in everything
    options = desk("nomination", "why", ONE, "--as", "CVT/TT", "--json").json
    assert {each["transition"] for each in options["transitions"] if each["possible"]} == {
        "withdraw",
        "start_unit_vote",
    }
    assert all(each["possible"] or each["reasons"] for each in options["transitions"])

    english = desk.speaking("en")("nomination", "why", ONE, "--as", "CVT/TT").out
    assert "✓ Withdraw  [withdraw]" in english
    assert "Papers still missing: Submission letter, List of nominations" in english


def test_an_act_on_many_asks_first_tells_each_line_and_its_key_makes_it_one(listed_desk: Khen) -> None:
    desk = listed_desk
    desk("nomination", "attach", "bao_cao_tt", "paper.pdf", ONE, "--as", "CVT/CB")
    asked = ("nomination", "do", "withdraw", ONE, OTHER, "--as", "CVT/TT", "--with", "letter_no=11/CV-CVT")
    unasked = desk(*asked, code=2)
    assert "Việc này cần xác nhận. Chạy lại với --yes." in unasked.err

    first = desk(*asked, "--yes", "--key", "lan-1", "--json").json
    again = desk(*asked, "--yes", "--key", "lan-1", "--json").json
    assert (first["done"], first["replayed"], again["act"], again["replayed"]) == (2, False, first["act"], True)
    refused = desk("nomination", "do", "withdraw", ONE, "--as", "CVT/TT", "--with", "letter_no=12/CV-CVT", code=1).out
    assert "Hồ sơ đang ở “Đơn vị rút hồ sơ”" in refused
    assert "Chưa thực hiện gì: 1 hồ sơ chưa đủ điều kiện, không thư nào được gửi." in refused


def test_what_is_missing_says_how_to_give_it(listed_desk: Khen) -> None:
    desk = listed_desk
    told = desk("nomination", "do", "withdraw", ONE, "--as", "CVT/TT", code=1).out
    assert "Còn thiếu thông tin bắt buộc: Số văn bản đề nghị rút." in told
    assert "Ghi thêm: --with letter_no=…" in told


def test_lists_are_found_by_words_and_slips_are_told(listed_desk: Khen) -> None:
    desk = listed_desk
    assert "Đỗ Xuân Châu" in desk("nomination", "list", "--search", "do xuan chau").out
    assert "24 trên tổng số 24" in desk("nomination", "list", "--state", "đang soạn").out
    slips = {
        ("--unit", "CTV"): "Không có đơn vị mang mã CTV.",
        ("--round", "2025"): "Không có đợt 2025.",
        ("--state", "drat"): "Không quy trình nào có trạng thái “drat”. Có phải “draft”?",
        ("--flow", "bang_khen_bộ"): "Không có quy trình “bang_khen_bộ”. Có phải “bang_khen_bo”?",
        ("--submission", "77"): "Không có tờ trình số 77.",
    }
    for options, words in slips.items():
        assert words in desk("nomination", "list", *options, code=1).err


def test_mails_are_kept_back_in_trial_times_and_read_before_they_leave(listed_desk: Khen) -> None:
    desk = listed_desk
    desk("nomination", "do", "withdraw", ONE, "--as", "CVT/TT", "--with", "letter_no=11/CV-CVT")
    rows = desk("mail", "list", "--json").json["mails"]
    assert {row["state"] for row in rows} == {"held"}
    mine = next(row["id"] for row in rows if row["address"] == "tdkt@cvt.example")
    text = desk("mail", "preview", str(mine)).out
    assert "Kính gửi: Cục Viễn thông" in text
    assert ONE in text
    assert "văn bản chính thức được gửi qua hệ thống quản lý văn bản" in text
    assert "nhưng cấu hình đang là mode" in desk("mail", "release", "--yes").out
    once = desk("worker", "--once").out
    assert "Đã nhắc 0 lượt, đã chuyển cho máy chủ 0 thư, lỗi 0." in once


def test_a_folder_of_papers_goes_to_the_dossiers_that_its_names_name(listed_desk: Khen) -> None:
    desk = listed_desk
    folder = desk.folder / "bao-cao"
    folder.mkdir()
    paper = (desk.folder / "paper.pdf").read_bytes()
    (folder / f"{ONE}.pdf").write_bytes(paper)
    (folder / "anh.pdf").write_bytes(paper)
    number = json.loads(desk("nomination", "show", ONE, "--json").out)["nomination"]["submission_id"]
    words = ("submission", "papers", str(number), "bao_cao_tt", "bao-cao", "--as", "CVT/CB")
    looked = desk(*words, "--check", code=1).out
    assert "Chưa đưa tệp nào vào hồ sơ." in looked
    assert "không có hồ sơ nào hợp với tên tệp" in looked
    assert "đã đưa 1 tệp vào hồ sơ" in desk(*words, code=1).out
    (folder / "anh.pdf").unlink()
    assert json.loads(desk(*words, "--json").out)["known"] == 1
    assert "nhận riêng giấy tờ" in desk(*words[:3], "to_trinh", *words[4:], code=1).err
    assert "Không có tờ trình số 999" in desk("submission", "papers", "999", *words[3:], code=1).err


def test_what_an_act_brings_is_told_with_the_day_that_is_usual(listed_desk: Khen) -> None:
    to_the_desk(listed_desk)
    told = listed_desk("nomination", "why", ONE, "--as", "BO/TT1").out
    assert re.search(r"due_on \(Hạn bổ sung; thường là 5 ngày làm việc: \d\d/12/2026\)", told)
