"""Papers on file: bytes under their hash, versions, whose they are, and what the checklist asks for."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from tests.support.ministry import PDF, REASON, Ministry
from workflow.services import checking, papers
from workflow.services.judging import UnknownActor
from workflow.storage.papers import LARGEST, PaperRefused, place

PNG = b"\x89PNG\r\n\x1a\n...."


def a_docx() -> bytes:
    """The smallest file that says of itself that it is a document of Word."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return kept.getvalue()


DOCX = a_docx()


def attach(
    m: Ministry, codes: list[str], document: str, content: bytes = PDF, name: str = "a.pdf", by: str = "CVT/CB"
) -> papers.Attached:
    return papers.attach(m.desk, by, codes, document, content, name, m.now)


def test_bytes_lie_under_their_hash_and_the_row_says_what_they_are(m: Ministry) -> None:
    codes = list(m.drafts(2))
    found = attach(m, codes, "bao_cao_tt", PDF, "Báo cáo thành tích.pdf")
    digest = hashlib.sha256(PDF).hexdigest()
    assert found == papers.Attached("bao_cao_tt", 1, digest, 2)
    assert place(m.files, digest).read_bytes() == PDF
    columns = "nomination_id, submission_id, code, number, file_name, media_type, size, added_by"
    rows = m.all(f"SELECT {columns} FROM document ORDER BY id")
    expected = ("bao_cao_tt", 1, "Báo cáo thành tích.pdf", "application/pdf", len(PDF), "CVT/CB")
    assert rows == [(1, None, *expected), (2, None, *expected)]
    assert checking.check(m.desk).ok


def test_a_paper_kept_per_submission_is_on_file_for_each_of_its_lines_once(m: Ministry) -> None:
    one, two = m.drafts(2)
    assert attach(m, [one], "to_trinh").owners == 1
    assert m.all("SELECT nomination_id, submission_id FROM document") == [(None, 1)]
    assert attach(m, [one, two], "to_trinh").number == 1
    assert m.one("SELECT count(*) FROM document") == 1
    assert [row.code for row in papers.on_file(m.desk, two)] == ["to_trinh"]


def test_other_bytes_are_a_new_version_and_the_same_are_none(m: Ministry) -> None:
    (code,) = m.drafts()
    for number, content in ((1, PDF), (1, PDF), (2, PDF + b"2"), (3, PDF)):
        assert attach(m, [code], "bao_cao_tt", content).number == number
    assert [row.number for row in papers.on_file(m.desk, code)] == [3, 2, 1]


def test_what_a_file_is_its_first_bytes_say(m: Ministry) -> None:
    (code,) = m.drafts()
    for content, name, kind in (
        (PNG, "a.pdf", "image/png"),
        (DOCX, "b.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ):
        attach(m, [code], "bao_cao_tt", content, name)
        assert papers.on_file(m.desk, code)[0].media_type == kind


@pytest.mark.parametrize(
    ("document", "content", "name", "by", "refused"),
    [
        ("bao_cao_tt", b"MZ...", "a.pdf", "CVT/CB", "paper_kind"),
        ("bao_cao_tt", b"PK\x03\x04....", "a.docx", "CVT/CB", "paper_kind"),
        ("bao_cao_tt", b"", "a.pdf", "CVT/CB", "paper_empty"),
        ("bao_cao_tt", PDF + b" " * LARGEST, "a.pdf", "CVT/CB", "paper_too_large"),
        ("bao_cao_t", PDF, "a.pdf", "CVT/CB", "document_unknown"),
        ("bao_cao_tt", PDF, "a.pdf", "CTS/CB", "paper_not_allowed"),
        ("bao_cao_tt", PDF, "a.pdf", "BO/AUDITOR", "paper_not_allowed"),
    ],
)
def test_what_may_not_be_put_on_file_is_refused_and_nothing_is_recorded(
    m: Ministry, document: str, content: bytes, name: str, by: str, refused: str
) -> None:
    (code,) = m.drafts()
    before = m.snapshot()
    with pytest.raises(PaperRefused) as caught:
        attach(m, [code], document, content, name, by)
    assert caught.value.code == refused
    if refused == "document_unknown":
        assert caught.value.params["nearest"] == "bao_cao_tt"
    assert m.snapshot() == before


def test_an_unknown_dossier_or_person_is_named(m: Ministry) -> None:
    (code,) = m.drafts()
    with pytest.raises(PaperRefused) as caught:
        attach(m, [code, "X-1", "X-2"], "bao_cao_tt")
    assert caught.value.params == {"code": "X-1, X-2"}
    with pytest.raises(UnknownActor):
        attach(m, [code], "bao_cao_tt", by="CVT/NOBODY")
    with pytest.raises(PaperRefused):
        papers.on_file(m.desk, "X-1")


def test_the_checklist_asks_for_what_is_not_on_file_and_for_nothing_else(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "unit_voted")
    submit = {"letter_no": "07", "overrides": {"tieu_chuan": REASON}}
    (line,) = m.act("submit", [code], "unit_head", **submit).results
    assert [(each.code, each.params["missing"]) for each in line.reasons] == [
        ("documents", ("to_trinh", "danh_sach", "bb_xet_kt"))
    ]
    m.attach([code], "to_trinh", "danh_sach")
    (line,) = m.act("submit", [code], "unit_head", **submit).results
    assert line.reasons[0].params["missing"] == ("bb_xet_kt",)
    m.attach([code], "bb_xet_kt")
    m.done("submit", [code], "unit_head", **submit)
    (line,) = m.act("receive", [code], "secretariat").results
    assert line.reasons[0].params["missing"] == ("bao_cao_tt",)


def test_a_file_that_vanished_is_found(m: Ministry, tmp_path: Path) -> None:
    (code,) = m.drafts()
    digest = attach(m, [code], "bao_cao_tt").sha256
    place(m.files, digest).unlink()
    report = checking.check(m.desk)
    assert [(each.name, each.detail) for each in report.checks if not each.ok] == [("papers", digest[:12])]
