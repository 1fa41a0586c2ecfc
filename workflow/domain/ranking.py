"""Clusters put those they acclaim in an order: ranks with ties, and who is among the first.

A tie that crosses the cut is never broken by a machine. It follows the rule of the flow: nobody of the tied is taken,
or the chair says who. That the law prefers women among equals (Nghị định 152/2025/NĐ-CP, Điều 4 khoản 6, 7) is said to
whoever decides, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from definitions.flow import VoteRule
from workflow.domain.reasons import Line


class RankingError(ValueError):
    """What the chair is said to have chosen cannot be. `code`: not_tied (those named in `keys` did not tie across the
    cut), too_many (more than there are places)."""

    def __init__(self, code: str, keys: tuple[str, ...]) -> None:
        super().__init__(f"{code}: {', '.join(keys)}")
        self.code = code
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those to be ranked. `key` is the nomination's code.

    `points` are yes votes or an appraisal's points, whichever the rule ranks by. `passed` tells whether the vote itself
    was passed. `women` is (women, people): (1, 1) or (0, 1) for one person; None where it is not known.
    """

    key: str
    points: int | Fraction
    passed: bool = True
    women: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A rank: 1, 1, 3. `tied` names the others who have it too."""

    rank: int
    key: str
    points: int | Fraction
    passed: bool
    tied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """An order, and who is chosen by it.

    A tie across the cut is `undecided` while the chair still has to say which `open_places` of them are taken, and
    `tied_out` where the rule takes nobody of it. `preferred` are those among the undecided whom the law prefers.
    `recorded` is the rank that goes into each tally: nobody who is not chosen has one within the `top` places, so that
    “leads the cluster” is never true of two for one.
    """

    places: tuple[Place, ...]
    top: int
    chosen: tuple[str, ...]
    undecided: tuple[str, ...]
    open_places: int
    tied_out: tuple[str, ...]
    preferred: tuple[str, ...]
    recorded: Mapping[str, int]

    @property
    def settled(self) -> bool:
        return not self.undecided


def ranked(contenders: Iterable[Contender]) -> tuple[Place, ...]:
    """Those who passed before those who did not, most points first; equals share a rank. Equals stand by their keys."""
    ordered = sorted(contenders, key=lambda each: (not each.passed, -each.points, each.key))
    places: list[Place] = []
    for _, group in groupby(ordered, key=lambda each: (each.passed, each.points)):
        equal, rank = list(group), len(places) + 1
        for each in equal:
            tied = tuple(other.key for other in equal if other is not each)
            places.append(Place(rank, each.key, each.points, each.passed, tied))
    return tuple(places)


def rank(rule: VoteRule, contenders: Sequence[Contender], by_chair: Collection[str] = ()) -> Ranking:
    """Who is among the first `rule.top`. `by_chair` are those whom the chair took out of a tie, as minuted.

    Raises RankingError when the chair's word does not fit. With fewer names than there are places, the others stay
    undecided.
    """
    places = ranked(contenders)
    sure = tuple(each.key for each in places if each.passed and each.rank + len(each.tied) <= rule.top)
    across = tuple(each.key for each in places if each.passed and each.rank <= rule.top < each.rank + len(each.tied))
    free = min(rule.top - len(sure), len(across))
    taken = _taken(rule, across, free, by_chair)
    waiting = rule.tie == "chair_decides" and len(taken) < free
    undecided = tuple(each for each in across if each not in taken) if waiting else ()
    women = {each.key: each.women for each in contenders}
    return Ranking(
        places=places,
        top=rule.top,
        chosen=(*sure, *taken),
        undecided=undecided,
        open_places=free - len(taken) if waiting else 0,
        tied_out=across if rule.tie == "fails" else (),
        preferred=tuple(_preferred(rule, undecided, women)),
        recorded={each.key: _recorded(each, rule.top, each.key in across and each.key not in taken) for each in places},
    )


def _taken(rule: VoteRule, across: tuple[str, ...], free: int, by_chair: Collection[str]) -> tuple[str, ...]:
    strangers = tuple(sorted(set(by_chair) - set(across)))
    if strangers or (by_chair and rule.tie != "chair_decides"):
        raise RankingError("not_tied", strangers or tuple(sorted(set(by_chair))))
    if len(set(by_chair)) > free:
        raise RankingError("too_many", tuple(sorted(set(by_chair))))
    return tuple(each for each in across if each in by_chair)


def _recorded(place: Place, top: int, tied_and_not_taken: bool) -> int:
    """Of a tie across the cut, whom the chair took keep its rank; the others stand behind the whole of it."""
    if not place.passed:
        return max(place.rank, top + 1)
    return place.rank + len(place.tied) if tied_and_not_taken else place.rank


def _preferred(
    rule: VoteRule, undecided: tuple[str, ...], women: Mapping[str, tuple[int, int] | None]
) -> Iterator[str]:
    """Women, and collectives of so many women, where not all of the tied are alike in it."""
    if rule.prefer_women is None:
        return
    numerator, denominator = rule.prefer_women
    known = {key: women[key] for key in undecided}
    found = [
        key for key, each in known.items() if each is not None and each[0] * denominator >= numerator * each[1] > 0
    ]
    if len(found) < len(undecided):
        yield from found


def lines_of(ranking: Ranking) -> tuple[Line, ...]:
    """What whoever closes the ranking must know: what is tied, who decides, whom the law prefers."""
    return tuple(_lines(ranking))


def _lines(ranking: Ranking) -> Iterator[Line]:
    if ranking.chosen:
        yield Line("ranking.chosen", {"keys": ranking.chosen, "amount": len(ranking.chosen), "top": ranking.top})
    if ranking.undecided:
        yield Line("ranking.undecided", {"keys": ranking.undecided, "places": ranking.open_places})
    if ranking.tied_out:
        yield Line("ranking.tied_out", {"keys": ranking.tied_out, "places": ranking.top - len(ranking.chosen)})
    if ranking.preferred:
        yield Line("ranking.prefer_women", {"keys": ranking.preferred})
