"""Links in mails to units: bound to the state they were sent in, nothing without signing in, one press, once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry


@pytest.fixture
def m(sqlite_engine: Engine, tmp_path: Path) -> Ministry:
    ministry = Ministry(sqlite_engine, tmp_path / "papers")
    ministry.desk = replace(ministry.desk, base_url="https://khen.bo.example")
    return ministry


@pytest.fixture
def pages(m: Ministry, tmp_path: Path) -> Pages:
    return Pages(m, tmp_path)


def link_in(m: Ministry, template: str) -> str:
    """The path behind the link of the one mail of this kind to the unit's mailbox."""
    context = str(m.one("SELECT context FROM mail WHERE template = :t AND address = 'tdkt@cvt.example'", t=template))
    found = re.search(r"https://khen\.bo\.example(/mo/\w+)", context)
    assert found, context
    return found[1]


def proof_sent(m: Ministry, amount: int = 2) -> Sequence[str]:
    codes = m.drafts(amount)
    m.walk(codes, "appraising")
    m.done("send_proof", codes, "secretariat")
    return codes


def press(client: Any, path: str) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(path))})


def confirmed(m: Ministry) -> int:
    return int(m.one("SELECT count(*) FROM event WHERE transition = 'confirm_proof'"))


def test_names_are_confirmed_by_opening_the_link_and_one_press(m: Ministry, pages: Pages) -> None:
    codes = proof_sent(m)
    path, client = link_in(m, "proof_list"), pages.browser("CVT/CB")
    before = m.snapshot()
    opened = client.get(path)
    assert all(code in opened.text for code in codes)
    assert m.snapshot() == before
    assert press(client, path).headers["location"] == path
    assert confirmed(m) == 2
    done = client.get(path).text
    assert "Đã thực hiện cho 2 hồ sơ" in done
    assert "Liên kết này đã được dùng" not in done  # who has just pressed it knows
    assert "đã chuyển bước từ khi gửi thư" not in done
    again = client.get(path).text
    assert "Liên kết này đã được dùng" in again
    assert 'action="/mo/' not in again
    token = csrf(client.get("/nhan-thu"))
    assert client.post(path, data={"csrf": token}).status_code == 409
    assert confirmed(m) == 2


@pytest.mark.attack("S59")
def test_s59_a_link_does_nothing_for_whoever_is_not_signed_in(m: Ministry, pages: Pages) -> None:
    codes = proof_sent(m)
    path, stranger = link_in(m, "proof_list"), pages.stranger()
    page = stranger.get(path)
    assert page.status_code == 200
    assert not any(code in page.text for code in codes)
    assert "Nguyễn" not in page.text
    assert f"ve={path.replace('/', '%2F')}" in page.text
    token = csrf(stranger.get("/dang-nhap"))
    answer = stranger.post(path, data={"csrf": token})
    assert answer.status_code in (303, 401)
    assert answer.headers.get("location", "/dang-nhap").startswith("/dang-nhap")
    assert confirmed(m) == 0
    assert stranger.get("/mo/" + "0" * 64).status_code == 404


@pytest.mark.attack("S59")
def test_another_units_link_is_as_one_that_does_not_exist(m: Ministry, pages: Pages) -> None:
    proof_sent(m)
    path, other = link_in(m, "proof_list"), pages.browser("CTS/CB")
    token = csrf(other.get("/nhan-thu"))
    assert other.get(path).status_code == other.get("/mo/nothing").status_code == 404
    assert other.post(path, data={"csrf": token}).status_code == 404
    assert confirmed(m) == 0


def test_a_link_read_late_says_where_things_stand_and_does_nothing(m: Ministry, pages: Pages) -> None:
    codes = proof_sent(m)
    path, client = link_in(m, "proof_list"), pages.browser("CVT/CB")
    m.done("confirm_proof", codes, "unit_officer")
    page = client.get(path).text
    assert "đã chuyển bước từ khi gửi thư" in page
    assert "Hồ sơ đang được thẩm định" in page
    assert client.post(path, data={"csrf": csrf(client.get("/nhan-thu"))}).status_code == 409
    assert confirmed(m) == 2


def test_one_dossier_that_moved_on_does_not_hold_up_the_others(m: Ministry, pages: Pages) -> None:
    codes = proof_sent(m)
    m.done("confirm_proof", codes[:1], "unit_officer")
    client = pages.browser("CVT/CB")
    press(client, link_in(m, "proof_list"))
    assert confirmed(m) == 2
    assert m.one("SELECT done FROM act WHERE request_key LIKE 'link:%'") == 1


def test_a_link_is_short_lived(m: Ministry, pages: Pages) -> None:
    proof_sent(m)
    path, client = link_in(m, "proof_list"), pages.browser("CVT/CB")
    m.now += timedelta(days=8)
    assert "Liên kết này đã hết hạn" in client.get(path).text
    assert client.post(path, data={"csrf": csrf(client.get("/nhan-thu"))}).status_code == 409
    assert confirmed(m) == 0


def test_somebody_of_the_unit_without_the_role_is_told_why_and_the_link_stays(m: Ministry, pages: Pages) -> None:
    proof_sent(m)
    path = link_in(m, "proof_list")
    answer = press(pages.browser("CVT/HD"), path)
    assert answer.status_code == 409
    assert "khen-reasons__item" in answer.text
    assert confirmed(m) == 0
    assert press(pages.browser("CVT/CB"), path).status_code == 303
    assert confirmed(m) == 2


def test_a_supplement_is_not_handed_in_by_a_press_but_led_to_its_page(m: Ministry, pages: Pages) -> None:
    codes = m.drafts(1)
    m.walk(codes, "received")
    m.done("request_supplement", codes, "secretariat", lines={codes[0]: {"defects": ["Thiếu báo cáo"]}},
           due_on=m.today + timedelta(days=7))  # fmt: skip
    answer = press(pages.browser("CVT/CB"), link_in(m, "supplement"))
    assert answer.headers["location"] == f"/cua-don-vi/bo-sung/{codes[0]}"
    assert m.state(codes[0]) == "supplement_requested"


def test_a_preview_makes_no_link(m: Ministry) -> None:
    from workflow.services import acts

    codes = m.drafts(1)
    m.walk(codes, "appraising")
    acts.preview(m.desk, m.request("send_proof", codes, "secretariat"), m.now)
    assert m.one("SELECT count(*) FROM one_time_token") == 0
