"""One nomination, typed on a page instead of sent in a workbook: checked like a line of a list, kept as a draft."""

from __future__ import annotations

from starlette.responses import Response

from workflow.intake.sentences import say_problem, word
from workflow.services import handing_in, single_lines
from workflow.services.single_lines import SINGLE, NewLine
from workflow.services.submissions import ImportRefused, award_choices
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import here, open_rounds, synonyms, units_for
from workflow.web.desk.uploading import day_in
from workflow.web.forms import Form

BESIDE = ("unit", "round", "letter_number", "letter_on", "submission")


def blank(ask: Ask) -> Response:
    rounds, units = open_rounds(ask), units_for(ask)
    values = {
        "round": rounds[0].code if rounds else "", "unit": units[0].code if len(units) == 1 else "",
        "nominee": "individual",
    }  # fmt: skip
    number = ask.query.get("to-trinh")
    if number.isdecimal() and len(number) < 12:
        with here():
            work = handing_in.find(ask.desk, ask.me, int(number), ask.now)
        values |= {"submission": number, "unit": work.unit, "round": work.round}
    return _form(ask, Form.filled(values), 200)


def take(ask: Ask) -> Response:
    """Check the line; good, it becomes a draft of its submission."""
    form = Form.of(ask.typed, (*BESIDE, *SINGLE))
    if form["unit"] not in {each.code for each in units_for(ask)}:
        form.wrong("unit", ask.say("desk.new.unit_needed"))
    if form["round"] not in {each.code for each in open_rounds(ask)}:
        form.wrong("round", ask.say("desk.new.round_needed"))
    letter_on = day_in(ask, form, "letter_on")
    number = int(form["submission"]) if form["submission"].isdecimal() and len(form["submission"]) < 12 else None
    if form.is_right:
        new = NewLine(
            form["unit"], form["round"], {name: form[name] for name in SINGLE}, form["letter_number"], letter_on, number
        )
        try:
            with here():
                made = single_lines.add(ask.desk, ask.me, new, ask.now, synonyms(ask))
        except ImportRefused as error:
            form.wrong("name", ask.say("desk.single.there", code=error.params.get("codes", "")))
            return _form(ask, form, 422)
        if not made.problems:
            return see_other(
                ask.path("submission.show", number=made.submission_id), notice="desk.single.added", code=made.code
            )
        for problem in made.problems:
            form.wrong(problem.column if problem.column in SINGLE else "name", say_problem(problem, ask.language))
    return _form(ask, form, 422)


def _form(ask: Ask, form: Form, status: int) -> Response:
    chosen = next((each.code for each in open_rounds(ask) if each.code == form["round"]), "")
    awards = award_choices(ask.desk, chosen, ask.today) if chosen else []
    kinds = {each.code: each.kind for each in units_for(ask)}
    kind = kinds.get(form["unit"], "")
    return page(
        ask, "desk/single.html", status, form=form, rounds=open_rounds(ask), units=units_for(ask),
        awards=[each.title for each in awards if not kind or not each.from_units or kind in each.from_units],
        column_word=lambda role: word("column", role, ask.language),
        nominee_word=lambda name: word("nominee", name, ask.language),
    )  # fmt: skip
