"""Which passwords are taken, and what is kept of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from tests.support.ministry import CHEAP
from workflow.services.passwords import LONGEST, Passwords, fault

CONTEXT = ("Nguyễn Thị Hoa", "CVT", "Cục Viễn thông", "hoa.nt@cvt.gov.vn")


@pytest.mark.parametrize(
    "password",
    ["cây bàng trước cổng trường", "gio mua dong bac 7", "ngoi nha xanh ben song", "correct horse battery staple"],
)
def test_a_sentence_is_a_good_password(password: str) -> None:
    assert fault(password, 15, CONTEXT) == ""


@pytest.mark.attack("S06")
@pytest.mark.parametrize(
    ("password", "least", "expected"),
    [
        ("bảy chữ", 8, "short"),
        ("ghế đỏ 7", 8, ""),
        ("ghế đỏ 7", 15, "short"),
        ("ghế đỏ 7", 3, ""),
        ("bảy chữ", 3, "short"),
        ("password1", 8, "common"),
        ("PassWord1", 8, "common"),
        ("qwertyuiop", 8, "common"),
        ("11111111111111111", 15, "common"),
        ("abababababababab", 15, "common"),
        ("0123456789012345", 15, "common"),
        ("9876543210987654", 15, "common"),
        ("abcdefghijklmnop", 15, "common"),
        ("bothongtin2026!!", 15, "guessable"),
        ("Khen thuong 2026", 15, "guessable"),
        ("CucVienThong12345", 15, "guessable"),
        ("nguyen thi hoa 2026", 15, "guessable"),
        ("hoa.nt@cvt.gov.vn", 15, "guessable"),
        ("cục viễn thông và ngôi nhà xanh", 15, ""),
        ("dòng\nmới trong mật khẩu", 15, "letters"),
        ("số không\0 ở giữa đây", 15, "letters"),
        ("nửa chữ \ud800 ở giữa đây", 15, "letters"),
        ("x" * (LONGEST + 1), 15, "long"),
    ],
)
def test_what_anybody_can_guess_is_refused_by_name(password: str, least: int, expected: str) -> None:
    assert fault(password, least, CONTEXT) == expected


def test_length_counts_letters_not_code_points() -> None:
    assert fault(unicodedata.normalize("NFD", "ghế đỏ 7"), 8) == ""
    assert fault(unicodedata.normalize("NFD", "bảy chữ"), 8) == "short"


@given(st.text(max_size=200))
def test_a_password_is_right_exactly_when_it_is_the_same_text(password: str) -> None:
    kept = CHEAP.hashed("cây bàng trước cổng trường")
    same = unicodedata.normalize("NFC", password) == "cây bàng trước cổng trường"
    assert CHEAP.is_right(password, kept) is same
    assert not CHEAP.is_right(password, None)


@pytest.mark.attack("S04")
def test_nothing_is_cut_off() -> None:
    long = "đèn đường và mưa " * 20
    kept = CHEAP.hashed(long)
    assert CHEAP.is_right(long, kept)
    assert not CHEAP.is_right(long[:-1], kept)
    assert not CHEAP.is_right(long[:72], kept)


def test_by_default_a_guess_is_as_dear_as_the_library_makes_it() -> None:
    hasher = Passwords().hasher
    assert (hasher.memory_cost, hasher.time_cost, hasher.parallelism) == (65_536, 3, 4)
    assert Passwords().is_outdated(CHEAP.hashed("x"))


def test_what_is_kept_is_not_the_password_and_never_the_same_twice() -> None:
    one, two = CHEAP.hashed("cây bàng"), CHEAP.hashed("cây bàng")
    assert one != two
    assert one.startswith("$argon2id$")
    assert not CHEAP.is_right("cây bàng", "not a hash")
