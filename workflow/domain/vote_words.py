"""A vote rule in sentences: how many yes votes, how many must come, who may write, what a tie and the chair mean.

Gives codes and figures; the catalogue has the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.flow import VoteRule
from workflow.domain import votes
from workflow.domain.facts import TallyFacts
from workflow.domain.reasons import Line, Plain


def rule_lines(rule: VoteRule, members: int, recused: int = 0) -> tuple[Line, ...]:
    """The rule for a body of so many, of whom `recused` step aside: what passes first, then what else it asks for."""
    return tuple(_lines(rule, members, recused))


def share_of(rule: VoteRule) -> str:
    """The share as people write it: `80 %`, `2/3`."""
    return f"{rule.share[0]}/{rule.share[1]}" if rule.share else f"{rule.percent} %"


def _lines(rule: VoteRule, members: int, recused: int) -> Iterator[Line]:
    all_came = TallyFacts(members=members, present=members - recused, yes=members - recused, recused=recused)
    base = votes.base_of(rule, all_came)
    how = "more_than" if rule.strict else "at_least"
    needed = votes.needed(rule, base)
    figures: dict[str, Plain] = {"share": share_of(rule), "base": base, "needed": needed, "recused": recused}
    yield Line(f"vote_rule.{how}.{rule.base}", figures)
    if recused and rule.recusal == "leaves_base":
        yield Line("vote_rule.left_out", figures)
    wanted = votes.quorum_needed(rule, members)
    if rule.quorum is not None and wanted is not None:
        quorum = f"{rule.quorum[0]}/{rule.quorum[1]}"
        yield Line(
            f"vote_rule.quorum.{rule.quorum_counts}", {"quorum": quorum, "quorum_needed": wanted, "members": members}
        )
    yield Line(f"vote_rule.ballot.{rule.ballot}")
    yield Line("vote_rule.written" if rule.written else "vote_rule.not_written")
    if rule.chair_must_agree:
        yield Line("vote_rule.chair")
    if rule.can_tie:
        yield Line(f"vote_rule.tie.{rule.tie}")
    yield Line(f"vote_rule.recusal.{rule.recusal}")
    if rule.revotes:
        yield Line("vote_rule.revotes", {"allowed": rule.revotes})
    if rule.legal:
        yield Line("vote_rule.legal", {"legal": rule.legal})
