"""What every benchmark shares: clocks, turns, medians of ratios, and the line it ends in. Knows no subject."""

from __future__ import annotations

import gc
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a benchmark may write (a folder on a disk, not in memory) and how many rounds count.

    `tiny` asks for the smallest size that still does everything: to see that it works, not how fast.
    """

    folder: Path
    rounds: int = 7
    tiny: bool = False

    def size(self, full: int, tiny: int) -> int:
        """How many of something there are to be."""
        return tiny if self.tiny else full

    def settle(self) -> None:
        """Let the disk finish what was written before: nobody should wait for it in another's place."""
        if not self.tiny:
            os.sync()

    def room(self, name: str) -> Path:
        """A folder of its own for one benchmark."""
        found = self.folder / name
        found.mkdir(parents=True, exist_ok=True)
        return found


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one run, on the wall and of this process's processor time (its threads and system calls too)."""

    wall: float
    cpu: float


def took(work: Callable[[], object]) -> Took:
    """Time one run; garbage of earlier ones is cleared first, so that nobody pays for his neighbour."""
    gc.collect()
    return clocked(work)


def clocked(work: Callable[[], object]) -> Took:
    """Time one run that is too short to leave garbage, and to be worth clearing some before."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def in_turns(
    setting: Setting, ours: Callable[[int], object], floor: Callable[[int], object]
) -> tuple[list[Took], list[Took]]:
    """Run both sides in as many rounds and once more before, to warm up; they take turns in who goes first."""
    found: dict[str, list[Took]] = {"ours": [], "floor": []}
    for turn in range(setting.rounds + 1):
        sides = [("ours", ours), ("floor", floor)]
        for side, work in sides if turn % 2 else sides[::-1]:
            setting.settle()
            found[side].append(took(lambda work=work, turn=turn: work(turn)))  # type: ignore[misc]
    return found["ours"][1:], found["floor"][1:]


def peak_mb() -> float:
    """The most memory this process ever held, libraries included.

    Not `ru_maxrss`: on Linux a child begins with the peak of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ── what a benchmark ends in ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `bar` says what was asked for, `kept` whether it holds."""

    what: str
    khen: str
    floor: str
    wall: str
    cpu: str
    bar: str
    kept: bool

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.khen, self.floor, self.wall, self.cpu, self.bar, "yes" if self.kept else "NO")

    @property
    def brief(self) -> str:
        """One line for who waits."""
        figures = " · ".join(cell for cell in (self.khen, self.floor, self.wall, self.cpu) if cell)
        return f"{self.what}: {figures} · bar {self.bar}{'' if self.kept else ' MISSED'}"


HEADER = ("What", "khen: wall / CPU", "Floor: wall / CPU", "× wall (spread)", "× CPU (spread)", "Bar", "Kept")


def ratio(what: str, ours: Sequence[Took], floor: Sequence[Took], bar: float, *, wall_only: bool = False) -> Line:
    """Medians of both sides and of the ratios round by round. The bar is on wall and CPU time alike."""
    wall = sorted(a.wall / b.wall for a, b in zip(ours, floor, strict=True))
    cpu = sorted(a.cpu / b.cpu for a, b in zip(ours, floor, strict=True))
    kept = statistics.median(wall) <= bar and (wall_only or statistics.median(cpu) <= bar)
    asked = f"≤ {bar:g} ×" + (" wall" if wall_only else "")
    return Line(what, _both(ours), _both(floor), _spread(wall), _spread(cpu), asked, kept)


def beside(what: str, ours: Sequence[Took], floor: Sequence[Took]) -> Line:
    """Two figures side by side, where no bar was set."""
    return replace(ratio(what, ours, floor, float("inf")), bar="–")


def limit(what: str, value: float, most: float, unit: str) -> Line:
    """A figure held against a fixed bar, where there is no floor to divide by."""
    return Line(what, f"{value:.3g} {unit}", "", "", "", f"< {most:g} {unit}", value < most)


def within(what: str, runs: Sequence[Took], most: float) -> Line:
    """Seconds held against a fixed bar: those of the fastest run, for only they are the product's own."""
    best = min(runs, key=lambda run: run.wall)
    return Line(what, _both([best]), "", "", "", f"< {most:g} s", best.wall < most)


def _both(runs: Sequence[Took]) -> str:
    wall = statistics.median(run.wall for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    return f"{duration(wall)} / {duration(cpu)}"


def duration(seconds: float) -> str:
    """Three figures in the unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})"


def table(lines: Iterable[Line]) -> str:
    """The lines as a Markdown table, columns as wide as their words."""
    rows = [HEADER, *(line.cells for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    written = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)
