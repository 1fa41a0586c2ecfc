"""The small shapes of the flow language: names, texts, numbers, spans, notices, and how a model is strict.

Form only, in pydantic's terms. The tables made of them are in `shapes_acts` and `shapes_rules`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

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
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from definitions import flow as f

# A tag that pydantic puts into an error's path; no key of a file can start so.
TAG = "·"

LARGEST_NUMBER = 1_000_000_000


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty_text", "empty")
    return text


def _plain(value: Any) -> Any:
    """What a scenario may hold: texts, whole numbers, flags, dates, and lists and tables of them."""
    too_large = type(value) is int and abs(value) > LARGEST_NUMBER
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
_ANY_PLAIN = {
    "anyOf": [
        {"type": "string"},
        {"type": "string", "format": "date"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "array"},
        {"type": "object", "additionalProperties": True},
    ]
}
Plain = Annotated[Any, AfterValidator(_plain), WithJsonSchema(_ANY_PLAIN)]
Nominee = list[f.Nominee]


def shape_of(value: Any) -> str:
    return TAG + ("many" if isinstance(value, list) else "one")


OneOrMany = Annotated[
    Annotated[Name, Tag(f"{TAG}one")] | Annotated[list[Name], Tag(f"{TAG}many")], Discriminator(shape_of)
]


def exactly_one(model: BaseModel, code: str, keys: tuple[str, ...]) -> None:
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
        exactly_one(self, "span_unit", ("working_days", "calendar_days", "months", "years"))
        return self


class Valid(Strict):
    from_: Annotated[date, Field(alias="from")]
    until: date | None = None


class Fixed(Strict):
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    year: Annotated[int, Field(ge=0, le=1)] = 0


class Remind(Strict):
    before: list[Number] | None = None
    on_day: bool = False
    after_every: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Escalate(Strict):
    after: Number
    to: list[Name]


class Notice(Strict):
    to: list[Name]
    send: Name
