"""The mails of an act: who is told; written to the outbox in the act's transaction. `mail_words` says what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from notifications import growing, outbox
from notifications.mail import MailRequest
from workflow.domain.decision import Decision
from workflow.domain.notices import Directory, Letters, Mailbox, letters as group
from workflow.services import mail_links, mail_wishes, mail_words
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict
from workflow.services.requests import ActRequest
from workflow.storage import directory as people

NOTHING = Letters(())


def letters(
    connection: Connection,
    desk: Desk,
    gathered: Gathered,
    request: ActRequest,
    moved: Sequence[Verdict],
    cause: str,
    now: datetime,
) -> Letters:
    """What the notices of these decisions ask for, one mail per recipient."""
    if not any(isinstance(each.outcome, Decision) and each.outcome.notices for each in moved):
        return NOTHING
    found = group(
        cause,
        mail_words.told_lines(connection, desk, gathered, request, moved),
        _directory(connection, gathered, moved),
        mail_words.act_words(connection, desk, gathered, request),
    )
    linked = (replace(each, context={**each.context, "link": link_to(desk, each)}) for each in found.requests)
    return replace(found, requests=mail_wishes.applied(connection, desk, linked, now))


def link_to(desk: Desk, request: MailRequest) -> str:
    """Where the pages show what a mail is about: the dossier, the submission, else the front page."""
    if not desk.base_url:
        return ""
    codes = {str(line.context["code"]) for line in request.lines}
    kind, _, number = request.thread.partition(":")
    if len(codes) == 1:
        path = f"/ho-so/{next(iter(codes))}"
    elif kind == "submission" and request.context.get("letter_number"):  # all lines are of one letter
        path = f"/to-trinh/{number}"
    else:
        path = "/"
    return desk.base_url.rstrip("/") + path


def post(connection: Connection, desk: Desk, found: Letters, moved: Sequence[Verdict], now: datetime) -> None:
    """Owe these mails; release what the act releases; take back reminders of limits that it closed."""
    if found.requests:
        mode = "hold" if desk.hold_mail else "send"
        at_once = [each for each in found.requests if each.template != mail_wishes.DAILY]
        later = [each for each in found.requests if each.template == mail_wishes.DAILY]
        at_once = mail_links.linked(connection, desk, at_once, moved, now)
        outbox.enqueue(connection, at_once, now=now, message_id_of=message_ids(desk), mode=mode)
        growing.add(connection, later, now=now, message_id_of=message_ids(desk), mode=mode)
    for name, references in released(moved).items():
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


def released(moved: Sequence[Verdict]) -> dict[str, list[str]]:
    """What held mails these lines let go: the names of holds, each with references."""
    found: dict[str, list[str]] = {}
    for each in moved:
        assert isinstance(each.outcome, Decision)
        for name in each.outcome.releases:
            found.setdefault(name, []).append(f"nomination:{each.line.id}")
    return found


def _directory(connection: Connection, gathered: Gathered, moved: Sequence[Verdict]) -> Directory:
    words = {plan.to for each in moved if isinstance(each.outcome, Decision) for plan in each.outcome.notices}
    roles = words - {"unit", "actor"}
    actor = people.find(connection, gathered.actor.person) if "actor" in words else None
    return Directory(
        units=unit_boxes(gathered),
        also=mail_wishes.further(connection, unit_boxes(gathered)) if "unit" in words else {},
        holders=people.holders(connection, roles, gathered.context.today) if roles else {},
        actor=Mailbox(actor.email, actor.name, actor.language) if actor and actor.email else None,
    )


def unit_boxes(gathered: Gathered) -> dict[str, Mailbox]:
    return {each.code: Mailbox(each.mailbox, each.name, each.language) for each in gathered.around.units.values()}
