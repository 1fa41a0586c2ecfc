"""Every page that somebody can open without filling in anything, in a real browser on a phone: no room is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.browser.chromium import Stage, assert_fits, violations
from tests.support.browsing import Pages
from tests.support.ministry import Ministry
from workflow.web.app import ROOMS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.unmeasured]

PEOPLE = ("BO/SECRETARIAT", "BO/ADMIN", "CVT/CB", "CVT/TT", "BO/COUNCIL_SECRETARY")


def paths(pages: Pages, room: str) -> Iterator[tuple[str, TestClient]]:
    """Each page of the room once, with the first person who may open it."""
    code, *_ = pages.ministry.walk(pages.ministry.drafts(2), "received")
    known = {"code": code, "number": "1"}
    clients = [pages.browser(person) for person in PEOPLE]
    for entry in next(each for each in ROOMS if each.package == room).entries:
        parts = re.findall(r"\{(\w+)(?::\w+)?\}", entry.path)
        if entry.get is None or entry.machine or not set(parts) <= set(known):
            continue
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: known[part[1]], entry.path)
        for client in clients:
            answer = client.get(path)
            if answer.status_code == 200:
                if "content-disposition" not in answer.headers and "html" in answer.headers["content-type"]:
                    yield path, client
                break


@pytest.mark.parametrize("room", [each.package for each in ROOMS if any(entry.get for entry in each.entries)])
def test_everyone_can_use_every_page_of_a_room(stage: Stage, sqlite_engine: Engine, tmp_path: Path, room: str) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)

    found: dict[str, list[str]] = {}
    for path, client in paths(pages, room):
        page = stage.visit(client, path, width=320)
        wrong = violations(page)
        try:
            assert_fits(page)
        except AssertionError as error:
            wrong.append(str(error))
        if wrong:
            found[path] = wrong
    assert found == {}
