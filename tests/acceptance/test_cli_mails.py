"""`khen mail …` beside the pages: one held mail's words, a mail put aside, the ministry's own mail texts."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Khen

pytestmark = pytest.mark.slow

ONE = "BKB-2026-00007-3"


@pytest.fixture
def held(listed_desk: Khen) -> tuple[Khen, str]:
    """A desk, and the number of a mail to Cục Viễn thông that is kept back."""
    listed_desk("nomination", "do", "withdraw", ONE, "--as", "CVT/TT", "--with", "letter_no=11/CV-CVT")
    rows = listed_desk("mail", "list", "--json").json["mails"]
    return listed_desk, str(next(row["id"] for row in rows if row["address"] == "tdkt@cvt.example"))


def test_the_words_of_one_held_mail_are_edited_in_a_file_and_taken_back(held: tuple[Khen, str]) -> None:
    desk, number = held
    shown = desk("mail", "edit", number).out
    assert shown.startswith("Subject: ")
    assert ONE in shown
    desk("mail", "edit", number, "--out", "thu.md")
    file = desk.folder / "thu.md"
    assert file.read_text(encoding="utf-8") == shown
    file.write_text(shown.replace("Kính gửi", "Trân trọng kính gửi"), encoding="utf-8")
    assert (
        "Trân trọng kính gửi: Cục Viễn thông" in desk("mail", "edit", number, "--file", "thu.md", "--as", "BO/TT1").out
    )
    assert "Trân trọng kính gửi" in desk("mail", "preview", number).out
    assert desk("mail", "edit", number).out == file.read_text(encoding="utf-8"), "the next edit goes on from there"

    assert "trở về lời của mẫu" in desk("mail", "edit", number, "--undo").out
    assert "Trân trọng kính gửi" not in desk("mail", "preview", number).out
    assert desk("audit", "verify", "--json").json["audit"] == "ok"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Xin ch\xc3\xa0o\n", "Các dòng đầu là “Subject: …”"),
        (b"Subject: A\n\n \n", "Lời thư đang trống"),
        (b"Subject: \n\nX\n", "chưa có dòng “Subject: …”"),
        ("Subject: Thư\n\nX".encode("utf-16"), "không phải văn bản UTF-8"),
    ],
)
def test_words_that_are_no_mail_change_nothing(held: tuple[Khen, str], content: bytes, words: str) -> None:
    desk, number = held
    before = desk("mail", "edit", number).out
    (desk.folder / "thu.md").write_bytes(content)
    assert words in desk("mail", "edit", number, "--file", "thu.md", code=1).err
    assert desk("mail", "edit", number).out == before
    assert "Chỉ chọn một" in desk("mail", "edit", number, "--file", "thu.md", "--undo", code=2).err


def test_a_held_mail_is_put_aside_for_good_with_a_reason(held: tuple[Khen, str]) -> None:
    desk, number = held
    asked = ("mail", "discard", number, "--reason", "Đã báo qua điện thoại")
    assert "--yes" in desk(*asked, code=2).err
    assert desk("mail", "show", number, "--json").json["head"]["state"] == "held"
    assert f"Đã bỏ thư số {number}." in desk(*asked, "--yes", "--as", "BO/TT1").out
    assert desk("mail", "show", number, "--json").json["head"]["state"] == "cancelled"
    assert "không bỏ được" in desk(*asked, "--yes", code=1).err
    assert "không còn được giữ lại" in desk("mail", "edit", number, "--file", written(desk), code=1).err
    assert desk("audit", "verify", "--json").json["audit"] == "ok"


def written(desk: Khen) -> str:
    (desk.folder / "khac.md").write_text("Subject: Khác\n\nKhác\n", encoding="utf-8")
    return "khac.md"


def test_the_ministrys_own_text_is_tried_saved_and_taken_back(held: tuple[Khen, str]) -> None:
    desk, number = held
    names = {row["template"] for row in desk("mail", "text", "--json").json}
    assert {"withdrawn", "received", "_frame"} <= names
    assert "withdrawn\tvi\t" in desk("mail", "text").out
    desk("mail", "text", "withdrawn", "--out", "withdrawn.md")
    file = desk.folder / "withdrawn.md"
    shipped = file.read_text(encoding="utf-8")
    file.write_text(f"{shipped}\nVụ trân trọng thông báo.\n", encoding="utf-8")

    tried = desk("mail", "text", "withdrawn", "--file", "withdrawn.md", "--check").out
    assert "Lời này dùng được" in tried
    assert "Vụ trân trọng thông báo." in tried
    assert desk("mail", "text", "withdrawn").out == shipped, "trying saves nothing"

    desk("mail", "text", "withdrawn", "--file", "withdrawn.md", "--as", "BO/QT")
    assert "Vụ trân trọng thông báo." in desk("mail", "preview", number).out
    assert desk("mail", "text", "withdrawn", "--shipped").out == shipped
    own = {row["template"] for row in desk("mail", "text", "--json").json if row["saved"]}
    assert own == {"withdrawn"}

    assert "--yes" in desk("mail", "text", "withdrawn", "--reset", code=2).err
    desk("mail", "text", "withdrawn", "--reset", "--yes")
    assert "Vụ trân trọng" not in desk("mail", "preview", number).out


def test_a_text_that_cannot_be_proven_is_told_line_by_line_and_not_saved(desk: Khen) -> None:
    file = desk.folder / "x.md"
    file.write_text("Subject: S\nSection: S\n\nA\n{{ khong_co }}\n", encoding="utf-8")
    for more in (("--check",), ()):
        told = desk("mail", "text", "received", "--file", "x.md", *more, code=1).err
        assert "x.md:5: dùng tên không có: khong_co" in told
        assert "Chưa lưu gì" in told
    assert "khong_co" not in desk("mail", "text", "received").out
    assert "Có phải “received”?" in desk("mail", "text", "recieved", code=1).err
    assert "reads names that do not exist" in desk.speaking("en")(
        "mail", "text", "received", "--file", "x.md", code=1
    ).err  # fmt: skip
