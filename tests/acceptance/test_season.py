"""The main job, whole: a season is rehearsed over SMTP, and judged from outside."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from definitions.loading import flow_from_resolved
from notifications.catchall import MailServer, MemoryStore, in_thread
from notifications.tables import LINE, MAIL
from workflow.demo.running import rehearse
from workflow.domain.ballots import recount
from workflow.services.checking import check
from workflow.storage.database import health, open_engine, read
from workflow.storage.tables import Act, Event, FlowVersion, Grant, Nomination, Person, Unit
from workflow.storage.tables_appraisal import Appraiser
from workflow.storage.tables_council import AgendaLine, BallotRoll, CouncilSession, SessionMember

pytestmark = pytest.mark.unmeasured

AWARDS = {
    "ldtt", "cstd_co_so", "tt_ldtt", "giay_khen", "tt_ldxs", "cstd_bo", "co_thi_dua_bo", "bang_khen_bo",
    "ky_niem_chuong", "bang_khen_chuyen_de", "bang_khen_dot_xuat", "co_thi_dua_cp", "cstd_toan_quoc", "bang_khen_tt",
    "hcld_ba", "hcld_nhi", "hcld_nhat", "huy_bo",
}  # fmt: skip
LISTS = (
    ("danh-sach-cuc-vien-thong.xlsx", 24, 0),
    ("danh-sach-hoc-vien.xlsx", 25, 0),
    ("danh-sach-so-ha-noi-sai-tuyen.xlsx", 11, 14),
    ("danh-sach-buu-dien-loi.xlsx", 14, 6),
)


def test_a_whole_season_runs_as_its_flows_say_and_every_mail_they_ask_for_arrives_once(tmp_path: Path) -> None:
    store = MemoryStore()
    story: list[date] = []
    stopped: list[int] = []

    def listen(day: date, kind: str, facts: Any) -> None:
        story.append(day)
        if kind == "session" and facts["what"] == "stopped":
            stopped.append(facts["lines"])

    with in_thread(MailServer(store, clock=lambda: datetime.now(UTC))) as server:
        found = rehearse(tmp_path / "demo", server=server, say=listen)
    figures = found.figures
    assert found.surprises == ()
    assert found.lists == LISTS
    assert {flow for flow, _, _ in found.rows} == AWARDS
    assert (figures["audit"], figures["mails"]["failed"]) == ("ok", 0)
    assert figures["mails"]["most_to_one_recipient_in_one_act"] == 1
    assert figures["mails"]["queued"] == figures["mails"]["handed_over"] == len(store.mails)
    assert 40 <= figures["units"] <= 50
    assert 330 <= figures["nominations"] <= 460
    assert sum(figures["by_state"].values()) == figures["nominations"]
    assert [each.name for each in check(found.app.desk).checks if not each.ok] == []
    asked, owed = lines_asked_for(found.app), lines_owed(found.app)
    assert (asked - owed, owed - asked) == (set(), set())
    every_mail_is_plain_and_whole(store)
    every_appraiser_was_told(found.app)
    the_council_sat(found.app, store)
    assert stopped == [2]  # flags beyond the 20 % of the round
    assert story == sorted(story)
    # It waited for no disk itself; who opens the file after it does.
    assert health(open_engine(f"sqlite:///{tmp_path}/demo/khen.db"))["synchronous"] in {"FULL", "EXTRA"}


def the_council_sat(app: Any, store: MemoryStore) -> None:
    """A meeting with paper; a mixed session that one answer was missing in; a tie that the chair broke."""
    with read(app.engine) as connection:
        sessions = {row.code: row for row in connection.execute(select(CouncilSession.__table__))}  # type: ignore[attr-defined]
        lines: dict[int, list[Any]] = defaultdict(list)
        for row in connection.execute(select(AgendaLine.__table__)):  # type: ignore[attr-defined]
            lines[row.session_id].append(row)
        here = [row.id for row in lines[sessions["HD-2026-02"].id]]
        members, roll = SessionMember.__table__, BallotRoll.__table__  # type: ignore[attr-defined]
        silent = connection.execute(
            select(Person.__table__.c.email)  # type: ignore[attr-defined]
            .join(members, members.c.person_id == Person.__table__.c.id)  # type: ignore[attr-defined]
            .where(
                members.c.session_id == sessions["HD-2026-02"].id,
                members.c.attendance != "present",
                members.c.person_id.not_in(select(roll.c.person_id).where(roll.c.line_id.in_(here))),
            )
        ).scalars().all()  # fmt: skip
    paper, mixed, standing = (sessions[code] for code in ("HD-2026-01", "HD-2026-02", "TT-2026-01"))
    assert (paper.form, paper.ballots, paper.state) == ("meeting", "paper", "closed")
    assert (mixed.form, mixed.ballots, mixed.state) == ("mixed", "online", "closed")
    assert paper.minutes_sha256
    (failed,) = [row for row in lines[mixed.id] if not row.passed]
    assert (failed.tally["members"], failed.tally["yes"]) == (15, 11)  # twelve of fifteen are 80 %
    assert failed.tally["present"] + failed.tally["written"] == 14
    # Who never answered was told, three times, by mails that really left.
    assert len(silent) == 1
    told = [message_from_bytes(raw, policy=policy.default) for kept, raw in store.mails if kept.recipient == silent[0]]
    assert sum("trả lời Hội đồng" in str(mail["Subject"]) for mail in told) == 3
    tie = [row for row in lines[standing.id] if row.tally["yes"] * 2 == row.tally["members"]]
    assert [(row.passed, row.tally["chair_agrees"]) for row in tie] == [(True, True)]
    counted = recount(mixed.list_text).counts
    assert {row.number: (row.tally["yes"], row.tally["no"]) for row in lines[mixed.id]} == {
        int(number): (each.yes, each.no) for number, each in counted.items()
    }


def lines_asked_for(app: Any) -> set[tuple[str, str, str, str]]:
    """(act, address, nomination, section) of every notice, worked out from events, flows and the register alone.

    Shares no code with the planning of mails.
    """
    with read(app.engine) as connection:

        def rows(table: Any) -> list[Any]:
            return list(connection.execute(select(table.__table__)))

        flows = {row.id: flow_from_resolved(row.text) for row in rows(FlowVersion)}
        units = {row.id: row for row in rows(Unit)}
        people = {row.id: row for row in rows(Person)}
        nominations = {row.id: row for row in rows(Nomination)}
        acts = {row.id: row for row in rows(Act)}
        grants, events = rows(Grant), rows(Event)
    keys = {f"{each.root_unit}/{each.code}": each.email for each in people.values()}

    def addresses(word: str, nomination: Any, act: Any) -> set[str]:
        unit = units[nomination.unit_id]
        if word == "unit":
            return {unit.mailbox}
        if word == "actor":
            return {keys[act.actor]}
        scopes = {"unit": unit.code, "cluster": unit.cluster, "field": nomination.field_of_work}
        return {
            people[each.person_id].email
            for each in grants
            if each.role == word
            and (each.scope_kind in ("all", "council") or (each.scope and scopes[each.scope_kind] == each.scope))
        }

    known: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    asked: set[tuple[str, str, str, str]] = set()
    for event in events:
        transition = flows[event.flow_version_id].transitions[event.transition]
        nomination, act = nominations[event.nomination_id], acts[event.act_id]
        for notice in (*transition.mail, *transition.branches[event.branch].mail):
            for word in notice.to:
                key = (word, nomination.id, act.id if word == "actor" else 0)
                if key not in known:
                    known[key] = addresses(word, nomination, act)
                for address in known[key]:
                    asked.add((f"act:{act.id}", address, f"nomination:{nomination.id}", notice.send))
    return asked


def lines_owed(app: Any) -> set[tuple[str, str, str, str]]:
    """The same, as the outbox has it: a cause is `act:N`, with a hold or a split named behind."""
    with read(app.engine) as connection:
        rows = connection.execute(
            select(MAIL.c.cause, MAIL.c.address, LINE.c.reference, LINE.c.section)
            .join(LINE, LINE.c.mail_id == MAIL.c.id)
            .where(MAIL.c.cause.startswith("act:"), LINE.c.cancelled_at.is_(None))
        ).all()
    return {(":".join(cause.split("~")[0].split(":")[:2]), *rest) for cause, *rest in rows}


def every_appraiser_was_told(app: Any) -> None:
    """Everybody who was asked for a card was told of it by one mail, and reminded by at most one for each day."""
    with read(app.engine) as connection:
        people = {f"{row.root_unit}/{row.code}": row.email for row in connection.execute(select(Person.__table__))}  # type: ignore[attr-defined]
        asked = [row for row in connection.execute(select(Appraiser.__table__)) if not row.cause]  # type: ignore[attr-defined]
        told = connection.execute(
            select(MAIL.c.address, LINE.c.reference, LINE.c.section, LINE.c.topic, MAIL.c.state)
            .join(LINE, LINE.c.mail_id == MAIL.c.id)
            .where(LINE.c.section.in_(("appraisal_asked", "appraisal_reminder")))
        ).all()
    owed = sorted((people[row.person], f"appraiser:{row.id}") for row in asked if people[row.person])
    assert owed
    assert sorted((row.address, row.reference) for row in told if row.section == "appraisal_asked") == owed
    reminders = [(row.address, row.reference, row.topic) for row in told if row.section == "appraisal_reminder"]
    assert len(set(reminders)) == len(reminders) > 0
    assert {(address, reference) for address, reference, _ in reminders} < set(owed)
    assert {row.state for row in told} == {"handed_over"}


def every_mail_is_plain_and_whole(store: MemoryStore) -> None:
    """Seven bits on the wire, text and HTML, one Message-ID each, and the line that the official document follows."""
    for _, raw in store.mails:
        message = message_from_bytes(raw, policy=policy.default)
        text = message.get_body(("plain",))
        assert raw.isascii()
        assert message["Auto-Submitted"] == "auto-generated"
        assert message.get_body(("html",)) is not None
        assert text is not None
        assert "hệ thống quản lý văn bản" in text.get_content()
    assert len({kept.message_id for kept, _ in store.mails}) == len(store.mails)
