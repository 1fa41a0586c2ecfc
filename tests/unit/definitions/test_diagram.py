"""A flow as text that Mermaid and Graphviz draw, and as a table that says the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from definitions import flow as f
from definitions.diagram import dot, mermaid, requirement_words, span_words, steps
from definitions.flow import Flow
from definitions.loading import LoadedFlow
from definitions.parsing_acts import REQUIREMENT_KINDS

SUSPENDED = """
[state.suspended]
label = { vi = "Tạm dừng", en = "Suspended" }
owner = "clerk"
[transition.suspend]
label  = { vi = "Tạm dừng", en = "Suspend" }
from   = "open"
except = ["suspended"]
to     = "suspended"
by     = ["clerk"]
[transition.resume]
label = { vi = "Tiếp tục", en = "Resume" }
from  = ["suspended"]
to    = "previous"
by    = ["clerk"]
"""


@pytest.fixture
def flow(load: Callable[..., LoadedFlow]) -> Flow:
    return load(append=SUSPENDED).flow


def test_mermaid_shows_every_state_with_its_label_and_every_way(flow: Flow) -> None:
    text = mermaid(flow, "vi")
    assert text.startswith("stateDiagram-v2\n")
    for state in flow.states.values():
        assert f'state "{state.label.vi}" as s_{state.id}' in text
    assert "    [*] --> s_draft\n" in text
    assert "    s_draft --> s_appraising : Gửi hồ sơ\n" in text
    assert "    s_awarded --> [*]\n" in text
    assert "    s_council_voting --> s_signing : Đóng bỏ phiếu #91;Được Hội đồng cấp Bộ thông qua#93;\n" in text
    assert "    s_council_voting --> s_council_rejected : Đóng bỏ phiếu #91;còn lại#93;\n" in text


def test_an_act_that_can_start_nearly_everywhere_is_drawn_once(flow: Flow) -> None:
    text = mermaid(flow, "en")
    assert 'state "From 5 states (see the table of steps)" as s__suspend' in text
    assert text.count(": Suspend\n") == 1
    assert "s__suspend --> s_suspended : Suspend" in text


def test_the_way_back_turns_on_itself_and_an_act_that_stays_is_not_drawn(flow: Flow) -> None:
    text = mermaid(flow, "en")
    assert "s_suspended --> s_suspended : Resume (back to the state before)" in text
    assert "Extend" not in text
    assert "Release" not in text


def test_two_acts_between_the_same_states_share_an_arrow(load: Callable[..., LoadedFlow]) -> None:
    append = """
[transition.urge]
label = { vi = "Giục", en = "Urge" }
from  = ["draft"]
to    = "appraising"
by    = ["clerk"]
"""
    assert "s_draft --> s_appraising : Submit / Urge" in mermaid(load(append=append).flow, "en")


def test_the_state_of_a_dossier_is_marked_by_its_border(flow: Flow) -> None:
    assert "class s_signing current" in mermaid(flow, current="signing")
    assert "current" not in mermaid(flow, current="gone")
    assert '"s_signing" [label="Đang trình ký", penwidth=3];' in dot(flow, current="signing")


def test_dot_is_one_closed_graph_with_a_double_border_for_every_end(flow: Flow) -> None:
    text = dot(flow)
    assert text.startswith("digraph flow {\n")
    assert text.endswith("}\n")
    assert '  "s_awarded" [label="Đã trao tặng", peripheries=2];' in text
    assert '  start -> "s_draft";' in text
    assert '  "s_draft" -> "s_appraising" [label="Gửi hồ sơ"];' in text
    assert '  "s__suspend" [label="Từ 5 trạng thái (xem bảng các bước)", style="rounded,dashed"];' in text


def test_no_word_of_a_flow_can_break_out_of_a_drawing(flow: Flow) -> None:
    nasty = 'a"]; b\n{c} <d> `e` \\ #f: end'
    states = {**flow.states, "draft": replace(flow.states["draft"], label=f.Words(nasty, nasty))}
    drawn = replace(flow, states=states)
    (line,) = [each for each in mermaid(drawn).split("\n") if each.endswith("as s_draft")]
    assert line == ('    state "a#34;#93;#59; b #123;c#125; #60;d#62; #96;e#96; #92; #35;f#58; end" as s_draft')
    (line,) = [each for each in dot(drawn).split("\n") if each.startswith('  "s_draft" [')]
    assert line == '  "s_draft" [label="a\\"]; b {c} <d> `e` \\\\ #f: end"];'


def test_the_table_has_a_row_for_every_way(flow: Flow) -> None:
    rows = steps(flow, "vi")
    assert len(rows) == sum(len(each.branches) for each in flow.transitions.values())
    row = next(each for each in rows if each.transition == "request_supplement")
    assert row.label == "Yêu cầu bổ sung"
    assert (row.sources, row.target) == (("Đang thẩm định",), "Yêu cầu bổ sung")
    assert (row.by, row.not_by) == (("secretariat", "appraiser"), ("Gửi hồ sơ",))
    assert row.brings == ("defects", "due_on", "urgency")
    assert row.mails == ("supplement → unit",)
    passed, rejected = [each for each in rows if each.transition == "close_vote"]
    assert (passed.requires, passed.mails) == (("Được Hội đồng cấp Bộ thông qua",), ("council_result → unit",))
    assert (rejected.requires, rejected.mails) == ((), ())


def test_the_table_says_in_words_what_is_no_state(flow: Flow) -> None:
    targets = {each.transition: each.target for each in steps(flow, "en")}
    assert targets["extend"] == "the same state"
    assert targets["resume"] == "back to the state before"


def test_the_fields_of_a_task_s_acts_have_labels(flow: Flow) -> None:
    row = next(each for each in steps(flow, "vi") if each.transition == "open_consult")
    assert row.brings == ("Các cơ quan, đơn vị được hỏi ý kiến", "Ngày gửi")


@pytest.mark.parametrize("kind", REQUIREMENT_KINDS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_of_requirement_has_words(kind: f.RequirementKind, language: f.Language) -> None:
    inner = f.Requirement("flag", ("a",))
    said = requirement_words(f.Requirement(kind, ("x",), f.Span(6, "months"), (inner,)), language)
    assert "{" not in said
    assert said


def test_a_requirement_is_said_in_the_flow_s_own_words_where_it_has_some() -> None:
    labelled = f.Requirement("flag", ("a",), label=f.Words("Đã ký", "Signed"))
    other = f.Requirement("round", ("open",))
    assert requirement_words(labelled, "en") == "Signed"
    assert (
        requirement_words(f.Requirement("all", children=(labelled, other)), "en")
        == "All of: Signed and The round is open"
    )
    assert requirement_words(f.Requirement("any", children=(labelled, other)), "vi") == (
        "Một trong các điều kiện: Đã ký hoặc Đợt xét đang mở"
    )


@pytest.mark.parametrize(
    ("unit", "vi"),
    [("working_days", "3 ngày làm việc"), ("calendar_days", "3 ngày"), ("months", "3 tháng"), ("years", "3 năm")],
)
def test_a_span_in_words(unit: f.SpanUnit, vi: str) -> None:
    assert span_words(f.Span(3, unit)) == vi
