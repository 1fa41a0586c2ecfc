"""The book of decisions: every number given out, what it named, what corrected or revoked it since, what it lacks.

A decision is never changed here: what happened to it later stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from definitions.flow import Flow, Words
from workflow.domain import vietnamese
from workflow.services.desk import Desk
from workflow.services.flow_book import Book, book
from workflow.services.result_files import as_xlsx
from workflow.services.viewing import Viewer
from workflow.storage import decisions
from workflow.storage.database import read, write
from workflow.storage.decisions import Wanted
from workflow.storage.tables_access import AccessLog

PER_PAGE = 50
LINES_AT_ONCE = 300
MOST_FOLLOWED = 2_000
MOST_ACTS = 40
MOST_MAILS = 300
CORRECTS, REVOKES, NOTIFIES = "correct", "revoke", "notify"


class UnknownDecision(LookupError):
    """There is no such decision, or not for this person."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something a decision still lacks: `file` (nothing signed on file), `signed` (a scan alone), `release` (results
    not released to units), `notify` (units not notified). `amount` counts lines, 0 where it is about the whole."""

    code: str
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Issued:
    """One decision in the book. `authority` is who decides under its flow: unit_head, minister, …"""

    id: int
    number: int
    symbol: str
    full_number: str
    issued_on: date
    authority: str
    signer: str
    capacity: str
    award: str
    kind: str
    lines: int
    revoked: int
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the book is asked for; `number` is searched by the beginnings of its parts."""

    year: int | None = None
    award: str = ""
    number: str = ""
    lacking: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Decisions, the newest first. `next` continues the book; `years` and `awards` are what it may be asked for."""

    rows: tuple[Issued, ...]
    next: int | None
    years: tuple[int, ...]
    awards: tuple[str, ...]


def page(desk: Desk, viewer: Viewer, asked: Filter, *, after: int | None = None, limit: int = PER_PAGE) -> Page:
    """A page of the book, as far as this person sees lines of its decisions. Three queries, however many there are."""
    with read(desk.engine) as connection:
        flows = book(desk, connection)
        wanted = Wanted(
            viewer.sight, asked.year, asked.award, tuple(vietnamese.fold(asked.number).split()), asked.lacking,
            _untold(flows),
        )  # fmt: skip
        rows = decisions.page(connection, wanted, limit + 1, after)
        known = decisions.years_and_awards(connection)
    return Page(
        rows=tuple(_issued(row) for row in rows[:limit]),
        next=rows[limit - 1].id if len(rows) > limit else None,
        years=tuple(dict.fromkeys(year for year, _ in known)),
        awards=tuple(sorted({award for _, award in known})),
    )


def _issued(row: Any) -> Issued:
    return Issued(
        row.id, row.number, row.symbol, row.full_number, row.issued_on, row.authority, row.signer, row.capacity,
        row.award, row.kind, row.lines, row.revoked, tuple(_lacks(row)),
    )  # fmt: skip


def _lacks(row: Any) -> Iterable[Lack]:
    if not row.signed:
        yield Lack("signed" if row.scanned else "file")
    if row.held:
        yield Lack("release", row.held)
    if row.untold:
        yield Lack("notify", row.untold)


def _untold(flows: Book) -> tuple[str, ...]:
    """States from which units are still to be notified."""
    found = {
        source
        for flow in flows.flows.values()
        for transition in flow.transitions.values()
        if transition.id == NOTIFIES
        for source in transition.sources
    }
    return tuple(sorted(found))


def find(desk: Desk, viewer: Viewer, full_number: str, year: int | None = None) -> int:
    """The id of the decision of this number, `05/QĐ-BKHCN`; of several years the newest. Raises UnknownDecision."""
    number, _, symbol = full_number.strip().partition("/")
    if number.isdecimal() and len(number) < 10:
        with read(desk.engine) as connection:
            id_ = decisions.by_number(connection, viewer.sight, vietnamese.nfc(symbol.strip()), int(number), year)
        if id_ is not None:
            return id_
    raise UnknownDecision(full_number)


# ── one decision ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """What a later act did to a line: what it says now (corrections) where `before` was printed."""

    code: str
    name: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Later:
    """An act that corrected or revoked lines of a decision: its document, who recorded it, and which lines."""

    act: int
    what: str
    title: Words
    document: str
    on: date
    at: datetime
    by: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AnnexLine:
    """A line of the annex as it reads now. `printed` is what the decision said where a correction replaced it;
    `about` names the decision whose line a revocation revokes."""

    place: int
    id: int
    code: str
    name: str
    nominee: str
    position: str
    workplace: str
    unit: str
    unit_name: str
    letter: str
    certificate: str
    achievement: str
    state: Words
    revoked: bool
    held: bool
    printed: Mapping[str, str]
    corrected_by: tuple[str, ...]
    revoked_by: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision in full. `post` is the signer's own, where he signed for another. `notifies` is what the act is called
    by which this person tells units of lines that they were not told of; None for nobody to tell, or not by him.

    `annex` begins after `after`, and `next` continues it; `files` and `mails` are rows.
    """

    issued: Issued
    title: Words
    post: str
    legal: tuple[str, ...]
    recorded_at: datetime
    recorded_by: str
    on_behalf_of: str
    os_user: str
    annex: tuple[AnnexLine, ...]
    next: int | None
    later: tuple[Later, ...]
    mails: tuple[Any, ...]
    files: tuple[Any, ...]
    notifies: Words | None


def show(
    desk: Desk, viewer: Viewer, id_: int, *, after: int | None = None, skipped: int = 0,
    limit: int | None = LINES_AT_ONCE,
) -> Shown:  # fmt: skip
    """The decision of this id. `limit` None gives the whole annex; `skipped` lines stood before `after`.

    Raises UnknownDecision. The number of queries does not grow with its lines.
    """
    with read(desk.engine) as connection:
        flows = book(desk, connection)
        row = decisions.one(connection, Wanted(viewer.sight, untold=_untold(flows)), id_)
        if row is None:
            raise UnknownDecision(id_)
        rows = decisions.lines(connection, viewer.sight, id_, None if limit is None else limit + 1, after)
        followed = decisions.followed(
            connection, viewer.sight, id_, row.act_id, _of_effect(flows), MOST_FOLLOWED
        )  # fmt: skip
        later = _later(flows, followed)
        acts = [row.act_id, *(each.act for each in later[-MOST_ACTS:])]
        mails = decisions.mails(connection, viewer.sight, id_, acts, MOST_MAILS)
        kept = decisions.files(connection, id_)
    more = limit is not None and len(rows) > limit
    rows = rows[:limit]
    flow = flows.flows[rows[0].flow_version_id] if rows else None
    by_code = _by_code(later)
    return Shown(
        issued=_issued(row),
        title=flow.title if flow else Words(row.award, row.award),
        post=post_of(row.act_fields),
        legal=flow.legal if flow else (),
        recorded_at=row.act_recorded_at,
        recorded_by=row.act_actor_name or row.act_actor,
        on_behalf_of=row.act_on_behalf_of or "",
        os_user=row.act_os_user,
        annex=tuple(
            _annex(flows, by_code.get(each.code, ()), each, skipped + place) for place, each in enumerate(rows, start=1)
        ),
        next=rows[-1].id if more else None,
        later=later,
        mails=tuple(mails),
        files=tuple(kept),
        notifies=_notifies(viewer, flow) if row.untold and flow else None,
    )


def _notifies(viewer: Viewer, flow: Flow) -> Words | None:
    act = flow.transitions.get(NOTIFIES)
    mine = act is not None and viewer.may("nomination.act") and not viewer.roles.isdisjoint(act.by)
    return act.label if act is not None and mine else None


def untold(desk: Desk, viewer: Viewer, id_: int) -> tuple[str, ...]:
    """Codes of the lines that units were not notified of, in the order of the annex. Raises UnknownDecision."""
    with read(desk.engine) as connection:
        if decisions.one(connection, Wanted(viewer.sight), id_) is None:
            raise UnknownDecision(id_)
        states = _untold(book(desk, connection))
        return tuple(each.code for each in decisions.lines(connection, viewer.sight, id_) if each.state in states)


def post_of(fields: Mapping[str, Any] | None) -> str:
    """The signer's own post, where he signed for another: what the act brought of its decision."""
    brought = (each for each in (fields or {}).values() if isinstance(each, Mapping) and "issued_on" in each)
    return str(next(brought, {}).get("post") or "")


def _of_effect(flows: Book) -> tuple[str, ...]:
    """Names of the acts that correct or revoke a line of a decision, in whatever flow."""
    found = {
        each.id
        for flow in flows.flows.values()
        for each in flow.transitions.values()
        if each.effect == CORRECTS or each.id == REVOKES
    }
    return tuple(sorted(found))


def _later(flows: Book, rows: Sequence[Any]) -> tuple[Later, ...]:
    by_act: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        by_act.setdefault((row.act_id, row.transition), []).append(row)
    return tuple(_one_later(flows, act, name, each) for (act, name), each in by_act.items())


def _one_later(flows: Book, act: int, name: str, rows: Sequence[Any]) -> Later:
    first = rows[0]
    transition = flows.flows[first.flow_version_id].transitions[name]
    fields = first.fields or {}
    return Later(
        act=act, what=CORRECTS if transition.effect == CORRECTS else REVOKES, title=transition.label,
        document=str(next((fields[key] for key in ("document", "decision_no") if fields.get(key)), "")),
        on=first.occurred_on, at=first.recorded_at, by=first.actor_name or first.actor,
        changes=tuple(
            # What is for all lines alike stands in the act, what is one line's own in its event.
            Change(row.code, row.name, data.get("before", {}), {**fields, **data.get("fields", {})})
            for row in rows
            for data in (row.data or {},)
        ),
    )  # fmt: skip


def _by_code(later: Sequence[Later]) -> Mapping[str, list[tuple[Later, Change]]]:
    """What happened to each line, oldest first."""
    found: dict[str, list[tuple[Later, Change]]] = {}
    for each in later:
        for change in each.changes:
            found.setdefault(change.code, []).append((each, change))
    return found


def _annex(flows: Book, happened: Sequence[tuple[Later, Change]], row: Any, place: int) -> AnnexLine:
    printed: dict[str, str] = {}
    for each, change in happened:
        if each.what == CORRECTS:
            # The first correction replaced what was printed; a second one replaced a correction.
            printed = {**change.before, **printed}
    state = flows.flows[row.flow_version_id].states.get(row.state)
    about = f"{row.about_number} ({row.about_code})" if row.about_number else row.about_code or ""
    return AnnexLine(
        place=place, id=row.id, code=row.code, name=row.name, nominee=row.nominee,
        position="" if row.nominee == "collective" else row.position,
        workplace=row.workplace, unit=row.unit, unit_name=row.unit_name, letter=row.letter_number,
        certificate=str(row.memory.get("fields", {}).get("certificate_no", "")), achievement=row.achievement,
        state=state.label if state else Words(row.state, row.state), revoked=row.state == "revoked",
        held=row.state != row.shown_state, printed=printed,
        corrected_by=tuple(each.document for each, _ in happened if each.what == CORRECTS),
        revoked_by=tuple(each.document for each, _ in happened if each.what == REVOKES), about=about,
    )  # fmt: skip


# ── the annex as a file ──────────────────────────────────────────────────────────────────────────


def annex_file(
    desk: Desk, viewer: Viewer, id_: int, heads: Sequence[str], cells: Callable[[AnnexLine], Sequence[str]],
    at: datetime,
) -> tuple[Issued, bytes]:  # fmt: skip
    """The whole annex as XLSX, in the words and order of the page; who took it is noted. Raises UnknownDecision.

    `at` is the machine's clock.
    """
    shown = show(desk, viewer, id_, limit=None)
    content = as_xlsx(heads, (cells(each) for each in shown.annex))
    detail = f"xlsx: {len(shown.annex)}; {shown.issued.full_number}"
    with write(desk.engine) as connection:
        connection.execute(
            insert(AccessLog).values(at=at, person=viewer.person, action="decision.export", detail=detail)
        )
    return shown.issued, content
