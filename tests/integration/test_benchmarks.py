"""Each benchmark runs, at a size that says nothing about speed: both sides do the same, or it raises."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.__main__ import NAMES
from tests.benchmarks.frame import Setting, Took, ratio

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def nothing_to_collect() -> Iterator[None]:
    """A benchmark clears garbage before each run: not that of all the tests before it, which takes a second each."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_to_collect")
@pytest.mark.parametrize(
    "name",
    # Half a minute even when tiny; the acceptance tests play a season anyhow.
    [pytest.param(name, marks=pytest.mark.pace) if name == "season" else name for name in NAMES],
)
def test_a_benchmark_works(name: str, tmp_path: Path) -> None:
    setting = Setting(tmp_path, rounds=1, tiny=True)
    lines = import_module(f"tests.benchmarks.bench_{name}").lines(setting)
    page = report.page(lines, f"./dev bench {name}", "2026-12-01", setting)
    assert lines
    assert [line.what for line in lines if f"| {line.what} " not in page] == []


def test_a_bar_is_kept_only_when_wall_and_processor_time_keep_it() -> None:
    fast, slow = [Took(1.0, 1.0)] * 3, [Took(1.0, 3.0)] * 3
    assert ratio("x", fast, fast, 2.0).kept
    assert not ratio("x", slow, fast, 2.0).kept
    assert ratio("x", slow, fast, 2.0, wall_only=True).kept
