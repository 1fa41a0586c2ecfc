"""A good mapping becomes the values that the engine runs: short forms written out, `open` and tasks expanded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from definitions import flow as f
from definitions.flow import Flow
from definitions.loading import LoadedFlow
from definitions.parsing_acts import requirement_of
from definitions.parsing_stories import mail_words


@pytest.fixture
def flow(load: Callable[..., LoadedFlow]) -> Flow:
    return load().flow


def test_the_head_of_a_flow(flow: Flow) -> None:
    assert (flow.id, flow.award, flow.kind, flow.level, flow.signer) == (
        "good",
        "bang_khen_mau",
        "merit",
        "ministry",
        "minister",
    )
    assert flow.title == f.Words("Bằng khen mẫu", "Sample certificate")
    assert (flow.valid_from, flow.valid_until) == (date(2026, 10, 1), date(2027, 3, 1))
    assert (flow.nominee, flow.from_units, flow.initial) == (("individual",), ("cuc", "vu"), "draft")
    assert (flow.legal, flow.notes, flow.retention, flow.subject) == ((), "", "", "nominee")


def test_words_are_said_in_the_language_asked_for(flow: Flow) -> None:
    assert flow.title.in_("vi") == "Bằng khen mẫu"
    assert flow.title.in_("en") == "Sample certificate"


def test_every_requirement_of_a_transition_is_found_however_deep(flow: Flow) -> None:
    found = [each.kind for each in flow.transitions["schedule"].requirements()]
    assert found == ["tasks_done", "recent", "any", "not", "flag", "field"]


def test_a_state_without_words_for_the_unit_shows_it_the_same_words(flow: Flow) -> None:
    assert flow.states["draft"].unit == flow.states["draft"].label
    assert flow.states["appraising"].unit.vi == "Hồ sơ đang được thẩm định"
    assert flow.states["awarded"].outcome == "awarded"
    assert flow.states["draft"].clock == "stopped"


def test_a_deadline_of_a_state(flow: Flow) -> None:
    assert flow.states["appraising"].deadline == f.DeadlineRule(
        name="state.appraising",
        start="complete",
        within=f.Span(25, "working_days"),
        remind=f.Ladder((10, 5), on_day=True, after_every=2),
        escalate=f.Escalation(1, ("secretariat_head",)),
    )
    rule = flow.states["supplement_requested"].deadline
    assert rule
    assert (rule.start, rule.on, rule.within) == ("entered", "act.due_on", None)


def test_reminders_stand_in_order_and_each_once(load: Callable[..., LoadedFlow]) -> None:
    rule = load(("before = [10, 5]", "before = [5, 10, 5]")).flow.states["appraising"].deadline
    assert rule
    assert rule.remind.before == (10, 5)


def test_a_fixed_day_of_the_year(load: Callable[..., LoadedFlow]) -> None:
    loaded = load(('on     = "act.due_on"', "fixed  = { month = 6, day = 30, year = 1 }"))
    rule = loaded.flow.states["supplement_requested"].deadline
    assert rule
    assert rule.fixed == f.YearDay(6, 30, 1)


def test_a_deadline_that_spans_states(flow: Flow) -> None:
    assert flow.deadlines["ministry"] == f.DeadlineRule(
        name="ministry",
        start="complete",
        within=f.Span(30, "working_days"),
        until=("decide", "state.council_rejected"),
        stops_in=("supplement_requested",),
        to=("secretariat_head",),
    )


def test_open_means_every_state_that_is_not_final(flow: Flow) -> None:
    assert flow.transitions["extend"].sources == ("appraising", "supplement_requested", "council_voting", "signing")
    assert [each.id for each in flow.leaving("council_voting")] == ["close_vote", "extend"]


def test_a_transition_in_all_its_parts(flow: Flow) -> None:
    act = flow.transitions["request_supplement"]
    assert (act.by, act.not_by, act.raises) == (("secretariat", "appraiser"), ("submit",), ("supplemented",))
    assert act.branches == (f.Branch("supplement_requested"),)
    assert act.fields == (
        f.Field("defects", "list", per="line", min=1),
        f.Field("due_on", "date"),
        f.Field("urgency", "choice", required="never", choices=("cao", "thường")),
    )
    assert act.mail == (f.Notice(("unit",), "supplement"),)
    assert flow.transitions["submit"].fields[1].required == "after:round.cutoff"
    assert flow.transitions["submit"].marks == ("complete",)


def test_branches_carry_their_own_requirements_and_mails(flow: Flow) -> None:
    act = flow.transitions["close_vote"]
    assert act.branches == (
        f.Branch("signing", (f.Requirement("vote_passed", ("ministry",)),), (f.Notice(("unit",), "council_result"),)),
        f.Branch("council_rejected"),
    )
    assert (act.vote, act.hold, flow.transitions["release"].releases) == ("ministry", "results", ("results",))
    assert [each.kind for each in act.requirements()] == ["vote_passed"]


@pytest.mark.parametrize(
    ("row", "requirement"),
    [
        ({"documents": "all"}, f.Requirement("documents", ("all",))),
        ({"documents": ["a", "b"]}, f.Requirement("documents", ("a", "b"))),
        ({"tasks_done": True}, f.Requirement("tasks_done")),
        ({"tasks_done": ["a"]}, f.Requirement("tasks_done", ("a",))),
        ({"field": "a", "is": "b"}, f.Requirement("field", ("a", "b"))),
        ({"field": "a"}, f.Requirement("field", ("a",))),
        ({"recent": "a", "within": {"months": 6}}, f.Requirement("recent", ("a",), f.Span(6, "months"))),
        (
            {"flag": "a", "label": {"vi": "b", "en": "c"}},
            f.Requirement("flag", ("a",), label=f.Words("b", "c")),
        ),
        (
            {"all": [{"not": {"flag": "a"}}, {"any": [{"round": "open"}]}]},
            f.Requirement(
                "all",
                children=(
                    f.Requirement("not", children=(f.Requirement("flag", ("a",)),)),
                    f.Requirement("any", children=(f.Requirement("round", ("open",)),)),
                ),
            ),
        ),
    ],
)
def test_each_kind_of_requirement(row: dict[str, object], requirement: f.Requirement) -> None:
    assert requirement_of(row) == requirement


def test_a_task_brings_the_act_that_opens_it_and_the_act_that_closes_it(flow: Flow) -> None:
    task = flow.tasks["consult"]
    assert (task.per_body, task.lasts, task.silence) == (True, f.Span(5, "working_days"), "blocks")
    assert task.deadline
    assert (task.deadline.name, task.deadline.within) == ("task.consult", f.Span(10, "working_days"))
    opens, closes = flow.transitions["open_consult"], flow.transitions["close_consult"]
    assert (opens.task, closes.task) == (("consult", "open"), ("consult", "close"))
    assert (opens.sources, opens.by, opens.branches) == (("appraising",), ("appraiser",), (f.Branch("same"),))
    assert [(each.name, each.type, each.required, each.min) for each in opens.fields] == [
        ("bodies", "list", "always", 1),
        ("sent_on", "date", "never", None),
    ]
    assert [(each.name, each.type, each.required) for each in closes.fields] == [
        ("body", "text", "always"),
        ("reply", "text", "always"),
    ]
    assert opens.mail == (f.Notice(("consulted_body",), "consult"),)
    assert closes.mail == ()
    assert opens.label == f.Words("Lấy ý kiến: bắt đầu", "Consult: start")
    assert closes.require == (f.Requirement("task_lasted", ("consult",)),)


def test_the_act_of_a_task_without_bodies_asks_for_none(load: Callable[..., LoadedFlow]) -> None:
    flow = load(("per_body = true\n", ""), ("lasts    = { working_days = 5 }\n", "")).flow
    assert [each.name for each in flow.transitions["open_consult"].fields] == ["sent_on"]
    assert [each.name for each in flow.transitions["close_consult"].fields] == ["reply"]
    assert flow.transitions["close_consult"].require == ()


def test_what_a_file_says_of_a_task_s_act_goes_on_top_and_the_least_time_stays(load: Callable[..., LoadedFlow]) -> None:
    own = """
[transition.close_consult]
by      = ["secretariat"]
require = [{ round = "open" }]
with    = { summary = "text" }
"""
    act = load(append=own).flow.transitions["close_consult"]
    assert act.by == ("secretariat",)
    assert act.sources == ("appraising",)
    assert [each.name for each in act.fields] == ["body", "reply", "summary"]
    assert [each.kind for each in act.require] == ["round", "task_lasted"]


def test_the_least_time_is_asked_for_once(load: Callable[..., LoadedFlow]) -> None:
    own = '\n[transition.close_consult]\nrequire = [{ task_lasted = "consult" }]\n'
    assert load(append=own).flow.transitions["close_consult"].require == (f.Requirement("task_lasted", ("consult",)),)


def test_a_transition_is_tied_to_a_task_by_its_whole_name(load: Callable[..., LoadedFlow]) -> None:
    flow = load(("[transition.release]", "[transition.open_results]")).flow
    assert flow.transitions["open_results"].task is None
    assert flow.transitions["close_vote"].task is None


def test_documents_votes_and_rules_across(flow: Flow) -> None:
    assert flow.documents["to_trinh"].nominee == ("individual", "collective")
    assert flow.documents["bao_cao"] == f.Document(
        "bao_cao",
        f.Words("Báo cáo thành tích", "Report of achievements"),
        "nomination",
        "unit",
        nominee=("individual",),
    )
    vote = flow.votes["ministry"]
    assert (vote.percent, vote.strict, vote.quorum, vote.ballot, vote.tie) == (50, True, (2, 3), "secret", "fails")
    (rule,) = flow.across
    assert rule.need == f.Need(
        "any",
        children=(
            f.Need("award", "cstd_co_so", years=2, consecutive=True),
            f.Need("not", children=(f.Need("rating", "poor"),)),
        ),
    )


def test_a_vote_of_two_thirds_and_a_quorum_of_those_present(load: Callable[..., LoadedFlow]) -> None:
    edits = (
        ("percent = 50, strict = true", 'share = "2/3", strict = false'),
        ('quorum = "2/3"', 'quorum = "4/5"\nquorum_counts = "present"'),
    )
    vote = load(*edits).flow.votes["ministry"]
    assert (vote.ratio, vote.share, vote.quorum, vote.quorum_counts) == ((2, 3), (2, 3), (4, 5), "present")
    assert load().flow.votes["ministry"].ratio == (50, 100)


APPRAISAL = """
[appraisal]
by      = ["appraiser", "field_lead"]
during  = ["appraising"]
who     = "field"
scale   = 10
visible = "never"
blind   = true
[appraisal.criteria.result]
label  = { vi = "Kết quả", en = "Results" }
weight = 60
max    = 20
[appraisal.criteria.share]
label  = { vi = "Sáng kiến", en = "Initiatives" }
weight = 40
max    = 5
"""


def test_an_appraisal_and_a_vote_that_ranks_by_its_points(load: Callable[..., LoadedFlow]) -> None:
    rank = 'rank = { by = "points", top = 3, prefer_women = "7/10" }'
    flow = load(('quorum = "2/3"', rank), ("[across.twice]", f"{APPRAISAL}[across.twice]")).flow
    vote = flow.votes["ministry"]
    assert (vote.rank_by, vote.top, vote.prefer_women) == ("points", 3, (7, 10))
    assert flow.appraisal == f.Appraisal(
        ("appraiser", "field_lead"),
        ("appraising",),
        {
            "result": f.Criterion("result", f.Words("Kết quả", "Results"), 60, 20),
            "share": f.Criterion("share", f.Words("Sáng kiến", "Initiatives"), 40, 5),
        },
        who="field",
        scale=10,
        visible="never",
        blind=True,
    )
    assert load().flow.appraisal is None
    plain = load().flow.votes["ministry"]
    assert (plain.rank_by, plain.top, plain.prefer_women) == (None, 1, None)


def test_a_vote_without_a_quorum_and_a_need_of_all(load: Callable[..., LoadedFlow]) -> None:
    flow = load(('quorum = "2/3"\n', ""), ("needs  = { any =", "needs  = { all =")).flow
    assert flow.votes["ministry"].quorum is None
    assert flow.across[0].need
    assert flow.across[0].need.kind == "all"


def test_the_steps_of_a_scenario_know_their_line(flow: Flow, good_text: str) -> None:
    (story,) = flow.scenarios
    first = good_text.split("\n").index("[[scenario]]") + 1
    assert (story.file, story.line, story.title) == ("good.toml", first, "Trình đến Hội đồng")
    assert [(each.verb, each.line - first) for each in story.steps] == [
        ("attach", 4),
        ("do", 5),
        ("do", 6),
        ("wait", 7),
        ("fact", 8),
        ("expect", 9),
    ]
    attach, submit, schedule, wait, fact, expect = story.steps
    assert attach.documents == ("bao_cao",)
    assert submit.mails == (("submitted", "secretariat"), ("receipt", "unit"))
    assert (schedule.refused, schedule.overrides) == (("tasks_open",), {"twice": "Đã kiểm tra"})
    assert (wait.on, wait.mails) == (date(2026, 12, 20), (("reminder", "appraiser"),))
    assert fact.fields == {"round_open": False}
    assert expect.state == "appraising"


def test_a_scenario_may_take_everything_for_granted(load: Callable[..., LoadedFlow], good_text: str) -> None:
    given = next(line for line in good_text.split("\n") if line.startswith("given"))
    assert load((given + "\n", "")).flow.scenarios[0].given == {}


@pytest.mark.parametrize("text", ["a → b", "a -> b", "a→b", " a  ->  b "])
def test_an_arrow_is_an_arrow(text: str) -> None:
    assert mail_words(text) == ("a", "b")
