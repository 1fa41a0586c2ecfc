"""The second factor: codes from an app on the owner's telephone (TOTP), and recovery codes for when it is lost.

A code works once: its time step is remembered. Recovery codes are shown once and kept as SHA-256; each works once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import Connection, Table, select, update

from workflow.services.accounts import AccountError, When, note
from workflow.services.desk import Desk
from workflow.services.sessions import digest
from workflow.storage.database import read, write
from workflow.storage.tables_access import Account

_A: Table = Account.__table__  # type: ignore[attr-defined]
STEP = 30
"""Seconds that a code is shown for."""
DRIFT = 1
"""Steps by which the telephone's clock may be wrong either way."""
RECOVERY_CODES = 10
ISSUER = "Khen"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the app must be told: the secret, and the same as an address for a QR picture."""

    secret: str
    uri: str


def begin(desk: Desk, account_id: int) -> Enrolment:
    """A secret for this account, which counts only once `confirm` has seen a code from it.

    Asked again before that, it is the same one: a page that is reloaded must not undo what was scanned.
    Raises AccountError when there is a second factor already.
    """
    with write(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
        if row.totp_confirmed_at is not None:
            raise AccountError("second_factor_exists")
        secret = row.totp_secret or pyotp.random_base32()
        if row.totp_secret is None:
            connection.execute(update(_A).where(_A.c.id == account_id).values(totp_secret=secret, totp_last_step=0))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=row.login, issuer_name=ISSUER))


def pending(desk: Desk, account_id: int) -> Enrolment | None:
    """The secret that waits to be confirmed, if one does."""
    with read(desk.engine) as connection:
        row = connection.execute(select(_A).where(_A.c.id == account_id)).one()
    if row.totp_secret is None or row.totp_confirmed_at is not None:
        return None
    return Enrolment(row.totp_secret, pyotp.TOTP(row.totp_secret).provisioning_uri(name=row.login, issuer_name=ISSUER))


def confirm(desk: Desk, account_id: int, typed: str, by: str, at: When) -> tuple[str, ...]:
    """The first code was right, so the second factor counts from now on; the recovery codes, told this once.

    Raises AccountError.
    """
    with write(desk.engine) as connection:
        row = _row(connection, account_id)
        if row.totp_confirmed_at is not None or row.totp_secret is None:
            raise AccountError("second_factor_exists")
        if not _use_code(connection, row, typed, at.machine):
            raise AccountError("code_wrong")
        codes = _new_codes(desk)
        values = dict(totp_confirmed_at=at.machine, recovery=[digest(_bare(each)) for each in codes])
        connection.execute(update(_A).where(_A.c.id == account_id).values(**values))
        note(connection, desk, "account_second_factor", {"account": account_id}, by, at.business)
    return codes


def renew_codes(desk: Desk, account_id: int, by: str, at: When) -> tuple[str, ...]:
    """New recovery codes, told this once; the old ones no longer work. Raises AccountError."""
    with write(desk.engine) as connection:
        if _row(connection, account_id).totp_confirmed_at is None:
            raise AccountError("second_factor_missing")
        codes = _new_codes(desk)
        kept = [digest(_bare(each)) for each in codes]
        connection.execute(update(_A).where(_A.c.id == account_id).values(recovery=kept))
        note(connection, desk, "account_recovery_codes", {"account": account_id}, by, at.business)
    return codes


def remove(desk: Desk, account_id: int, by: str, at: When) -> None:
    """The owner gives it up. Whether he may, and who he is, was asked before."""
    with write(desk.engine) as connection:
        values: dict[str, Any] = dict(totp_secret=None, totp_confirmed_at=None, recovery=[])
        connection.execute(update(_A).where(_A.c.id == account_id).values(**values))
        note(connection, desk, "account_second_factor_removed", {"account": account_id}, by, at.business)


def codes_left(desk: Desk, account_id: int) -> int:
    with read(desk.engine) as connection:
        return len(connection.execute(select(_A.c.recovery).where(_A.c.id == account_id)).scalar_one())


def use(connection: Connection, account_id: int, typed: str, now: datetime) -> str:
    """Use up a code of the app (`code`) or a recovery code (`recovery`) of this account; "" when it is neither."""
    row = _row(connection, account_id)
    if row.totp_confirmed_at is None:
        return ""
    if _use_code(connection, row, typed, now):
        return "code"
    spent = digest(_bare(typed))
    if spent not in row.recovery:
        return ""
    left = [each for each in row.recovery if each != spent]
    connection.execute(update(_A).where(_A.c.id == account_id).values(recovery=left))
    return "recovery"


def _row(connection: Connection, account_id: int) -> Any:
    """Locked, so that the same code cannot pass twice at one moment."""
    return connection.execute(select(_A).where(_A.c.id == account_id).with_for_update()).one()


def _use_code(connection: Connection, row: Any, typed: str, now: datetime) -> bool:
    code = "".join(typed.split())
    if len(code) != 6 or not code.isdecimal() or not code.isascii():
        return False
    totp = pyotp.TOTP(row.totp_secret)
    here = int(now.timestamp()) // STEP
    for step in range(here - DRIFT, here + DRIFT + 1):
        if step > row.totp_last_step and pyotp.utils.strings_equal(code, totp.at(step * STEP)):
            connection.execute(update(_A).where(_A.c.id == row.id).values(totp_last_step=step))
            return True
    return False


def _new_codes(desk: Desk) -> tuple[str, ...]:
    """Ten codes of 40 bits, in two groups that can be read out."""
    raw = (desk.entropy(5) for _ in range(RECOVERY_CODES))
    return tuple(f"{each[:5]}-{each[5:]}" for each in raw)


def _bare(typed: str) -> str:
    return "".join(letter for letter in typed.lower() if letter.isalnum())
