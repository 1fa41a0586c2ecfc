"""What a stranger asked of acts: a reason for dating back, and that what was promised of a dossier stays true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.ministry import Ministry
from workflow.services import acts


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path)


def test_an_act_dated_back_is_refused_without_a_reason_and_keeps_the_one_it_is_given(m: Ministry) -> None:
    (code,) = m.drafts()
    yesterday = m.today - timedelta(days=1)
    before = m.snapshot()
    assert m.refused("start_unit_vote", [code], "unit_officer", on=yesterday) == ["backdating_reason"]
    assert m.snapshot() == before
    asked = m.request("start_unit_vote", [code], "unit_officer", on=yesterday)
    report = acts.perform(m.desk, replace(asked, backdating_reason="Họp ngày hôm qua, ghi sổ hôm nay"), m.now)
    assert report.done == 1
    assert "Họp ngày hôm qua" in str(m.one("SELECT fields FROM act WHERE transition = 'start_unit_vote'"))
    assert str(m.one("SELECT occurred_on FROM event")) == yesterday.isoformat()
