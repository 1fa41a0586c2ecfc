"""The names of awards as units write them, and the nearest one where none is meant exactly."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tests.unit.intake.lists import AWARDS
from workflow.intake.awards import AwardNames, award_key, distance
from workflow.intake.synonyms import load_synonyms

NAMES = AwardNames(AWARDS, load_synonyms())


@pytest.mark.parametrize(
    ("text", "flow_id"),
    [
        ("Bằng khen của Bộ trưởng", "bang_khen_bo"),
        ("BẰNG KHEN BỘ TRƯỞNG", "bang_khen_bo"),
        ("bang khen cua bo truong", "bang_khen_bo"),
        ("Đề nghị tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ", "bang_khen_bo"),
        ("Bằng khen của Bộ trưởng Bộ KH&CN năm 2026", "bang_khen_bo"),
        ("Bằng khen cấp Bộ", "bang_khen_bo"),
        ("BK Bộ trưởng", "bang_khen_bo"),
        ("Bằng khen của Bộ trưởng theo chuyên đề", "bang_khen_chuyen_de"),
        ("Bằng khen chuyên đề", "bang_khen_chuyen_de"),
        ("Bằng khen đột xuất", "bang_khen_dot_xuat"),
        ("CSTĐ cấp Bộ", "cstd_bo"),
        ("Danh hiệu Chiến sỹ thi đua Bộ", "cstd_bo"),
        ("CSTĐCS", "cstd_co_so"),
        ("CSTĐ toàn quốc", "cstd_toan_quoc"),
        ("TTLĐXS", "tt_ldxs"),
        ("Tập thể LĐTT", "tt_ldtt"),
        ("LĐTT", "ldtt"),
        ("Cờ thi đua Bộ Khoa học và Công nghệ", "co_thi_dua_bo"),
        ("Cờ thi đua CP", "co_thi_dua_cp"),
        ("Bằng khen TTg Chính phủ", "bang_khen_tt"),
        ("Bằng khen Thủ tướng", "bang_khen_tt"),
        ("HCLĐ hạng Ba", "hcld_ba"),
        ("Tặng thưởng Huân chương Lao động hạng III", "hcld_ba"),
        ("Huân chương lao động hạng 1", "hcld_nhat"),
        ("Huân chương Lao động hạng Hai", "hcld_nhi"),
        ("Kỉ niệm chương", "ky_niem_chuong"),
        ("Giấy khen", "giay_khen"),
    ],
)
def test_the_many_ways_to_write_an_award_mean_it(text: str, flow_id: str) -> None:
    assert [choice.flow_id for choice in NAMES.find(text).choices] == [flow_id]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Bằng khen Bộ tưởng", "Bằng khen của Bộ trưởng"),
        ("Bằng ken của Bộ trưởng", "Bằng khen của Bộ trưởng"),
        ("Bằng khen của Bộ trưởng (chuyên đề COVID-19)", "Bằng khen của Bộ trưởng theo chuyên đề"),
        ("Bằng khen của Bộ trưởng về thành tích xuất sắc trong phòng, chống dịch", "Bằng khen của Bộ trưởng"),
        ("Cờ thi đua Chính phú ", "Cờ thi đua của Chính phủ"),
        ("Chiến sĩ thi đua cơ xở", "Chiến sĩ thi đua cơ sở"),
        ("Thưởng nóng", ""),
        ("", ""),
    ],
)
def test_a_slip_finds_the_nearest_name(text: str, nearest: str) -> None:
    found = NAMES.find(text)
    if found.choices:
        assert found.choices[0].title == nearest
    else:
        assert found.nearest == nearest


def test_a_class_that_does_not_exist_is_told_with_those_that_do() -> None:
    found = NAMES.find("Huân chương Lao động hạng Tư")
    assert found.choices == ()
    assert found.nearest == "Huân chương Lao động hạng Ba"
    assert [title.rpartition(" ")[2] for title in found.classes] == ["Ba", "Nhì", "Nhất"]


def test_the_kind_of_an_award_in_brackets_is_not_thrown_away() -> None:
    assert NAMES.find("Bằng khen của Bộ trưởng (đột xuất)").choices[0].flow_id == "bang_khen_dot_xuat"


def test_two_awards_in_one_cell_are_both_named() -> None:
    found = NAMES.find("Cờ thi đua của Bộ và Tập thể lao động xuất sắc")
    assert found.several == ("Cờ thi đua của Bộ", "Tập thể lao động xuất sắc")


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    found = NAMES.find(text)
    assert not (found.choices and found.nearest)


@pytest.mark.pace
def test_thousands_of_different_wrong_names_do_not_hold_up_a_list() -> None:
    names = AwardNames(AWARDS, load_synonyms())
    began = time.process_time()  # what others do on this machine meanwhile is not its fault
    for number in range(5_000):
        names.find(f"Huân chương Lao đông hạng {number} của Bộ trưởng về thành tích")
    assert time.process_time() - began < 10


@given(st.text("abc ", max_size=6), st.text("abc ", max_size=6), st.integers(0, 9))
def test_distance_is_the_least_number_of_changes(one: str, other: str, room: int) -> None:
    exact = _slow_distance(one, other)
    assert distance(one, other, room) == (exact if exact <= room else None)


def _slow_distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        _slow_distance(one[1:], other) + 1,
        _slow_distance(one, other[1:]) + 1,
        _slow_distance(one[1:], other[1:]) + (one[0] != other[0]),
    )


def test_keys_drop_what_names_nothing() -> None:
    assert award_key("Đề nghị xét tặng danh hiệu “CSTĐ cấp Bộ”", load_synonyms()) == "chien si thi dua bo"
