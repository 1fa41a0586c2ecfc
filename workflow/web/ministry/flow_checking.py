"""Checking a flow that is typed or uploaded, and publishing it: the rules of the command line, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response

from definitions.problems import FlowsRefused
from workflow.proving import prove_mails
from workflow.services import flow_texts, flows
from workflow.services.flow_texts import Checked, Texts
from workflow.services.mail_texts import in_use
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.ministry.telling import area, pointed, uploaded


def ask_text(ask: Ask) -> Response:
    """An empty form, or one with the text of a published flow to begin from."""
    begin = ask.query.get("tu")
    found = flows.in_force(ask.desk, ask.today).get(begin) if begin else None
    text = flows.text(ask.desk, found.id) if found else ""
    return _page(ask, Form.filled({"loi": text}), {})


def check(ask: Ask) -> Response:
    """Check what was sent; publish it when that was asked for, by somebody who just showed who he is."""
    if ask.typed.get("viec") == "publish":
        ask.fresh_proof()
    form = Form({"loi": area(ask, "loi"), "phan": area(ask, "phan")})
    texts = _texts(ask, form)
    if not texts:
        form.wrong("loi", ask.say("ministry.check.empty"))
        return _page(ask, form, {}, status=422)
    if ask.typed.get("viec") == "publish":
        return _publish(ask, form, texts)
    return _page(ask, form, texts, flow_texts.check(ask.desk, texts, ask.now, _own(ask)))


def _publish(ask: Ask, form: Form, texts: Texts) -> Response:
    mails = in_use(ask.desk)
    try:
        done = flow_texts.publish(
            ask.desk, texts, ask.me.person, ask.now, own=_own(ask), prove=lambda loaded: prove_mails(loaded, mails)
        )
    except FlowsRefused as error:
        return _page(ask, form, texts, Checked(problems=error.problems), status=422)
    names = [name for name, _ in done.published] or list(done.unchanged)
    notice = "ministry.check.published" if done.published else "ministry.check.unchanged"
    return see_other(ask.path("flows.show", flow=names[0]), notice=notice, kind="success" if done.published else "info")


def _texts(ask: Ask, form: Form) -> dict[str, str]:
    """File name → text, of the fields and the uploads; an upload goes before what was typed in its field."""
    found: dict[str, str] = {}
    for field, file_field in (("phan", "tep_phan"), ("loi", "tep")):
        file = uploaded(ask, file_field)
        if file is not None:
            form.values[field] = file[1].decode("utf-8-sig", "replace").replace("\r\n", "\n")
        text = form.values[field]
        if text.strip():
            found[flow_texts.name_of(text)] = text
    return found


def _own(ask: Ask) -> Path | None:
    folder = ask.house.app.settings.definitions.folder
    return Path(folder) if folder else None


def _page(ask: Ask, form: Form, texts: Texts, checked: Checked | None = None, *, status: int = 200) -> Response:
    impacts: list[Any] = []
    if checked is not None and checked.green:
        impacts = [flow_texts.impact(ask.desk, each, ask.language, ask.now) for each in checked.flows]
    return page(
        ask, "ministry/check.html", status, form=form, checked=checked, impacts=impacts, names=sorted(texts),
        problems=[pointed(ask, each, checked.lines) for each in checked.problems] if checked else [],
        warnings=[pointed(ask, each, checked.lines) for each in checked.warnings] if checked else [],
    )  # fmt: skip
