"""A unit's list by the pages: upload, check, mend, accept, vote, submit, receipt; and what nobody else may see."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.browsing import Pages, csrf
from tests.support.ministry import PDF, REASON, ROUND, Ministry, shipped_flows, workbook
from tests.unit.intake.lists import sample

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GOOD = ("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng")
NAMELESS = ("NV-2", "", "Bằng khen của Bộ trưởng")


def send(client: Any, content: bytes, *, unit: str = "CVT", name: str = "ds.xlsx", **more: str) -> Any:
    token = csrf(client.get("/to-trinh/moi"))
    fields = {"csrf": token, "unit": unit, "round": ROUND, **more}
    return client.post("/to-trinh/moi", data=fields, files={"file": (name, content, XLSX)})


def post(client: Any, path: str, token_from: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(token_from)), **fields})


def test_a_list_is_uploaded_mended_in_place_and_accepted(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    answer = send(client, workbook([GOOD, NAMELESS]), letter_number="12/TTr-CVT", letter_on="01/12/2026")
    assert answer.status_code == 303
    check = answer.headers["location"]
    page = client.get(check).text
    assert "Thiếu họ và tên" in page
    assert "B = Mã định danh" in page
    assert "Nhận 1 trường hợp đúng" in page
    row = re.search(r'name="row\.0" value="([^"]+)"', page)
    assert row
    mended = post(client, check, check, **{"row.0": row[1], "cell.0.name": "Trần Thị Hoa"})
    assert mended.headers["location"] == check
    page = client.get(check).text
    assert "Nhận 2 trường hợp" in page
    stamp = re.search(r'name="stamp" value="(\w+)"', page)
    assert stamp
    done = post(client, f"{check}/nhan", check, stamp=stamp[1])
    assert done.headers["location"] == "/to-trinh/1"
    assert [name for (name,) in m.all("SELECT name FROM nomination ORDER BY id")] == ["Nguyễn Văn An", "Trần Thị Hoa"]
    assert client.get(check).headers["location"] == "/to-trinh/1"
    assert "Đã nhận 2 trường hợp mới" in client.get("/to-trinh/1").text


def test_the_workbook_with_its_errors_is_given_back(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    check = send(client, workbook([GOOD, NAMELESS]), name="Danh sách “đề nghị”.xlsx").headers["location"]
    answer = client.get(f"{check}/tep-loi")
    assert answer.headers["content-disposition"].startswith("attachment;")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert "Thiếu họ và tên" in str(sheet.cell(4, 8).value)


def test_the_template_offers_the_awards_of_the_round(pages: Pages) -> None:
    answer = pages.browser("CVT/CB").get(f"/to-trinh/mau?dot={ROUND}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "Bằng khen của Bộ trưởng" in [cell.value for cell in book["Danh mục"]["A"]]
    assert pages.browser("CVT/CB").get("/to-trinh/mau?dot=1999").status_code == 404


def test_the_list_of_the_academy_goes_in_and_is_submitted(m: Ministry, pages: Pages) -> None:
    m.publish(*(name for name in shipped_flows() if name not in m.flows))
    client = pages.browser("PTIT/CB")
    answer = send(client, sample("hoc-vien").read_bytes(), unit="PTIT", letter_number="07/TTr-HV")
    check = answer.headers["location"]
    page = client.get(check).text
    stamp = re.search(r'name="stamp" value="(\w+)"', page)
    assert stamp
    assert post(client, f"{check}/nhan", check, stamp=stamp[1]).headers["location"] == "/to-trinh/1"
    assert m.one("SELECT count(*) FROM nomination") == 25


def test_a_unit_is_guided_from_its_list_to_the_receipt(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([GOOD, ("NV-3", "Lê Văn Ba", "Bằng khen của Bộ trưởng")], letter="12/TTr-CVT")
    officer, council, head = (pages.browser(f"CVT/{each}") for each in ("CB", "HD", "TT"))
    overview = officer.get("/to-trinh/1").text
    assert "/to-trinh/1/viec/start_unit_vote" in overview
    assert "/to-trinh/1/viec/submit" not in overview
    _take(officer, "start_unit_vote", codes)
    assert set(m.states(codes).values()) == {"unit_voting"}
    # The officer is told whose turn it is; the council counts once for all, with another figure for one line.
    assert "Hội đồng Thi đua - Khen thưởng cơ sở" in officer.get("/to-trinh/1").text
    assert "/viec/close_unit_vote" not in officer.get("/to-trinh/1").text
    _take(
        council, "close_unit_vote", codes,
        **{"f.tally.members": "9", "f.tally.present": "9", "f.tally.minutes": "05/BB-HĐ", "f.tally.yes": "8",
           "f.tally.no": "1", f"l.{codes[1]}.tally.yes": "9", f"l.{codes[1]}.tally.no": "0"},
    )  # fmt: skip
    assert set(m.states(codes).values()) == {"draft"}
    for document in ("to_trinh", "danh_sach", "bb_xet_kt"):
        token = csrf(officer.get("/to-trinh/1"))
        answer = officer.post(
            "/to-trinh/1/giay-to",
            data={"csrf": token, "document": document},
            files={f"file-{document}": (f"{document}.pdf", PDF, "application/pdf")},
        )
        assert answer.status_code == 303
    assert m.one("SELECT count(*) FROM document WHERE submission_id = 1") == 3
    prepared = _prepare(head, "submit", codes, **{"f.letter_no": "12/TTr-CVT"})
    looked = head.get(prepared).text
    assert set(m.states(codes).values()) == {"draft"}
    assert "Hai năm liên tục" in looked
    reasons = dict.fromkeys(re.findall(r'name="(override\.[^"]+)"', looked), REASON)
    assert reasons
    assert post(head, prepared, prepared, **reasons).status_code == 303
    assert "Đã gửi, chờ cơ quan thường trực tiếp nhận" in head.get(prepared).text
    assert post(head, prepared, prepared).status_code == 303
    assert set(m.states(codes).values()) == {"submitted"}
    # Pressing again is the same act.
    post(head, prepared, prepared)
    assert m.one("SELECT count(*) FROM act WHERE transition = 'submit'") == 1
    receipt = officer.get("/to-trinh/1/bien-nhan").text
    assert all(code in receipt for code in codes)
    assert "04/12/2026" in receipt  # three working days to check and receive
    assert "Chị Hoa" in receipt
    assert ("tdkt@cvt.example", "receipt", 2) in m.mails()


def _prepare(client: Any, step: str, codes: Any, **fields: str) -> str:
    path = f"/to-trinh/1/viec/{step}"
    answer = post(client, path, path, code=list(codes), **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _take(client: Any, step: str, codes: Any, **fields: str) -> None:
    prepared = _prepare(client, step, codes, **fields)
    assert client.get(prepared).status_code == 200
    assert post(client, prepared, prepared).status_code == 303


def test_the_desk_enters_a_step_for_the_unit_and_both_names_are_kept(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([GOOD])
    _take(pages.browser("BO/SECRETARIAT"), "start_unit_vote", codes, on_behalf_of="CVT/CB")
    assert m.all("SELECT actor, on_behalf_of FROM act WHERE transition = 'start_unit_vote'") == [
        ("BO/SECRETARIAT", "CVT/CB")
    ]


def test_a_mistyped_figure_is_told_at_its_box_and_what_was_typed_stays(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([GOOD])
    m.done("start_unit_vote", codes, "unit_officer")
    client = pages.browser("CVT/HD")
    path = "/to-trinh/1/viec/close_unit_vote"
    answer = post(client, path, path, code=list(codes), **{"f.tally.members": "chín", "f.tally.minutes": "05/BB-HĐ"})
    assert answer.status_code == 422
    assert 'href="#f.tally.members"' in answer.text
    assert 'value="05/BB-HĐ"' in answer.text
    assert m.states(codes) == {codes[0]: "unit_voting"}


def test_a_single_nomination_is_drafted_with_the_checks_of_a_list(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    line = {"unit": "CVT", "round": ROUND, "nominee": "individual", "award": "Bằng khen của Bộ trưởng"}
    wrong = post(client, "/to-trinh/de-cu", "/to-trinh/de-cu", name="", position="Chuyên viên", **line)
    assert wrong.status_code == 422
    assert "Thiếu họ và tên" in wrong.text
    assert 'value="Chuyên viên"' in wrong.text
    good = post(client, "/to-trinh/de-cu", "/to-trinh/de-cu", name="Trần Thị Hoa", code="NV-7", **line)
    assert good.headers["location"] == "/to-trinh/1"
    again = post(client, "/to-trinh/de-cu", "/to-trinh/de-cu?to-trinh=1", submission="1", name="Lê Văn Ba", **line)
    assert again.headers["location"] == "/to-trinh/1"
    assert m.all("SELECT name, submission_id FROM nomination ORDER BY id") == [("Trần Thị Hoa", 1), ("Lê Văn Ba", 1)]
    twice = post(client, "/to-trinh/de-cu", "/to-trinh/de-cu?to-trinh=1", submission="1", name="Lê Văn Ba", **line)
    assert twice.status_code == 422


# ── what is nobody else's ────────────────────────────────────────────────────────────────────────


@pytest.mark.attack("S22")
def test_s22_a_nomination_takes_no_more_than_its_form_asks_for(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    more = {"state": "decided", "version": "99", "created_by": "BO/ADMIN", "unit_id": "1", "id": "7", "code_no": "X"}
    answer = post(
        client, "/to-trinh/de-cu", "/to-trinh/de-cu", unit="CVT", round="2026", nominee="individual",
        award="Bằng khen của Bộ trưởng", name="Nguyễn Văn An", code="NV-1", **more,
    )  # fmt: skip
    assert answer.status_code in (303, 422)
    for state, version, unit in m.all(
        "SELECT n.state, n.version, u.code FROM nomination n JOIN unit u ON u.id = n.unit_id"
    ):
        assert (state, version, unit) == ("draft", 0, "CVT")
    foreign = post(
        client, "/to-trinh/de-cu", "/to-trinh/de-cu", unit="CTS", round="2026", nominee="individual",
        award="Bằng khen của Bộ trưởng", name="Nguyễn Văn Bình", code="NV-2",
    )  # fmt: skip
    assert foreign.status_code in (403, 404, 422)
    assert m.one("SELECT count(*) FROM nomination") <= 1


def test_another_units_submission_is_as_one_that_does_not_exist(m: Ministry, pages: Pages) -> None:
    codes = m.bring_in([GOOD])
    draft = send(pages.browser("CVT/CB"), workbook([NAMELESS])).headers["location"]
    other = pages.browser("CTS/CB")
    for path in ("/to-trinh/1", "/to-trinh/1/bien-nhan", "/to-trinh/1/viec/start_unit_vote", draft, f"{draft}/tep-loi",
                 "/to-trinh/1/giay-to/1"):  # fmt: skip
        mine, nothing = other.get(path), other.get(path.replace("/1", "/99", 1) if "/1" in path else "/to-trinh/nhap/x")
        assert mine.status_code == nothing.status_code == 404
        assert _bare(mine.text) == _bare(nothing.text)
    for path in ("/to-trinh/1/viec/start_unit_vote", f"{draft}/nhan", f"{draft}/bo", draft, "/to-trinh/1/giay-to"):
        assert post(other, path, "/to-trinh/moi", code=list(codes)).status_code == 404
    listed = other.get("/to-trinh").text
    assert "CVT" not in listed
    assert "Viễn thông" not in listed


def _bare(text: str) -> str:
    return re.sub(r'value="[0-9a-f]+"|/to-trinh[^"]*|%2F[^"]*', "", text)


def test_a_unit_may_not_bring_in_a_list_of_another(m: Ministry, pages: Pages) -> None:
    for unit in ("CTS", "KHONGCO"):
        answer = send(pages.browser("CVT/CB"), workbook([GOOD]), unit=unit)
        assert answer.status_code == 422
        assert "Chọn đơn vị của danh sách" in answer.text
    assert m.all("SELECT id FROM list_draft") == []


def test_a_result_held_back_offers_the_unit_no_step_that_would_tell_it(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(2)
    m.walk(codes, "council_voting")
    client = pages.browser("CVT/TT")
    before = client.get("/to-trinh/1").text
    m.walk(codes, "signing", skip=tuple(name for name in _ROAD_BEFORE))
    after = client.get("/to-trinh/1").text
    assert "signing" not in after
    assert "Rút hồ sơ" in before
    assert "Rút hồ sơ" not in after


_ROAD_BEFORE = (
    "unit_voted", "submitted", "received", "appraising", "proved", "council_pending", "council_voting",
)  # fmt: skip


MIXED = (
    ("", "Phòng Kế hoạch", "Cờ thi đua của Bộ"),
    ("NV-7", "Lê Thị Mai", "Chiến sĩ thi đua cấp Bộ"),
    ("NV-8", "Phạm Văn Long", "Bằng khen của Bộ trưởng"),
)


def test_a_paper_that_one_award_asks_for_goes_to_its_lines(m: Ministry, pages: Pages) -> None:
    m.publish("co_thi_dua_bo", "cstd_bo")
    m.bring_in(MIXED)
    client = pages.browser("CVT/CB")
    page = client.get("/to-trinh/1").text
    assert "Chỉ dùng cho: Cờ thi đua của Bộ, Chiến sĩ thi đua cấp Bộ." in page
    for document, lines in (("bb_xet_kt", 1), ("bb_binh_xet", 2), ("to_trinh", 3)):
        files = {f"file-{document}": ("a.pdf", PDF, "application/pdf")}
        token = csrf(client.get("/to-trinh/1"))
        answer = client.post("/to-trinh/1/giay-to", data={"csrf": token, "document": document}, files=files)
        assert answer.status_code == 303, answer.text
        assert f"dùng chung cho {lines} trường hợp" in client.get("/to-trinh/1").text


def test_files_may_be_as_large_as_the_settings_say_wherever_they_come_in(m: Ministry, tmp_path: Path) -> None:
    """On the page of a list, in a supplement, with many files at once; and each page says how large."""
    pages = Pages(m, tmp_path, "[web]\nupload_megabytes = 30\n")
    code, _ = codes = m.walk(m.drafts(2), "submitted")
    m.done("request_supplement", codes, "secretariat", lines={each: {"defects": ["Thiếu dấu"]} for each in codes},
           due_on=m.today + timedelta(days=7))  # fmt: skip
    client, large = pages.browser("CVT/CB"), PDF + bytes(25 * 1024 * 1024)
    page = client.get("/to-trinh/1")
    for path in ("/to-trinh/1", f"/ho-so/{code}", f"/cua-don-vi/bo-sung/{code}"):
        assert "tối đa 30 MB" in client.get(path).text, path
    assert "tối đa 20 MB" in client.get("/to-trinh/moi").text  # a list is bounded by itself
    assert "mỗi tệp tối đa 30 MB" in client.get("/to-trinh/1/nhieu-giay-to").text
    for path, document, file in (("/to-trinh/1/giay-to", "to_trinh", large),
                                 (f"/cua-don-vi/bo-sung/{code}/tep", "bao_cao_tt", large + b"2")):  # fmt: skip
        answer = client.post(path, data={"csrf": csrf(page), "document": document},
                             files={f"file-{document}": ("lon.pdf", file, "application/pdf")})  # fmt: skip
        assert answer.status_code == 303, answer.text
    many = {"csrf": csrf(page), "document": "bao_cao_tt"}
    looked = client.post("/to-trinh/1/nhieu-giay-to", data=many, files={"files": (f"{code}.pdf", large + b"3")})
    assert looked.status_code == 303
    assert "lớn hơn" not in client.get(looked.headers["location"]).text
    too_large = client.post("/to-trinh/1/giay-to", data={"csrf": csrf(page), "document": "danh_sach"},
                            files={"file-danh_sach": ("lon.pdf", PDF + bytes(31 * 1024 * 1024))})  # fmt: skip
    assert too_large.status_code == 413
    assert "30 MB" in too_large.text


def test_the_next_step_of_a_mixed_list_wipes_no_vote(m: Ministry, pages: Pages) -> None:
    """What waits for its cluster is brought there; to vote again in the unit is possible, and says what it costs."""
    m.publish("co_thi_dua_bo", "cstd_bo")
    codes = m.bring_in(MIXED)
    m.attach(codes, "to_trinh", "danh_sach")
    m.attach(codes[2:], "bb_xet_kt")
    m.attach(codes[:2], "bb_binh_xet")
    m.walk(codes, "unit_voted")
    page = pages.browser("CVT/TT").get("/to-trinh/1").text
    offered = re.findall(r'class="govuk-button( govuk-button--secondary)? khen-act[^>]*/viec/(\w+)"', page)
    assert {name for aside, name in offered if not aside} == {"submit", "ask_cluster"}
    assert {name for aside, name in offered if aside} == {"start_unit_vote", "withdraw"}
    assert "kết quả đã ghi của 3 trường hợp không còn giá trị" in page


def test_a_reason_for_a_warning_is_kept_by_a_button_that_says_so(m: Ministry, pages: Pages) -> None:
    m.publish("tt_ldxs")
    codes = m.bring_in([("", "Phòng Kế hoạch", "Tập thể lao động xuất sắc"), GOOD])
    m.attach(codes, "to_trinh", "danh_sach")
    m.attach(codes[:1], "bb_binh_xet")
    m.attach(codes[1:], "bb_xet_kt")
    m.walk(codes, "unit_voted")
    client = pages.browser("CVT/TT")
    form = "/to-trinh/1/viec/submit"
    where = post(client, form, form, code=list(codes), **{"f.letter_no": "07/TTr"}).headers["location"]
    page = client.get(where).text
    assert "Gửi hồ sơ với 1 trường hợp đủ điều kiện" in page
    assert page.index("Xem lại kết quả") < page.index("Gửi hồ sơ với 1")
    post(client, where, where, **{"override.tieu_chuan": REASON})
    page = client.get(where).text
    assert "Gửi hồ sơ với" not in page
    assert "Xem lại kết quả" not in page
    assert set(m.states().values()) == {"draft"}
