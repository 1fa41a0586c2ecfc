"""A small ministry on a database of the test's own: units, people, a round, published flows, lists, acts.

Everything goes through the services, as a face would do it; only publishing skips the stories of the flow
files, which have tests of their own.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import xlsxwriter
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, Table, select, text
from sqlmodel import SQLModel

from definitions.calendar import LOCAL, WorkCalendar, shipped
from definitions.loading import LoadedFlow, flow_from_resolved, load_folder
from notifications.tables import LINE, MAIL
from workflow.domain.rules import installed
from workflow.flow_checks import SHIPPED
from workflow.services import acts, papers, reminders, submissions
from workflow.services.desk import Contact, Desk
from workflow.services.passwords import Passwords
from workflow.services.register import (
    HistoryEntry,
    PersonEntry,
    RoleEntry,
    RoundEntry,
    UnitEntry,
    add_history,
    add_people,
    add_round,
    add_units,
)
from workflow.services.requests import ActReport, ActRequest
from workflow.storage import flows
from workflow.storage.database import read, write

SINCE = date(2020, 1, 1)
START = date(2026, 12, 1)
ROUND = "2026"
PDF = b"%PDF-1.4\n%%EOF\n"
UNIT_ROLES = {"unit_officer": "CB", "unit_head": "TT", "unit_council": "HD"}
DESK_ROLES = (
    "secretariat",
    "secretariat_head",
    "appraiser",
    "council_secretary",
    "council_member",
    "council_chair",
    "signer",
    "clerk",
    "minister_office",
    "admin",
    "auditor",
    "standing_member",
    "consulted_body",
)
UNITS = (
    UnitEntry("CVT", "Cục Viễn thông", "cuc", SINCE, cluster="khoi_2", mailbox="tdkt@cvt.example"),
    UnitEntry("CTS", "Cục Tần số vô tuyến điện", "cuc", SINCE, cluster="khoi_2", mailbox="tdkt@cts.example"),
    UnitEntry("PTIT", "Học viện Công nghệ Bưu chính Viễn thông", "dvsn", SINCE, mailbox="tdkt@ptit.example"),
    UnitEntry("VNPOST", "Tổng công ty Bưu điện Việt Nam", "dn", SINCE, mailbox="tdkt@vnpost.example"),
    UnitEntry("HANOI", "Sở Khoa học và Công nghệ Hà Nội", "so", SINCE, mailbox="tdkt@hanoi.example"),
)
UNIT_TALLY = {"members": 9, "present": 9, "yes": 8, "no": 1, "minutes": "05/BB-HĐ"}
PASSED = {"members": 15, "present": 13, "yes": 12, "no": 3, "written": 2, "minutes": "01/BB-HĐTĐKT"}
FAILED = {"members": 15, "present": 14, "yes": 11, "no": 3, "minutes": "01/BB-HĐTĐKT"}
REASON = "Đã đối chiếu hồ sơ giấy tại đơn vị"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""The same algorithm at a cost that tests can pay."""


_DESKS = count(1)
_INSTALLED = installed()
_FOUNDED: dict[tuple[object, ...], dict[Table, list[dict[str, Any]]]] = {}
"""Rows of a ministry as the services made it, once for each beginning: any other of the same is a copy of them."""


_flow = lru_cache(maxsize=64)(flow_from_resolved)


def _rows(connection: Connection) -> dict[Table, list[dict[str, Any]]]:
    found = {table: connection.execute(table.select()).mappings().all() for table in SQLModel.metadata.sorted_tables}
    return {table: [dict(each) for each in rows] for table, rows in found.items() if rows}


def _lay(connection: Connection, rows: Mapping[Table, list[dict[str, Any]]]) -> None:
    for table, each in rows.items():
        connection.execute(table.insert(), each)
        if connection.dialect.name == "postgresql" and table.autoincrement_column is not None:
            counter = f"pg_get_serial_sequence('{table.name}', '{table.autoincrement_column.name}')"
            connection.execute(text(f"SELECT setval({counter}, {len(each)})"))


@cache
def shipped_flows() -> Mapping[str, LoadedFlow]:
    return load_folder(SHIPPED).flows


def at(day: date, hour: int = 9) -> datetime:
    """An instant of that day in Vietnam."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL)


def decision(number: int, on: date, symbol: str = "QĐ-BKHCN") -> dict[str, Any]:
    return {"number": number, "symbol": symbol, "issued_on": on, "signer": "Bộ trưởng", "capacity": "BỘ TRƯỞNG"}


def workbook(lines: Iterable[Sequence[str]], letter: str = "") -> bytes:
    """A list as a unit sends it; a line is (code, name, award) and, if given, its achievement, workplace, position."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Danh sách")
    sheet.write_string(
        0, 0, f"DANH SÁCH ĐỀ NGHỊ (kèm theo Tờ trình số {letter} ngày 01/12/2026)" if letter else "DANH SÁCH"
    )
    header = (
        "TT",
        "Mã định danh",
        "Họ và tên",
        "Chức vụ",
        "Đơn vị công tác",
        "Hình thức khen thưởng đề nghị",
        "Thành tích",
    )
    for column, title in enumerate(header):
        sheet.write_string(1, column, title)
    for number, (code, name, award, *rest) in enumerate(lines, start=1):
        sheet.write_number(1 + number, 0, number)
        cells = (
            code,
            name,
            rest[2] if len(rest) > 2 else "Chuyên viên" if code else "",
            rest[1] if len(rest) > 1 else "Phòng Tổng hợp",
            award,
            rest[0] if rest else "Hoàn thành xuất sắc nhiệm vụ",
        )
        for column, cell in enumerate(cells, start=1):
            sheet.write_string(1 + number, column, cell)
    book.close()
    return buffer.getvalue()


@dataclass
class Ministry:
    """The desk over `engine`, a clock that only a test moves, and short words for what people do."""

    engine: Engine
    files: Path
    flows: tuple[str, ...] = ("bang_khen_bo",)
    calendar: WorkCalendar = field(default_factory=shipped)
    now: datetime = field(default_factory=lambda: at(START))
    empty: bool = False
    desk: Desk = field(init=False)
    _keys: Any = field(default_factory=lambda: count(1), init=False)
    _letters: Any = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        self.desk = self.another_desk()
        if self.empty:
            return
        key = (self.flows, self.calendar.sha256, self.now)
        if key in _FOUNDED:
            with write(self.engine) as connection:
                _lay(connection, _FOUNDED[key])
            return
        self._found()
        with read(self.engine) as connection:
            _FOUNDED[key] = _rows(connection)

    def another_desk(self, **changes: Any) -> Desk:
        """A desk of its own over the same database, as another process would have."""
        numbers = count(1)
        seed = f"{os.getpid()} {next(_DESKS)}"
        plain = Desk(
            engine=self.engine,
            calendar=self.calendar,
            files=self.files,
            mail_domain="khen.example",
            entropy=lambda n: sha256(f"{seed} {next(numbers)}".encode()).hexdigest()[: 2 * n],
            contact=Contact("Chị Hoa", "hoa@bo.example", "024 1234"),
            passwords=CHEAP,
            rules=_INSTALLED,
        )
        return replace(plain, **changes)

    def _found(self) -> None:
        self.publish(*self.flows)
        add_units(self.desk, UNITS, "QT", self.now)
        add_people(
            self.desk, [*_desk_people(), *(each for unit in UNITS for each in _unit_people(unit))], "QT", self.now
        )
        add_round(
            self.desk,
            RoundEntry(
                ROUND,
                "Công tác năm 2026",
                2026,
                date(2026, 11, 20),
                date(2027, 4, 29),
                cutoffs={"*": date(2026, 12, 5)},
            ),
            "QT",
            self.now,
        )

    def publish(self, *names: str, change: Callable[[str], str] = lambda text: text) -> None:
        """Publish shipped flows, or a new version of one, with `change` made to its text."""
        with write(self.engine) as connection:
            for name in names:
                resolved = change(shipped_flows()[name].resolved_text)
                flows.publish(
                    connection,
                    _flow(resolved),
                    resolved,
                    sha256(resolved.encode()).hexdigest(),
                    self.now,
                    "BO/ADMIN",
                )

    # ── people ──

    def key_of(self, role: str, unit: str = "CVT") -> str:
        """The person who holds this role: `CVT/TT`, `BO/SECRETARIAT`."""
        return f"{unit}/{UNIT_ROLES[role]}" if role in UNIT_ROLES else f"BO/{role.upper()}"

    # ── time ──

    def on(self, day: date, hour: int = 9) -> Ministry:
        """The clock goes on to this day, never back."""
        self.now = max(self.now, at(day, hour))
        return self

    @property
    def today(self) -> date:
        return self.now.astimezone(LOCAL).date()

    # ── lists ──

    def drafts(
        self,
        amount: int = 1,
        *,
        award: str = "Bằng khen của Bộ trưởng",
        unit: str = "CVT",
        first: int = 1,
        letter: str = "",
    ) -> tuple[str, ...]:
        """Bring in a list of persons; returns their codes."""
        lines = [
            (f"NV-{number:05d}", f"Nguyễn Văn Nam {_letters(number)}", award) for number in range(first, first + amount)
        ]
        return self.bring_in(lines, unit=unit, letter=letter)

    def bring_in(
        self, lines: Iterable[Sequence[str]], *, unit: str = "CVT", letter: str = "", **more: Any
    ) -> tuple[str, ...]:
        letter = letter or f"{next(self._letters):02d}/TTr-{unit}"
        return self.import_file(workbook(lines), unit=unit, letter_number=letter, letter_on=self.today, **more).codes

    def import_file(
        self, content: bytes, *, unit: str = "CVT", actor: str = "", **more: Any
    ) -> submissions.ImportReport:
        request = submissions.ImportRequest(
            actor or self.key_of("unit_officer", unit), unit, ROUND, content, "ds.xlsx", **more
        )
        return submissions.bring_in(self.desk, request, self.now)

    def look(self, lines: Iterable[Sequence[str]], *, unit: str = "CVT") -> submissions.ImportPlan:
        request = submissions.ImportRequest(self.key_of("unit_officer", unit), unit, ROUND, workbook(lines), "ds.xlsx")
        return submissions.look(self.desk, request, self.now)

    def attach(self, codes: Sequence[str], *documents: str, unit: str = "CVT") -> None:
        for document in documents:
            papers.attach(
                self.desk, self.key_of("unit_officer", unit), codes, document, PDF, f"{document}.pdf", self.now
            )

    def history(self, *entries: HistoryEntry) -> None:
        add_history(self.desk, entries, "test", "BO/ADMIN", self.now)

    # ── acts ──

    def request(
        self,
        transition: str,
        codes: Iterable[str],
        by: str,
        *,
        unit: str = "CVT",
        key: str = "",
        actor: str = "",
        lines: Mapping[str, Mapping[str, Any]] | None = None,
        overrides: Mapping[str, str] | None = None,
        expected: Mapping[str, int] | None = None,
        on: date | None = None,
        whole: bool = False,
        **fields: Any,
    ) -> ActRequest:
        return ActRequest(
            actor=actor or self.key_of(by, unit),
            transition=transition,
            codes=tuple(codes),
            request_key=key or f"k{next(self._keys)}",
            fields=fields,
            line_fields=lines or {},
            overrides=overrides or {},
            expected=expected or {},
            occurred_on=on,
            all_or_nothing=whole,
        )

    def act(self, transition: str, codes: Iterable[str], by: str, **more: Any) -> ActReport:
        """Perform it as the person who holds `by`; keywords beyond those of `request` are fields of the act."""
        return acts.perform(self.desk, self.request(transition, codes, by, **more), self.now)

    def done(self, transition: str, codes: Sequence[str], by: str, **more: Any) -> ActReport:
        """`act`, and every line must have moved."""
        report = self.act(transition, codes, by, **more)
        assert not report.refused, {
            each.code: [(r.code, dict(r.params)) for r in each.reasons] for each in report.results
        }
        return report

    def refused(self, transition: str, codes: Sequence[str], by: str, **more: Any) -> list[str]:
        """`act`, and every line must be refused for the same reasons: their codes, sorted."""
        report = self.act(transition, codes, by, **more)
        found = {tuple(sorted(reason.code for reason in each.reasons)) for each in report.results}
        assert report.done == 0
        assert len(found) == 1, found
        return list(found.pop())

    def sweep(self) -> reminders.SweepReport:
        return reminders.sweep(self.desk, self.now)

    # ── the road of a ministry award, as far as a test needs it ──

    def walk(self, codes: Sequence[str], to: str, *, unit: str = "CVT", skip: tuple[str, ...] = ()) -> Sequence[str]:
        """From draft along the main road until the dossiers stand in `to`; each step on its own day."""
        for name, step in _ROAD:
            if name not in skip:
                step(self, codes, unit)
            if to == name:
                return codes
        raise ValueError(to)

    # ── looking ──

    def all(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with read(self.engine) as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def one(self, sql: str, **values: Any) -> Any:
        ((value,),) = self.all(sql, **values)
        return value

    def sql(self, statement: str, **values: Any) -> None:
        """Change the database by hand, past every service."""
        with write(self.engine) as connection:
            connection.execute(text(statement), values)

    def states(self, codes: Iterable[str] = ()) -> dict[str, str]:
        found = dict(self.all("SELECT code, state FROM nomination ORDER BY id"))
        return {code: found[code] for code in codes} if codes else found

    def state(self, code: str) -> str:
        return str(self.one("SELECT state FROM nomination WHERE code = :code", code=code))

    def mails(self, state: str = "queued") -> list[tuple[str, str, int]]:
        """(address, template, lines) of every mail in this state, in order."""
        return self.all("SELECT address, template, line_count FROM mail WHERE state = :state ORDER BY id", state=state)

    def contexts(self, template: str = "", state: str = "") -> list[tuple[str, dict[str, Any]]]:
        """(address, context) of every mail line, in order."""
        query = select(MAIL.c.address, LINE.c.context).join(MAIL, MAIL.c.id == LINE.c.mail_id)
        query = query.order_by(LINE.c.mail_id, LINE.c.number)
        if template:
            query = query.where(MAIL.c.template == template)
        if state:
            query = query.where(MAIL.c.state == state)
        with read(self.engine) as connection:
            return [(address, dict(context)) for address, context in connection.execute(query)]

    def limits(self, code: str) -> dict[str, date]:
        """Due days of the open, running limits of a dossier."""
        query = """SELECT d.name, d.due_on FROM deadline d JOIN nomination n ON n.id = d.nomination_id
                   WHERE n.code = :code AND d.closed_on IS NULL AND d.stopped_on IS NULL"""
        return {name: _day(due) for name, due in self.all(query, code=code)}

    def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table: two of them are equal exactly when nothing was written between."""
        # As the driver gives them: a statement built and values converted took ten times as long as the rows.
        with read(self.engine) as connection, closing(connection.connection.cursor()) as cursor:
            found = {}
            for name in SQLModel.metadata.tables:
                cursor.execute(f"SELECT * FROM {name}")
                found[name] = sorted((tuple(row) for row in cursor.fetchall()), key=repr)
            return found


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _letters(number: int) -> str:
    """A number as letters: names hold no digits."""
    text = ""
    while number:
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
    return text.capitalize() or "A"


def _unit_people(unit: UnitEntry) -> list[PersonEntry]:
    return [
        PersonEntry(
            code,
            f"Trần {unit.code} {code}".title(),
            unit.code,
            f"{code.lower()}@{unit.code.lower()}.example",
            roles=(RoleEntry(role, "unit", unit.code),),
        )
        for role, code in UNIT_ROLES.items()
    ]


def _desk_people() -> list[PersonEntry]:
    people = [
        PersonEntry(
            role.upper(),
            f"Lê {role}".replace("_", " ").title(),
            email=f"{role.replace('_', '-')}@bo.example",
            roles=(RoleEntry(role),),
        )
        for role in DESK_ROLES
    ]
    cluster = RoleEntry("cluster_head", "cluster", "khoi_2")
    return [*people, PersonEntry("CLUSTER_HEAD", "Phạm Trưởng Cụm", email="khoi2@bo.example", roles=(cluster,))]


# ── the road ─────────────────────────────────────────────────────────────────────────────────────


def _lines(codes: Sequence[str], **fields: Any) -> dict[str, dict[str, Any]]:
    return dict.fromkeys(codes, fields)


def _unit_voted(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("start_unit_vote", codes, "unit_officer", unit=unit)
    m.done("close_unit_vote", codes, "unit_council", unit=unit, lines=_lines(codes, tally=UNIT_TALLY))


def _submitted(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.attach(codes, "to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt", unit=unit)
    m.done(
        "submit",
        codes,
        "unit_head",
        unit=unit,
        letter_no="07/TTr",
        overrides={"tieu_chuan": REASON, "trung_thanh_tich": REASON},
        **({"late_reason": "Chờ con dấu mới của đơn vị"} if m.today > date(2026, 12, 5) else {}),
    )


def _received(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.now += timedelta(days=1)
    m.done("receive", codes, "secretariat")


def _appraising(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("appraise", codes, "appraiser")


def _proved(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("send_proof", codes, "secretariat")
    m.done("confirm_proof", codes, "unit_officer", unit=unit)


def _pending(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.now += timedelta(days=1)
    m.done(
        "schedule",
        codes,
        "secretariat",
        session="Phiên 1",
        session_on=m.today + timedelta(days=1),
        overrides={"tieu_chuan": REASON, "trung_thanh_tich": REASON},
    )


def _voting(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.now += timedelta(days=1)
    m.done("open_vote", codes, "council_secretary")


def _signing(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("close_vote", codes, "council_secretary", lines=_lines(codes, tally=PASSED))


def _released(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("release_results", codes, "council_secretary")


def _decided(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.now += timedelta(days=1)
    number = m.one("SELECT count(*) FROM decision") + 1201
    m.done("decide", codes, "clerk", decision=decision(number, m.today))


def _notified(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("notify", codes, "secretariat", letter_no="01/TB-BKHCN")


def _awarded(m: Ministry, codes: Sequence[str], unit: str) -> None:
    m.done("award", codes, "secretariat", occasion="Hội nghị tổng kết năm 2026")


_ROAD: tuple[tuple[str, Callable[[Ministry, Sequence[str], str], None]], ...] = (
    ("unit_voted", _unit_voted),
    ("submitted", _submitted),
    ("received", _received),
    ("appraising", _appraising),
    ("proved", _proved),
    ("council_pending", _pending),
    ("council_voting", _voting),
    ("signing", _signing),
    ("released", _released),
    ("decided", _decided),
    ("notified", _notified),
    ("awarded", _awarded),
)
