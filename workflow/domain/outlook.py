"""How one line stands while its vote runs: passed, lost, or still open, and what it wants.

Two views that never mix. `outlook` may see the counts: the vote is open, or all paper has been counted. Before a
secret vote is closed only `outlook_of_turnout` may be asked: it knows who took part and nothing that anybody chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from definitions.flow import VoteRule
from workflow.domain import votes
from workflow.domain.facts import TallyFacts
from workflow.domain.reasons import Line, Plain

Position = Literal["passed", "cannot_pass", "can_pass"]


@dataclass(frozen=True, slots=True)
class Participation:
    """How many take part in the vote on one line, and nothing of what they chose.

    `present` sit at the table and did not step aside, `written` have answered in writing.
    """

    members: int
    present: int
    written: int = 0
    recused: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """Members whose answer may still come. Nobody is counted twice.

    `at_table` are among those present, without a ballot in the box yet. `expected` are neither present nor known to
    be away: they may still come. All others who are away may answer in writing where the rule allows it, to the end
    of `until_on` (no limit when it is None).
    """

    at_table: int = 0
    expected: int = 0
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a line stands, seen with its counts.

    `passed` holds whatever may still be answered, `cannot_pass` even if all who may answer agree and the chair with
    them. `now` is the result if the vote were closed this moment. `base` and `needed` are those of the ratio once
    everybody who may answer has done so; `still_needed` more yes votes make it sure. `most_yes` is the highest number
    of yes votes that can still be reached. `chair_decides`: all have answered, it is a tie, and the chair's opinion is
    not minuted yet; `only_by_chair`: no more than such a tie can still be reached. `blocked_by` names, where it cannot
    pass, each ground: quorum, vote_not_passed, chair.
    """

    position: Position
    now: votes.VoteResult
    base: int
    needed: int
    yes: int
    still_needed: int
    most_yes: int
    at_table: int
    expected: int
    may_write: int
    until_on: date | None
    quorum_missing: int
    chair_missing: bool
    chair_decides: bool
    only_by_chair: bool
    counted_of: str
    members: int
    blocked_by: tuple[str, ...]

    @property
    def may_answer(self) -> int:
        return self.at_table + self.expected + self.may_write


@dataclass(frozen=True, slots=True)
class TurnoutOutlook:
    """Where a line stands before a secret vote is closed: the same for every way in which the ballots were filled in.

    `most_yes` counts every answer, given or possible, as a yes. `spare` is how many answers may stay away before it
    can no longer pass; None where an answer that does not come leaves the base too.
    """

    can_pass: bool
    members: int
    answered: int
    at_table: int
    expected: int
    may_write: int
    until_on: date | None
    base: int
    needed: int
    most_yes: int
    spare: int | None
    quorum_needed: int | None
    quorum_missing: int
    chair_to_be_minuted: bool
    counted_of: str
    blocked_by: tuple[str, ...]

    @property
    def may_answer(self) -> int:
        return self.at_table + self.expected + self.may_write


# ── with the counts ──────────────────────────────────────────────────────────────────────────────


def outlook(rule: VoteRule, tally: TallyFacts, pending: Pending, on: date) -> Outlook:
    """How a line stands on day `on`. Only where the vote is open or the ballots have been counted.

    `tally` holds what is counted so far; ask `votes.problems` about it first.
    """
    takes_part = Participation(tally.members, tally.present, tally.written, tally.recused)
    may_write = _may_write(rule, takes_part, pending, on)
    answers = pending.at_table + pending.expected + may_write
    all_in = replace(tally, present=tally.present + pending.expected, written=tally.written + may_write)
    now = votes.result(rule, tally)
    # One more yes raises a share of any base, one more no lowers it: all the ways it can end lie between these two.
    worst = votes.result(rule, replace(all_in, no=tally.no + answers))
    hoped = tally.chair_agrees is not False
    best = votes.result(rule, replace(all_in, yes=tally.yes + answers, chair_agrees=hoped))
    sure = now.quorum_met and not {"vote_not_passed", "chair"} & set(worst.reason_codes)
    by_chair_alone = best.passed and best.still_needed > 0
    return Outlook(
        position="passed" if sure else "can_pass" if best.passed else "cannot_pass",
        now=now,
        base=worst.base,
        needed=worst.needed,
        yes=tally.yes,
        still_needed=worst.still_needed,
        most_yes=best.yes,
        at_table=pending.at_table,
        expected=pending.expected,
        may_write=may_write,
        until_on=pending.until_on,
        quorum_missing=_quorum_missing(now.quorum_needed, votes.counted_for_quorum(rule, tally)),
        chair_missing=rule.chair_must_agree and tally.chair_agrees is None,
        chair_decides=by_chair_alone and answers == 0 and tally.chair_agrees is None,
        only_by_chair=by_chair_alone and answers > 0,
        counted_of=rule.base,
        members=tally.members,
        blocked_by=best.reason_codes,
    )


def lines_of(seen: Outlook) -> tuple[Line, ...]:
    """The outlook in sentences, the verdict first."""
    return tuple(_VERDICTS[seen.position](seen))


def _passed(seen: Outlook) -> Iterator[Line]:
    yield Line("outlook.passed", _figures(seen))
    if seen.may_answer:
        yield Line("outlook.settled", {"may_answer": seen.may_answer})


def _cannot(seen: Outlook) -> Iterator[Line]:
    for ground in seen.blocked_by:
        yield Line(f"outlook.cannot.{ground}", _figures(seen))


def _open(seen: Outlook) -> Iterator[Line]:
    figures = _figures(seen)
    if seen.chair_decides:
        yield Line("outlook.chair_decides", figures)
    elif seen.only_by_chair:
        yield Line("outlook.only_by_chair", {**figures, "still_needed": seen.base // 2 - seen.yes})
    elif seen.still_needed:
        yield Line("outlook.more_yes", figures)
    else:
        yield Line("outlook.enough_yes", figures)
    if seen.still_needed and seen.now.passed:
        yield Line("outlook.passes_if_closed", {"yes": seen.yes, "base": seen.now.base, "needed": seen.now.needed})
    if seen.quorum_missing:
        yield Line("outlook.quorum_missing", figures)
    if seen.chair_missing:
        yield Line("outlook.chair_missing")
    yield from _who_may_answer(seen)


_VERDICTS = {"passed": _passed, "cannot_pass": _cannot, "can_pass": _open}


def _figures(seen: Outlook) -> dict[str, Plain]:
    return {
        "yes": seen.yes,
        "base": seen.base,
        "needed": seen.needed,
        "still_needed": seen.still_needed,
        "most_yes": seen.most_yes,
        "counted_of": seen.counted_of,
        "members": seen.members,
        "quorum_needed": seen.now.quorum_needed or 0,
        "quorum_missing": seen.quorum_missing,
    }


# ── without them ─────────────────────────────────────────────────────────────────────────────────


def outlook_of_turnout(rule: VoteRule, participation: Participation, pending: Pending, on: date) -> TurnoutOutlook:
    """How a line stands on day `on` as far as the roll alone tells: for a secret vote that is still open."""
    may_write = _may_write(rule, participation, pending, on)
    so_far = TallyFacts(
        participation.members,
        participation.present,
        yes=0,
        written=participation.written,
        recused=participation.recused,
    )
    took_part = votes.took_part(so_far)
    most_yes = took_part + pending.expected + may_write
    all_in = replace(so_far, present=so_far.present + pending.expected, written=so_far.written + may_write)
    best = votes.result(rule, replace(all_in, yes=most_yes, chair_agrees=True))
    return TurnoutOutlook(
        can_pass=best.passed,
        members=participation.members,
        answered=took_part - pending.at_table,
        at_table=pending.at_table,
        expected=pending.expected,
        may_write=may_write,
        until_on=pending.until_on,
        base=best.base,
        needed=best.needed,
        most_yes=most_yes,
        spare=max(0, most_yes - best.needed) if rule.base == "all_members" else None,
        quorum_needed=best.quorum_needed,
        quorum_missing=_quorum_missing(best.quorum_needed, votes.counted_for_quorum(rule, so_far)),
        chair_to_be_minuted=rule.chair_must_agree,
        counted_of=rule.base,
        blocked_by=best.reason_codes,
    )


def lines_of_turnout(seen: TurnoutOutlook) -> tuple[Line, ...]:
    """The turnout in sentences: how many have answered, who may still, and whether it can be enough."""
    return tuple(_turnout(seen))


def _turnout(seen: TurnoutOutlook) -> Iterator[Line]:
    figures: dict[str, Plain] = {
        "answered": seen.answered,
        "members": seen.members,
        "base": seen.base,
        "needed": seen.needed,
        "most_yes": seen.most_yes,
        "quorum_needed": seen.quorum_needed or 0,
        "quorum_missing": seen.quorum_missing,
    }
    for ground in seen.blocked_by:
        yield Line(f"outlook.turnout_cannot.{ground}", figures)
    yield Line("outlook.answered", figures)
    if not seen.can_pass:
        return
    yield Line(f"outlook.turnout_needs.{seen.counted_of}", figures)
    if seen.quorum_missing:
        yield Line("outlook.quorum_missing", figures)
    yield from _who_may_answer(seen)
    if seen.spare is not None and seen.spare < seen.may_answer:
        yield Line("outlook.spare" if seen.spare else "outlook.no_spare", {**figures, "spare": seen.spare})
    if seen.chair_to_be_minuted:
        yield Line("outlook.chair_to_be_minuted")


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


def _may_write(rule: VoteRule, seen: Participation, pending: Pending, on: date) -> int:
    """How many who are away may still answer in writing on this day."""
    in_time = pending.until_on is None or on <= pending.until_on
    if not rule.written or not in_time:
        return 0
    return max(0, seen.members - seen.present - seen.written - seen.recused - pending.expected)


def _quorum_missing(wanted: int | None, have: int) -> int:
    return 0 if wanted is None else max(0, wanted - have)


def _who_may_answer(seen: Outlook | TurnoutOutlook) -> Iterator[Line]:
    if seen.at_table:
        yield Line("outlook.at_table", {"at_table": seen.at_table})
    if seen.expected:
        yield Line("outlook.expected", {"expected": seen.expected})
    if seen.may_write and seen.until_on is not None:
        yield Line("outlook.may_write_until", {"may_write": seen.may_write, "until": seen.until_on.isoformat()})
    elif seen.may_write:
        yield Line("outlook.may_write", {"may_write": seen.may_write})
