"""The outbox as tables. They hold data and constraints; `outbox` alone changes them.

Every constraint is named here (`conv`: names that no naming convention may rename), so that this
pillar needs nothing from the roof to be migrated. Times end in `_at` and are instants in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.elements import conv
from sqlmodel import Field, SQLModel

from notifications.columns import JsonText, UtcDateTime
from notifications.mail import STATES


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def _instant(nullable: bool = True) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Mail(SQLModel, table=True):
    """A mail owed to one recipient. (cause, address) makes it one mail however often it is asked for.

    `next_attempt_at` is set exactly while the mail may leave by itself, `lease_until` exactly while
    a worker has it: each is the condition of a small index, so that a tick costs nothing when
    nothing is due. `fence` counts claims, `attempts` those that reached a server, `deaths` those
    whose worker died before. `subject`, `text`, `html` are frozen by the first rendering that
    left; `rendered_lines` says for how many lines it holds. `edited_text` is what a person wrote for
    this one mail instead (Markdown): then they are frozen by the edit. `reason` and `last_*` are the
    state's cause. An address that cannot be mailed is kept as it was given, in a failed mail.
    """

    __tablename__ = "mail"
    __table_args__ = (
        PrimaryKeyConstraint("id", name=conv("pk_mail")),
        UniqueConstraint("cause", "address", name=conv("uq_mail_cause_address")),
        UniqueConstraint("message_id", name=conv("uq_mail_message_id")),
        ForeignKeyConstraint(["resend_of"], ["mail.id"], name=conv("fk_mail_resend_of")),
        CheckConstraint(_one_of("state", STATES), name=conv("ck_mail_state")),
        CheckConstraint(
            "next_attempt_at is null or state in ('queued', 'unknown')", name=conv("ck_mail_next_attempt_at")
        ),
        CheckConstraint("state <> 'queued' or next_attempt_at is not null", name=conv("ck_mail_queued")),
        CheckConstraint("(lease_until is null) = (state <> 'sending')", name=conv("ck_mail_lease")),
        CheckConstraint("(hold = '') = (state <> 'held')", name=conv("ck_mail_hold")),
        Index("ix_mail_due", "next_attempt_at", "id", **_where("next_attempt_at is not null")),
        Index("ix_mail_lease", "lease_until", **_where("lease_until is not null")),
        Index("ix_mail_state", "state", "id"),
        Index("ix_mail_address", "address", "id"),
    )
    id: int | None = Field(default=None, sa_column=Column(Integer, autoincrement=True, nullable=False))
    cause: str = Field(sa_type=String(200))
    address: str = Field(sa_type=String(320))
    name: str = Field(sa_type=String(300))
    language: str = Field(sa_type=String(8))
    template: str = Field(sa_type=String(60))
    context: Any = Field(sa_column=Column(JsonText, nullable=False))
    why: str = Field(default="", sa_type=Text)
    line_count: int = 0
    message_id: str = Field(sa_type=String(250))
    thread_id: str = Field(default="", sa_type=String(250))
    state: str = Field(sa_type=String(12))
    hold: str = Field(default="", sa_type=String(40))
    reason: str = Field(default="", sa_type=String(200))
    created_at: datetime = Field(sa_column=_instant(False))
    queued_at: datetime = Field(sa_column=_instant(False))
    not_before: datetime | None = Field(default=None, sa_column=_instant())
    useless_after: datetime | None = Field(default=None, sa_column=_instant())
    next_attempt_at: datetime | None = Field(default=None, sa_column=_instant())
    lease_until: datetime | None = Field(default=None, sa_column=_instant())
    owner: str = Field(default="", sa_type=String(80))
    fence: int = 0
    attempts: int = 0
    unknowns: int = 0
    deaths: int = 0
    subject: str | None = Field(default=None, sa_type=Text)
    text: str | None = Field(default=None, sa_type=Text)
    html: str | None = Field(default=None, sa_type=Text)
    rendered_lines: int | None = None
    last_code: int | None = None
    last_answer: str = Field(default="", sa_type=Text)
    done_at: datetime | None = Field(default=None, sa_column=_instant())
    resend_of: int | None = None
    edited_text: str | None = Field(default=None, sa_type=Text)
    edited_by: str | None = Field(default=None, sa_type=String(80))
    edited_at: datetime | None = Field(default=None, sa_column=_instant())


class MailLine(SQLModel, table=True):
    """One line of a mail. It is open until `cancelled_at`; a line cancelled while its mail was being
    sent came too late, and a mail handed over with cancelled lines says so."""

    __tablename__ = "mail_line"
    __table_args__ = (
        PrimaryKeyConstraint("mail_id", "number", name=conv("pk_mail_line")),
        ForeignKeyConstraint(["mail_id"], ["mail.id"], name=conv("fk_mail_line_mail_id")),
        Index("ix_mail_line_reference", "reference"),
        # One tree instead of two: lines are written by the ten thousand.
        {"sqlite_with_rowid": False},
    )
    mail_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    reference: str = Field(sa_type=String(80))
    topic: str = Field(sa_type=String(40))
    section: str = Field(sa_type=String(60))
    context: Any = Field(sa_column=Column(JsonText, nullable=False))
    cancelled_at: datetime | None = Field(default=None, sa_column=_instant())
    cancel_reason: str | None = Field(default=None, sa_type=String(200))


class Attempt(SQLModel, table=True):
    """One claim of a mail, recorded before anything is sent, so that a crash leaves a trace.

    `stage` is `claimed` while the mail is surely still with us and `offered` from the moment the
    server may have got it.
    """

    __tablename__ = "mail_attempt"
    __table_args__ = (
        PrimaryKeyConstraint("mail_id", "number", name=conv("pk_mail_attempt")),
        ForeignKeyConstraint(["mail_id"], ["mail.id"], name=conv("fk_mail_attempt_mail_id")),
        CheckConstraint("stage in ('claimed', 'offered')", name=conv("ck_mail_attempt_stage")),
        CheckConstraint("(outcome = '') = (ended_at is null)", name=conv("ck_mail_attempt_outcome")),
        {"sqlite_with_rowid": False},
    )
    mail_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    owner: str = Field(sa_type=String(80))
    claimed_at: datetime = Field(sa_column=_instant(False))
    stage: str = Field(default="claimed", sa_type=String(8))
    offered_at: datetime | None = Field(default=None, sa_column=_instant())
    ended_at: datetime | None = Field(default=None, sa_column=_instant())
    outcome: str = Field(default="", sa_type=String(12))
    code: int | None = None
    answer: str = Field(default="", sa_type=Text)


class QueueState(SQLModel, table=True):
    """Whether a queue may send. Paused by a person or by a fault of ours; a server that cannot be
    reached is not a pause but a `retry_at`, after `failures` passes in a row without a connection."""

    __tablename__ = "mail_queue"
    __table_args__ = (PrimaryKeyConstraint("name", name=conv("pk_mail_queue")),)
    name: str = Field(primary_key=True, sa_type=String(20))
    paused_at: datetime | None = Field(default=None, sa_column=_instant())
    paused_by: str = Field(default="", sa_type=String(80))
    reason: str = Field(default="", sa_type=String(40))
    detail: str = Field(default="", sa_type=Text)
    failures: int = 0
    lane_detail: str = Field(default="", sa_type=Text)
    retry_at: datetime | None = Field(default=None, sa_column=_instant())
    handed_over_at: datetime | None = Field(default=None, sa_column=_instant())


# For statements: columns as SQLAlchemy knows them, without the detour over classes that type them as values.
MAIL = SQLModel.metadata.tables["mail"]
LINE = SQLModel.metadata.tables["mail_line"]
ATTEMPT = SQLModel.metadata.tables["mail_attempt"]
QUEUE = SQLModel.metadata.tables["mail_queue"]
