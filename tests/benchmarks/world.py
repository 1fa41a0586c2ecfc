"""A ministry of a size that hurts: a hundred units with a hundred nominations each, brought in and sent by services.

    build(file, units=100, each=100)

All stand in `submitted` with their papers on file, their unit's vote differing line by line, so that no two rows are
alike by accident. A desk made by `desk` draws its chance from a seed: two desks with the same seed write the same.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import xlsxwriter

from definitions.calendar import shipped
from definitions.loading import load_folder
from workflow.flow_checks import SHIPPED
from workflow.services import acts, papers, submissions
from workflow.services.desk import Contact, Desk
from workflow.services.register import PersonEntry, RoleEntry, RoundEntry, UnitEntry, add_people, add_round, add_units
from workflow.services.requests import ActRequest
from workflow.storage import flows, migrations
from workflow.storage.database import open_engine, write

SINCE = date(2020, 1, 1)
NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROUND = "2026"
AWARD = "Bằng khen của Bộ trưởng"
REASON = "Đã đối chiếu hồ sơ giấy tại đơn vị"
PAPERS = ("to_trinh", "danh_sach", "bb_xet_kt", "bao_cao_tt")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hùng", "Lan", "Minh", "Ngân")


def desk(file: Path, seed: int = 2) -> Desk:
    """A desk over the file; the same seed gives the same salts and Message-IDs."""
    rnd = random.Random(seed)
    return Desk(
        engine=open_engine(f"sqlite:///{file}"), calendar=shipped(), files=file.parent / "papers",
        entropy=lambda n: f"{rnd.getrandbits(8 * n):0{2 * n}x}", mail_domain="khen.example",
        contact=Contact("Chị Hoa", "hoa@bo.example", "024 1234"),
    )  # fmt: skip


def build(file: Path, units: int = 100, each: int = 100) -> tuple[str, ...]:
    """Make the file and return the codes of its nominations, all in `submitted`."""
    migrations.upgrade(open_engine(f"sqlite:///{file}"))
    house = desk(file, seed=1)
    found(house, units)
    codes: list[str] = []
    for unit in range(units):
        codes += _sent(house, f"U{unit:03d}", each, random.Random(unit))
    house.engine.dispose()
    return tuple(codes)


def found(house: Desk, units: int) -> None:
    """Every flow that ships, units, people and a round."""
    with write(house.engine) as connection:
        for flow in load_folder(SHIPPED).flows.values():
            flows.publish(connection, flow.flow, flow.resolved_text, flow.sha256, NOW, "QT")
    names = [f"U{unit:03d}" for unit in range(units)]
    entries = [UnitEntry(name, f"Cục số {name[1:]}", "cuc", SINCE, mailbox=f"{name}@bo.example") for name in names]
    add_units(house, entries, "QT", NOW)
    add_people(house, [*_desk_people(), *(each for name in names for each in _unit_people(name))], "QT", NOW)
    entry = RoundEntry(
        ROUND, "Công tác năm 2026", 2026, date(2026, 11, 20), date(2027, 4, 29), cutoffs={"*": date(2026, 12, 5)}
    )
    add_round(house, entry, "QT", NOW)


def _desk_people() -> list[PersonEntry]:
    roles = ("secretariat", "secretariat_head", "appraiser", "council_secretary", "signer", "clerk")
    return [
        PersonEntry(role.upper(), f"Lê {role.title()}", email=f"{role}@bo.example", roles=(RoleEntry(role),))
        for role in roles
    ]


def _unit_people(unit: str) -> list[PersonEntry]:
    roles = {"CB": "unit_officer", "HD": "unit_council", "TT": "unit_head"}
    return [
        PersonEntry(
            code, f"Trần {code.title()}", unit, f"{code}@{unit}.example".lower(), roles=(RoleEntry(role, "unit", unit),)
        )
        for code, role in roles.items()
    ]


def _sent(house: Desk, unit: str, each: int, rnd: random.Random) -> Sequence[str]:
    content = a_list(each, rnd)
    request = submissions.ImportRequest(f"{unit}/CB", unit, ROUND, content, "ds.xlsx", f"07/TTr-{unit}", NOW.date())
    codes = submissions.bring_in(house, request, NOW).codes
    for name in PAPERS:
        papers.attach(house, f"{unit}/CB", codes, name, b"%PDF-1.4\n%%EOF\n", f"{name}.pdf", NOW)
    _do(house, "start_unit_vote", f"{unit}/CB", codes)
    votes = {code: {"tally": _tally(rnd)} for code in codes}
    _do(house, "close_unit_vote", f"{unit}/HD", codes, line_fields=votes)
    reasons = {"tieu_chuan": REASON, "trung_thanh_tich": REASON}
    _do(house, "submit", f"{unit}/TT", codes, fields={"letter_no": f"07/TTr-{unit}"}, overrides=reasons)
    return codes


def _tally(rnd: random.Random) -> dict[str, object]:
    yes = rnd.randint(8, 11)
    return {"members": 11, "present": 11, "yes": yes, "no": 11 - yes, "minutes": f"{rnd.randint(1, 90):02d}/BB-HĐ"}


def _do(house: Desk, transition: str, actor: str, codes: Sequence[str], **more: object) -> None:
    request = ActRequest(actor, transition, tuple(codes), f"{transition}:{codes[0]}", **more)  # type: ignore[arg-type]
    report = acts.perform(house, request, NOW)
    if report.refused:
        raise SystemExit(f"{transition}: {report.refused} refused, {report.results[0]}")


def a_list(rows: int, rnd: random.Random) -> bytes:
    """A unit's workbook, every line good."""
    header = (
        "TT",
        "Mã NV",
        "Họ và tên",
        "Chức vụ",
        "Đơn vị công tác",
        "Hình thức khen thưởng đề nghị",
        "Tóm tắt thành tích",
    )
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("DS")
        sheet.write_row(0, 0, header)
        for number in range(1, rows + 1):
            name = f"{rnd.choice(FAMILY)} {rnd.choice(GIVEN)} {rnd.choice(GIVEN)}"
            deed = f"Đã có thành tích xuất sắc số {number} trong công tác chuyển đổi số năm 2026"
            sheet.write_row(number, 0, (number, f"NV-{number:06d}", name, "Kỹ sư", f"Phòng {number % 30}", AWARD, deed))
    return buffer.getvalue()
