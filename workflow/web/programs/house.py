"""Operations about whoever asks and about the house: flows in force, rounds, what happened since."""

from __future__ import annotations

from dataclasses import asdict

from definitions.flow import Field, Flow, State, Transition
from workflow.services import events, flows, looking, register
from workflow.web.asking import Ask
from workflow.web.programs.operations import Operation
from workflow.web.programs.shapes import (
    EventsQuery,
    EventsTold,
    FieldTold,
    FlowsTold,
    FlowTold,
    HappenedTold,
    Me,
    NoQuery,
    RoleTold,
    RoundsTold,
    RoundTold,
    StateTold,
    TransitionTold,
)
from workflow.wording import role_label


def me(ask: Ask, _query: NoQuery, _body: None) -> Me:
    held = ask.me.actor.held
    return Me(
        person=ask.me.person,
        name=ask.me.name,
        scopes=sorted(ask.scopes or ()),
        roles=[
            RoleTold(
                role=each.role, label=role_label(each.role, ask.language), scope_kind=each.scope_kind, scope=each.scope
            )
            for each in held
        ],
        units=list(ask.me.own_units),
    )  # fmt: skip


def flow_list(ask: Ask, _query: NoQuery, _body: None) -> FlowsTold:
    found = flows.in_force(ask.desk, ask.today)
    texts = looking.flows_of(ask.desk, {each.id for each in found.values()})
    return FlowsTold(
        flows=[
            FlowTold(
                id=each.flow_id, title=texts[each.id].title.in_(ask.language), award=each.award, kind=each.kind,
                level=each.level, version=each.label, number=each.number, valid_from=each.valid_from,
                valid_until=each.valid_until, states=_states(ask, texts[each.id]),
                transitions=[_transition(ask, one) for one in _acts(ask, texts[each.id])],
            )
            for each in sorted(found.values(), key=lambda each: each.flow_id)
        ]
    )  # fmt: skip


def _states(ask: Ask, flow: Flow) -> list[StateTold]:
    return [_state(ask, each) for each in flow.states.values()] if ask.me.inner else []


def _state(ask: Ask, state: State) -> StateTold:
    return StateTold(id=state.id, label=state.label.in_(ask.language), final=state.final, owner=state.owner)


def _acts(ask: Ask, flow: Flow) -> list[Transition]:
    return [each for each in flow.transitions.values() if ask.me.inner or not ask.me.roles.isdisjoint(each.by)]


def _transition(ask: Ask, each: Transition) -> TransitionTold:
    return TransitionTold(
        id=each.id, label=each.label.in_(ask.language), sources=list(each.sources) if ask.me.inner else [],
        by=list(each.by), fields=[field_told(ask, one) for one in each.fields],
    )  # fmt: skip


def field_told(ask: Ask, field: Field) -> FieldTold:
    """A field of an act in the words of whoever asks."""
    label = field.label.in_(ask.language) if field.label else field.name
    return FieldTold(
        name=field.name, type=field.type, label=label, per=field.per, required=field.required,
        choices=list(field.choices),
    )  # fmt: skip


def round_list(ask: Ask, _query: NoQuery, _body: None) -> RoundsTold:
    return RoundsTold(
        rounds=[
            RoundTold(
                code=each.code, title=each.title, year=each.year, opens_on=each.opens_on, closes_on=each.closes_on,
                closed=each.closed_at is not None, flows=list(each.flows), cutoffs=dict(each.cutoffs),
            )
            for each in register.rounds(ask.desk)
        ]
    )  # fmt: skip


def happened(ask: Ask, query: EventsQuery, _body: None) -> EventsTold:
    found = events.since(ask.desk, ask.me.sight, query.after, query.limit)
    return EventsTold(events=[HappenedTold(**asdict(each)) for each in found.events], next=found.next, more=found.more)


OPERATIONS = (
    Operation("get", "/me", "me", "Whose key this is, and what it is for", "read", "api", Me, me),
    Operation("get", "/flows", "flows", "Award flows in force today", "read", "api", FlowsTold, flow_list),
    Operation("get", "/rounds", "rounds", "Award rounds", "read", "api", RoundsTold, round_list),
    Operation(
        "get", "/events", "events", "What happened since a point, for dossiers the desk's words may be told of",
        "events", "api.events", EventsTold, happened, EventsQuery,
    ),
)  # fmt: skip
