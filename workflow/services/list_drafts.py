"""A unit's list on its way in: kept when it is uploaded, mended cell by cell, brought in when somebody accepts it.

The workbook lies among the papers under its SHA-256 and stays as it was sent; what was mended is an overlay. A list on
its way in is a form that survives a reload: it is no submission, and whoever sent it (or a colleague of his unit) sees
it, nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from notifications.columns import to_json
from workflow.intake.mending import Overlay, laid_over
from workflow.intake.reading import read_list
from workflow.intake.synonyms import Synonyms, load_synonyms
from workflow.services import submissions
from workflow.services.desk import Desk
from workflow.services.submissions import ImportPlan, ImportRefused, ImportReport, ImportRequest
from workflow.services.viewing import Viewer
from workflow.storage import papers
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.paper_kinds import XLSX, shown_name
from workflow.storage.tables_desk import ListDraft

_D: Table = ListDraft.__table__  # type: ignore[attr-defined]
MOST_OPEN = 50
"""Lists on their way in that one person is shown, newest first."""


class UnknownDraft(LookupError):
    """There is no such list on its way in, or not for this person."""


class Overtaken(ValueError):
    """The list was mended or brought in by somebody else since it was shown. Nothing was written."""


@dataclass(frozen=True, slots=True)
class NewList:
    """What comes with a workbook: whose it is, for which round, and under which letter."""

    unit: str
    round: str
    file_name: str
    letter_number: str = ""
    letter_on: date | None = None
    achievement_to: date | None = None
    field_of_work: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A list on its way in. `done_at` and `submission_id` are set once it was brought in."""

    id: str
    person: str
    unit: str
    round: str
    sha256: str
    file_name: str
    letter_number: str
    letter_on: date | None
    fields: Mapping[str, Any]
    overlay: Overlay
    submission_id: int | None
    created_at: datetime
    done_at: datetime | None

    @property
    def stamp(self) -> str:
        """Changes with every cell that is mended: what somebody accepts is what he saw."""
        return hashlib.sha256(to_json(self.overlay).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Looked:
    """A list on its way in, with what would become of it."""

    draft: Draft
    plan: ImportPlan


def keep(
    desk: Desk, viewer: Viewer, new: NewList, content: bytes, now: datetime, synonyms: Synonyms | None = None
) -> str:
    """Keep an uploaded workbook; returns the id of the list on its way in. What is no list is not kept.

    Raises ImportRefused, PaperRefused, `intake.values.Unreadable` and UnknownActor; nothing is stored then.
    """
    submissions.look(desk, _request(viewer, new, content, {}), now, synonyms)
    file_name = shown_name(new.file_name, XLSX)
    digest = papers.store(desk.files, content, new.file_name, desk.largest_file)
    with write(desk.engine) as connection:
        id_ = desk.entropy(16)
        connection.execute(
            insert(_D).values(
                id=id_, person=viewer.person, unit=new.unit, round=new.round, sha256=digest,
                file_name=file_name, letter_number=new.letter_number[:80],
                letter_on=new.letter_on,
                fields={"achievement_to": new.achievement_to and new.achievement_to.isoformat(),
                        "field_of_work": new.field_of_work},
                mended={}, created_at=now,
            )
        )  # fmt: skip
    return id_


def waiting(desk: Desk, viewer: Viewer) -> tuple[Draft, ...]:
    """Lists on their way in that this person may go on with, newest first."""
    mine = _D.c.person == viewer.person
    for unit in viewer.own_units:
        mine |= (_D.c.unit == unit) & _D.c.person.startswith(f"{unit}/", autoescape=True)
    query = select(_D).where(mine, _D.c.done_at.is_(None)).order_by(_D.c.created_at.desc(), _D.c.id).limit(MOST_OPEN)
    with read(desk.engine) as connection:
        return tuple(map(_draft, connection.execute(query)))


def find(desk: Desk, viewer: Viewer, id_: str) -> Draft:
    """Raises UnknownDraft."""
    with read(desk.engine) as connection:
        return _find(connection, viewer, id_)


def look(desk: Desk, viewer: Viewer, id_: str, now: datetime, synonyms: Synonyms | None = None) -> Looked:
    """The list with what was mended, checked and held against what is there already.

    Raises UnknownDraft, ImportRefused, `intake.values.Unreadable`, UnknownActor.
    """
    draft = find(desk, viewer, id_)
    return Looked(draft, submissions.look(desk, _again(viewer, draft, _content(desk, draft)), now, synonyms))


def mend(
    desk: Desk,
    viewer: Viewer,
    id_: str,
    cells: Iterable[tuple[str, int, str, str]],
    synonyms: Synonyms | None = None,
) -> None:
    """Type cells anew: (sheet, row, column, text). What another has mended meanwhile stays.

    Raises UnknownDraft, Overtaken once the list was brought in, `intake.values.Unreadable`.
    """
    draft = find(desk, viewer, id_)
    rows = read_list(_content(desk, draft), synonyms or load_synonyms()).rows
    with write(desk.engine) as connection:
        in_turn(connection, f"list draft {id_}")
        draft = _find(connection, viewer, id_)
        if draft.done_at is not None:
            raise Overtaken(id_)
        overlay = laid_over(draft.overlay, rows, cells)
        connection.execute(update(_D).where(_D.c.id == id_).values(mended=overlay))


def name_letter(desk: Desk, viewer: Viewer, id_: str, number: str, on: date | None) -> None:
    """Give the letter that the list comes with, or another one. Raises UnknownDraft, Overtaken."""
    with write(desk.engine) as connection:
        in_turn(connection, f"list draft {id_}")
        if _find(connection, viewer, id_).done_at is not None:
            raise Overtaken(id_)
        connection.execute(update(_D).where(_D.c.id == id_).values(letter_number=number[:80], letter_on=on))


def accept(
    desk: Desk, viewer: Viewer, id_: str, stamp: str, now: datetime, synonyms: Synonyms | None = None
) -> ImportReport:
    """Bring the good lines in as drafts, once; the list is then done. `stamp` is that of the draft as it was shown.

    Raises UnknownDraft, Overtaken (mended since, or brought in already), ImportRefused (`nothing_good` when no line
    could be brought in), `intake.values.Unreadable`, UnknownActor.
    """
    content = _content(desk, find(desk, viewer, id_))
    with write(desk.engine) as connection:
        in_turn(connection, f"list draft {id_}")
        draft = _find(connection, viewer, id_)
        if draft.done_at is not None or draft.stamp != stamp:
            raise Overtaken(id_)
        report = submissions.bring_in_through(connection, desk, _again(viewer, draft, content), now, synonyms)
        if report.submission_id is None:
            raise ImportRefused("nothing_good")
        connection.execute(update(_D).where(_D.c.id == id_).values(submission_id=report.submission_id, done_at=now))
    return report


def drop(desk: Desk, viewer: Viewer, id_: str, now: datetime) -> None:
    """Lay a list aside: it waits no longer, and nothing of it is brought in. Raises UnknownDraft, Overtaken."""
    with write(desk.engine) as connection:
        in_turn(connection, f"list draft {id_}")
        if _find(connection, viewer, id_).done_at is not None:
            raise Overtaken(id_)
        connection.execute(update(_D).where(_D.c.id == id_).values(done_at=now))


def workbook(
    desk: Desk, viewer: Viewer, id_: str, now: datetime, synonyms: Synonyms | None = None
) -> tuple[str, bytes]:
    """(file name, bytes): the unit's own workbook, mended cells in it, with its column of errors. Raises as `look`."""
    looked = look(desk, viewer, id_, now, synonyms)
    content = _content(desk, looked.draft)
    stem = looked.draft.file_name.rpartition(".")[0] or looked.draft.file_name
    written = submissions.workbook_with_errors(looked.plan, content, viewer.language, looked.draft.overlay)
    return f"{stem}-loi.xlsx", written


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _find(connection: Connection, viewer: Viewer, id_: str) -> Draft:
    row = connection.execute(select(_D).where(_D.c.id == id_)).first()
    if row is None or not _may_see(viewer, row):
        raise UnknownDraft(id_)
    return _draft(row)


def _may_see(viewer: Viewer, row: Any) -> bool:
    colleague = row.unit in viewer.own_units and row.person.startswith(f"{row.unit}/")
    return bool(row.person == viewer.person or colleague)


def _draft(row: Any) -> Draft:
    return Draft(
        row.id, row.person, row.unit, row.round, row.sha256, row.file_name, row.letter_number, row.letter_on,
        dict(row.fields), row.mended, row.submission_id, row.created_at, row.done_at,
    )  # fmt: skip


def _content(desk: Desk, draft: Draft) -> bytes:
    try:
        return papers.place(desk.files, draft.sha256).read_bytes()
    except FileNotFoundError:
        raise ImportRefused("list_gone", file=draft.file_name) from None


def _again(viewer: Viewer, draft: Draft, content: bytes) -> ImportRequest:
    until = draft.fields.get("achievement_to")
    new = NewList(
        draft.unit, draft.round, draft.file_name, draft.letter_number, draft.letter_on,
        date.fromisoformat(until) if until else None, str(draft.fields.get("field_of_work", "")),
    )  # fmt: skip
    return _request(viewer, new, content, draft.overlay)


def _request(viewer: Viewer, new: NewList, content: bytes, overlay: Overlay) -> ImportRequest:
    return ImportRequest(
        actor=viewer.person, unit=new.unit, round=new.round, content=content, file_name=new.file_name,
        letter_number=new.letter_number, letter_on=new.letter_on, achievement_to=new.achievement_to,
        field_of_work=new.field_of_work, overlay=overlay,
    )  # fmt: skip
