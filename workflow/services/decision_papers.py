"""The decision as a paper: a draft out of what was recorded, ready to be signed, and remembered.

A signed copy of it is then known by its bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from workflow.domain import capacities
from workflow.papers import making, shapes
from workflow.papers.shapes import House
from workflow.services import auditing, decision_files, decisions_book
from workflow.services.decisions_book import AnnexLine, Shown
from workflow.services.desk import Desk
from workflow.services.viewing import Viewer
from workflow.storage.papers import PaperRefused
from workflow.wording import award_name, say

Form = Literal["pdf", "docx"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as a file, and the decision it is of."""

    full_number: str
    content: bytes


def draft(
    desk: Desk, viewer: Viewer, id_: int, form: Form, house: House, now: datetime, own: Path | None = None
) -> Draft:
    """The decision with its annex and the head of the audit chain. A PDF is remembered: it goes to be signed.

    `own` is the house's folder of Word templates. Raises UnknownDecision, and PaperRefused for a person who may not, or
    a decision that is not the minister's own: what others sign, others write.
    """
    if not viewer.may("signing.attach"):
        raise PaperRefused("decision_file_not_allowed")
    shown = decisions_book.show(desk, viewer, id_, limit=None)
    if shown.issued.authority != "minister" or shown.issued.kind == "revocation":
        raise PaperRefused("decision_draft_none", number=shown.issued.full_number)
    head = auditing.head(desk)
    paper = replace(_paper(shown, house), audit=shapes.AuditMark(head.number, head.hash))
    if form == "docx":
        return Draft(shown.issued.full_number, making.docx(paper, own))
    content = making.pdf(paper)
    name = f"{shown.issued.full_number.replace('/', '-')}.pdf"
    decision_files.keep_draft(desk, viewer, id_, content, name, now)
    return Draft(shown.issued.full_number, content)


def _paper(shown: Shown, house: House) -> shapes.DecisionDraft:
    issued = shown.issued
    award = award_name(issued.award, "vi")
    collectives = [each for each in shown.annex if each.nominee == "collective"]
    persons = [each for each in shown.annex if each.nominee != "collective"]
    minister = " ".join(each for each in (say("decision_paper.minister", "vi"), house.ministry) if each)
    whom = [
        say(f"decision_paper.{name}", "vi", amount=f"{len(lines):02d}")
        for name, lines in (("collectives", collectives), ("persons", persons))
        if lines
    ]
    return shapes.DecisionDraft(
        head=house.ministry_head(issued.symbol, issued.number, issued.issued_on),
        subject=say("decision_paper.subject", "vi", award=award),
        authority=minister,
        bases=shown.legal,
        proposed_by=house.office,
        articles=(
            say("decision_paper.article_1", "vi", award=award, whom=say("decision_paper.and", "vi").join(whom)),
            say("decision_paper.article_2", "vi"),
            say("decision_paper.article_3", "vi"),
        ),
        signature=_signature(shown),
        recipients=(say("decision_paper.as_article_3", "vi"), say("decision_paper.archive", "vi")),
        annex_title=say("decision_paper.annex", "vi", award=award),
        annex=tuple(
            shapes.Group(say(f"decision_paper.group.{name}", "vi"), tuple(map(_line, lines)))
            for name, lines in (("collectives", collectives), ("persons", persons))
            if lines
        ),
    )


def _signature(shown: Shown) -> shapes.Signature:
    issued = shown.issued
    short, principal = capacities.parts(issued.capacity)
    if short not in capacities.FOR_ANOTHER:
        return shapes.Signature(principal or say("decision_paper.minister", "vi"), issued.signer)
    return shapes.Signature(shown.post, issued.signer, short, principal)  # type: ignore[arg-type]


def _line(each: AnnexLine) -> shapes.Line:
    parts: Sequence[str] = (each.position, each.workplace) if each.nominee != "collective" else ()
    return shapes.Line(each.place, each.name, ", ".join(part for part in parts if part), each.unit_name)
