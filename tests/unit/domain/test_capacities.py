"""In which capacity somebody signs: what is printed above a signature, and what must stand below it."""

from __future__ import annotations

from typing import Any

import pytest

from workflow.domain import capacities


@pytest.mark.parametrize(
    ("typed", "parts", "written"),
    [
        ("BỘ TRƯỞNG", ("", "BỘ TRƯỞNG"), "BỘ TRƯỞNG"),
        ("KT.BỘ  TRƯỞNG", ("KT.", "BỘ TRƯỞNG"), "KT. BỘ TRƯỞNG"),
        (" TUQ . BỘ TRƯỞNG ", ("TUQ.", "BỘ TRƯỞNG"), "TUQ. BỘ TRƯỞNG"),
        ("TM. HỘI ĐỒNG", ("TM.", "HỘI ĐỒNG"), "TM. HỘI ĐỒNG"),
        ("", ("", ""), ""),
        ("KT.", ("KT.", ""), "KT."),
    ],
)
def test_an_abbreviation_and_whom_it_names(typed: str, parts: tuple[str, str], written: str) -> None:
    assert capacities.parts(typed) == parts
    assert capacities.written(typed) == written


@pytest.mark.parametrize(
    ("decision", "problem"),
    [
        ({}, ""),
        ({"capacity": None, "signer": None}, ""),
        ({"capacity": "BỘ TRƯỞNG"}, ""),
        ({"capacity": "Q. CỤC TRƯỞNG", "signer": "A"}, ""),
        ({"capacity": "TM. HỘI ĐỒNG"}, ""),
        ({"capacity": "KT. BỘ TRƯỞNG", "signer": "Bùi Thế Duy", "post": "THỨ TRƯỞNG"}, ""),
        ({"capacity": "KT. BỘ TRƯỞNG", "signer": "Bùi Thế Duy"}, "decision_post"),
        ({"capacity": "TL. BỘ TRƯỞNG", "signer": " ", "post": "VỤ TRƯỞNG"}, "decision_signer"),
        ({"capacity": "TUQ. BỘ TRƯỞNG"}, "decision_signer"),
        ({"capacity": "KT."}, "decision_capacity"),
        ({"capacity": "TK. BỘ TRƯỞNG"}, "decision_capacity"),
        ({"capacity": "B" * 41}, "decision_capacity"),
        ({"capacity": 5}, "decision_capacity"),
        ({"signer": "a" * 201}, "decision_signer"),
        ({"post": ["THỨ TRƯỞNG"]}, "decision_post"),
    ],
)
def test_who_signs_for_another_is_named_with_his_own_post(decision: dict[str, Any], problem: str) -> None:
    assert capacities.problem(decision) == problem
