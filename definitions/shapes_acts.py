"""The shapes of what happens in a flow: states, deadlines, tasks, transitions, fields, requirements."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from definitions import flow as f
from definitions.shapes import (
    LARGEST_NUMBER,
    TAG,
    Escalate,
    Fixed,
    Goal,
    Measure,
    Name,
    Notice,
    OneOrMany,
    Remind,
    Span,
    Strict,
    Table,
    Text,
    Words,
    exactly_one,
    shape_of,
)


class Requirement(Strict):
    documents: (
        Annotated[
            Annotated[Literal["all", "submission", "nomination"], Tag(f"{TAG}one")]
            | Annotated[list[Name], Tag(f"{TAG}many")],
            Discriminator(shape_of),
        ]
        | None
    ) = None
    vote_passed: Name | None = None
    quorum: Name | None = None
    round: Literal["open"] | None = None
    flag: Name | None = None
    field: Name | None = None
    tasks_done: (
        Annotated[
            Annotated[Literal[True], Tag(f"{TAG}one")] | Annotated[list[Name], Tag(f"{TAG}many")],
            Discriminator(shape_of),
        ]
        | None
    ) = None
    task_lasted: Name | None = None
    proof: Literal["confirmed"] | None = None
    recent: Name | None = None
    moment: Name | None = None
    subject: Literal["decided"] | None = None
    rule: Name | None = None
    all: Annotated[list[Requirement], Field(min_length=1)] | None = None
    any: Annotated[list[Requirement], Field(min_length=1)] | None = None
    not_: Annotated[Requirement | None, Field(alias="not")] = None
    is_: Annotated[Text | None, Field(alias="is")] = None
    within: Span | None = None
    label: Words | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = tuple(name for name in type(self).model_fields if name not in ("is_", "within", "label"))
        exactly_one(self, "requirement_kind", kinds)
        if (self.recent is None) != (self.within is None):
            raise PydanticCustomError("recent_within", "recent and within belong together")
        if self.is_ is not None and self.field is None:
            raise PydanticCustomError("is_without_field", "is belongs to field")
        return self


class Deadline(Table):
    within: Span | None = None
    on: Measure | None = None
    fixed: Fixed | None = None
    remind: Remind | None = None
    escalate: Escalate | None = None
    to: list[Name] | None = None
    roll: Literal["next", "previous", "strict"] = "next"
    legal: Text | None = None
    label: Words | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        exactly_one(self, "deadline_measure", ("within", "on", "fixed"))
        return self


class StateDeadline(Deadline):
    from_: Annotated[Name | None, Field(alias="from")] = None


class SpanningDeadline(Deadline):
    from_: Annotated[Name, Field(alias="from")]
    until: Annotated[
        Annotated[Goal, Tag(f"{TAG}one")] | Annotated[list[Goal], Field(min_length=1), Tag(f"{TAG}many")],
        Discriminator(shape_of),
    ]
    stops_in: list[Name] | None = None


class State(Table):
    label: Words
    unit: Words | None = None
    owner: Name | None = None
    clock: f.Clock = "runs"
    final: f.Final | None = None
    outcome: Name | None = None
    deadline: StateDeadline | None = None


class Task(Table):
    label: Words
    during: Annotated[list[Name], Field(min_length=1)]
    by: Annotated[list[Name], Field(min_length=1)]
    within: Span | None = None
    lasts: Span | None = None
    silence: Literal["blocks", "does_not_block"] = "blocks"
    required: bool = False
    per_body: bool = False
    remind: Remind | None = None
    escalate: Escalate | None = None
    to: list[Name] | None = None
    mail: list[Notice] | None = None
    legal: Text | None = None


class After(Strict):
    after: Literal["round.cutoff"]


class FieldTable(Strict):
    type: f.FieldType
    required: Annotated[
        Annotated[bool, Tag(f"{TAG}one")] | Annotated[After, Tag(f"{TAG}table")],
        Discriminator(lambda value: TAG + ("table" if isinstance(value, dict) else "one")),
    ] = True
    per: Literal["act", "line"] = "act"
    min: Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)] | None = None
    max: Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)] | None = None
    choices: Annotated[list[Text], Field(min_length=1)] | None = None
    label: Words | None = None
    usual: Span | None = None


Brought = Annotated[
    Annotated[f.FieldType, Tag(f"{TAG}one")] | Annotated[FieldTable, Tag(f"{TAG}table")],
    Discriminator(lambda value: TAG + ("table" if isinstance(value, dict) else "one")),
]


class Branch(Strict):
    to: Name
    require: list[Requirement] | None = None
    mail: list[Notice] | None = None


class Transition(Table):
    label: Words
    from_: Annotated[
        Annotated[Literal["open"], Tag(f"{TAG}one")] | Annotated[list[Name], Field(min_length=1), Tag(f"{TAG}many")],
        Discriminator(shape_of),
        Field(alias="from"),
    ]
    except_: Annotated[list[Name] | None, Field(alias="except")] = None
    to: Name | None = None
    branch: Annotated[list[Branch], Field(min_length=1)] | None = None
    by: list[Name]
    not_by: list[Name] | None = None
    with_: Annotated[dict[Name, Brought] | None, Field(alias="with")] = None
    require: list[Requirement] | None = None
    mail: list[Notice] | None = None
    marks: OneOrMany | None = None
    marks_on: OneOrMany | None = None
    raises: list[Name] | None = None
    lowers: list[Name] | None = None
    vote: Name | None = None
    voids: list[Name] | None = None
    hold: Name | None = None
    releases: list[Name] | None = None
    exceptional: bool = False
    effect: (
        Literal["archive", "change_award", "correct", "revoke_subject", "extend", "send_proof", "confirm_proof"] | None
    ) = None
    legal: Text | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        exactly_one(self, "transition_target", ("to", "branch"))
        return self
