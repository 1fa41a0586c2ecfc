"""Help and mistakes are said in the language of the run, whole: no English in a Vietnamese screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from tests.acceptance.conftest import Khen

ENGLISH = re.compile(
    r"\b(usage|options?:|arguments?:|commands?:|show this|default:|env var|required|missing|invalid|error|no such"
    r"|did you|possible|try|should|does not|file|path|directory|str|int)\b",
    re.IGNORECASE,
)
MINE = re.compile(r"config\.(example\.)?toml|\{[a-z_]+\}|\[[a-z_]+\]\.\.\.|--[a-z-]+|<tệp>|^  [a-z_.]+ ", re.MULTILINE)


def every_help() -> Iterator[tuple[str, str]]:
    from workflow.cli.main import app

    yield from _helps(typer.main.get_command(app), "khen", None)


def _helps(command: Any, name: str, above: Any) -> Iterator[tuple[str, str]]:
    context = command.context_class(command, info_name=name, parent=above)
    yield context.command_path, command.get_help(context)
    for each, inner in getattr(command, "commands", {}).items():
        yield from _helps(inner, each, context)


@pytest.mark.parametrize(("command", "text"), list(every_help()), ids=lambda value: value if len(value) < 40 else "")
def test_help_is_vietnamese_to_the_last_word(command: str, text: str) -> None:
    assert text.startswith("Cách dùng: khen")
    assert ENGLISH.findall(MINE.sub("", text)) == []


def test_the_rule_sees_what_it_looks_for() -> None:
    assert ENGLISH.search("Missing argument 'code'.")
    assert ENGLISH.search("  --as PERSON  Người làm.  [required]")
    assert not ENGLISH.search(MINE.sub("", "  --file <tệp>  Tệp.  [bắt buộc]"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "vietnamese", "english"),
    [
        (["nomination", "do"], "Thiếu tham số 'transition'.", "Missing argument 'transition'."),
        (["round", "add", "X"], "Thiếu tùy chọn '--title'.", "Missing option '--title'."),
        (["nomination", "dou"], "Không có lệnh 'dou'. Có phải 'do'?", "No such command 'dou'. Did you mean 'do'?"),
        (["nomination", "list", "--limt"], "Không có tùy chọn --limt. Có phải --limit", "No such option: --limt"),
        (
            ["nomination", "list", "--limit"],
            "Sau tùy chọn '--limit' phải có giá trị.",
            "'--limit' requires an argument",
        ),
        (
            ["nomination", "list", "--limit", "0"],
            "'--limit' chưa đúng: phải từ 1 trở lên.",
            "'--limit': Input should be",
        ),
        (
            ["nomination", "list", "--limit", "x"],
            "'--limit' chưa đúng: phải là số nguyên.",
            "'--limit': Input should be",
        ),
        (["flow", "list", "foo"], "Thừa tham số: foo", "Got unexpected extra argument(s) (foo)"),
        (["db", "restore", "nosuch"], "'file' chưa đúng: không có tệp 'nosuch'.", "file 'nosuch' does not exist."),
        (["demo", "--flows", "nosuch"], "không có thư mục 'nosuch'.", "dir 'nosuch' does not exist."),
        (["--lang", "fr", "flow", "list"], "Ngôn ngữ “fr” không có; chọn vi hoặc en.", ""),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_was_typed_wrong_is_said_in_both_languages(
    khen: Khen, words: list[str], vietnamese: str, english: str
) -> None:
    told = khen(*words, code=2)
    assert vietnamese in told.err
    assert "Xem hướng dẫn: khen" in told.err
    assert english in khen.speaking("en")(*words, code=2).err


@pytest.mark.slow
def test_english_help_is_english(khen: Khen) -> None:
    text = khen.speaking("en")("nomination", "do", "--help").out
    assert text.startswith("Usage: khen nomination do [OPTIONS]")
    assert "Show this message and exit." in text
    assert not re.search("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text)


@pytest.mark.slow
def test_a_group_alone_shows_what_there_is_and_counts_as_usage(khen: Khen) -> None:
    told = khen("nomination", code=2).err
    assert told.startswith("Cách dùng: khen nomination [TÙY CHỌN] LỆNH [THAM SỐ]…")
    assert "why" in told
