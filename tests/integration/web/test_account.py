"""One's own account: password, sessions, second factor, language; and showing again who one is."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import Engine

from tests.support.browsing import PASSWORD, Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accounts
from workflow.services.accounts import AccountError, Rules
from workflow.web.doors.account import browser_name

OFFICER, DESK = "CVT/CB", "BO/SECRETARIAT"
OTHER = "mùa thu trên phố cổ"


def post(client: Any, path: str, page: str = "/tai-khoan", **data: str) -> Any:
    return client.post(path, data={"csrf": csrf(client.get(page)), **data})


def enrol(pages: Pages, client: Any) -> tuple[pyotp.TOTP, list[str]]:
    """Set up the second factor on the page; the app on the telephone, and the recovery codes."""
    post(client, "/tai-khoan/ma-xac-thuc/tao-ma", "/tai-khoan/ma-xac-thuc")
    page = client.get("/tai-khoan/ma-xac-thuc")
    assert "<svg" in page.text
    found = re.search(r"<strong>((?:[A-Z2-7]{4} ?)+)</strong>", page.text)
    assert found, page.text
    app = pyotp.TOTP(found[1].replace(" ", ""))
    done = post(client, "/tai-khoan/ma-xac-thuc", "/tai-khoan/ma-xac-thuc", otp=app.at(pages.machine))
    codes = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", done.text)
    assert len(codes) == 10, done.text
    return app, codes


def with_code(pages: Pages, client: Any, code: str, password: str = PASSWORD, person: str = OFFICER) -> Any:
    answer = post(client, "/dang-nhap", "/dang-nhap", login=pages.login(person), password=password, ve="/tai-khoan")
    assert answer.headers["location"] == "/dang-nhap/ma?ve=%2Ftai-khoan"
    assert "khen" not in client.cookies
    return post(client, "/dang-nhap/ma", "/dang-nhap/ma?ve=/tai-khoan", otp=code, ve="/tai-khoan")


# ── password, sessions, language ──


@pytest.mark.attack("S09")
def test_s09_a_new_password_ends_every_other_session(pages: Pages) -> None:
    pages.password(OFFICER)
    here, there = pages.sign_in(OFFICER), pages.sign_in(OFFICER)
    form = dict(password_old=PASSWORD, password=OTHER, password_again=OTHER)
    wrong = post(here, "/tai-khoan/mat-khau", **{**form, "password_old": OTHER})
    assert (wrong.status_code, "Mật khẩu hiện tại không đúng" in wrong.text) == (422, True)
    assert there.get("/tai-khoan").status_code == 200
    assert post(here, "/tai-khoan/mat-khau", **form).headers["location"] == "/tai-khoan"
    assert here.get("/tai-khoan").status_code == 200
    assert there.get("/tai-khoan").status_code == 303
    assert pages.sign_in(OFFICER, OTHER).get("/tai-khoan").status_code == 200


def test_the_same_password_is_no_new_one_and_guesses_are_counted(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    same = dict(password_old=PASSWORD, password=PASSWORD, password_again=PASSWORD)
    assert "phải khác" in post(client, "/tai-khoan/mat-khau", **same).text
    guess = dict(password_old="x", password=OTHER, password_again=OTHER)
    answers = [post(client, "/tai-khoan/mat-khau", **guess).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_one_sees_where_one_is_signed_in_and_ends_it(pages: Pages) -> None:
    here, there, third = pages.browser(OFFICER), pages.browser(OFFICER, browser="Firefox/130 Windows"), None
    third = pages.browser(OFFICER)
    page = here.get("/tai-khoan").text
    assert (page.count("Phiên này"), "Firefox, Windows" in page) == (1, True)
    theirs = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert len(theirs) == 2
    post(here, "/tai-khoan/phien", session="others")
    assert [each.get("/tai-khoan").status_code for each in (here, there, third)] == [200, 303, 303]


def test_nobody_ends_a_session_of_somebody_else(pages: Pages) -> None:
    mine, other = pages.browser(OFFICER), pages.browser("CTS/CB")
    theirs = pages.ministry.one(
        "SELECT token_sha256 FROM web_session WHERE account_id = :id", id=pages.account("CTS/CB")
    )
    post(mine, "/tai-khoan/phien", session=theirs)
    assert other.get("/tai-khoan").status_code == 200


def test_the_language_chosen_is_that_of_pages_and_mails(pages: Pages) -> None:
    client = pages.browser(OFFICER)
    post(client, "/tai-khoan/ngon-ngu", language="en")
    assert "My account" in client.get("/tai-khoan").text
    assert pages.ministry.one("SELECT language FROM person WHERE root_unit = 'CVT' AND code = 'CB'") == "en"
    assert "My account" in pages.browser(OFFICER).get("/tai-khoan").text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", "Safari, iPhone"),
        ("curl/8", "curl/8"),
    ],
)
def test_a_browser_is_named_as_people_know_it(said: str, name: str) -> None:
    assert browser_name(said) == name


# ── second factor ──


def test_with_a_second_factor_the_password_alone_opens_nothing(pages: Pages) -> None:
    pages.password(OFFICER)
    app, _ = enrol(pages, pages.sign_in(OFFICER))
    pages.machine += timedelta(minutes=5)
    client = pages.stranger()
    assert with_code(pages, client, "000000").status_code == 401
    assert client.get("/tai-khoan").status_code == 303
    assert post(client, "/dang-nhap/ma", "/dang-nhap/ma", otp=app.at(pages.machine)).headers["location"] == "/"
    assert client.get("/tai-khoan").status_code == 200


def test_no_code_works_twice(pages: Pages) -> None:
    pages.password(OFFICER)
    app, _ = enrol(pages, pages.sign_in(OFFICER))
    assert with_code(pages, pages.stranger(), app.at(pages.machine)).status_code == 401
    pages.machine += timedelta(minutes=5)
    code = app.at(pages.machine)
    assert with_code(pages, pages.stranger(), code).status_code == 303
    assert with_code(pages, pages.stranger(), code).status_code == 401
    earlier = app.at(pages.machine - timedelta(seconds=30))
    assert with_code(pages, pages.stranger(), earlier).status_code == 401


def test_a_telephone_may_be_half_a_minute_wrong_and_no_more(pages: Pages) -> None:
    pages.password(OFFICER)
    app, _ = enrol(pages, pages.sign_in(OFFICER))
    pages.machine += timedelta(minutes=5)
    assert with_code(pages, pages.stranger(), app.at(pages.machine - timedelta(seconds=60))).status_code == 401
    assert with_code(pages, pages.stranger(), app.at(pages.machine - timedelta(seconds=30))).status_code == 303
    assert with_code(pages, pages.stranger(), app.at(pages.machine + timedelta(seconds=60))).status_code == 401
    assert with_code(pages, pages.stranger(), app.at(pages.machine + timedelta(seconds=30))).status_code == 303


def test_a_recovery_code_works_once_and_is_kept_nowhere(pages: Pages) -> None:
    pages.password(OFFICER)
    _, codes = enrol(pages, pages.sign_in(OFFICER))
    assert codes[0].replace("-", "") not in str(pages.ministry.snapshot()["account"])
    assert with_code(pages, client := pages.stranger(), codes[0].upper()).status_code == 303
    assert "còn 9 mã dự phòng" in client.get("/tai-khoan").text
    assert with_code(pages, pages.stranger(), codes[0]).status_code == 401
    assert with_code(pages, pages.stranger(), codes[1].replace("-", " ")).status_code == 303


def test_codes_cannot_be_tried_for_ever_nor_long_after_the_password(pages: Pages) -> None:
    pages.password(OFFICER)
    app, _ = enrol(pages, pages.sign_in(OFFICER))
    client = pages.stranger()
    assert with_code(pages, client, "000000").status_code == 401
    answers = [post(client, "/dang-nhap/ma", "/dang-nhap/ma", otp="000000").status_code for _ in range(10)]
    assert (answers[0], answers[-1]) == (401, 429)
    pages.machine += timedelta(minutes=11)
    late = post(client, "/dang-nhap/ma", "/dang-nhap/ma", otp=app.at(pages.machine))
    assert late.headers["location"].startswith("/dang-nhap")
    assert client.get("/tai-khoan").status_code == 303


def test_a_role_that_needs_a_second_factor_is_led_to_it_before_anything_else(pages: Pages) -> None:
    pages.password(DESK)
    client = pages.sign_in(DESK)
    assert client.get("/thu").headers["location"] == "/tai-khoan/ma-xac-thuc"
    assert "bắt buộc có mã xác thực" in client.get("/tai-khoan/ma-xac-thuc").text
    enrol(pages, client)
    assert client.get("/thu").status_code == 200
    refused = post(client, "/tai-khoan/ma-xac-thuc/bo", password_old=PASSWORD)
    assert (refused.status_code, "không bỏ được" in refused.text) == (422, True)


def test_a_house_may_ask_no_role_for_one(sqlite_engine: Engine, tmp_path: Path) -> None:
    text = "[sign_in]\nrequire_second_factor_roles = []\n"
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, text)
    pages.password(DESK)
    assert pages.sign_in(DESK).get("/thu").status_code == 200


def test_beside_a_second_factor_eight_characters_are_enough_and_alone_they_are_not(pages: Pages) -> None:
    short = "ghế đỏ 7"
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    form = dict(password_old=PASSWORD, password=short, password_again=short)
    assert "ít nhất 15 ký tự" in post(client, "/tai-khoan/mat-khau", **form).text
    enrol(pages, client)
    assert post(client, "/tai-khoan/mat-khau", **form).status_code == 303
    alone = post(client, "/tai-khoan/ma-xac-thuc/bo", "/tai-khoan/ma-xac-thuc", password_old=short)
    assert (alone.status_code, "ngắn hơn 15 ký tự" in alone.text) == (422, True)
    back = dict(password_old=short, password=PASSWORD, password_again=PASSWORD)
    assert post(client, "/tai-khoan/mat-khau", **back).status_code == 303
    gone = post(client, "/tai-khoan/ma-xac-thuc/bo", "/tai-khoan/ma-xac-thuc", password_old=PASSWORD)
    assert gone.headers["location"] == "/tai-khoan"
    assert pages.sign_in(OFFICER).get("/tai-khoan").status_code == 200


def test_an_admin_takes_the_second_factor_off_somebody_who_lost_his_telephone(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    enrol(pages, client)
    accounts.drop_second_factor(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
    assert client.get("/tai-khoan").status_code == 303
    assert pages.sign_in(OFFICER).get("/tai-khoan").status_code == 200


def test_new_recovery_codes_end_the_old_ones(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    _, old = enrol(pages, client)
    page = post(client, "/tai-khoan/ma-xac-thuc/du-phong", "/tai-khoan/ma-xac-thuc")
    new = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", page.text)
    assert with_code(pages, pages.stranger(), old[0]).status_code == 401
    assert with_code(pages, pages.stranger(), new[0]).status_code == 303


# ── showing again who one is ──


def test_a_dangerous_act_asks_again_who_one_is_and_comes_back_with_what_was_typed(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    pages.machine += timedelta(minutes=16)
    asked = post(client, "/tai-khoan/ma-xac-thuc/tao-ma", "/tai-khoan", note="ghi chú dở")
    assert asked.headers["location"].startswith("/xac-nhan-lai?ve=%2Fvua-nhap%2F")
    wrong = post(client, "/xac-nhan-lai", asked.headers["location"], password="sai", ve="/tai-khoan")
    assert (wrong.status_code, "không đúng" in wrong.text) == (401, True)
    page = client.get(asked.headers["location"])
    back = re.search(r'name="ve" value="([^"]+)"', page.text)
    assert back
    right = client.post("/xac-nhan-lai", data={"csrf": csrf(page), "password": PASSWORD, "ve": back[1]})
    assert right.headers["location"] == back[1]
    assert "ghi chú dở" in client.get(back[1]).text
    again = post(client, "/tai-khoan/ma-xac-thuc/tao-ma", "/tai-khoan")
    assert again.headers["location"] == "/tai-khoan/ma-xac-thuc"


def test_who_has_a_second_factor_shows_a_code(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    app, _ = enrol(pages, client)
    pages.machine += timedelta(minutes=16)
    assert post(client, "/tai-khoan/ma-xac-thuc/du-phong", "/tai-khoan").headers["location"].startswith("/xac-nhan-lai")
    code = app.at(pages.machine)
    assert post(client, "/xac-nhan-lai", "/xac-nhan-lai", password=PASSWORD).status_code == 401
    assert post(client, "/xac-nhan-lai", "/xac-nhan-lai", otp=code, ve="/tai-khoan").status_code == 303
    assert post(client, "/tai-khoan/ma-xac-thuc/du-phong", "/tai-khoan").status_code == 200


def test_who_was_never_invited_is_told_so_in_words(pages: Pages) -> None:
    for call in (accounts.disable, accounts.end_sessions):
        with pytest.raises(AccountError) as error:
            call(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
        assert error.value.code == "account_missing"
    with pytest.raises(AccountError) as error:
        accounts.invite(pages.ministry.desk, "CVT/KHONG", "a@b.example", "BO/ADMIN", pages.when, Rules())
    assert error.value.code == "account_person_unknown"
