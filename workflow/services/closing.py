"""Counting and closing a vote: paper counted twice, the chair's word minuted, tallies handed to the acts of the flows.

Nothing of a result is told before it is closed: a teller sees his own numbers and whether they agree with the other's.
Closing is one transaction: tallies, acts, the published list and its digest in the audit chain, or none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from definitions.calendar import local_day
from definitions.flow import Transition, VoteRule
from notifications.columns import to_json
from workflow.domain import ballots, ranking, vietnamese, votes
from workflow.domain.ballots import MERGED, Published
from workflow.domain.councils import Counts, rule_from, tally
from workflow.domain.facts import Actor, TallyFacts
from workflow.domain.ranking import Contender
from workflow.services import acts, appraisal_views
from workflow.services.balloting import turnout, waiting
from workflow.services.council_sessions import Agenda, begin, still_polling
from workflow.services.councils import CouncilError
from workflow.services.desk import Desk
from workflow.services.register import note
from workflow.services.requests import ActReport, ActRequest, LineResult
from workflow.storage import council as rows, papers
from workflow.storage.council import LineRow
from workflow.storage.database import read, write

CHAIRS_TIE = frozenset({"ranking_tied", "ranking_too_many"})
"""A tie that is the chair's to break, which he has not broken yet."""


class CloseRefused(CouncilError):
    """The flows refuse to close these lines, each with its reasons (a quorum lost, a requirement).

    Nothing was written.
    """

    def __init__(self, refused: tuple[LineResult, ...]) -> None:
        super().__init__("close_refused", lines=len(refused))
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Decided:
    """A line whose vote is closed: its tally under its rule. `again` says that it is voted on once more."""

    number: int
    code: str
    tally: TallyFacts
    rule: VoteRule
    passed: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did. `list_sha256` is the digest of the published list, empty until the last line is closed."""

    decided: tuple[Decided, ...]
    reports: tuple[ActReport, ...]
    over: bool
    list_sha256: str


# ── paper ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CountKept:
    """One teller's count is kept, as the first or the second entry. `differ` are the lines where the two did not say
    the same: by how much is told to nobody, and what both said is put aside, so that each counts them anew."""

    entry: int
    differ: tuple[int, ...]


def enter_count(desk: Desk, code: str, counts: Mapping[int, Counts], actor: str, now: datetime) -> CountKept:
    """What one teller counted on these open lines. The first to enter is entry 1, another person entry 2.

    Each may correct his own. Where the two do not say the same, both counts of that line are put aside: who only
    guesses what the other counted learns nothing by trying again, since the other must count anew too, and how often it
    came to that stands in the minutes. Raises CouncilError: no more people may be counted than sit on the council, the
    session votes online, a third person, a line that is not open; UnknownActor.
    """
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        lines = _open(agenda, counts)
        still_polling(agenda)
        if agenda.row.ballots != "paper":
            raise CouncilError("no_paper", session=code)
        for number, each in counts.items():
            if min(each.yes, each.no, each.blank, each.invalid) < 0 or each.ballots > len(agenda.members):
                raise CouncilError("count_impossible", line=number, ballots=each.ballots, members=len(agenda.members))
        ids = {line.number: line.id for line in lines}
        everything = [line.id for line in agenda.lines]
        kept = rows.paper_counts(connection, everything)
        entry = _entry(kept, rows.recounts(connection, everything), who)
        rows.keep_count(connection, entry, {ids[number]: each for number, each in counts.items()}, who.person, now)
        theirs = {number: kept[id_][3 - entry] for number, id_ in ids.items() if 3 - entry in kept.get(id_, {})}
        found = ballots.differences(
            {number: counts[number] for number in theirs}, {number: said for number, (said, _) in theirs.items()}
        )
        differ = tuple(sorted({each.line for each in found}))
        if differ:
            other = theirs[differ[0]][1]
            tellers = (who.person, other) if entry == 1 else (other, who.person)
            rows.put_counts_aside(connection, [ids[number] for number in differ], tellers)
        payload = {"session": code, "lines": len(counts), "entry": entry, **({"differ": len(differ)} if differ else {})}
        note(connection, desk, "count", payload, who.person, now)
    return CountKept(entry, differ)


def own_counts(desk: Desk, code: str, person: str) -> dict[int, Counts]:
    """What this teller entered himself on the open lines; nothing of what another counted. Raises CouncilError."""
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        open_ = {line.id: line.number for line in rows.lines(connection, row.id) if line.state == "open"}
        kept = rows.paper_counts(connection, list(open_))
    return {
        open_[line]: counts
        for line, entries_ in kept.items() for counts, by in entries_.values() if by == person
    }  # fmt: skip


def _entry(kept: Mapping[int, Mapping[int, tuple[Counts, str]]], aside: Mapping[int, rows.Recount], who: Actor) -> int:
    """Which of the two tellers this is, in the whole session; the first to come is the first."""
    people: dict[int, str] = {}
    for each in aside.values():
        people |= {1: each.tellers[0], 2: each.tellers[1]}
    for entries in kept.values():
        for entry, (_, by) in entries.items():
            people[entry] = by
    for entry, by in people.items():
        if by == who.person:
            return entry
    if len(people) == 2:
        raise CouncilError("third_teller")
    return 2 if 1 in people else 1


def attach_minutes(
    desk: Desk, code: str, number: str, content: bytes, file_name: str, actor: str, now: datetime
) -> str:
    """The signed minutes of the count, by number and as a file; returns its SHA-256.

    Raises CouncilError, PaperRefused.
    """
    if not number.strip():
        raise CouncilError("minutes_number")
    media_type = papers.media_type_of(content, file_name)
    shown = papers.shown_name(file_name, media_type)
    digest = papers.store(desk.files, content, file_name, desk.largest_file)
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        if agenda.row.state not in ("open", "closed"):
            raise CouncilError("session_not_open", session=code, state=agenda.row.state)
        rows.change_session(
            connection, agenda.row.id, minutes_number=vietnamese.nfc(number.strip())[:80], minutes_sha256=digest,
            minutes_name=shown,
        )  # fmt: skip
        note(connection, desk, "minutes", {"session": code, "sha256": digest}, who.person, now)
    return digest


def state_chair(
    desk: Desk, code: str, numbers: Collection[int], agrees: bool, words: str, actor: str, now: datetime
) -> int:
    """The chair's opinion on these open lines, minuted apart from any ballot; returns how many. Raises CouncilError."""
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        lines = _open(agenda, numbers)
        text = vietnamese.nfc(words.strip())
        rows.change_lines(connection, [line.id for line in lines], chair_agrees=agrees, statement=text)
        payload = {"session": code, "lines": sorted(line.number for line in lines)}
        note(connection, desk, "chair_stated", payload, who.person, now)
    return len(lines)


def rank(desk: Desk, code: str, ranks: Mapping[int, int], actor: str, now: datetime) -> int:
    """The rank of open lines, where a cluster ranks; returns how many. Raises CouncilError."""
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        for line in _open(agenda, ranks):
            if ranks[line.number] < 1:
                raise CouncilError("rank_below_one", line=line.number)
            rows.change_lines(connection, [line.id], rank=ranks[line.number])
        note(connection, desk, "ranked", {"session": code, "lines": len(ranks)}, who.person, now)
    return len(ranks)


def _open(agenda: Agenda, numbers: Collection[int]) -> list[LineRow]:
    if agenda.row.state != "open":
        raise CouncilError("session_not_open", session=agenda.row.code, state=agenda.row.state)
    wanted = set(numbers)
    found = [line for line in agenda.latest() if line.number in wanted and line.state == "open"]
    if len(found) != len(wanted):
        raise CouncilError("line_decided", lines=tuple(sorted(wanted - {line.number for line in found})))
    return found


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


def close(
    desk: Desk,
    code: str,
    actor: str,
    request_key: str,
    now: datetime,
    *,
    revote: Collection[int] = (),
    early: str = "",
) -> Closed:
    """Close the vote on every open line and fire the closing acts of their flows with the tallies.

    `revote` names lines that, when they do not pass, are voted on once more in this session, where their rule allows
    it; the session stays open for them. `early` is the reason for closing while members may still answer in writing;
    it is kept with the session. The same request again gets the same answer.
    Raises CouncilError (counts missing or different, minutes missing, members still to answer, an impossible tally,
    no further vote), CloseRefused, UnknownActor. Nothing is written then, but for one: a tie across the cut of a
    ranking that is the chair's to break (ranking_tied, ranking_too_many) ends the casting and counting of ballots,
    since who learns of it must not vote in its light. What the chair says of the lines is minuted, and it is closed.
    """  # fmt: skip
    try:
        closed = _close(desk, code, actor, request_key, now, revote, early)
    except CouncilError as error:
        if error.code in CHAIRS_TIE:
            _end_the_polls(desk, code, actor, early, now)
        raise
    rows.sweep_box(desk.engine)
    return closed


def _end_the_polls(desk: Desk, code: str, actor: str, early: str, now: datetime) -> None:
    """Nobody is waited for from now on: why not is kept, so that closing after the chair's word asks for it no more."""
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        if agenda.row.state == "open" and agenda.row.polls_closed_at is None:
            reason = vietnamese.nfc(early.strip()) or agenda.row.early_reason
            rows.change_session(connection, agenda.row.id, polls_closed_at=now, early_reason=reason)
            note(connection, desk, "polls_closed", {"session": code}, who.person, now)


def _close(
    desk: Desk, code: str, actor: str, request_key: str, now: datetime, revote: Collection[int], early: str
) -> Closed:
    with write(desk.engine) as connection:
        agenda, who = begin(connection, desk, code, actor, now)
        command = ballots.digest(to_json([sorted(revote), vietnamese.nfc(early.strip())]))
        earlier = rows.closing(connection, agenda.row.id, who.person, request_key)
        if earlier is not None:
            if earlier[0] != command:
                raise CouncilError("closing_key_used", session=code)
            return _again(connection, desk, agenda, earlier[1], who, request_key, now)
        if agenda.row.state != "open":
            raise CouncilError("session_not_open", session=code, state=agenda.row.state)
        lines = [line for line in agenda.latest() if line.state == "open"]
        if not lines:
            raise CouncilError("nothing_to_close", session=code)
        decided = _tallied(connection, desk, agenda, lines, set(revote), early, local_day(now))
        reports = _fire(connection, desk, agenda, decided, who, request_key, now)
        again = _keep(connection, agenda, decided)
        published = _publish(connection, agenda, [line.id for line in lines])
        if agenda.row.polls_closed_at is not None:  # what is voted on again, or opened later, is cast again
            rows.change_session(connection, agenda.row.id, polls_closed_at=None)
        over = not again and not any(line.state == "tabled" for line in agenda.latest())
        text = rows.list_text(connection, agenda.row.id)
        digest = ballots.digest(text) if over and text else ""
        if over:
            rows.change_session(connection, agenda.row.id, state="closed", closed_at=now, list_sha256=digest)
        if early.strip():
            rows.change_session(connection, agenda.row.id, early_reason=vietnamese.nfc(early.strip()))
        payload = {
            "session": code, "lines": len(decided), "over": over, "ballots": published, "list_sha256": digest,
            "tallies": _digest_of(decided), **({"early": True} if early else {}),
        }  # fmt: skip
        note(connection, desk, "vote_closed", payload, who.person, now)
        answer = {
            "lines": [line.id for line in lines], "again": [each.number for each in decided if each.again],
            "over": over, "list_sha256": digest,
        }  # fmt: skip
        rows.keep_closing(connection, agenda.row.id, who.person, request_key, command, answer)
    return Closed(tuple(decided), tuple(reports), over, digest)


def _again(
    connection: Connection, desk: Desk, agenda: Agenda, answer: Mapping[str, Any], who: Actor, request_key: str,
    now: datetime,
) -> Closed:  # fmt: skip
    """The answer that this request was given before; its acts are the same requests again, too."""
    by_id = {line.id: line for line in agenda.lines}
    decided = tuple(
        Decided(
            line.number, line.code, votes.tally_from(line.tally), rule_from(line.rule), bool(line.passed),
            line.number in answer["again"],
        )
        for line in (by_id[id_] for id_ in answer["lines"])
    )  # fmt: skip
    reports = _fire(connection, desk, agenda, decided, who, request_key, now)
    return Closed(decided, tuple(reports), answer["over"], answer["list_sha256"])


def _tallied(
    connection: Connection,
    desk: Desk,
    agenda: Agenda,
    lines: Sequence[LineRow],
    revote: set[int],
    early: str,
    today: date,
) -> list[Decided]:
    ids = [line.id for line in lines]
    voted, aside = rows.roll(connection, ids), rows.recusals(connection, agenda.row.id)
    owing = waiting(agenda, voted, aside)
    if owing and not early.strip() and may_still_answer(agenda, today):
        raise CouncilError(
            "members_to_answer", people=tuple(each.member.name for each in owing), due_on=agenda.row.answers_due_on
        )
    counts = _counts(connection, agenda, lines)
    by_name = rows.open_ballots(connection, ids)
    chair = next((each.person_id for each in agenda.members if each.post == "chair"), None)
    found = []
    for line in lines:
        rule = rule_from(line.rule)
        brought = tally(
            turnout(agenda, line, voted, aside), counts[line.id], chair_agrees=chair_says(line, by_name, chair),
            held_on=agenda.row.held_on, minutes=agenda.row.minutes_number, rank=line.rank,
        )  # fmt: skip
        wrong = votes.problems(rule, brought)
        if wrong:
            raise CouncilError("tally_impossible", line=line.number, problem=wrong)
        passed = votes.result(rule, brought).passed
        again = line.number in revote and not passed
        if again and line.attempt > rule.revotes:
            raise CouncilError("no_revote", line=line.number, allowed=rule.revotes)
        found.append(Decided(line.number, line.code, brought, rule, passed, again))
    unknown = revote - {line.number for line in lines}
    if unknown:
        raise CouncilError("line_decided", lines=tuple(sorted(unknown)))
    scored = [line.nomination_id for line in lines if rule_from(line.rule).rank_by == "points"]
    points = appraisal_views.points(connection, desk, scored, today) if scored else {}
    return _ranked(found, lines, points)


def _ranked(decided: Sequence[Decided], lines: Sequence[LineRow], points: Mapping[int, Fraction]) -> list[Decided]:
    """Where a rule ranks by yes votes or by `points` (by nomination), each line with its rank among those of its award.

    Ranks that somebody entered, after the chair's word in a tie or after points of elsewhere, stand for the whole
    award; so it goes without ranks by points where one of those that passed has none.
    """
    awards = {line.number: line.award for line in lines}
    dossiers = {line.number: line.nomination_id for line in lines}
    entered = {line.award for line in lines if line.rank is not None}
    ranks: dict[int, int] = {}
    for award in sorted(set(awards.values()) - entered):
        group = [each for each in decided if awards[each.number] == award and each.rule.rank_by is not None]
        counted = {each.number: _counted(each, points.get(dossiers[each.number])) for each in group}
        if group and all(counted[each.number] is not None for each in group if each.passed):
            order = _broken(group, [Contender(each.code, counted[each.number] or 0, each.passed) for each in group])
            ranks.update((each.number, order.recorded[each.code]) for each in group)
    return [
        replace(each, tally=replace(each.tally, rank=ranks[each.number])) if each.number in ranks else each
        for each in decided
    ]


def _broken(group: Sequence[Decided], contenders: Sequence[Contender]) -> ranking.Ranking:
    """The order of one award, a tie across its cut broken as the chair agreed to these and not to those.

    Raises CouncilError: he has not said so of every one that is tied (ranking_tied), or agreed to more than there are
    places (ranking_too_many).
    """
    rule = group[0].rule
    order = ranking.rank(rule, contenders)
    if order.settled:
        return order
    tied = [each for each in group if each.code in order.undecided]
    lines, places = tuple(each.number for each in tied), order.open_places
    taken = [each.code for each in tied if each.tally.chair_agrees is True]
    if len(taken) > places:
        raise CouncilError("ranking_too_many", lines=lines, places=places)
    if len(taken) < places and any(each.tally.chair_agrees is None for each in tied):
        raise CouncilError("ranking_tied", lines=lines, places=places)
    return ranking.rank(rule, contenders, taken)


def _counted(decided: Decided, points: Fraction | None) -> int | Fraction | None:
    """What its rule ranks a line by; None where that is not known."""
    return decided.tally.yes if decided.rule.rank_by == "yes" else points


def may_still_answer(agenda: Agenda, today: date) -> bool:
    """Whether the time for answers still runs: to the end of its last day, or of the day of a meeting."""
    return today <= (agenda.row.answers_due_on or agenda.row.held_on) and agenda.row.form != "meeting"


def chair_says(line: LineRow, by_name: Mapping[int, Sequence[tuple[int, str, str]]], chair: int | None) -> bool | None:
    """What is minuted of the chair; where votes are by name, his own, unless a statement says more."""
    if line.chair_agrees is not None:
        return line.chair_agrees
    return next((choice == "yes" for person, choice, _ in by_name.get(line.id, ()) if person == chair), None)


def _counts(connection: Connection, agenda: Agenda, lines: Sequence[LineRow]) -> dict[int, Counts]:
    """Ballots of each line from wherever they were cast: the box, by name, on paper."""
    ids = [line.id for line in lines]
    choices: dict[int, list[str]] = {id_: [] for id_ in ids}
    for id_, _, choice in rows.box(connection, ids):
        choices[id_].append(choice)
    for id_, named in rows.open_ballots(connection, ids).items():
        choices[id_] += [choice for _, choice, _ in named]
    found = {id_: ballots.count(said) for id_, said in choices.items()}
    if agenda.row.ballots == "paper":
        if not agenda.row.minutes_sha256:
            raise CouncilError("minutes_missing", session=agenda.row.code)
        for id_, each in _agreed(connection, lines).items():
            found[id_] += each
    return found


@dataclass(frozen=True, slots=True)
class MissingCounts:
    """Open lines of a vote on paper, by what their counts still want: two tellers, or that both count anew since they
    did not say the same.

    Never what they say.
    """

    counted: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    differ: tuple[int, ...] = ()


def missing_counts(connection: Connection, agenda: Agenda) -> MissingCounts:
    """How far the counting of paper is; nothing where ballots are cast online."""
    if agenda.row.ballots != "paper":
        return MissingCounts()
    lines = [line for line in agenda.latest() if line.state == "open"]
    return _so_far(connection, lines)


def _so_far(connection: Connection, lines: Sequence[LineRow]) -> MissingCounts:
    kept = rows.paper_counts(connection, [line.id for line in lines])
    aside = rows.recounts(connection, [line.id for line in lines])
    short = [line for line in lines if len(kept.get(line.id, ())) < entries(line)]
    differ = {line.number for line in short if line.id in aside} | set(_differing(lines, kept))
    missing = tuple(line.number for line in short if line.number not in differ)
    counted = tuple(line.number for line in lines if line.number not in (*missing, *differ))
    return MissingCounts(counted, missing, tuple(sorted(differ)))


def _differing(lines: Sequence[LineRow], kept: Mapping[int, Mapping[int, tuple[Counts, str]]]) -> tuple[int, ...]:
    """The lines on which two tellers do not say the same."""
    twice = [line for line in lines if len(kept.get(line.id, ())) == 2]
    differ = ballots.differences(
        {line.number: kept[line.id][1][0] for line in twice}, {line.number: kept[line.id][2][0] for line in twice}
    )
    return tuple(sorted({each.line for each in differ}))


def _agreed(connection: Connection, lines: Sequence[LineRow]) -> dict[int, Counts]:
    so_far = _so_far(connection, lines)
    if so_far.missing:
        raise CouncilError("count_missing", lines=so_far.missing)
    if so_far.differ:
        raise CouncilError("counts_differ", lines=so_far.differ)
    return agreed_so_far(connection, lines)


def agreed_so_far(connection: Connection, lines: Sequence[LineRow]) -> dict[int, Counts]:
    """What was counted of those lines whose paper is counted and of which nobody says otherwise, by line id."""
    kept = rows.paper_counts(connection, [line.id for line in lines])
    differ = _differing(lines, kept)
    done = [line for line in lines if len(kept.get(line.id, ())) >= entries(line) and line.number not in differ]
    return {line.id: next(iter(kept[line.id].values()))[0] for line in done}


def entries(line: LineRow) -> int:
    """Ballots on paper are counted by two; hands are counted once, before everybody's eyes."""
    return 1 if line.rule["ballot"] == "show_of_hands" else 2


def _fire(
    connection: Connection, desk: Desk, agenda: Agenda, decided: Sequence[Decided], who: Actor, request_key: str,
    now: datetime,
) -> list[ActReport]:  # fmt: skip
    """The closing acts, each line with its own tally. Raises CloseRefused when one line may not be closed."""
    by_number = {line.number: line for line in agenda.latest()}
    groups: dict[tuple[str, str], list[Decided]] = {}
    for each in decided:
        if not each.again:
            body = agenda.acts[by_number[each.number].flow_version_id]
            assert body is not None  # narrows the type; only such lines were opened
            groups.setdefault((body.close.id, _tally_field(body.close)), []).append(each)
    reports = []
    for (transition, field), group in sorted(groups.items(), key=lambda item: item[0]):
        request = ActRequest(
            who.person, transition, tuple(each.code for each in group), f"{request_key}:{transition}",
            line_fields={each.code: {field: votes.tally_to(each.tally)} for each in group}, all_or_nothing=True,
        )  # fmt: skip
        report = acts.perform_in(connection, desk, request, now)
        if report.refused:
            raise CloseRefused(tuple(each for each in report.results if not each.done))
        reports.append(report)
    return reports


def _tally_field(transition: Transition) -> str:
    found = next((each.name for each in transition.fields if each.type == "tally"), None)
    if found is None:
        raise CouncilError("no_tally_field", transition=transition.id)
    return found


def _keep(connection: Connection, agenda: Agenda, decided: Sequence[Decided]) -> bool:
    """Each line's tally and result; a vote that is taken again begins with an empty box. Returns whether one is."""
    by_number = {line.number: line for line in agenda.latest()}
    for each in decided:
        line = by_number[each.number]
        rows.change_lines(connection, [line.id], state="decided", tally=votes.tally_to(each.tally), passed=each.passed)
    again = [by_number[each.number] for each in decided if each.again]
    rows.add_lines(
        connection, agenda.row.id, [(line.number, line.attempt + 1, line.nomination_id, line.award) for line in again]
    )
    latest = {line.number: line for line in rows.lines(connection, agenda.row.id)}
    aside = rows.recusals(connection, agenda.row.id)
    for old in again:
        new = latest[old.number]
        rows.change_lines(connection, [new.id], state="open", rule=old.rule)
        rows.add_recusals(
            connection, [(new.id, person, cause, words) for person, (cause, words) in aside.get(old.id, {}).items()]
        )
    return bool(again)


def _publish(connection: Connection, agenda: Agenda, line_ids: Sequence[int]) -> int:
    """Move the ballots of these lines from the box to the list that anyone may recount; returns how many."""
    labels = {line.id: ballots.label(line.number, line.attempt) for line in agenda.lines}
    on_paper = agenda.row.ballots == "paper"
    found = rows.box(connection, line_ids)
    if not found:
        return 0
    before = rows.list_text(connection, agenda.row.id)
    known = [Published._make(row.split("\t")) for row in before.splitlines()[1:]]
    new = [Published(labels[id_], receipt, MERGED if on_paper else choice) for id_, receipt, choice in found]
    text = ballots.listing(agenda.row.code, [*known, *new])
    rows.change_session(connection, agenda.row.id, list_text=text, list_sha256=ballots.digest(text))
    rows.empty_box(connection, line_ids)
    rows.level_roll(connection, line_ids)
    return len(new)


def _digest_of(decided: Sequence[Decided]) -> str:
    """One digest over every line's tally, for the audit entry."""
    told: list[Any] = [[each.number, each.code, votes.tally_to(each.tally), each.passed] for each in decided]
    return ballots.digest(to_json(told))


def published_list(desk: Desk, code: str) -> str:
    """The list of ballots of a closed session, as text. Raises CouncilError before that, or where there is none."""
    with read(desk.engine) as connection:
        row = rows.session(connection, code)
        if row is None:
            raise CouncilError("session_unknown", session=code)
        if row.state != "closed":
            raise CouncilError("not_before_closing", session=code)
        text = rows.list_text(connection, row.id)
    if not text:
        raise CouncilError("no_list", session=code)
    return text
