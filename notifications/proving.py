"""Templates proven, not previewed: each one rendered with awkward samples, in a child with limits.

A template comes from an admin and may loop for ever, eat the memory or name what does not exist.
Here that costs a child process; at delivery it would cost the worker.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from notifications.errors import TemplateRefused
from notifications.mail import Context, LineRequest
from notifications.rendering import (
    FALLBACK,
    FRAME,
    LINE_FIELDS,
    LONGEST_SUBJECT,
    SEVERAL,
    Renderer,
    TemplateSource,
)

LARGEST_OUTPUT = 200_000
LARGEST_TEMPLATE = 100_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Facts to render a template with."""

    name: str
    context: Context = field(default_factory=dict)
    lines: tuple[Context, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template: `template_problem.<code>` in the catalogue, with its parameters.

    `line` is that of its file; 0 where no line can be blamed.
    """

    template: str
    language: str
    sample: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may take: processor seconds, and memory of the whole child."""

    seconds: int = 1
    megabytes: int = 512


_PLAIN_ACT: dict[str, Any] = {
    "unit_name": "Cục Viễn thông",
    "round_title": "Đợt xét khen thưởng tổng kết năm 2026",
    "letter_number": "07/TTr-CVT",
    "letter_no": "12/TTr-BKHCN",
    "actor_name": "Trần Thị Bình",
    "occurred_on": "05/01/2027",
    "due_on": "15/01/2027",
    "contact_name": "Văn phòng Hội đồng",
    "contact_email": "tdkt@bo.example",
    "contact_phone": "024 3999 0000",
    "note": "Nộp kèm bản giấy",
    "decision_number": "05/QĐ-BKHCN",
    "decision_on": "20/02/2027",
    "signer": "Nguyễn Thị Lan",
    "reason": "Thiếu biên bản họp bình xét",
    "legal_ground": "Nghị định 152/2025/NĐ-CP, Điều 33",
    "legal": "Luật Thi đua, khen thưởng, Điều 93",
    "document": "90/KL-TTr",
    "receipt_no": "02/BB-BKHCN",
    "session": "Phiên họp thứ hai năm 2026",
    "session_on": "24/12/2026",
    "session_time": "08:30",
    "council": "Hội đồng Thi đua - Khen thưởng Bộ",
    "form": "mixed",
    "ballots": "paper",
    "amount": 114,
    "changed": True,
    "last_day": True,
    "reply_by": "23/12/2026",
    "link": "https://khen.bo.example/to-trinh/7",
    "place": "cổng thông tin điện tử của Bộ",
    "occasion": "Hội nghị tổng kết năm 2026",
    "audit_head": "3f9a-71c2-08de-55b0",
    "stands_for": "Lê Văn Cường",
    "defects": ["Báo cáo thành tích chưa có xác nhận", "Thiếu biên bản kiểm phiếu"],
    "bodies": ["Bảo hiểm xã hội Việt Nam", "Bộ Công an"],
}
_PLAIN_LINE: dict[str, Any] = {
    "code": "BK-2026-0014-7",
    "name": "Nguyễn Văn An",
    "post": "Chuyên viên, Phòng Kế hoạch",
    "unit": "Cục Viễn thông",
    "award": "Bằng khen của Bộ trưởng",
    "state_label": "Đang xét",
    "result": "Được đơn vị đề nghị",
    "turn": True,
    "ends_on": "02/02/2027",
    "decision_number": "05/QĐ-BKHCN",
    "decision_on": "20/02/2027",
    "due_on": "15/01/2027",
    "note": "Thiếu xác nhận sáng kiến",
    "certificate_no": "128",
    "kind": "reminder",
    "days": 3,
    "label": "Thẩm định hồ sơ",
    "card": "1204",
}
_MARKS = (
    "*x* _y_ `z` [a](javascript:alert(1)) <script>alert(1)</script> | # 1. - & &lt; {{ 7*7 }} {% x %} \\ \" '\n\n# z"
)


def _awkward(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every text with marks, line breaks and direction marks in it; every number at an edge."""
    spoilt: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            spoilt[name] = f"- {value} {_MARKS}\u202e\u200b" + "dài " * 20
        elif isinstance(value, int):
            spoilt[name] = -value
        else:
            spoilt[name] = [f"{each} {_MARKS}" for each in value]
    return spoilt


SAMPLES: tuple[Sample, ...] = (
    Sample("plain", _PLAIN_ACT, (_PLAIN_LINE, _PLAIN_LINE | {"kind": "escalation", "days": -2})),
    Sample("empty"),
    Sample("one", {name: value for name, value in _PLAIN_ACT.items() if name != "letter_number"}, (_PLAIN_LINE,)),
    Sample("awkward", _awkward(_PLAIN_ACT), (_awkward(_PLAIN_LINE), dict(LINE_FIELDS))),
    Sample("many", _PLAIN_ACT, (_PLAIN_LINE,) * 300),
)


def prove(
    sources: Mapping[tuple[str, str], TemplateSource],
    samples: Sequence[Sample] = SAMPLES,
    *,
    names: Iterable[str] | None = None,
    limits: Limits | None = None,
) -> tuple[Problem, ...]:
    """What is wrong with these templates (None: all), in every language and with every sample.

    The frame is proven with each of them; named itself, it is proven around one of the others.

    Nothing that a template does reaches this process. Takes about half a second and then a few
    milliseconds per rendering.
    """
    limits = limits or Limits()
    wanted = set(names) if names is not None else {name for _, name in sources}
    chosen = sorted(key for key in sources if key[1] in wanted and (key[1] != FRAME or names is not None))
    problems = [_no_vietnamese(name) for name in sorted(wanted) if (FALLBACK, name) not in sources]
    while chosen:
        found, died_at = _in_child(sources, chosen, samples, limits)
        problems += found
        # Where the child died, the rest of that template is not worth another.
        chosen = chosen[chosen.index(died_at) + 1 :] if died_at else []
    return tuple(problems)


def _no_vietnamese(name: str) -> Problem:
    return Problem(name, FALLBACK, "", "language")


def _in_child(
    sources: Mapping[tuple[str, str], TemplateSource],
    chosen: Sequence[tuple[str, str]],
    samples: Sequence[Sample],
    limits: Limits,
) -> tuple[list[Problem], tuple[str, str] | None]:
    """What one child found, and the template it died of, if it did."""
    task = {
        "sources": [asdict(source) for source in sources.values()],
        "chosen": chosen,
        "samples": [asdict(sample) for sample in samples],
        "limits": asdict(limits),
    }
    root = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    child = subprocess.run(
        [sys.executable, "-m", "notifications.proving"],
        input=json.dumps(task).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    answers = [json.loads(line) for line in child.stdout.decode().splitlines()]
    problems = [Problem(**answer["problem"]) for answer in answers if "problem" in answer]
    if child.returncode == 0:
        return problems, None
    begun = [answer["begin"] for answer in answers if "begin" in answer]
    if not begun:
        raise RuntimeError(f"the process that proves templates did not start (exit {child.returncode})")
    language, name, sample = begun[-1]
    killed_by_time = child.returncode == -signal.SIGXCPU
    code = "time" if killed_by_time else "died"
    params = {"seconds": limits.seconds} if killed_by_time else {}
    return [*problems, Problem(name, language, sample, code, params)], (language, name)


# ── in the child ─────────────────────────────────────────────────────────────────────────────────


def _main() -> None:
    task = json.load(sys.stdin)
    sources = {(each["language"], each["name"]): TemplateSource(**each) for each in task["sources"]}
    samples = [Sample(each["name"], each["context"], tuple(each["lines"])) for each in task["samples"]]
    limits = Limits(**task["limits"])
    size = limits.megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    renderer = Renderer(sources)
    for language, name in task["chosen"]:
        _say(begin=[language, name, ""])
        _more_time(limits.seconds)
        for problem in _of_source(renderer, sources[language, name]):
            _say(problem=asdict(problem))
        for sample in samples:
            _say(begin=[language, name, sample.name])
            _more_time(limits.seconds)
            for problem in _of_rendering(renderer, language, name, sample):
                _say(problem=asdict(problem))


def _say(**answer: Any) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 - this is how a child answers


def _more_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _of_source(renderer: Renderer, source: TemplateSource) -> list[Problem]:
    try:
        size = len(source.body.encode())
        if size > LARGEST_TEMPLATE:
            return [Problem(source.name, source.language, "", "output_long", {"size": size, "most": LARGEST_TEMPLATE})]
        names = renderer.undeclared(source)
    except TemplateRefused as error:
        return [_failed(source.language, source.name, "", error, int(error.params["line"]))]
    if not names:
        return []
    said = {"names": ", ".join(names)}
    return [Problem(source.name, source.language, "", "names", said, min(names.values()))]


def _of_rendering(renderer: Renderer, language: str, name: str, sample: Sample) -> list[Problem]:
    # `several` is what a mail with two kinds of lines becomes.
    others = sorted(key[1] for key in renderer.sources if key[0] == language and key[1] not in (SEVERAL, FRAME))
    spoken = others[0] if name == FRAME else name
    sections = (spoken,) if name != SEVERAL else tuple(others[:2])
    lines = tuple(
        LineRequest("sample", "sample", sections[index % len(sections)], line)
        for index, line in enumerate(sample.lines)
    )
    try:
        mail = renderer.render(spoken, language, sample.context, lines, recipient="Cục Viễn thông", why="unit")
    except TemplateRefused as error:
        line = int(error.params.get("line", 0))
        body_line = renderer.sources[language, name].body_line
        return [_failed(language, name, sample.name, error, line + body_line - 1 if line else 0)]
    except MemoryError:
        return [Problem(name, language, sample.name, "memory")]
    return _of_mail(name, language, sample, mail.subject, len((mail.text + mail.html).encode()))


def _of_mail(name: str, language: str, sample: Sample, subject: str, size: int) -> list[Problem]:
    problems = []
    if not subject:
        problems.append(Problem(name, language, sample.name, "subject_empty"))
    if sample.name != "awkward" and len(subject) == LONGEST_SUBJECT:
        problems.append(Problem(name, language, sample.name, "subject_long", {"most": LONGEST_SUBJECT}))
    if size > LARGEST_OUTPUT:
        params = {"size": size, "most": LARGEST_OUTPUT}
        problems.append(Problem(name, language, sample.name, "output_long", params))
    return problems


def _failed(language: str, name: str, sample: str, error: TemplateRefused, line: int) -> Problem:
    return Problem(name, language, sample, "failed", {"problem": str(error.params.get("problem", error))}, line)


if __name__ == "__main__":
    _main()
