"""How the system is, in words that a secretary understands: a light for each thing, what it means, what to do."""

from __future__ import annotations

from starlette.responses import Response

from workflow.doctor import Finding, examine
from workflow.web.answering import page
from workflow.web.asking import Ask

LOOKED_AT = ("outbox", "worker", "database", "tables", "calendar", "backup", "disk", "files", "papers", "mail")
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
        "detail": each.detail if ask.me.may("register.change") else "",
    }
