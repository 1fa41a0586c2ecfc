"""What the service must do, in a hundred lines: one award told again as plain tables and sets.

Knows nothing of the engine. A dossier is a few fields; an act is a row of `ACTS` and, for some, a condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

OPEN = (
    "draft", "unit_voting", "submitted", "received", "supplement_requested", "appraising", "council_pending",
    "council_voting", "signing",
)  # fmt: skip
PAPERS = frozenset({"to_trinh", "danh_sach", "bb_xet_kt"})
CUTOFF = date(2026, 12, 5)
ROUND_ENDS = date(2027, 4, 29)


@dataclass
class Dossier:
    """One nomination as the model knows it."""

    state: str = "draft"
    previous: str = ""
    version: int = 0
    unit_passed: bool = False
    papers: set[str] = field(default_factory=set)
    proof: str = "none"
    proof_asked: bool = False
    council: str = ""
    held: bool = False
    archived: bool = False
    pinned: int = 0
    complete: date | None = None
    outcome: str = ""


Condition = Callable[[Dossier, date], bool]


def _always(_: Dossier, __: date) -> bool:
    return True


ACTS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...], Condition]] = {
    "start_unit_vote": (("draft",), "unit_voting", ("unit_officer", "unit_head"), _always),
    "unit_passes": (("unit_voting",), "draft", ("unit_council",), _always),
    "unit_rejects": (("unit_voting",), "unit_rejected", ("unit_council",), _always),
    "reopen_unit": (("unit_rejected",), "draft", ("unit_head",), _always),
    "submit": (
        ("draft",), "submitted", ("unit_head",),
        lambda it, on: it.unit_passed and it.papers >= PAPERS and on <= ROUND_ENDS,
    ),
    "receive": (("submitted",), "received", ("secretariat",), lambda it, on: it.papers >= {*PAPERS, "bao_cao_tt"}),
    "request_supplement": (
        ("submitted", "received", "appraising"), "supplement_requested", ("secretariat", "appraiser"), _always,
    ),
    "resubmit": (("supplement_requested",), "submitted", ("unit_officer",), _always),
    "appraise": (("received",), "appraising", ("secretariat", "appraiser"), _always),
    "mark_ineligible": (("appraising",), "ineligible", ("secretariat_head",), _always),
    "schedule": (("appraising",), "council_pending", ("secretariat",), _always),
    "open_vote": (("council_pending",), "council_voting", ("council_secretary",), _always),
    "council_passes": (("council_voting",), "signing", ("council_secretary",), _always),
    "council_rejects": (("council_voting",), "council_rejected", ("council_secretary",), _always),
    "release_results": (
        ("signing", "council_rejected"), "same", ("council_secretary", "secretariat_head"), lambda it, on: it.held,
    ),
    "send_proof": (("appraising", "council_pending", "signing"), "same", ("secretariat",), lambda it, on: not it.held),
    "confirm_proof": (
        ("appraising", "council_pending", "council_voting", "signing"), "same", ("unit_officer", "unit_head"),
        lambda it, on: it.proof_asked,
    ),
    "decide": (
        ("signing",), "decided", ("clerk",), lambda it, on: it.proof == "confirmed" and it.council == "passed",
    ),
    "decline": (("signing",), "not_awarded", ("signer",), _always),
    "return_from_sign": (("signing",), "appraising", ("minister_office",), _always),
    "notify": (("decided",), "notified", ("secretariat",), _always),
    "award": (("notified",), "awarded", ("secretariat",), _always),
    "suspend": (OPEN, "suspended", ("secretariat_head",), _always),
    "resume": (("suspended",), "previous", ("secretariat_head",), _always),
    "withdraw": ((*OPEN, "suspended"), "withdrawn", ("unit_head",), _always),
    "reopen_withdrawn": (("withdrawn",), "draft", ("secretariat_head",), _always),
    "reopen": (
        ("ineligible", "council_rejected", "not_awarded"), "appraising", ("secretariat_head",),
        lambda it, on: not it.held,
    ),
    "archive": (
        ("awarded", "not_awarded", "ineligible", "council_rejected", "unit_rejected", "withdrawn", "revoked"), "same",
        ("secretariat",), lambda it, on: not it.archived,
    ),
}  # fmt: skip
OUTCOMES = {
    "awarded": "awarded", "not_awarded": "not_awarded", "ineligible": "ineligible", "withdrawn": "withdrawn",
    "council_rejected": "council_rejected", "unit_rejected": "unit_rejected",
}  # fmt: skip
RELEASES = ("release_results", "decide", "decline", "return_from_sign", "withdraw")
ALL_ROLES = sorted({role for _, _, roles, _ in ACTS.values() for role in roles})


def may(it: Dossier, act: str, role: str, on: date) -> bool:
    sources, _, roles, condition = ACTS[act]
    return it.state in sources and role in roles and condition(it, on)


def do(it: Dossier, act: str, on: date, version_today: int) -> None:
    """The act, which `may` has allowed."""
    to = {"same": it.state, "previous": it.previous}.get(ACTS[act][1], ACTS[act][1])
    if to != it.state:
        it.previous = it.state
    it.version += 1
    if act in ("start_unit_vote", "reopen_unit", "unit_rejects"):
        it.unit_passed = False
    if act == "unit_passes":
        it.unit_passed = True
    if act in ("receive", "reopen"):
        it.complete = on
        it.pinned = it.pinned or version_today
    if act in ("open_vote", "reopen"):
        it.council = ""
    if act in ("council_passes", "council_rejects"):
        it.council, it.held = "passed" if act == "council_passes" else "rejected", True
    if act in RELEASES:
        it.held = False
    if act == "send_proof":
        it.proof, it.proof_asked = "sent", True
    if act == "confirm_proof":
        it.proof, it.proof_asked = "confirmed", False
    if act == "archive":
        it.archived = True
    reopened = it.state in OUTCOMES and to not in OUTCOMES
    it.outcome = "" if reopened else it.outcome or OUTCOMES.get(to, "")
    it.archived = it.archived and not reopened
    it.state = to
