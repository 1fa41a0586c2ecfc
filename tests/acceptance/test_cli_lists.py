"""Units' lists come in: good lines become drafts, every other row is named with its fault; again changes nothing."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from tests.acceptance.conftest import SAMPLES, Khen

pytestmark = pytest.mark.slow

LISTS = {
    "danh-sach-cuc-vien-thong.xlsx": ("CVT", "07/TTr-CVT", 24, {}),
    "danh-sach-hoc-vien.xlsx": ("PTIT", "15/TTr-HV", 25, {}),
    "danh-sach-so-ha-noi-sai-tuyen.xlsx": (
        "SHN", "15/TTr-SKHCN", 11,
        dict.fromkeys((8, 9, 10, 11, 12, 15, 17, 18, 19, 20, 21, 22, 32, 33), "Sai tuyến trình"),
    ),
    "danh-sach-buu-dien-loi.xlsx": (
        "VNPOST", "", 14,
        {16: "đã có ở dòng 5", 17: "Có phải là “Bằng khen của Bộ trưởng”?", 18: "Thiếu họ và tên",
         19: "chứa công thức", 20: "Không có “Huân chương Lao động hạng Tư”", 21: "chỉ tặng tập thể"},
    ),
}  # fmt: skip
FORMULA = '=HYPERLINK("http://example.invalid")'


@pytest.mark.parametrize("file", LISTS)
def test_good_lines_become_drafts_and_every_other_row_is_named(desk: Khen, file: str) -> None:
    unit, letter, good, wrong = LISTS[file]
    asked = ("submission", "import", SAMPLES / file, "--unit", unit, "--round", "2026", "--as", "BO/TT1")
    told = desk(*asked, "--errors", "loi.xlsx", "--json", code=1 if wrong else 0).json
    assert (told["good"], told["new"], told["same"], len(told["codes"])) == (good, good, 0, good)
    assert letter in told["letter"]
    assert {row["row"]: [each["message"] for each in row["problems"]] for row in told["bad"]}.keys() == wrong.keys()
    for row in told["bad"]:
        assert any(wrong[row["row"]] in each["message"] for each in row["problems"])
    assert (desk.folder / "loi.xlsx").exists() is bool(wrong)

    again = desk(*asked, "--errors", "loi.xlsx", "--json", code=1 if wrong else 0).json
    assert (again["new"], again["same"], again["codes"], again["gone"]) == (0, good, [], [])
    assert len(desk("nomination", "list", "--limit", "1000", "--json").json["rows"]) == good


def test_looking_first_writes_nothing(desk: Khen) -> None:
    asked = ("--unit", "CVT", "--round", "2026", "--as", "CVT/CB", "--check")
    told = desk("submission", "import", SAMPLES / "danh-sach-cuc-vien-thong.xlsx", *asked)
    assert "Mới kiểm tra, chưa ghi gì. Dòng đúng: 24; dòng cần sửa: 0." in told.out
    assert desk("submission", "list", "--json").json == []


def test_a_formula_is_named_and_never_run_and_the_workbook_goes_back_with_what_to_mend(desk: Khen) -> None:
    """Not in what is said, not in the database; and what is written into the unit's workbook is text."""
    asked = ("--unit", "VNPOST", "--round", "2026", "--as", "BO/TT1", "--errors", "loi.xlsx")
    told = desk("submission", "import", SAMPLES / "danh-sach-buu-dien-loi.xlsx", *asked, code=1)
    assert "Công thức không được nhận ở đây" in told.err
    names = [row["name"] for row in desk("nomination", "list", "--json").json["rows"]]
    assert not any(name.startswith("=") or "HYPERLINK" in name for name in names)

    original = load_workbook(SAMPLES / "danh-sach-buu-dien-loi.xlsx").active
    sheet = load_workbook(io.BytesIO((desk.folder / "loi.xlsx").read_bytes())).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value != original[cell.coordinate].value]
    assert cells
    assert all(cell.data_type != "f" for cell in cells)
    for row, words in LISTS["danh-sach-buu-dien-loi.xlsx"][3].items():
        assert any(words in str(cell.value) for cell in cells if cell.row == row), row


def test_a_template_for_units_is_filled_in_and_comes_back_good(desk: Khen) -> None:
    desk("submission", "template", "mau.xlsx", "--round", "2026")
    book = load_workbook(desk.folder / "mau.xlsx")
    sheet = book.active
    headings = next(row for row in sheet.iter_rows() if sum(bool(cell.value) for cell in row) > 3)
    wanted = {"Họ và tên": "Lê Thị Hồng", "Hình thức": "Bằng khen của Bộ trưởng"}
    for cell in headings:
        for heading, value in wanted.items():
            if str(cell.value).startswith(heading):
                sheet.cell(cell.row + 1, cell.column, value)
    book.save(desk.folder / "mau.xlsx")
    told = desk(
        "submission", "import", "mau.xlsx", "--unit", "CVT", "--round", "2026", "--as", "CVT/CB", "--check", "--json"
    )
    assert (told.json["good"], told.json["bad"]) == (1, [])


def test_a_unit_reads_what_was_understood_in_its_language(desk: Khen) -> None:
    asked = ("--unit", "PTIT", "--round", "2026", "--as", "BO/TT1")
    told = [
        desk("submission", "import", SAMPLES / "danh-sach-hoc-vien.xlsx", *asked).out,
        desk.speaking("en")("submission", "import", SAMPLES / "danh-sach-hoc-vien.xlsx", *asked, "--check").out,
    ]
    wanted = [
        ("tiêu đề cột ở dòng 6, 25 dòng", "Mục ở dòng 7: TẬP THỂ (8 dòng)", "Dòng đúng: 25; dòng cần sửa: 0",
         "Mã hồ sơ: TTLDXS-2026-00001-2 … TTLDXS-2026-00005-7 (5)."),
        ("header in row 6, 25 lines", "Section in row 7: TẬP THỂ (8 lines)", "Good lines: 25; to mend: 0. Would"),
    ]  # fmt: skip
    for said, words in zip(told, wanted, strict=True):
        assert [each for each in words if each not in said] == []


def test_a_file_that_is_no_workbook_is_answered_in_words(desk: Khen) -> None:
    for content, words in ((b"PK\x03\x04 not a workbook", "Tệp bị hỏng"), (b"", "."), (b"H\xe1\xbb\x8d,\n", ".")):
        (desk.folder / "ds.xlsx").write_bytes(content)
        told = desk("submission", "import", "ds.xlsx", "--unit", "CVT", "--round", "2026", "--as", "CVT/CB", code=1)
        assert words in told.err
    assert desk("submission", "list", "--json").json == []
