"""Links in mails that ask a unit for something: made when the mail is owed, bound to the dossiers as they then stand.

A link alone does nothing: whoever follows it signs in, sees what will be done, and presses once (`following`). Its time
follows the business clock, as what it is about does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Table, insert

from definitions.flow import Flow
from notifications.mail import LineRequest, MailRequest
from workflow.domain.decision import Decision
from workflow.services.desk import Desk
from workflow.services.judging import Verdict
from workflow.services.mail_words import UNIT_ROLES, hands_over
from workflow.storage.tables_access import OneTimeToken

_T: Table = OneTimeToken.__table__  # type: ignore[attr-defined]
LIVES = timedelta(days=7)
PATH = "/mo/"


def linked(
    connection: Connection, desk: Desk, requests: Sequence[MailRequest], moved: Sequence[Verdict], now: datetime
) -> list[MailRequest]:
    """The mails, those that ask a unit for one and the same act with a link to it instead of to where it stands."""
    if not desk.base_url:
        return list(requests)
    asks = {each.line.code: (act, each.line.version + 1) for each in moved if (act := _asks(desk, connection, each))}
    if not asks:
        return list(requests)
    return [_with_link(connection, desk, each, asks, now) for each in requests]


def _with_link(
    connection: Connection, desk: Desk, request: MailRequest, asks: dict[str, tuple[str, int]], now: datetime
) -> MailRequest:
    codes = list(dict.fromkeys(str(line.context["code"]) for line in request.lines if _is_asked(request, line)))
    acts = {asks[code][0] for code in codes if code in asks}
    if request.why not in {"unit", *UNIT_ROLES} or len(acts) != 1 or not all(code in asks for code in codes):
        return request
    token = desk.entropy(32)
    payload = {"transition": acts.pop(), "lines": [[code, asks[code][1]] for code in codes]}
    connection.execute(
        insert(_T).values(
            token_sha256=sha256(token.encode()).hexdigest(), kind="act", person_id=None, payload=payload,
            created_at=now, expires_at=now + LIVES,
        )
    )  # fmt: skip
    return replace(request, context={**request.context, "link": f"{desk.base_url.rstrip('/')}{PATH}{token}"})


def _is_asked(request: MailRequest, line: LineRequest) -> bool:
    return bool(line.context.get("due_on") or line.context.get("turn") or request.context.get("due_on"))


def _asks(desk: Desk, connection: Connection, verdict: Verdict) -> str:
    """What the act asks the unit to do: confirm the names, or hand in again; empty when it asks for nothing."""
    decision = verdict.outcome
    assert isinstance(decision, Decision)  # only what moved has a mail
    flow: Flow = desk.flows.get(connection, verdict.line.flow_version_id).flow
    state = flow.states.get(decision.to_state)
    if state is None or decision.effect == "change_award":
        return ""
    ways = [each for each in flow.leaving(state.id) if not each.exceptional and UNIT_ROLES.intersection(each.by)]
    if decision.proof == "sent":
        return next((each.id for each in ways if each.effect == "confirm_proof"), "")
    if state.clock == "restarts" and decision.from_state != decision.to_state:
        return next((each.id for each in ways if hands_over(flow, each)), "")
    return ""


__all__ = ["LIVES", "PATH", "linked"]
