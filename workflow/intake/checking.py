"""Checks the lines of a list in form: names, awards, kinds, the way they are sent, double lines.

Knows no history, no vote and no document: whether a nominee may have an award is a matter of the
act that submits it. Every problem of a row is found at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from definitions.flow import Nominee
from workflow.domain.reasons import Plain
from workflow.domain.vietnamese import clean_name, fold, split_honorific
from workflow.intake.awards import AwardNames, Found
from workflow.intake.letters import read_period
from workflow.intake.nominees import Judged, judge_nominee
from workflow.intake.persons import direct_of, is_read, woman_of
from workflow.intake.spelling import problems_of_spelling
from workflow.intake.synonyms import Synonyms, load_synonyms
from workflow.intake.values import AwardChoice, BadRow, Checked, Line, Problem, Row, RowWarning, Total

# Characters; the columns of the tables are as wide.
LONGEST = {"code": 40, "position": 200, "workplace": 300, "award": 300, "achievement": 10_000, "note": 2_000}
LONGEST_NAME: dict[Nominee, int] = {"individual": 200, "collective": 300}
LONGEST_KEY = 300
# Columns whose cells count; a formula that numbers the rows is nobody's concern.
_COUNT = frozenset({"code", "name", "position", "workplace", "position_workplace", "award", "achievement", "period"})


def check(
    rows: Iterable[Row],
    *,
    awards: Sequence[AwardChoice],
    unit_kind: str,
    totals: Iterable[Total] = (),
    synonyms: Synonyms | None = None,
) -> Checked:
    """Good lines, bad rows with all their problems, and warnings, in the order of the list.

    Of two equal lines the first stays good. `totals` are what the list says of itself.
    """
    synonyms = synonyms or load_synonyms()
    rows = tuple(rows)
    cites = any(row.achievement for row in rows)
    checker = _Checker(AwardNames(awards, synonyms), unit_kind, synonyms, cites)
    for row in rows:
        checker.take(row)
    checker.compare(totals)
    return Checked(tuple(checker.good), tuple(checker.bad), tuple(checker.warnings))


def line_key(flow_id: str, code: str | None, name: str, workplace: str) -> str:
    """The same for the same nominee and flow in every list: by code, else by folded name and workplace.

    At most 300 characters; a longer one is replaced by its digest.
    """
    who = f"#{fold(code).replace(' ', '')}" if code else f":{fold(name)}@{fold(workplace)}"
    key = flow_id + who
    return key if len(key) <= LONGEST_KEY else f"{flow_id}:{hashlib.sha256(who.encode()).hexdigest()}"


@dataclass(slots=True)
class _Checker:
    """Takes rows one by one and remembers those it has seen."""

    names: AwardNames
    unit_kind: str
    synonyms: Synonyms
    cites: bool
    good: list[Line] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    warnings: list[RowWarning] = field(default_factory=list)
    _seen: dict[str, Row] = field(default_factory=dict)
    _codes: dict[str, Row] = field(default_factory=dict)
    _places: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    _kinds: list[tuple[str, int, Nominee]] = field(default_factory=list)

    def take(self, row: Row) -> None:
        found = self.names.find(row.award) if row.award else Found()
        judged = judge_nominee(row, {kind for choice in found.choices for kind in choice.nominee}, self.synonyms)
        choices, award_problems = self._award(row, found, judged)
        problems = [*_problems_of_cells(row, judged.nominee), *award_problems]
        line = _line(row, choices[0], judged, self.synonyms) if len(choices) == 1 else None
        if line is not None and row.name:
            problems += self._twice(row, line)
        problems += self._code_of_another(row)
        self._kinds.append((row.sheet, row.number, judged.nominee))
        if problems or line is None:
            self.bad.append(BadRow(row, tuple(problems)))
        else:
            self.good.append(line)
            self._warn(row, line, judged)

    # ── the award ────────────────────────────────────────────────────────────────────────────────

    def _award(self, row: Row, found: Found, judged: Judged) -> tuple[tuple[AwardChoice, ...], list[Problem]]:
        """The awards left, and what is wrong. One name of several flows means the one that fits."""
        if not row.award:
            return (), [] if {"award"} & row.errors else [Problem("award_missing", {}, "award")]
        if not found.choices:
            return (), [_unknown(row.award, found)]
        fitting = [choice for choice in found.choices if judged.nominee in choice.nominee]
        allowed = [choice for choice in fitting or found.choices if self._may_propose(choice)]
        problems: list[Problem] = []
        title = found.choices[0].title
        if not fitting:
            wrong = "award_for_collective" if judged.nominee == "individual" else "award_for_individual"
            problems.append(Problem(wrong, {"award": title, "ground": judged.ground}, "award"))
        if not allowed:
            problems.append(Problem("wrong_route", {"award": title, "unit_kind": self.unit_kind}, "award"))
        if len(allowed) > 1 and not problems:
            flows = tuple(choice.title for choice in allowed)
            problems.append(Problem("award_ambiguous", {"award": row.award, "flows": flows}, "award"))
        return tuple(allowed or found.choices), problems

    def _may_propose(self, choice: AwardChoice) -> bool:
        return not choice.from_units or self.unit_kind in choice.from_units

    # ── other rows ───────────────────────────────────────────────────────────────────────────────

    def _twice(self, row: Row, line: Line) -> Iterator[Problem]:
        first = self._seen.setdefault(line.line_key, row)
        if first is row:
            return
        params: dict[str, Plain] = {"row": first.number, "sheet": first.sheet, "name": line.name, "award": row.award}
        same = line.code is not None or clean_name(first.name).casefold() == clean_name(row.name).casefold()
        yield Problem("duplicate" if same else "differs_in_marks", params, "name")

    def _code_of_another(self, row: Row) -> Iterator[Problem]:
        if not row.code or not row.name or "code" in row.formulas:
            return
        first = self._codes.setdefault(fold(row.code).replace(" ", ""), row)
        name = split_honorific(first.name)[1]
        if fold(name) != fold(split_honorific(row.name)[1]):
            params: dict[str, Plain] = {"staff_code": row.code, "row": first.number, "sheet": first.sheet, "name": name}
            yield Problem("code_of_another", params, "code")

    # ── warnings ─────────────────────────────────────────────────────────────────────────────────

    def _warn(self, row: Row, line: Line, judged: Judged) -> None:
        place = (line.flow_id, line.name_folded, fold(line.workplace))
        first = self._places.setdefault(place, row)
        found = list(_warnings_of(row, line, judged, self.synonyms))
        if self.cites and not row.achievement:
            found.append(Problem("achievement_missing", {}, "achievement"))
        if first is not row:
            found.append(Problem("maybe_the_same", {"row": first.number, "sheet": first.sheet}, "name"))
        self.warnings += [RowWarning(row.sheet, row.number, problem) for problem in found]

    def compare(self, totals: Iterable[Total]) -> None:
        for total in totals:
            above = [(number, kind) for sheet, number, kind in self._kinds if sheet == total.sheet]
            readings = (
                [kind for number, kind in above if number < total.number],
                [kind for number, kind in above if total.since < number < total.number],
                [kind for _sheet, _number, kind in self._kinds],
            )
            if not any(_says(total, kinds) for kinds in readings):
                params: dict[str, Plain] = {
                    "text": total.text,
                    "collectives": readings[0].count("collective"),
                    "individuals": readings[0].count("individual"),
                    "all": len(readings[0]),
                }
                self.warnings.append(RowWarning(total.sheet, total.number, Problem("total_differs", params)))


def _says(total: Total, kinds: Sequence[Nominee]) -> bool:
    said = (total.collectives, total.individuals, total.all)
    counted = (kinds.count("collective"), kinds.count("individual"), len(kinds))
    return all(number is None or number == count for number, count in zip(said, counted, strict=True))


def _line(row: Row, choice: AwardChoice, judged: Judged, synonyms: Synonyms) -> Line:
    person = judged.nominee == "individual"
    honorific, name = split_honorific(row.name) if person else ("", clean_name(row.name))
    code = row.code or None
    period = read_period(row.period) if row.period else None
    return Line(
        sheet=row.sheet,
        number=row.number,
        line_key=line_key(choice.flow_id, code, name, row.workplace),
        flow_id=choice.flow_id,
        award=choice.award,
        nominee=judged.nominee,
        ground=judged.ground,
        name=name,
        name_folded=fold(name),
        honorific=honorific,
        code=code,
        position=row.position,
        workplace=row.workplace,
        achievement=row.achievement,
        achievement_from=period[0] if period else None,
        achievement_to=period[1] if period else None,
        note=row.note,
        woman=woman_of(row, honorific, synonyms) if person else None,
        direct_worker=direct_of(row, synonyms) if person else None,
    )


def _unknown(award: str, found: Found) -> Problem:
    if found.several:
        return Problem("award_several", {"awards": found.several}, "award")
    if found.classes:
        params: dict[str, Plain] = {
            "award": award,
            "classes": found.classes,
            "nearest": found.nearest or found.classes[0],
        }
        return Problem("award_no_such_class", params, "award")
    if found.nearest:
        return Problem("award_unknown", {"award": award, "nearest": found.nearest}, "award")
    return Problem("award_unknown_far", {"award": award}, "award")


def _problems_of_cells(row: Row, nominee: Nominee) -> Iterator[Problem]:
    for column in ("name", "code"):
        text: str = getattr(row, column)
        if column in row.formulas or text.startswith(("=", "＝")):
            yield Problem("formula", {"column": column, "text": text[:80]}, column)
    for column in sorted(row.errors & _COUNT):
        yield Problem("cell_error", {"column": column}, column)
    if not row.name and not {"name"} & (row.formulas | row.errors):
        yield Problem("name_missing", {}, "name")
    elif row.name and "name" not in row.formulas and not row.name.startswith(("=", "＝")):
        yield from problems_of_spelling(row.name)
    for column, most in (("name", LONGEST_NAME[nominee]), *LONGEST.items()):
        length = len(getattr(row, column))
        if length > most:
            yield Problem("too_long", {"column": column, "length": length, "max": most}, column)


def _warnings_of(row: Row, line: Line, judged: Judged, synonyms: Synonyms) -> Iterator[Problem]:
    if judged.doubtful:
        yield Problem("nominee_doubtful", {"nominee": line.nominee, "ground": judged.ground}, "name")
    for column in sorted(row.formulas & _COUNT):
        yield Problem("formula_value", {"column": column}, column)
    if row.period and line.achievement_to is None:
        yield Problem("period_unread", {"period": row.period}, "period")
    if line.nominee == "individual" and line.code is None and not line.workplace:
        yield Problem("weak_identity", {}, "workplace")
    if line.nominee == "individual":
        if not is_read(row.sex, synonyms.female, synonyms.male):
            yield Problem("sex_unread", {"text": row.sex[:40]}, "sex")
        if not is_read(row.direct, synonyms.ticks, synonyms.direct_yes, synonyms.direct_no):
            yield Problem("direct_unread", {"text": row.direct[:40]}, "direct")
