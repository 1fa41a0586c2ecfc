"""What a council must see of its agenda before it votes: make-up, caps of the round, what rules find of each nominee.

All of it is told and stops nothing here; what a rule stops, it stops at the acts it is asked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from definitions.flow import Across, Flow, Language, Words
from workflow.domain import across, shares
from workflow.domain.machine import CompiledFlow
from workflow.domain.reasons import Line as Told, Reason
from workflow.domain.shares import Entry
from workflow.services.council_sessions import Agenda
from workflow.services.desk import Desk
from workflow.services.judging import surroundings
from workflow.storage import crossing, nominations
from workflow.storage.council import LineRow
from workflow.storage.nominations import Around, FactsOf, Line
from workflow.storage.tables import Event
from workflow.wording import say, sentence, shared

_E = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule finds of one line, in the words of its flow. `given` is the reason with which it was passed last."""

    effect: str
    reason: Reason
    flow: Flow
    given: str = ""

    def text(self, language: Language) -> str:
        """As it is told: what it weighs, what it is, and the reason with which it was passed."""
        text = say(f"found.{self.effect}", language, text=sentence(self.reason, language, self.flow))
        return say("found.given", language, text=text, reason=self.given) if self.given else text


@dataclass(frozen=True, slots=True)
class MakeUp:
    """Lines of one flow: who they are, and how they stand to what is encouraged and to the caps of the round."""

    title: Words
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class BeforeVote:
    """`make_up` by flow, in the order of the agenda; `found` by line number, what would block first."""

    make_up: tuple[MakeUp, ...]
    found: Mapping[int, tuple[Found, ...]]

    def remarks(self, language: Language) -> list[tuple[str, str]]:
        """Everything that is found, each text once with its lines (`1–4, 7`)."""
        return shared((number, each.text(language)) for number in sorted(self.found) for each in self.found[number])


def make_up(connection: Connection, desk: Desk, agenda: Agenda) -> tuple[MakeUp, ...]:
    """The make-up of an agenda alone, without what the round or anybody's history says."""
    shown = _shown(agenda)
    flows = desk.flows.get_all(connection, {each.flow_version_id for each in shown})
    return tuple(MakeUp(flow.title, tuple(_of_people(flow, lines))) for flow, lines in _by_flow(shown, flows).values())


def before_vote(connection: Connection, desk: Desk, agenda: Agenda, on: date) -> BeforeVote:
    """All of it, on day `on`; what rules find only of lines whose vote is not closed."""
    shown = _shown(agenda)
    if not shown:
        return BeforeVote((), {})
    flows = desk.flows.get_all(connection, {each.flow_version_id for each in shown})
    lines = nominations.lines_by_id(connection, [each.nomination_id for each in shown])
    around = surroundings(connection, list(lines.values()), flows, None)
    made = []
    for flow, rows in _by_flow(shown, flows).values():
        told = list(_of_people(flow, rows))
        if agenda.row.kind == "council":  # of the whole round: a unit's own council is told nothing of other units
            told += _of_round(connection, flow, [lines[each.nomination_id] for each in rows], around)
        made.append(MakeUp(flow.title, tuple(told)))
    waiting = [each for each in shown if each.state in ("tabled", "open")]
    return BeforeVote(tuple(made), _findings(connection, waiting, lines, flows, around, on))


def _shown(agenda: Agenda) -> list[LineRow]:
    return [line for line in agenda.latest() if line.state != "taken_off"]


def _by_flow(shown: Iterable[LineRow], flows: Mapping[int, CompiledFlow]) -> dict[str, tuple[Flow, list[LineRow]]]:
    """Lines under their flow; of several versions of one, the words of the first that comes."""
    found: dict[str, tuple[Flow, list[LineRow]]] = {}
    for line in shown:
        flow = flows[line.flow_version_id].flow
        found.setdefault(flow.id, (flow, []))[1].append(line)
    return found


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def _of_people(flow: Flow, lines: Sequence[LineRow]) -> Iterator[Told]:
    made = shares.make_up(Entry(flow.id, each.nominee, each.woman, each.direct_worker) for each in lines)  # type: ignore[arg-type]
    yield from shares.lines_of(made[0])
    for rule in flow.across:
        if rule.rule == "share" and (short := shares.falls_short(rule, made[0])) is not None:
            yield short


def _of_round(connection: Connection, flow: Flow, lines: Sequence[Line], around: Around) -> Iterator[Told]:
    by_round: dict[int, set[int]] = {}
    for line in lines:
        by_round.setdefault(line.round_id, set()).add(line.id)
    for rule in flow.across:
        if rule.rule == "ratio_cap":
            for round_id, here in by_round.items():
                yield shares.line_of_cap(_cap(connection, flow, rule, round_id, here, around.rounds[round_id].counts))


def _cap(
    connection: Connection, flow: Flow, rule: Across, round_id: int, here: set[int], figures: Mapping[str, int]
) -> shares.Cap:
    """Held against a figure of the round of that name, as the rule itself is; else those that passed, and these."""
    named = next((figures[name] for name in (rule.award, rule.id, flow.award) if name in figures), None)
    if named is not None:
        return shares.cap(rule, flow.award, figures, already=named, on_agenda=0)
    gone = {id_ for name in rule.at for id_ in crossing.passed(connection, round_id, flow.id, name)}
    return shares.cap(rule, flow.award, figures, already=len(gone - here), on_agenda=len(here))


# ── each line ────────────────────────────────────────────────────────────────────────────────────


def _findings(
    connection: Connection, waiting: Sequence[LineRow], lines: Mapping[int, Line],
    flows: Mapping[int, CompiledFlow], around: Around, on: date,
) -> dict[int, tuple[Found, ...]]:  # fmt: skip
    facts_of = FactsOf(around, on)
    given = _given(connection, [each.nomination_id for each in waiting])
    found: dict[int, tuple[Found, ...]] = {}
    for row in waiting:
        line = lines[row.nomination_id]
        flow = flows[line.flow_version_id].flow
        seen = across.findings(flow, facts_of(line), on)
        if seen:
            found[row.number] = tuple(
                Found(each.effect, each.reason, flow, given.get((line.id, each.reason.rule), "")) for each in seen
            )
    return found


def _given(connection: Connection, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The reason with which a warning was passed last, by nomination and rule."""
    found: dict[tuple[int, str], str] = {}
    for part in nominations.chunks(ids):
        query = select(_E.c.nomination_id, _E.c.data).where(_E.c.nomination_id.in_(part))
        for id_, data in connection.execute(query.order_by(_E.c.nomination_id, _E.c.version)):
            for each in _warnings(data):
                found[id_, each["rule"]] = each["reason"]
    return found


def _warnings(data: Any) -> list[dict[str, str]]:
    return list(data.get("warnings", ())) if isinstance(data, dict) else []
