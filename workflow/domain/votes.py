"""How a body's ballots become a result, with whole numbers only.

Here are the arithmetic of a vote rule and the reading of a tally. Who may vote, ballots and their
secrecy, and what follows from a result do not live here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts

COUNTS = ("members", "present", "yes", "no", "blank", "invalid", "written", "recused")
_counts = attrgetter(*COUNTS)
REQUIRED = ("members", "present", "yes")
KNOWN = tuple(each.name for each in fields(TallyFacts))


class TallyError(ValueError):
    """What was brought is not a tally. `faults` are pairs of (field, code): unknown, missing, not_a_count,
    not_a_flag, not_a_date, not_a_text. Nothing was recorded."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {code}" for name, code in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class VoteResult:
    """What a tally means under its rule.

    `base` is what the ratio is taken of, `needed` the fewest yes votes that pass with that base,
    `missing` the members who neither voted nor stepped aside, `may_answer` those of them who may
    still answer in writing. `quorum_needed` is None where the rule has no quorum.
    `reason_codes` is empty exactly when `passed`.
    """

    passed: bool
    base: int
    needed: int
    yes: int
    missing: int
    may_answer: int
    quorum_needed: int | None
    quorum_met: bool
    reason_codes: tuple[str, ...]

    @property
    def still_needed(self) -> int:
        """How many more yes votes would pass, the base staying what it is."""
        return max(0, self.needed - self.yes)


def took_part(tally: TallyFacts) -> int:
    """Those present and those who answered in writing. Members who stepped aside took no part."""
    return tally.present + tally.written


def base_of(rule: VoteRule, tally: TallyFacts) -> int:
    """What the ratio is taken of.

    A member who stepped aside stays in a base of members or of those present unless the rule
    takes him out. Blank and invalid ballots were cast, so they stay in a base of ballots cast and
    count there, as everywhere, as not agreeing.
    """
    if rule.base == "cast":
        return tally.yes + tally.no + tally.blank + tally.invalid
    leaves = rule.recusal == "leaves_base"
    if rule.base == "present":
        return took_part(tally) + (0 if leaves else tally.recused)
    return tally.members - (tally.recused if leaves else 0)


def needed(rule: VoteRule, base: int) -> int:
    """The fewest yes votes that pass: yes * 100 >= 80 * base for 80 %, or > when strict; never fewer than one.

    No ratio is ever rounded to whole percents: 35 of 44 reads as "80 %" and is not.
    """
    numerator, denominator = rule.ratio
    share = numerator * base
    return max(1, share // denominator + 1 if rule.strict else -(-share // denominator))


def hundredths(rule: VoteRule, yes: int, base: int) -> int:
    """The share of yes in hundredths of a percent, as pages and papers show it.

    Rounded to the nearest, but never across the threshold: what failed never reads like what would have passed, and the
    other way round. 35 of 44 are 79.55 %, and 5,999 of 7,500 are 79.99 % where 80 % are asked for.
    """
    if base <= 0:
        return 0
    numerator, denominator = rule.ratio
    shown = (yes * 20_000 + base) // (2 * base)
    against = shown * denominator - numerator * 10_000  # below, at, above the threshold
    exact = yes * denominator - numerator * base
    if yes >= needed(rule, base):
        if against < 0 or (against == 0 and exact > 0):
            return -(-yes * 10_000 // base)
    elif against > 0 or (against == 0 and exact < 0):
        return yes * 10_000 // base
    return shown


def quorum_needed(rule: VoteRule, members: int) -> int | None:
    """How many of all members must be counted for a quorum; None where the rule asks for none."""
    if rule.quorum is None:
        return None
    numerator, denominator = rule.quorum
    return -(-numerator * members // denominator)


def counted_for_quorum(rule: VoteRule, tally: TallyFacts) -> int:
    """Those who count for the quorum: all who took part, or only those present where the rule says so."""
    return tally.present if rule.quorum_counts == "present" else took_part(tally)


def result(rule: VoteRule, tally: TallyFacts) -> VoteResult:
    """The result of a vote under its rule: quorum, threshold, and the chair where the rule wants him.

    A chair's opinion that was not minuted is not an agreement. Call `problems` first: a tally that
    cannot be true still gets a result here.
    """
    base = base_of(rule, tally)
    enough = needed(rule, base)
    quorum = quorum_needed(rule, tally.members)
    quorum_met = quorum is None or counted_for_quorum(rule, tally) >= quorum
    carried = tally.yes >= enough or _broken_by_chair(rule, tally, base)
    agreed = not rule.chair_must_agree or tally.chair_agrees is True
    missing = max(0, tally.members - took_part(tally) - tally.recused)
    passed = quorum_met and carried and agreed
    verdicts = () if passed else (("quorum", quorum_met), ("vote_not_passed", carried), ("chair", agreed))
    return VoteResult(
        passed=passed,
        base=base,
        needed=enough,
        yes=tally.yes,
        missing=missing,
        may_answer=missing if rule.written else 0,
        quorum_needed=quorum,
        quorum_met=quorum_met,
        reason_codes=tuple(code for code, holds in verdicts if not holds),
    )


def _broken_by_chair(rule: VoteRule, tally: TallyFacts, base: int) -> bool:
    """A tie exists only where more than half is asked for and exactly half of the base said yes."""
    tied = rule.can_tie and tally.yes > 0 and tally.yes * 2 == base
    return tied and rule.tie == "chair_decides" and tally.chair_agrees is True


def problems(rule: VoteRule, tally: TallyFacts) -> tuple[str, ...]:
    """Why this tally cannot be true, as codes; empty when it can.

    negative, no_members, rank, more_ballots_than_voters, more_people_than_members,
    more_yes_than_members, written_not_allowed (answers in writing where the rule takes none).
    """
    ballots, took = tally.yes + tally.no + tally.blank + tally.invalid, took_part(tally)
    checks = (
        ("negative", min(_counts(tally)) < 0),
        ("no_members", tally.members == 0),
        ("rank", tally.rank is not None and tally.rank < 1),
        ("more_ballots_than_voters", ballots > took),
        ("more_people_than_members", took + tally.recused > tally.members),
        ("more_yes_than_members", tally.yes > tally.members),
        ("written_not_allowed", tally.written > 0 and not rule.written),
    )
    return tuple(code for code, wrong in checks if wrong)


def tally_from(brought: Mapping[str, object] | TallyFacts) -> TallyFacts:
    """Read the counts that an act brought. Strict: whole numbers are `int`, nothing is guessed.

    A value of None is one not given. `held_on` may be a date or its ISO text (as stored). Raises
    `TallyError` with every fault. Whether the numbers can be true is asked of `problems`.
    """
    if isinstance(brought, TallyFacts):
        return brought
    values = {name: _day(value) if name == "held_on" else value for name, value in brought.items() if value is not None}
    faults = [(name, "missing") for name in REQUIRED if name not in values]
    for name, value in values.items():
        code, fits = _SHAPES.get(name, _UNKNOWN)
        if not fits(value):
            faults.append((str(name), code))
    if faults:
        raise TallyError(tuple(faults))
    return TallyFacts(**values)  # type: ignore[arg-type]


def _day(value: object) -> object:
    """The day an ISO text names; anything else as it is, for the check to take or refuse."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _is_count(value: object) -> bool:
    # True is an int to Python; a flag in a place for people would be counted as one of them.
    return type(value) is int


_Shape = tuple[str, Callable[[object], bool]]
_UNKNOWN: _Shape = ("unknown", lambda _: False)
_SHAPES: Mapping[str, _Shape] = {
    **dict.fromkeys((*COUNTS, "rank"), ("not_a_count", _is_count)),
    "chair_agrees": ("not_a_flag", lambda value: isinstance(value, bool)),
    "held_on": ("not_a_date", lambda value: type(value) is date),
    "minutes": ("not_a_text", lambda value: isinstance(value, str)),
}


def tally_to(tally: TallyFacts) -> dict[str, int | bool | str | None]:
    """The plain values to keep of a tally, as `tally_from` reads them back; a day as its ISO text."""
    kept = {name: getattr(tally, name) for name in KNOWN}
    kept["held_on"] = tally.held_on.isoformat() if tally.held_on else None
    return kept
