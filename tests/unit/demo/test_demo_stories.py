"""Which stories of a flow a rehearsal plays, and how it tells them on a terminal."""

from __future__ import annotations

from datetime import date

import pytest

from definitions.flow import Flow
from definitions.loading import load_folder
from workflow.cli.common import Steps
from workflow.cli.running import _Story
from workflow.demo.casting import _last_state, is_left_open, playable, tail
from workflow.flow_checks import SHIPPED

UNLEARNED = "Mỗi người chỉ một lần: đã được tặng hoặc chưa rõ lịch sử thì không gửi được"


@pytest.fixture(scope="module")
def medal() -> Flow:
    return load_folder(SHIPPED).flows["ky_niem_chuong"].flow


def test_a_story_in_which_the_register_forgets_an_award_is_not_played(medal: Flow) -> None:
    left_out = {each.title for each in medal.scenarios} - {each.title for each in playable(medal)}
    assert left_out == {UNLEARNED}


def test_every_other_story_of_every_flow_is_played() -> None:
    for each in load_folder(SHIPPED).flows.values():
        told = {story.title for story in each.flow.scenarios} - {UNLEARNED}
        assert {story.title for story in playable(each.flow)} == told


class Noted(Steps):
    """Notes when the line of progress is cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.cleared = 0

    def end(self) -> None:
        self.cleared += 1


def test_the_line_of_progress_is_cleared_before_a_day_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Noted()
    story = _Story(steps, quiet=False)
    story(date(2026, 12, 1), "list", {"unit": "Cục A", "good": 3, "bad": 0})
    assert steps.cleared == 0
    story(date(2026, 12, 2), "reminders", {"amount": 1, "escalations": 0, "mails": 1})
    assert steps.cleared == 1
    assert capsys.readouterr().out.startswith("01/12/2026  Cục A")


def test_a_day_with_nothing_to_tell_leaves_the_line_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Noted()
    story = _Story(steps, quiet=False)
    story(date(2026, 12, 2), "reminders", {"amount": 1, "escalations": 0, "mails": 1})
    story.end()
    assert (steps.cleared, capsys.readouterr().out) == (0, "")


def test_a_story_that_stops_at_a_desk_goes_on_as_the_main_one_does() -> None:
    for each in load_folder(SHIPPED).flows.values():
        flow = each.flow
        for story in playable(flow):
            steps = tail(flow, story)
            last = flow.states[_last_state(flow, story)]
            if last.final is not None or is_left_open(flow, story):
                assert steps == [], (flow.id, story.title)
            elif steps:
                acts = [step for _, step in steps if step.verb == "do"]
                assert last.id in flow.transitions[acts[0].name].sources, (flow.id, story.title)
