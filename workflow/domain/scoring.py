"""Specialists score a dossier before it comes to the table: their points, what they come to, and who may see what.

Points are whole numbers and everything made of them is an exact fraction; only what is shown is rounded. Points decide
nothing: they are laid before the council, and a cluster may rank by them (`ranking`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

from definitions.flow import Appraisal
from workflow.domain.decisions import covers
from workflow.domain.facts import Actor, Held, NominationFacts
from workflow.domain.recusing import Recusal, recusals


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What one appraiser gave: points by criterion, or that he abstains. `appraiser` is a person's key."""

    appraiser: str
    points: Mapping[str, int] = field(default_factory=dict)
    abstains: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """What all cards come to, on the appraisal's scale.

    `mean` and `median` are over those who scored; None when nobody did. `criteria` are mean points by criterion.
    `missing` were asked and have handed in nothing. Who stepped aside is in none of these.
    """

    cards: Mapping[str, Fraction]
    mean: Fraction | None
    median: Fraction | None
    criteria: Mapping[str, Fraction]
    abstained: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to score a dossier, and who would be but steps aside. Both in the order of the people given."""

    people: tuple[str, ...]
    aside: tuple[Recusal, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody whom the flow's rule asks, and why him.

    `why` is `everybody` (the flow asks all), `field` (the flow asks the field's own), `all_there_are` (no more could be
    asked than are needed) or `fewest`: he has `load` dossiers still to score, and of those passed over nobody fewer
    than `least_left`.
    """

    person: str
    why: str
    load: int = 0
    least_left: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees of an appraisal: whose cards, whether what they come to, whether who is nominated."""

    cards: frozenset[str]
    result: bool
    names: bool


# ── who scores ───────────────────────────────────────────────────────────────────────────────────


def asked(
    appraisal: Appraisal,
    actors: Iterable[Actor],
    facts: NominationFacts,
    own_units: Mapping[str, Collection[str]],
    declared: Mapping[str, str],
) -> Asked:
    """Who of `actors` scores this dossier.

    A grant for all fields is not one for the dossier's own: where `who` is `field`, only the latter asks its holder. In
    a flow without such holders nobody is asked, which is a matter of the register and not decided here.
    """
    holders = [each for each in actors if any(_fits(appraisal, held, facts) for held in each.held)]
    aside = recusals(
        (each.person for each in holders),
        nominee=facts.person,
        unit=facts.unit,
        own_units=own_units,
        declared=declared,
        selves={each.person: each.selves for each in holders},
    )
    out = {each.person for each in aside}
    return Asked(tuple(each.person for each in holders if each.person not in out), aside)


def _fits(appraisal: Appraisal, held: Held, facts: NominationFacts) -> bool:
    if held.role not in appraisal.by or not covers(held, facts):
        return False
    return appraisal.who == "all" or held.scope_kind == "field"


def choose(
    appraisal: Appraisal, people: Collection[str], loads: Mapping[str, int], already: int = 0
) -> tuple[Chosen, ...]:
    """Whom the flow's rule asks of `people`: who may score this dossier and is not asked yet.

    `already` are asked. Where the flow says how many, those with the fewest dossiers still to score come first, of
    equal ones the lower key: the same register and the same loads give the same people.
    """
    if appraisal.people is None:
        return tuple(Chosen(person, "field" if appraisal.who == "field" else "everybody") for person in people)
    order = sorted(people, key=lambda person: (loads.get(person, 0), person))
    wanted = max(0, appraisal.people - already)
    left = order[wanted:]
    if not left:
        return tuple(Chosen(person, "all_there_are", loads.get(person, 0)) for person in order)
    least = loads.get(left[0], 0)
    return tuple(Chosen(person, "fewest", loads.get(person, 0), least) for person in order[:wanted])


# ── what they give ───────────────────────────────────────────────────────────────────────────────


def faults(appraisal: Appraisal, card: Scorecard) -> tuple[tuple[str, str], ...]:
    """What is wrong with a card, as (criterion, code); empty when it can be taken.

    missing, unknown, not_a_number, too_small, too_large; abstains (who abstains gives no points).
    """
    if card.abstains:
        return tuple((name, "abstains") for name in card.points)
    found = [(name, "missing") for name in appraisal.criteria if name not in card.points]
    for name, points in card.points.items():
        criterion = appraisal.criteria.get(name)
        if criterion is None:
            found.append((name, "unknown"))
        elif type(points) is not int:  # True is an int to Python, and no number of points
            found.append((name, "not_a_number"))
        elif points < 0:
            found.append((name, "too_small"))
        elif points > criterion.max:
            found.append((name, "too_large"))
    return tuple(found)


def score(appraisal: Appraisal, points: Mapping[str, int]) -> Fraction:
    """What these points come to on the appraisal's scale: each criterion counts by its weight, whatever its `max` is.

    The points are those of a card without faults.
    """
    weights = sum(each.weight for each in appraisal.criteria.values())
    whole = sum(
        (Fraction(each.weight * points[name], each.max) for name, each in appraisal.criteria.items()), Fraction()
    )
    return whole * appraisal.scale / weights


def scores(appraisal: Appraisal, cards: Iterable[Scorecard], people: Iterable[str]) -> Scores:
    """What the cards of those asked (`people`) come to. A card of anybody else is not looked at."""
    wanted = tuple(people)
    handed = {each.appraiser: each for each in cards if each.appraiser in wanted}
    given = {name: handed[name].points for name in wanted if name in handed and not handed[name].abstains}
    each_score = {name: score(appraisal, points) for name, points in given.items()}
    return Scores(
        cards=each_score,
        mean=_mean(each_score.values()),
        median=median(each_score.values()) if each_score else None,
        criteria={
            name: Fraction(sum(points[name] for points in given.values()), len(given))
            for name in appraisal.criteria
            if given
        },
        abstained=tuple(name for name in wanted if name in handed and handed[name].abstains),
        missing=tuple(name for name in wanted if name not in handed),
    )


def _mean(values: Collection[Fraction]) -> Fraction | None:
    return sum(values, Fraction()) / len(values) if values else None


# ── who sees what ────────────────────────────────────────────────────────────────────────────────


def sight(
    appraisal: Appraisal, viewer: str, people: Collection[str], handed_in: Collection[str], *, oversees: bool = False
) -> Sight:
    """What `viewer` sees while a dossier is appraised.

    `people` are those asked, `handed_in` those of them whose card (or abstention) is there, `oversees` who leads the
    appraisal or prepares the table: they see everything. Anybody else, one who stepped aside too, sees nothing.
    """
    there = frozenset(handed_in) & frozenset(people)
    if oversees:
        return Sight(there, True, True)
    if viewer not in people:
        return Sight(frozenset(), False, False)
    open_to_him = appraisal.visible == "always" or (appraisal.visible == "after_own" and viewer in there)
    return Sight(there if open_to_him else there & {viewer}, open_to_him, not appraisal.blind)
