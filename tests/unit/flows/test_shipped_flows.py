"""The award flows that ship: no problem, every step told, every word as the house wants it, and stories that bite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import definitions
from definitions.calendar import shipped
from definitions.flow import Flow, Transition
from definitions.loading import LoadedFolder, load_folder
from workflow.domain.machine import CompiledFlow
from workflow.domain.rehearsal import coverage, rehearse

FOLDER = Path(definitions.__file__).parent / "flows"
AWARDS = (
    "ldtt", "cstd_co_so", "tt_ldtt", "giay_khen", "tt_ldxs", "cstd_bo", "bang_khen_bo", "co_thi_dua_bo",
    "co_thi_dua_cp", "cstd_toan_quoc", "bang_khen_tt", "hcld_ba", "hcld_nhi", "hcld_nhat", "bang_khen_dot_xuat",
    "bang_khen_chuyen_de", "ky_niem_chuong", "huy_bo",
)  # fmt: skip
WORDS_TO_AVOID = ("từ chối", "phê duyệt", "ứng viên", "giải thưởng")
# Longer than this an admin no longer reads an award's own file to its end.
LONGEST_AWARD_FILE = 130


@pytest.fixture(scope="module")
def folder() -> LoadedFolder:
    return load_folder(FOLDER)


@pytest.fixture(scope="module")
def compiled(folder: LoadedFolder) -> Mapping[str, CompiledFlow]:
    return {name: CompiledFlow(each.flow) for name, each in folder.flows.items()}


def faults(flow: Flow, others: Mapping[str, CompiledFlow]) -> list[str]:
    """Every fault of every story, as `title: code`."""
    played = CompiledFlow(flow)
    targets = {**others, flow.id: played}
    told = [rehearse(played, each, shipped(), targets) for each in flow.scenarios]
    return [f"{each.title}: {fault.code} {dict(fault.params)}" for each in told for fault in each.faults]


def test_the_folder_has_no_problem_and_all_awards(folder: LoadedFolder) -> None:
    assert folder.problems == ()
    assert sorted(folder.flows) == sorted(AWARDS)


@pytest.mark.parametrize("name", AWARDS)
def test_every_story_holds_and_together_they_take_every_step(name: str, compiled: Mapping[str, CompiledFlow]) -> None:
    flow = compiled[name].flow
    assert faults(flow, compiled) == []
    told = [rehearse(compiled[name], each, shipped(), compiled) for each in flow.scenarios]
    share, missing = coverage(flow, {step for each in told for step in each.taken})
    assert (share, missing) == (1.0, ())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_says_it_is_a_model_and_speaks_as_an_official_would(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = text.split("\n\nid ", 1)[0]
    assert "MẪU" in head
    assert "rà soát" in head
    assert [word for word in WORDS_TO_AVOID if word in text.lower()] == []


@pytest.mark.parametrize("name", AWARDS)
def test_an_award_names_its_law_and_keeps_its_file_short(name: str, folder: LoadedFolder) -> None:
    assert folder.flows[name].flow.legal
    assert len((FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()) <= LONGEST_AWARD_FILE


@pytest.mark.parametrize("name", AWARDS)
def test_a_unit_reads_the_same_words_while_the_council_sits(name: str, folder: LoadedFolder) -> None:
    states = folder.flows[name].flow.states
    sitting = [states[each] for each in ("council_pending", "council_voting", "party_opinion") if each in states]
    assert {each.unit.vi for each in sitting} <= {"Đang xét"}


@pytest.mark.parametrize("name", AWARDS)
def test_nobody_but_people_of_the_trade_acts(name: str, folder: LoadedFolder) -> None:
    flow = folder.flows[name].flow
    assert not {"admin", "auditor"} & {role for each in flow.transitions.values() for role in each.by}
    numbering = [each for each in flow.transitions.values() if any(field.type == "decision" for field in each.fields)]
    assert numbering
    assert {role for each in numbering for role in each.by} <= {"clerk", "secretariat"}


def test_giay_khen_dot_xuat_is_a_copy_with_a_few_lines_changed(folder: LoadedFolder, tmp_path: Path) -> None:
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = (FOLDER / "giay_khen.toml").read_text(encoding="utf-8")
    lines = before.splitlines()
    changed = {
        'id      = "giay_khen"': 'id      = "giay_khen_dot_xuat"',
        next(each for each in lines if each.startswith("title   =")): (
            'kind    = "ad_hoc"\ntitle   = { vi = "Giấy khen đột xuất", en = "Ad hoc certificate" }'
        ),
        next(each for each in lines if each.startswith("aliases =")): 'aliases = ["Giấy khen đột xuất"]',
    }
    after = "\n".join(changed.get(each, each) for each in lines)
    (tmp_path / "giay_khen_dot_xuat.toml").write_text(after, encoding="utf-8")
    copied = load_folder(tmp_path)
    assert copied.problems == ()
    flow = copied.flows["giay_khen_dot_xuat"].flow
    assert (flow.award, flow.kind) == ("giay_khen", "ad_hoc")
    assert faults(flow, {name: CompiledFlow(each.flow) for name, each in copied.flows.items()}) == []


@pytest.mark.parametrize(("name", "percent"), [("co_thi_dua_cp", 80), ("cstd_toan_quoc", 90)])
def test_councils_of_every_level_need_the_law_s_share_of_all_members(
    name: str, percent: int, folder: LoadedFolder
) -> None:
    votes = folder.flows[name].flow.votes
    for body in ("unit", "ministry"):
        rule = votes[body]
        assert (rule.base, rule.ratio, rule.strict) == ("all_members", (percent, 100), False)
        assert rule.legal == "Nghị định 152/2025/NĐ-CP, Điều 33 khoản 5"


@pytest.mark.parametrize("name", AWARDS)
def test_no_shipped_flow_takes_anybody_out_of_a_base_or_deserves_a_second_look(name: str, folder: LoadedFolder) -> None:
    assert folder.flows[name].warnings == ()
    assert not [each for each in folder.flows[name].flow.votes.values() if each.recusal == "leaves_base"]


# ── planted faults ───────────────────────────────────────────────────────────────────────────────


def _with(flow: Flow, name: str, change: Callable[[Transition], Transition]) -> Flow:
    return replace(flow, transitions={**flow.transitions, name: change(flow.transitions[name])})


def _vote(flow: Flow, name: str, percent: int) -> Flow:
    return replace(flow, votes={**flow.votes, name: replace(flow.votes[name], percent=percent)})


PLANTED: Mapping[str, tuple[str, Callable[[Flow], Flow]]] = {
    "the council passes with one vote less": ("bang_khen_bo", lambda flow: _vote(flow, "ministry", 73)),
    "the unit's council needs no 90 percent": ("cstd_toan_quoc", lambda flow: _vote(flow, "unit", 83)),
    "the base is those present": (
        "tt_ldxs",
        lambda flow: replace(flow, votes={**flow.votes, "ministry": replace(flow.votes["ministry"], base="present")}),
    ),
    "who sent the file may receive it": (
        "cstd_bo",
        lambda flow: _with(flow, "receive", lambda t: replace(t, not_by=())),
    ),
    "the result is told before its release": (
        "bang_khen_bo",
        lambda flow: _with(flow, "close_vote", lambda t: replace(t, hold=None)),
    ),
    "the cluster may be skipped": (
        "co_thi_dua_bo",
        lambda flow: _with(
            flow, "submit", lambda t: replace(t, require=tuple(r for r in t.require if r.names != ("cluster",)))
        ),
    ),
    "publication may be short": (
        "hcld_nhat",
        lambda flow: replace(flow, tasks={**flow.tasks, "publish": replace(flow.tasks["publish"], lasts=None)}),
    ),
    "an old achievement is forwarded": (
        "bang_khen_tt",
        lambda flow: _with(
            flow, "forward", lambda t: replace(t, require=tuple(r for r in t.require if r.kind != "recent"))
        ),
    ),
    "a second medal is given": ("ky_niem_chuong", lambda flow: replace(flow, across=())),
    "a revoked award is revoked again": (
        "huy_bo",
        lambda flow: _with(flow, "decide", lambda t: replace(t, require=())),
    ),
    "nobody is reminded of the achievement's age": (
        "bang_khen_tt",
        lambda flow: replace(
            flow, deadlines={name: each for name, each in flow.deadlines.items() if name != "achievement_age"}
        ),
    ),
    "a suspension stops no clock": (
        "bang_khen_bo",
        lambda flow: replace(
            flow, deadlines={name: replace(each, stops_in=()) for name, each in flow.deadlines.items()}
        ),
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_spoils_a_story(planted: str, compiled: Mapping[str, CompiledFlow]) -> None:
    name, plant = PLANTED[planted]
    assert faults(plant(compiled[name].flow), compiled) != []
