"""The people of a rehearsal: one click in a rehearsed database, nothing anywhere else."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.browsing import Pages, csrf
from tests.support.ministry import DESK_ROLES, SINCE, Ministry
from workflow.bootstrap import put
from workflow.demo import world
from workflow.demo.running import MARK
from workflow.services.register import PersonEntry, RoleEntry, add_people


@pytest.fixture
def ministry(sqlite_engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(sqlite_engine, tmp_path / "papers")


def test_one_click_and_one_is_that_person(ministry: Ministry, tmp_path: Path) -> None:
    put(ministry.engine, MARK, "2026")
    pages = Pages(ministry, tmp_path, demo=True)
    client = pages.stranger()
    page = client.get("/dien-tap")
    assert page.text.count('name="person" value="BO/SIGNER"') >= 1
    for person in ("CVT/CB", "BO/SECRETARIAT"):
        answer = client.post("/dien-tap", data={"csrf": csrf(client.get("/dien-tap")), "person": person})
        assert answer.headers["location"] == "/"
        assert person in client.get("/tai-khoan").text
    assert client.get("/thu").status_code == 200, "a rehearsal asks for no second factor"
    assert "Đang là người này" in client.get("/dien-tap").text
    assert client.post("/dien-tap", data={"csrf": csrf(page), "person": "BO/KHONG"}).status_code in (403, 404)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_role_of_the_register_is_told_about(ministry: Ministry, tmp_path: Path, language: str) -> None:
    put(ministry.engine, MARK, "2026")
    pages = Pages(ministry, tmp_path, demo=True)
    client = pages.stranger()
    client.get(f"/ngon-ngu/{language}")
    text = html.unescape(client.get("/dien-tap").text)
    for role in (*DESK_ROLES, "unit_officer", "unit_head", "unit_council", "cluster_head"):
        assert pages.app.state.house.words.say(f"doors.people.role.{role}", language).split(".")[0] in text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_cluster_and_a_field_of_the_rehearsal_have_names(ministry: Ministry, tmp_path: Path, language: str) -> None:
    put(ministry.engine, MARK, "2026")
    pages = Pages(ministry, tmp_path, demo=True)
    words = pages.app.state.house.words
    clusters = {each.cluster for each in world.units() if each.cluster}
    scopes = [*(("cluster", "cluster_head", each) for each in sorted(clusters)),
              *(("field", "field_lead", each) for each in world.FIELDS)]  # fmt: skip
    cast = [
        PersonEntry(f"X{at}", "Trần Văn Phạm", email=f"x{at}@bo.example", roles=(RoleEntry(role, kind, scope, SINCE),))
        for at, (kind, role, scope) in enumerate(scopes)
    ]
    add_people(ministry.desk, cast, "BO/ADMIN", ministry.now)
    client = pages.stranger()
    client.get(f"/ngon-ngu/{language}")
    text = html.unescape(client.get("/dien-tap").text)
    for kind, _, scope in scopes:
        assert f">{words.say(f'doors.people.{kind}.{scope}', language)}<" in text
        assert scope.replace("_", " ") not in text.casefold()


@pytest.mark.parametrize(("marked", "demo"), [(False, True), (True, False), (False, False)])
def test_elsewhere_there_is_no_such_page(ministry: Ministry, tmp_path: Path, marked: bool, demo: bool) -> None:
    """Neither a forgotten switch nor a copied database alone lets anybody be somebody else."""
    if marked:
        put(ministry.engine, MARK, "2026")
    pages = Pages(ministry, tmp_path, demo=demo)
    client = pages.stranger()
    before = ministry.snapshot()
    assert client.get("/dien-tap").status_code == 404
    token = csrf(client.get("/dang-nhap"))
    assert client.post("/dien-tap", data={"csrf": token, "person": "BO/ADMIN"}).status_code == 404
    assert ministry.snapshot() == before
