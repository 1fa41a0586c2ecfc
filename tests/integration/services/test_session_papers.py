"""What the papers of a session say, and to whom, and when."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.council import HELD, OFFICE, SECRETARY, Chamber
from tests.support.ministry import Ministry
from workflow.papers import making, shapes
from workflow.papers.shapes import House
from workflow.services import closing, council_sessions, session_papers
from workflow.services.councils import CouncilError
from workflow.storage import council as rows
from workflow.storage.database import read

HOUSE = House("Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Thi đua - Khen thưởng")


@pytest.fixture
def chamber(engine: Engine, tmp_path: Path) -> Chamber:
    return Chamber(Ministry(engine, tmp_path))


def made(chamber: Chamber, which: str, person: str = OFFICE) -> Any:
    return session_papers.paper(chamber.ministry.desk, "PH1", which, person, HOUSE, chamber.ministry.now)


def ready_now(chamber: Chamber) -> tuple[str, ...]:
    with read(chamber.ministry.engine) as connection:
        row = rows.session(connection, "PH1")
    assert row is not None
    return session_papers.ready(row)


def test_the_programme_lists_what_is_on_the_agenda_by_award(chamber: Chamber) -> None:
    chamber.voting(3, held_time="08:30", place="Phòng họp tầng 5")
    paper = made(chamber, "chuong_trinh")
    assert isinstance(paper, shapes.Agenda)
    assert (paper.held_on, paper.venue, str(paper.begins)) == (HELD, "Phòng họp tầng 5", "08:30:00")
    assert [(group.title, [line.number for line in group.lines]) for group in paper.groups] == [
        ("Bằng khen của Bộ trưởng", [1, 2, 3])
    ]
    assert paper.chair.role == "Chủ tịch Hội đồng"
    assert made(chamber, "chuong_trinh", "BO/U03") == paper


def test_the_letter_of_invitation_names_whom_their_seats_ask(chamber: Chamber) -> None:
    codes = chamber.appraised(2)
    chamber.plan(form="mixed", answers_due_on=date(2026, 12, 28), held_time="08:30", place="Phòng 5")
    chamber.table(codes)
    assert "giay_moi" in ready_now(chamber)
    letter = made(chamber, "giay_moi")
    assert isinstance(letter, shapes.Invitation)
    assert (letter.held_on, str(letter.begins), letter.venue) == (HELD, "08:30:00", "Phòng 5")
    assert len(letter.invited) == len(chamber.keys)
    assert all(each.endswith(" Hội đồng") for each in letter.invited)
    assert letter.content == ("Xét Bằng khen của Bộ trưởng: 2 trường hợp.",)
    assert (letter.signature.capacity, letter.signature.principal) == ("TM.", "Hội đồng")
    assert letter.answer_by == date(2026, 12, 28)
    assert making.docx(letter).startswith(b"PK")
    chamber.open()
    assert "giay_moi" not in ready_now(chamber)


def test_a_ballot_sheet_is_the_same_for_everybody(chamber: Chamber) -> None:
    chamber.voting(2, form="mixed", answers_due_on=date(2026, 12, 28))
    at_table, by_letter = made(chamber, "phieu_bau"), made(chamber, "phieu_lay_y_kien")
    assert (at_table.written, at_table.answer_by) == (False, None)
    assert (by_letter.written, by_letter.answer_by) == (True, date(2026, 12, 28))
    assert at_table.groups == by_letter.groups


@pytest.mark.parametrize("which", ["bb_kiem_phieu", "bb_hop"])
def test_there_are_no_minutes_before_the_vote_is_closed(chamber: Chamber, which: str) -> None:
    chamber.voting(1)
    chamber.all_cast([1])
    with pytest.raises(CouncilError, match="not_before_closing"):
        made(chamber, which)


def test_a_unit_or_a_member_gets_no_paper_that_is_not_his(chamber: Chamber) -> None:
    chamber.voting(1)
    for person, which in (("CVT/CB", "chuong_trinh"), ("BO/U03", "bb_hop"), ("BO/U03", "phieu_bau")):
        with pytest.raises(CouncilError, match="session_unknown"):
            made(chamber, which, person)
    with pytest.raises(CouncilError, match="paper_unknown"):
        made(chamber, "giay_khen")


def test_what_the_chair_stated_is_minuted_even_without_words(chamber: Chamber) -> None:
    chamber.voting(3)
    desk, now = chamber.ministry.desk, chamber.ministry.now
    closing.state_chair(desk, "PH1", [1, 2], True, "", SECRETARY, now)
    closing.state_chair(desk, "PH1", [3], False, "Chưa rõ phạm vi ảnh hưởng.", SECRETARY, now)
    chamber.all_cast([1, 2, 3])
    chamber.close()
    names = [line.name for line in made(chamber, "chuong_trinh").groups[0].lines]
    assert made(chamber, "bb_hop").chair_statement == (
        f"Đồng ý: {names[0]}; {names[1]}. Không đồng ý: {names[2]}. Chưa rõ phạm vi ảnh hưởng."
    )


def test_minutes_say_who_was_there_what_was_counted_and_who_stepped_aside(chamber: Chamber) -> None:
    chamber.voting(2, present=False, form="mixed", answers_due_on=date(2026, 12, 28))
    chamber.attend(chamber.keys[:12])
    council_sessions.recuse(
        chamber.ministry.desk, "PH1", "BO/U05", [2], "Người thân trong danh sách", "BO/U05", chamber.ministry.now
    )
    for at, person in enumerate(chamber.keys[:14]):
        lines = [1] if person == "BO/U05" else [1, 2]
        chamber.cast(person, dict.fromkeys(lines, "yes" if at < 12 else "no"))
    chamber.ministry.on(date(2026, 12, 29))
    chamber.close()
    minutes = made(chamber, "bb_hop")
    assert isinstance(minutes, shapes.SessionMinutes)
    assert (minutes.members, len(minutes.present), len(minutes.absences)) == (15, 12, 3)
    assert [absence.wrote for absence in minutes.absences] == [True, True, False]
    assert (minutes.quorum_needed, minutes.quorum_counted) == (10, 14)
    assert [(each.lines, each.reason) for each in minutes.recusals] == [("2", "Người thân trong danh sách")]
    (group,) = minutes.groups
    first, second = (line.count for line in group.lines)
    assert (first.tally.yes, first.tally.no, first.tally.present, first.tally.written) == (12, 2, 12, 2)
    assert (first.vote.passed, second.vote.passed) == (True, False)
    assert (second.tally.present, second.tally.recused, second.tally.yes) == (11, 1, 11)
    assert minutes.audit is not None
    count = made(chamber, "bb_kiem_phieu")
    assert (count.members, count.present, count.written, count.recused) == (15, 12, 2, 1)
    assert count.groups == minutes.groups
