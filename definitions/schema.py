"""A flow file as one strict model, and the JSON Schema that editors read while somebody types.

Form only: types, keys, closed words, ranges. What names mean together is for `checking`;
turning a well-formed mapping into values is for `parsing`.

Run as `python -m definitions.schema [FILE]` to write `flow.schema.json` (or that file) anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from definitions import flow as f
from definitions.problems import Path as Key
from definitions.shapes import Name, Nominee, Table, Text, Valid, Version, Words
from definitions.shapes_acts import SpanningDeadline, State, Task, Transition
from definitions.shapes_rules import Across, Appraisal, Document, Scenario, Vote


class FlowFile(Table):
    """One flow, or one part that flows extend."""

    id: Name
    abstract: bool = False
    extends: list[Name] | None = None
    drop: list[Text] | None = None
    title: Words
    notes: Text | None = None
    award: Name
    kind: f.AwardKind
    level: f.Level
    signer: Name
    nominee: Annotated[Nominee, Field(min_length=1)]
    version: Version
    valid: Valid
    legal: list[Text] | None = None
    from_units: list[f.UnitKind]
    aliases: list[Text] | None = None
    initial: Name
    retention: Text | None = None
    subject: Literal["nominee", "decision_line"] = "nominee"
    state: dict[Name, State]
    transition: dict[Name, Transition]
    deadline: dict[Name, SpanningDeadline] | None = None
    task: dict[Name, Task] | None = None
    documents: dict[Name, Document] | None = None
    vote: dict[Literal["unit", "cluster", "ministry"], Vote] | None = None
    appraisal: Appraisal | None = None
    across: dict[Name, Across] | None = None
    scenario: list[Scenario] | None = None


# Whose entries have names that something else may say.
TABLES = ("state", "transition", "deadline", "task", "documents", "vote", "across")

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
    else:
        named_freely = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
        yield from (each for each in named_freely if isinstance(each, dict))


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
    if "patternProperties" in made:
        made["additionalProperties"] = False  # a name that does not fit the pattern is a mistake
    return made


def schema_text() -> str:
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Write it beside this module, or to the file that is named."""
    target = Path(arguments[0]) if arguments else SCHEMA_FILE
    target.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
