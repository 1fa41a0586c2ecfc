"""What awaits a signature, list by list: how many of an award and round, since when, what stands behind them.

A list is what one decision would name. Nothing here knows a step by name: the flows say whose turn it is and which
acts end the wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Flow, Transition, VoteRule, Words
from workflow.domain import votes
from workflow.domain.facts import TallyFacts
from workflow.domain.reasons import Reason
from workflow.domain.votes import VoteResult
from workflow.services import drafting
from workflow.services.desk import Desk
from workflow.services.flow_book import Book, book
from workflow.services.viewing import Viewer
from workflow.storage import awaiting
from workflow.storage.awaiting import GroupRow, Which
from workflow.storage.database import read

OWNERS = ("minister_office", "signer", "clerk")
"""Roles whose turn it is while something awaits a signature of the ministry."""
PER_PAGE = 200
MOST_WEIGHED = 500
"""So many lines are asked one by one which acts they may do; of a longer list the preview says it."""


class UnknownList(LookupError):
    """Nothing of this award, kind and round awaits a signature, or not for this person."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of a submission, newest version: `title` as its checklist calls it."""

    id: int
    title: Words
    file_name: str
    size: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A unit's letter behind the list, how many lines of it are in the list, and its papers.

    `code` is one of those lines: through it the papers are opened.
    """

    id: int
    number: str
    on: date | None
    unit: str
    unit_name: str
    amount: int
    code: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Voted:
    """What the council counted for one line, and what that means under the rule it voted by."""

    tally: TallyFacts
    result: VoteResult


@dataclass(frozen=True, slots=True)
class Line:
    """One name of the list. `voted` is None where no council was asked, and for whoever may not know."""

    code: str
    name: str
    nominee: str
    position: str
    workplace: str
    unit: str
    unit_name: str
    letter: str
    state: Words
    entered_on: date
    due_on: date | None
    voted: Voted | None


@dataclass(frozen=True, slots=True)
class Way:
    """An act that ends the wait: for how many lines it is possible (None: not counted), and why not for others."""

    transition: Transition
    flow: Flow
    possible: int | None
    reasons: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class AwaitingList:
    """One list in full. `next` continues its lines; `ways` are acts of whoever looks, `others` those of other roles."""

    head: GroupRow
    letters: tuple[Letter, ...]
    lines: tuple[Line, ...]
    next: int | None
    ways: tuple[Way, ...]
    others: tuple[Way, ...]
    weighed: int


def lists(desk: Desk, viewer: Viewer, today: date) -> tuple[GroupRow, ...]:
    """Every list that awaits a signature, as far as this person sees its lines. Two queries."""
    with read(desk.engine) as connection:
        return tuple(awaiting.groups(connection, _which(viewer, book(desk, connection)), today))


def for_me(desk: Desk, viewer: Viewer, today: date) -> tuple[int, int]:
    """How many lines await a signature that this person may give or put a number to, and how many are late.

    The state says whose turn it is, the office's as a rule; whoever signs or issues is told here.
    """
    if not viewer.may("nomination.act"):
        return 0, 0
    with read(desk.engine) as connection:
        flows = book(desk, connection)
        which = _which(viewer, flows)
        ends = _ends(flows.newest.values(), which)
        if not any(_is_for(viewer, each) for each, _ in ends.values()):
            return 0, 0
        found = awaiting.groups(connection, which, today)
    return sum(each.amount for each in found), sum(each.late for each in found)


def _which(viewer: Viewer, flows: Book, round_: str = "", award: str = "", kind: str = "") -> Which:
    return Which(viewer.sight, flows.owned_by(OWNERS), round_, award, kind)


def one(
    desk: Desk, viewer: Viewer, round_: str, award: str, kind: str, now: datetime, *, after: int | None = None
) -> AwaitingList:
    """The list of this award, kind and round. Raises UnknownList. The number of queries does not grow with it."""
    today = local_day(now)
    with read(desk.engine) as connection:
        flows = book(desk, connection)
        which = _which(viewer, flows, round_, award, kind)
        heads = awaiting.groups(connection, which, today)
        if len(heads) != 1:
            raise UnknownList(f"{round_}/{award}/{kind}")
        rows = awaiting.lines(connection, which, PER_PAGE + 1, after)
        letters = _letters(connection, which, flows)
        versions = [flows.flows[id_] for id_ in awaiting.versions(connection, which)]
        codes = awaiting.codes(connection, which, MOST_WEIGHED) if heads[0].amount <= MOST_WEIGHED else []
    following = rows[PER_PAGE - 1] if len(rows) > PER_PAGE else None
    ends = _ends(versions, which)
    return AwaitingList(
        head=heads[0],
        letters=letters,
        lines=tuple(_line(viewer, flows, row) for row in rows[:PER_PAGE]),
        next=following.id if following is not None else None,
        ways=_ways(desk, viewer, ends, codes, now),
        others=tuple(Way(each, flow, 0, {}) for each, flow in ends.values() if not _is_for(viewer, each)),
        weighed=len(codes),
    )


def codes_of(desk: Desk, viewer: Viewer, round_: str, award: str, kind: str) -> tuple[str, ...]:
    """Codes of the whole list. Raises UnknownList for an empty one."""
    with read(desk.engine) as connection:
        which = _which(viewer, book(desk, connection), round_, award, kind)
        found = awaiting.codes(connection, which, drafting.MOST_LINES)
    if not found:
        raise UnknownList(f"{round_}/{award}/{kind}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Whole:
    """A list as its papers need it: head, letters, every line with the flow it is under, those flows' legal bases."""

    head: GroupRow
    letters: tuple[Any, ...]
    lines: tuple[tuple[Any, Flow], ...]
    legal: tuple[str, ...]


def whole(connection: Connection, desk: Desk, viewer: Viewer, round_: str, award: str, kind: str, today: date) -> Whole:
    """All of one list, in the order in which a decision names its lines. Raises UnknownList."""
    flows = book(desk, connection)
    which = _which(viewer, flows, round_, award, kind)
    heads = awaiting.groups(connection, which, today)
    if len(heads) != 1:
        raise UnknownList(f"{round_}/{award}/{kind}")
    rows = awaiting.lines(connection, which, heads[0].amount)
    legal = [each for id_ in awaiting.versions(connection, which) for each in flows.flows[id_].legal]
    return Whole(
        heads[0],
        tuple(awaiting.letters(connection, which)),
        tuple((row, flows.flows[row.flow_version_id]) for row in rows),
        tuple(dict.fromkeys(legal)),
    )


def _letters(connection: Connection, which: Which, flows: Book) -> tuple[Letter, ...]:
    titles = {code: each.title for flow in flows.flows.values() for code, each in flow.documents.items()}
    titles.update({code: each.title for flow in flows.newest.values() for code, each in flow.documents.items()})
    kept: dict[int, list[Paper]] = {}
    for row in awaiting.papers(connection, which):
        title = titles.get(row.code, Words(row.code, row.code))
        kept.setdefault(row.submission_id, []).append(Paper(row.id, title, row.file_name, row.size))
    return tuple(
        Letter(row.id, row.letter_number, row.letter_on, row.unit, row.unit_name, row.amount, row.code,
               tuple(kept.get(row.id, ())))
        for row in awaiting.letters(connection, which)
    )  # fmt: skip


def _line(viewer: Viewer, flows: Book, row: Any) -> Line:
    flow = flows.flows[row.flow_version_id]
    return Line(
        code=row.code, name=row.name, nominee=row.nominee, position=row.position, workplace=row.workplace,
        unit=row.unit, unit_name=row.unit_name, letter=row.letter_number, state=flow.states[row.state].label,
        entered_on=row.entered_on, due_on=row.due_on, voted=voted(flow, row.memory) if viewer.inner else None,
    )  # fmt: skip


def voted(flow: Flow, memory: Mapping[str, Any]) -> Voted | None:
    """What the ministry's council, or its standing members, counted for this dossier; None where none was asked."""
    found = counted(flow, memory)
    return Voted(found[1], votes.result(*found)) if found is not None else None


def counted(flow: Flow, memory: Mapping[str, Any]) -> tuple[VoteRule, TallyFacts] | None:
    """The rule by which that council voted, and its count."""
    for name, kept in memory.get("tallies", {}).items():
        rule = flow.votes.get(name)
        if rule is not None and rule.body in ("council", "standing_members"):
            return rule, votes.tally_from(kept)
    return None


# ── what ends the wait ───────────────────────────────────────────────────────────────────────────


def _ends(flows: Iterable[Flow], which: Which) -> dict[str, tuple[Transition, Flow]]:
    """Acts that lead out of these states and not out of almost every other one: signing, declining, sending back."""
    found: dict[str, tuple[Transition, Flow]] = {}
    states = frozenset(which.states.names)
    for flow in flows:
        going_on = sum(each.final is None for each in flow.states.values())
        for transition in flow.transitions.values():
            here = states.intersection(transition.sources)
            leaves = any(branch.to != "same" and branch.to not in states for branch in transition.branches)
            if here and leaves and not transition.exceptional and 2 * len(transition.sources) < going_on:
                found.setdefault(transition.id, (transition, flow))
    return found


def _is_for(viewer: Viewer, transition: Transition) -> bool:
    return viewer.may("nomination.act") and not viewer.roles.isdisjoint(transition.by)


def _ways(
    desk: Desk, viewer: Viewer, ends: Mapping[str, tuple[Transition, Flow]], codes: Sequence[str], now: datetime
) -> tuple[Way, ...]:
    mine = [id_ for id_, (transition, _) in ends.items() if _is_for(viewer, transition)]
    if not mine:
        return ()
    if not codes:
        return tuple(Way(*ends[id_], None, {}) for id_ in mine)
    offered = drafting.offers(desk, viewer, codes, now, only=mine)
    found = {each.transition.id: each for each in (*offered.possible, *offered.others)}
    return tuple(
        Way(each.transition, each.flow, each.possible, each.reasons) for id_ in mine if (each := found.get(id_))
    )


__all__ = ["AwaitingList", "GroupRow", "Letter", "Line", "Paper", "UnknownList", "Voted", "Way", "Whole", "codes_of",
           "counted", "for_me", "lists", "one", "voted", "whole"]  # fmt: skip
