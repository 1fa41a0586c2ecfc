"""A draft that an import makes has the limit of its state from that day: the cut-off reminds who has not sent it."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.ministry import Ministry
from workflow.services import checking

CUTOFF = date(2026, 12, 5)


def mornings(m: Ministry, until: date) -> dict[date, set[str]]:
    """Whom the sweep of each morning reminds, from the next day on."""
    told = {}
    while m.today < until:
        m.on(m.today + timedelta(days=1), 8)
        before = {id_ for (id_,) in m.all("SELECT id FROM mail")}
        m.sweep()
        if new := {address for id_, address in m.all("SELECT id, address FROM mail") if id_ not in before}:
            told[m.today] = new
    return told


def test_the_unit_is_reminded_of_the_cut_off_before_it_comes_and_its_head_after(m: Ministry) -> None:
    (code,) = m.drafts()
    assert m.limits(code) == {"state.draft": CUTOFF}
    told = mornings(m, date(2026, 12, 31))
    assert min(told) < CUTOFF
    assert told[min(told)] == {"cb@cvt.example"}
    assert "tt@cvt.example" in told[max(told)]
    assert m.state(code) == "draft"


def test_a_vote_that_begins_ends_it_and_the_way_back_begins_its_second_run(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "unit_voted")
    rows = m.all("SELECT run, close_cause FROM deadline WHERE name = 'state.draft' ORDER BY run")
    assert rows == [(1, "start_unit_vote"), (2, None)]
    assert checking.check(m.desk).ok


def test_a_list_that_comes_after_the_cut_off_reminds_nobody_of_the_past(m: Ministry) -> None:
    m.on(date(2026, 12, 21))
    (code,) = m.drafts()
    assert m.limits(code) == {"state.draft": CUTOFF}
    assert mornings(m, date(2027, 1, 20)) == {}


def test_a_round_without_a_cut_off_sets_no_limit(m: Ministry) -> None:
    m.sql("UPDATE round SET cutoffs = :none", none="{}")
    (code,) = m.drafts()
    assert m.limits(code) == {}


def test_the_same_list_again_opens_nothing_twice(m: Ministry) -> None:
    lines = [("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng")]
    (one,) = m.bring_in(lines, letter="01/TTr")
    assert m.bring_in(lines, letter="01/TTr") == ()
    (two,) = m.bring_in([*lines, ("NV-2", "Nguyễn Văn Bình", "Bằng khen của Bộ trưởng")], letter="01/TTr")
    assert m.limits(one) == m.limits(two) == {"state.draft": CUTOFF}
    assert m.one("SELECT count(*) FROM deadline") == 2
