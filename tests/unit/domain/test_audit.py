"""The audit chain: its bytes, and that both verifiers find every kind of tampering up to a head noted elsewhere."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import workflow
from workflow.domain.audit import (
    GENESIS,
    Entry,
    Fault,
    canonical,
    commitment,
    digest_of_lines,
    link,
    short_head,
    verify,
)

VERIFIER = Path(workflow.__file__).parent / "verify_audit.py"
SALT = "0123456789abcdef0123456789abcdef"
COLUMNS = ("number", "prev", "hash", "recorded_at", "kind", "payload")


def chain(length: int, note: str = "Trình Bộ trưởng") -> list[Entry]:
    entries: list[Entry] = []
    prev = GENESIS
    for number in range(1, length + 1):
        at = f"2026-12-24T01:{number // 60:02d}:{number % 60:02d}.000000Z"
        payload = json.dumps({"act": number, "note": note}, ensure_ascii=False)
        entries.append(Entry(number, prev, link(prev, number, at, "act", payload), at, "act", payload))
        prev = entries[-1].hash
    return entries


def rehashed(entries: list[Entry]) -> list[Entry]:
    """Entries as a thorough forger leaves them: every hash made to fit."""
    forged: list[Entry] = []
    prev = GENESIS
    for each in entries:
        forged.append(replace(each, prev=prev, hash=link(prev, each.number, each.recorded_at, each.kind, each.payload)))
        prev = forged[-1].hash
    return forged


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_has_one_spelling_in_bytes() -> None:
    assert canonical(7, "2026-12-24T01:00:00.000000Z", "act", '{"a":"Bộ"}') == (
        b'[7,"2026-12-24T01:00:00.000000Z","act","{\\"a\\":\\"B\\u1ed9\\"}"]'
    )


def test_a_link_can_be_made_by_hand_from_its_description() -> None:
    body = canonical(1, "2026-12-24T01:00:00.000000Z", "act", "{}")
    by_hand = hashlib.sha256(b"0" * 64 + body).hexdigest()
    assert link(GENESIS, 1, "2026-12-24T01:00:00.000000Z", "act", "{}") == by_hand


@given(one=st.tuples(st.text(), st.text(), st.text()), other=st.tuples(st.text(), st.text(), st.text()))
def test_no_two_entries_have_the_same_bytes(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (canonical(1, *one) == canonical(1, *other)) == (one == other)


def test_text_cannot_move_from_one_column_to_the_next() -> None:
    assert canonical(1, "a", "b", "c") != canonical(1, "a", 'b","c', "") != canonical(1, 'a","b', "", "c")


def test_a_commitment_needs_its_salt_and_hides_without_it() -> None:
    made = commitment(SALT, "Vũ Văn Thảo")
    assert made == hashlib.sha256(f"{SALT}\nVũ Văn Thảo".encode()).hexdigest()
    assert made != commitment(SALT[::-1], "Vũ Văn Thảo")
    assert made != commitment(SALT, "Vũ Văn Thao")


@pytest.mark.parametrize("salt", ["", "abc", SALT.upper(), SALT + "\n", "x" * 32, "0" * 65])
def test_a_salt_that_could_be_guessed_or_mistaken_is_refused(salt: str) -> None:
    with pytest.raises(ValueError, match="salt"):
        commitment(salt, "Vũ Văn Thảo")


def test_the_digest_of_an_act_does_not_hang_on_the_order_of_its_lines() -> None:
    lines = [(12, 3, "received", "appraising"), (7, 9, "received", "appraising")]
    by_hand = "7\t9\treceived\tappraising\n12\t3\treceived\tappraising\n"
    assert digest_of_lines(lines) == digest_of_lines(reversed(lines)) == hashlib.sha256(by_hand.encode()).hexdigest()
    assert digest_of_lines(lines[:1]) != digest_of_lines(lines)


def test_a_head_is_printed_in_four_groups() -> None:
    assert short_head("3fa901bc77de9a10" + "0" * 48) == "3fa9-01bc-77de-9a10"


# ── the two verifiers, on the same chains ────────────────────────────────────────────────────────


def export(path: Path, entries: list[Entry]) -> Path:
    path.write_text("".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in entries), encoding="utf-8")
    return path


def run(path: Path, *anchors: str) -> subprocess.CompletedProcess[str]:
    given_anchors = [part for each in anchors for part in ("--anchor", each)]
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(path), *given_anchors],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def places(said: str) -> set[int]:
    return {int(found[1]) for line in said.splitlines()[:-1] if (found := re.match(r"(\d+): ", line))}


def both(tmp_path: Path, entries: list[Entry], *anchors: tuple[int, str]) -> set[int]:
    """Where both verifiers find faults; they must agree on every one."""
    ours = verify(entries, anchors)
    done = run(export(tmp_path / "chain.jsonl", entries), *(f"{number}:{head}" for number, head in anchors))
    assert done.returncode == (1 if ours else 0), done.stdout + done.stderr
    assert done.stdout.count("\n") == len(ours) + 1
    assert places(done.stdout) == {fault.number for fault in ours}
    return places(done.stdout)


@pytest.mark.parametrize("length", [0, 1, 200])
def test_a_whole_chain_has_no_fault(tmp_path: Path, length: int) -> None:
    entries = chain(length)
    assert both(tmp_path, entries) == set()
    assert verify(entries, [(each.number, each.hash) for each in entries]) == []


@pytest.mark.attack("S107")
@pytest.mark.parametrize("column", ["prev", "hash", "recorded_at", "kind", "payload"])
def test_one_changed_letter_in_any_column_is_found(tmp_path: Path, column: str) -> None:
    entries = chain(9)
    for at in (0, 4, 8):
        value = getattr(entries[at], column)
        middle = len(value) // 2
        other = "1" if value[middle] != "1" else "2"
        changed = [*entries]
        changed[at] = replace(entries[at], **{column: value[:middle] + other + value[middle + 1 :]})
        assert entries[at].number in both(tmp_path, changed)


@given(data=st.data())
def test_one_changed_letter_anywhere_is_found_by_ours(data: st.DataObject) -> None:
    entries = chain(12)
    at = data.draw(st.integers(0, 11))
    column = data.draw(st.sampled_from(COLUMNS[1:]))
    value = getattr(entries[at], column)
    place = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda each: each != value[place]))
    entries[at] = replace(entries[at], **{column: value[:place] + other + value[place + 1 :]})
    assert verify(entries) != []


def test_a_changed_number_is_found(tmp_path: Path) -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], number=7)
    assert both(tmp_path, entries) == {7, 4}


def test_deleting_an_entry_is_found_even_when_it_is_the_first(tmp_path: Path) -> None:
    for at in (0, 2):
        entries = chain(5)
        del entries[at]
        assert both(tmp_path, entries) == {at + 2}


def test_inserting_an_entry_is_found(tmp_path: Path) -> None:
    entries = chain(5)
    before = entries[1]
    digest = link(before.hash, 3, before.recorded_at, "act", "{}")
    entries.insert(2, Entry(3, before.hash, digest, before.recorded_at, "act", "{}"))
    assert both(tmp_path, entries) == {3}


def test_swapping_two_entries_is_found(tmp_path: Path) -> None:
    entries = chain(5)
    entries[1], entries[2] = entries[2], entries[1]
    assert both(tmp_path, entries) == {2, 3, 4}


def test_a_cut_tail_is_missed_without_an_anchor_and_found_with_one(tmp_path: Path) -> None:
    entries = chain(9)
    last = entries[-1]
    assert both(tmp_path, entries[:6]) == set()  # the limit of every chain: nothing in it says how long it was
    assert both(tmp_path, entries[:6], (9, short_head(last.hash))) == {9}
    assert both(tmp_path, entries[:6], (6, entries[5].hash)) == set()


def test_a_chain_written_anew_is_missed_without_an_anchor_and_found_with_one(tmp_path: Path) -> None:
    entries = chain(9)
    forged = rehashed([replace(each, payload="{}") if each.number == 4 else each for each in entries])
    assert both(tmp_path, forged) == set()
    assert both(tmp_path, forged, (3, short_head(entries[2].hash))) == set()
    assert both(tmp_path, forged, (7, short_head(entries[6].hash))) == {7}
    assert verify(forged, [(7, entries[6].hash)]) == [Fault(7, "anchor_changed")]


def test_an_anchor_too_short_to_mean_anything_is_no_proof(tmp_path: Path) -> None:
    entries = chain(3)
    assert both(tmp_path, entries, (3, entries[2].hash[:8])) == {3}
    assert both(tmp_path, entries, (3, short_head(entries[2].hash).upper())) == set()


def test_a_prev_that_is_no_hash_at_all_is_found_and_not_fatal(tmp_path: Path) -> None:
    entries = chain(3)
    entries[1] = replace(entries[1], prev="Đ" * 64)
    assert both(tmp_path, entries) == {2}


# ── the stand-alone verifier by itself ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:40],
        lambda line: "[" * 100_000,
        lambda line: "[1]",
        lambda line: "{}",
        lambda line: line.replace('"number": 2', '"number": "2"'),
        lambda line: line.replace('"number": 2', '"number": 2.0'),
        lambda line: line.replace('"number": 2', '"number": true'),
        lambda line: line.replace('"kind": "act"', '"kind": null'),
        lambda line: line.replace('"kind": "act"', '"kind": "act", "more": 1'),
        lambda line: line.replace('"kind": "act"', '"kind": "revoke", "kind": "act"'),
        lambda line: line.replace("Bộ", "B\udcff"),
    ],
)
def test_a_line_that_is_no_entry_is_found_and_the_rest_still_checked(
    tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    path = export(tmp_path / "chain.jsonl", chain(4))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = spoil(lines[1])
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    done = run(path)
    assert done.returncode == 1
    assert 2 in places(done.stdout)
    assert done.stdout.splitlines()[-1].startswith("số mục / entries: 4;")


def database(path: Path, entries: list[Entry]) -> Path:
    """As SQLAlchemy leaves the table in SQLite: instants without zone, with a space."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE audit_entry (number INTEGER PRIMARY KEY, prev VARCHAR(64), hash VARCHAR(64),"
        " recorded_at DATETIME, kind VARCHAR(40), payload TEXT)"
    )
    for each in entries:
        at = each.recorded_at.replace("T", " ").removesuffix("Z")
        row = (each.number, each.prev, each.hash, at, each.kind, each.payload)
        connection.execute("INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    return path


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_the_database_itself_can_be_checked_and_is_left_as_it_was(tmp_path: Path) -> None:
    path = database(tmp_path / "khen #1.db", chain(20))
    before = path.read_bytes()
    done = run(path, f"20:{short_head(chain(20)[-1].hash)}")
    assert (done.returncode, places(done.stdout)) == (0, set())
    assert f"20:{chain(20)[-1].hash}" in done.stdout
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET number = 77 WHERE number = 5",
        "UPDATE audit_entry SET prev = replace(prev, substr(prev, 9, 1), 'x') WHERE number = 5",
        "UPDATE audit_entry SET hash = upper(hash) WHERE number = 5",
        "UPDATE audit_entry SET recorded_at = '2026-12-24 01:00:05.000001' WHERE number = 5",
        "UPDATE audit_entry SET recorded_at = replace(recorded_at, ' ', 'T') WHERE number = 5",
        "UPDATE audit_entry SET recorded_at = 20261224 WHERE number = 5",
        "UPDATE audit_entry SET kind = 'revoke' WHERE number = 5",
        "UPDATE audit_entry SET payload = payload || ' ' WHERE number = 5",
        "UPDATE audit_entry SET payload = CAST(payload AS BLOB) WHERE number = 5",
        "UPDATE audit_entry SET payload = CAST(x'ff' AS TEXT) WHERE number = 5",
        "UPDATE audit_entry SET payload = NULL WHERE number = 5",
        "DELETE FROM audit_entry WHERE number = 5",
    ],
)
def test_every_change_made_in_the_database_is_found(tmp_path: Path, sql: str) -> None:
    path = database(tmp_path / "khen.db", chain(9))
    change(path, sql)
    done = run(path)
    assert (done.returncode, bool(places(done.stdout) & {5, 6, 77})) == (1, True), done.stdout


def test_what_cannot_be_read_is_said_and_is_not_called_whole(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    change(empty, "CREATE TABLE other (x)")
    for path in (tmp_path / "none.jsonl", tmp_path, empty):
        done = run(path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "nothing could be checked" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["chain.jsonl", "--anchor", "x:abc"]])
def test_a_wrong_command_line_is_no_verdict(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-I", str(VERIFIER), *arguments], check=False, capture_output=True)
    assert done.returncode == 2


def test_the_verifier_can_be_read_at_one_sitting_and_needs_nothing_of_ours() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert len(text.splitlines()) < 100
    assert imported <= set(sys.stdlib_module_names)
    assert runpy.run_path(str(VERIFIER))["COLUMNS"] == COLUMNS  # and reading it runs nothing
