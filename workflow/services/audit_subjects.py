"""What entries of the audit chain are about, by name: they hold numbers, since a name in them could not be erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from definitions.flow import Words
from workflow.services.desk import Desk
from workflow.storage.directory import key_of
from workflow.storage.tables import Act, DecisionPaper, Event, Nomination, Person, Submission, Unit
from workflow.storage.tables_access import Account

FIRST = 3
"""Dossiers of an act that are named; a number says how many more there are."""

_A: Table = Act.__table__  # type: ignore[attr-defined]
_D: Table = DecisionPaper.__table__  # type: ignore[attr-defined]
_E: Table = Event.__table__  # type: ignore[attr-defined]
_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_P: Table = Person.__table__  # type: ignore[attr-defined]
_S: Table = Submission.__table__  # type: ignore[attr-defined]
_U: Table = Unit.__table__  # type: ignore[attr-defined]
_ACCOUNT: Table = Account.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one entry is about: the act and its flow, the first dossiers, how many there are, and who or what else.

    `others` maps a part of the payload to what its number stands for; whoever was erased is not among them.
    """

    act: Words | None = None
    flow: Words | None = None
    document: Words | None = None
    codes: tuple[str, ...] = ()
    amount: int = 0
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything that the entries of a page name by number, each table read once."""

    acts: Mapping[int, tuple[int, list[int], int]]
    """The flow version that it was done on, the first dossiers, how many, by act."""
    nominations: Mapping[int, Any]
    lists: Mapping[int, list[int]]
    submissions: Mapping[int, str]
    decisions: Mapping[int, str]
    people: Mapping[int, str]
    accounts: Mapping[int, str]
    units: Mapping[int, str]


def subjects(desk: Desk, connection: Connection, payloads: Sequence[Mapping[str, Any]]) -> list[Subject]:
    """One for each payload, in their order."""
    found = _find(connection, payloads)
    return [_subject(desk, connection, each, found) for each in payloads]


def _find(connection: Connection, payloads: Sequence[Mapping[str, Any]]) -> _Found:
    acts = _acts(connection, _numbers(payloads, "act"))
    owners = [owner for each in payloads for owner in each.get("owners", ())]
    lists = _lists(connection, {list_ for _, list_ in owners if list_ is not None} | _numbers(payloads, "submission"))
    wanted = {one for _, first, _ in acts.values() for one in first} | _numbers(payloads, "nomination")
    wanted |= {one for one, _ in owners if one is not None} | {one for each in lists.values() for one in each}
    columns = (_N.c.id, _N.c.code, _N.c.flow_version_id)
    persons = _numbers(payloads, "person") | _numbers(payloads, "principal") | _numbers(payloads, "substitute")
    return _Found(
        acts, {row.id: row for row in connection.execute(select(*columns).where(_N.c.id.in_(wanted)))}, lists,
        _names(connection, _S, _S.c.letter_number, _numbers(payloads, "submission")),
        _names(connection, _D, _D.c.full_number, _numbers(payloads, "decision")), _people(connection, persons),
        _names(connection, _ACCOUNT, _ACCOUNT.c.login, _numbers(payloads, "account")),
        _names(connection, _U, _U.c.name, _numbers(payloads, "unit")),
    )  # fmt: skip


def _numbers(payloads: Iterable[Mapping[str, Any]], part: str) -> set[int]:
    return {each[part] for each in payloads if type(each.get(part)) is int}


def _names(connection: Connection, table: Table, column: Any, wanted: set[int]) -> dict[int, str]:
    rows = connection.execute(select(table.c.id, column).where(table.c.id.in_(wanted))) if wanted else ()
    return {id_: str(name) for id_, name in rows}


def _people(connection: Connection, wanted: set[int]) -> dict[int, str]:
    query = select(_P.c.id, _P.c.root_unit, _P.c.code, _P.c.name).where(_P.c.id.in_(wanted), _P.c.erased_at.is_(None))
    return {row.id: f"{key_of(row.root_unit, row.code or '')} {row.name}" for row in connection.execute(query)}


def _acts(connection: Connection, wanted: set[int]) -> dict[int, tuple[int, list[int], int]]:
    """The flow version that it was done on, the first dossiers and how many, by act: an award may change later."""
    place = func.row_number().over(partition_by=_E.c.act_id, order_by=_E.c.nomination_id).label("place")
    columns = (_E.c.act_id, _E.c.nomination_id, _E.c.flow_version_id)
    placed = select(*columns, place).where(_E.c.act_id.in_(wanted)).subquery()
    first: dict[int, list[int]] = {}
    versions: dict[int, int] = {}
    for row in connection.execute(select(placed).where(placed.c.place <= FIRST).order_by(placed.c.place)):
        first.setdefault(row.act_id, []).append(row.nomination_id)
        versions.setdefault(row.act_id, row.flow_version_id)
    rows = connection.execute(select(_A.c.id, _A.c.done).where(_A.c.id.in_(wanted)))
    return {id_: (versions.get(id_, 0), first.get(id_, []), done) for id_, done in rows}


def _lists(connection: Connection, wanted: set[int]) -> dict[int, list[int]]:
    """A line of each flow on each list: one of these flows knows what the paper is called."""
    query = select(_N.c.submission_id, func.min(_N.c.id)).where(_N.c.submission_id.in_(wanted))
    found: dict[int, list[int]] = {}
    for list_, line in connection.execute(query.group_by(_N.c.submission_id, _N.c.flow_version_id)):
        found.setdefault(list_, []).append(line)
    return found


def _subject(desk: Desk, connection: Connection, payload: Mapping[str, Any], found: _Found) -> Subject:
    version, first, amount = found.acts.get(payload.get("act", 0), (0, [], 0))
    if "nomination" in payload:
        first, amount = [payload["nomination"]], 1
    owners = payload.get("owners", ())
    if owners:
        first = [one for one, _ in owners if one is not None]
        amount = len(first)
    known = [found.nominations[one] for one in first[:FIRST] if one in found.nominations]
    listed = [line for _, list_ in owners for line in found.lists.get(list_ or 0, ())]
    of_flow = known or [found.nominations[one] for one in listed if one in found.nominations]
    versions = [version] if version else [each.flow_version_id for each in of_flow]
    flows = [desk.flows.get(connection, each).flow for each in versions]
    flow = flows[0] if flows else None
    transition = flow.transitions.get(str(payload.get("transition"))) if flow else None
    paper = str(payload.get("document"))
    document = next((each.documents[paper] for each in flows if paper in each.documents), None)
    tables = {
        "submission": found.submissions, "decision": found.decisions, "account": found.accounts, "unit": found.units,
        "person": found.people, "principal": found.people, "substitute": found.people,
    }  # fmt: skip
    others = {
        part: names[payload[part]]
        for part, names in tables.items()
        if type(payload.get(part)) is int and payload[part] in names
    }
    return Subject(
        transition.label if transition else None, flow.title if flow and transition else None,
        document.title if document else None, tuple(each.code for each in known), amount, others,
    )  # fmt: skip
