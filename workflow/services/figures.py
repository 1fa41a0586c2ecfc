"""Figures for statistics: how far a round has come, how old what waits is, what the next weeks bring, what was awarded.

Within what the person may see, always. For the desk they come from the counts that acts keep and from indexes; others
have theirs counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workflow.services import listing
from workflow.services.desk import Desk
from workflow.services.listing import ListRefused, Query, Surroundings, capitalised
from workflow.services.viewing import Viewer
from workflow.storage import tallying
from workflow.storage.database import read
from workflow.wording import award_name, role_label

AHEAD = 30
"""Days of the load that is shown, today among them."""
AGES = (5, 10, 20)
"""Working days up to which a wait is of one age; a longer one is of the last."""
YEARS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure, what it is of, and the list of what was counted."""

    text: str
    value: int
    query: Query
    kind: str = "open"


@dataclass(frozen=True, slots=True)
class Aged:
    """How many wait for one role, by age, the youngest first."""

    text: str
    values: tuple[int, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Day:
    """How many limits are due on a day, working day or not."""

    on: date
    value: int
    working: bool


@dataclass(frozen=True, slots=True)
class Awarded:
    """How many of each award were decided in a year, in the order of the awards."""

    year: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the page."""

    round: str
    rounds: tuple[tuple[str, str], ...]
    funnel: tuple[Bar, ...]
    ages: tuple[Aged, ...]
    overdue: int
    load: tuple[Day, ...]
    awards: tuple[tuple[str, str], ...]
    years: tuple[Awarded, ...]


def of(desk: Desk, viewer: Viewer, round_code: str, today: date) -> Figures:
    """The figures of this person; of the newest round when none is named. Raises ListRefused for an unknown round."""
    with read(desk.engine) as connection:
        around = listing.surroundings(desk, connection, viewer, today)
        rounds = {each.code: each for each in around.rounds}
        if round_code and round_code not in rounds:
            raise ListRefused("wrong_value", name="dot", value=round_code[:40])
        chosen = rounds.get(round_code) or next(iter(rounds.values()), None)
        sight = viewer.sight
        in_round = tallying.by_state(connection, sight, chosen.id) if chosen is not None else {}
        bounds = _bounds(desk, today)
        aged = tallying.by_age(connection, sight, around.book.open_states(), bounds)
        until = today + timedelta(days=AHEAD)
        due = tallying.by_due_day(connection, sight, until)
        decided = tallying.by_decision(connection, sight)
    amounts: Counter[tuple[int, str]] = Counter()
    for year, award, amount in decided:
        amounts[year, award] += amount
    years = sorted({year for year, _ in amounts})[-YEARS:]
    awards = [award for award in around.book.awards() if any(amounts[year, award] for year in years)]
    return Figures(
        round=chosen.code if chosen is not None else "",
        rounds=tuple((each.code, each.title) for each in around.rounds),
        funnel=_funnel(around, in_round, chosen.code if chosen is not None else ""),
        ages=_ages(around, aged),
        overdue=sum(amount for on, amount in due.items() if on < today),
        load=tuple(
            Day(on, due.get(on, 0), desk.calendar.is_working(on))
            for on in (today + timedelta(days=number) for number in range(AHEAD))
        ),
        awards=tuple((award, award_name(award, viewer.language)) for award in awards),
        years=tuple(Awarded(year, tuple(amounts[year, award] for award in awards)) for year in years),
    )


def _bounds(desk: Desk, today: date) -> tuple[date, ...]:
    """The earliest day of each age, the youngest first: who came to his state before it has waited longer."""
    found, day = [], today
    waited = 0
    for age in AGES:
        while waited < age:
            day -= timedelta(days=1)
            waited += desk.calendar.is_working(day)
        found.append(day)
    return tuple(found)


_KINDS = {"positive": "positive", "negative": "negative", "neutral": "neutral"}


def _funnel(around: Surroundings, amounts: dict[str, int], code: str) -> tuple[Bar, ...]:
    """States in the order dossiers meet them, ends last."""
    language = around.viewer.language
    labels = around.book.labels(language)
    ends = {id_: state.final for flow in around.book.flows.values() for id_, state in flow.states.items()}
    return tuple(
        Bar(
            labels[state], amounts[state], Query((("dot", code), ("trang-thai", state))),
            _KINDS.get(ends.get(state) or "", "open"),
        )
        for state in around.book.order
        if amounts.get(state)
    )  # fmt: skip


def _ages(around: Surroundings, aged: Sequence[tuple[str, tuple[int, ...]]]) -> tuple[Aged, ...]:
    """By whose turn it is, in the order of the states."""
    sums: dict[str, list[int]] = {}
    for state, amounts in aged:
        owner = next((f.states[state].owner for f in around.book.newest.values() if state in f.states), None)
        if owner:
            kept = sums.setdefault(owner, [0] * len(amounts))
            for place, amount in enumerate(amounts):
                kept[place] += amount
    language = around.viewer.language
    return tuple(
        Aged(
            capitalised(role_label(owner, language)),
            tuple(sums[owner]),
            Query((("luot", owner),), by="entered", descending=False),
        )
        for owner in around.book.owners()
        if any(sums.get(owner, ()))
    )
