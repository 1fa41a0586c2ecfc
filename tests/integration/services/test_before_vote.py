"""What a council sees of its agenda before it votes: make-up, caps, what rules find of each line. On both databases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.council import HELD, OFFICE, SECRETARY, Chamber
from tests.support.ministry import REASON, ROUND, Ministry
from workflow.papers import shapes
from workflow.papers.shapes import House
from workflow.services import session_papers, session_views
from workflow.services.before_vote import BeforeVote
from workflow.services.council_sessions import Outcome
from workflow.services.register import set_counts
from workflow.wording import lines, sentence

RULES = """
[across.ty_le]
rule    = "ratio_cap"
effect  = "hint"
at      = ["schedule"]
percent = 20
of      = "ldtt"
label   = { vi = "Không quá 20 % số Lao động tiên tiến", en = "At most 20 % of the advanced workers" }

[across.nu]
rule    = "share"
effect  = "hint"
at      = ["schedule"]
percent = 50
of      = "women"
label   = { vi = "Khuyến khích từ 50 % nữ", en = "50 % women are encouraged" }
"""
HOUSE = House("Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Thi đua - Khen thưởng")
MAYBE = (
    "Lưu ý: nữ có thể ít hơn mức khuyến khích 50 % (có 1, cần từ 2 trên 4 cá nhân; 1 người chưa rõ). "
    "Đây chỉ là lời nhắc."
)
AWARD = "Bằng khen của Bộ trưởng"
PEOPLE = (
    ("NV-00001", "Bà Vũ Thị An", AWARD, "Sáng kiến A", "Phòng A", "Trưởng phòng"),
    ("NV-00002", "Ông Vũ Văn Bình", AWARD, "Sáng kiến B", "Phòng A", "Kỹ sư"),
    ("NV-00003", "Ông Vũ Văn Chi", AWARD, "Sáng kiến C", "Phòng A", "Kỹ sư"),
    ("NV-00004", "Vũ Dung", AWARD, "Sáng kiến D", "Phòng B", "Cố vấn"),
    ("", "Phòng Nghiệp vụ 1", AWARD, "Sáng kiến E", "Cục Viễn thông", ""),
)


def seated(engine: Engine, folder: Path, people: Sequence[Sequence[str]] = PEOPLE) -> tuple[Chamber, Outcome]:
    """A council before these people, whose flow has a cap and encourages women; what came of putting them on."""
    ministry = Ministry(engine, folder, flows=())
    ministry.publish("bang_khen_bo", change=lambda text: text + RULES)
    chamber = Chamber(ministry)
    codes = ministry.bring_in(people)
    ministry.walk(codes, "appraising")
    chamber.plan()
    return chamber, chamber.table(codes)


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return seated(engine, tmp_path)[0]


def before(chamber: Chamber) -> BeforeVote:
    return session_views.before_its_vote(chamber.ministry.desk, "PH1", chamber.ministry.now)


def told(chamber: Chamber) -> tuple[str, ...]:
    (award,) = before(chamber).make_up
    return lines(award.told, "vi")


def test_women_and_direct_workers_are_told_with_the_unknown_apart_and_a_hint_below_the_rule(chamber: Chamber) -> None:
    assert told(chamber)[:3] == (
        "Tỷ lệ nữ: 1/3 cá nhân đã rõ (33,33 %); 1 người chưa rõ.",
        "Tỷ lệ người lao động trực tiếp: 2/3 cá nhân đã rõ (66,67 %); 1 người chưa rõ.",
        MAYBE,
    )


def test_a_cap_of_the_round_counts_the_agenda_and_what_passed_before(chamber: Chamber) -> None:
    m = chamber.ministry
    assert "chưa nhập" in told(chamber)[3]
    set_counts(m.desk, ROUND, {"ldtt": 20}, "BO/SECRETARIAT", m.now)
    assert ": 5 trong đợt, quá 1 so với tối đa 4 (20 % của 20" in told(chamber)[3]
    more = m.drafts(1, first=50)
    m.walk(more, "appraising")
    chamber.plan("PH2")
    chamber.table(more, "PH2")
    assert ": 6 trong đợt, quá 2 so với tối đa 4" in told(chamber)[3]


def test_what_was_passed_with_a_reason_is_still_told_with_it(chamber: Chamber) -> None:
    found = before(chamber).found
    assert sorted(found) == [1, 2, 3, 4, 5]
    (first,) = found[1]
    assert (first.effect, first.reason.rule, first.given) == ("warn", "tieu_chuan", REASON)
    assert sentence(first.reason, "vi", first.flow)


@pytest.mark.parametrize(
    ("people", "params"),
    [
        (PEOPLE, {"of": "women", "percent": 50, "count": 0, "base": 0, "known": False}),
        (PEOPLE[:3], {"of": "women", "percent": 50, "count": 1, "base": 3}),
        (PEOPLE[:2], None),
    ],
)
def test_a_rule_of_shares_is_asked_of_the_whole_list_that_goes_its_way(
    engine: Engine, tmp_path: Path, people: Sequence[Sequence[str]], params: dict[str, object] | None
) -> None:
    _, done = seated(engine, tmp_path, people)
    hints = [reason for report in done.reports for each in report.results for reason in each.hints]
    said = [dict(each.params) for each in hints if each.rule == "nu"]
    assert said == ([] if params is None else [params] * len(people))


def test_nothing_is_found_any_more_of_lines_that_are_decided(chamber: Chamber) -> None:
    chamber.ministry.on(HELD)
    chamber.open()
    chamber.attend(chamber.keys)
    chamber.all_cast([1, 2, 3, 4, 5])
    chamber.close()
    assert before(chamber).found == {}
    assert len(told(chamber)) == 4


def test_the_programme_has_it_and_the_minutes_the_make_up(chamber: Chamber) -> None:
    m = chamber.ministry
    programme = session_papers.paper(m.desk, "PH1", "chuong_trinh", OFFICE, HOUSE, m.now)
    assert isinstance(programme, shapes.Agenda)
    assert programme.make_up[0].startswith(f"{AWARD}: Tỷ lệ nữ: 1/3 cá nhân đã rõ")
    (remark,) = programme.remarks
    assert remark.startswith("Số 1–5: Cảnh báo: ")
    assert remark.endswith(f"Đã nêu lý do: {REASON}")
    assert {line.note for group in programme.groups for line in group.lines} == {"Có lưu ý"}
    m.on(HELD)
    chamber.open()
    chamber.attend(chamber.keys)
    chamber.all_cast([1, 2, 3, 4, 5])
    chamber.close()
    minutes = session_papers.paper(m.desk, "PH1", "bb_hop", SECRETARY, HOUSE, m.now)
    assert isinstance(minutes, shapes.SessionMinutes)
    assert "Tỷ lệ nữ: 1/3" in minutes.course[-1]
    assert "trong đợt" not in minutes.course[-1]
