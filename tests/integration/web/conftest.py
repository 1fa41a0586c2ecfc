"""Pages are proven on SQLite, and on PostgreSQL too in the long runs.

What pages ask of a database, services ask on both products in their own tests; and `test_crawl` opens every page there
is on both.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.postgres import BOTH
from tests.support.browsing import Pages
from tests.support.ministry import Ministry

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


@pytest.fixture(params=BOTH if LONG else ["sqlite"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated database of the test's own."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture
def m(sqlite_engine: Engine, tmp_path: Path) -> Ministry:
    """A ministry as most tests of pages want it; a test that needs another brings its own."""
    return Ministry(sqlite_engine, tmp_path / "papers")


@pytest.fixture
def pages(m: Ministry, tmp_path: Path) -> Pages:
    """Its pages."""
    return Pages(m, tmp_path)
