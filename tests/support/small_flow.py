"""A flow of a few states with one of everything an engine can do, for tests that decide on values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from definitions.calendar import shipped
from definitions.flow import Flow
from definitions.loading import flow_from_resolved
from workflow.domain.decision import Command, Decision
from workflow.domain.decisions import Context, decide
from workflow.domain.facts import Actor, Held, NominationFacts, RoundFacts, TaskFacts
from workflow.domain.machine import CompiledFlow
from workflow.domain.memory import Memory, recall, remember
from workflow.domain.reasons import Refused

TEXT = """
id = "mau"
title = { vi = "Bằng khen", en = "Certificate" }
award = "bang_khen"
kind = "merit"
level = "ministry"
signer = "minister"
nominee = ["individual"]
version = "1"
valid = { from = 2026-01-01 }
from_units = ["cuc"]
initial = "draft"

[vote.ministry]
body = "council"
base = "all_members"
pass = { percent = 80, strict = false }
quorum = "2/3"
ballot = "secret"
written = true
tie = "fails"
recusal = "none"

[documents.to_trinh]
title = { vi = "Tờ trình", en = "Letter" }
per = "submission"
from = "unit"

[state.draft]
label = { vi = "Đang soạn", en = "Draft" }
owner = "unit_officer"
clock = "stopped"
[state.draft.deadline]
on = "round.cutoff"
roll = "strict"

[state.appraising]
label = { vi = "Đang thẩm định", en = "In appraisal" }
unit = { vi = "Đang xét", en = "Under review" }
owner = "appraiser"
[state.appraising.deadline]
within = { working_days = 10 }
remind = { before = [2], on_day = true }
escalate = { after = 2, to = ["secretariat_head"] }

[state.supplement]
label = { vi = "Chờ bổ sung", en = "Waiting for papers" }
owner = "unit_officer"
clock = "restarts"
[state.supplement.deadline]
on = "act.due_on"

[state.suspended]
label = { vi = "Tạm dừng", en = "Suspended" }
owner = "secretariat_head"
clock = "stopped"
[state.suspended.deadline]
within = { working_days = 20 }

[state.voting]
label = { vi = "Đang bỏ phiếu", en = "Voting" }
unit = { vi = "Đang xét", en = "Under review" }
owner = "council_secretary"

[state.signing]
label = { vi = "Trình ký", en = "Before the signer" }
unit = { vi = "Đang trình ký", en = "Before the signer" }
owner = "minister_office"

[state.rejected]
label = { vi = "Không thông qua", en = "Not passed" }
final = "negative"
outcome = "council_rejected"

[state.decided]
label = { vi = "Đã quyết định", en = "Decided" }
final = "positive"
outcome = "awarded"

[state.revoked]
label = { vi = "Đã hủy bỏ", en = "Revoked" }
final = "negative"
outcome = "revoked"

[deadline.ministry]
label = { vi = "Thẩm định và trình", en = "Appraise and forward" }
from = "complete"
until = ["decide"]
within = { working_days = 25 }
stops_in = ["suspended"]
to = ["secretariat"]

[deadline.age]
label = { vi = "Thành tích chưa quá sáu tháng", en = "Not older than six months" }
from = "achievement_to"
until = ["state.decided"]
within = { months = 6 }
to = ["secretariat"]

[deadline.proof]
label = { vi = "Xác nhận bản rà soát", en = "Confirm the proof list" }
from = "send_proof"
until = ["confirm_proof"]
within = { working_days = 2 }
stops_in = ["suspended"]
to = ["unit_officer"]

[task.consult]
label = { vi = "Lấy ý kiến", en = "Consult" }
during = ["appraising"]
by = ["secretariat"]
within = { working_days = 10 }
silence = "does_not_block"
required = true
per_body = true

[task.publish]
label = { vi = "Công khai", en = "Publish" }
during = ["appraising", "voting"]
by = ["secretariat"]
lasts = { working_days = 3 }

[across.lich_su]
rule = "history"
effect = "warn"
at = ["submit"]
needs = { award = "cstd_co_so", years = 2 }
label = { vi = "Hai năm Chiến sĩ thi đua cơ sở", en = "Two years" }

[across.trung]
rule = "duplicate"
effect = "block"
at = ["submit"]

[across.co_cau]
rule = "share"
effect = "hint"
at = ["submit"]

[transition.submit]
label = { vi = "Gửi", en = "Submit" }
from = ["draft"]
to = "appraising"
by = ["unit_head"]
marks = ["submitted", "complete"]
require = [{ documents = "submission" }]
mail = [{ to = ["secretariat", "unit"], send = "submitted" }]
[transition.submit.with]
letter_no = { type = "text" }

[transition.ask]
label = { vi = "Yêu cầu bổ sung", en = "Ask" }
from = ["appraising"]
to = "supplement"
by = ["appraiser"]
not_by = ["submit"]
mail = [{ to = ["unit"], send = "supplement" }]
[transition.ask.with]
due_on = { type = "date" }

[transition.give]
label = { vi = "Nộp bổ sung", en = "Give" }
from = ["supplement"]
to = "appraising"
by = ["unit_officer"]
marks = ["complete"]

[transition.suspend]
label = { vi = "Tạm dừng", en = "Suspend" }
from = ["draft", "appraising", "supplement", "voting", "signing"]
to = "suspended"
by = ["secretariat_head"]

[transition.resume]
label = { vi = "Tiếp tục", en = "Resume" }
from = ["suspended"]
to = "previous"
by = ["secretariat_head"]
mail = [{ to = ["unit"], send = "resumed" }]

[transition.drop]
label = { vi = "Thôi xét", en = "Drop" }
from = ["suspended"]
to = "rejected"
by = ["secretariat_head"]

[transition.send_proof]
label = { vi = "Gửi rà soát", en = "Send the proof" }
from = ["appraising", "signing"]
to = "same"
by = ["secretariat"]
effect = "send_proof"
raises = ["proof_sent"]
require = [{ not = { flag = "held" } }]

[transition.confirm_proof]
label = { vi = "Xác nhận", en = "Confirm" }
from = ["appraising", "signing"]
to = "same"
by = ["unit_officer"]
effect = "confirm_proof"
lowers = ["proof_sent"]
require = [{ flag = "proof_sent" }]

[transition.open_vote]
label = { vi = "Mở bỏ phiếu", en = "Open the vote" }
from = ["appraising"]
to = "voting"
by = ["council_secretary"]
voids = ["ministry"]
require = [{ tasks_done = true }]

[transition.close_vote]
label = { vi = "Đóng bỏ phiếu", en = "Close the vote" }
from = ["voting"]
by = ["council_secretary"]
vote = "ministry"
hold = "results"
raises = ["held"]
require = [{ quorum = "ministry" }]
branch = [
  { to = "signing", require = [{ vote_passed = "ministry" }], mail = [{ to = ["unit"], send = "council_result" }] },
  { to = "rejected", mail = [{ to = ["unit"], send = "council_result" }] },
]
[transition.close_vote.with]
tally = { type = "tally" }

[transition.release]
label = { vi = "Công bố", en = "Release" }
from = ["signing", "rejected"]
to = "same"
by = ["council_secretary"]
require = [{ flag = "held" }]
releases = ["results"]
lowers = ["held"]

[transition.decide]
label = { vi = "Ban hành", en = "Decide" }
from = ["signing"]
to = "decided"
by = ["clerk"]
marks = ["decided"]
require = [{ proof = "confirmed" }]
[transition.decide.with]
decision = { type = "decision" }

[transition.choose]
label = { vi = "Chọn hướng", en = "Choose" }
from = ["signing"]
by = ["minister_office"]
branch = [{ to = "appraising", require = [{ field = "back", is = "true" }] }, { to = "rejected" }]
[transition.choose.with]
back = { type = "flag" }

[transition.reopen]
label = { vi = "Mở lại", en = "Reopen" }
from = ["rejected"]
to = "appraising"
by = ["secretariat_head"]
exceptional = true
marks = ["complete"]
voids = ["ministry"]

[transition.revoke]
label = { vi = "Hủy bỏ", en = "Revoke" }
from = ["decided"]
to = "revoked"
by = ["clerk"]
exceptional = true

[transition.archive]
label = { vi = "Lưu", en = "Archive" }
from = ["decided", "rejected"]
to = "same"
by = ["secretariat"]
effect = "archive"

[transition.change_award]
label = { vi = "Đổi hình thức", en = "Change the award" }
from = ["appraising"]
to = "same"
by = ["secretariat"]
effect = "change_award"
voids = ["ministry"]
[transition.change_award.with]
to_flow = { type = "flow" }

[transition.extend]
label = { vi = "Gia hạn", en = "Extend" }
from = ["appraising"]
to = "same"
by = ["secretariat_head"]
effect = "extend"
[transition.extend.with]
due_on = { type = "date" }
"""

DAY = date(2026, 12, 7)
PASSED = {"members": 15, "present": 14, "yes": 13, "no": 1}
FAILED = {"members": 15, "present": 14, "yes": 11, "no": 3}


@cache
def flow() -> Flow:
    return flow_from_resolved(TEXT)


@cache
def compiled() -> CompiledFlow:
    return CompiledFlow(flow())


def other_flow(**changes: Any) -> CompiledFlow:
    """Another award with the same states."""
    text = TEXT.replace('id = "mau"', 'id = "khac"').replace("working_days = 25", "working_days = 30")
    return CompiledFlow(replace(flow_from_resolved(text), **changes))


def context(today: date = DAY, **more: Any) -> Context:
    return Context(shipped(), today, **more)


def facts(**changes: Any) -> NominationFacts:
    plain = NominationFacts(
        id=1,
        code="M-2026-00001-1",
        unit="CVT",
        unit_kind="cuc",
        nominee="individual",
        name="Vũ Văn Thảo",
        state="appraising",
        version=3,
        entered_on=date(2026, 12, 1),
        round=RoundFacts("2026", 2026, cutoff=date(2026, 12, 5)),
        field_of_work="vien_thong",
        cluster="khoi_2",
        documents=frozenset({"to_trinh"}),
    )
    return replace(plain, **changes)


def who(*roles: str, person: str = "", unit: str = "CVT", via: str | None = None) -> Actor:
    """Somebody who holds these roles: unit roles for `unit`, the others for all."""
    held = tuple(Held(role, *(("unit", unit) if role.startswith("unit_") else ("all", "")), via=via) for role in roles)
    return Actor(person or f"BO/{roles[0].upper()}", roles[0], held)


def judge(
    transition: str, by: str = "", *, on: date = DAY, today: date | None = None, **more: Any
) -> Decision | Refused:
    """Decide on a dossier of the small flow. Keywords of `facts` change it; `fields`, `actor`, … are the act."""
    act = {
        name: more.pop(name)
        for name in ("fields", "overrides", "expected_version", "backdating_reason")
        if name in more
    }
    actor = more.pop("actor", None) or who(by or flow().transitions[transition].by[0])
    world = more.pop("world", None) or context(today or on)
    machine = more.pop("machine", None) or compiled()
    return decide(machine, more.pop("seen", None) or facts(**more), Command(transition, on, **act), actor, world)


def decided(transition: str, by: str = "", **more: Any) -> Decision:
    outcome = judge(transition, by, **more)
    assert isinstance(outcome, Decision), outcome
    return outcome


def codes(outcome: Decision | Refused) -> list[str]:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reasons
    return [reason.code for reason in outcome.reasons]


class Dossier:
    """A dossier that remembers: each act folds into its memory, as a service would keep it."""

    def __init__(self, **changes: Any) -> None:
        self.memory: Memory = {}
        self.facts = facts(state="draft", version=0, **changes)

    def do(self, transition: str, by: str = "", *, on: date = DAY, person: str = "", **act: Any) -> Decision:
        actor = who(by or flow().transitions[transition].by[0], person=person)
        outcome = judge(transition, seen=self.facts, actor=actor, on=on, **act)
        assert isinstance(outcome, Decision), outcome
        self.memory = remember(self.memory, outcome, (actor.person,))
        moved = outcome.to_state != outcome.from_state
        self.facts = replace(
            self.facts,
            state=outcome.to_state,
            version=self.facts.version + 1,
            outcome=outcome.outcome,
            previous_state=outcome.from_state if moved else self.facts.previous_state,
            entered_on=on if moved else self.facts.entered_on,
            pinned=self.facts.pinned or outcome.pins,
            archived=(self.facts.archived and not outcome.unarchives) or outcome.archives,
            **recall(self.memory),
        )
        return outcome

    def consulted(self) -> None:
        self.facts = replace(self.facts, tasks=(TaskFacts("consult", "Vụ A", DAY, DAY, DAY, "Nhất trí"),))
