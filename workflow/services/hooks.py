"""Webhooks: other programs are owed each act once it is committed, in the chain's order, until they answer 2xx.

Owing is a transaction, sending is not here (`workflow.outgoing`). A message may arrive twice, under the same id.
Only hosts that the settings name can be told anything: an admin's page alone must not open a way out of the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Table, func, insert, select, update

from notifications.columns import to_json
from workflow.domain import hooks as plan, vietnamese
from workflow.services import events
from workflow.services.desk import Desk
from workflow.storage import chain
from workflow.storage.database import read, write
from workflow.storage.tables_desk import Webhook, WebhookDelivery

_W: Table = Webhook.__table__  # type: ignore[attr-defined]
_D: Table = WebhookDelivery.__table__  # type: ignore[attr-defined]
MOST_OWED = 500
LEASE = timedelta(minutes=2)
"""While one worker sends, no other does; a worker that died holds nothing up for longer."""


class HookRefused(ValueError):
    """The webhook cannot be made. `code` and `params` name the sentence; nothing was written."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to send now: where, signed with what, and its body as bytes."""

    id: int
    entry: int
    url: str
    secret: str
    body: bytes
    attempts: int
    made_at: datetime


def make(
    desk: Desk,
    url: str,
    transitions: Iterable[str],
    hosts: Sequence[str],
    by: str,
    *,
    machine_now: datetime,
    now: datetime,
) -> tuple[int, str]:
    """A webhook for what happens from now on; its number and its secret, told once. Raises HookRefused.

    `transitions` narrows to these; none means all. `hosts` are those the settings allow.
    """
    _check(url, hosts)
    wanted = sorted({each.strip() for each in transitions if each.strip()})
    secret = desk.entropy(32)
    with write(desk.engine) as connection:
        number, _ = chain.head(connection)
        made = connection.execute(
            insert(_W).values(
                url=url, secret=secret, transitions=wanted, cursor=number, made_by=by, made_at=machine_now
            )
        )
        assert made.inserted_primary_key is not None
        hook = int(made.inserted_primary_key[0])
        _note(connection, desk, "webhook_made", {"webhook": hook}, by, now)
    return hook, secret


def _check(url: str, hosts: Sequence[str]) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HookRefused("hook_url", url=url[:100]) from None
    plain = parts.scheme in ("http", "https") and parts.hostname and not parts.username and url.isprintable()
    if not plain or len(url) > 500 or port == 0:
        raise HookRefused("hook_url", url=url[:100])
    if parts.hostname not in hosts:
        raise HookRefused("hook_host", host=parts.hostname, hosts=hosts or "–")


def stop(desk: Desk, hook: int, by: str, *, machine_now: datetime, now: datetime, reason: str = "") -> bool:
    """Tell it nothing more; what it is owed is given up. False when it is not there or stopped already."""
    with write(desk.engine) as connection:
        stopped = connection.execute(
            update(_W)
            .where(_W.c.id == hook, _W.c.stopped_at.is_(None))
            .values(stopped_at=machine_now, stop_reason=reason[:300])
        )
        if not stopped.rowcount:
            return False
        connection.execute(
            update(_D)
            .where(_D.c.webhook_id == hook, _D.c.state == "owed")
            .values(state="given_up", next_at=None, done_at=machine_now)
        )
        _note(connection, desk, "webhook_stopped", {"webhook": hook}, by, now)
        return True


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Every webhook with how many messages it is owed, got and never got; without its secret."""
    columns = [each for each in _W.c if each.name != "secret"]
    amounts = select(_D.c.webhook_id, _D.c.state, func.count().label("amount")).group_by(_D.c.webhook_id, _D.c.state)
    last = select(_D).order_by(_D.c.id.desc()).limit(200)
    with read(desk.engine) as connection:
        found = [dict(row._mapping) for row in connection.execute(select(*columns).order_by(_W.c.id))]
        counts = {(row.webhook_id, row.state): row.amount for row in connection.execute(amounts)}
        recent = connection.execute(last).all()
    for each in found:
        each["amounts"] = {state: counts.get((each["id"], state), 0) for state in ("owed", "done", "given_up")}
        each["last"] = next((row for row in recent if row.webhook_id == each["id"] and row.attempts), None)
    return found


# ── owing and sending ────────────────────────────────────────────────────────────────────────────


def owe(desk: Desk, machine_now: datetime) -> int:
    """Write down what each webhook is owed of the acts since its cursor; how many messages."""
    with read(desk.engine) as connection:
        head, _ = chain.head(connection)
        behind = (
            connection.execute(select(_W.c.id).where(_W.c.stopped_at.is_(None), _W.c.cursor < head)).scalars().all()
        )
    return sum(_owe_one(desk, hook, machine_now) for hook in behind)


def _owe_one(desk: Desk, hook: int, machine_now: datetime) -> int:
    with write(desk.engine) as connection:
        row = connection.execute(select(_W).where(_W.c.id == hook, _W.c.stopped_at.is_(None)).with_for_update()).first()
        if row is None:
            return 0
        acts = events.acts_after(connection, row.cursor, MOST_OWED)
        head, _ = chain.head(connection)
        reached = max(acts) if len(acts) == MOST_OWED else head
        wanted = [
            number for number, (_, transition) in acts.items() if not row.transitions or transition in row.transitions
        ]
        if wanted:
            connection.execute(
                insert(_D),
                [
                    {"webhook_id": hook, "entry": number, "state": "owed", "attempts": 0, "next_at": machine_now,
                     "last_answer": "", "made_at": machine_now}
                    for number in wanted
                ],
            )  # fmt: skip
        connection.execute(update(_W).where(_W.c.id == hook).values(cursor=reached))
        return len(wanted)


def claim(desk: Desk, machine_now: datetime, limit: int = 20) -> list[Owed]:
    """Messages due now, the oldest of each webhook first, held for `LEASE`: nobody else sends them meanwhile."""
    due = (
        select(_D.c.id)
        .join(_W, _W.c.id == _D.c.webhook_id)
        .where(_D.c.state == "owed", _D.c.next_at <= machine_now, _W.c.stopped_at.is_(None))
        .order_by(_D.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_D)
    )
    with write(desk.engine) as connection:
        ids = connection.execute(due).scalars().all()
        if not ids:
            return []
        connection.execute(update(_D).where(_D.c.id.in_(ids)).values(next_at=machine_now + LEASE))
        rows = connection.execute(
            select(_D, _W.c.url, _W.c.secret)
            .join(_W, _W.c.id == _D.c.webhook_id)
            .where(_D.c.id.in_(ids))
            .order_by(_D.c.id)
        ).all()
        happened = events.of_entries(connection, {row.entry for row in rows})
    return [
        Owed(
            row.id,
            row.entry,
            row.url,
            row.secret,
            message(row.entry, happened.get(row.entry, ())),
            row.attempts,
            row.made_at,
        )
        for row in rows
    ]


def message(entry: int, happened: Sequence[events.Happened]) -> bytes:
    """The body: the entry, and each dossier that moved. It names dossiers by code and no person."""
    lines = [{name: value for name, value in asdict(each).items() if name != "entry"} for each in happened]
    return to_json({"entry": entry, "events": [_plain(each) for each in lines]}).encode()


def _plain(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in line.items()}


def record(desk: Desk, owed: Owed, code: int | None, answer: str, machine_now: datetime) -> str:
    """What came of an attempt; the state it leaves the message in."""
    attempts = owed.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "last_code": code, "last_answer": vietnamese.legible(answer)[:300]}
    if plan.settled(code):
        values |= {"state": "done", "next_at": None, "done_at": machine_now}
    else:
        again = plan.next_attempt(owed.made_at, attempts, machine_now)
        values |= {"next_at": again} if again else {"state": "given_up", "next_at": None, "done_at": machine_now}
    with write(desk.engine) as connection:
        connection.execute(update(_D).where(_D.c.id == owed.id, _D.c.state == "owed").values(**values))
    return str(values.get("state", "owed"))


def _note(connection: Connection, desk: Desk, kind: str, payload: dict[str, Any], by: str, now: datetime) -> None:
    chain.append(connection, kind=kind, payload=payload, secrets={"by": (desk.entropy(16), to_json(by))}, now=now)
