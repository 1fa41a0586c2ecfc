"""Rules that look beyond one dossier: at the award history of the nominee, at his other nominations, at the round.

Storage has gathered what they look at (`AcrossFacts`); nothing is looked up here. Each rule finds
one reason or none; its effect says whether that blocks, waits for a reasoned override, or is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from definitions.flow import Across, Flow
from workflow.domain.award_history import last_basis, shortfalls, years_after
from workflow.domain.facts import NominationFacts
from workflow.domain.reasons import Reason
from workflow.domain.shares import limit_of

# A dot or "ok" is no reason that anybody could answer for later.
SHORTEST_OVERRIDE = 10


class Crossing(NamedTuple):
    """`blocking` stops the act, `warnings` were passed with a reason, `hints` are only said."""

    blocking: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    hints: tuple[Reason, ...]


def crossing(
    flow: Flow,
    facts: NominationFacts,
    transition_id: str,
    overrides: Mapping[str, str],
    on: date | None = None,
) -> Crossing:
    """What the rules asked at this transition find.

    A rule of effect `warn` can be overridden under its id, with a reason of at least ten
    characters. `on` is the day of the act; without it waiting times count to the day on which the
    nomination entered its state.
    """
    blocking: list[Reason] = []
    warnings: list[Reason] = []
    hints: list[Reason] = []
    for rule in flow.across:
        if transition_id not in rule.at:
            continue
        found = _RULES[rule.rule](_View(rule, flow, facts, transition_id, on or facts.entered_on))
        if found is None:
            continue
        reason = _as_reason(rule, found)
        if rule.effect == "hint":
            hints.append(reason)
        elif rule.effect == "warn" and is_override(overrides.get(rule.id)):
            warnings.append(reason)
        else:
            blocking.append(reason)
    return Crossing(tuple(blocking), tuple(warnings), tuple(hints))


class Finding(NamedTuple):
    """What one rule says of a nomination: `effect` is block, warn or hint."""

    effect: str
    reason: Reason


def findings(flow: Flow, facts: NominationFacts, on: date) -> tuple[Finding, ...]:
    """What the rules find of one nomination by itself, whatever act would ask them; those that block first.

    Caps and shares are of a whole list: `workflow.domain.shares` tells them.
    """
    asked = (each for each in flow.across if each.rule not in OF_A_LIST)
    seen = ((each, _RULES[each.rule](_View(each, flow, facts, each.at[0], on))) for each in asked)
    found = [Finding(rule.effect, _as_reason(rule, what)) for rule, what in seen if what is not None]
    return tuple(sorted(found, key=lambda each: _EFFECTS.index(each.effect)))


OF_A_LIST = frozenset({"ratio_cap", "share"})
"""Rules that count many nominations together."""
_EFFECTS = ("block", "warn", "hint")


def is_override(text: str | None) -> bool:
    """Whether this is a reason one can answer for: ten characters or more, needless spaces not counted."""
    return text is not None and len(" ".join(text.split())) >= SHORTEST_OVERRIDE


def needs(rule: Across) -> frozenset[str]:
    """Names of the facts to load for this rule: fields of `NominationFacts`, those of `AcrossFacts` as `across.…`."""
    return _NEEDS[rule.rule]


@dataclass(frozen=True, slots=True)
class _View:
    rule: Across
    flow: Flow
    facts: NominationFacts
    transition: str
    on: date


@dataclass(frozen=True, slots=True)
class _Found:
    params: Mapping[str, Any]
    menders: tuple[str, ...] = ()
    from_on: date | None = None


def _as_reason(rule: Across, found: _Found) -> Reason:
    return Reason(
        rule.rule, found.params, found.menders, found.from_on, rule.effect == "warn", rule=rule.id, label=rule.label
    )


# ── the award history ────────────────────────────────────────────────────────────────────────────


def _history(view: _View) -> _Found | None:
    records = view.facts.across.history
    if records is None or view.rule.need is None:
        return _unknown_history({"missing": ()})
    short = shortfalls(view.rule.need, records, view.facts.round.year)
    return _Found({"missing": short}, ("secretariat",)) if short else None


def _unknown_history(params: Mapping[str, Any]) -> _Found:
    return _Found({**params, "known": False}, ("secretariat",))


def _once(view: _View) -> _Found | None:
    award = view.rule.award or view.flow.award
    records = view.facts.across.history
    if records is None:
        return _unknown_history({"award": award, "years": ()})
    years = tuple(sorted({each.year for each in records if each.award == award}))
    return _Found({"award": award, "years": years}) if years else None


def _waiting(view: _View) -> _Found | None:
    """So many years must have passed since what the last award was given for (Art. 33.7)."""
    award, years = view.rule.award or view.flow.award, view.rule.years or 0
    records = view.facts.across.history
    if records is None:
        return _unknown_history({"award": award, "years": years, "since": ""})
    since = last_basis(award, records)
    if since is None:
        return None
    from_on = years_after(since, years)
    if view.facts.moments.get("submitted", view.on) >= from_on:
        return None
    return _Found({"award": award, "years": years, "since": since.isoformat()}, from_on=from_on)


# ── other nominations ────────────────────────────────────────────────────────────────────────────


def _same_achievement(view: _View) -> _Found | None:
    """Another nomination for the same achievement, or this award given already for the period ending the same day."""
    facts, flow = view.facts, view.flow
    given = tuple(
        f"{each.award} {each.year}"
        for each in facts.across.history or ()
        if each.award == flow.award and each.kind == flow.kind and each.achievement_to is not None
        if each.achievement_to == facts.achievement_to
    )
    codes = (*facts.across.same_achievement, *given)
    return _Found({"codes": codes}, ("secretariat",)) if codes else None


def _duplicate(view: _View) -> _Found | None:
    codes = view.facts.across.duplicates
    return _Found({"codes": codes}, ("unit_officer", "secretariat")) if codes else None


# ── the round ────────────────────────────────────────────────────────────────────────────────────


def _ratio_cap(view: _View) -> _Found | None:
    """At most so many percent of a count, rounded down unless the rule says up. This nomination is counted in."""
    counts = view.facts.across.counts
    amount, base = _counted(view), counts.get(view.rule.of)
    params = {"percent": view.rule.percent or 0, "of": view.rule.of}
    if amount is None or base is None or view.rule.percent is None:
        return _Found({**params, "count": 0, "base": 0, "limit": 0, "known": False}, ("secretariat",))
    limit = limit_of(view.rule.percent, base, view.rule.rounding)
    if amount <= limit:
        return None
    return _Found({**params, "count": amount, "base": base, "limit": limit}, ("council_secretary", "secretariat"))


def _counted(view: _View) -> int | None:
    """How many a cap is held against: a count of that name, else all that passed this transition or ask to now.

    A count is looked for under the rule's `award`, its id and the flow's award. Of an act on many
    nominations all are counted: which of them should be the last to pass is not for us to say.
    """
    counts = view.facts.across.counts
    for name in (view.rule.award, view.rule.id, view.flow.award):
        if name in counts:
            return counts[name]
    passed = counts.get(f"passed:{view.transition}")
    if passed is None:
        return None
    asking = max(1, counts.get(f"asked:{view.transition}", 0))
    return passed + asking - (1 if view.transition in view.facts.done_by else 0)


def _leads_cluster(view: _View) -> _Found | None:
    tally = view.facts.tallies.get("cluster")
    rank = view.facts.fields.get("cluster_rank") if tally is None or tally.rank is None else tally.rank
    if rank == 1:
        return None
    unknown = {"known": False} if rank is None else {}
    return _Found({"cluster": view.facts.cluster, "rank": rank or 0, **unknown}, ("cluster_head",))


def _share(view: _View) -> _Found | None:
    """How many of a list are of a kind to be encouraged. With a `percent`, said only while there are fewer."""
    part, whole = view.facts.across.shares.get(view.rule.of or view.rule.id, (None, None))
    params = {"of": view.rule.of or view.rule.id, "percent": view.rule.percent or 0}
    if part is None or whole is None:
        return _Found({**params, "count": 0, "base": 0, "known": False})
    if view.rule.percent is not None and part * 100 >= view.rule.percent * whole:
        return None
    return _Found({**params, "count": part, "base": whole})


_NEEDS: Mapping[str, frozenset[str]] = {
    "history": frozenset({"across.history"}),
    "once": frozenset({"across.history"}),
    "same_achievement": frozenset({"across.same_achievement", "across.history", "achievement_to"}),
    "waiting": frozenset({"across.history", "moments"}),
    "ratio_cap": frozenset({"across.counts", "done_by"}),
    "leads_cluster": frozenset({"tallies", "fields"}),
    "duplicate": frozenset({"across.duplicates"}),
    "share": frozenset({"across.shares"}),
}
_RULES: Mapping[str, Callable[[_View], _Found | None]] = {
    "history": _history,
    "once": _once,
    "same_achievement": _same_achievement,
    "ratio_cap": _ratio_cap,
    "waiting": _waiting,
    "leads_cluster": _leads_cluster,
    "duplicate": _duplicate,
    "share": _share,
}
