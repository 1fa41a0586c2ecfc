"""A line's texts, changed by its unit while they are the unit's to change: a draft, or one sent back for a supplement.

What was handed in before stays in `line_versions`; who changed what stands in the audit chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, update
from sqlmodel import col

from definitions.flow import Flow
from notifications.columns import to_json
from workflow.domain import vietnamese
from workflow.intake.checking import check
from workflow.intake.synonyms import Synonyms, load_synonyms
from workflow.intake.values import Line, Problem
from workflow.services import dossier, submissions
from workflow.services.desk import Desk
from workflow.services.mail_words import UNIT_ROLES
from workflow.services.single_lines import row_of
from workflow.services.submissions import MAY_IMPORT
from workflow.services.viewing import Viewer
from workflow.storage import chain
from workflow.storage.database import read, write
from workflow.storage.tables import Nomination, Person, Unit

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
TEXTS = ("name", "position", "workplace", "achievement", "period")


class NotNow(ValueError):
    """The texts of this line are not its unit's to change now. Nothing was written."""


def may_edit(flow: Flow, state: str, version: int) -> bool:
    """A draft that never moved; or a line that was sent back, whose clock restarts when it is handed in again."""
    found = flow.states.get(state)
    return found is not None and found.owner in UNIT_ROLES and (version == 0 or found.clock == "restarts")


def texts_of(desk: Desk, viewer: Viewer, code: str) -> dict[str, str]:
    """The texts as they stand, for a form. Raises UnknownNomination."""
    with read(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
    days = (row.achievement_from, row.achievement_to)
    # Half a period cannot be typed back as it is: left empty, it stays what it was.
    period = " - ".join(f"{day:%d/%m/%Y}" for day in days) if all(days) else ""
    return {"name": row.name, "position": row.position, "workplace": row.workplace, "achievement": row.achievement,
            "period": period}  # fmt: skip


def edit(
    desk: Desk, viewer: Viewer, code: str, cells: Mapping[str, str], now: datetime, synonyms: Synonyms | None = None
) -> tuple[Problem, ...]:
    """Change the texts; returns what is wrong with them, and writes nothing then.

    Raises UnknownNomination, NotNow.
    """
    with write(desk.engine) as connection:
        row = dossier.find(connection, viewer, code)
        flow = desk.flows.get(connection, row.flow_version_id).flow
        unit = connection.execute(select(Unit.__table__).where(col(Unit.id) == row.unit_id)).one()  # type: ignore[attr-defined]
        if not may_edit(flow, row.state, row.version) or not _may(viewer, unit.code):
            raise NotNow(code)
        line, problems = _checked(connection, row, flow, unit, cells, synonyms)
        if line is None or problems:
            return problems
        new = _values(row, line, cells)
        before = {
            name: str(getattr(row, name) or "") for name in new if str(getattr(row, name) or "") != str(new[name])
        }
        if not before:
            return ()
        sort_key = vietnamese.person_sort_key if row.nominee == "individual" else vietnamese.sort_key
        if _taken(connection, row, line.line_key):
            return (
                Problem("duplicate", {"row": row.line_no, "sheet": "", "name": line.name, "award": row.award}, "name"),
            )
        connection.execute(
            update(_N)
            .where(_N.c.id == row.id, _N.c.version == row.version, _N.c.state == row.state)
            .values(
                **new, **_said(line, before), name_folded=line.name_folded, line_key=line.line_key,
                sort_key=sort_key(line.name),
            )
        )  # fmt: skip
        chain.append(
            connection,
            kind="edit",
            payload={"nomination": row.id, "fields": sorted(before)},
            secrets={
                "by": (desk.entropy(16), to_json(viewer.person)),
                "texts": (desk.entropy(16), to_json({name: [text, str(new[name])] for name, text in before.items()})),
            },
            now=now,
        )
    return ()


def _may(viewer: Viewer, unit: str) -> bool:
    return any(
        held.role in MAY_IMPORT and (held.scope_kind in ("all", "council") or held.scope == unit)
        for held in viewer.actor.held
    )


def _checked(
    connection: Connection, row: Any, flow: Flow, unit: Any, cells: Mapping[str, str], synonyms: Synonyms | None
) -> tuple[Line | None, tuple[Problem, ...]]:
    """The texts as a line of a list would be checked, the award and the kind of nominee as they are."""
    person = connection.execute(select(col(Person.code)).where(col(Person.id) == row.person_id)).scalar()
    code = "" if person is None or person.startswith("~") else person
    typed = row_of({**cells, "code": code, "award": flow.title.vi, "nominee": row.nominee}, row.line_no or 1)
    found = check(
        (typed,), awards=[submissions.choice_of(flow)], unit_kind=unit.kind, synonyms=synonyms or load_synonyms()
    )
    if found.bad:
        return None, found.bad[0].problems
    unread = tuple(each.problem for each in found.warnings if each.problem.code == "period_unread")
    return found.good[0], unread


def _values(row: Any, line: Line, cells: Mapping[str, str]) -> dict[str, Any]:
    days = {"achievement_from": line.achievement_from, "achievement_to": line.achievement_to}
    kept = {name: getattr(row, name) for name in days} if not cells.get("period") else days
    return {"name": line.name, "position": line.position, "workplace": line.workplace,
            "achievement": line.achievement, **kept}  # fmt: skip


def _said(line: Line, changed: Mapping[str, str]) -> dict[str, bool]:
    """What the texts newly say of a person: Ông/Bà before a name, a post that leads others or nobody."""
    found = {"woman": line.woman} if "name" in changed else {}
    found |= {"direct_worker": line.direct_worker} if "position" in changed else {}
    return {name: value for name, value in found.items() if value is not None}


def _taken(connection: Connection, row: Any, key: str) -> bool:
    query = select(_N.c.id).where(_N.c.submission_id == row.submission_id, _N.c.line_key == key, _N.c.id != row.id)
    return connection.execute(query).first() is not None


__all__ = ["TEXTS", "NotNow", "edit", "may_edit", "texts_of"]
