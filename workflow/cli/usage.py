"""What the command-line library says by itself, in the language of this run: help, mistakes of usage, faults.

Its English stands in the catalogue beside our Vietnamese (`library.` for help, `mistake.` for what was typed wrong)
and is recognised there; what a newer library says in other words stays English, and a test says so.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_group_from_info
from typer.models import TyperInfo

from definitions.messages import package_catalogue
from workflow.cli.speaking import language, say

FAULT = 3
_PLACE = re.compile(r"\\\{([a-z]+)\\\}")


class Command(TyperCommand):
    """A command whose help is in the language of this run."""

    def get_help(self, ctx: Any) -> str:
        return translated(super().get_help(ctx))


class Group(TyperGroup):
    """The same for a group of commands. Groups inside it are built when they are asked for."""

    inner: ClassVar[Mapping[str, TyperInfo]] = {}

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Built(self.commands, {name: self._building(info) for name, info in self.inner.items()})

    def _building(self, info: TyperInfo) -> Callable[[], Any]:
        return lambda: get_group_from_info(
            info,
            pretty_exceptions_short=True,
            suggest_commands=self.suggest_commands,
            rich_markup_mode=self.rich_markup_mode,
        )

    def get_help(self, ctx: Any) -> str:
        return translated(super().get_help(ctx))


class _Built(MutableMapping[str, Any]):
    """Commands by name. Reading the options of all hundred took longer than most commands; a run needs one group."""

    def __init__(self, ready: Mapping[str, Any], later: Mapping[str, Callable[[], Any]]) -> None:
        self._ready = dict(ready)
        self._names = [*ready, *later]
        self._later = dict(later)

    def __getitem__(self, name: str) -> Any:
        if name in self._later:
            self._ready[name] = self._later[name]()
            del self._later[name]
        return self._ready[name]

    def __setitem__(self, name: str, command: Any) -> None:
        if name not in self._names:
            self._names.append(name)
        self._later.pop(name, None)
        self._ready[name] = command

    def __delitem__(self, name: str) -> None:
        self._names.remove(name)
        self._ready.pop(name, None)
        self._later.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Commands(typer.Typer):
    """A group whose commands, and which itself, speak the language of this run.

    Groups inside it are built when they are asked for; it needs a callback of its own then, and they need names.
    """

    def __init__(self, **given: Any) -> None:
        self._inner: dict[str, TyperInfo] = {}
        super().__init__(cls=type("Group", (Group,), {"inner": self._inner}), **given)

    def command(self, *given: Any, **named: Any) -> Callable[..., Any]:
        return super().command(*given, **{"cls": Command, **named})

    def add_typer(self, typer_instance: typer.Typer, **named: Any) -> None:
        name = named.get("name") or typer_instance.info.name
        if not isinstance(name, str):
            raise TypeError("a group inside another needs a name")
        super().add_typer(typer_instance, **named)
        self._inner[name] = self.registered_groups.pop()


def run(app: typer.Typer) -> int:
    """Run the command line to its exit code; what was typed wrong is said in words, and so is a fault of ours."""
    try:
        return int(app(prog_name="khen", standalone_mode=False) or 0)
    except TyperException as error:
        _say_mistake(error)
        return error.exit_code
    except typer.Abort:
        typer.echo(say("usage.aborted"), err=True)
        return 1
    except Exception as error:  # the last one who can say it in words
        if os.environ.get("KHEN_DEBUG"):
            raise
        typer.echo(say("usage.fault", kind=type(error).__name__, detail=str(error)[:500]), err=True)
        return FAULT


def _say_mistake(error: Any) -> None:
    context = getattr(error, "ctx", None)
    if context is not None and error.message == context.get_help():  # a group without a command
        typer.echo(error.message, err=True)
        return
    typer.echo(mistake(error.format_message()), err=True)
    typer.echo(say("usage.help", command=f"{context.command_path if context else 'khen'} --help"), err=True)


def translated(text: str) -> str:
    """A help text with the library's own words in the language of this run; columns stay below each other."""
    if language() == "en":
        return text
    for pattern, words in _of("library."):
        text = pattern.sub(functools.partial(_kept_in_column, words), text)
    return text


def _kept_in_column(words: str, found: re.Match[str]) -> str:
    gap = len(found["gap"] or "")
    return words + " " * (max(2, gap + len(found[0].rstrip(" ")) - len(words)) if gap > 1 else gap)


def mistake(text: str) -> str:
    """The library's complaint about what was typed, in the language of this run."""
    if language() == "en":
        return text
    for pattern, words in _of("mistake."):
        if found := pattern.fullmatch(text):
            return _filled(words, found.groupdict())
    return text


def _filled(words: str, params: Mapping[str, str | None]) -> str:
    for name, value in params.items():
        words = words.replace(f"{{{name}}}", mistake(value or "") if name == "message" else value or "")
    return words


@functools.cache
def _of(prefix: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """(what the library says, what we say) for each sentence under this prefix, the longest first."""
    sentences = package_catalogue("workflow.cli").sentences
    found = [words for code, words in sentences.items() if code.startswith(prefix)]
    found.sort(key=lambda each: -len(each["en"]))
    return tuple((_pattern(each["en"], help_text=prefix == "library."), each["vi"]) for each in found)


def _pattern(english: str, *, help_text: bool) -> re.Pattern[str]:
    literal = re.sub(r"(\\ )+", r"\\s+", re.escape(english)) if help_text else re.escape(english)
    places = _PLACE.sub(lambda found: f"(?P<{found[1]}>.+?)", literal)
    return re.compile(places + (r"(?P<gap> *)" if help_text else ""), re.DOTALL)


def leave(app: typer.Typer) -> None:
    """Run, then leave the process with the exit code."""
    sys.exit(run(app))
