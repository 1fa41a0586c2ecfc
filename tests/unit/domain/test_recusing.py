"""Who steps aside on a nomination, and for which cause."""

from __future__ import annotations

from typing import Any

import pytest

from workflow.domain.recusing import Recusal, recusals

PEOPLE = ("BO/A", "BO/B", "CVT/C", "BO/D")
GIVEN: dict[str, Any] = {
    "nominee": "BO/A",
    "unit": "CVT",
    "own_units": {"BO/A": ("BO",), "CVT/C": ("CVT", "CVT.1")},
    "declared": {"BO/D": "Vợ là người được đề nghị"},
}


def test_each_cause_is_told_with_its_person() -> None:
    assert recusals(PEOPLE, **GIVEN) == (
        Recusal("BO/A", "nominee"),
        Recusal("CVT/C", "own_unit"),
        Recusal("BO/D", "declared", "Vợ là người được đề nghị"),
    )


def test_people_of_the_unit_stay_where_only_the_nominee_and_the_declared_go() -> None:
    found = recusals(PEOPLE, **GIVEN, of_own_unit=False)
    assert [(each.person, each.cause) for each in found] == [("BO/A", "nominee"), ("BO/D", "declared")]


def test_a_person_is_named_once_with_the_first_cause() -> None:
    found = recusals(["CVT/C"], **{**GIVEN, "nominee": "CVT/C", "declared": {"CVT/C": "x"}})
    assert found == (Recusal("CVT/C", "nominee"),)
    found = recusals(["CVT/C"], **{**GIVEN, "declared": {"CVT/C": "x"}})
    assert found == (Recusal("CVT/C", "own_unit"),)


def test_who_stands_in_for_the_nominee_or_for_one_of_the_unit_steps_aside_like_him() -> None:
    found = recusals(["BO/B"], **GIVEN, selves={"BO/B": ("BO/A",)})
    assert found == (Recusal("BO/B", "nominee"),)
    found = recusals(["BO/B"], **{**GIVEN, "nominee": None}, selves={"BO/B": ("CVT/C",)})
    assert found == (Recusal("BO/B", "own_unit"),)


@pytest.mark.parametrize("nominee", [None, "VPB/X"])
def test_nobody_steps_aside_for_nothing(nominee: str | None) -> None:
    assert recusals(PEOPLE, nominee=nominee, unit="VPB", own_units={}, declared={}) == ()
