"""Tables of the appraisal before the table: who is asked for scores, who steps aside, and what was handed in.

None of this moves a dossier. Rows end and are followed by others; none is changed or deleted, so that the record shows
who appraised, who did not and why, and what a card said before it was replaced.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

import workflow.storage.tables  # noqa: F401 - what the foreign keys name, and how constraints are called
from notifications.columns import JsonText, UtcDateTime


def _instant(nullable: bool = False) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


class Appraiser(SQLModel, table=True):
    """Somebody who is asked to score a dossier, or who would be but steps aside: he has a `cause`.

    The row without `ended_at` holds, one for a person and dossier. `how` it came: by hand, by the flow's rule, out of a
    file; `why` keeps the rule's reason for him as a code with its figures. `words` are his own or the secretary's.
    """

    __tablename__ = "appraiser"
    __table_args__ = (
        Index(
            "ix_appraiser_now",
            "nomination_id",
            "person",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_appraiser_person", "person", "ended_at"),
        CheckConstraint("how in ('hand','rule','file')", name="how"),
        CheckConstraint("cause in ('','nominee','own_unit','declared')", name="cause"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id")
    person: str = Field(sa_type=String(80))
    person_name: str = Field(default="", sa_type=String(200))
    how: str = Field(sa_type=String(10))
    why: Any = Field(default_factory=dict, sa_column=Column(JsonText, nullable=False))
    cause: str = Field(default="", sa_type=String(10))
    words: str = Field(default="", sa_type=Text)
    from_at: datetime = Field(sa_column=_instant())
    asked_by: str = Field(sa_type=String(80))
    ended_at: datetime | None = Field(default=None, sa_column=_instant(True))
    ended_by: str = Field(default="", sa_type=String(80))


class Scorecard(SQLModel, table=True):
    """What an appraiser handed in: points by criterion, an abstention, or that he takes his card back.

    Each change is a further row, and the highest `version` holds. `flow_id` is the flow whose criteria they are: a
    dossier that changed its award is scored anew. The same `request_key` of the same person is the same card.
    """

    __tablename__ = "scorecard"
    __table_args__ = (
        UniqueConstraint("given_by", "request_key"),
        CheckConstraint("kind in ('given','abstained','withdrawn')", name="kind"),
    )
    appraiser_id: int = Field(primary_key=True, foreign_key="appraiser.id", sa_column_kwargs={"autoincrement": False})
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    flow_id: str = Field(sa_type=String(60))
    kind: str = Field(sa_type=String(10))
    points: Any = Field(default_factory=dict, sa_column=Column(JsonText, nullable=False))
    opinion: str = Field(default="", sa_type=Text)
    given_at: datetime = Field(sa_column=_instant())
    given_by: str = Field(sa_type=String(80))
    given_by_name: str = Field(default="", sa_type=String(200))
    request_key: str = Field(sa_type=String(80))
    digest: str = Field(sa_type=String(64))
