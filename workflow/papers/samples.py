"""Made-up papers to try forms with: one that is whole, and those that break forms. No real person is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date, time
from functools import cache
from typing import Any, TypeVar

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts
from workflow.papers.shapes import (
    Absence,
    Agenda,
    AgendaItem,
    AuditMark,
    BallotSheet,
    Certificate,
    Certificates,
    Count,
    CountedGroup,
    CountedLine,
    CountMinutes,
    DecisionDraft,
    DecisionRef,
    Extract,
    Group,
    House,
    Invitation,
    Line,
    Member,
    Opinion,
    Paper,
    Proposal,
    ProposalLetter,
    Recusal,
    ResultLine,
    ResultNotice,
    SessionMinutes,
    SheetCount,
    Signature,
)

T = TypeVar("T")

HOUSE = House(
    "Bộ Khoa học và Công nghệ", "Hội đồng Thi đua - Khen thưởng", "Vụ Tổ chức cán bộ", "Hà Nội"
)  # fmt: skip
SESSION = "Phiên họp thứ nhất năm 2026 của Hội đồng Thi đua - Khen thưởng Bộ"
DAY = date(2026, 1, 15)
MINISTER = Signature("Bộ trưởng", "Nguyễn Văn A")
VICE_MINISTER = Signature("Thứ trưởng", "Trần Thị B", "KT.", "Bộ trưởng")
HEAD_OF_OFFICE = Signature("Vụ trưởng", "Lê Văn C")
CHAIR = Signature("Chủ tịch", "Nguyễn Văn A", "TM.", "Hội đồng", "Bộ trưởng")
MARK = AuditMark(4128, "3fa901bc77de9a10c41f0e6b2d5588a1907be4cc1d20f3a6e8b94752cc10d3fe")
RULE = VoteRule("bo", "council", "all_members", 80, False, quorum=(2, 3), written=True, recusal="stays_in_base")

PEOPLE = (
    Line(1, "Ông Nguyễn Văn A (mẫu)", "Trưởng phòng Tổng hợp, Cục Viễn thông", "Cục Viễn thông"),
    Line(2, "Bà Trần Thị B (mẫu)", "Chuyên viên chính, Văn phòng Bộ", "Văn phòng Bộ"),
    Line(
        3, "Ông Đỗ Văn Ước (mẫu)", "Phó Giám đốc Trung tâm, Trung tâm Internet Việt Nam", "Trung tâm Internet Việt Nam"
    ),
)
BODIES = (
    Line(1, "Phòng Nghiệp vụ 1", "Cục Tần số vô tuyến điện", "Cục Tần số vô tuyến điện"),
    Line(2, "Đội Kiểm tra", "Cục Viễn thông", "Cục Viễn thông"),
)
GROUPS = (Group("Tập thể", BODIES), Group("Cá nhân", PEOPLE))
CITATION = "Chủ trì xây dựng hệ thống dịch vụ công trực tuyến"
DECISION = DecisionRef(
    "15/QĐ-BKHCN", date(2026, 2, 5), "Bộ trưởng Bộ Khoa học và Công nghệ",
    "tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ",
)  # fmt: skip
MEMBERS = (
    Member("Ông Nguyễn Văn A", "Bộ trưởng", "Chủ tịch Hội đồng"),
    Member("Bà Trần Thị B", "Thứ trưởng", "Phó Chủ tịch Hội đồng"),
    Member("Ông Lê Văn C", "Vụ trưởng Vụ Tổ chức cán bộ", "Ủy viên thường trực"),
    Member("Bà Phạm Thị D", "Chánh Văn phòng Bộ", "Ủy viên"),
    Member("Ông Hoàng Văn E", "Vụ trưởng Vụ Kế hoạch - Tài chính", "Ủy viên"),
    Member("Bà Vũ Thị G", "Vụ trưởng Vụ Pháp chế", "Ủy viên"),
    Member("Ông Đặng Văn H", "Chủ tịch Công đoàn", "Ủy viên"),
)
WRITER = Member("Bà Bùi Thị K", "Chuyên viên chính Vụ Tổ chức cán bộ", "Thư ký Hội đồng")


def _counted(line: Line, yes: int, *, blank: int = 0, invalid: int = 0, recused: int = 0) -> CountedLine:
    cast = 8 - recused
    tally = TallyFacts(9, 7 - recused, yes, cast - yes - blank - invalid, blank, invalid, 1, recused)
    return CountedLine(line, Count.of(RULE, tally))


COUNTED = (
    CountedGroup("Tập thể", RULE, (_counted(BODIES[0], 8), _counted(BODIES[1], 7, blank=1))),
    CountedGroup(
        "Cá nhân", RULE, (_counted(PEOPLE[0], 8), _counted(PEOPLE[1], 7, recused=1), _counted(PEOPLE[2], 6, invalid=1))
    ),
)


def _agenda() -> Agenda:
    return Agenda(
        HOUSE.council_head(day=date(2026, 1, 12)), SESSION, DAY, time(8, 30),
        "Phòng họp 202, trụ sở Bộ, 113 Trần Duy Hưng, Hà Nội", MEMBERS[0],
        (
            AgendaItem(time(8, 30), "Tuyên bố lý do, giới thiệu thành phần", "Thư ký Hội đồng"),
            AgendaItem(time(8, 40), "Báo cáo kết quả thẩm định hồ sơ đề nghị khen thưởng", "Vụ Tổ chức cán bộ"),
            AgendaItem(time(9, 15), "Thảo luận", "Các thành viên Hội đồng"),
            AgendaItem(time(10, 30), "Bỏ phiếu kín, kiểm phiếu", "Tổ kiểm phiếu"),
            AgendaItem(None, "Kết luận của Chủ tịch Hội đồng", "Chủ tịch Hội đồng"),
        ),
        (
            Group("Bằng khen của Bộ trưởng", (replace(PEOPLE[0], note="Đủ điều kiện"), *PEOPLE[1:])),
            Group("Cờ thi đua của Bộ", BODIES),
        ),
        CHAIR,
        ("Bằng khen của Bộ trưởng: tỷ lệ nữ 1/2 cá nhân đã rõ (50 %); 1 người chưa rõ.",),
        ("Số 2: Cảnh báo: chưa có hai năm liên tục Lao động tiên tiến.",),
    )  # fmt: skip


def _invitation() -> Invitation:
    return Invitation(
        HOUSE.council_head("GM-HĐTĐKT", 3, date(2026, 1, 8)), SESSION,
        ("Ông Nguyễn Văn A, Bộ trưởng, Chủ tịch Hội đồng", "Các thành viên Hội đồng Thi đua - Khen thưởng Bộ"),
        DAY, time(8, 30), time(11, 30), "Phòng họp 202, trụ sở Bộ, 113 Trần Duy Hưng, Hà Nội",
        "Ông Nguyễn Văn A, Bộ trưởng, Chủ tịch Hội đồng",
        ("Xét tặng Bằng khen của Bộ trưởng (3 trường hợp)", "Xét tặng Cờ thi đua của Bộ (2 trường hợp)"),
        VICE_MINISTER, ("Như trên", "Bộ trưởng (để báo cáo)", "Lưu: VT, HĐTĐKT"), date(2026, 1, 14),
        "bà Bùi Thị K, Thư ký Hội đồng, điện thoại 024 3943 0000", "PH-2026-01@khen.example",
    )  # fmt: skip


def _ballot() -> BallotSheet:
    return BallotSheet(
        HOUSE.council_head(), SESSION, DAY,
        (Group("Bằng khen của Bộ trưởng", PEOPLE), Group("Cờ thi đua của Bộ", BODIES)), True, date(2026, 1, 14),
    )  # fmt: skip


def _count_minutes() -> CountMinutes:
    return CountMinutes(
        HOUSE.council_head(day=DAY), SESSION, DAY, time(10, 30), time(11, 5), "Phòng họp 202, trụ sở Bộ",
        (replace(MEMBERS[3], role="Tổ trưởng"), replace(MEMBERS[5], role="Tổ viên"), replace(WRITER, role="Tổ viên")),
        9, 7, 1, 1, SheetCount(8, 8, 8, 0, 1), COUNTED, MARK, "số 3 (1 lần)",
    )  # fmt: skip


def _session_minutes() -> SessionMinutes:
    return SessionMinutes(
        HOUSE.council_head("BB-HĐTĐKT", 1, DAY), SESSION, DAY, time(8, 30), time(11, 20), "Phòng họp 202, trụ sở Bộ",
        MEMBERS[0], WRITER, 9, MEMBERS,
        (
            Absence(Member("Ông Ngô Văn L", "Chánh Thanh tra Bộ", "Ủy viên"), "đi công tác nước ngoài", True),
            Absence(Member("Bà Dương Thị M", "Bí thư Đoàn Thanh niên Bộ", "Ủy viên"), "nghỉ ốm"),
        ),
        6, 8,
        (
            "Vụ Tổ chức cán bộ báo cáo: nhận 6 hồ sơ, đủ điều kiện trình Hội đồng 5 hồ sơ, trả lại 1 hồ sơ kèm căn cứ.",
            "Các thành viên thảo luận từng trường hợp; không có đơn thư khiếu nại, tố cáo trong thời gian công khai.",
        ),
        COUNTED,
        (
            "Đề nghị Bộ trưởng tặng thưởng các trường hợp đạt.",
            "Giao Vụ Tổ chức cán bộ hoàn thiện hồ sơ, trình Bộ trưởng xem xét, quyết định.",
        ),
        ("Thành viên Hội đồng", "Lưu: VT, HĐTĐKT"), (Member("Ông Trịnh Văn N", "Phó Vụ trưởng Vụ Tổ chức cán bộ"),),
        (Recusal("Bà Phạm Thị D", "dòng 2 (Bà Trần Thị B)", "cùng đơn vị"),),
        (Opinion("Ông Hoàng Văn E", "Đề nghị xem thêm thời gian giữ chức vụ trước khi xét.", "dòng 3"),),
        "Đồng ý với kết quả kiểm phiếu.", CHAIR, False, MARK,
    )  # fmt: skip


def _letter() -> ProposalLetter:
    return ProposalLetter(
        HOUSE.office_head("TTr-TCCB", 7, date(2026, 1, 20)), "tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ",
        "Bộ trưởng Bộ Khoa học và Công nghệ",
        ("Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022", "Biên bản số 01/BB-HĐTĐKT ngày 15 tháng 01 năm 2026"),
        (
            (
                "Thực hiện kế hoạch xét khen thưởng năm 2026, các đơn vị đã đề nghị 6 trường hợp. Vụ Tổ chức cán bộ đã "
                "thẩm định, trình Hội đồng Thi đua - Khen thưởng Bộ 5 trường hợp đủ điều kiện."
            ),
            "Hội đồng đã họp ngày 15 tháng 01 năm 2026, bỏ phiếu kín; các trường hợp dưới đây đạt theo quy định.",
        ),
        (Proposal("Tập thể", COUNTED[0].lines[:1]), Proposal("Cá nhân", COUNTED[1].lines[:1])),
        HEAD_OF_OFFICE, ("Như trên", "Thứ trưởng Trần Thị B (để báo cáo)", "Lưu: VT, TCCB"),
        ("Biên bản họp và biên bản kiểm phiếu", "Dự thảo Quyết định"),
    )  # fmt: skip


def _decision_draft() -> DecisionDraft:
    return DecisionDraft(
        replace(HOUSE.ministry_head("QĐ-BKHCN"), year=2026), "tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ",
        "Bộ trưởng Bộ Khoa học và Công nghệ",
        (
            "Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022",
            (
                "Nghị định số 152/2025/NĐ-CP ngày 14 tháng 6 năm 2025 của Chính phủ quy định về phân cấp, phân quyền "
                "trong lĩnh vực thi đua, khen thưởng"
            ),
            (
                "Nghị định số 55/2025/NĐ-CP ngày 02 tháng 3 năm 2025 của Chính phủ quy định chức năng, nhiệm vụ, quyền "
                "hạn và cơ cấu tổ chức của Bộ Khoa học và Công nghệ"
            ),
        ),
        "Vụ trưởng Vụ Tổ chức cán bộ",
        (
            (
                "Tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ cho 02 tập thể và 03 cá nhân (có danh sách kèm "
                "theo), đã có thành tích xuất sắc trong thực hiện nhiệm vụ công tác năm 2025."
            ),
            "Các tập thể, cá nhân có tên tại Điều 1 được thưởng kèm theo Bằng khen theo quy định hiện hành.",
            (
                "Chánh Văn phòng Bộ, Vụ trưởng Vụ Tổ chức cán bộ, Thủ trưởng các đơn vị có liên quan và các tập thể, "
                "cá nhân có tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này"
            ),
        ),
        VICE_MINISTER, ("Như Điều 3", "Bộ trưởng (để báo cáo)", "Cổng thông tin điện tử của Bộ", "Lưu: VT, TCCB"),
        "tập thể, cá nhân được tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ",
        (
            Group("Tập thể", BODIES),
            Group("Cá nhân", (replace(PEOPLE[0], citation=CITATION), *PEOPLE[1:])),
        ),
        MARK,
    )  # fmt: skip


def _notice() -> ResultNotice:
    return ResultNotice(
        HOUSE.office_head("TB-TCCB", 21, date(2026, 2, 9)), "Kết quả xét khen thưởng năm 2026", "Cục Viễn thông",
        "Tờ trình số 07/TTr-CVT ngày 02 tháng 12 năm 2025",
        (
            ResultLine(PEOPLE[0], "Bằng khen của Bộ trưởng", "Được tặng", DECISION),
            ResultLine(
                replace(BODIES[1], number=2), "Cờ thi đua của Bộ", "Không được khen thưởng", None,
                "chưa có xếp hạng dẫn đầu khối, cụm thi đua năm 2025",
            ),
        ),
        ("Bằng và hiện vật khen thưởng được trao tại Hội nghị tổng kết; thời gian, địa điểm sẽ thông báo sau.",),
        HEAD_OF_OFFICE, ("Như trên", "Lưu: VT, TCCB"),
    )  # fmt: skip


def _extract() -> Extract:
    return Extract(
        HOUSE.ministry_head("TL-BKHCN", 4, date(2026, 2, 10)), DECISION,
        "Tặng Bằng khen của Bộ trưởng cho các tập thể, cá nhân có tên trong danh sách kèm theo.",
        (
            Group("Tập thể", (replace(BODIES[1], number=14),)),
            Group("Cá nhân", (replace(PEOPLE[0], number=1003, citation=CITATION),)),
        ),
        Signature("Chánh Văn phòng", "Phạm Thị D", "TL.", "Bộ trưởng"), ("Cục Viễn thông", "Lưu: VT"),
    )  # fmt: skip


def _certificates() -> Certificates:
    page = Certificate(
        "Bộ trưởng Bộ Khoa học và Công nghệ", "Tặng", "Bằng khen", "Ông Nguyễn Văn A (mẫu)",
        "Trưởng phòng Tổng hợp, Cục Viễn thông",
        "Đã có thành tích xuất sắc trong thực hiện nhiệm vụ công tác năm 2025", DECISION, "Hà Nội", date(2026, 2, 5),
        MINISTER, "1003",
    )  # fmt: skip
    return Certificates(
        (
            page,
            replace(page, name="Đội Kiểm tra, Cục Viễn thông", detail="", register_number="", signature=VICE_MINISTER),
        )
    )


_WHOLE: Mapping[str, Callable[[], Paper]] = {
    "chuong_trinh": _agenda,
    "giay_moi": _invitation,
    "phieu_bau": _ballot,
    "bb_kiem_phieu": _count_minutes,
    "bb_hop": _session_minutes,
    "to_trinh": _letter,
    "quyet_dinh": _decision_draft,
    "thong_bao": _notice,
    "trich_luc": _extract,
    "bang_khen": _certificates,
}
CODES = tuple(_WHOLE)

LONG = "Đơn vị sự nghiệp công lập có tên rất dài thuộc Bộ " * 5
SIGNS = "<w:p>&amp;</w:p> {{ 7*7 }} {% if %} {# #} #let x \"'\\ \x07\u202e\ud800*_@$"
"""Markup, tags, the language of the PDF's forms, a bell, a mark that turns the direction of writing, half a letter."""


@cache
def whole(code: str) -> Paper:
    """A paper with everything in it."""
    return _WHOLE[code]()


def awkward(code: str) -> Iterator[tuple[str, Paper]]:
    """(what is awkward, the paper): `bare` without anything that may be missing, `long`, `signs`, `many` lines."""
    paper = whole(code)
    yield "bare", _bare(paper)
    yield "long", reworded(paper, lambda text: f"{text} {LONG}")
    yield "signs", reworded(paper, lambda text: f"=1+1 {text} {SIGNS}")
    yield "many", _many(paper)


_KEPT = (VoteRule, TallyFacts, AuditMark, Count, date, time)
_WORDLESS = frozenset({"capacity", "uid", "symbol"})


def reworded(value: T, change: Callable[[str], str]) -> T:
    """The same value with other words in every text that is not itself a code."""
    if isinstance(value, str):
        return change(value) if value else value  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(reworded(each, change) for each in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, (*_KEPT, type)):
        return value
    changed = {
        each.name: reworded(getattr(value, each.name), change) for each in fields(value) if each.name not in _WORDLESS
    }
    return replace(value, **changed)


def _bare(value: T) -> T:
    """The same value without what may be missing: defaults, None where it is allowed, empty lists at the top."""
    if isinstance(value, tuple):
        return tuple(_bare(each) for each in value[:1])  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, (*_KEPT, type)):
        return value
    return replace(value, **{each.name: _left(each, getattr(value, each.name)) for each in fields(value)})


def _left(field: Field[Any], value: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return None if "None" in str(field.type) else _bare(value)


def _many(value: T) -> T:
    """The same value with forty of every line."""
    if isinstance(value, tuple):
        rows = tuple(_many(each) for each in value)
        lined = bool(rows) and isinstance(rows[0], (Line, CountedLine, ResultLine))
        return (rows * 40)[:40] if lined else rows  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, (*_KEPT, type)):
        return value
    return replace(value, **{each.name: _many(getattr(value, each.name)) for each in fields(value)})
