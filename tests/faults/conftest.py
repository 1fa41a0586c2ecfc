"""Calls to the database are watched here: an engine has a dialect of its own, shared with no other test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from workflow.storage.database import open_engine


@pytest.fixture(scope="session")
def opening() -> Callable[[str], Engine]:
    """As the program opens it."""
    return open_engine
