"""Sessions of the council over the real tables: agenda, roll, ballots, counts, closing. On both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.council import CHAIR, HELD, OFFICE, SECRETARY, Chamber, with_rule
from tests.support.ministry import PDF, Ministry
from workflow.domain import ballots
from workflow.domain.councils import Counts
from workflow.papers.shapes import CountMinutes, House
from workflow.services import balloting, closing, council_sessions, session_papers
from workflow.services.closing import CloseRefused
from workflow.services.councils import CouncilError, SeatEntry, end_seat, seat


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path))


def refused(code: str) -> Any:
    return pytest.raises(CouncilError, match=rf"^\('{code}',")


# ── agenda ───────────────────────────────────────────────────────────────────────────────────────


def test_a_session_takes_dossiers_on_its_agenda_with_the_act_of_their_flow(chamber: Chamber) -> None:
    codes = chamber.appraised(3)
    chamber.plan()
    done = chamber.table(codes)
    assert done.done == (1, 2, 3)
    assert done.refused == ()
    assert set(chamber.ministry.states(codes).values()) == {"council_pending"}
    assert chamber.ministry.limits(codes[0])["state.council_pending"] == HELD


def test_what_cannot_be_put_on_the_agenda_says_why(chamber: Chamber) -> None:
    (early,) = chamber.ministry.drafts(1, first=50)
    codes = chamber.appraised(2)
    chamber.plan()
    chamber.plan("PH2")
    chamber.table(codes[:1], "PH2")
    done = chamber.table([*codes, early, "XX-1"])
    assert done.done == (1,)
    assert {each.code: each.reasons[0].code for each in done.refused} == {
        codes[0]: "on_another_agenda", early: "not_ready_for_vote", "XX-1": "unknown_code",
    }  # fmt: skip
    again = chamber.table(codes[1:])
    assert [each.reasons[0].code for each in again.refused] == ["on_this_agenda"]


def test_only_who_prepares_sessions_plans_one_and_only_the_secretary_opens_it(chamber: Chamber) -> None:
    codes = chamber.appraised(1)
    chamber.plan()
    with refused("not_running"):
        chamber.table(codes, by="CVT/CB")
    chamber.table(codes)
    with refused("not_running"):
        chamber.open(by=OFFICE)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"form": "mixed"}, "session_due"),
        ({"form": "letters"}, "session_form"),
        ({"body": "cluster"}, "session_body"),
        ({"title": " "}, "session_title"),
        ({"held_time": "8 rưỡi"}, "session_time"),
        ({"held_time": "25:00"}, "session_time"),
        ({"code": "a/b"}, "session_code"),
        ({"form": "mixed", "answers_due_on": date(2026, 12, 1)}, "session_due_before"),
        ({"council": "XX"}, "council_unknown"),
    ],
)
def test_a_session_that_cannot_be_is_not_planned(chamber: Chamber, changes: dict[str, Any], code: str) -> None:
    with refused(code):
        chamber.plan(**changes)
    assert chamber.ministry.one("SELECT count(*) FROM council_session") == 0


def test_a_cancelled_session_gives_its_lines_back(chamber: Chamber) -> None:
    codes = chamber.appraised(1)
    chamber.plan()
    chamber.table(codes)
    council_sessions.cancel(chamber.ministry.desk, "PH1", "Hoãn sang tháng sau", SECRETARY, chamber.ministry.now)
    chamber.plan("PH2")
    assert chamber.table(codes, "PH2").done == (1,)
    with refused("session_over"):
        chamber.table(codes)


# ── the roll of members ──────────────────────────────────────────────────────────────────────────


def test_who_may_vote_is_fixed_when_the_vote_opens(chamber: Chamber) -> None:
    chamber.voting(1)
    ministry = chamber.ministry
    end_seat(ministry.desk, "HD", "BO/U14", HELD, "BO/ADMIN", ministry.now)
    seat(ministry.desk, "HD", [SeatEntry("BO/SIGNER", "member", HELD)], "BO/ADMIN", ministry.now)
    chamber.cast("BO/U14", {1: "yes"})
    with refused("not_a_member"):
        chamber.cast("BO/SIGNER", {1: "yes"})
    with refused("not_a_member"):
        chamber.cast(SECRETARY, {1: "yes"})


def test_a_removed_member_and_one_of_no_council_cannot_vote_and_nothing_changes(chamber: Chamber) -> None:
    codes = chamber.appraised(1)
    chamber.plan()
    chamber.table(codes)
    m = chamber.ministry.on(HELD)
    end_seat(m.desk, "HD", "BO/U14", HELD, "BO/ADMIN", m.now)
    chamber.open()
    before = m.one("SELECT count(*) FROM audit_entry")
    for person in ("BO/U14", "BO/CLERK", "CVT/CB"):
        with refused("not_a_member"):
            chamber.cast(person, {1: "yes"})
    for table in ("ballot_roll", "ballot_box", "open_ballot"):
        assert m.one(f"SELECT count(*) FROM {table}") == 0
    assert m.one("SELECT count(*) FROM audit_entry") == before


def test_a_line_that_is_decided_takes_no_ballot_while_others_are_voted_on_again(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, "revotes = 1")
    chamber.voting(2)
    chamber.all_cast([1, 2], {2: 9})
    chamber.close(revote=[2])
    with pytest.raises(CouncilError) as told:
        chamber.cast("BO/U03", {1: "no", 2: "yes"})
    assert told.value.params["lines"] == ((1, "line_decided"),)
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 0
    chamber.cast("BO/U03", {2: "yes"})
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 1


def test_a_session_of_standing_members_asks_only_them(engine: Engine, tmp_path: Path) -> None:
    chamber = Chamber(Ministry(engine, tmp_path, flows=("bang_khen_chuyen_de",)))
    codes = chamber.ministry.drafts(1, award="Bằng khen của Bộ trưởng (chuyên đề)")
    with refused("nothing_to_open"):
        chamber.plan(body="standing_members")
        chamber.open()
    done = chamber.table(codes)
    assert [each.reasons[0].code for each in done.refused] == ["not_ready_for_vote"]


@pytest.mark.attack("S102")
def test_nobody_votes_on_himself(chamber: Chamber) -> None:
    chamber.voting(2)
    ministry = chamber.ministry
    nominee = ministry.one("SELECT person_id FROM nomination ORDER BY id LIMIT 1")
    code = ministry.one("SELECT code FROM person WHERE id = :p", p=nominee)
    seat(ministry.desk, "HD", [SeatEntry(f"CVT/{code}", "member", HELD)], "BO/ADMIN", ministry.now)
    ministry.sql("UPDATE agenda_line SET state = 'taken_off'")
    ministry.sql("UPDATE council_session SET state = 'cancelled'")
    chamber.plan("PH2")
    lines = [row[0] for row in ministry.all("SELECT code FROM nomination ORDER BY id")]
    assert chamber.table(lines, "PH2").done == (1, 2)
    chamber.open("PH2")
    mine = balloting.my_ballot(ministry.desk, "PH2", f"CVT/{code}", ministry.now)
    assert [each.why_not for each in mine.lines] == ["recused", None]
    with refused("ballot_refused"):
        chamber.cast(f"CVT/{code}", {1: "yes"}, "PH2")


# ── casting ──────────────────────────────────────────────────────────────────────────────────────


def test_a_full_ballot_gives_a_receipt_for_every_line_and_nothing_leads_back(chamber: Chamber) -> None:
    chamber.voting(3)
    cast = chamber.cast("BO/U03", {1: "yes", 2: "no", 3: "blank"})
    assert sorted(cast.receipts) == [1, 2, 3]
    assert len(set(cast.receipts.values())) == 3
    columns = {row[0] for row in chamber.ministry.all("SELECT receipt FROM ballot_box")}
    assert columns == set(cast.receipts.values())


@pytest.mark.attack("S103")
def test_a_ballot_is_final_and_one_for_each_line(chamber: Chamber) -> None:
    chamber.voting(2)
    chamber.cast("BO/U03", {1: "yes"})
    with pytest.raises(CouncilError) as told:
        chamber.cast("BO/U03", {1: "no", 2: "yes"})
    assert told.value.params["lines"] == ((1, "already_voted"),)
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 1
    chamber.cast("BO/U03", {2: "yes"})
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 2


@pytest.mark.parametrize(
    ("choices", "code"), [({}, "ballot_empty"), ({1: "maybe"}, "ballot_choice"), ({9: "yes"}, "ballot_refused")]
)
def test_what_is_no_ballot_is_not_taken(chamber: Chamber, choices: dict[int, str], code: str) -> None:
    chamber.voting(1)
    with refused(code):
        chamber.cast("BO/U03", choices)


def test_a_member_who_steps_aside_neither_votes_nor_counts_as_present(chamber: Chamber) -> None:
    chamber.voting(2)
    ministry = chamber.ministry
    council_sessions.recuse(ministry.desk, "PH1", "BO/U05", [1], "Người thân trong danh sách", "BO/U05", ministry.now)
    with refused("ballot_refused"):
        chamber.cast("BO/U05", {1: "yes"})
    for person in chamber.keys:
        chamber.cast(person, {2: "yes"} if person == "BO/U05" else {1: "yes", 2: "yes"})
    closed = chamber.close()
    first, second = closed.decided
    assert (first.tally.members, first.tally.present, first.tally.yes, first.tally.recused) == (15, 14, 14, 1)
    assert (second.tally.present, second.tally.yes, second.tally.recused) == (15, 15, 0)


def test_who_has_voted_cannot_step_aside_any_more(chamber: Chamber) -> None:
    chamber.voting(1)
    chamber.cast("BO/U05", {1: "yes"})
    with refused("already_voted"):
        council_sessions.recuse(
            chamber.ministry.desk, "PH1", "BO/U05", [1], "Người thân", SECRETARY, chamber.ministry.now
        )


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


def test_closing_moves_each_dossier_by_its_own_tally(chamber: Chamber) -> None:
    codes = chamber.voting(3)
    chamber.all_cast([1, 2, 3], {1: 15, 2: 12, 3: 11})
    closed = chamber.close()
    assert [each.passed for each in closed.decided] == [True, True, False]
    assert closed.over
    assert list(chamber.ministry.states(codes).values()) == ["signing", "signing", "council_rejected"]
    assert chamber.ministry.one("SELECT state FROM council_session") == "closed"
    # What the unit reads does not change before the results are released.
    assert {row[0] for row in chamber.ministry.all("SELECT shown_state FROM nomination")} == {"council_voting"}


def test_after_closing_anyone_recounts_from_the_list_alone(chamber: Chamber) -> None:
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 15, 2: 9})
    with refused("not_before_closing"):
        closing.published_list(chamber.ministry.desk, "PH1")
    closed = chamber.close()
    text = closing.published_list(chamber.ministry.desk, "PH1")
    assert ballots.recount(text).counts == {"1": Counts(yes=15), "2": Counts(yes=9, no=6)}
    assert ballots.digest(text) == closed.list_sha256
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 0
    entries = chamber.ministry.all("SELECT payload FROM audit_entry WHERE kind = 'vote_closed'")
    assert closed.list_sha256 in entries[0][0]


@pytest.mark.attack("S101")
def test_votes_after_closing_are_refused(chamber: Chamber) -> None:
    chamber.voting(1)
    chamber.all_cast([1])
    chamber.close()
    with pytest.raises(CouncilError) as told:
        chamber.cast("BO/U01", {1: "no"})
    assert told.value.params["lines"] == ((1, "line_decided"),)
    with refused("session_not_open"):
        chamber.close()


def test_a_quorum_lost_midway_closes_nothing(chamber: Chamber) -> None:
    chamber.voting(2, present=False)
    chamber.attend(chamber.keys[:9])
    chamber.attend(chamber.keys[9:], "absent")
    for person in chamber.keys[:9]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    before = chamber.ministry.snapshot()
    with pytest.raises(CloseRefused) as told:
        chamber.close()
    assert {reason.code for each in told.value.refused for reason in each.reasons} == {"quorum"}
    assert chamber.ministry.snapshot() == before


def test_a_mixed_session_waits_for_those_who_may_still_answer_in_writing(chamber: Chamber) -> None:
    chamber.voting(1, present=False, form="mixed", answers_due_on=date(2026, 12, 28))
    chamber.attend(chamber.keys[:12])
    for person in chamber.keys[:12]:
        chamber.cast(person, {1: "yes"})
    with pytest.raises(CouncilError) as told:
        chamber.close()
    assert told.value.code == "members_to_answer"
    assert len(told.value.params["people"]) == 3
    chamber.cast("BO/U13", {1: "yes"})
    chamber.ministry.on(date(2026, 12, 29))
    with refused("answers_over"):
        chamber.cast("BO/U14", {1: "yes"})
    (decided,) = chamber.close().decided
    assert (decided.tally.present, decided.tally.written, decided.tally.yes) == (12, 1, 13)


def test_one_vote_short_because_one_member_never_answered(chamber: Chamber) -> None:
    codes = chamber.voting(1, present=False, form="mixed", answers_due_on=date(2026, 12, 28))
    chamber.attend(chamber.keys[:13])
    for at, person in enumerate(chamber.keys[:13]):
        chamber.cast(person, {1: "no" if at < 2 else "yes"})
    chamber.ministry.on(date(2026, 12, 29))
    (decided,) = chamber.close().decided
    assert (decided.tally.yes, decided.passed) == (11, False)
    assert chamber.ministry.state(codes[0]) == "council_rejected"


def test_closing_early_needs_a_reason_which_is_kept(chamber: Chamber) -> None:
    chamber.voting(1, present=False, form="mixed", answers_due_on=date(2026, 12, 28))
    chamber.attend(chamber.keys[:13])
    for person in chamber.keys[:13]:
        chamber.cast(person, {1: "yes"})
    assert chamber.close(early="Hai ủy viên đi công tác nước ngoài").over
    assert chamber.ministry.all("SELECT early_reason FROM council_session") == [("Hai ủy viên đi công tác nước ngoài",)]


# ── paper ────────────────────────────────────────────────────────────────────────────────────────


def test_paper_is_counted_by_two_who_must_agree_and_signed_minutes_must_be_there(chamber: Chamber) -> None:
    codes = chamber.voting(2, ballots="paper")
    assert chamber.count({1: Counts(yes=13, no=2), 2: Counts(yes=15)}).entry == 1
    with refused("minutes_missing"):
        chamber.close()
    chamber.minutes()
    with refused("count_missing"):
        chamber.close()
    other = "BO/SECRETARY2"
    seat_second_secretary(chamber, other)
    kept = chamber.count({1: Counts(yes=12, no=3), 2: Counts(yes=15)}, by=other)
    assert (kept.entry, kept.differ) == (2, (1,))
    with refused("counts_differ"):
        chamber.close()
    assert chamber.count({1: Counts(yes=13, no=2)}, by=other).differ == ()
    with refused("counts_differ"):
        chamber.close()
    assert chamber.count({1: Counts(yes=13, no=2)}).differ == ()
    closed = chamber.close()
    assert [each.tally.yes for each in closed.decided] == [13, 15]
    assert closed.decided[0].tally.minutes == "01/BB-KP"
    assert closed.list_sha256 == ""
    assert set(chamber.ministry.states(codes).values()) == {"signing"}


def seat_second_secretary(chamber: Chamber, key: str) -> None:
    from workflow.services.register import PersonEntry, add_people

    ministry = chamber.ministry
    add_people(ministry.desk, [PersonEntry(key.partition("/")[2], "Đỗ Tổ Kiểm Phiếu")], "BO/ADMIN", ministry.now)
    seat(ministry.desk, "HD", [SeatEntry(key, "secretary", HELD)], "BO/ADMIN", ministry.now)


def test_who_guesses_what_the_other_counted_learns_nothing_by_trying_again(chamber: Chamber) -> None:
    """A mismatch puts both counts aside: a second guess is held against nothing until the other has counted anew."""
    chamber.voting(2, ballots="paper")
    other = chamber.second_teller()
    chamber.count({1: Counts(yes=13, no=2), 2: Counts(yes=15)})
    assert chamber.count({1: Counts(yes=15), 2: Counts(yes=15)}, by=other).differ == (1,)
    for guess in (14, 13, 12):
        assert chamber.count({1: Counts(yes=guess, no=15 - guess)}, by=other).differ == ()
    m = chamber.ministry
    assert closing.own_counts(m.desk, "PH1", SECRETARY) == {2: Counts(yes=15)}
    assert chamber.count({1: Counts(yes=13, no=2)}).differ == (1,)
    assert m.all("SELECT times, first_by, second_by FROM paper_recount") == [(2, SECRETARY, other)]
    chamber.count({1: Counts(yes=13, no=2)}, by=other)
    assert chamber.count({1: Counts(yes=13, no=2)}).entry == 1
    chamber.minutes()
    assert [each.tally.yes for each in chamber.close().decided] == [13, 15]
    minutes = session_papers.paper(
        m.desk, "PH1", "bb_kiem_phieu", SECRETARY, House("Bộ KH&CN", "Hội đồng", "Vụ TĐKT"), m.now
    )
    assert isinstance(minutes, CountMinutes)
    assert minutes.recounts == "số 1 (2 lần)"


def test_after_both_counts_were_put_aside_a_third_still_may_not_count(chamber: Chamber) -> None:
    chamber.voting(1, ballots="paper")
    chamber.count({1: Counts(yes=13, no=2)})
    chamber.count({1: Counts(yes=14, no=1)}, by=chamber.second_teller())
    seat_second_secretary(chamber, "BO/SECRETARY3")
    with refused("third_teller"):
        chamber.count({1: Counts(yes=13, no=2)}, by="BO/SECRETARY3")


def test_the_same_request_to_close_gets_the_same_answer_again(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, "revotes = 1")
    codes = chamber.voting(2)
    chamber.all_cast([1, 2], {2: 9})
    m = chamber.ministry
    first = closing.close(m.desk, "PH1", SECRETARY, "once", m.now, revote=[2])
    events, mails = (m.one(f"SELECT count(*) FROM {table}") for table in ("event", "mail"))
    again = closing.close(m.desk, "PH1", SECRETARY, "once", m.now, revote=[2])
    assert (again.decided, again.over, again.list_sha256) == (first.decided, False, "")
    assert [each.replayed for each in again.reports] == [True]
    with refused("closing_key_used"):
        closing.close(m.desk, "PH1", SECRETARY, "once", m.now)
    assert (events, mails) == tuple(m.one(f"SELECT count(*) FROM {table}") for table in ("event", "mail"))
    chamber.all_cast([2], {2: 9})
    last = closing.close(m.desk, "PH1", SECRETARY, "twice", m.now)
    assert last.over
    assert closing.close(m.desk, "PH1", SECRETARY, "twice", m.now).list_sha256 == last.list_sha256 != ""
    assert closing.close(m.desk, "PH1", SECRETARY, "once", m.now, revote=[2]).decided == first.decided
    assert m.state(codes[1]) == "council_rejected"
    with refused("session_not_open"):
        closing.close(m.desk, "PH1", SECRETARY, "another", m.now)


def test_totals_that_exceed_the_members_are_refused(chamber: Chamber) -> None:
    chamber.voting(1, ballots="paper")
    with refused("count_impossible"):
        chamber.count({1: Counts(yes=15, no=1)})


def test_absentees_of_a_meeting_on_paper_answer_online_and_their_choices_are_not_listed(chamber: Chamber) -> None:
    chamber.voting(1, present=False, ballots="paper", form="mixed", answers_due_on=date(2026, 12, 28))
    chamber.attend(chamber.keys[:13])
    with pytest.raises(CouncilError) as told:
        chamber.cast("BO/U02", {1: "yes"})
    assert told.value.params["lines"] == ((1, "on_paper"),)
    receipts = [chamber.cast(person, {1: "yes"}).receipts[1] for person in chamber.keys[13:]]
    chamber.count({1: Counts(yes=10, no=3)})
    seat_second_secretary(chamber, "BO/SECRETARY2")
    chamber.count({1: Counts(yes=10, no=3)}, by="BO/SECRETARY2")
    chamber.minutes()
    (decided,) = chamber.close().decided
    assert (decided.tally.yes, decided.tally.present, decided.tally.written, decided.passed) == (12, 13, 2, True)
    text = closing.published_list(chamber.ministry.desk, "PH1")
    assert ballots.recount(text).merged == {"1": 2}
    assert all(receipt in text for receipt in receipts)
    assert "yes" not in text


# ── again ────────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_is_taken_again_only_where_the_flow_allows_it(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, "revotes = 1")
    codes = chamber.voting(1)
    chamber.all_cast([1], {1: 11})
    closed = chamber.close(revote=[1])
    assert (closed.decided[0].again, closed.over) == (True, False)
    assert chamber.ministry.state(codes[0]) == "council_voting"
    chamber.all_cast([1], {1: 11})
    with refused("no_revote"):
        chamber.close(revote=[1])
    closed = chamber.close()
    assert (closed.decided[0].passed, closed.over) == (False, True)
    text = closing.published_list(chamber.ministry.desk, "PH1")
    assert ballots.recount(text).counts == {"1": Counts(yes=11, no=4), "1/2": Counts(yes=11, no=4)}


def test_a_line_taken_off_waits_for_another_session_and_its_ballots_are_void(chamber: Chamber) -> None:
    codes = chamber.voting(2)
    chamber.cast("BO/U01", {1: "yes", 2: "yes"})
    council_sessions.take_off(
        chamber.ministry.desk, "PH1", [2], "Có đơn thư đang xác minh", SECRETARY, chamber.ministry.now
    )
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 1
    for person in chamber.keys:
        if person != "BO/U01":
            chamber.cast(person, {1: "yes"})
    assert [each.number for each in chamber.close().decided] == [1]
    assert chamber.ministry.state(codes[1]) == "council_voting"
    chamber.plan("PH2")
    assert chamber.table(codes[1:], "PH2", by=OFFICE).done == (1,)
    assert chamber.open("PH2").done == (1,)


@pytest.mark.parametrize("agrees", [True, False, None])
def test_the_chair_is_listened_to_where_the_rule_says_so(engine: Engine, tmp_path: Path, agrees: bool | None) -> None:
    chamber = with_rule(engine, tmp_path, "chair_must_agree = true")
    chamber.voting(1)
    chamber.all_cast([1])
    ministry = chamber.ministry
    if agrees is not None:
        closing.state_chair(ministry.desk, "PH1", [1], agrees, "Đã nêu tại cuộc họp", SECRETARY, ministry.now)
    (decided,) = chamber.close().decided
    assert decided.passed is (agrees is True)


def test_a_rule_that_listens_to_the_chair_needs_one(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, "chair_must_agree = true")
    chamber.plan()
    chamber.table(chamber.appraised(1))
    chamber.ministry.on(HELD)
    end_seat(chamber.ministry.desk, "HD", CHAIR, HELD, "BO/ADMIN", chamber.ministry.now)
    with refused("chair_missing"):
        chamber.open()


def test_an_open_vote_is_by_name_and_the_chairs_own_is_read_from_it(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'ballot = "open"')
    chamber.voting(1)
    cast = chamber.cast(CHAIR, {1: "no"}, words={1: "Thành tích chưa rõ"})
    assert cast.receipts == {}
    for person in chamber.keys[1:]:
        chamber.cast(person, {1: "yes"})
    (decided,) = chamber.close().decided
    assert (decided.tally.yes, decided.tally.no, decided.tally.chair_agrees) == (14, 1, False)
    assert chamber.ministry.all("SELECT words FROM open_ballot WHERE choice = 'no'") == [("Thành tích chưa rõ",)]


# ── ranks ────────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_ranked_by_their_yes_votes_where_the_rule_ranks(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 1 }')
    chamber.voting(4)
    chamber.all_cast([1, 2, 3, 4], {1: 13, 2: 15, 3: 13, 4: 9})
    closed = chamber.close()
    assert [(each.tally.rank, each.passed) for each in closed.decided] == [(2, True), (1, True), (2, True), (4, False)]


def test_two_who_tie_for_the_first_place_do_not_both_lead(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 1 }')
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 14, 2: 14})
    assert [each.tally.rank for each in chamber.close().decided] == [2, 2]


CHAIRS = 'rank = { by = "yes", top = 1 }\ntie = "chair_decides"'


def test_a_tie_that_is_the_chairs_waits_for_his_word_and_nobody_votes_in_its_light(
    engine: Engine, tmp_path: Path
) -> None:
    chamber = with_rule(engine, tmp_path, CHAIRS)
    ministry, desk = chamber.ministry, chamber.ministry.desk
    chamber.voting(3)
    for at, person in enumerate(chamber.keys[:14]):
        chamber.cast(person, {1: "yes" if at < 13 else "no", 2: "yes" if at else "no", 3: "no"})
    with pytest.raises(CouncilError) as told:
        chamber.close()
    assert (told.value.code, told.value.params) == ("ranking_tied", {"lines": (1, 2), "places": 1})
    assert ministry.one("SELECT count(*) FROM agenda_line WHERE state = 'open'") == 3

    with pytest.raises(CouncilError) as late:
        chamber.cast(chamber.keys[14], {1: "yes"})
    assert late.value.params["lines"] == ((1, "polls_closed"),)
    for refused in (
        lambda: chamber.attend([chamber.keys[14]], "absent"),
        lambda: council_sessions.recuse(desk, "PH1", chamber.keys[14], [1], "", SECRETARY, ministry.now),
    ):
        with pytest.raises(CouncilError) as stays:
            refused()
        assert stays.value.code == "polls_closed"

    def states(numbers: list[int], agrees: bool) -> None:
        closing.state_chair(desk, "PH1", numbers, agrees, "Theo quy chế", SECRETARY, ministry.now)

    states([1], True)
    states([2], True)
    with pytest.raises(CouncilError) as many:
        chamber.close()
    assert (many.value.code, many.value.params) == ("ranking_too_many", {"lines": (1, 2), "places": 1})
    states([1], False)
    closed = chamber.close()
    assert [(each.tally.rank, each.passed) for each in closed.decided] == [(2, True), (1, True), (3, False)]
    assert ministry.one("SELECT polls_closed_at FROM council_session") is None


def test_a_chair_may_take_fewer_than_there_are_places(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, CHAIRS.replace("top = 1", "top = 2"))
    chamber.voting(3)
    chamber.all_cast([1, 2, 3], {1: 13, 2: 13, 3: 13})
    desk, now = chamber.ministry.desk, chamber.ministry.now
    closing.state_chair(desk, "PH1", [3], True, "", SECRETARY, now)
    with pytest.raises(CouncilError) as told:
        chamber.close()
    assert told.value.params == {"lines": (1, 2, 3), "places": 2}
    closing.state_chair(desk, "PH1", [1, 2], False, "", SECRETARY, now)
    assert [each.tally.rank for each in chamber.close().decided] == [3, 3, 1]


def test_why_it_was_closed_early_is_kept_while_the_chair_is_asked(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, CHAIRS)
    desk, now = chamber.ministry.desk, chamber.ministry.now
    chamber.voting(2, form="mixed", answers_due_on=date(2026, 12, 24), present=False)
    chamber.attend(chamber.keys[:14])
    chamber.attend(chamber.keys[14:], "absent")
    for person in chamber.keys[:14]:
        chamber.cast(person, {1: "yes", 2: "yes"})
    with refused("members_to_answer"):
        chamber.close()
    with refused("ranking_tied"):
        chamber.close(early="Đã hỏi qua điện thoại")
    closing.state_chair(desk, "PH1", [2], True, "", SECRETARY, now)
    assert [each.tally.rank for each in chamber.close().decided] == [2, 1]
    assert chamber.ministry.one("SELECT early_reason FROM council_session") == "Đã hỏi qua điện thoại"


def test_tellers_count_no_more_once_a_tie_is_known(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, CHAIRS)
    chamber.voting(2, ballots="paper")
    other = chamber.second_teller()
    ministry = chamber.ministry
    counts = {1: Counts(yes=14, no=1), 2: Counts(yes=14, no=1)}
    for teller in (SECRETARY, other):
        closing.enter_count(ministry.desk, "PH1", counts, teller, ministry.now)
    closing.attach_minutes(ministry.desk, "PH1", "1/BB", PDF, "bb.pdf", SECRETARY, ministry.now)
    with pytest.raises(CouncilError) as told:
        chamber.close()
    assert told.value.code == "ranking_tied"
    with pytest.raises(CouncilError) as late:
        closing.enter_count(ministry.desk, "PH1", {1: Counts(yes=15)}, SECRETARY, ministry.now)
    assert late.value.code == "polls_closed"


def test_ranks_that_somebody_entered_stand(engine: Engine, tmp_path: Path) -> None:
    chamber = with_rule(engine, tmp_path, 'rank = { by = "yes", top = 1 }')
    chamber.voting(2)
    chamber.all_cast([1, 2], {1: 14, 2: 14})
    closing.rank(chamber.ministry.desk, "PH1", {1: 2, 2: 1}, SECRETARY, chamber.ministry.now)
    assert [each.tally.rank for each in chamber.close().decided] == [2, 1]
