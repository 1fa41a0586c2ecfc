"""For the desk: who appraises what, by hand on one dossier, by the rules of the flows, or out of a file."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.explaining import sentences, why_not_asked
from workflow.intake.values import Unreadable
from workflow.services import appraisal_views, appraiser_files, appraisers, dossier
from workflow.services.appraisers import Proposal, Wanted
from workflow.services.appraising import AppraisalError
from workflow.services.register import RegisterError
from workflow.web import scored
from workflow.web.answering import XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.wording import say

MOST_SHOWN = 200
"""Dossiers of one page; all are assigned, however many."""


# ── by the rules ─────────────────────────────────────────────────────────────────────────────────


def overview(ask: Ask) -> Response:
    """Every dossier in appraisal with whom the rule would ask, and why him."""
    found = appraisers.propose(ask.desk, ask.me.person, ask.now)
    changes = [each for each in found if each.changes]
    people = {one.person for each in found for one in each.matter.asked}
    people |= {chosen.person for each in found for chosen, _ in each.chosen}
    return page(
        ask, "appraisal/assign.html", rows=[_proposed(ask, each) for each in found[:MOST_SHOWN]], total=len(found),
        more=max(0, len(found) - MOST_SHOWN), dossiers=len(changes), people=sum(len(each.chosen) for each in changes),
        short=sum(bool(each.short) for each in found),
        without_mailbox=", ".join(appraisers.without_mailbox(ask.desk, people)),
    )  # fmt: skip


def _proposed(ask: Ask, found: Proposal) -> dict[str, Any]:
    matter = found.matter
    return {
        "code": found.code, "name": matter.facts.name, "title": matter.flow.title.in_(ask.language),
        "unit": matter.facts.unit, "href": ask.path("appraisal.people", code=found.code), "short": found.short,
        "asked": [each.name for each in matter.asked],
        "chosen": [
            {"name": name, "why": say(f"appraiser_why.{each.why}", ask.language, load=each.load,
                                      least_left=each.least_left)}
            for each, name in found.chosen
        ],
        "aside": [
            ask.say("appraisal.stands_aside", name=name, why=scored.cause(ask, cause))
            for cause, name in (*((each.cause, each.name) for each in matter.aside),
                                *((each.cause, name) for each, name in found.aside))
        ],
    }  # fmt: skip


def by_rule(ask: Ask) -> Response:
    done = appraisers.by_rule(ask.desk, ask.me.person, ask.now)
    people = sum(len(each.chosen) for each in done)
    return see_other(ask.path("appraisal.assign"), notice="appraisal.done.assigned", people=people, dossiers=len(done))


# ── out of a file ────────────────────────────────────────────────────────────────────────────────


def ask_file(ask: Ask) -> Response:
    return _file(ask, Form())


def _file(ask: Ask, form: Form, status: int = 200) -> Response:
    return page(ask, "appraisal/file.html", status, form=form, checked=None, wrong=(), lines="", name="")


def look_file(ask: Ask) -> Response:
    """Every row of the file judged; nothing is written. What is right may then be taken as it was looked at."""
    form = Form()
    file = ask.typed.files.get("tep")
    if file is None or not file.filename:
        form.wrong("tep", ask.say("appraisal.file.none"))
        return _file(ask, form, 422)
    try:
        checked = appraiser_files.check(ask.desk, file.file.read(), file.filename[:200], ask.me.person, ask.now)
    except (AppraisalError, RegisterError, Unreadable) as error:
        form.wrong("tep", _told(ask, error))
        return _file(ask, form, 422)
    return page(
        ask, "appraisal/file.html", 422 if checked.refused else 200, form=form, checked=checked,
        wrong=[why_not_asked(each, ask.language) for each in checked.refused[:MOST_SHOWN]], name=file.filename[:200],
        lines="\n".join(f"{each.code};{each.person};{each.place}" for each in checked.wanted),
    )  # fmt: skip


def take_file(ask: Ask) -> Response:
    """Take the rows that were looked at, all or none."""
    wanted = [
        Wanted(*parts)
        for line in ask.typed.get("dong").splitlines()
        if len(parts := [each.strip()[:80] for each in line.split(";")]) == 3
    ]
    form = Form()
    if not wanted:
        form.wrong("tep", ask.say("appraisal.file.none"))
        return _file(ask, form, 422)
    try:
        amount = appraisers.ask(ask.desk, wanted, ask.me.person, ask.now, how="file")
    except AppraisalError as error:
        form.wrong("tep", _told(ask, error))
        return _file(ask, form, 409)
    return see_other(
        ask.path("appraisal.assign"), notice="appraisal.done.assigned", people=amount,
        dossiers=len({each.code for each in wanted}),
    )  # fmt: skip


def template(ask: Ask) -> Response:
    """The dossiers in appraisal as a workbook to fill in, with whom the rules would ask."""
    found = appraisers.propose(ask.desk, ask.me.person, ask.now)
    headings = [ask.say(f"appraisal.file.{each}") for each in ("code", "name", "unit", "person")]
    names = [(each.matter.facts.name, each.matter.facts.unit) for each in found]
    return download(appraiser_files.template(found, headings, names), "phan-cong-cham.xlsx", XLSX)


def _told(ask: Ask, error: Exception) -> str:
    found = sentences(error, ask.language)
    assert found is not None  # narrows the type; these errors are ours
    return " ".join(found[1][:20])


# ── by hand, on one dossier ──────────────────────────────────────────────────────────────────────


def people(ask: Ask) -> Response:
    return _people(ask, Form())


def _people(ask: Ask, form: Form, status: int = 200) -> Response:
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    view = appraisal_views.of_dossier(ask.desk, ask.me, code, ask.now)
    if view is None or not view.assigns:
        raise NotHere
    matter, found = appraisers.candidates(ask.desk, code, ask.me.person, ask.now)
    members = [
        {"person": each.row.person, "name": each.row.name, "why": scored.why(ask, each), "since": each.row.from_at,
         "kind": scored.kind(ask, each.kind, still_open=view.open), "may_go": not each.kind}
        for each in view.members
    ]  # fmt: skip
    free = [
        {"value": each.person, "text": each.name, "hint": ask.say("appraisal.people.load", load=each.load)}
        for each in found if not each.kept_out
    ]  # fmt: skip
    out = [
        ask.say("appraisal.stands_aside", name=each.name, why=scored.cause(ask, each.kept_out))
        for each in found if each.kept_out not in ("", "asked")
    ]  # fmt: skip
    unreached = appraisers.without_mailbox(ask.desk, [each.row.person for each in view.members])
    return page(
        ask, "appraisal/people.html", status, code=code, name=matter.facts.name, form=form, members=members, free=free,
        out=out, without_mailbox=", ".join(unreached), open=view.open, title=view.flow.title.in_(ask.language),
        picked=ask.typed.all("nguoi"),
    )  # fmt: skip


def change(ask: Ask) -> Response:
    """Ask those who were ticked, or ask one no more."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    where = ask.path("appraisal.people", code=code)
    form = Form.of(ask.typed, ["ly_do", "thoi"])
    try:
        if ask.typed.get("viec") == "thoi":
            appraisers.let_go(ask.desk, code, form["thoi"][:80], form["ly_do"], ask.me.person, ask.now)
            return see_other(where, notice="appraisal.done.let_go")
        wanted = [Wanted(code, each[:80]) for each in dict.fromkeys(ask.typed.all("nguoi"))]
        if not wanted:
            form.wrong("nguoi", ask.say("appraisal.people.nobody"))
            return _people(ask, form, 422)
        amount = appraisers.ask(ask.desk, wanted, ask.me.person, ask.now)
    except AppraisalError as error:
        form.wrong("ly_do" if error.code == "aside_words" else "nguoi", _told(ask, error))
        return _people(ask, form, 422)
    return see_other(where, notice="appraisal.done.asked", people=amount)
