"""What is asked (`Command`) and what is decided (`Decision`): values that a service then writes.

A `Decision` has touched nothing. The same value answers "what will happen if I press".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from definitions.flow import DeadlineRule
from workflow.domain.facts import TallyFacts
from workflow.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Command:
    """Fire `transition`. `fields` is what the act brings for this line (act-wide values included).

    `occurred_on` is the legal day. `overrides` gives a reason for each warning passed, by rule id.
    `expected_version` is the version the person saw; None asks for whatever is there. `backdating_reason`
    says why an act is dated before the day it is entered (the postmark, the paper that came first).
    """

    transition: str
    occurred_on: date
    fields: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    expected_version: int | None = None
    backdating_reason: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineOpened:
    """A deadline to open. `name` as in `DeadlineRule.name`.

    `start_on` is day zero. `given` is a day named by the round, the act or the law, before rolling.
    `provisional` says that the count touches a year whose calendar nobody has confirmed.
    """

    name: str
    rule: DeadlineRule
    start_on: date
    due_on: date
    provisional: bool = False
    given: date | None = None


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """Tell `to` (a role, `unit`, or `actor`) with mail `send`; held until `hold` is released."""

    to: str
    send: str
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class TaskChange:
    task: str
    change: str  # "open" | "close"
    bodies: tuple[str, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One nomination may move: everything that follows from it.

    `branch` is the index of the branch taken. `deadlines_closed` are names; `clocks` are spanning
    deadlines to stop or to let run on. `moments` are set to the day of the act. `warnings` were
    passed with a reason, `hints` are only said. `unarchives` takes the mark of the archive off: the dossier
    leaves a final state, and its limits must remind again.
    """

    transition: str
    branch: int
    from_state: str
    to_state: str
    occurred_on: date
    fields: Mapping[str, Any] = field(default_factory=dict)
    moments: Mapping[str, date] = field(default_factory=dict)
    pins: bool = False
    raises: tuple[str, ...] = ()
    lowers: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()
    tally: tuple[str, TallyFacts] | None = None
    task: TaskChange | None = None
    hold: str | None = None
    releases: tuple[str, ...] = ()
    outcome: str | None = None
    archives: bool = False
    unarchives: bool = False
    proof: str | None = None
    deadlines_closed: tuple[str, ...] = ()
    deadlines_opened: tuple[DeadlineOpened, ...] = ()
    clocks_stopped: tuple[str, ...] = ()
    clocks_resumed: tuple[str, ...] = ()
    notices: tuple[NoticePlan, ...] = ()
    effect: str | None = None
    warnings: tuple[Reason, ...] = ()
    hints: tuple[Reason, ...] = ()
