"""Vietnamese text: one spelling, search form, names, order as ICU has it, and dates of official papers."""

from __future__ import annotations

import random
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given, strategies as st
from sqlalchemy import NullPool, create_engine, text as sql

from tests import postgres
from workflow.domain.vietnamese import (
    ALPHABET,
    clean_name,
    fold,
    in_vietnamese_order,
    legible,
    long_date,
    nfc,
    person_sort_key,
    read_date,
    short_date,
    sort_key,
    split_honorific,
    strange_letters,
)

VOWELS = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
]
LETTERS = [*VOWELS, *"bcdđghklmnpqrstvx", *(letter.upper() for letter in VOWELS), *"BCDĐGHKLMNPQRSTVX"]
TEXTS = st.text(st.one_of(st.sampled_from([*LETTERS, " ", "-", "."]), st.characters(codec="utf-8")), max_size=40)

# Sorted once by ICU (PostgreSQL, collation vi-x-icu).
BY_ICU = (
    "1 Vụ|10|2|An|Anh|ANH|Ảnh|ánh|Ánh|Ạnh|Ăn|Ân|Ấn|Ba|Bà|Bả|Bã|Bá|Bạ|Cục|Cục A|Cục Á|Cục A (B)|Cục ạ B|Cục A-B|"
    "Cục A, B|Cục A1|Cục A10|Cục A2|Cục An toàn thông tin|Cục Ấn B|Da|Dã|Dạ|Dang|Dũng|Đa|Đã|Đạ|đăng|Đăng|Đặng|Đũng|"
    "E|Em|Ê|Êm|Fa|Gấm|Giang|Hoa|Hoà|Hòa|Hue|Huế|Huệ|Ja|Kha|Khoa|Lan|Lăn|Lân|Mỏ|Mố|Mơ|Mỡ|Nam|Ngọc|Nhung|On|Ỏn|Ôn|"
    "Ơn|Phương|Phường|Phượng|Quy|Quỳ|Quý|Thơ|Thu|Thư|Thứ|Tú|Tụ|Tư|Tự|Út|Uy|Ưu|Vi|Vĩ|Vy|Wu|Xuân|Xuẩn|Yên|Yến|Zung"
).split("|")


# ── spelling and search ──────────────────────────────────────────────────────────────────────────


@example("ẶẶẶ " * 20)  # long enough for its key to be cut, which must not hang on how it was typed
@given(TEXTS)
def test_a_text_typed_composed_or_decomposed_is_the_same_text_everywhere(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert nfc(decomposed) == nfc(composed)
    assert fold(decomposed) == fold(composed)
    assert clean_name(decomposed) == clean_name(composed)
    assert sort_key(decomposed) == sort_key(composed)
    assert person_sort_key(decomposed) == person_sort_key(composed)
    assert split_honorific(decomposed) == split_honorific(composed)
    assert strange_letters(decomposed) == strange_letters(composed)


@given(TEXTS)
def test_cleaning_and_folding_twice_is_the_same_as_once(text: str) -> None:
    assert clean_name(clean_name(text)) == clean_name(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đỗ", "do"),
        ("ĐẶNG  THỊ   HUỆ", "dang thi hue"),
        ("Hoà", "hoa"),
        ("Hòa", "hoa"),
        ("Nguyễn Hữu Thưởng", "nguyen huu thuong"),
        ("Ðỗ", "do"),
        ("  Cục\u00a0Viễn\tthông\n", "cuc vien thong"),
        ("Cục\u200b Báo\u00ad chí", "cuc bao chi"),
        ("１２３", "123"),
        ("", ""),
    ],
)
def test_a_search_finds_without_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


# ── names ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Vũ   Văn\u00a0Thảo ", "Vũ Văn Thảo"),
        ("Vũ Va\u0306n Thảo", "Vũ Văn Thảo"),
        ("\ufeffVũ Văn\u200b Thảo\u202e", "Vũ Văn Thảo"),
        ("Vũ\x00 Văn\x07\nThảo", "Vũ Văn Thảo"),
        ("Hoà", "Hoà"),
        ("VŨ VĂN THẢO", "VŨ VĂN THẢO"),
        ("Vũ\u2028Thảo", "Vũ Thảo"),
    ],
)
def test_a_name_is_kept_in_one_spelling_without_what_cannot_be_seen(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("name", "strange"),
    [
        ("Vũ Văn Thảo", ()),
        ("Jürgen Nguyễn-Müller Ø", ()),
        ("Vũ V\u0430n", ("\u0430",)),  # Cyrillic а
        ("Ðỗ Đức", ("Ð",)),
        ("Ɖỗ Ðức Ðức", ("Ɖ", "Ð")),
        ("Tập thể 3 (Vụ) & 4", ()),
        ("李", ("李",)),
    ],
)
def test_letters_that_only_look_right_are_named(name: str, strange: tuple[str, ...]) -> None:
    assert strange_letters(name) == strange


@pytest.mark.parametrize(
    ("written", "address", "name"),
    [
        ("Bà Vũ Văn Thảo", "Bà", "Vũ Văn Thảo"),
        ("ông  Lê An", "ông", "Lê An"),
        ("PGS.TS. Nguyễn Văn An", "PGS.TS.", "Nguyễn Văn An"),
        ("TS.Lê Thị Hoa", "TS.", "Lê Thị Hoa"),
        ("ThS Lê Thị Hoa", "ThS", "Lê Thị Hoa"),
        ("Đồng chí, Trần Văn B", "Đồng chí", "Trần Văn B"),
        ("Đ/c Trần Văn B", "Đ/c", "Trần Văn B"),
        ("ĐỒNG CHÍ BÀ LÊ THỊ A", "ĐỒNG CHÍ BÀ", "LÊ THỊ A"),
        ("Ông Anh Tuấn", "Ông", "Anh Tuấn"),
        ("Bàng Văn An", "", "Bàng Văn An"),
        ("Cô", "", "Cô"),
        ("Bà Thảo", "", "Bà Thảo"),
        ("Anh Đức", "", "Anh Đức"),
        ("", "", ""),
    ],
)
def test_the_form_of_address_is_split_off_and_never_half_a_name(written: str, address: str, name: str) -> None:
    assert split_honorific(written) == (address, name)


# ── order ────────────────────────────────────────────────────────────────────────────────────────


def test_the_order_is_that_of_icu() -> None:
    shuffled = random.Random(1).sample(BY_ICU, len(BY_ICU))
    assert in_vietnamese_order(shuffled, key=lambda name: name) == BY_ICU


def test_letters_come_before_tones_and_tones_in_their_order() -> None:
    vowels = [letter for letter in ALPHABET if letter in "aăâeêioôơuưy"]
    letters = sorted(vowels, key=sort_key)
    assert "".join(letters) == "aăâeêioôơuưy"
    assert sorted("aàảãáạăằẳẵắặâầẩẫấậ", key=sort_key) == list("aàảãáạăằẳẵắặâầẩẫấậ")
    assert sorted(["đa", "dz", "da", "dă"], key=sort_key) == ["da", "dă", "dz", "đa"]
    assert sorted(["Ánh", "Uy", "Đức", "Dũng", "Ân"], key=sort_key) == ["Ánh", "Ân", "Dũng", "Đức", "Uy"]


def test_keys_are_ascii_for_everything_vietnamese() -> None:
    assert sort_key("".join(LETTERS) + " 0123456789 (a)/b&c,d.e-f").isascii()


def test_foreign_letters_and_marks_have_a_place_of_their_own() -> None:
    assert sorted(["Zø", "Müller", "Muller", "Mùller", "漢", "z"], key=sort_key) == [
        "Muller", "Mùller", "Müller", "z", "Zø", "漢",
    ]  # fmt: skip
    assert sort_key("û") != sort_key("u")
    assert sort_key("ā") > sort_key("ạ")


def test_persons_are_listed_by_given_name_then_family_then_middle_names() -> None:
    in_order = [
        "Trần Văn An",
        "Lê Thị Ánh",
        "Phạm Ân",
        "Bùi Văn Bình",
        "Nguyễn Thị Bình",
        "Nguyễn Văn Bình",
        "Cao Dũng",
        "Âu Đức",
        "Thảo",
        "Vũ Văn Thảo",
        "Vũ Văn Thạo",
    ]
    assert sorted(random.Random(2).sample(in_order, len(in_order)), key=person_sort_key) == in_order


def test_the_given_name_with_its_tones_comes_before_any_family_name() -> None:
    assert sorted(["Bùi Thạo", "Vũ Thảo"], key=person_sort_key) == ["Vũ Thảo", "Bùi Thạo"]


def test_a_list_in_capitals_sorts_among_the_others() -> None:
    names = ["Bùi Văn An", "NGUYỄN VĂN AN", "Trần Văn An", "Bùi Thị Anh"]
    assert sorted(random.Random(2).sample(names, len(names)), key=person_sort_key) == names
    assert person_sort_key("NGUYỄN VĂN AN") != person_sort_key("Nguyễn Văn An")


def test_spaces_around_and_between_make_no_difference() -> None:
    assert sort_key("  Vụ   Bưu chính ") == sort_key("Vụ Bưu chính")
    assert person_sort_key(" Vũ  Thảo ") == person_sort_key("Vũ Thảo")
    assert person_sort_key("") < person_sort_key("A")


@given(TEXTS)
def test_a_key_fits_into_a_column_twice_as_long_as_the_text(text: str) -> None:
    for key in (sort_key(text), person_sort_key(text)):
        assert len(key) <= max(120, 2 * len(text))


def test_the_key_of_a_very_long_name_still_fits() -> None:
    longest = "ẶẶẶẶ ẶẶẶẶẶ " * 30
    assert len(sort_key(longest[:300])) <= 600
    assert len(person_sort_key(longest[:200])) <= 400


@pytest.mark.icu
def test_the_database_would_sort_the_same(postgres_server: postgres.Server) -> None:
    engine = create_engine(postgres_server.url("postgres"), poolclass=NullPool)
    names = sorted(set(_names(random.Random(7), 3_000)))
    query = 'SELECT n FROM unnest(CAST(:names AS text[])) n ORDER BY n COLLATE "vi-x-icu", n COLLATE "C"'
    with engine.connect() as connection:
        theirs = [row[0] for row in connection.execute(sql(query), {"names": names})]
    assert sorted(names, key=lambda name: (sort_key(name), name)) == theirs


def _names(dice: random.Random, amount: int) -> list[str]:
    starts = ["", *"bcdđghklmnpqrstvxwzfj", "ch", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr"]
    ends = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t", "i", "o", "u"]

    def syllable() -> str:
        word = dice.choice(starts) + dice.choice(VOWELS) + dice.choice(ends)
        return dice.choice([word.capitalize(), word.capitalize(), word.upper(), word])

    tails = ["", "", "", " 1", " 10", "-A", " (B)", ", C", "/D", " & E", ". F"]
    return [" ".join(syllable() for _ in range(dice.randint(1, 4))) + dice.choice(tails) for _ in range(amount)]


# ── dates ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026", "05/01/2026"),
        (date(2026, 2, 15), "ngày 15 tháng 02 năm 2026", "15/02/2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026", "09/03/2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026", "31/12/2026"),
    ],
)
def test_dates_are_written_as_official_papers_have_them(day: date, long: str, short: str) -> None:
    assert (long_date(day), short_date(day)) == (long, short)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_reads_back_from_either_form(day: date) -> None:
    assert read_date(long_date(day)) == read_date(short_date(day)) == day


@pytest.mark.parametrize(
    "text", ["5/1/2026", "05-01-2026", "5.1.2026", " Ngày 5 tháng 1 năm 2026 ", "05 tháng 01 năm 2026"]
)
def test_a_date_may_be_written_in_several_ways_day_first(text: str) -> None:
    assert read_date(text) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "text", ["", "2026-01-05", "01/05/26", "31/02/2026", "13/13/2026", "5/1/2026 9:00", "٥/١/٢٠٢٦"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|day|month"):
        read_date(text)


@pytest.mark.attack("S92")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("dòng một\r\n\tdòng hai", "dòng một\r\n\tdòng hai"),
        ("a\0b\x1b[31m\x7f\x9f", "ab[31m"),
        ("a\x0bb\x0cc\x1cd\x85e", "a\nb\nc\nd\ne"),
        ("nửa\ud800 chữ\ufffe\uffff", "nửa chữ"),
        ("chữ\u200b \u202evẫn\xa0giữ\u2028👏", "chữ\u200b \u202evẫn\xa0giữ\u2028👏"),
    ],
)
def test_what_cannot_be_written_down_is_left_out(text: str, kept: str) -> None:
    assert legible(text) == kept
    assert legible(kept) == kept
