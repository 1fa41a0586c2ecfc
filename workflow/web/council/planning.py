"""A session planned, changed, called off."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import council_sessions, session_mails, session_views
from workflow.services.council_sessions import FORMS, WAYS, SessionEntry
from workflow.services.councils import CouncilError
from workflow.storage.council import CouncilRow, SessionRow
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form

FIELDS = ("hoi_dong", "ten", "ma", "hinh_thuc", "phieu", "ngay", "gio", "dia_diem", "han")
RESERVED = frozenset({"moi", "thanh-phan"})
"""Words that stand where a session's code stands in an address."""
_AT = {"session_code": "ma", "session_exists": "ma", "session_title": "ten", "session_body": "hoi_dong",
       "session_form": "hinh_thuc", "session_due": "han", "session_due_before": "han",
       "session_time": "gio"}  # fmt: skip
_CHANGES = {"ten": "title", "gio": "held_time", "dia_diem": "place"}


def _bodies(ask: Ask) -> list[dict[str, str]]:
    """Each council for which this person may plan, with the bodies in which it meets."""
    found = []
    for each in session_views.plans_for(ask.desk, ask.me, ask.today):
        for body in _bodies_of(each):
            smaller = f" – {ask.say('council.body.standing_members')}" if body == "standing_members" else ""
            found.append({"value": f"{body}:{each.code}", "text": f"{each.title}{smaller}"})
    return found


def _bodies_of(council: CouncilRow) -> tuple[str, ...]:
    return ("council", "standing_members") if council.kind == "council" else (council.kind,)


def ask_new(ask: Ask) -> Response:
    bodies = _bodies(ask)
    chosen = bodies[0]["value"] if bodies else ""
    code = session_views.free_code(ask.desk, f"{chosen.partition(':')[2][:30] or 'HD'}-{ask.today.year}")
    form = Form.filled({"hoi_dong": chosen, "ma": code, "hinh_thuc": "meeting", "phieu": "online"})
    return _page(ask, form, bodies=bodies)


def add(ask: Ask) -> Response:
    bodies = _bodies(ask)
    form = Form.of(ask.typed, FIELDS)
    held, due = telling.day_of(ask, form, "ngay"), telling.day_of(ask, form, "han", optional=True)
    body, _, council = form["hoi_dong"].partition(":")
    if form["hoi_dong"] not in {each["value"] for each in bodies}:
        form.wrong("hoi_dong", ask.say("council.plan.no_council"))
    if not form["ten"].strip():
        form.wrong("ten", ask.say("council.plan.no_name"))
    if form["ma"].lower() in RESERVED:
        form.wrong("ma", ask.say("council.plan.reserved", code=form["ma"]))
    if held is not None and form.is_right:
        entry = SessionEntry(
            form["ma"], council, form["ten"][:300], held, body, form["hinh_thuc"], form["phieu"], form["gio"][:40],
            form["dia_diem"][:300], due,
        )  # fmt: skip
        try:
            council_sessions.plan(ask.desk, entry, ask.me.person, ask.now)
            return see_other(ask.path("council.session", code=entry.code), notice="council.done.planned")
        except CouncilError as error:
            telling.wrong(ask, form, error, _AT.get(error.code, "hoi_dong"))
    return _page(ask, form, bodies=bodies, status=422)


def ask_change(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    form = Form.filled(
        {"ten": row.title, "hinh_thuc": row.form, "phieu": row.ballots, "ngay": f"{row.held_on:%d/%m/%Y}",
         "gio": row.held_time, "dia_diem": row.place,
         "han": f"{row.answers_due_on:%d/%m/%Y}" if row.answers_due_on else ""}
    )  # fmt: skip
    return _page(ask, form, row=row)


def change(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    form = Form.of(ask.typed, FIELDS)
    due = telling.day_of(ask, form, "han", optional=True)
    changes: dict[str, Any] = {column: form[name] for name, column in _CHANGES.items()}
    changes["answers_due_on"] = due
    if row.state == "planned":
        held = telling.day_of(ask, form, "ngay")
        changes |= {"held_on": held, "form": form["hinh_thuc"], "ballots": form["phieu"]}
    if form.is_right:
        try:
            council_sessions.change(ask.desk, row.code, changes, ask.me.person, ask.now)
            return see_other(telling.session_path(ask, row), notice="council.done.changed")
        except CouncilError as error:
            telling.wrong(ask, form, error, _AT.get(error.code, "ten"))
    return _page(ask, form, row=row, status=422)


def _page(
    ask: Ask, form: Form, *, row: SessionRow | None = None, bodies: list[dict[str, str]] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    return page(
        ask, "council/plan.html", status, form=form, row=row, bodies=bodies or [],
        forms_of=[{"value": each, "text": ask.say(f"council.form.{each}"), "hint": ask.say(f"council.form.hint.{each}")}
                  for each in FORMS],
        ways=[{"value": each, "text": ask.say(f"council.way.{each}"), "hint": ask.say(f"council.way.hint.{each}")}
              for each in WAYS],
    )  # fmt: skip


def ask_cancel(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    return page(ask, "council/cancel.html", row=row, form=Form(), when=telling.when(ask, row))


def cancel(ask: Ask) -> Response:
    """Call it off, and tell whoever was invited."""
    row = telling.desk_row(ask)
    form = Form.of(ask.typed, ["ly_do"])
    try:
        council_sessions.cancel(ask.desk, row.code, form["ly_do"][:1000], ask.me.person, ask.now)
    except CouncilError as error:
        telling.wrong(ask, form, error, "ly_do")
        return page(ask, "council/cancel.html", 422, row=row, form=form, when=telling.when(ask, row))
    mails = session_mails.tell_cancelled(ask.desk, row.code, ask.now)
    return see_other(telling.session_path(ask, row), notice="council.done.cancelled", mails=mails)
