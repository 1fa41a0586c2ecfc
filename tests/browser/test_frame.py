"""The frame's own pages in a browser, with the application behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.browser.chromium import Stage, assert_accessible, assert_fits
from tests.support.browsing import Pages
from tests.support.ministry import Ministry

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]


@pytest.fixture
def pages(sqlite_engine: Engine, tmp_path: Path) -> Pages:
    return Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)


@pytest.mark.parametrize("width", [320, 1280])
def test_a_page_that_is_not_there_can_be_read_by_everyone_and_changes_its_language(
    stage: Stage, pages: Pages, width: int
) -> None:
    page = stage.visit(pages.browser("BO/SECRETARIAT"), "/khong-co", width=width)
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("link", name="English").click()  # by a redirect, and back to this page
    assert page.get_attribute("html", "lang") == "en"
    # The status of a missing page is told in the console too; that it was told is what this test wants.
    assert {"404" in fault for fault in stage.faults} == {True}
    stage.faults.clear()
