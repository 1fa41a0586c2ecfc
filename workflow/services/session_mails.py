"""Mails about a session to those who may vote: the invitation with an appointment, changes, and who has not answered.

A reminder goes to him alone who still has lines to vote on; it says how many and until when, never how others voted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

from sqlalchemy import Connection, select

from definitions.calendar import LOCAL, local_day
from notifications import outbox
from notifications.mail import MailRequest
from notifications.tables import MAIL
from workflow.domain.councils import entitled, hour_of
from workflow.domain.reminding import digest_open
from workflow.services.balloting import waiting
from workflow.services.council_sessions import Agenda, begin, gather_session
from workflow.services.councils import CouncilError, people_ids
from workflow.services.desk import Desk
from workflow.services.mailing import message_ids
from workflow.services.register import note
from workflow.storage import council as rows, directory
from workflow.storage.council import SessionRow
from workflow.storage.database import read, write

REMIND_BEFORE = (2, 1, 0)
"""Working days before the last day for answers on which whoever still owes one is reminded."""


@dataclass(frozen=True, slots=True)
class Invited:
    """To how many members an invitation is owed, and the names of those without a mailbox."""

    mails: int
    without_mailbox: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    email: str
    language: str


def invite(desk: Desk, code: str, actor: str, now: datetime, words: str = "") -> Invited:
    """Owe everybody who may vote in a session its invitation, with an appointment to put into his calendar.

    Asked for again it goes out again, as a changed one: the appointment replaces the earlier. Raises CouncilError,
    UnknownActor.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now, only_prepares=True)
        row = agenda.row
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        if last_day(row) < local_day(now):
            raise CouncilError("invitation_late", session=code, on=last_day(row))
        readers = _readers(connection, agenda)
        if not readers:
            raise CouncilError("no_members", council=row.council, on=row.held_on)
        turn = next_turn(connection, row.code)
        context = {**_said(desk, row), "note": words.strip(), "changed": turn > 1, "amount": len(agenda.latest()),
                   "calendar": appointment(desk, row, now, turn)}  # fmt: skip
        requests = [
            _request(f"session:{row.code}:invitation:{turn}", "session_invitation", each, row, context)
            for each in readers
            if each.email
        ]
        _owe(connection, desk, requests, now)
        note(connection, desk, "session_invited", {"session": code, "mails": len(requests)}, who.person, now)
    return Invited(len(requests), tuple(each.name for each in readers if not each.email))


def tell_cancelled(desk: Desk, code: str, now: datetime) -> int:
    """Tell those who were invited that a session does not take place; returns how many mails."""
    with write(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None or row.state != "cancelled":
            raise CouncilError("session_unknown", session=code)
        turn = next_turn(connection, row.code)
        if turn == 1:
            return 0
        agenda = gather_session(connection, desk, row)
        context = {**_said(desk, row), "note": row.cancel_reason,
                   "calendar": appointment(desk, row, now, turn, cancelled=True)}  # fmt: skip
        readers = [each for each in _readers(connection, agenda) if each.email]
        requests = [_request(f"session:{code}:cancelled", "session_cancelled", each, row, context) for each in readers]
        _owe(connection, desk, requests, now)
    return len(requests)


def remind(desk: Desk, now: datetime) -> int:
    """Remind members who may still answer and have not, on the days the ladder names; once a day each.

    Inside the hours of digests only. After an outage one reminder goes out, not three. Returns how many are new.
    """
    if not digest_open(desk.calendar, now):
        return 0
    with read(desk.engine) as connection:
        due = [row for row in rows.sessions(connection, states=("open",)) if _is_due(desk, row, local_day(now))]
    return sum(_remind(desk, row.code, now) for row in due)


def _is_due(desk: Desk, row: SessionRow, today: date) -> bool:
    last = row.answers_due_on
    if last is None or today > last or today < row.held_on:
        return False
    return desk.calendar.working_between(today, last) in REMIND_BEFORE


def _remind(desk: Desk, code: str, now: datetime) -> int:
    with write(desk.engine) as connection:
        row = rows.session(connection, code, lock=True)
        if row is None or row.state != "open":
            return 0
        agenda = gather_session(connection, desk, row)
        open_ids = [line.id for line in agenda.latest() if line.state == "open"]
        owing = waiting(agenda, rows.roll(connection, open_ids), rows.recusals(connection, row.id))
        today = local_day(now)
        requests = [
            _request(
                f"session:{code}:reminder:{today.isoformat()}", "ballot_reminder",
                _Reader(each.member.name, each.member.email, each.member.language), row,
                {**_said(desk, row, page="phieu"), "amount": each.lines, "last_day": today == row.answers_due_on},
            )
            for each in owing if each.member.email
        ]  # fmt: skip
        return _owe(connection, desk, requests, now)


def reminded(desk: Desk, code: str) -> list[tuple[str, datetime]]:
    """(address, instant) of every reminder owed about this session: the proof that a member was told."""
    with read(desk.engine) as connection:
        about = MAIL.c.cause.startswith(f"session:{code}:reminder:", autoescape=True)
        found = connection.execute(select(MAIL.c.address, MAIL.c.created_at).where(about).order_by(MAIL.c.id))
        return [(row.address, row.created_at) for row in found]


def next_turn(connection: Connection, code: str) -> int:
    """Which invitation the next one is: one more than went out."""
    prefix = f"session:{code}:invitation:"
    found = connection.execute(
        select(MAIL.c.cause).where(MAIL.c.cause.startswith(prefix, autoescape=True)).distinct()
    ).scalars()
    turns = [cause.removeprefix(prefix) for cause in found]
    return max((int(each) for each in turns if each.isdecimal()), default=0) + 1


def _readers(connection: Connection, agenda: Agenda) -> list[_Reader]:
    """Who may vote: those on the roll, or before it is fixed those who will sit on the day."""
    if agenda.members:
        return [_Reader(each.name, each.email, each.language) for each in agenda.members]
    row = agenda.row
    seats = entitled(rows.seats(connection, row.council_id), row.body, row.held_on)  # type: ignore[arg-type]
    known = people_ids(connection, [each.person for each in seats])
    people = [directory.find(connection, each.person) for each in seats if each.person in known]
    return [_Reader(each.name, each.email, each.language) for each in people if each is not None]


def _said(desk: Desk, row: SessionRow, page: str = "") -> dict[str, str | int | bool]:
    path = f"/hoi-dong/{quote(row.code, safe='')}" + (f"/{page}" if page else "")
    return {
        "session": row.title, "council": row.council_title, "session_on": f"{row.held_on:%d/%m/%Y}",
        "session_time": row.held_time, "place": row.place, "form": row.form, "ballots": row.ballots,
        "reply_by": f"{row.answers_due_on:%d/%m/%Y}" if row.answers_due_on else "",
        "link": f"{desk.base_url.rstrip('/')}{path}" if desk.base_url else "",
        "contact_name": desk.contact.name, "contact_email": desk.contact.email, "contact_phone": desk.contact.phone,
    }  # fmt: skip


def last_day(row: SessionRow) -> date:
    """The day after which no mail about this session is of use any more."""
    return max(row.held_on, row.answers_due_on or row.held_on)


def _request(
    cause: str, template: str, reader: _Reader, row: SessionRow, context: dict[str, str | int | bool]
) -> MailRequest:
    return MailRequest(
        cause=cause, address=reader.email, name=reader.name, language=reader.language, template=template,
        context=context, thread=f"session:{row.id}",
        useless_after=datetime.combine(last_day(row) + timedelta(days=1), time(), LOCAL),
    )  # fmt: skip


def _owe(connection: Connection, desk: Desk, requests: Iterable[MailRequest], now: datetime) -> int:
    mode = "hold" if desk.hold_mail else "send"
    return outbox.enqueue(connection, requests, now=now, message_id_of=message_ids(desk), mode=mode)


# ── the appointment ──────────────────────────────────────────────────────────────────────────────


def appointment(desk: Desk, row: SessionRow, now: datetime, turn: int = 1, *, cancelled: bool = False) -> str:
    """A session as iCalendar text: at its hour in Vietnam, or a whole day where no hour is given."""
    from workflow.papers.calendars import appointment as make  # late: the library behind it is only needed here

    entry = make(
        f"{row.code}@{desk.mail_domain}", row.title, row.held_on, hour_of(row.held_time), now,
        venue=row.place, changes=turn - 1, cancelled=cancelled,
    )  # fmt: skip
    return entry.decode("utf-8")
