"""docs/thuat-ngu.md has the words that the program uses, no others; docs/don-vi.md the states as a unit reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from definitions.flow import Flow
from definitions.messages import package_catalogue
from definitions.vocabulary import DEFAULT
from tests.support.ministry import shipped_flows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "thuat-ngu.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| `([a-z_]+)` \| ([^|]+) \|", re.MULTILINE)
# The words of the design: each has a row, and each row's id stands somewhere in the program.
WORDS = (
    "flow", "award", "unit", "round", "submission", "nomination", "state", "transition", "act", "require", "reason",
    "event", "deadline", "reminder", "mail", "mail_attempt", "session", "tally", "decision",
)  # fmt: skip


def table(heading: str) -> dict[str, tuple[str, str]]:
    """Rows under a heading: id → (Vietnamese, English)."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {code: (vi, en) for vi, code, en in ROW.findall(section)}


@cache
def flows() -> dict[str, Flow]:
    return {name: each.flow for name, each in shipped_flows().items()}


def joined(words: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(words))


def test_every_word_of_the_design_is_explained_and_used_in_the_program() -> None:
    found = table("Những từ chính")
    assert set(WORDS) <= set(found)
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("definitions", "notifications", "workflow")
        for path in (ROOT / room).rglob("*.py")
    )
    assert [word for word in found if not re.search(rf"\b{word}\b", code)] == []


def test_roles_are_called_as_the_program_calls_them() -> None:
    catalogue = package_catalogue("workflow")
    names = {role: (catalogue.say(f"role.{role}", "vi"), catalogue.say(f"role.{role}", "en")) for role in DEFAULT.roles}
    assert table("Vai trò") == names


def test_awards_are_called_as_their_flows_call_them() -> None:
    assert table("Hình thức") == {name: (flow.title.vi, flow.title.en) for name, flow in flows().items()}


def test_states_are_called_as_the_flows_call_them() -> None:
    states = sorted({state for flow in flows().values() for state in flow.states})
    names = {}
    for state in states:
        labels = {
            flow.states[state].label.vi: flow.states[state].label.en
            for flow in flows().values()
            if state in flow.states
        }
        names[state] = (joined(labels), joined(labels.values()))
    assert table("Trạng thái") == names


@pytest.mark.parametrize("name", sorted(flows()))
def test_a_unit_finds_every_state_it_can_read_on_its_page(name: str) -> None:
    page = " ".join((ROOT / "docs" / "don-vi.md").read_text(encoding="utf-8").split())
    assert [state.unit.vi for state in flows()[name].states.values() if state.unit.vi not in page] == []
