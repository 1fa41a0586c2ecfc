"""The agenda of a session: what is ready and goes on it, in which order, and what comes off again."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import council_sessions, session_previews, session_views
from workflow.services.council_sessions import MOST_LINES
from workflow.services.councils import CouncilError
from workflow.services.session_previews import Foreseen
from workflow.storage.council import SessionRow
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form

# ── putting on ───────────────────────────────────────────────────────────────────────────────────


def ask_codes(ask: Ask) -> Response:
    return _candidates(ask, telling.desk_row(ask), Form())


def _candidates(ask: Ask, row: SessionRow, form: Form, status: int = 200) -> Response:
    kind = ask.query.get("loai")[:80]
    found = session_previews.candidates(ask.desk, ask.me, row, kind)
    here = ask.path("council.agenda", code=row.code)
    kinds = [{"text": ask.say("council.agenda.all_kinds"), "href": here, "current": not kind,
              "count": sum(each.amount for each in found.kinds)}]  # fmt: skip
    kinds += [
        {"text": each.title.in_(ask.language), "href": ask.path("council.agenda", code=row.code, loai=each.flow_id),
         "current": each.flow_id == kind, "count": each.amount}
        for each in found.kinds
    ]  # fmt: skip
    rows = [
        {"row": each, "award": flow.title.in_(ask.language), "state": flow.states[each.state].label.in_(ask.language),
         "href": telling.dossier(ask, each.code)}
        for each, flow in found.rows
    ]  # fmt: skip
    return page(
        ask, "council/agenda.html", status, row=row, form=form, kinds=kinds, rows=rows, total=found.total, kind=kind,
        more=found.total - len(rows),
        others=[ask.say(f"council.agenda.other.{body}", amount=amount)
                for body, amount in session_previews.waiting_for_others(ask.desk, ask.me, row)] if not rows else [],
        looks_only=bool(found.rows) and not any(session_previews.puts_on(ask.me, row, flow) for _, flow in found.rows),
    )  # fmt: skip


def put_on(ask: Ask) -> Response:
    """First what would happen (`viec` is not `dua`), with room for the reasons that warnings want; then it is done."""
    row = telling.desk_row(ask)
    codes = _codes(ask, row)
    if not codes:
        form = Form()
        form.wrong("ma", ask.say("council.agenda.nothing_picked"))
        return _candidates(ask, row, form, 422)
    reasons = {name: text for name, text in ask.typed.under("ly_do_") if text.strip()}
    key = telling.key_of(ask)
    if ask.typed.get("viec") == "dua":
        done = council_sessions.table(ask.desk, row.code, codes, ask.me.person, key, ask.now, reasons)
        if done.done:
            return see_other(
                telling.session_path(ask, row), notice="council.done.put_on" if not done.refused
                else "council.done.put_on_some", done=len(done.done), refused=len(done.refused),
            )  # fmt: skip
    return _foreseen(ask, row, codes, reasons, key)


def _codes(ask: Ask, row: SessionRow) -> list[str]:
    """The dossiers that were ticked, or all that are ready, of one kind or of any."""
    if ask.typed.get("tat_ca"):
        found = session_previews.candidates(ask.desk, ask.me, row, ask.typed.get("loai")[:80], MOST_LINES)
        return [each.code for each, _ in found.rows]
    return [each[:40] for each in dict.fromkeys(ask.typed.all("ma"))][:MOST_LINES]


def _foreseen(ask: Ask, row: SessionRow, codes: list[str], reasons: dict[str, str], key: str) -> Response:
    found = session_previews.putting_on(ask.desk, row.code, codes, ask.me.person, ask.now, reasons)
    asked = {each["rule"]: each for each in telling.warnings(ask, found.refused, found.flows)}
    given = {name: {"rule": name, "text": ""} for name in reasons if name not in asked}
    return page(
        ask, "council/agenda_look.html", row=row, codes=codes, key=key, found=found,
        why=telling.why(ask, found.refused, found.flows), warnings=[*asked.values(), *given.values()],
        form=Form({f"ly_do_{name}": text for name, text in reasons.items()}), mails=_mails(found),
    )  # fmt: skip


def _mails(found: Foreseen) -> list[dict[str, Any]]:
    return [{"name": each.name, "address": each.address, "lines": each.lines} for each in found.mails]


# ── order, and off again ─────────────────────────────────────────────────────────────────────────


def ask_order(ask: Ask) -> Response:
    return _order(ask, telling.desk_row(ask), Form())


def _order(ask: Ask, row: SessionRow, form: Form, status: int = 200) -> Response:
    view = session_views.for_desk(ask.desk, ask.me, row.code, ask.now)
    lines = sorted(
        ({**telling.line(ask, each.line), "state": each.line.state, "award": telling.title(ask, group)}
         for group in view.groups for each in group.lines if each.line.state in ("tabled", "open")),
        key=lambda each: int(each["number"]),
    )  # fmt: skip
    return page(ask, "council/arrange.html", status, row=row, form=form, lines=lines, view=view)


def order(ask: Ask) -> Response:
    """Number the lines as typed, by kind, unit and name, or take those that are ticked off."""
    row = telling.desk_row(ask)
    form = Form({name: value for name, value in ask.typed.pairs if name.startswith("so_") or name == "ly_do"})
    try:
        if ask.typed.get("viec") == "rut":
            amount = council_sessions.take_off(
                ask.desk, row.code, telling.numbers(ask), form["ly_do"][:1000], ask.me.person, ask.now
            )
            return see_other(telling.session_path(ask, row), notice="council.done.taken_off", lines=amount)
        wanted = _wanted(ask, row, form)
        if form.is_right:
            moved = council_sessions.arrange(ask.desk, row.code, wanted, ask.me.person, ask.now)
            return see_other(telling.session_path(ask, row), notice="council.done.arranged", lines=moved)
    except CouncilError as error:
        telling.wrong(ask, form, error, "ly_do" if error.code == "reason_missing" else "dong")
    return _order(ask, row, form, 422)


def _wanted(ask: Ask, row: SessionRow, form: Form) -> list[int]:
    """The present numbers in the order that is asked for."""
    view = session_views.for_desk(ask.desk, ask.me, row.code, ask.now)
    if ask.typed.get("viec") == "tu-dong":
        found = [(at, each.line.unit, each.line.sort_key, each.line.number)
                 for at, group in enumerate(view.groups) for each in group.lines]  # fmt: skip
        return [number for *_, number in sorted(found)]
    places = []
    for each in view.lines:
        number = each.line.number
        typed = form[f"so_{number}"] or str(number)
        if not (typed.isdecimal() and len(typed) < 6):
            form.wrong(f"so_{number}", ask.say("council.arrange.no_number", line=number))
        else:
            # Of two that are given one place, the one that is moved there comes first.
            places.append((int(typed), int(typed) == number, number))
    return [number for *_, number in sorted(places)]
