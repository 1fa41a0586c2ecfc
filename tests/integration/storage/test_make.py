"""A developer changes a table, asks for the next step, and it does what he meant, on rows that were there before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

PROVE = """
import sys
from workflow.storage import migrations
from workflow.storage.database import open_engine, read, write

engine = open_engine(f"sqlite:///{sys.argv[1]}")
migrations.upgrade(engine, sys.argv[2])
with write(engine) as connection:
    connection.exec_driver_sql("INSERT INTO person"
                               " (code, root_unit, name, name_folded, sort_key, email, language, provisional)"
                               " VALUES ('1', 'CVT', 'A', 'a', 'a', '', 'vi', 0)")
    connection.exec_driver_sql("INSERT INTO grant_of_role (person_id, role, scope_kind, scope, from_on)"
                               " VALUES (1, 'clerk', 'all', '', '2026-01-01')")
assert migrations.upgrade(engine) == migrations.head() == sys.argv[3]
assert migrations.differences(engine) == []
with read(engine) as connection:
    print(connection.exec_driver_sql("SELECT code, colour FROM person").all())
    print(connection.exec_driver_sql("SELECT count(*) FROM grant_of_role").scalar_one())
"""


def run(folder: Path, *words: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("definitions", "notifications", "workflow"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_next_step_is_written_from_the_difference(copy: Path) -> None:
    tables = copy / "workflow" / "storage" / "tables.py"
    text = tables.read_text(encoding="utf-8")
    anchor = "    provisional: bool = False\n"
    column = "    colour: str | None = Field(default=None, sa_type=String(10), index=True)\n"
    assert text.count(anchor) == 1
    tables.write_text(text.replace(anchor, anchor + column), encoding="utf-8")
    last, following = (f"{len(steps(copy)) + more:04d}" for more in (0, 1))
    path = Path(run(copy, "-m", "workflow.storage.migrations.make", "People have a colour").splitlines()[-1])
    assert path.name == f"r{following}_people_have_a_colour.py"
    step = path.read_text(encoding="utf-8")
    assert step.startswith('"""People have a colour"""')
    assert f'down_revision = "{last}"' in step
    assert "downgrade" not in step
    # The table is rebuilt under a foreign key that points to it, and keeps its row.
    said = run(copy, "-c", PROVE, str(copy / "khen.db"), last, following)
    assert said.splitlines() == ["[('1', None)]", "1"]


@pytest.mark.slow
def test_the_last_step_written_anew_is_the_same_when_nothing_changed(copy: Path) -> None:
    before = {path.name: path.read_text(encoding="utf-8") for path in steps(copy)}
    run(copy, "-m", "workflow.storage.migrations.make", "--replace")
    assert {path.name: path.read_text(encoding="utf-8") for path in steps(copy)} == before


def steps(folder: Path) -> list[Path]:
    return list((folder / "workflow" / "storage" / "migrations" / "versions").glob("r*.py"))
