"""Hostile files and names on the way a list or a paper comes in. Numbers are those of the security battery."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import anyio
import openpyxl
import pytest
import xlsxwriter

from tests.integration.web.test_desk_pages import XLSX, post, send
from tests.support.browsing import Pages, csrf
from tests.support.ministry import PDF, Ministry, workbook

GOOD = ("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng")


def refused(m: Ministry, answer: Any, *words: str) -> None:
    """Told at the file's field, and nothing was kept."""
    assert answer.status_code == 422, answer.status_code
    assert 'href="#file"' in answer.text
    for word in words:
        assert word in answer.text
    assert m.all("SELECT id FROM list_draft") == []
    assert not [each for each in m.files.rglob("*") if each.is_file()]


def packed(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.attack("S47")
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "＝", "＋"])
def test_s47_a_name_that_begins_like_a_formula_is_never_a_live_formula_in_what_comes_back(
    pages: Pages, sign: str
) -> None:
    client = pages.browser("CVT/CB")
    check = send(client, workbook([GOOD, ("NV-2", f"{sign}HYPERLINK(1)", "Không có hình thức này")])).headers[
        "location"
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{check}/tep-loi").content)).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.attack("S50a")
def test_a_live_formula_is_refused_as_a_name_and_never_run(m: Ministry, pages: Pages) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("Danh sách")
    sheet.write_row(0, 0, ["TT", "Mã định danh", "Họ và tên", "Hình thức khen thưởng đề nghị"])
    sheet.write_row(1, 0, [1, "NV-1", None, "Bằng khen của Bộ trưởng"])
    sheet.write_formula(1, 2, '=WEBSERVICE("http://169.254.169.254/")', value="Nguyễn Văn An")
    book.close()
    client = pages.browser("CVT/CB")
    page = client.get(send(client, buffer.getvalue()).headers["location"]).text
    assert "chứa công thức" in page
    assert "Nhận 1" not in page


@pytest.mark.attack("S61")
def test_s61_a_program_renamed_is_no_workbook_and_no_paper(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    refused(m, send(client, b"MZ\x90\x00" + b"\0" * 200, name="danh-sach.xlsx"))
    m.bring_in([GOOD])
    answer = client.post(
        "/to-trinh/1/giay-to",
        data={"csrf": csrf(client.get("/to-trinh/1")), "document": "to_trinh"},
        files={"file-to_trinh": ("to-trinh.pdf", b"MZ\x90\x00", "application/pdf")},
    )
    assert answer.status_code == 422
    assert m.one("SELECT count(*) FROM document") == 0


@pytest.mark.attack("S62")
def test_s62_a_body_over_the_limit_is_cut_off_while_it_streams(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    taken = 0
    answers: list[Any] = []

    async def endless() -> Any:
        nonlocal taken
        taken += 1
        assert taken < 40, "a client that never stops is read for ever"
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n' if taken == 1 else b""
        return {"type": "http.request", "body": head + b"\0" * 1024 * 1024, "more_body": True}

    async def note(message: Any) -> None:
        answers.append(message)

    headers = {
        "host": "127.0.0.1:8080", "cookie": f"khen={client.cookies['khen']}",
        "content-type": "multipart/form-data; boundary=x",
    }  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/to-trinh/moi", "raw_path": b"/to-trinh/moi", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
    anyio.run(pages.app, scope, endless, note)
    assert answers[0]["status"] == 413
    assert taken <= 23
    assert m.all("SELECT id FROM list_draft") == []


@pytest.mark.attack("S63")
def test_s63_a_workbook_that_unpacks_to_a_bomb_is_refused(m: Ministry, pages: Pages) -> None:
    entries = unpacked(workbook([GOOD]))
    entries["xl/media/bomb.bin"] = b"\0" * 70_000_000
    refused(m, send(pages.browser("CVT/CB"), packed(entries)), "MB")
    many = unpacked(workbook([GOOD])) | {f"xl/x/{number}": b"" for number in range(2_100)}
    refused(m, send(pages.browser("CVT/CB"), packed(many)))


@pytest.mark.attack("S50a", "S64")
@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://169.254.169.254/">%p;]>',
    ],
)
def test_s64_entities_in_a_sheet_are_refused(m: Ministry, pages: Pages, doctype: bytes) -> None:
    entries = unpacked(workbook([GOOD]))
    sheet = entries["xl/worksheets/sheet1.xml"]
    head, _, rest = sheet.partition(b"?>")
    entries["xl/worksheets/sheet1.xml"] = head + b"?>" + doctype + rest
    refused(m, send(pages.browser("CVT/CB"), packed(entries)))


@pytest.mark.attack("S65")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.xlsx"), ("C:\\x\\danh-sach.xlsx", "danh-sach.xlsx"), ("CON", "_CON.xlsx"),
        (".an", "an.xlsx"), ("a" * 300 + ".xlsx", "a" * 120 + ".xlsx"), ("a<b>c?.xlsx", "a_b_c_.xlsx"),
        ("..", "tep.xlsx"),
    ],
)  # fmt: skip
def test_s65_a_files_name_names_nothing_on_our_disk(m: Ministry, pages: Pages, name: str, shown: str) -> None:
    client = pages.browser("CVT/CB")
    assert send(client, workbook([GOOD]), name=name).status_code == 303
    assert m.one("SELECT file_name FROM list_draft") == shown
    assert [len(each.name) for each in m.files.rglob("*") if each.is_file()] == [64]


@pytest.mark.attack("S60")
def test_s60_a_name_that_reads_as_another_one_is_refused(m: Ministry, pages: Pages) -> None:
    refused(m, send(pages.browser("CVT/CB"), workbook([GOOD]), name="danh-sach\u202excod.xlsx"))


@pytest.mark.attack("S71")
def test_s71_a_form_of_a_thousand_files_is_refused(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    token = csrf(client.get("/to-trinh/moi"))
    files = [(f"file{number}", (f"{number}.xlsx", b"x", XLSX)) for number in range(1_000)]
    answer = client.post("/to-trinh/moi", data={"csrf": token, "unit": "CVT", "round": "2026"}, files=files)
    assert answer.status_code in (400, 413)


@pytest.mark.attack("S72")
def test_s72_a_link_in_the_store_is_not_followed_out_of_it(m: Ministry, pages: Pages, tmp_path: Path) -> None:
    """What is stored has a name of 64 hex digits that we make: no name that somebody gives reaches the store."""
    m.bring_in([GOOD])
    client = pages.browser("CVT/CB")
    secret = tmp_path / "secret"
    secret.write_bytes(PDF)
    (m.files).mkdir(parents=True, exist_ok=True)
    (m.files / "secret").symlink_to(secret)
    for path in ("/to-trinh/1/giay-to/secret", "/to-trinh/1/giay-to/..%2Fsecret", "/to-trinh/1/giay-to/1"):
        assert client.get(path).status_code == 404


@pytest.mark.attack("S85")
def test_s85_a_decomposed_name_and_a_composed_one_are_one_nominee(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    twice = [("", "Trần Thị Hoà", GOOD[2]), ("", unicodedata.normalize("NFD", "Trần Thị Hoà"), GOOD[2])]
    page = client.get(send(client, workbook(twice)).headers["location"]).text
    assert "đã có ở dòng 3" in page


@pytest.mark.attack("S86", "S87")
@pytest.mark.parametrize("letter", ["Ð", "Ɖ", "а", "о"])
def test_s86_s87_letters_that_only_look_alike_are_refused_with_a_hint(pages: Pages, letter: str) -> None:
    client = pages.browser("CVT/CB")
    page = client.get(send(client, workbook([("NV-1", f"{letter}ỗ Văn Nam", GOOD[2])])).headers["location"]).text
    assert "không phải chữ Việt nhưng trông giống" in page


@pytest.mark.attack("S88")
def test_s88_invisible_marks_are_stripped_from_what_is_kept(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    dirty = "Nguyễn\u200b Văn\u00ad An\ufeff\u202e"
    check = send(client, workbook([("NV-1", dirty, GOOD[2])]), letter_number="1/TTr").headers["location"]
    stamp = client.get(check).text.partition('name="stamp" value="')[2].partition('"')[0]
    post(client, f"{check}/nhan", check, stamp=stamp)
    assert m.one("SELECT name FROM nomination") == "Nguyễn Văn An"


@pytest.mark.attack("S89")
def test_s89_two_spellings_of_one_syllable_are_never_merged_but_pointed_out(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    lines = [("", "Trần Thị Hoà", GOOD[2]), ("", "Trần Thị Hòa", GOOD[2])]
    page = client.get(send(client, workbook(lines)).headers["location"]).text
    assert "chỉ khác dấu" in page


@pytest.mark.attack("S90", "S91")
def test_s90_s91_names_are_found_without_marks_and_sorted_as_vietnamese(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([("NV-1", "Đỗ Văn Uy", GOOD[2]), ("NV-2", "Trần Ánh", GOOD[2])])
    assert dict(m.all("SELECT code, name_folded FROM nomination"))[codes[0]] == "do van uy"
    assert [name for (name,) in m.all("SELECT name FROM nomination ORDER BY sort_key")] == ["Trần Ánh", "Đỗ Văn Uy"]


@pytest.mark.attack("S92")
@pytest.mark.parametrize("text", ["Nguyễn\x00Văn An", "Nguyễn\x08 Văn An"])
def test_s92_control_characters_typed_on_the_page_are_not_kept(m: Ministry, pages: Pages, text: str) -> None:
    client = pages.browser("CVT/CB")
    answer = post(
        client, "/to-trinh/de-cu", "/to-trinh/de-cu", unit="CVT", round="2026", nominee="individual", award=GOOD[2],
        name=text, code="NV-1",
    )  # fmt: skip
    assert answer.status_code == 303
    assert all(ord(letter) > 31 for letter in str(m.one("SELECT name FROM nomination")))


@pytest.mark.attack("S93")
def test_s93_lengths_are_counted_in_characters_after_composing(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    long_name = "Nguyễn " * 29 + "Văn An"
    fits = unicodedata.normalize("NFD", ("Nguyễn " * 27)[:190].strip() + " Án")
    lines = [("NV-1", long_name, GOOD[2]), ("NV-2", fits, GOOD[2])]
    page = client.get(send(client, workbook(lines)).headers["location"]).text
    assert "Dòng cần sửa" in page
    assert f"dài {len(long_name)} ký tự, tối đa 200" in page
    assert page.count("ký tự, tối đa 200") == 1


@pytest.mark.attack("S94")
def test_s94_figures_of_a_count_are_whole_plain_numbers(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([GOOD])
    m.done("start_unit_vote", codes, "unit_officer")
    client = pages.browser("CVT/HD")
    path = "/to-trinh/1/viec/close_unit_vote"
    for figure in ("1.000,5", "NaN", "1e3", "9,0"):
        answer = post(client, path, path, code=list(codes), **{"f.tally.members": figure, "f.tally.yes": "8"})
        assert answer.status_code == 422
    for figure in ("-1", str(10**18)):
        prepared = post(
            client, path, path, code=list(codes),
            **{"f.tally.members": "9", "f.tally.present": "9", "f.tally.yes": figure},
        ).headers["location"]  # fmt: skip
        post(client, prepared, prepared)
        assert m.states(codes) == {codes[0]: "unit_voting"}


@pytest.mark.attack("S99")
def test_s99_a_list_of_too_many_rows_is_refused_with_the_most_there_may_be(m: Ministry, pages: Pages) -> None:
    lines = ((f"NV-{number}", "Nguyễn Văn An", GOOD[2]) for number in range(20_100))
    refused(m, send(pages.browser("CVT/CB"), workbook(lines)), "20")
