"""The check of the database: green after everything that services do, red after each change by hand."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

import workflow
from tests.support.ministry import FAILED, PASSED, Ministry
from tests.support.replay import differences
from workflow.services import auditing, checking
from workflow.storage.database import open_engine, sqlite_file

VERIFIER = Path(workflow.__file__).parent / "verify_audit.py"


def busy(m: Ministry) -> None:
    """A little of everything."""
    codes = m.drafts(4)
    m.walk(codes, "proved")
    m.done("suspend", codes[:1], "secretariat_head", reason="Đang thanh tra đơn vị", document="1/QĐ")
    rest = codes[1:]
    m.done(
        "request_supplement",
        rest[:1],
        "appraiser",
        due_on=m.today + timedelta(days=5),
        lines={rest[0]: {"defects": ["Thiếu"]}},
    )
    m.walk(rest[1:], "council_voting", skip=("unit_voted", "submitted", "received", "appraising", "proved"))
    m.done("close_vote", rest[1:2], "council_secretary", lines={rest[1]: {"tally": PASSED}})
    m.done("close_vote", rest[2:], "council_secretary", lines={rest[2]: {"tally": FAILED}})
    m.on(m.calendar.next_working(m.today + timedelta(days=9)), 8)
    m.sweep()


def wrong(m: Ministry) -> dict[str, str]:
    return {each.name: each.detail for each in checking.check(m.desk).checks if not each.ok}


@pytest.fixture(scope="module")
def busy_file(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which a little of everything has happened, to be copied and spoilt."""
    folder = tmp_path_factory.mktemp("busy")
    path = folder / "khen.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    m = Ministry(engine, folder / "files")
    busy(m)
    assert wrong(m) == {}
    engine.dispose()
    return path


@pytest.fixture
def spoilt(busy_file: Path, tmp_path: Path) -> Iterator[Ministry]:
    path = tmp_path / "khen.db"
    shutil.copyfile(busy_file, path)
    engine = open_engine(f"sqlite:///{path}")
    yield Ministry(engine, busy_file.parent / "files", empty=True)
    engine.dispose()


def test_everything_that_services_do_leaves_the_check_green(m: Ministry) -> None:
    assert wrong(m) == {}
    busy(m)
    assert wrong(m) == {}
    assert differences(m.engine) == []
    assert [each.name for each in checking.check(m.desk).checks] == [
        "storage",
        "events",
        "acts",
        "states",
        "counts",
        "deadlines",
        "mails",
        "papers",
        "chain",
    ]


CORRUPTIONS: dict[str, tuple[str, set[str]]] = {
    "a state": ("UPDATE nomination SET state = 'decided' WHERE id = 1", {"counts", "events"}),
    "a state its flow lacks": ("UPDATE nomination SET state = 'gone' WHERE id = 1", {"counts", "events", "states"}),
    "the state a unit sees": ("UPDATE nomination SET shown_state = 'signing' WHERE id = 3", {"events"}),
    "where it came from": ("UPDATE nomination SET previous_state = 'draft' WHERE id = 1", {"events"}),
    "a version": ("UPDATE nomination SET version = version + 1 WHERE id = 1", {"events"}),
    "a complete day": ("UPDATE nomination SET complete_on = '2026-01-01' WHERE id = 1", {"events"}),
    "an outcome": ("UPDATE nomination SET outcome = 'awarded' WHERE id = 4", {"events"}),
    "an archive mark": ("UPDATE nomination SET archived_at = '2026-12-01 00:00:00.000000' WHERE id = 4", {"events"}),
    "a tally": (
        ("UPDATE nomination SET memory = replace(memory, '\"yes\":12', '\"yes\":15') WHERE id = 3"),
        {"events"},
    ),
    "a flag": ("UPDATE nomination SET memory = replace(memory, 'results_held', 'x') WHERE id = 3", {"events"}),
    "a held result": (
        ('UPDATE nomination SET memory = replace(memory, \'"holds":["results"]\', \'"holds":[]\') WHERE id = 3'),
        {"events"},
    ),
    "a moment": (
        ('UPDATE nomination SET memory = replace(memory, \'"submitted":"2026\', \'"submitted":"2025\') WHERE id = 1'),
        {"events"},
    ),
    "the proof": ("UPDATE nomination SET memory = replace(memory, 'confirmed', 'none') WHERE id = 1", {"events"}),
    "an event gone": ("DELETE FROM event WHERE nomination_id = 1 AND version = 3", {"acts", "events"}),
    "the last event gone": (
        (
            "DELETE FROM event WHERE nomination_id = 1 AND version = (SELECT max(version) FROM event WHERE "
            "nomination_id = 1)"
        ),
        {"acts", "events"},
    ),
    "an event's state": (
        ("UPDATE event SET to_state = 'signing' WHERE nomination_id = 1 AND version = 4"),
        {"acts", "events"},
    ),
    "an event's day": (
        ("UPDATE event SET occurred_on = '2020-01-01' WHERE nomination_id = 1 AND transition = 'receive'"),
        {"events"},
    ),
    "an event's act": ("UPDATE event SET act_id = 2 WHERE nomination_id = 1 AND version = 6", {"acts"}),
    "an event's transition": (
        ("UPDATE event SET transition = 'award' WHERE nomination_id = 1 AND version = 4"),
        {"events"},
    ),
    "an event's branch": (
        ("UPDATE event SET branch = 1 WHERE nomination_id = 3 AND transition = 'close_vote'"),
        {"events"},
    ),
    "an event's counts": (
        ("UPDATE event SET data = replace(data, '\"yes\":12', '\"yes\":13') WHERE nomination_id = 3"),
        {"acts", "events"},
    ),
    "who acted": ("UPDATE act SET actor = 'BO/ADMIN' WHERE transition = 'receive'", {"acts"}),
    "what an act brought": ("UPDATE act SET fields = '{}' WHERE transition = 'submit'", {"acts", "events"}),
    "when an act was": ("UPDATE act SET occurred_on = '2020-01-01' WHERE transition = 'receive'", {"acts"}),
    "how many an act moved": ("UPDATE act SET done = 3 WHERE transition = 'receive'", {"acts"}),
    "a consistent lie": (
        (
            "UPDATE act SET transition = 'appraise' WHERE transition = 'receive';UPDATE event SET transition"
            " = 'appraise' WHERE transition = 'receive'"
        ),
        {"acts", "events"},
    ),
    "a count": ("UPDATE state_count SET amount = amount + 1 WHERE state = 'suspended'", {"counts"}),
    "a count gone": ("DELETE FROM state_count WHERE state = 'suspended'", {"counts"}),
    "a second open run": (
        (
            "INSERT INTO deadline SELECT nomination_id, name, run + 1, rule, derivation, opened_on, due_on, "
            "NULL, NULL, NULL, NULL FROM deadline WHERE nomination_id = 1 AND name = 'state.suspended'"
        ),
        {"deadlines"},
    ),
    "a limit of a state left": (
        ("UPDATE deadline SET closed_on = NULL WHERE nomination_id = 1 AND name = 'state.submitted'"),
        {"deadlines"},
    ),
    "a mail without lines": (
        (
            "UPDATE mail_line SET cancelled_at = '2026-12-01 00:00:00.000000' WHERE mail_id = (SELECT "
            "min(id) FROM mail WHERE state = 'queued')"
        ),
        {"mails"},
    ),
    "a mail over without an end": (
        ("UPDATE mail SET state = 'failed', next_attempt_at = NULL WHERE id = 1"),
        {"mails"},
    ),
    "an entry of the chain": (
        ("UPDATE audit_entry SET payload = replace(payload, 'receive', 'appraise')"),
        {"acts", "chain"},
    ),
    "an entry of the chain gone": ("DELETE FROM audit_entry WHERE number = 5", {"chain"}),
    "the text behind a commitment": (
        ("UPDATE audit_opening SET value = replace(value, 'BO/SECRETARIAT', 'BO/ADMIN')"),
        {"acts"},
    ),
    "a foreign key": ("PRAGMA foreign_keys = OFF; UPDATE nomination SET unit_id = 999 WHERE id = 1", {"storage"}),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_a_change_by_hand_is_found(what: str, spoilt: Ministry) -> None:
    script, expected = CORRUPTIONS[what]
    with closing(sqlite3.connect(sqlite_file(spoilt.engine.url))) as connection:
        connection.executescript(script)
        assert connection.total_changes, "the change did not land"
    assert expected <= set(wrong(spoilt)), wrong(spoilt)


def test_a_damaged_page_is_found(spoilt: Ministry) -> None:
    path = sqlite_file(spoilt.engine.url)
    spoilt.engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_nomination_desk'").fetchone()
    content = bytearray(path.read_bytes())
    content[root * size - 40 : root * size] = bytes(40)  # entries of an index grow from the end of their page
    path.write_bytes(bytes(content))
    assert "storage" in wrong(spoilt)


def test_erasing_a_text_behind_a_commitment_leaves_everything_green(spoilt: Ministry) -> None:
    spoilt.sql("DELETE FROM audit_opening")
    assert wrong(spoilt) == {}


def test_the_detail_names_at_most_ten(spoilt: Ministry) -> None:
    spoilt.sql("UPDATE act SET os_user = 'x'")
    assert wrong(spoilt)["acts"].endswith("…")
    assert wrong(spoilt)["acts"].count(",") == 9


# ── anybody can verify the chain ─────────────────────────────────────────────────────────────────


def verify(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, VERIFIER, *arguments], capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout


def test_the_stand_alone_verifier_reads_the_database_itself(spoilt: Ministry) -> None:
    head = auditing.head(spoilt.desk)
    code, said = verify(sqlite_file(spoilt.engine.url), "--anchor", f"{head.number}:{head.short}")
    assert (code, f"{head.number}:{head.hash}" in said) == (0, True)
    spoilt.sql("UPDATE audit_entry SET kind = 'x' WHERE number = 7")
    assert verify(sqlite_file(spoilt.engine.url))[0] == 1


def test_a_cut_tail_is_seen_with_a_printed_head_and_with_nothing_else(spoilt: Ministry) -> None:
    head = auditing.head(spoilt.desk)
    spoilt.sql("DELETE FROM audit_entry WHERE number = :n", n=head.number)
    spoilt.sql("DELETE FROM audit_opening WHERE number = :n", n=head.number)
    path = sqlite_file(spoilt.engine.url)
    assert verify(path)[0] == 0
    assert verify(path, "--anchor", f"{head.number}:{head.short}")[0] == 1
    assert [each.code for each in auditing.verify(spoilt.desk, [(head.number, head.short)]).faults] == [
        "anchor_missing"
    ]


def test_an_export_of_either_database_verifies_alone(m: Ministry, tmp_path: Path) -> None:
    busy(m)
    amount = auditing.export(m.desk, tmp_path / "chain.jsonl")
    head = auditing.head(m.desk)
    code, said = verify(tmp_path / "chain.jsonl", "--anchor", f"{head.number}:{head.short}")
    assert (code, head.number) == (0, amount)
    assert f"{amount}:{head.hash}" in said
    proof = auditing.verify(m.desk)
    assert (proof.entries, proof.head, proof.faults) == (amount, head, ())
    lines = [json.loads(line) for line in (tmp_path / "chain.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines] == list(range(1, amount + 1))


def test_an_empty_chain_verifies(sqlite_engine: Engine, tmp_path: Path) -> None:
    m = Ministry(sqlite_engine, tmp_path, empty=True)
    proof = auditing.verify(m.desk)
    assert (proof.entries, proof.head.number, proof.faults) == (0, 0, ())
    assert wrong(m) == {}
