"""What the pages tell people to type is typed, line after line; what they say one will see is seen."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, SAMPLES, Khen

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOTE = re.compile(r"\s+# (→|✗) (.+)$")


@dataclass(frozen=True)
class Line:
    """A command of a page, and what is to be seen: after → when it is done, after ✗ when it may not be."""

    words: tuple[str, ...]
    seen: str = ""
    code: int = 0


def lines(page: str) -> Iterator[Line]:
    for block in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        for text in block.splitlines():
            note = NOTE.search(text)
            name, *words = shlex.split(text[: note.start()] if note else text)
            assert name == "khen", text
            yield Line(tuple(words), note[2] if note else "", int(bool(note) and note[1] == "✗"))


def tables(page: str) -> list[str]:
    return re.findall(
        r"^```(?:toml|csv)\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def follow(khen: Khen, page: str) -> None:
    for line in lines(page):
        done = khen(*line.words, code=line.code)
        assert line.seen in done.said, f"{page}: khen {' '.join(line.words)}\n{done.said}"


def test_the_secretarys_day(desk: Khen) -> None:
    shutil.copyfile(SAMPLES / "danh-sach-cuc-vien-thong.xlsx", desk.folder / "danh-sach.xlsx")
    (desk.folder / "ket-qua.csv").write_text(tables("thu-ky.md")[0], encoding="utf-8")
    follow(desk, "thu-ky.md")
    assert desk("db", "check", "--json").json["ok"] is True


def test_the_admins_first_day(khen: Khen) -> None:
    units, people, history, calendar = tables("quan-tri.md")
    for name, text in (
        ("don-vi.toml", units),
        ("nguoi.toml", people),
        ("lich-su.toml", history),
        ("lich.toml", calendar),
    ):
        (khen.folder / name).write_text(text, encoding="utf-8")
    (khen.folder / "config.toml").write_text('[calendar]\nfile = "lich.toml"\n', encoding="utf-8")
    follow(khen, "quan-tri.md")


def test_a_unit_may_type_what_its_page_says(listed_desk: Khen) -> None:
    shutil.copyfile(SAMPLES / "danh-sach-cuc-vien-thong.xlsx", listed_desk.folder / "danh-sach.xlsx")
    first, why, again = lines("don-vi.md")
    assert "đã có: 24" in listed_desk(*first.words).out
    assert "[start_unit_vote]" in listed_desk(*why.words).out
    assert "việc này chỉ thực hiện được khi hồ sơ ở: Yêu cầu bổ sung" in listed_desk(*again.words, code=1).out


def test_the_rule_sees_what_it_looks_for(tmp_path: Path) -> None:
    found = [each for each in lines("thu-ky.md") if each.seen]
    assert any(each.code for each in found)
    assert any("session=Phiên 1/2026" in each.words for each in lines("thu-ky.md"))
