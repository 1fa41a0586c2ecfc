"""What rules can see: frozen values that storage fills and `decide` reads. Nothing else is visible to a rule.

A fact that is not known is absent (None, or not in its mapping), and a requirement on it is
unmet, never true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ScopeKind = str  # "unit" | "field" | "cluster" | "council" | "all"


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds, with its scope; `via` names the principal when it is held as a substitute."""

    role: str
    scope_kind: ScopeKind = "all"
    scope: str = ""
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person` is a person's key (`ROOT/CODE`); `held` are the roles in force on the day of the act."""

    person: str
    name: str = ""
    held: tuple[Held, ...] = ()
    selves: frozenset[str] = field(init=False, repr=False, compare=False)
    """This person and everyone he stands for: a substitute and his principal count as one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "selves", frozenset({self.person, *(each.via for each in self.held if each.via)}))


@dataclass(frozen=True, slots=True)
class TallyFacts:
    """The counted result of one body's vote. Counts are whole people; `yes + no + blank + invalid`
    never exceeds those who took part (present + written). `chair_agrees` is None where it was not
    minuted. `recused` members neither voted nor are counted among the present."""

    members: int
    present: int
    yes: int
    no: int = 0
    blank: int = 0
    invalid: int = 0
    written: int = 0
    recused: int = 0
    chair_agrees: bool | None = None
    rank: int | None = None
    held_on: date | None = None
    minutes: str = ""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One piece of parallel work on a dossier."""

    task: str
    body: str
    opened_on: date
    due_on: date | None
    closed_on: date | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class AwardRecord:
    """One line of the award history of a nominee: what was given, of which kind, for which year."""

    award: str
    kind: str
    year: int
    decided_on: date | None = None
    achievement_to: date | None = None
    rating: str = ""


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """The award round a nomination belongs to. `cutoff` is the last day to submit for its flow."""

    code: str
    year: int
    is_open: bool = True
    opens_on: date | None = None
    cutoff: date | None = None


@dataclass(frozen=True, slots=True)
class AcrossFacts:
    """What other dossiers and the history say; None means not known, and a rule on it is unmet.

    `counts` hold round-wide numbers by name, this nomination included: what a cap is taken of
    (`cluster_leaders`, …) and what it limits (under the flow's award, `co_thi_dua_cp`; else
    `passed:T` who took transition T and `asked:T` who ask for it in this act).
    `same_achievement` and `duplicates` are codes of other nominations.
    """

    history: tuple[AwardRecord, ...] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    same_achievement: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NominationFacts:
    """One nomination as a rule sees it.

    `moments` are named local days (`complete`, `submitted`, `published`, …). `visits` counts how
    often each state was entered. `done_by` names, for each transition taken, every person (and
    principal) who took it. `documents` are codes on file for this line or its submission;
    `stale_documents` are those that must be renewed. `fields` is what earlier acts brought.
    `holds` are names of results not yet released. `subject_state` is the state of the decision
    line a revocation is about.
    """

    id: int
    code: str
    unit: str
    unit_kind: str
    nominee: str
    name: str
    state: str
    version: int
    entered_on: date
    round: RoundFacts
    person: str | None = None
    field_of_work: str = ""
    cluster: str = ""
    previous_state: str | None = None
    pinned: bool = False
    achievement_to: date | None = None
    moments: Mapping[str, date] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    done_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)
    tallies: Mapping[str, TallyFacts] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()
    tasks: tuple[TaskFacts, ...] = ()
    proof: str = "none"
    holds: frozenset[str] = frozenset()
    outcome: str | None = None
    archived: bool = False
    subject_state: str | None = None
    across: AcrossFacts = AcrossFacts()
