"""What is said about a dossier, and to whom: the desk alone, the unit too, or a body that is consulted.

Nothing said is ever changed or taken back. What is said to the other side goes there by mail as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, insert, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Language
from notifications import outbox
from notifications.columns import to_json
from notifications.mail import LineRequest, MailRequest
from workflow.domain.notices import Mailbox
from workflow.domain.vietnamese import nfc
from workflow.services import mail_wishes, mailing
from workflow.services.desk import Desk
from workflow.services.dossier import find
from workflow.services.mail_words import day_text
from workflow.services.viewing import Viewer
from workflow.storage import chain, directory
from workflow.storage.database import read, write
from workflow.storage.tables import Round, Submission, Task, Unit
from workflow.storage.tables_desk import Assignment, Comment
from workflow.wording import award_name, letter_label

_T: Table = Comment.__table__  # type: ignore[attr-defined]
Audience = Literal["desk", "unit", "body"]
LONGEST = 4000


class NotSaid(ValueError):
    """Nothing was written. `code`: empty, too_long, audience (not for this person), body (nobody of that name)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Said:
    """One comment. `ours`: said by the reader's own side."""

    author: str
    author_name: str
    audience: Audience
    body: str
    words: str
    at: datetime
    ours: bool


def audiences(viewer: Viewer) -> tuple[Audience, ...]:
    """To whom this person may speak: a unit speaks with the desk in what both read."""
    if viewer.is_desk:
        return ("desk", "unit", "body")
    if viewer.own_units:
        return ("unit",)
    return ("body",) if viewer.sight.bodies else ()


def listed(desk: Desk, viewer: Viewer, code: str) -> tuple[Said, ...]:
    """What this person may read of what was said, oldest first. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        unit = connection.execute(select(col(Unit.code)).where(col(Unit.id) == row.unit_id)).scalar_one()
        query = select(_T).where(_T.c.nomination_id == row.id).order_by(_T.c.id)
        return tuple(
            Said(each.author, each.author_name, each.audience, each.body, each.words, each.at,
                 each.author == viewer.person)
            for each in connection.execute(query)
            if _may_read(viewer, each, unit)
        )  # fmt: skip


def _may_read(viewer: Viewer, row: Any, unit: str) -> bool:
    if viewer.is_desk:
        return True
    if row.audience == "unit":
        return unit in viewer.sight.units
    return row.audience == "body" and row.body in viewer.sight.bodies


def say(
    desk: Desk, viewer: Viewer, code: str, audience: str, words: str, now: datetime, *, body: str = "", link: str = ""
) -> int:
    """Say it; returns how many people are told by mail. `link` is the dossier's whole address.

    Raises NotSaid, UnknownNomination.
    """
    words = nfc(words).strip()
    if not words:
        raise NotSaid("empty")
    if len(words) > LONGEST:
        raise NotSaid("too_long")
    if audience not in audiences(viewer):
        raise NotSaid("audience")
    with write(desk.engine) as connection:
        row = find(connection, viewer, code)
        unit = connection.execute(select(Unit.__table__).where(col(Unit.id) == row.unit_id)).one()  # type: ignore[attr-defined]
        if audience == "unit" and not viewer.is_desk and unit.code not in viewer.sight.units:
            raise NotSaid("audience")
        if audience == "body":
            _check_body(connection, viewer, row.id, body)
        result = connection.execute(
            insert(_T).values(
                nomination_id=row.id, author=viewer.person, author_name=viewer.name, audience=audience,
                body=body if audience == "body" else "", words=words, at=now,
            )
        )  # fmt: skip
        assert result.inserted_primary_key is not None
        number = int(result.inserted_primary_key[0])
        boxes = _boxes(connection, viewer, row, unit, audience, body, now)
        _owe(connection, desk, viewer, row, unit, boxes, number, words, link, now)
        chain.append(
            connection,
            kind="comment",
            payload={"nomination": row.id, "comment": number, "audience": audience},
            secrets={"said": (desk.entropy(16), to_json([viewer.person, words]))},
            now=now,
        )
    return len(boxes)


def _check_body(connection: Connection, viewer: Viewer, nomination_id: int, body: str) -> None:
    """A body that was asked about this dossier; of somebody of a body, his own."""
    asked = select(col(Task.id)).where(col(Task.nomination_id) == nomination_id, col(Task.body) == body)
    if not body or connection.execute(asked).first() is None:
        raise NotSaid("body")
    if not viewer.is_desk and body not in viewer.sight.bodies:
        raise NotSaid("audience")


def bodies_asked(desk: Desk, viewer: Viewer, code: str) -> tuple[str, ...]:
    """Bodies that were asked about this dossier. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        query = select(col(Task.body)).where(col(Task.nomination_id) == row.id, col(Task.body) != "").distinct()
        return tuple(connection.execute(query.order_by(col(Task.body))).scalars())


# ── telling the other side ───────────────────────────────────────────────────────────────────────


def _boxes(
    connection: Connection,
    viewer: Viewer,
    row: Any,
    unit: Any,
    audience: str,
    body: str,
    now: datetime,
) -> dict[str, tuple[Mailbox, str]]:
    """Mailboxes of the other side with why each is told, by address; the speaker himself is not told."""
    found: list[tuple[Mailbox, str]] = []
    if audience == "desk":
        return {}
    if not viewer.is_desk:
        found = [(each, "secretariat") for each in _desk_boxes(connection, row.id, now)]
    elif audience == "unit":
        # Somebody asks in person and awaits an answer: this goes at once, however the unit wants its other mails.
        own = Mailbox(unit.mailbox, unit.name, unit.language)
        found = [(each, "unit") for each in (own, *mail_wishes.further(connection, [unit.code]).get(unit.code, ()))]
    else:
        holders = directory.holders(connection, ["consulted_body"], local_day(now))["consulted_body"]
        found = [(each.mailbox, "consulted_body") for each in holders if each.scope == body]
    return {box.address: (box, why) for box, why in found if box.address and box.address != viewer.email}


def _desk_boxes(connection: Connection, nomination_id: int, now: datetime) -> Sequence[Mailbox]:
    """Who has the dossier in hand; nobody, then the standing office."""
    query = select(col(Assignment.person)).where(
        col(Assignment.nomination_id) == nomination_id, col(Assignment.until_at).is_(None)
    )
    person = connection.execute(query).scalar()
    found = directory.find(connection, person) if person else None
    if found is not None and found.email:
        return [Mailbox(found.email, found.name, found.language)]
    return [each.mailbox for each in directory.holders(connection, ["secretariat"], local_day(now))["secretariat"]]


def _language(box: Mailbox) -> Language:
    return "en" if box.language == "en" else "vi"


def _owe(
    connection: Connection, desk: Desk, viewer: Viewer, row: Any, unit: Any, boxes: dict[str, tuple[Mailbox, str]],
    number: int, words: str, link: str, now: datetime,
) -> None:  # fmt: skip
    letter = connection.execute(
        select(col(Submission.letter_number)).where(col(Submission.id) == row.submission_id)
    ).scalar_one()
    title = connection.execute(select(col(Round.title)).where(col(Round.id) == row.round_id)).scalar_one()
    requests = [
        MailRequest(
            cause=f"comment:{number}", address=box.address, name=box.name, language=box.language, template="comment",
            context={
                "unit_name": unit.name, "round_title": title, "letter_number": letter_label(letter, _language(box)),
                "actor_name": viewer.name,
                "occurred_on": day_text(local_day(now)), "due_on": "", "note": words, "link": link,
                "contact_name": desk.contact.name, "contact_email": desk.contact.email,
                "contact_phone": desk.contact.phone,
            },
            lines=(
                LineRequest(
                    f"nomination:{row.id}", "comment", "comment",
                    {"code": row.code, "name": row.name, "unit": unit.name,
                     "award": award_name(row.award, "en" if box.language == "en" else "vi")},
                ),
            ),
            thread=f"submission:{row.submission_id}", why=why,
        )
        for box, why in boxes.values()
    ]  # fmt: skip
    if requests:
        mode = "hold" if desk.hold_mail else "send"
        outbox.enqueue(connection, requests, now=now, message_id_of=mailing.message_ids(desk), mode=mode)
