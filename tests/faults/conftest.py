"""A database whose calls can be watched: an engine with a dialect of its own, shared with no other test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from workflow.storage.database import open_engine


@pytest.fixture
def sqlite_engine(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "khen.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
