"""Papers of a dossier: put on file, and given out again as files to keep."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import dossier, papers
from workflow.storage.papers import PaperRefused
from workflow.web.answering import download, page, see_other
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.wording import say

_STATUS = {
    "paper_kind": 415,
    "paper_macros": 415,
    "paper_too_large": 413,
    "paper_not_allowed": 403,
    "unknown_code": 404,
}


def attach(ask: Ask) -> Response:
    """A new version of a paper; the same bytes again make none."""
    code = dossier.code_of(ask.desk, ask.me, ask.part("code"))
    where = ask.path("nomination", code=code)
    upload = ask.typed.files.get("file")
    if upload is None:
        return see_other(f"{where}#giay-to", notice="dossier.notice.no_file", kind="warning")
    try:
        done = papers.attach(
            ask.desk, ask.me.person, (code,), ask.typed.get("document"), upload.file.read(), upload.filename or "",
            ask.now,
        )  # fmt: skip
    except PaperRefused as error:
        sentence = say(f"error.{error.code}", ask.language, **error.params)
        return page(ask, "dossier/told.html", _STATUS.get(error.code, 422), title=ask.say("dossier.paper.refused"),
                    sentence=sentence, href=f"{where}#giay-to", back=ask.say("dossier.back_to_dossier"))  # fmt: skip
    return see_other(f"{where}#giay-to", notice="dossier.notice.attached", number=done.number)


def download_paper(ask: Ask) -> Response:
    """One version of a paper of this dossier, as a file to keep: whatever is in it, it runs nowhere."""
    number = ask.part("paper")
    if not number.isdecimal() or len(number) > 15:
        raise NotHere
    try:
        found = dossier.open_paper(ask.desk, ask.me, ask.part("code"), int(number))
    except OSError:
        raise NotHere from None
    return download(found.content, found.file_name, found.media_type.partition(";")[0])
