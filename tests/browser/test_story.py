"""The season of one list in a real browser, against a real `khen serve` and a mail server: nothing is stood in for.

Told twice: with a mouse, while somebody looks at every page on a phone and at a desk, in both languages; and by the
keyboard alone, which must show where it is, in a browser that runs no script.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import HOST, LONG, Stage, violations
from tests.browser.gallery import gallery
from tests.browser.hands import Hands, Keyboard, Mouse, Person
from tests.browser.inspecting import Inspector
from tests.browser.office import opened
from tests.browser.story import CHAPTERS, INVITED, LINES, Story
from tests.support.ministry import PDF

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def tell(
    browser: Browser, folder: Path, hands: Hands, lines: tuple[str, ...], arrived: Callable[[Person], None]
) -> None:
    """The whole season. What a page complains of in its console, or asks of another host, is a fault."""
    paper = folder / "bao-cao.pdf"
    paper.write_bytes(PDF)
    faults: list[str] = []
    contexts: list[BrowserContext] = []
    with opened(folder / "house", INVITED) as office:

        def come() -> Person:
            context = browser.new_context(java_script_enabled=hands.script, viewport={"width": 1280, "height": 900})
            contexts.append(context)
            page = context.new_page()
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "request",
                lambda asked: None if asked.url.startswith((office.url, "data:")) else faults.append(asked.url),
            )
            return Person(page, hands, office.url, arrived)

        story = Story(office, come, lines, paper)
        try:
            for chapter in CHAPTERS:
                chapter(story)
        finally:
            for context in contexts:
                context.close()
    # The two dossiers that the other unit asks for and is not shown.
    assert [each for each in faults if "404" not in each] == []
    assert len(faults) == 2


def test_the_inspector_sees_what_he_looks_for(stage: Stage, browser: Browser) -> None:
    nameless = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
    far = '<table class="khen-table"><tr><td>' + "Hộiđồng" * 90 + "</td></tr></table>"
    page = stage.show(gallery("vi", rows=[]).replace("</main>", f"{nameless}{far}</main>"))
    inspector = Inspector(browser)
    inspector.fits(Person(page, Mouse(), HOST, inspector.fits))
    assert ["px in a window of 320" in each for each in inspector.found] == [True]
    assert [each for each in violations(page) if each.startswith("image-alt")]


def test_a_season_with_a_mouse_and_every_page_of_it_is_for_everyone(browser: Browser, tmp_path: Path) -> None:
    inspector = Inspector(browser)
    tell(browser, tmp_path, Mouse(), LINES[: 4 if LONG else 3] + LINES[-1:], inspector.arrived)
    inspector.close()
    assert inspector.found == []
    assert inspector.looked >= 30


def test_a_season_by_the_keyboard_alone_in_a_browser_without_script(browser: Browser, tmp_path: Path) -> None:
    """Both at once: whoever has neither mouse nor script gets through. Each by itself in the long runs."""
    inspector = Inspector(browser)
    tell(browser, tmp_path, Keyboard(script=False), LINES[:2] + LINES[-1:], inspector.fits)
    assert inspector.found == []


@pytest.mark.long
def test_a_season_by_the_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    tell(browser, tmp_path, Keyboard(), LINES[:2] + LINES[-1:], lambda person: None)


@pytest.mark.long
def test_a_season_without_script(browser: Browser, tmp_path: Path) -> None:
    tell(browser, tmp_path, Mouse(script=False), LINES[:2] + LINES[-1:], lambda person: None)
