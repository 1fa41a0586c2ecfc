"""What is wrong with a line in form, all of it at once; and what is only worth a look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.intake.lists import AWARDS, checked, codes, row
from workflow.intake.checking import check, line_key
from workflow.intake.values import AwardChoice, Line, Row, Total


def _problem(a_row: Row, unit_kind: str = "cuc") -> tuple[list[str], dict[str, object]]:
    (bad,) = checked(a_row, unit_kind=unit_kind).bad
    return [problem.code for problem in bad.problems], dict(bad.problems[0].params)


def _warned(*rows: Row) -> list[tuple[int, str]]:
    result = checked(*rows)
    assert result.bad == ()
    return [(each.number, each.problem.code) for each in result.warnings]


def test_a_good_row_becomes_a_whole_line() -> None:
    result = checked(row(5, name="Bà Trần  Thị Chi", period="2025-2026", note="mới"))
    assert result.bad == result.warnings == ()
    assert result.good == (
        Line(
            sheet="DS",
            number=5,
            line_key="bang_khen_bo#nv-0005",
            flow_id="bang_khen_bo",
            award="bang_khen_bo",
            nominee="individual",
            ground="honorific",
            name="Trần Thị Chi",
            name_folded="tran thi chi",
            honorific="Bà",
            code="NV-0005",
            position="Chuyên viên",
            workplace="Phòng Tổng hợp",
            achievement="Hoàn thành xuất sắc nhiệm vụ",
            achievement_from=date(2025, 1, 1),
            achievement_to=date(2026, 12, 31),
            note="mới",
            woman=True,
            direct_worker=True,
        ),
    )


def test_every_problem_of_a_row_is_found_at_once() -> None:
    wrong = row(name="=A1", code="x" * 41, award="Cờ thi đua của Chính phủ", position="y" * 201)
    assert codes(checked(wrong, unit_kind="so")) == {
        2: ["formula", "too_long", "too_long", "award_for_collective", "wrong_route"]
    }


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        ({"name": ""}, ["name_missing"]),
        ({"name": "12345"}, ["name_no_letters"]),
        ({"name": "=1+1"}, ["formula"]),
        ({"name": "＝SUM(A1)"}, ["formula"]),
        ({"formulas": frozenset({"name"})}, ["formula"]),
        ({"formulas": frozenset({"code"})}, ["formula"]),
        ({"name": "", "errors": frozenset({"name"})}, ["cell_error"]),
        ({"award": "", "errors": frozenset({"award"})}, ["cell_error"]),
        ({"award": ""}, ["award_missing"]),
        ({"name": "Nguyễn V\u0430n An"}, ["strange_letters"]),
        ({"name": "NguyÔn V¨n An"}, ["legacy_font"]),
        ({"name": "A" * 201}, ["too_long"]),
        ({"achievement": "A" * 10_001}, ["too_long"]),
        ({"award": "Bằng khen của Bộ trưởng; Giấy khen"}, ["award_several"]),
        ({"award": "Tập thể lao động xuất sắc"}, ["award_for_collective"]),
        ({"award": "Thưởng nóng"}, ["award_unknown_far"]),
    ],
)
def test_each_problem_of_form_has_its_code(cells: dict[str, object], problems: list[str]) -> None:
    assert codes(checked(row(**cells))) == {2: problems}


def test_a_title_of_a_person_for_a_department_is_refused_with_its_ground() -> None:
    department = row(name="Phòng Tổng hợp", code="", position="", award="Chiến sĩ thi đua cấp Bộ")
    assert _problem(department) == (
        ["award_for_individual"],
        {"award": "Chiến sĩ thi đua cấp Bộ", "ground": "words"},
    )


def test_a_foreign_name_and_a_name_with_an_apostrophe_are_names() -> None:
    assert [line.name for line in checked(row(name="Jürgen Müller"), row(3, name="H'Hen Niê")).good] == [
        "Jürgen Müller",
        "H'Hen Niê",
    ]


# ── the way a list is sent ───────────────────────────────────────────────────────────────────────


def test_a_kind_of_unit_that_may_not_propose_is_sent_the_wrong_way() -> None:
    assert _problem(row(award="Huân chương Lao động hạng Ba"), "so") == (
        ["wrong_route"],
        {"award": "Huân chương Lao động hạng Ba", "unit_kind": "so"},
    )


def test_an_award_that_names_no_units_may_be_proposed_by_all() -> None:
    choice = AwardChoice("f", "f", "Giấy khen", nominee=("individual",))
    assert len(check([row(award="Giấy khen")], awards=[choice], unit_kind="so").good) == 1


def _two(first: AwardChoice, second: AwardChoice, a_row: Row, unit_kind: str = "cuc") -> list[str]:
    result = check([a_row], awards=[first, second], unit_kind=unit_kind)
    return [line.flow_id for line in result.good] or codes(result)[2]


def test_one_name_of_two_flows_means_the_one_that_fits_else_it_is_ambiguous() -> None:
    for_persons = AwardChoice("a", "bk", "Bằng khen", nominee=("individual",))
    for_groups = AwardChoice("b", "bk", "Bằng khen", nominee=("collective",))
    a_row = row(award="Bằng khen")
    assert _two(for_persons, for_groups, a_row) == ["a"]
    assert _two(for_persons, replace(for_persons, flow_id="c"), a_row) == ["award_ambiguous"]
    of_province = replace(for_persons, flow_id="c", from_units=("so",))
    assert _two(replace(for_persons, from_units=("cuc",)), of_province, a_row) == ["a"]
    assert _two(replace(for_persons, from_units=("cuc",)), of_province, a_row, "dn") == ["wrong_route"]


# ── the same line twice ──────────────────────────────────────────────────────────────────────────


def test_of_two_equal_lines_the_first_stays_and_the_second_names_it() -> None:
    result = checked(row(2, code="NV 1"), row(3, code="nv1"), row(4, code="NV1"))
    assert [line.number for line in result.good] == [2]
    assert codes(result) == {3: ["duplicate"], 4: ["duplicate"]}
    assert {bad.problems[0].params["row"] for bad in result.bad} == {2}


def test_without_codes_the_name_and_the_workplace_are_the_person() -> None:
    same = row(2, code=""), row(3, code="", name="Ông NGUYỄN VĂN AN", workplace="phòng tổng hợp")
    elsewhere = row(4, code="", workplace="Phòng Hành chính")
    result = checked(*same, elsewhere)
    assert [line.number for line in result.good] == [2, 4]
    assert codes(result) == {3: ["differs_in_marks"]} or codes(result) == {3: ["duplicate"]}


def test_a_namesake_but_for_marks_is_asked_for_a_code() -> None:
    result = checked(row(2, code="", name="Lê Văn Hùng"), row(3, code="", name="Lê Văn Hưng"))
    assert codes(result) == {3: ["differs_in_marks"]}
    assert len(checked(row(2, name="Lê Văn Hùng"), row(3, name="Lê Văn Hưng")).good) == 2


def test_one_person_may_be_proposed_for_two_awards() -> None:
    assert len(checked(row(2, code="A"), row(3, code="A", award="Chiến sĩ thi đua cấp Bộ")).good) == 2


def test_a_code_stands_for_one_name() -> None:
    result = checked(row(2, code="A"), row(3, code="a", name="Trần Chi", award="Giấy khen"))
    assert codes(result) == {3: ["code_of_another"]}
    assert result.bad[0].problems[0].params["name"] == "Nguyễn Văn An"
    assert len(checked(row(2, code="A"), row(3, code="A", name="Bà Nguyễn Văn An", award="Giấy khen")).good) == 2


def test_a_line_key_never_outgrows_its_column_and_stays_the_same() -> None:
    assert line_key("f", "NV 1", "Lê An", "Phòng A") == "f#nv1"
    assert line_key("f", None, "Lê Ân", "Phòng A") == "f:le an@phong a"
    long = line_key("f", None, "Á" * 300, "B" * 300)
    assert len(long) == 2 + 64
    assert long == line_key("f", None, "a" * 300, "b" * 300) != line_key("f", None, "a" * 300, "b" * 299)


# ── worth a look ─────────────────────────────────────────────────────────────────────────────────


def test_warnings_stop_nothing() -> None:
    assert _warned(row(2), row(3, code="NV-0009"), row(4, name="Lê Bảo", achievement="")) == [
        (3, "maybe_the_same"),
        (4, "achievement_missing"),
    ]
    assert _warned(row(period="hôm qua")) == [(2, "period_unread")]
    assert _warned(row(formulas=frozenset({"award", "tt", "note"}))) == [(2, "formula_value")]
    assert _warned(row(code="", workplace="")) == [(2, "weak_identity")]
    assert _warned(row(achievement="")) == []
    assert _warned(row(section="individual", name="Phòng Tổng hợp", code="", position="")) == [(2, "nominee_doubtful")]


@pytest.mark.parametrize(
    ("total", "differs"),
    [
        (Total("DS", 9, "", collectives=1, individuals=2), False),
        (Total("DS", 9, "", all=3), False),
        (Total("DS", 9, "", individuals=3), True),
        (Total("DS", 9, "", all=4), True),
        (Total("DS", 4, "", all=2), False),
        (Total("DS", 9, "", all=2, since=2), False),
        (Total("khác", 9, "", all=3), False),
    ],
)
def test_a_total_is_compared_with_the_list_the_rows_above_it_and_its_section(total: Total, differs: bool) -> None:
    rows = (row(2), row(3, name="Lê Bảo", award="Không có"), row(5, name="Phòng A", code="", position=""))
    result = check(rows, awards=AWARDS, unit_kind="cuc", totals=[total])
    assert [each.problem.code for each in result.warnings] == (["total_differs"] if differs else [])
