"""What a stranger asked of acts: a reason for dating back, and that what was promised of a dossier stays true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.ministry import Ministry
from tests.support.replay import differences
from workflow.services import acts, checking


@pytest.fixture
def m(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path)


@pytest.mark.attack("S108")
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


def test_a_dossier_that_is_opened_again_leaves_the_archive_and_is_reminded_of(m: Ministry) -> None:
    (code,) = m.drafts()
    m.done("withdraw", [code], "unit_head", letter_no="11/CV-CVT")
    m.done("archive", [code], "secretariat")
    assert m.one("SELECT count(*) FROM nomination WHERE archived_at IS NOT NULL") == 1
    m.done("reopen_withdrawn", [code], "secretariat_head", reason="Đơn vị đề nghị xét lại hồ sơ")
    assert m.one("SELECT count(*) FROM nomination WHERE archived_at IS NOT NULL") == 0
    m.done("suspend", [code], "secretariat_head", reason="Có đơn tố cáo đang xem xét", document="05/TB-TTr")
    m.on(m.calendar.next_working(m.today + timedelta(days=60)))
    assert m.sweep().reminders == 1
    m.done("resume", [code], "secretariat_head", document="09/KL-TTr")
    m.done("withdraw", [code], "unit_head", letter_no="12/CV-CVT")
    m.done("archive", [code], "secretariat")
    assert checking.check(m.desk).ok
    assert differences(m.engine) == []
