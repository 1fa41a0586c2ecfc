"""Nominations as rows and as facts: load what an act must see, write what it decided.

Reads and writes go through the caller's connection and transaction; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, or_, select

from notifications.prepared import Prepared
from notifications.sql import among_given
from workflow.domain.facts import AcrossFacts, NominationFacts, RoundFacts, TaskFacts
from workflow.domain.memory import recall
from workflow.storage.tables import Act, Document, Event, Nomination, Round, Submission, Task, Unit
from workflow.storage.writing import TableWriter

CHUNK = 500
_NO_DOCUMENTS: frozenset[str] = frozenset()

_COLUMNS = (
    "id code submission_id unit_id round_id flow_id flow_version_id pinned award kind nominee person_id name "
    "achievement_to field_of_work state shown_state previous_state version entered_on outcome archived_at "
    "decision_id subject_id memory"
).split()
_T: Table = Nomination.__table__  # type: ignore[attr-defined]


class Line(NamedTuple):
    """The columns of one nomination that an act reads."""

    id: int
    code: str
    submission_id: int
    unit_id: int
    round_id: int
    flow_id: str
    flow_version_id: int
    pinned: bool
    award: str
    kind: str
    nominee: str
    person_id: int | None
    name: str
    achievement_to: date | None
    field_of_work: str
    state: str
    shown_state: str
    previous_state: str | None
    version: int
    entered_on: date
    outcome: str | None
    archived_at: datetime | None
    decision_id: int | None
    subject_id: int | None
    memory: dict[str, Any]


def chunks(items: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def lines_by_code(connection: Connection, codes: Sequence[str], *, lock: bool = False) -> dict[str, Line]:
    """The nominations with these codes; an unknown code is absent. `lock` takes row locks where there are any."""
    return {line.code: line for line in _lines(connection, _T.c.code, codes, lock)}


def lines_by_id(connection: Connection, ids: Sequence[int], *, lock: bool = False) -> dict[int, Line]:
    return {line.id: line for line in _lines(connection, _T.c.id, ids, lock)}


def _lines(connection: Connection, key: Column[Any], values: Sequence[Any], lock: bool) -> list[Line]:
    return _line_query(key, lock).all(connection, wanted=sorted(set(values)))


@cache
def _line_query(key: Column[Any], lock: bool) -> Prepared:
    query = select(*(_T.c[name] for name in _COLUMNS)).where(among_given(key, "wanted"))
    # SQLite leaves the lock out: its writer holds the whole file already.
    return Prepared(query.order_by(key).with_for_update() if lock else query.order_by(_T.c.id), Line)


@dataclass(frozen=True, slots=True)
class UnitRow:
    id: int
    code: str
    name: str
    kind: str
    cluster: str
    mailbox: str
    language: str


@dataclass(frozen=True, slots=True)
class RoundRow:
    id: int
    code: str
    title: str
    year: int
    opens_on: date
    closes_on: date
    closed: bool
    cutoffs: Mapping[str, str]
    counts: Mapping[str, int]

    def facts(self, flow_id: str, on: date) -> RoundFacts:
        """The round as this flow's rules see it on day `on`."""
        return RoundFacts(
            code=self.code,
            year=self.year,
            is_open=not self.closed and self.opens_on <= on <= self.closes_on,
            opens_on=self.opens_on,
            cutoff=cutoff_of(self.cutoffs, flow_id),
        )


def cutoff_of(cutoffs: Mapping[str, str], flow_id: str) -> date | None:
    """The last day on which this flow's dossiers may be sent in a round with these cut-offs, if it has one."""
    day = cutoffs.get(flow_id) or cutoffs.get("*")
    return date.fromisoformat(day) if day else None


_U: Table = Unit.__table__  # type: ignore[attr-defined]
_R: Table = Round.__table__  # type: ignore[attr-defined]
_ROUND = ("id", "code", "title", "year", "opens_on", "closes_on", "closed_at", "cutoffs", "counts")


def _round(*values: Any) -> RoundRow:
    return RoundRow(*(*values[:6], values[6] is not None, *values[7:]))


_UNITS = Prepared(select(*(_U.c[name] for name in UnitRow.__slots__)).where(among_given(_U.c.id, "ids")), UnitRow)
_ROUNDS = Prepared(select(*(_R.c[name] for name in _ROUND)).where(among_given(_R.c.id, "ids")), _round)


def units(connection: Connection, ids: Iterable[int]) -> dict[int, UnitRow]:
    return {row.id: row for row in _UNITS.all(connection, ids=sorted(set(ids)))}


def rounds(connection: Connection, ids: Iterable[int]) -> dict[int, RoundRow]:
    return {row.id: row for row in _ROUNDS.all(connection, ids=sorted(set(ids)))}


@dataclass(frozen=True, slots=True)
class Letter:
    id: int
    number: str
    size: int


_S: Table = Submission.__table__  # type: ignore[attr-defined]
_LETTERS = Prepared(select(_S.c.id, _S.c.letter_number).where(among_given(_S.c.id, "ids")))


def letters(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Letter numbers of submissions, by id."""
    return dict(_LETTERS.all(connection, ids=sorted(set(ids))))


_D: Table = Document.__table__  # type: ignore[attr-defined]
_DOCUMENTS = Prepared(
    select(_D.c.nomination_id, _D.c.submission_id, _D.c.code).where(
        or_(among_given(_D.c.nomination_id, "lines"), among_given(_D.c.submission_id, "submissions"))
    )
)


def documents(connection: Connection, lines: Sequence[Line]) -> dict[int, frozenset[str]]:
    """Codes of papers on file for each nomination, its submission's included."""
    ids, submissions = [line.id for line in lines], sorted({line.submission_id for line in lines})
    own: dict[int, set[str]] = {}
    shared: dict[int, set[str]] = {}
    for nomination_id, submission_id, code in _DOCUMENTS.all(connection, lines=ids, submissions=submissions):
        if submission_id is None:
            own.setdefault(nomination_id, set()).add(code)
        else:
            shared.setdefault(submission_id, set()).add(code)
    # Most lines have no paper of their own, and all of a submission then share one set.
    of_submission = {id_: frozenset(codes) for id_, codes in shared.items()}
    found = {line.id: of_submission.get(line.submission_id, _NO_DOCUMENTS) for line in lines}
    found.update((id_, found[id_] | codes) for id_, codes in own.items())
    return found


_TASK: Table = Task.__table__  # type: ignore[attr-defined]
_TASKS = Prepared(
    select(_TASK.c.nomination_id, *(_TASK.c[name] for name in TaskFacts.__slots__))
    .where(among_given(_TASK.c.nomination_id, "ids"))
    .order_by(_TASK.c.run)
)


def tasks(connection: Connection, lines: Sequence[Line]) -> dict[int, tuple[TaskFacts, ...]]:
    """Parallel work of each nomination: the latest run of every (task, body)."""
    found: dict[int, dict[tuple[str, str], TaskFacts]] = {}
    for nomination_id, *values in _TASKS.all(connection, ids=[line.id for line in lines]):
        task = TaskFacts(*values)
        found.setdefault(nomination_id, {})[task.task, task.body] = task
    return {id_: tuple(each.values()) for id_, each in found.items()}


_SUBJECTS = Prepared(select(_T.c.id, _T.c.state, _T.c.decision_id).where(among_given(_T.c.id, "ids")))


def subject_states(connection: Connection, lines: Sequence[Line]) -> dict[int, str]:
    """For each revocation: how the decision line that it is about stands.

    `decided` for as long as its decision stands, be it notified or presented since; else its state.
    """
    wanted = sorted({line.subject_id for line in lines if line.subject_id is not None})
    found = {
        id_: "decided" if decision_id is not None and state != "revoked" else state
        for id_, state, decision_id in _SUBJECTS.all(connection, ids=wanted)
    }
    return {line.id: found[line.subject_id] for line in lines if line.subject_id is not None}


class LastEvent(NamedTuple):
    """Who moved a nomination last, by what, and when."""

    actor_name: str
    transition: str
    recorded_at: datetime


_E: Table = Event.__table__  # type: ignore[attr-defined]
_A: Table = Act.__table__  # type: ignore[attr-defined]
_LAST_EVENTS = Prepared(
    select(_E.c.nomination_id, _A.c.actor_name, _E.c.transition, _E.c.recorded_at)
    .join(_A, _A.c.id == _E.c.act_id)
    .join(_T, (_T.c.id == _E.c.nomination_id) & (_T.c.version == _E.c.version))
    .where(among_given(_E.c.nomination_id, "ids"))
)


def last_events(connection: Connection, lines: Sequence[Line]) -> dict[int, LastEvent]:
    """The newest event of each nomination, by id; one that never moved is absent."""
    rows = _LAST_EVENTS.all(connection, ids=[line.id for line in lines])
    return {id_: LastEvent(*event) for id_, *event in rows}


@dataclass(frozen=True, slots=True)
class Around:
    """Everything beside the rows themselves that rules may see, by nomination id where it differs."""

    units: Mapping[int, UnitRow]
    rounds: Mapping[int, RoundRow]
    people: Mapping[int, str]
    documents: Mapping[int, frozenset[str]]
    tasks: Mapping[int, tuple[TaskFacts, ...]]
    across: Mapping[int, AcrossFacts]
    subjects: Mapping[int, str]


_NO_ACROSS = AcrossFacts()


class FactsOf:
    """Makes facts of rows; keeps the small shared values (units, rounds) made once for an act."""

    def __init__(self, around: Around, on: date) -> None:
        self._around = around
        self._on = on
        self._rounds: dict[tuple[int, str], RoundFacts] = {}

    def __call__(self, line: Line) -> NominationFacts:
        around = self._around
        unit = around.units[line.unit_id]
        key = (line.round_id, line.flow_id)
        round_ = self._rounds.get(key)
        if round_ is None:
            round_ = self._rounds[key] = around.rounds[line.round_id].facts(line.flow_id, self._on)
        return NominationFacts(
            id=line.id,
            code=line.code,
            unit=unit.code,
            unit_kind=unit.kind,
            nominee=line.nominee,
            name=line.name,
            state=line.state,
            version=line.version,
            entered_on=line.entered_on,
            round=round_,
            person=around.people.get(line.person_id) if line.person_id else None,
            field_of_work=line.field_of_work,
            cluster=unit.cluster,
            previous_state=line.previous_state,
            pinned=bool(line.pinned),
            achievement_to=line.achievement_to,
            documents=around.documents.get(line.id, _NO_DOCUMENTS),
            tasks=around.tasks.get(line.id, ()),
            outcome=line.outcome,
            archived=line.archived_at is not None,
            subject_state=around.subjects.get(line.id),
            across=around.across.get(line.id, _NO_ACROSS),
            **recall(line.memory),
        )


_WRITTEN = (
    "state", "shown_state", "previous_state", "version", "pinned", "entered_on", "entered_at", "complete_on",
    "outcome", "archived_at", "decision_id", "memory", "flow_id", "flow_version_id", "award", "kind",
)  # fmt: skip


def advance(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write moved nominations, each only if it still has the version that was read; returns how many were.

    A row holds the values of `_WRITTEN` in order, then id and the version read.
    """
    writer = TableWriter(_T, (*_WRITTEN, "id"), connection.dialect)
    return writer.update(connection, _WRITTEN, ("id", "version"), rows)
