"""What the mails of real acts say: the result and not the votes, the reader's own limit, papers, the right award."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from notifications.tables import MAIL
from tests.support.ministry import FAILED, PASSED, REASON, UNIT_TALLY, Ministry, decision
from workflow.storage.database import read

HALF = {**UNIT_TALLY, "yes": 4, "no": 5}


def acts_words(m: Ministry, template: str, address: str) -> dict[str, Any]:
    """What the newest mail of this template to this address says of its act as a whole."""
    query = select(MAIL.c.context).where(MAIL.c.template == template, MAIL.c.address == address)
    with read(m.engine) as connection:
        return dict(connection.execute(query.order_by(MAIL.c.id.desc())).scalars().first() or {})


def told(m: Ministry, template: str, name: str, address: str = "tdkt@cvt.example") -> list[Any]:
    """One word of every line in mails of this template to this address, in order."""
    return [context[name] for to, context in m.contexts(template) if to == address]


def test_a_unit_reads_who_was_put_forward_and_no_votes(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.done("start_unit_vote", [one, two], "unit_officer")
    m.done("close_unit_vote", [one, two], "unit_council", lines={one: {"tally": UNIT_TALLY}, two: {"tally": HALF}})
    assert told(m, "unit_result", "result") == ["Được đơn vị đề nghị", "Không được Hội đồng cơ sở đề nghị"]
    assert told(m, "unit_result", "turn") == [True, False]
    assert not any(word in str(m.contexts("unit_result")) for word in ("tally", "yes", "'8'", "minutes"))


def test_a_released_result_says_what_the_council_concluded(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "council_voting")
    m.done("close_vote", [one, two], "council_secretary", lines={one: {"tally": PASSED}, two: {"tally": FAILED}})
    assert told(m, "council_result", "result") == ["Hội đồng thống nhất đề nghị", "Hội đồng không thông qua"]
    assert [row[0] for row in m.mails("held")] == ["tdkt@cvt.example"]


def test_each_reader_is_told_his_own_limit_and_whether_it_is_his_turn(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "submitted")
    due = f"{m.limits(code)['state.submitted']:%d/%m/%Y}"
    desk = "secretariat@bo.example"
    assert (told(m, "submitted", "due_on", desk), told(m, "submitted", "turn", desk)) == ([due], [True])
    assert (told(m, "receipt", "due_on"), told(m, "receipt", "turn")) == ([""], [False])


def test_a_unit_is_told_until_when_the_ministry_works(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "received")
    spanning = [day for name, day in m.limits(code).items() if "." not in name]
    assert told(m, "received", "ends_on") == [f"{min(spanning):%d/%m/%Y}"]


def test_the_council_is_told_the_day_it_meets_and_by_when_answers_in_writing_are_due(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "proved")
    day, passed = m.today.replace(day=14), {"tieu_chuan": REASON, "trung_thanh_tich": REASON}
    m.done("schedule", [one], "secretariat", session="Phiên 2", session_on=day, overrides=passed)
    member = acts_words(m, "scheduled", "council-member@bo.example")
    assert (member["session"], member["session_on"], member["reply_by"]) == ("Phiên 2", "14/12/2026", "")
    by = day.replace(day=11)
    m.done("schedule", [two], "secretariat", session="Phiên 2", session_on=day, due_on=by, overrides=passed)
    member = acts_words(m, "scheduled", "council-member@bo.example")
    assert (member["reply_by"], member["due_on"]) == ("11/12/2026", "")


def test_the_proof_list_shows_the_post_that_will_be_printed(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "proved")
    assert told(m, "proof_list", "post") == ["Chuyên viên, Phòng Tổng hợp"]
    assert told(m, "proof_list", "due_on") != [""]


def test_a_correction_names_the_decision_and_what_it_changes(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "decided")
    m.done("correct", [code], "secretariat", document="12/ĐC", lines={code: {"name": "Nguyễn Văn Năm"}})
    ((_, line),) = m.contexts("corrected")
    assert line["name"] == "Nguyễn Văn Nam B"
    assert line["note"] == "Họ tên, tên tập thể đúng: Nguyễn Văn Năm"
    assert (line["decision_number"], line["decision_on"]) == ("1201/QĐ-BKHCN", f"{m.today:%d/%m/%Y}")
    assert acts_words(m, "corrected", "tdkt@cvt.example")["document"] == "12/ĐC"


def test_a_change_of_award_shows_the_new_award_beside_the_old(m: Ministry) -> None:
    m.publish("cstd_bo")
    (code,) = m.drafts()
    m.walk([code], "appraising")
    m.done("change_award", [code], "secretariat", to_flow="cstd_bo", unit_consent="12/CVT-TCCB")
    ((_, line),) = m.contexts("award_changed")
    assert (line["award"], line["note"]) == ("Chiến sĩ thi đua cấp Bộ", "Bằng khen của Bộ trưởng")
    assert acts_words(m, "award_changed", "tdkt@cvt.example")["document"] == "12/CVT-TCCB"


def test_the_grounds_of_several_returned_dossiers_stand_in_their_lines(m: Ministry) -> None:
    one, two = m.drafts(2)
    m.walk([one, two], "appraising")
    grounds = {one: {"legal_ground": "Luật số 06/2022, Điều 74"}, two: {"legal_ground": "Nghị định 152, Điều 33"}}
    m.done("mark_ineligible", [one, two], "secretariat_head", lines=grounds)
    assert told(m, "ineligible", "note", "tt@cvt.example") == ["Luật số 06/2022, Điều 74", "Nghị định 152, Điều 33"]


def test_a_ground_given_for_the_only_dossier_is_said_once(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "appraising")
    m.done("mark_ineligible", [code], "secretariat_head", lines={code: {"legal_ground": "Luật số 06/2022, Điều 74"}})
    ((_, line),) = m.contexts("ineligible")
    assert "note" not in line
    assert acts_words(m, "ineligible", "tt@cvt.example")["legal_ground"] == "Luật số 06/2022, Điều 74"


def test_a_revocation_names_the_award_decision_it_revokes(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "decided")
    m.done("revoke", [code], "signer", decision_no="60/QĐ-BKHCN")
    ((_, line),) = m.contexts("revoke")
    said = acts_words(m, "revoke", "tt@cvt.example")
    assert (line["decision_number"], said["decision_number"]) == ("1201/QĐ-BKHCN", "60/QĐ-BKHCN")
    assert said["due_on"] == f"{m.limits(code)['return_items']:%d/%m/%Y}"
    assert "Điều 93" in said["legal"]
    m.done("returned_items", [code], "secretariat", receipt_no="02/BBGN")
    assert acts_words(m, "revoked", "tdkt@cvt.example")["receipt_no"] == "02/BBGN"


def test_a_decision_is_told_with_its_number_day_and_signer(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "released")
    m.done("decide", [code], "clerk", decision=decision(5, m.today))
    said = acts_words(m, "decided", "tdkt@cvt.example")
    assert said["decision_number"] == "05/QĐ-BKHCN"
    assert (said["decision_on"], said["signer"]) == (f"{m.today:%d/%m/%Y}", "Bộ trưởng")
