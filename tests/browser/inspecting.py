"""An inspector who walks behind somebody and looks at every page he comes to, in both languages, on a phone and a desk.

Pages that are built alike are looked at once: what a page is made of, not what stands in it, decides. Axe takes the
longest of all, so that it sees each page in one language on a phone and in the other on a desk; in the long runs, in
both on both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import LONG, assert_fits, violations
from tests.browser.hands import Person
from workflow.web.frame import LANGUAGE

PHONE, DESK = 320, 1280
HEIGHT = 900
_MADE_OF = """() => {
  const made = each => [each.tagName, each.getAttribute('class'), each.getAttribute('role'), each.type].join('.')
  return [...new Set([...document.querySelectorAll('body *')].map(made))]
}"""
# What an address names: keys, numbers, codes of dossiers, and the act of a form.
_NAMED = re.compile(r"(?<=/)(?:[0-9a-f]{16,}|\d+|[A-Z]+-\d{4}-\d{5}-\d)(?=/|$)|(?<=/viec/)[a-z_]+|(?<=/nhap/)[a-z_]+")


@dataclass
class Inspector:
    """Notes what is wrong, and goes on. `looked` counts pages."""

    browser: Browser
    found: list[str] = field(default_factory=list)
    looked: int = 0
    _known: dict[str, set[str]] = field(default_factory=dict)
    _english: dict[int, Page] = field(default_factory=dict)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def arrived(self, person: Person) -> None:
        if self._is_new(person.page):
            self._look(person.page, "vi")
            self._look(self._in_english(person.page), "en")

    def fits(self, person: Person) -> None:
        """Only whether the page fits a phone: without script other parts are seen."""
        if self._is_new(person.page):
            self._fit(person.page, "vi")

    def _is_new(self, page: Page) -> bool:
        """Whether no page of this kind was looked at, or it has a part that has not been seen: in the long runs, on
        this kind of page; else, anywhere."""
        kind, parts = self._kind(page.url), set(page.evaluate(_MADE_OF))
        known = self._known.setdefault(kind, set())
        seen = known if LONG else set[str]().union(*self._known.values())
        if known and parts <= seen:
            return False
        known |= parts
        self.looked += 1
        return True

    def _look(self, page: Page, language: str) -> None:
        assert page.get_attribute("html", "lang") == language, page.url
        self._fit(page, language, axe=LONG or language == "vi")
        if LONG or language == "en":
            self._axe(page, language, DESK)

    def _fit(self, page: Page, language: str, *, axe: bool = False) -> None:
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        try:
            assert_fits(page)
        except AssertionError as error:
            self.found.append(f"{page.url} ({language}): {error}")
        if axe:
            self._axe(page, language, PHONE)
        page.set_viewport_size({"width": DESK, "height": HEIGHT})  # whoever goes on, goes on at a desk

    def _axe(self, page: Page, language: str, width: int) -> None:
        self.found += [
            f"{page.url} ({language}, {width} px): {each}" for each in violations(page, colours=LONG or width == DESK)
        ]

    def _in_english(self, page: Page) -> Page:
        """The same address for the same person, who asked for English in this browser alone."""
        other = self._english.get(id(page.context))
        if other is None:
            context = self.browser.new_context(viewport={"width": DESK, "height": HEIGHT})
            self._contexts.append(context)
            other = self._english[id(page.context)] = context.new_page()
        cookies = [each for each in page.context.cookies() if each["name"] != LANGUAGE]
        other.context.add_cookies([*cookies, {"name": LANGUAGE, "value": "en", "url": page.url}])  # type: ignore[list-item]
        other.goto(page.url, wait_until="load")
        return other

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    @staticmethod
    def _kind(url: str) -> str:
        return _NAMED.sub("*", urlsplit(url).path)
