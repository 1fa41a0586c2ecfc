"""A unit's list becomes a submission with drafts: check all first, then write in one transaction.

Import checks form; acts check law. Importing again shows the difference, mends drafts, and never
deletes or changes a line that was submitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Flow
from notifications.columns import to_json
from workflow.domain import codes, letters, vietnamese
from workflow.domain.decision import DeadlineOpened
from workflow.domain.decisions import Context, first_limit
from workflow.domain.facts import Actor, Held
from workflow.domain.memory import counted, plain
from workflow.intake import mending
from workflow.intake.checking import check
from workflow.intake.mending import Overlay
from workflow.intake.reading import read_list, typed_list
from workflow.intake.synonyms import Synonyms, load_synonyms
from workflow.intake.values import AwardChoice, Checked, Line, ListRead, Row
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.services.moving import begin_limits, count
from workflow.storage import chain, directory, flows, indexing, nominations
from workflow.storage.database import read, write
from workflow.storage.flows import Published
from workflow.storage.locking import in_turn
from workflow.storage.tables import Act, Nomination, Person, Round, Sequence as Numbers, Submission, Unit
from workflow.storage.writing import TableWriter

MAY_IMPORT = frozenset({"unit_officer", "unit_head", "secretariat", "secretariat_head", "council_secretary"})


class ImportRefused(ValueError):
    """The list cannot become a submission. `code` and `params` name the sentence; nothing was written."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A list of `unit` for `round`, brought in by `actor` (of the unit, or the desk on its behalf).

    `overlay` are cells that were mended on a page. `typed` are lines that were typed there, with no workbook at all.
    """

    actor: str
    unit: str
    round: str
    content: bytes
    file_name: str
    letter_number: str = ""
    letter_on: date | None = None
    achievement_to: date | None = None
    field_of_work: str = ""
    os_user: str = ""
    subjects: Mapping[str, str] = field(default_factory=dict)
    overlay: Overlay = field(default_factory=dict)
    typed: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the file beside the nomination it already is: what differs, by field, before and after."""

    code: str
    state: str
    line: Line
    changed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: read, checked, and held against what is already there.

    `new` become drafts; `same` are there unchanged; `mended` are drafts whose text differs and will
    be overwritten; `fixed` differ but were submitted and stay as they are; `gone` are codes of this
    submission that the file no longer has (kept).
    """

    read: ListRead
    checked: Checked
    letter_number: str
    letter_on: date | None
    letter_found: bool
    new: tuple[Line, ...]
    same: tuple[str, ...]
    mended: tuple[Difference, ...]
    fixed: tuple[Difference, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `codes` are those of new nominations, in the order of the list."""

    plan: ImportPlan
    submission_id: int | None
    codes: tuple[str, ...] = ()


def look(desk: Desk, request: ImportRequest, now: datetime, synonyms: Synonyms | None = None) -> ImportPlan:
    """Read and check the list and hold it against the database. Writes nothing.

    Raises ImportRefused, `intake.values.Unreadable` for a file that is no list, and UnknownActor.
    """
    with read(desk.engine) as connection:
        return _plan(connection, desk, request, now, synonyms or load_synonyms())[0]


def bring_in(
    desk: Desk,
    request: ImportRequest,
    now: datetime,
    synonyms: Synonyms | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> ImportReport:
    """Write the good lines as drafts, in one transaction; bad rows are reported and left out."""
    progress("read")
    with write(desk.engine) as connection:
        return bring_in_through(connection, desk, request, now, synonyms, progress)


def bring_in_through(
    connection: Connection,
    desk: Desk,
    request: ImportRequest,
    now: datetime,
    synonyms: Synonyms | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> ImportReport:
    """`bring_in` inside a transaction that the caller began and will end."""
    in_turn(connection, f"import {request.unit}")  # two lists of one unit would not see each other's lines
    plan, unit, round_, versions, actor = _plan(connection, desk, request, now, synonyms or load_synonyms())
    progress("write")
    submission_id = _submission_there(connection, plan, unit, round_)
    if not plan.new and not plan.mended:
        return ImportReport(plan, submission_id)
    submission_id = submission_id or _submission(connection, request, plan, unit, round_, actor, now)
    made = _create(connection, desk, request, plan.new, submission_id, unit, round_, versions, now)
    _mend(connection, plan.mended)
    _record(connection, desk, request, actor, submission_id, made, plan, now)
    return ImportReport(plan, submission_id, made)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def _plan(
    connection: Connection, desk: Desk, request: ImportRequest, now: datetime, synonyms: Synonyms
) -> tuple[ImportPlan, Any, Any, Mapping[str, Published], Actor]:
    today = local_day(now)
    actor = find_actor(connection, request.actor, today)
    unit = _unit(connection, request.unit, today)
    round_ = _round(connection, request.round)
    _may_import(actor, unit)
    versions = _offered(connection, round_, today)
    choices = [_choice(desk, connection, each) for each in versions.values()]
    found = typed_list(request.typed) if request.typed else read_list(request.content, synonyms)
    found = mending.mended(found, request.overlay)
    checked = check(found.rows, awards=choices, unit_kind=unit.kind, totals=found.understood.totals, synonyms=synonyms)
    letter = request.letter_number or found.understood.letter.number
    letter_on = request.letter_on or found.understood.letter.on
    number = vietnamese.nfc(letter) or letters.nameless(found.sha256)
    new, same, mended, fixed, gone = _compare(connection, checked.good, unit.id, round_.id, number)
    plan = ImportPlan(found, checked, number, letter_on, bool(letter), new, same, mended, fixed, gone)
    return plan, unit, round_, versions, actor


def _unit(connection: Connection, code: str, on: date) -> Any:
    table = Unit.__table__  # type: ignore[attr-defined]
    row = connection.execute(select(table).where(table.c.code == code)).first()
    if row is None:
        raise ImportRefused("unit_unknown", code=code)
    if row.until_on is not None and row.until_on <= on:
        raise ImportRefused("unit_ended", code=code, on=row.until_on, successor=row.successor_code or "")
    return row


def _round(connection: Connection, code: str) -> Any:
    row = connection.execute(select(Round.__table__).where(col(Round.code) == code)).first()  # type: ignore[attr-defined]
    if row is None:
        raise ImportRefused("round_unknown", code=code)
    if row.closed_at is not None:
        raise ImportRefused("round_closed", code=code)
    return row


def _may_import(actor: Actor, unit: Any) -> None:
    def fits(held: Held) -> bool:
        return held.role in MAY_IMPORT and (held.scope_kind in ("all", "council") or held.scope == unit.code)

    if not any(fits(held) for held in actor.held):
        raise ImportRefused("import_not_allowed", unit=unit.code)


def _offered(connection: Connection, round_: Any, on: date) -> dict[str, Published]:
    found = flows.in_force(connection, on)
    return {name: each for name, each in found.items() if not round_.flows or name in round_.flows}


def _choice(desk: Desk, connection: Connection, each: Published) -> AwardChoice:
    return choice_of(desk.flows.get(connection, each.id).flow)


def choice_of(flow: Flow) -> AwardChoice:
    """A flow as a list may ask for its award."""
    return AwardChoice(flow.id, flow.award, flow.title.vi, flow.aliases, flow.nominee, flow.from_units)


_TEXTS = ("name", "position", "workplace", "achievement")
_WHERE_SAID = ("achievement_from", "achievement_to", "woman", "direct_worker")
"""What a list need not say; where it does not, it says nothing against what is kept."""


def _compare(
    connection: Connection, lines: Sequence[Line], unit_id: int, round_id: int, letter: str
) -> tuple[tuple[Line, ...], tuple[str, ...], tuple[Difference, ...], tuple[Difference, ...], tuple[str, ...]]:
    table, submission = Nomination.__table__, Submission.__table__  # type: ignore[attr-defined]
    query = (
        select(*(table.c[name] for name in ("code", "line_key", "state", "version", *_TEXTS, *_WHERE_SAID)))
        .join(submission, submission.c.id == table.c.submission_id)
        .where(submission.c.unit_id == unit_id, submission.c.round_id == round_id)
        .where(submission.c.letter_number == letter)
    )
    there = {row.line_key: row for row in connection.execute(query)}
    new: list[Line] = []
    same: list[str] = []
    mended: list[Difference] = []
    fixed: list[Difference] = []
    for line in lines:
        row = there.pop(line.line_key, None)
        if row is None:
            new.append(line)
            continue
        changed = _changed(row, line)
        if not changed:
            same.append(row.code)
        else:
            difference = Difference(row.code, row.state, line, changed)
            (mended if row.version == 0 else fixed).append(difference)
    return tuple(new), tuple(same), tuple(mended), tuple(fixed), tuple(sorted(row.code for row in there.values()))


def _changed(row: Any, line: Line) -> dict[str, tuple[str, str]]:
    """Fields of a nomination that its line gives otherwise."""
    names = [*_TEXTS, *(name for name in _WHERE_SAID if getattr(line, name) is not None)]
    pairs = {name: (getattr(row, name), getattr(line, name)) for name in names}
    return {name: (_shown(before), _shown(after)) for name, (before, after) in pairs.items() if before != after}


def _shown(value: Any) -> str:
    """As a difference is told; of what may be true or not: `yes`, `no`."""
    return "" if value is None else str(value) if not isinstance(value, bool) else "yes" if value else "no"


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def _submission_there(connection: Connection, plan: ImportPlan, unit: Any, round_: Any) -> int | None:
    """The submission this list belongs to, if there is one already."""
    key = (
        col(Submission.unit_id) == unit.id,
        col(Submission.round_id) == round_.id,
        col(Submission.letter_number) == plan.letter_number,
    )
    row = connection.execute(select(col(Submission.id)).where(*key)).first()
    return None if row is None else int(row[0] or 0)


def _submission(
    connection: Connection,
    request: ImportRequest,
    plan: ImportPlan,
    unit: Any,
    round_: Any,
    actor: Actor,
    now: datetime,
) -> int:
    result = connection.execute(
        insert(Submission).values(
            unit_id=unit.id, round_id=round_.id, letter_number=plan.letter_number, letter_on=plan.letter_on,
            list_sha256=plan.read.sha256, created_at=now, created_by=actor.person, title="",
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    id_ = int(result.inserted_primary_key[0])
    indexing.add_number(connection, indexing.LETTER, id_, vietnamese.fold(plan.letter_number))
    return id_


_CREATED = (
    "code", "submission_id", "unit_id", "round_id", "flow_id", "flow_version_id", "pinned", "award", "kind",
    "nominee", "person_id", "name", "name_folded", "sort_key", "position", "workplace", "woman", "direct_worker",
    "achievement", "achievement_from", "achievement_to", "field_of_work", "line_no", "line_key", "state", "shown_state",
    "version", "entered_on", "entered_at", "subject_id", "memory",
)  # fmt: skip


def _create(
    connection: Connection,
    desk: Desk,
    request: ImportRequest,
    lines: Sequence[Line],
    submission_id: int,
    unit: Any,
    round_: Any,
    versions: Mapping[str, Published],
    now: datetime,
) -> tuple[str, ...]:
    people = _people(connection, unit.code, lines)
    numbered = _numbers(connection, lines, round_.year)
    subjects = _subjects(connection, request)
    today = local_day(now)
    rows: list[tuple[Any, ...]] = []
    change: Counter[tuple[int, str, str]] = Counter()
    context = Context(desk.calendar, today)
    limits: dict[str, tuple[Flow, DeadlineOpened]] = {}
    for line, code in zip(lines, numbered, strict=True):
        version = versions[line.flow_id]
        flow = desk.flows.get(connection, version.id).flow
        initial = flow.initial
        achievement_to = line.achievement_to or request.achievement_to
        limit = first_limit(
            flow,
            today,
            context,
            cutoff=nominations.cutoff_of(round_.cutoffs, line.flow_id),
            achievement_to=achievement_to,
        )
        if limit is not None:
            limits[code] = (flow, limit)
        sort_key = vietnamese.person_sort_key if line.nominee == "individual" else vietnamese.sort_key
        rows.append(
            (
                code, submission_id, unit.id, round_.id, line.flow_id, version.id, False, version.award, version.kind,
                line.nominee, people.get(line.line_key), line.name, line.name_folded, sort_key(line.name),
                line.position, line.workplace, line.woman, line.direct_worker, line.achievement, line.achievement_from,
                achievement_to, request.field_of_work, line.number, line.line_key,
                initial, initial, 0, today, now, subjects.get(line.line_key), counted({}, (limit,)) if limit else {},
            )
        )  # fmt: skip
        change[round_.id, line.flow_id, initial] += 1
    TableWriter(Nomination.__table__, _CREATED, connection.dialect).insert(connection, rows)  # type: ignore[attr-defined]
    count(connection, change)
    ids = _ids(connection, submission_id)
    indexing.add_nominations(connection, ((ids[row[0]], unit.id, row[12], row[13]) for row in rows))
    begin_limits(connection, desk, ((ids[code], *limit) for code, limit in limits.items()), now)
    return tuple(numbered)


def _ids(connection: Connection, submission_id: int) -> dict[str, int]:
    query = select(col(Nomination.code), col(Nomination.id)).where(col(Nomination.submission_id) == submission_id)
    return {code: int(id_ or 0) for code, id_ in connection.execute(query)}


def _subjects(connection: Connection, request: ImportRequest) -> dict[str, int]:
    """For a list of revocations: which decided nomination each line is about, by line key."""
    if not request.subjects:
        return {}
    found = nominations.lines_by_code(connection, tuple(request.subjects.values()))
    missing = sorted(set(request.subjects.values()) - set(found))
    if missing:
        raise ImportRefused("subject_unknown", codes=", ".join(missing))
    return {key: found[code].id for key, code in request.subjects.items()}


def _people(connection: Connection, unit: str, lines: Sequence[Line]) -> dict[str, int]:
    """A person for every individual: the known one with this code at this unit, else a new (provisional) one."""
    wanted = {line.line_key: line for line in lines if line.nominee == "individual"}
    last = _take(connection, f"person-{unit}", sum(line.code is None for line in wanted.values()))
    person_codes: dict[str, str] = {}
    for line in wanted.values():
        if line.code is None:
            last += 1
        person_codes[line.line_key] = line.code or f"~{last:05d}"
    known = _known_people(connection, unit, set(person_codes.values()))
    rows: dict[str, tuple[Any, ...]] = {}
    for key, line in wanted.items():
        code = person_codes[key]
        if code not in known and code not in rows:
            rows[code] = (
                code, unit, line.name, line.name_folded, vietnamese.person_sort_key(line.name), "", "vi",
                line.code is None,
            )  # fmt: skip
    columns = ("code", "root_unit", "name", "name_folded", "sort_key", "email", "language", "provisional")
    TableWriter(Person.__table__, columns, connection.dialect).insert(connection, list(rows.values()))  # type: ignore[attr-defined]
    known |= _known_people(connection, unit, set(rows))
    return {key: known[code] for key, code in person_codes.items()}


def _known_people(connection: Connection, unit: str, wanted: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in nominations.chunks(sorted(wanted)):
        query = select(col(Person.code), col(Person.id)).where(
            col(Person.root_unit) == unit, col(Person.code).in_(part)
        )
        found.update((code, int(id_ or 0)) for code, id_ in connection.execute(query))
    return found


def _numbers(connection: Connection, lines: Sequence[Line], year: int) -> list[str]:
    """Codes for new nominations: per flow's letters and year, without a gap inside one import."""
    amounts = Counter(codes.prefix_of(line.flow_id) for line in lines)
    last = {prefix: _take(connection, f"{prefix}-{year}", amount) for prefix, amount in sorted(amounts.items())}
    made = []
    for line in lines:
        prefix = codes.prefix_of(line.flow_id)
        last[prefix] += 1
        made.append(codes.make(prefix, year, last[prefix]))
    return made


def _take(connection: Connection, name: str, amount: int) -> int:
    """Take `amount` numbers of a sequence; returns the last one given out before them."""
    if amount == 0:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Numbers).values(name=name, last=amount)
    more = col(Numbers.last) + statement.excluded.last
    taken = connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"last": more}).returning(col(Numbers.last))
    ).scalar_one()
    return int(taken) - amount


def _mend(connection: Connection, mended: Sequence[Difference]) -> None:
    """Drafts whose text changed in the list take the list's text."""
    for each in mended:
        line = each.line
        said = {name: getattr(line, name) for name in _WHERE_SAID if getattr(line, name) is not None}
        key = vietnamese.person_sort_key if line.nominee == "individual" else vietnamese.sort_key
        sort_key = key(line.name)
        id_ = connection.execute(
            select(col(Nomination.id)).where(col(Nomination.code) == each.code, col(Nomination.version) == 0)
        ).scalar()
        if id_ is not None:
            indexing.rename(connection, id_, line.name_folded, sort_key)
        connection.execute(
            update(Nomination)
            .where(col(Nomination.code) == each.code, col(Nomination.version) == 0)
            .values(
                name=line.name, name_folded=line.name_folded, sort_key=sort_key, position=line.position,
                workplace=line.workplace, achievement=line.achievement, **said,
            )
        )  # fmt: skip


def _record(
    connection: Connection,
    desk: Desk,
    request: ImportRequest,
    actor: Actor,
    submission_id: int,
    made: Sequence[str],
    plan: ImportPlan,
    now: datetime,
) -> None:
    connection.execute(
        insert(Act).values(
            actor=actor.person, actor_name=actor.name, os_user=request.os_user,
            request_key=f"import:{desk.entropy(16)}", command_sha256=plan.read.sha256,
            transition="import", recorded_at=now, occurred_on=local_day(now),
            fields=plain({"file": request.file_name, "unit": request.unit}), done=len(made),
            refused=len(plan.checked.bad), report={"refused": {}, "unknown": [], "codes": []},
        )
    )  # fmt: skip
    chain.append(
        connection,
        kind="import",
        payload={"submission": submission_id, "lines": len(made), "mended": len(plan.mended), "list": plan.read.sha256},
        secrets={"by": (desk.entropy(16), to_json(actor.person))},
        now=now,
    )


# ── submitting for a unit ────────────────────────────────────────────────────────────────────────


def drafts_of(desk: Desk, submission_id: int) -> tuple[str, ...]:
    """Codes of the lines of a submission that still stand where their flow begins, in the order of the list."""
    table = Nomination.__table__  # type: ignore[attr-defined]
    query = select(table.c.code, table.c.flow_version_id, table.c.state).where(table.c.submission_id == submission_id)
    with read(desk.engine) as connection:
        rows = connection.execute(query.order_by(table.c.id)).all()
        return tuple(
            row.code for row in rows if row.state == desk.flows.get(connection, row.flow_version_id).flow.initial
        )


def submits_for(desk: Desk, actor: str, unit: str, now: datetime) -> str | None:
    """The head of the unit on whose behalf the desk submits a list; None for somebody of the unit itself.

    Raises ImportRefused when the unit has no head on record, or several: then the person has to be named.
    """
    today = local_day(now)
    with read(desk.engine) as connection:
        if any((held.scope_kind, held.scope) == ("unit", unit) for held in find_actor(connection, actor, today).held):
            return None
        heads = directory.keys_of_role(connection, "unit_head", "unit", unit, today)
    if len(heads) != 1:
        raise ImportRefused("unit_head_unclear", unit=unit, heads=", ".join(heads) or "–")
    return heads[0]


# ── the workbook with its errors ─────────────────────────────────────────────────────────────────


def workbook_with_errors(
    plan: ImportPlan, content: bytes, language: str = "vi", overlay: Overlay | None = None
) -> bytes:
    """The unit's own workbook with a last column that says what to mend in each row.

    Cells of the `overlay` with which it was checked stand in it as they were mended.
    """
    from workflow.intake.writing import write_back

    return write_back(content, plan.read, plan.checked, language=language, overlay=overlay).data


def award_choices(desk: Desk, round_code: str, on: date) -> list[AwardChoice]:
    """The awards a list of this round may ask for; for a template and for tests."""
    with read(desk.engine) as connection:
        round_ = _round(connection, round_code)
        return [_choice(desk, connection, each) for each in _offered(connection, round_, on).values()]


def own_synonyms(path: Path | None) -> Synonyms:
    return load_synonyms(path)


__all__ = ["ImportPlan", "ImportRefused", "ImportReport", "ImportRequest", "bring_in", "look", "replace"]
