"""The unit's own pages: what it owes, the road of a dossier, a supplement answered, what changed, how mail comes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.browsing import Pages, csrf
from tests.support.ministry import FAILED, PDF, Ministry

DEFECTS = ("Thiếu báo cáo thành tích có xác nhận", "Họ và tên chưa khớp quyết định", "Chưa giải trình việc gửi muộn")


def post(client: Any, path: str, token_from: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(token_from)), **fields})


def supplement_asked(m: Ministry) -> str:
    (code,) = m.drafts(1)
    m.walk([code], "received")
    m.done("request_supplement", [code], "secretariat", lines={code: {"defects": list(DEFECTS)}},
           due_on=m.today + timedelta(days=7))  # fmt: skip
    return str(code)


def test_the_home_lists_what_the_unit_owes_and_counts_only_its_own(m: Ministry, pages: Pages) -> None:
    code = supplement_asked(m)
    m.drafts(3, unit="CTS")
    text = pages.browser("CVT/CB").get("/cua-don-vi").text
    assert code in text
    assert f"/cua-don-vi/bo-sung/{code}" in text
    assert "Hạn bổ sung hồ sơ" in text
    assert re.search(r'khen-figures__value">1</span>\s*<span class="khen-figures__text">Việc của đơn vị', text)
    assert "CTS" not in text
    assert pages.browser("CTS/CB").get("/cua-don-vi").text.count(code) == 0


def test_the_road_tells_steps_days_and_whose_turn_it_is_in_released_words(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(1)
    m.walk(codes, "council_voting")
    client = pages.browser("CVT/CB")
    voting = client.get(f"/cua-don-vi/ho-so/{codes[0]}").text
    assert "Đã tiếp nhận đủ hồ sơ" in voting
    assert "Đang ở bước này" in voting
    assert "Đã trao tặng" in voting
    m.done("close_vote", codes, "council_secretary", lines={codes[0]: {"tally": FAILED}})
    held = client.get(f"/cua-don-vi/ho-so/{codes[0]}").text
    assert "Hội đồng không thông qua" not in held
    assert _bare(held) == _bare(voting)
    assert pages.browser("CTS/CB").get(f"/cua-don-vi/ho-so/{codes[0]}").status_code == 404


def _bare(text: str) -> str:
    return re.sub(r'value="[0-9a-f]+"', "", text)


def test_a_supplement_names_all_defects_at_once_each_with_where_it_is_mended(m: Ministry, pages: Pages) -> None:
    code = supplement_asked(m)
    client = pages.browser("CVT/CB")
    text = client.get(f"/cua-don-vi/bo-sung/{code}").text
    assert all(each in text for each in DEFECTS)
    assert f"{m.today + timedelta(days=7):%d/%m/%Y}" in text
    links = re.findall(r'– <a class="govuk-link" href="(#[^"]+)"', text)
    assert links == ["#paper-bao_cao_tt", "#name", "#answer"]
    assert all(f'id="{link[1:]}"' in text for link in links)
    assert pages.browser("CTS/CB").get(f"/cua-don-vi/bo-sung/{code}").status_code == 404


def test_the_dossiers_own_page_says_what_is_missing_to_both_sides_and_leads_the_unit_on(
    m: Ministry, pages: Pages
) -> None:
    code = supplement_asked(m)
    answer = f'href="/cua-don-vi/bo-sung/{code}"'
    for reader, led in (("CVT/CB", True), ("CVT/TT", True), ("BO/SECRETARIAT", False)):
        text = pages.browser(reader).get(f"/ho-so/{code}").text
        notice = text[: text.index("Đang ở đâu")]
        assert all(each in notice for each in DEFECTS), reader
        assert f"Chậm nhất ngày {m.today + timedelta(days=7):%d/%m/%Y}" in notice
        assert (answer in notice) is led, reader


def test_the_unit_mends_hands_in_and_both_sides_see_what_changed(m: Ministry, pages: Pages) -> None:
    code = supplement_asked(m)
    client, path = pages.browser("CVT/CB"), f"/cua-don-vi/bo-sung/{code}"
    before = m.one("SELECT name FROM nomination WHERE code = :code", code=code)
    answer = client.post(
        f"{path}/tep",
        data={"csrf": csrf(client.get(path)), "document": "bao_cao_tt"},
        files={"file-bao_cao_tt": ("bao-cao-moi.pdf", PDF + b"2", "application/pdf")},
    )
    assert answer.status_code == 303
    texts = {"name": "Nguyễn Văn Nam Bảo", "position": "Trưởng phòng", "workplace": "Phòng Tổng hợp",
             "achievement": "Hoàn thành xuất sắc nhiệm vụ", "period": ""}  # fmt: skip
    wrong = post(client, f"{path}/noi-dung", path, **{**texts, "name": "Nguyễn Vаn Nam"})  # a Cyrillic а
    assert wrong.status_code == 422
    assert "trông giống" in wrong.text
    assert post(client, f"{path}/noi-dung", path, **texts).status_code == 303
    prepared = post(client, path, path, **{"f.note": "Đã bổ sung đủ"}).headers["location"]
    assert "Đã gửi, chờ cơ quan thường trực tiếp nhận" in client.get(prepared).text
    assert m.state(code) == "supplement_requested"
    assert post(client, prepared, prepared).status_code == 303
    assert m.state(code) == "submitted"
    assert m.one("SELECT count(*) FROM line_version") == 2
    for reader in ("CVT/CB", "BO/SECRETARIAT"):
        text = pages.browser(reader).get(f"/cua-don-vi/so-sanh/{code}").text
        assert before in text
        assert "Nguyễn Văn Nam Bảo" in text
        assert "bao-cao-moi.pdf (2)" in text
    assert pages.browser("CTS/CB").get(f"/cua-don-vi/so-sanh/{code}").status_code == 404
    # What was handed in is the unit's to change no more.
    late = post(client, f"{path}/noi-dung", path, **{**texts, "name": "Trần Văn Khác"})
    assert late.status_code == 303
    assert m.one("SELECT name FROM nomination WHERE code = :code", code=code) == "Nguyễn Văn Nam Bảo"


def test_texts_saved_as_they_are_shown_change_nothing(m: Ministry, pages: Pages) -> None:
    code = supplement_asked(m)
    client, path = pages.browser("CVT/CB"), f"/cua-don-vi/bo-sung/{code}"
    for since, until in ((None, "2026-11-30"), ("2026-01-01", "2026-11-30"), (None, None)):
        m.sql("UPDATE nomination SET achievement_from = :a, achievement_to = :b", a=since, b=until)
        before = m.all("SELECT * FROM nomination")
        shown = client.get(path).text
        fields = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', shown)[1]  # type: ignore[index]
                  for name in ("name", "position", "workplace", "period")}  # fmt: skip
        text = re.search(r'name="achievement"[^>]*>\n([^<]*)</textarea>', shown)
        assert text
        assert post(client, f"{path}/noi-dung", path, **fields, achievement=text[1]).status_code == 303
        assert m.all("SELECT * FROM nomination") == before


# ── how mail comes ───────────────────────────────────────────────────────────────────────────────


def wish(client: Any, address: str, wants: str) -> Any:
    return post(client, "/nhan-thu", "/nhan-thu", address=address, wants=wants)


def test_daily_gathers_what_is_not_owed_until_eight_and_never_what_is(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    assert wish(client, "tdkt@cvt.example", "daily").status_code == 303
    codes = m.drafts(2)
    m.walk(codes, "received")
    at_unit = [each for each in m.mails() if each[0] == "tdkt@cvt.example"]
    # That the vote has passed is the unit's turn: it hands in next. Receipt and reception are news, and wait.
    assert {template for _, template, _ in at_unit} == {"unit_result", "daily"}
    earliest = m.all("SELECT not_before, line_count FROM mail WHERE template = 'daily' ORDER BY id")
    assert all("01:00:00" in str(at) for at, _ in earliest)  # 08:00 in Vietnam
    assert sum(lines for _, lines in earliest) == 4
    m.done("request_supplement", codes, "secretariat", due_on=m.today + timedelta(days=7),
           lines={code: {"defects": ["Thiếu báo cáo"]} for code in codes})  # fmt: skip
    assert ("tdkt@cvt.example", "supplement", 2) in m.mails()


def test_owed_brings_only_what_is_owed(m: Ministry, pages: Pages) -> None:
    assert wish(pages.browser("CVT/CB"), "tdkt@cvt.example", "owed").status_code == 303
    codes = m.drafts(1)
    m.walk(codes, "received")
    assert [each[1] for each in m.mails() if each[0] == "tdkt@cvt.example"] == ["unit_result"]
    m.done("request_supplement", codes, "secretariat", due_on=m.today + timedelta(days=7),
           lines={codes[0]: {"defects": ["Thiếu báo cáo"]}})  # fmt: skip
    assert [each[1] for each in m.mails() if each[0] == "tdkt@cvt.example"] == ["unit_result", "supplement"]


def test_nobody_chooses_for_an_address_that_is_not_his(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CTS/CB")
    for address in ("tdkt@cvt.example", "secretariat@bo.example", "x@y.example"):
        assert wish(client, address, "owed").status_code == 404
    assert m.all("SELECT address FROM mail_preference") == []


@pytest.mark.attack("S58")
def test_s58_a_further_mailbox_is_confirmed_from_there_and_the_old_one_is_told(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    added = post(client, "/nhan-thu/hop-thu", "/nhan-thu", unit="CVT", address="vanthu@cvt.example", label="Văn thư")
    assert added.status_code == 303
    assert {each[:2] for each in m.mails()} == {
        ("vanthu@cvt.example", "mailbox"), ("tdkt@cvt.example", "mailbox_added"),
    }  # fmt: skip
    codes = m.drafts(1)
    m.walk(codes, "received")
    assert not [each for each in m.mails() if each[0] == "vanthu@cvt.example" and each[1] != "mailbox"]
    link = re.search(r"/nhan-thu/xac-nhan/(\w+)", str(m.all("SELECT context FROM mail WHERE template = 'mailbox'")))
    assert link
    stranger, path = pages.stranger(), link[0]
    assert stranger.get(path).status_code == 200
    assert m.one("SELECT count(*) FROM unit_mailbox WHERE confirmed_at IS NOT NULL") == 0
    assert post(stranger, path, path).status_code == 200
    assert m.one("SELECT count(*) FROM unit_mailbox WHERE confirmed_at IS NOT NULL") == 1
    assert stranger.get(path).status_code == 410
    m.done("appraise", codes, "appraiser")
    m.done("send_proof", codes, "secretariat")
    assert {each[0] for each in m.mails() if each[1] == "proof_list"} == {"tdkt@cvt.example", "vanthu@cvt.example"}


def test_a_link_that_is_too_old_confirms_nothing(m: Ministry, pages: Pages) -> None:
    client = pages.browser("CVT/CB")
    post(client, "/nhan-thu/hop-thu", "/nhan-thu", unit="CVT", address="vanthu@cvt.example", label="")
    link = re.search(r"/nhan-thu/xac-nhan/(\w+)", str(m.all("SELECT context FROM mail WHERE template = 'mailbox'")))
    assert link
    stranger = pages.stranger()
    token = csrf(stranger.get(link[0]))
    pages.machine += timedelta(days=4)
    assert stranger.get(link[0]).status_code == 410
    assert stranger.post(link[0], data={"csrf": token}).status_code == 410
    assert m.one("SELECT count(*) FROM unit_mailbox WHERE confirmed_at IS NOT NULL") == 0


@pytest.mark.attack("S52", "S53", "S54")
@pytest.mark.parametrize(
    "address",
    [
        "a@b.vn\r\nBcc: evil@e.vn", "a@b.vn, evil@e.vn", '"alice@bo.gov.vn" <evil@e.vn>', "alice@bo.gov.vn@evil.vn",
        "alice(x)@b.vn", '"a b"@b.vn', "a%evil.vn@b.vn", "@evil.vn:a@b.vn", "a" * 250 + "@b.vn", "a@[127.0.0.1]", "",
        "a@b.vn\u2028x",
    ],
)  # fmt: skip
def test_s52_s53_s54_only_one_plain_address_is_a_mailbox(m: Ministry, pages: Pages, address: str) -> None:
    client = pages.browser("CVT/CB")
    answer = post(client, "/nhan-thu/hop-thu", "/nhan-thu", unit="CVT", address=address, label="")
    assert answer.status_code == 422
    assert 'href="#address"' in answer.text
    assert m.all("SELECT address FROM unit_mailbox") == []


def test_a_mail_leads_to_the_page_of_what_it_is_about(m: Ministry, pages: Pages) -> None:
    from dataclasses import replace

    m.desk = replace(m.desk, base_url="https://khen.bo.example")
    one = m.drafts(1)
    m.walk(one, "received")
    links = str(m.all("SELECT context FROM mail WHERE template = 'received'"))
    assert f"https://khen.bo.example/ho-so/{one[0]}" in links
    two = m.drafts(2, first=10)
    m.done("start_unit_vote", two, "unit_officer")
    m.done("close_unit_vote", two, "unit_council", lines={code: {"tally": _TALLY} for code in two})
    assert "https://khen.bo.example/to-trinh/2" in str(m.all("SELECT context FROM mail WHERE template = 'unit_result'"))


_TALLY = {"members": 9, "present": 9, "yes": 8, "no": 1, "minutes": "05/BB-HĐ"}
