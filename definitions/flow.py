"""What a flow is: frozen values, complete and already checked in form.

Nothing here reads a file, knows a clock or a person's name. `definitions.parsing` makes these
values out of a text, `definitions.checking` proves what can be proved about them, and
`workflow.domain` runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Language = Literal["vi", "en"]
SpanUnit = Literal["working_days", "calendar_days", "months", "years"]
Level = Literal["unit", "ministry", "prime_minister", "president"]
AwardKind = Literal["merit", "ad_hoc", "thematic", "service", "foreign", "revocation"]
Nominee = Literal["individual", "collective"]
UnitKind = Literal["vu", "cuc", "vp", "tt", "dvsn", "dn", "so", "other"]
Final = Literal["positive", "negative", "neutral"]
Clock = Literal["runs", "stopped", "restarts"]
Effect = Literal["block", "warn", "hint"]
FieldType = Literal["text", "date", "integer", "flag", "choice", "list", "decision", "tally", "flow", "unit"]
RequirementKind = Literal[
    "documents",
    "vote_passed",
    "quorum",
    "round",
    "flag",
    "field",
    "tasks_done",
    "task_lasted",
    "proof",
    "recent",
    "moment",
    "subject",
    "rule",
    "all",
    "any",
    "not",
]


@dataclass(frozen=True, slots=True)
class Words:
    """The same thing said to a Vietnamese and to an English reader."""

    vi: str
    en: str

    def in_(self, language: Language) -> str:
        return self.en if language == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in the unit the law names it in. `amount` is never negative."""

    amount: int
    unit: SpanUnit


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must hold before a transition: data, a closed set, nothing to evaluate.

    `names` are the arguments (document codes, a vote's body, a flag, a field and its value, a
    moment, tasks, a named rule); `span` bounds an age for `recent`; `children` are those of
    `all`, `any` and `not`. `label` is what a person reads when it is not met; without one the
    message catalogue has a sentence for the kind.
    """

    kind: RequirementKind
    names: tuple[str, ...] = ()
    span: Span | None = None
    children: tuple[Requirement, ...] = ()
    label: Words | None = None

    def walk(self) -> Iterator[Requirement]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Ladder:
    """When an open deadline reminds: working days before the due day, on it, and every so many after."""

    before: tuple[int, ...] = ()
    on_day: bool = False
    after_every: int | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """From `after` working days past the due day these roles are reminded too. Nothing is decided."""

    after: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearDay:
    """A fixed day, for example 30 June. `year` counts from the year of the start moment: 0 the same
    year (or the next one, when that day has passed), 1 the year after."""

    month: int
    day: int
    year: int = 0


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A limit that reminds. Exactly one of `within`, `on` and `fixed` is set.

    `name` is `state.<id>` for the deadline of a state, `task.<id>` for that of a task, else the
    name of a deadline that spans states. `start` is `entered`, or the name of a moment; a
    spanning deadline opens when that moment is marked and closes at `until` (transition ids or
    `state.<id>`). `on` is `round.cutoff`, `act.<field>` (a date the act brings) or `fact.<name>`.
    """

    name: str
    start: str = "entered"
    within: Span | None = None
    on: str | None = None
    fixed: YearDay | None = None
    until: tuple[str, ...] = ()
    stops_in: tuple[str, ...] = ()
    remind: Ladder = Ladder()
    escalate: Escalation | None = None
    to: tuple[str, ...] = ()
    roll: Literal["next", "previous", "strict"] = "next"
    legal: str = ""
    label: Words | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Where a nomination can stand.

    `label` is read at the desk, `unit` by the nominating unit. `owner` is the role whose turn it
    is. `neutral` states never show a unit more than `unit`'s words (the council sits).
    """

    id: str
    label: Words
    unit: Words
    owner: str | None = None
    clock: Clock = "runs"
    final: Final | None = None
    outcome: str | None = None
    deadline: DeadlineRule | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing an act must or may bring.

    `per` = `act` (one value for all its nominations) or `line` (one for each). `required` is
    `always`, `never`, or the name of a condition: `after:round.cutoff`. `usual` is how long after the day of the act a
    date mostly is: a form offers it, whoever acts may change it.
    """

    name: str
    type: FieldType
    required: str = "always"
    per: Literal["act", "line"] = "act"
    min: int | None = None
    max: int | None = None
    choices: tuple[str, ...] = ()
    label: Words | None = None
    usual: Span | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """On the transition (or branch): tell these recipients with that mail."""

    to: tuple[str, ...]
    send: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a transition can go; tried in order, the last of several has no requirement."""

    to: str
    require: tuple[Requirement, ...] = ()
    mail: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A named step a person takes.

    `sources` are states, already expanded from `open`. Each branch's `to` is a state, `same` or
    `previous`. `marks` name moments: the day of the act, or the latest of the dates it brings that
    `marks_on` names. `raises`/`lowers` flags. `hold` keeps the mails and the unit's view back under
    that name until an act that `releases` it. `vote` says which body's tally the act records;
    `voids` which bodies' votes it wipes. `effect` is one of the engine's own acts. `task` ties an
    opening or closing act to its task.
    """

    id: str
    label: Words
    sources: tuple[str, ...]
    branches: tuple[Branch, ...]
    by: tuple[str, ...]
    not_by: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    require: tuple[Requirement, ...] = ()
    mail: tuple[Notice, ...] = ()
    marks: tuple[str, ...] = ()
    marks_on: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    lowers: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()
    vote: str | None = None
    hold: str | None = None
    releases: tuple[str, ...] = ()
    exceptional: bool = False
    effect: (
        Literal["archive", "change_award", "correct", "revoke_subject", "extend", "confirm_proof", "send_proof"] | None
    ) = None
    task: tuple[str, Literal["open", "close"]] | None = None
    legal: str = ""

    def requirements(self) -> Iterator[Requirement]:
        """Every requirement in the transition and its branches, nested ones included."""
        for requirement in self.require:
            yield from requirement.walk()
        for branch in self.branches:
            for requirement in branch.require:
                yield from requirement.walk()


@dataclass(frozen=True, slots=True)
class Task:
    """Work that runs beside the state. `within` is its due time, `lasts` the least time it must run.

    `silence` tells whether a body that does not answer in time blocks `tasks_done`.
    """

    id: str
    label: Words
    during: tuple[str, ...]
    by: tuple[str, ...]
    within: Span | None = None
    lasts: Span | None = None
    silence: Literal["blocks", "does_not_block"] = "blocks"
    required: bool = False
    per_body: bool = False
    deadline: DeadlineRule | None = None
    mail: tuple[Notice, ...] = ()
    legal: str = ""


@dataclass(frozen=True, slots=True)
class VoteRule:
    """How a body's ballots become a result. Integers only; see `workflow.domain.votes`.

    `ratio` is the share of `base` that must say yes, or more than it when `strict`: `percent`, or `share` as
    (numerator, denominator) where hundredths cannot say it (two thirds). `quorum` is a fraction of all members, written
    alike; `quorum_counts` says whether answers in writing help to reach it.

    `rank_by`: those who pass are put in an order too, by their yes votes or by the points of their appraisal, and the
    `top` first of them are chosen. A tie there follows `tie`. `prefer_women` is the share of women from which a
    collective is named as to be preferred among equals; it decides nothing.
    """

    name: str
    body: Literal["council", "standing_members", "unit_council", "cluster"]
    base: Literal["all_members", "present", "cast"]
    percent: int
    strict: bool
    share: tuple[int, int] | None = None
    quorum: tuple[int, int] | None = None
    quorum_counts: Literal["taking_part", "present"] = "taking_part"
    ballot: Literal["secret", "open", "show_of_hands"] = "secret"
    written: bool = False
    chair_must_agree: bool = False
    tie: Literal["chair_decides", "fails"] = "fails"
    recusal: Literal["none", "stays_in_base", "leaves_base"] = "none"
    revotes: int = 0
    rank_by: Literal["yes", "points"] | None = None
    top: int = 1
    prefer_women: tuple[int, int] | None = None
    legal: str = ""

    @property
    def ratio(self) -> tuple[int, int]:
        return self.share or (self.percent, 100)

    @property
    def can_tie(self) -> bool:
        """Whether exactly half can be a tie of yes and no: only where more than half is asked for."""
        numerator, denominator = self.ratio
        return self.strict and numerator * 2 == denominator


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is scored, from nought to `max`. Its share of the whole is `weight` among all weights."""

    id: str
    label: Words
    weight: int
    max: int


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Scores that specialists give before the table; see `workflow.domain.scoring`. They decide nothing.

    Who holds one of the roles `by` may be asked; where `who` is `field`, only holders of the dossier's own field of
    work. `people` is how many the rule asks, None for all who may be. `scale` is what full points of every criterion
    come to. `visible`: when an appraiser sees what the others gave. `blind`: the page on which he scores names neither
    the nominee nor the unit. `to_council`: whether what the cards come to is laid before those who vote.
    """

    by: tuple[str, ...]
    during: tuple[str, ...]
    criteria: Mapping[str, Criterion]
    who: Literal["all", "field"] = "all"
    people: int | None = None
    scale: int = 100
    visible: Literal["never", "after_own", "always"] = "after_own"
    blind: bool = False
    to_council: bool = True
    legal: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One line of the checklist."""

    code: str
    title: Words
    per: Literal["nomination", "submission"]
    source: str
    required: bool = True
    copies: int = 1
    nominee: tuple[Nominee, ...] = ("individual", "collective")


@dataclass(frozen=True, slots=True)
class Need:
    """What the award history must hold: a title or a rating in so many years, in a row or not."""

    kind: Literal["award", "rating", "all", "any", "not"]
    name: str = ""
    years: int = 1
    consecutive: bool = False
    children: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Across:
    """A rule that looks at other dossiers and at the award history, asked at the transitions `at`."""

    id: str
    rule: Literal["history", "once", "same_achievement", "ratio_cap", "waiting", "leads_cluster", "duplicate", "share"]
    effect: Effect
    at: tuple[str, ...]
    label: Words | None = None
    need: Need | None = None
    percent: int | None = None
    of: str = ""
    rounding: Literal["floor", "ceil"] = "floor"
    years: int | None = None
    award: str = ""
    legal: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One sentence of a story. `verb` says which of the other fields count.

    do: an act, `by` a role (`as_` names the person when two roles are one), with `fields`,
    `overrides`; expects `refused` reason codes, `mails` (template, recipient), `state`.
    attach: documents arrive. wait: the clock goes on to `on`; expects `mails`.
    expect: the state at the end. fact: the round, history or tally changes from outside.
    """

    verb: Literal["do", "attach", "wait", "expect", "fact"]
    line: int = field(default=0, compare=False)
    name: str = ""
    by: str = ""
    as_: str = ""
    on: date | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] | None = None
    mails: tuple[tuple[str, str], ...] | None = None
    state: str | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story that proves a flow. `file` and `line` say where it was written: a part's run in every flow."""

    title: str
    given: Mapping[str, object]
    steps: tuple[ScenarioStep, ...]
    line: int = field(default=0, compare=False)
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole award flow, resolved: everything an engine needs to run it, and its own proof."""

    id: str
    title: Words
    award: str
    kind: AwardKind
    level: Level
    signer: str
    nominee: tuple[Nominee, ...]
    version: str
    valid_from: date
    valid_until: date | None
    legal: tuple[str, ...]
    from_units: tuple[str, ...]
    aliases: tuple[str, ...]
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    documents: Mapping[str, Document]
    votes: Mapping[str, VoteRule]
    tasks: Mapping[str, Task]
    deadlines: Mapping[str, DeadlineRule]
    across: tuple[Across, ...]
    scenarios: tuple[Scenario, ...]
    notes: str = ""
    retention: str = ""
    subject: Literal["nominee", "decision_line"] = "nominee"
    appraisal: Appraisal | None = None

    def leaving(self, state: str) -> Iterator[Transition]:
        """Every transition that can start in `state`, in the order of the file."""
        return (each for each in self.transitions.values() if state in each.sources)
