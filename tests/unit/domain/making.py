"""Small flows and nominations for the tests of this folder: whole values, in which a test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from definitions.flow import Branch, Document, Field, Flow, Span, State, Task, Transition, VoteRule, Words
from workflow.domain.facts import NominationFacts, RoundFacts

W = Words("chữ", "words")
DAY = date(2026, 12, 24)


def transition(id_: str, *by: str, **more: Any) -> Transition:
    return Transition(id_, W, sources=("appraising",), branches=(Branch("same"),), by=by, **more)


def flow(**changes: Any) -> Flow:
    """A flow of one state, with an act for everything that a requirement can ask for."""
    transitions = (
        transition("close_vote", "council_secretary", vote="ministry", marks=("voted",)),
        transition("suspend", "secretariat", raises=("suspended",)),
        transition("resume", "secretariat_head", lowers=("suspended",)),
        transition("receive", "secretariat", "appraiser", marks=("complete",), fields=(Field("paper_on", "date"),)),
        transition("confirm_proof", "unit_officer", effect="confirm_proof"),
    )
    tasks = (
        Task("consult", W, ("appraising",), ("appraiser",), silence="does_not_block", per_body=True),
        Task("publish", W, ("appraising",), ("secretariat",), lasts=Span(10, "working_days"), required=True),
        Task("field_review", W, ("appraising",), ("field_lead",)),
    )
    documents = (
        Document("to_trinh", W, "submission", "unit"),
        Document("bao_cao", W, "nomination", "unit"),
        Document("tham_dinh", W, "nomination", "secretariat"),
        Document("ly_lich", W, "nomination", "unit", nominee=("individual",)),
        Document("anh", W, "nomination", "unit", required=False),
    )
    votes = (
        VoteRule("ministry", "council", "all_members", 80, False, quorum=(2, 3), written=True),
        VoteRule("unit", "unit_council", "all_members", 50, True, revotes=1),
    )
    plain = Flow(
        id="bang_khen_bo",
        title=W,
        award="bang_khen_bo",
        kind="merit",
        level="ministry",
        signer="minister",
        nominee=("individual", "collective"),
        version="1",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        legal=(),
        from_units=("cuc",),
        aliases=(),
        initial="appraising",
        states={"appraising": State("appraising", W, W)},
        transitions={each.id: each for each in transitions},
        documents={each.code: each for each in documents},
        votes={each.name: each for each in votes},
        tasks={each.id: each for each in tasks},
        deadlines={},
        across=(),
        scenarios=(),
    )
    return replace(plain, **changes)


def facts(**changes: Any) -> NominationFacts:
    """Hồ sơ của một cá nhân, đang thẩm định: nothing marked, nothing on file."""
    plain = NominationFacts(
        id=1,
        code="BKB-2026-00001-4",
        unit="CVT",
        unit_kind="cuc",
        nominee="individual",
        name="Vũ Văn Thảo",
        state="appraising",
        version=3,
        entered_on=date(2026, 12, 1),
        round=RoundFacts("2026", 2026),
    )
    return replace(plain, **changes)
