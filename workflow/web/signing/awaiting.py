"""What awaits a signature: the lists, and one list with its letters, its names and the acts that end the wait."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from workflow.services import awaiting_signature
from workflow.services.awaiting_signature import AwaitingList, GroupRow, Line, UnknownList, Way
from workflow.web.answering import page
from workflow.web.asking import Ask
from workflow.web.frame import NotHere, Refused
from workflow.web.signing.beginning import begin
from workflow.web.signing.telling import after, due_kind, due_note, papers_of_list, subject
from workflow.wording import menders, role_label, sentence

MOST_REASONS = 6


def lists(ask: Ask) -> Response:
    found = awaiting_signature.lists(ask.desk, ask.me, ask.today)
    rows = [
        {"group": each, "title": subject(ask, each.award, each.kind), "href": _where(ask, each),
         "due_kind": due_kind(ask, each.due_on), "due_note": due_note(ask, each.due_on),
         "days": ask.desk.calendar.working_between(each.since, ask.today)}
        for each in found
    ]  # fmt: skip
    figures = [
        {"text": ask.say("signing.lists.awaiting"), "value": sum(each.amount for each in found)},
        {"text": ask.say("signing.lists.lists"), "value": len(found)},
        {"text": ask.say("signing.lists.late"), "value": (late := sum(each.late for each in found)),
         "kind": "late" if late else ""},
    ]  # fmt: skip
    return page(ask, "signing/lists.html", rows=rows, figures=figures)


def _where(ask: Ask, group: GroupRow) -> str:
    return ask.path("signing.list", round=group.round, award=group.award, kind=group.kind)


def show(ask: Ask) -> Response:
    try:
        found = awaiting_signature.one(ask.desk, ask.me, *_named(ask), ask.now, after=after(ask))
    except UnknownList:
        raise NotHere from None
    acts = bool(found.ways) and "act.form" in ask.house.entries
    return page(
        ask, "signing/list.html", found=found, head=found.head, title=subject(ask, found.head.award, found.head.kind),
        where=_where(ask, found.head), facts=_facts(ask, found), lines=[_line(ask, each) for each in found.lines],
        ways=[_way(ask, found, each) for each in found.ways] if acts else [],
        others=[{"title": each.transition.label.in_(ask.language), "who": _roles(ask, each.transition.by)}
                for each in found.others],
        following=f"{_where(ask, found.head)}?sau={found.next}" if found.next else None,
        papers=papers_of_list(ask, found.head),
        paper="nomination.paper" in ask.house.entries, dossier="nomination" in ask.house.entries, acts=acts,
    )  # fmt: skip


def _named(ask: Ask) -> tuple[str, str, str]:
    return ask.part("round")[:40], ask.part("award")[:60], ask.part("kind")[:20]


def _facts(ask: Ask, found: AwaitingList) -> list[dict[str, Any]]:
    head = found.head
    waited = ask.desk.calendar.working_between(head.since, ask.today)
    rows = [
        ("round", head.round_title),
        ("amount", ask.say("signing.list.amount_in", amount=head.amount, units=head.units, letters=head.letters)),
        ("since", ask.say("signing.list.since_day", on=f"{head.since:%d/%m/%Y}", days=waited)),
        ("due", f"{head.due_on:%d/%m/%Y}, {due_note(ask, head.due_on)}" if head.due_on else ask.say("signing.no_due")),
    ]
    if head.late:
        rows.append(("late", ask.say("signing.list.late_lines", amount=head.late)))
    return [{"key": ask.say(f"signing.list.fact.{name}"), "value": text} for name, text in rows]


def _line(ask: Ask, line: Line) -> dict[str, Any]:
    return {
        "line": line, "result": _result(ask, line), "passed": line.voted is None or line.voted.result.passed,
        "due_kind": due_kind(ask, line.due_on), "due_note": due_note(ask, line.due_on),
    }  # fmt: skip


def _result(ask: Ask, line: Line) -> str:
    """What the council said of it, in words: who may read it is decided where it is read."""
    if line.voted is None:
        return ask.say("signing.result.none")
    tally, result = line.voted.tally, line.voted.result
    code = "signing.result.passed" if result.passed else "signing.result.failed"
    said = ask.say(code, yes=result.yes, base=result.base, needed=result.needed)
    return f"{said} {ask.say('signing.result.minutes', minutes=tally.minutes)}" if tally.minutes else said


def _way(ask: Ask, found: AwaitingList, way: Way) -> dict[str, Any]:
    counted = sorted(way.reasons.items(), key=lambda each: -each[1])
    told = [
        {"text": sentence(reason, ask.language, way.flow), "who": menders(reason, ask.language), "amount": amount}
        for reason, amount in counted[:MOST_REASONS]
    ]
    return {
        "id": way.transition.id, "title": way.transition.label.in_(ask.language), "reasons": told,
        "possible": way.possible is None or way.possible > 0,
        "note": "" if way.possible is None else
                ask.say("signing.list.possible_for", possible=way.possible, amount=found.weighed),
        "issues": any(each.type == "decision" for each in way.transition.fields),
    }  # fmt: skip


def _roles(ask: Ask, names: tuple[str, ...]) -> str:
    return ", ".join(role_label(each, ask.language) for each in names)


def choose(ask: Ask) -> Response:
    """The ticked lines, or the whole list, become a selection; then on to the form of the act that was pressed."""
    if not ask.me.may("nomination.act"):
        raise Refused(403, "refused.not_yours")
    round_, award, kind = _named(ask)
    back = ask.path("signing.list", round=round_, award=award, kind=kind)
    try:
        listed = awaiting_signature.codes_of(ask.desk, ask.me, round_, award, kind)
    except UnknownList:
        raise NotHere from None
    ticked = set(ask.typed.all("code"))
    # What was ticked and has left the list since is not chosen: the preview would only refuse it.
    codes = [each for each in listed if each in ticked] if not ask.typed.get("all") else listed
    return begin(ask, codes, back, ask.typed.get("transition")[:60])
