"""What the forms of a paper may name: its values as plain text, flags and lists. No layout.

The Word templates and the PDF forms are given the same fields, so both say the same. Text is cleaned here once: one
spelling, one space between words, nothing invisible and no control signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import singledispatch
from typing import Any, TypeAlias

from workflow.domain.audit import short_head
from workflow.domain.vietnamese import clean_name, long_date, split_honorific
from workflow.papers import figures
from workflow.papers.shapes import (
    Agenda,
    AuditMark,
    BallotSheet,
    Certificate,
    Certificates,
    CountedGroup,
    CountedLine,
    CountMinutes,
    DecisionDraft,
    DecisionRef,
    Extract,
    Group,
    Head,
    Invitation,
    Line,
    Member,
    Paper,
    Proposal,
    ProposalLetter,
    ResultLine,
    ResultNotice,
    SessionMinutes,
    Signature,
)

Fields: TypeAlias = dict[str, Any]

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    return clean_name(_NOT_IN_XML.sub("", text))


@singledispatch
def fields(paper: Paper) -> Fields:
    """The fields of a paper, by the names that templates use."""
    raise TypeError(f"not a paper: {paper!r}")


# ── what papers share ────────────────────────────────────────────────────────────────────────────


def _head(head: Head) -> Fields:
    return {
        "superior": clean(head.superior),
        "body": clean(head.body),
        "number": figures.number_line(clean(head.symbol), head.number),
        "place_and_day": f"{clean(head.place)}, {figures.day_text(head.day, head.year)}",
        "year": str(head.day.year if head.day else head.year or ""),
    }


def _number_and_day(head: Head) -> Fields:
    """As an annex names the paper it belongs to: `07/TTr-VTĐKT`, `ngày 05 tháng 01 năm 2026`."""
    return {
        "number": figures.number_line(clean(head.symbol), head.number).removeprefix("Số: ") or figures.OPEN,
        "day": figures.day_text(head.day, head.year),
    }


def _signer(signature: Signature | None) -> Fields | None:
    """`lines` as they stand above the signature: `TM. Hội đồng`, `Chủ tịch`."""
    if signature is None:
        return None
    post = clean(signature.post)
    if signature.capacity == "Q." or not signature.capacity:
        lines = [f"{signature.capacity} {post}".strip()]
    else:
        lines = [f"{signature.capacity} {clean(signature.principal)}", post]
    return {"lines": lines, "office": clean(signature.office), "name": clean(signature.name)}


def _audit(mark: AuditMark | None) -> Fields | None:
    """`code` is what a person types to verify, `anchor` what the QR code says: the same entry with its
    whole hash. Whoever makes the paper puts the picture at `qr`."""
    if mark is None:
        return None
    return {"code": f"{mark.number}:{short_head(mark.head)}", "anchor": f"{mark.number}:{mark.head}", "qr": ""}


def _texts(texts: Iterable[str]) -> list[str]:
    return [clean(each) for each in texts]


def _within(text: str, before: str = "") -> str:
    """A text that goes into a sentence of the form: without the mark it ends with, and without words that the form has
    before it, which people copy along: `Căn cứ Luật …;` after “Căn cứ” is `Luật …`."""
    inner = clean(text).rstrip(" .;,/")
    return inner[len(before) :].lstrip() if before and inner.casefold().startswith(f"{before.casefold()} ") else inner


def _all_within(texts: Iterable[str], before: str = "") -> list[str]:
    return [_within(each, before) for each in texts]


def _recipients(texts: Iterable[str]) -> list[str]:
    """With the marks that a list of recipients ends its lines with: `Như Điều 3;`, `Lưu: VT.`"""
    lines = [each.rstrip(";. ") for each in _texts(texts)]
    return [f"{each};" for each in lines[:-1]] + [f"{each}." for each in lines[-1:]]


def _member(member: Member) -> Fields:
    """`text` names him in one go: `Ông Nguyễn Văn A, Thứ trưởng, Chủ tịch Hội đồng`; `signs` is the name alone."""
    parts = _texts((member.name, member.post, member.role))
    text = ", ".join(each for each in parts if each)
    return {"name": parts[0], "post": parts[1], "role": parts[2], "text": text, "signs": split_honorific(parts[0])[1]}


def _line(line: Line) -> Fields:
    return {
        "number": str(line.number),
        "name": clean(line.name),
        "detail": clean(line.detail),
        "unit": clean(line.unit),
        "citation": clean(line.citation),
        "note": clean(line.note),
    }


def _groups(groups: Iterable[Group]) -> list[Fields]:
    return [
        {
            "roman": figures.roman(number),
            "title": clean(group.title),
            "count": figures.number_text(len(group.lines)),
            "lines": [_line(each) for each in group.lines],
        }
        for number, group in enumerate(groups, start=1)
    ]


def _total(groups: Iterable[Group] | Iterable[CountedGroup]) -> str:
    return figures.number_text(sum(len(each.lines) for each in groups))


def _has_citations(groups: Iterable[Group]) -> bool:
    return any(clean(line.citation) for group in groups for line in group.lines)


def _counted(counted: CountedLine) -> Fields:
    tally, vote = counted.count.tally, counted.count.vote
    return {
        **_line(counted.line),
        "yes": tally.yes,
        "no": tally.no,
        "blank": tally.blank,
        "invalid": tally.invalid,
        "ratio": f"{vote.yes}/{vote.base}",
        "percent": figures.percent_text(vote.yes, vote.base, counted.count.rule),
        "verdict": figures.verdict_text(vote.passed, vote.reason_codes),
    }


def _counted_groups(groups: Iterable[CountedGroup]) -> list[Fields]:
    return [
        {
            "number": str(number),
            "title": clean(group.title),
            "rule": figures.rule_text(group.rule),
            "count": figures.number_text(len(group.lines)),
            "passed": figures.number_text(sum(each.count.vote.passed for each in group.lines)),
            "lines": [_counted(each) for each in group.lines],
        }
        for number, group in enumerate(groups, start=1)
    ]


def _decision(decision: DecisionRef) -> Fields:
    return {
        "number": clean(decision.full_number),
        "day": long_date(decision.issued_on),
        "authority": clean(decision.authority),
        "subject": _within(decision.subject, "Về việc"),
    }


# ── before the session ───────────────────────────────────────────────────────────────────────────


@fields.register
def _(paper: Agenda) -> Fields:
    return {
        "head": _head(paper.head),
        "session": clean(paper.session),
        "day": long_date(paper.held_on),
        "weekday": figures.weekday_text(paper.held_on),
        "begins": figures.time_text(paper.begins),
        "venue": _within(paper.venue),
        "chair": _member(paper.chair),
        "items": [
            {
                "number": str(number),
                "begins": figures.time_text(each.begins) if each.begins else "",
                "text": clean(each.text),
                "who": clean(each.who),
            }
            for number, each in enumerate(paper.items, start=1)
        ],
        "groups": _groups(paper.groups),
        "total": _total(paper.groups),
        "make_up": _all_within(paper.make_up),
        "remarks": _all_within(paper.remarks),
        "signer": _signer(paper.signature),
    }


@fields.register
def _(paper: Invitation) -> Fields:
    return {
        "head": _head(paper.head),
        "session": clean(paper.session),
        "invited": _all_within(paper.invited),
        "day": long_date(paper.held_on),
        "weekday": figures.weekday_text(paper.held_on),
        "begins": figures.time_text(paper.begins),
        "ends": figures.time_text(paper.ends) if paper.ends else "",
        "venue": _within(paper.venue),
        "chair": _within(paper.chair),
        "content": _all_within(paper.content),
        "answer_by": long_date(paper.answer_by) if paper.answer_by else "",
        "contact": _within(paper.contact),
        "signer": _signer(paper.signature),
        "recipients": _recipients(paper.recipients),
    }


@fields.register
def _(paper: BallotSheet) -> Fields:
    return {
        "head": _head(paper.head),
        "session": clean(paper.session),
        "day": long_date(paper.held_on),
        "groups": _groups(paper.groups),
        "written": paper.written,
        "answer_by": long_date(paper.answer_by) if paper.answer_by else "",
    }


# ── what happened there ──────────────────────────────────────────────────────────────────────────


@fields.register
def _(paper: CountMinutes) -> Fields:
    return {
        "head": _head(paper.head),
        "session": clean(paper.session),
        "day": long_date(paper.held_on),
        "begins": figures.time_text(paper.begins),
        "ends": figures.time_text(paper.ends),
        "venue": _within(paper.venue),
        "team": [_member(each) for each in paper.team],
        "members": paper.members,
        "present": paper.present,
        "written": paper.written,
        "recused": paper.recused,
        "recounts": _within(paper.recounts),
        "sheets": {
            "issued": paper.sheets.issued,
            "returned": paper.sheets.returned,
            "written": paper.sheets.written,
            "valid": paper.sheets.valid,
            "invalid": paper.sheets.invalid,
        },
        "groups": _counted_groups(paper.groups),
        "total": _total(paper.groups),
        "audit": _audit(paper.audit),
    }


@fields.register
def _(paper: SessionMinutes) -> Fields:
    return {
        "head": _head(paper.head),
        "session": clean(paper.session),
        "day": long_date(paper.held_on),
        "begins": figures.time_text(paper.begins),
        "ends": figures.time_text(paper.ends),
        "venue": _within(paper.venue),
        "in_writing": paper.in_writing,
        "chair": _member(paper.chair),
        "secretary": _member(paper.secretary),
        "members": paper.members,
        "present_count": len(paper.present),
        "present": [_member(each) for each in paper.present],
        "absent_count": len(paper.absences),
        "absences": [
            {**_member(each.member), "reason": _within(each.reason), "wrote": each.wrote} for each in paper.absences
        ],
        "written": sum(each.wrote for each in paper.absences),
        "guests": [_member(each) for each in paper.guests],
        "quorum_needed": paper.quorum_needed,
        "quorum_counted": paper.quorum_counted,
        "quorum_met": paper.quorum_needed is None or paper.quorum_counted >= paper.quorum_needed,
        "course": _texts(paper.course),
        "recusals": [
            {"member": clean(each.member), "lines": _within(each.lines), "reason": _within(each.reason)}
            for each in paper.recusals
        ],
        "groups": _counted_groups(paper.groups),
        "total": _total(paper.groups),
        "dissents": [
            {"member": clean(each.member), "about": clean(each.about), "text": clean(each.text)}
            for each in paper.dissents
        ],
        "chair_statement": clean(paper.chair_statement),
        "conclusion": _texts(paper.conclusion),
        "signer": _signer(paper.chair_signature or Signature("Chủ tọa", split_honorific(paper.chair.name)[1])),
        "recipients": _recipients(paper.recipients),
        "audit": _audit(paper.audit),
    }


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


def _proposal(number: int, proposal: Proposal) -> Fields:
    lines = [
        {**_counted(each), "result": _result_text(each)}
        if isinstance(each, CountedLine)
        else {**_line(each), "result": ""}
        for each in proposal.lines
    ]
    return {
        "number": str(number),
        "roman": figures.roman(number),
        "title": clean(proposal.title),
        "count": figures.number_text(len(lines)),
        "lines": lines,
    }


def _result_text(counted: CountedLine) -> str:
    vote = counted.count.vote
    percent = figures.percent_text(vote.yes, vote.base, counted.count.rule)
    return f"{vote.yes}/{vote.base} ({percent})" if percent else f"{vote.yes}/{vote.base}"


@fields.register
def _(paper: ProposalLetter) -> Fields:
    proposals = [_proposal(number, each) for number, each in enumerate(paper.proposals, start=1)]
    return {
        "head": _head(paper.head),
        **_number_and_day(paper.head),
        "subject": _within(paper.subject, "Về việc"),
        "addressee": _within(paper.addressee, "Kính gửi:"),
        "bases": _all_within(paper.bases, "Căn cứ"),
        "paragraphs": _texts(paper.paragraphs),
        "proposals": proposals,
        "total": figures.number_text(sum(len(each.lines) for each in paper.proposals)),
        "counted": any(line["result"] for each in proposals for line in each["lines"]),
        "enclosures": _all_within(paper.enclosures),
        "signer": _signer(paper.signature),
        "recipients": _recipients(paper.recipients),
    }


def _articles(texts: tuple[str, ...]) -> list[Fields]:
    """The last one ends with the form's own mark, `./.`."""
    cleaned = _texts(texts)
    last = _all_within(cleaned[-1:])
    return [{"number": str(number), "text": text} for number, text in enumerate([*cleaned[:-1], *last], start=1)]


@fields.register
def _(paper: DecisionDraft) -> Fields:
    return {
        "head": _head(paper.head),
        **_number_and_day(paper.head),
        "subject": _within(paper.subject, "Về việc"),
        "authority": clean(paper.authority),
        "bases": _all_within(paper.bases, "Căn cứ"),
        "proposed_by": _within(paper.proposed_by, "Theo đề nghị của"),
        "articles": _articles(paper.articles),
        "signer": _signer(paper.signature),
        "recipients": _recipients(paper.recipients),
        "audit": _audit(paper.audit),
        "annex_title": clean(paper.annex_title),
        "groups": _groups(paper.annex),
        "several": len(paper.annex) > 1,
        "citations": _has_citations(paper.annex),
        "total": _total(paper.annex),
    }


# ── after the decision ───────────────────────────────────────────────────────────────────────────


def _result_line(result: ResultLine) -> Fields:
    told = clean(result.outcome)
    if result.decision is not None:
        told += f" theo Quyết định số {clean(result.decision.full_number)} {long_date(result.decision.issued_on)}"
    return {**_line(result.line), "award": clean(result.award), "outcome": told, "ground": clean(result.ground)}


@fields.register
def _(paper: ResultNotice) -> Fields:
    return {
        "head": _head(paper.head),
        "subject": _within(paper.subject),
        "addressee": _within(paper.addressee, "Kính gửi:"),
        "letter": _within(paper.letter),
        "lines": [_result_line(each) for each in paper.lines],
        "total": figures.number_text(len(paper.lines)),
        "paragraphs": _texts(paper.paragraphs),
        "signer": _signer(paper.signature),
        "recipients": _recipients(paper.recipients),
    }


@fields.register
def _(paper: Extract) -> Fields:
    return {
        "head": _head(paper.head),
        "decision": _decision(paper.decision),
        "article": clean(paper.article),
        "groups": _groups(paper.groups),
        "several": len(paper.groups) > 1,
        "citations": _has_citations(paper.groups),
        "total": _total(paper.groups),
        "signer": _signer(paper.signature),
        "recipients": _recipients(paper.recipients),
    }


def _certificate(page: Certificate) -> Fields:
    return {
        "authority": clean(page.authority),
        "verb": clean(page.verb),
        "award": clean(page.award),
        "name": clean(page.name),
        "detail": clean(page.detail),
        "citation": clean(page.citation),
        "decision": _decision(page.decision),
        "place_and_day": f"{clean(page.place)}, {figures.day_text(page.day)}",
        "register_number": clean(page.register_number),
        "signer": _signer(page.signature),
    }


@fields.register
def _(paper: Certificates) -> Fields:
    return {"pages": [_certificate(each) for each in paper.pages]}
