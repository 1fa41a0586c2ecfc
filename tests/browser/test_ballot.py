"""A member's ballot in a real browser: on a phone of 320 px, by keyboard alone, and without script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.browser.chromium import Stage, press_until, sound
from tests.support.browsing import Pages
from tests.support.council import Chamber
from tests.support.ministry import Ministry

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]
BALLOT = "/hoi-dong/PH1/phieu"
RECEIPT = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


@pytest.fixture
def chamber(sqlite_engine: Engine, tmp_path: Path) -> Chamber:
    made = Chamber(Ministry(sqlite_engine, tmp_path / "papers"))
    made.voting(3)
    return made


@pytest.fixture
def pages(chamber: Chamber, tmp_path: Path) -> Pages:
    return Pages(chamber.ministry, tmp_path)


def test_a_ballot_is_cast_on_a_phone_with_the_keyboard_alone(stage: Stage, pages: Pages, chamber: Chamber) -> None:
    page = stage.visit(pages.browser("BO/U01"), BALLOT, width=320)
    sound(page)
    press_until(page, "Tab", "#c_1")
    page.keyboard.press("Space")
    press_until(page, "Tab", "#c_2")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("[...document.querySelectorAll('input:checked')].map(each => each.value)") == ["yes", "no"]
    press_until(page, "Tab", "button[value=xem]")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=bo]")
    sound(page)
    assert "Phiếu đã bỏ thì không sửa được." in page.inner_text("main")
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 0
    press_until(page, "Tab", "button[value=bo]")
    page.keyboard.press("Enter")
    page.wait_for_selector("main code")
    sound(page)
    assert len([each for each in page.locator("main code").all_inner_texts() if RECEIPT.fullmatch(each)]) == 2
    assert sorted(chamber.ministry.all("SELECT choice FROM ballot_box")) == [("no",), ("yes",)]
    page.get_by_role("link", name="Bỏ phiếu tiếp 1 dòng còn lại").click()
    page.wait_for_selector("#c_3")
    sound(page)
    assert page.locator("#c_1").count() == 0


def test_enter_in_a_half_filled_ballot_looks_it_over_and_casts_nothing(
    stage: Stage, pages: Pages, chamber: Chamber
) -> None:
    page = stage.visit(pages.browser("BO/U01"), BALLOT, width=320)
    page.locator("#c_1").check()
    page.locator("#c_1").press("Enter")
    page.wait_for_selector("button[value=bo]")
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 0


def test_without_script_the_rest_is_filled_in_and_can_still_be_changed(
    stage: Stage, pages: Pages, chamber: Chamber
) -> None:
    page = stage.visit(pages.browser("BO/U01"), BALLOT, width=320, java_script_enabled=False)
    page.locator("#c_2-no").check()
    page.locator("button[value=con-lai]").click()
    page.wait_for_selector("#c_1:checked")
    assert page.locator("#c_2-no").is_checked()
    assert page.locator("#c_3").is_checked()
    page.locator("#c_3-blank").check()
    page.locator("button[value=xem]").click()
    page.locator("button[value=sua]").click()
    page.wait_for_selector("#c_3-blank:checked")
    page.locator("button[value=xem]").click()
    page.locator("button[value=bo]").click()
    page.wait_for_selector("main code")
    assert sorted(chamber.ministry.all("SELECT choice FROM ballot_box")) == [("blank",), ("no",), ("yes",)]


def test_every_page_of_a_running_session_is_sound_on_a_phone(stage: Stage, pages: Pages, chamber: Chamber) -> None:
    secretary = pages.browser("BO/COUNCIL_SECRETARY")
    for name in ("", "/chuong-trinh", "/sap-xep", "/moi-hop", "/diem-danh", "/khong-tham-gia", "/y-kien-chu-tich",
                 "/kiem-phieu", "/bien-ban", "/ket-thuc", "/sua", "/kiem-lai"):  # fmt: skip
        sound(stage.visit(secretary, f"/hoi-dong/PH1{name}", width=320))
    chamber.all_cast([1, 2, 3], {1: 15, 2: 12, 3: 11})
    chamber.close()
    for person, path in (("BO/COUNCIL_SECRETARY", "/hoi-dong/PH1"), ("BO/U01", BALLOT), ("BO/U01", "/hoi-dong"),
                         ("BO/U01", "/hoi-dong/PH1/kiem-lai"), ("BO/ADMIN", "/hoi-dong/thanh-phan/HD")):  # fmt: skip
        sound(stage.visit(pages.browser(person), path, width=320))
