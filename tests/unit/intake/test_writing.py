"""Errors written back into the unit's own workbook, and the empty list it may start from."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tests.unit.intake.lists import AWARDS, Formula, causes, raw_workbook, sample, workbook
from workflow.intake.checking import check
from workflow.intake.limits import Limits
from workflow.intake.reading import read_list
from workflow.intake.sentences import say_problem
from workflow.intake.templates import COLUMNS, HEADER_ROW, write_template
from workflow.intake.values import Checked, Letter, ListRead
from workflow.intake.writing import WrittenBack, _write, write_back

SHORT = ("TT", "Họ và tên", "Đơn vị", "Hình thức KT", "Thành tích")
GOOD = (1, "Lê Văn An", "Phòng A", "Giấy khen", "Tốt")
WRONG = (2, "", "Phòng A", "Giấy khem", "Tốt")

LINK_TO_NOTHING = (
    '<hyperlinks><hyperlink ref="A1" r:id="rId9" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></hyperlinks>'
)


def _taken(data: bytes, limits: Limits | None = None, language: str = "vi") -> tuple[ListRead, Checked, WrittenBack]:
    read = read_list(data)
    result = check(read.rows, awards=AWARDS, unit_kind="cuc", totals=read.understood.totals)
    return read, result, write_back(data, read, result, language=language, limits=limits or Limits())


def _sheet(back: WrittenBack) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(back.data), rich_text=True).worksheets[0]


def test_each_bad_row_gets_all_its_errors_in_a_new_last_column() -> None:
    _read, result, back = _taken(workbook([SHORT, GOOD, WRONG]))
    sheet = _sheet(back)
    assert back.kept
    assert [sheet.cell(row, 6).value is None for row in (1, 2, 3)] == [False, True, False]
    assert sheet["F1"].value == "Lỗi cần sửa"
    said = [say_problem(problem) for problem in result.bad[0].problems]
    assert sheet["F3"].value == f"1. {said[0]}\n2. {said[1]}"
    assert sheet["F3"].fill.start_color.rgb == "FFFFC7CE"
    assert sheet["F3"].data_type == "s"
    assert sheet.column_dimensions["F"].width > 40


def test_errors_are_written_in_the_language_asked_for() -> None:
    assert _sheet(_taken(workbook([SHORT, WRONG]), language="en")[2])["F1"].value == "Errors to mend"


def test_a_list_without_errors_comes_back_without_a_column() -> None:
    assert _sheet(_taken(workbook([SHORT, GOOD]))[2]).max_column == 5


def test_a_list_sent_again_keeps_one_column_of_errors_and_loses_the_old_ones() -> None:
    _read, _result, first = _taken(workbook([SHORT, GOOD, WRONG]))
    book = openpyxl.load_workbook(io.BytesIO(first.data))
    book.worksheets[0]["B3"].value, book.worksheets[0]["D3"].value = "Trần Chi", "Giấy khen"
    mended = io.BytesIO()
    book.save(mended)
    read, result, again = _taken(mended.getvalue())
    assert (len(result.good), result.bad) == (2, ())
    assert read.understood.tables[0].error_column == 6
    sheet = _sheet(again)
    assert sheet.max_column == 6
    assert (sheet["F1"].value, sheet["F3"].value, sheet["F3"].fill.fill_type) == ("Lỗi cần sửa", None, None)


def test_errors_written_before_are_no_part_of_the_list() -> None:
    rows = [SHORT, GOOD, ("", "TT", "HỌ VÀ TÊN", "", ""), ("Tổng cộng: 5 cá nhân",)]
    read, _result, first = _taken(workbook(rows))
    again, _result, second = _taken(first.data)
    assert again.rows == read.rows
    assert again.understood.totals == read.understood.totals
    assert again.understood.tables[0].error_column == read.understood.tables[0].error_column == 6
    assert [cell.value for cell in _sheet(second)["F"]] == [cell.value for cell in _sheet(first)["F"]]


def test_two_tables_on_one_sheet_share_one_column_of_errors() -> None:
    other = ("STT", "Tên tập thể", "Hình thức khen thưởng")
    rows = [SHORT, GOOD, WRONG, other, (1, "Phòng A", "Giấy khem")]
    _read, _result, first = _taken(workbook(rows))
    _again, _result, second = _taken(first.data)
    for back in (first, second):
        assert [cell.value is not None for cell in _sheet(back)["F"]] == [True, False, True, True, True]
        assert _sheet(back).max_column == 6


def test_what_the_unit_sent_is_kept() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in ((), SHORT, GOOD, WRONG):
        sheet.append(cells or ("DANH SÁCH",))
    sheet.merge_cells("A1:E1")
    sheet["B3"].font, sheet["B3"].fill = Font(bold=True, color="FF112233"), PatternFill("solid", "FF00FF00")
    sheet["C3"].value = CellRichText("Kỹ ", TextBlock(InlineFont(b=True), "sư"))
    sheet["A4"].value = "=A3+1"
    sheet["E4"].number_format, sheet["E4"].value = "dd/mm/yyyy", date(2026, 1, 2)
    sheet.row_dimensions[3].height, sheet.column_dimensions["B"].width = 33, 44
    sheet.freeze_panes = "A3"
    choice = DataValidation("list", '"Giấy khen,Bằng khen"')
    choice.add("D3:D9")
    sheet.add_data_validation(choice)
    other = book.create_sheet("Ghi chú")
    other["A1"].value = "=1+1"
    sent = io.BytesIO()
    book.save(sent)
    back = _taken(sent.getvalue())[2]
    kept = openpyxl.load_workbook(io.BytesIO(back.data), rich_text=True)
    sheet = kept.worksheets[0]
    assert [str(each) for each in sheet.merged_cells.ranges] == ["A1:E1"]
    assert (sheet["B3"].font.b, sheet["B3"].font.color.rgb) == (True, "FF112233")
    assert sheet["B3"].fill.start_color.rgb == "FF00FF00"
    assert isinstance(sheet["C3"].value, CellRichText)
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("=A3+1", "f")
    assert sheet["E4"].number_format == "dd/mm/yyyy"
    assert (sheet.row_dimensions[3].height, sheet.column_dimensions["B"].width) == (33, 44)
    assert sheet.freeze_panes == "A3"
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["D3:D9"]
    assert kept["Ghi chú"]["A1"].value == "=1+1"
    assert sheet["F4"].value


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    back = _taken(workbook([SHORT, (1, "=1+1", "+1", "@x", "-1"), (2, Formula("=1+1", 2), "K", "Giấy khen", "T")]))[2]
    sheet = _sheet(back)
    assert [sheet.cell(2, column).data_type for column in range(1, 7)] == ["n", "s", "s", "s", "s", "s"]
    assert sheet["B2"].value == "=1+1"
    with zipfile.ZipFile(io.BytesIO(back.data)) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<f>") == 1


def test_a_cell_we_write_is_never_a_formula() -> None:
    cell = openpyxl.Workbook().active["A1"]  # type: ignore[index]
    _write(cell, "=cmd|' /C calc'!A0")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_a_merged_title_that_covers_the_new_column_gives_way_only_where_something_is_written() -> None:
    rows = [("DANH SÁCH",), SHORT, GOOD, ("",), ("Tổng cộng: 5 cá nhân",)]
    read, result, back = _taken(workbook(rows, merged=("A1:H1", "A5:H5")))
    assert [each.problem.code for each in result.warnings if each.number == 5] == ["total_differs"]
    assert causes(read)[5] == "total"
    sheet = _sheet(back)
    assert sheet["F5"].value.startswith("Lưu ý: ")
    assert sheet["F5"].fill.start_color.rgb == "FFFFF2CC"
    assert [str(each) for each in sheet.merged_cells.ranges] == ["A1:H1"]


def test_a_group_of_columns_that_covers_the_new_one_is_cut_short() -> None:
    columns = '<cols><col min="2" max="16384" width="9" customWidth="1"/></cols>'
    main = zipfile.ZipFile(io.BytesIO(raw_workbook())).read("xl/worksheets/sheet1.xml").decode()
    wrong = main.replace("<sheetData>", f"{columns}<sheetData>").replace("Lê An Bình", "123")
    back = _taken(raw_workbook(parts={"xl/worksheets/sheet1.xml": wrong}))[2]
    groups = sorted((each.min, each.max) for each in _sheet(back).column_dimensions.values())
    assert groups == [(2, 2), (3, 3)]


@pytest.mark.parametrize(
    ("after", "limits"),
    [
        ('<mergeCells><mergeCell ref="C3:XFD1048576"/></mergeCells>', None),
        ('<hyperlinks><hyperlink ref="C3:XFD1048576" location="x"/></hyperlinks>', None),
        ("", Limits(kept_cells=3)),
        (LINK_TO_NOTHING, None),
    ],
)
def test_a_workbook_that_cannot_be_kept_is_answered_with_a_plain_one(after: str, limits: Limits | None) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><v>Họ và tên</v></c><c r="B1" t="str"><v>Hình thức</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>=1</v></c><c r="B2" t="str"><v>Giấy khen</v></c></row>'
    )
    read, result, back = _taken(raw_workbook(rows, after), limits)
    assert not back.kept
    sheet = _sheet(back)
    assert [cell.value for cell in sheet[1]][:4] == ["Trang tính", "Dòng", "Mã định danh", "Họ và tên / Tên tập thể"]
    assert (sheet["D2"].value, sheet["D2"].data_type) == ("=1", "s")
    assert sheet["K2"].value == say_problem(result.bad[0].problems[0])
    again = read_list(back.data)
    assert [(row.name, row.award) for row in again.rows] == [(row.name, row.award) for row in read.rows]


def test_the_samples_come_back_with_the_same_lines() -> None:
    for name in ("cuc-vien-thong", "hoc-vien", "so-ha-noi-sai-tuyen", "buu-dien-loi"):
        read, _result, back = _taken(sample(name).read_bytes())
        assert back.kept
        assert read_list(back.data).rows == read.rows


# ── the template ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_template_is_a_list_without_lines(language: str) -> None:
    read = read_list(write_template(AWARDS, unit_name="=Cục Viễn thông", language=language))
    (table,) = read.understood.tables
    assert [column.role for column in table.columns] == [role for role, _width in COLUMNS]
    assert table.header_row == HEADER_ROW + 1
    assert read.rows == ()
    assert read.understood.letter == Letter()
    assert {each.cause for each in read.understood.ignored_sheets} == {"no_header"}


def test_a_template_offers_the_awards_and_takes_lines() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(AWARDS, unit_name="Cục Viễn thông")))
    sheet, awards = book.worksheets
    assert [cell.value for cell in awards["A"]][1:] == [choice.title for choice in AWARDS]
    (offer,) = sheet.data_validations.dataValidation
    assert offer.formula1 == "'Danh mục'!$A$2:$A$19"
    for column, value in enumerate((1, "0012", "Lê Văn An", "Kỹ sư", "Phòng A", AWARDS[-2].title), start=1):
        sheet.cell(HEADER_ROW + 2, column).value = value
    filled = io.BytesIO()
    book.save(filled)
    read = read_list(filled.getvalue())
    result = check(read.rows, awards=AWARDS, unit_kind="cuc")
    assert [(line.code, line.flow_id) for line in result.good] == [("0012", "hcld_nhat")]
