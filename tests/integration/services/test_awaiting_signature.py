"""What awaits a signature: which lists there are, what stands behind each, which acts end the wait and for how many."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.lived_in import viewer
from tests.support.ministry import FAILED, PASSED, REASON, Ministry
from workflow.services import awaiting_signature
from workflow.services.awaiting_signature import UnknownList

LIST = ("2026", "bang_khen_bo", "merit")


@pytest.fixture
def signing(m: Ministry) -> tuple[Ministry, tuple[str, ...], tuple[str, ...]]:
    """Three dossiers of one unit and two of another before the signer; one of these passed with one yes less."""
    mine = m.bring_in(
        [("A", "Trần Uy", "Bằng khen của Bộ trưởng"), ("B", "Đỗ Ánh", "Bằng khen của Bộ trưởng"),
         ("", "Phòng Viễn thông", "Bằng khen của Bộ trưởng")], letter="05/TTr-CVT",
    )  # fmt: skip
    theirs = m.drafts(2, unit="CTS", letter="09/TTr-CTS")
    m.walk(mine, "council_voting")
    m.walk(theirs, "council_voting", unit="CTS")
    both = [*mine, *theirs]
    tallies = {code: {"tally": PASSED} for code in both}
    tallies[theirs[0]] = {"tally": FAILED}
    m.done("close_vote", both, "council_secretary", lines=tallies)
    return m, mine, theirs


def test_a_list_is_what_one_decision_would_name(signing: tuple[Ministry, tuple[str, ...], tuple[str, ...]]) -> None:
    m, _, _ = signing
    (group,) = awaiting_signature.lists(m.desk, viewer(m, "BO/SIGNER"), m.today)
    assert (group.award, group.kind, group.round) == ("bang_khen_bo", "merit", "2026")
    assert (group.amount, group.units, group.letters, group.late) == (4, 2, 2, 0)  # one did not pass the council
    assert group.since == m.today
    assert group.due_on == m.calendar.add_working(m.today, 5)
    later = m.today + timedelta(days=30)
    (group,) = awaiting_signature.lists(m.desk, viewer(m, "BO/SIGNER"), later)
    assert group.late == 4


def test_awards_kinds_and_rounds_are_lists_of_their_own(m: Ministry) -> None:
    m.publish("bang_khen_dot_xuat")
    merit = m.drafts()
    m.walk(merit, "signing")
    (urgent,) = m.bring_in([("X", "Lê Cứu", "Bằng khen đột xuất")])
    m.sql("UPDATE nomination SET achievement_to = :on WHERE code = :code", on=m.today, code=urgent)
    m.attach([urgent], "to_trinh", "danh_sach", "tom_tat")
    m.done("submit", [urgent], "unit_head", letter_no="11/TTr", overrides={"trung_thanh_tich": REASON})
    m.done("receive", [urgent], "secretariat")
    m.done("appraise", [urgent], "appraiser")
    m.done("propose", [urgent], "secretariat", letter_no="90/TTr")
    found = awaiting_signature.lists(m.desk, viewer(m, "BO/CLERK"), m.today)
    assert {(each.award, each.kind, each.amount) for each in found} == {
        ("bang_khen_bo", "merit", 1), ("bang_khen_bo", "ad_hoc", 1)
    }  # fmt: skip
    listed = awaiting_signature.one(m.desk, viewer(m, "BO/CLERK"), "2026", "bang_khen_bo", "ad_hoc", m.now)
    assert [(each.code, each.voted) for each in listed.lines] == [(urgent, None)]


def test_a_list_tells_its_letters_names_and_what_the_council_said(
    signing: tuple[Ministry, tuple[str, ...], tuple[str, ...]],
) -> None:
    m, mine, theirs = signing
    found = awaiting_signature.one(m.desk, viewer(m, "BO/SIGNER"), *LIST, m.now)
    # Collectives first, then persons by their given names.
    assert [each.name for each in found.lines][:3] == ["Phòng Viễn thông", "Đỗ Ánh", "Nguyễn Văn Nam C"]
    assert {each.code for each in found.lines} == {*mine, theirs[1]}
    assert [(each.number, each.unit, each.amount) for each in found.letters] == [
        ("09/TTr-CTS", "CTS", 1), ("05/TTr-CVT", "CVT", 3)
    ]  # fmt: skip
    assert [paper.file_name for paper in found.letters[1].papers] == ["to_trinh.pdf", "danh_sach.pdf", "bb_xet_kt.pdf"]
    assert found.letters[1].papers[2].title.vi == "Biên bản xét khen thưởng"
    voted = found.lines[0].voted
    assert voted is not None
    assert (voted.result.yes, voted.result.base, voted.result.passed) == (12, 15, True)
    assert voted.tally.minutes == "01/BB-HĐTĐKT"


def test_each_role_is_offered_its_own_way_out_and_told_whose_the_others_are(
    signing: tuple[Ministry, tuple[str, ...], tuple[str, ...]],
) -> None:
    m, _, _ = signing

    def ways(role: str) -> tuple[dict[str, int | None], set[str]]:
        found = awaiting_signature.one(m.desk, viewer(m, f"BO/{role}"), *LIST, m.now)
        return {each.transition.id: each.possible for each in found.ways}, {each.transition.id for each in found.others}

    assert ways("SIGNER") == ({"decline": 4}, {"decide", "return_from_sign"})
    assert ways("CLERK") == ({"decide": 4}, {"decline", "return_from_sign"})
    assert ways("MINISTER_OFFICE") == ({"return_from_sign": 4}, {"decide", "decline"})
    assert ways("AUDITOR") == ({}, {"decide", "decline", "return_from_sign"})


def test_an_act_that_cannot_happen_yet_says_why(m: Ministry) -> None:
    codes = m.drafts(2)
    m.walk(codes, "signing", skip=("proved",))
    (way,) = awaiting_signature.one(m.desk, viewer(m, "BO/CLERK"), *LIST, m.now).ways
    assert (way.transition.id, way.possible) == ("decide", 0)
    assert {(reason.code, amount) for reason, amount in way.reasons.items()} == {("proof", 2)}


def test_a_list_that_nobody_waits_with_is_none_and_a_unit_sees_no_list_of_others(
    signing: tuple[Ministry, tuple[str, ...], tuple[str, ...]],
) -> None:
    m, mine, _ = signing
    for wrong in (("2025", *LIST[1:]), ("2026", "cstd_bo", "merit"), ("2026", "bang_khen_bo", "ad_hoc"), ("", "", "")):
        if wrong != ("", "", ""):
            with pytest.raises(UnknownList):
                awaiting_signature.one(m.desk, viewer(m, "BO/SIGNER"), *wrong, m.now)
            with pytest.raises(UnknownList):
                awaiting_signature.codes_of(m.desk, viewer(m, "BO/SIGNER"), *wrong)
    # Sight bounds every query, should a door ever stand open by mistake.
    assert set(awaiting_signature.codes_of(m.desk, viewer(m, "CVT/CB"), *LIST)) == set(mine)
    with pytest.raises(UnknownList):
        awaiting_signature.codes_of(m.desk, viewer(m, "PTIT/CB"), *LIST)


def test_a_long_list_goes_on_where_its_page_ended(m: Ministry) -> None:
    codes = m.drafts(awaiting_signature.PER_PAGE + 3)
    m.walk(codes, "signing")
    first = awaiting_signature.one(m.desk, viewer(m, "BO/CLERK"), *LIST, m.now)
    assert len(first.lines) == awaiting_signature.PER_PAGE
    rest = awaiting_signature.one(m.desk, viewer(m, "BO/CLERK"), *LIST, m.now, after=first.next)
    assert (len(rest.lines), rest.next) == (3, None)
    assert [each.code for each in (*first.lines, *rest.lines)] == list(
        awaiting_signature.codes_of(m.desk, viewer(m, "BO/CLERK"), *LIST)
    )
    assert awaiting_signature.one(m.desk, viewer(m, "BO/CLERK"), *LIST, m.now, after=10**9).lines == ()
