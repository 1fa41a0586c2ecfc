"""One act, one transaction: a person fires a transition on one or many nominations.

Read, decide, then write everything (rows, events, deadlines, mails, audit) or nothing. No mail is
sent here; it is owed by the outbox row that commits with the act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from definitions.calendar import local_day
from notifications.columns import to_json
from notifications.prepared import Prepared
from notifications.tables import MAIL
from workflow.domain import audit
from workflow.domain.facts import Actor
from workflow.domain.memory import plain
from workflow.domain.notices import Letters
from workflow.domain.reasons import Reason, Refused
from workflow.services import effects, line_versions, mailing, moving
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict, find_acting, gather, judge, name_who_was_faster
from workflow.services.requests import ActReport, ActRequest, LineResult, MailPreview, reason_from, reason_to
from workflow.services.resting import collector_at_rest
from workflow.storage import chain
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.nominations import chunks
from workflow.storage.tables import Act, Event, Nomination


class KeyReused(ValueError):
    """This request key already stands for another act of the same person. Nothing was written."""


class FloodGuard(ValueError):
    """The act would send more mails than may go without a second confirmation. Nothing was written."""

    def __init__(self, mails: int, limit: int) -> None:
        super().__init__(f"{mails} mails, limit {limit}")
        self.mails = mails
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an act would do: its answer, what was decided for the lines that move, and its mails as they would be owed.

    `also` is the act that this one would do inside itself: the revocation of lines that revocations are about. Where
    one of those lines may not be revoked, nothing at all would be written.
    """

    report: ActReport
    gathered: Gathered
    moved: tuple[Verdict, ...]
    letters: Letters
    also: Foreseen | None = None

    @property
    def stuck(self) -> bool:
        return self.also is not None and self.also.report.refused > 0


def preview(desk: Desk, request: ActRequest, now: datetime) -> ActReport:
    """What would happen: which lines move, which not and why, which mails go to whom. Writes nothing."""
    with collector_at_rest(len(request.codes)), read(desk.engine) as connection:
        return foresee_in(connection, desk, request, now).report


def foresee_in(connection: Connection, desk: Desk, request: ActRequest, now: datetime) -> Foreseen:
    """What `perform_in` would do on this connection at this moment. Writes nothing and locks nothing."""
    gathered = gather(connection, desk, request, now, lock=False)
    verdicts = _all_or_nothing(request, judge(gathered, request), gathered)
    verdicts = effects.refuse_used_number(connection, gathered, request, verdicts, lock=False)
    verdicts = name_who_was_faster(connection, gathered, verdicts)
    moved = tuple(each for each in verdicts if not isinstance(each.outcome, Refused))
    letters = mailing.letters(connection, desk, gathered, request, moved, "preview", now)
    report = _report(None, request, gathered, verdicts, letters, sum(_opened(each) for each in moved))
    revocation = effects.revocation(connection, desk, request, moved)
    also = foresee_in(connection, desk, revocation, now) if revocation else None
    return Foreseen(report, gathered, moved, letters, also)


def perform(desk: Desk, request: ActRequest, now: datetime, *, confirmed: bool = True) -> ActReport:
    """Do it. Lines that may not move are refused with every reason; the others move (or none, on request).

    The same request key gives the same answer again without a second act. `confirmed` says that
    the person has seen how many mails go out. Raises `UnknownActor`, `KeyReused`, `FloodGuard`.
    """
    with collector_at_rest(len(request.codes)), write(desk.engine) as connection:
        return perform_in(connection, desk, request, now, confirmed=confirmed)


def perform_in(
    connection: Connection, desk: Desk, request: ActRequest, now: datetime, *, confirmed: bool = True
) -> ActReport:
    """`perform` inside a transaction that the caller began and will end."""
    # Of two requests under one key at the same moment the second waits for the first, and then finds its answer.
    in_turn(connection, f"request {request.actor} {request.key}")
    actor = find_acting(connection, request, local_day(now))
    earlier = _earlier(connection, request, actor)
    if earlier is not None:
        return earlier
    gathered = gather(connection, desk, request, now, lock=True, actor=actor)
    verdicts = _all_or_nothing(request, judge(gathered, request), gathered)
    verdicts = effects.refuse_used_number(connection, gathered, request, verdicts)
    verdicts = name_who_was_faster(connection, gathered, verdicts)
    moved = [each for each in verdicts if not isinstance(each.outcome, Refused)]
    if not moved:
        return _report(None, request, gathered, verdicts, mailing.NOTHING, 0)
    return _write(connection, desk, request, now, gathered, verdicts, moved, confirmed)


def _write(
    connection: Connection,
    desk: Desk,
    request: ActRequest,
    now: datetime,
    gathered: Gathered,
    verdicts: Sequence[Verdict],
    moved: list[Verdict],
    confirmed: bool,
) -> ActReport:
    act_id = _insert_act(connection, request, gathered, verdicts, now)
    moves = effects.before(connection, desk, gathered, request, moved, act_id, now)
    moving.write(connection, desk, gathered, moves, act_id, now)
    line_versions.keep(connection, moves, act_id, now)
    effects.after(
        connection, desk, gathered, request, moves, act_id, now,
        lambda another: perform_in(connection, desk, another, now, confirmed=True),
    )  # fmt: skip
    letters = mailing.letters(connection, desk, gathered, request, moved, f"act:{act_id}", now)
    if not confirmed and len(letters.requests) > desk.flood_guard:
        raise FloodGuard(len(letters.requests), desk.flood_guard)
    mailing.post(connection, desk, letters, moved, now)
    report = _report(act_id, request, gathered, verdicts, letters, sum(_opened(each) for each in moved))
    _keep(connection, report)
    _record(connection, desk, request, gathered, moved, act_id, now)
    return report


# ── the act's own row ────────────────────────────────────────────────────────────────────────────


class Kept(NamedTuple):
    """What an act kept of its answer."""

    id: int
    command_sha256: str
    transition: str
    report: Mapping[str, Any]


_ACT: Table = Act.__table__  # type: ignore[attr-defined]
_NEW_ACT = Prepared(
    insert(_ACT).values({each.name: bindparam(each.name) for each in _ACT.c if each.name != "id"}).returning(_ACT.c.id)
)
_KEEP_REPORT = Prepared(
    update(_ACT).where(_ACT.c.id == bindparam("act")).values(report=bindparam("kept", type_=_ACT.c.report.type))
)
_EARLIER = Prepared(
    select(*(_ACT.c[name] for name in Kept._fields)).where(
        _ACT.c.actor == bindparam("person"), _ACT.c.request_key == bindparam("key")
    ),
    Kept,
)


def _insert_act(
    connection: Connection, request: ActRequest, gathered: Gathered, verdicts: Sequence[Verdict], now: datetime
) -> int:
    refused = sum(isinstance(each.outcome, Refused) for each in verdicts)
    backdating = {"backdating_reason": request.backdating_reason} if request.backdating_reason else {}
    ((act_id,),) = _NEW_ACT.all(
        connection,
        actor=gathered.actor.person,
        actor_name=gathered.actor.name,
        on_behalf_of=request.on_behalf_of,
        os_user=request.os_user,
        request_key=request.key,
        command_sha256=request.digest(),
        transition=request.transition,
        recorded_at=now,
        occurred_on=gathered.on,
        fields=plain({**request.fields, **backdating}),
        done=len(verdicts) - refused,
        refused=refused + len(gathered.unknown),
        report={},
    )
    return int(act_id)


def _keep(connection: Connection, report: ActReport) -> None:
    """The answer, so that the same request gets it again. What events and mails hold already is not kept twice."""
    lines = {
        each.code: {"state": each.from_state, "version": each.version, "reasons": [reason_to(r) for r in each.reasons]}
        for each in report.results
        if not each.done
    }
    hints = {each.code: [reason_to(r) for r in each.hints] for each in report.results if each.hints}
    kept = {
        "codes": [each.code for each in report.results], "refused": lines, "hints": hints,
        "unaddressed": plain(report.unaddressed), "deadlines_opened": report.deadlines_opened,
    }  # fmt: skip
    _KEEP_REPORT.run(connection, {"act": report.act_id, "kept": kept})


def _record(
    connection: Connection,
    desk: Desk,
    request: ActRequest,
    gathered: Gathered,
    moved: Sequence[Verdict],
    act_id: int,
    now: datetime,
) -> None:
    """The act's one entry in the audit chain, its head taken last."""
    entered_for = {"on_behalf_of": (desk.entropy(16), to_json(request.on_behalf_of))} if request.on_behalf_of else {}
    lines = ((each.line.id, each.line.version + 1, each.outcome.from_state, each.outcome.to_state) for each in moved)  # type: ignore[union-attr]
    chain.append(
        connection,
        kind="act",
        payload={
            "act": act_id,
            "transition": request.transition,
            "occurred_on": gathered.on.isoformat(),
            "done": len(moved),
            "lines": audit.digest_of_lines(lines),
        },
        secrets={
            "actor": (desk.entropy(16), to_json([gathered.actor.person, gathered.actor.name, request.os_user])),
            "fields": (desk.entropy(16), to_json(plain({"act": request.fields, "lines": request.line_fields}))),
            **entered_for,
        },
        now=now,
    )


# ── the same request again ───────────────────────────────────────────────────────────────────────


def _earlier(connection: Connection, request: ActRequest, actor: Actor) -> ActReport | None:
    """The answer already given to this request key, if any."""
    row = _EARLIER.first(connection, person=actor.person, key=request.key)
    if row is None:
        return None
    if row.command_sha256 != request.digest():
        raise KeyReused(request.request_key)
    return replace(_replay(connection, row), replayed=True)


def _replay(connection: Connection, act: Kept) -> ActReport:
    kept = act.report
    results = _done(connection, act.id, kept["hints"])
    table = Nomination.__table__  # type: ignore[attr-defined]
    names: dict[str, str] = {}
    for part in chunks(sorted(kept["refused"])):
        query = select(table.c.code, table.c.name).where(table.c.code.in_(part))
        names.update((row.code, row.name) for row in connection.execute(query))
    for code, each in kept["refused"].items():
        reasons = tuple(reason_from(reason) for reason in each["reasons"])
        state = each["state"]
        results[code] = LineResult(code, False, state, state, each["version"], names.get(code, ""), reasons)
    return ActReport(
        act.id,
        act.transition,
        tuple(results[code] for code in kept["codes"]),
        _mails_of(connection, act.id),
        tuple((word, code) for word, code in kept["unaddressed"]),
        kept["deadlines_opened"],
    )


def _done(connection: Connection, act_id: int, hints: Mapping[str, Any]) -> dict[str, LineResult]:
    event, nomination = Event.__table__, Nomination.__table__  # type: ignore[attr-defined]
    query = (
        select(nomination.c.code, nomination.c.name, event.c.from_state, event.c.to_state, event.c.version)
        .join(nomination, nomination.c.id == event.c.nomination_id)
        .where(event.c.act_id == act_id)
    )
    return {
        row.code: LineResult(
            row.code, True, row.from_state, row.to_state, row.version, row.name, (),
            tuple(reason_from(each) for each in hints.get(row.code, ())),
        )
        for row in connection.execute(query)
    }  # fmt: skip


def _mails_of(connection: Connection, act_id: int) -> tuple[MailPreview, ...]:
    """The mails of an act: its cause, or its cause and a hold; not what was split off or sent again later."""
    cause = f"act:{act_id}"
    query = (
        select(MAIL.c.address, MAIL.c.name, MAIL.c.template, MAIL.c.line_count, MAIL.c.cause)
        .where((MAIL.c.cause == cause) | MAIL.c.cause.startswith(f"{cause}:", autoescape=True))
        .where(~MAIL.c.cause.contains("~", autoescape=True))
        .order_by(MAIL.c.id)
    )
    return tuple(MailPreview(*row[:4], held=row.cause != cause) for row in connection.execute(query))


# ── the answer ───────────────────────────────────────────────────────────────────────────────────


def _all_or_nothing(request: ActRequest, verdicts: tuple[Verdict, ...], gathered: Gathered) -> tuple[Verdict, ...]:
    """With `all_or_nothing`, one refused or unknown line holds the others back too."""
    stuck = [each for each in verdicts if isinstance(each.outcome, Refused)]
    if not request.all_or_nothing or not (stuck or gathered.unknown):
        return verdicts
    held = Refused(request.transition, (Reason("held_back", {"refused": len(stuck) + len(gathered.unknown)}),))
    return tuple(each if isinstance(each.outcome, Refused) else replace(each, outcome=held) for each in verdicts)


def _unknown(code: str) -> LineResult:
    return LineResult(code, False, reasons=(Reason("unknown_code", {"code": code}),))


def _opened(verdict: Verdict) -> int:
    return 0 if isinstance(verdict.outcome, Refused) else len(verdict.outcome.deadlines_opened)


def _report(
    act_id: int | None,
    request: ActRequest,
    gathered: Gathered,
    verdicts: Sequence[Verdict],
    letters: Letters,
    opened: int,
) -> ActReport:
    results = {each.line.code: _result(each) for each in verdicts}
    results.update({code: _unknown(code) for code in gathered.unknown})
    return ActReport(
        act_id,
        request.transition,
        tuple(results[code] for code in dict.fromkeys(request.codes)),
        tuple(
            MailPreview(each.address, each.name, each.template, len(each.lines), each.hold is not None)
            for each in letters.requests
        ),
        letters.unaddressed,
        opened,
    )


def _result(verdict: Verdict) -> LineResult:
    line, outcome = verdict.line, verdict.outcome
    if isinstance(outcome, Refused):
        return LineResult(line.code, False, line.state, line.state, line.version, line.name, outcome.reasons)
    return LineResult(
        line.code, True, outcome.from_state, outcome.to_state, line.version + 1, line.name, (), outcome.hints
    )


__all__ = ["ActReport", "FloodGuard", "KeyReused", "perform", "perform_in", "preview"]
