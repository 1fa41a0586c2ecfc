"""A trusted proxy may say who has signed in there; nobody else may."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accounts

OFFICER = "CVT/CB"
HEADER = {"x-remote-user": OFFICER}
TEXT = '[web]\nperson_header = "X-Remote-User"\ntrusted_proxies = ["10.0.0.7"]\n'


@pytest.fixture
def pages(sqlite_engine: Engine, tmp_path: Path) -> Pages:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, TEXT)
    pages.account(OFFICER)
    return pages


def behind(pages: Pages, address: str = "10.0.0.7") -> TestClient:
    return TestClient(
        pages.app, base_url="http://127.0.0.1:8080", follow_redirects=False, raise_server_exceptions=False,
        client=(address, 5000),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["CVT/CB", "cvt/cb"])
def test_whom_the_proxy_names_is_in_at_the_first_click_and_stays_in_one_session(pages: Pages, name: str) -> None:
    client = behind(pages)
    assert "Trần Cvt Cb" in client.get("/tai-khoan", headers={"x-remote-user": name}).text
    first = client.cookies["khen"]
    page = client.get("/tai-khoan", headers={"x-remote-user": name})
    assert (page.status_code, client.cookies["khen"]) == (200, first)
    data = {"csrf": csrf(page), "language": "en"}
    assert client.post("/tai-khoan/ngon-ngu", data=data, headers={"x-remote-user": name}).status_code == 303


@pytest.mark.attack("S34")
def test_s34_the_header_of_anybody_else_is_not_looked_at(pages: Pages) -> None:
    assert behind(pages, "10.0.0.8").get("/tai-khoan", headers=HEADER).status_code == 303
    forwarded = {**HEADER, "x-forwarded-for": "10.0.0.7"}
    assert behind(pages, "10.0.0.8").get("/tai-khoan", headers=forwarded).status_code == 303
    assert pages.ministry.one("SELECT count(*) FROM web_session") == 0


@pytest.mark.attack("S34")
def test_s34_without_a_header_agreed_on_nothing_is_read(sqlite_engine: Engine, tmp_path: Path) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, '[web]\ntrusted_proxies = ["10.0.0.7"]\n')
    pages.account(OFFICER)
    assert behind(pages).get("/tai-khoan", headers=HEADER).status_code == 303


@pytest.mark.attack("S34")
def test_s34_the_address_that_counts_is_what_the_trusted_proxy_saw(pages: Pages) -> None:
    client = behind(pages)
    client.get("/tai-khoan", headers={**HEADER, "x-forwarded-for": "1.2.3.4, 192.168.5.5"})
    assert pages.ministry.one("SELECT address FROM web_session") == "192.168.5.5"


def test_another_person_at_the_proxy_is_another_session_here(pages: Pages) -> None:
    client = behind(pages)
    client.get("/tai-khoan", headers=HEADER)
    pages.account("CTS/CB")
    assert "Trần Cts Cb" in client.get("/tai-khoan", headers={"x-remote-user": "CTS/CB"}).text
    assert client.get("/tai-khoan").status_code == 303


def test_nobody_without_an_account_in_force_comes_in(pages: Pages) -> None:
    assert behind(pages).get("/tai-khoan", headers={"x-remote-user": "PTIT/CB"}).status_code == 303
    assert behind(pages).get("/tai-khoan", headers={"x-remote-user": "khong ai"}).status_code == 303
    accounts.disable(pages.ministry.desk, OFFICER, "BO/ADMIN", pages.when)
    assert behind(pages).get("/tai-khoan", headers=HEADER).status_code == 303
