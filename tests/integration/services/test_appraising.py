"""Scores before the table: who hands them in, who is kept out, and who sees what of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest

from tests.support.appraising import LEAD, OFFICE, OTHER_LEAD, OWN, A, B, Bench, C, with_appraisal
from tests.support.council import HELD, Chamber
from tests.support.ministry import SINCE, Ministry
from workflow.explaining import sentences
from workflow.papers.shapes import House
from workflow.services import appraisal_views, appraisers, appraising, auditing, session_papers, session_views
from workflow.services.acts import KeyReused
from workflow.services.appraisers import Wanted
from workflow.services.appraising import AppraisalError, CardEntry
from workflow.services.register import PersonEntry, RoleEntry, add_people, substitute
from workflow.storage.database import read


@contextmanager
def refused(code: str) -> Iterator[Any]:
    """The services refuse this with such an error, and it can be said in both languages."""
    with pytest.raises(AppraisalError) as found:
        yield found
    assert found.value.code == code
    for language in ("vi", "en"):
        told = sentences(found.value, language)
        assert told is not None
        assert all("{" not in line for line in told[1])


@pytest.fixture
def bench(m: Ministry) -> Bench:
    return Bench(m)


# ── handing in ───────────────────────────────────────────────────────────────────────────────────


def test_cards_come_to_a_mean_and_a_median_by_criterion_and_in_all(bench: Bench) -> None:
    bench.ask(A, B, C, LEAD)
    bench.give(A, 10, 5)
    bench.give(B, 5, 5, opinion="Sáng kiến áp dụng rộng")
    bench.give(LEAD)
    found = bench.seen(OFFICE)
    assert found is not None
    assert found.summary is not None
    assert (found.summary.mean, found.summary.median) == (Fraction(85), Fraction(85))
    assert [(each.points, each.max) for each in found.summary.criteria] == [(Fraction(15, 2), 10), (Fraction(5), 5)]
    assert (found.summary.given, found.summary.abstained, found.summary.missing) == (2, 1, 1)
    assert found.summary.opinions == ("Sáng kiến áp dụng rộng",)
    assert [(each.row.person, each.kind) for each in found.members] == [
        (A, "given"), (B, "given"), (C, ""), (LEAD, "abstained"),
    ]  # fmt: skip


def test_a_card_is_replaced_and_taken_back_and_every_version_is_kept(bench: Bench) -> None:
    bench.ask(A)
    assert bench.give(A, 10, 5).version == 1
    assert bench.give(A, 2, 1, expected=1).version == 2
    with refused("card_changed"):
        bench.give(A, 3, 1, expected=1)
    kept = appraising.take_back(bench.m.desk, bench.card(A), A, bench.m.now, expected=2)
    assert (kept.version, kept.kind) == (3, "withdrawn")
    with refused("card_none"):
        appraising.take_back(bench.m.desk, bench.card(A), A, bench.m.now)
    assert bench.m.all("SELECT version, kind FROM scorecard ORDER BY version") == [
        (1, "given"), (2, "given"), (3, "withdrawn"),
    ]  # fmt: skip
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert seen.summary is not None
    assert seen.summary.mean is None


def test_pressing_twice_is_one_card(bench: Bench) -> None:
    bench.ask(A)
    first = bench.give(A, 10, 5, request_key="once")
    again = bench.give(A, 10, 5, request_key="once")
    assert (first.version, again.version, again.replayed) == (1, 1, True)
    with pytest.raises(KeyReused):
        bench.give(A, 9, 5, request_key="once")
    assert bench.m.one("SELECT count(*) FROM scorecard") == 1


@pytest.mark.parametrize(
    ("points", "wrong"),
    [
        ({"ket_qua": 11, "sang_kien": 5}, {("ket_qua", "too_large")}),
        ({"ket_qua": -1}, {("ket_qua", "too_small"), ("sang_kien", "missing")}),
        ({"ket_qua": 1, "sang_kien": 1, "la": 1}, {("la", "unknown")}),
    ],
)
def test_a_card_with_faults_tells_all_of_them_and_writes_nothing(
    bench: Bench, points: dict[str, int], wrong: set[tuple[str, str]]
) -> None:
    bench.ask(A)
    before = bench.m.snapshot()
    with refused("card_faults") as found:
        appraising.give(bench.m.desk, bench.card(A), CardEntry(points), A, bench.m.now)
    assert {(each.criterion, each.code) for each in found.value.faults} == wrong
    assert bench.m.snapshot() == before


def test_who_is_not_asked_hands_nothing_in(bench: Bench) -> None:
    bench.ask(A)
    number = bench.card(A)
    before = bench.m.snapshot()
    for other in (B, OFFICE, "CVT/CB"):
        with refused("not_asked"):
            appraising.give(bench.m.desk, number, CardEntry({"ket_qua": 1, "sang_kien": 1}), other, bench.m.now)
        with refused("not_asked"):
            appraisal_views.card(bench.m.desk, bench.look(other), number, bench.m.now)
    with refused("not_asked"):
        appraising.give(bench.m.desk, 99999, CardEntry(), A, bench.m.now)
    assert bench.m.snapshot() == before


def test_past_the_states_of_the_appraisal_cards_stay_as_they_are(bench: Bench) -> None:
    bench.ask(A, B)
    bench.give(A, 8, 4)
    number = bench.card(B)
    bench.m.done("mark_ineligible", bench.codes, "secretariat_head", legal_ground="Điều 4 khoản 3 Nghị định 152")
    with refused("appraisal_over"):
        appraising.give(bench.m.desk, number, CardEntry({"ket_qua": 1, "sang_kien": 1}), B, bench.m.now)
    with refused("appraisal_over"):
        appraising.stand_aside(bench.m.desk, number, "Có người thân ở đơn vị", B, bench.m.now)
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert not seen.open
    assert seen.summary is not None
    assert seen.summary.given == 1


def test_a_role_that_has_ended_hands_nothing_in(bench: Bench) -> None:
    bench.ask(B)
    bench.m.sql("""UPDATE grant_of_role SET until_on = '2021-01-01' WHERE person_id =
                   (SELECT id FROM person WHERE code = 'TD2')""")
    with refused("appraiser_role"):
        bench.give(B, 1, 1)


# ── kept out ─────────────────────────────────────────────────────────────────────────────────────


def test_own_unit_is_not_asked_by_hand_and_somebody_of_another_role_neither(bench: Bench) -> None:
    before = bench.m.snapshot()
    with refused("appraisers_refused") as found:
        bench.ask(A, OWN, OTHER_LEAD, "BO/CLERK", "BO/NOBODY")
    assert [(each.wanted.person, each.code) for each in found.value.refused] == [
        (OWN, "appraiser_aside"), (OTHER_LEAD, "appraiser_role"), ("BO/CLERK", "appraiser_role"),
        ("BO/NOBODY", "unknown_actor"),
    ]  # fmt: skip
    assert bench.m.snapshot() == before


def test_a_nominee_who_was_asked_is_refused_and_the_record_says_so(bench: Bench) -> None:
    """He was asked before his own unit put him on a list."""
    bench.ask(B)
    person = bench.m.one("SELECT id FROM person WHERE code = 'TD2'")
    bench.m.sql("UPDATE nomination SET person_id = :p", p=person)
    number = bench.card(B)
    with refused("appraiser_aside"):
        appraising.give(bench.m.desk, number, CardEntry({"ket_qua": 10, "sang_kien": 5}), B, bench.m.now)
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert [(each.person, each.cause) for each in seen.aside] == [(B, "nominee")]
    assert seen.members == ()
    assert bench.m.one("SELECT count(*) FROM scorecard") == 0
    assert bench.seen(B) is None


def test_who_stands_aside_says_why_and_his_card_counts_no_more(bench: Bench) -> None:
    bench.ask(A, B)
    bench.give(A, 10, 5)
    bench.give(B, 0, 0)
    with refused("aside_words"):
        appraising.stand_aside(bench.m.desk, bench.card(B), "  ", B, bench.m.now)
    appraising.stand_aside(bench.m.desk, bench.card(B), "Có người thân trong đơn vị", B, bench.m.now)
    seen = bench.seen(OFFICE)
    assert seen is not None
    assert seen.summary is not None
    assert seen.summary.mean == 100
    assert [(each.person, each.cause, each.words) for each in seen.aside] == [
        (B, "declared", "Có người thân trong đơn vị")
    ]
    assert bench.seen(B) is None
    assert bench.ask(B) == 1  # the secretary may ask again, and he is asked then
    assert [each.row.person for each in (bench.seen(OFFICE) or seen).members] == [A, B]


def test_a_substitute_hands_in_the_card_of_his_principal(bench: Bench) -> None:
    bench.ask(A)
    substitute(bench.m.desk, A, OTHER_LEAD, bench.m.today, bench.m.today, "12/QĐ", "BO/ADMIN", bench.m.now)
    (task,) = appraisal_views.mine(bench.m.desk, bench.look(OTHER_LEAD), bench.m.now)
    assert task.for_whom
    bench.give(A, 10, 0, by=OTHER_LEAD)
    assert bench.m.all("SELECT given_by FROM scorecard") == [(OTHER_LEAD,)]
    assert bench.shown(A).card is not None


def test_a_substitute_of_the_nominees_unit_does_not(bench: Bench) -> None:
    bench.ask(A)
    substitute(bench.m.desk, A, "CVT/CB", bench.m.today, bench.m.today, "12/QĐ", "BO/ADMIN", bench.m.now)
    with refused("appraiser_aside"):
        bench.give(A, 10, 5, by="CVT/CB")


# ── who sees what ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("visible", "before", "after"), [("never", 0, 0), ("after_own", 0, 1), ("always", 1, 1)])
def test_an_appraiser_sees_the_others_as_the_flow_says(m: Ministry, visible: str, before: int, after: int) -> None:
    bench = Bench(m, f'visible = "{visible}"')
    bench.ask(A, B)
    bench.give(B, 4, 2, opinion="Chưa rõ kết quả")
    shown = bench.shown(A)
    assert (len(shown.others), shown.summary is not None) == (before, bool(before))
    bench.give(A, 10, 5)
    shown = bench.shown(A)
    assert (len(shown.others), shown.summary is not None) == (after, bool(after))
    seen = bench.seen(A)
    assert seen is not None
    assert ({each.person for each in seen.cards}, seen.members) == ({A, B} if after else {A}, ())


def test_where_it_is_blind_nothing_names_the_nominee_or_the_unit(m: Ministry) -> None:
    with_name = "Nguyễn Văn Nam A của Cục Viễn thông đạt kết quả cao"
    bench = Bench(m, "blind = true")
    m.sql("UPDATE nomination SET achievement = :words", words=with_name)
    bench.ask(A)
    bench.give(A, 7, 2, opinion="Tốt")
    view = bench.shown(A)
    told = repr((view.task, view.achievement, view.others, view.summary))
    for word in ("Nguyễn", "Viễn thông", "CVT", bench.code):
        assert word not in told
    assert view.achievement == "… của … đạt kết quả cao"
    (task,) = appraisal_views.mine(m.desk, bench.look(A), m.now)
    assert task.dossier is None
    values = "".join(row[0] for row in m.all("SELECT value FROM audit_opening"))
    assert "Tốt" not in values


def test_what_a_card_said_is_a_commitment_of_the_chain(bench: Bench) -> None:
    bench.ask(A)
    bench.give(A, 7, 2, opinion="Rất tốt")
    entry = next(each for each in auditing.last_entries(bench.m.desk) if each.kind == "appraisal")
    assert (entry.payload["what"], entry.who) == ("scored", f"{A} {A}")
    assert "Rất tốt" not in json.dumps(entry.payload, ensure_ascii=False)
    assert any("Rất tốt" in row[0] for row in bench.m.all("SELECT value FROM audit_opening"))
    assert auditing.verify(bench.m.desk).faults == ()


@pytest.mark.parametrize("person", ["CVT/CB", "CVT/TT", "CVT/HD", LEAD, B])
def test_units_and_those_who_were_not_asked_see_nothing(bench: Bench, person: str) -> None:
    bench.ask(A)
    bench.give(A, 10, 5)
    assert bench.seen(person) is None


def test_who_leads_the_appraisal_but_is_asked_himself_sees_like_an_appraiser(m: Ministry) -> None:
    bench = Bench(m)
    roles = (RoleEntry("appraiser", "all", "", SINCE), RoleEntry("secretariat", "all", "", SINCE))
    add_people(m.desk, [PersonEntry("HAI", "Người Hai Vai", roles=roles)], "BO/ADMIN", m.now)
    bench.ask(A, "BO/HAI")
    bench.give(A, 10, 5)
    seen = bench.seen("BO/HAI")
    assert seen is not None
    assert (seen.leads, seen.assigns, seen.summary, seen.cards) == (False, True, None, ())


# ── at the table ─────────────────────────────────────────────────────────────────────────────────


def tabled(m: Ministry, more: str = "") -> tuple[Bench, Chamber]:
    bench = Bench(m, more)
    bench.ask(A, B)
    bench.give(A, 10, 5)
    bench.give(B, 5, 0)
    chamber = Chamber(m)
    chamber.plan()
    chamber.table(bench.codes)
    m.on(HELD)
    chamber.open()
    return bench, chamber


def test_the_council_is_shown_what_the_cards_come_to_and_no_name(m: Ministry) -> None:
    bench, _ = tabled(m)
    (line,) = session_views.for_member(m.desk, bench.look("BO/U01"), "PH1", m.now).lines
    assert line.points is not None
    assert (line.points.mean, line.points.given) == (Fraction(65), 2)
    assert "TD2" not in repr(line.points)
    (desk_line,) = session_views.for_desk(m.desk, bench.look(OFFICE), "PH1", m.now).lines
    assert desk_line.points == line.points
    seen = bench.seen("BO/U01")
    assert seen is not None
    assert (seen.summary is not None, seen.cards, seen.members) == (True, (), ())


def test_where_the_flow_keeps_it_from_the_council_there_is_nothing(m: Ministry) -> None:
    bench, _ = tabled(m, "to_council = false")
    (line,) = session_views.for_member(m.desk, bench.look("BO/U01"), "PH1", m.now).lines
    assert line.points is None
    assert bench.seen("BO/U01") is None


def test_lines_are_ranked_by_points_where_the_rule_does(m: Ministry) -> None:
    ranked = '[vote.ministry]\nrank = { by = "points", top = 1 }'
    with_appraisal(m, change=lambda text: text.replace("[vote.ministry]", ranked))
    chamber = Chamber(m)
    codes = chamber.appraised(3)
    wanted = [Wanted(code, A) for code in codes]
    appraisers.ask(m.desk, wanted, OFFICE, m.now)
    for points, (number,) in zip((5, 9, 7), m.all("SELECT id FROM appraiser ORDER BY nomination_id"), strict=True):
        appraising.give(m.desk, number, CardEntry({"ket_qua": points, "sang_kien": 1}), A, m.now)
    chamber.plan()
    chamber.table(codes)
    m.on(HELD)
    chamber.open()
    chamber.attend(chamber.keys)
    chamber.all_cast([1, 2, 3])
    ranks: dict[str, Any] = {each.code: each.tally.rank for each in chamber.close().decided}
    assert [ranks[code] for code in codes] == [3, 1, 2]


def test_the_programme_carries_the_figures_once_everybody_has_handed_in(m: Ministry) -> None:
    bench, _ = tabled(m)
    told = [line.note for group in programme(bench).groups for line in group.lines]
    assert len(told) == 1
    assert "Điểm 65,00/100, trung vị 65,00." in told[0]
    for person in (A, B):
        assert person.partition("/")[2] not in repr(programme(bench))


def test_no_paper_tells_a_mean_while_somebody_may_still_score(bench: Bench) -> None:
    bench.ask(A, B)
    bench.give(A, 10, 5)
    (id_,) = (row[0] for row in bench.m.all("SELECT id FROM nomination"))
    with read(bench.m.engine) as connection:
        assert appraisal_views.summaries(connection, bench.m.desk, [id_], bench.m.today) == {}
    bench.give(B)
    with read(bench.m.engine) as connection:
        found = appraisal_views.summaries(connection, bench.m.desk, [id_], bench.m.today)
    assert found[id_].mean == 100


def programme(bench: Bench) -> Any:
    house = House("Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Thi đua - Khen thưởng")
    return session_papers.paper(bench.m.desk, "PH1", "chuong_trinh", OFFICE, house, bench.m.now)
