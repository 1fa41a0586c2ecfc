"""Following a link of a mail: what it would do, whether it still may, and doing it once, by somebody signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Table, select, update

from definitions.flow import Flow, Transition, Words
from workflow.services import drafting
from workflow.services.acts import perform_in
from workflow.services.desk import Desk
from workflow.services.requests import ActReport, ActRequest
from workflow.services.viewing import Viewer
from workflow.storage.database import read, write
from workflow.storage.locking import in_turn
from workflow.storage.sight import seen
from workflow.storage.tables import Nomination
from workflow.storage.tables_access import OneTimeToken

_N: Table = Nomination.__table__  # type: ignore[attr-defined]
_T: Table = OneTimeToken.__table__  # type: ignore[attr-defined]
State = Literal["open", "used", "expired", "moved"]


class UnknownLink(LookupError):
    """No mail has this link, or it is about nothing that this person may see."""


class NotOpen(ValueError):
    """The link was used, is too old, or what it is about has moved on. Nothing was written."""


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A dossier of the link: its texts as they would be confirmed, where it stands, whether it still stands there."""

    code: str
    name: str
    position: str
    workplace: str
    award: Words
    label: Words
    submission_id: int
    same: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """What a link is for. `at_once` acts need one press here; others have a form of their own."""

    state: State
    transition: Transition
    flow: Flow
    lines: tuple[LinkLine, ...]
    at_once: bool


def exists(desk: Desk, token: str) -> bool:
    """Whether some mail has this link: all that somebody who is not signed in may learn."""
    with read(desk.engine) as connection:
        return _row(connection, token) is not None


def look(desk: Desk, viewer: Viewer, token: str, now: datetime) -> Followed:
    """What the link would do. Changes nothing. Raises UnknownLink."""
    with read(desk.engine) as connection:
        return _look(connection, desk, viewer, token, now)


def press(desk: Desk, viewer: Viewer, token: str, now: datetime) -> ActReport:
    """Do what the link is for, on the dossiers as they stood when the mail was written; the link is then used.

    Refused lines are in the answer with their reasons, in the words this person may read; a link that moved nothing
    stays open. Raises UnknownLink, NotOpen.
    """
    with write(desk.engine) as connection:
        in_turn(connection, f"link {_digest(token)}")
        followed = _look(connection, desk, viewer, token, now)
        if followed.state != "open" or not followed.at_once:
            raise NotOpen(followed.state)
        row = _row(connection, token)
        seen_codes = {line.code for line in followed.lines}
        lines = [(code, int(version)) for code, version in row.payload["lines"] if code in seen_codes]
        request = ActRequest(
            actor=viewer.person, transition=followed.transition.id, codes=tuple(code for code, _ in lines),
            request_key=f"link:{_digest(token)[:32]}", expected=dict(lines),
        )  # fmt: skip
        report = perform_in(connection, desk, request, now)
        if report.act_id is not None:
            connection.execute(update(_T).where(_T.c.token_sha256 == _digest(token)).values(used_at=now))
    return drafting.as_told(desk, viewer, request, report)


def _look(connection: Connection, desk: Desk, viewer: Viewer, token: str, now: datetime) -> Followed:
    row = _row(connection, token)
    versions = {code: int(version) for code, version in row.payload["lines"]} if row is not None else {}
    found = list(
        connection.execute(
            select(
                _N.c.code, _N.c.name, _N.c.position, _N.c.workplace, _N.c.state, _N.c.shown_state, _N.c.version,
                _N.c.flow_version_id, _N.c.submission_id,
            )
            .where(_N.c.code.in_(versions), seen(viewer.sight))
            .order_by(_N.c.id)
        )
    )  # fmt: skip
    if not found:
        raise UnknownLink
    flows = {each.flow_version_id: desk.flows.get(connection, each.flow_version_id).flow for each in found}
    name = row.payload["transition"]
    flow = next((each for each in flows.values() if name in each.transitions), None)
    if flow is None:
        raise UnknownLink
    lines = tuple(_line(each, flows[each.flow_version_id], viewer, versions) for each in found)
    transition = flow.transitions[name]
    return Followed(_state(row, lines, now), transition, flow, lines, transition.effect == "confirm_proof")


def _line(row: Any, flow: Flow, viewer: Viewer, versions: dict[str, int]) -> LinkLine:
    state = flow.states.get(row.state if viewer.inner else row.shown_state) or flow.states[row.state]
    return LinkLine(
        row.code, row.name, row.position, row.workplace, flow.title, state.label if viewer.inner else state.unit,
        row.submission_id, row.version == versions[row.code],
    )  # fmt: skip


def _state(row: Any, lines: Sequence[LinkLine], now: datetime) -> State:
    if row.used_at is not None:
        return "used"
    if row.expires_at <= now:
        return "expired"
    # One that moved on alone does not hold up the others: its line is refused when it is pressed.
    return "open" if any(each.same for each in lines) else "moved"


def _row(connection: Connection, token: str) -> Any:
    return connection.execute(select(_T).where(_T.c.token_sha256 == _digest(token), _T.c.kind == "act")).first()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
