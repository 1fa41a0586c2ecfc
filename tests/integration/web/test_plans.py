"""No page reads a table that grows with the years from end to end: each question has an index that answers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.support.appraising import OFFICE, A, B, Bench
from tests.support.browsing import Pages
from tests.support.ministry import Ministry

GROWING = frozenset({
    "act", "appraiser", "audit_entry", "comment", "deadline", "decision", "document", "event", "history",
    "line_version", "mail", "mail_attempt", "mail_line", "nomination", "reminder", "scorecard", "search_word",
    "submission", "task",
})  # fmt: skip
"""Tables that hold something of every dossier there ever was."""


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def read_through(engine: Engine, questions: list[tuple[str, Any]]) -> list[str]:
    """The plans' steps that walk a growing table without any index, each with its question.

    The first so many in the order of their numbers are read without one, and stop there.
    """
    found = []
    with engine.connect() as connection:
        there = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        assert set(there) >= GROWING
        for statement, parameters in questions:
            if not statement.startswith(("SELECT", "WITH")):
                continue
            aliases = dict(re.findall(r"(?:FROM|JOIN|,) (\w+) AS (\w+)", statement))
            names = {alias: table for table, alias in aliases.items()}
            plan = [step for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            if " LIMIT ?" in statement and "ORDER BY" in statement and not any("TEMP B-TREE" in step for step in plan):
                continue
            for step in plan:
                scanned = re.fullmatch(r"SCAN (\w+)", step)
                table = scanned and names.get(scanned[1], scanned[1])
                if table in GROWING:
                    found.append(f"{step}: {statement}")
    return found


@pytest.mark.parametrize("who", ["BO/SECRETARIAT", "CVT/CB"])
def test_no_page_of_a_dossier_reads_all_dossiers(sqlite_engine: Engine, tmp_path: Path, who: str) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)
    m = pages.ministry
    lines = [(f"CVT-{n:04d}", f"Nguyễn Văn {chr(65 + n)}", "Bằng khen của Bộ trưởng") for n in range(4)]
    codes = m.bring_in(lines)
    m.walk(codes, "submitted")
    browser = pages.browser(who)
    wrong: dict[str, list[str]] = {}
    for path in (f"/ho-so/{codes[0]}", "/ho-so", "/ho-so?xem=tat-ca", "/ho-so?tim=nguyen+van+a"):
        with asked(m.engine) as questions:
            assert browser.get(path).status_code == 200
        assert questions
        if found := read_through(m.engine, questions):
            wrong[path] = found
    assert wrong == {}


def test_no_page_of_an_appraisal_reads_all_dossiers(sqlite_engine: Engine, tmp_path: Path) -> None:
    bench = Bench(Ministry(sqlite_engine, tmp_path / "papers"), amount=2)
    bench.ask(A, B)
    bench.give(A, 5, 5)
    pages = Pages(bench.m, tmp_path)
    wrong: dict[str, list[str]] = {}
    for who, path in (
        (A, "/"), (A, "/cham-diem"), (A, f"/cham-diem/{bench.card(A)}"), (OFFICE, f"/ho-so/{bench.code}"),
        (OFFICE, "/cham-diem/phan-cong"), (OFFICE, f"/ho-so/{bench.code}/nguoi-cham"),
    ):  # fmt: skip
        browser = pages.browser(who)
        with asked(bench.m.engine) as questions:
            assert browser.get(path).status_code == 200
        if found := [each for each in read_through(bench.m.engine, questions) if "apprais" in each or "scorec" in each]:
            wrong[path] = found
    assert wrong == {}
