"""The API: keys and what they are for, errors as JSON, and the same rights as the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.browsing import Pages, csrf
from tests.support.ministry import FAILED, PASSED, Ministry, workbook
from workflow.services import api_tokens
from workflow.web.programs import OPERATIONS

EVERYTHING = api_tokens.SCOPES


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


@pytest.mark.attack("S50a")
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


# ── dossiers and acts ────────────────────────────────────────────────────────────────────────────


def act(
    client: TestClient, transition: str, codes: Any, key: str = "key-0001", preview: bool = False, **more: Any
) -> Any:
    body = {"key": key, "transition": transition, "nominations": [{"code": code} for code in codes], **more}
    return client.post("/api/v1/acts/preview" if preview else "/api/v1/acts", json=body)


def test_a_program_looks_asks_why_not_previews_and_acts(pages: Pages) -> None:
    m = pages.ministry
    codes = m.drafts(2)
    m.walk(codes, "submitted")
    desk = program(pages, "BO/SECRETARIAT")
    (head, _) = desk.get("/api/v1/nominations", params={"state": "submitted"}).json()["nominations"]
    assert (head["code"], head["unit"], head["state_label"]) == (codes[0], "CVT", "Đã gửi, chờ tiếp nhận")
    why = {each["transition"]: each for each in desk.get(f"/api/v1/nominations/{codes[0]}/why").json()["transitions"]}
    assert why["receive"]["possible"]
    assert not why["decide"]["possible"]
    assert why["decide"]["reasons"][0]["message"]
    before = m.snapshot()
    foreseen = act(desk, "receive", codes, preview=True).json()
    assert (foreseen["done"], foreseen["act"]) == (2, None)
    assert m.snapshot() == before
    done = act(desk, "receive", codes)
    assert (done.status_code, done.json()["done"]) == (200, 2)
    again = act(desk, "receive", codes)
    assert (again.json()["act"], again.json()["replayed"]) == (done.json()["act"], True)
    assert act(desk, "receive", codes, key="key-0002").status_code == 409
    assert act(desk, "receive", codes[:1]).status_code == 422
    shown = desk.get(f"/api/v1/nominations/{codes[0]}").json()
    assert (shown["state"], shown["complete_on"]) == ("received", m.today.isoformat())
    events = desk.get(f"/api/v1/nominations/{codes[0]}/history").json()["events"]
    assert [each["transition"] for each in events][-2:] == ["submit", "receive"]


def test_somebody_faster_is_named(pages: Pages) -> None:
    m = pages.ministry
    codes = m.drafts()
    m.walk(codes, "received")
    body = {"key": "key-0001", "transition": "appraise", "nominations": [{"code": codes[0], "version": 1}]}
    answer = program(pages, "BO/APPRAISER").post("/api/v1/acts", json=body)
    assert answer.status_code == 409
    assert "Lê Secretariat" in answer.json()["error"]["details"][0]["message"]


def test_values_of_an_act_are_read_as_a_page_reads_them(pages: Pages) -> None:
    m = pages.ministry
    codes = m.drafts()
    m.done("start_unit_vote", codes, "unit_officer")
    unit = program(pages, "CVT/HD")
    tally = {"members": 9, "present": 9, "yes": 8, "no": 1, "minutes": "05/BB-HĐ"}
    line = [{"code": codes[0], "fields": {"tally": {**tally, "yes": "tám"}}}]
    wrong = unit.post("/api/v1/acts", json={"key": "key-0001", "transition": "close_unit_vote", "nominations": line})
    assert wrong.status_code == 422
    line = [{"code": codes[0], "fields": {"tally": tally}}]
    done = unit.post("/api/v1/acts", json={"key": "key-0001", "transition": "close_unit_vote", "nominations": line})
    assert done.json()["done"] == 1


@pytest.mark.attack("S22")
def test_wrong_acts_are_answered_as_the_law_of_the_house_says(pages: Pages) -> None:
    m = pages.ministry
    codes = m.drafts()
    assert act(program(pages, "BO/SECRETARIAT"), "os.system", codes).status_code == 422
    assert act(program(pages, "BO/ADMIN"), "receive", codes).status_code == 403
    assert act(program(pages, "CVT/CB", "read"), "start_unit_vote", codes).status_code == 403
    body = {"key": "key-0001", "transition": "submit", "nominations": [{"code": codes[0]}], "state": "decided"}
    refused = program(pages, "CVT/TT").post("/api/v1/acts", json=body)
    assert (refused.status_code, refused.json()["error"]["details"][0]["at"]) == (422, "state")


@pytest.mark.attack("S16")
def test_another_unit_s_dossier_answers_like_one_that_is_not_there(pages: Pages) -> None:
    m = pages.ministry
    codes = m.drafts(unit="CVT")
    other = program(pages, "CTS/CB")
    for path in ("", "/why", "/history"):
        foreign = other.get(f"/api/v1/nominations/{codes[0]}{path}")
        missing = other.get(f"/api/v1/nominations/BKB-2026-99999-9{path}")
        assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json()) == (404, foreign.json())
    assert other.get("/api/v1/nominations").json() == {"nominations": [], "next_after": None}
    before = m.snapshot()
    foreign = act(other, "start_unit_vote", codes)
    missing = act(other, "start_unit_vote", ["BKB-2026-99999-9"])
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert m.snapshot() == before


def test_a_unit_learns_no_result_before_it_is_released(pages: Pages) -> None:
    m = pages.ministry
    passed, failed = m.drafts(), m.drafts(first=2)
    m.walk([*passed, *failed], "council_voting")
    before = {code: program(pages, "CVT/CB").get(f"/api/v1/nominations/{code}").json() for code in (*passed, *failed)}
    m.done("close_vote", passed, "council_secretary", lines={passed[0]: {"tally": PASSED}})
    m.done("close_vote", failed, "council_secretary", lines={failed[0]: {"tally": FAILED}})
    unit = program(pages, "CVT/CB")
    for code in (*passed, *failed):
        assert unit.get(f"/api/v1/nominations/{code}").json() == before[code]
        for path in ("", "/why", "/history"):
            text = unit.get(f"/api/v1/nominations/{code}{path}").text
            assert not {"signing", "council_rejected", PASSED["minutes"]} & set(re.findall(r'"([^"]*)"', text))
        told_of = unit.get(f"/api/v1/nominations/{code}/history").json()["events"]
        assert "close_vote" not in [each["transition"] for each in told_of]
    told = [unit.get(f"/api/v1/nominations/{code}/why").json()["transitions"] for code in (passed[0], failed[0])]
    assert told[0] == told[1]
