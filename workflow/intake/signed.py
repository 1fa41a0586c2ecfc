"""Reads a signed PDF: who signed it, what holds, what was added since, its words. The only room that imports pyhanko.

A PDF comes from outside and may be made to keep a reader busy for ever. It is read in a child process with bounds on
time and memory; nothing is fetched, from nowhere. What the findings mean is for `workflow.domain.signed_copy`.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workflow.domain.signed_copy import Changes, Looked, Signature, signatures_from

SECONDS, MEGABYTES = 20, 1024
MOST_PAGES = 500
MOST_LETTERS = 2_000_000
MOST_SIGNATURES = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that we made: its bytes are known by their hash and how many there are."""

    sha256: str
    size: int


def look(
    content: bytes, drafts: Sequence[Draft], trusted: Sequence[bytes], at: datetime, *, seconds: int = SECONDS
) -> Looked:
    """What is in this PDF. `trusted` are certificates (DER) of authorities; `at` is when theirs must be valid.

    A file that cannot be read, or not within the bounds, is told as `trouble`: unreadable, encrypted, too_long.
    """
    task = {
        "drafts": [asdict(each) for each in drafts], "trusted": [each.hex() for each in trusted],
        "at": at.isoformat(), "seconds": seconds,
    }  # fmt: skip
    child = subprocess.run(
        [sys.executable, "-m", "workflow.intake.signed"], input=json.dumps(task).encode() + b"\n" + content,
        capture_output=True, check=False,
    )  # fmt: skip
    if child.returncode != 0:
        late = child.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        return Looked(trouble="too_long" if late else "unreadable")
    found = json.loads(child.stdout)
    return Looked(**{**found, "signatures": signatures_from(found["signatures"])})


def certificates(content: bytes) -> list[bytes]:
    """The certificates (DER) of a file, armoured or not. Raises ValueError for one that holds something else."""
    from asn1crypto import pem, x509

    if pem.detect(content):
        found = [body for name, _, body in pem.unarmor(content, multiple=True) if name == "CERTIFICATE"]
    else:
        found = [content]
    for each in found:
        x509.Certificate.load(each, strict=True).subject.native  # noqa: B018 - reads it, or says why not
    return found


# ── in the child ─────────────────────────────────────────────────────────────────────────────────


def _main() -> None:
    task = json.loads(sys.stdin.buffer.readline())
    size = MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (task["seconds"], task["seconds"] + 1))
    logging.disable(logging.CRITICAL)  # libraries tell of every oddity of a file; the answer alone goes out
    found = read(
        sys.stdin.buffer.read(), [Draft(**each) for each in task["drafts"]],
        [bytes.fromhex(each) for each in task["trusted"]], datetime.fromisoformat(task["at"]),
    )  # fmt: skip
    sys.stdout.write(json.dumps(asdict(found)))


def read(content: bytes, drafts: Sequence[Draft], trusted: Sequence[bytes], at: datetime) -> Looked:
    """`look` in this process: without bounds, for files that are known."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted:
            return Looked(trouble="encrypted")
        embedded = list(reader.embedded_regular_signatures)
        if len(embedded) > MOST_SIGNATURES:
            return Looked(trouble="too_long")
        signatures = tuple(
            _signature(each, place, len(embedded), trusted, at) for place, each in enumerate(embedded, 1)
        )
        draft = next((each for each in drafts if _begins_with(content, each)), None)
        kept = draft is not None and _kept(reader, content[: draft.size])
    except (PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OSError):
        # What a broken or hostile file does to a reader has no single name; nothing of it is believed.
        return Looked(trouble="unreadable")
    text, blank, pages = _words(content)
    return Looked(signatures, text, blank, pages, draft.sha256 if draft else "", kept)


def _signature(embedded: Any, place: int, amount: int, trusted: Sequence[bytes], at: datetime) -> Signature:
    from asn1crypto import x509
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    certificate = embedded.signer_cert
    names = certificate.subject.native
    issuer = certificate.issuer.native
    roots = [x509.Certificate.load(each) for each in trusted]
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False, revocation_mode="soft-fail")
    about: dict[str, Any] = {
        "name": embedded.field_name or "", "signer": _name(names), "organisation": _text(names, "organization_name"),
        "issuer": _name(issuer), "signed_at": _when(embedded.self_reported_timestamp), "stamped": False,
        "holds": False, "trusted": None if not trusted else False, "changes": "none", "covers": False,
    }  # fmt: skip
    try:
        status = validate_pdf_signature(embedded, signer_validation_context=context)
    except (SignatureValidationError, SigningError):
        return Signature(**about)
    stamp = status.timestamp_validity
    if stamp is not None and stamp.intact and stamp.valid:
        about |= {"signed_at": _when(stamp.timestamp), "stamped": True}
    level = status.modification_level
    last = place == amount
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    changes: Changes = "none" if whole or level == ModificationLevel.NONE else "signatures"
    if not whole and level is not None and level > _allowed(last):
        changes = "content"
    return Signature(**{
        **about, "holds": bool(status.intact and status.valid), "trusted": bool(status.trusted) if trusted else None,
        "changes": changes, "covers": status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION,
    })  # fmt: skip


def _allowed(last: bool) -> Any:
    """After the last signature only stamps of time may come; between two signatures, the fields of the next one."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    return ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING


def _name(names: Any) -> str:
    return _text(names, "common_name") or _text(names, "organization_name")


def _text(names: Any, key: str) -> str:
    value = names.get(key, "")
    return str(value[0] if isinstance(value, list) and value else value)[:200]


def _when(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


# ── the draft beneath ────────────────────────────────────────────────────────────────────────────


def _begins_with(content: bytes, draft: Draft) -> bool:
    return len(content) >= draft.size and hashlib.sha256(content[: draft.size]).hexdigest() == draft.sha256


_OF_SIGNING = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Perms", "/Version"})
"""What signing adds to a document as a whole."""


def _kept(reader: Any, draft: bytes) -> bool:
    """Whether nothing but signatures was laid on the draft: signing adds to a file and changes none of its bytes.

    Of the draft's own objects only those may be written again that a signature must be entered in: the document, a page
    and its list of notes, what the file says about itself; and they may differ in those entries alone.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    before = PdfFileReader(io.BytesIO(draft), strict=False)
    known = before.xrefs.total_revisions
    old_pages, new_pages = _pages(before), _pages(reader)
    if len(old_pages) != len(new_pages) or before.root_ref.idnum != reader.root_ref.idnum:
        return False
    may = {before.root_ref.idnum, *(number for number, _ in old_pages)}
    may |= {each for each in (_number(before.root, "/Metadata"), _number(before.trailer_view, "/Info")) if each}
    for (_, old), (_, new) in zip(old_pages, new_pages, strict=True):
        if not _differ_only_in(old, new, frozenset({"/Annots"})) or not _only_signatures_added(old, new):
            return False
        may.add(_number(old, "/Annots"))
    if not _differ_only_in(before.root, reader.root, _OF_SIGNING):
        return False
    own = {each.idnum for number in range(known) for each in before.xrefs.explicit_refs_in_revision(number)}
    again = {
        each.idnum
        for number in range(known, reader.xrefs.total_revisions)
        for each in (
            *reader.xrefs.explicit_refs_in_revision(number), *reader.xrefs.refs_freed_in_revision(number)
        )
    }  # fmt: skip
    return own & again <= may


def _pages(reader: Any) -> list[tuple[int, Any]]:
    """(number of its object, page), in order. Raises ValueError for a tree that is none."""
    found: list[tuple[int, Any]] = []
    waiting = [(reader.root.raw_get("/Pages"), 0)]
    while waiting:
        node, depth = waiting.pop()
        seen = node.get_object()
        if depth > 40 or len(found) > MOST_PAGES:
            raise ValueError("a tree of pages without end")
        if "/Kids" in seen:
            kids = seen["/Kids"]
            waiting += [(kids.raw_get(place), depth + 1) for place in reversed(range(len(kids)))]
        else:
            found.append((node.reference.idnum, seen))
    return found


def _number(holder: Any, key: str) -> int:
    """The number of the object that this entry points at; 0 where it holds the thing itself, or is not there."""
    if key not in holder:
        return 0
    reference = getattr(holder.raw_get(key), "reference", None)
    return int(reference.idnum) if reference is not None else 0


def _written(value: Any) -> bytes:
    buffer = io.BytesIO()
    value.write_to_stream(buffer, None)
    return buffer.getvalue()


def _differ_only_in(old: Any, new: Any, but: frozenset[str]) -> bool:
    names = ({str(each) for each in old} | {str(each) for each in new}) - but
    return all(
        name in old and name in new and _written(old.raw_get(name)) == _written(new.raw_get(name)) for name in names
    )


def _only_signatures_added(old: Any, new: Any) -> bool:
    """Notes of a page: those of before, untouched and in their order, and behind them fields of signatures."""
    earlier = old.get("/Annots", [])
    before = [_written(earlier.raw_get(place)) for place in range(len(earlier))]
    notes = new.get("/Annots", [])
    if [_written(notes.raw_get(place)) for place in range(len(before))] != before:
        return False
    added = [notes[place] for place in range(len(before), len(notes))]
    return all(
        each.get("/Subtype") == "/Widget" and (each.get("/FT") or each.get("/Parent", {}).get("/FT")) == "/Sig"
        for each in added
    )


# ── its words ────────────────────────────────────────────────────────────────────────────────────


def _words(content: bytes) -> tuple[str, bool, int]:
    """What pages and the signatures on them show; whether the pages alone show no word; how many pages there are."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        pages = list(reader.pages[:MOST_PAGES])
        amount = len(reader.pages)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "", True, 0
    own = [_text_of(page) for page in pages]
    stamped = [_text_of(each) for page in pages for each in _shown_by_signatures(reader, page)]
    return "\n".join((*own, *stamped))[:MOST_LETTERS], not any(each.strip() for each in own), amount


def _text_of(page: Any) -> str:
    from pypdf.errors import PyPdfError

    try:
        return str(page.extract_text())
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return ""


def _shown_by_signatures(reader: Any, page: Any) -> Iterable[Any]:
    """Pictures of signatures as pages of their own: a clerk's tool stamps number and day there."""
    from pypdf import PageObject
    from pypdf.errors import PyPdfError
    from pypdf.generic import NameObject

    try:
        for each in page.get("/Annots") or ():
            note = each.get_object()
            shown = (note.get("/AP") or {}).get("/N")
            if note.get("/FT") != "/Sig" or shown is None:
                continue
            picture = shown.get_object()
            made = PageObject(pdf=reader)
            made[NameObject("/Contents")] = picture
            made[NameObject("/Resources")] = picture.get("/Resources", {})
            yield made
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError):
        return


if __name__ == "__main__":
    _main()
