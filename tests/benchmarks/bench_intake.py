"""How long a list of ten thousand lines takes, and how much memory: read, checked, written back; and brought in.

    python -m tests.benchmarks.bench_intake [rows]

The figures are those of a process of its own, so that nobody else's memory is in them.
"""

from __future__ import annotations

import io
import itertools
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from tests.benchmarks.frame import Line, Setting, Took, limit, peak_mb, within

ROWS = 10_000
RUNS = 3
MOST_SECONDS = 30
MOST_MB = 300
HEADER = (
    "TT",
    "Mã NV",
    "Họ và tên",
    "Chức vụ",
    "Đơn vị công tác",
    "Hình thức khen thưởng đề nghị",
    "Tóm tắt thành tích",
)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hùng", "Lan", "Minh", "Ngân")


def lines(setting: Setting) -> list[Line]:
    """The bars of the common table."""
    rows, runs = setting.size(ROWS, 50), range(setting.size(RUNS, 1))
    checked = [bench_intake(rows) for _ in runs]
    brought = [bring_in(setting.room(f"intake{run}") / "intake.db", rows) for run in runs]
    seconds = [Took(each.seconds, each.cpu) for each in checked]
    return [
        within(f"list of {rows:,}: read, checked, written back", seconds, MOST_SECONDS),
        limit(f"list of {rows:,}: memory of that", max(each.peak_mb for each in checked), MOST_MB, "MB"),
        within(f"list of {rows:,}: brought in as drafts", [took for took, _ in brought], MOST_SECONDS),
        limit(f"list of {rows:,}: memory of bringing in", max(peak for _, peak in brought), MOST_MB, "MB"),
    ]


def bring_in(file: Path, rows: int) -> tuple[Took, float]:
    """Bring a list in by the service, in a process of its own; seconds and the peak in megabytes."""
    from tests.benchmarks import world
    from workflow.storage import migrations

    desk = world.desk(file)
    migrations.upgrade(desk.engine)
    world.found(desk, 1)
    desk.engine.dispose()
    command = [sys.executable, "-m", "tests.benchmarks.bench_intake", str(rows), "--bring-in", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu, peak = map(float, done.stdout.split())
    return Took(wall, cpu), peak


def _bring_in(file: Path, rows: int) -> None:
    from tests.benchmarks import world
    from tests.benchmarks.frame import took
    from workflow.services import submissions

    content = world.a_list(rows, random.Random(1))
    desk = world.desk(file)
    request = submissions.ImportRequest("U000/CB", "U000", world.ROUND, content, "ds.xlsx", "07/TTr", world.NOW.date())
    taken = took(lambda: submissions.bring_in(desk, request, world.NOW))
    with desk.engine.connect() as connection:
        if connection.exec_driver_sql("SELECT count(*) FROM nomination").scalar() != rows:
            raise SystemExit("the list was not brought in as it should be")
    print(taken.wall, taken.cpu, peak_mb())


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of each step and the most memory the process ever held, in megabytes."""

    rows: int
    read: float
    check: float
    write: float
    cpu: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        return self.read + self.check + self.write


def bench_intake(rows: int = ROWS) -> Figures:
    """Measure in a new process and print one line."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_intake", str(rows), "--here"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    count, *seconds, cpu, peak = done.stdout.split()
    figures = Figures(int(count), *map(float, seconds), float(cpu), float(peak))
    print(
        f"intake of {figures.rows} rows: {figures.seconds:.2f} s (read {figures.read:.2f}, check {figures.check:.2f}, "
        f"write back {figures.write:.2f}), peak {figures.peak_mb:.0f} MB"
    )
    return figures


def a_long_list(rows: int, seed: int = 1) -> bytes:
    """A list in which one line of ten has a slip in its award."""
    rnd = random.Random(seed)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("DS")
        sheet.write_row(0, 0, HEADER)
        for number in range(1, rows + 1):
            name = f"{rnd.choice(FAMILY)} {rnd.choice(GIVEN)} {rnd.choice(GIVEN)}"
            award = "Bằng khen của Bộ trưởng" if rnd.random() > 0.1 else "Bằng khen Bộ tưởng"
            achievement = f"Đã có thành tích xuất sắc số {number} trong công tác chuyển đổi số năm 2026"
            sheet.write_row(
                number, 0, (number, f"NV-{number:06d}", name, "Kỹ sư", f"Phòng {number % 300}", award, achievement)
            )
    return buffer.getvalue()


def _here(rows: int) -> None:
    """Measure in this process."""
    from workflow.intake.checking import check
    from workflow.intake.reading import read_list
    from workflow.intake.values import AwardChoice
    from workflow.intake.writing import write_back

    awards = (AwardChoice("bang_khen_bo", "bang_khen_bo", "Bằng khen của Bộ trưởng"),)
    data = a_long_list(rows)
    cpu, times = time.process_time(), [time.perf_counter()]
    read = read_list(data)
    times.append(time.perf_counter())
    checked = check(read.rows, awards=awards, unit_kind="cuc")
    times.append(time.perf_counter())
    back = write_back(data, read, checked)
    times.append(time.perf_counter())
    if not (back.kept and len(checked.good) + len(checked.bad) == rows and checked.bad):
        raise SystemExit("the list was not taken in as it should be")
    steps = (f"{later - earlier:.3f}" for earlier, later in itertools.pairwise(times))
    print(len(read.rows), *steps, time.process_time() - cpu, peak_mb())


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    if "--bring-in" in sys.argv:
        _bring_in(Path(sys.argv[3]), wanted)
    elif "--here" in sys.argv:
        _here(wanted)
    else:
        bench_intake(wanted)
