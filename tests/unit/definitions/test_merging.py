"""Parts are laid one upon the other, and every value remembers the file it came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tomli

from definitions.loading import LoadedFlow
from definitions.merging import Merged, fingerprint, lay, merge, resolved_text, value_at
from definitions.problems import Issue
from definitions.reading import Source, read


def source(name: str, text: str) -> Source:
    return read(f"{name}.toml", text.encode())


def merged(own: str, **parts: str) -> Merged:
    made, problems = merge(
        source("own", own), {name: source(name, "abstract = true\n" + text) for name, text in parts.items()}
    )
    assert problems == []
    return made


def test_tables_are_merged_key_by_key_and_the_later_file_wins() -> None:
    made = merged(
        'extends = ["a", "b"]\n[state.x]\nowner = "own"\n',
        a='[state.x]\nowner = "a"\nclock = "stopped"\n[state.y]\nowner = "a"\n',
        b='[state.x]\nclock = "runs"\nlabel = { vi = "b", en = "b" }\n',
    )
    assert made.data == {
        "state": {
            "x": {"owner": "own", "clock": "runs", "label": {"vi": "b", "en": "b"}},
            "y": {"owner": "a"},
        }
    }


def test_a_list_replaces_and_a_field_is_replaced_whole() -> None:
    made = merged(
        'extends = ["a"]\n[transition.t]\nby = ["x"]\nwith = { n = "date", o = { type = "list" } }\n',
        a='[transition.t]\nby = ["y", "z"]\nwith = { n = { type = "text", min = 5 }, m = "flag" }\n',
    )
    assert made.data["transition"]["t"] == {
        "by": ["x"],
        "with": {"n": "date", "m": "flag", "o": {"type": "list"}},
    }


@pytest.mark.parametrize(
    ("part", "own", "made"),
    [
        ('within = { months = 6 }', 'within = { working_days = 5 }', {"within": {"working_days": 5}}),
        ('within = { months = 6 }', 'on = "round.cutoff"', {"on": "round.cutoff"}),
        ('on = "round.cutoff"', 'fixed = { month = 6, day = 30 }', {"fixed": {"month": 6, "day": 30}}),
        ('on = "round.cutoff"\nroll = "next"', 'remind = { on_day = true }', {
            "on": "round.cutoff", "roll": "next", "remind": {"on_day": True},
        }),
    ],
)  # fmt: skip
def test_a_deadline_takes_one_measure_and_it_is_the_later_one(part: str, own: str, made: object) -> None:
    found = merged(f'extends = ["a"]\n[deadline.d]\n{own}\n', a=f"[deadline.d]\n{part}\n")
    assert found.data["deadline"]["d"] == made


def test_criteria_may_be_called_like_the_keys_that_exclude_each_other() -> None:
    under, over = {"appraisal": {"criteria": {"percent": {}}}}, {"appraisal": {"criteria": {"share": {}}}}
    assert lay(under, over) == {"appraisal": {"criteria": {"percent": {}, "share": {}}}}


def test_a_vote_passes_by_one_measure_and_it_is_the_later_one() -> None:
    made = merged(
        'extends = ["a"]\n[vote.unit]\npass = { share = "2/3" }\n',
        a="[vote.unit]\npass = { percent = 50, strict = true }\n",
    )
    assert made.data["vote"]["unit"]["pass"] == {"share": "2/3", "strict": True}


def test_a_way_takes_the_place_of_branches_and_new_sources_forget_old_exceptions() -> None:
    made = merged(
        'extends = ["a"]\n[transition.t]\nto = "x"\nfrom = ["y"]\n',
        a='[transition.t]\nbranch = [{ to = "z" }]\nfrom = "open"\nexcept = ["w"]\n',
    )
    assert made.data["transition"]["t"] == {"to": "x", "from": ["y"]}


def test_fields_may_be_called_like_the_keys_that_exclude_each_other() -> None:
    under, over = {"transition": {"t": {"with": {"on": "date"}}}}, {"transition": {"t": {"with": {"within": "text"}}}}
    assert lay(under, over)["transition"]["t"]["with"] == {"on": "date", "within": "text"}


def test_a_state_may_be_called_like_a_whole_value() -> None:
    made = merged('extends = ["a"]\n[state.fixed]\nowner = "x"\n', a='[state.fixed]\nclock = "runs"\n')
    assert made.data["state"]["fixed"] == {"clock": "runs", "owner": "x"}


def test_names_of_states_exclude_nothing() -> None:
    assert lay({"state": {"on": {}, "to": {}}}, {"state": {"fixed": {}, "branch": {}}}) == {
        "state": {"on": {}, "to": {}, "fixed": {}, "branch": {}}
    }


def test_laying_changes_neither_of_the_two() -> None:
    under, over = {"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}}
    assert lay(under, over) == {"a": {"b": {"c": 1, "d": 2}}}
    assert (under, over) == ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}})


def test_what_is_dropped_may_be_said_anew() -> None:
    made = merged(
        'extends = ["a"]\ndrop = ["state.x", "state.y.deadline", "transition.t.with.n"]\n[state.x]\nclock = "runs"\n',
        a='[state.x]\nowner = "a"\n[state.y]\nowner = "a"\ndeadline = { on = "round.cutoff" }\n'
        '[transition.t]\nwith = { n = "text", m = "text" }\n',
    )
    assert made.data == {
        "state": {"y": {"owner": "a"}, "x": {"clock": "runs"}},
        "transition": {"t": {"with": {"m": "text"}}},
    }


def test_a_problem_is_reported_in_the_file_its_value_came_from() -> None:
    made = merged(
        'extends = ["a"]\ndrop = ["state.z"]\n\n[state.x]\nowner = "own"\n[state.z]\nclock = "runs"\n',
        a='[state.x]\nowner = "a"\nclock = "stopped"\n[state.z]\nowner = "a"\n',
    )

    def place(*path: str | int, key: bool = False) -> str:
        return made.problem(Issue(path, "unknown_role", {"name": "x"}, key=key)).place

    assert place("state", "x", "clock") == "a.toml:4:9"
    assert place("state", "x", "owner") == "own.toml:5:9"
    assert place("state", "x", "label") == "own.toml:4:8"
    assert place("state", "z", "owner") == "own.toml:6:8"
    assert place("state", "x", "clock", key=True) == "a.toml:4:1"
    assert place("nothing") == "own.toml:1:1"


def test_a_word_of_a_list_is_pointed_at_where_the_list_holds_it() -> None:
    made = merged('[transition.t]\nby = ["clerk", "clark"]\n')
    path = ("transition", "t", "by")
    assert made.problem(Issue(path, "unknown_role", {"name": "clark"}, word="clark")).place == "own.toml:2:16"
    assert made.problem(Issue(path, "unknown_role", {"name": "other"}, word="other")).place == "own.toml:2:6"


def test_the_stories_of_parts_are_told_again_before_the_own_ones() -> None:
    story = '[[scenario]]\ntitle = "{}"\n'
    made = merged(
        'extends = ["a", "b"]\n' + story.format("own"), a=story.format("a1") + story.format("a2"), b="x = 1\n"
    )
    assert [each["title"] for each in made.data["scenario"]] == ["a1", "a2", "own"]
    origins = [(origin.name, path) for origin, path in (made.origin(("scenario", n, "title")) for n in range(3))]
    assert origins == [
        ("a.toml", ("scenario", 0, "title")),
        ("a.toml", ("scenario", 1, "title")),
        ("own.toml", ("scenario", 0, "title")),
    ]


def test_an_appraisal_can_be_dropped_as_a_whole_since_there_is_only_one() -> None:
    made = merged('extends = ["a"]\ndrop = ["appraisal"]\n', a='[appraisal]\nwho = "all"\n')
    assert "appraisal" not in made.data


def test_a_drop_that_is_no_text_drops_nothing() -> None:
    _, problems = merge(source("own", 'drop = [5, "state"]\nextends = [6]\n'), {})
    assert [each.code for each in problems] == ["unknown_part", "drop_nothing", "drop_nothing"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("a", "b", 1), 3),
        (("a", "c"), None),
        (("a", "b", 5), None),
        (("a", "b", "c"), None),
        (("d", 0), None),
        ((), {"a": {"b": [2, 3]}, "d": "text"}),
    ],
)
def test_a_value_is_found_by_its_path_or_is_none(path: tuple[str | int, ...], value: object) -> None:
    assert value_at({"a": {"b": [2, 3]}, "d": "text"}, path) == value


def test_the_resolved_text_says_the_same_flow_in_a_form_of_its_own(load: Callable[..., LoadedFlow]) -> None:
    loaded = load(("award      =", 'extends = ["common"]\naward      ='))
    data = tomli.loads(loaded.resolved_text)
    assert "extends" not in data
    assert data["state"]["suspended"]["owner"] == "secretariat_head"
    assert data["transition"]["submit"]["with"]["letter_no"] == {"type": "text"}
    assert list(data["transition"]["submit"]["with"]) == ["letter_no", "late_reason"]
    assert loaded.sha256 == fingerprint(loaded.resolved_text)
    assert len(loaded.sha256) == 64


def test_a_comment_or_a_line_end_changes_nothing_and_a_day_changes_the_fingerprint(
    load: Callable[..., LoadedFlow],
) -> None:
    first = load()
    assert load(("# A small flow", "# Một luồng nhỏ:\n\n# a flow")).sha256 == first.sha256
    assert load(("working_days = 25", "working_days = 26")).sha256 != first.sha256


def test_a_flow_without_transitions_has_a_resolved_text_too() -> None:
    assert resolved_text({"id": "x"}) == 'id = "x"\n'
