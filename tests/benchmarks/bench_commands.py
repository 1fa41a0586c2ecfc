"""How long the command line takes: to say what it can do, and to check every flow that ships.

    python -m tests.benchmarks commands

Each run is a process of its own, started cold as a person starts it; the processor time is that of the child.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from tests.benchmarks.frame import Line, Setting, Took, within

RUNS = 5


def lines(setting: Setting) -> list[Line]:
    runs = setting.size(RUNS, 1)
    help_ = [run("--help") for _ in range(runs)]
    check = [run("flow", "check") for _ in range(runs)]
    return [within("khen --help", help_, 0.3), within("khen flow check: every flow and its stories", check, 5)]


def run(*words: str) -> Took:
    """One command, its output thrown away. It must end well."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "workflow", *words], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
