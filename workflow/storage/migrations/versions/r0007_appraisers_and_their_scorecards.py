"""Appraisers and their scorecards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appraiser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("cause in ('','nominee','own_unit','declared')", name=op.f("ck_appraiser_cause")),
        sa.CheckConstraint("how in ('hand','rule','file')", name=op.f("ck_appraiser_how")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nomination.id"], name=op.f("fk_appraiser_nomination_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraiser")),
    )
    with op.batch_alter_table("appraiser", schema=None) as batch_op:
        batch_op.create_index(
            "ix_appraiser_now",
            ["nomination_id", "person"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_appraiser_person", ["person", "ended_at"], unique=False)

    op.create_table(
        "scorecard",
        sa.Column("appraiser_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flow_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("given_by_name", sa.String(length=200), nullable=False),
        sa.Column("request_key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind in ('given','abstained','withdrawn')", name=op.f("ck_scorecard_kind")),
        sa.ForeignKeyConstraint(["appraiser_id"], ["appraiser.id"], name=op.f("fk_scorecard_appraiser_id")),
        sa.PrimaryKeyConstraint("appraiser_id", "version", name=op.f("pk_scorecard")),
        sa.UniqueConstraint("given_by", "request_key", name=op.f("uq_scorecard_given_by_request_key")),
    )
