"""The rehearsal: day by day on a movable clock, units and desk act, the clock reminds, mail goes out over SMTP.

Everything is done through the same services as in earnest. What is rehearsed comes from the
scenarios of the published flows (`casting`), so an unexpected refusal is a finding, and is counted.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from definitions.calendar import LOCAL
from definitions.flow import Flow, Scenario, ScenarioStep
from notifications.delivery import Delivery
from workflow.demo import casting, lists, scoring, sittings, world
from workflow.demo.casting import Cast
from workflow.demo.sittings import Sitting
from workflow.demo.world import ROUND, actor_for
from workflow.domain.councils import BodyActs
from workflow.domain.letters import has_number
from workflow.domain.rehearsal import papers_named
from workflow.intake.checking import line_key
from workflow.services import acts, appraisal_mails, papers, register, reminders, session_mails, submissions
from workflow.services.desk import Desk
from workflow.services.looking import Filter, nominations_page
from workflow.services.register import HistoryEntry, UnitEntry
from workflow.services.requests import ActRequest

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A paper for the rehearsal: the smallest thing that a reader of PDFs knows."""


@dataclass(frozen=True, slots=True)
class Part:
    """One nomination and the story it lives."""

    code: str
    cast: Cast
    cluster: str
    field_of_work: str
    list: int = 0
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A step of a story on its day: everything that can be done as one act is one act."""

    on: date
    number: int
    flow: str
    story: str
    step: Any
    shift: int
    owner: str


Cues = dict[date, dict[Cue, list[Part]]]
FIRST_ROW = 7
"""The first line of a generated list, counted as people see rows."""
NEXT_ACTS = (0, 0, 1, 2, 3, 3, 4, 5)
"""How far the first lists of the next round have come, in acts of their main story."""
LONGEST_AFTER_VOTE = 100
"""Working days: a ceremony that comes later than that is not waited for."""
ACHIEVED = date(2026, 11, 30)
"""End of the period that the lists of the season are about."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A list to bring in on a day. Without casts it is a sample, whose lines get their stories when it is read."""

    on: date
    unit: str
    field_of_work: str
    file: str
    content: bytes
    casts: tuple[Cast, ...]
    subjects: Mapping[str, str] = field(default_factory=dict)
    round: str = ROUND
    achieved: date = ACHIEVED
    acts: int | None = None
    """So many acts of each story are played, all without a number."""
    sitting: Sitting | None = None
    """The session that takes what is on this list, if one does."""


@dataclass(slots=True)
class Tally:
    """What a season came to."""

    acts: int = 0
    refused: int = 0
    reminders: int = 0
    handed_over: int = 0
    failed: int = 0
    surprises: list[str] = field(default_factory=list)
    lists: list[tuple[str, int, int]] = field(default_factory=list)
    cards: int = 0
    sessions: list[tuple[str, int, int]] = field(default_factory=list)
    """(code, lines decided, lines passed) of each session of the council."""


@dataclass(slots=True)
class Season:
    """Runs one. `say` gets a line of the story; `deliver` sends what is due and may be None (no mail leaves)."""

    desk: Desk
    flows: Mapping[str, Flow]
    units: Mapping[str, UnitEntry]
    rng: random.Random
    scale: int
    say: Callable[[date, str, Mapping[str, Any]], None]
    progress: Callable[[str], None]
    worker: Delivery | None = None
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 8, tzinfo=LOCAL))
    tally: Tally = field(default_factory=Tally)
    numbers: Counter[str] = field(default_factory=Counter)
    _keys: Counter[str] = field(default_factory=Counter)
    _played: set[str] = field(default_factory=set)
    _on_file: set[tuple[int, str]] = field(default_factory=set)
    _first: dict[int, ScenarioStep] = field(default_factory=dict)
    _withdrawals: dict[tuple[int, str], ScenarioStep] = field(default_factory=dict)
    _events: dict[date, list[Callable[[], None]]] = field(default_factory=lambda: defaultdict(list))
    _cued: Cues = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    _asked: int = 0
    _done: int = 0

    # ── before ───────────────────────────────────────────────────────────────────────────────────

    def run(self) -> Tally:
        """From the first list to the last act."""
        batches = [*self._samples(), *self._generated_lists()]
        self._at(min(each.on for each in batches), 7)
        self._round(batches)
        waiting: dict[date, list[Batch]] = defaultdict(list)
        for each in batches:
            waiting[each.on].append(each)
        sittings.seat(self)
        sittings.prepare(self, waiting)
        self._play(waiting)
        self._play({(day := self.desk.calendar.next_working(self.now.date())): self._revocations(day)})
        self._begin_next_round()
        return self.tally

    def _samples(self) -> list[Batch]:
        """The four lists that ship, as four units sent them."""
        return [
            Batch(day, unit, "", file, (world.DATA / "lists" / file).read_bytes(), ())
            for file, unit, day in (
                ("danh-sach-cuc-vien-thong.xlsx", "CVT", date(2026, 12, 2)),
                ("danh-sach-hoc-vien.xlsx", "PTIT", date(2026, 12, 4)),
                ("danh-sach-so-ha-noi-sai-tuyen.xlsx", "SHN", date(2026, 12, 4)),
                ("danh-sach-buu-dien-loi.xlsx", "VNPOST", date(2026, 12, 7)),
            )
        ]

    def _generated_lists(self) -> list[Batch]:
        """A list of every other nomination; each unit sends its own when its stories begin."""
        by_home: dict[tuple[str, str], list[tuple[Flow, Scenario]]] = defaultdict(list)
        for name, amount in casting.amounts(self.flows, self.scale).items():
            flow = self.flows[name]
            if flow.subject == "decision_line":
                continue
            homes = self._homes(flow)[: max(3, amount // casting.LINES_PER_UNIT)]
            for number, scenario in enumerate(casting.stories(flow, amount, self.rng, self._played)):
                unit = homes[number % len(homes)]
                by_home[unit, self._field(unit, scenario)].append((flow, scenario))
        return [
            self._batch(unit, field_of_work, parts, number)
            for number, ((unit, field_of_work), parts) in enumerate(sorted(by_home.items(), key=lambda item: item[0]))
        ]

    def _batch(self, unit: str, field_of_work: str, parts: list[tuple[Flow, Scenario]], number: int) -> Batch:
        shift = casting.WAVES[hash_of(unit) % len(casting.WAVES)]
        on = self.desk.calendar.previous_working(
            min(casting.first_day(each) for _, each in parts) + timedelta(days=shift)
        )
        name = self.units[unit].name
        made = [lists.line(flow, name, number * 1000 + index, self.rng) for index, (flow, _) in enumerate(parts)]
        letter = f"{number + 1:02d}/TTr-{unit}"
        content = lists.workbook(name, letter, on.strftime("%d/%m/%Y"), made)
        casts = tuple(
            Cast(flow, scenario, unit, shift, line.name, line.position, line.workplace, line.code)
            for (flow, scenario), line in zip(parts, made, strict=True)
        )
        return Batch(on, unit, field_of_work, f"{unit}.xlsx", content, casts)

    def _homes(self, flow: Flow) -> list[str]:
        """Units that may propose this award; titles a unit gives itself are shown for one unit only."""
        if flow.level == "unit":
            return [casting.HOME]
        found = [code for code, unit in self.units.items() if unit.kind in flow.from_units]
        self.rng.shuffle(found)
        return found or [casting.HOME]

    def _field(self, unit: str, scenario: Scenario) -> str:
        return "" if scenario.given.get("field") is None else world.FIELDS[hash_of(unit) % len(world.FIELDS)]

    def _round(self, batches: Iterable[Batch]) -> None:
        """The round, with the numbers that caps are a share of."""
        counts = {
            rule.of: casting.LEADERS * self.scale for flow in self.flows.values() for rule in flow.across if rule.of
        }
        last = max(casting.last_day(story) for flow in self.flows.values() for story in flow.scenarios)
        first = min(each.on for each in batches)
        register.add_round(self.desk, world.the_round(first, last + timedelta(days=90), counts), "demo", self.now)

    def _begin_next_round(self) -> None:
        """The first lists of the year after: some units still write theirs, some dossiers have just come in."""
        flows = [flow for flow in self.flows.values() if casting.plain(flow)][:3]
        if not flows:
            return
        calendar = self.desk.calendar
        first = calendar.next_working(self.now.date() + timedelta(days=1))
        last = calendar.add_working(first, 15)
        self._at(first, 7)
        register.add_round(self.desk, world.the_next_round(first, last + timedelta(days=365), last), "demo", self.now)
        waiting: dict[date, list[Batch]] = defaultdict(list)
        for number, acts_played in enumerate(NEXT_ACTS):
            flow = flows[number % len(flows)]
            on = calendar.add_working(first, number // 2)
            story = casting.main_story(flow)
            waiting[on].append(self._next_batch(flow, story, number, on, acts_played))
        for flow in flows[:1]:  # and one that its unit must mend
            for story, acts_played in casting.up_to(flow, "request_supplement"):
                waiting[first].append(self._next_batch(flow, story, len(NEXT_ACTS), first, acts_played))
        self._play(waiting)

    def _next_batch(self, flow: Flow, scenario: Scenario, number: int, on: date, acts_played: int) -> Batch:
        homes = sorted(code for code, unit in self.units.items() if unit.kind in flow.from_units)
        # The unit whose people are offered first for a look around has work of both kinds: a draft, and a list to mend.
        unit = homes[(number * 7) % len(homes)] if number % len(NEXT_ACTS) else casting.HOME
        name = self.units[unit].name
        made = [lists.a_year_on(lists.line(flow, name, 90_000 + number * 10 + each, self.rng)) for each in range(3)]
        letter = f"{number + 1:02d}/TTr-{unit}"
        content = lists.workbook(name, letter, on.strftime("%d/%m/%Y"), made, 2027)
        shift = (on - casting.first_day(scenario)).days
        casts = tuple(
            Cast(flow, scenario, unit, shift, each.name, each.position, each.workplace, each.code) for each in made
        )
        return Batch(
            on, unit, self._field(unit, scenario), f"{unit}-2027.xlsx", content, casts,
            round=world.NEXT_ROUND, achieved=date(2027, 11, 30), acts=acts_played,
        )  # fmt: skip

    # ── what the council's sessions ask for ──────────────────────────────────────────────────────

    def sitting_batch(
        self, sitting: Sitting, flow: Flow, unit: str, amount: int, number: int, acts_played: int
    ) -> Batch:
        """A list whose dossiers come as far as the council's door, and no further by themselves."""
        story, name = casting.main_story(flow), self.units[unit].name
        on = self.desk.calendar.previous_working(casting.first_day(story) + timedelta(days=sitting.shift))
        made = [lists.line(flow, name, 800_000 + number * 1000 + each, self.rng) for each in range(amount)]
        content = lists.workbook(name, f"{number:02d}/TTr-{unit}", on.strftime("%d/%m/%Y"), made)
        casts = tuple(
            Cast(flow, story, unit, sitting.shift, each.name, each.position, each.workplace, each.code) for each in made
        )
        return Batch(
            on,
            unit,
            self._field(unit, story),
            f"{unit}-hoi-dong.xlsx",
            content,
            casts,
            achieved=ACHIEVED + timedelta(days=sitting.shift),
            acts=acts_played,
            sitting=sitting,
        )

    def day_of(self, part: Part, acts_of: BodyActs | None) -> date:
        """The day on which the part's story would be put on an agenda."""
        story = part.cast.scenario
        wanted = acts_of.table.id if acts_of is not None and acts_of.table is not None else ""
        start = casting.first_day(story)
        found = next(step.on for _, step in _lived(story) if step.name == wanted)
        return self._moved(found or start, part.cast.shift, start)

    def on_day(self, day: date, happens: Callable[[], None]) -> None:
        """Do this on that day, before the acts of the stories."""
        self._events[max(day, self.now.date())].append(happens)

    def go_on(self, part: Part, after: str, *, only_release: bool) -> None:
        """What the story does after its vote, as many working days later as it says; from tomorrow on."""
        story, calendar = part.cast.scenario, self.desk.calendar
        steps = _lived(story)
        at = next(index for index, (_, step) in enumerate(steps) if step.name == after)
        voted_on, today = steps[at][1].on or casting.first_day(story), self.now.date()
        for number, step in steps[at + 1 :]:
            if only_release and not _only_releases(part.cast.flow, step):
                continue
            days = max(1, calendar.working_between(voted_on, step.on or voted_on))
            if days > LONGEST_AFTER_VOTE:
                break
            on = calendar.add_working(today, days)
            cue = Cue(on, number, part.cast.flow.id, story.title, _Hashable(step), part.cast.shift + 1,
                      self._owner(step, part))  # fmt: skip
            self._cued[on][cue].append(part)
            self._asked += 1

    def give_up(self, part: Part) -> None:
        """A dossier that may not go on is withdrawn by its unit."""
        self._take_back(part, self.now.date(), self._cued)
        self._asked += 1

    def tell_session(self, code: str, title: str, what: str, **facts: Any) -> None:
        self.say(self.now.date(), "session", {"session": code, "title": title, "what": what, **facts})

    # ── lists ────────────────────────────────────────────────────────────────────────────────────

    def _bring_in(self, batch: Batch) -> list[Part]:
        """Import a list as its unit's officer; each new nomination gets its story."""
        request = submissions.ImportRequest(
            f"{batch.unit}/CB", batch.unit, batch.round, batch.content, batch.file, achievement_to=batch.achieved,
            field_of_work=batch.field_of_work, subjects=batch.subjects,
        )  # fmt: skip
        report = submissions.bring_in(self.desk, request, self.now)
        checked = report.plan.checked
        facts = {"unit": self.units[batch.unit].name, "good": len(checked.good), "bad": len(checked.bad)}
        self.say(self.now.date(), "list", facts)
        if not batch.casts:
            self.tally.lists.append((batch.file, len(checked.good), len(checked.bad)))
            return self._cast_sample(batch, report)
        self.tally.surprises += [f"{batch.file}: {row.row.name} {row.problems[0].code}" for row in checked.bad]
        codes = {line.number: code for line, code in zip(report.plan.new, report.codes, strict=True)}
        return [
            self._part(codes[FIRST_ROW + index], cast, report)
            for index, cast in enumerate(batch.casts)
            if FIRST_ROW + index in codes
        ]

    def _cast_sample(self, batch: Batch, report: submissions.ImportReport) -> list[Part]:
        lines = report.plan.new
        amounts = Counter(line.flow_id for line in lines)
        stories = {
            name: casting.stories(self.flows[name], amount, self.rng, self._played) for name, amount in amounts.items()
        }
        parts = []
        for line, code in zip(lines, report.codes, strict=True):
            scenario = stories[line.flow_id].pop()
            weeks = max(0, -((casting.first_day(scenario) - batch.on).days // 7))
            cast = Cast(self.flows[line.flow_id], scenario, batch.unit, 7 * weeks, line.name, line.position,
                        line.workplace, line.code or "", line.nominee == "individual")  # fmt: skip
            parts.append(self._part(code, cast, report))
        self._expect(each.cast for each in parts)
        return parts

    def _expect(self, casts: Iterable[Cast]) -> None:
        """So many more steps will be played: what progress is a share of. The papers come before a story's own."""
        self._asked += sum(1 + len(_lived(cast.scenario)) for cast in casts)

    def _part(self, code: str, cast: Cast, report: submissions.ImportReport) -> Part:
        cluster = self.units[cast.unit].cluster
        list_, letter = report.submission_id or 0, report.plan.letter_number
        number = letter if has_number(letter) else f"{list_:02d}/TTr-{cast.unit}"
        return Part(code, cast, cluster, self._field(cast.unit, cast.scenario), list_, number)

    def _revocations(self, day: date) -> list[Batch]:
        """Two awards turn out to rest on false papers: a list that asks for their revocation."""
        flow = next((each for each in self.flows.values() if each.subject == "decision_line"), None)
        awarded = nominations_page(
            self.desk, Filter(outcome="awarded", state="awarded", flow="bang_khen_bo"), limit=2
        ).rows
        if flow is None or not awarded:
            return []
        unit = awarded[0].unit
        rows = [row for row in awarded if row.unit == unit]
        award = flow.aliases[0] if flow.aliases else flow.title.vi
        made = [lists.ListLine(row.name, "", row.position, row.workplace, award, lists.DEEDS[0]) for row in rows]
        scenario = casting.main_story(flow)
        weeks = max(0, -((casting.first_day(scenario) - day).days // 7))
        content = lists.workbook(self.units[unit].name, f"99/TTr-{unit}", day.strftime("%d/%m/%Y"), made)
        casts = tuple(Cast(flow, scenario, unit, 7 * weeks, row.name) for row in rows)
        subjects = {
            line_key(flow.id, None, each.name, each.workplace): row.code for each, row in zip(made, rows, strict=True)
        }
        return [Batch(day, unit, "", f"{unit}-huy-bo.xlsx", content, casts, subjects)]

    # ── history ──────────────────────────────────────────────────────────────────────────────────

    def _history(self, batch: Batch, parts: list[Part]) -> None:
        """What the stories say was awarded before, entered like the ministry's own old lists."""
        entries = [
            _history_entry(part, record)
            for part in parts
            for record in part.cast.scenario.given.get("history", ())  # type: ignore[attr-defined]
        ]
        # A unit none of whose history was ever entered is unknown to the rules; one old line makes it known.
        entries.append(HistoryEntry(batch.unit, self.units[batch.unit].name, "collective", 2015, award="tt_ldtt"))
        register.add_history(self.desk, entries, "demo", "demo", self.now)

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────

    def _cues(self, parts: Iterable[Part], cues: Cues, most: int | None = None) -> None:
        """Put each step of each story on its day; with `most`, no more acts of it than that."""
        for part in parts:
            story, left = part.cast.scenario, most
            papers_there = story.given.get("documents", ())
            first = ScenarioStep("attach", story.line, on=casting.first_day(story), documents=tuple(papers_there))  # type: ignore[arg-type]
            for number, step in ((0, self._first.setdefault(id(story), first)), *_lived(story)):
                if step.verb == "do" and left is not None:
                    if not left:
                        break
                    left -= 1
                start = casting.first_day(story)
                on = self._moved(step.on or start, part.cast.shift, start)
                cue = Cue(max(on, self.now.date()), number, part.cast.flow.id, story.title, _Hashable(step),
                          part.cast.shift, self._owner(step, part))  # fmt: skip
                cues[cue.on][cue].append(part)
            if most is None and casting.is_left_open(part.cast.flow, story):
                self._take_back(part, cue.on, cues)
            elif most is None:
                self._finish(part, cue.on, cues)

    def _finish(self, part: Part, last: date, cues: Cues) -> None:
        """What its own story leaves decided or forwarded goes on as the main story does: nobody lets it lie."""
        flow, story, calendar = part.cast.flow, part.cast.scenario, self.desk.calendar
        steps = casting.tail(flow, story)
        on, before = last, steps[0][1].on if steps else None
        for number, step in steps:
            lasts = calendar.working_between(before, step.on) if before and step.on else 1
            on, before = calendar.add_working(on, max(1, lasts)), step.on
            # Days that a step brings are told as from the part's own story: moved so far that they are not to come.
            shift = (on - step.on).days - 4 if step.on else 0
            cue = Cue(on, 100 + number, flow.id, story.title, _Hashable(step), shift, self._owner(step, part))
            cues[on][cue].append(part)
            self._asked += 1

    def _take_back(self, part: Part, last: date, cues: Cues) -> None:
        """What a story leaves lying about is withdrawn by its unit a month later."""
        story, flow = part.cast.scenario, part.cast.flow
        act = flow.transitions["withdraw"]
        said = {"letter_no": f"99/CV-{part.cast.unit}", "reason": "Đơn vị sẽ đề nghị lại ở đợt sau"}
        step = self._withdrawals.setdefault(
            (id(story), part.cast.unit),
            ScenarioStep("do", story.line, "withdraw", act.by[0],
                         fields={each.name: said[each.name] for each in act.fields if each.name in said}),
        )  # fmt: skip
        on = self.desk.calendar.next_working(last + timedelta(days=30))
        cue = Cue(on, 1000, flow.id, story.title, _Hashable(step), 0, self._owner(step, part))
        cues[on][cue].append(part)

    def _owner(self, step: ScenarioStep, part: Part) -> str:
        """Who does it: acts of one person on one day are one act."""
        if step.verb != "do":
            return f"{part.cast.unit}/CB"
        return actor_for(step.by, part.cast.unit, part.cluster, part.field_of_work)

    def _moved(self, day: date, shift: int, start: date) -> date:
        """The story's day in this unit's season: as many working days after a beginning `shift` days later."""
        if not shift:
            return day
        calendar = self.desk.calendar
        begins = calendar.next_working(start + timedelta(days=shift))
        return calendar.add_working(begins, calendar.working_between(start, day))

    def _play(self, waiting: Mapping[date, list[Batch]]) -> None:
        """Day by day until no list waits and no cue is left."""
        cues = self._cued = defaultdict(lambda: defaultdict(list))
        self._expect(cast for lists in waiting.values() for each in lists for cast in each.casts)
        day = min(waiting)
        while day <= max((*waiting, *cues, *self._events)):
            self._morning(day)
            for batch in waiting.get(day, ()):
                self.progress(batch.unit)
                parts = self._bring_in(batch)
                self._history(batch, parts)
                self._cues(parts, cues, batch.acts)
                if batch.sitting is not None:
                    sittings.brought_in(self, batch.sitting, parts)
            happened = self._events.pop(day, [])
            for happens in happened:
                self.now += timedelta(minutes=1)
                happens()
            for cue, parts in sorted(
                cues.get(day, {}).items(), key=lambda item: (item[0].number, item[0].flow, item[0].story)
            ):
                self._perform(cue, parts)
            if day in cues or day in waiting or happened:
                self._evening()
            day += timedelta(days=1)
        self._morning(self.desk.calendar.next_working(day))

    def _morning(self, day: date) -> None:
        self._at(day, 8)
        swept = reminders.sweep(self.desk, self.now)
        if session_mails.remind(self.desk, self.now) + appraisal_mails.remind(self.desk, self.now):
            self._evening()
        if swept.reminders or swept.escalations:
            self.tally.reminders += swept.reminders + swept.escalations
            self.say(
                day, "reminders", {"amount": swept.reminders, "escalations": swept.escalations, "mails": swept.mails}
            )
            self._evening()

    def _evening(self) -> None:
        """The mail worker's round."""
        self.now += timedelta(minutes=5)
        if self.worker is not None:
            report = self.worker.deliver()
            self.tally.handed_over += report.handed_over
            self.tally.failed += report.failed

    def _at(self, day: date, hour: int) -> None:
        self.now = max(self.now, datetime.combine(day, time(hour), LOCAL))

    def _perform(self, cue: Cue, parts: list[Part]) -> None:
        self.now += timedelta(minutes=1)
        self._done += len(parts)
        self.progress(f"{cue.on:%d/%m/%Y}  {self._done * 100 // self._asked} %")
        # What is handed in goes list by list, each under the number of its own letter.
        submits = _submits(parts[0].cast.flow, cue.step)
        for by_owner in _by(
            parts, lambda part: f"{self._owner(cue.step, part)} {part.list if submits else 0}"
        ).values():
            if cue.step.verb == "attach":
                self._attach(cue, by_owner)
            elif cue.step.verb == "fact":
                self._learn(cue, by_owner)
            else:
                self._act(cue, by_owner)

    def _attach(self, cue: Cue, parts: list[Part]) -> None:
        """The papers a story names, for these nominations (or once for their submission)."""
        by_document: dict[str, list[str]] = defaultdict(list)
        for part in parts:
            nominee = "individual" if part.cast.person or part.cast.is_person else "collective"
            for document in papers_named(part.cast.flow, nominee, cue.step.documents):
                rule = part.cast.flow.documents[document]
                # A paper of the whole list is put on file once, not for every line of it.
                if rule.per == "nomination" or (part.list, document) not in self._on_file:
                    by_document[document].append(part.code)
                if rule.per == "submission":
                    self._on_file.add((part.list, document))
        for document, codes in sorted(by_document.items()):
            papers.attach(
                self.desk, self._owner(cue.step, parts[0]), codes, document, PAPER, f"{document}.pdf", self.now
            )

    def _learn(self, cue: Cue, parts: list[Part]) -> None:
        """The world outside: an old award is found and entered. Other facts of a story come about by themselves."""
        records = cue.step.fields.get("history", ())
        entries = [_history_entry(part, record) for part in parts for record in records]
        if entries:
            register.add_history(self.desk, entries, "demo", "demo", self.now)

    def _act(self, cue: Cue, parts: list[Part]) -> None:
        step = cue.step
        key = f"{cue.on.isoformat()}:{cue.flow}:{cue.number}:{cue.story}:{cue.owner}:{parts[0].cast.unit}"
        self._keys[key] += 1
        request = ActRequest(
            actor=self._owner(step, parts[0]),
            transition=step.name,
            codes=tuple(part.code for part in parts),
            request_key=hex_of(f"{key}:{self._keys[key]}"),
            fields=self._fields(step, cue.shift, parts[0]),
            overrides=self._overrides(step, parts[0]),
        )
        report = acts.perform(self.desk, request, self.now)
        self.tally.acts += report.act_id is not None
        self.tally.refused += report.refused
        for result in report.results:
            if not result.done:
                codes = ",".join(reason.code for reason in result.reasons)
                self.tally.surprises.append(f"{cue.on} {cue.flow} “{cue.story}” {step.name} {result.code}: {codes}")
        if report.done:
            self._tell(cue, parts, report)
            flow = parts[0].cast.flow
            came = [each.code for each in report.results
                    if each.done and scoring.enters(flow, each.from_state, each.to_state)]  # fmt: skip
            if came:
                self.on_day(self.desk.calendar.next_working(cue.on + timedelta(days=1)), lambda: self._score(came))

    def _score(self, codes: list[str]) -> None:
        """Specialists are asked by mail, and score what has come into appraisal."""
        asked = scoring.ask(self.desk, codes, self.now)
        self._evening()
        self.tally.cards += scoring.score(self.desk, asked, self.now)

    def _tell(self, cue: Cue, parts: list[Part], report: acts.ActReport) -> None:
        states = Counter(result.to_state for result in report.results if result.done)
        self.say(
            cue.on,
            "act",
            {
                "flow": parts[0].cast.flow, "transition": cue.step.name, "done": report.done, "states": dict(states),
                "units": sorted({part.cast.unit for part in parts}), "mails": len(report.mails), "by": cue.step.by,
                "fields": dict(cue.step.fields),
            },
        )  # fmt: skip

    def _fields(self, step: ScenarioStep, shift: int, part: Part) -> dict[str, Any]:
        start = casting.first_day(part.cast.scenario)
        found = {name: self._value(value, shift, start) for name, value in step.fields.items()}
        for value in found.values():
            if isinstance(value, dict) and "symbol" in value:
                self._number(value, step.by == "clerk")
        if "letter_no" in found and _submits(part.cast.flow, step):
            found["letter_no"] = part.letter
        return found

    def _number(self, decision: dict[str, Any], issued_here: bool) -> None:
        """The next number of its symbol and year. Issued here, it bears the day of the act: numbers follow days."""
        if issued_here:
            decision["issued_on"] = self.now.date()
        book = f"{decision['symbol']} {decision['issued_on'].year}"
        self.numbers[book] += 1
        decision["number"] = self.numbers[book]

    def _value(self, value: Any, shift: int, start: date) -> Any:
        if isinstance(value, date):
            return self._moved(value, shift, start)
        if isinstance(value, Mapping):
            return {name: self._value(each, shift, start) for name, each in value.items()}
        if isinstance(value, list):
            return [self._value(each, shift, start) for each in value]
        return value

    def _overrides(self, step: ScenarioStep, part: Part) -> dict[str, str]:
        """Warnings of the rules across dossiers are passed with a reason, as a secretary would after looking."""
        reason = "Đã kiểm tra hồ sơ giấy và quá trình khen thưởng tại đơn vị"
        rules = {rule.id: reason for rule in part.cast.flow.across if rule.effect == "warn"}
        return {**rules, **step.overrides}


def _only_releases(flow: Flow, step: ScenarioStep) -> bool:
    """Whether a step does nothing but tell a result that was held back."""
    act = flow.transitions[step.name] if step.verb == "do" else None
    return act is not None and bool(act.releases) and all(branch.to == "same" for branch in act.branches)


def _submits(flow: Flow, step: ScenarioStep) -> bool:
    act = flow.transitions.get(step.name) if step.verb == "do" else None
    return act is not None and "submitted" in act.marks


def _lived(story: Scenario) -> list[tuple[int, ScenarioStep]]:
    """The steps of a story that are played, numbered from one: what it expects to be refused is not tried."""
    return [
        (number, step)
        for number, step in enumerate(story.steps, start=1)
        if step.verb in ("do", "attach", "fact") and step.refused is None
    ]


class _Hashable:
    """A step that can be a key; two steps are one when they are the same step of the same scenario."""

    __slots__ = ("step",)

    def __init__(self, step: ScenarioStep) -> None:
        self.step = step

    def __hash__(self) -> int:
        return id(self.step)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and other.step is self.step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.step, name)


def _by(parts: Iterable[Part], key: Callable[[Part], str]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        found[key(part)].append(part)
    return dict(sorted(found.items()))


def _history_entry(part: Part, record: Mapping[str, Any]) -> HistoryEntry:
    return HistoryEntry(
        unit=part.cast.unit, name=part.cast.name, nominee="individual" if part.cast.person else "collective",
        year=int(record["year"]), award=str(record.get("award", "")), kind=str(record.get("kind", "merit")),
        rating=str(record.get("rating", "")), person=part.cast.person or None,
        decided_on=record.get("decided_on"), achievement_to=record.get("achievement_to"),
    )  # fmt: skip


def hash_of(text: str) -> int:
    """A number for a text that is the same in every run (Python's own is not)."""
    return sum((index + 1) * ord(letter) for index, letter in enumerate(text))


def hex_of(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:40]
