"""Every story of the shipped flows, played on a real database: rehearsal and services tell the same.

A part's stories are lived here once, and in every flow that takes the part in the long runs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from definitions.flow import Flow, Scenario
from tests.support.ministry import shipped_flows
from tests.support.replay import differences
from tests.support.stage import Stage
from workflow.services import checking
from workflow.storage.database import open_engine, sqlite_file

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


def stories() -> Iterator[Any]:
    told: set[tuple[str, int]] = set()
    for name, loaded in shipped_flows().items():
        for number, scenario in enumerate(loaded.flow.scenarios):
            if LONG or (scenario.file, scenario.line) not in told:
                told.add((scenario.file, scenario.line))
                yield pytest.param(
                    loaded.flow, scenario, id=f"{name}-{number}-{Path(scenario.file).stem}-{scenario.line}"
                )


def main_stories() -> Iterator[Any]:
    for name in ("bang_khen_bo", "co_thi_dua_cp", "huy_bo"):
        flow = shipped_flows()[name].flow
        for number, scenario in enumerate(flow.scenarios):
            if LONG or number == 0:
                yield pytest.param(flow, scenario, id=f"{name}-{number}")


@pytest.fixture(scope="module")
def one_engine(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all stories, so that statements are compiled once; the file under it is new for each."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('stories') / 'khen.db'}")
    yield engine
    engine.dispose()


def tell(stage: Stage) -> None:
    assert stage.play() == []
    subjects_moved_by_hand = any("subject_state" in step.fields for step in stage.scenario.steps if step.verb == "fact")
    if not subjects_moved_by_hand:
        report = checking.check(stage.m.desk)
        assert report.ok, report
        assert differences(stage.m.engine) == []


@pytest.mark.slow
@pytest.mark.parametrize(("flow", "scenario"), list(stories()))
def test_a_story_comes_out_as_told(
    flow: Flow, scenario: Scenario, one_engine: Engine, migrated_sqlite: Path, tmp_path: Path
) -> None:
    one_engine.dispose()
    shutil.copyfile(migrated_sqlite, sqlite_file(one_engine.url))
    tell(Stage(one_engine, tmp_path, flow, scenario))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize(("flow", "scenario"), list(main_stories()))
def test_the_same_story_on_postgresql(flow: Flow, scenario: Scenario, postgres_engine: Engine, tmp_path: Path) -> None:
    tell(Stage(postgres_engine, tmp_path, flow, scenario))
