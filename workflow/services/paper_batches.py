"""Many files of one kind of paper for the lines of a submission: understood by their names, shown, then put on file.

The files are kept with the first look, so that the page in between survives a reload; on file they come all at once, by
one word, with the guards of a single one. A batch that nobody confirms is forgotten after a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlmodel import col

from definitions.flow import Document
from definitions.nearest import nearest
from workflow.domain.file_names import Fitting, fitting, twice
from workflow.services import handing_in
from workflow.services.desk import Desk
from workflow.services.handing_in import OwnPaper, Work
from workflow.services.papers import Stored, allowed, put as put_on_file, stored
from workflow.services.viewing import Viewer
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.papers import PaperRefused
from workflow.storage.tables import Document as Paper, Nomination
from workflow.storage.tables_desk import PaperBatch

_B: Table = PaperBatch.__table__  # type: ignore[attr-defined]
_P: Table = Paper.__table__  # type: ignore[attr-defined]
MOST_FILES = 200
LIVES = timedelta(days=7)


class UnknownBatch(LookupError):
    """There are no such files on their way, or not for this person."""


class Confused(ValueError):
    """What was chosen for the files cannot be: `rows` are the numbers of those at fault. Nothing was put on file."""

    def __init__(self, rows: Sequence[int]) -> None:
        super().__init__(rows)
        self.rows = tuple(rows)


@dataclass(frozen=True, slots=True)
class Row:
    """A file and what its name says.

    `state` is `matched` (`code` is the dossier), `several` (its name fits all of `choices`), `same` (other files fit
    the same dossier), `unmatched` (it fits none: `choices` are all that take this paper), `refused` (`refusal` says why
    it is not taken). `version` is the number it would get, `is_known` whether these very bytes are on file there.
    """

    number: int
    file_name: str
    state: str
    code: str = ""
    choices: tuple[str, ...] = ()
    version: int = 0
    is_known: bool = False
    refusal: PaperRefused | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Files on their way. `names` are those of the lines that take this paper, `owed` the codes that lack it."""

    id: str
    submission_id: int
    document: Document
    rows: tuple[Row, ...]
    names: Mapping[str, str]
    owed: tuple[str, ...]
    is_done: bool

    def in_state(self, state: str) -> tuple[Row, ...]:
        return tuple(each for each in self.rows if each.state == state)


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of them: versions that are new, and files that were on file already as they are."""

    new: int
    known: int


def keep(
    desk: Desk, viewer: Viewer, submission_id: int, document: str, files: Iterable[tuple[str, bytes]], now: datetime
) -> str:
    """Keep these (name, bytes) and return the id under which they are looked at. A file that is not taken is named.

    Raises UnknownSubmission, UnknownActor, and PaperRefused for a paper that no line takes for itself (`paper_of_none`)
    or that this person may not put on file; nothing is kept then.
    """
    work = handing_in.find(desk, viewer, submission_id, now)
    own = _own(work, document)
    with read(desk.engine) as connection:
        allowed(connection, desk, viewer.person, own.codes, now, lock=False)
    kept = [_stored(desk, name, content) for name, content in files]
    with write(desk.engine) as connection:
        connection.execute(delete(_B).where(_B.c.created_at < now - LIVES, _B.c.done_at.is_(None)))
        id_ = desk.entropy(16)
        connection.execute(
            insert(_B).values(
                id=id_, person=viewer.person, submission_id=submission_id, document=document, files=kept,
                created_at=now,
            )
        )  # fmt: skip
    return id_


def find(desk: Desk, viewer: Viewer, submission_id: int, id_: str, now: datetime) -> Batch:
    """What was understood of the files. Raises UnknownBatch, UnknownSubmission."""
    work = handing_in.find(desk, viewer, submission_id, now)
    with read(desk.engine) as connection:
        return _batch(connection, work, _row(connection, viewer, submission_id, id_))


def put(
    desk: Desk, viewer: Viewer, submission_id: int, id_: str, chosen: Mapping[int, str], now: datetime
) -> Filed | None:
    """Put on file what is certain and what was `chosen` (code by the number of a file), all or nothing.

    A file for which "" was chosen, or whose name is not certain, is left out. Pressing twice is once: None the second
    time. Raises UnknownBatch, UnknownSubmission, Confused for a dossier that is no choice or that two files would go
    to and when no file is left, PaperRefused, UnknownActor; nothing is put on file then.
    """
    work = handing_in.find(desk, viewer, submission_id, now)
    with write(desk.engine) as connection:
        in_turn(connection, f"paper batch {id_}")
        row = _row(connection, viewer, submission_id, id_)
        if row.done_at is not None:
            return None
        in_turn(connection, f"paper {row.document}")
        batch = _batch(connection, work, row)
        goes = _goes(batch, chosen)
        lines, person = allowed(connection, desk, viewer.person, list(goes.values()), now)
        by_code = {line.code: line for line in lines}
        done = [
            put_on_file(
                connection, desk, [by_code[code]], row.document, Stored(*row.files[number]["kept"]), person, now
            )
            for number, code in goes.items()
        ]
        connection.execute(update(_B).where(_B.c.id == id_).values(done_at=now))
    new = sum(each.is_new for each in done)
    return Filed(new, len(done) - new)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _own(work: Work, document: str) -> OwnPaper:
    found = next((each for each in work.own_papers if each.document.code == document), None)
    if found is None:
        known = [each.document.code for each in work.own_papers]
        raise PaperRefused("paper_of_none", document=document, nearest=nearest(document, known) or "")
    return found


def _stored(desk: Desk, file_name: str, content: bytes) -> dict[str, Any]:
    """The file as it is kept, or why it is not: by its bytes, as for a single one."""
    try:
        paper = stored(desk, content, file_name)
    except PaperRefused as error:
        return {"name": str(error.params.get("file", ""))[:200], "refused": [error.code, error.params]}
    return {"name": paper.file_name, "kept": [paper.file_name, paper.media_type, paper.size, paper.sha256]}


def _row(connection: Connection, viewer: Viewer, submission_id: int, id_: str) -> Any:
    mine = (_B.c.id == id_) & (_B.c.person == viewer.person) & (_B.c.submission_id == submission_id)
    row = connection.execute(select(_B).where(mine)).first()
    if row is None:
        raise UnknownBatch(id_)
    return row


def _batch(connection: Connection, work: Work, row: Any) -> Batch:
    own = _own(work, row.document)
    names = {line.code: line.name for line in work.lines if line.code in set(own.codes)}
    fits = [Fitting() if "refused" in file else fitting(file["name"], names) for file in row.files]
    claimed = twice(each.codes[0] for each in fits if len(each.codes) == 1)
    newest = _newest(connection, own)
    rows = [_understood(number, file, fit, claimed, names, newest)
            for number, (file, fit) in enumerate(zip(row.files, fits, strict=True))]  # fmt: skip
    return Batch(row.id, row.submission_id, own.document, tuple(rows), names, own.owed, row.done_at is not None)


def _understood(
    number: int, file: Mapping[str, Any], fit: Fitting, claimed: frozenset[str], names: Mapping[str, str],
    newest: Mapping[str, tuple[int, str]],
) -> Row:  # fmt: skip
    if "refused" in file:
        code, params = file["refused"]
        return Row(number, file["name"], "refused", refusal=PaperRefused(code, **params))
    if not fit.codes:
        return Row(number, file["name"], "unmatched", choices=tuple(names))
    if len(fit.codes) > 1:
        return Row(number, file["name"], "several", choices=fit.codes)
    (code,) = fit.codes
    last, digest = newest.get(code, (0, ""))
    known = digest == file["kept"][3]
    state, choices = ("same", fit.codes) if code in claimed else ("matched", ())
    return Row(number, file["name"], state, code if not choices else "", choices, last if known else last + 1, known)


def _newest(connection: Connection, own: OwnPaper) -> dict[str, tuple[int, str]]:
    """Number and SHA-256 of the newest version of this paper, by the code of its dossier."""
    query = (
        select(col(Nomination.code).label("owner"), _P.c.number, _P.c.sha256)
        .join(_P, _P.c.nomination_id == col(Nomination.id))
        .where(_P.c.code == own.document.code, col(Nomination.code).in_(own.codes))
        .order_by(_P.c.number)
    )
    return {row.owner: (row.number, row.sha256) for row in connection.execute(query)}


def _goes(batch: Batch, chosen: Mapping[int, str]) -> dict[int, str]:
    """The dossier of each file that is put on file, by the file's number. Raises Confused."""
    goes = {
        row.number: code
        for row in batch.rows
        if row.state != "refused" and (code := chosen.get(row.number, row.code))
    }  # fmt: skip
    again = twice(goes.values())
    wrong = [
        row.number
        for row in batch.rows
        if row.number in goes
        and (goes[row.number] in again or goes[row.number] not in (row.choices or (row.code,)))
    ]  # fmt: skip
    if wrong or not goes:
        raise Confused(wrong)
    return goes
