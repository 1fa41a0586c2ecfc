"""Papers of signing out of what was recorded: to the signer, to units, for the printer, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.integration.services.test_decisions_book import AWARD, decided
from tests.support.lived_in import viewer
from tests.support.ministry import FAILED, PASSED, Ministry
from workflow.papers.making import docx
from workflow.papers.shapes import (
    Certificates,
    CountedLine,
    DecisionDraft,
    Extract,
    House,
    Paper,
    ProposalLetter,
    ResultNotice,
    Signature,
)
from workflow.services import accessing, decision_papers, signing_letters
from workflow.services.awaiting_signature import UnknownList
from workflow.services.decisions_book import UnknownDecision
from workflow.services.looking import UnknownNomination
from workflow.storage.papers import PaperRefused

HOUSE = House(
    "Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Tổ chức cán bộ", "Hà Nội", "BKHCN", "TCCB"
)
LIST = ("2026", "bang_khen_bo", "merit")
Season = tuple[Ministry, dict[str, str], int]


@pytest.fixture
def m(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Ministry:
    return Ministry(engine, tmp_path_factory.mktemp("papers"))


def at_signing(m: Ministry) -> dict[str, str]:
    """Four of one unit and one of another before the signer, by name."""
    lines = [("A", "Trần Uy", AWARD), ("B", "Đỗ Ánh", AWARD), ("", "Phòng Viễn thông", AWARD), ("D", "Lê Oanh", AWARD)]
    mine = m.bring_in(lines)
    theirs = m.bring_in([("E", "Nguyễn Văn Nam", AWARD)], unit="CTS")
    m.walk(mine, "signing")
    m.walk(theirs, "signing", unit="CTS")
    return dict(zip(("Trần Uy", "Đỗ Ánh", "Phòng Viễn thông", "Lê Oanh", "theirs"), (*mine, *theirs), strict=True))


@pytest.fixture
def season(m: Ministry) -> Season:
    """One decision of four, two units; one of the first unit was declined."""
    codes = at_signing(m)
    m.done("decline", [codes["Lê Oanh"]], "signer", reason="Chưa có tác dụng nêu gương trong ngành")
    return m, codes, decided(m, tuple(code for name, code in codes.items() if name != "Lê Oanh"), 1201)


def letter(m: Ministry, which: str = "to_trinh", person: str = "BO/SECRETARIAT") -> Paper:
    return signing_letters.paper(m.desk, viewer(m, person), *LIST, which, HOUSE, m.now, m.now)


def paper(m: Ministry, id_: int, which: str, person: str = "BO/SECRETARIAT", **of: str) -> Paper:
    return decision_papers.paper(m.desk, viewer(m, person), id_, which, HOUSE, m.now, m.now, **of)


def about(m: Ministry, code: str, which: str, person: str = "CVT/CB") -> Paper:
    return decision_papers.of_dossier(m.desk, viewer(m, person), code, which, HOUSE, m.now, m.now)


# ── before the signer ────────────────────────────────────────────────────────────────────────────


def test_the_letter_lays_the_list_before_the_signer_with_what_the_council_counted(m: Ministry) -> None:
    at_signing(m)
    made = letter(m)
    assert isinstance(made, ProposalLetter)
    assert (made.head.body, made.head.symbol, made.head.number, made.head.year) == (
        "Vụ Tổ chức cán bộ", "TTr-TCCB", None, m.today.year,
    )  # fmt: skip
    assert made.addressee == "Bộ trưởng Bộ Khoa học và Công nghệ"
    assert made.subject == "tặng Bằng khen của Bộ trưởng"
    assert "Nghị định 152/2025/NĐ-CP, Điều 6 khoản 2" in made.bases
    said = " ".join(made.paragraphs)
    assert "02 đơn vị (02 tờ trình)" in said
    assert "bỏ phiếu đối với 05 trường hợp (Biên bản số 01/BB-HĐTĐKT); 05 trường hợp" in said
    assert [(each.title, [line.line.name for line in each.lines if isinstance(line, CountedLine)])
            for each in made.proposals] == [
        ("Tập thể", ["Phòng Viễn thông"]), ("Cá nhân", ["Đỗ Ánh", "Nguyễn Văn Nam", "Lê Oanh", "Trần Uy"])
    ]  # fmt: skip
    first = made.proposals[1].lines[0]
    assert isinstance(first, CountedLine)
    assert (first.line.number, first.line.unit, first.count.vote.yes, first.count.vote.base) == (
        2, "Cục Viễn thông", PASSED["yes"], PASSED["members"]
    )  # fmt: skip
    assert made.signature == Signature("Vụ trưởng", "Lê Secretariat Head")
    assert "Biên bản số 01/BB-HĐTĐKT" in made.enclosures
    assert docx(made).startswith(b"PK")


def test_the_decision_to_be_signed_is_drafted_with_number_and_day_left_open(m: Ministry) -> None:
    at_signing(m)
    made = letter(m, "quyet_dinh")
    assert isinstance(made, DecisionDraft)
    assert (made.head.number, made.head.day, made.head.symbol) == (None, None, "QĐ-BKHCN")
    assert "01 tập thể và 04 cá nhân" in made.articles[0]
    assert [(group.title, [line.number for line in group.lines]) for group in made.annex] == [
        ("Tập thể", [1]), ("Cá nhân", [2, 3, 4, 5])
    ]  # fmt: skip
    assert made.annex[0].lines[0].detail == "Cục Viễn thông"
    assert made.audit is not None


def test_lines_that_no_council_voted_on_are_told_apart(m: Ministry) -> None:
    codes = at_signing(m)
    m.sql("UPDATE nomination SET memory = replace(memory, 'tallies', 'tallies_of_old') WHERE code = :code",
          code=codes["theirs"])  # fmt: skip
    made = letter(m)
    assert isinstance(made, ProposalLetter)
    assert "01 trường hợp không thuộc diện bỏ phiếu" in made.paragraphs[-1]
    assert [len(each.lines) for each in made.proposals] == [1, 3, 1]
    assert docx(made).startswith(b"PK")


def test_who_may_not_have_the_letter_and_what_is_not_there(m: Ministry) -> None:
    at_signing(m)
    for person in ("BO/SIGNER", "BO/AUDITOR", "CVT/TT", "BO/COUNCIL_MEMBER"):
        with pytest.raises(PaperRefused, match="signing_paper_not_allowed"):
            letter(m, person=person)
    with pytest.raises(PaperRefused, match="signing_paper_unknown"):
        letter(m, "thong_bao")
    with pytest.raises(UnknownList):
        signing_letters.paper(
            m.desk, viewer(m, "BO/CLERK"), "2019", *LIST[1:], "to_trinh", HOUSE, m.now, m.now
        )  # fmt: skip
    assert accessing.listed(m.desk) == []


# ── to a unit ────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_tells_a_unit_of_its_own_awarded_or_not_and_why(season: Season) -> None:
    m, _, id_ = season
    made = paper(m, id_, "thong_bao", unit="CVT")
    assert isinstance(made, ResultNotice)
    assert (made.addressee, made.head.symbol) == ("Cục Viễn thông", "TB-TCCB")
    assert made.letter.startswith("Tờ trình số 01/TTr-CVT")
    assert [(each.line.number, each.line.name, each.outcome, each.ground) for each in made.lines] == [
        (1, "Phòng Viễn thông", "Được tặng", ""),
        (2, "Đỗ Ánh", "Được tặng", ""),
        (3, "Lê Oanh", "Người có thẩm quyền quyết định không khen thưởng", "Chưa có tác dụng nêu gương trong ngành"),
        (4, "Trần Uy", "Được tặng", ""),
    ]
    assert [each.decision.full_number if each.decision else "" for each in made.lines] == [
        "1201/QĐ-BKHCN", "1201/QĐ-BKHCN", "", "1201/QĐ-BKHCN"
    ]  # fmt: skip
    assert docx(made).startswith(b"PK")


def test_an_extract_keeps_the_numbers_of_the_annex_and_names_nobody_else(season: Season) -> None:
    m, codes, id_ = season
    made = paper(m, id_, "trich_luc", unit="CVT")
    assert isinstance(made, Extract)
    assert [(line.number, line.name) for group in made.groups for line in group.lines] == [
        (1, "Phòng Viễn thông"), (2, "Đỗ Ánh"), (4, "Trần Uy")
    ]  # fmt: skip
    assert (made.decision.full_number, made.decision.authority) == (
        "1201/QĐ-BKHCN", "Bộ trưởng Bộ Khoa học và Công nghệ",
    )  # fmt: skip
    assert made.recipients[0] == "Cục Viễn thông"
    alone = paper(m, id_, "trich_luc", code=codes["theirs"])
    assert isinstance(alone, Extract)
    assert [(line.number, line.name) for group in alone.groups for line in group.lines] == [(3, "Nguyễn Văn Nam")]


def test_a_unit_takes_papers_of_its_own_dossiers_and_of_no_others(season: Season) -> None:
    m, codes, id_ = season
    officer = viewer(m, "CVT/CB")
    assert decision_papers.ready(m.desk, officer, codes["Đỗ Ánh"]) == ("thong_bao", "trich_luc", "trich_luc_ho_so")
    assert decision_papers.ready(m.desk, officer, codes["Lê Oanh"]) == ("thong_bao",)
    whole, notice = about(m, codes["Đỗ Ánh"], "trich_luc"), about(m, codes["Lê Oanh"], "thong_bao")
    alone = about(m, codes["Đỗ Ánh"], "trich_luc_ho_so")
    assert isinstance(whole, Extract)
    assert isinstance(notice, ResultNotice)
    assert isinstance(alone, Extract)
    assert [line.name for group in whole.groups for line in group.lines] == ["Phòng Viễn thông", "Đỗ Ánh", "Trần Uy"]
    assert len(notice.lines) == 4
    assert [line.number for group in alone.groups for line in group.lines] == [2]
    # By the decision's number too: his own unit is meant, and no other can be.
    own = paper(m, id_, "trich_luc", "CVT/CB")
    assert own == whole
    for of in ({"unit": "CTS"}, {"code": codes["theirs"]}, {"unit": "PTIT"}):
        with pytest.raises(UnknownDecision):
            paper(m, id_, "trich_luc", "CVT/CB", **of)
    with pytest.raises(UnknownNomination):
        about(m, codes["theirs"], "thong_bao")
    with pytest.raises(UnknownNomination):
        about(m, codes["Lê Oanh"], "trich_luc")
    with pytest.raises(PaperRefused, match="signing_paper_unknown"):
        paper(m, id_, "bang_khen", "CVT/CB")
    with pytest.raises(UnknownDecision):
        paper(m, id_, "thong_bao", "PTIT/CB")


def test_nothing_is_on_a_paper_while_its_result_is_held_back(m: Ministry) -> None:
    """Decided before the council's results were released: the desk has a decision, the unit reads nothing of it."""
    codes = m.drafts(3)
    m.walk(codes, "council_voting")
    tallies = {codes[0]: {"tally": PASSED}, codes[1]: {"tally": PASSED}, codes[2]: {"tally": FAILED}}
    m.done("close_vote", codes, "council_secretary", lines=tallies)
    m.now += timedelta(days=1)
    id_ = decided(m, codes[:1], 1201)
    m.sql("UPDATE nomination SET shown_state = 'council_voting' WHERE code = :code", code=codes[0])
    for code in codes:
        assert decision_papers.ready(m.desk, viewer(m, "CVT/CB"), code) == ()
        with pytest.raises(UnknownNomination):
            about(m, code, "thong_bao")
    for person in ("BO/SECRETARIAT", "CVT/CB"):
        with pytest.raises(UnknownDecision):
            paper(m, id_, "thong_bao", person, unit="CVT")
    m.done("release_results", codes[1:], "council_secretary")
    told = about(m, codes[2], "thong_bao")
    assert isinstance(told, ResultNotice)
    assert [(each.outcome, each.ground) for each in told.lines] == [("Hội đồng không thông qua", "")]


# ── for the printer ──────────────────────────────────────────────────────────────────────────────


def test_certificates_say_what_the_decision_says_one_page_each(season: Season) -> None:
    m, _, id_ = season
    made = paper(m, id_, "bang_khen")
    assert isinstance(made, Certificates)
    assert [(each.name, each.detail) for each in made.pages][:2] == [
        ("Phòng Viễn thông", "Cục Viễn thông"), ("Đỗ Ánh", "Chuyên viên, Phòng Tổng hợp, Cục Viễn thông")
    ]  # fmt: skip
    assert {(each.authority, each.award, each.day, each.decision.full_number) for each in made.pages} == {
        ("Bộ trưởng Bộ Khoa học và Công nghệ", "Bằng khen", m.today, "1201/QĐ-BKHCN")
    }
    assert len(made.pages) == 4
    of_unit = paper(m, id_, "bang_khen", unit="CTS")
    assert isinstance(of_unit, Certificates)
    assert [each.name for each in of_unit.pages] == ["Nguyễn Văn Nam"]


def test_what_others_print_or_what_was_revoked_is_refused_with_its_reason(season: Season) -> None:
    m, codes, id_ = season
    with pytest.raises(PaperRefused, match="decision_paper_unit"):
        paper(m, id_, "thong_bao")
    m.sql("UPDATE nomination SET state = 'revoked', shown_state = 'revoked' WHERE code = :code", code=codes["theirs"])
    made = paper(m, id_, "bang_khen")
    assert isinstance(made, Certificates)
    assert "Nguyễn Văn Nam" not in {each.name for each in made.pages}
    with pytest.raises(PaperRefused, match="decision_paper_none"):
        paper(m, id_, "trich_luc", unit="CTS")
    told = paper(m, id_, "thong_bao", unit="CTS")
    assert isinstance(told, ResultNotice)
    assert [(each.outcome, each.decision) for each in told.lines] == [("Quyết định khen thưởng đã bị hủy bỏ", None)]
    m.sql("UPDATE decision SET authority = 'prime_minister'")
    with pytest.raises(PaperRefused, match="decision_paper_none"):
        paper(m, id_, "bang_khen")
    of_premier = paper(m, id_, "trich_luc", unit="CVT")
    assert isinstance(of_premier, Extract)
    assert of_premier.decision.authority == "Thủ tướng Chính phủ"


def test_every_paper_that_leaves_is_noted_by_whose_hand(season: Season) -> None:
    m, codes, id_ = season
    paper(m, id_, "bang_khen", "BO/CLERK")
    about(m, codes["Đỗ Ánh"], "trich_luc_ho_so")
    about(m, codes["Lê Oanh"], "thong_bao")
    assert [(each.person, each.action, each.detail) for each in reversed(accessing.listed(m.desk))] == [
        ("BO/CLERK", "decision.paper", "bang_khen 1201/QĐ-BKHCN"),
        ("CVT/CB", "decision.paper", f"trich_luc 1201/QĐ-BKHCN {codes['Đỗ Ánh']}"),
        ("CVT/CB", "decision.paper", f"thong_bao {codes['Lê Oanh']}"),
    ]
