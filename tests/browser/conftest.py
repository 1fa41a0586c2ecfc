"""The browser of a module, and a stage for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

# What a story compares is shown when it differs, as in a test itself.
pytest.register_assert_rewrite("tests.browser.story", "tests.browser.hands")

from tests.browser.chromium import Stage, a_browser  # noqa: E402


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module.

    Not for the session: while its driver runs, a test of another room that starts an event loop of its own would fail.
    """
    with a_browser() as started:
        yield started


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    """Shows pages; a test that leaves a fault in the browser's console has failed."""
    made = Stage(browser)
    yield made
    made.close()
    assert made.faults == []
