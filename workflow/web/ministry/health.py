"""How the system is, in words that a secretary understands: a light for each thing, what it means, what to do."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from definitions.messages import package_catalogue
from workflow.doctor import Finding, examine
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.templating import moment

LOOKED_AT = ("outbox", "relay", "worker", "database", "tables", "calendar", "backup", "disk", "files", "papers",
             "certificates", "mail")  # fmt: skip
MENDED_AT = {"outbox": "mails", "relay": "mails", "calendar": "calendar"}
"""Pages on which a part is mended; the others are mended on the server."""
WORST_FIRST = {"bad": 0, "warn": 1, "ok": 2}


def show(ask: Ask) -> Response:
    """Looks now; nothing here repairs anything. Details are for the administrator alone."""
    settings = ask.house.app.settings
    found = {each.name: each for each in examine(lambda: settings, ask.desk.engine)}
    rows = [found[name] for name in LOOKED_AT if name in found]
    rows.sort(key=lambda each: WORST_FIRST[each.level])
    worst = rows[0].level if rows else "ok"
    return page(
        ask, "ministry/health.html", 200, rows=[_row(ask, each) for each in rows], worst=worst,
    )  # fmt: skip


def _row(ask: Ask, each: Finding) -> dict[str, str]:
    return {
        "name": ask.say(f"ministry.health.{each.name}"),
        "level": each.level,
        "lamp": {"ok": "positive", "warn": "waiting", "bad": "late"}[each.level],
        "level_words": ask.say(f"ministry.health.level.{each.level}"),
        "meaning": ask.say(f"ministry.health.{each.name}.{'fine' if each.level == 'ok' else 'wrong'}"),
        "detail": _detail(ask, each) if ask.me.may("register.change") else "",
        "href": ask.path(MENDED_AT[each.name]) if each.name in MENDED_AT else "",
    }


def _detail(ask: Ask, each: Finding) -> str:
    """What was found, in words where a person reads it: mails by their state, an instant by the wall clock."""
    if each.detail in ("–", "hold"):
        return ""
    if each.name == "outbox":
        counted = (part.rpartition(" ") for part in each.detail.split(", "))
        return ", ".join(f"{_state(ask, state)}: {amount}" if state else amount for state, _, amount in counted)
    if each.name in ("worker", "backup", "relay"):
        at, _, more = each.detail.partition(" ")
        try:
            return f"{moment(datetime.fromisoformat(at))} {more}".strip()
        except ValueError:
            return each.detail
    if each.name == "mail" and each.level == "ok":
        mode, _, server = each.detail.partition(": ")
        return f"{ask.say(f'ministry.health.mode.{mode}')}: {server}"
    return each.detail


def _state(ask: Ask, state: str) -> str:
    words = package_catalogue("notifications")
    return words.say(f"mail_state.{state}", ask.language) if f"mail_state.{state}" in words else state
