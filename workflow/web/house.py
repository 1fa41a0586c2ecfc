"""What all pages share: the application, templates, words, where each entry lives, and the settings of the pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from definitions.messages import Catalogue
from workflow.bootstrap import App, with_calendar
from workflow.running import machine_now
from workflow.services.accounts import Rules
from workflow.services.sessions import Limits
from workflow.web.routing import Entry, NavItem, Room
from workflow.web.templating import Environment, StaticFiles, environment
from workflow.web.words import gathered

if TYPE_CHECKING:
    from pathlib import Path

REFRESH = timedelta(seconds=20)
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")


class UnknownPage(LookupError):
    """No entry has this name: a fault of ours."""


@dataclass(slots=True)
class House:
    """Built once when pages start. `mailbox` is the folder of the catch-all server of a rehearsal, if there is one."""

    app: App
    rooms: Sequence[Room]
    clock: Callable[[], datetime] = machine_now
    demo: bool = False
    mailbox: Path | None = None
    templates: Environment = field(init=False)
    words: Catalogue = field(init=False)
    static: StaticFiles = field(init=False)
    entries: Mapping[str, Entry] = field(init=False)
    refreshed_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        packages = [each.package for each in self.rooms]
        self.templates = environment(*packages)
        self.words = gathered("workflow.web", *packages)
        self.static = StaticFiles()
        self.entries = {each.name: each for room in self.rooms for each in room.entries}
        if len(self.entries) != sum(len(room.entries) for room in self.rooms):
            raise ValueError("two pages have one name")

    def refresh(self) -> None:
        """Take up what somebody changed elsewhere: the days of the calendar. Costs one small query, now and then."""
        now = self.clock()
        if self.refreshed_at is None or abs(now - self.refreshed_at) >= REFRESH:
            self.app, self.refreshed_at = with_calendar(self.app), now

    @property
    def limits(self) -> Limits:
        web = self.app.settings.web
        return Limits(timedelta(minutes=web.idle_minutes), timedelta(hours=web.absolute_hours))

    @property
    def rules(self) -> Rules:
        """What is asked of passwords, and under which address a mail's link begins."""
        settings = self.app.settings
        roles = frozenset(settings.sign_in.require_second_factor_roles)
        return Rules(settings.sign_in.password_length, roles, settings.web.base_url)

    @property
    def secure(self) -> bool:
        """Whether people come over TLS."""
        return self.app.settings.web.base_url.startswith("https://")

    @property
    def nav(self) -> list[NavItem]:
        """The main navigation, in its order."""
        return sorted((each for room in self.rooms for each in room.nav), key=lambda each: each.order)

    def path(self, name: str, /, **parts: object) -> str:
        """The path of an entry; what its path does not name becomes the query. Raises UnknownPage."""
        entry = self.entries.get(name)
        if entry is None:
            raise UnknownPage(name)
        left = dict(parts)
        path = _PART.sub(lambda match: quote(str(left.pop(match[1])), safe=""), entry.path)
        query = "&".join(
            f"{quote(key, safe='')}={quote(str(value), safe='')}" for key, value in left.items() if value is not None
        )
        return f"{path}?{query}" if query else path

    def outside(self, path: str) -> str:
        """The whole address of a path, for a mail: from the settings, never from what a request says its host is."""
        return self.app.settings.web.base_url.rstrip("/") + path
