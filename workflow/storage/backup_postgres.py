"""Copies a PostgreSQL database with its own programs, pg_dump, pg_restore and psql. Decides nothing.

Passwords go to them in the environment, where no process list shows them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Dialect, Insert
from sqlalchemy.dialects import postgresql

from workflow.storage.errors import Damaged, NoTool, StorageError

MAGIC = b"PGDMP"
_VERSION = "COPY public.alembic_version "


def dump(url: URL, part: Path, tools: Path | None) -> None:
    """The whole database into `part`, as of one moment. pg_dump must not be older than the server."""
    address, environ = _server(url)
    command = [tool("pg_dump", tools), "--format=custom", "--no-owner", f"--file={part}", f"--dbname={address}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise StorageError(detail=_one_line(done.stderr))


def prove(file: Path, tools: Path | None) -> str:
    """The migration of a dump that can be read to its end; else `Damaged`."""
    command = [tool("pg_restore", tools), "--no-owner", "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace") as run:
        assert run.stdout is not None
        assert run.stderr is not None
        version = _version_in(run.stdout)
        said = run.stderr.read()
    if run.returncode or version is None:
        raise Damaged(detail=f"{file}: {_one_line(said) or 'no version'}")
    return version


def replay(file: Path, url: URL, statements: Sequence[Insert], tools: Path | None) -> None:
    """The dump and the statements in one transaction: no worker may see restored mails before they are held."""
    address, environ = _server(url)
    reading = [tool("pg_restore", tools), "--no-owner", "--clean", "--if-exists", "--file=-", str(file)]
    writing = [tool("psql", tools), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", address]
    # A dump leaves the search path empty.
    marking = "SET search_path = public;\n" + "".join(f"{_literal(statement)};\n" for statement in statements)
    pipe: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source,
        subprocess.Popen(writing, env=environ, **pipe) as sink,
    ):
        assert source.stdout is not None
        assert sink.stdin is not None
        assert sink.stderr is not None
        _feed(source.stdout, sink.stdin, source, marking)
        said = sink.stderr.read().decode(errors="replace")
    if source.returncode or sink.returncode:
        raise StorageError(detail=_one_line(said))


def tool(name: str, tools: Path | None) -> str:
    """Where a program of PostgreSQL's lies, or `NoTool`."""
    found = shutil.which(name, path=str(tools) if tools else None)
    if found is None:
        raise NoTool(tool=name)
    return found


def _server(url: URL) -> tuple[str, dict[str, str]]:
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    password = {"PGPASSWORD": str(url.password)} if url.password is not None else {}
    return address, {**os.environ, **password}


def _version_in(lines: Iterable[str]) -> str | None:
    """The row of alembic_version; every other line is read too, since reading them is the proof."""
    version, follows = None, False
    for line in lines:
        if follows:
            version = line.strip()
        follows = line.startswith(_VERSION)
    return version


def _feed(source: IO[bytes], sink: IO[bytes], run: subprocess.Popen[bytes], marking: str) -> None:
    try:
        shutil.copyfileobj(source, sink)
        # psql commits whatever it was given when its input ends; a dump that broke off must not be committed.
        sink.write(marking.encode() if run.wait() == 0 else b"\nSELECT 1/0;\n")
        sink.close()
    except BrokenPipeError:
        run.kill()  # psql stopped, and says why


def _literal(statement: Insert) -> str:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
