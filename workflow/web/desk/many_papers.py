"""Many files of one kind of paper at once: sent in one form, shown with the dossiers their names fit, put on file."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.services import handing_in, paper_batches
from workflow.services.handing_in import Work
from workflow.services.paper_batches import MOST_FILES, Batch, Confused, Row
from workflow.storage.papers import PaperRefused
from workflow.web.answering import page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import here
from workflow.web.forms import Form

MOST_MEGABYTES = 100
"""Of all files of one form together."""
MOST_CHOICES = 20_000
"""Options of all questions on one page together: what a browser still handles well."""


def ask_for_files(ask: Ask) -> Response:
    work = _work(ask)
    owed = [each for each in work.own_papers if each.owed]
    only = (owed or work.own_papers)[:1]
    return _form(ask, work, Form.filled({"document": only[0].document.code if only else ""}), 200)


def take(ask: Ask) -> Response:
    """Keep the files, then on to what was understood."""
    work = _work(ask)
    form = Form.of(ask.typed, ("document",))
    if form["document"] not in {each.document.code for each in work.own_papers}:
        form.wrong("document", ask.say("desk.many.kind_needed"))
    if not any(name == "files" for name, _ in ask.typed.uploads):
        form.wrong("files", ask.say("desk.many.files_needed"))
    if not form.is_right:
        return _form(ask, work, form, 422)
    with here():
        kept = paper_batches.keep(ask.desk, ask.me, work.id, form["document"], _files(ask), ask.now)
    return see_other(ask.path("papers.check", number=work.id, batch=kept))


def show(ask: Ask) -> Response:
    work, batch = _work(ask), _batch(ask)
    if batch.is_done:
        return see_other(ask.path("submission.show", number=work.id))
    return _look(ask, work, batch, Form.filled({f"file.{row.number}": row.code for row in batch.rows}), 200)


def put(ask: Ask) -> Response:
    """Put all that is certain or was chosen on file, at once."""
    work, batch = _work(ask), _batch(ask)
    chosen = {int(number): code for number, code in ask.typed.under("file.") if number.isdecimal() and len(number) < 6}
    try:
        with here():
            filed = paper_batches.put(ask.desk, ask.me, work.id, batch.id, chosen, ask.now)
    except Confused as error:
        form = Form({f"file.{number}": code for number, code in chosen.items()})
        for number in error.rows:
            form.wrong(f"file.{number}", ask.say("desk.many.wrong"))
        if not error.rows:
            form.wrong("put", ask.say("desk.many.nothing"))
        return _look(ask, work, batch, form, 422)
    where = ask.path("submission.show", number=work.id)
    if filed is None:
        return see_other(where)
    return see_other(where, notice="desk.many.done", new=filed.new, known=filed.known)


def _work(ask: Ask) -> Work:
    with here():
        return handing_in.find(ask.desk, ask.me, int(ask.part("number")), ask.now)


def _batch(ask: Ask) -> Batch:
    with here():
        return paper_batches.find(ask.desk, ask.me, int(ask.part("number")), ask.part("batch"), ask.now)


def _files(ask: Ask) -> Iterator[tuple[str, bytes]]:
    """One after the other, so that no more than one is held; of one that is too large only enough to see it."""
    for name, upload in ask.typed.uploads:
        if name == "files":
            yield upload.filename or "", upload.file.read(ask.desk.largest_file + 1)


def _form(ask: Ask, work: Work, form: Form, status: int) -> Response:
    return page(
        ask, "desk/many_papers.html", status, work=work, form=form, most_files=MOST_FILES, megabytes=MOST_MEGABYTES,
        each=ask.megabytes,
        example=work.own_papers[0].codes[0] if work.own_papers else "",
    )  # fmt: skip


def _look(ask: Ask, work: Work, batch: Batch, form: Form, status: int) -> Response:
    open_ = [row for row in batch.rows if row.choices]
    too_many = sum(len(row.choices) for row in open_) > MOST_CHOICES
    if too_many:
        open_ = [row for row in open_ if row.state != "unmatched"]
    comes = {row.code for row in batch.rows if row.code}
    return page(
        ask, "desk/many_papers_check.html", status, work=work, batch=batch, form=form, open=open_, too_many=too_many,
        matched=batch.in_state("matched"), refused=[(row, _why(ask, row)) for row in batch.in_state("refused")],
        missing=[code for code in batch.owed if code not in comes],
        unmatched=batch.in_state("unmatched") if too_many else (),
    )  # fmt: skip


def _why(ask: Ask, row: Row) -> str:
    assert isinstance(row.refusal, PaperRefused)
    told = sentences(row.refusal, ask.language)
    assert told is not None
    return " ".join(told[1])
