"""Receipts, who may cast a ballot, two counts of paper, and the list that anyone recounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from workflow.domain import ballots
from workflow.domain.ballots import BallotError, Difference, Published
from workflow.domain.councils import Counts


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_a_receipt_tells_its_random_bytes_apart_and_nothing_else(one: bytes, other: bytes) -> None:
    first, second = ballots.receipt(one.hex()), ballots.receipt(other.hex())
    assert (first == second) == (one == other)
    assert [len(part) for part in first.split("-")] == [4, 4, 4, 4]
    assert set(first) <= {*ballots.LETTERS, "-"}


MAY: Mapping[str, Any] = dict(
    open_=True,
    decided=False,
    member=True,
    recused=False,
    voted=False,
    attendance="present",
    written=True,
    form="meeting",
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"member": False, "decided": True}, "not_a_member"),
        ({"decided": True, "open_": False}, "line_decided"),
        ({"open_": False}, "vote_not_open"),
        ({"recused": True}, "recused"),
        ({"voted": True}, "already_voted"),
        ({"attendance": "wrote"}, "answered_by_letter"),
        ({"polls_closed": True, "voted": True}, "already_voted"),
        ({"polls_closed": True, "written": False, "attendance": "absent"}, "polls_closed"),
        ({"written": False, "attendance": "absent"}, "must_be_present"),
        ({"written": False, "form": "written", "attendance": "unknown"}, "nobody_writes"),
        ({"written": False}, None),
        ({"attendance": "absent"}, None),
    ],
)
def test_who_may_not_cast_a_ballot_is_told_why(changes: dict[str, Any], code: str | None) -> None:
    assert ballots.why_not(**{**MAY, **changes}) == code


def test_two_counts_differ_number_by_number() -> None:
    first = {1: Counts(yes=3, no=1), 2: Counts(yes=4)}
    second = {1: Counts(yes=3, no=1), 2: Counts(yes=3, invalid=1), 3: Counts(blank=1)}
    assert ballots.differences(first, second) == (
        Difference(2, "yes", 4, 3), Difference(2, "invalid", 0, 1), Difference(3, "blank", 0, 1),
    )  # fmt: skip
    assert ballots.differences(first, first) == ()


def test_a_list_is_in_the_order_of_lines_and_receipts() -> None:
    assert (ballots.label(12, 1), ballots.label(12, 2)) == ("12", "12/2")
    text = ballots.listing(
        "PH1", [Published("10", "B", "yes"), Published("2/2", "A", "no"), Published("2", "Z", "blank")]
    )
    assert text == "# khen ballots 1 PH1\n2\tZ\tblank\n2/2\tA\tno\n10\tB\tyes\n"


def test_a_receipt_is_a_word_to_read_aloud() -> None:
    assert ballots.receipt("0" * 20) == "2222-2222-2222-2222"
    assert ballots.receipt("f" * 20) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert ballots.receipt("0123456789abcdef0123") == "26KN-CTWB-PH8Y-Y2B5"


def test_anybody_adds_up_a_list_again() -> None:
    text = "# khen ballots 1 PH1\n2\tA\tyes\n2\tB\tblank\n2/2\tC\tno\n10\tD\tmerged\n10\tE\tmerged\n"
    found = ballots.recount(text)
    assert list(found.counts.items()) == [("2", Counts(yes=1, blank=1)), ("2/2", Counts(no=1))]
    assert found.merged == {"10": 2}
    assert ballots.digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from([*ballots.CHOICES, ballots.MERGED])), max_size=60))
def test_a_recount_gives_what_was_cast(cast: list[tuple[int, str]]) -> None:
    text = ballots.listing("PH1", [Published(str(line), f"R{at}", choice) for at, (line, choice) in enumerate(cast)])
    found = ballots.recount(text)
    for line in {line for line, _ in cast}:
        said = [choice for number, choice in cast if number == line]
        expected = Counts(yes=said.count("yes"), no=said.count("no"), blank=said.count("blank"))
        assert found.counts.get(str(line), Counts()) == expected
        assert found.merged.get(str(line), 0) == said.count("merged")
    assert len(ballots.digest(text)) == 64


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_list"),
        ("1\tA\tyes\n", "not_a_list"),
        ("# khen ballots 1 PH1\n1\tA\tperhaps\n", "bad_ballot"),
        ("# khen ballots 1 PH1\nx\tA\tyes\n", "bad_ballot"),
        ("# khen ballots 1 PH1\n1\tA\n", "bad_ballot"),
        ("# khen ballots 1 PH1\n1\tA\tyes\tmore\n", "bad_ballot"),
        ("# khen ballots 1 PH1\n1\tA\tyes\n2\tA\tno\n", "ballot_twice"),
    ],
)
def test_what_is_no_list_is_not_counted(text: str, code: str) -> None:
    with pytest.raises(BallotError) as told:
        ballots.recount(text)
    assert told.value.code == code
