"""Mail texts of the house: looked at beside what ships, tried with made-up facts, saved once they are proven."""

from __future__ import annotations

from difflib import unified_diff

from starlette.responses import Response

from definitions.messages import package_catalogue
from notifications.proving import Problem
from notifications.rendering import ACT_FIELDS, GIVEN, LINE_FIELDS
from workflow.services import mail_texts
from workflow.services.mail_texts import LANGUAGES, TextDetail, TextRefused, UnknownText
from workflow.services.mails import template_names
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.ministry.telling import area


def listed(ask: Ask) -> Response:
    """One row for each text, with which languages are the house's own."""
    names = template_names(ask.language)
    rows: dict[str, dict[str, object]] = {}
    for each in mail_texts.listed(ask.desk):
        title = (
            ask.say("ministry.texts.frame") if each.template == "_frame" else names.get(each.template, each.template)
        )
        row = rows.setdefault(each.template, {"template": each.template, "title": title, "saved": {}})
        row["saved"][each.language] = each.saved  # type: ignore[index]
    return page(ask, "ministry/texts.html", rows=list(rows.values()), languages=LANGUAGES)


def show(ask: Ask) -> Response:
    detail = _found(ask)
    return _page(ask, detail, Form.filled({"loi": detail.text}))


def change(ask: Ask) -> Response:
    """Try it, save it, or go back to what ships: `viec` says which."""
    detail = _found(ask)
    here = ask.path("texts.show", language=detail.language, template=detail.template)
    if ask.typed.get("viec") == "reset":
        mail_texts.reset(ask.desk, detail.template, detail.language, ask.me.person, ask.now)
        return see_other(here, notice="ministry.texts.reset_done")
    form = Form({"loi": area(ask, "loi")})
    try:
        if ask.typed.get("viec") == "save":
            mail_texts.save(ask.desk, detail.template, detail.language, form["loi"], ask.me.person, ask.now)
            return see_other(here, notice="ministry.texts.saved")
        rendered = mail_texts.preview(ask.desk, detail.template, detail.language, form["loi"])
    except TextRefused as refused:
        form.wrong("loi", ask.say("ministry.texts.refused", amount=len(refused.problems)))
        return _page(ask, detail, form, problems=refused.problems, status=422)
    return _page(ask, detail, form, rendered=rendered)


def _found(ask: Ask) -> TextDetail:
    try:
        return mail_texts.show(ask.desk, ask.part("template"), ask.part("language"))
    except UnknownText:
        raise NotHere from None


def _page(
    ask: Ask, detail: TextDetail, form: Form, *, rendered: object = None, problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:  # fmt: skip
    lines = form["loi"].splitlines()
    return page(
        ask, "ministry/text.html", status, form=form, detail=detail, rendered=rendered,
        title=template_names(ask.language).get(detail.template) or ask.say("ministry.texts.frame"),
        problems=[_problem(ask, each, lines) for each in problems],
        difference=[_marked(line) for line in unified_diff(
            detail.shipped.splitlines(), lines, "", "", lineterm="", n=2) if not line.startswith(("---", "+++"))],
        other="en" if detail.language == "vi" else "vi",
        places=[("act", sorted(ACT_FIELDS)), ("line", sorted(LINE_FIELDS)), ("given", sorted(GIVEN))],
    )  # fmt: skip


def _problem(ask: Ask, problem: Problem, lines: list[str]) -> dict[str, str]:
    words = package_catalogue("notifications")
    code = f"template_problem.{problem.code}"
    known = code if code in words else f"error.{problem.code}"
    place = ask.say("ministry.texts.line", line=problem.line) if problem.line else ask.say("ministry.texts.whole")
    line = lines[problem.line - 1][:400] if 0 < problem.line <= len(lines) else ""
    return {"place": place, "sentence": words.say(known, ask.language, **problem.params), "line": line, "mark": ""}


def _marked(line: str) -> tuple[str, str]:
    return {"+": "added", "-": "removed"}.get(line[:1], ""), line
