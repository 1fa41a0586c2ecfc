"""An admin begins a flow by copying one: the copy must be green before he changes anything, with the parts it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.calendar import shipped
from workflow.flow_checks import SHIPPED, check
from workflow.services.starting import copy_flow


@pytest.mark.parametrize("source", ["giay_khen", "bang_khen_bo", "cstd_toan_quoc", "huy_bo"])
def test_a_copy_in_a_folder_of_its_own_is_green(source: str, tmp_path: Path) -> None:
    copy_flow(SHIPPED, tmp_path, source, f"{source}_moi")
    checked = check(tmp_path, shipped())
    assert [problem for each in checked.flows for problem in each.problems] == []
    assert checked.green
    assert [(each.id, each.coverage) for each in checked.flows] == [(f"{source}_moi", 1.0)]
