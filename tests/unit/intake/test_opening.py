"""Files that are no list, or are made to do harm: each gets its own clear reason, quickly."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.unit.intake.lists import HEAD_AND_LINE, HEADER, raw_workbook, sample, workbook
from workflow.intake.limits import Limits
from workflow.intake.opening import _inflate, open_package
from workflow.intake.reading import read_list
from workflow.intake.scanning import scan
from workflow.intake.sentences import say_unreadable
from workflow.intake.values import Unreadable

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PASSWORD = "EncryptedPackage".encode("utf-16-le")
DOCTYPE_BOMB = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
DOCTYPE_FILE = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def _reason(data: bytes | Path, limits: Limits | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        read_list(data, limits=limits or Limits())
    for language in ("vi", "en"):
        assert len(say_unreadable(caught.value, language)) > 40
    code: str = caught.value.code
    return code


def _line_of(text: str) -> str:
    return HEAD_AND_LINE + f'<row r="3"><c r="A3" t="inlineStr"><is><t>{text}</t></is></c></row>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (OLE + bytes(4000), "old_xls"),
        (OLE + bytes(400) + PASSWORD + bytes(400), "password"),
        (b"<html><table><tr><td>TT</td></tr></table>", "html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "html"),
        ("TT;Họ và tên".encode(), "not_xlsx"),
        (b"PK\x03\x04" + bytes(100), "broken"),
    ],
)
def test_a_file_of_another_kind_is_told_from_a_broken_one(data: bytes, code: str) -> None:
    assert _reason(data) == code


def test_a_truncated_workbook_is_broken() -> None:
    whole = sample("hoc-vien").read_bytes()
    assert {_reason(whole[:size]) for size in range(40, len(whole) - 30, 257)} == {"broken"}


def test_a_workbook_of_another_kind_is_no_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert _reason(path) == "not_xlsx"


@pytest.mark.attack("S68")
def test_macros_are_refused() -> None:
    assert _reason(raw_workbook(parts={"xl/vbaProject.bin": b"\x00" * 50})) == "macros"


def test_an_encrypted_entry_asks_for_the_password_to_be_taken_off() -> None:
    data = bytearray(raw_workbook())
    for at in range(len(data) - 10):
        if bytes(data[at : at + 4]) in (b"PK\x01\x02", b"PK\x03\x04"):
            data[at + (8 if data[at + 2] == 1 else 6)] |= 1
    assert _reason(bytes(data)) == "password"


def test_two_parts_of_one_name_are_refused_because_two_readers_could_differ() -> None:
    assert _reason(raw_workbook(parts={"XL/Worksheets/Sheet1.xml": "<a/>"})) == "broken"


def test_two_sheets_of_one_name_are_refused() -> None:
    sheets = '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="S" sheetId="2" r:id="rId1"/>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook xmlns:r="{office}"><sheets>{sheets}</sheets></workbook>'
    assert _reason(raw_workbook(parts={"xl/workbook.xml": book})) == "broken"


@pytest.mark.parametrize("prolog", [DOCTYPE_BOMB, DOCTYPE_FILE, "<!DOCTYPE worksheet>"])
def test_a_document_type_is_refused_before_any_entity_is_met(prolog: str) -> None:
    assert _reason(raw_workbook(_line_of("&amp;"), prolog=prolog)) == "entities"


@pytest.mark.attack("S64")
def test_an_entity_in_any_part_is_refused() -> None:
    assert _reason(raw_workbook(parts={"docProps/core.xml": f"{DOCTYPE_BOMB}<l>&b;</l>"})) == "entities"


# ── size ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_bomb_is_refused_by_what_its_directory_says() -> None:
    assert _reason(raw_workbook(parts={"xl/media/a.bin": bytes(70_000_000)})) == "unpacks_too_large"


@pytest.mark.attack("S63")
def test_a_zip_bomb_that_lies_about_its_size_is_met_while_unpacking() -> None:
    data = raw_workbook(parts={"xl/media/a.bin": bytes(3_000_000)})
    lying = data.replace((3_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lying != data
    assert _reason(lying) in ("broken", "unpacks_too_large")


def test_a_small_limit_is_counted_in_real_bytes() -> None:
    data = raw_workbook(parts={"xl/media/a.bin": bytes(range(256)) * 40})
    assert _reason(data, Limits(unpacked_bytes=9_000)) == "unpacks_too_large"
    assert _reason(data, Limits(entry_bytes=9_000)) == "unpacks_too_large"
    assert _reason(data, Limits(file_bytes=500)) == "file_too_large"
    assert _reason(data, Limits(entries=3)) == "too_many_parts"
    assert _reason(data, Limits(ratio=1, ratio_from=10)) == "unpacks_too_large"


def test_bytes_are_counted_as_they_come_whatever_the_directory_says() -> None:
    with zipfile.ZipFile(io.BytesIO(raw_workbook(parts={"a.bin": bytes(100_000)}))) as archive:
        info = archive.getinfo("a.bin")
        assert len(_inflate(archive, info, 100_000, Limits())) == 100_000
        with pytest.raises(Unreadable):
            _inflate(archive, info, 99_999, Limits())


def test_a_file_on_disk_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(1 << 34)
    began = time.process_time()
    assert _reason(path) == "file_too_large"
    assert time.process_time() - began < 1


@pytest.mark.slow
def test_a_million_formatted_empty_rows_cost_seconds_and_hide_nothing() -> None:
    empty = "".join(f'<row r="{row}" s="1" customFormat="1"/>' for row in range(3, 1_000_003))
    read = read_list(raw_workbook(HEAD_AND_LINE + empty))
    assert [row.name for row in read.rows] == ["Lê An Bình"]
    assert max(each.number for each in read.skipped) == 1


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "too_many_rows"),
        ('<row r="3"><c r="XFD3"><v>1</v></c></row>', "too_many_columns"),
        ("".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(3, 20_002)), "too_many_rows"),
    ],
)
def test_a_cell_far_away_does_not_make_a_huge_grid(rows: str, code: str) -> None:
    assert _reason(raw_workbook(HEAD_AND_LINE + rows)) == code


@pytest.mark.slow
def test_a_list_as_long_as_allowed_is_read() -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="str"><v>Lê An</v></c></row>' for row in range(3, 20_001))
    assert len(read_list(raw_workbook(HEAD_AND_LINE + rows)).rows) == 19_999


def test_one_long_text_in_every_cell_is_counted_once_for_each() -> None:
    shared = f"<sst><si><t>{'x' * 30_000}</t></si></sst>"
    cells = '<c t="s"><v>0</v></c>' * 20
    rows = "".join(f'<row r="{row}">{cells}</row>' for row in range(3, 200))
    assert _reason(raw_workbook(HEAD_AND_LINE + rows, parts={"xl/sharedStrings.xml": shared})) == "too_much_text"
    long = f"<sst><si><t>{'x' * 40_000}</t></si></sst>"
    assert _reason(raw_workbook(parts={"xl/sharedStrings.xml": long})) == "cell_too_long"


def test_merged_ranges_over_the_whole_sheet_are_cut_to_the_list() -> None:
    after = '<mergeCells><mergeCell ref="C1:XFD1048576"/><mergeCell ref="A1:A1048576"/></mergeCells>'
    assert len(read_list(raw_workbook(after=after)).rows) == 1


def test_the_same_merged_range_a_thousand_times_is_refused() -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(3, 1_000))
    after = "<mergeCells>" + '<mergeCell ref="A3:A999"/>' * 1_000 + "</mergeCells>"
    assert _reason(raw_workbook(HEAD_AND_LINE + rows, after)) == "too_many_merged"


def test_endless_nesting_and_endless_elements_are_refused() -> None:
    assert _reason(raw_workbook(after="<a>" * 5_000 + "</a>" * 5_000)) == "broken"
    assert _reason(raw_workbook(after="<a/>" * 5_000), Limits(elements=4_000)) == "too_many_elements"


def test_a_workbook_without_a_list_says_what_a_list_needs() -> None:
    assert _reason(workbook([["Đầu mối liên hệ"], ["Văn phòng"]])) == "no_list"
    assert _reason(workbook([[]])) == "no_list"


# ── honest oddities ──────────────────────────────────────────────────────────────────────────────


def test_a_trailing_cut_leaves_the_xml_whole() -> None:
    rows = HEAD_AND_LINE + '<row r="3"><c r="A3" s="1"/></row><row r="4" s="1"/>'
    data = raw_workbook(rows, after="<pageMargins left='1' right='1' top='1' bottom='1' header='1' footer='1'/>")
    assert len(read_list(data).rows) == 1


def test_a_formatted_row_between_two_lines_is_not_cut() -> None:
    third = '<row r="4"><c r="A4" t="str"><v>Trần Chi</v></c><c r="B4" t="str"><v>Giấy khen</v></c></row>'
    read = read_list(raw_workbook(HEAD_AND_LINE + '<row r="3" s="1"/>' + third))
    assert [row.number for row in read.rows] == [2, 4]


def test_cells_without_references_are_counted_in_order() -> None:
    rows = (
        "<row><c t='str'><v>Họ và tên</v></c><c t='str'><v>Hình thức</v></c></row>"
        "<row><c t='str'><f>A9</f><v>Lê An</v></c><c t='str'><v>Giấy khen</v></c></row>"
    )
    read = read_list(raw_workbook(rows))
    assert [(row.name, row.formulas) for row in read.rows] == [("Lê An", frozenset({"name"}))]


def test_a_sheet_in_utf_16_is_read_and_cut_in_the_right_place() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = HEAD_AND_LINE + '<row r="3" s="1"/>' * 3
    xml = f'<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
    package = open_package(raw_workbook(parts={"xl/worksheets/sheet1.xml": xml.encode("utf-16")}))
    looked_at = scan(package).sheets["xl/worksheets/sheet1.xml"]
    assert looked_at.data.decode("utf-16") == xml.replace('<row r="3" s="1"/>' * 3, "")


def _gives_a_list_or_a_reason(data: bytes) -> None:
    """Anything but a list or an `Unreadable` with its sentence comes out of here as an error."""
    try:
        read_list(data)
    except Unreadable as error:
        say_unreadable(error)


@given(place=st.integers(0, 6_000), byte=st.integers(0, 255))
def test_a_changed_byte_gives_a_list_or_a_reason(place: int, byte: int) -> None:
    data = bytearray(sample("buu-dien-loi").read_bytes())
    data[place % len(data)] = byte
    _gives_a_list_or_a_reason(bytes(data))


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_in_a_sheet_give_a_list_or_a_reason(junk: bytes) -> None:
    _gives_a_list_or_a_reason(raw_workbook(parts={"xl/worksheets/sheet1.xml": junk}))


def test_the_digest_is_that_of_the_file_as_it_was_sent() -> None:
    data = workbook([HEADER, (1, "NV-1", "Lê An", "Kỹ sư", "Phòng A", "Giấy khen", "Tốt")])
    assert read_list(data).sha256 == hashlib.sha256(data).hexdigest()
