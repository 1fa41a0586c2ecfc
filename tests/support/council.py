"""A council of fifteen over the small ministry, and the steps of its sessions in short words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.support.ministry import REASON, SINCE, Ministry
from workflow.domain.councils import Counts
from workflow.services import balloting, closing, council_sessions, councils
from workflow.services.balloting import Cast
from workflow.services.closing import Closed
from workflow.services.council_sessions import Outcome, SessionEntry
from workflow.services.councils import CouncilEntry, SeatEntry
from workflow.services.register import PersonEntry, RoleEntry, add_people

SECRETARY = "BO/COUNCIL_SECRETARY"
OFFICE = "BO/SECRETARIAT"
CHAIR = "BO/COUNCIL_CHAIR"
HELD = date(2026, 12, 22)
WARNED = {"tieu_chuan": REASON, "trung_thanh_tich": REASON}
MINUTES = b"%PDF-1.4\n% minutes\n%%EOF\n"


@dataclass
class Chamber:
    """The council `HD` of a ministry: a chair, and members `BO/U01` on. `standing` of them are standing members."""

    ministry: Ministry
    members: int = 15
    standing: int = 5
    _keys: Any = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        entry = CouncilEntry("HD", "Hội đồng Thi đua - Khen thưởng Bộ", "council", SINCE)
        councils.add_council(self.ministry.desk, entry, "BO/ADMIN", self.ministry.now)
        people = [
            PersonEntry(code.partition("/")[2], f"Vũ Ủy Viên {number}", email=f"u{number:02d}@bo.example")
            for number, code in enumerate(self.keys[1:], 1)
        ]
        add_people(self.ministry.desk, people, "BO/ADMIN", self.ministry.now)
        seats = [
            SeatEntry(key, "chair" if key == CHAIR else "member", SINCE, standing=at < self.standing)
            for at, key in enumerate(self.keys)
        ]
        seats.append(SeatEntry(SECRETARY, "secretary", SINCE))
        councils.seat(self.ministry.desk, "HD", seats, "BO/ADMIN", self.ministry.now)

    @property
    def keys(self) -> list[str]:
        """Those who vote, the chair first."""
        return [CHAIR, *(f"BO/U{number:02d}" for number in range(1, self.members))]

    def key(self) -> str:
        return f"session-{next(self._keys)}"

    # ── the steps ──

    def plan(self, code: str = "PH1", **more: Any) -> str:
        given = {"title": "Phiên họp thứ nhất", "held_on": HELD, **more}
        entry = SessionEntry(code, given.pop("council", "HD"), **given)
        council_sessions.plan(self.ministry.desk, entry, SECRETARY, self.ministry.now)
        return code

    def table(self, codes: Sequence[str], session: str = "PH1", by: str = "") -> Outcome:
        who = by or OFFICE
        return council_sessions.table(self.ministry.desk, session, codes, who, self.key(), self.ministry.now, WARNED)

    def open(self, session: str = "PH1", by: str = SECRETARY) -> Outcome:
        return council_sessions.open_(self.ministry.desk, session, by, self.key(), self.ministry.now)

    def attend(self, people: Iterable[str], mark: str = "present", session: str = "PH1") -> int:
        marks = dict.fromkeys(people, mark)
        return council_sessions.attend(self.ministry.desk, session, marks, SECRETARY, self.ministry.now)

    def cast(self, person: str, choices: Mapping[int, str], session: str = "PH1", **more: Any) -> Cast:
        return balloting.cast(self.ministry.desk, session, person, choices, self.ministry.now, **more)

    def all_cast(self, lines: Sequence[int], yes: Mapping[int, int] | None = None, session: str = "PH1") -> None:
        """Everybody votes on these lines; on line n the first `yes[n]` say yes, the others no."""
        for at, person in enumerate(self.keys):
            choices = {line: "yes" if at < (yes or {}).get(line, self.members) else "no" for line in lines}
            self.cast(person, choices, session)

    def count(self, counts: Mapping[int, Counts], by: str = SECRETARY, session: str = "PH1") -> closing.CountKept:
        return closing.enter_count(self.ministry.desk, session, counts, by, self.ministry.now)

    def minutes(self, session: str = "PH1", number: str = "01/BB-KP") -> str:
        return closing.attach_minutes(
            self.ministry.desk, session, number, MINUTES, "bien-ban.pdf", SECRETARY, self.ministry.now
        )

    def close(self, session: str = "PH1", **more: Any) -> Closed:
        return closing.close(self.ministry.desk, session, SECRETARY, self.key(), self.ministry.now, **more)

    def second_teller(self) -> str:
        """Another person who runs sessions, to count beside the secretary."""
        person = "BO/SECRETARY2"
        entry = PersonEntry("SECRETARY2", "Lê Thư Ký", roles=(RoleEntry("council_secretary", "council", "", SINCE),))
        add_people(self.ministry.desk, [entry], "BO/ADMIN", self.ministry.now)
        return person

    # ── from a list to an open vote ──

    def appraised(self, amount: int = 3, **more: Any) -> tuple[str, ...]:
        """Dossiers whose appraisal is done: ready for the agenda."""
        codes = self.ministry.drafts(amount, **more)
        self.ministry.walk(codes, "appraising")
        return codes

    def voting(self, amount: int = 3, *, present: bool = True, **more: Any) -> tuple[str, ...]:
        """An open session with so many lines; everybody is at the table unless told otherwise."""
        codes = self.appraised(amount)
        self.plan(**more)
        self.table(codes)
        self.ministry.on(HELD)
        self.open()
        if present:
            self.attend(self.keys)
        return codes


def with_rule(engine: Engine, folder: Path, line: str) -> Chamber:
    """The council under a rule of its own: these lines stand in the ministry's vote instead of the shipped ones."""
    ministry = Ministry(engine, folder, flows=())
    keys = tuple(f"{row.partition(' = ')[0]} =" for row in line.splitlines())

    def change(text: str) -> str:
        before, head, after = text.partition("[vote.ministry]\n")
        kept = [row for row in after.splitlines() if not row.replace("  ", "").startswith(keys)]
        return "\n".join([before + head + line, *kept]) + "\n"

    ministry.publish("bang_khen_bo", change=change)
    return Chamber(ministry)
