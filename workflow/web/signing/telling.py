"""Words and links that all pages of this room need."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from workflow.services import decision_papers, signing_letters
from workflow.services.awaiting_signature import GroupRow
from workflow.services.decisions_book import Issued, Lack
from workflow.web.answering import PAPER_FORMS
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.web.templating import moment
from workflow.wording import award_name, say

SOON = 2
"""Working days from which on a day counts as near."""
LONGEST_NUMBER = 15


def subject(ask: Ask, award: str, kind: str) -> str:
    """An award and under which kind it is given, as a list or a decision is called."""
    if kind == "revocation":
        return award_name(award, ask.language)
    return f"{award_name(award, ask.language)} ({kind_name(ask, kind)})"


def kind_name(ask: Ask, kind: str) -> str:
    return say(f"word.kind.{kind}", ask.language)


def due_kind(ask: Ask, due_on: date | None) -> str:
    if due_on is None:
        return "stopped"
    if due_on < ask.today:
        return "late"
    return "soon" if ask.desk.calendar.working_between(ask.today, due_on) <= SOON else "fine"


def due_note(ask: Ask, due_on: date | None) -> str:
    """How long there is left, or how long ago it was."""
    if due_on is None:
        return ""
    if due_on == ask.today:
        return ask.say("signing.due.today")
    days = ask.desk.calendar.working_between(min(due_on, ask.today), max(due_on, ask.today))
    return ask.say("signing.due.late" if due_on < ask.today else "signing.due.left", days=days)


def lack(ask: Ask, each: Lack) -> str:
    """What a decision still lacks."""
    return ask.say(f"signing.lack.{each.code}", amount=each.amount)


def signed_on(at: str) -> str:
    """When a signature was made, as people read it; what cannot be read as an instant is left out."""
    try:
        return moment(datetime.fromisoformat(at))
    except ValueError:
        return ""


def number_in(text: str) -> int:
    """A number out of an address. Raises NotHere for what no row can have as its number."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise NotHere
    return int(text)


def after(ask: Ask) -> int | None:
    """After which row a page goes on; None for the first. Raises NotHere."""
    text = ask.query.get("sau")
    return number_in(text) if text else None


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def _forms(ask: Ask, entry: str, name: str, query: dict[str, str] | None = None, **parts: Any) -> list[dict[str, str]]:
    """Links to a paper, one for each form it comes in."""
    return [
        {"text": form.upper(), "href": ask.path(entry, paper=name, form=form, **parts, **(query or {}))}
        for form in PAPER_FORMS
    ]


def papers_of_list(ask: Ask, group: GroupRow) -> list[dict[str, Any]]:
    """Papers of this list that whoever looks may have, each with its links."""
    return [
        {"name": ask.say(f"signing.paper.{name}"),
         "forms": _forms(ask, "signing.paper", name, round=group.round, award=group.award, kind=group.kind)}
        for name in signing_letters.made_of(ask.me, group.kind)
    ]  # fmt: skip


def papers_of_decision(ask: Ask, issued: Issued) -> list[dict[str, Any]]:
    """A row for the whole decision and one for each unit: who it is for, how many lines, the papers."""
    units = decision_papers.units(ask.desk, ask.me, issued.id) if issued.kind != "revocation" else ()
    rows = []
    if units and decision_papers.drafts(issued.authority, issued.kind):
        rows.append({"whom": ask.say("signing.paper.whole"), "amount": sum(each.amount for each in units),
                     "papers": [_paper(ask, issued, decision_papers.WHOLE)]})  # fmt: skip
    return rows + [
        {"whom": each.name, "amount": each.amount,
         "papers": [_paper(ask, issued, name, each.unit) for name in decision_papers.FOR_UNIT]}
        for each in units
    ]  # fmt: skip


def _paper(ask: Ask, issued: Issued, name: str, unit: str = "") -> dict[str, Any]:
    query = {"don-vi": unit} if unit else None
    return {"name": ask.say(f"signing.paper.{name}"),
            "forms": _forms(ask, "decision.paper", name, query, decision=issued.id)}  # fmt: skip
