"""Whether a signed PDF is the decision that it is put on: what was found in the file, held against what was recorded.

Reading the file is not done here, and neither is asking whom to trust: both come in as facts. What is not known makes
nothing true: a file whose words cannot be read is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal

from workflow.domain.audit import short_head
from workflow.domain.vietnamese import fold

Changes = Literal["none", "signatures", "content"]
"""What was added after a signature: `none`, `signatures` (further ones, time stamps), or `content` (anything else)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of the file. `holds`: the bytes are those signed, by the key of its certificate.

    `trusted` is None where no certificates to trust were named. `signed_at` (ISO) is what the signer's own clock said
    unless `stamped`. `covers` is false where bytes of its own revision lie outside of what was signed.
    """

    name: str
    signer: str
    organisation: str
    issuer: str
    signed_at: str
    stamped: bool
    holds: bool
    trusted: bool | None
    changes: Changes
    covers: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a PDF. `trouble` names why it cannot be read, "" for none.

    `text` is what its pages and its signatures show; `blank` tells that the pages alone show no word.

    `draft` is the SHA-256 of the draft of ours that its first bytes are, "" for none; `draft_kept` whether nothing but
    signatures came on top of it.
    """

    signatures: tuple[Signature, ...] = ()
    text: str = ""
    blank: bool = False
    pages: int = 0
    draft: str = ""
    draft_kept: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """The decision as it was recorded, and the names on its annex."""

    number: int
    symbol: str
    issued_on: date
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked of the file. `holds` is None where it could not be asked; then it refuses nothing."""

    code: str
    holds: bool | None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that was asked, in the order in which people ask it, and who signed."""

    findings: tuple[Finding, ...]
    signatures: tuple[Signature, ...] = ()

    @property
    def refused(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.holds is False)

    @property
    def accepted(self) -> bool:
        return not self.refused


def judge(looked: Looked, expected: Expected, heads: Mapping[int, str] | None = None) -> Verdict:
    """Is it signed, unchanged, and ours? `heads` are hashes of the audit entries whose codes `codes_in` found."""
    if looked.trouble:
        return Verdict((Finding(looked.trouble, False),))
    if not looked.signatures:
        return Verdict((Finding("signed", False),))
    findings = (*_signed(looked.signatures), *_ours(looked, expected, heads or {}))
    return Verdict(findings, looked.signatures)


# ── signed, and unchanged since ──────────────────────────────────────────────────────────────────


def _signed(signatures: tuple[Signature, ...]) -> Iterator[Finding]:
    broken = [each.signer or each.name for each in signatures if not each.holds]
    changed = [each.signer or each.name for each in signatures if each.changes == "content"]
    yield Finding("signed", True, {"amount": len(signatures)})
    yield Finding("intact", not broken, {"signers": ", ".join(broken)})
    whole = not changed and all(each.covers for each in signatures)
    # One that does not hold says nothing about what came after it.
    yield Finding("unchanged", None if broken and whole else whole, {"signers": ", ".join(changed)})
    standing = [each for each in signatures if each.holds]
    untrusted = [each.signer or each.name for each in standing if each.trusted is False]
    asked = bool(standing) and all(each.trusted is not None for each in standing)
    yield Finding("trusted", False if untrusted else True if asked else None, {"signers": ", ".join(untrusted)})


# ── ours ─────────────────────────────────────────────────────────────────────────────────────────

_NUMBER = re.compile(r"\bso\s*:\s*(\d+)\s*/\s*([a-z0-9]+(?:\s*-\s*[a-z0-9]+)*)")
_CODE = re.compile(r"(?<![0-9a-f:-])(\d{1,12}):([0-9a-f]{4}(?:-[0-9a-f]{4}){3})(?![0-9a-f-])")


def _ours(looked: Looked, expected: Expected, heads: Mapping[int, str]) -> Iterator[Finding]:
    known = bool(looked.draft and looked.draft_kept)
    if looked.draft:
        yield Finding("draft", looked.draft_kept)
    words = fold(looked.text)
    own = _NUMBER.search(words)
    if (looked.blank or not words) and not _has_number(words, own, expected):
        # A picture of a paper, signed: by its words it may be anything.
        yield Finding("text", known)
        return
    number = {"number": f"{expected.number:02d}/{expected.symbol}", "found": _as_number(own) if own else ""}
    yield Finding("number", _has_number(words, own, expected) or (known and own is None), number)
    yield Finding("day", _has_day(words, expected.issued_on) or known, {"day": f"{expected.issued_on:%d/%m/%Y}"})
    codes = codes_in(looked.text)
    if codes:
        wrong = [code for entry, code in codes.items() if short_head(heads.get(entry, "")) != code]
        yield Finding("audit", not wrong, {"codes": ", ".join(wrong)})
    if expected.names:
        squeezed = _squeezed(words)
        found = sum(_squeezed(fold(name)) in squeezed for name in expected.names)
        # The list may be signed as a file of its own, so a name that is not there refuses nothing.
        yield Finding("names", True if found == len(expected.names) else None,
                      {"found": found, "all": len(expected.names)})  # fmt: skip


def codes_in(text: str) -> dict[int, str]:
    """Codes of the audit chain that are printed in a text, by the number of their entry."""
    return {int(number): code for number, code in _CODE.findall(text)}


def _squeezed(words: str) -> str:
    """Without blanks: what a PDF says lies in pieces that a reader puts together by eye."""
    return "".join(words.split())


def _as_number(found: re.Match[str]) -> str:
    """As people write it; its text is folded, so that the letter Đ of a decision's symbol is put back."""
    return re.sub(r"\bQD\b", "QĐ", f"{int(found[1]):02d}/{_squeezed(found[2]).upper()}")


def _has_number(words: str, own: re.Match[str] | None, expected: Expected) -> bool:
    """The document's own number stands first after “Số:”; others may be cited further down."""
    symbol = _squeezed(fold(expected.symbol))
    if own is not None:
        return int(own[1]) == expected.number and _squeezed(own[2]) == symbol
    spread = re.escape(symbol).replace(r"\-", r"\s*-\s*")
    return re.search(rf"(?<![\d/])0*{expected.number}\s*/\s*{spread}(?![a-z0-9-])", words) is not None


def _has_day(words: str, on: date) -> bool:
    long = rf"ngay\s*0?{on.day}\s+thang\s*0?{on.month}\s+nam\s*{on.year}"
    return re.search(rf"{long}|(?<!\d)0?{on.day}/0?{on.month}/{on.year}(?!\d)", words) is not None


# ── kept beside the file ─────────────────────────────────────────────────────────────────────────


def to_kept(verdict: Verdict) -> dict[str, Any]:
    """Plain values, as `from_kept` reads them back."""
    names = tuple(each.name for each in fields(Signature))
    return {
        "findings": [
            {"code": each.code, "holds": each.holds, "params": dict(each.params)} for each in verdict.findings
        ],
        "signatures": [{name: getattr(each, name) for name in names} for each in verdict.signatures],
    }


def from_kept(kept: Mapping[str, Any]) -> Verdict:
    return Verdict(
        tuple(Finding(each["code"], each["holds"], each["params"]) for each in kept.get("findings", ())),
        signatures_from(kept.get("signatures", ())),
    )


def signatures_from(kept: Iterable[Mapping[str, Any]]) -> tuple[Signature, ...]:
    return tuple(Signature(**each) for each in kept)
