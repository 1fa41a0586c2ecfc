"""Flows in a browser: read by whoever works with them, checked and published by the admin alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry, shipped_flows
from workflow.flow_checks import SHIPPED

TEXT = (SHIPPED / "giay_khen.toml").read_text(encoding="utf-8")


@pytest.fixture
def m(sqlite_engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(sqlite_engine, tmp_path / "papers", flows=("bang_khen_bo", "giay_khen"))


@pytest.fixture
def pages(m: Ministry, tmp_path: Path) -> Pages:
    return Pages(m, tmp_path)


def test_flows_are_listed_and_one_is_shown_with_steps_drawing_and_text(m: Ministry, pages: Pages) -> None:
    m.drafts(2)
    client = pages.browser("BO/SECRETARIAT")
    assert "/quy-trinh/bang_khen_bo" in client.get("/quy-trinh").text
    shown = client.get("/quy-trinh/bang_khen_bo")
    flow = shipped_flows()["bang_khen_bo"].flow
    for each in flow.transitions.values():
        assert each.label.vi in shown.text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown.text
    assert f"{flow.states[flow.initial].label.vi} (2)" in " ".join(shown.text.split())
    assert " style=" not in shown.text
    drawing = client.get("/quy-trinh/bang_khen_bo/hinh.svg")
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert "attachment" in drawing.headers["content-disposition"]
    assert client.get("/quy-trinh/bang_khen_bo/toml").text == shipped_flows()["bang_khen_bo"].resolved_text
    for missing in ("/quy-trinh/khong_co", "/quy-trinh/bang_khen_bo?ban=9", "/quy-trinh/khong_co/toml"):
        assert client.get(missing).status_code == 404


def test_a_unit_reads_the_flow_and_no_count(m: Ministry, pages: Pages) -> None:
    m.drafts(2)
    shown = pages.browser("CVT/CB").get("/quy-trinh/bang_khen_bo")
    assert shown.status_code == 200
    label = shipped_flows()["bang_khen_bo"].flow.states["draft"].label.vi
    assert f"{label} (2)" not in " ".join(shown.text.split())
    assert "Số hồ sơ" not in shown.text


def test_only_the_admin_checks_and_publishes(pages: Pages) -> None:
    for person in ("BO/SECRETARIAT_HEAD", "CVT/CB", "BO/AUDITOR"):
        assert pages.browser(person).get("/quy-trinh/kiem-tra").status_code == 403
        token = csrf(pages.browser(person).get("/tai-khoan"))
        client = pages.browser(person)
        assert client.post("/quy-trinh/kiem-tra", data={"csrf": token, "loi": TEXT}).status_code == 403


def test_a_flow_with_a_mistake_is_shown_with_the_line_and_a_caret(m: Ministry, pages: Pages) -> None:
    admin = pages.browser("BO/ADMIN")
    token = csrf(admin.get("/quy-trinh/kiem-tra"))
    spoilt = TEXT.replace("\nnominee", "\nnominoe", 1)
    answer = admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "loi": spoilt, "viec": "check"})
    assert answer.status_code == 200
    assert "giay_khen.toml, dòng" in answer.text
    assert "nominoe" in answer.text
    assert "^</span>" in answer.text
    assert "Công bố</button>" not in " ".join(answer.text.split())
    markup = TEXT.replace("giay_khen", "<script>alert(1)</script>", 1)
    answer = admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "loi": markup, "viec": "check"})
    assert "<script>alert(1)" not in answer.text
    assert admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "loi": " "}).status_code == 422


def test_a_green_flow_tells_its_effect_and_is_published(m: Ministry, pages: Pages) -> None:
    version = shipped_flows()["giay_khen"].flow.version
    text = TEXT.replace(f'"{version}"', '"2027-thu"')
    admin = pages.browser("BO/ADMIN")
    token = csrf(admin.get("/quy-trinh/kiem-tra?tu=giay_khen"))
    upload = {"tep": ("giay_khen.toml", text.encode(), "application/toml")}
    answer = admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "viec": "check"}, files=upload)
    assert "Không có lỗi" in answer.text
    assert "Thay bản số 1" in answer.text
    assert m.one("SELECT count(*) FROM flow_version WHERE flow_id = 'giay_khen'") == 1
    done = admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "viec": "publish", "loi": text})
    assert done.headers["location"] == "/quy-trinh/giay_khen"
    assert m.one("SELECT published_by FROM flow_version WHERE flow_id = 'giay_khen' AND number = 2") == "BO/ADMIN"


def test_what_deserves_a_second_look_is_shown_beside_the_way_to_publish(m: Ministry, pages: Pages) -> None:
    own = '\n[vote.unit]\nrecusal = "leaves_base"\nlegal = "Quy chế"\n'
    admin = pages.browser("BO/ADMIN")
    token = csrf(admin.get("/quy-trinh/kiem-tra"))
    answer = admin.post("/quy-trinh/kiem-tra", data={"csrf": token, "loi": TEXT + own, "viec": "check"})
    assert "Có 1 chỗ cần xem lại." in answer.text
    assert "không tính người liên quan vào tổng số thành viên" in answer.text
    assert "Không có lỗi" in answer.text


@pytest.mark.attack("S26")
def test_s26_who_publishes_flows_opens_no_ballot_and_moves_no_dossier(m: Ministry, pages: Pages) -> None:
    from workflow.services.access import actions

    for name in ("nomination.act", "nomination.attach", "council", "signing", "submission.import"):
        assert not actions()[name].allows({"admin"}), name
    codes = m.drafts(1)
    before = m.state(codes[0])
    assert m.act("submit", codes, "admin").done == 0
    assert m.state(codes[0]) == before
