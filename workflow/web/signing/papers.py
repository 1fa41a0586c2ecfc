"""Papers of signing: what lays a list before the signer, and what follows a decision."""

from __future__ import annotations

from starlette.responses import Response

from workflow.services import decision_papers, decisions_book, signing_letters
from workflow.services.awaiting_signature import UnknownList
from workflow.services.decisions_book import UnknownDecision
from workflow.storage.papers import PaperRefused
from workflow.web.answering import PAPER_FORMS, paper
from workflow.web.asking import Ask
from workflow.web.frame import NotHere
from workflow.web.signing.decided import decision_id


def of_list(ask: Ask) -> Response:
    round_, award, kind = ask.part("round")[:40], ask.part("award")[:60], ask.part("kind")[:20]
    which, form = ask.part("paper"), ask.part("form")
    if form not in PAPER_FORMS:
        raise NotHere
    house = ask.house.app.settings.papers.house
    try:
        values = signing_letters.paper(
            ask.desk, ask.me, round_, award, kind, which, house, ask.now, ask.machine_now
        )  # fmt: skip
    except (UnknownList, PaperRefused):
        raise NotHere from None
    return paper(ask, values, f"{ask.say(f'signing.paper.file.{which}')}-{round_}-{award}", form)


def made(ask: Ask) -> Response:
    """One paper of the decision, for the unit that the address names."""
    which, form = ask.part("paper"), ask.part("form")
    if form not in PAPER_FORMS or which not in (*decision_papers.FOR_UNIT, decision_papers.WHOLE):
        raise NotHere
    id_, unit = decision_id(ask), ask.query.get("don-vi")[:40]
    house = ask.house.app.settings.papers.house
    try:
        number = decisions_book.show(ask.desk, ask.me, id_, limit=1).issued.full_number.replace("/", "-")
        values = decision_papers.paper(
            ask.desk, ask.me, id_, which, house, ask.now, ask.machine_now, unit=unit
        )  # fmt: skip
    except UnknownDecision:
        raise NotHere from None
    return paper(ask, values, "-".join(filter(None, (ask.say(f"signing.paper.file.{which}"), number, unit))), form)
