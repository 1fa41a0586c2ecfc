"""A wrong name is answered with the one that was probably meant, or with none."""

from __future__ import annotations

import pytest

from definitions.nearest import named, nearest, shown

STATES = ("draft", "hoi_dong", "signing", "awarded")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("hoi_dog", "hoi_dong"),
        ("Draft", "draft"),
        ("SIGNING", "signing"),
        ("award", "awarded"),
        ("os.system", None),
        ("", None),
        (5, None),
        (None, None),
        ("hoi_dong" * 20, None),
        ("x" * 80, "x" * 79),
        ("x" * 81, None),
    ],
)
def test_only_a_slip_of_the_finger_is_mended(word: object, meant: str | None) -> None:
    assert nearest(word, (*STATES, "x" * 79)) == meant


def test_a_name_is_never_offered_for_itself() -> None:
    assert nearest("draft", ["draft"]) is None


def test_the_parameters_of_a_problem_carry_a_hint_only_when_there_is_one() -> None:
    assert named("hoi_dog", STATES) == {"name": "hoi_dog", "nearest": "hoi_dong"}
    assert named(True, STATES) == {"name": "true"}


def test_a_long_value_is_cut_before_it_stands_in_a_sentence() -> None:
    assert shown("x" * 500) == "x" * 79 + "…"
