"""An appraisal as people look at it: one's own work, one card, what a dossier's cards come to. Reads only.

Who sees what is decided here and not in a page. An appraiser sees the others' cards never, after his own, or always, as
his flow says; who leads the appraisal sees all of them, but not where he is asked himself or stands aside. The council
is shown what they come to, without names, where the flow lays it before it. A unit sees nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Flow, Words
from workflow.domain.facts import Actor
from workflow.domain.recusing import Recusal, recusals
from workflow.domain.scoring import Scorecard, Scores, Sight, scores, sight
from workflow.services.appraisers import ASSIGNS
from workflow.services.appraising import AppraisalError, Matter, gather, own_units, recusal_of
from workflow.services.desk import Desk
from workflow.services.dossier import find, seen_of
from workflow.services.viewing import COUNCIL, UNIT, Viewer
from workflow.storage import appraisals as rows, directory
from workflow.storage.appraisals import AppraiserRow, CardRow, DossierRow
from workflow.storage.database import read

LEADS = frozenset({*ASSIGNS, "auditor"})
"""Roles that see who appraises and what everybody gave."""
MOST_BEFORE = 100
"""Dossiers that came to an end of which somebody is shown what he gave, the latest."""
TABLE = COUNCIL | {"signer", "minister_office"}
"""Roles before which the flow may lay what the cards come to."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean points of one criterion, of at most `max`."""

    label: Words
    points: Fraction
    max: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the cards of a dossier come to, on `scale`; it names nobody. `mean` is None while nobody has scored."""

    scale: int
    given: int
    abstained: int
    missing: int
    mean: Fraction | None
    median: Fraction | None
    criteria: tuple[Mean, ...]
    opinions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One card that this reader may see. `score` is on the appraisal's scale, None for an abstention."""

    person: str
    name: str
    score: Fraction | None
    points: Mapping[str, int]
    opinion: str
    at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A dossier that this person is asked about. `dossier` is None where the appraisal is blind.

    `version` is that of his card, 0 for none; `kind` says what it is: given, abstained, or empty.
    """

    id: int
    title: Words
    dossier: DossierRow | None
    seen: bool
    open: bool
    since: datetime
    kind: str
    version: int
    score: Fraction | None
    for_whom: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as the one who is to fill it in sees it: `aside` is why he cannot, were he to try."""

    task: Task
    flow: Flow
    achievement: str
    card: CardRow | None
    aside: Recusal | None
    others: tuple[Shown, ...]
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is asked about a dossier, for those who lead: how he came to it, and whether he has handed in.

    `asked_by` is the name of who asked him.
    """

    row: AppraiserRow
    kind: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class DossierView:
    """A dossier's appraisal as far as this reader may know it.

    `mine` is the number of the reader's own card. `members` and `aside` are for those who lead, `cards` those that he
    may see, `summary` what all come to where he may know.
    """

    flow: Flow
    open: bool
    mine: int | None
    mine_kind: str
    leads: bool
    assigns: bool
    members: tuple[Member, ...]
    aside: tuple[AppraiserRow, ...]
    cards: tuple[Shown, ...]
    summary: Summary | None


# ── one's own work ───────────────────────────────────────────────────────────────────────────────


def mine(desk: Desk, viewer: Viewer, now: datetime) -> tuple[Task, ...]:
    """Everything that this person, or whom he stands in for, is asked for: what is still to do first, newest first."""
    today = local_day(now)
    with read(desk.engine) as connection:
        asked = [
            *rows.of_people(connection, viewer.actor.selves, under_way=True),
            *rows.of_people(connection, viewer.actor.selves, under_way=False, limit=MOST_BEFORE),
        ]
        ids = {each.nomination_id for each in asked}
        matters = gather(connection, desk, ids, today)
        dossiers = rows.dossiers(connection, ids)
        cards = rows.cards(connection, [each.id for each in asked])
        seen = _seen(connection, viewer, [each.code for each in dossiers.values()])
    found = [
        _task(each, matters[each.nomination_id], dossiers[each.nomination_id], cards.get(each.id), seen, viewer)
        for each in asked
        if each.nomination_id in matters
    ]
    return tuple(sorted(found, key=lambda each: not (each.open and not each.kind)))


def owed(desk: Desk, viewer: Viewer, now: datetime) -> int:
    """How many cards this person is still to hand in; for everybody's front page, so in few queries."""
    with read(desk.engine) as connection:
        asked = rows.of_people(connection, viewer.actor.selves, under_way=True)
        if not asked:
            return 0
        matters = gather(connection, desk, {each.nomination_id for each in asked}, local_day(now))
        cards = rows.cards(connection, [each.id for each in asked])
    return sum(
        (matter := matters.get(each.nomination_id)) is not None
        and matter.open
        and matter.valid(cards.get(each.id)) is None
        for each in asked
    )


def _seen(connection: Connection, viewer: Viewer, codes: Collection[str]) -> frozenset[str]:
    """Those of these dossiers whose pages are open to this person anyway."""
    return frozenset(codes) if viewer.sight.everything else frozenset(seen_of(connection, viewer, sorted(codes)))


def _task(
    row: AppraiserRow, matter: Matter, dossier: DossierRow, card: CardRow | None, seen: Collection[str], viewer: Viewer
) -> Task:
    valid = matter.valid(card)
    blind = matter.appraisal.blind
    own = scores(matter.appraisal, [_of(row, valid)] if valid else [], [row.person])
    return Task(
        id=row.id, title=matter.flow.title, dossier=None if blind else dossier,
        seen=not blind and dossier.code in seen, open=matter.open, since=row.from_at, kind=_kind(valid),
        version=card.version if card else 0, score=own.cards.get(row.person),
        for_whom="" if row.person == viewer.person else row.name,
    )  # fmt: skip


def _of(row: AppraiserRow, card: Scorecard) -> Scorecard:
    return Scorecard(row.person, card.points, card.abstains)


def card(desk: Desk, viewer: Viewer, appraiser_id: int, now: datetime) -> CardView:
    """The card under this number, for whom it is asked of. Raises AppraisalError (not_asked) for everybody else."""
    today = local_day(now)
    with read(desk.engine) as connection:
        row = rows.one(connection, appraiser_id)
        if row is None or row.person not in viewer.actor.selves or row.ended_at is not None or row.cause:
            raise AppraisalError("not_asked")
        matter = gather(connection, desk, [row.nomination_id], today).get(row.nomination_id)
        if matter is None:
            raise AppraisalError("not_asked")
        dossier = rows.dossiers(connection, [row.nomination_id])[row.nomination_id]
        cards = rows.cards(connection, [each.id for each in matter.asked])
        aside = recusal_of(connection, matter, [viewer.actor], today)
        seen = _seen(connection, viewer, [dossier.code])
    may = sight(matter.appraisal, row.person, [each.person for each in matter.asked], _handed(matter, cards))
    shown = _shown(matter, cards, may, row.person)
    return CardView(
        task=_task(row, matter, dossier, cards.get(row.id), seen, viewer), flow=matter.flow,
        achievement=_nameless(dossier) if matter.appraisal.blind else dossier.achievement,
        card=cards.get(row.id), aside=aside[0] if aside else None,
        others=tuple(each for each in shown if not each.mine), summary=_summary(matter, cards) if may.result else None,
    )  # fmt: skip


def _nameless(dossier: DossierRow) -> str:
    """What was achieved, without the names that the dossier has in fields of their own. What else a text gives away
    only who wrote it can mend."""
    text = dossier.achievement
    for name in (dossier.name, dossier.unit_name, dossier.workplace, dossier.unit):
        if name.strip():
            text = re.sub(rf"(?<!\w){re.escape(name.strip())}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text


# ── a dossier ────────────────────────────────────────────────────────────────────────────────────


def of_dossier(desk: Desk, viewer: Viewer, code: str, now: datetime) -> DossierView | None:
    """The appraisal of a dossier that this person may see; None where there is nothing of it for him.

    Raises UnknownNomination.
    """
    if viewer.roles <= UNIT:
        return None
    today = local_day(now)
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        matter = gather(connection, desk, [row.id], today).get(row.id)
        if matter is None:
            return None
        cards = rows.cards(connection, [each.id for each in matter.asked])
        askers = {each.asked_by: directory.find(connection, each.asked_by) for each in matter.asked}
        keeps_out = bool(_kept_out(connection, matter, viewer.actor, today))
    mine = next((each for each in matter.asked if each.person in viewer.actor.selves), None)
    leads = not keeps_out and mine is None and not viewer.roles.isdisjoint(LEADS)
    people = [each.person for each in matter.asked]
    may = sight(
        matter.appraisal, mine.person if mine else viewer.person, people, _handed(matter, cards), oversees=leads
    )  # fmt: skip
    at_table = not keeps_out and (mine is None or not matter.open) and not viewer.roles.isdisjoint(TABLE)
    result = may.result or (matter.appraisal.to_council and at_table)
    assigns = not keeps_out and not viewer.roles.isdisjoint(ASSIGNS)
    if not (result or mine or leads or assigns):
        return None
    valid = {each.id: matter.valid(cards.get(each.id)) for each in matter.asked}
    return DossierView(
        flow=matter.flow, open=matter.open, mine=mine.id if mine else None,
        mine_kind=_kind(valid[mine.id]) if mine else "", leads=leads, assigns=assigns,
        members=tuple(
            Member(each, _kind(valid[each.id]), found.name if (found := askers[each.asked_by]) else each.asked_by)
            for each in matter.asked
        ) if leads or assigns else (),
        aside=matter.aside if leads or assigns else (), cards=_shown(matter, cards, may, mine.person if mine else ""),
        summary=_summary(matter, cards) if result else None,
    )  # fmt: skip


def _kind(card: Scorecard | None) -> str:
    return "" if card is None else "abstained" if card.abstains else "given"


def _kept_out(connection: Connection, matter: Matter, actor: Actor, on: date) -> tuple[Recusal, ...]:
    return recusals(
        [actor.person], nominee=matter.facts.person, unit=matter.facts.unit,
        own_units=own_units(connection, [actor], on), declared={each.person: each.words for each in matter.aside},
        selves={actor.person: actor.selves},
    )  # fmt: skip


def _handed(matter: Matter, cards: Mapping[int, CardRow]) -> list[str]:
    return [each.person for each in matter.asked if matter.valid(cards.get(each.id)) is not None]


def _shown(matter: Matter, cards: Mapping[int, CardRow], may: Sight, mine: str) -> tuple[Shown, ...]:
    """The cards that this sight takes in, with what each comes to."""
    come_to = _scores(matter, cards)
    found = []
    for each in matter.asked:
        held = cards.get(each.id)
        if each.person in may.cards and held is not None:
            score = come_to.cards.get(each.person)
            points = {} if held.kind == "abstained" else held.points
            found.append(Shown(each.person, each.name, score, points, held.opinion, held.given_at, each.person == mine))
    return tuple(found)


def _scores(matter: Matter, cards: Mapping[int, CardRow]) -> Scores:
    valid = [(each, matter.valid(cards.get(each.id))) for each in matter.asked]
    handed = [_of(row, found) for row, found in valid if found is not None]
    return scores(matter.appraisal, handed, [each.person for each in matter.asked])


def _summary(matter: Matter, cards: Mapping[int, CardRow]) -> Summary:
    found = _scores(matter, cards)
    known = matter.appraisal.criteria
    # In the order of the alphabet, so that nobody's place in the list tells whose words they are.
    words = sorted(
        cards[each.id].opinion
        for each in matter.asked
        if matter.valid(cards.get(each.id)) is not None and cards[each.id].opinion
    )
    return Summary(
        scale=matter.appraisal.scale, given=len(found.cards), abstained=len(found.abstained),
        missing=len(found.missing), mean=found.mean, median=found.median,
        criteria=tuple(Mean(known[name].label, mean, known[name].max) for name, mean in found.criteria.items()),
        opinions=tuple(words),
    )  # fmt: skip


# ── at the table ─────────────────────────────────────────────────────────────────────────────────


def summaries(connection: Connection, desk: Desk, nomination_ids: Iterable[int], on: date) -> dict[int, Summary]:
    """What the cards of these dossiers come to, by id, for a paper that everybody at the table reads.

    Only where the flow lays it before the council, and never while somebody may still hand in a card.
    """
    matters = _tabled(connection, desk, nomination_ids, on)
    cards = rows.cards(connection, [each.id for matter in matters.values() for each in matter.asked])
    found = {id_: _summary(matter, cards) for id_, matter in matters.items()}
    return {id_: each for id_, each in found.items() if not (matters[id_].open and each.missing)}


def for_member(
    connection: Connection, desk: Desk, actor: Actor, nomination_ids: Iterable[int], on: date
) -> dict[int, Summary]:
    """The same for one who votes: without his own dossier, and without those on which he still owes a card himself."""
    matters = _tabled(connection, desk, nomination_ids, on)
    cards = rows.cards(connection, [each.id for matter in matters.values() for each in matter.asked])
    found = {}
    for id_, matter in matters.items():
        mine = [each for each in matter.asked if each.person in actor.selves]
        owes = matter.open and any(matter.valid(cards.get(each.id)) is None for each in mine)
        hidden = matter.open and bool(mine) and matter.appraisal.visible == "never"
        if matter.facts.person not in actor.selves and not owes and not hidden:
            found[id_] = _summary(matter, cards)
    return found


def points(connection: Connection, desk: Desk, nomination_ids: Iterable[int], on: date) -> dict[int, Fraction]:
    """The mean of the cards of each of these dossiers that anybody has scored: what a rule may rank by."""
    matters = gather(connection, desk, set(nomination_ids), on)
    cards = rows.cards(connection, [each.id for matter in matters.values() for each in matter.asked])
    found = {id_: _scores(matter, cards).mean for id_, matter in matters.items()}
    return {id_: mean for id_, mean in found.items() if mean is not None}


def _tabled(connection: Connection, desk: Desk, nomination_ids: Iterable[int], on: date) -> dict[int, Matter]:
    matters = gather(connection, desk, set(nomination_ids), on)
    return {id_: matter for id_, matter in matters.items() if matter.appraisal.to_council and matter.asked}
