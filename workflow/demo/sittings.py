"""The council's own days in the rehearsal: sessions with real ballots, beside stories that only tell a tally.

A meeting with paper, counted by two; a mixed one in which an absent member never answers and one nomination misses by
his one vote; the standing members, who tie; flags beyond the share that a round has room for. What is on agendas here
comes from lists of its own: those dossiers live the first part of their flow's main story, are voted on, and then live
the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from definitions.flow import Flow
from workflow.demo import casting, world
from workflow.demo.casting import Cast
from workflow.domain.councils import BodyActs, Counts, body_acts
from workflow.services import balloting, closing, council_sessions, councils, session_mails
from workflow.services.council_sessions import SessionEntry
from workflow.services.councils import CouncilEntry, SeatEntry
from workflow.services.desk import Desk
from workflow.services.register import MINISTRY, PersonEntry, RoleEntry, UnitEntry, add_people

COUNCIL = "HD"
OFFICE, SECRETARY, TELLER = f"{MINISTRY}/TT1", f"{MINISTRY}/TK", f"{MINISTRY}/TK2"
CHAIR = f"{MINISTRY}/CT"
MEMBERS = (CHAIR, *(f"{MINISTRY}/UV{number:02d}" for number in range(1, world.COUNCIL)))
STANDING = 6
"""Chair, vice-chair and four members: an even number, so that they can tie."""
PAPER = b"%PDF-1.4\n% bien ban kiem phieu\ntrailer<</Root 1 0 R>>\n%%EOF\n"
UNITS = ("CVT", "PTIT", "CTS", "CBC")


class Part(Protocol):
    """One nomination and the story it lives."""

    @property
    def code(self) -> str: ...
    @property
    def cast(self) -> Cast: ...


class Season(Protocol):
    """What a session needs of the season around it."""

    desk: Desk
    flows: Mapping[str, Flow]
    units: Mapping[str, UnitEntry]
    rng: random.Random
    scale: int
    now: datetime

    @property
    def tally(self) -> Any: ...
    def sitting_batch(self, sitting: Any, flow: Flow, unit: str, amount: int, number: int, acts_played: int) -> Any: ...
    def day_of(self, part: Any, acts_of: BodyActs | None) -> date: ...
    def on_day(self, day: date, happens: Callable[[], None]) -> None: ...
    def go_on(self, part: Any, after: str, *, only_release: bool) -> None: ...
    def give_up(self, part: Any) -> None: ...
    def tell_session(self, code: str, title: str, what: str, **facts: Any) -> None: ...


@dataclass
class Sitting:
    """One session: which lists it takes, and how its members vote on each line.

    `yes` says for the n-th line how many of those who vote agree. `present` are at the table; `answers` of the others
    answer from elsewhere, the rest never do.
    """

    code: str
    title: str
    body: str
    form: str
    ballots: str
    amounts: tuple[int, ...]
    yes: Callable[[int], int]
    present: int
    answers: int = 0
    shift: int = 0
    """Its lists come so many days after the season's first."""
    stopped_by: str = ""
    """A rule across dossiers that is expected to stop some of its lines at the council's door."""
    parts: list[Part] = field(default_factory=list)
    waiting: int = 0
    called_off: bool = False


def seat(season: Season) -> None:
    """Enter the council of fifteen, its standing members, and a second secretary who counts."""
    entry = CouncilEntry(COUNCIL, "Hội đồng Thi đua - Khen thưởng Bộ", "council", world.SINCE)
    councils.add_council(season.desk, entry, "demo", season.now)
    teller = PersonEntry(
        TELLER.partition("/")[2], world.invented(season.rng), MINISTRY, "tk2@bo.example",
        roles=(RoleEntry("council_secretary", "council", "", world.SINCE),),
    )  # fmt: skip
    add_people(season.desk, [teller], "demo", season.now)
    posts = {CHAIR: "chair", MEMBERS[1]: "vice_chair"}
    seats = [
        SeatEntry(key, posts.get(key, "member"), world.SINCE, standing=at < STANDING)  # type: ignore[arg-type]
        for at, key in enumerate(MEMBERS)
    ]
    seats += [SeatEntry(key, "secretary", world.SINCE) for key in (SECRETARY, TELLER)]
    councils.seat(season.desk, COUNCIL, seats, "demo", season.now)


def planned(flows: Mapping[str, Flow]) -> list[tuple[Sitting, tuple[Flow, ...]]]:
    """The sessions of the season, each with the flows of its lists; without a flow for a body, no session of it."""
    ministry = [flow for flow in flows.values() if casting.plain(flow) and _acts(flow, "council")]
    standing = [flow for flow in flows.values() if casting.plain(flow) and _acts(flow, "standing_members")]
    found = []
    if ministry:
        meeting = Sitting(
            "HD-2026-01", "Phiên họp thứ nhất năm 2026", "council", "meeting", "paper", (6, 4),
            lambda at: 15 - at % 4, present=15,
        )  # fmt: skip
        found.append((meeting, tuple(ministry[:2])))
        # Twelve at the table, two answer in writing, one never does. On the second line eleven agree: one too few.
        mixed = Sitting(
            "HD-2026-02", "Phiên họp thứ hai năm 2026 (họp và lấy ý kiến bằng văn bản)", "council", "mixed", "online",
            (5, 3), lambda at: 11 if at == 1 else 14 - at % 3, present=12, answers=2,
        )  # fmt: skip
        found.append((mixed, tuple(ministry[:2])))
    if standing:
        tie = Sitting(
            "TT-2026-01", "Thường trực Hội đồng lấy ý kiến bằng văn bản", "standing_members", "written", "online", (3,),
            lambda at: 3 if at == 0 else 6, present=0, answers=STANDING,
        )  # fmt: skip
        found.append((tie, tuple(standing[:1])))
    capped = next((f for f in flows.values() if any(rule.rule == "ratio_cap" for rule in f.across)), None)
    if capped is not None and _acts(capped, "council"):
        # When all others have had their turn, a few more ask than the share of this round leaves room for.
        late = Sitting(
            "HD-2027-02", "Phiên họp thứ ba: Cờ thi đua của Chính phủ", "council", "meeting", "online", (4,),
            lambda at: 14, present=15, shift=161, stopped_by="ratio_cap",
        )  # fmt: skip
        found.append((late, (capped,)))
    return found


def _acts(flow: Flow, body: str) -> BodyActs | None:
    found = body_acts(flow, body)  # type: ignore[arg-type]
    if found is None or found.table is None or found.open is None:
        return None
    return found if _steps_before(flow, found) else None


def _steps_before(flow: Flow, acts: BodyActs) -> int:
    """How many acts of the main story come before a dossier is put on an agenda; nought when it never is."""
    done = [step.name for step in casting.main_story(flow).steps if step.verb == "do" and step.refused is None]
    return done.index(acts.table.id) if acts.table is not None and acts.table.id in done else 0


def prepare(season: Season, waiting: dict[date, list[Any]]) -> None:
    """Put the sessions' lists among those that wait, and each session on its days."""
    for number, (sitting, flows) in enumerate(planned(season.flows)):
        for at, (flow, amount) in enumerate(zip(flows, sitting.amounts, strict=False)):
            unit = next(code for code in (*UNITS[number + at :], casting.HOME) if code in season.units)
            acts = _acts(flow, sitting.body)
            assert acts is not None  # narrows the type; `planned` chose such flows
            batch = season.sitting_batch(
                sitting, flow, unit, amount * season.scale, 40 + 10 * number + at, _steps_before(flow, acts)
            )
            waiting[batch.on].append(batch)
            sitting.waiting += 1


def brought_in(season: Season, sitting: Sitting, parts: Sequence[Part]) -> None:
    """A list of this session is there; with the last one, the session's days are known."""
    sitting.parts += parts
    sitting.waiting -= 1
    if sitting.waiting:
        return
    calendar = season.desk.calendar
    ready = max(season.day_of(part, _acts(part.cast.flow, sitting.body)) for part in sitting.parts)
    held = calendar.add_working(ready, 5)
    due = calendar.add_working(held, 3) if sitting.form != "meeting" else None
    season.on_day(ready, lambda: _put_on(season, sitting, held, due))
    season.on_day(held, lambda: _sit(season, sitting))
    if due is not None:
        season.on_day(calendar.add_working(held, 2), lambda: _answer(season, sitting))
    season.on_day(calendar.next_working((due or held) + timedelta(days=1)), lambda: _close(season, sitting))


def _put_on(season: Season, sitting: Sitting, held: date, due: date | None) -> None:
    desk = season.desk
    entry = SessionEntry(
        sitting.code, COUNCIL, sitting.title, held, sitting.body, sitting.form, sitting.ballots,
        "" if sitting.form == "written" else "08:30", "Phòng họp tầng 5, trụ sở Bộ", due,
    )  # fmt: skip
    council_sessions.plan(desk, entry, OFFICE, season.now)
    reason = "Đã kiểm tra hồ sơ giấy và quá trình khen thưởng tại đơn vị"
    rules = {rule.id: reason for part in sitting.parts for rule in part.cast.flow.across if rule.effect == "warn"}
    codes = [part.code for part in sitting.parts]
    # A share of a round is taken of all that are asked for in one act: where it is nearly used up, one after the other.
    calls = [[each] for each in codes] if sitting.stopped_by else [codes]
    done = [
        council_sessions.table(desk, sitting.code, call, OFFICE, f"{sitting.code}:agenda:{at}", season.now, rules)
        for at, call in enumerate(calls)
    ]
    lines = sum(len(each.done) for each in done)
    refused = [line for each in done for line in each.refused]
    stopped = {each.code for each in refused if {reason.code for reason in each.reasons} == {sitting.stopped_by}}
    _surprise(season, sitting, [each for each in refused if each.code not in stopped])
    for part in [each for each in sitting.parts if each.code in stopped]:
        sitting.parts.remove(part)
        season.give_up(part)
    if sitting.stopped_by:
        season.tell_session(sitting.code, sitting.title, "stopped", lines=len(stopped))
        if not stopped:
            season.tally.surprises.append(f"{sitting.code}: {sitting.stopped_by} stopped nothing")
    if not lines:
        sitting.called_off = True
        council_sessions.cancel(desk, sitting.code, "Không có trường hợp nào trình Hội đồng", SECRETARY, season.now)
        return
    session_mails.invite(desk, sitting.code, OFFICE, season.now)
    season.tell_session(sitting.code, sitting.title, "planned", lines=lines, on=f"{held:%d/%m/%Y}")


def _sit(season: Season, sitting: Sitting) -> None:
    """Open the vote; who is at the table votes there and then, on paper or online."""
    if sitting.called_off:
        return
    desk = season.desk
    done = council_sessions.open_(desk, sitting.code, SECRETARY, f"{sitting.code}:open", season.now)
    _surprise(season, sitting, done.refused)
    people = voters(sitting)
    there = people[: sitting.present]
    if there:
        council_sessions.attend(desk, sitting.code, dict.fromkeys(there, "present"), SECRETARY, season.now)
    if sitting.ballots == "online":
        _cast(season, sitting, there)
    else:
        counts = {
            number: Counts(yes=sitting.yes(number - 1), no=len(there) - sitting.yes(number - 1)) for number in done.done
        }
        closing.enter_count(desk, sitting.code, counts, SECRETARY, season.now)
        closing.enter_count(desk, sitting.code, counts, TELLER, season.now)
    season.tell_session(sitting.code, sitting.title, "opened", lines=len(done.done), members=len(people))


def _answer(season: Season, sitting: Sitting) -> None:
    """Those who were away answer; the last one never does."""
    if sitting.called_off:
        return
    people = voters(sitting)
    _cast(season, sitting, people[sitting.present : sitting.present + sitting.answers])


def voters(sitting: Sitting) -> tuple[str, ...]:
    return MEMBERS[:STANDING] if sitting.body == "standing_members" else MEMBERS


def _cast(season: Season, sitting: Sitting, who: Sequence[str]) -> None:
    """Each casts his whole ballot: on a line the first so many of all agree, the others do not."""
    everybody = voters(sitting)
    for person in who:
        mine = balloting.my_ballot(season.desk, sitting.code, person, season.now)
        choices = {
            each.line.number: "yes" if everybody.index(person) < sitting.yes(each.line.number - 1) else "no"
            for each in mine.lines
            if each.why_not is None
        }
        balloting.cast(season.desk, sitting.code, person, choices, season.now)


def _close(season: Season, sitting: Sitting) -> None:
    if sitting.called_off:
        return
    desk = season.desk
    if sitting.ballots == "paper":
        closing.attach_minutes(desk, sitting.code, "01/BB-KP", PAPER, "bien-ban-kiem-phieu.pdf", SECRETARY, season.now)
    closed = closing.close(desk, sitting.code, SECRETARY, f"{sitting.code}:close", season.now)
    passed = {each.code for each in closed.decided if each.passed}
    season.tally.sessions.append((sitting.code, len(closed.decided), len(passed)))
    season.tell_session(sitting.code, sitting.title, "closed", lines=len(closed.decided), passed=len(passed))
    for part in sitting.parts:
        acts = _acts(part.cast.flow, sitting.body)
        if acts is not None:
            season.go_on(part, acts.close.id, only_release=part.code not in passed)


def _surprise(season: Season, sitting: Sitting, refused: Sequence[Any]) -> None:
    for each in refused:
        codes = ",".join(reason.code for reason in each.reasons)
        season.tally.surprises.append(f"{sitting.code} {each.code}: {codes}")
