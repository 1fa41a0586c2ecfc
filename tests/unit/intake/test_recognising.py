"""What is a line, and what is not: every row below the header gets its place."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import xlsxwriter

from tests.unit.intake.lists import AWARDS, Formula, causes, codes, grid, read, recognised, workbook
from workflow.intake.checking import check
from workflow.intake.grids import tidy
from workflow.intake.headings import split_place, starts_with_office
from workflow.intake.reading import read_list
from workflow.intake.recognising import recognise
from workflow.intake.synonyms import load_synonyms
from workflow.intake.values import IgnoredSheet, Problem, Unreadable

BK = "Bằng khen của Bộ trưởng"
SHORT = ("TT", "Họ và tên", "Chức vụ", "Hình thức KT", "Thành tích")
AN = ("1", "Lê Văn An", "Kỹ sư", BK, "Làm tốt")
CHI = ("2", "Trần Thị Chi", "Kỹ sư", BK, "Làm tốt")


@pytest.mark.parametrize(
    ("texts", "cause"),
    [
        (("", "", "", "", ""), "empty"),
        (("3", "", "", "", ""), "number_only"),
        (("(1)", "(2)", "(3)", "(4)", "(5)"), "column_numbers"),
        (("A", "B", "1", "2", "3"), "column_numbers"),
        (SHORT, "header_again"),
        (("Tổng cộng: 2 trường hợp",), "total"),
        (("", "Tổng số", "", "2", ""), "total"),
        (("Danh sách này có 02 cá nhân./.",), "total"),
        (("", "", "", "GIÁM ĐỐC", ""), "signature"),
        (("", "", "", "Hà Nội, ngày    tháng 12 năm 2026", ""), "signature"),
        (("", "Người lập biểu", "", "KT. CỤC TRƯỞNG", ""), "signature"),
        (("", "Nơi nhận:", "", "", ""), "signature"),
        (("I", "Phòng Tổng hợp", "", "", ""), "heading"),
        (("II. CÁ NHÂN",), "section"),
        (("B", "Tập thể (02)", "", "", ""), "section"),
        (("", "", "", "", "xem báo cáo kèm theo"), "stray_text"),
    ],
)
def test_a_row_that_is_no_line_is_skipped_with_its_cause(texts: tuple[str, ...], cause: str) -> None:
    found = recognised(SHORT, AN, texts, CHI)
    assert causes(found) == {1: "header", 3: cause}
    assert [row.number for row in found.rows] == [2, 4]


@pytest.mark.parametrize(
    "texts",
    [
        ("3", "Phòng Tổng hợp", "", "", ""),
        ("3", "Tập thể Phòng Tổng hợp", "", "", ""),
        ("", "LÊ VĂN AN", "", "", ""),
        ("", "Tổng công ty Bưu điện Việt Nam", "", BK, ""),
        ("", "Cộng đồng mạng", "", BK, "5 việc tốt"),
        ("", "", "Kỹ sư", BK, ""),
        ("3", "", "", "", "Làm tốt"),
        ("", "Chủ tịch Hồ Văn An", "Kỹ sư", BK, ""),
        ("", "Chủ tịch Hồ Văn An", "", BK, ""),
    ],
)
def test_a_row_that_somebody_meant_as_a_line_is_never_skipped(texts: tuple[str, ...]) -> None:
    found = recognised(SHORT, AN, texts, CHI)
    assert [row.number for row in found.rows] == [2, 3, 4]


def test_all_under_a_signature_is_signature_until_a_whole_line_comes() -> None:
    found = recognised(
        SHORT, AN, ("", "", "", "CỤC TRƯỞNG", ""), ("", "", "", "(Đã ký)", ""), ("", "", "", "Lê Hồ Bảo", ""), CHI
    )
    assert causes(found) == {1: "header", 3: "signature", 4: "signature", 5: "signature"}
    assert [row.number for row in found.rows] == [2, 6]


def test_headings_say_whom_the_lines_below_are_about() -> None:
    found = recognised(SHORT, ("I. TẬP THỂ",), ("1", "Nhà X", "", BK), ("II", "CÁ NHÂN"), ("1", "Y Blơ", "", BK))
    assert [(row.name, row.section) for row in found.rows] == [("Nhà X", "collective"), ("Y Blơ", "individual")]
    assert [(each.nominee, each.rows) for each in found.tables[0].sections] == [("collective", 1), ("individual", 1)]


def test_a_heading_names_the_award_where_no_column_does() -> None:
    header = ("STT", "Họ và tên", "Chức vụ", "Đơn vị", "Thành tích")
    found = recognised(
        header,
        ("A", "BẰNG KHEN CỦA BỘ TRƯỞNG"),
        ("I", "TẬP THỂ"),
        ("1", "Phòng Tổng hợp", "", "", "Tốt"),
        ("II", "CÁ NHÂN"),
        ("1", "Lê Văn An", "Kỹ sư", "Phòng A", "Tốt"),
        ("B", "CHIẾN SĨ THI ĐUA CẤP BỘ"),
        ("1", "Trần Thị Chi", "Kỹ sư", "Phòng B", "Tốt"),
    )
    result = check(found.rows, awards=AWARDS, unit_kind="cuc")
    assert [(line.flow_id, line.nominee) for line in result.good] == [
        ("bang_khen_bo", "collective"),
        ("bang_khen_bo", "individual"),
        ("cstd_bo", "individual"),
    ]


def test_a_heading_of_persons_does_not_keep_the_award_of_the_collectives() -> None:
    header = ("STT", "Họ và tên", "Chức vụ", "Thành tích")
    found = recognised(
        header, ("I", "TẬP THỂ"), ("1.1", "Cờ thi đua của Bộ"), ("1", "Phòng A"), ("II", "CÁ NHÂN"), ("1", "Lê Văn An")
    )
    assert [(row.award, row.section) for row in found.rows] == [
        ("co thi dua cua bo", "collective"),
        ("", "individual"),
    ]


def test_the_title_names_the_award_where_neither_column_nor_heading_does() -> None:
    found = recognised(
        ("DANH SÁCH ĐỀ NGHỊ TẶNG BẰNG KHEN CỦA BỘ TRƯỞNG NĂM 2026",),
        ("STT", "Họ và tên", "Chức vụ", "Đơn vị"),
        ("1", "Lê Văn An", "Kỹ sư", "Phòng A"),
    )
    assert found.tables[0].award == "bang khen cua bo truong nam 2026"
    assert [line.flow_id for line in check(found.rows, awards=AWARDS, unit_kind="cuc").good] == ["bang_khen_bo"]


def test_an_empty_cell_of_an_award_column_is_not_filled_from_the_title() -> None:
    found = recognised(("DANH SÁCH ĐỀ NGHỊ TẶNG GIẤY KHEN",), SHORT, ("1", "Lê Văn An", "Kỹ sư", "", ""))
    assert codes(check(found.rows, awards=AWARDS, unit_kind="cuc")) == {3: ["award_missing"]}


def test_a_second_header_on_a_sheet_begins_a_second_table() -> None:
    found = recognised(
        ("I. TẬP THỂ",),
        ("STT", "Tên tập thể", "Hình thức khen thưởng"),
        ("1", "Phòng Tổng hợp", "Tập thể lao động xuất sắc"),
        ("II. CÁ NHÂN",),
        ("STT", "Mã NV", "Họ và tên", "Chức vụ", "Hình thức khen thưởng"),
        ("1", "NV-7", "Lê Văn An", "Kỹ sư", BK),
    )
    assert [(table.header_row, table.rows) for table in found.tables] == [(2, 1), (5, 1)]
    assert [(row.code, row.name, row.section) for row in found.rows] == [
        ("", "Phòng Tổng hợp", "collective"),
        ("NV-7", "Lê Văn An", "individual"),
    ]


def test_sheets_for_collectives_and_persons_are_both_read_and_their_names_count() -> None:

    rows = [("STT", "Họ tên", "Danh hiệu"), ("1", "Nhà X", BK)]
    kinds = [
        found.rows[0].section
        for name in ("Tap the", "CÁ NHÂN", "Sheet1")
        if (found := recognise(grid(*rows, name=name), load_synonyms())) is not None
    ]
    assert kinds == ["collective", "individual", None]


def test_a_column_for_collectives_says_so_and_one_for_persons_does_not() -> None:
    rows = [recognised(("STT", name, "Danh hiệu"), ("1", "Sao Mai", BK)).rows[0] for name in ("Tên tập thể", "Cá nhân")]
    assert [(row.section, row.section_from) for row in rows] == [("collective", "header"), (None, "")]


# ── through a workbook ───────────────────────────────────────────────────────────────────────────


def test_a_merged_cell_counts_for_every_row_it_covers() -> None:
    cells = [
        SHORT,
        [1, "Lê Văn An", "Kỹ sư", BK, "Làm tốt"],
        [2, "Trần Thị Chi", "Kỹ sư", None, "Làm tốt"],
        [3, "Võ Văn Dũng", "Kỹ sư", None, "Làm tốt"],
    ]
    assert [row.award for row in read(cells, merged=("D2:D4",)).rows] == [BK] * 3


def test_a_name_merged_over_two_rows_is_one_line_with_both_texts() -> None:
    cells = [
        SHORT,
        [1, "Lê Văn An", "Kỹ sư", BK, "Năm 2025: tốt"],
        [None, None, None, None, "Năm 2026: rất tốt"],
        [2, "Trần Thị Chi", "Kỹ sư", BK, "Làm tốt"],
    ]
    result = read(cells, merged=("A2:A3", "B2:B3", "C2:C3", "D2:D3"))
    assert [row.achievement for row in result.rows] == ["Năm 2025: tốt\nNăm 2026: rất tốt", "Làm tốt"]
    assert causes(result)[3] == "continuation"


def test_values_come_as_people_read_them() -> None:

    cells = [
        ["Mã NV", "Họ và tên", "Hình thức KT", "Ghi chú", "Chức vụ"],
        [1234.0, "Lê Văn An", BK, 0.5, True],
        ["0012", "Le\u0302 Va\u0306n\u00a0 An\u200b ", BK, "a\r\n\r\n b", datetime(2026, 1, 2)],  # noqa: DTZ001
    ]
    rows = read(cells).rows
    assert [row.code for row in rows] == ["1234", "0012"]
    assert [row.name for row in rows] == ["Lê Văn An", "Lê Văn An"]
    assert [row.note for row in rows] == ["0.5", "a\nb"]
    assert rows[0].position == "TRUE"


def test_a_formula_gives_its_last_result_and_is_marked() -> None:
    cells = [
        SHORT,
        [Formula("=ROW()-1", 1), Formula('="Lê"&" An"', "Lê An"), "Kỹ sư", BK, "Tốt"],
        [2, "Lê Bảo", "Kỹ sư", Formula("=D99", BK), "Tốt"],
        [3, Formula("=NA()", "#N/A"), "Kỹ sư", BK, "Tốt"],
    ]
    result = read(cells)
    assert [(row.name, sorted(row.formulas), sorted(row.errors)) for row in result.rows] == [
        ("Lê An", ["name", "tt"], []),
        ("Lê Bảo", ["award"], []),
        ("", ["name"], ["name"]),
    ]
    taken = check(result.rows, awards=AWARDS, unit_kind="cuc")
    assert codes(taken) == {2: ["formula"], 4: ["formula", "cell_error"]}
    assert [(each.number, each.problem.code) for each in taken.warnings] == [
        (3, "formula_value"),
        (3, "weak_identity"),
    ]


def test_hidden_rows_are_read_and_said_and_hidden_sheets_are_not() -> None:

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name in ("DS", "Cu"):
            sheet = book.add_worksheet(name)
            for at, cells in enumerate((SHORT, AN, CHI)):
                sheet.write_row(at, 0, cells)
        book.get_worksheet_by_name("DS").set_row(1, None, None, {"hidden": True})
        book.get_worksheet_by_name("Cu").hide()
        book.add_worksheet("Trong")
    result = read_list(buffer.getvalue())
    assert len(result.rows) == 2
    assert result.understood.warnings == (Problem("hidden_rows", {"sheet": "DS", "rows": (2,), "number": 1}),)
    assert result.understood.ignored_sheets == (IgnoredSheet("Cu", "hidden"), IgnoredSheet("Trong", "empty"))


def test_a_list_with_a_header_and_no_line_is_said() -> None:
    result = read([SHORT])
    assert result.rows == ()
    assert [problem.code for problem in result.understood.warnings] == ["no_lines"]


def test_only_hidden_lists_are_no_list() -> None:
    with pytest.raises(Unreadable) as caught:
        read_list(workbook([["Một trang"]]))
    assert caught.value.code == "no_list"


# ── single texts ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "position", "workplace"),
    [
        ("Kỹ sư, Phòng Tổng hợp", "Kỹ sư", "Phòng Tổng hợp"),
        ("Phó Trưởng phòng, Phòng Kế hoạch, Tài chính", "Phó Trưởng phòng", "Phòng Kế hoạch, Tài chính"),
        ("Giám đốc\nTrung tâm Hỗ trợ", "Giám đốc", "Trung tâm Hỗ trợ"),
        ("Học viện", "", "Học viện"),
        ("Phòng Tổng hợp, Cục Viễn thông", "", "Phòng Tổng hợp, Cục Viễn thông"),
        ("Chuyên viên", "Chuyên viên", ""),
        ("", "", ""),
    ],
)
def test_a_combined_cell_is_split_at_its_first_comma(text: str, position: str, workplace: str) -> None:
    assert split_place(tidy(text), load_synonyms()) == (position, workplace)


def test_offices_are_told_from_family_names_by_their_marks() -> None:
    synonyms = load_synonyms()
    assert all(starts_with_office(text, synonyms) for text in ("Vụ Pháp chế", "Cục Viễn thông", "Tổ 1", "UBND xã A"))
    assert not any(starts_with_office(text, synonyms) for text in ("Vũ Pháp", "Tô Văn An", "Trương Chi", "Bàn Văn An"))
