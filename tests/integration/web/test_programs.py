"""The API: keys and what they are for, errors as JSON, and the same rights as the pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry, workbook
from workflow.services import api_tokens
from workflow.web.programs import OPERATIONS

EVERYTHING = api_tokens.SCOPES


@pytest.fixture
def pages(sqlite_engine: Engine, tmp_path: Path) -> Pages:
    return Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)


def program(pages: Pages, person: str, *scopes: str, days: int = 90) -> TestClient:
    """A program with a key of this person."""
    token = api_tokens.make(
        pages.ministry.desk, pages.account(person), person, "test", scopes or EVERYTHING, days,
        machine_now=pages.machine, now=pages.ministry.now,
    )  # fmt: skip
    client = pages.stranger()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_without_a_key_nothing_is_told(pages: Pages) -> None:
    for operation in OPERATIONS:
        answer = pages.stranger().request(operation.method, operation.entry.path.replace("{code}", "X"))
        assert answer.status_code == 401, operation.name
        assert set(answer.json()["error"]) == {"status", "message", "details"}


@pytest.mark.parametrize(
    "said", ["Bearer khen_" + "0" * 48, "Bearer ", "Basic YTpi", "Bearer khen_'; DROP TABLE account"]
)
def test_a_wrong_key_is_no_key(pages: Pages, said: str) -> None:
    assert pages.stranger().get("/api/v1/me", headers={"Authorization": said}).status_code == 401


def test_a_key_says_whose_it_is_and_ends_when_its_time_is_up_or_it_is_taken_back(pages: Pages) -> None:
    client = program(pages, "BO/SECRETARIAT", "read", days=30)
    told = client.get("/api/v1/me").json()
    assert (told["person"], told["scopes"]) == ("BO/SECRETARIAT", ["read"])
    pages.machine += timedelta(days=30)
    assert client.get("/api/v1/me").status_code == 401
    pages.machine -= timedelta(days=1)
    assert client.get("/api/v1/me").status_code == 200
    account = pages.account("BO/SECRETARIAT")
    (key,) = api_tokens.of_account(pages.ministry.desk, account)
    assert api_tokens.revoke(
        pages.ministry.desk, account, key.id, "BO/SECRETARIAT", machine_now=pages.machine, now=pages.ministry.now
    )
    assert client.get("/api/v1/me").status_code == 401


def test_a_key_does_only_what_it_is_for(pages: Pages) -> None:
    client = program(pages, "BO/SECRETARIAT", "read")
    assert client.get("/api/v1/events").status_code == 403
    assert "events" in client.get("/api/v1/events").json()["error"]["message"]
    assert program(pages, "CVT/CB").get("/api/v1/events").status_code == 403


def test_a_cookie_is_no_key_and_a_key_opens_no_page(pages: Pages) -> None:
    assert pages.browser("BO/SECRETARIAT").get("/api/v1/me").status_code == 401
    assert program(pages, "BO/SECRETARIAT").get("/khoa-chuong-trinh").status_code in (303, 401)


def test_what_cannot_be_read_is_told_field_by_field(pages: Pages) -> None:
    client = program(pages, "BO/SECRETARIAT")
    wrong = client.get("/api/v1/events", params={"after": "many", "unit_id": "3"})
    assert wrong.status_code == 422
    assert {each["at"] for each in wrong.json()["error"]["details"]} == {"after", "unit_id"}
    assert client.get("/api/v1/events?after=1&after=2").status_code == 422
    assert client.post("/api/v1/submissions?unit=CVT&round=2026", data={"a": "b"}).status_code == 415
    assert client.put("/api/v1/me").status_code in (404, 405)


def test_a_list_comes_in_by_program_as_it_does_by_hand(pages: Pages) -> None:
    client = program(pages, "CVT/CB", "read", "import")
    content = workbook(
        [("NV-00001", "Đỗ Văn Bình", "Bằng khen của Bộ trưởng"), ("NV-00002", "Trần Thị Ánh", "Bằng khen Vũ trụ")]
    )
    kind = {"Content-Type": "application/octet-stream"}
    asked = {"unit": "CVT", "round": "2026", "letter_number": "01/TTr-CVT"}
    looked = client.post("/api/v1/submissions", params=asked, content=content, headers=kind).json()
    assert (looked["good"], looked["new"], looked["submission"], len(looked["faults"])) == (1, 1, None, 1)
    written = client.post(
        "/api/v1/submissions", params={**asked, "write": "true"}, content=content, headers=kind
    ).json()
    assert len(written["codes"]) == 1
    assert [each["letter_number"] for each in client.get("/api/v1/submissions").json()["submissions"]] == ["01/TTr-CVT"]
    assert program(pages, "CTS/CB").get("/api/v1/submissions").json() == {"submissions": []}
    other = client.post("/api/v1/submissions", params={**asked, "unit": "CTS"}, content=content, headers=kind)
    assert other.status_code == 422


def test_units_learn_no_inner_states_from_the_flows(pages: Pages) -> None:
    (flow,) = program(pages, "CVT/CB").get("/api/v1/flows").json()["flows"]
    assert flow["states"] == []
    assert {"close_vote", "appraise"}.isdisjoint(each["id"] for each in flow["transitions"])
    (flow,) = program(pages, "BO/SECRETARIAT").get("/api/v1/flows").json()["flows"]
    assert "council_voting" in [each["id"] for each in flow["states"]]


def test_the_description_tells_of_every_operation_and_of_no_other(pages: Pages) -> None:
    assert pages.stranger().get("/api/v1/openapi.json").status_code == 401
    described = program(pages, "BO/SECRETARIAT").get("/api/v1/openapi.json").json()
    told = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert told == {(each.method, each.entry.path) for each in OPERATIONS}


def test_a_person_makes_and_ends_his_keys_on_a_page(pages: Pages) -> None:
    browser = pages.browser("CVT/CB")
    shown = browser.get("/khoa-chuong-trinh")
    form: dict[str, Any] = {"csrf": csrf(shown), "name": "", "days": "90"}
    refused = browser.post("/khoa-chuong-trinh", data=form)
    assert refused.status_code == 422
    made = browser.post("/khoa-chuong-trinh", data={**form, "name": "Phần mềm <văn phòng>", "scopes": ["read"]})
    assert "Phần mềm &lt;văn phòng&gt;" in made.text
    token = next(
        part
        for part in made.text.replace('"', " ").replace("<", " ").replace(">", " ").split()
        if part.startswith("khen_") and len(part) > 40
    )
    client = pages.stranger()
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/api/v1/me").json()["person"] == "CVT/CB"
    assert token not in browser.get("/khoa-chuong-trinh").text
    (key,) = api_tokens.of_account(pages.ministry.desk, pages.account("CVT/CB"))
    assert (
        pages.browser("CTS/CB").post("/khoa-chuong-trinh/thu-hoi", data={"csrf": "x", "key": key.id}).status_code == 403
    )
    foreign = pages.browser("CTS/CB")
    token_of = csrf(foreign.get("/khoa-chuong-trinh"))
    assert foreign.post("/khoa-chuong-trinh/thu-hoi", data={"csrf": token_of, "key": key.id}).status_code == 404
    assert browser.post("/khoa-chuong-trinh/thu-hoi", data={**form, "key": key.id}).status_code == 303
    assert client.get("/api/v1/me").status_code == 401


def test_webhooks_are_the_admins_and_only_for_hosts_that_the_settings_name(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    pages = Pages(
        Ministry(sqlite_engine, tmp_path / "papers"), tmp_path, '[programs]\nwebhook_hosts = ["văn-phòng.bo.example"]\n'
    )
    assert pages.browser("BO/SECRETARIAT").get("/webhook").status_code == 403
    admin = pages.browser("BO/ADMIN")
    token = csrf(admin.get("/webhook"))
    assert admin.post("/webhook", data={"csrf": token, "url": "http://127.0.0.1:22/"}).status_code == 422
    made = admin.post(
        "/webhook", data={"csrf": token, "url": "https://văn-phòng.bo.example/khen", "transitions": "decide"}
    )
    assert made.status_code == 200
    assert admin.post("/webhook/dung", data={"csrf": token, "webhook": "1"}).status_code == 303
    assert admin.post("/webhook/dung", data={"csrf": token, "webhook": "1"}).status_code == 404
