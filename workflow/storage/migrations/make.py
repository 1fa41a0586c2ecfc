"""Writes the next step from the difference between the models and the steps so far. For developers: `./dev migration`.

`--replace` writes the last step anew, which is only right while no database in the world has it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from workflow.storage import migrations
from workflow.storage.database import open_engine, write


def make(message: str, *, replace: bool) -> Path:
    """The file of the new step. Read it before you commit it: alembic sees no renaming, only a loss and a gain."""
    versions = migrations.FOLDER / "versions"
    versions.mkdir(exist_ok=True)
    steps = list(ScriptDirectory(str(migrations.FOLDER)).walk_revisions())
    if replace and steps:
        last = steps.pop(0)
        message = message or last.doc
        Path(last.path).unlink()
    number = f"{len(steps) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/steps.db")
        if steps:
            migrations.upgrade(engine)
        with write(engine) as connection:
            config = migrations.config(connection)
            config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
            command.revision(config, message or "Step", autogenerate=True, rev_id=number)
        engine.dispose()
    path = next(versions.glob(f"r{number}_*.py"))
    path.write_text(re.sub(r"^ +# ###.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="")
    parser.add_argument("--replace", action="store_true")
    asked = parser.parse_args()
    print(make(asked.message, replace=asked.replace))  # noqa: T201
