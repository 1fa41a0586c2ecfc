"""Who is a woman and who works directly: only what a list says is believed."""

from __future__ import annotations

import pytest

from tests.unit.intake.lists import AWARDS, OF_MINISTRY, recognised
from workflow.intake.checking import check
from workflow.intake.synonyms import load_synonyms
from workflow.intake.values import Checked, Row

HEAD = ("TT", "Họ và tên", "Chức vụ", "Hình thức khen thưởng đề nghị")


def read(more: tuple[str, ...], *lines: tuple[str, ...]) -> tuple[Row, ...]:
    """Lines of (name, post, …) under the header with these columns more."""
    rows = [(str(at), name, post, "Bằng khen của Bộ trưởng", *rest) for at, (name, post, *rest) in enumerate(lines, 1)]
    return recognised((*HEAD, *more), *rows).rows


def checked(rows: tuple[Row, ...]) -> Checked:
    return check(rows, awards=AWARDS, unit_kind=OF_MINISTRY[0], synonyms=load_synonyms())


def said(more: tuple[str, ...], *lines: tuple[str, ...]) -> list[tuple[bool | None, bool | None]]:
    return [(each.woman, each.direct_worker) for each in checked(read(more, *lines)).good]


def test_a_column_of_the_sex_is_read_in_any_of_its_words() -> None:
    lines = [("Vũ Thị An", "", "Nữ"), ("Vũ Văn Bình", "", "NAM"), ("Vũ Chi", "", "bà"), ("Vũ Dung", "", "Ông"),
             ("Vũ Giang", "", ""), ("Vũ Hà", "", "F")]  # fmt: skip
    assert [woman for woman, _ in said(("Giới tính",), *lines)] == [True, False, True, False, None, True]


def test_a_form_of_address_says_it_and_a_first_name_does_not() -> None:
    lines = [("Bà Vũ Thị An", ""), ("Ông Vũ Văn Bình", ""), ("Vũ Thị Chi", "")]
    assert [woman for woman, _ in said((), *lines)] == [True, False, None]
    assert said(("Giới tính",), ("Ông Vũ Văn An", "", "Nữ"))[0][0] is True


def test_a_tick_in_one_of_two_columns_and_a_column_of_years_beside_none() -> None:
    lines = [("Vũ An", "", "", "x"), ("Vũ Bình", "", "1980", ""), ("Vũ Chi", "", "x", "x"), ("Vũ Dung", "", "", "")]
    assert [woman for woman, _ in said(("Nam", "Nữ"), *lines)] == [True, False, None, None]
    assert said(("Năm",), ("Vũ Văn An", "", "1980"))[0][0] is None
    assert said(("Nữ",), ("Vũ Văn An", "", "x"), ("Vũ Văn Bình", "", "")) == [(True, None), (None, None)]


def test_direct_workers_by_their_column_else_by_their_post() -> None:
    lines = [("Vũ An", "Trưởng phòng", "Có"), ("Vũ Bình", "Kỹ sư", "Không"), ("Vũ Chi", "Phó Giám đốc", ""),
             ("Vũ Dung", "Kỹ sư chính", ""), ("Vũ Giang", "Cố vấn", ""), ("Vũ Hà", "", "")]  # fmt: skip
    found = said(("Người lao động trực tiếp",), *lines)
    assert [direct for _, direct in found] == [True, False, False, True, None, None]


def test_where_a_list_only_ticks_no_tick_says_no() -> None:
    lines = [("Vũ An", "Kỹ sư", "x"), ("Vũ Bình", "Kỹ sư", ""), ("Vũ Chi", "Cố vấn", "✓")]
    assert [direct for _, direct in said(("Lao động trực tiếp",), *lines)] == [True, False, True]
    empty = [("Vũ An", "Cố vấn", ""), ("Vũ Bình", "Cố vấn", "")]
    assert [direct for _, direct in said(("Lao động trực tiếp",), *empty)] == [None, None]


@pytest.mark.parametrize(
    ("column", "code"), [("Giới tính", "sex_unread"), ("Người lao động trực tiếp", "direct_unread")]
)
def test_a_word_that_is_not_understood_is_a_warning_and_stays_unknown(column: str, code: str) -> None:
    found = checked(read((column,), ("Vũ An", "Cố vấn", "chưa rõ lắm")))
    assert [(each.woman, each.direct_worker) for each in found.good] == [(None, None)]
    assert code in {each.problem.code for each in found.warnings}


def test_collectives_are_of_no_sex() -> None:
    assert said(("Giới tính",), ("Phòng Tổng hợp", "", "Nữ")) == [(None, None)]
