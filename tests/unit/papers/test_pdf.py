"""PDFs read back: the standard they say they keep, the face they bring along, pages, sameness."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from pypdf import PdfReader

from tests.support.papers_read import bare, pages
from workflow.papers.errors import PaperFault
from workflow.papers.making import PAPERS, pdf
from workflow.papers.samples import awkward, whole
from workflow.papers.sentences import sentence
from workflow.papers.shapes import DecisionDraft, Group, Line, ResultNotice


@pytest.mark.parametrize("code", PAPERS)
def test_it_says_it_is_pdf_a_2b_and_brings_its_face_along(code: str) -> None:
    reader = PdfReader(io.BytesIO(pdf(whole(code))))

    about = cast(Any, reader.xmp_metadata)
    assert about.stream.get_data().count(b"<pdfaid:part>2</pdfaid:part>") == 1
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in about.stream.get_data()
    faces = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in reader.pages
        for font in cast(Any, page["/Resources"])["/Font"].values()
    }
    assert faces
    assert all(each.startswith("Tinos") for each in faces)


@pytest.mark.parametrize("code", PAPERS)
def test_the_same_paper_is_the_same_file(code: str) -> None:
    assert hashlib.sha256(pdf(whole(code))).digest() == hashlib.sha256(pdf(whole(code))).digest()


def test_the_file_says_the_day_of_the_paper() -> None:
    about = PdfReader(io.BytesIO(pdf(whole("giay_moi")))).metadata

    assert about is not None
    assert about.title == "Giấy mời họp"
    assert about.creation_date == datetime(2026, 1, 8, 5, tzinfo=UTC)


def test_pages_are_numbered_from_the_second_on_and_an_annex_anew() -> None:
    decision = cast(DecisionDraft, whole("quyet_dinh"))
    lines = tuple(Line(number, f"Ông Lê Văn {number}", "Cục Viễn thông") for number in range(1, 120))
    made = PdfReader(io.BytesIO(pdf(replace(decision, annex=(Group("Cá nhân", lines),)))))

    firsts = [page.extract_text().strip().split("\n")[0] for page in made.pages]
    assert firsts[0].startswith("BỘ KHOA HỌC VÀ CÔNG NGHỆ")
    assert firsts[1] == "DANH SÁCH"
    assert firsts[2:] == [str(number) for number in range(2, len(firsts))]


def test_a_long_list_repeats_its_head_on_every_page() -> None:
    made = pages(pdf(dict(awkward("quyet_dinh"))["many"]))

    assert len(made) > 3
    assert all("Chứcvụ,đơnvịcôngtác" in bare(page) for page in made[1:])


def test_text_is_never_read_as_markup() -> None:
    told = bare("".join(pages(pdf(dict(awkward("thong_bao"))["signs"]))))

    assert bare("=1+1 Đội Kiểm tra <w:p>&amp;</w:p> {{ 7*7 }} {% if %} {# #} #let x \"'\\ *_@$") in told


def test_letters_that_the_face_lacks_are_named() -> None:
    notice = replace(cast(ResultNotice, whole("thong_bao")), addressee="Công ty 株式")

    with pytest.raises(PaperFault) as caught:
        pdf(notice)

    assert (caught.value.code, caught.value.params) == ("letters_missing", {"letters": "株 式"})
    assert "株 式" in sentence(caught.value, "vi")
    assert pdf(replace(notice, addressee="Công ty Müller & Søn, Łódź, Δ, Ж"))
