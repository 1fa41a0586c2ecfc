"""What the bad files do not show: what is rightly left alone, where a problem points, and what follows from what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from transitions import Machine

from definitions import reserved
from definitions.checking import check, check_together
from definitions.flow import Flow
from definitions.loading import LoadedFlow
from definitions.problems import Problem
from definitions.vocabulary import DEFAULT, Vocabulary

Problems = Callable[..., tuple[Problem, ...]]


def codes(found: tuple[Problem, ...]) -> list[str]:
    return [each.code for each in found]


def test_the_good_flow_is_good(problems: Problems) -> None:
    assert problems() == ()


# ── what is allowed ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "edits",
    [
        [('final = "negative"', 'final = "negative"\nowner = "auditor"')],
        [('on     = "act.due_on"', 'on     = "fact.achievement_to"')],
        [('on     = "act.due_on"', 'on     = "round.cutoff"')],
        [("before = [10, 5]", "before = [25, 5]")],
        [('until    = ["decide", "state.council_rejected"]', 'until    = "decide"')],
        [('until    = ["decide", "state.council_rejected"]', 'until    = ["extend"]')],
        [('[deadline.ministry]\nfrom     = "complete"', '[deadline.ministry]\nfrom     = "submit"')],
        [('[deadline.ministry]\nfrom     = "complete"', '[deadline.ministry]\nfrom     = "extend"')],
        [('quorum = "2/3"', 'quorum = "1/1"')],
        [('quorum = "2/3"', 'tie = "chair_decides"\nchair_must_agree = true')],
        [
            ("percent = 50, strict = true", "percent = 80, strict = false"),
            ('quorum = "2/3"', 'tie = "chair_decides"\nrank = { by = "yes" }'),
        ],
        [("percent = 50", 'share = "1/2"'), ('quorum = "2/3"', 'tie = "chair_decides"')],
        [
            ('quorum = "2/3"', 'ballot = "open"\ntie = "chair_decides"'),
            ('tally = "tally"', 'tally = { type = "tally", required = false }'),
        ],
        [('to     = ["secretariat"]\n\n[task', 'to     = ["unit"]\n\n[task')],
        [
            ("within   = { working_days = 10 }\nlasts", "within   = { months = 1 }\nlasts"),
            ("{ working_days = 5 }", "{ working_days = 25 }"),
        ],
        [('is = "cao"', 'is = "thường"')],
        [('{ round = "open" }', '{ documents = ["to_trinh", "bao_cao"] }')],
        [('{ round = "open" }', '{ moment = "complete" }')],
        [('{ round = "open" }', '{ field = "defects", is = "bất kỳ" }')],
        [('{ round = "open" }', '{ task_lasted = "consult" }')],
        [('{ round = "open" }', '{ proof = "confirmed" }'), ('effect = "extend"', 'effect = "confirm_proof"')],
        [
            ('effect = "extend"', 'effect = "change_award"'),
            ('with   = { due = "date" }', 'with   = { to_flow = "flow" }'),
        ],
        [('effect = "extend"', 'effect = "revoke_subject"'), ('id  ', 'subject = "decision_line"\nid  ')],
        [('{ round = "open" }', '{ subject = "decided" }'), ('id  ', 'subject = "decision_line"\nid  ')],
        [('refused = ["tasks_open"]', 'refused = ["field_invalid"], with = { strange = 1 }')],
        [("valid      = { from = 2026-10-01, until = 2027-03-01 }", "valid      = { from = 2026-10-01 }")],
        [('{ expect = "appraising" }', '{ do = "submit", by = "unit_head", state = "appraising" }')],
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(problems: Problems, edits: list[tuple[str, str]]) -> None:
    assert problems(*edits) == ()


@pytest.mark.parametrize(
    ("edits", "warned"),
    [
        ('recusal = "leaves_base"\nlegal = "Nghị định 152/2025/NĐ-CP, Điều 33 khoản 5"', 1),
        ('recusal = "leaves_base"', 0),
        ('recusal = "stays_in_base"\nlegal = "Nghị định 152/2025/NĐ-CP, Điều 33 khoản 5"', 0),
    ],
)
def test_a_base_that_the_law_names_should_not_be_made_smaller(
    load: Callable[..., LoadedFlow], edits: str, warned: int
) -> None:
    loaded = load(('quorum = "2/3"', edits))
    assert [each.code for each in loaded.warnings] == ["recusal_leaves_legal_base"] * warned
    for warning in loaded.warnings:
        assert (warning.line, warning.column) == (88, 11)
        assert warning.line_of_warning("vi").startswith("good.toml:88:11 – Lưu ý: [vote.ministry] không tính")
        assert warning.line_of_warning("en").startswith("good.toml:88:11 – Look again: [vote.ministry]")


def test_a_base_of_those_present_may_be_made_smaller(load: Callable[..., LoadedFlow]) -> None:
    edits = ("all_members", "present"), ('quorum = "2/3"', 'recusal = "leaves_base"\nlegal = "Quy chế"')
    assert load(*edits).warnings == ()


def test_named_rules_are_known_once_the_installation_has_them(load: Callable[..., LoadedFlow]) -> None:
    loaded = load()
    act = loaded.flow.transitions["submit"]
    ruled = replace(act, require=(replace(act.require[1], kind="rule", names=("no_discipline",)),))
    flow = replace(loaded.flow, transitions={**loaded.flow.transitions, "submit": ruled})
    assert [each.code for each in check(flow, loaded.merged.data, DEFAULT)] == ["unknown_rule"]
    assert check(flow, loaded.merged.data, Vocabulary(rules=("no_discipline",))) == []


# ── where it points ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("edits", "append", "code", "line_like"),
    [
        ([('send = "consult"', 'send = "consullt"')], "", "unknown_mail", "mail     = ["),
        ([("by       = [\"appraiser\"]", "by       = []")], "", "list_too_short", "by       = ["),
        (
            [],
            '\n[transition.close_consult]\nnot_by = ["opn_consult"]\n',
            "unknown_transition",
            "not_by = [\"opn",
        ),
        ([("during   = [", 'during   = ["appraising", ')], "", "source_twice", "during   = ["),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_act_of_a_task_is_shown_at_the_task(
    problems: Problems, edited: Callable[..., str], edits: list[tuple[str, str]], append: str, code: str, line_like: str
) -> None:
    (problem,) = problems(*edits, append=append)
    assert problem.code == code
    assert edited(*edits, append=append).split("\n")[problem.line - 1].startswith(line_like)


def test_an_act_of_a_task_that_lacks_a_whole_key_is_shown_at_the_label_of_the_task(
    load: Callable[..., LoadedFlow],
) -> None:
    loaded = load()
    act = replace(loaded.flow.transitions["open_consult"], effect="change_award")
    flow = replace(loaded.flow, transitions={**loaded.flow.transitions, "open_consult": act})
    (issue,) = check(flow, loaded.merged.data, DEFAULT)
    assert (issue.code, issue.path) == ("effect_without_flow", ("task", "consult", "effect"))
    assert loaded.merged.origin(issue.path)[1] == issue.path


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ('state.lost = { label = { vi = "Lạc", en = "Lost" }, owner = "secretariat_head" }', "unreachable_state"),
        ('vote.unit = { body = "cluster", base = "cast", pass = { percent = 50, strict = true } }', "vote_unrecorded"),
    ],
)
def test_a_table_on_one_line_is_pointed_at_by_its_name(problems: Problems, table: str, code: str) -> None:
    (problem,) = problems(("initial    =", f"{table}\ninitial    ="))
    assert (problem.code, problem.line) == (code, 13)
    assert problem.column == table.index(".") + 2


def test_a_state_on_one_line_without_an_owner_or_a_way_out_is_pointed_at_by_its_name(problems: Problems) -> None:
    state = '[state]\nsigning = { label = { vi = "Đang trình ký", en = "With the signer" } }\n'
    written = '[state.signing]\nlabel = { vi = "Đang trình ký", en = "With the signer" }\nowner = "secretariat"\n'
    (problem,) = problems((written, state))
    assert (problem.code, problem.column) == ("owner_missing", 1)


@pytest.mark.parametrize(
    ("span", "longest"),
    [("calendar_days = 10", 10), ("working_days = 10", 10), ("months = 2", 46), ("years = 1", 262)],
)
def test_a_reminder_may_be_as_long_as_its_deadline_and_no_longer(problems: Problems, span: str, longest: int) -> None:
    def codes_with(days: int) -> list[str]:
        return codes(
            problems(("within   = { working_days = 25 }", f"within   = {{ {span} }}"), ("[10, 5]", f"[{days}]"))
        )

    assert codes_with(longest) == []
    assert codes_with(longest + 1) == ["reminder_before_start"]


# ── what follows from what ───────────────────────────────────────────────────────────────────────


def test_a_spanning_deadline_needs_a_start_of_its_own(problems: Problems) -> None:
    found = problems(('[deadline.ministry]\nfrom     = "complete"', '[deadline.ministry]\nfrom     = "entered"'))
    assert codes(found) == ["unknown_start"]
    edits = ('from     = "complete"\nuntil    = ["decide", "state.council_rejected"]\nwithin   = { working_days = 30 }',
             'from     = "entered"\nuntil    = ["decide"]\non       = "act.due_on"')  # fmt: skip
    assert codes(problems(edits)) == ["unknown_start"]


def test_one_slip_in_a_target_does_not_make_the_state_unreachable_too(problems: Problems) -> None:
    assert codes(problems(('to      = "council_voting"', 'to      = "council_votin"'))) == ["unknown_state"]


def test_a_target_like_nothing_leaves_the_state_it_should_have_been_unreachable(problems: Problems) -> None:
    found = problems(('to      = "council_voting"', 'to      = "zzz"'))
    assert codes(found)[-1] == "unknown_state"
    assert {"unreachable_state", "until_never"} & set(codes(found))


def test_an_initial_state_like_nothing_says_nothing_of_the_others(problems: Problems) -> None:
    assert codes(problems(('initial    = "draft"', 'initial    = "zzz"'))) == ["unknown_state"]


def test_a_circle_is_reported_once(problems: Problems) -> None:
    found = problems(
        ('to    = "awarded"', 'to    = "appraising"'), ('final = "negative"', 'owner = "secretariat_head"')
    )
    assert codes(found) == ["no_way_to_an_end", "unreachable_state"]


def test_a_state_that_only_turns_on_itself_is_a_dead_end(problems: Problems) -> None:
    append = """
[state.circling]
label = { vi = "Quay vòng", en = "Circling" }
owner = "clerk"
[transition.enter]
label = { vi = "Vào", en = "Enter" }
from  = ["signing"]
to    = "circling"
by    = ["clerk"]
[transition.turn]
label = { vi = "Quay", en = "Turn" }
from  = ["circling"]
to    = "circling"
by    = ["clerk"]
"""
    assert codes(problems(append=append)) == ["dead_end"]


def test_the_way_back_leads_out_of_a_side_state(problems: Problems) -> None:
    append = """
[state.suspended]
label = { vi = "Tạm dừng", en = "Suspended" }
owner = "clerk"
[transition.suspend]
label = { vi = "Tạm dừng", en = "Suspend" }
from  = ["signing"]
to    = "suspended"
by    = ["clerk"]
[transition.resume]
label = { vi = "Tiếp tục", en = "Resume" }
from  = ["suspended"]
to    = "previous"
by    = ["clerk"]
marks = "resumed"
[deadline.after]
from   = "resumed"
until  = "decide"
within = { months = 1 }
"""
    assert problems(append=append) == ()


def test_an_owner_of_a_state_that_nobody_can_leave_is_not_blamed_for_it(problems: Problems) -> None:
    append = """
[state.stuck]
label = { vi = "Mắc", en = "Stuck" }
owner = "clerk"
[transition.stick]
label = { vi = "Mắc", en = "Stick" }
from  = ["signing"]
to    = "stuck"
by    = ["clerk"]
"""
    assert codes(problems(('except = ["draft"]', 'except = ["draft", "stuck"]'), append=append)) == ["dead_end"]


def test_a_form_that_is_wrong_does_not_hide_a_name_that_is(problems: Problems) -> None:
    found = problems(("percent = 50", "percent = 500"), ('"receipt -> unit"', '"reciept -> unit"'))
    assert codes(found) == ["number_too_large", "unknown_mail"]


def test_a_table_that_lost_an_entry_is_not_searched_for_it(problems: Problems) -> None:
    assert codes(problems(("[task.consult]", "[tasks.consult]"))) == ["unknown_key"]
    assert codes(problems(("[documents.bao_cao]", "[documents.Bao_cao]"))) == ["bad_name"]


def test_a_part_that_is_not_there_may_have_held_anything(problems: Problems) -> None:
    found = problems(("award      =", 'extends = ["nowhere"]\naward      ='), ('["submit"]', '["submit", "gone"]'))
    assert codes(found) == ["unknown_part"]


def test_an_empty_flow_lacks_its_head_and_nothing_is_concluded_from_that() -> None:
    from definitions.loading import load_text
    from definitions.problems import FlowsRefused

    with pytest.raises(FlowsRefused) as caught:
        load_text("x.toml", 'id = "x"\n[[scenario]]\ntitle = "a"\nstep = [{ expect = "nowhere" }]\n')
    assert {each.code for each in caught.value.problems} == {"missing_key"}


# ── between flows ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def flow(load: Callable[..., LoadedFlow]) -> Flow:
    return load().flow


def between(*flows: Flow) -> list[tuple[str, str]]:
    return [(name, issue.code) for name, issue in check_together(flows)]


def test_an_alias_and_an_award_belong_to_one_flow_at_a_time(flow: Flow) -> None:
    other = replace(flow, id="zzz", aliases=("khác", "  BẰNG   khen mẫu "))
    assert between(other, flow) == [("zzz", "alias_taken"), ("zzz", "award_taken")]
    ((_, issue), _) = check_together([other, flow])
    assert (issue.path, issue.params["other"]) == (("aliases", 1), "good")


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": "2027-03-01", "valid_until": None},
        {"valid_from": "2026-01-01", "valid_until": "2026-10-01"},
        {"aliases": (), "kind": "thematic"},
        {"aliases": (), "award": "khac"},
        {"aliases": (), "nominee": ("collective",)},
        {"aliases": (), "subject": "decision_line"},
    ],
)
def test_two_flows_may_share_what_they_do_not_use_at_the_same_time(flow: Flow, changes: dict[str, object]) -> None:
    from datetime import date

    days = {
        key: date.fromisoformat(value) if isinstance(value, str) and key.startswith("valid") else value
        for key, value in changes.items()
    }
    assert between(flow, replace(flow, id="zzz", **days)) == []  # type: ignore[arg-type]


def test_flows_without_an_end_meet(flow: Flow) -> None:
    endless = replace(flow, valid_until=None)
    assert between(endless, replace(endless, id="zzz"))[-1] == ("zzz", "award_taken")


# ── names the library would take for its own ─────────────────────────────────────────────────────


def test_every_attribute_of_the_state_machine_is_a_name_that_no_flow_may_use() -> None:
    class Model:
        state: str

    model = Model()
    machine = Machine(model=model, states=["here", "there"], initial="here", transitions=[["go", "here", "there"]])
    names = {name for thing in (machine, model) for name in dir(thing) if not name.startswith("_")} - {"go"}
    assert {name for name in names if not reserved.is_reserved(name)} == set()
    assert {name for name in reserved.MACHINE if not hasattr(machine, name)} == set()


@pytest.mark.parametrize("name", ["submit", "council_voting", "open_consult", "total", "island", "maybe"])
def test_an_ordinary_name_is_nobody_s_own(name: str) -> None:
    assert not reserved.is_reserved(name)
