"""Tables of working at the desk: who has a dossier in hand, what was said about it, what is about to be done.

None of this moves a dossier: a draft of an act or of a list is a form that survives a reload, no more.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

import workflow.storage.tables  # noqa: F401 - what the foreign keys name, and how constraints are called
from notifications.columns import JsonText, UtcDateTime


def _bytewise(length: int) -> Any:
    """Text that is compared byte by byte whatever the database's own order: sort keys and folded words."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _instant(nullable: bool = False) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


def _json(nullable: bool = False) -> Column[Any]:
    return Column(JsonText, nullable=nullable)


class ListOrder(SQLModel, table=True):
    """Where a nomination stands in a list by name. Beside `nomination`, so that no act pays for these indexes."""

    __tablename__ = "list_order"
    __table_args__ = (
        Index("ix_list_order_name", "name_key", "nomination_id"),
        Index("ix_list_order_unit", "unit_id", "name_key", "nomination_id"),
    )
    nomination_id: int = Field(primary_key=True, foreign_key="nomination.id", sa_column_kwargs={"autoincrement": False})
    unit_id: int = Field(foreign_key="unit.id")
    name_key: str = Field(sa_type=_bytewise(600))


class SearchWord(SQLModel, table=True):
    """A folded word of a name, letter or decision number: `kind` says of which, `ref` is its id.

    A search by the beginnings of words is a range of this table; on both databases alike.
    """

    __tablename__ = "search_word"
    __table_args__ = {"sqlite_with_rowid": False}
    kind: str = Field(primary_key=True, sa_type=String(10))
    word: str = Field(primary_key=True, sa_type=_bytewise(300))
    ref: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class SavedView(SQLModel, table=True):
    """A list's filters, columns and order under a name: the query string as it stands in the address.

    `preferred` is the one that its owner's list opens with. A shared one is offered to the desk, never to units.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person", "page", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(sa_type=String(80))
    page: str = Field(sa_type=String(40))
    name: str = Field(sa_type=String(80))
    query: str = Field(sa_type=Text)
    shared: bool = False
    preferred: bool = False
    created_at: datetime = Field(sa_column=_instant())


class Assignment(SQLModel, table=True):
    """Who has a dossier in hand: the row without `until_at`. Handing back ends it; the rows are its history."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "ix_assignment_open",
            "nomination_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
        Index("ix_assignment_person", "person", "until_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id")
    person: str = Field(sa_type=String(80))
    person_name: str = Field(default="", sa_type=String(200))
    from_at: datetime = Field(sa_column=_instant())
    given_by: str = Field(sa_type=String(80))
    until_at: datetime | None = Field(default=None, sa_column=_instant(True))
    ended_by: str = Field(default="", sa_type=String(80))


class Comment(SQLModel, table=True):
    """Something said about a dossier, for an audience: the desk alone, the unit too, or a body that is consulted."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("audience in ('desk','unit','body')", name="audience"),
        Index("ix_comment_nomination", "nomination_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id")
    author: str = Field(sa_type=String(80))
    author_name: str = Field(default="", sa_type=String(200))
    audience: str = Field(sa_type=String(10))
    body: str = Field(default="", sa_type=String(200))
    words: str = Field(sa_type=Text)
    at: datetime = Field(sa_column=_instant())


class ActDraft(SQLModel, table=True):
    """A selection of (nomination, version) with what an act on it brings: made at preview, done once, then its answer.

    `request_key` is that of the act, so that pressing twice is one act. `state` goes preview → running → done.
    """

    __tablename__ = "act_draft"
    __table_args__ = (CheckConstraint("state in ('preview','running','done','failed')", name="state"),)
    id: str = Field(primary_key=True, sa_type=String(32))
    person: str = Field(sa_type=String(80), index=True)
    transition: str = Field(sa_type=String(60))
    request_key: str = Field(sa_type=String(80))
    lines: Any = Field(default_factory=list, sa_column=_json())
    fields: Any = Field(default_factory=dict, sa_column=_json())
    back: str = Field(default="", sa_type=Text)
    state: str = Field(default="preview", sa_type=String(10))
    act_id: int | None = Field(default=None, foreign_key="act.id")
    answer: Any = Field(default_factory=dict, sa_column=_json())
    created_at: datetime = Field(sa_column=_instant())
    started_at: datetime | None = Field(default=None, sa_column=_instant(True))
    ended_at: datetime | None = Field(default=None, sa_column=_instant(True))


class ListDraft(SQLModel, table=True):
    """A unit's list on its way in: the file by its SHA-256, what was typed beside it, and cells mended in place."""

    __tablename__ = "list_draft"
    id: str = Field(primary_key=True, sa_type=String(32))
    person: str = Field(sa_type=String(80), index=True)
    unit: str = Field(sa_type=String(20))
    round: str = Field(sa_type=String(40))
    sha256: str = Field(sa_type=String(64))
    file_name: str = Field(sa_type=String(200))
    letter_number: str = Field(default="", sa_type=String(80))
    letter_on: date | None = None
    fields: Any = Field(default_factory=dict, sa_column=_json())
    mended: Any = Field(default_factory=dict, sa_column=_json())
    submission_id: int | None = Field(default=None, foreign_key="submission.id")
    created_at: datetime = Field(sa_column=_instant())
    done_at: datetime | None = Field(default=None, sa_column=_instant(True))


class LineVersion(SQLModel, table=True):
    """What a unit handed in: the texts of a line and its papers (code → number and SHA-256) at that moment."""

    __tablename__ = "line_version"
    nomination_id: int = Field(primary_key=True, foreign_key="nomination.id", sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    act_id: int = Field(foreign_key="act.id")
    texts: Any = Field(default_factory=dict, sa_column=_json())
    papers: Any = Field(default_factory=dict, sa_column=_json())
    made_at: datetime = Field(sa_column=_instant())


class DecisionFile(SQLModel, table=True):
    """A decision as it was issued: `signed` with digital signatures that were checked, a `scan` of the
    paper, or a `draft` of ours that went to be signed.

    The bytes lie in the store of papers under their SHA-256. `verdict` is what the check found, at the time.
    """

    __tablename__ = "decision_file"
    __table_args__ = (
        UniqueConstraint("decision_id", "kind", "number"),
        CheckConstraint("kind in ('signed','scan','draft')", name="kind"),
    )
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id")
    kind: str = Field(sa_type=String(10))
    number: int
    file_name: str = Field(sa_type=String(200))
    media_type: str = Field(sa_type=String(80))
    size: int
    sha256: str = Field(sa_type=String(64))
    verdict: Any = Field(default_factory=dict, sa_column=_json())
    added_at: datetime = Field(sa_column=_instant())
    added_by: str = Field(sa_type=String(80))
    added_by_name: str = Field(default="", sa_type=String(200))


class UnitMailbox(SQLModel, table=True):
    """A further mailbox of a unit, beside its own. Mail goes there once its address was confirmed from it."""

    __tablename__ = "unit_mailbox"
    __table_args__ = (
        UniqueConstraint("unit_id", "address"),
        CheckConstraint("wants in ('at_once','daily','owed')", name="wants"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    address: str = Field(sa_type=String(254))
    label: str = Field(default="", sa_type=String(120))
    wants: str = Field(default="at_once", sa_type=String(10))
    added_by: str = Field(sa_type=String(80))
    added_at: datetime = Field(sa_column=_instant())
    confirmed_at: datetime | None = Field(default=None, sa_column=_instant(True))


class MailPreference(SQLModel, table=True):
    """How the mails to an address come: at once, in the daily digest, or only those about something owed."""

    __tablename__ = "mail_preference"
    __table_args__ = (CheckConstraint("wants in ('at_once','daily','owed')", name="wants"),)
    address: str = Field(primary_key=True, sa_type=String(254))
    wants: str = Field(sa_type=String(10))
    changed_by: str = Field(sa_type=String(80))
    changed_at: datetime = Field(sa_column=_instant())


class MailText(SQLModel, table=True):
    """A mail's words as this house wants them, instead of those that ship. The newest of (template, language) holds."""

    __tablename__ = "mail_text"
    __table_args__ = (Index("ix_mail_text_newest", "template", "language", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    template: str = Field(sa_type=String(60))
    language: str = Field(sa_type=String(2))
    text: str | None = Field(default=None, sa_type=Text)
    saved_by: str = Field(sa_type=String(80))
    saved_at: datetime = Field(sa_column=_instant())


class Webhook(SQLModel, table=True):
    """An address of another program that is told of events, signed with `secret`."""

    __tablename__ = "webhook"
    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_type=String(500))
    secret: str = Field(sa_type=String(120))
    transitions: Any = Field(default_factory=list, sa_column=_json())
    cursor: int = 0
    made_by: str = Field(sa_type=String(80))
    made_at: datetime = Field(sa_column=_instant())
    stopped_at: datetime | None = Field(default=None, sa_column=_instant(True))
    stop_reason: str = Field(default="", sa_type=String(300))


class WebhookDelivery(SQLModel, table=True):
    """One audit entry's events owed to one webhook: retried until it answers 2xx or its time is up."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "entry"),
        CheckConstraint("state in ('owed','done','given_up')", name="state"),
        Index("ix_webhook_delivery_owed", "state", "next_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id")
    entry: int
    state: str = Field(default="owed", sa_type=String(10))
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_column=_instant(True))
    last_code: int | None = None
    last_answer: str = Field(default="", sa_type=String(300))
    made_at: datetime = Field(sa_column=_instant())
    done_at: datetime | None = Field(default=None, sa_column=_instant(True))


class PaperBatch(SQLModel, table=True):
    """Files of one kind of paper on their way to the lines of a submission: shown first, put on file by one word.

    `files` are name, kind, size and SHA-256 of each, or why it was not taken; the bytes lie in the store of papers.
    """

    __tablename__ = "paper_batch"
    id: str = Field(primary_key=True, sa_type=String(32))
    person: str = Field(sa_type=String(80), index=True)
    submission_id: int = Field(foreign_key="submission.id")
    document: str = Field(sa_type=String(60))
    files: Any = Field(default_factory=list, sa_column=_json())
    created_at: datetime = Field(sa_column=_instant())
    done_at: datetime | None = Field(default=None, sa_column=_instant(True))
