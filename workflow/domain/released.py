"""What somebody outside the desk may be told of why an act may not happen, and of what has happened so far.

A unit may know its own papers, its own days and its own votes. It may not learn where its dossier stands while a
result is held back, how others voted, which bodies were asked, or that another dossier exists. Only the kinds of
reasons named here pass as they are; every other kind becomes one sentence that is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from definitions.flow import Flow, Transition
from workflow.domain.reasons import Plain, Reason

SECRETARIAT = ("secretariat",)
AT_THE_DESK = Reason("at_the_desk", {}, SECRETARIAT)
"""Something at the ministry is not done yet: said of everything that must not be told."""
RESULT_PENDING = Reason("result_pending", {}, ("council_secretary",))
"""A result is held back: said alike whatever the result is."""

AS_IT_IS = frozenset(
    {"role", "other_unit", "own_case", "not_by", "round_closed", "field_missing", "late_reason", "field_invalid",
     "future_date", "before_entry", "backdated", "backdating_reason", "archived", "held_back", "unknown_code",
     "unknown_transition", "history", "once", "waiting", "too_old", "proof", "any", "target_flow"}
)  # fmt: skip
"""About the reader, his unit's nominee, or the law: nothing in them comes from elsewhere."""
IF_MENDED_HERE = frozenset({"field", "flag", "moment", "not", "task_not_open", "task_too_short", "rule"})
"""Told only where the reader's own roles can mend it: else they would tell what was done at the desk."""
OF_A_VOTE = frozenset({"vote_missing", "vote_not_passed", "quorum", "chair", "tally_impossible"})
SHORTENED: Mapping[str, tuple[str, frozenset[str]]] = {
    "duplicate": ("duplicate_elsewhere", frozenset()),
    "same_achievement": ("same_achievement_elsewhere", frozenset()),
    "ratio_cap": ("ratio_cap_reached", frozenset({"percent"})),
}
"""Kinds that keep their gist: the code of what is said instead, and the parameters that stay."""
NEVER = frozenset(
    {"unknown_state", "no_way_back", "leads_cluster", "share", "subject", "tasks_open", "mixed_awards", "number_used",
     "stale", "wrong_state", "documents", "on_this_agenda", "on_another_agenda", "no_vote_of_this_body",
     "not_ready_for_vote"}
)  # fmt: skip
"""Kinds of which nothing passes unless a rule below says what; together with the others, all kinds there are."""
MOST_STATES = 4


@dataclass(frozen=True, slots=True)
class Outside:
    """Who reads, and what he knows already: his roles, whose votes he records, which codes he may see, and the state
    that his dossier is shown in. `held` says that a result is held back."""

    roles: frozenset[str]
    shown: str
    held: bool = False
    codes: frozenset[str] = frozenset()

    @property
    def bodies(self) -> frozenset[str]:
        """Bodies whose counts he records himself."""
        own = {"unit"} if self.roles & {"unit_officer", "unit_head", "unit_council"} else set()
        return frozenset(own | ({"cluster"} if "cluster_head" in self.roles else set()))


def may_do(transition: Transition, outside: Outside) -> bool:
    """Whether this is an act of the reader's roles: of others' acts he learns no more than that they exist."""
    return not outside.roles.isdisjoint(transition.by)


def told(flow: Flow, transition: Transition, reasons: Iterable[Reason], outside: Outside) -> tuple[Reason, ...]:
    """The reasons why he may not do this act, in the form he may read; each once. Empty: he may.

    While a result is held back, an act that is open from the state he knows waits, whether the result hinders it or
    not: its absence or presence would be the result.
    """
    if outside.held:
        if outside.shown in transition.sources:
            return (RESULT_PENDING,)
        reasons = tuple(reasons)
        if any(each.code == "wrong_state" for each in reasons):
            reasons = [each for each in reasons if each.code in ("wrong_state", "role", "other_unit")]
    found: list[Reason] = []
    for reason in reasons:
        each = _told(flow, transition, reason, outside)
        if each not in found:
            found.append(each)
    return tuple(found)


def _told(flow: Flow, transition: Transition, reason: Reason, outside: Outside) -> Reason:
    code = reason.code
    if code == "wrong_state":
        return _where(flow, transition, outside)
    if code == "stale":
        return replace(reason, code="stale_elsewhere", params={})
    if code == "documents":
        return _papers(flow, reason)
    if code in OF_A_VOTE:
        return reason if reason.params.get("body") in outside.bodies else AT_THE_DESK
    if code in SHORTENED:
        return _shortened(reason, outside)
    if code in AS_IT_IS or (code in IF_MENDED_HERE and not outside.roles.isdisjoint(reason.menders)):
        return reason
    return AT_THE_DESK


def _where(flow: Flow, transition: Transition, outside: Outside) -> Reason:
    """Where it stands and from where this could be done, in the unit's words, each once."""
    named: dict[str, str] = {}
    for each in transition.sources:
        if each in flow.states and flow.states[each].unit.vi not in named:
            named[flow.states[each].unit.vi] = each
    here = flow.states[outside.shown].unit.vi if outside.shown in flow.states else ""
    if here in named or len(named) > MOST_STATES:
        return AT_THE_DESK
    return Reason("not_from_here", {"shown": outside.shown, "shown_sources": tuple(named.values())})


def _papers(flow: Flow, reason: Reason) -> Reason:
    """Papers that the unit owes; those that others owe are the desk's affair."""
    missing = reason.params.get("missing", ())
    assert isinstance(missing, tuple)  # narrows the type; the requirement gives codes
    own = tuple(code for code in missing if code in flow.documents and flow.documents[str(code)].source == "unit")
    return replace(reason, params={"missing": own}, menders=("unit_officer",)) if own else AT_THE_DESK


def _shortened(reason: Reason, outside: Outside) -> Reason:
    """Without figures of others. Codes stay where the reader may open every one of them."""
    codes = reason.params.get("codes")
    if isinstance(codes, tuple) and codes and all(code in outside.codes for code in codes):
        return reason
    said, kept = SHORTENED[reason.code]
    params: dict[str, Plain] = {name: value for name, value in reason.params.items() if name in kept}
    return replace(reason, code=said, params=params, menders=SECRETARIAT, from_on=None)


# ── what has happened ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a dossier, as far as telling it goes: which act, under which flow, where it led."""

    flow: Flow
    transition: str
    to_state: str


def shown_states(initial: str, steps: Iterable[Step]) -> tuple[str, ...]:
    """The state that the unit was shown after each step: the one before for as long as any result is held back."""
    shown, holds = initial, set[str]()
    found = []
    for step in steps:
        transition = step.flow.transitions.get(step.transition)
        if transition is not None:
            holds = (holds | ({transition.hold} if transition.hold else set())) - set(transition.releases)
        if not holds:
            shown = step.to_state
        found.append(shown)
    return tuple(found)
