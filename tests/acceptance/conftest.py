"""The command line as people use it, in a folder of the test's own.

`khen` runs in an empty folder; `desk` in one with tables, the shipped flows, units, people and an open round. A command
runs in this process, through the same `main` and as fresh as in one of its own; test_processes.py compares both.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from definitions.calendar import LOCAL
from tests.support import commanding
from tests.support.commanding import Done

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
NOW = datetime(2026, 12, 7, 9, tzinfo=LOCAL)
"""A Monday before the cut-off; the shipped flows are in force."""
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Khen:
    """Runs `khen …` in a folder. A traceback is never an answer, whatever was asked."""

    folder: Path
    language: str = "vi"

    def __call__(self, *words: str | Path, code: int = 0, **variables: str) -> Done:
        done = self.run(*words, **variables)
        assert done.code == code, f"khen {' '.join(done.words)}: {done.code}\n{done.said}"
        return done

    def run(self, *words: str | Path, **variables: str) -> Done:
        return self._untraced(commanding.run(self.folder, self._words(words), self._environment(variables)))

    def process(self, *words: str | Path, **variables: str) -> Done:
        """The same in a process of its own."""
        return self._untraced(commanding.process(self.folder, self._words(words), self._environment(variables)))

    def _words(self, words: tuple[str | Path, ...]) -> tuple[str, ...]:
        return ("--lang", self.language, *map(str, words))

    def _untraced(self, done: Done) -> Done:
        assert "Traceback" not in done.said, f"khen {' '.join(done.words)}\n{done.err}"
        return done

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KHEN_")}
        return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120", **variables}

    def speaking(self, language: str) -> Khen:
        return Khen(self.folder, language)


@pytest.fixture
def khen(tmp_path: Path) -> Khen:
    """The command line in an empty folder."""
    return Khen(tmp_path)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which an admin has done his part; to be copied."""
    return _once(tmp_path_factory, "furnished", furnish)


@pytest.fixture(scope="session")
def listed(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Path:
    """The same with the list of Cục Viễn thông brought in; to be copied."""

    def bring_in(folder: Path) -> None:
        shutil.copytree(furnished, folder, dirs_exist_ok=True)
        asked = ("--unit", "CVT", "--round", "2026", "--as", "CVT/CB")
        Khen(folder)("submission", "import", SAMPLES / "danh-sach-cuc-vien-thong.xlsx", *asked)

    return _once(tmp_path_factory, "listed", bring_in)


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder made by whichever process of the test run comes first."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name / "ready").exists():
            (shared / name).mkdir(exist_ok=True)
            make(shared / name)
            (shared / name / "ready").touch()
    return shared / name


def furnish(folder: Path) -> None:
    """Tables, the shipped flows, units, people, an open round, and a clock that stands still in the season."""
    khen = Khen(folder)
    khen("db", "upgrade")
    khen("flow", "publish")
    khen("unit", "import", ROOT / "workflow" / "demo_data" / "units.toml")
    (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
    khen("person", "import", "people.toml")
    khen(
        "round", "add", "2026", "--title", "Công tác năm 2026", "--year", "2026",
        "--opens", "01/11/2026", "--closes", "31/12/2026", "--cutoff", "15/12/2026",
    )  # fmt: skip
    (folder / "paper.pdf").write_bytes(PAPER)
    turn_clock(folder, NOW)


def turn_clock(folder: Path, to: datetime) -> None:
    """Let the installation in this folder take `to` for now, as a rehearsal does: tests know no other day."""
    from workflow.bootstrap import engine_for, set_clock
    from workflow.settings import load_settings

    engine = engine_for(load_settings(None, {}, folder))
    set_clock(engine, to)
    engine.dispose()


@pytest.fixture
def desk(furnished: Path, tmp_path: Path) -> Khen:
    """The command line in a folder where units, people, flows and an open round are."""
    shutil.copytree(furnished, tmp_path / "desk")
    return Khen(tmp_path / "desk")


@pytest.fixture
def listed_desk(listed: Path, tmp_path: Path) -> Khen:
    """The same with twenty-four drafts of Cục Viễn thông."""
    shutil.copytree(listed, tmp_path / "desk")
    return Khen(tmp_path / "desk")


def _person(code: str, unit: str, name: str, role: str, scope_kind: str = "all", scope: str = "") -> str:
    return f"""
[[person]]
code = "{code}"
root_unit = "{unit}"
name = "{name}"
email = "{code.lower()}@{unit.lower()}.example"
roles = [{{ role = "{role}", scope_kind = "{scope_kind}", scope = "{scope}", from_on = 2020-01-01 }}]
"""


PEOPLE = "".join(
    (
        _person("CB", "CVT", "Lê Thị Hoa", "unit_officer", "unit", "CVT"),
        _person("TT", "CVT", "Trần Văn Nam", "unit_head", "unit", "CVT"),
        _person("HD", "CVT", "Ngô Thị Hạnh", "unit_council", "unit", "CVT"),
        _person("TT1", "BO", "Nguyễn Văn Bình", "secretariat"),
        _person("TT2", "BO", "Lê Thị Nhung", "secretariat"),
        _person("TTT", "BO", "Phạm Thị Bích", "secretariat_head"),
        _person("TD1", "BO", "Vũ Minh Đức", "appraiser"),
        _person("TK", "BO", "Đỗ Thu Lan", "council_secretary"),
        _person("VT", "BO", "Bùi Văn Thư", "clerk"),
        _person("QT", "BO", "Hoàng Quang Trị", "admin"),
    )
)
