"""What programs send and get, as strict models: unknown fields are refused, and the description is made of these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(min_length=1, max_length=60, examples=["BKB-2026-00001-3"])]
Day = Annotated[date, Field(examples=["2026-12-02"])]
Text = Annotated[str, Field(max_length=4000)]


class Asked(BaseModel):
    """Anything a program sends."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """Anything a program gets."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Asked):
    """Nothing is asked."""


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────


class RoleTold(Told):
    role: str
    label: str
    scope_kind: str
    scope: str


class Me(Told):
    """Whose key this is, and what it may do."""

    person: str
    name: str
    scopes: list[str]
    roles: list[RoleTold]
    units: list[str]


# ── the house ────────────────────────────────────────────────────────────────────────────────────


class StateTold(Told):
    id: str
    label: str
    final: str | None
    owner: str | None


class FieldTold(Told):
    """What an act brings: `per` act or line, `required` always, never, or on a condition."""

    name: str
    type: str
    label: str
    per: str
    required: str
    choices: list[str]


class TransitionTold(Told):
    id: str
    label: str
    sources: list[str]
    by: list[str]
    fields: list[FieldTold]


class FlowTold(Told):
    """One flow in force, in the words of whoever asks; units get no inner states and no acts of others."""

    id: str
    title: str
    award: str
    kind: str
    level: str
    version: str
    number: int
    valid_from: date
    valid_until: date | None
    states: list[StateTold]
    transitions: list[TransitionTold]


class FlowsTold(Told):
    flows: list[FlowTold]


class RoundTold(Told):
    code: str
    title: str
    year: int
    opens_on: date
    closes_on: date
    closed: bool
    flows: list[str]
    cutoffs: dict[str, str]


class RoundsTold(Told):
    rounds: list[RoundTold]


# ── dossiers ─────────────────────────────────────────────────────────────────────────────────────


class NominationQuery(Asked):
    """Every given condition holds. `after` continues a list where the last answer ended."""

    unit: Annotated[str, Field(max_length=20)] = ""
    round: Annotated[str, Field(max_length=40)] = ""
    award: Annotated[str, Field(max_length=60)] = ""
    flow: Annotated[str, Field(max_length=60)] = ""
    state: Annotated[str, Field(max_length=60)] = ""
    outcome: Annotated[str, Field(max_length=30)] = ""
    text: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class NominationHead(Told):
    """A dossier in a list. `state` is what whoever asks may know of it; since when, a list tells the desk alone."""

    code: str
    name: str
    nominee: str
    unit: str
    round: str
    flow: str
    award: str
    kind: str
    state: str
    state_label: str
    entered_on: date | None
    outcome: str | None
    version: int | None


class NominationsTold(Told):
    nominations: list[NominationHead]
    next_after: int | None


class DeadlineTold(Told):
    """An open limit. To a unit: those that it owes."""

    name: str
    label: str
    opened_on: date
    due_on: date | None
    stopped_on: date | None
    legal: str


class DocumentTold(Told):
    code: str
    number: int
    file_name: str
    media_type: str
    size: int
    added_at: datetime


class NominationTold(NominationHead):
    position: str
    workplace: str
    achievement: str
    whose_turn: str | None
    complete_on: date | None
    decision: str | None
    deadlines: list[DeadlineTold]
    documents: list[DocumentTold]


class ReasonTold(Told):
    """One thing that stands in the way, in words, and who can mend it. `override`: a warning that a reason passes."""

    code: str
    message: str
    menders: list[str]
    from_on: date | None
    override: str | None


class OptionTold(Told):
    transition: str
    label: str
    possible: bool
    fields: list[FieldTold]
    reasons: list[ReasonTold]


class WhyTold(Told):
    """Every act of the flow: possible, or with all that stands in its way. Of others' acts a unit learns the name."""

    code: str
    state: str
    version: int | None
    transitions: list[OptionTold]


class EventTold(Told):
    """One thing that happened. Where a unit may only know that what it is shown changed, no act is named."""

    transition: str | None
    label: str | None
    state: str | None
    occurred_on: date
    recorded_at: datetime
    actor: str
    on_behalf_of: str


class HistoryTold(Told):
    code: str
    events: list[EventTold]


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────


class LineAsked(Asked):
    """One dossier of an act, at the version that was seen. `fields` are its own."""

    code: Code
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    fields: dict[Annotated[str, Field(max_length=60)], Any] = Field(default_factory=dict)


class ActAsked(Asked):
    """One transition on one or many dossiers. `key` makes it one act however often it is sent."""

    key: Annotated[str, Field(min_length=8, max_length=80)]
    transition: Annotated[str, Field(min_length=1, max_length=60)]
    nominations: Annotated[list[LineAsked], Field(min_length=1, max_length=5000)]
    fields: dict[Annotated[str, Field(max_length=60)], Any] = Field(default_factory=dict)
    overrides: dict[Annotated[str, Field(max_length=60)], Text] = Field(default_factory=dict)
    occurred_on: Day | None = None
    backdating_reason: Text = ""
    all_or_nothing: bool = False
    confirmed: bool = False


class LineTold(Told):
    code: str
    done: bool
    state: str
    version: int | None
    reasons: list[ReasonTold]


class MailTold(Told):
    name: str
    template: str
    lines: int
    held: bool


class ActTold(Told):
    """What became (or would become) of each dossier. `act` is null where nothing was written."""

    act: int | None
    transition: str
    done: int
    refused: int
    replayed: bool
    deadlines_opened: int
    mails: list[MailTold]
    nominations: list[LineTold]


# ── lists of units ───────────────────────────────────────────────────────────────────────────────


class ImportQuery(Asked):
    """Beside a workbook in the body. `write` false only looks. Good lines become drafts; bad rows are reported."""

    unit: Annotated[str, Field(min_length=1, max_length=20)]
    round: Annotated[str, Field(min_length=1, max_length=40)]
    file_name: Annotated[str, Field(max_length=200)] = "list.xlsx"
    letter_number: Annotated[str, Field(max_length=80)] = ""
    letter_on: Day | None = None
    write: bool = False


class RowTold(Told):
    row: int
    message: str


class ImportTold(Told):
    submission: int | None
    letter_number: str
    good: int
    new: int
    same: int
    mended: int
    codes: list[str]
    faults: list[RowTold]


class SubmissionTold(Told):
    id: int
    unit: str
    round: str
    letter_number: str
    letter_on: date | None
    lines: int
    created_at: datetime


class SubmissionsTold(Told):
    submissions: list[SubmissionTold]


class SubmissionsQuery(Asked):
    round: Annotated[str, Field(max_length=40)] = ""


# ── what happened ────────────────────────────────────────────────────────────────────────────────


class EventsQuery(Asked):
    """`after` is the `next` of the last answer; 0 begins at the beginning."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 100


class HappenedTold(Told):
    entry: int
    act: int
    code: str
    unit: str
    flow: str
    version: int
    transition: str
    from_state: str
    to_state: str
    occurred_on: date
    recorded_at: datetime


class EventsTold(Told):
    events: list[HappenedTold]
    next: int
    more: bool


class ErrorDetail(Told):
    at: str = ""
    message: str


class ErrorBody(Told):
    status: Literal[400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503]
    message: str
    details: list[ErrorDetail]


class ErrorTold(Told):
    """Nothing was changed."""

    error: ErrorBody
