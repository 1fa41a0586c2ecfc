"""Files of a decision: scans, drafts, and signed copies that are kept only when they are it, signed and unchanged."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.integration.services.test_decisions_book import AWARD, decided
from tests.support.lived_in import viewer
from tests.support.ministry import PDF, Ministry, decision
from tests.support.signing import SINCE, Authority, added_to, decision_pdf, flipped, pdf, signed
from workflow.domain.audit import short_head
from workflow.papers.shapes import House
from workflow.services import auditing, checking, decision_files, decision_papers, decisions_book
from workflow.services.decision_files import SignedRefused
from workflow.storage.papers import PaperRefused, place

pytestmark = pytest.mark.slow  # each check is a process of its own
ON_ONE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""What is found in a file does not depend on where it is kept."""
Book = tuple[Ministry, int]
NAMES = ("Phòng Viễn thông", "Đỗ Ánh", "Trần Uy")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def book(m: Ministry, authority: Authority, tmp_path: Path) -> Book:
    """One decision of three names, by a house that trusts one authority."""
    (tmp_path / "chung-thu").mkdir()
    (tmp_path / "chung-thu" / "goc.pem").write_bytes(authority.pem)
    m.desk = replace(m.desk, certificates=tmp_path / "chung-thu")
    codes = m.bring_in([("A", "Trần Uy", AWARD), ("B", "Đỗ Ánh", AWARD), ("", "Phòng Viễn thông", AWARD)])
    m.walk(codes, "signing")
    return m, decided(m, codes, 1201)


def paper(m: Ministry, number: str = "1201/QĐ-BKHCN", names: tuple[str, ...] = NAMES) -> bytes:
    return decision_pdf(number, f"ngày {m.today.day:02d} tháng {m.today.month} năm {m.today.year}", *names)


def attach(m: Ministry, id_: int, content: bytes, wanted: str = "signed") -> decision_files.Attached:
    clerk = viewer(m, "BO/CLERK")
    return decision_files.attach(m.desk, clerk, id_, content, "qd.pdf", m.now, m.now, wanted=wanted)  # type: ignore[arg-type]


def refusal(m: Ministry, id_: int, content: bytes, wanted: str = "signed") -> dict[str, object]:
    """What of this file does not hold; and nothing was written, neither a row nor a byte."""
    before, files = m.snapshot(), sorted(m.desk.files.rglob("*"))
    with pytest.raises(SignedRefused) as caught:
        attach(m, id_, content, wanted)
    assert m.snapshot() == before
    assert sorted(m.desk.files.rglob("*")) == files
    return {each.code: dict(each.params) for each in caught.value.verdict.refused}


# ── signed copies ────────────────────────────────────────────────────────────────────────────────


@ON_ONE
def test_a_draft_of_ours_signed_by_two_is_known_by_its_bytes(book: Book, authority: Authority) -> None:
    m, id_ = book
    draft = paper(m)
    decision_files.keep_draft(m.desk, viewer(m, "BO/CLERK"), id_, draft, "du-thao.pdf", m.now)
    copy = signed(draft, authority.signer("Bùi Thế Duy"), authority.signer("Bộ Khoa học và Công nghệ"))
    done = attach(m, id_, copy)
    assert done.kind == "signed"
    assert done.verdict is not None
    assert {each.code: each.holds for each in done.verdict.findings} == {
        "signed": True, "intact": True, "unchanged": True, "trusted": True, "draft": True, "number": True, "day": True,
        "names": True,
    }  # fmt: skip
    assert [(each.signer, each.changes) for each in done.verdict.signatures] == [
        ("Bùi Thế Duy", "signatures"), ("Bộ Khoa học và Công nghệ", "none")
    ]  # fmt: skip
    shown = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_)
    assert [each.code for each in shown.issued.lacks] == ["notify"]
    assert [each.kind for each in shown.files] == ["signed", "draft"]
    kept = decision_files.open_file(m.desk, viewer(m, "BO/SIGNER"), id_, shown.files[0].id)
    assert (kept.content, kept.verdict) == (copy, done.verdict)
    assert auditing.verify(m.desk).faults == ()


@ON_ONE
def test_one_made_elsewhere_is_known_by_its_number_and_day(book: Book, authority: Authority) -> None:
    m, id_ = book
    done = attach(m, id_, signed(paper(m, names=("Đỗ Ánh",)), authority.signer("Bùi Thế Duy")))
    assert done.verdict is not None
    found = {each.code: (each.holds, dict(each.params)) for each in done.verdict.findings}
    assert found["number"] == (True, {"number": "1201/QĐ-BKHCN", "found": "1201/QĐ-BKHCN"})
    assert found["names"] == (None, {"found": 1, "all": 3})
    assert "draft" not in found


@ON_ONE
def test_another_document_is_refused(book: Book, authority: Authority) -> None:
    m, id_ = book
    duy = authority.signer("Bùi Thế Duy")
    assert "number" in refusal(m, id_, signed(paper(m, "1202/QĐ-BKHCN"), duy))
    assert "number" in refusal(m, id_, signed(paper(m, "1201/QĐ-BTTTT"), duy))
    assert set(refusal(m, id_, signed(decision_pdf("1201/QĐ-BKHCN", "ngày 01 tháng 02 năm 2019"), duy))) == {"day"}
    assert set(refusal(m, id_, signed(pdf("Giấy mời họp"), duy))) == {"number", "day"}
    assert set(refusal(m, id_, signed(pdf(" "), duy))) == {"text"}


@ON_ONE
def test_what_was_changed_after_signing_is_refused_also_as_a_scan(book: Book, authority: Authority) -> None:
    m, id_ = book
    duy, office = authority.signer("Bùi Thế Duy"), authority.signer("Bộ Khoa học và Công nghệ")
    once = signed(paper(m), duy)
    assert refusal(m, id_, added_to(once)) == {"unchanged": {"signers": "Bùi Thế Duy"}}
    assert set(refusal(m, id_, signed(added_to(once), office))) == {"unchanged"}
    assert refusal(m, id_, flipped(once)) == {"intact": {"signers": "Bùi Thế Duy"}}
    assert set(refusal(m, id_, flipped(once), "scan")) == {"intact"}


@ON_ONE
def test_a_draft_that_was_changed_before_it_was_signed_is_refused(book: Book, authority: Authority) -> None:
    m, id_ = book
    draft = paper(m)
    decision_files.keep_draft(m.desk, viewer(m, "BO/CLERK"), id_, draft, "du-thao.pdf", m.now)
    assert set(refusal(m, id_, signed(added_to(draft), authority.signer("Bùi Thế Duy")))) == {"draft"}


@ON_ONE
def test_whom_nobody_trusts_and_whose_certificate_is_over_is_refused(book: Book, authority: Authority) -> None:
    m, id_ = book
    stranger = Authority("Kẻ lạ").signer("Bùi Thế Duy")
    assert refusal(m, id_, signed(paper(m), stranger)) == {"trusted": {"signers": "Bùi Thế Duy"}}
    over = authority.signer("Bùi Thế Duy", until=SINCE + timedelta(days=400))
    assert set(refusal(m, id_, signed(paper(m), over))) == {"trusted"}
    m.desk = replace(m.desk, certificates=None)
    done = attach(m, id_, signed(paper(m), stranger))
    assert done.verdict is not None
    assert {each.code: each.holds for each in done.verdict.findings}["trusted"] is None


@ON_ONE
def test_a_code_of_the_audit_chain_must_be_one_of_ours(book: Book, authority: Authority) -> None:
    m, id_ = book
    duy = authority.signer("Bùi Thế Duy")
    head = auditing.head(m.desk)
    mark = f"Mã nhật ký: {head.number}:{short_head(head.hash)}"
    wrong = f"Mã nhật ký: {head.number}:0000-0000-0000-0000"
    assert set(refusal(m, id_, signed(paper(m, names=(wrong,)), duy))) == {"audit"}
    done = attach(m, id_, signed(paper(m, names=(mark,)), duy))
    assert done.verdict is not None
    assert ("audit", True) in {(each.code, each.holds) for each in done.verdict.findings}


@ON_ONE
def test_one_without_a_signature_is_no_signed_copy_and_one_with_is_checked_even_as_a_scan(
    book: Book, authority: Authority
) -> None:
    m, id_ = book
    assert set(refusal(m, id_, paper(m))) == {"signed"}
    assert set(refusal(m, id_, PDF)) <= {"signed", "unreadable"}
    assert attach(m, id_, paper(m), "scan").kind == "scan"
    assert attach(m, id_, signed(paper(m), authority.signer("Bùi Thế Duy")), "scan").kind == "signed"


def test_certificates_that_are_not_there_are_told_and_nothing_is_kept(book: Book, tmp_path: Path) -> None:
    m, id_ = book
    (tmp_path / "trong").mkdir()
    (tmp_path / "hong.pem").write_text("không phải chứng thư")
    for place_ in (tmp_path / "khong-co", tmp_path / "trong", tmp_path / "hong.pem"):
        m.desk = replace(m.desk, certificates=place_)
        with pytest.raises(PaperRefused, match="certificates_unreadable"):
            attach(m, id_, paper(m))


# ── drafts of our own ────────────────────────────────────────────────────────────────────────────

HOUSE = House("Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Tổ chức cán bộ")


def test_what_we_draft_and_somebody_signs_is_ours_to_the_byte(book: Book, authority: Authority) -> None:
    m, id_ = book
    made = decision_papers.draft(m.desk, viewer(m, "BO/CLERK"), id_, "pdf", HOUSE, m.now)
    done = attach(m, id_, signed(made.content, authority.signer("Bùi Thế Duy")))
    assert done.verdict is not None
    assert {each.code: each.holds for each in done.verdict.findings} == {
        "signed": True, "intact": True, "unchanged": True, "trusted": True, "draft": True, "number": True, "day": True,
        "audit": True, "names": True,
    }  # fmt: skip
    assert set(refusal(m, id_, signed(added_to(made.content), authority.signer("Bùi Thế Duy")))) == {"draft"}


def test_a_draft_is_for_the_minister_by_those_who_handle_decisions(book: Book) -> None:
    m, id_ = book
    for role in ("SIGNER", "AUDITOR"):
        with pytest.raises(PaperRefused, match="decision_file_not_allowed"):
            decision_papers.draft(m.desk, viewer(m, f"BO/{role}"), id_, "pdf", HOUSE, m.now)
    word = decision_papers.draft(m.desk, viewer(m, "BO/CLERK"), id_, "docx", HOUSE, m.now)
    assert word.content.startswith(b"PK")
    assert m.one("SELECT count(*) FROM decision_file") == 0  # what is edited in Word is another file by then
    m.sql("UPDATE decision SET authority = 'prime_minister'")
    with pytest.raises(PaperRefused, match="decision_draft_none"):
        decision_papers.draft(m.desk, viewer(m, "BO/CLERK"), id_, "pdf", HOUSE, m.now)


def test_who_signs_for_another_stands_on_the_draft_with_his_post(m: Ministry) -> None:
    codes = m.drafts(2)
    m.walk(codes, "signing")
    paper_of = {**decision(1201, m.today), "signer": "Bùi Thế Duy", "capacity": "KT.BỘ TRƯỞNG"}
    assert m.refused("decide", codes, "clerk", decision=paper_of) == ["field_invalid"]
    m.done("decide", codes, "clerk", decision={**paper_of, "post": "Thứ trưởng"})
    assert m.one("SELECT capacity FROM decision") == "KT. BỘ TRƯỞNG"
    id_ = int(m.one("SELECT id FROM decision"))
    made = decision_papers.draft(m.desk, viewer(m, "BO/CLERK"), id_, "pdf", HOUSE, m.now)
    text = PdfReader(io.BytesIO(made.content)).pages[0].extract_text()
    for words in ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "Bùi Thế Duy", "1201/QĐ-BKHCN", "02 cá nhân"):
        assert words in text, words
    assert decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_).post == "Thứ trưởng"


# ── scans ────────────────────────────────────────────────────────────────────────────────────────


def test_a_scan_is_kept_once_and_given_back_byte_for_byte(book: Book) -> None:
    m, id_ = book
    clerk = viewer(m, "BO/CLERK")
    done = decision_files.attach(m.desk, clerk, id_, PDF, "../QĐ 1201.pdf", m.now, m.now)
    again = decision_files.attach(m.desk, clerk, id_, PDF, "khac.pdf", m.now, m.now)
    assert (done.kind, done.number, again.number) == ("scan", 1, 1)
    other = decision_files.attach(m.desk, clerk, id_, PDF + b"%2", "qd.pdf", m.now, m.now)
    assert other.number == 2
    newest, first = decisions_book.show(m.desk, clerk, id_).files
    assert (newest.number, first.file_name, first.added_by_name) == (2, "QĐ 1201.pdf", "Lê Clerk")
    opened = decision_files.open_file(m.desk, clerk, id_, first.id)
    assert (opened.content, opened.media_type) == (PDF, "application/pdf")
    assert m.one("SELECT count(*) FROM audit_entry WHERE kind = 'decision_file'") == 2
    assert auditing.verify(m.desk).faults == ()
    assert checking.check(m.desk).ok
    place(m.desk.files, done.sha256).unlink()
    assert not checking.check(m.desk).ok
    with pytest.raises(PaperRefused, match="paper_gone"):
        decision_files.open_file(m.desk, clerk, id_, first.id)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"", "qd.pdf", "paper_empty"), (b"MZ\x90\x00", "qd.pdf", "paper_kind"), (PDF + b"x" * 2000, "qd.pdf",
     "paper_too_large"), (b"PK\x03\x04", "qd.docx", "paper_kind")],
)  # fmt: skip
def test_a_file_that_is_no_decision_is_refused_and_nothing_is_written(
    book: Book, content: bytes, name: str, code: str
) -> None:
    m, id_ = book
    before = m.snapshot()
    small = replace(m.desk, largest_file=1000)
    with pytest.raises(PaperRefused, match=code):
        decision_files.attach(small, viewer(m, "BO/CLERK"), id_, content, name, m.now, m.now)
    assert m.snapshot() == before


def test_a_word_file_is_no_decision_as_it_was_issued(book: Book) -> None:
    from docx import Document

    m, id_ = book
    buffer = io.BytesIO()
    Document().save(buffer)
    with pytest.raises(PaperRefused, match="decision_file_kind"):
        decision_files.attach(m.desk, viewer(m, "BO/CLERK"), id_, buffer.getvalue(), "qd.docx", m.now, m.now)
