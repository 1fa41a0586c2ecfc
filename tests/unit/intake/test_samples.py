"""The four lists that the project ships, read and checked as a whole."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.intake.lists import AWARDS, causes, codes, sample
from workflow.intake.checking import check
from workflow.intake.reading import read_list
from workflow.intake.values import Checked, IgnoredSheet, Letter, ListRead, RowWarning


def _taken(name: str, unit_kind: str) -> tuple[ListRead, Checked]:
    read = read_list(sample(name))
    return read, check(read.rows, awards=AWARDS, unit_kind=unit_kind, totals=read.understood.totals)


@pytest.mark.parametrize(
    ("name", "unit_kind", "good", "bad"),
    [
        ("cuc-vien-thong", "cuc", 24, 0),
        ("hoc-vien", "dvsn", 25, 0),
        ("so-ha-noi-sai-tuyen", "so", 11, 14),
        ("buu-dien-loi", "dn", 14, 6),
    ],
)
def test_a_sample_gives_its_good_lines_and_names_every_other_row(
    name: str, unit_kind: str, good: int, bad: int
) -> None:
    read, result = _taken(name, unit_kind)
    assert (len(result.good), len(result.bad)) == (good, bad)
    sheet = read.understood.tables[0].sheet
    named = {line.number for line in result.good} | {each.row.number for each in result.bad} | set(causes(read))
    assert named == set(range(1, max(named) + 1))
    assert {line.sheet for line in result.good} == {sheet}
    assert all(each.problems for each in result.bad)
    assert result.warnings == ()


def test_each_error_of_the_post_office_is_named_in_its_row() -> None:
    _read, result = _taken("buu-dien-loi", "dn")
    assert codes(result) == {
        16: ["duplicate"],
        17: ["award_unknown"],
        18: ["name_missing"],
        19: ["formula"],
        20: ["award_no_such_class"],
        21: ["award_for_collective"],
    }
    params = {bad.row.number: bad.problems[0].params for bad in result.bad}
    assert params[16]["row"] == 5
    assert params[17]["nearest"] == "Bằng khen của Bộ trưởng"
    assert params[20]["nearest"] == "Huân chương Lao động hạng Ba"


def test_decomposed_letters_and_stray_spaces_are_gone_and_a_number_is_a_code() -> None:
    read, result = _taken("buu-dien-loi", "dn")
    assert result.good[0].name == "Bùi Xuân Thịnh"
    assert {row.number: row.code for row in read.rows}[20] == "1234"


def test_what_a_provincial_body_may_not_propose_is_sent_the_wrong_way() -> None:
    _read, result = _taken("so-ha-noi-sai-tuyen", "so")
    assert set(map(tuple, codes(result).values())) == {("wrong_route",)}
    assert {line.flow_id for line in result.good} == {"co_thi_dua_bo", "bang_khen_bo"}


def test_letter_and_headings_are_understood_before_anything_is_written() -> None:
    read, result = _taken("hoc-vien", "dvsn")
    understood = read.understood
    assert understood.letter == Letter("15/TTr-HV", date(2026, 12, 4))
    assert [(each.number, each.nominee, each.rows) for each in understood.tables[0].sections] == [
        (7, "collective", 8),
        (16, "individual", 17),
    ]
    assert [(total.number, total.collectives, total.individuals) for total in understood.totals] == [(35, 8, 17)]
    assert understood.ignored_sheets == (IgnoredSheet("Ghi chu", "no_header"),)
    assert {number: cause for number, cause in causes(read).items() if number > 6} == {
        7: "section",
        16: "section",
        34: "empty",
        35: "total",
        36: "empty",
        37: "signature",
    }
    assert [line.nominee for line in result.good] == ["collective"] * 8 + ["individual"] * 17


def test_a_title_gives_number_and_day_of_the_letter_in_words() -> None:
    read, result = _taken("cuc-vien-thong", "cuc")
    assert read.understood.letter == Letter("07/TTr-CVT", date(2026, 12, 2))
    assert [column.role for column in read.understood.tables[0].columns] == [
        "tt",
        "code",
        "name",
        "position",
        "workplace",
        "award",
        "achievement",
    ]
    assert sum(line.nominee == "collective" for line in result.good) == 6


def test_forms_of_address_are_split_off_and_positions_from_workplaces() -> None:
    _read, result = _taken("hoc-vien", "dvsn")
    line = next(line for line in result.good if line.number == 17)
    assert (line.honorific, line.name, line.position, line.workplace) == (
        "Bà",
        "Vũ Văn Thảo",
        "Kế toán viên",
        "Phòng Nghiệp vụ 1",
    )
    assert line.line_key == "cstd_bo:vu van thao@phong nghiep vu 1"


def test_a_total_that_does_not_agree_is_said() -> None:
    read = read_list(sample("hoc-vien"))
    result = check(read.rows[:-1], awards=AWARDS, unit_kind="dvsn", totals=read.understood.totals)
    assert [(type(each), each.number, each.problem.code) for each in result.warnings] == [
        (RowWarning, 35, "total_differs")
    ]
    assert result.warnings[0].problem.params["individuals"] == 16
