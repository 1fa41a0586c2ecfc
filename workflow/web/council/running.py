"""A session as it goes on: the council invited, the vote opened, who came, who steps aside, the chair's word."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import council_sessions, session_mails, session_previews, session_views
from workflow.services.closing import state_chair
from workflow.services.council_sessions import ATTENDANCES
from workflow.services.councils import CouncilError
from workflow.services.session_views import SessionView
from workflow.storage.council import SessionRow
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form
from workflow.web.frame import NotHere


def _view(ask: Ask) -> SessionView:
    try:
        return session_views.for_desk(ask.desk, ask.me, ask.part("code"), ask.now)
    except CouncilError:
        raise NotHere from None


# ── invitations ──────────────────────────────────────────────────────────────────────────────────


def ask_invite(ask: Ask) -> Response:
    view = _view(ask)
    return page(ask, "council/invite.html", view=view, row=view.row, form=Form(), when=telling.when(ask, view.row))


def invite(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    done = session_mails.invite(ask.desk, row.code, ask.me.person, ask.now, ask.typed.get("loi")[:2000])
    name = "council.done.invited" if not done.without_mailbox else "council.done.invited_some"
    return see_other(telling.session_path(ask, row), notice=name, mails=done.mails, without=len(done.without_mailbox))


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def ask_open(ask: Ask) -> Response:
    return _open(ask, telling.desk_row(ask), [])


def _open(ask: Ask, row: SessionRow, trouble: list[str], status: int = 200) -> Response:
    """What opening would do; where it cannot be, only why."""
    found, why = None, list(trouble)
    try:
        found = session_previews.opening(ask.desk, row.code, ask.me.person, ask.now)
    except CouncilError as error:
        why = why or telling.told(ask, error)
    return page(
        ask, "council/open.html", status, row=row, found=found, trouble=why, key=telling.key_of(ask),
        early=row.held_on > ask.today and row.form != "written",
        why=telling.why(ask, found.foreseen.refused, found.foreseen.flows) if found else [],
        members=[{"name": name, "post": ask.say(f"council.post.{post}")} for name, post in found.members]
        if found else [],
    )  # fmt: skip


def open_(ask: Ask) -> Response:
    row = telling.desk_row(ask)
    try:
        done = council_sessions.open_(ask.desk, row.code, ask.me.person, telling.key_of(ask), ask.now)
    except CouncilError as error:
        return _open(ask, row, telling.told(ask, error), 422)
    name = "council.done.opened" if not done.refused else "council.done.opened_some"
    return see_other(telling.session_path(ask, row), notice=name, lines=len(done.done), refused=len(done.refused))


# ── who came ─────────────────────────────────────────────────────────────────────────────────────


def ask_attend(ask: Ask) -> Response:
    return _attend(ask, _view(ask), Form())


def _attend(ask: Ask, view: SessionView, form: Form, status: int = 200) -> Response:
    return page(
        ask, "council/attend.html", status, view=view, row=view.row, form=form,
        marks=[{"value": each, "text": ask.say(f"council.mark.{each}")} for each in ATTENDANCES],
        members=[{"at": at, "member": each, "post": ask.say(f"council.post.{each.post}"),
                  "mark": form[f"dd_{at}"] or each.attendance}
                 for at, each in enumerate(view.members, 1)],
    )  # fmt: skip


def attend(ask: Ask) -> Response:
    """Marks for everybody in one form. `viec` = `du-mat` fills in that all came, to be looked over first."""
    view = _view(ask)
    form = Form({name: value for name, value in ask.typed.pairs if name.startswith(("dd_", "gc_"))})
    if ask.typed.get("viec") == "du-mat":
        form.values |= {
            f"dd_{at}": "present" for at, each in enumerate(view.members, 1) if each.attendance in ("unknown", "")
        }
        return _attend(ask, view, form)
    marks = {each.person: form[f"dd_{at}"] for at, each in enumerate(view.members, 1) if form[f"dd_{at}"]}
    notes = {each.person: form[f"gc_{at}"] for at, each in enumerate(view.members, 1) if f"gc_{at}" in form.values}
    changed = {each.person for each in view.members
               if marks.get(each.person, each.attendance) != each.attendance
               or notes.get(each.person, each.note) != each.note}  # fmt: skip
    marks = {person: mark for person, mark in marks.items() if person in changed}
    try:
        amount = council_sessions.attend(ask.desk, view.row.code, marks, ask.me.person, ask.now, notes) if marks else 0
    except CouncilError as error:
        return _attend(ask, view, telling.wrong(ask, form, error), 422)
    return see_other(telling.session_path(ask, view.row), notice="council.done.attended", members=amount)


# ── who steps aside ──────────────────────────────────────────────────────────────────────────────


def _open_lines(ask: Ask, view: SessionView) -> list[dict[str, Any]]:
    return [
        {**telling.line(ask, each.line), "award": telling.title(ask, group), "chair": each.line.chair_agrees,
         "statement": each.line.statement, "wants": group.rule is not None and group.rule.chair_must_agree,
         "aside": [ask.say(f"council.aside.{one.cause}", name=one.name) for one in each.aside]}
        for group in view.groups for each in group.lines if each.line.state == "open"
    ]  # fmt: skip


def ask_recuse(ask: Ask) -> Response:
    return _recuse(ask, _view(ask), Form())


def _recuse(ask: Ask, view: SessionView, form: Form, status: int = 200) -> Response:
    people = [{"value": each.person, "text": each.name} for each in view.members]
    return page(
        ask, "council/recuse.html", status, view=view, row=view.row, form=form, people=people,
        lines=_open_lines(ask, view), picked=telling.numbers(ask),
    )  # fmt: skip


def recuse(ask: Ask) -> Response:
    view = _view(ask)
    form = Form.of(ask.typed, ["nguoi", "ly_do"])
    lines = telling.numbers(ask)
    if not form["nguoi"]:
        form.wrong("nguoi", ask.say("council.recuse.who"))
    if not lines:
        form.wrong("dong", ask.say("council.no_line"))
    if form.is_right:
        try:
            amount = council_sessions.recuse(
                ask.desk, view.row.code, form["nguoi"], lines, form["ly_do"], ask.me.person, ask.now
            )
            return see_other(telling.session_path(ask, view.row), notice="council.done.recused", lines=amount)
        except CouncilError as error:
            telling.wrong(ask, form, error, "nguoi" if error.code == "not_a_member" else "dong")
    return _recuse(ask, view, form, 422)


# ── the chair's word ─────────────────────────────────────────────────────────────────────────────


def ask_chair(ask: Ask) -> Response:
    return _chair(ask, _view(ask), Form())


def _chair(ask: Ask, view: SessionView, form: Form, status: int = 200) -> Response:
    return page(
        ask, "council/chair.html", status, view=view, row=view.row, form=form, lines=_open_lines(ask, view),
        picked=telling.numbers(ask),
    )  # fmt: skip


def chair(ask: Ask) -> Response:
    view = _view(ask)
    form = Form.of(ask.typed, ["y_kien", "noi_dung"])
    lines = telling.numbers(ask)
    if form["y_kien"] not in ("co", "khong"):
        form.wrong("y_kien", ask.say("council.chair.choose"))
    if not lines:
        form.wrong("dong", ask.say("council.no_line"))
    if form.is_right:
        try:
            amount = state_chair(
                ask.desk, view.row.code, lines, form["y_kien"] == "co", form["noi_dung"][:2000], ask.me.person, ask.now
            )
            return see_other(telling.session_path(ask, view.row), notice="council.done.stated", lines=amount)
        except CouncilError as error:
            telling.wrong(ask, form, error, "dong")
    return _chair(ask, view, form, 422)
