"""The door to what an admin looks after: each page with a word on what it is for. Whoever may not change may look."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import register
from workflow.web.answering import page
from workflow.web.asking import Ask

PAGES = ("flows", "units", "people", "stand_ins", "council.bodies", "rounds", "calendar", "texts", "mails", "health",
         "audit")  # fmt: skip


def show(ask: Ask) -> Response:
    """Only what this person may open is listed."""
    found = [
        {"href": ask.path(name), "title": ask.say(f"ministry.overview.{name}"),
         "hint": ask.say(f"ministry.overview.{name}_hint")}
        for name in PAGES
        if name in ask.house.entries and ask.me.may(ask.house.entries[name].action)
    ]  # fmt: skip
    missing = ask.desk.calendar.to_confirm(ask.today)
    open_rounds = [each for each in register.rounds(ask.desk) if each.closed_at is None]
    return page(ask, "ministry/overview.html", pages_found=found, missing=missing, open_rounds=open_rounds)
