"""Sessions of a council: planned, given an agenda, opened with their roll, cancelled.

Votes are cast in `balloting`, counted and closed in `closing`.

A session moves no dossier by itself: it fires the acts that the flows have for it, one act for all lines of a kind, so
that every right, requirement, mail and deadline of a flow holds as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert

from definitions.calendar import local_day
from definitions.flow import Transition
from workflow.domain import vietnamese
from workflow.domain.councils import BODIES, BodyActs, body_acts, chairs, entitled, hour_as_kept, hour_of, rule_to
from workflow.domain.facts import Actor
from workflow.domain.reasons import Reason
from workflow.domain.recusing import recusals
from workflow.services import acts, councils
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.services.register import note
from workflow.services.requests import ActReport, ActRequest, LineResult
from workflow.storage import council as rows, nominations
from workflow.storage.agenda import renumber
from workflow.storage.council import LineRow, MemberRow, SessionRow
from workflow.storage.database import write
from workflow.storage.nominations import Line
from workflow.storage.tables_council import CouncilSession

FORMS = ("meeting", "written", "mixed")
WAYS = ("online", "paper")
ATTENDANCES = ("unknown", "present", "absent", "wrote")
MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session as it is planned. `ballots`: cast online, or on paper and counted by tellers."""

    code: str
    council: str
    title: str
    held_on: date
    body: str = "council"
    form: str = "meeting"
    ballots: str = "online"
    held_time: str = ""
    place: str = ""
    answers_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of lines: numbers of those that went their way, and every reason of the others."""

    done: tuple[int, ...]
    refused: tuple[LineResult, ...]
    reports: tuple[ActReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """A session as it stands inside a transaction: its row, who may vote, its lines with the acts of their flows."""

    row: SessionRow
    members: tuple[MemberRow, ...]
    lines: tuple[LineRow, ...]
    acts: Mapping[int, BodyActs | None]
    """By flow version."""

    def latest(self) -> list[LineRow]:
        """Each nomination's last line: a vote taken again stands for the one before."""
        return list({line.number: line for line in self.lines}.values())


# ── planning ─────────────────────────────────────────────────────────────────────────────────────


def plan(desk: Desk, entry: SessionEntry, actor: str, now: datetime) -> None:
    """Plan a session. Raises CouncilError for what cannot be, UnknownActor."""
    with write(desk.engine) as connection:
        council = councils.known(connection, entry.council)
        who = councils.running(
            connection, actor, council.kind, council.unit, council.cluster, local_day(now), only_prepares=True
        )
        entry = replace(entry, held_time=hour_as_kept(entry.held_time))
        _check(entry, council.kind)
        if rows.session(connection, entry.code) is not None:
            raise CouncilError("session_exists", session=entry.code)
        connection.execute(
            insert(CouncilSession).values(
                code=entry.code, council_id=council.id, body=entry.body, title=vietnamese.nfc(entry.title.strip()),
                form=entry.form, ballots=entry.ballots, held_on=entry.held_on, held_time=entry.held_time,
                place=vietnamese.nfc(entry.place.strip()), answers_due_on=entry.answers_due_on, made_at=now,
                made_by=who.person,
            )
        )  # fmt: skip
        note(connection, desk, "session", {"session": entry.code, "council": entry.council}, who.person, now)


def change(desk: Desk, code: str, changes: Mapping[str, Any], actor: str, now: datetime) -> None:
    """Another day, place, title, form or last day for answers. What is open keeps its form. Raises CouncilError."""
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now, only_prepares=True)
        row = agenda.row
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        if "held_time" in changes:
            changes = {**changes, "held_time": hour_as_kept(changes["held_time"])}
        asked = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if row.state == "open" and set(asked) - {"place", "held_time", "title", "answers_due_on"}:
            raise CouncilError("session_is_open", session=code)
        entry = SessionEntry(
            row.code, row.council, row.title, row.held_on, row.body, row.form, row.ballots, row.held_time, row.place,
            row.answers_due_on,
        )  # fmt: skip
        _check(replace(entry, **asked), row.kind)
        if asked:
            rows.change_session(connection, row.id, **asked)
            note(connection, desk, "session_changed", {"session": code, "what": sorted(asked)}, who.person, now)


def _check(entry: SessionEntry, kind: str) -> None:
    if not entry.code.strip() or len(entry.code) > 40 or "/" in entry.code or not entry.code.isprintable():
        raise CouncilError("session_code", code=entry.code[:60])
    if not entry.title.strip():
        raise CouncilError("session_title")
    try:
        hour_of(entry.held_time)
    except ValueError:
        raise CouncilError("session_time", time=entry.held_time[:40]) from None
    if entry.body not in BODIES or councils.kind_of(entry.body) != kind:
        raise CouncilError("session_body", kind=kind)
    if entry.form not in FORMS or entry.ballots not in WAYS:
        raise CouncilError("session_form", forms=FORMS, ways=WAYS)
    if entry.form == "written" and entry.ballots == "paper" and entry.answers_due_on is None:
        raise CouncilError("session_due")
    if entry.form != "meeting" and entry.answers_due_on is None:
        raise CouncilError("session_due")
    if entry.answers_due_on is not None and entry.answers_due_on < entry.held_on:
        raise CouncilError("session_due_before", held_on=entry.held_on, due_on=entry.answers_due_on)


def cancel(desk: Desk, code: str, reason: str, actor: str, now: datetime) -> None:
    """A planned session does not take place; its lines wait for another. Raises CouncilError."""
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        if agenda.row.state != "planned":
            raise CouncilError("session_not_planned", session=code, state=agenda.row.state)
        if len(reason.strip()) < 5:
            raise CouncilError("reason_missing")
        rows.change_lines(connection, [line.id for line in agenda.lines if line.state == "tabled"], state="taken_off")
        rows.change_session(connection, agenda.row.id, state="cancelled", cancel_reason=vietnamese.nfc(reason.strip()))
        note(connection, desk, "session_cancelled", {"session": code}, who.person, now)


# ── the agenda ───────────────────────────────────────────────────────────────────────────────────


def table(
    desk: Desk,
    code: str,
    codes: Sequence[str],
    actor: str,
    request_key: str,
    now: datetime,
    overrides: Mapping[str, str] | None = None,
) -> Outcome:
    """Put nominations on the agenda, each with the act of its flow that does so; who waits already is only listed.

    `overrides` gives a reason for each warning, by rule id. Numbers follow the order given. One that cannot is left out
    with its reasons; the others are put on. Raises CouncilError, UnknownActor.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now, only_prepares=True)
        row = agenda.row
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        if len(agenda.lines) + len(set(codes)) > MOST_LINES:
            raise CouncilError("agenda_full", most=MOST_LINES)
        sorted_ = sort_out(connection, desk, agenda, codes, lock=True)
        wanted, listed, refused = sorted_.wanted, sorted_.listed, list(sorted_.refused)
        reports = [
            acts.perform_in(connection, desk, each, now)
            for each in requests(sorted_.ready, sorted_.tabling, who, request_key, announced(row), overrides)
        ]
        done = {each.code for report in reports for each in report.results if each.done}
        refused += [each for report in reports for each in report.results if not each.done]
        added = [each for each in wanted if each in listed or each.code in done]
        numbers = _number(connection, agenda, added)
        if added:
            note(connection, desk, "agenda", {"session": code, "lines": len(added)}, who.person, now)
    return Outcome(tuple(numbers), tuple(refused), tuple(reports))


@dataclass(frozen=True, slots=True)
class Sorted:
    """Nominations that somebody wants on an agenda: `ready` for the act that puts them there, `listed` since they wait
    for their vote already, `refused` with reasons."""

    wanted: tuple[Line, ...]
    ready: tuple[Line, ...]
    listed: tuple[Line, ...]
    refused: tuple[LineResult, ...]
    tabling: Mapping[int, Transition | None]
    """The act for each of those that are ready, by nomination."""


def sort_out(connection: Connection, desk: Desk, agenda: Agenda, codes: Sequence[str], *, lock: bool = False) -> Sorted:
    """What can become of these codes on this agenda."""
    row = agenda.row
    found = _of_this_council(connection, row, codes, lock)
    wanted = [found[each] for each in dict.fromkeys(codes) if each in found]
    refused = [_refused(each, "unknown_code", given=each) for each in dict.fromkeys(codes) if each not in found]
    elsewhere = rows.waiting_elsewhere(connection, [each.id for each in wanted], row.id)
    here = {line.nomination_id for line in agenda.latest() if line.state in ("tabled", "open")}
    acts_of = _acts_of(connection, desk, row.body, wanted)
    ready: list[Line] = []
    listed: list[Line] = []
    for each in wanted:
        stage = acts_of[each.flow_version_id]
        where = stage.stage(each.state) if stage else None
        if each.id in here:
            refused.append(_refused(each.code, "on_this_agenda", line=each))
        elif each.id in elsewhere:
            refused.append(_refused(each.code, "on_another_agenda", line=each, session=elsewhere[each.id]))
        elif stage is None:
            refused.append(_refused(each.code, "no_vote_of_this_body", line=each))
        elif where is None:
            refused.append(_refused(each.code, "not_ready_for_vote", line=each))
        else:
            (ready if where == "ready" else listed).append(each)
    tabling = {each.id: stage.table for each in ready if (stage := acts_of[each.flow_version_id]) is not None}
    return Sorted(tuple(wanted), tuple(ready), tuple(listed), tuple(refused), tabling)


def _of_this_council(connection: Connection, row: SessionRow, codes: Sequence[str], lock: bool) -> dict[str, Line]:
    """The nominations with these codes; what is none of this council's business is as one that there is not."""
    found = nominations.lines_by_code(connection, codes, lock=lock)
    units = councils.covered(connection, row.unit, row.cluster)
    return {code: line for code, line in found.items() if units is None or line.unit_id in units}


def _number(connection: Connection, agenda: Agenda, added: Sequence[Line]) -> list[int]:
    """New lines behind those that are there; one that was taken off comes back under its own number."""
    before = {line.nomination_id: line for line in agenda.latest()}
    last = max((line.number for line in agenda.lines), default=0)
    back = [before[each.id] for each in added if each.id in before]
    rows.change_lines(connection, [line.id for line in back if line.state == "taken_off"], state="tabled")
    new = [each for each in added if each.id not in before]
    again = [
        (line.number, line.attempt + 1, line.nomination_id, line.award) for line in back if line.state == "decided"
    ]
    fresh = [(last + at, 1, each.id, each.award) for at, each in enumerate(new, 1)]
    rows.add_lines(connection, agenda.row.id, [*again, *fresh])
    return [line.number for line in back] + [number for number, *_ in fresh]


def announced(row: SessionRow) -> dict[str, Any]:
    """What an act that puts a line on the agenda may ask for, by the names of its fields."""
    known: dict[str, Any] = {"session": row.title, "session_on": row.held_on, "due_on": row.answers_due_on}
    return {name: value for name, value in known.items() if value is not None}


def take_off(desk: Desk, code: str, numbers: Collection[int], reason: str, actor: str, now: datetime) -> int:
    """Take lines off the agenda before their vote is decided; they wait for another session. Returns how many.

    Ballots already cast on them count for nothing. Raises CouncilError.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        if len(reason.strip()) < 5:
            raise CouncilError("reason_missing")
        chosen = [line for line in agenda.latest() if line.number in set(numbers) and line.state in ("tabled", "open")]
        if len(chosen) != len(set(numbers)):
            raise CouncilError("line_decided", lines=_missing(numbers, chosen))
        rows.empty_box(connection, [line.id for line in chosen])
        rows.change_lines(connection, [line.id for line in chosen], state="taken_off", note=vietnamese.nfc(reason))
        payload = {"session": code, "lines": sorted(line.number for line in chosen)}
        note(connection, desk, "taken_off", payload, who.person, now)
    return len(chosen)


def arrange(desk: Desk, code: str, order: Sequence[int], actor: str, now: datetime) -> int:
    """Number the lines of a planned session anew, in this order; lines that it leaves out follow as they stood.

    Returns how many have another number now. Raises CouncilError once the vote is open: a number then names a ballot.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now, only_prepares=True)
        if agenda.row.state == "open":
            raise CouncilError("session_is_open", session=code)
        if agenda.row.state != "planned":
            raise CouncilError("session_over", session=code, state=agenda.row.state)
        by_number = {line.number: line for line in agenda.lines}
        unknown = tuple(sorted(set(order) - set(by_number)))
        if unknown:
            raise CouncilError("line_decided", lines=unknown)
        wanted = list(dict.fromkeys([*order, *by_number]))
        moved = {by_number[old].id: new for new, old in enumerate(wanted, 1) if new != old}
        renumber(connection, agenda.row.id, moved)
        if moved:
            note(connection, desk, "arranged", {"session": code, "lines": len(moved)}, who.person, now)
    return len(moved)


def _missing(numbers: Collection[int], chosen: Sequence[LineRow]) -> tuple[int, ...]:
    return tuple(sorted(set(numbers) - {line.number for line in chosen}))


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def open_(desk: Desk, code: str, actor: str, request_key: str, now: datetime) -> Outcome:
    """Open the vote on every line that waits, with the opening acts of their flows, and fix who may vote.

    The roll of members is that of today and stays as it is, also for lines opened later. A line that cannot be opened
    stays on the agenda with its reasons. Raises CouncilError (no members, no chair where a rule needs one, nothing to
    open), UnknownActor.
    """
    today = local_day(now)
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        row = agenda.row
        if row.state not in ("planned", "open"):
            raise CouncilError("session_over", session=code, state=row.state)
        waiting = openable(connection, agenda, lock=True)
        members = agenda.members or _fix_members(connection, agenda, today)
        opened, refused, to_open = list(waiting.opened), list(waiting.refused), waiting.to_open
        _need_a_chair(agenda, members, [*opened, *to_open.values()])
        reports = [
            acts.perform_in(connection, desk, each, now)
            for each in requests(waiting.lines, waiting.opening, who, request_key)
        ]
        for report in reports:
            opened += [to_open[each.code] for each in report.results if each.done]
            refused += [each for each in report.results if not each.done]
        if not opened:
            raise CouncilError("nothing_opened", session=code, reasons=tuple(refused))
        _open_lines(connection, agenda, opened, members)
        if row.state == "planned":
            rows.change_session(connection, row.id, state="open", opened_at=now)
        payload = {"session": code, "lines": len(opened), "members": len(members)}
        note(connection, desk, "vote_opened", payload, who.person, now)
    return Outcome(tuple(sorted(line.number for line in opened)), tuple(refused), tuple(reports))


@dataclass(frozen=True, slots=True)
class Openable:
    """Lines that wait for their vote: `opened` need no act for it, `to_open` (by code) have theirs in `opening`, by
    nomination; `refused` cannot be opened."""

    opened: tuple[LineRow, ...]
    to_open: Mapping[str, LineRow]
    lines: tuple[Line, ...]
    opening: Mapping[int, Transition | None]
    refused: tuple[LineResult, ...]


def openable(connection: Connection, agenda: Agenda, *, lock: bool = False) -> Openable:
    """What can become of the lines that wait on this agenda. Raises CouncilError where none does."""
    waiting = [line for line in agenda.latest() if line.state == "tabled"]
    if not waiting:
        raise CouncilError("nothing_to_open", session=agenda.row.code)
    found = nominations.lines_by_code(connection, [line.code for line in waiting], lock=lock)
    opened: list[LineRow] = []
    to_open: dict[str, LineRow] = {}
    opening: dict[int, Transition | None] = {}
    refused: list[LineResult] = []
    for line in waiting:
        acts_ = agenda.acts[line.flow_version_id]
        stage = acts_.stage(found[line.code].state) if acts_ else None
        if acts_ is None or stage is None or stage == "ready":
            refused.append(_refused(line.code, "not_ready_for_vote", line=found[line.code]))
        elif stage == "voting":
            opened.append(line)
        else:
            to_open[line.code] = line
            opening[found[line.code].id] = acts_.open
    return Openable(tuple(opened), to_open, tuple(found[each] for each in to_open), opening, tuple(refused))


def _fix_members(connection: Connection, agenda: Agenda, today: date) -> tuple[MemberRow, ...]:
    row = agenda.row
    seats = entitled(rows.seats(connection, row.council_id), row.body, today)  # type: ignore[arg-type]
    if not seats:
        raise CouncilError("no_members", council=row.council, on=today)
    ids = councils.people_ids(connection, [each.person for each in seats])
    rows.add_members(connection, row.id, [(ids[each.person], each.post) for each in seats if each.person in ids])
    return tuple(rows.members(connection, row.id))


def _need_a_chair(agenda: Agenda, members: Sequence[MemberRow], lines: Sequence[LineRow]) -> None:
    """A rule that listens to the chair needs exactly one among those who vote."""
    rules = [each.vote for line in lines if (each := agenda.acts[line.flow_version_id]) is not None]
    wanted = any(rule.chair_must_agree or rule.tie == "chair_decides" for rule in rules)
    if wanted and chairs(members) != 1:  # type: ignore[arg-type]
        raise CouncilError("chair_missing", council=agenda.row.council)


def _open_lines(
    connection: Connection, agenda: Agenda, opened: Sequence[LineRow], members: Sequence[MemberRow]
) -> None:
    """Fix each line's rule, and who steps aside: the nominee always, people of his unit where the rule says so."""
    by_version: dict[int, list[LineRow]] = {}
    for line in opened:
        by_version.setdefault(line.flow_version_id, []).append(line)
    ids = {each.person: each.person_id for each in members}
    keys = {each.person_id: each.person for each in members}
    units = rows.own_units(connection, list(keys))
    own_units = {key: {units[id_]} for key, id_ in ids.items()}
    aside: list[tuple[int, int, str, str]] = []
    for version, lines in by_version.items():
        found = agenda.acts[version]
        assert found is not None  # narrows the type; only such lines are opened
        rows.change_lines(connection, [line.id for line in lines], state="open", rule=rule_to(found.vote))
        for line in lines:
            stepping = recusals(
                ids, nominee=keys.get(line.person_id or 0), unit=line.unit, own_units=own_units, declared={},
                of_own_unit=found.vote.recusal != "none",
            )  # fmt: skip
            aside += [(line.id, ids[each.person], each.cause, each.note) for each in stepping]
    rows.add_recusals(connection, aside)


# ── who came, who steps aside ────────────────────────────────────────────────────────────────────


def attend(
    desk: Desk, code: str, marks: Mapping[str, str], actor: str, now: datetime, notes: Mapping[str, str] | None = None
) -> int:
    """Mark members as present, absent, or as having answered by letter (`wrote`); returns how many.

    Somebody who cast a ballot online cannot have answered by letter too. Raises CouncilError.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        if agenda.row.state != "open":
            raise CouncilError("session_not_open", session=code, state=agenda.row.state)
        still_polling(agenda)
        by_key = {each.person: each for each in agenda.members}
        voted = {person for people in rows.roll(connection, _open_ids(agenda)).values() for person in people}
        for person, mark in marks.items():
            member = by_key.get(person)
            if member is None:
                raise CouncilError("not_a_member", person=person)
            if mark not in ATTENDANCES:
                raise CouncilError("attendance_mark", mark=mark, marks=ATTENDANCES)
            if mark == "wrote" and member.person_id in voted:
                raise CouncilError("voted_online", person=member.name)
            words = vietnamese.nfc((notes or {}).get(person, member.note))[:300]
            rows.set_attendance(connection, agenda.row.id, member.person_id, mark, words)
        note(connection, desk, "attendance", {"session": code, "marks": len(marks)}, who.person, now)
    return len(marks)


def recuse(desk: Desk, code: str, person: str, numbers: Collection[int], words: str, actor: str, now: datetime) -> int:
    """A member steps aside on these open lines before he has voted on them; he may say so himself. Returns how many.

    Raises CouncilError (not a member, already voted, decided).
    """
    with write(desk.engine) as connection:
        agenda, _ = read_locked(connection, desk, code)
        who = find_actor(connection, actor, local_day(now))
        member = next((each for each in agenda.members if each.person == person), None)
        if member is None:
            raise CouncilError("not_a_member", person=person)
        if who.person != member.person and not councils.runs(who, agenda.row.kind, agenda.row.unit, agenda.row.cluster):
            raise CouncilError("not_running", needed=councils.RUNS[agenda.row.kind])
        chosen = [line for line in agenda.latest() if line.number in set(numbers) and line.state == "open"]
        if len(chosen) != len(set(numbers)):
            raise CouncilError("line_decided", lines=_missing(numbers, chosen))
        still_polling(agenda)
        voted = rows.roll(connection, [line.id for line in chosen])
        late = tuple(line.number for line in chosen if member.person_id in voted.get(line.id, ()))
        if late:
            raise CouncilError("already_voted", lines=late)
        aside = rows.recusals(connection, agenda.row.id)
        new = [line for line in chosen if member.person_id not in aside.get(line.id, {})]
        text = vietnamese.nfc(words.strip())[:300]
        rows.add_recusals(connection, [(line.id, member.person_id, "declared", text) for line in new])
        if new:
            payload = {"session": code, "lines": sorted(line.number for line in new)}
            note(connection, desk, "recused", payload, who.person, now)
    return len(new)


# ── shared by the rooms of a session ─────────────────────────────────────────────────────────────


def gather_session(connection: Connection, desk: Desk, row: SessionRow) -> Agenda:
    """A session with everything beside it."""
    lines = tuple(rows.lines(connection, row.id))
    flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
    acts_of = {version: body_acts(compiled.flow, row.body) for version, compiled in flows.items()}  # type: ignore[arg-type]
    return Agenda(row, tuple(rows.members(connection, row.id)), lines, acts_of)


def read_locked(connection: Connection, desk: Desk, code: str) -> tuple[Agenda, SessionRow]:
    row = rows.session(connection, code, lock=True)
    if row is None:
        raise CouncilError("session_unknown", session=code)
    return gather_session(connection, desk, row), row


def begin(
    connection: Connection, desk: Desk, code: str, actor: str, now: datetime, *, only_prepares: bool = False
) -> tuple[Agenda, Actor]:
    """The session, locked, and who runs it. Raises CouncilError, UnknownActor."""
    agenda, row = read_locked(connection, desk, code)
    who = councils.running(
        connection, actor, row.kind, row.unit, row.cluster, local_day(now), only_prepares=only_prepares
    )
    return agenda, who


def still_polling(agenda: Agenda) -> None:
    """Raises CouncilError (`polls_closed`) once nothing that goes into a tally is taken any more."""
    if agenda.row.polls_closed_at is not None:
        raise CouncilError("polls_closed", session=agenda.row.code)


def _open_ids(agenda: Agenda) -> list[int]:
    return [line.id for line in agenda.latest() if line.state == "open"]


def _acts_of(connection: Connection, desk: Desk, body: str, lines: Sequence[Line]) -> dict[int, BodyActs | None]:
    flows = desk.flows.get_all(connection, {each.flow_version_id for each in lines})
    return {version: body_acts(compiled.flow, body) for version, compiled in flows.items()}  # type: ignore[arg-type]


def requests(
    lines: Sequence[Line],
    which: Mapping[int, Transition | None],
    who: Actor,
    request_key: str,
    fields: Mapping[str, Any] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> list[ActRequest]:
    """One act for all lines whose flows call it the same; of the fields known here, those that it takes."""
    known = fields or {}
    groups: dict[tuple[str, frozenset[str]], list[Line]] = {}
    for each in lines:
        transition = which[each.id]
        assert transition is not None  # narrows the type; the stage said so
        taken = frozenset(known.keys() & {field.name for field in transition.fields})
        groups.setdefault((transition.id, taken), []).append(each)
    return [
        ActRequest(
            who.person, transition_id, tuple(each.code for each in group), f"{request_key}:{transition_id}:{at}",
            fields={name: known[name] for name in sorted(taken)}, overrides=overrides or {},
        )
        for at, ((transition_id, taken), group) in enumerate(sorted(groups.items(), key=lambda item: item[0][0]))
    ]  # fmt: skip


def _refused(code: str, reason: str, *, line: Line | None = None, given: str = "", **params: Any) -> LineResult:
    state = line.state if line else ""
    return LineResult(
        code,
        False,
        state,
        state,
        line.version if line else 0,
        line.name if line else "",
        (Reason(reason, {**params, "code": given} if given else params),),
    )
