"""Word documents read back: what an official looks for on each paper, word for word."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any, cast

import pytest
from docx import Document

from tests.support.papers_read import paragraphs, rows
from workflow.papers.making import PAPERS, docx
from workflow.papers.samples import MARK, PEOPLE, awkward, whole
from workflow.papers.shapes import (
    BallotSheet,
    CountMinutes,
    DecisionDraft,
    Group,
    Head,
    Line,
    ProposalLetter,
    ResultNotice,
    SessionMinutes,
    Signature,
)

DECISION = cast(DecisionDraft, whole("quyet_dinh"))
MINUTES = cast(SessionMinutes, whole("bb_hop"))


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def test_a_decision_has_the_form_of_the_decree() -> None:
    said = paragraphs(docx(DECISION))

    assert said[:7] == [
        "BỘ KHOA HỌC VÀ CÔNG NGHỆ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: " + "\u00a0" * 5 + "/QĐ-BKHCN",
        "Hà Nội, ngày" + "\u00a0" * 5 + "tháng" + "\u00a0" * 5 + "năm 2026",
        "QUYẾT ĐỊNH",
        "Về việc tặng Bằng khen của Bộ trưởng Bộ Khoa học và Công nghệ",
    ]
    assert said[7] == "BỘ TRƯỞNG BỘ KHOA HỌC VÀ CÔNG NGHỆ"
    assert said[8] == "Căn cứ Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022;"
    assert "Theo đề nghị của Vụ trưởng Vụ Tổ chức cán bộ." in said
    articles = [text for text in said if text.startswith("Điều ")]
    assert [text[:7] for text in articles] == ["Điều 1.", "Điều 2.", "Điều 3."]
    assert articles[2].endswith("chịu trách nhiệm thi hành Quyết định này./.")
    assert not articles[0].endswith("./.")
    at = said.index("KT. BỘ TRƯỞNG")
    assert said[at : at + 3] == ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "Trần Thị B"]
    assert said[said.index("Nơi nhận:") + 1 :][:4] == [
        "- Như Điều 3;", "- Bộ trưởng (để báo cáo);", "- Cổng thông tin điện tử của Bộ;", "- Lưu: VT, TCCB.",
    ]  # fmt: skip
    assert "Mã kiểm chứng sổ nhật ký: 4128:3fa9-01bc-77de-9a10" in said


def test_the_page_is_that_of_the_decree() -> None:
    section = opened(docx(DECISION)).sections[0]

    assert [round(each.mm) for each in (section.page_width, section.page_height)] == [210, 297]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in sides] == [20, 20, 30, 15]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    style = opened(docx(DECISION)).styles["Normal"]
    assert (style.font.name, style.font.size.pt) == ("Times New Roman", 14)


@pytest.mark.parametrize(
    ("signature", "lines"),
    [
        (Signature("Bộ trưởng", "Nguyễn Văn A"), ["BỘ TRƯỞNG", "Nguyễn Văn A"]),
        (Signature("Thứ trưởng", "B", "KT.", "Bộ trưởng"), ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "B"]),
        (Signature("Chánh Văn phòng", "D", "TL.", "Bộ trưởng"), ["TL. BỘ TRƯỞNG", "CHÁNH VĂN PHÒNG", "D"]),
        (Signature("Vụ trưởng", "C", "TUQ.", "Bộ trưởng"), ["TUQ. BỘ TRƯỞNG", "VỤ TRƯỞNG", "C"]),
        (Signature("Chủ tịch", "A", "TM.", "Hội đồng", "Bộ trưởng"), ["TM. HỘI ĐỒNG", "CHỦ TỊCH", "BỘ TRƯỞNG", "A"]),
        (Signature("Bộ trưởng", "A", "Q."), ["Q. BỘ TRƯỞNG", "A"]),
    ],
)
def test_who_signs_as_what(signature: Signature, lines: list[str]) -> None:
    said = paragraphs(docx(replace(DECISION, signature=signature)))

    at = said.index(lines[0], 8)  # the authority above the grounds may read the same
    assert said[at : at + len(lines)] == lines


def test_the_annex_is_in_the_callers_order_under_the_callers_numbers() -> None:
    lines = tuple(Line(number, f"Ông Lê Văn {number}", f"Phòng {number}") for number in (3, 1, 2))
    made = rows(docx(replace(DECISION, annex=(Group("Cá nhân", lines),))), -1)

    assert made == [
        ["STT", "Tên cá nhân, tập thể", "Chức vụ, đơn vị công tác"],
        ["3", "Ông Lê Văn 3", "Phòng 3"],
        ["1", "Ông Lê Văn 1", "Phòng 1"],
        ["2", "Ông Lê Văn 2", "Phòng 2"],
    ]


def test_an_annex_of_several_groups_has_their_titles_and_what_is_commended() -> None:
    made = rows(docx(DECISION), -1)

    assert made[0] == ["STT", "Tên cá nhân, tập thể", "Chức vụ, đơn vị công tác", "Thành tích"]
    assert made[1] == ["I. TẬP THỂ"] * 4
    assert made[4] == ["II. CÁ NHÂN"] * 4
    assert made[5][3] == "Chủ trì xây dựng hệ thống dịch vụ công trực tuyến"
    assert [len(made), made[-1][1]] == [8, "Ông Đỗ Văn Ước (mẫu)"]


def test_a_long_table_repeats_its_head_and_tears_no_row() -> None:
    table = opened(docx(DECISION)).tables[-1]

    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in table.rows)


def test_a_ballot_tells_nothing_of_whose_it_is() -> None:
    """Every member's sheet is the same file, without a number, a code, a picture or a day of printing."""
    ballot = cast(BallotSheet, whole("phieu_bau"))
    content = docx(replace(ballot, written=False))

    assert content == docx(replace(ballot, written=False))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "media" in name]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = opened(content).core_properties
    assert (core.author, core.last_modified_by, core.identifier) == ("", "", "")
    assert "audit" not in set(BallotSheet.__dataclass_fields__)
    said = paragraphs(content)
    assert "PHIẾU BẦU" in said
    assert not [text for text in said if "Số:" in text or "Mã kiểm chứng" in text]


def test_a_ballot_has_two_empty_boxes_for_each_line() -> None:
    made = rows(docx(whole("phieu_bau")), -1)

    assert made[0] == ["STT", "Tên cá nhân, tập thể", "Chức vụ, đơn vị công tác", "Đồng ý", "Không đồng ý"]
    assert made[1] == ["I. Bằng khen của Bộ trưởng"] * 5
    assert [row[3:] for row in made[2:5]] == [["", ""]] * 3
    assert "PHIẾU LẤY Ý KIẾN BẰNG VĂN BẢN" in paragraphs(docx(whole("phieu_bau")))


def test_the_minutes_of_the_count_add_nothing_to_the_numbers() -> None:
    content = docx(whole("bb_kiem_phieu"))
    said = paragraphs(content)

    assert (
        "Tổng số thành viên Hội đồng: 9; có mặt: 7; gửi ý kiến bằng văn bản: 1; không tham gia biểu quyết ở ít nhất "
        "một trường hợp: 1."
    ) in said
    assert "Số phiếu phát ra: 8; thu về: 8, trong đó gửi bằng văn bản: 1; hợp lệ: 8; không hợp lệ: 0." in said
    assert rows(content, 2)[1:] == [
        ["1", "Ông Nguyễn Văn A (mẫu)\nTrưởng phòng Tổng hợp, Cục Viễn thông", "8", "0", "0", "0",
         "8/9\n88,89%", "Đạt"],
        ["2", "Bà Trần Thị B (mẫu)\nChuyên viên chính, Văn phòng Bộ", "7", "0", "0", "0", "7/9\n77,78%", "Không đạt"],
        ["3", "Ông Đỗ Văn Ước (mẫu)\nPhó Giám đốc Trung tâm, Trung tâm Internet Việt Nam", "6", "1", "0", "1",
         "6/9\n66,67%", "Không đạt"],
    ]  # fmt: skip
    assert "Tổ trưởng: Phạm Thị D" in said
    assert len(opened(content).inline_shapes) == 1


def test_the_minutes_of_a_session_say_who_was_there_who_wrote_and_who_disagreed() -> None:
    said = paragraphs(docx(MINUTES))

    assert "7. Ông Đặng Văn H, Chủ tịch Công đoàn, Ủy viên." in said
    assert (
        "1. Ông Ngô Văn L, Chánh Thanh tra Bộ, Ủy viên, lý do: đi công tác nước ngoài; đã gửi ý kiến bằng văn bản;"
        in said
    )
    assert "2. Bà Dương Thị M, Bí thư Đoàn Thanh niên Bộ, Ủy viên, lý do: nghỉ ốm; không gửi ý kiến." in said
    assert "- Bà Phạm Thị D: dòng 2 (Bà Trần Thị B) (lý do: cùng đơn vị)." in said
    assert "- Ông Hoàng Văn E (về dòng 3): Đề nghị xem thêm thời gian giữ chức vụ trước khi xét." in said
    assert "Ý kiến của Chủ tịch Hội đồng ghi vào biên bản: Đồng ý với kết quả kiểm phiếu." in said
    assert "Số thành viên được tính: 8; cần ít nhất: 6. Đủ điều kiện tiến hành." in said
    assert "Không đủ điều kiện tiến hành." in "".join(paragraphs(docx(replace(MINUTES, quorum_counted=5))))


def test_minutes_of_answers_in_writing_speak_of_no_meeting() -> None:
    said = paragraphs(docx(replace(MINUTES, in_writing=True, present=(), recusals=(), dissents=(), guests=())))

    assert "BIÊN BẢN TỔNG HỢP Ý KIẾN BẰNG VĂN BẢN" in said
    assert "Hạn gửi ý kiến: ngày 15 tháng 01 năm 2026." in said
    assert not [
        text
        for text in said
        if text.startswith(("Phiên họp kết thúc", "Địa điểm", "Thành viên có mặt", "Ý kiến bảo lưu"))
    ]


def test_a_notice_has_no_count_in_it() -> None:
    content = docx(whole("thong_bao"))

    assert rows(content, 1)[1:] == [
        ["1", "Ông Nguyễn Văn A (mẫu)\nTrưởng phòng Tổng hợp, Cục Viễn thông", "Bằng khen của Bộ trưởng",
         "Được tặng theo Quyết định số 15/QĐ-BKHCN ngày 05 tháng 02 năm 2026"],
        ["2", "Đội Kiểm tra\nCục Viễn thông", "Cờ thi đua của Bộ",
         "Không được khen thưởng\nLý do: chưa có xếp hạng dẫn đầu khối, cụm thi đua năm 2025"],
    ]  # fmt: skip
    assert "%" not in "".join(paragraphs(content))
    assert "Phúc đáp" not in "".join(paragraphs(docx(replace(cast(ResultNotice, whole("thong_bao")), letter=""))))


def test_a_letter_shows_the_ratio_only_where_a_council_voted() -> None:
    letter = cast(ProposalLetter, whole("to_trinh"))
    without = replace(letter, proposals=(replace(letter.proposals[0], lines=PEOPLE),))

    assert rows(docx(letter), -1)[2][-1] == "8/9 (88,89%)"
    assert rows(docx(without), -1)[0][-1] == "Đơn vị đề nghị"


def test_every_certificate_has_a_page_of_its_own() -> None:
    content = docx(whole("bang_khen"))

    assert paragraphs(content).count("BẰNG KHEN") == 2
    assert opened(content)._element.xml.count("w:pageBreakBefore") == 2


def test_markup_tags_and_formulas_are_shown_as_they_were_typed() -> None:
    said = "\n".join(paragraphs(docx(dict(awkward("quyet_dinh"))["signs"])))

    assert "=1+1 Đội Kiểm tra <w:p>&amp;</w:p> {{ 7*7 }} {% if %} {# #} #let x \"'\\ *_@$" in said
    assert "49" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("code", PAPERS)
def test_the_same_paper_is_the_same_file(code: str) -> None:
    assert docx(whole(code)) == docx(whole(code))


def test_a_paper_without_a_mark_has_no_picture() -> None:
    bare = cast(CountMinutes, dict(awkward("bb_kiem_phieu"))["bare"])

    assert bare.audit is None
    assert len(opened(docx(bare)).inline_shapes) == 0
    assert len(opened(docx(replace(bare, audit=MARK))).inline_shapes) == 1


def test_a_ministrys_own_paper_names_no_body_above_it() -> None:
    one = docx(DECISION)
    other = docx(replace(DECISION, head=Head("Vụ Tổ chức cán bộ", "Bộ Khoa học và Công nghệ", "QĐ-TCCB", 5)))

    assert paragraphs(one)[0] == "BỘ KHOA HỌC VÀ CÔNG NGHỆ"
    assert paragraphs(other)[:2] == ["BỘ KHOA HỌC VÀ CÔNG NGHỆ", "VỤ TỔ CHỨC CÁN BỘ"]
    assert "Số: 05/QĐ-TCCB" in paragraphs(other)


def test_words_and_marks_that_the_form_has_itself_are_not_printed_twice() -> None:
    """Grounds and subjects are copied from older papers, with all that stood around them."""
    copied = replace(
        DECISION,
        subject="Về việc tặng Bằng khen.",
        bases=("Căn cứ Luật Thi đua, khen thưởng;",),
        proposed_by="Theo đề nghị của Vụ trưởng Vụ Tổ chức cán bộ.",
        articles=("Tặng Bằng khen.", "Quyết định này có hiệu lực từ ngày ký./."),
    )
    said = paragraphs(docx(copied))

    assert "Về việc tặng Bằng khen" in said
    assert "Căn cứ Luật Thi đua, khen thưởng;" in said
    assert "Theo đề nghị của Vụ trưởng Vụ Tổ chức cán bộ." in said
    assert [text for text in said if text.startswith("Điều")] == [
        "Điều 1. Tặng Bằng khen.", "Điều 2. Quyết định này có hiệu lực từ ngày ký./.",
    ]  # fmt: skip
