"""The council's pages: a session from its plan to its result, a member's ballot, and who sees none of it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.browsing import Pages, csrf
from tests.support.council import CHAIR, HELD, MINUTES, OFFICE, SECRETARY, WARNED, Chamber, with_rule
from tests.support.crawling import Reading
from tests.support.ministry import REASON, SINCE, Ministry
from workflow.domain import ballots
from workflow.domain.councils import Counts
from workflow.services import council_sessions, councils
from workflow.services.council_sessions import SessionEntry
from workflow.services.councils import CouncilEntry, SeatEntry

RUNS = "/hoi-dong/PH1"
BALLOT = "/hoi-dong/PH1/phieu"
STRANGERS = ("CVT/CB", "CVT/TT", "CVT/HD", "PTIT/HD", "BO/CLERK", "BO/SIGNER", "BO/ADMIN", "BO/MINISTER_OFFICE",
             "BO/COUNCIL_MEMBER", "BO/CONSULTED_BODY")  # fmt: skip
"""People who neither run the session `PH1` nor sit in it, in every role that there is beside."""
OF_THE_DESK = ("sua", "huy", "moi-hop", "chuong-trinh", "sap-xep", "mo", "diem-danh", "khong-tham-gia",
               "y-kien-chu-tich", "thu-hang", "kiem-phieu", "bien-ban", "bien-ban/tep", "ket-thuc")  # fmt: skip
OF_ALL = ("", "/phieu", "/phieu/khong-tham-gia", "/kiem-lai", "/danh-sach-phieu")


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path / "papers"))


@pytest.fixture
def pages(chamber: Chamber, tmp_path: Path) -> Pages:
    return Pages(chamber.ministry, tmp_path)


def post(client: TestClient, path: str, ask: str = "", **data: Any) -> Any:
    """Send the form that stands on `ask` (the same path when not told)."""
    return client.post(path, data={"csrf": csrf(client.get(ask or path)), **data})


def text_of(answer: Any) -> str:
    """What a reader sees, blanks made one."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


# ── planning ─────────────────────────────────────────────────────────────────────────────────────


def test_a_session_is_planned_with_a_code_that_is_free(pages: Pages) -> None:
    office = pages.browser(OFFICE)
    blank = office.get("/hoi-dong/moi")
    assert 'value="HD-2026-01"' in blank.text
    plan = {
        "hoi_dong": "council:HD",
        "ten": "Phiên họp tổng kết",
        "ma": "HD-2026-01",
        "hinh_thuc": "mixed",
        "phieu": "online",
        "ngay": "22/12/2026",
        "han": "24/12/2026",
        "gio": "14:00",
        "dia_diem": "Phòng 301",
    }
    wrong = post(office, "/hoi-dong/moi", **{**plan, "han": "20/12/2026"})
    assert wrong.status_code == 422
    assert "Hạn trả lời 20/12/2026 sớm hơn ngày họp 22/12/2026" in text_of(wrong)
    assert 'value="Phiên họp tổng kết"' in wrong.text
    made = post(office, "/hoi-dong/moi", **plan)
    assert (made.status_code, made.headers["location"]) == (303, "/hoi-dong/HD-2026-01")
    shown = text_of(office.get("/hoi-dong/HD-2026-01"))
    assert "14:00, 22/12/2026" in shown
    assert "Chương trình chưa có hồ sơ. Việc tiếp theo: đưa hồ sơ vào chương trình." in shown
    assert 'value="HD-2026-02"' in office.get("/hoi-dong/moi").text
    assert post(office, "/hoi-dong/moi", **{**plan, "ma": "moi"}).status_code == 422


def test_a_session_is_changed_and_called_off(pages: Pages, chamber: Chamber) -> None:
    chamber.plan()
    office, secretary = pages.browser(OFFICE), pages.browser(SECRETARY)
    changed = {"ten": "Phiên mới", "hinh_thuc": "meeting", "phieu": "paper", "ngay": "23/12/2026", "han": ""}
    assert post(office, f"{RUNS}/sua", **changed).status_code == 303
    assert "23/12/2026" in office.get(RUNS).text
    assert post(secretary, f"{RUNS}/huy", ly_do="x").status_code == 422
    assert post(secretary, f"{RUNS}/huy", ly_do="Chuyển sang tháng Giêng").status_code == 303
    assert "Lý do: Chuyển sang tháng Giêng" in text_of(secretary.get(RUNS))
    over = post(office, f"{RUNS}/sua", **changed)
    assert over.status_code == 422
    assert "Phiên họp PH1 đã hủy nên không thay đổi được nữa" in text_of(over)


# ── the agenda ───────────────────────────────────────────────────────────────────────────────────


def test_an_agenda_says_who_puts_on_and_where_the_ready_ones_belong(pages: Pages, chamber: Chamber) -> None:
    chamber.appraised(2)
    chamber.plan()
    chamber.plan(code="PH2", body="standing_members")
    office, secretary = pages.browser(OFFICE), pages.browser(SECRETARY)
    assert "Vai trò của bạn chỉ xem" not in text_of(office.get(f"{RUNS}/chuong-trinh"))
    assert "Đưa hồ sơ vào chương trình là việc của cơ quan thường trực" in text_of(
        secretary.get(f"{RUNS}/chuong-trinh")
    )
    assert "Có 2 hồ sơ chờ toàn thể Hội đồng" in text_of(office.get("/hoi-dong/PH2/chuong-trinh"))


def test_dossiers_go_on_after_a_preview_with_a_reason_for_each_warning(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.appraised(3)
    chamber.plan()
    office = pages.browser(OFFICE)
    listed = office.get(f"{RUNS}/chuong-trinh")
    assert all(code in listed.text for code in codes)
    assert "3 hồ sơ sẵn sàng" in text_of(listed)
    assert post(office, f"{RUNS}/chuong-trinh").status_code == 422
    before = chamber.ministry.snapshot()
    looked = post(office, f"{RUNS}/chuong-trinh", ma=list(codes[:2]))
    assert chamber.ministry.snapshot() == before
    assert "2 hồ sơ chưa đưa vào được" in text_of(looked)
    form = next(each for each in Reading(looked.text).forms if each.action.endswith("/chuong-trinh"))
    reasons = {name: REASON for name, _ in form.fields if name.startswith("ly_do_")}
    assert reasons
    data = {**reasons, "ma": list(codes[:2]), "khoa": "k1"}
    again = office.post(f"{RUNS}/chuong-trinh", data={**data, "csrf": csrf(looked), "viec": "xem"})
    assert "2 hồ sơ vào chương trình" in text_of(again)
    done = office.post(f"{RUNS}/chuong-trinh", data={**data, "csrf": csrf(looked), "viec": "dua"})
    assert done.status_code == 303
    assert set(chamber.ministry.states(codes[:2]).values()) == {"council_pending"}
    assert "Chương trình có 2 hồ sơ" in text_of(office.get(RUNS))


def test_all_that_are_ready_go_on_at_once(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.appraised(4)
    chamber.plan()
    office = pages.browser(OFFICE)
    looked = post(
        office, f"{RUNS}/chuong-trinh", tat_ca="1", **{f"ly_do_{name}": text for name, text in WARNED.items()}
    )
    found = re.findall(r'name="ma" value="([^"]+)"', looked.text)
    assert sorted(found) == sorted(codes)


def test_the_agenda_is_put_in_order_and_taken_off_with_a_reason(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.appraised(3)
    chamber.plan()
    chamber.table(codes)
    office, secretary = pages.browser(OFFICE), pages.browser(SECRETARY)
    path = f"{RUNS}/sap-xep"
    assert post(office, path, viec="xep", so_1="3", so_2="1", so_3="2").status_code == 303
    order = chamber.ministry.all("SELECT n.code FROM agenda_line l JOIN nomination n ON n.id = l.nomination_id "
                                 "ORDER BY l.number")  # fmt: skip
    assert [code for (code,) in order] == [codes[1], codes[2], codes[0]]
    assert post(office, path, viec="xep", so_1="một").status_code == 422
    assert post(office, path, viec="tu-dong").status_code == 303
    assert post(secretary, path, viec="rut", dong=["2"], ly_do="").status_code == 422
    assert post(secretary, path, viec="rut", dong=["2"], ly_do="Thiếu xác nhận thuế").status_code == 303
    assert "Đã rút khỏi chương trình (1)" in text_of(secretary.get(RUNS))
    # Taking off is for who runs the session; the office is told so and nothing is lost.
    assert "bạn không giữ vai trò đó" in text_of(post(office, path, viec="rut", dong=["1"], ly_do="Thử xem sao"))


# ── opening, attendance, recusals ────────────────────────────────────────────────────────────────


def test_the_vote_is_opened_after_a_preview_by_who_runs_it(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.appraised(2)
    chamber.plan()
    chamber.table(codes)
    chamber.ministry.on(HELD)
    office, secretary = pages.browser(OFFICE), pages.browser(SECRETARY)
    assert "bạn không giữ vai trò đó" in text_of(office.get(f"{RUNS}/mo"))
    looked = secretary.get(f"{RUNS}/mo")
    assert "2 hồ sơ bắt đầu bỏ phiếu" in text_of(looked)
    assert "15 người được biểu quyết" in text_of(looked)
    assert "Vũ Ủy Viên 3" in looked.text
    assert post(secretary, f"{RUNS}/mo", khoa="k1").status_code == 303
    assert set(chamber.ministry.states(codes).values()) == {"council_voting"}
    assert "còn 15 người chưa ghi nhận" in text_of(secretary.get(RUNS))
    assert "không có hồ sơ nào chờ bỏ phiếu" in text_of(secretary.get(f"{RUNS}/mo"))


def test_everybody_is_present_then_some_are_not(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1, present=False)
    secretary = pages.browser(SECRETARY)
    path = f"{RUNS}/diem-danh"
    filled = post(secretary, path, viec="du-mat", **{f"dd_{at}": "unknown" for at in range(1, 16)})
    assert filled.text.count('<option value="present" selected>') == 15
    assert chamber.ministry.one("SELECT count(*) FROM session_member WHERE attendance = 'present'") == 0
    marks = {f"dd_{at}": "present" for at in range(1, 16)} | {"dd_4": "absent", "gc_4": "Đi công tác"}
    assert post(secretary, path, viec="ghi", **marks).status_code == 303
    assert chamber.ministry.one("SELECT count(*) FROM session_member WHERE attendance = 'present'") == 14
    assert "Đi công tác" in secretary.get(RUNS).text
    chamber.cast("BO/U03", {1: "yes"})
    late = post(secretary, path, viec="ghi", **{**marks, "dd_4": "wrote"})
    assert late.status_code == 422
    assert "đã bỏ phiếu trên hệ thống" in text_of(late)


def test_who_steps_aside_is_entered_for_him_or_by_himself(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2)
    secretary, member = pages.browser(SECRETARY), pages.browser("BO/U01")
    assert post(secretary, f"{RUNS}/khong-tham-gia", nguoi="", dong=[]).status_code == 422
    assert post(secretary, f"{RUNS}/khong-tham-gia", nguoi="BO/U02", dong=["1"], ly_do="Anh trai").status_code == 303
    assert "Vũ Ủy Viên 2: không tham gia biểu quyết" in text_of(secretary.get(RUNS))
    assert post(member, f"{BALLOT}/khong-tham-gia", dong=["2"]).status_code == 303
    assert "Bạn không tham gia biểu quyết dòng này." in text_of(member.get(BALLOT))
    assert post(member, f"{BALLOT}/khong-tham-gia").status_code == 422
    chamber.cast("BO/U03", {1: "yes"})
    late = post(secretary, f"{RUNS}/khong-tham-gia", nguoi="BO/U03", dong=["1"])
    assert (late.status_code, "đã bỏ phiếu ở dòng 1" in text_of(late)) == (422, True)


def test_the_chairs_word_is_minuted_apart(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2)
    secretary = pages.browser(SECRETARY)
    path = f"{RUNS}/y-kien-chu-tich"
    assert post(secretary, path, dong=["1"]).status_code == 422
    assert post(secretary, path, dong=["1"], y_kien="co", noi_dung="Nhất trí").status_code == 303
    assert chamber.ministry.all("SELECT number, statement FROM agenda_line WHERE chair_agrees") == [(1, "Nhất trí")]
    assert "Chủ tịch đồng ý" in text_of(secretary.get(RUNS))


# ── a member's ballot ────────────────────────────────────────────────────────────────────────────


@pytest.mark.attack("S104")
def test_a_ballot_is_filled_in_looked_over_and_cast_once(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.voting(3)
    member = pages.browser("BO/U01")
    shown = member.get(BALLOT)
    assert "Bạn còn 3 dòng chưa bỏ phiếu" in text_of(shown)
    assert "Ít nhất 80 % tổng số 15 ủy viên: cần 12 phiếu đồng ý." in text_of(shown)
    assert f'href="/ho-so/{codes[0]}#giay-to"' in shown.text
    assert member.get(f"/ho-so/{codes[0]}").status_code == 200
    filled = post(member, BALLOT, viec="con-lai", c_2="no")
    assert re.findall(r'name="(c_\d)" type="radio" value="(\w+)" checked', filled.text) == [
        ("c_1", "yes"), ("c_2", "no"), ("c_3", "yes"),
    ]  # fmt: skip
    looked = post(member, BALLOT, viec="xem", c_1="yes", c_2="no")
    assert "Phiếu đã bỏ thì không sửa được." in text_of(looked)
    assert "Còn 1 dòng chưa chọn" in text_of(looked)
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 0
    mended = post(member, BALLOT, viec="sua", c_1="yes", c_2="no")
    assert 'value="no" checked' in mended.text
    cast = post(member, BALLOT, viec="bo", c_1="yes", c_2="no")
    assert cast.status_code == 200
    receipts = re.findall(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", cast.text)
    assert len(receipts) == 2
    kept = {receipt for (receipt,) in chamber.ministry.all("SELECT receipt FROM ballot_box")}
    assert kept == set(receipts)
    again = post(member, BALLOT, viec="bo", c_1="no")
    assert again.status_code == 409
    assert "bạn đã bỏ phiếu; phiếu đã bỏ thì không sửa được" in text_of(again)
    after = member.get(BALLOT)
    assert "Bạn còn 1 dòng chưa bỏ phiếu" in text_of(after)
    assert not any(receipt in after.text for receipt in receipts)


@pytest.mark.attack("S102")
def test_an_empty_ballot_and_a_line_that_is_not_his_are_refused_with_reasons(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2)
    council_sessions.recuse(chamber.ministry.desk, "PH1", "BO/U01", [2], "", "BO/U01", chamber.ministry.now)
    member = pages.browser("BO/U01")
    assert post(member, BALLOT, viec="xem").status_code == 422
    refused = post(member, BALLOT, viec="bo", c_1="yes", c_2="yes", c_99="yes")
    assert refused.status_code == 422
    assert "Dòng 2: bạn không tham gia biểu quyết dòng này." in text_of(refused)
    assert "Dòng 99: không có trong chương trình phiên họp." in text_of(refused)
    assert post(member, BALLOT, viec="bo", c_1="maybe").status_code == 422
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 0


def test_who_votes_on_paper_is_told_so(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1, ballots="paper")
    shown = pages.browser("BO/U01").get(BALLOT)
    assert "Bạn dự họp nên bỏ phiếu giấy tại phiên họp." in text_of(shown)
    assert 'type="radio"' not in shown.text


@pytest.mark.attack("S101")
def test_after_the_last_day_no_ballot_is_offered_or_taken(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1, form="written", answers_due_on=HELD, present=False)
    chamber.ministry.on(date(2026, 12, 23))
    member = pages.browser("BO/U01")
    shown = member.get(BALLOT)
    assert "Hạn trả lời là hết ngày 22/12/2026, nay đã qua." in text_of(shown)
    assert 'type="radio"' not in shown.text
    late = member.post(BALLOT, data={"csrf": csrf(shown), "viec": "bo", "c_1": "yes"})
    assert late.status_code == 422
    assert "Phiếu không được nhận" in text_of(late)


def test_what_is_chosen_is_kept_nowhere_when_a_session_runs_out(pages: Pages, chamber: Chamber) -> None:
    """Every other form is kept; a secret ballot is not, and its voter comes back to an empty form."""
    chamber.voting(2)
    pages.password("BO/U01")
    member = pages.browser("BO/U01")
    shown = member.get(BALLOT)
    assert "lựa chọn chưa bỏ không được lưu ở đâu" in text_of(shown)
    pages.machine += timedelta(hours=13)
    late = member.post(BALLOT, data={"csrf": csrf(shown), "viec": "bo", "c_1": "yes", "c_2": "no"})
    assert (late.status_code, late.headers["location"]) == (303, "/dang-nhap?ve=%2Fhoi-dong%2FPH1%2Fphieu")
    assert chamber.ministry.one("SELECT count(*) FROM kept_form") == 0
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 0
    # The same would be kept of a form that is not secret.
    member = pages.browser("BO/U01")
    aside = member.get(f"{BALLOT}/khong-tham-gia")
    pages.machine += timedelta(hours=13)
    member.post(f"{BALLOT}/khong-tham-gia", data={"csrf": csrf(aside), "ly_do": "Người thân"})
    assert chamber.ministry.one("SELECT count(*) FROM kept_form") == 1


# ── paper ────────────────────────────────────────────────────────────────────────────────────────


def test_two_tellers_see_their_own_numbers_and_only_where_they_differ(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2, ballots="paper")
    first, second = pages.browser(SECRETARY), pages.browser(chamber.second_teller())
    path = f"{RUNS}/kiem-phieu"
    assert post(first, path).status_code == 422
    assert post(first, path, k_1_yes="-1").status_code == 422
    assert post(first, path, k_1_yes="16").status_code == 422
    assert post(first, path, k_1_yes="13", k_1_no="2", k_2_yes="15").status_code == 303
    blank = second.get(path)
    assert 'value="13"' not in blank.text
    done = post(second, path, k_1_yes="12", k_1_no="3", k_2_yes="15")
    assert done.headers["location"] == path
    told = second.get(path)
    assert "Hai lần kiểm khác nhau ở dòng 1: số của cả hai ở những dòng này đã bỏ" in text_of(told)
    for shown in (told, first.get(path)):
        assert 'value="15"' in shown.text
        assert not {'value="12"', 'value="13"'} & set(re.findall(r'value="\d+"', shown.text))
    assert post(second, path, k_1_yes="13", k_1_no="2").status_code == 303
    assert "Hai lần kiểm khác nhau" in second.get(path).text
    assert post(first, path, k_1_yes="13", k_1_no="2").status_code == 303
    assert "Hai lần kiểm khác nhau" not in second.get(path).text


def test_minutes_are_uploaded_and_taken_out_again(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1, ballots="paper")
    secretary = pages.browser(SECRETARY)
    path = f"{RUNS}/bien-ban"
    token = csrf(secretary.get(path))
    assert secretary.post(path, data={"csrf": token, "so": "01/BB-KP"}).status_code == 422
    bad = {"tep": ("a.exe", b"MZ\x00\x01", "application/octet-stream")}
    assert secretary.post(path, data={"csrf": token, "so": "01/BB-KP"}, files=bad).status_code == 415
    good = {"tep": ("bien-ban.pdf", MINUTES, "application/pdf")}
    assert secretary.post(path, data={"csrf": token, "so": "01/BB-KP"}, files=good).status_code == 303
    taken = secretary.get(f"{path}/tep")
    assert (taken.content, taken.headers["content-disposition"][:10]) == (MINUTES, "attachment")
    assert pages.browser("BO/AUDITOR").get(f"{path}/tep").status_code == 200
    assert pages.browser("BO/U01").get(f"{path}/tep").status_code == 404


# ── closing and after ────────────────────────────────────────────────────────────────────────────


def test_a_tie_that_is_the_chairs_is_told_with_what_to_do(sqlite_engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(sqlite_engine, tmp_path, 'rank = { by = "yes", top = 1 }\ntie = "chair_decides"')
    pages = Pages(chamber.ministry, tmp_path)
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 14, 2: 14})
    secretary = pages.browser(SECRETARY)
    told = text_of(post(secretary, f"{RUNS}/ket-thuc", khoa="k1"))
    assert "Các dòng 1, 2 bằng nhau, còn 1 chỗ. Chủ tịch Hội đồng quyết định" in told
    shown = text_of(secretary.get(RUNS))
    assert "Dừng bỏ phiếu, chờ Chủ tịch quyết định hồ sơ bằng nhau" in shown
    assert "Việc tiếp theo: ghi ý kiến Chủ tịch cho từng hồ sơ đó" in shown
    assert shown.count("Đã dừng bỏ phiếu, chờ Chủ tịch quyết định hồ sơ bằng nhau.") == 3  # attendance, recusal, counts
    for line, says in (("1", "co"), ("2", "khong")):
        assert post(secretary, f"{RUNS}/y-kien-chu-tich", dong=[line], y_kien=says).status_code == 303
    assert "Đã có thể kết thúc bỏ phiếu 2 hồ sơ." in text_of(secretary.get(RUNS))
    assert post(secretary, f"{RUNS}/ket-thuc", khoa="k2").status_code == 303
    assert "Dừng bỏ phiếu" not in text_of(secretary.get(RUNS))


def test_closing_says_what_is_missing_and_early_wants_a_reason(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2, present=False, form="mixed", answers_due_on=date(2026, 12, 24))
    secretary = pages.browser(SECRETARY)
    path = f"{RUNS}/ket-thuc"
    assert "Chưa đủ số người tham gia ở dòng 1–2" in text_of(secretary.get(path))
    chamber.attend(chamber.keys[:13])
    chamber.attend(chamber.keys[13:], "absent")
    for person in chamber.keys[:13]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    looked = secretary.get(path)
    assert "Còn người có thể trả lời đến hết ngày 24/12/2026: Vũ Ủy Viên 13, Vũ Ủy Viên 14" in text_of(looked)
    refused = post(secretary, path, khoa="k1")
    assert refused.status_code == 422
    assert "Nếu vẫn cần kết thúc sớm thì phải nêu lý do" in text_of(refused)
    assert post(secretary, path, khoa="k2", ly_do="Đã hỏi qua điện thoại, không trả lời").status_code == 303
    shown = text_of(secretary.get(RUNS))
    assert "13/15 (86,67 %), cần 12" in shown
    assert "Lý do kết thúc sớm Đã hỏi qua điện thoại, không trả lời" in shown


def test_a_result_is_a_fraction_and_a_share_that_never_crosses_the_threshold(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 12, 2: 11})
    secretary, member = pages.browser(SECRETARY), pages.browser("BO/U02")
    pressed = [post(secretary, f"{RUNS}/ket-thuc", RUNS, khoa="k1") for _ in range(2)]  # a double click
    assert [each.status_code for each in pressed] == [303, 303]
    for client, path in ((secretary, RUNS), (member, BALLOT)):
        shown = text_of(client.get(path))
        assert "Đạt 12/15 (80 %), cần 12" in shown
        assert "Không đạt 11/15 (73,33 %), cần 12" in shown
        assert "Thiếu 1 phiếu đồng ý." in shown


def test_the_published_list_is_recounted_by_anybody_who_sat_there(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 15, 2: 11})
    secretary, member = pages.browser(SECRETARY), pages.browser("BO/U02")
    early = member.get(f"{RUNS}/danh-sach-phieu")
    assert early.status_code == 422
    assert "chỉ công bố sau khi phiên họp PH1 kết thúc" in text_of(early)
    assert "chỉ công bố sau khi phiên họp PH1 kết thúc" in text_of(member.get(f"{RUNS}/kiem-lai"))
    post(secretary, f"{RUNS}/ket-thuc", khoa="k1")
    taken = member.get(f"{RUNS}/danh-sach-phieu")
    text = taken.content.decode()
    assert ballots.recount(text).counts == {"1": Counts(yes=15), "2": Counts(yes=11, no=4)}
    shown = member.get(f"{RUNS}/kiem-lai")
    assert ballots.digest(text) in shown.text
    assert shown.text.count(">Khớp<") == 2
    assert ballots.digest(text) in secretary.get(RUNS).text
    assert "danh-sach-phieu" in member.get(BALLOT).text


def test_an_open_vote_takes_a_dissent_for_the_minutes_and_gives_no_receipt(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1)
    rule = chamber.ministry.one("SELECT rule FROM agenda_line")
    chamber.ministry.sql("UPDATE agenda_line SET rule = :rule", rule=rule.replace('"secret"', '"open"'))
    member = pages.browser("BO/U01")
    assert "Để giữ bí mật" not in member.get(BALLOT).text
    looked = post(member, BALLOT, viec="xem", c_1="no")
    assert 'name="yk_1"' in looked.text
    cast = post(member, BALLOT, viec="bo", c_1="no", yk_1="Chưa đủ thành tích")
    assert "Biểu quyết công khai" in text_of(cast)
    assert chamber.ministry.all("SELECT choice, words FROM open_ballot") == [("no", "Chưa đủ thành tích")]


# ── J11: nothing partial, for nobody ─────────────────────────────────────────────────────────────


@pytest.mark.attack("S105")
@pytest.mark.parametrize("person", [SECRETARY, OFFICE, "BO/AUDITOR", CHAIR, "BO/U05", *STRANGERS])
def test_nobody_learns_anything_of_a_result_before_closing(pages: Pages, chamber: Chamber, person: str) -> None:
    """Whatever is in the box, every page is the same for everybody; and the list is not there yet."""
    chamber.voting(2)
    for at, member in enumerate(chamber.keys[:9]):
        chamber.cast(member, {1: "yes" if at % 2 else "no", 2: "blank"})
    client = pages.browser(person)
    paths = ["/hoi-dong", *(f"{RUNS}{each}" for each in OF_ALL), *(f"{RUNS}/{each}" for each in OF_THE_DESK)]
    one = [seen(client, path) for path in paths]
    chamber.ministry.sql("UPDATE ballot_box SET choice = CASE choice WHEN 'yes' THEN 'no' ELSE 'yes' END")
    assert [seen(client, path) for path in paths] == one
    answer = client.get(f"{RUNS}/danh-sach-phieu")
    assert answer.status_code in (404, 422)
    assert "khen ballots" not in answer.text


def seen(client: TestClient, path: str) -> tuple[int, str]:
    """What somebody is shown, but for what is drawn anew each time."""
    answer = client.get(path)
    return answer.status_code, re.sub(r'name="(csrf|khoa)" value="\w+"', "", answer.text)


# ── who sees none of it ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", STRANGERS)
def test_a_session_that_is_not_his_is_answered_like_one_that_there_is_not(
    pages: Pages, chamber: Chamber, person: str
) -> None:
    chamber.voting(1)
    client = pages.browser(person)
    paths = [*OF_ALL, *(f"/{each}" for each in OF_THE_DESK)]
    token = csrf(client.get("/tai-khoan"))
    for path in paths:
        there, missing = (client.get(f"/hoi-dong/{code}{path}") for code in ("PH1", "PHX"))
        assert there.status_code == missing.status_code, path
        assert there.status_code in (403, 404), path
        assert there.text.replace("PH1", "") == missing.text.replace("PHX", ""), path
        if path in ("", "/kiem-lai", "/danh-sach-phieu", "/bien-ban/tep"):
            continue
        data = {"csrf": token, "viec": "bo", "c_1": "yes", "dong": "1", "ly_do": "Một lý do dài", "khoa": "k"}
        there, missing = (client.post(f"/hoi-dong/{code}{path}", data=data) for code in ("PH1", "PHX"))
        assert there.status_code == missing.status_code, path
        assert there.status_code in (403, 404), path
        assert there.text.replace("PH1", "") == missing.text.replace("PHX", ""), path


def test_a_member_is_led_to_his_ballot_and_sees_no_page_of_the_desk(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1)
    member = pages.browser("BO/U01")
    assert member.get(RUNS).headers["location"] == BALLOT
    for path in OF_THE_DESK:
        assert member.get(f"{RUNS}/{path}").status_code in (403, 404), path
    front = text_of(member.get("/hoi-dong"))
    assert "Bạn còn 1 dòng chưa bỏ phiếu" in front
    assert "Lập phiên họp" not in front


def test_the_auditor_looks_and_can_do_nothing(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1)
    auditor = pages.browser("BO/AUDITOR")
    shown = auditor.get(RUNS)
    assert shown.status_code == 200
    assert [each.action for each in Reading(shown.text).forms if each.method == "post"] == ["/dang-xuat"]
    assert auditor.get(f"{RUNS}/ket-thuc").status_code == 403
    assert auditor.get(BALLOT).status_code == 404


def test_a_units_council_runs_its_own_sessions_and_sees_no_other(pages: Pages, chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(1)
    for unit in ("CVT", "PTIT"):
        entry = CouncilEntry(f"HD-{unit}", f"Hội đồng {unit}", "unit_council", SINCE, unit=unit)
        councils.add_council(m.desk, entry, "BO/ADMIN", m.now)
        councils.seat(m.desk, f"HD-{unit}", [SeatEntry(f"{unit}/TT", "chair", SINCE)], "BO/ADMIN", m.now)
    foreign = m.drafts(1, unit="PTIT", first=70)
    m.done("start_unit_vote", foreign, "unit_officer", unit="PTIT")
    own = m.drafts(2, unit="CVT", first=80)
    m.done("start_unit_vote", own, "unit_officer", unit="CVT")
    council_sessions.plan(
        m.desk, SessionEntry("P-1", "HD-PTIT", "Họp PTIT", HELD, body="unit_council"), "PTIT/HD", m.now
    )
    hd = pages.browser("CVT/HD")
    plan = {"hoi_dong": "unit_council:HD-CVT", "ten": "Họp cơ sở", "ma": "CS-1", "hinh_thuc": "meeting",
            "phieu": "online", "ngay": f"{HELD:%d/%m/%Y}"}  # fmt: skip
    assert post(hd, "/hoi-dong/moi", **plan).status_code == 303
    front = hd.get("/hoi-dong").text
    assert "CS-1" in front
    assert "P-1" not in front
    assert "PH1" not in front
    listed = hd.get("/hoi-dong/CS-1/chuong-trinh").text
    assert all(code in listed for code in own)
    assert foreign[0] not in listed
    looked = text_of(post(hd, "/hoi-dong/CS-1/chuong-trinh", ma=[*foreign, *own]))
    assert f"Không tìm thấy hồ sơ có mã {foreign[0]}." in looked
    assert "2 hồ sơ vào chương trình" in looked
    assert post(hd, "/hoi-dong/moi", **{**plan, "ma": "X-1", "hoi_dong": "council:HD"}).status_code == 422
    # Whoever sits there votes, also without any role that the table names for the council's front page.
    head = pages.browser("CVT/TT")
    assert head.get("/hoi-dong").status_code == 403
    assert head.get("/hoi-dong/CS-1").headers["location"] == "/hoi-dong/CS-1/phieu"
    assert "Phiên họp chưa mở bỏ phiếu" in text_of(head.get("/hoi-dong/CS-1/phieu"))


# ── who sits ─────────────────────────────────────────────────────────────────────────────────────


def test_an_admin_enters_a_council_and_gives_and_ends_seats(pages: Pages, chamber: Chamber) -> None:
    admin, office = pages.browser("BO/ADMIN"), pages.browser(OFFICE)
    path = "/hoi-dong/thanh-phan"
    assert "15" in text_of(office.get(path))
    assert office.get(f"{path}/HD/ghe").status_code == 403
    new = {"ma": "HD-CVT", "ten": "Hội đồng Cục Viễn thông", "loai": "unit_council", "don_vi": "", "tu": "01/01/2026"}
    wrong = post(admin, f"{path}/moi", **new)
    assert (wrong.status_code, "phải ghi rõ của đơn vị nào" in text_of(wrong)) == (422, True)
    assert post(admin, f"{path}/moi", **{**new, "don_vi": "CVT"}).status_code == 303
    seat = {"nguoi": "CVT/TT", "cuong_vi": "chair", "tu": "01/01/2026"}
    assert post(admin, f"{path}/HD-CVT/ghe", **{**seat, "nguoi": "XX/1"}).status_code == 422
    assert post(admin, f"{path}/HD-CVT/ghe", **seat).status_code == 303
    second = post(admin, f"{path}/HD-CVT/ghe", **{**seat, "nguoi": "CVT/HD"})
    assert (second.status_code, "Hội đồng chỉ có một Chủ tịch" in text_of(second)) == (422, True)
    assert post(admin, f"{path}/HD-CVT/thoi", nguoi="CVT/TT", tu="01/12/2026").status_code == 303
    shown = text_of(office.get(f"{path}/HD-CVT"))
    assert "Đã thôi hoặc chưa bắt đầu" in shown
    assert "từ 01/01/2026 đến trước ngày 01/12/2026" in shown
    assert office.get(f"{path}/HD-X").status_code == 404


def test_the_front_pages_tell_what_is_owed_and_by_when(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(3, form="mixed", answers_due_on=date(2026, 12, 24))
    member = pages.browser("BO/U03")
    assert "Bạn còn 3 dòng chưa bỏ phiếu, hạn 24/12/2026" in text_of(member.get("/hoi-dong"))
    home = member.get("/")
    assert "Bạn còn 3 dòng chưa bỏ phiếu ở “Phiên họp thứ nhất”, hạn 24/12/2026" in text_of(home)
    assert f'href="{BALLOT}"' in home.text
    chamber.cast("BO/U03", {1: "yes", 2: "no", 3: "blank"})
    assert "chưa bỏ phiếu" not in text_of(member.get("/"))
    for person in ("CVT/CB", SECRETARY):
        assert "chưa bỏ phiếu" not in text_of(pages.browser(person).get("/"))


def test_every_page_speaks_english_too(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1)
    client = pages.browser(SECRETARY)
    client.get("/ngon-ngu/en?ve=/hoi-dong")
    for path in ("/hoi-dong", RUNS, *(f"{RUNS}/{each}" for each in OF_THE_DESK if each != "bien-ban/tep")):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Council" in answer.text


def test_lines_of_which_the_same_is_told_are_named_together(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(4)
    secretary = pages.browser(SECRETARY)
    assert "Tình hình trả lời" not in text_of(secretary.get(RUNS))
    chamber.cast("BO/U01", {1: "yes", 2: "no", 4: "yes"})
    shown = text_of(secretary.get(RUNS))
    assert "Dòng 1–2, 4: Đã có 1/15 thành viên trả lời." in shown
    assert "Dòng 3: Đã có 0/15 thành viên trả lời." in shown


def test_a_line_that_cannot_pass_any_more_is_marked(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1, form="written", answers_due_on=HELD, present=False)
    chamber.ministry.on(HELD)
    secretary = pages.browser(SECRETARY)
    assert "Không thể đạt nữa" not in text_of(secretary.get(RUNS))
    chamber.ministry.on(date(2026, 12, 23))
    assert "Không thể đạt nữa" in text_of(secretary.get(RUNS))


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def test_a_sessions_papers_are_one_click_away_and_minutes_when_it_is_closed(pages: Pages, chamber: Chamber) -> None:
    chamber.voting(1)
    chamber.all_cast([1])
    office, member = pages.browser(OFFICE), pages.browser("BO/U02")
    minutes = f"{RUNS}/van-ban/bb_hop/pdf"
    assert "Phiếu bầu: " in text_of(office.get(RUNS))
    assert "van-ban/bb_hop" not in office.get(RUNS).text
    assert office.get(minutes).status_code == 404
    post(pages.browser(SECRETARY), f"{RUNS}/ket-thuc", khoa="k1")
    assert f'href="{minutes}"' in office.get(RUNS).text
    made = office.get(minutes)
    assert made.content.startswith(b"%PDF")
    assert made.headers["content-disposition"].startswith('attachment; filename="bb_hop-PH1.pdf"')
    assert office.get(f"{RUNS}/van-ban/phieu_bau/docx").content.startswith(b"PK")
    for nothing in ("bb_hop/odt", "giay_khen/pdf"):
        assert office.get(f"{RUNS}/van-ban/{nothing}").status_code == 404
    # A member may have the programme; a stranger is told what he is told of a session that there is not.
    assert member.get(f"{RUNS}/van-ban/chuong_trinh/pdf").content.startswith(b"%PDF")
    noted = pages.ministry.all("SELECT action, detail FROM access_log ORDER BY id")
    assert noted[-1] == ("council.paper", f"chuong_trinh {RUNS.rpartition('/')[2]}")
    assert member.get(minutes).status_code == 404
    assert pages.browser("CVT/CB").get(f"{RUNS}/van-ban/chuong_trinh/pdf").status_code == 404


# ── after closing ────────────────────────────────────────────────────────────────────────────────


def test_a_closed_session_leads_on_to_the_release_of_its_results(pages: Pages, chamber: Chamber) -> None:
    codes = chamber.voting(2)
    chamber.all_cast([1, 2])
    secretary, office = pages.browser(SECRETARY), pages.browser(OFFICE)
    assert ">Đã trả lời</th>" in secretary.get(RUNS).text
    post(secretary, f"{RUNS}/ket-thuc", khoa="k1")
    shown = secretary.get(RUNS).text
    assert ">Đã trả lời</th>" not in shown
    assert "2 hồ sơ chưa được công bố kết quả" in shown
    fields = dict(re.findall(r'<input type="hidden" name="(transition|back)" value="([^"]+)">', shown))
    assert fields == {"transition": "release_results", "back": RUNS}
    assert re.findall(r'name="code" value="([^"]+)"', shown) == list(codes)
    assert "chưa được công bố kết quả" in office.get(RUNS).text
    chosen = secretary.post("/viec", data={"csrf": csrf(secretary.get(RUNS)), "code": list(codes), **fields})
    assert chosen.headers["location"].endswith("/nhap/release_results")
    form = secretary.get(chosen.headers["location"])
    looked = secretary.post(chosen.headers["location"], data={"csrf": csrf(form)}, follow_redirects=True)
    assert "1 thư giữ lại chờ công bố kết quả được gửi đi" in text_of(looked)
    assert "Thực hiện với 2 trên 2 hồ sơ, trạng thái giữ nguyên" in text_of(looked)
    assert "sẽ chuyển" not in text_of(looked)
    chamber.ministry.done("release_results", codes, "council_secretary")
    assert "đã được công bố cho đơn vị" in secretary.get(RUNS).text
