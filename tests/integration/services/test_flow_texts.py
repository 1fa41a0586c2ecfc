"""A flow that came as text: checked where it can do no harm, its effect told, published by the usual rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from definitions.problems import FlowsRefused, Problem
from tests.support.ministry import Ministry, shipped_flows
from workflow.flow_checks import SHIPPED
from workflow.services import flow_texts
from workflow.services.flow_texts import LARGEST, Checked

NAME = "giay_khen"
FILE = f"{NAME}.toml"
TEXT = (SHIPPED / FILE).read_text(encoding="utf-8")


@pytest.fixture
def m(sqlite_engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(sqlite_engine, tmp_path, flows=("bang_khen_bo", NAME))


def check(m: Ministry, text: str, **others: str) -> Checked:
    return flow_texts.check(m.desk, {FILE: text, **others}, m.now)


def relabelled(text: str) -> str:
    version = shipped_flows()[NAME].flow.version
    assert text.count(f'"{version}"') == 1
    return text.replace(f'"{version}"', '"2027-thu"')


def test_a_shipped_flow_is_green_and_would_store_what_the_command_line_stores(m: Ministry) -> None:
    found = check(m, TEXT)
    assert found.green, found.problems
    (flow,) = found.flows
    assert (flow.id, flow.resolved) == (NAME, shipped_flows()[NAME].resolved_text)
    assert flow.scenarios > 0
    assert flow.coverage == 1.0
    impact = flow_texts.impact(m.desk, flow, "vi", m.now)
    assert impact.is_same


def test_what_is_wrong_is_told_at_its_line_with_the_nearest_name(m: Ministry) -> None:
    before = m.snapshot()
    found = check(m, TEXT.replace("\nnominee", "\nnominoe", 1))
    assert not found.green
    problem = next(each for each in found.problems if each.params.get("nearest") == "nominee")
    assert problem.file == FILE
    assert "nominoe" in found.lines[problem.file, problem.line]
    assert "nominee" in problem.sentence("vi")
    assert problem.sentence("vi") != problem.sentence("en")
    assert m.snapshot() == before


def test_what_deserves_a_second_look_is_told_and_may_be_published(m: Ministry) -> None:
    own = '\n[vote.unit]\nrecusal = "leaves_base"\nlegal = "Quy chế"\n'
    found = check(m, TEXT + own)
    assert found.green
    (warning,) = found.warnings
    assert (warning.code, warning.file) == ("recusal_leaves_legal_base", FILE)
    assert found.lines[FILE, warning.line] == 'recusal = "leaves_base"'
    assert check(m, TEXT).warnings == ()


@pytest.mark.parametrize("text", ["", "x", "id = ", "\x00", "[[[[", "a = 1\n" * 10, '"' * 5000])
def test_any_text_at_all_gets_an_answer(m: Ministry, text: str) -> None:
    found = check(m, text)
    assert not found.green
    assert all(isinstance(each, Problem) and each.sentence("vi") for each in found.problems)


def test_too_large_a_text_is_not_even_read(m: Ministry) -> None:
    (problem,) = check(m, "#" * (LARGEST + 1)).problems
    assert problem.code == "file_too_large"


@pytest.mark.attack("S45")
def test_s45_a_pattern_in_a_flow_is_refused_and_runs_nowhere(m: Ministry) -> None:
    spoilt = TEXT + '\n[documents.bay]\nlabel = { vi = "x", en = "x" }\npattern = "(a+)+$"\n'
    found = check(m, spoilt)
    assert any("pattern" in found.lines.get((each.file, each.line), "") for each in found.problems)


def test_a_shared_part_alone_is_no_flow_but_goes_with_one(m: Ministry) -> None:
    part = next(path for path in sorted(SHIPPED.glob("*.toml")) if "abstract = true" in path.read_text("utf-8"))
    text = part.read_text("utf-8")
    assert [each.code for each in flow_texts.check(m.desk, {part.name: text}, m.now).problems] == ["only_parts"]
    assert check(m, TEXT, **{part.name: text}).green
    broken = check(m, TEXT, **{part.name: text.replace("abstract = true", "abstract = true\nzzz = 1")})
    assert any(each.file == part.name for each in broken.problems)


def test_publishing_tells_who_stays_and_stores_a_version(m: Ministry) -> None:
    text = relabelled(TEXT)
    (flow,) = check(m, text).flows
    impact = flow_texts.impact(m.desk, flow, "vi", m.now)
    assert (impact.is_same, impact.number_before, impact.pinned, impact.provisional) == (False, 1, 0, 0)
    report = flow_texts.publish(m.desk, {FILE: text}, "BO/ADMIN", m.now)
    assert report.published == ((NAME, 2),)
    assert m.one("SELECT published_by FROM flow_version WHERE flow_id = :f AND number = 2", f=NAME) == "BO/ADMIN"
    assert m.one("SELECT count(*) FROM audit_entry WHERE kind = 'publish'") == 1
    assert flow_texts.publish(m.desk, {FILE: text}, "BO/ADMIN", m.now).unchanged == (NAME,)


def test_a_red_flow_is_not_published(m: Ministry) -> None:
    before = m.snapshot()
    with pytest.raises(FlowsRefused):
        flow_texts.publish(m.desk, {FILE: TEXT.replace("\nnominee", "\nnominoe", 1)}, "BO/ADMIN", m.now)
    with pytest.raises(FlowsRefused) as refused:
        flow_texts.publish(
            m.desk, {FILE: relabelled(TEXT)}, "BO/ADMIN", m.now,
            prove=lambda loaded: (Problem("vi/x.md", 3, 1, "mail_template", {"what": "names", "detail": "x"}),),
        )  # fmt: skip
    assert refused.value.problems[0].file == "vi/x.md"
    assert m.snapshot() == before


def test_dossiers_that_are_complete_stay_and_those_that_are_not_are_counted(m: Ministry) -> None:
    codes = m.drafts(3)
    m.walk(codes[:1], "received")
    text = (SHIPPED / "bang_khen_bo.toml").read_text("utf-8")
    (flow,) = flow_texts.check(m.desk, {"bang_khen_bo.toml": text}, m.now).flows
    impact = flow_texts.impact(m.desk, flow, "vi", m.now)
    assert (impact.pinned, impact.provisional) == (1, 2)


@pytest.mark.parametrize(
    ("text", "name"),
    [('id = "giay_khen"', FILE), ('id = "../../x"', "flow.toml"), ("", "flow.toml"), ("id = [", "flow.toml")],
)
def test_a_text_is_named_after_its_id(text: str, name: str) -> None:
    assert flow_texts.name_of(text) == name
