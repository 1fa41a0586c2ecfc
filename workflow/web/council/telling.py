"""What the pages of this room share: whose a session is, its words, what a vote came to, errors at their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from definitions.flow import Flow, VoteRule
from workflow.domain import vietnamese
from workflow.domain.reasons import Reason
from workflow.domain.vote_words import rule_lines
from workflow.domain.votes import hundredths
from workflow.explaining import sentences
from workflow.services import session_views
from workflow.services.before_vote import BeforeVote
from workflow.services.councils import CouncilError
from workflow.services.requests import LineResult
from workflow.services.session_views import Group, Result
from workflow.storage.council import LineRow, SessionRow
from workflow.web.asking import Ask
from workflow.web.forms import Form
from workflow.web.frame import NotHere
from workflow.wording import lines, menders, percent, ranges, sentence

KINDS = {"planned": "waiting", "open": "open", "closed": "positive", "cancelled": "stopped"}
MOST_NAMED = 20
"""Codes that are named beside a reason which many lines share; of the others there is the number."""


def desk_row(ask: Ask) -> SessionRow:
    """The session in the path, for those who may see it whole. Raises NotHere."""
    try:
        return session_views.row_for_desk(ask.desk, ask.me, ask.part("code"))
    except CouncilError:
        raise NotHere from None


def session_path(ask: Ask, row: SessionRow) -> str:
    return ask.path("council.session", code=row.code)


def told(ask: Ask, error: Exception) -> list[str]:
    """An error of ours in sentences; a fault of the program goes on."""
    found = sentences(error, ask.language)
    if found is None:
        raise error
    return found[1]


def wrong(ask: Ask, form: Form, error: Exception, name: str = "main-content") -> Form:
    """Each sentence of an error in the summary of the form, leading to this field."""
    for at, each in enumerate(told(ask, error)):
        form.wrong(name if at == 0 else f"{name}-{at}", each)
    return form


def key_of(ask: Ask) -> str:
    """The key of the request that a form carries, so that pressing twice is one act; a new one for a new form."""
    return ask.typed.get("khoa")[:60] or ask.desk.entropy(8)


def numbers(ask: Ask, name: str = "dong") -> list[int]:
    """The numbers of the lines that were ticked."""
    return [int(each) for each in dict.fromkeys(ask.typed.all(name)) if each.isdecimal() and len(each) < 7]


def day_of(ask: Ask, form: Form, name: str, *, optional: bool = False) -> date | None:
    """The day typed into a field; what is wrong is said at the field."""
    typed = form[name].strip()
    if not typed:
        if not optional:
            form.wrong(name, ask.say("council.day.missing"))
        return None
    try:
        return vietnamese.read_date(typed)
    except ValueError:
        form.wrong(name, ask.say("council.day.wrong", typed=typed[:40]))
        return None


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def state(ask: Ask, row: SessionRow) -> dict[str, str]:
    return {"text": ask.say(f"council.state.{row.state}"), "kind": KINDS[row.state]}


def when(ask: Ask, row: SessionRow) -> str:
    """The day, with the time where one was given."""
    return f"{row.held_time}, {row.held_on:%d/%m/%Y}" if row.held_time else f"{row.held_on:%d/%m/%Y}"


def rule(ask: Ask, found: VoteRule | None, members: int) -> tuple[str, ...]:
    """A vote rule in sentences; none where the flow has no vote of this body."""
    return lines(rule_lines(found, members), ask.language) if found is not None and members else ()


def title(ask: Ask, group: Group[Any]) -> str:
    return group.title.in_(ask.language)


def result(ask: Ask, found: Result) -> dict[str, Any]:
    """A closed vote: the ratio as a fraction and as a share that never crosses the threshold; why it did not pass."""
    vote, tally = found.vote, found.tally
    why = [
        ask.say(
            f"council.failed.{code}", missing=vote.still_needed, quorum=vote.quorum_needed or 0,
            came=tally.present + tally.written,
        )
        for code in vote.reason_codes
    ]  # fmt: skip
    return {
        "passed": vote.passed,
        "attempt": found.attempt,
        "text": ask.say("council.result.passed" if vote.passed else "council.result.failed"),
        "ratio": f"{vote.yes}/{vote.base}",
        "share": percent(hundredths(found.rule, vote.yes, vote.base), ask.language),
        "needed": ask.say("council.result.needed", needed=vote.needed),
        "counts": ask.say(
            "council.result.counts", yes=tally.yes, no=tally.no, blank=tally.blank, invalid=tally.invalid,
            present=tally.present, written=tally.written,
        ),
        "why": why,
        "rank": tally.rank,
    }  # fmt: skip


def ranks(ask: Ask, group: Group[Any]) -> dict[str, Any] | None:
    """Those that a closed vote put in an order, with what is tied; None where there is none."""
    if not group.ranks:
        return None
    places = [
        {"rank": each.rank, "name": each.line.name, "number": each.line.number, "yes": each.yes, "passed": each.passed,
         "tied": ranges(each.tied)}
        for each in group.ranks
    ]  # fmt: skip
    return {"places": places, "told": lines(group.of_ranks, ask.language)}


def dossier(ask: Ask, code: str) -> str | None:
    """Where a dossier has its page, for whoever may open it."""
    there = "nomination" in ask.house.entries and ask.me.may("nomination.show")
    return ask.path("nomination", code=code) if there else None


def line(ask: Ask, row: LineRow) -> dict[str, Any]:
    """A line of an agenda as every page of this room names it."""
    return {"number": row.number, "code": row.code, "name": row.name, "position": row.position, "unit": row.unit_name,
            "attempt": row.attempt}  # fmt: skip


def before_vote(ask: Ask, found: BeforeVote) -> list[dict[str, Any]]:
    """The make-up of the agenda, award by award; awards of which there is nothing to tell are left out."""
    return [
        {"title": each.title.in_(ask.language), "told": lines(each.told, ask.language)}
        for each in found.make_up if each.told
    ]  # fmt: skip


WEIGHT = {"block": "negative", "warn": "stopped", "hint": "waiting"}


def found(ask: Ask, before: BeforeVote, number: int) -> list[dict[str, str]]:
    """What the rules find of a line, what would block first: a word for its weight, and its text."""
    return [
        {"word": ask.say(f"council.found.{each.effect}"), "kind": WEIGHT[each.effect], "text": each.text(ask.language)}
        for each in before.found.get(number, ())
    ]


def why(ask: Ask, refused: Sequence[LineResult], flows: Mapping[str, Flow]) -> list[dict[str, Any]]:
    """Reasons, each once with the lines that share it, the most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    for each in refused:
        for reason in each.reasons:
            text = sentence(reason, ask.language, flows.get(each.code))
            entry = found.setdefault(text, {"text": text, "who": menders(reason, ask.language), "codes": []})
            entry["codes"].append(each.code)
    return [
        {**each, "amount": len(each["codes"]), "codes": each["codes"][:MOST_NAMED]}
        for each in sorted(found.values(), key=lambda entry: -len(entry["codes"]))
    ]


def warnings(ask: Ask, refused: Iterable[LineResult], flows: Mapping[str, Flow]) -> list[dict[str, str]]:
    """What may be passed with a reason: the rule, in words, once."""
    found: dict[str, Reason] = {}
    of: dict[str, Flow | None] = {}
    for each in refused:
        for reason in each.reasons:
            if reason.overridable and reason.rule not in found:
                found[reason.rule], of[reason.rule] = reason, flows.get(each.code)
    return [{"rule": name, "text": sentence(each, ask.language, of[name])} for name, each in sorted(found.items())]
