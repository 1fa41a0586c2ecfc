"""The ids of a flow as people call them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from definitions import flow as f
from definitions.diagram import requirement_words, steps
from definitions.flow import Flow
from definitions.loading import LoadedFlow, load_folder
from definitions.naming import Kind, called, names_of
from workflow.flow_checks import SHIPPED

STEPS = """
[transition.mark]
label  = { vi = "Đánh dấu hồ sơ", en = "Mark the dossier" }
from   = ["draft"]
to     = "same"
by     = ["clerk"]
raises = ["special"]
marks  = "noticed"
[transition.mark.with]
remark = { type = "text", label = { vi = "Nhận xét", en = "Remark" } }
bare   = { type = "text", required = false }
"""


@pytest.fixture
def flow(load: Callable[..., LoadedFlow]) -> Flow:
    return load(append=STEPS).flow


@pytest.mark.parametrize(
    ("kind", "name", "vi", "en"),
    [
        ("flag", "special", "Đánh dấu hồ sơ", "Mark the dossier"),
        ("moment", "noticed", "Đánh dấu hồ sơ", "Mark the dossier"),
        ("moment", "achievement_to", "ngày cuối của thời gian lập thành tích", "the last day of the achievement"),
        ("field", "remark", "Nhận xét", "Remark"),
        ("body", "ministry", "Hội đồng cấp Bộ", "the ministry's council"),
        ("transition", "mark", "Đánh dấu hồ sơ", "Mark the dossier"),
        ("document", "all", "mọi giấy tờ bắt buộc", "every required paper"),
        ("field", "bare", "", ""),
        ("flag", "nothing", "", ""),
        ("body", "nobody", "", ""),
        ("state", "nowhere", "", ""),
        ("task", "nothing", "", ""),
    ],
)
def test_an_id_is_called_what_people_call_it_or_nothing(flow: Flow, kind: Kind, name: str, vi: str, en: str) -> None:
    assert (called(flow, kind, name, "vi"), called(flow, kind, name, "en")) == (vi, en)


def test_what_nobody_has_words_for_stays_as_it_is(flow: Flow) -> None:
    assert names_of(flow, f.Requirement("flag", ("nothing",)), "vi") == ("nothing",)
    assert names_of(flow, f.Requirement("rule", ("own_rule",)), "vi") == ("own_rule",)
    assert names_of(flow, f.Requirement("field", ("remark", "yes")), "vi") == ("Nhận xét = yes",)


def test_tasks_that_are_all_asked_for_are_not_named(flow: Flow) -> None:
    every = requirement_words(f.Requirement("tasks_done"), "vi", flow)
    assert every == "Các việc song song đã xong"
    assert requirement_words(f.Requirement("tasks_done", ("consult",)), "vi", flow).startswith("Đã xong: ")


def test_no_id_stands_in_the_steps_of_a_shipped_flow() -> None:
    for loaded in load_folder(SHIPPED).flows.values():
        for row in steps(loaded.flow, "vi"):
            assert not [words for words in row.requires if words.isascii() or "_" in words], (loaded.flow.id, row)
