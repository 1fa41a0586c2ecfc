"""The words a flow may use that no flow declares: roles, recipients, mails, reasons, named rules.

A value, given to `checking` by whoever knows more: the face adds the named rules and the mail
templates that this installation has.
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = (
    "unit_officer",
    "unit_head",
    "unit_council",
    "cluster_head",
    "field_lead",
    "secretariat",
    "secretariat_head",
    "appraiser",
    "council_secretary",
    "council_member",
    "council_chair",
    "standing_member",
    "signer",
    "clerk",
    "minister_office",
    "consulted_body",
    "admin",
    "auditor",
)

APPRAISERS = (
    "secretariat",
    "secretariat_head",
    "appraiser",
    "field_lead",
    "cluster_head",
    "council_secretary",
    "council_member",
    "council_chair",
    "standing_member",
)
"""Roles that may be asked for scores: a unit never is, nor who signs, keeps the books or watches."""

TEMPLATES = (
    "submitted",
    "receipt",
    "received",
    "supplement",
    "resubmitted",
    "unit_result",
    "cluster_result",
    "ineligible",
    "withdrawn",
    "suspended",
    "resumed",
    "scheduled",
    "council_result",
    "to_signer",
    "returned_from_sign",
    "award_changed",
    "consult",
    "published",
    "field_review",
    "proof_list",
    "proof_corrected",
    "decided",
    "not_awarded",
    "forwarded",
    "upper_returned",
    "upper_decided",
    "awarded",
    "corrected",
    "revoke",
    "revoked",
    "not_revoked",
    "reopened",
    "extended",
    "digest",
    "test",
)

REASONS = (
    "wrong_state",
    "unknown_transition",
    "role",
    "other_unit",
    "own_case",
    "not_by",
    "field_missing",
    "field_invalid",
    "documents",
    "vote_missing",
    "vote_not_passed",
    "chair",
    "quorum",
    "round_closed",
    "late_reason",
    "flag",
    "field",
    "tasks_open",
    "task_too_short",
    "task_not_open",
    "proof",
    "too_old",
    "moment",
    "subject",
    "rule",
    "history",
    "once",
    "same_achievement",
    "ratio_cap",
    "waiting",
    "leads_cluster",
    "duplicate",
    "share",
    "stale",
    "future_date",
    "backdated",
    "backdating_reason",
    "archived",
    "unknown_state",
    "tally_impossible",
    "target_flow",
    "any",
    "not",
    "held",
    "bodies",
    "number_used",
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything a flow may name without declaring it.

    `recipients` may stand in `mail`; `remindable` may be reminded by a deadline (nobody acts, so
    there is no `actor`). `dates` are days a dossier brings with it, not marked by an act.
    """

    roles: tuple[str, ...] = ROLES
    appraisers: tuple[str, ...] = APPRAISERS
    recipients: tuple[str, ...] = (*ROLES, "unit", "actor")
    remindable: tuple[str, ...] = (*ROLES, "unit")
    signers: tuple[str, ...] = ("unit_head", "minister", "prime_minister", "president")
    templates: tuple[str, ...] = TEMPLATES
    reasons: tuple[str, ...] = REASONS
    rules: tuple[str, ...] = ()
    dates: tuple[str, ...] = ("achievement_to",)


DEFAULT = Vocabulary()
