"""Whose paper a file is, by its name."""

from __future__ import annotations

import unicodedata

import pytest

from workflow.domain.codes import make
from workflow.domain.file_names import Fitting, fitting, twice

AN, BINH, DEPARTMENT, OFFICE = (make("BKB", 2026, number) for number in (1, 2, 3, 4))
NAMES = {
    AN: "Nguyễn Văn An",
    BINH: "Bà Trần Thị Bình",
    DEPARTMENT: "Phòng Tổ chức",
    OFFICE: "Phòng Tổ chức - Cán bộ",
}


@pytest.mark.parametrize(
    "name",
    [
        "bao-cao-nguyen-van-an.pdf",
        "01. Nguyễn Văn An - BCTT.pdf",
        "NGUYỄN VĂN AN.PDF",
        "BCTT_NguyenVanAn.jpg",
        "Báo cáo (Nguyễn  Văn\u00a0An) 2026.docx",
        unicodedata.normalize("NFD", "Nguyễn Văn An.pdf"),
        "Nguyễn Văn An",
    ],
)
def test_a_name_is_found_with_or_without_accents_and_signs(name: str) -> None:
    assert fitting(name, NAMES) == Fitting((AN,), "name")


@pytest.mark.parametrize("name", ["tran thi binh.pdf", "Bà Trần Thị Bình.pdf"])
def test_a_form_of_address_is_no_part_of_a_name(name: str) -> None:
    assert fitting(name, NAMES) == Fitting((BINH,), "name")


@pytest.mark.parametrize(
    "name", [f"{BINH}.pdf", f"bc {BINH.lower()} nguyen van an.pdf", f"{BINH.replace('-', '_')}_v2.pdf",
             f"{BINH.replace('-', '')}.png", f"{BINH.replace('-', '–')}.pdf"],
)  # fmt: skip
def test_a_code_decides_before_any_name(name: str) -> None:
    assert fitting(name, NAMES) == Fitting((BINH,), "code")


def test_a_code_of_another_list_is_nobodys_whatever_name_stands_beside_it() -> None:
    assert fitting(f"{make('BKB', 2026, 99)} Nguyễn Văn An.pdf", NAMES) == Fitting()


def test_what_only_looks_like_a_code_is_none() -> None:
    wrong = AN[:-1] + str((int(AN[-1]) + 1) % 10)
    assert fitting(f"{wrong} Trần Thị Bình.pdf", NAMES) == Fitting((BINH,), "name")
    assert fitting(f"{make('BCTT', 2026, 12)} Trần Thị Bình.pdf", NAMES) == Fitting((BINH,), "name")


def test_of_two_names_in_one_another_the_longer_counts() -> None:
    assert fitting("Phòng Tổ chức cán bộ.pdf", NAMES) == Fitting((OFFICE,), "name")
    assert fitting("phong to chuc.pdf", NAMES) == Fitting((DEPARTMENT,), "name")


@pytest.mark.parametrize("name", ["nguyen van anh.pdf", "van an.pdf", "IMG_0001.jpg", ".pdf", "", "Nguyễn Văn"])
def test_a_part_of_a_name_or_another_name_fits_nobody(name: str) -> None:
    assert fitting(name, NAMES) == Fitting()


def test_what_fits_several_is_told_as_several() -> None:
    twin = make("CSTDCS", 2026, 5)
    assert fitting("nguyễn văn an.pdf", {**NAMES, twin: "NGUYỄN VĂN AN"}).codes == (AN, twin)
    assert fitting("Nguyễn Văn An, Trần Thị Bình.pdf", NAMES).codes == (AN, BINH)
    assert fitting(f"{AN} {BINH}.pdf", NAMES) == Fitting((AN, BINH), "code")


def test_a_name_without_a_letter_fits_nothing() -> None:
    assert fitting("a b.pdf", {AN: "***"}) == Fitting()


def test_dossiers_that_several_files_claim() -> None:
    assert twice([AN, BINH, AN, AN]) == frozenset({AN})
    assert twice([]) == frozenset()
