"""The awards of a round, and lists made for a test: grids without a file, workbooks with one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from definitions.flow import Nominee
from workflow.intake.checking import check
from workflow.intake.grids import Grid, tidy
from workflow.intake.reading import read_list
from workflow.intake.recognising import Recognised, recognise
from workflow.intake.sentences import say_problem
from workflow.intake.synonyms import load_synonyms
from workflow.intake.values import AwardChoice, Checked, ListRead, Row

SAMPLES = Path(__file__).parents[2] / "samples"
OF_MINISTRY = ("vu", "cuc", "vp", "tt", "dvsn", "dn", "other")
ALL_UNITS = (*OF_MINISTRY, "so")
PERSON: tuple[Nominee, ...] = ("individual",)
COLLECTIVE: tuple[Nominee, ...] = ("collective",)
BOTH: tuple[Nominee, ...] = ("individual", "collective")
HEADER = ("TT", "Mã NV", "Họ và tên", "Chức vụ", "Đơn vị công tác", "Hình thức khen thưởng đề nghị", "Thành tích")


def _choice(
    award: str, title: str, nominee: tuple[Nominee, ...], units: tuple[str, ...] = OF_MINISTRY, *aliases: str
) -> AwardChoice:
    return AwardChoice(award, award, title, aliases, nominee, units)


AWARDS = (
    _choice("ldtt", "Lao động tiên tiến", PERSON),
    _choice("cstd_co_so", "Chiến sĩ thi đua cơ sở", PERSON),
    _choice("tt_ldtt", "Tập thể lao động tiên tiến", COLLECTIVE),
    _choice("giay_khen", "Giấy khen của thủ trưởng đơn vị", BOTH, OF_MINISTRY, "Giấy khen"),
    _choice("tt_ldxs", "Tập thể lao động xuất sắc", COLLECTIVE),
    _choice("cstd_bo", "Chiến sĩ thi đua cấp Bộ", PERSON),
    _choice("co_thi_dua_bo", "Cờ thi đua của Bộ", COLLECTIVE, ALL_UNITS),
    _choice("bang_khen_bo", "Bằng khen của Bộ trưởng", BOTH, ALL_UNITS),
    _choice("ky_niem_chuong", "Kỷ niệm chương", PERSON, ALL_UNITS),
    _choice("bang_khen_chuyen_de", "Bằng khen của Bộ trưởng theo chuyên đề", BOTH, ALL_UNITS, "Bằng khen chuyên đề"),
    _choice("bang_khen_dot_xuat", "Bằng khen của Bộ trưởng đột xuất", BOTH, ALL_UNITS, "Bằng khen đột xuất"),
    _choice("co_thi_dua_cp", "Cờ thi đua của Chính phủ", COLLECTIVE),
    _choice("cstd_toan_quoc", "Chiến sĩ thi đua toàn quốc", PERSON),
    _choice("bang_khen_tt", "Bằng khen của Thủ tướng Chính phủ", BOTH),
    _choice("hcld_ba", "Huân chương Lao động hạng Ba", BOTH),
    _choice("hcld_nhi", "Huân chương Lao động hạng Nhì", BOTH),
    _choice("hcld_nhat", "Huân chương Lao động hạng Nhất", BOTH),
    _choice("huy_bo", "Hủy bỏ quyết định khen thưởng", BOTH),
)


def sample(name: str) -> Path:
    return SAMPLES / f"danh-sach-{name}.xlsx"


def row(number: int = 2, **cells: object) -> Row:
    """A good row for a person, but for what is given."""
    good: dict[str, object] = {
        "sheet": "DS",
        "number": number,
        "name": "Nguyễn Văn An",
        "code": f"NV-{number:04d}",
        "position": "Chuyên viên",
        "workplace": "Phòng Tổng hợp",
        "award": "Bằng khen của Bộ trưởng",
        "achievement": "Hoàn thành xuất sắc nhiệm vụ",
    }
    return Row(**(good | cells))  # type: ignore[arg-type]


def checked(*rows: Row, unit_kind: str = "cuc", awards: Sequence[AwardChoice] = AWARDS) -> Checked:
    result = check(rows, awards=awards, unit_kind=unit_kind)
    # Whatever is found can be said, in both languages.
    for problem in (
        *(each for bad in result.bad for each in bad.problems),
        *(each.problem for each in result.warnings),
    ):
        assert say_problem(problem, "vi") != say_problem(problem, "en")
    return result


def codes(result: Checked) -> dict[int, list[str]]:
    """The codes of the problems of each bad row."""
    return {bad.row.number: [problem.code for problem in bad.problems] for bad in result.bad}


def grid(*rows: Sequence[str], name: str = "DS", across: Iterable[int] = ()) -> Grid:
    """A sheet without a file."""
    width = max(map(len, rows))
    texts = tuple(tuple(map(tidy, (*texts, *[""] * (width - len(texts))))) for texts in rows)
    return Grid(name=name, texts=texts, across=frozenset(across), last_column=width)


def recognised(*rows: Sequence[str], name: str = "DS", across: Iterable[int] = ()) -> Recognised:
    found = recognise(grid(*rows, name=name, across=across), load_synonyms())
    assert found is not None
    return found


def causes(found: Recognised | ListRead) -> dict[int, str]:
    return {each.number: each.cause for each in found.skipped}


def workbook(*sheets: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets; `=…` is written as a formula only where it is given as `Formula`."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for at, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if isinstance(value, Formula):
                        sheet.write_formula(at, column, value.text, None, value.shown)
                    elif value is not None:
                        sheet.write(at, column, value)
            for covered in merged:
                sheet.merge_range(covered, "")
            if merged:
                for at, cells in enumerate(rows):
                    for column, value in enumerate(cells):
                        if value is not None:
                            sheet.write(at, column, value)
    return buffer.getvalue()


class Formula:
    """A formula cell and the result it last showed."""

    def __init__(self, text: str, shown: object = "") -> None:
        self.text, self.shown = text, shown


def read(*sheets: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> ListRead:
    return read_list(workbook(*sheets, merged=merged))


# ── workbooks as raw XML, for what no library would write ────────────────────────────────────────

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD_AND_LINE = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Họ và tên</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Hình thức KT</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>Lê An Bình</t></is></c>'
    '<c r="B2" t="inlineStr"><is><t>Bằng khen của Bộ trưởng</t></is></c></row>'
)


def raw_workbook(
    rows: str = HEAD_AND_LINE, after: str = "", prolog: str = "", parts: dict[str, bytes | str] | None = None
) -> bytes:
    """A workbook of one sheet `S` with these rows of XML; `parts` add or replace entries."""
    link = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/%s" Target="%s"/>'
    entries: dict[str, bytes | str] = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_CONTENT}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_CONTENT}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": link % ("officeDocument", "xl/workbook.xml") + "</Relationships>",
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
            "</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": link % ("worksheet", "worksheets/sheet1.xml") + "</Relationships>",
        "xl/worksheets/sheet1.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>'
            f"{after}</worksheet>"
        ),
        **(parts or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()
