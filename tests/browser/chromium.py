"""A real browser for tests: how it is started, how a page is shown to it without a server, and what it must find.

A page shown by `Stage` comes under the policy that the frame sends, so a style or script inside a page fails here too.
"""

from __future__ import annotations

import mimetypes
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from starlette.testclient import TestClient

HERE = Path(__file__).parent
# Both are Debian's Chromium. The second is built without the frame around a page, whose drawing takes a quarter of the
# time of all pages, and nobody sees it; the long runs show every page to the one that people have.
WHOLE, FRAMELESS = Path("/usr/bin/chromium"), Path("/usr/bin/chromium-headless-shell")
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
AXE = HERE / "vendor" / "axe-core" / "axe.min.js"
STATIC = HERE.parents[1] / "workflow" / "web" / "static"
CHROMIUM = Path(
    os.environ.get("KHEN_TEST_CHROMIUM")
    or (FRAMELESS if FRAMELESS.exists() and not (LONG and WHOLE.exists()) else WHOLE)
)
# A name that a browser trusts without TLS, and that the application takes for its own; nothing listens there.
HOST = "http://127.0.0.1:8080"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Spare renderers wait for windows that nobody opens: they were four of five processes. The last three start a process
# for each window, for a list under an address bar that nobody sees.
WITHOUT = ("AutofillServerCommunication", "SpareRendererForSitePerProcess",
           "WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup")  # fmt: skip
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    f"--disable-features={','.join(WITHOUT)}",
)  # fmt: skip


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium as the system brings it. Without one a person's test is skipped; in CI it fails."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing, and CI must not pass over what only a browser sees")
        pytest.skip(f"no browser at {CHROMIUM}; KHEN_TEST_CHROMIUM names another")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Stage:
    """Shows pages without a server. `faults` collects what the browser complained about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._doors: list[Door] = []
        self._windows: dict[tuple[Any, ...], Page] = {}
        self.faults: list[str] = []

    def show(self, html: str, *, width: int = 1280, height: int = 900, path: str = "/", **options: Any) -> Page:
        """This HTML at this width. Options go to the browser's context, such as `java_script_enabled=False`."""
        page = self._page({"width": width, "height": height}, options)
        page.route("**/*", lambda route: self._answer(route, html))
        return self._go(page, path)

    def visit(self, client: TestClient, path: str, *, width: int = 1280, height: int = 900, **options: Any) -> Page:
        """The page that the application has at this path, for whoever is signed in with `client`.

        Links, forms, uploads and redirects work: whatever the browser asks for, the client asks the application. Who
        has a window of this size open goes on in it.
        """
        window = (client, width, height, *sorted(options.items()))
        if window not in self._windows:
            door = Door(client)
            self._doors.append(door)
            self._windows[window] = self._page({"width": width, "height": height}, {"proxy": door.proxy, **options})
        return self._go(self._windows[window], path)

    def _page(self, viewport: Any, options: Mapping[str, Any]) -> Page:
        context = self._browser.new_context(viewport=viewport, **options)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda asked: self._note_where(asked.url))
        return page

    def _go(self, page: Page, path: str) -> Page:
        page.goto(HOST + path, wait_until="load")
        page.evaluate("document.fonts.ready.then(() => null)")
        return page

    def _note_where(self, url: str) -> None:
        if not url.startswith((HOST + "/", "data:")):
            self.faults.append(f"asked another host: {url}")

    def _answer(self, route: Route, html: str) -> None:
        if not route.request.url.startswith(HOST + "/"):
            route.abort()
            return
        name = route.request.url.removeprefix(HOST).partition("?")[0]
        if name.startswith("/static/"):
            self._file(route, STATIC / name.removeprefix("/static/"))
        else:
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(status=200, headers=headers, body=html)

    def _file(self, route: Route, path: Path) -> None:
        if not path.is_file():
            self.faults.append(f"no such file: {path.name}")
            route.fulfill(status=404, body="")
            return
        kind = {".js": "text/javascript", ".woff2": "font/woff2"}.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        route.fulfill(status=200, headers={"Content-Type": kind or "application/octet-stream"}, body=path.read_bytes())

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        for door in self._doors:
            door.close()


class Door:
    """A proxy between a browser and the application in this process: every address that is asked for comes by here."""

    # Cookies stay in the client's jar; what was packed or cut for the way is whole again by now.
    OF_THE_WAY = frozenset({"set-cookie", "content-encoding", "content-length", "transfer-encoding", "connection"})

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._one_at_a_time = threading.Lock()
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                door.answer(self)

            def do_POST(self) -> None:
                door.answer(self)

            def log_message(self, *said: Any) -> None:
                """A test has nothing to read here."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def proxy(self) -> dict[str, str]:
        """What a context is told; without the second part a browser goes to this machine directly."""
        return {"server": f"http://127.0.0.1:{self._server.server_port}", "bypass": "<-loopback>"}

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        if not asked.path.startswith(HOST + "/"):
            asked.send_error(502)  # the browser's own errands; what a page asks for is seen in `Stage._page`
            return
        body = asked.rfile.read(int(asked.headers.get("content-length", 0)))
        sent = {name: value for name in ("content-type", "accept", "referer") if (value := asked.headers.get(name))}
        path = asked.path.removeprefix(HOST)
        with self._one_at_a_time:
            answer = self._client.request(asked.command, path, headers=sent, content=body, follow_redirects=False)
        asked.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name not in self.OF_THE_WAY:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(answer.content)))
        asked.end_headers()
        asked.wfile.write(answer.content)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """What axe finds wrong: rule, what it means, and where; nothing for a page that everyone can use.

    Whether `colours` tell enough from each other takes as long as all else, and is the same at any width.
    """
    found = page.evaluate(_with_axe(page), {"target-size": {"enabled": True}, "color-contrast": {"enabled": colours}})
    # The published file button is named by its label and its own words, with commas that nobody sees between them; axe
    # compares letter by letter and takes the commas for other words.
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
        if not (each["id"] == "label-content-name-mismatch" and "govuk-file-upload-button" in node["html"])
    ]


def _with_axe(page: Page) -> str:
    # Evaluated by the driver and not added to the page: its policy lets no foreign script in.
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE.read_text(encoding='utf-8')} }} }}")
    return "rules => axe.run(document, {resultTypes: ['violations'], rules})"


def assert_accessible(page: Page) -> None:
    """WCAG 2.2 A and AA and the good practice that axe knows. Raises AssertionError with every finding."""
    found = violations(page)
    if found:
        raise AssertionError("\n".join(found))


def assert_fits(page: Page) -> None:
    """Nothing makes the page wider than its window; what is wide scrolls in a box of its own."""
    wide: Mapping[str, Any] = page.evaluate(
        """() => ({page: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
             over: [...document.querySelectorAll('body *')]
               .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                 && !each.closest('.khen-table-box--wide, .khen-chart__scroll, .govuk-visually-hidden'))
               .slice(0, 5).map(each => each.outerHTML.slice(0, 120))})"""
    )
    if wide["page"] > wide["window"]:
        raise AssertionError(f"{wide['page']} px in a window of {wide['window']}: " + "\n".join(wide["over"]))


def sound(page: Page) -> None:
    """A page that fits its window and that everyone can use. Raises AssertionError."""
    assert_fits(page)
    assert_accessible(page)


def press_until(page: Page, key: str, selector: str, most: int = 80) -> None:
    """Go on with this key until what the selector names has the focus. Raises AssertionError."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} cannot be reached with {key}")
