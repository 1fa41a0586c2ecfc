"""The repair act: a dossier that can go nowhere is put into a state of its flow, by an admin, on record."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from definitions.calendar import local_day
from definitions.flow import Flow
from definitions.nearest import nearest
from notifications.columns import to_json
from workflow.domain.decisions import returns
from workflow.services.desk import Desk
from workflow.services.judging import find_actor
from workflow.services.looking import UnknownNomination, canonical
from workflow.services.moving import count
from workflow.services.register import RegisterError
from workflow.storage import chain, limits, nominations
from workflow.storage.database import read, write
from workflow.storage.tables import Act, Event, Nomination

SHORTEST_REASON = 10


def repair(desk: Desk, actor: str, code: str, to_state: str, reason: str, now: datetime) -> None:
    """Put the dossier into `to_state`, close its limits, leave an event `repair`; nobody is mailed.

    Only for an admin, and only when the dossier is lost: it stands in a state that its pinned flow
    does not have, or in a side step without knowing where it came from. Raises RegisterError,
    UnknownNomination, UnknownActor; nothing is written then.
    """
    today = local_day(now)
    with write(desk.engine) as connection:
        person = find_actor(connection, actor, today)
        if not any(held.role == "admin" for held in person.held):
            raise RegisterError("repair_admin")
        line = nominations.lines_by_code(connection, [canonical(code)], lock=True).get(canonical(code))
        if line is None:
            raise UnknownNomination(code)
        flow = desk.flows.get(connection, line.flow_version_id).flow
        if not _is_lost(flow, line.state, line.previous_state):
            raise RegisterError("repair_not_needed", code=line.code, state=line.state)
        if to_state not in flow.states or returns(flow, to_state):
            raise RegisterError("repair_state", state=to_state, nearest=nearest(to_state, flow.states) or "…")
        if len(reason.strip()) < SHORTEST_REASON:
            raise RegisterError("repair_reason")
        _write(connection, desk, line, to_state, reason, person.person, person.name, now)


def _write(
    connection: Connection, desk: Desk, line: nominations.Line, to_state: str, reason: str, person: str, name: str,
    now: datetime,
) -> None:  # fmt: skip
    today = local_day(now)
    result = connection.execute(
        insert(Act).values(
            actor=person, actor_name=name, request_key=f"repair:{line.id}:{line.version}", command_sha256="",
            transition="repair", recorded_at=now, occurred_on=today, fields={"reason": reason, "to": to_state},
            done=1, refused=0, report={"refused": {}, "unknown": [], "codes": [line.code]},
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    act_id = int(result.inserted_primary_key[0])
    connection.execute(
        update(Nomination)
        .where(col(Nomination.id) == line.id, col(Nomination.version) == line.version)
        .values(state=to_state, shown_state=to_state, previous_state=None, version=line.version + 1, entered_on=today,
                entered_at=now)
    )  # fmt: skip
    connection.execute(
        insert(Event).values(
            nomination_id=line.id, version=line.version + 1, act_id=act_id, transition="repair", branch=0,
            from_state=line.state, to_state=to_state, flow_version_id=line.flow_version_id, occurred_on=today,
            recorded_at=now, data={"reason": reason},
        )
    )  # fmt: skip
    open_names = [(each.nomination_id, each.name) for each in limits.open_of(connection, [line.id])]
    limits.close(connection, open_names, today, "repair")
    count(
        connection, Counter({(line.round_id, line.flow_id, line.state): -1, (line.round_id, line.flow_id, to_state): 1})
    )
    chain.append(
        connection, kind="repair", payload={"act": act_id, "nomination": line.id, "from": line.state, "to": to_state},
        secrets={"reason": (desk.entropy(16), to_json([person, reason]))}, now=now,
    )  # fmt: skip


def _is_lost(flow: Flow, state: str, previous: str | None) -> bool:
    return state not in flow.states or (returns(flow, state) and previous not in flow.states)


def lost(desk: Desk) -> list[tuple[str, str, str]]:
    """Dossiers that can go nowhere, since their flow does not have their state: (code, flow, state)."""
    table = Nomination.__table__  # type: ignore[attr-defined]
    place = (table.c.flow_version_id, table.c.state, table.c.previous_state)
    found: list[tuple[str, str, str]] = []
    with read(desk.engine) as connection:
        for version_id, state, previous in connection.execute(select(*place).distinct()).all():
            if _is_lost(desk.flows.get(connection, version_id).flow, state, previous):
                query = select(table.c.code, table.c.flow_id).where(
                    table.c.flow_version_id == version_id, table.c.state == state,
                    table.c.previous_state.is_not_distinct_from(previous),
                )  # fmt: skip
                found += [(row.code, row.flow_id, state) for row in connection.execute(query)]
    return sorted(found)
