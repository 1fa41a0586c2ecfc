"""The outbox as the desk uses it: look, preview, release, send again, pause and go on. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from definitions.calendar import local_day
from notifications import outbox, overview, rendering
from notifications.columns import to_json
from notifications.mail import LineRequest, MailRequest, RenderedMail
from notifications.tables import MAIL
from workflow.services.desk import Desk
from workflow.services.mail_words import day_text
from workflow.services.mailing import message_ids
from workflow.storage import chain
from workflow.storage.database import read, write


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail with its exact text: as it went out, or as it would now."""

    detail: overview.MailDetail
    rendered: RenderedMail
    sent: bool


def listed(desk: Desk, **wanted: Any) -> list[overview.MailHead]:
    """Mails, newest first; see `notifications.overview.list_mails` for the filters."""
    with read(desk.engine) as connection:
        return overview.list_mails(connection, **wanted)


def summary(desk: Desk, now: datetime) -> overview.Summary:
    with read(desk.engine) as connection:
        return overview.summary(connection, now)


def show(desk: Desk, mail_id: int) -> overview.MailDetail:
    """Raises UnknownMail."""
    with read(desk.engine) as connection:
        return overview.show_mail(connection, mail_id)


def preview(desk: Desk, mail_id: int) -> Preview:
    """The text of a mail, rendered now when it has not gone yet. Raises UnknownMail, TemplateRefused."""
    detail = show(desk, mail_id)
    head = detail.head
    if detail.text is not None and head.subject is not None:
        return Preview(detail, RenderedMail(head.subject, detail.text, detail.html or "", head.language), True)
    lines = tuple(
        LineRequest(each.reference, each.topic, each.section, each.context)
        for each in detail.lines
        if each.cancelled_at is None
    )
    renderer = rendering.Renderer(rendering.read_templates())
    rendered = renderer.render(head.template, head.language, detail.context, lines, recipient=head.name, why=detail.why)
    return Preview(detail, rendered, False)


def resend(desk: Desk, mail_id: int, by: str, now: datetime) -> int:
    """Owe the same mail once more; returns the new mail's number. Raises UnknownMail, NotResendable."""
    with write(desk.engine) as connection:
        new_id = outbox.resend(connection, mail_id, now)
        _note(connection, desk, "mail_resent", {"mail": mail_id, "new": new_id}, by, now)
    return new_id


def release(desk: Desk, by: str, now: datetime, *, hold: str = "mode", ids: Sequence[int] | None = None) -> int:
    """Let held mails go: all under a hold, or these. Returns how many may leave now."""
    with write(desk.engine) as connection:
        released = (
            outbox.release_mails(connection, ids, now) if ids else outbox.release(connection, hold, None, now).mails
        )
        _note(connection, desk, "mail_released", {"hold": hold, "mails": released}, by, now)
    return int(released)


def pause(desk: Desk, by: str, reason: str, now: datetime) -> bool:
    """Nothing leaves until `go_on`. False when it was paused already."""
    with write(desk.engine) as connection:
        changed = outbox.pause(connection, now=now, reason="person", by=by, detail=reason)
        _note(connection, desk, "mail_paused", {"paused": changed}, by, now)
    return changed


def go_on(desk: Desk, by: str, now: datetime) -> bool:
    """Send again after a pause. False when it was not paused."""
    with write(desk.engine) as connection:
        changed = outbox.resume(connection)
        _note(connection, desk, "mail_resumed", {"resumed": changed}, by, now)
    return changed


def test_mail(desk: Desk, address: str, language: str, by: str, now: datetime) -> int:
    """Owe a test mail to this address; returns its number. Raises AddressRefused."""
    from notifications import addresses

    address = addresses.parse(address)
    cause = f"test:{now.isoformat()}"
    request = MailRequest(
        cause=cause, address=address, name=address, language=language, template="test",
        context={
            "unit_name": "", "round_title": "", "letter_number": "", "actor_name": by,
            "occurred_on": day_text(local_day(now)),
            "due_on": "", "contact_name": desk.contact.name, "contact_email": desk.contact.email,
            "contact_phone": desk.contact.phone, "note": "",
        },
    )  # fmt: skip
    with write(desk.engine) as connection:
        outbox.enqueue(connection, [request], now=now, message_id_of=message_ids(desk))
        _note(connection, desk, "mail_test", {}, by, now)
        return int(connection.execute(select(MAIL.c.id).where(MAIL.c.cause == cause)).scalar_one())


def _note(connection: Connection, desk: Desk, kind: str, payload: Mapping[str, Any], by: str, now: datetime) -> None:
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(by))}, now=now)
