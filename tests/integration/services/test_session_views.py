"""Sessions as the desk and a member see them, what could be put on, and what would happen. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.support.council import CHAIR, HELD, OFFICE, SECRETARY, WARNED, Chamber, with_rule
from tests.support.ministry import SINCE, Ministry
from workflow.domain.councils import Counts
from workflow.services import (
    balloting,
    closing,
    council_sessions,
    councils,
    session_mails,
    session_previews,
    session_views,
)
from workflow.services.council_sessions import SessionEntry
from workflow.services.councils import CouncilEntry, CouncilError, SeatEntry
from workflow.services.session_views import Card
from workflow.services.viewing import Viewer, viewer
from workflow.storage.database import read
from workflow.wording import lines, say

NOBODY = ("CVT/CB", "CVT/TT", "CVT/HD", "BO/CLERK", "BO/ADMIN", "BO/SIGNER", "BO/COUNCIL_MEMBER")


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path))


def looking(chamber: Chamber, person: str) -> Viewer:
    with read(chamber.ministry.engine) as connection:
        return viewer(connection, person, chamber.ministry.today)


def cards(chamber: Chamber, person: str) -> tuple[Card, ...]:
    return session_views.cards(chamber.ministry.desk, looking(chamber, person), chamber.ministry.now)


def desk_view(chamber: Chamber, person: str = SECRETARY, code: str = "PH1") -> session_views.SessionView:
    m = chamber.ministry
    return session_views.for_desk(m.desk, looking(chamber, person), code, m.now)


def member_view(chamber: Chamber, person: str, code: str = "PH1") -> session_views.MemberView:
    m = chamber.ministry
    return session_views.for_member(m.desk, looking(chamber, person), code, m.now)


def unknown() -> Any:
    return pytest.raises(CouncilError, match="session_unknown")


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_the_secretary_sees_every_session_a_member_his_own_and_nobody_else_any(chamber: Chamber) -> None:
    chamber.voting(3)
    chamber.plan("PH2", body="standing_members", title="Phiên Thường trực")
    assert [each.row.code for each in cards(chamber, SECRETARY)] == ["PH2", "PH1"]
    assert [each.row.code for each in cards(chamber, "BO/AUDITOR")] == ["PH2", "PH1"]
    assert [each.row.code for each in cards(chamber, "BO/U01")] == ["PH2", "PH1"]
    assert [each.row.code for each in cards(chamber, "BO/U09")] == ["PH1"]
    (card,) = cards(chamber, "BO/U09")
    assert (card.sits, card.desk, card.prepares) == (True, False, False)
    for person in NOBODY:
        assert cards(chamber, person) == (), person


def test_a_card_counts_what_is_still_owed(chamber: Chamber) -> None:
    chamber.voting(3)
    assert [(each.lines, each.open, each.owed) for each in cards(chamber, "BO/U02")] == [(3, 3, 3)]
    chamber.cast("BO/U02", {1: "yes"})
    council_sessions.recuse(chamber.ministry.desk, "PH1", "BO/U02", [2], "", "BO/U02", chamber.ministry.now)
    assert [each.owed for each in cards(chamber, "BO/U02")] == [1]
    assert [each.owed for each in cards(chamber, SECRETARY)] == [0]


def test_after_the_last_day_nothing_is_owed_any_more(chamber: Chamber) -> None:
    chamber.voting(1, form="written", answers_due_on=HELD, present=False)
    assert [each.owed for each in cards(chamber, "BO/U02")] == [1]
    chamber.ministry.on(date(2026, 12, 23))
    assert [each.owed for each in cards(chamber, "BO/U02")] == [0]
    assert member_view(chamber, "BO/U02").owed == []


def test_the_list_and_a_session_ask_as_often_for_many_lines_as_for_one(chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(1)
    people = {name: looking(chamber, name) for name in (SECRETARY, "BO/U02")}

    def asked() -> list[int]:
        found = []
        for look in (
            lambda: session_views.cards(m.desk, people[SECRETARY], m.now),
            lambda: session_views.cards(m.desk, people["BO/U02"], m.now),
            lambda: session_views.for_desk(m.desk, people[SECRETARY], "PH1", m.now),
            lambda: session_views.for_member(m.desk, people["BO/U02"], "PH1", m.now),
        ):
            look()
            with statements(m.engine) as told:
                look()
            found.append(len(told))
        return found

    few = asked()
    codes = m.drafts(6, first=50)
    m.walk(codes, "appraising")
    chamber.table(codes)
    chamber.open()
    chamber.plan("PH2")
    assert asked() == few


# ── for the desk ─────────────────────────────────────────────────────────────────────────────────


def test_only_who_prepares_runs_or_watches_sees_the_page_of_the_desk(chamber: Chamber) -> None:
    chamber.voting(1)
    for person in (SECRETARY, OFFICE, "BO/AUDITOR"):
        assert desk_view(chamber, person).row.code == "PH1"
    assert (desk_view(chamber).runs, desk_view(chamber, OFFICE).runs) == (True, False)
    assert desk_view(chamber, "BO/AUDITOR").prepares is False
    for person in (*NOBODY, CHAIR, "BO/U01"):
        with unknown():
            desk_view(chamber, person)
    with unknown():
        desk_view(chamber, SECRETARY, "PH9")


def test_the_step_that_comes_next_follows_the_session(chamber: Chamber) -> None:
    m = chamber.ministry
    codes = chamber.appraised(2)
    chamber.plan(form="mixed", answers_due_on=date(2026, 12, 24), ballots="paper")
    assert desk_view(chamber).step.code == "put"
    chamber.table(codes)
    assert desk_view(chamber).step.code == "invite"
    m.on(HELD)
    session_mails.invite(m.desk, "PH1", OFFICE, m.now)
    assert desk_view(chamber).step.code == "open"
    chamber.open()
    assert desk_view(chamber).step.code == "attend"
    chamber.attend(chamber.keys[:13])
    chamber.attend(chamber.keys[13:], "absent")
    assert desk_view(chamber).step.code == "wait_for_answers"
    for person in chamber.keys[13:]:
        chamber.cast(person, {1: "yes", 2: "no"})
    assert desk_view(chamber).step.code == "count"
    _count(chamber, {1: Counts(yes=13), 2: Counts(yes=12, no=1)}, {1: Counts(yes=13), 2: Counts(yes=11, no=2)})
    seen = desk_view(chamber)
    assert (seen.step.code, seen.differ, seen.step.params["differ"]) == ("recount", (2,), 1)
    chamber.count({2: Counts(yes=11, no=2)})
    assert desk_view(chamber).step.code == "recount"
    chamber.count({2: Counts(yes=11, no=2)}, by="BO/SECRETARY2")
    assert desk_view(chamber).step.code == "minutes"
    chamber.minutes()
    assert desk_view(chamber).step.code == "close"
    chamber.close()
    assert desk_view(chamber).step.code == "closed"


def _count(chamber: Chamber, first: dict[int, Counts], second: dict[int, Counts]) -> None:
    chamber.count(first)
    chamber.count(second, by=chamber.second_teller())


def test_turnout_is_told_and_nothing_that_anybody_chose(chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(2)
    chamber.cast("BO/U01", {1: "yes", 2: "no"})
    chamber.cast("BO/U02", {1: "no"})
    with statements(m.engine) as asked:
        seen = desk_view(chamber)
        member_view(chamber, "BO/U03")
        session_previews.closing(m.desk, "PH1", m.now)
    assert not [each for each in asked if "ballot_box" in each or "open_ballot.choice" in each]
    assert [(each.stand.answered, each.asked) for each in seen.lines] == [(2, 15), (1, 15)]
    told_of = [each for line in seen.lines for each in line.stand.told if each.code == "outlook.answered"]
    assert [each.params["answered"] for each in told_of] == [2, 1]
    assert {each.member.person: each.lines for each in seen.owing}["BO/U02"] == 1
    assert all(line.held == () for line in seen.lines)


def test_the_same_ballots_filled_in_otherwise_look_the_same_before_closing(chamber: Chamber) -> None:
    """Two boxes with other choices in them: not a figure of the page differs."""
    chamber.voting(2)
    chamber.cast("BO/U01", {1: "yes"})
    chamber.cast("BO/U02", {2: "no"})
    one, other = desk_view(chamber).groups, member_view(chamber, "BO/U03").groups
    chamber.ministry.sql("UPDATE ballot_box SET choice = CASE choice WHEN 'yes' THEN 'no' ELSE 'yes' END")
    assert (desk_view(chamber).groups, member_view(chamber, "BO/U03").groups) == (one, other)


def told(chamber: Chamber, person: str = SECRETARY, line: int = 0) -> tuple[str, ...]:
    return lines(desk_view(chamber, person).lines[line].stand.told, "vi")


@pytest.mark.parametrize("form", ["meeting", "mixed"])
def test_whoever_is_not_marked_yet_is_away_only_where_the_others_write(chamber: Chamber, form: str) -> None:
    due = date(2026, 12, 25)
    chamber.voting(1, present=False, form=form, answers_due_on=due if form == "mixed" else None)
    unmarked = "15 thành viên chưa ghi có mặt hay vắng mặt."
    assert unmarked in told(chamber)
    chamber.ministry.on(date(2026, 12, 23))
    away = "15 thành viên vắng mặt còn có thể trả lời bằng văn bản đến hết ngày 25/12/2026."
    assert [each for each in (unmarked, away) if each in told(chamber)] == [unmarked if form == "meeting" else away]


def test_a_vote_by_name_tells_its_desk_how_many_more_must_agree(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "open"')
    chamber.voting(1, present=False, form="mixed", answers_due_on=date(2026, 12, 25))
    chamber.attend(chamber.keys[:12])
    chamber.attend(chamber.keys[12:], "absent")
    for person in chamber.keys[:11]:
        chamber.cast(person, {1: "yes"})
    assert told(chamber) == (
        "Cần thêm 1 phiếu đồng ý: hiện có 11/15, tính trên tổng số thành viên (cần 12).",
        "1 thành viên dự họp chưa bỏ phiếu.",
        "3 thành viên vắng mặt còn có thể trả lời bằng văn bản đến hết ngày 25/12/2026.",
    )
    chamber.cast(chamber.keys[11], {1: "yes"})
    assert desk_view(chamber).lines[0].stand.sure
    assert told(chamber) == (
        "Đã đạt: 12/15 đồng ý, tính trên tổng số thành viên (cần 12).",
        "3 người chưa trả lời không thay đổi được kết quả nữa.",
    )


def test_a_vote_by_name_that_cannot_pass_any_more_says_so(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "open"')
    chamber.voting(1)
    for person in chamber.keys[:4]:
        chamber.cast(person, {1: "no"})
    assert desk_view(chamber).lines[0].stand.lost
    assert told(chamber)[0].startswith("Không thể đạt nữa: nhiều nhất chỉ có thể có 11/15 phiếu đồng ý")


def test_a_member_who_still_owes_his_vote_by_name_is_not_told_the_others(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "open"')
    m = chamber.ministry
    both = chamber.second_teller()
    councils.seat(m.desk, "HD", [SeatEntry(both, "member", SINCE)], "BO/ADMIN", m.now)
    chamber.voting(1)
    chamber.cast(CHAIR, {1: "yes"})
    before = told(chamber, both)
    m.sql("UPDATE open_ballot SET choice = 'no'")
    assert told(chamber, both) == before
    assert told(chamber)[0].startswith("Cần thêm 13 phiếu đồng ý: hiện có 0/16")
    chamber.attend([both])
    chamber.cast(both, {1: "yes"})
    assert told(chamber, both)[0].startswith("Cần thêm 12 phiếu đồng ý: hiện có 1/16")


def test_hands_are_told_once_they_are_counted(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "show_of_hands"')
    chamber.voting(1, ballots="paper")
    assert told(chamber)[:2] == (
        "Đã có 15/15 thành viên trả lời.", "Cần ít nhất 12 phiếu đồng ý trên 15 thành viên.",
    )  # fmt: skip
    chamber.count({1: Counts(yes=11, no=4)})
    assert told(chamber)[0].startswith("Không thể đạt nữa")


def test_paper_that_is_not_secret_is_told_once_both_tellers_agree(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "open"')
    chamber.voting(1, ballots="paper")
    waiting = told(chamber)
    _count(chamber, {1: Counts(yes=12, no=3)}, {1: Counts(yes=11, no=4)})
    assert told(chamber) == waiting
    chamber.count({1: Counts(yes=11, no=4)})
    assert told(chamber) == waiting
    chamber.count({1: Counts(yes=11, no=4)}, by="BO/SECRETARY2")
    assert told(chamber)[0].startswith("Không thể đạt nữa")


def test_counted_paper_of_a_secret_vote_is_told_to_nobody(chamber: Chamber) -> None:
    chamber.voting(1, ballots="paper")
    waiting = told(chamber)
    _count(chamber, {1: Counts(yes=12, no=3)}, {1: Counts(yes=12, no=3)})
    assert told(chamber) == waiting


def test_a_closed_vote_that_ranks_shows_its_order_and_what_is_tied(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 2 }')
    codes = chamber.voting(4)
    assert desk_view(chamber).groups[0].ranks == ()
    chamber.all_cast([1, 2, 3, 4], {1: 13, 2: 15, 3: 13, 4: 9})
    chamber.close()
    for group in (desk_view(chamber).groups[0], member_view(chamber, "BO/U03").groups[0]):
        assert [(each.rank, each.line.number, each.tied) for each in group.ranks] == [
            (1, 2, ()), (3, 1, (3,)), (3, 3, (1,)), (4, 4, ()),
        ]  # fmt: skip
        chosen, tied = lines(group.of_ranks, "vi")
        assert chosen == f"Được chọn 1/2: {codes[1]}."
        assert f"{codes[0]}, {codes[2]}" in tied


def test_nobody_is_waited_for_while_the_chair_is_asked_and_no_member_learns_why(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 1 }\ntie = "chair_decides"')
    chamber.voting(2)
    for person in chamber.keys[:14]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    with pytest.raises(CouncilError):
        chamber.close()
    assert told(chamber) == (
        "Đã có 14/15 thành viên trả lời.",
        "Cần ít nhất 12 phiếu đồng ý trên 15 thành viên.",
        "1 thành viên dự họp chưa bỏ phiếu.",
    )
    mine = balloting.my_ballot(chamber.ministry.desk, "PH1", chamber.keys[14], chamber.ministry.now)
    assert {each.why_not for each in mine.lines} == {"polls_closed"}
    for language in ("vi", "en"):
        words = say("ballot_why.polls_closed", language)  # type: ignore[arg-type]
        assert not any(word in words for word in ("nhau", "Chủ tịch", "tie", "chair"))


def test_ranks_that_somebody_entered_are_shown_as_entered(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 1 }')
    chamber.voting(2)
    chamber.all_cast([1, 2])
    closing.rank(chamber.ministry.desk, "PH1", {1: 2, 2: 1}, SECRETARY, chamber.ministry.now)
    chamber.close()
    (group,) = desk_view(chamber).groups
    assert [(each.rank, each.line.number, each.tied) for each in group.ranks] == [(1, 2, ()), (2, 1, ())]
    assert group.of_ranks == ()


def test_after_closing_each_line_has_its_result_and_an_earlier_vote_stays(chamber: Chamber) -> None:
    chamber.voting(2)
    chamber.all_cast([1, 2], {2: 9})
    chamber.close()
    first, second = desk_view(chamber).lines
    assert [(each.vote.passed, each.vote.yes, each.vote.base, each.vote.needed) for each in first.held] == [
        (True, 15, 15, 12)
    ]
    assert [(each.vote.passed, each.tally.no) for each in second.held] == [(False, 6)]
    assert [each.held for each in member_view(chamber, "BO/U01").lines] == [first.held, second.held]


# ── for a member ─────────────────────────────────────────────────────────────────────────────────


def test_a_member_sees_the_sessions_he_sits_in_and_no_other(chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(1)
    chamber.plan("PH2", body="standing_members", title="Phiên Thường trực")
    assert member_view(chamber, "BO/U01", "PH2").members == 5
    with unknown():
        member_view(chamber, "BO/U09", "PH2")
    for person in (*NOBODY, OFFICE):
        with unknown():
            member_view(chamber, person)
    # Whoever joins after the roll was fixed takes no part, even when his term began before.
    councils.seat(m.desk, "HD", [SeatEntry("BO/COUNCIL_MEMBER", "member", SINCE)], "BO/ADMIN", m.now)
    with unknown():
        member_view(chamber, "BO/COUNCIL_MEMBER")
    assert [each.row.code for each in cards(chamber, "BO/COUNCIL_MEMBER")] == []


def test_a_line_leads_to_its_dossier_where_the_member_may_see_that(chamber: Chamber) -> None:
    chamber.voting(2)
    assert [each.leads_on for each in member_view(chamber, "BO/U01").lines] == [True, True]


# ── the agenda ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_ready_for_a_body_can_be_found_by_kind(chamber: Chamber) -> None:
    m = chamber.ministry
    codes = chamber.appraised(3)
    m.drafts(2, first=50)
    chamber.plan()
    row = session_views.row_for_desk(m.desk, looking(chamber, SECRETARY), "PH1")
    found = session_previews.candidates(m.desk, looking(chamber, SECRETARY), row)
    assert sorted(each.code for each, _ in found.rows) == sorted(codes)
    assert [(each.flow_id, each.amount) for each in found.kinds] == [("bang_khen_bo", 3)]
    assert session_previews.candidates(m.desk, looking(chamber, SECRETARY), row, "cstd_bo").rows == ()
    few = session_previews.candidates(m.desk, looking(chamber, SECRETARY), row, "bang_khen_bo", limit=2)
    assert (len(few.rows), few.total) == (2, 3)
    chamber.table(codes[:1])
    left = session_previews.candidates(m.desk, looking(chamber, SECRETARY), row)
    assert sorted(each.code for each, _ in left.rows) == sorted(codes[1:])


def test_a_preview_of_putting_on_says_what_putting_on_then_does(chamber: Chamber) -> None:
    m = chamber.ministry
    (early,) = m.drafts(1, first=50)
    codes = chamber.appraised(2)
    chamber.plan()
    before = m.snapshot()
    bare = session_previews.putting_on(m.desk, "PH1", [*codes, early], OFFICE, m.now)
    assert bare.codes == ()
    assert set(bare.warnings) == {"tieu_chuan"}
    told = session_previews.putting_on(m.desk, "PH1", [*codes, early], OFFICE, m.now, WARNED)
    assert m.snapshot() == before
    assert told.codes == codes
    done = chamber.table([*codes, early])
    assert [each.code for each in told.refused] == [each.code for each in done.refused] == [early]
    assert [each.address for each in told.mails] == [mail.address for each in done.reports for mail in each.mails]


def test_a_preview_of_opening_names_members_and_lines(chamber: Chamber) -> None:
    m = chamber.ministry
    codes = chamber.appraised(2)
    chamber.plan()
    chamber.table(codes)
    m.on(HELD)
    before = m.snapshot()
    told = session_previews.opening(m.desk, "PH1", SECRETARY, m.now)
    assert m.snapshot() == before
    assert (sorted(told.foreseen.codes), len(told.members), told.fixed) == (sorted(codes), 15, False)
    assert told.members[0][1] == "chair"
    with pytest.raises(CouncilError, match="not_running"):
        session_previews.opening(m.desk, "PH1", OFFICE, m.now)
    chamber.open()
    with pytest.raises(CouncilError, match="nothing_to_open"):
        session_previews.opening(m.desk, "PH1", SECRETARY, m.now)


def test_before_closing_it_is_told_what_is_missing(chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(2, present=False, form="mixed", answers_due_on=date(2026, 12, 24))
    chamber.attend(chamber.keys[:9])
    chamber.attend(chamber.keys[9:], "absent")
    told = session_previews.closing(m.desk, "PH1", m.now)
    assert (told.early, told.no_quorum, told.ready) == (True, (1, 2), False)
    for person in chamber.keys[9:]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    told = session_previews.closing(m.desk, "PH1", m.now)
    assert (len(told.owing), told.no_quorum, told.ready) == (9, (), True)
    m.on(date(2026, 12, 25))
    assert session_previews.closing(m.desk, "PH1", m.now).early is False


def test_the_order_of_an_agenda_is_free_until_the_vote_opens(chamber: Chamber) -> None:
    m = chamber.ministry
    codes = chamber.appraised(3)
    chamber.plan()
    chamber.table(codes)
    assert council_sessions.arrange(m.desk, "PH1", [3, 1], OFFICE, m.now) == 3
    assert [each.line.code for each in desk_view(chamber).lines] == [codes[2], codes[0], codes[1]]
    assert [each.line.number for each in desk_view(chamber).lines] == [1, 2, 3]
    assert council_sessions.arrange(m.desk, "PH1", [1, 2, 3], OFFICE, m.now) == 0
    with pytest.raises(CouncilError, match="line_decided"):
        council_sessions.arrange(m.desk, "PH1", [7], OFFICE, m.now)
    m.on(HELD)
    chamber.open()
    with pytest.raises(CouncilError, match="session_is_open"):
        council_sessions.arrange(m.desk, "PH1", [2, 1], OFFICE, m.now)


# ── a unit's own council ─────────────────────────────────────────────────────────────────────────


def test_a_units_council_takes_no_dossier_of_another_unit_on_its_agenda(chamber: Chamber) -> None:
    """Its code, typed by hand, is answered like one that nobody has: nothing is told of it."""
    m = chamber.ministry
    entry = CouncilEntry("HD-CVT", "Hội đồng cơ sở", "unit_council", SINCE, unit="CVT")
    councils.add_council(m.desk, entry, "BO/ADMIN", m.now)
    councils.seat(m.desk, "HD-CVT", [SeatEntry("CVT/TT", "chair", SINCE)], "BO/ADMIN", m.now)
    own, foreign = m.drafts(1), m.drafts(1, unit="PTIT", first=50)
    for codes, unit in ((own, "CVT"), (foreign, "PTIT")):
        m.done("start_unit_vote", codes, "unit_officer", unit=unit)
    session = SessionEntry("CS1", "HD-CVT", "Họp cơ sở", HELD, body="unit_council")
    council_sessions.plan(m.desk, session, "CVT/HD", m.now)
    done = council_sessions.table(m.desk, "CS1", [*own, *foreign, "XX-1"], "CVT/HD", "k1", m.now)
    assert done.done == (1,)
    assert [(each.name, each.from_state, each.reasons[0].code) for each in done.refused] == [
        ("", "", "unknown_code")
    ] * 2
    row = session_views.row_for_desk(m.desk, looking(chamber, "CVT/HD"), "CS1")
    assert session_previews.candidates(m.desk, looking(chamber, "CVT/HD"), row).rows == ()
    with unknown():
        session_views.row_for_desk(m.desk, looking(chamber, "PTIT/HD"), "CS1")
    assert [each.row.code for each in cards(chamber, "CVT/HD")] == ["CS1"]
    assert cards(chamber, "PTIT/HD") == ()


# ── small things ─────────────────────────────────────────────────────────────────────────────────


def test_a_free_code_is_found_beside_those_that_are_taken(chamber: Chamber) -> None:
    desk = chamber.ministry.desk
    assert session_views.free_code(desk, "HD-2026") == "HD-2026-01"
    chamber.plan("HD-2026-01")
    chamber.plan("HD-2026-03")
    assert session_views.free_code(desk, "HD-2026") == "HD-2026-02"


def test_a_teller_reads_his_own_numbers_and_no_other(chamber: Chamber) -> None:
    desk = chamber.ministry.desk
    chamber.voting(1, ballots="paper")
    other = chamber.second_teller()
    chamber.count({1: Counts(yes=15)})
    assert closing.own_counts(desk, "PH1", SECRETARY) == {1: Counts(yes=15)}
    assert closing.own_counts(desk, "PH1", other) == {}


def test_a_list_of_ballots_is_for_the_desk_and_for_those_on_the_roll(chamber: Chamber) -> None:
    m = chamber.ministry
    chamber.voting(1)
    chamber.all_cast([1])
    chamber.close()
    for person in (SECRETARY, "BO/AUDITOR", "BO/U05"):
        assert session_views.may_read_list(m.desk, looking(chamber, person), "PH1", m.now).code == "PH1"
    for person in NOBODY:
        with unknown():
            session_views.may_read_list(m.desk, looking(chamber, person), "PH1", m.now)
    assert balloting.my_ballot(m.desk, "PH1", "BO/U05", m.now).owed == 0
