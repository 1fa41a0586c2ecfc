"""Doing something with mails: release, send again, edit, put aside, pause. Each is one use case and one redirect."""

from __future__ import annotations

from starlette.responses import Response

from notifications.errors import NotEditable, NotificationError, TemplateRefused
from notifications.rendering import LONGEST_SUBJECT, edited
from workflow.explaining import sentences
from workflow.services import mails
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.mails import outbox
from workflow.web.mails.wording import hold_name, mail_word, row

SHOWN = 200


# ── one mail ─────────────────────────────────────────────────────────────────────────────────────


def do(ask: Ask) -> Response:
    """Release, send again, go back to the template's words, or put aside: `viec` says which."""
    number = outbox.found(ask).head.id
    by, here = ask.me.person, ask.path("mails.show", number=number)
    try:
        match ask.typed.get("viec"):
            case "release":
                released = mails.release(ask.desk, by, ask.now, ids=[number])
                return see_other(here, notice="mails.done.released" if released else "mails.done.not_released")
            case "resend":
                new = mails.resend(ask.desk, number, by, ask.now)
                return see_other(ask.path("mails.show", number=new), notice="mails.done.resent", number=new)
            case "unedit":
                mails.unedit(ask.desk, number, by, ask.now)
                return see_other(here, notice="mails.done.unedited")
            case "discard":
                return _discard(ask, number, here)
    except NotificationError as error:
        form = Form.of(ask.typed, ["ly_do"])
        form.wrong("viec", told(ask, error))
        return outbox.shown(ask, form, 409)
    return see_other(here)


def _discard(ask: Ask, number: int, here: str) -> Response:
    form = Form.of(ask.typed, ["ly_do"])
    if not form["ly_do"]:
        form.wrong("ly_do", ask.say("mails.discard.no_reason"))
        return outbox.shown(ask, form, 422)
    mails.discard(ask.desk, number, form["ly_do"][:500], ask.me.person, ask.now)
    return see_other(here, notice="mails.done.discarded")


def told(ask: Ask, error: Exception) -> str:
    return " ".join((sentences(error, ask.language) or (0, [str(error)]))[1])


def ask_edit(ask: Ask) -> Response:
    """The words of one held mail, to be changed for this mail alone."""
    detail = outbox.found(ask)
    if detail.head.state != "held":
        return see_other(ask.path("mails.show", number=detail.head.id), notice="mails.no.not_held", kind="warning")
    try:
        _, subject, source = mails.to_edit(ask.desk, detail.head.id)
    except (NotEditable, TemplateRefused) as error:
        form = Form()
        form.wrong("viec", told(ask, error))
        return outbox.shown(ask, form, 409)
    return _edit_page(ask, Form.filled({"tieu_de": subject, "loi": source}))


def edit(ask: Ask) -> Response:
    """Show how it would look, or save it."""
    form = Form(
        {
            "tieu_de": ask.typed.get("tieu_de"),
            "loi": next((value for name, value in ask.typed.pairs if name == "loi"), "").strip("\r\n"),
        }
    )
    number = outbox.found(ask).head.id
    try:
        if ask.typed.get("viec") == "look":
            return _edit_page(ask, form, look=True)
        mails.edit(ask.desk, number, form["tieu_de"], form["loi"], ask.me.person, ask.now)
    except NotificationError as error:
        form.wrong("tieu_de" if "subject" in error.code else "loi", told(ask, error))
        return _edit_page(ask, form, status=422)
    return see_other(ask.path("mails.show", number=number), notice="mails.done.edited")


def _edit_page(ask: Ask, form: Form, *, look: bool = False, status: int = 200) -> Response:
    detail = outbox.found(ask)
    rendered = edited(form["tieu_de"], form["loi"], detail.head.language) if look else None
    return page(
        ask, "mails/edit.html", status, form=form, detail=detail, head=row(ask, detail.head), rendered=rendered,
        longest=LONGEST_SUBJECT,
    )  # fmt: skip


# ── many ─────────────────────────────────────────────────────────────────────────────────────────


def ask_release(ask: Ask) -> Response:
    """Before held mails leave: how many, to whom, and what they are about."""
    hold = ask.query.get("giu")
    rows = mails.listed(ask.desk, state="held", hold=hold or None, limit=SHOWN + 1)
    summary = mails.summary(ask.desk, ask.now)
    amount = summary.held.get(hold, 0) if hold else sum(summary.held.values())
    return page(
        ask, "mails/release.html", hold=hold, hold_words=hold_name(ask, hold) if hold else "", amount=amount,
        rows=[row(ask, each) for each in rows[:SHOWN]], more=max(0, amount - SHOWN),
        why=mail_word(ask, f"mail_reason.held_{hold}") if hold else "", paused=summary.queue.paused_at is not None,
        form=Form(),
    )  # fmt: skip


def release(ask: Ask) -> Response:
    """Release those that are ticked, or all under one hold, or all."""
    by, hold = ask.me.person, ask.typed.get("giu")
    ticked = [int(each) for each in ask.typed.all("thu") if each.isdecimal() and len(each) < 18]
    if ticked:
        released = mails.release(ask.desk, by, ask.now, ids=ticked)
    elif ask.typed.get("tat_ca") and hold:
        released = mails.release(ask.desk, by, ask.now, hold=hold)
    elif ask.typed.get("tat_ca"):
        released = mails.release_all(ask.desk, by, ask.now)
    else:
        return see_other(ask.path("mails.release", giu=hold), notice="mails.release.none", kind="warning")
    return see_other(ask.path("mails", trang_thai="queued"), notice="mails.done.released_many", amount=released)


# ── the queue ────────────────────────────────────────────────────────────────────────────────────


def ask_queue(ask: Ask) -> Response:
    return _queue_page(ask, Form())


def queue(ask: Ask) -> Response:
    """Pause with a reason, or go on."""
    form = Form.of(ask.typed, ["ly_do"])
    if ask.typed.get("viec") == "go_on":
        mails.go_on(ask.desk, ask.me.person, ask.now)
        return see_other(ask.path("mails"), notice="mails.done.going_on")
    if not form["ly_do"]:
        form.wrong("ly_do", ask.say("mails.queue.no_reason"))
        return _queue_page(ask, form, 422)
    mails.pause(ask.desk, ask.me.person, form["ly_do"][:500], ask.now)
    return see_other(ask.path("mails"), notice="mails.done.paused")


def _queue_page(ask: Ask, form: Form, status: int = 200) -> Response:
    summary = mails.summary(ask.desk, ask.now)
    paused = summary.queue.paused_at is not None
    return page(
        ask, "mails/queue.html", status, form=form, summary=summary, paused=paused,
        waiting=summary.counts.get("queued", 0),
        reason=mail_word(ask, f"queue_reason.{summary.queue.reason}") if paused else "",
    )  # fmt: skip
