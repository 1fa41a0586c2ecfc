"""What appraisers are told: one mail for each person and run, one reminder before a day, and nobody else a word."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from notifications.mail import LineRequest
from notifications.rendering import Renderer, read_templates
from notifications.tables import LINE, MAIL
from tests.support.appraising import OFFICE, OTHER_LEAD, A, B, Bench, C, rule
from tests.support.council import HELD, Chamber
from tests.support.ministry import SINCE, Ministry
from workflow.services import appraisal_mails, appraisers, appraising, mails
from workflow.services.appraisers import NotAsked, Wanted
from workflow.services.appraising import CardEntry
from workflow.services.register import PersonEntry, RoleEntry, add_people, substitute
from workflow.storage import appraisals
from workflow.storage.database import read

DUE = date(2027, 1, 26)
"""The due day that these tests give the state in which dossiers are appraised: a Tuesday."""
TEMPLATES = (appraisal_mails.ASKED, appraisal_mails.REMINDER)


def told(m: Ministry, template: str = "appraisal_asked") -> list[tuple[str, dict[str, Any], list[dict[str, Any]], str]]:
    """Address, context, lines that stand, and state of every mail of this template."""
    with read(m.engine) as connection:
        found = connection.execute(MAIL.select().where(MAIL.c.template == template).order_by(MAIL.c.id)).all()
        lines = connection.execute(LINE.select().where(LINE.c.cancelled_at.is_(None)).order_by(LINE.c.number)).all()
    return [
        (row.address, dict(row.context), [dict(line.context) for line in lines if line.mail_id == row.id], row.state)
        for row in found
    ]


def due(bench: Bench, day: date = DUE) -> None:
    bench.m.sql("UPDATE deadline SET due_on = :day WHERE name = 'state.appraising'", day=day.isoformat()
                if bench.m.engine.dialect.name == "sqlite" else day)  # fmt: skip


def words(m: Ministry, template: str, address: str, language: str = "vi") -> tuple[str, str]:
    with read(m.engine) as connection:
        found = MAIL.select().where(MAIL.c.template == template, MAIL.c.address == address)
        number = connection.execute(found.order_by(MAIL.c.id.desc())).first().id  # type: ignore[union-attr]
    m.sql("UPDATE mail SET language = :language WHERE id = :id", language=language, id=number)
    seen = mails.preview(m.desk, number).rendered
    return seen.subject, " ".join(seen.text.split())


# ── asked ────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_gets_one_mail_about_all_that_a_run_asks_of_him_and_none_for_the_same_again(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    due(bench)
    appraisers.by_rule(m.desk, OFFICE, m.now)
    found = told(m)
    boxes = ["dm1@bo.example", "td2@bo.example", "td3@bo.example"]
    assert sorted(address for address, *_ in found if address != "appraiser@bo.example") == boxes
    assert len(found) == 4
    for _, said, lines, _ in found:
        assert (said["amount"], said["due_on"], said["stands_for"]) == (2, "26/01/2027", "")
        assert [line["code"] for line in lines] == list(bench.codes)
        assert [line["name"] for line in lines] == ["Nguyễn Văn Nam A", "Nguyễn Văn Nam B"]
    subject, text = words(m, "appraisal_asked", "td2@bo.example")
    assert subject == "[TĐKT] Phân công chấm điểm 2 hồ sơ – hạn 26/01/2027"
    assert "Ông/Bà được phân công chấm điểm 2 hồ sơ" in text
    assert bench.code in text
    before = m.snapshot()
    assert appraisers.by_rule(m.desk, OFFICE, m.now) == ()
    assert bench.ask(A, B) == 0
    assert m.snapshot() == before


def test_a_later_run_tells_what_is_new_alone(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    bench.ask(B)
    bench.ask(B, code=bench.codes[1])
    assert [(address, [line["code"] for line in lines]) for address, _, lines, _ in told(m)] == [
        ("td2@bo.example", [bench.codes[0]]), ("td2@bo.example", [bench.codes[1]]),
    ]  # fmt: skip


def test_who_is_refused_leaves_no_mail_behind(m: Ministry) -> None:
    bench = Bench(m)
    before = m.snapshot()
    with pytest.raises(NotAsked):
        appraisers.ask(m.desk, [Wanted(bench.code, B), Wanted(bench.code, OTHER_LEAD)], OFFICE, m.now)
    assert m.snapshot() == before


def test_a_blind_appraisal_names_neither_dossier_nor_nominee_nor_unit(m: Ministry) -> None:
    bench = Bench(m, "blind = true")
    bench.ask(B)
    with read(m.engine) as connection:
        kept = str(connection.execute(MAIL.select().where(MAIL.c.template == "appraisal_asked")).all())
        kept += str(connection.execute(LINE.select().where(LINE.c.section == "appraisal_asked")).all())
    for language in ("vi", "en"):
        kept += " ".join(words(m, "appraisal_asked", "td2@bo.example", language))
    for secret in ("Nguyễn Văn Nam", bench.code, "Viễn thông", "CVT"):
        assert secret not in kept
    assert f"Phiếu số {bench.card(B)}" in kept
    assert "chấm không ghi tên" in kept


def test_where_the_state_has_no_due_day_the_mail_has_none(m: Ministry) -> None:
    bench = Bench(m)
    m.sql("UPDATE deadline SET due_on = NULL WHERE name = 'state.appraising'")
    bench.ask(B)
    ((_, said, (line,), _),) = told(m)
    assert (said["due_on"], said["session_on"], line["due_on"]) == ("", "", "")
    assert words(m, "appraisal_asked", "td2@bo.example", "en")[0] == "[TĐKT] 1 dossier for you to score"


def test_mail_is_held_where_all_mail_is(m: Ministry) -> None:
    bench = Bench(m)
    desk = m.another_desk(hold_mail=True)
    appraisers.ask(desk, [Wanted(bench.code, B)], OFFICE, m.now)
    assert [state for *_, state in told(m)] == ["held"]


def test_who_stands_in_hears_of_it_too_but_not_of_what_he_stands_aside_from(m: Ministry) -> None:
    bench = Bench(m)
    day = m.today
    substitute(m.desk, A, OTHER_LEAD, day, day, "12/QĐ", "BO/ADMIN", m.now)
    substitute(m.desk, B, "CVT/CB", day, day, "13/QĐ", "BO/ADMIN", m.now)
    bench.ask(A, B)
    found = {address: said["stands_for"] for address, said, _, _ in told(m)}
    own = m.one("SELECT name FROM person WHERE code = 'APPRAISER'")
    assert found.pop("dm2@bo.example") == own
    assert f"vì đang thay {own}" in words(m, "appraisal_asked", "dm2@bo.example")[1]
    assert list(found.values()) == ["", ""]


def test_what_is_handed_in_or_asked_for_no_more_is_taken_out_of_mails_that_are_not_gone(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    appraisers.ask(m.desk, [Wanted(code, each) for code in bench.codes for each in (A, B, C)], OFFICE, m.now)
    bench.give(A, 5, 5)
    appraisers.let_go(m.desk, bench.code, B, "Đi công tác", OFFICE, m.now)
    for code in bench.codes:
        appraising.stand_aside(m.desk, bench.card(C, code), "Có liên quan", C, m.now)
    found = {address: ([line["code"] for line in lines], state) for address, _, lines, state in told(m)}
    assert found.pop("td3@bo.example") == ([], "cancelled")
    assert list(found.values()) == [([bench.codes[1]], "queued")] * 2


# ── reminded ─────────────────────────────────────────────────────────────────────────────────────


def reminded(m: Ministry, day: date, hour: int = 9) -> int:
    return appraisal_mails.remind(m.desk, m.on(day, hour).now)


def test_whoever_still_owes_a_card_is_reminded_of_its_due_day_once(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    due(bench)
    appraisers.ask(m.desk, [Wanted(code, each) for code in bench.codes for each in (A, B)], OFFICE, m.now)
    bench.give(A, 5, 5)
    bench.give(A, 5, 5, code=bench.codes[1])
    bench.give(B, 5, 5)
    assert reminded(m, date(2027, 1, 21)) == 0  # three working days before
    assert reminded(m, date(2027, 1, 22), 7) == 0  # before the hour of digests
    assert reminded(m, date(2027, 1, 23)) == 0  # a Saturday
    assert reminded(m, date(2027, 1, 25)) == 1  # the worker stood still on Friday
    assert reminded(m, date(2027, 1, 25), 15) == 0
    assert reminded(m, DUE) == 0
    ((address, said, lines, _),) = told(m, "appraisal_reminder")
    assert (address, said["due_on"], said["last_day"]) == ("td2@bo.example", "26/01/2027", False)
    assert [line["code"] for line in lines] == [bench.codes[1]]
    assert words(m, "appraisal_reminder", address)[0] == "[TĐKT] Nhắc chấm điểm: còn 1 phiếu – hạn 26/01/2027"
    # A day that is put off is another day.
    due(bench, DUE + timedelta(days=7))
    assert reminded(m, DUE + timedelta(days=7)) == 1
    assert told(m, "appraisal_reminder")[1][1]["last_day"] is True
    assert reminded(m, DUE + timedelta(days=8)) == 0


def test_who_was_asked_today_and_who_has_no_mailbox_is_not_reminded(m: Ministry) -> None:
    bench = Bench(m)
    due(bench, m.today)
    bench.ask(A)
    assert appraisal_mails.remind(m.desk, m.now) == 0
    due(bench)
    m.sql("UPDATE person SET email = '' WHERE code = 'APPRAISER'")
    assert reminded(m, DUE) == 0


def test_before_the_session_that_has_the_dossier_whoever_owes_a_card_is_reminded(m: Ministry) -> None:
    chamber = Chamber(m)
    both = rule(during='"appraising", "council_pending"')
    m.publish("bang_khen_bo", change=lambda text: text.replace('"2026.1"', '"2026.3"', 1) + both)
    people = [PersonEntry("TD2", "Bùi Thẩm Định", email="td2@bo.example",
                          roles=(RoleEntry("appraiser", "all", "", SINCE),))]  # fmt: skip
    add_people(m.desk, people, "BO/ADMIN", m.now)
    (code,) = chamber.appraised(1)
    chamber.plan()
    outcome = chamber.table([code])
    assert outcome.refused == ()
    appraisers.ask(m.desk, [Wanted(code, A), Wanted(code, B)], OFFICE, m.now)
    with read(m.engine) as connection:
        (first,) = (each for each in appraisals.of_people(connection, [A], under_way=True))
    appraising.give(m.desk, first.id, CardEntry(abstains=True), A, m.now)
    assert reminded(m, HELD - timedelta(days=4)) == 1  # a Friday; the session is on Tuesday
    ((address, said, (line,), _),) = told(m, "appraisal_reminder")
    assert (address, said["due_on"], said["session_on"]) == ("td2@bo.example", "", "22/12/2026")
    assert (line["label"], line["ends_on"]) == ("Phiên họp thứ nhất", "22/12/2026")
    assert "trước phiên họp ngày 22/12/2026" in words(m, "appraisal_reminder", address)[0]
    assert "before the session of 22/12/2026" in words(m, "appraisal_reminder", address, "en")[0]
    assert [reminded(m, HELD - timedelta(days=1)), reminded(m, HELD)] == [0, 0]


# ── nobody else ──────────────────────────────────────────────────────────────────────────────────


def test_no_unit_gets_a_word_of_it(m: Ministry) -> None:
    bench = Bench(m, amount=2)
    due(bench)
    appraisers.by_rule(m.desk, OFFICE, m.now)
    assert reminded(m, DUE) == 4
    units = {row[0] for row in m.all("SELECT mailbox FROM unit")}
    units |= {row[0] for row in m.all("SELECT email FROM person WHERE root_unit <> 'BO'")}
    with read(m.engine) as connection:
        there = connection.execute(MAIL.select().where(MAIL.c.template.in_(TEMPLATES))).all()
        about = connection.execute(LINE.select().where(LINE.c.section.in_(TEMPLATES))).all()
    assert len(there) == 8
    assert units.isdisjoint(row.address for row in there)
    # Nor does the page of a dossier, which shows mails about `nomination:…`, lead anybody to them.
    assert {row.reference.partition(":")[0] for row in about} == {"appraiser"}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_long_list_is_cut_and_says_so(template: str) -> None:
    lines = tuple(LineRequest("appraiser:1", "x", template, {"card": str(at)}) for at in range(203))
    for language, said in (("vi", "còn 3 phiếu xem trên hệ thống"), ("en", "3 more are in the system")):
        assert said in Renderer(read_templates()).render(template, language, {}, lines).text
