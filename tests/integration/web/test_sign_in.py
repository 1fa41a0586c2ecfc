"""Signing in by password, signing out, and what a session is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.browsing import PASSWORD, Pages, csrf
from tests.support.ministry import Ministry

OFFICER = "CVT/CB"


@pytest.fixture
def pages(sqlite_engine: Engine, tmp_path: Path) -> Pages:
    return Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)


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
