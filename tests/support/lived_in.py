"""A ministry in the middle of its season: dossiers in every state, papers, votes, words said, lists half read, mails.

`mark` makes every text that a unit brings unlike any other, so that a test can look for it where it must not be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from tests.support.appraising import rule
from tests.support.browsing import Pages, csrf
from tests.support.ministry import FAILED, PASSED, PDF, REASON, ROUND, SINCE, UNIT_TALLY, Ministry, decision, workbook
from workflow.services import (
    api_tokens,
    appraisal_views,
    appraisers,
    appraising,
    assigning,
    balloting,
    commenting,
    council_sessions,
    councils,
    drafting,
    list_drafts,
    paper_batches,
    papers,
    viewing,
)
from workflow.services.appraisers import Wanted
from workflow.services.appraising import CardEntry
from workflow.services.council_sessions import SessionEntry
from workflow.services.councils import CouncilEntry, SeatEntry
from workflow.services.list_drafts import NewList
from workflow.services.register import PersonEntry, RoleEntry, add_people
from workflow.storage.database import read
from workflow.web.app import ROOMS

AWARD = "Bằng khen của Bộ trưởng"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = ("draft", "unit_voting", "submitted", "supplement_requested", "received", "appraising", "council_pending",
          "council_voting", "signing", "council_rejected", "decided", "notified", "awarded")  # fmt: skip


@dataclass(frozen=True)
class Lived:
    """What a unit has by now. `words` are its texts that nobody else may read, `hidden` those even it may not."""

    unit: str
    codes: Mapping[str, str]
    submission: int
    list_draft: str
    act_draft: str
    paper_batch: str
    paper: int
    sessions: tuple[str, ...]
    words: tuple[str, ...]
    hidden: tuple[str, ...] = field(default=())


def viewer(m: Ministry, person: str) -> viewing.Viewer:
    with read(m.engine) as connection:
        return viewing.viewer(connection, person, m.today)


def live(pages: Pages, unit: str = "CVT", mark: str = "Lan") -> Lived:
    """Let this unit live through the season; each of its texts holds `mark`."""
    m = pages.ministry
    scored(m, unit, mark)
    lines = [
        (f"{mark}{number:03d}", f"{mark}ten {_letter(number)}", AWARD, f"{mark}viec trong năm", f"{mark}phong",
         f"{mark}chuc")
        for number, _ in enumerate(STATES)
    ]  # fmt: skip
    report = m.import_file(workbook(lines), unit=unit, letter_number=f"01/TTr-{mark}", letter_on=m.today)
    codes = dict(zip(STATES, report.codes, strict=True))
    paper = _papers(m, unit, mark, report.codes)
    _walk(m, unit, mark, codes)
    desk, officer = viewer(m, "BO/SECRETARIAT"), viewer(m, f"{unit}/CB")
    for code in (codes["draft"], codes["appraising"], codes["signing"]):
        commenting.say(m.desk, desk, code, "desk", f"{mark}kin chỉ trong cơ quan thường trực", m.now)
        commenting.say(m.desk, desk, code, "unit", f"{mark}noi với đơn vị", m.now)
        commenting.say(m.desk, officer, code, "unit", f"{mark}thua cơ quan thường trực", m.now)
        assigning.claim(m.desk, desk, code, m.now)
    broken = workbook([("", "", AWARD, f"{mark}nhap"), ("", f"{mark}dong đúng", AWARD)], letter=f"02/TTr-{mark}")
    new = NewList(unit, ROUND, f"{mark}danh-sach.xlsx", f"02/TTr-{mark}")
    list_draft = list_drafts.keep(m.desk, officer, new, broken, m.now)
    files = [(f"{mark}giay.pdf", PDF), (f"{codes['draft']}.pdf", PDF)]
    number = int(m.one("SELECT submission_id FROM nomination WHERE code = :code", code=codes["draft"]))
    batch = paper_batches.keep(m.desk, officer, number, "bao_cao_tt", files, m.now)
    head = viewer(m, f"{unit}/TT")
    filled = drafting.Filled(pairs=(("letter_no", f"{mark}rut/CV"), ("reason", f"{mark}ly do rút")))
    act_draft = drafting.begin(m.desk, head, [codes["draft"]], m.now, transition="withdraw", filled=filled)
    _views(pages, f"{unit}/CB", mark)
    sessions = _sit(m, unit, mark, codes)
    seen = ("ten", "viec", "phong", "chuc", "giay", "noi", "thua", "nhap", "dong", "danh-sach", "rut", "ly", "phieu",
            "bosung", "loc")  # fmt: skip
    words = tuple(f"{mark}{each}" for each in seen)
    hidden = (f"{mark}kin", f"{mark}bienban", f"{mark}phien", f"{mark}cham", f"{mark}thamdinh")
    return Lived(unit, codes, number, list_draft, act_draft, batch, paper, sessions, words, hidden)


def scored(m: Ministry, unit: str, mark: str) -> None:
    """The flow has its dossiers scored before the council, and somebody is there who scores those of this unit."""
    if m.one("SELECT count(*) FROM flow_version WHERE label = '2026.2'") == 0:
        m.publish("bang_khen_bo", change=lambda text: text.replace('"2026.1"', '"2026.2"', 1) + rule())
    role = RoleEntry("appraiser", "all", "", SINCE)
    add_people(m.desk, [PersonEntry(f"TD-{unit}", f"Bùi {mark}thamdinh", roles=(role,))], "QT", m.now)


def _appraise(m: Ministry, unit: str, mark: str, codes: Sequence[str]) -> None:
    """Each is asked about and scored, with words that a unit never reads."""
    person = f"BO/TD-{unit}"
    appraisers.ask(m.desk, [Wanted(code, person) for code in codes], "BO/SECRETARIAT", m.now)
    for task in appraisal_views.mine(m.desk, viewer(m, person), m.now):
        entry = CardEntry({"ket_qua": 7, "sang_kien": 3}, f"{mark}cham chưa rõ kết quả")
        appraising.give(m.desk, task.id, entry, person, m.now)


def _letter(number: int) -> str:
    return "ABCDEGHIKLMNOPQ"[number].upper()


def _papers(m: Ministry, unit: str, mark: str, codes: Sequence[str]) -> int:
    for document in ("to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt"):
        papers.attach(
            m.desk, m.key_of("unit_officer", unit), codes, document, PDF + mark.encode(), f"{mark}giay.pdf", m.now
        )
    return int(papers.on_file(m.desk, codes[0])[-1].id)


def _walk(m: Ministry, unit: str, mark: str, codes: Mapping[str, str]) -> None:
    """Each dossier along the road until the state it is to stand in."""

    def those(first: str) -> list[str]:
        return [codes[state] for state in STATES[STATES.index(first) :]]

    def alike(some: Sequence[str], **given: Any) -> dict[str, dict[str, Any]]:
        return dict.fromkeys(some, given)

    at_unit = those("unit_voting")
    m.done("start_unit_vote", at_unit, "unit_officer", unit=unit)
    voted = those("submitted")
    unit_tally = {**UNIT_TALLY, "minutes": f"{mark}phieu/BB"}
    m.done("close_unit_vote", voted, "unit_council", unit=unit, lines=alike(voted, tally=unit_tally))
    reasons = {"tieu_chuan": f"{REASON} {mark}ly", "trung_thanh_tich": REASON}
    m.done("submit", voted, "unit_head", unit=unit, letter_no=f"01/TTr-{mark}", overrides=reasons)
    m.now += timedelta(days=1)
    m.done("request_supplement", [codes["supplement_requested"]], "secretariat",
           lines={codes["supplement_requested"]: {"defects": [f"Thiếu {mark}bosung"]}},
           due_on=m.today + timedelta(days=7))  # fmt: skip
    m.done("receive", those("received"), "secretariat")
    m.done("appraise", those("appraising"), "appraiser")
    _appraise(m, unit, mark, those("appraising"))
    m.now += timedelta(days=1)
    before_council = those("council_pending")
    m.done("send_proof", before_council, "secretariat")
    m.done("confirm_proof", before_council, "unit_officer", unit=unit)
    m.done("schedule", before_council, "secretariat", session="Phiên 1", session_on=m.today + timedelta(days=1),
           overrides=reasons)  # fmt: skip
    m.now += timedelta(days=1)
    m.done("open_vote", those("council_voting"), "council_secretary")
    passed = [codes["signing"], *those("decided")]
    tallies = alike(passed, tally={**PASSED, "minutes": f"{mark}bienban/HĐ"})
    tallies |= alike([codes["council_rejected"]], tally={**FAILED, "minutes": f"{mark}bienban/HĐ"})
    m.done("close_vote", list(tallies), "council_secretary", lines=tallies)
    m.now += timedelta(days=1)
    m.done("release_results", those("decided"), "council_secretary")
    number = int(m.one("SELECT count(*) FROM decision")) + 1201
    m.done("decide", those("decided"), "clerk", decision=decision(number, m.today))
    m.done("notify", those("notified"), "secretariat", letter_no="01/TB-BKHCN")
    m.done("award", those("awarded"), "secretariat", occasion="Hội nghị tổng kết năm 2026")
    m.sweep()


def _sit(m: Ministry, unit: str, mark: str, codes: Mapping[str, str]) -> tuple[str, str]:
    """The council with this unit's dossiers on two agendas: one session is planned, in the other a vote is open and one
    member has voted. Codes of both."""
    desk, secretary = m.desk, "BO/COUNCIL_SECRETARY"
    if not m.one("SELECT count(*) FROM council"):
        councils.add_council(desk, CouncilEntry("HD", "Hội đồng Bộ", "council", SINCE), "BO/ADMIN", m.now)
        seats = [SeatEntry("BO/COUNCIL_CHAIR", "chair", SINCE), SeatEntry("BO/COUNCIL_MEMBER", "member", SINCE)]
        councils.seat(desk, "HD", seats, "BO/ADMIN", m.now)
    planned, running = f"P-{unit}-1", f"P-{unit}-2"
    for code, state in ((planned, "council_pending"), (running, "council_voting")):
        entry = SessionEntry(code, "HD", f"{mark}phien họp", m.today + timedelta(days=1), form="mixed",
                             answers_due_on=m.today + timedelta(days=3))  # fmt: skip
        council_sessions.plan(desk, entry, secretary, m.now)
        council_sessions.table(desk, code, [codes[state]], secretary, f"table {code}", m.now)
    council_sessions.open_(desk, running, secretary, f"open {running}", m.now)
    balloting.cast(desk, running, "BO/COUNCIL_MEMBER", {1: "no"}, m.now)
    return planned, running


def _views(pages: Pages, person: str, mark: str) -> None:
    """Save a filter of the list under a name of its own, where there is such a page."""
    if any(entry.name == "views" for room in ROOMS for entry in room.entries):
        client = pages.browser(person)
        client.post("/bo-loc", data={"csrf": csrf(client.get("/ho-so")), "query": "han=qua", "name": f"{mark}loc"})


def program(pages: Pages, person: str) -> TestClient:
    """A program that holds a key of this person."""
    scopes = api_tokens.SCOPES
    token = api_tokens.make(
        pages.ministry.desk, pages.account(person), person, "thử", scopes, 30, machine_now=pages.machine,
        now=pages.ministry.now,
    )  # fmt: skip
    client = pages.stranger()
    client.headers["Authorization"] = f"Bearer {token}"
    return client
