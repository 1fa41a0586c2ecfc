"""The shapes of what a flow demands and proves: documents, votes, rules across dossiers, scenarios."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from definitions import flow as f
from definitions.shapes import (
    Fraction,
    MailWords,
    Name,
    Nominee,
    Number,
    Plain,
    Strict,
    Table,
    Text,
    Words,
    exactly_one,
)


class Document(Table):
    title: Words
    per: Literal["nomination", "submission"]
    from_: Annotated[Name, Field(alias="from")]
    required: bool = True
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    nominee: Annotated[Nominee, Field(min_length=1)] | None = None


class Pass(Strict):
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    share: Fraction | None = None
    strict: bool

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        exactly_one(self, "pass_measure", ("percent", "share"))
        return self


class Rank(Strict):
    by: Literal["yes", "points"]
    top: Annotated[int, Field(ge=1, le=1_000)] = 1
    prefer_women: Fraction | None = None


class Vote(Table):
    body: Literal["council", "standing_members", "unit_council", "cluster"]
    base: Literal["all_members", "present", "cast"]
    pass_: Annotated[Pass, Field(alias="pass")]
    quorum: Fraction | None = None
    quorum_counts: Literal["taking_part", "present"] = "taking_part"
    ballot: Literal["secret", "open", "show_of_hands"] = "secret"
    written: bool = False
    chair_must_agree: bool = False
    tie: Literal["chair_decides", "fails"] = "fails"
    recusal: Literal["none", "stays_in_base", "leaves_base"] = "none"
    revotes: Annotated[int, Field(ge=0, le=10)] = 0
    rank: Rank | None = None
    legal: Text | None = None


class Criterion(Table):
    label: Words
    weight: Annotated[int, Field(ge=1, le=1_000)]
    max: Annotated[int, Field(ge=1, le=1_000)]


class Appraisal(Table):
    by: Annotated[list[Name], Field(min_length=1)]
    during: Annotated[list[Name], Field(min_length=1)]
    criteria: Annotated[dict[Name, Criterion], Field(min_length=1)]
    who: Literal["all", "field"] = "all"
    people: Annotated[int, Field(ge=1, le=50)] | None = None
    scale: Annotated[int, Field(ge=1, le=1_000)] = 100
    visible: Literal["never", "after_own", "always"] = "after_own"
    blind: bool = False
    to_council: bool = True
    legal: Text | None = None


class Need(Strict):
    award: Name | None = None
    rating: Name | None = None
    all: Annotated[list[Need], Field(min_length=1)] | None = None
    any: Annotated[list[Need], Field(min_length=1)] | None = None
    not_: Annotated[Need | None, Field(alias="not")] = None
    years: Annotated[int, Field(ge=1, le=100)] | None = None
    consecutive: bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        exactly_one(self, "need_kind", ("award", "rating", "all", "any", "not_"))
        return self


class Across(Table):
    rule: Literal["history", "once", "same_achievement", "ratio_cap", "waiting", "leads_cluster", "duplicate", "share"]
    effect: f.Effect
    at: Annotated[list[Name], Field(min_length=1)]
    label: Words | None = None
    needs: Need | None = None
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    of: Name | None = None
    rounding: Literal["floor", "ceil"] = "floor"
    years: Annotated[int, Field(ge=1, le=100)] | None = None
    award: Name | None = None
    legal: Text | None = None


class Past(Strict):
    award: Name | None = None
    kind: f.AwardKind | None = None
    year: Annotated[int, Field(ge=1945, le=2200)]
    rating: Name | None = None
    achievement_to: date | None = None
    decided_on: date | None = None


class Round(Strict):
    code: Text | None = None
    year: Annotated[int, Field(ge=1945, le=2200)] | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    open: bool | None = None


class Given(Strict):
    nominee: f.Nominee | None = None
    unit: Text | None = None
    unit_kind: f.UnitKind | None = None
    on: date | None = None
    person: Text | None = None
    name: Text | None = None
    achievement_to: date | None = None
    cluster: Text | None = None
    field: Text | None = None
    round: Round | None = None
    history: list[Past] | None = None
    counts: dict[Text, Number] | None = None
    shares: dict[Text, Annotated[list[Number], Field(min_length=2, max_length=2)]] | None = None
    same_achievement: list[Text] | None = None
    duplicates: list[Text] | None = None
    documents: list[Name] | None = None
    subject_state: Name | None = None


class Step(Strict):
    do: Name | None = None
    attach: list[Name] | None = None
    wait: date | None = None
    expect: Name | None = None
    fact: dict[Name, Plain] | None = None
    by: Name | None = None
    as_: Annotated[Text | None, Field(alias="as")] = None
    on: date | None = None
    with_: Annotated[dict[Name, Plain] | None, Field(alias="with")] = None
    override: dict[Name, Text] | None = None
    refused: list[Name] | None = None
    mails: list[MailWords] | None = None
    state: Name | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        exactly_one(self, "step_verb", ("do", "attach", "wait", "expect", "fact"))
        if self.do is not None and self.by is None:
            raise PydanticCustomError("step_by", "do needs by")
        return self


class Scenario(Strict):
    title: Text
    given: Given = Given()
    step: Annotated[list[Step], Field(min_length=1)]
