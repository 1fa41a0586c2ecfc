"""A list of ten thousand lines within the promised time and memory."""

from __future__ import annotations

import pytest

from tests.benchmarks.bench_intake import MOST_MB, MOST_SECONDS, ROWS, bench_intake


@pytest.mark.pace
def test_ten_thousand_lines_take_seconds_and_little_memory() -> None:
    figures = bench_intake(ROWS)
    assert figures.seconds < MOST_SECONDS
    assert figures.peak_mb < MOST_MB
