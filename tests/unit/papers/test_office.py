"""Every Word document is opened by another program than made it, where there is one, and says there what it should."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.support.papers_read import bare, paragraphs
from workflow.papers.making import PAPERS, docx
from workflow.papers.samples import awkward, whole

OFFICE = shutil.which("soffice")


@pytest.mark.slow
@pytest.mark.pace
@pytest.mark.skipif(OFFICE is None, reason="there is no LibreOffice here")
def test_libreoffice_reads_every_paper(tmp_path: Path) -> None:
    assert OFFICE is not None
    made = {
        f"{code}-{name}": docx(paper) for code in PAPERS for name, paper in (("whole", whole(code)), *awkward(code))
    }
    for name, content in made.items():
        (tmp_path / f"{name}.docx").write_bytes(content)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", "pdf", *(f"{name}.docx" for name in made)],
        cwd=tmp_path, check=True, capture_output=True, timeout=600,
    )  # fmt: skip

    for name, content in made.items():
        reader = PdfReader(tmp_path / f"{name}.pdf")
        told = bare("".join(page.extract_text() for page in reader.pages))
        lost = [text for text in paragraphs(content) if bare(text) not in told]
        # A paragraph that a page or a narrow column cuts is not found in one piece; short ones are never cut.
        assert [text for text in lost if len(text) < 30] == [], name
        assert "{%" not in told or "signs" in name
