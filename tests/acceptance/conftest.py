"""The command line as people use it: processes of its own, in a folder of the test's own.

`khen` runs in an empty folder; `desk` in one with tables, the shipped flows, units, people and an open round.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


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
        asked = tuple(map(str, words))
        done = subprocess.run(
            [sys.executable, "-m", "workflow", "--lang", self.language, *asked],
            cwd=self.folder, env=self._environment(variables), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, encoding="utf-8", timeout=600, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, f"khen {' '.join(asked)}\n{done.stderr}"
        return Done(asked, done.returncode, done.stdout, done.stderr)

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
    folder = tmp_path_factory.mktemp("desk")
    khen = Khen(folder)
    khen("db", "upgrade")
    khen("flow", "publish")
    khen("unit", "import", ROOT / "workflow" / "demo_data" / "units.toml")
    (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
    khen("person", "import", "people.toml")
    today = date.today()  # noqa: DTZ011 - a round that is open while the test runs, wherever it runs
    khen(
        "round", "add", "2026", "--title", "Công tác năm 2026", "--year", "2026",
        "--opens", day(today - timedelta(30)), "--closes", day(today + timedelta(60)),
        "--cutoff", day(today + timedelta(40)),
    )  # fmt: skip
    (folder / "paper.pdf").write_bytes(PAPER)
    return folder


@pytest.fixture
def desk(furnished: Path, tmp_path: Path) -> Khen:
    """The command line in a folder where units, people, flows and an open round are."""
    shutil.copytree(furnished, tmp_path / "desk")
    return Khen(tmp_path / "desk")


@pytest.fixture
def attach(desk: Khen) -> Callable[..., None]:
    """Put papers on a nomination of Cục Viễn thông."""

    def put(code: str, *documents: str, by: str = "CVT/CB") -> None:
        for document in documents:
            desk("nomination", "attach", document, "paper.pdf", code, "--as", by)

    return put


def day(on: date) -> str:
    """As people write a day here."""
    return f"{on:%d/%m/%Y}"


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
        _person("TTT", "BO", "Phạm Thị Bích", "secretariat_head"),
        _person("TD1", "BO", "Vũ Minh Đức", "appraiser"),
        _person("TK", "BO", "Đỗ Thu Lan", "council_secretary"),
        _person("VT", "BO", "Bùi Văn Thư", "clerk"),
        _person("QT", "BO", "Hoàng Quang Trị", "admin"),
    )
)
