"""The book of decisions: what is in it, one decision with its annex, what happened to it since, its files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from openpyxl import load_workbook

from tests.integration.services.test_effects import GROUND
from tests.support.lived_in import viewer
from tests.support.ministry import PDF, Ministry, decision
from workflow.services import decision_files, decisions_book
from workflow.services.decisions_book import Filter, UnknownDecision
from workflow.storage.papers import PaperRefused

AWARD = "Bằng khen của Bộ trưởng"


def decided(m: Ministry, codes: tuple[str, ...], number: int, symbol: str = "QĐ-BKHCN") -> int:
    m.done("decide", codes, "clerk", decision=decision(number, m.today, symbol))
    return int(m.one("SELECT max(id) FROM decision"))


@pytest.fixture
def book(m: Ministry) -> tuple[Ministry, tuple[str, ...], int]:
    """One decision that names a collective and two persons of one unit and one of another."""
    mine = m.bring_in(
        [("A", "Trần Uy", AWARD), ("B", "Đỗ Ánh", AWARD), ("", "Phòng Viễn thông", AWARD)], letter="05/TTr-CVT"
    )
    theirs = m.drafts(1, unit="CTS")
    m.walk(mine, "signing")
    m.walk(theirs, "signing", unit="CTS")
    return m, (*mine, *theirs), decided(m, (*mine, *theirs), 1201)


def test_the_annex_stands_in_the_order_of_the_paper(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    m, _, id_ = book
    shown = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_)
    assert [(each.place, each.name, each.unit) for each in shown.annex] == [
        (1, "Phòng Viễn thông", "CVT"), (2, "Đỗ Ánh", "CVT"), (3, "Nguyễn Văn Nam B", "CTS"), (4, "Trần Uy", "CVT")
    ]  # fmt: skip
    assert (shown.issued.full_number, shown.issued.lines, shown.issued.signer) == ("1201/QĐ-BKHCN", 4, "Bộ trưởng")
    assert shown.recorded_by == "Lê Clerk"
    assert shown.recorded_at == m.now
    assert "Nghị định 152/2025/NĐ-CP, Điều 6 khoản 2" in shown.legal
    assert shown.later == ()


def test_a_page_of_the_annex_goes_on_with_its_numbers(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    m, _, id_ = book
    first = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_, limit=3)
    rest = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_, limit=3, after=first.next, skipped=3)
    assert [each.place for each in (*first.annex, *rest.annex)] == [1, 2, 3, 4]
    assert rest.next is None
    assert decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_, after=10**9).annex == ()


def test_a_correction_stands_beside_what_was_printed(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    m, codes, id_ = book
    fixed, other = codes[0], codes[1]
    m.now += timedelta(days=1)
    m.done("correct", [fixed], "secretariat", document="12/QĐ-ĐC",
           lines={fixed: {"name": "Trần Văn Uy", "position": "Trưởng phòng"}})  # fmt: skip
    m.now += timedelta(days=1)
    m.done("correct", [fixed], "secretariat", document="13/QĐ-ĐC", lines={fixed: {"name": "Trần Vân Uy"}})
    shown = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_)
    line = next(each for each in shown.annex if each.code == fixed)
    assert (line.name, line.position) == ("Trần Vân Uy", "Trưởng phòng")
    # What was printed is what the first correction found.
    assert dict(line.printed) == {"name": "Trần Uy", "position": "Chuyên viên"}
    assert line.corrected_by == ("12/QĐ-ĐC", "13/QĐ-ĐC")
    assert next(each for each in shown.annex if each.code == other).printed == {}
    assert [(each.what, each.document, each.on) for each in shown.later] == [
        ("correct", "12/QĐ-ĐC", m.today - timedelta(days=1)), ("correct", "13/QĐ-ĐC", m.today)
    ]  # fmt: skip
    assert dict(shown.later[1].changes[0].before) == {"name": "Trần Văn Uy"}
    assert [each.changes[0].after["name"] for each in shown.later] == ["Trần Văn Uy", "Trần Vân Uy"]
    assert shown.issued.revoked == 0


def test_a_revocation_is_told_on_both_decisions(m: Ministry) -> None:
    m.publish("huy_bo")
    codes = m.drafts(2)
    m.walk(codes, "signing")
    first = decided(m, codes, 1201)
    line = [("NV-00001", "Nguyễn Văn Nam B", "Hủy bỏ quyết định khen thưởng")]
    key = m.look(line).new[0].line_key
    (revocation,) = m.bring_in(line, letter="70/TTr", subjects={key: codes[0]})
    m.attach([revocation], "to_trinh", "tom_tat", "qd", "ket_luan")
    m.done("submit", [revocation], "unit_head", letter_no="70/TTr", ground=GROUND)
    m.now += timedelta(days=1)
    m.done("receive", [revocation], "secretariat")
    m.done("appraise", [revocation], "appraiser")
    m.done("propose", [revocation], "secretariat", letter_no="90/TTr")
    second = decided(m, (revocation,), 1301)
    clerk = viewer(m, "BO/CLERK")
    shown = decisions_book.show(m.desk, clerk, first)
    assert {each.code: each.revoked for each in shown.annex} == {codes[0]: True, codes[1]: False}
    assert [(each.what, each.document) for each in shown.later] == [("revoke", "1301/QĐ-BKHCN")]
    assert (shown.issued.lines, shown.issued.revoked) == (2, 1)
    assert ("revoke", "tt@cvt.example") in {(each.template, each.address) for each in shown.mails}
    (about,) = decisions_book.show(m.desk, clerk, second).annex
    assert about.about == f"1201/QĐ-BKHCN ({codes[0]})"
    assert [each.full_number for each in decisions_book.page(m.desk, clerk, Filter()).rows] == [
        "1301/QĐ-BKHCN", "1201/QĐ-BKHCN"
    ]  # fmt: skip


def test_mails_about_it_are_those_of_its_acts_and_its_lines(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    m, codes, id_ = book
    m.done("correct", codes[:1], "secretariat", document="12/QĐ-ĐC", lines={codes[0]: {"name": "Trần Văn Uy"}})
    other = m.drafts(1, unit="PTIT", first=50)
    m.walk(other, "signing", unit="PTIT")
    decided(m, other, 1202)
    shown = decisions_book.show(m.desk, viewer(m, "BO/CLERK"), id_)
    assert {(each.address, each.template) for each in shown.mails} == {
        ("tdkt@cvt.example", "decided"), ("tdkt@cts.example", "decided"), ("tdkt@cvt.example", "corrected")
    } | {(each.address, each.template) for each in shown.mails if each.template == "council_result"}  # fmt: skip
    assert all("ptit" not in each.address for each in shown.mails)


def test_the_book_is_searched_filtered_and_read_on(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes, "signing")
    ids = []
    for number, code in zip((1201, 1202, 7), codes, strict=True):
        ids.append(decided(m, (code,), number, "QĐ-TTg" if number == 7 else "QĐ-BKHCN"))
        m.now += timedelta(days=1)
    clerk = viewer(m, "BO/CLERK")

    def numbers(asked: Filter, **more: int | None) -> list[str]:
        return [each.full_number for each in decisions_book.page(m.desk, clerk, asked, **more).rows]  # type: ignore[arg-type]

    everything = ["07/QĐ-TTg", "1202/QĐ-BKHCN", "1201/QĐ-BKHCN"]
    assert numbers(Filter()) == everything
    assert numbers(Filter(number="1201")) == ["1201/QĐ-BKHCN"]
    assert numbers(Filter(number="qd-bkhcn")) == everything[1:]
    assert numbers(Filter(number="12 qđ")) == everything[1:]
    assert numbers(Filter(number="%")) == []
    assert numbers(Filter(year=m.today.year)) == everything
    assert numbers(Filter(year=2019)) == []
    assert numbers(Filter(award="cstd_bo")) == []
    assert numbers(Filter(award="bang_khen_bo")) == everything
    first = decisions_book.page(m.desk, clerk, Filter(), limit=2)
    assert numbers(Filter(), after=first.next, limit=2) == everything[2:]
    assert (first.years, first.awards) == ((m.today.year,), ("bang_khen_bo",))
    assert numbers(Filter(lacking=True)) == everything
    decision_files.attach(m.desk, clerk, ids[0], PDF, "qd.pdf", m.now, m.now)
    assert numbers(Filter(lacking=True)) == everything[:2]


def test_what_a_decision_lacks_is_told_until_it_is_there(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    m, codes, id_ = book
    clerk = viewer(m, "BO/CLERK")

    def lacks() -> list[tuple[str, int]]:
        shown = decisions_book.show(m.desk, clerk, id_)
        return [(each.code, each.amount) for each in shown.issued.lacks]

    assert lacks() == [("file", 0), ("notify", 4)]
    m.done("notify", codes[:3], "secretariat", letter_no="01/TB-BKHCN")
    decision_files.attach(m.desk, clerk, id_, PDF, "ban-quet.pdf", m.now, m.now)
    assert lacks() == [("signed", 0), ("notify", 1)]


def test_a_unit_never_reads_the_book(book: tuple[Ministry, tuple[str, ...], int]) -> None:
    """Access keeps units out; sight would keep them to their own lines should a door ever stand open."""
    m, codes, id_ = book
    foreign = viewer(m, "PTIT/CB")
    assert decisions_book.page(m.desk, foreign, Filter()).rows == ()
    with pytest.raises(UnknownDecision):
        decisions_book.show(m.desk, foreign, id_)
    with pytest.raises(UnknownDecision):
        decision_files.check(m.desk, foreign, id_, PDF, m.now)
    with pytest.raises(UnknownDecision):
        decision_files.keep_draft(m.desk, foreign, id_, PDF, "qd.pdf", m.now)
    with pytest.raises(UnknownDecision):
        decision_files.open_file(m.desk, foreign, id_, 1)
    with pytest.raises(PaperRefused, match="decision_file_not_allowed"):
        decision_files.attach(m.desk, foreign, id_, PDF, "qd.pdf", m.now, m.now)
    own = decisions_book.show(m.desk, viewer(m, "CTS/CB"), id_)
    assert [each.code for each in own.annex] == [codes[3]]


def test_the_annex_as_a_workbook_says_what_the_page_says_and_is_noted(
    book: tuple[Ministry, tuple[str, ...], int],
) -> None:
    import io

    m, _, id_ = book
    _, content = decisions_book.annex_file(
        m.desk, viewer(m, "BO/CLERK"), id_, ["TT", "Tên"], lambda line: (str(line.place), line.name), m.now
    )
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert rows == [("TT", "Tên"), ("1", "Phòng Viễn thông"), ("2", "Đỗ Ánh"), ("3", "Nguyễn Văn Nam B"),
                    ("4", "Trần Uy")]  # fmt: skip
    assert m.all("SELECT person, action, detail FROM access_log") == [
        ("BO/CLERK", "decision.export", "xlsx: 4; 1201/QĐ-BKHCN")
    ]


def test_a_number_used_twice_is_refused_with_its_reason_and_nothing_changes(m: Ministry) -> None:
    one, other = m.drafts(2)
    m.walk([one, other], "signing")
    decided(m, (one,), 1201)
    before = m.snapshot()
    report = m.act("decide", [other], "clerk", decision=decision(1201, m.today))
    (line,) = report.results
    assert [(each.code, each.params["number"]) for each in line.reasons] == [("number_used", "1201/QĐ-BKHCN")]
    assert m.snapshot() == before
    # Another symbol, or another year, has numbers of its own.
    decided(m, (other,), 1201, "QĐ-BTTTT")
    assert m.one("SELECT count(*) FROM decision") == 2
