"""Cells mended on a page: laid over the rows, kept as a small table, checked like any other list, written back."""

from __future__ import annotations

import io
import unicodedata

import openpyxl

from tests.unit.intake.lists import AWARDS, row, sample
from workflow.intake.checking import check
from workflow.intake.mending import cells_of, laid_over, mended
from workflow.intake.reading import read_list
from workflow.intake.values import Letter, ListRead, Row, Understood
from workflow.intake.writing import write_back


def _list(*rows: Row) -> ListRead:
    return ListRead(Understood((), (), Letter(), len(rows), {}), rows, (), "0" * 64)


def test_a_mended_cell_takes_the_place_of_what_was_sent_and_the_rest_stays() -> None:
    read = mended(_list(row(2), row(3, name="")), {"DS": {"3": {"name": "Trần Thị Hoa"}}})
    assert [each.name for each in read.rows] == ["Nguyễn Văn An", "Trần Thị Hoa"]
    assert read.rows[1].award == "Bằng khen của Bộ trưởng"


def test_a_formula_typed_over_is_no_formula_any_more() -> None:
    sent = row(4, name="", formulas=frozenset({"name"}), errors=frozenset({"position_workplace"}))
    read = mended(_list(sent), {"DS": {"4": {"name": "Trần Thị Hoa", "workplace": "Phòng Tổng hợp"}}})
    assert read.rows[0].formulas == frozenset()
    assert read.rows[0].errors == frozenset()


def test_a_formula_sign_typed_on_the_page_is_refused_like_one_in_a_cell() -> None:
    read = mended(_list(row(4)), {"DS": {"4": {"name": "=HYPERLINK(1)"}}})
    bad = check(read.rows, awards=AWARDS, unit_kind="cuc").bad
    assert [problem.code for problem in bad[0].problems] == ["formula"]


def test_the_kind_of_a_nominee_may_be_said() -> None:
    read = mended(_list(row(4, name="Hoa Sen", code="", position="")), {"DS": {"4": {"nominee": "collective"}}})
    line = check(read.rows, awards=AWARDS, unit_kind="cuc").good[0]
    assert (line.nominee, line.ground) == ("collective", "mended")
    assert mended(_list(row(4)), {"DS": {"4": {"nominee": "nobody"}}}).rows[0].section is None


def test_an_overlay_grows_cell_by_cell_and_is_as_clean_as_a_cell_of_a_workbook() -> None:
    decomposed = unicodedata.normalize("NFD", "Trần\u200b  Thị Hoa")
    first = laid_over({}, [row(3)], [("DS", 3, "name", decomposed)])
    second = laid_over(first, [row(3)], [("DS", 3, "achievement", "Một\n\n hai")])
    assert second == {"DS": {"3": {"name": "Trần Thị Hoa", "achievement": "Một\nhai"}}}
    assert cells_of(second, "DS", 3)["name"] == unicodedata.normalize("NFC", "Trần Thị Hoa")
    assert first == {"DS": {"3": {"name": "Trần Thị Hoa"}}}


def test_what_is_typed_as_it_was_sent_is_no_mending() -> None:
    grown = laid_over({"DS": {"3": {"name": "Hoa"}}}, [row(3)], [("DS", 3, "name", "Nguyễn Văn An")])
    assert grown == {}


def test_a_formula_left_alone_is_not_taken_for_mended() -> None:
    sent = row(3, name="Nguyễn Văn An", formulas=frozenset({"name"}))
    assert laid_over({}, [sent], [("DS", 3, "name", "")]) == {}
    assert laid_over({}, [sent], [("DS", 3, "name", "Nguyễn Văn An")]) == {"DS": {"3": {"name": "Nguyễn Văn An"}}}


def test_rows_and_columns_that_do_not_exist_are_passed_over() -> None:
    typed = [("DS", 99, "name", "Hoa"), ("Khác", 3, "name", "Hoa"), ("DS", 3, "formulas", "x"), ("DS", 3, "sheet", "x")]
    assert laid_over({}, [row(3)], typed) == {}
    assert mended(_list(row(3)), {"Khác": {"3": {"name": "Hoa"}}}) == _list(row(3))


def test_a_cell_longer_than_a_workbook_holds_is_cut_there() -> None:
    grown = laid_over({}, [row(3)], [("DS", 3, "achievement", "a" * 40_000)])
    assert len(grown["DS"]["3"]["achievement"]) == 32_767


def test_the_workbook_comes_back_with_what_was_mended_and_what_is_left_to_mend() -> None:
    source = sample("buu-dien-loi").read_bytes()
    sent = read_list(source)
    bad = check(sent.rows, awards=AWARDS, unit_kind="dn", totals=sent.understood.totals).bad
    nameless = next(each.row for each in bad if any(problem.code == "name_missing" for problem in each.problems))
    overlay = laid_over({}, sent.rows, [(nameless.sheet, nameless.number, "name", "Trần Thị Hoa")])
    read = mended(sent, overlay)
    checked = check(read.rows, awards=AWARDS, unit_kind="dn", totals=sent.understood.totals)
    assert len(checked.bad) == len(bad) - 1
    written = write_back(source, read, checked, overlay=overlay)
    assert written.kept
    sheet = openpyxl.load_workbook(io.BytesIO(written.data))[nameless.sheet]
    values = [cell.value for cell in sheet[nameless.number]]
    assert "Trần Thị Hoa" in values
    table = sent.understood.tables[0]
    assert not sheet.cell(nameless.number, table.error_column).value
    assert sum(bool(sheet.cell(each.row.number, table.error_column).value) for each in checked.bad) == len(checked.bad)


def test_a_formula_typed_on_the_page_is_written_back_as_text() -> None:
    source = sample("buu-dien-loi").read_bytes()
    sent = read_list(source)
    first = sent.rows[0]
    overlay = laid_over({}, sent.rows, [(first.sheet, first.number, "name", "=1+1")])
    read = mended(sent, overlay)
    checked = check(read.rows, awards=AWARDS, unit_kind="dn")
    sheet = openpyxl.load_workbook(io.BytesIO(write_back(source, read, checked, overlay=overlay).data))[first.sheet]
    cell = next(cell for cell in sheet[first.number] if cell.value == "=1+1")
    assert cell.data_type == "s" or cell.quotePrefix
