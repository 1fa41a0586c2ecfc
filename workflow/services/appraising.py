"""Scores and opinions before the table: handed in, replaced, taken back; and standing aside. They move no dossier.

Only who is asked about a dossier hands in a card, while it stands where its flow has it appraised. The nominee and
people of the nominee's own unit never do: who is asked in spite of that is refused, and the record says why. A
substitute hands in the card of his principal, and both count as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import LOCAL, local_day
from definitions.flow import Appraisal, Flow, Words
from notifications import outbox
from notifications.columns import to_json
from workflow.domain import vietnamese
from workflow.domain.facts import Actor, NominationFacts
from workflow.domain.recusing import Recusal, recusals
from workflow.domain.scoring import Scorecard, asked, faults
from workflow.services.acts import KeyReused
from workflow.services.desk import Desk
from workflow.services.judging import find_actor, surroundings
from workflow.services.viewing import with_predecessors
from workflow.storage import appraisals as rows, chain, flows, nominations
from workflow.storage.appraisals import AppraiserRow, CardRow
from workflow.storage.database import write
from workflow.storage.locking import in_turn
from workflow.storage.nominations import FactsOf

LONGEST_OPINION = 4000
SHORTEST_WORDS = 5
"""Characters of a reason to stand aside, or to ask nobody any more."""


class AppraisalError(ValueError):
    """What is asked of an appraisal cannot be. `code` and `params` name the sentence. No card was taken."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one criterion: missing, unknown, not_a_number, too_small, too_large, or abstains."""

    criterion: str
    label: Words
    code: str
    max: int


class CardFaults(AppraisalError):
    """A card that cannot be taken, with everything that is wrong with it."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__("card_faults")
        self.faults = found


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What an appraiser hands in: points by criterion, or that he abstains, and what he has to say.

    `expected` is the version of his card that he saw (0: none). The same `request_key` is the same card.
    """

    points: Mapping[str, int] = field(default_factory=dict)
    opinion: str = ""
    abstains: bool = False
    expected: int | None = None
    request_key: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a card. `replayed`: this key had brought it already."""

    version: int
    kind: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """One dossier with its appraisal: the flow's rule and who is asked about it now."""

    flow: Flow
    appraisal: Appraisal
    facts: NominationFacts
    appraisers: tuple[AppraiserRow, ...]

    @property
    def open(self) -> bool:
        """Whether it stands where cards are taken."""
        return self.facts.state in self.appraisal.during

    @property
    def asked(self) -> tuple[AppraiserRow, ...]:
        return tuple(each for each in self.appraisers if not each.cause)

    @property
    def aside(self) -> tuple[AppraiserRow, ...]:
        return tuple(each for each in self.appraisers if each.cause)

    @property
    def declared(self) -> dict[str, str]:
        """Who said himself that he takes no part, with his reason."""
        return {each.person: each.words for each in self.appraisers if each.cause == "declared"}

    def valid(self, card: CardRow | None) -> Scorecard | None:
        """The card as it counts: None for one that was taken back, or that the flow's criteria do not fit any more."""
        if card is None or card.kind == "withdrawn" or card.flow_id != self.flow.id:
            return None
        found = Scorecard("", card.points, abstains=card.kind == "abstained")
        return None if faults(self.appraisal, found) else found


# ── handing in ───────────────────────────────────────────────────────────────────────────────────


def give(desk: Desk, appraiser_id: int, entry: CardEntry, person: str, now: datetime) -> Kept:
    """Hand in a card, or replace the one that is there. All or nothing; whoever was faster is named.

    Raises AppraisalError (`not_asked`, `appraisal_over`, `appraiser_aside`, `appraiser_role`, `card_changed`,
    CardFaults), KeyReused, UnknownActor.
    """
    opinion = vietnamese.nfc(entry.opinion.strip())
    if len(opinion) > LONGEST_OPINION:
        raise AppraisalError("opinion_long", most=LONGEST_OPINION)
    kind = "abstained" if entry.abstains else "given"
    return _hand_in(desk, appraiser_id, kind, entry, opinion, person, now)


def take_back(
    desk: Desk, appraiser_id: int, person: str, now: datetime, *, expected: int | None = None, request_key: str = ""
) -> Kept:
    """Take one's card back: from then on nothing is handed in. Raises as `give`, and `card_none`."""
    entry = CardEntry(expected=expected, request_key=request_key)
    return _hand_in(desk, appraiser_id, "withdrawn", entry, "", person, now)


def _hand_in(
    desk: Desk, appraiser_id: int, kind: str, entry: CardEntry, opinion: str, person: str, now: datetime
) -> Kept:
    today = local_day(now)
    key = entry.request_key or desk.entropy(12)
    digest = sha256(
        to_json([appraiser_id, kind, dict(entry.points), opinion, entry.expected]).encode()
    ).hexdigest()  # fmt: skip
    with write(desk.engine) as connection:
        who = find_actor(connection, person, today)
        row, matter = _mine(connection, desk, appraiser_id, who, today)
        before = rows.card_by_key(connection, who.person, key)
        if before is not None:
            if before.digest != digest:
                raise KeyReused(key)
            return Kept(before.version, before.kind, replayed=True)
        stands = _may(connection, matter, who, row, today)
        if stands is None:
            card = rows.cards(connection, [row.id]).get(row.id)
            version = _checked(matter, card, kind, entry)
            rows.keep(
                connection, appraiser_id=row.id, version=version, flow_id=matter.flow.id, kind=kind,
                points=dict(entry.points), opinion=opinion, given_at=now, given_by=who.person, given_by_name=who.name,
                request_key=key, digest=digest,
            )  # fmt: skip
            if kind != "withdrawn":
                drop_mails(connection, row.id, now)
            said = {"points": dict(entry.points), "opinion": opinion}
            record(
                connection,
                desk,
                matter,
                {"what": "scored" if kind == "given" else kind, "version": version},
                [who.person, row.person],
                now,
                said=said,
            )
            return Kept(version, kind)
        # The refusal itself is a fact of the record: he was asked, and takes no part.
        put_aside(connection, desk, matter, row, stands, who.person, now)
    raise AppraisalError("appraiser_aside", person=row.name, why=stands.cause)


def _checked(matter: Matter, card: CardRow | None, kind: str, entry: CardEntry) -> int:
    """The number of the new version. Raises AppraisalError."""
    version = card.version if card is not None else 0
    if entry.expected is not None and entry.expected != version:
        when = f"{card.given_at.astimezone(LOCAL):%H:%M %d/%m/%Y}" if card else ""
        raise AppraisalError("card_changed", who=card.given_by_name if card else "", when=when)
    if kind == "withdrawn":
        if matter.valid(card) is None:
            raise AppraisalError("card_none")
        return version + 1
    found = faults(matter.appraisal, Scorecard("", entry.points, entry.abstains))
    if found:
        known = matter.appraisal.criteria
        raise CardFaults(
            tuple(
                Fault(name, known[name].label if name in known else Words(name, name), code,
                      known[name].max if name in known else 0)
                for name, code in found
            )
        )  # fmt: skip
    return version + 1


# ── standing aside ───────────────────────────────────────────────────────────────────────────────


def stand_aside(desk: Desk, appraiser_id: int, words: str, person: str, now: datetime) -> None:
    """Say that one takes no part in the appraisal of this dossier, and why; a card that was handed in counts no more.

    Raises AppraisalError (`not_asked`, `appraisal_over`, `aside_words`), UnknownActor.
    """
    said = vietnamese.nfc(words.strip())[:LONGEST_OPINION]
    today = local_day(now)
    with write(desk.engine) as connection:
        who = find_actor(connection, person, today)
        row, matter = _mine(connection, desk, appraiser_id, who, today)
        _open(matter)
        if len(said) < SHORTEST_WORDS:
            raise AppraisalError("aside_words", least=SHORTEST_WORDS)
        put_aside(connection, desk, matter, row, Recusal(row.person, "declared", said), who.person, now)


def put_aside(
    connection: Connection, desk: Desk, matter: Matter, row: AppraiserRow, recusal: Recusal, by: str, now: datetime
) -> None:
    """End that this person is asked, and keep that he stands aside and why."""
    rows.end(connection, row.id, by, now)
    drop_mails(connection, row.id, now)
    entry = {"nomination_id": row.nomination_id, "person": row.person, "person_name": row.name, "how": row.how,
             "cause": recusal.cause, "words": recusal.note, "from_at": now, "asked_by": by}  # fmt: skip
    rows.add(connection, [entry])
    record(connection, desk, matter, {"what": "aside", "cause": recusal.cause}, [by, row.person], now)


# ── shared by the rooms of an appraisal ──────────────────────────────────────────────────────────


def gather(connection: Connection, desk: Desk, nomination_ids: Collection[int], on: date) -> dict[int, Matter]:
    """These dossiers with their appraisals, by id; those whose flows have none are left out."""
    lines = list(nominations.lines_by_id(connection, sorted(set(nomination_ids))).values())
    known = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
    with_one = [line for line in lines if known[line.flow_version_id].flow.appraisal is not None]
    if not with_one:
        return {}
    facts_of = FactsOf(surroundings(connection, with_one, known, ""), on)
    people = rows.of_dossiers(connection, [line.id for line in with_one])
    found = {}
    for line in with_one:
        flow = known[line.flow_version_id].flow
        assert flow.appraisal is not None  # narrows the type; only such lines are left
        found[line.id] = Matter(flow, flow.appraisal, facts_of(line), tuple(people.get(line.id, ())))
    return found


def where_appraised(connection: Connection, desk: Desk) -> dict[int, tuple[str, ...]]:
    """The states in which dossiers are appraised, by flow version."""
    known = desk.flows.get_all(connection, [each.id for each in flows.versions(connection)])
    return {version: each.flow.appraisal.during for version, each in known.items() if each.flow.appraisal is not None}


def mail_reference(appraiser_id: int) -> str:
    """How the line of a mail about this card is found again."""
    return f"appraiser:{appraiser_id}"


def drop_mails(connection: Connection, appraiser_id: int, now: datetime) -> None:
    """Take back what mails that are not gone yet say of this card: it is handed in, or asked for no more."""
    outbox.cancel_lines(connection, references=[mail_reference(appraiser_id)], reason="step_left", now=now)


def recusal_of(connection: Connection, matter: Matter, actors: Collection[Actor], on: date) -> tuple[Recusal, ...]:
    """Who of these people steps aside from this dossier by himself, his unit or his word."""
    return recusals(
        [each.person for each in actors], nominee=matter.facts.person, unit=matter.facts.unit,
        own_units=own_units(connection, actors, on), declared=matter.declared,
        selves={each.person: each.selves for each in actors},
    )  # fmt: skip


def own_units(connection: Connection, actors: Collection[Actor], on: date) -> dict[str, tuple[str, ...]]:
    """The units of each of these people and of whom they stand for, with those that these units succeeded."""
    everybody = {one for each in actors for one in each.selves}
    known: dict[frozenset[str], tuple[str, ...]] = {}
    found = {}
    for person, units in rows.units_of(connection, everybody, on).items():
        key = frozenset(units)
        if key not in known:
            known[key] = with_predecessors(connection, set(units))
        found[person] = known[key]
    return found


def _mine(
    connection: Connection, desk: Desk, appraiser_id: int, who: Actor, today: date
) -> tuple[AppraiserRow, Matter]:
    """What this person is asked for under this number, in turn with whatever changes it. Raises AppraisalError for
    anything else."""
    row = rows.one(connection, appraiser_id)
    if row is None or row.person not in who.selves:
        raise AppraisalError("not_asked")
    take_turn(connection, row.nomination_id)
    matter = gather(connection, desk, [row.nomination_id], today).get(row.nomination_id)
    still = next((each for each in matter.asked if each.id == appraiser_id), None) if matter is not None else None
    if matter is None or still is None:
        raise AppraisalError("not_asked")
    return still, matter


def take_turn(connection: Connection, nomination_id: int) -> None:
    """Wait until nobody else changes who appraises this dossier, or hands in a card on it."""
    in_turn(connection, f"appraisal {nomination_id}")


def _may(connection: Connection, matter: Matter, who: Actor, row: AppraiserRow, today: date) -> Recusal | None:
    """None where he may hand in a card, else why he stands aside. Raises AppraisalError."""
    _open(matter)
    units = own_units(connection, [who], today)
    found = asked(matter.appraisal, [who], matter.facts, units, matter.declared)
    if found.aside:
        return Recusal(row.person, found.aside[0].cause, found.aside[0].note)
    if not found.people:
        raise AppraisalError("appraiser_role", person=row.name, needed=matter.appraisal.by)
    return None


def _open(matter: Matter) -> None:
    if not matter.open:
        state = matter.flow.states.get(matter.facts.state)
        raise AppraisalError("appraisal_over", stands=state.label if state else Words(matter.facts.state, ""))


def record(
    connection: Connection, desk: Desk, matter: Matter, payload: Mapping[str, Any], people: list[str], now: datetime,
    *, said: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """One audit entry. Who it was is a commitment; so is what a card said, but not where the appraisal is blind."""
    secrets = {"by": (desk.entropy(16), to_json(people))}
    if said is not None and not matter.appraisal.blind:
        secrets["card"] = (desk.entropy(16), to_json(said))
    chain.append(connection, kind="appraisal", payload={"nomination": matter.facts.id, **payload}, secrets=secrets,
                 now=now)  # fmt: skip
