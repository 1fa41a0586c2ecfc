"""Looking changes nothing, and every page that can be reached keeps the promises that all pages make."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.postgres import BOTH
from tests.support.browsing import Pages
from tests.support.crawling import Form, Page, Shapes, crawl, filled, parts_of, plain_entries, whole_database
from tests.support.lived_in import Lived, live, program
from tests.support.ministry import Ministry
from workflow.web.guarding import POLICY, headers

pytestmark = pytest.mark.unmeasured
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

PEOPLE = ("BO/SECRETARIAT", "BO/ADMIN", "BO/AUDITOR", "BO/COUNCIL_SECRETARY", "BO/COUNCIL_MEMBER", "BO/CLERK",
          "BO/TD-CVT", "CVT/CB", "CVT/TT", "stranger")  # fmt: skip
MEETS_MOST = ("BO/SECRETARIAT", "CVT/CB")
"""Those who are shown the most pages of one shape: outside the long runs, two of each, and the others one."""
NOTED = frozenset({("web_session", "seen_at"), ("account", "signed_in_at"), ("api_token", "used_at")})
"""When somebody was last here: all that looking may leave."""
MOST_BYTES = 60 * 1024
"""Of a page with its style and script, as they travel: a line of 512 kbit/s needs a second."""


@pytest.fixture(params=BOTH)
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Pages:
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return Pages(Ministry(engine, tmp_path / "papers"), tmp_path)


def starts(pages: Pages, lived: Lived) -> list[str]:
    """Pages that need nothing to be named, a dossier in each state, and what else this unit has."""
    entries = pages.app.state.house.entries.values()
    found = [*plain_entries(entries), *(f"/ho-so/{code}" for code in lived.codes.values())]
    found += [f"/ho-so/{lived.codes['appraising']}/nguoi-cham"]
    named = {"code": lived.codes["draft"], "draft": lived.act_draft, "transition": "withdraw", "form": "csv"}
    for entry in entries:
        parts = parts_of(entry)
        if entry.get is not None and not entry.machine and parts and set(parts) <= set(named):
            found.append(filled(entry, named))
    of_sessions = [each for each in entries if each.get is not None and each.path.startswith("/hoi-dong/{code}")]
    paper = {"paper": "chuong_trinh", "form": "pdf"}
    found += [filled(each, {"code": code, **paper}) for each in of_sessions for code in lived.sessions]
    found.append(f"/cua-don-vi/ho-so/{lived.codes['decided']}")  # where its papers are
    own = f"/to-trinh/{lived.submission}"
    return [*found, own, f"{own}/nhieu-giay-to/{lived.paper_batch}", f"/to-trinh/nhap/{lived.list_draft}", "/khong-co"]


def visited(pages: Pages, lived: Lived, person: str, each: int) -> Iterator[Page]:
    client = pages.stranger() if person == "stranger" else pages.browser(person)
    shapes = Shapes(pages.app.state.house.entries.values())
    yield from crawl(client, starts(pages, lived), shapes, each=each)


@pytest.mark.attack("S29", "S31", "S32", "S41")
def test_nothing_that_is_only_looked_at_changes_anything(pages: Pages) -> None:
    lived = live(pages)
    # Once is enough to see that the other database answers each page's questions, and changes nothing.
    again = pages.ministry.engine.dialect.name == "postgresql" and not LONG
    people = ("BO/SECRETARIAT", "BO/ADMIN", "CVT/CB") if again else PEOPLE
    for person in people:
        if person != "stranger":
            pages.browser(person)
    api = [program(pages, person) for person in ("BO/SECRETARIAT", "CVT/CB")]
    before = whole_database(pages.ministry.engine, NOTED | {("web_session", "id")})
    signed_in = before.pop("web_session")
    taken_out = len(before.pop("access_log"))
    seen: set[str] = set()
    wrong: list[str] = []
    weights: dict[str, int] = {}
    for person in people:
        for page in visited(pages, lived, person, 1 if again else 3 if LONG else 2 if person in MEETS_MOST else 1):
            seen.add(page.path)
            wrong += [f"{person} {page.path}: {fault}" for fault in faults(page)]
            if page.reading is not None:
                weights[page.path] = max(weights.get(page.path, 0), weight(pages, page))
    for client in api:
        for entry in pages.app.state.house.entries.values():
            if entry.machine and entry.get is not None:
                answer = client.get(filled(entry, dict.fromkeys(parts_of(entry), lived.codes["signing"])))
                assert answer.status_code < 500, entry.path
    assert sorted({each.partition(": ")[2] or each for each in wrong}) == [], wrong[:20]
    after = whole_database(pages.ministry.engine, NOTED | {("web_session", "id")})
    # Each has signed in, which is the test's own doing.
    assert len(after.pop("web_session")) == len(signed_in) + len(set(people) - {"stranger"})
    # Who took a list out is noted: the one thing that a look leaves, and why the note is there.
    assert len(after.pop("access_log")) > taken_out
    assert {name for name in before if before[name] != after[name]} == set()
    assert len(seen) > 100
    heavy = {path: size for path, size in weights.items() if size > MOST_BYTES}
    assert heavy == {}
    print(f"{len(seen)} pages; heaviest", sorted(((size, path) for path, size in weights.items()), reverse=True)[:5])


def faults(page: Page) -> Iterator[str]:
    """What of the common promises this answer breaks."""
    answer = page.answer
    if answer.status_code >= 500:
        yield f"status {answer.status_code}"
    for name, value in headers(secure=False).items():
        stricter = name == "Content-Security-Policy" and (is_a_mail(page) or is_a_file(page))
        if answer.headers.get(name) != value and not stricter:
            yield f"{name}: {answer.headers.get(name)}"
    if page.reading is None:
        return
    yield from page.reading.forbidden if not is_a_mail(page) else ()
    for form in page.reading.forms:
        yield from faults_of(form)
    for file in page.reading.files:
        if not file.startswith("/static/"):
            yield f"a file from elsewhere: {file}"
    if (
        "{{" in answer.text or "Undefined" in answer.text
    ) and "/mau-thu/" not in page.path:  # templates are edited there
        yield "a template shows through"


def is_a_mail(page: Page) -> bool:
    """The HTML of a mail as it was sent, shown with a policy of its own that forbids even more."""
    policy = page.answer.headers.get("Content-Security-Policy", "")
    return (
        policy != POLICY and "default-src 'none'" in policy and "script-src" not in policy and page.path[:5] == "/thu/"
    )


def is_a_file(page: Page) -> bool:
    """Something to keep, which no browser shows in place and which may do nothing at all."""
    headers_ = page.answer.headers
    policy = headers_.get("Content-Security-Policy", "")
    return headers_.get("Content-Disposition", "").startswith("attachment;") and policy == "sandbox; default-src 'none'"


def faults_of(form: Form) -> Iterator[str]:
    if form.method == "post" and "csrf" not in form.names():
        yield f"a form without its token: {form.action}"
    if form.method == "get" and "csrf" in form.names():
        yield f"a token in an address: {form.action}"


_FILES: dict[str, int] = {}


def weight(pages: Pages, page: Page) -> int:
    """Bytes that travel for this page the first time, but for letters and pictures."""
    assert page.reading is not None
    total = len(gzip.compress(page.answer.content, 5))
    for file in page.reading.files:
        if file.endswith((".css", ".js")):
            if file not in _FILES:
                _FILES[file] = len(gzip.compress(pages.stranger().get(file).content, 5))
            total += _FILES[file]
    return total


def test_the_fault_finder_finds_faults(pages: Pages) -> None:
    """What is asked of every page would be missed on a page that lacks it."""
    from tests.support.crawling import Reading

    reading = Reading('<p style="x" onclick="y"><style></style><script>1</script><a href="javascript:1">'
                      '<form method="post" action="/a"><input name="b"></form></p>')  # fmt: skip
    assert (
        reading.forbidden == ["<p style>", "<p onclick>", "<style>", "<script>", "href=javascript:"]
        or len(reading.forbidden) == 5
    )
    assert list(faults_of(reading.forms[0])) == ["a form without its token: /a"]
