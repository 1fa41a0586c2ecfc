"""Who appraises which dossier: asked by hand, by the rule of its flow, or out of a file. Moves no dossier.

Only who holds one of the flow's roles for this dossier can be asked. The nominee and people of the nominee's own unit
are left out, and where the rule would have come to them the record says that they stand aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import local_day
from workflow.domain import vietnamese
from workflow.domain.decisions import ANY_SCOPE
from workflow.domain.facts import Actor, Held
from workflow.domain.recusing import Recusal
from workflow.domain.scoring import Chosen, asked, choose
from workflow.services.appraisal_mails import tell_asked
from workflow.services.appraising import (
    SHORTEST_WORDS,
    AppraisalError,
    Matter,
    drop_mails,
    gather,
    own_units,
    record,
    take_turn,
    where_appraised,
)
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.services.looking import canonical
from workflow.storage import appraisals as rows, directory, nominations
from workflow.storage.appraisals import AppraiserRow
from workflow.storage.database import read, write

ASSIGNS = ("secretariat", "secretariat_head", "council_secretary")
"""Roles that say who appraises what."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """This person for this dossier, by hand or in a file; `place` says where it stands there."""

    code: str
    person: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody cannot be asked about a dossier: a code of the words for it, and what it names."""

    wanted: Wanted
    code: str
    params: Mapping[str, Any]


class NotAsked(AppraisalError):
    """Nobody was asked: every line that cannot be, with its reason."""

    def __init__(self, refused: tuple[Refused, ...]) -> None:
        super().__init__("appraisers_refused", amount=len(refused))
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be asked about a dossier: his `load` of dossiers still to score, and what keeps him out.

    `kept_out` is a code: asked, nominee, own_unit or declared; empty where he may be asked.
    """

    person: str
    name: str
    load: int
    kept_out: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rule makes of one dossier: whom it asks and why, who stands aside, who is asked already.

    `short` is how many more the flow wants than there are.
    """

    matter: Matter
    chosen: tuple[tuple[Chosen, str], ...]
    aside: tuple[tuple[Recusal, str], ...]
    short: int

    @property
    def code(self) -> str:
        return self.matter.facts.code

    @property
    def changes(self) -> bool:
        return bool(self.chosen or self.aside)


# ── by hand, and out of a file ───────────────────────────────────────────────────────────────────


def candidates(desk: Desk, code: str, actor: str, now: datetime) -> tuple[Matter, tuple[Candidate, ...]]:
    """Who could be asked about this dossier, the least loaded first. Raises AppraisalError, UnknownActor."""
    today = local_day(now)
    with read(desk.engine) as connection:
        _assigns(connection, actor, today)
        matter = _matter(connection, desk, code, today)
        holders = _holders(connection, matter.appraisal.by, today)
        loads = _loads(connection, desk)
        fit = asked(
            matter.appraisal, holders, matter.facts, own_units(connection, holders, today), matter.declared
        )  # fmt: skip
    names = {each.person: each.name for each in holders}
    there = {each.person for each in matter.asked}
    aside = {each.person: each for each in fit.aside}
    found = [
        Candidate(person, names[person], loads[person], aside[person].cause if person in aside else
                  "asked" if person in there else "", aside[person].note if person in aside else "")
        for person in (*fit.people, *aside)
    ]  # fmt: skip
    return matter, tuple(sorted(found, key=lambda each: (bool(each.kept_out), each.load, each.name, each.person)))


def look(desk: Desk, wanted: Sequence[Wanted], actor: str, now: datetime) -> tuple[Refused, ...]:
    """What would keep these from being asked, in the order given; empty where all can be. Writes nothing."""
    today = local_day(now)
    with read(desk.engine) as connection:
        _assigns(connection, actor, today)
        return _judged(connection, desk, wanted, today)[1]


def ask(desk: Desk, wanted: Sequence[Wanted], actor: str, now: datetime, *, how: str = "hand") -> int:
    """Ask these people, all or none; who is asked already stays so. Returns how many are new; each gets one mail.

    Raises NotAsked with every line that cannot be, AppraisalError (`not_assigning`), UnknownActor.
    """
    today = local_day(now)
    with write(desk.engine) as connection:
        who = _assigns(connection, actor, today)
        _all_in_turn(connection, [each.code for each in wanted])
        found, refused = _judged(connection, desk, wanted, today)
        if refused:
            raise NotAsked(refused)
        new: list[tuple[Matter, str]] = []
        for matter, people in found:
            there = {each.person: each for each in matter.appraisers}
            for person, name in people:
                before = there.get(person)
                if before is not None and not before.cause:
                    continue
                if before is not None:  # he stood aside by his own word, and is asked again
                    rows.end(connection, before.id, who.person, now)
                rows.add(connection, [_row(matter, person, name, how, who.person, now)])
                record(connection, desk, matter, {"what": "asked", "how": how}, [who.person, person], now)
                new.append((matter, person))
        tell_asked(connection, desk, new, who.name, now)
    return len(new)


def _judged(
    connection: Connection, desk: Desk, wanted: Sequence[Wanted], today: date
) -> tuple[list[tuple[Matter, list[tuple[str, str]]]], tuple[Refused, ...]]:
    """Each dossier with those who can be asked about it, and every line that cannot be."""
    lines = nominations.lines_by_code(connection, [canonical(each.code) for each in wanted])
    matters = gather(connection, desk, [line.id for line in lines.values()], today)
    people: dict[str, Actor | None] = {
        each: directory.actor(connection, each, today) for each in dict.fromkeys(one.person for one in wanted)
    }
    known = [each for each in people.values() if each is not None]
    units = own_units(connection, known, today)
    found: dict[int, tuple[Matter, list[tuple[str, str]]]] = {}
    refused = []
    for each in wanted:
        line, person = lines.get(canonical(each.code)), people[each.person]
        matter = matters.get(line.id) if line is not None else None
        if line is None:
            refused.append(Refused(each, "unknown_nomination", {"code": each.code}))
        elif person is None:
            refused.append(Refused(each, "unknown_actor", {"person": each.person}))
        elif matter is None:
            refused.append(Refused(each, "appraisal_none", {"code": line.code}))
        elif not matter.open:
            refused.append(Refused(each, "appraisal_not_now", {"code": line.code}))
        else:
            # A person himself is asked, not whom he stands in for; his own word of before no longer holds.
            alone = replace(person, held=tuple(held for held in person.held if held.via is None))
            fit = asked(matter.appraisal, [alone], matter.facts, units, {})
            if fit.aside:
                refused.append(Refused(each, "appraiser_aside", {"person": person.name, "why": fit.aside[0].cause}))
            elif not fit.people:
                named = {"person": person.name, "needed": matter.appraisal.by}
                refused.append(Refused(each, "appraiser_role", named))
            else:
                pair = (person.person, person.name)
                found.setdefault(line.id, (matter, []))[1].append(pair)
    return [(matter, list(dict.fromkeys(pairs))) for matter, pairs in found.values()], tuple(refused)


def let_go(desk: Desk, code: str, person: str, words: str, actor: str, now: datetime) -> None:
    """Ask this person no more. A card that is there stays: whoever gave it takes it back, nobody else.

    Raises AppraisalError (`not_assigning`, `appraisal_none`, `appraiser_not_there`, `card_there`, `aside_words`).
    """
    today = local_day(now)
    with write(desk.engine) as connection:
        who = _assigns(connection, actor, today)
        _all_in_turn(connection, [code])
        matter = _matter(connection, desk, code, today)
        known = directory.find(connection, person)
        key = directory.key_of(known.root_unit, known.code) if known is not None else person
        row = next((each for each in matter.appraisers if each.person == key), None)
        if row is None:
            raise AppraisalError("appraiser_not_there", person=person)
        if matter.valid(rows.cards(connection, [row.id]).get(row.id)) is not None:
            raise AppraisalError("card_there", person=row.name)
        if len(words.strip()) < SHORTEST_WORDS:
            raise AppraisalError("aside_words", least=SHORTEST_WORDS)
        rows.end(connection, row.id, who.person, now)
        drop_mails(connection, row.id, now)
        said = {"words": vietnamese.nfc(words.strip())[:1000]}
        record(connection, desk, matter, {"what": "let_go"}, [who.person, row.person], now, said=said)


# ── by the rule of the flow ──────────────────────────────────────────────────────────────────────


def propose(desk: Desk, actor: str, now: datetime, codes: Collection[str] = ()) -> tuple[Proposal, ...]:
    """What the rules of their flows make of these dossiers, of all that stand in appraisal without codes; by code.

    Raises AppraisalError (`not_assigning`), UnknownActor. Writes nothing.
    """
    today = local_day(now)
    with read(desk.engine) as connection:
        _assigns(connection, actor, today)
        return _proposals(connection, desk, codes, today)


def by_rule(desk: Desk, actor: str, now: datetime, codes: Collection[str] = ()) -> tuple[Proposal, ...]:
    """Ask whom the rules say, each by one mail, and keep who stands aside; returns what changed.

    Doing it again changes nothing and sends nothing.
    """
    today = local_day(now)
    with write(desk.engine) as connection:
        who = _assigns(connection, actor, today)
        _all_in_turn(connection, [each.code for each in _proposals(connection, desk, codes, today)])
        found = [each for each in _proposals(connection, desk, codes, today) if each.changes]
        for each in found:
            matter = each.matter
            for chosen, name in each.chosen:
                why = {"code": chosen.why, "load": chosen.load, "least_left": chosen.least_left}
                row = _row(matter, chosen.person, name, "rule", who.person, now)
                rows.add(connection, [{**row, "why": why}])
                record(connection, desk, matter, {"what": "asked", "how": "rule"}, [who.person, chosen.person], now)
            for recusal, name in each.aside:
                row = _row(matter, recusal.person, name, "rule", who.person, now)
                rows.add(connection, [{**row, "cause": recusal.cause, "words": recusal.note}])
                payload = {"what": "aside", "cause": recusal.cause}
                record(connection, desk, matter, payload, [who.person, recusal.person], now)
        new = [(each.matter, chosen.person) for each in found for chosen, _ in each.chosen]
        tell_asked(connection, desk, new, who.name, now)
    return tuple(found)


def _proposals(connection: Connection, desk: Desk, codes: Collection[str], today: date) -> tuple[Proposal, ...]:
    matters = _open_matters(connection, desk, codes, today)
    loads = _loads(connection, desk)
    holders: dict[tuple[str, ...], tuple[list[Actor], Mapping[str, Collection[str]]]] = {}
    found = []
    for matter in sorted(matters, key=lambda each: each.facts.code):
        rule = matter.appraisal
        if rule.by not in holders:
            everybody = _holders(connection, rule.by, today)
            holders[rule.by] = everybody, own_units(connection, everybody, today)
        actors, units = holders[rule.by]
        names = {each.person: each.name for each in actors}
        fit = asked(rule, actors, matter.facts, units, matter.declared)
        there = {each.person for each in matter.appraisers}
        free = [person for person in fit.people if person not in there]
        chosen = choose(rule, free, loads, already=len(matter.asked))
        loads.update(each.person for each in chosen)
        aside = tuple((each, names[each.person]) for each in fit.aside if each.person not in there)
        short = max(0, (rule.people or 1) - len(matter.asked) - len(chosen))
        found.append(Proposal(matter, tuple((each, names[each.person]) for each in chosen), aside, short))
    return tuple(found)


def _open_matters(connection: Connection, desk: Desk, codes: Collection[str], today: date) -> list[Matter]:
    if codes:
        lines = nominations.lines_by_code(connection, [canonical(each) for each in codes])
        ids = [line.id for line in lines.values()]
    else:
        ids = [row.id for row in rows.in_states(connection, where_appraised(connection, desk))]
    return [each for each in gather(connection, desk, ids, today).values() if each.open]


# ── whom no mail reaches ─────────────────────────────────────────────────────────────────────────


def without_mailbox(desk: Desk, people: Iterable[str]) -> tuple[str, ...]:
    """The names of those who have no mailbox: nothing tells them that they are asked unless somebody does."""
    with read(desk.engine) as connection:
        found = {each: directory.find(connection, each) for each in people}
    return tuple(sorted({each.name for each in found.values() if each is not None and not each.email}))


# ── shared ───────────────────────────────────────────────────────────────────────────────────────


def _assigns(connection: Connection, person: str, on: date) -> Actor:
    actor = find_actor(connection, person, on)
    if not any(each.role in ASSIGNS and each.scope_kind in ANY_SCOPE for each in actor.held):
        raise AppraisalError("not_assigning", needed=ASSIGNS)
    return actor


def _matter(connection: Connection, desk: Desk, code: str, today: date) -> Matter:
    line = nominations.lines_by_code(connection, [canonical(code)]).get(canonical(code))
    matter = gather(connection, desk, [line.id], today).get(line.id) if line is not None else None
    if matter is None:
        raise AppraisalError("appraisal_none", code=code)
    return matter


def _all_in_turn(connection: Connection, codes: Iterable[str]) -> None:
    """One after the other with whoever else assigns or scores these; always in the same order."""
    lines = nominations.lines_by_code(connection, [canonical(each) for each in codes])
    for line in sorted(lines.values(), key=lambda each: each.id):
        take_turn(connection, line.id)


def _holders(connection: Connection, roles: Iterable[str], on: date) -> list[Actor]:
    """Who holds one of these roles himself on `on`, by key: a substitute is not asked in his own name."""
    held: dict[str, tuple[str, list[Held]]] = {}
    for role in roles:
        for each in directory.on_duty(connection, role, on):
            if not each.stands_for:
                held.setdefault(each.key, (each.name, []))[1].append(Held(role, each.scope_kind, each.scope))
    return [Actor(key, name, tuple(grants)) for key, (name, grants) in sorted(held.items())]


def _loads(connection: Connection, desk: Desk) -> Counter[str]:
    """How many dossiers each person is still to score."""
    return Counter(rows.loads(connection, where_appraised(connection, desk)))


def _row(matter: Matter, person: str, name: str, how: str, by: str, now: datetime) -> dict[str, Any]:
    return {"nomination_id": matter.facts.id, "person": person, "person_name": name, "how": how, "from_at": now,
            "asked_by": by}  # fmt: skip


__all__ = ["ASSIGNS", "AppraiserRow", "Candidate", "NotAsked", "Proposal", "Refused", "Wanted", "ask", "by_rule",
           "candidates", "let_go", "look", "propose", "without_mailbox"]  # fmt: skip
