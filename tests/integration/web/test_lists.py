"""Pages of lists: the front page, the list, saved views, files; who sees what, and how many queries it takes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openpyxl
import pytest
from markupsafe import escape
from sqlalchemy import Engine, event

from tests.support.browsing import Pages, csrf
from tests.support.ministry import Ministry

CANARY = "Chim Hoàng Yến"
WICKED_NAME = "<script>x</script>{{7*7}}{0.__class__}{name} %(a)s <img src=http://169.254.169.254/ onerror=x>"
WICKED = (
    "=1+1",
    "+84",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "a,b",
    'a"b',
    "a\nb",
    "<script>x</script>",
)


def bring(m: Ministry, names: tuple[str, ...], unit: str = "CVT", letter: str = "") -> tuple[str, ...]:
    lines = [(f"{unit}-{n:04d}", name, "Bằng khen của Bộ trưởng") for n, name in enumerate(names, start=1)]
    return m.bring_in(lines, unit=unit, letter=letter)


@contextmanager
def queries(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "path",
    ["/", "/ho-so?so=300", "/ho-so?so=300&tim=nguyen&xep=ten", "/ho-so?so=300&han=sap-den&xep=han", "/thong-ke"],
)
def test_queries_do_not_grow_with_rows(pages: Pages, path: str) -> None:
    """As many for 3 rows as for 300."""
    m, browser = pages.ministry, pages.browser("BO/SECRETARIAT")
    bring(m, tuple(f"Nguyễn Văn {chr(65 + n)}" for n in range(3)))
    browser.get(path)
    with queries(m.engine) as few:
        assert browser.get(path).status_code == 200
    m.drafts(297, first=1000)
    with queries(m.engine) as many:
        assert browser.get(path).status_code == 200
    assert len(many) == len(few)


def test_the_front_page_tells_what_waits_for_whom(pages: Pages) -> None:
    m = pages.ministry
    codes = bring(m, ("Nguyễn A", "Nguyễn B", "Nguyễn C"))
    m.walk(codes[:1], "submitted")
    page = pages.browser("BO/SECRETARIAT").get("/")
    assert "Nguyễn A" in page.text
    assert "Đang chờ người khác" in page.text
    assert "/ho-so?luot=unit_officer" in page.text
    unit = pages.browser("CVT/CB").get("/")
    assert "Nguyễn B" in unit.text
    assert "Cấp xét khen thưởng" in unit.text
    assert "Đã gửi, chờ tiếp nhận<" not in unit.text


def test_the_list_sorts_filters_and_pages_by_links(pages: Pages) -> None:
    m = pages.ministry
    bring(m, ("Trần Uy", "Đỗ Ánh", "Lê Bình"))
    browser = pages.browser("BO/SECRETARIAT")
    page = browser.get("/ho-so?xep=ten&so=2")
    assert re.findall(r"(Trần Uy|Đỗ Ánh|Lê Bình)", page.text)[0] == "Đỗ Ánh"
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following
    second = browser.get(following[1].replace("&amp;", "&"))
    assert "Trần Uy" in second.text
    assert "Đỗ Ánh" not in second.text
    assert "Đỗ Ánh" in browser.get("/ho-so?tim=do").text
    assert "khớp với điều kiện" in browser.get("/ho-so?tim=khong+co").text


@pytest.mark.attack("S38")
@pytest.mark.parametrize(
    "asked", ["xep=memory", "cot=memory", "state=draft", "trang-thai=x", "sau=AAAA", "don-vi=X", "la=1"]
)
def test_what_there_is_not_is_422_and_says_what_to_do(pages: Pages, asked: str) -> None:
    """S38."""
    answer = pages.browser("BO/SECRETARIAT").get(f"/ho-so?{asked}")
    assert answer.status_code == 422
    assert "mở lại danh sách" in answer.text


@pytest.mark.attack("S39", "S41", "S49")
def test_markup_in_a_name_is_shown_as_it_is(pages: Pages) -> None:
    m = pages.ministry
    codes = bring(m, ("Nguyễn A",))
    m.sql("UPDATE nomination SET name = :name WHERE code = :code", name=WICKED_NAME, code=codes[0])
    client = pages.browser("BO/SECRETARIAT")
    for path in ("/ho-so", f"/ho-so/{codes[0]}", f"/ho-so/{codes[0]}/viec/withdraw", "/to-trinh/1"):
        text = client.get(path).text
        assert "<script>x" not in text
        assert escape(WICKED_NAME) in text, path


@pytest.mark.attack("S97")
def test_a_browser_that_searches_without_end_has_to_wait(pages: Pages) -> None:
    """S97."""
    browser = pages.browser("BO/SECRETARIAT")
    answers = [browser.get("/ho-so?tim=a").status_code for _ in range(70)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert browser.get("/ho-so").status_code == 200
    assert pages.browser("BO/CLERK").get("/ho-so?tim=a").status_code == 200


@pytest.mark.attack("S19")
def test_no_page_of_a_unit_holds_anything_of_another(pages: Pages) -> None:
    """Planted names of another unit, in every list, count, search, filter, file, and in a view the desk shares."""
    m = pages.ministry
    bring(m, ("Nguyễn A",), letter="41/TTr-CVT")
    theirs = bring(m, (CANARY,), "CTS", letter="42/TTr-CANARY")
    m.walk(theirs, "signing", unit="CTS")
    desk = pages.browser("BO/SECRETARIAT")
    desk.post(
        "/bo-loc", data={"csrf": csrf(desk.get("/ho-so")), "query": "don-vi=CTS", "name": CANARY, "shared": "yes"}
    )
    assert CANARY in desk.get("/ho-so").text
    assert CANARY in pages.browser("BO/CLERK").get("/ho-so").text
    unit = pages.browser("CVT/CB")
    paths = ("/", "/ho-so", "/ho-so?don-vi=CTS", "/ho-so?tim=chim", "/ho-so?tim=canary", f"/ho-so?tim={theirs[0]}",
             "/ho-so?to-trinh=2", "/ho-so?trang-thai=dang-xet", "/ho-so?luot=cap-xet", "/bo-loc", "/xuat-ho-so/csv",
             "/xuat-ho-so/csv?don-vi=CTS")  # fmt: skip
    for path in paths:
        text = unit.get(path).text
        # What was typed may come back; nothing else.
        secrets = (CANARY, "Tần số", "42/TTr", *(each for each in ("CTS", theirs[0]) if each not in path))
        assert not [secret for secret in secrets if secret in text], path
    assert "1 hồ sơ" in unit.get("/ho-so").text


# ── saved views ──


def test_a_view_is_kept_renamed_preferred_shared_and_thrown_away(pages: Pages) -> None:
    m, browser = pages.ministry, pages.browser("BO/SECRETARIAT")
    bring(m, ("Nguyễn A",))
    token = csrf(browser.get("/ho-so"))
    saved = browser.post(
        "/bo-loc", data={"csrf": token, "query": "luot=toi&xep=ten", "name": "Của tôi", "preferred": "yes"}
    )
    assert saved.headers["location"] == "/ho-so?luot=toi&xep=ten"
    assert browser.get("/ho-so").headers["location"] == "/ho-so?luot=toi&xep=ten"
    assert browser.get("/ho-so?xem=tat-ca").status_code == 200
    number = re.search(r'action="/bo-loc/(\d+)"', browser.get("/bo-loc").text)
    assert number
    path = f"/bo-loc/{number[1]}"
    assert pages.browser("BO/CLERK").get("/ho-so").status_code == 200
    assert "Của tôi" not in pages.browser("BO/CLERK").get("/ho-so").text
    assert browser.post(path, data={"csrf": token, "name": "Việc gấp", "shared": "yes"}).status_code == 303
    assert browser.get("/ho-so").status_code == 200
    assert "Việc gấp" in pages.browser("BO/CLERK").get("/ho-so").text
    clerk = pages.browser("BO/CLERK")
    stolen = clerk.post(path, data={"csrf": csrf(clerk.get("/bo-loc")), "name": "x"})
    missing = clerk.post("/bo-loc/999", data={"csrf": csrf(clerk.get("/bo-loc")), "name": "x"})
    assert (stolen.status_code, missing.status_code) == (404, 404)
    assert browser.post(path, data={"csrf": token, "remove": "1"}).status_code == 303
    assert m.one("SELECT count(*) FROM saved_view") == 0


def test_a_view_without_a_name_is_not_kept(pages: Pages) -> None:
    browser = pages.browser("CVT/CB")
    answer = browser.post("/bo-loc", data={"csrf": csrf(browser.get("/ho-so")), "query": "", "name": "  "})
    assert "chưa lưu" in browser.get(answer.headers["location"]).text
    assert pages.ministry.one("SELECT count(*) FROM saved_view") == 0


def test_a_unit_cannot_share(pages: Pages) -> None:
    browser = pages.browser("CVT/CB")
    browser.post(
        "/bo-loc", data={"csrf": csrf(browser.get("/ho-so")), "query": "tim=do", "name": "Lén", "shared": "yes"}
    )
    assert "Lén" not in pages.browser("BO/CLERK").get("/ho-so").text
    assert "Lén" not in pages.browser("CVT/TT").get("/ho-so").text


# ── files ──


def planted(pages: Pages) -> Any:
    m = pages.ministry
    codes = bring(m, tuple(f"Nguyễn {chr(65 + n)}" for n in range(len(WICKED))))
    for code, name in zip(codes, WICKED, strict=True):
        m.sql("UPDATE nomination SET name = :name WHERE code = :code", name=name, code=code)
    return pages.browser("BO/SECRETARIAT")


@pytest.mark.attack("S47")
def test_no_cell_of_a_workbook_is_a_formula(pages: Pages) -> None:
    """S47."""
    content = planted(pages).get("/xuat-ho-so/xlsx?xep=ma&cot=ten,ma").content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == list(WICKED)


@pytest.mark.attack("S47", "S48")
def test_no_cell_of_a_csv_file_is_calculated_and_quotes_hold(pages: Pages) -> None:
    """S47, S48."""
    import csv

    content = planted(pages).get("/xuat-ho-so/csv?xep=ma&cot=ten,ma").content
    assert content.startswith("\N{BYTE ORDER MARK}".encode())
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Cá nhân, tập thể", "Mã hồ sơ"]
    expected = [f"'{name}" if name[0] in "=+-@\t＝＋－＠" else name for name in WICKED]
    assert [row[0] for row in rows[1:]] == expected


def test_a_file_holds_exactly_the_list_and_is_noted(pages: Pages) -> None:
    m = pages.ministry
    bring(m, ("Trần Uy", "Đỗ Ánh", "Lê Bình"))
    bring(m, (CANARY,), "CTS")
    browser = pages.browser("BO/SECRETARIAT")
    answer = browser.get("/xuat-ho-so/csv?don-vi=CVT&xep=ten&cot=ten")
    assert answer.content.decode("utf-8-sig").split("\r\n")[1:-1] == ["Đỗ Ánh", "Lê Bình", "Trần Uy"]
    assert "attachment" in answer.headers["content-disposition"]
    assert m.all("SELECT person, action, detail FROM access_log") == [
        ("BO/SECRETARIAT", "nomination.export", "csv: 3; don-vi=CVT")
    ]


def test_a_file_that_would_be_too_long_is_refused_with_words(pages: Pages) -> None:
    from datetime import UTC, datetime

    from workflow.services import listing, taking, viewing
    from workflow.storage.database import read

    m = pages.ministry
    bring(m, ("Nguyễn A", "Nguyễn B", "Nguyễn C"))
    with read(m.engine) as connection:
        viewer = viewing.viewer(connection, "BO/SECRETARIAT", m.today)
    heads = {column.key: column.key for column in listing.all_columns(viewer)}
    query = listing.parse(viewer, [])
    at = datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(taking.TooMany):
        taking.take(m.desk, viewer, query, "csv", heads, m.today, at, most=2)
    taken = taking.take(m.desk, viewer, query, "csv", heads, m.today, at, most=3)
    assert b"".join(taken.pieces).count(b"Nguy") == 3


def test_whoever_may_not_take_a_file_gets_none(pages: Pages) -> None:
    assert pages.browser("BO/COUNCIL_MEMBER").get("/xuat-ho-so/csv").status_code == 403
    assert pages.browser("BO/SECRETARIAT").get("/xuat-ho-so/pdf").status_code == 404


def test_a_unit_that_has_nothing_yet_is_told_where_to_begin(pages: Pages) -> None:
    begin = 'href="/to-trinh/moi"'
    assert begin in pages.browser("CVT/CB").get("/").text
    assert begin not in pages.browser("CVT/HD").get("/").text  # brings in no list
    assert begin not in pages.browser("BO/SECRETARIAT").get("/").text
    pages.ministry.drafts(1)
    assert begin not in pages.browser("CVT/CB").get("/").text
