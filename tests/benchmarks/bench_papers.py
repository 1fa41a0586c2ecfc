"""How long the largest paper takes: a decision with the 1,114 flags that a ministry gave in five years.

python -m tests.benchmarks papers
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from tests.benchmarks.frame import Line, Setting, took, within
from workflow.papers.making import docx, pdf
from workflow.papers.samples import whole
from workflow.papers.shapes import DecisionDraft, Group, Line as Row

ROWS = 1_114
RUNS = 5


def lines(setting: Setting) -> list[Line]:
    rows, runs = setting.size(ROWS, 20), range(setting.size(RUNS, 1))
    # A paper of other names each time: whatever remembers the last one must not be what is measured.
    papers = [decision(rows, run) for run in runs]
    return [
        within(f"decision of {rows:,} lines as .docx", [took(lambda paper=each: docx(paper)) for each in papers], 3),
        within(f"decision of {rows:,} lines as PDF/A", [took(lambda paper=each: pdf(paper)) for each in papers], 10),
    ]


def decision(rows: int, run: int) -> DecisionDraft:
    annex = tuple(
        Row(
            number,
            f"Ông Nguyễn Văn {number}-{run} (mẫu)",
            f"Trưởng phòng Nghiệp vụ {number % 40}, Cục Viễn thông",
            citation="Đã có thành tích xuất sắc trong thực hiện nhiệm vụ công tác",
        )
        for number in range(1, rows + 1)
    )
    return replace(cast(DecisionDraft, whole("quyet_dinh")), annex=(Group("Cá nhân", annex),))
