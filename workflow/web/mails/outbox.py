"""The outbox to look at: a list that can be narrowed, and one mail in full. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from notifications.errors import TemplateRefused, UnknownMail
from notifications.mail import STATES
from notifications.overview import MailDetail, MailHead
from workflow.explaining import sentences
from workflow.services import looking, mails
from workflow.services.looking import UnknownNomination
from workflow.web.answering import download, page
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.mails.wording import Row, hold_name, mail_word, row

MOST = 50
KINDS = {
    "queued": "open", "sending": "open", "held": "waiting", "unknown": "late", "failed": "late", "expired": "neutral",
    "cancelled": "neutral", "handed_over": "positive",
}  # fmt: skip
NARROWED_BY = ("trang_thai", "giu", "nhan", "ho_so")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the address of the list asks for; `reference` is that of a dossier's lines."""

    state: str | None
    hold: str | None
    words: str
    reference: str | None
    under: str | None


def listed(ask: Ask) -> Response:
    """Mails, newest first, fifty at a time."""
    form = Form.of(ask.query, NARROWED_BY)
    before = ask.query.get("truoc")
    wanted = _narrowed(ask, form)
    rows: list[MailHead] = []
    if wanted is not None:
        rows = mails.listed(
            ask.desk, state=wanted.state, hold=wanted.hold, words=wanted.words, reference=wanted.reference,
            under=wanted.under, before=int(before) if before.isdecimal() and len(before) < 18 else None, limit=MOST + 1,
        )  # fmt: skip
    summary = mails.summary(ask.desk, ask.now)
    holds = [(name, hold_name(ask, name)) for name in summary.held]
    return page(
        ask, "mails/list.html", form=form, rows=[row(ask, each) for each in rows[:MOST]], summary=summary,
        figures=_figures(ask, summary), older=_older(ask, form, rows), active=_active(ask, form), kinds=KINDS,
        state_options=[{"value": name, "text": mail_word(ask, f"mail_state.{name}")} for name in STATES],
        holds=holds, hold_options=[{"value": name, "text": words} for name, words in holds],
        queue_reason=mail_word(ask, f"queue_reason.{summary.queue.reason}") if summary.queue.paused_at else "",
    )  # fmt: skip


def _narrowed(ask: Ask, form: Form) -> Narrowed | None:
    """None when the address names a dossier that is not there; a word of ours that is none narrows nothing."""
    state = form["trang_thai"] if form["trang_thai"] in STATES else None
    reference = under = None
    if form["ho_so"]:
        try:
            number = looking.show(ask.desk, form["ho_so"], ask.today).row.id
        except UnknownNomination:
            form.wrong("ho_so", ask.say("mails.list.no_dossier", code=form["ho_so"][:60]))
            return None
        if ask.query.get("nhac"):
            under = f"deadline:{number}:"
        else:
            reference = f"nomination:{number}"
    return Narrowed(state, form["giu"] or None, form["nhan"][:200], reference, under)


def _figures(ask: Ask, summary: Any) -> list[dict[str, Any]]:
    """What a person should look at first, each leading to its list."""
    counts: Mapping[str, int] = summary.counts
    figures = [
        ("queued", counts.get("queued", 0) + counts.get("sending", 0), "", ask.path("mails", trang_thai="queued")),
        ("held", counts.get("held", 0), "soon", ask.path("mails", trang_thai="held")),
        ("failed", counts.get("failed", 0), "late", ask.path("mails", trang_thai="failed")),
        ("unknown", counts.get("unknown", 0), "late", ask.path("mails", trang_thai="unknown")),
        ("handed_over", counts.get("handed_over", 0), "positive", ask.path("mails", trang_thai="handed_over")),
    ]
    return [
        {"text": ask.say(f"mails.figure.{name}"), "value": amount, "href": href, "kind": kind if amount else ""}
        for name, amount, kind, href in figures
    ]


def _older(ask: Ask, form: Form, rows: list[MailHead]) -> str:
    if len(rows) <= MOST:
        return ""
    return ask.path("mails", **_given(form), truoc=rows[MOST - 1].id)


def _given(form: Form) -> dict[str, str]:
    return {name: form[name] for name in NARROWED_BY if form[name]}


def _active(ask: Ask, form: Form) -> list[dict[str, str]]:
    given = _given(form)
    return [
        {"text": _said(ask, name, value), "href": ask.path("mails", **{k: v for k, v in given.items() if k != name})}
        for name, value in given.items()
    ]


def _said(ask: Ask, name: str, value: str) -> str:
    if name == "trang_thai":
        return mail_word(ask, f"mail_state.{value}")
    return hold_name(ask, value) if name == "giu" else value


# ── one mail ─────────────────────────────────────────────────────────────────────────────────────


def show(ask: Ask) -> Response:
    """One mail with its exact words, its attempts, and what can be done with it."""
    return shown(ask, Form())


def shown(ask: Ask, form: Form, status: int = 200) -> Response:
    """The page of the mail that the path names, with what was typed into its forms."""
    detail = found(ask)
    preview, trouble = None, ""
    try:
        preview = mails.preview(ask.desk, detail.head.id)
    except TemplateRefused as error:
        trouble = " ".join((sentences(error, ask.language) or (0, [""]))[1])
    head: Row = row(ask, detail.head)
    return page(
        ask, "mails/show.html", status, form=form, detail=detail, head=head, kind=KINDS[head.state], preview=preview,
        trouble=trouble, lines=[_line(ask, each) for each in detail.lines], can=_can(ask, detail),
        reason=mail_word(ask, f"mail_reason.{detail.head.reason}") if detail.head.reason else "",
        why=mail_word(ask, f"why.{detail.why}") if detail.why else "",
        outcomes={each.outcome: mail_word(ask, f"mail_state.{each.outcome}") for each in detail.attempts},
    )  # fmt: skip


def found(ask: Ask) -> MailDetail:
    """The mail that the path names. Raises NotHere."""
    try:
        return mails.show(ask.desk, int(ask.part("number")))
    except (UnknownMail, OverflowError):
        raise NotHere from None


def _can(ask: Ask, detail: MailDetail) -> dict[str, str]:
    """What could be done with it → why it cannot now; an empty reason means that it can."""
    head = detail.head
    not_mine = "" if ask.me.may("mail.work") else ask.say("mails.no.role")
    held = "" if head.state == "held" else ask.say("mails.no.not_held")
    stale = ask.say("mails.no.stale") if detail.is_stale else ""
    on_its_way = head.state in ("queued", "held", "sending") or head.next_attempt_at is not None
    return {
        "release": not_mine or held or stale,
        "edit": not_mine or held,
        "unedit": not_mine or held or ("" if detail.edited_text is not None else ask.say("mails.no.not_edited")),
        "resend": not_mine or (ask.say("mails.no.on_its_way") if on_its_way else ""),
        "discard": not_mine or ("" if head.state in ("held", "failed") else ask.say("mails.no.not_discardable")),
    }


def _line(ask: Ask, line: Any) -> dict[str, Any]:
    code = str(line.context.get("code") or "")
    return {
        "code": code,
        "href": ask.path("nomination", code=code) if code and "nomination" in ask.house.entries else "",
        "name": str(line.context.get("name") or ""),
        "award": str(line.context.get("award") or line.context.get("label") or ""),
        "note": str(line.context.get("note") or line.context.get("result") or ""),
        "cancelled_at": line.cancelled_at,
        "cancelled": mail_word(ask, f"mail_reason.{line.cancel_reason}") if line.cancel_reason else "",
    }


def html(ask: Ask) -> Response:
    """The HTML form as a file: it is never shown inside our own pages."""
    detail = found(ask)
    preview = mails.preview(ask.desk, detail.head.id)
    return download(preview.rendered.html.encode(), f"thu-{detail.head.id}.html", "text/html; charset=utf-8")
