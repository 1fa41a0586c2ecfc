"""A letter without a number is told from the unit's others, and never taken for one that has it."""

from __future__ import annotations

from workflow.domain.letters import has_number, nameless


def test_a_letter_without_a_number_stands_for_its_file_and_is_no_number() -> None:
    assert nameless("0b57b1d8" * 8) == "(chưa có số) 0b57b1d8"
    assert nameless("0b57b1d8" * 8) != nameless("1c57b1d8" * 8)
    assert not has_number(nameless("0b57b1d8" * 8))
    assert has_number("07/TTr-CVT")
