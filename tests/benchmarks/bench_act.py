"""What an act costs: one nomination, and ten thousand, beside sqlite3 alone asking and writing the same.

    python -m tests.benchmarks act

The act is `receive`: it asks for papers on file, marks the file as complete, pins the flow's version, closes one limit
and opens two, and writes to each unit. Both sides work on copies of one file, which hold the same rows in the end, or
the comparison is void. The product's processor time counts everything from the request to the answer.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import world
from tests.benchmarks.frame import Line, Setting, Took, beside, in_turns, limit, peak_mb, ratio, took
from tests.benchmarks.plain import Plain, Recorder, Step, codes_of, copied, ready, same
from workflow.services import acts
from workflow.services.desk import Desk
from workflow.services.requests import ActRequest

BAR = 2.0
MOST_MB = 300
PER_ROUND = 25


def lines(setting: Setting) -> list[Line]:
    template = setting.room("act") / "template.db"
    world.build(template, setting.size(100, 2), setting.size(100, 30))
    return [one(template, setting), *many(template, setting), memory(template)]


# ── one nomination ───────────────────────────────────────────────────────────────────────────────


def one(template: Path, setting: Setting) -> Line:
    """Single acts one after the other, each with its own commit; figures are for one of them."""
    codes, wanted = codes_of(template), PER_ROUND * (setting.rounds + 1)
    asked = [_request(f"one:{code}", [code]) for code in codes[:: len(codes) // wanted][:wanted]]
    steps = _recorded(template, asked)
    ours, theirs = copied(template, "ours.db"), copied(template, "floor.db")
    desk, plain = world.desk(ours), Plain(theirs)

    def act(turn: int) -> None:
        for request in asked[turn * PER_ROUND : (turn + 1) * PER_ROUND]:
            acts.perform(desk, request, world.LATER)

    def floor(turn: int) -> None:
        for each in steps[turn * PER_ROUND : (turn + 1) * PER_ROUND]:
            plain.run(each)

    taken = in_turns(setting, act, floor)
    _close(desk, plain, ours, theirs)
    return ratio("act on one nomination, committed", *(_each(runs) for runs in taken), BAR)


def _each(runs: Sequence[Took]) -> list[Took]:
    return [Took(run.wall / PER_ROUND, run.cpu / PER_ROUND) for run in runs]


# ── ten thousand ─────────────────────────────────────────────────────────────────────────────────


def many(template: Path, setting: Setting) -> list[Line]:
    """One act on all of them, on a fresh copy each time; beside the floor, and beside SQLite and nothing else."""
    codes = codes_of(template)
    request = _request("many", codes)
    (steps,) = _recorded(template, [request])
    bare_steps = ready(steps)
    ours: list[Took] = []
    theirs: list[Took] = []
    bare: list[Took] = []
    for turn in range(setting.rounds + 1):
        files = [copied(template, f"{name}.db") for name in ("ours", "floor", "bare")]
        desk, plain, barest = world.desk(files[0]), Plain(files[1]), Plain(files[2])
        acts.preview(desk, _request("warm", codes[:1]), world.LATER)  # flows are read once in a process's life
        sides: list[tuple[list[Took], Callable[[], object]]] = [
            (ours, lambda desk=desk: acts.perform(desk, request, world.LATER)),
            (theirs, lambda plain=plain: plain.run(steps)),
            (bare, lambda barest=barest: barest.run(bare_steps)),
        ]
        first = turn % len(sides)
        for taken, work in sides[first:] + sides[:first]:
            setting.settle()
            taken.append(took(work))
        barest.close()
        _close(desk, plain, *files)
    what = f"act on {len(codes):,} nominations, committed"
    return [
        ratio(what, ours[1:], theirs[1:], BAR),
        beside(f"{what}; floor without any JSON", ours[1:], bare[1:]),
    ]


def memory(template: Path) -> Line:
    """The most memory that a process of its own ever held, Python and libraries included."""
    file = copied(template, "memory.db")
    command = [sys.executable, "-m", "tests.benchmarks.bench_act", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return limit(f"act on {len(codes_of(template)):,} nominations: memory", float(done.stdout), MOST_MB, "MB")


def _here(file: Path) -> None:
    codes = codes_of(file)
    report = acts.perform(world.desk(file), _request("memory", codes), world.LATER)
    if report.done != len(codes):
        raise SystemExit(f"{report.refused} refused")
    print(peak_mb())


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


def _request(key: str, codes: Sequence[str]) -> ActRequest:
    return ActRequest("BO/SECRETARIAT", "receive", tuple(codes), key)


def _recorded(template: Path, asked: Sequence[ActRequest]) -> list[list[Step]]:
    """What the product asks of the database for each of these, on a copy of its own and with the same chance."""
    desk = world.desk(copied(template, "recorded.db"))
    recorder = Recorder(desk.engine)
    acts.preview(desk, _request("warm", asked[0].codes[:1]), world.LATER)
    recorder.take()
    found = []
    for request in asked:
        report = acts.perform(desk, request, world.LATER)
        if report.refused:
            raise SystemExit(f"{report.refused} refused: {report.results[0]}")
        found.append(recorder.take())
    desk.engine.dispose()
    return found


def _close(desk: Desk, plain: Plain, ours: Path, *others: Path) -> None:
    plain.close()
    desk.engine.dispose()
    if not all(same(ours, other) for other in others):
        raise SystemExit("the two files differ: the comparison is void")


if __name__ == "__main__":
    _here(Path(sys.argv[1]))
