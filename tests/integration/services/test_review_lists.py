"""What a stranger asked of lists: that a line never lands on another nomination, and that nothing is left half done."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine

from tests.support.ministry import Ministry, workbook

HEADER = ("TT", "Mã định danh", "Họ và tên", "Chức vụ", "Đơn vị công tác", "Hình thức đề nghị", "Thành tích")
BK = "Bằng khen của Bộ trưởng"


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path)


def sheets(*lists: Sequence[tuple[str, str, str]]) -> bytes:
    """A workbook of several sheets; a line is (code, name, deed), and each sheet begins at the same row."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for number, lines in enumerate(lists, start=1):
        sheet = book.add_worksheet(f"DS {number}")
        sheet.write_row(0, 0, HEADER)
        for row, (code, name, deed) in enumerate(lines, start=1):
            sheet.write_row(row, 0, (row, code, name, "Chuyên viên", "Phòng Tổng hợp", BK, deed))
    book.close()
    return buffer.getvalue()


def test_a_mended_line_mends_its_own_draft_though_another_sheet_has_a_line_in_the_same_row(m: Ministry) -> None:
    first = sheets([("NV-1", "Nguyễn Văn An", "Việc một")], [("NV-2", "Trần Thị Bình", "Việc hai")])
    m.import_file(first, letter_number="01/TTr")
    second = sheets([("NV-1", "Nguyễn Văn An", "Việc một, đã sửa")], [("NV-2", "Trần Thị Bình", "Việc hai")])
    report = m.import_file(second, letter_number="01/TTr")
    assert [each.changed for each in report.plan.mended] == [{"achievement": ("Việc một", "Việc một, đã sửa")}]
    assert m.all("SELECT name, achievement FROM nomination ORDER BY id") == [
        ("Nguyễn Văn An", "Việc một, đã sửa"),
        ("Trần Thị Bình", "Việc hai"),
    ]


def test_a_list_without_one_good_line_leaves_no_empty_submission_behind(m: Ministry) -> None:
    before = m.snapshot()
    report = m.import_file(workbook([("NV-1", "Nguyễn Văn An", "Bằng khen của Chủ tịch xã")]), letter_number="01/TTr")
    assert (report.submission_id, report.codes, len(report.plan.checked.bad)) == (None, (), 1)
    assert m.snapshot() == before
