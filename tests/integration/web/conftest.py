"""Pages are proven on SQLite, and on PostgreSQL too in the long runs.

What pages ask of a database, services ask on both products in their own tests; and `test_crawl` opens every page there
is on both.
"""

from __future__ import annotations

import os

import pytest
from sqlalchemy import Engine

from tests.postgres import BOTH

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


@pytest.fixture(params=BOTH if LONG else ["sqlite"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated database of the test's own."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine
