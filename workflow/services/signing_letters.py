"""Papers of a list that awaits a signature: the letter that lays it before the signer, and the decision to be signed.

What the letter reports is what was recorded: letters of units, what the council counted, the legal bases of the flows.
Number and day stay open, for the clerk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Flow
from workflow.domain.facts import TallyFacts
from workflow.papers import shapes
from workflow.papers.shapes import House
from workflow.services import accessing, awaiting_signature, paper_words
from workflow.services.awaiting_signature import Whole
from workflow.services.desk import Desk
from workflow.services.paper_words import word
from workflow.services.viewing import Viewer
from workflow.storage.database import read
from workflow.storage.papers import PaperRefused
from workflow.wording import award_name

MADE: tuple[str, ...] = ("to_trinh", "quyet_dinh")
"""Papers that a list gives while it awaits its signature."""


def made_of(viewer: Viewer, kind: str) -> tuple[str, ...]:
    """Those that this person may have of a list of this kind. A revocation's decision has no form of ours."""
    if not viewer.may("signing.paper"):
        return ()
    return MADE[:1] if kind == "revocation" else MADE


def paper(
    desk: Desk, viewer: Viewer, round_: str, award: str, kind: str, which: str, house: House, now: datetime,
    at: datetime,
) -> shapes.Paper:  # fmt: skip
    """One paper of the whole list; that it was taken is noted at `at`, the machine's clock.

    Raises UnknownList, and PaperRefused (`signing_paper_not_allowed`, `signing_paper_unknown`).
    """
    if not viewer.may("signing.paper"):
        raise PaperRefused("signing_paper_not_allowed")
    if which not in made_of(viewer, kind):
        raise PaperRefused("signing_paper_unknown", paper=which, papers=", ".join(made_of(viewer, kind)))
    today = local_day(now)
    with read(desk.engine) as connection:
        found = awaiting_signature.whole(connection, desk, viewer, round_, award, kind, today)
        made = _MAKERS[which](connection, found, house, today)
    accessing.record(desk, viewer.person, "signing.paper", f"{which} {round_}/{award}/{kind}", at)
    return made


# ── the letter to the signer ─────────────────────────────────────────────────────────────────────


def _letter(connection: Connection, found: Whole, house: House, today: date) -> shapes.ProposalLetter:
    head = found.head
    award = award_name(head.award, "vi")
    counts = [awaiting_signature.counted(flow, row.memory) for row, flow in found.lines]
    minutes = _minutes([each[1] for each in counts if each is not None])
    return shapes.ProposalLetter(
        head=replace(house.office_head(house.symbol("TTr", house.office_symbol)), year=today.year),
        subject=word("letter.revocation" if head.kind == "revocation" else "subject", award=award),
        addressee=paper_words.authority(house, "minister"),
        bases=found.legal,
        paragraphs=(
            word("letter.received", office=house.office, round=head.round_title, units=f"{head.units:02d}",
                 letters=f"{head.letters:02d}"),
            *_voted(counts, minutes, house),
        ),
        proposals=_proposals(found.lines),
        signature=paper_words.office_signature(connection, house, today),
        recipients=paper_words.recipients("as_above"),
        enclosures=(
            *((word("letter.draft"),) if head.kind != "revocation" else ()),
            word("letter.letters", amount=f"{head.letters:02d}"),
            *(word("letter.minutes", minutes=each) for each in minutes),
        ),
    )  # fmt: skip


def _minutes(tallies: Sequence[TallyFacts]) -> tuple[str, ...]:
    """Numbers of the council's minutes, each once, as they come."""
    return tuple(dict.fromkeys(each.minutes for each in tallies if each.minutes))


def _voted(counts: Sequence[Any], minutes: Sequence[str], house: House) -> tuple[str, ...]:
    """What was voted on, and how many were not: sentences for those that there are."""
    asked = [each for each in counts if each is not None]
    said = []
    if asked:
        passed = sum(shapes.Count.of(*each).vote.passed for each in asked)
        code = "letter.voted_minutes" if minutes else "letter.voted"
        said.append(word(code, council=house.council, amount=f"{len(asked):02d}", passed=f"{passed:02d}",
                         minutes=", ".join(minutes)))  # fmt: skip
    if len(asked) < len(counts):
        said.append(word("letter.not_voted", amount=f"{len(counts) - len(asked):02d}"))
    return tuple(said)


def _proposals(lines: Sequence[tuple[Any, Flow]]) -> tuple[shapes.Proposal, ...]:
    """Collectives, then persons; of a list of which some were voted on, those come first."""
    groups: dict[tuple[bool, bool], list[Any]] = {}
    for number, (row, flow) in enumerate(lines, start=1):
        named = paper_words.line(number, row, unit_apart=True)
        count = awaiting_signature.counted(flow, row.memory)
        one = named if count is None else shapes.CountedLine(named, shapes.Count.of(*count))
        groups.setdefault((row.nominee != "collective", count is None), []).append(one)
    titles = {False: word("group.collectives"), True: word("group.persons")}
    return tuple(shapes.Proposal(titles[persons], tuple(found)) for (persons, _), found in sorted(groups.items()))


# ── the decision to be signed ────────────────────────────────────────────────────────────────────


def _decision(connection: Connection, found: Whole, house: House, today: date) -> shapes.DecisionDraft:
    rows = [row for row, _ in found.lines]
    nominees = [row.nominee for row in rows]
    award = award_name(found.head.award, "vi")
    return shapes.DecisionDraft(
        head=replace(house.ministry_head(house.symbol("QĐ", house.ministry_symbol)), year=today.year),
        subject=word("subject", award=award),
        authority=paper_words.authority(house, "minister"),
        bases=found.legal,
        proposed_by=house.office,
        articles=paper_words.articles(found.head.award, nominees),
        signature=shapes.Signature(word("authority.minister")),
        recipients=paper_words.recipients("as_article_3"),
        annex_title=word("annex", award=award),
        annex=paper_words.parted([paper_words.line(at, row) for at, row in enumerate(rows, start=1)], nominees),
        audit=paper_words.mark(connection),
    )


_MAKERS: Mapping[str, Callable[[Connection, Whole, House, date], shapes.Paper]] = {
    "to_trinh": _letter,
    "quyet_dinh": _decision,
}
