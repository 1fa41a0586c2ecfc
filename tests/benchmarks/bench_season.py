"""A whole season of thousands, as `khen demo` plays it: lists, papers, acts, reminders, mails over SMTP, the audit.

    python -m tests.benchmarks season

There is no floor to divide by and no bar: a plain program that does all of this would be another khen.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from tests.benchmarks.frame import Line, Setting, Took, duration

SCALE = 26


def lines(setting: Setting) -> list[Line]:
    scale = setting.size(SCALE, 1)
    folder = setting.room("season") / "demo"
    command = [sys.executable, "-m", "tests.benchmarks.bench_season", str(folder), str(scale)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    what = (
        f"season of {figures['nominations']:,} nominations, {figures['events']:,} events, "
        f"{figures['mails']['handed_over']:,} mails sent (khen demo --once --scale {scale})"
    )
    took = Took(*figures["took"])
    return [
        Line(what, f"{duration(took.wall)} / {duration(took.cpu)}", "", "", "", "–", True),
        Line("season: memory of that", f"{figures['peak_mb']:.3g} MB", "", "", "", "–", True),
    ]


def _here(folder: str, scale: str) -> None:
    """Play it in this process and print its figures with what it took."""
    import contextlib
    import io

    from tests.benchmarks.frame import peak_mb
    from workflow.cli.main import main

    sys.argv = ["khen", "demo", "--once", "--json", "--scale", scale, "--folder", folder]
    told, wall = io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        main()
    took = time.perf_counter() - wall, time.process_time()
    print(json.dumps({**json.loads(told.getvalue()), "took": took, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    _here(*sys.argv[1:])
