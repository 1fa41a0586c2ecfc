"""Each bad file is refused for the one thing that is wrong with it, at the place where it is wrong.

The first line of a file says what is expected. The bombs at the end are made here: nobody wants
them in a repository.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from definitions.loading import load_text
from definitions.messages import package_catalogue
from definitions.problems import FlowsRefused, Problem
from definitions.reading import Source

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))
ROOT = Path(__file__).parents[3]
CHECKS = ("words", "ways", "limits", "promises", "together")
SECONDS = 2.0


def expected(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# expect: ")


def refused(name: str, text: str | bytes, parts: Mapping[str, Source]) -> tuple[Problem, ...]:
    started = time.process_time()
    with pytest.raises(FlowsRefused) as caught:
        load_text(name, text, parts)
    assert time.process_time() - started < SECONDS
    return caught.value.problems


def test_there_are_enough_bad_files() -> None:
    assert len(BAD) >= 60


@pytest.mark.attack("S73", "S77", "S78", "S79", "S82")
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_its_code_at_its_place(path: Path, parts: Mapping[str, Source]) -> None:
    found = refused(path.name, path.read_bytes(), parts)
    assert [f"{each.code} at {each.line}:{each.column}" for each in found] == [expected(path)]
    for language in ("vi", "en"):
        assert found[0].line_of_report(language).startswith(f"{path.name}:{found[0].line}:{found[0].column} – ")


@pytest.mark.attack("S76", "S80")
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("unknown_key_top", "award"),
        ("unknown_key_state", "clock"),
        ("unknown_key_condition", None),
        ("unknown_table", "vote"),
        ("dotted_key_misspelt", "before"),
        ("unknown_kind", "merit"),
        ("unknown_field_type", "date"),
        ("unknown_vote_body", "ministry"),
        ("initial_unknown", "draft"),
        ("target_unknown", "council_voting"),
        ("by_unknown", "clerk"),
        ("recipient_unknown", "secretariat"),
        ("mail_unknown", "receipt"),
        ("not_by_unknown", "submit"),
        ("until_unknown", "decide"),
        ("until_state_unknown", "state.council_rejected"),
        ("document_unknown", "bao_cao"),
        ("task_unknown", "consult"),
        ("rule_unknown", None),
        ("refusal_unknown", "tasks_open"),
        ("flag_unknown", "supplemented"),
        ("field_unknown", "urgency"),
        ("choice_unknown", "cao"),
        ("release_misspelt", "results"),
        ("part_unknown", "common"),
        ("drop_nothing", "state.suspended"),
        ("brought_unknown", "letter_no"),
        ("date_not_brought", "due_on"),
        ("mark_day_not_brought", None),
        ("start_unknown", "complete"),
        ("source_dotted", None),
    ],
)
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
    name: str, meant: str | None, parts: Mapping[str, Source]
) -> None:
    path = Path(__file__).parent / "bad" / f"{name}.toml"
    (problem,) = refused(path.name, path.read_bytes(), parts)
    assert problem.params.get("nearest") == meant
    assert (f"Có phải “{meant}”?" in problem.sentence("vi")) == (meant is not None)


def test_everything_that_can_be_found_wrong_is_proved_by_a_bad_file_or_a_test_here() -> None:
    rooms = ["reading", "merging", "form", "loading", *(f"checking_{each}" for each in CHECKS)]
    named = {word for room in rooms for word in words_in(f"definitions/{room}.py")}
    can_be_found = {word for word in named if f"problem.{word}" in package_catalogue("definitions")}
    in_the_corpus = {expected(path).split(" at ")[0] for path in BAD}
    of_bytes = {"file_too_large", "not_utf8", "too_many_lines", "line_too_long", "too_many_values"}
    of_folders = {"unreadable", "part_of_part", "alias_taken", "award_taken"}
    assert can_be_found == in_the_corpus | of_bytes | of_folders


def words_in(module: str) -> set[str]:
    """Every plain word that stands as a text in the module."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


MEGABYTE = 1024 * 1024


@pytest.mark.attack("S75")
@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a" + ".a" * 20_000 + " = 1", "line_too_long", (1, 4001)),
        ("a" + ".a" * 1_900 + " = 1", "key_too_dotted", (1, 16)),
        (("a" + ".a" * 1_900 + " = 1\n") * 60, "key_too_dotted", (1, 16)),
        ("[a" + ".a" * 1_900 + "]", "key_too_dotted", (1, 17)),
        ('"a"' + '."a"' * 900 + " = 1", "key_too_dotted", (1, 32)),
        ("a = " + "[" * 900 + "]" * 900, "too_deep", (1, 29)),
        ("a = " + "{a=" * 900 + "1" + "}" * 900, "too_deep", (1, 77)),
        ("a = [" + "1,\n" * 25_000, "too_many_lines", (10_001, 1)),
        ("a = [\n" + ("1," * 1_000 + "\n") * 25, "too_many_values", (21, 2000)),
        ("".join(f"k{n}=1\n" for n in range(25_000)), "too_many_lines", (10_001, 1)),
        ("\n" * 10_000 + "a = 1", "too_many_lines", (10_001, 1)),
        ("# " + "ạ" * 5_000, "line_too_long", (1, 4001)),
        ("x" * MEGABYTE, "file_too_large", (1, 1)),
        ("a = 1\n" * (MEGABYTE // 6), "file_too_large", (1, 1)),
        ('a = """' + "x\n" * 20_000, "too_many_lines", (10_001, 1)),
        ('a = """' + "\\" * 3_000, "toml_syntax", None),
        ("a = '" + '"' * 3_000, "toml_syntax", None),
        ("a = " + "9" * 3_900, "missing_key", (1, 1)),
        ("[[" * 10, "toml_syntax", (1, 3)),
        ("a = 1\0", "toml_syntax", None),
        ("", "missing_key", (1, 1)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_a_bomb_is_refused_before_it_goes_off(
    text: str, code: str, place: tuple[int, int] | None, parts: Mapping[str, Source]
) -> None:
    first = refused("bomb.toml", text, parts)[0]
    assert first.code == code
    assert place is None or (first.line, first.column) == place


@pytest.mark.attack("S74")
def test_a_hundred_megabytes_are_not_even_decoded(parts: Mapping[str, Source]) -> None:
    (problem,) = refused("huge.toml", b"\xff" * (100 * MEGABYTE), parts)
    assert problem.code == "file_too_large"
    assert problem.params == {"size": 100 * 1024, "limit": 256}


def test_everything_wrong_is_said_at_once(parts: Mapping[str, Source], good_text: str) -> None:
    text = (
        good_text.replace('signer     = "minister"', 'signer     = "minster"')
        .replace('clock = "stopped"', "clock = 5")
        .replace('to      = "council_voting"', 'to      = "council_votin"')
        .replace('award      = "bang_khen_mau"\n', "")
        .replace("percent = 50", "percent = 500")
        .replace("[state.draft]", "[state.draft]\nlable = 1")
    )
    found = [(each.code, each.params.get("name")) for each in refused("good.toml", text, parts)]
    assert found == [
        ("missing_key", "award"),
        ("unknown_signer", "minster"),
        ("unknown_key", "lable"),
        ("unknown_word", "5"),
        ("number_too_large", "500"),
        ("unknown_state", "council_votin"),
    ]
