"""A member's ballot: filled in, looked over, cast once, receipts shown once.

What is chosen but not cast yet is kept nowhere: it travels in the forms of these pages, and the frame does not keep it
when somebody's session runs out. So the pages that hold choices are answers to a POST, never addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from workflow.domain.ballots import CHOICES
from workflow.services import balloting, council_sessions, session_views
from workflow.services.councils import CouncilError
from workflow.services.session_views import MemberLine, MemberView
from workflow.web import scored
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.council import telling
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.wording import say


def _view(ask: Ask) -> MemberView:
    try:
        return session_views.for_member(ask.desk, ask.me, ask.part("code"), ask.now)
    except CouncilError:
        raise NotHere from None


def show(ask: Ask) -> Response:
    return _page(ask, _view(ask), Form())


def _page(ask: Ask, view: MemberView, form: Form, status: int = 200) -> Response:
    row = view.row
    return page(
        ask, "council/ballot.html", status, view=view, row=row, form=form, state=telling.state(ask, row),
        when=telling.when(ask, row), owed=len(view.owed), due=row.answers_due_on,
        before=telling.before_vote(ask, view.before), secret=any(each.ballot.secret for each in view.owed),
        groups=_groups(ask, view, form),
        choices=[{"value": each, "text": ask.say(f"council.choice.{each}")} for each in CHOICES],
        listed=row.state == "closed" and bool(row.list_sha256),
        may_step_aside=row.state == "open" and bool(view.owed),
    )  # fmt: skip


def _groups(ask: Ask, view: MemberView, form: Form) -> list[dict[str, Any]]:
    return [
        {
            "title": telling.title(ask, group), "rule": telling.rule(ask, group.rule, view.members),
            "ranks": telling.ranks(ask, group),
            "owed": [_line(ask, view, each, form) for each in group.lines if _is_owed(view, each)],
            "others": [_line(ask, view, each, form) for each in group.lines if not _is_owed(view, each)],
        }
        for group in view.groups
    ]  # fmt: skip


def _is_owed(view: MemberView, line: MemberLine) -> bool:
    return not view.over and line.ballot.why_not is None


def _line(ask: Ask, view: MemberView, found: MemberLine, form: Form) -> dict[str, Any]:
    code = found.ballot.why_not
    return {
        **telling.line(ask, found.line), "href": telling.dossier(ask, found.line.code) if found.leads_on else None,
        "why": say(f"ballot_why.{code}", ask.language) if code else ask.say("council.ballot.over"),
        "closed": code == "line_decided", "chosen": form[f"c_{found.line.number}"],
        "held": [telling.result(ask, each) for each in found.held],
        "found": telling.found(ask, view.before, found.line.number),
        "points": scored.summary(ask, found.points),
    }  # fmt: skip


# ── filling in and casting ───────────────────────────────────────────────────────────────────────


def take(ask: Ask) -> Response:
    """`viec` says what was pressed: look it over, fill in the rest, mend it, or cast it."""
    view = _view(ask)
    form = Form({name: value for name, value in ask.typed.pairs if name.startswith(("c_", "yk_"))})
    step = ask.typed.get("viec")
    if step == "con-lai":
        for each in view.owed:
            form.values.setdefault(f"c_{each.line.number}", "yes")
        return _page(ask, view, form)
    if step == "sua":
        return _page(ask, view, form)
    choices = _choices(form)
    if not choices:
        first = view.owed[0].line.number if view.owed else 0
        form.wrong(f"c_{first}" if first else "main-content", telling.told(ask, CouncilError("ballot_empty"))[0])
        return _page(ask, view, form, 422)
    if step == "bo":
        return _cast(ask, view, form, choices)
    return _look(ask, view, form, choices)


def _choices(form: Form) -> dict[int, str]:
    found = {name[2:]: value for name, value in form.values.items() if name.startswith("c_") and value}
    return {int(number): value for number, value in found.items() if number.isdecimal() and len(number) < 7}


def _look(ask: Ask, view: MemberView, form: Form, choices: Mapping[int, str]) -> Response:
    """What would be cast, by choice, with a field for a dissent where the vote is by name."""
    owed = {each.line.number: each for each in view.owed}
    lines = [
        {**telling.line(ask, each.line), "choice": choices[number], "text": _choice(ask, choices[number]),
         "dissent": not each.ballot.secret and choices[number] == "no"}
        for number, each in owed.items() if number in choices
    ]  # fmt: skip
    amounts = Counter(choices[number] for number in owed if number in choices)
    return page(
        ask, "council/ballot_look.html", view=view, row=view.row, form=form, lines=lines, choices=choices,
        amounts=[{"text": _choice(ask, each), "value": amounts[each]} for each in CHOICES],
        left=len(owed) - len(lines), secret=any(each.ballot.secret for each in owed.values()),
    )  # fmt: skip


def _choice(ask: Ask, choice: str) -> str:
    return ask.say(f"council.choice.{choice}") if choice in CHOICES else choice[:20]


def _cast(ask: Ask, view: MemberView, form: Form, choices: Mapping[int, str]) -> Response:
    """Cast them, all or none, and show the receipts: this page is the only place where they ever stand."""
    words = {number: form[f"yk_{number}"] for number in choices if form[f"yk_{number}"].strip()}
    try:
        done = balloting.cast(ask.desk, view.row.code, ask.me.person, choices, ask.now, words)
    except CouncilError as error:
        refused = error.params.get("lines", ())
        twice = error.code == "ballot_refused" and any(code == "already_voted" for _, code in refused)
        return _page(ask, _view(ask), telling.wrong(ask, form, error), 409 if twice else 422)
    by_number = {each.line.number: each for each in view.lines}
    receipts = [{**telling.line(ask, by_number[number].line), "receipt": receipt}
                for number, receipt in sorted(done.receipts.items())]  # fmt: skip
    named = [{**telling.line(ask, by_number[number].line), "text": _choice(ask, choices[number])}
             for number in sorted(choices) if number not in done.receipts]  # fmt: skip
    after = _view(ask)
    return page(
        ask, "council/receipts.html", row=view.row, receipts=receipts, named=named, cast=done.lines,
        left=len(after.owed), at=ask.now,
    )  # fmt: skip


# ── stepping aside ───────────────────────────────────────────────────────────────────────────────


def ask_aside(ask: Ask) -> Response:
    return _aside(ask, _view(ask), Form())


def _aside(ask: Ask, view: MemberView, form: Form, status: int = 200) -> Response:
    lines = [telling.line(ask, each.line) for each in view.owed]
    return page(
        ask, "council/ballot_aside.html", status, view=view, row=view.row, form=form, lines=lines,
        lines_of=[{"value": str(each["number"]), "text": f"{each['number']}. {each['name']}", "hint": each["unit"]}
                  for each in lines],
        picked=telling.numbers(ask),
    )  # fmt: skip


def step_aside(ask: Ask) -> Response:
    view = _view(ask)
    form = Form.of(ask.typed, ["ly_do"])
    lines = telling.numbers(ask)
    if not lines:
        form.wrong("dong", ask.say("council.no_line"))
        return _aside(ask, view, form, 422)
    try:
        amount = council_sessions.recuse(
            ask.desk, view.row.code, ask.me.person, lines, form["ly_do"], ask.me.person, ask.now
        )
    except CouncilError as error:
        return _aside(ask, view, telling.wrong(ask, form, error, "dong"), 422)
    return see_other(ask.path("council.ballot", code=view.row.code), notice="council.done.aside", lines=amount)
