"""Opens a Word template that somebody gave, within limits, and looks for traps before anything else reads it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers.expat import ExpatError, ParserCreate

from workflow.papers.errors import PaperFault

LARGEST = 5_000_000  # bytes of the file
MOST_PARTS = 500
LARGEST_PART = 10_000_000  # bytes of a part, unpacked
MOST_UNPACKED = 30_000_000
MOST_RATIO, RATIO_FROM = 100, 1_000_000
_CHUNK = 1 << 16
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def open_template(content: bytes) -> bytes:
    """The template packed anew from what was looked at, for parsers that are less careful.

    Raises `PaperFault`: too large, not a Word document, macros, an archive or XML that is a trap.
    """
    if len(content) > LARGEST:
        raise PaperFault("template_too_large", max_mb=LARGEST // 1_000_000)
    if content.startswith(_OLE):
        raise PaperFault("template_old")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = dict(_parts(archive))
    except PaperFault:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise PaperFault("template_not_word") from error
    names = {name.lower() for name in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise PaperFault("template_macros")
    if not {"[content_types].xml", "word/document.xml"} <= names:
        raise PaperFault("template_not_word")
    for name, data in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _refuse_traps(data)
    return packed(parts)


def packed(parts: dict[str, bytes]) -> bytes:
    """An archive of these parts that bears no time: packed twice, it is the same file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of an archive of our own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    infos = [each for each in archive.infolist() if not each.is_dir()]
    sizes, packed_sizes = sum(each.file_size for each in infos), sum(each.compress_size for each in infos)
    swollen = sizes > RATIO_FROM and sizes > MOST_RATIO * max(packed_sizes, 1)
    if len(infos) > MOST_PARTS or sizes > MOST_UNPACKED or swollen:
        raise PaperFault("template_trap")
    if len({each.filename.lower() for each in infos}) < len(infos):  # two parsers could read two different documents
        raise PaperFault("template_trap")
    left = MOST_UNPACKED
    for info in infos:
        data = _inflate(archive, info, min(left, LARGEST_PART))
        left -= len(data)
        yield info.filename, data


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    """What really comes out is counted; what the archive says of itself is only a first look."""
    parts: list[bytes] = []
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            room -= len(chunk)
            if room < 0:
                raise PaperFault("template_trap")
            parts.append(chunk)
    return b"".join(parts)


class _Trap(Exception):
    """Raised inside the parser, which passes it on."""


def _refuse_traps(data: bytes) -> None:
    """Well-formed and without a document type, so without entities to swell or to fetch. How deep it may be, the
    parsers of documents say themselves."""
    parser = ParserCreate()

    def declares(*_: object) -> None:
        raise _Trap

    parser.StartDoctypeDeclHandler = declares
    try:
        parser.Parse(data, True)
    except _Trap as error:
        raise PaperFault("template_trap") from error
    except ExpatError as error:
        raise PaperFault("template_not_word") from error
