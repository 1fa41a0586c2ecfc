"""What some acts do beside moving a line: tasks, extensions, corrections, another award, reopening, revocation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from tests.support.ministry import FAILED, PASSED, REASON, Ministry, decision
from tests.support.replay import differences
from workflow.domain import deadlines, letters
from workflow.services import acts, checking, listing, looking, register, viewing
from workflow.services.effects import SubjectRefused
from workflow.storage.database import read

GROUND = "Gian dối trong kê khai thành tích"


def ok(m: Ministry) -> None:
    report = checking.check(m.desk)
    assert report.ok, report
    assert differences(m.engine) == []


# ── tasks beside the state ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def cp(m: Ministry) -> tuple[Ministry, str]:
    """A flag of the Government in appraisal: its bodies must be consulted."""
    m.publish("co_thi_dua_cp")
    register.set_counts(m.desk, "2026", {"cluster_leaders": 34}, "QT", m.now)
    (code,) = m.bring_in([("", "Cục Viễn thông", "Cờ thi đua của Chính phủ")])
    m.walk([code], "unit_voted")
    m.done("ask_cluster", [code], "unit_head")
    tally = {"members": 9, "present": 9, "yes": 9, "rank": 1, "minutes": "1/BB"}
    m.done("close_cluster_vote", [code], "cluster_head", lines={code: {"tally": tally}})
    m.attach([code], "to_trinh", "danh_sach", "bao_cao_tt", "bb_suy_ton", "bb_binh_xet")
    m.done("submit", [code], "unit_head", letter_no="07")
    m.on(m.today + timedelta(days=1))
    m.done("receive", [code], "secretariat", paper_on=m.today, file_on=m.today)
    m.done("appraise", [code], "appraiser")
    return m, code


def test_bodies_are_asked_at_once_and_answer_one_by_one(cp: tuple[Ministry, str]) -> None:
    m, code = cp
    meeting = {"session": "Phiên 1", "session_on": m.today + timedelta(days=3)}
    assert m.refused("schedule", [code], "secretariat", **meeting) == ["tasks_open"]
    m.done("open_consult", [code], "secretariat", bodies=["Vụ A", "Vụ B"])
    assert m.limits(code)["task.consult"] == m.calendar.add_working(m.today, 10)
    (line,) = m.act("schedule", [code], "secretariat", **meeting).results
    assert line.reasons[0].params["waiting"] == ("Vụ A", "Vụ B")
    m.done("close_consult", [code], "secretariat", body="Vụ A", reply="Nhất trí")
    assert "task.consult" in m.limits(code)
    m.done("close_consult", [code], "secretariat", body="Vụ B", reply="Đề nghị làm rõ")
    assert "task.consult" not in m.limits(code)
    assert m.all("SELECT body, reply FROM task ORDER BY id") == [("Vụ A", "Nhất trí"), ("Vụ B", "Đề nghị làm rõ")]
    m.done("open_consult", [code], "secretariat", bodies=["Vụ B"])
    assert m.all("SELECT body, run FROM task ORDER BY id") == [("Vụ A", 1), ("Vụ B", 1), ("Vụ B", 2)]
    assert m.refused("schedule", [code], "secretariat", **meeting) == ["tasks_open"]
    m.done("close_consult", [code], "secretariat", body="Vụ B", reply="Nhất trí")
    assert m.all("SELECT run, reply FROM task WHERE body = 'Vụ B' ORDER BY run") == [
        (1, "Đề nghị làm rõ"),
        (2, "Nhất trí"),
    ]
    m.done("schedule", [code], "secretariat", **meeting)
    ok(m)


def test_where_silence_does_not_block_the_time_settles_it_and_nobody_decides(cp: tuple[Ministry, str]) -> None:
    m, code = cp
    m.done("open_consult", [code], "secretariat", bodies=["Vụ A"])
    due = m.limits(code)["task.consult"]
    m.on(due)
    meeting = {"session": "Phiên 1", "session_on": due + timedelta(days=5)}
    (line,) = m.act("schedule", [code], "secretariat", **meeting).results
    assert (line.reasons[0].code, line.reasons[0].from_on) == ("tasks_open", due + timedelta(days=1))
    m.on(due + timedelta(days=1))
    m.sweep()
    assert m.state(code) == "appraising"
    m.done("schedule", [code], "secretariat", **meeting)


def test_publication_lasts_its_least_time(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "appraising")
    assert m.refused("close_publish", [code], "secretariat", reply="Không có ý kiến") == ["documents", "task_not_open"]
    m.done("open_publish", [code], "secretariat", place="Cổng thông tin của Bộ")
    m.attach([code], "bc_cong_khai")
    (line,) = m.act("close_publish", [code], "secretariat", reply="Không có ý kiến").results
    (reason,) = line.reasons
    assert (reason.code, reason.from_on) == ("task_too_short", m.calendar.add_working(m.today, 5))
    m.on(reason.from_on)  # type: ignore[arg-type]
    m.done("close_publish", [code], "secretariat", reply="Không có ý kiến")
    ok(m)


# ── more time, and another day than the count gave ───────────────────────────────────────────────


def test_an_extension_moves_the_limit_and_keeps_how_it_came_about(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "appraising")
    before, due = m.limits(code), m.today + timedelta(days=60)
    m.done("extend", [code], "secretariat_head", due_on=due, reason="Chờ kết luận của đoàn thanh tra")
    assert m.limits(code) == {**before, "state.appraising": due}
    told = deadlines.explain(m.one("SELECT derivation FROM deadline WHERE name = 'state.appraising'"), m.calendar, due)
    assert [(each.day, each.until) for each in told.lines if each.what == "extended"] == [(m.today, due)]
    assert any(each.what == "counted" for each in told.lines)
    ok(m)


def test_a_suspension_stops_the_clocks_and_gives_back_what_was_left(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "appraising")
    before = m.limits(code)
    left = {name: m.calendar.working_between(m.today, due) for name, due in before.items()}
    m.done("suspend", [code], "secretariat_head", reason="Đang thanh tra đơn vị", document="1/QĐ")
    assert set(m.limits(code)) == {"state.suspended"}
    m.on(m.today + timedelta(days=30))
    m.sweep()
    m.done("resume", [code], "secretariat_head", document="2/KL")
    assert {name: m.calendar.working_between(m.today, due) for name, due in m.limits(code).items()} == left
    ok(m)


# ── what was printed wrongly ─────────────────────────────────────────────────────────────────────


def test_a_correction_keeps_what_stood_before_in_its_event(m: Ministry) -> None:
    (code,) = m.bring_in([("NV-1", "Nguyễn Văn An", "Bằng khen của Bộ trưởng")])
    m.walk([code], "decided")
    m.done(
        "correct",
        [code],
        "secretariat",
        document="12/QĐ-ĐC",
        lines={code: {"name": "  Nguyễn  Văn  Ân ", "position": "Phó phòng"}},
    )
    row = m.all("SELECT name, name_folded, position, workplace, state FROM nomination")[0]
    assert row == ("Nguyễn Văn Ân", "nguyen van an", "Phó phòng", "Phòng Tổng hợp", "decided")
    event = looking.history(m.desk, code)[-1]
    assert event.data["before"] == {"name": "Nguyễn Văn An", "position": "Chuyên viên"}
    m.done("correct", [code], "secretariat", document="13/QĐ-ĐC", lines={code: {"workplace": "Phòng Nghiệp vụ 1"}})
    assert looking.history(m.desk, code)[-1].data["before"] == {"workplace": "Phòng Tổng hợp"}
    assert m.one("SELECT count(*) FROM decision") == 1
    ok(m)


def test_a_correction_that_names_nothing_changes_nothing(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "decided")
    before = m.all("SELECT name, position, workplace FROM nomination")
    m.done("correct", [code], "secretariat", document="12/QĐ-ĐC")
    assert m.all("SELECT name, position, workplace FROM nomination") == before
    assert "before" not in looking.history(m.desk, code)[-1].data


def test_a_collective_is_corrected_and_sorted_as_a_collective(m: Ministry) -> None:
    (code,) = m.bring_in([("", "Phòng Đối ngoại", "Bằng khen của Bộ trưởng")])
    m.walk([code], "decided")
    m.done("correct", [code], "secretariat", document="12", lines={code: {"name": "Phòng Ánh sáng"}})
    assert m.one("SELECT name_folded FROM nomination") == "phong anh sang"


# ── another award for the same dossier ───────────────────────────────────────────────────────────


def test_a_change_of_award_keeps_identity_code_and_complete_day(m: Ministry) -> None:
    m.publish("bang_khen_chuyen_de")
    (code,) = m.drafts()
    m.walk([code], "proved")
    complete, limits = m.one("SELECT complete_on FROM nomination"), m.limits(code)
    m.on(m.today + timedelta(days=6))
    m.done("change_award", [code], "secretariat", to_flow="bang_khen_chuyen_de", unit_consent="27/CV")
    row = m.all("SELECT code, flow_id, award, kind, state, complete_on, pinned FROM nomination")[0]
    assert row[:6] == (code, "bang_khen_chuyen_de", "bang_khen_bo", "thematic", "appraising", complete)
    assert m.limits(code)["ministry"] == m.calendar.add_working(day(complete), 25)
    assert set(m.limits(code)) == set(limits)
    counts = dict(m.all("SELECT flow_id || '/' || state, amount FROM state_count WHERE amount <> 0"))
    assert counts == {"bang_khen_chuyen_de/appraising": 1}
    ok(m)


def day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def test_a_change_of_award_voids_the_vote_of_the_council(m: Ministry) -> None:
    m.publish("bang_khen_chuyen_de")
    (code,) = m.drafts()
    m.walk([code], "council_voting")
    m.done("change_award", [code], "secretariat", to_flow="bang_khen_chuyen_de", unit_consent="27/CV")
    assert m.state(code) == "council_voting"
    m.done("close_vote", [code], "council_secretary", lines={code: {"tally": PASSED}})
    ok(m)


def test_what_runs_beside_the_state_goes_on_under_the_new_award(m: Ministry) -> None:
    m.publish("bang_khen_chuyen_de")
    (code,) = m.drafts()
    m.walk([code], "appraising")
    m.done("send_proof", [code], "secretariat")
    m.done("open_publish", [code], "secretariat", place="Cổng thông tin")
    before = m.limits(code)
    m.done("change_award", [code], "secretariat", to_flow="bang_khen_chuyen_de", unit_consent="27/CV")
    after = m.limits(code)
    assert {name: after[name] for name in ("proof", "task.publish")} == {
        name: before[name] for name in ("proof", "task.publish")
    }
    m.done("confirm_proof", [code], "unit_officer")
    assert "proof" not in m.limits(code)
    ok(m)


# ── reopening ────────────────────────────────────────────────────────────────────────────────────


def test_what_the_council_did_not_pass_is_reopened_by_a_stronger_right_and_voted_anew(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "council_voting")
    m.done("close_vote", [code], "council_secretary", lines={code: {"tally": FAILED}})
    assert m.one("SELECT outcome FROM nomination") == "council_rejected"
    again = {"reason": "Có tài liệu mới về thành tích", "document": "26/CV"}
    assert m.refused("reopen", [code], "secretariat", **again) == ["not", "role"]
    m.done("release_results", [code], "secretariat_head")
    m.done("archive", [code], "secretariat")
    assert m.refused("archive", [code], "secretariat") == ["archived"]
    m.done("reopen", [code], "secretariat_head", **again)
    assert m.all("SELECT state, outcome FROM nomination") == [("appraising", None)]
    assert "ministry" in m.limits(code)
    m.walk([code], "decided", skip=("unit_voted", "submitted", "received", "appraising"))
    assert m.one("SELECT outcome FROM nomination") is None
    m.done("notify", [code], "secretariat", letter_no="01/TB")
    m.done("award", [code], "secretariat", occasion="Hội nghị tổng kết")
    assert m.one("SELECT outcome FROM nomination") == "awarded"
    ok(m)


def test_a_unit_withdraws_and_only_the_desk_restores(m: Ministry) -> None:
    (code,) = m.drafts()
    m.walk([code], "received")
    m.done("withdraw", [code], "unit_head", letter_no="9/CV")
    assert m.all("SELECT state, outcome FROM nomination") == [("withdrawn", "withdrawn")]
    assert m.limits(code) == {}
    assert m.refused("reopen_withdrawn", [code], "unit_head", reason="Đơn vị đề nghị xét lại") == ["role"]
    m.done("reopen_withdrawn", [code], "secretariat_head", reason="Đơn vị đề nghị xét lại")
    assert m.all("SELECT state, outcome FROM nomination") == [("draft", None)]
    ok(m)


# ── revocation ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def revoking(m: Ministry) -> tuple[Ministry, str, str]:
    """A decided dossier, and a revocation about it that stands before the signer."""
    m.publish("huy_bo")
    (subject,) = m.drafts()
    m.walk([subject], "notified")
    return m, subject, _revocation(m, subject)


def _revocation(m: Ministry, subject: str, letter: str = "70/TTr") -> str:
    line = [("NV-00001", "Nguyễn Văn Nam B", "Hủy bỏ quyết định khen thưởng")]
    key = m.look(line).new[0].line_key
    (code,) = m.bring_in(line, letter=letter, subjects={key: subject})
    m.attach([code], "to_trinh", "tom_tat", "qd", "ket_luan")
    m.done("submit", [code], "unit_head", letter_no=letter, ground=GROUND)
    m.on(m.today + timedelta(days=1))
    m.done("receive", [code], "secretariat")
    m.done("appraise", [code], "appraiser")
    m.done("propose", [code], "secretariat", letter_no="90/TTr")
    return code


def test_deciding_a_revocation_revokes_its_subject_in_the_same_transaction(revoking: tuple[Ministry, str, str]) -> None:
    m, subject, code = revoking
    report = m.done("decide", [code], "clerk", decision=decision(1301, m.today))
    assert m.states([subject, code]) == {subject: "revoked", code: "decided"}
    events = looking.history(m.desk, subject)
    assert (events[-1].transition, events[-1].act_fields["decision_no"]) == ("revoke", "1301/QĐ-BKHCN")
    assert (
        m.one(
            "SELECT count(*) FROM act WHERE recorded_at = (SELECT recorded_at FROM act WHERE id = :id)",
            id=report.act_id,
        )
        >= 2
    )
    assert ("tt@cvt.example", "revoke", 1) in m.mails()
    assert str(m.one("SELECT revoked_on FROM history WHERE nomination_id = 1")) == m.today.isoformat()
    assert m.one("SELECT count(*) FROM decision") == 2
    assert m.one("SELECT count(*) FROM history WHERE award = 'huy_bo'") == 0
    assert m.limits(subject) == {"return_items": m.calendar.add_working(m.today, 15)}
    ok(m)
    again = m.act("decide", [code], "clerk", decision=decision(1302, m.today))
    assert again.done == 0


@pytest.mark.parametrize("state", ["revoked", "signing", "gone"])
def test_if_the_subject_refuses_nothing_at_all_is_written(revoking: tuple[Ministry, str, str], state: str) -> None:
    m, subject, code = revoking
    m.sql("UPDATE nomination SET state = :state WHERE code = :c", state=state, c=subject)
    before = m.snapshot()
    if state == "revoked":
        assert m.refused("decide", [code], "clerk", decision=decision(1301, m.today)) == ["subject"]
    else:
        with pytest.raises(SubjectRefused) as caught:
            m.act("decide", [code], "clerk", decision=decision(1301, m.today))
        assert [each.code for each in caught.value.results if not each.done] == [subject]
        assert caught.value.results[0].reasons
    assert m.snapshot() == before


def test_two_revocations_about_one_subject_cannot_both_be_decided_in_one_act(
    revoking: tuple[Ministry, str, str],
) -> None:
    m, subject, code = revoking
    m.sql(
        "UPDATE nomination SET outcome = 'withdrawn' WHERE code = :c", c=code
    )  # so that a second one may be handed in
    other = _revocation(m, subject, "71/TTr")
    m.sql("UPDATE nomination SET outcome = NULL WHERE code = :c", c=code)
    before = m.snapshot()
    with pytest.raises(SubjectRefused):
        m.act("decide", [code, other], "clerk", decision=decision(1301, m.today))
    assert m.snapshot() == before
    m.done("decide", [code], "clerk", decision=decision(1301, m.today))
    assert m.refused("decide", [other], "clerk", decision=decision(1302, m.today)) == ["subject"]


def test_the_same_request_to_revoke_again_is_one_revocation(revoking: tuple[Ministry, str, str]) -> None:
    m, subject, code = revoking
    request = m.request("decide", [code], "clerk", key="k" * 78, decision=decision(1301, m.today))
    first = acts.perform(m.desk, request, m.now)
    assert first.done == 1
    assert acts.perform(m.desk, request, m.now).replayed
    assert len([each for each in looking.history(m.desk, subject) if each.transition == "revoke"]) == 1
    assert m.one("SELECT max(length(request_key)) FROM act") <= 80


def test_an_issued_decision_is_never_erased(revoking: tuple[Ministry, str, str]) -> None:
    m, subject, code = revoking
    papers = m.all("SELECT * FROM decision")
    m.done("decide", [code], "clerk", decision=decision(1301, m.today))
    assert m.all("SELECT * FROM decision ORDER BY id")[: len(papers)] == papers
    assert m.one("SELECT decision_id FROM nomination WHERE code = :c", c=subject) == papers[0][0]


# ── codes of a selection ─────────────────────────────────────────────────────────────────────────


def test_an_override_is_kept_with_its_reason_in_the_event(m: Ministry) -> None:
    codes: Sequence[str] = m.drafts(2)
    m.walk(codes, "submitted")
    for code in codes:
        assert looking.history(m.desk, code)[-1].data["warnings"] == [
            {"rule": "tieu_chuan", "code": "history", "reason": REASON}
        ]


# ── a list that came before its letter had a number ──────────────────────────────────────────────


def letters_of(m: Ministry) -> list[str]:
    return [str(each[0]) for each in m.all("SELECT letter_number FROM submission ORDER BY id")]


def without_a_number(m: Ministry, first: int = 1) -> str:
    (code,) = m.drafts(1, first=first)
    stands, list_ = letters.nameless(f"{first:08d}"), "(SELECT submission_id FROM nomination WHERE code = :code)"
    m.sql(f"UPDATE submission SET letter_number = :stands WHERE id = {list_}", stands=stands, code=code)
    return str(code)


def test_a_list_is_of_the_letter_that_it_is_handed_in_under(m: Ministry) -> None:
    code = without_a_number(m)
    m.walk([code], "submitted")
    assert letters_of(m) == ["07/TTr"]
    assert "07/TTr" in str(m.one("SELECT context FROM mail WHERE template = 'receipt'"))
    assert "chưa có số" in str(m.one("SELECT context FROM mail WHERE template = 'unit_result'"))
    ok(m)


def test_a_number_that_the_units_other_letter_has_is_not_taken_twice(m: Ministry) -> None:
    one, other = without_a_number(m), without_a_number(m, first=40)
    m.walk([one], "submitted")
    m.walk([other], "submitted")
    assert letters_of(m) == ["07/TTr", letters.nameless("00000040")]
    assert shown_letters(m) == {one: "07/TTr", other: "chưa có số"}


def shown_letters(m: Ministry) -> dict[str, str]:
    with read(m.engine) as connection:
        viewer = viewing.viewer(connection, "BO/SECRETARIAT", m.today)
    found = listing.nominations(m.desk, viewer, listing.Query(columns=("ma", "to-trinh")), m.today)
    return {line.cells[0]: line.cells[1] for line in found.lines}
