"""The authoring shape of a flow file as strict models, and the JSON Schema that editors read.

Form only: types, keys, closed words, ranges. What names mean together is for `checking`;
turning a well-formed mapping into values is for `parsing`.

Run as `python -m definitions.schema` to write `flow.schema.json` anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from definitions import flow as f
from definitions.problems import Path as Key

# A tag that pydantic puts into an error's path; no key of a file can start so.
TAG = "·"

_LARGEST_NUMBER = 1_000_000_000


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty_text", "empty")
    return text


def _plain(value: Any) -> Any:
    """What a scenario may hold: texts, whole numbers, flags, dates, and lists and tables of them."""
    too_large = type(value) is int and abs(value) > _LARGEST_NUMBER
    if too_large or type(value) not in (str, int, bool, date, list, dict):
        raise PydanticCustomError("plain_value", "plain")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(each)
    return value


@dataclass(frozen=True, slots=True)
class Worded:
    """A text of this pattern; another one is refused with our code rather than with a regular expression."""

    code: str
    pattern: str
    longest: int = 60

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(self, inner: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{self.pattern}$", "maxLength": self.longest}

    def checked(self, text: str) -> str:
        if len(text) > self.longest or not re.fullmatch(self.pattern, text):
            raise PydanticCustomError(self.code, "malformed")
        return text


_ID = r"[a-z][a-z0-9_]*"
Name = Annotated[str, Worded("bad_name", _ID)]
Measure = Annotated[str, Worded("bad_measure", rf"(round\.cutoff|(act|fact)\.{_ID})", 80)]
Goal = Annotated[str, Worded("bad_goal", rf"(state\.)?{_ID}", 80)]
Version = Annotated[str, Worded("bad_version", r"[A-Za-z0-9][A-Za-z0-9._-]*", 40)]
Fraction = Annotated[str, Worded("bad_fraction", r"[0-9]{1,3}/[0-9]{1,3}")]
MailWords = Annotated[str, Worded("bad_mail", r" *[a-z_]+ *(→|->) *[a-z_]+ *", 130)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_said)]
Number = Annotated[int, Field(ge=0, le=10_000)]
Plain = Annotated[Any, AfterValidator(_plain)]
Nominee = list[f.Nominee]


def _shape(value: Any) -> str:
    return TAG + ("many" if isinstance(value, list) else "one")


OneOrMany = Annotated[
    Annotated[Name, Tag(f"{TAG}one")] | Annotated[list[Name], Tag(f"{TAG}many")], Discriminator(_shape)
]


def _exactly_one(model: BaseModel, code: str, keys: tuple[str, ...]) -> None:
    if len(model.model_fields_set & set(keys)) != 1:
        raise PydanticCustomError(code, "exactly one", {"known": ", ".join(key.rstrip("_") for key in keys)})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Table(Strict):
    """A table that a part may begin and a flow complete: an editor must not ask for the whole of it."""


class Words(Strict):
    vi: Text
    en: Text


class Span(Strict):
    working_days: Number | None = None
    calendar_days: Number | None = None
    months: Number | None = None
    years: Annotated[int, Field(ge=0, le=100)] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        _exactly_one(self, "span_unit", ("working_days", "calendar_days", "months", "years"))
        return self


class Valid(Strict):
    from_: Annotated[date, Field(alias="from")]
    until: date | None = None


class Fixed(Strict):
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    year: Annotated[int, Field(ge=0, le=1)] = 0


class Remind(Strict):
    before: list[Number] = []
    on_day: bool = False
    after_every: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Escalate(Strict):
    after: Number
    to: list[Name]


class Notice(Strict):
    to: list[Name]
    send: Name


class Requirement(Strict):
    documents: (
        Annotated[
            Annotated[Literal["all", "submission", "nomination"], Tag(f"{TAG}one")]
            | Annotated[list[Name], Tag(f"{TAG}many")],
            Discriminator(_shape),
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
            Discriminator(_shape),
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
        _exactly_one(self, "requirement_kind", kinds)
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
        _exactly_one(self, "deadline_measure", ("within", "on", "fixed"))
        return self


class StateDeadline(Deadline):
    from_: Annotated[Name | None, Field(alias="from")] = None


class SpanningDeadline(Deadline):
    from_: Annotated[Name, Field(alias="from")]
    until: Annotated[
        Annotated[Goal, Tag(f"{TAG}one")] | Annotated[list[Goal], Field(min_length=1), Tag(f"{TAG}many")],
        Discriminator(_shape),
    ]
    stops_in: list[Name] = []


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
    mail: list[Notice] = []
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
    min: Annotated[int, Field(ge=-_LARGEST_NUMBER, le=_LARGEST_NUMBER)] | None = None
    max: Annotated[int, Field(ge=-_LARGEST_NUMBER, le=_LARGEST_NUMBER)] | None = None
    choices: Annotated[list[Text], Field(min_length=1)] | None = None
    label: Words | None = None


Brought = Annotated[
    Annotated[f.FieldType, Tag(f"{TAG}one")] | Annotated[FieldTable, Tag(f"{TAG}table")],
    Discriminator(lambda value: TAG + ("table" if isinstance(value, dict) else "one")),
]


class Branch(Strict):
    to: Name
    require: list[Requirement] = []
    mail: list[Notice] = []


class Transition(Table):
    label: Words
    from_: Annotated[
        Annotated[Literal["open"], Tag(f"{TAG}one")] | Annotated[list[Name], Field(min_length=1), Tag(f"{TAG}many")],
        Discriminator(_shape),
        Field(alias="from"),
    ]
    except_: Annotated[list[Name] | None, Field(alias="except")] = None
    to: Name | None = None
    branch: Annotated[list[Branch], Field(min_length=1)] | None = None
    by: list[Name]
    not_by: list[Name] = []
    with_: Annotated[dict[Name, Brought], Field(alias="with")] = {}
    require: list[Requirement] = []
    mail: list[Notice] = []
    marks: OneOrMany | None = None
    raises: list[Name] = []
    lowers: list[Name] = []
    vote: Name | None = None
    voids: list[Name] = []
    hold: Name | None = None
    releases: list[Name] = []
    exceptional: bool = False
    effect: (
        Literal["archive", "change_award", "correct", "revoke_subject", "extend", "send_proof", "confirm_proof"] | None
    ) = None
    legal: Text | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        _exactly_one(self, "transition_target", ("to", "branch"))
        return self


class Document(Table):
    title: Words
    per: Literal["nomination", "submission"]
    from_: Annotated[Name, Field(alias="from")]
    required: bool = True
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    nominee: Annotated[Nominee, Field(min_length=1)] = ["individual", "collective"]


class Pass(Strict):
    percent: Annotated[int, Field(ge=0, le=100)]
    strict: bool


class Vote(Table):
    body: Literal["council", "standing_members", "unit_council", "cluster"]
    base: Literal["all_members", "present", "cast"]
    pass_: Annotated[Pass, Field(alias="pass")]
    quorum: Fraction | None = None
    ballot: Literal["secret", "open", "show_of_hands"] = "secret"
    written: bool = False
    chair_must_agree: bool = False
    tie: Literal["chair_decides", "fails"] = "fails"
    recusal: Literal["none", "stays_in_base", "leaves_base"] = "none"
    revotes: Annotated[int, Field(ge=0, le=10)] = 0
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
        _exactly_one(self, "need_kind", ("award", "rating", "all", "any", "not_"))
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
    with_: Annotated[dict[Name, Plain], Field(alias="with")] = {}
    override: dict[Name, Text] = {}
    refused: list[Name] | None = None
    mails: list[MailWords] | None = None
    state: Name | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        _exactly_one(self, "step_verb", ("do", "attach", "wait", "expect", "fact"))
        if self.do is not None and self.by is None:
            raise PydanticCustomError("step_by", "do needs by")
        return self


class Scenario(Strict):
    title: Text
    given: Given = Given()
    step: Annotated[list[Step], Field(min_length=1)]


class FlowFile(Table):
    """One flow, or one part that flows extend."""

    id: Name
    abstract: bool = False
    extends: list[Name] = []
    drop: list[Text] = []
    title: Words
    notes: Text | None = None
    award: Name
    kind: f.AwardKind
    level: f.Level
    signer: Name
    nominee: Annotated[Nominee, Field(min_length=1)]
    version: Version
    valid: Valid
    legal: list[Text] = []
    from_units: list[f.UnitKind]
    aliases: list[Text] = []
    initial: Name
    retention: Text | None = None
    subject: Literal["nominee", "decision_line"] = "nominee"
    state: dict[Name, State]
    transition: dict[Name, Transition]
    deadline: dict[Name, SpanningDeadline] = {}
    task: dict[Name, Task] = {}
    documents: dict[Name, Document] = {}
    vote: dict[Literal["unit", "cluster", "ministry"], Vote] = {}
    across: dict[Name, Across] = {}
    scenario: list[Scenario] = []


SCHEMA_FILE = Path(__file__).with_name("flow.schema.json")


@cache
def json_schema() -> dict[str, Any]:
    """What an editor needs to know while somebody types.

    Tables that a part may begin ask for nothing in it: whether a flow is whole shows only when
    its parts are laid together.
    """
    schema = FlowFile.model_json_schema()
    begun = {table.__name__ for table in _subclasses(Table)}
    for name, node in {FlowFile.__name__: schema, **schema["$defs"]}.items():
        if name in begun:
            node["required"] = ["id"] if name == FlowFile.__name__ else []
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_without_null(schema)}


def keys_at(path: Key) -> frozenset[str]:
    """The keys that a table at this path may have, as far as they are fixed."""
    nodes = list(_choices(json_schema()))
    for name in path:
        nodes = [choice for node in nodes for child in _children(node, name) for choice in _choices(child)]
    return frozenset(key for node in nodes for key in node.get("properties", ()))


def _children(node: Mapping[str, Any], name: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(name, int):
        yield from (node["items"],) if "items" in node else ()
    elif name in node.get("properties", {}):
        yield node["properties"][name]
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def _choices(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _choices(json_schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    for each in (*node.get("oneOf", ()), *node.get("anyOf", ())):
        yield from _choices(each)
    yield node


def _subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for each in model.__subclasses__():
        yield from _subclasses(each)


def _without_null(node: Any) -> Any:
    """TOML has no null: a key that is not there is not written."""
    if isinstance(node, list):
        return [_without_null(each) for each in node if each != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    made = {key: _without_null(value) for key, value in node.items() if not (key == "default" and value is None)}
    if len(made.get("anyOf", ())) == 1:
        (only,) = made.pop("anyOf")
        made = {**only, **made}
    return made


def schema_text() -> str:
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
