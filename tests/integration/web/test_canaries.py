"""No unit ever reads a word of another's: marks are planted in all that one unit has, and looked for everywhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.browsing import Pages
from tests.support.crawling import Shapes, crawl, filled, parts_of, plain_entries, readable
from tests.support.lived_in import Lived, live, program
from tests.support.ministry import SINCE, UNIT_ROLES, Ministry
from workflow.domain.codes import make as make_code
from workflow.services.decision_papers import OF_DOSSIER
from workflow.services.register import PersonEntry, RoleEntry, UnitEntry, add_people, add_units
from workflow.web.routing import Entry

pytestmark = pytest.mark.unmeasured
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

OTHER, MARK = "KZDV", "Kzdau"
"""The other unit, and what stands in each of its texts: letters that no word of anybody else has."""
OWN_MARK = "Nhataw"
FOREIGN_ID, MISSING_ID = "0" * 31 + "1", "0" * 31 + "2"


@dataclass(frozen=True)
class Stage:
    pages: Pages
    own: Lived
    other: Lived

    @property
    def entries(self) -> list[Entry]:
        return list(self.pages.app.state.house.entries.values())


@pytest.fixture(scope="module")
def stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two units in mid-season: one that looks, one that may not be seen. Built once; looking changes nothing."""
    import shutil

    from workflow.storage.database import open_engine

    folder = tmp_path_factory.mktemp("canaries")
    shutil.copyfile(migrated_sqlite, folder / "khen.db")
    engine: Engine = open_engine(f"sqlite:///{folder / 'khen.db'}")
    ministry = Ministry(engine, folder / "papers")
    unit = UnitEntry(OTHER, f"Cục {MARK}", "cuc", SINCE, cluster="khoi_2", mailbox=f"{MARK}@{OTHER}.example".lower())
    add_units(ministry.desk, [unit], "QT", ministry.now)
    people = [
        PersonEntry(code, f"Trần {MARK} {code}", OTHER, f"{MARK}.{code}@{OTHER}.example".lower(),
                    roles=(RoleEntry(role, "unit", OTHER),))
        for role, code in UNIT_ROLES.items()
    ]  # fmt: skip
    add_people(ministry.desk, people, "QT", ministry.now)
    pages = Pages(ministry, folder)
    yield Stage(pages, live(pages, "CVT", OWN_MARK), live(pages, OTHER, MARK))
    engine.dispose()


def told(text: str) -> list[str]:
    """Where a mark, the unit's code or one of its hidden words stands, with what is around it."""
    wanted = re.compile(f"{MARK}|{OTHER}|{OWN_MARK}(kin|bienban|phien|cham|thamdinh)", re.IGNORECASE)
    return [text[max(0, found.start() - 80) : found.end() + 40] for found in wanted.finditer(text)]


def starts(stage: Stage, *units: Lived) -> list[str]:
    """Pages that need nothing to be named, and pages of what these units have."""
    found = plain_entries(stage.entries)
    for lived in units:
        for entry in stage.entries:
            if entry.get is not None and not entry.machine and parts_of(entry):
                found.append(filled(entry, values(entry, lived)))
        found += [f"/ho-so/{code}" for code in lived.codes.values()]
        results = [lived.codes[state] for state in ("decided", "council_rejected", "signing")]
        found += [f"/cua-don-vi/ho-so/{code}/van-ban/{name}/docx" for code in results for name in OF_DOSSIER]
        found += [f"/hoi-dong/{code}" for code in lived.sessions]
    return found


def values(entry: Entry, lived: Lived) -> dict[str, str]:
    """What names something of this unit in the path of the entry."""
    person = f"{lived.unit}/CB"
    act = lived.act_draft
    number = str(lived.submission) if entry.path.startswith("/to-trinh") else "1"
    draft = lived.list_draft if entry.path.startswith("/to-trinh") else act
    found = {
        "code": lived.codes["draft"], "number": number, "draft": draft, "paper": str(lived.paper), "mail": "1",
        "transition": "withdraw", "step": "start_unit_vote", "prepared": act, "view": "1", "kind": "csv",
        "form": "csv", "name": "1", "language": "vi", "flow": "bang_khen_bo", "root": lived.unit, "token": act,
        "template": "result", "path": "khong-co", "part": "1", "session": "1", "decision": "1", "unit": lived.unit,
        "batch": lived.paper_batch, "id": "1", "round": "2026", "award": "bang_khen_bo", "file": "1",
    }  # fmt: skip
    if entry.path.startswith("/hoi-dong/{code}"):
        found["code"] = lived.sessions[-1]
    if entry.path.startswith("/nguoi/"):
        found["code"] = person.partition("/")[2]
    if entry.path.startswith("/don-vi/"):
        found["code"] = lived.unit
    if entry.path.startswith("/trinh-ky/"):
        found["kind"] = "merit"
    if "/van-ban/{paper}/{form}" in entry.path and not entry.path.startswith("/hoi-dong/"):
        found |= {"paper": "to_trinh" if entry.path.startswith("/trinh-ky/") else "thong_bao", "form": "docx"}
        found["code"] = lived.codes["decided"]
    unknown = [each for each in parts_of(entry) if each not in found]
    assert not unknown, f"{entry.name}: what is a {unknown} of a unit? Say it here"
    return found


@pytest.fixture(params=[*UNIT_ROLES.values(), "anonymous"])
def client(stage: Stage, request: pytest.FixtureRequest) -> TestClient:
    """Somebody of the unit that looks, in each role that a unit has; and somebody from the street."""
    if request.param == "anonymous":
        return stage.pages.stranger()
    return stage.pages.browser(f"CVT/{request.param}")


def test_the_marks_are_there_for_whoever_may_read_them(stage: Stage) -> None:
    """A hunt that finds nothing proves something only if the birds are in the wood."""
    shapes = Shapes(stage.entries)
    missing = {*stage.other.words, *stage.other.hidden} - ({f"{MARK}loc"} if "views" not in names(stage) else set())
    for person in ("BO/SECRETARIAT", f"{OTHER}/CB", f"{OTHER}/TT"):
        for page in crawl(stage.pages.browser(person), starts(stage, stage.other), shapes, each=1):
            missing -= {each for each in missing if each in page.text}
            if not missing:
                return
    assert missing == set()


@pytest.mark.attack("S20")
def test_a_crawl_of_everything_finds_no_word_of_another_unit(stage: Stage, client: TestClient) -> None:
    wrong, seen = [], set()
    first = starts(stage, stage.own, stage.other)
    for page in crawl(client, first, Shapes(stage.entries), each=4 if LONG else 2):
        assert page.answer.status_code < 500, page.path
        seen.add(page.path)
        # An address that was typed comes back in the link that changes the language: that is the asker's own word.
        wrong += [(page.path, found) for found in told(without_address(page.text, page.path))]
    assert wrong == []
    assert seen >= set(first)


def without_address(text: str, path: str) -> str:
    from html import escape
    from urllib.parse import quote

    for form in (path, escape(path), quote(path, safe=""), quote(path)):
        text = text.replace(form, "")
    return text


def names(stage: Stage) -> set[str]:
    return {each.name for each in stage.entries}


# ── a foreign thing is a missing thing ───────────────────────────────────────────────────────────


@pytest.mark.attack("S15", "S16", "S17", "S21")
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_belongs_to_another_unit_is_answered_like_what_does_not_exist(
    stage: Stage, client: TestClient, method: str
) -> None:
    token = re.search(r'name="csrf" value="(\w+)"', client.get("/dang-nhap").text)
    assert token
    tried, before = 0, stage.pages.ministry.snapshot()
    for entry in stage.entries:
        known = ("code", "number", "draft", "prepared", "paper", "mail", "batch")
        named = [each for each in parts_of(entry) if each in known]
        if entry.machine or not named or getattr(entry, method) is None:
            continue
        foreign = values(entry, stage.other)
        missing = {**foreign, **{name: absent(entry, name) for name in named}}
        one, other = (
            _send(client, method, filled(entry, each), token[1], each) for each in (foreign, missing)
        )  # fmt: skip
        assert one == other, entry.name
        assert one[0] in (303, 403, 404), (entry.name, one[0])
        tried += 1
    assert tried > 8
    after = stage.pages.ministry.snapshot()
    assert {name for name in after if after[name] != before[name]} <= {"web_session"}


def absent(entry: Entry, name: str) -> str:
    if name == "code":
        return make_code("BKB", 2026, 98_765) if entry.path.startswith("/ho-so") else "KHONG"
    if name in ("draft", "prepared", "batch"):
        return "f" * 32
    return "987654"


def _send(client: TestClient, method: str, path: str, token: str, parts: dict[str, str]) -> tuple[int, str]:
    """Status, and the page without the names that the asker typed himself."""
    if method == "get":
        answer = client.get(path)
    else:
        answer = client.post(path, data={"csrf": token, "words": "x", "audience": "unit", "what": "claim"})
    text = without_address(f"{answer.headers.get('location', '')}\n{answer.text}", path)
    for each in parts.values():
        if len(each) > 3:
            text = text.replace(each, "")
    return answer.status_code, text


# ── looking for it by name ───────────────────────────────────────────────────────────────────────


@pytest.mark.attack("S20")
def test_who_searches_for_anothers_words_finds_what_he_finds_for_any_word(stage: Stage, client: TestClient) -> None:
    assert "nominations" in names(stage)
    never = "Qqkhongco"
    other = stage.other
    asked = [("tim", f"{MARK}ten"), ("tim", other.codes["signing"]), ("don-vi", OTHER), ("to-trinh", "2"),
             ("phien", "Phiên 1"), ("quyet-dinh", "1202"), ("phu-trach", "toi")]  # fmt: skip
    for path in ("/ho-so", "/xuat-ho-so/csv", "/xuat-ho-so/xlsx"):
        for key, value in asked:
            answer = client.get(path, params={key: value})
            assert told(readable(answer).replace(value, "")) == [], (path, key)
        one, two = (client.get(path, params={"tim": each}) for each in (f"{MARK}ten", never))
        assert one.status_code == two.status_code
        if "html" in one.headers.get("content-type", ""):
            assert one.text.replace(f"{MARK}ten", "") == two.text.replace(never, "")


@pytest.mark.attack("S20")
@pytest.mark.parametrize("code", UNIT_ROLES.values())
def test_a_program_of_a_unit_reads_no_word_of_another(stage: Stage, code: str) -> None:
    client = program(stage.pages, f"CVT/{code}")
    other = stage.other
    tried = 0
    for entry in stage.entries:
        if not entry.machine or entry.get is None:
            continue
        for lived in (stage.own, other):
            path = filled(entry, values(entry, lived)) if parts_of(entry) else entry.path
            for query in ({}, {"unit": OTHER}, {"text": f"{MARK}ten"}, {"limit": "200"}):
                answer = client.get(path, params=query)
                assert answer.status_code < 500, path
                assert told(without_address(readable(answer), path).replace(OTHER, "", len(query))) == [], path
                tried += 1
    assert tried > 20
    acts = {"transition": "withdraw", "codes": [other.codes["draft"]], "fields": {"letter_no": "1"}}
    missing = {**acts, "codes": [absent_code()]}
    one, two = (_act(client, each) for each in (acts, missing))
    assert one == two


def absent_code() -> str:
    return make_code("BKB", 2026, 98_765)


def _act(client: TestClient, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post("/api/v1/acts/preview", json=body)
    return answer.status_code, answer.text.replace(body["codes"][0], "")
