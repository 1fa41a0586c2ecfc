"""Many papers in one form: understood by their names, shown before anything is on file, put on file by one word."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

from tests.support.browsing import Pages, csrf
from tests.support.ministry import PDF, Ministry
from workflow.services.paper_batches import MOST_FILES

AWARD = "Bằng khen của Bộ trưởng"
LINES = (
    ("NV-1", "Nguyễn Văn An", AWARD),
    ("NV-2", "Trần Thị Bình", AWARD),
    ("NV-3", "Trần Thị Bình", AWARD),
    ("NV-4", "Lê Văn Cường", AWARD),
)
FORM = "/to-trinh/1/nhieu-giay-to"
ON_FILE = (
    "SELECT n.code, d.number, d.file_name FROM document d JOIN nomination n ON n.id = d.nomination_id ORDER BY d.id"
)


def send(client: Any, *files: tuple[str, bytes], document: str = "bao_cao_tt", **more: str) -> Any:
    fields = {"csrf": csrf(client.get(FORM)), "document": document, **more}
    sent = [("files", (name, content, "application/pdf")) for name, content in files]
    return client.post(FORM, data=fields, files=sent)


def confirm(client: Any, where: str, **fields: str) -> Any:
    """Press the button of the page, with what it offers and what is chosen otherwise."""
    shown = client.get(where).text
    return client.post(where, data={"csrf": csrf(client.get(where)), **dict(_offered(shown)), **fields})


def _offered(shown: str) -> list[tuple[str, str]]:
    return [
        (name, (re.findall(r'value="([^"]*)" selected', options) or [""])[0])
        for name, options in re.findall(r'<select[^>]*name="(file\.\d+)"(.*?)</select>', shown, re.DOTALL)
    ]


def test_files_are_shown_with_their_dossiers_and_put_on_file_at_once(m: Ministry, pages: Pages) -> None:
    an, binh, other_binh, cuong = m.bring_in(LINES)
    client = pages.browser("CVT/CB")
    assert "Tải nhiều giấy tờ cùng lúc" in client.get("/to-trinh/1").text
    answer = send(
        client, ("01. Nguyễn Văn An - BCTT.pdf", PDF), (f"{cuong}.pdf", PDF + b"2"), ("tran-thi-binh.pdf", PDF + b"3"),
        ("anh.jpg", PDF + b"4"), ("virus.pdf", b"MZ\x90\x00"),
    )  # fmt: skip
    where = answer.headers["location"]
    page = html.unescape(client.get(where).text)
    assert m.all(ON_FILE) == []
    for told in (
        "Tên tệp hợp với nhiều hồ sơ.", "Không có hồ sơ nào hợp với tên tệp.", "virus.pdf",
        f"Lê Văn Cường · {cuong}", "Không nhận được", "Sau lần này vẫn thiếu: 2 hồ sơ",
    ):  # fmt: skip
        assert told in page
    answer = confirm(client, where, **{"file.2": other_binh})
    assert answer.headers["location"] == "/to-trinh/1"
    assert "Đã lưu 3 tệp" in client.get("/to-trinh/1").text
    expected = [(an, 1, "01. Nguyễn Văn An - BCTT.pdf"), (cuong, 1, f"{cuong}.pdf"),
                (other_binh, 1, "tran-thi-binh.pdf")]  # fmt: skip
    assert sorted(m.all(ON_FILE)) == sorted(expected)
    assert client.post(where, data={"csrf": csrf(client.get(FORM))}).status_code == 303  # pressed twice
    assert len(m.all(ON_FILE)) == 3
    assert client.get(where).headers["location"] == "/to-trinh/1"
    assert binh not in {row[0] for row in m.all(ON_FILE)}


def test_what_comes_again_is_a_new_version_and_the_same_bytes_are_none(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    client = pages.browser("CVT/CB")
    confirm(client, send(client, ("nguyen van an.pdf", PDF), ("le van cuong.pdf", PDF)).headers["location"])
    where = send(client, ("nguyen van an.pdf", PDF), ("Lê Văn Cường.pdf", PDF + b"2")).headers["location"]
    page = client.get(where).text
    assert "đã có đúng tệp này (bản 1)" in page
    assert "bản 2, thay bản đang có" in page
    confirm(client, where)
    assert "Đã lưu 1 tệp vào hồ sơ; 1 tệp đã có từ trước" in client.get("/to-trinh/1").text
    assert sorted(number for _, number, _ in m.all(ON_FILE)) == [1, 1, 2]


def test_two_files_of_one_dossier_are_a_question(m: Ministry, pages: Pages) -> None:
    an, *_ = m.bring_in(LINES)
    client = pages.browser("CVT/CB")
    where = send(client, ("nguyen van an.pdf", PDF), ("Nguyễn Văn An 2.pdf", PDF + b"2")).headers["location"]
    assert "chỉ lưu được một" in client.get(where).text
    assert "Không có tệp nào để lưu" in confirm(client, where).text
    refused = confirm(client, where, **{"file.0": an, "file.1": an})
    assert (refused.status_code, m.all(ON_FILE)) == (422, [])
    assert 'href="#file.0"' in refused.text
    confirm(client, where, **{"file.1": an})
    assert m.all(ON_FILE) == [(an, 1, "Nguyễn Văn An 2.pdf")]


def test_a_file_goes_nowhere_but_where_the_page_offers(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    (foreign,) = m.bring_in([("NV-9", "Ngô Văn Dũng", AWARD)], unit="CTS")
    client = pages.browser("CVT/CB")
    where = send(client, ("ngo van dung.pdf", PDF)).headers["location"]
    assert foreign not in client.get(where).text
    assert confirm(client, where, **{"file.0": foreign}).status_code == 422
    assert m.all(ON_FILE) == []


def test_only_who_sent_the_files_finds_them(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    m.bring_in([("NV-9", "Ngô Văn Dũng", AWARD)], unit="CTS")
    where = send(pages.browser("CVT/CB"), ("nguyen van an.pdf", PDF)).headers["location"]
    for stranger in ("CVT/TT", "CTS/CB", "BO/SECRETARIAT"):
        client = pages.browser(stranger)
        assert client.get(where).status_code == 404
        assert client.get(where.replace("/1/", "/2/")).status_code == 404
        assert client.post(where, data={"csrf": csrf(client.get("/to-trinh"))}).status_code == 404
    assert m.all(ON_FILE) == []


def test_a_form_without_kind_or_files_says_so(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    client = pages.browser("CVT/CB")
    answer = send(client, document="to_trinh")
    assert answer.status_code == 415 or "Chọn loại giấy tờ." in answer.text
    answer = send(client, ("a.pdf", PDF), document="to_trinh")
    assert (answer.status_code, "Chọn loại giấy tờ." in answer.text) == (422, True)
    answer = client.post(FORM, data={"csrf": csrf(client.get(FORM)), "document": "bao_cao_tt"},
                         files=[("other", ("a.pdf", PDF, "application/pdf"))])  # fmt: skip
    assert "Chọn các tệp cần tải lên." in answer.text
    assert m.all("SELECT id FROM paper_batch") == []


def test_files_that_nobody_confirmed_are_forgotten_after_a_week(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    client = pages.browser("CVT/CB")
    where = send(client, ("nguyen van an.pdf", PDF)).headers["location"]
    m.on(m.today + timedelta(days=8))
    send(pages.browser("CVT/CB"), ("le van cuong.pdf", PDF))
    assert m.one("SELECT count(*) FROM paper_batch") == 1
    assert pages.browser("CVT/CB").get(where).status_code == 404


def test_more_files_than_one_form_takes_are_told_with_how_many_it_does(m: Ministry, pages: Pages) -> None:
    m.bring_in(LINES)
    answer = send(pages.browser("CVT/CB"), *((f"{number}.pdf", PDF) for number in range(MOST_FILES + 1)))
    assert answer.status_code == 413
    assert f"tối đa {MOST_FILES} tệp" in answer.text
    assert m.all(ON_FILE) == []
