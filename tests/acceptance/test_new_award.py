"""An admin adds an award by exactly the steps of docs/them-hinh-thuc.md; it is nominated, signed and mailed."""

from __future__ import annotations

import difflib
import email
import email.policy
import re
import shlex
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, Khen

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "them-hinh-thuc.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
DIFF = re.search(r"^```diff\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NEW, OLD = "giay_khen_dot_xuat", "giay_khen"


def test_an_award_is_added_nominated_signed_and_mailed_as_the_page_says(khen: Khen) -> None:
    file = khen.folder / "flows" / f"{NEW}.toml"
    said = {}
    for line in COMMANDS:
        name, *words = shlex.split(line)
        assert name == "khen"
        said[line] = khen(*words).out
        if words[:2] == ["flow", "new"]:
            file.write_text(edited(file.read_text(encoding="utf-8")), encoding="utf-8")

    assert changed(file.read_text(encoding="utf-8")) <= 15
    assert f"{NEW}\t" in said["khen flow check --folder flows"]
    assert "Giấy khen đột xuất" in said["khen flow list --all"]
    assert f"Đã công bố {NEW}, phiên bản thứ 1." in said["khen flow publish --folder flows"]

    played = Khen(khen.folder / "dien-tap")
    rows = played("nomination", "list", "--flow", NEW, "--json").json["rows"]
    assert len(rows) >= 3
    decided = [row for row in rows if row["outcome"] == "awarded"]
    assert decided
    paper = played("nomination", "show", decided[0]["code"], "--json").json["decision"]
    assert (paper["award"], paper["kind"]) == (OLD, "ad_hoc")
    assert played("audit", "verify", "--json").json["audit"] == "ok"
    mails = list(letters(khen.folder / "dien-tap" / "mailbox"))
    assert any(decided[0]["code"] in text and "Giấy khen đột xuất" in text for _, text in mails)
    assert any("quyết định" in subject.lower() for subject, _ in mails)
    assert {row["state"] for row in played("mail", "list", "--limit", "1000", "--json").json["mails"]} == {
        "handed_over"
    }


def edited(text: str) -> str:
    """The file after the changes that the page shows; each line to change stands in it once."""
    assert DIFF is not None
    lines = DIFF[1].splitlines()
    for number, line in enumerate(lines):
        if line.startswith("-"):
            new = []
            for each in lines[number + 1 :]:
                if not each.startswith("+"):
                    break
                new.append(each[1:])
            assert text.count(f"{line[1:]}\n") == 1, line
            text = text.replace(f"{line[1:]}\n", "".join(f"{each}\n" for each in new))
    return text


def changed(text: str) -> int:
    """Lines that differ from the shipped flow, however they are counted: those taken out or those put in."""
    shipped = (ROOT / "definitions" / "flows" / f"{OLD}.toml").read_text(encoding="utf-8")
    marks = [line[:2] for line in difflib.ndiff(shipped.splitlines(), text.splitlines())]
    return max(marks.count("+ "), marks.count("- "))


def letters(folder: Path) -> list[tuple[str, str]]:
    """(subject, text) of each mail that arrived."""
    found = []
    for path in sorted(folder.rglob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        found.append((str(message["Subject"]), body.get_content() if body else ""))
    assert found
    return found
