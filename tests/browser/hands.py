"""How a person works a page: with a mouse, with the keyboard alone, or in a browser that runs no script.

A person finds things by what they are called, as a reader or a screen reader would, never by their place in the markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

from tests.browser.chromium import LONG

MOST_TABS = 400
"""Presses of Tab after which something counts as out of reach."""
LAST_TABS = 6
"""Presses of a long way that are made one by one, but in the long runs: those before them, from a stop on the way."""


class Hands(Protocol):
    """One way of working a page."""

    script: bool

    def press(self, at: Locator) -> None:
        """A button, a link, the heading of a part that unfolds."""

    def write(self, at: Locator, text: str) -> None:
        """Replace what stands in a box."""

    def choose(self, at: Locator, option: str) -> None:
        """One of a list, by its words."""

    def tick(self, at: Locator) -> None:
        """A box or a radio that is not ticked yet."""

    def untick(self, at: Locator) -> None: ...

    def attach(self, at: Locator, file: Path) -> None:
        """`at` is the field for a file."""


class Mouse:
    """Clicks."""

    def __init__(self, *, script: bool = True) -> None:
        self.script = script

    def press(self, at: Locator) -> None:
        at.click()

    def write(self, at: Locator, text: str) -> None:
        at.fill(text)

    def choose(self, at: Locator, option: str) -> None:
        at.select_option(label=option)

    def tick(self, at: Locator) -> None:
        at.check()

    def untick(self, at: Locator) -> None:
        at.uncheck()

    def attach(self, at: Locator, file: Path) -> None:
        with at.page.expect_file_chooser() as asked:
            button_of(at).click()
        asked.value.set_files(file)


class Keyboard:
    """Tab, Enter, Space, letters and arrows, and the link that leads past the menu; what has the focus must show it."""

    def __init__(self, *, script: bool = True) -> None:
        self.script = script

    def press(self, at: Locator) -> None:
        self._reach(at)
        at.page.keyboard.press("Enter")

    def write(self, at: Locator, text: str) -> None:
        self._reach(at)
        at.page.keyboard.press("Control+A")
        at.page.keyboard.press("Delete")
        at.page.keyboard.insert_text(text)

    def choose(self, at: Locator, option: str) -> None:
        self._reach(at)
        at.page.keyboard.press("Home")
        for _ in range(at.locator("option").count()):
            if at.evaluate("each => each.selectedOptions[0].label.trim()") == option:
                return
            at.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no way down to “{option}”")

    def tick(self, at: Locator) -> None:
        if not at.is_checked():
            self._reach(at)
            at.page.keyboard.press("Space")
        assert at.is_checked()

    def untick(self, at: Locator) -> None:
        if at.is_checked():
            self._reach(at)
            at.page.keyboard.press("Space")
        assert not at.is_checked()

    def attach(self, at: Locator, file: Path) -> None:
        button = button_of(at)
        self._reach(button)
        with at.page.expect_file_chooser() as asked:
            at.page.keyboard.press("Enter")
        asked.value.set_files(file)

    def _reach(self, at: Locator) -> None:
        """Go on or back with Tab, from where the focus is, until this has it."""
        wanted = at.element_handle()
        assert wanted is not None
        if wanted.evaluate(_BEHIND_THE_MENU):
            at.page.keyboard.press("Tab")
            assert at.page.evaluate(_SHOWS_FOCUS, at.page.evaluate_handle("document.activeElement")) is True
            at.page.keyboard.press("Enter")
        stops = int(wanted.evaluate(_STOPS_BETWEEN, MOST_TABS if LONG else LAST_TABS))
        key = "Shift+Tab" if stops < 0 else "Tab"
        # Asking after each press takes as long as the press: most of the way is gone without asking.
        pressed = int(abs(stops) * 0.8)
        for _ in range(pressed):
            at.page.keyboard.press(key)
        while not wanted.evaluate(_HAS_FOCUS):
            assert pressed < MOST_TABS, f"not reached by Tab: {wanted.evaluate('each => each.outerHTML.slice(0, 200)')}"
            at.page.keyboard.press(key)
            pressed += 1
        shown = wanted.evaluate(_SHOWS_FOCUS)
        assert shown is True, f"has the focus and does not show it: {shown}"


# Nothing has the focus yet, and what is wanted lies in the page itself: the first link leads there.
_BEHIND_THE_MENU = "each => document.activeElement === document.body && each.closest('main') !== null"
# How many stops lie between the focus and this; below zero where it stands before. Where there are more than so many,
# the focus is put on the stop that lies so far from it.
_STOPS_BETWEEN = """(each, most) => {
  const after = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING
  const here = document.activeElement, from = here === document.body ? null : here
  const back = from && after(each, from)
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(stop => !stop.disabled && stop.type !== 'hidden' && stop.getClientRects().length
      && (back ? after(each, stop) && after(stop, from) : (!from || after(from, stop)) && after(stop, each)))
  if (stops.length > most) {
    stops[back ? most : stops.length - 1 - most].focus()
    return back ? -most - 1 : most
  }
  return back ? -stops.length - 1 : stops.length
}"""
_HAS_FOCUS = "each => document.activeElement === each"
_SHOWS_FOCUS = """each => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect()
  const label = each.nextElementSibling ? getComputedStyle(each.nextElementSibling, '::before') : null
  const shown = style.outlineStyle !== 'none' && style.outlineWidth !== '0px'
    || style.boxShadow !== 'none' || label && label.boxShadow !== 'none'
  const inside = box.top < innerHeight && box.bottom > 0 && box.width > 1 && box.height > 1
  return shown && inside || each.outerHTML.slice(0, 200)
}"""


def button_of(field: Locator) -> Locator:
    """What one presses to choose a file: the published component puts a button before the field, where script runs."""
    button = field.locator("xpath=ancestor::*[@data-module='govuk-file-upload']//button")
    return button if button.count() else field


class Person:
    """Somebody at a browser of his own, who goes on from page to page and looks at each."""

    def __init__(self, page: Page, hands: Hands, home: str, arrived: Callable[[Person], None]) -> None:
        self.page = page
        self.hands = hands
        self.home_address = home
        self._arrived = arrived
        # Once somebody listens, the driver is told of every chooser; told only as a key is pressed, it misses that one.
        page.on("filechooser", lambda _: None)

    # ── going ──

    def open(self, address: str) -> Person:
        """Type an address, or press a link in a mail program."""
        self.page.goto(address, wait_until="load")
        self._arrived(self)
        return self

    def home(self) -> Person:
        return self.open(f"{self.home_address}/")

    def follow(self, words: str, within: str = "") -> Person:
        """A link."""
        self._go(self.part(within).get_by_role("link", name=words, exact=True).first)
        return self

    def press(self, words: str, within: str = "") -> Person:
        """A button, or a link that looks like one."""
        self._go(self.part(within).get_by_role("button", name=words, exact=True).first)
        return self

    def _go(self, at: Locator) -> None:
        # The link past the menu is no way to another page.
        with self.page.expect_navigation(url=lambda url: not url.endswith("#main-content"), wait_until="load"):
            self.hands.press(at)
        self._arrived(self)

    # ── filling in ──

    def write(self, label: str, text: str, within: str = "") -> Person:
        self.hands.write(self.field(label, within), text)
        return self

    def choose(self, label: str, option: str, within: str = "") -> Person:
        self.hands.choose(self.field(label, within), option)
        return self

    def tick(self, label: str, within: str = "") -> Person:
        self.hands.tick(self.field(label, within))
        return self

    def untick(self, label: str, within: str = "") -> Person:
        self.hands.untick(self.field(label, within))
        return self

    def unfold(self, words: str, within: str = "") -> Person:
        """A part that shows more when its heading is pressed."""
        self.hands.press(self.part(within).locator("summary").filter(has_text=words).first)
        return self

    def attach(self, file: Path, within: str = "") -> Person:
        """Choose a file in the one field for files in this part."""
        self.hands.attach(self.part(within).locator("input[type=file]").first, file)
        return self

    def field(self, label: str, within: str = "") -> Locator:
        """The field of this label, or of the first that begins so: a warning's label is a whole sentence."""
        part = self.part(within)
        found = part.get_by_label(label, exact=True)
        return (found if found.count() else part.get_by_label(re.compile(f"^{re.escape(label)}"))).first

    # ── looking ──

    def part(self, heading: str = "") -> Locator:
        """The smallest part of the page under this heading; without one the page."""
        if not heading:
            return self.page.locator("body")
        parts = self.page.locator("section, .khen-slot, .khen-mend, tr, fieldset, form")
        return parts.filter(has_text=heading).last

    @property
    def text(self) -> str:
        """What there is to read."""
        return self.page.inner_text(".khen-page")

    def codes(self) -> list[str]:
        """Codes of dossiers that stand on the page."""
        return sorted(set(re.findall(r"\b[A-Z]+-\d{4}-\d{5}-\d\b", self.text)))

    def asks(self, address: str) -> tuple[int, str]:
        """What the house answers to this address, and what is read there."""
        answer = self.page.goto(address, wait_until="load")
        assert answer is not None
        return answer.status, self.page.inner_text("main")

    def sees(self, *words: str) -> Person:
        text = " ".join(self.text.split())
        for each in words:
            assert each in text, f"“{each}” is not on {self.page.url}: {text}"
        return self

    def sees_not(self, *words: str) -> Person:
        text = " ".join(self.page.content().split())
        for each in words:
            assert each not in text, f"“{each}” is on {self.page.url}"
        return self

    def take(self, words: str) -> bytes:
        """The file behind a link, saved."""
        with self.page.expect_download() as coming:
            self.hands.press(
                self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words)).first
            )
        return Path(coming.value.path()).read_bytes()
