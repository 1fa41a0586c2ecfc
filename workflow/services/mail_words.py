"""What the mails of an act say: each line and the act as a whole, as formatted text. Nobody is told anything here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import WorkCalendar
from definitions.flow import Field, Flow, Language, State, Transition, Words
from workflow.domain.decision import DeadlineOpened, Decision
from workflow.domain.facts import NominationFacts
from workflow.domain.letters import has_number
from workflow.domain.notices import Place, Told, told_words
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict
from workflow.services.moving import owner_of
from workflow.services.requests import ActRequest
from workflow.storage import nominations, told
from workflow.storage.nominations import Line
from workflow.wording import letter_label, say

LANGUAGES: tuple[Language, ...] = ("vi", "en")
UNIT_ROLES = frozenset({"unit_officer", "unit_head", "unit_council"})
OF_A_DECISION = frozenset({"corrected", "revoke", "revoked", "not_revoked"})


def day_text(day: date | None) -> str:
    """dd/mm/yyyy, as every mail prints a date; empty for none."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}" if day else ""


def full_number(decision: Mapping[str, Any]) -> str:
    """`05/QĐ-BKHCN`: below ten with a leading zero (Nghị định 30/2020/NĐ-CP)."""
    return f"{decision['number']:02d}/{decision['symbol']}"


def hands_over(flow: Flow, transition: Transition) -> bool:
    """Whether the step takes a line from the unit's hands into somebody else's."""
    leads = [flow.states[each.to] for each in transition.branches if each.to in flow.states]
    from_unit = any(flow.states[source].owner in UNIT_ROLES for source in transition.sources)
    return from_unit and any(each.final is None and each.owner not in UNIT_ROLES for each in leads)


def thread_of(line: Line) -> str:
    """Mails of one list belong together in the reader's mail program."""
    return f"submission:{line.submission_id}"


# ── the lines ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Looked:
    """What only some mails say of their lines, looked up for those alone."""

    posts: Mapping[int, str] = field(default_factory=dict)
    papers: Mapping[int, told.Paper] = field(default_factory=dict)


def told_lines(
    connection: Connection, desk: Desk, gathered: Gathered, request: ActRequest, moved: Sequence[Verdict]
) -> list[Told]:
    """Every line that moves, in the words of its flow."""
    looked = _look_up(connection, moved)
    shared = _Shared(desk.calendar, gathered)
    return [_told(gathered, request, each, looked, shared) for each in moved]


def _look_up(connection: Connection, moved: Sequence[Verdict]) -> _Looked:
    sends = {plan.send for each in moved if isinstance(each.outcome, Decision) for plan in each.outcome.notices}
    posts = told.posts(connection, (each.line.id for each in moved)) if sends & {"proof_list", "corrected"} else {}
    asked = (_subject_of(each.line) for each in moved)
    return _Looked(posts, told.papers(connection, asked) if sends & OF_A_DECISION else {})


def _subject_of(line: Line) -> int:
    """The nomination whose award it is about: another one in a revocation."""
    return line.id if line.subject_id is None else line.subject_id


@dataclass(frozen=True, slots=True)
class _Words:
    """What all lines say that go the same way under the same flow. `unit` is for who may know the new state."""

    state: State
    awards: Mapping[str, str]
    desk: Mapping[str, str]
    unit: Mapping[str, str]
    turn: frozenset[str]
    due_on: Mapping[str, str]
    said: Mapping[str, Mapping[str, str]]
    ends_on: str


class _Shared:
    """Makes the words and places that lines share, each once: thousands of lines have one decision."""

    def __init__(self, calendar: WorkCalendar, gathered: Gathered) -> None:
        self._calendar = calendar
        self._gathered = gathered
        self._words: dict[tuple[int, int], _Words] = {}
        self._places: dict[tuple[str, str, str], Place] = {}

    def words(self, line: Line, decision: Decision) -> _Words:
        # The decisions of an act live as long as it does, so that one is not taken for another.
        key = (line.flow_version_id, id(decision))
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = _words(self._calendar, self._gathered, self._gathered.flow(line), decision)
        return found

    def place(self, facts: NominationFacts) -> Place:
        key = (facts.unit, facts.field_of_work, facts.cluster)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = Place(*key)
        return found


def _words(calendar: WorkCalendar, gathered: Gathered, flow: Flow, decision: Decision) -> _Words:
    goes_on = _goes_on(gathered, flow, decision)
    state = goes_on.states.get(decision.to_state) or flow.states[decision.to_state]
    return _Words(
        state=state,
        awards=_both(goes_on.title),
        desk=_both(state.label),
        unit=_both(state.unit),
        turn=_meant(state.owner) if state.owner and not state.final else frozenset(),
        due_on={plan.to: day_text(_due(goes_on, decision, plan.to)) for plan in decision.notices},
        said=_said(flow, goes_on, state, decision),
        ends_on=day_text(_ends_on(calendar, flow, decision)),
    )


def _told(gathered: Gathered, request: ActRequest, verdict: Verdict, looked: _Looked, shared: _Shared) -> Told:
    decision = verdict.outcome
    assert isinstance(decision, Decision)
    line = verdict.line
    words = shared.words(line, decision)
    shown = _shown(gathered.flow(line), verdict, decision, words.state)
    return Told(
        id=line.id,
        code=line.code,
        name=line.name,
        place=shared.place(verdict.facts),
        thread=thread_of(line),
        decision=decision,
        awards=words.awards,
        desk=words.desk,
        unit_words=words.unit,
        shown=words.unit if shown is words.state.unit else _both(shown),
        unit_name=gathered.around.units[line.unit_id].name,
        turn=words.turn,
        due_on=words.due_on,
        said=words.said,
        line_fields=_line_words(request, line, looked, words.ends_on),
    )


def _goes_on(gathered: Gathered, flow: Flow, decision: Decision) -> Flow:
    """The flow the dossier goes on under: another one after a change of award."""
    if decision.effect != "change_award":
        return flow
    target = gathered.context.targets.get(str(decision.fields.get("to_flow")))
    return target.flow if target else flow


def _shown(flow: Flow, verdict: Verdict, decision: Decision, state: State) -> Words:
    """The unit's words for the state it may know of: the one it knew before while a result is held back."""
    holds = verdict.facts.holds
    held = (
        ({*holds, decision.hold} if decision.hold else holds) - set(decision.releases) if holds or decision.hold else ()
    )
    # The shown state may be one that a change of award left behind.
    return ((flow.states.get(verdict.line.shown_state) if held else None) or state).unit


def _both(words: Words) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en}


def _meant(role: str) -> frozenset[str]:
    """The recipient words that mean this role: `unit` stands for everybody in it."""
    return frozenset({role, "unit"}) if role in UNIT_ROLES else frozenset({role})


def _due(flow: Flow, decision: Decision, word: str) -> date | None:
    """By when this recipient owes something because of this act: the earliest limit that it opens for him."""
    return min((each.due_on for each in decision.deadlines_opened if _is_for(flow, each, word)), default=None)


def _is_for(flow: Flow, opened: DeadlineOpened, word: str) -> bool:
    return any(word in _meant(role) for role in opened.rule.to or (owner_of(flow, opened.rule),))


def _said(flow: Flow, goes_on: Flow, state: State, decision: Decision) -> dict[str, dict[str, str]]:
    """What differs by language: how a body's vote ended, what a correction changes, which award it was before."""
    return {lang: dict(_said_in(lang, flow, goes_on, state, decision)) for lang in LANGUAGES}


def _said_in(lang: Language, flow: Flow, goes_on: Flow, state: State, decision: Decision) -> Iterable[tuple[str, str]]:
    if decision.tally is not None:
        yield "result", state.unit.in_(lang) if state.final == "negative" else say(f"result.{decision.tally[0]}", lang)
    if decision.effect == "change_award" and goes_on is not flow:
        yield "note", flow.title.in_(lang)
    if decision.effect == "correct":
        yield "note", "; ".join(_corrections(lang, flow.transitions[decision.transition].fields, decision))


def _corrections(lang: Language, fields: Iterable[Field], decision: Decision) -> Iterable[str]:
    for each in fields:
        value = decision.fields.get(each.name)
        if each.per == "line" and isinstance(value, str) and value:
            yield f"{each.label.in_(lang) if each.label else each.name}: {value}"


def _line_words(request: ActRequest, line: Line, looked: _Looked, ends_on: str) -> dict[str, str]:
    words = {**_own_words(request, line), "ends_on": ends_on}
    if post := looked.posts.get(line.id):
        words["post"] = post
    if paper := looked.papers.get(_subject_of(line)):
        words |= {"decision_number": paper.full_number, "decision_on": day_text(paper.issued_on)}
    return words


def _own_words(request: ActRequest, line: Line) -> dict[str, str]:
    own = request.line_fields.get(line.code)
    if not own:
        return {}
    said = {"certificate_no": str(own["certificate_no"])} if own.get("certificate_no") else {}
    if _only_line(request):
        return said
    words = dict(told_words(own))
    note = "; ".join(words.get("defects", ())) or next(
        (words[name] for name in ("note", "legal_ground", "reason") if words.get(name)), ""
    )
    return said | {"note": note} if note else said


def _only_line(request: ActRequest) -> bool:
    """Everything was given for one nomination: its fields are the act's, and are not said a second time below."""
    return not request.fields and len(request.line_fields) == 1


def _ends_on(calendar: WorkCalendar, flow: Flow, decision: Decision) -> date | None:
    """The day by which what this act starts is to be over, for those who only wait: a task's, or a spanning limit's."""
    change = decision.task
    if change is None:
        return min((each.due_on for each in decision.deadlines_opened if "." not in each.name), default=None)
    if change.change != "open":
        return None
    lasts = flow.tasks[change.task].lasts
    if lasts is not None:
        return calendar.add(decision.occurred_on, lasts)
    name = f"task.{change.task}"
    return next((each.due_on for each in decision.deadlines_opened if each.name == name), None)


# ── the act ──────────────────────────────────────────────────────────────────────────────────────


def act_words(connection: Connection, desk: Desk, gathered: Gathered, request: ActRequest) -> Mapping[str, Any]:
    """What all lines of the act share, as plain formatted text."""
    fields = next(iter(request.line_fields.values())) if _only_line(request) else request.fields
    decision = next((value for value in fields.values() if isinstance(value, Mapping) and "symbol" in value), {})
    due_on, session_on = _day(fields, "due_on"), _day(fields, "session_on")
    return {
        "round_title": _round_title(gathered),
        "letter_number": _letter(connection, gathered, fields),
        "actor_name": gathered.actor.name,
        "occurred_on": day_text(_day(fields, "awarded_on") or gathered.on),
        # Answers to a written consultation are due, not the recipient's own work.
        "due_on": "" if session_on else day_text(due_on),
        "reply_by": day_text(due_on) if session_on else "",
        "session_on": day_text(session_on),
        "legal": _legal(gathered, request.transition),
        "contact_name": desk.contact.name,
        "contact_email": desk.contact.email,
        "contact_phone": desk.contact.phone,
        "decision_number": full_number(decision) if decision else "",
        "decision_on": day_text(decision.get("issued_on")) if decision else "",
        "signer": str(decision.get("signer", "")) if decision else "",
        **dict(told_words(fields)),
    }


def _day(fields: Mapping[str, Any], name: str) -> date | None:
    value = fields.get(name)
    return value if isinstance(value, date) else None


def _legal(gathered: Gathered, transition: str) -> str:
    """What the flow rests this act on, if all lines rest on the same."""
    flows = {line.flow_version_id: gathered.flow(line) for line in gathered.lines}
    found = {_rests_on(each, transition) for each in flows.values() if transition in each.transitions}
    return next(iter(found)) if len(found) == 1 else ""


def _rests_on(flow: Flow, transition: str) -> str:
    """What the flow names for the act itself, else for the task that it opens or closes."""
    found = flow.transitions[transition]
    return found.legal or (flow.tasks[found.task[0]].legal if found.task else "")


def _round_title(gathered: Gathered) -> str:
    titles = {each.title for each in gathered.around.rounds.values()}
    return next(iter(titles)) if len(titles) == 1 else ""


def _letter(connection: Connection, gathered: Gathered, fields: Mapping[str, Any]) -> str:
    """The number of the one letter that all lines are of: as it will be, where this very act brings it."""
    ids = {line.submission_id for line in gathered.lines}
    if len(ids) != 1:
        return ""
    number = nominations.letters(connection, ids).get(next(iter(ids)), "")
    if has_number(number):
        return number
    return str(fields.get("letter_no") or "") or letter_label(number, "vi")
