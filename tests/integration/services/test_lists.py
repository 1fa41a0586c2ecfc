"""From a unit's list to drafts: the four sample lists, the same list again, people, codes, who may bring it in."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.support.ministry import ROUND, START, Ministry, shipped_flows, workbook
from tests.support.replay import differences
from workflow.domain import codes
from workflow.intake.values import Unreadable
from workflow.services import checking, register, submissions
from workflow.services.judging import UnknownActor
from workflow.services.register import HistoryEntry, UnitEntry
from workflow.services.submissions import ImportRefused

SAMPLES = Path(__file__).parents[2] / "samples"
AWARD = "Bằng khen của Bộ trưởng"


def sample(name: str) -> bytes:
    return (SAMPLES / f"danh-sach-{name}.xlsx").read_bytes()


@pytest.fixture
def full(m: Ministry) -> Ministry:
    """With every flow that the sample lists name."""
    m.publish(*(name for name in shipped_flows() if name != "bang_khen_bo"))
    return m


def ok(m: Ministry) -> None:
    report = checking.check(m.desk)
    assert report.ok, report
    assert differences(m.engine) == []


# ── the sample lists ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "unit", "good"),
    [
        ("cuc-vien-thong", "CVT", 24),
        ("hoc-vien", "PTIT", 25),
        ("so-ha-noi-sai-tuyen", "HANOI", 11),
        ("buu-dien-loi", "VNPOST", 14),
    ],
)
def test_a_sample_list_becomes_drafts_of_its_good_lines(full: Ministry, name: str, unit: str, good: int) -> None:
    content = sample(name)
    report = full.import_file(content, unit=unit)
    assert len(report.codes) == len(report.plan.new) == len(report.plan.checked.good) == good
    assert set(full.states().values()) == {"draft"}
    assert {row[0] for row in full.all("SELECT version FROM nomination")} == {0}
    if report.plan.checked.bad:
        mended = submissions.workbook_with_errors(report.plan, content)
        assert mended.startswith(b"PK")
        assert mended != content
    ok(full)


def test_all_four_lists_together_are_four_submissions(full: Ministry) -> None:
    units = {"cuc-vien-thong": "CVT", "hoc-vien": "PTIT", "so-ha-noi-sai-tuyen": "HANOI", "buu-dien-loi": "VNPOST"}
    made = [code for name, unit in units.items() for code in full.import_file(sample(name), unit=unit).codes]
    assert len(made) == len(set(made)) == 24 + 25 + 11 + 14
    assert full.one("SELECT count(*) FROM submission") == 4
    ok(full)


def test_the_same_list_again_changes_nothing(full: Ministry) -> None:
    full.import_file(sample("hoc-vien"), unit="PTIT")
    before = full.snapshot()
    again = full.import_file(sample("hoc-vien"), unit="PTIT")
    assert (again.codes, len(again.plan.same), again.plan.new, again.plan.mended) == ((), 25, (), ())
    assert full.snapshot() == before


def test_looking_at_a_list_writes_nothing(m: Ministry) -> None:
    before = m.snapshot()
    assert len(m.look([("NV-1", "Nguyễn Văn An", AWARD)]).new) == 1
    assert m.snapshot() == before


# ── a list that was mended ───────────────────────────────────────────────────────────────────────


def test_a_draft_takes_the_new_text_of_its_line_and_a_submitted_line_stays(m: Ministry) -> None:
    lines = [("NV-1", "Nguyễn Văn An", AWARD, "Thành tích một"), ("NV-2", "Trần Thị Bình", AWARD, "Thành tích hai")]
    one, two = m.bring_in(lines, letter="07/TTr-CVT")
    m.done("start_unit_vote", [two], "unit_officer")
    changed = [("NV-1", "Nguyễn Văn Ân", AWARD, "Thành tích khác"), ("NV-2", "Trần Thị Bình", AWARD, "Thành tích khác")]
    report = m.import_file(_book([*changed, ("NV-3", "Lê Văn Cường", AWARD)]), letter_number="07/TTr-CVT")
    plan = report.plan
    assert [(each.code, sorted(each.changed)) for each in plan.mended] == [(one, ["achievement", "name"])]
    assert [(each.code, each.state, sorted(each.changed)) for each in plan.fixed] == [
        (two, "unit_voting", ["achievement"])
    ]
    assert len(report.codes) == 1
    found = dict(m.all("SELECT code, name || ': ' || achievement FROM nomination"))
    assert found[one] == "Nguyễn Văn Ân: Thành tích khác"
    assert found[two] == "Trần Thị Bình: Thành tích hai"
    assert m.one("SELECT name_folded FROM nomination WHERE code = :code", code=one) == "nguyen van an"
    ok(m)


def test_a_line_missing_from_the_new_list_is_named_and_kept(m: Ministry) -> None:
    one, two = m.bring_in([("NV-1", "Nguyễn Văn An", AWARD), ("NV-2", "Trần Thị Bình", AWARD)], letter="07/TTr-CVT")
    report = m.import_file(_book([("NV-1", "Nguyễn Văn An", AWARD)]), letter_number="07/TTr-CVT")
    assert report.plan.gone == (two,)
    assert set(m.states()) == {one, two}


def test_lists_brought_in_at_the_same_instant_are_acts_of_their_own(m: Ministry) -> None:
    for name in ("An", "Ân", "Ấn"):
        m.import_file(_book([("NV-1", f"Nguyễn Văn {name}", AWARD)]), letter_number="07/TTr-CVT")
    assert m.one("SELECT count(*) FROM act WHERE transition = 'import'") == 3
    assert m.one("SELECT name FROM nomination") == "Nguyễn Văn Ấn"


def _book(lines: list[tuple[str, ...]]) -> bytes:
    return workbook(lines)


# ── people and codes ─────────────────────────────────────────────────────────────────────────────


def test_codes_count_on_over_lists_and_can_be_read_aloud(m: Ministry) -> None:
    made = [*m.drafts(3), *m.drafts(2, unit="CTS")]
    assert made == [codes.make("BKB", 2026, number) for number in range(1, 6)]
    assert all(codes.normalise(code) == code for code in made)


def test_a_person_with_a_code_is_one_person_over_lists_and_years(m: Ministry) -> None:
    m.publish("cstd_bo")
    m.bring_in([("NV-1", "Nguyễn Văn An", AWARD)])
    m.bring_in([("NV-1", "Nguyễn Văn An", "Chiến sĩ thi đua cấp Bộ")])
    m.bring_in([("NV-1", "Nguyễn Văn An", AWARD)], unit="CTS")
    people = m.all("SELECT root_unit, code, provisional FROM person WHERE code = 'NV-1' ORDER BY root_unit")
    assert [(unit, code, bool(provisional)) for unit, code, provisional in people] == [
        ("CTS", "NV-1", False),
        ("CVT", "NV-1", False),
    ]
    assert m.one("SELECT count(DISTINCT person_id) FROM nomination") == 2


def test_without_a_code_a_person_is_provisional_and_never_merged(m: Ministry) -> None:
    m.bring_in([("", "Nguyễn Văn An", AWARD)], letter="1/TTr")
    m.bring_in([("", "Nguyễn Văn An", AWARD)], letter="2/TTr")
    found = m.all("SELECT code, provisional FROM person WHERE name = 'Nguyễn Văn An' ORDER BY code")
    assert [(code, bool(provisional)) for code, provisional in found] == [("~00001", True), ("~00002", True)]


def test_history_given_with_a_code_belongs_to_the_person_who_comes_later(m: Ministry) -> None:
    entry = HistoryEntry("CVT", "Nguyễn Văn An", "individual", 2025, award="cstd_co_so", person="NV-1")
    assert register.add_history(m.desk, [entry, entry], "test", "QT", m.now) == 1
    m.bring_in([("NV-1", "Nguyễn Văn An", AWARD)])
    assert m.one("SELECT count(*) FROM history h JOIN nomination n ON n.person_id = h.person_id") == 1
    assert register.add_history(m.desk, [entry], "test", "QT", m.now) == 0


def test_a_name_alone_joins_nobodys_history(m: Ministry) -> None:
    register.add_history(
        m.desk, [HistoryEntry("CVT", "Nguyễn Văn An", "individual", 2025, award="cstd_co_so")], "test", "QT", m.now
    )
    m.bring_in([("NV-1", "Nguyễn Văn An", AWARD)])
    assert m.one("SELECT count(*) FROM history WHERE person_id IS NOT NULL") == 0


def test_counts_per_state_are_counted_from_the_first_draft(m: Ministry) -> None:
    m.drafts(7)
    assert m.all("SELECT flow_id, state, amount FROM state_count") == [("bang_khen_bo", "draft", 7)]


# ── who may, and what may not ────────────────────────────────────────────────────────────────────


def test_a_unit_brings_in_its_own_list_and_the_desk_on_its_behalf(m: Ministry) -> None:
    content = _book([("NV-1", "Nguyễn Văn An", AWARD)])
    before = m.snapshot()
    for actor in ("CTS/CB", "BO/AUDITOR", "CVT/HD"):
        with pytest.raises(ImportRefused) as caught:
            m.import_file(content, actor=actor)
        assert caught.value.code == "import_not_allowed"
    with pytest.raises(UnknownActor):
        m.import_file(content, actor="CVT/NOBODY")
    assert m.snapshot() == before
    assert len(m.import_file(content, actor="BO/SECRETARIAT").codes) == 1
    assert m.one("SELECT actor FROM act WHERE transition = 'import'") == "BO/SECRETARIAT"


def test_what_cannot_become_a_submission_is_refused_whole(m: Ministry) -> None:
    register.add_units(
        m.desk, [UnitEntry("CU", "Cục cũ", "cuc", date(2020, 1, 1), until_on=START, successor="CVT")], "QT", m.now
    )
    content = _book([("NV-1", "Nguyễn Văn An", AWARD)])
    before = m.snapshot()

    def refused(**changes: str) -> tuple[str, dict[str, object]]:
        values = {"actor": "BO/SECRETARIAT", "unit": "CVT", "round": ROUND, **changes}
        request = submissions.ImportRequest(**values, content=content, file_name="ds.xlsx")
        with pytest.raises(ImportRefused) as caught:
            submissions.bring_in(m.desk, request, m.now)
        return caught.value.code, caught.value.params

    assert refused(unit="KHONG") == ("unit_unknown", {"code": "KHONG"})
    assert refused(unit="CU") == ("unit_ended", {"code": "CU", "on": START, "successor": "CVT"})
    assert refused(round="2030") == ("round_unknown", {"code": "2030"})
    with pytest.raises(Unreadable):
        m.import_file(b"not a list")
    assert m.snapshot() == before
    register.close_round(m.desk, ROUND, "QT", m.now)
    assert refused() == ("round_closed", {"code": ROUND})


def test_a_round_takes_the_flows_it_lists_and_those_in_force(m: Ministry) -> None:
    m.publish("cstd_bo")
    m.sql("UPDATE round SET flows = '[\"cstd_bo\"]'")
    plan = m.look([("NV-1", "Nguyễn Văn An", AWARD), ("NV-2", "Trần Thị Bình", "Chiến sĩ thi đua cấp Bộ")])
    assert [line.flow_id for line in plan.new] == ["cstd_bo"]
    assert len(plan.checked.bad) == 1
    assert [each.flow_id for each in submissions.award_choices(m.desk, ROUND, m.today)] == ["cstd_bo"]


def test_every_nomination_of_a_list_is_of_its_unit_round_and_letter(m: Ministry) -> None:
    m.drafts(3, letter="07/TTr-CVT")
    rows = m.all(
        """SELECT u.code, r.code, s.letter_number, s.created_by FROM nomination n JOIN unit u ON u.id = n.unit_id
           JOIN round r ON r.id = n.round_id JOIN submission s ON s.id = n.submission_id"""
    )
    assert Counter(rows) == {("CVT", ROUND, "07/TTr-CVT", "CVT/CB"): 3}
