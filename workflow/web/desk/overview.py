"""The list of submissions, one submission with its lines and papers, and the receipt for what was handed in."""

from __future__ import annotations

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.services import handing_in, list_drafts, receipts
from workflow.services.handing_in import Step, Work
from workflow.services.papers import attach as attach_paper, content_of
from workflow.services.register import rounds
from workflow.storage.papers import PaperRefused
from workflow.web.answering import download, page, see_other
from workflow.web.asking import Ask
from workflow.web.desk.finding import here
from workflow.web.forms import Form
from workflow.wording import menders, role_label, sentence

AT_ONCE = 50
MOST_SHOWN = 300


def listed(ask: Ask) -> Response:
    before = ask.query.get("truoc")
    wanted = ask.query.get("dot")
    found = handing_in.heads(
        ask.desk, ask.me, round_code=wanted, unit=ask.query.get("don-vi") if ask.me.inner else "",
        before=int(before) if before.isdecimal() and len(before) < 12 else None, limit=AT_ONCE + 1,
    )  # fmt: skip
    shown = found[:AT_ONCE]
    following = ask.path("submissions", truoc=shown[-1].id, dot=wanted or None) if len(found) > AT_ONCE else None
    waiting = list_drafts.waiting(ask.desk, ask.me) if ask.me.may("submission.import") else ()
    return page(
        ask, "desk/submissions.html", rows=shown, following=following, waiting=waiting, rounds=rounds(ask.desk),
        wanted=wanted, may_import=ask.me.may("submission.import"),
    )  # fmt: skip


def show(ask: Ask) -> Response:
    return _show(ask, _work(ask), None, 200)


def _work(ask: Ask) -> Work:
    with here():
        return handing_in.find(ask.desk, ask.me, int(ask.part("number")), ask.now)


def _show(ask: Ask, work: Work, form: Form | None, status: int) -> Response:
    codes = [line.code for line in work.lines]
    return page(
        ask, "desk/submission.html", status, form=form, work=work, lines=work.lines[:MOST_SHOWN],
        hidden_lines=max(0, len(work.lines) - MOST_SHOWN), codes=codes,
        roles=lambda step: ", ".join(role_label(role, ask.language) for role in step.roles),
        reasons=lambda step: reasons_of(ask, step), may_attach=ask.me.may("nomination.attach"),
        dossier="nomination" in ask.house.entries, receipt=receipts.has_one(work),
        may_add=ask.me.may("submission.import") and not receipts.has_one(work),
        owed=sum(bool(line.missing) for line in work.lines), megabytes=ask.megabytes,
    )  # fmt: skip


def reasons_of(ask: Ask, step: Step) -> list[dict[str, object]]:
    """Why lines may not go yet: each sentence once, who can mend it, and for how many lines it holds."""
    found: dict[str, tuple[str, list[str]]] = {}
    for code, reasons in step.stuck.items():
        for reason in reasons:
            said = sentence(reason, ask.language, step.flow)
            found.setdefault(said, (menders(reason, ask.language), []))[1].append(code)
    return [{"text": text, "who": who, "codes": codes} for text, (who, codes) in found.items()]


def attach(ask: Ask) -> Response:
    """Put one paper on file for all lines of the submission whose award asks for it."""
    work = _work(ask)
    document = ask.typed.get("document")
    upload = ask.typed.files.get(f"file-{document}")
    form = Form()
    slot = next((each for each in work.slots if each.document.code == document), None)
    if slot is None or upload is None:
        form.wrong(f"file-{document}", ask.say("desk.paper.file_needed"))
        return _show(ask, work, form, 422)
    try:
        attach_paper(ask.desk, ask.me.person, slot.codes, document, upload.file.read(), upload.filename or "", ask.now)
    except PaperRefused as error:
        told = sentences(error, ask.language)
        assert told is not None
        form.wrong(f"file-{document}", " ".join(told[1]))
        return _show(ask, work, form, 422)
    title = slot.document.title.in_(ask.language)
    where = ask.path("submission.show", number=work.id)
    return see_other(where, notice="desk.paper.done", paper=title, lines=len(slot.codes))


def paper(ask: Ask) -> Response:
    """A version of a paper of this submission, to keep."""
    work = _work(ask)
    wanted = int(ask.part("paper"))
    version = next((each for slot in work.slots for each in slot.versions if each.id == wanted), None)
    with here():
        if version is None:
            raise handing_in.UnknownSubmission(str(work.id))
        return download(content_of(ask.desk, version.sha256), version.file_name, version.media_type)


def receipt(ask: Ask) -> Response:
    """What was handed in, what comes next and until when, whom to ask: to print or to come back to."""
    work = _work(ask)
    with here():
        found = receipts.of(ask.desk, ask.me, work)
    return page(ask, "desk/receipt.html", work=work, receipt=found, contact=ask.desk.contact)
