"""Every benchmark in one table.

    ./dev bench [NAME…] [--rounds 7] [--folder .] [--write FILE --date DAY] [--tiny]

Names: act delivery tick commands intake council papers season; all of them when none is given.

Only ratios count: both sides of one take turns in one run, on the same disk with the same durability. A bar is on wall
and on processor time alike. Exit code 1 when a bar is missed, 3 when the folder lies in memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.frame import Line, Setting, table

NAMES = ("act", "delivery", "tick", "commands", "intake", "council", "papers", "season")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count, after one to warm up")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to work; a disk, not memory")
    parser.add_argument("--write", type=Path, help="the page to write the table to")
    parser.add_argument("--date", default="", help="the day to print on that page")
    parser.add_argument("--tiny", action="store_true", help="only to see that all of it works; no bar counts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="khen-bench-") as folder:
        setting = Setting(Path(folder).resolve(), given.rounds, given.tiny)
        if report.in_memory(setting.folder) and not given.tiny:
            print(f"{setting.folder} lies in memory; a commit costs nothing there: --folder", file=sys.stderr)
            return 3
        print(report.machine(setting.folder), flush=True)
        lines = [line for name in given.names for line in _lines(name, setting)]
        print(table(lines))
        if given.write:
            command = " ".join(["./dev bench", *(given.names if given.names != NAMES else ())])
            given.write.write_text(report.page(lines, command, given.date, setting), encoding="utf-8")
    return 0 if given.tiny or all(line.kept for line in lines) else 1


def _lines(name: str, setting: Setting) -> list[Line]:
    measure: Callable[[Setting], list[Line]] = import_module(f"tests.benchmarks.bench_{name}").lines
    found = measure(setting)
    for line in found:
        print(line.brief, flush=True)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
