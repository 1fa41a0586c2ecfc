"""The Word document and the PDF of a paper say the same, word for word."""

from __future__ import annotations

import pytest

from tests.support.papers_read import bare, pages, paragraphs
from workflow.papers.making import PAPERS, docx, pdf
from workflow.papers.samples import awkward, whole

VARIANTS = ("whole", "bare", "signs", *(pytest.param(each, marks=pytest.mark.slow) for each in ("long", "many")))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("code", PAPERS)
def test_both_say_the_same(code: str, variant: str) -> None:
    paper = whole(code) if variant == "whole" else dict(awkward(code))[variant]

    said = {bare(text) for text in paragraphs(docx(paper))}
    told = bare("".join(pages(pdf(paper))))

    assert [text for text in said if text not in told] == []
    for text in sorted(said, key=len, reverse=True):
        told = told.replace(text, "\n")
    assert told.strip() == ""
