"""The page of what is before a higher authority; from there all dossiers of one letter go into one act."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import before_upper, drafting
from workflow.services.before_upper import Sent
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.frame import NotHere, Refused
from workflow.wording import award_name

NAMED = 20
"""Names that a row shows; of others there is the number."""


def front(ask: Ask) -> Response:
    found = before_upper.sent(ask.desk, ask.me, ask.today)
    waiting = [_row(ask, each) for each in found if each.where == "waiting"]
    returned = [_row(ask, each) for each in found if each.where == "returned"]
    figures = [
        {"text": ask.say(f"upper.{where}"), "value": sum(row["amount"] for row in rows)}
        for where, rows in (("waiting", waiting), ("returned", returned))
    ]
    acts = ask.me.may("nomination.act") and "act.pick" in ask.house.entries
    return page(ask, "upper/front.html", waiting=waiting, returned=returned, figures=figures, acts=acts)


def _row(ask: Ask, each: Sent) -> dict[str, Any]:
    due = min((day for day in (each.answer_by, each.due_on) if day is not None), default=None)
    return {
        "sent": each, "award": award_name(each.award, ask.language), "state": each.state.in_(ask.language),
        "first": each.codes[0], "amount": len(each.codes), "names": each.names[:NAMED],
        "more": max(0, len(each.names) - NAMED), "due": due, "late": due is not None and due < ask.today,
    }  # fmt: skip


def choose(ask: Ask) -> Response:
    """All dossiers that stand with this one become a selection; then on to the acts that they may do."""
    if not ask.me.may("nomination.act"):
        raise Refused(403, "refused.not_yours")
    codes = before_upper.beside(ask.desk, ask.me, ask.today, ask.typed.get("ho_so")[:60])
    if not codes:
        raise NotHere
    draft = drafting.begin(ask.desk, ask.me, list(codes), ask.now, back=ask.path("upper"))
    return see_other(ask.path("act.pick", draft=draft))
