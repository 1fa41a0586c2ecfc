"""An act in the making: a selection of dossiers with their versions, what is typed for it, and in the end its answer.

A draft belongs to one person and survives a reload. Its request key is that of the act, so that pressing twice, or
pressing again after the machine went down, is one act.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from definitions.calendar import local_day
from definitions.flow import Flow, Transition
from workflow.domain.decisions import option
from workflow.domain.reasons import Reason
from workflow.domain.released import RESULT_PENDING, told
from workflow.services import acts, brought
from workflow.services.acts import Foreseen
from workflow.services.brought import NotTyped
from workflow.services.desk import Desk
from workflow.services.dossier import knowing, outside_of, seen_of
from workflow.services.judging import surroundings
from workflow.services.requests import ActReport, ActRequest, LineResult, reason_from, reason_to
from workflow.services.resting import collector_at_rest
from workflow.services.viewing import Viewer
from workflow.storage import nominations
from workflow.storage.database import read, write
from workflow.storage.nominations import FactsOf
from workflow.storage.tables_desk import ActDraft

_T: Table = ActDraft.__table__  # type: ignore[attr-defined]
MOST_LINES = 20_000
KEPT_FOR = timedelta(days=30)
Pairs = tuple[tuple[str, str], ...]


class UnknownDraft(LookupError):
    """There is no such draft, or it is another person's."""


class NothingChosen(ValueError):
    """None of the codes given is a dossier that this person may see; or there are too many of them."""

    def __init__(self, amount: int = 0) -> None:
        super().__init__(amount)
        self.amount = amount


class NotAsked(ValueError):
    """The flow of these dossiers has no such act, or the act takes no such entry. Nothing was kept."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class AlreadyRunning(ValueError):
    """This act is being done at this moment."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed for an act, as text. `lines` by code; names are those of fields, parts after a dot."""

    pairs: Pairs = ()
    lines: Mapping[str, Pairs] = field(default_factory=dict)
    occurred_on: str = ""
    backdating_reason: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    on_behalf_of: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "pairs": [list(each) for each in self.pairs],
            "lines": {code: [list(each) for each in pairs] for code, pairs in self.lines.items()},
            "occurred_on": self.occurred_on, "backdating_reason": self.backdating_reason,
            "overrides": dict(self.overrides), "whole": self.whole, "on_behalf_of": self.on_behalf_of,
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Filled:
        return cls(
            _pairs(kept.get("pairs", ())),
            {code: _pairs(pairs) for code, pairs in kept.get("lines", {}).items()},
            kept.get("occurred_on", ""), kept.get("backdating_reason", ""), kept.get("overrides", {}),
            kept.get("whole", False), kept.get("on_behalf_of", ""),
        )  # fmt: skip

    def get(self, name: str) -> str:
        return next((text for key, text in self.pairs if key == name), "")

    def of_line(self, code: str, name: str) -> str:
        return next((text for key, text in self.lines.get(code, ()) if key == name), "")


def _pairs(kept: Iterable[Sequence[str]]) -> Pairs:
    return tuple((name, text) for name, text in kept)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands. `lines` maps codes to the versions that the person saw."""

    id: str
    person: str
    transition: str
    request_key: str
    lines: Mapping[str, int]
    filled: Filled
    back: str
    state: str
    act_id: int | None
    answer: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.lines)

    @property
    def is_done(self) -> bool:
        """Whether its act stands. One whose every line was refused may be tried again."""
        return self.state == "done" and self.act_id is not None


# ── making and finding ───────────────────────────────────────────────────────────────────────────


def begin(
    desk: Desk, viewer: Viewer, codes: Sequence[str], now: datetime, *, back: str = "", transition: str = "",
    filled: Filled = Filled(), versions: Mapping[str, int] | None = None,
) -> str:  # fmt: skip
    """Keep a selection; returns the draft's id. Codes that this person may not see are left out, unsaid.

    `versions` are those that he saw, where a page carried them; else those of now. Raises NothingChosen.
    """
    if len(codes) > MOST_LINES:
        raise NothingChosen(len(codes))
    with write(desk.engine) as connection:
        found = seen_of(connection, viewer, codes)
        if not found:
            raise NothingChosen
        lines = [[code, (versions or {}).get(code, version)] for code, version in found.items()]
        return _insert(connection, desk, viewer, lines, now, back, transition, filled)


def _insert(
    connection: Connection, desk: Desk, viewer: Viewer, lines: list[list[Any]], now: datetime, back: str,
    transition: str, filled: Filled,
) -> str:  # fmt: skip
    old = (_T.c.person == viewer.person) & (_T.c.created_at < now - KEPT_FOR)
    connection.execute(_T.delete().where(old))  # what was done stands in its act
    id_ = desk.entropy(16)
    connection.execute(
        insert(_T).values(
            id=id_, person=viewer.person, transition=transition, request_key=f"web:{id_}", lines=lines,
            fields=filled.as_json(), back=back[:2000], state="preview", act_id=None, answer={}, created_at=now,
            started_at=None, ended_at=None,
        )
    )  # fmt: skip
    return id_


def find(desk: Desk, viewer: Viewer, id_: str) -> Draft:
    """The draft, if it is this person's. One whose act was done though nobody wrote it down says so.

    Raises UnknownDraft.
    """
    with read(desk.engine) as connection:
        return _find(connection, viewer, id_)


def _find(connection: Connection, viewer: Viewer, id_: str, *, lock: bool = False) -> Draft:
    query = select(_T).where(_T.c.id == id_, _T.c.person == viewer.person)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownDraft(id_)
    return Draft(
        row.id, row.person, row.transition, row.request_key, dict(row.lines),
        Filled.from_json(row.fields), row.back, row.state, row.act_id, row.answer, row.created_at, row.started_at,
        row.ended_at,
    )  # fmt: skip


def fill(desk: Desk, viewer: Viewer, id_: str, transition: str, filled: Filled) -> None:
    """Keep what was typed. Raises UnknownDraft, AlreadyRunning (also for one that is done)."""
    with write(desk.engine) as connection:
        draft = _find(connection, viewer, id_, lock=True)
        if draft.state == "running" or draft.is_done:
            raise AlreadyRunning
        connection.execute(
            update(_T)
            .where(_T.c.id == id_)
            .values(transition=transition, fields=filled.as_json(), state="preview", answer={}, ended_at=None)
        )


def renew(desk: Desk, viewer: Viewer, id_: str, now: datetime) -> str:
    """The same act on the versions of now, after somebody was faster: a new draft. Raises UnknownDraft."""
    draft = find(desk, viewer, id_)
    return begin(desk, viewer, draft.codes, now, back=draft.back, transition=draft.transition, filled=draft.filled)


# ── which acts ───────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Offer:
    """An act for a selection: how many of its lines it is possible for, and why not for the others."""

    transition: Transition
    flow: Flow
    possible: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offers:
    """Acts that some line may do now, the most possible first; and those that none may."""

    lines: int
    possible: tuple[Offer, ...]
    others: tuple[Offer, ...]


def offers(desk: Desk, viewer: Viewer, codes: Sequence[str], now: datetime, *, only: Collection[str] = ()) -> Offers:
    """Every act of the flows of these dossiers (or of them those named), with how many it is possible for."""
    today = local_day(now)
    found: dict[str, Offer] = {}
    with collector_at_rest(len(codes)), read(desk.engine) as connection:
        lines = list(nominations.lines_by_code(connection, codes).values())
        flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
        context = desk.context(today, desk.targets(connection, today))
        facts_of = FactsOf(surroundings(connection, lines, flows, None), today)
        for line in lines:
            compiled, facts, outside = flows[line.flow_version_id], facts_of(line), outside_of(viewer, line)
            for transition in compiled.flow.transitions.values():
                if viewer.roles.isdisjoint(transition.by) or (only and transition.id not in only):
                    continue
                offer = found.setdefault(transition.id, Offer(transition, compiled.flow))
                reasons = option(compiled, transition, facts, viewer.actor, context).reasons
                if outside is not None:
                    reasons = told(compiled.flow, transition, reasons, knowing(connection, viewer, outside, reasons))
                if not any(not each.overridable for each in reasons):
                    offer.possible += 1
                for each in dict.fromkeys(map(_hashable, reasons)):
                    offer.reasons[each] = offer.reasons.get(each, 0) + 1
    ordered = sorted(found.values(), key=lambda each: (_aside(each), -each.possible))
    return Offers(
        len(lines), tuple(each for each in ordered if each.possible), tuple(e for e in ordered if not e.possible)
    )


def _aside(offer: Offer) -> int:
    """How far an act is from the usual way on: what goes on first, exceptions and bad ends last."""
    transition, states = offer.transition, offer.flow.states
    goals = [states[branch.to] for branch in transition.branches if branch.to in states]
    if transition.exceptional:
        return 3
    if goals and all(goal.final in ("negative", "neutral") for goal in goals):
        return 2
    return int(not goals or all(goal.clock != "runs" and goal.final is None for goal in goals))


class _Same(Reason):
    """A reason that stands for all that are equal to it: a mapping of parameters has no hash of its own."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash((self.code, self.rule, tuple(sorted((k, repr(v)) for k, v in self.params.items()))))


def _hashable(reason: Reason) -> Reason:
    return _Same(
        reason.code, reason.params, reason.menders, reason.from_on, reason.overridable, reason.rule, reason.label
    )


@dataclass(frozen=True, slots=True)
class Form:
    """What an act asks for, for these dossiers: its transition under the flow that most of them share."""

    transition: Transition
    flow: Flow
    names: Mapping[str, str]
    warnings: tuple[Reason, ...]
    targets: Mapping[str, str]


def form(desk: Desk, viewer: Viewer, codes: Sequence[str], transition: str, now: datetime) -> Form:
    """The form of this act; `names` are the dossiers by code, `warnings` what only a reason gets past.

    Raises NotAsked where no flow of these has the act.
    """
    today = local_day(now)
    with read(desk.engine) as connection:
        lines = list(nominations.lines_by_code(connection, codes).values())
        flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
        having = [line for line in lines if transition in flows[line.flow_version_id].flow.transitions]
        if not having:
            raise NotAsked(transition)
        amount: dict[int, int] = {}
        for line in having:
            amount[line.flow_version_id] = amount.get(line.flow_version_id, 0) + 1
        flow = flows[max(amount, key=lambda each: amount[each])].flow
        context = desk.context(today, desk.targets(connection, today))
        facts_of = FactsOf(surroundings(connection, having, flows, transition), today)
        warnings: dict[str, Reason] = {}
        for line in having:
            compiled = flows[line.flow_version_id]
            each_of = compiled.flow.transitions[transition]
            for reason in option(compiled, each_of, facts_of(line), viewer.actor, context).reasons:
                if reason.overridable:
                    warnings.setdefault(reason.rule, reason)
        found = flow.transitions[transition]
        asks_target = any(each.type == "flow" for each in found.fields)
        targets = (
            {each: compiled.flow.title.in_(viewer.language) for each, compiled in context.targets.items()}
            if asks_target
            else {}
        )
    asked = {line.code: line.name for line in lines}
    return Form(found, flow, {code: asked[code] for code in codes if code in asked}, tuple(warnings.values()), targets)


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot be read as what its field takes. `code` is empty for one that is for all lines."""

    name: str
    error: NotTyped
    code: str = ""


def request_of(desk: Desk, draft: Draft, transition: Transition) -> tuple[ActRequest, tuple[Fault, ...]]:
    """The act that a draft asks for, and every value in it that cannot be read (left out of the act then)."""
    filled = draft.filled
    faults: list[Fault] = []
    occurred_on = None
    if filled.occurred_on.strip():
        try:
            occurred_on = brought.day(filled.occurred_on, "occurred_on")
        except NotTyped as error:
            faults.append(Fault("occurred_on", error))
    fields, more = _typed(transition, filled.pairs)
    faults += more
    by_line: dict[str, Mapping[str, Any]] = {}
    for code, pairs in filled.lines.items():
        values, more = _typed(transition, pairs, code)
        faults += more
        if values:
            by_line[code] = values
    return (
        ActRequest(
            actor=draft.person, transition=transition.id, codes=draft.codes, request_key=draft.request_key,
            fields=fields, line_fields=by_line,
            overrides={rule: text for rule, text in filled.overrides.items() if text.strip()},
            expected=draft.lines, occurred_on=occurred_on, all_or_nothing=filled.whole,
            on_behalf_of=filled.on_behalf_of or None, backdating_reason=filled.backdating_reason,
        ),
        tuple(faults),
    )  # fmt: skip


def _typed(transition: Transition, pairs: Pairs, code: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """Values by field; each name is read by itself, so that every fault is told."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in pairs:
        if not text.strip():
            continue
        try:
            new = brought.typed(transition, [(name, text)])
        except NotTyped as error:
            faults.append(Fault(name, error, code))
            continue
        for key, value in new.items():
            if isinstance(value, list):
                values[key] = [*values.get(key, []), *value]
            elif isinstance(value, dict):
                values[key] = {**values.get(key, {}), **value}
            else:
                values[key] = value
    return values, faults


# ── what will happen ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Seen:
    """What will happen, as this person may know it."""

    foreseen: Foreseen
    report: ActReport


def foresee(desk: Desk, viewer: Viewer, request: ActRequest, now: datetime) -> Seen:
    """What pressing would do now. Writes nothing."""
    with collector_at_rest(len(request.codes)), read(desk.engine) as connection:
        kept, pending = withhold(connection, desk, viewer, request)
        foreseen = acts.foresee_in(connection, desk, kept, now)
        return Seen(foreseen, told_to(connection, desk, viewer, request, foreseen.report, pending))


def withhold(
    connection: Connection, desk: Desk, viewer: Viewer, request: ActRequest
) -> tuple[ActRequest, dict[str, LineResult]]:
    """Somebody outside does not act on what is held back: neither that it moves nor that it does not may tell him."""
    if viewer.inner:
        return request, {}
    pending: dict[str, LineResult] = {}
    for line in nominations.lines_by_code(connection, request.codes).values():
        flow = desk.flows.get(connection, line.flow_version_id).flow
        outside, transition = outside_of(viewer, line), flow.transitions.get(request.transition)
        if outside and transition and outside.held and outside.shown in transition.sources:
            pending[line.code] = LineResult(
                line.code, False, line.shown_state, line.shown_state, line.version, line.name, (RESULT_PENDING,)
            )
    codes = tuple(code for code in request.codes if code not in pending)
    return replace(request, codes=codes), pending


def as_told(desk: Desk, viewer: Viewer, request: ActRequest, report: ActReport) -> ActReport:
    """An answer that was given, in the words this person may read."""
    with read(desk.engine) as connection:
        return told_to(connection, desk, viewer, request, report, {})


def told_to(
    connection: Connection, desk: Desk, viewer: Viewer, request: ActRequest, report: ActReport,
    pending: Mapping[str, LineResult],
) -> ActReport:  # fmt: skip
    """The answer in the words this person may read."""
    if viewer.inner:
        return report
    lines = nominations.lines_by_code(connection, request.codes)
    results = {each.code: each for each in report.results}
    for code, line in lines.items():
        result, flow = results.get(code), desk.flows.get(connection, line.flow_version_id).flow
        transition = flow.transitions.get(request.transition)
        if result is not None and transition is not None:
            results[code] = _released(connection, flow, transition, result, viewer, line)
    results.update(pending)
    return replace(report, results=tuple(results[code] for code in dict.fromkeys(request.codes) if code in results))


def _released(
    connection: Connection, flow: Flow, transition: Transition, result: LineResult, viewer: Viewer, line: Any
) -> LineResult:
    outside = outside_of(viewer, line)
    assert outside is not None  # narrows the type; whoever reads inner words never comes here
    if result.done:
        return replace(result, hints=())
    # The act may have released what was held: what he is told of a refusal is what holds now.
    reasons = told(flow, transition, result.reasons, knowing(connection, viewer, outside, result.reasons))
    return replace(result, from_state=outside.shown, to_state=outside.shown, reasons=reasons, hints=())


# ── doing it ─────────────────────────────────────────────────────────────────────────────────────


def start(desk: Desk, viewer: Viewer, id_: str, machine_now: datetime, *, takeover: bool = False) -> Draft:
    """Mark the draft as being done from now on. Raises AlreadyRunning, UnknownDraft.

    `takeover` takes up one that was left running: since its act and its answer are one transaction, it was not done.
    """
    with write(desk.engine) as connection:
        draft = _find(connection, viewer, id_, lock=True)
        if draft.state == "running" and not takeover:
            raise AlreadyRunning
        if not draft.is_done:
            connection.execute(
                update(_T).where(_T.c.id == id_).values(state="running", started_at=machine_now, answer={})
            )
    return draft


def perform(
    desk: Desk, viewer: Viewer, id_: str, request: ActRequest, now: datetime, machine_now: datetime, *, confirmed: bool
) -> ActReport:
    """Do the act and write its answer into the draft, in one transaction.

    Raises what `acts.perform` raises; nothing is written then, the draft stays as it was.
    """
    with collector_at_rest(len(request.codes)), write(desk.engine) as connection:
        _find(connection, viewer, id_, lock=True)
        kept, pending = withhold(connection, desk, viewer, request)
        report = acts.perform_in(connection, desk, kept, now, confirmed=confirmed)
        shown = told_to(connection, desk, viewer, request, report, pending)
        connection.execute(
            update(_T)
            .where(_T.c.id == id_)
            .values(state="done", act_id=report.act_id, answer=_answer(viewer, shown), ended_at=machine_now)
        )
        return shown


def failed(desk: Desk, viewer: Viewer, id_: str, sentences: Sequence[str], machine_now: datetime) -> None:
    """Nothing was done, and why; the draft may be pressed again."""
    with write(desk.engine) as connection:
        connection.execute(
            update(_T)
            .where(_T.c.id == id_, _T.c.person == viewer.person, _T.c.state == "running")
            .values(state="failed", answer={"sentences": list(sentences)}, ended_at=machine_now)
        )


def _answer(viewer: Viewer, report: ActReport) -> dict[str, Any]:
    mails = report.mails if viewer.inner else ()
    return {
        "results": [
            [each.code, each.done, each.from_state, each.to_state, each.version, each.name,
             [reason_to(reason) for reason in each.reasons], [reason_to(reason) for reason in each.hints]]
            for each in report.results
        ],
        "mails": [[each.address, each.name, each.template, each.lines, each.held] for each in mails],
        "mail_count": len(report.mails),
        "unaddressed": [list(each) for each in report.unaddressed] if viewer.inner else [],
        "deadlines": report.deadlines_opened,
    }  # fmt: skip


def results_of(draft: Draft) -> tuple[LineResult, ...]:
    """The answer of a draft that is done, line by line."""
    return tuple(
        LineResult(
            code, done, from_state, to_state, version, name, tuple(map(reason_from, reasons)),
            tuple(map(reason_from, hints)),
        )
        for code, done, from_state, to_state, version, name, reasons, hints in draft.answer.get("results", ())
    )  # fmt: skip


__all__ = [
    "AlreadyRunning", "Draft", "Fault", "Filled", "Form", "NotAsked", "NothingChosen", "Offer", "Offers", "Seen",
    "UnknownDraft", "begin", "failed", "fill", "find", "foresee", "form", "offers", "perform", "renew",
    "request_of", "results_of", "start",
]  # fmt: skip
