"""A dossier's page: what each side reads, every act with its reason, papers, mails; and what a unit never reads."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.browsing import Pages, csrf
from tests.support.ministry import PDF, Ministry
from workflow.services.looking import why


@pytest.fixture
def ministry(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path / "papers")


@pytest.fixture
def pages(ministry: Ministry, tmp_path: Path) -> Pages:
    return Pages(ministry, tmp_path)


def text_of(page: Any) -> str:
    assert page.status_code == 200, page.text
    return str(page.text)


# ── the desk ──


def test_the_desk_reads_every_act_of_the_flow_with_its_reasons(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    page = text_of(pages.browser("BO/SECRETARIAT").get(f"/ho-so/{code}"))
    options = why(ministry.desk, code, "BO/SECRETARIAT", ministry.now).options
    for option in options:
        label = option.transition.label.vi
        assert label in page, option.transition.id
        linked = f'href="/ho-so/{code}/viec/{option.transition.id}"' in page
        assert linked is not any(not each.overridable for each in option.reasons), option.transition.id
    assert "Đang chờ cơ quan thường trực Hội đồng" in page
    assert "Lê Secretariat" in page  # who holds that role
    assert "Vì sao là ngày này" in page
    assert "không tính" in page  # each day that was skipped, with its cause


def test_what_was_done_stands_with_who_when_and_what_was_brought(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "released")
    page = text_of(pages.browser("BO/SECRETARIAT").get(f"/ho-so/{code}"))
    assert "Đóng bỏ phiếu" in page
    tally = re.search(r"Tổng số thành viên: \d+; Số có mặt: \d+; [^<]*Đồng ý: 12[^<]*Số biên bản: ", page)
    assert tally
    assert "Lê Council Secretary" in page
    assert "Công bố kết quả" in page


def test_the_council_reads_what_came_before_it_and_no_more(ministry: Ministry, pages: Pages) -> None:
    (early,) = ministry.walk(ministry.drafts(1), "received")
    (late,) = ministry.walk(ministry.drafts(1, first=20), "council_voting")
    client = pages.browser("BO/COUNCIL_MEMBER")
    assert client.get(f"/ho-so/{early}").status_code == 404
    assert "Hội đồng đang bỏ phiếu" in text_of(client.get(f"/ho-so/{late}"))


def test_a_mail_is_read_as_it_would_go_out(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    client = pages.browser("BO/SECRETARIAT")
    links = re.findall(rf'href="(/ho-so/{code}/thu/\d+)"', text_of(client.get(f"/ho-so/{code}")))
    assert links
    assert "Kính gửi" in text_of(client.get(links[0]))


# ── a unit ──


@pytest.fixture
def held(ministry: Ministry) -> dict[str, str]:
    """Two dossiers of a unit whose results are held back: one passed, one did not."""
    from tests.support.ministry import FAILED, PASSED

    passed, failed = ministry.walk(ministry.drafts(2), "council_voting")
    ministry.done(
        "close_vote",
        [passed, failed],
        "council_secretary",
        lines={passed: {"tally": PASSED}, failed: {"tally": FAILED}},
    )
    assert ministry.states() == {passed: "signing", failed: "council_rejected"}
    return {"passed": passed, "failed": failed}


def test_while_a_result_is_held_both_ends_read_alike(held: dict[str, str], pages: Pages) -> None:
    client = pages.browser("CVT/TT")
    texts = []
    for code in held.values():
        page = text_of(client.get(f"/ho-so/{code}"))
        page = re.sub(r"Nguyễn Văn Nam \w+|NV-\d+", "NAME", page.replace(code, "CODE"))
        texts.append(re.sub(r"/tep/\d+|/thu/\d+|name=\"csrf\" value=\"\w+\"", "", page))
    assert texts[0] == texts[1]
    for word in ("Chờ trình ký", "không thông qua", "Lê Council Secretary", "01/BB-HĐTĐKT", "Đồng ý: 1"):
        assert word not in texts[0]
    assert "Đang xét" in texts[0]
    assert "Kết quả xét chưa được công bố" in texts[0]


def test_while_a_result_is_held_the_unit_does_not_act_on_it(
    held: dict[str, str], ministry: Ministry, pages: Pages
) -> None:
    client = pages.browser("CVT/TT")
    answers = []
    for code in held.values():
        page = client.get(f"/ho-so/{code}")
        path = f"/ho-so/{code}/viec/withdraw"
        answer = client.post(path, data={"csrf": csrf(page), "f.letter_no": "11/CV"})
        assert answer.status_code == 409
        answers.append(re.sub(r"Nguyễn Văn Nam \w+", "NAME", answer.text.replace(code, "CODE")))
    assert answers[0] == answers[1]
    # By the way of many, past the page that says so: told alike, and neither moves.
    front = client.get(f"/ho-so/{held['passed']}")
    choice = client.post("/viec", data={"csrf": csrf(front), "code": list(held.values()), "transition": "withdraw"})
    form = client.get(choice.headers["location"])
    preview = client.post(choice.headers["location"], data={"csrf": csrf(form), "f.letter_no": "11/CV-CVT"})
    shown = client.get(preview.headers["location"])
    assert "2 hồ sơ chưa chuyển được" in shown.text
    draft = choice.headers["location"].split("/")[2]
    done = client.post(f"/viec/{draft}/lam", data={"csrf": csrf(client.get(f"/ho-so/{held['passed']}"))})
    assert done.status_code == 409
    assert set(ministry.states().values()) == {"signing", "council_rejected"}


def test_the_unit_reads_its_own_acts_and_not_the_desks(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "appraising")
    page = text_of(pages.browser("CVT/CB").get(f"/ho-so/{code}"))
    timeline = page[page.index("dien-bien") : page.index('id="thu"')]
    assert "07/TTr" in timeline  # what it brought itself
    assert "Lê Secretariat" not in timeline
    assert "Lê Appraiser" not in page
    assert "Hồ sơ chuyển bước" in timeline


@pytest.mark.attack("S15", "S17")
def test_foreign_missing_and_odd_codes_are_one_answer(ministry: Ministry, pages: Pages) -> None:
    (foreign,) = ministry.walk(ministry.drafts(1, unit="CTS"), "received", unit="CTS")
    client = pages.browser("CVT/CB")
    missing = "BKB-2026-999999-9"
    for path in ("", "/viec/withdraw", "/ban-ra-soat", "/tep/1", "/thu/1"):
        one, other = client.get(f"/ho-so/{foreign}{path}"), client.get(f"/ho-so/{missing}{path}")
        assert one.status_code == other.status_code == 404, path
        assert one.text.replace(foreign, "X") == other.text.replace(missing, "X")
    (own,) = ministry.drafts(1)
    token = csrf(client.get(f"/ho-so/{own}"))
    before = ministry.snapshot()
    for path in ("/tep", "/trao-doi", "/viec/withdraw"):
        answer = client.post(f"/ho-so/{foreign}{path}", data={"csrf": token, "words": "x", "audience": "unit"})
        assert answer.status_code == 404, path
    after = ministry.snapshot()
    assert {name for name in after if after[name] != before[name]} <= {"web_session"}


# ── papers ──


def attach(client: Any, code: str, content: bytes, name: str, document: str = "bao_cao_tt") -> Any:
    return client.post(
        f"/ho-so/{code}/tep", data={"csrf": csrf(client.get(f"/ho-so/{code}")), "document": document},
        files={"file": (name, content, "application/octet-stream")},
    )  # fmt: skip


def packed(*names: str, types: bytes = b"<Types/>") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in names:
            archive.writestr(name, b"<x/>")
    return buffer.getvalue()


@pytest.mark.attack("S66", "S67")
def test_a_paper_comes_and_goes_as_it_was(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.drafts(1)
    client = pages.browser("CVT/CB")
    assert attach(client, code, PDF, "Báo cáo.pdf").status_code == 303
    page = client.get(f"/ho-so/{code}")
    link = re.search(rf'href="(/ho-so/{code}/tep/\d+)"', page.text)
    assert link
    answer = client.get(link[1])
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    # S66: the name as people read it, in the form that no quote or line end can break out of.
    assert answer.headers["content-disposition"].startswith('attachment; filename="B_o c_o.pdf"; filename*=UTF-8')


@pytest.mark.attack("S18", "S70")
def test_s18_a_paper_of_another_dossier_is_not_under_ones_own(ministry: Ministry, pages: Pages) -> None:
    (own,) = ministry.drafts(1)
    (foreign,) = ministry.drafts(1, unit="CTS", first=40)
    ministry.attach([foreign], "bao_cao_tt", unit="CTS")
    number = ministry.one("SELECT max(id) FROM document")
    client = pages.browser("CVT/CB")
    assert client.get(f"/ho-so/{own}/tep/{number}").status_code == 404
    assert client.get(f"/ho-so/{foreign}/tep/{number}").status_code == 404


def test_a_paper_of_the_desk_is_not_the_units(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    desk = pages.browser("BO/SECRETARIAT")
    assert attach(desk, code, PDF, "kiem phieu.pdf", "bb_kiem_phieu").status_code == 303
    number = ministry.one("SELECT max(id) FROM document")
    assert desk.get(f"/ho-so/{code}/tep/{number}").status_code == 200
    unit = pages.browser("CVT/CB")
    assert unit.get(f"/ho-so/{code}/tep/{number}").status_code == 404
    assert "kiem phieu.pdf" not in unit.get(f"/ho-so/{code}").text


@pytest.mark.attack("S60", "S61", "S64", "S67", "S68")
@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        pytest.param(PDF, "bao\u202efdp.exe", 422, id="S60 letters that turn the name round"),
        pytest.param(b"MZ\x90\x00" + bytes(200), "bao_cao.pdf", 415, id="S61 a program called pdf"),
        pytest.param(packed("word/document.xml") + b"", "a.docx", 303, id="a docx"),
        pytest.param(packed("word/document.xml", "word/vbaProject.bin"), "a.docx", 415, id="S68 macros in a docx"),
        pytest.param(packed("xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsm", 415, id="S68 a workbook with macros"),
        pytest.param(
            packed("word/document.xml", types=b"<!DOCTYPE x [<!ENTITY a 'b'>]><Types/>"),
            "a.docx",
            422,
            id="S64 entities",
        ),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", 415, id="S67 a picture that runs"),
        pytest.param(b"<!DOCTYPE html><script>1</script>", "a.html", 415, id="S67 a page"),
        pytest.param(b"", "a.pdf", 422, id="nothing in it"),
    ],
)
def test_kinds_of_files(ministry: Ministry, pages: Pages, content: bytes, name: str, status: int) -> None:
    (code,) = ministry.drafts(1)
    answer = attach(pages.browser("CVT/CB"), code, content, name)
    assert answer.status_code == status, answer.text
    assert ministry.one("SELECT count(*) FROM document") == (1 if status == 303 else 0)


@pytest.mark.attack("S62")
def test_s62_too_large_is_refused_while_it_comes_in(engine: Engine, ministry: Ministry, tmp_path: Path) -> None:
    (code,) = ministry.drafts(1)
    pages = Pages(ministry, tmp_path, settings_text="[web]\nupload_megabytes = 1\n")
    client = pages.browser("CVT/CB")
    assert attach(client, code, PDF + bytes(900_000), "a.pdf").status_code == 303
    assert attach(client, code, PDF + bytes(1_200_000), "b.pdf").status_code == 413
    assert ministry.one("SELECT count(*) FROM document") == 1


@pytest.mark.attack("S63")
def test_s63_an_archive_that_swells_is_refused_unopened(ministry: Ministry, pages: Pages) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", bytes(60 * 1024 * 1024))
    (code,) = ministry.drafts(1)
    assert attach(pages.browser("CVT/CB"), code, buffer.getvalue(), "a.docx").status_code == 422


@pytest.mark.attack("S65", "S66")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"), ("C:\\x\\tờ trình.pdf", "tờ trình.pdf"), ("CON", "_CON.pdf"),
        ("CON.pdf", "_CON.pdf"), ("x" * 300 + ".pdf", "x" * 120 + ".pdf"), (".pdf", "pdf.pdf"), ("a.exe", "a.exe.pdf"),
    ],
)  # fmt: skip
def test_s65_names_are_cleaned_and_never_a_place(ministry: Ministry, pages: Pages, sent: str, shown: str) -> None:
    (code,) = ministry.drafts(1)
    assert attach(pages.browser("CVT/CB"), code, PDF, sent).status_code == 303
    assert ministry.one("SELECT file_name FROM document") == shown
    stored = [each.name for each in ministry.files.rglob("*") if each.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in stored)


@pytest.mark.attack("S69")
def test_s69_a_pdf_that_does_something_is_kept_and_told(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.drafts(1)
    client = pages.browser("CVT/CB")
    assert attach(client, code, PDF + b"<< /S /JavaScript /JS (app.alert(1)) >>", "a.pdf").status_code == 303
    page = client.get(f"/ho-so/{code}")
    assert "nội dung tự chạy" in page.text
    link = re.search(rf'href="(/ho-so/{code}/tep/\d+)"', page.text)
    assert link
    assert client.get(link[1]).headers["content-type"] == "application/pdf"


@pytest.mark.attack("S70")
def test_s70_the_same_file_twice_is_stored_once(ministry: Ministry, pages: Pages) -> None:
    one, other = ministry.drafts(2)
    client = pages.browser("CVT/CB")
    for code in (one, one, other):
        assert attach(client, code, PDF, "a.pdf").status_code == 303
    assert ministry.one("SELECT count(*) FROM document") == 2
    assert len([each for each in ministry.files.rglob("*") if each.is_file()]) == 1


@pytest.mark.attack("S72")
def test_s72_a_link_in_the_store_is_not_followed(ministry: Ministry, pages: Pages, tmp_path: Path) -> None:
    (code,) = ministry.drafts(1)
    client = pages.browser("CVT/CB")
    attach(client, code, PDF, "a.pdf")
    (stored,) = [each for each in ministry.files.rglob("*") if each.is_file()]
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    stored.unlink()
    stored.symlink_to(secret)
    link = re.search(rf'href="(/ho-so/{code}/tep/\d+)"', client.get(f"/ho-so/{code}").text)
    assert link
    assert client.get(link[1]).status_code == 404
