"""An appraisal by the command line alone: asked by the rule and by file, scored blind, told without names."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Khen
from tests.support.ministry import workbook

pytestmark = pytest.mark.slow


def in_appraisal(desk: Khen) -> str:
    """A dossier whose flow scores the initiative, as far as its appraisal."""
    (desk.folder / "ds.xlsx").write_bytes(
        workbook([("NV-1", "Trần Thu Hà", "Chiến sĩ thi đua cấp Bộ")], letter="07/TTr")
    )
    desk("submission", "import", "ds.xlsx", "--unit", "CVT", "--round", "2026", "--as", "CVT/CB")
    code = str(desk("nomination", "list", "--flow", "cstd_bo", "--json").json["rows"][0]["code"])
    for document in ("bao_cao_tt", "to_trinh", "danh_sach", "bb_binh_xet", "xn_sang_kien"):
        desk("nomination", "attach", document, "paper.pdf", code, "--as", "CVT/CB")
    counts = ("--with", "tally.members=9", "--with", "tally.present=9", "--with", "tally.yes=9")
    reason = ("--override", "tieu_chuan=Đã đối chiếu hồ sơ giấy tại đơn vị")
    for name, by, *words in (
        ("start_unit_vote", "CVT/CB"), ("close_unit_vote", "CVT/HD", *counts),
        ("submit", "CVT/TT", "--with", "letter_no=07/TTr-CVT", *reason), ("receive", "BO/TT1"), ("appraise", "BO/TD1"),
    ):  # fmt: skip
        desk("nomination", "do", name, code, "--as", by, "--yes", *words)
    return code


def test_a_dossier_is_assigned_scored_and_shown(desk: Khen) -> None:
    code = in_appraisal(desk)
    office, me = ("--as", "BO/TT1"), ("--as", "BO/TD1")
    assert "BO/TD1" in desk("appraisal", "candidates", code, *office).out
    desk("appraisal", "assign", *office, code=2)  # nobody is there to be asked whether he is sure
    assert "1 lượt chấm" in desk("appraisal", "assign", "--yes", *office).out
    assert "Không còn gì để phân công" in desk("appraisal", "assign", "--yes", *office).out
    (card,) = desk("appraisal", "mine", *me, "--json").json
    assert card["dossier"] is None
    number = str(card["id"])
    shown = desk("appraisal", "card", number, *me).out
    assert "Chấm không ghi tên" in shown
    assert code not in shown
    wrong = desk("appraisal", "score", number, "hieu_qua=11", *me, code=1).err
    assert "điểm cao nhất là 10" in wrong
    assert "Tính mới: chưa chấm" in wrong
    points = ("hieu_qua=8", "pham_vi=5", "tinh_moi=10")
    assert "phiên bản 1" in desk("appraisal", "score", number, *points, "--opinion", "Áp dụng rộng", *me).out
    assert "không được giao" not in desk("appraisal", "score", number, *points, "--as", "BO/TT2", code=1).err
    told = desk("appraisal", "show", code, *office).out
    assert "Trung bình 75,00, trung vị 75,00 (thang 100)." in told
    assert "“Áp dụng rộng”" in told
    assert "không có phần chấm điểm" in desk("appraisal", "show", code, "--as", "CVT/CB", code=1).err
    assert "đã nộp phiếu" in desk("appraisal", "let-go", code, "BO/TD1", "--reason", "Bận việc", *office, code=1).err
    desk("appraisal", "take-back", number, *me)
    desk("appraisal", "aside", number, "--reason", "Có người thân", *me)
    assert "đứng ngoài: tự đề nghị không tham gia (Có người thân)" in desk("appraisal", "show", code, *office).out
    (desk.folder / "cham.csv").write_text(f"Mã hồ sơ;Người chấm\n{code};TD1\n{code};CVT/CB\n", encoding="utf-8")
    checked = desk("appraisal", "take", "cham.csv", "--check", *office, code=1)
    assert "Dòng 3:" in checked.err
    (desk.folder / "cham.csv").write_text(f"Mã hồ sơ;Người chấm\n{code};TD1\n", encoding="utf-8")
    assert "thêm 1 lượt" in desk("appraisal", "take", "cham.csv", *office).out
    again = desk("appraisal", "ask", code, "BO/TD1", *office)
    assert again.out.startswith("Đã phân công thêm 0")
    assert "cần báo bằng cách khác" not in again.err
    desk("person", "add", "TD9", "--name", "Cao Không Thư", "--role", "appraiser", "--as", "BO/QT")
    assert "cần báo bằng cách khác: Cao Không Thư" in desk("appraisal", "ask", code, "BO/TD9", *office).err
