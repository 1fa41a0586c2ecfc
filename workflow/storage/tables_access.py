"""Tables of signing in: accounts, sessions, what is sent by mail and used once, tokens of programs, who read what.

A secret that somebody holds (a cookie, a link, a token) stands here only as its SHA-256. Times end in `_at` and are
instants in UTC; they follow the machine's clock, not the rehearsal's: a session must end in real minutes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Text
from sqlmodel import Field, SQLModel

import workflow.storage.tables  # noqa: F401 - what the foreign keys name, and how constraints are called
from notifications.columns import JsonText, UtcDateTime


def _instant(nullable: bool = False) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


def _json(nullable: bool = False) -> Column[Any]:
    return Column(JsonText, nullable=nullable)


class Account(SQLModel, table=True):
    """How a person signs in. `login` is folded to lower case; without `password_hash` only SSO or an invitation helps.

    `totp_last_step` is the last time step whose code was used: no code works twice. `recovery` holds SHA-256 of the
    recovery codes left. `subject` is `issuer|sub` of an identity provider.
    """

    __tablename__ = "account"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    login: str = Field(sa_type=String(254), unique=True)
    password_hash: str | None = Field(default=None, sa_type=String(300))
    password_changed_at: datetime | None = Field(default=None, sa_column=_instant(True))
    totp_secret: str | None = Field(default=None, sa_type=String(64))
    totp_confirmed_at: datetime | None = Field(default=None, sa_column=_instant(True))
    totp_last_step: int = 0
    recovery: Any = Field(default_factory=list, sa_column=_json())
    subject: str | None = Field(default=None, sa_type=String(300), unique=True)
    disabled_at: datetime | None = Field(default=None, sa_column=_instant(True))
    created_at: datetime = Field(sa_column=_instant())
    created_by: str = Field(sa_type=String(80))
    signed_in_at: datetime | None = Field(default=None, sa_column=_instant(True))


class WebSession(SQLModel, table=True):
    """One browser that is signed in. Ends when idle, at `expires_at` whatever happens, or when it is ended."""

    __tablename__ = "web_session"
    token_sha256: str = Field(primary_key=True, sa_type=String(64))
    account_id: int = Field(foreign_key="account.id", index=True)
    csrf: str = Field(sa_type=String(64))
    way: str = Field(sa_type=String(20))
    second_factor: bool = False
    address: str = Field(default="", sa_type=String(64))
    browser: str = Field(default="", sa_type=String(200))
    language: str = Field(default="", sa_type=String(2))
    created_at: datetime = Field(sa_column=_instant())
    seen_at: datetime = Field(sa_column=_instant())
    proved_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    ended_at: datetime | None = Field(default=None, sa_column=_instant(True))


class SignInAttempt(SQLModel, table=True):
    """A failed attempt, counted per account and per address in a moving window; `subject` names which."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject_at", "subject", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=String(300))
    at: datetime = Field(sa_column=_instant())


class OneTimeToken(SQLModel, table=True):
    """What a link in a mail stands for: an invitation, a new password, a right password that waits for its
    code, a changed address, one act on one dossier.

    Used once, and only until `expires_at`. `payload` binds it (codes of dossiers with their versions, a transition).
    `person_id` is None for one that went to a unit's mailbox: whoever follows it signs in.
    """

    __tablename__ = "one_time_token"
    __table_args__ = (CheckConstraint("kind in ('invite','reset','second','address','act')", name="kind"),)
    token_sha256: str = Field(primary_key=True, sa_type=String(64))
    kind: str = Field(sa_type=String(10))
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    payload: Any = Field(default_factory=dict, sa_column=_json())
    created_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    used_at: datetime | None = Field(default=None, sa_column=_instant(True))


class KeptForm(SQLModel, table=True):
    """What somebody had typed when his session ended; given back to the same account after it signs in again."""

    __tablename__ = "kept_form"
    token_sha256: str = Field(primary_key=True, sa_type=String(64))
    account_id: int = Field(foreign_key="account.id", index=True)
    path: str = Field(sa_type=String(400))
    fields: Any = Field(default_factory=list, sa_column=_json())
    created_at: datetime = Field(sa_column=_instant())


class ApiToken(SQLModel, table=True):
    """A program's key. It may do what its person may, and of that only what `scopes` name."""

    __tablename__ = "api_token"
    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(sa_type=String(64), unique=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(sa_type=String(120))
    scopes: Any = Field(default_factory=list, sa_column=_json())
    created_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    used_at: datetime | None = Field(default=None, sa_column=_instant(True))
    revoked_at: datetime | None = Field(default=None, sa_column=_instant(True))


class AccessLog(SQLModel, table=True):
    """Who took what out or looked at something sensitive, and when. It holds no values, only what was read."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_at", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=_instant())
    person: str = Field(sa_type=String(80))
    action: str = Field(sa_type=String(60))
    detail: str = Field(default="", sa_type=Text)
