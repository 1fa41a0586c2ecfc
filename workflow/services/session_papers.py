"""What the papers of a session say: values for `workflow.papers`, taken from the session as it is recorded.

The programme, the sheet for ballots, the minutes of the count and of the session. No paper made before a vote closes
holds anything of its result: minutes are refused until then. All of one paper is of one moment of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import VoteRule
from workflow.domain.councils import entitled, hour_of, rule_from
from workflow.domain.votes import quorum_needed, tally_from
from workflow.papers import shapes
from workflow.papers.shapes import House
from workflow.services import appraisal_views, councils
from workflow.services.before_vote import MakeUp, before_vote, make_up
from workflow.services.council_sessions import Agenda, gather_session
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.storage import chain, council as rows, directory
from workflow.storage.council import LineRow, MemberRow, SessionRow
from workflow.storage.database import read
from workflow.wording import lines, points, say

MADE: tuple[str, ...] = ("giay_moi", "chuong_trinh", "phieu_bau", "phieu_lay_y_kien", "bb_kiem_phieu", "bb_hop")
"""Papers that a session gives; the fourth is the sheet for those who answer in writing."""
AFTER = ("bb_kiem_phieu", "bb_hop")
"""Those that tell a result."""


def ready(row: SessionRow) -> tuple[str, ...]:
    """The papers that can be made of this session now."""
    if row.state == "cancelled":
        return ()
    invites = ("giay_moi",) if row.form != "written" and row.state == "planned" else ()
    written = ("phieu_lay_y_kien",) if row.form != "meeting" else ()
    at_table = ("phieu_bau",) if row.form != "written" else ()
    return (*invites, "chuong_trinh", *at_table, *written, *(AFTER if row.state == "closed" else ()))


def paper(desk: Desk, code: str, which: str, person: str, house: House, now: datetime) -> shapes.Paper:
    """One paper of this session. Who prepares the session may have each of them, its members the programme.

    Raises CouncilError (`session_unknown` for whoever may not, `paper_unknown`, `not_before_closing`), UnknownActor.
    """
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        who = find_actor(connection, person, now.date())
        if row is None:
            raise CouncilError("session_unknown", session=code)
        agenda = gather_session(connection, desk, row)
        mine = any(each.person == who.person for each in agenda.members)
        if not councils.prepares(who, row.kind, row.unit, row.cluster) and not (mine and which == "chuong_trinh"):
            raise CouncilError("session_unknown", session=code)
        make = _MAKERS.get(which)
        if make is None:
            raise CouncilError("paper_unknown", paper=which, papers=MADE)
        if which in AFTER and row.state != "closed":
            raise CouncilError("not_before_closing", session=code)
        return make(_Of(connection, desk, agenda, house, local_day(now)))


@dataclass(frozen=True, slots=True)
class _Of:
    """What a paper is made of: one session as one moment of the database has it, on this day."""

    connection: Connection
    desk: Desk
    agenda: Agenda
    house: House
    on: date


# ── before ───────────────────────────────────────────────────────────────────────────────────────


def _invitation(of: _Of) -> shapes.Invitation:
    """For all whose seat asks them to this session; signed by the chair for the council, number left to the clerk."""
    row, contact = of.agenda.row, of.desk.contact
    seats = entitled(rows.seats(of.connection, row.council_id), row.body, row.held_on)  # type: ignore[arg-type]
    chair = _chair(of.connection, of.agenda)
    office = say("session_paper.for_the_council", "vi")
    return shapes.Invitation(
        head=of.house.council_head("GM-HĐTĐKT", None, of.on), session=row.title,
        invited=tuple(f"{each.name}, {say(f'session_paper.post.{each.post}', 'vi')}" for each in seats),
        held_on=row.held_on, begins=hour_of(row.held_time), ends=None, venue=row.place,
        chair=", ".join(filter(None, (chair.name, chair.role))),
        content=tuple(
            say("session_paper.considers", "vi", award=group.title, lines=len(group.lines))
            for group in _groups(of.connection, of.desk, _shown(of.agenda), {})
        ),
        signature=shapes.Signature(say("session_paper.chair_signs", "vi"), chair.name, "TM.", office),
        recipients=(say("session_paper.as_invited", "vi"), say("session_paper.recipients", "vi")),
        answer_by=row.answers_due_on if row.form == "mixed" else None,
        contact=", ".join(filter(None, (contact.name, contact.phone, contact.email))),
    )  # fmt: skip


def _programme(of: _Of) -> shapes.Agenda:
    row, shown = of.agenda.row, _shown(of.agenda)
    before = before_vote(of.connection, of.desk, of.agenda, of.on)
    noted = {number: say("session_paper.noted", "vi") for number in before.found}
    for number, told in _scored(of, shown).items():
        noted[number] = " ".join(filter(None, (told, noted.get(number))))
    return shapes.Agenda(
        head=of.house.council_head(day=None), session=row.title, held_on=row.held_on, begins=hour_of(row.held_time),
        venue=row.place, chair=_chair(of.connection, of.agenda), items=_items(of.agenda),
        groups=_groups(of.connection, of.desk, shown, noted), make_up=_make_up(before.make_up),
        remarks=tuple(say("session_paper.remark", "vi", lines=at, text=text) for at, text in before.remarks("vi")),
    )  # fmt: skip


def _scored(of: _Of, shown: Iterable[LineRow]) -> dict[int, str]:
    """What the appraisal of each line came to, by number, where its flow lays that before the council."""
    numbers = {line.nomination_id: line.number for line in shown}
    found = appraisal_views.summaries(of.connection, of.desk, numbers, of.on)
    return {
        numbers[id_]: say("session_paper.points", "vi", mean=points(each.mean, "vi"), scale=each.scale,
                          median=points(each.median, "vi"))
        for id_, each in found.items() if each.mean is not None and each.median is not None
    }  # fmt: skip


def _make_up(found: Iterable[MakeUp]) -> tuple[str, ...]:
    """A sentence for each award of which there is something to tell."""
    return tuple(
        say("session_paper.make_up", "vi", award=each.title.vi, told=" ".join(lines(each.told, "vi")))
        for each in found if each.told
    )  # fmt: skip


def _items(agenda: Agenda) -> tuple[shapes.AgendaItem, ...]:
    """The course of every session; a secretary edits the document where his has another."""
    secret = any(
        (found := agenda.acts[line.flow_version_id]) and found.vote.ballot == "secret" for line in agenda.lines
    )
    steps = ("opening", "report", "discussion", "ballot" if secret else "hands", "closing")
    begins = hour_of(agenda.row.held_time)
    return tuple(
        shapes.AgendaItem(begins if at == 0 else None, say(f"session_paper.{step}", "vi"))
        for at, step in enumerate(steps)
    )


def _sheet(written: bool) -> Callable[[_Of], shapes.BallotSheet]:
    def make(of: _Of) -> shapes.BallotSheet:
        row = of.agenda.row
        return shapes.BallotSheet(
            head=of.house.council_head(), session=row.title, held_on=row.held_on,
            groups=_groups(of.connection, of.desk, _shown(of.agenda), {}), written=written,
            answer_by=row.answers_due_on if written else None,
        )  # fmt: skip

    return make


# ── after ────────────────────────────────────────────────────────────────────────────────────────


def _count_minutes(of: _Of) -> shapes.CountMinutes:
    connection, desk, agenda, house = of.connection, of.desk, of.agenda, of.house
    row, decided = agenda.row, _decided(agenda)
    there, wrote = _took_part(connection, agenda)
    aside = rows.recusals(connection, row.id)
    counts = rows.paper_counts(connection, [line.id for line in decided])
    tellers = sorted({by for entries in counts.values() for _, by in entries.values()})
    invalid = max((line.tally.get("invalid", 0) for line in decided), default=0)
    return shapes.CountMinutes(
        head=house.council_head("BB-HĐTĐKT", None, row.held_on), session=row.title, held_on=row.held_on, begins=None,
        ends=None, venue=row.place, team=_people(connection, tellers), members=len(agenda.members),
        present=len(there), written=len(wrote), recused=len({person for each in aside.values() for person in each}),
        sheets=shapes.SheetCount(len(there) + len(wrote), len(there) + len(wrote), len(there) + len(wrote) - invalid,
                                 invalid, len(wrote)),
        groups=_counted(connection, desk, decided), audit=_mark(connection), recounts=_recounts(connection, decided),
    )  # fmt: skip


def _recounts(connection: Connection, decided: Sequence[LineRow]) -> str:
    """Lines that were counted anew, with how often; empty where the two tellers always said the same."""
    found = rows.recounts(connection, [line.id for line in decided])
    again = [(line.number, found[line.id].times) for line in decided if line.id in found]
    return "; ".join(say("session_paper.recount", "vi", line=number, times=times) for number, times in again)


def _session_minutes(of: _Of) -> shapes.SessionMinutes:
    connection, desk, agenda, house = of.connection, of.desk, of.agenda, of.house
    row, decided = agenda.row, _decided(agenda)
    there, wrote = _took_part(connection, agenda)
    by_id = {each.person_id: each for each in agenda.members}
    rules = [rule_from(line.rule) for line in decided]
    quorums = [quorum for rule in rules if (quorum := _quorum(rule, len(agenda.members))) is not None]
    secretary = next(
        (
            each
            for each in rows.seats(connection, row.council_id)
            if each.post == "secretary" and each.held_on(row.held_on)
        ),
        None,
    )
    return shapes.SessionMinutes(
        head=house.council_head("BB-HĐTĐKT", None, row.held_on), session=row.title,
        held_on=row.answers_due_on or row.held_on if row.form == "written" else row.held_on,
        begins=hour_of(row.held_time), ends=None, venue=row.place, chair=_chair(connection, agenda),
        secretary=shapes.Member(secretary.name if secretary else "", "", say("session_paper.post.secretary", "vi")),
        members=len(agenda.members),
        present=tuple(_member(each) for each in agenda.members if each.person_id in there),
        absences=tuple(
            shapes.Absence(_member(each), each.note, each.person_id in wrote)
            for each in agenda.members if each.person_id not in there
        ),
        quorum_needed=max(quorums, default=None), quorum_counted=len(there) + len(wrote),
        course=(*(item.text for item in _items(agenda)[1:-1]), *_make_up(make_up(connection, desk, agenda))),
        groups=_counted(connection, desk, decided), conclusion=_conclusion(decided),
        recipients=(say("session_paper.recipients", "vi"),),
        recusals=_aside(connection, agenda, by_id), dissents=_dissents(connection, decided, by_id),
        chair_statement=_stated(decided),
        in_writing=row.form == "written", audit=_mark(connection),
    )  # fmt: skip


def _stated(decided: Sequence[LineRow]) -> str:
    """The chair's agreement or disagreement as it was recorded, on which lines, with his words; empty without any."""
    found: dict[tuple[bool, str], list[LineRow]] = {}
    for line in decided:
        if line.chair_agrees is not None:
            found.setdefault((bool(line.chair_agrees), line.statement), []).append(line)
    told = []
    for (agrees, words), about in found.items():
        how = "session_paper.chair.agrees" if agrees else "session_paper.chair.disagrees"
        told.append(say(how, "vi", of=_of_lines(about, decided), words=words).strip())
    return " ".join(told)


def _of_lines(about: Sequence[LineRow], decided: Sequence[LineRow]) -> str:
    if len(about) == len(decided) > 1:
        return say("session_paper.chair.all", "vi", lines=len(about))
    return "; ".join(line.name for line in about)


def _conclusion(decided: Sequence[LineRow]) -> tuple[str, ...]:
    passed = sum(bool(line.passed) for line in decided)
    return (say("session_paper.conclusion", "vi", passed=passed, lines=len(decided)),)


def _aside(connection: Connection, agenda: Agenda, by_id: Mapping[int, MemberRow]) -> tuple[shapes.Recusal, ...]:
    numbers = {line.id: line.number for line in agenda.lines}
    found: dict[tuple[int, str], list[int]] = {}
    for line, people in rows.recusals(connection, agenda.row.id).items():
        for person, (cause, words) in people.items():
            reason = words or say(f"session_paper.aside.{cause}", "vi")
            found.setdefault((person, reason), []).append(numbers[line])
    return tuple(
        shapes.Recusal(by_id[person].name, ", ".join(map(str, sorted(set(lines)))), reason)
        for (person, reason), lines in sorted(found.items(), key=lambda each: by_id[each[0][0]].number)
        if person in by_id
    )


def _dissents(
    connection: Connection, decided: Sequence[LineRow], by_id: Mapping[int, MemberRow]
) -> tuple[shapes.Opinion, ...]:
    """What members wanted recorded; only where votes are by name."""
    by_line = {line.id: line for line in decided}
    return tuple(
        shapes.Opinion(by_id[person].name, words, by_line[line].name)
        for line, ballots in rows.open_ballots(connection, list(by_line)).items()
        for person, _, words in ballots
        if words and person in by_id
    )


# ── shared ───────────────────────────────────────────────────────────────────────────────────────


def _shown(agenda: Agenda) -> list[LineRow]:
    return [line for line in agenda.latest() if line.state != "taken_off"]


def _decided(agenda: Agenda) -> list[LineRow]:
    return [line for line in agenda.latest() if line.state == "decided"]


def _took_part(connection: Connection, agenda: Agenda) -> tuple[set[int], set[int]]:
    """Ids of those at the table, and of those who answered in writing."""
    there = {each.person_id for each in agenda.members if each.attendance == "present"}
    voted = {
        person for people in rows.roll(connection, [line.id for line in agenda.lines]).values() for person in people
    }
    wrote = {each.person_id for each in agenda.members if each.attendance == "wrote"} | (voted - there)
    return there, wrote


def _quorum(rule: VoteRule, members: int) -> int | None:
    return quorum_needed(rule, members)


def _line(line: LineRow) -> shapes.Line:
    return shapes.Line(line.number, line.name, line.position if line.nominee == "individual" else "", line.unit_name)


def _by_award(connection: Connection, desk: Desk, lines: Iterable[LineRow]) -> dict[str, list[LineRow]]:
    """Lines under the title of their flow, in the order in which the agenda has them."""
    lines = list(lines)
    flows = desk.flows.get_all(connection, {line.flow_version_id for line in lines})
    found: dict[str, list[LineRow]] = {}
    for line in lines:
        found.setdefault(flows[line.flow_version_id].flow.title.vi, []).append(line)
    return found


def _groups(
    connection: Connection, desk: Desk, lines: Iterable[LineRow], notes: Mapping[int, str]
) -> tuple[shapes.Group, ...]:
    return tuple(
        shapes.Group(title, tuple(replace(_line(line), note=notes.get(line.number, "")) for line in each))
        for title, each in _by_award(connection, desk, lines).items()
    )


def _counted(connection: Connection, desk: Desk, lines: Sequence[LineRow]) -> tuple[shapes.CountedGroup, ...]:
    """Decided lines under the title of their award; one award may have been voted on under more than one rule."""
    groups = []
    for title, each in _by_award(connection, desk, lines).items():
        by_rule: dict[VoteRule, list[LineRow]] = {}
        for line in each:
            by_rule.setdefault(rule_from(line.rule), []).append(line)
        groups += [
            shapes.CountedGroup(
                title, rule,
                tuple(shapes.CountedLine(_line(line), shapes.Count.of(rule, tally_from(line.tally))) for line in same),
            )
            for rule, same in by_rule.items()
        ]  # fmt: skip
    return tuple(groups)


def _chair(connection: Connection, agenda: Agenda) -> shapes.Member:
    """Who presides: the chair on the roll, or before that on his seat."""
    for member in agenda.members:
        if member.post == "chair":
            return _member(member)
    for seat in rows.seats(connection, agenda.row.council_id):
        if seat.post == "chair" and seat.held_on(agenda.row.held_on):
            return shapes.Member(seat.name, "", say("session_paper.post.chair", "vi"))
    return shapes.Member("", "", say("session_paper.post.chair", "vi"))


def _member(member: MemberRow) -> shapes.Member:
    return shapes.Member(member.name, "", say(f"session_paper.post.{member.post}", "vi"))


def _people(connection: Connection, keys: Sequence[str]) -> tuple[shapes.Member, ...]:
    found = [directory.find(connection, key) for key in keys]
    role = say("session_paper.teller", "vi")
    return tuple(shapes.Member(each.name, "", role) for each in found if each is not None)


def _mark(connection: Connection) -> shapes.AuditMark:
    number, head = chain.head(connection)
    return shapes.AuditMark(number, head)


_MAKERS: Mapping[str, Callable[[_Of], shapes.Paper]] = {
    "giay_moi": _invitation,
    "chuong_trinh": _programme,
    "phieu_bau": _sheet(written=False),
    "phieu_lay_y_kien": _sheet(written=True),
    "bb_kiem_phieu": _count_minutes,
    "bb_hop": _session_minutes,
}
