"""What some acts do beside moving a line: decisions and their numbers, tasks, corrections, a change of award,
revocation of the line a revocation is about, extension of a limit, and the history that grows from decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from definitions.flow import Flow
from workflow.domain import capacities, deadlines, letters, reminding, vietnamese
from workflow.domain.decision import Decision
from workflow.domain.decisions import under
from workflow.domain.reasons import Reason, Refused
from workflow.services import moving
from workflow.services.desk import Desk
from workflow.services.judging import Gathered, Verdict
from workflow.services.mail_words import full_number
from workflow.services.moving import Move
from workflow.services.requests import ActReport, ActRequest, LineResult
from workflow.storage import indexing, limits
from workflow.storage.flows import Published, in_force
from workflow.storage.locking import in_turn
from workflow.storage.nominations import chunks
from workflow.storage.tables import Deadline, DecisionPaper, History, Nomination, Submission, Task


class SubjectRefused(Exception):
    """A revocation was decided, but the decision line it is about may not be revoked. Nothing was written."""

    def __init__(self, results: tuple[LineResult, ...]) -> None:
        super().__init__("; ".join(each.code for each in results))
        self.results = results


def issued(gathered: Gathered, request: ActRequest) -> Mapping[str, Any] | None:
    """The decision (number, symbol, issued_on, signer, capacity, post) that this act brings, if it issues one."""
    if not gathered.lines:
        return None
    transition = gathered.flow(gathered.lines[0]).transitions.get(request.transition)
    name = next((each.name for each in transition.fields if each.type == "decision"), None) if transition else None
    value = request.fields.get(name) if name else None
    return value if isinstance(value, Mapping) else None


def refuse_used_number(
    connection: Connection, gathered: Gathered, request: ActRequest, verdicts: tuple[Verdict, ...], *, lock: bool = True
) -> tuple[Verdict, ...]:
    """A number of one symbol and year stands for one decision only. `lock` is for who will give it out."""
    paper = issued(gathered, request)
    if paper is None or not isinstance(paper.get("issued_on"), date):
        return verdicts
    if lock:
        in_turn(connection, "decision")  # who gives a number sees the numbers given before
    table = DecisionPaper.__table__  # type: ignore[attr-defined]
    used = connection.execute(
        select(table.c.id).where(
            table.c.symbol == paper.get("symbol"),
            table.c.year == paper["issued_on"].year,
            table.c.number == paper.get("number"),
        )
    ).first()
    if used is None:
        return verdicts
    reason = Reason("number_used", {"number": full_number(paper), "year": paper["issued_on"].year}, ("clerk",))
    return tuple(_also(each, reason) for each in verdicts)


def _also(verdict: Verdict, reason: Reason) -> Verdict:
    reasons = verdict.outcome.reasons if isinstance(verdict.outcome, Refused) else ()
    return replace(verdict, outcome=Refused(verdict.outcome.transition, (*reasons, reason)))


# ── before the rows are written ──────────────────────────────────────────────────────────────────


def before(
    connection: Connection,
    desk: Desk,
    gathered: Gathered,
    request: ActRequest,
    moved: Sequence[Verdict],
    act_id: int,
    now: datetime,
) -> list[Move]:
    """The moves to write: with the decision they belong to, the version they are pinned to, the flow they change to."""
    paper_id = _paper(connection, gathered, request, moved, act_id)
    _name_letters(connection, gathered, request, moved)
    printed = _printed(connection, moved)
    moves = [
        moving.move(
            each,
            gathered,
            decision_id=paper_id,
            data=moving.data_of(each, gathered, request, printed.get(each.line.id, {})),
        )
        for each in moved
    ]
    if any(each.decision.pins for each in moves):
        moves = _pin(connection, desk, gathered, moved, moves)
    if any(each.decision.effect == "change_award" for each in moves):
        moves = _change_award(connection, gathered, moved, moves)
    return moves


def _paper(
    connection: Connection, gathered: Gathered, request: ActRequest, moved: Sequence[Verdict], act_id: int
) -> int | None:
    paper = issued(gathered, request)
    if paper is None:
        return None
    line = moved[0].line
    result = connection.execute(
        insert(DecisionPaper).values(
            symbol=str(paper["symbol"]), year=paper["issued_on"].year, number=paper["number"],
            full_number=full_number(paper), issued_on=paper["issued_on"], authority=gathered.flow(line).signer,
            signer=str(paper.get("signer") or ""), capacity=capacities.written(str(paper.get("capacity") or "")),
            award=line.award, kind=line.kind, act_id=act_id,
            revokes=str(paper.get("revokes", "")),
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    id_ = int(result.inserted_primary_key[0])
    indexing.add_number(connection, indexing.DECISION, id_, vietnamese.fold(full_number(paper)))
    return id_


def _name_letters(connection: Connection, gathered: Gathered, request: ActRequest, moved: Sequence[Verdict]) -> None:
    """A list that came before its letter had a number is of that letter once it is handed in under one.

    Where the unit's letter of that number is there already, both lists stay as they are.
    """
    number = request.fields.get("letter_no")
    sent = {
        each.line.submission_id
        for each in moved
        if "submitted" in gathered.flow(each.line).transitions[request.transition].marks
    }
    if not isinstance(number, str) or not number.strip() or len(sent) != 1:
        return
    (id_,) = sent
    table = Submission.__table__  # type: ignore[attr-defined]
    now = connection.execute(select(table).where(table.c.id == id_)).one()
    same = select(table.c.id).where(
        table.c.unit_id == now.unit_id, table.c.round_id == now.round_id, table.c.letter_number == number.strip()
    )
    if letters.has_number(now.letter_number) or connection.execute(same).first():
        return
    connection.execute(update(table).where(table.c.id == id_).values(letter_number=number.strip()[:80]))
    indexing.add_number(connection, indexing.LETTER, id_, vietnamese.fold(number))


def _pin(
    connection: Connection, desk: Desk, gathered: Gathered, moved: Sequence[Verdict], moves: list[Move]
) -> list[Move]:
    """A complete file fixes the flow version in force on that day, its limits included; a version that lacks the
    state is not taken."""
    valid = in_force(connection, gathered.on, {each.line.flow_id for each in moves})

    def other(each: Move) -> Published | None:
        version = valid.get(each.line.flow_id)
        return version if each.decision.pins and version is not None and version.id != each.flow_version_id else None

    changing = [each for each in moves if other(each) is not None]
    if not changing:
        return moves
    running = _running(connection, changing)
    pinned = []
    for verdict, each in zip(moved, moves, strict=True):
        version = other(each)
        if version is not None:
            flow = desk.flows.get(connection, version.id).flow
            if each.decision.to_state in flow.states:
                each = _moved_under(gathered, verdict, each, flow, version.id, running)
        pinned.append(each)
    return pinned


def _change_award(
    connection: Connection, gathered: Gathered, moved: Sequence[Verdict], moves: list[Move]
) -> list[Move]:
    """Another award for the same dossier: code, memory and complete day stay; limits begin under the new flow."""
    valid = in_force(connection, gathered.on)
    running = _running(connection, moves)
    changed = []
    for verdict, each in zip(moved, moves, strict=True):
        if each.decision.effect == "change_award":
            target = gathered.context.targets[str(each.decision.fields["to_flow"])].flow
            each = _moved_under(gathered, verdict, each, target, valid[target.id].id, running)
        changed.append(each)
    return changed


def _running(connection: Connection, moves: Sequence[Move]) -> dict[int, list[str]]:
    """Names of the open limits of each line."""
    found: dict[int, list[str]] = {}
    for limit in limits.open_of(connection, [each.line.id for each in moves]):
        found.setdefault(limit.nomination_id, []).append(limit.name)
    return found


def _moved_under(
    gathered: Gathered, verdict: Verdict, each: Move, flow: Flow, version_id: int, running: Mapping[int, list[str]]
) -> Move:
    decision = under(flow, verdict.facts, each.decision, running.get(each.line.id, ()), gathered.context)
    again = moving.move(replace(verdict, outcome=decision), gathered, decision_id=each.decision_id, data=each.data)
    return replace(again, flow=flow, flow_version_id=version_id)


# ── after ────────────────────────────────────────────────────────────────────────────────────────


def after(
    connection: Connection,
    desk: Desk,
    gathered: Gathered,
    request: ActRequest,
    moves: Sequence[Move],
    act_id: int,
    now: datetime,
    perform: Callable[[ActRequest], ActReport],
) -> None:
    """Tasks, extensions, corrections, revocations and history, in the same transaction.

    `perform` does one more act inside it: the revocation of a line is an act like any other.
    """
    for each in moves:
        if each.decision.task is not None:
            _task(connection, each)
        if each.decision.effect == "extend":
            _extend(connection, desk, each, now)
        if each.decision.effect == "correct":
            _correct(connection, each)
    if any(each.decision.effect == "revoke_subject" for each in moves):
        _revoke_subjects(connection, desk, request, moves, perform)
    paper = issued(gathered, request)
    if paper is not None:
        _grow_history(connection, gathered, moves, paper)
    if request.transition == "revoke":
        ids = [each.line.id for each in moves]
        connection.execute(update(History).where(col(History.nomination_id).in_(ids)).values(revoked_on=gathered.on))


def _task(connection: Connection, each: Move) -> None:
    change = each.decision.task
    assert change is not None
    if change.change == "open":
        due_on = next(
            (opened.due_on for opened in each.decision.deadlines_opened if opened.name == f"task.{change.task}"), None
        )
        for body in change.bodies:
            run = connection.execute(
                select(col(Task.run))
                .where(col(Task.nomination_id) == each.line.id, col(Task.task) == change.task, col(Task.body) == body)
                .order_by(col(Task.run).desc())
            ).scalar()
            connection.execute(
                insert(Task).values(
                    nomination_id=each.line.id, task=change.task, body=body, run=(run or 0) + 1,
                    opened_on=each.decision.occurred_on, due_on=due_on,
                )
            )  # fmt: skip
        return
    connection.execute(
        update(Task)
        .where(
            col(Task.nomination_id) == each.line.id, col(Task.task) == change.task,
            col(Task.body).in_(change.bodies), col(Task.closed_on).is_(None),
        )
        .values(closed_on=each.decision.occurred_on, reply=change.reply)
    )  # fmt: skip


def _extend(connection: Connection, desk: Desk, each: Move, now: datetime) -> None:
    """A later day for the limit of the state the dossier stands in, given by a person with a reason."""
    due_on = each.decision.fields["due_on"]
    name = f"state.{each.decision.to_state}"
    for limit in limits.open_of(connection, [each.line.id]):
        if limit.name == name:
            packed = reminding.unpack(limit.rule)
            next_at = reminding.next_reminder(packed.remind, packed.escalate, due_on, desk.calendar, now)
            text = deadlines.extended(limit.derivation, due_on, each.decision.occurred_on)
            limits.change(connection, limit, due_on=due_on, next_reminder_at=next_at, derivation=text)


CORRECTABLE = ("name", "position", "workplace")


def _printed(connection: Connection, moved: Sequence[Verdict]) -> dict[int, dict[str, str]]:
    """What stood on paper before a correction, by nomination id: only what the correction replaces."""
    decided = {each.line.id: each.outcome for each in moved if isinstance(each.outcome, Decision)}
    replaced = {
        id_: [name for name in CORRECTABLE if each.fields.get(name)]
        for id_, each in decided.items()
        if each.effect == "correct"
    }
    if not replaced:
        return {}
    table = Nomination.__table__  # type: ignore[attr-defined]
    columns = (table.c.id, *(table.c[name] for name in CORRECTABLE))
    rows = [
        row._mapping
        for part in chunks(sorted(replaced))
        for row in connection.execute(select(*columns).where(table.c.id.in_(part)))
    ]
    return {row["id"]: {name: row[name] for name in replaced[row["id"]]} for row in rows}


def _correct(connection: Connection, each: Move) -> None:
    """The printed name, post or workplace; what stood before is kept in the event."""
    values = {name: each.decision.fields[name] for name in CORRECTABLE if each.decision.fields.get(name)}
    if not values:
        return
    if "name" in values:
        values["name"] = vietnamese.clean_name(str(values["name"]))
        values["name_folded"] = vietnamese.fold(values["name"])
        key = vietnamese.person_sort_key if each.line.nominee == "individual" else vietnamese.sort_key
        values["sort_key"] = key(values["name"])
        indexing.rename(connection, each.line.id, values["name_folded"], values["sort_key"])
    connection.execute(update(Nomination).where(col(Nomination.id) == each.line.id).values(**values))


def _revoke_subjects(
    connection: Connection,
    desk: Desk,
    request: ActRequest,
    moves: Sequence[Move],
    perform: Callable[[ActRequest], ActReport],
) -> None:
    revoking = _revocation(connection, desk, request, [each.line.subject_id for each in moves])
    report = perform(revoking)
    if report.refused or len(revoking.codes) != len(moves):
        raise SubjectRefused(report.results)


def revocation(connection: Connection, desk: Desk, request: ActRequest, moved: Sequence[Verdict]) -> ActRequest | None:
    """The act on the subjects that these decisions would do inside theirs; None where they revoke nothing."""
    if not any(isinstance(each.outcome, Decision) and each.outcome.effect == "revoke_subject" for each in moved):
        return None
    return _revocation(connection, desk, request, [each.line.subject_id for each in moved])


def _revocation(connection: Connection, desk: Desk, request: ActRequest, subjects: Sequence[int | None]) -> ActRequest:
    ids = [each for each in subjects if each is not None]
    table = Nomination.__table__  # type: ignore[attr-defined]
    codes = [row[0] for row in connection.execute(select(table.c.code).where(table.c.id.in_(ids)).order_by(table.c.id))]
    fields = {name: value for name, value in request.fields.items() if not isinstance(value, Mapping)}
    return replace(
        request, transition="revoke", codes=tuple(codes), request_key=f"{request.request_key}:revoke",
        fields=_fields_of_revoke(connection, desk, ids[0], fields, request) if ids else {}, line_fields={},
        expected={}, all_or_nothing=True,
    )  # fmt: skip


def _fields_of_revoke(
    connection: Connection, desk: Desk, subject_id: int, fields: Mapping[str, Any], request: ActRequest
) -> dict[str, Any]:
    """Those fields of the revocation's decision that the subject's own `revoke` asks for, its number as text."""
    table = Nomination.__table__  # type: ignore[attr-defined]
    version = connection.execute(select(table.c.flow_version_id).where(table.c.id == subject_id)).scalar_one()
    transition = desk.flows.get(connection, version).flow.transitions.get("revoke")
    paper = next((each for each in request.fields.values() if isinstance(each, Mapping)), None)
    known = {**fields}
    if paper:
        known["revocation_no"] = full_number(paper)
        known["decision_no"] = full_number(paper)
    asked = {each.name for each in transition.fields} if transition else set()
    return {name: value for name, value in known.items() if name in asked}


def _grow_history(connection: Connection, gathered: Gathered, moves: Sequence[Move], paper: Mapping[str, Any]) -> None:
    """Who was given what, for later rounds' rules; a revocation gives nothing."""
    table = Nomination.__table__  # type: ignore[attr-defined]
    ids = [each.line.id for each in moves if each.flow.subject == "nominee"]
    columns = (table.c.id, table.c.person_id, table.c.name_folded, table.c.nominee, table.c.achievement_to)
    about = {row.id: row for row in connection.execute(select(*columns).where(table.c.id.in_(ids)))} if ids else {}
    rows = [
        dict(
            person_id=about[each.line.id].person_id, unit_code=gathered.around.units[each.line.unit_id].code,
            name_folded=about[each.line.id].name_folded, nominee=each.line.nominee, award=each.flow.award,
            kind=each.flow.kind, year=gathered.around.rounds[each.line.round_id].year, number=full_number(paper),
            decided_on=paper["issued_on"], achievement_to=about[each.line.id].achievement_to, source="decision",
            nomination_id=each.line.id, rating="",
        )
        for each in moves
        if each.line.id in about
    ]  # fmt: skip
    if rows:
        connection.execute(insert(History), rows)


__all__ = ["Deadline", "Decision", "SubjectRefused", "after", "before", "issued", "refuse_used_number"]
