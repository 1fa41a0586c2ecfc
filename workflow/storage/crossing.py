"""What other dossiers and the award history say about a nomination: queries for the rules across dossiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlmodel import col

from workflow.domain.facts import AcrossFacts, AwardRecord
from workflow.domain.machine import CompiledFlow
from workflow.domain.shares import Entry, known_shares, make_up
from workflow.storage.nominations import Line, chunks, rounds
from workflow.storage.tables import Event, History, Nomination, Unit

_N = Nomination.__table__  # type: ignore[attr-defined]


def facts(
    connection: Connection, lines: Sequence[Line], flows: Mapping[int, CompiledFlow], transition: str | None
) -> dict[int, AcrossFacts]:
    """`AcrossFacts` by nomination id."""
    histories = _histories(connection, lines)
    others = _others(connection, lines)
    counts = _counts(connection, lines, flows, transition)
    shares = _shares(connection, lines, flows, transition)
    return {
        line.id: AcrossFacts(
            history=histories.get(line.id),
            counts=counts.get((line.round_id, line.flow_id), {}),
            same_achievement=others.get(line.id, ((), ()))[0],
            duplicates=others.get(line.id, ((), ()))[1],
            shares=shares.get((line.round_id, line.flow_id), {}),
        )
        for line in lines
    }


# ── history ──────────────────────────────────────────────────────────────────────────────────────


def _histories(connection: Connection, lines: Sequence[Line]) -> dict[int, tuple[AwardRecord, ...]]:
    """The history of each nominee. A unit none of whose history was ever entered has no known history: absent."""
    folded = _folded(connection, lines)
    known = _units_with_history(connection, {unit for unit, _ in folded.values()})
    by_person, by_name = _history_rows(connection, lines, folded)
    found: dict[int, tuple[AwardRecord, ...]] = {}
    for line in lines:
        unit, name = folded[line.id]
        rows = by_person.get(line.person_id, ()) if line.person_id else by_name.get((unit, name), ())
        if rows or unit in known:
            found[line.id] = tuple(rows)
    return found


def _folded(connection: Connection, lines: Sequence[Line]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for part in chunks([line.id for line in lines]):
        query = (
            select(_N.c.id, col(Unit.code), _N.c.name_folded)
            .join(Unit, col(Unit.id) == _N.c.unit_id)
            .where(_N.c.id.in_(part))
        )
        found.update({row[0]: (row[1], row[2]) for row in connection.execute(query)})
    return found


def _units_with_history(connection: Connection, codes: set[str]) -> set[str]:
    query = select(col(History.unit_code)).where(col(History.unit_code).in_(sorted(codes))).distinct()
    return {row[0] for row in connection.execute(query)}


def _history_rows(
    connection: Connection, lines: Sequence[Line], folded: Mapping[int, tuple[str, str]]
) -> tuple[dict[int | None, list[AwardRecord]], dict[tuple[str, str], list[AwardRecord]]]:
    by_person: dict[int | None, list[AwardRecord]] = {}
    by_name: dict[tuple[str, str], list[AwardRecord]] = {}
    live = col(History.revoked_on).is_(None)
    table = History.__table__  # type: ignore[attr-defined]
    for part in chunks(sorted({line.person_id for line in lines if line.person_id})):
        for row in connection.execute(select(table).where(table.c.person_id.in_(part), live).order_by(table.c.year)):
            by_person.setdefault(row.person_id, []).append(_record(row))
    names = sorted({folded[line.id][1] for line in lines if not line.person_id})
    for part in chunks(names):
        query = select(table).where(table.c.name_folded.in_(part), table.c.person_id.is_(None), live)
        for row in connection.execute(query.order_by(table.c.year)):
            by_name.setdefault((row.unit_code, row.name_folded), []).append(_record(row))
    return by_person, by_name


def _record(row: Any) -> AwardRecord:
    return AwardRecord(row.award, row.kind, row.year, row.decided_on, row.achievement_to, row.rating)


# ── other dossiers ───────────────────────────────────────────────────────────────────────────────


def _others(connection: Connection, lines: Sequence[Line]) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each line: codes of the same nominee's other live nominations for the same achievement, and for the
    same award and kind in the same round."""
    mine: dict[int, Any] = {}
    siblings: dict[tuple[int, str], list[Any]] = {}
    columns = (_N.c.id, _N.c.code, _N.c.round_id, _N.c.unit_id, _N.c.person_id, _N.c.name_folded, _N.c.award,
               _N.c.kind, _N.c.achievement, _N.c.achievement_from, _N.c.achievement_to, _N.c.outcome)  # fmt: skip
    for part in chunks([line.id for line in lines]):
        mine.update({row.id: row for row in connection.execute(select(*columns).where(_N.c.id.in_(part)))})
    for part in chunks(sorted({row.name_folded for row in mine.values()})):
        query = select(*columns).where(
            _N.c.name_folded.in_(part), _N.c.round_id.in_({r.round_id for r in mine.values()})
        )
        for row in connection.execute(query.order_by(_N.c.id)):
            siblings.setdefault((row.round_id, row.name_folded), []).append(row)
    return {row.id: _compare(row, siblings.get((row.round_id, row.name_folded), ())) for row in mine.values()}


_LOST = frozenset(
    {
        "unit_rejected",
        "cluster_rejected",
        "ineligible",
        "council_rejected",
        "not_awarded",
        "not_revoked",
        "withdrawn",
    }
)


def _compare(row: Any, others: Sequence[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    same: list[str] = []
    twice: list[str] = []
    for other in others:
        one_person = other.person_id == row.person_id and other.unit_id == row.unit_id
        if other.id == row.id or other.outcome in _LOST or not one_person:
            continue
        if (other.award, other.kind) == (row.award, row.kind):
            twice.append(other.code)
        elif row.achievement and other.achievement == row.achievement and _overlap(row, other):
            same.append(other.code)
    return tuple(same), tuple(twice)


def _overlap(one: Any, other: Any) -> bool:
    starts = max(one.achievement_from or date.min, other.achievement_from or date.min)
    ends = min(one.achievement_to or date.max, other.achievement_to or date.max)
    return starts <= ends


# ── counts of a round ────────────────────────────────────────────────────────────────────────────


def _counts(
    connection: Connection, lines: Sequence[Line], flows: Mapping[int, CompiledFlow], transition: str | None
) -> dict[tuple[int, str], Mapping[str, int]]:
    """Round-wide numbers by (round, flow): the round's own entries, how many of this flow have passed each
    transition that a cap is asked at, and how many wait for it in this very act."""
    found_rounds = rounds(connection, {line.round_id for line in lines})
    asked = Counter((line.round_id, line.flow_id) for line in lines)
    capped = {
        compiled.flow.id: sorted(
            {name for rule in compiled.flow.across if rule.rule == "ratio_cap" for name in rule.at}
        )
        for compiled in flows.values()
    }
    found: dict[tuple[int, str], Mapping[str, int]] = {}
    for (round_id, flow_id), amount in asked.items():
        counts = dict(found_rounds[round_id].counts)
        for name in capped.get(flow_id, ()):
            passed = _passed(connection, round_id, flow_id, name)
            counts[f"passed:{name}"] = passed
            counts[f"asked:{name}"] = amount if name == transition else 0
        found[round_id, flow_id] = counts
    return found


def _shares(
    connection: Connection, lines: Sequence[Line], flows: Mapping[int, CompiledFlow], transition: str | None
) -> dict[tuple[int, str], Mapping[str, tuple[int, int]]]:
    """By (round, flow): how many of the list are women and direct workers. The list is all that passed the transition
    that is asked and those that ask now."""
    asked: dict[tuple[int, str], list[int]] = {}
    for line in lines:
        rules = flows[line.flow_version_id].flow.across
        if any(rule.rule == "share" and transition in rule.at for rule in rules):
            asked.setdefault((line.round_id, line.flow_id), []).append(line.id)
    found: dict[tuple[int, str], Mapping[str, tuple[int, int]]] = {}
    for (round_id, flow_id), ids in asked.items():
        there = {*ids, *passed(connection, round_id, flow_id, str(transition))}
        entries = list(_entries(connection, flow_id, sorted(there)))
        found[round_id, flow_id] = known_shares(make_up(entries)[-1])
    return found


def _entries(connection: Connection, flow_id: str, ids: Sequence[int]) -> Iterator[Entry]:
    for part in chunks(ids):
        query = select(_N.c.nominee, _N.c.woman, _N.c.direct_worker).where(_N.c.id.in_(part))
        for nominee, woman, direct in connection.execute(query):
            yield Entry(flow_id, nominee, woman, direct)


def passed(connection: Connection, round_id: int, flow_id: str, transition: str) -> set[int]:
    """The live nominations of the round and flow that have taken this transition, by id."""
    return set(connection.scalars(_taken(round_id, flow_id, transition, _N.c.id)))


def _passed(connection: Connection, round_id: int, flow_id: str, transition: str) -> int:
    """How many live nominations of the round and flow have taken this transition."""
    amount = func.count(Event.__table__.c.nomination_id.distinct())  # type: ignore[attr-defined]
    return int(connection.scalar(_taken(round_id, flow_id, transition, amount)) or 0)


def _taken(round_id: int, flow_id: str, transition: str, what: Any) -> Select[Any]:
    event = Event.__table__  # type: ignore[attr-defined]
    return (
        select(what)
        .select_from(event)
        .join(Nomination, _N.c.id == event.c.nomination_id)
        .where(_N.c.round_id == round_id, _N.c.flow_id == flow_id, event.c.transition == transition)
        .where(_N.c.outcome.is_(None) | _N.c.outcome.not_in(sorted(_LOST)))
    )
