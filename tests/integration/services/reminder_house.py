"""A small ministry for reminders: two units, a few people, one flow; rows are put in directly, as tables hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text, update
from sqlmodel import SQLModel

from definitions.calendar import WorkCalendar, at_eight, shipped
from definitions.flow import DeadlineRule, Escalation, Flow, Ladder, Span, Words
from definitions.loading import flow_from_resolved
from workflow.domain import deadlines, reminding
from workflow.services.desk import Contact, Desk
from workflow.storage import flows
from workflow.storage.database import read, write
from workflow.storage.tables import (
    CalendarVersion,
    Deadline,
    Grant,
    Nomination,
    Person,
    Round,
    Submission,
    Substitution,
    Unit,
)

MONDAY = date(2027, 1, 11)
"""A plain working Monday; the whole week and the next are worked."""
NINE = datetime(2027, 1, 11, 2, 0, tzinfo=UTC)
"""09:00 of that Monday in Vietnam."""

FLOW = """
id = "mau"
title = { vi = "Bằng khen của Bộ trưởng", en = "Certificate of the Minister" }
award = "bang_khen_bo"
kind = "merit"
level = "ministry"
signer = "minister"
nominee = ["individual"]
version = "2027.1"
valid = { from = 2026-01-01 }
from_units = ["cuc", "vu"]
initial = "appraising"

[state.appraising]
label = { vi = "Đang thẩm định", en = "In appraisal" }
unit = { vi = "Đang xét", en = "Under review" }
owner = "appraiser"
[state.appraising.deadline]
within = { working_days = 10 }
from = "entered"
remind = { before = [5, 2], on_day = true, after_every = 2 }
escalate = { after = 3, to = ["secretariat_head"] }

[state.supplement]
label = { vi = "Chờ bổ sung", en = "Waiting for papers" }
unit = { vi = "Đề nghị bổ sung", en = "Papers asked for" }
owner = "unit_officer"

[state.awarded]
label = { vi = "Đã khen", en = "Awarded" }
final = "positive"
outcome = "awarded"

[task.consult]
label = { vi = "Lấy ý kiến", en = "Consult" }
during = ["appraising"]
by = ["appraiser"]
within = { working_days = 10 }

[transition.ask]
label = { vi = "Yêu cầu bổ sung", en = "Ask for papers" }
from = ["appraising"]
to = "supplement"
by = ["appraiser"]

[transition.give]
label = { vi = "Bổ sung", en = "Give papers" }
from = ["supplement"]
to = "appraising"
by = ["unit_officer"]

[transition.extend]
label = { vi = "Gia hạn", en = "Extend" }
from = ["appraising"]
to = "same"
by = ["appraiser"]
effect = "extend"
with = { due_on = "date" }

[transition.award]
label = { vi = "Khen", en = "Award" }
from = ["appraising"]
to = "awarded"
by = ["appraiser"]
"""


@cache
def flow() -> Flow:
    return flow_from_resolved(FLOW)


LADDER = Ladder(before=(5, 2), on_day=True, after_every=2)


def rule(
    name: str = "state.appraising",
    *,
    remind: Ladder = LADDER,
    escalate: Escalation | None = None,
    to: tuple[str, ...] = (),
    within: int = 10,
    label: Words | None = None,
) -> DeadlineRule:
    return DeadlineRule(
        name=name, within=Span(within, "working_days"), remind=remind, escalate=escalate, to=to, label=label
    )


@dataclass
class House:
    """The database with its desk, and short words for what a test puts in and looks at."""

    engine: Engine
    files: Path
    calendar: WorkCalendar = field(default_factory=shipped)
    desk: Desk = field(init=False)
    version: int = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        entropy = (f"{number:032x}" for number in count(1))
        self.desk = Desk(
            engine=self.engine, calendar=self.calendar, entropy=lambda n: next(entropy)[-2 * n :], files=self.files,
            contact=Contact("Chị Hoa", "hoa@bo.example", "024 1234"),
        )  # fmt: skip
        with write(self.engine) as connection:
            self.version = flows.publish(connection, flow(), FLOW, "0" * 64, NINE, "admin")
            connection.execute(
                insert(Round).values(
                    id=1, code="2027", title="Đợt 2027", year=2027, opens_on=date(2027, 1, 1),
                    closes_on=date(2027, 12, 31), flows=["mau"], cutoffs={}, counts={},
                )
            )  # fmt: skip
            connection.execute(
                insert(CalendarVersion).values(sha256=self.calendar.sha256, text=self.calendar.text, first_used_at=NINE)
            )
        self.unit("CVT", "Cục Viễn thông")
        self.unit("VKH", "Vụ Khoa học")
        self.person("BINH", "appraiser")

    # ── putting in ──

    def unit(self, code: str, name: str, *, language: str = "vi") -> None:
        self._insert(
            Unit, code=code, name=name, kind="cuc", name_folded=name.lower(), sort_key=name, from_on=date(2020, 1, 1),
            cluster="", mailbox=f"{code.lower()}@bo.example", language=language,
        )  # fmt: skip
        unit_id = self.one("SELECT id FROM unit WHERE code = :code", code=code)
        self._insert(
            Submission, id=unit_id, unit_id=unit_id, round_id=1, letter_number=f"01/TTr-{code}", title="",
            list_sha256="", created_at=NINE, created_by="x",
        )  # fmt: skip

    def person(self, code: str, *roles: str, scope: tuple[str, str] = ("all", ""), language: str = "vi") -> int:
        email = f"{code.lower()}@bo.example"
        self._insert(
            Person, code=code, root_unit="BO", name=code.title(), name_folded=code.lower(), sort_key=code.lower(),
            email=email, language=language, provisional=False,
        )  # fmt: skip
        person_id = int(self.one("SELECT id FROM person WHERE code = :code", code=code))
        for role in roles:
            self._insert(
                Grant, person_id=person_id, role=role, scope_kind=scope[0], scope=scope[1], from_on=date(2020, 1, 1)
            )
        return person_id

    def substitute(self, principal: int, stand_in: int) -> None:
        self._insert(
            Substitution, principal_id=principal, substitute_id=stand_in, from_on=date(2027, 1, 1),
            until_on=date(2027, 12, 31), document="QĐ 1",
        )  # fmt: skip

    def nomination(self, *, unit: str = "CVT", state: str = "appraising", **values: Any) -> int:
        number = next(self._numbers)
        unit_id = self.one("SELECT id FROM unit WHERE code = :code", code=unit)
        row = dict(
            id=number, code=f"BK-2027-{number:05d}", submission_id=unit_id, unit_id=unit_id, round_id=1, flow_id="mau",
            flow_version_id=self.version, pinned=True, award="bang_khen_bo", kind="merit", nominee="individual",
            name=f"Nguyễn Văn {number}", name_folded=f"nguyen van {number}", sort_key="n", position="", workplace="",
            achievement="", field_of_work="", line_no=number, line_key=str(number), state=state, shown_state=state,
            version=0, entered_on=MONDAY, entered_at=NINE, memory={"runs": {"state.appraising": 1}},
        )  # fmt: skip
        self._insert(Nomination, **(row | values))
        return number

    def deadline(
        self,
        nomination: int,
        due_on: date,
        next_at: datetime | None,
        *,
        of: DeadlineRule | None = None,
        owner: str = "appraiser",
        run: int = 1,
        start_on: date = date(2026, 12, 28),
        **values: Any,
    ) -> None:
        of = of or rule()
        row = dict(
            nomination_id=nomination, name=of.name, run=run, rule=reminding.pack(of, owner),
            derivation=deadlines.derivation(of, start_on, self.calendar), opened_on=start_on, due_on=due_on,
            next_reminder_at=next_at,
        )  # fmt: skip
        self._insert(Deadline, **(row | values))

    def due(self, days_left: int = 2, *, unit: str = "CVT", today: date = MONDAY, **values: Any) -> int:
        """A nomination whose `before:2` (or `before:5`, on the day) reminder stands in the digest of `today`."""
        number = self.nomination(unit=unit)
        self.deadline(number, self.calendar.add_working(today, days_left), at_eight(today), **values)
        return number

    def change(self, table: type[SQLModel], number: int, **values: Any) -> None:
        columns = table.__table__.c  # type: ignore[attr-defined]
        key = columns.id if "id" in columns else columns.nomination_id
        with write(self.engine) as connection:
            connection.execute(update(table).where(key == number).values(**values))

    def _insert(self, table: type[SQLModel], **values: Any) -> None:
        with write(self.engine) as connection:
            connection.execute(insert(table).values(**values))

    # ── looking ──

    def one(self, sql: str, **values: Any) -> Any:
        with read(self.engine) as connection:
            return connection.execute(text(sql), values).scalar_one()

    def all(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with read(self.engine) as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def mails(self) -> dict[str, str]:
        """State by "cause address"."""
        return {f"{cause} {address}": state for cause, address, state in self.all(
            "SELECT cause, address, state FROM mail ORDER BY id"
        )}  # fmt: skip

    def lines(self, address: str) -> list[dict[str, Any]]:
        """The open lines of an address's mails, in the order they stand."""
        from notifications.tables import LINE, MAIL

        query = (
            select(LINE.c.context)
            .join(MAIL, MAIL.c.id == LINE.c.mail_id)
            .where(MAIL.c.address == address, LINE.c.cancelled_at.is_(None))
            .order_by(MAIL.c.id, LINE.c.number)
        )
        with read(self.engine) as connection:
            return [dict(row[0]) for row in connection.execute(query)]

    def codes(self, address: str) -> list[str]:
        return [str(line["code"]) for line in self.lines(address)]

    def reminders(self) -> list[tuple[Any, ...]]:
        """(nomination, rung, recipient, skipped) of every reminder."""
        rows = self.all("SELECT nomination_id, rung, recipient, skipped FROM reminder ORDER BY 1, 2, 3")
        return [(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def next_at(self, nomination: int) -> datetime | None:
        columns = Deadline.__table__.c  # type: ignore[attr-defined]
        query = select(columns.next_reminder_at).where(columns.nomination_id == nomination)
        with read(self.engine) as connection:
            found: datetime | None = connection.execute(query).scalar_one()
            return found
