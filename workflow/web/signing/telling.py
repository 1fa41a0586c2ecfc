"""Words and links that all pages of this room need."""

from __future__ import annotations

from datetime import date, datetime

from workflow.services.decisions_book import Lack
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
