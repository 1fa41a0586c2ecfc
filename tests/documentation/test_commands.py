"""Every `khen …` that a page or a unit tells people to type is a command there is, with options it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*")])
SHELL = re.compile(r"^```(?:sh|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\./dev )?khen [^`\n]+)`")
# A folder or a user may be called khen too; what is typed goes on with a command or one of the options before it.
FIRST = re.compile(r"[a-z]+|--(?:config|lang|help)\b.*")
TYPED = re.compile(r"(?:^|[\s/;&'\"`])khen((?: +[^\s;&|#>]+)+)")


def typed(page: Path) -> Iterator[str]:
    """The words after `khen` wherever a page shows something to type."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        shown = [line for block in SHELL.findall(text) for line in block.splitlines()] + INLINE.findall(text)
    else:
        shown = [line for line in text.splitlines() if line.startswith("Exec")]
    for line in shown:
        for found in TYPED.finditer(line.replace("…", "")):
            words = found[1].strip().strip("'\"")
            if FIRST.fullmatch(words.split()[0]):
                yield words


def words_of(line: str) -> list[str]:
    """As the shell would part them; a line cut out of a quoted one may have a quote of its own left over."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def takes_a_value(option: Any) -> bool:
    return option is not None and not getattr(option, "is_flag", False) and not getattr(option, "count", False)


def unknown(command: Any, words: list[str]) -> str:
    """The first word that is neither a command nor an option there; "" when all are."""
    while words:
        word, *words = words
        if word.startswith("-"):
            options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
            name = word.split("=")[0]
            if name not in {*options, "--help"}:
                return word
            if words and "=" not in word and takes_a_value(options.get(name)):
                words = words[1:]
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return ""


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_file()], ids=lambda page: page.name)
def test_what_people_are_told_to_type_exists(page: Path) -> None:
    from workflow.cli.main import app

    command = typer.main.get_command(app)
    wrong = {line: word for line in typed(page) if (word := unknown(command, words_of(line)))}
    assert wrong == {}


def test_the_rule_sees_what_it_looks_for(tmp_path: Path) -> None:
    app, inner = typer.Typer(), typer.Typer()
    app.add_typer(inner, name="db")

    @app.callback()
    def main(config: str = "") -> None: ...

    @inner.command()
    def backup(target: str, quick: bool = False) -> None: ...

    @inner.command()
    def restore(target: str) -> None: ...

    command = typer.main.get_command(app)
    assert unknown(command, ["db", "backup", "/a/file", "--quick"]) == ""
    assert unknown(command, ["db", "bakup", "/a/file"]) == "bakup"
    assert unknown(command, ["db", "backup", "--slow"]) == "--slow"
    assert unknown(command, ["--config", "a/config.toml", "db", "backup", "x"]) == ""
    assert unknown(command, ["--config", "a/config.toml", "bd", "backup", "x"]) == "bd"
    page = tmp_path / "page.md"
    page.write_text("Say `khen db restore` or\n```sh\nsudo -u x /opt/khen/bin/khen db backup a.backup # copy\n```\n")
    assert list(typed(page)) == ["db backup a.backup", "db restore"]
