"""Documents on file: bytes in a folder under their SHA-256, rows that say whose they are and which version."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, union
from sqlmodel import col

from workflow.storage.paper_kinds import PaperRefused, media_type_of, shown_name
from workflow.storage.tables import Document
from workflow.storage.tables_desk import DecisionFile

LARGEST = 20 * 1024 * 1024
"""Bytes; a scan of a whole dossier is far smaller."""


def store(folder: Path, content: bytes, file_name: str, largest: int = LARGEST) -> str:
    """Keep the bytes under their hash and return it; bytes already there are not written again. Raises PaperRefused."""
    if not content:
        raise PaperRefused("paper_empty", file=file_name)
    if len(content) > largest:
        raise PaperRefused("paper_too_large", file=file_name, limit=largest // (1024 * 1024))
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


def content(folder: Path, connection: Connection, document_id: int) -> bytes:
    """The bytes of one version of a paper. Raises FileNotFoundError where the store lacks them, or has a link there."""
    digest = connection.execute(select(col(Document.sha256)).where(col(Document.id) == document_id)).scalar_one()
    return bytes_of(folder, digest)


def bytes_of(folder: Path, digest: str) -> bytes:
    """What is kept under this hash. Raises FileNotFoundError where the store lacks it, or has a link there."""
    descriptor = os.open(place(folder, digest), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


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
            file_name=file_name[-200:], media_type=media_type, size=size, sha256=sha256, added_at=now, added_by=by,
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
    """Of every file that a row promises: papers of dossiers, and decisions as they were issued."""
    return set(connection.execute(union(select(col(Document.sha256)), select(col(DecisionFile.sha256)))).scalars())


__all__ = [
    "LARGEST", "PaperRefused", "add", "bytes_of", "content", "hashes", "media_type_of", "of_nomination", "place",
    "shown_name", "store",
]  # fmt: skip
