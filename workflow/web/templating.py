"""The one door from pages to Jinja2: strict about missing names, everything escaped. Decides nothing about a page."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from definitions.calendar import LOCAL

STATIC = Path(str(resources.files("workflow.web").joinpath("static")))


@cache
def environment(*rooms: str) -> Environment:
    """Templates of the frame by their plain names, those of a room `workflow.web.desk` as `desk/…`.

    One for everybody who asks for the same rooms: a template is compiled once in a process.
    """
    own = {name.rpartition(".")[2]: PackageLoader(name, "templates") for name in rooms}
    env = Environment(
        loader=ChoiceLoader([PackageLoader("workflow.web", "templates"), PrefixLoader(own)]),
        autoescape=True,
        undefined=StrictUndefined,
        # Templates ship with the program. Asked for changes, the disk answers a dozen times for each page.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(day=day, moment=moment, number=number)
    return env


def day(value: date | None) -> str:
    """02/12/2026; nothing for no day."""
    return "" if value is None else f"{value:%d/%m/%Y}"


def moment(value: datetime | None) -> str:
    """An instant as people read it in Vietnam: 14:05 02/12/2026."""
    return "" if value is None else f"{value.astimezone(LOCAL):%H:%M %d/%m/%Y}"


def number(value: int) -> str:
    """1.114, as Vietnamese officials write it."""
    return f"{value:,}".replace(",", ".")


class StaticFiles:
    """Addresses of files that never change under the same address: their content's hash is part of it."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._known: dict[str, str] = {}

    def address(self, name: str) -> str:
        """`/static/<hash>/<name>`. Raises FileNotFoundError for a file that does not ship."""
        if name not in self._known:
            self._known[name] = sha256((self._folder / name).read_bytes()).hexdigest()[:12]
        return f"/static/{self._known[name]}/{name}"

    def find(self, version: str, name: str) -> Path | None:
        """The file, if there is one of this name inside the folder; an old version still gets the file of today."""
        path = (self._folder / name).resolve()
        known = path.is_file() and path.is_relative_to(self._folder.resolve())
        return path if known and version.isalnum() else None


__all__ = ["STATIC", "Environment", "StaticFiles", "day", "environment", "moment", "number"]
