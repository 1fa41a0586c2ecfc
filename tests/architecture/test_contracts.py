"""The import contracts of pyproject.toml hold, and each of them would notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT

pytestmark = pytest.mark.unmeasured

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def test_every_import_keeps_to_its_floor() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("notifications/mail.py", "import definitions.flow", "do not know each other"),
        ("definitions/flow.py", "import workflow.domain.facts", "do not know each other"),
        ("definitions/flow.py", "import definitions.loading", "Definitions: words"),
        ("notifications/mail.py", "import notifications.delivery", "Notifications: values"),
        ("workflow/storage/tables.py", "import workflow.services.acts", "Floors of the roof"),
        ("workflow/domain/facts.py", "import workflow.domain.decisions", "Domain: facts"),
        ("workflow/domain/votes.py", "import sqlalchemy", "Pure rooms"),
        ("workflow/domain/votes.py", "import random", "Pure rooms"),
        ("workflow/domain/votes.py", "import time", "Pure rooms"),
        ("notifications/retrying.py", "import socket", "Pure rooms"),
        ("workflow/domain/decisions.py", "import transitions", "One door to transitions"),
        ("workflow/bootstrap.py", "import apscheduler.jobstores", "One door to apscheduler"),
        ("workflow/services/mails.py", "import aiosmtplib", "One door to aiosmtplib"),
        ("notifications/outbox.py", "import jinja2", "One door to jinja2"),
        ("workflow/cli/main.py", "import sqlmodel", "meet in services"),
        ("workflow/unplaced.py", "", "Floors of the roof"),
    ],
)
def test_an_import_across_the_floors_is_named(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / module
    before = path.read_text(encoding="utf-8") if path.exists() else None
    try:
        path.write_text(f'"""X."""\n{line}\n' if before is None else f"{before}\n{line}\n", encoding="utf-8")
        done = lint(copy)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    assert done.returncode == 1
    assert any(contract in row and "BROKEN" in row for row in done.stdout.splitlines()), done.stdout
