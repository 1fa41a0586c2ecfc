"""Papers of a decision: its draft ready to be signed, and what follows it.

What follows are the notice of result to a unit, the extract of the decision for a unit or one nominee, and the words
of certificates for the printer. A unit may have the first two of its own lines and of no others; nobody has them of
a result that is not released.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Table, select

from definitions.calendar import local_day
from definitions.flow import Flow
from workflow.domain import letters
from workflow.papers import figures, making, shapes
from workflow.papers.shapes import House
from workflow.services import accessing, auditing, decision_files, decisions_book, dossier, paper_words
from workflow.services.decisions_book import Shown, UnknownDecision
from workflow.services.desk import Desk
from workflow.services.flow_book import UNIT_ROLES, Book, book
from workflow.services.looking import UnknownNomination, canonical
from workflow.services.paper_words import word
from workflow.services.viewing import Viewer
from workflow.storage import decisions
from workflow.storage.database import read
from workflow.storage.decisions import Wanted
from workflow.storage.papers import PaperRefused
from workflow.storage.sight import Sight
from workflow.storage.tables import Unit
from workflow.wording import award_name

_U: Table = Unit.__table__  # type: ignore[attr-defined]
Form = Literal["pdf", "docx"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as a file, and the decision it is of."""

    full_number: str
    content: bytes


def drafts(authority: str, kind: str) -> bool:
    """Whether decisions of this signer and kind are written here: what others sign, others write."""
    return authority == "minister" and kind != "revocation"


def draft(
    desk: Desk, viewer: Viewer, id_: int, form: Form, house: House, now: datetime, own: Path | None = None
) -> Draft:
    """The decision with its annex and the head of the audit chain. A PDF is remembered: it goes to be signed.

    `own` is the house's folder of Word templates. Raises UnknownDecision, and PaperRefused for a person who may not, or
    a decision that is not the minister's own.
    """
    if not viewer.may("signing.attach"):
        raise PaperRefused("decision_file_not_allowed")
    shown = decisions_book.show(desk, viewer, id_, limit=None)
    if not drafts(shown.issued.authority, shown.issued.kind):
        raise PaperRefused("decision_draft_none", number=shown.issued.full_number)
    head = auditing.head(desk)
    paper = replace(_decision(shown, house), audit=shapes.AuditMark(head.number, head.hash))
    if form == "docx":
        return Draft(shown.issued.full_number, making.docx(paper, own))
    content = making.pdf(paper)
    name = f"{shown.issued.full_number.replace('/', '-')}.pdf"
    decision_files.keep_draft(desk, viewer, id_, content, name, now)
    return Draft(shown.issued.full_number, content)


def _decision(shown: Shown, house: House) -> shapes.DecisionDraft:
    issued = shown.issued
    award = award_name(issued.award, "vi")
    nominees = [each.nominee for each in shown.annex]
    return shapes.DecisionDraft(
        head=house.ministry_head(issued.symbol, issued.number, issued.issued_on),
        subject=word("subject", award=award),
        authority=paper_words.authority(house, "minister"),
        bases=shown.legal,
        proposed_by=house.office,
        articles=paper_words.articles(issued.award, nominees),
        signature=paper_words.signature(issued.capacity, shown.post, issued.signer),
        recipients=paper_words.recipients("as_article_3"),
        annex_title=word("annex", award=award),
        annex=paper_words.parted([paper_words.line(each.place, each) for each in shown.annex], nominees),
    )


# ── what follows the decision ────────────────────────────────────────────────────────────────────

FOR_UNIT: tuple[str, ...] = ("thong_bao", "trich_luc")
"""Papers of one unit's lines."""
ALONE = "trich_luc_ho_so"
"""The extract for one dossier alone."""
OF_DOSSIER = (*FOR_UNIT, ALONE)
WHOLE = "bang_khen"
"""The words of the certificates, for the printer."""
_EVERYTHING = Sight(everything=True)
"""An extract numbers its lines as the whole annex does, whoever reads it."""
_TELLS_UNIT = frozenset({"unit", *UNIT_ROLES})
_GROUNDS = ("legal_ground", "reason")
"""What an act that ends a dossier without an award gives as its ground."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit with released lines in a decision, and how many."""

    unit: str
    name: str
    amount: int


def units(desk: Desk, viewer: Viewer, id_: int) -> tuple[Offer, ...]:
    """Units to which papers of this decision go, for whoever hands them out; for others none."""
    if not viewer.may("signing.paper"):
        return ()
    with read(desk.engine) as connection:
        return tuple(Offer(*row) for row in decisions.units(connection, viewer.sight, id_))


def paper(
    desk: Desk, viewer: Viewer, id_: int, which: str, house: House, now: datetime, at: datetime,
    *, unit: str = "", code: str = "",
) -> shapes.Paper:  # fmt: skip
    """One paper of a decision: for `unit`, for the one dossier `code`, or of the whole where it is certificates.

    Whoever hands papers out has them of every unit, somebody of a unit those of his own. Noted at `at`, the machine's
    clock. Raises UnknownDecision, also where nothing of it may be told to him yet, and PaperRefused.
    """
    hands_out = viewer.may("signing.paper")
    if not hands_out and not viewer.own_units:
        raise PaperRefused("signing_paper_not_allowed")
    known = (*FOR_UNIT, WHOLE) if hands_out else FOR_UNIT
    if which not in known:
        raise PaperRefused("signing_paper_unknown", paper=which, papers=", ".join(known))
    with read(desk.engine) as connection:
        row, lines = _told(connection, viewer, id_)
        if code:
            lines = [each for each in lines if each.row.code == canonical(code)]
        owners = list(dict.fromkeys(each.row.unit for each in lines))
        if which in FOR_UNIT and not unit and len(owners) > 1:
            raise PaperRefused("decision_paper_unit", units=", ".join(owners))
        lines = [each for each in lines if unit in ("", each.row.unit)]
        if not lines:
            raise UnknownDecision(id_)
        made = _made(connection, desk, row, lines, which, house, local_day(now))
    accessing.record(desk, viewer.person, "decision.paper", f"{which} {row.full_number} {code or unit}".strip(), at)
    return made


def of_dossier(
    desk: Desk, viewer: Viewer, code: str, which: str, house: House, now: datetime, at: datetime
) -> shapes.Paper:
    """A paper about a dossier's result, one of `ready`.

    Raises UnknownNomination for a dossier that is not this person's to see, or of which there is no such paper.
    """
    with read(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
        unit = _own_unit(connection, viewer, row.unit_id)
        if unit is None or which not in _ready(connection, desk, row):
            raise UnknownNomination(code)
        if row.decision_id is None:
            made = _notice(connection, desk, row.unit_id, unit.name, row.award, row.kind, (row.round_id,), house,
                           local_day(now))  # fmt: skip
    if row.decision_id is None:
        accessing.record(desk, viewer.person, "decision.paper", f"{which} {row.code}", at)
        return made
    alone = which == ALONE
    return paper(
        desk, viewer, row.decision_id, "trich_luc" if alone else which, house, now, at, unit=unit.code,
        code=row.code if alone else "",
    )  # fmt: skip


def ready(desk: Desk, viewer: Viewer, code: str) -> tuple[str, ...]:
    """Papers about the result of this dossier that this person may have now. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
        return _ready(connection, desk, row) if _own_unit(connection, viewer, row.unit_id) is not None else ()


def _ready(connection: Connection, desk: Desk, row: Any) -> tuple[str, ...]:
    """A notice of any result, an extract where a decision stands."""
    flow = desk.flows.get(connection, row.flow_version_id).flow
    if not _is_told(row) or row.kind == "revocation" or not _has_result(flow, row):
        return ()
    return OF_DOSSIER if row.decision_id is not None and row.state != "revoked" else OF_DOSSIER[:1]


def _own_unit(connection: Connection, viewer: Viewer, id_: int) -> Any | None:
    """The unit of this id, if papers of it may be handed to this person."""
    unit = connection.execute(select(_U.c.code, _U.c.name).where(_U.c.id == id_)).one()
    return unit if viewer.may("signing.paper") or unit.code in viewer.sight.units else None


# ── what may be told ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line of a decision with its number in the annex."""

    place: int
    row: Any


def _told(connection: Connection, viewer: Viewer, id_: int) -> tuple[Any, list[_Placed]]:
    """The decision, and those of its lines of which papers may go to this person. Raises UnknownDecision for none."""
    row = decisions.one(connection, Wanted(viewer.sight), id_)
    if row is None:
        raise UnknownDecision(id_)
    everything = viewer.may("signing.paper")
    lines = [
        _Placed(place, each)
        for place, each in enumerate(decisions.lines(connection, _EVERYTHING, id_), start=1)
        if _is_told(each) and (everything or each.unit in viewer.sight.units)
    ]
    if not lines:
        raise UnknownDecision(id_)
    return row, lines


def _is_told(row: Any) -> bool:
    """Whether the unit reads where this dossier stands: nothing of its result is held back."""
    return row.state == row.shown_state and not row.memory.get("holds")


def _has_result(flow: Flow, row: Any) -> bool:
    return row.decision_id is not None or _negative(flow, row)


def _negative(flow: Flow, row: Any) -> bool:
    state = flow.states.get(row.state)
    return state is not None and state.final == "negative"


# ── each of them ─────────────────────────────────────────────────────────────────────────────────


def _made(
    connection: Connection, desk: Desk, row: Any, lines: Sequence[_Placed], which: str, house: House, today: date
) -> shapes.Paper:
    if row.kind == "revocation" or (which == WHOLE and not drafts(row.authority, row.kind)):
        raise PaperRefused("decision_paper_none", number=row.full_number, paper=which)
    if which == "thong_bao":
        first = lines[0].row
        rounds = tuple(dict.fromkeys(each.row.round_id for each in lines))
        return _notice(connection, desk, first.unit_id, first.unit_name, row.award, row.kind, rounds, house, today)
    standing = [each for each in lines if each.row.state != "revoked"]
    if not standing:
        raise PaperRefused("decision_paper_none", number=row.full_number, paper=which)
    return _extract(row, standing, house, today) if which == "trich_luc" else _certificates(row, standing, house)


def _extract(row: Any, lines: Sequence[_Placed], house: House, today: date) -> shapes.Extract:
    units = dict.fromkeys(each.row.unit_name for each in lines)
    return shapes.Extract(
        head=replace(house.ministry_head(house.symbol("TL", house.ministry_symbol)), year=today.year),
        decision=_ref(row, house),
        article=word("extract.article", award=award_name(row.award, "vi")),
        groups=paper_words.parted(
            [paper_words.line(each.place, each.row) for each in lines], [each.row.nominee for each in lines]
        ),
        signature=shapes.Signature(word("extract.signer"), "", "TL.", word("authority.minister")),
        recipients=(*units, word("archive")),
    )


def _ref(row: Any, house: House) -> shapes.DecisionRef:
    return shapes.DecisionRef(
        row.full_number, row.issued_on, paper_words.authority(house, row.authority),
        word("subject", award=award_name(row.award, "vi")),
    )  # fmt: skip


def _certificates(row: Any, lines: Sequence[_Placed], house: House) -> shapes.Certificates:
    """One page for each, in the order of the annex."""
    award = award_name(row.award, "vi").removesuffix(word("certificate.of_minister"))
    signature = paper_words.signature(row.capacity, decisions_book.post_of(row.act_fields), row.signer)
    decision = _ref(row, house)
    return shapes.Certificates(
        tuple(
            shapes.Certificate(
                decision.authority, word("certificate.verb"), award, each.row.name, paper_words.detail(each.row),
                each.row.achievement, decision, house.place, row.issued_on, signature,
                str(each.row.memory.get("fields", {}).get("certificate_no", "")),
            )
            for each in lines
        )
    )  # fmt: skip


def _notice(
    connection: Connection, desk: Desk, unit_id: int, unit_name: str, award: str, kind: str, rounds: Sequence[int],
    house: House, today: date,
) -> shapes.ResultNotice:  # fmt: skip
    """What became of all that the unit proposed for this award, as far as it is released: awarded or not."""
    flows = book(desk, connection)
    rows = [
        each
        for each in decisions.of_unit(connection, unit_id, award, kind, rounds)
        if _is_told(each) and _has_result(flows.flows[each.flow_version_id], each)
    ]
    grounds = _grounds(connection, flows, rows)
    answered = dict.fromkeys((each.letter_number, each.letter_on) for each in rows)
    return shapes.ResultNotice(
        head=replace(house.office_head(house.symbol("TB", house.office_symbol)), year=today.year),
        subject=word("notice.subject", award=award_name(award, "vi")),
        addressee=unit_name,
        letter="; ".join(
            word("notice.letter_on" if on else "notice.letter", number=number, on=on and figures.day_text(on))
            for number, on in answered
            if letters.has_number(number)
        ),
        lines=tuple(
            _result(place, each, flows.flows[each.flow_version_id], grounds.get(each.id, ""), house)
            for place, each in enumerate(rows, start=1)
        ),
        paragraphs=(word("notice.tell"),),
        signature=paper_words.office_signature(connection, house, today),
        recipients=paper_words.recipients("as_above"),
    )


def _result(number: int, row: Any, flow: Flow, ground: str, house: House) -> shapes.ResultLine:
    detail = "" if row.nominee == "collective" else ", ".join(each for each in (row.position, row.workplace) if each)
    line = shapes.Line(number, row.name, detail)
    award = award_name(row.award, "vi")
    if _negative(flow, row):
        return shapes.ResultLine(line, award, flow.states[row.state].unit.vi, None, ground)
    decision = shapes.DecisionRef(row.full_number, row.issued_on, paper_words.authority(house, row.authority))
    return shapes.ResultLine(line, award, word("notice.awarded"), decision)


def _grounds(connection: Connection, flows: Book, rows: Iterable[Any]) -> Mapping[int, str]:
    """Why a dossier was not awarded, where the act that said so tells its ground to the unit."""
    ended = [each.id for each in rows if _negative(flows.flows[each.flow_version_id], each)]
    found = {}
    for event in decisions.last_events(connection, ended):
        transition = flows.flows[event.flow_version_id].transitions.get(event.transition)
        if transition is None:
            continue
        notices = (*transition.mail, *(each for branch in transition.branches for each in branch.mail))
        if any(not _TELLS_UNIT.isdisjoint(each.to) for each in notices):
            brought = {**(event.act_fields or {}), **(event.data or {}).get("fields", {})}
            found[event.nomination_id] = next((str(brought[name]) for name in _GROUNDS if brought.get(name)), "")
    return found
