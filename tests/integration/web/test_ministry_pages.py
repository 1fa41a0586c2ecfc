"""The pages of the house: register, rounds, calendar, mail texts, health, and the auditor's desk."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import workflow.services
from notifications import outbox
from notifications.mail import LineRequest, MailRequest
from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accessing, auditing, register_book
from workflow.services.mailing import message_ids
from workflow.services.register import RoleEntry
from workflow.storage.database import write
from workflow.web.ministry import ROOM
from workflow.web.ministry.auditing import TOLD, UNTOLD

ADMIN = "BO/ADMIN"


@pytest.fixture
def pages(m: Ministry, tmp_path: Path) -> Pages:
    return Pages(m, tmp_path, settings_text=f'[files]\nfolder = "{tmp_path / "papers"}"\n')


def post(client: Any, path: str, page: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(page)), **fields})


LOOKS = ("/quan-tri", "/quy-trinh", "/don-vi", "/don-vi?tat_ca=1", "/nguoi", "/nguoi/BO/ADMIN", "/dot", "/lich",
         "/lich?nam=2027", "/suc-khoe", "/kiem-tra")  # fmt: skip
ADMINS = ("/don-vi/moi", "/don-vi/CVT/sua", "/nhap-danh-ba", "/nguoi/moi", "/nguoi-thay", "/dot/moi",
          "/dot/moi?tu=2026",
          "/dot/2026/sua", "/mau-thu", "/mau-thu/vi/received", "/mau-thu/en/_frame", "/lich/tinh-lai",
          "/kiem-tra/chuoi", "/kiem-tra/doi-chieu", "/kiem-tra/truy-cap")  # fmt: skip


def test_every_page_opens_for_the_admin_in_both_languages_and_changes_nothing(m: Ministry, pages: Pages) -> None:
    m.drafts(1)
    client = pages.browser(ADMIN)
    before = {name: rows for name, rows in m.snapshot().items() if name != "web_session"}
    for language in ("vi", "en"):
        client.cookies.set("khen_language", language)
        for path in (*LOOKS, *ADMINS):
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text[-600:])
            assert " style=" not in answer.text, path
    assert {name: rows for name, rows in m.snapshot().items() if name != "web_session"} == before


def test_the_auditor_reads_everything_and_changes_nothing(m: Ministry, pages: Pages) -> None:
    client = pages.browser("BO/AUDITOR")
    for path in LOOKS:
        assert client.get(path).status_code == 200, path
    token = csrf(client.get("/kiem-tra"))
    before = m.snapshot()
    for entry in ROOM.entries:
        if entry.post is not None and entry.name != "audit.export":
            path = pages.app.state.house.path(entry.name, code="2026", root="BO", language="vi", template="received")
            answer = client.post(path.partition("?")[0], data={"csrf": token, "viec": "close"})
            assert answer.status_code == 403, entry.name
    assert m.snapshot() == before


def test_a_unit_sees_no_page_of_the_house(pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    for path in (*LOOKS, *ADMINS):
        if path != "/quy-trinh":
            assert client.get(path).status_code == 403, path


# ── register ─────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_is_entered_ended_and_followed(m: Ministry, pages: Pages) -> None:
    client = pages.browser(ADMIN)
    new = {"ma": "cntt", "ten": "Cục Công nghệ <b>", "loai": "cuc", "tu_ngay": "01/01/2027", "ngon_ngu": "vi"}
    wrong = post(client, "/don-vi/moi", "/don-vi/moi", **{**new, "tu_ngay": "31/02/2027", "hop_thu": "x"})
    assert wrong.status_code == 422
    assert 'href="#tu_ngay"' in wrong.text
    assert "Cục Công nghệ &lt;b&gt;" in wrong.text
    assert post(client, "/don-vi/moi", "/don-vi/moi", **{**new, "hop_thu": "a, b"}).status_code == 422
    assert post(client, "/don-vi/moi", "/don-vi/moi", **new).status_code == 303
    assert post(client, "/don-vi/moi", "/don-vi/moi", **new).status_code == 422
    end = {"ten": "Cục Viễn thông", "den_ngay": "01/03/2027", "ke_thua": "CNTT", "hop_thu": "moi@cvt.example"}
    assert post(client, "/don-vi/CVT/sua", "/don-vi/CVT/sua", **end).status_code == 303
    row = m.all("SELECT successor_code, mailbox FROM unit WHERE code = 'CVT'")
    assert row == [("CNTT", "moi@cvt.example")]
    assert post(client, "/don-vi/CVT/sua", "/don-vi/CVT/sua", **{**end, "ke_thua": "KHONG"}).status_code == 422
    assert client.get("/don-vi/KHONG/sua").status_code == 404


@pytest.mark.attack("S86", "S87")
@pytest.mark.parametrize("name", ["Nguyễn Thị H\u043ea", "Ðỗ Thị Hoa"])
def test_s87_a_name_of_the_register_is_looked_over_too(m: Ministry, pages: Pages, name: str) -> None:
    client = pages.browser(ADMIN)
    before = m.snapshot()
    new = {"ten": name, "don_vi": "CVT", "ma": "HOA", "vai_tro": "unit_officer", "tu_ngay": "01/12/2026"}
    unit = {"ten": name, "ma": "MOI", "loai": "cuc", "tu_ngay": "01/12/2026"}
    for path, form in (("/nguoi/moi", new), ("/don-vi/moi", unit), ("/don-vi/CVT/sua", {"ten": name})):
        answer = post(client, path, path, **form)
        assert answer.status_code == 422, path
        assert "trông giống" in answer.text, path
        assert 'href="#ten"' in answer.text, path
    assert {each for each, rows in m.snapshot().items() if rows != before[each]} <= {"web_session"}


def test_a_person_is_entered_given_a_role_and_loses_it(m: Ministry, pages: Pages) -> None:
    client = pages.browser(ADMIN)
    new = {"ten": "Nguyễn Thị Hoa", "don_vi": "CVT", "ma": "HOA", "thu": "hoa@cvt.example", "vai_tro": "unit_officer",
           "tu_ngay": "01/12/2026"}  # fmt: skip
    assert post(client, "/nguoi/moi", "/nguoi/moi", **new).headers["location"] == "/nguoi/CVT/HOA"
    assert "Nguyễn Thị Hoa" in client.get("/nguoi?tim=thi hoa").text
    page = "/nguoi/CVT/HOA"
    assert (
        post(client, page + "/sua", page, viec="grant", vai_tro="field_lead", tu_ngay="01/12/2026").status_code == 422
    )
    assert post(client, page + "/sua", page, viec="grant", vai_tro="unit_head", pham_vi="KHONG",
                tu_ngay="01/12/2026").status_code == 422  # fmt: skip
    assert post(client, page + "/sua", page, viec="grant", vai_tro="appraiser", tu_ngay="01/12/2026").status_code == 303
    (grant,) = [each for each in register_book.person(m.desk, "CVT/HOA").held if each.role == "appraiser"]
    assert post(client, page + "/sua", page, viec="end", quyen=str(grant.id), den_ngay="05/12/2026").status_code == 303
    (grant,) = [each for each in register_book.person(m.desk, "CVT/HOA").held if each.role == "appraiser"]
    assert grant.until_on == date(2026, 12, 5)
    assert post(client, page + "/sua", page, viec="mend", ten="", thu="x").status_code == 422
    assert post(client, page + "/sua", page, viec="mend", ten="Nguyễn Hoa", thu="h@cvt.example").status_code == 303
    assert register_book.person(m.desk, "CVT/HOA").email == "h@cvt.example"
    assert client.get("/nguoi/CVT/KHONG").status_code == 404


def test_an_admin_invites_and_never_sees_a_password(m: Ministry, pages: Pages) -> None:
    client = pages.browser(ADMIN)
    page = "/nguoi/CVT/TT"
    assert post(client, page + "/moi-vao", page, dang_nhap="").status_code == 303
    assert register_book.person(m.desk, "CVT/TT").account == "invited"
    assert m.one("SELECT count(*) FROM mail WHERE template = 'invite'") == 1
    assert post(pages.browser("BO/SECRETARIAT"), page + "/moi-vao", "/nguoi-thay").status_code == 403


def test_a_secretary_enters_a_substitute_whose_mails_follow(m: Ministry, pages: Pages) -> None:
    client = pages.browser("BO/SECRETARIAT")
    given = {"nguoi": "BO/SIGNER", "thay": "BO/CLERK", "tu_ngay": "02/12/2026", "den_ngay": "10/12/2026"}
    assert post(client, "/nguoi-thay", "/nguoi-thay", **given).status_code == 422
    same = {**given, "thay": "BO/SIGNER", "van_ban": "12/UQ"}
    assert post(client, "/nguoi-thay", "/nguoi-thay", **same).status_code == 422
    assert post(client, "/nguoi-thay", "/nguoi-thay", **given, van_ban="12/UQ-VP").status_code == 303
    from workflow.storage import directory
    from workflow.storage.database import read

    with read(m.engine) as connection:
        holders = directory.holders(connection, {"signer"}, date(2026, 12, 3))
    assert "clerk@bo.example" in str(holders)
    (one,) = register_book.stand_ins(m.desk)
    assert post(client, "/nguoi-thay", "/nguoi-thay", viec="end", so=str(one.id)).status_code == 303
    assert not register_book.stand_ins(m.desk)[0].in_force(date(2026, 12, 3))


def book(*rows: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = made.add_worksheet("Danh bạ")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    made.close()
    return buffer.getvalue()


def test_a_register_comes_as_workbook_or_toml_whole_or_not_at_all(m: Ministry, pages: Pages) -> None:
    client = pages.browser(ADMIN)
    token = csrf(client.get("/nhap-danh-ba"))

    def send(kind: str, name: str, content: bytes) -> Any:
        return client.post("/nhap-danh-ba", data={"csrf": token, "loai": kind}, files={"tep": (name, content)})

    units = book(("Mã đơn vị", "Tên đơn vị", "Loại", "Từ ngày"), ("VTS", "Vụ Tổ chức", "vu", "01/01/2027"))
    assert send("unit", "dv.xlsx", units).status_code == 303
    assert m.one("SELECT from_on FROM unit WHERE code = 'VTS'") in ("2027-01-01", date(2027, 1, 1))
    people = book(
        ("Mã người", "Họ và tên", "Mã đơn vị", "Vai trò"), ("P1", "Lê An", "VTS", "unit_officer"),
        ("P1", "Lê An", "VTS", "unit_head"),
    )  # fmt: skip
    assert send("person", "n.xlsx", people).status_code == 303
    assert {each.role for each in register_book.person(m.desk, "VTS/P1").held} == {"unit_officer", "unit_head"}
    before = m.snapshot()
    bad = book(("Mã đơn vị", "Cột lạ", "Từ ngày"), ("X1", "?", "hôm qua"))
    answer = send("unit", "sai.xlsx", bad)
    assert answer.status_code == 422
    assert "Cột lạ" in answer.text
    assert "sai.xlsx 2" in answer.text
    assert send("unit", "x.xlsx", b"PK\x03\x04garbage").status_code == 422
    assert send("unit", "x.toml", b"[[unit]\n").status_code == 422
    assert client.post("/nhap-danh-ba", data={"csrf": token, "loai": "unit"}).status_code == 422
    assert m.snapshot() == before


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────


def test_a_round_is_copied_with_every_day_moved_looked_at_and_closed(m: Ministry, pages: Pages) -> None:
    client = pages.browser("BO/SECRETARIAT_HEAD")
    shown = client.get("/dot/moi?tu=2026").text
    for words in ('value="2027"', "Công tác năm 2027", "20/11/2027", "29/04/2028", "05/12/2027"):
        assert words in shown
    fields = {"ma": "2027", "ten": "Công tác năm 2027", "nam": "2027", "mo": "20/11/2027", "dong": "29/04/2028",
              "chung": "06/12/2027", "qt_bang_khen_bo": "yes"}  # fmt: skip
    assert post(client, "/dot/moi", "/dot/moi", **{**fields, "dong": "01/01/2027"}).status_code == 422
    assert post(client, "/dot/moi", "/dot/moi", **fields).status_code == 303
    row = register_book.round_of(m.desk, "2027")
    assert (row.cutoffs, row.flows) == ({"*": "2027-12-06"}, ["bang_khen_bo"])
    assert post(client, "/dot/2027/sua", "/dot/2027/sua", **{**fields, "ten": "Tên khác"}).status_code == 303
    counts = {"viec": "counts", "con_so": "cluster_leaders", "so_luong": "7"}
    assert post(client, "/dot/2027/sua", "/dot/2027/sua", **counts).status_code == 303
    assert register_book.round_of(m.desk, "2027").counts == {"cluster_leaders": 7}
    assert post(client, "/dot/2027/sua", "/dot/2027/sua", viec="close").status_code == 303
    assert post(client, "/dot/2027/sua", "/dot/2027/sua", **fields).status_code == 422
    assert client.get("/dot/khong/sua").status_code == 404


def test_the_scope_of_a_role_is_offered_while_it_is_typed(m: Ministry, pages: Pages) -> None:
    text = pages.browser(ADMIN).get("/nguoi/moi").text
    assert 'list="pham_vi-known"' in text
    assert '<option value="CVT">Cục Viễn thông</option>' in text
    assert re.search(r'<option value="[^"]+">khối, cụm thi đua</option>', text)
    assert 'list="pham_vi-known"' in pages.browser(ADMIN).get("/nguoi/BO/ADMIN").text


# ── calendar ─────────────────────────────────────────────────────────────────────────────────────

OWN = """title = { vi = "Ngày riêng", en = "Own days" }
years = [2026, 2027]
confirmed = [2027]

[[off]]
on = 2026-12-09
name = { vi = "Nghỉ đột xuất", en = "Sudden day off" }
document = "01/TB-BKHCN"
"""


def test_days_are_checked_tried_saved_and_limits_moved_as_one_act(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(1)
    m.walk(codes, "received")
    client = pages.browser("BO/SECRETARIAT_HEAD")
    assert "2027 chưa được xác nhận" in " ".join(client.get("/lich").text.split())
    bad = post(client, "/lich/sua", "/lich", loi=OWN.replace("document", "documnet"), viec="try")
    assert bad.status_code == 422
    assert "lich.toml, dòng" in bad.text
    assert "documnet" in bad.text
    before = m.snapshot()
    tried = post(client, "/lich/sua", "/lich", loi=OWN, viec="try")
    assert codes[0] in tried.text
    assert m.snapshot()["installation"] == before["installation"]
    assert post(client, "/lich/sua", "/lich", loi=OWN, viec="save").headers["location"] == "/lich/tinh-lai"
    assert "Nghỉ đột xuất" in client.get("/lich").text
    assert "2027 chưa được xác nhận" not in " ".join(client.get("/lich").text.split())
    due = m.limits(codes[0])
    assert codes[0] in client.get("/lich/tinh-lai").text
    assert post(client, "/lich/tinh-lai", "/lich/tinh-lai").status_code == 303
    assert m.limits(codes[0]) != due


def test_a_day_is_added_and_a_year_confirmed_without_typing_their_text(m: Ministry, pages: Pages) -> None:
    client = pages.browser("BO/SECRETARIAT_HEAD")
    wrong = post(client, "/lich/ngay", "/lich", ngay="31/02/2027", loai="off", ten="", van_ban="")
    assert wrong.status_code == 422
    assert all(each in wrong.text for each in ("Nhập tên của ngày này", "Nhập số văn bản"))
    day = {"ngay": "08/02/2027", "loai": "off", "ten": "Nghỉ bù “Tết”", "van_ban": "12/TB-BNV"}
    assert post(client, "/lich/ngay", "/lich", **day).headers["location"] == "/lich/tinh-lai"
    day = {"ngay": "13/02/2027", "loai": "work", "ten": "Làm bù", "van_ban": "12/TB-BNV"}
    assert post(client, "/lich/ngay", "/lich", **day).status_code == 303
    assert post(client, "/lich/ngay", "/lich", xac_nhan="2027").status_code == 303
    assert post(client, "/lich/ngay", "/lich", xac_nhan="2026").status_code == 303
    shown = client.get("/lich?nam=2027").text
    assert "Nghỉ bù “Tết”" in shown
    assert "confirmed = [2026, 2027]" in shown
    assert "chưa được xác nhận" not in shown.replace("2028 chưa được xác nhận", "")
    twice = post(client, "/lich/ngay", "/lich", **day)
    assert twice.status_code == 422
    assert post(client, "/lich/ngay", "/lich", xac_nhan="27").status_code == 404


# ── mail texts ───────────────────────────────────────────────────────────────────────────────────


def test_a_mail_text_is_tried_saved_compared_and_taken_back(m: Ministry, pages: Pages) -> None:
    client = pages.browser(ADMIN)
    page = "/mau-thu/vi/received"
    wrong = post(client, page, page, loi="Subject: S\n\n{{ unit_nmae }}\n", viec="save")
    assert wrong.status_code == 422
    assert "Dòng 3" in wrong.text
    assert "unit_nmae" in wrong.text
    own = "Subject: Lời <b>riêng</b>\n\nKính chào {{ unit_name }}.\n"
    look = post(client, page, page, loi=own, viec="look")
    assert "Kính chào Cục Viễn thông." in look.text
    assert "<b>riêng</b>" not in look.text
    assert m.one("SELECT count(*) FROM mail_text") == 0
    assert post(client, page, page, loi=own, viec="save").status_code == 303
    shown = client.get(page).text
    assert "khen-source__line--removed" in shown
    assert "lời riêng của Bộ" in client.get("/mau-thu").text
    assert post(client, page, page, viec="reset").status_code == 303
    assert "khen-source__line--removed" not in client.get(page).text
    assert client.get("/mau-thu/vi/khong").status_code == 404
    assert client.get("/mau-thu/fr/received").status_code == 404


# ── audit ────────────────────────────────────────────────────────────────────────────────────────


def test_the_chain_is_shown_proved_and_exported_and_the_export_is_written_down(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(1)
    m.walk(codes, "received")
    client = pages.browser("BO/AUDITOR")
    shown = client.get("/kiem-tra")
    head = auditing.head(m.desk)
    assert head.short in shown.text
    assert "BO/SECRETARIAT" in shown.text
    assert "không mục nào bị sửa" in client.get("/kiem-tra/chuoi").text
    assert "Mọi hồ sơ khớp" in client.get("/kiem-tra/doi-chieu").text
    taken = post(client, "/kiem-tra/xuat", "/kiem-tra")
    lines = [json.loads(line) for line in taken.text.splitlines()]
    assert [lines[-1]["number"], lines[-1]["hash"]] == [head.number, head.hash]
    assert "attachment" in taken.headers["content-disposition"]
    (access,) = accessing.listed(m.desk)
    assert (access.person, access.action) == ("BO/AUDITOR", "audit.export")
    assert "BO/AUDITOR" in client.get("/kiem-tra/truy-cap").text


def test_every_kind_of_entry_that_is_written_has_words(pages: Pages) -> None:
    """Read from the source: a new kind without words would stand in the auditor's list as a code."""
    said = re.compile(r"""chain\.append\(\s*connection,\s*kind="(\w+)"|note\(\s*connection,\s*desk,\s*"(\w+)\"""")
    folder = Path(workflow.services.__file__).parent
    kinds = {one or other for path in folder.glob("*.py") for one, other in said.findall(path.read_text("utf-8"))}
    assert {"act", "publish", "mail_edited", "units"} <= kinds
    words = pages.app.state.house.words
    assert sorted(kind for kind in kinds if f"ministry.audit.kind.{kind}" not in words) == []


def test_an_entry_is_told_in_words_and_by_the_dossiers_it_is_about(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(5)
    m.walk(codes, "received")
    text = pages.browser("BO/AUDITOR").get("/kiem-tra").text
    assert "<strong>Tiếp nhận – Bằng khen của Bộ trưởng</strong>" in text
    assert f'href="/ho-so/{codes[0]}">{codes[0]}</a>' in text
    assert "và 2 hồ sơ khác" in text
    assert "Tờ trình: " in text
    assert "ngày thực hiện: 0" in text
    assert "chung cho cả tờ trình" in text
    for raw in ("{&#34;", '{"', "occurred_on", "sha256", "bao_cao_tt"):
        assert raw not in text, raw


def test_every_part_of_an_entry_that_is_written_is_told_or_left_out_on_purpose(pages: Pages) -> None:
    """Read from the source: a new part without words would be kept from the auditor and nobody would notice."""
    words = pages.app.state.house.words
    known = {*TOLD, *UNTOLD}
    found = {part for path in Path(workflow.services.__file__).parent.glob("*.py") for part in _written(path)}
    assert {"session", "submission", "occurred_on", "early"} <= found
    assert sorted(found - known) == []
    assert sorted(part for part in TOLD if f"ministry.audit.part.{part}" not in words) == []


def _written(path: Path) -> Iterator[str]:
    """Keys of the dictionaries that a module hands to the chain, itself or under the name `payload`."""
    tree = ast.parse(path.read_text("utf-8"))
    writes = any(isinstance(node, ast.Name | ast.Attribute) and getattr(node, "id", "") in ("note", "_note", "chain")
                 for node in ast.walk(tree))  # fmt: skip
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Assign) and writes:
            names = [each.id for each in node.targets if isinstance(each, ast.Name)]
            given = [node.value] if names == ["payload"] else []
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("note", "_note"):
                given = list(node.args)
            elif name == "append":
                given = [each.value for each in node.keywords if each.arg == "payload"]
        for one in given:
            for inner in ast.walk(one):
                if isinstance(inner, ast.Dict):
                    yield from (key.value for key in inner.keys if isinstance(key, ast.Constant))


@pytest.mark.attack("S107")
def test_s107_a_row_changed_behind_the_services_is_named(m: Ministry, pages: Pages) -> None:
    m.sql("UPDATE audit_entry SET payload = payload || ' ' WHERE number = 2")
    answer = pages.browser("BO/AUDITOR").get("/kiem-tra/chuoi").text
    assert "nội dung đã bị sửa" in answer
    assert ">2<" in answer


# ── health ───────────────────────────────────────────────────────────────────────────────────────


def test_health_is_said_in_words_and_details_are_the_admins(m: Ministry, pages: Pages) -> None:
    secretary = pages.browser("BO/SECRETARIAT").get("/suc-khoe").text
    assert "Hơn hai ngày chưa có bản sao lưu nào" in secretary
    assert "GB" not in secretary.partition("<main")[2]
    assert " GB" in pages.browser(ADMIN).get("/suc-khoe").text


def test_a_mail_that_ran_out_of_time_is_no_good_health(m: Ministry, pages: Pages) -> None:
    line = LineRequest("nomination:1", "notice", "council_result", {"code": "BK-1", "name": "Nguyễn Văn An"})
    mail = MailRequest("act:1", "u1@bo.example", "Cục 1", "vi", "council_result", {}, (line,), hold=None)
    with write(m.engine) as connection:
        outbox.enqueue(connection, [mail], now=m.now, message_id_of=message_ids(m.desk))
    client = pages.browser("BO/SECRETARIAT")
    assert "Thư đang đi bình thường" in client.get("/suc-khoe").text
    m.sql("UPDATE mail SET state='expired', next_attempt_at=NULL, done_at=:on", on=f"{m.now:%Y-%m-%d %H:%M:%S}")
    assert "đã hết hạn gửi" in client.get("/suc-khoe").text


def test_a_role_has_the_scope_it_needs() -> None:
    since = date(2026, 12, 1)
    assert register_book.scoped("unit_head", "", "CVT", since) == RoleEntry("unit_head", "unit", "CVT", since)
    assert register_book.scoped("unit_head", "CTS", "BO", since).scope == "CTS"
    assert register_book.scoped("council_chair", "", "BO", since).scope_kind == "council"
    assert register_book.scoped("cluster_head", "khoi_2", "BO", since).scope_kind == "cluster"
    assert register_book.scoped("clerk", "x", "BO", since).scope_kind == "all"
    assert register_book.moved(date(2024, 2, 29), 1) == date(2025, 2, 28)
