"""Begins a new flow file by copying a shipped one: the way an admin likes to start."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import tomli

from definitions.nearest import nearest
from workflow.services.register import RegisterError

_ID = re.compile(r"[a-z][a-z0-9_]{1,59}")


def copy_flow(shipped: Path, folder: Path, source: str, name: str) -> list[Path]:
    """Write `<name>.toml` beside the parts it extends; returns the files written, the new flow last.

    Only `id` changes: award, title, aliases and stories are for the admin to change. Raises
    RegisterError for a name that cannot be an id, a source that does not exist, or a file that does.
    """
    if not _ID.fullmatch(name):
        raise RegisterError("flow_id", name=name)
    original = _find(source, folder, shipped)
    target = folder / f"{name}.toml"
    if target.exists():
        raise RegisterError("file_exists", path=str(target))
    folder.mkdir(parents=True, exist_ok=True)
    text = original.read_text(encoding="utf-8")
    written = []
    for part in tomli.loads(text).get("extends", []):
        if not (folder / f"{part}.toml").exists():
            shutil.copyfile(_find(part, original.parent, shipped), folder / f"{part}.toml")
            written.append(folder / f"{part}.toml")
    target.write_text(re.sub(r'(?m)^(id\s*=\s*)"[^"]*"', rf'\1"{name}"', text, count=1), encoding="utf-8")
    return [*written, target]


def _find(name: str, *folders: Path) -> Path:
    for folder in folders:
        if (folder / f"{name}.toml").exists():
            return folder / f"{name}.toml"
    known = {path.stem for folder in folders for path in folder.glob("*.toml")}
    raise RegisterError("flow_unknown", name=name, nearest=nearest(name, known) or "…")
