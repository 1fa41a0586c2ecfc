"""What is shipped: three packages with their data files and their licence, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT
from workflow import __version__

pytestmark = pytest.mark.unmeasured

DATA = (
    ".toml",
    ".md",
    ".json",
    ".csv",
    ".xlsx",
    ".mako",
    ".typed",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".woff2",
    ".ttf",
    ".docx",
    ".typ",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_data_file(wheel: zipfile.ZipFile) -> None:
    shipped = set(wheel.namelist())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix in {".py", *DATA}:
                assert str(path.relative_to(ROOT)) in shipped


@pytest.mark.slow
def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {*PACKAGES, f"khen-{__version__}.dist-info"}
    assert not [name for name in wheel.namelist() if "__pycache__" in name]


@pytest.mark.slow
def test_the_wheel_names_its_command_and_licence(wheel: zipfile.ZipFile) -> None:
    about = f"khen-{__version__}.dist-info"
    assert b"khen = workflow.cli.main:main" in wheel.read(f"{about}/entry_points.txt")
    assert b"Apache License" in wheel.read(f"{about}/licenses/LICENSE")


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"]
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert Path(ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")
