"""What a requirement can see, and what it answers with.

The kinds themselves are in `requirement_plain` and `requirement_tasks`; `requirements` asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from definitions.flow import Flow, Span
from workflow.domain.facts import NominationFacts
from workflow.domain.reasons import Reason

Reasons = tuple[Reason, ...]
NONE: Reasons = ()


class Calendar(Protocol):
    """What requirements need of `definitions.calendar.WorkCalendar`.

    `add` gives the last day of a span; a last day off has moved to the next working day, as the
    Civil Code has it for every period (Art. 148.5), also for the age of an achievement.
    """

    def add(self, start: date, span: Span) -> date: ...


class NamedRule(Protocol):
    """A requirement written in Python; see `workflow.domain.rules`."""

    @property
    def needs(self) -> frozenset[str]: ...

    def __call__(self, view: RequirementView) -> Reasons: ...


@dataclass(frozen=True, slots=True)
class RequirementView:
    """All that a requirement can see.

    `fields` is what this act brings; those of earlier acts are in the facts. A tally that this
    act brings is already among `facts.tallies`. `occurred_on` is the legal day of the act.
    """

    flow: Flow
    facts: NominationFacts
    occurred_on: date
    fields: Mapping[str, Any]
    calendar: Calendar
    rules: Mapping[str, NamedRule] = field(default_factory=dict)
