"""One dossier as one person may see it: for the desk in inner words, for everybody else in released ones.

Everything is read in one transaction. What somebody outside may not know is left out here and not in a page, so that
no face can show it by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Document, Flow, State, Transition
from notifications.tables import LINE, MAIL
from workflow.domain import reminding
from workflow.domain.decisions import covers, options
from workflow.domain.facts import Held, NominationFacts
from workflow.domain.reasons import Reason
from workflow.domain.released import Outside, Step, may_do, shown_states, told
from workflow.domain.requirement_plain import asked_documents
from workflow.domain.requirement_view import RequirementView
from workflow.services.desk import Desk
from workflow.services.judging import surroundings
from workflow.services.looking import UnknownNomination, canonical
from workflow.services.mail_wishes import further
from workflow.services.recomputing import Explained, explained
from workflow.services.viewing import UNIT, Viewer
from workflow.storage import directory, limits, nominations, papers
from workflow.storage.database import read
from workflow.storage.nominations import FactsOf, Line
from workflow.storage.sight import seen
from workflow.storage.tables import (
    Act,
    DecisionPaper,
    Event,
    Nomination,
    Round,
    Submission,
    Task,
    Unit,
)

_N = Nomination.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Choice:
    """One act of the flow for this person: possible when `reasons` is empty.

    `elsewhere` says that the dossier would have to stand somewhere else first, `others` that it is none of his roles'
    acts: somebody outside then learns its name and whose it is, no more.
    """

    transition: Transition
    reasons: tuple[Reason, ...]
    elsewhere: bool = False
    others: bool = False

    @property
    def possible(self) -> bool:
        return not self.reasons and not self.others


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a paper on file. `mine`: the reader's side gave it."""

    id: int
    code: str
    number: int
    file_name: str
    media_type: str
    size: int
    added_at: datetime
    added_by: str
    per: str


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A line of the flow's checklist with what is on file for it, the newest version first."""

    document: Document
    versions: tuple[Paper, ...]

    @property
    def missing(self) -> bool:
        return self.document.required and not self.versions


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `transition` is None where only the change of what is shown may be told."""

    at: datetime
    on: date
    transition: Transition | None
    state: State | None
    by: str = ""
    on_behalf_of: str = ""
    stood_for: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    together: int = 1


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail about this dossier."""

    id: int
    subject: str | None
    template: str
    address: str
    name: str
    state: str
    created_at: datetime
    done_at: datetime | None
    unknowns: int


@dataclass(frozen=True, slots=True)
class Linked:
    """Another dossier that this one has to do with. `how`: grown_from, grew, subject, revocation."""

    how: str
    code: str
    name: str
    award: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: the role, the people who hold it for this dossier, since when, for how many working days."""

    role: str
    people: tuple[directory.OnDuty, ...]
    since: date
    working_days: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier in full, as far as this person may know it. `version` is what an act of his is checked against."""

    row: Any
    flow: Flow
    state: State | None
    inner: bool
    held: bool
    version: int
    unit: Any
    round: Any
    submission: Any
    decision: Any | None
    turn: Turn
    due: tuple[Explained, ...]
    checklist: tuple[ChecklistLine, ...]
    papers: tuple[Paper, ...]
    timeline: tuple[Happened, ...]
    tasks: tuple[Any, ...]
    mails: tuple[MailLine, ...]
    links: tuple[Linked, ...]
    choices: tuple[Choice, ...]
    facts: NominationFacts

    @property
    def words(self) -> Any:
        """What the state is called for this person."""
        return None if self.state is None else (self.state.label if self.inner else self.state.unit)


def show(desk: Desk, viewer: Viewer, code: str, now: datetime) -> Dossier:
    """Everything about one dossier. Raises UnknownNomination, also for one that is not this person's to see."""
    today = local_day(now)
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        line = nominations.lines_by_id(connection, [row.id])[row.id]
        compiled = desk.flows.get(connection, line.flow_version_id)
        flow = compiled.flow
        facts = FactsOf(surroundings(connection, [line], {line.flow_version_id: compiled}, None), today)(line)
        events = _events(connection, row.id)
        flows = {each.flow_version_id: desk.flows.get(connection, each.flow_version_id).flow for each in events}
        shown = shown_states(flow.initial, (Step(flows[e.flow_version_id], e.transition, e.to_state) for e in events))
        context = desk.context(today, desk.targets(connection, today))
        outside = outside_of(viewer, line)
        found = options(compiled, facts, viewer.actor, context)
        if outside is not None:
            outside = knowing(connection, viewer, outside, (reason for each in found for reason in each.reasons))
        choices = _choices(flow, found, outside)
        on_file = _papers(connection, line, flow, viewer)
        state = flow.states.get(row.state if viewer.inner else row.shown_state)
        known = viewer.inner or not facts.holds
        return Dossier(
            row=row,
            flow=flow,
            state=state,
            inner=viewer.inner,
            held=bool(facts.holds),
            version=line.version,
            unit=_one(connection, Unit, row.unit_id),
            round=_one(connection, Round, row.round_id),
            submission=_one(connection, Submission, row.submission_id),
            decision=_one(connection, DecisionPaper, row.decision_id) if known and row.decision_id else None,
            turn=_turn(
                connection, desk, viewer, facts, state, _since(viewer, row, events, shown, flows, flow.initial), today
            ),
            due=_due(connection, viewer, row, flow),
            checklist=_checklist(flow, facts, on_file, viewer, desk, today),
            papers=on_file,
            timeline=_timeline(viewer, facts, events, flows, shown, flow.initial),
            tasks=_tasks(connection, row.id, viewer, flow),
            mails=mails_of(connection, viewer, row.id, row.unit_id),
            links=_links(connection, viewer, row),
            choices=choices,
            facts=facts,
        )


def find(connection: Connection, viewer: Viewer, code: str) -> Row[Any]:
    """The row of this code, if it is this person's to see. Raises UnknownNomination."""
    row = connection.execute(select(_N).where(_N.c.code == canonical(code), seen(viewer.sight))).first()
    if row is None:
        raise UnknownNomination(code)
    return row


def code_of(desk: Desk, viewer: Viewer, code: str) -> str:
    """The printed form of a code that somebody typed, if its dossier is his to see. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        return str(find(connection, viewer, code).code)


def seen_of(connection: Connection, viewer: Viewer, codes: Sequence[str]) -> dict[str, int]:
    """Versions of those of these codes that this person may see, in the order asked for."""
    wanted = list(dict.fromkeys(canonical(each) for each in codes))
    found: dict[str, int] = {}
    for part in nominations.chunks(wanted):
        query = select(_N.c.code, _N.c.version).where(_N.c.code.in_(part), seen(viewer.sight))
        found.update((row.code, row.version) for row in connection.execute(query))
    return {code: found[code] for code in wanted if code in found}


def outside_of(viewer: Viewer, line: Line) -> Outside | None:
    """How somebody outside the desk looks at this line; None for who reads inner words."""
    if viewer.inner:
        return None
    return Outside(side_of(viewer), line.shown_state, bool(line.memory.get("holds")))


def knowing(connection: Connection, viewer: Viewer, outside: Outside, reasons: Iterable[Reason]) -> Outside:
    """The same reader, with those of the dossiers that these reasons name which he may open himself."""
    named = {str(code) for each in reasons if isinstance(codes := each.params.get("codes"), tuple) for code in codes}
    return replace(outside, codes=frozenset(seen_of(connection, viewer, sorted(named)))) if named else outside


def side_of(viewer: Viewer) -> frozenset[str]:
    """The roles of the reader's own side: whoever works for a unit knows of all that his unit does."""
    return UNIT if not viewer.roles.isdisjoint(UNIT) else viewer.roles


def _one(connection: Connection, table: Any, id_: int) -> Any:
    return connection.execute(select(table.__table__).where(col(table.id) == id_)).one()


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────


def _choices(flow: Flow, found: Iterable[Any], outside: Outside | None) -> tuple[Choice, ...]:
    made = [_choice(flow, each, outside) for each in found]
    return tuple(sorted(made, key=lambda each: (not each.possible, each.others, each.elsewhere)))


def _choice(flow: Flow, option: Any, outside: Outside | None) -> Choice:
    reasons = _once(option.reasons)
    if outside is None:
        return Choice(option.transition, reasons, any(each.code == "wrong_state" for each in reasons))
    if not may_do(option.transition, outside):
        return Choice(option.transition, (), others=True)
    seen_reasons = told(flow, option.transition, reasons, outside)
    return Choice(option.transition, seen_reasons, any(each.code == "not_from_here" for each in seen_reasons))


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for each in reasons:
        if each not in found:
            found.append(each)
    return tuple(found)


# ── whose turn ───────────────────────────────────────────────────────────────────────────────────


def _since(
    viewer: Viewer, row: Any, events: Sequence[Any], shown: Sequence[str], flows: Mapping[int, Flow], initial: str
) -> date:
    """Since when it stands where this person sees it: while a result is held back, the day of its coming is one."""
    if viewer.inner:
        return row.entered_on  # type: ignore[no-any-return]
    since: date = events[0].occurred_on if events else row.entered_on
    for event, moved in zip(events, _moves_seen(events, shown, flows, initial), strict=True):
        since = event.occurred_on if moved else since
    return since


def _moves_seen(
    events: Sequence[Any], shown: Sequence[str], flows: Mapping[int, Flow], initial: str
) -> tuple[bool, ...]:
    """For each event, whether somebody outside sees the dossier move: two states that he reads alike are one."""

    def words(flow: Flow, state: str) -> str:
        return flow.states[state].unit.vi if state in flow.states else state

    return tuple(
        words(flows[event.flow_version_id], after) != words(flows[event.flow_version_id], before)
        for event, after, before in zip(events, shown, (initial, *shown), strict=False)
    )


def _turn(
    connection: Connection, desk: Desk, viewer: Viewer, facts: NominationFacts, state: State | None, since: date,
    today: date,
) -> Turn:  # fmt: skip
    role = (state.owner or "") if state is not None and not state.final else ""
    people: tuple[directory.OnDuty, ...] = ()
    if role and (viewer.inner or role in UNIT):
        people = tuple(
            each
            for each in directory.on_duty(connection, role, today)
            if covers(Held(role, each.scope_kind, each.scope), facts)
        )
    return Turn(role, people, since, desk.calendar.working_between(since, today))


def _due(connection: Connection, viewer: Viewer, row: Any, flow: Flow) -> tuple[Explained, ...]:
    """Open limits with how each was counted; outside the desk only those that the reader owes."""
    found = []
    for limit in limits.history_of(connection, row.id):
        if limit.closed_on is not None:
            continue
        packed = reminding.unpack(limit.rule)
        if viewer.inner or not side_of(viewer).isdisjoint(packed.to):
            found.append(explained(connection, row.code, limit))
    return tuple(found)


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def _papers(connection: Connection, line: Line, flow: Flow, viewer: Viewer) -> tuple[Paper, ...]:
    rows = papers.of_nomination(connection, line.id, line.submission_id)
    return tuple(
        Paper(
            each.id, each.code, each.number, each.file_name, each.media_type, each.size, each.added_at, each.added_by,
            "submission" if each.nomination_id is None else "nomination",
        )
        for each in rows
        if viewer.inner or _is_open(flow, each.code, each.added_by, viewer)
    )  # fmt: skip


def _is_open(flow: Flow, code: str, added_by: str, viewer: Viewer) -> bool:
    """Whether somebody outside may open this paper: one that the unit gives, or that his own side put on file."""
    document = flow.documents.get(code)
    root = added_by.partition("/")[0]
    return (document is not None and document.source == "unit") or root in _own_roots(viewer)


def _own_roots(viewer: Viewer) -> frozenset[str]:
    """Roots of the keys of the reader's own people: his own, and those of the units he acts for."""
    return frozenset({viewer.person.partition("/")[0], *viewer.sight.units})


def _checklist(
    flow: Flow, facts: NominationFacts, on_file: Sequence[Paper], viewer: Viewer, desk: Desk, today: date
) -> tuple[ChecklistLine, ...]:
    from definitions.flow import Requirement

    view = RequirementView(flow, facts, today, {}, desk.calendar)
    asked = {each.code for each in asked_documents(Requirement("documents", ("all",)), view)}
    by_code: dict[str, list[Paper]] = {}
    for each in on_file:
        by_code.setdefault(each.code, []).append(each)
    return tuple(
        ChecklistLine(each, tuple(by_code.get(each.code, ())))
        for each in flow.documents.values()
        if each.code in by_code
        or ((each.code in asked or facts.nominee in each.nominee) and (viewer.inner or each.source == "unit"))
    )


@dataclass(frozen=True, slots=True)
class Content:
    """A paper with its bytes."""

    file_name: str
    media_type: str
    content: bytes


def open_paper(desk: Desk, viewer: Viewer, code: str, paper_id: int) -> Content:
    """The bytes of one version of a paper of this dossier. Raises UnknownNomination for any other."""
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        line = nominations.lines_by_id(connection, [row.id])[row.id]
        flow = desk.flows.get(connection, line.flow_version_id).flow
        found = next((each for each in _papers(connection, line, flow, viewer) if each.id == paper_id), None)
        if found is None:
            raise UnknownNomination(code)
        content = papers.content(desk.files, connection, found.id)
    return Content(found.file_name, found.media_type, content)


# ── what has happened ────────────────────────────────────────────────────────────────────────────


def _events(connection: Connection, nomination_id: int) -> list[Any]:
    event, act = Event.__table__, Act.__table__  # type: ignore[attr-defined]
    query = (
        select(
            event, act.c.actor, act.c.actor_name, act.c.on_behalf_of, act.c.fields.label("act_fields"),
            act.c.done.label("act_done"),
        )
        .join(act, act.c.id == event.c.act_id)
        .where(event.c.nomination_id == nomination_id)
        .order_by(event.c.version)
    )  # fmt: skip
    return list(connection.execute(query))


def _timeline(
    viewer: Viewer, facts: NominationFacts, events: Sequence[Any], flows: Mapping[int, Flow], shown: Sequence[str],
    initial: str,
) -> tuple[Happened, ...]:  # fmt: skip
    if viewer.inner:
        return tuple(_act(each, flows[each.flow_version_id], each.to_state) for each in events)
    found = []
    moves = _moves_seen(events, shown, flows, initial)
    for each, after, moved in zip(events, shown, moves, strict=True):
        flow = flows[each.flow_version_id]
        if _is_own(viewer, flow.transitions.get(each.transition), each):
            found.append(_act(each, flow, after if moved else ""))
        elif moved:
            found.append(Happened(each.recorded_at, each.occurred_on, None, flow.states.get(after)))
    return tuple(found)


def _is_own(viewer: Viewer, transition: Transition | None, event: Any) -> bool:
    """An act of the reader's own side: by his unit's people, or entered by the desk on their behalf."""
    if transition is None or side_of(viewer).isdisjoint(transition.by):
        return False
    roots = _own_roots(viewer)
    return any(key.partition("/")[0] in roots for key in (event.actor, event.on_behalf_of or ""))


def _act(event: Any, flow: Flow, state: str) -> Happened:
    data = event.data or {}
    fields = {**(event.act_fields or {}), **data.get("fields", {})}
    return Happened(
        at=event.recorded_at,
        on=event.occurred_on,
        transition=flow.transitions.get(event.transition),
        state=flow.states.get(state),
        by=event.actor_name or event.actor,
        on_behalf_of=event.on_behalf_of or "",
        stood_for=tuple(data.get("stood_for", ())),
        fields=fields,
        before=data.get("before", {}),
        warnings=tuple(str(each.get("reason", "")) for each in data.get("warnings", ())),
        together=event.act_done,
    )


def _tasks(connection: Connection, nomination_id: int, viewer: Viewer, flow: Flow) -> tuple[Any, ...]:
    """Parallel work; outside the desk only what the reader's own roles work on."""
    table = Task.__table__  # type: ignore[attr-defined]
    rows = connection.execute(select(table).where(table.c.nomination_id == nomination_id).order_by(table.c.id))
    bodies = set(viewer.sight.bodies)
    return tuple(
        each
        for each in rows
        if viewer.inner
        or each.body in bodies
        or (each.task in flow.tasks and not viewer.roles.isdisjoint(flow.tasks[each.task].by))
    )


# ── mails ────────────────────────────────────────────────────────────────────────────────────────

SHOWN_MAILS = 50


def mails_of(connection: Connection, viewer: Viewer, nomination_id: int, unit_id: int) -> tuple[MailLine, ...]:
    """Mails about this dossier, newest first; outside the desk those that went to the reader or to his unit."""
    about = select(LINE.c.mail_id).where(LINE.c.reference == f"nomination:{nomination_id}")
    columns = [MAIL.c[name] for name in MailLine.__slots__]
    query = select(*columns).where(MAIL.c.id.in_(about), _mine(connection, viewer, unit_id))
    rows = connection.execute(query.order_by(MAIL.c.id.desc()).limit(SHOWN_MAILS))
    return tuple(MailLine(**row._mapping) for row in rows)


def _mine(connection: Connection, viewer: Viewer, unit_id: int) -> Any:
    """The condition on a mail that lets this reader see it. What is held back does not exist outside the desk."""
    if viewer.is_desk:
        return MAIL.c.id > 0
    boxes = {viewer.email} if viewer.email else set()
    unit = connection.execute(select(col(Unit.code), col(Unit.mailbox)).where(col(Unit.id) == unit_id)).one()
    if unit.code in viewer.sight.units:
        boxes |= {unit.mailbox, *(each.address for each in further(connection, [unit.code]).get(unit.code, ()))}
    return MAIL.c.address.in_(sorted(boxes - {""})) & MAIL.c.state.not_in(("held", "cancelled"))


def may_read_mail(desk: Desk, viewer: Viewer, code: str, mail_id: int) -> None:
    """Passes when this mail is about this dossier and this person may read it. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = find(connection, viewer, code)
        about = select(LINE.c.mail_id).where(LINE.c.reference == f"nomination:{row.id}")
        query = select(MAIL.c.id).where(
            MAIL.c.id == mail_id, MAIL.c.id.in_(about), _mine(connection, viewer, row.unit_id)
        )
        if connection.execute(query).first() is None:
            raise UnknownNomination(code)


# ── other dossiers ───────────────────────────────────────────────────────────────────────────────


def _links(connection: Connection, viewer: Viewer, row: Any) -> tuple[Linked, ...]:
    """Dossiers that this one grew from or is about, and those that grew from it: as far as the reader may see them."""
    back = (("grown_from", row.grown_from_id), ("subject", row.subject_id))
    ways = [(how, _N.c.id == id_) for how, id_ in back if id_ is not None]
    ways += [("grew", _N.c.grown_from_id == row.id), ("revocation", _N.c.subject_id == row.id)]
    found = []
    for how, condition in ways:
        query = select(_N.c.code, _N.c.name, _N.c.award).where(condition, seen(viewer.sight)).order_by(_N.c.id)
        found += [Linked(how, each.code, each.name, each.award) for each in connection.execute(query)]
    return tuple(found)
