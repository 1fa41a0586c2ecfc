"""Who sits on a council, who may vote on which line, and which acts of a flow belong to a session.

A council's members have dated terms. Who may vote is fixed when a vote opens: whoever joins or leaves later changes
nothing about it (Nghị định 152/2025/NĐ-CP, Điều 33 khoản 5 counts all members).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from typing import Any, Literal

from definitions.flow import Flow, Transition, VoteRule
from workflow.domain.facts import TallyFacts

Body = Literal["council", "standing_members", "unit_council", "cluster"]
BODIES: tuple[Body, ...] = ("council", "standing_members", "unit_council", "cluster")
Post = Literal["chair", "vice_chair", "member", "secretary"]
POSTS: tuple[Post, ...] = ("chair", "vice_chair", "member", "secretary")
Attendance = Literal["unknown", "present", "absent", "wrote"]
"""`wrote` answered by a letter on paper; who answers in writing online is known by the roll."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A place on a council. `until_on` is the first day without it. A seat without a vote takes the minutes."""

    person: str
    name: str
    post: Post
    standing: bool
    votes: bool
    from_on: date
    until_on: date | None = None

    def held_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


def entitled(seats: Iterable[Seat], body: Body, on: date) -> tuple[Seat, ...]:
    """Who may vote in this body on `on`: chair first, vice-chairs, then members, each as their seats are ordered.

    The standing members are a smaller council of the same people. Nobody has two votes.
    """
    found: dict[str, Seat] = {}
    for seat in sorted(seats, key=lambda each: POSTS.index(each.post)):
        wanted = seat.votes and seat.held_on(on) and (body != "standing_members" or seat.standing)
        if wanted:
            found.setdefault(seat.person, seat)
    return tuple(found.values())


def hour_of(text: str) -> time | None:
    """The hour of a session as it is kept, `08:30`; None where none is given. Raises ValueError for anything else."""
    return datetime.strptime(text, "%H:%M").time() if text else None  # noqa: DTZ007 - an hour has no zone


_HOUR = re.compile(r"(\d{1,2})(?:\s*(?:[:.hg]|giờ)\s*(\d{2})?\s*(?:phút|ph|p)?)?", re.IGNORECASE)


def hour_as_kept(typed: str) -> str:
    """An hour as people write it, `9h`, `8h30`, `14 giờ 05`, as it is kept, `08:30`; what is none stays."""
    found = _HOUR.fullmatch(typed.strip())
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else typed.strip()


def chairs(seats: Iterable[Seat]) -> int:
    """How many of these preside. More than one is a mistake in the register."""
    return sum(each.post == "chair" for each in seats)


# ── the acts of a session ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BodyActs:
    """The transitions with which one body's vote goes its way in a flow. `table` and `open` may be missing."""

    vote: VoteRule
    close: Transition
    open: Transition | None
    table: Transition | None

    def stage(self, state: str) -> Literal["voting", "tabled", "ready"] | None:
        """Where a dossier in `state` stands: voted on, waiting for that, able to be put on the agenda; else None."""
        if state in self.close.sources:
            return "voting"
        if self.open is not None and state in self.open.sources:
            return "tabled"
        return "ready" if self.table is not None and state in self.table.sources else None


def body_acts(flow: Flow, body: Body) -> BodyActs | None:
    """The acts that belong to a vote of this body in this flow; None where it does not vote.

    They are read off the flow, whatever their names: the act that records the body's tally, the one that leads to it,
    and the one before that, which puts a dossier on the agenda.
    """
    for name, rule in flow.votes.items():
        if rule.body != body:
            continue
        close = next((each for each in flow.transitions.values() if each.vote == name), None)
        if close is None:
            continue
        opening = _leading_to(flow, close.sources)
        table = _leading_to(flow, opening.sources) if opening is not None and body in _WITH_AGENDA else None
        return BodyActs(rule, close, opening, table)
    return None


_WITH_AGENDA = frozenset({"council", "standing_members"})


def _leading_to(flow: Flow, states: tuple[str, ...]) -> Transition | None:
    """The plain act that ends in one of these states, from a state outside them."""
    for each in flow.transitions.values():
        plain = not each.exceptional and each.effect is None and each.task is None and each.vote is None
        if plain and len(each.branches) == 1 and each.branches[0].to in states and not set(each.sources) & set(states):
            return each
    return None


def rule_to(rule: VoteRule) -> dict[str, Any]:
    """A vote rule as JSON can keep it, fixed when a vote opens; `rule_from` gives it back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rule).items()}


def rule_from(kept: Mapping[str, Any]) -> VoteRule:
    values: dict[str, Any] = {name: kept[name] for name in (each.name for each in fields(VoteRule)) if name in kept}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return VoteRule(**values)


# ── a line's tally ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Counts:
    """Ballots of one line by what they say."""

    yes: int = 0
    no: int = 0
    blank: int = 0
    invalid: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.yes + other.yes, self.no + other.no, self.blank + other.blank, self.invalid + other.invalid)

    @property
    def ballots(self) -> int:
        return self.yes + self.no + self.blank + self.invalid


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who took part in the vote on one line, by persons' keys; what they chose is not here.

    `voted` are those on the roll: they cast a ballot themselves, at the table or from elsewhere.
    """

    members: tuple[str, ...]
    attendance: Mapping[str, Attendance]
    recused: frozenset[str]
    voted: frozenset[str]

    @property
    def present(self) -> int:
        """Those at the table who did not step aside on this line."""
        return sum(self.attendance.get(each) == "present" and each not in self.recused for each in self.members)

    @property
    def written(self) -> int:
        """Those who answered in writing: by letter, or by casting their ballot without being at the table."""
        return sum(self._wrote(each) for each in self.members)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Members who neither stepped aside nor are known to have taken part."""
        return tuple(
            each for each in self.members
            if each not in self.recused and self.attendance.get(each) != "present" and not self._wrote(each)
        )  # fmt: skip

    def _wrote(self, person: str) -> bool:
        if person in self.recused or self.attendance.get(person) == "present":
            return False
        return self.attendance.get(person) == "wrote" or person in self.voted


def tally(
    turnout: Turnout, counts: Counts, *, chair_agrees: bool | None, held_on: date, minutes: str, rank: int | None = None
) -> TallyFacts:
    """What the act that closes a vote brings for one line."""
    return TallyFacts(
        members=len(turnout.members), present=turnout.present, yes=counts.yes, no=counts.no, blank=counts.blank,
        invalid=counts.invalid, written=turnout.written, recused=len(turnout.recused & set(turnout.members)),
        chair_agrees=chair_agrees, rank=rank, held_on=held_on, minutes=minutes,
    )  # fmt: skip
