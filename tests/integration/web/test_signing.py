"""Pages of signing: the lists, one list and its acts, the book of decisions, one decision, its annex and its files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from openpyxl import load_workbook
from sqlalchemy import Engine

from tests.integration.web.test_lists import queries
from tests.support.browsing import Pages, csrf
from tests.support.ministry import PDF, Ministry, decision
from tests.support.signing import Authority, added_to, decision_pdf, signed

AWARD = "Bằng khen của Bộ trưởng"
LIST = "/trinh-ky/2026/bang_khen_bo/merit"


@pytest.fixture
def pages(engine: Engine, tmp_path: Path) -> Pages:
    return Pages(Ministry(engine, tmp_path / "papers"), tmp_path)


def waiting(m: Ministry, amount: int = 2, first: int = 1) -> tuple[str, ...]:
    codes = m.drafts(amount, first=first)
    m.walk(codes, "signing")
    return codes


def issued(m: Ministry, codes: tuple[str, ...], number: int = 1201) -> int:
    m.done("decide", codes, "clerk", decision=decision(number, m.today))
    return int(m.one("SELECT max(id) FROM decision"))


# ── what awaits ──────────────────────────────────────────────────────────────────────────────────


def test_the_signer_sees_lists_and_goes_from_one_to_the_form_of_the_act(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    browser = pages.browser("BO/CLERK")
    lists = browser.get("/trinh-ky")
    assert f'href="{LIST}"' in lists.text
    assert "Bằng khen của Bộ trưởng (theo công trạng)" in lists.text
    shown = browser.get(LIST)
    for text in (
        "Nguyễn Văn Nam B",
        "01/TTr-CVT",
        "Hội đồng thông qua: 12 phiếu đồng ý trên 15 (cần 12).",
        "Ban hành quyết định – cả danh sách",
        "Đủ điều kiện: 2 trên 2 trường hợp.",
        "Không khen thưởng – ",
    ):
        assert text in shown.text, text  # fmt: skip
    paper = re.search(r'href="(/ho-so/[^"]+/tep/\d+)"', shown.text)
    assert paper
    assert browser.get(paper[1]).content == PDF
    answer = browser.post(LIST, data={"csrf": csrf(shown), "all": "1", "transition": "decide"})
    form = browser.get(answer.headers["location"])
    assert form.status_code == 200
    assert "f.decision.number" in form.text
    ticked = browser.post(LIST, data={"csrf": csrf(shown), "code": codes[0], "transition": "decide"})
    form = browser.get(ticked.headers["location"])
    assert codes[0] in form.text
    assert codes[1] not in form.text
    # The one who may only look is told so, and whose the acts are.
    looked = pages.browser("BO/AUDITOR").get(LIST)
    assert "chỉ để xem" in looked.text
    assert "Ban hành quyết định – văn thư" in looked.text
    assert '<form method="post" action="/trinh-ky' not in looked.text


def test_the_first_page_of_whoever_signs_or_issues_tells_what_awaits_a_signature(pages: Pages) -> None:
    m = pages.ministry
    assert "đang trình ký" not in main_of(pages.browser("BO/SIGNER").get("/"))
    waiting(m)
    for person in ("BO/SIGNER", "BO/CLERK"):
        first = main_of(pages.browser(person).get("/"))
        assert "2 trường hợp đang trình ký" in first
        assert 'href="/trinh-ky"' in first
    assert "2 trường hợp đang trình ký" not in main_of(pages.browser("BO/AUDITOR").get("/"))


def main_of(answer: Any) -> str:
    return str(answer.text).partition("<main")[2]


def test_the_whole_way_from_the_list_to_the_decision(pages: Pages) -> None:
    m = pages.ministry
    waiting(m)
    browser = pages.browser("BO/CLERK")
    token = csrf(browser.get(LIST))
    form = browser.post(LIST, data={"csrf": token, "all": "1", "transition": "decide"}).headers["location"]
    given = {"csrf": token, "f.decision.number": "1201", "f.decision.symbol": "QĐ-BKHCN",
             "f.decision.issued_on": f"{m.today:%d/%m/%Y}", "f.decision.signer": "Bùi Thế Duy",
             "f.decision.capacity": "KT. BỘ TRƯỞNG"}  # fmt: skip
    # Who signs for another is named with his own post: without it nothing moves, and the page says why.
    alone = browser.get(browser.post(form, data=given).headers["location"])
    assert "chức vụ của chính người ký" in alone.text
    preview = browser.post(form, data={**given, "f.decision.post": "THỨ TRƯỞNG"}).headers["location"]
    done = browser.post(preview.replace("/xem", "/lam"), data={"csrf": token, "confirmed": "yes"})
    assert done.status_code == 303, done.text
    assert m.all("SELECT full_number, signer, capacity FROM decision") == [
        ("1201/QĐ-BKHCN", "Bùi Thế Duy", "KT. BỘ TRƯỞNG")
    ]
    assert "KT. BỘ TRƯỞNG / THỨ TRƯỞNG" in browser.get(f"/quyet-dinh/{m.one('SELECT id FROM decision')}").text
    assert "không có danh sách nào" in browser.get("/trinh-ky").text
    assert browser.get(LIST).status_code == 404


def test_whom_a_decision_was_not_told_is_told_from_its_page(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    here = f"/quyet-dinh/{issued(m, codes)}"
    button = f'action="{here}/thong-bao"'
    assert button not in pages.browser("BO/CLERK").get(here).text  # his act it is not
    browser = pages.browser("BO/SECRETARIAT")
    shown = browser.get(here)
    assert (button in shown.text, button in browser.get(f"{here}/in").text) == (True, False)
    form = browser.post(f"{here}/thong-bao", data={"csrf": csrf(shown)}).headers["location"]
    assert form.endswith("/nhap/notify")
    assert all(code in browser.get(form).text for code in codes)
    m.done("notify", codes, "secretariat", letter_no="01/TB-BKHCN")
    assert button not in browser.get(here).text
    answer = browser.post(f"{here}/thong-bao", data={"csrf": csrf(shown)})
    assert answer.headers["location"] == here
    assert "không còn trường hợp nào phải thông báo" in browser.get(here).text
    unit = pages.browser("CVT/CB")
    assert unit.post(f"{here}9/thong-bao", data={"csrf": csrf(unit.get("/tai-khoan"))}).status_code == 404


def test_nothing_ticked_says_so_and_what_left_the_list_is_not_chosen(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    browser = pages.browser("BO/CLERK")
    token = csrf(browser.get(LIST))
    issued(m, codes[:1])
    for data in ({}, {"code": codes[0]}, {"code": "KHONG"}):
        answer = browser.post(LIST, data={"csrf": token, "transition": "decide", **data})
        assert answer.headers["location"] == LIST
    assert "Chưa chọn trường hợp nào" in browser.get(LIST).text
    assert m.one("SELECT count(*) FROM act_draft") == 0
    auditor = pages.browser("BO/AUDITOR")
    token = csrf(auditor.get("/tai-khoan"))
    assert auditor.post(LIST, data={"csrf": token, "all": "1"}).status_code == 403


def test_a_list_that_is_none_and_numbers_that_are_none_are_not_here(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    id_ = issued(m, codes)
    browser = pages.browser("BO/SIGNER")
    for path in (
        LIST,
        "/trinh-ky/2026/x/y",
        "/quyet-dinh/987654",
        f"/quyet-dinh/{'9' * 40}",
        "/quyet-dinh?sau=x",
        f"/quyet-dinh/{id_}/tep/1",
        f"/quyet-dinh/{id_}/tep/{'9' * 30}",
        f"/quyet-dinh/{id_}?sau=-1",
        f"/quyet-dinh/{'9' * 40}/in",
        "/quyet-dinh/987654/phu-luc",
    ):
        assert browser.get(path).status_code == 404, path  # fmt: skip


@pytest.mark.parametrize("person", ["CVT/CB", "CVT/TT", "BO/COUNCIL_MEMBER", "BO/ADMIN"])
def test_whom_it_does_not_concern_never_sees_it(pages: Pages, person: str) -> None:
    m = pages.ministry
    id_ = issued(m, waiting(m))
    waiting(m, 1, first=30)
    browser = pages.browser(person)
    for path in (
        "/trinh-ky",
        LIST,
        "/quyet-dinh",
        f"/quyet-dinh/{id_}",
        f"/quyet-dinh/{id_}/in",
        f"/quyet-dinh/{id_}/phu-luc",
    ):
        answer = browser.get(path)  # fmt: skip
        assert answer.status_code == 403
        assert "1201" not in answer.text
    assert "/trinh-ky" not in browser.get("/").text


# ── the book ─────────────────────────────────────────────────────────────────────────────────────


def test_the_book_is_searched_and_leads_to_the_decision(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m, 3)
    id_ = issued(m, codes[:2], 1201)
    issued(m, codes[2:], 1202)
    browser = pages.browser("BO/CLERK")
    assert "1202/QĐ-BKHCN" in browser.get("/quyet-dinh").text
    found = browser.get("/quyet-dinh?so=1201&nam=2026&hinh-thuc=bang_khen_bo&thieu=tep")
    assert f'href="/quyet-dinh/{id_}"' in found.text
    assert "1202/QĐ-BKHCN" not in found.text
    assert "Không có quyết định nào khớp" in browser.get("/quyet-dinh?nam=2019").text
    shown = browser.get(f"/quyet-dinh/{id_}")
    for text in (
        "Quyết định số 1201/QĐ-BKHCN",
        "Nguyễn Văn Nam B",
        "Cục Viễn thông",
        "Lê Clerk",
        "tdkt@cvt.example",
        "đang chờ gửi",
        "Chưa có bản đã ký",
        "Nghị định 152/2025/NĐ-CP",
        "BỘ TRƯỞNG",
    ):
        assert text in shown.text, text  # fmt: skip
    english = pages.browser("BO/SIGNER")
    english.cookies.set("khen_language", "en")
    assert "Decision No. 1201/QĐ-BKHCN" in english.get(f"/quyet-dinh/{id_}").text


def test_the_book_goes_on_where_a_page_ended(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m, 3)
    for number, code in enumerate(codes, start=1201):
        issued(m, (code,), number)
    browser = pages.browser("BO/CLERK")
    newest = m.one("SELECT max(id) FROM decision")
    rest = browser.get(f"/quyet-dinh?sau={newest}")
    assert "1203/QĐ-BKHCN" not in rest.text
    assert "1202/QĐ-BKHCN" in rest.text
    assert 'rel="prev" href="/quyet-dinh"' in rest.text


def test_corrections_are_told_on_page_paper_and_workbook_alike(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    id_ = issued(m, codes)
    m.done("correct", codes[:1], "secretariat", document="12/QĐ-ĐC", lines={codes[0]: {"name": "Nguyễn Văn Năm"}})
    note = "Đính chính theo 12/QĐ-ĐC; trong quyết định in: tên: Nguyễn Văn Nam B."
    browser = pages.browser("BO/CLERK")
    shown, printed = browser.get(f"/quyet-dinh/{id_}"), browser.get(f"/quyet-dinh/{id_}/in")
    assert note in shown.text
    assert note in printed.text
    assert "Đính chính quyết định – 12/QĐ-ĐC" in shown.text
    assert "tên: Nguyễn Văn Nam B → Nguyễn Văn Năm" in shown.text
    file = browser.get(f"/quyet-dinh/{id_}/phu-luc")
    assert "phu-luc-quyet-dinh-1201-Q" in file.headers["content-disposition"]
    rows = list(load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("TT", "Cá nhân, tập thể", "Chức vụ", "Nơi công tác", "Đơn vị đề nghị", "Số sổ vàng", "Ghi chú")
    assert rows[1][:5] == ("1", "Nguyễn Văn Nam C", "Chuyên viên", "Phòng Tổng hợp", "Cục Viễn thông")
    assert rows[2][6] == note
    heads = re.findall(r'role="columnheader"[^>]*>(?:<span>)?([^<]+)', printed.text)
    assert heads[:7] == list(rows[0])


def test_a_scan_is_put_on_file_and_taken_out_again(pages: Pages) -> None:
    m = pages.ministry
    id_ = issued(m, waiting(m))
    browser = pages.browser("BO/CLERK")
    here = f"/quyet-dinh/{id_}"
    token = csrf(browser.get(here))

    def send(name: str, content: bytes, client: object = browser) -> object:
        files = {"file": (name, content, "application/octet-stream")}
        return client.post(f"{here}/tep", data={"csrf": token}, files=files)  # type: ignore[attr-defined]

    nothing = browser.post(f"{here}/tep", data={"csrf": token})
    assert nothing.status_code == 422
    assert "Chưa chọn tệp" in nothing.text
    wrong = send("qd.pdf", b"MZ" * 99)
    assert wrong.status_code == 415  # type: ignore[attr-defined]
    assert "Chưa ghi gì" in wrong.text  # type: ignore[attr-defined]
    assert send("qd.pdf", PDF).status_code == 303  # type: ignore[attr-defined]
    shown = browser.get(here)
    assert "qd.pdf" in shown.text
    assert "Mới có bản quét" in shown.text
    file = re.search(rf'href="({here}/tep/\d+)"', shown.text)
    assert file
    taken = browser.get(file[1])
    assert (taken.content, taken.headers["content-type"]) == (PDF, "application/pdf")
    assert taken.headers["content-disposition"].startswith("attachment;")
    signer = pages.browser("BO/SIGNER")
    assert f'action="{here}/tep"' not in signer.get(here).text
    token = csrf(signer.get("/tai-khoan"))
    assert send("khac.pdf", PDF + b"%", signer).status_code == 403  # type: ignore[attr-defined]
    assert m.one("SELECT count(*) FROM decision_file") == 1


def test_a_signed_copy_is_judged_in_plain_words(pages: Pages) -> None:
    m = pages.ministry
    id_ = issued(m, waiting(m))
    authority = Authority()
    duy = authority.signer("Bùi Thế Duy")
    day = f"ngày {m.today.day} tháng {m.today.month} năm {m.today.year}"
    browser = pages.browser("BO/CLERK")
    here = f"/quyet-dinh/{id_}"
    token = csrf(browser.get(here))

    def send(content: bytes) -> Response:
        files = {"file": ("qd.pdf", content, "application/pdf")}
        return browser.post(f"{here}/tep", data={"csrf": token, "kind": "signed"}, files=files)

    other = send(signed(decision_pdf("1301/QĐ-BKHCN", day), duy))
    assert other.status_code == 422
    assert "Không nhận bản ký số này" in other.text
    assert "Tệp không mang số 1201/QĐ-BKHCN của quyết định này. Số đọc được trong tệp: 1301/QĐ-BKHCN" in other.text
    assert "Bùi Thế Duy" in other.text
    changed = send(added_to(signed(decision_pdf("1201/QĐ-BKHCN", day), duy)))
    assert "Tệp đã bị sửa hoặc thêm nội dung sau khi ký. Bùi Thế Duy" in changed.text
    assert m.one("SELECT count(*) FROM decision_file") == 0
    good = signed(decision_pdf("1201/QĐ-BKHCN", day, "Nguyễn Văn Nam B", "Nguyễn Văn Nam C"), duy)
    assert send(good).headers["location"] == f"{here}#tep"
    shown = browser.get(here)
    assert "Bản ký số" in shown.text
    assert "Chưa có bản đã ký" not in shown.text
    found = re.search(rf'href="({here}/tep/\d+/kiem-tra)"', shown.text)
    assert found
    told = browser.get(found[1])
    assert "Bản ký số hợp lệ" in told.text
    assert "Đủ 2 tên của phụ lục có trong tệp." in told.text
    assert "Chưa khai báo chứng thư gốc" in told.text
    assert browser.get(f"{here}/tep/99/kiem-tra").status_code == 404


def test_a_draft_is_made_on_the_page_and_is_known_when_it_comes_back_signed(pages: Pages) -> None:
    m = pages.ministry
    id_ = issued(m, waiting(m))
    here = f"/quyet-dinh/{id_}"
    browser = pages.browser("BO/CLERK")
    shown = browser.get(here)
    assert "Lập dự thảo PDF" in shown.text
    token = csrf(shown)
    made = browser.post(f"{here}/du-thao", data={"csrf": token, "form": "pdf"})
    assert made.headers["content-type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    word = browser.post(f"{here}/du-thao", data={"csrf": token, "form": "docx"})
    assert word.content.startswith(b"PK")
    copy = signed(made.content, Authority().signer("Bùi Thế Duy"))
    files = {"file": ("da-ky.pdf", copy, "application/pdf")}
    assert browser.post(f"{here}/tep", data={"csrf": token, "kind": "signed"}, files=files).status_code == 303
    assert "Bản dự thảo của hệ thống" in browser.get(here).text
    assert "Lập dự thảo" not in pages.browser("BO/SIGNER").get(here).text
    m.sql("UPDATE decision SET authority = 'president'")
    assert "Lập dự thảo" not in browser.get(here).text
    refused = browser.post(f"{here}/du-thao", data={"csrf": token, "form": "pdf"})
    assert refused.status_code == 422
    assert "do nơi khác soạn" in refused.text


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def papers_on(text: str) -> list[str]:
    return re.findall(r'href="([^"]+/van-ban/[^"]+)"', text)


def test_papers_of_a_list_and_of_its_decision_are_links_of_its_page(pages: Pages) -> None:
    m = pages.ministry
    codes = waiting(m)
    secretary, clerk = pages.browser("BO/SECRETARIAT"), pages.browser("BO/CLERK")
    links = papers_on(secretary.get(LIST).text)
    assert links == [f"{LIST}/van-ban/{name}/{form}" for name in ("to_trinh", "quyet_dinh") for form in ("docx", "pdf")]
    starts = [secretary.get(each).content[:4] for each in links]
    assert starts == [b"PK\x03\x04", b"%PDF"] * 2
    assert papers_on(pages.browser("BO/SIGNER").get(LIST).text) == []
    assert secretary.get(f"{LIST}/van-ban/thong_bao/pdf").status_code == 404
    assert secretary.get(f"{LIST}/van-ban/to_trinh/odt").status_code == 404
    assert secretary.get("/trinh-ky/2019/bang_khen_bo/merit/van-ban/to_trinh/pdf").status_code == 404
    here = f"/quyet-dinh/{issued(m, codes)}"
    links = [each.replace("&amp;", "&") for each in papers_on(clerk.get(here).text)]
    assert links == [
        *(f"{here}/van-ban/bang_khen/{form}" for form in ("docx", "pdf")),
        *(
            f"{here}/van-ban/{name}/{form}?don-vi=CVT"
            for name in ("thong_bao", "trich_luc")
            for form in ("docx", "pdf")
        ),
    ]
    assert [clerk.get(each).status_code for each in links] == [200] * 6
    named = clerk.get(links[2]).headers["content-disposition"]
    assert "thong-bao-1201-Q%C4%90-BKHCN-CVT.docx" in named
    assert clerk.get(f"{here}/van-ban/thong_bao/docx?don-vi=PTIT").status_code == 404
    assert clerk.get("/quyet-dinh/99/van-ban/thong_bao/docx?don-vi=CVT").status_code == 404
    m.sql("UPDATE decision SET authority = 'president'")
    told = clerk.get(f"{here}/van-ban/bang_khen/docx")
    assert told.status_code == 422
    assert "do nơi khác lập" in told.text


def test_a_unit_takes_the_papers_of_its_own_results_and_of_no_others(pages: Pages) -> None:
    m = pages.ministry
    mine, theirs = waiting(m), m.drafts(1, unit="CTS", first=40)
    m.walk(theirs, "signing", unit="CTS")
    officer = pages.browser("CVT/CB")
    road = f"/cua-don-vi/ho-so/{mine[0]}"
    assert papers_on(officer.get(road).text) == []
    assert "#van-ban" not in officer.get(f"/ho-so/{mine[0]}").text
    assert officer.get(f"{road}/van-ban/thong_bao/pdf").status_code == 404
    here = f"/quyet-dinh/{issued(m, (*mine, *theirs))}"
    links = papers_on(officer.get(road).text)
    assert len(links) == 6
    assert f'href="{road}#van-ban"' in officer.get(f"/ho-so/{mine[0]}").text
    assert {officer.get(each).content[:2] for each in links} == {b"PK", b"%P"}
    assert officer.get(f"{here}/van-ban/thong_bao/pdf?don-vi=CVT").status_code == 403
    assert officer.get(f"/cua-don-vi/ho-so/{theirs[0]}/van-ban/thong_bao/pdf").status_code == 404
    assert officer.get(f"{road}/van-ban/bang_khen/pdf").status_code == 404
    assert len(papers_on(pages.browser("BO/SECRETARIAT").get(road).text)) == 6


# ── as many queries for few as for many ──────────────────────────────────────────────────────────


def test_queries_do_not_grow_with_what_awaits(pages: Pages) -> None:
    m, browser = pages.ministry, pages.browser("BO/CLERK")
    waiting(m, 2)
    for path in ("/trinh-ky", LIST):
        browser.get(path)
    with queries(m.engine) as few:
        assert [browser.get(path).status_code for path in ("/trinh-ky", LIST)] == [200, 200]
    for number in range(3):
        waiting(m, 40, first=100 * (number + 1))
    with queries(m.engine) as many:
        assert [browser.get(path).status_code for path in ("/trinh-ky", LIST)] == [200, 200]
    assert len(many) == len(few)


def test_queries_do_not_grow_with_decisions_and_their_lines(pages: Pages) -> None:
    m, browser = pages.ministry, pages.browser("BO/CLERK")
    codes = waiting(m, 60)
    id_ = issued(m, codes[:2], 1201)
    paths = ["/quyet-dinh", f"/quyet-dinh/{id_}", f"/quyet-dinh/{id_}/in"]
    for path in paths:
        browser.get(path)
    with queries(m.engine) as few:
        assert [browser.get(path).status_code for path in paths] == [200] * 3
    for number in range(5):
        issued(m, codes[2 + number : 3 + number], 1300 + number)
    large = issued(m, codes[10:], 1400)
    fixed = codes[10:20]
    lines = {code: {"name": f"Nguyễn Văn Sửa {place}"} for place, code in enumerate(fixed)}
    m.done("correct", fixed, "secretariat", document="12/QĐ-ĐC", lines=lines)
    with queries(m.engine) as many:
        assert [browser.get(path.replace(str(id_), str(large))).status_code for path in paths] == [200] * 3
    assert len(many) == len(few)
