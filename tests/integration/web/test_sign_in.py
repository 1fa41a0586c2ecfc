"""Signing in by password, signing out, and what a session is worth."""

from __future__ import annotations

import asyncio
import re
import time
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from sqlalchemy import Engine, update

from tests.support.browsing import PASSWORD, Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accounts, signing_in
from workflow.services.passwords import Passwords
from workflow.services.sessions import Limits
from workflow.services.signing_in import Caller
from workflow.services.throttling import TooMany
from workflow.storage.database import write
from workflow.storage.tables_access import Account

OFFICER = "CVT/CB"


def attempt(client: Any, login: str, password: str, **more: Any) -> Any:
    form = {"csrf": csrf(client.get("/dang-nhap")), "login": login, "password": password, **more}
    return client.post("/dang-nhap", data=form)


def test_the_right_password_leads_back_to_where_one_wanted_to_go(pages: Pages) -> None:
    login, client = pages.password(OFFICER), pages.stranger()
    asked = client.get("/tai-khoan?x=1")
    assert asked.headers["location"] == "/dang-nhap?ve=%2Ftai-khoan%3Fx%3D1"
    assert 'value="/tai-khoan?x=1"' in client.get(asked.headers["location"]).text
    answer = attempt(client, login, PASSWORD, ve="/tai-khoan?x=1")
    assert answer.headers["location"] == "/tai-khoan?x=1"
    assert "Tài khoản của tôi" in client.get("/tai-khoan").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere_after_signing_in(pages: Pages, elsewhere: str) -> None:
    login = pages.password(OFFICER)
    assert attempt(pages.stranger(), login, PASSWORD, ve=elsewhere).headers["location"] == "/"


@pytest.mark.attack("S01")
def test_s01_a_wrong_password_and_an_unknown_login_get_the_same_answer(pages: Pages) -> None:
    login, client = pages.password(OFFICER), pages.stranger()
    wrong, unknown = attempt(client, login, "sai rồi nhé"), attempt(client, "ai@do.example", "sai rồi nhé")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text.replace(login, "…") == unknown.text.replace("ai@do.example", "…")
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in wrong.text


@pytest.mark.attack("S01")
def test_s01_both_take_as_long(pages: Pages) -> None:
    """Measured in processor time of the thread that compares, since a busy machine says nothing by the clock."""
    login = pages.password(OFFICER)
    desk, when = pages.ministry.another_desk(passwords=Passwords()), pages.when
    with write(desk.engine) as connection:
        connection.execute(update(Account).values(password_hash=desk.passwords.hashed(PASSWORD)))

    def cost(name: str) -> float:
        began = time.process_time()
        found = signing_in.by_password(desk, name, "sai rồi nhé", Caller("10.0.0.9"), when, Limits())
        assert isinstance(found, signing_in.Wrong)
        return time.process_time() - began

    cost("nobody@x.example")
    known, unknown = (min(cost(name) for _ in range(3)) for name in (login, "nobody@x.example"))
    assert 0.5 < known / unknown < 2


@pytest.mark.attack("S02")
def test_s02_after_ten_failures_the_right_password_waits_too_but_not_for_ever(pages: Pages) -> None:
    login, client = pages.password(OFFICER), pages.stranger()
    for _ in range(10):
        assert attempt(client, login, "sai rồi nhé").status_code == 401
    full = attempt(client, login, PASSWORD)
    assert full.status_code == 429
    assert "Quá nhiều lần thử, hãy thử lại sau 10 phút." in full.text
    pages.machine += timedelta(minutes=9)
    assert attempt(client, login, PASSWORD).status_code == 429
    pages.machine += timedelta(minutes=2)
    assert attempt(client, login, PASSWORD).status_code == 303


@pytest.mark.attack("S02")
def test_s02_nobody_can_lock_another_out_of_his_own_office(pages: Pages) -> None:
    login = pages.password(OFFICER)
    desk, limits = pages.ministry.desk, Limits()
    office, rival = Caller("10.0.0.1"), Caller("10.0.0.2")
    assert isinstance(signing_in.by_password(desk, login, PASSWORD, office, pages.when, limits), signing_in.SignedIn)
    for number in range(40):
        caller = Caller(f"10.9.0.{number}") if number % 2 else rival
        signing_in.by_password(desk, login, "sai rồi nhé", caller, pages.when, limits)
    assert isinstance(signing_in.by_password(desk, login, PASSWORD, rival, pages.when, limits), TooMany)
    assert isinstance(signing_in.by_password(desk, login, PASSWORD, Caller("10.7.7.7"), pages.when, limits), TooMany)
    assert isinstance(signing_in.by_password(desk, login, PASSWORD, office, pages.when, limits), signing_in.SignedIn)


@pytest.mark.attack("S02")
def test_s02_one_address_cannot_try_many_logins_for_ever(pages: Pages) -> None:
    client = pages.stranger()
    answers = [attempt(client, f"ai{number}@x.example", "sai rồi nhé").status_code for number in range(31)]
    assert answers == [401] * 30 + [429]


@pytest.mark.attack("S05")
def test_s05_a_password_chosen_with_letters_taken_apart_is_typed_with_whole_ones(pages: Pages) -> None:
    login = pages.password(OFFICER, unicodedata.normalize("NFD", PASSWORD))
    assert attempt(pages.stranger(), login, unicodedata.normalize("NFC", PASSWORD)).status_code == 303


@pytest.mark.attack("S03")
@pytest.mark.parametrize("password", ["' OR 1=1 --", "a\0b", "\ud800", "x" * 15_000])
def test_s03_odd_passwords_are_wrong_passwords(pages: Pages, password: str) -> None:
    login = pages.password(OFFICER)
    body = urlencode(
        {"csrf": (csrf((client := pages.stranger()).get("/dang-nhap"))), "login": login, "password": password},
        errors="surrogatepass",
    )
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/dang-nhap", content=body, headers=kind).status_code == 401


@pytest.mark.attack("S03")
def test_s03_ten_megabytes_are_not_read(pages: Pages) -> None:
    client = pages.stranger()
    answer = client.post("/dang-nhap", data={"csrf": csrf(client.get("/dang-nhap")), "password": "x" * 10_000_000})
    assert answer.status_code == 413


@pytest.mark.attack("S04")
@pytest.mark.parametrize("length", [64, 128])
def test_s04_long_passwords_are_taken_whole(pages: Pages, length: int) -> None:
    password = ("đèn đường và mưa " * 10)[:length]
    pages.password(OFFICER, password)
    login = pages.login(OFFICER)
    assert attempt(pages.stranger(), login, password[:-1]).status_code == 401
    assert attempt(pages.stranger(), login, password[:72]).status_code == (303 if length <= 72 else 401)
    assert attempt(pages.stranger(), login, password).status_code == 303


@pytest.mark.attack("S05")
def test_s05_vietnamese_letters_are_one_password_however_they_are_typed(pages: Pages) -> None:
    login = pages.password(OFFICER, unicodedata.normalize("NFC", PASSWORD))
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    assert attempt(pages.stranger(), login, decomposed).status_code == 303


@pytest.mark.attack("S07")
def test_s07_signing_in_gives_a_new_session_and_ends_the_old_one(pages: Pages) -> None:
    login, client = pages.password(OFFICER), pages.stranger()
    chosen = {"cookie": "khen=chosen-by-somebody-else"}
    answer = attempt(client, login, PASSWORD)
    first = client.cookies["khen"]
    assert "chosen-by-somebody-else" not in str(answer.headers)
    assert attempt(client, login, PASSWORD).status_code == 303
    assert client.cookies["khen"] != first
    assert out(pages.holding(first))
    assert pages.stranger().get("/tai-khoan", headers=chosen).status_code == 303


@pytest.mark.attack("S08")
def test_s08_after_signing_out_the_cookie_is_worth_nothing(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    old = client.cookies["khen"]
    answer = client.post("/dang-xuat", data={"csrf": csrf(client.get("/tai-khoan"))})
    assert answer.headers["location"] == "/dang-nhap"
    assert "khen" not in client.cookies
    assert "Bạn đã đăng xuất." in client.get("/dang-nhap").text
    assert out(pages.holding(old))


@pytest.mark.attack("S10")
def test_s10_a_disabled_account_is_out_at_its_next_click_and_cannot_come_back(pages: Pages) -> None:
    login = pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    accounts.disable(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
    assert out(client)
    refused = attempt(client, login, PASSWORD)
    assert (refused.status_code, "không đúng" in refused.text) == (401, True)
    accounts.enable(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
    assert out(client)
    assert attempt(client, login, PASSWORD).status_code == 303


@pytest.mark.attack("S21")
def test_s21_what_opens_something_cannot_be_guessed(pages: Pages) -> None:
    """Codes of dossiers are counted, since people say them on the telephone; whatever opens a door is drawn by lot."""
    m = pages.ministry
    tokens = [pages.browser(OFFICER).cookies["khen"] for _ in range(3)]
    codes = m.drafts(2)
    client = pages.browser(OFFICER)
    for _ in range(2):
        form = {"csrf": csrf(client.get("/ho-so")), "code": list(codes)}
        tokens.append(client.post("/viec", data=form).headers["location"].split("/")[2])
    assert len(set(tokens)) == 5
    assert all(re.fullmatch(r"[0-9a-f]{32,}", each) for each in tokens), tokens
    kept = m.all("SELECT token_sha256 FROM web_session")
    assert not any(token in str(kept) for token in tokens)


def test_roles_are_those_of_this_very_click(pages: Pages) -> None:
    client = pages.browser("BO/ADMIN")
    assert client.get("/tai-khoan").status_code == 200
    pages.ministry.sql("UPDATE person SET erased_at = '2026-12-01 00:00:00' WHERE code = 'ADMIN'")
    assert out(client)


@pytest.mark.attack("S11")
@pytest.mark.parametrize(
    ("base_url", "name", "secure"),
    [("https://khen.bo.example", "__Host-khen", True), ("http://127.0.0.1:8080", "khen", False)],
)
def test_s11_the_cookie_is_for_this_host_and_no_script(
    sqlite_engine: Engine, tmp_path: Path, base_url: str, name: str, secure: bool
) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, f'[web]\nbase_url = "{base_url}"\n')
    login, client = pages.password(OFFICER), pages.stranger()
    client.base_url = base_url  # type: ignore[assignment]
    kept = [
        each for each in attempt(client, login, PASSWORD).headers.get_list("set-cookie") if each.startswith(f"{name}=")
    ]
    marks = {part.strip().lower() for part in kept[0].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= marks
    assert ("secure" in marks) is secure
    assert not any(mark.startswith("domain") for mark in marks)


@pytest.mark.attack("S12")
def test_s12_a_session_in_the_address_is_not_looked_at(pages: Pages) -> None:
    client = pages.browser(OFFICER)
    token = client.cookies["khen"]
    stranger = pages.stranger()
    for address in (f"/tai-khoan?khen={token}", f"/tai-khoan;khen={token}"):
        assert stranger.get(address).status_code in (303, 404)


@pytest.mark.attack("S13")
def test_s13_a_session_ends_when_idle_and_at_its_end_whatever_happens(pages: Pages) -> None:
    client = pages.browser(OFFICER)
    pages.machine += timedelta(minutes=29)
    assert not out(client)
    pages.machine += timedelta(minutes=31)
    assert out(client)
    client, end = pages.browser(OFFICER), pages.machine + timedelta(hours=12)
    while pages.machine + timedelta(minutes=20) < end:
        pages.machine += timedelta(minutes=20)
        assert not out(client)
    pages.machine = end
    assert out(client)


@pytest.mark.attack("S27")
def test_s27_a_form_without_the_token_of_its_own_session_changes_nothing(pages: Pages) -> None:
    client, other = pages.browser(OFFICER), pages.browser("CTS/CB")
    before = pages.ministry.snapshot()
    for token in ("", "0" * 48, csrf(other.get("/tai-khoan"))):
        assert client.post("/tai-khoan/ngon-ngu", data={"csrf": token, "language": "en"}).status_code == 403
    stranger = pages.stranger()
    stranger.get("/dang-nhap")
    foreign = csrf(pages.stranger().get("/dang-nhap"))
    assert stranger.post("/dang-nhap", data={"csrf": foreign, "login": "x", "password": "y"}).status_code == 403
    assert pages.ministry.snapshot() == before


@pytest.mark.attack("S30")
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8080.evil.example"},
    ],
)
def test_s30_a_form_of_another_site_is_refused(pages: Pages, headers: dict[str, str]) -> None:
    client = pages.browser(OFFICER)
    data = {"csrf": csrf(client.get("/tai-khoan")), "language": "en"}
    assert client.post("/tai-khoan/ngon-ngu", data=data, headers=headers).status_code == 403
    assert client.post("/tai-khoan/ngon-ngu", data=data, headers={"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.attack("S35")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8080"])
def test_s35_another_host_is_not_answered(pages: Pages, host: str) -> None:
    assert pages.stranger().get("/dang-nhap", headers={"host": host}).status_code == 400


@pytest.mark.attack("S100")
@pytest.mark.slow
def test_s100_many_sign_ins_at_once_hold_up_no_other_page(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Two at a time make or compare a password; whoever only looks does not wait behind them."""
    ministry = Ministry(sqlite_engine, tmp_path / "papers")
    ministry.desk = ministry.another_desk(passwords=Passwords())
    pages = Pages(ministry, tmp_path)
    login = pages.password(OFFICER)

    async def sign_in() -> int:
        transport = httpx2.ASGITransport(app=pages.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            form = {"csrf": csrf(await client.get("/dang-nhap")), "login": login, "password": PASSWORD}
            return (await client.post("/dang-nhap", data=form)).status_code

    async def look() -> float:
        transport = httpx2.ASGITransport(app=pages.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            began = time.monotonic()
            assert (await client.get("/song")).status_code == 200
            return time.monotonic() - began

    async def all_at_once() -> tuple[list[int], float, float]:
        began = time.monotonic()
        running = [asyncio.create_task(sign_in()) for _ in range(20)]
        while sum(each.done() for each in running) < 2:
            await asyncio.sleep(0.01)
        waited = await look()
        return await asyncio.gather(*running), waited, time.monotonic() - began

    statuses, waited, whole = asyncio.run(all_at_once())
    assert set(statuses) <= {303, 429}
    assert statuses.count(303) >= 10
    assert waited < whole / 4


def out(client: Any) -> bool:
    """Whether this browser is asked to sign in."""
    answer = client.get("/tai-khoan")
    return bool(answer.status_code == 303 and answer.headers["location"].startswith("/dang-nhap"))
