"""Everything that pages are made of, in a real browser: usable by everyone, at any width, without script, on paper."""

from __future__ import annotations

import pytest

from tests.browser.chromium import LONG, Stage, assert_accessible, assert_fits
from tests.browser.gallery import gallery, rows
from tests.browser.inspecting import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everyone_can_use_every_part_at_any_width(stage: Stage, language: str, width: int) -> None:
    page = stage.show(gallery(language, rows=rows(language, 12)), width=width)

    assert_fits(page)
    if LONG or (language == "vi") == (width == PHONE):  # as the inspector looks: one language on a phone, one at a desk
        assert_accessible(page)


def test_two_hundred_rows_fit_a_phone_and_a_very_wide_screen(stage: Stage) -> None:
    for width in (320, 640, 1024, 1920):
        assert_fits(stage.show(gallery("vi"), width=width))


def test_whatever_the_keyboard_reaches_shows_that_it_is_there(stage: Stage) -> None:
    page = stage.show(gallery("vi", rows=rows("vi", 3)))
    page.evaluate("document.activeElement.blur()")
    page.evaluate("window.scrollTo(0, 0)")

    unseen, seen = [], 0
    for _ in range(200):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect()
                const label = at.nextElementSibling ? getComputedStyle(at.nextElementSibling, '::before') : null
                const shown = style.outlineStyle !== 'none' && style.outlineWidth !== '0px'
                  || style.boxShadow !== 'none' || label && label.boxShadow !== 'none'
                return {what: at.outerHTML.slice(0, 90), shown, sized: box.width > 1 && box.height > 1}
            }"""
        )
        if found["what"].startswith("<body"):
            break
        seen += 1
        if not (found["shown"] and found["sized"]):
            unseen.append(found["what"])

    assert seen > 60
    assert unseen == []


def test_nothing_is_lost_without_script(stage: Stage) -> None:
    page = stage.show(gallery("vi", rows=rows("vi", 3)), java_script_enabled=False)

    assert page.locator(".govuk-service-navigation__list").is_visible()
    assert page.locator("#zalo").is_visible()
    assert page.get_by_role("checkbox", name="Chọn Nguyễn Thị Hồng Ngát").is_visible()
    for helper in ("[data-khen-print]", "[data-khen-copy]", ".khen-pick-all", ".khen-bulk__count"):
        assert not page.locator(helper).first.is_visible()


def test_one_box_picks_every_row_and_the_count_follows(stage: Stage) -> None:
    page = stage.show(gallery("vi", rows=rows("vi", 12)))
    count = page.locator("[data-khen-count=line]")

    page.get_by_label("Chọn tất cả các dòng trên trang này").check()
    assert count.inner_text() == "12"
    page.locator("input[name=line]").nth(3).uncheck()
    assert count.inner_text() == "11"


def test_shift_picks_a_stretch_of_rows(stage: Stage) -> None:
    page = stage.show(gallery("vi", rows=rows("vi", 12)))

    page.locator("input[name=line]").nth(2).click()
    page.locator("input[name=line]").nth(6).click(modifiers=["Shift"])
    assert page.locator("[data-khen-count=line]").inner_text() == "5"


def test_a_window_at_twice_the_size_still_holds_everything(stage: Stage) -> None:
    """At 200 % a window of 1,280 px has room for 640."""
    page = stage.show(gallery("vi", rows=rows("vi", 12)), width=640, device_scale_factor=2)

    assert_fits(page)
    assert page.get_by_role("heading", level=1).is_visible()


def test_paper_shows_the_list_and_none_of_the_buttons(stage: Stage) -> None:
    page = stage.show(gallery("vi", rows=rows("vi", 3)))
    page.emulate_media(media="print")

    assert page.get_by_role("rowheader", name="Nguyễn Thị Hồng Ngát").first.is_visible()
    for pressed in (".govuk-button", ".khen-nav", ".khen-filters", ".khen-table__pick"):
        assert not page.locator(pressed).first.is_visible()
    assert page.get_by_text("In từ hệ thống Khen").is_visible()
