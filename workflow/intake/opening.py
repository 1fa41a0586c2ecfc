"""Opens a workbook's archive and unpacks it within limits. Parses no XML and trusts no declared size.

What comes out is packed anew for the parsers, so that they see only what was looked at here.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workflow.intake.limits import LIMITS, Limits
from workflow.intake.values import Unreadable

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Package:
    """The unpacked entries of a workbook by name, and the digest of the file as it was sent."""

    entries: Mapping[str, bytes]
    sha256: str

    def packed(self, replaced: Mapping[str, bytes]) -> bytes:
        """A clean archive of the same entries, some of them replaced; stored, for speed."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name, data in self.entries.items():
                archive.writestr(zipfile.ZipInfo(name), replaced.get(name, data))
        return buffer.getvalue()


def open_package(source: bytes | Path, limits: Limits = LIMITS) -> Package:
    """Unpack a workbook. Raises `Unreadable` with the reason a person can act on."""
    data = _read(source, limits)
    _refuse_other_formats(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _unpack(archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("broken") from error
    _refuse_other_packages(entries)
    return Package(entries, hashlib.sha256(data).hexdigest())


def _read(source: bytes | Path, limits: Limits) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            # One byte more than allowed tells a file that is too large, whatever its stated size.
            source = file.read(limits.file_bytes + 1)
    if len(source) > limits.file_bytes:
        raise Unreadable("file_too_large", max_mb=limits.file_bytes // 1_000_000)
    if not source:
        raise Unreadable("empty_file")
    return source


def _refuse_other_formats(data: bytes) -> None:
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise Unreadable("password" if encrypted else "old_xls")
    if not data.startswith(b"PK\x03\x04"):
        text = data[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        raise Unreadable("html" if text.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")) else "not_xlsx")


def _unpack(archive: zipfile.ZipFile, limits: Limits) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _refuse_bombs(infos, limits)
    entries: dict[str, bytes] = {}
    left = limits.unpacked_bytes
    for info in infos:
        entries[info.filename] = _inflate(archive, info, min(left, limits.entry_bytes), limits)
        left -= len(entries[info.filename])
    return entries


def _refuse_bombs(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Judge by what the archive says of itself; what it hides is met while inflating."""
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unreadable("password")
    if len(infos) > limits.entries:
        raise Unreadable("too_many_parts", max=limits.entries)
    if len({info.filename.lower() for info in infos}) < len(infos):
        # Two parts of one name: two parsers could read two different lists.
        raise Unreadable("broken")
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    too_large = unpacked > limits.unpacked_bytes or any(info.file_size > limits.entry_bytes for info in infos)
    if too_large or (unpacked > limits.ratio_from and unpacked > limits.ratio * max(packed, 1)):
        raise Unreadable("unpacks_too_large", max_mb=limits.unpacked_bytes // 1_000_000)


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int, limits: Limits) -> bytes:
    parts: list[bytes] = []
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            room -= len(chunk)
            if room < 0:
                raise Unreadable("unpacks_too_large", max_mb=limits.unpacked_bytes // 1_000_000)
            parts.append(chunk)
    return b"".join(parts)


def _refuse_other_packages(entries: Mapping[str, bytes]) -> None:
    names = {name.lower() for name in entries}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("macros")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unreadable("not_xlsx")
