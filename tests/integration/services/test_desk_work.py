"""Who has a dossier in hand, what is said about it and to whom; and that what is foreseen is what happens."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from definitions.calendar import local_day
from tests.support.ministry import FAILED, PASSED, Ministry
from workflow.services import assigning, commenting, dossier, drafting, foreseeing, viewing
from workflow.services.drafting import Filled
from workflow.services.looking import UnknownNomination
from workflow.services.viewing import Viewer
from workflow.storage.database import read


@pytest.fixture
def ministry(engine: Engine, tmp_path: Path) -> Ministry:
    return Ministry(engine, tmp_path / "papers")


def seen_by(m: Ministry, person: str, email: str = "") -> Viewer:
    with read(m.engine) as connection:
        return viewing.viewer(connection, person, local_day(m.now), email=email)


# ── in hand ──


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(ministry: Ministry) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    people = ["BO/SECRETARIAT", "BO/APPRAISER", "BO/SECRETARIAT_HEAD"]
    start, told = threading.Barrier(len(people)), []

    def claim(person: str) -> None:
        start.wait()
        try:
            assigning.claim(ministry.desk, seen_by(ministry, person), code, ministry.now)
            told.append((person, ""))
        except assigning.InHand as error:
            told.append((person, error.name))

    threads = [threading.Thread(target=claim, args=(each,)) for each in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (winner,) = [person for person, name in told if not name]
    held = assigning.of_one(ministry.desk, seen_by(ministry, "BO/SECRETARIAT"), code)
    assert held is not None
    assert held.person == winner
    assert {name for _, name in told if name} == {held.name}
    assert ministry.one("SELECT count(*) FROM assignment") == 1
    assert ministry.one("SELECT count(*) FROM audit_entry WHERE kind = 'assignment'") == 1


def test_it_is_given_on_and_handed_back_and_every_step_is_kept(ministry: Ministry) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    desk, one = ministry.desk, seen_by(ministry, "BO/SECRETARIAT")
    assigning.claim(desk, one, code, ministry.now)
    assert assigning.claim(desk, one, code, ministry.now).person == one.person  # once more changes nothing
    assigning.reassign(desk, seen_by(ministry, "BO/SECRETARIAT_HEAD"), code, "BO/APPRAISER", ministry.now)
    with pytest.raises(assigning.NotForDesk):
        assigning.reassign(desk, one, code, "CVT/CB", ministry.now)
    assert assigning.hand_back(desk, seen_by(ministry, "BO/APPRAISER"), code, ministry.now)
    assert not assigning.hand_back(desk, one, code, ministry.now)
    rows = ministry.all("SELECT person, given_by, ended_by FROM assignment ORDER BY id")
    assert rows == [
        ("BO/SECRETARIAT", "BO/SECRETARIAT", "BO/SECRETARIAT_HEAD"),
        ("BO/APPRAISER", "BO/SECRETARIAT_HEAD", "BO/APPRAISER"),
    ]
    assert ministry.one("SELECT count(*) FROM audit_entry WHERE kind = 'assignment'") == 3


# ── said ──


def words_for(m: Ministry, person: str, code: str) -> list[str]:
    return [each.words for each in commenting.listed(m.desk, seen_by(m, person), code)]


def test_what_is_said_reaches_its_audience_and_nobody_else(ministry: Ministry) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    desk, secretary = ministry.desk, seen_by(ministry, "BO/SECRETARIAT")
    before = len(ministry.mails())
    assert commenting.say(desk, secretary, code, "desk", "Nghi trùng thành tích", ministry.now) == 0
    assert len(ministry.mails()) == before
    assert (
        commenting.say(desk, secretary, code, "unit", "Đề nghị kiểm tra lại chức vụ", ministry.now, link="http://x/a")
        == 1
    )
    assert ministry.mails()[-1][:2] == ("tdkt@cvt.example", "comment")
    officer = seen_by(ministry, "CVT/CB", "cb@cvt.example")
    assert commenting.say(desk, officer, code, "unit", "Đơn vị xác nhận chức vụ đúng", ministry.now) >= 1
    assert ministry.mails()[-1][0] == "secretariat@bo.example"
    assert words_for(ministry, "CVT/CB", code) == ["Đề nghị kiểm tra lại chức vụ", "Đơn vị xác nhận chức vụ đúng"]
    assert words_for(ministry, "BO/SECRETARIAT", code)[0] == "Nghi trùng thành tích"
    with pytest.raises(UnknownNomination):
        words_for(ministry, "CTS/CB", code)


def test_a_units_further_mailbox_is_told_once_it_was_confirmed(ministry: Ministry) -> None:
    from sqlalchemy import insert

    from workflow.storage.database import write
    from workflow.storage.tables_desk import UnitMailbox

    (code,) = ministry.walk(ministry.drafts(1), "received")
    unit = ministry.one("SELECT id FROM unit WHERE code = 'CVT'")
    with write(ministry.engine) as connection:
        for address, confirmed in (("hai@cvt.example", ministry.now), ("ba@cvt.example", None)):
            connection.execute(
                insert(UnitMailbox).values(
                    unit_id=unit, address=address, wants="owed", added_by="CVT/CB", added_at=ministry.now,
                    confirmed_at=confirmed,
                )
            )  # fmt: skip
    assert (
        commenting.say(ministry.desk, seen_by(ministry, "BO/SECRETARIAT"), code, "unit", "Xin gọi lại", ministry.now)
        == 2
    )
    told = [address for address, template, _ in ministry.mails() if template == "comment"]
    assert told == ["tdkt@cvt.example", "hai@cvt.example"]
    shown = dossier.show(ministry.desk, seen_by(ministry, "CVT/CB"), code, ministry.now)
    assert {each.address for each in shown.mails} == {"tdkt@cvt.example", "hai@cvt.example"}


@pytest.mark.parametrize(
    ("person", "audience", "words", "body", "why"),
    [
        ("CVT/CB", "desk", "x", "", "audience"),
        ("CVT/CB", "body", "x", "Thuế", "audience"),
        ("BO/SECRETARIAT", "unit", "  ", "", "empty"),
        ("BO/SECRETARIAT", "unit", "x" * 4001, "", "too_long"),
        ("BO/SECRETARIAT", "body", "x", "Thuế", "body"),
        ("BO/SECRETARIAT", "everybody", "x", "", "audience"),
    ],
)
def test_what_may_not_be_said_is_not_kept(
    ministry: Ministry, person: str, audience: str, words: str, body: str, why: str
) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    before = ministry.snapshot()
    with pytest.raises(commenting.NotSaid) as caught:
        commenting.say(ministry.desk, seen_by(ministry, person), code, audience, words, ministry.now, body=body)
    assert caught.value.code == why
    assert ministry.snapshot() == before


def test_a_mail_about_what_was_said_waits_where_all_mail_is_held(ministry: Ministry) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "received")
    holding = ministry.another_desk(hold_mail=True)
    commenting.say(holding, seen_by(ministry, "BO/SECRETARIAT"), code, "unit", "Xin gọi lại", ministry.now)
    assert [each[1] for each in ministry.mails("held")] == ["comment"]


# ── foreseen is what happens ──

ROADS = [
    ("submitted", "receive", "BO/SECRETARIAT", {}, {}),
    ("received", "appraise", "BO/APPRAISER", {}, {}),
    ("received", "request_supplement", "BO/APPRAISER", {"due_on": "31/12/2026"}, {"defects": "Thiếu dấu"}),
    ("council_pending", "open_vote", "BO/COUNCIL_SECRETARY", {}, {}),
    ("council_voting", "close_vote", "BO/COUNCIL_SECRETARY", {}, PASSED),
    ("council_voting", "close_vote", "BO/COUNCIL_SECRETARY", {}, FAILED),
    ("signing", "release_results", "BO/COUNCIL_SECRETARY", {}, {}),
    (
        "released", "decide", "BO/CLERK",
        {"decision.number": "1300", "decision.symbol": "QĐ-BKHCN", "decision.issued_on": "01/12/2026",
         "decision.signer": "Bộ trưởng", "decision.capacity": "BỘ TRƯỞNG"}, {},
    ),
    ("decided", "notify", "BO/SECRETARIAT", {"letter_no": "01/TB"}, {}),
    ("signing", "withdraw", "CVT/TT", {"letter_no": "01/CV"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stand", "transition", "person", "fields", "own"), ROADS, ids=[f"{r[0]}-{r[1]}" for r in ROADS]
)
def test_what_is_foreseen_is_what_happens(
    ministry: Ministry, stand: str, transition: str, person: str, fields: dict[str, str], own: dict[str, object]
) -> None:
    """Lines, states, mails with their very text, limits with their days: the page told the truth."""
    codes = ministry.walk(ministry.drafts(3), stand)
    extra = ministry.drafts(1, first=90)
    viewer, desk = seen_by(ministry, person), ministry.desk
    if stand == "released":
        ministry.on(local_day(ministry.now))
    tally = {f"tally.{name}": str(value) for name, value in own.items()} if "members" in own else own
    lines = {code: tuple((name, str(value)) for name, value in tally.items()) for code in codes if tally}
    issued = (
        {**fields, "decision.issued_on": f"{local_day(ministry.now):%d/%m/%Y}"}
        if "decision.number" in fields
        else fields
    )
    id_ = drafting.begin(
        desk, viewer, [*codes, *extra], ministry.now, transition=transition,
        filled=Filled(pairs=tuple(issued.items()), lines=lines),
    )  # fmt: skip
    draft = drafting.find(desk, viewer, id_)
    form = drafting.form(desk, viewer, draft.codes, transition, ministry.now)
    request, faults = drafting.request_of(desk, draft, form.transition)
    assert not faults
    before = ministry.snapshot()
    seen = drafting.foresee(desk, viewer, request, ministry.now)
    told = foreseeing.effects(desk, seen.foreseen, viewer, "vi")
    assert ministry.snapshot() == before
    mails_before = ministry.one("SELECT coalesce(max(id), 0) FROM mail")
    opened_before = set(ministry.all("SELECT nomination_id, name, run FROM deadline"))

    drafting.start(desk, viewer, id_, ministry.now)
    done = drafting.perform(desk, viewer, id_, request, ministry.now, ministry.now, confirmed=True)
    assert done.results == seen.report.results
    assert done.done > 0
    if viewer.inner:
        assert ministry.states(codes) == {each.code: each.to_state for each in done.results if each.code in codes}
    mails = ministry.all("SELECT id, address, name FROM mail WHERE id > :id ORDER BY id", id=mails_before)
    if viewer.inner:
        assert [(each.address, each.name) for each in told.letters] == [tuple(each[1:]) for each in mails]
        for letter, (number, _, _) in zip(told.letters, mails, strict=True):
            from workflow.services.mails import preview

            assert letter.text is not None
            assert letter.text.text == preview(desk, number).rendered.text
    else:
        assert told.mails == len(mails)
    opened = set(ministry.all("SELECT nomination_id, name, run FROM deadline")) - opened_before
    assert sum(each.amount for each in told.openings) == len(opened)


def test_a_used_number_is_foreseen(ministry: Ministry) -> None:
    first = ministry.walk(ministry.drafts(1), "decided")
    number = ministry.one("SELECT number FROM decision")
    other = ministry.walk(ministry.drafts(1, first=30), "released")
    del first
    fields = {"number": number, "symbol": "QĐ-BKHCN", "issued_on": ministry.today, "signer": "A", "capacity": "B"}
    request = ministry.request("decide", other, "clerk", decision=fields)
    from workflow.services import acts

    report = acts.preview(ministry.desk, request, ministry.now)
    assert [reason.code for each in report.results for reason in each.reasons] == ["number_used"]


def test_acts_that_go_on_are_offered_before_exceptions_and_bad_ends(ministry: Ministry) -> None:
    codes = [*ministry.walk(ministry.drafts(2), "submitted"), *ministry.walk(ministry.drafts(3, first=40), "notified")]
    offered = drafting.offers(ministry.desk, seen_by(ministry, "BO/SECRETARIAT"), codes, ministry.now)
    order = [each.transition.id for each in offered.possible]
    assert set(order[:2]) == {"award", "receive"}
    assert set(order[2:-1]) == {"correct", "request_supplement"}
    assert order[-1] == "revoke"


# ── a dossier as each side sees it ──


def test_a_unit_reads_which_of_its_own_dossiers_stands_in_the_way(ministry: Ministry) -> None:
    line = [("NV-00700", "Nguyễn Văn Trùng", "Bằng khen của Bộ trưởng")]
    (first,) = ministry.walk(ministry.bring_in(line), "received")
    (second,) = ministry.walk(ministry.bring_in(line), "unit_voted")
    officer = seen_by(ministry, "CVT/TT")
    choices = dossier.show(ministry.desk, officer, second, ministry.now).choices
    submit = next(each for each in choices if each.transition.id == "submit")
    named = [each.params["codes"] for each in submit.reasons if each.code == "duplicate"]
    assert named == [(first,)]
    offered = drafting.offers(ministry.desk, officer, [second], ministry.now)
    assert any(
        reason.code == "duplicate" and first in str(reason.params)
        for offer in (*offered.possible, *offered.others)
        for reason in offer.reasons
    )


def test_the_state_a_unit_is_shown_is_the_one_that_its_events_tell(ministry: Ministry) -> None:
    (code,) = ministry.walk(ministry.drafts(1), "notified")
    shown = dossier.show(ministry.desk, seen_by(ministry, "CVT/CB"), code, ministry.now)
    inner = dossier.show(ministry.desk, seen_by(ministry, "BO/SECRETARIAT"), code, ministry.now)
    assert shown.state is not None
    assert shown.state.id == inner.row.state == inner.row.shown_state
    assert len(shown.timeline) < len(inner.timeline)
    moved = [each.state.id for each in shown.timeline if each.state is not None]
    assert moved[-1] == inner.row.shown_state
