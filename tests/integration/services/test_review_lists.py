"""What a stranger asked of lists: that a line never lands on another nomination, and that nothing is left half done."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine

from tests.support.ministry import Ministry, workbook
from workflow.services import acts, checking, submissions
from workflow.services.judging import NotForUnit

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


def test_the_desk_submits_for_a_unit_and_both_names_are_on_record(m: Ministry) -> None:
    """A unit without the software sends paper: who entered it, and whose act it was, must both be known."""
    codes = m.drafts(2)
    asked = m.request("withdraw", codes, "secretariat", letter_no="11/CV-CVT")
    assert {r.code for each in acts.perform(m.desk, asked, m.now).results for r in each.reasons} == {"role"}
    head = submissions.submits_for(m.desk, asked.actor, "CVT", m.now)
    assert head == "CVT/TT"
    assert submissions.submits_for(m.desk, "CVT/CB", "CVT", m.now) is None
    report = acts.perform(m.desk, replace(asked, on_behalf_of=head), m.now)
    assert (report.done, report.refused) == (2, 0)
    assert m.all("SELECT actor, on_behalf_of FROM act WHERE transition = 'withdraw'") == [("BO/SECRETARIAT", head)]
    assert "CVT/TT" in str(m.one("SELECT data FROM event WHERE transition = 'withdraw' LIMIT 1"))
    assert m.one("SELECT count(*) FROM audit_opening WHERE name = 'on_behalf_of'") == 1
    assert checking.check(m.desk).ok


def test_nobody_but_the_desk_enters_acts_for_another(m: Ministry) -> None:
    codes = m.drafts()
    asked = replace(m.request("withdraw", codes, "unit_officer", letter_no="1/CV"), on_behalf_of="CVT/TT")
    before = m.snapshot()
    with pytest.raises(NotForUnit):
        acts.perform(m.desk, asked, m.now)
    desk_only = replace(m.request("withdraw", codes, "secretariat", letter_no="1/CV"), on_behalf_of="BO/SIGNER")
    with pytest.raises(NotForUnit):
        acts.perform(m.desk, desk_only, m.now)
    assert m.snapshot() == before


def test_drafts_of_a_list_are_those_that_were_not_submitted_yet(m: Ministry) -> None:
    codes = m.drafts(3)
    m.done("withdraw", codes[1:2], "unit_head", letter_no="11/CV-CVT")
    assert submissions.drafts_of(m.desk, m.one("SELECT id FROM submission")) == (codes[0], codes[2])
