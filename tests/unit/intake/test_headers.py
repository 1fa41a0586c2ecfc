"""Headers in all the shapes units give them."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import workflow.intake
from tests.unit.intake.lists import AWARDS, HEADER, grid, read, recognised
from workflow.intake.checking import check
from workflow.intake.headers import find_header, letter_of
from workflow.intake.synonyms import key_of, load_synonyms
from workflow.intake.values import Role

TABLE = tomllib.loads((Path(workflow.intake.__file__).parent / "synonyms.toml").read_text(encoding="utf-8"))
PHRASES = {role: entry["phrases"] for role, entry in TABLE["columns"].items()}
USUAL = ("tt", "code", "name", "position", "workplace", "award", "achievement", "note")
LINES = [
    ("1", "NV-1", "Ông Lê Văn An", "Kỹ sư", "Phòng Tổng hợp", "Bằng khen của Bộ trưởng", "Làm tốt", "a"),
    ("2", "", "Phòng Tổng hợp", "", "Cục Viễn thông", "Tập thể lao động xuất sắc", "Làm rất tốt", ""),
    ("3", "NV-3", "Bà Trần Thị Chi", "", "Phòng Hành chính", "Chiến sĩ thi đua cấp Bộ", "", "b"),
]


def _roles(*header: str) -> dict[Role, int] | None:
    found = find_header(grid(header), load_synonyms())
    return None if found is None else dict(found.roles)


@pytest.mark.parametrize("role", [role for role in PHRASES if role not in ("name", "award", "position_workplace")])
def test_every_phrase_of_the_table_is_found_in_its_role(role: Role) -> None:
    for phrase in PHRASES[role]:
        roles = _roles("Họ và tên", "Danh hiệu", phrase, "Cột lạ")
        assert roles is not None
        assert roles[role] == (3 if role not in ("name", "award") else roles[role]), phrase


def test_every_phrase_for_names_awards_and_combined_cells_is_found() -> None:
    for phrase in PHRASES["name"]:
        assert (_roles("STT", phrase, "Hình thức KT") or {}).get("name") == 2, phrase
    for phrase in PHRASES["award"]:
        assert (_roles("STT", "Họ tên", "Chức vụ", phrase) or {}).get("award") == 4, phrase
    for phrase in PHRASES["position_workplace"]:
        assert (_roles("STT", "Họ tên", phrase, "Danh hiệu") or {}).get("position_workplace") == 3, phrase


def test_a_known_column_that_is_not_used_takes_no_role() -> None:
    for phrase in (*TABLE["unused"]["past_awards"], *TABLE["unused"]["personal_data"]):
        found = find_header(grid(("Họ và tên", "Hình thức khen thưởng", phrase)), load_synonyms())
        assert found is not None
        assert [column.header for column in found.ignored] == [" ".join(phrase.split())], phrase


@pytest.mark.parametrize(
    ("header", "role", "column"),
    [
        ("HỌ VÀ TÊN\n(ghi rõ Ông/Bà)", "name", 1),
        ("Họ  và   tên:", "name", 1),
        ("Hình thức khen thưởng đề nghị năm 2026", "award", 2),
        ("Danh hiệu thi đua, hình thức khen thưởng đề nghị xét tặng", "award", 2),
        ("Tóm tắt thành tích đạt được (từ 01/2025 đến 11/2026)", "achievement", 3),
        ("Đơn vị công tác hiện nay", "workplace", 3),
        ("Mã số (nếu có)", "code", 3),
    ],
)
def test_additions_to_a_header_do_not_hide_it(header: str, role: Role, column: int) -> None:
    usual = ["Họ tên", "Danh hiệu", "Ghi chú"]
    usual[column - 1] = header
    assert (_roles(*usual) or {})[role] == column


def test_the_awards_a_person_has_are_not_the_award_asked_for() -> None:
    roles = _roles("Họ tên", "Hình thức khen thưởng đã được tặng", "Hình thức khen thưởng đề nghị")
    assert roles == {"name": 1, "award": 3}


def test_a_list_of_departments_only_has_its_names_under_unit() -> None:
    assert _roles("STT", "Tên đơn vị", "Danh hiệu đề nghị") == {"tt": 1, "name": 2, "award": 3}
    assert _roles("STT", "Họ tên", "Đơn vị", "Danh hiệu") == {"tt": 1, "name": 2, "workplace": 3, "award": 4}


def test_a_title_is_no_header() -> None:
    assert _roles("DANH SÁCH TẬP THỂ, CÁ NHÂN ĐỀ NGHỊ TẶNG BẰNG KHEN") is None
    assert _roles("Họ và tên", "Điện thoại") is None
    assert _roles("Kính gửi", "Vụ Tổ chức cán bộ") is None


def test_a_header_of_two_rows_is_read_downwards() -> None:
    cells = [
        ["STT", "Họ và tên", "Nơi công tác", None, "Hình thức khen thưởng"],
        [None, None, "Chức vụ", "Đơn vị", None],
        [1, "Lê Văn An", "Kỹ sư", "Phòng A", "Giấy khen"],
    ]
    result = read(cells, merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2"))
    table = result.understood.tables[0]
    assert (table.header_row, table.header_end) == (1, 2)
    assert {column.role: column.index for column in table.columns} == {
        "tt": 1,
        "name": 2,
        "position": 3,
        "workplace": 4,
        "award": 5,
    }
    assert [(line.position, line.workplace, line.number) for line in result.rows] == [("Kỹ sư", "Phòng A", 3)]


def _spelt(text: str, way: int) -> str:
    ways = (
        text,
        text.upper(),
        text.lower(),
        unicodedata.normalize("NFD", text),
        text.replace(" ", "\n", 1),
        f"  {text}\u00a0",
    )
    return ways[way % len(ways)]


@given(order=st.permutations(range(len(USUAL))), seed=st.integers(0, 10**6), above=st.integers(0, 6))
def test_columns_in_any_order_under_any_words_give_the_same_lines(order: list[int], seed: int, above: int) -> None:
    rnd = random.Random(seed)
    words = [_spelt(rnd.choice(PHRASES[role]), rnd.randrange(6)) for role in USUAL]
    rows = [[f"Dòng đầu {number}"] for number in range(above)]
    rows += [[cells[column] for column in order] for cells in ([*words], *LINES)]
    lines = check(recognised(*rows).rows, awards=AWARDS, unit_kind="cuc").good
    straight = check(recognised((*HEADER, "Ghi chú"), *LINES).rows, awards=AWARDS, unit_kind="cuc").good
    assert len(straight) == 3
    assert [_without_place(line) for line in lines] == [_without_place(line) for line in straight]


def _without_place(line: object) -> dict[str, object]:
    return {name: getattr(line, name) for name in line.__slots__ if name != "number"}  # type: ignore[attr-defined]


def test_columns_have_letters() -> None:
    assert [letter_of(column) for column in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]


def test_keys_of_headers_do_not_see_marks_signs_or_lines() -> None:
    assert key_of("CHỨC VỤ,\nĐơn vị") == key_of("chức vụ / đơn vị") == "chuc vu don vi"
