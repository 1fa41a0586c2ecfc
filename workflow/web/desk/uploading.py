"""Where a list comes in: the form that takes a workbook, and the empty workbook to fill in."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.intake.limits import LIMITS
from workflow.intake.templates import write_template
from workflow.intake.values import Unreadable
from workflow.services import list_drafts
from workflow.services.brought import NotTyped, day
from workflow.services.list_drafts import NewList
from workflow.services.submissions import ImportRefused, award_choices
from workflow.storage.papers import PaperRefused
from workflow.web.answering import XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import open_rounds, sentence_of, synonyms, units_for
from workflow.web.forms import Form
from workflow.web.frame import NotHere

FIELDS = ("unit", "round", "letter_number", "letter_on", "achievement_to")


def ask_for_file(ask: Ask) -> Response:
    rounds, units = open_rounds(ask), units_for(ask)
    form = Form.filled(
        {
            "round": ask.query.get("dot") or (rounds[0].code if rounds else ""),
            "unit": ask.query.get("don-vi") or (units[0].code if len(units) == 1 else ""),
        }
    )
    return _form(ask, form, 200)


def take(ask: Ask) -> Response:
    """Keep the workbook, then on to its check."""
    form = Form.of(ask.typed, FIELDS)
    upload = ask.typed.files.get("file")
    if form["unit"] not in {each.code for each in units_for(ask)}:
        form.wrong("unit", ask.say("desk.new.unit_needed"))
    if form["round"] not in {each.code for each in open_rounds(ask)}:
        form.wrong("round", ask.say("desk.new.round_needed"))
    letter_on, achievement_to = day_in(ask, form, "letter_on"), day_in(ask, form, "achievement_to")
    if upload is None:
        form.wrong("file", ask.say("desk.new.file_needed"))
    if upload is None or not form.is_right:
        return _form(ask, form, 422)
    new = NewList(form["unit"], form["round"], upload.filename or "", form["letter_number"], letter_on, achievement_to)
    try:
        kept = list_drafts.keep(ask.desk, ask.me, new, upload.file.read(), ask.now, synonyms(ask))
    except (Unreadable, ImportRefused, PaperRefused) as error:
        told = sentences(error, ask.language)
        assert told is not None
        form.wrong("file", " ".join(told[1]))
        return _form(ask, form, 422)
    return see_other(ask.path("list.check", draft=kept))


def day_in(ask: Ask, form: Form, name: str) -> date | None:
    """The day typed in this field; a mistake is told at the field."""
    if not form[name]:
        return None
    try:
        return day(form[name], name)
    except NotTyped as error:
        form.wrong(name, sentence_of(ask, error))
        return None


def template(ask: Ask) -> Response:
    """An empty list that offers the awards of the round, for the unit's own kind."""
    rounds = {each.code for each in open_rounds(ask)}
    wanted = ask.query.get("dot")
    if wanted not in rounds:
        raise NotHere
    units = units_for(ask)
    unit = next((each for each in units if each.code == ask.query.get("don-vi")), units[0] if len(units) == 1 else None)
    awards = award_choices(ask.desk, wanted, ask.today)
    if unit is not None:
        awards = [each for each in awards if not each.from_units or unit.kind in each.from_units]
    content = write_template(awards, unit_name=unit.name if unit else "", language=ask.language)
    return download(content, f"mau-danh-sach-{wanted}.xlsx", XLSX)


def _form(ask: Ask, form: Form, status: int) -> Response:
    return page(
        ask, "desk/new.html", status, form=form, rounds=open_rounds(ask), units=units_for(ask),
        waiting=list_drafts.waiting(ask.desk, ask.me),
        megabytes=min(ask.megabytes, LIMITS.file_bytes // 1_000_000),
    )  # fmt: skip
