"""Rules written in Python: found by entry point, loaded all or none, and never able to break an act."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest

import workflow
from definitions.calendar import shipped
from definitions.flow import Requirement
from tests.unit.domain.making import facts, flow
from workflow.domain.reasons import Reason
from workflow.domain.requirements import RequirementView, needs, unmet
from workflow.domain.rules import GROUP, Rule, RulesError, installed, load

HERE = __name__
NOT_A_RULE = "text"


def for_persons(view: RequirementView) -> tuple[Reason, ...]:
    return () if view.facts.nominee == "individual" else (Reason("rule", {"rule": "for_persons"}, ("unit_officer",)),)


for_persons.needs = ("person",)  # type: ignore[attr-defined]


def broken(view: RequirementView) -> tuple[Reason, ...]:
    raise LookupError("no such table")


def silent(view: RequirementView) -> None:
    """Gives nothing back, which is neither a reason nor the absence of one."""


def point(name: str, attribute: str, module: str = HERE) -> EntryPoint:
    return EntryPoint(name, f"{module}:{attribute}", GROUP)


def view(rules: dict[str, Rule], **known: str) -> RequirementView:
    return RequirementView(flow(), facts(**known), date(2026, 12, 24), {}, shipped(), rules)


@pytest.fixture(autouse=True)
def _importable(request: pytest.FixtureRequest) -> None:
    """Entry points import by name; this file is loaded under a name of pytest's."""
    sys.modules.setdefault(HERE, request.module)


def test_a_rule_is_asked_by_its_name_and_says_what_it_reads() -> None:
    rules = dict(load([point("for_persons", "for_persons")]))
    asked = Requirement("rule", ("for_persons",))
    assert unmet(asked, view(rules)) == ()
    assert unmet(asked, view(rules, nominee="collective")) == (
        Reason("rule", {"rule": "for_persons"}, ("unit_officer",)),
    )
    assert needs(asked, rules) == {"person"}


@pytest.mark.parametrize(("attribute", "error"), [("broken", "LookupError: no such table"), ("silent", "TypeError: ")])
def test_a_rule_that_breaks_down_is_unmet_and_says_so(attribute: str, error: str) -> None:
    rules = dict(load([point("hong", attribute)]))
    (reason,) = unmet(Requirement("rule", ("hong",)), view(rules))
    assert (reason.code, reason.menders, reason.rule, reason.params["known"]) == ("rule", ("admin",), "hong", False)
    assert str(reason.params["error"]).startswith(error)
    assert unmet(Requirement("not", children=(Requirement("rule", ("hong",)),)), view(rules)) != ()


def test_every_rule_that_cannot_be_used_is_named_and_none_is_loaded() -> None:
    found = [
        point("for_persons", "for_persons"),
        point("a_gone", "nothing_here"),
        point("b_gone", "x", module="no_such_module_anywhere"),
        point("c_text", "NOT_A_RULE"),
        point("for_persons", "silent"),
    ]
    with pytest.raises(RulesError) as refused:
        load(found)
    assert [(name, fault.split(" ", 1)[1][:14]) for name, fault in refused.value.faults] == [
        ("a_gone", "cannot be load"),
        ("b_gone", "cannot be load"),
        ("c_text", "is not callabl"),
        ("for_persons", "takes a name t"),
    ]
    assert all(name in str(refused.value) for name, _ in refused.value.faults)


def test_without_installed_packages_there_are_no_rules() -> None:
    assert installed() == {}


def test_a_rule_of_an_installed_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "bo_rules.py").write_text("def seniority(view):\n    return ()\n", encoding="utf-8")
    metadata = tmp_path / "bo_rules-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: bo-rules\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\nseniority = bo_rules:seniority\n", encoding="utf-8")
    asks = dedent("""
        from workflow.domain.rules import installed
        rules = installed()
        print(sorted(rules), rules["seniority"](None))
    """)
    path = os.pathsep.join([str(tmp_path), str(Path(workflow.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", asks], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['seniority'] ()"
