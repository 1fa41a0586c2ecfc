"""A problem says where, what and what to do; a refusal carries all of them, each once, in the order of the file."""

from __future__ import annotations

import pytest

from definitions.problems import FlowsRefused, Problem, in_order

LATER = Problem("b.toml", 2, 1, "unknown_state", {"name": "hoi_dog", "nearest": "hoi_dong"})
EARLIER = Problem("a.toml", 17, 6, "unknown_state", {"name": "x"})
SAME_LINE = Problem("a.toml", 17, 2, "unknown_state", {"name": "y"})


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("vi", "b.toml:2:1 – Không có trạng thái “hoi_dog”. Có phải “hoi_dong”?"),
        ("en", "b.toml:2:1 – There is no state “hoi_dog”. Did you mean “hoi_dong”?"),
    ],
)
def test_a_problem_is_one_line_with_its_place_and_a_hint(language: str, line: str) -> None:
    assert LATER.line_of_report(language) == line


def test_vietnamese_is_spoken_unless_asked_otherwise() -> None:
    assert EARLIER.sentence() == "Không có trạng thái “x”."


def test_problems_stand_in_the_order_of_file_line_and_column_each_once() -> None:
    again = Problem("a.toml", 17, 2, "unknown_state", {"name": "y"})
    assert in_order([LATER, EARLIER, again, SAME_LINE]) == (SAME_LINE, EARLIER, LATER)


def test_a_refusal_carries_every_problem_and_reads_as_a_report() -> None:
    refused = FlowsRefused([LATER, EARLIER])
    assert refused.problems == (EARLIER, LATER)
    assert str(refused).splitlines()[0] == "a.toml:17:6 – There is no state “x”."
