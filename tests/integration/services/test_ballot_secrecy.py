"""Who tries to learn who voted what, after the vote has closed, with the whole database in his hands; and what a crash
or a second click leaves. What is found here would break the promise; what is not promised (somebody who watches the
running database, a vote that is unanimous) docs/cam-ket.md says.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import DateTime, Engine, event, inspect
from sqlalchemy.exc import DBAPIError

from notifications.columns import UtcDateTime
from tests.support.council import Chamber
from tests.support.ministry import Ministry
from workflow.services import balloting, closing
from workflow.services.councils import CouncilError
from workflow.storage.database import read, sqlite_file
from workflow.storage.tables_council import BallotBox, BallotRoll

LINES = (1, 2, 3)


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path))


def a_closed_vote(chamber: Chamber) -> dict[str, dict[int, tuple[str, str]]]:
    """Everybody votes, in the order of the list; returns what each chose on each line and its receipt."""
    chamber.voting(len(LINES))
    chosen: dict[str, dict[int, tuple[str, str]]] = {}
    for at, person in enumerate(chamber.keys):
        choices = {line: ("yes", "no", "blank")[(at * 7 + line * 3) % 5 % 3] for line in LINES}
        receipts = chamber.cast(person, choices).receipts
        chosen[person] = {line: (choices[line], receipts[line]) for line in LINES}
    with pytest.raises(CouncilError):
        closing.published_list(chamber.ministry.desk, "PH1")  # no partial result for anyone
    chamber.close()
    return chosen


def test_the_list_has_the_order_of_its_random_receipts_and_no_other(chamber: Chamber) -> None:
    chosen = a_closed_vote(chamber)
    rows = [row.split("\t") for row in closing.published_list(chamber.ministry.desk, "PH1").splitlines()[1:]]
    for line in LINES:
        shown = [receipt for number, receipt, _ in rows if number == str(line)]
        assert shown == sorted(each[line][1] for each in chosen.values())
    # The ballots of one member share nothing: neither a place in the list nor a part of their receipts.
    for each in chosen.values():
        parts = [part for _, receipt in each.values() for part in receipt.split("-")]
        assert len(set(parts)) == len(parts)


def test_no_column_of_roll_or_box_tells_a_time_or_an_order() -> None:
    for table in (BallotRoll.__table__, BallotBox.__table__):  # type: ignore[attr-defined]
        assert not [each.name for each in table.columns if isinstance(each.type, (DateTime, UtcDateTime))]
        assert table.dialect_options["sqlite"]["with_rowid"] is False
    assert not {each.name for each in BallotBox.__table__.columns} & {"person_id", "number", "session_id"}  # type: ignore[attr-defined]


@pytest.mark.attack("S106")
def test_no_row_anywhere_holds_a_person_and_a_choice_or_a_receipt(chamber: Chamber) -> None:
    chosen = a_closed_vote(chamber)
    receipts = {receipt for each in chosen.values() for _, receipt in each.values()}
    for name, rows in chamber.ministry.snapshot().items():
        for row in rows:
            text = json.dumps([str(value) for value in row])
            found = [receipt for receipt in receipts if receipt in text]
            if found:  # the published list alone, and that names nobody
                assert name == "council_session"
                assert not [person for person in chosen if person in text and person != "BO/COUNCIL_CHAIR"]
    entries = chamber.ministry.all(
        "SELECT o.value FROM audit_opening o JOIN audit_entry e ON e.number = o.number WHERE e.kind = 'ballots'"
    )
    assert sorted(json.loads(value) for (value,) in entries) == sorted(chosen)


@pytest.mark.attack("S106")
def test_nothing_of_the_box_is_left_in_the_files(chamber: Chamber) -> None:
    chosen = a_closed_vote(chamber)
    engine = chamber.ministry.engine
    if engine.dialect.name == "postgresql":
        with read(engine) as connection:
            assert connection.exec_driver_sql("SELECT pg_relation_size('ballot_box')").scalar_one() == 0
            dead = "SELECT count(*) FROM ballot_roll WHERE xmax::text <> '0'"
            assert connection.exec_driver_sql(dead).scalar_one() == 0
        return
    path = sqlite_file(engine.url)
    beside = [each for each in path.parent.glob(f"{path.name}*") if not each.name.endswith(".lock")]
    raw = b"".join(each.read_bytes() for each in beside)
    for each in chosen.values():
        for _, receipt in each.values():
            # Once in the list, if it does not lie across two pages; a row of the box would be a second time.
            assert raw.count(receipt.encode()) <= 1


@pytest.mark.attack("S106")
def test_rows_do_not_lie_in_the_order_in_which_people_voted(chamber: Chamber) -> None:
    chamber.voting(1)
    order = list(reversed(chamber.keys))
    for person in order:
        chamber.cast(person, {1: "yes"})
    engine = chamber.ministry.engine
    if engine.dialect.name == "sqlite":
        with read(engine) as connection:
            assert inspect(connection).get_pk_constraint("ballot_box")["constrained_columns"] == ["receipt"]
        with pytest.raises(DBAPIError, match="rowid"):
            chamber.ministry.all("SELECT rowid FROM ballot_box")
        return
    chamber.close()
    with read(engine) as connection:
        places = connection.exec_driver_sql("SELECT person_id FROM ballot_roll ORDER BY ctid").scalars().all()
    voted = [chamber.ministry.one("SELECT id FROM person WHERE code = :c", c=each.partition("/")[2]) for each in order]
    assert places != voted
    with read(engine) as connection:  # one transaction wrote them all
        assert connection.exec_driver_sql("SELECT count(DISTINCT xmin::text) FROM ballot_roll").scalar_one() == 1


def test_nobody_is_told_a_partial_result(chamber: Chamber) -> None:
    chamber.voting(1)
    chamber.cast("BO/U01", {1: "no"})
    mine = balloting.my_ballot(chamber.ministry.desk, "PH1", "BO/U02", chamber.ministry.now)
    assert "no" not in {getattr(each.line, "tally", {}).get("no") for each in mine.lines}
    assert all(each.passed is None and not each.line.tally for each in mine.lines)


# ── a crash, a second click ──────────────────────────────────────────────────────────────────────


class _Crash(Exception):
    pass


@contextmanager
def crash_at(engine: Engine, statement: int) -> Iterator[list[int]]:
    """The n-th statement of the block fails; the list counts them."""
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == statement:
            raise _Crash

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_a_crash_anywhere_leaves_a_name_on_the_roll_with_its_ballot_or_neither(chamber: Chamber) -> None:
    chamber.voting(2)
    engine = chamber.ministry.engine
    at = 1
    while True:
        before = chamber.ministry.snapshot()
        try:
            with crash_at(engine, at):
                chamber.cast("BO/U03", {1: "yes", 2: "no"})
        except _Crash:
            assert chamber.ministry.snapshot() == before
            at += 1
            continue
        break
    assert at > 5
    assert chamber.ministry.one("SELECT count(*) FROM ballot_roll") == 2
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 2


@pytest.mark.attack("S104")
def test_two_clicks_at_the_same_moment_are_one_ballot(chamber: Chamber) -> None:
    chamber.voting(1)
    told: list[str] = []
    ready = threading.Barrier(4)

    def click(choice: str) -> None:
        ready.wait()
        try:
            chamber.cast("BO/U04", {1: choice})
            told.append("taken")
        except CouncilError as error:
            told.append(error.code)

    clicks = [threading.Thread(target=click, args=(choice,)) for choice in ("yes", "no", "yes", "blank")]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert sorted(told) == ["ballot_refused", "ballot_refused", "ballot_refused", "taken"]
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 1


def test_an_act_that_fails_while_closing_leaves_the_vote_open_and_the_box_full(chamber: Chamber) -> None:
    chamber.voting(1)
    chamber.all_cast([1])
    before = chamber.ministry.snapshot()
    at = 1
    while chamber.ministry.one("SELECT state FROM council_session") == "open":
        try:
            with crash_at(chamber.ministry.engine, at):
                chamber.close()
        except _Crash:
            if chamber.ministry.one("SELECT state FROM council_session") == "open":
                assert chamber.ministry.snapshot() == before
        at += 2
    assert at > 10
    assert chamber.ministry.one("SELECT count(*) FROM ballot_box") == 0
