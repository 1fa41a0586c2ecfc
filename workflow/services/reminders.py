"""The sweep: every deadline that is open and due gets its one reminder, in a digest per recipient and day.

Selection is by what the rows say, never by "today equals", so that nothing is missed after an outage;
what a reminder is, `domain.reminding` says. Nothing here reads a clock or sends a mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from definitions.calendar import EIGHT, LOCAL, WorkCalendar, at_eight, local_day
from notifications import growing
from notifications.mail import LineRequest
from workflow.domain import reminding
from workflow.domain.notices import Mailbox
from workflow.domain.reminding import Owed, digest_open, unpack
from workflow.services.desk import Desk
from workflow.services.digests import Kind, Telling, place_in_digest
from workflow.services.mailing import message_ids
from workflow.storage import sweeping
from workflow.storage.database import read, write
from workflow.storage.errors import StorageError
from workflow.storage.sweeping import DueRow, Key, ReminderRow

BATCH = 500
AT_ONCE = 50_000
"""Due nominations listed at a time: a season's worth, and a few megabytes."""
PUSHED = timedelta(hours=1)
TOGETHER = timedelta(seconds=30)
"""How long the digests of a sweep of several batches wait for the batches after the first."""


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A deadline whose reminder could not be made. It is tried again an hour later; no other waited for it."""

    nomination_id: int
    deadline: str
    run: int
    error: str


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did.

    `reminders` and `escalations` are lines in digests, `mails` the digests they went into. `skipped`
    reminders were overtaken by a later one of their ladder. `silent` rows owed nothing any more
    (archived, stopped, left). `unaddressed` are (role, code) pairs that led to nobody. `stopped`: it
    was asked to end before all was done; the next sweep goes on.
    """

    reminders: int = 0
    escalations: int = 0
    skipped: int = 0
    mails: int = 0
    failed: tuple[FailedRow, ...] = ()
    silent: int = 0
    unaddressed: tuple[tuple[str, str], ...] = ()
    stopped: bool = False


@dataclass(slots=True)
class _Plan:
    """All that a batch writes."""

    moves: list[tuple[DueRow, datetime | None]] = field(default_factory=list)
    reminders: list[ReminderRow] = field(default_factory=list)
    digests: dict[str, _Digest] = field(default_factory=dict)
    nobody: list[tuple[str, str]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=lambda: {"reminder": 0, "escalation": 0})
    skipped: int = 0
    silent: int = 0


@dataclass(slots=True)
class _Digest:
    box: Mailbox
    role: str
    rows: list[DueRow] = field(default_factory=list)
    lines: list[LineRequest] = field(default_factory=list)


def sweep(
    desk: Desk,
    now: datetime,
    *,
    batch: int = BATCH,
    progress: Callable[[SweepReport], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> SweepReport:
    """Owe the reminders that are due at `now` and say what was done. Safe to run twice, at once or after a crash.

    Outside the hours of digests (a working day, from 08:00 in Vietnam) nothing is due. Each batch is one
    transaction; one that fails is tried row by row, and a bad row is put off for an hour. `progress` is
    called after each batch, `stop` asked before each. Raises `StorageError` when the database itself
    cannot go on; what was committed before stays.
    """
    run = _Sweep(desk, now)
    if digest_open(desk.calendar, now):
        for ids, more in _pages(desk, now, batch, run):
            if stop is not None and stop():
                return replace(run.report, stopped=True)
            run.batch(ids, more)
            if progress is not None:
                progress(run.report)
    return run.report


def _pages(desk: Desk, now: datetime, batch: int, run: _Sweep) -> Iterator[tuple[Sequence[int], bool]]:
    """Due nominations in batches, each with whether more come after it."""
    while True:
        with read(desk.engine) as connection:
            due = sweeping.due(connection, now, AT_ONCE)
        before = run.moved
        for start in range(0, len(due), batch):
            yield due[start : start + batch], start + batch < len(due)
        if len(due) < AT_ONCE or run.moved == before:
            return


class _Sweep:
    """One pass over what is due: the report so far, and what was looked up once for all batches."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.report = SweepReport()
        self.moved = 0
        self._desk = desk
        self._now = now
        self._telling = Telling(desk, local_day(now))
        self._owed: dict[tuple[str, date, datetime], Owed] = {}
        self._addresses: set[str] = set()

    def batch(self, ids: Sequence[int], more: bool) -> None:
        """One transaction for these nominations, begun anew once if the database asks for it; else row by row."""
        try:
            try:
                done = self._commit(ids, more)
            except StorageError as error:
                if not error.again:
                    raise
                done = self._commit(ids, more)
        except StorageError:
            raise
        except Exception:
            self._one_by_one(ids, more)
        else:
            self._count(done)

    def _commit(self, ids: Sequence[int], more: bool, only: Key | None = None) -> _Plan:
        with write(self._desk.engine) as connection:
            return self._write(connection, ids, more, only)

    def _one_by_one(self, ids: Sequence[int], more: bool) -> None:
        with read(self._desk.engine) as connection:
            keys = sweeping.keys(connection, ids, self._now)
        for key in keys:
            try:
                done = self._commit([key[0]], more, only=key)
            except StorageError:
                raise
            except Exception as error:
                self._put_off(key, error)
            else:
                self._count(done)

    def _put_off(self, key: Key, error: Exception) -> None:
        """Push a bad row ahead, so that it neither stops the others nor is tried every minute."""
        with write(self._desk.engine) as connection:
            sweeping.put_off(connection, key, self._now, self._now + PUSHED)
        said = f"{type(error).__name__}: {error}"[:500]
        self.report = replace(self.report, failed=(*self.report.failed, FailedRow(*key, said)))

    def _write(self, connection: Connection, ids: Sequence[int], more: bool, only: Key | None = None) -> _Plan:
        sweeping.begin(connection)
        rows = [row for row in sweeping.rows(connection, ids, self._now) if only is None or row.key == only]
        self._telling.prepare(connection, rows)
        plan = self._plan(connection, rows, sweeping.made(connection, ids))
        sweeping.move(connection, plan.moves)
        sweeping.keep(connection, plan.reminders)
        waits = self._now + TOGETHER if more else None
        requests = [
            replace(self._telling.mail(each.box, each.role, each.rows, each.lines, self._now), not_before=waits)
            for each in plan.digests.values()
        ]
        growing.add(
            connection,
            requests,
            now=self._now,
            message_id_of=message_ids(self._desk),
            mode="hold" if self._desk.hold_mail else "send",
            order=place_in_digest,
        )
        return plan

    def _count(self, done: _Plan) -> None:
        self.moved += len(done.moves)
        self._addresses.update(done.digests)
        report = self.report
        self.report = replace(
            report,
            reminders=report.reminders + done.lines["reminder"],
            escalations=report.escalations + done.lines["escalation"],
            skipped=report.skipped + done.skipped,
            mails=len(self._addresses),
            silent=report.silent + done.silent,
            unaddressed=(*report.unaddressed, *done.nobody),
        )

    # ── what each row owes ──

    def _plan(self, connection: Connection, rows: Iterable[DueRow], made: dict[Key, set[tuple[str, str]]]) -> _Plan:
        plan = _Plan()
        for row in rows:
            owed = None if silent(row) else self._what(connection, row)
            plan.moves.append((row, owed.next_at if owed else None))
            if owed is None:
                plan.silent += 1
            elif owed.rung is not None:
                self._remind(plan, row, owed, made.setdefault(row.key, set()))
        return plan

    def _what(self, connection: Connection, row: DueRow) -> Owed:
        """What the row owes now; worked out once for all rows with the same rule, due day and next instant."""
        assert row.due_on is not None  # narrows the type; `silent` rows do not come here
        key = (row.rule, row.due_on, row.next_at)
        owed = self._owed.get(key)
        if owed is None:
            owed = self._owed[key] = waited_for(row, self._desk.calendar, self._now)
        if put_off(row) or owed.rung is None:
            return looked_back(connection, row, self._desk.calendar, self._now)
        return owed

    def _remind(self, plan: _Plan, row: DueRow, owed: Owed, made: set[tuple[str, str]]) -> None:
        assert owed.rung is not None  # narrows the type
        for name in owed.skipped:
            for _, role in told(row, escalates=name.startswith("escalate")):
                for recipient in self._addresses_of(role, row):
                    plan.skipped += self._keep(plan, row, name, recipient, made, skipped=True)
        for kind, role in told(row, escalates=owed.escalates):
            boxes, word = self._telling.recipients(role, row)
            if not boxes:
                plan.nobody.append((role, row.code))
                self._keep(plan, row, owed.rung, nobody(role), made, skipped=True)
            for box in boxes:
                if self._keep(plan, row, owed.rung, box.address, made, skipped=False):
                    self._say(plan, row, kind, word, box)

    def _addresses_of(self, role: str, row: DueRow) -> list[str]:
        return [box.address for box in self._telling.recipients(role, row)[0]] or [nobody(role)]

    def _keep(
        self, plan: _Plan, row: DueRow, rung: str, recipient: str, made: set[tuple[str, str]], *, skipped: bool
    ) -> bool:
        """Note this reminder; False if it was made before, by whomever."""
        assert row.due_on is not None  # narrows the type
        key = (rung_of(rung, row.due_on), recipient)
        if key in made:
            return False
        made.add(key)
        plan.reminders.append(ReminderRow(row.nomination_id, row.deadline, row.run, *key, self._now, skipped))
        return True

    def _say(self, plan: _Plan, row: DueRow, kind: Kind, role: str, box: Mailbox) -> None:
        digest = plan.digests.get(box.address)
        if digest is None:
            digest = plan.digests[box.address] = _Digest(box, role)
        digest.rows.append(row)
        digest.lines.append(self._telling.line(row, kind, role, digest.box.language))
        plan.lines[kind] += 1


def silent(row: DueRow) -> bool:
    """Whether this open row owes nothing all the same: archived, its clock stopped, its state left, no due day."""
    kind, _, state = row.deadline.partition(".")
    return row.archived or row.stopped or row.due_on is None or (kind == "state" and row.state != state)


def put_off(row: DueRow) -> bool:
    """Whether a failure moved the row: rungs stand at 08:00, and no sweep runs in the hour before."""
    return row.next_at.astimezone(LOCAL).time() != EIGHT


def waited_for(row: DueRow, calendar: WorkCalendar, now: datetime) -> Owed:
    """What a due row owes at `now`, the rungs from its instant on."""
    packed = unpack(row.rule)
    assert row.due_on is not None  # narrows the type; `silent` rows are asked for nothing
    return reminding.owed(packed.remind, packed.escalate, row.due_on, calendar, None, now, since=row.next_at)


def looked_back(connection: Connection, row: DueRow, calendar: WorkCalendar, now: datetime) -> Owed:
    """What a row owes that no longer says since when it waits: since its last reminder, or else since it opened.

    A failure put it off; or the calendar changed, and the rung it waits for now stands before its instant.
    """
    packed = unpack(row.rule)
    assert row.due_on is not None  # narrows the type; `silent` rows are asked for nothing
    last = sweeping.last_made(connection, row)
    since = at_eight(row.opened_on + timedelta(days=1))
    return reminding.owed(packed.remind, packed.escalate, row.due_on, calendar, last, now, since=since)


@lru_cache(maxsize=1024)
def rung_of(rung: str, due_on: date) -> str:
    """A rung as its reminder keeps it. With the due day: who got one day more is reminded of the new day too."""
    return f"{rung}@{due_on:%y%m%d}"


def nobody(role: str) -> str:
    """What stands in place of an address where a role led to nobody."""
    return f"role:{role}"


def told(row: DueRow, *, escalates: bool) -> Iterator[tuple[Kind, str]]:
    packed = unpack(row.rule)
    for role in packed.to:
        yield "reminder", role
    if escalates and packed.escalate is not None:
        for role in packed.escalate.to:
            yield "escalation", role
