"""Checks an audit chain without the product: python verify_audit.py FILE [--anchor NUMBER:HEAD]...

FILE is an export (one JSON object a line) or the SQLite database itself, which is only read. An
anchor is a head noted elsewhere, `1024:3fa9-01bc-77de-9a10` or with the whole hash. Without one
nobody can see that the newest entries were cut off, or the whole chain written anew.
Exit: 0 whole, 1 faults, 2 nothing could be checked. Needs Python 3.9 and nothing else.

An entry's hash: SHA-256 over the 64 hex digits of the one before (64 noughts for the first) and
the JSON list [number, recorded_at, kind, payload], in ASCII with \\u escapes and without spaces.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = ("number", "prev", "hash", "recorded_at", "kind", "payload")
WORDS = {
    "form": "không đọc được / cannot be read",
    "gap": "số thứ tự không liền nhau, có mục bị xóa, chèn hoặc đảo / entries deleted, inserted or swapped",
    "prev": "không nối với mục liền trước / does not hang on the entry before it",
    "hash": "nội dung đã bị sửa / its content was changed",
    "anchor_missing": "mục đã ghi nhận nay không còn, phần cuối bị cắt / noted elsewhere, gone here: the tail was cut",
    "anchor_changed": "khác với mã đã ghi nhận / is not the entry that was noted elsewhere",
}


def read(path: Path) -> Iterator[Any]:
    """The entries as they stand. Bytes that are no text stay bytes in disguise, so that they are found, not fatal."""
    if path.read_bytes()[:16] == b"SQLite format 3\0":
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        for row in database.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_entry ORDER BY number"):
            entry = {name: row[place] for place, name in enumerate(COLUMNS)}
            at = str(row[3])  # the database spells the instant 2026-01-05 01:00:00.000000, and always in UTC
            yield {**entry, "recorded_at": f"{at[:10]}T{at[11:]}Z" if at[10:11] == " " else at}
        return database.close()
    for line in path.read_text("utf-8", "surrogateescape").split("\n"):
        try:
            yield from [json.loads(line, object_pairs_hook=once)] if line.strip() else []
        except (ValueError, RecursionError):
            yield {}


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object none of whose names stands twice: else two readers could see two values."""
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def check(entries: Iterator[Any], anchors: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], int, str]:
    """Faults as (number, code), and number and hash of the last entry."""
    faults, hashes, number, prev = [], {}, 0, "0" * 64
    for entry in entries:
        known = isinstance(entry, dict) and set(entry) == set(COLUMNS)
        if not known or any(type(entry[name]) is not (int if name == "number" else str) for name in COLUMNS):
            faults.append((number + 1, "form"))
            continue
        canonical = json.dumps([entry[name] for name in ("number", *COLUMNS[3:])], separators=(",", ":")).encode()
        digest = hashlib.sha256(entry["prev"].encode("ascii", "backslashreplace") + canonical).hexdigest()
        wrong = {"gap": entry["number"] != number + 1, "prev": entry["prev"] != prev, "hash": entry["hash"] != digest}
        faults += [(entry["number"], code) for code in wrong if wrong[code]]
        number, prev = entry["number"], entry["hash"]
        hashes[number] = prev
    for at, head in anchors:
        if len(head) < 16 or not hashes.get(at, "").startswith(head):
            faults.append((at, "anchor_changed" if at in hashes else "anchor_missing"))
    return faults, number, prev


def anchor(text: str) -> tuple[int, str]:
    """`1024:3fa9-01bc-…` as (1024, "3fa901bc…")."""
    return int(text.partition(":")[0]), text.partition(":")[2].replace("-", "").lower()


def main() -> int:
    """Check the file named on the command line and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--anchor", type=anchor, action="append", default=[])
    given = parser.parse_args()
    try:
        faults, number, head = check(read(given.file), given.anchor)
    except (OSError, sqlite3.Error) as error:
        sys.stderr.buffer.write(f"không kiểm tra được / nothing could be checked: {error}\n".encode())
        return 2
    said = "".join(f"{at}: {WORDS[code]}\n" for at, code in faults)
    said += f"số mục / entries: {number}; mã cuối / head: {number}:{head}; lỗi / faults: {len(faults)}\n"
    sys.stdout.buffer.write(said.encode())
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
