"""config.example.toml shows every setting once, with its default, in Vietnamese and in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from workflow.settings import is_secret, keys, load_settings, variable

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()
VIETNAMESE = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
PUBLIC = [(section, key, field) for section, key, field in keys() if not is_secret(section, key)]


def line_of(section: str, key: str) -> int:
    inside = ""
    for number, line in enumerate(LINES):
        if line.startswith("["):
            inside = line.strip("[]")
        elif inside == section and re.match(rf"(# )?{key} = ", line):
            return number
    pytest.fail(f"[{section}] {key} is not in config.example.toml")


def test_the_example_is_taken_as_it_stands_and_changes_no_default(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(EXAMPLE.read_bytes())
    assert load_settings(path, {}, tmp_path).model_dump() == load_settings(None, {}, tmp_path / ".").model_dump()


def test_the_example_still_works_with_every_line_in_force(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", "\n".join(LINES)), encoding="utf-8")
    assert set(load_settings(path, {}, tmp_path).origins) == {f"{section}.{key}" for section, key, _ in PUBLIC}


@pytest.mark.parametrize(("section", "key"), [(section, key) for section, key, _ in PUBLIC])
def test_each_setting_is_explained_in_both_languages(section: str, key: str) -> None:
    number = line_of(section, key)
    vietnamese, english = LINES[number - 2], LINES[number - 1]
    assert vietnamese.startswith("# ")
    assert VIETNAMESE.search(vietnamese)
    assert english.startswith("# ")
    assert not VIETNAMESE.search(english)


@pytest.mark.parametrize(("section", "key"), [(s, k) for s, k, field in PUBLIC if field.default is None])
def test_a_setting_without_a_default_stands_as_a_comment(section: str, key: str) -> None:
    assert LINES[line_of(section, key)].startswith("# ")


def test_nothing_is_in_the_example_that_is_no_setting() -> None:
    found = {(section, key) for section, table in tomli.loads("\n".join(LINES)).items() for key in table}
    assert found <= {(section, key) for section, key, _ in PUBLIC}


@pytest.mark.parametrize("name", [variable(section, key) for section, key, _ in keys() if is_secret(section, key)])
def test_each_secret_is_named_with_the_two_ways_to_give_it(name: str) -> None:
    assert any(f"{name}, {name}_FILE" in line for line in LINES)
