"""A command in this process and in one of its own: they say the same on both streams and end with the same code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, Khen

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]

ONE = "BKB-2026-00007-3"
WITHDRAW = ("nomination", "do", "withdraw", ONE, "--as", "CVT/TT", "--with", "letter_no=11/CV-CVT", "--key", "1")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nomination", "why", ONE, "--as", "CVT/TT"), 0),
        (("nomination", "list", "--json"), 0),
        (("nomination", "do", "receive", ONE, "--as", "BO/TT1", "--yes"), 1),
        (("mail", "release"), 2),
        (("nomination", "lst"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_said_and_the_code_are_the_same(listed_desk: Khen, words: tuple[str, ...], code: int) -> None:
    here, there = listed_desk.run(*words), listed_desk.process(*words)
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)
    assert there.code == code
    assert there.said


def test_in_english_too(listed_desk: Khen) -> None:
    english = listed_desk.speaking("en")
    assert english.process("round", "add", "--help").out == english.run("round", "add", "--help").out
    assert english.process("round", "add", "X").err == english.run("round", "add", "X").err


def test_an_environment_that_is_not_ready_is_the_same(khen: Khen) -> None:
    here, there = khen.run("nomination", "list"), khen.process("nomination", "list")
    assert (here.code, here.said) == (there.code, there.said)
    assert there.code == 3


def test_an_act_is_written_by_either_and_read_by_the_other(listed_desk: Khen) -> None:
    assert listed_desk.process(*WITHDRAW).code == 0
    assert listed_desk("nomination", "show", ONE, "--json").json["nomination"]["state"] == "withdrawn"
    assert listed_desk.process("audit", "verify", "--json").json["audit"] == "ok"


def test_the_installed_command_is_this_program(tmp_path: Path) -> None:
    """As an administrator's shell finds it: no module named, a terminal's answer on its own streams, no input."""
    command = shutil.which("khen", path=str(Path(sys.executable).parent))
    assert command, "./dev env makes it"
    done = subprocess.run(
        [command, "--help"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Cách dùng: khen")
