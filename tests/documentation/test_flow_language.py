"""docs/quy-trinh.md holds the whole flow language, and every example on it is taken by the checker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from definitions import flow, shapes, shapes_acts, shapes_rules
from definitions.calendar import shipped
from definitions.loading import load_folder
from definitions.schema import FlowFile
from definitions.vocabulary import DEFAULT
from workflow.flow_checks import check

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "quy-trinh.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
SHOWN = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]+`", PROSE))))


def keys() -> Iterator[tuple[str, str]]:
    """(table, key) for everything that may stand in a flow file."""
    for model in models():
        for name, field in model.model_fields.items():
            yield model.__name__, str(field.alias or name.rstrip("_"))


def models() -> list[type[BaseModel]]:
    found: set[type[BaseModel]] = {FlowFile}
    for module in (shapes, shapes_acts, shapes_rules):
        found |= {each for each in vars(module).values() if isinstance(each, type) and issubclass(each, shapes.Strict)}
    return sorted(found, key=lambda each: each.__name__)


def words() -> Iterator[tuple[str, str]]:
    """(what, word) for every closed word of the language."""
    for name in ("SpanUnit", "Level", "AwardKind", "Nominee", "UnitKind", "Final", "Clock", "Effect", "FieldType"):
        yield from ((name, each) for each in get_args(getattr(flow, name)))
    yield from (("RequirementKind", each) for each in get_args(flow.RequirementKind))
    for model, key in (
        (shapes_rules.Vote, "body"), (shapes_rules.Vote, "base"), (shapes_rules.Vote, "ballot"),
        (shapes_rules.Vote, "tie"), (shapes_rules.Vote, "recusal"), (shapes_rules.Vote, "quorum_counts"),
        (shapes_rules.Rank, "by"), (shapes_rules.Appraisal, "who"), (shapes_rules.Appraisal, "visible"),
        (shapes_rules.Across, "rule"),
        (shapes_rules.Across, "rounding"), (shapes_acts.Task, "silence"), (shapes_acts.Deadline, "roll"),
    ):  # fmt: skip
        yield from ((key, each) for each in get_args(model.model_fields[key].annotation))
    effects = next(
        each for each in get_args(shapes_acts.Transition.model_fields["effect"].annotation) if get_args(each)
    )
    yield from (("effect", each) for each in get_args(effects))
    for what in ("roles", "recipients", "templates", "reasons", "signers", "dates"):
        yield from ((what, each) for each in getattr(DEFAULT, what))


def test_every_key_is_documented() -> None:
    assert len(set(keys())) > 200
    assert sorted({f"{table}.{key}" for table, key in keys() if key not in SHOWN}) == []


def test_every_closed_word_is_documented() -> None:
    assert len(set(words())) > 200
    assert sorted({f"{what}: {word}" for what, word in words() if word not in SHOWN}) == []


def test_every_mail_and_role_is_named_in_its_table() -> None:
    tables = [re.findall(r"`([a-z_]+)`", row.split("|")[1]) for row in PROSE.splitlines() if row.startswith("| `")]
    first = {word for row in tables for word in row}
    assert sorted({*DEFAULT.templates, *DEFAULT.roles, *DEFAULT.reasons} - first) == []


def test_the_whole_example_is_green_with_every_step_told(tmp_path: Path) -> None:
    (tmp_path / "thu_khen.toml").write_text(BLOCKS[0], encoding="utf-8")
    checked = check(tmp_path, shipped())
    assert [each.problems for each in checked.flows] == [()]
    assert (checked.green, checked.flows[0].coverage) == (True, 1.0)


@pytest.mark.parametrize("number", range(1, len(BLOCKS)))
def test_each_addition_is_taken_on_top_of_the_example(number: int, tmp_path: Path) -> None:
    write(tmp_path, BLOCKS[number])
    found = load_folder(tmp_path)
    assert [each.sentence("en") for each in found.problems] == []
    assert "vi_du" in found.flows


def test_the_added_story_is_true(tmp_path: Path) -> None:
    story = next(each for each in BLOCKS[1:] if "[[scenario]]" in each)
    write(tmp_path, story)
    checked = check(tmp_path, shipped(), only=["vi_du"])
    assert [each.sentence("en") for each in checked.flows[0].problems] == []


def test_a_wrong_addition_would_be_found(tmp_path: Path) -> None:
    write(tmp_path, BLOCKS[1].replace('to    = "supplement_requested"', 'to = "supplement"'))
    assert load_folder(tmp_path).problems


def write(folder: Path, addition: str) -> None:
    """The example as a part, and a flow that extends it with this addition."""
    part = re.sub(r'^id( *)= "thu_khen"', 'id = "nen"\nabstract = true', BLOCKS[0], count=1, flags=re.MULTILINE)
    (folder / "nen.toml").write_text(part, encoding="utf-8")
    (folder / "vi_du.toml").write_text(f'id = "vi_du"\nextends = ["nen"]\n\n{addition}', encoding="utf-8")
