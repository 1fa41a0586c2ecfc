"""Workbooks as units would send them, for whatever flows are published."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import xlsxwriter

from definitions.flow import Flow
from workflow.demo.world import invented

ROOMS = ("Phòng Tổng hợp", "Phòng Nghiệp vụ 1", "Phòng Nghiệp vụ 2", "Phòng Hành chính", "Đội Kiểm tra",
         "Chi nhánh miền Trung", "Trung tâm Hỗ trợ", "Phòng Kế hoạch - Tài chính")  # fmt: skip
POSTS = ("Chuyên viên", "Chuyên viên chính", "Kỹ sư", "Trưởng phòng", "Phó Trưởng phòng", "Nhân viên")
DEEDS = (
    "Hoàn thành xuất sắc nhiệm vụ năm 2026 trong triển khai dịch vụ công trực tuyến",
    "Hoàn thành xuất sắc nhiệm vụ năm 2026 trong bảo đảm an toàn thông tin",
    "Có sáng kiến được công nhận trong công tác chuyển đổi số năm 2026",
    "Có thành tích xuất sắc trong phổ cập kỹ năng số cho người dân",
)


OF_WOMEN = ("Thị", "Thu", "Ngọc", "Xuân")
"""Middle names of the women among the invented."""


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a generated list."""

    name: str
    code: str
    position: str
    workplace: str
    award: str
    deed: str
    sex: str = ""


def line(flow: Flow, unit_name: str, number: int, rng: random.Random) -> ListLine:
    """An invented nominee of a kind the award is for; the number keeps collectives apart."""
    room = ROOMS[number % len(ROOMS)]
    award = flow.aliases[0] if flow.aliases else flow.title.vi
    if "individual" in flow.nominee and (number % 3 or "collective" not in flow.nominee):
        name = invented(rng)
        return ListLine(
            name, f"M-{number:05d}", rng.choice(POSTS), room, award, rng.choice(DEEDS), _sex(name, number)
        )  # fmt: skip
    name = f"{room} số {number + 1} - {unit_name}"
    return ListLine(name, "", "", unit_name, award, rng.choice(DEEDS))


def _sex(name: str, number: int) -> str:
    """As the unit wrote it down; now and then it forgot to."""
    if number % 13 == 0:
        return ""
    return "Nữ" if name.split()[1] in OF_WOMEN else "Nam"


def a_year_on(each: ListLine) -> ListLine:
    """The same line as it would be written for the round after."""
    return replace(each, deed=each.deed.replace("2026", "2027"))


def workbook(unit_name: str, letter: str, day: str, lines: Sequence[ListLine], year: int = 2026) -> bytes:
    """The list as a file: title rows, a header, lines, a total and a signature row."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Danh sách")
    for number, text in enumerate(
        (
            unit_name.upper(),
            "",
            f"DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG NĂM {year}",
            f"(Kèm theo Tờ trình số {letter} ngày {day})",
            "",
        )
    ):
        sheet.write_string(number, 0, text)
    header = ("TT", "Mã định danh", "Họ và tên / Tên tập thể", "Chức vụ", "Đơn vị công tác",
              "Hình thức khen thưởng đề nghị", "Tóm tắt thành tích", "Giới tính")  # fmt: skip
    for column, text in enumerate(header):
        sheet.write_string(5, column, text)
    for number, each in enumerate(lines, start=1):
        sheet.write_number(5 + number, 0, number)
        for column, text in enumerate(
            (each.code, each.name, each.position, each.workplace, each.award, each.deed, each.sex), start=1
        ):
            sheet.write_string(5 + number, column, text)
    sheet.write_string(len(lines) + 7, 0, f"Danh sách gồm: {len(lines)} trường hợp./.")
    sheet.write_string(len(lines) + 9, 4, "THỦ TRƯỞNG ĐƠN VỊ")
    book.close()
    return buffer.getvalue()
