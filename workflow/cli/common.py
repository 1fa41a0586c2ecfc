"""What all commands share: options, opening the application late, printing, and errors as words with an exit code.

Exit codes: 0 done · 1 refused or found wanting · 2 usage · 3 the environment is not ready.
Only light modules are imported here: `khen --help` must not load a database library.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from workflow.cli.speaking import help_, language, say, speak
from workflow.cli.usage import Commands

if TYPE_CHECKING:
    from rich.console import Console

    from workflow.bootstrap import App

P = ParamSpec("P")
T = TypeVar("T")

DONE, REFUSED, USAGE, NOT_READY = 0, 1, 2, 3


_CONFIG: list[Path | None] = [Path(os.environ["KHEN_CONFIG"]) if os.environ.get("KHEN_CONFIG") else None]


def choose(lang: str | None, config: Path | None) -> None:
    """Keep the global options of this run."""
    if lang:
        speak(lang)
    if config:
        _CONFIG[0] = config


Json = Annotated[bool, typer.Option("--json", help=help_("json"))]
As = Annotated[str, typer.Option("--as", metavar="PERSON", envvar="KHEN_AS", help=help_("as"))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=help_("yes"))]


def group(name: str) -> typer.Typer:
    return Commands(name=name, help=help_(name), no_args_is_help=True)


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def settings() -> Any:
    """The settings of this run; a file named by --config or KHEN_CONFIG, else ./config.toml if there is one."""
    from workflow.settings import load_settings

    path = _CONFIG[0] or (Path("config.toml") if Path("config.toml").exists() else None)
    found = load_settings(path, os.environ)
    if found.language.default == "en" and "--lang" not in " ".join(sys.argv):
        speak("en")
    return found


def open_app(*, upgrade: bool = False) -> App:
    from workflow.bootstrap import open_app as build

    return build(settings(), upgrade=upgrade)


def os_user() -> str:
    """The operating-system user, recorded beside the person acted for."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""


# ── printing ─────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def plain(value: Any) -> Any:
    """A value as JSON: dataclasses as objects, days and instants as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if hasattr(value, "_mapping"):
        return plain(dict(value._mapping))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def print_json(value: Any) -> None:
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table; columns are catalogue keys under `column.`. Plain tab-separated lines when nobody looks."""
    heads = [say(f"column.{each}") for each in columns]
    if not sys.stdout.isatty():
        typer.echo("\t".join(heads))
        for row in rows:
            typer.echo("\t".join(_cell(each) for each in row))
        return
    from rich.table import Table
    from rich.text import Text  # a plain text would be read for colours: `[red]` in a name is a name

    shown = Table(*heads, title=title or None, header_style="bold", title_justify="left")
    for row in rows:
        shown.add_row(*(Text(_cell(each)) for each in row))
    console().print(shown)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        from definitions.calendar import LOCAL

        return value.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, bool):
        return say("word.yes") if value else say("word.no")
    return str(value)


def moment(instant: datetime) -> str:
    """An instant in a sentence, by the wall clock of Vietnam: 14:05 02/12/2026."""
    from definitions.calendar import LOCAL

    return f"{instant.astimezone(LOCAL):%H:%M %d/%m/%Y}"


def echo(code: str, /, **params: Any) -> None:
    typer.echo(say(code, **params))


def complain(text: str) -> None:
    typer.echo(text, err=True)


class Steps:
    """Says on a terminal what a long command is doing, in one line that is written anew (on stderr).

    Whoever prints a line of his own meanwhile calls `end` first.
    """

    def __init__(self, total: int = 0) -> None:
        self._total = total
        self._done = 0

    def __call__(self, name: str) -> None:
        self._done += 1
        if sys.stderr.isatty():
            count = f"{self._done}/{self._total} " if self._total else ""
            sys.stderr.write(f"\r\x1b[K… {count}{name}")
            sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Turn our errors into a sentence on stderr and the exit code they mean."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            code = explain(error)
            if code is None:
                raise
            raise typer.Exit(code) from None

    return run


def explain(error: Exception) -> int | None:
    """Say an error of ours in words; None for one that is not ours (a fault of the program)."""
    from workflow.explaining import sentences

    found = sentences(error, language())
    if found is None:
        return None
    code, lines = found
    for line in lines:
        complain(line)
    return code


def guess(text: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a name that there is not, with the name that was most likely meant."""
    from definitions.nearest import nearest

    by_small = {each.lower(): each for each in known}
    close = by_small.get(nearest(name, by_small) or "")
    return f"{text} {say('error.nearest', nearest=close)}" if close else text


def parse_day(text: str | None) -> date | None:
    """A day as people write it here: 02/12/2026, 2-12-2026, 02.12.2026, or 2026-12-02."""
    if not text:
        return None
    for shape in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise typer.BadParameter(say("error.not_a_day", text=text))


def needed_day(text: str) -> date:
    """A day that must be given."""
    day = parse_day(text)
    if day is None:
        raise typer.BadParameter(say("error.not_a_day", text=text))
    return day


def confirm(yes: bool, code: str, /, **params: Any) -> None:
    """Ask before something that cannot be taken back; without a terminal only --yes will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        complain(say("error.needs_yes"))
        raise typer.Exit(USAGE)
    if not typer.confirm(say(code, **params)):
        raise typer.Exit(REFUSED)


__all__ = [
    "DONE", "NOT_READY", "REFUSED", "USAGE", "As", "Json", "Steps", "Yes", "command", "complain",
    "confirm", "console", "echo", "group", "guess", "help_", "language", "needed_day", "open_app", "os_user",
    "parse_day", "plain", "print_json", "say", "settings", "table",
]  # fmt: skip
