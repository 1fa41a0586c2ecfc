"""The book of decisions, one decision, and its annex: as a page, on paper, as a workbook."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import decision_papers, decisions_book, mails
from workflow.services.decisions_book import AnnexLine, Change, Filter, Issued, Later, Shown, UnknownDecision
from workflow.web.answering import XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.signing.beginning import begin
from workflow.web.signing.telling import after, kind_name, lack, number_in, papers_of_decision, subject
from workflow.web.templating import moment
from workflow.wording import award_name, role_label

SHOWN_MAILS = 12
SHOWN_PAPERS = 8
PARTS = ("name", "position", "workplace")


def listed(ask: Ask) -> Response:
    year = ask.query.get("nam")
    asked = Filter(
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        award=ask.query.get("hinh-thuc")[:60], number=ask.query.get("so")[:80], lacking=ask.query.get("thieu") == "tep",
    )  # fmt: skip
    continued = after(ask)
    found = decisions_book.page(ask.desk, ask.me, asked, after=continued)
    return page(
        ask, "signing/decisions.html", rows=[_row(ask, each) for each in found.rows], asked=asked,
        years=[{"value": str(each), "text": str(each)} for each in found.years],
        awards=[{"value": each, "text": award_name(each, ask.language)} for each in found.awards],
        active=_active(ask, asked), following=_address(ask, asked, sau=found.next) if found.next else None,
        first=_address(ask, asked) if continued is not None else None,
    )  # fmt: skip


def _row(ask: Ask, each: Issued) -> dict[str, Any]:
    return {
        "issued": each, "subject": subject(ask, each.award, each.kind), "href": ask.path("decision", decision=each.id),
        "lacks": [{"text": lack(ask, missing), "code": missing.code} for missing in each.lacks],
    }  # fmt: skip


def _address(ask: Ask, asked: Filter, **more: object) -> str:
    given = {"nam": asked.year, "hinh-thuc": asked.award or None, "so": asked.number or None,
             "thieu": "tep" if asked.lacking else None, **more}  # fmt: skip
    return ask.path("decisions", **given)


def _active(ask: Ask, asked: Filter) -> list[dict[str, str]]:
    """What is filtered now, each with the address without it."""
    given = {"nam": str(asked.year or ""), "hinh-thuc": award_name(asked.award, ask.language) if asked.award else "",
             "so": asked.number, "thieu": ask.say("signing.book.without_file") if asked.lacking else ""}  # fmt: skip
    return [
        {"text": f"{ask.say(f'signing.book.filter.{key}')}: {text}", "href": _address(ask, asked, **{key: None})}
        for key, text in given.items()
        if text
    ]


# ── one decision ─────────────────────────────────────────────────────────────────────────────────


def show(ask: Ask) -> Response:
    return shown_page(ask)


def printed(ask: Ask) -> Response:
    """The same with its whole annex and everything open, for paper."""
    return shown_page(ask, whole=True)


def shown_page(ask: Ask, form: Form | None = None, status: int = 200, *, whole: bool = False) -> Response:
    continued = None if whole else after(ask)
    skipped = number_in(ask.query.get("qua")) if continued is not None and ask.query.get("qua") else 0
    try:
        found = decisions_book.show(
            ask.desk, ask.me, decision_id(ask), after=continued, skipped=skipped,
            limit=None if whole else decisions_book.LINES_AT_ONCE,
        )  # fmt: skip
    except UnknownDecision:
        raise NotHere from None
    issued = found.issued
    here = ask.path("decision", decision=issued.id)
    return page(
        ask, "signing/decision.html", status, form=form, found=found, issued=issued, here=here, whole=whole,
        subject=subject(ask, issued.award, issued.kind), facts=_facts(ask, found),
        heads=annex_heads(ask), annex=[{"line": each, "cells": annex_cells(ask, each)} for each in found.annex],
        following=f"{here}?sau={found.next}&qua={skipped + len(found.annex)}#phu-luc" if found.next else None,
        first=f"{here}#phu-luc" if continued is not None else None,
        later=[_later(ask, each) for each in found.later], lacks=[_lack(ask, each) for each in issued.lacks],
        mails=[_mail(ask, each) for each in found.mails], shown_mails=None if whole else SHOWN_MAILS,
        notifies=found.notifies.in_(ask.language) if found.notifies and "act.form" in ask.house.entries else "",
        may_attach=ask.me.may("signing.attach"), dossier="nomination" in ask.house.entries,
        drafts=decision_papers.drafts(issued.authority, issued.kind),
        papers=[] if whole else papers_of_decision(ask, issued), shown_papers=SHOWN_PAPERS,
        megabytes=ask.megabytes,
    )  # fmt: skip


def notify(ask: Ask) -> Response:
    """Lines that units were not told of become a selection; then on to the form of the act that tells them."""
    id_ = decision_id(ask)
    try:
        codes = decisions_book.untold(ask.desk, ask.me, id_)
    except UnknownDecision:
        raise NotHere from None
    back = ask.path("decision", decision=id_)
    if not codes:
        return see_other(back, notice="signing.notice.all_told")
    return begin(ask, codes, back, decisions_book.NOTIFIES)


def decision_id(ask: Ask) -> int:
    return number_in(ask.part("decision"))


def _facts(ask: Ask, found: Shown) -> list[dict[str, Any]]:
    """The decision's form as its paper has it, and who wrote it into the book."""
    issued = found.issued
    by = found.recorded_by
    if found.on_behalf_of:
        by = ask.say("signing.decision.behalf", who=by, person=found.on_behalf_of)
    if found.os_user:
        by = f"{by} ({found.os_user})"
    recorded = ask.say("signing.decision.recorded", who=by, at=moment(found.recorded_at))
    rows = [
        ("number", issued.full_number),
        ("issued_on", f"{issued.issued_on:%d/%m/%Y}"),
        ("award", found.title.in_(ask.language)),
        ("kind", kind_name(ask, issued.kind)),
        ("authority", role_label(issued.authority, ask.language) if issued.authority == "unit_head"
         else ask.say(f"signing.authority.{issued.authority}")),
        ("capacity", f"{issued.capacity} / {found.post}" if found.post else issued.capacity),
        ("signer", issued.signer),
        ("lines", ask.say("signing.decision.lines", amount=issued.lines, revoked=issued.revoked)
         if issued.revoked else str(issued.lines)),
        ("legal", "; ".join(found.legal)),
        ("recorded", recorded),
    ]  # fmt: skip
    return [{"key": ask.say(f"signing.decision.fact.{name}"), "value": text} for name, text in rows if text]


def _lack(ask: Ask, each: decisions_book.Lack) -> dict[str, str]:
    return {"text": lack(ask, each), "code": each.code}


def _later(ask: Ask, each: Later) -> dict[str, Any]:
    return {"act": each, "title": each.title.in_(ask.language),
            "changes": [{"change": change, "text": _changed(ask, change)} for change in each.changes]}  # fmt: skip


def _changed(ask: Ask, change: Change) -> str:
    """“Họ tên: Nguyen Van A → Nguyễn Văn A” for each part that a correction replaced."""
    return "; ".join(
        f"{ask.say(f'signing.part.{part}')}: {change.before[part] or '–'} → {change.after.get(part, '–')}"
        for part in PARTS
        if part in change.before
    )


def _mail(ask: Ask, row: Any) -> dict[str, Any]:
    names = mails.template_names(ask.language)
    may = "mails.show" in ask.house.entries and ask.me.may(ask.house.entries["mails.show"].action)
    return {
        "row": row, "about": row.subject or names.get(row.template, row.template),
        "href": ask.path("mails.show", number=row.id) if may else None,
        "state": ask.say(f"signing.mail.{row.state}"), "twice": row.unknowns > 0,
    }  # fmt: skip


# ── the annex ────────────────────────────────────────────────────────────────────────────────────


def annex_heads(ask: Ask) -> list[str]:
    return [ask.say(f"signing.annex.{each}") for each in ("place", "name", "position", "workplace", "unit",
                                                           "certificate", "note")]  # fmt: skip


def annex_cells(ask: Ask, line: AnnexLine) -> tuple[str, ...]:
    """A line of the annex as page, paper and workbook show it."""
    return (
        str(line.place), line.name, line.position, line.workplace, line.unit_name, line.certificate, _note(ask, line)
    )  # fmt: skip


def _note(ask: Ask, line: AnnexLine) -> str:
    said = []
    if line.about:
        said.append(ask.say("signing.annex.about", about=line.about))
    if line.printed:
        was = "; ".join(f"{ask.say(f'signing.part.{part}')}: {line.printed[part] or '–'}"
                        for part in PARTS if part in line.printed)  # fmt: skip
        said.append(ask.say("signing.annex.corrected", by=", ".join(filter(None, line.corrected_by)), was=was))
    if line.revoked:
        said.append(ask.say("signing.annex.revoked", by=", ".join(filter(None, line.revoked_by))))
    return " ".join(said)


def annex(ask: Ask) -> Response:
    """The whole annex as a workbook, exactly as the page shows it."""
    try:
        issued, content = decisions_book.annex_file(
            ask.desk, ask.me, decision_id(ask), annex_heads(ask), lambda line: annex_cells(ask, line), ask.machine_now
        )
    except UnknownDecision:
        raise NotHere from None
    name = issued.full_number.replace("/", "-")
    return download(content, f"{ask.say('signing.annex.file')}-{name}.xlsx", XLSX)
