"""The front door of this room: a paper's values in, its bytes out.

`docx` fills the Word template of the house where it has one, else the one that ships; `pdf` sets the shipped form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from definitions.nearest import nearest
from workflow.papers.errors import PaperFault
from workflow.papers.fields import fields
from workflow.papers.opening import LARGEST
from workflow.papers.sentences import paper_name
from workflow.papers.shapes import (
    Agenda,
    BallotSheet,
    Certificates,
    CountMinutes,
    DecisionDraft,
    Extract,
    Invitation,
    Paper,
    ProposalLetter,
    ResultNotice,
    SessionMinutes,
)

PAPERS: Mapping[str, type] = MappingProxyType(
    {
        "chuong_trinh": Agenda,
        "giay_moi": Invitation,
        "phieu_bau": BallotSheet,
        "bb_kiem_phieu": CountMinutes,
        "bb_hop": SessionMinutes,
        "to_trinh": ProposalLetter,
        "quyet_dinh": DecisionDraft,
        "thong_bao": ResultNotice,
        "trich_luc": Extract,
        "bang_khen": Certificates,
    }
)
"""Every kind of paper by its code, which is also the name of its template: `quyet_dinh.docx`."""

SHIPPED = Path(__file__).with_name("templates")
_UNDATED = date(2000, 1, 1)


def code_of(paper: Paper) -> str:
    return next(code for code, shape in PAPERS.items() if type(paper) is shape)


def known(code: str) -> str:
    """The code itself. Raises `PaperFault` (`unknown_paper`) with the nearest one."""
    if code not in PAPERS:
        raise PaperFault("unknown_paper", name=code, nearest=nearest(code, PAPERS) or "", known=", ".join(PAPERS))
    return code


def template_path(code: str, own: Path | None = None) -> Path:
    """Where the Word template of a paper is: in the folder of the house, else with what ships."""
    path = own / f"{code}.docx" if own is not None else None
    return path if path is not None and path.is_file() else SHIPPED / f"{code}.docx"


def read_template(path: Path) -> bytes:
    """Its bytes; of a file that is too large only so many that this is seen."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def title_of(code: str) -> str:
    """What a paper calls itself in its file: `Quyết định khen thưởng`."""
    return paper_name(code, "vi")


def docx(paper: Paper, own: Path | None = None) -> bytes:
    """The paper as a Word document. `own` is the house's folder of templates.

    Raises `TemplateFaults` or `PaperFault` where that template is wrong; the shipped ones are proven.
    """
    from workflow.papers.filling import fill

    code = code_of(paper)
    return fill(code, read_template(template_path(code, own)), fields(paper), title_of(code))


def pdf(paper: Paper) -> bytes:
    """The paper as PDF/A-2b. The file says the day of the paper as that of its making."""
    from workflow.papers.typesetting import typeset

    code = code_of(paper)
    return typeset(code, fields(paper), title_of(code), _day_of(paper))


def _day_of(paper: Paper) -> date:
    """A day that stands on the paper: the same paper is then the same file, whenever it is made."""
    if isinstance(paper, Certificates):
        return next((page.day or page.decision.issued_on for page in paper.pages), _UNDATED)
    if paper.head.day is not None:
        return paper.head.day
    if isinstance(paper, (Agenda, BallotSheet, CountMinutes, Invitation, SessionMinutes)):
        return paper.held_on
    if isinstance(paper, Extract):
        return paper.decision.issued_on
    return date(paper.head.year, 1, 1) if paper.head.year else _UNDATED
