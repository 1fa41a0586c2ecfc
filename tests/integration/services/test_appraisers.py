"""Who appraises what: by hand, by the rule of the flow, out of a file; the same people each time, and all or none."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from sqlalchemy import Engine

from tests.support.appraising import LEAD, OFFICE, OWN, A, B, Bench, C
from tests.support.ministry import Ministry
from workflow.explaining import why_not_asked
from workflow.services import appraiser_files, appraisers
from workflow.services.appraisers import NotAsked, Wanted
from workflow.services.appraising import AppraisalError


def chosen(bench: Bench) -> dict[str, list[tuple[str, str]]]:
    """Whom the rules would ask of each dossier, and why."""
    found = appraisers.propose(bench.m.desk, OFFICE, bench.m.now)
    return {each.code: [(one.person, one.why) for one, _ in each.chosen] for each in found}


# ── by the rule ──────────────────────────────────────────────────────────────────────────────────


def test_everybody_who_may_is_asked_and_own_unit_stands_aside_in_the_record(m: Ministry) -> None:
    bench = Bench(m)
    before = m.snapshot()
    assert chosen(bench) == {bench.code: [(each, "everybody") for each in (A, LEAD, B, C)]}
    assert m.snapshot() == before
    (done,) = appraisers.by_rule(m.desk, OFFICE, m.now)
    assert [(each.person, each.cause) for each, _ in done.aside] == [(OWN, "own_unit")]
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert {each.row.person for each in seen.members} == {A, B, C, LEAD}
    assert [(each.name, each.cause) for each in seen.aside] == [("Lý Cùng Đơn Vị", "own_unit")]
    after = m.snapshot()
    assert appraisers.by_rule(m.desk, OFFICE, m.now) == ()
    assert m.snapshot() == after


def test_loads_are_levelled_and_the_reason_is_kept(m: Ministry) -> None:
    bench = Bench(m, "people = 2", amount=3)
    bench.ask(A, code=bench.codes[2])
    first = chosen(bench)
    assert first == chosen(bench)
    assert [each for each, _ in first[bench.codes[0]]] == [LEAD, B]
    assert [each for each, _ in first[bench.codes[1]]] == [C, A]
    assert [each for each, _ in first[bench.codes[2]]] == [LEAD]
    appraisers.by_rule(m.desk, OFFICE, m.now)
    assert sorted(m.all("SELECT person, count(*) FROM appraiser WHERE cause = '' GROUP BY person")) == [
        (A, 2), (LEAD, 2), (B, 1), (C, 1),
    ]  # fmt: skip
    seen = bench.seen(OFFICE, bench.codes[0])
    assert seen is not None
    why = {each.row.person: each.row.why for each in seen.members}
    assert why[B] == {"code": "fewest", "load": 0, "least_left": 0}


def test_only_the_dossiers_own_field_is_asked_where_the_flow_says_so(m: Ministry) -> None:
    bench = Bench(m, 'who = "field"')
    assert chosen(bench) == {bench.code: [(LEAD, "field")]}


def test_too_few_people_are_told(m: Ministry) -> None:
    bench = Bench(m, "people = 6")
    (found,) = appraisers.propose(m.desk, OFFICE, m.now, [bench.code])
    assert ({each.why for each, _ in found.chosen}, found.short) == ({"all_there_are"}, 2)


def test_what_has_been_scored_is_no_load_any_more(m: Ministry) -> None:
    bench = Bench(m, "people = 1", amount=2)
    bench.ask(A, B, C, LEAD)
    bench.give(C, 5, 5)
    found = {each.code: each for each in appraisers.propose(m.desk, OFFICE, m.now)}
    assert [(one.person, one.load, one.least_left) for one, _ in found[bench.codes[1]].chosen] == [(C, 0, 1)]


@pytest.mark.parametrize("person", ["CVT/CB", A, "BO/ADMIN", "BO/CLERK"])
def test_only_the_standing_office_assigns(sqlite_engine: Engine, tmp_path: object, person: str) -> None:
    bench = Bench(Ministry(sqlite_engine, tmp_path))  # type: ignore[arg-type]
    before = bench.m.snapshot()
    for refused in (
        lambda: appraisers.propose(bench.m.desk, person, bench.m.now),
        lambda: appraisers.by_rule(bench.m.desk, person, bench.m.now),
        lambda: bench.ask(B, by=person),
        lambda: appraisers.candidates(bench.m.desk, bench.code, person, bench.m.now),
        lambda: appraisers.let_go(bench.m.desk, bench.code, B, "Bận việc khác", person, bench.m.now),
    ):
        with pytest.raises(AppraisalError, match="not_assigning"):
            refused()
    assert bench.m.snapshot() == before


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────


def test_candidates_come_with_their_loads_and_who_is_kept_out(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    bench.ask(A)
    _, found = appraisers.candidates(m.desk, bench.codes[1], OFFICE, m.now)
    assert {(each.person, each.load, each.kept_out) for each in found} == {
        (B, 0, ""), (LEAD, 0, ""), (C, 0, ""), (A, 1, ""), (OWN, 0, "own_unit"),
    }  # fmt: skip
    assert [each.person for each in found[-2:]] == [A, OWN]
    _, first = appraisers.candidates(m.desk, bench.code, OFFICE, m.now)
    assert {each.person for each in first if each.kept_out == "asked"} == {A}


def test_who_has_handed_in_is_not_let_go(m: Ministry) -> None:
    bench = Bench(m)
    bench.ask(A, B)
    bench.give(A, 1, 1)
    with pytest.raises(AppraisalError, match="card_there"):
        appraisers.let_go(m.desk, bench.code, A, "Chấm thấp quá", OFFICE, m.now)
    with pytest.raises(AppraisalError, match="aside_words"):
        appraisers.let_go(m.desk, bench.code, B, "", OFFICE, m.now)
    appraisers.let_go(m.desk, bench.code, B, "Đi công tác", OFFICE, m.now)
    with pytest.raises(AppraisalError, match="appraiser_not_there"):
        appraisers.let_go(m.desk, bench.code, B, "Đi công tác", OFFICE, m.now)
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert [each.row.person for each in seen.members] == [A]


# ── out of a file ────────────────────────────────────────────────────────────────────────────────


def book(*rows: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = workbook.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    workbook.close()
    return buffer.getvalue()


def test_a_file_is_taken_whole_and_twice_changes_nothing(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    rows = (("Tên", "Mã hồ sơ", "Người chấm"), ("x", bench.codes[0], "TD2, TD3"), ("", "", ""),
            ("y", bench.codes[1].lower(), "BO/DM1"))  # fmt: skip
    text = "\n".join(";".join(row) for row in rows).encode("utf-8-sig")
    for content, name in ((book(*rows), "a.xlsx"), (text, "a.csv")):
        checked = appraiser_files.check(m.desk, content, name, OFFICE, m.now)
        assert (len(checked.wanted), checked.dossiers, checked.refused) == (3, 2, ())
    assert appraiser_files.take(m.desk, book(*rows), "a.xlsx", OFFICE, m.now) == 3
    assert appraiser_files.take(m.desk, text, "a.csv", OFFICE, m.now) == 0
    assert sorted(m.all("SELECT person, how FROM appraiser")) == [(LEAD, "file"), (B, "file"), (C, "file")]


def test_every_wrong_row_is_told_and_none_is_taken(m: Ministry) -> None:
    bench = Bench(m)
    rows = (("Code", "Person"), (bench.code, "TD2"), (bench.code, OWN), (bench.code, ""), ("BKB-2026-09999-9", "TD3"),
            (bench.code, "CLERK"))  # fmt: skip
    before = m.snapshot()
    checked = appraiser_files.check(m.desk, book(*rows), "a.xlsx", OFFICE, m.now)
    assert [(each.wanted.place, each.code) for each in checked.refused] == [
        ("3", "appraiser_aside"), ("4", "unknown_actor"), ("5", "unknown_nomination"), ("6", "appraiser_role"),
    ]  # fmt: skip
    assert all(why_not_asked(each, "vi").startswith(f"Dòng {each.wanted.place}:") for each in checked.refused)
    with pytest.raises(NotAsked) as found:
        appraiser_files.take(m.desk, book(*rows), "a.xlsx", OFFICE, m.now)
    assert found.value.refused == checked.refused
    assert m.snapshot() == before


@pytest.mark.parametrize("content", [b"", b"A;B\n1;2\n", "Mã hồ sơ;Người chấm\n".encode()])
def test_a_file_without_its_columns_is_refused(content: bytes) -> None:
    with pytest.raises(AppraisalError, match="appraiser_file"):
        appraiser_files.read(content, "a.csv")


def test_the_workbook_to_fill_in_can_be_taken_as_it_is(m: Ministry) -> None:
    bench = Bench(m, "people = 2", amount=2)
    found = appraisers.propose(m.desk, OFFICE, m.now)
    names = [(each.matter.facts.name, each.matter.facts.unit) for each in found]
    content = appraiser_files.template(found, ("Mã hồ sơ", "Tên", "Đơn vị", "Người chấm"), names)
    assert appraiser_files.take(m.desk, content, "a.xlsx", OFFICE, m.now) == 4
    assert chosen(bench) == {code: [] for code in bench.codes}


def test_two_rows_that_say_the_same_are_one(m: Ministry) -> None:
    bench = Bench(m)
    assert appraisers.ask(m.desk, [Wanted(bench.code, A), Wanted(bench.code, "APPRAISER")], OFFICE, m.now) == 1
