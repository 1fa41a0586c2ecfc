"""Persons told from collectives where the list does not say."""

from __future__ import annotations

import pytest

from definitions.flow import Nominee
from tests.unit.intake.lists import BOTH, COLLECTIVE, PERSON, row
from workflow.intake.nominees import judge_nominee
from workflow.intake.synonyms import load_synonyms


def _judge(name: str, award_for: tuple[Nominee, ...] = BOTH, **cells: object) -> tuple[str, str, bool]:
    judged = judge_nominee(row(name=name, **({"code": "", "position": ""} | cells)), award_for, load_synonyms())
    return judged.nominee, judged.ground, judged.doubtful


@pytest.mark.parametrize(
    "name",
    [
        "Phòng Tổng hợp - Cục Viễn thông",
        "Vụ Pháp chế",
        "Viện Chiến lược",
        "TRUNG TÂM INTERNET VIỆT NAM",
        "Tập thể Phòng 1",
        "Công ty TNHH Bùi Xuân",
        "Uỷ ban nhân dân xã Hòa Bình",
        "P. Kế hoạch",
        "VNPT Hà Nội",
        "Trường Đại học X",
        "PHONG TONG HOP",
    ],
)
def test_offices_are_collectives_by_their_first_words(name: str) -> None:
    assert _judge(name) == ("collective", "words", False)


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Văn An", "VÕ THU THỊNH", "Vũ Pháp Chế", "Trương Viện", "Tô Một", "Lê Thị Ánh Ngọc Hoa", "Nguyen Van An"],
)
def test_names_that_begin_like_a_family_are_persons(name: str) -> None:
    assert _judge(name) == ("individual", "surname", False)


def test_a_form_of_address_a_code_and_a_position_speak_for_a_person() -> None:
    assert _judge("Ông Y Blơ Niê") == ("individual", "honorific", False)
    assert _judge("Giàng Seo Phử", code="NV-1") == ("individual", "surname", False)
    assert _judge("Blơ", code="NV-1") == ("individual", "code", False)
    assert _judge("Nhân sự 0001", code="NV-1", position="Kỹ sư") == ("individual", "position", False)


def test_an_award_for_one_kind_speaks_for_it_but_not_against_a_name() -> None:
    assert _judge("Sao Mai", COLLECTIVE) == ("collective", "award", False)
    assert _judge("Sao Mai", PERSON) == ("individual", "award", False)
    assert _judge("Nguyễn Văn An", COLLECTIVE)[0] == "individual"
    assert _judge("Phòng Tổng hợp", PERSON)[0] == "collective"


def test_a_heading_decides_and_a_contradiction_is_marked() -> None:
    assert _judge("Sao Mai", section="collective", section_from="section") == ("collective", "section", False)
    assert _judge("Nguyễn Văn An", section="collective", section_from="sheet") == ("collective", "sheet", True)
    assert _judge("Phòng Tổng hợp", section="individual", section_from="section") == ("individual", "section", True)


def test_no_sign_and_a_close_call_are_doubtful() -> None:
    assert _judge("Sao Mai") == ("individual", "none", True)
    assert _judge("Sao Mai 2", code="NV-1") == ("individual", "code", True)
    assert _judge("") == ("individual", "none", True)
