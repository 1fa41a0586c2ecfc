"""Two small ministries, on each database: `house` takes rows directly, in `m` everything goes through services."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.services.reminder_house import House
from tests.support.ministry import Ministry


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    return House(engine, tmp_path)


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path)
