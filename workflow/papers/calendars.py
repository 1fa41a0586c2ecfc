"""Makes the calendar file of an invitation. The only room that imports icalendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from definitions.calendar import LOCAL
from workflow.papers.fields import clean
from workflow.papers.shapes import Invitation

_USUAL = timedelta(hours=2)  # how long a session takes of which only the beginning is known


def calendar_file(invitation: Invitation, at: datetime) -> bytes:
    """The session as an .ics file, written at `at` (UTC). Sent again with a higher `changes`, it moves or cancels the
    entry that the first one made; without a time it is an entry of the whole day. Nobody but the reader is named in it.
    """
    if not invitation.uid:
        raise ValueError("an event needs a uid: without one every sending would be another event")
    event = Event()
    event.add("uid", invitation.uid)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("sequence", invitation.changes)
    event.add("status", "CANCELLED" if invitation.cancelled else "CONFIRMED")
    event.add("summary", clean(invitation.session))
    event.add("location", clean(invitation.venue))
    event.add("description", "\n".join(f"- {clean(each)}" for each in invitation.content))
    begins, ends = _span(invitation)
    event.add("dtstart", begins)
    event.add("dtend", ends)
    calendar = Calendar()
    calendar.add("prodid", "-//khen//papers//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if invitation.cancelled else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _span(invitation: Invitation) -> tuple[datetime, datetime] | tuple[date, date]:
    day = invitation.held_on
    if invitation.begins is None:
        return day, day + timedelta(days=1)
    begins = _instant(day, invitation.begins)
    if invitation.ends is None or invitation.ends <= invitation.begins:
        return begins, begins + _USUAL
    return begins, _instant(day, invitation.ends)


def _instant(day: date, at: time) -> datetime:
    """UTC, which every calendar program reads; a zone of our own would have to be described in the file."""
    return datetime.combine(day, at, LOCAL).astimezone(UTC)
