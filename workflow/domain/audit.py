"""The audit chain as pure bytes: canonical form, links, commitments, and finding what was tampered with.

Where entries are kept and when one is written is storage's business. `workflow/verify_audit.py`
repeats the same arithmetic on its own, on purpose: whoever distrusts this product need not run it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

GENESIS = "0" * 64
_SALT = re.compile(r"[0-9a-f]{32,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `recorded_at` is UTC as `2026-01-05T01:00:00.000000Z`, `payload` JSON text, both verbatim."""

    number: int
    prev: str
    hash: str
    recorded_at: str
    kind: str
    payload: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `number`.

    gap: not the number after the one before it; prev: it does not hang on the entry before it;
    hash: its own bytes were changed; anchor_missing: the chain ends before a head that was printed;
    anchor_changed: the entry of that number is not the one that was printed.
    """

    number: int
    code: str


def canonical(number: int, recorded_at: str, kind: str, payload: str) -> bytes:
    """The bytes of an entry: a JSON list in ASCII without spaces, so that no two entries have the same ones."""
    return _encode([number, recorded_at, kind, payload]).encode("ascii")


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def link(prev: str, number: int, recorded_at: str, kind: str, payload: str) -> str:
    """The hash of an entry: SHA-256 of the hash before it (64 hex digits) and its canonical bytes, in hex."""
    return sha256(prev.encode("ascii", "backslashreplace") + canonical(number, recorded_at, kind, payload)).hexdigest()


def commitment(salt: str, value: str) -> str:
    """What the chain keeps of a value that may have to be erased: SHA-256 of salt, line feed, value, in hex.

    The salt is 32 to 64 hex digits from a source of randomness: without it a name could be found
    by trying all names. Once salt and value are deleted nothing is left that tells them.
    """
    if not _SALT.fullmatch(salt):
        raise ValueError("a salt is 32 to 64 hexadecimal digits in lower case")
    return sha256(f"{salt}\n{value}".encode()).hexdigest()


def digest_of_lines(lines: Iterable[tuple[int, int, str, str]]) -> str:
    """One digest for what an act did to many: SHA-256 over (nomination id, version, from, to), in order of id.

    One line each, `id version from to` with tabs between and a line feed after. The order in which
    the act came to them does not count, so that it can be made again from the events.
    """
    text = "".join(f"{id_}\t{version}\t{before}\t{after}\n" for id_, version, before, after in sorted(lines))
    return sha256(text.encode()).hexdigest()


def short_head(head: str) -> str:
    """The head as minutes and mails print it: its first sixteen digits in four groups, `3fa9-01bc-77de-9a10`."""
    return "-".join(head[at : at + 4] for at in range(0, 16, 4))


def verify(entries: Iterable[Entry], anchors: Iterable[tuple[int, str]] = ()) -> list[Fault]:
    """Every fault of a whole chain, given in its order.

    `anchors` are heads noted elsewhere: number, and the hash or what was printed of it. Without one
    a cut-off tail, or a chain written anew from the start, cannot be seen by anybody.
    """
    faults: list[Fault] = []
    hashes: dict[int, str] = {}
    number, prev = 0, GENESIS
    for entry in entries:
        if entry.number != number + 1:
            faults.append(Fault(entry.number, "gap"))
        if entry.prev != prev:
            faults.append(Fault(entry.number, "prev"))
        if entry.hash != link(entry.prev, entry.number, entry.recorded_at, entry.kind, entry.payload):
            faults.append(Fault(entry.number, "hash"))
        # Go on from what stands there: one changed entry is then one place, not the whole rest.
        number, prev = entry.number, entry.hash
        hashes[number] = entry.hash
    return faults + [fault for number, head in anchors if (fault := _held_against(number, head, hashes)) is not None]


def _held_against(number: int, head: str, hashes: dict[int, str]) -> Fault | None:
    if number not in hashes:
        return Fault(number, "anchor_missing")
    wanted = head.replace("-", "").lower()
    return None if len(wanted) >= 16 and hashes[number].startswith(wanted) else Fault(number, "anchor_changed")
