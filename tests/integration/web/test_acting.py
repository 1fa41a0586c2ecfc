"""From a choice to an act: which acts, the form, what will happen, the press, the result; for one and for many."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry
from workflow.domain.vietnamese import short_date


@pytest.fixture
def ministry(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path / "papers")


@pytest.fixture
def pages(ministry: Ministry, tmp_path: Path) -> Pages:
    return Pages(ministry, tmp_path)


def follow(client: Any, answer: Any, status: int = 200) -> Any:
    """The page that a redirect leads to."""
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["location"])
    assert page.status_code == status, page.text
    return page


def post(client: Any, path: str, page: Any, status: int = 303, **fields: Any) -> Any:
    answer = client.post(path, data={"csrf": csrf(page), **fields})
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer


def chosen(client: Any, codes: Any, front: str, **more: Any) -> Any:
    """The page of acts for these codes; `front` is a page with a form."""
    return follow(client, post(client, "/viec", client.get(front), code=list(codes), **more))


def where(page: Any, ending: str) -> str:
    """The address on this page that ends so."""
    found = re.search(rf'(?:href|action)="(/viec/[0-9a-f]+/{ending})"', page.text)
    assert found, page.text
    return found[1]


# ── one dossier ──


def one(client: Any, code: str, transition: str, **fields: Any) -> Any:
    """The preview of an act on one dossier."""
    path = f"/ho-so/{code}/viec/{transition}"
    form = client.get(path)
    assert form.status_code == 200, form.text
    version = re.search(r'name="version" value="(\d+)"', form.text)
    assert version
    return follow(client, post(client, path, form, version=version[1], **fields))


def press(client: Any, preview: Any, **fields: Any) -> Any:
    return post(client, where(preview, "lam"), preview, **fields)


def test_one_dossier_goes_from_its_page_through_what_will_happen_to_done(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    before = ministry.snapshot()
    preview = one(client, code, "receive")
    assert ministry.state(code) == "submitted"
    changed = {name for name, rows in ministry.snapshot().items() if rows != before[name]}
    assert changed <= {"act_draft", "web_session"}  # nothing but the form itself was kept
    assert "1 trên 1 hồ sơ sẽ chuyển" in preview.text
    assert "Kính gửi" in preview.text  # the text of a mail, not its name alone
    page = follow(client, press(client, preview))
    assert ministry.state(code) == "received"
    assert "Đã thực hiện" in page.text


def test_pressing_twice_is_one_act(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    preview = one(client, code, "receive")
    press(client, preview)
    again = press(client, preview)
    assert again.status_code == 303
    assert ministry.one("SELECT count(*) FROM event WHERE transition = 'receive'") == 1


def test_what_was_typed_stays_with_every_mistake_at_its_field(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    client = pages.browser("BO/APPRAISER")
    path = f"/ho-so/{code}/viec/request_supplement"
    answer = post(
        client,
        path,
        client.get(path),
        422,
        version="3",
        **{f"l.{code}.defects": "Thiếu chữ ký\nThiếu dấu", "f.due_on": "31/02/2027"},
    )
    assert "Thiếu chữ ký\nThiếu dấu" in answer.text
    assert 'href="#f.due_on"' in answer.text


def test_the_day_that_a_flow_calls_usual_stands_in_the_form_and_may_be_changed(
    ministry: Ministry, pages: Pages
) -> None:
    codes = ministry.walk(ministry.drafts(2), "received")
    client = pages.browser("BO/APPRAISER")
    path = f"/ho-so/{codes[0]}/viec/request_supplement"
    usual = short_date(ministry.desk.calendar.add_working(ministry.today, 5))
    page = client.get(path)
    assert re.search(rf'name="f.due_on"[^>]*value="{usual}"', page.text)
    assert "thường là 5 ngày làm việc" in page.text
    refused = post(client, path, page, 422, version="3", **{f"l.{codes[0]}.defects": "", "f.due_on": ""})
    assert re.search(r'name="f.due_on"[^>]*value=""', refused.text)
    picked = chosen(client, codes, f"/ho-so/{codes[0]}")
    form = re.search(r'href="(/viec/[0-9a-f]+/nhap/request_supplement)"', picked.text)
    assert form
    many = client.get(form[1])
    assert re.search(rf'name="f.due_on"[^>]*value="{usual}"', many.text)


@pytest.mark.attack("S22")
def test_s22_an_entry_the_act_does_not_take_is_refused(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    path = f"/ho-so/{code}/viec/receive"
    before = ministry.snapshot()
    for name in ("state", "role", "unit_id", "created_by", "f.state", f"l.{code}.state", "l.XX.reason"):
        answer = post(client, path, client.get(path), 422, version="3", **{name: "decided"})
        assert "không nhận thông tin" in answer.text
    after = ministry.snapshot()
    assert {name for name in after if after[name] != before[name]} <= {"web_session"}


@pytest.mark.attack("S23")
def test_s23_an_act_of_another_step_another_role_or_no_act_at_all(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    front = client.get(f"/ho-so/{code}")
    post(client, f"/ho-so/{code}/viec/schedule", front, 409)
    post(client, f"/ho-so/{code}/viec/open_vote", front, 403)
    post(client, f"/ho-so/{code}/viec/no_such_act", front, 422)
    assert ministry.state(code) == "submitted"


@pytest.mark.attack("S24")
def test_s24_nobody_appraises_what_he_handed_in_himself(ministry: Ministry, pages: Pages) -> None:
    from workflow.services.register import PersonEntry, RoleEntry, add_people

    both = PersonEntry(
        "HAI", "Trần Hai Vai", "CVT", "hai@cvt.example",
        roles=(RoleEntry("unit_head", "unit", "CVT"), RoleEntry("appraiser")),
    )  # fmt: skip
    add_people(ministry.desk, [both], "QT", ministry.now)
    codes = ministry.walk(ministry.drafts(1), "unit_voted")
    ministry.attach(codes, "to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt")
    reason = "Đã đối chiếu hồ sơ giấy tại đơn vị"
    ministry.done(
        "submit", codes, "unit_head", actor="CVT/HAI", letter_no="07/TTr",
        overrides={"tieu_chuan": reason, "trung_thanh_tich": reason},
    )  # fmt: skip
    ministry.done("receive", codes, "secretariat")
    client = pages.browser("CVT/HAI")
    path = f"/ho-so/{codes[0]}/viec/appraise"
    answer = client.get(path)
    assert answer.status_code == 403
    assert "Không được thẩm định hồ sơ do mình nộp." in answer.text
    post(client, path, client.get(f"/ho-so/{codes[0]}"), 403)


@pytest.mark.attack("S25")
def test_s25_what_was_for_before_the_council_conflicts_after_it(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "released")
    client = pages.browser("BO/SECRETARIAT")
    post(client, f"/ho-so/{code}/viec/request_supplement", client.get(f"/ho-so/{code}"), 409)
    post(client, f"/ho-so/{code}/viec/schedule", client.get(f"/ho-so/{code}"), 409)


@pytest.mark.attack("S26")
def test_s26_who_writes_flows_moves_no_dossier(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/ADMIN")
    front = pages.browser("BO/SECRETARIAT").get(f"/ho-so/{code}")
    assert client.get(f"/ho-so/{code}").status_code == 200
    assert client.post(f"/ho-so/{code}/viec/receive", data={"csrf": csrf(front)}).status_code == 403
    assert client.post("/viec", data={"csrf": csrf(front), "code": code}).status_code == 403
    assert ministry.state(code) == "submitted"


def test_somebody_faster_is_named_with_what_and_when(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    preview = one(client, code, "receive")
    ministry.done("receive", [code], "secretariat")
    answer = post(client, where(preview, "lam"), preview, 409)
    assert "Lê Secretariat" in answer.text
    assert ministry.now.astimezone().strftime("%d/%m/%Y") in answer.text
    assert ministry.one("SELECT count(*) FROM event WHERE transition = 'receive'") == 1


def test_another_persons_selection_is_not_there(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    preview = one(client, code, "receive")
    other = pages.browser("BO/SECRETARIAT_HEAD")
    for path in ("", "/xem", "/ket-qua", "/ket-qua/xlsx", "/nhap/receive", "/mau/receive"):
        assert other.get(where(preview, "lam").removesuffix("/lam") + path).status_code == 404, path
    answer = other.post(where(preview, "lam"), data={"csrf": csrf(other.get(f"/ho-so/{code}"))})
    assert answer.status_code == 404
    assert ministry.state(code) == "submitted"


# ── many ──


def test_many_are_chosen_seen_done_and_told_line_by_line(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(12), "submitted")
    ministry.done("receive", codes[:2], "secretariat")
    client = pages.browser("BO/SECRETARIAT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    assert "Đã chọn 12 hồ sơ" in page.text
    assert "làm được với 10 trên 12 hồ sơ" in page.text
    form = client.get(where(page, "nhap/receive"))
    preview = follow(client, post(client, where(page, "nhap/receive"), form))
    assert "10 trên 12 hồ sơ sẽ chuyển" in preview.text
    assert "2 hồ sơ chưa chuyển được" in preview.text
    assert "Hồ sơ đang ở" in preview.text
    result = follow(client, press(client, preview))
    assert "10 hồ sơ đã chuyển, 2 hồ sơ giữ nguyên" in result.text
    assert ministry.one("SELECT count(*) FROM nomination WHERE state = 'received'") == 12
    assert client.get(where(preview, "lam").replace("/lam", "/ket-qua")).text.count("hồ sơ đã chuyển") > 0  # a reload

    kept = client.get(where(result, "ket-qua/xlsx"))
    assert kept.headers["content-disposition"].startswith("attachment")
    rows = list(openpyxl.load_workbook(io.BytesIO(kept.content)).active.values)
    assert len(rows) == 13
    assert {row[0] for row in rows[1:]} == set(codes)
    assert sum(row[2] == "Có" for row in rows[1:]) == 10
    assert "Hồ sơ đang ở" in client.get(where(result, "ket-qua/csv")).content.decode("utf-8-sig")


def test_all_that_a_list_finds_are_chosen_at_once(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(5), "submitted")
    ministry.walk(ministry.drafts(2, unit="CTS", first=60), "received", unit="CTS")
    client = pages.browser("BO/SECRETARIAT")
    page = client.get("/ho-so?don-vi=CVT")
    assert page.status_code == 200
    found = re.search(r'name="filter" value="([^"]*)"', page.text)
    assert found
    chosen_page = follow(client, post(client, "/viec", page, all="1", filter=found[1].replace("&amp;", "&")))
    assert f"Đã chọn {len(codes)} hồ sơ" in chosen_page.text
    nothing = post(client, "/viec", page, all="1", filter="khong_co=1", back="/ho-so")
    assert nothing.headers["location"] == "/ho-so"


def test_lines_of_their_own_are_typed_in_a_table(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(2), "council_voting")
    client = pages.browser("BO/COUNCIL_SECRETARY")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    path = where(page, "nhap/close_vote")
    form = client.get(path)
    tally = {"members": "15", "present": "15", "yes": "14", "no": "1", "minutes": "01/BB-HĐ"}
    fields = {f"l.{code}.tally.{name}": value for code in codes for name, value in tally.items()}
    wrong = post(client, path, form, 422, **{**fields, f"l.{codes[1]}.tally.yes": "mười bốn"})
    assert f'id="l.{codes[1]}.tally.yes"' in wrong.text
    preview = follow(client, post(client, path, form, **fields))
    assert "2 trên 2 hồ sơ sẽ chuyển" in preview.text
    assert "Giữ lại đến khi công bố kết quả" in preview.text
    result = follow(client, press(client, preview))
    assert set(ministry.states(codes).values()) == {"signing"}
    # What is ready to be pasted to the unit tells nothing that is held back, and names no act of the desk.
    (zalo,) = re.findall(r'<textarea[^>]*id="zalo-1"[^>]*>(.*?)</textarea>', result.text, re.DOTALL)
    assert "Đang xét" in zalo
    assert not re.search("bỏ phiếu|trình ký|thông qua", zalo, re.IGNORECASE)


def test_lines_of_many_come_in_a_file_made_from_the_template(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(61), "council_voting")
    client = pages.browser("BO/COUNCIL_SECRETARY")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    path = where(page, "nhap/close_vote")
    form = client.get(path)
    book = openpyxl.load_workbook(io.BytesIO(client.get(where(form, "mau/close_vote")).content))
    sheet = book.active
    heads = [str(cell.value) for cell in sheet[1]]
    for row in range(2, sheet.max_row + 1):
        for column, value in (("tally.members", 15), ("tally.present", 15), ("tally.yes", 13), ("tally.no", 2)):
            place = next(number for number, head in enumerate(heads, 1) if f"[{column}]" in head)
            sheet.cell(row, place, value)
    filled = io.BytesIO()
    book.save(filled)
    answer = client.post(path, data={"csrf": csrf(form)}, files={"lines": ("phieu.xlsx", filled.getvalue())})
    preview = follow(client, answer)
    assert "61 trên 61 hồ sơ sẽ chuyển" in preview.text
    follow(client, press(client, preview))
    assert set(ministry.states(codes).values()) == {"signing"}

    unknown = client.post(
        path,
        data={"csrf": csrf(client.get(f"/ho-so/{codes[0]}"))},
        files={"lines": ("a.csv", b"code,tally.yes\nXX,1\n")},
    )
    assert unknown.status_code in (303, 422)


def test_a_thousand_mails_need_a_second_yes(engine: Engine, ministry: Ministry, tmp_path: Path) -> None:
    codes = ministry.walk(ministry.drafts(2), "submitted")
    ministry.desk = ministry.another_desk(flood_guard=0)
    pages = Pages(ministry, tmp_path)
    client = pages.browser("BO/SECRETARIAT")
    preview = one(client, codes[0], "receive")
    assert 'name="flood"' in preview.text
    refused = post(client, where(preview, "lam"), preview, 422)
    assert "phải xác nhận" in refused.text
    assert ministry.state(codes[0]) == "submitted"
    press(client, preview, flood="yes")
    assert ministry.state(codes[0]) == "received"


def test_a_large_act_runs_beside_the_pages_and_survives_a_reload(ministry: Ministry, pages: Pages) -> None:
    import threading

    codes = ministry.walk(ministry.drafts(201), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    preview = follow(client, post(client, where(page, "nhap/receive"), client.get(where(page, "nhap/receive"))))
    answer = press(client, preview)
    client.get(answer.headers["location"])
    for thread in threading.enumerate():
        if thread.name.startswith("act "):
            thread.join(60)
    result = client.get(answer.headers["location"])
    assert "201 hồ sơ đã chuyển" in result.text
    assert ministry.one("SELECT count(*) FROM act WHERE transition = 'receive'") == 1


def test_an_act_cut_off_can_be_pressed_again_and_is_done_once(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(2), "submitted")
    client = pages.browser("BO/SECRETARIAT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    preview = follow(client, post(client, where(page, "nhap/receive"), client.get(where(page, "nhap/receive"))))
    draft = where(preview, "lam").split("/")[2]
    started = pages.machine
    ministry.sql("UPDATE act_draft SET state = 'running' WHERE id = :id", id=draft)
    with pytest.MonkeyPatch.context():
        from sqlalchemy import update

        from workflow.storage.database import write
        from workflow.storage.tables_desk import ActDraft

        with write(ministry.engine) as connection:
            connection.execute(update(ActDraft).values(started_at=started))
    waiting = client.get(f"/viec/{draft}/ket-qua")
    assert 'http-equiv="refresh"' in waiting.text
    assert client.get(f"/viec/{draft}/xem").status_code == 303
    pages.machine += timedelta(minutes=3)
    cut = client.get(f"/viec/{draft}/ket-qua")
    assert "bị ngắt giữa chừng" in cut.text
    follow(client, post(client, f"/viec/{draft}/lam", cut))
    assert ministry.one("SELECT count(*) FROM nomination WHERE state = 'received'") == 2


def test_what_did_not_move_is_taken_up_again(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(3), "submitted")
    ministry.done("receive", codes[:1], "secretariat")
    client = pages.browser("BO/SECRETARIAT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    preview = follow(client, post(client, where(page, "nhap/receive"), client.get(where(page, "nhap/receive"))))
    result = follow(client, press(client, preview))
    again = follow(client, post(client, where(result, "lai"), result, transition=""))
    assert "Đã chọn 1 hồ sơ" in again.text


def test_all_or_nothing_holds_the_others_back(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(3), "submitted")
    ministry.done("receive", codes[:1], "secretariat")
    client = pages.browser("BO/SECRETARIAT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    form = client.get(where(page, "nhap/receive"))
    preview = follow(client, post(client, where(page, "nhap/receive"), form, whole="yes"))
    assert "Không hồ sơ nào chuyển được" in preview.text


# ── units ──


def test_a_unit_submits_and_answers_through_the_same_pages(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(2), "unit_voted")
    ministry.attach(codes, "to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt")
    client = pages.browser("CVT/TT")
    page = chosen(client, codes, f"/ho-so/{codes[0]}")
    form = client.get(where(page, "nhap/submit"))
    reason = "Đã đối chiếu hồ sơ giấy tại đơn vị"
    names = re.findall(r'name="(o\.[^"]+)"', form.text)
    assert names
    fields = {"f.letter_no": "07/TTr", **dict.fromkeys(names, reason)}
    preview = follow(client, post(client, where(page, "nhap/submit"), form, **fields))
    assert "2 trên 2 hồ sơ sẽ chuyển" in preview.text
    assert "0 hạn sẽ mở" in preview.text  # the limits that begin now are the desk's
    assert "secretariat@bo.example" not in preview.text  # whom of the desk it reaches is the desk's affair
    follow(client, press(client, preview))
    assert set(ministry.states(codes).values()) == {"submitted"}


def test_a_foreign_code_in_a_choice_is_as_if_it_were_not_there(ministry: Ministry, pages: Pages) -> None:
    (own,) = ministry.drafts(1)
    (foreign,) = ministry.drafts(1, unit="CTS", first=50)
    client = pages.browser("CVT/CB")
    page = chosen(client, [own, foreign], f"/ho-so/{own}")
    assert "Đã chọn 1 hồ sơ" in page.text
    assert foreign not in page.text
    answer = post(client, "/viec", client.get(f"/ho-so/{own}"), code=foreign)
    nothing = post(client, "/viec", client.get(f"/ho-so/{own}"), code="BKB-2026-999999-9")
    assert answer.headers["location"] == nothing.headers["location"] == "/"
    assert ministry.one("SELECT count(*) FROM act_draft") == 1


# ── the names to be printed ──


def test_the_unit_mends_and_confirms_what_will_be_printed(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(3), "appraising")
    ministry.done("send_proof", codes, "secretariat")
    client = pages.browser("CVT/CB")
    page = client.get(f"/ho-so/{codes[0]}/ban-ra-soat")
    assert "Đã xác nhận 0 trên 3" in page.text
    for word in ("Nguyễn Văn Nam", "Chuyên viên", "Phòng Tổng hợp"):
        assert word in page.text
    form = follow(client, post(client, "/viec", page, code=codes[0], transition="correct_proof"))
    path = where(form, "nhap/correct_proof")
    preview = follow(client, post(client, path, form, **{f"l.{codes[0]}.position": "Chuyên viên chính"}))
    press(client, preview)
    form = follow(client, post(client, "/viec", page, code=list(codes), transition="confirm_proof"))
    preview = follow(client, post(client, where(form, "nhap/confirm_proof"), form))
    assert "Thực hiện với 3 trên 3 hồ sơ, trạng thái giữ nguyên" in preview.text
    press(client, preview)
    desk = pages.browser("BO/SECRETARIAT").get("/ra-soat")
    assert "Đã xác nhận 3 trên 3" in desk.text
    assert "Chuyên viên chính" in desk.text
    assert "Trần Cvt Cb" in desk.text  # who confirmed it
    assert pages.browser("CTS/CB").get("/ra-soat").text.count("BKB-2026") == 0


# ── in hand, said ──


def test_a_dossier_is_taken_in_hand_from_its_page(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    one, other = pages.browser("BO/SECRETARIAT"), pages.browser("BO/APPRAISER")
    late = other.get(f"/ho-so/{code}")
    follow(one, post(one, f"/ho-so/{code}/giao-viec", one.get(f"/ho-so/{code}"), what="claim"))
    told = follow(other, post(other, f"/ho-so/{code}/giao-viec", late, what="claim"))
    assert "trước bạn" in told.text
    assert "Đang do Lê Secretariat xử lý" in told.text
    back = follow(one, post(one, f"/ho-so/{code}/giao-viec", one.get(f"/ho-so/{code}"), what="back"))
    assert "Chưa ai nhận xử lý" in back.text


def test_what_is_said_to_the_desk_alone_is_on_no_page_of_the_unit(ministry: Ministry, pages: Pages) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    desk, unit = pages.browser("BO/SECRETARIAT"), pages.browser("CVT/CB")
    for audience, words in (("desk", "Nghi trùng thành tích"), ("unit", "Đề nghị gửi lại bản quét")):
        follow(desk, post(desk, f"/ho-so/{code}/trao-doi", desk.get(f"/ho-so/{code}"), audience=audience, words=words))
    page = unit.get(f"/ho-so/{code}").text
    assert "Đề nghị gửi lại bản quét" in page
    assert "Nghi trùng" not in page
    assert "<script>" not in page
    follow(unit, post(unit, f"/ho-so/{code}/trao-doi", unit.get(f"/ho-so/{code}"), audience="desk", words="lọt"))
    assert ministry.one("SELECT count(*) FROM comment") == 2


def test_an_act_that_asks_for_nothing_is_shown_at_once(ministry: Ministry, pages: Pages) -> None:
    codes = ministry.walk(ministry.drafts(2), "appraising")
    client = pages.browser("BO/SECRETARIAT")
    picked = chosen(client, codes, f"/ho-so/{codes[0]}")
    at_once = re.search(r'<form method="post" action="(/viec/[0-9a-f]+/nhap/send_proof)"', picked.text)
    assert at_once
    assert re.search(r'href="/viec/[0-9a-f]+/nhap/request_supplement"', picked.text)
    before = ministry.states()
    preview = follow(client, post(client, at_once[1], picked, 303))
    assert "Thực hiện với 2 trên 2 hồ sơ, trạng thái giữ nguyên" in preview.text
    assert ministry.states() == before
