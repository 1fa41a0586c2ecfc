"""Finds what a Word template's tags say and where they stand, so that a fault can be shown in its own paragraph.

The only room, beside `filling`, that reads Word's XML; it is given what `opening` has looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from workflow.papers.errors import PaperFault
from workflow.papers.opening import unpacked

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = re.compile(r"\Aword/(?:document|header\d*|footer\d*|footnotes)\.xml\Z")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_STEERS = re.compile(r"\{(?:%|#)-?\s*(tr|tc|p)\s.*?[%#]\}")  # drops the row, cell or paragraph it stands in
_PREFIX = re.compile(r"(\{%-?|\{\{)(?:tr|tc|p|r)\s")
_SPAN = re.compile(r"\{%\s*(?:colspan|cellbg)\s+([^%]*?)\s*%\}")
_MERGE = re.compile(r"\{%\s*[vh]m\s*%\}")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})


@dataclass(frozen=True, slots=True)
class Place:
    """A paragraph of a template. `part` is body, header, footer or footnotes; `table` and `row` count from 1, 0 outside
    a table. `text` is what stands there, as far as it helps to find it."""

    part: str
    table: int
    row: int
    text: str

    @property
    def params(self) -> dict[str, object]:
        short = self.text if len(self.text) <= 90 else f"{self.text[:89]}…"
        return {"part": self.part, "table": self.table, "row": self.row, "text": short}


@dataclass(frozen=True, slots=True)
class Source:
    """One part as plain template text: line n of `text` is the paragraph at `places[n - 1]`."""

    text: str
    places: tuple[Place, ...]

    def at(self, line: int | None) -> Place:
        return self.places[min(max((line or 1) - 1, 0), len(self.places) - 1)]


def scan(content: bytes) -> tuple[tuple[Source, ...], tuple[PaperFault, ...]]:
    """The parts that have tags, and what is wrong with how tags stand in their paragraphs and rows."""
    sources: list[Source] = []
    faults: list[PaperFault] = []
    for name, data in sorted(unpacked(content).items(), key=lambda each: (each[0] != "word/document.xml", each[0])):
        if not _PARTS.match(name):
            continue
        part = re.sub(r"\d", "", name.removeprefix("word/").removesuffix(".xml")).replace("document", "body")
        found = [(place, paragraph) for place, paragraph in _paragraphs(_tree(data), part) if _TAG.search(place.text)]
        faults += [fault for place, paragraph in found for fault in _crowded(place, paragraph)]
        if found:
            sources.append(
                Source("\n".join(_plain(place.text) for place, _ in found), tuple(place for place, _ in found))
            )
    return tuple(sources), tuple(faults)


def _tree(data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:  # nested too deep, or not what this parser takes
        raise PaperFault("template_not_word") from error


def _paragraphs(root: etree._Element, part: str) -> Iterator[tuple[Place, etree._Element]]:
    tables = {table: number for number, table in enumerate(root.iter(f"{_W}tbl"), start=1)}
    for paragraph in root.iter(f"{_W}p"):
        row = next(paragraph.iterancestors(f"{_W}tr"), None)
        table = next(row.iterancestors(f"{_W}tbl"), None) if row is not None else None
        if row is None or table is None:
            yield Place(part, 0, 0, _text(paragraph)), paragraph
        else:
            yield Place(part, tables[table], table.findall(f"{_W}tr").index(row) + 1, _text(paragraph)), paragraph


def _text(paragraph: etree._Element) -> str:
    """What stands in this paragraph itself, not in a text box that hangs on it."""
    signs = {f"{_W}t": None, f"{_W}tab": " ", f"{_W}br": " ", f"{_W}noBreakHyphen": "-"}
    parts = [
        signs[each.tag] or each.text or ""
        for each in paragraph.iter(*signs)
        if next(each.iterancestors(f"{_W}p"), None) is paragraph
    ]
    return "".join(parts)


def _crowded(place: Place, paragraph: etree._Element) -> Iterator[PaperFault]:
    """A tag that takes its paragraph or row away takes with it all that stands beside it, without a word."""
    for match in _STEERS.finditer(place.text):
        around = place.text
        if match[1] in {"tr", "tc"}:
            holder = next(paragraph.iterancestors(f"{_W}{match[1]}"), None)
            if holder is None:
                yield PaperFault("tag_outside_table", tag=match[0], **place.params)
                continue
            around = "".join(_text(each) for each in holder.iter(f"{_W}p"))
        if around.replace(match[0], "", 1).strip():
            yield PaperFault("tag_not_alone", tag=match[0], **place.params)


def _plain(text: str) -> str:
    """The paragraph as the template language proper, in one line."""
    text = _MERGE.sub("", _SPAN.sub(r"{{ \1 }}", text))
    text = _TAG.sub(lambda match: _PREFIX.sub(r"\1 ", match[0]).translate(_QUOTES), text)
    return " ".join(text.splitlines())
