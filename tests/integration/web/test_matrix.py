"""Roles × pages: every page of every room is tried as every role of the register, as nobody, and as a stopped account.

The table of roles decides and is the only list here: a new room is tried without a word being added. What a page makes
of a POST is for the room's own tests; here it is who may come as far as the page, and that a refusal writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from definitions.vocabulary import ROLES
from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry
from workflow.services import accounts, register
from workflow.services.access import action, actions
from workflow.services.register import PersonEntry, RoleEntry
from workflow.web.app import ROOMS
from workflow.web.routing import Entry

pytestmark = pytest.mark.unmeasured

ENTRIES = tuple(entry for room in ROOMS for entry in room.entries)
_PART = re.compile(r"\{(\w+)(?::(\w+))?\}")
FINE = {200, 303, 404, 409, 410, 422}
"""What somebody who is let in may be answered: the page, the way on, no such thing, not now, not like that."""


class World:
    """A small ministry with one dossier under way and one person for each role, each with a browser of his."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.ministry = Ministry(engine, folder / "papers")
        self.code = self.ministry.drafts(1)[0]
        self.pages = Pages(self.ministry, folder)
        self._people()
        self.browsers = {role: self.pages.browser(self.person(role)) for role in ROLES}
        self.tokens = {role: csrf(browser.get("/tai-khoan")) for role, browser in self.browsers.items()}
        self.anonymous = self.pages.stranger()
        self.suspended = self.pages.browser("PTIT/CB")
        accounts.disable(self.ministry.desk, "PTIT/CB", "test", self.pages.when)

    def _people(self) -> None:
        entries = [PersonEntry(f"T-{role}", "Người Thử", "BO", f"{role}@thu.example",
                               roles=(RoleEntry(role, *_scope(role)),)) for role in ROLES]  # fmt: skip
        register.add_people(self.ministry.desk, entries, "test", self.ministry.now)

    def person(self, role: str) -> str:
        return f"BO/T-{role}"

    def path(self, entry: Entry) -> str:
        """The entry's path with its parts filled from this world; what it does not have is called “khong-co”."""
        known = {"code": self.code, "language": "vi", "round": "2026", "unit": "CVT", "flow": "bang_khen_bo",
                 "person": "BO-ADMIN"}  # fmt: skip
        return _PART.sub(lambda part: known.get(part[1], "1" if part[2] == "int" else "khong-co"), entry.path)


def _scope(role: str) -> tuple[str, str]:
    scopes = {"cluster_head": ("cluster", "khoi_2"), "field_lead": ("field", "vien_thong")}
    return scopes.get(role, ("unit", "CVT") if role.startswith("unit_") else ("all", ""))


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    import shutil

    from workflow.storage.database import open_engine

    folder = tmp_path_factory.mktemp("matrix")
    shutil.copyfile(migrated_sqlite, folder / "khen.db")
    engine = open_engine(f"sqlite:///{folder / 'khen.db'}")
    yield World(engine, folder)
    engine.dispose()


@cache
def pages_of_people() -> tuple[Entry, ...]:
    return tuple(each for each in ENTRIES if not each.machine)


def name_of(entry: Entry) -> str:
    return entry.name


def is_sent_to_the_door(answer: Any) -> bool:
    return bool(answer.status_code == 303 and answer.headers["location"].startswith("/dang-nhap"))


def test_every_page_has_a_row_and_every_row_is_used_or_waits_for_its_room() -> None:
    used = {entry.action for entry in ENTRIES} | {each.action for room in ROOMS for each in room.nav}
    for entry in ENTRIES:
        assert action(entry.action), entry.name
    known = {role for each in actions().values() for role in each.roles} - {"*", "anonymous"}
    assert known <= set(ROLES)
    assert used <= set(actions())


@pytest.mark.parametrize("entry", [each for each in pages_of_people() if each.get], ids=name_of)
def test_a_page_is_shown_to_those_the_table_names_and_to_nobody_else(world: World, entry: Entry) -> None:
    row, path = action(entry.action), world.path(entry)
    before = world.ministry.snapshot()
    for role, browser in world.browsers.items():
        answer = browser.get(path)
        if row.allows({role}):
            assert answer.status_code in FINE, (role, path, answer.status_code, answer.text[-600:])
            assert row.open_to_all or not is_sent_to_the_door(answer), (role, path)
        else:
            assert answer.status_code == 403, (role, path, answer.status_code)
            assert "Bạn không có quyền" in answer.text or "You may not" in answer.text
    for nobody in (world.anonymous, world.suspended):
        answer = nobody.get(path)
        assert answer.status_code in FINE if row.open_to_all else is_sent_to_the_door(answer), path
    assert world.ministry.snapshot() == before, f"GET {path} wrote something"


@pytest.mark.attack("S27")
@pytest.mark.parametrize("entry", [each for each in pages_of_people() if each.post], ids=name_of)
def test_what_the_table_refuses_is_refused_before_anything_is_written(world: World, entry: Entry) -> None:
    row, path = action(entry.action), world.path(entry)
    before = world.ministry.snapshot()
    for role, browser in world.browsers.items():
        if not row.allows({role}):
            answer = browser.post(path, data={"csrf": world.tokens[role]})
            assert answer.status_code == 403, (role, path, answer.status_code)
            assert "Bạn không có quyền" in answer.text
        else:  # let in by the table, but the form is not one of ours
            assert browser.post(path, data={"csrf": "0" * 48}).status_code == 403, (role, path)
    for nobody in (world.anonymous, world.suspended):
        answer = nobody.post(path, data={"csrf": "0" * 48})
        assert answer.status_code == 403 if row.open_to_all else is_sent_to_the_door(answer), path
    assert world.ministry.snapshot() == before, f"POST {path} wrote something"


@pytest.mark.parametrize("entry", [each for each in ENTRIES if each.machine], ids=name_of)
def test_a_program_without_a_key_gets_nothing_and_a_cookie_is_no_key(world: World, entry: Entry) -> None:
    if action(entry.action).open_to_all:
        return
    path = world.path(entry)
    before = world.ministry.snapshot()
    for method in entry.methods:
        for browser in (world.anonymous, world.suspended, *world.browsers.values()):
            answer = browser.request(method.upper(), path)
            assert answer.status_code == 401, (method, path, answer.status_code)
    assert world.ministry.snapshot() == before


@pytest.mark.attack("S33")
@pytest.mark.parametrize("entry", pages_of_people(), ids=name_of)
def test_a_method_that_a_page_does_not_know_is_told_so(world: World, entry: Entry) -> None:
    path = world.path(entry)
    answer = world.anonymous.request("DELETE", path)
    assert answer.status_code == 405, path
