"""What waits for whom, and figures: the right numbers within what somebody may see, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.ministry import Ministry
from workflow.services import figures, listing, viewing, work
from workflow.services.listing import ListRefused
from workflow.services.viewing import Viewer
from workflow.services.work import Work
from workflow.storage import tallying
from workflow.storage.database import read
from workflow.storage.listing import StateSet


def viewer(m: Ministry, who: str) -> Viewer:
    with read(m.engine) as connection:
        return viewing.viewer(connection, who, m.today)


def of(m: Ministry, who: str) -> Work:
    return work.of(m.desk, viewer(m, who), m.today)


def parts(m: Ministry, who: str) -> dict[str, list[str]]:
    return {part.key: sorted(line.code for line in part.lines) for part in of(m, who).parts}


def test_it_waits_for_whoever_has_the_turn(m: Ministry) -> None:
    mine, sent = m.drafts(2), m.drafts(1, first=50)
    m.walk(sent, "submitted")
    assert parts(m, "CVT/CB")["waiting"] == sorted(mine)
    assert parts(m, "BO/SECRETARIAT")["waiting"] == list(sent)
    assert parts(m, "BO/SIGNER")["waiting"] == []
    assert parts(m, "CTS/CB")["waiting"] == []


def test_what_waits_is_gathered_by_state_with_what_can_be_done_there(m: Ministry) -> None:
    codes = m.drafts(5)
    m.walk(codes[:2], "submitted")
    m.walk(codes[2:3], "received")
    m.on(date(2026, 12, 9))
    found = of(m, "BO/SECRETARIAT").todo
    assert [(each.state, each.amount, each.acts[0]) for each in found] == [
        ("Đã gửi, chờ tiếp nhận", 2, "Tiếp nhận"), ("Đã tiếp nhận", 1, "Yêu cầu bổ sung"),
    ]  # fmt: skip
    assert all(each.days and len(each.acts) <= work.FIRST_ACTS for each in found)
    for each in found:
        leads = listing.nominations(m.desk, viewer(m, "BO/SECRETARIAT"), each.query, m.today)
        assert leads.total == each.amount
    (drafts,) = of(m, "CVT/CB").todo
    assert (drafts.state, drafts.amount) == ("Hồ sơ đang soạn tại đơn vị", 2)
    assert of(m, "BO/COUNCIL_MEMBER").todo == ()


def test_columns_that_would_say_the_same_in_every_line_are_left_out(m: Ministry) -> None:
    m.drafts(1)
    shown = {who: {part.key: part.columns for part in of(m, who).parts} for who in ("BO/SECRETARIAT", "CVT/CB")}
    assert "luot" not in shown["BO/SECRETARIAT"]["waiting"]
    assert {"luot", "don-vi"} <= set(shown["BO/SECRETARIAT"]["late"])
    assert "don-vi" not in shown["CVT/CB"]["late"]


def test_overdue_and_nearly_due_stand_apart(m: Ministry) -> None:
    codes = m.drafts(2)
    assert parts(m, "CVT/CB")["soon"] == sorted(codes)
    m.on(date(2026, 12, 7))
    assert parts(m, "CVT/CB") == {"waiting": sorted(codes), "late": sorted(codes), "soon": []}


def test_an_end_with_a_limit_that_runs_says_what_is_late_and_for_whom(m: Ministry) -> None:
    (code,) = m.walk(m.drafts(1), "awarded")
    m.sql("UPDATE nomination SET state = 'revoked', shown_state = 'revoked'")
    m.sql("UPDATE deadline SET closed_on = NULL, stopped_on = NULL, due_on = :on", on=date(2026, 12, 1).isoformat())
    m.on(date(2026, 12, 8))
    (late,) = next(part.lines for part in of(m, "BO/SECRETARIAT").parts if part.key == "late")
    assert (late.code, late.late, late.end, late.days) == (code, True, "negative", -5)
    assert "01/12/2026" in late.cells


def test_others_are_named_with_the_longest_wait_in_working_days(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes[:1], "appraising")
    m.on(date(2026, 12, 9))
    desk = {turn.who: (turn.amount, turn.days) for turn in of(m, "BO/SECRETARIAT").others}
    assert desk == {"Cán bộ thi đua, khen thưởng của đơn vị": (2, 6), "Chuyên viên thẩm định": (1, 5)}
    unit = {turn.who: turn.amount for turn in of(m, "CVT/TT").others}
    assert unit == {"Cán bộ thi đua, khen thưởng của đơn vị": 2, "Cấp xét khen thưởng": 1}


def test_when_a_result_came_that_is_not_released_no_unit_can_tell(m: Ministry) -> None:
    codes = m.drafts(1)
    m.walk(codes, "signing")
    (turn,) = of(m, "CVT/CB").others
    assert (turn.who, turn.amount, turn.days) == ("Cấp xét khen thưởng", 1, None)
    assert [words for _, words in of(m, "CVT/CB").tallies.states] == ["Đang xét"]
    assert [words for _, words in of(m, "BO/SECRETARIAT").tallies.states] == ["Đang trình ký"]


def test_tallies_of_a_unit_are_its_own(m: Ministry) -> None:
    m.drafts(3)
    m.drafts(2, unit="CTS", first=50)
    assert of(m, "CVT/CB").tallies.total == 3
    assert of(m, "CTS/CB").tallies.total == 2
    assert of(m, "BO/SECRETARIAT").tallies.total == 5
    assert of(m, "BO/COUNCIL_MEMBER").tallies.total == 0


def test_figures_of_the_desk(m: Ministry) -> None:
    given, waiting = m.drafts(3), m.drafts(4, first=50)
    m.walk(given, "awarded")
    m.on(date(2026, 12, 8))
    found = figures.of(m.desk, viewer(m, "BO/SECRETARIAT"), "", m.today)
    assert {bar.text: bar.value for bar in found.funnel} == {"Đang soạn": 4, "Đã trao tặng": 3}
    assert [bar.text for bar in found.funnel] == ["Đang soạn", "Đã trao tặng"]
    assert [sum(age.values) for age in found.ages] == [4]
    assert [(year.year, year.values) for year in found.years] == [(2026, (3,))]
    assert found.overdue == len(waiting)
    assert len(found.load) == figures.AHEAD


def test_a_wait_counts_by_working_days(m: Ministry) -> None:
    m.drafts(1)
    ages = {}
    for day in (date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 16), date(2027, 1, 20)):
        m.on(day)
        (age,) = figures.of(m.desk, viewer(m, "BO/SECRETARIAT"), "", m.today).ages
        ages[m.desk.calendar.working_between(date(2026, 12, 1), day)] = age.values.index(1)
    assert all(place == sum(days > bound for bound in figures.AGES) for days, place in ages.items()), ages


def test_a_state_that_ends_one_flow_and_goes_on_in_another_is_counted_where_it_goes_on(m: Ministry) -> None:
    m.drafts(2)
    version = m.one("SELECT DISTINCT flow_version_id FROM nomination")
    sight = viewer(m, "BO/SECRETARIAT").sight
    with read(m.engine) as connection:
        here, there = (
            tallying.by_age(connection, sight, StateSet((), ((each, "draft"),)), [m.today])
            for each in (version, version + 1)
        )
    assert (here, there) == ([("draft", (2, 0))], [])


def test_the_chair_has_figures_of_what_came_before_the_council_only(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes[:1], "council_pending")
    found = figures.of(m.desk, viewer(m, "BO/COUNCIL_CHAIR"), "2026", m.today)
    assert {bar.text: bar.value for bar in found.funnel} == {"Chờ họp Hội đồng": 1}
    assert sum(sum(age.values) for age in found.ages) == 1
    assert found.overdue + sum(day.value for day in found.load) <= 2
    assert found.years == ()


def test_a_revoked_award_is_not_counted(m: Ministry) -> None:
    codes = m.drafts(2)
    m.walk(codes, "awarded")
    m.sql("UPDATE nomination SET state = 'revoked' WHERE code = :code", code=codes[0])
    (year,) = figures.of(m.desk, viewer(m, "BO/SECRETARIAT"), "", m.today).years
    assert year.values == (1,)


def test_a_round_that_there_is_not_is_refused(m: Ministry) -> None:
    with pytest.raises(ListRefused):
        figures.of(m.desk, viewer(m, "BO/SECRETARIAT"), "1999", m.today)
