"""Who sits, who may vote, which acts of a flow belong to a session, and how a line's tally is put together."""

from __future__ import annotations

import json
from datetime import date, time

import pytest

from definitions.flow import VoteRule
from definitions.loading import load_folder
from workflow.domain.councils import (
    BodyActs,
    Counts,
    Seat,
    Turnout,
    body_acts,
    chairs,
    entitled,
    hour_as_kept,
    hour_of,
    rule_from,
    rule_to,
    tally,
)
from workflow.flow_checks import SHIPPED

DAY = date(2026, 12, 22)
FLOWS = load_folder(SHIPPED).flows


def seat(person: str, post: str = "member", **more: object) -> Seat:
    given = {"standing": False, "votes": True, "from_on": date(2020, 1, 1), "until_on": None, **more}
    return Seat(person, person.title(), post, **given)  # type: ignore[arg-type]


def acts(flow: str, body: str) -> BodyActs:
    found = body_acts(FLOWS[flow].flow, body)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_chair_comes_first_and_a_secretary_who_is_no_member_does_not_vote() -> None:
    seats = [seat("a"), seat("b", "secretary", votes=False), seat("c", "chair"), seat("d", "vice_chair")]
    assert [each.person for each in entitled(seats, "council", DAY)] == ["c", "d", "a"]


def test_an_hour_is_hours_and_minutes_or_none() -> None:
    assert (hour_of("08:30"), hour_of("")) == (time(8, 30), None)
    with pytest.raises(ValueError, match="8h30"):
        hour_of("8h30")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("08:30", "08:30"), ("8:30", "08:30"), ("8h30", "08:30"), (" 9H ", "09:00"), ("14 giờ", "14:00"), ("9", "09:00"),
     ("14 giờ 05 phút", "14:05"), ("8.30", "08:30"), ("", ""), ("sáng", "sáng"), ("8:3", "8:3"), ("25h", "25:00")],
)  # fmt: skip
def test_an_hour_is_understood_as_people_write_it(typed: str, kept: str) -> None:
    assert hour_as_kept(typed) == kept


def test_terms_are_half_open() -> None:
    seats = [seat("gone", until_on=DAY), seat("last", until_on=date(2026, 12, 23)), seat("new", from_on=DAY)]
    assert [each.person for each in entitled(seats, "council", DAY)] == ["last", "new"]
    assert [each.person for each in entitled(seats, "council", date(2026, 12, 21))] == ["gone", "last"]


def test_standing_members_are_a_smaller_council_and_nobody_votes_twice() -> None:
    seats = [seat("a", standing=True), seat("b"), seat("a", "vice_chair", standing=True)]
    assert [(each.person, each.post) for each in entitled(seats, "standing_members", DAY)] == [("a", "vice_chair")]
    assert chairs([seat("a", "chair"), seat("b")]) == 1


@pytest.mark.parametrize(
    ("flow", "body", "expected"),
    [
        ("bang_khen_bo", "council", ("schedule", "open_vote", "close_vote")),
        ("bang_khen_bo", "unit_council", (None, "start_unit_vote", "close_unit_vote")),
        ("bang_khen_chuyen_de", "standing_members", ("schedule", "open_vote", "close_vote")),
        ("co_thi_dua_cp", "cluster", (None, "ask_cluster", "close_cluster_vote")),
    ],
)
def test_the_acts_of_a_session_are_read_off_the_flow(flow: str, body: str, expected: tuple[str | None, ...]) -> None:
    found = acts(flow, body)
    assert tuple(each.id if each else None for each in (found.table, found.open, found.close)) == expected


def test_a_flow_in_which_a_body_does_not_vote_has_no_acts_for_it() -> None:
    assert body_acts(FLOWS["ky_niem_chuong"].flow, "council") is None


def test_where_a_dossier_stands_on_its_way_to_a_vote() -> None:
    found = acts("bang_khen_bo", "council")
    stages = {"appraising": "ready", "council_pending": "tabled", "council_voting": "voting", "signing": None}
    assert {state: found.stage(state) for state in stages} == stages


def test_a_vote_without_an_act_that_records_it_is_passed_over() -> None:
    from dataclasses import replace

    flow = FLOWS["bang_khen_bo"].flow
    silent = {name: replace(each, vote=None) for name, each in flow.transitions.items()}
    assert body_acts(replace(flow, transitions=silent), "council") is None
    alone = {name: each for name, each in flow.transitions.items() if each.vote == "ministry"}
    found = body_acts(replace(flow, transitions=alone), "council")
    assert found is not None
    assert (found.open, found.table, found.stage("appraising")) == (None, None, None)


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_a_rule_kept_with_a_line_is_the_rule(flow: str) -> None:
    for rule in FLOWS[flow].flow.votes.values():
        assert rule_from(rule_to(rule)) == rule


def test_every_fraction_of_a_rule_comes_back_as_it_was() -> None:
    rule = VoteRule(
        "x", "cluster", "cast", 0, False, share=(2, 3), quorum=(4, 5), rank_by="yes", top=2, prefer_women=(7, 10)
    )
    kept = json.loads(json.dumps(rule_to(rule)))
    assert rule_from(kept) == rule


def test_a_rule_that_is_kept_without_a_quorum_has_none() -> None:
    rule = rule_from({"name": "x", "body": "council", "base": "cast", "percent": 50, "strict": True, "later": 1})
    assert rule.quorum is None


def turnout(**more: object) -> Turnout:
    given = {"attendance": {}, "recused": frozenset(), "voted": frozenset(), **more}
    return Turnout(("a", "b", "c", "d", "e"), **given)  # type: ignore[arg-type]


def test_who_took_part_is_present_or_answered_in_writing() -> None:
    found = turnout(
        attendance={"a": "present", "b": "wrote", "c": "absent", "e": "present"}, recused=frozenset({"e"}),
        voted=frozenset({"a", "c"}),
    )  # fmt: skip
    assert (found.present, found.written, found.waiting) == (1, 2, ("d",))


def test_a_tally_holds_what_was_counted_and_who_took_part() -> None:
    found = tally(
        turnout(attendance=dict.fromkeys("abc", "present"), voted=frozenset({"a", "b", "c", "d"})),
        Counts(yes=2, no=1) + Counts(blank=1, invalid=0),
        chair_agrees=None, held_on=DAY, minutes="01/BB", rank=2,
    )  # fmt: skip
    assert (found.members, found.present, found.written, found.recused) == (5, 3, 1, 0)
    assert (found.yes, found.no, found.blank, found.invalid, found.rank) == (2, 1, 1, 0, 2)
    assert Counts(1, 2, 3, 4).ballots == 10
