"""What was understood of a list, and every row that is not right with its reasons and its cells to mend in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from workflow.intake.mending import MENDABLE, NOMINEE, cells_of
from workflow.intake.sentences import say_problem, word
from workflow.intake.values import BadRow, Problem, Row
from workflow.services import list_drafts
from workflow.services.list_drafts import Looked, Overtaken
from workflow.services.submissions import award_choices
from workflow.web.answering import XLSX, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import here, synonyms
from workflow.web.desk.uploading import day_in
from workflow.web.forms import Form

BAD_ON_A_PAGE = 100
GOOD_ON_A_PAGE = 200
_LONG = frozenset({"achievement", "note"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row as the form shows it. `choices` are what may be chosen; `wrong` when a reason names it."""

    name: str
    column: str
    label: str
    text: str
    wrong: bool
    long: bool
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BadShown:
    """A row that must be mended: where it is, what is wrong, the cells named by the reasons, and the others."""

    index: int
    sheet: str
    number: int
    name: str
    reasons: tuple[str, ...]
    wrong: tuple[Cell, ...]
    others: tuple[Cell, ...]


def show(ask: Ask) -> Response:
    with here():
        draft = list_drafts.find(ask.desk, ask.me, ask.part("draft"))
    if draft.submission_id is not None:
        return see_other(ask.path("submission.show", number=draft.submission_id))
    if draft.done_at is not None:
        return see_other(ask.path("submissions"))
    with here():
        looked = list_drafts.look(ask.desk, ask.me, draft.id, ask.now, synonyms(ask))
    return _page(ask, looked, Form.filled(
        {"letter_number": draft.letter_number or looked.plan.read.understood.letter.number,
         "letter_on": _day(draft.letter_on or looked.plan.read.understood.letter.on)}
    ))  # fmt: skip


def mend(ask: Ask) -> Response:
    """Keep what was typed into cells and beside the list; then the check once more."""
    id_ = ask.part("draft")
    form = Form.of(ask.typed, ("letter_number", "letter_on"))
    letter_on = day_in(ask, form, "letter_on")
    with here():
        try:
            list_drafts.mend(ask.desk, ask.me, id_, _typed_cells(ask), synonyms(ask))
            if "letter_number" in ask.typed and form.is_right:
                list_drafts.name_letter(ask.desk, ask.me, id_, form["letter_number"], letter_on)
        except Overtaken:
            return _overtaken(ask, id_)
        if not form.is_right:
            return _page(ask, list_drafts.look(ask.desk, ask.me, id_, ask.now, synonyms(ask)), form, 422)
    return see_other(ask.path("list.check", draft=id_), notice="desk.check.kept", kind="info")


def accept(ask: Ask) -> Response:
    """Bring the good lines in as drafts."""
    id_ = ask.part("draft")
    with here():
        try:
            report = list_drafts.accept(ask.desk, ask.me, id_, ask.typed.get("stamp"), ask.now, synonyms(ask))
        except Overtaken:
            return _overtaken(ask, id_)
    return see_other(
        ask.path("submission.show", number=report.submission_id), notice="desk.check.accepted",
        lines=len(report.codes), left=len(report.plan.checked.bad),
    )  # fmt: skip


def drop(ask: Ask) -> Response:
    with here():
        try:
            list_drafts.drop(ask.desk, ask.me, ask.part("draft"), ask.now)
        except Overtaken:
            return _overtaken(ask, ask.part("draft"))
    return see_other(ask.path("submissions"), notice="desk.check.dropped", kind="info")


def workbook(ask: Ask) -> Response:
    """The unit's own workbook with a column of errors."""
    with here():
        name, content = list_drafts.workbook(ask.desk, ask.me, ask.part("draft"), ask.now, synonyms(ask))
    return download(content, name, XLSX)


def _overtaken(ask: Ask, id_: str) -> Response:
    return see_other(ask.path("list.check", draft=id_), notice="desk.check.overtaken", kind="warning")


# ── the page ─────────────────────────────────────────────────────────────────────────────────────


def _page(ask: Ask, looked: Looked, form: Form, status: int = 200) -> Response:
    plan = looked.plan
    start = _start(ask, "tu", len(plan.checked.bad))
    bad = plan.checked.bad[start : start + BAD_ON_A_PAGE]
    first_good = _start(ask, "dong", len(plan.checked.good))
    awards = tuple((each.title, each.title) for each in award_choices(ask.desk, looked.draft.round, ask.today))
    return page(
        ask, "desk/check.html", status, form=form, draft=looked.draft, plan=plan,
        tables=plan.read.understood.tables, column_word=lambda role: word("column", role, ask.language),
        skipped=[each for each in plan.read.skipped if each.cause not in ("empty", "title", "header", "section")],
        skip_word=lambda cause: word("skipped", cause, ask.language),
        ignored_word=lambda cause: word("ignored_sheet", cause, ask.language),
        nominee_word=lambda kind: word("nominee", kind, ask.language),
        titles={each.flow_id: each.title for each in award_choices(ask.desk, looked.draft.round, ask.today)},
        bad=tuple(_bad(ask, looked, number, each, awards) for number, each in enumerate(bad)),
        bad_start=start, bad_next=_next(start, BAD_ON_A_PAGE, len(plan.checked.bad)),
        good=plan.checked.good[first_good : first_good + GOOD_ON_A_PAGE], good_start=first_good,
        good_next=_next(first_good, GOOD_ON_A_PAGE, len(plan.checked.good)),
        warnings=[(each, say_problem(each.problem, ask.language)) for each in plan.checked.warnings],
        of_file=[say_problem(each, ask.language) for each in plan.read.understood.warnings],
        field_words={name: ask.say(f"desk.field.{name}") for name in _FIELD_WORDS},
        said=lambda name, text: ask.say(f"desk.check.{text}") if name in _ANSWERED and text else text,
        mended_rows=sum(len(rows) for rows in looked.draft.overlay.values()),
    )  # fmt: skip


_ANSWERED = ("woman", "direct_worker")
_FIELD_WORDS = ("name", "position", "workplace", "achievement", "achievement_from", "achievement_to", *_ANSWERED)


def _start(ask: Ask, name: str, total: int) -> int:
    text = ask.query.get(name)
    return int(text) if text.isdecimal() and len(text) < 7 and int(text) < total else 0


def _next(start: int, size: int, total: int) -> int | None:
    return start + size if start + size < total else None


def _bad(ask: Ask, looked: Looked, index: int, bad: BadRow, awards: tuple[tuple[str, str], ...]) -> BadShown:
    row = bad.row
    named = set(_columns(bad.problems))
    typed = cells_of(looked.draft.overlay, row.sheet, row.number)
    cells = [_cell(ask, index, column, row, column in named, awards, typed) for column in MENDABLE]
    return BadShown(
        index, row.sheet, row.number, row.name,
        tuple(say_problem(each, ask.language) for each in bad.problems),
        tuple(each for each in cells if each.wrong),
        tuple(each for each in cells if not each.wrong),
    )  # fmt: skip


def _columns(problems: Sequence[Problem]) -> Iterator[str]:
    """The cells that these reasons are about."""
    for each in problems:
        if each.column == "position_workplace":
            yield from ("position", "workplace")
        elif each.column:
            yield each.column
        if each.code in ("award_for_collective", "award_for_individual"):
            yield NOMINEE
        if each.code in ("duplicate", "differs_in_marks"):
            yield "code"


def _cell(
    ask: Ask, index: int, column: str, row: Row, wrong: bool, awards: tuple[tuple[str, str], ...], typed: Any
) -> Cell:
    text = typed.get(column) or (row.section or "" if column == NOMINEE else str(getattr(row, column)))
    if column in row.formulas | row.errors:
        text = ""  # what a formula showed is not offered: somebody has to type it
    choices: tuple[tuple[str, str], ...] = ()
    if column == "award":
        known = any(value == text for value, _ in awards)
        kept = () if known else ((text, ask.say("desk.check.as_sent", text=text) if text else "–"),)
        choices = (*kept, *awards)
    elif column == NOMINEE:
        kinds = tuple((kind, word("nominee", kind, ask.language)) for kind in ("individual", "collective"))
        choices = (("", ask.say("desk.check.by_itself")), *kinds)
    label = ask.say("desk.check.nominee") if column == NOMINEE else word("column", column, ask.language)
    return Cell(f"cell.{index}.{column}", column, label, text, wrong, column in _LONG, choices)


def _typed_cells(ask: Ask) -> list[tuple[str, int, str, str]]:
    """(sheet, row, column, text) of every cell of the form. Rows are named beside them, since pages of rows move."""
    places: dict[str, tuple[str, int]] = {}
    for index, place in ask.typed.under("row."):
        number, _, sheet = place.partition("@")
        if number.isdecimal() and len(number) < 8:
            places[index] = (sheet, int(number))
    found = []
    for rest, text in ask.typed.under("cell."):
        index, _, column = rest.partition(".")
        if index in places:
            found.append((*places[index], column, text))
    return found


def _day(value: Any) -> str:
    return "" if value is None else f"{value:%d/%m/%Y}"
