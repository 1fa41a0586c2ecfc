"""Every benchmark in one table.

    python -m tests.benchmarks [act delivery tick commands intake] [--rounds 7] [--folder .] [--write FILE --date DAY]

Only ratios count: both sides of one take turns in one run, on the same disk with the same durability. A bar is on wall
and on processor time alike. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.frame import Line, Setting, table

NAMES = ("act", "delivery", "tick", "commands", "intake")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count, after one to warm up")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to work; a disk, not memory")
    parser.add_argument("--write", type=Path, help="the page to write the table to")
    parser.add_argument("--date", default="", help="the day to print on that page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="khen-bench-") as folder:
        setting = Setting(Path(folder).resolve(), given.rounds)
        print(report.machine(setting.folder), flush=True)
        lines = [line for name in given.names for line in _lines(name, setting)]
        print(table(lines))
        if given.write:
            command = " ".join(["python -m tests.benchmarks", *(given.names if given.names != NAMES else ())])
            given.write.write_text(report.page(lines, command, given.date, setting.folder), encoding="utf-8")
    return 0 if all(line.kept for line in lines) else 1


def _lines(name: str, setting: Setting) -> list[Line]:
    measure: Callable[[Setting], list[Line]] = import_module(f"tests.benchmarks.bench_{name}").lines
    found = measure(setting)
    for line in found:
        print(line.brief, flush=True)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
