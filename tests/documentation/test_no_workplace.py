"""No file that is shipped or committed names the machine it was made on or the place packages come from."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In pieces, so that this file is not its own finding.
FORBIDDEN = re.compile(
    "|".join(
        ["/wo" + "rk/", "/tmp/" + r"(?:build|venv|probe)", "pypi" + r"\.org", "python" + "hosted", "/opt/" + "pypi"]
    )
)


def committed() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_the_place_it_was_made_in() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed()
        if path.suffix not in {".xlsx", ".png", ".woff2", ".ico"}
        if (match := FORBIDDEN.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_the_rule_sees_what_it_looks_for() -> None:
    assert FORBIDDEN.search("see /wo" + "rk/main")
    assert FORBIDDEN.search("--index-url https://pypi" + ".org/simple")
    assert not FORBIDDEN.search("the work/life balance of /tmp/x")
