"""Mails to those who score dossiers: what they are asked for, and once, before the time is over, what they still owe.

Nobody else hears of an appraisal by mail, a unit least of all. Where it is blind a line has the number of its card and
neither the dossier's code nor a name. Who stands in for an appraiser gets the same mail, without what he would have to
stand aside from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from definitions.calendar import LOCAL, WorkCalendar, local_day
from notifications import outbox
from notifications.mail import LineRequest, MailRequest, Plain
from notifications.sql import among
from notifications.tables import LINE
from workflow.domain.reminding import digest_open
from workflow.services.appraising import Matter, gather, mail_reference, recusal_of, where_appraised
from workflow.services.desk import Desk
from workflow.services.mailing import message_ids
from workflow.storage import appraisals as rows, directory
from workflow.storage.appraisals import AppraiserRow, DossierRow, SessionDay
from workflow.storage.database import read, write
from workflow.storage.directory import PersonRow
from workflow.storage.locking import in_turn

REMIND_BEFORE = 2
"""Working days before the last day for a card from which on whoever still owes it is reminded of that day, once."""
ASKED, REMINDER = "appraisal_asked", "appraisal_reminder"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Card:
    """One card that is asked for: until when by its flow, and before which session."""

    row: AppraiserRow
    matter: Matter
    dossier: DossierRow
    due_on: date | None
    session: SessionDay | None

    def ends(self, today: date) -> tuple[date, bool] | None:
        """The first day from today on by which the card is wanted, and whether it is that of a session.

        On the day of the session it is too late to ask; a due day that is not before it says nothing more.
        """
        due = self.due_on if self.due_on and self.due_on >= today else None
        held = self.session.held_on if self.session and self.session.held_on >= today else None
        if held is not None and (due is None or held <= due):
            return (held, True) if held > today else None
        return (due, False) if due is not None else None


# ── asked ────────────────────────────────────────────────────────────────────────────────────────


def tell_asked(
    connection: Connection, desk: Desk, asked: Sequence[tuple[Matter, str]], by: str, now: datetime
) -> int:  # fmt: skip
    """Owe everybody who has just been asked about these dossiers one mail about all of them; returns how many mails.

    `by` is the name of who asked. In the transaction that asks.
    """
    matters = {matter.facts.id: matter for matter, _ in asked}
    wanted = {(matter.facts.id, person) for matter, person in asked}
    there = [
        each
        for people in rows.of_dossiers(connection, list(matters)).values()
        for each in people
        if not each.cause and (each.nomination_id, each.person) in wanted
    ]
    cards = _cards(connection, there, matters)
    return _owe(connection, desk, ASKED, cards, now, actor_name=by)


# ── still owed ───────────────────────────────────────────────────────────────────────────────────


def remind(desk: Desk, now: datetime) -> int:
    """Remind whoever still owes cards, once for each day by which one is wanted; returns how many mails are new.

    That day is the due day of the state in which the dossier stands, or the session on whose agenda it is, whichever
    comes first. Inside the hours of digests only, and not on the day on which somebody was asked.
    """
    if not digest_open(desk.calendar, now):
        return 0
    with read(desk.engine) as connection:
        if not _to_remind(connection, desk, now):
            return 0
    with write(desk.engine) as connection:
        in_turn(connection, "appraisal reminders")
        return _owe(connection, desk, REMINDER, _to_remind(connection, desk, now), now)


def _to_remind(connection: Connection, desk: Desk, now: datetime) -> list[_Card]:
    """The cards that are owed, wanted soon, and of whose day nobody was reminded yet."""
    today = local_day(now)
    owed = rows.owed_by(connection, where_appraised(connection, desk), today, _horizon(desk.calendar, today))
    owed = [each for each in owed if local_day(each.from_at) < today]
    if not owed:
        return []
    told = _told(connection, [each.id for each in owed])
    matters = gather(connection, desk, {each.nomination_id for each in owed}, today)
    found = []
    for each in _cards(connection, owed, matters):
        ends = each.ends(today)
        soon = ends is not None and desk.calendar.working_between(today, ends[0]) <= REMIND_BEFORE
        if ends is not None and soon and (mail_reference(each.row.id), _topic(ends[0])) not in told:
            found.append(each)
    return found


def _horizon(calendar: WorkCalendar, today: date) -> date:
    """The last day that is as near as `REMIND_BEFORE` says."""
    last = today
    while calendar.working_between(today, last + _DAY) <= REMIND_BEFORE:
        last += _DAY
    return last


def _topic(day: date) -> str:
    return f"{REMINDER} {day:%Y-%m-%d}"


def _told(connection: Connection, appraiser_ids: Collection[int]) -> set[tuple[str, str]]:
    """Of which cards and days somebody was reminded, as reference and topic of a line."""
    query = select(LINE.c.reference, LINE.c.topic).where(
        among(connection, LINE.c.reference, [mail_reference(each) for each in appraiser_ids]),
        LINE.c.section == REMINDER,
    )
    return {(row.reference, row.topic) for row in connection.execute(query)}


# ── the mail ─────────────────────────────────────────────────────────────────────────────────────


def _cards(connection: Connection, asked: Sequence[AppraiserRow], matters: dict[int, Matter]) -> list[_Card]:
    """These cards, flow by flow in the order of their codes; blind ones by their own numbers, which tell nothing."""
    ids = {each.nomination_id for each in asked if each.nomination_id in matters}
    dossiers, due = rows.dossiers(connection, ids), rows.due_days(connection, ids)
    sessions = rows.session_days(connection, ids)
    found = [
        _Card(each, matters[each.nomination_id], dossiers[each.nomination_id], due.get(each.nomination_id),
              sessions.get(each.nomination_id))
        for each in asked
        if each.nomination_id in ids
    ]  # fmt: skip
    return sorted(found, key=lambda each: (
        each.matter.flow.award or each.matter.flow.id, "" if each.matter.appraisal.blind else each.dossier.code,
        each.row.id,
    ))  # fmt: skip


def _owe(
    connection: Connection, desk: Desk, template: str, cards: Iterable[_Card], now: datetime, **said: Plain
) -> int:  # fmt: skip
    by_person: dict[str, list[_Card]] = {}
    for each in cards:
        by_person.setdefault(each.row.person, []).append(each)
    people = {key: found for key in by_person if (found := directory.find(connection, key)) is not None}
    stand_ins = directory.stand_ins_of(connection, [each.id for each in people.values()], local_day(now))
    requests = [
        request
        for key, person in people.items()
        for request in _requests(
            connection, desk, template, person, stand_ins.get(person.id, ()), by_person[key], now, **said
        )
    ]
    mode = "hold" if desk.hold_mail else "send"
    return outbox.enqueue(connection, requests, now=now, message_id_of=message_ids(desk), mode=mode)


def _requests(
    connection: Connection, desk: Desk, template: str, person: PersonRow, stand_ins: Iterable[PersonRow],
    cards: list[_Card], now: datetime, **said: Plain,
) -> Iterator[MailRequest]:  # fmt: skip
    """One mail to this person, and one to each who stands in for him. Their cause is the first card of the run."""
    today = local_day(now)
    first = min(each.row.id for each in cards)
    cause = f"{template}:{first}"
    if template == REMINDER:
        cause += "".join(
            f":{ends[0]:%Y-%m-%d}" for each in cards if each.row.id == first and (ends := each.ends(today))
        )
    if person.email:
        yield _request(desk, template, cause, person, cards, today, stands_for="", **said)
    for each in stand_ins:
        actor = directory.actor(connection, directory.key_of(each.root_unit, each.code), today)
        own = [] if actor is None else [
            card for card in cards if not recusal_of(connection, card.matter, [actor], today)
        ]  # fmt: skip
        if own and each.email and each.email != person.email:
            yield _request(desk, template, cause, each, own, today, stands_for=person.name, **said)


def _request(
    desk: Desk, template: str, cause: str, reader: PersonRow, cards: Sequence[_Card], today: date, **said: Plain
) -> MailRequest:
    useless_after, topics = None, [ASKED] * len(cards)
    days = [ends for each in cards if (ends := each.ends(today)) is not None]
    if template == REMINDER:  # of cards that are wanted by a day alone
        useless_after = datetime.combine(max(day for day, _ in days) + _DAY, time(), LOCAL)
        topics = [_topic(day) for day, _ in days]
    day, is_session = min(days, default=(None, False))
    context: dict[str, Plain] = {
        "amount": len(cards), "due_on": "" if is_session else _written(day),
        "session_on": _written(day) if is_session else "", "last_day": day == today,
        "link": f"{desk.base_url.rstrip('/')}/cham-diem" if desk.base_url else "",
        "contact_name": desk.contact.name, "contact_email": desk.contact.email, "contact_phone": desk.contact.phone,
        **said,
    }  # fmt: skip
    lines = tuple(
        LineRequest(mail_reference(each.row.id), topic, template, _line(each, reader.language))
        for each, topic in zip(cards, topics, strict=True)
    )
    return MailRequest(
        cause=cause, address=reader.email, name=reader.name, language=reader.language, template=template,
        context=context, lines=lines, thread=f"appraisal:{cards[0].row.person}", why="scorer",
        useless_after=useless_after,
    )  # fmt: skip


def _line(card: _Card, language: str) -> dict[str, Plain]:
    dossier, session = card.dossier, card.session
    named = {"code": dossier.code, "name": dossier.name, "unit": dossier.unit_name}
    due_on = None if session and session.held_on == card.due_on else card.due_on
    return {
        "card": str(card.row.id), **({} if card.matter.appraisal.blind else named),
        "award": card.matter.flow.title.in_("en" if language == "en" else "vi"), "due_on": _written(due_on),
        "label": session.title if session else "", "ends_on": _written(session.held_on) if session else "",
    }  # fmt: skip


def _written(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
