"""The tables of the roof. They hold data and constraints; they validate nothing and know no rule.

Times end in `_at` (instants, UTC), dates in `_on` (local days, Asia/Ho_Chi_Minh). Rows written by
the thousand have natural keys, so that nobody waits for an identity to be handed out:
an event is (nomination, version), a deadline (nomination, name, run), a reminder adds its rung
and recipient.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from notifications.columns import JsonText, UtcDateTime

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


def _instant(nullable: bool = False) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


def _json(nullable: bool = False) -> Column[Any]:
    return Column(JsonText, nullable=nullable)


class Unit(SQLModel, table=True):
    """An organisation that proposes. `until_on` is the first day it no longer exists (half-open)."""

    __tablename__ = "unit"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(20), unique=True)
    name: str = Field(sa_type=String(300))
    kind: str = Field(sa_type=String(20))
    name_folded: str = Field(sa_type=String(300), index=True)
    sort_key: str = Field(sa_type=String(600))
    from_on: date
    until_on: date | None = None
    successor_code: str | None = Field(default=None, sa_type=String(20))
    cluster: str = Field(default="", sa_type=String(40))
    mailbox: str = Field(default="", sa_type=String(254))
    language: str = Field(default="vi", sa_type=String(2))


class Person(SQLModel, table=True):
    """A person: an account of the desk or of a unit, or a nominee. (root unit, code) is the identity.

    `provisional` persons came without a code; no machine merges them. `erased_at` marks one whose
    name was removed on request.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("root_unit", "code"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(40))
    root_unit: str = Field(sa_type=String(20))
    name: str = Field(sa_type=String(200))
    name_folded: str = Field(sa_type=String(200), index=True)
    sort_key: str = Field(sa_type=String(400))
    email: str = Field(default="", sa_type=String(254))
    language: str = Field(default="vi", sa_type=String(2))
    provisional: bool = False
    erased_at: datetime | None = Field(default=None, sa_column=_instant(True))


class Grant(SQLModel, table=True):
    """A role somebody holds, for a scope and for a time (`until_on` is the first day without it)."""

    __tablename__ = "grant_of_role"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "scope_kind", "scope", "from_on"),
        CheckConstraint("scope_kind in ('unit','field','cluster','council','all')", name="scope_kind"),
        Index("ix_grant_role_scope", "role", "scope_kind", "scope"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str = Field(sa_type=String(40))
    scope_kind: str = Field(sa_type=String(10))
    scope: str = Field(default="", sa_type=String(40))
    from_on: date
    until_on: date | None = None


class Substitution(SQLModel, table=True):
    """Between these days the substitute acts with the principal's roles and gets his mails too."""

    __tablename__ = "substitution"
    id: int | None = Field(default=None, primary_key=True)
    principal_id: int = Field(foreign_key="person.id", index=True)
    substitute_id: int = Field(foreign_key="person.id", index=True)
    from_on: date
    until_on: date
    document: str = Field(sa_type=String(200))


class Round(SQLModel, table=True):
    """An award round (đợt). `cutoffs` maps a flow id, or `*`, to the last day to submit."""

    __tablename__ = "round"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(40), unique=True)
    title: str = Field(sa_type=String(300))
    year: int
    opens_on: date
    closes_on: date
    closed_at: datetime | None = Field(default=None, sa_column=_instant(True))
    flows: Any = Field(default_factory=list, sa_column=_json())
    cutoffs: Any = Field(default_factory=dict, sa_column=_json())
    counts: Any = Field(default_factory=dict, sa_column=_json())


class FlowVersion(SQLModel, table=True):
    """A published flow: its resolved text, which alone acts. The database numbers versions."""

    __tablename__ = "flow_version"
    __table_args__ = (UniqueConstraint("flow_id", "number"), UniqueConstraint("flow_id", "label"))
    id: int | None = Field(default=None, primary_key=True)
    flow_id: str = Field(sa_type=String(60), index=True)
    number: int
    label: str = Field(sa_type=String(40))
    award: str = Field(sa_type=String(60))
    kind: str = Field(sa_type=String(20))
    level: str = Field(sa_type=String(20))
    title: str = Field(sa_type=String(300))
    valid_from: date
    valid_until: date | None = None
    text: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=String(64))
    published_at: datetime = Field(sa_column=_instant())
    published_by: str = Field(sa_type=String(80))


class CalendarVersion(SQLModel, table=True):
    """A calendar as it was when due dates were computed with it; `explain` reads it again."""

    __tablename__ = "calendar_version"
    sha256: str = Field(primary_key=True, sa_type=String(64))
    text: str = Field(sa_type=Text)
    first_used_at: datetime = Field(sa_column=_instant())


class Submission(SQLModel, table=True):
    """A unit's letter (tờ trình) with its list. It has no state: its status derives from its lines."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("unit_id", "round_id", "letter_number"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    round_id: int = Field(foreign_key="round.id", index=True)
    letter_number: str = Field(sa_type=String(80))
    letter_on: date | None = None
    title: str = Field(default="", sa_type=String(300))
    list_sha256: str = Field(default="", sa_type=String(64))
    created_at: datetime = Field(sa_column=_instant())
    created_by: str = Field(sa_type=String(80))


class Nomination(SQLModel, table=True):
    """One line of a list: the dossier that moves.

    `memory` is the fold of its events (moments, visits, who did what, flags, tallies, fields), so
    that deciding reads one row; `workflow.domain.memory` writes and reads it, and a replay of the
    events must give the same. `shown_state` is what units, mails and the API see. `outcome` is
    written once. `version` counts events. `woman` and `direct_worker` (who leads nobody) are as the
    unit's list says of a person, None where it does not; they are counted, and nothing else.
    """

    __tablename__ = "nomination"
    __table_args__ = (
        UniqueConstraint("submission_id", "line_key"),
        CheckConstraint("nominee in ('individual','collective')", name="nominee"),
        CheckConstraint("version >= 0", name="version"),
        Index("ix_nomination_desk", "state", "entered_on", "id"),
        Index("ix_nomination_unit", "unit_id", "state", "id"),
        Index("ix_nomination_award", "award", "state", "id"),
        Index("ix_nomination_round", "round_id", "flow_id", "state"),
        Index("ix_nomination_folded", "name_folded"),
        Index(
            "ix_nomination_outcome",
            "outcome",
            "id",
            sqlite_where=text("outcome IS NOT NULL"),
            postgresql_where=text("outcome IS NOT NULL"),
        ),  # Few dossiers come from another or are about another: a page that asks which do must not read them all.
        *(
            Index(
                f"ix_nomination_{name}",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("grown_from_id", "subject_id")
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(60), unique=True)
    submission_id: int = Field(foreign_key="submission.id")
    unit_id: int = Field(foreign_key="unit.id")
    round_id: int = Field(foreign_key="round.id")
    flow_id: str = Field(sa_type=String(60))
    flow_version_id: int = Field(foreign_key="flow_version.id")
    pinned: bool = False
    award: str = Field(sa_type=String(60))
    kind: str = Field(sa_type=String(20))
    nominee: str = Field(sa_type=String(10))
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    name: str = Field(sa_type=String(300))
    name_folded: str = Field(sa_type=String(300))
    sort_key: str = Field(sa_type=String(600))
    position: str = Field(default="", sa_type=String(200))
    workplace: str = Field(default="", sa_type=String(300))
    achievement: str = Field(default="", sa_type=Text)
    achievement_from: date | None = None
    achievement_to: date | None = None
    field_of_work: str = Field(default="", sa_type=String(40))
    line_no: int = 0
    line_key: str = Field(sa_type=String(300))
    state: str = Field(sa_type=String(60))
    shown_state: str = Field(sa_type=String(60))
    previous_state: str | None = Field(default=None, sa_type=String(60))
    version: int = 0
    entered_on: date
    entered_at: datetime = Field(sa_column=_instant())
    complete_on: date | None = None
    outcome: str | None = Field(default=None, sa_type=String(30))
    archived_at: datetime | None = Field(default=None, sa_column=_instant(True))
    decision_id: int | None = Field(default=None, foreign_key="decision.id", index=True)
    grown_from_id: int | None = Field(default=None, foreign_key="nomination.id")
    subject_id: int | None = Field(default=None, foreign_key="nomination.id")
    memory: Any = Field(default_factory=dict, sa_column=_json())
    woman: bool | None = None
    direct_worker: bool | None = None


class Act(SQLModel, table=True):
    """What a person (or the clock) did, on one or many nominations, under one request key.

    `report` is the answer given, so that the same request gets the same answer.
    """

    __tablename__ = "act"
    __table_args__ = (UniqueConstraint("actor", "request_key"), Index("ix_act_transition", "transition", "id"))
    id: int | None = Field(default=None, primary_key=True)
    actor: str = Field(sa_type=String(80))
    actor_name: str = Field(default="", sa_type=String(200))
    on_behalf_of: str | None = Field(default=None, sa_type=String(80))
    os_user: str = Field(default="", sa_type=String(80))
    request_key: str = Field(sa_type=String(80))
    command_sha256: str = Field(sa_type=String(64))
    transition: str = Field(sa_type=String(60))
    recorded_at: datetime = Field(sa_column=_instant())
    occurred_on: date
    fields: Any = Field(default_factory=dict, sa_column=_json())
    done: int
    refused: int
    report: Any = Field(default_factory=dict, sa_column=_json())


class Event(SQLModel, table=True):
    """What an act left in one nomination's history. `version` is the nomination's after it."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_act", "act_id"),)
    nomination_id: int = Field(primary_key=True, foreign_key="nomination.id", sa_column_kwargs={"autoincrement": False})
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    act_id: int = Field(foreign_key="act.id")
    transition: str = Field(sa_type=String(60))
    branch: int = 0
    from_state: str = Field(sa_type=String(60))
    to_state: str = Field(sa_type=String(60))
    flow_version_id: int
    occurred_on: date
    recorded_at: datetime = Field(sa_column=_instant())
    data: Any = Field(default_factory=dict, sa_column=_json())


class Deadline(SQLModel, table=True):
    """An open or closed limit of one nomination. `run` counts how often this deadline was opened.

    `rule` holds the ladder and whom to tell, so that a sweep reads no flow; `derivation` says from
    which day, by which rule and calendar `due_on` came, and every stop of the clock.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index(
            "ix_deadline_due",
            "next_reminder_at",
            sqlite_where=text("closed_on IS NULL AND next_reminder_at IS NOT NULL"),
            postgresql_where=text("closed_on IS NULL AND next_reminder_at IS NOT NULL"),
        ),
        Index(
            "ix_deadline_open",
            "due_on",
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
    )
    nomination_id: int = Field(primary_key=True, foreign_key="nomination.id", sa_column_kwargs={"autoincrement": False})
    name: str = Field(primary_key=True, sa_type=String(80))
    run: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rule: str = Field(sa_type=Text)
    derivation: str = Field(sa_type=Text)
    opened_on: date
    due_on: date | None = None
    stopped_on: date | None = None
    next_reminder_at: datetime | None = Field(default=None, sa_column=_instant(True))
    closed_on: date | None = None
    close_cause: str | None = Field(default=None, sa_type=String(60))


class Reminder(SQLModel, table=True):
    """One reminder owed once: the key is (deadline, run, rung, recipient)."""

    __tablename__ = "reminder"
    nomination_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(primary_key=True, sa_type=String(80))
    run: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rung: str = Field(primary_key=True, sa_type=String(20))
    recipient: str = Field(primary_key=True, sa_type=String(254))
    made_at: datetime = Field(sa_column=_instant())
    skipped: bool = False


class Task(SQLModel, table=True):
    """Parallel work on a dossier: one row per body asked."""

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("nomination_id", "task", "body", "run"),)
    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id", index=True)
    task: str = Field(sa_type=String(40))
    body: str = Field(default="", sa_type=String(200))
    run: int = 1
    opened_on: date
    due_on: date | None = None
    closed_on: date | None = None
    reply: str = Field(default="", sa_type=Text)


class Document(SQLModel, table=True):
    """One version of a paper on file; the bytes lie in the store under their SHA-256."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("nomination_id", "submission_id", "code", "number"),
        CheckConstraint("(nomination_id IS NULL) <> (submission_id IS NULL)", name="one_owner"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int | None = Field(default=None, foreign_key="nomination.id", index=True)
    submission_id: int | None = Field(default=None, foreign_key="submission.id", index=True)
    code: str = Field(sa_type=String(40))
    number: int = 1
    file_name: str = Field(sa_type=String(200))
    media_type: str = Field(sa_type=String(80))
    size: int
    sha256: str = Field(sa_type=String(64))
    added_at: datetime = Field(sa_column=_instant())
    added_by: str = Field(sa_type=String(80))


class DecisionPaper(SQLModel, table=True):
    """A signed decision: one number and date for many nominations. Never deleted; corrected or revoked."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("symbol", "year", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    symbol: str = Field(sa_type=String(60))
    year: int
    number: int
    full_number: str = Field(sa_type=String(80))
    issued_on: date
    authority: str = Field(sa_type=String(20))
    signer: str = Field(default="", sa_type=String(200))
    capacity: str = Field(default="", sa_type=String(40))
    award: str = Field(sa_type=String(60))
    kind: str = Field(sa_type=String(20))
    act_id: int = Field(foreign_key="act.id")
    revokes: str = Field(default="", sa_type=String(80))


class History(SQLModel, table=True):
    """An award or rating given earlier, imported from the ministry's own lists or grown from decisions."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_person", "person_id", "award"),
        Index("ix_history_name", "unit_code", "name_folded"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit_code: str = Field(default="", sa_type=String(20))
    name_folded: str = Field(sa_type=String(300))
    nominee: str = Field(sa_type=String(10))
    award: str = Field(default="", sa_type=String(60))
    kind: str = Field(default="merit", sa_type=String(20))
    rating: str = Field(default="", sa_type=String(30))
    year: int
    number: str = Field(default="", sa_type=String(80))
    decided_on: date | None = None
    achievement_to: date | None = None
    source: str = Field(default="import", sa_type=String(80))
    nomination_id: int | None = Field(default=None, foreign_key="nomination.id", index=True)
    revoked_on: date | None = None


class StateCount(SQLModel, table=True):
    """How many nominations of a round and flow stand in a state; kept by delta in the act's transaction."""

    __tablename__ = "state_count"
    round_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    flow_id: str = Field(primary_key=True, sa_type=String(60))
    state: str = Field(primary_key=True, sa_type=String(60))
    amount: int = 0


class Sequence(SQLModel, table=True):
    """The last number given out under a name (codes of dossiers, by flow and year)."""

    __tablename__ = "sequence"
    name: str = Field(primary_key=True, sa_type=String(80))
    last: int = 0


class AuditEntry(SQLModel, table=True):
    """One link of the audit chain. `prev` is unique: the chain cannot fork.

    `payload` holds only what may stay for ever (ids, codes of transitions, digests, salted
    commitments); what was committed to lies in `audit_opening` and can be erased.
    """

    __tablename__ = "audit_entry"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    prev: str = Field(sa_type=String(64), unique=True)
    hash: str = Field(sa_type=String(64), unique=True)
    recorded_at: datetime = Field(sa_column=_instant())
    kind: str = Field(sa_type=String(40))
    payload: str = Field(sa_type=Text)


class AuditOpening(SQLModel, table=True):
    """Salt and text behind a commitment of an entry. Deleting the row erases the text; the chain still verifies."""

    __tablename__ = "audit_opening"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(primary_key=True, sa_type=String(40))
    salt: str = Field(sa_type=String(64))
    value: str = Field(sa_type=Text)


class Installation(SQLModel, table=True):
    """Facts about this database itself, by name: instance id, demo clock, restored-from mark."""

    __tablename__ = "installation"
    name: str = Field(primary_key=True, sa_type=String(40))
    value: str = Field(sa_type=Text)
