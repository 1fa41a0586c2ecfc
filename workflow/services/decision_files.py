"""The decision as it was issued: drafts we made, signed copies that were checked, scans of the paper.

A file that bears signatures is kept only if they hold, nothing came after them, and it is this decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, select

from notifications.columns import to_json
from workflow.domain.signed_copy import Expected, Finding, Verdict, codes_in, from_kept, judge, to_kept
from workflow.intake import signed
from workflow.intake.signed import Draft
from workflow.services.decisions_book import UnknownDecision
from workflow.services.desk import Desk
from workflow.services.viewing import Viewer
from workflow.storage import chain, decisions, papers
from workflow.storage.database import read, write
from workflow.storage.decisions import Wanted
from workflow.storage.locking import in_turn
from workflow.storage.papers import PaperRefused
from workflow.storage.tables import AuditEntry

Kind = Literal["signed", "scan", "draft"]
PDF = "application/pdf"
TAKEN = frozenset({PDF, "image/jpeg", "image/png"})
"""Kinds of a decision as it was issued: nothing that somebody could still edit."""
SIGNED_SOMEHOW = b"/ByteRange"
"""Stands in every PDF that bears a signature, and never compressed: it says which bytes were signed."""
_AUDIT = AuditEntry.__table__  # type: ignore[attr-defined]


class SignedRefused(ValueError):
    """The file bears signatures and is not this decision, signed and unchanged. Nothing was stored."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(each.code for each in verdict.refused))
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Attached:
    """A file put on a decision: of which kind, and its number among those of that kind."""

    kind: Kind
    number: int
    sha256: str
    verdict: Verdict | None = None


def attach(
    desk: Desk, viewer: Viewer, id_: int, content: bytes, file_name: str, now: datetime, at: datetime,
    *, wanted: Literal["signed", "scan"] = "scan",
) -> Attached:  # fmt: skip
    """Keep the decision as it was issued: a signed PDF once it was checked, or a scan. The same bytes change nothing.

    A file that bears signatures is checked whatever it was `wanted` as. `at` is the machine's clock, by which
    certificates are valid. Raises UnknownDecision, SignedRefused, and PaperRefused for a file that is none of those
    taken or a person who may not; nothing is stored then.
    """
    if not viewer.may("signing.attach"):
        raise PaperRefused("decision_file_not_allowed")
    media_type, file_name = _looked_over(content, file_name, desk.largest_file)
    verdict = (
        check(desk, viewer, id_, content, at) if media_type.startswith(PDF) else Verdict((Finding("signed", False),))
    )
    # What cannot be read may still be a scan, as long as nothing in it claims to be signed.
    readable = [each.code for each in verdict.refused] == ["signed"]
    unsigned = not verdict.signatures and (readable or SIGNED_SOMEHOW not in content)
    kind: Kind = "scan" if unsigned and wanted == "scan" else "signed"
    if kind == "signed" and not verdict.accepted:
        raise SignedRefused(verdict)
    kept = to_kept(verdict) if kind == "signed" else {}
    number, digest = _keep(desk, viewer, id_, kind, content, file_name, media_type, kept, now, desk.largest_file)
    return Attached(kind, number, digest, verdict if kind == "signed" else None)


def keep_draft(desk: Desk, viewer: Viewer, id_: int, content: bytes, file_name: str, now: datetime) -> Attached:
    """Remember a draft of ours, so that its signed copy is known by it. Raises UnknownDecision."""
    with read(desk.engine) as connection:
        _known(connection, viewer, id_)
    number, digest = _keep(desk, viewer, id_, "draft", content, file_name, PDF, {}, now, papers.LARGEST)
    return Attached("draft", number, digest)


def check(desk: Desk, viewer: Viewer, id_: int, content: bytes, at: datetime) -> Verdict:
    """Is this PDF the decision, signed and unchanged? Writes nothing. Raises UnknownDecision, PaperRefused."""
    with read(desk.engine) as connection:
        row = _known(connection, viewer, id_)
        names = tuple(each.name for each in decisions.lines(connection, viewer.sight, id_))
        drafts = [Draft(each.sha256, each.size) for each in decisions.files(connection, id_) if each.kind == "draft"]
    looked = signed.look(content, drafts, trusted(desk.certificates), at)
    with read(desk.engine) as connection:
        codes = codes_in(looked.text)
        heads = dict(
            tuple(row) for row in connection.execute(
                select(_AUDIT.c.number, _AUDIT.c.hash).where(_AUDIT.c.number.in_(sorted(codes)[:100]))
            )
        )  # fmt: skip
    return judge(looked, Expected(row.number, row.symbol, row.issued_on, names), heads)


def trusted(place: Path | None) -> tuple[bytes, ...]:
    """Certificates (DER) of the authorities that the house trusts: a file, or all .pem, .crt and .cer of a folder.

    Raises PaperRefused for a place that is not there or a file that holds none.
    """
    if place is None:
        return ()
    kinds = (".pem", ".crt", ".cer")
    files = sorted(each for each in place.glob("*") if each.suffix.lower() in kinds) if place.is_dir() else [place]
    try:
        found = tuple(each for file in files for each in signed.certificates(file.read_bytes()))
    except (OSError, ValueError) as error:
        raise PaperRefused("certificates_unreadable", path=str(place)) from error
    if not found:
        raise PaperRefused("certificates_unreadable", path=str(place))
    return found


def _looked_over(content: bytes, file_name: str, largest: int) -> tuple[str, str]:
    """The kind of the file, and the name to show. Raises PaperRefused."""
    if not content:
        raise PaperRefused("paper_empty", file=file_name)
    if len(content) > largest:
        raise PaperRefused("paper_too_large", file=file_name, limit=largest // (1024 * 1024))
    media_type = papers.media_type_of(content, file_name)
    if media_type.partition(";")[0] not in TAKEN:
        raise PaperRefused("decision_file_kind", file=file_name)
    return media_type, papers.shown_name(file_name, media_type)


def _keep(
    desk: Desk, viewer: Viewer, id_: int, kind: Kind, content: bytes, file_name: str, media_type: str, verdict: Any,
    now: datetime, largest: int,
) -> tuple[int, str]:  # fmt: skip
    digest = papers.store(desk.files, content, file_name, largest)
    with write(desk.engine) as connection:
        in_turn(connection, f"decision file {id_}")  # files of one decision are numbered one after the other
        _known(connection, viewer, id_)
        number, is_new = decisions.add_file(
            connection, decision_id=id_, kind=kind, file_name=file_name, media_type=media_type, size=len(content),
            sha256=digest, verdict=verdict, now=now, by=viewer.person, by_name=viewer.name,
        )  # fmt: skip
        if is_new:
            chain.append(
                connection, kind="decision_file",
                payload={"decision": id_, "kind": kind, "number": number, "sha256": digest},
                secrets={"by": (desk.entropy(16), to_json(viewer.person))}, now=now,
            )  # fmt: skip
    return number, digest


def _known(connection: Connection, viewer: Viewer, id_: int) -> Any:
    row = decisions.one(connection, Wanted(viewer.sight), id_)
    if row is None:
        raise UnknownDecision(id_)
    return row


# ── looking ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Content:
    """A file of a decision, ready to be sent, and what its check found when it was put on file."""

    file_name: str
    media_type: str
    kind: Kind
    added_at: datetime
    added_by: str
    content: bytes
    verdict: Verdict | None


def open_file(desk: Desk, viewer: Viewer, id_: int, file_id: int) -> Content:
    """One file of a decision. Raises UnknownDecision, and PaperRefused where the store lost it."""
    with read(desk.engine) as connection:
        _known(connection, viewer, id_)
        row = next((each for each in decisions.files(connection, id_) if each.id == file_id), None)
    if row is None:
        raise UnknownDecision(id_)
    try:
        content = papers.bytes_of(desk.files, row.sha256)
    except FileNotFoundError:
        raise PaperRefused("paper_gone", file=row.file_name) from None
    return Content(
        row.file_name, row.media_type.partition(";")[0], row.kind, row.added_at, row.added_by_name or row.added_by,
        content, from_kept(row.verdict) if row.kind == "signed" else None,
    )  # fmt: skip
