"""The JSON Schema is the one that editors get, and says the same as the check."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from definitions.problems import Path as Key
from definitions.schema import SCHEMA_FILE, TABLES, FlowFile, json_schema, keys_at, main, schema_text


def test_the_schema_beside_the_code_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_can_be_written_anew(tmp_path: Path) -> None:
    target = tmp_path / "flow.schema.json"
    main([str(target)])
    assert target.read_bytes() == SCHEMA_FILE.read_bytes()
    again = tmp_path / "again.json"
    subprocess.run([sys.executable, "-m", "definitions.schema", str(again)], check=True, cwd=SCHEMA_FILE.parents[1])
    assert again.read_bytes() == SCHEMA_FILE.read_bytes()


def test_an_editor_asks_for_no_more_than_a_part_must_have() -> None:
    schema = json_schema()
    assert schema["required"] == ["id"]
    assert schema["$defs"]["State"]["required"] == []
    assert schema["$defs"]["SpanningDeadline"]["required"] == []
    assert schema["$defs"]["Words"]["required"] == ["vi", "en"]
    assert schema["$defs"]["Notice"]["required"] == ["to", "send"]


def test_an_editor_marks_unknown_keys_and_bad_names() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["state"]["additionalProperties"] is False
    assert list(schema["properties"]["state"]["patternProperties"]) == ["^[a-z][a-z0-9_]*$"]


def test_toml_has_no_null_and_neither_has_the_schema() -> None:
    assert '"null"' not in json.dumps(json_schema())
    assert "null" not in json.dumps([each.get("default", 0) for each in json_schema()["properties"].values()])


@pytest.mark.parametrize(
    ("path", "some", "other"),
    [
        ((), {"id", "state", "extends"}, {"label"}),
        (("state", "x"), {"label", "owner", "deadline"}, {"from"}),
        (("state", "x", "deadline"), {"within", "from", "remind"}, {"until"}),
        (("transition", "x", "require", 0), {"documents", "not", "is"}, {"to"}),
        (("transition", "x", "require", 0, "all", 3, "not"), {"documents", "not"}, {"to"}),
        (("transition", "x", "branch", 0, "mail", 1), {"to", "send"}, {"require"}),
        (("transition", "x", "with", "y"), {"type", "min", "choices"}, {"send"}),
        (("vote", "ministry", "pass"), {"percent", "strict"}, {"body"}),
        (("scenario", 0, "step", 1), {"do", "with", "as"}, {"title"}),
    ],
)
def test_the_keys_of_a_table_are_known_by_its_path(path: Key, some: set[str], other: set[str]) -> None:
    assert some <= keys_at(path)
    assert not other & keys_at(path)


@pytest.mark.parametrize("path", [("nothing",), ("id", "x"), ("state", 0), ("id",), ("scenario", "x")])
def test_what_is_no_table_has_no_keys(path: Key) -> None:
    assert keys_at(path) == frozenset()


def test_every_table_of_entries_is_a_key_of_the_file() -> None:
    assert set(TABLES) <= set(FlowFile.model_fields)
