"""The decision as it was issued: a file comes in, a file goes out."""

from __future__ import annotations

from starlette.responses import Response

from workflow.explaining import sentences
from workflow.services import decisions_book
from workflow.services.decisions_book import UnknownDecision
from workflow.storage.papers import PaperRefused
from workflow.web.answering import download, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.routing import MEGABYTE
from workflow.web.signing.decided import decision_id, shown_page
from workflow.web.signing.telling import number_in

_STATUS = {"paper_kind": 415, "decision_file_kind": 415, "paper_macros": 415, "paper_too_large": 413}


def attach(ask: Ask) -> Response:
    """Put the decision as it was issued on file; the same bytes again change nothing."""
    upload = ask.typed.files.get("file")
    form = Form()
    if upload is None:
        form.wrong("file", ask.say("signing.file.needed"))
        return shown_page(ask, form, 422)
    largest = ask.house.app.settings.web.upload_megabytes * MEGABYTE
    id_ = decision_id(ask)
    try:
        decisions_book.attach(
            ask.desk, ask.me, id_, upload.file.read(), upload.filename or "", ask.now, largest=largest
        )  # fmt: skip
    except UnknownDecision:
        raise NotHere from None
    except PaperRefused as error:
        told = sentences(error, ask.language)
        form.wrong("file", " ".join(told[1]) if told else str(error))
        return shown_page(ask, form, _STATUS.get(error.code, 422))
    return see_other(f"{ask.path('decision', decision=id_)}#tep", notice="signing.notice.attached")


def opened(ask: Ask) -> Response:
    """One file of the decision, to keep."""
    try:
        found = decisions_book.open_file(ask.desk, ask.me, decision_id(ask), number_in(ask.part("file")))
    except (UnknownDecision, PaperRefused):
        raise NotHere from None
    return download(found.content, found.file_name, found.media_type)
