"""Papers on the command line: a template is taken, edited, checked, used; a wrong one is told with its cure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document

from tests.acceptance.conftest import Khen
from tests.support.papers_read import pages, paragraphs
from tests.support.signing import Authority

pytestmark = pytest.mark.slow

CONFIG = """\
[papers]
ministry = "Bộ Xây dựng"
office = "Văn phòng Bộ"
templates = "mau"
"""


@pytest.fixture
def house(khen: Khen) -> Khen:
    (khen.folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (khen.folder / "mau").mkdir()
    return khen


def edit(path: Path, text: str) -> None:
    document = Document(str(path))
    document.paragraphs[0].insert_paragraph_before(text)
    document.save(str(path))


def test_a_template_is_taken_edited_checked_and_used(house: Khen) -> None:
    assert "có sẵn" in house("paper", "list").out
    mine = house.folder / "mau" / "quyet_dinh.docx"
    house("paper", "template", "quyet_dinh", "--to", mine)
    edit(mine, "MẪU RIÊNG CỦA {{ head.body|upper }}")

    assert "Mọi mẫu đều điền được" in house("paper", "check").out
    assert str(mine) in house("paper", "list").out.replace("mau/", f"{house.folder}/mau/")
    house("paper", "sample", "quyet_dinh", "--docx", "thu.docx", "--pdf", "thu.pdf")

    assert "MẪU RIÊNG CỦA BỘ XÂY DỰNG" in paragraphs((house.folder / "thu.docx").read_bytes())
    assert "BỘ TRƯỞNG BỘ XÂY DỰNG" in "".join(pages((house.folder / "thu.pdf").read_bytes()))


def test_a_wrong_template_is_told_where_and_what_was_meant(house: Khen) -> None:
    mine = house.folder / "mau" / "thong_bao.docx"
    house("paper", "template", "thong_bao", "--to", mine)
    edit(mine, "Kính gửi: {{ adressee }}")

    done = house("paper", "check", code=1)
    assert (
        "thong_bao.docx: Trong văn bản, chỗ “Kính gửi: {{ adressee }}”: "
        "không có trường “adressee”. Có phải “addressee”?"
    ) in done.err
    told = house("paper", "check", mine, "--json", code=1).json
    assert [each["name"] for each in told] == ["thong_bao"]
    assert len(told[0]["faults"]) == 1
    assert "addressee" in house("paper", "sample", "thong_bao", "--docx", "x.docx", code=1).err
    assert not (house.folder / "x.docx").exists()
    assert "Was “addressee” meant?" in house("--lang", "en", "paper", "check", code=1).err


def test_what_was_edited_is_not_overwritten_unasked(house: Khen) -> None:
    (house.folder / "mau" / "giay_moi.docx").write_bytes(b"mine")
    house("paper", "template", "giay_moi", "--to", "mau/giay_moi.docx", code=2)

    assert (house.folder / "mau" / "giay_moi.docx").read_bytes() == b"mine"
    house("paper", "template", "giay_moi", "--to", "mau/giay_moi.docx", "--yes")
    assert Document(io.BytesIO((house.folder / "mau" / "giay_moi.docx").read_bytes())).paragraphs


def test_a_slip_is_answered_with_what_there_is(khen: Khen) -> None:
    assert "Có phải “quyet_dinh”?" in khen("paper", "fields", "quyet_din", code=1).err
    assert "--docx" in khen("paper", "sample", "quyet_dinh", code=2).err
    assert "[papers]" in khen("paper", "check", code=2).err
    assert "khong-co.docx" in khen("paper", "check", "khong-co.docx", code=1).err
    fields = khen("paper", "fields", "quyet_dinh").out
    assert "articles[].text\tTặng Bằng khen" in fields
    assert "groups[].lines[].name\tPhòng Nghiệp vụ 1" in fields
    (khen.folder / "config.toml").write_text('[papers]\ntemplates = "khong-co"\n', encoding="utf-8")
    assert "khong-co" in khen("paper", "check", code=3).err


def test_the_doctor_looks_at_papers_too(house: Khen) -> None:
    def found() -> tuple[str, str]:
        findings = {each["name"]: each for each in house.run("doctor", "--json").json}
        return findings["papers"]["level"], findings["papers"]["detail"]

    assert found() == ("ok", str(house.folder / "mau"))
    house("paper", "template", "thong_bao", "--to", "mau/thong_bao.docx")
    edit(house.folder / "mau" / "thong_bao.docx", "{{ adressee }}")
    assert found() == ("bad", "thong_bao.docx")
    (house.folder / "config.toml").write_text('[papers]\nministry = "Bộ Xây dựng"\n', encoding="utf-8")
    assert found() == ("warn", "[papers] office")


def test_the_doctor_says_when_no_signature_could_be_judged(khen: Khen) -> None:
    def found() -> tuple[str, str]:
        findings = {each["name"]: each for each in khen.run("doctor", "--json").json}
        return findings["certificates"]["level"], findings["certificates"]["detail"]

    assert found() == ("ok", "–")
    (khen.folder / "config.toml").write_text('[signing]\ncertificates = "chung-thu"\n', encoding="utf-8")
    place = khen.folder / "chung-thu"
    assert found() == ("bad", str(place))
    place.mkdir()
    (place / "goc.pem").write_bytes(Authority().pem)
    assert found() == ("ok", f"{place}: 1")
