"""Makes appointments, as files and for mails. The only room that imports icalendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from definitions.calendar import LOCAL
from workflow.papers.fields import clean
from workflow.papers.shapes import Invitation

_USUAL = timedelta(hours=2)  # how long a session takes of which only the beginning is known


def calendar_file(invitation: Invitation, at: datetime) -> bytes:
    """The session of an invitation as an .ics file."""
    return appointment(
        invitation.uid, invitation.session, invitation.held_on, invitation.begins, at, ends=invitation.ends,
        venue=invitation.venue, content=invitation.content, changes=invitation.changes,
        cancelled=invitation.cancelled,
    )  # fmt: skip


def appointment(
    uid: str,
    title: str,
    day: date,
    begins_at: time | None,
    at: datetime,
    *,
    ends: time | None = None,
    venue: str = "",
    content: Sequence[str] = (),
    changes: int = 0,
    cancelled: bool = False,
) -> bytes:
    """One entry for a calendar (iCalendar), written at `at`; hours are those of Vietnam. Sent again with a higher
    `changes`, it moves or cancels the entry that the first one made; without an hour it is one of the whole day.
    Nobody but the reader is named in it. Raises ValueError without a `uid`.
    """
    if not uid:
        raise ValueError("an event needs a uid: without one every sending would be another event")
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("sequence", changes)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", clean(title))
    event.add("location", clean(venue))
    event.add("description", "\n".join(f"- {clean(each)}" for each in content))
    begins, ends_at = _span(day, begins_at, ends)
    event.add("dtstart", begins)
    event.add("dtend", ends_at)
    calendar = Calendar()
    calendar.add("prodid", "-//khen//papers//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _span(day: date, begins_at: time | None, ends: time | None) -> tuple[datetime, datetime] | tuple[date, date]:
    if begins_at is None:
        return day, day + timedelta(days=1)
    begins = _instant(day, begins_at)
    if ends is None or ends <= begins_at:
        return begins, begins + _USUAL
    return begins, _instant(day, ends)


def _instant(day: date, at: time) -> datetime:
    """UTC, which every calendar program reads; a zone of our own would have to be described in the file."""
    return datetime.combine(day, at, LOCAL).astimezone(UTC)
