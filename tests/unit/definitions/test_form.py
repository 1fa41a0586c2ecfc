"""The form of a flow: every error has our words, and a mended copy can always be looked at further."""

from __future__ import annotations

import copy
import time
from datetime import date, time as clock
from pathlib import Path
from typing import Any

import pytest
import tomli
import tomli_w
from hypothesis import given, strategies as st

from definitions import form
from definitions.loading import LoadedFlow, flow_from_resolved, load_text
from definitions.messages import package_catalogue
from definitions.parsing import flow_of
from definitions.problems import FlowsRefused

BAD = Path(__file__).parent / "bad"


def test_every_error_of_the_shapes_has_a_sentence_and_a_bad_file() -> None:
    codes = {*form.CODES.values(), *form.OWN_CODES}
    proved = {path.read_text(encoding="utf-8").split(" at ")[0].removeprefix("# expect: ") for path in BAD.glob("*")}
    assert codes <= proved
    assert {f"problem.{code}" for code in codes} <= set(package_catalogue("definitions"))


def test_a_good_form_has_no_issue(good_text: str) -> None:
    assert form.issues_in(tomli.loads(good_text)) == []


@pytest.mark.parametrize(
    "key", ["id", "title", "award", "kind", "level", "signer", "nominee", "version", "valid", "from_units", "initial"]
)
def test_a_missing_key_gets_a_stand_in_that_is_itself_right(good_text: str, key: str) -> None:
    data = tomli.loads(good_text)
    del data[key]
    issues = form.issues_in(data)
    assert [(each.path, each.code, each.params) for each in issues] == [((), "missing_key", {"name": key})]
    made = form.mended(data, issues)
    assert form.issues_in(made) == []
    assert flow_of(made).states


@pytest.mark.parametrize(
    ("table", "name", "key"),
    [
        ("state", "draft", "label"),
        ("transition", "submit", "label"),
        ("transition", "submit", "from"),
        ("transition", "submit", "by"),
        ("transition", "submit", "to"),
        ("documents", "to_trinh", "title"),
        ("documents", "to_trinh", "per"),
        ("documents", "to_trinh", "from"),
        ("deadline", "ministry", "from"),
        ("deadline", "ministry", "until"),
        ("deadline", "ministry", "within"),
        ("task", "consult", "label"),
        ("task", "consult", "during"),
        ("task", "consult", "by"),
        ("vote", "ministry", "body"),
        ("vote", "ministry", "base"),
        ("vote", "ministry", "pass"),
        ("across", "twice", "rule"),
        ("across", "twice", "effect"),
        ("across", "twice", "at"),
    ],
)
def test_a_table_that_lacks_something_is_mended_and_looked_at_further(
    good_text: str, table: str, name: str, key: str
) -> None:
    data = tomli.loads(good_text)
    del data[table][name][key]
    (issue,) = form.issues_in(data)
    assert issue.path == (table, name)
    made = form.mended(data, [issue])
    assert form.issues_in(made) == []
    assert flow_of(made).id == "good"


def test_a_value_that_is_wrong_twice_is_mended_once(good_text: str) -> None:
    data = tomli.loads(good_text)
    data["state"]["appraising"]["deadline"]["escalate"] = {"to": 5}
    issues = form.issues_in(data)
    assert [each.code for each in issues] == ["missing_key", "not_list"]
    made = form.mended(data, issues)
    assert "escalate" not in made["state"]["appraising"]["deadline"]
    assert form.issues_in(made) == []


def test_mending_leaves_the_original_alone(good_text: str) -> None:
    data = tomli.loads(good_text)
    data["award"] = 5
    before = copy.deepcopy(data)
    form.mended(data, form.issues_in(data))
    assert data == before


def test_a_misspelt_required_key_is_one_mistake_and_not_two(good_text: str) -> None:
    data = tomli.loads(good_text)
    data["state"]["draft"]["lable"] = data["state"]["draft"].pop("label")
    (issue,) = form.issues_in(data)
    assert (issue.code, issue.params) == ("unknown_key", {"name": "lable", "nearest": "label"})


def test_a_misspelt_language_is_one_mistake_too(good_text: str) -> None:
    data = tomli.loads(good_text)
    data["title"]["vie"] = data["title"].pop("vi")
    assert [each.code for each in form.issues_in(data)] == ["unknown_key"]


def test_what_another_file_will_complete_is_not_missed_in_a_part() -> None:
    part = {"id": "a", "state": {"x": {"owner": "clerk", "deadline": {"to": ["clerk"]}}}, "transition": {"t": {}},
            "vote": {"unit": {"pass": {"strict": True}}}}  # fmt: skip
    assert form.issues_in(part, complete=False) == []
    assert {each.code for each in form.issues_in(part)} == {"missing_key", "deadline_measure", "pass_measure"}


def test_a_part_is_not_excused_for_saying_two_things_at_once() -> None:
    part: dict[str, Any] = {
        "state": {"x": {"deadline": {"within": {"months": 1}, "on": "round.cutoff"}}},
        "vote": {"unit": {"pass": {"percent": 66, "share": "2/3", "strict": True}}},
        "transition": {
            "t": {
                "label": {"vi": "a", "en": "a"},
                "from": "open",
                "by": [],
                "to": "same",
                "branch": [{"to": "same"}],
            }
        },
    }
    found = [each.code for each in form.issues_in(part, complete=False)]
    assert found == ["deadline_measure", "transition_target", "pass_measure"]


def test_the_act_of_a_task_may_say_only_what_differs(good_text: str) -> None:
    data = tomli.loads(good_text)
    data["transition"]["close_consult"] = {"by": ["secretariat"]}
    assert form.issues_in(data) == []
    data["transition"]["close_other"] = {"by": ["secretariat"]}
    assert {each.path for each in form.issues_in(data)} == {("transition", "close_other")}


SCALARS: list[object] = [5, -1, 10**30, True, 1.5, float("nan"), date(2026, 1, 1), clock(8)]
TEXTS = ["", "x", "submit", "draft", "os.system", "->", "act.x", "é" * 5000]
NESTED: list[object] = [[], [5], ["x"], [{}], [[]], {}, {"a": 1}, {"vi": 1}]
GARBAGE = st.sampled_from([*SCALARS, *TEXTS, *NESTED])
KEYS = st.sampled_from(["zz", "Lab el", "é", "to", "from", "__x__", "with", "on", "state", "label"])


def paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, child in inner for each in ((*at, key), *paths(child, (*at, key)))]


@pytest.mark.slow
@given(st.data())
def test_whatever_somebody_types_is_loaded_or_refused_in_words_and_in_time(good_text: str, data: st.DataObject) -> None:
    made = tomli.loads(good_text)
    for _ in range(data.draw(st.integers(1, 4))):
        *way, last = data.draw(st.sampled_from(paths(made)))
        table: Any = made
        for key in way:
            table = table[key]
        if data.draw(st.booleans()):
            table[last] = copy.deepcopy(data.draw(GARBAGE))
        elif isinstance(last, str) and data.draw(st.booleans()):
            table[data.draw(KEYS)] = table.pop(last)
        else:
            del table[last]
    text = tomli_w.dumps(made)
    started = time.process_time()
    outcome = loaded_or_refused(text)
    assert time.process_time() - started < 2
    if isinstance(outcome, FlowsRefused):
        assert outcome.problems
        assert all(each.sentence("vi") and each.sentence("en") for each in outcome.problems)
    else:
        assert flow_from_resolved(outcome.resolved_text) == outcome.flow


def loaded_or_refused(text: str) -> LoadedFlow | FlowsRefused:
    try:
        return load_text("good.toml", text)
    except FlowsRefused as refused:
        return refused
