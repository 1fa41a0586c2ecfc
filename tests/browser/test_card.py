"""An appraiser's card in a real browser: on a phone of 320 px, by keyboard alone, and without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.browser.chromium import Stage, press_until, sound
from tests.support.appraising import OFFICE, A, B, Bench
from tests.support.browsing import Pages
from tests.support.ministry import Ministry

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]


@pytest.fixture
def bench(sqlite_engine: Engine, tmp_path: Path) -> Bench:
    made = Bench(Ministry(sqlite_engine, tmp_path / "papers"))
    made.ask(A, B)
    return made


@pytest.fixture
def pages(bench: Bench, tmp_path: Path) -> Pages:
    return Pages(bench.m, tmp_path)


@pytest.mark.parametrize("script", [True, False])
def test_a_card_is_handed_in_on_a_phone_with_the_keyboard_alone(
    stage: Stage, pages: Pages, bench: Bench, script: bool
) -> None:
    page = stage.visit(pages.browser(A), "/cham-diem", width=320, java_script_enabled=script)
    if script:
        sound(page)
    page.get_by_role("link", name="Nguyễn Văn Nam A").click()
    page.locator("#d_ket_qua").focus()
    page.keyboard.type("11")
    page.keyboard.press("Tab")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.wait_for_selector(".govuk-error-summary")
    assert page.locator("#d_sang_kien").input_value() == "4"
    assert {"422" in fault for fault in stage.faults} == {True}
    stage.faults.clear()
    if script:
        sound(page)
        press_until(page, "Tab", "#d_ket_qua")
    page.locator("#d_ket_qua").fill("10")
    page.locator("#d_ket_qua").press("Enter")
    page.wait_for_url("**/cham-diem")
    assert "Đã ghi phiếu chấm." in page.inner_text("main")
    assert bench.m.all("SELECT kind, version FROM scorecard") == [("given", 1)]


def test_the_pages_of_those_who_assign_fit_a_phone(stage: Stage, pages: Pages, bench: Bench) -> None:
    office = pages.browser(OFFICE)
    for path in ("/cham-diem/phan-cong", "/cham-diem/phan-cong/tep", f"/ho-so/{bench.code}/nguoi-cham"):
        for width in (320, 1280):
            sound(stage.visit(office, path, width=width))
