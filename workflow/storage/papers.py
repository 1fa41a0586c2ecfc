"""Documents on file: bytes in a folder under their SHA-256, rows that say whose they are and which version."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from workflow.domain import vietnamese
from workflow.storage.tables import Document

LARGEST = 20 * 1024 * 1024
"""Bytes; a scan of a whole dossier is far smaller."""

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class PaperRefused(ValueError):
    """The file cannot be put on file. `code` and `params` name the sentence; nothing was stored."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def media_type_of(content: bytes, file_name: str) -> str:
    """What the bytes are, by their first ones, never by the name alone. Raises PaperRefused."""
    found = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    if found == "application/zip":
        found = _OFFICE.get(Path(file_name).suffix.lower())
    if found is None:
        raise PaperRefused("paper_kind", file=file_name)
    return found


_WAY = re.compile(r"[/\\]")
_NEVER = re.compile(r'[<>:"|?*]')


def shown_name(file_name: str, otherwise: str = "tep") -> str:
    """A file's name as it may be kept and shown: no folders, nothing invisible, no sign that a system forbids.

    It names nothing on our disk: bytes lie under their hash. At most 200 characters, its ending kept.
    """
    last = _WAY.split(vietnamese.nfc(file_name))[-1]
    clean = vietnamese.clean_name(_NEVER.sub("_", last)).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if dot and len(ending) <= 10:
        clean = f"{stem[: 199 - len(ending)]}.{ending}"
    return clean[:200] or otherwise


def store(folder: Path, content: bytes, file_name: str) -> str:
    """Keep the bytes under their hash and return it; bytes already there are not written again. Raises PaperRefused."""
    if not content:
        raise PaperRefused("paper_empty", file=file_name)
    if len(content) > LARGEST:
        raise PaperRefused("paper_too_large", file=file_name, limit=LARGEST // (1024 * 1024))
    digest = hashlib.sha256(content).hexdigest()
    target = place(folder, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    # A crash between these lines leaves a .part, never half a file under a hash that promises the whole.
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return digest


def place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def add(
    connection: Connection, *, nomination_id: int | None, submission_id: int | None, code: str, file_name: str,
    media_type: str, size: int, sha256: str, now: datetime, by: str,
) -> tuple[int, bool]:  # fmt: skip
    """Record a version of a paper; returns its number (1 for the first) and whether it is new.

    The same bytes again change nothing.
    """
    table = Document.__table__  # type: ignore[attr-defined]
    owner = (
        table.c.nomination_id == nomination_id if nomination_id is not None else table.c.submission_id == submission_id
    )
    newest = connection.execute(
        select(table.c.number, table.c.sha256)
        .where(owner, table.c.code == code)
        .order_by(table.c.number.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.sha256 == sha256:
        return int(newest.number), False
    number = (newest.number if newest else 0) + 1
    connection.execute(
        insert(Document).values(
            nomination_id=nomination_id, submission_id=submission_id, code=code, number=number,
            file_name=shown_name(file_name), media_type=media_type, size=size, sha256=sha256, added_at=now, added_by=by,
        )
    )  # fmt: skip
    return int(number), True


def of_nomination(connection: Connection, nomination_id: int, submission_id: int) -> list[Any]:
    """Every version of every paper of a nomination and of its submission, newest version first."""
    table = Document.__table__  # type: ignore[attr-defined]
    mine = (table.c.nomination_id == nomination_id) | (table.c.submission_id == submission_id)
    query = select(table).where(mine).order_by(table.c.code, table.c.number.desc())
    return list(connection.execute(query))


def hashes(connection: Connection) -> set[str]:
    return set(connection.execute(select(func.distinct(col(Document.sha256)))).scalars())
