"""What every use case is given: the database, the calendar, published flows, and where chance comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine

from definitions.calendar import WorkCalendar
from workflow.domain import rules
from workflow.domain.decisions import Context
from workflow.domain.machine import CompiledFlow
from workflow.domain.requirements import NamedRule
from workflow.services.passwords import Passwords
from workflow.storage.flows import FlowCache, in_force
from workflow.storage.papers import LARGEST


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a recipient may ask; printed in every mail."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Built once by `bootstrap`; services read it and never change it.

    `entropy(n)` gives n bytes as hex: from the system in earnest, from a seed in a rehearsal.
    `hold_mail` keeps every new mail back until a person releases it. `base_url` is the address under which people
    open the pages, for links in mails; empty where there are none. `certificates` is where those of the authorities
    lie whose signatures the house trusts (a file or a folder). `largest_file` is how many bytes one file may have,
    whoever brings it and wherever.
    """

    engine: Engine
    calendar: WorkCalendar
    entropy: Callable[[int], str]
    files: Path
    contact: Contact = Contact()
    mail_domain: str = "khen.invalid"
    backdating_days: int = 60
    hold_mail: bool = False
    flood_guard: int = 500
    base_url: str = ""
    certificates: Path | None = None
    largest_file: int = LARGEST
    flows: FlowCache = field(default_factory=FlowCache)
    passwords: Passwords = field(default_factory=Passwords)
    rules: Mapping[str, NamedRule] = field(default_factory=rules.installed)

    def context(self, today: date, targets: dict[str, CompiledFlow] | None = None) -> Context:
        """The world for `decide` on `today` (local day)."""
        return Context(self.calendar, today, self.backdating_days, targets or {}, self.rules)

    def targets(self, connection: Connection, on: date) -> dict[str, CompiledFlow]:
        """Every flow in force on `on`, compiled, by id: what a change of award may lead to."""
        return {each.flow_id: self.flows.get(connection, each.id) for each in in_force(connection, on).values()}
