"""What a reminder says and to whom: recipients and words of due deadlines, each looked up once in a sweep.

Nothing is decided and nothing is written here; `reminders` does both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from definitions.calendar import LOCAL, WorkCalendar
from definitions.flow import Flow, Words
from notifications.mail import Context, LineRequest, MailRequest
from workflow.domain import audit
from workflow.domain.notices import UNIT_WORDS, Directory, Holder, Mailbox, Place
from workflow.domain.reminding import unpack
from workflow.services import mail_wishes
from workflow.services.desk import Desk
from workflow.services.mail_words import UNIT_ROLES, day_text
from workflow.services.mailing import reminder_reference
from workflow.storage import chain, directory, sweeping
from workflow.storage.sweeping import DueRow, UnitBox

Kind = Literal["reminder", "escalation"]
TEMPLATE = "digest"
TOPIC = "reminder"
_LONGEST_RETRY = timedelta(hours=72)


class Telling:
    """Recipients and words for the rows of one sweep on one local day. `prepare` reads what they need."""

    def __init__(self, desk: Desk, today: date) -> None:
        self._desk = desk
        self._today = today
        self._units: dict[int, UnitBox] = {}
        self._boxes: dict[str, Mailbox] = {}
        self._holders: dict[str, tuple[Holder, ...]] = {}
        self._flows: dict[int, Flow] = {}
        self._found: dict[tuple[str, int, str], tuple[tuple[Mailbox, ...], str]] = {}
        self._words: dict[tuple[Any, ...], dict[str, str]] = {}
        self._days: dict[date, tuple[str, int]] = {}
        self._also: dict[str, tuple[Mailbox, ...]] = {}
        self._directory = Directory(self._boxes, self._holders, also=self._also)
        self._audit_head: str | None = None

    def prepare(self, connection: Connection, rows: Iterable[DueRow]) -> None:
        """Read the units, holders of roles and flows that these rows name and no row before them did."""
        units: set[int] = set()
        versions: set[int] = set()
        roles: set[str] = set()
        for row in rows:
            packed = unpack(row.rule)
            units.add(row.unit_id)
            versions.add(row.flow_version_id)
            roles.update(packed.to, packed.escalate.to if packed.escalate else ())
        if new := units - self._units.keys():
            self._units.update(sweeping.units(connection, new))
            self._boxes.update({each.code: _box(each) for each in self._units.values()})
            self._also.update(mail_wishes.further(connection, self._boxes))
        if unheld := roles - self._holders.keys() - {"unit", "actor"}:
            self._holders.update(directory.holders(connection, unheld, self._today))
        for version in versions - self._flows.keys():
            self._flows[version] = self._desk.flows.get(connection, version).flow
        if self._audit_head is None:
            number, head = chain.head(connection)
            self._audit_head = f"{number} {audit.short_head(head)}" if number else ""

    def recipients(self, role: str, row: DueRow) -> tuple[tuple[Mailbox, ...], str]:
        """Whom this role means for this nomination, and as what they are told.

        A unit role that nobody holds is the unit's own mailbox, told as `unit`.
        """
        key = (role, row.unit_id, row.field_of_work)
        found = self._found.get(key)
        if found is None:
            unit = self._units[row.unit_id]
            place = Place(unit.code, row.field_of_work, unit.cluster)
            found = (self._directory.find(role, place), role)
            if not found[0] and role in UNIT_ROLES:
                found = (self._directory.find("unit", place), "unit")
            self._found[key] = found
        return found

    def line(self, row: DueRow, kind: Kind, role: str, language: str) -> LineRequest:
        """The line of a digest about this row. `days` counts working days to the due day, negative once past."""
        assert row.due_on is not None  # narrows the type; a row without a due day owes nothing
        day = self._days.get(row.due_on)
        if day is None:
            left = self._desk.calendar.working_between(self._today, row.due_on)
            day = self._days[row.due_on] = (day_text(row.due_on), left)
        context: Context = {
            "code": row.code,
            "name": row.name,
            "unit": self._units[row.unit_id].name,
            **self._said(row, role in UNIT_WORDS, language),
            "due_on": day[0],
            "days": day[1],
            "kind": kind,
        }
        return LineRequest(reminder_reference(row.nomination_id, row.deadline), TOPIC, TEMPLATE, context)

    def _said(self, row: DueRow, for_unit: bool, language: str) -> dict[str, str]:
        """Award, state and deadline in words: a unit reads the state that was released to it, the desk the true one."""
        state = row.shown_state if for_unit else row.state
        key = (row.flow_version_id, state, row.deadline, for_unit, language, row.rule)
        said = self._words.get(key)
        if said is None:
            flow = self._flows[row.flow_version_id]
            # The shown state may be one that a change of award left behind.
            stands = flow.states.get(state) or flow.states[row.state]
            label = stands.unit if for_unit else stands.label
            said = self._words[key] = {
                "award": _in(flow.title, language),
                "state_label": _in(label, language),
                "label": _in(deadline_label(flow, row, label), language),
            }
        return said

    def mail(self, box: Mailbox, role: str, rows: list[DueRow], lines: list[LineRequest], now: datetime) -> MailRequest:
        """The digest of one recipient: one a day, in which later lines of the same day join."""
        units = {row.unit_id for row in rows}
        for_unit = role in UNIT_WORDS
        contact = self._desk.contact
        return MailRequest(
            cause=f"digest:{self._today.isoformat()}",
            address=box.address,
            name=box.name,
            language=box.language,
            template=TEMPLATE,
            context={
                "occurred_on": day_text(self._today),
                "due_on": lines[0].context["due_on"],
                "unit_name": self._units[rows[0].unit_id].name if for_unit and len(units) == 1 else "",
                "contact_name": contact.name,
                "contact_email": contact.email,
                "contact_phone": contact.phone,
                "audit_head": "" if for_unit else self._audit_head or "",
                "link": f"{self._desk.base_url.rstrip('/')}/" if self._desk.base_url else "",
            },
            lines=tuple(lines),
            why=role,
            useless_after=useless_after(self._desk.calendar, now),
        )


def useless_after(calendar: WorkCalendar, now: datetime) -> datetime:
    """The end of the next working day, but never before three days have passed.

    A reminder that comes later counts days that are long over, and the next digest has come. Yet a
    server that is away for a weekend must not swallow the last rung of a ladder.
    """
    today = now.astimezone(LOCAL).date()
    last = calendar.next_working(today + timedelta(days=1))
    return max(datetime.combine(last + timedelta(days=1), time(0), LOCAL), now + _LONGEST_RETRY)


def deadline_label(flow: Flow, row: DueRow, otherwise: Words) -> Words:
    """What the deadline is called: by its own label, else by its task, else by the state it hangs on."""
    label = unpack(row.rule).label
    kind, _, name = row.deadline.partition(".")
    if label is None and kind == "task" and name in flow.tasks:
        label = flow.tasks[name].label
    return label or otherwise


def place_in_digest(context: Context) -> tuple[str, str]:
    """Overdue first, then by due day, then by code."""
    day, month, year = str(context["due_on"]).split("/")
    return f"{year}-{month}-{day}", str(context["code"])


def _box(unit: UnitBox) -> Mailbox:
    return Mailbox(unit.mailbox, unit.name, unit.language)


def _in(words: Words, language: str) -> str:
    return words.in_("en" if language == "en" else "vi")
