"""Tables of the council: who sits on it, its sessions with their agenda, and the vote.

None of this moves a dossier. A session brings lines to the acts of their flows; what was decided stands in the events.
The roll (`ballot_roll`) says who voted on a line, the box (`ballot_box`) what was voted, and no column of either, nor
the order of its rows, leads to the other: keys are random, and there are no times.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import workflow.storage.tables  # noqa: F401 - what the foreign keys name, and how constraints are called
from notifications.columns import JsonText, UtcDateTime


def _instant(nullable: bool = False) -> Column[Any]:
    return Column(UtcDateTime, nullable=nullable)


class Council(SQLModel, table=True):
    """A body that votes: the ministry's council, a unit's council, or the bodies of a cluster.

    `standing` members are marked on their seats: a smaller council of the same people.
    """

    __tablename__ = "council"
    __table_args__ = (CheckConstraint("kind in ('council','unit_council','cluster')", name="kind"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(40), unique=True)
    title: str = Field(sa_type=String(300))
    kind: str = Field(sa_type=String(20))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    cluster: str = Field(default="", sa_type=String(40))
    from_on: date
    until_on: date | None = None


class Seat(SQLModel, table=True):
    """A person's place on a council for a term (`until_on` is the first day without it), by a document."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("council_id", "person_id", "from_on"),
        CheckConstraint("post in ('chair','vice_chair','member','secretary')", name="post"),
    )
    id: int | None = Field(default=None, primary_key=True)
    council_id: int = Field(foreign_key="council.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    post: str = Field(sa_type=String(20))
    standing: bool = False
    votes: bool = True
    from_on: date
    until_on: date | None = None
    document: str = Field(default="", sa_type=String(200))


class CouncilSession(SQLModel, table=True):
    """A session: a meeting, a consultation in writing, or both. `ballots` is how votes are cast: online or on paper.

    `answers_due_on` is the last day for those who answer in writing. `list_sha256` is the digest of the published list
    of ballots, empty where none was cast online in secret. `early_reason` is why it was closed while members could
    still answer. Since `polls_closed_at` nothing is cast or counted any more, though the vote is not closed: somebody
    was told that dossiers are tied, and the chair has not said yet which of them he takes.
    """

    __tablename__ = "council_session"
    __table_args__ = (
        CheckConstraint("body in ('council','standing_members','unit_council','cluster')", name="body"),
        CheckConstraint("form in ('meeting','written','mixed')", name="form"),
        CheckConstraint("ballots in ('online','paper')", name="ballots"),
        CheckConstraint("state in ('planned','open','closed','cancelled')", name="state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=String(40), unique=True)
    council_id: int = Field(foreign_key="council.id", index=True)
    body: str = Field(sa_type=String(20))
    title: str = Field(sa_type=String(300))
    form: str = Field(sa_type=String(10))
    ballots: str = Field(sa_type=String(10))
    held_on: date
    held_time: str = Field(default="", sa_type=String(5))
    place: str = Field(default="", sa_type=String(300))
    answers_due_on: date | None = None
    state: str = Field(default="planned", sa_type=String(10))
    made_at: datetime = Field(sa_column=_instant())
    made_by: str = Field(sa_type=String(80))
    opened_at: datetime | None = Field(default=None, sa_column=_instant(True))
    closed_at: datetime | None = Field(default=None, sa_column=_instant(True))
    minutes_number: str = Field(default="", sa_type=String(80))
    minutes_sha256: str = Field(default="", sa_type=String(64))
    minutes_name: str = Field(default="", sa_type=String(200))
    list_text: str = Field(default="", sa_type=Text)
    list_sha256: str = Field(default="", sa_type=String(64))
    cancel_reason: str = Field(default="", sa_type=Text)
    early_reason: str = Field(default="", sa_type=Text)
    polls_closed_at: datetime | None = Field(default=None, sa_column=_instant(True))


class AgendaLine(SQLModel, table=True):
    """One nomination on one agenda. A vote taken again is a further row (`attempt`); the number stays.

    `rule` is the vote rule as it stood when the vote opened, `tally` what was counted. `chair_agrees` and `statement`
    are the chair's, minuted apart from any ballot. `seen_version` is the nomination's version when it was put here.
    """

    __tablename__ = "agenda_line"
    __table_args__ = (
        UniqueConstraint("session_id", "number", "attempt"),
        UniqueConstraint("session_id", "nomination_id", "attempt"),
        CheckConstraint("state in ('tabled','open','decided','taken_off')", name="state"),
        Index("ix_agenda_line_nomination", "nomination_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="council_session.id")
    number: int
    attempt: int = 1
    nomination_id: int = Field(foreign_key="nomination.id")
    award: str = Field(sa_type=String(60))
    state: str = Field(default="tabled", sa_type=String(10))
    rule: Any = Field(default_factory=dict, sa_column=Column(JsonText, nullable=False))
    tally: Any = Field(default_factory=dict, sa_column=Column(JsonText, nullable=False))
    passed: bool | None = None
    chair_agrees: bool | None = None
    statement: str = Field(default="", sa_type=Text)
    rank: int | None = None
    note: str = Field(default="", sa_type=Text)


class SessionMember(SQLModel, table=True):
    """Who may vote in a session, fixed when it opens, and whether he came. `number` is the order of the list."""

    __tablename__ = "session_member"
    __table_args__ = (
        CheckConstraint("attendance in ('unknown','present','absent','wrote')", name="attendance"),
        Index("ix_session_member_person", "person_id"),
    )
    session_id: int = Field(
        primary_key=True, foreign_key="council_session.id", sa_column_kwargs={"autoincrement": False}
    )
    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    number: int
    post: str = Field(sa_type=String(20))
    attendance: str = Field(default="unknown", sa_type=String(10))
    note: str = Field(default="", sa_type=String(300))


class Recusal(SQLModel, table=True):
    """A member who steps aside on one line: he is the nominee, it is his own unit, or he says so himself."""

    __tablename__ = "recusal"
    __table_args__ = (CheckConstraint("cause in ('nominee','own_unit','declared')", name="cause"),)
    line_id: int = Field(primary_key=True, foreign_key="agenda_line.id", sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    cause: str = Field(sa_type=String(10))
    words: str = Field(default="", sa_type=String(300))


class BallotRoll(SQLModel, table=True):
    """Who cast a ballot on which line. No time, and nothing of what it said."""

    __tablename__ = "ballot_roll"
    __table_args__ = {"sqlite_with_rowid": False}
    line_id: int = Field(primary_key=True, foreign_key="agenda_line.id", sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})


class BallotBox(SQLModel, table=True):
    """A ballot until the vote closes: a random receipt, the line, the choice. No rowid, no time, no person.

    The row is gone when the vote has closed: what it said stands in the published list, sorted by receipts.
    """

    __tablename__ = "ballot_box"
    __table_args__ = (
        CheckConstraint("choice in ('yes','no','blank')", name="choice"),
        Index("ix_ballot_box_line", "line_id"),
        {"sqlite_with_rowid": False},
    )
    receipt: str = Field(primary_key=True, sa_type=String(24))
    line_id: int = Field(foreign_key="agenda_line.id")
    choice: str = Field(sa_type=String(5))


class OpenBallot(SQLModel, table=True):
    """A ballot by name, where the rule votes in the open. `words` is a dissent for the minutes."""

    __tablename__ = "open_ballot"
    __table_args__ = (CheckConstraint("choice in ('yes','no','blank')", name="choice"),)
    line_id: int = Field(primary_key=True, foreign_key="agenda_line.id", sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    choice: str = Field(sa_type=String(5))
    words: str = Field(default="", sa_type=Text)


class PaperCount(SQLModel, table=True):
    """What a teller counted on paper, each of two (`entry`) for himself; they must agree."""

    __tablename__ = "paper_count"
    __table_args__ = (
        CheckConstraint("entry in (1,2)", name="entry"),
        CheckConstraint("yes >= 0 and no >= 0 and blank >= 0 and invalid >= 0", name="counts"),
    )
    line_id: int = Field(primary_key=True, foreign_key="agenda_line.id", sa_column_kwargs={"autoincrement": False})
    entry: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    yes: int
    no: int = 0
    blank: int = 0
    invalid: int = 0
    counted_by: str = Field(sa_type=String(80))
    counted_at: datetime = Field(sa_column=_instant())


class PaperRecount(SQLModel, table=True):
    """How often both counts of a line were put aside since they did not say the same, and who the two tellers are."""

    __tablename__ = "paper_recount"
    line_id: int = Field(primary_key=True, foreign_key="agenda_line.id", sa_column_kwargs={"autoincrement": False})
    times: int
    first_by: str = Field(sa_type=String(80))
    second_by: str = Field(sa_type=String(80))


class VoteClosing(SQLModel, table=True):
    """One request that closed votes of a session, so that the same request again gets the same answer.

    `answer` names the lines that it closed, those that are voted on once more, and whether the session was over.
    """

    __tablename__ = "vote_closing"
    session_id: int = Field(
        primary_key=True, foreign_key="council_session.id", sa_column_kwargs={"autoincrement": False}
    )
    actor: str = Field(primary_key=True, sa_type=String(80))
    request_key: str = Field(primary_key=True, sa_type=String(100))
    command_sha256: str = Field(sa_type=String(64))
    answer: Any = Field(default_factory=dict, sa_column=Column(JsonText, nullable=False))
