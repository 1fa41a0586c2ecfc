"""What an appraisal comes to, and why somebody is asked for it, as the texts that several rooms show."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from workflow.services.appraisal_views import Member, Summary
from workflow.web.asking import Ask
from workflow.wording import points, say


def summary(ask: Ask, found: Summary | None) -> dict[str, Any] | None:
    """The figures of a dossier, rounded to what is shown; None where there are none to show."""
    if found is None:
        return None
    return {
        "mean": score(ask, found.mean), "median": score(ask, found.median), "scale": found.scale,
        "given": found.given, "abstained": found.abstained, "missing": found.missing, "opinions": found.opinions,
        "criteria": [
            {"label": each.label.in_(ask.language), "points": score(ask, each.points), "max": each.max}
            for each in found.criteria
        ],
    }  # fmt: skip


def score(ask: Ask, value: Fraction | None) -> str:
    """Points to two digits; nothing for none."""
    return "" if value is None else points(value, ask.language)


def why(ask: Ask, member: Member) -> str:
    """How somebody came to be asked: the rule's reason with its figures, or who asked him."""
    row = member.row
    figures = {"load": row.why.get("load", 0), "least_left": row.why.get("least_left", 0), "by": member.asked_by}
    return say(f"appraiser_why.{row.why.get('code') or row.how}", ask.language, **figures)


def cause(ask: Ask, code: str) -> str:
    """Why somebody stands aside."""
    return say(f"word.why.{code}", ask.language)


def kind(ask: Ask, code: str, *, still_open: bool) -> str:
    """How a card stands."""
    return say(f"card_kind.{code or ('owed' if still_open else 'closed')}", ask.language)
