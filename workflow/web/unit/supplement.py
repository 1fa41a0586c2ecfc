"""A request for a supplement: all its defects at once, each with a link to where it is mended, and the answer."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from workflow.domain.vietnamese import fold
from workflow.explaining import sentences
from workflow.intake.sentences import say_problem, word
from workflow.services import dossier, handing_in, line_edits, papers, unit_acts, unit_home
from workflow.services.dossier import Dossier
from workflow.services.line_edits import TEXTS, NotNow
from workflow.services.unit_acts import Given, UnknownStep, UnknownSubmission
from workflow.storage.papers import PaperRefused
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect and where on this page it is mended: a paper's slot, a text, or the explanation."""

    text: str
    href: str
    where: str


def show(ask: Ask) -> Response:
    return _page(ask, Form.filled(line_edits.texts_of(ask.desk, ask.me, ask.part("code"))), 200)


def attach(ask: Ask) -> Response:
    """A new version of one paper."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    document = ask.typed.get("document")
    upload = ask.typed.files.get(f"file-{document}")
    form = Form.filled(line_edits.texts_of(ask.desk, ask.me, code))
    if upload is None:
        form.wrong(f"file-{document}", ask.say("unit.supplement.file_needed"))
        return _page(ask, form, 422)
    try:
        papers.attach(ask.desk, ask.me.person, (code,), document, upload.file.read(), upload.filename or "", ask.now)
    except PaperRefused as error:
        told = sentences(error, ask.language)
        assert told is not None
        form.wrong(f"file-{document}", " ".join(told[1]))
        return _page(ask, form, 422)
    return see_other(ask.path("unit.supplement", code=code), notice="unit.supplement.attached")


def edit(ask: Ask) -> Response:
    """Change the texts of the line; what was handed in before is kept beside it."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    form = Form.of(ask.typed, TEXTS)
    try:
        problems = line_edits.edit(ask.desk, ask.me, code, form.values, ask.now)
    except NotNow:
        return see_other(ask.path("unit.supplement", code=code), notice="unit.supplement.not_now", kind="warning")
    for each in problems:
        form.wrong(each.column if each.column in TEXTS else "name", say_problem(each, ask.language))
    if problems:
        return _page(ask, form, 422)
    return see_other(ask.path("unit.supplement", code=code), notice="unit.supplement.edited")


def hand_in(ask: Ask) -> Response:
    """On to the look at what handing in will do, for this dossier."""
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    try:
        work = handing_in.find(ask.desk, ask.me, found.row.submission_id, ask.now)
        step = next((each for each in work.steps if each.main and each.mine and found.row.code in each.ready), None)
        if step is None:
            return see_other(
                ask.path("unit.supplement", code=found.row.code), notice="unit.supplement.not_now", kind="warning"
            )
        pairs = [(name, text.strip()) for name, text in ask.typed.under("f.") if text.strip()]
        given = Given(pairs, {}, {}, step.stand_ins[0] if step.stand_ins else "")
        kept = unit_acts.prepare(ask.desk, ask.me, work.id, step.transition.id, (found.row.code,), given, ask.now)
    except (UnknownStep, UnknownSubmission):
        raise NotHere from None
    return see_other(ask.path("submission.prepared", number=work.id, step=step.transition.id, prepared=kept))


# ── the page ─────────────────────────────────────────────────────────────────────────────────────


def _page(ask: Ask, form: Form, status: int) -> Response:
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    asked = unit_home.asked(ask.desk, ask.me, found.row.code)
    slots = [each for each in found.checklist if each.document.source == "unit"]
    choice = next(
        (each for each in found.choices if each.possible and handing_in.hands_over(found.flow, each.transition)), None
    )
    return page(
        ask, "unit/supplement.html", status, form=form, found=found, asked=asked, slots=slots, choice=choice,
        defects=[_defect(ask, found, text) for text in (asked.defects if asked else ())],
        may_edit=ask.me.may("submission.import")
        and line_edits.may_edit(found.flow, found.row.state, found.row.version),
        column_word=lambda role: word("column", role, ask.language), megabytes=ask.megabytes,
    )  # fmt: skip


def _defect(ask: Ask, found: Dossier, text: str) -> Defect:
    """A defect is free text: it leads to the paper or the text that it names, else to the explanation."""
    folded = fold(text)
    for line in found.checklist:
        title = fold(line.document.title.in_(ask.language))
        if line.document.source == "unit" and (title in folded or _shares(title, folded)):
            return Defect(text, f"#paper-{line.document.code}", line.document.title.in_(ask.language))
    for name in TEXTS:
        said = word("column", name, ask.language)
        if any(fold(part) in folded for part in said.split(" / ")):
            return Defect(text, f"#{name}", said)
    return Defect(text, "#answer", ask.say("unit.supplement.answer"))


_COMMON = frozenset({"cua", "don", "vi", "co", "xac", "nhan", "ban", "khen", "thuong", "de", "nghi", "the", "of"})


def _shares(title: str, text: str) -> bool:
    """Whether a title's first two telling words stand together in the text: “Báo cáo thành tích có xác nhận…”."""
    words = [each for each in title.split() if each not in _COMMON]
    return len(words) >= 2 and " ".join(words[:2]) in text
