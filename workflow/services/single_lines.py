"""One nomination typed by hand: checked like a line of a list, and a draft of a submission like one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from workflow.intake.grids import tidy
from workflow.intake.headings import one_line
from workflow.intake.synonyms import Synonyms
from workflow.intake.values import Problem, Row
from workflow.services import handing_in, submissions
from workflow.services.desk import Desk
from workflow.services.submissions import ImportRefused, ImportRequest
from workflow.services.viewing import Viewer

SINGLE = ("nominee", "name", "code", "position", "workplace", "award", "achievement", "period", "sex", "direct")
"""What is typed of one nomination."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A nomination to draft: `cells` by the names of `SINGLE`; into an existing submission, or under a new letter."""

    unit: str
    round: str
    cells: Mapping[str, str]
    letter_number: str = ""
    letter_on: date | None = None
    submission_id: int | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of it: its code and submission, or everything that is wrong with it."""

    code: str = ""
    submission_id: int | None = None
    problems: tuple[Problem, ...] = ()


def row_of(cells: Mapping[str, str], number: int = 1) -> Row:
    """The cells as the line of a list would hold them."""
    clean = {name: tidy(cells.get(name, "")) for name in SINGLE}
    kind = clean["nominee"]
    return Row(
        sheet="", number=number, name=one_line(clean["name"]), code=one_line(clean["code"]),
        position=one_line(clean["position"]), workplace=one_line(clean["workplace"]), award=one_line(clean["award"]),
        achievement=clean["achievement"], period=one_line(clean["period"]), sex=one_line(clean["sex"]),
        direct=one_line(clean["direct"]),
        section="collective" if kind == "collective" else "individual", section_from="mended",
    )  # fmt: skip


def add(desk: Desk, viewer: Viewer, new: NewLine, now: datetime, synonyms: Synonyms | None = None) -> Added:
    """Draft it. Problems are told, all at once, and nothing is written then.

    Raises UnknownSubmission, ImportRefused (round closed, not allowed, `line_there` with the code of the same line in
    the same submission), UnknownActor.
    """
    letter, letter_on, number = new.letter_number, new.letter_on, 1
    if new.submission_id is not None:
        work = handing_in.find(desk, viewer, new.submission_id, now)
        letter, letter_on = work.letter_number, work.letter_on
        number = max((line.number for line in work.lines), default=0) + 1
    request = ImportRequest(
        actor=viewer.person, unit=new.unit, round=new.round, content=b"", file_name="", letter_number=letter,
        letter_on=letter_on, typed=(row_of(new.cells, number),),
    )  # fmt: skip
    plan = submissions.look(desk, request, now, synonyms)
    if plan.checked.bad:
        return Added(problems=plan.checked.bad[0].problems)
    there = (*plan.same, *(each.code for each in (*plan.mended, *plan.fixed)))
    if there:
        raise ImportRefused("line_there", codes=", ".join(there))
    report = submissions.bring_in(desk, request, now, synonyms)
    return Added(report.codes[0] if report.codes else "", report.submission_id)
