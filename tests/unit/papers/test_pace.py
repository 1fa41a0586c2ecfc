"""A decision of 1,114 lines is made while somebody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.benchmarks.bench_papers import ROWS, decision
from tests.support.papers_read import rows
from workflow.papers.making import docx, pdf
from workflow.papers.shapes import DecisionDraft


@pytest.mark.pace
@pytest.mark.parametrize(("make", "most"), [(docx, 3), (pdf, 10)])
def test_it_takes_no_longer(make: Callable[[DecisionDraft], bytes], most: float) -> None:
    paper = decision(ROWS, 0)
    started = time.process_time()
    made = make(paper)

    assert time.process_time() - started < most
    assert made


@pytest.mark.slow
def test_no_line_is_lost() -> None:
    made = rows(docx(decision(ROWS, 0)), -1)

    assert [row[0] for row in made[1:]] == [str(number) for number in range(1, ROWS + 1)]
    assert made[ROWS][1] == f"Ông Nguyễn Văn {ROWS}-0 (mẫu)"
