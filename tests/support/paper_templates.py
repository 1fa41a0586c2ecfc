"""Makes the Word templates of papers that ship: `./dev papers`. The wording of a form stands here and in its .typ twin.

Form of administrative documents: Nghị định 30/2020/NĐ-CP, Phụ lục I (A4; margins 20, 20, 30, 15 mm; Times New Roman 13
and 14; number of the page at the top from the second page on). Rows and paragraphs that only steer (`{%tr …%}`,
`{%p …%}`) are grey, so that whoever edits a template sees at once what prints and what does not.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

HOME = Path(__file__).parents[2] / "workflow" / "papers" / "templates"
FACE = "Times New Roman"
STYLES = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "Header", "HeaderChar", "Footer", "FooterChar"}
GREY = RGBColor(0x8A, 0x8A, 0x8A)
WIDTH = 165  # mm between the margins
LEFT, CENTRE, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY,
)  # fmt: skip
END = "{% if loop.last %}.{% else %};{% endif %}"
BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")


# ── pieces ───────────────────────────────────────────────────────────────────────────────────────


def element(name: str, **attributes: str | int) -> Any:
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


class Sheet:
    """A document in the form of the decree, filled from top to bottom."""

    def __init__(self, *, landscape: bool = False) -> None:
        self.document: Docx = Document()
        for each in list(self.document.element.body):
            if each.tag != qn("w:sectPr"):
                self.document.element.body.remove(each)
        package = self.document.part.package
        for name in [key for key, each in package.rels.items() if each.reltype.endswith("/thumbnail")]:
            del package.rels[name]  # a picture of somebody else's page
        rels = self.document.part.rels
        for name in [key for key, each in rels.items() if each.reltype.endswith(("/stylesWithEffects", "/customXml"))]:
            del rels[name]
        for style in self.document.styles.element.findall(qn("w:style")):
            if style.get(qn("w:styleId")) not in STYLES:
                style.getparent().remove(style)
        self._style()
        self._page(self.document.sections[0], landscape)

    def _style(self) -> None:
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FACE, Pt(14)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), FACE)
        for name in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
            fonts.attrib.pop(qn(f"w:{name}"), None)
        style.element.get_or_add_rPr().append(element("lang", val="vi-VN", eastAsia="vi-VN"))
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
        style.paragraph_format.line_spacing = 1.0
        core = self.document.core_properties
        core.author = core.title = core.comments = core.last_modified_by = core.keywords = core.subject = ""
        core.language = "vi-VN"
        core.created = core.modified = datetime(2026, 1, 1, tzinfo=UTC)
        core.revision = 1

    def _page(self, section: Section, landscape: bool = False) -> None:
        section.page_width, section.page_height = Mm(210), Mm(297)
        if landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Mm(297), Mm(210)
        section.top_margin = section.bottom_margin = Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(15)
        section.header_distance = Mm(10)
        section.different_first_page_header_footer = True
        if not landscape:
            number = section.header.paragraphs[0]
            number.alignment = CENTRE
            field = element("fldSimple", instr="PAGE")
            number._p.append(field)
            run = element("r")
            text = element("t")
            text.text = "2"
            run.append(text)
            field.append(run)

    def p(self, text: str = "", **look: Any) -> Paragraph:
        return write(self.document.add_paragraph(), text, **look)

    def body(self, text: str, **look: Any) -> Paragraph:
        """A paragraph of running text."""
        return self.p(text, **{"align": JUSTIFY, "first": 10, "after": 6, "line": 1.1, **look})

    def steer(self, text: str) -> Paragraph:
        """A paragraph that goes when the paper is made."""
        return self.p(text, size=9, grey=True)

    def each(self, what: str, text: str, **look: Any) -> None:
        """One paragraph for each: `each("text in content", "- {{ text }}")`."""
        self.steer("{%p for " + what + " %}")
        self.body(text, **look)
        self.steer("{%p endfor %}")

    def when(self, condition: str, inside: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
        self.steer("{%p if " + condition + " %}")
        inside()
        if otherwise:
            self.steer("{%p else %}")
            otherwise()
        self.steer("{%p endif %}")

    def rule(self, width: float, *, within: float = WIDTH, into: _Cell | None = None, before: float = 3) -> None:
        """A thin line of `width` mm in the middle of what is `within` mm wide."""
        line = into.add_paragraph() if into is not None else self.document.add_paragraph()
        shape = line.paragraph_format
        shape.left_indent = shape.right_indent = Mm((within - width) / 2)
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(2)
        shape.space_before, shape.space_after = Pt(before), Pt(4)
        border = element("pBdr")
        border.append(element("top", val="single", sz=6, space=0, color="000000"))
        line._p.get_or_add_pPr().append(border)
        in_order(line)

    def table(self, widths: Sequence[float], *, lines: bool = False) -> Table:
        made = self.document.add_table(rows=0, cols=len(widths))
        fit(made, widths, lines)
        return made

    # ── what all papers begin and end with ──

    def head(self, *, numbered: bool = True, dated: bool = True) -> None:
        left, right = 80, 92  # a little into both margins, so that long names stay in one line
        table = self.table((left, right))
        one, two = table.add_row().cells
        first = one.paragraphs[0]
        write(first, "{%p if head.superior %}", size=9, grey=True, align=CENTRE)
        write(one.add_paragraph(), "{{ head.superior|upper }}", size=12, align=CENTRE)
        write(one.add_paragraph(), "{%p endif %}", size=9, grey=True, align=CENTRE)
        write(one.add_paragraph(), "**{{ head.body|upper }}**", size=12, align=CENTRE)
        self.rule(26, within=left, into=one)
        write(two.paragraphs[0], "**CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM**", size=12, align=CENTRE)
        write(two.add_paragraph(), "**Độc lập - Tự do - Hạnh phúc**", size=13, align=CENTRE)
        self.rule(57, within=right, into=two)
        if numbered or dated:
            three, four = table.add_row().cells
            write(three.paragraphs[0], "{{ head.number }}" if numbered else "", size=13, align=CENTRE)
            write(four.paragraphs[0], "__{{ head.place_and_day }}__" if dated else "", size=13, align=CENTRE)
        widen(table, (left, right))
        self.p(size=6)

    def title(self, title: str, under: str = "", *, rule: float = 50, after: float = 6) -> None:
        self.p(f"**{title}**", align=CENTRE, before=6)
        if under:
            self.p(f"**{under}**", align=CENTRE)
        self.rule(rule)
        self.p(size=after)

    def signing(self, *, recipients: bool = True, audit: bool = False, optional: bool = False) -> None:
        """Recipients on the left, signature on the right, never torn apart."""
        if optional:
            self.steer("{%p if signer %}")
        table = self.table((78, 87))
        row = table.add_row()
        row._tr.get_or_add_trPr().append(element("cantSplit"))
        one, two = row.cells
        if recipients:
            write(one.paragraphs[0], "**__Nơi nhận:__**", size=12)
            write(one.add_paragraph(), "{%p for each in recipients %}", size=9, grey=True)
            write(one.add_paragraph(), "- {{ each }}", size=11)
            write(one.add_paragraph(), "{%p endfor %}", size=9, grey=True)
        if audit:
            self.audit(one)
        first = two.paragraphs[0]
        write(first, "{%p for each in signer.lines %}", size=9, grey=True, align=CENTRE)
        write(two.add_paragraph(), "**{{ each|upper }}**", align=CENTRE)
        write(two.add_paragraph(), "{%p endfor %}", size=9, grey=True, align=CENTRE)
        write(two.add_paragraph(), "", before=64)
        write(two.add_paragraph(), "{%p if signer.office %}", size=9, grey=True, align=CENTRE)
        write(two.add_paragraph(), "**{{ signer.office|upper }}**", align=CENTRE)
        write(two.add_paragraph(), "{%p endif %}", size=9, grey=True, align=CENTRE)
        write(two.add_paragraph(), "**{{ signer.name }}**", align=CENTRE)
        widen(table, (78, 87))
        if optional:
            self.steer("{%p endif %}")
        self.p(size=2)

    def audit(self, into: _Cell | None = None) -> None:
        """The head of the audit chain, as a code that a person types and as a picture that a telephone reads."""

        def add() -> Paragraph:
            return into.add_paragraph() if into is not None else self.document.add_paragraph()

        write(add(), "{%p if audit %}", size=9, grey=True)
        write(add(), "{{ audit.qr }}", size=9, before=8)
        write(add(), "Mã kiểm chứng sổ nhật ký: {{ audit.code }}", size=9)
        write(add(), "{%p endif %}", size=9, grey=True)

    def annex(self) -> None:
        """A part with page numbers of its own."""
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        start = element("pgNumType", start=1)
        section._sectPr.append(start)
        in_schema_order(section._sectPr)

    def listing(
        self, heads: Sequence[str], widths: Sequence[float], cells: Sequence[str], *,
        loop: str = "line in group.lines", groups: str = "", group_title: str = "",
        centred: Iterable[int] = (0,), size: float = 12, height: float = 0,
    ) -> Table:  # fmt: skip
        """A table whose head is repeated on every page. `groups` loops around it, with a row for each group's title."""
        table = self.table(widths, lines=True)
        head = table.add_row()
        head._tr.get_or_add_trPr().append(element("cantSplit"))
        head._tr.get_or_add_trPr().append(element("tblHeader"))
        for cell, text in zip(head.cells, heads, strict=True):
            write(cell.paragraphs[0], f"**{text}**", size=size, align=CENTRE)
            cell._tc.get_or_add_tcPr().append(element("vAlign", val="center"))
        if groups:
            steer_row(table, "{%tr for " + groups + " %}")
            if group_title:
                steer_row(table, "{%tr if " + ("several" if group_title.startswith("?") else "group.title") + " %}")
                row = table.add_row()
                merged = row.cells[0].merge(row.cells[-1])
                write(merged.paragraphs[0], f"**{group_title.removeprefix('?')}**", size=size, keep=True)
                row._tr.get_or_add_trPr().append(element("cantSplit"))
                steer_row(table, "{%tr endif %}")
        steer_row(table, "{%tr for " + loop + " %}")
        row = table.add_row()
        row._tr.get_or_add_trPr().append(element("cantSplit"))
        if height:
            row.height = Mm(height)
        middle = set(centred)
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            for number, part in enumerate(text.split("\n")):
                paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
                steers = part.startswith("{%p")
                write(
                    paragraph, part, size=9 if steers else size, grey=steers, align=CENTRE if place in middle else LEFT
                )
        steer_row(table, "{%tr endfor %}")
        if groups:
            steer_row(table, "{%tr endfor %}")
        widen(table, widths)
        self.p(size=6)
        return table

    def bytes(self) -> bytes:
        raw = io.BytesIO()
        self.document.save(raw)
        return packed(raw.getvalue())


def write(
    paragraph: Paragraph, text: str, *, size: float | None = None, align: Any = None, first: float = 0, left: float = 0,
    before: float = 0, after: float = 0, line: float | None = None, grey: bool = False, keep: bool = False,
    page_before: bool = False,
) -> Paragraph:  # fmt: skip
    """Text with `**bold**` and `__italic__` into a paragraph. Sizes in points, indents in mm."""
    shape = paragraph.paragraph_format
    if align is not None:
        paragraph.alignment = align
    if first:
        shape.first_line_indent = Mm(first)
    if left:
        shape.left_indent = Mm(left)
    if before:
        shape.space_before = Pt(before)
    if after:
        shape.space_after = Pt(after)
    if line:
        shape.line_spacing = line
    if keep:
        shape.keep_with_next = True
    if page_before:
        shape.page_break_before = True
    for part, bold, italic in runs(text):
        run = paragraph.add_run(part)
        if size:
            run.font.size = Pt(size)
        run.bold, run.italic = bold or None, italic or None
        if grey:
            run.font.color.rgb = GREY
    if size and not text:
        mark = element("rPr")
        mark.append(element("sz", val=int(size * 2)))
        paragraph._p.get_or_add_pPr().append(mark)
    return paragraph


def runs(text: str, bold: bool = False, italic: bool = False) -> list[tuple[str, bool, bool]]:
    found: list[tuple[str, bool, bool]] = []
    at = 0
    for match in BOLD.finditer(text):
        if match.start() > at:
            found.append((text[at : match.start()], bold, italic))
        inner = match[1] or match[2]
        found += runs(inner, bold or bool(match[1]), italic or bool(match[2]))
        at = match.end()
    return [*found, (text[at:], bold, italic)] if at < len(text) else found


def steer_row(table: Table, text: str) -> None:
    row = table.add_row()
    merged = row.cells[0].merge(row.cells[-1])
    write(merged.paragraphs[0], text, size=9, grey=True)


def fit(table: Table, widths: Sequence[float], lines: bool) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    settings = table._tbl.tblPr
    if lines:
        borders = element("tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            borders.append(element(side, val="single", sz=4, space=0, color="000000"))
        settings.append(borders)
    margins = element("tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        space = (40 if side in {"top", "bottom"} else 80) if lines else 0
        margins.append(element(side, w=space, type="dxa"))
    settings.append(margins)
    for old in settings.findall(qn("w:tblW")):
        settings.remove(old)
    settings.append(element("tblW", w=int(Mm(sum(widths)).twips), type="dxa"))
    order(
        settings,
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
        "tblInd tblBorders shd tblLayout tblCellMar tblLook".split(),
    )
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(int(Mm(width).twips)))


def widen(table: Table, widths: Sequence[float]) -> None:
    """Every cell as wide as its columns: Word believes the cells, LibreOffice the grid."""
    for row in table.rows:
        at = 0
        for cell in row._tr.tc_lst:
            span = cell.grid_span
            cell.width = Length(Mm(sum(widths[at : at + span])))
            at += span


def order(parent: Any, names: Sequence[str]) -> None:
    """Children in the order of the schema: Word repairs, with a warning, a file that has them in another."""
    rank = {qn(f"w:{name}"): place for place, name in enumerate(names)}
    children = sorted(parent, key=lambda each: rank.get(each.tag, len(rank)))
    for child in children:
        parent.append(child)


def in_order(paragraph: Paragraph) -> None:
    order(
        paragraph._p.get_or_add_pPr(),
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd "
        "tabs suppressAutoHyphens spacing ind contextualSpacing mirrorIndents jc textDirection outlineLvl rPr "
        "sectPr".split(),
    )


def in_schema_order(section: Any) -> None:
    order(
        section,
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType "
        "cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid".split(),
    )


def packed(content: bytes) -> bytes:
    """The same archive without the time of its making: made twice, it is the same file."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
    return made.getvalue()


# ── the papers ───────────────────────────────────────────────────────────────────────────────────

NAMES = ("STT", "Tên cá nhân, tập thể", "Chức vụ, đơn vị công tác")
ROW = ("{{ line.number }}", "{{ line.name }}", "{{ line.detail }}")


def chuong_trinh() -> Sheet:
    sheet = Sheet()
    sheet.head(numbered=False)
    sheet.title("CHƯƠNG TRÌNH", "{{ session }}")
    sheet.body("**Thời gian:** {{ begins }}, {{ weekday }}, {{ day }}.")
    sheet.body("**Địa điểm:** {{ venue }}.")
    sheet.body("**Chủ trì:** {{ chair.text }}.")
    sheet.p(size=4)
    sheet.listing(
        ("STT", "Thời gian", "Nội dung", "Người thực hiện"), (12, 26, 82, 45),
        ("{{ item.number }}", "{{ item.begins }}", "{{ item.text }}", "{{ item.who }}"),
        loop="item in items", centred=(0, 1), size=13,
    )  # fmt: skip
    sheet.signing(recipients=False, optional=True)
    sheet.annex()
    sheet.p("**DANH SÁCH**", align=CENTRE)
    sheet.p("**các trường hợp đưa ra {{ session }}**", align=CENTRE)
    sheet.p("(Tổng số: {{ total }} trường hợp)", align=CENTRE, after=6)
    sheet.each("each in make_up", "- {{ each }}.")
    sheet.listing(
        (*NAMES, "Đơn vị đề nghị", "Ghi chú"), (12, 44, 52, 35, 22), (*ROW, "{{ line.unit }}", "{{ line.note }}"),
        groups="group in groups", group_title="{{ group.roman }}. {{ group.title }} ({{ group.count }} trường hợp)",
    )  # fmt: skip
    sheet.when("remarks", lambda: sheet.body("**Lưu ý trước khi biểu quyết**", keep=True))
    sheet.each("each in remarks", "- {{ each }}.")
    return sheet


def giay_moi() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.title("GIẤY MỜI", "Dự {{ session }}")
    sheet.body("{{ head.body }} trân trọng kính mời:")
    sheet.each("each in invited", "- {{ each }}" + END)
    sheet.body("Tới dự {{ session }}.")
    sheet.body("**Chủ trì:** {{ chair }}.")
    sheet.body("**Thời gian:** {{ begins }}{% if ends %} đến {{ ends }}{% endif %}, {{ weekday }}, {{ day }}.")
    sheet.body("**Địa điểm:** {{ venue }}.")
    sheet.body("**Nội dung:**", keep=True)
    sheet.each("each in content", "- {{ each }}" + END)
    sheet.when(
        "answer_by",
        lambda: sheet.body(
            "Thành viên Hội đồng không dự họp được, đề nghị gửi ý kiến bằng văn bản theo phiếu gửi kèm đến Thư ký "
            "Hội đồng chậm nhất {{ answer_by }}."
        ),
    )
    sheet.when("contact", lambda: sheet.body("Thông tin liên hệ: {{ contact }}."))
    sheet.body("Rất hân hạnh được đón tiếp./.", after=12, keep=True)
    sheet.signing()
    return sheet


def phieu_bau() -> Sheet:
    sheet = Sheet()
    sheet.head(numbered=False, dated=False)
    sheet.when(
        "written",
        lambda: sheet.p("**PHIẾU LẤY Ý KIẾN BẰNG VĂN BẢN**", align=CENTRE, before=6),
        lambda: sheet.p("**PHIẾU BẦU**", align=CENTRE, before=6),
    )
    sheet.p("**{{ session }}**", align=CENTRE)
    sheet.p("({{ day }})", align=CENTRE)
    sheet.rule(50)
    sheet.body(
        "__Đánh dấu X vào một trong hai ô “Đồng ý” hoặc “Không đồng ý” của mỗi dòng. Dòng không đánh dấu là phiếu "
        "trắng, dòng đánh dấu cả hai ô là không hợp lệ của dòng đó. Không ghi tên, không ký vào phiếu.__",
        size=12, before=6,
    )  # fmt: skip
    sheet.when(
        "written and answer_by",
        lambda: sheet.body(
            "__Cho phiếu vào phong bì dán kín, gửi Thư ký Hội đồng chậm nhất {{ answer_by }}.__", size=12
        ),
    )
    sheet.listing(
        (*NAMES, "Đồng ý", "Không đồng ý"), (12, 52, 61, 20, 20), (*ROW, "", ""),
        groups="group in groups", group_title="{{ group.roman }}. {{ group.title }}", height=10,
    )  # fmt: skip
    return sheet


def counts(sheet: Sheet, before: str = "") -> None:
    sheet.steer("{%p for group in groups %}")
    sheet.body("**" + before + "{{ group.number }}. {{ group.title }}**", keep=True, before=4)
    sheet.body("__{{ group.rule }}.__", size=12, keep=True)
    sheet.listing(
        ("STT", "Tên cá nhân, tập thể", "Đồng ý", "Không đồng ý", "Phiếu trắng", "Không hợp lệ", "Tỷ lệ đồng ý",
         "Kết quả"),
        (11, 51, 14, 16, 14, 17, 20, 22),
        ("{{ line.number }}",
         "{{ line.name }}\n{%p if line.detail %}\n{{ line.detail }}\n{%p endif %}",
         "{{ line.yes }}", "{{ line.no }}", "{{ line.blank }}", "{{ line.invalid }}",
         "{{ line.ratio }}\n{{ line.percent }}", "{{ line.verdict }}"),
        centred=(0, 2, 3, 4, 5, 6, 7), size=11,
    )  # fmt: skip
    sheet.body("Kết quả: {{ group.passed }}/{{ group.count }} trường hợp đạt.")
    sheet.steer("{%p endfor %}")


def bb_kiem_phieu() -> Sheet:
    sheet = Sheet()
    sheet.head(numbered=False)
    sheet.title("BIÊN BẢN KIỂM PHIẾU", "{{ session }}")
    sheet.body(
        "Hồi {{ begins }}, {{ day }}{% if venue %}, tại {{ venue }}{% endif %}, Tổ kiểm phiếu tiến hành kiểm phiếu của "
        "{{ session }}."
    )
    sheet.body("**1. Tổ kiểm phiếu**", keep=True)
    sheet.each("each in team", "- {{ each.text }}" + END)
    sheet.body("**2. Thành viên Hội đồng**", keep=True)
    sheet.body(
        "Tổng số thành viên Hội đồng: {{ members }}; có mặt: {{ present }}; gửi ý kiến bằng văn bản: {{ written }}; "
        "không tham gia biểu quyết ở ít nhất một trường hợp: {{ recused }}."
    )
    sheet.body("**3. Phiếu**", keep=True)
    sheet.body(
        "Số phiếu phát ra: {{ sheets.issued }}; thu về: {{ sheets.returned }}, trong đó gửi bằng văn bản: "
        "{{ sheets.written }}; hợp lệ: {{ sheets.valid }}; không hợp lệ: {{ sheets.invalid }}."
    )
    sheet.when("recounts", lambda: sheet.body("Kiểm lại do hai người kiểm phiếu ghi khác nhau: {{ recounts }}."))
    sheet.body("**4. Kết quả kiểm phiếu ({{ total }} trường hợp)**", keep=True)
    counts(sheet, "4.")
    sheet.body("Việc kiểm phiếu kết thúc hồi {{ ends }} cùng ngày. Biên bản được lập thành 02 bản./.", after=10)
    sheet.p("**TỔ KIỂM PHIẾU**", align=CENTRE, keep=True)
    table = sheet.table((WIDTH,))
    steer_row(table, "{%tr for each in team %}")
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("cantSplit"))
    cell = row.cells[0]
    write(cell.paragraphs[0], "{% if each.role %}{{ each.role }}: {% endif %}**{{ each.signs }}**", size=13, before=28)
    write(cell.add_paragraph(), "(Ký) .....................................................", size=12)
    steer_row(table, "{%tr endfor %}")
    widen(table, (WIDTH,))
    sheet.audit()
    return sheet


def bb_hop() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.when(
        "in_writing",
        lambda: sheet.p("**BIÊN BẢN TỔNG HỢP Ý KIẾN BẰNG VĂN BẢN**", align=CENTRE, before=6),
        lambda: sheet.p("**BIÊN BẢN HỌP**", align=CENTRE, before=6),
    )
    sheet.p("**{{ session }}**", align=CENTRE)
    sheet.rule(50)
    sheet.p(size=6)
    sheet.when(
        "in_writing",
        lambda: sheet.body("**Hạn gửi ý kiến:** {{ day }}."),
        lambda: (
            sheet.body("**Thời gian bắt đầu:** {{ begins }}, {{ day }}."),
            sheet.body("**Địa điểm:** {{ venue }}."),
        ),
    )
    sheet.body("**Chủ trì:** {{ chair.text }}.")
    sheet.body("**Thư ký:** {{ secretary.text }}.")
    sheet.body("**I. THÀNH PHẦN**", keep=True)
    sheet.body(
        "Tổng số thành viên Hội đồng: {{ members }}; có mặt: {{ present_count }}; vắng mặt: {{ absent_count }}, trong "
        "đó đã gửi ý kiến bằng văn bản: {{ written }}."
    )
    sheet.when(
        "quorum_needed",
        lambda: sheet.body(
            "Số thành viên được tính: {{ quorum_counted }}; cần ít nhất: {{ quorum_needed }}. "
            "{% if quorum_met %}Đủ điều kiện tiến hành.{% else %}Không đủ điều kiện tiến hành.{% endif %}"
        ),
    )
    sheet.when(
        "present",
        lambda: (
            sheet.body("Thành viên có mặt:", keep=True),
            sheet.each("each in present", "{{ loop.index }}. {{ each.text }}" + END),
        ),
    )
    sheet.when(
        "absences",
        lambda: (
            sheet.body("Thành viên vắng mặt:", keep=True),
            sheet.each(
                "each in absences",
                "{{ loop.index }}. {{ each.text }}{% if each.reason %}, lý do: {{ each.reason }}{% endif %}; "
                "{% if each.wrote %}đã gửi ý kiến bằng văn bản{% else %}không gửi ý kiến{% endif %}" + END,
            ),
        ),
    )
    sheet.when(
        "guests",
        lambda: (
            sheet.body("Đại biểu dự họp, không biểu quyết:", keep=True),
            sheet.each("each in guests", "- {{ each.text }}" + END),
        ),
    )
    sheet.body("**II. NỘI DUNG**", keep=True, before=4)
    sheet.each("each in course", "{{ each }}")
    sheet.when(
        "recusals",
        lambda: (
            sheet.body("**Thành viên không tham gia biểu quyết:**", keep=True),
            sheet.each(
                "each in recusals",
                "- {{ each.member }}: {{ each.lines }}{% if each.reason %} (lý do: {{ each.reason }}){% endif %}" + END,
            ),
        ),
    )
    sheet.body("**III. KẾT QUẢ BIỂU QUYẾT ({{ total }} trường hợp)**", keep=True, before=4)
    counts(sheet)
    sheet.when(
        "dissents",
        lambda: (
            sheet.body("**Ý kiến bảo lưu:**", keep=True),
            sheet.each(
                "each in dissents",
                "- {{ each.member }}{% if each.about %} (về {{ each.about }}){% endif %}: {{ each.text }}",
            ),
        ),
    )
    sheet.when(
        "chair_statement",
        lambda: sheet.body("**Ý kiến của Chủ tịch Hội đồng ghi vào biên bản:** {{ chair_statement }}"),
    )
    sheet.body("**IV. KẾT LUẬN**", keep=True, before=4)
    sheet.each("each in conclusion", "{{ each }}")
    sheet.when(
        "in_writing",
        lambda: sheet.body("Biên bản được lập trên cơ sở các phiếu lấy ý kiến đã thu về./.", after=12, keep=True),
        lambda: sheet.body(
            "Phiên họp kết thúc hồi {{ ends }} cùng ngày. Biên bản đã được thông qua tại phiên họp./.",
            after=12,
            keep=True,
        ),
    )
    table = sheet.table((82, 83))
    titles, names = table.add_row(), table.add_row()
    for each in (titles, names):
        each._tr.get_or_add_trPr().append(element("cantSplit"))
    write(titles.cells[0].paragraphs[0], "**THƯ KÝ**", align=CENTRE, keep=True)
    write(titles.cells[1].paragraphs[0], "{%p for each in signer.lines %}", size=9, grey=True, align=CENTRE)
    write(titles.cells[1].add_paragraph(), "**{{ each|upper }}**", align=CENTRE, keep=True)
    write(titles.cells[1].add_paragraph(), "{%p endfor %}", size=9, grey=True, align=CENTRE)
    write(names.cells[0].paragraphs[0], "", before=64)
    write(names.cells[0].add_paragraph(), "**{{ secretary.signs }}**", align=CENTRE)
    write(names.cells[1].paragraphs[0], "{% if signer.office %}**{{ signer.office|upper }}**{% endif %}", before=64)
    names.cells[1].paragraphs[0].alignment = CENTRE
    write(names.cells[1].add_paragraph(), "**{{ signer.name }}**", align=CENTRE)
    widen(table, (82, 83))
    sheet.p("**__Nơi nhận:__**", size=12, before=10, keep=True)
    sheet.steer("{%p for each in recipients %}")
    sheet.p("- {{ each }}", size=11)
    sheet.steer("{%p endfor %}")
    sheet.audit()
    return sheet


def to_trinh() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.title("TỜ TRÌNH", "Về việc {{ subject }}")
    sheet.p("Kính gửi: {{ addressee }}.", align=CENTRE, after=10)
    sheet.each("each in bases", "__Căn cứ {{ each }};__")
    sheet.each("each in paragraphs", "{{ each }}")
    sheet.body("Các trường hợp đề nghị ({{ total }} trường hợp, danh sách kèm theo):", keep=True)
    sheet.each("each in proposals", "{{ each.number }}. {{ each.title }}: {{ each.count }} trường hợp" + END)
    sheet.when(
        "enclosures",
        lambda: (
            sheet.body("Hồ sơ gửi kèm:", keep=True),
            sheet.each("each in enclosures", "- {{ each }}" + END),
        ),
    )
    sheet.body("{{ head.body }} kính trình {{ addressee }} xem xét, quyết định./.", after=12, keep=True)
    sheet.signing()
    sheet.annex()
    sheet.p("**DANH SÁCH**", align=CENTRE)
    sheet.p("**đề nghị {{ subject }}**", align=CENTRE)
    sheet.p("__(Kèm theo Tờ trình số {{ number }} {{ day }} của {{ head.body }})__", align=CENTRE, size=13, after=8)
    group = "{{ group.roman }}. {{ group.title }} ({{ group.count }} trường hợp)"
    sheet.when(
        "counted",
        lambda: sheet.listing(
            (*NAMES, "Đơn vị đề nghị", "Kết quả tại Hội đồng"), (12, 46, 50, 33, 24),
            (*ROW, "{{ line.unit }}", "{{ line.result }}"), groups="group in proposals", group_title=group,
            centred=(0, 4),
        ),
        lambda: sheet.listing(
            (*NAMES, "Đơn vị đề nghị"), (12, 54, 59, 40), (*ROW, "{{ line.unit }}"),
            groups="group in proposals", group_title=group,
        ),
    )  # fmt: skip
    return sheet


def annex_lists(sheet: Sheet) -> None:
    """The list of a decision: with a column for what is commended where lines have words of their own."""
    title = "?{{ group.roman }}. {{ group.title|upper }}"
    sheet.when(
        "citations",
        lambda: sheet.listing(
            (*NAMES, "Thành tích"), (14, 44, 51, 56), (*ROW, "{{ line.citation }}"),
            groups="group in groups", group_title=title, size=13,
        ),
        lambda: sheet.listing(NAMES, (14, 66, 85), ROW, groups="group in groups", group_title=title, size=13),
    )  # fmt: skip


def quyet_dinh() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.title("QUYẾT ĐỊNH", "Về việc {{ subject }}")
    sheet.p("**{{ authority|upper }}**", align=CENTRE, after=10)
    sheet.each("each in bases", "__Căn cứ {{ each }};__")
    sheet.when("proposed_by", lambda: sheet.body("__Theo đề nghị của {{ proposed_by }}.__"))
    sheet.p("**QUYẾT ĐỊNH:**", align=CENTRE, before=6, after=8, keep=True)
    article = "**Điều {{ each.number }}.** {{ each.text }}"
    sheet.steer("{%p for each in articles %}")
    sheet.when(
        "loop.last",
        lambda: sheet.body(f"{article}./.", after=8, keep=True),
        lambda: sheet.body(article, after=8),
    )
    sheet.steer("{%p endfor %}")
    sheet.p(size=6, keep=True)
    sheet.signing(audit=True)
    sheet.annex()
    sheet.p("**DANH SÁCH**", align=CENTRE)
    sheet.p("**{{ annex_title }}**", align=CENTRE)
    sheet.p("__(Kèm theo Quyết định số {{ number }} {{ day }} của {{ authority }})__", align=CENTRE, size=13)
    sheet.rule(50)
    sheet.p(size=8)
    annex_lists(sheet)
    sheet.p("__(Danh sách này có {{ total }} trường hợp.)__", size=13, align=CENTRE)
    return sheet


def thong_bao() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.title("THÔNG BÁO", "{{ subject }}")
    sheet.p("Kính gửi: {{ addressee }}.", align=CENTRE, after=10)
    sheet.body(
        "{% if letter %}Phúc đáp {{ letter }}, {% endif %}{{ head.body }} thông báo kết quả đối với {{ total }} "
        "trường hợp do đơn vị đề nghị như sau:"
    )
    sheet.listing(
        ("STT", "Tên cá nhân, tập thể", "Hình thức đề nghị", "Kết quả"), (12, 53, 40, 60),
        ("{{ line.number }}", "{{ line.name }}\n{%p if line.detail %}\n{{ line.detail }}\n{%p endif %}",
         "{{ line.award }}",
         "{{ line.outcome }}\n{%p if line.ground %}\nLý do: {{ line.ground }}\n{%p endif %}"),
        loop="line in lines",
    )  # fmt: skip
    sheet.each("each in paragraphs", "{{ each }}")
    sheet.body("{{ head.body }} thông báo để đơn vị biết, thực hiện./.", after=12, keep=True)
    sheet.signing()
    return sheet


def trich_luc() -> Sheet:
    sheet = Sheet()
    sheet.head()
    sheet.p("**TRÍCH LỤC**", align=CENTRE, before=6)
    sheet.p("**Quyết định số {{ decision.number }} {{ decision.day }} của {{ decision.authority }}**", align=CENTRE)
    sheet.when("decision.subject", lambda: sheet.p("**Về việc {{ decision.subject }}**", align=CENTRE))
    sheet.rule(50)
    sheet.p(size=6)
    sheet.body("**Điều 1.** {{ article }}")
    sheet.body("Trích danh sách kèm theo Quyết định ({{ total }} trường hợp; số thứ tự theo danh sách gốc):", keep=True)
    annex_lists(sheet)
    sheet.body("Trích lục đúng với bản chính./.", after=12, keep=True)
    sheet.signing()
    return sheet


def bang_khen() -> Sheet:
    sheet = Sheet(landscape=True)
    sheet.steer("{%p for page in pages %}")
    sheet.p("**CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM**", align=CENTRE, size=16, page_before=True)
    sheet.p("**Độc lập - Tự do - Hạnh phúc**", align=CENTRE, size=16)
    sheet.rule(74, within=252)
    sheet.p("**{{ page.authority|upper }}**", align=CENTRE, size=20, before=10)
    sheet.p("**{{ page.verb|upper }}**", align=CENTRE, size=18, before=4)
    sheet.p("**{{ page.award|upper }}**", align=CENTRE, size=28, before=4)
    sheet.p("**{{ page.name }}**", align=CENTRE, size=24, before=8)
    sheet.when("page.detail", lambda: sheet.p("{{ page.detail }}", align=CENTRE, size=16, before=2))
    sheet.when("page.citation", lambda: sheet.p("__{{ page.citation }}__", align=CENTRE, size=16, before=6))
    table = sheet.table((126, 126))
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("cantSplit"))
    one, two = row.cells
    write(one.paragraphs[0], "Quyết định số {{ page.decision.number }}", size=13, before=24)
    write(one.add_paragraph(), "{{ page.decision.day }}", size=13)
    write(one.add_paragraph(), "{%p if page.register_number %}", size=9, grey=True)
    write(one.add_paragraph(), "Vào sổ khen thưởng số: {{ page.register_number }}", size=13)
    write(one.add_paragraph(), "{%p endif %}", size=9, grey=True)
    write(two.paragraphs[0], "__{{ page.place_and_day }}__", size=14, align=CENTRE, before=10)
    write(two.add_paragraph(), "{%p for each in page.signer.lines %}", size=9, grey=True, align=CENTRE)
    write(two.add_paragraph(), "**{{ each|upper }}**", size=14, align=CENTRE)
    write(two.add_paragraph(), "{%p endfor %}", size=9, grey=True, align=CENTRE)
    write(two.add_paragraph(), "", before=52)
    write(two.add_paragraph(), "**{{ page.signer.name }}**", size=14, align=CENTRE)
    widen(table, (126, 126))
    sheet.steer("{%p endfor %}")
    return sheet


PAPERS: dict[str, Callable[[], Sheet]] = {
    each.__name__: each
    for each in (
        chuong_trinh, giay_moi, phieu_bau, bb_kiem_phieu, bb_hop, to_trinh, quyet_dinh, thong_bao, trich_luc, bang_khen,
    )
}  # fmt: skip


def main() -> int:
    HOME.mkdir(parents=True, exist_ok=True)
    for name, make in PAPERS.items():
        (HOME / f"{name}.docx").write_bytes(make().bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
