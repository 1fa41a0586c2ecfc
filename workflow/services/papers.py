"""Papers of a dossier: attach a version, list what is on file and what the checklist still asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.nearest import nearest
from notifications.columns import to_json
from workflow.domain.decisions import covers
from workflow.domain.facts import Actor
from workflow.services.desk import Desk
from workflow.services.judging import find_actor, surroundings
from workflow.storage import chain, nominations, papers
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.nominations import FactsOf, Line
from workflow.storage.papers import PaperRefused
from workflow.storage.tables import Nomination

MAY_ATTACH = frozenset(
    {"unit_officer", "unit_head", "unit_council", "secretariat", "secretariat_head", "appraiser", "council_secretary",
     "clerk", "field_lead", "cluster_head"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attached:
    """One paper put on file: for how many nominations (or for their submission), which version, and if it is new."""

    code: str
    number: int
    sha256: str
    owners: int
    is_new: bool = True


def attach(
    desk: Desk, actor: str, codes: Sequence[str], document: str, content: bytes, file_name: str, now: datetime,
) -> Attached:  # fmt: skip
    """Put a paper on file for these nominations; one that the flow keeps per submission goes to the submission.

    Raises PaperRefused (unknown document with the nearest code, kind of file, size, not allowed) and
    UnknownActor; nothing is stored then. The same bytes again make no new version.
    """
    paper = stored(desk, content, file_name)
    with write(desk.engine) as connection:
        in_turn(connection, f"paper {document}")  # versions of one paper are numbered one after the other
        lines, person = allowed(connection, desk, actor, codes, now)
        return put(connection, desk, lines, document, paper, person, now)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file whose bytes lie in the store already: its name as it is shown, what its bytes say it is."""

    file_name: str
    media_type: str
    size: int
    sha256: str


def stored(desk: Desk, content: bytes, file_name: str) -> Stored:
    """Keep these bytes, on file nowhere yet. Raises PaperRefused: empty, too large, a kind that is not taken."""
    if not content:
        raise PaperRefused("paper_empty", file=file_name)
    if len(content) > desk.largest_file:  # before it is looked into
        raise PaperRefused("paper_too_large", file=file_name, limit=desk.largest_file // (1024 * 1024))
    media_type = papers.media_type_of(content, file_name)
    shown = papers.shown_name(file_name, media_type)
    return Stored(shown, media_type, len(content), papers.store(desk.files, content, shown, desk.largest_file))


def put(
    connection: Connection, desk: Desk, lines: Sequence[Line], document: str, paper: Stored, person: Actor,
    now: datetime,
) -> Attached:  # fmt: skip
    """Put a stored file on file for lines that `allowed` has let through, in its transaction. Raises PaperRefused."""
    owners: dict[tuple[int | None, int | None], None] = {}
    for line in lines:
        owners[_owner(connection, desk, line, document)] = None
    added = [
        papers.add(
            connection, nomination_id=nomination_id, submission_id=submission_id, code=document,
            file_name=paper.file_name, media_type=paper.media_type, size=paper.size, sha256=paper.sha256, now=now,
            by=person.person,
        )
        for nomination_id, submission_id in owners
    ]  # fmt: skip
    is_new = any(is_new for _, is_new in added)
    if is_new:
        chain.append(
            connection,
            kind="paper",
            payload={"document": document, "sha256": paper.sha256, "owners": [list(each) for each in owners]},
            secrets={"by": (desk.entropy(16), to_json(person.person))},
            now=now,
        )
    return Attached(document, max(number for number, _ in added), paper.sha256, len(owners), is_new)


def allowed(
    connection: Connection, desk: Desk, actor: str, codes: Sequence[str], now: datetime, *, lock: bool = True
) -> tuple[list[Line], Actor]:
    """These nominations, and whoever puts papers on file for them. Raises PaperRefused, UnknownActor."""
    today = local_day(now)
    person = find_actor(connection, actor, today)
    found = nominations.lines_by_code(connection, codes, lock=lock)
    missing = [code for code in codes if code not in found]
    if missing:
        raise PaperRefused("unknown_code", code=", ".join(missing))
    lines = [found[code] for code in dict.fromkeys(codes)]
    flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
    facts_of = FactsOf(surroundings(connection, lines, flows, ""), today)
    for each in map(facts_of, lines):
        if not any(held.role in MAY_ATTACH and covers(held, each) for held in person.held):
            raise PaperRefused("paper_not_allowed", code=each.code)
    return lines, person


def _owner(connection: Connection, desk: Desk, line: Line, document: str) -> tuple[int | None, int | None]:
    flow = desk.flows.get(connection, line.flow_version_id).flow
    rule = flow.documents.get(document)
    if rule is None:
        raise PaperRefused("document_unknown", document=document, nearest=nearest(document, flow.documents) or "")
    return (None, line.submission_id) if rule.per == "submission" else (line.id, None)


def on_file(desk: Desk, code: str) -> list[Any]:
    """Every version of every paper of this nomination, its submission's included. Raises PaperRefused."""
    with read(desk.engine) as connection:
        row = connection.execute(
            select(col(Nomination.id), col(Nomination.submission_id)).where(col(Nomination.code) == code)
        ).first()
        if row is None:
            raise PaperRefused("unknown_code", code=code)
        return papers.of_nomination(connection, row.id, row.submission_id)


def content_of(desk: Desk, digest: str) -> bytes:
    """The bytes of a paper whose row the caller was allowed to see. Raises PaperRefused when the store lost it."""
    try:
        return papers.place(desk.files, digest).read_bytes()
    except FileNotFoundError:
        raise PaperRefused("paper_gone", file=digest[:12]) from None
