"""`khen …` in a test: through `main` in this process, with nothing left of the run before; or in its own process."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

import workflow

CLI = "workflow.cli"


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


def process(folder: Path, words: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    """Run it as people do."""
    done = subprocess.run(
        [sys.executable, "-m", "workflow", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", timeout=600, check=False,
    )  # fmt: skip
    return Done(words, done.returncode, done.stdout, done.stderr)


def run(folder: Path, words: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    """Run it here. The modules of the command line are loaded anew, as they keep the language and the settings file."""
    out, err = _Stream(), _Stream()
    with chdir(folder), _environment(environment), _streams(words, out, err), _fresh_modules():
        code = _ended(importlib.import_module(f"{CLI}.main").main)
    return Done(words, code, out.text, err.text)


def _ended(main: Any) -> int:
    """The exit code: the command line ends its process by itself, whatever happens."""
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


class _Stream(io.TextIOWrapper):
    """Text that nobody looks at on a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8").replace(os.linesep, "\n")


@contextmanager
def _environment(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _replace(environment)
    try:
        yield
    finally:
        _replace(before)


def _replace(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)


@contextmanager
def _streams(words: tuple[str, ...], out: io.TextIOWrapper, err: io.TextIOWrapper) -> Iterator[None]:
    """The streams and the arguments of a process; its log goes where that stream goes."""
    before = sys.argv, sys.stdin, sys.stdout, sys.stderr
    logging = structlog.get_config()
    sys.argv, sys.stdin, sys.stdout, sys.stderr = ["khen", *words], _Stream(), out, err
    try:
        yield
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr = before
        structlog.configure(**logging)


@contextmanager
def _fresh_modules() -> Iterator[None]:
    kept = _taken_out()
    try:
        yield
    finally:
        _taken_out()
        sys.modules.update(kept)
        if CLI in kept:
            workflow.cli = kept[CLI]


def _taken_out() -> dict[str, Any]:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name == CLI or name.startswith(f"{CLI}.")}
