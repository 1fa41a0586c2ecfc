"""The council sits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "council",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("cluster", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind in ('council','unit_council','cluster')", name=op.f("ck_council_kind")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_council_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council")),
        sa.UniqueConstraint("code", name=op.f("uq_council_code")),
    )
    op.create_table(
        "council_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("council_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("ballots", sa.String(length=10), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held_time", sa.String(length=5), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("answers_due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_number", sa.String(length=80), nullable=False),
        sa.Column("minutes_sha256", sa.String(length=64), nullable=False),
        sa.Column("minutes_name", sa.String(length=200), nullable=False),
        sa.Column("list_text", sa.Text(), nullable=False),
        sa.Column("list_sha256", sa.String(length=64), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("early_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("ballots in ('online','paper')", name=op.f("ck_council_session_ballots")),
        sa.CheckConstraint(
            "body in ('council','standing_members','unit_council','cluster')", name=op.f("ck_council_session_body")
        ),
        sa.CheckConstraint("form in ('meeting','written','mixed')", name=op.f("ck_council_session_form")),
        sa.CheckConstraint("state in ('planned','open','closed','cancelled')", name=op.f("ck_council_session_state")),
        sa.ForeignKeyConstraint(["council_id"], ["council.id"], name=op.f("fk_council_session_council_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_session")),
        sa.UniqueConstraint("code", name=op.f("uq_council_session_code")),
    )
    with op.batch_alter_table("council_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_session_council_id"), ["council_id"], unique=False)

    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("council_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.CheckConstraint("post in ('chair','vice_chair','member','secretary')", name=op.f("ck_seat_post")),
        sa.ForeignKeyConstraint(["council_id"], ["council.id"], name=op.f("fk_seat_council_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("council_id", "person_id", "from_on", name=op.f("uq_seat_council_id_person_id_from_on")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "agenda_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("award", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("chair_agrees", sa.Boolean(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('tabled','open','decided','taken_off')", name=op.f("ck_agenda_line_state")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nomination.id"], name=op.f("fk_agenda_line_nomination_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_agenda_line_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_line")),
        sa.UniqueConstraint(
            "session_id", "nomination_id", "attempt", name=op.f("uq_agenda_line_session_id_nomination_id_attempt")
        ),
        sa.UniqueConstraint("session_id", "number", "attempt", name=op.f("uq_agenda_line_session_id_number_attempt")),
    )
    with op.batch_alter_table("agenda_line", schema=None) as batch_op:
        batch_op.create_index("ix_agenda_line_nomination", ["nomination_id"], unique=False)

    op.create_table(
        "session_member",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("attendance", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "attendance in ('unknown','present','absent','wrote')", name=op.f("ck_session_member_attendance")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_member_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_session_member_session_id")),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_session_member")),
    )
    with op.batch_alter_table("session_member", schema=None) as batch_op:
        batch_op.create_index("ix_session_member_person", ["person_id"], unique=False)

    op.create_table(
        "ballot_box",
        sa.Column("receipt", sa.String(length=24), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=5), nullable=False),
        sa.CheckConstraint("choice in ('yes','no','blank')", name=op.f("ck_ballot_box_choice")),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_ballot_box_line_id")),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_ballot_box")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("ballot_box", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_box_line", ["line_id"], unique=False)

    op.create_table(
        "ballot_roll",
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_ballot_roll_line_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ballot_roll_person_id")),
        sa.PrimaryKeyConstraint("line_id", "person_id", name=op.f("pk_ballot_roll")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "open_ballot",
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("choice", sa.String(length=5), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("choice in ('yes','no','blank')", name=op.f("ck_open_ballot_choice")),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_open_ballot_line_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_open_ballot_person_id")),
        sa.PrimaryKeyConstraint("line_id", "person_id", name=op.f("pk_open_ballot")),
    )
    op.create_table(
        "paper_count",
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("blank", sa.Integer(), nullable=False),
        sa.Column("invalid", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(length=80), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entry in (1,2)", name=op.f("ck_paper_count_entry")),
        sa.CheckConstraint("yes >= 0 and no >= 0 and blank >= 0 and invalid >= 0", name=op.f("ck_paper_count_counts")),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_paper_count_line_id")),
        sa.PrimaryKeyConstraint("line_id", "entry", name=op.f("pk_paper_count")),
    )
    op.create_table(
        "recusal",
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.CheckConstraint("cause in ('nominee','own_unit','declared')", name=op.f("ck_recusal_cause")),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_recusal_line_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recusal_person_id")),
        sa.PrimaryKeyConstraint("line_id", "person_id", name=op.f("pk_recusal")),
    )
