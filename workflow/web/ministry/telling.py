"""What pages of this room share: our errors as sentences at fields, days as people type them, files as texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from definitions.problems import Problem
from workflow.domain import vietnamese
from workflow.explaining import sentences
from workflow.services import accessing
from workflow.web.answering import download
from workflow.web.asking import Ask
from workflow.web.forms import Form


def told(ask: Ask, error: Exception) -> str:
    """An error of ours in a sentence."""
    found = sentences(error, ask.language)
    if found is None:
        raise error
    return " ".join(found[1])


def day_of(ask: Ask, form: Form, name: str, *, optional: bool = False) -> date | None:
    """The day typed into a field as people write it; what is wrong is said at the field."""
    typed = form[name]
    if not typed:
        if not optional:
            form.wrong(name, ask.say("ministry.day.missing"))
        return None
    try:
        return vietnamese.read_date(typed)
    except ValueError:
        form.wrong(name, ask.say("ministry.day.wrong", typed=typed[:40]))
        return None


def uploaded(ask: Ask, name: str) -> tuple[str, bytes] | None:
    """File name and content of an upload; None when none was chosen."""
    file = ask.typed.files.get(name)
    if file is None:
        return None
    with file.file as content:
        return file.filename or "", content.read()


def area(ask: Ask, name: str) -> str:
    """What stands in a text area, its inner blanks kept, its line ends made one kind."""
    value = next((value for key, value in ask.typed.pairs if key == name), "")
    return value.replace("\r\n", "\n")


def pointed(ask: Ask, problem: Problem, lines: Mapping[tuple[str, int], str]) -> dict[str, str]:
    """A problem with the line it is in and a mark under the place."""
    line = lines.get((problem.file, problem.line), "").expandtabs(4)[:400]
    column = max(0, min(problem.column - 1, len(line)))
    other = "en" if ask.language == "vi" else "vi"
    return {
        "place": ask.say("ministry.problem.place", file=problem.file, line=problem.line, column=problem.column),
        "sentence": problem.sentence(ask.language),
        "other": problem.sentence(other),
        "other_language": other,
        "line": line,
        "mark": " " * column + "^",
    }


def taken_out(ask: Ask, content: bytes, name: str, kind: str, detail: str) -> Response:
    """A file to keep, with a line in the log of who took what out."""
    accessing.record(ask.desk, ask.me.person, ask.entry_name, detail, ask.machine_now)
    return download(content, name, kind)
