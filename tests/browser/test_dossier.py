"""The pages of an act in a real browser: usable on a phone, with a keyboard, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.browser.chromium import Stage, assert_fits, violations
from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]


def act_pages(pages: Pages) -> Iterator[tuple[Any, str]]:
    """Every page on the way of an act on many."""
    codes = pages.ministry.walk(pages.ministry.drafts(4), "council_voting")
    client = pages.browser("BO/COUNCIL_SECRETARY")
    front = client.get(f"/ho-so/{codes[0]}")
    yield client, f"/ho-so/{codes[0]}"
    yield client, f"/ho-so/{codes[0]}?in=1"
    yield client, f"/ho-so/{codes[0]}/viec/close_vote"
    draft = client.post("/viec", data={"csrf": csrf(front), "code": list(codes)}).headers["location"]
    yield client, draft
    form = f"{draft}/nhap/close_vote"
    yield client, form
    tally = {"members": "15", "present": "15", "yes": "14", "no": "1"}
    fields = {f"l.{code}.tally.{name}": value for code in codes[:3] for name, value in tally.items()}
    client.post(form, data={"csrf": csrf(client.get(form)), **fields})
    yield client, f"{draft}/xem"
    client.post(f"{draft}/lam", data={"csrf": csrf(client.get(f"{draft}/xem"))})
    yield client, f"{draft}/ket-qua"
    mail = re.search(rf'href="(/ho-so/{codes[0]}/thu/\d+)"', client.get(f"/ho-so/{codes[0]}").text)
    if mail:
        yield client, mail[1]
    unit = pages.browser("CVT/TT")
    yield unit, f"/ho-so/{codes[0]}"
    yield unit, "/ra-soat"


def test_every_page_of_an_act_fits_a_phone_and_passes_axe(stage: Stage, sqlite_engine: Engine, tmp_path: Path) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)
    found: dict[str, list[str]] = {}
    for client, path in act_pages(pages):
        page = stage.visit(client, path, width=320)
        wrong = violations(page)
        try:
            assert_fits(page)
        except AssertionError as error:
            wrong.append(str(error))
        if wrong:
            found[path] = wrong
    assert found == {}


def test_without_javascript_an_act_is_done_by_keyboard(stage: Stage, sqlite_engine: Engine, tmp_path: Path) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)
    (code,) = pages.ministry.walk(pages.ministry.drafts(1), "submitted")
    page = stage.visit(pages.browser("BO/SECRETARIAT"), f"/ho-so/{code}", java_script_enabled=False)
    for name in ("Tiếp nhận", "Xem điều gì sẽ xảy ra", "Thực hiện"):
        if name == "Thực hiện":
            assert "1 trên 1 hồ sơ sẽ chuyển" in page.inner_text("main")
        page.get_by_role("button", name=name, exact=True).focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert "Đã thực hiện" in page.inner_text("main")
    assert pages.ministry.state(code) == "received"
