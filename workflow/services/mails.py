"""The outbox as the desk uses it: look, preview, edit, release, discard, send again, pause and go on.

One transaction each; whatever changes a mail leaves an entry in the audit chain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from definitions.calendar import local_day
from notifications import outbox, overview, rendering
from notifications.columns import to_json
from notifications.errors import NotEditable
from notifications.mail import LineRequest, MailRequest, RenderedMail
from notifications.tables import MAIL
from workflow.domain import vietnamese
from workflow.services import mail_texts
from workflow.services.desk import Desk
from workflow.services.mail_words import day_text
from workflow.services.mailing import message_ids
from workflow.storage import chain
from workflow.storage.database import read, write

FOR_THEIR_READER_ALONE = frozenset({"invite", "reset"})
"""Templates whose link lets its holder in."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail with its exact text: as it went out, as somebody edited it (`edited`), or as its template has it now."""

    detail: overview.MailDetail
    rendered: RenderedMail
    sent: bool

    @property
    def edited(self) -> bool:
        return self.detail.edited_text is not None


_CHOICE = re.compile(r"{% if .*?%}.*?{% else %}(.*?){% endif %}")


@cache
def template_names(language: str) -> Mapping[str, str]:
    """What each shipped template is about, in a few words."""
    found = rendering.read_templates()
    return {name: _CHOICE.sub(r"\1", each.section) for (lang, name), each in found.items() if lang == language}


def listed(desk: Desk, **wanted: Any) -> list[overview.MailHead]:
    """Mails, newest first; see `notifications.overview.list_mails` for the filters."""
    with read(desk.engine) as connection:
        return overview.list_mails(connection, **wanted)


def summary(desk: Desk, now: datetime) -> overview.Summary:
    with read(desk.engine) as connection:
        return overview.summary(connection, now)


def trouble(desk: Desk, now: datetime) -> overview.Trouble:
    """What of the outbox waits for a person; what is held until results are released does not."""
    with read(desk.engine) as connection:
        return overview.trouble(connection, now, meant=("results",))


def show(desk: Desk, mail_id: int) -> overview.MailDetail:
    """Raises UnknownMail."""
    with read(desk.engine) as connection:
        return _without_link(overview.show_mail(connection, mail_id))


def _without_link(detail: overview.MailDetail) -> overview.MailDetail:
    """Whoever looks after the outbox must not get into somebody else's account by the link of a mail."""
    link = str(detail.context.get("link") or "")
    if detail.head.template not in FOR_THEIR_READER_ALONE or not link:
        return detail
    bare = link.rpartition("/")[0] + "/"
    text = detail.text.replace(link, bare) if detail.text is not None else None
    html = detail.html.replace(link, bare) if detail.html is not None else None
    return replace(detail, context={**detail.context, "link": bare}, text=text, html=html)


def preview(desk: Desk, mail_id: int) -> Preview:
    """The text of a mail, rendered now when it has not gone yet. Raises UnknownMail, TemplateRefused."""
    with read(desk.engine) as connection:
        detail = _without_link(overview.show_mail(connection, mail_id))
        head = detail.head
        if detail.text is not None and head.subject is not None:
            frozen = RenderedMail(head.subject, detail.text, detail.html or "", head.language)
            return Preview(detail, frozen, detail.edited_text is None or head.attempts > 0)
        renderer = rendering.Renderer(mail_texts.sources(connection))
    rendered = renderer.render(
        head.template, head.language, detail.context, _open_lines(detail), recipient=head.name, why=detail.why
    )
    return Preview(detail, rendered, False)


def _open_lines(detail: overview.MailDetail) -> tuple[LineRequest, ...]:
    return tuple(
        LineRequest(each.reference, each.topic, each.section, each.context)
        for each in detail.lines
        if each.cancelled_at is None
    )


def to_edit(desk: Desk, mail_id: int) -> tuple[overview.MailDetail, str, str]:
    """A mail, its subject and its body as Markdown to be edited. Raises UnknownMail, NotEditable, TemplateRefused."""
    with read(desk.engine) as connection:
        detail = _without_link(overview.show_mail(connection, mail_id))
        if detail.head.template in FOR_THEIR_READER_ALONE:
            raise NotEditable("mail_for_its_reader", mail=mail_id)
        if detail.edited_text is not None:
            return detail, detail.head.subject or "", detail.edited_text
        renderer = rendering.Renderer(mail_texts.sources(connection))
    head = detail.head
    subject, source = renderer.source(
        head.template, head.language, detail.context, _open_lines(detail), recipient=head.name, why=detail.why
    )
    return detail, subject, source


def edit(desk: Desk, mail_id: int, subject: str, source: str, by: str, now: datetime) -> RenderedMail:
    """This one held mail says what was typed. What it said before and says now is committed to in the chain.

    Raises UnknownMail, NotEditable, TemplateRefused.
    """
    detail, subject_before, before = to_edit(desk, mail_id)
    source = vietnamese.nfc(source.replace("\r\n", "\n"))
    rendered = rendering.edited(vietnamese.nfc(subject), source, detail.head.language)
    words = {"subject": rendered.subject, "text": source, "subject_before": subject_before, "text_before": before}
    with write(desk.engine) as connection:
        outbox.edit(connection, mail_id, source, rendered, by=by, now=now)
        payload = {"mail": mail_id, "lines": sum(each.cancelled_at is None for each in detail.lines)}
        _note(connection, desk, "mail_edited", payload, by, now, words=to_json(words))
    return rendered


def unedit(desk: Desk, mail_id: int, by: str, now: datetime) -> None:
    """Its template speaks again. Raises UnknownMail, NotEditable."""
    with write(desk.engine) as connection:
        outbox.unedit(connection, mail_id)
        _note(connection, desk, "mail_unedited", {"mail": mail_id}, by, now)


def discard(desk: Desk, mail_id: int, why: str, by: str, now: datetime) -> None:
    """A held or failed mail is put aside for good. Raises UnknownMail, NotDiscardable."""
    with write(desk.engine) as connection:
        outbox.discard(connection, mail_id, why, now)
        _note(connection, desk, "mail_discarded", {"mail": mail_id}, by, now, why=why)


def renderer(desk: Desk) -> rendering.Renderer:
    """The words that mails are written with now: those that ship, with this house's own laid over them."""
    with read(desk.engine) as connection:
        return rendering.Renderer(mail_texts.sources(connection))


def written(request: MailRequest, words: rendering.Renderer) -> RenderedMail:
    """A mail that nobody owes yet, as it would go out. Raises TemplateRefused."""
    return words.render(
        request.template, request.language, request.context, request.lines, recipient=request.name, why=request.why
    )


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


def release_all(desk: Desk, by: str, now: datetime) -> int:
    """Let every held mail go, whatever holds it. Returns how many may leave now."""
    with write(desk.engine) as connection:
        released = sum(outbox.release(connection, hold, None, now).mails for hold in overview.holds(connection))
        _note(connection, desk, "mail_released", {"hold": "*", "mails": released}, by, now)
    return released


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


def _note(
    connection: Connection,
    desk: Desk,
    kind: str,
    payload: Mapping[str, Any],
    by: str,
    now: datetime,
    **more: str,
) -> None:
    """One audit entry. Who did it, and words that may name people, are commitments: they can be erased later."""
    said = {"by": to_json(by), **more}
    secrets = {name: (desk.entropy(16), value) for name, value in said.items()}
    chain.append(connection, kind=kind, payload=payload, secrets=secrets, now=now)
