"""Links between dossiers by an index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.create_index(
            "ix_nomination_grown_from_id",
            ["grown_from_id"],
            unique=False,
            sqlite_where=sa.text("grown_from_id IS NOT NULL"),
            postgresql_where=sa.text("grown_from_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_nomination_subject_id",
            ["subject_id"],
            unique=False,
            sqlite_where=sa.text("subject_id IS NOT NULL"),
            postgresql_where=sa.text("subject_id IS NOT NULL"),
        )
