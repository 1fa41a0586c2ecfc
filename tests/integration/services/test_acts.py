"""One act, one transaction: each line decided on its own, one answer per request key, nothing by halves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.ministry import PASSED, REASON, UNIT_TALLY, Ministry, decision
from tests.support.replay import differences
from workflow.domain.facts import Held
from workflow.services import acts, checking, looking, register
from workflow.services.acts import FloodGuard, KeyReused
from workflow.services.judging import UnknownActor
from workflow.services.register import PersonEntry, RoleEntry, UnitEntry
from workflow.services.requests import ActReport
from workflow.wording import sentence


def reasons(report: ActReport) -> dict[str, list[str]]:
    return {each.code: [reason.code for reason in each.reasons] for each in report.results if not each.done}


def healthy(m: Ministry) -> None:
    report = checking.check(m.desk)
    assert report.ok, report
    assert differences(m.engine) == []


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def test_each_line_advances_or_is_refused_with_its_own_reasons(m: Ministry) -> None:
    one, two, three = m.drafts(3)
    m.done("start_unit_vote", [one, two], "unit_officer")
    report = m.act(
        "close_unit_vote",
        [one, three, "BKB-2026-99999-9", two],
        "unit_council",
        lines={
            one: {"tally": UNIT_TALLY},
            two: {"tally": {"members": 9, "present": 9, "yes": 99}},
            three: {"tally": UNIT_TALLY},
        },
    )
    assert [each.code for each in report.results] == [one, three, "BKB-2026-99999-9", two]
    assert (report.done, report.refused) == (1, 3)
    assert reasons(report) == {
        two: ["tally_impossible"] * 2,
        three: ["wrong_state"],
        "BKB-2026-99999-9": ["unknown_code"],
    }
    assert m.states([one, two, three]) == {one: "draft", two: "unit_voting", three: "draft"}
    assert m.one("SELECT done FROM act WHERE id = :id", id=report.act_id) == 1
    healthy(m)


def test_a_code_named_twice_is_one_line(m: Ministry) -> None:
    (code,) = m.drafts()
    assert len(m.done("start_unit_vote", [code, code], "unit_officer").results) == 1
    assert m.one("SELECT version FROM nomination") == 1


def test_all_or_nothing_holds_the_others_back_and_says_so(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.done("start_unit_vote", [one], "unit_officer")
    before = m.snapshot()
    report = m.act("start_unit_vote", [one, two], "unit_officer", whole=True)
    assert report.act_id is None
    assert reasons(report) == {one: ["wrong_state"], two: ["held_back"]}
    assert m.snapshot() == before
    report = m.act("start_unit_vote", [two, "X-1"], "unit_officer", whole=True)
    assert reasons(report) == {two: ["held_back"], "X-1": ["unknown_code"]}
    assert m.snapshot() == before


def test_a_wholly_refused_act_writes_nothing_and_takes_no_key(m: Ministry) -> None:
    (code,) = m.drafts()
    before = m.snapshot()
    assert m.refused("submit", [code], "unit_head", key="my-key") == [
        "documents",
        "field_missing",
        "history",
        "vote_missing",
    ]
    assert m.snapshot() == before
    assert m.act("start_unit_vote", [code], "unit_officer", key="my-key").done == 1


def test_a_preview_says_what_would_happen_and_writes_nothing(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes, "received")
    before = m.snapshot()
    request = m.request("appraise", [*codes, "X-1"], "appraiser")
    seen = acts.preview(m.desk, request, m.now)
    assert m.snapshot() == before
    assert (seen.act_id, seen.done, seen.refused, seen.deadlines_opened) == (None, 3, 1, 3)
    assert {each.to_state for each in seen.results if each.done} == {"appraising"}
    did = acts.perform(m.desk, request, m.now)
    assert replace(did, act_id=None) == seen


# ── the same request again ───────────────────────────────────────────────────────────────────────


def test_the_same_request_gets_the_same_answer_and_is_one_act(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one], "unit_voted")
    m.attach([one], "to_trinh", "danh_sach", "bb_xet_kt")
    request = m.request("submit", [one, two, "X-1"], "unit_head", letter_no="07/TTr", overrides={"tieu_chuan": REASON})
    first = acts.perform(m.desk, request, m.now)
    after = m.snapshot()
    again = acts.perform(m.desk, request, m.now + timedelta(hours=1))
    assert m.snapshot() == after
    assert again == replace(first, replayed=True)
    assert (first.done, first.refused, len(first.mails)) == (1, 2, 2)
    for each in again.results:
        for reason in each.reasons:
            assert sentence(reason, "vi")
            assert sentence(reason, "en")


def test_a_key_stands_for_one_content_of_one_person(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.done("start_unit_vote", [one], "unit_officer", key="k")
    before = m.snapshot()
    with pytest.raises(KeyReused):
        m.act("start_unit_vote", [two], "unit_officer", key="k")
    with pytest.raises(KeyReused):
        m.act("start_unit_vote", [one], "unit_officer", key="k", on=m.today)
    assert m.snapshot() == before
    assert m.act("start_unit_vote", [two], "unit_head", key="k").done == 1


def test_a_repeated_request_with_held_mails_and_hints_is_answered_in_full(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "council_voting")
    request = m.request("close_vote", [code], "council_secretary", lines={code: {"tally": PASSED}})
    first = acts.perform(m.desk, request, m.now)
    m.done("release_results", [code], "council_secretary")
    assert [each.held for each in first.mails] == [True]
    assert acts.perform(m.desk, request, m.now) == replace(first, replayed=True)


def test_whom_nobody_can_be_written_to_is_told_again_too(m: Ministry) -> None:
    register.change_unit(m.desk, "CVT", {"mailbox": ""}, "QT", m.now)
    (code,) = m.drafts()
    m.done("start_unit_vote", [code], "unit_officer")
    request = m.request("close_unit_vote", [code], "unit_council", lines={code: {"tally": UNIT_TALLY}})
    first = acts.perform(m.desk, request, m.now)
    assert first.unaddressed == (("unit", code),)
    assert acts.perform(m.desk, request, m.now) == replace(first, replayed=True)


# ── who was faster ───────────────────────────────────────────────────────────────────────────────


def test_who_comes_second_reads_who_did_what_and_when(m: Ministry) -> None:
    (code,) = m.drafts()
    m.done("start_unit_vote", [code], "unit_officer")
    report = m.act("start_unit_vote", [code], "unit_head", expected={code: 0})
    (line,) = report.results
    assert [reason.code for reason in line.reasons] == ["stale", "wrong_state"]
    for reason in line.reasons:
        assert {
            "who": "Trần Cvt Cb",
            "what": "start_unit_vote",
            "when": "09:00 01/12/2026",
        }.items() <= reason.params.items()
    flow = looking.flow_of_code(m.desk, code)
    assert sentence(line.reasons[0], "vi", flow).endswith(
        "Bước gần nhất: Trần Cvt Cb thực hiện “Đưa ra bình xét” lúc 09:00 01/12/2026."
    )
    seen = acts.preview(m.desk, m.request("start_unit_vote", [code], "unit_head", expected={code: 0}), m.now)
    assert seen.results[0].reasons == line.reasons


def test_a_dossier_that_never_moved_names_nobody(m: Ministry) -> None:
    (code,) = m.drafts()
    (line,) = m.act("receive", [code], "secretariat").results
    assert "who" not in line.reasons[-1].params
    assert "Bước gần nhất" not in sentence(line.reasons[-1], "vi")


def test_the_version_a_person_saw_lets_him_act_while_it_stands(m: Ministry) -> None:
    (code,) = m.drafts()
    assert m.act("start_unit_vote", [code], "unit_officer", expected={code: 0}).done == 1


# ── who may ──────────────────────────────────────────────────────────────────────────────────────


def test_nobody_acts_for_another_unit(m: Ministry) -> None:
    (code,) = m.drafts()
    assert m.refused("start_unit_vote", [code], "unit_officer", unit="CTS") == ["other_unit"]
    assert m.refused("start_unit_vote", [code], "secretariat") == ["role"]
    with pytest.raises(UnknownActor):
        m.act("start_unit_vote", [code], "unit_officer", actor="CVT/NOBODY")


def test_a_substitute_acts_for_his_principal_and_gets_his_mail_while_he_stands_in(m: Ministry) -> None:
    register.add_people(m.desk, [PersonEntry("THAY", "Người Thay", "CVT", "thay@cvt.example")], "QT", m.now)
    register.substitute(m.desk, "CVT/TT", "CVT/THAY", m.today, m.today + timedelta(days=2), "QĐ 5", "QT", m.now)
    (code,) = m.drafts()
    m.walk([code], "unit_voted")
    m.attach([code], "to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt")
    m.done("submit", [code], "unit_head", actor="CVT/THAY", letter_no="07", overrides={"tieu_chuan": REASON})
    assert m.one("SELECT memory FROM nomination").count('"CVT/THAY"') == 1
    events = looking.history(m.desk, code)
    assert events[-1].data["stood_for"] == ["CVT/TT"]
    m.on(m.today + timedelta(days=1))
    # The one and the other are one person to a separation of duties.
    register.grant(m.desk, "CVT/TT", RoleEntry("secretariat"), "QT", m.now)
    assert m.refused("receive", [code], "secretariat", actor="CVT/TT") == ["not_by"]
    m.done("receive", [code], "secretariat")
    m.done("appraise", [code], "appraiser")
    report = m.done(
        "mark_ineligible", [code], "secretariat_head", lines={code: {"legal_ground": "Điều 5 khoản 3 Nghị định"}}
    )
    assert sorted(each.address for each in report.mails) == ["thay@cvt.example", "tt@cvt.example"]
    m.on(m.today + timedelta(days=3))
    m.done("reopen", [code], "secretariat_head", reason="Có tài liệu mới về thành tích", document="1")
    report = m.act(
        "mark_ineligible", [code], "secretariat_head", lines={code: {"legal_ground": "Điều 5 khoản 3 Nghị định"}}
    )
    assert [each.address for each in report.mails] == ["tt@cvt.example"]
    assert m.refused("withdraw", [code], "unit_head", actor="CVT/THAY", letter_no="9") == ["role", "wrong_state"]


def test_a_role_ends_on_its_day(m: Ministry) -> None:
    (code,) = m.drafts()
    register.revoke_grant(m.desk, "CVT/CB", "unit_officer", m.today, "QT", m.now)
    assert m.refused("start_unit_vote", [code], "unit_officer") == ["role"]


def test_a_nominee_takes_no_part_in_his_own_dossier(m: Ministry) -> None:
    (code,) = m.bring_in([("CB", "Trần Cvt Cb", "Bằng khen của Bộ trưởng")])
    assert m.refused("start_unit_vote", [code], "unit_officer") == ["own_case"]
    m.done("start_unit_vote", [code], "unit_head")


def test_no_act_is_done_in_the_future_nor_far_in_the_past(m: Ministry) -> None:
    (code,) = m.drafts()
    assert m.refused("start_unit_vote", [code], "unit_officer", on=m.today + timedelta(days=1)) == ["future_date"]
    assert m.refused("start_unit_vote", [code], "unit_officer", on=m.today - timedelta(days=61)) == ["backdated"]
    request = replace(
        m.request("start_unit_vote", [code], "unit_officer", on=date(2026, 11, 24)), backdating_reason="Dấu bưu điện"
    )
    assert acts.perform(m.desk, request, m.now).done == 1
    row = m.all("SELECT occurred_on, recorded_at, fields FROM act WHERE transition = 'start_unit_vote'")[0]
    assert str(row[0]) == "2026-11-24"
    assert "Dấu bưu điện" in str(row[2])
    healthy(m)


# ── mails ────────────────────────────────────────────────────────────────────────────────────────


def test_an_act_on_five_hundred_names_is_one_mail_to_each_unit(m: Ministry) -> None:
    codes = [*m.drafts(250), *m.drafts(250, unit="CTS")]
    for unit, mine in (("CVT", codes[:250]), ("CTS", codes[250:])):
        m.walk(mine, "submitted", unit=unit)
    m.on(m.today + timedelta(days=1))
    report = m.done("receive", codes, "secretariat")
    assert [(each.address, each.lines, each.template) for each in report.mails] == [
        ("tdkt@cvt.example", 250, "received"),
        ("tdkt@cts.example", 250, "received"),
    ]
    assert m.one("SELECT count(*) FROM mail WHERE cause = :cause", cause=f"act:{report.act_id}") == 2
    assert (
        m.one(
            "SELECT count(*) FROM mail_line l JOIN mail m ON m.id = l.mail_id WHERE m.cause = :c",
            c=f"act:{report.act_id}",
        )
        == 500
    )
    healthy(m)


def test_a_mail_lists_each_dossier_with_what_is_its_own(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "submitted")
    m.on(m.today + timedelta(days=1))
    due = m.today + timedelta(days=7)
    lines = {one: {"defects": ["Thiếu biên bản", "Sai mẫu"]}, two: {"defects": ["Thiếu chữ ký"]}}
    m.done("request_supplement", [one, two], "secretariat", due_on=due, lines=lines)
    found = [context for _, context in m.contexts("supplement")]
    assert [context["note"] for context in found] == ["Thiếu biên bản; Sai mẫu", "Thiếu chữ ký"]
    assert {context["due_on"] for context in found} == {f"{due:%d/%m/%Y}"}


def test_nothing_of_a_result_reaches_the_unit_before_it_is_released(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "council_voting")
    shown = m.all("SELECT DISTINCT shown_state FROM nomination")
    m.done("close_vote", [one], "council_secretary", lines={one: {"tally": PASSED}})
    m.done("close_vote", [two], "council_secretary", lines={two: {"tally": {**PASSED, "yes": 11, "no": 4}}})
    assert m.states() == {one: "signing", two: "council_rejected"}
    assert m.all("SELECT DISTINCT shown_state FROM nomination") == shown
    m.done("extend", [one], "secretariat_head", due_on=m.today + timedelta(days=9), reason="Chờ ý kiến của Lãnh đạo Bộ")
    m.done("suspend", [one], "secretariat_head", reason="Đang có đơn thư cần xác minh", document="1/TB")
    m.done("resume", [one], "secretariat_head", document="2/KL")
    m.on(m.today + timedelta(days=14), 8)
    m.sweep()
    told_to_unit = [context for address, context in m.contexts(state="queued") if address.endswith("cvt.example")]
    words = {context["state_label"] for context in told_to_unit}
    assert len(told_to_unit) > 10
    flow = looking.flow_of_code(m.desk, one)
    assert flow is not None
    told = {flow.states["signing"].unit.vi, flow.states["council_rejected"].unit.vi}
    assert not words & told
    assert ("tdkt@cvt.example", "council_result", 1) not in m.mails()
    assert m.one("SELECT count(*) FROM mail WHERE state = 'held'") == 2
    m.done("release_results", [one, two], "council_secretary")
    assert m.mails().count(("tdkt@cvt.example", "council_result", 1)) == 2
    assert m.all("SELECT state, shown_state FROM nomination ORDER BY id") == [
        ("signing", "signing"),
        ("council_rejected", "council_rejected"),
    ]
    assert m.one("SELECT count(*) FROM mail WHERE state = 'held'") == 0
    healthy(m)


def test_a_result_released_for_some_goes_out_for_those_alone(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes, "signing")
    m.done("release_results", codes[:1], "council_secretary")
    assert m.mails().count(("tdkt@cvt.example", "council_result", 1)) == 1
    assert m.mails("held") == [("tdkt@cvt.example", "council_result", 2)]
    m.done("withdraw", codes[1:2], "unit_head", letter_no="9/CV")
    assert m.mails("held") == [("tdkt@cvt.example", "council_result", 1)]
    healthy(m)


def test_an_act_that_would_flood_is_asked_about_first_and_writes_nothing(m: Ministry) -> None:
    codes = m.drafts(2)
    m.walk(codes, "submitted")
    m.on(m.today + timedelta(days=1))
    desk = m.another_desk(flood_guard=0)
    before = m.snapshot()
    with pytest.raises(FloodGuard) as caught:
        acts.perform(desk, m.request("receive", codes, "secretariat"), m.now, confirmed=False)
    assert (caught.value.mails, caught.value.limit) == (1, 0)
    assert m.snapshot() == before
    assert acts.perform(desk, m.request("receive", codes, "secretariat"), m.now, confirmed=True).done == 2


def test_mails_wait_for_a_person_where_the_desk_holds_them(m: Ministry) -> None:
    codes = m.drafts(2)
    m.walk(codes, "submitted")
    m.on(m.today + timedelta(days=1))
    acts.perform(m.another_desk(hold_mail=True), m.request("receive", codes, "secretariat"), m.now)
    assert m.mails("held") == [("tdkt@cvt.example", "received", 2)]


def test_who_has_two_roles_gets_one_mail(m: Ministry) -> None:
    register.grant(m.desk, "BO/COUNCIL_SECRETARY", RoleEntry("council_member"), "QT", m.now)
    (code,) = m.drafts()
    m.walk([code], "council_pending")
    assert m.mails().count(("council-secretary@bo.example", "scheduled", 1)) == 1


def test_a_reminder_that_waits_is_taken_back_when_its_limit_closes(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    m.on(m.calendar.add_working(m.today, 2), 8)
    m.sweep()
    assert ("secretariat@bo.example", "digest", 1) in m.mails()
    m.done("receive", [code], "secretariat")
    assert ("secretariat@bo.example", "digest", 1) not in m.mails()
    assert m.mails("cancelled") == [("secretariat@bo.example", "digest", 1)]
    healthy(m)


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


def test_one_decision_is_one_number_for_many_dossiers(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes, "decided")
    (paper,) = m.all("SELECT number, full_number, award, kind, signer FROM decision")
    assert paper == (1201, "1201/QĐ-BKHCN", "bang_khen_bo", "merit", "Bộ trưởng")
    assert m.one("SELECT count(DISTINCT decision_id) FROM nomination") == 1
    assert (
        m.one("SELECT count(*) FROM history WHERE nomination_id IS NOT NULL AND award = 'bang_khen_bo' AND year = 2026")
        == 3
    )


def test_a_number_of_a_symbol_and_year_stands_for_one_decision(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "released")
    m.on(m.today + timedelta(days=1))
    m.done("decide", [one], "clerk", decision=decision(7, m.today))
    before = m.snapshot()
    assert m.refused("decide", [two], "clerk", decision=decision(7, m.today)) == ["number_used"]
    assert m.refused("decide", [two], "unit_head", decision=decision(7, m.today)) == ["not_by", "number_used", "role"]
    assert m.snapshot() == before
    m.done("decide", [two], "clerk", decision=decision(7, m.today, symbol="QĐ-BKHCN-TDKT"))
    assert m.one("SELECT full_number FROM decision ORDER BY id LIMIT 1") == "07/QĐ-BKHCN"


def test_one_decision_takes_one_award_kind_and_signer(m: Ministry) -> None:
    m.publish("bang_khen_chuyen_de")
    one, two = m.drafts(2)
    m.walk([one, two], "appraising")
    m.done("change_award", [two], "secretariat", to_flow="bang_khen_chuyen_de", unit_consent="27/CV")
    m.walk([one], "released", skip=("unit_voted", "submitted", "received", "appraising"))
    m.sql("UPDATE nomination SET state = 'signing' WHERE code = :two", two=two)
    report = m.act("decide", [one, two], "clerk", decision=decision(7, m.today))
    assert {code for each in reasons(report).values() for code in each} >= {"mixed_awards"}
    assert report.done == 0
    m.sql(
        "UPDATE nomination SET award = 'bang_khen_bo', kind = 'merit', flow_version_id = 1 WHERE code = :two", two=two
    )
    m.publish(
        "bang_khen_bo",
        change=lambda text: text.replace('signer = "minister"', 'signer = "prime_minister"').replace(
            "2026.1", "2026.2"
        ),
    )
    m.sql("UPDATE nomination SET flow_version_id = 3 WHERE code = :two", two=two)
    report = m.act("decide", [one, two], "clerk", decision=decision(7, m.today))
    assert [
        each[0].params["awards"]
        for each in ([r for r in line.reasons if r.code == "mixed_awards"] for line in report.results)
    ] == [("bang_khen_bo/merit/minister", "bang_khen_bo/merit/prime_minister")] * 2


def test_the_unit_of_a_person_without_any_role_is_no_way_in(m: Ministry) -> None:
    register.add_units(m.desk, [UnitEntry("ZZZ", "Đơn vị khác", "cuc", date(2020, 1, 1))], "QT", m.now)
    register.add_people(m.desk, [PersonEntry("X", "Người Ngoài", "ZZZ")], "QT", m.now)
    (code,) = m.drafts()
    why = looking.why(m.desk, code, "ZZZ/X", m.now)
    assert why.actor.held == ()
    assert all(any(reason.code == "role" for reason in each.reasons) for each in why.options)
    assert Held("x").scope_kind == "all"
