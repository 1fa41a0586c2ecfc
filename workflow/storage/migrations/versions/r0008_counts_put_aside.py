"""Counts put aside, and what a closing answered"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vote_closing",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=False),
        sa.Column("command_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["council_session.id"], name=op.f("fk_vote_closing_session_id")),
        sa.PrimaryKeyConstraint("session_id", "actor", "request_key", name=op.f("pk_vote_closing")),
    )
    op.create_table(
        "paper_recount",
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.String(length=80), nullable=False),
        sa.Column("second_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["agenda_line.id"], name=op.f("fk_paper_recount_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_paper_recount")),
    )
