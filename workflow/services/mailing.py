"""The mails of an act: who is told, in which words; written to the outbox in the act's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from definitions.flow import Flow, State
from notifications import outbox
from workflow.domain.decision import Decision
from workflow.domain.notices import Directory, Letters, Mailbox, Place, Told, letters as group, told_words
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict
from workflow.services.requests import ActRequest
from workflow.storage import directory as people, nominations
from workflow.storage.nominations import Line

NOTHING = Letters(())


def day_text(day: date | None) -> str:
    """dd/mm/yyyy, as every mail prints a date; empty for none."""
    return day.strftime("%d/%m/%Y") if day else ""


def letters(
    connection: Connection, desk: Desk, gathered: Gathered, request: ActRequest, moved: Sequence[Verdict], cause: str
) -> Letters:
    """What the notices of these decisions ask for, one mail per recipient."""
    if not any(isinstance(each.outcome, Decision) and each.outcome.notices for each in moved):
        return NOTHING
    return group(
        cause,
        [_told(gathered, request, each) for each in moved],
        _directory(connection, gathered, moved),
        _act_words(connection, desk, gathered, request),
    )


def post(connection: Connection, desk: Desk, found: Letters, moved: Sequence[Verdict], now: datetime) -> None:
    """Owe these mails; release what the act releases; take back reminders of limits that it closed."""
    if found.requests:
        mode = "hold" if desk.hold_mail else "send"
        outbox.enqueue(connection, found.requests, now=now, message_id_of=message_ids(desk), mode=mode)
    for name, references in _released(moved).items():
        outbox.release(connection, name, references, now)
    closed = [reference for each in moved for reference in _reminders(each)]
    if closed:
        outbox.cancel_lines(connection, references=closed, reason="step_left", now=now)


def message_ids(desk: Desk) -> Callable[[str, str], str]:
    """A fixed Message-ID for each new mail, out of the desk's source of chance."""
    return lambda cause, address: f"<{desk.entropy(16)}@{desk.mail_domain}>"


def reminder_reference(nomination_id: int, deadline: str) -> str:
    """How a reminder's line is found again when its deadline closes."""
    return f"deadline:{nomination_id}:{deadline}"


def _reminders(each: Verdict) -> list[str]:
    assert isinstance(each.outcome, Decision)
    names = [*each.outcome.deadlines_closed, *each.outcome.clocks_stopped]
    if each.outcome.effect == "extend":  # what waits names the old day
        names.append(f"state.{each.outcome.to_state}")
    return [reminder_reference(each.line.id, name) for name in names]


def _released(moved: Sequence[Verdict]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in moved:
        assert isinstance(each.outcome, Decision)
        for name in each.outcome.releases:
            found.setdefault(name, []).append(f"nomination:{each.line.id}")
    return found


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def _told(gathered: Gathered, request: ActRequest, verdict: Verdict) -> Told:
    decision = verdict.outcome
    assert isinstance(decision, Decision)
    line, facts = verdict.line, verdict.facts
    flow = gathered.flow(line)
    state = flow.states[decision.to_state]
    return Told(
        id=line.id,
        code=line.code,
        name=line.name,
        place=Place(facts.unit, facts.field_of_work, facts.cluster),
        thread=thread_of(line),
        decision=decision,
        awards={"vi": flow.title.vi, "en": flow.title.en},
        desk={"vi": state.label.vi, "en": state.label.en},
        unit_words={"vi": state.unit.vi, "en": state.unit.en},
        shown=_shown(flow, verdict, decision),
        unit_name=gathered.around.units[line.unit_id].name,
        due_on=day_text(_unit_due(flow, state, decision)),
        line_fields=dict(_line_words(request, line)),
    )


def _shown(flow: Flow, verdict: Verdict, decision: Decision) -> dict[str, str]:
    """The unit's words for the state it may know of: the one it knew before while a result is held back."""
    held = {*verdict.facts.holds, *((decision.hold,) if decision.hold else ())} - set(decision.releases)
    # The shown state may be one that a change of award left behind.
    state = flow.states.get(verdict.line.shown_state) if held else None
    words = (state or flow.states[decision.to_state]).unit
    return {"vi": words.vi, "en": words.en}


def thread_of(line: Line) -> str:
    """Mails of one list belong together in the reader's mail program."""
    return f"submission:{line.submission_id}"


UNIT_ROLES = frozenset({"unit_officer", "unit_head", "unit_council"})


def _unit_due(flow: Flow, state: State, decision: Decision) -> date | None:
    """By when the unit owes something, if it is the unit's turn."""
    if state.owner not in UNIT_ROLES or state.deadline is None:
        return None
    name = state.deadline.name
    return next((each.due_on for each in decision.deadlines_opened if each.name == name), None)


def _line_words(request: ActRequest, line: Line) -> list[tuple[str, Any]]:
    own = request.line_fields.get(line.code)
    if not own:
        return []
    words = dict(told_words(own))
    note = "; ".join(words.get("defects", ())) or words.get("note", "") or words.get("reason", "")
    certificate = own.get("certificate_no")
    return [("note", note)] if not certificate else [("note", note), ("certificate_no", str(certificate))]


def _act_words(connection: Connection, desk: Desk, gathered: Gathered, request: ActRequest) -> Mapping[str, Any]:
    fields: dict[str, Any] = dict(request.fields)
    if not fields and len(request.line_fields) == 1:
        fields = dict(next(iter(request.line_fields.values())))
    decision = next((value for value in fields.values() if isinstance(value, Mapping) and "symbol" in value), {})
    due_on = fields.get("due_on")
    return {
        "round_title": _round_title(gathered),
        "letter_number": _letter(connection, gathered),
        "actor_name": gathered.actor.name,
        "occurred_on": day_text(gathered.on),
        "due_on": day_text(due_on) if isinstance(due_on, date) else "",
        "contact_name": desk.contact.name,
        "contact_email": desk.contact.email,
        "contact_phone": desk.contact.phone,
        "decision_number": full_number(decision) if decision else "",
        "decision_on": day_text(decision.get("issued_on")) if decision else "",
        "signer": str(decision.get("signer", "")) if decision else "",
        **dict(told_words(fields)),
    }


def full_number(decision: Mapping[str, Any]) -> str:
    """`05/QĐ-BKHCN`: below ten with a leading zero (Nghị định 30/2020/NĐ-CP)."""
    return f"{decision['number']:02d}/{decision['symbol']}"


def _round_title(gathered: Gathered) -> str:
    titles = {each.title for each in gathered.around.rounds.values()}
    return next(iter(titles)) if len(titles) == 1 else ""


def _letter(connection: Connection, gathered: Gathered) -> str:
    ids = {line.submission_id for line in gathered.lines}
    if len(ids) != 1:
        return ""
    return nominations.letters(connection, ids).get(next(iter(ids)), "")


def _directory(connection: Connection, gathered: Gathered, moved: Sequence[Verdict]) -> Directory:
    words = {plan.to for each in moved if isinstance(each.outcome, Decision) for plan in each.outcome.notices}
    roles = words - {"unit", "actor"}
    actor = people.find(connection, gathered.actor.person) if "actor" in words else None
    return Directory(
        units=unit_boxes(gathered),
        holders=people.holders(connection, roles, gathered.context.today) if roles else {},
        actor=Mailbox(actor.email, actor.name, actor.language) if actor and actor.email else None,
    )


def unit_boxes(gathered: Gathered) -> dict[str, Mailbox]:
    return {each.code: Mailbox(each.mailbox, each.name, each.language) for each in gathered.around.units.values()}
