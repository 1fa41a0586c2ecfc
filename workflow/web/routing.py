"""What a page is to the frame: a path, the row of the access table it needs, and what answers GET and POST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

Handler = Callable[[Any], Response]
"""Takes an `Ask`: not named here, since an `Ask` knows the house and the house its entries."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One path. `name` is how links call it; `action` is a row of the access table.

    `get` changes nothing, ever. `slow` work (many lines, passwords, proofs) waits in a queue of its own, so that it
    holds up no page. `max_body` bounds what is read of a POST, counted while it streams in; for an `upload` the
    settings say how much; `max_files` bounds how many files one form brings. `machine` entries are for programs: they
    sign in by token instead of by session and answer in JSON. What is sent to a `secret` one is never kept, not even
    for somebody whose session ran out.
    """

    path: str
    name: str
    action: str
    get: Handler | None = None
    post: Handler | None = None
    slow: bool = False
    max_body: int = MEGABYTE
    machine: bool = False
    put: Handler | None = None
    delete: Handler | None = None
    upload: bool = False
    secret: bool = False
    max_files: int = 50

    @property
    def methods(self) -> tuple[str, ...]:
        """What it answers to."""
        return tuple(name for name in ("get", "post", "put", "delete") if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the main navigation; shown to those whom its action lets in. `name` is an entry's."""

    name: str
    words: str
    order: int
    action: str


@dataclass(frozen=True, slots=True)
class Room:
    """A group of pages that belong together: its entries, its words (`messages.toml` of `package`), its templates."""

    package: str
    entries: Sequence[Entry]
    nav: Sequence[NavItem] = ()
