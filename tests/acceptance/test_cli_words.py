"""Every sentence that the command line asks its catalogue for is there, in both languages, with all it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from definitions import flow
from definitions.messages import LANGUAGES, package_catalogue

ROOT = Path(__file__).parents[2]
CLI = sorted((ROOT / "workflow" / "cli").glob("*.py"))
OWN, SHARED = package_catalogue("workflow.cli"), package_catalogue("workflow")

# What a code that is put together ends in.
ENDINGS = {
    "award_kind.": get_args(flow.AwardKind),
    "paper_of.": ("matched", "several", "same", "unmatched"),
    "per.": ("nomination", "submission"),
    "weekday.": tuple("0123456"),
}


class Use(NamedTuple):
    """A code that is asked for, where, and the parameters that come with it (None: more than can be seen)."""

    code: str
    where: str
    params: frozenset[str] | None


def uses() -> list[Use]:
    return [use for path in CLI for use in uses_in(path.read_text(encoding="utf-8"), path.name)]


def uses_in(text: str, name: str) -> Iterator[Use]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _uses_of(node, node.func.id, f"{name}:{node.lineno}")


def _uses_of(call: ast.Call, function: str, where: str) -> Iterator[Use]:
    if not call.args:
        return
    params = None if any(each.arg is None for each in call.keywords) else frozenset(k.arg or "" for k in call.keywords)
    if function in ("say", "echo"):
        yield from (Use(code, where, params) for code in codes(call.args[0]))
    elif function == "confirm":
        yield from (Use(code, where, params) for code in codes(call.args[1]))
    elif function in ("help_", "group"):
        yield from (Use(f"help.{code}", where, frozenset()) for code in codes(call.args[0]))
    elif function == "table" and isinstance(call.args[0], ast.Tuple):
        yield from (Use(f"column.{code}", where, frozenset()) for each in call.args[0].elts for code in codes(each))


def codes(node: ast.expr) -> list[str]:
    """The codes an expression can be: constants, either branch of a choice, a prefix with its endings."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*codes(node.body), *codes(node.orelse)]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        prefix = str(node.values[0].value)
        return [f"{prefix}{each}" for each in ENDINGS.get(prefix, ())]
    return []


def test_the_words_are_there_and_are_given_what_they_name() -> None:
    asked = uses()
    assert len(asked) > 500
    assert [f"{use.where} asks for {use.code}" for use in asked if use.code not in OWN and use.code not in SHARED] == []
    assert [
        f"{use.where} {use.code} ({language})"
        for use in asked
        if use.params is not None
        for language in LANGUAGES
        if not (OWN if use.code in OWN else SHARED).places(use.code, language) <= use.params
    ] == []


def test_both_languages_name_the_same_things() -> None:
    assert len(list(OWN)) > 500
    assert [code for code in OWN if OWN.places(code, "vi") != OWN.places(code, "en")] == []
    words = {code: OWN.say(code, "vi", **dict.fromkeys(OWN.places(code, "vi"), "x")) for code in OWN}
    assert [code for code, said in words.items() if not said.strip()] == []


def test_what_is_looked_at_has_words() -> None:
    """Findings of the doctor, promises of `db check`, faults of the chain, lines of an explained day."""
    from workflow.services import checking

    checks = {f"db_check.{name}" for name in (*checking._CHECKS, "storage")}
    doctor = {
        f"{kind}.{name}" for name in raised("workflow/doctor.py", "Finding") for kind in ("doctor", "doctor_mend")
    }
    faults = {f"audit.fault_{name}" for name in ("gap", "prev", "hash", "anchor_missing", "anchor_changed")}
    assert sorted((checks | doctor | faults) - set(OWN)) == []


@pytest.mark.parametrize("error", ["RegisterError", "PaperRefused", "NotTyped", "ImportRefused"])
def test_every_refusal_of_a_service_has_words(error: str) -> None:
    found = {
        code
        for path in [*ROOT.glob("workflow/services/*.py"), *ROOT.glob("workflow/storage/*.py")]
        for code in raised(str(path.relative_to(ROOT)), error)
    }
    assert found
    assert sorted(code for code in found if f"error.{code}" not in SHARED) == []


def raised(path: str, name: str) -> set[str]:
    return {str(first) for called, first in _calls(path) if called == name}


@cache
def _calls(path: str) -> list[tuple[str, object]]:
    """Each plain call of a file whose first argument is a constant: what is called, and with what."""
    return [
        (node.func.id, node.args[0].value)
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.args and isinstance(node.args[0], ast.Constant)
    ]


def test_no_words_are_left_that_nobody_says() -> None:
    """But for those recognised in what the library says, and those whose code is put together."""
    said = {use.code for use in uses()} | {
        node.value
        for path in CLI
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    made = (
        "library.",
        "mistake.",
        "doctor.",
        "doctor_mend.",
        "db_check.",
        "audit.fault_",
        "deadline_line.",
        "attendance.",
        "line_state.",
        "session_state.",
        "post.",
        "demo.session_",
        "decision.kind.",
        "decision.lack.",
    )
    assert sorted(code for code in OWN if code not in said and not code.startswith(made)) == []


def test_the_rule_sees_what_it_looks_for() -> None:
    text = """
echo("a.b" if x else "c.d", n=1)
table(("code", "due"), rows)
help_("why")
say(f"per.{y}", **z)
confirm(y, "q")
"""
    found = list(uses_in(text, "t.py"))
    assert {(use.code, use.params) for use in found} == {
        ("a.b", frozenset({"n"})), ("c.d", frozenset({"n"})), ("column.code", frozenset()), ("column.due", frozenset()),
        ("help.why", frozenset()), ("per.nomination", None), ("per.submission", None), ("q", frozenset()),
    }  # fmt: skip
