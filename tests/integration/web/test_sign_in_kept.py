"""A half-filled form survives a session that ran out: for its own account, and for nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.browsing import PASSWORD, Pages, csrf

OFFICER = "CVT/CB"
WHERE = "/tai-khoan/ngon-ngu"


def timed_out(pages: Pages, **form: str) -> tuple[Any, str]:
    """A browser whose session ran out while its form was being filled; the page that kept it."""
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    token = csrf(client.get("/tai-khoan"))
    pages.machine += timedelta(minutes=31)
    answer = client.post(WHERE, data={"csrf": token, **form})
    found = re.fullmatch(r"/dang-nhap\?ve=(%2Fvua-nhap%2F[0-9a-f]{32})", answer.headers["location"])
    assert found, answer.headers["location"]
    assert "đã được giữ lại" in client.get(answer.headers["location"]).text
    return client, found[1].replace("%2F", "/")


def sign_in(pages: Pages, client: Any, back: str) -> Any:
    form = {"csrf": csrf(client.get("/dang-nhap")), "login": pages.login(OFFICER), "password": PASSWORD, "ve": back}
    return client.post("/dang-nhap", data=form)


@pytest.mark.attack("S13")
def test_s13_what_was_typed_is_shown_after_signing_in_and_sent_again_by_one_click(pages: Pages) -> None:
    client, kept = timed_out(pages, language="en", note="Tập thể & cá nhân <b>")
    assert sign_in(pages, client, kept).headers["location"] == kept
    page = client.get(kept)
    assert "Nội dung bạn vừa nhập" in page.text
    assert "Tập thể &amp; cá nhân &lt;b&gt;" in page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text.split("</form>")[1]))
    assert fields["language"] == "en"
    assert f'action="{WHERE}"' in page.text
    sent = client.post(WHERE, data={**fields, "csrf": csrf(page)})
    assert sent.headers["location"] == "/tai-khoan"
    assert "My account" in client.get("/tai-khoan").text
    assert client.get(kept).status_code == 404


@pytest.mark.attack("S13")
def test_another_account_never_sees_it(pages: Pages) -> None:
    _, kept = timed_out(pages, note="chỉ của tôi")
    client = pages.browser("CTS/CB")
    other = client.get(kept)
    assert (other.status_code, "chỉ của tôi" in other.text) == (404, False)
    assert pages.stranger().get(kept).status_code == 303
    missing = "0" * 32
    token = kept.rpartition("/")[2]
    assert other.text.replace(token, "…") == client.get(f"/vua-nhap/{missing}").text.replace(missing, "…")


def test_passwords_codes_and_tokens_are_not_kept(pages: Pages) -> None:
    timed_out(pages, password="bí mật một", password_old="bí mật hai", otp="123456", note="giữ")
    kept = str(pages.ministry.all("SELECT fields FROM kept_form"))
    assert "note" in kept
    assert not any(word in kept for word in ("bí mật", "csrf", "123456", "b\\u00ed"))


def test_files_must_be_chosen_again_and_the_page_says_which(pages: Pages) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    token = csrf(client.get("/tai-khoan"))
    pages.machine += timedelta(minutes=31)
    files = {"file": ("danh-sach.xlsx", b"PK....", "application/octet-stream")}
    answer = client.post(WHERE, data={"csrf": token}, files=files)
    kept = answer.headers["location"].partition("=")[2].replace("%2F", "/")
    sign_in(pages, client, kept)
    assert "phải chọn lại" in (page := client.get(kept).text)
    assert "danh-sach.xlsx" in page


@pytest.mark.parametrize("why", ["signed out", "ended elsewhere", "another token", "another site", "disabled"])
def test_nothing_is_kept_that_was_not_the_owners_own_form(pages: Pages, why: str) -> None:
    pages.password(OFFICER)
    client = pages.sign_in(OFFICER)
    token, headers = csrf(client.get("/tai-khoan")), {}
    if why in ("signed out", "ended elsewhere"):
        pages.ministry.sql("UPDATE web_session SET ended_at = '2026-12-01 02:00:00'")
    if why == "disabled":
        pages.ministry.sql("UPDATE account SET disabled_at = '2026-12-01 02:00:00'")
    pages.machine += timedelta(minutes=31)
    if why == "another token":
        token = "0" * 48
    if why == "another site":
        headers = {"sec-fetch-site": "cross-site"}
    answer = client.post(WHERE, data={"csrf": token, "note": "x"}, headers=headers)
    assert answer.headers["location"] == "/dang-nhap?ve=%2F"
    assert pages.ministry.all("SELECT * FROM kept_form") == []


def test_it_can_be_thrown_away_and_is_forgotten_after_a_week(pages: Pages) -> None:
    client, kept = timed_out(pages, note="x")
    sign_in(pages, client, kept)
    assert client.post(kept, data={"csrf": csrf(client.get(kept))}).headers["location"] == "/"
    assert client.get(kept).status_code == 404
    client, kept = _again(pages)
    pages.machine += timedelta(days=8)
    sign_in(pages, client, kept)
    assert client.get(kept).status_code == 404


def _again(pages: Pages) -> tuple[Any, str]:
    client = pages.sign_in(OFFICER)
    token = csrf(client.get("/tai-khoan"))
    pages.machine += timedelta(minutes=31)
    answer = client.post(WHERE, data={"csrf": token, "note": "x"})
    return client, answer.headers["location"].partition("=")[2].replace("%2F", "/")
