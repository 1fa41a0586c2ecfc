"""Templates of a ministry's own: taken, edited, checked, used; and every way in which one may be wrong or wicked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from tests.support import paper_templates
from tests.support.papers_read import paragraphs, rows
from workflow.papers.checking import check, check_file, check_folder
from workflow.papers.errors import PaperFault, TemplateFaults
from workflow.papers.fields import fields
from workflow.papers.filling import environment, fill
from workflow.papers.making import PAPERS, docx, read_template, template_path
from workflow.papers.opening import LARGEST_PART, MOST_UNPACKED, open_template
from workflow.papers.samples import HOUSE, awkward, whole
from workflow.papers.screening import shape_of
from workflow.papers.sentences import sentence
from workflow.papers.shapes import House
from workflow.papers.trying import fields_of, sample

DOCX_PART = "word/document.xml"


def shipped(code: str) -> bytes:
    return read_template(template_path(code))


def edited(code: str, change: Callable[[Any], object]) -> bytes:
    """The shipped template after somebody changed it in Word and saved it."""
    document = Document(io.BytesIO(shipped(code)))
    change(document)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def with_paragraph(text: str, code: str = "quyet_dinh") -> bytes:
    return edited(code, lambda document: document.paragraphs[0].insert_paragraph_before(text))


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, data)
    return made.getvalue()


def codes(content: bytes, code: str = "quyet_dinh") -> list[str]:
    return [each.code for each in check(code, content)]


# ── those that ship ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", PAPERS)
def test_what_ships_is_what_the_script_makes(code: str) -> None:
    assert shipped(code) == paper_templates.PAPERS[code]().bytes(), "run ./dev papers"


@pytest.mark.parametrize("code", PAPERS)
def test_every_shipped_template_stands_every_sample(code: str) -> None:
    assert check(code, shipped(code)) == ()


@pytest.mark.parametrize("code", PAPERS)
def test_no_sample_knows_a_field_that_the_whole_one_does_not(code: str) -> None:
    """What templates may name is read off the whole sample, so it must have everything."""

    def names(value: Any, at: str = "") -> set[str]:
        if isinstance(value, dict):
            return {name for key, each in value.items() for name in names(each, f"{at}.{key}")}
        if isinstance(value, list):
            return {name for each in value for name in names(each, f"{at}[]")} or {f"{at}[]"}
        return {at}

    known = names(fields(whole(code)))
    for _, paper in awkward(code):
        assert all(
            name in known or any(each.startswith((f"{name}.", f"{name}[")) for each in known)
            for name in names(fields(paper))
        )


# ── one of one's own ─────────────────────────────────────────────────────────────────────────────


def test_a_template_of_ones_own_is_used_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "quyet_dinh.docx").write_bytes(with_paragraph("MẪU CỦA BỘ: {{ head.body }}"))

    assert "MẪU CỦA BỘ: Bộ Khoa học và Công nghệ" in paragraphs(docx(whole("quyet_dinh"), tmp_path))
    assert docx(whole("giay_moi"), tmp_path) == docx(whole("giay_moi"))


def test_a_wrong_template_makes_no_paper(tmp_path: Path) -> None:
    (tmp_path / "quyet_dinh.docx").write_bytes(with_paragraph("{{ head.bodi }}"))

    with pytest.raises(TemplateFaults, match="unknown_field"):
        docx(whole("quyet_dinh"), tmp_path)


def test_a_folder_is_checked_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "quyet_dinh.docx").write_bytes(shipped("quyet_dinh"))
    (tmp_path / "quyet_din.docx").write_bytes(shipped("quyet_dinh"))
    (tmp_path / "~$quyet_dinh.docx").write_bytes(b"Word holds this open")

    found = {each.path.name: each for each in check_folder(tmp_path)}

    assert list(found) == ["quyet_din.docx", "quyet_dinh.docx"]
    assert found["quyet_dinh.docx"].faults == ()
    fault = found["quyet_din.docx"].faults[0]
    assert (fault.code, fault.params["nearest"]) == ("unknown_paper", "quyet_dinh")
    assert check_file(tmp_path / "quyet_din.docx", "quyet_dinh").faults == ()


def test_words_made_of_many_runs_are_put_together() -> None:
    """Word breaks a tag into runs wherever a spelling checker or an editor was."""

    def add(document: Any) -> None:
        paragraph = document.paragraphs[0].insert_paragraph_before("Gửi ")
        for piece in ("{", "{ head", ".bo", "dy }", "}", "."):
            paragraph.add_run(piece).bold = len(piece) % 2 == 0

    content = edited("quyet_dinh", add)
    assert check("quyet_dinh", content) == ()
    assert "Gửi Bộ Khoa học và Công nghệ." in paragraphs(fill("quyet_dinh", content, fields(whole("quyet_dinh")), "x"))


def test_a_header_and_a_footer_are_filled_too() -> None:
    def add(document: Any) -> None:
        document.sections[0].first_page_footer.paragraphs[0].text = "Lưu: {{ head.body }} {{ head.boody }}"

    fault = check("quyet_dinh", edited("quyet_dinh", add))[0]
    assert (fault.code, fault.params["part"], fault.params["nearest"]) == ("unknown_field", "footer", "head.body")
    assert sentence(fault, "vi").startswith("Ở chân trang, chỗ “Lưu: {{ head.body }} {{ head.boody }}”")


# ── faults of tags ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "field", "close"),
    [
        ("{{ autority }}", "autority", "authority"),
        ("{{ signer.nmae }}", "signer.nmae", "signer.name"),
        ("{{ head['numbr'] }}", "head.numbr", "head.number"),
        ("{% for each in article %}{% endfor %}", "article", "articles"),
        ("{% for each in articles %}{{ each.txt }}{% endfor %}", "each.txt", "each.text"),
        ("{% if citation %}x{% endif %}", "citation", "citations"),
        ("{% for line in groups %}{{ loop.indx }}{% endfor %}", "loop.indx", "loop.index"),
        ("{{ authority.x }}", "authority.x", ""),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_and_its_place(text: str, field: str, close: str) -> None:
    faults = check("quyet_dinh", with_paragraph(f"Kính gửi {text}"))

    assert [(each.code, each.params["field"], each.params["nearest"]) for each in faults] == [
        ("unknown_field", field, close)
    ]
    assert faults[0].params["text"] == f"Kính gửi {text}"
    told = sentence(faults[0], "vi")
    assert told.startswith(f"Trong văn bản, chỗ “Kính gửi {text}”: không có trường “{field}”.")
    assert told.endswith(f"Có phải “{close}”?") or not close


def test_a_fault_in_a_table_says_which_row() -> None:
    def change(document: Any) -> None:
        row = document.tables[-1].rows[6]
        row.cells[1].paragraphs[0].runs[0].text = "{{ line.naem }}"

    fault = check("quyet_dinh", edited("quyet_dinh", change))[0]
    tables = len(Document(io.BytesIO(shipped("quyet_dinh"))).tables)
    assert (fault.params["table"], fault.params["row"], fault.params["nearest"]) == (tables, 7, "line.name")
    assert sentence(fault, "en").startswith(f"Table {tables}, row 7, at “{{{{ line.naem }}}}”")


def test_all_faults_are_told_at_once() -> None:
    content = edited(
        "quyet_dinh",
        lambda document: [
            document.paragraphs[0].insert_paragraph_before(text) for text in ("{{ c3|upper }}", "{{ b2 }}", "{{ a1 }}")
        ],
    )

    assert [each.params["field"] for each in check("quyet_dinh", content)] == ["a1", "b2", "c3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{% if citations %}x", "template_syntax"),
        ("{{ head. }}", "template_syntax"),
        ("{% endfor %}", "template_syntax"),
        ("{{ head }}", "not_a_text"),
        ("{{ articles }}", "not_a_text"),
        ("{% for each in authority %}{% endfor %}", "not_a_list"),
        ("{% for a in articles %}{% for b in articles %}{% endfor %}{% endfor %}", "loop_in_loop"),
        ("{{ authority|safe }}", "unknown_filter"),
        ("{{ authority|uper }}", "unknown_filter"),
        ("{% set x = 1 %}", "not_allowed"),
        ("{% include 'x' %}", "not_allowed"),
        ("{% macro m() %}{% endmacro %}", "not_allowed"),
        ("{{ authority.upper() }}", "not_allowed"),
        ("{{ ''.__class__.__mro__ }}", "unknown_field"),
        ("{{ authority * 1000000 }}", "not_allowed"),
        ("{{ 9 ** 9 ** 9 }}", "not_allowed"),
        ("{% for each in range(1000000) %}{% endfor %}", "not_allowed"),
        ("{% for each in articles if each.text %}{% endfor %}", "not_allowed"),
        ("{% for a, b in articles %}{% endfor %}", "not_allowed"),
        ("{{ self.__init__ }}", "unknown_field"),
        ("{%tr if citations %}", "tag_outside_table"),
        ("Số {%p if citations %}", "tag_not_alone"),
    ],
)
def test_what_a_tag_may_not_do_is_refused_before_it_runs(text: str, code: str) -> None:
    content = with_paragraph(text)
    found = codes(content)

    assert found[0] == code
    assert all(sentence(fault, language) for fault in check("quyet_dinh", content) for language in ("vi", "en"))  # type: ignore[arg-type]
    with pytest.raises(TemplateFaults):
        fill("quyet_dinh", content, fields(whole("quyet_dinh")), "x")


def test_what_a_template_may_do() -> None:
    text = (
        "{% for each in articles %}{{ loop.index }}/{{ loop.length }}{% if not loop.last %}, {% endif %}{% endfor %}; "
        "{{ head.body|lower }}; {{ proposed_by|default('x') }}; {{ articles|length - 1 }}; "
        "{{ (articles|first).number }}; "
        "{{ 'có' if citations and total != '0' else 'không' }}; {{ authority ~ '!' }}; {{ articles[0].number }}"
    )
    content = with_paragraph(text)

    assert check("quyet_dinh", content) == ()
    assert (
        "1/3, 2/3, 3/3; bộ khoa học và công nghệ; Vụ trưởng Vụ Tổ chức cán bộ; 2; 1; có; "
        "Bộ trưởng Bộ Khoa học và Công nghệ!; 1"
    ) in paragraphs(fill("quyet_dinh", content, fields(whole("quyet_dinh")), "x"))


def test_a_tag_that_opens_in_a_table_and_closes_outside_is_not_mended_in_silence() -> None:
    def change(document: Any) -> None:
        document.tables[0].rows[0].cells[0].paragraphs[0].insert_paragraph_before("{% if citations %}")
        document.add_paragraph("{% endif %}")

    content = edited("quyet_dinh", change)
    assert codes(content) == ["template_breaks"]


def test_the_sandbox_stands_even_where_nobody_looked_first() -> None:
    """Were a tag to slip through the reading, it would still find no call, no class and no big number."""
    for text in ("{{ x.__class__ }}", "{{ x.upper() }}", "{{ x * 9 }}", "{{ y }}", "{{ range(3) }}", "{{ x % 2 }}"):
        with pytest.raises(Exception, match=r"unsafe|not safely|calculate|undefined"):
            environment().from_string(text).render(x="a")


# ── files that are no templates ──────────────────────────────────────────────────────────────────


def entity_bomb() -> bytes:
    tens = {n: f"&e{n - 1};" * 10 for n in range(1, 9)}
    lines = "".join(f'<!ENTITY e{n} "{ten}">' for n, ten in tens.items())
    head = f'<!DOCTYPE w [<!ENTITY e0 "x">{lines}]>'
    return f'<?xml version="1.0"?>{head}<w:document xmlns:w="x">&e8;</w:document>'.encode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "template_not_word"),
        (b"PK\x03\x04 not an archive", "template_not_word"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"old", "template_old"),
        (b"x" * 5_000_001, "template_too_large"),
        (with_part(shipped("quyet_dinh"), "word/vbaProject.bin", b"x"), "template_macros"),
        (with_part(shipped("quyet_dinh"), DOCX_PART, entity_bomb()), "template_trap"),
        (
            with_part(
                shipped("quyet_dinh"), "word/header1.xml",
                b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:hdr xmlns:w="x">&a;</w:hdr>',
            ),
            "template_trap",
        ),
        (with_part(shipped("quyet_dinh"), DOCX_PART, b"<a>"), "template_not_word"),
        (with_part(shipped("quyet_dinh"), "word/media/x.bmp", bytes(LARGEST_PART + 1)), "template_trap"),
        (with_part(shipped("quyet_dinh"), "WORD/document.xml", b"<a/>"), "template_trap"),
        (with_part(shipped("quyet_dinh"), "word/media/x.bmp", bytes(MOST_UNPACKED + 1)), "template_trap"),
    ],
    ids=[
        "empty", "broken", "old", "large", "macros", "entities", "outside", "unfinished", "swollen", "twice",
        "bomb",
    ],
)  # fmt: skip
def test_a_file_that_is_a_trap_or_no_template_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(PaperFault) as caught:
        open_template(content)

    assert caught.value.code == code
    assert codes(content) == [code]
    assert sentence(caught.value, "vi") != sentence(caught.value, "en")


def test_a_document_that_is_absurdly_deep_is_refused() -> None:
    content = with_part(shipped("quyet_dinh"), DOCX_PART, b"<a>" * 5_000 + b"</a>" * 5_000)

    assert codes(content) == ["template_not_word"]


def test_an_archive_that_lies_about_its_sizes_is_counted_while_it_comes_out() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", DOCX_PART):
            archive.writestr(name, b"<a/>")
        archive.writestr("word/big.bin", bytes(LARGEST_PART + 10))
    lying = made.getvalue().replace((LARGEST_PART + 10).to_bytes(4, "little"), (1000).to_bytes(4, "little"))

    with pytest.raises(PaperFault) as caught:
        open_template(lying)
    assert caught.value.code in {"template_trap", "template_not_word"}


# ── trying ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", PAPERS)
def test_every_field_is_listed_and_may_be_named(code: str) -> None:
    listed = dict(fields_of(code))

    assert len(listed) > 5
    for path in listed:
        shape: Any = shape_of(code)
        for part in path.split("."):
            shape = shape[part.removesuffix("[]")]
            shape = shape[0] if part.endswith("[]") else shape
        assert shape is None


def test_a_trial_paper_bears_the_name_of_the_house() -> None:
    house = House("Bộ Xây dựng", "Hội đồng Thi đua, Khen thưởng", "Văn phòng Bộ", "Huế")
    said = paragraphs(docx(sample("to_trinh", house)))

    assert said[:2] == ["BỘ XÂY DỰNG", "VĂN PHÒNG BỘ"]
    assert "Huế, ngày 20 tháng 01 năm 2026" in said
    assert HOUSE.ministry not in "".join(said)
    assert sample("to_trinh", House("", "", "", "")) == whole("to_trinh")


def test_a_bare_paper_leaves_no_gap_of_a_tag() -> None:
    made = docx(dict(awkward("thong_bao"))["bare"])

    assert rows(made, 1)[1][1] == "Ông Nguyễn Văn A (mẫu)"
    assert not [text for text in paragraphs(made) if "{" in text or "None" in text]
