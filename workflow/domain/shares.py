"""What an agenda is made up of: women and direct workers by award, and caps that are taken of the whole round.

Counts and exact ratios; a nominee of whom it is not known is counted apart and never guessed. Shares are laid before
the council; only a cap of a flow can stop anything, and it is asked in `across`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from definitions.flow import Across, Nominee
from workflow.domain.reasons import Line, Plain


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an agenda. `woman` and `direct` (a direct worker, who leads nobody) are of individuals alone."""

    award: str
    nominee: Nominee
    woman: bool | None = None
    direct: bool | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those of whom it is known are of a kind. `unknown` are neither in `count` nor in `known`."""

    count: int
    known: int
    unknown: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.count, self.known) if self.known else None

    @property
    def hundredths(self) -> int | None:
        """The ratio in hundredths of a percent, to the nearest, as it is shown."""
        return (self.count * 20_000 + self.known) // (2 * self.known) if self.known else None

    @property
    def bounds(self) -> tuple[Fraction, Fraction] | None:
        """The least and the greatest that the ratio of all can turn out to be."""
        whole = self.known + self.unknown
        return (Fraction(self.count, whole), Fraction(self.count + self.unknown, whole)) if whole else None


@dataclass(frozen=True, slots=True)
class MakeUp:
    """The make-up of the lines of one award; of all awards where `award` is empty."""

    award: str
    individuals: int
    collectives: int
    women: Share
    direct_workers: Share


def make_up(entries: Iterable[Entry]) -> tuple[MakeUp, ...]:
    """One for each award in the order in which they come, and the whole agenda last. Empty for an empty agenda."""
    everything = tuple(entries)
    if not everything:
        return ()
    awards = dict.fromkeys(each.award for each in everything)
    each_award = (_made_up(award, [each for each in everything if each.award == award]) for award in awards)
    return (*each_award, _made_up("", everything))


def _made_up(award: str, entries: Iterable[Entry]) -> MakeUp:
    lines = tuple(entries)
    people = [each for each in lines if each.nominee == "individual"]
    return MakeUp(
        award,
        len(people),
        len(lines) - len(people),
        _share(each.woman for each in people),
        _share(each.direct for each in people),
    )


def _share(answers: Iterable[bool | None]) -> Share:
    said = list(answers)
    return Share(said.count(True), len(said) - said.count(None), said.count(None))


def known_shares(made: MakeUp) -> Mapping[str, tuple[int, int]]:
    """What a rule `share` may be asked of (`women`, `direct_workers`), as `AcrossFacts.shares` has it.

    A share with unknown nominees is not in it: what is not known does not hold. Neither is one of nobody.
    """
    both = {"women": made.women, "direct_workers": made.direct_workers}
    return {name: (each.count, each.known) for name, each in both.items() if each.known and not each.unknown}


def falls_short(rule: Across, made: MakeUp) -> Line | None:
    """What a rule `share` with a percent says of this make-up: fewer than it encourages, or perhaps fewer.

    None where there are enough, or where it is about nothing that is counted here. Shares are encouraged, never asked
    for: this stops nothing.
    """
    name = rule.of or rule.id
    share = {"women": made.women, "direct_workers": made.direct_workers}.get(name)
    if share is None or rule.percent is None or not made.individuals:
        return None
    enough = rule.percent * made.individuals
    if share.count * 100 >= enough:
        return None
    code = "shares.may_be_below" if (share.count + share.unknown) * 100 >= enough else "shares.below"
    return Line(code, {"of": name, "percent": rule.percent, "count": share.count, "individuals": made.individuals,
                       "unknown": share.unknown, "wanted": -(-enough // 100)})  # fmt: skip


# ── caps ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Cap:
    """How an agenda stands to a cap of the round. `base` and `limit` are None while the figure is not entered.

    `count` is those who hold or passed it already in the round and those on this agenda.
    """

    rule: str
    award: str
    percent: int
    of: str
    base: int | None
    limit: int | None
    count: int

    @property
    def over(self) -> int:
        """How many more there are than may be; nought while it is not known."""
        return 0 if self.limit is None else max(0, self.count - self.limit)

    @property
    def free(self) -> int | None:
        """How many more there may be; None while it is not known."""
        return None if self.limit is None else max(0, self.limit - self.count)


def limit_of(percent: int, base: int, rounding: str) -> int:
    """So many percent of a count: whole ones only, rounded down, or up where `rounding` is `ceil`."""
    share = percent * base
    return -(-share // 100) if rounding == "ceil" else share // 100


def cap(rule: Across, award: str, figures: Mapping[str, int], *, already: int, on_agenda: int) -> Cap:
    """How many of this award the round may still take, under a rule `ratio_cap`.

    `figures` are those of the round, by name; `already` are those of the award that went this way before and are not on
    this agenda.
    """
    percent, base = rule.percent or 0, figures.get(rule.of)
    limit = None if base is None else limit_of(percent, base, rule.rounding)
    return Cap(rule.id, rule.award or award, percent, rule.of, base, limit, already + on_agenda)


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def lines_of(made: MakeUp) -> tuple[Line, ...]:
    """The make-up in sentences, as it is read before the vote. Awards of collectives alone have none."""
    return tuple(_lines(made))


def _lines(made: MakeUp) -> Iterator[Line]:
    if not made.individuals:
        return
    for name, share in (("women", made.women), ("direct_workers", made.direct_workers)):
        figures: dict[str, Plain] = {
            "of": name, "count": share.count, "known": share.known, "unknown": share.unknown,
            "individuals": made.individuals, "share": share.hundredths or 0,
        }  # fmt: skip
        if not share.known:
            yield Line("shares.none_known", figures)
        else:
            yield Line("shares.some_unknown" if share.unknown else "shares.all_known", figures)


def line_of_cap(seen: Cap) -> Line:
    """One sentence: how many there are, how many there may be."""
    params: dict[str, Plain] = {
        "award": seen.award, "percent": seen.percent, "of": seen.of, "count": seen.count,
    }  # fmt: skip
    if seen.limit is None or seen.base is None:
        return Line("shares.cap_unknown", params)
    code = "shares.cap_over" if seen.over else "shares.cap_within"
    return Line(code, {**params, "base": seen.base, "limit": seen.limit, "over": seen.over, "free": seen.free})
