"""Operations about dossiers: lists, one in full, why not, its history, and acts with their preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from definitions.flow import Flow, Language
from workflow.domain.reasons import Reason
from workflow.services import brought, dossier, looking, viewed_acts
from workflow.services.looking import Filter
from workflow.services.requests import ActReport, ActRequest, LineResult
from workflow.web.asking import Ask
from workflow.web.frame import Refused
from workflow.web.programs.house import field_told
from workflow.web.programs.operations import Operation
from workflow.web.programs.shapes import (
    ActAsked,
    ActTold,
    DeadlineTold,
    DocumentTold,
    EventTold,
    HistoryTold,
    LineTold,
    MailTold,
    NominationHead,
    NominationQuery,
    NominationsTold,
    NominationTold,
    NoQuery,
    OptionTold,
    ReasonTold,
    WhyTold,
)
from workflow.wording import role_label, sentence


def listed(ask: Ask, query: NominationQuery, _body: None) -> NominationsTold:
    inner = ask.me.inner
    wanted = Filter(
        unit=query.unit, round=query.round, award=query.award, flow=query.flow, text=query.text,
        state=query.state if inner else "", shown_state="" if inner else query.state,
        outcome=query.outcome if inner else "", sight=ask.me.sight,
    )  # fmt: skip
    found = looking.nominations_page(ask.desk, wanted, after=query.after, limit=query.limit)
    flows = looking.flows_of(ask.desk, {each.flow_version_id for each in found.rows})
    return NominationsTold(
        nominations=[NominationHead(**_head(ask, each, flows[each.flow_version_id])) for each in found.rows],
        next_after=found.next_after,
    )


def _head(ask: Ask, row: Any, flow: Flow) -> dict[str, Any]:
    """What is told of a dossier in a list: to units only what is released, and no version, which counts hidden acts."""
    inner = ask.me.inner
    name = row.state if inner else row.shown_state
    state = flow.states.get(name)
    label = name if state is None else (state.label if inner else state.unit).in_(ask.language)
    known = inner or row.state == row.shown_state
    return {
        "code": row.code, "name": row.name, "nominee": row.nominee, "flow": row.flow_id, "award": row.award,
        "kind": row.kind, "state": name, "state_label": label, "unit": row.unit, "round": row.round,
        "entered_on": row.entered_on if inner else None, "outcome": row.outcome if known else None,
        "version": row.version if inner else None,
    }  # fmt: skip


def shown(ask: Ask, _query: NoQuery, _body: None) -> NominationTold:
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    row = found.row
    place = {"unit": found.unit.code, "round": found.round.code}
    turn = found.turn.role
    return NominationTold(
        **{**_head(ask, SimpleNamespace(**row._mapping, **place), found.flow), "entered_on": found.turn.since},
        position=row.position,
        workplace=row.workplace,
        achievement=row.achievement,
        whose_turn=role_label(turn, ask.language) if turn else None,
        complete_on=row.complete_on,
        decision=found.decision.full_number if found.decision else None,
        deadlines=[
            DeadlineTold(
                name=each.deadline, label=looking.deadline_label(found.flow, each.deadline, ask.language),
                opened_on=each.opened_on, due_on=each.due_on, stopped_on=each.stopped_on, legal=each.legal,
            )
            for each in found.due
        ],
        documents=[
            DocumentTold(
                code=each.code, number=each.number, file_name=each.file_name, media_type=each.media_type,
                size=each.size, added_at=each.added_at,
            )
            for each in found.papers
        ],
    )  # fmt: skip


def why(ask: Ask, _query: NoQuery, _body: None) -> WhyTold:
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    return WhyTold(
        code=found.row.code,
        state=found.row.state if ask.me.inner else found.row.shown_state,
        version=found.version if ask.me.inner else None,
        transitions=[
            OptionTold(
                transition=each.transition.id, label=each.transition.label.in_(ask.language), possible=each.possible,
                fields=[] if each.others else [field_told(ask, one) for one in each.transition.fields],
                reasons=_reasons(each.reasons, ask.language, found.flow),
            )
            for each in found.choices
        ],
    )  # fmt: skip


def history(ask: Ask, _query: NoQuery, _body: None) -> HistoryTold:
    found = dossier.show(ask.desk, ask.me, ask.part("code"), ask.now)
    return HistoryTold(
        code=found.row.code,
        events=[
            EventTold(
                transition=each.transition.id if each.transition else None,
                label=each.transition.label.in_(ask.language) if each.transition else None,
                state=each.state.id if each.state else None, occurred_on=each.on, recorded_at=each.at, actor=each.by,
                on_behalf_of=each.on_behalf_of,
            )
            for each in found.timeline
        ],
    )  # fmt: skip


def _reasons(reasons: Iterable[Reason], language: Language, flow: Flow | None) -> list[ReasonTold]:
    return [
        ReasonTold(
            code=each.code, message=sentence(each, language, flow), menders=list(each.menders), from_on=each.from_on,
            override=each.rule if each.overridable else None,
        )
        for each in reasons
    ]  # fmt: skip


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────


def foreseen(ask: Ask, _query: NoQuery, body: ActAsked) -> ActTold:
    """What would happen; nothing is written."""
    request = _request(ask, body)
    return _act(ask, viewed_acts.foresee(ask.desk, ask.me, request, ask.now))


def done(ask: Ask, _query: NoQuery, body: ActAsked) -> ActTold:
    request = _request(ask, body)
    report = viewed_acts.perform(ask.desk, ask.me, request, ask.now, confirmed=body.confirmed)
    told = _act(ask, report)
    if report.act_id is None:
        only_rights = all(reason.code == "role" for each in report.results for reason in each.reasons)
        details = [{"at": each.code, "message": reason.message} for each in told.nominations for reason in each.reasons]
        raise Refused(403 if only_rights else 409, "programs.nothing_done", details)
    return told


def _request(ask: Ask, body: ActAsked) -> ActRequest:
    codes = [looking.canonical(each.code) for each in body.nominations]
    if len(set(codes)) != len(codes):
        raise Refused(422, "programs.wrong", [{"at": "nominations", "message": ask.say("programs.twice")}])
    transition = viewed_acts.transition_of(ask.desk, ask.me, codes, body.transition)
    if transition is None:
        raise Refused(422, "programs.no_transition", transition=body.transition)
    lines = zip(codes, body.nominations, strict=True)
    return ActRequest(
        actor=ask.me.person,
        transition=transition.id,
        codes=tuple(codes),
        request_key=f"api:{body.key}",
        fields=brought.typed(transition, _pairs(body.fields)),
        line_fields={code: brought.typed(transition, _pairs(each.fields)) for code, each in lines if each.fields},
        overrides=dict(body.overrides),
        expected={
            code: each.version for code, each in zip(codes, body.nominations, strict=True) if each.version is not None
        },
        occurred_on=body.occurred_on,
        all_or_nothing=body.all_or_nothing,
        backdating_reason=body.backdating_reason,
    )


def _pairs(fields: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Values of JSON as a person would type them, parts after a dot: one reading of values for every face."""
    found: list[tuple[str, str]] = []
    for name, value in fields.items():
        name = f"{before}{name}"
        if isinstance(value, Mapping):
            found += _pairs(value, f"{name}.")
        elif isinstance(value, list):
            found += [(name, _text(each)) for each in value]
        elif value is not None:
            found.append((name, _text(value)))
    return found


def _text(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def _act(ask: Ask, report: ActReport) -> ActTold:
    codes = [each.code for each in report.results]
    flows = viewed_acts.flows_of(ask.desk, ask.me, codes)
    return ActTold(
        act=report.act_id, transition=report.transition, done=report.done, refused=report.refused,
        replayed=report.replayed, deadlines_opened=report.deadlines_opened,
        mails=[
            MailTold(name=each.name, template=each.template, lines=each.lines, held=each.held)
            for each in (report.mails if ask.me.inner else ())
        ],
        nominations=[_line(ask, each, flows.get(each.code)) for each in report.results],
    )  # fmt: skip


def _line(ask: Ask, each: LineResult, flow: Flow | None) -> LineTold:
    return LineTold(
        code=each.code, done=each.done, state=each.to_state, version=each.version if ask.me.inner else None,
        reasons=_reasons(each.reasons, ask.language, flow),
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "get", "/nominations", "nominations", "Dossiers that the key's person may see", "read", "nomination.list",
        NominationsTold, listed, NominationQuery,
    ),
    Operation(
        "get", "/nominations/{code}", "nomination", "One dossier", "read", "nomination.show", NominationTold, shown,
    ),
    Operation(
        "get", "/nominations/{code}/why", "why", "Every act of its flow: possible, or all that stands in the way",
        "read", "nomination.show", WhyTold, why,
    ),
    Operation(
        "get", "/nominations/{code}/history", "history", "What has happened to it", "read", "nomination.show",
        HistoryTold, history,
    ),
    Operation(
        "post", "/acts/preview", "preview", "What an act would do", "act", "nomination.act", ActTold, foreseen,
        body=ActAsked, slow=True,
    ),
    Operation(
        "post", "/acts", "act", "An act on one or many dossiers; the same key again is answered again, not done again",
        "act", "nomination.act", ActTold, done, body=ActAsked, slow=True, also=(409,),
    ),
)  # fmt: skip
