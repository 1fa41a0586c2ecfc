"""How often one may fail to sign in. Counted in a table, so that several processes count together.

An attempt is counted before it is tried and struck off when it was right: two hundred at once are two hundred. Three
counts bind, none of them for ever:

- an account as tried from one address: `MOST` in the window;
- an account as tried from anywhere: three times that, but never at an address from which its owner has signed in
  lately, so that nobody can lock somebody else out of his own office;
- an address, whatever accounts it tries: three times that, since a whole house may stand behind one address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Connection, Table, delete, insert, or_, select

from workflow.services.desk import Desk
from workflow.storage.database import write
from workflow.storage.locking import in_turn
from workflow.storage.tables_access import SignInAttempt

_A: Table = SignInAttempt.__table__  # type: ignore[attr-defined]
WINDOW = timedelta(minutes=10)
MOST = 10
KEPT = timedelta(hours=1)
"""Older attempts are forgotten: no bound looks back further."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What is counted, and how often it may fail in a window."""

    subject: str
    most: int = MOST
    window: timedelta = WINDOW


@dataclass(frozen=True, slots=True)
class Counted:
    """This attempt may be made. `ids` are its rows, `own` the narrowest of what it was counted under."""

    ids: tuple[int, ...]
    own: str


@dataclass(frozen=True, slots=True)
class TooMany:
    """This attempt may not be made, however right it is, for so many minutes."""

    minutes: int


def bounds(login: str, address: str, *, known_here: bool) -> tuple[Bound, ...]:
    """The counts that bind somebody who tries `login` (folded) from `address`."""
    own = (Bound(f"account {login[:200]} at {address}"), Bound(f"address {address}", 3 * MOST))
    return own if known_here else (*own, Bound(f"account {login[:254]}", 3 * MOST))


def count(desk: Desk, wanted: Iterable[Bound], now: datetime) -> Counted | TooMany:
    """Count one attempt under each of these; none is counted when one of them is full. `now` is the machine's."""
    wanted = tuple(wanted)
    with write(desk.engine) as connection:
        in_turn(connection, "sign_in_attempt")
        connection.execute(delete(_A).where(_A.c.at <= now - KEPT))
        waits = []
        for each in wanted:
            since = now - each.window
            times = select(_A.c.at).where(_A.c.subject == each.subject, _A.c.at > since).order_by(_A.c.at.desc())
            nth = connection.execute(times.offset(each.most - 1).limit(1)).scalar()
            if nth is not None:
                waits.append(nth + each.window - now)
        if waits:
            return TooMany(max(1, ceil(max(waits) / timedelta(minutes=1))))
        ids = []
        for each in wanted:
            made = connection.execute(insert(_A).values(subject=each.subject, at=now)).inserted_primary_key
            assert made is not None
            ids.append(int(made[0]))
    return Counted(tuple(ids), wanted[0].subject)


def strike_off(connection: Connection, counted: Counted) -> None:
    """The attempt was right: it no longer counts, nor does what its own account failed before at this address."""
    connection.execute(delete(_A).where(or_(_A.c.id.in_(counted.ids), _A.c.subject == counted.own)))
