"""The names to be printed on a decision: for the unit to confirm or mend, for the desk to see who has."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import dossier, proofs
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.wording import award_name


def of_one(ask: Ask) -> Response:
    """The lines of this dossier's letter."""
    return _page(ask, dossier.code_of(ask.desk, ask.me, ask.part("code")))


def listed(ask: Ask) -> Response:
    """All lines that wait or are confirmed."""
    return _page(ask, "")


def _page(ask: Ask, code: str) -> Response:
    lines = proofs.listed(ask.desk, ask.me, code=code)
    return page(
        ask, "dossier/proof.html", lines=lines, code=code,
        confirmed=sum(each.proof == "confirmed" for each in lines),
        awards={each.award: award_name(each.award, ask.language) for each in lines},
    )  # fmt: skip
