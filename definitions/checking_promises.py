"""Does somebody do what something else relies on? Moments, flags, fields, holds, votes, proofs, rules, stories.

Whatever is asked for must be brought by some act, and whatever is held back must be let go again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from definitions.checking_look import Look, unknown
from definitions.flow import Across, Field, Requirement, Transition, VoteRule
from definitions.merging import value_at
from definitions.nearest import named
from definitions.problems import Issue, Path

# What a rule across dossiers cannot do without.
_ACROSS_NEEDS = {
    "history": ("needs",),
    "waiting": ("years",),
    "ratio_cap": ("percent", "of"),
}


def issues(look: Look) -> Iterator[Issue]:
    """Every promise that nobody keeps."""
    yield from _top(look)
    for path, requirement in look.requirements:
        yield from _requirement(look, path, requirement)
    for transition in look.flow.transitions.values():
        yield from _flags_and_holds(look, transition)
        yield from _fields(("transition", transition.id, "with"), transition.fields)
        yield from _days_of_marks(transition)
        yield from _vote_of(look, transition)
        yield from _effect(look, transition)
    yield from _votes(look)
    for rule in look.flow.across:
        yield from _across(look, rule)
    for code, document in look.flow.documents.items():
        if not set(document.nominee) & set(look.flow.nominee):
            yield Issue(("documents", code, "nominee"), "document_for_nobody", {"name": code})


def _top(look: Look) -> Iterator[Issue]:
    flow = look.flow
    if flow.valid_until is not None and flow.valid_until <= flow.valid_from:
        params = {"start": _day(flow.valid_from), "end": _day(flow.valid_until)}
        yield Issue(("valid", "until"), "valid_backwards", params)
    if not flow.scenarios:
        yield Issue(("id",), "no_scenario", {"name": flow.id})
    seen: set[str] = set()
    for index, alias in enumerate(flow.aliases):
        if alias.casefold() in seen:
            yield Issue(("aliases", index), "alias_twice", {"name": alias})
        seen.add(alias.casefold())


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _requirement(look: Look, path: Path, requirement: Requirement) -> Iterator[Issue]:
    kind, names = requirement.kind, requirement.names[:1]
    if kind == "moment":
        yield from unknown((*path, kind), "unknown_moment", names, look.moments)
    elif kind == "recent":
        yield from unknown((*path, kind), "unknown_moment", names, (*look.moments, *look.words.dates))
    elif kind == "flag":
        yield from unknown((*path, kind), "unknown_flag", names, look.flags)
    elif kind == "field":
        yield from unknown((*path, kind), "unknown_field", names, look.fields)
        yield from _field_is(look, path, requirement)
    elif kind == "task_lasted":
        task = look.flow.tasks.get(names[0])
        if task and task.lasts is None:
            yield Issue((*path, kind), "task_lasts_not", {"name": task.id})
    elif kind == "proof" and not any(each.effect == "confirm_proof" for each in look.flow.transitions.values()):
        yield Issue((*path, kind), "proof_never_confirmed")
    elif kind == "subject" and look.flow.subject != "decision_line":
        yield Issue((*path, kind), "no_decision_line", {"name": kind})


def _field_is(look: Look, path: Path, requirement: Requirement) -> Iterator[Issue]:
    """A value asked of a choice must be one of its choices."""
    name, *wanted = requirement.names
    brought = [each for act in look.flow.transitions.values() for each in act.fields if each.name == name]
    choices = {choice for each in brought for choice in each.choices}
    if wanted and brought and all(each.type == "choice" for each in brought):
        yield from unknown((*path, "is"), "unknown_choice", wanted, choices)


def _flags_and_holds(look: Look, transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id)
    yield from unknown((*at, "lowers"), "unknown_flag", transition.lowers, look.flags)
    yield from unknown((*at, "releases"), "unknown_hold", transition.releases, look.holds)
    if transition.hold is not None:
        released = {name for each in look.flow.transitions.values() for name in each.releases}
        misspelt = {named(name, look.holds).get("nearest") for name in released - set(look.holds)}
        if transition.hold not in released | misspelt:
            yield Issue((*at, "hold"), "hold_never_released", {"name": transition.hold})


def _fields(at: Path, fields: tuple[Field, ...]) -> Iterator[Issue]:
    for field in fields:
        path = (*at, field.name)
        if field.type == "choice" and not field.choices:
            yield Issue(path, "choices_missing", {"name": field.name})
        if field.type != "choice" and field.choices:
            yield Issue((*path, "choices"), "choices_needless", {"name": field.name}, key=True)
        if field.usual is not None and (field.type != "date" or field.per != "act"):
            yield Issue((*path, "usual"), "usual_needless", {"name": field.name}, key=True)
        if field.min is not None and field.max is not None and field.min > field.max:
            yield Issue((*path, "min"), "min_over_max", {"name": field.name, "least": field.min, "most": field.max})


def _days_of_marks(transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id, "marks_on")
    dates = [field.name for field in transition.fields if field.type == "date"]
    for name in transition.marks_on:
        if name not in dates:
            yield Issue(at, "mark_day_not_brought", {**named(name, dates), "transition": transition.id})
    if transition.marks_on and not transition.marks:
        yield Issue(at, "mark_day_of_nothing", {"transition": transition.id}, key=True)


def _vote_of(look: Look, transition: Transition) -> Iterator[Issue]:
    rule = look.flow.votes.get(transition.vote or "")
    if rule and not _tally(transition):
        at: Path = ("transition", transition.id, "vote")
        yield Issue(at, "vote_without_tally", {"name": transition.id, "body": rule.name})


def _tally(transition: Transition) -> bool:
    return any(field.type == "tally" for field in transition.fields)


def _votes(look: Look) -> Iterator[Issue]:
    acts = look.flow.transitions.values()
    misspelt = any(each.vote is not None and each.vote not in look.flow.votes for each in acts)
    for name, rule in look.flow.votes.items():
        recorders = [each for each in acts if each.vote == name]
        if not recorders and not misspelt:
            yield Issue(("vote", name), "vote_unrecorded", {"name": name}, key=True)
        yield from _fractions(name, rule)
        if rule.rank_by == "points" and look.flow.appraisal is None:
            yield Issue(("vote", name, "rank", "by"), "points_without_appraisal", {"name": name})
        if rule.tie == "chair_decides" and not rule.can_tie and rule.rank_by is None:
            yield Issue(("vote", name, "tie"), "tie_never", {"name": name})
        if _chair_speaks(rule) and recorders and not any(map(_minuted, recorders)):
            key = "tie" if rule.tie == "chair_decides" else "chair_must_agree"
            yield Issue(("vote", name, key), "chair_in_secret_box", {"name": name, "key": key})


def _fractions(name: str, rule: VoteRule) -> Iterator[Issue]:
    at: Path = ("vote", name)
    for path, code, share in (
        ((*at, "quorum"), "quorum_impossible", rule.quorum),
        ((*at, "pass", "share"), "share_impossible", rule.share),
        ((*at, "rank", "prefer_women"), "share_impossible", rule.prefer_women),
    ):
        if share is not None and not 0 < share[0] <= share[1]:
            yield Issue(path, code, {"name": "/".join(map(str, share))})


def _chair_speaks(rule: VoteRule) -> bool:
    return rule.ballot == "secret" and (rule.tie == "chair_decides" or rule.chair_must_agree)


def _minuted(transition: Transition) -> bool:
    """A tally has a place for what the chair said; it must be brought, or nothing was minuted."""
    return any(field.type == "tally" and field.required == "always" for field in transition.fields)


def _effect(look: Look, transition: Transition) -> Iterator[Issue]:
    at: Path = ("transition", transition.id, "effect")
    if transition.effect == "revoke_subject" and look.flow.subject != "decision_line":
        yield Issue(at, "no_decision_line", {"name": "revoke_subject"})
    flows = [field for field in transition.fields if field.type == "flow"]
    if transition.effect == "change_award" and not flows:
        yield Issue(at, "effect_without_flow", {"name": transition.id})


def _across(look: Look, rule: Across) -> Iterator[Issue]:
    row: Any = value_at(look.data, ("across", rule.id))
    for key in _ACROSS_NEEDS.get(rule.rule, ()):
        if key not in row:
            yield Issue(("across", rule.id), "across_incomplete", {"name": rule.id, "rule": rule.rule, "key": key})
