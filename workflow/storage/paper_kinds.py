"""What an uploaded file is, by its bytes and never by its name alone; and under which name it may be shown."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import puremagic

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "application/msword": (".doc",),
}
"""Every kind that is taken, with the endings that its name may have; the first is given to one that has another."""
ACTIVE = "; active=yes"
"""Stands behind the kind of a PDF that can do something by itself: it is kept, and told to who opens it."""
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2_000, 50 * 1024 * 1024, 100
_RATIO_FROM = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOES_SOMETHING = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")


class PaperRefused(ValueError):
    """The file cannot be put on file. `code` and `params` name the sentence; nothing was stored."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def media_type_of(content: bytes, file_name: str) -> str:
    """The kind of a file that is taken. Raises PaperRefused: another kind, macros, an archive that is a trap."""
    if content.startswith(b"PK\x03\x04"):
        return _office(content, file_name)
    if content.startswith(_OLE):
        return _old_word(content, file_name)
    try:
        found = {each.mime_type for each in puremagic.magic_string(content[:4096])}
    except (puremagic.PureError, ValueError):
        found = set()
    kind = next((each for each in ("application/pdf", "image/jpeg", "image/png") if each in found), None)
    if kind is None:
        raise PaperRefused("paper_kind", file=file_name)
    return kind + ACTIVE if kind == "application/pdf" and _DOES_SOMETHING.search(content) else kind


def _old_word(content: bytes, file_name: str) -> str:
    if not file_name.lower().endswith(".doc"):
        raise PaperRefused("paper_kind", file=file_name)
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise PaperRefused("paper_macros", file=file_name)
    return "application/msword"


def _office(content: bytes, file_name: str) -> str:
    """A docx or xlsx, looked at without unpacking it: what it says of itself, and its table of contents."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            _refuse_traps(infos, file_name)
            names = {each.filename.lower() for each in infos}
            types = archive.read("[Content_Types].xml") if "[content_types].xml" in names else b""
    except PaperRefused:
        raise
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise PaperRefused("paper_kind", file=file_name) from error
    if any(name.endswith("vbaproject.bin") for name in names) or b"macroEnabled" in types:
        raise PaperRefused("paper_macros", file=file_name)
    if b"<!DOCTYPE" in types or b"<!ENTITY" in types:
        raise PaperRefused("paper_trap", file=file_name)
    for part, kind in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX)):
        if types and part in names:
            return kind
    raise PaperRefused("paper_kind", file=file_name)


def _refuse_traps(infos: list[zipfile.ZipInfo], file_name: str) -> None:
    unpacked, packed = sum(each.file_size for each in infos), sum(each.compress_size for each in infos)
    swollen = unpacked > _RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
    if len(infos) > MOST_ENTRIES or unpacked > MOST_UNPACKED or swollen:
        raise PaperRefused("paper_trap", file=file_name)


# ── names ────────────────────────────────────────────────────────────────────────────────────────

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_RESERVED = re.compile(r"(?i)\A(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)")
LONGEST_NAME = 120


def shown_name(file_name: str, media_type: str) -> str:
    """The name without folders and odd signs, with an ending that says what the file is.

    Raises PaperRefused for a name that would read as another one: letters that turn the direction of writing.
    """
    if any(letter in _BIDI for letter in file_name):
        raise PaperRefused("paper_name", file="".join(each for each in file_name if each not in _BIDI))
    name = PurePosixPath(PureWindowsPath(file_name).as_posix()).name
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in name)
    name = re.sub(r'[<>:"/\\|?*]', "_", " ".join(name.split())).lstrip(". ")
    endings = ENDINGS[media_type.partition(";")[0]]
    stem, dot, ending = name.rpartition(".")
    if not dot or f".{ending.lower()}" not in endings:
        stem, ending = name, endings[0][1:]
    stem = stem.rstrip(". ") or "tep"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem[:LONGEST_NAME]}.{ending.lower()}"
