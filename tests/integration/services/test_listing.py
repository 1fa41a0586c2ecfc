"""The list of nominations: who sees which, searched without accents, in Vietnamese order, by key, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import insert

from tests.support.ministry import FAILED, PASSED, Ministry, decision
from workflow.services import listing, viewing
from workflow.services.listing import Listed, ListRefused
from workflow.storage import indexing, listing as stored
from workflow.storage.database import read, write
from workflow.storage.tables_desk import Assignment

NAMES = ("Đỗ Thị Ánh", "Nguyễn Văn An", "Trần Thị Uy", "Lê Hòa", "Phạm Đức Đạt", "Vũ Hoà", "Hồ Dung", "Ngô Ái")


def bring(m: Ministry, names: Iterable[str], unit: str = "CVT", letter: str = "") -> tuple[str, ...]:
    lines = [(f"{unit}-{n:04d}", name, "Bằng khen của Bộ trưởng") for n, name in enumerate(names, start=1)]
    return m.bring_in(lines, unit=unit, letter=letter)


def ask(m: Ministry, who: str, few: int = stored.FEW, **asked: str) -> Listed:
    with read(m.engine) as connection:
        viewer = viewing.viewer(connection, who, m.today)
    pairs = [(key.replace("_", "-"), value) for key, value in asked.items()]
    return listing.nominations(m.desk, viewer, listing.parse(viewer, pairs), m.today, few=few)


def names(m: Ministry, who: str = "BO/SECRETARIAT", few: int = stored.FEW, **asked: str) -> list[str]:
    return [line.name for line in ask(m, who, few, **asked).lines]


# ── order ──


@pytest.mark.attack("S91")
def test_persons_stand_in_vietnamese_order_by_given_name(m: Ministry) -> None:
    """S91: code points would put Ánh after Uy and Đạt after Hòa."""
    bring(m, NAMES)
    assert names(m, xep="ten") == [
        "Ngô Ái", "Nguyễn Văn An", "Đỗ Thị Ánh", "Hồ Dung", "Phạm Đức Đạt", "Vũ Hoà", "Lê Hòa", "Trần Thị Uy",
    ]  # fmt: skip
    assert names(m, xep="-ten") == names(m, xep="ten")[::-1]


def test_units_stand_in_vietnamese_order_and_their_people_within(m: Ministry) -> None:
    bring(m, ["Nguyễn B", "Nguyễn A"], "VNPOST")
    bring(m, ["Nguyễn D", "Nguyễn C"], "CTS")
    assert names(m, xep="don-vi") == ["Nguyễn C", "Nguyễn D", "Nguyễn A", "Nguyễn B"]


def test_pages_follow_one_another_without_a_gap_both_ways(m: Ministry) -> None:
    """Both ways of finding a page, sorted and walked, give the same list."""
    sent = bring(m, NAMES)
    bring(m, ["Nguyễn B", "Nguyễn A", "Bùi Ý"], "CTS")
    m.walk(sent[:3], "submitted")
    m.walk(sent[:1], "received", skip=("unit_voted", "submitted"))
    orders = [
        "",
        *(f"{way}{key}" for key in ("ten", "ma", "don-vi", "trang-thai", "tu-ngay", "han") for way in ("", "-")),
    ]
    for by, few in product(orders, (10_000, 0)):
        there_and_back(m, by, few)


def there_and_back(m: Ministry, by: str, few: int) -> None:
    whole = [line.code for line in ask(m, "BO/SECRETARIAT", xep=by, so="300").lines]
    assert len(whole) == 11, (by, few)
    forward, listed = [], ask(m, "BO/SECRETARIAT", few, xep=by, so="4")
    forward += [line.code for line in listed.lines]
    while listed.next:
        listed = ask(m, "BO/SECRETARIAT", few, xep=by, so="4", sau=listed.next)
        forward += [line.code for line in listed.lines]
    assert forward == whole, (by, few)
    back = [line.code for line in listed.lines]
    while listed.previous:
        listed = ask(m, "BO/SECRETARIAT", few, xep=by, so="4", truoc=listed.previous)
        back = [line.code for line in listed.lines] + back
    assert back == whole, (by, few)


def test_a_page_goes_on_where_it_ended_though_its_last_row_has_moved(m: Ministry) -> None:
    codes = bring(m, NAMES)
    first = ask(m, "BO/SECRETARIAT", xep="trang-thai", so="4")
    m.walk([first.lines[-1].code], "submitted")
    second = ask(m, "BO/SECRETARIAT", xep="trang-thai", so="8", sau=first.next)
    assert {line.code for line in (*first.lines, *second.lines)} == set(codes)


# ── search ──


@pytest.mark.attack("S90")
@pytest.mark.parametrize("few", [10_000, 0])
def test_search_folds_accents(m: Ministry, few: int) -> None:
    """S90: `do` finds Đỗ, and both spellings of Hòa are one; from the table of words and row by row alike."""
    bring(m, NAMES)
    for typed, found in FOLDED:
        assert set(names(m, few=few, tim=typed)) == found, typed
        assert set(names(m, "CVT/CB", few, tim=typed)) == found, typed


FOLDED = [
    ("do", {"Đỗ Thị Ánh"}),
    ("Đỗ", {"Đỗ Thị Ánh"}),
    ("ĐỖ ánh", {"Đỗ Thị Ánh"}),
    ("hoa", {"Lê Hòa", "Vũ Hoà"}),
    ("thi u", {"Trần Thị Uy"}),
    ("thi", {"Đỗ Thị Ánh", "Trần Thị Uy"}),
    ("nguyen van an", {"Nguyễn Văn An"}),
    ("guyen", set()),
    ("khong co ai", set[str]()),
]


@pytest.mark.attack("S37")
@pytest.mark.parametrize("few", [10_000, 0])
def test_search_takes_signs_for_what_they_are(m: Ministry, few: int) -> None:
    """S37."""
    bring(m, NAMES)
    for typed in ("' OR 1=1--", "%", "_", "%%%", "a%", "do_", "\\", '"', "*", "do*", "N'", "(", "[a-z]"):
        for where in ("tim", "quyet_dinh", "phien"):
            assert names(m, few=few, **{where: typed}) == [], (where, typed)


def test_search_finds_units_letters_decisions_and_codes(m: Ministry) -> None:
    mine = bring(m, ["Nguyễn Văn An", "Lê Hòa"], letter="41/TTr-CVT")
    bring(m, ["Trần B"], "CTS", letter="42/TTr-CTS")
    m.walk(mine[:1], "decided")
    assert names(m, tim="tan so vo tuyen") == ["Trần B"]
    assert names(m, tim="cts") == ["Trần B"]
    assert names(m, tim="42/ttr") == ["Trần B"]
    assert names(m, tim="ttr-cts") == ["Trần B"]
    assert names(m, tim="1201") == ["Nguyễn Văn An"]
    assert names(m, tim="1201/qđ-bkhcn") == ["Nguyễn Văn An"]
    assert names(m, quyet_dinh="1201/QĐ") == ["Nguyễn Văn An"]
    assert names(m, tim=mine[1].lower()) == ["Lê Hòa"]
    assert names(m, tim=mine[1].rpartition("-")[0]) == ["Lê Hòa"]
    assert names(m, tim=str(int(mine[1].split("-")[2]))) == ["Lê Hòa"]


def test_a_corrected_name_is_found_under_the_new_one_only(m: Ministry) -> None:
    (code,) = bring(m, ["Nguyễn Văn An"])
    m.walk([code], "decided")
    m.done("correct", [code], "secretariat", name="Nguyễn Văn Yên", document="12/ĐC-BKHCN")
    assert names(m, tim="yen") == ["Nguyễn Văn Yên"]
    assert names(m, tim="van an") == []


def test_what_an_older_version_left_out_is_made_again(m: Ministry) -> None:
    from workflow.domain.vietnamese import fold

    bring(m, NAMES, letter="41/TTr-CVT")
    m.sql("DELETE FROM list_order")
    m.sql("DELETE FROM search_word")
    with write(m.engine) as connection:
        assert indexing.complete(connection, fold) == len(NAMES)
        assert indexing.complete(connection, fold) == 0
    assert names(m, tim="do") == ["Đỗ Thị Ánh"]
    assert len(names(m, tim="41/ttr")) == len(NAMES)
    assert len(names(m, xep="ten")) == len(NAMES)


# ── filters ──


def test_each_filter_keeps_to_what_it_says(m: Ministry) -> None:
    a = bring(m, ["Nguyễn A", "Nguyễn B", "Nguyễn C"])
    bring(m, ["Nguyễn D"], "CTS")
    m.bring_in([("", "Phòng Kỹ thuật", "Bằng khen của Bộ trưởng")], unit="PTIT")
    m.walk(a[:2], "appraising")
    assert set(names(m, trang_thai="appraising")) == {"Nguyễn A", "Nguyễn B"}
    assert set(names(m, luot="appraiser")) == {"Nguyễn A", "Nguyễn B"}
    assert set(names(m, "BO/APPRAISER", luot="toi")) == {"Nguyễn A", "Nguyễn B"}
    assert set(names(m, luot="don-vi", don_vi="CVT")) == {"Nguyễn C"}
    assert names(m, don_vi="CTS") == ["Nguyễn D"]
    assert names(m, doi_tuong="tap-the") == ["Phòng Kỹ thuật"]
    assert set(names(m, du="co")) == {"Nguyễn A", "Nguyễn B"}
    assert len(names(m, dot="2026")) == 5
    assert len(names(m, hinh_thuc="bang_khen_bo", quy_trinh="bang_khen_bo")) == 5
    assert set(names(m, trang_thai="dang-xu-ly", du="chua")) == {"Nguyễn C", "Nguyễn D", "Phòng Kỹ thuật"}
    assert names(m, ket_qua="awarded") == []


def test_session_assignment_and_due_days(m: Ministry) -> None:
    a = bring(m, ["Nguyễn A", "Nguyễn B"])
    m.walk(a[:1], "council_pending")
    assert names(m, phien="Phiên 1") == ["Nguyễn A"]
    assert names(m, phien="Phiên") == []
    id_ = m.one("SELECT id FROM nomination WHERE code = :code", code=a[0])
    with write(m.engine) as connection:
        connection.execute(
            insert(Assignment).values(
                nomination_id=id_, person="BO/APPRAISER", person_name="Lê Appraiser", from_at=m.now, given_by="BO/X"
            )
        )
    assert names(m, "BO/APPRAISER", phu_trach="toi") == ["Nguyễn A"]
    assert names(m, phu_trach="BO/APPRAISER") == ["Nguyễn A"]
    assert names(m, phu_trach="chua") == ["Nguyễn B"]
    m.on(date(2026, 12, 4))
    assert names(m, han="sap-den") == ["Nguyễn B", "Nguyễn A"]
    m.on(date(2026, 12, 7))
    assert "Nguyễn B" in names(m, han="qua-han")
    assert "Nguyễn B" not in names(m, han="sap-den")


@pytest.mark.attack("S38")
def test_what_there_is_not_is_refused(m: Ministry) -> None:
    """S38."""
    bring(m, NAMES)
    for wrong in (
        {"xep": "memory"}, {"xep": "name; DROP TABLE nomination"}, {"cot": "ten,memory"}, {"state": "draft"},
        {"trang_thai": "no_such"}, {"don_vi": "KHONG"}, {"dot": "1999"}, {"han": "mai"}, {"to_trinh": "x"},
        {"sau": "AAAA"}, {"sau": "WyIiLDFd", "xep": "ten"}, {"tim": "x" * 201}, {"tim": "a\x00"}, {"tim": "\ud800"},
        {"luot": "nobody"}, {"ket_qua": "x"}, {"doi_tuong": "x"}, {"du": "x"},
    ):  # fmt: skip
        with pytest.raises(ListRefused):
            ask(m, "BO/SECRETARIAT", **wrong)


@pytest.mark.attack("S98")
def test_a_page_is_never_larger_than_its_bound(m: Ministry) -> None:
    """S98."""
    bring(m, NAMES)
    for size in ("1000000000", "9" * 40, "300"):
        assert ask(m, "BO/SECRETARIAT", so=size).query.size == 300
    assert ask(m, "BO/SECRETARIAT", so="0").query.size == 1
    assert ask(m, "BO/SECRETARIAT", so="-5").query.size == 50


# ── who sees what ──

CANARY = "Chim Hoàng Yến"


@pytest.mark.attack("S19")
def test_a_unit_finds_its_own_whatever_it_asks(m: Ministry) -> None:
    """S19, with a planted name that must come up nowhere."""
    bring(m, NAMES, letter="41/TTr-CVT")
    theirs = bring(m, [CANARY], "CTS", letter="42/TTr-CANARY")
    m.walk(theirs, "decided", unit="CTS")
    asked_for: list[dict[str, str]] = [
        {}, {"don_vi": "CTS"}, {"don_vi": "KHONG"}, {"tim": "chim hoang yen"}, {"tim": "tan so"}, {"tim": "canary"},
        {"tim": theirs[0]}, {"tim": "1201"}, {"quyet_dinh": "1201"}, {"to_trinh": "2"}, {"xep": "ten"},
        {"xep": "don-vi"}, {"xep": "han"}, {"xep": "-trang-thai"}, {"luot": "cap-xet"},
    ]  # fmt: skip
    for asked in asked_for:
        found = ask(m, "CVT/CB", **asked)
        assert CANARY not in [line.name for line in found.lines]
        assert found.total == len(found.lines)
        assert "CTS" not in repr(found.around.units)
    assert ask(m, "CVT/CB", don_vi="CTS").total == ask(m, "CVT/CB", don_vi="KHONG").total == 0
    assert names(m, "CTS/CB") == [CANARY]


def test_a_unit_reads_released_words_and_has_no_inner_filters(m: Ministry) -> None:
    codes = bring(m, ["Nguyễn A", "Nguyễn B"])
    m.walk(codes, "signing")
    m.done("release_results", codes[:1], "council_secretary")
    shown = {line.name: line.cells for line in ask(m, "CVT/CB", cot="ten,trang-thai,luot,quyet-dinh").lines}
    assert shown["Nguyễn B"][1] == "Đang xét"
    assert shown["Nguyễn A"][1] != "Đang xét"
    assert shown["Nguyễn A"][2] == "Cấp xét khen thưởng"
    inner = {line.name: line.cells for line in ask(m, "BO/SECRETARIAT", cot="ten,trang-thai").lines}
    assert inner["Nguyễn B"][1] == "Đang trình ký"
    assert names(m, "CVT/CB", trang_thai="dang-xet") == ["Nguyễn B"]
    for hidden in ({"xep": "tu-ngay"}, {"cot": "phu-trach"}, {"ket_qua": "awarded"}, {"phu_trach": "toi"},
                   {"phien": "x"}, {"trang_thai": "signing"},
                   {"trang_thai": "council_voting"}, {"luot": "minister_office"}):  # fmt: skip
        with pytest.raises(ListRefused):
            ask(m, "CVT/CB", **hidden)


def test_a_unit_sees_only_its_own_due_days(m: Ministry) -> None:
    codes = bring(m, ["Nguyễn A", "Nguyễn B"])
    m.walk(codes[:1], "appraising")
    due = {line.name: line.due_on for line in ask(m, "CVT/CB").lines}
    assert due == {"Nguyễn A": None, "Nguyễn B": date(2026, 12, 5)}
    assert {line.name: line.due_on is not None for line in ask(m, "BO/SECRETARIAT").lines} == dict.fromkeys(due, True)
    m.on(date(2027, 2, 1))
    assert names(m, "CVT/CB", han="qua-han") == ["Nguyễn B"]
    assert set(names(m, han="qua-han")) == {"Nguyễn A", "Nguyễn B"}


@pytest.mark.parametrize("few", [10_000, 0])
def test_a_due_day_tells_no_unit_how_its_vote_went(m: Ministry, few: int) -> None:
    """In a title that a unit gives itself the signing is the unit's turn; in one of the ministry it never is."""
    m.publish("giay_khen")
    passed, failed, other = bring(m, ["Nguyễn A", "Nguyễn B", "Nguyễn C"])
    m.walk([failed, passed], "council_voting")
    before = names(m, "CVT/CB", few, xep="han")
    tallies = {passed: {"tally": PASSED}, failed: {"tally": FAILED}}
    m.done("close_vote", [passed, failed], "council_secretary", lines=tallies)
    assert m.states() == {passed: "signing", failed: "council_rejected", other: "draft"}
    assert "state.signing" in m.limits(passed)

    def due() -> dict[str, date | None]:
        return {line.name: line.due_on for line in ask(m, "CVT/CB").lines}

    unknown = {"Nguyễn A": None, "Nguyễn B": None, "Nguyễn C": date(2026, 12, 5)}
    assert due() == unknown
    assert names(m, "CVT/CB", few, xep="han") == before
    m.on(date(2027, 2, 1))
    assert names(m, "CVT/CB", few, han="qua-han") == ["Nguyễn C"]
    assert set(names(m, han="qua-han")) == {"Nguyễn A", "Nguyễn C"}
    m.done("release_results", [passed, failed], "council_secretary")
    assert due() == unknown  # what is due now is not the unit's


def test_a_decision_that_is_not_released_cannot_be_found_by_its_number(m: Ministry) -> None:
    codes = bring(m, ["Nguyễn A"])
    m.walk(codes, "signing")
    m.now += timedelta(days=1)
    m.done("decide", codes, "clerk", decision=decision(77, m.today))
    held = m.one("SELECT state <> shown_state FROM nomination")
    expected = [] if held else ["Nguyễn A"]
    assert names(m, "CVT/CB", tim="77/QĐ") == expected
    assert names(m, "CVT/CB", quyet_dinh="77") == expected
    assert names(m, tim="77/QĐ") == ["Nguyễn A"]


def test_the_council_sees_what_came_before_it_and_a_cluster_its_own(m: Ministry) -> None:
    codes = bring(m, ["Nguyễn A", "Nguyễn B"])
    m.walk(codes[:1], "council_pending")
    assert names(m, "BO/COUNCIL_MEMBER") == ["Nguyễn A"]
    assert names(m, "BO/COUNCIL_MEMBER", tim="nguyen") == ["Nguyễn A"]
    assert names(m, "BO/CLUSTER_HEAD") == []


def test_codes_for_an_act_on_all_are_those_of_the_list(m: Ministry) -> None:
    codes = bring(m, NAMES)
    bring(m, [CANARY], "CTS")
    with read(m.engine) as connection:
        unit = viewing.viewer(connection, "CVT/CB", m.today)
    query = listing.parse(unit, [("trang-thai", "dang-xu-ly")])
    assert listing.codes_of(m.desk, unit, query, m.today, 100) == codes
    assert len(listing.codes_of(m.desk, unit, query, m.today, 3)) == 4
    assert listing.how_many(m.desk, unit, query, m.today) == len(codes)
