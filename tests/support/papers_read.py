"""Reads papers back: what a Word document and a PDF say, as text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader


def paragraphs(content: bytes) -> list[str]:
    """Every paragraph of a Word document that says something, in its order, tables included."""
    return [text for text in _texts(content) if text.strip()]


def _texts(content: bytes) -> Iterator[str]:
    body: Any = Document(io.BytesIO(content)).element.body
    for paragraph in body.iter(qn("w:p")):
        yield "".join(each.text or "" for each in paragraph.iter(qn("w:t")))


def rows(content: bytes, table: int) -> list[list[str]]:
    """The cells of one table, row by row; paragraphs of a cell are parted by a line feed."""
    found = Document(io.BytesIO(content)).tables[table]
    return [[cell.text.strip() for cell in row.cells] for row in found.rows]


def pages(content: bytes) -> list[str]:
    """The text of each page of a PDF, without the number at its top."""
    texts = []
    number = 0
    for page in PdfReader(io.BytesIO(content)).pages:
        text = page.extract_text().strip()
        number += 1
        if text.startswith(f"{number}\n"):
            text = text[len(str(number)) :]
        elif number > 1 and not text.startswith(str(number)):
            number = 1  # an annex counts from the start
        texts.append(text)
    return texts


def bare(text: str) -> str:
    """Without any space: where lines break is the setter's business."""
    return "".join(text.split())
