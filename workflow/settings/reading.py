"""Finds config.toml, lays the environment over it and checks the whole. Opens no database and sends nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from definitions.nearest import nearest
from definitions.problems import FlowsRefused
from definitions.reading import Source, read
from workflow.settings.environment import from_environment
from workflow.settings.faults import Fault, SettingsRefused
from workflow.settings.model import SECTIONS, Settings, is_secret, variable
from workflow.settings.validating import fault_of, place_of

FILE_NAME = "config.toml"


def find_file(asked: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """The file to read: the one asked for, KHEN_CONFIG's, or config.toml in `folder` if there is one."""
    named = asked or (Path(environ["KHEN_CONFIG"]) if environ.get("KHEN_CONFIG") else None)
    if named is not None:
        return folder / named
    return folder / FILE_NAME if (folder / FILE_NAME).is_file() else None


def load_settings(asked: Path | None, environ: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Read the settings; `folder` is where the program was started (else it is asked). Raises `SettingsRefused`.

    Paths in them are relative to the folder of the file, or to `folder` when there is none.
    """
    folder = folder or Path.cwd()
    path = find_file(asked, environ, folder)
    source = _source(path) if path else None
    faults: list[Fault] = []
    given = _from_file(source, faults) if source else {}
    origins = {f"{section}.{key}": str(path) for section, table in given.items() for key in table}
    for section, key, value, origin in from_environment(environ, faults):
        given.setdefault(section, {})[key] = value
        origins[f"{section}.{key}"] = origin
    data = {**{section: {} for section in SECTIONS}, **given, "origins": origins}
    try:
        settings = Settings.model_validate(data, context={"folder": path.parent if path else folder})
    except ValidationError as error:
        faults += [fault_of(each, source, origins) for each in error.errors(include_input=False, include_url=False)]
        raise SettingsRefused(tuple(faults)) from None
    faults += _written_by_all([path] if path else [], settings)
    if faults:
        raise SettingsRefused(tuple(faults))
    return settings


def _written_by_all(files: Iterable[Path], settings: Settings) -> Iterator[Fault]:
    """What this program obeys and every account of the machine could change: settings, flows, calendar, templates.

    Who belongs to a group, the house decides; a folder in which each may only touch his own (`/tmp`) is fine.
    """
    named = [value for section in SECTIONS for value in dict(getattr(settings, section)).values()]
    obeyed = [*files, *(value for value in named if isinstance(value, Path) and value != settings.files.folder)]
    inside = [each for path in obeyed if path.is_dir() for each in sorted(path.iterdir())]
    for path in (*obeyed, settings.files.folder, *inside):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
            yield Fault(str(path), "settings.written_by_all", {"file": path.name})


def _source(path: Path) -> Source:
    try:
        return read(str(path), path.read_bytes())
    except OSError as error:
        raise SettingsRefused((Fault(str(path), "settings.unreadable", {"detail": error.strerror}),)) from None
    except FlowsRefused as refused:
        raise SettingsRefused(
            tuple(
                Fault(f"{each.file}:{each.line}", f"problem.{each.code}", each.params, "definitions")
                for each in refused.problems
            )
        ) from None


def _from_file(source: Source, faults: list[Fault]) -> dict[str, dict[str, Any]]:
    """The known keys of the file; the others, and secrets, become faults."""
    given: dict[str, dict[str, Any]] = {}
    for section, table in source.data.items():
        place = place_of(source, (section,))
        if section not in SECTIONS:
            faults.append(Fault(place, "settings.unknown", _unknown(section, SECTIONS)))
        elif not isinstance(table, Mapping):
            faults.append(Fault(place, "settings.no_table", {"key": section}))
        else:
            given[section] = dict(_keys_of(source, section, table, faults))
    return given


def _keys_of(source: Source, section: str, table: Mapping[str, Any], faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    known = SECTIONS[section].model_fields
    for key, value in table.items():
        place, name = place_of(source, (section, key)), f"{section}.{key}"
        if key not in known:
            faults.append(Fault(place, "settings.unknown", {**_unknown(key, known), "key": name}))
        elif is_secret(section, key):
            params = {"key": name, "variable": variable(section, key)}
            faults.append(Fault(place, "settings.secret_in_file", params))
        else:
            yield key, value


def _unknown(word: str, known: Iterable[str]) -> dict[str, str]:
    return {"key": word, "nearest": nearest(word, known) or ""}
