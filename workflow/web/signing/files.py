"""The decision as it was issued: a file comes in and is judged, a file goes out, and what its check found."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.domain.signed_copy import Finding, Signature, Verdict
from workflow.explaining import sentences
from workflow.papers.errors import PaperFault, TemplateFaults
from workflow.services import decision_files, decision_papers
from workflow.services.decision_files import SignedRefused
from workflow.services.decisions_book import UnknownDecision
from workflow.storage.papers import PaperRefused
from workflow.web.answering import PAPER_FORMS, download, page, see_other
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.web.signing.decided import decision_id, shown_page
from workflow.web.signing.telling import number_in, signed_on
from workflow.wording import finding

_STATUS = {"paper_kind": 415, "decision_file_kind": 415, "paper_macros": 415, "paper_too_large": 413,
           "decision_file_not_allowed": 403}  # fmt: skip


def attach(ask: Ask) -> Response:
    """Put the decision as it was issued on file; one that bears signatures is checked first."""
    upload = ask.typed.files.get("file")
    form = Form.of(ask.typed, ["kind"])
    if upload is None:
        form.wrong("file", ask.say("signing.file.needed"))
        return shown_page(ask, form, 422)
    id_, name = decision_id(ask), upload.filename or ""
    try:
        done = decision_files.attach(
            ask.desk, ask.me, id_, upload.file.read(), name, ask.now, ask.machine_now,
            wanted="signed" if ask.typed.get("kind") == "signed" else "scan",
        )  # fmt: skip
    except UnknownDecision:
        raise NotHere from None
    except SignedRefused as error:
        return _verdict(ask, id_, name, error.verdict, 422, refused=True)
    except PaperRefused as error:
        told = sentences(error, ask.language)
        form.wrong("file", " ".join(told[1]) if told else str(error))
        return shown_page(ask, form, _STATUS.get(error.code, 422))
    notice = "signing.notice.attached_signed" if done.kind == "signed" else "signing.notice.attached"
    return see_other(f"{ask.path('decision', decision=id_)}#tep", notice=notice)


def drafted(ask: Ask) -> Response:
    """The draft of the decision, to be signed (PDF) or edited (Word)."""
    settings = ask.house.app.settings.papers
    form: decision_papers.Form = "docx" if ask.typed.get("form") == "docx" else "pdf"
    try:
        made = decision_papers.draft(
            ask.desk, ask.me, decision_id(ask), form, settings.house, ask.now, settings.templates
        )  # fmt: skip
    except UnknownDecision:
        raise NotHere from None
    except (PaperRefused, PaperFault, TemplateFaults) as error:
        told = sentences(error, ask.language)
        wrong = Form()
        wrong.wrong("form", " ".join(told[1]) if told else str(error))
        return shown_page(ask, wrong, 422)
    name = f"{ask.say('signing.file.draft_name')}-{made.full_number.replace('/', '-')}.{form}"
    return download(made.content, name, PAPER_FORMS[form])


def opened(ask: Ask) -> Response:
    """One file of the decision, to keep."""
    found = _found(ask)
    return download(found.content, found.file_name, found.media_type)


def checked(ask: Ask) -> Response:
    """What the check of a signed copy found when it was put on file."""
    found = _found(ask)
    if found.verdict is None:
        raise NotHere
    return _verdict(ask, decision_id(ask), found.file_name, found.verdict, 200, refused=False)


def _found(ask: Ask) -> decision_files.Content:
    try:
        return decision_files.open_file(ask.desk, ask.me, decision_id(ask), number_in(ask.part("file")))
    except (UnknownDecision, PaperRefused):
        raise NotHere from None


def _verdict(ask: Ask, id_: int, name: str, verdict: Verdict, status: int, *, refused: bool) -> Response:
    return page(
        ask, "signing/verdict.html", status, name=name, refused=refused, back=ask.path("decision", decision=id_),
        findings=[_finding(ask, each) for each in verdict.findings],
        signatures=[_signature(ask, each) for each in verdict.signatures],
    )  # fmt: skip


def _finding(ask: Ask, each: Finding) -> dict[str, Any]:
    word = "unknown" if each.holds is None else "yes" if each.holds else "no"
    return {"text": finding(each, ask.language), "holds": each.holds, "word": ask.say(f"signing.verdict.{word}")}


def _signature(ask: Ask, each: Signature) -> dict[str, Any]:
    clock = "stamped" if each.stamped else "own_clock"
    trust = "unknown" if each.trusted is None else "yes" if each.trusted else "no"
    return {
        "signer": each.signer or each.name, "organisation": each.organisation, "issuer": each.issuer,
        "at": signed_on(each.signed_at), "clock": ask.say(f"signing.verdict.{clock}"),
        "holds": each.holds, "trusted": ask.say(f"signing.verdict.trusted.{trust}"),
    }  # fmt: skip
