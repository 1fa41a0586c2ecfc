"""The pages of an appraisal: a card from the list to the table, who appraises what, and what nobody else may see."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.support.appraising import LEAD, OFFICE, OWN, A, B, Bench, C
from tests.support.browsing import Pages, csrf
from tests.support.council import HELD, Chamber
from tests.support.ministry import Ministry

ASSIGN = "/cham-diem/phan-cong"


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    return Bench(Ministry(engine, tmp_path / "papers"))


@pytest.fixture
def pages(bench: Bench, tmp_path: Path) -> Pages:
    return Pages(bench.m, tmp_path)


def post(client: TestClient, path: str, ask: str = "", **data: Any) -> Any:
    """Send the form that stands on `ask` (the same path when not told), with its hidden fields."""
    page = client.get(ask or path)
    hidden = dict(re.findall(r'<input type="hidden" name="(khoa|ban)" value="([^"]*)"', page.text))
    return client.post(path, data={**hidden, "csrf": csrf(page), **data})


def text_of(answer: Any) -> str:
    """What a reader sees, blanks made one."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


# ── a card ───────────────────────────────────────────────────────────────────────────────────────


def test_a_card_is_filled_in_replaced_and_taken_back(pages: Pages, bench: Bench) -> None:
    bench.ask(A, B)
    bench.give(B, 5, 5, opinion="Cần thêm số liệu")
    me, path = pages.browser(A), f"/cham-diem/{bench.card(A)}"
    assert "1 hồ sơ chờ bạn chấm điểm" in text_of(me.get("/"))
    assert f'href="{path}"' in me.get("/cham-diem").text
    blank = text_of(me.get(path))
    assert "Nguyễn Văn Nam A" in blank
    assert "Cần thêm số liệu" not in blank
    wrong = post(me, path, viec="ghi", d_ket_qua="11", d_sang_kien="hai", y_kien="Giữ lại chữ này")
    assert wrong.status_code == 422
    assert "Sáng kiến: điểm là số nguyên từ 0 đến 5." in text_of(wrong)
    assert "Giữ lại chữ này" in wrong.text
    assert "Kết quả: điểm cao nhất là 10." in text_of(post(me, path, viec="ghi", d_ket_qua="11", d_sang_kien="2"))
    assert bench.m.one("SELECT count(*) FROM scorecard") == 1
    done = post(me, path, viec="ghi", d_ket_qua="10", d_sang_kien="5", y_kien="Tốt")
    assert (done.status_code, done.headers["location"]) == (303, "/cham-diem")
    after = text_of(me.get(path))
    assert "Trung bình 85,00, trung vị 85,00 (thang 100)." in after
    assert "Cần thêm số liệu" in after
    assert "Bùi Thẩm Định" in after
    post(me, path, viec="ghi", khong="yes", y_kien="")
    assert post(me, path, viec="rut").headers["location"] == path
    assert [row[0] for row in bench.m.all("SELECT kind FROM scorecard WHERE given_by = :a ORDER BY version", a=A)] == [
        "given", "abstained", "withdrawn",
    ]  # fmt: skip


def test_pressing_twice_is_one_card_and_an_old_page_overwrites_nothing(pages: Pages, bench: Bench) -> None:
    bench.ask(A)
    me, path = pages.browser(A), f"/cham-diem/{bench.card(A)}"
    page = me.get(path)
    sent = {"csrf": csrf(page), "khoa": "k1", "ban": "0", "viec": "ghi", "d_ket_qua": "4", "d_sang_kien": "2"}
    assert [me.post(path, data=sent).status_code for _ in range(2)] == [303, 303]
    assert bench.m.one("SELECT count(*) FROM scorecard") == 1
    old = me.post(path, data={**sent, "khoa": "k2", "d_ket_qua": "9"})
    assert old.status_code == 409
    assert "vừa được" in text_of(old)
    assert 'value="9"' in old.text
    assert bench.m.one("SELECT count(*) FROM scorecard") == 1


def test_who_stands_aside_says_why(pages: Pages, bench: Bench) -> None:
    bench.ask(A)
    number = bench.card(A)
    me, path = pages.browser(A), f"/cham-diem/{number}/khong-cham"
    assert post(me, path, ly_do="").status_code == 422
    assert post(me, path, ly_do="Có người thân trong đơn vị").headers["location"] == "/cham-diem"
    assert me.get(f"/cham-diem/{number}").status_code == 404
    assert "Lê Appraiser: tự đề nghị không tham gia (Có người thân trong đơn vị)" in text_of(
        pages.browser(OFFICE).get(f"/ho-so/{bench.code}")
    )


def test_a_blind_card_names_nobody(engine: Engine, tmp_path: Path) -> None:
    bench = Bench(Ministry(engine, tmp_path / "papers"), 'blind = true\nvisible = "always"')
    pages = Pages(bench.m, tmp_path)
    bench.ask(LEAD)
    me = pages.browser(LEAD)
    for path in ("/cham-diem", f"/cham-diem/{bench.card(LEAD)}", f"/cham-diem/{bench.card(LEAD)}/khong-cham"):
        answer = me.get(path)
        assert answer.status_code == 200
        for word in ("Nguyễn Văn Nam", "Cục Viễn thông", "CVT", bench.code):
            assert word not in answer.text, (path, word)


# ── whose it is ──────────────────────────────────────────────────────────────────────────────────


def test_anothers_card_is_answered_like_one_that_there_is_not(pages: Pages, bench: Bench) -> None:
    bench.ask(A)
    number = bench.card(A)
    before = bench.m.snapshot()
    for person in (B, OFFICE, LEAD):
        client = pages.browser(person)
        token = csrf(client.get("/cham-diem"))
        for path in ("/cham-diem/{}", "/cham-diem/{}/khong-cham"):
            answers = [client.get(path.format(each)) for each in (number, 987654)]
            assert [each.status_code for each in answers] == [404, 404]
            data = {"csrf": token, "viec": "ghi", "d_ket_qua": "1", "d_sang_kien": "1", "ly_do": "Không muốn chấm"}
            assert client.post(path.format(number), data=data).status_code == 404
    after = bench.m.snapshot()
    for table in ("appraiser", "scorecard", "audit_entry", "nomination"):
        assert before[table] == after[table]


@pytest.mark.parametrize("person", ["CVT/CB", "CVT/TT", "CVT/HD"])
def test_a_unit_sees_nothing_of_it(pages: Pages, bench: Bench, person: str) -> None:
    bench.ask(A, B)
    bench.give(A, 10, 5, opinion="Rất xứng đáng")
    client = pages.browser(person)
    shown = client.get(f"/ho-so/{bench.code}")
    assert shown.status_code == 200
    for word in ("Chấm điểm", "Appraiser", "Rất xứng đáng", "/cham-diem", "100,00"):
        assert word not in shown.text, word
    for path in ("/cham-diem", f"/cham-diem/{bench.card(A)}", ASSIGN, f"/ho-so/{bench.code}/nguoi-cham"):
        assert client.get(path).status_code == 403


def test_the_council_reads_what_the_cards_come_to_on_its_ballot(pages: Pages, bench: Bench) -> None:
    bench.ask(A, B)
    bench.give(A, 10, 5, opinion="Rất xứng đáng")
    bench.give(B, 5, 0)
    chamber = Chamber(bench.m)
    chamber.plan()
    chamber.table(bench.codes)
    bench.m.on(HELD)
    chamber.open()
    member = pages.browser("BO/U01")
    ballot, dossier = text_of(member.get("/hoi-dong/PH1/phieu")), text_of(member.get(f"/ho-so/{bench.code}"))
    assert "Điểm thẩm định: trung bình 65,00, trung vị 65,00 trên 100 (2 người chấm)" in ballot
    assert "Rất xứng đáng" in dossier
    told = text_of(pages.browser("BO/COUNCIL_SECRETARY").get("/hoi-dong/PH1"))
    assert "trung bình 65,00" in told
    for text in (ballot, dossier):
        assert "Bùi Thẩm Định" not in text


# ── who appraises what ───────────────────────────────────────────────────────────────────────────


def test_the_desk_asks_by_the_rule_and_sees_why(pages: Pages, bench: Bench) -> None:
    office = pages.browser(OFFICE)
    before = text_of(office.get(ASSIGN))
    assert "Theo quy tắc: giao thêm 4 lượt chấm trên 1 hồ sơ" in before
    assert "Lý Cùng Đơn Vị: thuộc chính đơn vị đề nghị" in before
    assert post(office, ASSIGN).headers["location"] == ASSIGN
    assert "Đã giao 4 lượt chấm trên 1 hồ sơ." in text_of(office.get(ASSIGN))
    shown = text_of(office.get(f"/ho-so/{bench.code}"))
    assert "Quy trình giao cho mọi người giữ vai trò được chấm." in shown
    assert "Lý Cùng Đơn Vị: thuộc chính đơn vị đề nghị" in shown


def test_the_desk_asks_by_hand_and_lets_go(pages: Pages, bench: Bench) -> None:
    office, path = pages.browser(OFFICE), f"/ho-so/{bench.code}/nguoi-cham"
    assert f'value="{OWN}"' not in office.get(path).text
    assert post(office, path, viec="giao").status_code == 422
    assert post(office, path, viec="giao", nguoi=[A, C]).status_code == 303
    name = bench.m.one("SELECT name FROM person WHERE code = 'SECRETARIAT'")
    assert f"{name} phân công." in text_of(office.get(path))
    assert post(office, path, viec="giao", nguoi=[OWN]).status_code == 422
    bench.give(A, 1, 1)
    refused = post(office, path, viec="thoi", thoi=A, ly_do="Chấm thấp quá")
    assert refused.status_code == 422
    assert "đã nộp phiếu" in text_of(refused)
    assert post(office, path, viec="thoi", thoi=C, ly_do="").status_code == 422
    assert post(office, path, viec="thoi", thoi=C, ly_do="Đi công tác").status_code == 303
    assert bench.m.all("SELECT person FROM appraiser WHERE ended_at IS NULL") == [(A,)]


def test_whom_no_mail_reaches_is_named_before_and_after_he_is_asked(pages: Pages, bench: Bench) -> None:
    office, path = pages.browser(OFFICE), f"/ho-so/{bench.code}/nguoi-cham"
    said = "Chưa có địa chỉ thư nên không nhận được thư giao chấm, cần báo bằng cách khác: "
    assert said not in text_of(office.get(ASSIGN))
    bench.m.sql("UPDATE person SET email = '' WHERE code = 'TD2'")
    assert f"{said}Bùi Thẩm Định." in text_of(office.get(ASSIGN))
    assert said not in text_of(office.get(path))
    assert post(office, path, viec="giao", nguoi=[B, C]).status_code == 303
    assert f"{said}Bùi Thẩm Định." in text_of(office.get(path))
    assert f"{said}Bùi Thẩm Định." in text_of(office.get(ASSIGN))


def test_a_file_is_looked_at_and_then_taken(pages: Pages, bench: Bench) -> None:
    office, path = pages.browser(OFFICE), f"{ASSIGN}/tep"

    def send(text: str) -> Any:
        files = {"tep": ("phan-cong.csv", text.encode(), "text/csv")}
        return office.post(path, data={"csrf": csrf(office.get(path))}, files=files)

    wrong = send(f"Mã hồ sơ;Người chấm\n{bench.code};TD2\n{bench.code};{OWN}\n")
    assert wrong.status_code == 422
    assert "Dòng 3: Lý Cùng Đơn Vị không chấm hồ sơ này: thuộc chính đơn vị đề nghị." in text_of(wrong)
    assert send("a;b\n1;2\n").status_code == 422
    right = send(f"Mã hồ sơ;Người chấm\n{bench.code};TD2, TD3\n")
    assert right.status_code == 200
    assert bench.m.one("SELECT count(*) FROM appraiser") == 0
    lines = re.search(r'name="dong" value="([^"]*)"', right.text)
    assert lines
    taken = office.post(f"{ASSIGN}/ghi", data={"csrf": csrf(right), "dong": lines[1]})
    assert (taken.status_code, taken.headers["location"]) == (303, ASSIGN)
    assert bench.m.all("SELECT person, how FROM appraiser ORDER BY id") == [(B, "file"), (C, "file")]
    assert office.get(f"{ASSIGN}/mau").content[:2] == b"PK"
