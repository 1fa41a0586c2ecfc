"""The audit chain for people: its head to print, its proof, and an export that anybody can check elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow.domain import audit
from workflow.services.audit_subjects import Subject, subjects
from workflow.services.desk import Desk
from workflow.storage import chain
from workflow.storage.database import read


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: its number, hash and the short form printed on papers and mails."""

    number: int
    hash: str
    short: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What verifying found: no faults means that the chain up to its head is as it was written."""

    entries: int
    head: Head
    faults: tuple[audit.Fault, ...]


def head(desk: Desk) -> Head:
    with read(desk.engine) as connection:
        number, hash_ = chain.head(connection)
    return Head(number, hash_, audit.short_head(hash_))


def verify(desk: Desk, anchors: Iterable[tuple[int, str]] = ()) -> Proof:
    """Check every link, and that heads printed earlier (number, hash or short form) still stand."""
    with read(desk.engine) as connection:
        entries = [audit.Entry(**each) for each in chain.entries(connection)]
    faults = audit.verify(entries, anchors)
    last = entries[-1] if entries else None
    end = (
        Head(last.number, last.hash, audit.short_head(last.hash))
        if last
        else Head(0, audit.GENESIS, audit.short_head(audit.GENESIS))
    )
    return Proof(len(entries), end, tuple(faults))


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry as a list shows it. `who` is "" once whoever did it was erased: the entry itself never changes."""

    number: int
    recorded_at: str
    kind: str
    who: str
    payload: Mapping[str, Any]
    hash: str
    subject: Subject


def last_entries(desk: Desk, *, before: int | None = None, limit: int = 50) -> list[Listed]:
    """Newest first; the next page is `before` the last number of this one. Ballots are in none of them."""
    with read(desk.engine) as connection:
        rows = chain.last(connection, before=before, limit=limit)
        said = chain.openings(connection, [row["number"] for row in rows])
        payloads = [json.loads(row["payload"]) for row in rows]
        found = subjects(desk, connection, payloads)
    return [
        Listed(
            row["number"], row["recorded_at"], row["kind"], _who(said.get(row["number"], {})), payload, row["hash"],
            subject,
        )
        for row, payload, subject in zip(rows, payloads, found, strict=True)
    ]  # fmt: skip


def _who(said: Mapping[str, str]) -> str:
    """The person's key, and for an act his name beside it."""
    for name in ("actor", "by"):
        if name in said:
            who = json.loads(said[name])
            return " ".join(filter(None, who[:2])) if isinstance(who, list) else str(who)
    return ""


def exported(desk: Desk) -> bytes:
    """The chain as JSON lines, as `export` writes them."""
    with read(desk.engine) as connection:
        lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in chain.entries(connection)]
    return "".join(lines).encode()


def export(desk: Desk, target: Path) -> int:
    """Write the chain as JSON lines for the stand-alone verifier; returns how many entries."""
    count = 0
    with read(desk.engine) as connection, target.open("w", encoding="utf-8") as file:
        for entry in chain.entries(connection):
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            count += 1
    return count
