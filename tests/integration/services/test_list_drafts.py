"""A list on its way in: kept, mended in place, accepted once, seen by nobody else; what comes twice is compared."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from tests.support.ministry import ROUND, Ministry, shipped_flows, workbook
from tests.unit.intake.lists import sample
from workflow.intake.values import Unreadable
from workflow.services import list_drafts, viewing
from workflow.services.list_drafts import NewList, Overtaken, UnknownDraft
from workflow.services.submissions import ImportRefused
from workflow.services.viewing import Viewer
from workflow.storage.database import read

GOOD = ("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng")
NAMELESS = ("NV-2", "", "Bằng khen của Bộ trưởng")


def who(m: Ministry, person: str) -> Viewer:
    with read(m.engine) as connection:
        return viewing.viewer(connection, person, m.today)


def keep(m: Ministry, content: bytes, person: str = "CVT/CB", unit: str = "CVT", **more: Any) -> str:
    new = NewList(unit, ROUND, "ds.xlsx", more.pop("letter", "12/TTr-CVT"), date(2026, 12, 1), **more)
    return list_drafts.keep(m.desk, who(m, person), new, content, m.now)


def test_a_list_is_mended_cell_by_cell_and_accepted_once(m: Ministry) -> None:
    id_ = keep(m, workbook([GOOD, NAMELESS]))
    me = who(m, "CVT/CB")
    looked = list_drafts.look(m.desk, me, id_, m.now)
    assert [len(looked.plan.checked.good), len(looked.plan.checked.bad)] == [1, 1]
    assert m.all("SELECT code FROM nomination") == []
    list_drafts.mend(m.desk, me, id_, [("Danh sách", 4, "name", "Trần Thị Hoa")])
    looked = list_drafts.look(m.desk, me, id_, m.now)
    assert [len(looked.plan.checked.good), len(looked.plan.checked.bad)] == [2, 0]
    report = list_drafts.accept(m.desk, me, id_, looked.draft.stamp, m.now)
    assert len(report.codes) == 2
    assert m.all("SELECT name FROM nomination ORDER BY id") == [("Nguyễn Văn An",), ("Trần Thị Hoa",)]
    with pytest.raises(Overtaken):
        list_drafts.accept(m.desk, me, id_, looked.draft.stamp, m.now)
    with pytest.raises(Overtaken):
        list_drafts.mend(m.desk, me, id_, [("Danh sách", 4, "name", "Trần Thị Lan")])
    assert list_drafts.find(m.desk, me, id_).submission_id == report.submission_id
    assert list_drafts.waiting(m.desk, me) == ()


def test_what_somebody_accepts_is_what_he_saw(m: Ministry) -> None:
    id_ = keep(m, workbook([GOOD, NAMELESS]))
    me = who(m, "CVT/CB")
    seen = list_drafts.look(m.desk, me, id_, m.now).draft.stamp
    list_drafts.mend(m.desk, who(m, "CVT/TT"), id_, [("Danh sách", 4, "name", "Trần Thị Hoa")])
    with pytest.raises(Overtaken):
        list_drafts.accept(m.desk, me, id_, seen, m.now)
    assert m.all("SELECT code FROM nomination") == []


def test_two_who_mend_at_once_keep_both_cells(m: Ministry) -> None:
    id_ = keep(m, workbook([NAMELESS, ("NV-3", "", "Bằng khen của Bộ trưởng")]))
    list_drafts.mend(m.desk, who(m, "CVT/CB"), id_, [("Danh sách", 3, "name", "Trần Thị Hoa")])
    list_drafts.mend(m.desk, who(m, "CVT/TT"), id_, [("Danh sách", 4, "name", "Lê Thị Lan")])
    assert len(list_drafts.look(m.desk, who(m, "CVT/CB"), id_, m.now).plan.checked.good) == 2


@pytest.mark.parametrize("stranger", ["CTS/CB", "CTS/TT", "BO/SECRETARIAT", "BO/ADMIN"])
def test_a_list_on_its_way_in_is_nobody_elses(m: Ministry, stranger: str) -> None:
    id_ = keep(m, workbook([GOOD]))
    for asks in (
        lambda viewer: list_drafts.find(m.desk, viewer, id_),
        lambda viewer: list_drafts.mend(m.desk, viewer, id_, []),
        lambda viewer: list_drafts.accept(m.desk, viewer, id_, "", m.now),
        lambda viewer: list_drafts.drop(m.desk, viewer, id_, m.now),
        lambda viewer: list_drafts.workbook(m.desk, viewer, id_, m.now),
    ):
        with pytest.raises(UnknownDraft):
            asks(who(m, stranger))
    assert list_drafts.waiting(m.desk, who(m, stranger)) == ()
    assert [each.id for each in list_drafts.waiting(m.desk, who(m, "CVT/TT"))] == [id_]


def test_what_the_desk_brings_is_not_shown_to_the_unit_before_it_is_in(m: Ministry) -> None:
    id_ = keep(m, workbook([GOOD]), person="BO/SECRETARIAT")
    with pytest.raises(UnknownDraft):
        list_drafts.find(m.desk, who(m, "CVT/CB"), id_)
    assert list_drafts.find(m.desk, who(m, "BO/SECRETARIAT"), id_).unit == "CVT"


def test_what_is_no_list_is_not_kept(m: Ministry) -> None:
    with pytest.raises(Unreadable):
        keep(m, b"%PDF-1.4 no list")
    with pytest.raises(ImportRefused, match="import_not_allowed"):
        keep(m, workbook([GOOD]), person="CTS/CB")
    assert m.all("SELECT id FROM list_draft") == []
    assert [each for each in m.files.rglob("*") if len(each.name) == 64] == []


def test_a_list_without_one_good_line_is_not_brought_in(m: Ministry) -> None:
    id_ = keep(m, workbook([NAMELESS]))
    me = who(m, "CVT/CB")
    with pytest.raises(ImportRefused, match="nothing_good"):
        list_drafts.accept(m.desk, me, id_, list_drafts.find(m.desk, me, id_).stamp, m.now)
    assert m.all("SELECT id FROM submission") == []


def test_a_list_laid_aside_waits_no_longer(m: Ministry) -> None:
    id_ = keep(m, workbook([GOOD]))
    me = who(m, "CVT/CB")
    list_drafts.drop(m.desk, me, id_, m.now)
    assert list_drafts.waiting(m.desk, me) == ()
    with pytest.raises(Overtaken):
        list_drafts.accept(m.desk, me, id_, list_drafts.find(m.desk, me, id_).stamp, m.now)


def test_the_workbook_comes_back_with_its_column_of_errors(m: Ministry) -> None:
    id_ = keep(m, workbook([GOOD, NAMELESS]))
    name, data = list_drafts.workbook(m.desk, who(m, "CVT/CB"), id_, m.now)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert name == "ds-loi.xlsx"
    assert sheet.cell(2, 8).value == "Lỗi cần sửa"
    assert "Thiếu họ và tên" in sheet.cell(4, 8).value


def test_a_list_sent_again_shows_the_difference_and_changes_no_submitted_line(m: Ministry) -> None:
    me = who(m, "CVT/CB")
    first = keep(m, workbook([GOOD, ("NV-3", "Lê Văn Ba", "Bằng khen của Bộ trưởng")]))
    codes = list_drafts.accept(m.desk, me, first, list_drafts.find(m.desk, me, first).stamp, m.now).codes
    m.done("start_unit_vote", codes[:1], "unit_officer")
    again = keep(
        m,
        workbook([(*GOOD, "Thành tích khác"), ("NV-9", "Trần Thị Hoa", "Bằng khen của Bộ trưởng")]),
    )
    plan = list_drafts.look(m.desk, me, again, m.now).plan
    assert [each.code for each in plan.fixed] == [codes[0]]
    assert plan.gone == (codes[1],)
    assert [line.name for line in plan.new] == ["Trần Thị Hoa"]
    list_drafts.accept(m.desk, me, again, list_drafts.find(m.desk, me, again).stamp, m.now)
    texts = dict(m.all("SELECT code, achievement FROM nomination"))
    assert texts[codes[0]] == "Hoàn thành xuất sắc nhiệm vụ"
    assert len(texts) == 3


def test_the_list_of_a_province_is_answered_line_by_line(m: Ministry) -> None:
    m.publish(*(name for name in shipped_flows() if name not in m.flows))
    id_ = keep(m, sample("so-ha-noi-sai-tuyen").read_bytes(), "HANOI/CB", "HANOI")
    checked = list_drafts.look(m.desk, who(m, "HANOI/CB"), id_, m.now).plan.checked
    assert len(checked.good) + len(checked.bad) == 25
    assert len(checked.bad) == 14
    assert all(any(problem.code == "wrong_route" for problem in bad.problems) for bad in checked.bad)
