"""Dossier codes: what is printed, what people type, and the slips that a check digit catches."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, strategies as st

from workflow.domain.codes import DAMM, Code, CodeError, make, normalise, parse, prefix_of

PREFIXES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8)
CODES = st.builds(make, PREFIXES, st.integers(1000, 9999), st.integers(1, 10**7))


def test_a_code_is_flow_year_number_and_check_digit() -> None:
    assert make("BKB", 2026, 17) == "BKB-2026-00017-5"
    assert parse("BKB-2026-00017-5") == Code("BKB", 2026, 17)
    assert str(Code("BKB", 2026, 123456)).startswith("BKB-2026-123456-")


@pytest.mark.parametrize(
    "typed",
    [
        "bkb-2026-00017-5",
        " BKB 2026 00017 5 ",
        "BKB2026000175",
        "bkb-2026-000175",
        "BKB-2026-17-5",
        "bkb2026-17-5",
        "bkb/2026/17/5",
        "BKB–2026–00017–5",
        "BKB_2026_00017_5",
        "BKB.2026.00017.5",
    ],
)
def test_people_may_leave_out_dashes_noughts_and_capitals(typed: str) -> None:
    assert normalise(typed) == "BKB-2026-00017-5"


@pytest.mark.parametrize(
    "typed",
    ["", "17", "BKB", "BKB-2026", "BKB-2026-17", "BKB-2026-175", "BKB-26-00017-5", "2026-00017-5", "BKB-2026-00000-7",
     "BKB-0026-00017-5", "ĐKB-2026-00017-5", "BKB-2026-0001٧-5", "ABCDEFGHI-2026-00017-5", "../../BKB-2026-00017-5",
     "BKB-2026-00017-5-1"],
)  # fmt: skip
def test_what_does_not_look_like_a_code_is_refused_as_such(typed: str) -> None:
    with pytest.raises(CodeError) as refused:
        parse(typed)
    assert (refused.value.fault, refused.value.text) == ("form", typed)
    assert repr(typed) in str(refused.value)


def test_a_forgotten_check_digit_is_never_taken_from_the_number() -> None:
    for number in range(1, 2000):
        with pytest.raises(CodeError):
            parse(f"BKB-2026-{number:05d}")


def test_a_wrong_digit_is_told_apart_from_a_wrong_form() -> None:
    with pytest.raises(CodeError) as refused:
        parse("BKB-2026-00018-5")
    assert refused.value.fault == "check"


@given(code=CODES, data=st.data())
def test_every_single_wrong_digit_is_caught(code: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([place for place, sign in enumerate(code) if sign.isdigit()]))
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != code[at]]))
    with pytest.raises(CodeError):
        parse(code[:at] + digit + code[at + 1 :])


@pytest.mark.parametrize("typed", ["R-9849-0555565-0", "MKNZG-5233-0824719-3", "EKD-7193-0286002-9"])
def test_a_first_digit_mistyped_as_nought_is_caught_in_a_long_number_too(typed: str) -> None:
    """With the nought left out the check digit would be right."""
    bare = typed.replace("-0", "-", 1)
    assert normalise(bare) == bare
    with pytest.raises(CodeError) as refused:
        parse(typed)
    assert refused.value.fault == "check"


def test_every_swap_of_two_neighbours_is_caught() -> None:
    for number in (*range(1, 400), 12345, 90817, 99999):
        code = make("CSTDCS", 2026, number)
        places = [place for place, sign in enumerate(code) if sign.isdigit()]
        for one, other in pairwise(places):
            if code[one] != code[other]:
                swapped = list(code)
                swapped[one], swapped[other] = code[other], code[one]
                with pytest.raises(CodeError):
                    parse("".join(swapped))


def test_the_table_of_the_check_digit_is_totally_anti_symmetric() -> None:
    step = [[int(digit) for digit in row] for row in DAMM]
    assert all(sorted(row) == list(range(10)) and row[at] == 0 for at, row in enumerate(step))
    for carried, one, other in product(range(10), repeat=3):
        if one != other:
            assert step[step[carried][one]][other] != step[step[carried][other]][one]
            assert step[carried][one] != step[carried][other]


@given(code=CODES)
def test_a_code_reads_back_however_it_is_typed(code: str) -> None:
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        assert normalise(typed) == code


@pytest.mark.parametrize(
    ("prefix", "year", "number"),
    [("", 2026, 1), ("bkb", 2026, 1), ("ABCDEFGHI", 2026, 1), ("B1", 2026, 1), ("BKB", 26, 1), ("BKB", 2026, 0),
     ("BKB", 2026, 10**12)],
)  # fmt: skip
def test_no_code_is_made_of_what_could_not_be_read_again(prefix: str, year: int, number: int) -> None:
    with pytest.raises(ValueError, match="no code can be made"):
        make(prefix, year, number)


@pytest.mark.parametrize(
    ("flow_id", "prefix"),
    [
        ("bang_khen_bo", "BKB"),
        ("cstd_co_so", "CSTDCS"),
        ("tt_ldxs", "TTLDXS"),
        ("co_thi_dua_cp", "CTDCP"),
        ("hcld_ba", "HCLDB"),
        ("ldtt", "LDTT"),
        ("huy_bo", "HB"),
        ("mau_2026", "M"),
        ("bang_khen_cua_bo_truong_nam_nay_va_sau", "BKCBTNNV"),
    ],
)
def test_a_flow_gets_the_letters_that_the_field_writes(flow_id: str, prefix: str) -> None:
    assert prefix_of(flow_id) == prefix


def test_a_flow_without_letters_gets_none() -> None:
    with pytest.raises(ValueError, match="no letters"):
        prefix_of("2026_1")
