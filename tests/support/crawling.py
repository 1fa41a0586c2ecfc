"""Goes through pages by their links and their forms that only ask, as a browser would; and reads what stands in one."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml import etree
from sqlalchemy import Engine, MetaData
from starlette.testclient import TestClient

from workflow.storage.database import read
from workflow.web.routing import Entry

_PART = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass
class Form:
    """A form: where it goes, how, and the fields in it with what they hold."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def names(self) -> set[str]:
        return {name for name, _ in self.fields}


class Reading:
    """What a page is made of, as far as tests ask: links, files, forms, and whatever a strict policy forbids.

    Read by libxml2, in a tenth of the time that Python's own reader takes: a crawl reads thousands of pages.
    """

    def __init__(self, html: str) -> None:
        self.links: list[str] = []
        self.files: list[str] = []
        self.forms: list[Form] = []
        self.loose_fields: list[str] = []
        self.forbidden: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._script = False
        reader = etree.HTMLParser(target=self, huge_tree=True)
        reader.feed(html)
        reader.close()

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        for name, value in given.items():
            if name == "style" or (name.startswith("on") and tag != "svg"):
                self.forbidden.append(f"<{tag} {name}>")
            if value.startswith("javascript:"):
                self.forbidden.append(f"{name}=javascript:")
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.forbidden.append(f"<{tag}>")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("script", "img", "link", "source", "iframe"):
            self.files += [given[name] for name in ("src", "href") if given.get(name)]
        if tag == "form":
            self._form = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._form)
        self._field(tag, given)

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        name = given.get("name", "")
        if tag == "select":
            self._select = name
            if self._form is not None and name:
                self._form.fields.append((name, ""))
        elif tag == "option" and self._form is not None and self._select and "selected" in given:
            self._form.fields.append((self._select, given.get("value", "")))
        elif tag in ("input", "textarea", "button") and name:
            if given.get("form"):
                self.loose_fields.append(name)
            elif self._form is not None and (
                given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given
            ):
                self._form.fields.append((name, given.get("value", "")))

    def end(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""

    def close(self) -> None:
        """The reader asks for it at the end of a text."""


@dataclass(frozen=True)
class Page:
    """An answer on the way; `reading` only for pages."""

    path: str
    answer: Any
    reading: Reading | None

    @property
    def text(self) -> str:
        """Everything that somebody could read in it, the parts of a workbook too."""
        return readable(self.answer)


def readable(answer: Any) -> str:
    """Everything that somebody could read in an answer: its headers, its body, the parts of a workbook."""
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        return "\n".join((heads, *parts))
    return f"{heads}\n{body.decode('utf-8', 'replace')}"


class Shapes:
    """Which entry a path belongs to: pages of one entry are alike, and a few of them are enough."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._known = [
            (each.name, re.compile(_PART.sub(lambda part: "[0-9]+" if part[2] == "int" else "[^/]+", each.path) + "$"))
            for each in entries
            if each.get is not None
        ]

    def of(self, path: str) -> str:
        split = urlsplit(path)
        name = next((name for name, shape in self._known if shape.match(split.path)), split.path)
        return f"{name}?{','.join(sorted({key for key, _ in parse_qsl(split.query)}))}"


def crawl(
    client: TestClient, starts: Iterable[str], shapes: Shapes, *, each: int = 3, most: int = 500,
    skip: tuple[str, ...] = ("/ngon-ngu/", "/static/"),
) -> Iterator[Page]:  # fmt: skip
    """These pages, and those that links and asking forms lead to: at most `each` of one shape, `most` in all."""
    waiting = deque(dict.fromkeys(starts))
    seen = set(waiting)
    first = frozenset(seen)
    taken: Counter[str] = Counter()
    while waiting and sum(taken.values()) < most:
        path = waiting.popleft()
        shape = shapes.of(path)
        if path not in first and taken[shape] >= each:
            continue
        taken[shape] += 1
        answer = client.get(path)
        html = answer.headers.get("content-type", "").startswith("text/html") and answer.status_code != 303
        page = Page(path, answer, Reading(answer.text) if html else None)
        yield page
        for found in _onwards(page):
            if found not in seen and not found.startswith(skip):
                seen.add(found)
                waiting.append(found)


def _onwards(page: Page) -> Iterator[str]:
    if 300 <= page.answer.status_code < 400:
        yield from _inside(page.path, page.answer.headers["location"])
    if page.reading is None:
        return
    for each in page.reading.links:
        yield from _inside(page.path, each)
    for form in page.reading.forms:
        if form.method == "get":
            yield from _inside(page.path, f"{form.action}?{urlencode(form.fields)}")


def _inside(here: str, there: str) -> Iterator[str]:
    split = urlsplit(urljoin(f"http://127.0.0.1:8080{here}", there))
    if split.netloc == "127.0.0.1:8080" and split.scheme == "http":
        yield f"{split.path}?{split.query}" if split.query else split.path


def plain_entries(entries: Iterable[Entry]) -> list[str]:
    """The paths of the pages that need nothing to be named."""
    return [each.path for each in entries if each.get is not None and not each.machine and "{" not in each.path]


def parts_of(entry: Entry) -> list[str]:
    return [found[1] for found in _PART.finditer(entry.path)]


def filled(entry: Entry, values: dict[str, str]) -> str:
    return _PART.sub(lambda part: values[part[1]], entry.path)


def whole_database(engine: Engine, but: frozenset[tuple[str, str]] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table there is, but for these columns."""
    metadata = MetaData()
    metadata.reflect(engine)
    with read(engine) as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(
                    table.select().with_only_columns(*(c for c in table.c if (table.name, c.name) not in but))
                )),
                key=repr,
            )
            for table in metadata.sorted_tables
        }  # fmt: skip
