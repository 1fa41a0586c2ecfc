"""KHEN_… variables and the files of secrets they name → typed values and faults."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from definitions.nearest import nearest
from workflow.settings.faults import Fault
from workflow.settings.model import PREFIX, SECTIONS, is_secret, keys, variable

OTHER_VARIABLES = frozenset({"KHEN_CONFIG", "KHEN_AS", "KHEN_VENV"})
"""Names of ours that are no setting: the file to read, for whom the command line acts, and where `./dev` keeps its
environment. `KHEN_TEST_…` belongs to the tests."""


def from_environment(environ: Mapping[str, str], faults: list[Fault]) -> Iterator[tuple[str, str, Any, str]]:
    known = {variable(section, key): (section, key) for section, key, _ in keys()}
    files = {f"{name}_FILE": name for name, place in known.items() if is_secret(*place)}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith("KHEN_TEST_") or name in OTHER_VARIABLES:
            continue
        if name in known:
            yield *known[name], _typed(SECTIONS[known[name][0]].model_fields[known[name][1]], environ[name]), name
        elif name not in files:
            faults.append(Fault(name, "settings.unknown", {"key": name, "nearest": _nearest(name, [*known, *files])}))
        elif files[name] in environ:
            faults.append(Fault(name, "settings.secret_twice", {"variable": files[name]}))
        elif (secret := _secret_in(Path(environ[name]), name, environ, faults)) is not None:
            yield *known[files[name]], SecretStr(secret), name


def _typed(each: FieldInfo, text: str) -> Any:
    """A variable's text as the kind of value its key takes; left as text where it is none, to be refused as such."""
    kind = str(each.annotation)
    if "SecretStr" in kind:
        return SecretStr(text)
    if "tuple" in kind:
        return [part.strip() for part in text.split(",") if part.strip()]
    if "int" in kind and text.strip().lstrip("-").isdecimal():
        return int(text)
    return text


def _secret_in(path: Path, name: str, environ: Mapping[str, str], faults: list[Fault]) -> str | None:
    """The secret in a file that only we may read; else a fault that says how to make it so."""
    try:
        with path.open(encoding="utf-8") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or _others_may_read(path, facts, environ):
                faults.append(Fault(name, "settings.secret_file_open", {"file": str(path)}))
                return None
            return file.read(64 * 1024).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or "UTF-8"
        faults.append(Fault(name, "settings.unreadable", {"detail": f"{path}: {detail}"}))
        return None


def _others_may_read(path: Path, facts: os.stat_result, environ: Mapping[str, str]) -> bool:
    if os.name != "posix":
        return False
    # systemd keeps credentials in a folder of the service's own and lets it in by an access list, which shows as
    # a group's right to read.
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    private = credentials is not None and path.resolve().is_relative_to(Path(credentials).resolve())
    return bool(facts.st_mode & (0o007 if private else 0o077)) or facts.st_uid not in {os.geteuid(), 0}


def _nearest(name: str, known: Iterable[str]) -> str:
    """The catalogue of near names compares in lower case."""
    return (nearest(name, [each.lower() for each in known]) or "").upper()
